//! Every transition of the session machine.
use super::*;

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
    assert!(effects.contains(&Effect::Retire { line: old }));
    assert!(!effects.contains(&Effect::EndOverlap), "its last frames are remembered");
    assert!(world.pass(Duration::from_secs(6)).contains(&Effect::EndOverlap));
    assert!(!world.session.delivers(old));
    assert!(!world.log.iter().any(|e| matches!(e, Effect::Gap(_))), "no gap in a hand-over");
}

#[test]
fn the_channels_life_is_renewed_by_subscribing_again() {
    let mut world = World::live();
    world.answers_pings = true;
    for _ in 0..(86_400 - 800) / 25 {
        world.pass(Duration::from_secs(25));
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
    let ends = crate::domain::moment::add(world.now.wall, Duration::from_secs(300));
    world.send(Event::TokenReady { expires: Some(ends) });
    world.all_is_well();
    world.log.clear();
    world.answers_pings = true;
    for _ in 0..9 {
        world.pass(Duration::from_secs(28));
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
    world.now.wall = crate::domain::moment::add(world.now.wall, Duration::from_secs(90_000));
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

/// Passes the day until the renewal of the channel is asked for.
pub(super) fn until_renewal(world: &mut World) -> LineId {
    let line = world.active();
    world.answers_pings = true;
    for _ in 0..4_000 {
        world.pass(Duration::from_secs(25));
        world.heartbeat();
        if world.session.active.as_ref().unwrap().renewing.is_some() {
            return line;
        }
    }
    panic!("no renewal in a day");
}

#[test]
fn a_renewal_is_believed_only_when_the_end_has_moved() {
    for (moved_by, hands_over) in [(Some(86_400), false), (Some(0), true), (None, true)] {
        let mut world = World::live();
        let old_end = world.session.report().channel_expires.unwrap();
        let line = until_renewal(&mut world);
        let expires =
            moved_by.map(|by| crate::domain::moment::add(old_end, Duration::from_secs(by)));
        world.send(Event::Subscribed { line, permitted: 10, rejected: 0, expires });
        assert_eq!(world.session.successor.is_some(), hands_over, "end moved by {moved_by:?}");
        // whatever came, it isn't asked for again and again
        let asked = |world: &World| {
            world.log.iter().filter(|e| matches!(e, Effect::Subscribe { .. })).count()
        };
        let before = asked(&world);
        world.all_is_well();
        world.pass(Duration::from_secs(30));
        assert!(asked(&world) <= before + 1);
    }
}

#[test]
fn a_refused_renewal_takes_another_channel() {
    for kind in [FailureKind::ChannelGone, FailureKind::TokenRefused] {
        let mut world = World::live();
        let line = until_renewal(&mut world);
        world.send(Event::SubscribeFailed { line, failure: failure(kind) });
        assert!(world.session.successor.is_some());
        assert_eq!(world.session.report().phase, Phase::Live, "the old one still delivers");
    }
}

#[test]
fn frames_between_ping_and_pong_dont_spoil_the_time() {
    let mut world = World::live();
    world.pass(Duration::from_secs(30));
    world.heartbeat();
    let effects = world.pass(Duration::from_secs(30));
    assert!(effects.iter().any(|e| matches!(e, Effect::SendPing { .. })), "measured each minute");
    let line = world.active();
    world.pass(Duration::from_millis(20));
    world.send(Event::Frame { line, kind: FrameKind::Other });
    world.pass(Duration::from_millis(50));
    world.send(Event::Frame { line, kind: FrameKind::Pong });
    let measured = world.session.report().round_trip.unwrap();
    assert!(measured >= Duration::from_millis(70) && measured < Duration::from_secs(30));
}

#[test]
fn a_notice_on_the_way_up_is_remembered_until_it_can_be_followed() {
    let mut world = World::live();
    world.send(Event::Wish(Wish::Renew));
    let successor = world.session.successor.as_ref().unwrap().id;
    world.lines.insert(successor, Under::Closed);
    world.send(Event::ChannelReady { line: successor, short: String::new(), expires: None });
    world.lines.insert(successor, Under::Open);
    world.send(Event::Dialed { line: successor });
    world.send(Event::Frame { line: successor, kind: FrameKind::Closing });
    world.all_is_well();
    assert_eq!(world.active(), successor);
    world.pass(Duration::from_secs(12));
    world.all_is_well();
    assert_ne!(world.active(), successor, "the announced end is met by another channel");
    assert_eq!(world.said(EventKind::HandedOver), 2);
}

#[test]
fn an_end_in_order_makes_a_short_gap_and_any_other_one_from_the_last_sign_of_life() {
    for (code, seconds) in [(Some(1000), 2), (Some(1006), 2), (None, 20)] {
        let mut world = World::live();
        world.heartbeat();
        world.pass(Duration::from_secs(20));
        let now = world.now.wall;
        let effects = world.close(code);
        let from = effects.iter().find_map(|effect| match effect {
            Effect::Gap(GapEffect::Opened { from, .. }) => Some(*from),
            _ => None,
        });
        let length = crate::domain::moment::since(now, from.unwrap());
        assert_eq!(length.as_secs(), seconds, "{code:?}");
    }
}

#[test]
fn the_gap_ends_with_the_first_event_on_the_new_socket() {
    let mut world = World::live();
    let line = world.active();
    world.close(Some(1006));
    world.send(Event::Checked { line, outcome: ChannelCheck::Exists });
    world.lines.insert(line, Under::Open);
    world.send(Event::Dialed { line });
    world.pass(Duration::from_secs(1));
    world.send(Event::Frame { line, kind: FrameKind::Heartbeat });
    world.pass(Duration::from_secs(1));
    let delivers = world.now.wall;
    world.send(Event::Frame { line, kind: FrameKind::Other });
    world.pass(Duration::from_secs(9));
    let effects = world.send(Event::Subscribed { line, permitted: 1, rejected: 0, expires: None });
    assert!(
        effects.iter().any(
            |e| matches!(e, Effect::Gap(GapEffect::Closed { until, .. }) if *until == delivers)
        )
    );
}

#[test]
fn a_ping_that_was_out_before_a_sleep_doesnt_end_the_socket_after_it() {
    let mut world = World::live();
    world.heartbeat();
    world.pass(Duration::from_secs(36));
    assert!(world.session.active.as_ref().unwrap().pinged.is_some());
    // the program was stopped: both clocks went on and nobody told the time
    world.now = world.now.after(Duration::from_secs(600));
    let effects = world.send(Event::Tick);
    let line = world.active();
    assert!(effects.contains(&Effect::SendPing { line }));
    assert!(effects.contains(&Effect::CheckChannel { line }));
    assert_eq!(world.said(EventKind::Disconnected), 0);
    let effects = world.pass(Duration::from_secs(5));
    assert!(effects.contains(&Effect::Drop { line }), "but no answer after it does");
}

#[test]
fn after_a_sleep_nobody_waits_for_the_next_attempt() {
    let mut world = World::new(4);
    world.send(Event::Start);
    world.has_token = true;
    world.send(Event::TokenReady { expires: None });
    let line = world.active();
    for _ in 0..9 {
        world.send(Event::ChannelFailed { line, failure: failure(FailureKind::Service) });
        world.pass(Duration::from_secs(30));
    }
    world.send(Event::ChannelFailed { line, failure: failure(FailureKind::Service) });
    assert_eq!(world.session.report().phase, Phase::Waiting);
    world.now.wall = crate::domain::moment::add(world.now.wall, Duration::from_secs(3_600));
    let effects = world.send(Event::Tick);
    assert!(effects.contains(&Effect::CreateChannel { line }));
}

#[test]
fn a_channel_of_an_ended_token_is_left_once_there_is_another_token() {
    let mut world = World::live();
    world.now.wall = crate::domain::moment::add(world.now.wall, Duration::from_secs(90_000));
    world.send(Event::Tick);
    assert!(!world.session.token.ready);
    let line = world.active();
    world.send(Event::Checked { line, outcome: ChannelCheck::Exists });
    world.send(Event::Frame { line, kind: FrameKind::Pong });
    world.has_token = true;
    let expires = Some(crate::domain::moment::add(world.now.wall, Duration::from_secs(86_400)));
    world.send(Event::TokenReady { expires });
    assert!(world.session.successor.is_some());
    world.all_is_well();
    assert_ne!(world.active(), line);
    assert_eq!(world.said(EventKind::Disconnected), 0);
}

#[test]
fn a_token_that_another_session_has_renewed_already_changes_nothing() {
    let mut world = World::live();
    let expires = world.session.token.expires;
    world.session.token.pending = Some(world.now.uptime + Duration::from_secs(20));
    world.send(Event::TokenReady { expires });
    assert!(world.session.successor.is_none());
}

#[test]
fn a_service_that_closes_at_once_is_not_fought_with_channel_after_channel() {
    let mut world = World::live();
    let mut waits = Vec::new();
    for _ in 0..40 {
        world.close(Some(1000));
        let before = world.now;
        for _ in 0..60 {
            world.all_is_well();
            if world.session.report().phase == Phase::Live {
                break;
            }
            world.pass(Duration::from_secs(1));
        }
        waits.push(world.now.uptime.saturating_sub(before.uptime));
    }
    let made = world.log.iter().filter(|e| matches!(e, Effect::CreateChannel { .. })).count();
    assert_eq!(made, 1, "one own channel in an hour");
    assert!(waits.last().unwrap() >= &Duration::from_secs(15), "{waits:?}");
}

#[test]
fn a_clock_that_is_put_back_makes_no_gap_of_negative_length() {
    let mut world = World::live();
    world.heartbeat();
    let hour = jiff::SignedDuration::from_hours(1);
    world.now.wall = world.now.wall.saturating_sub(hour).unwrap();
    world.send(Event::Tick);
    world.close(None);
    world.all_is_well();
    let gap = world.log.iter().find_map(|effect| match effect {
        Effect::Gap(GapEffect::Closed { from, until, .. }) => Some((*from, *until)),
        _ => None,
    });
    let (from, until) = gap.expect("the gap is closed");
    assert!(from <= until);
}

#[test]
fn that_the_clock_was_put_back_is_said_and_taken_for_no_sleep() {
    let mut world = World::live();
    world.heartbeat();
    let hour = jiff::SignedDuration::from_hours(1);
    world.now = world.now.after(Duration::from_secs(4));
    world.now.wall = world.now.wall.saturating_sub(hour).unwrap();
    let effects = world.send(Event::Tick);
    let told = effects.iter().filter_map(|effect| match effect {
        Effect::Say { kind: EventKind::Note, sentence, .. } => Some(sentence.as_str()),
        _ => None,
    });
    let told: Vec<&str> = told.collect();
    assert!(matches!(told[..], [one] if one.contains("set back by 3600 s")), "{told:?}");
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::CheckChannel { .. })));
    assert!(!world.send(Event::Tick).iter().any(|effect| matches!(effect, Effect::Say { .. })));
}

#[test]
fn a_clock_that_was_put_back_hides_no_pause() {
    let mut world = World::live();
    world.heartbeat();
    let hour = jiff::SignedDuration::from_hours(1);
    world.now = world.now.after(Duration::from_secs(60));
    world.now.wall = world.now.wall.saturating_sub(hour).unwrap();
    let effects = world.send(Event::Tick);
    let says = |words: &str| {
        effects.iter().any(
            |effect| matches!(effect, Effect::Say { sentence, .. } if sentence.contains(words)),
        )
    };
    assert!(says("set back by 3600 s") && says("(sleep?)"), "{effects:?}");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::CheckChannel { .. })));
}

#[test]
fn what_a_person_asks_for_is_done() {
    let mut world = World::live();
    let line = world.active();
    assert!(world.send(Event::Wish(Wish::Snapshot)).contains(&Effect::TakeSnapshot));
    assert!(world.send(Event::Wish(Wish::Resubscribe)).contains(&Effect::Subscribe { line }));
    world.send(Event::Wish(Wish::Renew));
    assert!(world.session.successor.is_some());
    let effects = world.send(Event::Wish(Wish::Stop));
    assert!(effects.contains(&Effect::Retire { line }) && effects.contains(&Effect::Stopped));
    assert!(world.send(Event::Start).is_empty(), "over is over");
}
