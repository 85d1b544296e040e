//! What an address asks for behind its host: a channel, a REST path, or what forums have made up.
use super::{HostKind, Note};
use crate::domain::text::harmless_within;
use url::Url;

/// What a path is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathKind {
    /// A channel's.
    Channel,
    /// Anything else.
    Other,
}

/// Characters of the secret part of a channel's id, as seen in the published samples.
const ID_CHARACTERS: usize = 26;

/// Pairs between which people leave a place to be filled in.
const BRACKETS: [(char, char); 2] = [('{', '}'), ('<', '>')];
/// Words that stand for something to be filled in.
const FILL_IN: [&str; 6] =
    ["your_token", "your-token", "your_channel", "your-channel", "channel_id", "channel-id"];

/// Names of query parameters that carry a token.
const TOKEN_NAMES: [&str; 12] = [
    "access_token",
    "accesstoken",
    "token",
    "authorization",
    "bearer",
    "auth",
    "auth_token",
    "jwt",
    "id_token",
    "api_key",
    "apikey",
    "access-token",
];

/// A placeholder that was never filled in.
pub(super) fn placeholder(text: &str) -> Option<String> {
    let text = text.replace("%7B", "{").replace("%7D", "}").replace("%3C", "<").replace("%3E", ">");
    for (open, close) in BRACKETS {
        if let Some((_, rest)) = text.split_once(open)
            && let Some((name, _)) = rest.split_once(close)
        {
            return Some(harmless_within(&format!("{open}{name}{close}"), 40));
        }
    }
    let lowered = text.to_ascii_lowercase();
    let word = FILL_IN.into_iter().find(|word| lowered.contains(word))?;
    Some(word.to_owned())
}

/// Reads path and query.
pub(super) fn read(url: &Url, host: &HostKind) -> (PathKind, Vec<Note>) {
    let mut notes = Vec::new();
    let path = url.path().trim_end_matches('/');
    let lowered = path.to_ascii_lowercase();
    let parts: Vec<&str> = lowered.split('/').filter(|part| !part.is_empty()).collect();
    let kind = if let ["channels", _] = parts.as_slice() {
        // the service's ids are compared as they were written
        let id = path.rsplit('/').next().unwrap_or_default();
        notes.extend(id_note(id));
        PathKind::Channel
    } else {
        notes.extend(other(&parts, host));
        PathKind::Other
    };
    if url.query().is_some() && !has_token(url) && kind == PathKind::Channel {
        notes.push(Note::hint("the connectUri has no query: leave it out"));
    }
    if url.fragment().is_some() {
        notes.push(Note::hint("what stands behind # never leaves this computer"));
    }
    (kind, notes)
}

/// Whether an id has the form that ids have. Only the look: the service alone knows.
fn id_note(id: &str) -> Option<Note> {
    let cut =
        id.contains("...") || id.contains('…') || id.to_ascii_lowercase().contains("%e2%80%a6");
    let secret = id.rsplit('-').next().unwrap_or_default();
    if cut || (id.starts_with("streaming-") && secret.len() < ID_CHARACTERS) {
        return Some(Note::fatal(
            "the channel's id looks cut off: take the whole connectUri, not a shortened display of it",
        ));
    }
    (!id.starts_with("streaming-"))
        .then(|| Note::hint("the channel's id has another form than those known (streaming-N-…)"))
}

fn other(parts: &[&str], host: &HostKind) -> Vec<Note> {
    let joined = parts.join("/");
    let has = |word: &str| parts.contains(&word);
    let socket_end = parts.last().is_some_and(|last| {
        matches!(
            *last,
            "ws" | "wss"
                | "websocket"
                | "websockets"
                | "socket"
                | "stream"
                | "streaming"
                | "events"
        )
    });
    let one = |note: Note| vec![note];
    if parts.is_empty() {
        return one(Note::fatal(
            "it names no channel: the path is /channels/ID, as the connectUri of a new channel has it",
        ));
    }
    if parts.first().is_some_and(|part| part.starts_with("streaming-")) {
        return one(Note::fatal("/channels/ is missing before the channel's id"));
    }
    if has("channels") && has("notifications") {
        return one(Note::fatal(if has("subscriptions") {
            "this is the REST call that subscribes (POST or PUT, with a token), not a socket"
        } else {
            "this is the REST call that creates or lists channels (POST or GET, with a token), not a socket: its answer holds the socket's address, the connectUri"
        }));
    }
    if joined == "channels" {
        return one(Note::fatal("the channel's id is missing behind /channels/"));
    }
    if has("stream") && has("channels")
        || joined.starts_with("stream") && matches!(host, HostKind::Streaming { .. })
    {
        return one(Note::fatal(
            "this is the XMPP socket of the vendor's browser client, which needs its own kind of channel and speaks another language",
        ));
    }
    if has("chat") || has("webchat") || has("webmessaging") || has("guest") {
        return one(Note::fatal(
            "this is a socket for guests of chat or web messaging: it carries one guest's conversation and no notifications",
        ));
    }
    if has("analytics") {
        let tail = if socket_end {
            ", and no socket is behind it (the ending was made up)"
        } else {
            ", a request with an answer and no socket"
        };
        let live = "live figures come as the topics v2.analytics.queues.{id}.observations and v2.routing.queues.{id}.conversations on a channel";
        return one(Note::fatal(format!(
            "the path is the analytics REST API's, for questions about the past{tail}; {live}"
        )));
    }
    if has("notifications") || has("notification") {
        return one(Note::fatal(
            "this path never existed: forum pages have made it up (/notifications/ws, /notifications/stream); a socket's path is /channels/ID and the id comes from POST /api/v2/notifications/channels",
        ));
    }
    if has("oauth") || has("oauth2") {
        return one(Note::fatal("this is the path of a login, not of a socket"));
    }
    if parts.starts_with(&["api", "v2"]) || parts.first() == Some(&"v2") || has("conversations") {
        return one(Note::fatal(
            "this is a path of the REST API, not of a socket: events come as topics on a channel",
        ));
    }
    if socket_end {
        return one(Note::fatal("no such path is known: a socket's path is /channels/ID"));
    }
    one(Note::fatal("this is not the path of a channel, which is /channels/ID"))
}

/// Whether the query carries a token.
pub(super) fn has_token(url: &Url) -> bool {
    url.query_pairs().any(|(name, value)| is_token(&name, &value))
}

fn is_token(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    TOKEN_NAMES.contains(&name.as_str())
        || name.contains("token")
        || value.to_ascii_lowercase().starts_with("bearer ")
}

/// Takes the tokens out of the query.
pub(super) fn remove_tokens(url: &mut Url) {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, value)| !is_token(name, value))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if kept.is_empty() {
        url.set_query(None);
    } else {
        url.query_pairs_mut().clear().extend_pairs(kept);
    }
}
