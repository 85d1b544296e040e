//! The day for which missed alerts are counted, and which of them were counted in it.
//!
//! A day is one of a time zone, which is an argument, as the time is.
use super::MissedAlert;
use crate::domain::identity::{ConversationId, ParticipantId};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Most missed alerts of a day that are remembered, so that none counts twice when it is told again
/// after its conversation has left the list. At some 200 B each that is 10 MB; whoever misses more
/// has them counted again in that rare case.
const MAX_REMEMBERED: usize = 50_000;

/// The present day.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Today {
    #[serde(skip, default = "utc")] // its owner knows it
    zone: TimeZone,
    /// Midnight, or when counting began if that is later.
    since: Timestamp,
    /// The next midnight.
    ends: Timestamp,
    counted: HashSet<(ConversationId, ParticipantId)>,
}

impl Default for Today {
    fn default() -> Self {
        Self::from(Timestamp::MIN, TimeZone::UTC)
    }
}

impl Today {
    /// The day of `now`, of which only what comes from now on is counted.
    pub(super) fn from(now: Timestamp, zone: TimeZone) -> Self {
        let ends = midnight_after(now, &zone);
        Self { zone, since: now, ends, counted: HashSet::new() }
    }

    /// Whether the day is over; then the next one has begun.
    pub(super) fn ended(&mut self, now: Timestamp) -> bool {
        if now < self.ends {
            return false;
        }
        let begins = ZonedDateTime::new(now, self.zone.clone()).start_of_day();
        self.since = begins.map_or(now, |midnight| midnight.timestamp());
        self.ends = midnight_after(now, &self.zone);
        self.counted.clear();
        true
    }

    /// Whether an alert belongs to this day and is told for the first time.
    pub(super) fn counts(&mut self, alert: &MissedAlert) -> bool {
        if alert.at < self.since {
            return false;
        }
        let told = (alert.conversation.clone(), alert.participant.clone());
        if self.counted.len() >= MAX_REMEMBERED {
            return !self.counted.contains(&told);
        }
        self.counted.insert(told)
    }

    pub(super) fn since(&self) -> Timestamp {
        self.since
    }

    /// Goes by the clock of `zone` from now on, without any other change.
    pub(super) fn go_by(&mut self, zone: TimeZone) {
        self.zone = zone;
    }

    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

fn utc() -> TimeZone {
    TimeZone::UTC
}

/// The next midnight; the end of time where the calendar has none.
fn midnight_after(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let tomorrow =
        ZonedDateTime::new(now, zone.clone()).tomorrow().and_then(|day| day.start_of_day());
    tomorrow.map_or(Timestamp::MAX, |midnight| midnight.timestamp())
}

#[cfg(test)]
mod tests {
    use super::Today;
    use crate::domain::identity::{ConversationId, ParticipantId};
    use crate::domain::monitor::agents::MissedAlert;
    use jiff::Timestamp;
    use jiff::tz::{Offset, TimeZone};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn alert(participant: &str, time: &str) -> MissedAlert {
        MissedAlert {
            conversation: ConversationId::new("c"),
            participant: ParticipantId::new(participant),
            queue: None,
            at: at(time),
        }
    }

    #[test]
    fn a_day_ends_at_the_midnight_of_its_zone_and_not_of_utc() {
        let zone = TimeZone::fixed(Offset::constant(-5));
        let mut today = Today::from(at("2026-11-24T22:00:00Z"), zone);
        assert!(!today.ended(at("2026-11-25T00:00:00Z")), "seven in the evening there");
        assert!(today.counts(&alert("a", "2026-11-25T04:59:59Z")));
        assert!(today.ended(at("2026-11-25T05:00:00Z")));
        assert_eq!(today.since(), at("2026-11-25T05:00:00Z"));
        assert!(!today.counts(&alert("b", "2026-11-25T04:59:59Z")), "that was yesterday");
        assert!(today.counts(&alert("a", "2026-11-25T05:00:00Z")));
        assert!(!today.ended(at("2026-11-25T05:00:01Z")));
    }

    #[test]
    fn an_alert_counts_once_and_only_from_the_beginning_on() {
        let mut today = Today::from(at("2026-11-24T08:00:00Z"), TimeZone::UTC);
        assert!(!today.counts(&alert("a", "2026-11-24T07:59:59Z")));
        assert!(today.counts(&alert("b", "2026-11-24T08:00:00Z")));
        assert!(!today.counts(&alert("b", "2026-11-24T08:00:00Z")));
    }
}
