//! What another part of a recording begins with, so that it stands alone: who, which sessions,
//! which topics, which names, divisions and goals. Conversations are not in it: each comes whole with its next frame.
use crate::domain::control::{Control, Divisions, MediaGoal, Named, QueueGoals, TopicOutcome};
use crate::domain::identity::{ChannelNumber, PresenceId, QueueId, UserId, WrapupCodeId};
use crate::domain::monitor::directory::MAX_NAMES;
use crate::domain::topic::{MAX_CHANNELS, MAX_TOPICS_PER_CHANNEL, Topic};
use crate::tape::format::Entry;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// Most topics that are remembered: all that one client can have.
const MAX_TOPICS: usize = MAX_CHANNELS * MAX_TOPICS_PER_CHANNEL;
/// Names in one line, as many as the service has on a page.
const NAMES_PER_LINE: usize = 100;

/// The newest of each.
#[derive(Debug, Default)]
pub(super) struct Opening {
    sessions: BTreeMap<ChannelNumber, Control>,
    identity: Option<Control>,
    token: Option<Control>,
    skew: Option<Control>,
    queues: BTreeMap<QueueId, String>,
    users: BTreeMap<UserId, String>,
    presences: BTreeMap<PresenceId, String>,
    wrapup_codes: BTreeMap<WrapupCodeId, String>,
    /// Names of divisions.
    queue_divisions: BTreeMap<QueueId, String>,
    user_divisions: BTreeMap<UserId, String>,
    goals: BTreeMap<QueueId, Vec<MediaGoal>>,
    topics: BTreeMap<Topic, (ChannelNumber, TopicOutcome)>,
}

impl Opening {
    /// Notes what a control message says, as it was written.
    pub(super) fn note(&mut self, control: &Control) {
        match control {
            Control::Session(report) => {
                // a client has MAX_CHANNELS at most, so this is bounded by its key
                self.sessions.insert(report.channel, control.clone());
            }
            Control::Identity(_) => self.identity = Some(control.clone()),
            Control::Token { .. } => self.token = Some(control.clone()),
            Control::ClockSkew { .. } => self.skew = Some(control.clone()),
            Control::Queues(named) => remember(&mut self.queues, named),
            Control::Users(named) => remember(&mut self.users, named),
            Control::Presences(named) => remember(&mut self.presences, named),
            Control::WrapupCodes(named) => remember(&mut self.wrapup_codes, named),
            Control::Divisions(Divisions { queues, users }) => {
                remember(&mut self.queue_divisions, queues);
                remember(&mut self.user_divisions, users);
            }
            Control::Goals(told) => {
                for QueueGoals { queue, media } in told {
                    if self.goals.len() < MAX_NAMES || self.goals.contains_key(queue) {
                        self.goals.insert(queue.clone(), media.clone());
                    }
                }
            }
            Control::Topics { channel, outcomes, .. } => {
                for outcome in outcomes {
                    if self.topics.len() < MAX_TOPICS || self.topics.contains_key(&outcome.topic) {
                        self.topics.insert(outcome.topic.clone(), (*channel, outcome.clone()));
                    }
                }
            }
            Control::Unsubscribed { topics, .. } => {
                for topic in topics {
                    self.topics.remove(topic);
                }
            }
            _ => {}
        }
    }

    /// The entries to begin with.
    pub(super) fn entries(&self, at: Timestamp) -> Vec<Entry> {
        let vitals = [&self.identity, &self.token, &self.skew];
        let mut controls: Vec<Control> = vitals.into_iter().flatten().cloned().collect();
        controls.extend(self.sessions.values().cloned());
        controls.extend(names(&self.queues).into_iter().map(Control::Queues));
        controls.extend(names(&self.users).into_iter().map(Control::Users));
        controls.extend(names(&self.presences).into_iter().map(Control::Presences));
        controls.extend(names(&self.wrapup_codes).into_iter().map(Control::WrapupCodes));
        let queues = names(&self.queue_divisions).into_iter();
        controls.extend(
            queues.map(|queues| Control::Divisions(Divisions { queues, ..Divisions::default() })),
        );
        let users = names(&self.user_divisions).into_iter();
        controls.extend(
            users.map(|users| Control::Divisions(Divisions { users, ..Divisions::default() })),
        );
        let goals = self.goals.iter();
        let goals: Vec<QueueGoals> = goals
            .map(|(queue, media)| QueueGoals { queue: queue.clone(), media: media.clone() })
            .collect();
        controls.extend(goals.chunks(NAMES_PER_LINE).map(|page| Control::Goals(page.to_vec())));
        let mut outcomes: BTreeMap<ChannelNumber, Vec<TopicOutcome>> = BTreeMap::new();
        for (channel, outcome) in self.topics.values() {
            outcomes.entry(*channel).or_default().push(outcome.clone());
        }
        controls.extend(outcomes.into_iter().map(|(channel, outcomes)| Control::Topics {
            channel,
            at,
            outcomes,
        }));
        controls
            .into_iter()
            .map(|control| Entry::Control { at, control: Box::new(control) })
            .collect()
    }
}

fn remember<Id: Ord + Clone>(known: &mut BTreeMap<Id, String>, named: &[Named<Id>]) {
    for entry in named {
        if known.len() < MAX_NAMES || known.contains_key(&entry.id) {
            known.insert(entry.id.clone(), entry.name.clone());
        }
    }
}

fn names<Id: Clone>(known: &BTreeMap<Id, String>) -> Vec<Vec<Named<Id>>> {
    let all: Vec<Named<Id>> =
        known.iter().map(|(id, name)| Named { id: id.clone(), name: name.clone() }).collect();
    all.chunks(NAMES_PER_LINE).map(<[_]>::to_vec).collect()
}
