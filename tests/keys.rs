//! Keys against the whole front end over an in-memory terminal: what a person presses, and what
//! they then see.
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::ChannelNumber;
use gcwatch::domain::intake::Batch;
use gcwatch::domain::monitor::Monitor;
use gcwatch::tui::{View, ViewOptions, draw};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

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
        let mut view = View::new(ViewOptions::default());
        view.on_resize(120, 30);
        let mut app = Self {
            monitor: Monitor::new(now()),
            view,
            terminal: Terminal::new(TestBackend::new(120, 30)).expect("a terminal"),
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
    app.shows("\"eventBody\"");
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
fn esc_and_a_key_in_one_piece_are_two_keys() {
    let mut app = App::new();
    app.press(KeyCode::Char('/'));
    app.shows("enter keeps");
    let together = KeyEvent::new(KeyCode::Char('6'), KeyModifiers::ALT);
    app.view.on_key(together, &app.monitor, now());
    app.picture();
    app.shows("Frames (0)");
}
