//! The machine itself: events in, effects out. Failures are in [`super::recovery`], renewal and
//! hand-over in [`super::renewal`].
use super::line::{Line, Step, Then, Want};
use super::policy::BackOff;
use super::{Effect, Event, FrameKind, GapEffect, LineId, Moment, Policy, Wish};
use crate::domain::control::EventKind;
use crate::domain::identity::ChannelNumber;
use crate::domain::moment::since;
use jiff::Timestamp;
use std::time::Duration;

/// One session; see the module above.
#[derive(Debug)]
pub struct Session {
    pub(super) channel: ChannelNumber,
    pub(super) policy: Policy,
    pub(super) back_off: BackOff,
    pub(super) now: Moment,
    pub(super) token: Token,
    /// The line that delivers, or is on its way to.
    pub(super) active: Option<Line>,
    /// The line that shall replace the active one, during a hand-over.
    pub(super) successor: Option<Line>,
    /// The line that was replaced, still read until this uptime.
    pub(super) retiring: Option<(LineId, Duration)>,
    /// Until when what it delivered is remembered after it has gone.
    pub(super) remembered: Option<Duration>,
    pub(super) next_line: u32,
    /// Since when events may be missing, and why.
    pub(super) gap: Option<(Timestamp, String)>,
    pub(super) snapshot: SnapshotState,
    pub(super) was_live: bool,
    /// Uptime at which a channel was left to another program.
    pub(super) left_fight: Option<Duration>,
    /// Why the session is over, once it is.
    pub(super) over: Option<String>,
    /// Why it isn't live, in a sentence.
    pub(super) reason: String,
    pub(super) effects: Vec<Effect>,
}

/// The token, as far as the session must know it.
#[derive(Debug, Default)]
pub(super) struct Token {
    pub(super) ready: bool,
    pub(super) expires: Option<Timestamp>,
    pub(super) renew_at: Option<Timestamp>,
    /// Uptime by which an answer is due, while one is asked for.
    pub(super) pending: Option<Duration>,
    /// Uptime at which it is asked for again.
    pub(super) retry_at: Option<Duration>,
    pub(super) attempts: u32,
    /// How often in a row a fresh token was refused by the API.
    pub(super) refused: u32,
}

/// The snapshot that heals.
#[derive(Debug, Default)]
pub(super) struct SnapshotState {
    /// Uptime by which the answer is due, while one is asked for.
    pub(super) pending: Option<Duration>,
    /// Uptime at which it is asked for again.
    pub(super) retry_at: Option<Duration>,
    pub(super) attempts: u32,
    /// Whether a gap waits to be healed by it.
    pub(super) heals: bool,
}

impl Session {
    /// A session that has not begun, for our channel `channel`. `jitter_seed` spreads the waits
    /// of several sessions; the same seed gives the same waits.
    pub fn new(channel: ChannelNumber, policy: Policy, jitter_seed: u64) -> Self {
        let never = Moment { wall: Timestamp::MIN, uptime: Duration::ZERO };
        Self {
            channel,
            policy,
            back_off: BackOff::new(jitter_seed),
            now: never,
            token: Token::default(),
            active: None,
            successor: None,
            retiring: None,
            remembered: None,
            next_line: 1,
            gap: None,
            snapshot: SnapshotState::default(),
            was_live: false,
            left_fight: None,
            over: None,
            reason: String::new(),
            effects: Vec::new(),
        }
    }

    /// Takes an event in and says what to do, in order.
    pub fn on(&mut self, event: Event, now: Moment) -> Vec<Effect> {
        let before = std::mem::replace(&mut self.now, now);
        if self.over.is_some() {
            return Vec::new();
        }
        if before.wall != Timestamp::MIN {
            self.compare_clocks(before);
        }
        self.handle(event);
        if self.over.is_none() {
            self.pass_time();
        }
        std::mem::take(&mut self.effects)
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Start => {
                if self.active.is_none() {
                    self.active = Some(self.new_line());
                    self.ask_for_token(false);
                }
            }
            Event::Tick => {}
            Event::TokenReady { expires } => self.token_ready(expires),
            Event::TokenFailed(failure) => self.token_failed(failure),
            Event::ChannelReady { line, short, expires } => {
                let before = self.policy.renew_before;
                let now = self.now;
                if let Some(line) = self.line_mut(line).filter(|line| line.awaits_channel()) {
                    line.short = short;
                    line.expires_at(expires, before, now);
                    let id = line.id;
                    self.dial(id);
                }
            }
            Event::ChannelFailed { line, failure } => {
                if self.line_mut(line).is_some_and(|line| line.awaits_channel()) {
                    self.step_failed(line, Then::Create, failure);
                }
            }
            Event::NoRoom { line } => self.no_room(line),
            Event::Dialed { line } => self.dialed(line),
            Event::DialFailed { line, failure } => {
                if self.line_at(line, Step::Dialing).is_some() {
                    self.forget_successor(line);
                    self.step_failed(line, Then::Dial, failure);
                }
            }
            Event::Subscribed { line, permitted, rejected, expires } => {
                self.subscribed(line, permitted, rejected, expires);
            }
            Event::SubscribeFailed { line, failure } => self.subscribe_failed(line, failure),
            Event::Frame { line, kind } => self.frame(line, kind),
            Event::Closed { line, end } => self.closed(line, &end),
            Event::Checked { line, outcome } => self.checked(line, outcome),
            Event::SnapshotTaken { what } => {
                self.snapshot.pending = None;
                self.snapshot.attempts = 0;
                if std::mem::take(&mut self.snapshot.heals) {
                    self.effects.push(Effect::Gap(GapEffect::Healed { by: what }));
                }
            }
            Event::SnapshotFailed(failure) => self.snapshot_failed(&failure),
            Event::Wish(wish) => self.wish(wish),
        }
    }

    fn wish(&mut self, wish: Wish) {
        match wish {
            Wish::Renew => self.want_successor(Want::Line, "as asked for"),
            Wish::Resubscribe => {
                if let Some(line) = self.active.as_ref().filter(|line| line.is_live()) {
                    let id = line.id;
                    self.resubscribe(id);
                }
            }
            Wish::Snapshot => self.take_snapshot(),
            Wish::Stop => {
                let lines = [self.active.take(), self.successor.take()];
                for line in lines.into_iter().flatten() {
                    self.effects.push(Effect::Retire { line: line.id });
                }
                if let Some((line, _)) = self.retiring.take() {
                    self.effects.push(Effect::Retire { line });
                }
                "stopped".clone_into(&mut self.reason);
                self.over = Some(self.reason.clone());
                self.effects.push(Effect::Stopped);
            }
        }
    }

    /// Opens the line's socket. A channel that was subscribed before delivers from the moment at
    /// which the service accepts it, which is before we know: so from here on what comes on the
    /// active line is remembered, to be known when the successor brings it again.
    pub(super) fn dial(&mut self, id: LineId) {
        if let (Some(old), Some(new)) = (&self.active, &self.successor)
            && new.id == id
        {
            self.effects.push(Effect::BeginOverlap { old: old.id, new: id });
        }
        self.step(id, Step::Dialing, Effect::Dial { line: id });
    }

    /// The socket is open: subscribe.
    fn dialed(&mut self, id: LineId) {
        let now = self.now;
        let Some(line) = self.line_at(id, Step::Dialing) else { return };
        // what an earlier socket delivered says nothing about this one
        line.delivers_since = None;
        line.pinged = None;
        line.measuring = None;
        line.opened = now.uptime;
        if self.lacks_token(id) {
            return;
        }
        self.subscribe(id);
    }

    /// The active line is live, and was not before.
    pub(super) fn came_up(&mut self) {
        self.reason.clear();
        let again = std::mem::replace(&mut self.was_live, true);
        let delivers_since = self.active.as_ref().and_then(|line| line.delivers_since);
        if let Some((from, cause)) = self.gap.take() {
            // The clock may have been put back meanwhile; a gap never ends before it begins.
            let until = delivers_since.unwrap_or(self.now.wall).max(from);
            let length = since(until, from);
            self.effects.push(Effect::Gap(GapEffect::Closed { from, until, cause: cause.clone() }));
            self.snapshot.heals = true;
            self.say(
                EventKind::Reconnected,
                format!(
                    "live again after {:.1} s in which events may be missing ({cause})",
                    length.as_secs_f64()
                ),
            );
        } else {
            let (kind, sentence) = if again {
                (EventKind::Reconnected, "live again")
            } else {
                (EventKind::Connected, "live: subscribed, and the socket is open")
            };
            self.say(kind, sentence.to_owned());
        }
        self.take_snapshot();
    }

    fn frame(&mut self, id: LineId, kind: FrameKind) {
        let now = self.now;
        let Some(line) = self.line_mut(id) else { return };
        line.heard = Some(now);
        line.pinged = None;
        if kind == FrameKind::Pong
            && let Some(sent) = line.measuring.take()
        {
            line.round_trip = Some(now.uptime.saturating_sub(sent));
        }
        match kind {
            FrameKind::Heartbeat | FrameKind::Pong => line.heartbeat = Some(now.wall),
            FrameKind::Closing => self.closing(id),
            FrameKind::Ended => {
                let end = super::SocketEnd {
                    code: None,
                    reason: "the service says that the channel is no longer subscribed".to_owned(),
                };
                self.effects.push(Effect::Drop { line: id });
                self.closed(id, &end);
            }
            FrameKind::Other => {
                if line.is_open() && !line.is_live() {
                    line.delivers_since.get_or_insert(now.wall);
                }
            }
        }
    }

    /// The service announced the end of a line's socket.
    fn closing(&mut self, id: LineId) {
        let is_active = self.active.as_ref().is_some_and(|line| line.id == id);
        let Some(line) = self.line_mut(id) else { return };
        if !is_active || !line.is_live() {
            // It is on its way up: it goes on, and is replaced as soon as it is live.
            line.wanted.get_or_insert(Want::Line);
            return;
        }
        self.say(
            EventKind::Closing,
            "the service will close this socket within a minute; another channel takes over"
                .to_owned(),
        );
        self.want_successor(Want::Line, "the service announced that it closes the socket");
    }

    /// Sends a ping; whatever comes next counts as a sign of life, only the pong gives the time.
    pub(super) fn ping(&mut self, id: LineId) {
        let now = self.now.uptime;
        if let Some(line) = self.line_mut(id) {
            line.pinged = Some(now);
            line.measuring = Some(now);
            line.last_ping = now;
            self.effects.push(Effect::SendPing { line: id });
        }
    }

    /// Enters a step that waits for an answer.
    pub(super) fn step(&mut self, id: LineId, step: Step, effect: Effect) {
        let now = self.now;
        let deadline = now.uptime + self.policy.step;
        if let Some(line) = self.line_mut(id) {
            line.enter(step, now, Some(deadline));
            self.effects.push(effect);
        }
    }

    pub(super) fn new_line(&mut self) -> Line {
        let id = LineId(self.next_line);
        self.next_line += 1;
        Line::new(id, self.now)
    }

    pub(super) fn line_mut(&mut self, id: LineId) -> Option<&mut Line> {
        [&mut self.active, &mut self.successor].into_iter().flatten().find(|line| line.id == id)
    }

    /// The line, if it is in `step`: otherwise the answer belongs to an abandoned attempt.
    pub(super) fn line_at(&mut self, id: LineId, step: Step) -> Option<&mut Line> {
        self.line_mut(id).filter(|line| line.step == step)
    }

    pub(super) fn say(&mut self, kind: EventKind, sentence: String) {
        self.effects.push(Effect::Say { kind, sentence, context_id: None, retry_in: None });
    }

    pub(super) fn take_snapshot(&mut self) {
        self.snapshot.pending = Some(self.now.uptime + self.policy.snapshot);
        self.snapshot.retry_at = None;
        self.effects.push(Effect::TakeSnapshot);
    }
}
