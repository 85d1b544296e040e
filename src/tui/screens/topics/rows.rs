//! Topics as the filter language sees them.
use super::listed::{Row, Standing};
use crate::domain::filter::listed::{Reads, field};
use crate::domain::filter::{Field, Holds, Value};
use crate::domain::moment::since;
use crate::domain::monitor::Monitor;
use crate::tui::names::named_topic;
use jiff::Timestamp;

/// What can be asked about one topic.
#[derive(Debug)]
pub(super) struct TopicRow {
    name: String,
    id: String,
    family: &'static str,
    standing: &'static str,
    reason: Option<String>,
    channel: Option<f64>,
    rate: f64,
    frames: f64,
    bytes: f64,
    largest: f64,
    last: Option<f64>,
}

impl TopicRow {
    /// A topic at one time; a combined one with the sum of its parts.
    pub(super) fn of(row: &Row<'_>, monitor: &Monitor, now: Timestamp) -> Self {
        let (standing, reason, channel) = match row.standing {
            Standing::ByItself | Standing::Part => ("unasked", None, None),
            Standing::Permitted(channel) => ("permitted", None, Some(f64::from(channel.0))),
            Standing::Refused(rejection) => {
                let missing = rejection.missing_permissions.join(" ");
                let division = monitor.directory.division(row.topic).unwrap_or_default();
                ("refused", Some(format!("{} {missing} {division}", rejection.reason)), None)
            }
            Standing::Paused => ("paused", None, None),
            Standing::Gone => ("removed", None, None),
        };
        #[expect(clippy::cast_precision_loss, reason = "for comparing; exact up to 2^53")]
        let figure = |number: u64| number as f64;
        Self {
            name: named_topic(row.topic, monitor),
            id: row.topic.to_string(),
            family: row.topic.subject().family(),
            standing,
            reason,
            channel,
            rate: row.rate(now, monitor.counted_since),
            frames: figure(row.frames()),
            bytes: figure(row.bytes()),
            largest: figure(row.largest()),
            last: row.last().map(|at| since(now, at).as_secs_f64()),
        }
    }
}

/// The fields of a topic.
pub(super) const FIELDS: &[Field<Reads<TopicRow>>] = &[
    field("topic", Holds::Text, "the topic, with names in the place of ids", |row| {
        Some(Value::Text(&row.name))
    }),
    field("id", Holds::Text, "the topic's whole name, with ids", |row| Some(Value::Text(&row.id))),
    field("family", Holds::Text, "the kind of topic, whatever its ids", |row| {
        Some(Value::Text(row.family))
    }),
    field("standing", Holds::Text, "permitted, refused, paused, removed, or unasked", |row| {
        Some(Value::Text(row.standing))
    }),
    field(
        "reason",
        Holds::Text,
        "why it was refused, with what permission is missing in which division",
        |row| row.reason.as_deref().map(Value::Text),
    ),
    field("channel", Holds::Count, "the channel on which it is permitted, from 1", |row| {
        row.channel.map(Value::Quantity)
    }),
    field("rate", Holds::Count, "frames a second, over the last twenty", |row| {
        Some(Value::Quantity(row.rate))
    }),
    field("frames", Holds::Count, "frames since counting began", |row| {
        Some(Value::Quantity(row.frames))
    }),
    field("bytes", Holds::Size, "bytes since counting began", |row| {
        Some(Value::Quantity(row.bytes))
    }),
    field("largest", Holds::Size, "size of the largest frame", |row| {
        Some(Value::Quantity(row.largest))
    }),
    field("last", Holds::Duration, "how long ago the last frame came", |row| {
        row.last.map(Value::Quantity)
    }),
];

/// Ten filters that work on topics, each with what it finds.
pub(super) const EXAMPLES: [(&str, &str); 10] = [
    ("standing=refused", "topics that were refused"),
    ("reason:permission", "topics for which a permission is missing"),
    ("rate>1", "more than one frame a second"),
    ("frames=0 standing=permitted", "permitted, and silent so far"),
    ("last>5m", "silent for more than five minutes"),
    ("family=observations", "figures of queues"),
    ("conversations -family=metadata", "topics with that word, without heartbeats"),
    ("largest>50k or bytes>10M", "large frames, or many bytes in all"),
    ("channel=1", "topics of the first channel"),
    ("standing=unasked", "what arrives without being asked for"),
];
