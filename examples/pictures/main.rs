//! Makes the pictures of the README from the real screens: `cargo build && cargo run --example pictures`.
//!
//! Starts the program that was built beside it in a terminal in memory, presses keys like a person
//! would, waits until the screen shows what the picture is about, and writes it into `assets/` as
//! SVG. Must not know how a screen is made: what the terminal got is what the picture shows.
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::error::Error;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

mod svg;

/// Longest wait for a screen, in all.
const LIMIT: Duration = Duration::from_secs(90);
/// Pieces of output that wait for the emulator; the terminal itself waits beyond that.
const MAX_WAITING_OUTPUT: usize = 256;

/// One picture.
struct Picture {
    /// Name of the file in `assets/`, without its ending.
    name: &'static str,
    /// Columns and rows.
    size: (u16, u16),
    /// What the program is started with.
    arguments: &'static [&'static str],
    /// How long the demo runs before keys are pressed: an empty hall is no picture.
    runs: Duration,
    /// Keys, each pressed once the screen before it has settled.
    keys: &'static [&'static str],
    /// What must stand on the screen.
    shows: &'static str,
}

/// A demo that has run for a while when the picture is taken.
const DEMO: &[&str] = &["--colors", "truecolor", "demo", "--seed", "11"];
const RUNS: Duration = Duration::from_secs(50);

const PICTURES: &[Picture] = &[
    Picture {
        name: "live",
        size: (150, 40),
        arguments: DEMO,
        runs: RUNS,
        keys: &[],
        shows: "LIVE",
    },
    Picture {
        name: "timeline",
        size: (170, 20),
        arguments: DEMO,
        runs: RUNS,
        keys: &["3", "j", "\r"],
        shows: "decided by",
    },
];

fn main() -> Result<(), Box<dyn Error>> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    for picture in PICTURES {
        if !wanted.is_empty() && !wanted.iter().any(|name| name == picture.name) {
            continue;
        }
        let file = folder.join(picture.name).with_extension("svg");
        std::fs::write(&file, take(picture)?)?;
        println!("{}", file.display());
    }
    Ok(())
}

/// Runs the program until the picture shows what it is about.
fn take(picture: &Picture) -> Result<String, Box<dyn Error>> {
    let (columns, rows) = picture.size;
    let pair = native_pty_system().openpty(PtySize {
        rows,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    })?;
    let mut command = CommandBuilder::new(program()?);
    command.args(picture.arguments);
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC")] {
        command.env(name, value);
    }
    command.env_remove("NO_COLOR");
    command.env_remove("LC_ALL");
    let mut child = pair.slave.spawn_command(command)?;
    let mut keys = pair.master.take_writer()?;
    let output = read(pair.master.try_clone_reader()?);
    let mut screen = vt100::Parser::new(rows.try_into()?, columns.try_into()?, 0);

    settle(&mut screen, &output, picture.runs);
    for key in picture.keys {
        keys.write_all(key.as_bytes())?;
        keys.flush()?;
        settle(&mut screen, &output, Duration::from_millis(600));
    }
    let begun = Instant::now();
    while !screen.screen().contents().contains(picture.shows) {
        if begun.elapsed() > LIMIT {
            return Err(format!("{}: waited for {:?} in vain", picture.name, picture.shows).into());
        }
        settle(&mut screen, &output, Duration::from_millis(200));
    }
    let drawn = svg::draw(screen.screen());
    child.kill()?;
    child.wait()?;
    Ok(drawn)
}

/// The program, built into the folder above that of this example.
fn program() -> Result<PathBuf, Box<dyn Error>> {
    let own = std::env::current_exe()?;
    let folder = own.parent().and_then(Path::parent).ok_or("this example lies nowhere")?;
    Ok(folder.join("gcwatch").with_extension(std::env::consts::EXE_EXTENSION))
}

/// Reads the terminal on a thread of its own; ends with the terminal.
fn read(mut terminal: Box<dyn Read + Send>) -> Receiver<Vec<u8>> {
    let (send, output) = sync_channel(MAX_WAITING_OUTPUT);
    std::thread::spawn(move || {
        let mut buffer = [0; 8_192];
        while let Ok(read @ 1..) = terminal.read(&mut buffer) {
            if send.send(buffer[..read].to_vec()).is_err() {
                return;
            }
        }
    });
    output
}

/// Takes in what comes for as long as `span`.
fn settle(screen: &mut vt100::Parser, output: &Receiver<Vec<u8>>, span: Duration) {
    let until = Instant::now() + span;
    while let Ok(bytes) = output.recv_timeout(until.saturating_duration_since(Instant::now())) {
        screen.process(&bytes);
    }
}
