//! Lines of `tail` and of a headless replay: one JSON object a frame or event, as docs/json.md says. Knows
//! nothing of where they are written.
use crate::domain::control::Control;
use crate::domain::frame::{Frame, Payload};
use crate::domain::monitor::directory::Directory;
use crate::domain::topic::Topic;
use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A time as every line has it.
pub(super) fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// The line of a frame: as received where it is JSON, as text where it isn't.
pub(in crate::cli) fn frame_line(frame: &Frame) -> String {
    let head = format!(
        "{{\"received\":\"{}\",\"channel\":{},\"topic\":",
        time(frame.received),
        frame.channel
    );
    let text = match &frame.payload {
        Payload::Text(text) => text,
        Payload::Binary(bytes) => {
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            return format!("{head}null,\"binary\":\"{hex}\"}}");
        }
        Payload::Oversized { bytes } => return format!("{head}null,\"oversized\":{bytes}}}"),
    };
    match serde_json::from_str::<&RawValue>(text) {
        Ok(raw) => {
            let topic = crate::domain::decode::topic_name(text).map_or(Value::Null, Value::String);
            // one line a frame, whatever line ends stood between its tokens
            let one_line = if raw.get().contains(['\n', '\r']) {
                compact(raw.get())
            } else {
                raw.get().to_owned()
            };
            format!("{head}{topic},\"frame\":{one_line}}}")
        }
        Err(_) => format!("{head}null,\"text\":{}}}", Value::String(text.to_string())),
    }
}

/// JSON without line ends between its tokens; inside of strings there are none.
fn compact(json: &str) -> String {
    json.chars()
        .map(|character| if matches!(character, '\n' | '\r') { ' ' } else { character })
        .collect()
}

/// The line of an event: its time and its name first, as scripts and eyes look for them, then
/// `rest`.
pub(super) fn event_line(at: Timestamp, event: &str, rest: Value) -> String {
    let mut line = format!("{{\"received\":\"{}\",\"event\":{}", time(at), Value::from(event));
    if let Value::Object(rest) = rest {
        for (name, value) in rest {
            // writing to a string cannot fail
            let _ = write!(line, ",{}:{value}", Value::from(name));
        }
    }
    line.push('}');
    line
}

/// The lines of a control message, with their times; none for what is only for the screen.
pub(in crate::cli) fn event_lines(
    control: &Control,
    directory: &Directory,
) -> Vec<(Timestamp, String)> {
    let line = |at: Timestamp, event: &str, mut rest: Value| {
        if let Some(rest) = rest.as_object_mut() {
            rest.retain(|_, value| !value.is_null());
        }
        (at, event_line(at, event, rest))
    };
    match control {
        Control::Event(event) => {
            let channel = event.channel.map(|channel| channel.0);
            vec![line(
                event.at,
                event.kind.word(),
                json!({
                    "channel": channel,
                    "message": event.sentence,
                    "contextId": event.context_id,
                    "retryInSeconds": event.retry_in.map(|wait| wait.as_secs_f64()),
                }),
            )]
        }
        Control::Gap(gap) => {
            let at = gap.until.unwrap_or(gap.from);
            vec![line(
                at,
                "gap",
                json!({
                    "channel": gap.channel.0,
                    "from": time(gap.from),
                    "until": gap.until.map(time),
                    "seconds": gap.until.map(|until| crate::domain::moment::since(until, gap.from).as_secs_f64()),
                    "cause": gap.cause,
                    "healedBy": gap.healed_by,
                }),
            )]
        }
        Control::Unsubscribed { channel, at, topics } => {
            let topics: Vec<&str> = topics.iter().map(Topic::as_str).collect();
            vec![line(*at, "unsubscribed", json!({"channel": channel.0, "topics": topics}))]
        }
        Control::Topics { channel, at, outcomes } => outcomes
            .iter()
            .filter_map(|outcome| {
                let rejection = outcome.rejection.as_ref()?;
                Some(line(
                    *at,
                    "rejected",
                    json!({
                        "channel": channel.0,
                        "topic": outcome.topic.as_str(),
                        "reason": rejection.reason,
                        "missingPermissions": rejection.missing_permissions,
                        "division": directory.division(&outcome.topic),
                        "contextId": rejection.context_id,
                    }),
                ))
            })
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{event_lines, frame_line};
    use crate::domain::control::{Control, Divisions, Named, Rejection, TopicOutcome};
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::{ChannelNumber, QueueId};
    use crate::domain::monitor::directory::Directory;
    use crate::domain::topic::Topic;
    use serde_json::Value;

    fn line(payload: Payload) -> Value {
        let received = "2026-11-23T14:03:12.3451Z".parse().unwrap();
        let text = frame_line(&Frame { received, channel: ChannelNumber(1), payload });
        assert!(!text.contains('\n'));
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn every_kind_of_frame_is_one_line_of_json() {
        let event =
            line(Payload::Text("{\"topicName\":\"v2.x.y\",\n \"eventBody\":{\"n\":1.50}}".into()));
        assert_eq!(event["received"], "2026-11-23T14:03:12.345Z");
        assert_eq!(
            (&event["topic"], &event["frame"]["eventBody"]["n"]),
            (&"v2.x.y".into(), &1.5.into())
        );
        assert_eq!(line(Payload::Text("no \u{1b} json\n".into()))["text"], "no \u{1b} json\n");
        assert_eq!(line(Payload::Text("[1]".into()))["frame"][0], 1);
        assert_eq!(line(Payload::Binary([0xff, 1][..].into()))["binary"], "ff01");
        assert_eq!(line(Payload::Oversized { bytes: 7 })["oversized"], 7);
    }

    #[test]
    fn a_refusal_names_the_division_where_it_is_known() {
        let id = "11111111-1111-4111-8111-111111111111";
        let rejection = Rejection {
            reason: "missing permissions".to_owned(),
            missing_permissions: vec!["routing:queue:view".to_owned()],
            context_id: None,
        };
        let topic = Topic::received(&format!("v2.routing.queues.{id}.users"));
        let control = Control::Topics {
            channel: ChannelNumber(1),
            at: "2026-11-23T14:03:12Z".parse().unwrap(),
            outcomes: vec![TopicOutcome { topic, rejection: Some(rejection) }],
        };
        let mut directory = Directory::default();
        let division = |directory: &Directory| {
            let line = &event_lines(&control, directory)[0].1;
            serde_json::from_str::<Value>(line).unwrap().get("division").cloned()
        };
        assert_eq!(division(&directory), None);
        let queues = vec![Named { id: QueueId::new(id), name: "Sales".to_owned() }];
        directory.learn(Control::Divisions(Divisions { queues, users: Vec::new() }));
        assert_eq!(division(&directory), Some("Sales".into()));
    }

    #[test]
    fn an_event_begins_with_its_time_and_its_name() {
        let at = "2026-11-23T14:03:12.345Z".parse().unwrap();
        let control = Control::Unsubscribed {
            channel: ChannelNumber(2),
            at,
            topics: vec![Topic::received("v2.a")],
        };
        assert_eq!(
            event_lines(&control, &Directory::default())[0].1,
            r#"{"received":"2026-11-23T14:03:12.345Z","event":"unsubscribed","channel":2,"topics":["v2.a"]}"#
        );
    }
}
