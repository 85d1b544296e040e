//! What a driver tells beside frames: gaps, how the session stands, what became of topics.
use super::{Driver, MAX_OPEN_GAPS, REPORT_PACE};
use crate::cloud::channels::Subscribed;
use crate::cloud::failure::harmless;
use crate::domain::control::{ConnectionEvent, Control, EventKind, Gap, TopicOutcome};
use crate::domain::session::{GapEffect, SessionReport};
use crate::domain::topic::Topic;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

impl Driver {
    pub(super) fn gap(&mut self, gap: GapEffect) {
        match gap {
            GapEffect::Opened { from, cause } => {
                let (channel, cause) = (self.channel, harmless(&cause, 200));
                let gap = Gap { channel, from, until: None, cause, healed_by: None };
                self.mailbox.push_control(Control::Gap(gap));
            }
            GapEffect::Closed { from, until, cause } => {
                let gap = Gap {
                    channel: self.channel,
                    from,
                    until: Some(until),
                    cause: harmless(&cause, 200),
                    healed_by: None,
                };
                if self.open_gaps.len() >= MAX_OPEN_GAPS {
                    self.open_gaps.pop_front();
                }
                self.open_gaps.push_back(gap.clone());
                self.mailbox.push_control(Control::Gap(gap));
            }
            GapEffect::Healed { by } => {
                for gap in self.open_gaps.drain(..) {
                    let healed_by = Some(by.clone());
                    self.mailbox.push_control(Control::Gap(Gap { healed_by, ..gap }));
                }
            }
        }
    }

    /// Tells people something that isn't the machine's business.
    pub(super) fn note(&self, sentence: String, context_id: Option<String>) {
        tracing::info!(channel = %self.channel, "{sentence}");
        self.mailbox.push_control(Control::Event(ConnectionEvent {
            at: self.client.clock.now(),
            channel: Some(self.channel),
            kind: EventKind::Note,
            sentence,
            context_id,
            retry_in: None,
        }));
    }

    /// Tells what became of topics, as far as it isn't what was told before: a renewal of a
    /// thousand topics is no news.
    pub(super) fn tell_outcomes(&mut self, subscribed: &Subscribed) {
        let told: HashMap<_, _> =
            self.told.iter().map(|outcome| (&outcome.topic, &outcome.rejection)).collect();
        let still: HashSet<_> = subscribed.outcomes.iter().map(|outcome| &outcome.topic).collect();
        let gone: HashSet<_> =
            told.keys().copied().filter(|topic| !still.contains(topic)).collect();
        // a part that was refused and is told no more has come back to its whole
        let takes_back = |outcome: &TopicOutcome| {
            let is_permitted = outcome.rejection.is_none() && !gone.is_empty();
            is_permitted && outcome.topic.singles().any(|part| gone.contains(&part))
        };
        let is_news = |outcome: &&TopicOutcome| {
            told.get(&outcome.topic) != Some(&&outcome.rejection) || takes_back(outcome)
        };
        let outcomes: Vec<_> = subscribed.outcomes.iter().filter(is_news).cloned().collect();
        let (channel, at) = (self.channel, self.client.clock.now());
        let mut topics: Vec<Topic> = gone.into_iter().cloned().collect();
        topics.sort();
        self.told.clone_from(&subscribed.outcomes);
        // first: parts of a combined one may stay as topics of their own
        if !topics.is_empty() {
            self.mailbox.push_control(Control::Unsubscribed { channel, at, topics });
        }
        if !outcomes.is_empty() {
            self.mailbox.push_control(Control::Topics { channel, at, outcomes });
        }
    }

    /// Tells how the session stands, if that changed; a change of ages alone at a slower pace.
    pub(super) fn report(&mut self) {
        let report = self.session.report();
        let uptime = self.uptime();
        let Some(before) = &self.reported else { return self.send_report(report, uptime) };
        if *before == report {
            self.report_due = None;
            return;
        }
        let aged = SessionReport {
            last_frame: report.last_frame,
            last_heartbeat: report.last_heartbeat,
            ..before.clone()
        };
        let due = self.reported_at + REPORT_PACE;
        if aged == report && uptime < due {
            self.report_due = Some(due);
            return;
        }
        self.send_report(report, uptime);
    }

    fn send_report(&mut self, report: SessionReport, uptime: Duration) {
        self.mailbox.push_control(Control::Session(report.clone()));
        self.reported = Some(report);
        self.reported_at = uptime;
        self.report_due = None;
    }
}
