//! What the client takes for the time.
//!
//! Everything in this layer that reads a clock or waits asks here, so that one place decides how
//! fast time passes. Instants are the runtime's: where a test stops its clock, time passes only
//! while everybody waits, and a day is over in a minute. Must not know why somebody wants it to
//! pass faster.
use crate::domain::moment::{Moment, add};
use jiff::Timestamp;
use std::time::Duration;
use tokio::time::Instant;

/// A clock: the machine's own, or one that runs at another speed.
///
/// Wall and uptime run at the same speed and are read together, or a busy machine that pauses
/// between the two readings would look like one that slept. So whoever lives by this clock needs
/// no times of its own to be scaled: only what is really slept is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock(Option<Pace>);

/// Speeds that are believed: beyond them a wait is longer than a year or shorter than the machine
/// can wait.
const SPEEDS: std::ops::RangeInclusive<f64> = 0.001..=1e6;

#[derive(Clone, Copy, Debug)]
struct Pace {
    /// The time that it was when it began, and is before.
    start: Timestamp,
    begun: Instant,
    /// Seconds in a second, within [`SPEEDS`].
    speed: f64,
}

impl Clock {
    /// A clock that showed `start` at `begun` and runs `speed` times as fast as the machine's.
    /// A speed that nobody can want (not within 0.001 to 1,000,000) gives the machine's own clock.
    #[must_use]
    pub fn scaled(start: Timestamp, begun: Instant, speed: f64) -> Self {
        Self(SPEEDS.contains(&speed).then_some(Pace { start, begun, speed }))
    }

    /// The time of day.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.map_or_else(Timestamp::now, |pace| pace.at(Instant::now()))
    }

    /// Both clocks at once; uptime begins at `started`.
    pub(super) fn moment(&self, started: Instant) -> Moment {
        let now = Instant::now();
        let wall = self.0.map_or_else(Timestamp::now, |pace| pace.at(now));
        Moment { wall, uptime: self.passed(now.saturating_duration_since(started)) }
    }

    /// How much time passes on this clock in `real` of the machine's.
    pub(super) fn passed(&self, real: Duration) -> Duration {
        self.0.map_or(real, |pace| times(real, pace.speed))
    }

    /// How long `wait` on this clock takes on the machine's.
    pub(super) fn real(&self, wait: Duration) -> Duration {
        self.0.map_or(wait, |pace| times(wait, 1.0 / pace.speed))
    }
}

impl Pace {
    fn at(&self, instant: Instant) -> Timestamp {
        add(self.start, times(instant.saturating_duration_since(self.begun), self.speed))
    }
}

/// `length` times `factor`, held at the longest there is instead of a panic.
fn times(length: Duration, factor: f64) -> Duration {
    Duration::try_from_secs_f64(length.as_secs_f64() * factor).unwrap_or(Duration::MAX)
}

#[cfg(test)]
mod tests {
    use super::Clock;
    use jiff::Timestamp;
    use std::time::Duration;
    use tokio::time::Instant;

    #[test]
    fn a_scaled_clock_runs_on_from_where_it_began() {
        let start: Timestamp = "2026-11-24T08:00:00Z".parse().unwrap();
        let begun = Instant::now().checked_sub(Duration::from_secs(3)).unwrap();
        let clock = Clock::scaled(start, begun, 20.0);
        let moment = clock.moment(begun);
        let passed = Duration::try_from(moment.wall.duration_since(start)).unwrap();
        assert!(passed >= Duration::from_secs(60), "{passed:?}");
        // read together: the two agree to the resolution of a timestamp
        assert!(passed.abs_diff(moment.uptime) < Duration::from_millis(1));
        assert_eq!(clock.real(Duration::from_secs(20)), Duration::from_secs(1));
        assert_eq!(clock.passed(Duration::from_secs(1)), Duration::from_secs(20));
    }

    #[test]
    fn a_speed_that_is_none_leaves_the_machines_clock() {
        for speed in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN_POSITIVE] {
            let clock = Clock::scaled(Timestamp::UNIX_EPOCH, Instant::now(), speed);
            assert!(clock.now() > Timestamp::UNIX_EPOCH + jiff::SignedDuration::from_hours(24));
            assert_eq!(clock.real(Duration::from_secs(5)), Duration::from_secs(5));
        }
    }
}
