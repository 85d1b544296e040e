//! Between the socket and the screen: a bounded waiting room for frames and control.
//!
//! Two planes. *Bulk* (frames) is bounded in number and bytes and may be thinned; *control* is
//! never shed. Putting something in never waits, so a slow or stopped terminal can't delay a
//! pong. A plain data structure: must not know of locks, tasks or clocks; whoever shares it
//! wraps it.
//!
//! Thinning, in this order: merge per topic and conversation (every conversation frame is a full
//! snapshot, so the newest wins); then leave out the oldest frame. Both are counted, and a frame
//! that was left out makes [`Intake::take`] say so, so that state can be fetched again.
use super::control::Control;
use super::decode::conversation_key;
use super::frame::Frame;
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, VecDeque};

/// Most frames that wait. At 1,000 frames/s this is eight seconds of a terminal that takes none.
pub const MAX_WAITING_FRAMES: usize = 8_192;
/// Most bytes of frames that wait: 32 MiB, four times what 8,192 ordinary frames of 1 KB have.
pub const MAX_WAITING_BYTES: u64 = 32 << 20;
/// Control messages beyond which events of the control plane are merged: a session's reports
/// replace each other, so this is reached only by thousands of sentences that nobody reads.
pub const MAX_WAITING_CONTROL: usize = 4_096;

/// What was lost or merged because nobody took it in time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thinned {
    /// Frames replaced by a newer snapshot of the same conversation: no state is lost.
    pub merged: u64,
    /// Frames left out whole: state may be unknown until it is fetched again.
    pub dropped: u64,
    /// Control sentences left out.
    pub sentences: u64,
}

impl Thinned {
    /// Whether nothing was.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// Adds the counts of `other`.
    pub fn add(&mut self, other: Self) {
        self.merged = self.merged.saturating_add(other.merged);
        self.dropped = self.dropped.saturating_add(other.dropped);
        self.sentences = self.sentences.saturating_add(other.sentences);
    }
}

/// Somebody who sees all that a source gives, before anything is thinned.
///
/// Must not wait: it is called where frames are read.
pub trait Tap: Send + Sync + std::fmt::Debug {
    /// A frame came.
    fn frame(&self, frame: &Frame);
    /// A control message came.
    fn control(&self, control: &Control);
}

/// Everything that waited, in order of arrival within each plane.
#[derive(Debug, Default)]
pub struct Batch {
    /// The control plane; to be taken in before the frames.
    pub control: Vec<Control>,
    /// The bulk plane.
    pub frames: Vec<Frame>,
    /// What was thinned since the last batch.
    pub thinned: Thinned,
}

impl Batch {
    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.control.is_empty() && self.frames.is_empty() && self.thinned.is_zero()
    }
}

/// How the bulk plane behaves when it is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// Merge snapshots of one conversation, then leave out the oldest: for the screen, where the
    /// newest state counts.
    NewestWins,
    /// Leave out the oldest without merging: for output that promises every frame and must at
    /// least say truly how many are missing.
    KeepDistinct,
}

/// The waiting room.
#[derive(Debug)]
pub struct Intake {
    when_full: WhenFull,
    frames: VecDeque<Option<Frame>>,
    /// Number of the frame at the front of `frames`, counted from the start.
    first: u64,
    waiting: usize,
    bytes: u64,
    /// Where the newest waiting snapshot of a (topic, conversation) is; filled only while the
    /// room is more than half full, since looking for the id costs time.
    newest: HashMap<u64, u64>,
    control: VecDeque<Control>,
    thinned: Thinned,
}

impl Intake {
    /// An empty one.
    #[must_use]
    pub fn new(when_full: WhenFull) -> Self {
        Self {
            when_full,
            frames: VecDeque::new(),
            first: 0,
            waiting: 0,
            bytes: 0,
            newest: HashMap::new(),
            control: VecDeque::new(),
            thinned: Thinned::default(),
        }
    }

    /// Whether there is nothing to take.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.waiting == 0 && self.control.is_empty() && self.thinned.is_zero()
    }

    /// Puts a frame in; thins if that is too many.
    pub fn push_frame(&mut self, frame: Frame) {
        if self.when_full == WhenFull::NewestWins && self.waiting >= MAX_WAITING_FRAMES / 2 {
            self.merge(&frame);
        }
        self.bytes += frame.size().min(u64::from(u32::MAX));
        self.waiting += 1;
        self.frames.push_back(Some(frame));
        while self.waiting > MAX_WAITING_FRAMES
            || self.bytes > MAX_WAITING_BYTES && self.waiting > 1
            || self.frames.len() > 2 * MAX_WAITING_FRAMES
        {
            if self.remove_front() {
                self.thinned.dropped += 1;
            }
        }
    }

    /// Puts a control message in. Reports of one session replace each other; at the bound the
    /// oldest sentence goes, never a state.
    pub fn push_control(&mut self, control: Control) {
        if let Control::Session(report) = &control {
            let channel = report.channel;
            self.control.retain(
                |other| !matches!(other, Control::Session(older) if older.channel == channel),
            );
        }
        if self.control.len() >= MAX_WAITING_CONTROL {
            let oldest = self.control.iter().position(|waiting| {
                matches!(
                    waiting,
                    Control::Event(_) | Control::Progress { .. } | Control::RateLimit { .. }
                )
            });
            if let Some(oldest) = oldest {
                self.control.remove(oldest);
                self.thinned.sentences += 1;
            } else {
                // only states are left: the oldest is the one most likely replaced by a later one
                self.control.pop_front();
            }
        }
        self.control.push_back(control);
    }

    /// Takes everything out.
    pub fn take(&mut self) -> Batch {
        self.first += self.frames.len() as u64;
        self.waiting = 0;
        self.bytes = 0;
        self.newest.clear();
        Batch {
            control: self.control.drain(..).collect(),
            frames: self.frames.drain(..).flatten().collect(),
            thinned: std::mem::take(&mut self.thinned),
        }
    }

    /// Takes out the older snapshot that `frame` replaces, if one waits, and remembers `frame`.
    fn merge(&mut self, frame: &Frame) {
        let Some(key) = conversation_key(frame) else { return };
        let position = self.first + self.frames.len() as u64;
        let Some(older) = self.newest.insert(key, position) else { return };
        let Some(index) = older.checked_sub(self.first).and_then(|at| usize::try_from(at).ok())
        else {
            return;
        };
        if let Some(slot) = self.frames.get_mut(index)
            && let Some(replaced) = slot.take()
        {
            self.waiting -= 1;
            self.bytes = self.bytes.saturating_sub(replaced.size().min(u64::from(u32::MAX)));
            self.thinned.merged += 1;
        }
    }

    /// Takes the front slot away; whether a frame was in it.
    fn remove_front(&mut self) -> bool {
        let Some(slot) = self.frames.pop_front() else { return false };
        self.first += 1;
        let Some(frame) = slot else { return false };
        self.waiting -= 1;
        self.bytes = self.bytes.saturating_sub(frame.size().min(u64::from(u32::MAX)));
        true
    }
}
