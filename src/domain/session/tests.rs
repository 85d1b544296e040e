//! Every transition of the session machine, and laws that hold in any order of events.
use super::*;
use crate::domain::control::EventKind;
use proptest::prelude::*;
use std::collections::BTreeMap;

const CHANNEL: ChannelNumber = ChannelNumber(1);

/// A service that does as told, and a judge of the machine's behaviour.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the service's side")]
struct World {
    session: Session,
    now: Moment,
    /// What is open or under way for each line.
    lines: BTreeMap<LineId, Under>,
    has_token: bool,
    asked_token: bool,
    asked_snapshot: bool,
    overlap: Option<(LineId, LineId)>,
    log: Vec<Effect>,
    over: bool,
}

/// What is under way for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Under {
    Creating,
    Dialing,
    Open,
    Closed,
}

impl World {
    fn new(seed: u64) -> Self {
        let now = Moment {
            wall: "2026-11-24T08:00:00Z".parse().unwrap(),
            uptime: Duration::from_secs(1_000),
        };
        Self {
            session: Session::new(CHANNEL, Policy::default(), seed),
            now,
            lines: BTreeMap::new(),
            has_token: false,
            asked_token: false,
            asked_snapshot: false,
            overlap: None,
            log: Vec::new(),
            over: false,
        }
    }

    fn send(&mut self, event: Event) -> Vec<Effect> {
        let effects = self.session.on(event, self.now);
        for effect in &effects {
            self.judge(effect);
        }
        let open =
            self.lines.values().filter(|u| matches!(u, Under::Dialing | Under::Open)).count();
        assert!(open <= 2, "never more than two sockets");
        if open == 2 {
            assert!(
                self.session.successor.is_some() || self.session.retiring.is_some(),
                "two sockets only during a hand-over"
            );
        }
        if self.over {
            assert_eq!(self.session.deadline(), None, "an ended session waits for nothing");
        } else if self.session.active.is_some() {
            let deadline = self.session.deadline().expect("every wait has a deadline");
            assert!(
                deadline <= self.now.uptime + Duration::from_secs(5),
                "the clocks are compared often enough"
            );
        }
        self.log.extend(effects.iter().cloned());
        effects
    }

    fn judge(&mut self, effect: &Effect) {
        assert!(!self.over, "nothing is done after the end: {effect:?}");
        match effect {
            Effect::ObtainToken { fresh } => {
                if *fresh {
                    self.has_token &= self.session.token.ready;
                }
                self.asked_token = true;
            }
            Effect::CreateChannel { line } => {
                assert!(self.has_token, "no channel without a token");
                assert!(self.lines.insert(*line, Under::Creating).is_none_or(|u| u != Under::Open));
            }
            Effect::Dial { line } => {
                let before = self.lines.insert(*line, Under::Dialing);
                assert!(
                    !matches!(before, Some(Under::Dialing | Under::Open)),
                    "two live dials for one channel"
                );
            }
            Effect::Subscribe { line } => {
                assert!(self.has_token, "no subscription without a token");
                assert_eq!(
                    self.lines.get(line),
                    Some(&Under::Open),
                    "subscribed before it is open"
                );
            }
            Effect::SendPing { line } => assert_eq!(self.lines.get(line), Some(&Under::Open)),
            Effect::Drop { line } => {
                self.lines.insert(*line, Under::Closed);
            }
            Effect::Forget { line } | Effect::Retire { line } => {
                self.lines.remove(line);
            }
            Effect::BeginOverlap { old, new } => {
                assert!(self.overlap.replace((*old, *new)).is_none(), "one overlap at a time");
            }
            Effect::EndOverlap => self.overlap = None,
            Effect::TakeSnapshot => self.asked_snapshot = true,
            Effect::GiveUp(_) | Effect::Stopped => self.over = true,
            Effect::CheckChannel { .. } | Effect::Gap(_) | Effect::Say { .. } => {}
        }
    }

    fn pass(&mut self, by: Duration) -> Vec<Effect> {
        self.now = self.now.after(by);
        self.send(Event::Tick)
    }

    /// Answers everything that is asked for with yes, until nothing is.
    fn all_is_well(&mut self) {
        for _ in 0..40 {
            let expires =
                Some(super::super::moment::add(self.now.wall, Duration::from_secs(86_400)));
            let line = self
                .lines
                .iter()
                .find(|(_, under)| matches!(under, Under::Creating | Under::Dialing))
                .map(|(line, under)| (*line, *under));
            if std::mem::take(&mut self.asked_token) {
                self.has_token = true;
                self.send(Event::TokenReady { expires });
            } else if let Some((line, Under::Creating)) = line {
                self.lines.insert(line, Under::Closed);
                self.send(Event::ChannelReady {
                    line,
                    short: "streaming-0-ab…".to_owned(),
                    expires,
                });
            } else if let Some((line, _)) = line {
                self.lines.insert(line, Under::Open);
                self.send(Event::Dialed { line });
            } else if let Some(line) = self.line_in(line::Step::Subscribing) {
                self.send(Event::Subscribed { line, permitted: 10, rejected: 0, expires });
                self.send(Event::Frame { line, kind: FrameKind::Pong });
            } else if let Some(line) = self.line_in(line::Step::Checking) {
                self.send(Event::Checked { line, outcome: ChannelCheck::Exists });
            } else if std::mem::take(&mut self.asked_snapshot) {
                self.send(Event::SnapshotTaken { what: "all".to_owned() });
            } else {
                return;
            }
        }
    }

    fn line_in(&self, step: line::Step) -> Option<LineId> {
        let lines = [&self.session.active, &self.session.successor].into_iter().flatten();
        lines.into_iter().find(|line| line.step == step).map(|line| line.id)
    }

    fn live() -> Self {
        let mut world = Self::new(7);
        world.send(Event::Start);
        world.all_is_well();
        assert_eq!(world.session.report().phase, Phase::Live);
        world.log.clear();
        world
    }

    fn active(&self) -> LineId {
        self.session.active.as_ref().expect("there is an active line").id
    }

    fn close(&mut self, code: Option<u16>) -> Vec<Effect> {
        let line = self.active();
        self.lines.insert(line, Under::Closed);
        self.send(Event::Closed { line, end: SocketEnd { code, reason: String::new() } })
    }

    fn heartbeat(&mut self) {
        let line = self.active();
        self.send(Event::Frame { line, kind: FrameKind::Heartbeat });
    }

    fn said(&self, kind: EventKind) -> usize {
        self.log.iter().filter(|e| matches!(e, Effect::Say { kind: k, .. } if *k == kind)).count()
    }
}

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, sentence: "it failed".to_owned(), retry_after: None, context_id: None }
}

#[test]
fn comes_up_in_the_order_that_loses_nothing() {
    let mut world = World::new(1);
    world.send(Event::Start);
    world.all_is_well();
    let order: Vec<&Effect> =
        world.log.iter().filter(|effect| !matches!(effect, Effect::Say { .. })).collect();
    assert!(matches!(
        order.as_slice(),
        [
            Effect::ObtainToken { fresh: false },
            Effect::CreateChannel { .. },
            Effect::Dial { .. },
            Effect::Subscribe { .. },
            Effect::SendPing { .. },
            Effect::TakeSnapshot,
        ]
    ));
    assert_eq!(world.said(EventKind::Connected), 1);
}

#[test]
fn silence_is_pinged_and_a_missing_pong_ends_the_socket_with_a_gap() {
    let mut world = World::live();
    world.heartbeat();
    let last = world.now.wall;
    assert!(
        !world.pass(Duration::from_secs(34)).iter().any(|e| matches!(e, Effect::SendPing { .. }))
    );
    assert!(
        world.pass(Duration::from_secs(1)).iter().any(|e| matches!(e, Effect::SendPing { .. }))
    );
    assert_eq!(world.session.report().phase, Phase::Silent);
    let effects = world.pass(Duration::from_secs(5));
    let opened = effects.iter().find_map(|effect| match effect {
        Effect::Gap(GapEffect::Opened { from, .. }) => Some(*from),
        _ => None,
    });
    assert_eq!(opened, Some(last), "the gap begins at the last sign of life");
    world.all_is_well();
    assert_eq!(world.session.report().phase, Phase::Live);
    assert!(world.log.iter().any(|e| matches!(e, Effect::Gap(GapEffect::Closed { .. }))));
    assert!(world.log.iter().any(|e| matches!(e, Effect::Gap(GapEffect::Healed { .. }))));
}

#[test]
fn a_pong_keeps_the_socket_and_gives_the_round_trip() {
    let mut world = World::live();
    world.pass(Duration::from_secs(35));
    world.now = world.now.after(Duration::from_millis(80));
    let line = world.active();
    world.send(Event::Frame { line, kind: FrameKind::Pong });
    assert_eq!(world.session.report().round_trip, Some(Duration::from_millis(80)));
    world.pass(Duration::from_secs(6));
    assert_eq!(world.session.report().phase, Phase::Live);
}

#[test]
fn an_unexpected_end_asks_for_the_channel_and_takes_it_or_another() {
    for (outcome, dials_again) in [(ChannelCheck::Exists, true), (ChannelCheck::Gone, false)] {
        let mut world = World::live();
        let before = world.active();
        let effects = world.close(Some(1001));
        assert!(effects.contains(&Effect::CheckChannel { line: before }));
        let effects = world.send(Event::Checked { line: before, outcome });
        assert_eq!(effects.contains(&Effect::Dial { line: before }), dials_again);
        assert_eq!(effects.iter().any(|e| matches!(e, Effect::CreateChannel { .. })), !dials_again);
        world.all_is_well();
        assert_eq!(world.session.report().phase, Phase::Live);
    }
}

#[test]
fn a_refused_token_is_renewed_and_refused_credentials_end_it() {
    let mut world = World::live();
    world.close(None);
    let line = world.active();
    let effects = world.send(Event::Checked { line, outcome: ChannelCheck::Unauthorized });
    assert!(effects.contains(&Effect::ObtainToken { fresh: true }));
    world.has_token = false;
    let effects = world.send(Event::TokenFailed(failure(FailureKind::CredentialsRefused)));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::GiveUp(_))));
    assert_eq!(world.session.report().phase, Phase::Ended);
}

#[test]
fn a_closing_notice_hands_over_before_the_old_goes() {
    let mut world = World::live();
    let old = world.active();
    world.send(Event::Frame { line: old, kind: FrameKind::Closing });
    world.all_is_well();
    let new = world.active();
    assert_ne!(old, new);
    assert!(world.session.delivers(old) && world.session.delivers(new));
    assert_eq!(world.overlap, Some((old, new)));
    world.lines.remove(&old);
    world.send(Event::Closed {
        line: old,
        end: SocketEnd { code: Some(1000), reason: String::new() },
    });
    let effects = world.pass(Duration::from_secs(6));
    assert!(
        effects.contains(&Effect::EndOverlap) && effects.contains(&Effect::Retire { line: old })
    );
    assert!(!world.session.delivers(old));
    assert!(!world.log.iter().any(|e| matches!(e, Effect::Gap(_))), "no gap in a hand-over");
}

#[test]
fn the_channels_life_is_renewed_by_subscribing_again() {
    let mut world = World::live();
    for _ in 0..(86_400 - 800) / 25 {
        world.now = world.now.after(Duration::from_secs(25));
        world.heartbeat();
    }
    assert!(world.log.iter().any(|e| matches!(e, Effect::Subscribe { .. })));
}

#[test]
fn the_tokens_end_is_met_by_another_token_and_another_channel() {
    let mut world = World::new(3);
    world.send(Event::Start);
    world.asked_token = false;
    world.has_token = true;
    let ends = super::super::moment::add(world.now.wall, Duration::from_secs(300));
    world.send(Event::TokenReady { expires: Some(ends) });
    world.all_is_well();
    world.log.clear();
    for _ in 0..9 {
        world.now = world.now.after(Duration::from_secs(28));
        world.heartbeat();
        world.all_is_well();
    }
    assert!(world.now.wall < ends);
    assert!(world.log.contains(&Effect::ObtainToken { fresh: true }));
    assert_eq!(world.said(EventKind::HandedOver), 1);
    assert_eq!(world.said(EventKind::Disconnected), 0);
}

#[test]
fn a_second_program_on_the_channel_is_noticed_and_avoided() {
    let mut world = World::live();
    let first = world.active();
    for _ in 0..3 {
        world.pass(Duration::from_secs(2));
        world.close(Some(1000));
        for _ in 0..8 {
            world.pass(Duration::from_secs(1));
            world.all_is_well();
            if world.session.report().phase == Phase::Live {
                break;
            }
        }
    }
    assert_ne!(world.active(), first);
    assert!(world.log.iter().any(
        |e| matches!(e, Effect::Say { sentence, .. } if sentence.contains("another program"))
    ));
}

#[test]
fn a_sleep_checks_token_channel_and_socket_at_once() {
    let mut world = World::live();
    let line = world.active();
    world.now.wall = super::super::moment::add(world.now.wall, Duration::from_secs(90_000));
    world.now.uptime += Duration::from_secs(1);
    let effects = world.send(Event::Tick);
    let position = |wanted: &Effect| effects.iter().position(|effect| effect == wanted);
    let token = position(&Effect::ObtainToken { fresh: true });
    let channel = position(&Effect::CheckChannel { line });
    assert!(token.is_some() && token < channel);
    assert!(position(&Effect::SendPing { line }).is_some());
}

#[test]
fn waits_grow_to_their_cap_and_begin_anew_after_real_life() {
    let mut world = World::new(11);
    world.send(Event::Start);
    let mut waits = Vec::new();
    for _ in 0..12 {
        let effects = world.send(Event::TokenFailed(failure(FailureKind::Service)));
        let wait = effects.iter().find_map(|effect| match effect {
            Effect::Say { retry_in, .. } => *retry_in,
            _ => None,
        });
        let wait = wait.expect("a retry says when");
        waits.push(wait);
        world.pass(wait);
    }
    let cap = Policy::default().retry_cap;
    assert!(waits[0] <= Duration::from_millis(250));
    assert!(waits.iter().all(|wait| *wait <= cap));
    assert!(waits.last().is_some_and(|wait| *wait >= cap / 2));
    world.asked_token = true;
    world.all_is_well();
    for _ in 0..4 {
        world.pass(Duration::from_secs(20));
        world.heartbeat();
    }
    assert_eq!(world.session.report().attempts, 0);
}

#[test]
fn when_everything_is_refused_it_says_so_and_ends() {
    let mut world = World::new(5);
    world.send(Event::Start);
    world.has_token = true;
    world.send(Event::TokenReady { expires: None });
    let line = world.active();
    world.send(Event::ChannelReady { line, short: String::new(), expires: None });
    world.lines.insert(line, Under::Open);
    world.send(Event::Dialed { line });
    let effects = world.send(Event::Subscribed { line, permitted: 0, rejected: 3, expires: None });
    assert!(matches!(
        effects.iter().find(|effect| matches!(effect, Effect::GiveUp(_))),
        Some(Effect::GiveUp(Failure { kind: FailureKind::NotPermitted, .. }))
    ));
}

/// What may happen, in any order.
#[derive(Clone, Debug)]
enum Move {
    Pass(u32),
    Sleep(u32),
    AllIsWell,
    Token(Option<FailureKind>, u32),
    Channel(Option<FailureKind>),
    Dial(Option<FailureKind>),
    Subscribe(Option<FailureKind>, u32),
    Frame(u8),
    Close(Option<u16>),
    CloseOther,
    Check(u8),
    Snapshot(bool),
    Renew,
    StaleAnswers,
}

fn moves() -> impl Strategy<Value = Move> {
    let passing = prop::sample::select(vec![
        FailureKind::Network,
        FailureKind::RateLimited,
        FailureKind::Service,
        FailureKind::BadAnswer,
        FailureKind::ChannelGone,
        FailureKind::TokenRefused,
    ]);
    let maybe = prop::option::weighted(0.4, passing);
    prop_oneof![
        4 => (1_u32..50_000).prop_map(Move::Pass),
        1 => (10_u32..200_000).prop_map(Move::Sleep),
        2 => Just(Move::AllIsWell),
        2 => (maybe.clone(), 30_u32..90_000).prop_map(|(f, life)| Move::Token(f, life)),
        2 => maybe.clone().prop_map(Move::Channel),
        2 => maybe.clone().prop_map(Move::Dial),
        2 => (maybe, 30_u32..90_000).prop_map(|(f, life)| Move::Subscribe(f, life)),
        3 => (0_u8..5).prop_map(Move::Frame),
        2 => prop::option::of(prop::sample::select(vec![1000_u16, 1001, 1006, 1008])).prop_map(Move::Close),
        1 => Just(Move::CloseOther),
        2 => (0_u8..4).prop_map(Move::Check),
        1 => any::<bool>().prop_map(Move::Snapshot),
        1 => Just(Move::Renew),
        1 => Just(Move::StaleAnswers),
    ]
}

#[expect(clippy::too_many_lines, reason = "one arm for each kind of move")]
fn play(world: &mut World, step: &Move) {
    let expires = |seconds: &u32| {
        Some(super::super::moment::add(world.now.wall, Duration::from_secs(u64::from(*seconds))))
    };
    let with = |under: Under| world.lines.iter().find(|(_, u)| **u == under).map(|(line, _)| *line);
    match step {
        Move::Pass(milliseconds) => {
            world.pass(Duration::from_millis(u64::from(*milliseconds)));
        }
        Move::Sleep(seconds) => {
            let by = Duration::from_secs(u64::from(*seconds));
            world.now.wall = super::super::moment::add(world.now.wall, by);
            world.send(Event::Tick);
        }
        Move::AllIsWell => world.all_is_well(),
        Move::Token(outcome, life) if world.asked_token => {
            let expires = expires(life);
            world.asked_token = false;
            match outcome {
                None => {
                    world.has_token = true;
                    world.send(Event::TokenReady { expires });
                }
                Some(kind) => {
                    world.send(Event::TokenFailed(failure(*kind)));
                }
            }
        }
        Move::Channel(outcome) => {
            let Some(line) = with(Under::Creating) else { return };
            world.lines.insert(line, Under::Closed);
            match outcome {
                None => {
                    world.send(Event::ChannelReady { line, short: String::new(), expires: None })
                }
                Some(kind) => world.send(Event::ChannelFailed { line, failure: failure(*kind) }),
            };
        }
        Move::Dial(outcome) => {
            let Some(line) = with(Under::Dialing) else { return };
            match outcome {
                None => {
                    world.lines.insert(line, Under::Open);
                    world.send(Event::Dialed { line });
                }
                Some(kind) => {
                    world.lines.insert(line, Under::Closed);
                    world.send(Event::DialFailed { line, failure: failure(*kind) });
                }
            }
        }
        Move::Subscribe(outcome, seconds) => {
            let end = expires(seconds);
            let Some(line) = with(Under::Open) else { return };
            match outcome {
                None => {
                    world.send(Event::Subscribed { line, permitted: 3, rejected: 1, expires: end })
                }
                Some(kind) => world.send(Event::SubscribeFailed { line, failure: failure(*kind) }),
            };
        }
        Move::Frame(kind) => {
            let Some(line) = with(Under::Open) else { return };
            let kind = [
                FrameKind::Heartbeat,
                FrameKind::Pong,
                FrameKind::Closing,
                FrameKind::Ended,
                FrameKind::Other,
            ][usize::from(*kind)];
            world.send(Event::Frame { line, kind });
        }
        Move::Close(code) => {
            let Some(line) = with(Under::Open) else { return };
            world.lines.insert(line, Under::Closed);
            world.send(Event::Closed {
                line,
                end: SocketEnd { code: *code, reason: "x".to_owned() },
            });
        }
        Move::CloseOther => {
            let last = world.lines.iter().rev().find(|(_, u)| **u == Under::Open).map(|(l, _)| *l);
            let Some(line) = last else { return };
            world.lines.insert(line, Under::Closed);
            world
                .send(Event::Closed { line, end: SocketEnd { code: None, reason: String::new() } });
        }
        Move::Check(outcome) => {
            let Some(line) = world.line_in(line::Step::Checking) else { return };
            let outcome = match outcome {
                0 => ChannelCheck::Exists,
                1 => ChannelCheck::Gone,
                2 => ChannelCheck::Unauthorized,
                _ => ChannelCheck::Unknown(failure(FailureKind::Network)),
            };
            world.send(Event::Checked { line, outcome });
        }
        Move::Snapshot(works) if world.asked_snapshot => {
            world.asked_snapshot = false;
            if *works {
                world.send(Event::SnapshotTaken { what: "all".to_owned() });
            } else {
                world.send(Event::SnapshotFailed(failure(FailureKind::Service)));
            }
        }
        Move::Renew => {
            world.send(Event::Wish(Wish::Renew));
        }
        Move::StaleAnswers => {
            let line = LineId(0);
            for event in [
                Event::Dialed { line },
                Event::Subscribed { line, permitted: 1, rejected: 0, expires: None },
                Event::Closed { line, end: SocketEnd { code: None, reason: String::new() } },
                Event::Checked { line, outcome: ChannelCheck::Gone },
            ] {
                world.send(event);
            }
        }
        Move::Token(..) | Move::Snapshot(_) => {}
    }
}

proptest! {
    /// In any order of events: the judge's laws hold (no two dials for one channel, nothing
    /// without a token, every wait bounded), and once all is well again the session is live.
    #[test]
    fn holds_its_laws_in_any_order_and_always_finds_back(
        seed in any::<u64>(),
        steps in prop::collection::vec(moves(), 0..120),
    ) {
        let mut world = World::new(seed);
        world.send(Event::Start);
        for step in &steps {
            if world.over {
                // refused tokens, again and again, are the one way to an end in here
                return Ok(());
            }
            play(&mut world, step);
        }
        for _ in 0..200 {
            if world.over {
                return Ok(());
            }
            world.all_is_well();
            if world.session.report().phase == Phase::Live && world.session.gap.is_none() {
                break;
            }
            world.pass(Duration::from_secs(5));
        }
        prop_assert_eq!(world.session.report().phase, Phase::Live);
        let gaps = world.log.iter().fold((0, 0), |(opened, closed), effect| match effect {
            Effect::Gap(GapEffect::Opened { .. }) => (opened + 1, closed),
            Effect::Gap(GapEffect::Closed { .. }) => (opened, closed + 1),
            _ => (opened, closed),
        });
        prop_assert_eq!(gaps.0, gaps.1, "every gap that opens is closed");
    }
}
