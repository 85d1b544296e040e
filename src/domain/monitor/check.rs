//! A cross-check: what REST says of one queue, read into a monitor of its own.
//!
//! It stays apart from what is shown: comparing must not change what is compared. Being a monitor, it
//! is read by the same columns, so that a figure is the same figure on both sides.
use super::Monitor;
use crate::domain::control::{Control, CrossReading, TopicOutcome};
use crate::domain::identity::{ChannelNumber, QueueId};
use crate::domain::topic::Topic;
use jiff::Timestamp;
use std::time::Duration;

/// Least time between two cross-checks of one queue: one takes some four requests of the 300 that are
/// allowed in a minute, and somebody may lean on the key.
pub const LEAST_BETWEEN: Duration = Duration::from_secs(3);

/// One cross-check, the newest only.
#[derive(Clone, Debug)]
pub struct CrossCheck {
    /// Of which queue.
    pub queue: QueueId,
    /// When it was asked.
    pub asked: Timestamp,
    /// When the answers were there; `None` while they aren't.
    pub answered: Option<Timestamp>,
    /// What could not be had, and why, in sentences.
    pub failures: Vec<String>,
    /// What REST said; of what could not be had nothing is known.
    pub rest: Monitor,
}

impl CrossCheck {
    /// Reads the answers. `skew` is by how much the service's clock is ahead, in milliseconds.
    #[must_use]
    pub fn of(reading: CrossReading, skew: Option<i64>) -> Self {
        let CrossReading { queue, asked, answered, snapshot, intervals, failures } = reading;
        let mut rest = Monitor::new(asked);
        rest.link.clock_skew_milliseconds = skew;
        if let Some(snapshot) = snapshot {
            // counts are known where the answer is complete, and only there
            let complete = snapshot.complete_for.iter().map(|queue| TopicOutcome {
                topic: Topic::received(&format!("v2.routing.queues.{queue}.conversations")),
                rejection: None,
            });
            let outcomes = complete.collect();
            rest.absorb_control(Control::Topics { channel: ChannelNumber(0), at: asked, outcomes });
            rest.absorb_control(Control::Snapshot(snapshot));
        }
        for told in intervals {
            rest.absorb_control(Control::Figures(told));
        }
        Self { queue, asked, answered, failures, rest }
    }
}
