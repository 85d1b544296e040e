//! A frame: one WebSocket message, as received.
//!
//! Must not know what the message means; that is [`super::decode`]'s.
use super::identity::ChannelNumber;
use jiff::Timestamp;
use std::sync::Arc;

/// Largest message that is kept as received, in bytes. The largest real frames seen have some
/// 10 KB; the socket itself refuses to assemble more than this, see [`Payload::Oversized`].
pub const MAX_FRAME_BYTES: usize = 4 << 20;

/// One message as received, with the time at which it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Wall-clock time at the socket.
    pub received: Timestamp,
    /// The channel that it came on.
    pub channel: ChannelNumber,
    /// What came.
    pub payload: Payload,
}

/// What came in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Text, which should be one JSON document. Copied out of the socket's read buffer: a slice
    /// of that would keep 128 KiB alive for as long as the smallest frame is kept.
    Text(Arc<str>),
    /// Bytes that are no text. The service sends none; shown as they are.
    Binary(Arc<[u8]>),
    /// A message that was too large to take in; only its length is known.
    Oversized {
        /// Length as announced, in bytes; at least this much.
        bytes: u64,
    },
}

impl Frame {
    /// Size of the message in bytes, as received.
    #[must_use]
    pub fn size(&self) -> u64 {
        match &self.payload {
            Payload::Text(text) => text.len() as u64,
            Payload::Binary(bytes) => bytes.len() as u64,
            Payload::Oversized { bytes } => *bytes,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.payload {
            Payload::Text(text) => Some(text),
            Payload::Binary(_) | Payload::Oversized { .. } => None,
        }
    }
}
