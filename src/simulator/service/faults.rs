//! What the simulated service does wrong on purpose: switches that stay as they are put, and
//! what is done once. Scenario files and `POST /simulator/faults` speak of both.
use super::state::{Outgoing, State};
use answers::Rules;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::time::Duration;

pub(super) mod answers;
mod named;
mod names;
mod scenario;
mod sense;
mod shipped;

pub use answers::FaultyAnswer;
pub use named::{NAMED_FAULTS, NamedFault};
pub use scenario::{Scenario, ScenarioError};

/// Most queues that one fault opens: a slip of the keyboard must not make a million.
const MAX_NEW_QUEUES: usize = 1_000;

/// Switches that stay as they are put.
#[derive(Clone, Debug, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches, each with a name")]
pub struct Switches {
    /// Whether heartbeats are sent.
    pub heartbeat: bool,
    /// Whether pings are answered.
    pub pong: bool,
    /// Whether sockets neither read nor write, though their connections stay.
    pub half_open: bool,
    /// What a dead channel's address does.
    pub dead_channels: DeadChannels,
    /// Status with which upgrades are refused.
    pub upgrade_status: Option<u16>,
    /// How long an upgrade takes, in milliseconds of real time.
    pub upgrade_delay_ms: u64,
    /// After how many milliseconds of real time another program takes the channel's socket over.
    pub fight_ms: Option<u64>,
    /// Requests allowed in a minute, instead of the setting.
    pub rate_limit: Option<u32>,
    /// Whether 429 says how long to wait.
    pub retry_after: bool,
    /// Life of new tokens in seconds, instead of the setting.
    pub token_life_s: Option<i64>,
    /// Whether code grants get a refresh token.
    pub refresh_tokens: bool,
    /// Whether the person refuses consent at login.
    pub consent_denied: bool,
    /// How far the `Date` header is ahead, in seconds.
    pub clock_skew_s: i64,
    /// Topics that nobody may have.
    pub forbid: Vec<Forbidden>,
    /// What calls to some path answer.
    pub answers: Rules,
    /// What is done to frames.
    pub frames: FaultyFrames,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            heartbeat: true,
            pong: true,
            half_open: false,
            dead_channels: DeadChannels::NotFound,
            upgrade_status: None,
            upgrade_delay_ms: 0,
            fight_ms: None,
            rate_limit: None,
            retry_after: true,
            token_life_s: None,
            refresh_tokens: true,
            consent_denied: false,
            clock_skew_s: 0,
            forbid: Vec::new(),
            answers: Rules::default(),
            frames: FaultyFrames::default(),
        }
    }
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

/// Topics that are refused.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forbidden {
    /// The single topic, with `*` for anything; compared without case.
    pub topic: String,
    /// Only topics of this queue, by name.
    pub queue: Option<String>,
    /// Only topics of queues and users in this division, by name.
    pub division: Option<String>,
    /// The permission that is missing.
    pub permission: String,
}

/// What is put or done at one time. Keys that are absent change nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "keys of a scenario file, each its own word")]
pub struct Fault {
    /// Put every switch back first.
    pub well: bool,
    /// `on` or `off`; `off` silences the answers to pings, too, unless `pong` says otherwise.
    pub heartbeat: Option<OnOff>,
    /// Whether pings are answered.
    pub pong: Option<OnOff>,
    /// Sockets neither read nor write, those that are open then for good.
    pub half_open: Option<OnOff>,
    /// End every socket without a close frame.
    pub cut: bool,
    /// Close every socket.
    pub close: Option<Close>,
    /// Announce the end of every socket, and close it after this many seconds.
    pub socket_closing: Option<Closing>,
    /// End every channel, announced by a system frame.
    pub no_longer_subscribed: bool,
    /// What a dead channel's address does.
    pub dead_channels: Option<DeadChannels>,
    /// Status with which upgrades are refused; 0 for none.
    pub upgrade_status: Option<u16>,
    /// How long an upgrade takes, in milliseconds of real time.
    pub upgrade_delay_ms: Option<u64>,
    /// After how many milliseconds another program takes the channel's socket over; 0 for never.
    pub fight_ms: Option<u64>,
    /// Forget every channel.
    pub drop_channels: bool,
    /// So many channels of other programs of the newest token's client, all connected.
    pub fill_channels: usize,
    /// Open so many queues, each with somebody who works there; at most 1,000 at once.
    pub new_queues: usize,
    /// Remove the channel that a further one would evict.
    pub evict: bool,
    /// Refuse every token from now on.
    pub revoke_tokens: bool,
    /// The same, announced on every socket first, which is then closed.
    pub token_revoked: bool,
    /// Another limit.
    pub rate_limit: Option<Limit>,
    /// Whether 429 says how long to wait.
    pub retry_after: Option<bool>,
    /// Life of new tokens, in seconds.
    pub token_life_s: Option<i64>,
    /// Whether code grants get a refresh token.
    pub refresh_tokens: Option<OnOff>,
    /// Whether the person refuses consent at login.
    pub consent_denied: Option<OnOff>,
    /// How far the `Date` header is ahead, in seconds.
    pub clock_skew_s: Option<i64>,
    /// Topics that nobody may have; an empty list ends it.
    pub forbid: Option<Vec<Forbidden>>,
    /// What calls answer; without anything wrong in it, it ends that of its path.
    pub answer: Option<FaultyAnswer>,
    /// What is done to frames.
    pub frames: Option<FaultyFrames>,
    /// A stream of numbered frames.
    pub numbers: Option<super::numbers::Numbers>,
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
    /// The close code; 1006 for the end without a close frame.
    pub code: u16,
    /// The reason; at most 123 bytes go into a close frame.
    #[serde(default)]
    pub reason: String,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeadChannels {
    /// Answers 404.
    #[serde(rename = "404")]
    NotFound,
    /// Answers 410.
    #[serde(rename = "410")]
    Gone,
    /// Answers 401.
    #[serde(rename = "401")]
    Unauthorized,
    /// Answers 403.
    #[serde(rename = "403")]
    Forbidden,
    /// Answers 429.
    #[serde(rename = "429")]
    TooMany,
    /// Accepts, then closes.
    #[serde(rename = "accept_close")]
    AcceptClose,
}

impl DeadChannels {
    /// The status; none when the socket is accepted first.
    pub(super) fn status(self) -> Option<u16> {
        match self {
            Self::NotFound => Some(404),
            Self::Gone => Some(410),
            Self::Unauthorized => Some(401),
            Self::Forbidden => Some(403),
            Self::TooMany => Some(429),
            Self::AcceptClose => None,
        }
    }
}

impl Switches {
    fn put(&mut self, fault: &Fault) {
        if fault.well {
            *self = Self::default();
        }
        if let Some(heartbeat) = fault.heartbeat {
            self.heartbeat = heartbeat == OnOff::On;
            self.pong = self.heartbeat;
        }
        if let Some(pong) = fault.pong {
            self.pong = pong == OnOff::On;
        }
        if let Some(half_open) = fault.half_open {
            self.half_open = half_open == OnOff::On;
        }
        self.dead_channels = fault.dead_channels.unwrap_or(self.dead_channels);
        if let Some(status) = fault.upgrade_status {
            self.upgrade_status = (status != 0).then_some(status);
        }
        self.upgrade_delay_ms = fault.upgrade_delay_ms.unwrap_or(self.upgrade_delay_ms);
        if let Some(after) = fault.fight_ms {
            self.fight_ms = (after != 0).then_some(after);
        }
        if let Some(limit) = &fault.rate_limit {
            self.rate_limit = (limit.allowed != 0).then_some(limit.allowed);
        }
        self.retry_after = fault.retry_after.unwrap_or(self.retry_after);
        self.token_life_s = fault.token_life_s.or(self.token_life_s);
        if let Some(refresh) = fault.refresh_tokens {
            self.refresh_tokens = refresh == OnOff::On;
        }
        if let Some(denied) = fault.consent_denied {
            self.consent_denied = denied == OnOff::On;
        }
        self.clock_skew_s = fault.clock_skew_s.unwrap_or(self.clock_skew_s);
        if let Some(forbid) = &fault.forbid {
            self.forbid.clone_from(forbid);
        }
        if let Some(answer) = &fault.answer {
            self.answers.put(answer);
        }
        if let Some(frames) = &fault.frames {
            self.frames = frames.clone();
        }
    }
}

impl State {
    /// Another program has learnt the addresses of the present channels and connects to them; or
    /// of the first one that is made from now on, where there is none. It never learns those that
    /// are made later: an own channel ends the fight, as in life.
    fn contest(&mut self, contested: bool) {
        let ids: Vec<String> = self.channels.keys().cloned().collect();
        for id in ids {
            if let Some(channel) = self.channels.get_mut(&id) {
                channel.contested = contested;
            }
            if contested {
                self.send(&id, Outgoing::close(1000, "another connection"));
            }
        }
    }

    /// Puts the switches and does what is to be done. A `socket_closing` notice is sent here; the
    /// end after it is the caller's to plan, in so many simulated seconds.
    pub(super) fn apply(&mut self, fault: &Fault) -> Option<Duration> {
        self.switches.put(fault);
        if self.switches.half_open {
            let sockets = self.channels.values_mut().filter_map(|channel| channel.socket.as_mut());
            sockets.for_each(|socket| socket.frozen = true);
        }
        self.half_open.send_replace(self.switches.half_open);
        if let Some(after) = fault.fight_ms {
            self.contest(after != 0);
        }
        self.note_coverage();
        for _ in 0..fault.new_queues.min(MAX_NEW_QUEUES) {
            self.world.open_queue();
        }
        if let Some(numbers) = &fault.numbers {
            self.numbers.begin(numbers.clone(), self.clock.now());
        }
        let ids: Vec<String> = self.channels.keys().cloned().collect();
        if fault.token_revoked {
            for id in &ids {
                self.send_system(id, "token_revoked", Some("user_tokens_revoked"));
                self.send(id, Outgoing::close(1008, "token revoked"));
            }
        }
        if fault.revoke_tokens || fault.token_revoked {
            self.tokens.clear();
        }
        if fault.cut {
            for id in &ids {
                self.send(id, Outgoing::Cut);
            }
        }
        if let Some(close) = &fault.close {
            for id in &ids {
                self.send(id, Outgoing::ended(close.code, &close.reason));
            }
        }
        if fault.no_longer_subscribed {
            for id in &ids {
                self.send_system(id, "no_longer_subscribed", Some("another_channel_subscribed"));
                self.remove_channel(id, Outgoing::close(1000, "channel ended"));
            }
        }
        if fault.drop_channels {
            for id in &ids {
                self.remove_channel(id, Outgoing::close(1000, "channel removed"));
            }
        }
        if fault.evict {
            self.evict_one();
        }
        for _ in 0..fault.fill_channels.min(super::channels::QUOTA) {
            self.add_foreign_channel();
        }
        let closing = fault.socket_closing.as_ref()?;
        for id in &ids {
            self.send_system(id, "socket_closing", None);
        }
        Some(Duration::from_secs(closing.seconds))
    }

    /// Sends a frame of `v2.system` to a channel's socket.
    pub(super) fn send_system(&mut self, channel: &str, kind: &str, reason: Option<&str>) {
        let mut body = json!({"channelId": channel});
        let mut topic = format!("v2.system.{kind}");
        if let Some(reason) = reason {
            // those that have a reason name the channel in the topic, too
            body["systemTopicType"] = json!(kind);
            body["reason"] = json!(reason);
            topic = format!("{topic}.{channel}");
        } else {
            body["message"] = json!("the socket will be closed for maintenance");
        }
        let frame = json!({"topicName": topic, "version": "2", "eventBody": body, "metadata": {}});
        self.send(channel, Outgoing::text(frame.to_string()));
    }
}
