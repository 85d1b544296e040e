//! Carries out what one session machine asks for.
//!
//! Owns the machine, its lines and the steps under way. Decides nothing about the life of the
//! session: what happened goes into the machine, what comes out is done, and clocks are read
//! here for both. Must not know who takes the frames.
use super::channels::{Channel, ChannelId};
use super::client::ServiceClient;
use super::dial::{WebSocket, trusted_socket_address};
use super::failure::{harmless, plain};
use super::mailbox::Mailbox;
use super::socket::{self, FromSocket, MAX_WAITING_MESSAGES, SocketHandle, SocketId};
use crate::domain::control::{ConnectionEvent, Control, Gap, TopicOutcome};
use crate::domain::decode::frame_kind;
use crate::domain::frame::Frame;
use crate::domain::identity::{ChannelNumber, QueueId};
use crate::domain::moment::Moment;
use crate::domain::overlap::Overlap;
use crate::domain::session::{
    ChannelCheck, Effect, Event, Failure, FailureKind, GapEffect, LineId, Policy, Session,
    SessionReport, Wish,
};
use crate::domain::topic::Topic;
use jiff::Timestamp;
use secrecy::ExposeSecret;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};

/// Wishes that wait for a driver. They are for people's keys; one of each kind is enough.
pub(super) const MAX_WAITING_WISHES: usize = 8;
/// Shortest time between two reports that differ only in when the last frame came: the age of a
/// frame is shown in seconds, and each report walks the waiting control messages.
const REPORT_PACE: Duration = Duration::from_millis(250);
/// Gaps that wait to be healed at most; then the oldest stays unhealed on record.
const MAX_OPEN_GAPS: usize = 64;
/// Limit for clearing the subscriptions of a channel that is left behind.
const RETIRE_LIMIT: Duration = Duration::from_secs(10);
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
}

/// One session at work.
pub(super) struct Driver {
    client: ServiceClient,
    channel: ChannelNumber,
    topics: Arc<[Topic]>,
    snapshot_queues: Arc<[QueueId]>,
    mailbox: Mailbox,
    session: Session,
    /// Zero of the uptime in every moment.
    started: Instant,
    lines: HashMap<LineId, Line>,
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

/// One channel with its socket, as far as they exist.
#[derive(Default)]
struct Line {
    channel: Option<Channel>,
    socket: Option<SocketHandle>,
    steps: Vec<AbortHandle>,
    /// Counts how often everything under way was stopped.
    epoch: u32,
}

/// What a step was begun for. Stopping a step that is just done comes too late for it: what it
/// brings is known by its ticket to be out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ticket {
    /// For a line, in this epoch of it.
    Line(LineId, u32),
    /// For this snapshot, by number.
    Snapshot(u64),
    /// For the session.
    Session,
}

/// How the session stands, for the loop.
#[derive(Debug, PartialEq)]
enum Outcome {
    Running,
    Stopped,
    GaveUp(Failure),
}

/// What a step brought.
enum Done {
    Told(Event),
    Created(LineId, Channel),
    Opened(LineId, Box<WebSocket>),
    Subscribed { line: LineId, outcomes: Vec<TopicOutcome>, expires: Option<Timestamp> },
    Nothing,
}

impl Driver {
    pub(super) fn new(setup: Setup) -> Self {
        let (to_me, from_sockets) = mpsc::channel(MAX_WAITING_MESSAGES);
        Self {
            client: setup.client,
            channel: setup.channel,
            topics: setup.topics.into(),
            snapshot_queues: setup.snapshot_queues.into(),
            mailbox: setup.mailbox,
            session: Session::new(setup.channel, setup.policy, setup.jitter_seed),
            started: Instant::now(),
            lines: HashMap::new(),
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
    pub(super) async fn run(mut self, mut wishes: mpsc::Receiver<Wish>) -> Option<Failure> {
        self.tell(Event::Start);
        let mut messages = Vec::with_capacity(MAX_WAITING_MESSAGES);
        let mut wishes_open = true;
        while self.outcome == Outcome::Running {
            let wake = self.next_wake();
            // Biased, in the order of what must not wait for the others. Wishes first: they are
            // few, and a person waits. Then steps: their number is bounded by what the machine
            // asked for. Then the clock, so that a flood of frames can't hide a silent step.
            // Frames last: they come without end, and each round takes all that wait.
            tokio::select! {
                biased;
                wish = wishes.recv(), if wishes_open => {
                    wishes_open = wish.is_some();
                    self.tell(Event::Wish(wish.unwrap_or(Wish::Stop)));
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
                () = tokio::time::sleep_until(wake.into()) => self.tell(Event::Tick),
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

    /// When the clock is to be looked at next.
    fn next_wake(&self) -> Instant {
        // without a deadline an hour does: the machine is told the time for nothing, harmlessly
        let idle = self.uptime() + Duration::from_secs(3_600);
        let due = [self.session.deadline(), self.report_due].into_iter().flatten().min();
        self.started + due.unwrap_or(idle).min(idle)
    }

    fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    fn tell(&mut self, event: Event) {
        let now = Moment { wall: Timestamp::now(), uptime: self.uptime() };
        let mut effects = VecDeque::from(self.session.on(event, now));
        // Effects bring events only by way of steps, so this ends with the list.
        while let Some(effect) = effects.pop_front() {
            tracing::trace!(channel = %self.channel, ?effect, "effect");
            if let Some(event) = self.carry_out(effect) {
                let now = Moment { wall: Timestamp::now(), uptime: self.uptime() };
                effects.extend(self.session.on(event, now));
            }
        }
    }

    /// Carries `effect` out, or begins to; the event that it brings at once, if it does.
    fn carry_out(&mut self, effect: Effect) -> Option<Event> {
        match effect {
            Effect::ObtainToken { fresh } => self.obtain_token(fresh),
            Effect::CreateChannel { line } => self.create_channel(line),
            Effect::Dial { line } => return self.dial(line),
            Effect::Subscribe { line } => return self.subscribe(line),
            Effect::SendPing { line } => {
                let socket = self.lines.get(&line).and_then(|line| line.socket.as_ref());
                if !socket.is_some_and(SocketHandle::ping) {
                    tracing::debug!(channel = %self.channel, "no socket takes the ping");
                }
            }
            Effect::CheckChannel { line } => return self.check(line),
            Effect::Drop { line } => self.drop_socket(line),
            Effect::Forget { line } => self.forget(line),
            Effect::Retire { line } => self.retire(line),
            Effect::BeginOverlap { old, new } => self.overlap = Some(Overlap::new(old, new)),
            Effect::EndOverlap => self.overlap = None,
            Effect::TakeSnapshot => self.take_snapshot(),
            Effect::Gap(gap) => self.gap(gap),
            Effect::Say { kind, sentence, context_id, retry_in } => {
                tracing::info!(channel = %self.channel, event = kind.word(), ?context_id, "{sentence}");
                self.mailbox.push_control(Control::Event(ConnectionEvent {
                    at: Timestamp::now(),
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

    fn obtain_token(&mut self, fresh: bool) {
        let client = self.client.clone();
        self.steps.spawn(async move {
            let event = match client.login(fresh).await {
                Ok(token) => Event::TokenReady { expires: token.expires },
                Err(failure) => Event::TokenFailed(failure),
            };
            (Ticket::Session, Done::Told(event))
        });
    }

    fn create_channel(&mut self, line: LineId) {
        let client = self.client.clone();
        self.step(line, async move {
            match client.create_channel().await {
                Ok(channel) => Done::Created(line, channel),
                Err(failure) => Done::Told(Event::ChannelFailed { line, failure }),
            }
        });
    }

    fn dial(&mut self, line: LineId) -> Option<Event> {
        // an older socket of the same line would be displaced by the new one anyway
        let entry = self.lines.entry(line).or_default();
        entry.socket = None;
        let address = match &entry.channel {
            Some(channel) => trusted_socket_address(channel.connect_uri().expose_secret()),
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

    fn subscribe(&mut self, line: LineId) -> Option<Event> {
        let Some(id) = self.channel_id(line) else {
            return Some(Event::SubscribeFailed { line, failure: no_channel() });
        };
        let client = self.client.clone();
        let topics = Arc::clone(&self.topics);
        self.step(line, async move {
            match client.subscribe(&id, &topics).await {
                Ok(outcomes) => {
                    let expires = client.channel_expiry(&id).await;
                    Done::Subscribed { line, outcomes, expires }
                }
                Err(failure) => Done::Told(Event::SubscribeFailed { line, failure }),
            }
        });
        None
    }

    fn check(&mut self, line: LineId) -> Option<Event> {
        let Some(id) = self.channel_id(line) else {
            return Some(Event::Checked { line, outcome: ChannelCheck::Gone });
        };
        let client = self.client.clone();
        self.step(line, async move {
            Done::Told(Event::Checked { line, outcome: client.check_channel(&id).await })
        });
        None
    }

    /// Stops what is under way for the line and closes its socket; its channel may be dialled
    /// again.
    fn drop_socket(&mut self, line: LineId) {
        if let Some(line) = self.lines.get_mut(&line) {
            line.stop_steps();
            // dropping the socket's handle closes it with a good-bye
            line.socket = None;
        }
    }

    fn forget(&mut self, line: LineId) {
        if let Some(mut line) = self.lines.remove(&line) {
            line.stop_steps();
        }
    }

    fn retire(&mut self, line: LineId) {
        let Some(mut line) = self.lines.remove(&line) else { return };
        line.stop_steps();
        let Some(id) = line.channel.and_then(|channel| channel.id) else { return };
        let client = self.client.clone();
        self.steps.spawn(async move {
            let clearing = client.clear_subscriptions(&id);
            let cleared = matches!(tokio::time::timeout(RETIRE_LIMIT, clearing).await, Ok(Ok(())));
            // where not, it ends by itself within a day: nobody needs to be told
            tracing::debug!(channel = id.short(), cleared, "channel left behind");
            // only now, so that the service never sends to a socket that is gone
            drop(line.socket);
            (Ticket::Session, Done::Nothing)
        });
    }

    fn take_snapshot(&mut self) {
        let client = self.client.clone();
        let queues = Arc::clone(&self.snapshot_queues);
        let mailbox = self.mailbox.clone();
        if let Some(earlier) = self.snapshot.take() {
            earlier.abort();
        }
        self.snapshots += 1;
        let ticket = Ticket::Snapshot(self.snapshots);
        let handle = self.steps.spawn(async move {
            let snapshot = match client.snapshot(&queues, Timestamp::now()).await {
                Ok(snapshot) => snapshot,
                Err(failure) => return (ticket, Done::Told(Event::SnapshotFailed(failure))),
            };
            let conversations = snapshot.conversations.len();
            let what = match (&snapshot.missing, queues.len()) {
                (_, 0) => "nothing: no queue is watched".to_owned(),
                (Some(_), count) => format!("figures of {count} queues, without conversations"),
                (None, count) => format!("{conversations} live conversations of {count} queues"),
            };
            mailbox.push_control(Control::Snapshot(snapshot));
            (ticket, Done::Told(Event::SnapshotTaken { what }))
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

    fn is_valid(&self, ticket: Ticket) -> bool {
        match ticket {
            Ticket::Line(line, epoch) => {
                self.lines.get(&line).is_some_and(|line| line.epoch == epoch)
            }
            Ticket::Snapshot(number) => number == self.snapshots,
            Ticket::Session => true,
        }
    }

    fn channel_id(&self, line: LineId) -> Option<ChannelId> {
        self.lines.get(&line)?.channel.as_ref()?.id.clone()
    }

    /// Takes in what a step brought. What it brought for a dropped line goes with it.
    fn done(&mut self, done: Done) {
        match done {
            Done::Told(event) => self.tell(event),
            Done::Created(line, channel) => {
                let Some(entry) = self.lines.get_mut(&line) else { return };
                let event =
                    Event::ChannelReady { line, short: channel.short(), expires: channel.expires };
                entry.channel = Some(channel);
                self.tell(event);
            }
            Done::Opened(line, socket) => {
                let Some(entry) = self.lines.get_mut(&line) else { return };
                let to_me = self.to_me.clone();
                self.sockets += 1;
                let id = SocketId { line, number: self.sockets };
                entry.socket = Some(socket::serve(*socket, id, self.channel, to_me));
                self.tell(Event::Dialed { line });
            }
            Done::Subscribed { line, outcomes, expires } => {
                if !self.lines.contains_key(&line) {
                    return;
                }
                let rejected =
                    outcomes.iter().filter(|outcome| outcome.rejection.is_some()).count();
                let permitted = outcomes.len() - rejected;
                let (channel, at) = (self.channel, Timestamp::now());
                self.mailbox.push_control(Control::Topics { channel, at, outcomes });
                self.tell(Event::Subscribed { line, permitted, rejected, expires });
            }
            Done::Nothing => {}
        }
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
                tracing::info!(channel = %self.channel, ?code, reason, "socket ended");
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

    fn gap(&mut self, gap: GapEffect) {
        match gap {
            GapEffect::Opened { from, cause } => {
                let (channel, cause) = (self.channel, harmless(&cause, 200));
                let gap = Gap { channel, from, until: None, cause, healed_by: None };
                self.mailbox.push_control(Control::Gap(gap));
            }
            GapEffect::Closed { from, until, cause } => {
                let gap = Gap {
                    channel: self.channel,
                    from,
                    until: Some(until),
                    cause: harmless(&cause, 200),
                    healed_by: None,
                };
                if self.open_gaps.len() >= MAX_OPEN_GAPS {
                    self.open_gaps.pop_front();
                }
                self.open_gaps.push_back(gap.clone());
                self.mailbox.push_control(Control::Gap(gap));
            }
            GapEffect::Healed { by } => {
                for gap in self.open_gaps.drain(..) {
                    let healed_by = Some(by.clone());
                    self.mailbox.push_control(Control::Gap(Gap { healed_by, ..gap }));
                }
            }
        }
    }

    /// Tells how the session stands, if that changed; a change of ages alone at a slower pace.
    fn report(&mut self) {
        let report = self.session.report();
        let uptime = self.uptime();
        let Some(before) = &self.reported else { return self.send_report(report, uptime) };
        if *before == report {
            self.report_due = None;
            return;
        }
        let aged = SessionReport {
            last_frame: report.last_frame,
            last_heartbeat: report.last_heartbeat,
            ..before.clone()
        };
        let due = self.reported_at + REPORT_PACE;
        if aged == report && uptime < due {
            self.report_due = Some(due);
            return;
        }
        self.send_report(report, uptime);
    }

    fn send_report(&mut self, report: SessionReport, uptime: Duration) {
        self.mailbox.push_control(Control::Session(report.clone()));
        self.reported = Some(report);
        self.reported_at = uptime;
        self.report_due = None;
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

impl Line {
    fn stop_steps(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
        for step in self.steps.drain(..) {
            step.abort();
        }
    }
}

/// The machine asked for something on a line without a channel: a new channel helps.
fn no_channel() -> Failure {
    plain(FailureKind::ChannelGone, "there is no channel (any more)".to_owned())
}

#[cfg(test)]
mod tests;
