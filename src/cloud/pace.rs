//! Keeping within the number of requests that the service allows.
//!
//! The service announces count, allowance and the window's end on its answers; what was sent
//! since is counted on top. Pure: time comes in as an argument.
use std::time::Duration;
use tokio::time::Instant;

/// Requests that background work leaves for the sessions in each window, at most; of a small
/// allowance a quarter. Coming up again on 20 channels takes 4 requests each, of which 60 cover
/// the first three quarters of a reconnect storm.
const MAX_RESERVE: u32 = 60;
/// Longest window that is believed: the service's own has 60 s. A nonsensical header must not
/// stop everything for a day.
const MAX_WINDOW: Duration = Duration::from_secs(120);

/// Who wants to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Urgency {
    /// The life of a session depends on it.
    Session,
    /// It can wait: names, snapshots, lists.
    Background,
}

/// The allowance as far as it is known. Unknown until the first answer: then nothing waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Budget {
    window: Option<Window>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    /// Requests counted in this window: the service's number, plus ours sent since.
    count: u32,
    allowed: u32,
    ends: Instant,
}

impl Budget {
    /// Takes in what an answer announces.
    pub(super) fn announced(
        &mut self,
        count: u32,
        allowed: u32,
        resets_in: Duration,
        now: Instant,
    ) {
        let ends = now + resets_in.min(MAX_WINDOW);
        // An answer to an earlier request may arrive after that to a later one: within a window
        // the count never goes down. Ends within 2 s of each other are the same window, since
        // they are announced in whole seconds.
        let count = match self.window {
            Some(known)
                if known.ends > now
                    && known.ends.max(ends) - known.ends.min(ends) < Duration::from_secs(2) =>
            {
                known.count.max(count)
            }
            _ => count,
        };
        self.window = Some(Window { count, allowed, ends });
    }

    /// Takes in that a request was refused for `wait`: until then all sessions wait, not only the
    /// one that was told.
    pub(super) fn refused(&mut self, wait: Duration, now: Instant) {
        let allowed = self.window.map_or(1, |window| window.allowed);
        self.window = Some(Window { count: allowed, allowed, ends: now + wait.min(MAX_WINDOW) });
    }

    /// Admits one request now, or says how long to wait before asking again.
    pub(super) fn admit(&mut self, urgency: Urgency, now: Instant) -> Result<(), Duration> {
        let Some(window) = self.window.as_mut() else { return Ok(()) };
        if window.ends <= now {
            self.window = None;
            return Ok(());
        }
        let reserve = match urgency {
            Urgency::Session => 0,
            Urgency::Background => MAX_RESERVE.min(window.allowed / 4),
        };
        if window.count.saturating_add(reserve) >= window.allowed {
            return Err(window.ends - now);
        }
        window.count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Budget, Urgency};
    use std::time::Duration;
    use tokio::time::Instant;

    #[test]
    fn nothing_waits_until_an_allowance_is_known_and_never_for_long() {
        let now = Instant::now();
        let mut budget = Budget::default();
        assert_eq!(budget.admit(Urgency::Background, now), Ok(()));
        budget.announced(300, 300, Duration::from_secs(86_400), now);
        let wait = budget.admit(Urgency::Session, now).unwrap_err();
        assert!(wait <= super::MAX_WINDOW);
        assert_eq!(budget.admit(Urgency::Session, now + wait), Ok(()));
    }

    #[test]
    fn after_a_refusal_everybody_waits_as_long_as_was_asked() {
        let now = Instant::now();
        let mut budget = Budget::default();
        budget.refused(Duration::from_secs(7), now);
        assert_eq!(budget.admit(Urgency::Session, now), Err(Duration::from_secs(7)));
        assert_eq!(budget.admit(Urgency::Session, now + Duration::from_secs(7)), Ok(()));
    }

    #[test]
    fn background_work_leaves_a_reserve_and_nobody_goes_beyond() {
        let now = Instant::now();
        let mut budget = Budget::default();
        budget.announced(0, 300, Duration::from_secs(60), now);
        let admitted = |budget: &mut Budget, urgency| {
            std::iter::repeat_with(|| budget.admit(urgency, now)).take_while(Result::is_ok).count()
        };
        assert_eq!(admitted(&mut budget, Urgency::Background), 240);
        assert_eq!(admitted(&mut budget, Urgency::Session), 60);
        // an answer to an early request doesn't make room that isn't there
        budget.announced(10, 300, Duration::from_secs(59), now);
        assert_eq!(admitted(&mut budget, Urgency::Session), 0);
    }
}
