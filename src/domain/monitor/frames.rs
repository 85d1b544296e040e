//! The newest frames, raw, for the inspector: bounded in number and in bytes.
use crate::domain::decode::Meaning;
use crate::domain::frame::{Frame, Payload};
use crate::domain::topic::Topic;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::VecDeque;

/// Most bytes of frames that are kept: 12 MiB of the 60 MB that the whole program may have.
pub const MAX_BYTES: u64 = 12 << 20;
/// Most frames that are kept: at 1 KB each this is reached about together with the bytes.
pub const MAX_FRAMES: usize = 10_000;
/// What a frame costs beside its text, in bytes: its slot, topic and counts.
const OVERHEAD: u64 = 160;

/// A frame that is kept, with what was understood of it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Number of the frame since counting began, from 0. Selection goes by it.
    pub sequence: u64,
    /// The frame as received.
    pub frame: Frame,
    /// Its topic, if it names one.
    pub topic: Option<Topic>,
    /// What kind it is, for its line in the list.
    pub label: Label,
}

/// What kind of frame it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// Heartbeat or pong: hidden from the list by default.
    Heartbeat,
    /// An event of a topic.
    Event,
    /// Something under `v2.system`.
    System,
    /// Answer to something sent over the socket.
    Reply,
    /// Could not be read as what it should be: why.
    Unreadable(String),
}

impl Label {
    /// The label of a frame that means this.
    #[must_use]
    pub fn of(meaning: &Meaning) -> Self {
        match meaning {
            Meaning::Heartbeat | Meaning::Pong => Self::Heartbeat,
            Meaning::Event(_) => Self::Event,
            Meaning::System(_) => Self::System,
            Meaning::Reply(_) => Self::Reply,
            Meaning::Unreadable(why) => Self::Unreadable(why.clone()),
        }
    }

    /// The word for filters and scripts.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Event => "event",
            Self::System => "system",
            Self::Reply => "reply",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// The newest frames, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    kept: VecDeque<Kept>,
    next: u64,
    bytes: u64,
}

/// Only their number: they are most of what is known, and stand in the tape.
impl Serialize for Frames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.next)
    }
}

impl<'de> Deserialize<'de> for Frames {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        u64::deserialize(deserializer).map(Self::after)
    }
}

impl Frames {
    /// Adds one; at the bound the oldest go.
    pub fn push(&mut self, frame: Frame, topic: Option<Topic>, label: Label) {
        self.bytes += cost(&frame);
        self.kept.push_back(Kept { sequence: self.next, frame, topic, label });
        self.next += 1;
        while self.kept.len() > MAX_FRAMES || (self.bytes > MAX_BYTES && self.kept.len() > 1) {
            if let Some(oldest) = self.kept.pop_front() {
                self.bytes -= cost(&oldest.frame);
            }
        }
    }

    /// None, after so many that are no longer kept.
    pub(super) fn after(total: u64) -> Self {
        Self { kept: VecDeque::new(), next: total, bytes: 0 }
    }

    /// How many came since counting began.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.next
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    /// Whether none is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Bytes that are kept, with what they cost beside their text.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The frame with this number, unless it has gone.
    #[must_use]
    pub fn get(&self, sequence: u64) -> Option<&Kept> {
        let first = self.kept.front()?.sequence;
        self.kept.get(usize::try_from(sequence.checked_sub(first)?).ok()?)
    }

    /// The frames, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Kept> + ExactSizeIterator {
        self.kept.iter()
    }
}

fn cost(frame: &Frame) -> u64 {
    let payload = match &frame.payload {
        Payload::Text(text) => text.len(),
        Payload::Binary(bytes) => bytes.len(),
        Payload::Oversized { .. } => 0,
    };
    payload as u64 + OVERHEAD
}
