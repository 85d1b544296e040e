//! The real binary in a real terminal: it starts, draws, takes every key, resizes, quits, and gives
//! the terminal back after `q`, a signal, Ctrl-Z and a panic.
use self::emulator::Terminal;
use std::process::Command;

mod copying;
mod emulator;
mod examples;
mod login;
mod odd_frames;
mod recording;
mod replay;
mod sets;
mod settings;

#[test]
fn the_demo_draws_takes_keys_resizes_and_gives_the_terminal_back() {
    let mut terminal = Terminal::start(&["demo", "--seed", "5"], 80, 24);
    terminal.wait_for_text("LIVE");
    for panel in ["Queues (10)", "Conversations (", "Topics (", "Frames ("] {
        terminal.wait_for_text(panel);
    }
    terminal.press("?");
    terminal.wait_for_text("one row up");
    terminal.press("?");
    terminal.resize(200, 50);
    terminal.wait_for("a wider truth bar", |screen| screen.contents().contains("channel 23h"));
    terminal.press("6");
    // the title's own line: a picture that is only half painted must not count
    terminal.wait_for("a frame in the list", |screen| {
        let contents = screen.contents();
        let title = contents.lines().nth(1).unwrap_or_default();
        title.contains("Frames (") && !title.contains("Frames (0)")
    });
    terminal.press("k");
    terminal.wait_for_text("not following");
    terminal.press("\r");
    terminal.wait_for_text("eventBody {");
    terminal.press("\u{1b}");
    terminal.wait_for_text("Frames (");
    terminal.press("7");
    terminal.wait_for_text("events, newest first");
    terminal.resize(50, 10);
    terminal.wait_for_text("needs 60 columns");
    terminal.resize(80, 24);
    terminal.press("1");
    terminal.wait_for_text("Queues (10)");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

/// Whoever works in the shell afterwards must be able to select text, and mustn't get numbers typed
/// by every click.
#[test]
fn the_mouse_is_taken_worked_with_and_given_back() {
    const TAKEN: &str = "\u{1b}[?1000h";
    let mut terminal = Terminal::start(&["demo", "--seed", "5"], 120, 40);
    terminal.wait_for_text("LIVE");
    assert_eq!(terminal.times(TAKEN), 1);
    let mode = |screen: &vt100::Screen| screen.mouse_protocol_mode();
    assert_eq!(mode(terminal.screen()), vt100::MouseProtocolMode::PressRelease);
    // a click on the heading of the second column, as a terminal tells it: from 1
    terminal.press("2");
    terminal.wait_for_text("by urgency");
    terminal.press("\u{1b}[<0;3;3M\u{1b}[<0;3;3m");
    terminal.wait_for_text("by queue");
    terminal.press("M");
    terminal.wait_for("the mouse to be left", |screen| {
        screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
    });
    terminal.press("M");
    terminal.wait_for("the mouse to be taken", |screen| {
        screen.mouse_protocol_mode() == vt100::MouseProtocolMode::PressRelease
    });
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(mode(terminal.screen()), vt100::MouseProtocolMode::None);

    let mut terminal = Terminal::start(&["demo", "--no-mouse"], 120, 40);
    terminal.wait_for_text("LIVE");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
    assert_eq!(terminal.times(TAKEN), 0);
}

/// Keys and changes of size come through the same wait; none may hide the other. What is typed last
/// is what counts: a key that was only late would come with the next one.
#[test]
fn no_key_is_lost_beside_a_resize() {
    let mut terminal = Terminal::start(&["demo", "--seed", "5"], 150, 40);
    terminal.wait_for_text("LIVE");
    terminal.press("/");
    terminal.wait_for_text("enter keeps");
    for round in 1..=60_u16 {
        terminal.resize(150 + round % 2, 40);
        terminal.press("x");
        terminal.wait_for_text(&format!("filter: {} ", "x".repeat(round.into())));
    }
    terminal.press("\u{1b}");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn no_key_of_a_burst_is_lost() {
    let mut terminal = Terminal::start(&["demo", "--seed", "5"], 200, 40);
    terminal.wait_for_text("LIVE");
    // 202 keys in one write, of which each counts: typed, half of it taken back, typed again
    let typed = format!("/{}{}{}", "ab".repeat(50), "\u{7f}".repeat(50), "c".repeat(51));
    terminal.press(&typed);
    terminal.wait_for_text(&format!("filter: {}{} ", "ab".repeat(25), "c".repeat(51)));
    // together these are what a terminal sends for alt-q: still two keys
    terminal.press("\u{1b}q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn every_signal_that_ends_it_gives_the_terminal_back() {
    for name in ["TERM", "HUP", "INT", "QUIT"] {
        let mut terminal = Terminal::start(&["demo"], 120, 40);
        terminal.wait_for_text("LIVE");
        terminal.signal(name);
        assert_eq!(terminal.ends(), 0, "SIG{name}");
    }
}

#[test]
fn a_panic_gives_the_terminal_back_and_its_message_stays_readable() {
    let mut command = Terminal::command(env!("CARGO_BIN_EXE_gcwatch"));
    command.arg("demo");
    command.env("GCWATCH_TEST_PANIC", "1");
    command.env("RUST_BACKTRACE", "0");
    let mut terminal = Terminal::run(command, 120, 40);
    assert_eq!(terminal.ends(), 101);
    terminal.wait_for_text("a test asked for a panic");
    terminal.wait_for_text("RUST_BACKTRACE");
    // a second time would put the cursor back to where it was, and the prompt over the message
    assert_eq!(terminal.times("\u{1b}[?1049l"), 1, "the alternate screen is left once");
}

/// With a shell between: without one there is nobody to stop for, and Ctrl-Z does nothing.
#[test]
fn it_is_suspended_and_comes_back() {
    let mut command = Terminal::command("sh");
    command.arg("-i");
    command.env("PS1", "ready> ");
    let mut terminal = Terminal::run(command, 120, 40);
    terminal.wait_for_text("ready>");
    terminal.press(&format!("{} demo --seed 5\r", env!("CARGO_BIN_EXE_gcwatch")));
    terminal.wait_for_text("LIVE");
    terminal.press("\u{1a}");
    terminal.wait_for("the shell's screen", |screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("ready>")
    });
    // in two parts, so that the echo of what is typed isn't taken for the answer; it is seen at all
    // only if the terminal echoes again
    terminal.press("echo one-\"\"two\r");
    terminal.wait_for_text("echo one-\"\"two");
    terminal.wait_for_text("one-two");
    terminal.press("fg\r");
    terminal.wait_for("the screen again", |screen| {
        screen.alternate_screen() && screen.contents().contains("LIVE")
    });
    terminal.press("?");
    terminal.wait_for_text("one row up");
    terminal.press("?q");
    terminal.wait_for("the shell's screen", |screen| {
        !screen.alternate_screen() && screen.contents().trim_end().ends_with("ready>")
    });
    terminal.press("exit 7\r");
    assert_eq!(terminal.ends(), 7);
}

#[test]
fn without_a_terminal_to_draw_on_it_says_so() {
    let mut command = Terminal::command("sh");
    command.args(["-c", "\"$0\" demo >&-; echo \"exit code $?\""]);
    command.arg(env!("CARGO_BIN_EXE_gcwatch"));
    let mut terminal = Terminal::run(command, 120, 40);
    terminal.wait_for_text("exit code 2");
    let text = terminal.text();
    assert!(text.contains("no terminal") && text.contains("gcwatch tail"), "{text}");
}

#[test]
fn without_a_profile_it_says_in_three_lines_what_to_do() {
    let output = Command::new(env!("CARGO_BIN_EXE_gcwatch"))
        .env("GCWATCH_CONFIG_DIR", "/nonexistent")
        .env_remove("GENESYSCLOUD_OAUTHCLIENT_ID")
        .env_remove("GENESYSCLOUD_ACCESS_TOKEN")
        .env_remove("GCWATCH_PROFILE")
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.contains("gcwatch login") && text.contains("gcwatch demo"), "{text}");
}
