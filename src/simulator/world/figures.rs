//! Counts and times of one queue and medium, by the half-hour; and which figures changed and are yet
//! to be told.
use super::model::Medium;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Length of the interval that aggregates are told for, in seconds.
pub(super) const INTERVAL_SECONDS: i64 = 1_800;
/// Length of a day, in seconds; days begin at midnight UTC.
const DAY_SECONDS: i64 = 86_400;
/// Half-hours that are kept, busy ones only: two days, so that today is whole in every zone.
const KEPT_HALF_HOURS: usize = 96;
/// Share of conversations that shall be answered within the threshold.
pub(super) const SERVICE_TARGET: f64 = 0.8;

/// A duration metric.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Span {
    pub(super) count: u64,
    pub(super) sum_ms: i64,
    pub(super) max_ms: i64,
    pub(super) min_ms: i64,
}

impl Span {
    fn add(&mut self, ms: i64) {
        self.min_ms = if self.count == 0 { ms } else { self.min_ms.min(ms) };
        self.max_ms = self.max_ms.max(ms);
        self.count += 1;
        self.sum_ms += ms;
    }

    fn merge(&mut self, other: &Self) {
        if other.count == 0 {
            return;
        }
        self.min_ms = if self.count == 0 { other.min_ms } else { self.min_ms.min(other.min_ms) };
        self.max_ms = self.max_ms.max(other.max_ms);
        self.count += other.count;
        self.sum_ms += other.sum_ms;
    }

    /// The mean in milliseconds; none of nothing.
    pub(super) fn mean(&self) -> Option<i64> {
        (self.count > 0).then(|| self.sum_ms / i64::try_from(self.count).unwrap_or(1))
    }
}

/// What has happened within a span of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally {
    pub(super) offered: u64,
    pub(super) over_sla: u64,
    pub(super) transferred: u64,
    pub(super) outbound: u64,
    pub(super) answered: Span,
    pub(super) abandoned: Span,
    pub(super) flow_out: Span,
    pub(super) wait: Span,
    pub(super) alert: Span,
    pub(super) not_responding: Span,
    pub(super) talk: Span,
    pub(super) held: Span,
    pub(super) acw: Span,
    pub(super) handle: Span,
}

/// Something that counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Happened {
    Offered,
    /// After a wait, within the threshold or not.
    Answered(i64, bool),
    Abandoned(i64),
    FlowOut(i64),
    Alerted(i64),
    NotResponding(i64),
    Transferred,
    Outbound,
    /// Talk, hold and wrap-up, in milliseconds.
    Handled(i64, i64, i64),
}

impl Tally {
    fn add(&mut self, what: Happened) {
        match what {
            Happened::Offered => self.offered += 1,
            Happened::Answered(ms, within) => {
                self.answered.add(ms);
                self.wait.add(ms);
                self.over_sla += u64::from(!within);
            }
            Happened::Abandoned(ms) => {
                self.abandoned.add(ms);
                self.wait.add(ms);
            }
            Happened::FlowOut(ms) => {
                self.flow_out.add(ms);
                self.wait.add(ms);
            }
            Happened::Alerted(ms) => self.alert.add(ms),
            Happened::NotResponding(ms) => self.not_responding.add(ms),
            Happened::Transferred => self.transferred += 1,
            Happened::Outbound => self.outbound += 1,
            Happened::Handled(talk, held, acw) => {
                self.talk.add(talk);
                if held > 0 {
                    self.held.add(held);
                }
                self.acw.add(acw);
                self.handle.add(talk + held + acw);
            }
        }
    }

    /// Whether nothing has happened.
    pub(super) fn is_empty(&self) -> bool {
        let spans = [&self.answered, &self.abandoned, &self.flow_out, &self.alert, &self.handle];
        self.offered == 0 && self.outbound == 0 && spans.iter().all(|span| span.count == 0)
    }

    /// Adds what happened elsewhere.
    pub(super) fn merge(&mut self, other: &Self) {
        self.offered += other.offered;
        self.over_sla += other.over_sla;
        self.transferred += other.transferred;
        self.outbound += other.outbound;
        self.answered.merge(&other.answered);
        self.abandoned.merge(&other.abandoned);
        self.flow_out.merge(&other.flow_out);
        self.wait.merge(&other.wait);
        self.alert.merge(&other.alert);
        self.not_responding.merge(&other.not_responding);
        self.talk.merge(&other.talk);
        self.held.merge(&other.held);
        self.acw.merge(&other.acw);
        self.handle.merge(&other.handle);
    }

    /// Answered within the threshold, and what it is a share of.
    pub(super) fn service(&self) -> (u64, u64) {
        let within = self.answered.count.saturating_sub(self.over_sla);
        (within, self.answered.count + self.abandoned.count)
    }
}

/// The interval that `at` falls into, by its first second.
pub(super) fn interval_start(at: Timestamp, seconds: i64) -> i64 {
    at.as_second() - at.as_second().rem_euclid(seconds)
}

/// What happened in one queue and medium, by the half-hour; those in which nothing did are absent.
#[derive(Clone, Debug, Default)]
pub(super) struct Book {
    /// By their first second, the oldest first; at most [`KEPT_HALF_HOURS`].
    half_hours: VecDeque<(i64, Tally)>,
}

impl Book {
    pub(super) fn add(&mut self, now: Timestamp, what: Happened) {
        let start = interval_start(now, INTERVAL_SECONDS);
        if self.half_hours.back().is_none_or(|(last, _)| *last != start) {
            if self.half_hours.len() >= KEPT_HALF_HOURS {
                self.half_hours.pop_front();
            }
            self.half_hours.push_back((start, Tally::default()));
        }
        if let Some((_, tally)) = self.half_hours.back_mut() {
            tally.add(what);
        }
    }

    /// What happened in the half-hours that begin within these seconds; the end is no part of them.
    pub(super) fn between(&self, begin: i64, end: i64) -> Tally {
        let mut sum = Tally::default();
        let within = self.half_hours.iter().filter(|(start, _)| (begin..end).contains(start));
        for (_, tally) in within {
            sum.merge(tally);
        }
        sum
    }

    /// The half-hour that `now` is in.
    pub(super) fn interval(&self, now: Timestamp) -> Tally {
        let begin = interval_start(now, INTERVAL_SECONDS);
        self.between(begin, begin + INTERVAL_SECONDS)
    }

    /// The day that `now` is in.
    pub(super) fn day(&self, now: Timestamp) -> Tally {
        let begin = interval_start(now, DAY_SECONDS);
        self.between(begin, begin + DAY_SECONDS)
    }
}

/// What one frame of observations is about: a medium, or the queue's people.
pub(super) type Group = Option<Medium>;

/// Figures that changed and are yet to be told.
///
/// A topic has one frame a second and a frame has one group, so groups wait for their turn, in
/// the order in which they changed: a busy medium can't keep the others from being told.
#[derive(Debug, Default)]
pub(super) struct Untold {
    groups: BTreeMap<usize, VecDeque<Group>>,
    activities: BTreeSet<usize>,
}

impl Untold {
    /// Notes that a group of the queue changed.
    pub(super) fn note(&mut self, queue: usize, group: Group) {
        let waiting = self.groups.entry(queue).or_default();
        // at most one entry a medium and one for the people
        if !waiting.contains(&group) {
            waiting.push_back(group);
        }
        if group.is_some() {
            self.activities.insert(queue);
        }
    }

    /// The groups of a queue that wait for their turn.
    pub(super) fn of(&self, queue: usize) -> impl Iterator<Item = Group> + '_ {
        self.groups.get(&queue).into_iter().flatten().copied()
    }

    /// The next group of every queue that has any.
    pub(super) fn take_groups(&mut self) -> Vec<(usize, Group)> {
        let next = self
            .groups
            .iter_mut()
            .filter_map(|(queue, waiting)| waiting.pop_front().map(|group| (*queue, group)));
        let next = next.collect();
        self.groups.retain(|_, waiting| !waiting.is_empty());
        next
    }

    /// The queues whose activity changed.
    pub(super) fn take_activities(&mut self) -> BTreeSet<usize> {
        std::mem::take(&mut self.activities)
    }
}
