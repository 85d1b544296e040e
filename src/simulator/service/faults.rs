//! What the simulated service does wrong on purpose: switches, and scenario files that flip them
//! at given times.
use super::state::{Outgoing, State};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use thiserror::Error;

/// Most steps of a scenario.
const MAX_STEPS: usize = 10_000;

/// Switches that stay as they are put.
#[derive(Clone, Debug, Serialize)]
pub struct Switches {
    /// Whether heartbeats are sent.
    pub heartbeat: bool,
    /// Whether a dead channel's address accepts and closes instead of answering 404.
    pub dead_channels_accept: bool,
    /// Status with which upgrades are refused.
    pub upgrade_status: Option<u16>,
    /// Requests allowed in a minute, instead of the setting.
    pub rate_limit: Option<u32>,
    /// Whether 429 says how long to wait.
    pub retry_after: bool,
    /// Life of new tokens in seconds, instead of the setting.
    pub token_life_s: Option<i64>,
    /// What calls to some path answer.
    pub answer: Option<FaultyAnswer>,
    /// What is done to frames.
    pub frames: FaultyFrames,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            heartbeat: true,
            dead_channels_accept: false,
            upgrade_status: None,
            rate_limit: None,
            retry_after: true,
            token_life_s: None,
            answer: None,
            frames: FaultyFrames::default(),
        }
    }
}

/// What calls answer instead of the right thing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultyAnswer {
    /// Part of the path; empty for every call.
    pub path: String,
    /// The status.
    pub status: u16,
    /// How often; absent for ever.
    pub times: Option<u32>,
    /// Whether the answer is a page, as a captive portal gives.
    pub html: bool,
    /// How long the answer takes, in milliseconds of real time.
    pub delay_ms: u64,
}

/// What is done to frames; parts of one.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultyFrames {
    /// How many are sent twice.
    pub doubled: f64,
    /// How many are sent after the next one.
    pub reordered: f64,
    /// How many are followed by something malformed.
    pub malformed: f64,
}

/// What is put or done at one time. Keys that are absent change nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// `on` or `off`.
    pub heartbeat: Option<OnOff>,
    /// End every socket without a close frame.
    pub cut: bool,
    /// Close every socket.
    pub close: Option<Close>,
    /// Announce the end of every socket, and close it after this many seconds.
    pub socket_closing: Option<Closing>,
    /// What a dead channel's address does.
    pub dead_channels: Option<DeadChannels>,
    /// Status with which upgrades are refused; 0 for none.
    pub upgrade_status: Option<u16>,
    /// Forget every channel.
    pub drop_channels: bool,
    /// Refuse every token from now on.
    pub revoke_tokens: bool,
    /// Another limit.
    pub rate_limit: Option<Limit>,
    /// Whether 429 says how long to wait.
    pub retry_after: Option<bool>,
    /// Life of new tokens, in seconds.
    pub token_life_s: Option<i64>,
    /// What calls answer; an empty status ends it.
    pub answer: Option<FaultyAnswer>,
    /// What is done to frames.
    pub frames: Option<FaultyFrames>,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnOff {
    /// On.
    On,
    /// Off.
    Off,
}

/// How sockets are closed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// The close code.
    pub code: u16,
}

/// How the end is announced.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Closing {
    /// Simulated seconds from the notice to the end.
    pub seconds: u64,
}

/// A limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Requests a minute; 0 for the setting.
    pub allowed: u32,
}

/// What a dead channel's address does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum DeadChannels {
    /// Answers 404.
    #[serde(rename = "404")]
    NotFound,
    /// Accepts, then closes.
    #[serde(rename = "accept_close")]
    AcceptClose,
}

impl State {
    /// Puts the switches and does what is to be done. A `socket_closing` notice is sent here; the
    /// end after it is the caller's to plan, in so many simulated seconds.
    pub(super) fn apply(&mut self, fault: &Fault) -> Option<Duration> {
        let switches = &mut self.switches;
        if let Some(heartbeat) = fault.heartbeat {
            switches.heartbeat = heartbeat == OnOff::On;
        }
        if let Some(dead) = fault.dead_channels {
            switches.dead_channels_accept = dead == DeadChannels::AcceptClose;
        }
        if let Some(status) = fault.upgrade_status {
            switches.upgrade_status = (status != 0).then_some(status);
        }
        if let Some(limit) = &fault.rate_limit {
            switches.rate_limit = (limit.allowed != 0).then_some(limit.allowed);
        }
        switches.retry_after = fault.retry_after.unwrap_or(switches.retry_after);
        switches.token_life_s = fault.token_life_s.or(switches.token_life_s);
        if let Some(answer) = &fault.answer {
            let ends = answer.status == 0 && answer.delay_ms == 0 && !answer.html;
            switches.answer = (!ends).then(|| answer.clone());
        }
        if let Some(frames) = &fault.frames {
            switches.frames = frames.clone();
        }
        if fault.revoke_tokens {
            self.tokens.clear();
        }
        let ids: Vec<String> = self.channels.keys().cloned().collect();
        if fault.cut {
            for id in &ids {
                self.send(id, Outgoing::Cut);
            }
        }
        if let Some(close) = &fault.close {
            let reason = if close.code == 1001 { "idle timeout" } else { "closed on purpose" };
            for id in &ids {
                self.send(id, Outgoing::Close(close.code, reason));
            }
        }
        if fault.drop_channels {
            for id in &ids {
                self.remove_channel(id, Outgoing::Close(1000, "channel removed"));
            }
        }
        let closing = fault.socket_closing.as_ref()?;
        let notice = r#"{"topicName":"v2.system.socket_closing","version":"2","eventBody":{"message":"socket will be closed"},"metadata":{}}"#;
        for id in &ids {
            self.send(id, Outgoing::Message(notice.into()));
        }
        Some(Duration::from_secs(closing.seconds))
    }
}

/// A script of faults.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// What happens when, in simulated time, in order.
    pub steps: Vec<(Duration, Fault)>,
    /// What a test expects when; free-form, not read here.
    pub expectations: Vec<(Duration, toml::Table)>,
}

/// Why a scenario can't be played.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// Not the form of a scenario; says line and key.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// A time can't be read.
    #[error("step {step}: \"{at}\" is no time; write one such as \"90s\" or \"1m 30s\"")]
    Time {
        /// Which step, from 1.
        step: usize,
        /// What was written.
        at: String,
    },
    /// Too many steps.
    #[error("a scenario has at most {MAX_STEPS} steps")]
    TooLong,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireScenario {
    #[serde(default)]
    title: String,
    #[serde(default, rename = "step")]
    steps: Vec<WireStep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireStep {
    at: String,
    fault: Option<Fault>,
    expect: Option<toml::Table>,
}

impl Scenario {
    /// Reads a scenario from TOML.
    ///
    /// # Errors
    /// [`ScenarioError`] with line and key.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let wire: WireScenario = toml::from_str(text)?;
        if wire.steps.len() > MAX_STEPS {
            return Err(ScenarioError::TooLong);
        }
        let mut scenario = Self { title: wire.title, ..Self::default() };
        for (index, step) in wire.steps.into_iter().enumerate() {
            let at: Option<Duration> = step
                .at
                .parse::<jiff::SignedDuration>()
                .ok()
                .and_then(|at| Duration::try_from(at).ok());
            let Some(at) = at else {
                return Err(ScenarioError::Time { step: index + 1, at: step.at });
            };
            scenario.steps.extend(step.fault.map(|fault| (at, fault)));
            scenario.expectations.extend(step.expect.map(|expect| (at, expect)));
        }
        scenario.steps.sort_by_key(|(at, _)| *at);
        Ok(scenario)
    }
}
