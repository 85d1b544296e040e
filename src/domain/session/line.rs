//! One line: a notification channel with its socket, and how far it has come.
use super::{LineId, Moment};
use jiff::Timestamp;
use std::time::Duration;

/// How far a line has come. Every step but `Live` waits for one answer, with a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Waits for a token.
    NeedsToken,
    /// Waits for the channel.
    Creating,
    /// Waits until one of the channels that may be used at once is left by another session.
    AwaitingRoom,
    /// Waits for the socket.
    Dialing,
    /// Waits for the answer to its subscriptions.
    Subscribing,
    /// Waits for the answer whether its channel still exists.
    Checking,
    /// Waits before `then` is tried again; until when is in [`Line::deadline`].
    Pausing(Then),
    /// Subscribed and connected.
    Live,
}

/// What is tried after a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Create,
    Dial,
    Subscribe,
    Check,
}

/// Why a line shall have a successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Want {
    /// Its socket or its channel ends, or somebody asked for it: another socket does as well.
    Line,
    /// Its channel ends with its token: only another channel helps.
    Token,
}

/// One line.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) id: LineId,
    pub(super) step: Step,
    /// Since when it is in this step.
    pub(super) since: Moment,
    /// Uptime at which the step's wait ends; `None` for `NeedsToken` (the token has its own) and
    /// `Live` (the watchdog has its own).
    pub(super) deadline: Option<Duration>,
    /// Failed attempts since it was last really alive.
    pub(super) attempts: u32,
    /// How often in a row its channel was found gone, since it was last really alive.
    pub(super) restarts: u32,
    /// Lives in a row that were shorter than displaced connections live.
    pub(super) short_lives: u32,
    pub(super) short: String,
    /// When the channel ends.
    pub(super) expires: Option<Timestamp>,
    /// When it should be renewed.
    pub(super) renew_at: Option<Timestamp>,
    /// Uptime by which an answer to subscribing again, while live, is due.
    pub(super) renewing: Option<Duration>,
    /// Uptime at which it subscribes again, while live, because that has failed.
    pub(super) resubscribe_at: Option<Duration>,
    /// How often in a row subscribing has failed or got no answer in time.
    pub(super) unsubscribed: u32,
    pub(super) permitted: usize,
    pub(super) rejected: usize,
    /// The last sign of life.
    pub(super) heard: Option<Moment>,
    pub(super) heartbeat: Option<Timestamp>,
    /// When a ping was sent that no sign of life has followed yet: the watchdog's.
    pub(super) pinged: Option<Duration>,
    /// When the ping was sent whose pong will give the round-trip time. Other frames may come
    /// between, so this outlives `pinged`.
    pub(super) measuring: Option<Duration>,
    /// When the last ping was sent.
    pub(super) last_ping: Duration,
    pub(super) round_trip: Option<Duration>,
    /// Uptime at which its present socket was opened.
    pub(super) opened: Duration,
    /// When an event came on its new socket before the service answered to the subscriptions,
    /// which a channel keeps: from then on it delivers.
    pub(super) delivers_since: Option<Timestamp>,
    /// Why a successor is wanted, if one is.
    pub(super) wanted: Option<Want>,
}

impl Line {
    pub(super) fn new(id: LineId, now: Moment) -> Self {
        Self {
            id,
            step: Step::NeedsToken,
            since: now,
            deadline: None,
            attempts: 0,
            restarts: 0,
            short_lives: 0,
            short: String::new(),
            expires: None,
            renew_at: None,
            renewing: None,
            resubscribe_at: None,
            unsubscribed: 0,
            permitted: 0,
            rejected: 0,
            heard: None,
            heartbeat: None,
            pinged: None,
            measuring: None,
            last_ping: now.uptime,
            round_trip: None,
            opened: now.uptime,
            delivers_since: None,
            wanted: None,
        }
    }

    pub(super) fn enter(&mut self, step: Step, now: Moment, deadline: Option<Duration>) {
        self.step = step;
        self.since = now;
        self.deadline = deadline;
    }

    pub(super) fn is_live(&self) -> bool {
        self.step == Step::Live
    }

    /// Whether it is on its way up, and doesn't wait for better times.
    pub(super) fn is_on_its_way(&self) -> bool {
        !matches!(self.step, Step::AwaitingRoom | Step::Pausing(_))
    }

    /// Whether a channel is being made for it, or will be.
    pub(super) fn awaits_channel(&self) -> bool {
        matches!(self.step, Step::Creating | Step::AwaitingRoom)
    }

    /// Whether its socket is open.
    pub(super) fn is_open(&self) -> bool {
        matches!(self.step, Step::Live | Step::Subscribing | Step::Pausing(Then::Subscribe))
    }

    /// How long it has been live.
    pub(super) fn life(&self, now: Moment) -> Duration {
        if self.is_live() { now.uptime.saturating_sub(self.since.uptime) } else { Duration::ZERO }
    }

    /// The last time at which it was known to be live. Never later than `now`, even when the clock
    /// was put back meanwhile.
    pub(super) fn known_live(&self, now: Moment) -> Timestamp {
        // a channel that kept its list delivered before its subscription was answered
        let begun = self.delivers_since.unwrap_or(self.since.wall);
        let heard = self.heard.map_or(begun, |heard| heard.wall.max(begun));
        heard.min(now.wall)
    }

    /// Uptime since which nothing was heard on its present socket.
    pub(super) fn quiet_since(&self) -> Duration {
        self.heard.map_or(self.opened, |heard| heard.uptime.max(self.opened))
    }

    /// Notes the channel's new end; renewal is due before it, and for short lives at four fifths.
    pub(super) fn expires_at(&mut self, expires: Option<Timestamp>, before: Duration, now: Moment) {
        self.expires = expires;
        self.renew_at = expires.map(|end| renewal_time(end, before, now.wall));
    }
}

/// When something that ends at `end` is to be renewed: `before` its end, or after four fifths of
/// its life where that is later, since a token of five minutes must not be renewed at once.
pub(super) fn renewal_time(end: Timestamp, before: Duration, now: Timestamp) -> Timestamp {
    let life = crate::domain::moment::since(end, now);
    let margin = before.min(life / 5);
    end.saturating_sub(margin).unwrap_or(Timestamp::MIN)
}
