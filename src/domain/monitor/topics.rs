//! Counters and rates per topic, and what became of the topics that were asked for.
use crate::domain::control::{Rejection, TopicOutcome};
use crate::domain::identity::ChannelNumber;
use crate::domain::moment::since;
use crate::domain::topic::{MAX_CHANNELS, MAX_TOPICS_PER_CHANNEL, Topic};
use foldhash::{HashMap, HashSet};
use jiff::Timestamp;
use loudest::Heard;
use serde::{Deserialize, Serialize};

pub mod loudest;

pub use loudest::Entity;

/// Most topics that are counted one by one: 20 channels of 1,000 topics, and as many again that
/// arrive under expanded names. What comes beyond is counted together.
pub const MAX_TOPICS: usize = 40_000;
/// Most topics whose parts are entered before their first frame: the other half of the places is left to
/// what comes.
const MAX_WITH_PARTS: usize = MAX_TOPICS / 2;
/// Most topics of which it is told what became of them: beyond [`MAX_TOPICS`] there is a place for all that
/// can be subscribed, whatever came by itself.
const MAX_WITH_ASKED: usize = MAX_TOPICS + MAX_CHANNELS * MAX_TOPICS_PER_CHANNEL;
/// Seconds over which a rate is taken.
pub const RATE_SECONDS: u16 = 20;
/// The same, as the length of a ring.
const SLOTS: usize = RATE_SECONDS as usize;

/// Counters of one topic.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TopicCounter {
    /// The topic.
    pub topic: Topic,
    /// Frames since counting began.
    pub frames: u64,
    /// Bytes since counting began.
    pub bytes: u64,
    /// Size of the largest frame, in bytes.
    pub largest: u64,
    /// Grows from each topic that became known to the next.
    pub sequence: u64,
    /// When the last frame came.
    pub last: Option<Timestamp>,
    /// Whether it was asked for, and what became of it.
    pub standing: Asked,
    /// What its frames were about.
    heard: Heard,
    /// Frames in each of the last seconds, a ring indexed by second.
    recent: [u16; SLOTS],
    /// The second of the newest entry in `recent`.
    newest_second: i64,
}

/// Whether a topic was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    /// It arrives by itself, or as part of a combined topic.
    No,
    /// It was, and is permitted, on this channel.
    Permitted(ChannelNumber),
    /// It was, and was refused.
    Rejected(Rejection),
    /// It was, and is no longer.
    Gone,
}

impl TopicCounter {
    fn new(topic: Topic, sequence: u64) -> Self {
        Self {
            topic,
            sequence,
            frames: 0,
            bytes: 0,
            largest: 0,
            last: None,
            standing: Asked::No,
            heard: Heard::default(),
            recent: [0; SLOTS],
            newest_second: i64::MIN,
        }
    }

    fn count(&mut self, size: u64, at: Timestamp) {
        self.frames += 1;
        self.bytes += size;
        self.largest = self.largest.max(size);
        self.last = Some(at);
        self.roll_to(at.as_second());
        let slot = slot(at.as_second());
        self.recent[slot] = self.recent[slot].saturating_add(1);
    }

    /// What most frames were about, and at most how many of them.
    #[must_use]
    pub fn loudest(&self) -> Option<(&Entity, u64)> {
        self.heard.loudest()
    }

    fn roll_to(&mut self, second: i64) {
        if second <= self.newest_second.saturating_sub(i64::from(RATE_SECONDS)) {
            // the clock was set back: what the ring holds is of another time
            (self.recent, self.newest_second) = ([0; SLOTS], second);
            return;
        }
        if second <= self.newest_second {
            return;
        }
        let missed = second.saturating_sub(self.newest_second).min(i64::from(RATE_SECONDS));
        for step in 0..missed {
            self.recent[slot(second - step)] = 0;
        }
        self.newest_second = second;
    }

    /// Frames a second, over the last [`RATE_SECONDS`] whole seconds before `now`, or over its
    /// life where that is shorter.
    #[must_use]
    pub fn rate(&self, now: Timestamp, counted_since: Timestamp) -> f64 {
        // most of tens of thousands of topics are silent, and each is asked
        if self.newest_second <= now.as_second().saturating_sub(i64::from(RATE_SECONDS)) {
            return 0.0;
        }
        let frames: u64 = self.history(now).map(u64::from).sum();
        let span = since(now, counted_since).as_secs_f64().clamp(1.0, f64::from(RATE_SECONDS));
        #[expect(clippy::cast_precision_loss, reason = "at most 20 × 65,535")]
        let frames = frames as f64;
        frames / span
    }

    /// Frames in each of the last [`RATE_SECONDS`] seconds before `now`, oldest first.
    pub fn history(&self, now: Timestamp) -> impl Iterator<Item = u16> + '_ {
        let newest = now.as_second();
        (0..i64::from(RATE_SECONDS)).rev().map(move |age| {
            let second = newest - age;
            let known = second <= self.newest_second
                && second > self.newest_second.saturating_sub(i64::from(RATE_SECONDS));
            if known { self.recent[slot(second)] } else { 0 }
        })
    }
}

/// Where a second is in the ring.
fn slot(second: i64) -> usize {
    usize::try_from(second.rem_euclid(i64::from(RATE_SECONDS))).unwrap_or_default()
}

/// All counters.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Topics {
    counters: HashMap<Topic, TopicCounter>,
    frames: u64,
    bytes: u64,
    unreadable: u64,
    uncounted: u64,
    rate: Option<TopicCounter>,
    changes: u64,
}

impl Topics {
    /// Counts a frame of `size` bytes.
    pub fn count(&mut self, topic: &Topic, size: u64, at: Timestamp) {
        self.frames += 1;
        self.bytes += size;
        self.rate
            .get_or_insert_with(|| TopicCounter::new(Topic::received("all topics"), 0))
            .count(size, at);
        if let Some(counter) = self.counters.get_mut(topic) {
            counter.count(size, at);
        } else if self.counters.len() < MAX_TOPICS {
            self.entry(topic).count(size, at);
        } else {
            self.uncounted += 1;
        }
    }

    /// Notes what a frame was about.
    pub fn heard(&mut self, topic: &Topic, entity: Entity) {
        if let Some(counter) = self.counters.get_mut(topic) {
            counter.heard.hear(entity);
        }
    }

    /// Notes topics that are watched no longer. Those that never fired are forgotten; of the others
    /// the counters stay, and so do those of a combined one's parts.
    pub fn gone(&mut self, topics: &[Topic]) {
        self.changes += 1;
        for topic in topics {
            let parts: Vec<Topic> = topic.singles().collect();
            for part in parts.iter().chain([topic]) {
                let Some(counter) = self.counters.get_mut(part) else { continue };
                if part != topic && counter.standing != Asked::No {
                    continue; // asked for by its own name too
                }
                if counter.frames > 0 {
                    counter.standing = Asked::Gone;
                } else if part != topic || parts.len() == 1 {
                    self.counters.remove(part);
                } else {
                    // frames of a combined one are counted by its parts
                    counter.standing = Asked::Gone;
                }
            }
        }
    }

    /// The topics that were asked for and still are, permitted or not, by name. A part that was refused is
    /// not one of them: it was asked for with its whole.
    #[must_use]
    pub fn asked_for(&self) -> Vec<Topic> {
        let parts = self.parts_of_permitted();
        let asked = self.counters.values().filter(|counter| match counter.standing {
            Asked::Permitted(_) => true,
            Asked::Rejected(_) => !parts.contains(&counter.topic),
            Asked::No | Asked::Gone => false,
        });
        let mut topics: Vec<Topic> = asked.map(|counter| counter.topic.clone()).collect();
        topics.sort();
        topics
    }

    /// The parts of each combined topic that is permitted.
    fn parts_of_permitted(&self) -> HashSet<Topic> {
        let permitted = self.counters.values().filter(|counter| {
            matches!(counter.standing, Asked::Permitted(_)) && counter.topic.is_combined()
        });
        permitted.flat_map(|counter| counter.topic.singles()).collect()
    }

    /// Counts a frame that could not be read.
    pub fn count_unreadable(&mut self) {
        self.unreadable += 1;
    }

    /// Goes up with every topic that comes, goes, or stands otherwise than before.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Notes what became of topics.
    pub fn outcomes(&mut self, channel: ChannelNumber, outcomes: Vec<TopicOutcome>) {
        self.changes += 1;
        for outcome in outcomes {
            let has_room = self.counters.len() < MAX_WITH_ASKED;
            if !has_room && !self.counters.contains_key(&outcome.topic) {
                continue;
            }
            let standing = match outcome.rejection {
                None => Asked::Permitted(channel),
                Some(rejection) => Asked::Rejected(rejection),
            };
            if matches!(standing, Asked::Permitted(_)) {
                self.parts_come_again(&outcome.topic);
                // so that each is listed, also before its first frame
                for part in outcome.topic.singles() {
                    if self.counters.len() < MAX_WITH_PARTS {
                        self.entry(&part);
                    }
                }
            }
            self.entry(&outcome.topic).standing = standing;
        }
    }

    /// What a combined topic brings is no longer gone: it went with an earlier one.
    fn parts_come_again(&mut self, whole: &Topic) {
        for part in whole.singles().filter(|part| part != whole) {
            if let Some(counter) = self.counters.get_mut(&part)
                && counter.standing == Asked::Gone
            {
                counter.standing = Asked::No;
            }
        }
    }

    fn entry(&mut self, topic: &Topic) -> &mut TopicCounter {
        let changes = &mut self.changes;
        self.counters.entry(topic.clone()).or_insert_with(|| {
            *changes += 1;
            TopicCounter::new(topic.clone(), *changes)
        })
    }

    /// The counter of one topic.
    #[must_use]
    pub fn get(&self, topic: &Topic) -> Option<&TopicCounter> {
        self.counters.get(topic)
    }

    /// The topics that are subscribed, by their own names or as parts of combined topics.
    #[must_use]
    pub fn watched(&self) -> HashSet<Topic> {
        let mut watched = self.parts_of_permitted();
        // refused, or removed one by one
        watched.retain(|part| self.get(part).is_none_or(|part| part.standing == Asked::No));
        let permitted =
            self.counters.values().filter(|one| matches!(one.standing, Asked::Permitted(_)));
        watched.extend(permitted.map(|counter| counter.topic.clone()));
        watched
    }

    /// Every counter, in no order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &TopicCounter> {
        self.counters.values()
    }

    /// The counter of all topics together, once a frame has come.
    #[must_use]
    pub fn all(&self) -> Option<&TopicCounter> {
        self.rate.as_ref()
    }

    /// Frames since counting began.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Bytes since counting began.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Frames that could not be read.
    #[must_use]
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Frames of topics beyond [`MAX_TOPICS`].
    #[must_use]
    pub fn uncounted(&self) -> u64 {
        self.uncounted
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, MAX_TOPICS, Topics};
    use crate::domain::control::{Rejection, TopicOutcome};
    use crate::domain::identity::ChannelNumber;
    use crate::domain::topic::Topic;
    use jiff::Timestamp;

    const CHANNEL: ChannelNumber = ChannelNumber(1);

    fn outcome(topic: &str, is_permitted: bool) -> TopicOutcome {
        let rejection = Rejection {
            reason: "missing permissions".to_owned(),
            missing_permissions: Vec::new(),
            context_id: None,
        };
        let rejection = (!is_permitted).then_some(rejection);
        TopicOutcome { topic: Topic::received(topic), rejection }
    }

    #[test]
    fn a_refused_part_is_not_asked_for_beside_its_whole() {
        let mut topics = Topics::default();
        let outcomes = vec![
            outcome("v2.users.u?presence&activity", true),
            outcome("v2.users.u.activity", false),
            outcome("v2.users.u.station", false),
            outcome("v2.users.v?presence&activity", true),
            outcome("v2.users.v.activity", true),
        ];
        topics.outcomes(CHANNEL, outcomes);
        let asked = topics.asked_for();
        let names: Vec<&str> = asked.iter().map(Topic::as_str).collect();
        let mut expected = [
            "v2.users.u.station",
            "v2.users.u?presence&activity",
            "v2.users.v.activity",
            "v2.users.v?presence&activity",
        ];
        expected.sort_unstable();
        assert_eq!(names, expected);
    }

    #[test]
    fn what_is_asked_for_has_its_place_whatever_else_came() {
        let mut topics = Topics::default();
        for number in 0..=MAX_TOPICS {
            topics.count(
                &Topic::received(&format!("v2.noise.n{number}")),
                1,
                Timestamp::UNIX_EPOCH,
            );
        }
        assert_eq!((topics.iter().len(), topics.uncounted()), (MAX_TOPICS, 1));
        topics.outcomes(CHANNEL, vec![outcome("v2.users.u?presence&activity", true)]);
        let whole = topics.get(&Topic::received("v2.users.u?presence&activity"));
        assert_eq!(whole.map(|whole| &whole.standing), Some(&Asked::Permitted(CHANNEL)));
    }

    #[test]
    fn parts_that_never_fired_leave_half_of_the_places_free() {
        let mut topics = Topics::default();
        let parts: Vec<String> = (0..MAX_TOPICS).map(|number| format!("n{number}")).collect();
        topics.outcomes(CHANNEL, vec![outcome(&format!("v2.noise?{}", parts.join("&")), true)]);
        assert_eq!(topics.iter().len(), MAX_TOPICS / 2 + 1);
        topics.count(&Topic::received("v2.another"), 1, Timestamp::UNIX_EPOCH);
        assert_eq!(topics.uncounted(), 0);
    }
}
