//! One open socket: reads messages as frames, answers pings, sends what is asked.
//!
//! A task of its own, so that a slow REST call delays no pong. Must not know what a message
//! means.
use super::clock::Clock;
use super::dial::{WebSocket, kind_of};
use super::failure::harmless;
use crate::domain::frame::{Frame, MAX_FRAME_BYTES, Payload};
use crate::domain::identity::ChannelNumber;
use crate::domain::session::{LineId, SocketEnd};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error as SocketError, Message, Utf8Bytes};

/// Messages that wait between a socket and its driver. The driver never waits for anybody, so
/// this only smooths bursts; when it is full, TCP holds the service back.
pub(super) const MAX_WAITING_MESSAGES: usize = 256;
/// Pings that wait to be sent. The machine sends one at a time.
const MAX_WAITING_PINGS: usize = 4;
/// Limit for writing anything: a connection that takes no ping for so long is dead.
const WRITE_LIMIT: Duration = Duration::from_secs(10);
/// Limit for saying good-bye.
const CLOSE_LIMIT: Duration = Duration::from_secs(1);
/// The application's ping, as the official page has it.
const PING: &str = r#"{"message":"ping"}"#;

/// One socket of a line. A line may be dialled again: what an older socket of it still says
/// must not be taken for the new one's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SocketId {
    pub(super) line: LineId,
    /// Counts the sockets of one driver.
    pub(super) number: u64,
}

/// What comes from a socket.
#[derive(Debug)]
pub(super) enum FromSocket {
    /// A message.
    Frame(Frame),
    /// The end; the last that comes.
    Closed(SocketEnd),
}

/// Holds a socket open; dropping it closes the socket with a good-bye.
#[derive(Debug)]
pub(super) struct SocketHandle {
    id: SocketId,
    pings: mpsc::Sender<()>,
}

impl SocketHandle {
    /// Which socket it is.
    pub(super) fn id(&self) -> SocketId {
        self.id
    }

    /// Asks for a ping; `false` when the socket takes none, which its end will explain.
    pub(super) fn ping(&self) -> bool {
        self.pings.try_send(()).is_ok()
    }
}

/// Takes an open socket into service: its messages go to `events`, tagged with `id`.
pub(super) fn serve(
    socket: WebSocket,
    id: SocketId,
    channel: ChannelNumber,
    clock: Clock,
    events: mpsc::Sender<(SocketId, FromSocket)>,
) -> SocketHandle {
    let (pings, wanted) = mpsc::channel(MAX_WAITING_PINGS);
    // Needs no handle: it ends when either end of its channels is dropped, a write at its limit.
    let reader = Reader { id, channel, clock, events };
    tokio::spawn(reader.run(socket, wanted));
    SocketHandle { id, pings }
}

/// What the task of one socket needs beside it.
struct Reader {
    id: SocketId,
    channel: ChannelNumber,
    clock: Clock,
    /// To the driver, which never waits for anybody.
    events: mpsc::Sender<(SocketId, FromSocket)>,
}

impl Reader {
    async fn run(self, mut socket: WebSocket, mut wanted: mpsc::Receiver<()>) {
        let end = loop {
            // Biased: a ping is rare and measures time, so it goes before whatever floods in; that
            // it is asked for is bounded by MAX_WAITING_PINGS, so reading can't starve.
            let message = tokio::select! {
                biased;
                ping = wanted.recv() => {
                    if ping.is_none() {
                        say_good_bye(&mut socket).await;
                        return;
                    }
                    match written(socket.send(Message::Text(Utf8Bytes::from_static(PING)))).await {
                        Ok(()) => continue,
                        Err(end) => break end,
                    }
                }
                message = socket.next() => message,
            };
            let payload = match message {
                Some(Ok(Message::Text(text))) if text.len() <= MAX_FRAME_BYTES => {
                    Payload::Text(text.as_str().into())
                }
                Some(Ok(Message::Binary(bytes))) if bytes.len() <= MAX_FRAME_BYTES => {
                    Payload::Binary(bytes.as_ref().into())
                }
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                    Payload::Oversized { bytes: message.len() as u64 }
                }
                Some(Ok(Message::Ping(_))) => {
                    // The library has prepared the pong; it would leave with the next read, which
                    // may be half a minute away.
                    match written(socket.flush()).await {
                        Ok(()) => continue,
                        Err(end) => break end,
                    }
                }
                Some(Ok(Message::Close(close))) => {
                    // flushes the library's answer to it
                    let _ = tokio::time::timeout(CLOSE_LIMIT, socket.flush()).await;
                    break closed(close);
                }
                Some(Ok(Message::Pong(_) | Message::Frame(_))) => continue,
                Some(Err(SocketError::Capacity(reason))) => {
                    // The rest of the message can't be told from the next one any more.
                    let oversized = Payload::Oversized { bytes: length_in(&reason) };
                    if !self.hand_on(oversized).await {
                        return;
                    }
                    break SocketEnd {
                        code: None,
                        reason: format!(
                            "a message of more than {} MiB came",
                            super::dial::MAX_MESSAGE_BYTES >> 20
                        ),
                    };
                }
                Some(Err(error)) => break broken(&error),
                None => break broken(&SocketError::ConnectionClosed),
            };
            if !self.hand_on(payload).await {
                return;
            }
        };
        // fails only when the driver is gone, and then nobody asks
        let _ = self.events.send((self.id, FromSocket::Closed(end))).await;
    }

    /// Hands a message on; `false` when the driver is gone.
    async fn hand_on(&self, payload: Payload) -> bool {
        let frame = Frame { received: self.clock.now(), channel: self.channel, payload };
        self.events.send((self.id, FromSocket::Frame(frame))).await.is_ok()
    }
}

async fn say_good_bye(socket: &mut WebSocket) {
    let frame = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::from_static("") };
    let _ = tokio::time::timeout(CLOSE_LIMIT, socket.close(Some(frame))).await;
}

async fn written(writing: impl Future<Output = Result<(), SocketError>>) -> Result<(), SocketEnd> {
    match tokio::time::timeout(WRITE_LIMIT, writing).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(broken(&error)),
        Err(_) => Err(SocketEnd {
            code: None,
            reason: "the connection takes nothing any more".to_owned(),
        }),
    }
}

fn closed(frame: Option<CloseFrame>) -> SocketEnd {
    match frame {
        Some(frame) => {
            SocketEnd { code: Some(frame.code.into()), reason: harmless(&frame.reason, 160) }
        }
        // 1005 stands for a close frame without a code
        None => SocketEnd { code: Some(1005), reason: "closed without a code".to_owned() },
    }
}

fn broken(error: &SocketError) -> SocketEnd {
    // The stream ended in order but without a close frame, for which 1006 stands. What was sent
    // before has arrived; of any other break that can't be said.
    let code = match error {
        SocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Some(1006),
        _ => None,
    };
    let reason = match error {
        SocketError::ConnectionClosed
        | SocketError::AlreadyClosed
        | SocketError::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            "the connection ended".to_owned()
        }
        other => kind_of(other),
    };
    SocketEnd { code, reason }
}

fn length_in(reason: &tokio_tungstenite::tungstenite::error::CapacityError) -> u64 {
    use tokio_tungstenite::tungstenite::error::CapacityError;
    match reason {
        CapacityError::MessageTooLong { size, .. } => *size as u64,
        CapacityError::TooManyHeaders => super::dial::MAX_MESSAGE_BYTES as u64,
    }
}

#[cfg(test)]
mod tests;
