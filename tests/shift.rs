//! A shift before the screen: what a supervisor asks, presses and reads, over an in-memory terminal.
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gcwatch::domain::board::Sort;
use gcwatch::domain::board::layout::{Layout, Listing, Placed};
use gcwatch::domain::control::{
    Control, Gap, MediaGoal, Named, QueueGoals, Snapshot, TopicOutcome,
};
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::{ChannelNumber, QueueId, UserId};
use gcwatch::domain::intake::Batch;
use gcwatch::domain::monitor::Monitor;
use gcwatch::domain::session::{Phase, SessionReport};
use gcwatch::domain::topic::{Media, Topic};
use gcwatch::settings::file::AlertSettings;
use gcwatch::tui::{Effect, View, ViewOptions, draw};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::collections::BTreeMap;

const BILLING: &str = "11111111-1111-4111-8111-111111111111";
const SALES: &str = "22222222-2222-4222-8222-222222222222";
const EVA: &str = "33333333-3333-4333-8333-333333333333";
const TOM: &str = "44444444-4444-4444-8444-444444444444";

fn noon() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().expect("a time")
}

/// Seconds before (negative) or after noon, as the service writes it.
fn at(second: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(second)
}

/// The front end as it is used, at a time that the test lets pass.
struct Shift {
    monitor: Monitor,
    view: View,
    terminal: Terminal<TestBackend>,
    now: Timestamp,
    effects: Vec<Effect>,
}

impl Shift {
    fn new(size: (u16, u16), options: ViewOptions) -> Self {
        let mut view = View::new(options);
        view.on_resize(size.0, size.1);
        let mut monitor = Monitor::new(at(-3_600));
        let queue = |id: &str, name: &str| Named { id: QueueId::new(id), name: name.to_owned() };
        let user = |id: &str, name: &str| Named { id: UserId::new(id), name: name.to_owned() };
        // subscribed, and nothing was there: from then on the frames tell all
        let topic = |id: &str| TopicOutcome {
            topic: Topic::received(&format!("v2.routing.queues.{id}.conversations")),
            rejection: None,
        };
        let outcomes = [BILLING, SALES].map(topic).to_vec();
        let nothing = Snapshot {
            asked: at(-3_599),
            complete_for: [BILLING, SALES].map(QueueId::new).to_vec(),
            ..Snapshot::default()
        };
        monitor.absorb(Batch {
            control: vec![
                Control::Queues(vec![queue(BILLING, "Billing"), queue(SALES, "Sales")]),
                Control::Users(vec![user(EVA, "Eva Novak"), user(TOM, "Tom Quist")]),
                Control::Topics { channel: ChannelNumber(1), at: at(-3_600), outcomes },
                Control::Snapshot(nothing),
            ],
            ..Batch::default()
        });
        let terminal = Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal");
        let mut shift = Self { monitor, view, terminal, now: noon(), effects: Vec::new() };
        shift.picture();
        shift
    }

    fn picture(&mut self) {
        let Self { monitor, view, terminal, now, .. } = self;
        monitor.tick(*now);
        view.observe(monitor, *now);
        view.refresh(monitor, *now);
        terminal.draw(|frame| draw(frame, monitor, view, *now)).expect("it draws");
    }

    fn press(&mut self, keys: &[KeyCode]) {
        for key in keys {
            self.effects = self.view.on_key(KeyEvent::from(*key), &self.monitor, self.now);
            self.picture();
        }
    }

    fn typed(&mut self, text: &str) {
        self.press(&text.chars().map(KeyCode::Char).collect::<Vec<_>>());
    }

    fn pass(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.picture();
    }

    fn receive(&mut self, topic: &str, body: &str) {
        let text = format!(r#"{{"topicName":"{topic}","eventBody":{body}}}"#);
        let payload = Payload::Text(text.as_str().into());
        let frame = Frame { received: self.now, channel: ChannelNumber(1), payload };
        self.monitor.absorb(Batch { frames: vec![frame], ..Batch::default() });
        self.picture();
    }

    /// A conversation of a queue, its people in JSON.
    fn conversation(&mut self, id: &str, queue: &str, people: &[String]) {
        let body = format!(
            r#"{{"id":"{id}-0000-4000-8000-000000000000","participants":[{}]}}"#,
            people.join(",")
        );
        self.receive(&format!("v2.routing.queues.{queue}.conversations"), &body);
    }

    fn text(&self) -> String {
        self.terminal.backend().to_string()
    }

    /// The line that holds `text`.
    #[track_caller]
    fn line(&self, text: &str) -> String {
        let screen = self.text();
        let found = screen.lines().find(|line| line.contains(text)).map(str::to_owned);
        found.unwrap_or_else(|| panic!("no {text:?} in\n{screen}"))
    }

    #[track_caller]
    fn shows(&self, text: &str) {
        assert!(self.text().contains(text), "no {text:?} in\n{}", self.text());
    }
}

/// Somebody who waits in a queue since that second.
fn waits(queue: &str, since: i64) -> String {
    let since = at(since);
    format!(
        r#"{{"id":"acd","purpose":"acd","queueId":"{queue}","connectedTime":"{since}","calls":[{{"state":"connected","direction":"inbound","connectedTime":"{since}"}}]}}"#
    )
}

/// A queue visit that ended by being handed on.
fn left_queue(queue: &str, since: i64, until: i64, how: &str) -> String {
    let (since, until) = (at(since), at(until));
    format!(
        r#"{{"id":"acd","purpose":"acd","queueId":"{queue}","connectedTime":"{since}","endTime":"{until}","calls":[{{"state":"terminated","disconnectType":"{how}","connectedTime":"{since}","disconnectedTime":"{until}"}}]}}"#
    )
}

/// An agent's part: rung, and perhaps connected, and perhaps ended.
fn agent(id: &str, user: &str, queue: &str, connected: Option<i64>, ended: Option<i64>) -> String {
    let state = match (connected, ended) {
        (_, Some(_)) => "terminated",
        (Some(_), None) => "connected",
        (None, None) => "alerting",
    };
    let time = |name: &str, second: Option<i64>| {
        second.map_or(String::new(), |second| format!(r#","{name}":"{}""#, at(second)))
    };
    let (connected, ended) = (time("connectedTime", connected), time("disconnectedTime", ended));
    format!(
        r#"{{"id":"{id}","purpose":"agent","userId":"{user}","queueId":"{queue}","calls":[{{"state":"{state}"{connected}{ended}}}]}}"#
    )
}

/// The service level of the present half hour, of calls.
fn service_level(queue: &str, ratio: f64) -> String {
    let interval = "2026-11-24T12:00:00.000Z/2026-11-24T12:30:00.000Z";
    format!(
        r#"{{"group":{{"queueId":"{queue}","mediaType":"voice"}},"data":[{{"interval":"{interval}","metrics":[{{"metric":"oServiceLevel","stats":{{"ratio":{ratio},"numerator":6,"denominator":10,"target":0.8}}}}]}}]}}"#
    )
}

/// An afternoon in which all sorts of things have happened.
fn afternoon(size: (u16, u16)) -> Shift {
    let rule = AlertSettings {
        name: "somebody waits long".to_owned(),
        warning: Some("longest_wait > 4m".to_owned()),
        ..AlertSettings::default()
    };
    let rules = vec![rule.rule().expect("a rule")];
    let mut shift = Shift::new(size, ViewOptions { rules, ..ViewOptions::default() });
    let channel = ChannelNumber(1);
    let report = SessionReport {
        channel,
        phase: Phase::Live,
        since: at(-3_600),
        channel_short: "streaming-0-abcd…".to_owned(),
        channel_expires: Some(at(72_000)),
        permitted: 4,
        rejected: 0,
        last_frame: Some(noon()),
        last_heartbeat: Some(noon()),
        round_trip: None,
        attempts: 0,
        retry_at: None,
        reason: String::new(),
    };
    let gap = Gap {
        channel,
        from: at(-600),
        until: Some(at(-555)),
        cause: "the network was gone".to_owned(),
        healed_by: Some("2 queues by REST".to_owned()),
    };
    let control = vec![Control::Session(report), Control::Gap(gap)];
    shift.monitor.absorb(Batch { control, ..Batch::default() });
    let missed = |id, user, second| agent(id, user, BILLING, None, Some(second));
    let declined = [missed("a", EVA, -200), missed("b", EVA, -100), missed("c", TOM, -30)];
    let people = [[waits(BILLING, -252)].as_slice(), &declined].concat();
    shift.conversation("aaaaaaaa", BILLING, &people);
    shift.conversation("bbbbbbbb", SALES, &[waits(SALES, -18)]);
    shift.conversation("cccccccc", SALES, &[left_queue(SALES, -90, -5, "peer")]);
    // one that came after it and went well
    let served =
        [left_queue(SALES, -80, -70, "transfer"), agent("d", TOM, SALES, Some(-70), Some(-4))];
    shift.conversation("dddddddd", SALES, &served);
    for (user, status, since) in [(EVA, "NOT_RESPONDING", -100), (TOM, "IDLE", -30)] {
        let body = format!(
            r#"{{"id":"{user}","routingStatus":{{"status":"{status}","startTime":"{}"}}}}"#,
            at(since)
        );
        shift.receive(&format!("v2.users.{user}.activity"), &body);
    }
    for (queue, ratio) in [(BILLING, 0.62), (SALES, 0.93)] {
        let topic = format!("v2.analytics.queues.{queue}.observations");
        shift.receive(&topic, &service_level(queue, ratio));
    }
    shift.pass(10);
    shift
}

/// A question, its keys, the row of the answer if it is a certain one, and what the answer holds.
type Question = (&'static str, &'static [KeyCode], Option<usize>, &'static [&'static str]);

/// The questions of the README, each with its keys and what the answer must hold: all of it in one
/// line, which is the first row where the question asks for the first.
#[test]
fn ten_questions_are_each_answered_in_at_most_two_keys() {
    let questions: [Question; 10] = [
        ("is what I see still true", &[], Some(0), &["● LIVE", "gaps 1"]),
        ("which queue needs me now", &[], Some(3), &["▲ Billing", "4m22"]),
        ("who waits longest, where", &[Char('3')], Some(3), &["aaaaaaaa Billing", "4m22"]),
        ("what happened to them", &[Char('3'), Enter], Some(4), &["Eva Novak", "missed", "0m52"]),
        ("who isn't responding", &[Char('4')], Some(3), &["▲ Eva Novak", "not responding", "1m50"]),
        ("who missed two alerts", &[Char('4'), Char('t')], Some(3), &["Eva Novak", " 2 "]),
        ("who misses the target", &[Char('2'), Char('t')], Some(3), &["Billing", "62%", "-18%"]),
        ("who gave up", &[Char('3'), Char('a')], Some(3), &["cccccccc Sales", "abandoned"]),
        ("which alert stands", &[Char('8')], None, &["◆ warning", "Billing", "longest_wait 4m22"]),
        ("what did we miss", &[Char('7')], None, &["11:50:00–11:50:45 (45s)", "network was gone"]),
    ];
    for (question, keys, row, answer) in questions {
        assert!(keys.len() <= 2, "{question}");
        let mut shift = afternoon((80, 24));
        shift.press(keys);
        let screen = shift.text();
        let holds = |line: &str| answer.iter().all(|word| line.contains(word));
        let found = match row {
            Some(row) => screen.lines().nth(row).is_some_and(holds),
            None => screen.lines().any(holds),
        };
        assert!(found, "{question}: {answer:?} not in row {row:?} of\n{screen}");
    }
}

/// The key that asks a question asks it no more when it is pressed again.
#[test]
fn what_a_question_sorted_and_hid_is_back_with_the_same_key() {
    let mut shift = afternoon((80, 24));
    shift.typed("2t");
    shift.shows("by margin, reversed");
    shift.typed("t");
    shift.shows("by urgency");
    shift.typed("4t");
    shift.shows("by missed");
    shift.typed("t");
    shift.shows("by urgency");
    shift.typed("3a");
    shift.shows("History (1 of 2) · filter: state=abandoned");
    shift.typed("a");
    shift.shows("History (2) · the newest first");
}

#[test]
fn the_name_of_a_saved_filter_may_hold_blanks() {
    let mut shift = afternoon((120, 30));
    shift.typed("3/state=waiting");
    let ctrl_s = KeyEvent::new(Char('s'), KeyModifiers::CONTROL);
    shift.effects = shift.view.on_key(ctrl_s, &shift.monitor, shift.now);
    shift.typed("late at night");
    shift.press(&[Enter]);
    let saved = matches!(
        shift.effects.as_slice(),
        [Effect::SaveFilter { name, filter: Some(_) }] if name == "late at night"
    );
    assert!(saved, "{:?}", shift.effects);
    shift.press(&[Esc]);
    shift.shows("Conversations (2) ·");
    shift.typed("/@late at night ");
    shift.press(&[Enter]);
    shift.shows("Conversations (2 of 2) · filter: state=waiting");
}

/// `?` in an empty filter: each example is taken, can be read, and leaves at least one row.
#[test]
fn examples_of_filters_find_something_on_every_screen() {
    for (screen, least) in [('2', 10), ('3', 10), ('4', 10), ('5', 5), ('6', 5), ('7', 0), ('8', 3)]
    {
        let mut shift = afternoon((120, 30));
        shift.press(&[Char(screen), Char('/'), Char('?')]);
        let finding = |line: &&str| line.contains(" now");
        let count = shift.text().lines().filter(finding).count();
        assert!(count >= least, "{count} on {screen}\n{}", shift.text());
        for number in 0..count {
            shift.press(&vec![Down; number]);
            shift.press(&[Enter, Enter]);
            let screen = shift.text();
            // either way of telling how many there are: `(2 of 3)` in the title
            let title =
                screen.lines().find(|line| line.contains(" of ") && line.contains("filter:"));
            let title = title.unwrap_or_else(|| panic!("no filter in force\n{screen}"));
            assert!(!title.contains("(0 of"), "{screen}");
            shift.press(&[Esc, Char('/'), Char('?')]);
        }
    }
    // names of this place, and figures of this moment
    let mut shift = afternoon((120, 30));
    shift.press(&[Char('3'), Char('/'), Char('?')]);
    shift.shows("queue=Billing");
    shift.shows("queue is Billing · 1 now");
}

#[test]
fn the_last_hour_is_a_curve_beside_each_queue_and_of_all_frames() {
    let mut shift = Shift::new((200, 50), ViewOptions::default());
    for minute in 0..6 {
        let id = format!("aaaaaaa{minute}");
        shift.conversation(&id, BILLING, &[waits(BILLING, minute * 60)]);
        shift.pass(60);
    }
    shift.press(&[Char('2')]);
    // six minutes, one more waiting in each; the newest to the right
    let row = shift.line("▲ Billing");
    assert!(row.contains("▃▄▅▆▇█"), "{row}");
    shift.press(&[Char('7')]);
    assert!(shift.line("frames a minute").contains("██████ 1 · most 1"), "{}", shift.text());
}

use KeyCode::{Char, Down, Enter, Esc, Home};

#[test]
fn an_agent_who_missed_two_alerts_is_found_and_which_they_were() {
    let mut shift = Shift::new((80, 24), ViewOptions::default());
    let missed = |id, user, second| agent(id, user, BILLING, None, Some(second));
    let first = [missed("a", EVA, -90), missed("b", EVA, -60), missed("c", TOM, -30)];
    shift.conversation("aaaaaaaa", BILLING, &[[waits(BILLING, -120)].as_slice(), &first].concat());
    let answered =
        [left_queue(SALES, -20, -10, "transfer"), agent("d", TOM, SALES, Some(-10), None)];
    shift.conversation("bbbbbbbb", SALES, &answered);
    shift.typed("4/missed>=2");
    shift.press(&[Enter]);
    shift.shows("Agents (1 of 2) · filter: missed>=2");
    shift.shows("missed since 11:00:00");
    assert!(shift.line("Eva Novak").contains(" 0      2 "), "{}", shift.line("Eva Novak"));
    shift.press(&[Home, Enter]);
    shift.shows("Eva Novak · has 0 · missed 2 since 11:00:00");
    // the newest first, each with its conversation; from there to the timeline
    let screen = shift.text();
    assert!(screen.find("missed 11:59:00") < screen.find("missed 11:58:30"), "{screen}");
    assert!(shift.line("missed 11:59:00").contains("aaaaaaaa Billing"), "{screen}");
    shift.press(&[Enter]);
    shift.shows("Conversation aaaaaaaa");
    shift.press(&[Esc, Esc, Esc]);
    shift.typed("/agent:tom");
    shift.press(&[Enter, Home, Enter]);
    shift.shows("Tom Quist · has 1 · missed 1");
    assert!(shift.line("has now").contains("bbbbbbbb Sales"), "{}", shift.text());
    // midnight passes: nothing of that is of today
    shift.press(&[Esc, Esc]);
    shift.pass(12 * 3_600);
    shift.shows("missed since 00:00:00");
    assert!(shift.line("Eva Novak").contains(" 0      0 "), "{}", shift.line("Eva Novak"));
}

#[test]
fn columns_of_ones_own_are_kept_and_taken_up_again() {
    let mut shift = Shift::new((120, 30), ViewOptions::default());
    shift.typed("2o");
    // the second column first, wider, sorted by it; then closed
    shift.press(&[Down, Char('K'), Char('+'), Char('s'), Enter]);
    let sort = Sort { by: Some("waiting"), reversed: false };
    let [Effect::SaveLayout { list: Listing::Queues, layout }] = shift.effects.as_slice() else {
        panic!("{:?}", shift.effects);
    };
    assert_eq!(layout.columns[0], Placed { name: "waiting", width: Some(5) });
    assert_eq!((layout.columns[1].name, layout.sort), ("queue", sort));
    let lists = BTreeMap::from([(Listing::Queues, layout.clone())]);
    let mut next_day = Shift::new((120, 30), ViewOptions { lists, ..ViewOptions::default() });
    next_day.conversation("aaaaaaaa", SALES, &[waits(SALES, -60)]);
    next_day.press(&[Char('2')]);
    next_day.shows("by waiting");
    let heading = next_day.line("longest");
    assert!(heading.find("wait ") < heading.find("queue"), "{heading}");
    // closed without a change, nothing is written
    next_day.press(&[Char('o'), Down, Enter]);
    assert_eq!(next_day.effects, []);
    // and taken back, it is as it was
    next_day.press(&[Char('o'), Char('r'), Enter]);
    let expected = Layout { columns: Vec::new(), sort };
    assert_eq!(next_day.effects, [Effect::SaveLayout { list: Listing::Queues, layout: expected }]);
}

#[test]
fn the_cursor_stays_through_endings_and_what_is_over_is_found_in_the_history() {
    let mut shift = Shift::new((140, 30), ViewOptions::default());
    for (id, since) in [("aaaaaaaa", -50), ("bbbbbbbb", -40), ("cccccccc", -30)] {
        shift.conversation(id, BILLING, &[waits(BILLING, since)]);
    }
    shift.press(&[Char('3'), Down, Down]);
    // the one above ends, fades and goes; one comes that belongs above; the cursor's own stays
    shift.conversation("aaaaaaaa", BILLING, &[left_queue(BILLING, -50, 0, "peer")]);
    assert!(shift.line("aaaaaaaa").contains("abandoned"));
    shift.conversation("dddddddd", BILLING, &[waits(BILLING, -300)]);
    shift.pass(9);
    shift.shows("aaaaaaaa");
    shift.pass(1);
    assert!(!shift.text().contains("aaaaaaaa"), "{}", shift.text());
    shift.press(&[Enter]);
    shift.shows("Conversation bbbbbbbb");
    shift.press(&[Esc]);
    // sorted in another way, and back: still on it
    shift.press(&[Char('s'), Char('s'), Char('S'), Enter]);
    shift.shows("Conversation bbbbbbbb");
    shift.press(&[Esc]);
    // its own ending takes the cursor nowhere else while it fades
    shift.conversation("bbbbbbbb", BILLING, &[left_queue(BILLING, -40, 10, "transfer")]);
    shift.press(&[Enter]);
    shift.shows("Conversation bbbbbbbb");
    shift.press(&[Esc, Char('h')]);
    shift.shows("History (1) · the newest first · keeps 1,000");
    let row = shift.line("aaaaaaaa");
    assert!(row.contains("abandoned") && row.contains("0m10") && row.contains("0m50"), "{row}");
    shift.pass(10);
    shift.shows("History (2)");
    let screen = shift.text();
    assert!(screen.find("bbbbbbbb") < screen.find("aaaaaaaa"), "the newest first:\n{screen}");
    shift.typed("/state=abandoned age<1m");
    shift.press(&[Enter, Home, Enter]);
    shift.shows("Conversation aaaaaaaa");
    shift.press(&[Esc]);
    shift.shows("History (1 of 2)");
    // each list has a filter of its own
    shift.press(&[Char('h')]);
    shift.shows("Conversations (2) ·");
}

#[test]
fn a_queue_is_at_risk_by_its_own_threshold() {
    let mut shift = Shift::new((200, 50), ViewOptions::default());
    shift.press(&[Char('2')]);
    shift.conversation("aaaaaaaa", BILLING, &[waits(BILLING, -25)]);
    let mail = waits(SALES, -1_800).replace("calls", "emails");
    shift.conversation("bbbbbbbb", SALES, &[mail]);
    // by the same lengths for all a mail is late and a call isn't
    assert!(shift.text().contains("● Billing"), "{}", shift.text());
    assert!(shift.text().contains("▲ Sales"), "{}", shift.text());
    let goals = |queue: &str, media, within_milliseconds| QueueGoals {
        queue: QueueId::new(queue),
        media: vec![MediaGoal { media, within_milliseconds, share: Some(0.8) }],
    };
    let told = vec![goals(BILLING, Media::Call, 20_000), goals(SALES, Media::Email, 3_600_000)];
    shift.monitor.absorb_control(Control::Goals(told));
    shift.pass(1);
    let row = shift.line("▲ Billing");
    assert!(row.contains("0m26") && row.contains("0m20") && row.contains("0m06"), "{row}");
    assert!(shift.line("◆ Sales").contains("1h00"), "half of the hour is gone");
    shift.typed("/overdue>0");
    shift.press(&[Enter]);
    shift.shows("(1 of 2)");
}

#[test]
fn until_when_an_alert_is_silent_is_told_on_a_narrow_screen_too() {
    for (columns, asleep, both) in [
        (120, "snoozed until 12:15:10", "acknowledged, snoozed until 12:15:10"),
        (80, "silent to 12:15:10", "ack., to 12:15:10"),
    ] {
        let mut shift = afternoon((columns, 24));
        shift.press(&[Char('8'), KeyCode::Down, Char('z')]);
        assert!(shift.line("longest_wait 4m22").contains(asleep), "{}", shift.text());
        // which rule it is by, where there is room
        assert_eq!(shift.line("longest_wait 4m22").contains("somebody waits"), columns == 120);
        shift.press(&[Char('a')]);
        assert!(shift.line("longest_wait 4m22").contains(both), "{}", shift.text());
    }
}
