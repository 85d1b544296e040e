//! Frames that come on two lines during a hand-over are shown once.
//!
//! The same topic and the same body make the same frame; the metadata is left out, since one
//! `CorrelationId` stands on many frames and may differ between two copies of one. Counted, not
//! merely remembered: the service may send the same text twice on one line, and then it must be
//! shown twice. Of each as many are handed on as came on the line that had more of them. Must not
//! know how long an overlap lasts; the session does.
use super::session::LineId;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};

/// Most frames that are remembered. An overlap lasts seconds; at 5,000 frames/s of a flood that
/// is more than ten of them. Some 50 bytes each with both tables, 3 MB.
const MAX_REMEMBERED: usize = 65_536;

/// The memory of an overlap of two lines.
#[derive(Debug)]
pub struct Overlap {
    lines: [LineId; 2],
    /// How often each came on each of the two lines, by its hash.
    counts: HashMap<u64, [u32; 2]>,
    order: VecDeque<u64>,
    hasher: RandomState,
}

/// What makes a frame the same as another one.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Same<'a> {
    topic_name: &'a str,
    #[serde(borrow)]
    event_body: &'a RawValue,
}

impl Overlap {
    /// An overlap of `old` and `new`.
    #[must_use]
    pub fn new(old: LineId, new: LineId) -> Self {
        Self {
            lines: [old, new],
            counts: HashMap::new(),
            order: VecDeque::new(),
            hasher: RandomState::new(),
        }
    }

    /// Whether a frame with this text, from `line`, is to be handed on: it has not come as often
    /// on the other line yet. What comes on any third line always is.
    pub fn admit(&mut self, line: LineId, text: &str) -> bool {
        let Some(mine) = self.lines.iter().position(|known| *known == line) else { return true };
        let key = self.key(text);
        if !self.counts.contains_key(&key) {
            while self.order.len() >= MAX_REMEMBERED {
                if let Some(oldest) = self.order.pop_front() {
                    self.counts.remove(&oldest);
                }
            }
            self.order.push_back(key);
        }
        let counts = self.counts.entry(key).or_default();
        counts[mine] = counts[mine].saturating_add(1);
        counts[mine] > counts[1 - mine]
    }

    /// The hash of topic and body; of the whole text where it has no such parts.
    fn key(&self, text: &str) -> u64 {
        match serde_json::from_str::<Same<'_>>(text) {
            Ok(same) => {
                let topic = same.topic_name.to_ascii_lowercase();
                self.hasher.hash_one((topic, same.event_body.get()))
            }
            Err(_) => self.hasher.hash_one(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Overlap;
    use crate::domain::session::LineId;
    use proptest::prelude::*;

    const OLD: LineId = LineId(1);
    const NEW: LineId = LineId(2);

    fn frame(topic: &str, body: &str, correlation: &str) -> String {
        format!(
            r#"{{"topicName":"{topic}","version":"2","eventBody":{body},"metadata":{{"CorrelationId":"{correlation}"}}}}"#
        )
    }

    #[test]
    fn topic_and_body_make_a_frame_and_its_correlation_doesnt() {
        let mut overlap = Overlap::new(OLD, NEW);
        assert!(overlap.admit(OLD, &frame("v2.users.U.presence", "{\"n\":1}", "a")));
        assert!(!overlap.admit(NEW, &frame("v2.users.u.presence", "{\"n\":1}", "b")));
        assert!(overlap.admit(OLD, &frame("v2.users.u.presence", "{\"n\":2}", "a")));
        assert!(overlap.admit(OLD, &frame("v2.users.u.activity", "{\"n\":2}", "a")));
        assert!(overlap.admit(NEW, "no json"));
        assert!(!overlap.admit(OLD, "no json"));
        assert!(overlap.admit(LineId(3), "no json"), "a third line has nothing to do with it");
    }

    proptest! {
        #[test]
        fn what_comes_on_both_is_shown_once_and_what_comes_twice_twice(
            texts in prop::collection::vec(0_u8..6, 0..60),
            turns in prop::collection::vec(any::<bool>(), 0..240),
        ) {
            let mut overlap = Overlap::new(OLD, NEW);
            let mut sides = [texts.iter(), texts.iter()];
            let mut shown: Vec<u8> = Vec::new();
            let all = turns.iter().copied().chain(std::iter::repeat_n(true, 60)).chain(std::iter::repeat_n(false, 60));
            for turn in all {
                let (side, line) = if turn { (0, OLD) } else { (1, NEW) };
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
