use super::Redactor;
use crate::domain::control::{Control, Divisions, Named};
use crate::domain::decode::{Meaning, decode};
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::{ChannelNumber, QueueId, UserId, WrapupCodeId};
use crate::tape::format::{Entry, Lost};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Value, json};

fn redactor() -> Redactor {
    Redactor::with_key([7; 32])
}

fn redacted(value: &Value) -> Value {
    serde_json::from_str(&redactor().text(&value.to_string())).unwrap()
}

const UUID: &str = "2B1C7A10-0000-4000-8000-00000000AbCd";

#[test]
fn joins_work_and_nobody_is_named() {
    let id = UUID.to_lowercase();
    let body = json!({
        "topicName": format!("v2.routing.queues.{UUID}.conversations"),
        "version": "2",
        "eventBody": {
            "id": id,
            "version": "7",
            "selfUri": format!("/api/v2/conversations/{id}?secret=1"),
            "connectUri": "wss://streaming.example/channels/streaming-1-abc",
            "participants": [{
                "id": "p-1",
                "name": "Chloé Dubois",
                "address": "tel:+15555550123",
                "purpose": "customer",
                "queueId": UUID,
                "queue": {"id": UUID, "name": "Billing"},
                "attributes": {"Customer number": "4711", "vip": true, "n": 12, "at": "2026-11-23T10:00:00Z"},
                "notes": "wants a refund",
                "ani": "chloe@example.com",
                "connectedTime": "2026-11-23T14:03:12.345Z",
                "calls": [{"state": "connected", "direction": "inbound", "held": false, "score": 1.5}],
                "state": "Jane Doe",
            }],
        },
    });
    let out = redacted(&body);
    let person = &out["eventBody"]["participants"][0];
    let topic = out["topicName"].as_str().unwrap();
    let queue = person["queueId"].as_str().unwrap();
    assert_eq!(topic, format!("v2.routing.queues.{queue}.conversations"));
    assert_eq!(person["queue"]["id"], queue);
    assert_eq!(out["version"], "2");
    assert_ne!(out["eventBody"]["version"], "7");
    assert_eq!(out["eventBody"]["id"], queue);
    assert_eq!(out["eventBody"]["selfUri"], format!("/api/v2/conversations/{queue}"));
    assert_eq!(out["eventBody"]["connectUri"], "masked:address");
    assert!(person["queue"]["name"].as_str().unwrap().starts_with("Queue "));
    assert_eq!(person["purpose"], "customer");
    assert_eq!(person["connectedTime"], "2026-11-23T14:03:12.345Z");
    assert_eq!(person["calls"], body["eventBody"]["participants"][0]["calls"]);
    assert!(person["address"].as_str().unwrap().starts_with("tel:+000000"));
    let text = out.to_string();
    for secret in [
        "Chlo", "Dubois", "5550123", "Billing", "4711", "Customer", "vip", "refund", "example",
        "10:00", "Jane", "abc", "secret", "true",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

/// Shapes that were invented to break it: data where a word, a time, a count or a name of a field is
/// expected.
#[test]
fn data_in_odd_places_is_found() {
    let texts = [
        // looks like a word, a host, a topic, a part of a path, a time
        r#"{"state":"Dubois"}"#,
        r#"{"reason":"dubois"}"#,
        r#"{"provider":"chloe.dubois"}"#,
        r#"{"status":"chloe.dubois@example.com"}"#,
        r#"{"result":"555-0123"}"#,
        r#"{"body":{"topicName":"Chloe.Dubois"}}"#,
        r#"{"selfUri":"/api/v2/users/dubois"}"#,
        r#"{"selfUri":"/api/v2/users/Chlo%C3%A9%20Dubois?name=dubois"}"#,
        r#"{"uri":"https://chloe:dubois@example.com/4711"}"#,
        r#"{"dateOfBirth":"1980-05-05T00:00:00Z"}"#,
        // numbers of telephones and accounts in fields for numbers, or for nothing that is known
        r#"{"sender":15555550123}"#,
        r#"{"account":15555550123}"#,
        r#"{"consumer":15555550123}"#,
        r#"{"customs":15555550123}"#,
        r#"{"value":15555550123}"#,
        r#"{"customerId":555012}"#,
        r#"{"zip":555012}"#,
        r#"{"isDubois":{"pregnant":true}}"#,
        // as the name of a field
        r#"{"chloe.dubois@example.com":1}"#,
        r#"{"+15555550123":{}}"#,
        r#"{"Dubois":"x"}"#,
        r#"{"dubois4711":"x"}"#,
        r#"{"attributes":{"chloe dubois":{"dubois":["dubois",true,555012]}}}"#,
        r#"{"participantAttributes":{"dubois":"4711"}}"#,
        r#"{"customFields":[{"dubois":555012}]}"#,
        r#"{"headers":{"dubois":["dubois"]}}"#,
        // JSON in a text, a text in JSON of another spelling, a list of both
        r#"{"payload":"{\"name\":\"Chlo\u00e9 Dubois\",\"tel\":\"+15555550123\"}"}"#,
        r#"{"wrapup":{"code":"dubois","notes":"Dubois, 555-0123","name":"Dubois"}}"#,
        r#"{"\u0044ubois":"\u0044ubois"}"#,
        r#"{"subject":"=?UTF-8?Q?Dubois?="}"#,
        r#"{"lines":[["Dubois"],[["dubois"]],"4711"]}"#,
        r#"["Dubois",15555550123,true]"#,
        // what is said in a conversation, and noted of it
        r#"{"topicName":"v2.conversations.2b1c7a10-0000-4000-8000-00000000abcd.transcription","eventBody":{"transcripts":[{"channel":"EXTERNAL","isFinal":false,"alternatives":[{"confidence":0.93,"transcript":"dubois, 5550123","words":[{"word":"dubois","offsetMs":120,"durationMs":300}],"decoratedTranscript":"Dubois, 555-0123"}]}]}}"#,
        r#"{"topicName":"v2.detail.events.conversation.2b1c7a10-0000-4000-8000-00000000abcd.attributes","eventBody":{"attributes":{"dubois":"4711"},"eventTime":1763906592345}}"#,
        r#""Dubois""#,
        "15555550123",
    ];
    for text in texts {
        let out = redactor().text(text);
        assert!(serde_json::from_str::<Value>(&out).is_ok(), "{out}");
        let lowered = out.to_lowercase();
        for secret in ["dubois", "chlo", "5550123", "555012", "555-0123", "4711", "1980", "true"] {
            // "isDubois" is a field like any other: the service's names of fields stay
            let out = lowered.replace("isdubois", "");
            assert!(!out.contains(secret), "{secret} of {text} is in {out}");
        }
    }
}

#[test]
fn what_a_recording_missed_is_told_without_other_peoples_words() {
    let at = Timestamp::UNIX_EPOCH;
    let lost = |cause: &str| {
        Entry::Lost(Lost { from: at, until: at, frames: 3, control: 1, cause: cause.to_owned() })
    };
    let cause = "writing failed: /home/dubois/a.tape: no space left";
    assert_eq!(redactor().entry(lost(cause)), lost("writing failed"));
}

#[test]
fn words_and_figures_of_the_service_stay() {
    let text = r#"{"direction":"inbound","state":"contacting","provider":"Edge","errorCode":"404","routingStatus":"NOT_RESPONDING","systemPresence":"On Queue","metric":"oUserRoutingStatuses","held":true,"alertingTimeoutMs":8000,"startTimeMs":1763906592345,"stats":{"count":12,"max":34000000,"ratio":0.8},"at":"2026-11-23T14:03:12.345Z"}"#;
    let kept = redacted(&serde_json::from_str(text).unwrap());
    let mut expected: Value = serde_json::from_str(text).unwrap();
    // two words are no word
    expected["systemPresence"] = kept["systemPresence"].clone();
    assert_eq!(kept, expected);
}

#[test]
fn the_code_of_a_wrap_up_still_finds_its_name() {
    let told = Control::WrapupCodes(vec![Named {
        id: WrapupCodeId::new(UUID),
        name: "Refund granted".to_owned(),
    }]);
    let told = super::control::redact(&redactor().pseudonyms, told);
    let Control::WrapupCodes(told) = told else { panic!("another kind: {told:?}") };
    let frame = redacted(&json!({"wrapup": {"code": UUID, "notes": "Refund of 12 euros"}}));
    assert_eq!(frame["wrapup"]["code"], told[0].id.as_str());
    assert_ne!(told[0].id, WrapupCodeId::new(UUID));
    let text = format!("{frame} {}", told[0].name);
    assert!(
        text.contains("Code ") && !text.contains("Refund") && !text.contains("euros"),
        "{text}"
    );
}

#[test]
fn divisions_keep_who_lies_together_and_lose_their_names() {
    let (one, other) = ("22222222-2222-4222-8222-222222222222", UUID);
    let queue = |id, name: &str| Named { id: QueueId::new(id), name: name.to_owned() };
    let user = Named { id: UserId::new(other), name: "Sales".to_owned() };
    let queues = vec![queue(one, "Sales"), queue(other, "Night desk")];
    let told = Control::Divisions(Divisions { queues, users: vec![user] });
    let told = super::control::redact(&redactor().pseudonyms, told);
    let Control::Divisions(Divisions { queues, users }) = told else { panic!("another: {told:?}") };
    assert_eq!(queues[0].name, users[0].name);
    assert_ne!(queues[0].name, queues[1].name);
    assert!(queues.iter().all(|queue| queue.name.starts_with("Division ")), "{queues:?}");
    let topic = redactor().pseudonyms.topic(&format!("v2.routing.queues.{one}.users"));
    assert!(topic.contains(queues[0].id.as_str()), "{topic} {queues:?}");
    assert_eq!(users[0].id.as_str(), queues[1].id.as_str());
}

#[test]
fn another_recording_has_other_pseudonyms() {
    let text = json!({"id": UUID, "name": "Anna"}).to_string();
    let other = Redactor::with_key([8; 32]);
    assert_ne!(redactor().text(&text), other.text(&text));
    assert_eq!(redactor().text(&text), redactor().text(&text));
}

#[test]
fn heartbeats_and_replies_keep_their_meaning() {
    for text in [
        r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#,
        r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#,
        r#"{"result":"200","status":"subscribed"}"#,
    ] {
        assert_eq!(redactor().text(text), text);
    }
    assert!(!redactor().text("no json: Anna").contains("Anna"));
}

/// Any JSON with the fields that matter among others.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[A-Z][a-z]{4,9} [A-Z][a-z]{4,9}".prop_map(Value::from),
        "\\+[1-9]{11}".prop_map(Value::from),
        "[a-z]{5,8}@[a-z]{5,8}\\.com".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 64, 6, |inner| {
        let name = prop_oneof![
            Just("name".to_owned()),
            Just("state".to_owned()),
            Just("attributes".to_owned()),
            Just("queueId".to_owned()),
            Just("selfUri".to_owned()),
            Just("topicName".to_owned()),
            Just("notes".to_owned()),
            Just("qualifier".to_owned()),
            "[a-zA-Z ]{1,8}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// Every string in it.
fn strings<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => into.push(text),
        Value::Array(list) => list.iter().for_each(|value| strings(value, into)),
        Value::Object(map) => map.values().for_each(|value| strings(value, into)),
        _ => {}
    }
}

proptest! {
    #[test]
    fn no_name_number_or_address_is_left_wherever_it_stands(value in any_json()) {
        let out = redactor().text(&value.to_string());
        prop_assert!(serde_json::from_str::<Value>(&out).is_ok());
        let mut texts = Vec::new();
        strings(&value, &mut texts);
        for text in texts {
            for part in text.split([' ', '@']) {
                prop_assert!(!out.contains(part), "{part} in {out}");
            }
        }
    }

    #[test]
    fn whatever_comes_is_redacted_without_failing(text in "\\PC*|(?s).*") {
        let frame = Frame {
            received: Timestamp::UNIX_EPOCH,
            channel: ChannelNumber(1),
            payload: Payload::Text(text.as_str().into()),
        };
        let out = redactor().frame(&frame);
        prop_assert_eq!(out.received, frame.received);
        // what could not be read still can't be, or is masked away
        if let Meaning::Unreadable(_) = decode(&frame).meaning {
            prop_assert!(!matches!(decode(&out).meaning, Meaning::Event(_)));
        }
    }
}
