//! What is known, said again as control messages: what a recording that starts in the middle of a
//! day begins with, so that its replay has names, sessions and topics from its first picture.
//! Conversations are not in it: they come with a snapshot, or each with its next frame.
use super::Monitor;
use super::topics::Asked;
use crate::domain::control::{Control, Divisions, Named, QueueGoals, TopicOutcome};
use crate::domain::identity::ChannelNumber;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Names in one message, as many as the service has on a page.
const NAMES_PER_MESSAGE: usize = 100;

impl Monitor {
    /// What another monitor would have to be told to know the same of who, sessions, names, divisions,
    /// goals, topics and the newest gap; as of `now`.
    #[must_use]
    pub fn opening(&self, now: Timestamp) -> Vec<Control> {
        let link = &self.link;
        let mut told = vec![
            Control::Identity(link.who.clone()),
            Control::Token { expires: link.token_expires, renews: link.token_renews },
        ];
        told.extend(
            link.clock_skew_milliseconds.map(|milliseconds| Control::ClockSkew { milliseconds }),
        );
        told.extend(link.sessions().cloned().map(Control::Session));
        told.extend(in_pages(self.directory.queues()).map(Control::Queues));
        told.extend(in_pages(self.directory.users()).map(Control::Users));
        told.extend(in_pages(self.directory.presences()).map(Control::Presences));
        told.extend(in_pages(self.directory.wrapup_codes()).map(Control::WrapupCodes));
        let queues = in_pages(self.directory.queue_divisions());
        told.extend(
            queues.map(|queues| Control::Divisions(Divisions { queues, ..Divisions::default() })),
        );
        let users = in_pages(self.directory.user_divisions());
        told.extend(
            users.map(|users| Control::Divisions(Divisions { users, ..Divisions::default() })),
        );
        told.extend(self.goals_told());
        told.extend(self.topics_told(now));
        // one that is open or not healed yet: what is shown from here on may be wrong because of it
        told.extend(self.gaps.unhealed().cloned().map(Control::Gap));
        told
    }

    fn goals_told(&self) -> impl Iterator<Item = Control> {
        let goals = self.directory.goals();
        let mut goals: Vec<QueueGoals> = goals
            .map(|(queue, media)| QueueGoals { queue: queue.clone(), media: media.to_vec() })
            .collect();
        goals.sort_by(|one, other| one.queue.cmp(&other.queue));
        let pages: Vec<Vec<QueueGoals>> =
            goals.chunks(NAMES_PER_MESSAGE).map(<[_]>::to_vec).collect();
        pages.into_iter().map(Control::Goals)
    }

    fn topics_told(&self, at: Timestamp) -> impl Iterator<Item = Control> {
        let mut by_channel: BTreeMap<ChannelNumber, Vec<TopicOutcome>> = BTreeMap::new();
        let first = self.link.sessions().next().map_or(ChannelNumber(1), |session| session.channel);
        for counter in self.topics.iter() {
            let (channel, rejection) = match &counter.standing {
                Asked::Permitted(channel) => (*channel, None),
                // on which channel it was refused is known to nobody any more, and says nothing
                Asked::Rejected(rejection) => (first, Some(rejection.clone())),
                Asked::No | Asked::Gone => continue,
            };
            let outcome = TopicOutcome { topic: counter.topic.clone(), rejection };
            by_channel.entry(channel).or_default().push(outcome);
        }
        by_channel.into_iter().map(move |(channel, mut outcomes)| {
            outcomes.sort_by(|one, other| one.topic.cmp(&other.topic));
            Control::Topics { channel, at, outcomes }
        })
    }
}

/// Names in the order of their ids: the same monitor says the same.
fn in_pages<'a, Id: Clone + Ord + 'a>(
    names: impl Iterator<Item = (&'a Id, &'a str)>,
) -> impl Iterator<Item = Vec<Named<Id>>> {
    let mut named: Vec<Named<Id>> =
        names.map(|(id, name)| Named { id: id.clone(), name: name.to_owned() }).collect();
    named.sort_by(|one, other| one.id.cmp(&other.id));
    let pages: Vec<Vec<Named<Id>>> = named.chunks(NAMES_PER_MESSAGE).map(<[_]>::to_vec).collect();
    pages.into_iter()
}

#[cfg(test)]
mod tests {
    use super::Monitor;
    use crate::domain::control::{
        Control, Divisions, Gap, Identity, MediaGoal, Named, QueueGoals, Rejection, TopicOutcome,
    };
    use crate::domain::identity::{ChannelNumber, PresenceId, QueueId, UserId, WrapupCodeId};
    use crate::domain::intake::Batch;
    use crate::domain::session::{Phase, SessionReport};
    use crate::domain::topic::{Media, Topic};
    use jiff::Timestamp;

    const QUEUE: &str = "11111111-1111-4111-8111-111111111111";

    fn told(control: Vec<Control>) -> Monitor {
        let mut monitor = Monitor::new(Timestamp::UNIX_EPOCH);
        monitor.absorb(Batch { control, ..Batch::default() });
        monitor
    }

    #[test]
    fn who_is_told_the_opening_says_the_same() {
        let channel = ChannelNumber(2);
        let at = Timestamp::UNIX_EPOCH;
        let rejection = Rejection {
            reason: "not yours".to_owned(),
            missing_permissions: vec!["routing:queue:view".to_owned()],
            context_id: None,
        };
        let topic =
            |name: &str, rejection| TopicOutcome { topic: Topic::received(name), rejection };
        let queues = (0..250).map(|number| Named {
            id: QueueId::new(&format!("q{number}")),
            name: format!("Queue {number}"),
        });
        let all = vec![
            Control::Identity(Identity { region: "eu-west-1".to_owned(), ..Identity::default() }),
            Control::Token { expires: Some(at), renews: true },
            Control::ClockSkew { milliseconds: -2_000 },
            Control::Session(SessionReport {
                channel,
                phase: Phase::Live,
                since: at,
                channel_short: "streaming".to_owned(),
                channel_expires: Some(at),
                permitted: 1,
                rejected: 1,
                last_frame: None,
                last_heartbeat: Some(at),
                round_trip: None,
                attempts: 0,
                retry_at: None,
                reason: String::new(),
            }),
            Control::Queues(queues.collect()),
            Control::Users(vec![Named { id: UserId::new("u"), name: "Somebody".to_owned() }]),
            Control::Presences(vec![Named {
                id: PresenceId::new("p"),
                name: "Training".to_owned(),
            }]),
            Control::WrapupCodes(vec![Named {
                id: WrapupCodeId::new("w"),
                name: "Resolved".to_owned(),
            }]),
            Control::Divisions(Divisions {
                queues: vec![Named { id: QueueId::new(QUEUE), name: "Sales".to_owned() }],
                users: vec![Named { id: UserId::new("u"), name: "Home".to_owned() }],
            }),
            Control::Goals(vec![QueueGoals {
                queue: QueueId::new("q7"),
                media: vec![MediaGoal {
                    media: Media::Call,
                    within_milliseconds: 20_000,
                    share: Some(0.8),
                }],
            }]),
            Control::Topics {
                channel,
                at,
                outcomes: vec![topic("v2.a", None), topic("v2.b", Some(rejection))],
            },
            Control::Gap(Gap {
                channel,
                from: at,
                until: None,
                cause: "the socket closed".to_owned(),
                healed_by: None,
            }),
        ];
        let known = told(all);
        let opening = known.opening(at);
        let again = told(opening.clone());
        assert_eq!(again.opening(at), opening);
        assert_eq!(again.directory.queues().count(), 250);
        assert_eq!(again.directory.presence(&PresenceId::new("p")), Some("Training"));
        assert_eq!(again.directory.wrapup_code(&WrapupCodeId::new("w")), "Resolved");
        let goal = again.directory.goal(&QueueId::new("q7"), Media::Call);
        assert_eq!(goal.map(|goal| goal.within_milliseconds), Some(20_000));
        let topic = Topic::received(&format!("v2.routing.queues.{QUEUE}.users"));
        assert_eq!(again.directory.division(&topic), Some("Sales"));
        assert_eq!(again.directory.user_divisions().count(), 1);
        assert_eq!((again.gaps.open(), again.link.live_sessions()), (1, (1, 1)));
        assert_eq!(again.topics.asked_for(), known.topics.asked_for());
        assert_eq!(opening.iter().filter(|one| matches!(one, Control::Queues(_))).count(), 3);
    }
}
