//! Queues and users that appear while all are watched.
use crate::lossless::stage::{Stage, ask, connect, is_live, until};
use gcwatch::cloud::{Mailbox, Plan, ServiceSource, pack, topic_of_user, topics_of_queue};
use gcwatch::domain::control::Control;
use gcwatch::domain::intake::WhenFull;
use gcwatch::domain::session::Policy;
use gcwatch::simulator::service::SimulatorSettings;
use std::collections::HashSet;
use std::time::Duration;

#[test]
fn queues_and_users_that_appear_later_are_watched() {
    let stage = Stage::new(SimulatorSettings { seed: 9, ..SimulatorSettings::default() });
    let users = stage.runtime.block_on(stage.client.users()).expect("users").entries;
    let topics = stage.queues.iter().flat_map(topics_of_queue);
    let plan = Plan {
        packs: pack(topics.chain(users.iter().map(|user| topic_of_user(&user.id)))).expect("room"),
        snapshot_queues: stage.queues.clone(),
        follow_queues: true,
        follow_users: true,
        ..Plan::default()
    };
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    let policy = Policy { list_again: Duration::from_millis(200), ..Policy::default() };
    let source =
        ServiceSource::start(&stage.client, plan, policy, mailbox.clone()).expect("a source");
    until(&mailbox, "live", is_live);
    ask(&mut connect(&stage.host), "POST", "/simulator/faults", r#"{"new_queues":2}"#);
    let known: HashSet<String> = stage.queues.iter().map(ToString::to_string).collect();
    let old: HashSet<String> = users.iter().map(|user| user.id.to_string()).collect();
    let (mut named, mut permitted) = (0, HashSet::new());
    until(&mailbox, "two new queues and users, subscribed", |control| {
        match control {
            Control::Queues(queues) => {
                assert!(queues.iter().all(|queue| !known.contains(queue.id.as_str())));
                named += queues.len();
            }
            Control::Users(users) => {
                assert!(users.iter().all(|user| !old.contains(user.id.as_str())));
                named += users.len();
            }
            Control::Topics { outcomes, .. } => {
                permitted.extend(
                    outcomes
                        .iter()
                        .filter(|outcome| outcome.rejection.is_none())
                        .map(|outcome| outcome.topic.to_string())
                        .filter(|topic| {
                            !known.iter().chain(&old).any(|id| topic.contains(id.as_str()))
                        }),
                );
            }
            Control::Gap(gap) => panic!("no socket is touched: {}", gap.cause),
            _ => {}
        }
        // two topics a queue and one a user
        named == 4 && permitted.len() == 6
    });
    stage.end(source);
}
