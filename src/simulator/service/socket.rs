//! One open socket: what a client may say, and how it ends.
use super::Shared;
use super::state::{MAX_WAITING_MESSAGES, Outgoing, Socket};
use futures_util::{SinkExt, StreamExt};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::pin::pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};

/// The server's side of an upgraded connection.
pub(super) type Stream = WebSocketStream<TokioIo<hyper::upgrade::Upgraded>>;

/// What an address that upgrades does with the socket.
pub(super) enum Manner {
    /// A channel's stream.
    Channel(String),
    /// Accepts, then closes with this code.
    CloseAtOnce(u16, &'static str),
    /// Closes after the client's first message, as the analytics address of people's stories.
    CloseAfterMessage(u16, &'static str),
    /// Sends every conversation event that this token may see, without a subscription.
    StreamConversations(String),
}

/// Serves a socket until it ends.
pub(super) async fn serve(upgraded: hyper::upgrade::Upgraded, shared: Shared, manner: Manner) {
    let stream = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
    match manner {
        Manner::Channel(id) => channel(stream, shared, &id).await,
        Manner::StreamConversations(token) => {
            super::story::stream_conversations(stream, shared, &token).await;
        }
        Manner::CloseAtOnce(code, reason) => close(stream, code, reason).await,
        Manner::CloseAfterMessage(code, reason) => {
            let mut stream = stream;
            let _ = stream.next().await;
            close(stream, code, reason).await;
        }
    }
}

async fn close(mut stream: Stream, code: u16, reason: &str) {
    let frame = CloseFrame { code: CloseCode::from(code), reason: reason.to_owned().into() };
    // the client may be gone already
    if stream.close(Some(frame)).await.is_ok() {
        while let Some(Ok(_)) = stream.next().await {}
    }
}

/// Serves the socket of a channel.
pub(super) async fn channel(mut stream: Stream, shared: Shared, id: &str) {
    let (send, mut outgoing) = mpsc::channel(MAX_WAITING_MESSAGES);
    let (number, mut half_open, fight) = {
        let mut state = shared.lock();
        state.sockets += 1;
        let number = state.sockets;
        // a second connection drops the first
        state.send(id, Outgoing::close(1000, "another connection"));
        let now = state.clock.now();
        let frozen = state.switches.half_open;
        let Some(channel) = state.channels.get_mut(id) else { return };
        channel.used = now;
        channel.socket = Some(Socket { number, send, frozen });
        let contested = channel.contested;
        state.note_coverage();
        let fight = state.switches.fight_ms.filter(|_| contested);
        (number, state.half_open.subscribe(), fight)
    };
    let mut fight = pin!(async {
        match fight {
            Some(after) => tokio::time::sleep(Duration::from_millis(after)).await,
            None => std::future::pending().await,
        }
    });
    loop {
        if *half_open.borrow_and_update() {
            // For good, and nothing is answered: a pong would be an answer. What ends the socket at
            // the service doesn't get through either, so only the client can end it.
            while let Some(Ok(_)) = stream.next().await {}
            break;
        }
        tokio::select! {
            _ = half_open.changed() => {}
            () = &mut fight => {
                forget(&shared, id, number);
                return close(stream, 1000, "another connection").await;
            }
            message = outgoing.recv() => match message {
                Some(Outgoing::Message(message)) => {
                    if stream.feed(message).await.is_err() {
                        break;
                    }
                    // many at once go out with one write
                    if outgoing.is_empty() && stream.flush().await.is_err() {
                        break;
                    }
                }
                Some(Outgoing::Close(code, reason)) => {
                    forget(&shared, id, number);
                    return close(stream, code, &reason).await;
                }
                Some(Outgoing::Cut) | None => {
                    // what was handed over before the end counts as received
                    let _ = stream.flush().await;
                    break;
                }
            },
            message = stream.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    let reply = { reply(&shared, id, &text) };
                    if let Some(reply) = reply
                        && stream.send(Message::text(reply)).await.is_err()
                    {
                        break;
                    }
                }
                Some(Ok(Message::Ping(_))) => {
                    // the library has queued the pong; it must leave
                    if stream.flush().await.is_err() {
                        break;
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    forget(&shared, id, number);
}

fn forget(shared: &Shared, id: &str, number: u64) {
    let mut state = shared.lock();
    if let Some(channel) = state.channels.get_mut(id)
        && channel.socket.as_ref().is_some_and(|socket| socket.number == number)
    {
        channel.socket = None;
    }
    state.note_coverage();
}

/// What the service says to a client's text; nothing to what it doesn't know.
fn reply(shared: &Shared, id: &str, text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    match value["message"].as_str()? {
        "ping" => {
            let silent = !shared.lock().switches.pong;
            let pong = json!({"topicName": "channel.metadata", "eventBody": {"message": "pong"}});
            (!silent).then(|| pong.to_string())
        }
        kind @ ("subscribe" | "unsubscribe") => {
            let topics: Vec<String> = value["topics"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|topic| topic.as_str().map(str::to_owned))
                .collect();
            let mut state = shared.lock();
            let Some(owner) = state.channels.get(id).map(|channel| channel.owner.clone()) else {
                return Some(json!({"result": "404", "message": "channel not found"}).to_string());
            };
            let refused = topics.iter().any(|topic| {
                super::topics::singles(topic).iter().any(|single| {
                    state.missing(&owner, single).is_none_or(|missing| !missing.is_empty())
                })
            });
            if refused || topics.is_empty() {
                return Some(json!({"result": "400", "status": "failure", "message": "a topic is unknown or not permitted"}).to_string());
            }
            let channel = state.channels.get_mut(id)?;
            for topic in topics {
                if kind == "subscribe" && channel.topics.len() < super::topics::MAX_TOPICS {
                    channel.topics.insert(topic.to_ascii_lowercase(), topic);
                } else {
                    channel.topics.remove(&topic.to_ascii_lowercase());
                }
            }
            state.recount_topics();
            let mut reply = json!({"result": "200", "status": format!("{kind}d")});
            if let Some(id) = value.get("correlationId") {
                reply["correlationId"] = id.clone();
            }
            Some(reply.to_string())
        }
        _ => None,
    }
}
