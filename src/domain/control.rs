//! The control plane: what a source of frames tells about itself.
//!
//! Control is never shed, in contrast to frames: a full intake must not delay "disconnected".
//! Must not know how a source works. What is here can be written into a recording, so a change of
//! a field's name changes the format of recordings.
use super::agent::AgentChange;
use super::conversation::Conversation;
use super::identity::{ChannelNumber, PresenceId, QueueId, UserId, WrapupCodeId};
use super::interval::Interval;
use super::session::SessionReport;
use super::topic::{Media, Topic};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One message of the control plane.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Control {
    /// How a session stands now. A later one for the same channel replaces it.
    Session(SessionReport),
    /// What became of topics that were asked for on a channel.
    Topics {
        /// The channel.
        channel: ChannelNumber,
        /// When the service answered.
        at: Timestamp,
        /// Every topic asked for, with its outcome.
        outcomes: Vec<TopicOutcome>,
    },
    /// Topics that were asked for on a channel and are no longer. A combined one that is split is
    /// among them; what of it stays comes in [`Control::Topics`] behind it.
    Unsubscribed {
        /// The channel.
        channel: ChannelNumber,
        /// When the service answered.
        at: Timestamp,
        /// The topics, as they were asked for.
        topics: Vec<Topic>,
    },
    /// Names of queues.
    Queues(Vec<Named<QueueId>>),
    /// Names of users.
    Users(Vec<Named<UserId>>),
    /// Names of the organisation's presences.
    Presences(Vec<Named<PresenceId>>),
    /// Names of wrap-up codes.
    WrapupCodes(Vec<Named<WrapupCodeId>>),
    /// Which divisions queues and users lie in.
    Divisions(Divisions),
    /// How soon conversations of queues shall be answered, by the queues' own settings.
    Goals(Vec<QueueGoals>),
    /// What REST says is so; heals what was missed.
    Snapshot(Snapshot),
    /// What REST says has happened in an interval.
    Figures(IntervalFigures),
    /// What REST says people are doing.
    Agents(AgentStates),
    /// Who is on some queues, by REST.
    Staff {
        /// When it was asked for.
        asked: Timestamp,
        /// The queues, each with everybody who is a member.
        queues: Vec<QueueStaff>,
    },
    /// A span in which events may be missing.
    Gap(Gap),
    /// Something happened that people should know, in a sentence.
    Event(ConnectionEvent),
    /// Who we are to the service.
    Identity(Identity),
    /// The token in use.
    Token {
        /// When it ends; `None` when that isn't known.
        expires: Option<Timestamp>,
        /// Whether it is renewed without anybody's doing. Otherwise a person has to log in again
        /// before it ends.
        renews: bool,
    },
    /// How far the service's clock is ahead of ours, by its `Date` header; negative: behind.
    ClockSkew {
        /// Milliseconds, to the second exact.
        milliseconds: i64,
    },
    /// What the service says of its rate limit.
    RateLimit {
        /// Requests counted in this window.
        count: u32,
        /// Requests allowed in a window.
        allowed: u32,
        /// When the window ends.
        resets: Timestamp,
    },
    /// What REST says of one queue, for laying it beside what is shown: it changes nothing of that.
    /// For the moment only: never written into a recording.
    #[serde(skip)]
    CrossCheck(Box<CrossReading>),
    /// How far coming up or loading has got, such as `queues 1,200/4,804`. For the moment only:
    /// never written into a recording.
    #[serde(skip)]
    Progress {
        /// What is being done.
        #[serde(skip)]
        // the variant is, but its borrowed field would still bind the reader
        what: &'static str,
        /// How much is done.
        done: usize,
        /// How much there is; `None` while unknown.
        total: Option<usize>,
    },
}

/// An id with its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Named<Id> {
    /// The id.
    pub id: Id,
    /// The name, as the service gives it: not yet made harmless.
    pub name: String,
}

/// Which divisions some queues and users lie in. A permission counts in a division, and by its name an
/// administrator finds where to grant it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Divisions {
    /// Queues, each with the name of its division.
    pub queues: Vec<Named<QueueId>>,
    /// Users, each with the name of theirs.
    pub users: Vec<Named<UserId>>,
}

impl Divisions {
    /// Whether it tells nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.queues.is_empty() && self.users.is_empty()
    }
}

/// How soon the conversations of a queue shall be answered: the service level of its settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueGoals {
    /// The queue.
    pub queue: QueueId,
    /// A goal for each medium that has one.
    pub media: Vec<MediaGoal>,
}

/// The goal of one medium of a queue, such as 80 % within 20 seconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaGoal {
    /// The medium.
    pub media: Media,
    /// How long a conversation may wait to count as answered in time, in milliseconds: `durationMs`.
    pub within_milliseconds: u64,
    /// Which share of them shall be in time, 1.0 being all: `percentage`.
    pub share: Option<f64>,
}

/// What became of one topic that was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TopicOutcome {
    /// The topic.
    pub topic: Topic,
    /// `None` when it is permitted.
    pub rejection: Option<Rejection>,
}

/// Why a topic was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rejection {
    /// The service's words, or ours where it gave none.
    pub reason: String,
    /// Permissions that are missing, as the service names them.
    pub missing_permissions: Vec<String>,
    /// The service's id of the answer, for its support.
    pub context_id: Option<String>,
}

/// What REST says is so at one time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Snapshot {
    /// When it was asked for. What came on the socket later than this is newer.
    pub asked: Timestamp,
    /// Live conversations.
    pub conversations: Vec<Conversation>,
    /// The queues for which `conversations` is complete: a conversation of such a queue that is
    /// not in it has ended. Empty when the answer was cut or filtered.
    pub complete_for: Vec<QueueId>,
    /// The users for whom it is complete: a conversation that such a user had and that is not in it
    /// has ended. Absent in older recordings.
    #[serde(default)]
    pub complete_for_users: Vec<UserId>,
    /// Queues that were asked for, and of which not all is told: the answer was too long, or
    /// permission is missing. Absent in older recordings.
    #[serde(default)]
    pub incomplete_for: Vec<QueueId>,
    /// Queue figures of the service.
    pub figures: Vec<QueueFigure>,
    /// Why conversations could not be asked for, in a sentence, if they could not.
    pub missing: Option<String>,
}

/// What REST says some people are doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentStates {
    /// When it was asked for.
    pub asked: Timestamp,
    /// Each person that the answer told of.
    pub agents: Vec<AgentState>,
}

/// What REST says one person is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentState {
    /// Who.
    pub user: UserId,
    /// What was said of them.
    pub state: AgentChange,
}

/// What REST says of one queue when somebody asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossReading {
    /// The queue.
    pub queue: QueueId,
    /// When it was asked for.
    pub asked: Timestamp,
    /// When the last answer came; `None` while not all are there.
    pub answered: Option<Timestamp>,
    /// Live conversations and observations, if they could be had.
    pub snapshot: Option<Snapshot>,
    /// What has happened in the half hour and today, if it could be had.
    pub intervals: Vec<IntervalFigures>,
    /// What could not be had, and why, in sentences.
    pub failures: Vec<String>,
}

impl CrossReading {
    /// One that was just asked for.
    #[must_use]
    pub fn begun(queue: QueueId, asked: Timestamp) -> Self {
        let (intervals, failures) = (Vec::new(), Vec::new());
        Self { queue, asked, answered: None, snapshot: None, intervals, failures }
    }
}

/// What REST says has happened in some queues in one interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IntervalFigures {
    /// When it was asked for.
    pub asked: Timestamp,
    /// The interval that was asked for; it may not be over yet.
    pub interval: Interval,
    /// The queues that were asked for: what isn't among the figures has not happened in them.
    pub queues: Vec<QueueId>,
    /// The figures, those of one queue together.
    pub figures: Vec<QueueFigure>,
}

/// Everybody who is a member of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueStaff {
    /// The queue.
    pub queue: QueueId,
    /// The people.
    pub people: Vec<StaffMember>,
}

/// One member of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StaffMember {
    /// Who.
    pub user: UserId,
    /// What routing thinks of them, in the service's word, such as `IDLE`.
    pub status: String,
}

/// One figure that the service gives for a queue and a medium.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueueFigure {
    /// The queue.
    pub queue: QueueId,
    /// The medium, `None` where the figure is for all.
    pub media: Option<Media>,
    /// Name of the metric, such as `oWaiting`.
    pub metric: String,
    /// What the metric is split by, such as a presence id.
    pub qualifier: Option<String>,
    /// The figure: a count, or for times the longest, in milliseconds.
    pub value: f64,
    /// The interval that the service names for it, which for what is of the moment is the one that
    /// it was told in; `None` where it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<Interval>,
}

/// A span in which events may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The channel whose topics are concerned.
    pub channel: ChannelNumber,
    /// The last time at which the channel was known to be live.
    pub from: Timestamp,
    /// When it was live again; `None` while it isn't.
    pub until: Option<Timestamp>,
    /// Why, in a few words.
    pub cause: String,
    /// What was read again to heal it, in a few words; empty until that is done.
    pub healed_by: Option<String>,
}

/// What kind of thing happened. The word that `tail` writes is [`EventKind::word`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EventKind {
    /// A first connection came up.
    Connected,
    /// A connection came back.
    Reconnected,
    /// A connection ended.
    Disconnected,
    /// Topics were subscribed.
    Subscribed,
    /// A topic was refused.
    Rejected,
    /// The service announced that it will close a socket.
    Closing,
    /// Another channel took over without a gap.
    HandedOver,
    /// A token was obtained or renewed.
    Token,
    /// Frames were merged or left out because nobody took them.
    Thinned,
    /// Something didn't work and will be tried again.
    Retrying,
    /// Something didn't work and won't be tried again.
    GaveUp,
    /// Anything else worth a line.
    Note,
}

impl EventKind {
    /// All of them.
    const ALL: [Self; 12] = [
        Self::Connected,
        Self::Reconnected,
        Self::Disconnected,
        Self::Subscribed,
        Self::Rejected,
        Self::Closing,
        Self::HandedOver,
        Self::Token,
        Self::Thinned,
        Self::Retrying,
        Self::GaveUp,
        Self::Note,
    ];

    /// The kind with this word; [`EventKind::Note`] for a word that isn't one.
    #[must_use]
    pub fn of(word: &str) -> Self {
        Self::ALL.into_iter().find(|kind| kind.word() == word).unwrap_or(Self::Note)
    }

    /// The word for scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Reconnected => "reconnected",
            Self::Disconnected => "disconnected",
            Self::Subscribed => "subscribed",
            Self::Rejected => "rejected",
            Self::Closing => "closing",
            Self::HandedOver => "handed_over",
            Self::Token => "token",
            Self::Thinned => "thinned",
            Self::Retrying => "retrying",
            Self::GaveUp => "gave_up",
            Self::Note => "note",
        }
    }
}

/// Something that happened to a connection, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionEvent {
    /// When.
    pub at: Timestamp,
    /// On which channel; `None` for what concerns all.
    pub channel: Option<ChannelNumber>,
    /// What kind.
    pub kind: EventKind,
    /// The sentence, without a stop; secrets never in it.
    pub sentence: String,
    /// The service's id of the answer behind it, for its support.
    pub context_id: Option<String>,
    /// How long until it is tried again, for [`EventKind::Retrying`].
    pub retry_in: Option<Duration>,
}

/// Who we are to the service.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// Name of the profile in use, if any.
    pub profile: Option<String>,
    /// Region, or host where an address was given.
    pub region: String,
    /// Base address of the API, where it isn't the region's own. Empty in older tapes, too.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub api_url: String,
    /// Name of the organisation, if the token says.
    pub organization: Option<String>,
    /// Name of the user, or of the client for client credentials.
    pub who: Option<String>,
}
