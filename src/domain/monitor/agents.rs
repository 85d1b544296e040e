//! What agents do: presence and routing by the newest word of the service on each, the conversations
//! that they have, and the alerts that they missed today.
//!
//! Conversations and alerts are counted from the conversations that are watched, each change in the
//! price of that change. Must not know how a conversation is read.
use crate::domain::agent::{AgentChange, Presence, Routing, RoutingStatus};
use crate::domain::board::Journal;
use crate::domain::conversation::State;
use crate::domain::identity::{ConversationId, ParticipantId, QueueId, UserId};
use foldhash::HashMap;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use missed::Today;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

mod missed;

/// Most agents that are kept: 20 channels of 1,000 topics, one topic an agent, and as many again
/// from queue membership. New ones beyond it are not admitted.
pub const MAX_AGENTS: usize = 40_000;
/// Most missed alerts of one agent that can be looked at; all are counted. An agent who misses one is
/// taken off the queue, so that twenty are a bad day.
pub const MAX_MISSED_KEPT: usize = 20;
/// Most queues of one agent that REST names; their own topic's list ends with its frame. Who has more is on
/// all queues, and no cell names them.
pub const MAX_QUEUES_OF_AGENT: usize = 500;

/// One agent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Agent {
    /// Their id.
    pub user: UserId,
    /// Their presence, once known.
    pub presence: Option<Presence>,
    /// Their routing status, once known.
    pub routing: Option<Routing>,
    /// Queues in which they are active, once known.
    pub queues: Option<Vec<QueueId>>,
    /// Whether their own topic named them. Before, it is REST, queue by queue.
    own_queues: bool,
    /// Whether they are out of office, once known.
    pub out_of_office: Option<bool>,
    /// Conversations that they have now, of those that are watched: ringing, connected, held, parked
    /// or in wrap-up. Bounded by the conversations themselves.
    pub conversations: BTreeMap<ConversationId, Engagement>,
    /// How many alerts they missed since [`Agents::missed_since`].
    pub missed: u32,
    /// The newest of these, the newest last.
    pub newest_missed: VecDeque<MissedAlert>,
    /// When something was last heard of them.
    pub heard: Timestamp,
}

/// Where a conversation stands that an agent has. Kept here too, since a list of 40,000 agents that goes
/// by what they are with would find each conversation only somewhere else in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Engagement {
    /// Its state.
    pub state: State,
    /// The queue that it is in, or was in last.
    pub queue: Option<QueueId>,
}

/// An alert that ended without an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissedAlert {
    /// The conversation for which the agent was rung.
    pub conversation: ConversationId,
    /// The participant as which; each alert makes a new one.
    pub participant: ParticipantId,
    /// The queue, where the alert named one.
    pub queue: Option<QueueId>,
    /// When it ended: by the service, or when a frame first said so.
    pub at: Timestamp,
}

/// All agents of whom something is known.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Agents {
    known: HashMap<UserId, Agent>,
    journal: Journal<UserId>,
    today: Today,
    /// Whether any conversations are watched: only then is "none" an answer.
    counts: bool,
}

impl Agents {
    /// An empty one that counts missed alerts from `now`, and each day anew by the clock of `zone`.
    #[must_use]
    pub fn counting(now: Timestamp, zone: TimeZone) -> Self {
        Self { today: Today::from(now, zone), ..Self::default() }
    }

    /// Gives one that was kept as text its zone back.
    pub(super) fn go_by(&mut self, zone: TimeZone) {
        self.today.go_by(zone);
    }

    /// Takes in what changed. What is provably older than what is known is left out: presence and
    /// routing status each come on two topics that can overtake each other.
    pub fn change(&mut self, user: &UserId, change: &AgentChange, received: Timestamp) {
        let Some(agent) = self.agent(user, received) else { return };
        if let Some(presence) = &change.presence
            && is_newer(presence.since, agent.presence.as_ref().and_then(|known| known.since))
        {
            agent.presence = Some(presence.clone());
        }
        if let Some(routing) = &change.routing
            && is_newer(routing.since, agent.routing.as_ref().and_then(|known| known.since))
        {
            agent.routing = Some(routing.clone());
        }
        if let Some(queues) = &change.queues {
            agent.queues = Some(queues.clone());
            agent.own_queues = true;
        }
        if change.out_of_office.is_some() {
            agent.out_of_office = change.out_of_office;
        }
    }

    /// The agent, to be changed; `None` at the bound.
    fn agent(&mut self, user: &UserId, heard: Timestamp) -> Option<&mut Agent> {
        if self.known.len() >= MAX_AGENTS && !self.known.contains_key(user) {
            return None;
        }
        self.journal.note(user.clone());
        let agent = self.known.entry(user.clone()).or_insert_with(|| Agent {
            user: user.clone(),
            presence: None,
            routing: None,
            queues: None,
            own_queues: false,
            out_of_office: None,
            conversations: BTreeMap::new(),
            missed: 0,
            newest_missed: VecDeque::new(),
            heard,
        });
        agent.heard = agent.heard.max(heard);
        Some(agent)
    }

    /// Notes who has a conversation now and where it stands, and who had it before. That it stands elsewhere
    /// is news of those who keep it, too.
    pub fn reassign(
        &mut self,
        conversation: &ConversationId,
        before: &[UserId],
        after: &[UserId],
        stands: &Engagement,
        at: Timestamp,
    ) {
        for user in before.iter().filter(|user| !after.contains(user)) {
            if let Some(agent) = self.agent(user, at) {
                agent.conversations.remove(conversation);
            }
        }
        for user in after {
            if before.contains(user) {
                self.move_on(user, conversation, stands);
            } else if let Some(agent) = self.agent(user, at) {
                agent.conversations.insert(conversation.clone(), stands.clone());
            }
        }
    }

    fn move_on(&mut self, user: &UserId, conversation: &ConversationId, stands: &Engagement) {
        let known = self.known.get_mut(user);
        let stood = known.and_then(|agent| agent.conversations.get_mut(conversation));
        if let Some(stood) = stood.filter(|stood| *stood != stands) {
            *stood = stands.clone();
            self.journal.note(user.clone());
        }
    }

    /// Takes in that somebody is on a queue, or isn't any more, by REST. What their own topic told is
    /// newer; and who isn't known doesn't become so, since nothing would tell what becomes of them.
    pub fn on_queue(&mut self, user: &UserId, queue: &QueueId, is_on: bool) {
        let Some(agent) = self.known.get_mut(user).filter(|agent| !agent.own_queues) else {
            return;
        };
        let queues = agent.queues.get_or_insert_default();
        let place = queues.iter().position(|one| one == queue);
        match place {
            None if is_on && queues.len() < MAX_QUEUES_OF_AGENT => queues.push(queue.clone()),
            Some(place) if !is_on => drop(queues.remove(place)),
            _ => return,
        }
        self.journal.note(user.clone());
    }

    /// Counts a missed alert once, however often it is told, if it belongs to the time that is
    /// counted.
    pub fn miss(&mut self, user: &UserId, alert: MissedAlert, told: Timestamp) {
        self.let_pass(told);
        if !self.today.counts(&alert) {
            return;
        }
        let Some(agent) = self.agent(user, told) else { return };
        agent.missed = agent.missed.saturating_add(1);
        if agent.newest_missed.len() >= MAX_MISSED_KEPT {
            agent.newest_missed.pop_front();
        }
        agent.newest_missed.push_back(alert);
    }

    /// Lets time pass: at midnight missed alerts are counted from none again. Whether it was one.
    pub fn let_pass(&mut self, now: Timestamp) -> bool {
        if !self.today.ended(now) {
            return false;
        }
        for agent in self.known.values_mut().filter(|agent| agent.missed > 0) {
            agent.missed = 0;
            agent.newest_missed.clear();
            self.journal.note(agent.user.clone());
        }
        true
    }

    /// Notes whether any conversations are watched; if that changed, so did every agent.
    pub fn watch_conversations(&mut self, watched: bool) {
        if self.counts != watched {
            self.counts = watched;
            self.known.keys().for_each(|user| self.journal.note(user.clone()));
        }
    }

    /// Whether conversations are watched, so that an agent without any is known to have none.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.counts
    }

    /// Since when missed alerts are counted: midnight, or when counting began.
    #[must_use]
    pub fn missed_since(&self) -> Timestamp {
        self.today.since()
    }

    /// The zone by whose midnight they are counted anew.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        self.today.zone()
    }

    /// What routing thinks of somebody, as far as it is known.
    #[must_use]
    pub fn routing_of(&self, user: &UserId) -> Option<RoutingStatus> {
        Some(self.known.get(user)?.routing.as_ref()?.status.clone())
    }

    /// One agent.
    #[must_use]
    pub fn get(&self, user: &UserId) -> Option<&Agent> {
        self.known.get(user)
    }

    /// Which agents changed.
    #[must_use]
    pub fn journal(&self) -> &Journal<UserId> {
        &self.journal
    }

    /// All agents, in no order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Agent> {
        self.known.values()
    }
}

fn is_newer(said: Option<Timestamp>, known: Option<Timestamp>) -> bool {
    match (said, known) {
        (Some(said), Some(known)) => said >= known,
        _ => true,
    }
}
