//! Where a conversation stands: from participants and legs to the one word that a supervisor
//! wants, with the time since when.
//!
//! The rules are drawn from real frames. Scan *all* participants: each alert makes a new one,
//! and the newest active agent counts. Must not know how rows are kept or drawn.
use super::{Conversation, LegState, Participant, Purpose};
use crate::domain::identity::{QueueId, UserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Where a conversation stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The one word.
    pub state: State,
    /// Since when, where the snapshot tells. An alert on a nested topic has no time: then it is
    /// `None`, and the time at which it was first seen stands in.
    pub since: Option<Timestamp>,
    /// The queue that it is in now, or was in last.
    pub queue: Option<QueueId>,
    /// The agent who has it, or is being rung.
    pub agent: Option<UserId>,
    /// Since when the customer has waited in `queue` unanswered; `None` when they don't.
    pub waiting_since: Option<Timestamp>,
    /// How it ended, for [`State::Ended`] and [`State::Wrapup`].
    pub outcome: Option<Outcome>,
}

/// The state of a conversation in one word. In the order of urgency for a supervisor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum State {
    /// In a queue, nobody is being rung.
    Waiting,
    /// An agent is being rung.
    Alerting,
    /// On hold.
    Hold,
    /// An agent and the customer are connected.
    Interacting,
    /// Laid aside by the agent.
    Parked,
    /// Being dialled.
    Dialing,
    /// In a flow: IVR, bot.
    Flow,
    /// A callback that is due later.
    Scheduled,
    /// The agent works on it after the customer has gone.
    Wrapup,
    /// Something else that lives, such as a voicemail, or a state this program doesn't know.
    Other,
    /// Over.
    Ended,
}

impl State {
    /// Every state, in order of urgency.
    pub const ALL: [Self; 11] = [
        Self::Waiting,
        Self::Alerting,
        Self::Hold,
        Self::Interacting,
        Self::Parked,
        Self::Dialing,
        Self::Flow,
        Self::Scheduled,
        Self::Wrapup,
        Self::Other,
        Self::Ended,
    ];

    /// The word for people and scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Alerting => "alerting",
            Self::Hold => "hold",
            Self::Interacting => "talking",
            Self::Parked => "parked",
            Self::Dialing => "dialing",
            Self::Flow => "flow",
            Self::Scheduled => "scheduled",
            Self::Wrapup => "wrap-up",
            Self::Other => "other",
            Self::Ended => "ended",
        }
    }
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Outcome {
    /// An agent had it.
    Answered,
    /// It waited in a queue and left unanswered, perhaps after an agent had transferred it there.
    Abandoned,
    /// The last agent who had it handed it on, to somebody of whom no frame tells.
    Transferred,
    /// It left its flow without reaching a queue.
    EndedInFlow,
    /// Neither can be told.
    Unknown,
}

const RINGING: [LegState; 2] = [LegState::Alerting, LegState::Offering];
const REACHING_OUT: [LegState; 2] = [LegState::Dialing, LegState::Contacting];

impl Conversation {
    /// Where it stands, by this snapshot alone.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let scene = Scene::of(self);
        let queue = scene.queue();
        let standing = |state, since, agent: Option<&Participant>| Standing {
            state,
            since,
            queue: queue.clone(),
            agent: agent.and_then(|agent| agent.user.clone()),
            waiting_since: None,
            outcome: None,
        };
        if self.ended.is_some() {
            return Standing {
                outcome: Some(self.outcome()),
                ..standing(State::Ended, self.ended, scene.last_agent)
            };
        }
        // A queue visit that no agent has answered comes first: the customer still waits there,
        // also while an agent who left them in it (a consult) is still connected elsewhere.
        if let Some(acd) = scene.unanswered_acd
            && scene.connected_agent.is_none()
        {
            let waiting_since = acd.connected_at();
            let (state, since, agent) = match scene.ringing_agent {
                Some(agent) => (State::Alerting, agent.started, Some(agent)),
                None => (State::Waiting, waiting_since, None),
            };
            return Standing { waiting_since, ..standing(state, since, agent) };
        }
        if let Some(agent) = scene.connected_agent {
            return self.handled(agent, standing);
        }
        if let Some(agent) = scene.ringing_agent {
            return standing(State::Alerting, agent.started, Some(agent));
        }
        self.unhandled(&scene, standing)
    }

    /// With an agent connected: talking, on hold or parked.
    fn handled(
        &self,
        agent: &Participant,
        standing: impl Fn(State, Option<Timestamp>, Option<&Participant>) -> Standing,
    ) -> Standing {
        let parked = agent.live_legs().find(|leg| leg.state == LegState::Parked);
        if let Some(leg) = parked
            && !agent.live_legs().any(super::Leg::is_connected)
        {
            return standing(State::Parked, leg.parked_since.or(agent.connected_at()), Some(agent));
        }
        let customers = self.participants.iter().filter(|p| p.purpose == Purpose::Customer);
        let held = agent
            .live_legs()
            .chain(customers.flat_map(Participant::live_legs))
            .find(|leg| leg.held && leg.is_connected());
        match held {
            Some(leg) => {
                standing(State::Hold, leg.held_since.or(agent.connected_at()), Some(agent))
            }
            None => standing(State::Interacting, agent.connected_at(), Some(agent)),
        }
    }

    /// With no agent connected or rung, and nobody waiting in a queue.
    fn unhandled(
        &self,
        scene: &Scene<'_>,
        standing: impl Fn(State, Option<Timestamp>, Option<&Participant>) -> Standing,
    ) -> Standing {
        let reaching_out = self
            .participants
            .iter()
            .filter(|participant| !participant.observes)
            .find(|participant| participant.has_live(&REACHING_OUT));
        if let Some(participant) = reaching_out {
            let agent = self.participants.iter().rev().find(|p| p.handles() && !p.is_over());
            return standing(State::Dialing, participant.started, agent);
        }
        let live_flow = self.participants.iter().rev().find(|participant| {
            participant.purpose == Purpose::Flow && participant.live_legs().next().is_some()
        });
        if let Some(flow) = live_flow {
            return standing(State::Flow, flow.connected_at(), None);
        }
        let scheduled = self
            .participants
            .iter()
            .flat_map(Participant::live_legs)
            .find(|leg| leg.state == LegState::Scheduled);
        if let Some(leg) = scheduled {
            return standing(State::Scheduled, leg.scheduled, None);
        }
        // the customer hasn't gone who speaks to a mailbox while an agent before that still writes
        let mailbox = self.participants.iter().rev().find(|participant| {
            participant.purpose == Purpose::Voicemail && participant.live_legs().next().is_some()
        });
        if let Some(mailbox) = mailbox {
            return standing(State::Other, mailbox.connected_at(), None);
        }
        let wrapping = self.participants.iter().rev().find(|participant| participant.in_wrapup());
        if let Some(agent) = wrapping {
            let since = agent.wrapup.started.or(agent.ended_at());
            let known = standing(State::Wrapup, since, Some(agent));
            return Standing {
                outcome: Some(self.outcome()),
                // whoever had it last may be done while an agent before them still writes
                queue: agent.queue.clone().or(known.queue.clone()),
                ..known
            };
        }
        let newest_alive = self.participants.iter().rev().find(|participant| {
            let past_customer =
                participant.purpose == Purpose::Customer && scene.last_agent.is_some();
            !participant.observes && !past_customer && participant.live_legs().next().is_some()
        });
        if newest_alive.is_some() || self.participants.is_empty() {
            let since = newest_alive.and_then(Participant::connected_at);
            return standing(State::Other, since.or(self.began()), None);
        }
        let ended = self.participants.iter().filter_map(Participant::ended_at).max();
        Standing {
            outcome: Some(self.outcome()),
            ..standing(State::Ended, ended, scene.last_agent)
        }
    }

    /// How it ended or is ending: by the last queue visit if nobody had it during or after that, else
    /// by the last agent who had it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        let handlers =
            || self.participants.iter().rev().filter(|p| p.handles() && p.connected_at().is_some());
        let last_acd = self.participants.iter().rev().find(|p| p.purpose == Purpose::Acd);
        if let Some(acd) = last_acd {
            // a consult leaves its queue too, but whoever asked still has the customer then
            let is_with_somebody = handlers().any(|agent| {
                agent.connected_at() >= acd.connected_at()
                    || agent.ended_at().is_none_or(|at| acd.ended_at().is_none_or(|left| at > left))
            });
            if !is_with_somebody {
                // to be handed on is how a visit ends when an agent answers or a flow goes on
                let handed_on = acd.is_over() && acd.ends_by_transfer();
                return if handed_on { Outcome::Unknown } else { Outcome::Abandoned };
            }
        }
        match handlers().next() {
            Some(agent) if agent.is_over() && agent.ends_by_transfer() => Outcome::Transferred,
            Some(_) => Outcome::Answered,
            None if self.participants.iter().any(|p| p.purpose == Purpose::Flow) => {
                Outcome::EndedInFlow
            }
            None => Outcome::Unknown,
        }
    }

    /// The queue visits in which the customer waits unanswered now, each with the time since
    /// when. There can be several, on consults; most conversations have none or one.
    pub fn unanswered_visits(&self) -> impl Iterator<Item = (&QueueId, Option<Timestamp>)> {
        self.participants
            .iter()
            .filter(|participant| self.is_unanswered(participant))
            .filter_map(|acd| acd.queue.as_ref().map(|queue| (queue, acd.connected_at())))
    }

    /// Whether `acd` is a live queue visit that no agent has answered.
    fn is_unanswered(&self, acd: &Participant) -> bool {
        if acd.purpose != Purpose::Acd || !acd.has_live(&[LegState::Connected]) {
            return false;
        }
        let visit_began = acd.connected_at();
        let answered = self.participants.iter().any(|agent| {
            agent.handles()
                && agent
                    .connected_at()
                    .is_some_and(|at| visit_began.is_none_or(|began| at >= began))
        });
        !answered
    }
}

impl Participant {
    /// Whether its part ended by being handed on, in any of the service's words for that.
    #[must_use]
    pub fn ends_by_transfer(&self) -> bool {
        // both spellings: `transfer.consult` of topics, `CONSULT_TRANSFER` of detail events
        self.disconnect_type().is_some_and(|kind| kind.to_ascii_lowercase().contains("transfer"))
    }

    /// Whether it is an agent who works on the conversation after its end.
    #[must_use]
    pub fn in_wrapup(&self) -> bool {
        if !self.handles() || !self.is_over() || self.connected_at().is_none() {
            return false;
        }
        if self.wrapup.ended.is_some() || self.wrapup.done {
            return false;
        }
        let said: Vec<&str> =
            self.legs.iter().filter_map(|leg| leg.after_call_work.as_deref()).collect();
        let finished = |word: &&str| {
            ["complete", "skipped", "notapplicable"].contains(&word.to_ascii_lowercase().as_str())
        };
        if said.iter().any(|word| word.eq_ignore_ascii_case("pending")) {
            return true;
        }
        if said.iter().any(finished) {
            return false;
        }
        self.wrapup.started.is_some() || self.wrapup.required
    }
}

/// Who is on stage: the participants that decide.
struct Scene<'a> {
    /// The newest live queue visit that no agent has answered.
    unanswered_acd: Option<&'a Participant>,
    /// The newest live queue visit, answered or not.
    live_acd: Option<&'a Participant>,
    /// The newest agent who is connected or has it parked.
    connected_agent: Option<&'a Participant>,
    /// The newest agent who is being rung.
    ringing_agent: Option<&'a Participant>,
    /// The newest agent who had it.
    last_agent: Option<&'a Participant>,
    /// The newest participant that names a queue.
    last_in_queue: Option<&'a Participant>,
}

impl<'a> Scene<'a> {
    fn of(conversation: &'a Conversation) -> Self {
        let newest_first = || conversation.participants.iter().rev();
        let handlers = || newest_first().filter(|participant| participant.handles());
        let on_it = |participant: &&Participant| {
            participant.live_legs().any(|leg| leg.is_connected() || leg.state == LegState::Parked)
        };
        // somebody who is only consulted isn't who has it, unless nobody else is left
        let connected_agent =
            handlers().filter(on_it).find(|p| !p.consulted).or_else(|| handlers().find(on_it));
        Self {
            unanswered_acd: newest_first().find(|p| conversation.is_unanswered(p)),
            live_acd: newest_first()
                .find(|p| p.purpose == Purpose::Acd && p.has_live(&[LegState::Connected])),
            connected_agent,
            ringing_agent: handlers().find(|p| p.has_live(&RINGING)),
            last_agent: handlers().find(|p| p.connected_at().is_some()),
            last_in_queue: newest_first().find(|p| p.queue.is_some()),
        }
    }

    fn queue(&self) -> Option<QueueId> {
        let decisive = match (self.unanswered_acd, self.connected_agent) {
            (_, Some(agent)) if agent.queue.is_some() => Some(agent),
            (Some(acd), _) => Some(acd),
            _ => self.live_acd,
        };
        decisive
            .or(self.ringing_agent)
            .or(self.last_agent)
            .and_then(|participant| participant.queue.clone())
            .or_else(|| self.last_in_queue.and_then(|participant| participant.queue.clone()))
    }
}
