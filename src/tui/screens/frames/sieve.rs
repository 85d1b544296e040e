//! Which of the kept frames pass the filter: each is judged once, when it comes.
//!
//! Reading a frame's JSON costs some 15 µs, and ten thousand are kept; judging all of them for
//! every picture would take longer than the picture. A name of a queue that becomes known later
//! counts for frames that come later.
use crate::domain::filter::Filter;
use crate::domain::filter::frame::{FRAME_FIELDS, FrameField, FrameRecord};
use crate::domain::monitor::Monitor;
use crate::domain::monitor::frames::Label;
use std::collections::VecDeque;

/// The frames that are no hidden heartbeats, each with whether it passes. Bounded by the frames
/// that the monitor keeps.
#[derive(Debug)]
pub(super) struct Sieve {
    /// The filter's text when it was last read.
    asked: String,
    heartbeats: bool,
    /// The last filter that could be read: it stays in force while another one is typed.
    filter: Filter<FrameField>,
    judged: VecDeque<(u64, bool)>,
    /// The first frame that is not judged yet.
    next: u64,
}

impl Default for Sieve {
    fn default() -> Self {
        Self {
            asked: String::new(),
            heartbeats: false,
            filter: Filter::everything(),
            judged: VecDeque::new(),
            next: 0,
        }
    }
}

impl Sieve {
    /// Whether there is no filter.
    pub(super) fn is_everything(&self) -> bool {
        self.filter.is_everything()
    }

    /// Judges what has come since. Everything anew if what is asked for has changed, or if the
    /// monitor is another one, as when the picture is frozen.
    pub(super) fn sift(&mut self, text: &str, heartbeats: bool, monitor: &Monitor) {
        let mut is_changed = heartbeats != self.heartbeats || monitor.frames.total() < self.next;
        self.heartbeats = heartbeats;
        if self.asked != text {
            text.clone_into(&mut self.asked);
            if let Ok(filter) = Filter::parse(text, FRAME_FIELDS) {
                self.filter = filter;
                is_changed = true;
            }
        }
        if is_changed {
            self.judged.clear();
            self.next = 0;
        }
        let total = monitor.frames.total();
        let first = monitor.frames.iter().next().map_or(total, |kept| kept.sequence);
        while self.judged.front().is_some_and(|(sequence, _)| *sequence < first) {
            self.judged.pop_front();
        }
        for sequence in self.next.max(first)..total {
            let Some(kept) = monitor.frames.get(sequence) else { continue };
            if heartbeats || kept.label != Label::Heartbeat {
                let record = FrameRecord::kept(kept, &monitor.directory);
                self.judged.push_back((sequence, self.filter.matches(&record)));
            }
        }
        self.next = total;
    }

    /// How many there are without the filter.
    pub(super) fn total(&self) -> usize {
        self.judged.len()
    }

    /// Those that pass, oldest first.
    pub(super) fn passing(&self) -> Vec<u64> {
        self.judged.iter().filter(|(_, passes)| *passes).map(|(sequence, _)| *sequence).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Sieve;
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::ChannelNumber;
    use crate::domain::monitor::Monitor;

    fn add(monitor: &mut Monitor, text: &str) {
        monitor.absorb_frame(Frame {
            received: "2026-11-23T14:03:12Z".parse().unwrap(),
            channel: ChannelNumber(1),
            payload: Payload::Text(text.into()),
        });
    }

    #[test]
    fn each_frame_is_judged_once_and_a_broken_filter_changes_nothing() {
        let mut monitor = Monitor::new("2026-11-23T14:00:00Z".parse().unwrap());
        add(&mut monitor, r#"{"topicName":"v2.users.u1.presence","eventBody":{"n":1}}"#);
        add(&mut monitor, r#"{"topicName":"channel.metadata","eventBody":{"message":"x"}}"#);
        let mut sieve = Sieve::default();
        sieve.sift("body.n=1", false, &monitor);
        assert_eq!((sieve.passing(), sieve.total()), (vec![0], 1));
        sieve.sift("body.n=1 (", false, &monitor);
        assert_eq!(sieve.passing(), [0], "the last valid one stays in force");
        let frozen = monitor.clone();
        add(&mut monitor, r#"{"topicName":"v2.users.u2.presence","eventBody":{"n":1}}"#);
        sieve.sift("body.n=1 (", false, &monitor);
        assert_eq!((sieve.passing(), sieve.total()), (vec![0, 2], 2));
        sieve.sift("body.n=1", false, &frozen);
        assert_eq!(sieve.passing(), [0]);
        sieve.sift("", true, &monitor);
        assert_eq!(sieve.passing(), [0, 1, 2]);
    }
}
