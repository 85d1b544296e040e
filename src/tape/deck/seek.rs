//! A jump under way: a thread of its own plays from the place to begin at to where it leads, as fast
//! as the tape can be read, and hands back what is known there.
//!
//! The picture stays where it was until then, and the thread that draws only asks whether it has
//! arrived. Rejected: playing in slices between two pictures. That waits for the clock more than
//! it plays, and each slice delays the keys. Must not know of paces nor of the index.
use crate::domain::filter::Filter;
use crate::domain::filter::frame::{FrameField, FrameRecord, Reading};
use crate::domain::frame::Frame;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::directory::Directory;
use crate::tape::format::Entry;
use crate::tape::index::{Checkpoint, Lead, play};
use crate::tape::reader::Position;
use crate::tape::reel::Reel;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use tokio::sync::oneshot;

/// Entries after which the progress is told.
const TELL_EVERY: u64 = 1_000;

/// Where a jump leads.
#[derive(Debug)]
pub(super) enum Way {
    /// To a time.
    To(Timestamp),
    /// To the next frame that passes, however far that is.
    Match(Filter<FrameField>),
    /// To the last frame before here that passes.
    MatchBefore(Filter<FrameField>),
}

/// Where a jump begins.
pub(super) enum Departure {
    /// Where the replay is.
    Here(Box<Stand>),
    /// Somewhere else in the tape.
    Elsewhere(Box<Opening>),
}

/// A place in the tape that is played from.
pub(super) struct Stand {
    /// What is known there.
    pub monitor: Monitor,
    /// What follows.
    pub reel: Reel,
    /// How many entries were played.
    pub entries: u64,
    /// The latest time of what was played.
    pub played: Timestamp,
}

/// How to come to another place of the tape.
pub(super) struct Opening {
    /// The tape.
    pub path: PathBuf,
    /// When it begins.
    pub start: Timestamp,
    /// The zone whose days count.
    pub zone: TimeZone,
    /// The places to begin at, the best first; after them, the beginning.
    pub checkpoints: Vec<Arc<Checkpoint>>,
    /// Where a search backwards comes from.
    pub search: Option<Search>,
}

/// Where a search backwards comes from.
pub(super) struct Search {
    /// How many entries were played there.
    pub entries: u64,
    /// Names as they are known there: those that the person sees.
    pub directory: Directory,
}

impl Opening {
    /// Unpacks what is known at the first checkpoint, or begins at the beginning.
    fn stand(&self, checkpoint: Option<&Checkpoint>) -> Result<Stand, String> {
        if let Some(one) = checkpoint {
            match one.monitor(&self.zone) {
                Ok(mut monitor) => {
                    let mut reel = self.reel(one.lead.position)?;
                    let Lead { frames_before, entries, .. } = one.lead;
                    monitor.put_back(frames_before, frames(&mut reel, entries));
                    let (entries, played) = (one.entries, one.at);
                    return Ok(Stand { monitor, reel, entries, played });
                }
                // slower, and right all the same
                Err(error) => tracing::warn!(%error, "a checkpoint can't be unpacked"),
            }
        }
        Ok(Stand {
            monitor: Monitor::in_zone(self.start, self.zone.clone()),
            reel: self.reel(Position::default())?,
            entries: 0,
            played: self.start,
        })
    }

    fn reel(&self, position: Position) -> Result<Reel, String> {
        Reel::read(&self.path, position).map_err(|error| error.to_string())
    }
}

/// What a jump came to.
pub(super) struct Arrival {
    /// Where it is.
    pub stand: Stand,
    /// Whether the frame that was looked for is the last that was played.
    pub found: bool,
    /// Whether it was called off on the way: this is a place in between.
    pub called_off: bool,
}

/// How a jump ended.
pub(super) enum End {
    /// Where it led, or where it was called off.
    Arrived(Box<Arrival>),
    /// The frame that was looked for is nowhere, or the search was called off.
    Nowhere,
    /// The tape can't be read there, or its thread is gone: why.
    Failed(String),
}

/// A jump under way. Dropping it ends its thread.
pub(super) struct Seek {
    arrival: oneshot::Receiver<End>,
    progress: Arc<Progress>,
}

struct Progress {
    /// In milliseconds since 1970.
    played: AtomicI64,
    called_off: AtomicBool,
}

impl Seek {
    /// Sets out.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub(super) fn begin(from: Departure, way: Way) -> io::Result<Self> {
        let played = match &from {
            Departure::Here(stand) => stand.played,
            Departure::Elsewhere(opening) => {
                opening.checkpoints.first().map_or(opening.start, |one| one.at)
            }
        };
        let progress = Arc::new(Progress {
            played: AtomicI64::new(played.as_millisecond()),
            called_off: AtomicBool::new(false),
        });
        let (arrived, arrival) = oneshot::channel();
        let told = Arc::clone(&progress);
        std::thread::Builder::new().name("gcwatch-seek".to_owned()).spawn(move || {
            // nobody takes it any more: then nobody needs to know
            let _ = arrived.send(match travel(from, &way, &told) {
                Ok(Some(arrival)) => End::Arrived(Box::new(arrival)),
                Ok(None) => End::Nowhere,
                Err(fault) => End::Failed(fault),
            });
        })?;
        Ok(Self { arrival, progress })
    }

    /// The time of the tape that it has reached.
    pub(super) fn reached(&self) -> Timestamp {
        let played = self.progress.played.load(Ordering::Relaxed);
        Timestamp::from_millisecond(played).unwrap_or_default()
    }

    /// Stops it where it is; it arrives there.
    pub(super) fn call_off(&self) {
        self.progress.called_off.store(true, Ordering::Relaxed);
    }

    /// Whether it was told to stop.
    pub(super) fn is_called_off(&self) -> bool {
        self.progress.called_off.load(Ordering::Relaxed)
    }

    /// Waits for its end. Cancelling it loses nothing; not to be asked again once it has ended.
    pub(super) async fn end(&mut self) -> End {
        let lost = |_| End::Failed("the jump ended on its way; jump again".to_owned());
        (&mut self.arrival).await.unwrap_or_else(lost)
    }
}

impl Drop for Seek {
    fn drop(&mut self) {
        self.call_off();
    }
}

fn travel(from: Departure, way: &Way, progress: &Progress) -> Result<Option<Arrival>, String> {
    let (stand, until) = match (from, way) {
        (Departure::Here(stand), Way::To(target)) => (*stand, Until::Time(*target)),
        (Departure::Here(stand), Way::Match(filter) | Way::MatchBefore(filter)) => {
            (*stand, Until::Match(filter))
        }
        (Departure::Elsewhere(opening), Way::To(target)) => {
            (opening.stand(opening.checkpoints.first().map(AsRef::as_ref))?, Until::Time(*target))
        }
        (Departure::Elsewhere(opening), Way::Match(filter) | Way::MatchBefore(filter)) => {
            let Some((checkpoint, entry)) = search_back(&opening, filter, progress)? else {
                return Ok(None);
            };
            let stand = opening.stand(checkpoint.as_deref())?;
            let arrival = play_until(stand, &Until::Entry(entry), progress);
            return Ok(Some(Arrival { found: !arrival.called_off, ..arrival }));
        }
    };
    Ok(Some(play_until(stand, &until, progress)))
}

/// How far to play.
enum Until<'a> {
    /// All up to this time.
    Time(Timestamp),
    /// So many entries in all.
    Entry(u64),
    /// To the next frame that passes.
    Match(&'a Filter<FrameField>),
}

fn play_until(stand: Stand, until: &Until<'_>, progress: &Progress) -> Arrival {
    let Stand { mut monitor, mut reel, mut entries, mut played } = stand;
    let mut found = false;
    let mut called_off = false;
    // to be waited for only here: this thread is nobody's runtime
    while let Some(next) = reel.wait_for_next() {
        match until {
            Until::Time(target) if next.at() > *target => break,
            Until::Entry(last) if entries >= *last => break,
            _ => {}
        }
        called_off = progress.called_off.load(Ordering::Relaxed);
        if called_off {
            break;
        }
        let Some(entry) = reel.pop() else { break };
        played = played.max(entry.at());
        entries += 1;
        found = matches!(until, Until::Match(filter) if passes(filter, &entry, &monitor.directory));
        play(&mut monitor, entry);
        if found {
            break;
        }
        if entries.is_multiple_of(TELL_EVERY) {
            progress.played.store(played.as_millisecond(), Ordering::Relaxed);
        }
    }
    Arrival { stand: Stand { monitor, reel, entries, played }, found, called_off }
}

/// Where to begin in order to play up to a frame that was found, and how many entries are played then.
type Found = (Option<Arc<Checkpoint>>, u64);

/// The last frame before the one where the search comes from that passes: where to begin, and how many
/// entries are played then. Looks from checkpoint to checkpoint, the last stretch first, and plays
/// nothing.
fn search_back(
    opening: &Opening,
    filter: &Filter<FrameField>,
    progress: &Progress,
) -> Result<Option<Found>, String> {
    let Some(search) = &opening.search else { return Ok(None) };
    // the one that was played last is where the search stands
    let mut end = search.entries.saturating_sub(1);
    let beginning = std::iter::once(None);
    for checkpoint in opening.checkpoints.iter().map(Some).chain(beginning) {
        let lead = checkpoint.map_or_else(Lead::default, |one| one.lead);
        let begin = checkpoint.map_or(0, |one| one.entries);
        let mut reel = opening.reel(lead.position)?;
        let mut number = begin - lead.entries;
        let mut last = None;
        while number < end
            && let Some(entry) = reel.wait_and_pop()
        {
            if progress.called_off.load(Ordering::Relaxed) {
                return Ok(None);
            }
            number += 1;
            if number > begin && passes(filter, &entry, &search.directory) {
                last = Some(number);
            }
            if number == begin + 1 {
                progress.played.store(entry.at().as_millisecond(), Ordering::Relaxed);
            }
        }
        if let Some(number) = last {
            return Ok(Some((checkpoint.map(Arc::clone), number)));
        }
        end = begin.min(end);
    }
    Ok(None)
}

/// The frames among the next `entries`; the others are passed over.
fn frames(reel: &mut Reel, entries: u64) -> impl Iterator<Item = Frame> {
    (0..entries).map_while(move |_| reel.wait_and_pop()).filter_map(|entry| match entry {
        Entry::Frame(frame) => Some(frame),
        Entry::Header(_) | Entry::Control { .. } | Entry::Lost(_) => None,
    })
}

fn passes(filter: &Filter<FrameField>, entry: &Entry, directory: &Directory) -> bool {
    let Entry::Frame(frame) = entry else { return false };
    let reading = Reading::of(frame);
    filter.matches(&FrameRecord::new(frame, &reading, directory))
}
