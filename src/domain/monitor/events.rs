//! The newest connection events, in sentences.
use crate::domain::control::ConnectionEvent;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Most events that are kept: what a person would scroll through after a bad night.
pub const MAX_EVENTS: usize = 200;
/// Longest sentence, in characters; the service's own messages are shorter.
pub const MAX_SENTENCE_CHARACTERS: usize = 400;

/// The newest events, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Events {
    kept: VecDeque<ConnectionEvent>,
    forgotten: u64,
}

impl Events {
    /// Adds one; at the bound the oldest goes.
    pub fn push(&mut self, event: ConnectionEvent) {
        if self.kept.len() >= MAX_EVENTS {
            self.kept.pop_front();
            self.forgotten += 1;
        }
        self.kept.push_back(event);
    }

    /// The events, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &ConnectionEvent> + ExactSizeIterator {
        self.kept.iter()
    }

    /// The newest one.
    #[must_use]
    pub fn newest(&self) -> Option<&ConnectionEvent> {
        self.kept.back()
    }

    /// How many went at the bound.
    #[must_use]
    pub fn forgotten(&self) -> u64 {
        self.forgotten
    }
}
