//! The board of queues.
//!
//! Counts of conversations are our own, from the conversations themselves; figures of people and
//! of the interval are the service's. They are never mixed in one figure.
use super::{Board, Column, Facts, Journal, Part, Value};
use crate::domain::conversation::State;
use crate::domain::filter::Holds;
use crate::domain::identity::QueueId;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::queues::QueueRow;
use crate::domain::topic::Media;
use jiff::{SignedDuration, Timestamp};

/// Length of the intervals in which the service counts, in seconds: half an hour, beginning at the
/// full and the half hour (notification class of queue observations).
pub const INTERVAL_SECONDS: i64 = 1_800;

/// The queues.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueBoard;

impl Board for QueueBoard {
    type Key = QueueId;
    const COLUMNS: &'static [Column<QueueId>] = COLUMNS;
    const SHOWN: &'static [&'static str] = &[
        "queue",
        "waiting",
        "longest_wait",
        "alerting",
        "interacting",
        "on_queue",
        "idle",
        "not_responding",
        "service_level",
        "abandoned",
        "answered",
        "offered",
        "hold",
        "wrapup",
        "parked",
        "asa",
        "aht",
        "target",
        "media",
        "service_waiting",
    ];
    const BRIEF: &'static [&'static str] =
        &["queue", "waiting", "longest_wait", "alerting", "interacting", "on_queue", "idle"];

    fn journal(monitor: &Monitor) -> &Journal<QueueId> {
        monitor.queues.journal()
    }

    fn keys(monitor: &Monitor) -> impl Iterator<Item = QueueId> {
        monitor.queues.iter().map(|row| row.id.clone())
    }

    fn len(monitor: &Monitor) -> usize {
        monitor.queues.iter().len()
    }

    fn has(monitor: &Monitor, key: &QueueId) -> bool {
        monitor.queues.get(key).is_some()
    }

    /// Who waits longest comes first, then where most people wait or talk.
    fn urgency(facts: &Facts<'_>, key: &QueueId) -> [Part; 2] {
        let Some(row) = facts.monitor.queues.get(key) else { return [Part::Last, Part::Last] };
        let longest = longest_wait(row);
        let busy = i64::from(row.waiting()) * 100_000 + i64::from(row.interacting());
        [
            longest.map_or(Part::Last, |since| Part::Number(since.as_millisecond())),
            Part::Number(busy.saturating_neg()),
        ]
    }

    fn describe(facts: &Facts<'_>, key: &QueueId, text: &mut String) {
        text.push_str(facts.monitor.directory.queue(key));
    }
}

/// Reads a row, if it is there.
fn of(facts: &Facts<'_>, key: &QueueId, read: impl FnOnce(&QueueRow) -> Value) -> Value {
    facts.monitor.queues.get(key).map_or(Value::Unknown, read)
}

/// A count of our own: unknown where the queue's conversations aren't watched.
fn counted(facts: &Facts<'_>, key: &QueueId, count: impl FnOnce(&QueueRow) -> u32) -> Value {
    of(
        facts,
        key,
        |row| {
            if row.watched { Value::Number(u64::from(count(row))) } else { Value::Unknown }
        },
    )
}

/// A figure of the present interval; one of an earlier interval says nothing about this one.
fn in_interval(facts: &Facts<'_>, key: &QueueId, metric: &str) -> Option<f64> {
    let seconds = facts.now.as_second().div_euclid(INTERVAL_SECONDS) * INTERVAL_SECONDS;
    let begins = Timestamp::from_second(seconds).ok()?;
    facts.monitor.queues.get(key)?.figure_since(metric, begins)
}

/// A mean of the present interval, in milliseconds: a sum by a count.
fn mean(facts: &Facts<'_>, key: &QueueId, metric: &str) -> Option<f64> {
    let sum = in_interval(facts, key, metric)?;
    let count = in_interval(facts, key, &format!("{metric}.count")).filter(|count| *count > 0.0)?;
    Some(sum / count)
}

/// Since when the longest waits: by the conversations where the queue's are watched, since they tell
/// it to the millisecond; else by the service, which tells how long it was when it told.
fn longest_wait(row: &QueueRow) -> Option<Timestamp> {
    if row.watched {
        return row.longest_unanswered();
    }
    let told = row
        .figures()
        .filter(|((_, metric, _), value, _)| metric == "oLongestWaiting" && *value > 0.0);
    told.filter_map(|(_, value, at)| {
        #[expect(clippy::cast_possible_truncation, reason = "saturates")]
        let length = SignedDuration::from_millis(value as i64);
        at.checked_sub(length).ok()
    })
    .min()
}

fn service_level(facts: &Facts<'_>, key: &QueueId) -> Value {
    in_interval_by_media(facts, key, "oServiceLevel").map_or(Value::Unknown, Value::Percent)
}

/// A share of the present interval: told by medium, and shares can't be added; the lowest is what
/// a supervisor must see.
fn in_interval_by_media(facts: &Facts<'_>, key: &QueueId, metric: &str) -> Option<f64> {
    let row = facts.monitor.queues.get(key)?;
    let interval = |at: Timestamp| at.as_second().div_euclid(INTERVAL_SECONDS);
    let shares = Media::ALL.iter().map(|media| Some(*media)).chain([None]);
    shares
        .filter_map(|media| {
            row.figures()
                .find(|((of, name, _), _, _)| *of == media && name == metric)
                .filter(|(_, _, at)| interval(*at) == interval(facts.now))
                .map(|(_, value, _)| value)
        })
        .reduce(f64::min)
}

fn media(facts: &Facts<'_>, key: &QueueId) -> Value {
    of(facts, key, |row| {
        let mut media: Vec<Media> =
            row.figures().filter_map(|((media, _, _), _, _)| *media).collect();
        media.sort_unstable();
        media.dedup();
        let words: Vec<&str> = media.into_iter().map(Media::word).collect();
        Value::text(&words.join(" "))
    })
}

fn people(facts: &Facts<'_>, key: &QueueId, metric: &str, qualifier: Option<&str>) -> Value {
    of(facts, key, |row| Value::count(row.people(metric, qualifier)))
}

const COLUMNS: &[Column<QueueId>] = &[
    Column::words(
        "queue",
        "queue",
        (10, 40),
        "the queue's name; its id where no name is known",
        |facts, key| Value::text(facts.monitor.directory.queue(key)),
    ),
    Column::words(
        "media",
        "media",
        (6, 24),
        "media of which the service told figures; from queue observations",
        media,
    ),
    Column::figure(
        "waiting",
        "wait",
        4,
        "conversations in the queue for which nobody is being rung; counted from the conversations; unknown where they aren't watched",
        |facts, key| counted(facts, key, QueueRow::waiting),
    ),
    Column::figure(
        "longest_wait",
        "longest",
        7,
        "how long the longest has waited unanswered, being rung for or not; from the conversations, where they aren't watched from oLongestWaiting; unknown when nobody waits",
        |facts, key| of(facts, key, |row| longest_wait(row).map_or(Value::Unknown, Value::Since)),
    ).holding(Holds::Duration),
    Column::figure(
        "alerting",
        "ring",
        4,
        "conversations for which an agent is being rung; from the conversations",
        |facts, key| counted(facts, key, |row| row.count(State::Alerting)),
    ),
    Column::figure(
        "interacting",
        "talk",
        4,
        "conversations with an agent connected, held ones included; from the conversations",
        |facts, key| counted(facts, key, QueueRow::interacting),
    ),
    Column::figure(
        "hold",
        "held",
        4,
        "conversations on hold; from the conversations",
        |facts, key| counted(facts, key, |row| row.count(State::Hold)),
    ),
    Column::figure(
        "wrapup",
        "wrap-up",
        7,
        "conversations that agents work on after their end; from the conversations",
        |facts, key| counted(facts, key, |row| row.count(State::Wrapup)),
    ),
    Column::figure(
        "parked",
        "parked",
        6,
        "conversations that agents laid aside; from the conversations",
        |facts, key| counted(facts, key, |row| row.count(State::Parked)),
    ),
    Column::figure(
        "on_queue",
        "on queue",
        8,
        "people on the queue; oOnQueueUsers of the queue observations; unknown until the service told",
        |facts, key| people(facts, key, "oOnQueueUsers", None),
    ),
    Column::figure(
        "idle",
        "idle",
        4,
        "people on the queue who are free; oUserRoutingStatuses with IDLE",
        |facts, key| people(facts, key, "oUserRoutingStatuses", Some("IDLE")),
    ),
    Column::figure(
        "not_responding",
        "no answer",
        9,
        "people who did not answer an alert and get none until they are back; oUserRoutingStatuses with NOT_RESPONDING",
        |facts, key| people(facts, key, "oUserRoutingStatuses", Some("NOT_RESPONDING")),
    ),
    Column::figure(
        "offered",
        "offered",
        7,
        "conversations offered in this half hour; nOffered; unknown until the service told in this half hour",
        |facts, key| Value::count(in_interval(facts, key, "nOffered")),
    ),
    Column::figure(
        "answered",
        "answered",
        8,
        "conversations answered in this half hour; how many tAnswered there were",
        |facts, key| Value::count(in_interval(facts, key, "tAnswered.count")),
    ),
    Column::figure(
        "abandoned",
        "abandoned",
        9,
        "conversations abandoned in this half hour; how many tAbandon there were",
        |facts, key| Value::count(in_interval(facts, key, "tAbandon.count")),
    ),
    Column::figure(
        "service_level",
        "SL",
        4,
        "share answered in time in this half hour, the lowest of the media; oServiceLevel; unknown until the service told in this half hour",
        service_level,
    ).holding(Holds::Share),
    Column::figure(
        "target",
        "target",
        6,
        "share that shall be answered in time; the target of oServiceLevel",
        |facts, key| {
            in_interval_by_media(facts, key, "oServiceLevel.target")
                .map_or(Value::Unknown, Value::Percent)
        },
    ).holding(Holds::Share),
    Column::figure(
        "asa",
        "ASA",
        6,
        "average speed of answer in this half hour; the sum of tAnswered by their number",
        |facts, key| Value::milliseconds(mean(facts, key, "tAnswered")),
    ).holding(Holds::Duration),
    Column::figure(
        "aht",
        "AHT",
        6,
        "average handle time in this half hour; the sum of tHandle by their number",
        |facts, key| Value::milliseconds(mean(facts, key, "tHandle")),
    ).holding(Holds::Duration),
    Column::figure(
        "service_waiting",
        "service",
        7,
        "how many wait by the service's own count; oWaiting; differs from ours for a moment after each change",
        |facts, key| of(facts, key, |row| Value::count(row.figure("oWaiting", None, None))),
    ),
    Column::words("id", "id", (36, 36), "the queue's id", |_, key| Value::text(key.as_str())),
];
