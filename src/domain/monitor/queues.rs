//! Queue rows: how many wait, ring, talk, and since when the longest waits.
//!
//! Counted from the conversations themselves, each change in the price of that change; the
//! service's own figures stand beside, they are never mixed. Unknown is not zero: a figure that
//! nobody told is `None`.
use crate::domain::board::Journal;
use crate::domain::control::QueueFigure;
use crate::domain::conversation::State;
use crate::domain::identity::{ConversationId, QueueId, UserId};
use crate::domain::topic::{Media, Subject, Topic};
use jiff::Timestamp;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Most queues that are kept. The largest organisations have some 5,000.
pub const MAX_QUEUES: usize = 20_000;
/// Most figures of the service that are kept for one queue: 11 media with some 40 metrics and
/// qualifiers each.
pub const MAX_FIGURES_PER_QUEUE: usize = 512;
/// Most members that are kept for one queue; a limit of the service is 5,000.
pub const MAX_MEMBERS_PER_QUEUE: usize = 5_000;

/// One queue.
#[derive(Clone, Debug)]
pub struct QueueRow {
    /// Its id.
    pub id: QueueId,
    /// Whether one of its conversation topics is subscribed: only then are counts of
    /// conversations complete.
    pub watched: bool,
    /// Whether the service refused the conversation topics that were asked for: what is known of
    /// its conversations then came otherwise, and nobody says when it ceases to be so.
    pub refused: bool,
    /// The subscribed conversation topics, each by its medium; `None` is the topic of all media.
    watching: Vec<Option<Media>>,
    /// Whether observations were refused or ended: what REST told once would grow old unseen.
    unobserved: bool,
    counts: [u32; State::ALL.len()],
    /// Unanswered queue visits, by since when: those who wait and those who are being rung for.
    unanswered: BTreeSet<(Timestamp, ConversationId)>,
    /// Queue visits unanswered in conversations that somebody elsewhere still has, as on
    /// consults.
    consulting: u32,
    figures: HashMap<FigureKey, (f64, Timestamp)>,
    members: HashMap<UserId, bool>,
}

/// Medium, metric and qualifier of a figure: by these figures replace each other.
type FigureKey = (Option<Media>, String, Option<String>);

/// What one conversation adds to the counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contribution {
    /// The queue and state for which it counts.
    pub counted: Option<(QueueId, State)>,
    /// Unanswered visits: queue and since when.
    pub unanswered: Vec<(QueueId, Timestamp)>,
}

impl QueueRow {
    fn new(id: QueueId) -> Self {
        Self {
            id,
            watched: false,
            refused: false,
            watching: Vec::new(),
            unobserved: false,
            counts: [0; State::ALL.len()],
            unanswered: BTreeSet::new(),
            consulting: 0,
            figures: HashMap::new(),
            members: HashMap::new(),
        }
    }

    /// Conversations of this queue in `state`.
    #[must_use]
    pub fn count(&self, state: State) -> u32 {
        self.counts[state as usize]
    }

    /// Who waits in this queue with nobody being rung for them.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.count(State::Waiting) + self.consulting
    }

    /// Conversations with a connected agent, on hold or not.
    #[must_use]
    pub fn interacting(&self) -> u32 {
        self.count(State::Interacting) + self.count(State::Hold)
    }

    /// Since when the longest unanswered one waits, being rung for or not.
    #[must_use]
    pub fn longest_unanswered(&self) -> Option<Timestamp> {
        self.unanswered.first().map(|(since, _)| *since)
    }

    /// The unanswered conversations, longest first.
    pub fn unanswered(&self) -> impl Iterator<Item = (Timestamp, &ConversationId)> {
        self.unanswered.iter().map(|(since, id)| (*since, id))
    }

    /// A figure of the service, summed over the media if `media` is `None` and it came by medium.
    /// `None` when nobody told.
    #[must_use]
    pub fn figure(
        &self,
        metric: &str,
        media: Option<Media>,
        qualifier: Option<&str>,
    ) -> Option<f64> {
        let matching = |key: &&FigureKey| key.1 == metric && key.2.as_deref() == qualifier;
        if media.is_some() {
            return self
                .figures
                .iter()
                .find(|(key, _)| matching(key) && key.0 == media)
                .map(|(_, (value, _))| *value);
        }
        let overall = self.figures.iter().find(|(key, _)| matching(key) && key.0.is_none());
        if let Some((_, (value, _))) = overall {
            return Some(*value);
        }
        let values =
            self.figures.iter().filter(|(key, _)| matching(key)).map(|(_, (value, _))| *value);
        values.fold(None, |sum: Option<f64>, value| Some(sum.unwrap_or_default() + value))
    }

    /// A figure without qualifier by what was told at or after `since`: for the whole queue, or else
    /// summed over the media. A medium of which nothing came since then adds nothing: what it had
    /// before belongs to another interval.
    #[must_use]
    pub fn figure_since(&self, metric: &str, since: Timestamp) -> Option<f64> {
        let told = || {
            self.figures
                .iter()
                .filter(|(key, (_, at))| key.1 == metric && key.2.is_none() && *at >= since)
                .map(|(key, (value, _))| (key.0, *value))
        };
        let whole = told().find(|(media, _)| media.is_none()).map(|(_, value)| value);
        whole.or_else(|| told().map(|(_, value)| value).reduce(|sum, value| sum + value))
    }

    /// People in one state, by the service: told for the whole queue, or else for each medium, and
    /// then the largest counts, since one person is in several media.
    #[must_use]
    pub fn people(&self, metric: &str, qualifier: Option<&str>) -> Option<f64> {
        let fits = |key: &&FigureKey| key.1 == metric && key.2.as_deref() == qualifier;
        let all = || self.figures.iter().filter(|(key, _)| fits(key));
        let whole = all().find(|(key, _)| key.0.is_none()).map(|(_, (value, _))| *value);
        whole.or_else(|| all().map(|(_, (value, _))| *value).reduce(f64::max))
    }

    /// Every figure of the service with when it came, in no order.
    pub fn figures(&self) -> impl Iterator<Item = (&FigureKey, f64, Timestamp)> {
        self.figures.iter().map(|(key, (value, at))| (key, *value, *at))
    }

    /// Members, and whether they have joined.
    pub fn members(&self) -> impl ExactSizeIterator<Item = (&UserId, bool)> {
        self.members.iter().map(|(user, joined)| (user, *joined))
    }
}

/// All queue rows.
#[derive(Clone, Debug, Default)]
pub struct Queues {
    /// Shared with frozen pictures: a row that one still has is copied before it is changed.
    rows: HashMap<QueueId, Arc<QueueRow>>,
    journal: Journal<QueueId>,
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

    /// The row of `queue`, to be changed; `None` at the bound.
    fn row(&mut self, queue: &QueueId) -> Option<&mut QueueRow> {
        if self.rows.len() >= MAX_QUEUES && !self.rows.contains_key(queue) {
            return None;
        }
        self.journal.note(queue.clone());
        let row = self
            .rows
            .entry(queue.clone())
            .or_insert_with(|| Arc::new(QueueRow::new(queue.clone())));
        Some(Arc::make_mut(row))
    }

    /// Notes that a topic is in use; a queue's conversation topic makes its row a watched one.
    pub fn notice_topic(&mut self, topic: &Topic) {
        match topic.subject() {
            Subject::QueueConversations { queue, media } => {
                if self.rows.get(&queue).is_none_or(|row| !row.watching.contains(&media))
                    && let Some(row) = self.row(&queue)
                {
                    row.watching.push(media);
                    (row.watched, row.refused) = (true, false);
                }
            }
            Subject::QueueObservations(queue) => {
                if self.rows.get(&queue).is_some_and(|row| row.unobserved)
                    && let Some(row) = self.row(&queue)
                {
                    row.unobserved = false;
                }
            }
            _ => {}
        }
    }

    /// Notes that a topic isn't in use, because it was refused or given up: what only it could tell
    /// is unknown from now on.
    pub fn miss_topic(&mut self, topic: &Topic, refused: bool) {
        match topic.subject() {
            Subject::QueueConversations { queue, media } => {
                let Some(row) = self.row(&queue) else { return };
                row.watching.retain(|known| *known != media);
                row.watched = !row.watching.is_empty();
                row.refused = refused && !row.watched;
            }
            Subject::QueueObservations(queue) => {
                let Some(row) = self.row(&queue) else { return };
                row.unobserved = true;
                row.figures.retain(|(_, metric, _), _| !is_observed(metric));
            }
            _ => {}
        }
    }

    /// Takes in a figure of the service. One frame covers one group; figures of other groups
    /// stay.
    pub fn figure(&mut self, figure: &QueueFigure, at: Timestamp) {
        let Some(row) = self.row(&figure.queue) else { return };
        if row.unobserved && is_observed(&figure.metric) {
            return;
        }
        let key = (figure.media, figure.metric.clone(), figure.qualifier.clone());
        if row.figures.len() >= MAX_FIGURES_PER_QUEUE && !row.figures.contains_key(&key) {
            return;
        }
        let known = row.figures.get(&key).map(|(_, known_at)| *known_at);
        if known.is_none_or(|known_at| known_at <= at) {
            row.figures.insert(key, (figure.value, at));
        }
    }

    /// Notes who joined or left a queue.
    pub fn member(&mut self, queue: &QueueId, user: &UserId, joined: bool) {
        let Some(row) = self.row(queue) else { return };
        if row.members.len() < MAX_MEMBERS_PER_QUEUE || row.members.contains_key(user) {
            row.members.insert(user.clone(), joined);
        }
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
        let step = |count: &mut u32| {
            *count = if adds { count.saturating_add(1) } else { count.saturating_sub(1) };
        };
        if let Some((queue, state)) = &contribution.counted
            && let Some(row) = self.row(queue)
        {
            step(&mut row.counts[*state as usize]);
        }
        let own = contribution.counted.as_ref().and_then(|(queue, state)| {
            matches!(state, State::Waiting | State::Alerting).then_some(queue)
        });
        let mut seen = HashSet::new();
        for (queue, since) in &contribution.unanswered {
            let Some(row) = self.row(queue) else { continue };
            if adds {
                row.unanswered.insert((*since, id.clone()));
            } else {
                row.unanswered.remove(&(*since, id.clone()));
            }
            if own != Some(queue) && seen.insert(queue) {
                step(&mut row.consulting);
            }
        }
    }
}

/// Whether a metric is of this moment, as waiting and on-queue counts are, and not of an interval
/// or a day: those begin with `o` (analytics' names), and the service level is a share of one.
fn is_observed(metric: &str) -> bool {
    metric.starts_with('o') && !metric.starts_with("oServiceLevel") && metric != "oServiceTarget"
}

#[cfg(test)]
mod tests {
    use super::Queues;
    use crate::domain::control::QueueFigure;
    use crate::domain::identity::QueueId;
    use crate::domain::topic::Media;
    use jiff::Timestamp;

    #[test]
    fn a_figure_of_an_interval_leaves_out_what_was_told_before_it() {
        let queue = QueueId::new("q");
        let at = |text: &str| format!("2026-11-24T{text}Z").parse::<Timestamp>().unwrap();
        let mut queues = Queues::default();
        let mut tell = |media, value, time| {
            let figure = QueueFigure {
                queue: queue.clone(),
                media,
                metric: "nOffered".to_owned(),
                qualifier: None,
                value,
            };
            queues.figure(&figure, at(time));
            queues.get(&queue).unwrap().figure_since("nOffered", at("14:00:00"))
        };
        // calls of the half hour before say nothing of this one
        assert_eq!(tell(Some(Media::Call), 40.0, "13:59:59"), None);
        assert_eq!(tell(Some(Media::Chat), 2.0, "14:00:00"), Some(2.0));
        assert_eq!(tell(Some(Media::Call), 3.0, "14:00:10"), Some(5.0));
        // the whole queue's own figure isn't added to those of its media
        assert_eq!(tell(None, 6.0, "14:00:11"), Some(6.0));
    }
}
