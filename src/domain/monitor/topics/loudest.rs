//! What the frames of a topic are about, and which of it is the loudest: a conversation in most
//! topics, the user or the queue in those of people and figures, what the body names in the others.
//!
//! Must not know what anything is called.
use crate::domain::decode::Body;
use crate::domain::identity::{ConversationId, QueueId, UserId};
use crate::domain::topic::{Subject, Topic};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Things of one topic that are counted at a time, to find the loudest: enough that one with a fifth
/// of the frames is never missed; at 40,000 topics 10 MB.
const MAX_HEARD: usize = 4;
/// Longest part of a topic that counts as a word, in bytes; what is longer is an id.
const MAX_WORD: usize = 24;

/// What a frame is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entity {
    /// A conversation.
    Conversation(ConversationId),
    /// A queue.
    Queue(QueueId),
    /// A user.
    User(UserId),
    /// Something else that has an id.
    Other {
        /// What it is, as the topic's name says: the part before its id. Empty where only the body
        /// names it.
        word: Arc<str>,
        /// Its id.
        id: Arc<str>,
    },
}

impl Entity {
    /// What a body on this topic is about; `None` where neither says.
    #[must_use]
    pub fn of(body: &Body, topic: &Topic) -> Option<Self> {
        Some(match body {
            Body::Conversation(snapshot) | Body::MediaConversation { snapshot, .. } => {
                Self::Conversation(snapshot.id.clone())
            }
            // a frame has figures of one queue
            Body::Figures(figures) => Self::Queue(figures.first()?.queue.clone()),
            Body::QueueMember { user, .. } | Body::Agent { user, .. } => Self::User(user.clone()),
            Body::Detail(event) => Self::Conversation(event.conversation.clone()),
            Body::Transcription(piece) => Self::Conversation(piece.conversation.clone()),
            Body::Uninterpreted { id } => match topic.subject() {
                Subject::UserConversationSummary(user) => Self::User(user),
                _ => Self::named_by(topic)
                    .or_else(|| Some(Self::Other { word: Arc::default(), id: id.clone()? }))?,
            },
        })
    }

    /// What a topic names by an id: the last one that stands in it.
    #[must_use]
    pub fn named_by(topic: &Topic) -> Option<Self> {
        let parts: Vec<&str> = topic.as_str().split('.').collect();
        let at = parts.iter().rposition(|part| is_id(part))?;
        let (word, id) = (parts.get(at.checked_sub(1)?)?, parts[at]);
        Some(match word.to_ascii_lowercase().as_str() {
            "conversation" | "conversations" => Self::Conversation(ConversationId::new(id)),
            "queue" | "queues" => Self::Queue(QueueId::new(id)),
            "user" | "users" => Self::User(UserId::new(id)),
            _ => Self::Other { word: (*word).into(), id: id.into() },
        })
    }
}

/// Whether a part of a topic's name is an id and no word: those seen are UUIDs.
fn is_id(part: &str) -> bool {
    part.len() > MAX_WORD && part.bytes().any(|byte| byte.is_ascii_digit())
}

/// A few things with at most how many frames each had. A new one takes the place of the quietest
/// with its count (the "space saving" sketch): whatever has more frames than a fourth of all is in
/// it, and counts are too high by as much at most.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Heard(Vec<(Entity, u64)>);

impl Heard {
    pub(super) fn hear(&mut self, entity: Entity) {
        if let Some((_, frames)) = self.0.iter_mut().find(|(known, _)| *known == entity) {
            *frames += 1;
        } else if self.0.len() < MAX_HEARD {
            self.0.push((entity, 1));
        } else if let Some(quietest) = self.0.iter_mut().min_by_key(|(_, frames)| *frames) {
            *quietest = (entity, quietest.1 + 1);
        }
    }

    pub(super) fn loudest(&self) -> Option<(&Entity, u64)> {
        let loudest = self.0.iter().max_by_key(|(_, frames)| *frames)?;
        Some((&loudest.0, loudest.1))
    }
}

#[cfg(test)]
mod tests {
    use super::{Entity, Heard};
    use crate::domain::decode::{Meaning, decode};
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::{ChannelNumber, ConversationId, QueueId, UserId};

    const ID: &str = "11111111-1111-4111-8111-111111111111";
    const OTHER: &str = "22222222-2222-4222-8222-222222222222";

    fn about(topic: &str, body: &str) -> Option<Entity> {
        let text = format!(r#"{{"topicName":"{topic}","eventBody":{body}}}"#);
        let decoded = decode(&Frame {
            received: jiff::Timestamp::UNIX_EPOCH,
            channel: ChannelNumber(1),
            payload: Payload::Text(text.into()),
        });
        let Meaning::Event(body) = decoded.meaning else { panic!("{:?}", decoded.meaning) };
        Entity::of(&body, &decoded.topic.unwrap())
    }

    #[test]
    fn each_topic_has_its_own_kind_of_thing() {
        let other = |word: &str, id: &str| Some(Entity::Other { word: word.into(), id: id.into() });
        let of = |topic: &str, body: &str| {
            about(&topic.replace("ID", ID), &body.replace("OTHER", OTHER))
        };
        let user = || Some(Entity::User(UserId::new(ID)));
        let conversation = |id| Some(Entity::Conversation(ConversationId::new(id)));

        assert_eq!(
            of("v2.routing.queues.ID.conversations", r#"{"id":"OTHER","participants":[]}"#),
            conversation(OTHER)
        );
        assert_eq!(
            of("v2.routing.queues.ID.users", r#"{"user":{"id":"OTHER"},"joined":true}"#),
            Some(Entity::User(UserId::new(OTHER)))
        );
        let observations = r#"{"group":{"queueId":"ID","mediaType":"voice"},"data":[{"metrics":[{"metric":"oWaiting","stats":{"count":1}}]}]}"#;
        assert_eq!(
            of("v2.analytics.queues.ID.observations", &observations.replace("ID", ID)),
            Some(Entity::Queue(QueueId::new(ID)))
        );
        assert_eq!(
            of("v2.users.ID.presence", r#"{"presenceDefinition":{"systemPresence":"AVAILABLE"}}"#),
            user()
        );
        assert_eq!(of("v2.users.ID.conversationsummary", "{}"), user());
        assert_eq!(of("v2.users.ID.station", r#"{"id":"OTHER"}"#), user());
        assert_eq!(of("v2.analytics.users.ID.aggregates", "{}"), user());
        assert_eq!(of("v2.conversations.ID.suggestions.knowledge", "null"), conversation(ID));
        assert_eq!(
            of("v2.outbound.campaigns.ID.progress", r#"{"id":"OTHER"}"#),
            other("campaigns", ID)
        );
        // no id in its name: what the body says
        assert_eq!(of("v2.outbound.settings", r#"{"id":"OTHER"}"#), other("", OTHER));
        assert_eq!(of("v2.outbound.settings", r#"{"id":7}"#), other("", "7"));
        for body in
            ["{}", r#"{"id":null}"#, r#"{"id":{"id":"OTHER"}}"#, "[1]", "null", r#"{"id":""}"#]
        {
            assert_eq!(of("v2.outbound.settings", body), None, "{body}");
        }
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(10_000));
        assert_eq!(of("v2.outbound.settings", &long), None, "that is no id");
    }

    #[test]
    fn the_loudest_is_found_among_many() {
        let mut heard = Heard::default();
        let entity = |number: u32| Entity::User(UserId::new(&format!("u{number}")));
        for number in 0..300 {
            heard.hear(entity(if number % 3 == 0 { 0 } else { number }));
        }
        let (loudest, frames) = heard.loudest().unwrap();
        assert_eq!(loudest, &entity(0));
        assert!((100..=175).contains(&frames), "{frames}");
    }
}
