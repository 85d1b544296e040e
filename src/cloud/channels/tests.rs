use super::ChannelId;
use crate::cloud::testing::{Asked, Reply, Service, json, status, token};
use crate::domain::session::{ChannelCheck, FailureKind};
use crate::domain::topic::Topic;
use serde_json::{Value, json as value};

const CREATED: &str = r#"{"connectUri":"ws://127.0.0.1:1/channels/streaming-0-fmtdmf8cdis7","id":"streaming-0-fmtdmf8cdis7","expires":"2030-08-12T12:41:54.707Z"}"#;

fn topics(count: usize) -> Vec<Topic> {
    (0..count).map(|n| Topic::received(&format!("v2.routing.queues.q{n}.conversations"))).collect()
}

/// Permits everything but what `refuse` says; a topic called `bad` spoils its whole request.
fn subscriptions(asked: &Asked, refuse: fn(&str) -> bool) -> Reply {
    let wanted: Vec<Value> = serde_json::from_str(&asked.body).unwrap();
    let ids: Vec<&str> = wanted.iter().filter_map(|topic| topic["id"].as_str()).collect();
    if ids.iter().any(|id| id.contains("bad")) {
        return status(
            400,
            r#"{"code":"bad.request","message":"no such topic","contextId":"c-9"}"#,
        );
    }
    let entities: Vec<Value> = ids
        .iter()
        .map(|id| {
            if refuse(id) {
                value!({"id": id, "state": "Rejected", "missingPermissions": ["a:b:view"]})
            } else {
                value!({"id": id.to_uppercase(), "state": "Permitted"})
            }
        })
        .collect();
    json(&value!({ "entities": entities }).to_string())
}

#[test]
fn an_id_is_never_shown_whole() {
    for (id, short) in [
        ("streaming-0-fmtdmf8cdis7jh14udg5p89t6z", "streaming-0-fmtd…"),
        ("abcdefgh", "abcd…"),
        ("abc", "a…"),
        ("x-ab", "x-a…"),
        ("", "…"),
    ] {
        let id = ChannelId::new(id.to_owned());
        assert_eq!(id.short(), short);
        assert_eq!(format!("{id:?}"), format!("ChannelId({short})"));
    }
}

#[tokio::test]
async fn a_channel_is_created_checked_listed_and_cleared() {
    let service = Service::start(|asked| match (asked.method.as_str(), asked.path.as_str()) {
        (_, "/oauth/token") => token(),
        ("POST", "/api/v2/notifications/channels") => json(CREATED),
        ("HEAD", path) if path.ends_with("fmtdmf8cdis7") => json("{}"),
        ("GET", _) => json(&format!(r#"{{"entities":[{CREATED},{{"expires":"garbage"}}]}}"#)),
        ("DELETE", path) if path.ends_with("/subscriptions") => status(204, ""),
        _ => status(404, ""),
    })
    .await;
    let client = service.client();
    let channel = client.create_channel().await.unwrap();
    assert_eq!(channel.short(), "streaming-0-fmtd…");
    assert!(!format!("{channel:?}").contains("fmtdmf8"));
    let id = channel.id.unwrap();
    assert_eq!(client.check_channel(&id).await, ChannelCheck::Exists);
    let other = ChannelId::new("streaming-0-other".to_owned());
    assert_eq!(client.check_channel(&other).await, ChannelCheck::Gone);
    assert_eq!(client.channel_expiry(&id).await, channel.expires);
    assert_eq!(client.channels(true).await.unwrap()[1].expires, None);
    client.clear_subscriptions(&id).await.unwrap();
}

#[tokio::test]
async fn topics_go_in_batches_of_a_thousand_with_errors_ignored() {
    let service = Service::start(|asked| match asked.path.as_str() {
        "/oauth/token" => token(),
        _ => subscriptions(asked, |id| id.contains(".q7.")),
    })
    .await;
    let id = ChannelId::new("c".to_owned());
    let asked_for = topics(2_500);
    let outcomes = service.client().subscribe(&id, &asked_for).await.unwrap();
    let calls = service.asked("/channels/c/subscriptions?ignoreErrors=true");
    assert_eq!(calls.len(), 3);
    assert!(calls.iter().all(|call| call.method == "POST" && call.body.starts_with('[')));
    let told: Vec<&Topic> = outcomes.iter().map(|outcome| &outcome.topic).collect();
    assert_eq!(told, asked_for.iter().collect::<Vec<_>>());
    let refused: Vec<_> = outcomes.iter().filter(|outcome| outcome.rejection.is_some()).collect();
    assert_eq!(refused.len(), 1);
    let rejection = refused[0].rejection.as_ref().unwrap();
    assert_eq!(rejection.missing_permissions, ["a:b:view"]);
    assert_eq!(rejection.reason, "missing permission a:b:view");
}

#[tokio::test]
async fn one_topic_that_spoils_the_request_is_found() {
    let service = Service::start(|asked| match asked.path.as_str() {
        "/oauth/token" => token(),
        _ => subscriptions(asked, |_| false),
    })
    .await;
    let mut asked_for = topics(300);
    asked_for.insert(123, Topic::received("v2.bad.topic"));
    let id = ChannelId::new("c".to_owned());
    let outcomes = service.client().subscribe(&id, &asked_for).await.unwrap();
    assert_eq!(outcomes.len(), 301);
    for outcome in &outcomes {
        assert_eq!(outcome.rejection.is_some(), outcome.topic.as_str().contains("bad"));
    }
    let rejection = outcomes[123].rejection.as_ref().unwrap();
    assert!(rejection.reason.contains("no such topic"), "{}", rejection.reason);
    assert_eq!(rejection.context_id.as_deref(), Some("c-9"));
}

#[tokio::test]
async fn the_search_for_culprits_is_bounded() {
    let service = Service::start(|asked| match asked.path.as_str() {
        "/oauth/token" => token(),
        _ => status(400, "{}"),
    })
    .await;
    let id = ChannelId::new("c".to_owned());
    let outcomes = service.client().subscribe(&id, &topics(1_000)).await.unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.rejection.is_some()));
    assert_eq!(outcomes.len(), 1_000);
    assert!(service.asked("subscriptions").len() <= super::MAX_SEARCH_REQUESTS + 1);
}

#[tokio::test]
async fn a_combined_topic_is_told_whole_with_its_refused_parts_behind_it() {
    let service = Service::start(|asked| match asked.path.as_str() {
        "/oauth/token" => token(),
        _ => json(
            r#"{"entities":[{"id":"v2.users.u?presence&activity"},{"id":"v2.users.u.activity","state":"Rejected","rejectionReason":"no"}]}"#,
        ),
    })
    .await;
    let id = ChannelId::new("c".to_owned());
    let asked_for = [Topic::received("v2.users.u?presence&activity"), topics(1).remove(0)];
    let outcomes = service.client().subscribe(&id, &asked_for).await.unwrap();
    let told: Vec<(&str, Option<&str>)> = outcomes
        .iter()
        .map(|outcome| {
            let reason = outcome.rejection.as_ref().map(|rejection| rejection.reason.as_str());
            (outcome.topic.as_str(), reason)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("v2.users.u?presence&activity", None),
            ("v2.users.u.activity", Some("no")),
            ("v2.routing.queues.q0.conversations", Some("the service's answer doesn't mention it")),
        ]
    );
}

#[tokio::test]
async fn what_is_not_about_topics_ends_the_subscribing() {
    for (code, kind) in [
        (404, FailureKind::ChannelGone),
        (401, FailureKind::TokenRefused),
        (500, FailureKind::Service),
        (429, FailureKind::RateLimited),
    ] {
        let service = Service::start(move |asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            _ => status(code, "{}"),
        })
        .await;
        let id = ChannelId::new("c".to_owned());
        let failure = service.client().subscribe(&id, &topics(3)).await.unwrap_err();
        assert_eq!(failure.kind, kind);
        assert_eq!(service.asked("subscriptions").len(), 1);
    }
}

#[tokio::test]
async fn why_a_topic_is_refused_is_told_apart() {
    for (answer, not_permitted) in [
        (status(403, r#"{"code":"missing.permissions","message":"no"}"#), 1),
        (status(400, r#"{"code":"bad.request","message":"unknown topic"}"#), 0),
        (
            json(
                r#"{"entities":[{"id":"v2.routing.queues.q0.conversations","state":"Rejected","missingPermissions":["a:b:view"]}]}"#,
            ),
            1,
        ),
        (
            json(
                r#"{"entities":[{"id":"v2.routing.queues.q0.conversations","state":"Rejected","rejectionReason":"no access to this division"}]}"#,
            ),
            1,
        ),
        (
            json(
                r#"{"entities":[{"id":"v2.routing.queues.q0.conversations","state":"Rejected","rejectionReason":"Topic not found"}]}"#,
            ),
            0,
        ),
        (json(r#"{"entities":[]}"#), 0),
    ] {
        let answer = std::sync::Mutex::new(Some(answer));
        let service = Service::start(move |asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            _ => answer.lock().unwrap().take().unwrap(),
        })
        .await;
        let id = ChannelId::new("c".to_owned());
        let client = service.client();
        let subscribed = client.set_topics(&id, &topics(1), super::Writing::Add).await.unwrap();
        assert_eq!(
            (subscribed.ids, subscribed.not_permitted),
            (0, not_permitted),
            "{subscribed:?}"
        );
    }
}
