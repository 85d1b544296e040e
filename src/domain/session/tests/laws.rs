//! Laws that hold in any order of events.
use super::*;
use proptest::prelude::*;

/// What may happen, in any order.
#[derive(Clone, Debug)]
enum Move {
    Pass(u32),
    Sleep(u32),
    ClockPutBack(u32),
    AllIsWell,
    Token(Option<FailureKind>, u32),
    Channel(Option<FailureKind>),
    NoRoom,
    NothingPermitted,
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
        // before anything was live these are a way to an end; later they are not
        FailureKind::NotPermitted,
        FailureKind::Unacceptable,
    ]);
    let maybe = prop::option::weighted(0.4, passing);
    prop_oneof![
        4 => (1_u32..50_000).prop_map(Move::Pass),
        1 => (10_u32..200_000).prop_map(Move::Sleep),
        1 => (1_u32..4_000).prop_map(Move::ClockPutBack),
        2 => Just(Move::AllIsWell),
        2 => (maybe.clone(), 30_u32..90_000).prop_map(|(f, life)| Move::Token(f, life)),
        2 => maybe.clone().prop_map(Move::Channel),
        1 => Just(Move::NoRoom),
        1 => Just(Move::NothingPermitted),
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
        Some(crate::domain::moment::add(world.now.wall, Duration::from_secs(u64::from(*seconds))))
    };
    let with = |under: Under| world.lines.iter().find(|(_, u)| **u == under).map(|(line, _)| *line);
    match step {
        Move::Pass(milliseconds) => {
            world.pass(Duration::from_millis(u64::from(*milliseconds)));
        }
        Move::Sleep(seconds) => {
            let by = Duration::from_secs(u64::from(*seconds));
            world.now.wall = crate::domain::moment::add(world.now.wall, by);
            world.send(Event::Tick);
        }
        Move::ClockPutBack(seconds) => {
            let by = jiff::SignedDuration::from_secs(i64::from(*seconds));
            world.now.wall = world.now.wall.saturating_sub(by).unwrap();
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
        Move::NoRoom => {
            let Some(line) = with(Under::Creating) else { return };
            world.send(Event::NoRoom { line });
        }
        Move::NothingPermitted => {
            let Some(line) = with(Under::Open) else { return };
            world.send(Event::Subscribed { line, permitted: 0, rejected: 4, expires: None });
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
                // refused tokens, again and again, or topics before anything was live: the ways to an end
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
        for effect in &world.log {
            if let Effect::Gap(GapEffect::Closed { from, until, .. }) = effect {
                prop_assert!(from <= until, "a gap never ends before it begins");
            }
        }
        let gaps = world.log.iter().fold((0, 0), |(opened, closed), effect| match effect {
            Effect::Gap(GapEffect::Opened { .. }) => (opened + 1, closed),
            Effect::Gap(GapEffect::Closed { .. }) => (opened, closed + 1),
            _ => (opened, closed),
        });
        prop_assert_eq!(gaps.0, gaps.1, "every gap that opens is closed");
    }
}
