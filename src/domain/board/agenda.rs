//! When to look at a row again because time alone may have changed whether it passes a filter.
use super::RowKey;
use std::collections::{BTreeSet, HashMap};

/// Rows with the second at which each is due; each row once, so never more than there are rows.
#[derive(Debug)]
pub(super) struct Agenda<K> {
    due: HashMap<K, i64>,
    /// By the second, then by how the key begins: many rows are due in the same second, and comparing
    /// their keys' texts, which lie all over memory, was most of what making this cost.
    sorted: BTreeSet<(i64, u64, K)>,
}

impl<K> Default for Agenda<K> {
    fn default() -> Self {
        Self { due: HashMap::new(), sorted: BTreeSet::new() }
    }
}

impl<K: RowKey> Agenda<K> {
    /// All anew, each row once.
    pub(super) fn rebuild(&mut self, rows: Vec<(i64, K)>) {
        self.due = rows.iter().map(|(second, key)| (key.clone(), *second)).collect();
        self.sorted = rows.into_iter().map(|(second, key)| (second, key.start(), key)).collect();
    }

    /// Notes when a row is due; `None` if never.
    pub(super) fn note(&mut self, key: &K, second: Option<i64>) {
        if self.due.get(key) == second.as_ref() {
            return;
        }
        if let Some(before) = self.due.remove(key) {
            self.sorted.remove(&(before, key.start(), key.clone()));
        }
        if let Some(second) = second {
            self.due.insert(key.clone(), second);
            self.sorted.insert((second, key.start(), key.clone()));
        }
    }

    /// Takes out a row that is due at that second, if there is one.
    pub(super) fn take_due(&mut self, second: i64) -> Option<K> {
        if self.sorted.first()?.0 > second {
            return None;
        }
        let (_, _, key) = self.sorted.pop_first()?;
        self.due.remove(&key);
        Some(key)
    }
}

#[cfg(test)]
mod tests {
    use super::Agenda;
    use crate::domain::identity::QueueId;

    #[test]
    fn each_row_is_due_once_and_at_its_newest_second() {
        let [one, other, third] = ["one", "other", "third"].map(QueueId::new);
        let mut agenda = Agenda::default();
        agenda.rebuild(vec![(5, one.clone()), (3, other.clone())]);
        agenda.note(&one, Some(9));
        agenda.note(&third, Some(4));
        agenda.note(&third, None);
        assert_eq!(agenda.take_due(2), None);
        assert_eq!(agenda.take_due(8), Some(other));
        assert_eq!(agenda.take_due(8), None);
        assert_eq!(agenda.take_due(9), Some(one));
        assert_eq!(agenda.take_due(99), None);
    }
}
