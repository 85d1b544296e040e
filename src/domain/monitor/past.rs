//! Conversations that are over and have left the list: the newest of them, for looking back.
//!
//! Rows are shared with frozen pictures, and never change any more.
use super::conversations::Row;
use crate::domain::board::Journal;
use crate::domain::identity::ConversationId;
use foldhash::HashMap;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// Most that are kept: what a busy queue ends in an hour. At some 2 KB each that is 2 MB.
pub const MAX_PAST: usize = 1_000;

/// The newest conversations that are over.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Past {
    rows: HashMap<ConversationId, Arc<Row>>,
    /// In the order in which they left the list, the newest last; each id once.
    order: VecDeque<ConversationId>,
    journal: Journal<ConversationId>,
    total: u64,
}

impl Past {
    /// Takes one in; the oldest goes if there are too many. One that is there already, since it came
    /// back to life and ended again, is replaced.
    pub(super) fn push(&mut self, id: ConversationId, row: Row) {
        self.total += 1;
        if self.rows.insert(id.clone(), Arc::new(row)).is_some() {
            self.order.retain(|known| *known != id);
        }
        self.journal.note(id.clone());
        self.order.push_back(id);
        if self.order.len() > MAX_PAST
            && let Some(oldest) = self.order.pop_front()
        {
            self.rows.remove(&oldest);
            self.journal.note(oldest);
        }
    }

    /// Takes one out that has come back to life.
    pub(super) fn take_out(&mut self, id: &ConversationId) {
        if self.rows.remove(id).is_some() {
            self.order.retain(|known| known != id);
            self.journal.note(id.clone());
        }
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: &ConversationId) -> Option<&Row> {
        self.rows.get(id).map(AsRef::as_ref)
    }

    /// Their ids and rows, in no order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&ConversationId, &Row)> {
        self.rows.iter().map(|(id, row)| (id, row.as_ref()))
    }

    /// Their ids, the newest last.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = &ConversationId> + ExactSizeIterator {
        self.order.iter()
    }

    /// How many are kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// How many there were in all, those that are no longer kept included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Which came and went.
    #[must_use]
    pub fn journal(&self) -> &Journal<ConversationId> {
        &self.journal
    }
}
