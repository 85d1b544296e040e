//! What somebody's socket address is, by its look alone: what people try, and what to use instead.
//!
//! There is one right form: the `connectUri` of a channel, `wss://streaming.DOMAIN/channels/ID`,
//! as every client that the vendor publishes dials it. Everything else that is written about in
//! forums never existed or belongs to something else. Must not resolve or open anything.
use super::{Blame, Check, Finding};
use crate::domain::region::Region;
use crate::domain::text::harmless_within;
use url::{Host, Url};

mod host;
mod path;

pub use host::HostKind;

/// Longest address that is read, in characters: a browser's limit for one is about as long.
pub const MAX_ADDRESS: usize = 2_048;

/// An address, read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The address as it can be dialled: with a socket's scheme, and without whatever in its query
    /// looks like a token. `None` when it can't be tried at all.
    pub dial: Option<Url>,
    /// The same with the query as it was typed, where that holds a token.
    pub dial_with_query: Option<Url>,
    /// The address for display: channel id shortened, values of the query and passwords hidden.
    pub shown: String,
    /// Whether it has the form of a channel's `connectUri`.
    pub is_channel: bool,
    /// Whose host it is.
    pub host: HostKind,
    /// What is wrong with it; empty for the right form.
    pub notes: Vec<Note>,
}

/// One thing that is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Whether it can't work like that, or is only worth knowing.
    pub fatal: bool,
    /// What it is.
    pub what: String,
}

impl Note {
    fn fatal(what: impl Into<String>) -> Self {
        Self { fatal: true, what: what.into() }
    }

    fn hint(what: impl Into<String>) -> Self {
        Self { fatal: false, what: what.into() }
    }
}

/// Reads what was typed. `own_api` is the host of the configured API, if there is one.
#[must_use]
pub fn read(typed: &str, own_api: Option<&str>) -> Reading {
    let text = typed.trim().trim_matches(['"', '\'', '`']);
    let text = text
        .strip_prefix('<')
        .and_then(|text| text.strip_suffix('>'))
        .filter(|text| !text.contains('<'))
        .unwrap_or(text);
    let mut reading = Reading {
        dial: None,
        dial_with_query: None,
        shown: String::new(),
        is_channel: false,
        host: HostKind::Foreign,
        notes: Vec::new(),
    };
    if text.is_empty() || text.chars().count() > MAX_ADDRESS {
        reading.notes.push(Note::fatal("this is no address"));
        return reading;
    }
    if looks_like_channel_id(text) {
        reading.shown = short_id(text);
        reading.notes.push(Note::fatal(
            "this is the id of a channel, not an address: the socket is at the connectUri that came with it, wss://streaming.DOMAIN/channels/ID",
        ));
        return reading;
    }
    if let Some(placeholder) = path::placeholder(text) {
        reading.notes.push(Note::fatal(format!(
            "{placeholder} is a placeholder, to be replaced by what the service gave: don't build the address, take the whole connectUri"
        )));
    }
    let with_scheme = if has_scheme(text) { text.to_owned() } else { format!("wss://{text}") };
    if with_scheme.len() != text.len() {
        reading.notes.push(Note::hint("it names no scheme; a socket's address begins with wss://"));
    }
    let Ok(url) = Url::parse(&with_scheme) else {
        reading.shown = hidden_text(text);
        reading.notes.push(Note::fatal("no address can be read from this"));
        return reading;
    };
    if url.host().is_none() {
        reading.shown = hidden_text(text);
        reading.notes.push(Note::fatal("it names no host"));
        return reading;
    }
    reading.shown = shown(&url);
    let Some(url) = scheme(&url, &mut reading.notes) else { return reading };
    if !url.username().is_empty() || url.password().is_some() {
        reading.notes.push(Note::fatal(
            "it holds a user name or password, which the socket doesn't ask for and which is now in your shell's history",
        ));
    }
    reading.host = host::read(&url, own_api, &mut reading.notes);
    let (kind, mut notes) = path::read(&url, &reading.host);
    reading.is_channel = kind == path::PathKind::Channel
        && matches!(reading.host, HostKind::Streaming { .. } | HostKind::Loopback);
    reading.notes.append(&mut notes);
    let mut bare = url;
    // neither can be part of a request, and both are the person's
    let _ = bare.set_username("");
    let _ = bare.set_password(None);
    bare.set_fragment(None);
    if path::has_token(&bare) {
        reading.notes.push(Note::fatal(
            "it carries a token in the query, where the socket wants none (400 is a usual answer) and where every proxy on the way logs it: end that token (DELETE /api/v2/tokens/me)",
        ));
        reading.dial_with_query = Some(bare.clone());
        path::remove_tokens(&mut bare);
    }
    reading.dial = Some(bare);
    reading
}

impl Reading {
    /// Whether a token that is sent to this host stays with the service it belongs to.
    #[must_use]
    pub fn is_own(&self) -> bool {
        matches!(self.host, HostKind::Loopback | HostKind::Streaming { own: true })
            || matches!(self.host, HostKind::OtherOfService { own: true, .. })
    }

    /// The finding: everything that is wrong in one line, or that nothing is.
    #[must_use]
    pub fn finding(&self) -> Finding {
        let what: Vec<&str> = self.notes.iter().map(|note| note.what.as_str()).collect();
        let sentence = format!("{}: {}", self.shown_or_nothing(), what.join("; "));
        let instead = "use the connectUri of a channel, bare: see \"what works\" below";
        if self.notes.iter().any(|note| note.fatal) {
            return Finding::fault(Check::Address, Blame::Configuration, &sentence).remedy(instead);
        }
        if self.is_channel && self.notes.is_empty() {
            let good = format!(
                "{}: the form of a channel's connectUri; it needs no token in any place",
                self.shown
            );
            return Finding::good(Check::Address, &good);
        }
        Finding::warning(Check::Address, &sentence)
    }

    fn shown_or_nothing(&self) -> &str {
        if self.shown.is_empty() { "the address" } else { &self.shown }
    }
}

/// What works, step by step, for the region of `domain`.
#[must_use]
pub fn what_works(api_url: &str, streaming_host: &str) -> [String; 4] {
    [
        format!(
            "create a channel: curl -X POST {api_url}/api/v2/notifications/channels -H \"Authorization: Bearer $TOKEN\" -H \"Content-Type: application/json\" -d '{{}}'"
        ),
        format!(
            "open the socket at the connectUri of the answer exactly as it is (wss://{streaming_host}/channels/…): no header, no query, no first message"
        ),
        format!(
            "subscribe by REST: curl -X POST \"{api_url}/api/v2/notifications/channels/$CHANNEL_ID/subscriptions?ignoreErrors=true\" -H \"Authorization: Bearer $TOKEN\" -H \"Content-Type: application/json\" -d '[{{\"id\":\"v2.routing.queues.QUEUE_ID.conversations\"}}]'"
        ),
        "expect {\"topicName\":\"channel.metadata\",…\"WebSocket Heartbeat\"} every 30 s; {\"message\":\"ping\"} is answered at once".to_owned(),
    ]
}

/// The region that an address most likely means, for showing what works in it.
#[must_use]
pub fn likely_region(url: &Url) -> Option<Region> {
    host::likely_domain(url.host_str()?).and_then(|domain| Region::parse(domain).ok())
}

fn has_scheme(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty()
            && scheme
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "+-.".contains(character))
    })
}

/// Judges the scheme and gives the address with a socket's; `None` for what is no socket at all.
fn scheme(url: &Url, notes: &mut Vec<Note>) -> Option<Url> {
    let loopback = is_loopback(url);
    match url.scheme() {
        "wss" => Some(url.clone()),
        "ws" if loopback => Some(url.clone()),
        "ws" => {
            notes.push(Note::fatal(
                "ws is not encrypted, and the service speaks wss only; tried as wss",
            ));
            with_scheme(url, "wss")
        }
        "https" => {
            notes.push(Note::fatal(
                "https is the scheme of REST calls; a socket's address begins with wss; tried as wss",
            ));
            with_scheme(url, "wss")
        }
        "http" => {
            notes.push(Note::fatal("http is no socket's scheme: it is wss; tried so"));
            with_scheme(url, if loopback { "ws" } else { "wss" })
        }
        other => {
            let other = harmless_within(other, 20);
            notes.push(Note::fatal(format!("{other} is no socket's scheme: it is wss")));
            None
        }
    }
}

/// The address under another scheme. `Url` refuses to change between web and other schemes only.
fn with_scheme(url: &Url, scheme: &str) -> Option<Url> {
    let mut changed = url.clone();
    changed.set_scheme(scheme).ok().map(|()| changed)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Whether a text is a channel's id by itself.
fn looks_like_channel_id(text: &str) -> bool {
    text.starts_with("streaming-") && !text.contains(['/', '.', ':'])
}

/// A channel's id with everything but its beginning hidden.
#[must_use]
pub fn short_id(id: &str) -> String {
    let (kind, secret) = id.rsplit_once('-').map_or(("", id), |(kind, rest)| (kind, rest));
    let dash = if kind.is_empty() { "" } else { "-" };
    let shown = 4.min(secret.chars().count() / 2);
    let start: String = secret.chars().take(shown).collect();
    harmless_within(&format!("{kind}{dash}{start}…"), 40)
}

/// An address for display, without anything that gives access.
#[must_use]
pub fn shown(url: &Url) -> String {
    let host = harmless_within(url.host_str().unwrap_or_default(), 120);
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let user = if url.username().is_empty() && url.password().is_none() { "" } else { "…@" };
    let mut path = String::new();
    for segment in url.path().split('/').skip(1) {
        path.push('/');
        // ids and tokens are long and mixed; words of an API are not
        let secret = segment.starts_with("streaming-")
            || (segment.len() > 24 && segment.bytes().any(|byte| byte.is_ascii_digit()));
        path.push_str(&if secret { short_id(segment) } else { harmless_within(segment, 80) });
    }
    let names: Vec<String> = url
        .query_pairs()
        .map(|(name, _)| format!("{}=…", harmless_within(&name, 30)))
        .take(8)
        .collect();
    let query = if names.is_empty() { String::new() } else { format!("?{}", names.join("&")) };
    format!("{}://{user}{host}{port}{path}{query}", harmless_within(url.scheme(), 20))
}

/// A text that is no address, for display: nothing behind a question mark or an at sign's front.
fn hidden_text(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    let words: Vec<String> = text
        .split('/')
        .map(|word| if word.len() > 24 { short_id(word) } else { harmless_within(word, 40) })
        .collect();
    harmless_within(&words.join("/"), 120)
}

#[cfg(test)]
mod tests;
