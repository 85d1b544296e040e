//! The one door from raw text to meaning.
//!
//! Bodies stay raw until somebody asks here, so that what nobody looks at need not be parsed.
//! Nothing that comes in can make this fail: what can't be read as what it should be is
//! [`Meaning::Unreadable`] with the reason, and unknown topics, fields and values are normal.
//! Must not know what becomes of the meaning.
use super::agent::AgentChange;
use super::control::{AgentState, QueueFigure, QueueStaff};
use super::conversation::Conversation;
use super::frame::{Frame, Payload};
use super::identity::{QueueId, UserId};
use super::session::FrameKind;
use super::topic::{Media, SOCKET_CLOSING, Subject, Topic};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

mod analytics;
mod conversation;
pub mod detail;
pub(crate) mod details_query;
mod people;
#[cfg(test)]
mod tests;
mod wire;

pub use detail::{DetailEvent, Transcription};

/// Longest reason of an unreadable frame that is kept, in characters.
const MAX_REASON_CHARACTERS: usize = 200;
/// Longest text that is taken for an id, in bytes: a UUID has 36, a channel 40.
const MAX_ID_BYTES: usize = 64;

/// A frame, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The topic, if the frame names one.
    pub topic: Option<Topic>,
    /// What it means.
    pub meaning: Meaning,
}

/// What a frame means.
#[derive(Clone, Debug, PartialEq)]
pub enum Meaning {
    /// The service's heartbeat.
    Heartbeat,
    /// The answer to our ping.
    Pong,
    /// Something under `v2.system`.
    System(SystemMessage),
    /// The answer to something sent over the socket; such frames name no topic.
    Reply(SocketReply),
    /// An event of a topic.
    Event(Body),
    /// Can't be read as what it should be; why.
    Unreadable(String),
}

/// The body of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A full snapshot of a conversation, all media.
    Conversation(Box<Conversation>),
    /// A full snapshot of one medium of a conversation.
    MediaConversation {
        /// The medium.
        media: Media,
        /// The snapshot; its legs are all of that medium.
        snapshot: Box<Conversation>,
    },
    /// Figures of a queue.
    Figures(Vec<QueueFigure>),
    /// Somebody joined or left a queue.
    QueueMember {
        /// The queue.
        queue: QueueId,
        /// The user.
        user: UserId,
        /// Whether they joined.
        joined: bool,
    },
    /// Something about an agent changed.
    Agent {
        /// The agent.
        user: UserId,
        /// What.
        change: AgentChange,
    },
    /// A detail event.
    Detail(Box<DetailEvent>),
    /// A piece of a transcript.
    Transcription(Box<Transcription>),
    /// A body that this program doesn't interpret; counted and shown.
    Uninterpreted {
        /// The id in it, if it is an object that has one.
        id: Option<Arc<str>>,
    },
}

/// Body of a message under `v2.system`. All fields are optional: no captured example is public.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SystemMessage {
    /// Kind of message: `no_longer_subscribed`, `subscription_changed`, `token_revoked`.
    pub system_topic_type: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Words for people.
    pub message: Option<String>,
    /// Whether this is the notice that the socket will be closed; from the topic, not the body.
    #[serde(skip)]
    pub closing: bool,
}

/// Answer to something sent over the socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SocketReply {
    /// The result, such as `200`; the service writes it as text, a number is taken too.
    pub result: String,
    /// The status, such as `subscribed`.
    pub status: Option<String>,
    /// Words for people.
    pub message: Option<String>,
}

/// The outside of a frame, borrowed. The body stays raw.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, rename = "topicName")]
    topic_name: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "eventBody")]
    event_body: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    status: Option<&'a RawValue>,
    #[serde(borrow, default)]
    message: Option<&'a RawValue>,
}

/// The `message` of `channel.metadata` bodies.
#[derive(Deserialize)]
struct ChannelMetadata {
    #[serde(default)]
    message: Option<String>,
}

/// Understands a frame.
#[must_use]
pub fn decode(frame: &Frame) -> Decoded {
    let text = match &frame.payload {
        Payload::Text(text) => text,
        Payload::Binary(bytes) => {
            return unreadable(None, &format!("{} bytes that are no text", bytes.len()));
        }
        Payload::Oversized { bytes } => {
            return unreadable(None, &format!("a message of {bytes} bytes, too large to keep"));
        }
    };
    let envelope = match envelope(text) {
        Ok(envelope) => envelope,
        Err(reason) => return unreadable(None, &reason),
    };
    let Some(name) = envelope.topic_name else {
        if envelope.result.is_some() || envelope.status.is_some() {
            let reply = SocketReply {
                result: plain(envelope.result).unwrap_or_default(),
                status: plain(envelope.status),
                message: plain(envelope.message),
            };
            return Decoded { topic: None, meaning: Meaning::Reply(reply) };
        }
        return unreadable(None, "an object without topicName");
    };
    let topic = Topic::received(&name);
    let body = envelope.event_body.map_or("null", RawValue::get);
    let meaning = match meaning(&topic, body) {
        Ok(meaning) => meaning,
        Err(reason) => return unreadable(Some(topic), &reason),
    };
    Decoded { topic: Some(topic), meaning }
}

/// What of a frame the network edge must know. Reads no more than the envelope.
#[must_use]
pub fn frame_kind(frame: &Frame) -> FrameKind {
    let Some(Ok(envelope)) = frame.text().map(envelope) else { return FrameKind::Other };
    let Some(name) = envelope.topic_name else { return FrameKind::Other };
    if name.eq_ignore_ascii_case(SOCKET_CLOSING) {
        return FrameKind::Closing;
    }
    let lowered = name.to_ascii_lowercase();
    let ended = ["v2.system.no_longer_subscribed", "v2.system.token_revoked"];
    if ended.iter().any(|prefix| lowered.starts_with(prefix)) {
        return FrameKind::Ended;
    }
    if lowered == super::topic::CHANNEL_METADATA {
        let body = envelope.event_body.map_or("null", RawValue::get);
        return match channel_metadata(body) {
            Ok(Meaning::Pong) => FrameKind::Pong,
            _ => FrameKind::Heartbeat,
        };
    }
    FrameKind::Other
}

/// The topic that a frame's text names, as written; `None` if it names none.
pub fn topic_name(text: &str) -> Option<String> {
    envelope(text).ok()?.topic_name.map(Cow::into_owned)
}

/// A number that is the same for snapshots of one conversation on one topic; `None` for frames
/// that are no conversation snapshot. Reads no more than the envelope and the body's id.
#[must_use]
pub fn conversation_key(frame: &Frame) -> Option<u64> {
    #[derive(Deserialize)]
    struct Identified<'a> {
        #[serde(borrow)]
        id: Cow<'a, str>,
    }
    let envelope = envelope(frame.text()?).ok()?;
    let topic = Topic::received(&envelope.topic_name?);
    let is_snapshot = matches!(
        topic.subject(),
        Subject::QueueConversations { .. } | Subject::UserConversations { .. }
    );
    if !is_snapshot {
        return None;
    }
    let body: Identified<'_> = serde_json::from_str(envelope.event_body?.get()).ok()?;
    // a fixed hasher: the same frames give the same keys in every run
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    Some(hasher.hash_one((topic.key(), &*body.id)))
}

/// Reads a body into the model as a topic's subject says; for conversations that REST gave.
///
/// # Errors
/// A sentence, when it isn't a conversation.
pub fn conversation_from_rest(text: &str) -> Result<Conversation, String> {
    conversation::read(text, None).map(|(_, conversation)| conversation)
}

fn unreadable(topic: Option<Topic>, reason: &str) -> Decoded {
    let reason = super::text::harmless_within(reason, MAX_REASON_CHARACTERS);
    Decoded { topic, meaning: Meaning::Unreadable(reason) }
}

fn envelope(text: &str) -> Result<Envelope<'_>, String> {
    if !text.trim_ascii_start().starts_with('{') {
        let is_json = serde_json::from_str::<&RawValue>(text).is_ok();
        let what = if is_json { "JSON, but not an object" } else { "not JSON" };
        return Err(what.to_owned());
    }
    serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => format!("an object of another shape: {error}"),
        _ => format!("not JSON: {error}"),
    })
}

/// A scalar as text, whatever JSON type it has.
fn plain(value: Option<&RawValue>) -> Option<String> {
    let raw = value?.get();
    serde_json::from_str::<String>(raw).ok().or_else(|| (raw != "null").then(|| raw.to_owned()))
}

fn meaning(topic: &Topic, body: &str) -> Result<Meaning, String> {
    let body = match topic.subject() {
        Subject::ChannelMetadata => return channel_metadata(body),
        Subject::System(name) => {
            // the body's form is not public: whatever it is, the topic says enough
            let message: SystemMessage = serde_json::from_str(body).unwrap_or_default();
            return Ok(Meaning::System(SystemMessage {
                closing: name == "socket_closing",
                ..message
            }));
        }
        Subject::QueueConversations { media, .. } | Subject::UserConversations { media, .. } => {
            let (flat, conversation) = conversation::read(body, media)?;
            match flat {
                Some(media) => Body::MediaConversation { media, snapshot: Box::new(conversation) },
                None => Body::Conversation(Box::new(conversation)),
            }
        }
        Subject::QueueMembers(queue) => people::queue_member(queue, body)?,
        Subject::UserPresence(user) => people::presence(user, body)?,
        Subject::UserRoutingStatus(user) => people::routing_status(user, body)?,
        Subject::UserActivity(user) => people::activity(user, body)?,
        Subject::QueueObservations(queue) => analytics::observations(&queue, body)?,
        Subject::QueueActivity(queue) => analytics::activity(&queue, body)?,
        Subject::ConversationDetail { conversation, event } => {
            Body::Detail(Box::new(detail::detail_event(conversation, event, body)?))
        }
        Subject::AgentState(user) => detail::agent_state(user, body)?,
        Subject::Transcription(conversation) => {
            Body::Transcription(Box::new(detail::transcription(conversation, body)?))
        }
        Subject::UserConversationSummary(_) | Subject::Other => {
            Body::Uninterpreted { id: body_id(body) }
        }
    };
    Ok(Meaning::Event(body))
}

/// The id of a body, if it is an object that has one.
fn body_id(body: &str) -> Option<Arc<str>> {
    #[derive(Deserialize)]
    struct Identified<'a> {
        #[serde(borrow, default)]
        id: Option<&'a RawValue>,
    }
    // a list would be taken for the fields in their order
    let object = Some(body).filter(|body| body.trim_ascii_start().starts_with('{'))?;
    let body: Identified<'_> = serde_json::from_str(object).ok()?;
    let is_scalar = |raw: &&RawValue| !raw.get().starts_with(['{', '[']);
    let id = plain(body.id.filter(is_scalar))?;
    (1..=MAX_ID_BYTES).contains(&id.len()).then(|| id.into())
}

fn channel_metadata(body: &str) -> Result<Meaning, String> {
    let metadata: ChannelMetadata = wire::read(body)?;
    Ok(match metadata.message {
        Some(message) if message.eq_ignore_ascii_case("pong") => Meaning::Pong,
        _ => Meaning::Heartbeat,
    })
}

/// Reads the answer to an observations query.
pub(super) fn query_figures(text: &str) -> Result<Vec<QueueFigure>, String> {
    analytics::query_answer(text)
}

/// Reads a page of users with what they are doing.
pub(super) fn people_answer(text: &str) -> Result<Vec<AgentState>, String> {
    people::answer(text)
}

/// Reads the answer to an aggregates query.
pub(super) fn query_aggregates(text: &str) -> Result<Vec<QueueFigure>, String> {
    analytics::aggregates_answer(text)
}

/// Reads who is on which queue from the answer to an observations query.
pub(super) fn query_staff(text: &str) -> Result<Vec<QueueStaff>, String> {
    analytics::staff_answer(text)
}
