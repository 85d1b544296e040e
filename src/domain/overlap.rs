//! Frames that come on two lines during a hand-over are shown once.
//!
//! Counted, not merely remembered: the service may send the same text twice on one line, and then
//! it must be shown twice. Of each text as many are handed on as came on the line that had more
//! of them. The `CorrelationId` is no help, since many frames share one. Must not know how long an
//! overlap lasts; the session does.
use super::session::LineId;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// Most texts that are remembered. An overlap lasts seconds; at 5,000 frames/s of a flood that is
/// more than ten of them. 24 bytes each, 1.5 MB.
const MAX_REMEMBERED: usize = 65_536;

/// The memory of an overlap.
#[derive(Debug, Default)]
pub struct Overlap {
    counts: HashMap<u64, HashMap<LineId, u32>>,
    order: VecDeque<u64>,
    hasher: RandomState,
}

impl Overlap {
    /// Whether a frame with this text, from `line`, is to be handed on: it has not come as often
    /// on another line yet.
    pub fn admit(&mut self, line: LineId, text: &str) -> bool {
        let key = self.hasher.hash_one(text);
        if !self.counts.contains_key(&key) {
            while self.order.len() >= MAX_REMEMBERED {
                if let Some(oldest) = self.order.pop_front() {
                    self.counts.remove(&oldest);
                }
            }
            self.order.push_back(key);
        }
        let lines = self.counts.entry(key).or_default();
        let most = lines.values().copied().max().unwrap_or_default();
        let mine = lines.entry(line).or_default();
        *mine += 1;
        *mine > most
    }
}

#[cfg(test)]
mod tests {
    use super::Overlap;
    use crate::domain::session::LineId;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_comes_on_both_is_shown_once_and_what_comes_twice_twice(
            texts in prop::collection::vec(0_u8..6, 0..60),
            turns in prop::collection::vec(any::<bool>(), 0..240),
        ) {
            let mut overlap = Overlap::default();
            let mut sides = [texts.iter(), texts.iter()];
            let mut shown: Vec<u8> = Vec::new();
            let all = turns.iter().copied().chain(std::iter::repeat_n(true, 60)).chain(std::iter::repeat_n(false, 60));
            for turn in all {
                let (side, line) = if turn { (0, LineId(1)) } else { (1, LineId(2)) };
                if let Some(text) = sides[side].next()
                    && overlap.admit(line, &format!("text {text}"))
                {
                    shown.push(*text);
                }
            }
            let mut expected = texts.clone();
            expected.sort_unstable();
            shown.sort_unstable();
            prop_assert_eq!(shown, expected);
        }
    }
}
