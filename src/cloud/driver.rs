//! Carries out what one session machine asks for.
//!
//! Owns the machine, its lines and the steps under way. Decides nothing about the life of the
//! session: what happened goes into the machine, what comes out is done, and clocks are read
//! here for both. Must not know who takes the frames.
use super::channels::Subscribed;
use super::client::ServiceClient;
use super::mailbox::Mailbox;
use super::socket::{self, FromSocket, MAX_WAITING_MESSAGES, SocketHandle, SocketId};
use super::source::Wanted;
use super::spares::{ChannelPool, Lease};
use super::tally::Tally;
use crate::domain::control::{ConnectionEvent, Control, Gap, TopicOutcome};
use crate::domain::decode::frame_kind;
use crate::domain::frame::Frame;
use crate::domain::identity::{ChannelNumber, QueueId};
use crate::domain::moment::Moment;
use crate::domain::overlap::Overlap;
use crate::domain::session::{
    Effect, Event, Failure, LineId, Policy, Session, SessionReport, Wish,
};
use crate::domain::topic::Topic;
use jiff::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

mod account;
mod healed;
mod refused;
mod steps;
use refused::nothing_taken;
use steps::{Done, Line, Ticket};

/// Orders that wait for a driver. They are for people's keys; one of each kind is enough.
pub(super) const MAX_WAITING_ORDERS: usize = 8;
/// Shortest time between two reports that differ only in when the last frame came: the age of a
/// frame is shown in seconds, and each report walks the waiting control messages.
const REPORT_PACE: Duration = Duration::from_millis(250);
/// Gaps that wait to be healed at most; then the oldest stays unhealed on record.
const MAX_OPEN_GAPS: usize = 64;
/// Limit for leaving everything tidy at the end.
const FAREWELL_LIMIT: Duration = Duration::from_secs(2);

/// What a driver is made of.
pub(super) struct Setup {
    pub(super) client: ServiceClient,
    pub(super) channel: ChannelNumber,
    pub(super) topics: Vec<Topic>,
    pub(super) snapshot_queues: Vec<QueueId>,
    pub(super) policy: Policy,
    pub(super) jitter_seed: u64,
    pub(super) mailbox: Mailbox,
    /// Shared by all sessions of the profile.
    pub(super) pool: ChannelPool,
    /// Shared by all sessions of the profile.
    pub(super) tally: Arc<Tally>,
    /// Told when a snapshot was read: then figures of intervals are due.
    pub(super) figures: Arc<watch::Sender<Wanted>>,
}

/// What a driver is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Order {
    /// What the machine understands.
    Wish(Wish),
    /// From now on these are the topics, at most 1,000, and the queues whose state is read. No
    /// socket is touched: topics that are new are added to the channel, and where some went, the
    /// channel's list is replaced.
    Watch {
        /// All topics.
        topics: Vec<Topic>,
        /// All queues.
        snapshot_queues: Vec<QueueId>,
    },
}

/// One session at work.
pub(super) struct Driver {
    client: ServiceClient,
    channel: ChannelNumber,
    topics: Arc<[Topic]>,
    /// Goes up with each change of `topics`.
    version: u64,
    snapshot_queues: Arc<[QueueId]>,
    mailbox: Mailbox,
    pool: ChannelPool,
    tally: Arc<Tally>,
    figures: Arc<watch::Sender<Wanted>>,
    /// What became of topics, as told last.
    told: Vec<TopicOutcome>,
    /// Whether people know that permission for queue figures is missing.
    figures_missing: bool,
    /// Whether it was told that there is no permission to read what agents do.
    agents_missing: bool,
    session: Session,
    /// Zero of the uptime in every moment.
    started: Instant,
    lines: HashMap<LineId, Line>,
    /// The right to a channel that this session keeps while it has none: who loses a channel must
    /// not queue for another one behind those who only want a second.
    kept_lease: Option<Lease>,
    /// Each with the ticket that it was begun under.
    steps: JoinSet<(Ticket, Done)>,
    /// Sockets opened so far.
    sockets: u64,
    /// Snapshots begun so far.
    snapshots: u64,
    /// The snapshot under way.
    snapshot: Option<AbortHandle>,
    overlap: Option<Overlap>,
    open_gaps: VecDeque<Gap>,
    reported: Option<SessionReport>,
    reported_at: Duration,
    /// A report that differs only in ages is held back until then.
    report_due: Option<Duration>,
    /// Handed to the socket tasks.
    to_me: mpsc::Sender<(SocketId, FromSocket)>,
    from_sockets: mpsc::Receiver<(SocketId, FromSocket)>,
    outcome: Outcome,
}

/// How the session stands, for the loop.
#[derive(Debug, PartialEq)]
enum Outcome {
    Running,
    Stopped,
    GaveUp(Failure),
}

impl Driver {
    pub(super) fn new(setup: Setup) -> Self {
        let (to_me, from_sockets) = mpsc::channel(MAX_WAITING_MESSAGES);
        Self {
            client: setup.client,
            channel: setup.channel,
            topics: setup.topics.into(),
            version: 0,
            snapshot_queues: setup.snapshot_queues.into(),
            mailbox: setup.mailbox,
            pool: setup.pool,
            tally: setup.tally,
            figures: setup.figures,
            told: Vec::new(),
            figures_missing: false,
            agents_missing: false,
            session: Session::new(setup.channel, setup.policy, setup.jitter_seed),
            started: Instant::now(),
            lines: HashMap::new(),
            kept_lease: None,
            steps: JoinSet::new(),
            sockets: 0,
            snapshots: 0,
            snapshot: None,
            overlap: None,
            open_gaps: VecDeque::new(),
            reported: None,
            reported_at: Duration::ZERO,
            report_due: None,
            to_me,
            from_sockets,
            outcome: Outcome::Running,
        }
    }

    /// Runs the session to its end; the failure that ended it, if it wasn't a wish. Ends as
    /// wished too when nobody can wish anything any more.
    pub(super) async fn run(mut self, mut orders: mpsc::Receiver<Order>) -> Option<Failure> {
        self.tell(Event::Start);
        let mut messages = Vec::with_capacity(MAX_WAITING_MESSAGES);
        let mut orders_open = true;
        while self.outcome == Outcome::Running {
            let wake = self.next_wake();
            // Biased, in the order of what must not wait for the others. Orders first: they are
            // few, and a person waits. Then steps: their number is bounded by what the machine
            // asked for. Then the clock, so that a flood of frames can't hide a silent step.
            // Frames last: they come without end, and each round takes all that wait.
            tokio::select! {
                biased;
                order = orders.recv(), if orders_open => {
                    orders_open = order.is_some();
                    self.follow(order.unwrap_or(Order::Wish(Wish::Stop)));
                }
                Some(done) = self.steps.join_next() => match done {
                    Ok((ticket, done)) => {
                        if self.is_valid(ticket) {
                            self.done(done);
                        }
                    }
                    Err(error) if error.is_cancelled() => {}
                    // The machine's own limit for the step brings it on its way again.
                    Err(error) => tracing::error!(%error, "a step broke off"),
                },
                () = tokio::time::sleep_until(wake) => self.tell(Event::Tick),
                count = self.from_sockets.recv_many(&mut messages, MAX_WAITING_MESSAGES) => {
                    debug_assert!(count > 0, "the driver holds a sender itself");
                    for (socket, message) in messages.drain(..) {
                        self.heard(socket, message);
                    }
                }
            }
            self.report();
        }
        self.farewell().await;
        match self.outcome {
            Outcome::GaveUp(failure) => Some(failure),
            Outcome::Running | Outcome::Stopped => None,
        }
    }

    fn follow(&mut self, order: Order) {
        match order {
            Order::Wish(wish) => self.tell(Event::Wish(wish)),
            Order::Watch { topics, snapshot_queues } => {
                let some_went = self.topics.iter().any(|topic| !topics.contains(topic));
                for line in self.lines.values_mut() {
                    line.has_others |= some_went;
                }
                let reads_more =
                    snapshot_queues.iter().any(|queue| !self.snapshot_queues.contains(queue));
                self.topics = topics.into();
                self.version += 1;
                self.snapshot_queues = snapshot_queues.into();
                // a session that isn't live subscribes what is wanted then, when it is
                self.tell(Event::Wish(Wish::Resubscribe));
                if reads_more {
                    self.tell(Event::Wish(Wish::Snapshot));
                }
            }
        }
    }

    /// When the clock is to be looked at next.
    fn next_wake(&self) -> Instant {
        // without a deadline an hour does: the machine is told the time for nothing, harmlessly
        let idle = self.uptime() + Duration::from_secs(3_600);
        let due = [self.session.deadline(), self.report_due].into_iter().flatten().min();
        self.started + self.client.clock.real(due.unwrap_or(idle).min(idle))
    }

    fn uptime(&self) -> Duration {
        self.now().uptime
    }

    fn now(&self) -> Moment {
        self.client.clock.moment(self.started)
    }

    fn tell(&mut self, event: Event) {
        let now = self.now();
        let mut effects = VecDeque::from(self.session.on(event, now));
        // Effects bring events only by way of steps, so this ends with the list.
        while let Some(effect) = effects.pop_front() {
            tracing::trace!(channel = %self.channel, ?effect, "effect");
            if let Some(event) = self.carry_out(effect) {
                let now = self.now();
                effects.extend(self.session.on(event, now));
            }
        }
    }

    /// Carries `effect` out, or begins to; the event that it brings at once, if it does.
    fn carry_out(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::ObtainToken { fresh } => self.obtain_token(fresh),
            Effect::CreateChannel { line } => return self.create_channel(line),
            Effect::Dial { line } => return self.dial(line),
            Effect::Subscribe { line } => return self.subscribe(line),
            Effect::SendPing { line } => {
                let socket = self.lines.get(&line).and_then(|line| line.socket.as_ref());
                if !socket.is_some_and(SocketHandle::ping) {
                    tracing::debug!(channel = %self.channel, "no socket takes the ping");
                }
            }
            Effect::CheckChannel { line } => return self.check(line),
            Effect::Abandon { line } => self.abandon(line),
            Effect::Drop { line } => self.drop_socket(line),
            Effect::Forget { line } => self.forget(line),
            Effect::Retire { line } => self.retire(line),
            Effect::BeginOverlap { old, new } => self.overlap = Some(Overlap::new(old, new)),
            Effect::EndOverlap => self.overlap = None,
            Effect::TakeSnapshot => self.take_snapshot(),
            Effect::Gap(gap) => self.gap(gap),
            Effect::Say { kind, sentence, context_id, retry_in } => {
                tracing::info!(
                    channel = %self.channel,
                    event = kind.word(),
                    context_id = context_id.as_deref(),
                    "{sentence}"
                );
                self.mailbox.push_control(Control::Event(ConnectionEvent {
                    at: self.client.clock.now(),
                    channel: Some(self.channel),
                    kind,
                    sentence,
                    context_id,
                    retry_in,
                }));
            }
            Effect::GiveUp(failure) => {
                tracing::warn!(channel = %self.channel, sentence = failure.sentence, "gave up");
                self.outcome = Outcome::GaveUp(failure);
            }
            Effect::Stopped => {
                if self.outcome == Outcome::Running {
                    self.outcome = Outcome::Stopped;
                }
            }
        }
        None
    }

    /// Takes in what a step brought. What it brought for a dropped line goes with it.
    fn done(&mut self, done: Done) {
        match done {
            Done::Told(event) => self.tell(event),
            Done::Room(line, lease) => {
                if let Some(event) = self.make_channel(line, lease) {
                    self.tell(event);
                }
            }
            Done::Created(line, own) => {
                let event = self.created(line, *own);
                self.tell(event);
            }
            Done::Opened(line, socket) => {
                let Some(entry) = self.lines.get_mut(&line) else { return };
                let to_me = self.to_me.clone();
                self.sockets += 1;
                let id = SocketId { line, number: self.sockets };
                entry.socket =
                    Some(socket::serve(*socket, id, self.channel, self.client.clock, to_me));
                self.tell(Event::Dialed { line });
            }
            Done::Subscribed { line, version, result } => self.subscribed(line, version, result),
            Done::Read { what, figures_missing, agents_missing } => {
                if let Some(failure) = &figures_missing
                    && !self.figures_missing
                {
                    let sentence = format!("no figures of the service: {}", failure.sentence);
                    self.note(sentence, failure.context_id.clone());
                }
                if let Some(failure) = &agents_missing
                    && !self.agents_missing
                {
                    let sentence = format!(
                        "what agents do is known by their next event only, and may be wrong after a gap: {}",
                        failure.sentence
                    );
                    self.note(sentence, failure.context_id.clone());
                }
                self.figures_missing = figures_missing.is_some();
                self.agents_missing = agents_missing.is_some();
                self.figures.send_modify(|wanted| wanted.due += 1);
                self.tell(Event::SnapshotTaken { what });
            }
            Done::Nothing => {}
        }
    }

    fn subscribed(
        &mut self,
        line: LineId,
        version: u64,
        result: Result<(Subscribed, Option<Timestamp>), Failure>,
    ) {
        let Some(entry) = self.lines.get_mut(&line) else { return };
        entry.writes = false;
        let (subscribed, expires) = match result {
            Ok(answer) => answer,
            Err(failure) => return self.tell(Event::SubscribeFailed { line, failure }),
        };
        entry.subscribed = true;
        if version != self.version {
            // the topics have changed meanwhile; the machine waits for what is wanted now
            if let Some(event) = self.subscribe(line) {
                self.tell(event);
            }
            return;
        }
        entry.has_others = false;
        let refused = |outcome: &&TopicOutcome| outcome.rejection.is_some();
        let rejected = subscribed.outcomes.iter().filter(refused).count();
        let permitted = subscribed.ids;
        self.tell_outcomes(&subscribed);
        if let Some(failure) = nothing_taken(&subscribed) {
            return self.tell(Event::SubscribeFailed { line, failure });
        }
        self.tally.up(self.channel, self.topics.len(), &self.mailbox);
        self.tell(Event::Subscribed { line, permitted, rejected, expires });
    }

    fn heard(&mut self, from: SocketId, message: FromSocket) {
        let line = from.line;
        let present = self.lines.get(&line).and_then(|line| line.socket.as_ref());
        if present.is_none_or(|socket| socket.id() != from) {
            return; // dropped or replaced while its last messages were on their way
        }
        match message {
            FromSocket::Frame(frame) => {
                let kind = frame_kind(&frame);
                self.tell(Event::Frame { line, kind });
                if self.session.delivers(line) && self.is_news(line, &frame) {
                    self.mailbox.push_frame(frame);
                }
            }
            FromSocket::Closed(end) => {
                let (code, reason) = (end.code, &end.reason);
                tracing::info!(channel = %self.channel, code, reason, "socket ended");
                if let Some(entry) = self.lines.get_mut(&line) {
                    entry.socket = None;
                }
                self.tell(Event::Closed { line, end });
            }
        }
    }

    /// Whether a frame has not yet come on the other line of an overlap.
    fn is_news(&mut self, line: LineId, frame: &Frame) -> bool {
        match (&mut self.overlap, frame.text()) {
            (Some(overlap), Some(text)) => overlap.admit(line, text),
            _ => true,
        }
    }

    /// Lets what was begun for the end finish, within its limit.
    async fn farewell(&mut self) {
        let lines: Vec<LineId> = self.lines.keys().copied().collect();
        for line in lines {
            self.forget(line);
        }
        if let Some(snapshot) = self.snapshot.take() {
            snapshot.abort();
        }
        let rest = async { while self.steps.join_next().await.is_some() {} };
        if tokio::time::timeout(FAREWELL_LIMIT, rest).await.is_err() {
            self.steps.abort_all();
        }
    }
}

#[cfg(test)]
mod tests;
