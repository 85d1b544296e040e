//! The order of a board, kept as rows change: a sorted list in pieces, that knows the rank of each row.
//!
//! A change moves at most a piece, finding the row at a place or the place of a row goes through the
//! lengths of the pieces: some hundreds of numbers at 100,000 rows. Rejected: sorting a vector for
//! each picture, which takes longer than a picture may; and a set of rows with their names, since
//! counting 100,000 names up and down made up a third of what another sort cost.
use super::{RowKey, SortKey};
use foldhash::{HashMap, HashMapExt};
use std::cmp::Ordering;

/// Rows in a piece when it is made.
const PIECE: usize = 512;
/// Most rows in a piece; then it becomes two. At four bytes a row a change moves at most 4 KB.
const MAX_PIECE: usize = 2 * PIECE;

/// Which of an order's names: they are numbered once, so that sorting and moving handle a number.
pub(super) type Number = u32;

/// Rows in their order: some 200 bytes a row, 20 MB at 100,000 rows.
#[derive(Debug)]
pub struct Order<K> {
    numbers: HashMap<K, Number>,
    /// What each number stands for. Names outlast their place, see [`Order::forget`].
    named: Vec<Named<K>>,
    /// At the place of each row that passed at the last look at all of them, its number.
    hints: Vec<Number>,
    /// Numbers whose name was forgotten.
    free: Vec<Number>,
    /// All rows in their order; no piece is empty.
    pieces: Vec<Vec<Number>>,
    len: usize,
}

#[derive(Debug)]
struct Named<K> {
    /// `None` once it is forgotten.
    key: Option<K>,
    /// Where it stands, if it does.
    at: Option<SortKey>,
}

impl<K> Default for Order<K> {
    fn default() -> Self {
        Self {
            numbers: HashMap::new(),
            named: Vec::new(),
            hints: Vec::new(),
            free: Vec::new(),
            pieces: Vec::new(),
            len: 0,
        }
    }
}

impl<K: RowKey> Order<K> {
    /// Begins anew: no row stands anywhere until [`Rebuilding::finish`]. Of `rows` rows at most there are,
    /// and names of others are forgotten once they are as many again.
    #[must_use]
    pub fn rebuild(&mut self, rows: usize) -> Rebuilding<'_, K> {
        if self.numbers.len() > rows.saturating_mul(2) {
            *self = Self::default();
        }
        self.numbers.reserve(rows.saturating_sub(self.numbers.len()));
        for named in &mut self.named {
            named.at = None;
        }
        self.hints.resize(rows, Number::MAX);
        Rebuilding { unsorted: Vec::with_capacity(rows), order: self }
    }

    /// The other way round: every row's key turned, none computed.
    pub fn turn(&mut self, by_column: bool) {
        let mut turned = Vec::with_capacity(self.len);
        // one behind the other as they lie, since going after each in its order waits for memory
        for (number, named) in (0..).zip(&mut self.named) {
            if let Some(at) = named.at.take() {
                let at = named.at.insert(at.turned(by_column));
                turned.push((at.rank(), number));
            }
        }
        self.arrange(turned);
    }

    /// Takes out all rows but those that stay.
    pub fn retain(&mut self, mut stays: impl FnMut(&K) -> bool) {
        let named = &mut self.named;
        for piece in &mut self.pieces {
            piece.retain(|number| {
                let Some(named) = named.get_mut(*number as usize) else { return false };
                let stays = named.key.as_ref().is_some_and(&mut stays);
                if !stays {
                    named.at = None;
                }
                stays
            });
        }
        let kept: Vec<Number> = self.pieces.drain(..).flatten().collect();
        self.cut(&kept);
    }

    /// Sorts, and makes pieces of all rows: each with how its key begins.
    fn arrange(&mut self, mut unsorted: Vec<(u128, Number)>) {
        // the kind of sort that finds what is in order already, as the parts of a look at all rows are
        unsorted.sort_by(|(rank, number), (other_rank, other)| {
            rank.cmp(other_rank).then_with(|| self.compare(*number, *other))
        });
        let sorted: Vec<Number> = unsorted.into_iter().map(|(_, number)| number).collect();
        self.cut(&sorted);
    }

    fn cut(&mut self, sorted: &[Number]) {
        self.len = sorted.len();
        self.pieces = sorted.chunks(PIECE).map(<[Number]>::to_vec).collect();
    }

    /// The number of a name that has one. `place` is that of the row among all rows, where it is likely to
    /// have been at the last look: following that takes a fraction of what finding the name does.
    pub(super) fn number_of(&self, place: usize, key: &K) -> Option<Number> {
        let hint = self.hints.get(place).copied();
        hint.filter(|number| self::key(&self.named, *number) == Some(key))
            .or_else(|| self.numbers.get(key).copied())
    }

    /// The number of a name, which it gets if it has none.
    fn number(&mut self, key: &K) -> Number {
        if let Some(number) = self.numbers.get(key) {
            return *number;
        }
        let named = Named { key: Some(key.clone()), at: None };
        let number = if let Some(number) = self.free.pop() {
            self.named[number as usize] = named;
            number
        } else {
            self.named.push(named);
            // boards have at most some 100,000 rows
            Number::try_from(self.named.len() - 1).unwrap_or(Number::MAX)
        };
        self.numbers.insert(key.clone(), number);
        number
    }

    /// Puts a row where it belongs, or takes it out.
    pub fn place(&mut self, key: &K, at: Option<SortKey>) {
        let number = match self.numbers.get(key) {
            Some(number) => *number,
            None if at.is_none() => return,
            None => self.number(key),
        };
        let Some(named) = self.named.get_mut(number as usize) else { return };
        if named.at == at {
            return;
        }
        if named.at.is_some() {
            self.take_out(number);
        }
        if let Some(at) = at {
            self.named[number as usize].at = Some(at);
            self.put_in(number);
        }
    }

    /// Takes out a row that is no more. One that only doesn't pass keeps its number, since it is likely
    /// to come back.
    pub fn forget(&mut self, key: &K) {
        self.place(key, None);
        if let Some(number) = self.numbers.remove(key) {
            self.named[number as usize].key = None;
            self.free.push(number);
        }
    }

    fn put_in(&mut self, number: Number) {
        self.len += 1;
        // beyond the last one's end it belongs into the last
        let at = self.piece_of(number).min(self.pieces.len().saturating_sub(1));
        let place = self.pieces.get(at).map(|piece| self.place_in(piece, number));
        let Some((piece, place)) = self.pieces.get_mut(at).zip(place) else {
            self.pieces.push(vec![number]);
            return;
        };
        piece.insert(place, number);
        if piece.len() > MAX_PIECE {
            let rest = piece.split_off(PIECE);
            self.pieces.insert(at + 1, rest);
        }
    }

    /// Takes a row out while its place is still known, and then forgets that.
    fn take_out(&mut self, number: Number) {
        let at = self.piece_of(number);
        let place = self.pieces.get(at).map(|piece| self.place_in(piece, number));
        if let Some((piece, place)) = self.pieces.get_mut(at).zip(place)
            && piece.get(place) == Some(&number)
        {
            piece.remove(place);
            self.len -= 1;
            let left = piece.len();
            // rows that go must not leave pieces behind of which each holds next to nothing
            let next = self.pieces.get(at + 1).map(Vec::len);
            if left == 0 {
                self.pieces.remove(at);
            } else if next.is_some_and(|next| left + next <= PIECE) {
                let next = self.pieces.remove(at + 1);
                self.pieces[at].extend(next);
            }
        }
        self.named[number as usize].at = None;
    }

    /// The first piece that doesn't end before that row.
    fn piece_of(&self, number: Number) -> usize {
        self.pieces.partition_point(|piece| {
            piece.last().is_some_and(|last| self.compare(*last, number).is_lt())
        })
    }

    fn place_in(&self, piece: &[Number], number: Number) -> usize {
        piece.partition_point(|other| self.compare(*other, number).is_lt())
    }

    fn compare(&self, one: Number, other: Number) -> Ordering {
        let at =
            |number: Number| self.named.get(number as usize).and_then(|named| named.at.as_ref());
        let named = &self.named;
        at(one).cmp(&at(other)).then_with(|| key(named, one).cmp(&key(named, other)))
    }

    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The row at a place.
    #[must_use]
    pub fn at(&self, place: usize) -> Option<&K> {
        let mut left = place;
        for piece in &self.pieces {
            if let Some(number) = piece.get(left) {
                return key(&self.named, *number);
            }
            left -= piece.len();
        }
        None
    }

    /// The rows in their order.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.pieces.iter().flatten().filter_map(|number| key(&self.named, *number))
    }

    /// The place of a row.
    #[must_use]
    pub fn place_of(&self, key: &K) -> Option<usize> {
        let number = *self.numbers.get(key)?;
        self.named.get(number as usize)?.at.as_ref()?;
        let at = self.piece_of(number);
        let within = self.place_in(self.pieces.get(at)?, number);
        Some(self.pieces[..at].iter().map(Vec::len).sum::<usize>() + within)
    }
}

fn key<K>(named: &[Named<K>], number: Number) -> Option<&K> {
    named.get(number as usize)?.key.as_ref()
}

/// An order that is being built anew.
#[derive(Debug)]
pub struct Rebuilding<'a, K> {
    order: &'a mut Order<K>,
    unsorted: Vec<(u128, Number)>,
}

/// A row that stands in an order, and where: found by a look at some of the rows.
#[derive(Debug)]
pub(super) struct Standing<'a, K> {
    pub(super) key: &'a K,
    /// Its number in the order, if it has one.
    pub(super) number: Option<Number>,
    /// Which of all rows it is.
    pub(super) place: usize,
    pub(super) at: SortKey,
}

/// What a look at some of the rows found, and the order in which that stands: how each begins, and which of
/// the found it is. Sorting these is what such a look can do beside others.
pub(super) fn sorted<K: RowKey>(found: &[Standing<'_, K>]) -> Vec<(u128, u32)> {
    let mut sorted: Vec<(u128, u32)> =
        (0..).zip(found).map(|(index, row)| (row.at.rank(), index)).collect();
    let exactly = |index: u32| found.get(index as usize).map(|row| (&row.at, row.key));
    sorted.sort_unstable_by(|(rank, index), (other_rank, other)| {
        rank.cmp(other_rank).then_with(|| exactly(*index).cmp(&exactly(*other)))
    });
    sorted
}

impl<K: RowKey> Rebuilding<'_, K> {
    /// The order, for the numbers of its names.
    pub(super) fn order(&self) -> &Order<K> {
        self.order
    }

    /// Adds rows; each comes once. They are numbered as they lie and not as they stand, so that what is
    /// known of each is read and written one behind the other.
    pub(super) fn add(&mut self, found: Vec<Standing<'_, K>>, sorted: Vec<(u128, u32)>) {
        let mut numbers = Vec::with_capacity(found.len());
        for Standing { key, number, place, at } in found {
            let number = number.unwrap_or_else(|| self.order.number(key));
            if let Some(named) = self.order.named.get_mut(number as usize) {
                named.at = Some(at);
            }
            if let Some(hint) = self.order.hints.get_mut(place) {
                *hint = number;
            }
            numbers.push(number);
        }
        let numbered = |(rank, index)| Some((rank, *numbers.get(index as usize)?));
        self.unsorted.extend(sorted.into_iter().filter_map(numbered));
    }

    /// All rows are there: sorts them, which costs little where they come in few parts.
    pub fn finish(self) {
        self.order.arrange(self.unsorted);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SortKey, start_of};
    use super::{Order, Standing, sorted};
    use crate::domain::identity::QueueId;
    use proptest::prelude::*;

    fn row(number: u16) -> QueueId {
        QueueId::new(&format!("{number:05}"))
    }

    fn key(number: i64, row: u16) -> SortKey {
        SortKey::of(number, start_of(format!("{row:05}").as_bytes()))
    }

    /// Orders that are tried; each lives through up to 3,000 changes, which takes a twelfth of a second.
    const ORDERS: u32 = 64;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(ORDERS))]
        #[test]
        fn it_is_always_a_sorted_list(
            changes in prop::collection::vec((0_u16..900, prop::option::of(0_i64..50)), 0..3_000),
            rebuild_at in 0_usize..3_000,
            turn_at in 0_usize..3_000,
            retain_at in 0_usize..3_000,
        ) {
            let mut order = Order::default();
            let mut list: Vec<(i64, u16)> = Vec::new();
            let mut turned = false;
            let turn = |number: i64, turned: bool| if turned { !number } else { number };
            for (step, (number, at)) in changes.into_iter().enumerate() {
                match at {
                    None if number % 2 == 0 => order.forget(&row(number)),
                    at => order.place(&row(number), at.map(|at| key(turn(at, turned), number))),
                }
                list.retain(|(_, other)| *other != number);
                list.extend(at.map(|at| (at, number)));
                if step == rebuild_at {
                    let mut rebuilding = order.rebuild(list.len());
                    let keys: Vec<QueueId> = list.iter().map(|(_, number)| row(*number)).collect();
                    // as those of a look at all rows in two parts
                    let (first, second) = keys.split_at(keys.len() / 3);
                    for (from, part) in [(0, first), (first.len(), second)] {
                        let standing = |(index, row)| {
                            let place: usize = from + index;
                            let (at, number) = list[place];
                            let named = rebuilding.order().number_of(place, row);
                            Standing { key: row, number: named, place, at: key(turn(at, turned), number) }
                        };
                        let found: Vec<_> = part.iter().enumerate().map(standing).collect();
                        let sorted = sorted(&found);
                        rebuilding.add(found, sorted);
                    }
                    rebuilding.finish();
                }
                if step == turn_at {
                    order.turn(true);
                    turned = !turned;
                }
                if step == retain_at {
                    list.retain(|(_, number)| number % 3 == 0);
                    order.retain(|key| key.as_str().parse::<u16>().unwrap() % 3 == 0);
                }
            }
            list.sort_unstable_by_key(|(at, number)| (turn(*at, turned), *number));
            prop_assert_eq!(order.len(), list.len());
            for (place, (_, number)) in list.iter().enumerate() {
                prop_assert_eq!(order.at(place), Some(&row(*number)));
                prop_assert_eq!(order.place_of(&row(*number)), Some(place));
            }
            prop_assert_eq!(order.at(list.len()), None);
            let all = list.iter().map(|(_, number)| row(*number));
            prop_assert!(order.iter().cloned().eq(all));
        }
    }
}
