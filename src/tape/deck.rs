//! Plays a tape into a monitor: at a pace, in slices, with jumps.
//!
//! An own thread reads and unpacks; the caller's thread only takes in what is due, for at most a
//! slice of time, so that keys are heard whatever the pace. Must not know of screens.
use super::format::Entry;
use super::index::{Index, Moment, play};
use super::player::{Player, Speed};
use super::reader::{Position, Reader, TapeError, Total};
use crate::domain::alert::Rule;
use crate::domain::filter::Filter;
use crate::domain::filter::frame::{FrameField, FrameRecord, Reading};
use crate::domain::monitor::Monitor;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Entries that are handed over at once: enough to make the handing over cheap.
const CHUNK_ENTRIES: usize = 256;
/// Chunks that wait: with the largest ordinary frames of 10 KB some 10 MB.
const WAITING_CHUNKS: usize = 4;
/// Longest time that taking in may take between two pictures.
const SLICE: Duration = Duration::from_millis(25);
/// Entries after which the time is looked at.
const LOOK_EVERY: usize = 32;

/// What the reading thread hands over.
enum Chunk {
    Entries(Vec<Entry>),
    End(Result<Total, TapeError>),
}

/// A tape that is being played.
pub struct Deck {
    path: PathBuf,
    start: Timestamp,
    index: Index,
    player: Player,
    chunks: mpsc::Receiver<Chunk>,
    waiting: VecDeque<Entry>,
    /// Where a jump leads to, while it is under way.
    target: Option<Timestamp>,
    /// What frame a jump leads to, while it is under way.
    wanted: Option<Filter<FrameField>>,
    /// The latest time of what was played.
    played: Timestamp,
    ended: bool,
    /// The zone whose days count.
    zone: TimeZone,
    fault: Option<String>,
    /// What the monitor must be replaced with before going on.
    restart: Option<Monitor>,
    begun: Instant,
}

impl Deck {
    /// Opens a tape; the index is built in the background. Reads its first line here. What is counted
    /// by day is counted by the days of `zone`; `rules` say which alerts can be jumped to.
    ///
    /// # Errors
    /// When the file can't be read, isn't a tape or holds nothing.
    pub fn open(
        path: &Path,
        speed: Speed,
        zone: TimeZone,
        rules: Vec<Rule>,
    ) -> Result<Self, TapeError> {
        let first = Reader::open(path)?.next_entry()?.ok_or_else(|| TapeError::NoTape {
            path: path.display().to_string(),
            why: "nothing is in it".to_owned(),
        })?;
        let start = first.at();
        Ok(Self {
            path: path.to_owned(),
            start,
            index: Index::build(path, zone.clone(), rules)?,
            zone,
            player: Player::new(start, speed, Duration::ZERO),
            chunks: read(path, Position::default())?,
            waiting: VecDeque::new(),
            target: None,
            wanted: None,
            played: start,
            ended: false,
            fault: None,
            restart: None,
            begun: Instant::now(),
        })
    }

    /// When the tape begins.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The tape's time: never later than what is still to be played.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        if self.ended || self.target.is_some() {
            return self.played;
        }
        let now = self.player.now(self.begun.elapsed());
        match self.waiting.front() {
            Some(next) if self.player.speed() != Speed::Max => now.min(next.at().max(self.played)),
            _ => now,
        }
    }

    /// Why reading ended, if it was not the end of the tape.
    #[must_use]
    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Whether all was played and no jump is under way.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ended && self.waiting.is_empty() && self.target.is_none() && self.restart.is_none()
    }

    /// Whether a jump is under way.
    #[must_use]
    pub fn is_seeking(&self) -> bool {
        self.target.is_some()
    }

    /// The index, as far as it is built.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The replay in a word, such as `REPLAY ×4`.
    #[must_use]
    pub fn word(&self) -> String {
        let state = if self.target.is_some() {
            "SEEKING".to_owned()
        } else if self.ended {
            "ENDED".to_owned()
        } else if self.player.is_paused() {
            "PAUSED".to_owned()
        } else {
            self.player.speed().to_string()
        };
        match self.index.progress() {
            Some(share) => format!("REPLAY {state} · index {:.0} %", share * 100.0),
            None => format!("REPLAY {state}"),
        }
    }

    /// Returns when something is due. Cancelling it loses nothing.
    pub async fn ready(&mut self) {
        if self.restart.is_some() {
            return;
        }
        if self.waiting.is_empty() && !self.ended {
            match self.chunks.recv().await {
                Some(chunk) => self.take(chunk),
                None => self.ended = true,
            }
        }
        let Some(next) = self.waiting.front() else {
            if self.ended {
                std::future::pending::<()>().await;
            }
            return;
        };
        if self.target.is_some() {
            return;
        }
        match self.player.wait_for(next.at(), self.begun.elapsed()) {
            Some(wait) => tokio::time::sleep(wait).await,
            None => std::future::pending().await,
        }
    }

    fn take(&mut self, chunk: Chunk) {
        match chunk {
            Chunk::Entries(entries) => self.waiting.extend(entries),
            Chunk::End(Ok(_)) => self.ended = true,
            Chunk::End(Err(error)) => {
                self.fault = Some(error.to_string());
                self.ended = true;
            }
        }
    }

    /// Takes in what is due, for at most a slice of time.
    pub fn pull(&mut self, monitor: &mut Monitor) {
        if let Some(begin) = self.restart.take() {
            *monitor = begin;
        }
        let uptime = self.begun.elapsed();
        let slice = Instant::now();
        let limit = match (self.target, self.player.speed()) {
            (Some(target), _) => target,
            (None, Speed::Max) if !self.player.is_paused() => Timestamp::MAX,
            (None, _) => self.player.now(uptime),
        };
        let mut count = 0_usize;
        loop {
            if self.waiting.is_empty() {
                match self.chunks.try_recv() {
                    Ok(chunk) => {
                        self.take(chunk);
                        continue;
                    }
                    Err(mpsc::error::TryRecvError::Empty) => break,
                    Err(mpsc::error::TryRecvError::Disconnected) => {
                        self.ended = true;
                        self.arrive(self.played);
                        break;
                    }
                }
            }
            if self.waiting.front().is_some_and(|next| next.at() > limit) {
                if self.target.is_some() {
                    self.arrive(limit);
                }
                break;
            }
            if self.step(monitor) {
                self.arrive(self.played);
                self.player.pause(true, self.begun.elapsed());
                break;
            }
            count += 1;
            if count.is_multiple_of(LOOK_EVERY) && slice.elapsed() > SLICE {
                break;
            }
        }
        if self.ended && self.waiting.is_empty() {
            self.arrive(self.played);
        }
        let behind = self.waiting.front().is_some_and(|next| next.at() <= limit);
        if self.target.is_none() && (self.player.speed() == Speed::Max || behind) {
            // what isn't played yet hasn't happened yet
            self.player.hold(self.played, self.begun.elapsed());
        }
        monitor.tick(self.now());
        monitor.generation += 1;
    }

    fn arrive(&mut self, at: Timestamp) {
        self.wanted = None;
        if self.target.take().is_some() {
            self.played = self.played.max(at);
            self.player.hold(at, self.begun.elapsed());
        }
    }

    /// Plays one entry; whether it is the frame that was looked for.
    fn step(&mut self, monitor: &mut Monitor) -> bool {
        let Some(entry) = self.waiting.pop_front() else { return false };
        self.played = self.played.max(entry.at());
        let found = match (&self.wanted, &entry) {
            (Some(filter), Entry::Frame(frame)) => {
                let reading = Reading::of(frame);
                filter.matches(&FrameRecord::new(frame, &reading, &monitor.directory))
            }
            _ => false,
        };
        play(monitor, entry);
        found
    }

    /// Stands or goes on.
    pub fn toggle_pause(&mut self) {
        self.player.pause(!self.player.is_paused(), self.begun.elapsed());
    }

    /// The next pace up, or down.
    pub fn change_speed(&mut self, faster: bool) {
        self.player.change_speed(faster, self.begun.elapsed());
    }

    /// Plays one entry and stands.
    pub fn single_step(&mut self, monitor: &mut Monitor) {
        let uptime = self.begun.elapsed();
        self.player.pause(true, uptime);
        if let Some(begin) = self.restart.take() {
            *monitor = begin;
        }
        if self.waiting.is_empty()
            && let Ok(chunk) = self.chunks.try_recv()
        {
            self.take(chunk);
        }
        self.step(monitor);
        self.player.hold(self.played, uptime);
        monitor.generation += 1;
    }

    /// Jumps `seconds` forward or back.
    pub fn jump_by(&mut self, seconds: i64) {
        let now = self.now();
        let to = now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap_or(now);
        self.jump(to);
    }

    /// Jumps to the next such moment, or the last before; whether there is one, as far as the tape
    /// is indexed.
    pub fn jump_to_moment(&mut self, kind: Moment, forward: bool) -> bool {
        let Some(at) = self.index.moment(kind, self.now(), forward) else { return false };
        self.jump(at);
        true
    }

    /// Plays on to the next frame that passes `filter`, however far that is, and stands there.
    pub fn play_to_match(&mut self, filter: Filter<FrameField>) {
        self.wanted = Some(filter);
        self.target = Some(Timestamp::MAX);
    }

    /// Jumps to a time of the tape.
    pub fn jump(&mut self, to: Timestamp) {
        let to = to.max(self.start);
        let back = to < self.played;
        let checkpoint = self.index.before(to);
        // going on is shorter unless a checkpoint lies between
        let gains = checkpoint.as_ref().is_some_and(|one| one.at > self.played);
        if back || gains {
            let (position, monitor, played) = match &checkpoint {
                Some(one) => (one.position, one.monitor.clone(), one.at),
                None => (
                    Position::default(),
                    Monitor::in_zone(self.start, self.zone.clone()),
                    self.start,
                ),
            };
            match read(&self.path, position) {
                Ok(chunks) => self.chunks = chunks,
                Err(error) => {
                    self.fault = Some(error.to_string());
                    return;
                }
            }
            self.waiting.clear();
            (self.restart, self.played, self.ended) = (Some(monitor), played, false);
        }
        (self.target, self.wanted) = (Some(to), None);
    }
}

/// Reads from a place on, on an own thread that ends when nobody takes any more.
fn read(path: &Path, position: Position) -> Result<mpsc::Receiver<Chunk>, TapeError> {
    let mut reader = Reader::open_at(path, position)?;
    let (send, chunks) = mpsc::channel(WAITING_CHUNKS);
    let work = move || {
        loop {
            let mut entries = Vec::with_capacity(CHUNK_ENTRIES);
            let mut end = None;
            while entries.len() < CHUNK_ENTRIES && end.is_none() {
                match reader.next_entry() {
                    Ok(Some(entry)) => entries.push(entry),
                    Ok(None) => end = Some(Ok(reader.total())),
                    Err(error) => end = Some(Err(error)),
                }
            }
            if !entries.is_empty() && send.blocking_send(Chunk::Entries(entries)).is_err() {
                return;
            }
            if let Some(end) = end {
                // nobody takes it any more: then nobody needs to know
                let _ = send.blocking_send(Chunk::End(end));
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("gcwatch-replay".to_owned())
        .spawn(work)
        .map_err(|error| TapeError::File { path: path.display().to_string(), error })?;
    Ok(chunks)
}
