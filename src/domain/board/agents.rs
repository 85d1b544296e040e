//! The board of agents.
//!
//! Presence and routing are the service's words; what they have and have missed is counted from the
//! conversations that are watched.
use super::{Board, Column, Facts, FoundRow, Journal, LAST, RowKey, Value, start_of};
use crate::domain::agent::{Presence, RoutingStatus};
use crate::domain::filter::Holds;
use crate::domain::identity::UserId;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::agents::Agent;
use crate::domain::text::harmless_within;
use jiff::Timestamp;
use std::borrow::Cow;

/// Longest text taken into a cell, in characters.
const MAX_CELL: usize = 120;
/// Most conversations of one agent that a cell names: chat agents have some six at a time.
const MAX_NAMED: usize = 8;

/// The agents.
#[derive(Clone, Copy, Debug, Default)]
pub struct AgentBoard;

impl RowKey for UserId {
    type Row<'a> = Option<&'a Agent>;

    fn row<'a>(&self, monitor: &'a Monitor) -> Option<&'a Agent> {
        monitor.agents.get(self)
    }

    fn start(&self) -> u64 {
        start_of(self.as_str().as_bytes())
    }
}

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

    fn rows(monitor: &Monitor) -> impl Iterator<Item = FoundRow<'_, UserId>> {
        monitor.agents.iter().map(|agent| (Cow::Borrowed(&agent.user), Some(agent)))
    }

    fn len(monitor: &Monitor) -> usize {
        monitor.agents.iter().len()
    }

    fn has(monitor: &Monitor, key: &UserId) -> bool {
        monitor.agents.get(key).is_some()
    }

    /// Those who don't respond first, then who talks, who is free, who is off; each the longest
    /// first.
    fn urgency(_: &Facts<'_>, _: &UserId, agent: Option<&Agent>) -> [i64; 2] {
        let Some(routing) = agent.and_then(|agent| agent.routing.as_ref()) else {
            return [LAST; 2];
        };
        let rank = match routing.status {
            RoutingStatus::NotResponding => 0,
            RoutingStatus::Interacting => 1,
            RoutingStatus::Communicating => 2,
            RoutingStatus::Idle => 3,
            RoutingStatus::Other(_) => 4,
            RoutingStatus::OffQueue => 5,
        };
        [rank, routing.since.map_or(LAST, Timestamp::as_millisecond)]
    }

    fn describe(facts: &Facts<'_>, key: &UserId, agent: Option<&Agent>, text: &mut String) {
        for column in COLUMNS.iter().filter(|column| !column.right) {
            if let Value::Text(word) = (column.read)(facts, key, agent) {
                text.push_str(&word);
                text.push(' ');
            }
        }
    }
}

fn of(agent: Option<&Agent>, read: impl FnOnce(&Agent) -> Option<Value>) -> Value {
    agent.and_then(read).unwrap_or(Value::Unknown)
}

/// How many conversations an agent has: where none are watched, nobody knows, also not of those that
/// were seen before.
fn has(facts: &Facts<'_>, agent: Option<&Agent>) -> Value {
    let counts = facts.monitor.agents.counts();
    of(agent, |agent| counts.then_some(Value::Number(agent.conversations.len() as u64)))
}

/// How many alerts an agent missed: of what happened it stays true where none are watched any more, but
/// there may be more.
fn missed(facts: &Facts<'_>, agent: Option<&Agent>) -> Value {
    of(agent, |agent| match u64::from(agent.missed) {
        missed if facts.monitor.agents.counts() => Some(Value::Number(missed)),
        0 => None,
        missed => Some(Value::AtLeast(missed)),
    })
}

/// The system's word for a presence, and before it the organisation's where that says more. Both, so that
/// a filter finds everybody who is busy whatever their organisation calls it.
fn presence_words(facts: &Facts<'_>, presence: &Presence) -> String {
    let mut system = harmless_within(&presence.system, MAX_CELL).replace('_', " ");
    // the service's own words; what else it may say stays as it is
    system.make_ascii_lowercase();
    let own = presence.definition.as_ref().and_then(|id| facts.monitor.directory.presence(id));
    match own.filter(|own| own.to_lowercase() != system) {
        Some(own) => format!("{} ({system})", harmless_within(own, MAX_CELL)),
        None => system,
    }
}

/// Which conversations an agent has: state and queue of each.
fn current(facts: &Facts<'_>, agent: Option<&Agent>) -> Value {
    let monitor = facts.monitor;
    if !monitor.agents.counts() {
        return Value::Unknown;
    }
    of(agent, |agent| {
        // written into one text: a text each would be most of what sorting by this costs
        let mut words = String::with_capacity(64);
        for stands in agent.conversations.values().take(MAX_NAMED) {
            if !words.is_empty() {
                words.push_str(", ");
            }
            let queue = stands.queue.as_ref();
            words.push_str(stands.state.word());
            words.push(' ');
            words.push_str(queue.map_or("–", |queue| monitor.directory.queue(queue)));
        }
        Some(Value::text(&words))
    })
}

const COLUMNS: &[Column<UserId>] = &[
    Column::words(
        "agent",
        "agent",
        (14, 30),
        "the agent's name; their id where no name is known",
        |facts, key, _| Value::text(facts.monitor.directory.user(key)),
    ),
    Column::words(
        "routing",
        "routing",
        (14, 16),
        "what routing thinks of them; from their activity or routing status topic",
        |_, _, agent| {
            of(agent, |agent| {
                let status = &agent.routing.as_ref()?.status;
                Some(Value::text(&harmless_within(status.word(), MAX_CELL)))
            })
        },
    ),
    Column::figure("since", "for", 6, "how long routing has thought so", |_, _, agent| {
        of(agent, |agent| agent.routing.as_ref()?.since.map(Value::Since))
    })
    .holding(Holds::Duration),
    Column::figure(
        "conversations",
        "has",
        3,
        "how many conversations they have: ringing, connected, held, parked or in wrap-up; of those that are watched, unknown where none are",
        |facts, _, agent| has(facts, agent),
    ),
    Column::figure(
        "missed",
        "missed",
        6,
        "alerts that they didn't answer since midnight, or since gcwatch was started if that was later; of the conversations that are watched; where none are any more, at least those that were seen",
        |facts, _, agent| missed(facts, agent),
    ),
    Column::words(
        "presence",
        "presence",
        (12, 16),
        "their presence, by the organisation's name where it has one, with the system's in brackets; from their activity or presence topic, names by REST",
        |facts, _, agent| {
            of(agent, |agent| {
                let presence = agent.presence.as_ref()?;
                Some(Value::text(&presence_words(facts, presence)))
            })
        },
    ),
    Column::figure(
        "presence_since",
        "present for",
        11,
        "how long their presence has been so",
        |_, _, agent| of(agent, |agent| agent.presence.as_ref()?.since.map(Value::Since)),
    )
    .holding(Holds::Duration),
    Column::words(
        "current",
        "with",
        (12, 50),
        "which conversations they have: state and queue of each, the first eight; enter shows them",
        |facts, _, agent| current(facts, agent),
    )
    .joined_by(", "),
    Column::words(
        "queues",
        "queues",
        (10, 60),
        "queues in which they are active; from their activity topic, and until it told by REST, once a minute, of the queues that are watched",
        |facts, _, agent| {
            of(agent, |agent| {
                let queues = agent.queues.as_ref()?;
                let names: Vec<&str> =
                    queues.iter().map(|queue| facts.monitor.directory.queue(queue)).collect();
                Some(Value::text(&names.join(", ")))
            })
        },
    )
    .joined_by(", "),
    Column::words(
        "message",
        "message",
        (10, 30),
        "what they wrote beside their presence",
        |_, _, agent| {
            of(agent, |agent| {
                let message = agent.presence.as_ref()?.message.as_ref()?;
                Some(Value::text(&harmless_within(message, MAX_CELL)))
            })
        },
    ),
];

#[cfg(test)]
mod tests {
    use super::{AgentBoard, Facts, UserId};
    use crate::domain::board::column;
    use crate::domain::control::{Control, Named};
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::{ChannelNumber, PresenceId};
    use crate::domain::monitor::Monitor;
    use jiff::Timestamp;

    #[test]
    fn a_presence_has_the_organisations_name_where_that_says_more() {
        let now = Timestamp::UNIX_EPOCH;
        let mut monitor = Monitor::new(now);
        for (user, id, system) in [("ana", "P1", "BUSY"), ("ben", "P2", "ON_QUEUE")] {
            let text = format!(
                r#"{{"topicName":"v2.users.{user}.presence","eventBody":{{"presenceDefinition":{{"id":"{id}","systemPresence":"{system}"}}}}}}"#
            );
            let payload = Payload::Text(text.into());
            monitor.absorb_frame(Frame { received: now, channel: ChannelNumber(1), payload });
        }
        let shown = |monitor: &Monitor, user| {
            let facts = Facts { monitor, now, masked: true };
            let column = column::<AgentBoard>("presence").unwrap();
            column.value(&facts, &UserId::new(user)).shown(now)
        };
        assert_eq!([shown(&monitor, "ana"), shown(&monitor, "ben")], ["busy", "on queue"]);
        let named = [("p1", "Train\u{1b}ing"), ("p2", "On Queue")];
        monitor.absorb_control(Control::Presences(
            named
                .map(|(id, name)| Named { id: PresenceId::new(id), name: name.to_owned() })
                .to_vec(),
        ));
        let ana = shown(&monitor, "ana");
        assert!(ana.starts_with("Train") && ana.ends_with("ing (busy)"), "{ana}");
        assert!(!ana.contains('\u{1b}'));
        assert_eq!(shown(&monitor, "ben"), "on queue", "the same in other letters says no more");
    }
}
