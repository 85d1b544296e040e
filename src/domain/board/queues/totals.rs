//! The sums under the boards of queues. Conversations are added up, each once, also where it has the row
//! of several media; people are counted by who they are, since one agent is on many queues.
use super::super::totals::Totals;
use super::super::{Facts, Value};
use super::OfQueue;
use super::columns::longest_wait;
use crate::domain::agent::RoutingStatus;
use crate::domain::conversation::State;
use crate::domain::identity::{QueueId, UserId};
use crate::domain::monitor::queues::{Counts, Period, QueueRow, Staff};
use crate::domain::topic::Media;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

/// A figure that is added up.
#[derive(Clone, Copy, Debug)]
enum Added {
    /// Our own count of conversations.
    Counted(fn(&Counts) -> u32),
    /// How often something happened, or how long it took, in an interval; what was told of the
    /// moment.
    Told(&'static str, Period),
}

/// What is added up, each with its name: the column's, or one that only means are made of.
const ADDED: [(&str, Added); 25] = [
    ("waiting", Added::Counted(Counts::waiting)),
    ("alerting", Added::Counted(|counts| counts.of(State::Alerting))),
    ("interacting", Added::Counted(Counts::interacting)),
    ("hold", Added::Counted(|counts| counts.of(State::Hold))),
    ("wrapup", Added::Counted(|counts| counts.of(State::Wrapup))),
    ("parked", Added::Counted(|counts| counts.of(State::Parked))),
    ("service_waiting", Added::Told("oWaiting", Period::Moment)),
    ("service_alerting", Added::Told("oAlerting", Period::Moment)),
    ("service_interacting", Added::Told("oInteracting", Period::Moment)),
    ("offered", Added::Told("nOffered", Period::HalfHour)),
    ("answered", Added::Told("tAnswered.count", Period::HalfHour)),
    ("abandoned", Added::Told("tAbandon.count", Period::HalfHour)),
    ("answer", Added::Told("tAnswered", Period::HalfHour)),
    ("handled", Added::Told("tHandle.count", Period::HalfHour)),
    ("handle", Added::Told("tHandle", Period::HalfHour)),
    ("in_time", Added::Told("oServiceLevel.numerator", Period::HalfHour)),
    ("in_time_of", Added::Told("oServiceLevel.denominator", Period::HalfHour)),
    ("offered_today", Added::Told("nOffered", Period::Day)),
    ("answered_today", Added::Told("tAnswered.count", Period::Day)),
    ("abandoned_today", Added::Told("tAbandon.count", Period::Day)),
    ("answer_today", Added::Told("tAnswered", Period::Day)),
    ("handled_today", Added::Told("tHandle.count", Period::Day)),
    ("handle_today", Added::Told("tHandle", Period::Day)),
    ("in_time_today", Added::Told("oServiceLevel.numerator", Period::Day)),
    ("in_time_of_today", Added::Told("oServiceLevel.denominator", Period::Day)),
];

/// Kinds of people that are counted: the column, and by which metric and qualifier a queue has them.
const PEOPLE: [(&str, &str, Option<&str>); 3] = [
    ("on_queue", "oOnQueueUsers", None),
    ("idle", "oUserRoutingStatuses", Some("IDLE")),
    ("not_responding", "oUserRoutingStatuses", Some("NOT_RESPONDING")),
];

/// What is made of the sums instead of being one.
const MADE: [&str; 7] = [
    "longest_wait",
    "asa",
    "aht",
    "asa_today",
    "aht_today",
    "service_level",
    "service_level_today",
];

/// How many of [`ADDED`] are our own counts of conversations; they come first.
const COUNTED: usize = 6;

/// Sums over rows of queues.
#[derive(Debug)]
pub struct QueueTotals<K> {
    rows: HashMap<K, Parts>,
    /// The queues that have rows by medium.
    split: HashMap<QueueId, Split>,
    sums: [Sum; ADDED.len()],
    /// Since when the longest of each row waits.
    longest: BTreeSet<(Timestamp, K)>,
    /// On how many rows somebody is counted, for each of [`PEOPLE`].
    people: HashMap<UserId, [u32; PEOPLE.len()]>,
    /// How many are on at least one row.
    distinct: [u64; PEOPLE.len()],
}

/// What one row adds; nothing is known of one that isn't there.
#[derive(Debug, Default)]
struct Parts {
    added: [Option<f64>; ADDED.len()],
    longest: Option<Timestamp>,
    /// How many people the service told for this queue.
    told: [Option<f64>; PEOPLE.len()],
    staff: Option<Arc<Staff>>,
}

/// A queue of which some media have rows.
#[derive(Debug, Default)]
struct Split {
    /// The media that have one, if it is known how many conversations there are of them.
    rows: BTreeSet<Media>,
    /// How many conversations there are of several media together, by these media.
    shared: Vec<(Vec<Media>, [u32; COUNTED])>,
}

impl Split {
    /// By how much the rows together count too many: a conversation of which three media have rows, two.
    fn twice(&self) -> [f64; COUNTED] {
        let mut twice = [0.0; COUNTED];
        for (media, counts) in &self.shared {
            let rows = media.iter().filter(|media| self.rows.contains(*media)).count();
            let many = u32::try_from(rows.saturating_sub(1)).unwrap_or(u32::MAX);
            for (twice, count) in twice.iter_mut().zip(counts) {
                *twice += f64::from(many) * f64::from(*count);
            }
        }
        twice
    }
}

/// One sum. Counts and milliseconds are whole numbers, so that adding and taking away again is exact
/// up to 2^53.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    value: f64,
    /// Rows in which it is known.
    known: usize,
}

impl<K> Default for QueueTotals<K> {
    fn default() -> Self {
        Self {
            rows: HashMap::new(),
            split: HashMap::new(),
            sums: [Sum::default(); ADDED.len()],
            longest: BTreeSet::new(),
            people: HashMap::new(),
            distinct: [0; PEOPLE.len()],
        }
    }
}

impl<K: OfQueue + Clone + Ord + Hash + std::fmt::Debug> Totals<K> for QueueTotals<K> {
    fn put(&mut self, facts: &Facts<'_>, key: &K) {
        let row = facts.monitor.queues.get(key.queue());
        let parts = row.map_or_else(Parts::default, |row| Parts::of(row, key, facts.service_now()));
        let before = self.rows.remove(key);
        // most changes leave the people where they are
        let same_people = before.as_ref().is_some_and(|before| before.has_staff_of(&parts));
        if let Some(before) = &before {
            self.add(key, before, false);
            if !same_people {
                self.count_people(before, false);
            }
        }
        self.add(key, &parts, true);
        if !same_people {
            self.count_people(&parts, true);
        }
        self.rows.insert(key.clone(), parts);
        if let Some(media) = key.media() {
            self.resplit(key.queue(), |split| {
                if row.is_some_and(|row| row.watches(Some(media))) {
                    split.rows.insert(media);
                } else {
                    split.rows.remove(&media);
                }
                let shared = row.into_iter().flat_map(QueueRow::shared);
                split.shared =
                    shared.map(|(media, counts)| (media.clone(), counted(counts))).collect();
            });
        }
    }

    fn take(&mut self, key: &K) {
        if let Some(parts) = self.rows.remove(key) {
            self.add(key, &parts, false);
            self.count_people(&parts, false);
        }
        if let Some(media) = key.media() {
            self.resplit(key.queue(), |split| {
                split.rows.remove(&media);
            });
        }
    }

    fn has(column: &str) -> bool {
        MADE.contains(&column)
            || ADDED.iter().any(|(name, _)| *name == column)
            || PEOPLE.iter().any(|(name, ..)| *name == column)
    }

    fn value(&self, column: &str) -> Value {
        match column {
            "queue" => Value::text("total"),
            "longest_wait" => {
                self.longest.first().map_or(Value::Unknown, |(since, _)| Value::Since(*since))
            }
            "asa" => self.mean("answer", "answered"),
            "aht" => self.mean("handle", "handled"),
            "asa_today" => self.mean("answer_today", "answered_today"),
            "aht_today" => self.mean("handle_today", "handled_today"),
            "service_level" => self.share("in_time", "in_time_of"),
            "service_level_today" => self.share("in_time_today", "in_time_of_today"),
            _ => match PEOPLE.iter().position(|(name, ..)| *name == column) {
                Some(kind) => self.people_of(kind),
                None => self.sum(column),
            },
        }
    }
}

impl<K: OfQueue + Clone + Ord> QueueTotals<K> {
    /// Lets `change` at what is known of the media of a queue, and counts nobody twice after it either.
    fn resplit(&mut self, queue: &QueueId, change: impl FnOnce(&mut Split)) {
        let split = self.split.entry(queue.clone()).or_default();
        let before = split.twice();
        change(split);
        let after = split.twice();
        if split.rows.is_empty() {
            self.split.remove(queue);
        }
        for ((sum, before), after) in self.sums.iter_mut().zip(before).zip(after) {
            sum.value += before - after;
        }
    }

    fn add(&mut self, key: &K, parts: &Parts, adds: bool) {
        for (sum, added) in self.sums.iter_mut().zip(parts.added) {
            let Some(added) = added else { continue };
            if adds {
                (sum.value, sum.known) = (sum.value + added, sum.known + 1);
            } else {
                (sum.value, sum.known) = (sum.value - added, sum.known.saturating_sub(1));
            }
        }
        if let Some(since) = parts.longest {
            if adds {
                self.longest.insert((since, key.clone()));
            } else {
                self.longest.remove(&(since, key.clone()));
            }
        }
    }

    fn count_people(&mut self, parts: &Parts, adds: bool) {
        for (user, status) in parts.staff.iter().flat_map(|staff| staff.iter()) {
            let counts = self.people.entry(user.clone()).or_default();
            for (kind, count) in counts.iter_mut().enumerate().filter(|(kind, _)| is(*kind, status))
            {
                if adds {
                    self.distinct[kind] += u64::from(*count == 0);
                    *count += 1;
                } else {
                    *count = count.saturating_sub(1);
                    self.distinct[kind] =
                        self.distinct[kind].saturating_sub(u64::from(*count == 0));
                }
            }
            if *counts == [0; PEOPLE.len()] {
                self.people.remove(user);
            }
        }
    }

    fn known(&self, name: &str) -> Option<Sum> {
        let at = ADDED.iter().position(|(added, _)| *added == name)?;
        self.sums.get(at).copied()
    }

    /// A sum; where a row isn't known, what is known of it at least.
    fn sum(&self, name: &str) -> Value {
        match self.known(name) {
            Some(sum) if sum.known > 0 => self.at_least(sum.value, sum.known),
            _ => Value::Unknown,
        }
    }

    fn at_least(&self, value: f64, known: usize) -> Value {
        match Value::count(Some(value)) {
            Value::Number(number) if known < self.rows.len() => Value::AtLeast(number),
            value => value,
        }
    }

    /// A sum by another, where both are known of every row.
    fn quotient(&self, sum: &str, by: &str) -> Option<f64> {
        let (sum, by) = (self.known(sum)?, self.known(by)?);
        let all = sum.known == self.rows.len() && by.known == self.rows.len();
        (all && by.value > 0.0).then(|| sum.value / by.value)
    }

    fn mean(&self, sum: &str, by: &str) -> Value {
        Value::milliseconds(self.quotient(sum, by))
    }

    fn share(&self, sum: &str, by: &str) -> Value {
        self.quotient(sum, by).map_or(Value::Unknown, Value::Percent)
    }

    /// Different people of one kind. Who they are is told once a minute, and how many each queue has
    /// with every change: so the count of heads is held within what the queues' counts allow, between
    /// the largest of them and all together. Without heads it is the largest at least.
    fn people_of(&self, kind: usize) -> Value {
        let told =
            || self.rows.values().filter_map(|parts| parts.told.get(kind).copied().flatten());
        let Some(largest) = told().reduce(f64::max) else { return Value::Unknown };
        let counted = told().count();
        let heads = self.distinct.get(kind).copied().unwrap_or_default();
        let all_named = self.rows.values().all(|parts| parts.staff.is_some());
        if self.rows.len() == 1 {
            return self.at_least(largest, counted);
        }
        if !all_named || counted < self.rows.len() {
            return match Value::count(Some(largest)) {
                Value::Number(number) => Value::AtLeast(number),
                value => value,
            };
        }
        #[expect(clippy::cast_precision_loss, reason = "there are fewer people than 2^52")]
        let heads = heads as f64;
        Value::count(Some(heads.min(told().sum()).max(largest)))
    }
}

impl Parts {
    fn of<K: OfQueue>(row: &QueueRow, key: &K, now: Timestamp) -> Self {
        let media = key.media();
        let added = ADDED.map(|(_, added)| match added {
            Added::Counted(count) => row
                .watches(media)
                .then(|| row.counts(media).map_or(0.0, |counts| f64::from(count(counts)))),
            Added::Told(metric, period) => row.number(metric, period, media, now),
        });
        let told = PEOPLE.map(|(_, metric, qualifier)| row.people(metric, qualifier, media));
        // who is on the queue is known by name, and for which of its media isn't
        let staff = row.staff().filter(|_| media.is_none()).cloned();
        Self { added, longest: longest_wait(row, media), told, staff }
    }

    fn has_staff_of(&self, other: &Self) -> bool {
        match (&self.staff, &other.staff) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        }
    }
}

/// Our own counts, in the order of [`ADDED`].
fn counted(counts: &Counts) -> [u32; COUNTED] {
    let mut counted = [0; COUNTED];
    for (value, (_, added)) in counted.iter_mut().zip(ADDED) {
        if let Added::Counted(count) = added {
            *value = count(counts);
        }
    }
    counted
}

/// Whether somebody with this status counts as one of [`PEOPLE`].
fn is(kind: usize, status: &RoutingStatus) -> bool {
    match kind {
        0 => *status != RoutingStatus::OffQueue,
        1 => *status == RoutingStatus::Idle,
        _ => *status == RoutingStatus::NotResponding,
    }
}
