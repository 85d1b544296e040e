//! One level of one alert: off, about to be set, or set.
use super::rule::Condition;
use crate::domain::moment::{before, since};
use jiff::Timestamp;
use std::time::Duration;

/// The latch. Set by a condition that held for its time, let go by its clear level only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Latch {
    /// The condition doesn't hold.
    #[default]
    Off,
    /// The condition has held since then, not yet long enough.
    Pending(Timestamp),
    /// Set; the condition has held since then.
    Set(Timestamp),
}

impl Latch {
    /// Takes a figure in.
    pub fn step(&mut self, condition: &Condition, figure: f64, now: Timestamp) {
        *self = match *self {
            Self::Set(_) if condition.clears(figure) => Self::Off,
            Self::Set(from) => Self::Set(from),
            Self::Off | Self::Pending(_) if !condition.holds(figure) => Self::Off,
            Self::Off => ripe(condition, now, now),
            Self::Pending(from) => ripe(condition, from, now),
        };
    }

    /// Lets go of what is only pending: while nothing was known, nothing has held.
    pub fn forget_pending(&mut self) {
        if matches!(self, Self::Pending(_)) {
            *self = Self::Off;
        }
    }

    /// Moves its times: the clock was set back by that much.
    pub fn set_back(&mut self, by: Duration) {
        if let Self::Pending(from) | Self::Set(from) = self {
            *from = before(*from, by);
        }
    }

    /// Since when the condition has held, if the latch is set.
    #[must_use]
    pub fn set_since(self) -> Option<Timestamp> {
        match self {
            Self::Set(from) => Some(from),
            Self::Off | Self::Pending(_) => None,
        }
    }
}

fn ripe(condition: &Condition, from: Timestamp, now: Timestamp) -> Latch {
    let is_long_enough = since(now, from) >= condition.sustained;
    if is_long_enough { Latch::Set(from) } else { Latch::Pending(from) }
}
