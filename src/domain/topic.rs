//! Topics: their names, what they are about, and why a name isn't one.
//!
//! Must not know what may be subscribed (the service says that) nor how. Topic names compare
//! without case: the service's own samples lower-case both sides first.
use super::identity::{ConversationId, QueueId, UserId};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use thiserror::Error;

/// Longest topic id that the service's own client sends, in characters.
pub const MAX_TOPIC_CHARACTERS: usize = 200;
/// Most topics on one channel; a limit of the service.
pub const MAX_TOPICS_PER_CHANNEL: usize = 1_000;
/// Most channels for one user and application; the 21st evicts the least used.
pub const MAX_CHANNELS: usize = 20;
/// The topic of heartbeats and pongs; arrives without subscribing.
pub const CHANNEL_METADATA: &str = "channel.metadata";
/// The topic of the notice that the service is about to close the socket.
pub const SOCKET_CLOSING: &str = "v2.system.socket_closing";

/// The name of one topic, as written; equal to any other spelling of its case.
#[derive(Clone, Debug)]
pub struct Topic {
    written: Arc<str>,
    /// `written` in lower case; the same allocation where that changes nothing.
    key: Arc<str>,
    /// Kept, since lists ask it of tens of thousands of topics whose names they needn't read.
    is_combined: bool,
}

impl Topic {
    /// A topic as the service names it, whatever it is: unknown topics are normal.
    #[must_use]
    pub fn received(name: &str) -> Self {
        let written: Arc<str> = name.into();
        let key = if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            name.to_ascii_lowercase().into()
        } else {
            Arc::clone(&written)
        };
        Self { written, key, is_combined: name.contains('?') }
    }

    /// Checks a name that somebody wants to subscribe.
    ///
    /// Knows only what can never be a topic; whether the service has it, the service says.
    ///
    /// # Errors
    /// [`NotATopic`], saying what is wrong with the name.
    pub fn parse(name: &str) -> Result<Self, NotATopic> {
        let name = name.trim();
        if name.is_empty() {
            return Err(NotATopic::Empty);
        }
        let shown: String = name.escape_debug().take(80).collect();
        if name.chars().count() > MAX_TOPIC_CHARACTERS {
            return Err(NotATopic::TooLong { characters: name.chars().count() });
        }
        if name.contains("://") || name.starts_with('/') {
            return Err(NotATopic::Address { name: shown });
        }
        if let Some(character) =
            name.chars().find(|c| c.is_control() || c.is_whitespace() || !c.is_ascii())
        {
            return Err(NotATopic::Character {
                name: shown,
                character: character.escape_debug().to_string(),
            });
        }
        if name.contains('*') {
            return Err(NotATopic::Wildcard { name: shown });
        }
        if name.contains('{') || name.contains('}') {
            return Err(NotATopic::Placeholder { name: shown });
        }
        let lowered = name.to_ascii_lowercase();
        if lowered == CHANNEL_METADATA || lowered.starts_with("v2.system.") {
            return Err(NotATopic::AlwaysThere { name: shown });
        }
        let (prefix, parts) = match name.split_once('?') {
            Some((prefix, parts)) => (prefix, Some(parts)),
            None => (name, None),
        };
        if !lowered.starts_with("v2.") {
            return Err(NotATopic::Prefix { name: shown });
        }
        let whole = |segment: &str| {
            !segment.is_empty()
                && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_:@+~%".contains(&b))
        };
        let prefix_is_whole = prefix.split('.').count() >= 2 && prefix.split('.').all(whole);
        let parts_are_whole =
            parts.is_none_or(|parts| parts.split('&').all(|part| part.split('.').all(whole)));
        if !prefix_is_whole || !parts_are_whole {
            return Err(NotATopic::Form { name: shown });
        }
        Ok(Self::received(name))
    }

    /// The name as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// The name in lower case, by which topics compare.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Whether it stands for several single topics.
    #[must_use]
    pub fn is_combined(&self) -> bool {
        self.is_combined
    }

    /// The single topics under which the events of this one arrive: a combined topic
    /// (`v2.users.ID?presence&routingStatus`) expands, any other is itself.
    pub fn singles(&self) -> impl Iterator<Item = Topic> + '_ {
        let (prefix, parts) = match self.written.split_once('?') {
            Some((prefix, parts)) => (prefix, parts),
            None => ("", &*self.written),
        };
        parts.split('&').map(move |part| {
            if prefix.is_empty() {
                self.clone()
            } else {
                Topic::received(&format!("{prefix}.{part}"))
            }
        })
    }

    /// What the topic is about, read from its name.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::of(&self.key)
    }

    /// The name without its version prefix, as lists show it.
    #[must_use]
    pub fn short(&self) -> &str {
        self.written.strip_prefix("v2.").unwrap_or(&self.written)
    }
}

impl PartialEq for Topic {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}
impl Eq for Topic {}
impl Hash for Topic {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.hash(state);
    }
}
impl PartialOrd for Topic {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Topic {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}
impl Serialize for Topic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}
impl<'de> Deserialize<'de> for Topic {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::received(&Cow::<'_, str>::deserialize(deserializer)?))
    }
}
impl fmt::Display for Topic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}

/// Why a name can't be a topic, and what to write instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotATopic {
    /// Nothing was given.
    #[error("a topic has a name, such as v2.routing.queues.QUEUE_ID.conversations")]
    Empty,
    /// Longer than the service's own client would send.
    #[error(
        "a topic has at most {MAX_TOPIC_CHARACTERS} characters, this one has {characters}; subscribe its parts one by one"
    )]
    TooLong {
        /// Length of what was given.
        characters: usize,
    },
    /// A web or socket address was given.
    #[error(
        "\"{name}\" is an address, and a topic is a name such as v2.routing.queues.QUEUE_ID.conversations"
    )]
    Address {
        /// What was given, shortened.
        name: String,
    },
    /// Holds a character that no topic holds.
    #[error("\"{name}\" holds the character \"{character}\", which no topic has")]
    Character {
        /// What was given, shortened.
        name: String,
        /// The character, made visible.
        character: String,
    },
    /// Holds a wildcard.
    #[error(
        "\"{name}\" holds a wildcard, and the notification socket has none: subscribe one topic per queue or user, or name queues with --queue 'Bill*'"
    )]
    Wildcard {
        /// What was given, shortened.
        name: String,
    },
    /// Still holds the placeholder of a topic template.
    #[error(
        "\"{name}\" is a topic's template: put an id in the place of {{id}}, or name the queue with --queue or the user with --user"
    )]
    Placeholder {
        /// What was given, shortened.
        name: String,
    },
    /// A topic that arrives without subscribing.
    #[error("\"{name}\" arrives on every channel by itself and can't be subscribed")]
    AlwaysThere {
        /// What was given, shortened.
        name: String,
    },
    /// Doesn't begin like a topic.
    #[error("\"{name}\" doesn't begin with v2., as every topic does")]
    Prefix {
        /// What was given, shortened.
        name: String,
    },
    /// Has an empty or impossible part.
    #[error(
        "\"{name}\" isn't made of parts joined by dots, such as v2.users.USER_ID.presence, or combined, such as v2.users.USER_ID?presence&routingStatus"
    )]
    Form {
        /// What was given, shortened.
        name: String,
    },
}

/// One medium of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Media {
    /// Voice.
    Call,
    /// A callback, scheduled or waiting.
    Callback,
    /// Web chat of the older kind.
    Chat,
    /// E-mail.
    Email,
    /// SMS, web messaging and the messengers.
    Message,
    /// Co-browsing.
    Cobrowse,
    /// Screen share.
    Screenshare,
    /// Video.
    Video,
    /// Social expression.
    Social,
    /// A message between colleagues.
    InternalMessage,
    /// Screen monitoring.
    ScreenMonitoring,
}

impl Media {
    /// Every medium, in the order of the variants.
    pub const ALL: [Self; 11] = [
        Self::Call,
        Self::Callback,
        Self::Chat,
        Self::Email,
        Self::Message,
        Self::Cobrowse,
        Self::Screenshare,
        Self::Video,
        Self::Social,
        Self::InternalMessage,
        Self::ScreenMonitoring,
    ];

    /// The word for people.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Callback => "callback",
            Self::Chat => "chat",
            Self::Email => "email",
            Self::Message => "message",
            Self::Cobrowse => "cobrowse",
            Self::Screenshare => "screenshare",
            Self::Video => "video",
            Self::Social => "social",
            Self::InternalMessage => "internal",
            Self::ScreenMonitoring => "monitoring",
        }
    }

    /// From the last part of a conversation topic (`calls`, `cobrowsesessions`), lower case.
    #[must_use]
    pub fn of_topic_part(part: &str) -> Option<Self> {
        Some(match part {
            "calls" => Self::Call,
            "callbacks" => Self::Callback,
            "chats" => Self::Chat,
            "emails" => Self::Email,
            "messages" => Self::Message,
            "cobrowsesessions" => Self::Cobrowse,
            "screenshares" => Self::Screenshare,
            "videos" => Self::Video,
            "socialexpressions" => Self::Social,
            _ => return None,
        })
    }

    /// From the spelling of analytics (`voice`) or of detail events (`VOICE`).
    #[must_use]
    pub fn of_analytics(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "voice" | "call" => Self::Call,
            "callback" => Self::Callback,
            "chat" => Self::Chat,
            "email" => Self::Email,
            "message" => Self::Message,
            "cobrowse" => Self::Cobrowse,
            "screenshare" => Self::Screenshare,
            "video" => Self::Video,
            "social" => Self::Social,
            "internalmessage" => Self::InternalMessage,
            "screenmonitoring" => Self::ScreenMonitoring,
            _ => return None,
        })
    }
}

/// What a topic is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `v2.routing.queues.{id}.conversations`, or one medium of it.
    QueueConversations {
        /// The queue.
        queue: QueueId,
        /// The one medium, `None` for all of them.
        media: Option<Media>,
    },
    /// `v2.users.{id}.conversations`, or one medium of it.
    UserConversations {
        /// The user.
        user: UserId,
        /// The one medium, `None` for all of them.
        media: Option<Media>,
    },
    /// `v2.routing.queues.{id}.users`: who joins and leaves.
    QueueMembers(QueueId),
    /// `v2.users.{id}.presence`.
    UserPresence(UserId),
    /// `v2.users.{id}.routingStatus`.
    UserRoutingStatus(UserId),
    /// `v2.users.{id}.activity`.
    UserActivity(UserId),
    /// `v2.users.{id}.conversationsummary`.
    UserConversationSummary(UserId),
    /// `v2.analytics.queues.{id}.observations`.
    QueueObservations(QueueId),
    /// `v2.analytics.queues.{id}.activity`.
    QueueActivity(QueueId),
    /// `v2.detail.events.conversation.{id}.…`.
    ConversationDetail {
        /// The conversation.
        conversation: ConversationId,
        /// The event's name, such as `acd.end`, in lower case.
        event: String,
    },
    /// `v2.detail.events.agent.{id}.state`.
    AgentState(UserId),
    /// `v2.conversations.{id}.transcription`.
    Transcription(ConversationId),
    /// `channel.metadata`: heartbeats and pongs.
    ChannelMetadata,
    /// Something under `v2.system`; the rest of the name, in lower case.
    System(String),
    /// Any other topic: counted and shown, not interpreted.
    Other,
}

impl Subject {
    /// Every word of [`Subject::family`].
    pub const FAMILIES: [&'static str; 14] = [
        "conversations",
        "members",
        "presence",
        "routing",
        "activity",
        "summary",
        "observations",
        "queue-activity",
        "detail",
        "agent-state",
        "transcription",
        "metadata",
        "system",
        "other",
    ];

    /// What kind of topic it is, in a word for filters, whatever its ids are.
    #[must_use]
    pub fn family(&self) -> &'static str {
        match self {
            Self::QueueConversations { .. } | Self::UserConversations { .. } => "conversations",
            Self::QueueMembers(_) => "members",
            Self::UserPresence(_) => "presence",
            Self::UserRoutingStatus(_) => "routing",
            Self::UserActivity(_) => "activity",
            Self::UserConversationSummary(_) => "summary",
            Self::QueueObservations(_) => "observations",
            Self::QueueActivity(_) => "queue-activity",
            Self::ConversationDetail { .. } => "detail",
            Self::AgentState(_) => "agent-state",
            Self::Transcription(_) => "transcription",
            Self::ChannelMetadata => "metadata",
            Self::System(_) => "system",
            Self::Other => "other",
        }
    }

    /// Reads a topic's name, given in lower case.
    fn of(key: &str) -> Self {
        if key == CHANNEL_METADATA {
            return Self::ChannelMetadata;
        }
        let Some(rest) = key.strip_prefix("v2.") else { return Self::Other };
        if let Some(system) = rest.strip_prefix("system.") {
            return Self::System(system.to_owned());
        }
        let parts: Vec<&str> = rest.split('.').collect();
        match parts.as_slice() {
            ["routing", "queues", id, "conversations"] => {
                Self::QueueConversations { queue: QueueId::new(id), media: None }
            }
            ["routing", "queues", id, "conversations", part] => match Media::of_topic_part(part) {
                media @ Some(_) => Self::QueueConversations { queue: QueueId::new(id), media },
                None => Self::Other,
            },
            ["users", id, "conversations"] => {
                Self::UserConversations { user: UserId::new(id), media: None }
            }
            ["users", id, "conversations", part] => match Media::of_topic_part(part) {
                media @ Some(_) => Self::UserConversations { user: UserId::new(id), media },
                None => Self::Other,
            },
            ["routing", "queues", id, "users"] => Self::QueueMembers(QueueId::new(id)),
            ["users", id, "presence"] => Self::UserPresence(UserId::new(id)),
            ["users", id, "routingstatus"] => Self::UserRoutingStatus(UserId::new(id)),
            ["users", id, "activity"] => Self::UserActivity(UserId::new(id)),
            ["users", id, "conversationsummary"] => Self::UserConversationSummary(UserId::new(id)),
            ["analytics", "queues", id, "observations"] => {
                Self::QueueObservations(QueueId::new(id))
            }
            ["analytics", "queues", id, "activity"] => Self::QueueActivity(QueueId::new(id)),
            ["detail", "events", "conversation", id, event @ ..] if !event.is_empty() => {
                Self::ConversationDetail {
                    conversation: ConversationId::new(id),
                    event: event.join("."),
                }
            }
            ["detail", "events", "agent", id, "state"] => Self::AgentState(UserId::new(id)),
            ["conversations", id, "transcription"] => Self::Transcription(ConversationId::new(id)),
            _ => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Media, NotATopic, Subject, Topic};
    use crate::domain::identity::{QueueId, UserId};

    #[test]
    fn topics_compare_without_case_and_keep_their_spelling() {
        let written = Topic::received("v2.users.AB.routingStatus");
        assert_eq!(written, Topic::received("V2.Users.ab.ROUTINGSTATUS"));
        assert_eq!(written.as_str(), "v2.users.AB.routingStatus");
        assert_eq!(written.subject(), Subject::UserRoutingStatus(UserId::new("ab")));
    }

    #[test]
    fn combined_topics_expand_to_the_names_under_which_events_arrive() {
        let combined = Topic::parse("v2.users.u1?presence&conversations.calls").unwrap();
        let singles: Vec<_> = combined.singles().collect();
        assert_eq!(singles[0].as_str(), "v2.users.u1.presence");
        assert_eq!(
            singles[1].subject(),
            Subject::UserConversations { user: UserId::new("u1"), media: Some(Media::Call) }
        );
    }

    #[test]
    fn names_that_are_no_topics_say_why() {
        let long = format!("v2.users.{}.presence", "x".repeat(200));
        for (name, expected) in [
            ("", "Empty"),
            (long.as_str(), "TooLong"),
            ("wss://streaming.mypurecloud.com/channels/x", "Address"),
            ("v2.users.a b.presence", "Character"),
            ("v2.users.\u{202e}.presence", "Character"),
            ("v2.routing.queues.*.conversations", "Wildcard"),
            ("v2.users.{id}.presence", "Placeholder"),
            ("channel.metadata", "AlwaysThere"),
            ("users.x.presence", "Prefix"),
            ("v2..presence", "Form"),
            ("v2.users.x?", "Form"),
            ("v2", "Prefix"),
        ] {
            let error: NotATopic = Topic::parse(name).unwrap_err();
            assert!(format!("{error:?}").starts_with(expected), "{name:?} gave {error:?}");
        }
    }

    #[test]
    fn media_topics_of_queues_are_told_apart() {
        let topic = Topic::received("v2.routing.queues.Q1.conversations.cobrowseSessions");
        assert_eq!(
            topic.subject(),
            Subject::QueueConversations { queue: QueueId::new("q1"), media: Some(Media::Cobrowse) }
        );
        assert_eq!(Topic::received("v2.something.new").subject(), Subject::Other);
    }
}
