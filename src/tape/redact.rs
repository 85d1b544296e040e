//! Hides who people are, so that a tape can be handed to others.
//!
//! Deny by default: what stays in clear is listed (field names and the shape of their values), and
//! everything else is replaced. Ids become pseudonyms that are the same wherever the id stands, in
//! bodies, topic names, addresses and control messages, so that joins work; the key to them is
//! random, lives as long as the recording and is written nowhere. Must not know of files.
use super::format::{Entry, Lost};
use crate::domain::frame::{Frame, Payload};
use std::io;

mod control;
mod fields;
mod json;
mod pseudonym;
#[cfg(test)]
mod tests;

use pseudonym::Pseudonyms;

/// Replaces what tells who people are.
pub struct Redactor {
    pseudonyms: Pseudonyms,
}

impl Redactor {
    /// One with a key that nobody knows.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn with_new_key() -> io::Result<Self> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self::with_key(key))
    }

    /// One with a given key: the same key gives the same pseudonyms. For tests.
    #[must_use]
    pub fn with_key(key: [u8; 32]) -> Self {
        Self { pseudonyms: Pseudonyms::new(key) }
    }

    /// The entry as it may be written.
    #[must_use]
    pub fn entry(&self, entry: Entry) -> Entry {
        match entry {
            Entry::Frame(frame) => Entry::Frame(self.frame(&frame)),
            Entry::Control { at, control } => Entry::Control {
                at,
                control: Box::new(control::redact(&self.pseudonyms, *control)),
            },
            Entry::Lost(lost) => {
                Entry::Lost(Lost { cause: control::sentence(&lost.cause), ..lost })
            }
            entry @ Entry::Header(_) => entry,
        }
    }

    /// The frame as it may be written.
    #[must_use]
    pub fn frame(&self, frame: &Frame) -> Frame {
        let payload = match &frame.payload {
            Payload::Text(text) => Payload::Text(self.text(text).into()),
            // nobody knows what is in it; its size is all that can be told
            Payload::Binary(bytes) => Payload::Oversized { bytes: bytes.len() as u64 },
            Payload::Oversized { bytes } => Payload::Oversized { bytes: *bytes },
        };
        Frame { payload, ..*frame }
    }

    fn text(&self, text: &str) -> String {
        json::redact(&self.pseudonyms, text).unwrap_or_else(|| self.pseudonyms.text(text))
    }

    /// A topic's name with its ids replaced.
    #[must_use]
    pub fn topic(&self, name: &str) -> String {
        self.pseudonyms.topic(name)
    }
}
