//! What the list of topics is made of: one row a topic that was asked for, a combined one as one
//! row with the sum of its parts, and topics that come by themselves.
use crate::domain::control::Rejection;
use crate::domain::identity::ChannelNumber;
use crate::domain::moment::since;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::topics::{Asked, Entity, TopicCounter};
use crate::domain::topic::Topic;
use jiff::Timestamp;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

/// Without a frame for so long a topic counts as silent: longer than any pause of a busy day, short
/// enough to be noticed in the same hour.
pub(super) const SILENT_AFTER: Duration = Duration::from_secs(10 * 60);

/// Which topics are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shown {
    /// All but those that are no longer watched.
    #[default]
    Watched,
    /// Those that fired, but not lately.
    Silent,
    /// Those that are permitted and never fired.
    NeverFired,
    /// Those that were refused.
    Refused,
    /// Those that are paused.
    Paused,
    /// Those that were watched and are no longer.
    Gone,
}

impl Shown {
    /// Every choice, in the order of the key.
    const ALL: [Self; 6] =
        [Self::Watched, Self::Silent, Self::NeverFired, Self::Refused, Self::Paused, Self::Gone];

    /// The choice after this one.
    pub(super) fn next(self) -> Self {
        let at = Self::ALL.iter().position(|choice| *choice == self).unwrap_or_default();
        Self::ALL[(at + 1) % Self::ALL.len()]
    }

    /// What is listed, in words for the title; empty for all.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Watched => "",
            Self::Silent => "silent for 10 minutes",
            Self::NeverFired => "never fired",
            Self::Refused => "refused",
            Self::Paused => "paused",
            Self::Gone => "no longer watched",
        }
    }

    fn takes(self, row: &Row<'_>, now: Timestamp) -> bool {
        let permitted = matches!(row.standing, Standing::Permitted(_));
        match self {
            Self::Watched => row.standing != Standing::Gone,
            Self::Silent => {
                permitted && row.last().is_some_and(|at| since(now, at) >= SILENT_AFTER)
            }
            Self::NeverFired => permitted && row.frames() == 0,
            Self::Refused => matches!(row.standing, Standing::Refused(_)),
            Self::Paused => row.standing == Standing::Paused,
            Self::Gone => row.standing == Standing::Gone,
        }
    }
}

/// How a row's topic stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    Permitted(ChannelNumber),
    Refused(&'a Rejection),
    /// It comes without having been asked for.
    ByItself,
    /// It comes as part of a combined topic.
    Part,
    Paused,
    Gone,
}

/// One row, before it is prepared for drawing.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) topic: &'a Topic,
    pub(super) standing: Standing<'a>,
    /// The counter of the topic.
    own: Option<&'a TopicCounter>,
    /// Those of its parts.
    others: Vec<&'a TopicCounter>,
    /// Of how many parts it is combined; 0 for a single topic.
    pub(super) parts: usize,
}

impl<'a> Row<'a> {
    fn of(
        topic: &'a Topic,
        own: Option<&'a TopicCounter>,
        standing: Standing<'a>,
        monitor: &'a Monitor,
    ) -> Self {
        let (mut others, mut parts) = (Vec::new(), 0);
        if topic.is_combined() {
            for part in topic.singles() {
                parts += 1;
                others.extend(monitor.topics.get(&part));
            }
        }
        Self { topic, standing, own, others, parts }
    }

    /// The counters of the topic and of its parts.
    fn counters(&self) -> impl Iterator<Item = &'a TopicCounter> {
        self.own.into_iter().chain(self.others.iter().copied())
    }

    pub(super) fn frames(&self) -> u64 {
        self.counters().map(|counter| counter.frames).sum()
    }

    /// By which equals are told apart; one that isn't counted yet comes first.
    pub(super) fn sequence(&self) -> u64 {
        self.own.map_or(0, |counter| counter.sequence)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.counters().map(|counter| counter.bytes).sum()
    }

    pub(super) fn largest(&self) -> u64 {
        self.counters().map(|counter| counter.largest).max().unwrap_or_default()
    }

    pub(super) fn last(&self) -> Option<Timestamp> {
        self.counters().filter_map(|counter| counter.last).max()
    }

    pub(super) fn rate(&self, now: Timestamp, counted_since: Timestamp) -> f64 {
        self.counters().map(|counter| counter.rate(now, counted_since)).sum()
    }

    /// Frames in each of the last seconds, oldest first.
    pub(super) fn history(&self, now: Timestamp) -> Vec<u16> {
        let mut sum: Vec<u16> = Vec::new();
        for counter in self.counters() {
            for (at, frames) in counter.history(now).enumerate() {
                match sum.get_mut(at) {
                    Some(all) => *all = all.saturating_add(frames),
                    None => sum.push(frames),
                }
            }
        }
        sum
    }

    /// What most of its frames were about, with at most how many that were.
    pub(super) fn loudest(&self) -> Option<(&'a Entity, u64)> {
        let each = self.counters().filter_map(TopicCounter::loudest);
        each.max_by_key(|(_, frames)| *frames)
    }
}

/// Every row that is listed, in no order; the parts of a combined topic are not in it.
pub(super) fn rows<'a>(
    monitor: &'a Monitor,
    paused: &'a BTreeSet<Topic>,
    shown: Shown,
    now: Timestamp,
) -> Vec<Row<'a>> {
    let hidden = parts(monitor, paused);
    let others = monitor.topics.iter().filter(|counter| {
        // one that is asked for by its own name too has a row of its own
        let is_part =
            matches!(counter.standing, Asked::No | Asked::Gone) && hidden.contains(&counter.topic);
        !is_part && !paused.contains(&counter.topic)
    });
    let others =
        others.map(|counter| Row::of(&counter.topic, Some(counter), standing(counter), monitor));
    paused
        .iter()
        .map(|topic| Row::of(topic, monitor.topics.get(topic), Standing::Paused, monitor))
        .chain(others)
        .filter(|row| shown.takes(row, now))
        .collect()
}

/// The rows of a combined topic's parts, in their order.
pub(super) fn rows_of_parts<'a>(monitor: &'a Monitor, combined: &Topic) -> Vec<Row<'a>> {
    let counters = combined.singles().filter_map(|part| monitor.topics.get(&part));
    counters
        .map(|counter| Row {
            topic: &counter.topic,
            standing: match standing(counter) {
                Standing::ByItself => Standing::Part,
                other => other,
            },
            own: Some(counter),
            others: Vec::new(),
            parts: 0,
        })
        .collect()
}

/// The row of one topic, however it is listed.
pub(super) fn row<'a>(
    monitor: &'a Monitor,
    paused: &'a BTreeSet<Topic>,
    topic: &Topic,
) -> Option<Row<'a>> {
    let counter = monitor.topics.get(topic);
    if let Some(topic) = paused.get(topic) {
        return Some(Row::of(topic, counter, Standing::Paused, monitor));
    }
    let counter = counter?;
    Some(Row::of(&counter.topic, Some(counter), standing(counter), monitor))
}

/// The parts of each combined topic that has a row for them: a refused one brings none.
fn parts(monitor: &Monitor, paused: &BTreeSet<Topic>) -> HashSet<Topic> {
    let combined = monitor.topics.iter().filter(|counter| {
        counter.topic.is_combined() && matches!(counter.standing, Asked::Permitted(_) | Asked::Gone)
    });
    let paused = paused.iter().filter(|topic| topic.is_combined());
    combined.map(|counter| &counter.topic).chain(paused).flat_map(Topic::singles).collect()
}

fn standing(counter: &TopicCounter) -> Standing<'_> {
    match &counter.standing {
        Asked::No => Standing::ByItself,
        Asked::Permitted(channel) => Standing::Permitted(*channel),
        Asked::Rejected(rejection) => Standing::Refused(rejection),
        Asked::Gone => Standing::Gone,
    }
}
