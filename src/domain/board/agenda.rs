//! When to look at a row again because time alone may have changed whether it passes a filter.
use super::RowKey;
use foldhash::{HashMap, HashMapExt};
use std::collections::BTreeMap;

/// Entries that have been superseded and may still lie there, beside as many as there are rows that are due:
/// with fewer, taking them out each time would cost more than they do.
const MAX_SUPERSEDED: usize = 1_024;

/// Rows with the second at which each is due; each row once.
#[derive(Debug)]
pub(super) struct Agenda<K> {
    due: HashMap<K, i64>,
    /// What was noted for each second, in no order. A row that was noted anew since lies there still, and is
    /// passed over. Rejected: a sorted set of all, which took longer to make than the look at the rows.
    noted: BTreeMap<i64, Vec<K>>,
    /// How many entries lie there: at most twice those that are due, and [`MAX_SUPERSEDED`].
    entries: usize,
}

impl<K> Default for Agenda<K> {
    fn default() -> Self {
        Self { due: HashMap::new(), noted: BTreeMap::new(), entries: 0 }
    }
}

impl<K: RowKey> Agenda<K> {
    /// All anew, each row once.
    pub(super) fn rebuild(&mut self, rows: Vec<(i64, K)>) {
        self.due.clear();
        self.due.extend(rows.iter().map(|(second, key)| (key.clone(), *second)));
        self.noted.clear();
        self.entries = rows.len();
        for (second, key) in rows {
            self.noted.entry(second).or_default().push(key);
        }
    }

    /// Notes when a row is due; `None` if never.
    pub(super) fn note(&mut self, key: &K, second: Option<i64>) {
        if let Some(second) = second {
            if self.due.insert(key.clone(), second) == Some(second) {
                return;
            }
            self.noted.entry(second).or_default().push(key.clone());
            self.entries += 1;
        } else if self.due.remove(key).is_none() {
            return;
        }
        if self.entries > 2 * self.due.len() + MAX_SUPERSEDED {
            let due = self.due.iter().map(|(key, second)| (*second, key.clone())).collect();
            self.rebuild(due);
        }
    }

    /// Takes out a row that is due at that second, if there is one.
    pub(super) fn take_due(&mut self, second: i64) -> Option<K> {
        loop {
            let mut first = self.noted.first_entry().filter(|first| *first.key() <= second)?;
            let (at, key) = (*first.key(), first.get_mut().pop());
            if first.get().is_empty() {
                first.remove();
            }
            let Some(key) = key else { continue };
            self.entries -= 1;
            if self.due.get(&key) == Some(&at) {
                self.due.remove(&key);
                return Some(key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Agenda, MAX_SUPERSEDED};
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

    #[test]
    fn one_that_is_noted_time_and_again_is_due_once_and_does_not_fill_it() {
        let row = QueueId::new("row");
        let mut agenda = Agenda::default();
        for second in 0..10_000 {
            agenda.note(&row, Some(second % 100));
            assert!(agenda.entries <= 2 + MAX_SUPERSEDED);
            assert_eq!(agenda.entries, agenda.noted.values().map(Vec::len).sum::<usize>());
        }
        assert_eq!(agenda.take_due(98), None);
        assert_eq!(agenda.take_due(99), Some(row));
        assert_eq!(agenda.take_due(99), None);
        assert!(agenda.entries == 0 && agenda.noted.is_empty());
    }
}
