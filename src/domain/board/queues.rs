//! The boards of queues: a row a queue, or a row a queue and medium.
//!
//! Counts of conversations are our own, from the conversations themselves; figures of people and
//! of intervals are the service's. They are never mixed in one figure: where both tell the same
//! thing, it has two columns, and what disagrees is shown as it is.
use super::layout::Listing;
use super::{Board, Column, Facts, FoundRow, Journal, LAST, RowKey, start_of};
use crate::domain::identity::QueueId;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::queues::{QueueMedia, QueueRow};
use crate::domain::topic::Media;
use jiff::Timestamp;
use std::borrow::Cow;
use std::time::Duration;

mod columns;
mod totals;

use columns::{Columns, longest_wait};
pub use totals::QueueTotals;

/// A wait that is too long where no threshold of the queue's own is known.
pub const LONG_WAIT: Duration = Duration::from_secs(120);

/// The queues.
#[derive(Clone, Copy, Debug, Default)]
pub struct QueueBoard;

/// The queues by medium.
#[derive(Clone, Copy, Debug, Default)]
pub struct MediaBoard;

/// A board whose rows tell of queues.
pub trait QueueRows: Board<Key: OfQueue> {
    /// Under which name its layout is kept.
    const LISTING: Listing;

    /// The rows of one queue, even if nothing is known of it.
    fn rows_of(monitor: &Monitor, queue: &QueueId) -> Vec<Self::Key>;
}

impl QueueRows for QueueBoard {
    const LISTING: Listing = Listing::Queues;

    fn rows_of(_: &Monitor, queue: &QueueId) -> Vec<QueueId> {
        vec![queue.clone()]
    }
}

impl QueueRows for MediaBoard {
    const LISTING: Listing = Listing::QueueMedia;

    fn rows_of(monitor: &Monitor, queue: &QueueId) -> Vec<QueueMedia> {
        let media = monitor.queues.get(queue).into_iter().flat_map(QueueRow::media);
        media.map(|media| QueueMedia { queue: queue.clone(), media: *media }).collect()
    }
}

/// What names a row that tells of a queue, or of one medium of it.
pub trait OfQueue: for<'a> RowKey<Row<'a> = ()> {
    /// The queue.
    fn queue(&self) -> &QueueId;
    /// The medium; `None` for all.
    fn media(&self) -> Option<Media>;
}

impl OfQueue for QueueId {
    fn queue(&self) -> &QueueId {
        self
    }

    fn media(&self) -> Option<Media> {
        None
    }
}

impl OfQueue for QueueMedia {
    fn queue(&self) -> &QueueId {
        &self.queue
    }

    fn media(&self) -> Option<Media> {
        Some(self.media)
    }
}

/// Rows of queues are few: each column finds its own, and those of which nothing is known have values
/// too.
impl RowKey for QueueId {
    type Row<'a> = ();

    fn row(&self, _: &Monitor) {}

    fn start(&self) -> u64 {
        start_of(self.as_str().as_bytes())
    }
}

impl RowKey for QueueMedia {
    type Row<'a> = ();

    fn row(&self, _: &Monitor) {}

    fn start(&self) -> u64 {
        self.queue.start()
    }
}

impl Board for QueueBoard {
    type Key = QueueId;
    type Totals = QueueTotals<QueueId>;
    const COLUMNS: &'static [Column<QueueId>] = Columns::<QueueId>::ALL;
    const SHOWN: &'static [&'static str] = &[
        "queue",
        "waiting",
        "longest_wait",
        "alerting",
        "interacting",
        "on_queue",
        "idle",
        "not_responding",
        "service_level",
        "margin",
        "abandoned",
        "answered",
        "offered",
        "hold",
        "wrapup",
        "parked",
        "asa",
        "aht",
        "target",
        "threshold",
        "overdue",
        "trend",
        "service_level_today",
        "abandoned_today",
        "answered_today",
        "offered_today",
        "asa_today",
        "aht_today",
        "media",
        "service_waiting",
    ];
    const BRIEF: &'static [&'static str] =
        &["queue", "waiting", "longest_wait", "alerting", "interacting", "on_queue", "idle"];

    const BY_MINUTE: &'static [&'static str] = &["trend"];

    fn journal(monitor: &Monitor) -> &Journal<QueueId> {
        monitor.queues.journal()
    }

    fn rows(monitor: &Monitor) -> impl Iterator<Item = FoundRow<'_, QueueId>> {
        monitor.queues.iter().map(|row| (Cow::Borrowed(&row.id), ()))
    }

    fn len(monitor: &Monitor) -> usize {
        monitor.queues.iter().len()
    }

    fn has(monitor: &Monitor, key: &QueueId) -> bool {
        monitor.queues.get(key).is_some()
    }

    fn urgency(facts: &Facts<'_>, key: &QueueId, (): ()) -> [i64; 2] {
        urgency(facts, key)
    }

    fn describe(facts: &Facts<'_>, key: &QueueId, (): (), text: &mut String) {
        text.push_str(facts.monitor.directory.queue(key));
    }
}

impl Board for MediaBoard {
    type Key = QueueMedia;
    type Totals = QueueTotals<QueueMedia>;
    const COLUMNS: &'static [Column<QueueMedia>] = Columns::<QueueMedia>::ALL;
    const SHOWN: &'static [&'static str] = &[
        "queue",
        "media",
        "waiting",
        "longest_wait",
        "alerting",
        "interacting",
        "service_level",
        "margin",
        "abandoned",
        "answered",
        "offered",
        "hold",
        "wrapup",
        "parked",
        "asa",
        "aht",
        "target",
        "threshold",
        "overdue",
        "trend",
        "service_level_today",
        "abandoned_today",
        "answered_today",
        "offered_today",
        "asa_today",
        "aht_today",
        "on_queue",
        "idle",
        "not_responding",
        "service_waiting",
    ];
    const BRIEF: &'static [&'static str] =
        &["queue", "media", "waiting", "longest_wait", "alerting", "interacting"];

    const BY_MINUTE: &'static [&'static str] = &["trend"];

    fn journal(monitor: &Monitor) -> &Journal<QueueMedia> {
        monitor.queues.media_journal()
    }

    fn rows(monitor: &Monitor) -> impl Iterator<Item = FoundRow<'_, QueueMedia>> {
        monitor.queues.iter().flat_map(|row| {
            let of = |media: &Media| {
                (Cow::Owned(QueueMedia { queue: row.id.clone(), media: *media }), ())
            };
            row.media().iter().map(of)
        })
    }

    fn len(monitor: &Monitor) -> usize {
        monitor.queues.media_rows()
    }

    fn has(monitor: &Monitor, key: &QueueMedia) -> bool {
        monitor.queues.get(&key.queue).is_some_and(|row| row.media().contains(&key.media))
    }

    fn urgency(facts: &Facts<'_>, key: &QueueMedia, (): ()) -> [i64; 2] {
        urgency(facts, key)
    }

    fn describe(facts: &Facts<'_>, key: &QueueMedia, (): (), text: &mut String) {
        text.push_str(facts.monitor.directory.queue(&key.queue));
        text.push(' ');
        text.push_str(key.media.word());
    }
}

/// Whose longest wait passed its threshold first, or will pass it first, then where most people wait or
/// talk. Not who waits longest: a mail of half an hour may have an hour, and stood above a call that is
/// late. By the moment at which it passes and not by how much, since only that doesn't change by itself.
fn urgency<K: OfQueue>(facts: &Facts<'_>, key: &K) -> [i64; 2] {
    let Some(row) = facts.monitor.queues.get(key.queue()) else { return [LAST; 2] };
    let passes = |media: Option<Media>| {
        let since = longest_wait(row, media)?;
        let goal = media.and_then(|media| facts.monitor.directory.goal(key.queue(), media));
        let within = goal.map_or(LONG_WAIT, |goal| Duration::from_millis(goal.within_milliseconds));
        since.checked_add(within).ok()
    };
    let first = if let Some(media) = key.media() {
        passes(Some(media))
    } else {
        // a conversation of which no medium is known is in none of them
        let media = row.media().iter().filter_map(|media| passes(Some(*media))).min();
        media.or_else(|| passes(None))
    };
    let busy = row.counts(key.media()).map_or(0, |counts| {
        i64::from(counts.waiting()) * 100_000 + i64::from(counts.interacting())
    });
    [first.map_or(LAST, Timestamp::as_millisecond), busy.saturating_neg()]
}

#[cfg(test)]
mod tests;
