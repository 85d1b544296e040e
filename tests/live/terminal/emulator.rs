//! A terminal of our own around the real binary: a pseudo terminal, and an emulator that says what
//! a person would see.
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::process::Command;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// Longest wait for something to appear: far beyond what it takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    output: Receiver<Vec<u8>>,
    screen: vt100::Parser,
    received: Vec<u8>,
}

fn size(columns: u16, rows: u16) -> PtySize {
    PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 }
}

impl Terminal {
    /// The binary with these arguments, and nothing of the surroundings that would change it.
    pub(crate) fn start(arguments: &[&str], columns: u16, rows: u16) -> Self {
        let mut command = Self::command(env!("CARGO_BIN_EXE_gcwatch"));
        command.args(arguments);
        Self::run(command, columns, rows)
    }

    /// A command without anything in its environment that this program would heed.
    pub(crate) fn command(program: &str) -> CommandBuilder {
        let mut command = CommandBuilder::new(program);
        let ours = std::env::vars().map(|(name, _)| name).filter(|name| {
            ["GCWATCH_", "GENESYSCLOUD_", "LC_"].iter().any(|prefix| name.starts_with(prefix))
        });
        // whoever runs the tests must not find their clipboard changed
        let desktop = ["TMUX", "DISPLAY", "WAYLAND_DISPLAY"];
        let others = ["NO_COLOR", "COLORTERM"].into_iter().chain(desktop).map(str::to_owned);
        for name in ours.chain(others) {
            command.env_remove(name);
        }
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("GCWATCH_CONFIG_DIR", "/nonexistent"),
        ] {
            command.env(name, value);
        }
        command
    }

    pub(crate) fn run(command: CommandBuilder, columns: u16, rows: u16) -> Self {
        let pair = native_pty_system().openpty(size(columns, rows)).expect("a terminal");
        let child = pair.slave.spawn_command(command).expect("it starts");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let keys = pair.master.take_writer().expect("a writer");
        let (send, output) = sync_channel(1_024);
        std::thread::spawn(move || {
            let mut buffer = [0; 4_096];
            while let Ok(read @ 1..) = reader.read(&mut buffer) {
                if send.send(buffer[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        let screen = vt100::Parser::new(
            rows.try_into().expect("rows"),
            columns.try_into().expect("columns"),
            0,
        );
        Self { master: pair.master, keys, child, output, screen, received: Vec::new() }
    }

    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.screen.screen()
    }

    pub(crate) fn text(&self) -> String {
        self.screen.screen().contents()
    }

    /// How often exactly this was received.
    pub(crate) fn times(&self, text: &str) -> usize {
        self.received.windows(text.len()).filter(|part| *part == text.as_bytes()).count()
    }

    /// Waits until `holds`.
    pub(crate) fn wait_for(&mut self, what: &str, holds: impl Fn(&vt100::Screen) -> bool) {
        let begun = Instant::now();
        while !holds(self.screen.screen()) {
            assert!(begun.elapsed() < LIMIT, "waited for {what} in vain:\n{}", self.text());
            match self.output.recv_timeout(Duration::from_millis(100)) {
                Ok(bytes) => {
                    self.screen.process(&bytes);
                    self.received.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    assert!(holds(self.screen.screen()), "ended before {what}:\n{}", self.text());
                }
            }
        }
    }

    pub(crate) fn wait_for_text(&mut self, text: &str) {
        self.wait_for(text, |screen| screen.contents().contains(text));
    }

    pub(crate) fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("the terminal takes keys");
        self.keys.flush().expect("the terminal takes keys");
    }

    pub(crate) fn resize(&mut self, columns: u16, rows: u16) {
        self.master.resize(size(columns, rows)).expect("the terminal can be resized");
        self.screen
            .screen_mut()
            .set_size(rows.try_into().expect("rows"), columns.try_into().expect("columns"));
    }

    /// The process that was started.
    pub(crate) fn process(&self) -> u32 {
        self.child.process_id().expect("it runs")
    }

    /// Sends a signal to what was started.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.process_id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.expect("kill runs").success());
    }

    /// Waits for the end; the terminal must be as it was.
    pub(crate) fn ends(&mut self) -> u32 {
        self.wait_for("the end of the alternate screen", |screen| !screen.alternate_screen());
        self.wait_for("the cursor", |screen| !screen.hide_cursor());
        self.exit_code()
    }

    /// Waits for the end of something that draws nothing.
    pub(crate) fn exit_code(&mut self) -> u32 {
        self.child.wait().expect("it ends").exit_code()
    }
}
