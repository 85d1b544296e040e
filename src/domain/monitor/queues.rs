//! Queue rows: how many wait, ring, talk, and since when the longest waits.
//!
//! Counted from the conversations themselves, each change in the price of that change; the
//! service's own figures stand beside, they are never mixed. Unknown is not zero: a figure that
//! nobody told is `None`.
use crate::domain::board::Journal;
use crate::domain::control::{IntervalFigures, QueueFigure};
use crate::domain::conversation::State;
use crate::domain::identity::{ConversationId, QueueId, UserId};
use crate::domain::topic::{Media, Subject, Topic};
use foldhash::HashMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

mod figures;
mod row;
mod staff;

pub use figures::{Figure, MAX_FIGURES_PER_QUEUE, Origin, Period};
pub use row::{Counts, QueueRow};
pub use staff::Staff;

/// Most queues that are kept. The largest organisations have some 5,000.
pub const MAX_QUEUES: usize = 20_000;
/// Most members that are kept for one queue; a limit of the service is 5,000.
pub const MAX_MEMBERS_PER_QUEUE: usize = 5_000;

/// What one conversation adds to the counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// The queue and state for which it counts.
    pub counted: Option<(QueueId, State)>,
    /// Unanswered visits: queue and since when.
    pub unanswered: Vec<(QueueId, Timestamp)>,
    /// Its media: it counts in the row of each.
    pub media: Vec<Media>,
}

/// All queue rows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Queues {
    /// Shared with frozen pictures: a row that one still has is copied before it is changed.
    rows: HashMap<QueueId, Arc<QueueRow>>,
    journal: Journal<QueueId>,
    /// The same of what is told of one medium of a queue.
    media_journal: Journal<QueueMedia>,
    /// How many media the rows have in all.
    media_rows: usize,
}

/// One medium of one queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QueueMedia {
    /// The queue.
    pub queue: QueueId,
    /// The medium.
    pub media: Media,
}

impl Queues {
    /// The rows, in no order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &QueueRow> {
        self.rows.values().map(AsRef::as_ref)
    }

    /// One row.
    #[must_use]
    pub fn get(&self, queue: &QueueId) -> Option<&QueueRow> {
        self.rows.get(queue).map(AsRef::as_ref)
    }

    /// Which rows changed.
    #[must_use]
    pub fn journal(&self) -> &Journal<QueueId> {
        &self.journal
    }

    /// Which media of which queues changed.
    #[must_use]
    pub fn media_journal(&self) -> &Journal<QueueMedia> {
        &self.media_journal
    }

    /// How many media all queues have together.
    #[must_use]
    pub fn media_rows(&self) -> usize {
        self.media_rows
    }

    /// Changes a row, which comes into being by it; `change` says of what there is news.
    fn change(&mut self, queue: &QueueId, change: impl FnOnce(&mut QueueRow) -> News) {
        let is_new = !self.rows.contains_key(queue);
        if is_new && self.rows.len() >= MAX_QUEUES {
            return;
        }
        let new = || Arc::new(QueueRow::new(queue.clone()));
        let row = Arc::make_mut(self.rows.entry(queue.clone()).or_insert_with(new));
        let known = row.media.len();
        let news = change(row);
        row.media.extend(news.media.iter().copied());
        self.media_rows += row.media.len() - known;
        let is_news = is_new || news.of_all || !news.media.is_empty();
        let media = if news.of_all { &row.media } else { &news.media };
        for media in media {
            self.media_journal.note(QueueMedia { queue: queue.clone(), media: *media });
        }
        if is_news {
            self.journal.note(queue.clone());
        }
    }

    /// Notes that a queue's waits are judged by other lengths than before: it may stand elsewhere by them.
    pub fn judged_anew(&mut self, queue: &QueueId) {
        if self.rows.contains_key(queue) {
            self.change(queue, |_| News::of_all());
        }
    }

    /// Notes that a topic is in use; a queue's conversation topic makes its row a watched one.
    pub fn notice_topic(&mut self, topic: &Topic) {
        match topic.subject() {
            Subject::QueueConversations { queue, media }
                if self.rows.get(&queue).is_none_or(|row| !row.watching.contains(&media)) =>
            {
                self.change(&queue, |row| {
                    row.watching.push(media);
                    row.refused = false;
                    News::of_all()
                });
            }
            Subject::QueueObservations(queue)
                if self.rows.get(&queue).is_some_and(|row| row.unobserved) =>
            {
                self.change(&queue, |row| {
                    row.unobserved = false;
                    News::of_all()
                });
            }
            _ => {}
        }
    }

    /// Notes that a topic isn't in use, because it was refused or given up: what only it could tell
    /// is unknown from now on.
    pub fn miss_topic(&mut self, topic: &Topic, refused: bool) {
        match topic.subject() {
            Subject::QueueConversations { queue, media } => self.change(&queue, |row| {
                row.watching.retain(|known| *known != media);
                row.refused = refused && row.watching.is_empty();
                News::of_all()
            }),
            Subject::QueueObservations(queue) => self.change(&queue, |row| {
                row.unobserved = true;
                row.figures.forget_observed();
                News::of_all()
            }),
            _ => {}
        }
    }

    /// Notes that REST has answered what is in a queue: from now on its counts are complete as long
    /// as it is subscribed.
    pub fn answered(&mut self, queue: &QueueId) {
        if self.rows.get(queue).is_none_or(|row| !row.answered) {
            self.change(queue, |row| {
                row.answered = true;
                News::of_all()
            });
        }
    }

    /// Takes in a figure of the service, by a frame. One frame covers one group; figures of other
    /// groups stay.
    pub fn figure(&mut self, figure: &QueueFigure, at: Timestamp) {
        self.figures(std::slice::from_ref(figure), at, Origin::Stream);
    }

    /// Takes in figures; rows of which they say nothing new haven't changed.
    pub fn figures(&mut self, figures: &[QueueFigure], at: Timestamp, origin: Origin) {
        for of_queue in figures.chunk_by(|one, next| one.queue == next.queue) {
            let Some(first) = of_queue.first() else { continue };
            self.change(&first.queue, |row| {
                let mut news = News::default();
                let unobserved = row.unobserved;
                let is_kept = |figure: &&QueueFigure| !(unobserved && is_observed(figure));
                for figure in of_queue.iter().filter(is_kept) {
                    if row.figures.take(figure, at, origin) {
                        news.of_all |= figure.media.is_none();
                        news.media.extend(figure.media);
                    }
                }
                news
            });
        }
    }

    /// Takes in what REST told of an interval: all there is of it.
    pub fn interval(&mut self, told: &IntervalFigures) {
        self.figures(&told.figures, told.asked, Origin::Rest);
        for queue in &told.queues {
            self.change(queue, |row| News {
                of_all: row.figures.is_complete(told.interval, told.asked),
                ..News::default()
            });
        }
    }

    /// Notes who joined or left a queue.
    pub fn member(&mut self, queue: &QueueId, user: &UserId, joined: bool) {
        self.change(queue, |row| {
            if row.members.len() < MAX_MEMBERS_PER_QUEUE || row.members.contains_key(user) {
                row.members.insert(user.clone(), joined);
            }
            News::of_all()
        });
    }

    /// Replaces what a conversation adds to the counts.
    pub fn recount(&mut self, id: &ConversationId, before: &Contribution, after: &Contribution) {
        if before == after {
            return;
        }
        self.add(id, before, false);
        self.add(id, after, true);
    }

    fn add(&mut self, id: &ConversationId, contribution: &Contribution, adds: bool) {
        let media = contribution.media.as_slice();
        if let Some((queue, state)) = &contribution.counted {
            self.recount_row(queue, media, |counts| counts.step(*state, adds));
        }
        let own = contribution.counted.as_ref().and_then(|(queue, state)| {
            matches!(state, State::Waiting | State::Alerting).then_some(queue)
        });
        let mut seen = HashSet::new();
        for (queue, since) in &contribution.unanswered {
            let consults = own != Some(queue) && seen.insert(queue);
            self.recount_row(queue, media, |counts| {
                counts.visit(*since, id, adds);
                if consults {
                    counts.step_consulting(adds);
                }
            });
        }
    }

    /// Lets `change` at the counts of all conversations of a queue and at those of each of `media`.
    fn recount_row(&mut self, queue: &QueueId, media: &[Media], change: impl Fn(&mut Counts)) {
        self.change(queue, |row| {
            change(&mut row.all);
            for one in media {
                change(row.by_media.entry(*one).or_default());
            }
            if media.len() > 1 {
                row.recount_shared(media, &change);
            }
            // the row of a medium doesn't change by what another one does
            News { of_all: media.is_empty(), media: media.iter().copied().collect() }
        });
    }
}

/// Of what of a queue there is news.
#[derive(Debug, Default)]
struct News {
    /// Of the queue as such, and so of each of its media.
    of_all: bool,
    /// Of these.
    media: BTreeSet<Media>,
}

impl News {
    fn of_all() -> Self {
        Self { of_all: true, ..Self::default() }
    }
}

/// Whether a figure is of this moment, as waiting and on-queue counts are.
fn is_observed(figure: &QueueFigure) -> bool {
    Period::of(&figure.metric, figure.interval) == Period::Moment
}

#[cfg(test)]
mod tests {
    use super::{Period, Queues};
    use crate::domain::control::{IntervalFigures, QueueFigure};
    use crate::domain::identity::QueueId;
    use crate::domain::interval::Interval;
    use crate::domain::topic::Media;
    use jiff::Timestamp;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-24T{text}Z").parse().unwrap()
    }

    fn offered(media: Option<Media>, value: f64) -> QueueFigure {
        QueueFigure {
            queue: QueueId::new("q"),
            media,
            metric: "nOffered".to_owned(),
            qualifier: None,
            value,
            interval: None,
        }
    }

    #[test]
    fn a_figure_of_an_interval_leaves_out_what_was_told_before_it() {
        let queue = QueueId::new("q");
        let mut queues = Queues::default();
        let mut tell = |media, value, time| {
            queues.figure(&offered(media, value), at(time));
            let row = queues.get(&queue).unwrap();
            row.figure("nOffered", Period::HalfHour, None, at("14:00:10"))
        };
        // calls of the half hour before say nothing of this one
        assert_eq!(tell(Some(Media::Call), 40.0, "13:59:59"), None);
        assert_eq!(tell(Some(Media::Chat), 2.0, "14:00:00"), Some(2.0));
        assert_eq!(tell(Some(Media::Call), 3.0, "14:00:10"), Some(5.0));
        // the whole queue's own figure isn't added to those of its media
        assert_eq!(tell(None, 6.0, "14:00:11"), Some(6.0));
    }

    #[test]
    fn what_rest_knows_is_no_unknown_and_what_it_repeats_is_no_change() {
        let queue = QueueId::new("q");
        let mut queues = Queues::default();
        let half_hour = Interval::half_hour(at("14:00:00"));
        let told = |asked, value| IntervalFigures {
            asked: at(asked),
            interval: half_hour,
            queues: vec![queue.clone(), QueueId::new("silent")],
            figures: vec![QueueFigure {
                interval: Some(half_hour),
                ..offered(Some(Media::Call), value)
            }],
        };
        queues.interval(&told("14:05:00", 7.0));
        let number = |queues: &Queues, queue: &str, metric, media| {
            let row = queues.get(&QueueId::new(queue)).unwrap();
            row.number(metric, Period::HalfHour, media, at("14:05:01"))
        };
        assert_eq!(number(&queues, "q", "nOffered", None), Some(7.0));
        assert_eq!(number(&queues, "q", "nOffered", Some(Media::Chat)), Some(0.0));
        assert_eq!(number(&queues, "q", "tAbandon.count", None), Some(0.0));
        assert_eq!(number(&queues, "silent", "nOffered", None), Some(0.0));
        let changes = queues.journal().end();
        queues.interval(&told("14:06:00", 7.0));
        assert_eq!(queues.journal().end(), changes);
        queues.interval(&told("14:07:00", 8.0));
        assert_eq!(queues.journal().end(), changes + 1, "one row changed, and once");
    }
}
