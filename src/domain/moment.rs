//! One reading of the clocks, handed inward as an argument.
//!
//! This module must not read a clock itself.
use jiff::Timestamp;
use std::time::Duration;

/// What the clocks said when something happened.
///
/// Two clocks, because each lies in its own way: the wall clock jumps when it is set, and the
/// uptime stands still while a laptop sleeps. Waits are measured on `uptime`; what people and
/// the service talk about is `wall`; a difference between the two is how a sleep is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Time of day, as people and the service's expiry times use it.
    pub wall: Timestamp,
    /// Time since some fixed point of this process; never runs backwards.
    pub uptime: Duration,
}

impl Moment {
    /// This moment, `by` later on both clocks. For plans and tests.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self { wall: add(self.wall, by), uptime: self.uptime.saturating_add(by) }
    }
}

/// `timestamp` plus `by`, held at the end of time instead of overflowing.
#[must_use]
pub fn add(timestamp: Timestamp, by: Duration) -> Timestamp {
    timestamp.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// `timestamp` less `by`, held at the beginning of time instead of overflowing.
#[must_use]
pub fn before(timestamp: Timestamp, by: Duration) -> Timestamp {
    timestamp.saturating_sub(by).unwrap_or(Timestamp::MIN)
}

/// How far two times are from each other, whichever comes first. For what shall last some seconds from a
/// moment on: where the clock was set back since, that moment is far away, and not yet to come.
#[must_use]
pub fn apart(left: Timestamp, right: Timestamp) -> Duration {
    left.duration_since(right).unsigned_abs()
}

/// How long from `earlier` to `later`; zero when they are the other way round, since a clock
/// that was set back must not turn an age into an error.
#[must_use]
pub fn since(later: Timestamp, earlier: Timestamp) -> Duration {
    Duration::try_from(later.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

/// A time for the log; `unknown` where there is none.
#[must_use]
pub fn in_log(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "unknown".to_owned(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_log_has_the_time_or_says_that_it_is_unknown() {
        let at: jiff::Timestamp = "2026-11-23T14:03:12Z".parse().unwrap();
        assert_eq!(super::in_log(Some(at)), "2026-11-23T14:03:12Z");
        assert_eq!(super::in_log(None), "unknown");
    }
}
