//! The session machine: the life of one share of topics, without I/O.
//!
//! `on(event, now) -> effects`. The network edge carries the effects out and reports back; this
//! module must not know how. A *line* is one notification channel with its socket; a session has
//! one active line, and during a hand-over a second one, its successor, which is live before the
//! first goes.
//!
//! ```text
//! Start ─ ObtainToken ─▶ TokenReady ─ CreateChannel ─▶ ChannelReady ─ Dial ─▶ Dialed
//!       ─ Subscribe ─▶ Subscribed ─ TakeSnapshot ─▶ live ··· silence ─ SendPing ─▶ pong | end
//! end ─ CheckChannel ─▶ exists: Dial · gone: CreateChannel · unauthorized: ObtainToken
//! notice, expiry, Renew ─ CreateChannel (successor) ─▶ … Subscribed ─ EndOverlap, Retire (old)
//! no answer to Subscribe ─ Abandon, SendPing ─▶ Subscribe again on the same socket
//! ```
//!
//! Every wait has a deadline: [`Session::deadline`] says when `Tick` is due next.
use super::identity::ChannelNumber;
use super::moment::Moment;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

mod line;
mod machine;
mod policy;
mod recovery;
mod renewal;
mod report;
mod subscription;
#[cfg(test)]
mod tests;

pub use machine::Session;
pub use policy::Policy;

/// One channel with its socket, among those that this session ever had. Never used twice, so
/// that the answer to an abandoned attempt is recognised as such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LineId(pub u32);

/// What happened, told to the machine.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Begin.
    Start,
    /// Time has passed. Due at [`Session::deadline`], harmless at any time.
    Tick,
    /// A token is there.
    TokenReady {
        /// When it ends, if the service said so.
        expires: Option<Timestamp>,
    },
    /// No token could be had.
    TokenFailed(Failure),
    /// The channel was created.
    ChannelReady {
        /// For this line.
        line: LineId,
        /// The channel's id shortened for display; the whole one is a secret.
        short: String,
        /// When the channel ends, if the service said so.
        expires: Option<Timestamp>,
    },
    /// The channel could not be created.
    ChannelFailed {
        /// For this line.
        line: LineId,
        /// Why.
        failure: Failure,
    },
    /// All channels that may be used are in use: one is made for this line as soon as another is
    /// left, which [`Event::ChannelReady`] or [`Event::ChannelFailed`] will tell.
    NoRoom {
        /// For this line.
        line: LineId,
    },
    /// The socket is open.
    Dialed {
        /// The line.
        line: LineId,
    },
    /// The socket could not be opened.
    DialFailed {
        /// The line.
        line: LineId,
        /// Why.
        failure: Failure,
    },
    /// The service took the subscriptions.
    Subscribed {
        /// The line.
        line: LineId,
        /// Topics that are permitted.
        permitted: usize,
        /// Topics that were refused.
        rejected: usize,
        /// The channel's new end, if the service said so.
        expires: Option<Timestamp>,
    },
    /// The subscriptions were refused or could not be sent.
    SubscribeFailed {
        /// The line.
        line: LineId,
        /// Why.
        failure: Failure,
    },
    /// A frame came; every one counts as a sign of life.
    Frame {
        /// The line.
        line: LineId,
        /// What kind of frame.
        kind: FrameKind,
    },
    /// The socket ended.
    Closed {
        /// The line.
        line: LineId,
        /// How.
        end: SocketEnd,
    },
    /// Answer to [`Effect::CheckChannel`].
    Checked {
        /// The line.
        line: LineId,
        /// What the service said.
        outcome: ChannelCheck,
    },
    /// The snapshot was taken and handed on. Only the latest [`Effect::TakeSnapshot`] may answer.
    SnapshotTaken {
        /// What was read, in a few words.
        what: String,
    },
    /// The snapshot could not be taken.
    SnapshotFailed(Failure),
    /// The user or the fleet wants something.
    Wish(Wish),
}

/// What a user can ask of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Take a new channel, without loss.
    Renew,
    /// Subscribe again on the present channel: the topics changed, or it shall live longer.
    Resubscribe,
    /// Read the state again.
    Snapshot,
    /// End.
    Stop,
}

/// Kinds of frames that the machine tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// The heartbeat of the service.
    Heartbeat,
    /// The answer to our ping.
    Pong,
    /// The service will close the socket within a minute.
    Closing,
    /// The service says that this channel is no longer subscribed, or its token was revoked.
    Ended,
    /// Any other.
    Other,
}

/// What the network edge shall do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Get a token. `fresh`: the one in use was refused or ends soon.
    ObtainToken {
        /// Whether a token that is at hand won't do.
        fresh: bool,
    },
    /// Create a notification channel.
    CreateChannel {
        /// For this line.
        line: LineId,
    },
    /// Open the socket, bare.
    Dial {
        /// The line.
        line: LineId,
    },
    /// Subscribe all topics of the session on the line's channel.
    Subscribe {
        /// The line.
        line: LineId,
    },
    /// Send the application's ping and remember when, for the round-trip time.
    SendPing {
        /// The line.
        line: LineId,
    },
    /// Ask whether the channel still exists.
    CheckChannel {
        /// The line.
        line: LineId,
    },
    /// Stop what is under way for the line by REST. Its socket stays open and is still read.
    Abandon {
        /// The line.
        line: LineId,
    },
    /// Close the socket if it is open and stop everything under way for the line. Its channel is
    /// remembered: it may be checked and dialled again.
    Drop {
        /// The line.
        line: LineId,
    },
    /// As `Drop`, and the line will never be heard of again: its channel may be forgotten.
    Forget {
        /// The line.
        line: LineId,
    },
    /// The line is no longer needed: clear its subscriptions at the service, then forget it.
    Retire {
        /// The line.
        line: LineId,
    },
    /// From now on frames come on both lines: show each once.
    BeginOverlap {
        /// The line that goes.
        old: LineId,
        /// The line that comes.
        new: LineId,
    },
    /// Only the new line is left.
    EndOverlap,
    /// Read state by REST, abandoning an earlier one still under way, and report with [`Event::SnapshotTaken`] or [`Event::SnapshotFailed`].
    TakeSnapshot,
    /// A span in which events may be missing begins, grows or is healed.
    Gap(GapEffect),
    /// Tell people, in a sentence.
    Say {
        /// What kind of event.
        kind: super::control::EventKind,
        /// The sentence.
        sentence: String,
        /// The service's id of the answer behind it.
        context_id: Option<String>,
        /// How long until the next attempt, if there is one.
        retry_in: Option<Duration>,
    },
    /// Nothing will be tried any more; the session is over.
    GiveUp(Failure),
    /// The session has ended as wished.
    Stopped,
}

/// What happens to the gap of this session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GapEffect {
    /// No longer live: events may be missing from now on.
    Opened {
        /// The last time at which the line was known to be live.
        from: Timestamp,
        /// Why, in a few words.
        cause: String,
    },
    /// Live again: events between may be missing.
    Closed {
        /// The last time at which the line was known to be live.
        from: Timestamp,
        /// When it was live again.
        until: Timestamp,
        /// Why, in a few words.
        cause: String,
    },
    /// A snapshot was taken after it.
    Healed {
        /// What was read, in a few words.
        by: String,
    },
}

/// Why something failed, sorted by what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What helps.
    pub kind: FailureKind,
    /// What failed and why, in a sentence, with the remedy if there is one.
    pub sentence: String,
    /// How long the service asked to wait.
    pub retry_after: Option<Duration>,
    /// The service's id of the answer, for its support.
    pub context_id: Option<String>,
}

/// What helps against a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// Name resolution, TCP, TLS, a time-out: try again.
    Network,
    /// Too many requests: wait as told.
    RateLimited,
    /// The service has trouble (5xx): try again.
    Service,
    /// The answer wasn't the service's (a captive portal, a proxy): try again, say so.
    BadAnswer,
    /// The token isn't taken any more: get a fresh one.
    TokenRefused,
    /// The credentials themselves are refused: nothing helps but other ones.
    CredentialsRefused,
    /// The channel is gone: make a new one.
    ChannelGone,
    /// Permission is missing for everything that was asked.
    NotPermitted,
    /// Our request is wrong, and will be wrong again.
    Unacceptable,
}

/// How a socket ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SocketEnd {
    /// The close code; 1006, which is never sent, when the stream ended in order without one;
    /// `None` when the connection broke: then nobody knows what was under way.
    pub code: Option<u16>,
    /// The service's reason or ours, made harmless.
    pub reason: String,
}

/// Answer to the question whether a channel exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChannelCheck {
    /// It does.
    Exists,
    /// It doesn't.
    Gone,
    /// The token isn't taken.
    Unauthorized,
    /// No answer, or none that says.
    Unknown(Failure),
}

/// How a session stands, for the truth bar.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionReport {
    /// Which of our channels.
    pub channel: ChannelNumber,
    /// The state in one word.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// The channel's id shortened; empty while there is none.
    pub channel_short: String,
    /// When the channel ends.
    pub channel_expires: Option<Timestamp>,
    /// Topics that are permitted and subscribed.
    pub permitted: usize,
    /// Topics that were refused.
    pub rejected: usize,
    /// The last frame of any kind.
    pub last_frame: Option<Timestamp>,
    /// The last heartbeat or pong.
    pub last_heartbeat: Option<Timestamp>,
    /// How long the last ping took.
    pub round_trip: Option<Duration>,
    /// Failed attempts since the session was last live.
    pub attempts: u32,
    /// When the next attempt is due, while waiting for it.
    pub retry_at: Option<Timestamp>,
    /// Why it isn't live, in a sentence; empty while it is.
    pub reason: String,
}

impl SessionReport {
    /// A session of which nothing is known but where it stands and since when.
    #[must_use]
    pub fn new(channel: ChannelNumber, phase: Phase, since: Timestamp) -> Self {
        Self {
            channel,
            phase,
            since,
            channel_short: String::new(),
            channel_expires: None,
            permitted: 0,
            rejected: 0,
            last_frame: None,
            last_heartbeat: None,
            round_trip: None,
            attempts: 0,
            retry_at: None,
            reason: String::new(),
        }
    }
}

/// The state of a session in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Not begun.
    Idle,
    /// Getting a token.
    Authorizing,
    /// Creating the channel.
    CreatingChannel,
    /// Opening the socket.
    Dialing,
    /// Subscribing.
    Subscribing,
    /// Live: subscribed, and the service gives signs of life.
    Live,
    /// Live by the book, but silent for longer than heartbeats allow; a ping is out.
    Silent,
    /// Waiting before the next attempt.
    Waiting,
    /// Over, with a reason.
    Ended,
}
