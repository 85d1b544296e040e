//! The steps that a driver takes for its machine: each a task that ends with an answer.
use super::Driver;
use super::healed::Brought;
use crate::cloud::channels::{Channel, ChannelId, Subscribed, Writing};
use crate::cloud::dial::{WebSocket, trusted_socket_address};
use crate::cloud::failure::plain;
use crate::cloud::people::{agents_in, conversing_in};
use crate::cloud::snapshot::Reading;
use crate::cloud::socket::SocketHandle;
use crate::cloud::spares::Lease;
use crate::domain::control::Control;
use crate::domain::session::{ChannelCheck, Event, Failure, FailureKind, LineId};
use jiff::Timestamp;
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::AbortHandle;

/// Limit for clearing the subscriptions of a channel that is left behind.
const RETIRE_LIMIT: Duration = Duration::from_secs(10);

/// One channel with its socket, as far as they exist.
#[derive(Default)]
pub(super) struct Line {
    /// The right to the channel that it has, or that is being made for it.
    lease: Option<Lease>,
    pub(super) channel: Option<OwnChannel>,
    pub(super) socket: Option<SocketHandle>,
    steps: Vec<AbortHandle>,
    /// Counts how often everything under way was stopped.
    pub(super) epoch: u32,
    /// Whether a subscription is under way: one writer a channel.
    pub(super) writes: bool,
    /// Whether the channel may have topics that nobody wants any more.
    pub(super) has_others: bool,
    /// Whether it has been subscribed since it was made: then its end has moved.
    pub(super) subscribed: bool,
}

/// A channel that a line uses.
pub(super) struct OwnChannel {
    pub(super) channel: Channel,
    /// Number of the token that made it.
    token: u64,
    /// Whether it was left by another line of this profile before.
    is_spare: bool,
}

/// What a step was begun for. Stopping a step that is just done comes too late for it: what it
/// brings is known by its ticket to be out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ticket {
    /// For a line, in this epoch of it.
    Line(LineId, u32),
    /// For this snapshot, by number.
    Snapshot(u64),
    /// For the session.
    Session,
}

/// What a step brought.
pub(super) enum Done {
    Told(Event),
    /// Another session has left a channel: this line may have one.
    Room(LineId, Lease),
    Created(LineId, Box<OwnChannel>),
    Opened(LineId, Box<WebSocket>),
    Subscribed {
        line: LineId,
        /// The state of the topics when the request was made.
        version: u64,
        /// `None` when the service or the network refused.
        result: Result<(Subscribed, Option<Timestamp>), Failure>,
    },
    /// A snapshot, handed on already but for what is missing of it.
    Read {
        what: String,
        figures_missing: Option<Failure>,
        agents_missing: Option<Failure>,
    },
    Nothing,
}

impl Driver {
    pub(super) fn obtain_token(&mut self, fresh: bool) {
        let client = self.client.clone();
        self.steps.spawn(async move {
            let event = match client.login(fresh).await {
                Ok(token) => Event::TokenReady { expires: token.expires },
                Err(failure) => Event::TokenFailed(failure),
            };
            (Ticket::Session, Done::Told(event))
        });
    }

    /// Makes a channel for the line, or waits until it may have one: the service keeps 20.
    pub(super) fn create_channel(&mut self, line: LineId) -> Option<Event> {
        let held = self.lines.get_mut(&line).and_then(|line| line.lease.take());
        if let Some(lease) = held.or_else(|| self.kept_lease.take()).or_else(|| self.pool.lease()) {
            return self.make_channel(line, lease);
        }
        let pool = self.pool.clone();
        self.step(line, async move {
            match pool.next_lease().await {
                Some(lease) => Done::Room(line, lease),
                None => Done::Nothing,
            }
        });
        Some(Event::NoRoom { line })
    }

    /// Makes a channel, or takes one that was left, since the service can't delete any.
    pub(super) fn make_channel(&mut self, line: LineId, lease: Lease) -> Option<Event> {
        self.lines.entry(line).or_default().lease = Some(lease);
        let token = self.client.token_number();
        if let Some(channel) = self.pool.take_spare(token, self.client.clock.now()) {
            return Some(self.created(line, OwnChannel { channel, token, is_spare: true }));
        }
        let client = self.client.clone();
        self.step(line, async move {
            match client.create_channel().await {
                Ok(channel) => {
                    let own = OwnChannel { channel, token, is_spare: false };
                    Done::Created(line, Box::new(own))
                }
                Err(failure) => Done::Told(Event::ChannelFailed { line, failure }),
            }
        });
        None
    }

    /// Takes a channel into use; what the machine is to be told.
    pub(super) fn created(&mut self, line: LineId, own: OwnChannel) -> Event {
        let event =
            Event::ChannelReady { line, short: own.channel.short(), expires: own.channel.expires };
        let entry = self.lines.entry(line).or_default();
        entry.has_others = own.is_spare;
        entry.subscribed = own.is_spare;
        entry.channel = Some(own);
        event
    }

    pub(super) fn dial(&mut self, line: LineId) -> Option<Event> {
        // an older socket of the same line would be displaced by the new one anyway
        let entry = self.lines.entry(line).or_default();
        entry.socket = None;
        let address = match &entry.channel {
            Some(own) => trusted_socket_address(own.channel.connect_uri().expose_secret()),
            None => Err(no_channel()),
        };
        let address = match address {
            Ok(address) => address,
            Err(failure) => return Some(Event::DialFailed { line, failure }),
        };
        let dialler = self.client.dialler();
        self.step(line, async move {
            match dialler.dial(&address).await {
                Ok(socket) => Done::Opened(line, Box::new(socket)),
                Err(failure) => Done::Told(Event::DialFailed { line, failure }),
            }
        });
        None
    }

    /// Writes all topics to the line's channel, unless that is being done: then it is looked at
    /// again when it is done.
    pub(super) fn subscribe(&mut self, line: LineId) -> Option<Event> {
        let Some(id) = self.channel_id(line) else {
            return Some(Event::SubscribeFailed { line, failure: no_channel() });
        };
        let entry = self.lines.entry(line).or_default();
        if std::mem::replace(&mut entry.writes, true) {
            return None;
        }
        // Adding leaves what is there in peace, so events can't fall between; only what nobody
        // wants any more has to be replaced.
        let writing = if entry.has_others { Writing::Replace } else { Writing::Add };
        let asks_for_end = entry.subscribed;
        let client = self.client.clone();
        let topics = Arc::clone(&self.topics);
        let version = self.version;
        self.step(line, async move {
            let result = match client.set_topics(&id, &topics, writing).await {
                // a new channel has just told when it ends
                Ok(subscribed) if !asks_for_end => Ok((subscribed, None)),
                Ok(subscribed) => Ok((subscribed, client.channel_expiry(&id).await)),
                Err(failure) => Err(failure),
            };
            Done::Subscribed { line, version, result }
        });
        None
    }

    pub(super) fn check(&mut self, line: LineId) -> Option<Event> {
        let Some(id) = self.channel_id(line) else {
            return Some(Event::Checked { line, outcome: ChannelCheck::Gone });
        };
        let client = self.client.clone();
        self.step(line, async move {
            Done::Told(Event::Checked { line, outcome: client.check_channel(&id).await })
        });
        None
    }

    /// Stops what is under way for the line; its socket is read on.
    pub(super) fn abandon(&mut self, line: LineId) {
        if let Some(line) = self.lines.get_mut(&line) {
            line.stop_steps();
        }
    }

    /// Stops what is under way for the line and closes its socket; its channel may be dialled
    /// again.
    pub(super) fn drop_socket(&mut self, line: LineId) {
        if let Some(line) = self.lines.get_mut(&line) {
            line.stop_steps();
            // dropping the socket's handle closes it with a good-bye
            line.socket = None;
        }
    }

    pub(super) fn forget(&mut self, line: LineId) {
        let Some(mut line) = self.lines.remove(&line) else { return };
        line.stop_steps();
        if self.lines.values().all(|other| other.lease.is_none()) {
            self.kept_lease = line.lease.or(self.kept_lease.take());
        }
    }

    /// Leaves a channel that still lives: without subscriptions, and kept for another use.
    pub(super) fn retire(&mut self, line: LineId) {
        let Some(mut line) = self.lines.remove(&line) else { return };
        line.stop_steps();
        let Some(own) = line.channel else { return };
        let Some(id) = own.channel.id.clone() else { return };
        let client = self.client.clone();
        let pool = self.pool.clone();
        self.steps.spawn(async move {
            let clearing = client.clear_subscriptions(&id);
            let cleared = matches!(tokio::time::timeout(RETIRE_LIMIT, clearing).await, Ok(Ok(())));
            // where not, it ends by itself within a day: nobody needs to be told
            tracing::debug!(channel = id.short(), cleared, "channel left behind");
            // only now, so that the service never sends to a socket that is gone
            drop(line.socket);
            if cleared {
                pool.keep(own.channel, own.token);
            }
            // only now, so that whoever waits for it finds the spare channel
            drop(line.lease);
            (Ticket::Session, Done::Nothing)
        });
    }

    pub(super) fn take_snapshot(&mut self) {
        let client = self.client.clone();
        let queues = Arc::clone(&self.snapshot_queues);
        let people = agents_in(&self.topics);
        let users = conversing_in(&self.topics);
        let mailbox = self.mailbox.clone();
        if let Some(earlier) = self.snapshot.take() {
            earlier.abort();
        }
        self.snapshots += 1;
        let ticket = Ticket::Snapshot(self.snapshots);
        let handle = self.steps.spawn(async move {
            let reading = client.snapshot(&queues, &users, client.clock.now()).await;
            let Reading { snapshot, figures_missing } = match reading {
                Ok(reading) => reading,
                Err(failure) => return (ticket, Done::Told(Event::SnapshotFailed(failure))),
            };
            let conversations = snapshot.conversations.len();
            let conversations = snapshot.missing.is_none().then_some(conversations);
            mailbox.push_control(Control::Snapshot(snapshot));
            let mut agents = 0;
            let reading = client.each_agent(&people, |states| {
                agents += states.agents.len();
                mailbox.push_control(Control::Agents(states));
            });
            let agents_missing = match reading.await {
                Ok(()) => None,
                Err(failure) if failure.kind == FailureKind::NotPermitted => Some(failure),
                Err(failure) => return (ticket, Done::Told(Event::SnapshotFailed(failure))),
            };
            let brought = Brought {
                queues: queues.len(),
                users: users.len(),
                conversations,
                figures: figures_missing.is_none(),
                agents,
            };
            let what = brought.in_words();
            (ticket, Done::Read { what, figures_missing, agents_missing })
        });
        self.snapshot = Some(handle);
    }

    /// Begins a step that ends with its line.
    fn step(&mut self, line: LineId, step: impl Future<Output = Done> + Send + 'static) {
        let entry = self.lines.entry(line).or_default();
        let ticket = Ticket::Line(line, entry.epoch);
        entry.steps.retain(|step| !step.is_finished());
        entry.steps.push(self.steps.spawn(async move { (ticket, step.await) }));
    }

    pub(super) fn is_valid(&self, ticket: Ticket) -> bool {
        match ticket {
            Ticket::Line(line, epoch) => {
                self.lines.get(&line).is_some_and(|line| line.epoch == epoch)
            }
            Ticket::Snapshot(number) => number == self.snapshots,
            Ticket::Session => true,
        }
    }

    fn channel_id(&self, line: LineId) -> Option<ChannelId> {
        self.lines.get(&line)?.channel.as_ref()?.channel.id.clone()
    }
}

impl Line {
    fn stop_steps(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        self.writes = false;
        for step in self.steps.drain(..) {
            step.abort();
        }
    }
}

/// The machine asked for something on a line without a channel: a new channel helps.
fn no_channel() -> Failure {
    plain(FailureKind::ChannelGone, "there is no channel (any more)".to_owned())
}
