//! A whole day with two hundred faults, lived through second by second in no time.
//!
//! The machine takes time as an argument, so a day needs no scaled clock and nothing is allowed
//! for a slow computer: what is asserted here are seconds of the day itself. The service is played
//! by a model that numbers what it emits, once a second, and so knows exactly what got through.
use super::*;
use crate::domain::overlap::Overlap;
use std::collections::{HashMap, VecDeque};

mod faults;

/// Length of the day.
const DAY: Duration = Duration::from_secs(86_400);
/// Faults spread over it.
const FAULTS: u64 = 200;
/// How far apart the numbered frames are.
const PACE: Duration = Duration::from_secs(1);
/// How much longer than the real one a gap in the ledger may be.
const ALLOWANCE: Duration = Duration::from_secs(5);
/// Quiet time at the end, in which everything must come to rest.
const REST: Duration = Duration::from_secs(300);

/// The time of the wall after so much of the day.
fn wall(at: Duration) -> Timestamp {
    crate::domain::moment::add("2026-11-24T00:00:00Z".parse().unwrap(), at)
}

/// What happens at some time.
#[derive(Debug)]
enum Act {
    Emit,
    Heartbeat,
    Fault,
    /// An answer to something asked for a line in this epoch of it.
    Answer(LineId, u32, Event),
    Token(Event),
    Snapshot(u64, Event),
    Arrive(usize, Frame),
    Ends(usize, Option<u16>),
    /// The service closes a socket that it announced to close.
    Closes(usize),
}

#[derive(Clone, Copy, Debug)]
enum Frame {
    Numbered(u64),
    Other(FrameKind),
}

struct Channel {
    lives: bool,
    subscribed: bool,
    token: u32,
}

struct Socket {
    line: LineId,
    channel: usize,
    /// As the service sees it.
    open: bool,
    /// Nothing gets through any more, and nobody says so.
    dead: bool,
    latency: Duration,
}

/// The service and the network, and what the client made of them.
struct Day {
    random: u64,
    session: Session,
    /// Since the day began, by the wall.
    now: Duration,
    slept: Duration,
    agenda: BTreeMap<(Duration, u64), Act>,
    planned: u64,
    token: u32,
    tokens_valid: bool,
    channels: Vec<Channel>,
    sockets: Vec<Socket>,
    /// Those that may be open.
    open: Vec<usize>,
    of_line: HashMap<LineId, (Option<usize>, Option<usize>)>,
    epochs: HashMap<LineId, u32>,
    snapshots: u64,
    no_network_until: Duration,
    bad_answers: (Duration, Option<FailureKind>),
    slow_until: Duration,
    overlap: Option<Overlap>,
    emitted: Vec<Duration>,
    shown: HashMap<u64, u32>,
    gaps: Vec<(Timestamp, Option<Timestamp>)>,
    healed: bool,
}

impl Day {
    fn new(seed: u64) -> Self {
        let mut day = Self {
            random: seed,
            session: Session::new(CHANNEL, Policy::default(), seed),
            now: Duration::ZERO,
            slept: Duration::ZERO,
            agenda: BTreeMap::new(),
            planned: 0,
            token: 0,
            tokens_valid: false,
            channels: Vec::new(),
            sockets: Vec::new(),
            open: Vec::new(),
            of_line: HashMap::new(),
            epochs: HashMap::new(),
            snapshots: 0,
            no_network_until: Duration::ZERO,
            bad_answers: (Duration::ZERO, None),
            slow_until: Duration::ZERO,
            overlap: None,
            emitted: Vec::new(),
            shown: HashMap::new(),
            gaps: Vec::new(),
            healed: true,
        };
        day.plan(Duration::from_secs(60), Act::Emit);
        day.plan(Duration::from_secs(30), Act::Heartbeat);
        for _ in 0..FAULTS {
            let at = Duration::from_secs(120 + day.below(86_400 - 240));
            day.plan(at, Act::Fault);
        }
        day
    }

    /// A number below `bound` (splitmix64, as the machine's jitter).
    fn below(&mut self, bound: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }

    fn plan(&mut self, after: Duration, act: Act) {
        self.planned += 1;
        self.agenda.insert((self.now + after, self.planned), act);
    }

    fn moment(&self) -> Moment {
        let uptime = (Duration::from_secs(1_000) + self.now).saturating_sub(self.slept);
        Moment { wall: wall(self.now), uptime }
    }

    fn live(mut self) -> Self {
        self.tell(Event::Start);
        while self.now < DAY + REST {
            let wake = self
                .session
                .deadline()
                .map_or(DAY + REST, |due| {
                    (due + self.slept).saturating_sub(Duration::from_secs(1_000))
                })
                .max(self.now);
            match self.agenda.first_key_value() {
                Some(((at, _), _)) if *at <= wake => {
                    let ((at, _), act) = self.agenda.pop_first().unwrap();
                    self.now = self.now.max(at);
                    self.act(act);
                }
                _ => {
                    self.now = wake.max(self.now + Duration::from_millis(1));
                    self.tell(Event::Tick);
                }
            }
        }
        self
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Emit => {
                let number = self.emitted.len() as u64;
                self.emitted.push(self.now);
                self.send(|_| Frame::Numbered(number));
                self.plan(PACE, Act::Emit);
            }
            Act::Heartbeat => {
                self.send(|_| Frame::Other(FrameKind::Heartbeat));
                self.plan(Duration::from_secs(30), Act::Heartbeat);
            }
            Act::Fault if self.now < DAY => self.fault(),
            Act::Fault => {}
            Act::Answer(line, epoch, event) => {
                if self.epochs.get(&line).copied().unwrap_or_default() == epoch {
                    self.tell(event);
                }
            }
            Act::Token(event) => self.tell(event),
            Act::Snapshot(number, event) => {
                if number == self.snapshots {
                    self.tell(event);
                }
            }
            Act::Arrive(socket, frame) => self.arrive(socket, frame),
            Act::Ends(socket, code) => {
                if !self.is_current(socket) {
                    return;
                }
                let line = self.sockets[socket].line;
                self.of_line.entry(line).or_default().1 = None;
                let end = SocketEnd { code, reason: String::new() };
                self.tell(Event::Closed { line, end });
            }
            Act::Closes(socket) => {
                if self.sockets[socket].open {
                    self.end(socket, Some(1000));
                }
            }
        }
    }

    /// Sends on every socket that gets through.
    fn send(&mut self, frame: impl Fn(usize) -> Frame) {
        for index in self.open_sockets() {
            let socket = &self.sockets[index];
            let channel = &self.channels[socket.channel];
            let wants = channel.subscribed || matches!(frame(index), Frame::Other(_));
            if socket.open && !socket.dead && channel.lives && wants {
                let latency = socket.latency;
                self.plan(latency, Act::Arrive(index, frame(index)));
            }
        }
    }

    fn is_current(&self, socket: usize) -> bool {
        let line = self.sockets[socket].line;
        self.of_line.get(&line).is_some_and(|(_, current)| *current == Some(socket))
    }

    fn arrive(&mut self, socket: usize, frame: Frame) {
        if self.sockets[socket].dead || !self.is_current(socket) {
            return;
        }
        let line = self.sockets[socket].line;
        match frame {
            Frame::Other(kind) => self.tell(Event::Frame { line, kind }),
            Frame::Numbered(number) => {
                self.tell(Event::Frame { line, kind: FrameKind::Other });
                let text = format!(r#"{{"topicName":"v2.n","eventBody":{number}}}"#);
                let is_news =
                    self.overlap.as_mut().is_none_or(|overlap| overlap.admit(line, &text));
                if self.session.delivers(line) && is_news {
                    *self.shown.entry(number).or_default() += 1;
                }
            }
        }
    }

    /// The service's side of a socket ends, and the client hears of it, unless nothing gets there.
    fn end(&mut self, socket: usize, code: Option<u16>) {
        let latency = self.sockets[socket].latency;
        self.sockets[socket].open = false;
        if !self.sockets[socket].dead {
            self.plan(latency, Act::Ends(socket, code));
        }
    }

    fn end_all(&mut self, sockets: &[usize], code: Option<u16>) {
        for socket in sockets {
            self.end(*socket, code);
        }
    }

    /// Nothing gets through any more on any socket, and nobody is told.
    fn silence(&mut self) {
        for socket in &mut self.sockets {
            socket.dead = true;
        }
    }

    fn drop_channels(&mut self) {
        for channel in &mut self.channels {
            channel.lives = false;
        }
    }

    fn open_sockets(&mut self) -> Vec<usize> {
        self.open.retain(|index| self.sockets[*index].open);
        self.open.clone()
    }

    fn tell(&mut self, event: Event) {
        let moment = self.moment();
        for effect in self.session.on(event, moment) {
            self.carry_out(effect);
        }
    }

    /// How a REST call ends: after how long, and with what failure.
    fn call(&mut self) -> (Duration, Option<Failure>) {
        if self.now < self.no_network_until {
            return (Duration::from_millis(200), Some(failure(FailureKind::Network)));
        }
        let latency = Duration::from_millis(20 + self.below(280));
        if let (until, Some(kind)) = self.bad_answers
            && self.now < until
        {
            let asks = (kind == FailureKind::RateLimited).then(|| Duration::from_secs(3));
            return (latency, Some(Failure { retry_after: asks, ..failure(kind) }));
        }
        if self.now < self.slow_until {
            return (Duration::from_secs(1 + self.below(24)), None);
        }
        (latency, None)
    }

    /// As `call`, for what needs the token.
    fn authorized_call(&mut self) -> (Duration, Option<Failure>) {
        match self.call() {
            (after, None) if !self.tokens_valid => {
                (after, Some(failure(FailureKind::TokenRefused)))
            }
            answer => answer,
        }
    }

    fn answer(&mut self, line: LineId, after: Duration, event: Event) {
        let epoch = self.epochs.get(&line).copied().unwrap_or_default();
        self.plan(after, Act::Answer(line, epoch, event));
    }

    fn channel_of(&self, line: LineId) -> Option<usize> {
        let (channel, _) = self.of_line.get(&line)?;
        channel.filter(|index| self.channels[*index].lives)
    }

    fn leave_socket(&mut self, line: LineId) {
        *self.epochs.entry(line).or_default() += 1;
        if let Some((_, socket)) = self.of_line.get_mut(&line)
            && let Some(socket) = socket.take()
        {
            self.sockets[socket].open = false;
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each effect")]
    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::ObtainToken { .. } => {
                let (after, refused) = self.call();
                let event = if let Some(failure) = refused {
                    Event::TokenFailed(failure)
                } else {
                    self.token += 1;
                    self.tokens_valid = true;
                    Event::TokenReady { expires: Some(wall(self.now + DAY * 2)) }
                };
                self.plan(after, Act::Token(event));
            }
            Effect::CreateChannel { line } => {
                let (after, refused) = self.authorized_call();
                let event = if let Some(failure) = refused {
                    Event::ChannelFailed { line, failure }
                } else {
                    let token = self.token;
                    self.channels.push(Channel { lives: true, subscribed: false, token });
                    self.of_line.entry(line).or_default().0 = Some(self.channels.len() - 1);
                    let expires = Some(wall(self.now + DAY));
                    Event::ChannelReady { line, short: String::new(), expires }
                };
                self.answer(line, after, event);
            }
            Effect::Dial { line } => {
                if self.now < self.no_network_until {
                    let failure = failure(FailureKind::Network);
                    let event = Event::DialFailed { line, failure };
                    return self.answer(line, Duration::from_millis(200), event);
                }
                let latency = Duration::from_millis(10 + self.below(90));
                let Some(channel) = self.channel_of(line) else {
                    let failure = failure(FailureKind::ChannelGone);
                    return self.answer(line, latency, Event::DialFailed { line, failure });
                };
                for socket in self.open_sockets() {
                    if self.sockets[socket].channel == channel {
                        self.end(socket, Some(1000));
                    }
                }
                self.sockets.push(Socket { line, channel, open: true, dead: false, latency });
                self.open.push(self.sockets.len() - 1);
                self.of_line.entry(line).or_default().1 = Some(self.sockets.len() - 1);
                self.answer(line, latency, Event::Dialed { line });
            }
            Effect::Subscribe { line } => {
                let (after, refused) = self.authorized_call();
                let event = match (refused, self.channel_of(line)) {
                    (Some(failure), _) => Event::SubscribeFailed { line, failure },
                    (None, None) => {
                        let failure = failure(FailureKind::ChannelGone);
                        Event::SubscribeFailed { line, failure }
                    }
                    (None, Some(channel)) => {
                        self.channels[channel].subscribed = true;
                        let expires = Some(wall(self.now + DAY));
                        Event::Subscribed { line, permitted: 1, rejected: 0, expires }
                    }
                };
                self.answer(line, after, event);
            }
            Effect::SendPing { line } => {
                let socket = self.of_line.get(&line).and_then(|(_, socket)| *socket);
                if let Some(socket) = socket.filter(|s| self.sockets[*s].open) {
                    let there_and_back = self.sockets[socket].latency * 2;
                    self.plan(there_and_back, Act::Arrive(socket, Frame::Other(FrameKind::Pong)));
                }
            }
            Effect::CheckChannel { line } => {
                let (after, refused) = self.authorized_call();
                let outcome = match refused {
                    Some(f) if f.kind == FailureKind::TokenRefused => ChannelCheck::Unauthorized,
                    Some(failure) => ChannelCheck::Unknown(failure),
                    None if self.channel_of(line).is_some() => ChannelCheck::Exists,
                    None => ChannelCheck::Gone,
                };
                self.answer(line, after, Event::Checked { line, outcome });
            }
            Effect::Abandon { line } => *self.epochs.entry(line).or_default() += 1,
            Effect::Drop { line } => self.leave_socket(line),
            Effect::Forget { line } => {
                self.leave_socket(line);
                self.of_line.remove(&line);
            }
            Effect::Retire { line } => {
                self.leave_socket(line);
                if let Some((Some(channel), _)) = self.of_line.remove(&line) {
                    self.channels[channel].subscribed = false;
                }
            }
            Effect::BeginOverlap { old, new } => self.overlap = Some(Overlap::new(old, new)),
            Effect::EndOverlap => self.overlap = None,
            Effect::TakeSnapshot => {
                self.snapshots += 1;
                let (after, refused) = self.authorized_call();
                let event = match refused {
                    Some(failure) => Event::SnapshotFailed(failure),
                    None => Event::SnapshotTaken { what: String::new() },
                };
                self.plan(after, Act::Snapshot(self.snapshots, event));
            }
            Effect::Gap(GapEffect::Opened { from, .. }) => {
                assert!(self.gaps.last().is_none_or(|(_, until)| until.is_some()));
                self.gaps.push((from, None));
                self.healed = false;
            }
            Effect::Gap(GapEffect::Closed { from, until, .. }) => {
                let last = self.gaps.last_mut().expect("only an open gap is closed");
                assert_eq!(last.0, from);
                last.1 = Some(until);
            }
            Effect::Gap(GapEffect::Healed { .. }) => self.healed = true,
            Effect::GiveUp(failure) => panic!("gave up: {failure:?}"),
            Effect::Say { .. } | Effect::Stopped => {}
        }
    }

    /// What was emitted and not shown, in order.
    fn lost(&self) -> VecDeque<Timestamp> {
        let settled = self.now.saturating_sub(Duration::from_secs(10));
        (0_u64..)
            .zip(&self.emitted)
            .filter(|(number, at)| **at < settled && !self.shown.contains_key(number))
            .map(|(_, at)| wall(*at))
            .collect()
    }
}

#[test]
fn two_hundred_faults_in_a_day_and_the_ledger_knows_each_gap() {
    for seed in 1..=4 {
        let day = Day::new(seed).live();
        let report = day.session.report();
        assert_eq!(report.phase, Phase::Live, "seed {seed}: {}", report.reason);
        assert!(day.healed, "seed {seed}: the last gap is healed");
        let twice = day.shown.values().filter(|times| **times > 1).count();
        assert_eq!(twice, 0, "seed {seed}: shown twice");
        assert!(day.gaps.len() > 60, "seed {seed}: {} gaps; the faults do nothing", day.gaps.len());
        let mut lost = day.lost();
        let missing = lost.len();
        for (from, until) in &day.gaps {
            let until = until.expect("live again, so every gap is closed");
            assert!(
                lost.front().is_none_or(|at| at >= from),
                "seed {seed}: what was emitted at {} is in no gap; the next begins at {from}",
                lost[0]
            );
            let mut inside = Vec::new();
            while lost.front().is_some_and(|at| *at <= until) {
                inside.extend(lost.pop_front());
            }
            let real = match (inside.first(), inside.last()) {
                (Some(first), Some(last)) => crate::domain::moment::since(*last, *first),
                _ => Duration::ZERO,
            };
            let told = crate::domain::moment::since(until, *from);
            assert!(
                told <= real + PACE + ALLOWANCE,
                "seed {seed}: the gap from {from} until {until} says {told:?}, and it was {real:?}"
            );
        }
        assert!(lost.is_empty(), "seed {seed}: {lost:?} are in no gap");
        assert!(missing < day.emitted.len() / 2, "seed {seed}: {missing} lost");
        let made = day.channels.iter().map(|channel| channel.token).max();
        assert!(made >= Some(2), "seed {seed}: no token was revoked");
    }
}
