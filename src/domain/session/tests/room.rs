//! Sessions that may not have a second channel now, or not at all.
use super::*;

/// A live session that got a closing notice while all channels are in use.
fn noticed() -> (World, LineId, LineId) {
    let mut world = World::live();
    let old = world.active();
    world.send(Event::Frame { line: old, kind: FrameKind::Closing });
    let new = world.session.successor.as_ref().unwrap().id;
    world.send(Event::NoRoom { line: new });
    world.answers_pings = true;
    (world, old, new)
}

#[test]
fn who_waits_for_room_hands_over_when_there_is_some() {
    let (mut world, old, new) = noticed();
    world.pass(Duration::from_secs(30));
    assert_eq!(world.said(EventKind::Retrying), 0, "it waits its turn, and asks nobody");
    world.lines.insert(new, Under::Closed);
    world.send(Event::ChannelReady { line: new, short: String::new(), expires: None });
    world.all_is_well();
    assert_eq!(world.active(), new);
    assert_eq!(world.said(EventKind::HandedOver), 1);
    assert!(world.session.delivers(old));
    assert!(!world.log.iter().any(|effect| matches!(effect, Effect::Gap(_))));
}

#[test]
fn without_room_the_announced_end_is_met_on_the_same_channel_with_a_gap() {
    let (mut world, old, new) = noticed();
    world.pass(Duration::from_secs(55));
    let effects = world.close(Some(1001));
    assert!(effects.contains(&Effect::Retire { line: new }));
    assert!(effects.contains(&Effect::CheckChannel { line: old }), "at once: {effects:?}");
    assert!(effects.iter().any(|e| matches!(e, Effect::Gap(GapEffect::Opened { .. }))));
    world.all_is_well();
    assert_eq!((world.active(), world.session.report().phase), (old, Phase::Live));
    assert!(world.session.successor.is_none(), "the end that was announced has come");
}

#[test]
fn a_wish_for_another_channel_waits_only_so_long() {
    let mut world = World::live();
    let old = world.active();
    world.send(Event::Wish(Wish::Renew));
    let new = world.session.successor.as_ref().unwrap().id;
    world.send(Event::NoRoom { line: new });
    world.answers_pings = true;
    let effects = world.pass(Duration::from_secs(121));
    assert!(effects.contains(&Effect::Forget { line: new }));
    assert!(world.session.successor.is_none());
    let line = world.session.active.as_ref().unwrap();
    assert_eq!((line.id, line.wants_renewal_timer()), (old, true), "it is renewed as ever");
}

#[test]
fn who_needs_another_channel_for_its_token_goes_on_waiting() {
    let mut world = World::live();
    world.session.token.pending = Some(world.now.uptime + Duration::from_secs(20));
    let expires = Some(crate::domain::moment::add(world.now.wall, Duration::from_secs(90_000)));
    world.send(Event::TokenReady { expires });
    world.answers_pings = true;
    for _ in 0..5 {
        let new = world.session.successor.as_ref().expect("it is needed").id;
        world.send(Event::NoRoom { line: new });
        world.pass(Duration::from_secs(121));
    }
    assert_eq!(world.session.report().phase, Phase::Live);
    world.all_is_well();
    assert_eq!(world.said(EventKind::HandedOver), 1);
}

#[test]
fn turns_are_short_enough_for_all_to_hand_over_within_a_notice() {
    let policy = Policy::default();
    for sessions in 1..20_usize {
        let room = 20 - sessions;
        let overlap = policy.by_turns(sessions, room).overlap;
        let turns = u32::try_from(sessions.div_ceil(room)).unwrap();
        let all = turns * (overlap + Duration::from_secs(1));
        assert!(all <= policy.notice, "{sessions}: {all:?}");
        assert!(overlap >= Duration::from_secs(1));
        if sessions <= 16 {
            assert_eq!(overlap, policy.overlap, "{sessions}: there is time enough");
        }
    }
    assert_eq!(policy.by_turns(20, 0), policy);
}
