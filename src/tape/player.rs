//! Where a replay is in time: pace, pause, jumps. Pure; the clock comes in as an argument.
//!
//! Must not know of files nor of entries: it turns time that passes into time of the tape.
use crate::domain::moment::{add, since};
use jiff::Timestamp;
use std::fmt;
use std::time::Duration;

/// The paces that keys step through.
const STEPS: [f64; 9] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 64.0, 256.0];

/// How fast time goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// So many seconds of the tape a second.
    Times(f64),
    /// As fast as the tape can be read.
    Max,
}

impl Speed {
    fn faster(self) -> Self {
        match self {
            Self::Times(now) => {
                STEPS.into_iter().find(|step| *step > now).map_or(Self::Max, Self::Times)
            }
            Self::Max => Self::Max,
        }
    }

    fn slower(self) -> Self {
        let now = match self {
            Self::Times(now) => now,
            Self::Max => f64::INFINITY,
        };
        let step = STEPS.into_iter().rev().find(|step| *step < now);
        Self::Times(step.unwrap_or(STEPS[0]))
    }
}

impl fmt::Display for Speed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(formatter, "×{times}"),
            Self::Max => formatter.write_str("max"),
        }
    }
}

/// Where a replay is.
#[derive(Clone, Debug)]
pub struct Player {
    speed: Speed,
    paused: bool,
    /// The tape's time at `since`.
    at: Timestamp,
    /// On the clock that the caller hands in.
    since: Duration,
}

impl Player {
    /// One that is at `start` and runs.
    #[must_use]
    pub fn new(start: Timestamp, speed: Speed, uptime: Duration) -> Self {
        Self { speed, paused: false, at: start, since: uptime }
    }

    /// The tape's time. At full speed it only moves with [`Player::hold`]: it is that of what was
    /// played last.
    #[must_use]
    pub fn now(&self, uptime: Duration) -> Timestamp {
        let Speed::Times(times) = self.speed else { return self.at };
        if self.paused {
            return self.at;
        }
        let passed = uptime.saturating_sub(self.since).as_secs_f64() * times;
        add(self.at, Duration::try_from_secs_f64(passed).unwrap_or(Duration::MAX))
    }

    /// How long until the tape's time is `at`; `None` while that doesn't come by itself.
    #[must_use]
    pub fn wait_for(&self, at: Timestamp, uptime: Duration) -> Option<Duration> {
        if self.paused {
            return None;
        }
        match self.speed {
            Speed::Max => Some(Duration::ZERO),
            Speed::Times(times) => {
                let seconds = since(at, self.now(uptime)).as_secs_f64() / times;
                Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
            }
        }
    }

    /// The pace.
    #[must_use]
    pub fn speed(&self) -> Speed {
        self.speed
    }

    /// Whether it stands.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// Stands or goes on.
    pub fn pause(&mut self, paused: bool, uptime: Duration) {
        self.hold(self.now(uptime), uptime);
        self.paused = paused;
    }

    /// The next pace up, or down.
    pub fn change_speed(&mut self, faster: bool, uptime: Duration) {
        self.hold(self.now(uptime), uptime);
        self.speed = if faster { self.speed.faster() } else { self.speed.slower() };
    }

    /// From now on it is `at`: after a jump, or when playing couldn't keep up.
    pub fn hold(&mut self, at: Timestamp, uptime: Duration) {
        (self.at, self.since) = (at, uptime);
    }
}

#[cfg(test)]
mod tests {
    use super::{Player, Speed};
    use jiff::Timestamp;
    use std::time::Duration;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000 + seconds).unwrap()
    }

    #[test]
    fn time_goes_at_the_pace_and_stands_when_paused() {
        let second = Duration::from_secs(1);
        let mut player = Player::new(at(0), Speed::Times(4.0), second);
        assert_eq!(player.now(second * 3), at(8));
        assert_eq!(player.wait_for(at(12), second * 3), Some(second));
        player.pause(true, second * 3);
        assert_eq!(player.now(second * 30), at(8));
        assert_eq!(player.wait_for(at(12), second * 30), None);
        player.pause(false, second * 30);
        player.change_speed(true, second * 30);
        assert_eq!(player.speed(), Speed::Times(8.0));
        assert_eq!(player.now(second * 31), at(16));
        player.hold(at(100), second * 31);
        assert_eq!(player.now(second * 32), at(108));
    }

    #[test]
    fn every_pace_can_be_reached_and_left() {
        let mut player = Player::new(at(0), Speed::Times(3.0), Duration::ZERO);
        for _ in 0..12 {
            player.change_speed(true, Duration::ZERO);
        }
        assert_eq!(player.speed(), Speed::Max);
        assert_eq!(player.wait_for(at(9), Duration::ZERO), Some(Duration::ZERO));
        for _ in 0..12 {
            player.change_speed(false, Duration::ZERO);
        }
        assert_eq!(player.speed(), Speed::Times(0.25));
    }
}
