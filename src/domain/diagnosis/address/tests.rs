use super::{HostKind, read};
use crate::domain::diagnosis::{Blame, Verdict};

/// What people have typed or read somewhere, and words that the answer must hold.
const TRIED: &[(&str, &[&str])] = &[
    (
        "wss://api.us.genesyscloud.com/v2/analytics/conversations/details/query/ws",
        &["forum pages have invented it", "analytics REST API", "us-east-1"],
    ),
    ("wss://api.genesyscloud.com/v2/notifications/ws", &["invented", "never existed"]),
    (
        "wss://api.mypurecloud.com/api/v2/analytics/conversations/events?access_token=SECRET",
        &["REST API, which opens no sockets", "analytics", "token in the query"],
    ),
    ("wss://us-east-1.my.genesys.cloud/notifications", &["invented", "us-east-1"]),
    ("wss://api.eu-west-1.genesys.com/stream", &["invented", "eu-west-1"]),
    ("wss://notifications.mypurecloud.com/", &["no host notifications.mypurecloud.com"]),
    ("wss://api.mypurecloud.com/api/v2/notifications/channels", &["creates or lists channels"]),
    (
        "https://api.mypurecloud.com/api/v2/notifications/channels/abc/subscriptions",
        &["https is the scheme", "subscribes"],
    ),
    ("wss://api.mypurecloud.com/notifications/stream", &["never existed"]),
    ("wss://api.mypurecloud.com/conversations/websocket", &["REST API"]),
    ("wss://login.mypurecloud.com/oauth/token", &["login host", "path of a login"]),
    ("wss://apps.mypurecloud.com/", &["web application"]),
    (
        "wss://streaming.mypurecloud.com/streaming-0-fmtdmf8cdis7jh14udg5p89t6z",
        &["/channels/ is missing"],
    ),
    ("wss://streaming.mypurecloud.com/channels/streaming-0-fmtd", &["cut off"]),
    ("wss://streaming.mypurecloud.com/channels/streaming-0-fmtd…", &["cut off"]),
    ("wss://streaming.mypurecloud.com/channels/", &["id is missing"]),
    ("wss://streaming.mypurecloud.com", &["names no channel"]),
    ("wss://streaming.mypurecloud.com/channels/{channelId}", &["placeholder"]),
    ("wss://streaming.mypurecloud.com/channels/<channel-id>", &["placeholder"]),
    (
        "wss://streaming.mypurecloud.ie/channels/streaming-0-fmtdmf8cdis7jh14udg5p89t6z",
        &["eu-west-1", "belongs to us-east-1", "its own region only"],
    ),
    ("wss://webmessaging.mypurecloud.com/v1?deploymentId=x", &["guests of web messaging"]),
    ("wss://streaming.mypurecloud.com/chat/website/abc", &["guests of chat"]),
    ("wss://streaming.mypurecloud.com/stream/channels/abc", &["XMPP"]),
    (
        "ws://streaming.mypurecloud.com/channels/streaming-0-fmtdmf8cdis7jh14udg5p89t6z",
        &["not encrypted"],
    ),
    (
        "wss://streaming.mypurecloud.com:8443/channels/streaming-0-fmtdmf8cdis7jh14udg5p89t6z",
        &["not on 8443"],
    ),
    ("mqtt://streaming.mypurecloud.com/x", &["mqtt is no socket's scheme"]),
    (
        "wss://me:word@streaming.mypurecloud.com/channels/streaming-0-fmtdmf8cdis7jh14udg5p89t6z",
        &["user name or password"],
    ),
    (
        "wss://streaming.mypurecloud.co/channels/streaming-0-fmtdmf8cdis7jh14udg5p89t6z",
        &["no region", "us-east-1"],
    ),
    ("wss://example.com/socket", &["no host of Genesys Cloud"]),
    ("wss://203.0.113.9/channels/streaming-0-fmtdmf8cdis7jh14udg5p89t6z", &["by number"]),
    ("streaming-0-fmtdmf8cdis7jh14udg5p89t6z", &["id of a channel, not an address"]),
    ("", &["no address"]),
    ("wss://", &["no address can be read"]),
];

#[test]
fn what_people_try_is_recognised() {
    for (typed, words) in TRIED {
        let reading = read(typed, Some("api.mypurecloud.com"));
        let finding = reading.finding();
        assert_eq!(finding.verdict, Verdict::Fault, "{typed}: {}", finding.found);
        assert_eq!(finding.blame, Blame::Configuration);
        assert!(finding.remedy.is_some());
        for word in *words {
            assert!(finding.found.contains(word), "{typed}: no \"{word}\" in: {}", finding.found);
        }
    }
}

#[test]
fn the_right_form_passes_and_says_that_it_needs_no_token() {
    let typed = "wss://streaming.mypurecloud.com/channels/streaming-0-fmtdmf8cdis7jh14udg5p89t6z";
    let reading = read(typed, Some("api.mypurecloud.com"));
    assert!(reading.is_channel && reading.notes.is_empty() && reading.is_own());
    assert_eq!(reading.finding().verdict, Verdict::Good);
    assert!(reading.finding().found.contains("no token"));
    // without a profile nothing is ours, and the form is still right
    let alone = read(typed, None);
    assert!(alone.is_channel && !alone.is_own());
}

#[test]
fn nothing_that_gives_access_is_shown() {
    for typed in [
        "wss://streaming.mypurecloud.com/channels/streaming-0-fmtdmf8cdis7jh14udg5p89t6z",
        "streaming-0-fmtdmf8cdis7jh14udg5p89t6z",
        "wss://me:fmtdmf8cdis7jh14udg5p89t6z@example.com/?token=fmtdmf8cdis7jh14udg5p89t6z",
        "wss://exam ple/fmtdmf8cdis7jh14udg5p89t6z?token=fmtdmf8cdis7jh14udg5p89t6z",
        "wss://x.example/fmtdmf8cdis7jh14udg5p89t6z/y#fmtdmf8cdis7jh14udg5p89t6z",
    ] {
        let found = read(typed, None).finding().found;
        assert!(!found.contains("fmtdmf8cdis7"), "{typed}: {found}");
    }
}

#[test]
fn a_token_is_kept_apart_from_what_is_dialled() {
    let typed = "wss://streaming.mypurecloud.com/channels/streaming-0-x?access_token=abc&region=us";
    let reading = read(typed, None);
    assert_eq!(reading.dial.as_ref().and_then(|url| url.query()), Some("region=us"));
    assert!(reading.dial_with_query.is_some_and(|url| url.as_str().contains("abc")));
    let reading = read("wss://example.com/?Authorization=Bearer%20abc", None);
    assert_eq!(reading.dial.and_then(|url| url.query().map(str::to_owned)), None);
}

#[test]
fn loopback_is_the_simulated_service() {
    for typed in [
        "ws://127.0.0.1:8080/channels/streaming-0-fmtdmf8cdis7jh14udg5p89t6z",
        "ws://localhost:1/channels/streaming-0-fmtdmf8cdis7jh14udg5p89t6z",
    ] {
        let reading = read(typed, None);
        assert_eq!(reading.host, HostKind::Loopback);
        assert_eq!(reading.finding().verdict, Verdict::Good, "{}", reading.finding().found);
    }
}

#[test]
fn no_text_makes_it_fall_over() {
    for typed in [
        "\u{1b}[31m",
        "wss://\u{202e}",
        "a b c",
        "://",
        "wss:///",
        "wss://[::1",
        "%",
        "wss://ä.example/ü",
        &"x".repeat(9_000),
    ] {
        let finding = read(typed, Some("api.")).finding();
        assert!(!finding.found.contains('\u{1b}'), "{typed:?}");
    }
}
