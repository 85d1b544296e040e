//! One queue's row: counts of its conversations, in all and by medium, and the service's figures.
use super::figures::{Figure, Figures, Period};
use super::staff::Staff;
use crate::domain::conversation::State;
use crate::domain::identity::{ConversationId, QueueId, UserId};
use crate::domain::topic::Media;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// One queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueueRow {
    /// Its id.
    pub id: QueueId,
    /// Whether the service refused the conversation topics that were asked for: what is known of
    /// its conversations then came otherwise, and nobody says when it ceases to be so.
    pub refused: bool,
    /// The subscribed conversation topics, each by its medium; `None` is the topic of all media.
    pub(super) watching: Vec<Option<Media>>,
    /// Whether REST has answered, if only that it doesn't tell.
    pub(super) answered: bool,
    /// Whether observations were refused or ended: what REST told once would grow old unseen.
    pub(super) unobserved: bool,
    pub(super) all: Counts,
    /// The same by medium; a conversation of two media counts in both. At most one entry a medium.
    pub(super) by_media: BTreeMap<Media, Counts>,
    /// Those of several media once more, by which these are, in their order: so a sum over media can count
    /// them once. At most one entry a conversation: those without any go.
    pub(super) shared: Vec<(Vec<Media>, Counts)>,
    /// Media of which anything is known.
    pub(super) media: BTreeSet<Media>,
    pub(super) figures: Figures,
    pub(super) members: HashMap<UserId, bool>,
    pub(super) staff: Option<Arc<Staff>>,
}

/// Conversations counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    states: [u32; State::ALL.len()],
    /// Unanswered queue visits, by since when: those who wait and those who are being rung for.
    unanswered: BTreeSet<(Timestamp, ConversationId)>,
    /// Queue visits unanswered in conversations that somebody elsewhere still has, as on
    /// consults.
    consulting: u32,
}

impl Counts {
    /// Conversations in `state`.
    #[must_use]
    pub fn of(&self, state: State) -> u32 {
        self.states[state as usize]
    }

    /// Who waits with nobody being rung for them.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.of(State::Waiting) + self.consulting
    }

    /// Conversations with a connected agent, on hold or not.
    #[must_use]
    pub fn interacting(&self) -> u32 {
        self.of(State::Interacting) + self.of(State::Hold)
    }

    /// Since when the longest unanswered one waits, being rung for or not.
    #[must_use]
    pub fn longest_unanswered(&self) -> Option<Timestamp> {
        self.unanswered.first().map(|(since, _)| *since)
    }

    pub(super) fn step(&mut self, state: State, adds: bool) {
        step(&mut self.states[state as usize], adds);
    }

    pub(super) fn step_consulting(&mut self, adds: bool) {
        step(&mut self.consulting, adds);
    }

    pub(super) fn visit(&mut self, since: Timestamp, id: &ConversationId, adds: bool) {
        if adds {
            self.unanswered.insert((since, id.clone()));
        } else {
            self.unanswered.remove(&(since, id.clone()));
        }
    }
}

fn step(count: &mut u32, adds: bool) {
    *count = if adds { count.saturating_add(1) } else { count.saturating_sub(1) };
}

impl QueueRow {
    pub(super) fn new(id: QueueId) -> Self {
        Self {
            id,
            refused: false,
            watching: Vec::new(),
            answered: false,
            unobserved: false,
            all: Counts::default(),
            by_media: BTreeMap::new(),
            shared: Vec::new(),
            media: BTreeSet::new(),
            figures: Figures::default(),
            members: HashMap::new(),
            staff: None,
        }
    }

    /// Counts of its conversations: of one medium, or of all. A medium without any has none.
    #[must_use]
    pub fn counts(&self, media: Option<Media>) -> Option<&Counts> {
        match media {
            None => Some(&self.all),
            Some(media) => self.by_media.get(&media),
        }
    }

    /// Counts of the conversations of several media, by which media these are.
    #[must_use]
    pub fn shared(&self) -> &[(Vec<Media>, Counts)] {
        &self.shared
    }

    /// Changes the counts of the conversations of several media.
    pub(super) fn recount_shared(&mut self, media: &[Media], change: impl Fn(&mut Counts)) {
        let place = self.shared.binary_search_by(|(other, _)| other.as_slice().cmp(media));
        let place = place.unwrap_or_else(|place| {
            self.shared.insert(place, (media.to_vec(), Counts::default()));
            place
        });
        let Some((_, counts)) = self.shared.get_mut(place) else { return };
        change(counts);
        if *counts == Counts::default() {
            self.shared.remove(place);
        }
    }

    /// Whether one of its conversation topics is subscribed and REST has answered what was there
    /// before: only then are counts of conversations complete, and not merely zero so far.
    #[must_use]
    pub fn watched(&self) -> bool {
        self.answered && !self.watching.is_empty()
    }

    /// The same of one medium: topics of other media alone tell nothing of it. `None` is any.
    #[must_use]
    pub fn watches(&self, media: Option<Media>) -> bool {
        let tells = |topic: &Option<Media>| topic.is_none() || *topic == media;
        self.watched() && (media.is_none() || self.watching.iter().any(tells))
    }

    /// Conversations of this queue in `state`.
    #[must_use]
    pub fn count(&self, state: State) -> u32 {
        self.all.of(state)
    }

    /// Who waits in this queue with nobody being rung for them.
    #[must_use]
    pub fn waiting(&self) -> u32 {
        self.all.waiting()
    }

    /// Conversations with a connected agent, on hold or not.
    #[must_use]
    pub fn interacting(&self) -> u32 {
        self.all.interacting()
    }

    /// Since when the longest unanswered one waits, being rung for or not.
    #[must_use]
    pub fn longest_unanswered(&self) -> Option<Timestamp> {
        self.all.longest_unanswered()
    }

    /// The unanswered conversations, longest first.
    pub fn unanswered(&self) -> impl Iterator<Item = (Timestamp, &ConversationId)> {
        self.all.unanswered.iter().map(|(since, id)| (*since, id))
    }

    /// Media of which anything is known, in their order.
    #[must_use]
    pub fn media(&self) -> &BTreeSet<Media> {
        &self.media
    }

    /// What a metric comes to: told for the whole queue, or else summed over the media that told;
    /// with `media` that of one. What counts an interval counts the one that `now` lies in: a medium
    /// of which nothing came since it began adds nothing. `None` when nobody told.
    #[must_use]
    pub fn figure(
        &self,
        metric: &str,
        period: Period,
        media: Option<Media>,
        now: Timestamp,
    ) -> Option<f64> {
        let told = || self.told(metric, None, period, now);
        if media.is_some() {
            return told().find(|figure| figure.media == media).map(|figure| figure.value);
        }
        let whole = told().find(|figure| figure.media.is_none()).map(|figure| figure.value);
        whole.or_else(|| told().map(|figure| figure.value).reduce(|sum, value| sum + value))
    }

    /// The same for what is counted: if REST told all there is of the interval and this wasn't among
    /// it, it is zero.
    #[must_use]
    pub fn number(
        &self,
        metric: &str,
        period: Period,
        media: Option<Media>,
        now: Timestamp,
    ) -> Option<f64> {
        let none = || self.figures.all_is_told(period, now).then_some(0.0);
        self.figure(metric, period, media, now).or_else(none)
    }

    /// One metric of the present interval, for the whole queue and for each medium that told.
    pub fn told<'a>(
        &'a self,
        metric: &str,
        qualifier: Option<&str>,
        period: Period,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Figure> + use<'a> {
        self.figures.of(metric, qualifier, period).iter().filter(move |figure| figure.is_of(now))
    }

    /// People in one state, by the service: told for the whole queue, or else for each medium, and
    /// then the largest counts, since one person is in several media. With `media` what was told for
    /// that one: people of the whole queue say nothing of how many there are for a medium.
    #[must_use]
    pub fn people(
        &self,
        metric: &str,
        qualifier: Option<&str>,
        media: Option<Media>,
    ) -> Option<f64> {
        let told = self.figures.of(metric, qualifier, Period::Moment);
        if media.is_some() {
            return told.iter().find(|figure| figure.media == media).map(|figure| figure.value);
        }
        let whole = told.iter().find(|figure| figure.media.is_none()).map(|figure| figure.value);
        whole.or_else(|| told.iter().map(|figure| figure.value).reduce(f64::max))
    }

    /// Every figure of the service, by metric, qualifier, period and medium.
    pub fn figures(&self) -> impl ExactSizeIterator<Item = &Figure> {
        self.figures.iter()
    }

    /// Who is on it, by name and with what routing thinks of them; `None` where nobody told.
    #[must_use]
    pub fn staff(&self) -> Option<&Arc<Staff>> {
        self.staff.as_ref()
    }

    /// Members, and whether they have joined.
    pub fn members(&self) -> impl ExactSizeIterator<Item = (&UserId, bool)> {
        self.members.iter().map(|(user, joined)| (user, *joined))
    }
}
