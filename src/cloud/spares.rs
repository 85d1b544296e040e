//! The channels of one profile: how many are in use, and which are left over for another use.
//!
//! The service offers no way to delete a channel, and the 21st evicts another one, perhaps of a
//! program that the user runs beside this one. So a channel that a session has left is kept here
//! and taken for the next hand-over. Nor may sessions that hand over at the same time have more than
//! 20 channels together: each keeps the right to one, and those to a second go round by turns. Must
//! not know how a channel is made.
use super::channels::Channel;
use crate::domain::topic::MAX_CHANNELS;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A channel that ends within this time isn't worth taking; subscribing is what prolongs it, and
/// that may have to be tried more than once.
const LEAST_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// The channels of one profile. Cheap to clone; clones share them.
#[derive(Clone, Debug)]
pub(super) struct ChannelPool {
    /// One permit for each channel that may be used at once. Whoever waits is served in turn.
    room: Arc<Semaphore>,
    pool: Arc<Mutex<Pool>>,
}

#[derive(Debug)]
struct Pool {
    /// How many channels may be used at once, at most [`MAX_CHANNELS`].
    limit: usize,
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

/// The right to use one of the channels; given back when dropped.
#[derive(Debug)]
pub(super) struct Lease(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl ChannelPool {
    /// A pool for `sessions` beside `others`, channels that are there already and not ours to use:
    /// as many of the 20 are left in peace as can be. One more than there are sessions may always
    /// be used, or none could be handed over; the service then evicts one, and those without a
    /// socket first.
    pub(super) fn new(sessions: usize, others: usize) -> Self {
        let needed = (sessions + 1).min(MAX_CHANNELS);
        let limit = MAX_CHANNELS.saturating_sub(others).max(needed);
        Self {
            room: Arc::new(Semaphore::new(limit)),
            pool: Arc::new(Mutex::new(Pool { limit, spare: Vec::new() })),
        }
    }

    /// Makes room for as many sessions as there are now.
    pub(super) fn provide_for(&self, sessions: usize) {
        let mut pool = self.lock();
        let needed = (sessions + 1).min(MAX_CHANNELS);
        self.room.add_permits(needed.saturating_sub(pool.limit));
        pool.limit = pool.limit.max(needed);
    }

    /// How many channels may be used at once.
    pub(super) fn limit(&self) -> usize {
        self.lock().limit
    }

    /// The right to use one more channel; `None` when as many are in use as may be, so that
    /// another one would evict one that delivers.
    pub(super) fn lease(&self) -> Option<Lease> {
        Arc::clone(&self.room).try_acquire_owned().ok().map(Lease)
    }

    /// The same, as soon as one is given back; `None` never comes, since nobody closes the pool.
    pub(super) async fn next_lease(&self) -> Option<Lease> {
        Arc::clone(&self.room).acquire_owned().await.ok().map(Lease)
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
    #[cfg(test)]
    pub(super) fn spares(&self) -> usize {
        self.lock().spare.len()
    }

    fn lock(&self) -> MutexGuard<'_, Pool> {
        // whole between any two of its statements: a panic elsewhere leaves nothing half done
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{ChannelPool, LEAST_LIFE};
    use crate::cloud::channels::Channel;
    use crate::domain::topic::MAX_CHANNELS;
    use jiff::{SignedDuration, Timestamp};
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    #[test]
    fn twenty_are_lent_and_a_returned_one_goes_to_whoever_waits() {
        let pool = ChannelPool::new(12, 0);
        let mut leases: Vec<_> = (0..MAX_CHANNELS).map(|_| pool.lease().unwrap()).collect();
        assert!(pool.lease().is_none());
        let mut waiting = pin!(pool.next_lease());
        let mut context = Context::from_waker(Waker::noop());
        assert!(waiting.as_mut().poll(&mut context).is_pending());
        leases.pop();
        assert!(pool.lease().is_none(), "whoever waits comes first");
        assert!(matches!(waiting.poll(&mut context), Poll::Ready(Some(_))));
    }

    #[test]
    fn channels_of_others_are_left_in_peace_as_far_as_a_hand_over_allows() {
        for (sessions, others, limit) in [
            (1, 0, 20),
            (1, 15, 5),
            (1, 20, 2),
            (12, 5, 15),
            (12, 20, 13),
            (20, 0, 20),
            (20, 9, 20),
        ] {
            let pool = ChannelPool::new(sessions, others);
            assert_eq!(pool.limit(), limit, "{sessions} beside {others}");
            let lent = std::iter::from_fn(|| pool.lease()).collect::<Vec<_>>();
            assert_eq!(lent.len(), limit);
        }
        let pool = ChannelPool::new(1, 20);
        let _all: Vec<_> = std::iter::from_fn(|| pool.lease()).collect();
        pool.provide_for(2);
        let one = pool.lease();
        assert!(one.is_some() && pool.lease().is_none());
    }

    #[test]
    fn a_spare_is_taken_by_its_own_token_and_while_it_lives() {
        let now: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let pool = ChannelPool::new(1, 0);
        pool.keep(Channel::for_test("a", None), 1);
        assert!(pool.take_spare(2, now).is_none());
        assert_eq!(pool.spares(), 0, "another token never can");
        pool.keep(Channel::for_test("b", Some(now + SignedDuration::from_mins(5))), 2);
        pool.keep(Channel::for_test("c", Some(now + SignedDuration::from_hours(5))), 2);
        assert!(pool.take_spare(2, now).unwrap().expires.unwrap() > now + LEAST_LIFE);
        assert!(pool.take_spare(2, now).is_none());
    }
}
