//! The fleet against the stand-in: topics come and go while sockets stay.
use super::{Added, Fleet};
use crate::cloud::mailbox::Mailbox;
use crate::cloud::plan::{Plan, pack, topics_of_queue};
use crate::cloud::testing::{Asked, Reply, Service, json, on_socket, status, token};
use crate::domain::control::{Control, EventKind};
use crate::domain::identity::QueueId;
use crate::domain::intake::{Batch, WhenFull};
use crate::domain::session::{Phase, Policy, Wish};
use crate::domain::topic::Topic;
use futures_util::{SinkExt, StreamExt};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_tungstenite::tungstenite::Message;

/// Longest that a test waits for what must come; only a failing test takes so long.
const PATIENCE: Duration = Duration::from_secs(30);
const PONG: &str = r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#;

/// A service that has `listed` channels already, of this token and without subscriptions.
async fn service(listed: usize) -> Service {
    let base = Arc::new(Mutex::new(String::new()));
    let known = Arc::clone(&base);
    let made = AtomicUsize::new(0);
    let service = Service::start(move |asked: &Asked| -> Reply {
        let host = known.lock().unwrap().replacen("http", "ws", 1);
        let channel = |id: &str, expires: &str| {
            format!(r#"{{"id":"{id}","connectUri":"{host}/channels/{id}","expires":"{expires}"}}"#)
        };
        let path = asked.path.as_str();
        if path.starts_with("/channels/") {
            return on_socket(|mut socket| async move {
                while let Some(Ok(message)) = socket.next().await {
                    if message.is_text() && socket.send(Message::text(PONG)).await.is_err() {
                        return;
                    }
                }
            });
        }
        match (asked.method.as_str(), path) {
            (_, "/oauth/token") => token(),
            ("POST", "/api/v2/notifications/channels") => {
                let n = made.fetch_add(1, SeqCst) + 1;
                json(&channel(&format!("made-{n}"), "2100-01-01T00:00:00Z"))
            }
            ("GET", path) if path.starts_with("/api/v2/notifications/channels?") => {
                // made long ago: it ends in some hours
                let ends = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(20);
                let list: Vec<String> =
                    (0..listed).map(|n| channel(&format!("left-{n}"), &ends.to_string())).collect();
                json(&format!(r#"{{"entities":[{}]}}"#, list.join(",")))
            }
            ("POST" | "PUT", path) if path.contains("/subscriptions") => {
                let ids: Vec<serde_json::Value> = serde_json::from_str(&asked.body).unwrap();
                json(&serde_json::json!({ "entities": ids }).to_string())
            }
            ("DELETE", _) => status(204, ""),
            ("POST", _) => json(r#"{"results":[]}"#),
            _ => json(r#"{"entities":[]}"#),
        }
    })
    .await;
    base.lock().unwrap().clone_from(&service.base);
    service
}

fn topics(from: usize, to: usize) -> Vec<Topic> {
    (from..to).map(|n| Topic::received(&format!("v2.routing.queues.q{n}.conversations"))).collect()
}

/// Starts a fleet for `count` topics and waits until it is live.
async fn live(service: &Service, count: usize) -> (Fleet, Mailbox) {
    let mailbox = Mailbox::new(WhenFull::KeepDistinct);
    let plan = Plan { packs: pack(topics(0, count)).unwrap(), ..Plan::default() };
    let client = service.client();
    client.login(false).await.unwrap();
    // both lines are read for a moment only, so that a hand-over ends soon
    let policy = Policy { overlap: Duration::from_millis(50), ..Policy::default() };
    let fleet = Fleet::start(client, &plan, policy, mailbox.clone()).await;
    let mut live = std::collections::HashSet::new();
    until(&mailbox, |control| {
        if let Control::Session(report) = control
            && report.phase == Phase::Live
        {
            live.insert(report.channel);
        }
        live.len() == plan.packs.len()
    })
    .await;
    (fleet, mailbox)
}

/// Takes control messages until one is enough.
async fn until(mailbox: &Mailbox, mut enough: impl FnMut(&Control) -> bool) {
    let waiting = async {
        loop {
            mailbox.ready().await;
            let Batch { control, .. } = mailbox.take();
            if control.iter().any(&mut enough) {
                return;
            }
        }
    };
    assert!(tokio::time::timeout(PATIENCE, waiting).await.is_ok(), "it never came");
}

async fn ends(mut fleet: Fleet) {
    fleet.wish(Wish::Stop);
    let ending = async { while fleet.next_end().await.is_some() {} };
    assert!(tokio::time::timeout(PATIENCE, ending).await.is_ok());
}

fn writes(service: &Service) -> Vec<(String, usize)> {
    let asked = service.asked("/subscriptions");
    let writes = asked.iter().filter(|asked| matches!(asked.method.as_str(), "POST" | "PUT"));
    writes
        .map(|asked| {
            let ids: Vec<serde_json::Value> = serde_json::from_str(&asked.body).unwrap();
            (asked.method.clone(), ids.len())
        })
        .collect()
}

#[tokio::test]
async fn topics_come_and_go_without_touching_a_socket() {
    let service = service(0).await;
    let (mut fleet, mailbox) = live(&service, 3).await;
    assert_eq!(fleet.add(&topics(2, 5), &[]), Added { topics: 2, without_room: 0 });
    until(
        &mailbox,
        |control| matches!(control, Control::Topics { outcomes, .. } if outcomes.len() == 2),
    )
    .await;
    assert_eq!(fleet.remove(&topics(0, 1)), 1);
    until(&mailbox, |control| matches!(control, Control::Session(report) if report.permitted == 4))
        .await;
    let expected = [("POST", 3), ("POST", 5), ("PUT", 4)].map(|(m, n)| (m.to_owned(), n));
    assert_eq!(writes(&service), expected, "added by POST, replaced by PUT");
    let dials = service.asked("/channels/made-");
    assert_eq!(dials.iter().filter(|asked| asked.path.starts_with("/channels/")).count(), 1);
    ends(fleet).await;
}

#[tokio::test]
async fn parts_of_a_combined_topic_can_go_one_by_one() {
    let service = service(0).await;
    let (mut fleet, mailbox) = live(&service, 1).await;
    let combined = Topic::received("v2.users.u?presence&activity&routingStatus");
    assert_eq!(fleet.add(std::slice::from_ref(&combined), &[]).topics, 1);
    assert_eq!(fleet.add(&[Topic::received("v2.users.U.Activity")], &[]).topics, 0);
    assert_eq!(fleet.remove(&[Topic::received("v2.users.u.activity")]), 1);
    until(&mailbox, |control| matches!(control, Control::Session(report) if report.permitted == 3))
        .await;
    assert_eq!(writes(&service).last().unwrap(), &("PUT".to_owned(), 3));
    ends(fleet).await;
}

#[tokio::test]
async fn what_finds_no_room_gets_a_channel_of_its_own() {
    let service = service(0).await;
    let (mut fleet, mailbox) = live(&service, 1_000).await;
    let queue = QueueId::new("new");
    let added = fleet.add(&topics_of_queue(&queue), std::slice::from_ref(&queue));
    assert_eq!(added, Added { topics: 2, without_room: 0 });
    until(&mailbox, |control| {
        matches!(control, Control::Session(report) if report.channel.0 == 2 && report.permitted == 2)
    })
    .await;
    ends(fleet).await;
}

#[tokio::test]
async fn a_channel_that_was_left_is_taken_again() {
    let service = service(1).await;
    let (mut fleet, mailbox) = live(&service, 2).await;
    assert!(!service.asked("/channels/left-0").is_empty());
    let made = |service: &Service| {
        let asked = service.asked("/api/v2/notifications/channels");
        asked.iter().filter(|a| a.method == "POST" && a.path.ends_with("channels")).count()
    };
    assert_eq!(made(&service), 0, "none is made where one was left");
    // each hand-over goes to and fro between two channels
    for _ in 0..3 {
        fleet.wish(Wish::Renew);
        let handed_over = |control: &Control| matches!(control, Control::Event(event) if event.kind == EventKind::HandedOver);
        until(&mailbox, handed_over).await;
        let left = async {
            while fleet.pool.spares() == 0 {
                tokio::task::yield_now().await;
            }
        };
        assert!(tokio::time::timeout(PATIENCE, left).await.is_ok(), "the old one is kept");
    }
    assert_eq!(made(&service), 1);
    ends(fleet).await;
}

#[tokio::test]
async fn people_are_told_before_other_channels_are_evicted() {
    let mailbox = Mailbox::new(WhenFull::KeepDistinct);
    let full = Service::start(|asked: &Asked| match asked.path.as_str() {
        "/oauth/token" => token(),
        path if path.contains("includechannels=oauthclient") => {
            let others = vec![r#"{"expires":"2100-01-01T00:00:00Z"}"#; 19].join(",");
            json(&format!(r#"{{"entities":[{others}]}}"#))
        }
        _ => status(503, ""),
    })
    .await;
    let client = full.client();
    client.login(false).await.unwrap();
    let plan = Plan { packs: pack(topics(0, 1_500)).unwrap(), ..Plan::default() };
    let fleet = Fleet::start(client, &plan, Policy::default(), mailbox.clone()).await;
    let told = mailbox.take().control.into_iter().find_map(|control| match control {
        Control::Event(event) => Some(event.sentence),
        _ => None,
    });
    let told = told.expect("it is said before anything is made");
    assert!(told.contains("19 channels already and 2 more") && told.contains("evict 1"), "{told}");
    ends(fleet).await;
}
