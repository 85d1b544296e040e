//! `gcwatch replay`: the front end on a recording, or its lines at their pace.
use super::feed::Feed;
use super::problem::{Problem, aside};
use super::tail::{event_lines, frame_line};
use super::{connect, simulated, tape::time_in, watch};
use crate::cloud::Command;
use crate::domain::filter::Filter;
use crate::domain::filter::frame::FRAME_FIELDS;
use crate::domain::moment::since;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::directory::Directory;
use crate::domain::session::Failure;
use crate::settings::file::NotifySettings;
use crate::tape::{Deck, Entry, Moment, Player, Reader, Speed};
use crate::tui::{Play, ViewOptions};
use jiff::Timestamp;
use serde_json::json;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::time::Instant;

pub(super) mod alerts;

/// The front end on a tape.
pub(super) fn watch(path: &Path, speed: Speed, options: ViewOptions) -> Result<(), Problem> {
    let runtime = simulated::runtime()?;
    // they don't ring for what is over, but they say what is worth jumping to
    let rules = connect::config()?.rules();
    let ruled = !rules.is_empty();
    let deck = Deck::open(path, speed, options.zone.clone(), rules)?;
    watch::run(&runtime, ReplayFeed { deck, ruled }, options, NotifySettings::default())
}

/// A tape as input of the front end.
struct ReplayFeed {
    deck: Deck,
    /// Whether rules say what an alert is.
    ruled: bool,
}

impl Feed for ReplayFeed {
    fn now(&self) -> Timestamp {
        self.deck.now()
    }

    async fn ready(&mut self, only_end: bool) {
        if only_end {
            // a tape that ended is looked at further
            std::future::pending::<()>().await;
        } else {
            self.deck.ready().await;
        }
    }

    fn pull(&mut self, monitor: &mut Monitor) {
        self.deck.pull(monitor);
    }

    fn ask(&mut self, _: Command) -> bool {
        false
    }

    fn failure(&self) -> Option<Failure> {
        None
    }

    fn replay(&self) -> Option<String> {
        Some(match self.deck.fault() {
            Some(fault) => format!("REPLAY BROKEN: {fault}"),
            None => self.deck.word(),
        })
    }

    fn play(&mut self, play: Play, monitor: &mut Monitor) -> Option<String> {
        let (deck, ruled) = (&mut self.deck, self.ruled);
        match play {
            Play::Pause => deck.toggle_pause(),
            Play::Step => deck.single_step(monitor),
            Play::Faster => deck.change_speed(true),
            Play::Slower => deck.change_speed(false),
            Play::By(seconds) => deck.jump_by(seconds),
            Play::Gap { forward } => {
                return (!deck.jump_to_moment(Moment::Gap, forward)).then(|| none("gap", forward));
            }
            Play::Alert { forward } => {
                let found = deck.jump_to_moment(Moment::Alert, forward);
                let what = if ruled { "alert" } else { "agent who doesn't answer" };
                return (!found).then(|| none(what, forward));
            }
            Play::To(text) => match time_in(&text, deck.start()) {
                Ok(at) => deck.jump(at),
                Err(problem) => return Some(problem.what().to_owned()),
            },
            Play::Match { text, forward } => match Filter::parse(&text, FRAME_FIELDS) {
                Ok(filter) if forward => deck.play_to_match(filter),
                Ok(filter) => deck.back_to_match(filter),
                Err(error) => return Some(error.to_string()),
            },
        }
        None
    }

    fn news(&mut self) -> Option<String> {
        self.deck.take_news().map(str::to_owned)
    }

    fn stop(self) {}
}

fn none(what: &str, forward: bool) -> String {
    format!(
        "no {what} {} here, as far as the tape is indexed",
        if forward { "after" } else { "before" }
    )
}

/// The lines of a tape on standard output, as `tail` writes them.
pub(super) fn json(path: &Path, speed: Speed) -> Result<(), Problem> {
    let mut reader = Reader::open(path)?;
    let begun = Instant::now();
    let mut player: Option<Player> = None;
    let mut directory = Directory::default();
    let mut out = BufWriter::new(io::stdout().lock());
    while let Some(entry) = reader.next_entry()? {
        let at = entry.at();
        let player = player.get_or_insert_with(|| Player::new(at, speed, begun.elapsed()));
        let wait = player.wait_for(at, begun.elapsed()).unwrap_or_default();
        let written = if wait.is_zero() {
            Ok(())
        } else {
            let flushed = out.flush();
            std::thread::sleep(wait);
            flushed
        };
        let written = written.and_then(|()| write_lines(&entry, &directory, &mut out));
        if let Err(error) = written {
            return told(error);
        }
        if let Entry::Control { control, .. } = entry {
            directory.learn(*control);
        }
    }
    let total = reader.total();
    if total.cut_off {
        aside(format_args!("{} is cut off; it was read up to its last whole line", path.display()));
    }
    if total.damaged > 0 {
        aside(format_args!("{} damaged lines were passed over", total.damaged));
    }
    out.flush().or_else(told_io).map_err(Problem::running)
}

fn told(error: io::Error) -> Result<(), Problem> {
    told_io(error).map_err(|error| Problem::running(format!("can't write: {error}")))
}

/// A closed pipe ends it quietly.
fn told_io(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

fn write_lines(entry: &Entry, directory: &Directory, out: &mut impl Write) -> io::Result<()> {
    match entry {
        Entry::Header(_) => Ok(()),
        Entry::Frame(frame) => writeln!(out, "{}", frame_line(frame)),
        Entry::Control { control, .. } => {
            event_lines(control, directory).iter().try_for_each(|(_, line)| writeln!(out, "{line}"))
        }
        Entry::Lost(lost) => {
            let seconds = since(lost.until, lost.from).as_secs_f64();
            let line = json!({"received": lost.until, "event": "thinned", "dropped": lost.frames,
                "seconds": seconds, "message": lost.cause});
            writeln!(out, "{line}")
        }
    }
}
