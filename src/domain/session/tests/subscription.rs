//! What goes wrong while subscribing ends no socket that delivers.
use super::failures::at_step;
use super::transitions::until_renewal;
use super::*;
use line::Step::Subscribing;

fn subscribes(effects: &[Effect]) -> usize {
    effects.iter().filter(|effect| matches!(effect, Effect::Subscribe { .. })).count()
}

/// Lets time pass on a socket that answers and delivers once a second; all effects.
fn delivering(world: &mut World, seconds: u64) -> Vec<Effect> {
    let mut effects = Vec::new();
    world.answers_pings = true;
    for _ in 0..seconds {
        effects.extend(world.pass(Duration::from_secs(1)));
        let line = world.active();
        effects.extend(world.send(Event::Frame { line, kind: FrameKind::Other }));
    }
    effects
}

/// A session that was live, whose channel has a socket again and is being subscribed.
fn back() -> World {
    let mut world = at_step(line::Step::Checking);
    let line = world.active();
    world.send(Event::Checked { line, outcome: ChannelCheck::Exists });
    world.lines.insert(line, Under::Open);
    world.send(Event::Dialed { line });
    world.log.clear();
    world
}

#[test]
fn without_an_answer_the_socket_that_delivers_is_kept_and_subscribing_tried_again() {
    let mut world = back();
    let line = world.active();
    let begun = world.now.wall;
    let effects = delivering(&mut world, 180);
    let ends = |effect: &&Effect| {
        matches!(effect, Effect::Drop { .. } | Effect::Forget { .. } | Effect::Dial { .. })
    };
    assert_eq!(effects.iter().find(ends), None, "the socket is left alone");
    assert!(world.session.delivers(line), "its events are handed on");
    let tried = subscribes(&effects);
    assert!((2..=4).contains(&tried), "{tried} times in three minutes");
    let said = world.said(EventKind::Retrying);
    assert!(said == tried || said == tried + 1, "{said} for {tried}: each is told");
    let said = world.log.iter().any(|effect| {
        matches!(effect, Effect::Say { sentence, .. } if sentence.contains("the list that the channel had before"))
    });
    assert!(said, "{:?}", world.log);
    // the answer to what was abandoned is dropped by the edge; that to the next attempt counts
    while world.line_in(Subscribing).is_none() {
        delivering(&mut world, 1);
    }
    let effects = world.send(Event::Subscribed { line, permitted: 1, rejected: 0, expires: None });
    let until = effects.iter().find_map(|effect| match effect {
        Effect::Gap(GapEffect::Closed { until, .. }) => Some(*until),
        _ => None,
    });
    let late = crate::domain::moment::since(until.expect("live again"), begun);
    assert!(late <= Duration::from_secs(1), "the gap ended with the first event: {late:?}");
}

#[test]
fn a_dead_socket_is_left_while_subscribing_is_tried_again() {
    let mut world = back();
    let line = world.active();
    let effects = world.pass(Duration::from_secs(26));
    assert!(effects.contains(&Effect::SendPing { line }));
    assert!(effects.contains(&Effect::Drop { line }), "no pong: nothing delivers here");
    assert!(effects.contains(&Effect::CheckChannel { line }));
}

#[test]
fn a_gap_after_a_late_answer_begins_at_the_last_event_and_not_at_the_answer() {
    let mut world = back();
    let line = world.active();
    delivering(&mut world, 3);
    let last = world.now.wall;
    world.answers_pings = false;
    world.pass(Duration::from_secs(15));
    world.send(Event::Subscribed { line, permitted: 1, rejected: 0, expires: None });
    let effects = world.pass(Duration::from_secs(6));
    let from = effects.iter().find_map(|effect| match effect {
        Effect::Gap(GapEffect::Opened { from, .. }) => Some(*from),
        _ => None,
    });
    assert_eq!(from, Some(last));
}

#[test]
fn a_long_subscription_is_given_more_time_each_time() {
    let mut world = at_step(Subscribing);
    let mut times = Vec::new();
    let mut begun = world.now.uptime;
    world.answers_pings = true;
    for _ in 0..6 {
        while world.line_in(Subscribing).is_some() {
            world.pass(Duration::from_secs(1));
            world.heartbeat();
        }
        times.push(world.now.uptime.saturating_sub(begun).as_secs());
        while world.line_in(Subscribing).is_none() {
            world.pass(Duration::from_millis(100));
        }
        begun = world.now.uptime;
    }
    assert!(times[..4].iter().zip([20, 40, 80, 120]).all(|(t, e)| t.abs_diff(e) <= 1), "{times:?}");
    assert!(times.iter().all(|seconds| *seconds <= 121), "{times:?}");
}

#[test]
fn a_renewal_that_fails_is_tried_again_and_a_channel_taken_only_when_the_end_is_near() {
    let mut world = World::live();
    let line = until_renewal(&mut world);
    let end = world.session.report().channel_expires.unwrap();
    let mut attempts = 0;
    while world.session.successor.is_none() {
        if world.session.active.as_ref().unwrap().renewing.is_some() {
            attempts += 1;
            world.send(Event::SubscribeFailed { line, failure: failure(FailureKind::Service) });
        }
        world.pass(Duration::from_secs(1));
        world.heartbeat();
    }
    let left = crate::domain::moment::since(end, world.now.wall);
    assert!(attempts > 10, "{attempts}");
    assert!((400..=450).contains(&left.as_secs()), "{left:?}");
    assert_eq!(world.active(), line);
    assert_eq!(world.session.report().phase, Phase::Live);
}

#[test]
fn a_renewal_that_works_again_leaves_the_channel_alone() {
    let mut world = World::live();
    let line = until_renewal(&mut world);
    let end = world.session.report().channel_expires.unwrap();
    // one is refused, one gets no answer
    world.send(Event::SubscribeFailed { line, failure: failure(FailureKind::Service) });
    let effects = delivering(&mut world, 60);
    assert_eq!(subscribes(&effects), 2);
    assert!(effects.contains(&Effect::Abandon { line }));
    assert!(world.session.successor.is_none());
    let expires = Some(crate::domain::moment::add(end, Duration::from_secs(86_400)));
    while world.session.active.as_ref().unwrap().renewing.is_none() {
        delivering(&mut world, 1);
    }
    world.send(Event::Subscribed { line, permitted: 9, rejected: 0, expires });
    assert_eq!(world.session.report().channel_expires, expires);
    assert_eq!(subscribes(&delivering(&mut world, 600)), 0);
}

#[test]
fn a_successor_that_may_watch_nothing_doesnt_end_the_session() {
    let answers = [
        |line| Event::Subscribed { line, permitted: 0, rejected: 3, expires: None },
        |line| Event::SubscribeFailed { line, failure: failure(FailureKind::NotPermitted) },
        |line| Event::SubscribeFailed { line, failure: failure(FailureKind::Unacceptable) },
    ];
    for answer in answers {
        let mut world = World::live();
        let old = world.active();
        world.send(Event::Wish(Wish::Renew));
        let new = world.session.successor.as_ref().unwrap().id;
        world.lines.insert(new, Under::Closed);
        world.send(Event::ChannelReady { line: new, short: String::new(), expires: None });
        world.lines.insert(new, Under::Open);
        world.send(Event::Dialed { line: new });
        world.send(answer(new));
        assert!(!world.over, "the old one delivers");
        assert_eq!((world.active(), world.session.report().phase), (old, Phase::Live));
        assert_eq!(world.said(EventKind::Retrying), 1, "it is said");
        // it is asked again, and no faster than the limit for what was refused
        let mut asked = 0;
        for _ in 0..3_600 {
            let effects = delivering(&mut world, 1);
            world.send(Event::Frame { line: new, kind: FrameKind::Heartbeat });
            if effects.contains(&Effect::Subscribe { line: new }) {
                asked += 1;
                world.send(answer(new));
            }
        }
        assert!((12..=40).contains(&asked), "{asked} in an hour");
        assert_eq!((world.active(), world.session.report().phase), (old, Phase::Live));
        // when the old one's socket ends, its channel is dialled again: that may watch something
        let effects = world.close(Some(1001));
        assert!(effects.contains(&Effect::CheckChannel { line: old }), "{effects:?}");
        assert!(effects.contains(&Effect::Retire { line: new }));
        world.all_is_well();
        assert_eq!(world.session.report().phase, Phase::Live);
    }
}

#[test]
fn a_role_that_is_taken_away_and_given_back_doesnt_end_what_was_live() {
    let mut world = back();
    let line = world.active();
    world.send(Event::Subscribed { line, permitted: 0, rejected: 3, expires: None });
    assert_eq!(world.session.report().phase, Phase::Waiting);
    assert!(world.session.report().reason.contains("permission"));
    for _ in 0..60 {
        delivering(&mut world, 5);
        world.all_is_well();
    }
    assert_eq!(world.session.report().phase, Phase::Live);
}
