//! What agents do, by the newest word of the service on each of presence and routing.
use crate::domain::agent::{AgentChange, Presence, Routing};
use crate::domain::board::Journal;
use crate::domain::identity::{QueueId, UserId};
use jiff::Timestamp;
use std::collections::HashMap;

/// Most agents that are kept: 20 channels of 1,000 topics, one topic an agent, and as many again
/// from queue membership. New ones beyond it are not admitted.
pub const MAX_AGENTS: usize = 40_000;

/// One agent.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Their id.
    pub user: UserId,
    /// Their presence, once known.
    pub presence: Option<Presence>,
    /// Their routing status, once known.
    pub routing: Option<Routing>,
    /// Queues in which they are active, once known.
    pub queues: Option<Vec<QueueId>>,
    /// Whether they are out of office, once known.
    pub out_of_office: Option<bool>,
    /// When something was last heard of them.
    pub heard: Timestamp,
}

/// All agents of whom something is known.
#[derive(Clone, Debug, Default)]
pub struct Agents {
    known: HashMap<UserId, Agent>,
    journal: Journal<UserId>,
}

impl Agents {
    /// Takes in what changed. What is provably older than what is known is left out: presence and
    /// routing status each come on two topics that can overtake each other.
    pub fn change(&mut self, user: &UserId, change: &AgentChange, received: Timestamp) {
        if self.known.len() >= MAX_AGENTS && !self.known.contains_key(user) {
            return;
        }
        self.journal.note(user.clone());
        let agent = self.known.entry(user.clone()).or_insert_with(|| Agent {
            user: user.clone(),
            presence: None,
            routing: None,
            queues: None,
            out_of_office: None,
            heard: received,
        });
        agent.heard = agent.heard.max(received);
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
        }
        if change.out_of_office.is_some() {
            agent.out_of_office = change.out_of_office;
        }
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
