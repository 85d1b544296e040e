//! What the simulated service knows: tokens, channels, limits, switches, and the contact centre.
use super::clock::Clock;
use super::coverage::Coverage;
use super::driver::Script;
use super::faults::Switches;
use super::numbers::NumberStream;
use super::playing::Played;
use super::{SimulatorSettings, World};
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// Most tokens that are remembered; the oldest goes.
const MAX_TOKENS: usize = 1_000;
/// Messages that wait for one socket; a reader slower than that is cut, as in life.
pub(super) const MAX_WAITING_MESSAGES: usize = 4_096;

/// Where the service is reached, and with which credentials.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Base address of login and API.
    pub base_url: String,
    /// Base address of the sockets.
    pub streaming_url: String,
    /// A client with nearly every permission.
    pub client_id: String,
    /// Its secret. Worth nothing outside this process.
    pub client_secret: String,
    /// A client that may see two queues only.
    pub limited_client_id: String,
    /// Its secret.
    pub limited_client_secret: String,
    /// A public client for the authorization code with PKCE.
    pub pkce_client_id: String,
}

impl Addresses {
    pub(super) fn new(port: u16, seed: u64, secured: bool) -> Self {
        let (http, ws) = if secured { ("https", "wss") } else { ("http", "ws") };
        let mut rng = Rng::with_seed(seed ^ 0x5eed);
        let mut word =
            |length: usize| -> String { (0..length).map(|_| rng.alphanumeric()).collect() };
        Self {
            base_url: format!("{http}://127.0.0.1:{port}"),
            streaming_url: format!("{ws}://127.0.0.1:{port}"),
            client_id: format!("simulated-{}", word(8).to_lowercase()),
            client_secret: word(32),
            limited_client_id: format!("limited-{}", word(8).to_lowercase()),
            limited_client_secret: word(32),
            pkce_client_id: format!("person-{}", word(8).to_lowercase()),
        }
    }

    pub(super) fn announcement(&self, seed: u64) -> Value {
        json!({
            "loginUrl": self.base_url,
            "apiUrl": self.base_url,
            "streamingUrl": self.streaming_url,
            "clientId": self.client_id,
            "clientSecret": self.client_secret,
            "limitedClientId": self.limited_client_id,
            "limitedClientSecret": self.limited_client_secret,
            "pkceClientId": self.pkce_client_id,
            "truthUrl": format!("{}/simulator/truth", self.base_url),
            "seed": seed,
        })
    }
}

/// Who a token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bearer {
    pub(super) client: String,
    /// The person, for tokens of the authorization code.
    pub(super) user: Option<String>,
    pub(super) limited: bool,
}

pub(super) struct Token {
    pub(super) bearer: Bearer,
    pub(super) expires: Timestamp,
    pub(super) window: Timestamp,
    pub(super) count: u32,
}

/// A code that awaits its exchange.
pub(super) struct Code {
    pub(super) client: String,
    pub(super) redirect: String,
    pub(super) challenge: Option<String>,
}

/// The open socket of a channel.
pub(super) struct Socket {
    pub(super) number: u64,
    pub(super) send: mpsc::Sender<Outgoing>,
    /// Whether it has become half open: it stays so, as in life, where a connection never loses
    /// something in between and then goes on.
    pub(super) frozen: bool,
}

/// What is handed to a socket's task.
#[derive(Clone, Debug)]
pub(super) enum Outgoing {
    /// A message.
    Message(Message),
    /// A close frame, then the end.
    Close(u16, Cow<'static, str>),
    /// The end without a close frame.
    Cut,
}

impl Outgoing {
    /// A message of text.
    pub(super) fn text(text: impl Into<Utf8Bytes>) -> Self {
        Self::Message(Message::text(text))
    }

    /// A close frame, then the end.
    pub(super) fn close(code: u16, reason: &'static str) -> Self {
        Self::Close(code, Cow::Borrowed(reason))
    }

    /// The end by a code; 1006 has no close frame, by definition.
    pub(super) fn ended(code: u16, reason: &str) -> Self {
        // a control frame has 125 bytes, two of which are the code
        let end = (0..=reason.len().min(123)).rev().find(|end| reason.is_char_boundary(*end));
        let end = end.unwrap_or_default();
        match code {
            1006 => Self::Cut,
            _ => Self::Close(code, Cow::Owned(reason[..end].to_owned())),
        }
    }
}

pub(super) struct Channel {
    pub(super) owner: Bearer,
    pub(super) token: String,
    pub(super) used: Timestamp,
    pub(super) expires: Timestamp,
    /// Topics as they were asked for, by their lower case.
    pub(super) topics: BTreeMap<String, String>,
    pub(super) socket: Option<Socket>,
    /// Whether another program of the client has it and is connected to it.
    pub(super) foreign: bool,
    /// Whether another program has learnt its address and connects after each of ours, as long as
    /// the switch `fight_ms` stands.
    pub(super) contested: bool,
}

/// All of it.
pub(crate) struct State {
    pub(super) settings: SimulatorSettings,
    pub(super) clock: Clock,
    pub(super) world: World,
    pub(super) addresses: Addresses,
    pub(super) rng: Rng,
    pub(super) tokens: HashMap<String, Token>,
    token_order: VecDeque<String>,
    pub(super) codes: HashMap<String, Code>,
    pub(super) refresh: HashMap<String, Bearer>,
    pub(super) channels: BTreeMap<String, Channel>,
    /// How many subscriptions each single topic has, in lower case.
    pub(super) wanted: HashMap<String, Vec<String>>,
    pub(super) switches: Switches,
    pub(super) sockets: u64,
    pub(super) last_heartbeat: Timestamp,
    /// What goes wrong when, if anything is foreseen.
    pub(super) script: Option<Script>,
    /// Sockets whose end was announced: when, which channel, which socket.
    pub(super) closing: Vec<(Timestamp, String, u64)>,
    /// A frame that goes out after the next one.
    pub(super) held_back: Option<(Vec<String>, Utf8Bytes)>,
    /// Whether sockets neither read nor write.
    pub(super) half_open: watch::Sender<bool>,
    pub(super) numbers: NumberStream,
    pub(super) coverage: Coverage,
    /// How far the tape has been played, if there is one.
    pub(super) played: watch::Sender<Played>,
}

impl State {
    pub(super) fn new(
        settings: SimulatorSettings,
        clock: Clock,
        world: World,
        addresses: Addresses,
    ) -> Self {
        let rng = Rng::with_seed(settings.seed.wrapping_add(77));
        Self {
            settings,
            clock,
            world,
            addresses,
            rng,
            tokens: HashMap::new(),
            token_order: VecDeque::new(),
            codes: HashMap::new(),
            refresh: HashMap::new(),
            channels: BTreeMap::new(),
            wanted: HashMap::new(),
            switches: Switches::default(),
            sockets: 0,
            last_heartbeat: clock.start(),
            closing: Vec::new(),
            script: None,
            held_back: None,
            half_open: watch::Sender::new(false),
            numbers: NumberStream::default(),
            coverage: Coverage::default(),
            played: watch::Sender::new(Played::default()),
        }
    }

    /// A new token for `bearer`; gives it and its life in seconds.
    pub(super) fn issue(&mut self, bearer: Bearer) -> (String, i64) {
        let life = self
            .switches
            .token_life_s
            .unwrap_or_else(|| i64::try_from(self.settings.token_life.as_secs()).unwrap_or(86_400));
        let token: String = (0..86).map(|_| self.rng.alphanumeric()).collect();
        let now = self.clock.now();
        if self.token_order.len() >= MAX_TOKENS
            && let Some(oldest) = self.token_order.pop_front()
        {
            self.tokens.remove(&oldest);
        }
        self.token_order.push_back(token.clone());
        let expires = now + SignedDuration::from_secs(life);
        self.tokens.insert(token.clone(), Token { bearer, expires, window: now, count: 0 });
        (token, life)
    }

    /// A token that still holds.
    pub(super) fn bearer(&self, token: &str) -> Option<&Bearer> {
        let now = self.clock.now();
        self.tokens.get(token).filter(|known| known.expires > now).map(|known| &known.bearer)
    }

    /// Rebuilds who wants which topic; after every change of subscriptions.
    pub(super) fn recount_topics(&mut self) {
        self.wanted.clear();
        for (id, channel) in &self.channels {
            for topic in channel.topics.values() {
                for single in super::topics::singles(topic) {
                    let list = self.wanted.entry(single.to_ascii_lowercase()).or_default();
                    if !list.contains(id) {
                        list.push(id.clone());
                    }
                }
            }
        }
        self.note_coverage();
    }

    /// Hands something to a channel's socket, and says whether one took it; one that doesn't
    /// keep up is cut.
    pub(super) fn send(&mut self, channel: &str, outgoing: Outgoing) -> bool {
        let Some(channel) = self.channels.get_mut(channel) else { return false };
        let Some(socket) = &channel.socket else { return false };
        if socket.frozen && matches!(outgoing, Outgoing::Message(_)) {
            return false;
        }
        // after its end nothing may be handed to a socket: it would count as received
        let ends = !matches!(outgoing, Outgoing::Message(_));
        let taken = socket.send.try_send(outgoing).is_ok();
        if ends || !taken {
            channel.socket = None;
            self.note_coverage();
        }
        taken && !ends
    }

    /// Removes a channel and ends its socket.
    pub(super) fn remove_channel(&mut self, id: &str, end: Outgoing) {
        self.send(id, end);
        self.channels.remove(id);
        let now = self.clock.now();
        self.coverage.removed(id, now);
        self.recount_topics();
    }

    /// Sends a raw frame to every socket: the body as text, or as bytes where it is no text.
    pub(super) fn send_raw(&mut self, body: &[u8]) {
        let message = match std::str::from_utf8(body) {
            Ok(text) => Message::text(text),
            Err(_) => Message::binary(body.to_vec()),
        };
        let ids: Vec<String> = self.channels.keys().cloned().collect();
        for id in ids {
            self.send(&id, Outgoing::Message(message.clone()));
        }
    }

    /// The newest id of anything: 32 hexadecimal digits in the form of a UUID.
    pub(super) fn uuid(&mut self) -> String {
        let (high, low) = (self.rng.u64(..), self.rng.u64(..));
        format!(
            "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }
}
