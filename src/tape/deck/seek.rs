//! A jump under way: a thread of its own plays from the place to begin at to where it leads, as fast
//! as the tape can be read, and hands back what is known there.
//!
//! The picture stays where it was until then, and the thread that draws only asks whether it has
//! arrived. Rejected: playing in slices between two pictures. That waits for the clock more than
//! it plays, and each slice delays the keys. Must not know of paces nor of the index.
use super::reel::Reel;
use crate::domain::filter::Filter;
use crate::domain::filter::frame::{FrameField, FrameRecord, Reading};
use crate::domain::frame::Frame;
use crate::domain::monitor::Monitor;
use crate::tape::format::Entry;
use crate::tape::index::{Lead, play};
use jiff::Timestamp;
use std::io;
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
}

/// Where a jump begins.
pub(super) struct Departure {
    /// What is known there.
    pub monitor: Monitor,
    /// What follows; where there is a lead, that comes first.
    pub reel: Reel,
    /// Entries that the monitor knows already, but for their frames.
    pub lead: Option<Lead>,
    /// The latest time of what was played.
    pub played: Timestamp,
}

/// What a jump came to.
pub(super) struct Arrival {
    /// What is known there.
    pub monitor: Monitor,
    /// What follows.
    pub reel: Reel,
    /// The latest time of what was played.
    pub played: Timestamp,
    /// Whether the frame that was looked for is the last that was played.
    pub found: bool,
    /// Whether it was called off on the way: this is a place in between.
    pub called_off: bool,
}

/// How a jump ended.
pub(super) enum End {
    /// Where it led, or where it was called off.
    Arrived(Box<Arrival>),
    /// Its thread is gone.
    Lost,
}

/// A jump under way. Dropping it ends its thread.
pub(super) struct Seek {
    arrival: oneshot::Receiver<Box<Arrival>>,
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
        let progress = Arc::new(Progress {
            played: AtomicI64::new(from.played.as_millisecond()),
            called_off: AtomicBool::new(false),
        });
        let (arrived, arrival) = oneshot::channel();
        let told = Arc::clone(&progress);
        std::thread::Builder::new().name("gcwatch-seek".to_owned()).spawn(move || {
            // nobody takes it any more: then nobody needs to know
            let _ = arrived.send(Box::new(travel(from, &way, &told)));
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

    /// Waits for its end. Cancelling it loses nothing; not to be asked again once it has ended.
    pub(super) async fn end(&mut self) -> End {
        (&mut self.arrival).await.map_or(End::Lost, End::Arrived)
    }
}

impl Drop for Seek {
    fn drop(&mut self) {
        self.call_off();
    }
}

fn travel(from: Departure, way: &Way, progress: &Progress) -> Arrival {
    let Departure { mut monitor, mut reel, lead, mut played } = from;
    if let Some(lead) = lead {
        monitor.put_back(lead.frames_before, frames(&mut reel, lead.entries));
    }
    let mut found = false;
    let mut called_off = false;
    let mut count = 0_u64;
    // to be waited for only here: this thread is nobody's runtime
    while let Some(next) = reel.wait_for_next() {
        if matches!(way, Way::To(target) if next.at() > *target) {
            break;
        }
        called_off = progress.called_off.load(Ordering::Relaxed);
        if called_off {
            break;
        }
        let Some(entry) = reel.pop() else { break };
        played = played.max(entry.at());
        found = matches!(way, Way::Match(filter) if passes(filter, &entry, &monitor));
        play(&mut monitor, entry);
        if found {
            break;
        }
        count += 1;
        if count.is_multiple_of(TELL_EVERY) {
            progress.played.store(played.as_millisecond(), Ordering::Relaxed);
        }
    }
    Arrival { monitor, reel, played, found, called_off }
}

/// The frames among the next `entries`; the others are passed over.
fn frames(reel: &mut Reel, entries: u64) -> impl Iterator<Item = Frame> {
    let next = move |_| {
        reel.wait_for_next()?;
        reel.pop()
    };
    (0..entries).map_while(next).filter_map(|entry| match entry {
        Entry::Frame(frame) => Some(frame),
        Entry::Header(_) | Entry::Control { .. } | Entry::Lost(_) => None,
    })
}

fn passes(filter: &Filter<FrameField>, entry: &Entry, monitor: &Monitor) -> bool {
    let Entry::Frame(frame) = entry else { return false };
    let reading = Reading::of(frame);
    filter.matches(&FrameRecord::new(frame, &reading, &monitor.directory))
}
