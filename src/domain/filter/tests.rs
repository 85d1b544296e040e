use super::complete::complete;
use super::frame::{FRAME_EXAMPLES, FRAME_FIELDS, FrameField, FrameRecord, Reading};
use super::{Field, Filter, Holds, Problem, Record, Value};
use crate::domain::control::Named;
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::{ChannelNumber, QueueId};
use crate::domain::monitor::directory::Directory;
use proptest::prelude::*;

/// A row with one field of each kind.
#[derive(Clone, Debug, Default)]
struct Row {
    queue: Option<String>,
    waiting: Option<f64>,
    wait: Option<f64>,
    level: Option<f64>,
    flagged: Option<bool>,
}

#[derive(Clone, Copy, Debug)]
enum Column {
    Queue,
    Waiting,
    Wait,
    Level,
    Flagged,
}

const FIELDS: &[Field<Column>] = &[
    Field {
        name: "queue",
        also: [""; 2],
        key: Column::Queue,
        holds: Holds::Text,
        help: "the queue",
    },
    Field {
        name: "waiting",
        also: ["w", ""],
        key: Column::Waiting,
        holds: Holds::Count,
        help: "how many",
    },
    Field {
        name: "wait",
        also: ["w", "lasts"],
        key: Column::Wait,
        holds: Holds::Duration,
        help: "how long",
    },
    Field {
        name: "level",
        also: [""; 2],
        key: Column::Level,
        holds: Holds::Share,
        help: "service level",
    },
    Field {
        name: "flagged",
        also: [""; 2],
        key: Column::Flagged,
        holds: Holds::Flag,
        help: "flagged",
    },
];

impl Record<Column> for Row {
    fn any_value(&self, field: Column, passes: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
        let mut number = |value: Option<f64>| value.is_some_and(|v| passes(Value::Quantity(v)));
        match field {
            Column::Waiting => number(self.waiting),
            Column::Wait => number(self.wait),
            Column::Level => number(self.level),
            Column::Queue => self.queue.as_deref().is_some_and(|text| passes(Value::Text(text))),
            Column::Flagged => self.flagged.is_some_and(|flag| passes(Value::Flag(flag))),
        }
    }

    fn any_text(&self, passes: &mut dyn FnMut(&str) -> bool) -> bool {
        self.queue.as_deref().is_some_and(passes)
    }
}

fn filter(text: &str) -> Filter<Column> {
    Filter::parse(text, FIELDS).unwrap_or_else(|error| panic!("{error}\n{}", error.pointed(text)))
}

fn billing() -> Row {
    Row {
        queue: Some("Billing North".to_owned()),
        waiting: Some(7.0),
        wait: Some(252.0),
        level: Some(0.75),
        flagged: Some(true),
    }
}

#[test]
fn terms_ask_what_they_say() {
    for (text, expected) in [
        ("", true),
        ("billing", true),
        ("Billing north", true),
        ("billing sales", false),
        ("sales or billing", true),
        ("-sales", true),
        ("not billing", false),
        ("--billing", true),
        ("queue:north", true),
        ("queue=billing", false),
        ("queue=\"billing north\"", true),
        ("queue=Bill*", true),
        ("queue=\"Bill*\"", false),
        ("queue=bill*north", true),
        ("queue!=sales", true),
        ("queue~^bill.+(north|south)$", true),
        ("waiting>5", true),
        ("waiting > 5 and wait >= 4m12", true),
        ("waiting>7", false),
        ("waiting:7", true),
        ("wait>2m", true),
        ("wait<250ms", false),
        ("level<80%", true),
        ("level=75", true),
        ("flagged=yes", true),
        ("flagged=no", false),
        ("has:wait", true),
        ("(sales or north) -(waiting<5 or wait<1m)", true),
        ("north (sales or (billing wait==4m12s))", true),
        ("sales or\"billing\"", true),
        ("not\"billing\"", false),
        ("AND or billing", true),
    ] {
        if text.starts_with("AND") {
            assert!(Filter::parse(text, FIELDS).is_err());
            continue;
        }
        assert_eq!(filter(text).matches(&billing()), expected, "{text}");
    }
}

#[test]
fn a_name_that_several_fields_share_means_the_one_that_the_value_fits() {
    for (text, read) in [
        ("w>5", "waiting>5"),
        ("W>2m", "wait>2m"),
        ("has:w", "has:waiting"),
        ("lasts=1h", "wait=1h"),
    ] {
        assert_eq!(filter(text).to_string(), read);
    }
    for (text, words) in
        [("w>ten", "\"ten\" isn't a number"), ("w~5", "doesn't fit"), (".x=5", "no field \"\"")]
    {
        let error = Filter::parse(text, FIELDS).unwrap_err().to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
    let offers = complete("las", 3, FIELDS, |_| Vec::new()).offers;
    assert_eq!(offers[0].text, "wait");
}

#[test]
fn unknown_is_neither_zero_nor_empty() {
    let unknown = Row::default();
    for text in ["waiting=0", "waiting<1", "wait<1s", "has:waiting", "queue:\"\"", "flagged=no"] {
        assert!(!filter(text).matches(&unknown), "{text}");
    }
    assert!(filter("waiting!=0").matches(&unknown));
    assert!(filter("-has:waiting").matches(&unknown));
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (text, place, words) in [
        ("wiating>5", "wiating", "did you mean \"waiting\"?"),
        ("a wait>5x", "5x", "isn't a length of time"),
        ("waiting>ten", "ten", "a number"),
        ("queue>5", ">", "holds text"),
        ("waiting~5", "~", "doesn't fit"),
        ("queue~(", "(", "never closed"),
        ("queue~\"(\"", "\"(\"", "not a regular expression"),
        ("(a or b", "(", "never closed"),
        ("a) b", ")", "never opened"),
        ("a \"b", "\"", "quote is never closed"),
        ("a or", "", "after \"or\" a term is missing"),
        ("a and", "", "after \"and\""),
        ("or a", "or", "before \"or\""),
        ("()", "", "opening parenthesis"),
        ("a -", "", "after an exclusion"),
        ("queue=", "", "after \"=\" a value is missing"),
        (">5", ">", "a field is missing"),
        ("waiting.x=5", ".x", "holds no JSON"),
        ("has:nothing", "nothing", "no field"),
        ("12:30", "12", "put it in quotes"),
    ] {
        let error = Filter::parse(text, FIELDS).unwrap_err();
        assert_eq!(&text[error.span.clone()], place, "{text}: {error}");
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
    let text = "queue:日本 wiat>5";
    let error = Filter::parse(text, FIELDS).unwrap_err();
    assert_eq!(error.pointed(text), "queue:日本 wiat>5\n           ^^^^");
}

#[test]
fn length_and_depth_are_bounded() {
    let problem = |text: &str| Filter::parse(text, FIELDS).unwrap_err().problem;
    assert_eq!(problem(&"日".repeat(1_000)), Problem::TooLong);
    assert_eq!(problem(&"(".repeat(500)), Problem::TooDeep);
    assert_eq!(problem(&format!("{}a", "-".repeat(500))), Problem::TooDeep);
    assert!(Filter::parse(&format!("{}a{}", "(".repeat(30), ")".repeat(30)), FIELDS).is_ok());
}

fn frame(text: &str) -> Frame {
    let received = "2026-11-23T14:03:12.345Z".parse().unwrap();
    Frame { received, channel: ChannelNumber(2), payload: Payload::Text(text.into()) }
}

fn frame_passes(filter: &str, frame: &Frame) -> bool {
    let mut directory = Directory::default();
    directory.name_queue(Named { id: QueueId::new("q1"), name: "Billing".to_owned() });
    let reading = Reading::of(frame);
    let filter = Filter::parse(filter, FRAME_FIELDS)
        .unwrap_or_else(|error| panic!("{error}\n{}", error.pointed(filter)));
    filter.matches(&FrameRecord::new(frame, &reading, &directory))
}

#[test]
fn frames_are_asked_by_topic_name_and_path() {
    let event = frame(
        r#"{"topicName":"v2.routing.queues.Q1.conversations","version":"2",
            "eventBody":{"id":"c-1","participants":[
                {"purpose":"customer","calls":[{"state":"connected","held":false}],"a.b":"dots"},
                {"purpose":"agent","wrapupTimeoutMs":30000,"connectedTime":"2026-11-23T14:00:00.000Z",
                 "attributes":{"Customer Name":"Ms. X"},"queueId":null}]},
            "metadata":{"CorrelationId":"x-1"}}"#,
    );
    for (text, expected) in [
        ("topic:queues.q1", true),
        ("topic=v2.routing.queues.*.conversations", true),
        ("queue=billing", true),
        ("queue=q1", true),
        ("family=conversations label=event channel=2", true),
        ("conversation=c-1", true),
        ("size>10k", false),
        ("size>0.3k", true),
        ("received>=2026-11-23T14:03:12Z received<2026-11-23T14:03:13Z", true),
        ("body.participants.purpose=agent", true),
        ("body.participants.0.purpose=agent", false),
        ("body.participants[1].purpose=agent", true),
        ("body.participants[].purpose=agent", true),
        ("body.participants[*].calls[].state=connected", true),
        ("body.participants[].purpose=acd", false),
        ("eventBody.participants.purpose=agent topicName:queues", true),
        ("body.participants.purpose=acd", false),
        ("body.participants.wrapuptimeoutms>=30k", true),
        ("body.participants.wrapupTimeoutMs:300", true),
        ("body.participants.wrapupTimeoutMs=30000", true),
        ("body.participants.connectedTime<2026-11-23T14:03:12Z", true),
        ("body.participants.calls.held=false", true),
        ("body.participants.attributes.\"Customer Name\":ms.", true),
        ("body.participants.\"a.b\"=dots", true),
        ("body.participants.attributes:\"ms. x\"", true),
        ("has:body.participants.queueId", false),
        ("has:body.participants.attributes", true),
        ("metadata.correlationid=x-1", true),
        ("frame.version=2", true),
        ("body:agent", true),
        ("billing", true),
        ("wrapupTimeoutMs", true),
        ("-body.participants.purpose=agent", false),
        ("body.participants.purpose!=agent", false),
    ] {
        assert_eq!(frame_passes(text, &event), expected, "{text}");
    }
    let heartbeat =
        frame(r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#);
    assert!(frame_passes("label=heartbeat family=metadata", &heartbeat));
    assert!(frame_passes("label=unreadable -has:topic -has:body \"no json\"", &frame("no json")));
}

#[test]
fn whatever_the_inspector_shows_can_be_asked_for() {
    let deep = format!("{}7{}", r#"{"x":["#.repeat(5_000), "]}".repeat(5_000));
    let lists = format!("{}7{}", "[".repeat(100_000), "]".repeat(100_000));
    let many = format!("[{}0]", "0,".repeat(300_000));
    for odd in ["1e400", "123456789012345678901234567890", &deep, &lists, &many, r#""\ud800""#] {
        let frame = frame(&format!(
            r#"{{"topicName":"t","eventBody":{{"state":"zap","\u006eame":"said","odd":{odd}}}}}"#
        ));
        for text in ["body.state=zap", "body.name=said", "has:body.odd", "-body.odd=nothing"] {
            assert!(frame_passes(text, &frame), "{text} {odd:.40}");
        }
    }
    let of = |odd: &str| frame(&format!(r#"{{"topicName":"t","eventBody":{{"odd":{odd}}}}}"#));
    assert!(frame_passes("body.odd>1000000G body.odd=1e400", &of("1e400")));
    assert!(!frame_passes("body.odd>5", &of("-1e400")));
    assert!(frame_passes("body.odd.x=7", &of(r#"[[[{"x":7}]]]"#)));
    assert!(frame_passes("body.odd=7", &of(&lists)) && frame_passes("body.odd=7", &of(&deep)));
    // most readers take the last of two fields of one name
    assert!(frame_passes("body.odd.d=2 -body.odd.d=1", &of(r#"{"d":1,"D":3,"d":2}"#)));
    assert!(!frame_passes("body.x=1", &frame(r#"{"topicName":"t","eventBody":{"x":1},"broken"}"#)));
}

#[test]
fn completion_offers_fields_operators_and_seen_values() {
    let offers = |text: &str| -> Vec<String> {
        let seen = |_| vec!["Billing".to_owned(), "Premium Care".to_owned()];
        let completion = complete(text, text.len(), FIELDS, seen);
        let kept = text[..completion.replaces.start].to_owned();
        completion.offers.into_iter().map(|offer| format!("{kept}{}", offer.text)).collect()
    };
    assert_eq!(offers("wa"), ["waiting", "wait"]);
    assert_eq!(offers("a (wai"), ["a (waiting", "a (wait"]);
    assert_eq!(offers("-lev"), ["-level"]);
    assert!(
        offers("queue").contains(&"queue:".to_owned())
            && !offers("queue").contains(&"queue>".to_owned())
    );
    assert_eq!(offers("queue:"), ["queue:Billing", "queue:\"Premium Care\""]);
    assert_eq!(offers("queue=\"prem"), ["queue=\"Premium Care\""]);
    assert_eq!(offers("queue:x wait>2"), ["queue:x wait>2m"]);
    assert_eq!(offers("has:fl"), ["has:flagged"]);
    assert!(offers("\"in quotes wa").is_empty());
    assert!(offers("nothing:x").is_empty());
    assert_eq!(offers("").len(), FIELDS.len() + 2);
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z]{1,6}",
        r#""[a-zA-Z \\"()*=é]{0,6}""#.prop_map(|text| super::quoted(&text)),
        "[a-z][a-z0-9_./@*+-]{0,6}"
            .prop_filter("no keyword", |text| { !["and", "or", "not"].contains(&text.as_str()) }),
    ]
}

fn term() -> impl Strategy<Value = String> {
    prop_oneof![
        word().prop_filter("no keyword", |text| {
            !["and", "or", "not"].iter().any(|keyword| text.eq_ignore_ascii_case(keyword))
        }),
        word().prop_map(|value| format!("queue:{value}")),
        word().prop_map(|value| format!("queue={value}")),
        word().prop_map(|value| format!("queue != {value}")),
        (0..20_u32).prop_map(|number| format!("waiting>={number}")),
        (0..900_u32).prop_map(|number| format!("wait < {number}s")),
        (0..100_u32).prop_map(|number| format!("level>{number}%")),
        Just("has:flagged".to_owned()),
        Just("flagged=yes".to_owned()),
    ]
}

fn expression() -> impl Strategy<Value = String> {
    term().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} or {b}")),
            inner.clone().prop_map(|a| format!("({a})")),
            inner.prop_map(|a| format!("-({a})")),
        ]
    })
}

fn row() -> impl Strategy<Value = Row> {
    let queue = proptest::option::of("[a-cA-C *()é]{0,8}");
    let number = |range| proptest::option::of(range);
    (queue, number(0.0..20.0), number(0.0..900.0), number(0.0..1.0), any::<Option<bool>>())
        .prop_map(|(queue, waiting, wait, level, flagged)| Row {
            queue,
            waiting,
            wait,
            level,
            flagged,
        })
}

proptest! {
    #[test]
    fn any_text_is_a_filter_or_a_mistake_with_a_place(
        text in "(?s).{0,60}|[a-z:=<>~!()\"\\\\ .*-]{0,40}|(queue|wait|has|body|or|and|not|[:=~<>(\" -]){0,20}",
        cursor in 0..70_usize,
    ) {
        match Filter::parse(&text, FIELDS) {
            Ok(filter) => {
                let printed = filter.to_string();
                let again = Filter::parse(&printed, FIELDS);
                prop_assert!(again.is_ok(), "{printed:?} from {text:?}");
            }
            Err(error) => {
                prop_assert!(error.span.start <= error.span.end && error.span.end <= text.len().max(error.span.start + 1));
                prop_assert!(!error.pointed(&text).is_empty() && !error.to_string().is_empty());
            }
        }
        let _ = Filter::parse(&text, FRAME_FIELDS);
        let completion = complete(&text, cursor, FIELDS, |_| vec!["x y".to_owned()]);
        prop_assert!(text.get(completion.replaces).is_some());
    }

    #[test]
    fn what_is_printed_reads_back_to_the_same(text in expression(), row in row()) {
        let first = filter(&text);
        let printed = first.to_string();
        let second = filter(&printed);
        prop_assert_eq!(&printed, &second.to_string());
        prop_assert_eq!(first.matches(&row), second.matches(&row), "{} / {}", text, printed);
    }

    #[test]
    fn exclusion_and_joining_keep_their_laws(a in term(), b in term(), row in row()) {
        let holds = |text: String| filter(&text).matches(&row);
        let (left, right) = (holds(a.clone()), holds(b.clone()));
        prop_assert_eq!(holds(format!("-({a})")), !left);
        prop_assert_eq!(holds(format!("not not ({a})")), left);
        prop_assert_eq!(holds(format!("{a} {b}")), left && right);
        prop_assert_eq!(holds(format!("{a} or {b}")), left || right);
        prop_assert_eq!(holds(format!("-({a} or {b})")), holds(format!("-({a}) -({b})")));
        prop_assert_eq!(holds(format!("{b} or {a} {b}")), right);
    }

    #[test]
    fn case_matters_only_with_a_capital(wanted in "[a-cA-C]{1,3}", within in "[a-cA-C]{0,9}") {
        let row = Row { queue: Some(within.clone()), ..Row::default() };
        let has_capital = wanted.chars().any(char::is_uppercase);
        let expected = if has_capital {
            within.contains(&wanted)
        } else {
            within.to_lowercase().contains(&wanted)
        };
        for text in [wanted.clone(), format!("queue:{wanted}"), format!("queue~{wanted}")] {
            prop_assert_eq!(filter(&text).matches(&row), expected, "{}", text);
        }
    }

    #[test]
    fn a_value_that_was_seen_is_found_again(seen in "(?s).{0,20}") {
        let row = Row { queue: Some(seen.clone()), ..Row::default() };
        let text = format!("queue={}", super::complete::as_value(&seen));
        prop_assert!(filter(&text).matches(&row), "{}", text);
    }
}

#[test]
fn every_field_of_a_frame_explains_itself() {
    for field in FRAME_FIELDS {
        assert!(field.help.len() > 10 && !field.help.ends_with('.'), "{}", field.name);
        let is_plain = field.name.bytes().all(|byte| byte.is_ascii_lowercase());
        assert!(is_plain && !["and", "or", "not", "has"].contains(&field.name));
        let same = FRAME_FIELDS.iter().filter(|other| other.key as u8 == field.key as u8).count();
        assert_eq!(same, 1);
    }
    assert_eq!(FRAME_FIELDS.len(), FrameField::Frame as usize + 1);
}

#[test]
fn the_document_shows_the_fields_and_examples_that_exist() {
    let document = include_str!("../../../docs/filter.md");
    for (example, what) in FRAME_EXAMPLES {
        assert!(Filter::parse(example, FRAME_FIELDS).is_ok(), "{example}");
        let row = format!("| `{}` | {what} |", example.replace('|', "\\|"));
        assert!(document.contains(&row), "{row}");
    }
    for field in FRAME_FIELDS {
        assert!(document.contains(&format!("| `{}` |", field.name)), "{}", field.name);
    }
    for family in crate::domain::topic::Subject::FAMILIES {
        assert!(document.contains(family), "{family}");
    }
}
