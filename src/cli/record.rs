//! Recordings beside whatever connects: `--record FILE`, and the key of the front end.
use super::arguments::RecordArguments;
use super::problem::{Problem, aside};
use crate::cloud::{Clock, Mailbox};
use crate::domain::control::Control;
use crate::domain::intake::Tap;
use crate::domain::recording::{RecordingStatus, Standing};
use crate::domain::text::harmless_within;
use crate::tape::{Limits, Privacy, Recorder, RecorderSettings, Tell};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How long the last of a recording may take to be written when the program ends.
const STOP_LIMIT: Duration = Duration::from_secs(5);
/// Recordings that are still being written to their end: each holds a thread and what waits for it.
/// More than one only where a disk stands still.
const MAX_ENDING: usize = 3;
/// Longest path in a sentence, in characters.
const MAX_SHOWN_PATH: usize = 120;

/// A recording of what is put into a mailbox.
pub(super) struct Recording {
    recorder: Arc<Recorder>,
    mailbox: Mailbox,
}

impl Recording {
    /// Starts one, if the arguments ask for it, by the clock of the source. To be called before
    /// anything is put in.
    pub(super) fn start(
        arguments: &RecordArguments,
        mailbox: &Mailbox,
        clock: Clock,
    ) -> Result<Option<Self>, Problem> {
        let Some(path) = &arguments.record else {
            return if arguments.is_asked_for() {
                Err(Problem::usage("there is nothing to record to")
                    .remedy("name a file with --record FILE"))
            } else {
                Ok(None)
            };
        };
        let limits = Limits {
            bytes: arguments.record_size,
            age: arguments.record_age,
            keep: arguments.record_keep,
        };
        let started = Self::to(path, arguments.clear, limits, mailbox, clock, Recorder::start);
        started.map(Some).map_err(|error| {
            Problem::usage(format!("can't record to {}: {error}", path.display()))
                .remedy("name another file, in a folder that you may write to")
        })
    }

    /// Records to `path`, by either way to start a recorder.
    fn to(
        path: &Path,
        clear: bool,
        limits: Limits,
        mailbox: &Mailbox,
        clock: Clock,
        start: impl FnOnce(&RecorderSettings, Tell) -> io::Result<Arc<Recorder>>,
    ) -> io::Result<Self> {
        let privacy = if clear { Privacy::Clear } else { Privacy::Redacted };
        let settings = RecorderSettings {
            path: path.to_owned(),
            privacy,
            limits,
            now: Arc::new(move || clock.now()),
        };
        let telling = mailbox.clone();
        let recorder = start(&settings, Arc::new(move |control| telling.push_control(control)))?;
        mailbox.set_tap(Some(recorder.clone()));
        Ok(Self { recorder, mailbox: mailbox.clone() })
    }

    /// Ends it, after its source. What could not be written in time is told.
    pub(super) fn stop(self) {
        self.mailbox.set_tap(None);
        self.finish();
    }

    /// Waits for its end.
    fn finish(self) {
        let in_time = self.recorder.stop(STOP_LIMIT);
        let lost = self.recorder.status().lost;
        let path = self.recorder.path().display();
        if !in_time {
            aside(format_args!("the end of the recording {path} could not be written in time"));
        } else if lost > 0 {
            aside(format_args!("{lost} lines are missing in the recording {path}"));
        }
    }

    fn has_ended(&self) -> bool {
        self.recorder.status().standing == Standing::Ended
    }

    /// What became of it, once it has ended.
    fn told(&self) -> String {
        if let Some(failure) = self.recorder.failure() {
            return harmless_within(&failure, MAX_SHOWN_PATH * 2);
        }
        let RecordingStatus { bytes, lost, .. } = self.recorder.status();
        let path = shown(self.recorder.path());
        let lost =
            if lost > 0 { format!("; {lost} lines are missing in it") } else { String::new() };
        format!("recorded {bytes} bytes to {path}{lost}")
    }
}

/// What the front end records: at most one recording at a time, and those before it until they are
/// written. Nothing here waits for a disk but the end of the program.
pub(super) struct Recordings {
    mailbox: Mailbox,
    clock: Clock,
    running: Option<Recording>,
    ending: Vec<Recording>,
}

impl Recordings {
    /// Begins with the one that the command line asked for, if it did.
    pub(super) fn new(running: Option<Recording>, mailbox: Mailbox) -> Self {
        Self { mailbox, clock: Clock::default(), running, ending: Vec::new() }
    }

    /// The same, of a source that lives by `clock`.
    pub(super) fn by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// How the one under way stands.
    pub(super) fn status(&self) -> Option<RecordingStatus> {
        self.running.as_ref().map(|running| running.recorder.status())
    }

    /// Begins to record to a file, as a person wrote its name; a sentence either way.
    pub(super) fn begin(&mut self, path: &str, clear: bool) -> Result<String, String> {
        if let Some(running) = &self.running {
            return Err(format!("a recording is under way to {}", shown(running.recorder.path())));
        }
        if self.ending.len() >= MAX_ENDING {
            return Err("recordings that have ended are still not written; is there a disk that \
                        stands still?"
                .to_owned());
        }
        let path = without_tilde(path);
        let started = Recording::to(
            &path,
            clear,
            Limits::default(),
            &self.mailbox,
            self.clock,
            Recorder::begin,
        );
        let recording =
            started.map_err(|error| format!("can't record to {}: {error}", shown(&path)))?;
        self.running = Some(recording);
        let how = if clear { "IN CLEAR" } else { "redacted" };
        Ok(format!("recording, {how}, to {}", shown(&path)))
    }

    /// Puts what was known before into the one under way.
    pub(super) fn open_with(&self, opening: &[Control]) {
        if let Some(running) = &self.running {
            for control in opening {
                running.recorder.control(control);
            }
        }
    }

    /// Lets the one under way end by itself; a sentence about it.
    pub(super) fn end(&mut self) -> String {
        let Some(running) = self.running.take() else { return "nothing is recorded".to_owned() };
        self.mailbox.set_tap(None);
        running.recorder.stop(Duration::ZERO);
        let sentence = format!("the recording to {} ends", shown(running.recorder.path()));
        self.ending.push(running);
        sentence
    }

    /// What became of one that has ended since this was last asked.
    pub(super) fn news(&mut self) -> Option<String> {
        if self.running.as_ref().is_some_and(Recording::has_ended) {
            self.mailbox.set_tap(None);
            self.ending.extend(self.running.take());
        }
        let ended = self.ending.iter().position(Recording::has_ended)?;
        Some(self.ending.swap_remove(ended).told())
    }

    /// Ends all, after their source, and waits for that.
    pub(super) fn stop(self) {
        self.mailbox.set_tap(None);
        self.running.into_iter().chain(self.ending).for_each(Recording::finish);
    }
}

/// A path for a sentence on the screen.
fn shown(path: &Path) -> String {
    harmless_within(&path.display().to_string(), MAX_SHOWN_PATH)
}

/// A name that begins with `~/` is one in the home folder, as in a shell.
fn without_tilde(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}
