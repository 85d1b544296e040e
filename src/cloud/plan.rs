//! What a source shall watch, laid out on channels.
//!
//! Pure: must not know how a channel is made.
use crate::domain::identity::{QueueId, UserId};
use crate::domain::topic::{
    MAX_CHANNELS, MAX_TOPIC_CHARACTERS, MAX_TOPICS_PER_CHANNEL, Subject, Topic,
};
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
    /// Whether every queue is watched that the credentials may see: those that appear later too.
    pub follow_queues: bool,
    /// The same for every user.
    pub follow_users: bool,
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
/// of them as can be. Topics of one prefix are combined into one id where that saves a channel,
/// and only there: of a refused id less is known than of a refused topic, and that a combined one
/// counts once is what clients rely on, not what the service says.
///
/// # Errors
/// [`TooManyTopics`] when they don't fit on 20 channels.
pub fn pack(topics: impl IntoIterator<Item = Topic>) -> Result<Vec<Vec<Topic>>, TooManyTopics> {
    let mut seen = HashSet::new();
    let once: Vec<Topic> = topics.into_iter().filter(|topic| seen.insert(topic.clone())).collect();
    let combined = combine(&once);
    let saves = |ids: &[Topic]| {
        ids.len().div_ceil(MAX_TOPICS_PER_CHANNEL) < once.len().div_ceil(MAX_TOPICS_PER_CHANNEL)
    };
    let once = if saves(&combined) { combined } else { once };
    let channels = once.len().div_ceil(MAX_TOPICS_PER_CHANNEL);
    if channels > MAX_CHANNELS {
        return Err(TooManyTopics { asked: once.len() });
    }
    if once.is_empty() {
        return Ok(Vec::new());
    }
    Ok(once.chunks(once.len().div_ceil(channels)).map(<[Topic]>::to_vec).collect())
}

/// Combines topics that differ in their last part only: `v2.users.U?presence&activity`.
fn combine(topics: &[Topic]) -> Vec<Topic> {
    let mut groups: Vec<(&str, Vec<&Topic>)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for topic in topics {
        let prefix = match topic.key().rsplit_once('.') {
            Some((prefix, _)) if !topic.key().contains('?') => prefix,
            _ => topic.key(), // stands by itself
        };
        let place = *places.entry(prefix).or_insert(groups.len());
        match groups.get_mut(place) {
            Some((_, members)) => members.push(topic),
            None => groups.push((prefix, vec![topic])),
        }
    }
    groups.iter().flat_map(|(_, members)| ids_of(members)).collect()
}

/// The members of one group as few ids of at most 200 characters.
fn ids_of(members: &[&Topic]) -> Vec<Topic> {
    let mut ids = Vec::new();
    let mut rest = members.iter();
    let Some(mut first) = rest.next() else { return ids };
    let mut id = String::new();
    for topic in rest {
        let (prefix, _) = first.as_str().rsplit_once('.').unwrap_or_default();
        let (_, part) = topic.as_str().rsplit_once('.').unwrap_or_default();
        if id.is_empty() {
            let (_, own) = first.as_str().rsplit_once('.').unwrap_or_default();
            id = format!("{prefix}?{own}");
        }
        if id.len() + 1 + part.len() <= MAX_TOPIC_CHARACTERS {
            id.push('&');
            id.push_str(part);
        } else {
            ids.push(id_or_single(&id, first));
            first = topic;
            id.clear();
        }
    }
    ids.push(id_or_single(&id, first));
    ids
}

/// The combined id; the topic itself where nothing was added to it.
fn id_or_single(id: &str, first: &Topic) -> Topic {
    if id.contains('&') { Topic::received(id) } else { first.clone() }
}

/// What is watched of a queue: its conversations and its figures.
#[must_use]
pub fn topics_of_queue(queue: &QueueId) -> [Topic; 2] {
    [
        Topic::received(&format!("v2.routing.queues.{queue}.conversations")),
        Topic::received(&format!("v2.analytics.queues.{queue}.observations")),
    ]
}

/// What is watched of a user where all are: what they do.
#[must_use]
pub fn topic_of_user(user: &UserId) -> Topic {
    Topic::received(&format!("v2.users.{user}.activity"))
}

/// The queues that `topics` name, in their order; a combined topic names that of its parts.
pub(super) fn queues_in(topics: &[Topic]) -> impl Iterator<Item = QueueId> + '_ {
    topics.iter().flat_map(Topic::singles).filter_map(|topic| queue_of(&topic.subject()).cloned())
}

impl Plan {
    /// For each pack the queues that its session reads: those that its own topics name; those
    /// that no topic names go to the first, so that each queue is read by one session.
    pub(super) fn queues_by_pack(&self) -> Vec<Vec<QueueId>> {
        let mut owners: HashMap<QueueId, usize> = HashMap::new();
        for (index, pack) in self.packs.iter().enumerate() {
            for queue in queues_in(pack) {
                owners.entry(queue).or_insert(index);
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
    fn topics_of_one_prefix_are_combined_only_where_that_saves_a_channel() {
        let parts = ["presence", "routingStatus", "conversationsummary"];
        let of_users = |count: usize| {
            (0..count).flat_map(move |n| {
                parts.map(|part| Topic::received(&format!("v2.users.user-{n}.{part}")))
            })
        };
        let few = pack(of_users(300)).unwrap();
        assert_eq!((few.len(), few[0].len()), (1, 900), "nothing is combined without need");
        let many = pack(of_users(900)).unwrap();
        assert_eq!((many.len(), many[0].len()), (1, 900));
        assert_eq!(
            many[0][7].as_str(),
            "v2.users.user-7?presence&routingStatus&conversationsummary"
        );
        let singles: Vec<Topic> = many[0].iter().flat_map(Topic::singles).collect();
        assert_eq!(singles, of_users(900).collect::<Vec<_>>(), "none is lost, none invented");
    }

    #[test]
    fn a_combined_topic_is_never_longer_than_the_service_takes() {
        let parts = (0..400).map(|n| Topic::received(&format!("v2.a.b.some-longer-part-{n}")));
        let long = std::iter::once(Topic::received(&format!("v2.a.{}.x", "y".repeat(195))));
        let alone = (0..800).map(|n| Topic::received(&format!("v2.alone.{n}.x")));
        let all: Vec<Topic> = parts.chain(long).chain(alone).collect();
        let packs = pack(all.clone()).unwrap();
        assert_eq!(packs.len(), 1);
        assert!(packs[0].iter().all(|id| id.as_str().len() <= 200 || !id.as_str().contains('?')));
        let mut singles: Vec<Topic> = packs[0].iter().flat_map(Topic::singles).collect();
        let mut asked = all;
        singles.sort();
        asked.sort();
        assert_eq!(singles, asked);
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
