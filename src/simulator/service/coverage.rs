//! When nobody could have received anything: the true gaps, to compare a client's ledger with.
use super::state::State;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::VecDeque;

/// Most gaps and ended channels that are remembered; the oldest go.
const MAX_SPANS: usize = 10_000;

/// A channel's past.
pub(super) struct Past {
    id: String,
    created: Timestamp,
    removed: Option<Timestamp>,
    /// Spans in which a socket was open and topics were subscribed.
    covered: Vec<(Timestamp, Option<Timestamp>)>,
}

/// What was covered when.
#[derive(Default)]
pub(super) struct Coverage {
    channels: VecDeque<Past>,
    /// Since when no channel at all was covered; none while one is, or before the first was.
    bare_since: Option<Timestamp>,
    begun: bool,
    gaps: VecDeque<(Timestamp, Timestamp)>,
}

impl Coverage {
    pub(super) fn created(&mut self, id: &str, at: Timestamp) {
        if self.channels.len() >= MAX_SPANS {
            self.channels.pop_front();
        }
        let id = id.to_owned();
        self.channels.push_back(Past { id, created: at, removed: None, covered: Vec::new() });
    }

    pub(super) fn removed(&mut self, id: &str, at: Timestamp) {
        if let Some(past) = self.channels.iter_mut().rev().find(|past| past.id == id) {
            past.removed = Some(at);
        }
    }
}

impl State {
    /// Looks at what is covered now; to be called after every change of sockets or topics.
    pub(super) fn note_coverage(&mut self) {
        let now = self.clock.now();
        let mut any = false;
        for past in &mut self.coverage.channels {
            if past.removed.is_some() && past.covered.last().is_none_or(|(_, to)| to.is_some()) {
                continue;
            }
            let covers = self.channels.get(&past.id).is_some_and(|channel| {
                channel.socket.as_ref().is_some_and(|socket| !socket.frozen)
                    && !channel.topics.is_empty()
            });
            any |= covers;
            let room = past.covered.len() < MAX_SPANS;
            match past.covered.last_mut() {
                Some((_, to @ None)) if !covers => *to = Some(now),
                Some((_, None)) => {}
                _ if covers && room => past.covered.push((now, None)),
                _ => {}
            }
        }
        let coverage = &mut self.coverage;
        coverage.begun |= any;
        match coverage.bare_since {
            Some(since) if any => {
                coverage.bare_since = None;
                if coverage.gaps.len() >= MAX_SPANS {
                    coverage.gaps.pop_front();
                }
                coverage.gaps.push_back((since, now));
            }
            None if !any && coverage.begun => coverage.bare_since = Some(now),
            _ => {}
        }
    }

    /// The true gaps: those of all channels together, and what each channel covered.
    pub(super) fn coverage_truth(&self) -> Value {
        let iso = |at: &Timestamp| format!("{at:.3}");
        let coverage = &self.coverage;
        let gaps: Vec<Value> = coverage
            .gaps
            .iter()
            .map(|(from, to)| json!({"from": iso(from), "to": iso(to)}))
            .chain(coverage.bare_since.iter().map(|from| json!({"from": iso(from), "to": null})))
            .collect();
        let channels: Vec<Value> = coverage
            .channels
            .iter()
            .map(|past| {
                let spans = past.covered.iter();
                let covered: Vec<Value> = spans
                    .map(|(from, to)| json!({"from": iso(from), "to": to.as_ref().map(iso)}))
                    .collect();
                json!({
                    "id": past.id,
                    "created": iso(&past.created),
                    "removed": past.removed.as_ref().map(iso),
                    "covered": covered,
                })
            })
            .collect();
        json!({"gaps": gaps, "channels": channels})
    }
}
