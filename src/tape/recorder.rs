//! Records what a source tells, beside it and never in its way.
//!
//! [`Recorder`] is a [`Tap`]: putting in is one push under a short lock. Everything slow (hiding
//! who people are, writing, a disk that stands still) happens on an own thread behind an own bound.
//! When that bound is reached entries are left out, and the place, number and reason are written
//! into the tape as soon as it takes something again. Must not know where warnings are shown.
use super::format::{Entry, Header, Lost, Privacy};
use super::redact::Redactor;
use super::writer::{Limits, TapeWriter, Unwritten};
use crate::domain::control::{ConnectionEvent, Control, EventKind};
use crate::domain::frame::Frame;
use crate::domain::intake::Tap;
use crate::domain::recording::{RecordingStatus, Standing};
use jiff::Timestamp;
use opening::Opening;
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

mod opening;
#[cfg(test)]
mod tests;

/// Most entries that wait for the thread: at 1,000 a second, sixteen seconds of a disk that
/// stands still.
pub const MAX_WAITING_ENTRIES: usize = 16_384;
/// Most bytes of frames that wait: 32 MiB, twice what as many ordinary frames of 1 KB have. Their
/// text is shared with the screen's, so most of it costs nothing twice.
pub const MAX_WAITING_BYTES: u64 = 32 << 20;
/// Longest time that something stays unwritten: what a crash of this program can cost.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// How long is waited after a failed write. A full disk is not emptied faster.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long opening may take before recording starts without knowing whether it works: a pipe
/// opens when its reader does.
const OPEN_LIMIT: Duration = Duration::from_secs(2);

/// Says something to the person, through the source's own control plane.
pub type Tell = Arc<dyn Fn(Control) + Send + Sync>;

/// Tells the time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What shall be recorded, and how.
#[derive(Clone)]
pub struct RecorderSettings {
    /// The file; compressed if its name ends in `.zst`.
    pub path: PathBuf,
    /// Whether it may tell who people are.
    pub privacy: Privacy,
    /// When it goes on in another file.
    pub limits: Limits,
    /// By the clock that the source lives by: frames bring the time at which they were received, and
    /// what stands between two of them in a tape has to be between their times.
    pub now: Now,
}

/// A recording under way. Dropping it ends it without waiting for the disk.
pub struct Recorder {
    shared: Arc<Shared>,
    path: PathBuf,
    privacy: Privacy,
    /// Its other end is dropped when the thread ends: a join with a time limit.
    ended: Mutex<Receiver<()>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    queue: Mutex<Queue>,
    bell: Condvar,
    tell: Tell,
    now: Now,
    bytes: AtomicU64,
    lost: AtomicU64,
    /// Whether the last write failed.
    broken: AtomicBool,
}

#[derive(Default)]
struct Queue {
    entries: VecDeque<Entry>,
    bytes: u64,
    /// What was left out since the queue was full, if it is.
    overflow: Option<Lost>,
    stopping: bool,
    /// Whether the file is open.
    open: bool,
    /// Whether the thread has ended.
    ended: bool,
    /// Why there is no recording, if its file could not be opened.
    failure: Option<String>,
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recorder").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Recorder {
    /// Starts recording, and waits until the file is open, for two seconds at most. `tell` is called
    /// when something goes wrong with it, from any thread; it must not wait. Blocks: must not be
    /// called on a runtime's thread.
    ///
    /// # Errors
    /// When the file can't be created, holds something already, or there is no thread to be had.
    pub fn start(settings: &RecorderSettings, tell: Tell) -> io::Result<Arc<Self>> {
        let (recorder, opening) = Self::spawn(settings, tell)?;
        match opening.recv_timeout(OPEN_LIMIT) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(error),
            Err(_) => recorder.shared.say(format!(
                "the recording {} isn't open yet: a pipe that nobody reads?",
                settings.path.display()
            )),
        }
        Ok(recorder)
    }

    /// Starts recording without waiting for the file. What comes meanwhile is kept, within the
    /// bounds. If it can't be opened, the recording has ended, and [`Recorder::failure`] says why.
    ///
    /// # Errors
    /// When there is no thread or no random key to be had.
    pub fn begin(settings: &RecorderSettings, tell: Tell) -> io::Result<Arc<Self>> {
        Self::spawn(settings, tell).map(|(recorder, _)| recorder)
    }

    fn spawn(
        settings: &RecorderSettings,
        tell: Tell,
    ) -> io::Result<(Arc<Self>, Receiver<io::Result<()>>)> {
        let redactor = match settings.privacy {
            Privacy::Clear => None,
            Privacy::Redacted => Some(Redactor::with_new_key()?),
        };
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            bell: Condvar::new(),
            tell,
            now: Arc::clone(&settings.now),
            bytes: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            broken: AtomicBool::new(false),
        });
        let (opened, opening) = sync_channel(1);
        let (still_running, ended) = sync_channel(1);
        let header = Header::new((settings.now)(), settings.privacy);
        let work = Arc::clone(&shared);
        let (path, limits) = (settings.path.clone(), settings.limits);
        let thread =
            std::thread::Builder::new().name("gcwatch-tape".to_owned()).spawn(move || {
                open_and_write(&path, header, limits, redactor, &work, &opened);
                work.lock().ended = true;
                drop(still_running);
            })?;
        let recorder = Self {
            shared,
            path: settings.path.clone(),
            privacy: settings.privacy,
            ended: Mutex::new(ended),
            thread: Mutex::new(Some(thread)),
        };
        Ok((Arc::new(recorder), opening))
    }

    /// Where it goes.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it stands.
    #[must_use]
    pub fn status(&self) -> RecordingStatus {
        let standing = {
            let queue = self.shared.lock();
            if queue.ended {
                Standing::Ended
            } else if self.shared.broken.load(Ordering::Relaxed) {
                Standing::NotWriting
            } else if queue.overflow.is_some() {
                Standing::TooSlow
            } else if queue.open {
                Standing::Writing
            } else {
                Standing::Opening
            }
        };
        RecordingStatus {
            bytes: self.shared.bytes.load(Ordering::Relaxed),
            lost: self.shared.lost.load(Ordering::Relaxed),
            clear: self.privacy == Privacy::Clear,
            standing,
        }
    }

    /// Why its file could not be opened, if it could not: there is no recording then.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.shared.lock().failure.clone()
    }

    /// Writes what waits and ends, waiting for that at most `deadline`; whether all was written in
    /// time. Blocks: must not be called on a runtime's thread.
    pub fn stop(&self, deadline: Duration) -> bool {
        self.shared.stop();
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let in_time = ended.recv_timeout(deadline) == Err(RecvTimeoutError::Disconnected);
        if in_time
            && let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            // it has nothing left to do; a panic in it was told when it happened
            let _ = thread.join();
        }
        in_time && self.shared.lock().entries.is_empty()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

impl Tap for Recorder {
    fn frame(&self, frame: &Frame) {
        let size = frame.size().min(u64::from(u32::MAX));
        self.shared.push(Entry::Frame(frame.clone()), size);
    }

    fn control(&self, control: &Control) {
        let at = (self.shared.now)();
        self.shared.push(Entry::Control { at, control: Box::new(control.clone()) }, 0);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        // a panic elsewhere leaves the queue whole: each push is complete or not begun
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.lock().stopping = true;
        self.bell.notify_one();
    }

    fn say(&self, sentence: String) {
        tracing::warn!("{sentence}");
        (self.tell)(Control::Event(ConnectionEvent {
            at: (self.now)(),
            channel: None,
            kind: EventKind::Note,
            sentence,
            context_id: None,
            retry_in: None,
        }));
    }

    fn push(&self, entry: Entry, size: u64) {
        let overflowed = {
            let mut queue = self.lock();
            if queue.stopping {
                return;
            }
            let overflowed = queue.push(entry, size);
            if overflowed.is_some() {
                self.lost.fetch_add(1, Ordering::Relaxed);
            }
            overflowed
        };
        self.bell.notify_one();
        // said without the lock: what is said comes back here as a control message
        if overflowed == Some(Overflow::Begins) {
            self.say(
                "the recording can't keep up: frames are missing in it from here on".to_owned(),
            );
        }
    }
}

/// What leaving an entry out means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Overflow {
    /// It is the first.
    Begins,
    /// There were others before it.
    GoesOn,
}

impl Queue {
    fn is_over(&self, share: u64) -> bool {
        self.entries.len() as u64 * share >= MAX_WAITING_ENTRIES as u64
            || self.bytes * share >= MAX_WAITING_BYTES
    }

    /// Puts an entry in, or counts it as left out.
    fn push(&mut self, entry: Entry, size: u64) -> Option<Overflow> {
        // Once full, nothing is taken until half is free again: many small gaps would tell less
        // than one.
        let full = if self.overflow.is_some() { self.is_over(2) } else { self.is_over(1) };
        if full {
            let begins = self.overflow.is_none();
            let cause = "the disk was too slow for the recording";
            note_lost(&mut self.overflow, &entry, cause);
            return Some(if begins { Overflow::Begins } else { Overflow::GoesOn });
        }
        if let Some(lost) = self.overflow.take() {
            self.entries.push_back(Entry::Lost(lost));
        }
        self.bytes += size;
        self.entries.push_back(entry);
        None
    }
}

/// Adds `entry` to what was lost.
fn note_lost(lost: &mut Option<Lost>, entry: &Entry, cause: &str) {
    let at = entry.at();
    let lost = lost.get_or_insert_with(|| Lost {
        from: at,
        until: at,
        frames: 0,
        control: 0,
        cause: cause.to_owned(),
    });
    lost.until = lost.until.max(at);
    match entry {
        Entry::Frame(_) => lost.frames += 1,
        Entry::Control { .. } => lost.control += 1,
        Entry::Header(_) | Entry::Lost(_) => {}
    }
}

fn open_and_write(
    path: &Path,
    header: Header,
    limits: Limits,
    redactor: Option<Redactor>,
    shared: &Shared,
    opened: &SyncSender<io::Result<()>>,
) {
    let writer = match TapeWriter::create(path, header, limits) {
        Ok(writer) => writer,
        Err(error) => {
            let sentence = format!("can't record to {}: {error}", path.display());
            shared.lock().failure = Some(sentence.clone());
            if let Err(late) = opened.try_send(Err(error)) {
                tracing::warn!(?late, "nobody waits for the recording to open any more");
                shared.say(sentence);
            }
            shared.stop();
            return;
        }
    };
    shared.lock().open = true;
    let _ = opened.try_send(Ok(()));
    let opening = Opening::default();
    let name = path.display().to_string();
    Work { writer, redactor, opening, broken: None, retry_at: None, name }.run(shared);
}

/// What the thread has.
struct Work {
    writer: TapeWriter,
    redactor: Option<Redactor>,
    /// What another part must begin with to stand alone.
    opening: Opening,
    /// What was lost since writing failed, if it does.
    broken: Option<Lost>,
    /// While writing fails: when it is tried again.
    retry_at: Option<Instant>,
    name: String,
}

impl Work {
    fn run(mut self, shared: &Shared) {
        let mut flushed = Instant::now();
        loop {
            let due = self.retry_at.unwrap_or(flushed + FLUSH_EVERY);
            let (entries, overflow, stopping) = self.wait(shared, due);
            for entry in entries {
                self.take(entry, shared);
            }
            if let Some(lost) = overflow {
                self.writer.push(&Entry::Lost(lost));
            }
            if stopping || Instant::now() >= due {
                self.flush(shared);
                flushed = Instant::now();
            }
            if stopping {
                return;
            }
        }
    }

    /// Waits until there is something to do. While writing fails nothing is taken out: the queue's
    /// bound holds.
    fn wait(&self, shared: &Shared, due: Instant) -> (VecDeque<Entry>, Option<Lost>, bool) {
        let patience = due.saturating_duration_since(Instant::now());
        let idle = |queue: &mut Queue| {
            !queue.stopping && (queue.entries.is_empty() || self.retry_at.is_some())
        };
        let (mut queue, _) = shared
            .bell
            .wait_timeout_while(shared.lock(), patience, idle)
            .unwrap_or_else(PoisonError::into_inner);
        queue.bytes = 0;
        let overflow = if queue.stopping { queue.overflow.take() } else { None };
        (std::mem::take(&mut queue.entries), overflow, queue.stopping)
    }

    fn take(&mut self, entry: Entry, shared: &Shared) {
        self.tell_broken();
        let entry = match (&self.redactor, entry) {
            (Some(redactor), entry) => redactor.entry(entry),
            (None, entry) => entry,
        };
        if let Entry::Control { control, .. } = &entry {
            self.opening.note(control);
        }
        self.writer.push(&entry);
        if self.writer.is_full() {
            self.flush(shared);
        }
    }

    fn flush(&mut self, shared: &Shared) {
        self.tell_broken();
        match self.writer.flush() {
            Ok(()) => {
                self.retry_at = None;
                shared.broken.store(false, Ordering::Relaxed);
                shared.bytes.store(self.writer.bytes(), Ordering::Relaxed);
                if let Some(lost) = self.broken.take() {
                    let missing = lost.frames;
                    shared
                        .say(format!("the recording goes on; {missing} frames are missing in it"));
                }
            }
            Err(unwritten) => self.note_unwritten(unwritten, shared),
        }
        let now = (shared.now)();
        if !self.writer.is_part_over(now) {
            return;
        }
        if let Err(error) = self.writer.next_part(now, self.opening.entries(now)) {
            shared.say(format!("the recording can't go on in another file: {error}"));
        } else if let Err(unwritten) = self.writer.flush() {
            // written at once: a file without a header would be no tape if this were the end
            self.note_unwritten(unwritten, shared);
        }
    }

    /// What is missing is told before what follows it, in the same block: both are written or
    /// neither is.
    fn tell_broken(&mut self) {
        if let Some(lost) = &self.broken
            && self.writer.is_empty()
        {
            self.writer.push(&Entry::Lost(lost.clone()));
        }
    }

    fn note_unwritten(&mut self, unwritten: Unwritten, shared: &Shared) {
        let Unwritten { error, span, frames, control } = unwritten;
        shared.lost.fetch_add(frames + control, Ordering::Relaxed);
        self.retry_at = Some(Instant::now() + RETRY_AFTER);
        shared.broken.store(true, Ordering::Relaxed);
        let begins = self.broken.is_none();
        let now = (shared.now)();
        let (from, until) = span.unwrap_or((now, now));
        let lost = self.broken.get_or_insert_with(|| Lost {
            from,
            until,
            frames: 0,
            control: 0,
            cause: format!("writing failed: {error}"),
        });
        lost.until = lost.until.max(until);
        lost.frames += frames;
        lost.control += control;
        if begins {
            shared.say(format!(
                "can't write the recording {}: {error}; frames are missing in it until that works",
                self.name
            ));
        }
    }
}
