use super::RawSocket;
use crate::cloud::mailbox::Mailbox;
use crate::cloud::source::{Command, SourceHandle, SourceState};
use crate::cloud::testing::{Reply, Service, on_socket, status};
use crate::domain::control::Control;
use crate::domain::intake::{Batch, WhenFull};
use crate::domain::session::Phase;
use futures_util::{SinkExt, StreamExt};
use secrecy::SecretString;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

/// How long a test waits for what must come, before it fails.
const PATIENCE: Duration = Duration::from_secs(20);

fn raw(service: &Service, messages: &[&str]) -> (SourceHandle, Mailbox) {
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    let socket = RawSocket {
        address: service.socket("/anything?a=1"),
        is_channel: false,
        bearer: Some(SecretString::from("T0KEN")),
        messages: messages.iter().map(|text| SecretString::from(*text)).collect(),
    };
    let source = socket.start(service.client().dialler(), mailbox.clone()).unwrap();
    (source, mailbox)
}

/// Takes in what comes until a session's report says `phase`.
async fn until(mailbox: &Mailbox, phase: Phase) -> (Vec<String>, Vec<String>) {
    let (mut frames, mut sentences) = (Vec::new(), Vec::new());
    let coming = async {
        loop {
            mailbox.ready().await;
            let Batch { control, frames: came, .. } = mailbox.take();
            frames.extend(came.iter().filter_map(|frame| frame.text().map(str::to_owned)));
            for control in control {
                match control {
                    Control::Event(event) => sentences.push(event.sentence),
                    Control::Session(report) if report.phase == phase => return,
                    _ => {}
                }
            }
        }
    };
    tokio::time::timeout(PATIENCE, coming).await.expect("in time");
    (frames, sentences)
}

#[tokio::test]
async fn a_socket_that_takes_a_message_and_closes_is_shown_explained_and_dialled_again_when_asked()
{
    let heard: Arc<Mutex<Vec<String>>> = Arc::default();
    let noted = Arc::clone(&heard);
    let service = Service::start(move |asked| {
        assert!(asked.head.contains("authorization: bearer t0ken"), "{}", asked.head);
        let noted = Arc::clone(&noted);
        on_socket(|mut socket| async move {
            socket.send(Message::text("no JSON at all")).await.unwrap();
            if let Some(Ok(Message::Text(text))) = socket.next().await {
                noted.lock().unwrap().push(text.to_string());
            }
            let close = CloseFrame { code: 1008.into(), reason: "401 Unauthorized".into() };
            socket.send(Message::Close(Some(close))).await.unwrap();
            while socket.next().await.is_some() {}
        })
    })
    .await;
    let (source, mailbox) = raw(&service, &["{\"query\":{}}"]);
    for round in 1..=2 {
        let (frames, sentences) = until(&mailbox, Phase::Ended).await;
        assert_eq!(frames, ["no JSON at all"]);
        let end = sentences.last().unwrap();
        assert!(end.contains("1008") && end.contains("after our first message"), "{end}");
        assert!(sentences.iter().any(|sentence| sentence == "sent a message of 12 bytes"));
        assert_eq!(heard.lock().unwrap().len(), round);
        assert!(source.send(Command::Snapshot), "told that there is none, and nothing else");
        assert!(source.send(Command::Renew));
    }
    assert!(source.stop(PATIENCE));
}

#[tokio::test]
async fn an_upgrade_that_is_refused_ends_it_with_the_reason() {
    let service = Service::start(|_| -> Reply { status(400, "") }).await;
    let (source, _mailbox) = raw(&service, &[]);
    let mut finished = source.finished();
    let ended = finished.wait_for(|state| matches!(state, SourceState::Ended(_)));
    let ended = tokio::time::timeout(PATIENCE, ended).await.expect("in time").unwrap().clone();
    let SourceState::Ended(Some(failure)) = ended else { panic!("{ended:?}") };
    assert!(failure.sentence.contains("400"), "{}", failure.sentence);
    assert!(!failure.sentence.contains("T0KEN"));
}
