//! The order of a board, kept as rows change: a set that knows the rank of each of its members.
//!
//! A change costs the logarithm of the number of rows, and so does finding the row at a place or
//! the place of a row. Rejected: sorting a vector for each picture, which at 100,000 rows takes
//! longer than a picture may.
use super::SortKey;
use indexset::BTreeSet;
use std::collections::HashMap;
use std::hash::Hash;

/// Rows in their order.
#[derive(Debug)]
pub struct Order<K: Ord> {
    /// Where each row stands now.
    known: HashMap<K, SortKey>,
    sorted: BTreeSet<(SortKey, K)>,
}

impl<K: Ord> Default for Order<K> {
    fn default() -> Self {
        Self { known: HashMap::new(), sorted: BTreeSet::new() }
    }
}

impl<K: Ord + Clone + Hash> Order<K> {
    /// All rows anew.
    pub fn rebuild(&mut self, rows: impl Iterator<Item = (K, SortKey)>) {
        self.known = rows.collect();
        let mut sorted: Vec<(SortKey, K)> =
            self.known.iter().map(|(key, at)| (at.clone(), key.clone())).collect();
        // handed over in order, the set only ever appends
        sorted.sort_unstable();
        self.sorted = sorted.into_iter().collect();
    }

    /// Puts a row where it belongs, or takes it out.
    pub fn place(&mut self, key: &K, at: Option<SortKey>) {
        if self.known.get(key) == at.as_ref() {
            return;
        }
        if let Some(before) = self.known.remove(key) {
            self.sorted.remove(&(before, key.clone()));
        }
        if let Some(at) = at {
            self.known.insert(key.clone(), at.clone());
            self.sorted.insert((at, key.clone()));
        }
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The row at a place.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&K> {
        self.sorted.get_index(place).map(|(_, key)| key)
    }

    /// The place of a row.
    #[must_use]
    pub fn place_of(&self, key: &K) -> Option<usize> {
        let at = self.known.get(key)?;
        Some(self.sorted.rank(&(at.clone(), key.clone())))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Part;
    use super::Order;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_always_a_sorted_list(
            changes in prop::collection::vec((0_u16..300, prop::option::of(0_i64..50)), 0..900),
            rebuild_at in 0_usize..900,
        ) {
            let mut order = Order::default();
            let mut list: Vec<(i64, u16)> = Vec::new();
            let key = |number| [Part::Number(number), Part::Last, Part::Last];
            for (step, (row, at)) in changes.into_iter().enumerate() {
                order.place(&row, at.map(key));
                list.retain(|(_, other)| *other != row);
                list.extend(at.map(|at| (at, row)));
                if step == rebuild_at {
                    order.rebuild(list.iter().map(|(at, row)| (*row, key(*at))));
                }
            }
            list.sort_unstable();
            prop_assert_eq!(order.len(), list.len());
            for (place, (_, row)) in list.iter().enumerate() {
                prop_assert_eq!(order.at(place), Some(row));
                prop_assert_eq!(order.place_of(row), Some(place));
            }
            prop_assert_eq!(order.at(list.len()), None);
        }
    }
}
