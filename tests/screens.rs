//! Screens with their styles, from a fixed model at a fixed time, at three sizes.
//!
//! The dump has two layers, text and styles, so that a highlight that goes missing is seen.
use crossterm::event::{KeyCode, KeyEvent};
use gcwatch::domain::control::{
    ConnectionEvent, Control, CrossReading, EventKind, Gap, Identity, IntervalFigures, Named,
    QueueFigure, Rejection, Snapshot, TopicOutcome,
};
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::{ChannelNumber, QueueId, UserId};
use gcwatch::domain::intake::Batch;
use gcwatch::domain::interval::Interval;
use gcwatch::domain::monitor::Monitor;
use gcwatch::domain::session::{Phase, SessionReport};
use gcwatch::domain::topic::{Media, Topic};
use gcwatch::tui::{Begin, Depth, Theme, ThemeName, View, ViewOptions, draw};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use std::fmt::Write;
use std::time::Duration;

const CHANNEL: ChannelNumber = ChannelNumber(1);
const BILLING: &str = "11111111-1111-4111-8111-111111111111";
const JAPANESE: &str = "22222222-2222-4222-8222-222222222222";
const AGENT: &str = "33333333-3333-4333-8333-333333333333";

fn now() -> Timestamp {
    "2026-11-24T14:03:12Z".parse().expect("a time")
}

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn session(phase: Phase, last: Timestamp, reason: &str) -> Control {
    Control::Session(SessionReport {
        channel: CHANNEL,
        phase,
        since: ago(300),
        channel_short: "streaming-0-abcd…".to_owned(),
        channel_expires: Some(now() + SignedDuration::from_hours(22)),
        permitted: 4,
        rejected: 1,
        last_frame: Some(last),
        last_heartbeat: Some(last),
        round_trip: Some(Duration::from_millis(43)),
        attempts: 0,
        retry_at: None,
        reason: reason.to_owned(),
    })
}

fn conversation(id: &str, queue: &str, name: &str, people: &str) -> Frame {
    let text = format!(
        r#"{{"topicName":"v2.routing.queues.{queue}.conversations","version":"2","eventBody":{{"id":"{id}","participants":[
        {{"id":"{id}-c","purpose":"customer","name":"{name}","address":"tel:+15555550100","connectedTime":"2026-11-24T13:58:00Z","calls":[{{"state":"connected","direction":"inbound"}}]}},
        {people}]}},"metadata":{{"CorrelationId":"x"}}}}"#
    );
    frame(&text, 12)
}

fn frame(text: &str, seconds_ago: i64) -> Frame {
    Frame { received: ago(seconds_ago), channel: CHANNEL, payload: Payload::Text(text.into()) }
}

fn monitor(session: Control) -> Monitor {
    let acd = |queue: &str, since: &str| {
        format!(
            r#"{{"id":"acd","purpose":"acd","queueId":"{queue}","connectedTime":"{since}","calls":[{{"state":"connected","connectedTime":"{since}"}}]}}"#
        )
    };
    let agent = format!(
        r#"{{"id":"ag","purpose":"agent","userId":"{AGENT}","queueId":"{JAPANESE}","connectedTime":"2026-11-24T14:02:09Z","calls":[{{"state":"connected","connectedTime":"2026-11-24T14:02:09Z"}}]}}"#
    );
    let rejection = Rejection {
        reason: "missing permissions".to_owned(),
        missing_permissions: vec!["wfm:agentSchedule:view".to_owned()],
        context_id: Some("c0ffee".to_owned()),
    };
    let queue = |id: &str, name: &str| Named { id: QueueId::new(id), name: name.to_owned() };
    let mut monitor = Monitor::new(ago(600));
    monitor.absorb(Batch {
        control: vec![
            session,
            Control::Identity(Identity {
                profile: Some("acme".into()),
                region: "us-east-1".into(),
                organization: Some("Acme".into()),
                who: Some("monitor client".into()),
                ..Identity::default()
            }),
            Control::Token { expires: Some(now() + SignedDuration::from_hours(23)), renews: true },
            Control::Queues(vec![queue(BILLING, "Billing"), queue(JAPANESE, "日本語サポート")]),
            Control::Snapshot(Snapshot {
                asked: ago(300),
                complete_for: vec![QueueId::new(BILLING), QueueId::new(JAPANESE)],
                ..Snapshot::default()
            }),
            Control::Users(vec![Named {
                id: UserId::new(AGENT),
                name: "A. Nov\u{1b}ák".to_owned(),
            }]),
            Control::Topics {
                channel: CHANNEL,
                at: ago(300),
                outcomes: vec![TopicOutcome {
                    topic: Topic::received("v2.users.x.workforcemanagement.schedules"),
                    rejection: Some(rejection),
                }],
            },
            Control::Gap(Gap {
                channel: CHANNEL,
                from: ago(400),
                until: Some(ago(390)),
                cause: "the service closed the socket with code 1001 (idle timeout)".to_owned(),
                healed_by: Some("2 queues".to_owned()),
            }),
            Control::Event(ConnectionEvent {
                at: ago(390),
                channel: Some(CHANNEL),
                kind: EventKind::Reconnected,
                sentence: "live again".to_owned(),
                context_id: None,
                retry_in: None,
            }),
        ],
        frames: vec![
            conversation(
                "aaaaaaaa-0000-4000-8000-000000000001",
                BILLING,
                "Jane Doe",
                &acd(BILLING, "2026-11-24T13:59:00Z"),
            ),
            conversation("bbbbbbbb-0000-4000-8000-000000000002", JAPANESE, "山田", &agent),
            frame("this is not JSON", 3),
            frame(
                r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#,
                12,
            ),
        ],
        ..Batch::default()
    });
    monitor
}

fn live() -> Monitor {
    monitor(session(Phase::Live, ago(12), ""))
}

/// The text, then for each row the spans that have a style.
fn dump(buffer: &Buffer) -> String {
    let mut text = String::new();
    let mut styles = String::new();
    for row in 0..buffer.area.height {
        let mut line = String::new();
        let mut spans: Vec<(u16, u16, String)> = Vec::new();
        let mut skip = 0;
        for column in 0..buffer.area.width {
            let cell = &buffer[(column, row)];
            if skip == 0 {
                line.push_str(cell.symbol());
                skip = unicode_width::UnicodeWidthStr::width(cell.symbol()).saturating_sub(1);
            } else {
                skip -= 1;
            }
            let mut style = String::new();
            if cell.fg != Color::Reset {
                let _ = write!(style, "{:?} ", cell.fg);
            }
            if cell.bg != Color::Reset {
                let _ = write!(style, "on {:?} ", cell.bg);
            }
            if cell.modifier != Modifier::empty() {
                let _ = write!(style, "{:?}", cell.modifier);
            }
            match spans.last_mut() {
                Some((_, end, known)) if *end == column && *known == style => *end = column + 1,
                _ if style.is_empty() => {}
                _ => spans.push((column, column + 1, style)),
            }
        }
        let _ = writeln!(text, "{}", line.trim_end());
        for (from, to, style) in spans {
            let _ = writeln!(styles, "{row}:{from}-{to} {}", style.trim());
        }
    }
    format!("{text}--- styles\n{styles}")
}

fn picture(monitor: &Monitor, options: ViewOptions, size: (u16, u16), keys: &[KeyCode]) -> String {
    let mut view = View::new(options);
    view.on_resize(size.0, size.1);
    view.refresh(monitor, now());
    for key in keys {
        view.on_key(KeyEvent::from(*key), monitor, now());
        view.refresh(monitor, now());
    }
    let mut terminal =
        Terminal::new(TestBackend::new(size.0, size.1)).expect("a terminal in memory");
    terminal.draw(|frame| draw(frame, monitor, &view, now())).expect("it draws");
    dump(terminal.backend().buffer())
}

#[test]
fn the_live_screen_at_three_sizes() {
    for size in [(80, 24), (120, 40), (200, 60)] {
        let shown = picture(&live(), ViewOptions::default(), size, &[]);
        assert!(shown.contains("● LIVE"), "{shown}");
        insta::assert_snapshot!(format!("live {}x{}", size.0, size.1), shown);
    }
}

/// Each theme with the colours of 24 bits, and the same text in all of them, at every depth: what a
/// colour says is said without it too.
#[test]
fn every_theme_says_the_same_with_its_own_colours() {
    let shown = |name, depth| {
        let options =
            ViewOptions { theme: Theme { name, depth, ascii: false }, ..ViewOptions::default() };
        picture(&live(), options, (80, 24), &[])
    };
    let text = |dump: &str| dump.split("--- styles").next().unwrap_or_default().to_owned();
    let plain = text(&shown(ThemeName::Default, Depth::None));
    for name in ThemeName::ALL {
        for depth in [Depth::None, Depth::Sixteen, Depth::Indexed, Depth::True] {
            let dump = shown(name, depth);
            assert_eq!(text(&dump), plain, "{name:?} {depth:?}");
            assert_eq!(dump.contains("Rgb"), depth == Depth::True, "{name:?} {depth:?}");
            assert_eq!(dump.contains("Indexed"), depth == Depth::Indexed, "{name:?} {depth:?}");
        }
        insta::assert_snapshot!(format!("theme {}", name.word()), shown(name, Depth::True));
    }
}

#[test]
fn a_key_goes_through_the_themes_and_says_which() {
    let keys = [KeyCode::Char('C'); 4];
    for (presses, word) in (1..).zip(["high-contrast", "colour-blind", "light", "default"]) {
        let shown = picture(&live(), ViewOptions::default(), (80, 24), &keys[..presses]);
        assert!(shown.contains(&format!("theme: {word}")), "{shown}");
    }
}

#[test]
fn the_inspector_masks_until_a_key_shows() {
    use KeyCode::{Char, Enter, Up};
    let keys = [Char('6'), Up, Up, Up, Enter];
    let masked = picture(&live(), ViewOptions::default(), (120, 40), &keys);
    assert!(!masked.contains("Jane") && !masked.contains("5550100"), "{masked}");
    insta::assert_snapshot!("inspector masked", masked);
    let unmasked =
        picture(&live(), ViewOptions::default(), (120, 40), &[&keys[..], &[Char('m')]].concat());
    assert!(unmasked.contains("Jane Doe") && unmasked.contains("UNMASKED"), "{unmasked}");
}

#[test]
fn health_help_plain_terminals_and_small_ones() {
    use KeyCode::Char;
    insta::assert_snapshot!(
        "health",
        picture(&live(), ViewOptions::default(), (120, 40), &[Char('7')])
    );
    insta::assert_snapshot!(
        "help",
        picture(&live(), ViewOptions::default(), (120, 40), &[Char('?')])
    );
    let plain = ViewOptions {
        theme: Theme { depth: Depth::None, ascii: true, ..Theme::default() },
        unmasked: false,
        ..ViewOptions::default()
    };
    let shown = picture(&live(), plain, (80, 24), &[]);
    assert!(shown.split("--- styles").next().is_some_and(str::is_ascii), "{shown}");
    assert!(!shown.contains("Red") && !shown.contains("Green"), "{shown}");
    insta::assert_snapshot!("ascii without colours", shown);
    let small = picture(&live(), ViewOptions::default(), (50, 10), &[]);
    assert!(small.contains("needs 60 columns"), "{small}");
}

#[test]
fn what_is_not_live_says_so_and_is_dimmed() {
    // silent for 48 s: no frame has come since
    let mut silent = Monitor::new(ago(600));
    silent.absorb(Batch { control: vec![session(Phase::Live, ago(48), "")], ..Batch::default() });
    let stale = picture(&silent, ViewOptions::default(), (120, 40), &[]);
    assert!(stale.contains("▲ STALE 48s") && stale.contains("DIM"), "{stale}");
    let mut lost = live();
    lost.absorb(Batch {
        control: vec![session(
            Phase::Dialing,
            ago(12),
            "the connection ended without a close frame",
        )],
        ..Batch::default()
    });
    let shown = picture(&lost, ViewOptions::default(), (120, 40), &[]);
    assert!(
        shown.contains("◐ RECONNECTING")
            && shown.contains("without a close frame · opening the socket"),
        "{shown}"
    );
    insta::assert_snapshot!("reconnecting", shown);
    let ended = picture(
        &monitor(session(Phase::Ended, ago(12), "refused")),
        ViewOptions::default(),
        (120, 40),
        &[],
    );
    assert!(ended.contains("■ OFFLINE"), "{ended}");
}

#[test]
fn a_frozen_picture_stands_still_while_frames_are_counted() {
    let mut monitor = live();
    let mut view = View::new(ViewOptions::default());
    view.on_resize(120, 40);
    view.refresh(&monitor, now());
    view.on_key(KeyEvent::from(KeyCode::Char(' ')), &monitor, now());
    monitor.absorb(Batch { frames: vec![frame("later", 0)], ..Batch::default() });
    let later = now() + SignedDuration::from_secs(5);
    view.refresh(&monitor, later);
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).expect("a terminal in memory");
    terminal.draw(|frame| draw(frame, &monitor, &view, later)).expect("it draws");
    let shown = dump(terminal.backend().buffer());
    assert!(shown.contains("FROZEN +1") && shown.contains("14:03:17 UTC"), "{shown}");
    assert!(shown.contains("4m12"), "ages stand still: {shown}");
}

#[test]
fn names_from_outside_do_no_harm() {
    let shown = picture(&live(), ViewOptions::default(), (200, 60), &[]);
    assert!(!shown.contains('\u{1b}') && shown.contains("A. Nov␛ák"), "{shown}");
}

#[test]
fn a_frozen_picture_can_be_scrolled_filtered_and_opened() {
    use KeyCode::{Char, Down, Enter, Esc};
    let mut monitor = live();
    let mut view = View::new(ViewOptions::default());
    view.on_resize(120, 40);
    view.refresh(&monitor, now());
    let press = |view: &mut View, monitor: &Monitor, keys: &[KeyCode]| {
        for key in keys {
            view.on_key(KeyEvent::from(*key), monitor, now());
            view.refresh(monitor, now());
        }
    };
    let shown = |view: &View, monitor: &Monitor| {
        let mut terminal = Terminal::new(TestBackend::new(120, 40)).expect("a terminal in memory");
        terminal.draw(|frame| draw(frame, monitor, view, now())).expect("it draws");
        dump(terminal.backend().buffer())
    };
    press(&mut view, &monitor, &[KeyCode::Char(' ')]);
    // what is frozen must not change with what comes, nor go with what goes
    monitor.absorb(Batch {
        frames: vec![conversation(
            "cccccccc-0000-4000-8000-000000000003",
            BILLING,
            "John Roe",
            r#"{"id":"acd","purpose":"acd","queueId":"11111111-1111-4111-8111-111111111111","connectedTime":"2026-11-24T14:00:00Z","calls":[{"state":"connected","connectedTime":"2026-11-24T14:00:00Z"}]}"#,
        )],
        ..Batch::default()
    });
    press(&mut view, &monitor, &[Char('3'), Down, Down]);
    let conversations = shown(&view, &monitor);
    assert!(conversations.contains("bbbbbbbb") && !conversations.contains("cccccccc"));
    press(&mut view, &monitor, &[Char('/'), Char('a'), Char('a'), Char('a'), Enter]);
    assert!(!shown(&view, &monitor).contains("bbbbbbbb"));
    press(&mut view, &monitor, &[Enter]);
    assert!(shown(&view, &monitor).contains("decided by"), "{}", shown(&view, &monitor));
    press(&mut view, &monitor, &[Enter]);
    assert!(shown(&view, &monitor).contains("Frame "), "{}", shown(&view, &monitor));
    press(&mut view, &monitor, &[Esc, Esc, Esc, Char(' ')]);
    assert!(shown(&view, &monitor).contains("cccccccc"));
}

#[test]
fn the_palette_finds_an_action_and_does_it() {
    use KeyCode::{Char, Enter};
    let typed: Vec<KeyCode> = ":health".chars().map(Char).collect();
    let shown = picture(&live(), ViewOptions::default(), (120, 40), &typed);
    assert!(shown.contains("health.show"), "{shown}");
    insta::assert_snapshot!(
        "palette",
        picture(&live(), ViewOptions::default(), (120, 40), &[Char(':')])
    );
    let done =
        picture(&live(), ViewOptions::default(), (120, 40), &[&typed[..], &[Enter]].concat());
    assert!(done.contains("events, newest first"), "{done}");
}

#[test]
fn a_conversation_opens_as_a_timeline_and_a_frame_shows_what_changed() {
    let mut monitor = live();
    let id = "aaaaaaaa-0000-4000-8000-000000000001";
    let parts = format!(
        r#"{{"id":"acd","purpose":"acd","queueId":"{BILLING}","connectedTime":"2026-11-24T13:59:00Z","calls":[{{"state":"connected","connectedTime":"2026-11-24T13:59:00Z"}}]}},
        {{"id":"ag","purpose":"agent","userId":"{AGENT}","queueId":"{BILLING}","calls":[{{"state":"alerting"}}]}}"#
    );
    monitor.absorb(Batch {
        frames: vec![conversation(id, BILLING, "Jane Roe", &parts)],
        ..Batch::default()
    });
    let open = [KeyCode::Char('3'), KeyCode::Down, KeyCode::Enter];
    let shown = picture(&monitor, ViewOptions::default(), (170, 16), &open);
    assert!(shown.contains("participants[2].calls[0].state"), "{shown}");
    insta::assert_snapshot!("timeline", shown);

    let changes = [open.as_slice(), &[KeyCode::End, KeyCode::Char('d')]].concat();
    let shown = picture(&monitor, ViewOptions::default(), (120, 16), &changes);
    assert!(shown.contains("eventBody.participants[2].calls[0].state"), "{shown}");
    // the customer's name differs too, and stays hidden
    assert!(shown.contains("participants[0].name") && !shown.contains("Roe"), "{shown}");
    insta::assert_snapshot!("what changed", shown);
}

#[test]
fn columns_can_be_chosen_and_filters_name_them() {
    use KeyCode::{Char, Down, Enter};
    let typed = |text: &str| text.chars().map(Char).collect::<Vec<KeyCode>>();
    let shown = |keys: &[KeyCode]| picture(&live(), ViewOptions::default(), (120, 40), keys);
    insta::assert_snapshot!("columns", shown(&typed("2o")));
    // waiting is the second column: hidden, and sorted by
    let without = shown(&[&typed("2o")[..], &[Down, Char(' '), Char('s'), Enter]].concat());
    assert!(without.contains("by waiting") && !without.contains(" wait "), "{without}");
    let filtered = shown(&[&typed("3/state=waiting since>2m")[..], &[Enter]].concat());
    assert!(filtered.contains("aaaaaaaa") && !filtered.contains("bbbbbbbb"), "{filtered}");
    // on a small screen the last column has no room; brought to the front it has
    let small = |keys: &[KeyCode]| picture(&live(), ViewOptions::default(), (80, 24), keys);
    let last = [&typed("2o")[..], &[KeyCode::End]].concat();
    let chooser = small(&last);
    let row = |name: &str| chooser.lines().find(|line| line.contains(name)).map(str::to_owned);
    assert!(row("answered_today").is_some_and(|row| row.contains("no room")), "{chooser}");
    let front = small(&[&last[..], &[Char('f'), Enter]].concat());
    let heading = front.lines().find(|line| line.contains(" queue ")).expect("a heading");
    assert!(heading.trim_start_matches('│').trim_start().starts_with("id "), "{front}");
    let wrong = shown(&typed("3/stat=waiting"));
    assert!(wrong.contains("there is no field \"stat\"; did you mean \"state\"?"), "{wrong}");
}

/// The same in ASCII, without colour, and at two sizes; it needs no key, and says when it is old.
#[test]
fn the_wall_shows_one_queue_in_large_figures() {
    let wall = || ViewOptions { begin: Begin::Wall, ..ViewOptions::default() };
    for size in [(80, 24), (200, 60)] {
        let shown = picture(&live(), wall(), size, &[]);
        let place = if size.0 < 200 { "Wall · 1 of 2" } else { "Wall · 1–2 of 2" };
        assert!(shown.contains(place) && shown.contains("longest wait"), "{shown}");
        insta::assert_snapshot!(format!("wall {}x{}", size.0, size.1), shown);
    }
    let plain = Theme { depth: Depth::None, ascii: true, ..Theme::default() };
    let shown = picture(&live(), ViewOptions { theme: plain, ..wall() }, (80, 24), &[]);
    assert!(shown.split("--- styles").next().is_some_and(str::is_ascii), "{shown}");
    insta::assert_snapshot!("wall in ascii", shown);
    let mut old = live();
    old.absorb(Batch { control: vec![session(Phase::Live, ago(48), "")], ..Batch::default() });
    let later = now() + SignedDuration::from_secs(60);
    let mut view = View::new(wall());
    view.on_resize(120, 40);
    view.refresh(&old, later);
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).expect("a terminal in memory");
    terminal.draw(|frame| draw(frame, &old, &view, later)).expect("it draws");
    let shown = dump(terminal.backend().buffer());
    assert!(shown.contains("STALE") && shown.contains("DIM"), "{shown}");
}

#[test]
fn queues_conversations_history_and_agents_at_two_sizes() {
    use KeyCode::Char;
    let mut monitor = live();
    let id = "aaaaaaaa-0000-4000-8000-000000000001";
    // rung twice for one who waits, and missed once
    let people = format!(
        r#"{{"id":"acd","purpose":"acd","queueId":"{BILLING}","connectedTime":"2026-11-24T13:59:00Z","calls":[{{"state":"connected","connectedTime":"2026-11-24T13:59:00Z"}}]}},
        {{"id":"a1","purpose":"agent","userId":"{AGENT}","queueId":"{BILLING}","calls":[{{"state":"terminated","disconnectedTime":"2026-11-24T14:01:00Z"}}]}}"#
    );
    let over = r#"{"id":"acd","purpose":"acd","queueId":"11111111-1111-4111-8111-111111111111","connectedTime":"2026-11-24T13:59:00Z","endTime":"2026-11-24T14:01:30Z","calls":[{"state":"terminated","disconnectType":"peer"}]}"#;
    let gone = conversation("cccccccc-0000-4000-8000-000000000003", BILLING, "John Roe", over);
    let text = gone.text().expect("text").replacen(
        r#""participants""#,
        r#""endTime":"2026-11-24T14:01:30Z","participants""#,
        1,
    );
    // its end was received twelve seconds ago: it has faded
    let gone = Frame { payload: Payload::Text(text.as_str().into()), ..gone };
    monitor.absorb(Batch {
        frames: vec![conversation(id, BILLING, "Jane Doe", &people), gone],
        ..Batch::default()
    });
    monitor.tick(now());
    let screens: [(&str, &[KeyCode]); 5] = [
        ("queues", &[Char('2')]),
        ("conversations", &[Char('3')]),
        ("history", &[Char('3'), Char('h')]),
        ("gave up", &[Char('3'), Char('a')]),
        ("agents", &[Char('4')]),
    ];
    for (name, keys) in screens {
        for size in [(80, 24), (200, 50)] {
            // the same list with a filter
            if name == "gave up" && size.0 > 80 {
                continue;
            }
            let shown = picture(&monitor, ViewOptions::default(), size, keys);
            insta::assert_snapshot!(format!("{name} {}x{}", size.0, size.1), shown);
        }
    }
}

#[test]
fn the_wall_goes_through_the_queues_by_itself() {
    let monitor = live();
    let mut view = View::new(ViewOptions { begin: Begin::Wall, ..ViewOptions::default() });
    view.on_resize(120, 40);
    let mut shown = |seconds| {
        let later = now() + SignedDuration::from_secs(seconds);
        view.refresh(&monitor, later);
        let mut terminal = Terminal::new(TestBackend::new(120, 40)).expect("a terminal in memory");
        terminal.draw(|frame| draw(frame, &monitor, &view, later)).expect("it draws");
        let text = terminal.backend().to_string();
        ["1 of 2", "2 of 2"].map(|place| text.contains(place))
    };
    assert_eq!(shown(0), [true, false]);
    assert_eq!(shown(9), [true, false]);
    assert_eq!(shown(10), [false, true]);
    assert_eq!(shown(20), [true, false]);
}

/// Eight queues on a screen that has room for six: six, then the two that had no turn with the worst
/// beside them; and for as long as was asked for.
#[test]
fn a_large_wall_shows_several_queues_at_a_time() {
    let mut monitor = live();
    let queue = |number: usize| format!("aaaaaaaa-0000-4000-8000-00000000000{number}");
    let named = |number| Named { id: QueueId::new(&queue(number)), name: format!("Queue{number}") };
    monitor.absorb(Batch {
        control: vec![Control::Queues((0..6).map(named).collect())],
        ..Batch::default()
    });
    for number in 0..6 {
        let topic = Topic::received(&format!("v2.routing.queues.{}.conversations", queue(number)));
        let outcomes = vec![TopicOutcome { topic, rejection: None }];
        let control = vec![Control::Topics { channel: CHANNEL, at: now(), outcomes }];
        monitor.absorb(Batch { control, ..Batch::default() });
    }
    let options = ViewOptions {
        begin: Begin::Wall,
        wall_turn: Duration::from_secs(4),
        ..ViewOptions::default()
    };
    let mut view = View::new(options);
    view.on_resize(200, 50);
    let mut shown = |seconds| {
        let later = now() + SignedDuration::from_secs(seconds);
        view.refresh(&monitor, later);
        let mut terminal = Terminal::new(TestBackend::new(200, 50)).expect("a terminal in memory");
        terminal.draw(|frame| draw(frame, &monitor, &view, later)).expect("it draws");
        dump(terminal.backend().buffer())
    };
    let names = |screen: &str| -> Vec<String> {
        let mut names: Vec<String> =
            (0..6).map(|n| format!("Queue{n}")).filter(|name| screen.contains(name)).collect();
        names.extend(
            ["Billing", "日本語サポート"]
                .map(str::to_owned)
                .into_iter()
                .filter(|name| screen.contains(name)),
        );
        names
    };
    let first = shown(0);
    assert!(first.contains("Wall · 1–6 of 8"), "{first}");
    assert_eq!(names(&first).len(), 6);
    assert!(names(&first).contains(&"Billing".to_owned()), "the worst is among them: {first}");
    insta::assert_snapshot!("wall grid 200x50", first);
    assert_eq!(names(&shown(3)), names(&first), "its time isn't up");
    let second = shown(4);
    let new = names(&second).into_iter().filter(|name| !names(&first).contains(name)).count();
    assert_eq!((names(&second).len(), new), (6, 2), "{second}");
    assert!(names(&second).contains(&"Billing".to_owned()), "{second}");
    assert_eq!(names(&shown(8)), names(&first), "and from the beginning");
}

#[test]
fn the_wall_stays_on_a_queue_with_a_standing_alert() {
    let settings = gcwatch::settings::file::AlertSettings {
        name: "somebody waits".to_owned(),
        queues: None,
        warning: Some("waiting > 0".to_owned()),
        critical: None,
    };
    let rules = vec![settings.rule().expect("a rule")];
    let monitor = live();
    let mut view = View::new(ViewOptions { begin: Begin::Wall, rules, ..ViewOptions::default() });
    view.on_resize(120, 40);
    for seconds in 0..25 {
        let later = now() + SignedDuration::from_secs(seconds);
        view.observe(&monitor, later);
        view.refresh(&monitor, later);
        let mut terminal = Terminal::new(TestBackend::new(120, 40)).expect("a terminal in memory");
        terminal.draw(|frame| draw(frame, &monitor, &view, later)).expect("it draws");
        let text = terminal.backend().to_string();
        assert!(text.contains("Wall · 1 of 1 · with an alert"), "after {seconds} s:\n{text}");
    }
}

#[test]
fn the_help_of_a_small_screen_scrolls_and_cuts_no_sentence() {
    let help = [KeyCode::Char('?')];
    let shown = picture(&live(), ViewOptions::default(), (80, 24), &help);
    assert!(shown.contains("Keys 1–") && shown.contains("find an action by its name and do it"));
    let down = [help.as_slice(), &[KeyCode::PageDown; 9]].concat();
    let end = picture(&live(), ViewOptions::default(), (80, 24), &down);
    let total = end.lines().find_map(|line| line.split(" of ").nth(1)?.split(' ').next());
    let total = total.expect("how many keys there are");
    assert!(end.contains(&format!("–{total} of {total}")), "{end}");
    assert!(!end.contains("find an action by its name"), "{end}");
    let pages = (0..6).map(|page| {
        let keys = [help.as_slice(), &vec![KeyCode::PageDown; page]].concat();
        picture(&live(), ViewOptions::default(), (80, 24), &keys)
    });
    // what has no room goes on in a line of its own
    assert!(pages.clone().any(|page| page.contains("colour-blind")), "{shown}");
    assert!(pages.clone().any(|page| page.contains("to select text ")), "{shown}");
    // any other key closes it and does what it does
    let closed = [down.as_slice(), &[KeyCode::Char('7')]].concat();
    let closed = picture(&live(), ViewOptions::default(), (80, 24), &closed);
    assert!(closed.contains("Health") && !closed.contains("Keys 1"), "{closed}");
}

/// What REST told of the half hour, and of who is on which queue.
fn with_figures(mut monitor: Monitor) -> Monitor {
    let half_hour = Interval::half_hour(now());
    let figure = |queue: &str, media, metric: &str, value| QueueFigure {
        queue: QueueId::new(queue),
        media: Some(media),
        metric: metric.to_owned(),
        qualifier: None,
        value,
        interval: Some(half_hour),
    };
    let queues = vec![QueueId::new(BILLING), QueueId::new(JAPANESE)];
    monitor.absorb(Batch {
        control: vec![Control::Figures(IntervalFigures {
            asked: ago(20),
            interval: half_hour,
            queues,
            figures: vec![
                figure(BILLING, Media::Call, "nOffered", 9.0),
                figure(BILLING, Media::Chat, "nOffered", 4.0),
                figure(JAPANESE, Media::Call, "nOffered", 2.0),
            ],
        })],
        ..Batch::default()
    });
    monitor
}

#[test]
fn queues_have_sums_and_each_medium_can_have_its_row() {
    let monitor = with_figures(live());
    let whole = picture(&monitor, ViewOptions::default(), (150, 18), &[KeyCode::Char('2')]);
    assert!(whole.contains("Σ total"), "{whole}");
    let keys = [KeyCode::Char('2'), KeyCode::Char('b')];
    let by_media = picture(&monitor, ViewOptions::default(), (150, 18), &keys);
    assert!(by_media.contains("Queues by media (3)"), "{by_media}");
    insta::assert_snapshot!("queues by media", by_media);
    // the filter goes with it
    let keys: Vec<KeyCode> = "2/offered>3".chars().map(KeyCode::Char).collect();
    let keys = [keys.as_slice(), &[KeyCode::Enter, KeyCode::Char('b')]].concat();
    let filtered = picture(&monitor, ViewOptions::default(), (150, 18), &keys);
    assert!(filtered.contains("(2 of 3) · filter: offered>3"), "{filtered}");
}

#[test]
fn a_cross_check_lays_rest_beside_what_is_shown_and_changes_nothing() {
    let mut monitor = with_figures(live());
    let keys = [KeyCode::Char('2'), KeyCode::Down, KeyCode::Char('c')];
    let asking = picture(&monitor, ViewOptions::default(), (100, 30), &keys);
    assert!(asking.contains("asking REST"), "{asking}");
    let queue = QueueId::new(BILLING);
    let mut reading = CrossReading::begun(queue.clone(), ago(5));
    reading.answered = Some(ago(4));
    reading.snapshot =
        Some(Snapshot { asked: ago(5), complete_for: vec![queue.clone()], ..Snapshot::default() });
    let half_hour = Interval::half_hour(now());
    reading.intervals.push(IntervalFigures {
        asked: ago(5),
        interval: half_hour,
        queues: vec![queue.clone()],
        figures: vec![QueueFigure {
            queue: queue.clone(),
            media: None,
            metric: "nOffered".to_owned(),
            qualifier: None,
            value: 15.0,
            interval: Some(half_hour),
        }],
    });
    reading.failures.push("reading the figures of today failed: 403 missing.permissions".into());
    let before = monitor.queues.get(&queue).expect("a row").waiting();
    monitor.absorb(Batch {
        control: vec![Control::CrossCheck(Box::new(reading))],
        ..Batch::default()
    });
    assert_eq!(monitor.queues.get(&queue).expect("a row").waiting(), before);
    let shown = picture(&monitor, ViewOptions::default(), (100, 30), &keys);
    assert!(shown.contains("403 missing.permissions"), "{shown}");
    let row = shown.lines().find(|line| line.contains("offered  ")).expect("a row");
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(words[1..5], ["13", "15", "-2", "REST"], "{row}");
    insta::assert_snapshot!("cross-check", shown);
}
