use super::{FromSocket, MAX_WAITING_MESSAGES, SocketHandle, SocketId, serve};
use crate::cloud::clock::Clock;
use crate::cloud::testing::{Reply, Service, on_socket};
use crate::domain::frame::{MAX_FRAME_BYTES, Payload};
use crate::domain::identity::ChannelNumber;
use crate::domain::session::LineId;
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc::{Receiver, channel};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

const ID: SocketId = SocketId { line: LineId(7), number: 1 };

async fn open(service: &Service) -> (SocketHandle, Receiver<(SocketId, FromSocket)>) {
    let socket = service.client().dialler().dial(&service.socket("/channels/x")).await.unwrap();
    let (events, received) = channel(MAX_WAITING_MESSAGES);
    (serve(socket, ID, ChannelNumber(3), Clock::default(), events), received)
}

fn close(code: u16, reason: &'static str) -> Message {
    Message::Close(Some(CloseFrame { code: code.into(), reason: reason.into() }))
}

async fn everything(mut received: Receiver<(SocketId, FromSocket)>) -> (Vec<Payload>, String) {
    let mut payloads = Vec::new();
    while let Some((id, message)) = received.recv().await {
        assert_eq!(id, ID);
        match message {
            FromSocket::Frame(frame) => {
                assert_eq!(frame.channel, ChannelNumber(3));
                payloads.push(frame.payload);
            }
            FromSocket::Closed(end) => return (payloads, format!("{:?} {}", end.code, end.reason)),
        }
    }
    panic!("the socket's end was not told");
}

#[tokio::test]
async fn every_kind_of_message_becomes_a_frame_and_a_large_one_costs_nothing_else() {
    let service = Service::start(|_| -> Reply {
        on_socket(|mut socket| async move {
            let large = "x".repeat(5 << 20);
            for message in [
                Message::text("{}"),
                Message::binary(vec![0, 255]),
                Message::text(large),
                Message::text("y".repeat(MAX_FRAME_BYTES)),
                Message::text("after"),
                close(1001, "idle \u{1b}timeout"),
            ] {
                socket.send(message).await.unwrap();
            }
            while socket.next().await.is_some() {}
        })
    })
    .await;
    let (_handle, received) = open(&service).await;
    let (payloads, end) = everything(received).await;
    assert_eq!(payloads[0], Payload::Text("{}".into()));
    assert_eq!(payloads[1], Payload::Binary([0, 255].as_slice().into()));
    assert_eq!(payloads[2], Payload::Oversized { bytes: 5 << 20 });
    assert!(matches!(&payloads[3], Payload::Text(text) if text.len() == MAX_FRAME_BYTES));
    assert_eq!(payloads[4], Payload::Text("after".into()));
    assert_eq!(end, "Some(1001) idle ␛timeout");
}

#[tokio::test]
async fn what_is_beyond_all_bounds_is_counted_and_ends_the_socket() {
    let service = Service::start(|_| {
        on_socket(|mut socket| async move {
            // fails when the client leaves in the middle of it
            let _ = socket.send(Message::binary(vec![0; 17 << 20])).await;
        })
    })
    .await;
    let (_handle, received) = open(&service).await;
    let (payloads, end) = everything(received).await;
    assert!(matches!(payloads[..], [Payload::Oversized { bytes }] if bytes > 16 << 20));
    assert_eq!(end, "None a message of more than 16 MiB came");
}

#[tokio::test]
async fn pings_go_both_ways_and_letting_go_says_good_bye() {
    let service = Service::start(|_| {
        on_socket(|mut socket| async move {
            socket.send(Message::Ping("p".into())).await.unwrap();
            let mut seen = Vec::new();
            while seen.len() < 2 {
                seen.push(socket.next().await.unwrap().unwrap());
            }
            assert!(seen.contains(&Message::Pong("p".into())), "{seen:?}");
            assert!(seen.contains(&Message::text(r#"{"message":"ping"}"#)), "{seen:?}");
            socket.send(Message::text("seen both")).await.unwrap();
            assert!(matches!(socket.next().await, Some(Ok(Message::Close(Some(_))))));
        })
    })
    .await;
    let (handle, mut received) = open(&service).await;
    assert!(handle.ping());
    let (_, FromSocket::Frame(frame)) = received.recv().await.unwrap() else { panic!() };
    assert_eq!(frame.text(), Some("seen both"));
    drop(handle);
    assert!(received.recv().await.is_none(), "nobody is told of an end that was wished");
}

#[tokio::test]
async fn a_stream_that_ends_without_a_close_frame_ends_in_order() {
    let service = Service::start(|_| on_socket(|socket| async move { drop(socket) })).await;
    let (_handle, received) = open(&service).await;
    let (payloads, end) = everything(received).await;
    assert!(payloads.is_empty());
    assert_eq!(end, "Some(1006) the connection ended");
}
