//! Simulated time: begins somewhere and runs at some speed.
use jiff::{SignedDuration, Timestamp};
use std::time::Duration;
use tokio::time::Instant;

/// The clock of one simulated service.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    start: Timestamp,
    begun: Instant,
    speed: f64,
}

impl Clock {
    pub(super) fn new(start: Timestamp, speed: f64) -> Self {
        Self { start, begun: Instant::now(), speed }
    }

    /// What it showed when it began, when that was on the machine's clock, and how much faster
    /// it runs.
    pub(super) fn anchor(&self) -> (Timestamp, Instant, f64) {
        (self.start, self.begun, self.speed)
    }

    pub(super) fn start(&self) -> Timestamp {
        self.start
    }

    /// The simulated time now.
    pub(super) fn now(&self) -> Timestamp {
        let passed = self.begun.elapsed().mul_f64(self.speed);
        self.start
            .saturating_add(SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX))
            .unwrap_or(Timestamp::MAX)
    }

    /// How long `simulated` takes in real time.
    pub(super) fn real(&self, simulated: Duration) -> Duration {
        simulated.div_f64(self.speed)
    }
}
