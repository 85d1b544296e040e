//! The board of agents.
//!
//! Presence and routing are the service's words; what they have and have missed is counted from the
//! conversations that are watched.
use super::{Board, Column, Facts, Journal, Part, Value};
use crate::domain::agent::RoutingStatus;
use crate::domain::filter::Holds;
use crate::domain::identity::UserId;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::agents::Agent;
use crate::domain::text::harmless_within;

/// Longest text taken into a cell, in characters.
const MAX_CELL: usize = 120;
/// Most conversations of one agent that a cell names: chat agents have some six at a time.
const MAX_NAMED: usize = 8;

/// The agents.
#[derive(Clone, Copy, Debug, Default)]
pub struct AgentBoard;

impl Board for AgentBoard {
    type Key = UserId;
    type Totals = ();
    const COLUMNS: &'static [Column<UserId>] = COLUMNS;
    const SHOWN: &'static [&'static str] = &[
        "agent",
        "routing",
        "since",
        "conversations",
        "missed",
        "presence",
        "presence_since",
        "current",
        "queues",
        "message",
    ];
    const BRIEF: &'static [&'static str] =
        &["agent", "routing", "since", "conversations", "missed", "presence"];

    fn journal(monitor: &Monitor) -> &Journal<UserId> {
        monitor.agents.journal()
    }

    fn keys(monitor: &Monitor) -> impl Iterator<Item = UserId> {
        monitor.agents.iter().map(|agent| agent.user.clone())
    }

    fn len(monitor: &Monitor) -> usize {
        monitor.agents.iter().len()
    }

    fn has(monitor: &Monitor, key: &UserId) -> bool {
        monitor.agents.get(key).is_some()
    }

    /// Those who don't respond first, then who talks, who is free, who is off; each the longest
    /// first.
    fn urgency(facts: &Facts<'_>, key: &UserId) -> [Part; 2] {
        let Some(agent) = facts.monitor.agents.get(key) else { return [Part::Last, Part::Last] };
        let Some(routing) = &agent.routing else { return [Part::Last, Part::Last] };
        let rank = match routing.status {
            RoutingStatus::NotResponding => 0,
            RoutingStatus::Interacting => 1,
            RoutingStatus::Communicating => 2,
            RoutingStatus::Idle => 3,
            RoutingStatus::Other(_) => 4,
            RoutingStatus::OffQueue => 5,
        };
        let since = routing.since.map_or(Part::Last, |at| Part::Number(at.as_millisecond()));
        [Part::Number(rank), since]
    }

    fn describe(facts: &Facts<'_>, key: &UserId, text: &mut String) {
        for column in COLUMNS.iter().filter(|column| !column.right) {
            if let Value::Text(word) = (column.value)(facts, key) {
                text.push_str(&word);
                text.push(' ');
            }
        }
    }
}

fn of(facts: &Facts<'_>, key: &UserId, read: impl FnOnce(&Agent) -> Option<Value>) -> Value {
    facts.monitor.agents.get(key).and_then(read).unwrap_or(Value::Unknown)
}

/// How many conversations an agent has: where none are watched, nobody knows, also not of those that
/// were seen before.
fn has(facts: &Facts<'_>, key: &UserId) -> Value {
    let counts = facts.monitor.agents.counts();
    of(facts, key, |agent| counts.then_some(Value::Number(agent.conversations.len() as u64)))
}

/// How many alerts an agent missed: of what happened it stays true where none are watched any more, but
/// there may be more.
fn missed(facts: &Facts<'_>, key: &UserId) -> Value {
    of(facts, key, |agent| match u64::from(agent.missed) {
        missed if facts.monitor.agents.counts() => Some(Value::Number(missed)),
        0 => None,
        missed => Some(Value::AtLeast(missed)),
    })
}

/// Which conversations an agent has: state and queue of each.
fn current(facts: &Facts<'_>, key: &UserId) -> Value {
    let monitor = facts.monitor;
    if !monitor.agents.counts() {
        return Value::Unknown;
    }
    of(facts, key, |agent| {
        let named = |id| {
            let standing = &monitor.conversations.get(id)?.standing;
            let queue =
                standing.queue.as_ref().map_or("–", |queue| monitor.directory.queue(queue));
            Some(format!("{} {queue}", standing.state.word()))
        };
        let words: Vec<String> =
            agent.conversations.iter().filter_map(named).take(MAX_NAMED).collect();
        Some(Value::text(&words.join(", ")))
    })
}

const COLUMNS: &[Column<UserId>] = &[
    Column::words(
        "agent",
        "agent",
        (14, 30),
        "the agent's name; their id where no name is known",
        |facts, key| Value::text(facts.monitor.directory.user(key)),
    ),
    Column::words(
        "routing",
        "routing",
        (14, 16),
        "what routing thinks of them; from their activity or routing status topic",
        |facts, key| {
            of(facts, key, |agent| {
                let status = &agent.routing.as_ref()?.status;
                Some(Value::text(&harmless_within(status.word(), MAX_CELL)))
            })
        },
    ),
    Column::figure("since", "for", 6, "how long routing has thought so", |facts, key| {
        of(facts, key, |agent| agent.routing.as_ref()?.since.map(Value::Since))
    })
    .holding(Holds::Duration),
    Column::figure(
        "conversations",
        "has",
        3,
        "how many conversations they have: ringing, connected, held, parked or in wrap-up; of those that are watched, unknown where none are",
        has,
    ),
    Column::figure(
        "missed",
        "missed",
        6,
        "alerts that they didn't answer since midnight, or since gcwatch was started if that was later; of the conversations that are watched; where none are any more, at least those that were seen",
        missed,
    ),
    Column::words(
        "presence",
        "presence",
        (12, 16),
        "their presence; from their activity or presence topic",
        |facts, key| {
            of(facts, key, |agent| {
                let system = &agent.presence.as_ref()?.system;
                Some(Value::text(&harmless_within(
                    &system.replace('_', " ").to_lowercase(),
                    MAX_CELL,
                )))
            })
        },
    ),
    Column::figure(
        "presence_since",
        "present for",
        11,
        "how long their presence has been so",
        |facts, key| of(facts, key, |agent| agent.presence.as_ref()?.since.map(Value::Since)),
    )
    .holding(Holds::Duration),
    Column::words(
        "current",
        "with",
        (12, 50),
        "which conversations they have: state and queue of each, the first eight; enter shows them",
        current,
    ),
    Column::words(
        "queues",
        "queues",
        (10, 60),
        "queues in which they are active; from their activity topic",
        |facts, key| {
            of(facts, key, |agent| {
                let queues = agent.queues.as_ref()?;
                let names: Vec<&str> =
                    queues.iter().map(|queue| facts.monitor.directory.queue(queue)).collect();
                Some(Value::text(&names.join(", ")))
            })
        },
    ),
    Column::words(
        "message",
        "message",
        (10, 30),
        "what they wrote beside their presence",
        |facts, key| {
            of(facts, key, |agent| {
                let message = agent.presence.as_ref()?.message.as_ref()?;
                Some(Value::text(&harmless_within(message, MAX_CELL)))
            })
        },
    ),
];
