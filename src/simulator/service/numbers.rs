//! A stream of numbered frames, and which of the numbers nobody could have received: so that a
//! client can prove that it lost nothing and saw nothing twice.
use super::state::State;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::VecDeque;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Longest list of lost ranges; each takes 16 bytes.
const MAX_RANGES: usize = 10_000;
/// Most frames written in one go: after a pause of the machine the rest comes a moment later.
const MAX_BURST: u64 = 2_000;

/// What a numbered stream is like.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// Frames in a simulated second, over all topics; 0 ends the stream.
    pub per_second: f64,
    /// Single topics that take turns, of conversations of queues; empty for every subscribed one.
    #[serde(default)]
    pub topics: Vec<String>,
    /// The last number; 0 for no end.
    #[serde(default)]
    pub until: u64,
}

/// The stream as it runs.
#[derive(Default)]
pub(super) struct NumberStream {
    settings: Numbers,
    since: Timestamp,
    before: u64,
    emitted: u64,
    /// Numbers that fell in no socket, as ranges with both ends.
    lost: VecDeque<(u64, u64)>,
    lost_count: u64,
}

impl NumberStream {
    /// Starts it or changes its pace; the numbers go on.
    pub(super) fn begin(&mut self, settings: Numbers, now: Timestamp) {
        self.settings = settings;
        self.since = now;
        self.before = self.emitted;
    }

    /// Whether numbers are due all the time.
    pub(super) fn runs(&self) -> bool {
        let until = self.settings.until;
        self.settings.per_second > 0.0 && (until == 0 || self.emitted < until)
    }

    /// How many numbers there are to be at `now`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of frames, far below 2^52 and never negative"
    )]
    fn due(&self, now: Timestamp) -> u64 {
        let passed = now.duration_since(self.since).max(SignedDuration::ZERO).as_secs_f64();
        let due = self.before + (passed * self.settings.per_second) as u64;
        let until = self.settings.until;
        let due = if until == 0 { due } else { due.min(until) };
        due.min(self.emitted + MAX_BURST)
    }

    fn note_lost(&mut self, number: u64) {
        self.lost_count += 1;
        match self.lost.back_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => {
                if self.lost.len() >= MAX_RANGES {
                    self.lost.pop_front();
                }
                self.lost.push_back((number, number));
            }
        }
    }

    /// What was sent and what nobody could receive.
    pub(super) fn truth(&self) -> Value {
        json!({
            "emitted": self.emitted,
            "fellInNoSocket": self.lost_count,
            "ranges": self.lost,
            "perSecond": self.settings.per_second,
        })
    }
}

impl State {
    /// Sends the numbers that are due. Number `n` goes to the `n`th topic in turn.
    pub(super) fn send_numbers(&mut self, now: Timestamp) {
        if !self.numbers.runs() {
            return;
        }
        let topics: Vec<String> = if self.numbers.settings.topics.is_empty() {
            let mut topics: Vec<String> = self
                .wanted
                .keys()
                .filter(|topic| {
                    topic.starts_with("v2.routing.queues.") && topic.ends_with(".conversations")
                })
                .cloned()
                .collect();
            topics.sort();
            topics
        } else {
            self.numbers.settings.topics.clone()
        };
        let due = self.numbers.due(now);
        while self.numbers.emitted < due {
            self.numbers.emitted += 1;
            let number = self.numbers.emitted;
            let turn = usize::try_from(number).unwrap_or_default() % topics.len().max(1);
            let Some(topic) = topics.get(turn) else {
                self.numbers.note_lost(number);
                continue;
            };
            let text = Utf8Bytes::from(frame(topic, number));
            let channels = self.wanted.get(&topic.to_ascii_lowercase()).cloned();
            if !self.deliver(&channels.unwrap_or_default(), &text) {
                self.numbers.note_lost(number);
            }
        }
    }
}

/// A whole conversation with the number among its attributes: the one place of its class that
/// takes any name. A topic's conversation keeps its id, as in life.
fn frame(topic: &str, number: u64) -> String {
    let queue = topic.split('.').nth(3).unwrap_or_default();
    let tail = queue.get(9..).unwrap_or_default();
    let body = json!({
        "id": format!("00000000-{tail}"),
        "participants": [{
            "id": format!("00000001-{tail}"),
            "purpose": "customer",
            "name": "Numbers",
            "connectedTime": "2026-01-01T00:00:00.000Z",
            "attributes": {"number": number.to_string()},
            "calls": [{"id": format!("00000002-{tail}"), "state": "connected", "direction": "inbound"}],
        }],
    });
    json!({"topicName": topic, "version": "2", "eventBody": body, "metadata": {"CorrelationId": "00000003"}})
        .to_string()
}
