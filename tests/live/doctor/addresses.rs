//! `gcwatch doctor socket URL`: what the address is, what happens there, what works.
use super::{run, simulated, stand_in};
use serde_json::Value;

fn socket(run: super::Run, url: &str) -> super::Run {
    run.argument("socket").argument(url)
}

#[test]
fn the_person_of_the_story_has_the_answer() {
    let outcome = socket(
        run(),
        "wss://api.us.genesyscloud.invalid/v2/analytics/conversations/details/query/ws",
    )
    .outcome();
    assert_eq!(outcome.exit, 2, "{}", outcome.told);
    let found = outcome.check("address")["found"].to_string();
    assert!(found.contains("analytics REST API"), "{found}");
    let works = outcome.report["whatWorks"].to_string();
    for word in [
        "/api/v2/notifications/channels",
        "connectUri",
        "subscriptions",
        "no header, no query, no first message",
    ] {
        assert!(works.contains(word), "{works}");
    }
}

#[test]
fn the_address_that_accepts_and_then_says_401_is_explained() {
    let run = simulated();
    let url =
        format!("{}/api/v2/analytics/conversations/details/query/ws", run.service().streaming_url);
    let outcome = socket(run, &url).argument("--token-in").argument("all").outcome();
    for way in ["socket", "token-in-header", "token-in-message"] {
        let found = outcome.check(way)["found"].to_string();
        assert!(
            found.contains("401") && found.contains("after our first message"),
            "{way}: {found}"
        );
    }
    assert!(outcome.check("token-in-query")["found"].to_string().contains("400"));
    assert_eq!(outcome.exit, 2);
}

#[test]
fn the_address_that_takes_a_token_in_the_query_is_seen_to_open_and_not_recommended() {
    let run = simulated();
    let token = run.token();
    let base = run.service().streaming_url.clone();
    let url = format!("{base}/api/v2/analytics/conversations/events");
    let outcome = socket(run, &url).argument("--token-in").argument("query").outcome();
    let query = outcome.check("token-in-query");
    assert_eq!(query["verdict"], "warning", "{}", outcome.told);
    let found = query["found"].to_string();
    assert!(found.contains("opened it") && found.contains("No documentation"), "{found}");
    assert!(outcome.check("socket")["found"].to_string().contains("401"), "{}", outcome.told);
    assert!(!outcome.told.contains(&token), "{}", outcome.told);
}

#[test]
fn a_channel_opens_bare_and_a_token_in_the_query_does_not() {
    let run = simulated();
    let token = run.token();
    let channel =
        stand_in::post_as(&run.service().base_url, "/api/v2/notifications/channels", "{}", &token);
    let uri = channel["connectUri"].as_str().expect("an address").to_owned();
    let outcome = socket(run, &uri).argument("--token-in").argument("query").outcome();
    assert_eq!(outcome.check("address")["verdict"], "ok", "{}", outcome.told);
    assert_eq!(outcome.check("socket")["verdict"], "ok", "{}", outcome.told);
    assert_eq!(outcome.check("pulse")["verdict"], "ok", "{}", outcome.told);
    let query = outcome.check("token-in-query");
    assert_eq!(query["verdict"], "warning");
    assert_eq!(outcome.exit, 0, "{}", outcome.told);
    assert!(query["found"].to_string().contains("access_token"), "{query}");
    let id = uri.rsplit('-').next().expect("an id");
    assert!(!outcome.told.contains(id) && !outcome.told.contains(&token), "{}", outcome.told);
}

#[test]
fn a_dead_channel_is_told_from_a_wrong_address() {
    let run = simulated();
    let base = run.service().streaming_url.clone();
    let outcome =
        socket(run, &format!("{base}/channels/streaming-0-abcdefghijklmnopqrstuvwxyz")).outcome();
    assert_eq!(outcome.check("address")["verdict"], "ok");
    assert!(
        outcome.check("socket")["found"].to_string().contains("channel has ended"),
        "{}",
        outcome.told
    );
    assert_eq!(outcome.exit, 1);
}

#[test]
fn a_token_goes_to_a_stranger_only_when_that_is_asked_for() {
    use std::sync::{Arc, Mutex};
    let seen = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&seen);
    let port = stand_in::http(move |line| {
        noted.lock().expect("a lock").push(line.to_owned());
        stand_in::json("404 Not Found", "{}")
    });
    // loopback counts as one's own: the token of the address is tried as typed
    let outcome = socket(run(), &format!("ws://127.0.0.1:{port}/x?access_token=hunter2")).outcome();
    let lines = seen.lock().expect("a lock").clone();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(!lines[0].contains("hunter2") && lines[1].contains("hunter2"), "{lines:?}");
    assert!(!outcome.told.contains("hunter2"), "{}", outcome.told);
    // a stranger gets none
    let outcome = socket(run(), "wss://stranger.example.invalid/x?access_token=hunter2").outcome();
    assert!(!outcome.told.contains("hunter2"));
    assert_ne!(outcome.check("address"), &Value::Null);
}
