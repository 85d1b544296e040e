use super::{MediaBoard, QueueBoard};
use crate::domain::board::{Board, Facts, Value, column};
use crate::domain::control::{Control, IntervalFigures, QueueFigure, Snapshot};
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::{ChannelNumber, QueueId};
use crate::domain::interval::Interval;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::queues::QueueMedia;
use crate::domain::topic::Media;
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn at(text: &str) -> Timestamp {
    format!("2026-11-24T{text}Z").parse().unwrap()
}

/// A frame of observations of one medium, counting the half hour in which `counted` lies.
fn observations(received: &str, counted: &str, medium: &str, offered: u32, level: f64) -> Frame {
    let interval = Interval::half_hour(at(counted));
    let text = format!(
        r#"{{"topicName":"v2.analytics.queues.q.observations","eventBody":{{"group":{{"queueId":"q","mediaType":"{medium}"}},"data":[{{"interval":"{interval}","metrics":[
            {{"metric":"nOffered","stats":{{"count":{offered}}}}},
            {{"metric":"oWaiting","stats":{{"count":2}}}},
            {{"metric":"oServiceLevel","stats":{{"ratio":{level},"target":0.8}}}}]}}]}}}}"#
    );
    Frame { received: at(received), channel: ChannelNumber(1), payload: Payload::Text(text.into()) }
}

fn read<B: Board>(monitor: &Monitor, key: &B::Key, name: &str, now: &str) -> Value {
    let facts = Facts { monitor, now: at(now), masked: true };
    (column::<B>(name).unwrap().value)(&facts, key)
}

#[test]
fn a_frame_that_was_held_up_counts_for_its_own_half_hour() {
    let queue = QueueId::new("q");
    let mut monitor = Monitor::new(at("13:00:00"));
    let offered = |monitor: &Monitor, now| read::<QueueBoard>(monitor, &queue, "offered", now);
    // counted until 14:00, received seconds later
    monitor.absorb_frame(observations("14:00:04", "13:59:00", "voice", 41, 0.5));
    assert_eq!(offered(&monitor, "14:00:05"), Value::Unknown);
    assert_eq!(read::<QueueBoard>(&monitor, &queue, "service_level", "14:00:05"), Value::Unknown);
    monitor.absorb_frame(observations("14:00:06", "14:00:06", "voice", 1, 1.0));
    monitor.absorb_frame(observations("14:00:07", "13:59:00", "voice", 42, 0.5));
    assert_eq!(offered(&monitor, "14:00:08"), Value::Number(1));
    assert_eq!(
        read::<QueueBoard>(&monitor, &queue, "service_level", "14:00:08"),
        Value::Percent(1.0)
    );
}

#[test]
fn the_half_hour_is_the_services_where_our_clock_is_wrong() {
    let queue = QueueId::new("q");
    let mut monitor = Monitor::new(at("13:00:00"));
    monitor.absorb_frame(observations("14:04:00", "13:59:00", "voice", 41, 0.5));
    assert_eq!(read::<QueueBoard>(&monitor, &queue, "offered", "14:04:01"), Value::Unknown);
    // ours is five minutes fast
    monitor.absorb_control(Control::ClockSkew { milliseconds: -300_000 });
    assert_eq!(read::<QueueBoard>(&monitor, &queue, "offered", "14:04:01"), Value::Number(41));
}

#[test]
fn media_have_rows_of_their_own_and_the_queue_the_lowest_share() {
    let queue = QueueId::new("q");
    let mut monitor = Monitor::new(at("13:00:00"));
    monitor.absorb_frame(observations("14:10:00", "14:10:00", "voice", 5, 0.9));
    monitor.absorb_frame(observations("14:10:01", "14:10:00", "chat", 7, 0.6));
    let of = |media| QueueMedia { queue: queue.clone(), media };
    let whole = |name| read::<QueueBoard>(&monitor, &queue, name, "14:11:00");
    let part = |media, name| read::<MediaBoard>(&monitor, &of(media), name, "14:11:00");
    assert_eq!(whole("offered"), Value::Number(12));
    assert_eq!(part(Media::Call, "offered"), Value::Number(5));
    assert_eq!(part(Media::Chat, "offered"), Value::Number(7));
    assert_eq!(whole("service_level"), Value::Percent(0.6));
    assert_eq!(part(Media::Call, "service_level"), Value::Percent(0.9));
    assert_eq!(whole("media"), Value::text("call chat"));
    assert_eq!(MediaBoard::len(&monitor), 2);
    assert_eq!(MediaBoard::keys(&monitor).collect::<Vec<_>>(), [of(Media::Call), of(Media::Chat)]);
    assert!(!MediaBoard::has(&monitor, &of(Media::Email)));
}

#[test]
fn today_is_by_rest_and_ends_at_midnight() {
    let queue = QueueId::new("q");
    let mut monitor = Monitor::new(at("13:00:00"));
    let today = Interval::day(at("14:00:00"), &TimeZone::UTC);
    let figure = |metric: &str, value| QueueFigure {
        queue: queue.clone(),
        media: Some(Media::Call),
        metric: metric.to_owned(),
        qualifier: None,
        value,
        interval: Some(today),
    };
    assert_eq!(read::<QueueBoard>(&monitor, &queue, "answered_today", "14:00:01"), Value::Unknown);
    monitor.absorb_control(Control::Figures(IntervalFigures {
        asked: at("14:00:00"),
        interval: today,
        queues: vec![queue.clone()],
        figures: vec![
            figure("tAnswered", 90_000.0),
            figure("tAnswered.count", 9.0),
            figure("oServiceLevel.target", 0.8),
        ],
    }));
    let shown = |name, now| read::<QueueBoard>(&monitor, &queue, name, now).shown(at(now));
    assert_eq!(shown("answered_today", "14:00:01"), "9");
    assert_eq!(shown("asa_today", "14:00:01"), "0m10");
    assert_eq!(shown("abandoned_today", "14:00:01"), "0", "REST told everything, and not that");
    assert_eq!(shown("aht_today", "14:00:01"), "–", "of nothing there is no mean");
    assert_eq!(shown("target", "14:00:01"), "80%", "a target stands when nothing has happened");
    assert_eq!(shown("answered", "14:00:01"), "–", "of the half hour nobody told");
    let tomorrow: Timestamp = "2026-11-25T00:00:00Z".parse().unwrap();
    let facts = Facts { monitor: &monitor, now: tomorrow, masked: true };
    let answered = column::<QueueBoard>("answered_today").unwrap();
    assert_eq!((answered.value)(&facts, &queue), Value::Unknown);
}

#[test]
fn what_disagrees_is_shown_as_it_is() {
    let queue = QueueId::new("q");
    let mut monitor = Monitor::new(at("13:00:00"));
    let conversation = r#"{"topicName":"v2.routing.queues.q.conversations","eventBody":{"id":"c","participants":[
        {"id":"p","purpose":"acd","queueId":"q","connectedTime":"2026-11-24T14:09:00Z","calls":[{"state":"connected","connectedTime":"2026-11-24T14:09:00Z"}]}]}}"#;
    monitor.absorb_frame(Frame {
        received: at("14:10:00"),
        channel: ChannelNumber(1),
        payload: Payload::Text(conversation.into()),
    });
    monitor.absorb_frame(observations("14:10:00", "14:10:00", "voice", 5, 0.9));
    let waiting = |monitor: &Monitor| {
        let shown = |name| read::<QueueBoard>(monitor, &queue, name, "14:10:01");
        (shown("waiting"), shown("service_waiting"))
    };
    // one is seen, and how many were there before is not told yet
    assert_eq!(waiting(&monitor), (Value::Unknown, Value::Number(2)));
    monitor.absorb_control(Control::Snapshot(Snapshot {
        asked: at("14:10:00"),
        incomplete_for: vec![queue.clone()],
        ..Snapshot::default()
    }));
    assert_eq!(waiting(&monitor), (Value::Number(1), Value::Number(2)));
}
