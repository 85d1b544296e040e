//! One attempt at a socket: the upgrade with whatever is put on it, then a ping and what follows.
use super::super::address::host_of;
use super::super::dial::{Dialler, MAX_MESSAGE_BYTES, WebSocket, kind_of};
use super::super::failure::{harmless, is_page};
use super::{PULSE_LIMIT, UPGRADE_LIMIT};
use crate::domain::diagnosis::socket::{Talk, Upgrade};
use futures_util::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::time::{Duration, Instant};
use tokio::time::Instant as Deadline;
use tokio_tungstenite::client_async_with_config;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::AUTHORIZATION;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{
    Error as SocketError, Message, Utf8Bytes, error::ProtocolError,
};
use url::Url;

/// How long it is listened before we say anything: who closes at once is told from who closes
/// because of what we say.
const SILENT_FIRST: Duration = Duration::from_millis(300);
/// How long it is listened after a message of the caller's before the ping.
const AFTER_MESSAGE: Duration = Duration::from_millis(700);
/// Limit for saying good-bye.
const CLOSE_LIMIT: Duration = Duration::from_millis(500);
/// The application's ping, as the official page has it.
const PING: &str = r#"{"message":"ping"}"#;

/// How an attempt is made.
#[derive(Clone, Debug, Default)]
pub struct Manner {
    /// A token for the header `Authorization` of the upgrade.
    pub bearer: Option<SecretString>,
    /// A text that is sent first.
    pub message: Option<SecretString>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Seen {
    topic_name: Option<String>,
    event_body: Option<SeenBody>,
    message: Option<serde_json::Value>,
    status: Option<serde_json::Value>,
    result: Option<serde_json::Value>,
    code: Option<serde_json::Value>,
    error: Option<serde_json::Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct SeenBody {
    message: Option<serde_json::Value>,
}

/// Dials `address`, sends a ping, and says what came. Closes the socket again.
pub async fn attempt(dialler: &Dialler, address: &Url, manner: &Manner) -> (Upgrade, Talk) {
    let begun = Instant::now();
    let opening = tokio::time::timeout(UPGRADE_LIMIT, open(dialler, address, manner)).await;
    let mut socket = match opening {
        Ok(Ok(socket)) => socket,
        Ok(Err(upgrade)) => return (upgrade, Talk::default()),
        Err(_) => return (Upgrade::TimedOut, Talk::default()),
    };
    let mut talk = Talk { opened_in: begun.elapsed(), ..Talk::default() };
    converse(&mut socket, manner, &mut talk).await;
    if talk.closed.is_none() {
        let _ = tokio::time::timeout(CLOSE_LIMIT, socket.close(None)).await;
    }
    (Upgrade::Opened, talk)
}

/// Opens the socket with what `manner` puts on the upgrade; says nothing yet.
pub(in crate::cloud) async fn open(
    dialler: &Dialler,
    address: &Url,
    manner: &Manner,
) -> Result<WebSocket, Upgrade> {
    let host = address.host_str().unwrap_or_default();
    let mut request = address.as_str().into_client_request().map_err(|error| {
        Upgrade::NoWay(format!("the address can't be used: {}", kind_of(&error)))
    })?;
    if let Some(token) = &manner.bearer {
        let bearer = format!("Bearer {}", token.expose_secret());
        let mut bearer = HeaderValue::from_str(&bearer).map_err(|_| {
            Upgrade::NoWay("the token holds characters that no header may hold".to_owned())
        })?;
        bearer.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, bearer);
    }
    let wire =
        dialler.connect(address, host).await.map_err(|failure| Upgrade::NoWay(failure.sentence))?;
    let limits = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE_BYTES))
        .max_frame_size(Some(MAX_MESSAGE_BYTES));
    match client_async_with_config(request, wire, Some(limits)).await {
        Ok((socket, _)) => Ok(socket),
        Err(error) => Err(refusal(&error)),
    }
}

fn refusal(error: &SocketError) -> Upgrade {
    match error {
        SocketError::Http(response) => {
            let headers = response.headers();
            let body = response.body().as_deref().unwrap_or_default();
            let status = response.status().as_u16();
            let location = headers.get("location").and_then(|value| value.to_str().ok());
            Upgrade::Refused {
                status,
                body: said(body),
                is_page: is_page(headers, body),
                redirects_to: location
                    .filter(|_| (300..400).contains(&status))
                    .map(|location| harmless(&host_of(location), 80)),
            }
        }
        SocketError::Protocol(ProtocolError::HandshakeIncomplete) => {
            Upgrade::NoSocket("it closed the connection during the upgrade".to_owned())
        }
        SocketError::Io(error) => Upgrade::NoSocket(harmless(&error.to_string(), 120)),
        other => Upgrade::NoSocket(kind_of(other)),
    }
}

/// What a refusal says: the message of a JSON body, else its first words.
fn said(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let seen: Seen = serde_json::from_str(&text).unwrap_or_default();
    match seen.message.as_ref().and_then(|message| message.as_str()) {
        Some(message) => harmless(message, 160),
        None => harmless(text.trim(), 120),
    }
}

async fn converse(socket: &mut WebSocket, manner: &Manner, talk: &mut Talk) {
    let opened = Instant::now();
    let mut pinged = None;
    listen(socket, SILENT_FIRST, opened, &mut pinged, talk).await;
    if let Some(message) = &manner.message
        && talk.closed.is_none()
    {
        talk.after_message = true;
        say(socket, Utf8Bytes::from(message.expose_secret()), opened, talk).await;
        listen(socket, AFTER_MESSAGE, opened, &mut pinged, talk).await;
    }
    if talk.closed.is_none() {
        talk.after_message = true;
        pinged = Some(Instant::now());
        say(socket, Utf8Bytes::from_static(PING), opened, talk).await;
        listen(socket, PULSE_LIMIT, opened, &mut pinged, talk).await;
    }
    talk.listened = opened.elapsed();
}

async fn say(socket: &mut WebSocket, text: Utf8Bytes, opened: Instant, talk: &mut Talk) {
    let sent = tokio::time::timeout(CLOSE_LIMIT, socket.send(Message::Text(text))).await;
    if !matches!(sent, Ok(Ok(()))) && talk.closed.is_none() {
        talk.closed = Some((opened.elapsed(), None, "it took nothing more".to_owned()));
    }
}

/// Reads until the time is over, the pong has come or the socket has ended.
async fn listen(
    socket: &mut WebSocket,
    time: Duration,
    opened: Instant,
    pinged: &mut Option<Instant>,
    talk: &mut Talk,
) {
    let end = Deadline::now() + time;
    while talk.closed.is_none() && talk.pong.is_none() {
        let Ok(message) = tokio::time::timeout_at(end, socket.next()).await else { return };
        let after = opened.elapsed();
        match message {
            Some(Ok(Message::Text(text))) => note(&text, after, *pinged, talk),
            Some(Ok(Message::Binary(bytes))) => {
                let told = format!("binary, {} bytes", bytes.len());
                talk.first.get_or_insert((after, told));
            }
            Some(Ok(Message::Close(frame))) => {
                let code = frame.as_ref().map(|frame| u16::from(frame.code));
                let reason = frame.map(|frame| harmless(&frame.reason, 120)).unwrap_or_default();
                talk.closed = Some((after, code, reason));
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => talk.closed = Some((after, None, String::new())),
        }
    }
}

/// Notes a text. Of what it holds only its kind is told: bodies hold customers' data, and a
/// diagnosis is pasted into tickets.
fn note(text: &str, after: Duration, pinged: Option<Instant>, talk: &mut Talk) {
    let seen: Seen = serde_json::from_str(text).unwrap_or_default();
    let body = seen.event_body.and_then(|body| body.message);
    let body = body.as_ref().and_then(|message| message.as_str()).unwrap_or_default();
    match (seen.topic_name.as_deref(), body) {
        (Some("channel.metadata"), "pong") => talk.pong = pinged.map(|at| at.elapsed()),
        (Some("channel.metadata"), _) => {
            talk.heartbeat.get_or_insert(after);
        }
        (Some(topic), _) => {
            talk.first.get_or_insert((after, format!("topic {}", harmless(topic, 100))));
        }
        (None, _) => {
            let fields = [
                ("code", seen.code),
                ("result", seen.result),
                ("status", seen.status),
                ("error", seen.error),
                ("message", seen.message),
            ];
            let told: Vec<String> = fields
                .into_iter()
                .filter_map(|(name, value)| {
                    Some(format!("{name} {}", harmless(&value?.to_string(), 80)))
                })
                .collect();
            let told = if told.is_empty() { "no topicName".to_owned() } else { told.join(", ") };
            talk.first.get_or_insert((after, format!("{told} ({} bytes)", text.len())));
        }
    }
}
