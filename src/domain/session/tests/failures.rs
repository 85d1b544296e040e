//! What follows when a step fails or gets no answer.
use super::*;

/// Brings a line to `step`, by the shortest way.
pub(super) fn at_step(step: line::Step) -> World {
    let mut world = World::new(9);
    world.send(Event::Start);
    world.has_token = true;
    world.asked_token = false;
    world.send(Event::TokenReady { expires: None });
    let line = world.active();
    if step == line::Step::Creating {
        return world;
    }
    world.lines.insert(line, Under::Closed);
    world.send(Event::ChannelReady { line, short: String::new(), expires: None });
    if step == line::Step::Dialing {
        return world;
    }
    world.lines.insert(line, Under::Open);
    world.send(Event::Dialed { line });
    if step == line::Step::Subscribing {
        return world;
    }
    world.send(Event::Subscribed { line, permitted: 1, rejected: 0, expires: None });
    world.lines.insert(line, Under::Closed);
    world.send(Event::Closed { line, end: SocketEnd { code: None, reason: String::new() } });
    assert_eq!(step, line::Step::Checking);
    world
}

fn fails(step: line::Step, line: LineId, kind: FailureKind) -> Event {
    let failure = failure(kind);
    match step {
        line::Step::Creating => Event::ChannelFailed { line, failure },
        line::Step::Dialing => Event::DialFailed { line, failure },
        line::Step::Subscribing => Event::SubscribeFailed { line, failure },
        _ => Event::Checked { line, outcome: ChannelCheck::Unknown(failure) },
    }
}

#[test]
fn every_failure_of_every_step_leads_somewhere() {
    use FailureKind::{
        BadAnswer, ChannelGone, CredentialsRefused, Network, NotPermitted, RateLimited, Service,
        TokenRefused, Unacceptable,
    };
    use line::Step::{Checking, Creating, Dialing, Subscribing};
    for step in [Creating, Dialing, Subscribing, Checking] {
        for kind in [Network, RateLimited, Service, BadAnswer] {
            let mut world = at_step(step);
            let line = world.active();
            world.send(fails(step, line, kind));
            assert_eq!(world.session.report().phase, Phase::Waiting, "{step:?} {kind:?}");
            assert_eq!(world.active(), line, "the channel may have survived");
            let effects = world.pass(Duration::from_secs(30));
            let tried_again = effects.iter().any(|effect| match effect {
                Effect::CreateChannel { .. } => step == Creating,
                Effect::CheckChannel { .. } => matches!(step, Dialing | Checking),
                Effect::Subscribe { .. } => step == Subscribing,
                _ => false,
            });
            assert!(tried_again, "{step:?} {kind:?}: {effects:?}");
        }
        for kind in [CredentialsRefused, NotPermitted, Unacceptable] {
            let mut world = at_step(step);
            let line = world.active();
            world.send(fails(step, line, kind));
            // whose channel is asked for has been live: only refused credentials end it
            let ends = kind == CredentialsRefused || step != Checking;
            let expected = if ends { Phase::Ended } else { Phase::Waiting };
            assert_eq!(world.session.report().phase, expected, "{step:?} {kind:?}");
        }
        let mut world = at_step(step);
        let line = world.active();
        let effects = world.send(fails(step, line, ChannelGone));
        assert!(effects.iter().any(|e| matches!(e, Effect::CreateChannel { .. })), "{step:?}");
        assert_ne!(world.active(), line);
        let mut world = at_step(step);
        let line = world.active();
        let effects = world.send(fails(step, line, TokenRefused));
        assert!(effects.contains(&Effect::ObtainToken { fresh: true }), "{step:?}");
        assert_eq!(world.session.report().phase, Phase::Authorizing);
    }
}

#[test]
fn every_step_that_gets_no_answer_is_tried_again() {
    use line::Step::{Checking, Creating, Dialing};
    for step in [Creating, Dialing, Checking] {
        let mut world = at_step(step);
        let line = world.active();
        let effects = world.pass(Duration::from_secs(25));
        let dropped = effects.iter().position(|e| *e == Effect::Drop { line });
        let again = effects
            .iter()
            .rposition(|e| matches!(e, Effect::CreateChannel { .. } | Effect::CheckChannel { .. }));
        assert!(dropped.is_some() && dropped < again, "{step:?}: {effects:?}");
    }
}

#[test]
fn a_snapshot_that_fails_is_taken_again_and_only_then_heals() {
    let mut world = World::live();
    world.close(None);
    let line = world.active();
    world.send(Event::Checked { line, outcome: ChannelCheck::Exists });
    world.lines.insert(line, Under::Open);
    world.send(Event::Dialed { line });
    world.send(Event::Subscribed { line, permitted: 1, rejected: 0, expires: None });
    let effects = world.send(Event::SnapshotFailed(failure(FailureKind::Service)));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Gap(_))));
    world.heartbeat();
    assert!(world.pass(Duration::from_secs(3)).contains(&Effect::TakeSnapshot));
    let effects = world.send(Event::SnapshotTaken { what: "all".to_owned() });
    assert!(effects.contains(&Effect::Gap(GapEffect::Healed { by: "all".to_owned() })));
}

#[test]
fn a_successor_that_fails_leaves_the_active_line_alone() {
    for kind in [FailureKind::Unacceptable, FailureKind::Service, FailureKind::ChannelGone] {
        let mut world = World::live();
        let old = world.active();
        world.send(Event::Wish(Wish::Renew));
        let successor = world.session.successor.as_ref().unwrap().id;
        world.send(Event::ChannelFailed { line: successor, failure: failure(kind) });
        assert_eq!(world.session.report().phase, Phase::Live);
        assert_eq!(world.active(), old);
        assert!(world.session.successor.is_some(), "it is tried again");
    }
}

#[test]
fn when_the_old_line_ends_too_early_its_successor_takes_its_place_with_a_gap() {
    let mut world = World::live();
    world.send(Event::Wish(Wish::Renew));
    let successor = world.session.successor.as_ref().unwrap().id;
    world.close(Some(1001));
    assert_eq!(world.active(), successor);
    world.all_is_well();
    assert_eq!(world.session.report().phase, Phase::Live);
    assert!(world.log.iter().any(|e| matches!(e, Effect::Gap(GapEffect::Closed { .. }))));
}
