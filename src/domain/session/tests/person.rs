//! A login that only a person can renew: asked for in time, never in the way, taken up when done.
use super::{World, failure};
use crate::domain::control::EventKind;
use crate::domain::session::{Effect, Event, FailureKind, Phase};
use std::time::Duration;

/// Minutes that the person's token lives; its renewal is asked for 15 minutes before its end.
const LIFE: u32 = 100;

/// A live session with such a token.
fn world() -> World {
    let mut world = World::new(3);
    world.send(Event::Start);
    world.asked_token = false;
    world.has_token = true;
    let life = Duration::from_secs(60) * LIFE;
    let ends = crate::domain::moment::add(world.now.wall, life);
    world.send(Event::TokenReady { expires: Some(ends) });
    world.all_is_well();
    world.log.clear();
    world.answers_pings = true;
    world
}

/// Lets time pass, looking every 15 s, which is sooner than a step may take; every time that a fresh token is asked for, only the person
/// could give it. How often that was.
fn refuse_for(world: &mut World, minutes: u32) -> usize {
    let mut asked = 0;
    for _ in 0..4 * minutes {
        let effects = world.pass(Duration::from_secs(15));
        if effects.contains(&Effect::ObtainToken { fresh: true }) {
            asked += 1;
            world.asked_token = false;
            world.send(Event::TokenFailed(failure(FailureKind::TokenRefused)));
        }
        world.heartbeat();
    }
    asked
}

#[test]
fn the_person_is_reminded_ever_more_often_while_the_session_stays_live() {
    let mut world = world();
    assert_eq!(refuse_for(&mut world, LIFE - 16), 0);
    let reminders = refuse_for(&mut world, 15);
    assert!((4..=15).contains(&reminders), "{reminders}");
    assert_eq!(world.said(EventKind::Token), reminders);
    assert_eq!(world.said(EventKind::Retrying), 0, "nothing is broken yet");
    assert_eq!(world.session.report().phase, Phase::Live);
}

#[test]
fn a_new_login_is_taken_up_even_after_the_end() {
    let mut world = world();
    refuse_for(&mut world, LIFE + 30);
    assert!(!world.over, "the session waits for the person");
    world.pass(Duration::from_secs(60));
    world.all_is_well();
    assert_eq!(world.session.report().phase, Phase::Live);
    assert!(world.session.report().reason.is_empty());
}
