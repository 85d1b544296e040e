//! Alerts as the filter language sees them.
use crate::domain::filter::listed::{Reads, field};
use crate::domain::filter::{Field, Holds, Value};
use jiff::Timestamp;

/// What can be asked about one alert.
#[derive(Debug)]
pub(super) struct AlertRow {
    pub(super) level: &'static str,
    pub(super) queue: String,
    pub(super) rule: String,
    pub(super) figure: String,
    /// In the unit of the figure; `None` once it is over.
    pub(super) value: Option<f64>,
    pub(super) state: &'static str,
    pub(super) since: Timestamp,
    /// In seconds.
    pub(super) length: f64,
}

/// The fields of an alert.
pub(super) const FIELDS: &[Field<Reads<AlertRow>>] = &[
    field("level", Holds::Text, "warning or critical; once it is over, its worst", |row| {
        Some(Value::Text(row.level))
    }),
    field("queue", Holds::Text, "the queue", |row| Some(Value::Text(&row.queue))),
    field("rule", Holds::Text, "the name of the rule", |row| Some(Value::Text(&row.rule))),
    field("figure", Holds::Text, "the figure that the rule watches", |row| {
        Some(Value::Text(&row.figure))
    }),
    field("value", Holds::Count, "its value; lengths of time in seconds", |row| {
        row.value.map(Value::Quantity)
    }),
    field("state", Holds::Text, "stands, acknowledged, snoozed, unknown or over", |row| {
        Some(Value::Text(row.state))
    }),
    field("since", Holds::Time, "since when its condition has held", |row| {
        Some(Value::Time(row.since))
    }),
    field("length", Holds::Duration, "how long it has stood, or stood", |row| {
        Some(Value::Quantity(row.length))
    }),
];

/// Ten filters that work on alerts, each with what it finds.
pub(super) const EXAMPLES: [(&str, &str); 10] = [
    ("-state=over", "what still stands, noted or not"),
    ("state=stands", "what nobody has taken note of"),
    ("level=critical", "what was or is critical"),
    ("level=critical -state=over", "what is critical now"),
    ("state=snoozed or state=acknowledged", "what somebody has taken note of"),
    ("state=unknown", "what nobody knows whether it still stands"),
    ("figure=longest_wait", "long waits"),
    ("length>5m", "what has stood for more than five minutes"),
    ("state=over length<1m", "what was over soon: rules that ring too easily"),
    ("queue:billing or queue:sales", "queues by a part of their names"),
];
