//! Recordings ("tapes"): written beside a running source, read back as if they were one.
//!
//! A tape is text, one JSON object a line, in order of arrival: what came on the sockets as
//! received, and between it everything else that a source tells (sessions, gaps, names, snapshots),
//! so that a replay shows what the user saw. Must not know of terminals nor of the network.
//!
//! ```text
//! Mailbox ─tap─▶ Recorder (own bound) ─▶ own thread: redact ─▶ line ─▶ block ─▶ file, parts
//! file ─▶ Reader: block ─▶ line ─▶ Entry ─▶ Deck (pace, jumps) ─▶ Monitor
//!                                     └──▶ Index: what was known at some places
//! ```
mod deck;
mod file;
mod format;
mod index;
mod player;
mod reader;
mod recorder;
mod redact;
mod reel;
mod writer;

pub use deck::Deck;
pub use file::{Compression, part};
pub use format::{Entry, FORMAT_VERSION, Header, Lost, Privacy, decode_line, encode};
pub use index::{Checkpoint, Index, Lead, Moment, play};
pub use player::{Player, Speed};
pub use reader::{Position, Reader, TapeError, Total};
pub use recorder::{MAX_WAITING_BYTES, MAX_WAITING_ENTRIES, Now, Recorder, RecorderSettings, Tell};
pub use redact::Redactor;
pub use writer::{BLOCK_BYTES, Limits, TapeWriter, Unwritten};
