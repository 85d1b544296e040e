//! How far the sessions of a profile have come up, for the progress line.
//!
//! Only the first coming up is progress; what happens to a session later is its report's matter.
use super::mailbox::Mailbox;
use crate::domain::control::Control;
use crate::domain::identity::ChannelNumber;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// What the progress of channels is called.
pub(super) const CHANNELS: &str = "channels";
/// What the progress of topics is called.
pub(super) const TOPICS: &str = "topics";

/// Channels and topics that are up, of those that shall be.
#[derive(Debug)]
pub(super) struct Tally {
    channels: usize,
    topics: usize,
    up: Mutex<Up>,
}

#[derive(Debug, Default)]
struct Up {
    channels: HashSet<ChannelNumber>,
    topics: usize,
}

impl Tally {
    /// Expects so many channels and topics.
    pub(super) fn new(channels: usize, topics: usize) -> Self {
        Self { channels, topics, up: Mutex::default() }
    }

    /// Notes that `channel` came up with `topics`, and tells how far all are. A single channel
    /// comes up at once: its progress is not worth a line.
    pub(super) fn up(&self, channel: ChannelNumber, topics: usize, mailbox: &Mailbox) {
        let mut up = self.up.lock().unwrap_or_else(PoisonError::into_inner);
        if self.channels < 2 || up.channels.len() >= self.channels || !up.channels.insert(channel) {
            return;
        }
        up.topics += topics;
        for (what, done, total) in [
            (CHANNELS, up.channels.len(), self.channels),
            (TOPICS, up.topics.min(self.topics), self.topics),
        ] {
            mailbox.push_control(Control::Progress { what, done, total: Some(total) });
        }
    }
}
