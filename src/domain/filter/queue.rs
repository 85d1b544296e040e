//! Queue rows as the filter language and alerts see them.
use super::{Field, Holds, Record, Value};
use crate::domain::conversation::State;
use crate::domain::moment::since;
use crate::domain::monitor::directory::Directory;
use crate::domain::monitor::queues::QueueRow;
use jiff::Timestamp;

/// A field of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QueueField {
    /// Its name or id.
    Queue,
    /// How many wait with nobody being rung.
    Waiting,
    /// How long the longest has waited.
    Longest,
    /// How many are being rung for.
    Alerting,
    /// How many talk, on hold or not.
    Interacting,
    /// How many are on hold.
    Hold,
    /// How many are being worked on after the customer has gone.
    Wrapup,
    /// Agents on queue, by the service's figure.
    OnQueue,
}

/// The fields of a queue.
pub const QUEUE_FIELDS: &[Field<QueueField>] = &[
    field("queue", QueueField::Queue, Holds::Text, "the queue, by name or id"),
    field(
        "waiting",
        QueueField::Waiting,
        Holds::Count,
        "conversations that wait with nobody being rung",
    ),
    field(
        "longest_wait",
        QueueField::Longest,
        Holds::Duration,
        "how long the longest unanswered one has waited",
    ),
    field(
        "alerting",
        QueueField::Alerting,
        Holds::Count,
        "conversations for which an agent is being rung",
    ),
    field(
        "interacting",
        QueueField::Interacting,
        Holds::Count,
        "conversations with a connected agent, on hold or not",
    ),
    field("hold", QueueField::Hold, Holds::Count, "conversations on hold"),
    field("wrapup", QueueField::Wrapup, Holds::Count, "conversations in after-call work"),
    field(
        "on_queue",
        QueueField::OnQueue,
        Holds::Count,
        "agents on queue, by the service's own figure",
    ),
];

const fn field(
    name: &'static str,
    key: QueueField,
    holds: Holds,
    help: &'static str,
) -> Field<QueueField> {
    Field { name, key, holds, help }
}

/// A queue at one time.
#[derive(Clone, Copy, Debug)]
pub struct QueueRecord<'a> {
    /// Its row.
    pub row: &'a QueueRow,
    /// Names.
    pub directory: &'a Directory,
    /// The time at which waits are measured.
    pub now: Timestamp,
}

impl QueueRecord<'_> {
    /// The figure of a field, in the unit of [`Value::Quantity`]. `None` where it isn't known:
    /// counts of a queue whose conversations aren't watched are not zero, and a queue in which
    /// nobody waits has no longest wait.
    #[must_use]
    pub fn figure(&self, field: QueueField) -> Option<f64> {
        let counted = |count: u32| self.row.watched.then(|| f64::from(count));
        match field {
            QueueField::Queue => None,
            QueueField::Waiting => counted(self.row.waiting()),
            QueueField::Alerting => counted(self.row.count(State::Alerting)),
            QueueField::Interacting => counted(self.row.interacting()),
            QueueField::Hold => counted(self.row.count(State::Hold)),
            QueueField::Wrapup => counted(self.row.count(State::Wrapup)),
            QueueField::Longest => {
                let from = self.row.longest_unanswered()?;
                Some(since(self.now, from).as_secs_f64())
            }
            QueueField::OnQueue => self.row.figure("oOnQueueUsers", None, None),
        }
    }
}

impl Record<QueueField> for QueueRecord<'_> {
    fn any_value(&self, field: QueueField, passes: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
        match field {
            QueueField::Queue => {
                passes(Value::Text(self.directory.queue(&self.row.id)))
                    || passes(Value::Text(self.row.id.as_str()))
            }
            figure => self.figure(figure).is_some_and(|figure| passes(Value::Quantity(figure))),
        }
    }

    fn any_text(&self, passes: &mut dyn FnMut(&str) -> bool) -> bool {
        passes(self.directory.queue(&self.row.id))
    }
}
