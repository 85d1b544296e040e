//! The service's figures of one queue: each with the interval that it counts, when it was told, and
//! by whom.
//!
//! What counts an interval is dated by that interval and not by when it came: a frame that was held
//! up says nothing of the half hour in which it arrives. Kept in the order in which they are looked
//! up, since a picture looks up some twenty of them a row.
use crate::domain::control::QueueFigure;
use crate::domain::interval::Interval;
use crate::domain::topic::Media;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// Most figures of the service that are kept for one queue: 11 media, for each some 6 of the moment
/// and some 40 of the half hour and of the day each, and 60 of its people by status and presence.
pub const MAX_FIGURES_PER_QUEUE: usize = 1_024;

/// What a figure is about: the moment, or what has happened in a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Period {
    /// What is so when it is told: who waits, who is on the queue.
    Moment,
    /// What has happened in one half hour.
    HalfHour,
    /// What has happened in one day.
    Day,
}

/// Who told a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// A frame.
    Stream,
    /// An answer to a question.
    Rest,
}

/// One figure with its circumstances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// Name of the metric, such as `oWaiting`.
    pub metric: String,
    /// What the metric is split by, such as a routing status.
    pub qualifier: Option<String>,
    /// What it is about.
    pub period: Period,
    /// The medium; `None` where it is for all.
    pub media: Option<Media>,
    /// The figure: a count, a share, or milliseconds.
    #[serde(with = "bits")]
    pub value: f64,
    /// What it counts; `None` for what is of the moment, where nobody said.
    pub interval: Option<Interval>,
    /// When it was told, or asked for.
    pub told: Timestamp,
    /// By whom.
    pub origin: Origin,
}

/// The figures of one queue; by metric, qualifier, period and medium they replace each other.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Figures {
    /// Sorted by these four, at most [`MAX_FIGURES_PER_QUEUE`].
    all: Vec<Figure>,
    /// The half hour and the day of which REST last told all there is, each with when it was asked:
    /// what wasn't in the answer has not happened.
    complete: [Option<(Interval, Timestamp)>; 2],
}

/// A number by its bits: written as digits and read again it may be the neighbouring one.
mod bits {
    use serde::{Deserialize, Deserializer, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(value.to_bits())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        u64::deserialize(deserializer).map(f64::from_bits)
    }
}

impl Period {
    /// What a metric is about: names with `t` and `n` are times and numbers of an interval, and so are
    /// the service level and its target; the other ones with `o` are observed.
    #[must_use]
    pub fn of(metric: &str, interval: Option<Interval>) -> Self {
        let counts = metric.starts_with(['t', 'n']) || metric.starts_with("oService");
        match interval {
            _ if !counts => Self::Moment,
            Some(interval) if !interval.is_half_hour() => Self::Day,
            _ => Self::HalfHour,
        }
    }

    fn slot(self) -> Option<usize> {
        match self {
            Self::Moment => None,
            Self::HalfHour => Some(0),
            Self::Day => Some(1),
        }
    }
}

impl Figures {
    /// Takes a figure in; whether it says anything new. One that is older than what is known is left
    /// out: one of an earlier interval, or of the same told earlier.
    pub(super) fn take(&mut self, new: &QueueFigure, told: Timestamp, origin: Origin) -> bool {
        let period = Period::of(&new.metric, new.interval);
        let interval = match period {
            Period::Moment => new.interval,
            // where nobody said of which, it is the one in which it came
            _ => Some(new.interval.unwrap_or_else(|| Interval::half_hour(told))),
        };
        let qualifier = new.qualifier.as_deref();
        let place = self.all.binary_search_by(|known| {
            known.order(&new.metric, qualifier, period).then_with(|| known.media.cmp(&new.media))
        });
        match place {
            Ok(at) => {
                let Some(known) = self.all.get_mut(at) else { return false };
                if !known.is_older(interval, told) {
                    return false;
                }
                let is_news =
                    known.value.to_bits() != new.value.to_bits() || known.interval != interval;
                (known.value, known.interval) = (new.value, interval);
                (known.told, known.origin) = (told, origin);
                // how long the longest waits is told as a length: told again, it began later
                is_news || new.metric.starts_with("oLongest")
            }
            Err(_) if self.all.len() >= MAX_FIGURES_PER_QUEUE => false,
            Err(at) => {
                let figure = Figure {
                    metric: new.metric.clone(),
                    qualifier: new.qualifier.clone(),
                    period,
                    media: new.media,
                    value: new.value,
                    interval,
                    told,
                    origin,
                };
                self.all.insert(at, figure);
                true
            }
        }
    }

    /// Forgets what is of the moment.
    pub(super) fn forget_observed(&mut self) {
        self.all.retain(|figure| figure.period != Period::Moment);
    }

    /// Notes that all there is of `interval` was told; whether that is news.
    pub(super) fn is_complete(&mut self, interval: Interval, asked: Timestamp) -> bool {
        let slot = usize::from(!interval.is_half_hour());
        let known = self.complete[slot];
        if known.is_some_and(|(known, at)| (known.begin, at) > (interval.begin, asked)) {
            return false;
        }
        self.complete[slot] = Some((interval, asked));
        known.is_none_or(|(known, _)| known != interval)
    }

    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &Figure> {
        self.all.iter()
    }

    /// One metric for the whole queue and for each of its media, as far as they were told.
    pub(super) fn of(&self, metric: &str, qualifier: Option<&str>, period: Period) -> &[Figure] {
        let order = |known: &Figure| known.order(metric, qualifier, period);
        let from = self.all.partition_point(|known| order(known).is_lt());
        let rest = self.all.get(from..).unwrap_or_default();
        rest.get(..rest.partition_point(|known| order(known).is_eq())).unwrap_or_default()
    }

    /// Whether all there is of the interval that `now` lies in was told.
    pub(super) fn all_is_told(&self, period: Period, now: Timestamp) -> bool {
        let known = period.slot().and_then(|slot| self.complete[slot]);
        known.is_some_and(|(interval, _)| interval.contains(now))
    }
}

impl Figure {
    fn order(&self, metric: &str, qualifier: Option<&str>, period: Period) -> Ordering {
        let by_name = self.metric.as_str().cmp(metric);
        by_name
            .then_with(|| self.qualifier.as_deref().cmp(&qualifier))
            .then_with(|| self.period.cmp(&period))
    }

    /// Whether a figure of `interval` that was told at `told` takes its place. Intervals decide
    /// where both have one: they are the service's own, and our clock may differ from its.
    fn is_older(&self, interval: Option<Interval>, told: Timestamp) -> bool {
        match (self.interval, interval) {
            (Some(known), Some(new)) if known.begin != new.begin => known.begin < new.begin,
            _ => self.told <= told,
        }
    }

    /// Whether it counts the interval that `now` lies in; what is of the moment does.
    pub(super) fn is_of(&self, now: Timestamp) -> bool {
        self.period == Period::Moment
            || self.interval.is_some_and(|interval| interval.contains(now))
    }
}

#[cfg(test)]
mod tests {
    use super::{Figures, Origin, Period};
    use crate::domain::control::QueueFigure;
    use crate::domain::identity::QueueId;
    use crate::domain::interval::Interval;
    use crate::domain::topic::Media;
    use jiff::Timestamp;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-24T{text}Z").parse().unwrap()
    }

    fn offered(value: f64, counted_at: Option<&str>) -> QueueFigure {
        QueueFigure {
            queue: QueueId::new("q"),
            media: Some(Media::Call),
            metric: "nOffered".to_owned(),
            qualifier: None,
            value,
            interval: counted_at.map(|text| Interval::half_hour(at(text))),
        }
    }

    /// Offered in the half hour that it is then.
    fn now(figures: &Figures, time: &str) -> Option<f64> {
        let told = figures.of("nOffered", None, Period::HalfHour);
        told.iter().find(|figure| figure.is_of(at(time))).map(|figure| figure.value)
    }

    #[test]
    fn a_late_frame_of_the_last_half_hour_says_nothing_of_this_one() {
        let mut figures = Figures::default();
        // begun at 14:00, told two seconds later: of the half hour before
        assert!(figures.take(&offered(40.0, Some("13:59:00")), at("14:00:02"), Origin::Stream));
        assert_eq!(now(&figures, "14:00:03"), None);
        assert!(figures.take(&offered(1.0, Some("14:00:00")), at("14:00:05"), Origin::Stream));
        // overtaken: the last word on the half hour that is over comes after the first on this one
        assert!(!figures.take(&offered(41.0, Some("13:59:00")), at("14:00:09"), Origin::Stream));
        assert_eq!(now(&figures, "14:00:10"), Some(1.0));
        assert_eq!(now(&figures, "14:30:00"), None);
    }

    #[test]
    fn of_one_interval_the_newer_word_counts_whoever_said_it() {
        let mut figures = Figures::default();
        let told = |figures: &mut Figures, value, time, origin| {
            figures.take(&offered(value, Some("14:00:00")), at(time), origin)
        };
        assert!(told(&mut figures, 3.0, "14:05:00", Origin::Stream));
        assert!(!told(&mut figures, 2.0, "14:04:59", Origin::Rest), "asked before, answered after");
        assert!(told(&mut figures, 4.0, "14:06:00", Origin::Rest));
        assert!(!told(&mut figures, 4.0, "14:07:00", Origin::Rest), "the same again is no news");
        assert_eq!(now(&figures, "14:07:01"), Some(4.0));
        assert_eq!(figures.iter().len(), 1);
    }

    #[test]
    fn without_an_interval_it_is_the_one_in_which_it_came() {
        let mut figures = Figures::default();
        figures.take(&offered(40.0, None), at("13:59:59"), Origin::Stream);
        assert_eq!(now(&figures, "13:59:59"), Some(40.0));
        assert_eq!(now(&figures, "14:00:00"), None);
    }

    #[test]
    fn a_clock_of_ours_that_is_fast_holds_no_observation_back() {
        let mut figures = Figures::default();
        let waiting = |value, interval| QueueFigure {
            metric: "oWaiting".to_owned(),
            ..offered(value, interval)
        };
        let take = |figures: &mut Figures, value, interval, time| {
            figures.take(&waiting(value, interval), at(time), Origin::Stream)
        };
        // ours shows 14:09, the service's 13:59; what REST told has no interval
        assert!(take(&mut figures, 1.0, None, "14:09:00"));
        assert!(take(&mut figures, 2.0, Some("13:30:00"), "14:09:01"));
        // and one that was held up is left out all the same
        assert!(take(&mut figures, 3.0, Some("14:00:00"), "14:10:01"));
        assert!(!take(&mut figures, 2.0, Some("13:30:00"), "14:10:02"));
    }

    #[test]
    fn what_rest_left_out_of_a_whole_answer_has_not_happened() {
        let mut figures = Figures::default();
        let half_hour = Interval::half_hour(at("14:00:00"));
        assert!(!figures.all_is_told(Period::HalfHour, at("14:10:00")));
        assert!(figures.is_complete(half_hour, at("14:10:00")));
        assert!(!figures.is_complete(half_hour, at("14:11:00")), "that is no news");
        assert!(figures.all_is_told(Period::HalfHour, at("14:29:59")));
        assert!(!figures.all_is_told(Period::HalfHour, at("14:30:00")));
        assert!(!figures.all_is_told(Period::Day, at("14:10:00")));
    }

    #[test]
    fn there_are_never_more_than_the_bound() {
        let mut figures = Figures::default();
        for number in 0..2_000 {
            let metric = format!("nMetric{number}");
            figures.take(
                &QueueFigure { metric, ..offered(1.0, None) },
                at("14:00:00"),
                Origin::Rest,
            );
        }
        assert_eq!(figures.iter().len(), super::MAX_FIGURES_PER_QUEUE);
    }
}
