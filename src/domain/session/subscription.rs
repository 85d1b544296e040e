//! Subscribing: the first time, again to live longer or for other topics, and when it fails.
//!
//! A channel keeps its list of topics whatever happens to a request that would change it. So
//! nothing that goes wrong here ends a socket: it is read on, the list that it has keeps working,
//! and the request is made again. Must not know which topics are asked for.
use super::line::{Line, Step, Then, Want};
use super::machine::Session;
use super::{Effect, Failure, FailureKind, LineId, Moment};
use crate::domain::control::EventKind;
use crate::domain::moment::since;
use jiff::Timestamp;
use std::time::Duration;

impl Line {
    /// Whether its renewal is due.
    fn wants_renewal(&self, now: Moment) -> bool {
        self.renew_at.is_some_and(|due| due <= now.wall)
    }

    /// Whether the time of its renewal is still being waited for.
    pub(super) fn wants_renewal_timer(&self) -> bool {
        self.is_live()
            && self.renewing.is_none()
            && self.resubscribe_at.is_none()
            && self.wanted.is_none()
    }

    /// Whether it is subscribing again because its channel would end, and not because of a wish:
    /// the time of the renewal is taken off when it begins.
    fn prolongs(&self) -> bool {
        self.renew_at.is_none() && self.expires.is_some()
    }
}

impl Session {
    /// Subscribes on an open socket that isn't live yet.
    pub(super) fn subscribe(&mut self, id: LineId) {
        self.step(id, Step::Subscribing, Effect::Subscribe { line: id });
        let limit = self.subscription_limit(id);
        if let Some(line) = self.line_mut(id) {
            line.deadline = Some(limit);
        }
    }

    /// Subscribes again on a line that is live.
    pub(super) fn resubscribe(&mut self, id: LineId) {
        let limit = self.subscription_limit(id);
        if let Some(line) = self.line_mut(id) {
            line.renewing = Some(limit);
            line.resubscribe_at = None;
            self.effects.push(Effect::Subscribe { line: id });
        }
    }

    /// By when an answer is due: twice as late each time that there was none, since a long list
    /// with topics that are refused takes many requests, which begin anew each time.
    fn subscription_limit(&mut self, id: LineId) -> Duration {
        let unanswered = self.line_mut(id).map_or(0, |line| line.unsubscribed);
        let limit = self.policy.step.saturating_mul(1_u32 << unanswered.min(16));
        self.now.uptime + limit.min(self.policy.snapshot.max(self.policy.step))
    }

    pub(super) fn subscribed(
        &mut self,
        id: LineId,
        permitted: usize,
        rejected: usize,
        expires: Option<Timestamp>,
    ) {
        let now = self.now;
        let before = self.policy.renew_before;
        let Some(line) = self.line_mut(id) else { return };
        let again = line.renewing.is_some() && line.is_live();
        if !again && line.step != Step::Subscribing {
            return;
        }
        if permitted == 0 && rejected > 0 {
            let sentence =
                format!("permission is missing for all {rejected} topics that were asked for");
            let (retry_after, context_id, kind) = (None, None, FailureKind::NotPermitted);
            self.subscribe_failed(id, Failure { kind, sentence, retry_after, context_id });
            return;
        }
        let prolongs = line.prolongs();
        line.renewing = None;
        line.unsubscribed = 0;
        line.permitted = permitted;
        line.rejected = rejected;
        let old_end = line.expires;
        line.expires_at(expires.or(old_end), before, now);
        if again {
            // Read back, not believed: where the end didn't move, or can't be learned, subscribing
            // yet again would only come closer and closer to it. Another channel helps.
            if prolongs && expires.is_none_or(|new| Some(new) <= old_end) {
                let why = "subscribing again did not prolong the channel's life";
                self.want_successor(Want::Line, why);
            }
            return;
        }
        line.enter(Step::Live, now, None);
        // what was delivered before tells when it was heard last; otherwise this answer does
        if line.delivers_since.is_none() {
            line.heard = Some(now);
        }
        // a first ping at once: the round-trip time is known, and a socket that is open but dead
        // is noticed in seconds instead of a heartbeat's time
        self.ping(id);
        self.token.refused = 0;
        self.say(EventKind::Subscribed, subscription_sentence(permitted, rejected));
        if self.is_successor(id) {
            self.promote_successor();
        } else {
            self.came_up();
        }
    }

    pub(super) fn subscribe_failed(&mut self, id: LineId, failure: Failure) {
        let Some(line) = self.line_mut(id) else { return };
        if line.is_live() {
            if line.renewing.take().is_some() {
                self.resubscribe_failed(id, &failure);
            }
            return;
        }
        if line.step != Step::Subscribing {
            return;
        }
        line.unsubscribed = line.unsubscribed.saturating_add(1);
        self.step_failed(id, Then::Subscribe, failure);
    }

    /// Nothing was heard of a subscription on an open socket. The socket may well deliver, by the
    /// list that its channel had before: it is kept, and asked whether it is alive.
    pub(super) fn subscribing_unanswered(&mut self, id: LineId) {
        let Some(line) = self.line_mut(id) else { return };
        line.unsubscribed = line.unsubscribed.saturating_add(1);
        let delivers = line.delivers_since.is_some();
        self.effects.push(Effect::Abandon { line: id });
        self.ping(id);
        let failure = unanswered(if delivers {
            "subscribing gave no answer in time; the socket is kept, and events come by the list that the channel had before"
        } else {
            "subscribing gave no answer in time; the socket is kept"
        });
        self.pause(id, Then::Subscribe, &failure);
    }

    /// Subscribing again failed on a line that is live, and goes on as it is.
    fn resubscribe_failed(&mut self, id: LineId, failure: &Failure) {
        let now = self.now;
        let margin = self.policy.renew_before / 2;
        let (first, cap) = (self.policy.retry_first, self.cap_of(failure.kind));
        let Some(line) = self.line_mut(id) else { return };
        line.unsubscribed = line.unsubscribed.saturating_add(1);
        let attempt = line.unsubscribed;
        let prolongs = line.prolongs();
        let ends_soon = prolongs && line.expires.is_some_and(|end| since(end, now.wall) <= margin);
        match failure.kind {
            FailureKind::ChannelGone => {
                self.want_successor(Want::Line, "the channel is gone at the service");
            }
            FailureKind::TokenRefused => {
                self.want_successor(Want::Token, "the token is no longer accepted");
            }
            _ if ends_soon => {
                self.say(EventKind::Note, failure.sentence.clone());
                self.want_successor(Want::Line, "subscribing again fails, and the channel ends");
            }
            // an answer, and asked for by a person: there is nothing to wait for
            FailureKind::NotPermitted | FailureKind::Unacceptable if !prolongs => {
                self.effects.push(Effect::Say {
                    kind: EventKind::Rejected,
                    sentence: failure.sentence.clone(),
                    context_id: failure.context_id.clone(),
                    retry_in: None,
                });
            }
            _ => {
                let wait = self.back_off.wait(attempt, first, cap);
                let wait = failure.retry_after.map_or(wait, |asked| asked.max(wait));
                if let Some(line) = self.line_mut(id) {
                    line.resubscribe_at = Some(now.uptime + wait);
                }
                self.say_retry(failure, wait);
            }
        }
    }

    /// The channel's life: subscribe again before it ends; if that can't help, hand over.
    pub(super) fn renewal_time(&mut self) {
        let now = self.now;
        let has_token = self.token.ready;
        let Some(line) = self.active.as_mut().filter(|line| line.is_live()) else { return };
        let id = line.id;
        if line.renewing.is_some_and(|due| due <= now.uptime) {
            line.renewing = None;
            self.effects.push(Effect::Abandon { line: id });
            let failure = unanswered(
                "subscribing again gave no answer in time; the socket is kept, and the list that the channel has works on",
            );
            self.resubscribe_failed(id, &failure);
            return;
        }
        if line.resubscribe_at.is_some_and(|due| due <= now.uptime) && has_token {
            self.resubscribe(id);
            return;
        }
        if has_token && line.wants_renewal_timer() && line.wants_renewal(now) {
            line.renew_at = None;
            self.resubscribe(id);
        }
    }
}

/// No answer: a failure of the service, as far as one can tell, which is given time.
fn unanswered(sentence: &str) -> Failure {
    let sentence = sentence.to_owned();
    Failure { kind: FailureKind::Service, sentence, retry_after: None, context_id: None }
}

fn subscription_sentence(permitted: usize, rejected: usize) -> String {
    if rejected == 0 {
        format!("{permitted} topics subscribed")
    } else {
        format!("{permitted} topics subscribed, {rejected} refused")
    }
}
