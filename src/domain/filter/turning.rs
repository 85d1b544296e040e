//! What of a filter changes by time alone: the answer to how long something has lasted.
//!
//! Told for each record as the second at which to ask again, so that nobody need ask all of them all
//! the time.
use super::operand::Operand;
use super::{Expression, Filter, Holds, Record, Term};
use jiff::Timestamp;

impl<F: Copy> Filter<F> {
    /// Whether it asks how long something has lasted.
    #[must_use]
    pub fn asks_how_long(&self) -> bool {
        let mut asks = false;
        self.root.each_term(&mut |term| {
            asks |= matches!(term, Term::Compare { field, .. } if field.holds == Holds::Duration);
        });
        asks
    }

    /// The second, since 1970, at which `record` is to be asked again, since time alone may have made
    /// it pass or not pass any more; `None` if that never happens after `now`. Asking then is at most
    /// a second late.
    #[must_use]
    pub fn asks_again_at<R: Record<F> + ?Sized>(&self, record: &R, now: Timestamp) -> Option<i64> {
        let mut earliest: Option<i64> = None;
        self.root.each_term(&mut |term| {
            let Term::Compare { field, operand: Operand::Quantity(wanted), .. } = term else {
                return;
            };
            if field.holds != Holds::Duration {
                return;
            }
            let Some(at) = record.grows_since(field.key) else { return };
            // exact for whole seconds, which people write
            #[expect(clippy::cast_precision_loss, reason = "exact for 285,000 years")]
            let reached = at.as_millisecond() as f64 / 1_000.0 + wanted.number;
            #[expect(clippy::cast_possible_truncation, reason = "saturates")]
            let reached = reached.ceil() as i64;
            // it is equal for a step, and more afterwards; a step is a second or less
            let turns = [reached, reached.saturating_add(1)];
            let next = turns.into_iter().find(|second| *second > now.as_second());
            earliest = match (earliest, next) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        });
        earliest
    }
}

impl<F> Expression<F> {
    fn each_term(&self, see: &mut dyn FnMut(&Term<F>)) {
        match self {
            Self::Everything => {}
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.each_term(see);
                }
            }
            Self::Not(part) => part.each_term(see),
            Self::Term(term) => see(term),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Field, Filter, Holds, Record, Value};
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::*;

    /// Something that has lasted since then.
    struct Lasting {
        since: Timestamp,
        now: Timestamp,
    }

    impl Record<()> for Lasting {
        fn any_value(&self, (): (), passes: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
            let lasted = crate::domain::moment::since(self.now, self.since);
            passes(Value::Quantity(lasted.as_secs_f64()))
        }

        fn any_text(&self, _: &mut dyn FnMut(&str) -> bool) -> bool {
            false
        }

        fn grows_since(&self, (): ()) -> Option<Timestamp> {
            Some(self.since)
        }
    }

    fn filter(text: &str) -> Filter<()> {
        let field = Field {
            name: "wait",
            also: ["", ""],
            key: (),
            holds: Holds::Duration,
            help: "how long",
        };
        Filter::parse(text, &[field]).unwrap()
    }

    #[test]
    fn only_a_length_of_time_is_asked_again() {
        let lasting = Lasting { since: Timestamp::UNIX_EPOCH, now: Timestamp::UNIX_EPOCH };
        let again = |text: &str| filter(text).asks_again_at(&lasting, lasting.now);
        assert_eq!(again("wait>2m"), Some(120));
        assert_eq!(again("a or -wait>=1500ms"), Some(2));
        assert_eq!(again("has:wait"), None);
        assert!(filter("a -wait>1s").asks_how_long() && !filter("a has:wait").asks_how_long());
    }

    proptest! {
        #[test]
        fn between_two_askings_nothing_changes(
            offset in -5_i64..20,
            wanted in 0_i64..12,
            sign in prop::sample::select(vec!["<", "<=", "=", "!=", ">=", ">"]),
            other in 0_i64..12,
        ) {
            let filter = filter(&format!("wait{sign}{wanted}s or -wait<{other}s"));
            let begin = Timestamp::from_second(1_790_000_000).unwrap();
            let at = |second: i64| Lasting {
                since: begin + SignedDuration::from_secs(offset),
                now: begin + SignedDuration::from_secs(second),
            };
            let mut known = filter.matches(&at(0));
            let mut again = filter.asks_again_at(&at(0), begin);
            for second in 1..60 {
                let row = at(second);
                if again.is_some_and(|again| again <= row.now.as_second()) {
                    known = filter.matches(&row);
                    again = filter.asks_again_at(&row, row.now);
                }
                prop_assert_eq!(known, filter.matches(&row), "{} at {}", filter, second);
            }
        }
    }
}
