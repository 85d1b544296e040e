//! What the largest frames cost the thread that draws: to open one, to move in it, to search it, and to
//! see what changed since the one before.
//!
//! Plain measurements, as in `tables.rs`. The limit is that of any key: a picture within 50 ms. Run by
//! `cargo bench --bench frame`; ends with 1 when it is missed.
use crossterm::event::{KeyCode, KeyEvent};
use gcwatch::domain::frame::{Frame, MAX_FRAME_BYTES, Payload};
use gcwatch::domain::identity::ChannelNumber;
use gcwatch::domain::monitor::Monitor;
use gcwatch::tui::{View, ViewOptions, draw};
use jiff::Timestamp;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Longest that a key may take, with its picture.
const LIMIT: Duration = Duration::from_millis(50);
/// Bytes of a frame that are no participants: the length of its one long text.
const LONG_TEXT: usize = 1 << 20;

fn now() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().expect("a time")
}

/// A frame of nearly as many bytes as are taken, of one conversation: many participants, and a long text with
/// escapes in it. `state` is what differs.
fn frame(state: &str) -> Frame {
    let long = r"line\n".repeat(LONG_TEXT / 6);
    let mut text = format!(
        r#"{{"topicName":"v2.routing.queues.q.conversations","version":"2","eventBody":{{"id":"c","note":"{long}","participants":["#
    );
    let mut number = 0;
    while text.len() < MAX_FRAME_BYTES - 1_000 {
        let comma = if number == 0 { "" } else { "," };
        text += &format!(
            r#"{comma}{{"id":"p-{number}","purpose":"agent","userId":"u-{number}","queueId":"q","attributes":{{"tier":"gold","step":"{number}"}},"calls":[{{"state":"{state}","held":false,"connectedTime":"2026-11-24T09:00:00.000Z"}}]}}"#
        );
        number += 1;
    }
    text += "]}}";
    assert!(text.len() <= MAX_FRAME_BYTES, "{} bytes", text.len());
    Frame { received: now(), channel: ChannelNumber(1), payload: Payload::Text(text.into()) }
}

fn main() -> ExitCode {
    // `cargo test` runs benches too, without optimisation: that would measure nothing
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut monitor = Monitor::new(now());
    for state in ["alerting", "connected", "connected"] {
        let begun = Instant::now();
        monitor.absorb_frame(frame(state));
        println!("taken in after {:.1?}", begun.elapsed());
    }
    let mut view = View::new(ViewOptions::default());
    view.on_resize(200, 60);
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).expect("a terminal in memory");
    let mut missed = false;
    let mut press = |what: &str, code: KeyCode| {
        let begun = Instant::now();
        view.on_key(KeyEvent::from(code), &monitor, now());
        view.refresh(&monitor, now());
        let (shown, monitor) = (&view, &monitor);
        terminal.draw(|frame| draw(frame, monitor, shown, now())).expect("it draws");
        let took = begun.elapsed();
        let is_over = took > LIMIT;
        missed |= is_over;
        println!("{what:<44} {took:>9.1?}{}", if is_over { "  OVER THE LIMIT" } else { "" });
    };
    let letter = KeyCode::Char;
    press("the list of frames", letter('6'));
    press("cursor", KeyCode::Down);
    press("open the frame", KeyCode::Enter);
    press("down", KeyCode::Down);
    press("down again", KeyCode::Down);
    press("open every node", letter('e'));
    press("to the end", letter('G'));
    press("up", KeyCode::Up);
    press("to the beginning", letter('g'));
    press("begin to search", letter('/'));
    for typed in "step 9".chars() {
        press("a letter of what is sought", letter(typed));
    }
    press("search", KeyCode::Enter);
    press("the next that is found", letter('n'));
    press("close every node", letter('E'));
    press("what changed", letter('w'));
    press("the tree again", letter('w'));
    press("as text", letter('t'));
    press("to its end", letter('G'));
    press("as received", letter('r'));
    press("up in what was received", KeyCode::Up);
    press("the difference", letter('d'));
    press("down in the difference", KeyCode::Down);
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
