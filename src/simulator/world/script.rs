//! The script: what can happen, and what follows from it.
use super::emit::{Out, milliseconds};
use super::figures::Happened;
use super::model::{AfterCall, Conversation, Medium, Participant, Stand};
use super::people::{DECLINER, Routing, SLEEPER, customer, number, uuid};
use super::{KEEP_ENDED_SECONDS, World, millis};
use jiff::SignedDuration;

/// How long an alert rings, in milliseconds.
pub(super) const ALERT_MS: i64 = 30_000;
/// Share of those who have waited too long whom the queue's flow leads elsewhere.
const FLOW_OUT_SHARE: f64 = 0.3;

/// Something that will happen. Numbers are a conversation's key and a participant's place in it;
/// a step whose participant has meanwhile gone does nothing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A conversation of this medium begins.
    Arrive(super::model::Medium),
    /// The flow hands over to a queue.
    LeaveFlow(u64, usize),
    /// A scheduled callback is due.
    Due(u64, usize),
    /// Somebody is looked for.
    Offer(u64, usize),
    /// The alert ends unanswered.
    Miss(u64, usize),
    /// The agent answers.
    Answer(u64, usize),
    /// The queue's part ends, a moment after the answer.
    LeaveQueue(u64, usize),
    /// The customer gives up waiting.
    Abandon(u64, usize),
    /// Something happens in the middle of a conversation.
    Middle(u64, usize),
    /// A hold or a parking ends.
    Resume(u64, usize),
    /// A consulted or listening colleague leaves.
    LeaveSide(u64, usize),
    /// The frame that corrects a stale one.
    Correct(u64),
    /// Wrap-up is done.
    Wrapped(u64, usize),
    /// An outbound call is answered by the customer.
    Reached(u64),
    /// Somebody speaks.
    Speak(u64, u32),
    /// Nobody can read it any more.
    Forget(u64),
    /// An agent takes a break.
    Break(usize),
    /// An agent comes back to the queues.
    Back(usize),
    /// The message in the mailbox is left.
    LeaveMailbox(u64, usize),
    /// Many call one queue.
    Rush,
    /// A frame that nobody has heard of.
    Oddity,
    /// Figures that changed are told.
    TellFigures,
}

impl World {
    pub(super) fn play(&mut self, step: Step, out: &mut Out<'_>) {
        match step {
            Step::Arrive(medium) => self.arrive(medium, out),
            Step::LeaveFlow(key, person) => self.leave_flow(key, person, out),
            Step::Due(key, person) => self.due(key, person, out),
            Step::Offer(key, person) => self.offer(key, person, out),
            Step::Miss(key, person) => self.miss(key, person, out),
            Step::Answer(key, person) => self.answer(key, person, out),
            Step::LeaveQueue(key, person) => {
                self.close(key, person, "transfer");
                self.tell(key, out);
                self.detail_acd_end(key, person, "ANSWERED", out);
            }
            Step::Abandon(key, person) => self.abandon(key, person, out),
            Step::Middle(key, person) => self.middle(key, person, out),
            Step::Resume(key, person) => self.resume(key, person, out),
            Step::LeaveSide(key, person) => {
                self.close(key, person, "client");
                self.tell(key, out);
            }
            Step::Correct(key) => self.tell(key, out),
            Step::Wrapped(key, person) => self.wrapped(key, person, out),
            Step::Reached(key) => self.reached(key, out),
            Step::Speak(key, count) => self.speak(key, count, out),
            Step::Forget(key) => {
                if let Some(conversation) = self.conversations.remove(&key) {
                    self.by_id.remove(&conversation.id);
                    for queue in conversation.people.iter().filter_map(|person| person.queue) {
                        self.queues[queue].visitors.remove(&key);
                    }
                }
            }
            Step::Break(agent) => self.take_break(agent, out),
            Step::Back(agent) => self.back(agent, out),
            Step::LeaveMailbox(key, person) => self.leave_mailbox(key, person, out),
            Step::Rush => self.rush(out),
            Step::Oddity => self.oddity(out),
            Step::TellFigures => {
                self.tell_figures(out);
                self.plan_ms(1_000, Step::TellFigures);
            }
        }
    }

    fn arrive(&mut self, medium: Medium, out: &mut Out<'_>) {
        // seconds between two arrivals on an ordinary day, for each medium
        let mean = match medium {
            Medium::Call => 7.5,
            Medium::Message => 17.0,
            Medium::Chat => 22.0,
            Medium::Email => 38.0,
            Medium::Callback => 75.0,
        };
        let wait = self.around(mean / self.intensity().max(0.01)).min(3_600_000);
        self.plan_ms(wait, Step::Arrive(medium));
        let key = self.begin(medium);
        let outbound = medium == Medium::Call && self.rng.f64() < 0.07;
        if outbound && self.dial_out(key) {
            self.tell(key, out);
            return;
        }
        let scheduled = medium == Medium::Callback && self.rng.f64() < 0.5;
        if scheduled {
            let wait = self.around(900.0);
            let due = self.now + SignedDuration::from_millis(wait);
            if let Some(conversation) = self.conversations.get_mut(&key) {
                conversation.due = Some(due);
                conversation.people[0].stand = Stand::Scheduled;
                conversation.people[0].connected = None;
            }
            self.plan_ms(wait, Step::Due(key, 0));
        } else if matches!(medium, Medium::Email | Medium::Callback) {
            self.enter_queue(key, None, out);
        } else {
            let flow = self.join(key, "ivr", None, None, Stand::Connected);
            let seconds = if medium == Medium::Call { 22.0 } else { 6.0 };
            let wait = self.around(seconds);
            self.plan_ms(wait, Step::LeaveFlow(key, flow));
        }
        self.tell(key, out);
        self.detail_customer_start(key, out);
    }

    /// A new conversation with its customer.
    pub(super) fn begin(&mut self, medium: Medium) -> u64 {
        let key = self.next_key;
        self.next_key += 1;
        let imperfections = self.settings.imperfections;
        let name = customer(&mut self.rng, imperfections);
        let address = match medium {
            Medium::Call | Medium::Callback | Medium::Message => {
                format!("tel:{}", number(&mut self.rng))
            }
            Medium::Chat => String::new(),
            Medium::Email => format!("customer{}@example.com", self.rng.u32(..9_999)),
        };
        let subjects =
            ["Invoice 2044", "Où est ma commande ?", "Rückfrage zum Vertrag", "Re: refund"];
        let id = uuid(&mut self.rng);
        let conversation = Conversation {
            key,
            id: id.clone(),
            medium,
            correlation: uuid(&mut self.rng),
            began: self.now,
            due: None,
            subject: subjects[self.rng.usize(..subjects.len())].to_owned(),
            attributes: match self.rng.usize(..400) {
                // some 20 KB, and more than 100 KB
                0..6 if imperfections => 300,
                6 if imperfections => 1_500,
                few => few % 5,
            },
            people: Vec::new(),
            ended: None,
            transcribed: medium == Medium::Call && self.rng.f64() < 0.3,
            transfers: 0,
            bound_for: None,
            outcome: "unknown",
        };
        self.by_id.insert(id, key);
        self.conversations.insert(key, conversation);
        let person = self.join(key, "customer", None, None, Stand::Connected);
        if let Some(person) = self.person(key, person) {
            person.name = name;
            person.address = address;
        }
        key
    }

    /// An agent calls a customer; whether one was free to.
    fn dial_out(&mut self, key: u64) -> bool {
        let queue = self.pick_queue();
        let Some(agent) = self.free_agent(queue, true) else { return false };
        self.agents[agent].busy += 1;
        self.count(queue, Medium::Call, Happened::Outbound);
        let person = self.join(key, "agent", Some(queue), Some(agent), Stand::Connected);
        for index in [0, person] {
            if let Some(person) = self.person(key, index) {
                person.direction = "outbound";
            }
        }
        if let Some(customer) = self.person(key, 0) {
            customer.stand = Stand::Dialing;
            customer.connected = None;
        }
        if let Some(agent) = self.person(key, person) {
            agent.stand = Stand::Dialing;
            agent.connected = None;
        }
        let wait = self.around(9.0);
        self.plan_ms(wait, Step::Reached(key));
        true
    }

    fn reached(&mut self, key: u64, out: &mut Out<'_>) {
        let now = self.now;
        for index in 0..2 {
            if let Some(person) = self.person(key, index) {
                person.stand = if person.stand == Stand::Dialing && index == 0 {
                    Stand::Contacting
                } else {
                    person.stand
                };
            }
        }
        self.tell(key, out);
        for index in 0..2 {
            if let Some(person) = self.person(key, index) {
                person.stand = Stand::Connected;
                person.connected = Some(now);
            }
        }
        let agent = self.agent_of(key, 1);
        if let Some(agent) = agent {
            self.settle(agent, out);
        }
        self.plan_middle(key, 1);
        self.tell(key, out);
    }

    fn leave_flow(&mut self, key: u64, person: usize, out: &mut Out<'_>) {
        if !self.is_live(key, person) {
            return;
        }
        if self.rng.f64() < 0.08 {
            self.close(key, person, "peer");
            self.set_outcome(key, "endedInFlow");
            self.end(key, out);
            return;
        }
        self.close(key, person, "transfer");
        self.enter_queue(key, None, out);
        self.tell(key, out);
        self.detail_flow_end(key, out);
    }

    fn due(&mut self, key: u64, person: usize, out: &mut Out<'_>) {
        let now = self.now;
        if let Some(customer) = self.person(key, person) {
            customer.stand = Stand::Connected;
            customer.connected = Some(now);
        }
        self.enter_queue(key, None, out);
        self.tell(key, out);
    }

    /// Joins a queue: the given one, or one by weight.
    pub(super) fn enter_queue(&mut self, key: u64, queue: Option<usize>, out: &mut Out<'_>) {
        let bound_for = self.conversations.get(&key).and_then(|known| known.bound_for);
        let queue = queue.or(bound_for).unwrap_or_else(|| self.pick_queue());
        let acd = self.join(key, "acd", Some(queue), None, Stand::Connected);
        let medium = self.medium(key);
        self.count(queue, medium, Happened::Offered);
        self.plan_ms(400, Step::Offer(key, acd));
        let patience = match self.medium(key) {
            Medium::Call => 150.0,
            Medium::Chat => 120.0,
            Medium::Message => 900.0,
            Medium::Email | Medium::Callback => 14_400.0,
        };
        let wait = self.around(patience);
        self.plan_ms(wait.max(8_000), Step::Abandon(key, acd));
        self.detail_acd_start(key, acd, out);
    }

    /// Looks for a free agent; tries again a little later when there is none.
    fn offer(&mut self, key: u64, acd: usize, out: &mut Out<'_>) {
        let Some(queue) = self.queue_of(key, acd) else { return };
        if !self.is_live(key, acd) || self.is_answered(key, acd) {
            return;
        }
        let Some(agent) = self.free_agent(queue, false) else {
            let wait = 1_500 + i64::from(self.rng.u32(..1_500));
            self.plan_ms(wait, Step::Offer(key, acd));
            return;
        };
        self.agents[agent].busy += 1;
        let person = self.join(key, "agent", Some(queue), Some(agent), Stand::Alerting);
        let chance = self.rng.f64();
        if agent == SLEEPER || chance < 0.02 {
            self.plan_ms(ALERT_MS, Step::Miss(key, person));
        } else if chance < 0.05 || (agent == DECLINER && chance < 0.5) {
            let wait = 2_000 + i64::from(self.rng.u32(..7_000));
            self.plan_ms(wait, Step::Miss(key, person));
        } else {
            let wait = 1_500 + i64::from(self.rng.u32(..9_000));
            self.plan_ms(wait, Step::Answer(key, person));
        }
        self.tell(key, out);
        self.tell_agent_state(agent, key, "ALERT", out);
    }

    /// The alert ends unanswered: declined if early, not answered if the time ran out.
    fn miss(&mut self, key: u64, person: usize, out: &mut Out<'_>) {
        if !self.is_live(key, person) {
            return;
        }
        let Some(agent) = self.agent_of(key, person) else { return };
        let rang = self.person(key, person).map(|p| p.started).unwrap_or_default();
        let slept = milliseconds(rang, self.now) >= ALERT_MS - 1_000;
        self.close(key, person, if slept { "system" } else { "client" });
        self.agents[agent].missed += 1;
        if let Some(queue) = self.queue_of(key, person) {
            let medium = self.medium(key);
            let rang_ms = milliseconds(rang, self.now);
            self.count(queue, medium, Happened::Alerted(rang_ms));
            if slept {
                self.count(queue, medium, Happened::NotResponding(rang_ms));
            }
        }
        self.agents[agent].busy = self.agents[agent].busy.saturating_sub(1);
        if slept {
            self.set_routing(agent, Routing::NotResponding, out);
            let wait = self.around(180.0);
            self.plan_ms(wait, Step::Back(agent));
        }
        if let Some(acd) = self.live_acd(key) {
            self.plan_ms(700, Step::Offer(key, acd));
        }
        self.tell(key, out);
    }

    fn answer(&mut self, key: u64, person: usize, out: &mut Out<'_>) {
        if !self.is_live(key, person) {
            return;
        }
        let now = self.now;
        if let Some(agent) = self.person(key, person) {
            agent.stand = Stand::Connected;
            agent.connected = Some(now);
        }
        if let Some(acd) = self.live_acd(key) {
            if let Some(queue) = self.queue_of(key, acd) {
                let began = self.person(key, acd).map_or(now, |p| p.started);
                let medium = self.medium(key);
                let waited = milliseconds(began, now);
                self.count(
                    queue,
                    medium,
                    Happened::Answered(waited, waited <= medium.threshold_ms()),
                );
                let rang = self.person(key, person).map_or(now, |p| p.started);
                self.count(queue, medium, Happened::Alerted(milliseconds(rang, now)));
            }
            // the two ends differ by some 50 ms, as in life
            let lag = 40 + i64::from(self.rng.u32(..20));
            self.plan_ms(lag, Step::LeaveQueue(key, acd));
        }
        self.set_outcome(key, "answered");
        self.plan_middle(key, person);
        if self.conversations.get(&key).is_some_and(|c| c.transcribed) {
            self.plan_ms(3_000, Step::Speak(key, 0));
        }
        self.tell(key, out);
        if let Some(agent) = self.agent_of(key, person) {
            self.settle(agent, out);
            self.tell_agent_state(agent, key, "INTERACT", out);
        }
    }

    pub(super) fn plan_middle(&mut self, key: u64, person: usize) {
        let mean = match self.medium(key) {
            Medium::Call | Medium::Callback => 70.0,
            Medium::Chat => 110.0,
            Medium::Message => 130.0,
            Medium::Email => 150.0,
        };
        let wait = self.around(mean);
        self.plan_ms(wait, Step::Middle(key, person));
    }

    fn abandon(&mut self, key: u64, acd: usize, out: &mut Out<'_>) {
        if !self.is_live(key, acd) || self.is_answered(key, acd) {
            return;
        }
        if self.rng.f64() < FLOW_OUT_SHARE {
            return self.flow_out(key, acd, out);
        }
        let now = self.now;
        if let Some(queue) = self.queue_of(key, acd) {
            let began = self.person(key, acd).map_or(now, |person| person.started);
            let medium = self.medium(key);
            self.count(queue, medium, Happened::Abandoned(milliseconds(began, now)));
        }
        self.close(key, acd, "peer");
        // also one that an agent had before and handed on: how it ended is what counts
        self.set_outcome(key, "abandoned");
        self.detail_acd_end(key, acd, "ABANDON", out);
        self.stop_ringing(key, "peer");
        self.end(key, out);
    }

    pub(super) fn hang_up(&mut self, key: u64, person: usize, out: &mut Out<'_>) {
        if !self.is_live(key, person) {
            return;
        }
        let now = self.now;
        self.close(key, person, "client");
        self.start_wrapup(key, person);
        self.close(key, 0, "peer");
        self.close_sides(key);
        // a frame whose leg still says connected, and a moment later the one that is right
        if self.settings.imperfections && self.rng.f64() < 0.1 {
            self.tell_stale(key, person, out);
            self.plan_ms(120, Step::Correct(key));
        } else {
            self.tell(key, out);
        }
        self.detail_user_end(key, person, now, out);
        if self.conversations.get(&key).is_some_and(|c| c.transcribed) {
            self.tell_transcript_end(key, out);
        }
    }

    /// The agent's after-call work begins.
    pub(super) fn start_wrapup(&mut self, key: u64, person: usize) {
        let now = self.now;
        let code = self.wrapup_code();
        if let Some(agent) = self.person(key, person) {
            agent.after_call = Some(AfterCall { started: now, ended: None, code });
        }
        let wait = self.around(18.0);
        self.plan_ms(wait, Step::Wrapped(key, person));
    }

    fn wrapped(&mut self, key: u64, person: usize, out: &mut Out<'_>) {
        let now = self.now;
        if let Some(work) = self.person(key, person).and_then(|p| p.after_call.as_mut()) {
            work.ended = Some(now);
        }
        self.count_handled(key, person);
        if let Some(agent) = self.agent_of(key, person) {
            self.agents[agent].busy = self.agents[agent].busy.saturating_sub(1);
            self.settle(agent, out);
        }
        self.detail_wrapup(key, person, out);
        let over = self.conversations.get(&key).is_some_and(|conversation| {
            let mut people = conversation.people.iter();
            people.all(|person| person.stand == Stand::Over && !person.wraps_up())
        });
        if over { self.end(key, out) } else { self.tell(key, out) }
    }

    /// Everybody leaves; the last snapshot is sent.
    pub(super) fn end(&mut self, key: u64, out: &mut Out<'_>) {
        let people = self.conversations.get(&key).map_or(0, |c| c.people.len());
        for person in 0..people {
            self.close(key, person, "peer");
        }
        let now = self.now;
        if let Some(conversation) = self.conversations.get_mut(&key) {
            // who handed it on may still wrap it up: then it is over when the last of them is done, as
            // it is where an agent has it to the end
            if conversation.people.iter().any(Participant::wraps_up) {
                return self.tell(key, out);
            }
            conversation.ended.get_or_insert(now);
        }
        self.tell(key, out);
        self.detail_customer_end(key, out);
        self.plan_ms(millis(60.0) * KEEP_ENDED_SECONDS / 60, Step::Forget(key));
    }
}
