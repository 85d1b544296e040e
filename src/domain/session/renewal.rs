//! What the session does because time passes: token, renewal, hand-over, watchdog, sleep.
use super::line::{Line, Step, Then, Want, renewal_time};
use super::machine::{Session, Token};
use super::recovery::network;
use super::{Effect, Failure, FailureKind, LineId};
use crate::domain::control::EventKind;
use crate::domain::moment::{add, since};
use jiff::Timestamp;

impl Token {
    /// Whether none is being asked for.
    pub(super) fn is_settled(&self) -> bool {
        self.pending.is_none() && self.retry_at.is_none()
    }
}

impl Session {
    pub(super) fn ask_for_token(&mut self, fresh: bool) {
        self.token.pending = Some(self.now.uptime + self.policy.step);
        self.token.retry_at = None;
        self.effects.push(Effect::ObtainToken { fresh });
    }

    pub(super) fn token_ready(&mut self, expires: Option<Timestamp>) {
        if self.token.pending.take().is_none() && self.token.ready {
            return;
        }
        // several sessions share a token: whoever asks second is given the one that it has
        let is_same = self.token.ready && self.token.expires == expires;
        self.token.ready = true;
        self.token.attempts = 0;
        self.token.retry_at = None;
        self.token.expires = expires;
        self.token.renew_at =
            expires.map(|end| renewal_time(end, self.policy.renew_before, self.now.wall));
        for id in self.lines_at(Step::NeedsToken) {
            self.create(id);
        }
        if !is_same && self.active.as_ref().is_some_and(Line::is_live) {
            // a channel ends with the token that made it
            let why = "the token was renewed, and a channel ends with its token";
            self.want_successor(Want::Token, why);
        }
    }

    pub(super) fn token_failed(&mut self, failure: Failure) {
        if self.token.pending.take().is_none() {
            return;
        }
        let hopeless = matches!(
            failure.kind,
            FailureKind::CredentialsRefused | FailureKind::NotPermitted | FailureKind::Unacceptable
        );
        let still_valid =
            self.token.ready && self.token.expires.is_none_or(|end| end > self.now.wall);
        if hopeless && !still_valid {
            self.give_up(failure);
            return;
        }
        self.token.attempts = self.token.attempts.saturating_add(1);
        let cap = self.cap_of(failure.kind);
        let wait = self.back_off.wait(self.token.attempts, self.policy.retry_first, cap);
        let wait = failure.retry_after.map_or(wait, |asked| asked.max(wait));
        // A token that only a person can renew but that still works: no hurry. A quarter of what is
        // left makes a dozen reminders in all, denser towards its end and never past it.
        let reminds = still_valid && (hopeless || failure.kind == FailureKind::TokenRefused);
        let wait = if reminds {
            let left = self.token.expires.map(|end| since(end, self.now.wall));
            wait.max(left.map_or(self.policy.step, |left| left / 4).max(self.policy.step))
        } else {
            wait
        };
        self.token.retry_at = Some(self.now.uptime + wait);
        if !self.active.as_ref().is_some_and(Line::is_live) {
            self.reason.clone_from(&failure.sentence);
        }
        self.effects.push(Effect::Say {
            kind: if reminds { EventKind::Token } else { EventKind::Retrying },
            sentence: failure.sentence,
            context_id: failure.context_id,
            retry_in: Some(wait),
        });
    }

    /// Begins a hand-over, unless one is under way.
    pub(super) fn want_successor(&mut self, want: Want, why: &str) {
        let Some(active) = self.active.as_mut().filter(|line| line.is_live()) else { return };
        let before = active.wanted;
        if before != Some(Want::Token) {
            active.wanted = Some(want);
        }
        if before.is_some() {
            return;
        }
        self.say(EventKind::Note, format!("taking another channel: {why}"));
        self.begin_successor();
    }

    fn begin_successor(&mut self) {
        if self.successor.is_some() || self.retiring.is_some() || self.remembered.is_some() {
            return; // the one under way first; `pass_time` comes back to it
        }
        let line = self.new_line();
        let id = line.id;
        self.successor = Some(line);
        self.create(id);
    }

    /// The successor is live: it becomes the active line, the other one is read a while longer.
    pub(super) fn promote_successor(&mut self) {
        let Some(new) = self.successor.take() else { return };
        let Some(old) = self.active.replace(new) else { return };
        self.retiring = Some((old.id, self.now.uptime + self.policy.overlap));
        self.say(
            EventKind::HandedOver,
            "another channel took over; both are read for a moment, so nothing falls between"
                .to_owned(),
        );
    }

    /// There is no channel for the line before another session leaves one.
    pub(super) fn no_room(&mut self, id: LineId) {
        let now = self.now;
        let deadline = now.uptime + self.policy.snapshot;
        let Some(line) = self.line_at(id, Step::Creating) else { return };
        line.enter(Step::AwaitingRoom, now, Some(deadline));
        self.say(
            EventKind::Note,
            "all channels that this client may have are in use: waiting until another session has left one".to_owned(),
        );
    }

    /// No channel came free. A successor that could be done without is given up, so that nothing
    /// else waits for it: the active line lives on, and is dialled again when its socket ends.
    fn still_no_room(&mut self, id: LineId) {
        self.effects.push(Effect::Abandon { line: id });
        let is_needed = self
            .active
            .as_ref()
            .is_none_or(|line| line.id == id || line.wanted == Some(Want::Token));
        if is_needed {
            self.create(id);
            return;
        }
        self.successor = None;
        self.effects.push(Effect::Forget { line: id });
        if let Some(active) = &mut self.active {
            active.wanted = None;
        }
        self.say(EventKind::Note, "no channel came free: this one is kept".to_owned());
    }

    fn lines_at(&self, step: Step) -> Vec<LineId> {
        let lines = [&self.active, &self.successor].into_iter().flatten();
        lines.filter(|line| line.step == step).map(|line| line.id).collect()
    }

    /// Those whose socket is open.
    fn open_lines(&self) -> Vec<LineId> {
        let lines = [&self.active, &self.successor].into_iter().flatten();
        lines.filter(|line| line.is_open()).map(|line| line.id).collect()
    }

    /// Whatever is due.
    pub(super) fn pass_time(&mut self) {
        self.token_time();
        for id in [self.active.as_ref(), self.successor.as_ref()]
            .into_iter()
            .flatten()
            .map(|line| line.id)
            .collect::<Vec<_>>()
        {
            self.step_time(id);
            if self.over.is_some() {
                return;
            }
        }
        for id in self.open_lines() {
            self.watch(id);
        }
        self.renewal_time();
        if let Some((line, until)) = self.retiring
            && until <= self.now.uptime
        {
            self.retiring = None;
            self.effects.push(Effect::Retire { line });
            // What the old line has delivered may still be under way on the new one, however
            // little the two differ: at 500 frames/s each 2 ms are a frame that would be shown
            // twice. So it is remembered for as long again.
            self.remembered = Some(self.now.uptime + self.policy.overlap);
        }
        if self.remembered.is_some_and(|until| until <= self.now.uptime) {
            self.remembered = None;
            self.effects.push(Effect::EndOverlap);
        }
        if self.active.as_ref().is_some_and(|line| line.is_live() && line.wanted.is_some()) {
            self.begin_successor();
        }
        if self.snapshot.pending.is_some_and(|due| due <= self.now.uptime) {
            self.snapshot_failed(&network("no answer in time".to_owned()));
        }
        if self.snapshot.retry_at.is_some_and(|due| due <= self.now.uptime) {
            self.snapshot.retry_at = None;
            if self.active.as_ref().is_some_and(Line::is_live) {
                self.take_snapshot();
            }
        }
    }

    fn token_time(&mut self) {
        if self.token.pending.is_some_and(|due| due <= self.now.uptime) {
            self.token_failed(network("the login host gave no answer in time".to_owned()));
        }
        if self.token.retry_at.is_some_and(|due| due <= self.now.uptime) {
            let fresh = self.token.ready || self.token.refused > 0;
            self.ask_for_token(fresh);
        }
        if self.token.is_settled()
            && self.token.ready
            && self.token.renew_at.is_some_and(|due| due <= self.now.wall)
        {
            self.token.renew_at = None;
            self.ask_for_token(true);
        }
    }

    /// A step's wait is over: the answer didn't come, or the pause is done.
    fn step_time(&mut self, id: LineId) {
        let now = self.now;
        let Some(line) = self.line_mut(id) else { return };
        if line.deadline.is_none_or(|due| due > now.uptime) {
            return;
        }
        let no_answer = |what: &str| network(format!("{what} gave no answer in time"));
        let step = line.step;
        match step {
            Step::Creating => {
                self.abandon_step(id, Then::Create, no_answer("creating the channel"));
            }
            Step::AwaitingRoom => self.still_no_room(id),
            Step::Dialing => self.abandon_step(id, Then::Dial, no_answer("the streaming host")),
            Step::Subscribing => self.subscribing_unanswered(id),
            Step::Checking => {
                self.abandon_step(id, Then::Check, no_answer("asking for the channel"));
            }
            Step::Pausing(Then::Create) => self.create(id),
            Step::Pausing(Then::Dial | Then::Subscribe | Then::Check) if self.lacks_token(id) => {}
            Step::Pausing(Then::Dial) => self.dial(id),
            Step::Pausing(Then::Subscribe) => self.subscribe(id),
            Step::Pausing(Then::Check) => {
                self.step(id, Step::Checking, Effect::CheckChannel { line: id });
            }
            Step::NeedsToken | Step::Live => {
                if let Some(line) = self.line_mut(id) {
                    line.deadline = None;
                }
            }
        }
    }

    /// Stops what is under way for the line, then treats it as failed. Without the stop a late
    /// answer could open a second socket for the same channel.
    fn abandon_step(&mut self, id: LineId, then: Then, failure: Failure) {
        if self.is_successor(id) {
            self.effects.push(Effect::EndOverlap);
        }
        self.effects.push(Effect::Drop { line: id });
        self.step_failed(id, then, failure);
    }

    /// The watchdog: silence, then a ping, then the end. A line that is not live yet is watched as
    /// well: whatever keeps the service from answering, a dead socket must not be waited on.
    fn watch(&mut self, id: LineId) {
        let now = self.now;
        let (silence, pong, real_life) =
            (self.policy.silence, self.policy.pong, self.policy.real_life);
        let Some(line) = self.line_mut(id) else { return };
        if line.life(now) >= real_life {
            line.attempts = 0;
            line.short_lives = 0;
        }
        let quiet = now.uptime.saturating_sub(line.quiet_since());
        match line.pinged {
            Some(sent) if now.uptime.saturating_sub(sent) >= pong => {
                let line = line.clone();
                let cause = format!(
                    "silence for {} s and no answer to a ping: the connection is dead",
                    quiet.as_secs()
                );
                self.effects.push(Effect::Drop { line: id });
                if line.is_live() {
                    self.lost(&line, line.known_live(now), cause);
                } else {
                    self.never_live(id, &cause);
                }
            }
            Some(_) => {}
            None => {
                let since_ping = now.uptime.saturating_sub(line.last_ping);
                if quiet >= silence || (line.is_live() && since_ping >= self.policy.measure) {
                    self.ping(id);
                }
            }
        }
    }

    /// Notices that the machine slept: the wall clock went on while the uptime stood still, or,
    /// where the uptime counts sleep too and where only this program was stopped, nobody told the
    /// time for far longer than was asked for. Then token, channel and socket are looked at, in
    /// this order, since each ends with the one before it. That the clock was set back is said;
    /// whether anything stood still meanwhile, the uptime alone tells then.
    pub(super) fn compare_clocks(&mut self, before: super::Moment) {
        let by_uptime = self.now.uptime.saturating_sub(before.uptime);
        let set_back = since(add(before.wall, by_uptime), self.now.wall);
        if set_back >= self.policy.sleep {
            let seconds = set_back.as_secs();
            self.say(
                EventKind::Note,
                format!("the clock was set back by {seconds} s: times before this are later than they were"),
            );
        }
        let by_wall = since(self.now.wall, before.wall);
        let slept = by_wall
            .saturating_sub(by_uptime)
            .max(by_uptime.saturating_sub(self.policy.clock_check));
        if slept < self.policy.sleep {
            return;
        }
        self.say(
            EventKind::Note,
            format!(
                "the clock jumped by {} s (sleep?): checking token, channel and socket",
                slept.as_secs()
            ),
        );
        if self.token.expires.is_some_and(|end| end <= self.now.wall) {
            self.token.ready = false;
            if self.token.is_settled() {
                self.ask_for_token(true);
            }
        }
        // what waits for its next attempt need not wait: whatever failed before the sleep is past
        let now = self.now.uptime;
        for line in [&mut self.active, &mut self.successor].into_iter().flatten() {
            if matches!(line.step, Step::Pausing(_)) {
                line.deadline = Some(now);
            }
        }
        let live = self.active.as_ref().filter(|line| line.is_live()).map(|line| line.id);
        if let Some(id) = live {
            self.effects.push(Effect::CheckChannel { line: id });
        }
        // A ping that was out before the sleep is asked anew: its answer had no time to come.
        for id in self.open_lines() {
            self.ping(id);
        }
        if live.is_some() {
            self.take_snapshot();
        }
    }
}
