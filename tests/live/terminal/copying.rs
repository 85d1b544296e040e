//! Copying, as it arrives: the sequence that a terminal gets, and the buffer of a real tmux, as when
//! one works over SSH in it.
use super::emulator::Terminal;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Longest wait for something to appear.
const LIMIT: Duration = Duration::from_secs(30);
/// Keys that open a frame and put the cursor on the name of its topic.
const TO_THE_TOPIC: [&str; 4] = ["6", "k", "\r", "/.topicname\r"];

/// Whether the list of frames is shown, and isn't empty: a key for a list that is does nothing.
fn lists_frames(shown: &str) -> bool {
    let title = shown.lines().nth(1).unwrap_or_default();
    title.contains("Frames (") && !title.contains("Frames (0)")
}

#[test]
fn a_terminal_gets_the_path_and_is_not_said_to_have_taken_it() {
    let mut terminal = Terminal::start(&["demo", "--seed", "5"], 120, 40);
    terminal.wait_for_text("LIVE");
    terminal.press("6");
    terminal.wait_for("a frame in the list", |screen| lists_frames(&screen.contents()));
    terminal.press("k");
    terminal.wait_for_text("not following");
    terminal.press("\r");
    terminal.wait_for_text("eventBody {");
    terminal.press("/.topicname\r");
    terminal.wait_for_text("─ .topicName ─");
    terminal.press("c");
    terminal.wait_for_text("v value");
    terminal.press("p");
    terminal.wait_for_text("10 bytes sent to the terminal's clipboard (OSC 52)");
    // ".topicName" in base64
    assert_eq!(terminal.times("\u{1b}]52;c;LnRvcGljTmFtZQ=="), 1);
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

/// A tmux of our own, ended when dropped.
struct Tmux {
    /// The folder of its socket.
    folder: tempfile::TempDir,
}

impl Tmux {
    /// One that runs the demo; `None` where there is no tmux.
    fn start(options: &[&[&str]], wrapper: &str) -> Option<Self> {
        let tmux = Self { folder: tempfile::tempdir().expect("a folder") };
        if Command::new("tmux").arg("-V").output().is_err() {
            println!("skipped: there is no tmux");
            return None;
        }
        let program = env!("CARGO_BIN_EXE_gcwatch");
        let command = format!(
            "env -u DISPLAY -u WAYLAND_DISPLAY {wrapper} GCWATCH_CONFIG_DIR=/nonexistent '{program}' demo --seed 5"
        );
        tmux.run(&["-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", &command]);
        for option in options {
            tmux.run(option);
        }
        Some(tmux)
    }

    fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.arg("-u").arg("-S").arg(self.folder.path().join("socket")).args(arguments);
        command.env_remove("TMUX").env("LANG", "C.UTF-8").output().expect("tmux runs")
    }

    fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "tmux {arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn press(&self, keys: &str) {
        match keys {
            "\r" => self.run(&["send-keys", "Enter"]),
            keys => self.run(&["send-keys", "-l", keys]),
        };
    }

    fn wait_for(&self, what: &str, holds: impl Fn(&str) -> bool) {
        let begun = Instant::now();
        loop {
            let shown = self.run(&["capture-pane", "-p"]);
            if holds(&shown) {
                return;
            }
            assert!(begun.elapsed() < LIMIT, "waited for {what} in vain:\n{shown}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn wait_for_text(&self, text: &str) {
        self.wait_for(text, |shown| shown.contains(text));
    }

    /// Waits until a buffer holds this: tmux takes it in when it has read so far.
    fn wait_for_buffer(&self, expected: &str) {
        let begun = Instant::now();
        loop {
            let output = self.output(&["show-buffer"]);
            let held = String::from_utf8_lossy(&output.stdout);
            if held == expected {
                return;
            }
            assert!(begun.elapsed() < LIMIT, "the buffer holds {held:?}, not {expected:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Opens a frame, and copies the path of its topic.
    fn copy_the_path(&self) {
        self.wait_for_text("LIVE");
        self.press(TO_THE_TOPIC[0]);
        self.wait_for("a frame in the list", lists_frames);
        self.press(TO_THE_TOPIC[1]);
        self.wait_for_text("not following");
        self.press(TO_THE_TOPIC[2]);
        self.wait_for_text("eventBody {");
        let (search, enter) = TO_THE_TOPIC[3].split_at(TO_THE_TOPIC[3].len() - 1);
        self.press(search);
        self.press(enter);
        self.wait_for_text(" .topicName ");
        self.press("c");
        self.wait_for_text("v value");
        self.press("p");
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.output(&["kill-server"]);
    }
}

/// On the far side of SSH the program doesn't know that there is a tmux on the near one: what it sends
/// must be what that takes.
#[test]
fn over_ssh_the_near_tmux_takes_what_is_copied() {
    let options: [&[&str]; 1] = [&["set-option", "-s", "set-clipboard", "on"]];
    let far = "-u TMUX -u TMUX_PANE SSH_TTY=/dev/pts/9";
    let Some(tmux) = Tmux::start(&options, far) else { return };
    tmux.copy_the_path();
    tmux.wait_for_text("(OSC 52)");
    tmux.wait_for_buffer(".topicName");
}

/// With tmux as it comes, which takes no OSC 52 of programs, its own command does it.
#[test]
fn within_tmux_it_is_copied_whatever_its_options() {
    let Some(tmux) = Tmux::start(&[], "SSH_TTY=/dev/pts/9") else { return };
    assert_eq!(tmux.run(&["show-options", "-gsv", "set-clipboard"]).trim(), "external");
    tmux.copy_the_path();
    tmux.wait_for_text("copied 10 bytes with tmux");
    tmux.wait_for_buffer(".topicName");
}
