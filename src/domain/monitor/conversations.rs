//! The conversations: one row each, keyed by id however many topics they come on.
//!
//! Every frame is a full snapshot and replaces; what is provably older is left out (see
//! [`freshness`](crate::domain::conversation::freshness)). Ended rows stay for a while, then go to
//! the [`Past`].
use super::agents::{Agents, Engagement, MissedAlert};
use super::past::Past;
use super::queues::{Contribution, Queues};
use crate::domain::board::Journal;
use crate::domain::control::Snapshot;
use crate::domain::conversation::freshness::{Freshness, freshness};
use crate::domain::conversation::standing::Standing;
use crate::domain::conversation::{Conversation, Gist, Participant, State};
use crate::domain::identity::{ConversationId, QueueId, UserId};
use crate::domain::moment::apart;
use crate::domain::topic::Media;
use foldhash::fast::RandomState;
use indexmap::IndexMap;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// Most conversations that are kept. A new one beyond it is refused and counted; one that was
/// admitted stays right. At some 2 KB each this is 200 MB, which only a floor that large has.
pub const MAX_CONVERSATIONS: usize = 100_000;
/// How long an ended conversation stays in the list, so that one sees it go.
pub const KEEP_ENDED: Duration = Duration::from_secs(10);
/// How long a row is marked that changed in a gap: time to look over the list once.
pub const MARK_CHANGED: Duration = Duration::from_secs(60);
/// How long after a frame an older-looking one is still taken for a straggler. Longer than any
/// reordering on two sockets, short enough that a wrong guess heals itself.
const STRAGGLER_WINDOW: Duration = Duration::from_secs(10);

/// One conversation with what is known about its row. What lists ask of it is in it, and the rows lie one
/// behind the other: some 300 bytes each, 30 MB at 100,000 rows. What is seldom asked is elsewhere.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The newest snapshot, shared with frozen pictures.
    pub conversation: Arc<Conversation>,
    /// Where it stands, by that snapshot.
    pub standing: Standing,
    /// What lists ask of every row, by that snapshot.
    pub gist: Gist,
    /// Since when it has stood there: what the snapshot says, or when it was first seen so.
    pub since: Timestamp,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When its newest snapshot came.
    pub updated: Timestamp,
    /// How many snapshots came on the socket.
    pub snapshots: u64,
    /// Whether the newest snapshot came by REST: less is known than from a frame.
    pub by_rest: bool,
    /// Whether it ended unseen: a snapshot no longer had it.
    pub vanished: bool,
    /// When a snapshot after a gap showed that it had changed, come or ended unseen. Looked at
    /// through [`Row::changed_unseen`], which forgets it after a while.
    found_changed: Option<Timestamp>,
    counted: Arc<Counted>,
}

/// What others count because of a row, to be taken back when it changes.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Counted {
    contribution: Contribution,
    /// Who has it: agents who are rung, connected, or work on it after its end.
    agents: Vec<UserId>,
}

/// What is counted from conversations and kept by others.
#[derive(Debug)]
pub struct Counts<'a> {
    /// How many wait, ring, talk in each queue.
    pub queues: &'a mut Queues,
    /// What each agent has, and has missed.
    pub agents: &'a mut Agents,
}

impl Row {
    /// Whether it changed in a gap, as a snapshot found out a short while before `now`.
    #[must_use]
    pub fn changed_unseen(&self, now: Timestamp) -> bool {
        self.found_changed.is_some_and(|at| apart(now, at) < MARK_CHANGED)
    }
}

/// Rows one behind the other, in no order: one that goes gives its place to the last.
type Rows = IndexMap<ConversationId, Row, RandomState>;

/// All conversations.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Conversations {
    /// Shared with frozen pictures: the first change while one still has them copies the rows, once.
    rows: Arc<Rows>,
    journal: Journal<ConversationId>,
    past: Past,
    /// Ended ones in the order of their end here, with when they may go.
    ended: VecDeque<(Timestamp, ConversationId)>,
    counts: [usize; State::ALL.len()],
    refused: u64,
    stragglers: u64,
}

impl Conversations {
    /// The rows with their ids, in no order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&ConversationId, &Row)> {
        self.rows.iter()
    }

    /// Which rows changed.
    #[must_use]
    pub fn journal(&self) -> &Journal<ConversationId> {
        &self.journal
    }

    /// Those that are over and no longer in the list.
    #[must_use]
    pub fn past(&self) -> &Past {
        &self.past
    }

    /// One row, of the list or of those that have left it.
    #[must_use]
    pub fn find(&self, id: &ConversationId) -> Option<&Row> {
        self.get(id).or_else(|| self.past.get(id))
    }

    /// One row of the list.
    #[must_use]
    pub fn get(&self, id: &ConversationId) -> Option<&Row> {
        self.rows.get(id)
    }

    /// How many rows there are, ended ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many were refused at the bound.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// How many snapshots were left out as provably older.
    #[must_use]
    pub fn stragglers(&self) -> u64 {
        self.stragglers
    }

    /// Conversations in each state, in the order of [`State::ALL`].
    #[must_use]
    pub fn state_counts(&self) -> [(State, usize); State::ALL.len()] {
        State::ALL.map(|state| (state, self.counts[state as usize]))
    }

    /// Takes in a full snapshot from the socket.
    pub fn replace(
        &mut self,
        mut snapshot: Conversation,
        received: Timestamp,
        counts: &mut Counts<'_>,
    ) {
        if self.is_straggler(&snapshot, received) {
            self.stragglers += 1;
            return;
        }
        if let Some(row) = self.rows.get(&snapshot.id) {
            // the nested topic doesn't tell when something began; what another shape told stays
            keep_beginnings(&row.conversation, &mut snapshot);
        }
        self.put(snapshot, received, false, counts);
    }

    /// Takes in a full snapshot of one medium: its legs replace those of that medium.
    pub fn replace_media(
        &mut self,
        media: Media,
        snapshot: &Conversation,
        received: Timestamp,
        counts: &mut Counts<'_>,
    ) {
        let whole = match self.rows.get(&snapshot.id) {
            Some(row) if !row.by_rest => with_media_replaced(&row.conversation, media, snapshot),
            _ => snapshot.clone(),
        };
        self.replace(whole, received, counts);
    }

    /// Takes in what REST says is so. Rows that a frame changed later than the question are left
    /// alone; of queues and users for which the answer is complete, what it no longer has, has ended.
    /// With `heals` it comes after a gap: rows that it changes are marked, see
    /// [`Row::changed_unseen`].
    pub fn reconcile(&mut self, snapshot: &Snapshot, heals: bool, counts: &mut Counts<'_>) {
        let mut said = HashSet::new();
        for conversation in &snapshot.conversations {
            said.insert(&conversation.id);
            // an answer that took long may tell as live what has ended and left the list since
            let known = self.rows.get(&conversation.id).or_else(|| self.past.get(&conversation.id));
            let newer_known = known.is_some_and(|row| row.updated >= snapshot.asked);
            if !newer_known {
                let stood = self.where_it_stands(&conversation.id);
                self.put(conversation.clone(), snapshot.asked, true, counts);
                if heals && stood != self.where_it_stands(&conversation.id) {
                    self.mark(&conversation.id, snapshot.asked);
                }
            }
        }
        let complete: HashSet<&QueueId> = snapshot.complete_for.iter().collect();
        let users: HashSet<&UserId> = snapshot.complete_for_users.iter().collect();
        let told_of_all = |row: &Row| {
            row.standing.queue.as_ref().is_some_and(|queue| complete.contains(queue))
                || row.standing.agent.as_ref().is_some_and(|agent| users.contains(agent))
        };
        let vanished: Vec<ConversationId> = self
            .rows
            .iter()
            .filter(|(id, row)| {
                row.standing.state != State::Ended
                    && row.updated < snapshot.asked
                    && !said.contains(id)
                    && told_of_all(row)
            })
            .map(|(id, _)| id.clone())
            .collect();
        for id in vanished {
            let Some(row) = self.rows.get(&id) else { continue };
            let mut conversation = Conversation::clone(&row.conversation);
            conversation.ended = Some(snapshot.asked);
            self.put(conversation, snapshot.asked, true, counts);
            if let Some(row) = Arc::make_mut(&mut self.rows).get_mut(&id) {
                row.vanished = true;
            }
            if heals {
                self.mark(&id, snapshot.asked);
            }
        }
    }

    /// State, queue and agent of a row: what people would call a change.
    fn where_it_stands(
        &self,
        id: &ConversationId,
    ) -> Option<(State, Option<QueueId>, Option<UserId>)> {
        let standing = &self.rows.get(id)?.standing;
        Some((standing.state, standing.queue.clone(), standing.agent.clone()))
    }

    fn mark(&mut self, id: &ConversationId, at: Timestamp) {
        if let Some(row) = Arc::make_mut(&mut self.rows).get_mut(id) {
            row.found_changed = Some(at);
        }
    }

    /// Lets ended rows go after [`KEEP_ENDED`]; whether any went.
    pub fn forget_ended(&mut self, now: Timestamp, counts: &mut Counts<'_>) -> bool {
        let mut went = false;
        while let Some((ended, id)) = self.ended.front()
            && apart(now, *ended) >= KEEP_ENDED
        {
            let id = id.clone();
            self.ended.pop_front();
            went |= self.forget_if_ended(&id, counts);
        }
        went
    }

    fn forget_if_ended(&mut self, id: &ConversationId, counts: &mut Counts<'_>) -> bool {
        if self.rows.get(id).is_none_or(|row| row.standing.state != State::Ended) {
            return false;
        }
        let Some(row) = Arc::make_mut(&mut self.rows).swap_remove(id) else { return false };
        self.counts[row.standing.state as usize] -= 1;
        let Counted { contribution, agents } = &*row.counted;
        counts.queues.recount(id, contribution, &Contribution::default());
        counts.agents.reassign(id, agents, &[], &engagement(&row.standing), row.updated);
        self.journal.note(id.clone());
        self.past.push(id.clone(), row);
        true
    }

    fn is_straggler(&self, snapshot: &Conversation, received: Timestamp) -> bool {
        self.rows.get(&snapshot.id).is_some_and(|row| {
            !row.by_rest
                && apart(received, row.updated) < STRAGGLER_WINDOW
                && freshness(&row.conversation, snapshot) == Freshness::Older
        })
    }

    fn put(
        &mut self,
        conversation: Conversation,
        at: Timestamp,
        by_rest: bool,
        counts: &mut Counts<'_>,
    ) {
        let id = conversation.id.clone();
        if !self.rows.contains_key(&id) && !self.make_room(counts) {
            self.refused += 1;
            return;
        }
        let standing = conversation.standing();
        let contribution = contribution(&conversation, &standing, at);
        let before = self.rows.get(&id);
        if let Some(row) = before {
            self.counts[row.standing.state as usize] -= 1;
        }
        let unchanged = before.filter(|row| {
            row.standing.state == standing.state && row.standing.agent == standing.agent
        });
        let row = Row {
            since: standing.since.or(unchanged.map(|row| row.since)).unwrap_or(at),
            first_seen: before.map_or(at, |row| row.first_seen),
            updated: at,
            snapshots: before.map_or(0, |row| row.snapshots) + u64::from(!by_rest),
            by_rest,
            vanished: false,
            found_changed: before.and_then(|row| row.found_changed),
            counted: Arc::new(Counted {
                contribution,
                agents: agents_with(&conversation, &standing),
            }),
            gist: conversation.gist(),
            conversation: Arc::new(conversation),
            standing,
        };
        let nothing = Counted::default();
        let counted = before.map_or(&nothing, |row| &row.counted);
        counts.queues.recount(&id, &counted.contribution, &row.counted.contribution);
        let agents = &row.counted.agents;
        counts.agents.reassign(&id, &counted.agents, agents, &engagement(&row.standing), at);
        note_missed(before, &row, at, counts.agents);
        self.past.take_out(&id);
        self.counts[row.standing.state as usize] += 1;
        self.journal.note(id.clone());
        let was_ended = before.is_some_and(|row| row.standing.state == State::Ended);
        if row.standing.state == State::Ended && !was_ended {
            self.ended.push_back((at, id.clone()));
        }
        Arc::make_mut(&mut self.rows).insert(id, row);
    }

    /// Makes room for one more; whether there is some. Ended rows go early rather than that a
    /// live one is refused.
    fn make_room(&mut self, counts: &mut Counts<'_>) -> bool {
        while self.rows.len() >= MAX_CONVERSATIONS {
            let Some((_, id)) = self.ended.pop_front() else { return false };
            self.forget_if_ended(&id, counts);
        }
        true
    }
}

fn contribution(conversation: &Conversation, standing: &Standing, at: Timestamp) -> Contribution {
    if standing.state == State::Ended {
        return Contribution::default();
    }
    Contribution {
        counted: standing.queue.clone().map(|queue| (queue, standing.state)),
        unanswered: conversation
            .unanswered_visits()
            .map(|(queue, since)| (queue.clone(), since.unwrap_or(at)))
            .collect(),
        media: conversation.media(),
    }
}

fn engagement(standing: &Standing) -> Engagement {
    Engagement { state: standing.state, queue: standing.queue.clone() }
}

/// Who has a conversation: each agent once.
fn agents_with(conversation: &Conversation, standing: &Standing) -> Vec<UserId> {
    if standing.state == State::Ended {
        return Vec::new();
    }
    let has_it = |participant: &&Participant| {
        participant.handles() && (!participant.is_over() || participant.in_wrapup())
    };
    let mut users: Vec<UserId> = conversation
        .participants
        .iter()
        .filter(has_it)
        .filter_map(|participant| participant.user.clone())
        .collect();
    users.sort_unstable();
    users.dedup();
    users
}

/// Counts the alerts that `row` says were missed and `before` did not.
fn note_missed(before: Option<&Row>, row: &Row, at: Timestamp, agents: &mut Agents) {
    let known = before.map_or(&[][..], |row| &row.conversation.participants);
    let missed = row.conversation.participants.iter().filter(|one| one.is_missed_alert());
    for participant in missed {
        let was_missed =
            |other: &Participant| other.id == participant.id && other.is_missed_alert();
        let Some(user) = participant.user.as_ref().filter(|_| !known.iter().any(was_missed)) else {
            continue;
        };
        let alert = MissedAlert {
            conversation: row.conversation.id.clone(),
            participant: participant.id.clone(),
            queue: participant.queue.clone(),
            at: participant.ended_at().unwrap_or(at),
        };
        agents.miss(user, alert, at);
    }
}

/// Carries over what only another shape tells: when participants began.
fn keep_beginnings(known: &Conversation, snapshot: &mut Conversation) {
    snapshot.started = snapshot.started.or(known.started);
    for participant in &mut snapshot.participants {
        if participant.started.is_none() {
            participant.started = known
                .participants
                .iter()
                .find(|other| other.id == participant.id)
                .and_then(|other| other.started);
        }
    }
}

/// `known` with the legs of `media` replaced by those of `snapshot`.
fn with_media_replaced(
    known: &Conversation,
    media: Media,
    snapshot: &Conversation,
) -> Conversation {
    let mut whole = known.clone();
    for newer in &snapshot.participants {
        match whole.participants.iter_mut().find(|participant| participant.id == newer.id) {
            Some(participant) => {
                let mut legs: Vec<_> =
                    participant.legs.iter().filter(|leg| leg.media != media).cloned().collect();
                let wrapup_words: Vec<Option<String>> = participant
                    .legs
                    .iter()
                    .filter(|leg| leg.media == media)
                    .map(|leg| leg.after_call_work.clone())
                    .collect();
                let other_media_live = !legs.is_empty();
                legs.extend(newer.legs.iter().cloned());
                // the flat shape has no word on after-call work; an older one must not linger
                // once its times say more
                if newer.wrapup.ended.is_none()
                    && let Some(leg) = legs.last_mut()
                {
                    leg.after_call_work =
                        leg.after_call_work.take().or(wrapup_words.into_iter().flatten().next());
                }
                let merged = Participant {
                    legs,
                    ended: if other_media_live { participant.ended } else { newer.ended },
                    ..newer.clone()
                };
                *participant = merged;
            }
            None => whole.participants.push(newer.clone()),
        }
    }
    whole
}
