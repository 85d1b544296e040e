//! Lets the rules look while the time of a recording goes by: second by second, however fast it is
//! played, so that what is told doesn't depend on the pace.
use super::{Alerts, Transition};
use crate::domain::moment::add;
use crate::domain::monitor::Monitor;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use std::time::Duration;

/// How often rules are asked, in the recording's time: times in them are seconds.
const STEP: Duration = Duration::from_secs(1);
/// Longest silence that is gone through step by step. Beyond it no heartbeat has come for long, and
/// what isn't known neither raises nor clears.
const SILENCE: Duration = Duration::from_secs(120);

/// Where the rules are on their way.
#[derive(Debug)]
pub struct Walk {
    /// When the rules were asked last.
    looked: Timestamp,
    /// When something came last.
    last: Timestamp,
    /// The zone of quiet hours.
    zone: TimeZone,
}

impl Walk {
    /// Begins.
    #[must_use]
    pub fn new(began: Timestamp, zone: TimeZone) -> Self {
        Self { looked: began, last: began, zone }
    }

    /// When something came last.
    #[must_use]
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// Something came at `at`: to be called after [`Walk::until`], before it is taken in.
    pub fn came(&mut self, at: Timestamp) {
        self.last = self.last.max(at);
    }

    /// Lets the time go by until `at`, over what is known before that.
    pub fn until(
        &mut self,
        at: Timestamp,
        monitor: &Monitor,
        alerts: &mut Alerts,
    ) -> Vec<Transition> {
        let mut changed = Vec::new();
        let loud = add(self.last, SILENCE);
        while self.looked < at {
            let next = add(self.looked, STEP);
            self.looked = if next > loud { at } else { next.min(at) };
            let time = ZonedDateTime::new(self.looked, self.zone.clone()).time();
            changed.extend(alerts.observe(monitor, self.looked, time));
        }
        changed
    }
}
