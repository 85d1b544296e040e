//! Spans of time in which the service counts: the half hour, and the day.
//!
//! Pure: what time it is, and where midnight is, are arguments.
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ZonedDateTime};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Length of the intervals in which the service counts, in seconds: half an hour, beginning at the
/// full and the half hour (notification class of queue observations).
pub const HALF_HOUR_SECONDS: i64 = 1_800;

/// From when until when something was counted; the end is no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// Its first moment.
    pub begin: Timestamp,
    /// The first moment after it.
    pub end: Timestamp,
}

impl Interval {
    /// The half hour that `at` lies in.
    #[must_use]
    pub fn half_hour(at: Timestamp) -> Self {
        let length = SignedDuration::from_secs(HALF_HOUR_SECONDS);
        let second = at.as_second().div_euclid(HALF_HOUR_SECONDS) * HALF_HOUR_SECONDS;
        let begin = Timestamp::from_second(second).unwrap_or(at);
        Self { begin, end: begin.saturating_add(length).unwrap_or(Timestamp::MAX) }
    }

    /// The day that `at` lies in, from midnight to midnight in `zone`: 23 or 25 hours long where the
    /// clocks are changed.
    #[must_use]
    pub fn day(at: Timestamp, zone: &TimeZone) -> Self {
        let midnight = |zone: &TimeZone| {
            let begin = ZonedDateTime::new(at, zone.clone()).start_of_day()?;
            let end = begin.tomorrow()?.start_of_day()?;
            Ok::<_, jiff::Error>(Self { begin: begin.timestamp(), end: end.timestamp() })
        };
        // fails on the first and the last day that there is: no clock shows them
        midnight(zone).unwrap_or_else(|_| Self::half_hour(at))
    }

    /// Reads the service's form, `2026-11-24T14:00:00.000Z/2026-11-24T14:30:00.000Z`; `None` for
    /// anything else, and for one without length.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (begin, end) = text.split_once('/')?;
        let (begin, end) = (begin.trim().parse().ok()?, end.trim().parse().ok()?);
        (begin < end).then_some(Self { begin, end })
    }

    /// Whether `at` lies in it.
    #[must_use]
    pub fn contains(&self, at: Timestamp) -> bool {
        self.begin <= at && at < self.end
    }

    /// Whether it is no longer than half an hour.
    #[must_use]
    pub fn is_half_hour(&self) -> bool {
        self.end.duration_since(self.begin).as_secs() <= HALF_HOUR_SECONDS
    }
}

/// The service's own form.
impl fmt::Display for Interval {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.3}/{:.3}", self.begin, self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::Interval;
    use jiff::tz::TimeZone;

    fn interval(text: &str) -> Interval {
        Interval::parse(text).unwrap()
    }

    #[test]
    fn a_half_hour_has_its_beginning_and_not_its_end() {
        let half = Interval::half_hour("2026-11-24T14:29:59.999Z".parse().unwrap());
        assert_eq!(half.to_string(), "2026-11-24T14:00:00.000Z/2026-11-24T14:30:00.000Z");
        assert_eq!(interval(&half.to_string()), half);
        assert!(half.contains(half.begin) && !half.contains(half.end) && half.is_half_hour());
    }

    #[test]
    fn a_day_is_the_zones_own() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let at = "2026-10-25T12:00:00Z".parse().unwrap();
        let day = Interval::day(at, &zone);
        assert_eq!(day.to_string(), "2026-10-24T22:00:00.000Z/2026-10-25T23:00:00.000Z");
        assert!(!day.is_half_hour(), "the clocks go back on it: 25 hours");
        let day = Interval::day(at, &TimeZone::UTC);
        assert_eq!(day.to_string(), "2026-10-25T00:00:00.000Z/2026-10-26T00:00:00.000Z");
    }

    #[test]
    fn what_is_no_interval_is_none() {
        for text in [
            "",
            "x",
            "2026-11-24T14:00:00Z",
            "a/b",
            "/",
            "2026-11-24T14:30:00Z/2026-11-24T14:00:00Z",
        ] {
            assert_eq!(Interval::parse(text), None, "{text}");
        }
        let offset = "2026-11-24T15:00:00+01:00/2026-11-24T15:30:00+01:00";
        assert_eq!(interval(offset).begin, "2026-11-24T14:00:00Z".parse().unwrap());
    }
}
