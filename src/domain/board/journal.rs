//! Which rows changed, in order: whoever keeps an order of rows reads on from where it was, and
//! pays for what changed instead of for all there is.
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::VecDeque;

/// Most changes that are remembered: four pictures' worth of 4,000 frames each, which is eight
/// times what a picture gets at 1,000 frames a second. Whoever missed more looks at every row,
/// which isn't much dearer then.
pub const MAX_CHANGES: usize = 16_384;

/// Which rows changed.
#[derive(Clone, Debug)]
pub struct Journal<K> {
    changes: VecDeque<K>,
    /// Number of the first of them, counted from the start.
    first: u64,
}

impl<K> Default for Journal<K> {
    fn default() -> Self {
        Self { changes: VecDeque::new(), first: 0 }
    }
}

/// Only where it ends: whoever reads on in one that was kept as text finds everything before that
/// forgotten, and looks at every row.
impl<K> Serialize for Journal<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.end())
    }
}

impl<'de, K> Deserialize<'de> for Journal<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let first = u64::deserialize(deserializer)?;
        Ok(Self { changes: VecDeque::new(), first })
    }
}

impl<K> Journal<K> {
    /// Notes that a row came, changed or went.
    pub fn note(&mut self, key: K) {
        if self.changes.len() >= MAX_CHANGES {
            self.changes.pop_front();
            self.first += 1;
        }
        self.changes.push_back(key);
    }

    /// Where it ends: what is noted from now on comes after it.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.changes.len() as u64
    }

    /// What was noted after `seen`; `None` if some of it is forgotten, or if `seen` is from
    /// another journal.
    #[must_use]
    pub fn after(&self, seen: u64) -> Option<impl ExactSizeIterator<Item = &K>> {
        let from = usize::try_from(seen.checked_sub(self.first)?).ok()?;
        (from <= self.changes.len()).then(|| self.changes.range(from..))
    }
}

#[cfg(test)]
mod tests {
    use super::{Journal, MAX_CHANGES};

    #[test]
    fn what_was_missed_is_told_or_said_to_be_forgotten() {
        let mut journal = Journal::default();
        journal.note(1);
        let seen = journal.end();
        journal.note(2);
        journal.note(2);
        assert_eq!(journal.after(seen).map(|after| after.copied().collect()), Some(vec![2, 2]));
        assert_eq!(journal.after(journal.end()).map(|after| after.len()), Some(0));
        for change in 0..MAX_CHANGES {
            journal.note(i32::try_from(change).unwrap());
        }
        assert!(journal.after(seen).is_none(), "two of these changes are forgotten");
        assert!(journal.after(journal.end() + 1).is_none(), "that is from another journal");
    }
}
