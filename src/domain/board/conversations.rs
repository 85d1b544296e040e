//! The board of conversations.
use super::{Board, Column, Facts, Journal, Part, Value};
use crate::domain::conversation::{Direction, Participant, Purpose, State};
use crate::domain::filter::Holds;
use crate::domain::identity::ConversationId;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::conversations::Row;
use crate::domain::monitor::directory::short;
use crate::domain::text::{harmless_within, masked};

/// Longest text taken into a cell, in characters; wider than any screen.
const MAX_CELL: usize = 120;

/// The conversations.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConversationBoard;

impl Board for ConversationBoard {
    type Key = ConversationId;
    const COLUMNS: &'static [Column<ConversationId>] = COLUMNS;
    const SHOWN: &'static [&'static str] = &[
        "id",
        "queue",
        "state",
        "since",
        "agent",
        "customer",
        "age",
        "media",
        "missed",
        "transfers",
        "priority",
        "skills",
        "direction",
        "flagged",
        "recording",
        "observed",
    ];
    const BRIEF: &'static [&'static str] = &["id", "queue", "state", "since", "agent", "customer"];

    fn journal(monitor: &Monitor) -> &Journal<ConversationId> {
        monitor.conversations.journal()
    }

    fn keys(monitor: &Monitor) -> impl Iterator<Item = ConversationId> {
        monitor.conversations.iter().map(|row| row.conversation.id.clone())
    }

    fn len(monitor: &Monitor) -> usize {
        monitor.conversations.len()
    }

    fn has(monitor: &Monitor, key: &ConversationId) -> bool {
        monitor.conversations.get(key).is_some()
    }

    /// In the order of the states' urgency, and in each the longest first.
    fn urgency(facts: &Facts<'_>, key: &ConversationId) -> [Part; 2] {
        match facts.monitor.conversations.get(key) {
            None => [Part::Last, Part::Last],
            Some(row) => {
                [Part::Number(row.standing.state as i64), Part::Number(row.since.as_millisecond())]
            }
        }
    }

    fn describe(facts: &Facts<'_>, key: &ConversationId, text: &mut String) {
        let Some(row) = facts.monitor.conversations.get(key) else { return };
        let directory = &facts.monitor.directory;
        let mut add = |word: &str| {
            text.push_str(word);
            text.push(' ');
        };
        add(key.as_str());
        add(state_word(row));
        if let Some(queue) = &row.standing.queue {
            add(directory.queue(queue));
        }
        if let Some(agent) = &row.standing.agent {
            add(directory.user(agent));
        }
        for media in row.conversation.media() {
            add(media.word());
        }
        add(&customer_text(row, facts.masked).unwrap_or_default());
    }
}

fn of(facts: &Facts<'_>, key: &ConversationId, read: impl FnOnce(&Row) -> Value) -> Value {
    facts.monitor.conversations.get(key).map_or(Value::Unknown, read)
}

/// The state in a word: what a person would say, where the outcome tells more than the state.
fn state_word(row: &Row) -> &'static str {
    use crate::domain::conversation::Outcome;
    match (row.standing.state, row.standing.outcome) {
        (State::Ended, _) if row.vanished => "gone",
        (State::Ended, Some(Outcome::Abandoned)) => "abandoned",
        (state, _) => state.word(),
    }
}

/// The customer's address, or else name; hidden unless shown.
fn customer_text(row: &Row, hidden: bool) -> Option<String> {
    let customer = row.conversation.customer()?;
    let text = customer.address.as_ref().or(customer.name.as_ref())?;
    Some(if hidden {
        masked(text)
    } else {
        harmless_within(text.trim_start_matches("tel:"), MAX_CELL)
    })
}

/// Who has it, with those who are there beside them.
fn agent(facts: &Facts<'_>, key: &ConversationId) -> Value {
    of(facts, key, |row| match &row.standing.agent {
        Some(agent) => Value::text(facts.monitor.directory.user(agent)),
        None => Value::Unknown,
    })
}

fn observed(facts: &Facts<'_>, key: &ConversationId) -> Value {
    of(facts, key, |row| {
        let live = |participant: &&Participant| !participant.is_over();
        let observers: Vec<String> = row
            .conversation
            .participants
            .iter()
            .filter(live)
            .filter_map(|participant| {
                let how = participant.observing?.word();
                let who = participant
                    .user
                    .as_ref()
                    .map_or("–", |user| facts.monitor.directory.user(user));
                Some(format!("{how} {who}"))
            })
            .collect();
        Value::text(&observers.join(", "))
    })
}

/// The routing data: the newest queue visit that tells counts.
fn routed<T>(row: &Row, read: impl Fn(&Participant) -> Option<T>) -> Option<T> {
    row.conversation.participants.iter().rev().find_map(read)
}

/// Queue visits that ended by a transfer, and transfers that the service lists.
fn transfers(row: &Row) -> u64 {
    let by_leg = row.conversation.participants.iter().filter(|participant| {
        matches!(participant.purpose, Purpose::Agent | Purpose::User)
            && participant
                .disconnect_type()
                .is_some_and(|kind| kind.to_ascii_lowercase().contains("transfer"))
    });
    by_leg.count().max(row.conversation.recent_transfers) as u64
}

const COLUMNS: &[Column<ConversationId>] = &[
    Column::words(
        "id",
        "id",
        (8, 8),
        "the first eight characters of the conversation's id",
        |_, key| Value::text(short(key.as_str())),
    ),
    Column::words(
        "queue",
        "queue",
        (8, 30),
        "the queue that it is in, or was in last",
        |facts, key| {
            of(facts, key, |row| {
                row.standing.queue.as_ref().map_or(Value::Unknown, |queue| {
                    Value::text(facts.monitor.directory.queue(queue))
                })
            })
        },
    ),
    Column::words(
        "state",
        "state",
        (9, 9),
        "where it stands, by all its participants; their times count more than the words",
        |facts, key| of(facts, key, |row| Value::text(state_word(row))),
    ),
    Column::figure(
        "since",
        "since",
        6,
        "how long it has stood so; by the frame, or since it was first seen so",
        |facts, key| of(facts, key, |row| Value::Since(row.since)),
    )
    .holding(Holds::Duration),
    Column::figure(
        "age",
        "age",
        6,
        "how long it has lasted in all; unknown where no frame told when it began",
        |facts, key| {
            of(facts, key, |row| row.conversation.began().map_or(Value::Unknown, Value::Since))
        },
    )
    .holding(Holds::Duration),
    Column::words("agent", "agent", (5, 30), "the agent who has it or is being rung", agent),
    Column::words(
        "customer",
        "customer",
        (10, 30),
        "the customer's address or name; masked until a key shows it",
        |facts, key| {
            of(facts, key, |row| {
                customer_text(row, facts.masked).map_or(Value::Unknown, |text| Value::text(&text))
            })
        },
    ),
    Column::words("media", "media", (8, 8), "its media", |facts, key| {
        of(facts, key, |row| {
            let words: Vec<&str> = row
                .conversation
                .media()
                .into_iter()
                .map(crate::domain::topic::Media::word)
                .collect();
            Value::text(&words.join(" "))
        })
    }),
    Column::words(
        "direction",
        "way",
        (3, 3),
        "in: from the customer; out: to the customer",
        |facts, key| {
            of(facts, key, |row| match row.conversation.direction() {
                Direction::Inbound => Value::text("in"),
                Direction::Outbound => Value::text("out"),
                Direction::Unknown => Value::Unknown,
            })
        },
    ),
    Column::figure(
        "priority",
        "prio",
        4,
        "routing priority, where routing data came with it",
        |facts, key| {
            of(facts, key, |row| {
                let priority = routed(row, |participant| participant.priority);
                priority
                    .and_then(|priority| u64::try_from(priority).ok())
                    .map_or(Value::Unknown, Value::Number)
            })
        },
    ),
    Column::words(
        "skills",
        "skills",
        (8, 24),
        "skills that routing looks for, where routing data came with it",
        |facts, key| {
            of(facts, key, |row| {
                let skills = routed(row, |participant| {
                    (!participant.skills.is_empty()).then(|| participant.skills.join(" "))
                });
                Value::text(&harmless_within(&skills.unwrap_or_default(), MAX_CELL))
            })
        },
    ),
    Column::figure(
        "missed",
        "missed",
        6,
        "alerts that ended without being answered",
        |facts, key| of(facts, key, |row| Value::Number(row.conversation.missed_alerts() as u64)),
    ),
    Column::figure(
        "transfers",
        "moved",
        5,
        "transfers, by how participants were disconnected and by the service's list",
        |facts, key| of(facts, key, |row| Value::Number(transfers(row))),
    ),
    Column::words("flagged", "flag", (4, 4), "whether somebody flagged it", |facts, key| {
        of(facts, key, |row| Value::Flag(row.conversation.participants.iter().any(|p| p.flagged)))
    })
    .holding(Holds::Flag),
    Column::words(
        "recording",
        "rec",
        (3, 3),
        "whether a live leg is being recorded",
        |facts, key| {
            of(facts, key, |row| {
                let mut live =
                    row.conversation.participants.iter().flat_map(Participant::live_legs);
                Value::Flag(live.any(|leg| leg.recording))
            })
        },
    )
    .holding(Holds::Flag),
    Column::words(
        "observed",
        "observed",
        (10, 30),
        "who monitors, coaches or has barged in",
        observed,
    ),
];
