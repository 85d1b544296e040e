//! The index of a tape: places to begin at when somebody jumps, and moments worth jumping to.
//!
//! Built in the background by playing the whole tape once, as fast as it can be read; a replay
//! starts at once and the index follows. A *checkpoint* is what was known at a place: jumping there
//! is taking a copy and playing the rest of the way. Rejected: starting from the last frame of each
//! conversation, which needs an entry a frame and loses every counter; a file beside the tape, which
//! can be that of another tape.
//!
//! Memory: a checkpoint is kept as packed text, some 200 bytes a conversation. As it stands in the
//! monitor it is fifteen times that, and few fit: with those that did, a jump in ten million lines
//! took five seconds. Their number and bytes are bounded; at the bound every second one goes and the
//! distance doubles. Frames are not kept in them, which would be 12 MB each: a jump reads them again
//! from a little before (the *lead*), without playing what is known already.
use super::format::Entry;
use super::reader::{Position, TapeError};
use super::reel::Reel;
use crate::domain::alert::{Alerts, Change, QuietHours, Rule, Walk};
use crate::domain::monitor::Monitor;
use crate::domain::monitor::frames::MAX_FRAMES;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Most checkpoints. With as many a tape of ten million lines is played at most 40,000 lines far for
/// a jump, less than half a second.
const MAX_CHECKPOINTS: usize = 512;
/// Most bytes of all checkpoints together: 200 MB, which only a long tape of a large floor has.
const MAX_CHECKPOINT_BYTES: usize = 200 << 20;
/// Entries from one checkpoint to the next, at first: a fifth of a second of playing.
const FIRST_DISTANCE: u64 = 20_000;
/// The same, for each conversation that is known: packing one takes about as long as playing half an
/// entry, so that no more than an eighth of the time goes into checkpoints.
const DISTANCE_PER_ROW: u64 = 4;
/// How hard checkpoints are packed: harder takes more time than it saves room.
const LEVEL: i32 = 1;
/// Most moments of each kind; what comes later is not jumped to.
const MAX_MOMENTS: usize = 10_000;
/// Frames from one place where a lead can begin to the next: a lead is at most so much too long, and
/// there are at most a dozen of them.
const LEAD_EVERY: u64 = 1_000;

/// What is worth jumping to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A gap: of the source or of the recording.
    Gap,
    /// A rule raised an alert, or made one worse; where there are no rules: somebody stopped
    /// answering.
    Alert,
}

/// Plays one entry: the same for every pace, so that the same tape gives the same state.
///
/// Time passes with every entry and not with every picture, or what was forgotten before an entry
/// came would depend on how often it was drawn.
pub fn play(monitor: &mut Monitor, entry: Entry) {
    monitor.tick(entry.at());
    match entry {
        Entry::Header(_) => {}
        Entry::Frame(frame) => monitor.absorb_frame(frame),
        Entry::Control { control, .. } => monitor.absorb_control(*control),
        Entry::Lost(lost) => {
            monitor.absorb_unrecorded(lost.until, lost.frames, lost.control, &lost.cause);
        }
    }
}

/// A place to begin at.
pub struct Checkpoint {
    /// The latest time of all that was played up to here.
    pub at: Timestamp,
    /// How many entries were.
    pub entries: u64,
    /// What has to be read again to have the newest frames: enough to fill their list.
    pub lead: Lead,
    /// What was known, without the newest frames: its text, packed.
    packed: Box<[u8]>,
}

impl fmt::Debug for Checkpoint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Checkpoint");
        shown.field("at", &self.at).field("entries", &self.entries).finish_non_exhaustive()
    }
}

impl Checkpoint {
    fn new(at: Timestamp, entries: u64, lead: Lead, known: &Monitor) -> io::Result<Self> {
        // whole and not in pieces: writing to something else than memory would have all of what is known
        // compiled a second time, which is 300 KB of program
        let text = serde_json::to_string(known)?;
        let packed = zstd::bulk::compress(text.as_bytes(), LEVEL)?.into();
        Ok(Self { at, entries, lead, packed })
    }

    /// What was known there, without the newest frames.
    ///
    /// # Errors
    /// When it can't be unpacked, which would be a fault of this program.
    pub fn monitor(&self, zone: &TimeZone) -> io::Result<Monitor> {
        let text = String::from_utf8(zstd::stream::decode_all(&*self.packed)?);
        let text = text.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Monitor::from_text(&text, zone.clone())?)
    }
}

/// The entries just before a checkpoint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lead {
    /// Where the first of them begins.
    pub position: Position,
    /// How many they are.
    pub entries: u64,
    /// Frames before the first of them.
    pub frames_before: u64,
}

/// Places that a lead can begin at, as far as they are needed.
#[derive(Debug)]
struct Marks(VecDeque<Mark>);

#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    position: Position,
    entries: u64,
    frames: u64,
}

impl Default for Marks {
    fn default() -> Self {
        Self(VecDeque::from([Mark::default()]))
    }
}

impl Marks {
    /// Notes where reading is.
    fn note(&mut self, here: Mark) {
        if self.0.back().is_none_or(|last| last.frames + LEAD_EVERY <= here.frames) {
            self.0.push_back(here);
        }
        // the second is early enough: then the first isn't needed
        let newest = MAX_FRAMES as u64;
        while self.0.get(1).is_some_and(|second| second.frames + newest <= here.frames) {
            self.0.pop_front();
        }
    }

    /// What leads to a checkpoint after so many entries.
    fn lead(&self, entries: u64) -> Lead {
        let mark = self.0.front().copied().unwrap_or_default();
        Lead {
            position: mark.position,
            entries: entries - mark.entries,
            frames_before: mark.frames,
        }
    }
}

/// The index as far as it is built. Cheap to clone; dropping the last one stops the building.
#[derive(Clone, Debug)]
pub struct Index {
    shared: Arc<Shared>,
    /// Told to the building thread when nobody wants the index any more.
    _wanted: Arc<Wanted>,
}

#[derive(Debug)]
struct Wanted(Arc<Shared>);

impl Drop for Wanted {
    fn drop(&mut self) {
        self.0.unwanted.store(true, Ordering::Relaxed);
    }
}

#[derive(Debug, Default)]
struct Shared {
    unwanted: AtomicBool,
    built: Mutex<Built>,
}

#[derive(Debug, Default)]
struct Built {
    checkpoints: Vec<Arc<Checkpoint>>,
    distance: u64,
    gaps: Vec<Timestamp>,
    alerts: Vec<Timestamp>,
    /// The latest time that was indexed.
    until: Option<Timestamp>,
    progress: (u64, u64),
    entries: u64,
    done: bool,
}

impl Index {
    /// Builds it in the background; days are those of `zone`, and `rules` say what an alert is.
    ///
    /// # Errors
    /// When the file can't be read or there is no thread to be had.
    pub fn build(path: &Path, zone: TimeZone, rules: Vec<Rule>) -> Result<Self, TapeError> {
        let (reel, length) = read(path)?;
        let (index, shared) = Self::empty();
        let spawned = std::thread::Builder::new()
            .name("gcwatch-index".to_owned())
            .spawn(move || shared.run(reel, length, &zone, rules));
        spawned.map_err(|error| TapeError::File { path: path.display().to_string(), error })?;
        Ok(index)
    }

    fn empty() -> (Self, Arc<Shared>) {
        let shared = Arc::new(Shared::default());
        shared.lock().distance = FIRST_DISTANCE;
        let index =
            Self { shared: Arc::clone(&shared), _wanted: Arc::new(Wanted(Arc::clone(&shared))) };
        (index, shared)
    }

    /// Where to begin in order to be at `to`: what is played from there, after its lead, gives the
    /// same as playing from the beginning does. `None`: from the beginning.
    #[must_use]
    pub fn before(&self, to: Timestamp) -> Option<Arc<Checkpoint>> {
        let built = self.shared.lock();
        built.checkpoints.iter().rev().find(|checkpoint| checkpoint.at <= to).map(Arc::clone)
    }

    /// The places to begin at before so many entries were played, the last first.
    #[must_use]
    pub fn before_entry(&self, entries: u64) -> Vec<Arc<Checkpoint>> {
        let built = self.shared.lock();
        let before = built.checkpoints.iter().filter(|one| one.entries < entries);
        before.rev().map(Arc::clone).collect()
    }

    /// The next such moment after `now`, or the last before it.
    #[must_use]
    pub fn moment(&self, kind: Moment, now: Timestamp, forward: bool) -> Option<Timestamp> {
        let built = self.shared.lock();
        let moments = match kind {
            Moment::Gap => &built.gaps,
            Moment::Alert => &built.alerts,
        };
        if forward {
            moments.iter().copied().filter(|at| *at > now).min()
        } else {
            moments.iter().copied().filter(|at| *at < now).max()
        }
    }

    /// The latest time of the tape, as far as it is indexed.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        self.shared.lock().until
    }

    /// How much of the file is indexed, from 0 to 1; `None` when all is.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a share, to be shown in per cent")]
    pub fn progress(&self) -> Option<f64> {
        let built = self.shared.lock();
        let (read, whole) = built.progress;
        (!built.done).then(|| read as f64 / whole.max(1) as f64)
    }

    /// Entries indexed so far, and checkpoints.
    #[must_use]
    pub fn size(&self) -> (u64, usize) {
        let built = self.shared.lock();
        (built.entries, built.checkpoints.len())
    }

    /// Bytes of all checkpoints.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.shared.lock().bytes()
    }
}

/// The whole tape, and its length in bytes: read and unpacked on a thread of its own, since that is a
/// third of what indexing takes.
fn read(path: &Path) -> Result<(Reel, u64), TapeError> {
    let failed = |error| TapeError::File { path: path.display().to_string(), error };
    let length = std::fs::metadata(path).map_err(failed)?.len();
    Ok((Reel::read(path, Position::default())?, length))
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Built> {
        // a panic of the building thread leaves what was built whole: each push is complete
        self.built.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, mut reel: Reel, length: u64, zone: &TimeZone, rules: Vec<Rule>) {
        let mut walking = Walking::new(zone, rules);
        while let Some((entries, end)) = reel.wait_for_some() {
            if self.unwanted.load(Ordering::Relaxed) {
                return;
            }
            for entry in entries {
                walking.take(entry, self);
            }
            walking.note(end);
            let mut built = self.lock();
            (built.entries, built.until) = (walking.entries, Some(walking.latest));
            built.progress = (end.offset, length);
        }
        // whoever plays meets the same fault and tells it
        if let Some(fault) = reel.fault() {
            tracing::warn!(%fault, "the index ends early");
        }
        // after a fault too, or a jump would wait for what never comes
        self.lock().done = true;
    }
}

/// The way through the tape.
struct Walking<'a> {
    zone: &'a TimeZone,
    /// Whether rules say what an alert is.
    ruled: bool,
    alerts: Alerts,
    walk: Option<Walk>,
    monitor: Option<Monitor>,
    latest: Timestamp,
    marks: Marks,
    entries: u64,
    since_checkpoint: u64,
    distance: u64,
}

impl<'a> Walking<'a> {
    fn new(zone: &'a TimeZone, rules: Vec<Rule>) -> Self {
        Self {
            zone,
            ruled: !rules.is_empty(),
            // quiet hours keep an alert from ringing, not from being one
            alerts: Alerts::new(rules, QuietHours::default()),
            walk: None,
            monitor: None,
            latest: Timestamp::MIN,
            marks: Marks::default(),
            entries: 0,
            since_checkpoint: 0,
            distance: FIRST_DISTANCE,
        }
    }

    fn take(&mut self, entry: Entry, shared: &Shared) {
        let at = entry.at();
        self.latest = self.latest.max(at);
        let moment = moment_of(&entry, self.ruled);
        let known = self.monitor.get_or_insert_with(|| Monitor::in_zone(at, self.zone.clone()));
        if self.ruled {
            let walk = self.walk.get_or_insert_with(|| Walk::new(at, self.zone.clone()));
            for change in walk.until(at, known, &mut self.alerts) {
                if matches!(change.change, Change::Raised | Change::Worsened) {
                    shared.lock().note(Moment::Alert, change.at);
                }
            }
            walk.came(at);
        }
        play(known, entry);
        self.entries += 1;
        self.since_checkpoint += 1;
        if let Some(moment) = moment {
            shared.lock().note(moment, at);
        }
        let rows = known.conversations.len() as u64;
        if self.since_checkpoint < self.distance.max(DISTANCE_PER_ROW * rows) {
            return;
        }
        self.since_checkpoint = 0;
        let lead = self.marks.lead(self.entries);
        match Checkpoint::new(self.latest, self.entries, lead, known) {
            Ok(checkpoint) => self.distance = shared.lock().keep(checkpoint),
            // jumps take longer without it, and are right all the same
            Err(error) => tracing::warn!(%error, "a checkpoint can't be packed"),
        }
    }

    /// Notes that all that was taken ends at `position`.
    fn note(&mut self, position: Position) {
        let frames = self.monitor.as_ref().map_or(0, |known| known.frames.total());
        self.marks.note(Mark { position, entries: self.entries, frames });
    }
}

impl Built {
    fn note(&mut self, moment: Moment, at: Timestamp) {
        let moments = match moment {
            Moment::Gap => &mut self.gaps,
            Moment::Alert => &mut self.alerts,
        };
        if moments.len() < MAX_MOMENTS && moments.last() != Some(&at) {
            moments.push(at);
        }
    }

    fn bytes(&self) -> usize {
        self.checkpoints.iter().map(|one| one.packed.len()).sum()
    }

    /// Keeps a checkpoint, thinning at the bounds; the distance to the next.
    fn keep(&mut self, checkpoint: Checkpoint) -> u64 {
        self.checkpoints.push(Arc::new(checkpoint));
        if self.checkpoints.len() > MAX_CHECKPOINTS
            || self.bytes() > MAX_CHECKPOINT_BYTES && self.checkpoints.len() > 2
        {
            let mut index = 0;
            self.checkpoints.retain(|_| {
                index += 1;
                index % 2 == 0
            });
            self.distance = self.distance.saturating_mul(2);
        }
        self.distance
    }
}

/// Whether the entry is worth jumping to. Where there are rules, they say what an alert is.
fn moment_of(entry: &Entry, ruled: bool) -> Option<Moment> {
    use crate::domain::control::Control;
    match entry {
        Entry::Lost(_) => Some(Moment::Gap),
        Entry::Control { control, .. } => match &**control {
            Control::Gap(gap) if gap.healed_by.is_none() => Some(Moment::Gap),
            _ => None,
        },
        Entry::Frame(frame) => {
            let stopped = !ruled
                && frame.text().is_some_and(|text| {
                    text.contains("\"NOT_RESPONDING\"") && text.contains("routingStatus")
                });
            stopped.then_some(Moment::Alert)
        }
        Entry::Header(_) => None,
    }
}
