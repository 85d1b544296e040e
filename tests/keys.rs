//! Keys against the whole front end over an in-memory terminal: what a person presses, and what
//! they then see.
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use gcwatch::domain::control::{Control, Snapshot};
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::{ChannelNumber, QueueId};
use gcwatch::domain::intake::Batch;
use gcwatch::domain::monitor::Monitor;
use gcwatch::tui::{Effect, View, ViewOptions, draw};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Modifier;

const PONG: &str = r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#;
const PRESENCE: &str = r#"{"topicName":"v2.users.33333333-3333-4333-8333-333333333333.presence","eventBody":{"source":"PURECLOUD"}}"#;

fn now() -> Timestamp {
    "2026-11-24T14:03:12Z".parse().expect("a time")
}

/// The front end as it is used: what came in, then the picture; a key, then the picture.
struct App {
    monitor: Monitor,
    view: View,
    terminal: Terminal<TestBackend>,
}

impl App {
    fn new() -> Self {
        Self::sized(120, 30)
    }

    fn sized(columns: u16, rows: u16) -> Self {
        let mut view = View::new(ViewOptions::default());
        view.on_resize(columns, rows);
        let mut app = Self {
            monitor: Monitor::new(now()),
            view,
            terminal: Terminal::new(TestBackend::new(columns, rows)).expect("a terminal"),
        };
        app.picture();
        app
    }

    fn picture(&mut self) {
        let Self { monitor, view, terminal } = self;
        view.refresh(monitor, now());
        terminal.draw(|frame| draw(frame, monitor, view, now())).expect("it draws");
    }

    fn press(&mut self, key: KeyCode) {
        self.view.on_key(KeyEvent::from(key), &self.monitor, now());
        self.picture();
    }

    fn mouse(&mut self, kind: MouseEventKind, column: u16, row: u16) {
        let event = MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE };
        self.view.on_mouse(event, &self.monitor, now());
        self.picture();
    }

    /// Clicks where the text begins.
    #[track_caller]
    fn click(&mut self, text: &str) {
        let screen = self.text();
        let found = screen.lines().enumerate().find_map(|(row, line)| {
            // the backend writes each row in quotes
            let before = line.split(text).next().filter(|_| line.contains(text))?;
            Some((before.chars().count() - 1, row))
        });
        let (column, row) = found.unwrap_or_else(|| panic!("no {text:?} in\n{screen}"));
        let (column, row) = (column.try_into().expect("narrow"), row.try_into().expect("low"));
        self.mouse(MouseEventKind::Down(MouseButton::Left), column, row);
    }

    fn receive(&mut self, text: &str) {
        let frame = Frame {
            received: now(),
            channel: ChannelNumber(1),
            payload: Payload::Text(text.into()),
        };
        self.monitor.absorb(Batch { frames: vec![frame], ..Batch::default() });
        self.picture();
    }

    fn text(&self) -> String {
        self.terminal.backend().to_string()
    }

    #[track_caller]
    fn shows(&self, text: &str) {
        assert!(self.text().contains(text), "no {text:?} in\n{}", self.text());
    }
}

/// A key that finds an empty list must not change what the next one does: the cursor had nowhere to
/// go, but "following" was given up, so that `enter` a moment later opened nothing.
#[test]
fn moving_in_an_empty_list_changes_nothing() {
    let mut app = App::new();
    app.press(KeyCode::Char('6'));
    app.receive(PONG);
    app.shows("Frames (0) · following");
    app.press(KeyCode::Char('k'));
    app.shows("Frames (0) · following");
    app.receive(PRESENCE);
    app.press(KeyCode::Char('k'));
    app.shows("Frames (1) · not following");
    app.press(KeyCode::Enter);
    app.shows("eventBody {");
}

#[test]
fn what_is_hidden_is_not_counted_as_shown() {
    let mut app = App::new();
    app.press(KeyCode::Char('6'));
    app.receive(PONG);
    app.receive(PRESENCE);
    app.shows("Frames (1) · following");
    app.press(KeyCode::Char('h'));
    app.shows("Frames (2) · following");
}

#[test]
fn enter_without_anything_to_open_says_so() {
    let mut app = App::new();
    app.press(KeyCode::Char('6'));
    app.press(KeyCode::Enter);
    app.shows("there is no frame yet");
}

#[test]
fn a_click_on_a_heading_sorts_and_another_the_other_way_round() {
    let mut app = App::new();
    app.press(KeyCode::Char('2'));
    app.shows("by urgency");
    app.click("wait longest");
    app.shows("by waiting ");
    app.click("wait longest");
    app.shows("by waiting, reversed");
}

#[test]
fn a_click_puts_the_cursor_and_a_second_one_opens() {
    let mut app = App::new();
    app.press(KeyCode::Char('6'));
    app.receive(PRESENCE);
    app.receive(PRESENCE);
    app.click("users.33333333");
    app.shows("▸ Frames (2) · not following");
    assert!(!app.text().contains("eventBody {"), "{}", app.text());
    // more frames carry neither the cursor nor the row away
    app.receive(PRESENCE);
    app.click("users.33333333");
    app.shows("eventBody {");
    // a click on what is laid over does nothing that can't be seen
    app.click("eventBody {");
    app.press(KeyCode::Esc);
    app.shows("Frames (3) · not following");
}

/// What was moved to with a key before was taken for the place to come back to.
#[test]
fn a_filter_that_is_typed_leaves_the_cursor_on_what_was_clicked() {
    let mut app = App::new();
    app.press(KeyCode::Char('4'));
    app.receive(PRESENCE);
    app.receive(&PRESENCE.replace("33333333-", "44444444-"));
    app.press(KeyCode::Home);
    let rows = |app: &App| {
        let screen = app.text();
        let row = |id: &str| screen.lines().position(|line| line.contains(id)).expect("a row");
        (row("33333333"), row("44444444"))
    };
    let (one, other) = rows(&app);
    let second = if one < other { "44444444" } else { "33333333" };
    app.click(second);
    for key in "/presence".chars() {
        app.press(KeyCode::Char(key));
    }
    for _ in 0..8 {
        app.press(KeyCode::Backspace);
    }
    app.press(KeyCode::Enter);
    let buffer = app.terminal.backend().buffer().clone();
    let row = one.max(other);
    let row = u16::try_from(row).expect("low");
    let is_marked = |row: u16| buffer[(4, row)].modifier.contains(Modifier::REVERSED);
    assert!(is_marked(row) && !is_marked(row - 1), "{}", app.text());
}

#[test]
fn the_wheel_scrolls_what_is_under_the_pointer() {
    let mut app = App::new();
    app.press(KeyCode::Char('6'));
    for _ in 0..40 {
        app.receive(PRESENCE);
    }
    app.shows("Frames (40) · following");
    app.mouse(MouseEventKind::ScrollUp, 10, 10);
    app.shows("Frames (40) · not following");
    // on the bar there is nothing to scroll
    app.mouse(MouseEventKind::ScrollDown, 10, 0);
    app.shows("Frames (40) · not following");
}

#[test]
fn the_mouse_can_be_left_to_the_terminal() {
    let mut app = App::new();
    for taken in [false, true] {
        let effects = app.view.on_key(KeyCode::Char('M').into(), &app.monitor, now());
        assert_eq!(effects, [Effect::Mouse(taken)]);
        assert_eq!(app.view.takes_mouse(), taken);
    }
}

#[test]
fn esc_and_a_key_in_one_piece_are_two_keys() {
    let mut app = App::new();
    app.press(KeyCode::Char('/'));
    app.shows("enter keeps");
    let together = KeyEvent::new(KeyCode::Char('6'), KeyModifiers::ALT);
    app.view.on_key(together, &app.monitor, now());
    app.picture();
    app.shows("Frames (0)");
}

const QUEUE: &str = "11111111-1111-4111-8111-111111111111";

/// A conversation that waits since that second of the minute.
fn waiting(id: &str, second: u8) -> String {
    let since = format!("2026-11-24T14:00:{second:02}Z");
    format!(
        r#"{{"topicName":"v2.routing.queues.{QUEUE}.conversations","eventBody":{{"id":"{id}-0000-4000-8000-000000000000","participants":[
        {{"id":"{id}","purpose":"acd","queueId":"{QUEUE}","connectedTime":"{since}","calls":[{{"state":"connected","connectedTime":"{since}"}}]}}]}}}}"#
    )
}

impl App {
    fn typed(&mut self, text: &str) {
        for character in text.chars() {
            self.press(KeyCode::Char(character));
        }
    }

    fn ctrl(&mut self, character: char) {
        let key = KeyEvent::new(KeyCode::Char(character), KeyModifiers::CONTROL);
        self.view.on_key(key, &self.monitor, now());
        self.picture();
    }
}

#[test]
fn typing_is_never_interrupted_by_traffic_and_the_cursor_stays() {
    let mut app = App::new();
    app.receive(&waiting("aaaaaaaa", 30));
    app.receive(&waiting("bbbbbbbb", 40));
    app.press(KeyCode::Char('3'));
    app.press(KeyCode::Down);
    app.press(KeyCode::Char('/'));
    let filter = "state=waiting -id:ffff";
    for (number, character) in (0..).zip(filter.chars()) {
        // before and after each key something comes that belongs above what the cursor is on
        app.receive(&waiting(&format!("c0ffee{number:02}"), number));
        app.press(KeyCode::Char(character));
        app.receive(&waiting(&format!("decade{number:02}"), number));
    }
    app.shows(&format!("filter: {filter}"));
    app.press(KeyCode::Enter);
    app.shows("(46 of 46) · filter: state=waiting");
    app.press(KeyCode::Enter);
    app.shows("Conversation aaaaaaaa");
}

#[test]
fn a_mistake_is_shown_with_its_place_and_the_last_right_filter_stays() {
    let mut app = App::new();
    app.receive(&waiting("aaaaaaaa", 30));
    app.press(KeyCode::Char('3'));
    app.press(KeyCode::Char('/'));
    app.typed("id:bbbb");
    app.shows("Conversations (0 of 1)");
    app.typed(" stat=waiting");
    app.shows("did you mean \"state\"?");
    app.shows("                 ▾▾▾▾ ");
    app.shows("Conversations (0 of 1)");
    app.press(KeyCode::Enter);
    app.shows("did you mean");
    for _ in 0.."=waiting".len() {
        app.press(KeyCode::Left);
    }
    app.typed("e");
    app.press(KeyCode::Home);
    app.typed("-");
    app.press(KeyCode::Enter);
    app.shows("Conversations (1 of 1)");
}

#[test]
fn values_are_offered_though_the_half_typed_field_is_a_word_that_no_row_has() {
    let mut app = App::new();
    app.receive(&waiting("aaaaaaaa", 30));
    app.press(KeyCode::Char('3'));
    app.press(KeyCode::Char('/'));
    app.typed("state=");
    app.shows("Conversations (0 of 1)");
    app.press(KeyCode::Tab);
    app.shows("filter: state=waiting");
    app.shows("Conversations (1 of 1)");
}

#[test]
fn what_is_pasted_and_has_no_room_is_said_to_be_missing() {
    let mut app = App::new();
    app.receive(&waiting("aaaaaaaa", 30));
    app.press(KeyCode::Char('3'));
    app.press(KeyCode::Char('/'));
    app.view.on_paste("waiting", &app.monitor, now());
    app.picture();
    app.shows("Conversations (1 of 1)");
    app.view.on_paste(&" waiting".repeat(2_000), &app.monitor, now());
    app.picture();
    app.shows("there is room for 2000 characters; the rest is missing");
    app.ctrl('u');
    // where letters are commands nothing is pasted
    app.press(KeyCode::Char('?'));
    app.shows("Examples");
    app.view.on_paste("q?", &app.monitor, now());
    app.picture();
    app.shows("Examples");
}

#[test]
fn examples_saved_names_and_earlier_filters_are_filled_in() {
    let mut app = App::new();
    app.press(KeyCode::Char('5'));
    app.press(KeyCode::Char('/'));
    app.press(KeyCode::Char('?'));
    app.shows("what arrives without being asked for");
    app.press(KeyCode::Down);
    app.press(KeyCode::Enter);
    app.shows("filter: reason:permission");
    app.ctrl('s');
    app.typed("no=rights");
    app.press(KeyCode::Enter);
    app.shows("a name is made of");
    app.ctrl('u');
    app.typed("rights");
    app.press(KeyCode::Enter);
    app.press(KeyCode::Enter);
    app.shows("· filter: reason:permission");
    app.press(KeyCode::Esc);
    app.press(KeyCode::Char('/'));
    app.typed("@rig");
    app.shows("no filter is saved under that name; there are rights");
    app.press(KeyCode::Tab);
    app.shows("filter: @rights");
    app.press(KeyCode::Enter);
    app.shows("· filter: reason:permission");
    app.press(KeyCode::Char('/'));
    app.shows("filter: reason:permission");
    app.ctrl('u');
    app.press(KeyCode::Up);
    app.shows("filter: @rights");
    app.press(KeyCode::Up);
    app.shows("filter: reason:permission");
    // what is saved can be removed, an example can't
    app.ctrl('u');
    app.press(KeyCode::Char('?'));
    app.shows("d removes a saved one");
    app.press(KeyCode::Char('d'));
    app.press(KeyCode::End);
    let effects = app.view.on_key(KeyEvent::from(KeyCode::Char('d')), &app.monitor, now());
    let name = "rights".to_owned();
    assert_eq!(effects, [Effect::SaveFilter { name, filter: None }]);
    app.picture();
    assert!(!app.text().contains("@rights"));
}

#[test]
fn topics_alerts_and_events_take_the_language() {
    let mut app = App::new();
    app.receive(PRESENCE);
    for (screen, filter, shown) in [
        ('5', "frames>=1 family=presence", "Topics (1 of 1)"),
        ('5', "frames>1", "Topics (0 of 1)"),
        ('7', "kind=token", "events, newest first (0 of 0)"),
        ('8', "level=critical", "Alerts (0 of 0)"),
    ] {
        app.press(KeyCode::Char(screen));
        app.press(KeyCode::Char('/'));
        app.ctrl('u');
        app.typed(filter);
        app.press(KeyCode::Enter);
        app.shows(shown);
        app.shows(filter);
    }
}

#[test]
fn what_is_wrong_with_a_filter_is_told_to_its_end_on_a_narrow_screen() {
    let mut app = App::sized(80, 24);
    for screen in ['2', '3', '6'] {
        app.press(KeyCode::Char(screen));
        app.press(KeyCode::Char('/'));
        app.typed("wating>");
        app.shows(" quotes");
        app.press(KeyCode::Esc);
    }
}

#[test]
fn what_is_typed_into_the_palette_is_taken_back_as_elsewhere() {
    let mut app = App::new();
    app.press(KeyCode::Char(':'));
    app.typed("nosuch");
    app.shows("no action is called so");
    app.ctrl('u');
    app.typed("freeze");
    app.shows(": freeze");
}

#[test]
fn a_rule_is_typed_tried_and_in_force() {
    let mut app = App::new();
    app.receive(&waiting("aaaaaaaa", 30));
    app.monitor.absorb_control(Control::Snapshot(Snapshot {
        asked: now(),
        incomplete_for: vec![QueueId::new(QUEUE)],
        ..Snapshot::default()
    }));
    app.press(KeyCode::Char('8'));
    app.press(KeyCode::Char('e'));
    app.shows("there is no rule yet; n writes one");
    app.press(KeyCode::Char('n'));
    app.shows("rule:    tab: long wait; warning longest_wait > 2m for 10s, clear < 1m");
    app.press(KeyCode::Tab);
    app.shows("It would say now, of 1 of 1 queues");
    app.ctrl('u');
    app.typed("waits; warning wating > 0");
    app.shows("did you mean \"waiting\"?");
    app.press(KeyCode::Enter);
    app.shows("did you mean");
    app.ctrl('u');
    app.typed("waits; critical longest_wait > 1m");
    app.shows("critical: 11111111");
    let effects = app.view.on_key(KeyEvent::from(KeyCode::Enter), &app.monitor, now());
    assert!(format!("{effects:?}").contains("longest_wait > 1m"), "{effects:?}");
    app.picture();
    assert_eq!(app.view.alerts().rules().len(), 1);
    app.press(KeyCode::Char('e'));
    app.shows("rule: waits; critical longest_wait > 1m");
    app.press(KeyCode::Esc);
    app.press(KeyCode::Char('n'));
    app.typed("waits; critical idle < 1");
    app.press(KeyCode::Enter);
    app.shows("another rule has that name");
    app.ctrl('u');
    app.typed("staff; critical idle < 1");
    app.press(KeyCode::Enter);
    // without an alert of it, the second rule is reached from the first
    app.press(KeyCode::Char('e'));
    app.shows("rule: waits;");
    app.press(KeyCode::Down);
    app.press(KeyCode::Down);
    app.shows("rule: staff; critical idle < 1");
    app.ctrl('u');
    app.shows("enter removes the rule");
    let effects = app.view.on_key(KeyEvent::from(KeyCode::Enter), &app.monitor, now());
    assert_eq!(effects, [Effect::RemoveRule("staff".to_owned())]);
    assert_eq!(app.view.alerts().rules().len(), 1);
}
