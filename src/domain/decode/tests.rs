//! Real and documented frames, and everything that is none.
use super::{Body, Decoded, Meaning, conversation_key, decode, frame_kind};
use crate::domain::agent::RoutingStatus;
use crate::domain::conversation::State;
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::ChannelNumber;
use crate::domain::session::FrameKind;
use crate::domain::topic::Media;
use std::path::PathBuf;

fn frame(text: &str) -> Frame {
    Frame {
        received: "2026-11-24T08:00:00Z".parse().unwrap(),
        channel: ChannelNumber(1),
        payload: Payload::Text(text.into()),
    }
}

fn event(topic: &str, body: &str) -> Decoded {
    decode(&frame(&format!(r#"{{"topicName":"{topic}","version":"2","eventBody":{body}}}"#)))
}

/// The folder of sample frames, if the environment names one.
fn samples() -> Option<PathBuf> {
    let folder = std::env::var_os("GCWATCH_TEST_DATA").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: GCWATCH_TEST_DATA is not set");
    }
    folder.map(|folder| folder.join("frames"))
}

#[test]
fn every_sample_frame_decodes_into_what_its_topic_says() {
    let Some(folder) = samples() else { return };
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if path.extension().is_none_or(|extension| extension != "json") || name.starts_with("rest-")
        {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let meaning = decode(&frame(&text)).meaning;
        let fits = match name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '-') {
            "control-heartbeat" => meaning == Meaning::Heartbeat,
            "control-pong" => meaning == Meaning::Pong,
            "control-ws-error-reply"
            | "control-ws-subscribe-reply"
            | "control-ws-unsubscribe-reply" => matches!(meaning, Meaning::Reply(_)),
            "conversations-transcription" => {
                matches!(&meaning, Meaning::Event(Body::Transcription(t)) if !t.utterances.is_empty() || t.status.is_some())
            }
            "detail-customer-end" | "detail-customer-start" => {
                matches!(&meaning, Meaning::Event(Body::Detail(d)) if d.event.starts_with("customer."))
            }
            "queues-conversations-chat" => {
                matches!(&meaning, Meaning::Event(Body::Conversation(c)) if c.media().contains(&Media::Chat))
            }
            "users-activity" => {
                matches!(&meaning, Meaning::Event(Body::Agent { change, .. }) if change.routing.is_some() && change.presence.is_some())
            }
            "users-presence" => {
                matches!(&meaning, Meaning::Event(Body::Agent { change, .. }) if change.presence.is_some())
            }
            "users-conversationsummary" => {
                matches!(meaning, Meaning::Event(Body::Uninterpreted { .. }))
            }
            // an invented body without an envelope: kept and shown, with the reason
            "users-persistentconnection" => {
                matches!(
                    &meaning,
                    Meaning::Unreadable(_) | Meaning::Event(Body::Uninterpreted { .. })
                )
            }
            _ => false,
        };
        assert!(fits, "{name}: {meaning:?}");
        seen += 1;
    }
    assert!(seen >= 15, "only {seen} sample frames in {}", folder.display());
}

#[test]
fn the_real_rest_twin_of_a_call_reads_as_talking() {
    let Some(folder) = samples() else { return };
    let text = std::fs::read_to_string(folder.join("rest-conversations-calls-1.json")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let call = value.get("entities").and_then(|entities| entities.get(0)).unwrap_or(&value);
    let decoded = event("v2.users.u1.conversations.calls", &call.to_string());
    let Meaning::Event(Body::MediaConversation { media: Media::Call, snapshot }) = decoded.meaning
    else {
        panic!("{decoded:?}")
    };
    let standing = snapshot.standing();
    assert_eq!(standing.state, State::Interacting);
    assert!(standing.queue.is_some() && standing.agent.is_some() && standing.since.is_some());
}

#[test]
fn what_is_no_frame_says_why_and_nothing_dies() {
    let deep = format!(
        r#"{{"topicName":"v2.x.y","eventBody":{}1{}}}"#,
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    let deep_conversation = format!(
        r#"{{"topicName":"v2.users.u.conversations","eventBody":{{"id":"c","participants":{}{}}}}}"#,
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    for (text, reason) in [
        ("", "not JSON"),
        ("hello", "not JSON"),
        ("{", "not JSON"),
        ("[1,2]", "JSON, but not an object"),
        ("42", "JSON, but not an object"),
        (r#"{"topicName":7}"#, "an object of another shape"),
        (r#"{"a":1}"#, "an object without topicName"),
        ("{\"topicName\":\"v2.users.u.conversations\"}", "eventBody"),
        (
            r#"{"topicName":"v2.users.u.conversations","eventBody":{"id":"c","participants":"none"}}"#,
            "participants",
        ),
        (
            r#"{"topicName":"v2.users.u.routingStatus","eventBody":{"routingStatus":5}}"#,
            "routingStatus",
        ),
        (deep_conversation.as_str(), "eventBody"),
    ] {
        let Meaning::Unreadable(why) = decode(&frame(text)).meaning else {
            panic!("{text:.80} was read")
        };
        assert!(why.contains(reason), "{text:.80}: {why}");
        assert!(why.chars().count() <= 201);
        let _ = (frame_kind(&frame(text)), conversation_key(&frame(text)));
    }
    // an unknown topic isn't interpreted, however deep its body is
    assert_eq!(decode(&frame(&deep)).meaning, Meaning::Event(Body::Uninterpreted { id: None }));
    let binary = Frame { payload: Payload::Binary([0xff, 0][..].into()), ..frame("") };
    assert!(matches!(decode(&binary).meaning, Meaning::Unreadable(_)));
    let large = Frame { payload: Payload::Oversized { bytes: 5 << 20 }, ..frame("") };
    assert!(matches!(decode(&large).meaning, Meaning::Unreadable(why) if why.contains("5242880")));
}

#[test]
fn unknown_fields_values_and_empty_references_pass() {
    let decoded = event(
        "v2.routing.queues.Q.conversations",
        r#"{"id":"C","additionalProperties":{},"brandNew":[1],"participants":[
            {"id":"p1","purpose":"somethingNew","queue":{},"calls":[{"state":"holding_pattern","language":{}}]},
            {"id":"p2","purpose":"agent","userId":"","wrapup":{},"calls":null,"connectedTime":"yesterday"}]}"#,
    );
    let Meaning::Event(Body::Conversation(conversation)) = decoded.meaning else {
        panic!("{decoded:?}")
    };
    assert_eq!(conversation.id.as_str(), "c");
    assert_eq!(conversation.participants[1].user, None);
    assert!(!conversation.participants[1].wrapup.done);
    assert_eq!(conversation.participants[1].connected, None);
}

#[test]
fn queue_topics_with_a_flat_name_but_a_nested_body_are_told_by_shape() {
    let decoded = event(
        "v2.routing.queues.Q.conversations.socialexpressions",
        r#"{"id":"c","participants":[{"id":"p","purpose":"customer","socialExpressions":[{"state":"connected"}]}]}"#,
    );
    assert!(matches!(decoded.meaning, Meaning::Event(Body::Conversation(_))));
}

#[test]
fn system_topics_and_replies_are_recognised_by_the_network_edge() {
    let kind = |text: &str| frame_kind(&frame(text));
    assert_eq!(
        kind(r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#),
        FrameKind::Heartbeat
    );
    assert_eq!(
        kind(r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#),
        FrameKind::Pong
    );
    assert_eq!(
        kind(r#"{"topicName":"v2.system.socket_closing","eventBody":{}}"#),
        FrameKind::Closing
    );
    assert_eq!(
        kind(r#"{"topicName":"v2.system.token_revoked.x","eventBody":null}"#),
        FrameKind::Ended
    );
    assert_eq!(kind(r#"{"result":"200","status":"subscribed"}"#), FrameKind::Other);
    let reply = decode(&frame(r#"{"result":400,"status":"failure","message":"no"}"#));
    assert!(matches!(reply.meaning, Meaning::Reply(reply) if reply.result == "400"));
}

#[test]
fn figures_come_from_both_topics() {
    let decoded = event(
        "v2.analytics.queues.Q.observations",
        r#"{"group":{"queueId":"Q","mediaType":"voice"},"data":[{"interval":"x","metrics":[
            {"metric":"oWaiting","stats":{"count":7}},
            {"metric":"oUserPresences","qualifier":"P","stats":{"count":3}},
            {"metric":"oLongestWaiting","stats":{"max":12000,"count":1}}]}]}"#,
    );
    let Meaning::Event(Body::Figures(figures)) = decoded.meaning else { panic!("{decoded:?}") };
    let values: Vec<f64> = figures.iter().map(|figure| figure.value).collect();
    assert_eq!(values, [7.0, 3.0, 12_000.0]);
    assert_eq!(figures[0].media, Some(Media::Call));
    let decoded = event(
        "v2.analytics.queues.Q.activity",
        r#"{"results":[{"mediaType":"chat","data":[{"metric":"oWaiting","count":2}]}]}"#,
    );
    let Meaning::Event(Body::Figures(figures)) = decoded.meaning else { panic!("{decoded:?}") };
    assert_eq!((figures[0].media, figures[0].value), (Some(Media::Chat), 2.0));
}

#[test]
fn agents_are_named_by_the_topic_and_times_come_in_all_forms() {
    let decoded = event(
        "v2.users.U1.routingStatus",
        r#"{"id":"U1","routingStatus":{"status":"NOT_RESPONDING","startTime":1764000000000}}"#,
    );
    let Meaning::Event(Body::Agent { user, change }) = decoded.meaning else { panic!() };
    let routing = change.routing.unwrap();
    assert_eq!((user.as_str(), routing.status), ("u1", RoutingStatus::NotResponding));
    assert!(routing.since.is_some());
}
