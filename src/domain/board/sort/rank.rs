//! How a sort key begins, as one number: what sorting compares first.
//!
//! Of two keys the lesser never has the greater number; those that have the same are told apart by the
//! keys themselves. Parts that don't fit whole end it, since what comes after them would count for more
//! than their rest.
use super::super::LAST;
use super::{Part, SortKey, Words};

/// Bits of what kind the column's value is, and of the value.
const KIND: u32 = 2;
const NUMBER: u32 = 62;
/// Bits of the two numbers of an urgency: a few states, and milliseconds since 1970.
const URGENCY: [u32; 2] = [13, 48];

/// A number, filled from its highest bit on.
struct Rank {
    bits: u128,
    left: u32,
}

impl SortKey {
    /// How it begins. Sorting 100,000 of these moves a third of the bytes that the keys are, and most are
    /// told apart by one comparison.
    pub(in crate::domain::board) fn rank(&self) -> u128 {
        let mut rank = Rank { bits: 0, left: u128::BITS };
        match &self.column {
            Part::Number(number) => {
                rank.push_bits(0, KIND);
                rank.push_number(*number, NUMBER);
            }
            Part::Text(words) => {
                rank.push_bits(1, KIND);
                rank.push_words(words, 0);
            }
            Part::Backwards(words) => {
                rank.push_bits(2, KIND);
                rank.push_words(&words.0, u64::MAX);
            }
            Part::Last => rank.push_bits(3, KIND),
        }
        for (number, width) in self.urgency.into_iter().zip(URGENCY) {
            rank.push_number(number, width);
        }
        rank.push_bits(self.start, u64::BITS);
        rank.bits
    }
}

impl Rank {
    /// The next part; of one that doesn't fit as much as does.
    #[inline]
    fn push_bits(&mut self, bits: u64, width: u32) {
        let over = width.saturating_sub(self.left);
        if over < width {
            self.left -= width - over;
            self.bits |= u128::from(bits >> over) << self.left;
        }
    }

    /// Nothing comes any more.
    fn end(&mut self, ones: bool) {
        if ones {
            self.bits |= 1_u128.unbounded_shl(self.left).wrapping_sub(1);
        }
        self.left = 0;
    }

    /// A number of few enough bits, and [`LAST`], which is the greatest of all; another ends it.
    #[inline]
    fn push_number(&mut self, number: i64, width: u32) {
        let half = 1_i64 << (width - 1);
        // one less, which is kept for `LAST`
        let fitting = number.clamp(-half, half - 2);
        let placed = if number == LAST { half - 1 } else { fitting };
        self.push_bits(placed.wrapping_add(half).cast_unsigned(), width);
        if number != placed && number != LAST {
            self.end(number > placed);
        }
    }

    /// A text's beginning, each bit turned by `turned`. If that isn't all of it, it ends with a second one.
    fn push_words(&mut self, words: &Words, turned: u64) {
        let [first, second] = words.start;
        self.push_bits(first ^ turned, u64::BITS);
        let is_whole = words.is_its_beginning();
        self.push_bits((u64::from(!is_whole) ^ turned) & 1, 1);
        if !is_whole {
            self.push_bits(second ^ turned, u64::BITS);
            self.left = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::LAST;
    use super::super::{Part, SortKey, Words};
    use compact_str::CompactString;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = i64> {
        let edge =
            prop::sample::select(vec![LAST, LAST - 1, i64::MIN, 1 << 60, 1 << 61, 1 << 47, 4_094]);
        prop_oneof![any::<i64>(), -9_i64..9, 1_764_000_000_000_i64..1_764_000_000_009, edge]
    }

    fn part() -> impl Strategy<Value = Part> {
        let text =
            "[ab\0ü]{0,20}".prop_map(|text| Part::Text(Words::from(CompactString::from(text))));
        prop_oneof![number().prop_map(Part::Number), text, Just(Part::Last)]
    }

    prop_compose! {
        fn key()(column in part(), one in number(), other in number(), start in any::<u64>(), turned: bool) -> SortKey {
            SortKey { column, urgency: [one, other], start }.turned(turned)
        }
    }

    proptest! {
        #[test]
        fn the_lesser_key_never_has_the_greater_rank(one in key(), other in key(), like: [bool; 3]) {
            // by chance they would nearly always differ in the first part already
            let column = if like[0] { one.column.clone() } else { other.column };
            let urgency = [0, 1].map(|at| if like[at + 1] { one.urgency[at] } else { other.urgency[at] });
            let other = SortKey { column, urgency, start: other.start };
            let ranks = one.rank().cmp(&other.rank());
            prop_assert!(ranks.is_eq() || ranks == one.cmp(&other), "{one:?}, {other:?}");
        }
    }

    #[test]
    fn what_lists_are_sorted_by_is_told_apart_by_it() {
        let waits = |since, start| SortKey { column: Part::Last, urgency: [1, since], start };
        assert!(waits(1_764_000_000_000, 5).rank() < waits(1_764_000_000_001, 4).rank());
        assert!(
            waits(1_764_000_000_000, 5 << 50).rank() < waits(1_764_000_000_000, 6 << 50).rank()
        );
        let named = |text: &str, since| SortKey {
            column: Part::Text(Words::from(CompactString::from(text))),
            urgency: [1, since],
            start: 0,
        };
        assert!(named("waiting", 1).rank() < named("waiting", 2).rank());
        assert!(named("Queue name 7", 1).rank() < named("Queue name 8", 0).rank());
    }
}
