//! Everything that is known, in one place with one owner.
//!
//! [`Monitor::absorb`] takes in what an [`Intake`](super::intake::Intake) gave out; the front end
//! reads. Must not know where frames come from nor how they are drawn. All that it keeps is
//! bounded, each bound in the file of its keeper.
use super::agent::AgentChange;
use super::available::{AvailableTopics, Granted};
use super::control::{ConnectionEvent, Control, EventKind, QueueStaff};
use super::conversation::State;
use super::decode::{Body, Decoded, Meaning, decode};
use super::frame::Frame;
use super::identity::UserId;
use super::intake::{Batch, Thinned};
use super::text::harmless_within;
use super::topic::{Subject, Topic};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub mod agents;
pub mod check;
pub mod conversations;
pub mod directory;
pub mod events;
pub mod frames;
pub mod gaps;
pub mod history;
pub mod link;
mod opening;
pub mod past;
pub mod queues;
#[cfg(test)]
mod tests;
pub mod topics;

use agents::Agents;
use check::CrossCheck;
use conversations::{Conversations, Counts};
use directory::Directory;
use events::Events;
use frames::{Frames, Label};
use gaps::Gaps;
use history::History;
use link::Link;
use queues::{Origin, Queues};
use topics::{Asked, Entity, Topics};

/// The aggregate of all that is known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Monitor {
    /// Names of queues and users, and the goals of queues.
    pub directory: Directory,
    /// Live conversations, and those that ended a moment ago.
    pub conversations: Conversations,
    /// Queue rows and their figures.
    pub queues: Queues,
    /// What agents do.
    pub agents: Agents,
    /// Counters per topic.
    pub topics: Topics,
    /// The newest frames, raw.
    pub frames: Frames,
    /// Sessions, token, identity: whether what is shown is live.
    pub link: Link,
    /// Spans in which events may be missing.
    pub gaps: Gaps,
    /// The last hour, minute by minute.
    pub history: History,
    /// The newest connection events, in sentences.
    pub events: Events,
    /// What was thinned since counting began.
    pub thinned: Thinned,
    /// What can be subscribed: the built-in list until the service's own is known.
    #[serde(skip)] // of the moment: no tape has it
    pub catalogue: Arc<AvailableTopics>,
    /// What the login may do, as far as it is known.
    #[serde(skip)] // of the moment: no tape has it
    pub granted: Granted,
    /// Since when everything is counted.
    pub counted_since: Timestamp,
    /// The newest cross-check of a queue with REST, kept apart from everything else.
    #[serde(skip)] // of the moment: no tape has it
    pub cross_check: Option<Arc<CrossCheck>>,
    /// Goes up with every change: whoever drew this one need not draw again.
    pub generation: u64,
}

impl Monitor {
    /// An empty one that counts from `now`, and what it counts by day, by the days of UTC.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self::in_zone(now, TimeZone::UTC)
    }

    /// The same, with days that begin at the midnights of `zone`.
    #[must_use]
    pub fn in_zone(now: Timestamp, zone: TimeZone) -> Self {
        Self {
            directory: Directory::default(),
            conversations: Conversations::default(),
            queues: Queues::default(),
            agents: Agents::counting(now, zone),
            topics: Topics::default(),
            frames: Frames::default(),
            link: Link::default(),
            gaps: Gaps::default(),
            history: History::default(),
            events: Events::default(),
            thinned: Thinned::default(),
            catalogue: Arc::default(),
            granted: Granted::default(),
            counted_since: now,
            cross_check: None,
            generation: 0,
        }
    }

    /// What was kept as text, by the clock of `zone`. The text is its [`Serialize`] and holds
    /// everything but the newest frames and what no tape tells.
    ///
    /// # Errors
    /// When it is no such text.
    pub fn from_text(text: &str, zone: TimeZone) -> Result<Self, serde_json::Error> {
        let mut monitor: Self = serde_json::from_str(text)?;
        monitor.agents.go_by(zone);
        Ok(monitor)
    }

    /// Takes in a batch: control first, since it says what the frames mean.
    pub fn absorb(&mut self, batch: Batch) {
        if batch.is_empty() {
            return;
        }
        self.generation += 1;
        self.thinned.add(batch.thinned);
        for control in batch.control {
            self.absorb_control(control);
        }
        for frame in batch.frames {
            self.absorb_frame(frame);
        }
    }

    /// Puts the newest frames back that its text leaves out: `frames` are those that came after
    /// the first `total`. Nothing else changes: what they say is known already.
    pub fn put_back(&mut self, total: u64, frames: impl IntoIterator<Item = Frame>) {
        self.frames = Frames::after(total);
        for frame in frames {
            let Decoded { topic, meaning } = decode(&frame);
            self.frames.push(frame, topic, Label::of(&meaning));
        }
    }

    /// Lets time pass: ended conversations go after a while, and minutes are sampled.
    pub fn tick(&mut self, now: Timestamp) {
        if self.history.sample(now, &self.queues, self.frames.total()) {
            self.generation += 1;
        }
        let mut counts = Counts { queues: &mut self.queues, agents: &mut self.agents };
        if self.conversations.forget_ended(now, &mut counts) {
            self.generation += 1;
        }
        if self.agents.let_pass(now) {
            self.generation += 1;
        }
    }

    /// Takes in that the recording which is replayed misses something, until then: frames and other
    /// messages, for which there was no room or no time.
    pub fn absorb_unrecorded(&mut self, until: Timestamp, frames: u64, others: u64, cause: &str) {
        // a tape may say anything
        self.thinned.dropped = self.thinned.dropped.saturating_add(frames);
        self.gaps.note_unrecorded(until);
        let missing =
            format!("the recording misses {frames} frames and {others} other messages here");
        self.absorb_control(Control::Event(ConnectionEvent {
            at: until,
            channel: None,
            kind: EventKind::Thinned,
            sentence: format!("{missing}: {cause}"),
            context_id: None,
            retry_in: None,
        }));
    }

    /// Takes in one frame.
    pub fn absorb_frame(&mut self, frame: Frame) {
        let received = frame.received;
        let size = frame.size();
        let Decoded { topic, meaning } = decode(&frame);
        let label = Label::of(&meaning);
        if let Some(topic) = &topic {
            self.topics.count(topic, size, received);
        }
        match meaning {
            Meaning::Heartbeat | Meaning::Pong => self.link.heartbeat(frame.channel, received),
            Meaning::Event(body) => self.absorb_body(body, topic.as_ref(), received),
            Meaning::System(_) | Meaning::Reply(_) => {}
            Meaning::Unreadable(_) => self.topics.count_unreadable(),
        }
        self.link.frame(frame.channel, received);
        self.frames.push(frame, topic, label);
    }

    fn absorb_body(&mut self, body: Body, topic: Option<&Topic>, received: Timestamp) {
        if let Some(topic) = topic
            && let Some(entity) = Entity::of(&body, topic)
        {
            self.topics.heard(topic, entity);
        }
        let mut counts = Counts { queues: &mut self.queues, agents: &mut self.agents };
        match body {
            Body::Conversation(snapshot) => {
                self.conversations.replace(*snapshot, received, &mut counts);
            }
            Body::MediaConversation { media, snapshot } => {
                self.conversations.replace_media(media, &snapshot, received, &mut counts);
            }
            Body::Figures(figures) => {
                self.queues.figures(&figures, received, Origin::Stream);
            }
            Body::QueueMember { queue, user, joined } => {
                self.queues.member(&queue, &user, joined);
            }
            Body::Agent { user, change } => self.absorb_agent(&user, &change, received),
            Body::Detail(_) | Body::Transcription(_) | Body::Uninterpreted { .. } => {}
        }
        // a straggler of a topic that was refused or given up doesn't make it a subscribed one
        let given_up = |topic| {
            let standing = self.topics.get(topic).map(|counter| &counter.standing);
            matches!(standing, Some(Asked::Rejected(_) | Asked::Gone))
        };
        if let Some(topic) = topic.filter(|topic| !given_up(topic)) {
            self.notice_topic(topic);
        }
    }

    /// Notes that a topic is in use: what it tells is known from now on, also where it tells none.
    fn notice_topic(&mut self, topic: &Topic) {
        self.queues.notice_topic(topic);
        if tells_conversations(topic) {
            self.agents.watch_conversations(true);
        }
    }

    /// Looks whether any conversations are still watched, after topics went.
    fn look_for_conversations(&mut self) {
        if self.agents.counts() {
            let in_use = |asked: &Asked| matches!(asked, Asked::Permitted(_) | Asked::No);
            let mut used = self.topics.iter().filter(|counter| in_use(&counter.standing));
            let watched =
                used.any(|counter| counter.topic.singles().any(|one| tells_conversations(&one)));
            self.agents.watch_conversations(watched);
        }
    }

    /// Takes in what an agent does; the queues' heads follow.
    fn absorb_agent(&mut self, user: &UserId, change: &AgentChange, received: Timestamp) {
        let queues = |agents: &Agents| agents.get(user).and_then(|agent| agent.queues.clone());
        let before = queues(&self.agents).unwrap_or_default();
        self.agents.change(user, change, received);
        if let (Some(after), Some(status)) = (queues(&self.agents), self.agents.routing_of(user)) {
            self.queues.follow(user, &before, &after, &status);
        }
    }

    /// Takes in who is on a queue, by REST: queues count them, and agents know where they are.
    fn absorb_staff(&mut self, staff: &QueueStaff) {
        let staff_of = |queues: &Queues| queues.get(&staff.queue)?.staff().cloned();
        let before = staff_of(&self.queues);
        self.queues.staff(staff, |user| self.agents.routing_of(user));
        let Some(after) = staff_of(&self.queues) else { return };
        let before = before.iter().flat_map(|before| before.keys());
        for user in before.filter(|user| !after.contains_key(*user)) {
            self.agents.on_queue(user, &staff.queue, false);
        }
        for user in after.keys() {
            self.agents.on_queue(user, &staff.queue, true);
        }
    }

    /// Takes in one control message.
    pub fn absorb_control(&mut self, control: Control) {
        match control {
            Control::Session(report) => self.link.session(report),
            Control::Topics { channel, outcomes, .. } => {
                let singles = |refused: bool| {
                    let such =
                        outcomes.iter().filter(move |one| one.rejection.is_some() == refused);
                    such.flat_map(|outcome| outcome.topic.singles())
                };
                singles(false).for_each(|topic| self.notice_topic(&topic));
                // after them: of a combined topic that is permitted, a part may be refused
                singles(true).for_each(|topic| self.queues.miss_topic(&topic, true));
                let any_refused = outcomes.iter().any(|outcome| outcome.rejection.is_some());
                self.topics.outcomes(channel, outcomes);
                if any_refused {
                    self.look_for_conversations();
                }
            }
            Control::Unsubscribed { topics, .. } => {
                self.topics.gone(&topics);
                for single in topics.iter().flat_map(Topic::singles) {
                    let standing = self.topics.get(&single).map(|counter| &counter.standing);
                    // part of a combined one, but asked for by its own name too
                    if !matches!(standing, Some(Asked::Permitted(_))) {
                        self.queues.miss_topic(&single, false);
                    }
                }
                self.look_for_conversations();
            }
            Control::Goals(told) => {
                for goals in told {
                    let queue = goals.queue.clone();
                    self.directory.note_goals(goals);
                    self.queues.judged_anew(&queue);
                }
            }
            names @ (Control::Queues(_)
            | Control::Users(_)
            | Control::Presences(_)
            | Control::WrapupCodes(_)
            | Control::Divisions(_)) => self.directory.learn(names),
            Control::Snapshot(snapshot) => {
                self.queues.figures(&snapshot.figures, snapshot.asked, Origin::Rest);
                // a gap that nothing has healed yet: what this changes, changed unseen
                let heals = self.gaps.unhealed().is_some();
                let mut counts = Counts { queues: &mut self.queues, agents: &mut self.agents };
                self.conversations.reconcile(&snapshot, heals, &mut counts);
                for queue in snapshot.complete_for.iter().chain(&snapshot.incomplete_for) {
                    self.queues.answered(queue);
                }
                self.link.snapshot(snapshot.asked, snapshot.missing);
            }
            Control::Agents(told) => {
                for agent in &told.agents {
                    self.absorb_agent(&agent.user, &agent.state, told.asked);
                }
            }
            Control::Staff { queues, .. } => {
                for staff in &queues {
                    self.absorb_staff(staff);
                }
            }
            Control::CrossCheck(reading) => {
                let check = CrossCheck::of(*reading, self.link.clock_skew_milliseconds);
                self.cross_check = Some(Arc::new(check));
            }
            Control::Figures(told) => self.queues.interval(&told),
            Control::Gap(gap) => self.gaps.note(gap),
            Control::Event(mut event) => {
                event.sentence = harmless_within(&event.sentence, events::MAX_SENTENCE_CHARACTERS);
                self.events.push(event);
            }
            Control::Identity(identity) => self.link.identity(identity),
            Control::Token { expires, renews } => {
                self.link.token_expires = expires;
                self.link.token_renews = renews;
            }
            Control::ClockSkew { milliseconds } => {
                self.link.clock_skew_milliseconds = Some(milliseconds);
            }
            Control::RateLimit { count, allowed, resets } => {
                self.link.rate_limit = Some(link::RateLimit { count, allowed, resets });
            }
            Control::Progress { what, done, total } => {
                self.link.progressed(link::Progress { what, done, total });
            }
        }
    }

    /// Conversations in each state, in the order of [`State::ALL`].
    #[must_use]
    pub fn state_counts(&self) -> [(State, usize); State::ALL.len()] {
        self.conversations.state_counts()
    }
}

/// Whether a topic, a single one, tells of conversations as they are.
fn tells_conversations(topic: &Topic) -> bool {
    let subject = topic.subject();
    matches!(subject, Subject::QueueConversations { .. } | Subject::UserConversations { .. })
}
