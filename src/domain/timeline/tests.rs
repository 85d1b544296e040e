//! What a timeline tells, held against snapshots written by hand.
use super::{Snapshot, Timeline, What};
use crate::domain::decode::{Body, Meaning, decode};
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::ChannelNumber;
use jiff::{SignedDuration, Timestamp};

const CUSTOMER: &str = r#"{"id":"c","purpose":"customer","connectedTime":"2026-11-24T14:00:00Z","calls":[{"state":"connected","connectedTime":"2026-11-24T14:00:00Z"}]}"#;

fn at(seconds: i64) -> Timestamp {
    "2026-11-24T14:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(seconds)
}

/// A timeline of snapshots, each with the second at which it was received.
fn timeline(snapshots: &[(i64, String)]) -> Timeline {
    let mut timeline = Timeline::default();
    for (number, (second, participants)) in snapshots.iter().enumerate() {
        let text = format!(
            r#"{{"topicName":"v2.routing.queues.q.conversations","eventBody":{{"id":"x","participants":[{participants}]}}}}"#
        );
        let frame = Frame {
            received: at(*second),
            channel: ChannelNumber(1),
            payload: Payload::Text(text.as_str().into()),
        };
        let Meaning::Event(Body::Conversation(conversation)) = decode(&frame).meaning else {
            panic!("no conversation: {text}");
        };
        timeline.take(Snapshot {
            frame: Some(number as u64),
            received: frame.received,
            flat: false,
            conversation: &conversation,
        });
    }
    timeline
}

fn told(timeline: &Timeline) -> Vec<String> {
    let now = at(600);
    let line = |step: &super::Step| {
        format!(
            "{} {} {}{} {:?} {}",
            (step.at - at(0)).as_secs(),
            step.part.participant,
            step.what.word(&step.part.purpose),
            if step.exact { "" } else { "~" },
            step.lasted(now).map(|length| length.as_secs()),
            step.evidence.field
        )
    };
    timeline.steps().iter().map(line).collect()
}

#[test]
fn a_declined_alert_an_answer_a_hold_and_a_wrap_up() {
    let acd = |end: &str| {
        format!(
            r#"{{"id":"q","purpose":"acd","queueId":"q1","calls":[{{"state":"connected","connectedTime":"2026-11-24T14:00:05Z"{end}}}]}}"#
        )
    };
    let agent = |id: &str, rest: &str| {
        format!(r#"{{"id":"{id}","purpose":"agent","userId":"u","calls":[{{{rest}}}]}}"#)
    };
    let declined = agent(
        "a1",
        r#""state":"disconnected","disconnectedTime":"2026-11-24T14:00:12Z","disconnectType":"client""#,
    );
    let connected = r#""state":"connected","connectedTime":"2026-11-24T14:00:20Z""#;
    let moved = r#","disconnectedTime":"2026-11-24T14:00:20Z","disconnectType":"transfer""#;
    let over = r#""state":"disconnected","connectedTime":"2026-11-24T14:00:20Z","disconnectedTime":"2026-11-24T14:02:00Z","disconnectType":"endpoint","afterCallWork":{"state":"pending","startTime":"2026-11-24T14:02:00Z"}"#;
    let join = |parts: &[&str]| parts.join(",");
    let timeline = timeline(&[
        (5, join(&[CUSTOMER, &acd("")])),
        (8, join(&[CUSTOMER, &acd(""), &agent("a1", r#""state":"alerting""#)])),
        (12, join(&[CUSTOMER, &acd(""), &declined])),
        (20, join(&[CUSTOMER, &acd(moved), &declined, &agent("a2", connected)])),
        (
            60,
            join(&[
                CUSTOMER,
                &acd(moved),
                &declined,
                &agent(
                    "a2",
                    &format!(r#"{connected},"held":true,"startHoldTime":"2026-11-24T14:01:00Z""#),
                ),
            ]),
        ),
        (
            80,
            join(&[
                CUSTOMER,
                &acd(moved),
                &declined,
                &agent("a2", &format!(r#"{connected},"held":false"#)),
            ]),
        ),
        (120, join(&[CUSTOMER, &acd(moved), &declined, &agent("a2", over)])),
    ]);
    assert_eq!(
        told(&timeline),
        [
            "0 c connected Some(600) participants[0].calls[0].connectedTime",
            "5 q waits Some(15) participants[1].calls[0].connectedTime",
            "8 a1 rings~ Some(4) participants[2].calls[0].state",
            "12 a1 missed None participants[2].calls[0].disconnectedTime",
            "20 q leaves queue None participants[1].calls[0].disconnectedTime",
            "20 a2 answers Some(100) participants[3].calls[0].connectedTime",
            "60 a2 on hold Some(20) participants[3].calls[0].held",
            "80 a2 off hold~ Some(40) participants[3].calls[0].held",
            "120 a2 ended None participants[3].calls[0].disconnectedTime",
            "120 a2 wrap-up Some(480) participants[3].calls[0].afterCallWork.startTime",
        ]
    );
    let alert = timeline.steps().iter().find(|step| step.what == What::Alerting).unwrap();
    assert_eq!(alert.evidence.frame, Some(1));
    assert_eq!(timeline.span(at(600)), Some((at(0), at(600))));
}

#[test]
fn a_wrap_up_has_the_code_that_came_last_even_if_that_came_late() {
    let wrapped = |wrapup: &str| {
        format!(
            r#"{{"id":"a","purpose":"agent","userId":"u","wrapup":{wrapup},"calls":[{{"state":"disconnected","connectedTime":"2026-11-24T14:00:20Z","disconnectedTime":"2026-11-24T14:02:00Z","afterCallWork":{{"startTime":"2026-11-24T14:02:00Z","endTime":"2026-11-24T14:02:30Z"}}}}]}}"#
        )
    };
    let none = (150, wrapped("{}"));
    let first = (155, wrapped(r#"{"code":"W1"}"#));
    let second = (160, wrapped(r#"{"code":"W2"}"#));
    let code = |snapshots: &[(i64, String)]| {
        let timeline = timeline(snapshots);
        let mut done = timeline.steps().iter().filter(|step| step.what == What::WrapupDone);
        let code = done.next().unwrap().code.clone();
        assert_eq!(done.count(), 0, "told once");
        assert!(timeline.steps().iter().filter(|step| step.code.is_some()).count() <= 1);
        code.map(|code| code.as_str().to_owned())
    };
    assert_eq!(code(std::slice::from_ref(&none)), None);
    assert_eq!(code(&[none.clone(), first.clone()]).as_deref(), Some("w1"));
    assert_eq!(code(&[first.clone(), none]).as_deref(), Some("w1"), "never taken back");
    assert_eq!(code(&[first, second]).as_deref(), Some("w2"));
}

#[test]
fn an_alert_for_what_went_elsewhere_is_neither_missed_nor_handed_on() {
    let rung = |rest: &str| {
        format!(
            r#"{CUSTOMER},{{"id":"a","purpose":"agent","userId":"u","calls":[{{"state":{rest}}}]}}"#
        )
    };
    let over =
        r#""disconnected","disconnectedTime":"2026-11-24T14:00:12Z","disconnectType":"transfer""#;
    let timeline = timeline(&[(8, rung(r#""alerting""#)), (12, rung(over))]);
    assert_eq!(
        told(&timeline)[1..],
        [
            "8 a rings~ Some(4) participants[1].calls[0].state",
            "12 a ended None participants[1].calls[0].disconnectedTime",
        ]
    );
}

#[test]
fn each_hold_is_told_whether_it_has_a_time_of_its_own_or_not() {
    let call = |rest: &str| {
        format!(
            r#"{{"id":"a","purpose":"agent","userId":"u","calls":[{{"state":"connected","connectedTime":"2026-11-24T14:00:20Z","held":{rest}}}]}}"#
        )
    };
    let snapshots = [(30, "true"), (35, "true"), (40, "false"), (50, "true"), (60, "false")];
    let timeline = timeline(&snapshots.map(|(second, held)| (second, call(held))));
    let field = "participants[0].calls[0].held";
    assert_eq!(
        told(&timeline)[1..],
        [
            format!("30 a on hold~ Some(10) {field}"),
            format!("40 a off hold~ Some(10) {field}"),
            format!("50 a on hold~ Some(10) {field}"),
            format!("60 a off hold~ Some(540) {field}"),
        ]
    );
}

#[test]
fn a_hold_beside_a_leg_that_is_over_is_told_once() {
    let over = r#"{"state":"disconnected","disconnectedTime":"2026-11-24T14:00:10Z"}"#;
    let held = r#"{"state":"connected","connectedTime":"2026-11-24T14:00:20Z","held":true}"#;
    for (calls, field) in [([over, held], 1), ([held, over], 0)] {
        let agent =
            format!(r#"{{"id":"a","purpose":"agent","userId":"u","calls":[{}]}}"#, calls.join(","));
        let timeline = timeline(&[30, 35, 40].map(|second| (second, agent.clone())));
        let told = told(&timeline);
        let holds: Vec<&String> = told.iter().filter(|line| line.contains("hold")).collect();
        let one = format!("30 a on hold~ Some(570) participants[0].calls[{field}].held");
        assert_eq!(holds, [&one]);
    }
}

#[test]
fn the_same_snapshot_twice_tells_nothing_new() {
    let once = timeline(&[(5, CUSTOMER.to_owned())]);
    let twice = timeline(&[(5, CUSTOMER.to_owned()), (9, CUSTOMER.to_owned())]);
    assert_eq!(told(&once), told(&twice));
    assert_eq!(twice.frames(), 2);
}
