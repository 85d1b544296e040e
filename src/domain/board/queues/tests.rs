use super::{MediaBoard, QueueBoard, QueueTotals};
use crate::domain::board::totals::Totals;
use crate::domain::board::{Board, Facts, Value, column};
use crate::domain::control::{
    Control, IntervalFigures, MediaGoal, QueueFigure, QueueGoals, QueueStaff, Snapshot,
    StaffMember, TopicOutcome,
};
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::{ChannelNumber, QueueId, UserId};
use crate::domain::interval::Interval;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::queues::QueueMedia;
use crate::domain::topic::{Media, Topic};
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
    column::<B>(name).unwrap().value(&facts, key)
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
    assert_eq!(answered.value(&facts, &queue), Value::Unknown);
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

/// A conversation that has waited in the queue since then.
fn waits(id: &str, legs: &str, since: &str) -> Frame {
    let text = format!(
        r#"{{"topicName":"v2.routing.queues.q.conversations","eventBody":{{"id":"{id}","participants":[
            {{"id":"p","purpose":"acd","queueId":"q","connectedTime":"2026-11-24T{since}Z","{legs}":[{{"state":"connected","connectedTime":"2026-11-24T{since}Z"}}]}}]}}}}"#
    );
    Frame { received: at(since), channel: ChannelNumber(1), payload: Payload::Text(text.into()) }
}

#[test]
fn a_wait_is_over_the_threshold_of_its_own_medium() {
    let queue = QueueId::new("q");
    let goal = |media, within_milliseconds, share| MediaGoal { media, within_milliseconds, share };
    let mut monitor = Monitor::new(at("13:00:00"));
    monitor.absorb_frame(waits("mail", "emails", "14:00:00"));
    monitor.absorb_control(Control::Snapshot(Snapshot {
        asked: at("14:00:00"),
        incomplete_for: vec![queue.clone()],
        ..Snapshot::default()
    }));
    let whole = |monitor: &Monitor, name, now| {
        read::<QueueBoard>(monitor, &queue, name, now).shown(at(now))
    };
    let unknown = ["threshold", "overdue", "target"];
    assert!(unknown.iter().all(|name| whole(&monitor, name, "14:10:00") == "–"));
    let media = vec![
        goal(Media::Email, 3_600_000, Some(0.9)),
        goal(Media::Call, 20_000, Some(0.8)),
        goal(Media::Chat, 5_000, None),
    ];
    monitor.absorb_control(Control::Goals(vec![QueueGoals { queue: queue.clone(), media }]));
    assert_eq!(whole(&monitor, "threshold", "14:10:00"), "1h00", "there are mails only");
    assert_eq!(whole(&monitor, "target", "14:10:00"), "90%");
    assert_eq!(whole(&monitor, "overdue", "14:10:00"), "0m00", "ten minutes are in time");
    monitor.absorb_frame(waits("call", "calls", "14:09:30"));
    assert_eq!(whole(&monitor, "threshold", "14:10:00"), "0m20");
    assert_eq!(whole(&monitor, "overdue", "14:09:49"), "0m00");
    assert_eq!(whole(&monitor, "overdue", "14:10:00"), "0m10");
    let of = |media, name| {
        let key = QueueMedia { queue: queue.clone(), media };
        read::<MediaBoard>(&monitor, &key, name, "14:10:00").shown(at("14:10:00"))
    };
    assert_eq!([of(Media::Call, "overdue"), of(Media::Email, "overdue")], ["0m10", "0m00"]);
    assert_eq!([of(Media::Call, "threshold"), of(Media::Email, "threshold")], ["0m20", "1h00"]);
    assert_eq!(of(Media::Chat, "threshold"), "–", "there is nothing of it");
    // what the service counts by goes before what its settings say
    monitor.absorb_frame(observations("14:10:00", "14:10:00", "voice", 5, 0.9));
    assert_eq!(whole(&monitor, "target", "14:10:00"), "80%");
    let calls = vec![goal(Media::Call, 60_000, None), goal(Media::Call, 1, None)];
    monitor.absorb_control(Control::Goals(vec![QueueGoals { queue: queue.clone(), media: calls }]));
    assert_eq!(whole(&monitor, "threshold", "14:10:00"), "1m00", "what is told last, and once");
}

#[test]
fn the_first_queue_is_the_one_that_is_late_first_by_its_own_threshold() {
    let mut monitor = Monitor::new(at("13:00:00"));
    let mut frame = |queue: &str, legs, since| {
        let of_q = waits(&format!("{queue}-{legs}"), legs, since);
        let text = of_q.text().unwrap().replace("queues.q.", &format!("queues.{queue}."));
        let text = text.replace(r#""queueId":"q""#, &format!(r#""queueId":"{queue}""#));
        monitor.absorb_frame(Frame { payload: Payload::Text(text.into()), ..of_q });
    };
    frame("mails", "emails", "13:30:00");
    frame("calls", "calls", "13:59:00");
    frame("both", "emails", "13:10:00");
    frame("both", "calls", "13:59:30");
    monitor.absorb_control(Control::Snapshot(Snapshot {
        asked: at("14:00:00"),
        incomplete_for: ["mails", "calls", "both"].map(QueueId::new).to_vec(),
        ..Snapshot::default()
    }));
    let order = |monitor: &Monitor| {
        let facts = Facts { monitor, now: at("14:00:00"), masked: true };
        let mut queues = ["mails", "calls", "both"].map(QueueId::new);
        queues.sort_by_key(|queue| QueueBoard::urgency(&facts, queue, ()));
        queues.map(|queue| queue.as_str().to_owned())
    };
    assert_eq!(order(&monitor), ["both", "mails", "calls"], "one length for all is all there is");
    let noted = monitor.queues.journal().end();
    let goals = ["mails", "calls", "both"].map(|queue| QueueGoals {
        queue: QueueId::new(queue),
        media: [(Media::Email, 3_600_000), (Media::Call, 20_000)]
            .map(|(media, within_milliseconds)| MediaGoal {
                media,
                within_milliseconds,
                share: None,
            })
            .to_vec(),
    });
    monitor.absorb_control(Control::Goals(goals.to_vec()));
    assert_eq!(order(&monitor), ["calls", "both", "mails"]);
    let changed: Vec<_> = monitor.queues.journal().after(noted).unwrap().collect();
    assert_eq!(changed.len(), 3, "an order that is kept must hear of it");
}

/// A snapshot of who is on which queues, and how many the queues count themselves.
fn staffed(monitor: &mut Monitor, queues: &[(&str, &[(&str, &str)])]) {
    let staff = queues.iter().map(|(queue, people)| QueueStaff {
        queue: QueueId::new(queue),
        people: people
            .iter()
            .map(|(user, status)| StaffMember {
                user: UserId::new(user),
                status: (*status).to_owned(),
            })
            .collect(),
    });
    monitor.absorb_control(Control::Staff { asked: at("14:00:00"), queues: staff.collect() });
    for (queue, people) in queues {
        let on = people.iter().filter(|(_, status)| *status != "OFF_QUEUE").count();
        on_queue(monitor, queue, u32::try_from(on).unwrap());
    }
}

fn on_queue(monitor: &mut Monitor, queue: &str, count: u32) {
    let figure = QueueFigure {
        queue: QueueId::new(queue),
        media: None,
        metric: "oOnQueueUsers".to_owned(),
        qualifier: None,
        value: f64::from(count),
        interval: None,
    };
    monitor.queues.figure(&figure, at("14:00:01"));
}

#[test]
fn the_row_of_a_medium_never_shows_what_is_of_the_whole_queue() {
    let queue = QueueId::new("sales");
    let mut monitor = Monitor::new(at("13:00:00"));
    staffed(&mut monitor, &[("sales", &[("ann", "IDLE"), ("bob", "INTERACTING")])]);
    let part = |media| QueueMedia { queue: queue.clone(), media };
    let told = |monitor: &mut Monitor, metric: &str, qualifier: Option<&str>, media, value| {
        let figure = QueueFigure {
            queue: queue.clone(),
            media,
            metric: metric.to_owned(),
            qualifier: qualifier.map(str::to_owned),
            value,
            interval: None,
        };
        monitor.queues.figure(&figure, at("14:00:01"));
    };
    // everything that the service can tell, of the whole queue
    for (metric, qualifier) in [
        ("oUserRoutingStatuses", Some("IDLE")),
        ("oUserRoutingStatuses", Some("NOT_RESPONDING")),
        ("oWaiting", None),
        ("oAlerting", None),
        ("oInteracting", None),
        ("oLongestWaiting", None),
        ("nOffered", None),
        ("tAnswered", None),
        ("tAnswered.count", None),
        ("tAbandon.count", None),
        ("tHandle", None),
        ("tHandle.count", None),
        ("oServiceLevel", None),
        ("oServiceLevel.target", None),
    ] {
        told(&mut monitor, metric, qualifier, None, 1.0);
    }
    told(&mut monitor, "oLongestInteracting", None, Some(Media::Call), 1.0);
    let names = |of: fn(&Monitor, &str, &QueueMedia) -> bool, monitor: &Monitor| {
        let columns = MediaBoard::COLUMNS.iter().map(|column| column.name);
        columns.filter(|name| of(monitor, name, &part(Media::Call))).collect::<Vec<_>>()
    };
    let known = |monitor: &Monitor, name: &str, key: &QueueMedia| {
        read::<MediaBoard>(monitor, key, name, "14:00:02") != Value::Unknown
    };
    let of_queue = |monitor: &Monitor, name: &str, key: &QueueMedia| {
        read::<QueueBoard>(monitor, &key.queue, name, "14:00:02") != Value::Unknown
    };
    assert_eq!(names(known, &monitor), ["queue", "media", "id"]);
    assert!(names(of_queue, &monitor).len() > 15, "{:?}", names(of_queue, &monitor));
    // where the service tells of one medium, that is shown
    told(&mut monitor, "oOnQueueUsers", None, Some(Media::Call), 1.0);
    let people = |media| read::<MediaBoard>(&monitor, &part(media), "on_queue", "14:00:02");
    assert_eq!([people(Media::Call), people(Media::Chat)], [Value::Number(1), Value::Unknown]);
    assert_eq!(read::<QueueBoard>(&monitor, &queue, "on_queue", "14:00:02"), Value::Number(2));
    let facts = Facts { monitor: &monitor, now: at("14:00:02"), masked: true };
    let mut totals = QueueTotals::default();
    totals.put(&facts, &part(Media::Call));
    assert_eq!(totals.value("on_queue"), Value::Number(1));
    totals.put(&facts, &part(Media::Chat));
    assert_eq!(totals.value("on_queue"), Value::AtLeast(1), "not the two of the whole queue");
    assert_eq!(totals.value("idle"), Value::Unknown);
}

#[test]
fn topics_of_one_medium_tell_nothing_of_another() {
    let queue = QueueId::new("q");
    let mut monitor = Monitor::new(at("13:00:00"));
    let calls = waits("call", "calls", "14:09:30");
    let text = calls.text().unwrap().replace(".conversations\"", ".conversations.calls\"");
    monitor.absorb_frame(Frame { payload: Payload::Text(text.into()), ..calls });
    monitor.absorb_frame(observations("14:10:00", "14:10:00", "chat", 5, 0.9));
    monitor.absorb_control(Control::Snapshot(Snapshot {
        asked: at("14:10:00"),
        incomplete_for: vec![queue.clone()],
        ..Snapshot::default()
    }));
    let of = |media, name| {
        let key = QueueMedia { queue: queue.clone(), media };
        read::<MediaBoard>(&monitor, &key, name, "14:10:00")
    };
    assert_eq!(of(Media::Call, "waiting"), Value::Number(1));
    assert_eq!(of(Media::Chat, "waiting"), Value::Unknown);
    assert_eq!(of(Media::Chat, "service_waiting"), Value::Number(2), "that was told");
}

#[test]
fn figures_of_a_medium_that_nobody_knows_are_none_of_the_queue() {
    let queue = QueueId::new("q");
    let mut monitor = Monitor::new(at("13:00:00"));
    monitor.absorb_frame(observations("14:10:00", "14:10:00", "voice", 5, 0.9));
    monitor.absorb_frame(observations("14:10:01", "14:10:00", "pigeon", 70, 0.1));
    let whole = |name| read::<QueueBoard>(&monitor, &queue, name, "14:10:02");
    assert_eq!(whole("offered"), Value::Number(5));
    assert_eq!(whole("service_waiting"), Value::Number(2));
    assert_eq!(whole("service_level"), Value::Percent(0.9));
}

#[test]
fn a_wait_that_began_when_it_was_told_has_lasted_for_no_time_and_is_one() {
    let queue = QueueId::new("q");
    let mut monitor = Monitor::new(at("13:00:00"));
    let mut tell = |metric: &str, media, value, told| {
        let figure = QueueFigure {
            queue: queue.clone(),
            media: Some(media),
            metric: metric.to_owned(),
            qualifier: None,
            value,
            interval: None,
        };
        monitor.queues.figure(&figure, at(told));
    };
    tell("oWaiting", Media::Call, 1.0, "14:00:00");
    tell("oLongestWaiting", Media::Call, 0.0, "14:00:00");
    tell("oWaiting", Media::Chat, 0.0, "14:00:00");
    tell("oLongestWaiting", Media::Chat, 0.0, "14:00:00");
    // of another time: who waited then may have gone
    tell("oWaiting", Media::Email, 1.0, "13:59:00");
    tell("oLongestWaiting", Media::Email, 0.0, "14:00:00");
    let longest = |media| {
        let key = QueueMedia { queue: queue.clone(), media };
        read::<MediaBoard>(&monitor, &key, "service_longest_wait", "14:00:07")
    };
    assert_eq!(longest(Media::Call), Value::Since(at("14:00:00")));
    assert_eq!([longest(Media::Chat), longest(Media::Email)], [Value::Unknown, Value::Unknown]);
}

/// The sums over some queues.
fn totals(monitor: &Monitor, queues: &[&str]) -> QueueTotals<QueueId> {
    let facts = Facts { monitor, now: at("14:00:02"), masked: true };
    let mut totals = QueueTotals::default();
    for queue in queues {
        totals.put(&facts, &QueueId::new(queue));
    }
    totals
}

/// Under rows by medium, a callback that is being called counts in two rows and once in all; where the
/// filter lets one of them through, that one counts it.
#[test]
fn a_conversation_of_two_media_counts_once() {
    let mut monitor = Monitor::new(at("13:00:00"));
    monitor.absorb_control(Control::Topics {
        channel: ChannelNumber(1),
        at: at("13:00:00"),
        outcomes: vec![TopicOutcome {
            topic: Topic::received("v2.routing.queues.q.conversations"),
            rejection: None,
        }],
    });
    monitor.absorb_control(Control::Snapshot(Snapshot {
        asked: at("13:00:01"),
        complete_for: vec![QueueId::new("q")],
        ..Snapshot::default()
    }));
    let both =
        r#"calls":[{"state":"connected","connectedTime":"2026-11-24T13:59:00Z"}],"callbacks"#;
    monitor.absorb_frame(waits("a", both, "13:59:00"));
    monitor.absorb_frame(waits("b", "calls", "13:59:00"));
    let part = |media| QueueMedia { queue: QueueId::new("q"), media };
    let (call, callback) = (part(Media::Call), part(Media::Callback));
    let waiting = |monitor: &Monitor, key: &QueueMedia| {
        read::<MediaBoard>(monitor, key, "waiting", "14:00:00")
    };
    assert_eq!(waiting(&monitor, &call), Value::Number(2));
    assert_eq!(waiting(&monitor, &callback), Value::Number(1));
    let mut totals = QueueTotals::default();
    let mut sums = Vec::new();
    totals.put(&facts(&monitor), &callback);
    sums.push(totals.value("waiting"));
    totals.put(&facts(&monitor), &call);
    sums.push(totals.value("waiting"));
    totals.take(&callback);
    sums.push(totals.value("waiting"));
    totals.put(&facts(&monitor), &callback);
    // the callback isn't one any more
    monitor.absorb_frame(waits("a", "calls", "13:59:00"));
    totals.put(&facts(&monitor), &callback);
    totals.put(&facts(&monitor), &call);
    sums.push(totals.value("waiting"));
    assert_eq!(sums, [1, 2, 2, 2].map(Value::Number));
    assert_eq!(monitor.queues.get(&QueueId::new("q")).unwrap().shared(), []);
}

#[test]
fn an_agent_of_two_queues_counts_once() {
    let mut monitor = Monitor::new(at("13:00:00"));
    let sales: &[_] = &[("ann", "IDLE"), ("bob", "INTERACTING"), ("cid", "OFF_QUEUE")];
    let billing: &[_] = &[("ann", "IDLE"), ("dan", "NOT_RESPONDING")];
    staffed(&mut monitor, &[("sales", sales), ("billing", billing)]);
    let value = |totals: &QueueTotals<QueueId>| totals.value("on_queue");
    let both = totals(&monitor, &["sales", "billing"]);
    assert_eq!(value(&both), Value::Number(3));
    assert_eq!(value(&totals(&monitor, &["sales"])), Value::Number(2));
    // one of whom nobody knows who is on it: not fewer than its own count
    on_queue(&mut monitor, "support", 7);
    assert_eq!(value(&totals(&monitor, &["sales", "billing", "support"])), Value::AtLeast(7));
    // the queues' own counts are newer than the names: heads can't be fewer than the largest
    on_queue(&mut monitor, "sales", 5);
    assert_eq!(value(&totals(&monitor, &["sales", "billing"])), Value::Number(5));
    assert_eq!(value(&totals(&monitor, &["sales", "unheard"])), Value::AtLeast(5));
}

fn facts(monitor: &Monitor) -> Facts<'_> {
    Facts { monitor, now: at("14:10:02"), masked: true }
}

#[test]
fn sums_follow_their_rows() {
    let mut monitor = Monitor::new(at("13:00:00"));
    let told = |queue: &str, medium: &str, offered| {
        let frame = observations("14:10:00", "14:10:00", medium, offered, 0.5);
        let Payload::Text(text) = frame.payload else { panic!() };
        let text = text.to_string().replace("queues.q.", &format!("queues.{queue}."));
        let text = text.replace(r#""queueId":"q""#, &format!(r#""queueId":"{queue}""#));
        Frame { payload: Payload::Text(text.into()), ..frame }
    };
    monitor.absorb_frame(told("a", "voice", 3));
    monitor.absorb_frame(told("b", "voice", 4));
    let mut totals = QueueTotals::default();
    let [a, b] = ["a", "b"].map(QueueId::new);
    totals.put(&facts(&monitor), &a);
    totals.put(&facts(&monitor), &b);
    assert_eq!(totals.value("offered"), Value::Number(7));
    assert_eq!(totals.value("service_waiting"), Value::Number(4));
    assert_eq!(totals.value("waiting"), Value::Unknown, "conversations aren't watched");
    assert_eq!(totals.value("service_level"), Value::Unknown, "of what it is a share wasn't told");
    monitor.absorb_frame(told("b", "chat", 10));
    totals.put(&facts(&monitor), &b);
    assert_eq!(totals.value("offered"), Value::Number(17));
    totals.take(&a);
    assert_eq!(totals.value("offered"), Value::Number(14));
    totals.take(&b);
    assert_eq!(totals.value("offered"), Value::Unknown);
    assert_eq!(totals.value("queue"), Value::text("total"));
    // what is said to have a sum is a column, but for the parts of which means are made
    let has = |name: &&str| QueueTotals::<QueueId>::has(name);
    let columns = || QueueBoard::COLUMNS.iter().map(|column| column.name);
    assert!(columns().any(|name| has(&name)));
    let without: Vec<&str> = columns().filter(|name| !has(name)).collect();
    assert!(["queue", "media", "target", "id"].iter().all(|name| without.contains(name)));
}
