//! What happens in the middle of a conversation, what agents do, and the small moves of the
//! script.
use super::emit::{Out, milliseconds};
use super::figures::Happened;
use super::model::{Medium, Participant, Stand};
use super::people::{Routing, uuid};
use super::script::Step;
use super::{World, millis};
use jiff::SignedDuration;

impl World {
    /// Something happens: a hold, a parking, a transfer, a consult, a listener, or the end.
    pub(super) fn middle(&mut self, key: u64, person: usize, out: &mut Out<'_>) {
        if !self.is_live(key, person) {
            return;
        }
        let now = self.now;
        let chance = self.rng.f64();
        let medium = self.medium(key);
        if chance < 0.16 && matches!(medium, Medium::Call | Medium::Callback) {
            if let Some(agent) = self.person(key, person) {
                agent.held_since = Some(now);
                agent.last_held = Some(now);
            }
            let wait = self.around(25.0);
            self.plan_ms(wait, Step::Resume(key, person));
            self.tell(key, out);
        } else if chance < 0.3 && matches!(medium, Medium::Email | Medium::Message) {
            let wait = self.around(120.0);
            if let Some(agent) = self.person(key, person) {
                agent.stand = Stand::Parked;
                agent.parked_since = Some(now);
                agent.resumes = Some(now + SignedDuration::from_millis(wait));
            }
            self.plan_ms(wait, Step::Resume(key, person));
            self.tell(key, out);
        } else if chance < 0.24 {
            self.transfer(key, person, out);
        } else if chance < 0.29 {
            self.bring_in(key, person, chance < 0.265, out);
        } else {
            self.hang_up(key, person, out);
        }
    }

    /// A blind transfer to another queue: the same conversation is then on two queues' topics.
    fn transfer(&mut self, key: u64, person: usize, out: &mut Out<'_>) {
        let from = self.queue_of(key, person);
        let to = self.other_queue(from);
        self.close(key, person, "transfer");
        self.close_sides(key);
        let medium = self.medium(key);
        if let Some(conversation) = self.conversations.get_mut(&key) {
            conversation.transfers += 1;
        }
        if let Some(from) = from {
            self.count(from, medium, Happened::Transferred);
        }
        self.enter_queue(key, Some(to), out);
        self.start_wrapup(key, person);
        self.tell(key, out);
    }

    /// A colleague is consulted, or a supervisor listens in; the agent goes on meanwhile.
    fn bring_in(&mut self, key: u64, person: usize, consults: bool, out: &mut Out<'_>) {
        let Some(queue) = self.queue_of(key, person) else { return self.plan_middle(key, person) };
        let own = self.agent_of(key, person);
        let colleague = (0..self.agents.len())
            .rev()
            .find(|agent| Some(*agent) != own && self.agents[*agent].routing == Routing::Idle);
        let Some(colleague) = colleague else { return self.plan_middle(key, person) };
        let side = self.join(key, "agent", Some(queue), Some(colleague), Stand::Connected);
        if let Some(guest) = self.person(key, side) {
            if consults {
                guest.consults = Some(person);
            } else {
                guest.monitors = Some(person);
            }
        }
        let wait = self.around(20.0);
        self.plan_ms(wait, Step::LeaveSide(key, side));
        self.plan_middle(key, person);
        self.tell(key, out);
    }

    pub(super) fn resume(&mut self, key: u64, person: usize, out: &mut Out<'_>) {
        if !self.is_live(key, person) {
            return;
        }
        let now = self.now;
        if let Some(agent) = self.person(key, person) {
            agent.stand = Stand::Connected;
            agent.end_hold(now);
            agent.parked_since = None;
            agent.resumes = None;
        }
        self.plan_middle(key, person);
        self.tell(key, out);
    }

    pub(super) fn take_break(&mut self, agent: usize, out: &mut Out<'_>) {
        let free = self.agents[agent].busy == 0 && self.agents[agent].routing == Routing::Idle;
        // at most a fifth of the people at once
        let away = self.agents.iter().filter(|a| a.routing == Routing::OffQueue).count();
        if !free || away * 5 > self.agents.len() {
            self.plan_ms(millis(60.0), Step::Break(agent));
            return;
        }
        let presence = ["BREAK", "MEAL", "MEETING", "AVAILABLE"][self.rng.usize(..4)];
        self.set_presence(agent, presence, out);
        self.set_routing(agent, Routing::OffQueue, out);
        self.tell_membership(agent, false, out);
        let wait = self.around(600.0);
        self.plan_ms(wait, Step::Back(agent));
    }

    pub(super) fn back(&mut self, agent: usize, out: &mut Out<'_>) {
        match self.agents[agent].routing {
            Routing::NotResponding => self.settle_as(agent, out),
            Routing::OffQueue => {
                self.set_presence(agent, "ON_QUEUE", out);
                self.settle_as(agent, out);
                self.tell_membership(agent, true, out);
                let wait = self.around(4_000.0);
                self.plan_ms(wait, Step::Break(agent));
            }
            Routing::Idle | Routing::Interacting => {}
        }
    }

    /// Idle or interacting, whatever the agent has to do; not responding stays so.
    pub(super) fn settle(&mut self, agent: usize, out: &mut Out<'_>) {
        if matches!(self.agents[agent].routing, Routing::Idle | Routing::Interacting) {
            self.settle_as(agent, out);
        }
    }

    fn settle_as(&mut self, agent: usize, out: &mut Out<'_>) {
        let routing =
            if self.agents[agent].busy > 0 { Routing::Interacting } else { Routing::Idle };
        self.set_routing(agent, routing, out);
    }

    pub(super) fn set_routing(&mut self, agent: usize, routing: Routing, out: &mut Out<'_>) {
        if self.agents[agent].routing != routing {
            self.agents[agent].routing = routing;
            self.agents[agent].routing_since = self.now;
            self.tell_agent(agent, true, out);
        }
    }

    fn set_presence(&mut self, agent: usize, presence: &'static str, out: &mut Out<'_>) {
        if self.agents[agent].presence != presence {
            self.agents[agent].presence = presence;
            self.agents[agent].presence_since = self.now;
            self.tell_agent(agent, false, out);
        }
    }

    /// Adds a participant; gives its place.
    pub(super) fn join(
        &mut self,
        key: u64,
        purpose: &'static str,
        queue: Option<usize>,
        agent: Option<usize>,
        stand: Stand,
    ) -> usize {
        let id = uuid(&mut self.rng);
        let name = match (agent, queue) {
            (Some(agent), _) => self.agents[agent].name.clone(),
            (None, Some(queue)) => self.queues[queue].name.clone(),
            (None, None) => "Main menu".to_owned(),
        };
        let now = self.now;
        if let Some(queue) = queue {
            self.queues[queue].visitors.insert(key);
        }
        let Some(conversation) = self.conversations.get_mut(&key) else { return 0 };
        let direction = conversation.people.first().map_or("inbound", |first| first.direction);
        conversation.people.push(Participant {
            id,
            purpose,
            agent,
            queue,
            name,
            address: String::new(),
            direction,
            stand,
            started: now,
            connected: (stand == Stand::Connected).then_some(now),
            ended: None,
            disconnect: "",
            held_since: None,
            held_ms: 0,
            last_held: None,
            parked_since: None,
            resumes: None,
            after_call: None,
            consults: None,
            monitors: None,
        });
        conversation.people.len() - 1
    }

    /// Ends a participant's part, if it lives.
    pub(super) fn close(&mut self, key: u64, person: usize, disconnect: &'static str) {
        let now = self.now;
        if let Some(person) = self.person(key, person)
            && person.stand != Stand::Over
        {
            person.stand = Stand::Over;
            person.ended = Some(now);
            person.disconnect = disconnect;
            person.end_hold(now);
            person.parked_since = None;
            person.resumes = None;
        }
    }

    /// Whoever was consulted or listened leaves with the agent.
    pub(super) fn close_sides(&mut self, key: u64) {
        let sides: Vec<usize> =
            self.conversations.get(&key).map_or_else(Vec::new, |conversation| {
                let sides = conversation.people.iter().enumerate();
                sides
                    .filter(|(_, person)| person.consults.is_some() || person.monitors.is_some())
                    .map(|(index, _)| index)
                    .collect()
            });
        for side in sides {
            self.close(key, side, "peer");
        }
    }

    /// What the agent did with the conversation counts when wrap-up is done.
    pub(super) fn count_handled(&mut self, key: u64, person: usize) {
        let medium = self.medium(key);
        let Some(known) = self.person(key, person) else { return };
        let (Some(queue), Some(connected), Some(ended), Some(work)) =
            (known.queue, known.connected, known.ended, &known.after_call)
        else {
            return;
        };
        let held = known.held_ms;
        let talked = milliseconds(connected, ended) - held;
        let wrapped = milliseconds(work.started, work.ended.unwrap_or(work.started));
        self.count(queue, medium, Happened::Handled(talked, held, wrapped));
    }

    pub(super) fn set_outcome(&mut self, key: u64, outcome: &'static str) {
        if let Some(conversation) = self.conversations.get_mut(&key) {
            conversation.outcome = outcome;
        }
    }

    pub(super) fn person(&mut self, key: u64, person: usize) -> Option<&mut Participant> {
        self.conversations.get_mut(&key)?.people.get_mut(person)
    }

    pub(super) fn is_live(&self, key: u64, person: usize) -> bool {
        self.conversations
            .get(&key)
            .filter(|conversation| conversation.ended.is_none())
            .and_then(|conversation| conversation.people.get(person))
            .is_some_and(|person| person.stand != Stand::Over)
    }

    /// Whether somebody rings or talks for this visit to a queue.
    pub(super) fn is_answered(&self, key: u64, acd: usize) -> bool {
        self.conversations.get(&key).is_some_and(|conversation| {
            conversation.people.iter().skip(acd + 1).any(|person| {
                person.purpose == "agent"
                    && person.stand != Stand::Over
                    && person.connected.is_some()
            })
        })
    }

    pub(super) fn ringing(&self, key: u64) -> Vec<usize> {
        self.conversations.get(&key).map_or_else(Vec::new, |conversation| {
            let people = conversation.people.iter().enumerate();
            people.filter(|(_, p)| p.stand == Stand::Alerting).map(|(index, _)| index).collect()
        })
    }

    pub(super) fn live_acd(&self, key: u64) -> Option<usize> {
        let conversation = self.conversations.get(&key)?;
        conversation.people.iter().rposition(|p| p.purpose == "acd" && p.stand != Stand::Over)
    }

    pub(super) fn queue_of(&self, key: u64, person: usize) -> Option<usize> {
        self.conversations.get(&key)?.people.get(person)?.queue
    }

    pub(super) fn agent_of(&self, key: u64, person: usize) -> Option<usize> {
        self.conversations.get(&key)?.people.get(person)?.agent
    }

    pub(super) fn medium(&self, key: u64) -> Medium {
        self.conversations.get(&key).map_or(Medium::Call, |conversation| conversation.medium)
    }

    /// A queue, by weight.
    pub(super) fn pick_queue(&mut self) -> usize {
        let total: f64 = self.queues.iter().map(|queue| queue.weight).sum();
        let mut drawn = self.rng.f64() * total;
        for (index, queue) in self.queues.iter().enumerate() {
            drawn -= queue.weight;
            if drawn < 0.0 {
                return index;
            }
        }
        0
    }

    /// A free agent of the queue: the one who has been free longest.
    pub(super) fn free_agent(&self, queue: usize, spare: bool) -> Option<usize> {
        let members = self.queues[queue].members.iter().map(|agent| (*agent, &self.agents[*agent]));
        let free = members.filter(|(_, agent)| agent.routing == Routing::Idle && agent.busy == 0);
        // who calls out leaves somebody for those who wait
        if spare && free.clone().count() < 2 {
            return None;
        }
        free.min_by_key(|(_, agent)| agent.routing_since).map(|(index, _)| index)
    }

    pub(super) fn wrapup_code(&mut self) -> String {
        super::rest::WRAPUP_CODES[self.rng.usize(..super::rest::WRAPUP_CODES.len())].0.to_owned()
    }
}
