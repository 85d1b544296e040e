//! What the front end looks at: where its input comes from, and the clock that goes with it.
//!
//! The loop must not know whether it shows the service or a recording; both are a [`Feed`].
use super::catalogue::{self, Catalogue};
use super::record::{Recording, Recordings};
use crate::cloud::{Clock, Command, Mailbox, SourceHandle, SourceState};
use crate::domain::monitor::Monitor;
use crate::domain::recording::RecordingStatus;
use crate::domain::session::Failure;
use crate::tui::{Play, RecordWish};
use jiff::Timestamp;
use std::time::Duration;
use tokio::sync::watch;

/// How long the source may take to end when the program does.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// Input of the front end's loop.
pub(super) trait Feed {
    /// The time that goes with what is shown: the wall clock's, or that of a recording.
    fn now(&self) -> Timestamp;

    /// Returns once there is something to take in, or, with `only_end`, once the feed has ended.
    /// Cancelling it loses nothing.
    async fn ready(&mut self, only_end: bool);

    /// Lets `monitor` take in what is there.
    fn pull(&mut self, monitor: &mut Monitor);

    /// Asks for something; `false` when the feed can't.
    fn ask(&mut self, command: Command) -> bool;

    /// Why it ended, if it did before anything was live.
    fn failure(&self) -> Option<Failure>;

    /// How the replay stands, if this is one.
    fn replay(&self) -> Option<String> {
        None
    }

    /// Moves in the tape; a sentence if that can't be done.
    fn play(&mut self, _: Play, _: &mut Monitor) -> Option<String> {
        None
    }

    /// How what is recorded stands, if anything is.
    fn recording(&self) -> Option<RecordingStatus> {
        None
    }

    /// Begins or ends a recording; a sentence about it.
    fn record(&mut self, _: &RecordWish, _: &mut Monitor) -> String {
        "what is shown here can't be recorded".to_owned()
    }

    /// A sentence for the person, if something was done meanwhile.
    fn news(&mut self) -> Option<String> {
        None
    }

    /// Ends it.
    fn stop(self);
}

/// The service, live.
pub(super) struct LiveFeed {
    mailbox: Mailbox,
    source: SourceHandle,
    finished: watch::Receiver<SourceState>,
    never_came_up: bool,
    /// The clock by which the source lives.
    clock: Clock,
    recordings: Recordings,
    catalogue: Option<watch::Receiver<Catalogue>>,
}

impl LiveFeed {
    pub(super) fn new(
        mailbox: Mailbox,
        source: SourceHandle,
        recording: Option<Recording>,
    ) -> Self {
        let finished = source.finished();
        let recordings = Recordings::new(recording, mailbox.clone());
        Self {
            mailbox,
            source,
            finished,
            never_came_up: true,
            clock: Clock::default(),
            recordings,
            catalogue: None,
        }
    }

    /// The same, of a source that lives by `clock`.
    pub(super) fn by(self, clock: Clock) -> Self {
        Self { clock, recordings: self.recordings.by(clock), ..self }
    }

    /// The same with a catalogue of topics that comes beside it.
    pub(super) fn with_catalogue(self, catalogue: watch::Receiver<Catalogue>) -> Self {
        Self { catalogue: Some(catalogue), ..self }
    }
}

impl Feed for LiveFeed {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    async fn ready(&mut self, only_end: bool) {
        // An end that was told already is no news: its channel is closed and would ring for ever.
        let ended = matches!(*self.finished.borrow(), SourceState::Ended(_));
        tokio::select! {
            biased;
            Ok(()) = self.finished.changed(), if !ended => {}
            () = self.mailbox.ready(), if !only_end => {}
            else => std::future::pending().await,
        }
    }

    fn pull(&mut self, monitor: &mut Monitor) {
        monitor.absorb(self.mailbox.take());
        monitor.tick(self.clock.now());
        catalogue::take_up(&mut self.catalogue, monitor);
        self.never_came_up &= monitor.link.live_sessions().0 == 0;
    }

    fn ask(&mut self, command: Command) -> bool {
        self.source.send(command)
    }

    fn failure(&self) -> Option<Failure> {
        match &*self.finished.borrow() {
            SourceState::Ended(failure) if self.never_came_up => failure.clone(),
            _ => None,
        }
    }

    fn recording(&self) -> Option<RecordingStatus> {
        self.recordings.status()
    }

    fn record(&mut self, wish: &RecordWish, monitor: &mut Monitor) -> String {
        let RecordWish::Start { path, clear } = wish else { return self.recordings.end() };
        let begun = self.recordings.begin(path, *clear);
        if begun.is_ok() {
            // what came until now is not in the tape, so that all of it must be in the opening
            self.pull(monitor);
            self.recordings.open_with(&monitor.opening(self.clock.now()));
            // and what only REST knows: who waits at this moment
            let _ = self.source.send(Command::Snapshot); // one that has ended has no state either
        }
        begun.unwrap_or_else(|sentence| sentence)
    }

    fn news(&mut self) -> Option<String> {
        self.recordings.news()
    }

    fn stop(self) {
        if !self.source.stop(STOP_LIMIT) {
            tracing::warn!("the source did not end in time");
        }
        self.recordings.stop();
    }
}
