//! The last hour, minute by minute: how many waited, by queue, by medium of each and in all, and how many
//! frames came.
//!
//! A sample is what was known when the minute ended. Minutes in which nobody looked, as when the
//! program was stopped, and queues that aren't watched are unknown, which is not zero. Time is an
//! argument.
use super::queues::{Counts, QueueMedia, Queues};
use crate::domain::identity::QueueId;
use crate::domain::topic::Media;
use foldhash::HashMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// How long it goes back, in minutes. With [`MAX_QUEUES`](super::queues::MAX_QUEUES) queues that
/// is 20,000 × 60 × 4 B = 4.8 MB; with the hundred of an ordinary organisation 24 KB.
pub const MINUTES: usize = 60;
/// Most media of queues of which it is kept, 12 MB as above: the 5,000 queues of the largest
/// organisations with all their media. Beyond it a medium's is unknown, that of its queue isn't.
pub const MAX_MEDIA: usize = 50_000;

/// Stands for a minute of which nothing is known: no count comes near it.
const UNKNOWN: u32 = u32::MAX;

/// A figure over the last hour.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Series(VecDeque<u32>);

impl Series {
    fn push(&mut self, value: Option<u32>) {
        if self.0.len() >= MINUTES {
            self.0.pop_front();
        }
        self.0.push_back(value.map_or(UNKNOWN, |value| value.min(UNKNOWN - 1)));
    }

    /// A value a minute, the oldest first; `None` where it isn't known.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Option<u32>> + ExactSizeIterator + '_ {
        self.0.iter().map(|value| (*value != UNKNOWN).then_some(*value))
    }

    /// The largest value that is known.
    #[must_use]
    pub fn peak(&self) -> Option<u32> {
        self.iter().flatten().max()
    }
}

/// The last hour.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct History {
    /// The minute of the last sample, counted from 1970.
    minute: Option<i64>,
    frames_until_then: u64,
    frames: Series,
    waiting: Series,
    /// Shared with frozen pictures.
    queues: Arc<HashMap<QueueId, Series>>,
    /// At most [`MAX_MEDIA`].
    #[serde(with = "pairs")]
    media: Arc<HashMap<QueueMedia, Series>>,
}

/// A map as a list of pairs: as text, only words can be the keys of one.
mod pairs {
    use super::{Arc, HashMap, QueueMedia, Series};
    use serde::{Deserialize, Deserializer, Serializer};

    type Media = Arc<HashMap<QueueMedia, Series>>;

    pub(super) fn serialize<S: Serializer>(map: &Media, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map.iter())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Media, D::Error> {
        let pairs = Vec::<(QueueMedia, Series)>::deserialize(from)?;
        Ok(Arc::new(pairs.into_iter().collect()))
    }
}

impl History {
    /// Takes a sample if a minute has ended since the last one; says whether it did. Looks at every
    /// queue then, and at none in between.
    pub fn sample(&mut self, now: Timestamp, queues: &Queues, frames: u64) -> bool {
        let minute = now.as_second().div_euclid(60);
        let Some(last) = self.minute.filter(|last| *last <= minute) else {
            // the first look, or a clock that was set back: what went before is of another time
            let begun = Self { minute: Some(minute), frames_until_then: frames, ..Self::default() };
            *self = begun;
            return false;
        };
        if last == minute {
            return false;
        }
        self.minute = Some(minute);
        let frames_until_then = std::mem::replace(&mut self.frames_until_then, frames);
        let passed = usize::try_from(minute - last).unwrap_or(MINUTES).min(MINUTES);
        let missed = passed - 1;
        let came = frames.saturating_sub(frames_until_then);
        let came = (missed == 0).then(|| u32::try_from(came).unwrap_or(UNKNOWN));
        let push = |series: &mut Series, value: Option<u32>| {
            for _ in 0..missed {
                series.push(None);
            }
            series.push(value);
        };
        push(&mut self.frames, came);
        let known = Arc::make_mut(&mut self.queues);
        known.retain(|queue, _| queues.get(queue).is_some());
        let parts = Arc::make_mut(&mut self.media);
        parts.retain(|part, _| queues.get(&part.queue).is_some());
        let mut all = None;
        for row in queues.iter() {
            let waiting = row.watched().then(|| row.waiting());
            if let Some(waiting) = waiting {
                all = Some(all.unwrap_or_default() + waiting);
            }
            if waiting.is_some() || known.contains_key(&row.id) {
                push(known.entry(row.id.clone()).or_default(), waiting);
            }
            for media in row.media() {
                let part = QueueMedia { queue: row.id.clone(), media: *media };
                let is_known = parts.contains_key(&part);
                let waiting = row.watches(Some(*media)).then(|| {
                    // a medium of which there is nothing has nobody waiting
                    row.counts(Some(*media)).map_or(0, Counts::waiting)
                });
                if is_known || waiting.is_some() && parts.len() < MAX_MEDIA {
                    push(parts.entry(part).or_default(), waiting);
                }
            }
        }
        push(&mut self.waiting, all);
        true
    }

    /// The minute of the last sample, counted from 1970: all figures here are of that.
    #[must_use]
    pub fn minute(&self) -> Option<i64> {
        self.minute
    }

    /// How many waited in all queues that are watched.
    #[must_use]
    pub fn waiting(&self) -> &Series {
        &self.waiting
    }

    /// How many waited in one queue; `None` before its first minute has ended.
    #[must_use]
    pub fn waiting_in(&self, queue: &QueueId) -> Option<&Series> {
        self.queues.get(queue)
    }

    /// How many waited in one queue with one medium; `None` before its first minute has ended.
    #[must_use]
    pub fn waiting_of(&self, queue: &QueueId, media: Media) -> Option<&Series> {
        self.media.get(&QueueMedia { queue: queue.clone(), media })
    }

    /// How many frames came in each minute.
    #[must_use]
    pub fn frames(&self) -> &Series {
        &self.frames
    }
}

#[cfg(test)]
mod tests {
    use super::{History, MINUTES, Series};
    use crate::domain::conversation::State;
    use crate::domain::identity::{ConversationId, QueueId};
    use crate::domain::monitor::queues::{Contribution, Queues};
    use crate::domain::topic::{Media, Topic};
    use jiff::{SignedDuration, Timestamp};

    const QUEUE: &str = "11111111-1111-4111-8111-111111111111";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_000_020 + second).unwrap()
    }

    fn values(series: &Series) -> Vec<Option<u32>> {
        series.iter().collect()
    }

    #[test]
    fn one_sample_a_minute_and_never_more_than_an_hour() {
        let mut history = History::default();
        let queues = Queues::default();
        for second in 0..(2 * 3_600) {
            history.sample(at(second), &queues, u64::try_from(second).unwrap());
        }
        assert_eq!(history.frames().iter().len(), MINUTES);
        assert!(history.frames().iter().all(|frames| frames == Some(60)));
        assert_eq!(history.frames().peak(), Some(60));
    }

    #[test]
    fn what_nobody_saw_is_unknown_and_not_zero() {
        let mut history = History::default();
        let mut queues = Queues::default();
        history.sample(at(0), &queues, 0);
        history.sample(at(60), &queues, 30);
        assert_eq!(values(history.waiting()), [None], "no queue is watched");
        let topic = Topic::received(&format!("v2.routing.queues.{QUEUE}.conversations"));
        queues.notice_topic(&topic);
        queues.answered(&QueueId::new(QUEUE));
        // stopped for three minutes, as by Ctrl-Z
        history.sample(at(240), &queues, 90);
        assert_eq!(values(history.frames()), [Some(30), None, None, None]);
        assert_eq!(values(history.waiting()), [None, None, None, Some(0)]);
        let queue = history.waiting_in(&QueueId::new(QUEUE)).unwrap();
        assert_eq!(values(queue), [None, None, Some(0)]);
    }

    #[test]
    fn each_medium_has_an_hour_of_its_own_where_its_topic_tells_it() {
        let mut history = History::default();
        let mut queues = Queues::default();
        let queue = QueueId::new(QUEUE);
        let topic = Topic::received(&format!("v2.routing.queues.{QUEUE}.conversations.calls"));
        queues.notice_topic(&topic);
        queues.answered(&queue);
        for media in [Media::Call, Media::Chat] {
            let waits = Contribution {
                counted: Some((queue.clone(), State::Waiting)),
                media: vec![media],
                ..Contribution::default()
            };
            let id = ConversationId::new(media.word());
            queues.recount(&id, &Contribution::default(), &waits);
        }
        history.sample(at(0), &queues, 0);
        history.sample(at(60), &queues, 0);
        let of = |history: &History, media| history.waiting_of(&queue, media).map(values);
        assert_eq!(of(&history, Media::Call), Some(vec![Some(1)]));
        assert_eq!(of(&history, Media::Chat), None, "nobody tells of chats");
        assert_eq!(of(&history, Media::Email), None, "there is nothing of it");
        queues.notice_topic(&Topic::received(&format!("v2.routing.queues.{QUEUE}.conversations")));
        history.sample(at(120), &queues, 0);
        assert_eq!(of(&history, Media::Call), Some(vec![Some(1), Some(1)]));
        assert_eq!(of(&history, Media::Chat), Some(vec![Some(1)]));
    }

    #[test]
    fn a_clock_that_goes_back_begins_anew() {
        let mut history = History::default();
        let queues = Queues::default();
        history.sample(at(0), &queues, 0);
        history.sample(at(60), &queues, 10);
        history.sample(at(60) - SignedDuration::from_hours(1), &queues, 0);
        assert!(values(history.frames()).is_empty());
    }
}
