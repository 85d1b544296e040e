//! The gap ledger: every span in which events may be missing, and what healed it.
use crate::domain::control::Gap;
use crate::domain::moment::since;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// Most gaps that are kept with their details; their number and length stay counted for ever.
pub const MAX_GAPS: usize = 500;

/// The ledger.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Gaps {
    kept: VecDeque<Gap>,
    closed: u64,
    length: Duration,
    /// Until when a recording that is replayed last missed something.
    unrecorded: Option<Timestamp>,
}

impl Gaps {
    /// Notes that a recording missed something until then: of no channel, and healed by nothing. What is
    /// told last counts, also where the clock was set back before it.
    pub fn note_unrecorded(&mut self, until: Timestamp) {
        self.unrecorded = Some(until);
    }

    /// Until when the recording last missed something, if this is one and it did.
    #[must_use]
    pub fn unrecorded(&self) -> Option<Timestamp> {
        self.unrecorded
    }

    /// Notes a gap, or what became of one: the same channel and beginning is the same gap.
    pub fn note(&mut self, gap: Gap) {
        if let (Some(until), from) = (gap.until, gap.from)
            && !self.kept.iter().any(|known| same(known, &gap) && known.until.is_some())
        {
            self.closed += 1;
            self.length += since(until, from);
        }
        if let Some(known) = self.kept.iter_mut().find(|known| same(known, &gap)) {
            let healed_by = gap.healed_by.clone().or_else(|| known.healed_by.take());
            *known = Gap { healed_by, ..gap };
            return;
        }
        if self.kept.len() >= MAX_GAPS {
            self.kept.pop_front();
        }
        self.kept.push_back(gap);
    }

    /// The gaps, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Gap> + ExactSizeIterator {
        self.kept.iter()
    }

    /// How many gaps have ended, since counting began.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.closed
    }

    /// How many go on.
    #[must_use]
    pub fn open(&self) -> usize {
        self.kept.iter().filter(|gap| gap.until.is_none()).count()
    }

    /// How long those that have ended were together.
    #[must_use]
    pub fn length(&self) -> Duration {
        self.length
    }

    /// The newest gap that nothing has healed yet.
    #[must_use]
    pub fn unhealed(&self) -> Option<&Gap> {
        self.kept.iter().rev().find(|gap| gap.healed_by.is_none())
    }

    /// Whether something that was last seen at `at` may have been missed since.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        self.kept.iter().any(|gap| gap.from <= at && gap.until.is_none_or(|until| at <= until))
    }
}

fn same(left: &Gap, right: &Gap) -> bool {
    left.channel == right.channel && left.from == right.from
}

#[cfg(test)]
mod tests {
    use super::Gaps;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn what_a_recording_missed_after_its_clock_was_set_back_counts() {
        let before = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(1);
        let mut gaps = Gaps::default();
        gaps.note_unrecorded(before);
        gaps.note_unrecorded(Timestamp::UNIX_EPOCH);
        assert_eq!(gaps.unrecorded(), Some(Timestamp::UNIX_EPOCH));
    }
}
