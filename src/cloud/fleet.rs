//! All sessions of one profile: which topic is on which channel, and what comes and goes.
//!
//! One driver a channel. Topics that are added go where there is room, without touching a socket;
//! only when no channel has any, another session is started. Must not know how a session lives.
use super::channels::Channel;
use super::client::ServiceClient;
use super::driver::{Driver, MAX_WAITING_ORDERS, Order, Setup};
use super::mailbox::Mailbox;
use super::plan::{Plan, queues_in};
use super::source::Wanted;
use super::spares::ChannelPool;
use super::tally::Tally;
use crate::domain::control::{ConnectionEvent, Control, EventKind};
use crate::domain::identity::{ChannelNumber, QueueId};
use crate::domain::session::{Failure, Policy, Wish};
use crate::domain::topic::{MAX_CHANNELS, MAX_TOPICS_PER_CHANNEL, Topic};
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};

/// Limit for looking at the channels that are there before the first one is made. It only warns
/// and saves channels, so it may not hold the start up for long.
const SURVEY_LIMIT: Duration = Duration::from_secs(2);

/// All sessions of one profile.
pub(super) struct Fleet {
    client: ServiceClient,
    policy: Policy,
    mailbox: Mailbox,
    pool: ChannelPool,
    /// At most [`MAX_CHANNELS`], in the order of their numbers.
    members: Vec<Member>,
    drivers: JoinSet<Option<Failure>>,
    figures: Arc<watch::Sender<Wanted>>,
}

/// One session, as the fleet sees it.
struct Member {
    /// Closed when the session has ended.
    orders: mpsc::Sender<Order>,
    /// What it was last told to watch, at most [`MAX_TOPICS_PER_CHANNEL`].
    topics: Vec<Topic>,
    snapshot_queues: Vec<QueueId>,
}

impl Fleet {
    /// Starts a session for each pack of `plan`.
    pub(super) async fn start(
        client: ServiceClient,
        plan: &Plan,
        policy: Policy,
        mailbox: Mailbox,
    ) -> Self {
        let sessions = plan.packs.len();
        let mut fleet = Self {
            client,
            policy,
            mailbox,
            pool: ChannelPool::new(sessions, 0),
            members: Vec::new(),
            drivers: JoinSet::new(),
            figures: Arc::new(watch::Sender::new(Wanted::default())),
        };
        let looking = tokio::time::timeout(SURVEY_LIMIT, fleet.survey(sessions));
        if let Ok(pool) = looking.await {
            fleet.pool = pool;
        } else {
            tracing::info!("no look at the channels in time");
        }
        let topics = plan.packs.iter().map(Vec::len).sum();
        let tally = Arc::new(Tally::new(sessions, topics));
        for (topics, queues) in plan.packs.iter().zip(plan.queues_by_pack()) {
            fleet.launch(sessions, topics.clone(), queues, Arc::clone(&tally));
        }
        fleet.want_figures();
        fleet
    }

    /// For which queues figures of intervals are wanted, and when they are due.
    pub(super) fn figures_wanted(&self) -> watch::Receiver<Wanted> {
        self.figures.subscribe()
    }

    fn want_figures(&self) {
        let all = self.members.iter().flat_map(|member| &member.snapshot_queues);
        let queues: BTreeSet<QueueId> = all.cloned().collect();
        self.figures.send_if_modified(|wanted| {
            let is_news = !wanted.queues.iter().eq(&queues);
            if is_news {
                wanted.queues = queues.into_iter().collect();
            }
            is_news
        });
    }

    /// The next session that ended, with its failure if it wasn't a wish; `None` when all have.
    /// Loses nothing when it is cancelled.
    pub(super) async fn next_end(&mut self) -> Option<Result<Option<Failure>, JoinError>> {
        self.drivers.join_next().await
    }

    /// Asks every session for something.
    pub(super) fn wish(&mut self, wish: Wish) {
        for member in &self.members {
            // full means that as many orders wait already; closed, that it has ended
            if member.orders.try_send(Order::Wish(wish)).is_err() {
                tracing::debug!(?wish, "a session takes no wish");
            }
        }
        if wish == Wish::Stop {
            // closing the channels is a stop too, and can't be lost
            self.members.clear();
        }
    }

    /// Adds topics that aren't watched yet; how many there were, and how many of them found no
    /// room on 20 channels.
    pub(super) fn add(&mut self, topics: &[Topic], queues: &[QueueId]) -> Added {
        let known: HashSet<Topic> = self
            .members
            .iter()
            .flat_map(|member| member.topics.iter().flat_map(Topic::singles))
            .collect();
        let mut seen = HashSet::new();
        let mut fresh: Vec<Topic> = topics
            .iter()
            .filter(|topic| {
                topic.singles().any(|single| !known.contains(&single))
                    && seen.insert((*topic).clone())
            })
            .cloned()
            .collect();
        let mut added = Added { topics: fresh.len(), without_room: 0 };
        for index in 0..self.members.len() {
            let Some(member) = self.members.get_mut(index) else { break };
            let room = MAX_TOPICS_PER_CHANNEL.saturating_sub(member.topics.len());
            if room == 0 || fresh.is_empty() || member.orders.is_closed() {
                continue;
            }
            let taken: Vec<Topic> = fresh.drain(..room.min(fresh.len())).collect();
            let before = (member.topics.clone(), member.snapshot_queues.clone());
            take_queues(member, &taken, queues);
            member.topics.extend(taken.iter().cloned());
            if !member.tell() {
                // flooded with orders: what it didn't take is tried elsewhere
                (member.topics, member.snapshot_queues) = before;
                fresh.extend(taken);
            }
        }
        while !fresh.is_empty() && self.members.len() < MAX_CHANNELS {
            let rest = fresh.split_off(fresh.len().min(MAX_TOPICS_PER_CHANNEL));
            let topics = std::mem::replace(&mut fresh, rest);
            let named: HashSet<QueueId> = queues_in(&topics).collect();
            let queues = queues.iter().filter(|queue| named.contains(*queue)).cloned().collect();
            self.launch(0, topics, queues, Arc::new(Tally::new(1, 0)));
        }
        added.without_room = fresh.len();
        self.want_figures();
        added
    }

    /// Watches these topics no longer; how many were watched. The parts of a combined one can be
    /// named one by one: the others stay.
    pub(super) fn remove(&mut self, topics: &[Topic]) -> usize {
        let unwanted: HashSet<Topic> = topics.iter().flat_map(Topic::singles).collect();
        let mut removed = 0;
        for member in &mut self.members {
            let mut left = Vec::with_capacity(member.topics.len());
            let mut changed = false;
            for id in &member.topics {
                let singles: Vec<Topic> = id.singles().collect();
                let kept: Vec<Topic> =
                    singles.iter().filter(|single| !unwanted.contains(single)).cloned().collect();
                removed += singles.len() - kept.len();
                if kept.len() == singles.len() {
                    left.push(id.clone());
                } else {
                    changed = true;
                    left.extend(kept);
                }
            }
            // parts of a combined topic that stay become topics of their own: only if they fit
            if !changed || left.len() > MAX_TOPICS_PER_CHANNEL {
                continue;
            }
            let before = std::mem::replace(&mut member.topics, left);
            if !member.tell() {
                member.topics = before;
            }
        }
        removed
    }

    /// Starts one of at least so many sessions.
    fn launch(
        &mut self,
        sessions: usize,
        topics: Vec<Topic>,
        snapshot_queues: Vec<QueueId>,
        tally: Arc<Tally>,
    ) {
        let number = u16::try_from(self.members.len() + 1).unwrap_or(u16::MAX);
        let (orders, received) = mpsc::channel(MAX_WAITING_ORDERS);
        let sessions = sessions.max(usize::from(number));
        self.pool.provide_for(sessions);
        let room = self.pool.limit().saturating_sub(sessions);
        let driver = Driver::new(Setup {
            client: self.client.clone(),
            channel: ChannelNumber(number),
            topics: topics.clone(),
            snapshot_queues: snapshot_queues.clone(),
            policy: self.policy.by_turns(sessions, room),
            jitter_seed: fastrand::u64(..),
            mailbox: self.mailbox.clone(),
            pool: self.pool.clone(),
            tally,
            figures: Arc::clone(&self.figures),
        });
        self.drivers.spawn(driver.run(received));
        self.members.push(Member { orders, topics, snapshot_queues });
    }

    /// Looks at the channels that are there before `wanted` more are made: says if the service
    /// would evict some, and takes those of the same token that were left without a subscription.
    async fn survey(&self, wanted: usize) -> ChannelPool {
        let unknown = ChannelPool::new(wanted, 0);
        if self.client.vitals().borrow().token.is_none() {
            // the sessions log in, and this must not be one more knock at a closed door
            return unknown;
        }
        let Ok(all) = self.client.channels(true).await else { return unknown };
        let free = self.unused(&all).await;
        let others = all.len() - free.len();
        let used = all.iter().filter(|channel| channel.id.is_some()).count() - free.len();
        let pool = ChannelPool::new(wanted, others);
        // what isn't wanted now may evict nobody either
        let spares = free.len().min(pool.limit());
        for channel in free {
            tracing::info!(channel = channel.short(), "an unused channel is taken again");
            pool.keep(channel, self.client.token_number());
        }
        let left = all.len() - spares.min(wanted);
        if left + wanted > MAX_CHANNELS {
            let evicted = (left + wanted - MAX_CHANNELS).min(left);
            self.note(format!(
                "this client has {left} channels already and {wanted} more are needed, but the service keeps {MAX_CHANNELS}: it will evict {evicted}, those without a socket first; {used} of this token have subscriptions and may be in use by another program"
            ));
        }
        pool
    }

    /// The channels that this token made and that nobody uses. A channel without a subscription
    /// delivers nothing, so nobody misses it; one that was made a moment ago is left to whoever
    /// made it.
    async fn unused(&self, all: &[Channel]) -> Vec<Channel> {
        let now = self.client.clock.now();
        let mut unused = Vec::new();
        for channel in all.iter().filter(|channel| channel.is_settled(now)) {
            let Some(id) = &channel.id else { continue };
            if self.client.is_unsubscribed(id).await.is_ok_and(|unsubscribed| unsubscribed) {
                unused.push(channel.clone());
            }
        }
        unused
    }

    /// Tells people something that concerns all sessions.
    pub(super) fn note(&self, sentence: String) {
        tracing::info!("{sentence}");
        self.mailbox.push_control(Control::Event(ConnectionEvent {
            at: self.client.clock.now(),
            channel: None,
            kind: EventKind::Note,
            sentence,
            context_id: None,
            retry_in: None,
        }));
    }
}

/// What became of topics that were to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Added {
    /// Those that were not watched yet.
    pub(super) topics: usize,
    /// Of these, those for which no channel has room.
    pub(super) without_room: usize,
}

impl Member {
    /// Tells the session what it shall watch; `false` when it takes no order.
    fn tell(&self) -> bool {
        let order = Order::Watch {
            topics: self.topics.clone(),
            snapshot_queues: self.snapshot_queues.clone(),
        };
        self.orders.try_send(order).is_ok()
    }
}

/// The member reads those of `queues` that `topics` name, unless it does already.
fn take_queues(member: &mut Member, topics: &[Topic], queues: &[QueueId]) {
    let wanted: HashSet<&QueueId> = queues.iter().collect();
    for queue in queues_in(topics) {
        if wanted.contains(&queue) && !member.snapshot_queues.contains(&queue) {
            member.snapshot_queues.push(queue);
        }
    }
}

#[cfg(test)]
mod tests;
