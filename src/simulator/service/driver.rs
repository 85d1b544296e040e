//! Lets simulated time pass: events, heartbeats, ends of channels and tokens, scenario steps.
use super::Shared;
use super::faults::{Fault, Scenario};
use super::state::{Outgoing, State};
use crate::simulator::world::Emission;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::VecDeque;
use std::time::Duration;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Longest sleep of the driver, in real time: then switches and expiries are looked at again.
const LONGEST_SLEEP: Duration = Duration::from_millis(250);
/// Longest sleep while numbered frames are due all the time.
const NUMBERS_SLEEP: Duration = Duration::from_millis(10);
/// Shortest sleep: many simulated events fall into it when time runs fast.
const SHORTEST_SLEEP: Duration = Duration::from_millis(2);
/// Simulated time between two heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(30);
/// The heartbeat, letter by letter as the service sends it.
const HEARTBEAT_TEXT: &str =
    r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#;

/// The envelope, written without a copy of the body.
#[derive(Serialize)]
struct Frame<'a> {
    #[serde(rename = "topicName")]
    topic: &'a str,
    version: &'a str,
    #[serde(rename = "eventBody")]
    body: &'a Value,
    metadata: &'a Map<String, Value>,
}

/// A scenario that is played: what is still to come, and since when.
pub(super) struct Script {
    begun: Timestamp,
    steps: VecDeque<(Duration, Fault)>,
}

impl Script {
    /// All of a scenario, its times counted from `begun`.
    pub(super) fn new(scenario: Scenario, begun: Timestamp) -> Self {
        Self { begun, steps: scenario.into_steps().collect() }
    }

    /// The next fault whose time has come.
    fn due(&mut self, now: Timestamp) -> Option<Fault> {
        let passed = Duration::try_from(now.duration_since(self.begun)).unwrap_or_default();
        if self.steps.front().is_none_or(|(at, _)| *at > passed) {
            return None;
        }
        self.steps.pop_front().map(|(_, fault)| fault)
    }
}

/// Runs until told to stop.
pub(super) async fn drive(shared: Shared, mut stopped: watch::Receiver<bool>) {
    loop {
        let sleep = {
            let mut state = shared.lock();
            let now = state.clock.now();
            while let Some(fault) = state.script.as_mut().and_then(|script| script.due(now)) {
                state.apply_and_plan(&fault);
            }
            state.pass_time();
            // where a tape is played, the contact centre's own time stands still
            let own = state.settings.tape.is_none().then(|| state.world.next_at());
            let due = own.map_or(state.next_heartbeat(), |own| own.min(state.next_heartbeat()));
            let simulated = Duration::try_from(due.duration_since(now)).unwrap_or_default();
            let longest = if state.numbers.runs() { NUMBERS_SLEEP } else { LONGEST_SLEEP };
            state.clock.real(simulated).min(longest).clamp(SHORTEST_SLEEP, LONGEST_SLEEP)
        };
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(sleep) => {}
        }
    }
}

impl State {
    /// Applies a fault; the end after a closing notice is planned.
    pub(super) fn apply_and_plan(&mut self, fault: &Fault) {
        if let Some(after) = self.apply(fault) {
            let at = self.clock.now() + jiff::SignedDuration::try_from(after).unwrap_or_default();
            let open = self.channels.iter().filter_map(|(id, channel)| {
                channel.socket.as_ref().map(|socket| (id.clone(), socket.number))
            });
            self.closing = open.map(|(id, number)| (at, id, number)).collect();
        }
    }

    fn next_heartbeat(&self) -> Timestamp {
        self.last_heartbeat + jiff::SignedDuration::try_from(HEARTBEAT).unwrap_or_default()
    }

    fn pass_time(&mut self) {
        let now = self.clock.now();
        if self.settings.tape.is_none() {
            self.publish_until(now);
        }
        self.send_numbers(now);
        if self.next_heartbeat() <= now {
            self.last_heartbeat = now;
            if self.switches.heartbeat {
                for id in self.open_channels() {
                    self.send(&id, Outgoing::text(HEARTBEAT_TEXT));
                }
            }
        }
        let closing = std::mem::take(&mut self.closing);
        for (at, id, number) in closing {
            let same = self
                .channels
                .get(&id)
                .and_then(|c| c.socket.as_ref())
                .is_some_and(|s| s.number == number);
            if at > now {
                self.closing.push((at, id, number));
            } else if same {
                self.send(&id, Outgoing::close(1001, "maintenance"));
            }
        }
        let ended: Vec<String> = self
            .channels
            .iter()
            .filter(|(_, channel)| {
                let token_ended =
                    self.tokens.get(&channel.token).is_none_or(|token| token.expires <= now);
                channel.expires <= now || token_ended
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in ended {
            self.send_system(&id, "no_longer_subscribed", Some("another_channel_subscribed"));
            self.remove_channel(&id, Outgoing::close(1000, "channel ended"));
        }
    }

    fn open_channels(&self) -> Vec<String> {
        let open = self.channels.iter().filter(|(_, channel)| channel.socket.is_some());
        open.map(|(id, _)| id.clone()).collect()
    }

    /// Sends what happened to everybody who subscribed it; written once per topic.
    fn publish_until(&mut self, now: Timestamp) {
        let mut emissions: Vec<Emission> = Vec::new();
        let wanted = &self.wanted;
        let asked = |topic: &str| wanted.contains_key(topic) || topic.starts_with("v2.system.");
        self.world.advance(now, &asked, &mut |emission| {
            emissions.push(emission);
        });
        // what comes unasked goes to everybody
        let open = self.open_channels();
        for emission in emissions {
            let frame = Frame {
                topic: &emission.topic,
                version: emission.version,
                body: &emission.body,
                metadata: &emission.metadata,
            };
            let Ok(text) = serde_json::to_string(&frame) else { continue };
            let key = emission.topic.to_ascii_lowercase();
            let channels = if key.starts_with("v2.system.") {
                open.clone()
            } else {
                self.wanted.get(&key).cloned().unwrap_or_default()
            };
            self.deliver(&channels, &Utf8Bytes::from(text));
        }
    }

    /// Hands a frame to the channels' sockets, with what the switches do to it; says whether any
    /// socket takes it, now or after the next one.
    pub(super) fn deliver(&mut self, channels: &[String], text: &Utf8Bytes) -> bool {
        let faulty = self.switches.frames.clone();
        let late = self.held_back.take();
        if late.is_none() && faulty.reordered > 0.0 && self.rng.f64() < faulty.reordered {
            self.held_back = Some((channels.to_vec(), text.clone()));
            return true;
        }
        let taken = self.hand_out(channels, text);
        if self.rng.f64() < faulty.doubled {
            self.hand_out(channels, text);
        }
        if self.rng.f64() < faulty.malformed {
            let wrong = [
                "not json",
                "[1,2,3]",
                "{\"topicName\":5}",
                "{\"topicName\":\"v2.users.x.conversations\",\"eventBody\":{\"participants\":7}}",
            ];
            let text = wrong[self.rng.usize(..wrong.len())];
            self.hand_out(channels, &Utf8Bytes::from_static(text));
        }
        if let Some((channels, text)) = late {
            self.hand_out(&channels, &text);
        }
        taken
    }

    fn hand_out(&mut self, channels: &[String], text: &Utf8Bytes) -> bool {
        let mut taken = false;
        for channel in channels {
            taken |= self.send(channel, Outgoing::text(text.clone()));
        }
        taken
    }
}
