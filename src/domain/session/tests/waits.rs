//! How long the session waits between attempts, in any order of failures and jumps of the clock.
use super::failures::at_step;
use super::*;
use crate::domain::session::policy::BackOff;
use proptest::prelude::*;

/// What happens between two attempts.
#[derive(Clone, Copy, Debug)]
enum Turn {
    Fails(FailureKind),
    NoAnswer,
    Sleep(u32),
    ClockPutBack(u32),
}

fn turns() -> impl Strategy<Value = Turn> {
    let kinds = vec![
        FailureKind::Network,
        FailureKind::RateLimited,
        FailureKind::Service,
        FailureKind::BadAnswer,
    ];
    prop_oneof![
        6 => prop::sample::select(kinds).prop_map(Turn::Fails),
        2 => Just(Turn::NoAnswer),
        1 => (11_u32..200_000).prop_map(Turn::Sleep),
        1 => (1_u32..100_000).prop_map(Turn::ClockPutBack),
    ]
}

/// The waits that were told, with what failed before each.
fn waits(effects: &[Effect]) -> Vec<Duration> {
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Say { kind: EventKind::Retrying, retry_in, .. } => *retry_in,
        _ => None,
    });
    told.collect()
}

/// What attempt number `attempt` waits at most: doubled each time, up to the cap.
fn bound(attempt: u32, first: Duration, cap: Duration) -> Duration {
    first.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(cap)
}

/// Lets the channel of a line that is being created fail or stay unanswered, until told a wait.
fn fail(world: &mut World, kind: Option<FailureKind>) -> Duration {
    let line = world.line_in(line::Step::Creating).expect("it is being tried");
    let effects = match kind {
        Some(kind) => world.send(Event::ChannelFailed { line, failure: failure(kind) }),
        None => world.pass(Policy::default().step),
    };
    let told = waits(&effects);
    assert_eq!(told.len(), 1, "one wait: {effects:?}");
    told[0]
}

proptest! {
    /// One wait by itself: doubled from attempt to attempt, never beyond the cap, and at least
    /// half of that; the other half is chance.
    #[test]
    fn a_wait_is_between_a_half_and_the_whole_of_its_bound(
        seed in any::<u64>(),
        attempt in 1_u32..200,
        first in 1_u64..10_000,
        cap in 1_u64..100_000,
    ) {
        let (first, cap) = (Duration::from_millis(first), Duration::from_millis(cap));
        let mut back_off = BackOff::new(seed);
        // the exponent is held at 16: further doublings are of no use within any cap
        let bound = bound(attempt.min(17), first, cap);
        for _ in 0..8 {
            let wait = back_off.wait(attempt, first, cap);
            prop_assert!(wait >= bound.mul_f64(0.499) && wait <= bound, "{wait:?} of {bound:?}");
        }
    }

    /// In any order of failures and jumps of the clock the machine's waits stay within their
    /// bounds, grow with the attempts up to the cap, and begin anew after a real life, whatever
    /// the clocks did meanwhile.
    #[test]
    fn waits_grow_to_their_cap_and_begin_anew_after_a_real_life(
        seed in any::<u64>(),
        turns in prop::collection::vec(turns(), 1..60),
    ) {
        let policy = Policy::default();
        let mut world = at_step(line::Step::Creating);
        world.session.back_off = BackOff::new(seed);
        let (mut attempt, mut wait) = (0, Duration::ZERO);
        for turn in turns {
            let kind = match turn {
                Turn::Fails(kind) => Some(kind),
                Turn::NoAnswer => None,
                Turn::Sleep(seconds) => {
                    let by = Duration::from_secs(u64::from(seconds));
                    world.now.wall = crate::domain::moment::add(world.now.wall, by);
                    world.send(Event::Tick);
                    continue;
                }
                Turn::ClockPutBack(seconds) => {
                    let by = jiff::SignedDuration::from_secs(i64::from(seconds));
                    world.now.wall = world.now.wall.saturating_sub(by).unwrap();
                    world.send(Event::Tick);
                    continue;
                }
            };
            if world.line_in(line::Step::Creating).is_none() {
                world.pass(wait);
            }
            attempt += 1;
            let is_ours = kind.is_none_or(|kind| kind == FailureKind::Network);
            let cap = if is_ours { policy.retry_cap_network } else { policy.retry_cap };
            let bound = bound(attempt, policy.retry_first, cap);
            wait = fail(&mut world, kind);
            prop_assert!(wait <= bound && wait >= bound.mul_f64(0.499), "{attempt}: {wait:?}");
        }
        // a real life: waits begin anew
        if world.line_in(line::Step::Creating).is_none() {
            world.pass(wait);
        }
        world.all_is_well();
        prop_assert_eq!(world.session.report().phase, Phase::Live);
        world.answers_pings = true;
        for _ in 0..4 {
            world.pass(Duration::from_secs(20));
            world.heartbeat();
        }
        prop_assert_eq!(world.session.report().attempts, 0);
        world.close(None);
        let line = world.active();
        let effects = world.send(Event::Checked {
            line,
            outcome: ChannelCheck::Unknown(failure(FailureKind::Service)),
        });
        let told = waits(&effects);
        // the check at once was the first attempt, so this is the second
        let bound = bound(2, policy.retry_first, policy.retry_cap);
        prop_assert!(told.len() == 1 && told[0] <= bound, "{told:?}");
    }
}

#[test]
fn a_short_life_doesnt_let_waits_begin_anew() {
    let mut world = at_step(line::Step::Creating);
    for _ in 0..8 {
        let wait = fail(&mut world, Some(FailureKind::Service));
        world.pass(wait);
    }
    world.all_is_well();
    assert_eq!(world.session.report().phase, Phase::Live);
    world.pass(Duration::from_secs(20));
    world.heartbeat();
    world.close(None);
    let attempts = world.session.report().attempts;
    assert!(attempts > 8, "{attempts}: it lived for 20 s only");
}

#[test]
fn the_service_is_waited_for_as_long_as_it_asks() {
    let mut world = at_step(line::Step::Creating);
    let line = world.active();
    let asked = Duration::from_secs(90);
    let refused = Failure { retry_after: Some(asked), ..failure(FailureKind::RateLimited) };
    let effects = world.send(Event::ChannelFailed { line, failure: refused });
    assert_eq!(waits(&effects), [asked]);
    let creates = |effects: Vec<Effect>| effects.contains(&Effect::CreateChannel { line });
    assert!(!creates(world.pass(Duration::from_secs(89))));
    assert!(creates(world.pass(Duration::from_secs(1))));
}

/// The network was away for long, and with it went the channel: whatever waits the failures have
/// grown to, another channel is made the moment that the service answers again.
#[test]
fn another_channel_is_made_at_once_when_the_network_is_back() {
    let mut world = World::live();
    world.close(None);
    let old = world.active();
    for _ in 0..40 {
        let outcome = ChannelCheck::Unknown(failure(FailureKind::Network));
        world.send(Event::Checked { line: old, outcome });
        world.pass(Policy::default().retry_cap_network);
    }
    assert!(world.session.report().attempts > 40);
    let effects = world.send(Event::Checked { line: old, outcome: ChannelCheck::Gone });
    let new = world.active();
    assert_ne!(new, old);
    assert!(effects.contains(&Effect::CreateChannel { line: new }), "at once: {effects:?}");
    // a channel that is gone again and again is another matter: then it waits
    world.lines.insert(new, Under::Closed);
    world.send(Event::ChannelReady { line: new, short: String::new(), expires: None });
    let gone = Event::DialFailed { line: new, failure: failure(FailureKind::ChannelGone) };
    let effects = world.send(gone);
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::CreateChannel { .. })));
    assert_eq!(world.session.report().phase, Phase::Waiting);
}
