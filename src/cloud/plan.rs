//! What a source shall watch, laid out on channels.
//!
//! Pure: must not know how a channel is made.
use crate::domain::identity::QueueId;
use crate::domain::topic::{MAX_CHANNELS, MAX_TOPICS_PER_CHANNEL, Subject, Topic};
use std::collections::{HashMap, HashSet};
use thiserror::Error;

/// What to watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Topics, one list a channel; at most 20 lists of at most 1,000, as [`pack`] makes them.
    pub packs: Vec<Vec<Topic>>,
    /// Queues whose state is read by REST after every gap.
    pub snapshot_queues: Vec<QueueId>,
    /// Name of the profile in use, to be shown with the identity.
    pub profile: Option<String>,
    /// Whether names of queues and users are loaded in the background.
    pub load_names: bool,
}

/// More topics than all channels of one application can carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "{asked} topics are more than the service allows: {MAX_CHANNELS} channels of {MAX_TOPICS_PER_CHANNEL} topics; name fewer queues or users"
)]
pub struct TooManyTopics {
    /// How many different ones were asked for.
    pub asked: usize,
}

/// Lays topics out on as few channels as will do, in the order given, each topic once.
///
/// Topics are spread evenly rather than filled up: the end of one channel then concerns as few
/// of them as can be.
///
/// # Errors
/// [`TooManyTopics`] when they don't fit on 20 channels.
pub fn pack(topics: impl IntoIterator<Item = Topic>) -> Result<Vec<Vec<Topic>>, TooManyTopics> {
    let mut seen = HashSet::new();
    let once: Vec<Topic> = topics.into_iter().filter(|topic| seen.insert(topic.clone())).collect();
    let channels = once.len().div_ceil(MAX_TOPICS_PER_CHANNEL);
    if channels > MAX_CHANNELS {
        return Err(TooManyTopics { asked: once.len() });
    }
    if once.is_empty() {
        return Ok(Vec::new());
    }
    Ok(once.chunks(once.len().div_ceil(channels)).map(<[Topic]>::to_vec).collect())
}

impl Plan {
    /// For each pack the queues that its session reads: those that its own topics name; those
    /// that no topic names go to the first, so that each queue is read by one session.
    pub(super) fn queues_by_pack(&self) -> Vec<Vec<QueueId>> {
        let mut owners: HashMap<QueueId, usize> = HashMap::new();
        for (index, pack) in self.packs.iter().enumerate() {
            for topic in pack {
                if let Some(queue) = queue_of(&topic.subject()) {
                    owners.entry(queue.clone()).or_insert(index);
                }
            }
        }
        let mut queues = vec![Vec::new(); self.packs.len()];
        for queue in &self.snapshot_queues {
            if let Some(list) = queues.get_mut(owners.get(queue).copied().unwrap_or(0)) {
                list.push(queue.clone());
            }
        }
        queues
    }
}

fn queue_of(subject: &Subject) -> Option<&QueueId> {
    match subject {
        Subject::QueueConversations { queue, .. }
        | Subject::QueueMembers(queue)
        | Subject::QueueObservations(queue)
        | Subject::QueueActivity(queue) => Some(queue),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Plan, TooManyTopics, pack};
    use crate::domain::identity::QueueId;
    use crate::domain::topic::Topic;

    fn topics(count: usize) -> impl Iterator<Item = Topic> {
        (0..count).map(|n| Topic::received(&format!("v2.routing.queues.q{n}.conversations")))
    }

    #[test]
    fn packs_are_few_even_and_without_repetition() {
        assert!(pack([]).unwrap().is_empty());
        for (count, expected) in [
            (1, vec![1]),
            (1_000, vec![1_000]),
            (1_001, vec![501, 500]),
            (2_500, vec![834, 834, 832]),
        ] {
            let sizes: Vec<usize> = pack(topics(count)).unwrap().iter().map(Vec::len).collect();
            assert_eq!(sizes, expected);
        }
        let twice = topics(3).chain([Topic::received("V2.Routing.Queues.Q1.Conversations")]);
        assert_eq!(pack(twice).unwrap()[0].len(), 3);
        assert_eq!(pack(topics(20_000)).unwrap().len(), 20);
        assert_eq!(pack(topics(20_001)), Err(TooManyTopics { asked: 20_001 }));
    }

    #[test]
    fn each_queue_is_read_by_one_session() {
        let plan = Plan {
            packs: pack(topics(1_500)).unwrap(),
            snapshot_queues: ["q0", "q1400", "unwatched"].map(QueueId::new).to_vec(),
            ..Plan::default()
        };
        assert_eq!(
            plan.queues_by_pack(),
            [["q0", "unwatched"].map(QueueId::new).to_vec(), vec![QueueId::new("q1400")]]
        );
    }
}
