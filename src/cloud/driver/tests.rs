//! The driver against the stand-in, end to end, by way of the source.
use crate::cloud::testing::{Asked, Reply, Service, json, on_socket, status, token};
use crate::cloud::{Command, Mailbox, Plan, ServiceSource, SourceHandle, SourceState, pack};
use crate::domain::control::{Control, EventKind};
use crate::domain::identity::QueueId;
use crate::domain::intake::WhenFull;
use crate::domain::session::{FailureKind, Phase, Policy};
use crate::domain::topic::Topic;
use futures_util::{SinkExt, StreamExt};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;

const FRAME: &str = r#"{"topicName":"v2.routing.queues.q1.conversations","version":"2","eventBody":{"id":"c1","participants":[]}}"#;
const HEARTBEAT: &str =
    r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#;
/// Longest that a test waits for what must come; only a failing test takes so long.
const PATIENCE: Duration = Duration::from_secs(30);

/// A whole service; its first `cut` sockets end once state was read by REST.
async fn service(cut: usize) -> Service {
    service_with(cut, Arc::default()).await
}

/// The same; as many subscriptions as `silent` says get no answer.
async fn service_with(cut: usize, silent: Arc<AtomicUsize>) -> Service {
    let base = Arc::new(Mutex::new(String::new()));
    let known = Arc::clone(&base);
    let was_read = Arc::new(Notify::new());
    let opened = AtomicUsize::new(0);
    let made = AtomicUsize::new(0);
    let service = Service::start(move |asked: &Asked| -> Reply {
        let path = asked.path.as_str();
        if path.starts_with("/channels/") {
            let ends = opened.fetch_add(1, SeqCst) < cut;
            let was_read = Arc::clone(&was_read);
            return on_socket(move |mut socket| async move {
                for text in [HEARTBEAT, FRAME] {
                    // fails when the client has gone, which is its right
                    let _ = socket.send(Message::text(text)).await;
                }
                if ends {
                    was_read.notified().await;
                    return;
                }
                while socket.next().await.is_some() {}
            });
        }
        match (asked.method.as_str(), path) {
            (_, "/oauth/token") => token(),
            ("POST", "/api/v2/notifications/channels") => {
                let n = made.fetch_add(1, SeqCst) + 1;
                let id = format!("streaming-0-secret{n}");
                let host = known.lock().unwrap().replacen("http", "ws", 1);
                json(&format!(r#"{{"id":"{id}","connectUri":"{host}/channels/{id}"}}"#))
            }
            ("HEAD", _) => status(200, ""),
            ("DELETE", _) => status(204, ""),
            ("POST", _)
                if path.contains("/subscriptions")
                    && silent.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1)).is_ok() =>
            {
                Reply::Nothing
            }
            ("POST", _) if path.contains("/subscriptions") => {
                let ids: Vec<serde_json::Value> = serde_json::from_str(&asked.body).unwrap();
                json(&serde_json::json!({ "entities": ids }).to_string())
            }
            ("POST", "/api/v2/analytics/conversations/details/query") => {
                was_read.notify_one();
                status(403, r#"{"code":"missing.permissions","message":"no","contextId":"c"}"#)
            }
            ("POST", _) => json(r#"{"results":[]}"#),
            _ => json(r#"{"entities":[]}"#),
        }
    })
    .await;
    base.lock().unwrap().clone_from(&service.base);
    service
}

fn start(service: &Service) -> (SourceHandle, Mailbox) {
    start_with(service, Policy::default())
}

fn start_with(service: &Service, policy: Policy) -> (SourceHandle, Mailbox) {
    let mailbox = Mailbox::new(WhenFull::KeepDistinct);
    let topic = Topic::received("v2.routing.queues.q1.conversations");
    let plan = Plan {
        packs: pack([topic]).unwrap(),
        snapshot_queues: vec![QueueId::new("q1")],
        profile: Some("p".to_owned()),
        load_names: true,
        follow_queues: false,
        follow_users: false,
    };
    let handle = ServiceSource::start(&service.client(), plan, policy, mailbox.clone()).unwrap();
    (handle, mailbox)
}

/// Takes from the mailbox until `enough` of what came.
async fn until(mailbox: &Mailbox, seen: &mut Seen, enough: impl Fn(&Seen) -> bool) {
    let waiting = async {
        while !enough(seen) {
            mailbox.ready().await;
            let batch = mailbox.take();
            seen.control.extend(batch.control);
            seen.frames.extend(batch.frames.iter().filter_map(|f| f.text().map(str::to_owned)));
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "never came: {seen:#?}");
}

#[derive(Debug, Default)]
struct Seen {
    control: Vec<Control>,
    frames: Vec<String>,
}

impl Seen {
    fn has(&self, is_it: impl Fn(&Control) -> bool) -> bool {
        self.control.iter().any(is_it)
    }

    fn is_live(&self) -> bool {
        self.has(
            |control| matches!(control, Control::Session(report) if report.phase == Phase::Live),
        )
    }
}

async fn stopped(handle: SourceHandle) -> bool {
    tokio::task::spawn_blocking(|| handle.stop(PATIENCE)).await.unwrap()
}

#[tokio::test]
async fn a_session_comes_up_delivers_tells_and_stops() {
    let service = service(0).await;
    let (handle, mailbox) = start(&service);
    let mut seen = Seen::default();
    until(&mailbox, &mut seen, |seen| {
        seen.is_live()
            && seen.frames.iter().any(|text| text == FRAME)
            && seen.has(|control| matches!(control, Control::Snapshot(_)))
            && seen.has(|control| matches!(control, Control::Identity(_)))
            && seen.has(|control| matches!(control, Control::Token { expires: Some(_), renews: true }))
            && seen.has(|control| matches!(control, Control::Topics { outcomes, .. } if outcomes.len() == 1))
            && seen.has(|control| matches!(control, Control::Users(_)))
    })
    .await;
    for control in &seen.control {
        if let Control::Snapshot(snapshot) = control {
            assert!(snapshot.missing.as_ref().unwrap().contains("missing.permissions"));
            assert!(snapshot.complete_for.is_empty());
        }
    }
    assert!(!format!("{seen:?}").contains("secret1"), "channel ids are never whole");
    let state = handle.finished();
    assert!(stopped(handle).await);
    assert_eq!(*state.borrow(), SourceState::Ended(None));
    assert_eq!(service.asked("/subscriptions").last().unwrap().method, "DELETE");
}

#[tokio::test]
async fn a_cut_is_told_as_a_gap_and_the_same_channel_is_dialled_again() {
    let service = service(1).await;
    let (handle, mailbox) = start(&service);
    let mut seen = Seen::default();
    until(&mailbox, &mut seen, |seen| {
        seen.has(|control| {
            matches!(control, Control::Gap(gap) if gap.until.is_some() && gap.healed_by.is_some())
        })
    })
    .await;
    assert!(seen.has(|control| matches!(control, Control::Gap(gap) if gap.until.is_none())));
    assert!(service.asked("/channels/streaming-0-secret2").is_empty());
    let dialled = service.asked("/channels/streaming-0-secret1");
    let dials = dialled.iter().filter(|asked| asked.path.starts_with("/channels/")).count();
    assert_eq!(dials, 2);
    assert!(stopped(handle).await);
}

#[tokio::test]
async fn a_renewal_takes_a_second_channel_before_it_leaves_the_first() {
    let service = service(0).await;
    let (handle, mailbox) = start(&service);
    let mut seen = Seen::default();
    until(&mailbox, &mut seen, Seen::is_live).await;
    assert!(handle.send(Command::Renew));
    until(&mailbox, &mut seen, |seen| {
        seen.has(|control| {
            matches!(control, Control::Event(event) if event.kind == EventKind::HandedOver)
        })
    })
    .await;
    assert!(!service.asked("/channels/streaming-0-secret2").is_empty());
    assert!(!seen.has(|control| matches!(control, Control::Gap(_))));
    assert!(stopped(handle).await);
}

/// The socket is cut once and comes back, and the service then leaves two subscriptions without an
/// answer: the socket that delivers is neither closed nor dialled again.
#[tokio::test]
async fn a_subscription_without_an_answer_leaves_the_socket_that_delivers_alone() {
    let silent = Arc::new(AtomicUsize::new(0));
    let service = service_with(1, Arc::clone(&silent)).await;
    // both are used up by the second socket: the first one is subscribed before
    let policy = Policy { step: Duration::from_millis(300), ..Policy::default() };
    let (handle, mailbox) = start_with(&service, policy);
    let mut seen = Seen::default();
    until(&mailbox, &mut seen, Seen::is_live).await;
    silent.store(2, SeqCst);
    until(&mailbox, &mut seen, |seen| {
        seen.has(|control| matches!(control, Control::Gap(gap) if gap.until.is_some()))
    })
    .await;
    let told = seen.control.iter().filter(|control| {
        matches!(control, Control::Event(event) if event.kind == EventKind::Retrying
            && event.sentence.contains("the list that the channel had before"))
    });
    assert_eq!(told.count(), 2, "{:#?}", seen.control);
    let dialled = service.asked("/channels/streaming-0-secret1");
    let dials = dialled.iter().filter(|asked| asked.path.starts_with("/channels/")).count();
    assert_eq!(dials, 2, "once, and once again after the cut");
    assert_eq!(seen.frames.iter().filter(|text| *text == FRAME).count(), 2);
    assert!(stopped(handle).await);
}

#[tokio::test]
async fn refused_credentials_end_the_source_with_the_reason() {
    let service = Service::start(|_| status(401, r#"{"error":"invalid_client"}"#)).await;
    let (handle, mailbox) = start(&service);
    let mut state = handle.finished();
    let ended = state.wait_for(|state| *state != SourceState::Running);
    let ended = tokio::time::timeout(PATIENCE, ended).await.unwrap().unwrap().clone();
    let SourceState::Ended(Some(failure)) = ended else { panic!("{ended:?}") };
    assert_eq!(failure.kind, FailureKind::CredentialsRefused);
    assert!(!handle.send(Command::Renew));
    let batch = mailbox.take();
    let gave_up = |control: &&Control| matches!(control, Control::Event(event) if event.kind == EventKind::GaveUp);
    assert_eq!(batch.control.iter().filter(gave_up).count(), 1);
}
