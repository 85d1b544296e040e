//! What all panels share when they prepare and draw: how things look, what is known, what time it
//! is.
use super::theme::Theme;
use crate::domain::moment::since;
use crate::domain::monitor::Monitor;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

/// How things look.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) theme: Theme,
    /// Whether what belongs to customers is hidden.
    pub(super) mask: bool,
    /// The zone of the times on the screen.
    pub(super) zone: TimeZone,
    /// Fields that comparing two frames leaves out.
    pub(super) noise: Vec<String>,
}

impl Look {
    fn zoned(&self, at: Timestamp) -> ZonedDateTime {
        ZonedDateTime::new(at, self.zone.clone())
    }

    /// A time of day: `14:03:12`.
    pub(super) fn time(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%H:%M:%S").to_string()
    }

    /// The same with milliseconds.
    pub(super) fn precise_time(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%H:%M:%S%.3f").to_string()
    }

    /// Date, time and zone: what can be compared with another clock.
    pub(super) fn full_time(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%Y-%m-%d %H:%M:%S%.3f %Z").to_string()
    }

    /// The clock in the corner: the time, and in which zone all times on the screen are.
    pub(super) fn clock(&self, at: Timestamp) -> String {
        self.zoned(at).strftime("%H:%M:%S %Z").to_string()
    }
}

/// What a panel may look at when it prepares and draws.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    /// What is shown: while the picture is frozen, what was known then.
    pub(super) monitor: &'a Monitor,
    /// The time of the picture: while it is frozen, it stands still.
    pub(super) now: Timestamp,
    pub(super) look: &'a Look,
}

impl Context<'_> {
    /// How old something is, as a clock.
    pub(super) fn age(&self, at: Timestamp) -> String {
        super::format::clock(since(self.now, at))
    }
}
