//! Events of connections as the filter language sees them.
use crate::domain::control::ConnectionEvent;
use crate::domain::filter::listed::{Reads, field};
use crate::domain::filter::{Field, Holds, Value};

/// What can be asked about one event: the event itself.
pub(super) type EventRow = ConnectionEvent;

/// The fields of an event.
pub(super) const FIELDS: &[Field<Reads<EventRow>>] = &[
    field("event", Holds::Text, "what happened, in a sentence", |row| {
        Some(Value::Text(&row.sentence))
    }),
    field("kind", Holds::Text, "the kind of event, in a word", |row| {
        Some(Value::Text(row.kind.word()))
    }),
    field("channel", Holds::Count, "the channel that it concerns, from 1", |row| {
        row.channel.map(|channel| Value::Quantity(f64::from(channel.0)))
    }),
    field("at", Holds::Time, "when it happened", |row| Some(Value::Time(row.at))),
    field("retry", Holds::Duration, "how long until it is tried again", |row| {
        row.retry_in.map(|wait| Value::Quantity(wait.as_secs_f64()))
    }),
    field("context", Holds::Text, "the service's contextId", |row| {
        row.context_id.as_deref().map(Value::Text)
    }),
];

/// Ten filters that work on events, each with what it finds.
pub(super) const EXAMPLES: [(&str, &str); 10] = [
    ("kind=disconnected", "connections that ended"),
    ("kind=retrying or kind=gave_up", "what didn't work"),
    ("kind=rejected", "topics that were refused"),
    ("kind:connected", "connections that came up, came back or ended"),
    ("has:context", "what the service's support can look up"),
    ("channel=1", "what concerns the first channel"),
    ("-has:channel", "what concerns all channels"),
    ("retry>10s", "long waits until the next attempt"),
    ("token", "sentences with that word"),
    ("kind!=token kind!=note", "without what happens every day"),
];
