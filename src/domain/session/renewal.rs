//! What the session does because time passes: token, renewal, hand-over, watchdog, sleep.
use super::line::{Line, Step, Then, renewal_time};
use super::machine::{Session, Token};
use super::recovery::network;
use super::{Effect, Failure, FailureKind, Moment};
use crate::domain::control::EventKind;
use crate::domain::moment::since;
use jiff::Timestamp;

impl Token {
    /// Whether none is being asked for.
    pub(super) fn is_settled(&self) -> bool {
        self.pending.is_none() && self.retry_at.is_none()
    }
}

impl Line {
    /// Whether its renewal is due.
    pub(super) fn wants_renewal(&self, now: Moment) -> bool {
        self.renew_at.is_some_and(|due| due <= now.wall)
    }

    /// Whether the time of its renewal is still being waited for.
    pub(super) fn wants_renewal_timer(&self) -> bool {
        self.is_live() && self.renewing.is_none() && !self.wants_successor
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
            self.want_successor("the token was renewed, and a channel ends with its token");
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
        let cap = match failure.kind {
            FailureKind::Network => self.policy.retry_cap_network,
            _ => self.policy.retry_cap,
        };
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
    pub(super) fn want_successor(&mut self, why: &str) {
        let Some(active) = self.active.as_mut().filter(|line| line.is_live()) else { return };
        if std::mem::replace(&mut active.wants_successor, true) {
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

    /// Renews the channel's life by subscribing again.
    pub(super) fn resubscribe(&mut self, id: super::LineId) {
        let deadline = self.now.uptime + self.policy.step;
        if let Some(line) = self.line_mut(id) {
            line.renewing = Some(deadline);
            self.effects.push(Effect::Subscribe { line: id });
        }
    }

    fn lines_at(&self, step: Step) -> Vec<super::LineId> {
        let lines = [&self.active, &self.successor].into_iter().flatten();
        lines.filter(|line| line.step == step).map(|line| line.id).collect()
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
        self.watch();
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
        if self.active.as_ref().is_some_and(|line| line.is_live() && line.wants_successor) {
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
    fn step_time(&mut self, id: super::LineId) {
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
            Step::Dialing => self.abandon_step(id, Then::Dial, no_answer("the streaming host")),
            Step::Subscribing => {
                self.abandon_step(id, Then::Check, no_answer("subscribing"));
            }
            Step::Checking => {
                self.abandon_step(id, Then::Check, no_answer("asking for the channel"));
            }
            Step::Pausing(Then::Create) => self.create(id),
            Step::Pausing(Then::Dial | Then::Subscribe | Then::Check) if self.lacks_token(id) => {}
            Step::Pausing(Then::Dial) => self.dial(id),
            Step::Pausing(Then::Subscribe) => {
                self.step(id, Step::Subscribing, Effect::Subscribe { line: id });
            }
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
    fn abandon_step(&mut self, id: super::LineId, then: Then, failure: Failure) {
        if self.is_successor(id) {
            self.effects.push(Effect::EndOverlap);
        }
        self.effects.push(Effect::Drop { line: id });
        self.step_failed(id, then, failure);
    }

    /// The watchdog: silence, then a ping, then the end.
    fn watch(&mut self) {
        let now = self.now;
        let (silence, pong, real_life) =
            (self.policy.silence, self.policy.pong, self.policy.real_life);
        let Some(line) = self.active.as_mut().filter(|line| line.is_live()) else { return };
        if line.life(now) >= real_life {
            line.attempts = 0;
            line.short_lives = 0;
        }
        let id = line.id;
        match line.pinged {
            Some(sent) if now.uptime.saturating_sub(sent) >= pong => {
                let line = line.clone();
                self.effects.push(Effect::Drop { line: id });
                let quiet =
                    line.heard.map_or(silence, |heard| now.uptime.saturating_sub(heard.uptime));
                self.lost(
                    &line,
                    line.known_live(now),
                    format!(
                        "silence for {} s and no answer to a ping: the connection is dead",
                        quiet.as_secs()
                    ),
                );
            }
            Some(_) => {}
            None => {
                let heard = line.heard.unwrap_or(line.since).uptime;
                let is_silent = now.uptime.saturating_sub(heard) >= silence;
                if is_silent || now.uptime.saturating_sub(line.last_ping) >= self.policy.measure {
                    self.ping(id);
                }
            }
        }
    }

    /// The channel's life: subscribe again before it ends; if that can't help, hand over.
    fn renewal_time(&mut self) {
        let now = self.now;
        let Some(line) = self.active.as_mut().filter(|line| line.is_live()) else { return };
        if line.renewing.is_some_and(|due| due <= now.uptime) {
            line.renewing = None;
            self.want_successor("subscribing again gave no answer in time");
            return;
        }
        if self.token.ready && line.wants_renewal_timer() && line.wants_renewal(now) {
            let id = line.id;
            line.renew_at = None;
            self.resubscribe(id);
        }
    }

    /// Notices that the machine slept: the wall clock went on while the uptime stood still, or,
    /// where the uptime counts sleep too and where only this program was stopped, nobody told the
    /// time for far longer than was asked for. Then token, channel and socket are looked at, in
    /// this order, since each ends with the one before it.
    pub(super) fn compare_clocks(&mut self, before: Moment) {
        let by_wall = since(self.now.wall, before.wall);
        let by_uptime = self.now.uptime.saturating_sub(before.uptime);
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
        let Some(id) = self.active.as_ref().filter(|line| line.is_live()).map(|line| line.id)
        else {
            return;
        };
        self.effects.push(Effect::CheckChannel { line: id });
        // A ping that was out before the sleep is asked anew: its answer had no time to come.
        self.ping(id);
        self.take_snapshot();
    }
}
