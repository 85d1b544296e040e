//! Frames as the filter language sees them: topic, size, names, and the way into the JSON.
use super::{Field, Holds, Record, Value};
use crate::domain::decode::decode;
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::{QueueId, UserId};
use crate::domain::monitor::directory::Directory;
use crate::domain::monitor::frames::{Kept, Label};
use crate::domain::outline::Outline;
use crate::domain::topic::{Media, Subject, Topic};
use std::cell::OnceCell;

/// A field of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameField {
    /// The topic's name.
    Topic,
    /// The kind of topic.
    Family,
    /// The kind of frame.
    Label,
    /// The number of the channel.
    Channel,
    /// When it was received.
    Received,
    /// Bytes.
    Size,
    /// The queue of the topic.
    Queue,
    /// The user of the topic.
    User,
    /// The conversation of the topic or body.
    Conversation,
    /// The one medium of the topic.
    Media,
    /// `eventBody`.
    Body,
    /// `metadata`.
    Metadata,
    /// The whole frame.
    Frame,
}

/// The fields of a frame.
pub const FRAME_FIELDS: &[Field<FrameField>] = &[
    field("topic", FrameField::Topic, Holds::Text, "the topic's name, as received"),
    field(
        "family",
        FrameField::Family,
        Holds::Text,
        "the kind of topic whatever its ids: conversations, presence, routing, observations, …",
    ),
    field(
        "label",
        FrameField::Label,
        Holds::Text,
        "the kind of frame: event, heartbeat, system, reply or unreadable",
    ),
    field(
        "channel",
        FrameField::Channel,
        Holds::Count,
        "the number of the channel it came on, from 1",
    ),
    field("received", FrameField::Received, Holds::Time, "when it was received"),
    field("size", FrameField::Size, Holds::Size, "its size in bytes, as received"),
    field("queue", FrameField::Queue, Holds::Text, "the topic's queue, by name or id"),
    field("user", FrameField::User, Holds::Text, "the topic's user, by name or id"),
    field(
        "conversation",
        FrameField::Conversation,
        Holds::Text,
        "the conversation's id, from topic or body",
    ),
    field("media", FrameField::Media, Holds::Text, "the medium, for topics of one medium"),
    field(
        "body",
        FrameField::Body,
        Holds::Json,
        "the event's body, as in body.participants.purpose=agent",
    ),
    field(
        "metadata",
        FrameField::Metadata,
        Holds::Json,
        "what the service sends beside the body, as in metadata.CorrelationId",
    ),
    field("frame", FrameField::Frame, Holds::Json, "the whole frame, for what has no other field"),
];

const fn field(
    name: &'static str,
    key: FrameField,
    holds: Holds,
    help: &'static str,
) -> Field<FrameField> {
    // as the frame itself calls it
    let also = match key {
        FrameField::Topic => "topicName",
        FrameField::Body => "eventBody",
        _ => "",
    };
    Field { name, also: [also, ""], key, holds, help }
}

/// A frame with what is known about it. Made for one question after another: the JSON is read
/// when first needed, and once.
#[derive(Debug)]
pub struct FrameRecord<'a> {
    frame: &'a Frame,
    topic: Option<&'a Topic>,
    label: &'a Label,
    directory: &'a Directory,
    subject: OnceCell<Option<Subject>>,
    json: OnceCell<Option<Outline>>,
}

/// What of a frame a record borrows beside the frame, for those who don't keep it.
#[derive(Debug)]
pub struct Reading {
    topic: Option<Topic>,
    label: Label,
}

impl Reading {
    /// Reads a frame that just came.
    #[must_use]
    pub fn of(frame: &Frame) -> Self {
        let decoded = decode(frame);
        Self { topic: decoded.topic, label: Label::of(&decoded.meaning) }
    }
}

impl<'a> FrameRecord<'a> {
    /// A frame that just came.
    #[must_use]
    pub fn new(frame: &'a Frame, reading: &'a Reading, directory: &'a Directory) -> Self {
        Self::of_parts(frame, reading.topic.as_ref(), &reading.label, directory)
    }

    /// A frame that is kept.
    #[must_use]
    pub fn kept(kept: &'a Kept, directory: &'a Directory) -> Self {
        Self::of_parts(&kept.frame, kept.topic.as_ref(), &kept.label, directory)
    }

    fn of_parts(
        frame: &'a Frame,
        topic: Option<&'a Topic>,
        label: &'a Label,
        directory: &'a Directory,
    ) -> Self {
        let (subject, json) = (OnceCell::new(), OnceCell::new());
        Self { frame, topic, label, directory, subject, json }
    }

    fn subject(&self) -> Option<&Subject> {
        self.subject.get_or_init(|| self.topic.map(Topic::subject)).as_ref()
    }

    fn queue(&self) -> Option<&QueueId> {
        match self.subject()? {
            Subject::QueueConversations { queue, .. }
            | Subject::QueueMembers(queue)
            | Subject::QueueObservations(queue)
            | Subject::QueueActivity(queue) => Some(queue),
            _ => None,
        }
    }

    fn user(&self) -> Option<&UserId> {
        match self.subject()? {
            Subject::UserConversations { user, .. }
            | Subject::UserPresence(user)
            | Subject::UserRoutingStatus(user)
            | Subject::UserActivity(user)
            | Subject::UserConversationSummary(user)
            | Subject::AgentState(user) => Some(user),
            _ => None,
        }
    }

    fn conversation(&self) -> Option<String> {
        match self.subject()? {
            Subject::QueueConversations { .. } | Subject::UserConversations { .. } => {
                let (json, body) = self.json(FrameField::Body)?;
                json.string(json.field(body, "id")?)
            }
            Subject::ConversationDetail { conversation, .. }
            | Subject::Transcription(conversation) => Some(conversation.to_string()),
            _ => None,
        }
    }

    fn media(&self) -> Option<Media> {
        match self.subject()? {
            Subject::QueueConversations { media, .. }
            | Subject::UserConversations { media, .. } => *media,
            _ => None,
        }
    }
}

impl Record<FrameField> for FrameRecord<'_> {
    fn any_value(&self, field: FrameField, passes: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
        let mut text = |text: Option<&str>| text.is_some_and(|text| passes(Value::Text(text)));
        match field {
            FrameField::Topic => text(self.topic.map(Topic::as_str)),
            FrameField::Family => text(self.subject().map(Subject::family)),
            FrameField::Label => text(Some(self.label.word())),
            FrameField::Queue => {
                let queue = self.queue();
                text(queue.map(|queue| self.directory.queue(queue)))
                    || text(queue.map(QueueId::as_str))
            }
            FrameField::User => {
                let user = self.user();
                text(user.map(|user| self.directory.user(user))) || text(user.map(UserId::as_str))
            }
            FrameField::Conversation => text(self.conversation().as_deref()),
            FrameField::Media => text(self.media().map(Media::word)),
            FrameField::Channel => passes(Value::Quantity(f64::from(self.frame.channel.0))),
            FrameField::Received => passes(Value::Time(self.frame.received)),
            #[expect(clippy::cast_precision_loss, reason = "frames have no 2^53 bytes")]
            FrameField::Size => passes(Value::Quantity(self.frame.size() as f64)),
            FrameField::Body | FrameField::Metadata | FrameField::Frame => false,
        }
    }

    fn any_text(&self, passes: &mut dyn FnMut(&str) -> bool) -> bool {
        self.frame.text().is_some_and(&mut *passes)
            || self.queue().is_some_and(|queue| passes(self.directory.queue(queue)))
            || self.user().is_some_and(|user| passes(self.directory.user(user)))
    }

    fn json(&self, field: FrameField) -> Option<(&Outline, usize)> {
        let read = || match &self.frame.payload {
            Payload::Text(text) => Some(Outline::read(text)).filter(Outline::is_json),
            _ => None,
        };
        let whole = self.json.get_or_init(read).as_ref()?;
        let from = match field {
            FrameField::Body => whole.field(0, "eventBody")?,
            FrameField::Metadata => whole.field(0, "metadata")?,
            FrameField::Frame => 0,
            _ => return None,
        };
        Some((whole, from))
    }
}

/// Ten filters that work on frames, each with what it finds; the prompt's help and
/// `docs/filter.md` show them.
pub const FRAME_EXAMPLES: [(&str, &str); 10] = [
    ("billing", "frames of the queue Billing, or with that word anywhere in them"),
    ("family=conversations -label=heartbeat", "conversation frames"),
    ("topic:observations or topic:activity", "one of two topics"),
    ("queue=Bill* size>4k", "large frames of queues whose names begin so"),
    ("body.participants.purpose=agent", "some participant is an agent"),
    ("body.participants.0.calls.held=true", "the first participant holds a call"),
    ("has:body.participants.wrapup", "some participant has a wrap-up"),
    ("body~\"disconnect(ed|Type)\"", "some value of the body matches"),
    ("channel=2 received>=2026-11-23T14:00Z", "of one channel, from a point in time on"),
    ("label=unreadable or family=other", "what this program doesn't understand"),
];
