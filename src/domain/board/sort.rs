//! How a board is sorted, and where a row stands by that: keys that are compared without a look at
//! the row, and for the most part without a look at any text.
use super::{Board, Column, Facts, LAST, RowKey, RowOf, Value, column, start_of};
use compact_str::CompactString;
use std::cmp::Ordering;

mod rank;

/// How a board is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By the column of this name; `None` for the most urgent first.
    pub by: Option<&'static str>,
    /// The other way round.
    pub reversed: bool,
}

/// Where a row stands in a sorted board: compared part by part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SortKey {
    /// The value of the column that the board is sorted by; [`Part::Last`] for all rows when it is
    /// sorted by urgency.
    column: Part,
    urgency: [i64; 2],
    /// How the row's name begins. Rows that are equally urgent stand in the order of their names, and
    /// this tells it without following a pointer to each.
    start: u64,
}

/// What rows are sorted by: the value of a column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A number, the smallest first.
    Number(i64),
    /// Text, in the order of the alphabet.
    Text(Words),
    /// Text, backwards.
    Backwards(Backwards),
    /// What isn't known comes last, however the board is sorted.
    Last,
}

/// A text with its beginning as two numbers beside it, which are compared first. Short ones, such as the
/// words for states, are nothing but that: 100,000 of them need no room elsewhere, and comparing them
/// needs no look there. Two, since names of queues and hidden addresses begin alike.
#[derive(Clone, Debug)]
pub struct Words {
    start: [u64; 2],
    rest: Rest,
}

#[derive(Clone, Debug)]
enum Rest {
    /// The text is no longer than its start: its length in bytes.
    Nothing(usize),
    /// The whole text.
    Text(CompactString),
}

impl From<CompactString> for Words {
    fn from(text: CompactString) -> Self {
        let (first, second) = text.as_bytes().split_at(text.len().min(size_of::<u64>()));
        let start = [start_of(first), start_of(second)];
        let is_short = text.len() <= size_of_val(&start);
        Self { start, rest: if is_short { Rest::Nothing(text.len()) } else { Rest::Text(text) } }
    }
}

impl Words {
    /// Whether the first of its two beginnings is all of it, so that none with the same one is less.
    fn is_its_beginning(&self) -> bool {
        // a text that ends in bytes of zero begins like shorter ones, which are less
        let bytes = size_of::<u64>() - self.start[0].trailing_zeros() as usize / 8;
        matches!(self.rest, Rest::Nothing(length) if length == bytes)
    }
}

impl Ord for Words {
    fn cmp(&self, other: &Self) -> Ordering {
        self.start.cmp(&other.start).then_with(|| match (&self.rest, &other.rest) {
            (Rest::Nothing(mine), Rest::Nothing(others)) => mine.cmp(others),
            // begins with all of the other
            (Rest::Nothing(_), Rest::Text(_)) => Ordering::Less,
            (Rest::Text(_), Rest::Nothing(_)) => Ordering::Greater,
            (Rest::Text(mine), Rest::Text(others)) => mine.cmp(others),
        })
    }
}

impl PartialOrd for Words {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Words {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Words {}

/// A text, compared backwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backwards(Words);

impl Ord for Backwards {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.cmp(&self.0)
    }
}

impl PartialOrd for Backwards {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Sort {
    /// The column by which it sorts.
    #[must_use]
    pub fn column<B: Board>(self) -> Option<&'static Column<B::Key>> {
        self.by.and_then(column::<B>)
    }

    /// Where a row stands. Figures come the largest first, text in the order of the alphabet.
    #[must_use]
    pub fn key<B: Board>(self, facts: &Facts<'_>, key: &B::Key) -> SortKey {
        self.key_of::<B>(facts, key, key.row(facts.monitor))
    }

    /// Where a row stands that has been found.
    #[must_use]
    pub fn key_of<B: Board>(self, facts: &Facts<'_>, key: &B::Key, row: RowOf<'_, B>) -> SortKey {
        let ranked = (B::urgency(facts, key, row), key.start());
        self.key_ranked::<B>(facts, key, row, ranked)
    }

    /// The same, of a row whose urgency and start are known.
    pub(super) fn key_ranked<B: Board>(
        self,
        facts: &Facts<'_>,
        key: &B::Key,
        row: RowOf<'_, B>,
        (urgency, start): ([i64; 2], u64),
    ) -> SortKey {
        let value = self.column::<B>().map(|column| (column.read)(facts, key, row));
        let part = match value {
            None | Some(Value::Unknown) => Part::Last,
            Some(Value::Text(text)) => Part::Text(text.into()),
            // the largest first; unlike a change of the sign this has no number without a counterpart
            Some(figure) => Part::Number(!figure.number()),
        };
        let sorted = SortKey { column: part, urgency, start };
        if self.reversed { sorted.turned(self.is_by_column::<B>()) } else { sorted }
    }

    /// Whether it sorts by a column rather than by urgency.
    #[must_use]
    pub fn is_by_column<B: Board>(self) -> bool {
        self.column::<B>().is_some()
    }
}

impl SortKey {
    /// Where the row stands the other way round: what isn't known still comes last, and rows that are
    /// equal by the column are still the most urgent first.
    #[must_use]
    pub fn turned(mut self, by_column: bool) -> Self {
        if by_column {
            self.column = match self.column {
                Part::Number(number) => Part::Number(!number),
                Part::Text(text) => Part::Backwards(Backwards(text)),
                Part::Backwards(Backwards(text)) => Part::Text(text),
                Part::Last => Part::Last,
            };
        } else {
            self.urgency = self.urgency.map(|number| if number == LAST { LAST } else { !number });
        }
        self
    }

    /// A key of one number, for tests of what keeps an order.
    #[cfg(test)]
    pub(super) fn of(number: i64, start: u64) -> Self {
        Self { column: Part::Number(number), urgency: [LAST; 2], start }
    }
}

#[cfg(test)]
mod tests {
    use super::{Backwards, Part, SortKey, Words};
    use proptest::prelude::*;

    fn words(text: &str) -> Words {
        Words::from(compact_str::CompactString::from(text))
    }

    proptest! {
        #[test]
        fn words_stand_in_the_order_of_their_text(one in "[ab\0ü]{0,20}", other in "[ab\0ü]{0,20}") {
            prop_assert_eq!(words(&one).cmp(&words(&other)), one.cmp(&other));
            let (back, forth) = (Backwards(words(&one)), Backwards(words(&other)));
            prop_assert_eq!(back.cmp(&forth), other.cmp(&one));
        }

        #[test]
        fn turned_twice_is_as_it_was(number: i64, urgency: [i64; 2], by_column: bool) {
            let key = SortKey { column: Part::Number(number), urgency, start: 7 };
            prop_assume!(!urgency.contains(&i64::MIN));
            prop_assert_eq!(key.clone().turned(by_column).turned(by_column), key);
        }
    }
}
