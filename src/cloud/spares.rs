//! The channels of one profile: how many are in use, and which are left over for another use.
//!
//! The service offers no way to delete a channel, and the 21st evicts another one, perhaps of a
//! program that the user runs beside this one. So a channel that a session has left is kept here
//! and taken for the next hand-over: however often sessions renew, a profile has at most twice as
//! many channels as sessions. Must not know how a channel is made.
use super::channels::Channel;
use crate::domain::topic::MAX_CHANNELS;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A channel that ends within this time isn't worth taking; subscribing is what prolongs it, and
/// that may have to be tried more than once.
const LEAST_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// The channels of one profile. Cheap to clone; clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct ChannelPool(Arc<Mutex<Pool>>);

#[derive(Debug, Default)]
struct Pool {
    in_use: usize,
    /// At most [`MAX_CHANNELS`], oldest first.
    spare: Vec<Spare>,
}

/// A channel that nobody uses, with the number of the token that made it: it ends with that one,
/// and only that one may use it.
#[derive(Debug)]
struct Spare {
    channel: Channel,
    token: u64,
}

/// The right to use one of the 20 channels; given back when dropped.
#[derive(Debug)]
pub(super) struct Lease(ChannelPool);

impl Drop for Lease {
    fn drop(&mut self) {
        let mut pool = self.0.lock();
        pool.in_use = pool.in_use.saturating_sub(1);
    }
}

impl ChannelPool {
    /// The right to use one more channel; `None` when all 20 are in use by this program, so that
    /// another one would evict one that delivers.
    pub(super) fn lease(&self) -> Option<Lease> {
        let mut pool = self.lock();
        if pool.in_use >= MAX_CHANNELS {
            return None;
        }
        pool.in_use += 1;
        drop(pool);
        Some(Lease(self.clone()))
    }

    /// A channel that was left and that token number `token` may use.
    pub(super) fn take_spare(&self, token: u64, now: Timestamp) -> Option<Channel> {
        let mut pool = self.lock();
        pool.spare.retain(|spare| {
            let lives = |ends: Timestamp| ends.duration_since(now) > LEAST_LIFE;
            spare.token == token && spare.channel.expires.is_none_or(lives)
        });
        (!pool.spare.is_empty()).then(|| pool.spare.remove(0).channel)
    }

    /// Keeps a channel that is no longer used.
    pub(super) fn keep(&self, channel: Channel, token: u64) {
        let mut pool = self.lock();
        if pool.spare.len() >= MAX_CHANNELS {
            pool.spare.remove(0);
        }
        pool.spare.push(Spare { channel, token });
    }

    /// How many are kept.
    pub(super) fn spares(&self) -> usize {
        self.lock().spare.len()
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        // whole between any two of its statements: a panic elsewhere leaves nothing half done
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{ChannelPool, LEAST_LIFE};
    use crate::cloud::channels::Channel;
    use crate::domain::topic::MAX_CHANNELS;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn twenty_are_lent_and_a_returned_one_can_be_lent_again() {
        let pool = ChannelPool::default();
        let mut leases: Vec<_> = (0..MAX_CHANNELS).map(|_| pool.lease().unwrap()).collect();
        assert!(pool.lease().is_none());
        leases.pop();
        assert!(pool.lease().is_some());
    }

    #[test]
    fn a_spare_is_taken_by_its_own_token_and_while_it_lives() {
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let pool = ChannelPool::default();
        pool.keep(Channel::for_test("a", None), 1);
        assert!(pool.take_spare(2, now).is_none());
        assert_eq!(pool.spares(), 0, "another token never can");
        pool.keep(Channel::for_test("b", Some(now + SignedDuration::from_mins(5))), 2);
        pool.keep(Channel::for_test("c", Some(now + SignedDuration::from_hours(5))), 2);
        assert!(pool.take_spare(2, now).unwrap().expires.unwrap() > now + LEAST_LIFE);
        assert!(pool.take_spare(2, now).is_none());
    }
}
