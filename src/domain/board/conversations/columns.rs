//! The columns of conversations, live ones and past ones.
use super::super::{Column, Facts, Value};
use crate::domain::conversation::{Direction, Outcome, State};
use crate::domain::filter::Holds;
use crate::domain::identity::ConversationId;
use crate::domain::moment::since;
use crate::domain::monitor::conversations::Row;
use crate::domain::monitor::directory::{Directory, short};
use crate::domain::text::harmless_within;
use crate::domain::topic::Media;
use std::borrow::Cow;

/// Longest text taken into a cell, in characters; wider than any screen.
const MAX_CELL: usize = 120;
/// What stands between skills; their names may hold blanks.
const SKILLS_BETWEEN: &str = ", ";

/// Those of conversations in the list.
pub(super) const LIVE: &[Column<ConversationId>] = &[
    ID, QUEUE, STATE, SINCE, AGE, AGENT, CUSTOMER, MEDIA, DIRECTION, PRIORITY, SKILLS, MISSED,
    TRANSFERS, FLAGGED, RECORDING, OBSERVED, WRAPUP, WAIT,
];

/// Those of conversations that have left it: the same, but that time stands still for them.
pub(super) const PAST: &[Column<ConversationId>] = &[
    ID, QUEUE, OUTCOME, ENDED, LASTED, AGENT, CUSTOMER, MEDIA, DIRECTION, PRIORITY, SKILLS, MISSED,
    TRANSFERS, FLAGGED, WRAPUP,
];

const ID: Column<ConversationId> = Column::words(
    "id",
    "id",
    (8, 8),
    "the first eight characters of the conversation's id",
    |_, key, _| Value::text(short(key.as_str())),
);

const QUEUE: Column<ConversationId> = Column::words(
    "queue",
    "queue",
    (8, 30),
    "the queue that it is in, or was in last",
    |facts, _, row| {
        of(row, |row| {
            row.standing
                .queue
                .as_ref()
                .map_or(Value::Unknown, |queue| Value::text(facts.monitor.directory.queue(queue)))
        })
    },
);

const STATE: Column<ConversationId> = Column::words(
    "state",
    "state",
    (9, 11),
    "where it stands, by all its participants; their times count more than the words",
    |_, _, row| of(row, |row| Value::text(state_word(row))),
);

const SINCE: Column<ConversationId> = Column::figure(
    "since",
    "since",
    6,
    "how long it has stood so; by the frame, or since it was first seen so",
    |_, _, row| of(row, |row| Value::Since(row.since)),
)
.holding(Holds::Duration);

const AGE: Column<ConversationId> = Column::figure(
    "age",
    "age",
    6,
    "how long it has lasted in all; unknown where no frame told when it began",
    |_, _, row| {
        of(row, |row| match row.gist.began {
            None => Value::Unknown,
            // one that has ended gets no older while it fades
            Some(from) if row.standing.state == State::Ended => {
                Value::Between { from, until: row.since }
            }
            Some(from) => Value::Since(from),
        })
    },
)
.holding(Holds::Duration);

const WAIT: Column<ConversationId> = Column::figure(
    "wait",
    "waits",
    6,
    "how long the customer has waited in this queue unanswered, being rung for or not; each queue anew; unknown when they don't wait",
    |_, _, row| {
        of(row, |row| {
            // where no frame told since when, it is since it was first seen so
            let seen = || (row.standing.state == State::Waiting).then_some(row.since);
            row.standing.waiting_since.or_else(seen).map_or(Value::Unknown, Value::Since)
        })
    },
)
.holding(Holds::Duration);

const OUTCOME: Column<ConversationId> = Column::words(
    "state",
    "end",
    (11, 11),
    "how it ended: abandoned in a queue, transferred to where no frame tells of it, gone when nobody looked, or ended",
    |_, _, row| of(row, |row| Value::text(state_word(row))),
);

const ENDED: Column<ConversationId> = Column::figure(
    "since",
    "ended",
    6,
    "how long ago it ended; by the frame, or when that was first seen",
    |_, _, row| of(row, |row| Value::Since(row.since)),
)
.holding(Holds::Duration);

const LASTED: Column<ConversationId> = Column::figure(
    "age",
    "lasted",
    6,
    "how long it lasted in all; unknown where no frame told when it began",
    |_, _, row| {
        of(row, |row| {
            let began = row.gist.began;
            began.map_or(Value::Unknown, |began| Value::Duration(since(row.since, began)))
        })
    },
)
.holding(Holds::Duration);

const AGENT: Column<ConversationId> = Column::words(
    "agent",
    "agent",
    (5, 30),
    "the agent who has it or is being rung",
    |facts, _, row| agent(facts, row),
);

const CUSTOMER: Column<ConversationId> = Column::words(
    "customer",
    "customer",
    (10, 30),
    "the customer's address or name; masked until a key shows it",
    |facts, _, row| {
        of(row, |row| {
            customer_text(row, facts.masked).map_or(Value::Unknown, |text| Value::text(&text))
        })
    },
);

const MEDIA: Column<ConversationId> =
    Column::words("media", "media", (8, 8), "its media", |_, _, row| {
        of(row, |row| {
            let words: Vec<&str> = row.gist.media().map(Media::word).collect();
            match *words {
                [word] => Value::text(word),
                _ => Value::text(&words.join(" ")),
            }
        })
    })
    .joined_by(" ");

const DIRECTION: Column<ConversationId> = Column::words(
    "direction",
    "way",
    (3, 3),
    "in: from the customer; out: to the customer",
    |_, _, row| {
        of(row, |row| match row.gist.direction {
            Direction::Inbound => Value::text("in"),
            Direction::Outbound => Value::text("out"),
            Direction::Unknown => Value::Unknown,
        })
    },
);

const PRIORITY: Column<ConversationId> = Column::figure(
    "priority",
    "prio",
    4,
    "routing priority, where routing data came with it",
    |_, _, row| {
        of(row, |row| {
            let priority = row.gist.priority.and_then(|priority| u64::try_from(priority).ok());
            priority.map_or(Value::Unknown, Value::Number)
        })
    },
);

const SKILLS: Column<ConversationId> = Column::words(
    "skills",
    "skills",
    (8, 24),
    "skills that routing looks for, where routing data came with it",
    |_, _, row: Option<&Row>| {
        of(row.filter(|row| row.gist.skilled), |row| {
            Value::text(&skills_text(row).unwrap_or_default())
        })
    },
)
.joined_by(SKILLS_BETWEEN);

const MISSED: Column<ConversationId> = Column::figure(
    "missed",
    "missed",
    6,
    "alerts that ended without being answered",
    |_, _, row| of(row, |row| Value::Number(u64::from(row.gist.missed_alerts))),
);

const TRANSFERS: Column<ConversationId> = Column::figure(
    "transfers",
    "moved",
    5,
    "transfers, by how participants were disconnected and by the service's list",
    |_, _, row| of(row, |row| Value::Number(u64::from(row.gist.transfers))),
);

const FLAGGED: Column<ConversationId> =
    Column::words("flagged", "flag", (4, 4), "whether somebody flagged it", |_, _, row| {
        of(row, |row| Value::Flag(row.gist.flagged))
    })
    .holding(Holds::Flag);

const RECORDING: Column<ConversationId> = Column::words(
    "recording",
    "rec",
    (3, 3),
    "whether a live leg is being recorded",
    |_, _, row| of(row, |row| Value::Flag(row.gist.recorded)),
)
.holding(Holds::Flag);

const OBSERVED: Column<ConversationId> = Column::words(
    "observed",
    "observed",
    (10, 30),
    "who monitors, coaches or has barged in",
    |facts, _, row| observed(facts, row),
)
.joined_by(", ");

const WRAPUP: Column<ConversationId> = Column::words(
    "wrapup",
    "wrap-up",
    (8, 24),
    "the wrap-up codes that its agents gave, in their order; the names come by REST, until then or without the permission for them it is the code's id; unknown where no code was given",
    |facts, _, row: Option<&Row>| {
        of(row.filter(|row| row.gist.coded), |row| Value::text(&codes(row, facts)))
    },
)
.joined_by(", ");

fn of(row: Option<&Row>, read: impl FnOnce(&Row) -> Value) -> Value {
    row.map_or(Value::Unknown, read)
}

/// The state in a word: what a person would say, where the outcome tells more than the state.
pub(super) fn state_word(row: &Row) -> &'static str {
    match (row.standing.state, row.standing.outcome) {
        (State::Ended, _) if row.vanished => "gone",
        (State::Ended, Some(Outcome::Abandoned)) => "abandoned",
        (State::Ended, Some(Outcome::Transferred)) => "transferred",
        (state, _) => state.word(),
    }
}

/// The skills that routing looks for.
pub(super) fn skills_text(row: &Row) -> Option<String> {
    let skills = row.conversation.routed_skills()?;
    Some(harmless_within(&skills.join(SKILLS_BETWEEN), MAX_CELL))
}

/// The customer's address, or else name; hidden unless shown.
pub(super) fn customer_text(row: &Row, hidden: bool) -> Option<Cow<'_, str>> {
    if hidden {
        return row.gist.customer.as_deref().map(Cow::Borrowed);
    }
    let text = row.conversation.customer_contact()?;
    Some(Cow::Owned(harmless_within(text.trim_start_matches("tel:"), MAX_CELL)))
}

/// Who has it, with those who are there beside them.
fn agent(facts: &Facts<'_>, row: Option<&Row>) -> Value {
    of(row, |row| match &row.standing.agent {
        Some(agent) => Value::text(facts.monitor.directory.user(agent)),
        None => Value::Unknown,
    })
}

fn observed(facts: &Facts<'_>, row: Option<&Row>) -> Value {
    of(row.filter(|row| row.gist.observed), |row| {
        Value::text(&observers_text(row, &facts.monitor.directory))
    })
}

/// Who monitors, coaches or has barged in; empty if nobody does.
pub(super) fn observers_text(row: &Row, directory: &Directory) -> String {
    let live = row.conversation.participants.iter().filter(|participant| !participant.is_over());
    let observers: Vec<String> = live
        .filter_map(|participant| {
            let how = participant.observing?.word();
            let who = participant.user.as_ref().map_or("–", |user| directory.user(user));
            Some(format!("{how} {who}"))
        })
        .collect();
    observers.join(", ")
}

/// The wrap-up codes that were given, each once; nothing where none was.
pub(super) fn codes(row: &Row, facts: &Facts<'_>) -> String {
    let directory = &facts.monitor.directory;
    let mut codes: Vec<&str> = Vec::new();
    let participants = row.conversation.participants.iter();
    for code in participants.filter_map(|participant| participant.wrapup.code.as_ref()) {
        let name = directory.wrapup_code(code);
        if !codes.contains(&name) {
            codes.push(name);
        }
    }
    codes.join(", ")
}
