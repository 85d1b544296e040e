//! What the session does when something fails or ends: by kind of failure, with growing waits.
use super::line::{Line, Step, Then, Want};
use super::machine::Session;
use super::{ChannelCheck, Effect, Failure, FailureKind, GapEffect, LineId, SocketEnd};
use crate::domain::control::EventKind;
use jiff::Timestamp;
use std::time::Duration;

/// Fresh tokens refused in a row from which it is no longer the token's fault.
const MAX_REFUSED_TOKENS: u32 = 2;

impl Session {
    /// A step of a line failed.
    pub(super) fn step_failed(&mut self, id: LineId, then: Then, failure: Failure) {
        match failure.kind {
            FailureKind::Network
            | FailureKind::RateLimited
            | FailureKind::Service
            | FailureKind::BadAnswer => {
                // whether the channel survived is not known: ask before dialling it again
                let then = if then == Then::Dial { Then::Check } else { then };
                self.pause(id, then, &failure);
            }
            FailureKind::ChannelGone => {
                self.reason.clone_from(&failure.sentence);
                self.restart_line(id, &failure);
            }
            FailureKind::TokenRefused => self.token_refused(id, failure),
            // The active line still lives, and a hopeless successor must not end it. Nor does what
            // is refused now end what has worked: a role that was taken away by mistake is given
            // back, and the picture with it.
            FailureKind::NotPermitted | FailureKind::Unacceptable if self.was_live => {
                self.pause(id, then, &failure);
            }
            FailureKind::CredentialsRefused
            | FailureKind::NotPermitted
            | FailureKind::Unacceptable => {
                if self.is_successor(id) {
                    self.pause(id, then, &failure);
                } else {
                    self.give_up(failure);
                }
            }
        }
    }

    /// The longest wait between attempts after such a failure.
    pub(super) fn cap_of(&self, kind: FailureKind) -> Duration {
        match kind {
            FailureKind::Network => self.policy.retry_cap_network,
            FailureKind::NotPermitted
            | FailureKind::Unacceptable
            | FailureKind::CredentialsRefused => self.policy.retry_cap_refused,
            FailureKind::RateLimited
            | FailureKind::Service
            | FailureKind::BadAnswer
            | FailureKind::TokenRefused
            | FailureKind::ChannelGone => self.policy.retry_cap,
        }
    }

    /// Waits, then tries `then`.
    pub(super) fn pause(&mut self, id: LineId, then: Then, failure: &Failure) {
        let cap = self.cap_of(failure.kind);
        let first = self.policy.retry_first;
        let now = self.now;
        let Some(line) = self.line_mut(id) else { return };
        line.attempts = line.attempts.saturating_add(1);
        let attempts = line.attempts;
        let wait = self.back_off.wait(attempts, first, cap);
        let wait = failure.retry_after.map_or(wait, |asked| asked.max(wait));
        if let Some(line) = self.line_mut(id) {
            line.enter(Step::Pausing(then), now, Some(now.uptime + wait));
        }
        if !self.is_successor(id) {
            self.reason.clone_from(&failure.sentence);
        }
        self.say_retry(failure, wait);
    }

    pub(super) fn say_retry(&mut self, failure: &Failure, wait: Duration) {
        self.effects.push(Effect::Say {
            kind: EventKind::Retrying,
            sentence: failure.sentence.clone(),
            context_id: failure.context_id.clone(),
            retry_in: Some(wait),
        });
    }

    /// The channel is gone: the line begins anew under another id, after a wait if it fails
    /// again and again.
    fn restart_line(&mut self, id: LineId, failure: &Failure) {
        let Some(old) = self.line_mut(id).map(|line| line.clone()) else { return };
        self.forget_successor(id);
        self.effects.push(Effect::Forget { line: id });
        let mut line = self.new_line();
        line.attempts = old.attempts;
        line.restarts = old.restarts.saturating_add(1);
        let new_id = line.id;
        self.replace_line(id, line);
        // The first time a channel is gone another one is made at once, however often the network
        // failed before: it is back now. A channel that is gone again and again waits.
        if old.restarts == 0 {
            if let Some(line) = self.line_mut(new_id) {
                line.attempts = old.attempts + 1;
            }
            self.create(new_id);
        } else {
            self.pause(new_id, Then::Create, failure);
        }
    }

    fn replace_line(&mut self, old: LineId, new: Line) {
        if self.is_successor(old) {
            self.successor = Some(new);
        } else {
            self.active = Some(new);
        }
    }

    /// Creates the line's channel, or waits for the token that this needs.
    pub(super) fn create(&mut self, id: LineId) {
        if self.token.ready {
            self.step(id, Step::Creating, Effect::CreateChannel { line: id });
            return;
        }
        let now = self.now;
        if let Some(line) = self.line_mut(id) {
            line.enter(Step::NeedsToken, now, None);
        }
        if self.token.is_settled() {
            self.ask_for_token(true);
        }
    }

    /// The API refused the token: get a fresh one; the channel goes with the old one.
    fn token_refused(&mut self, id: LineId, failure: Failure) {
        self.token.refused += 1;
        if self.token.refused > MAX_REFUSED_TOKENS && !self.is_successor(id) {
            let sentence = format!(
                "{}; {MAX_REFUSED_TOKENS} fresh tokens were refused as well, so it isn't the token's age",
                failure.sentence
            );
            self.give_up(Failure { kind: FailureKind::CredentialsRefused, sentence, ..failure });
            return;
        }
        self.reason.clone_from(&failure.sentence);
        self.token.ready = false;
        self.lacks_token(id);
    }

    /// Whether there is no token for what the line wants to do next. If so the line begins anew
    /// once there is one: its channel ends with the token that made it.
    pub(super) fn lacks_token(&mut self, id: LineId) -> bool {
        if self.token.ready {
            return false;
        }
        self.forget_successor(id);
        self.effects.push(Effect::Forget { line: id });
        let mut line = self.new_line();
        (line.attempts, line.restarts) =
            self.line_mut(id).map_or((0, 0), |old| (old.attempts, old.restarts));
        self.replace_line(id, line);
        if self.token.is_settled() {
            self.ask_for_token(true);
        }
        true
    }

    /// If the line is a successor whose frames were already counted, the counting ends with it.
    pub(super) fn forget_successor(&mut self, id: LineId) {
        if self.is_successor(id) {
            self.effects.push(Effect::EndOverlap);
        }
    }

    /// A socket ended.
    pub(super) fn closed(&mut self, id: LineId, end: &SocketEnd) {
        if let Some((retiring, _)) = self.retiring
            && retiring == id
        {
            // expected: its successor is live; the overlap's memory stays until its time is over
            return;
        }
        let Some(line) = self.line_mut(id).filter(|line| line.is_open()) else { return };
        let line = line.clone();
        let cause = end_sentence(end);
        if !line.is_live() {
            self.never_live(id, &cause);
            return;
        }
        let heard = line.known_live(self.now);
        // A code says that the end came in order behind all that was sent before it. Without one
        // the connection may have been dead for as long as nothing was heard.
        let from = if end.code.is_some() {
            let flight = self.now.wall.saturating_sub(self.policy.in_flight);
            flight.map_or(heard, |earliest| heard.max(earliest))
        } else {
            heard
        };
        self.lost(&line, from, cause);
    }

    /// An open socket ended before it was live.
    pub(super) fn never_live(&mut self, id: LineId, cause: &str) {
        let what = if self.is_successor(id) {
            self.effects.push(Effect::EndOverlap);
            "the new channel's socket ended"
        } else {
            "the socket ended while subscribing"
        };
        self.pause(id, Then::Check, &network(format!("{what}: {cause}")));
    }

    /// The active line was live and is no longer; events may be missing since `from`.
    pub(super) fn lost(&mut self, line: &Line, from: Timestamp, cause: String) {
        let lived = line.life(self.now);
        self.reason.clone_from(&cause);
        self.say(EventKind::Disconnected, cause.clone());
        if self.gap.is_none() {
            self.effects.push(Effect::Gap(GapEffect::Opened { from, cause: cause.clone() }));
            self.gap = Some((from, cause));
        }
        if let Some(waiting) = self.successor.take_if(|line| !line.is_on_its_way()) {
            // It can't tell when it will be live, if ever, and the channel whose socket has ended
            // can most likely be dialled again.
            self.effects.push(Effect::EndOverlap);
            self.effects.push(Effect::Retire { line: waiting.id });
        }
        if let Some(successor) = self.successor.take() {
            // On its way already: it becomes the active one. The overlap is remembered on: what
            // the old line delivered last may still be under way on the new one.
            self.retiring = Some((line.id, self.now.uptime + self.policy.overlap));
            self.active = Some(successor);
            return;
        }
        let displaced = lived < self.policy.displaced_life;
        let limit = self.policy.displaced_limit;
        let real = lived >= self.policy.real_life;
        let now = self.now;
        let Some(active) = self.active.as_mut() else { return };
        active.short_lives = if displaced { active.short_lives + 1 } else { 0 };
        active.pinged = None;
        active.measuring = None;
        active.renewing = None;
        active.resubscribe_at = None;
        active.delivers_since = None;
        // the end that was announced has come
        active.wanted = active.wanted.filter(|want| *want == Want::Token);
        if real {
            active.attempts = 0;
            active.restarts = 0;
        }
        let is_flapping = active.short_lives >= limit;
        let in_peace = self.left_fight.is_some_and(|at| now.uptime < at + self.policy.peace);
        if is_flapping && !in_peace {
            self.leave_fight();
            return;
        }
        let id = line.id;
        if active.attempts == 0 {
            active.attempts = 1;
            self.step(id, Step::Checking, Effect::CheckChannel { line: id });
            return;
        }
        active.attempts = active.attempts.saturating_add(1);
        let attempts = active.attempts;
        // who closes every connection at once isn't an absent network: it is left alone longer
        let cap = if is_flapping { self.policy.retry_cap } else { self.policy.retry_cap_network };
        let wait = self.back_off.wait(attempts, self.policy.retry_first, cap);
        if let Some(active) = self.active.as_mut() {
            active.enter(Step::Pausing(Then::Check), now, Some(now.uptime + wait));
        }
    }

    /// Something else connects to this channel again and again, and each connection drops the
    /// other: one of the two must go elsewhere.
    fn leave_fight(&mut self) {
        self.say(
            EventKind::Note,
            "closed right after connecting, again and again: another program uses this channel, so an own one is taken".to_owned(),
        );
        let Some(id) = self.active.as_ref().map(|line| line.id) else { return };
        // only dropped, not retired: its subscriptions belong to the other program now
        self.effects.push(Effect::Forget { line: id });
        self.left_fight = Some(self.now.uptime);
        let line = self.new_line();
        let id = line.id;
        self.active = Some(line);
        self.create(id);
    }

    /// The service said whether the channel still exists.
    pub(super) fn checked(&mut self, id: LineId, outcome: ChannelCheck) {
        let Some(line) = self.line_mut(id) else { return };
        let was_live = line.is_live();
        if !was_live && line.step != Step::Checking {
            return;
        }
        let gone = |sentence: &str| Failure {
            kind: FailureKind::ChannelGone,
            sentence: sentence.to_owned(),
            retry_after: None,
            context_id: None,
        };
        match outcome {
            // a live line is judged by its ping, not by a question that had no clear answer
            ChannelCheck::Exists | ChannelCheck::Unknown(_) if was_live => {}
            ChannelCheck::Exists => self.dial(id),
            ChannelCheck::Gone => {
                let failure = gone(
                    "the channel no longer exists: it expired, was evicted by a 21st one, or its token ended",
                );
                self.lose_if_live(id, &failure.sentence);
                if self.line_mut(id).is_some() {
                    self.restart_line(id, &failure);
                }
            }
            ChannelCheck::Unauthorized => {
                let failure = Failure {
                    kind: FailureKind::TokenRefused,
                    ..gone("the token is no longer accepted")
                };
                self.lose_if_live(id, &failure.sentence);
                if self.line_mut(id).is_some() {
                    self.token_refused(id, failure);
                }
            }
            ChannelCheck::Unknown(failure) => self.step_failed(id, Then::Check, failure),
        }
    }

    /// Opens the gap for a line that was thought live.
    fn lose_if_live(&mut self, id: LineId, cause: &str) {
        let live = self.active.clone().filter(|line| line.id == id && line.is_live());
        if let Some(line) = live {
            if self.gap.is_none() {
                let from = line.known_live(self.now);
                self.effects.push(Effect::Gap(GapEffect::Opened { from, cause: cause.to_owned() }));
                self.gap = Some((from, cause.to_owned()));
            }
            self.say(EventKind::Disconnected, cause.to_owned());
            cause.clone_into(&mut self.reason);
        }
    }

    pub(super) fn snapshot_failed(&mut self, failure: &Failure) {
        if self.snapshot.pending.take().is_none() {
            return;
        }
        self.snapshot.attempts = self.snapshot.attempts.saturating_add(1);
        let wait = self.back_off.wait(
            self.snapshot.attempts,
            Duration::from_secs(2),
            self.policy.retry_cap,
        );
        let wait = failure.retry_after.map_or(wait, |asked| asked.max(wait));
        self.snapshot.retry_at = Some(self.now.uptime + wait);
        self.effects.push(Effect::Say {
            kind: EventKind::Retrying,
            sentence: format!("no snapshot: {}", failure.sentence),
            context_id: failure.context_id.clone(),
            retry_in: Some(wait),
        });
    }

    pub(super) fn give_up(&mut self, failure: Failure) {
        let lines = [self.active.take(), self.successor.take()];
        for line in lines.into_iter().flatten() {
            self.effects.push(Effect::Forget { line: line.id });
        }
        if let Some((line, _)) = self.retiring.take() {
            self.effects.push(Effect::Forget { line });
        }
        self.effects.push(Effect::Say {
            kind: EventKind::GaveUp,
            sentence: failure.sentence.clone(),
            context_id: failure.context_id.clone(),
            retry_in: None,
        });
        self.reason.clone_from(&failure.sentence);
        self.over = Some(failure.sentence.clone());
        self.effects.push(Effect::GiveUp(failure));
    }

    pub(super) fn is_successor(&self, id: LineId) -> bool {
        self.successor.as_ref().is_some_and(|line| line.id == id)
    }
}

/// A failure of our own network.
pub(super) fn network(sentence: String) -> Failure {
    Failure { kind: FailureKind::Network, sentence, retry_after: None, context_id: None }
}

/// How a socket ended, in a sentence.
fn end_sentence(end: &SocketEnd) -> String {
    let reason = if end.reason.is_empty() { "no reason given" } else { &end.reason };
    match end.code {
        Some(1006) => "the connection ended without a close frame".to_owned(),
        None => format!("the connection broke without a close frame ({reason})"),
        Some(code) => format!("the service closed the socket with code {code} ({reason})"),
    }
}
