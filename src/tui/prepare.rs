//! Sorts, filters and prepares: the orders of all lists that are on the screen, and the rows that
//! fit. The cost of rows is that of the viewport.
use super::format;
use super::layout::{Areas, areas, rows};
use super::pane::Pane;
use super::view::{Screen, View};
use crate::domain::conversation::{Direction, Purpose, State};
use crate::domain::identity::{ConversationId, QueueId, UserId};
use crate::domain::monitor::Monitor;
use crate::domain::monitor::conversations::Row;
use crate::domain::monitor::directory::short;
use crate::domain::monitor::frames::{Kept, Label};
use crate::domain::monitor::link::Truth;
use crate::domain::monitor::queues::QueueRow;
use crate::domain::monitor::topics::{Asked, TopicCounter};
use crate::domain::text::{harmless_within, masked};
use crate::domain::topic::{Media, Topic};
use jiff::Timestamp;
use std::cmp::Reverse;
use std::fmt::Write;

/// How lists can be sorted.
pub(super) const SORTS: [&str; 3] = ["urgency", "age", "name"];
/// Longest text taken into a row, in characters; wider than any screen.
const MAX_CELL: usize = 120;

#[derive(Debug)]
pub(super) struct QueueLine {
    pub(super) id: QueueId,
    pub(super) name: String,
    pub(super) watched: bool,
    pub(super) waiting: u32,
    pub(super) alerting: u32,
    pub(super) interacting: u32,
    pub(super) hold: u32,
    pub(super) parked: u32,
    pub(super) wrapup: u32,
    pub(super) longest: Option<Timestamp>,
    pub(super) on_queue: Option<f64>,
    pub(super) service_waiting: Option<f64>,
}

#[derive(Debug)]
pub(super) struct ConversationLine {
    pub(super) id: ConversationId,
    pub(super) media: Vec<Media>,
    pub(super) state: State,
    pub(super) since: Timestamp,
    pub(super) queue: String,
    pub(super) agent: String,
    pub(super) customer: String,
    pub(super) outbound: bool,
    pub(super) by_rest: bool,
    pub(super) vanished: bool,
    pub(super) missed: usize,
}

#[derive(Debug)]
pub(super) struct TopicLine {
    pub(super) topic: Topic,
    pub(super) name: String,
    pub(super) rate: f64,
    pub(super) frames: u64,
    pub(super) bytes: u64,
    pub(super) largest: u64,
    pub(super) last: Option<Timestamp>,
    pub(super) standing: String,
    pub(super) rejected: bool,
    pub(super) history: Vec<u16>,
}

#[derive(Debug)]
pub(super) struct FrameLine {
    pub(super) sequence: u64,
    pub(super) received: Timestamp,
    pub(super) name: String,
    pub(super) size: u64,
    pub(super) unreadable: bool,
}

#[derive(Debug)]
pub(super) struct AgentLine {
    pub(super) id: UserId,
    pub(super) name: String,
    pub(super) presence: String,
    pub(super) routing: String,
    pub(super) since: Option<Timestamp>,
    pub(super) queues: String,
}

impl View {
    /// Prepares what will be drawn. Does nothing while the picture is frozen.
    pub fn refresh(&mut self, monitor: &Monitor, now: Timestamp) {
        let on_screen = self.areas(monitor, now);
        let live = self.screen == Screen::Live;
        self.queues.height = rows(on_screen.queues).saturating_sub(usize::from(!live)).max(1);
        self.conversations.height = rows(on_screen.conversations).saturating_sub(1).max(1);
        self.topics.height = rows(on_screen.topics).saturating_sub(usize::from(!live)).max(1);
        self.frames.height = rows(on_screen.frames).max(1);
        self.agents.height = rows(on_screen.whole).saturating_sub(1).max(1);
        if self.frozen.is_some() {
            return;
        }
        if live || self.screen == Screen::Queues {
            self.prepare_queues(monitor);
        }
        if live || self.screen == Screen::Conversations {
            self.prepare_conversations(monitor);
        }
        if live || self.screen == Screen::Topics {
            self.prepare_topics(monitor, now);
        }
        if live || self.screen == Screen::Frames {
            self.prepare_frames(monitor);
        }
        if self.screen == Screen::Agents {
            self.prepare_agents(monitor);
        }
    }

    pub(super) fn areas(&self, monitor: &Monitor, now: Timestamp) -> Areas {
        let truth = monitor.link.truth(now);
        areas(self.size, self.screen, truth != Truth::Live)
    }

    fn prepare_queues(&mut self, monitor: &Monitor) {
        let name = |row: &QueueRow| monitor.directory.queue(&row.id).to_lowercase();
        let wanted = self.queues.filter.to_lowercase();
        let mut order: Vec<&QueueRow> =
            monitor.queues.iter().filter(|row| name(row).contains(&wanted)).collect();
        if self.sort == 2 {
            order.sort_by_cached_key(|row| (name(row), row.id.clone()));
        } else {
            // worst first: who waits longest, then how many wait
            order.sort_by_cached_key(|row| {
                let longest = row.longest_unanswered().unwrap_or(Timestamp::MAX);
                (
                    longest,
                    Reverse(row.waiting()),
                    Reverse(row.interacting()),
                    name(row),
                    row.id.clone(),
                )
            });
        }
        self.queues.total = monitor.queues.iter().len();
        settle(&mut self.queues, order, self.reverse, |row| row.id.clone());
        self.queues.lines = lines(&self.queues, |id| {
            let row = monitor.queues.get(id)?;
            Some(QueueLine {
                id: id.clone(),
                name: monitor.directory.queue(id).to_owned(),
                watched: row.watched,
                waiting: row.waiting(),
                alerting: row.count(State::Alerting),
                interacting: row.interacting(),
                hold: row.count(State::Hold),
                parked: row.count(State::Parked),
                wrapup: row.count(State::Wrapup),
                longest: row.longest_unanswered(),
                // agents are counted once for each medium: the largest is how many there are
                on_queue: Media::ALL
                    .iter()
                    .filter_map(|media| row.figure("oOnQueueUsers", Some(*media), None))
                    .reduce(f64::max)
                    .or(row.figure("oOnQueueUsers", None, None)),
                service_waiting: row.figure("oWaiting", None, None),
            })
        });
    }

    fn prepare_conversations(&mut self, monitor: &Monitor) {
        let wanted = self.conversations.filter.to_lowercase();
        let mask = self.mask;
        let queue = |row: &Row| {
            row.standing
                .queue
                .as_ref()
                .map_or(String::new(), |id| monitor.directory.queue(id).to_owned())
        };
        let mut order: Vec<&Row> = monitor
            .conversations
            .iter()
            .filter(|row| {
                wanted.is_empty()
                    || conversation_text(row, monitor, mask).to_lowercase().contains(&wanted)
            })
            .collect();
        match self.sort {
            0 => order.sort_by(|left, right| {
                (left.standing.state, left.since, &left.conversation.id).cmp(&(
                    right.standing.state,
                    right.since,
                    &right.conversation.id,
                ))
            }),
            1 => order.sort_by(|left, right| {
                (left.since, &left.conversation.id).cmp(&(right.since, &right.conversation.id))
            }),
            _ => {
                order
                    .sort_by_cached_key(|row| (queue(row), row.since, row.conversation.id.clone()));
            }
        }
        self.conversations.total = monitor.conversations.len();
        settle(&mut self.conversations, order, self.reverse, |row| row.conversation.id.clone());
        self.conversations.lines = lines(&self.conversations, |id| {
            monitor.conversations.get(id).map(|row| conversation_line(row, monitor, mask))
        });
    }

    fn prepare_topics(&mut self, monitor: &Monitor, now: Timestamp) {
        let wanted = self.topics.filter.to_lowercase();
        let rate = |counter: &TopicCounter| counter.rate(now, monitor.counted_since);
        let mut order: Vec<&TopicCounter> = monitor
            .topics
            .iter()
            .filter(|counter| {
                wanted.is_empty()
                    || named_topic(&counter.topic, monitor).to_lowercase().contains(&wanted)
            })
            .collect();
        if self.sort == 2 {
            order.sort_by_cached_key(|counter| named_topic(&counter.topic, monitor));
        } else {
            // refused ones first: somebody has to know
            order.sort_by_cached_key(|counter| {
                let refused = matches!(counter.standing, Asked::Rejected(_));
                #[expect(clippy::cast_possible_truncation, reason = "saturates; only for sorting")]
                let rate = (rate(counter) * 1_000.0) as i64;
                (!refused, Reverse(rate), Reverse(counter.frames), counter.topic.clone())
            });
        }
        self.topics.total = monitor.topics.iter().len();
        settle(&mut self.topics, order, self.reverse, |counter| counter.topic.clone());
        self.topics.lines = lines(&self.topics, |topic| {
            let counter = monitor.topics.get(topic)?;
            let standing = match &counter.standing {
                Asked::No => String::new(),
                Asked::Permitted(channel) => format!("channel {channel}"),
                Asked::Rejected(rejection) => {
                    let mut text =
                        format!("refused: {}", harmless_within(&rejection.reason, MAX_CELL));
                    if !rejection.missing_permissions.is_empty() {
                        let missing = rejection.missing_permissions.join(", ");
                        // writing to a string cannot fail
                        let _ = write!(text, " (missing {})", harmless_within(&missing, MAX_CELL));
                    }
                    text
                }
            };
            Some(TopicLine {
                topic: topic.clone(),
                name: named_topic(topic, monitor),
                rate: rate(counter),
                frames: counter.frames,
                bytes: counter.bytes,
                largest: counter.largest,
                last: counter.last,
                rejected: matches!(counter.standing, Asked::Rejected(_)),
                standing,
                history: counter.history(now).collect(),
            })
        });
    }

    fn prepare_frames(&mut self, monitor: &Monitor) {
        let wanted = self.frames.filter.to_lowercase();
        // hidden heartbeats are no part of the list: a title that counted them would say that there
        // are frames where none can be seen or opened
        let mut total = 0;
        let order: Vec<u64> = monitor
            .frames
            .iter()
            .filter(|kept| self.heartbeats || kept.label != Label::Heartbeat)
            .inspect(|_| total += 1)
            .filter(|kept| {
                wanted.is_empty() || frame_name(kept, monitor).to_lowercase().contains(&wanted)
            })
            .map(|kept| kept.sequence)
            .collect();
        self.frames.total = total;
        let last = order.len().saturating_sub(1);
        self.frames.set_order(order);
        if self.follow {
            if self.frames.selected.is_some() {
                self.frames.go_to(last);
            }
            self.frames.offset = (last + 1).saturating_sub(self.frames.height);
        }
        self.frames.lines = lines(&self.frames, |sequence| {
            let kept = monitor.frames.get(*sequence)?;
            Some(FrameLine {
                sequence: *sequence,
                received: kept.frame.received,
                name: frame_name(kept, monitor),
                size: kept.frame.size(),
                unreadable: matches!(kept.label, Label::Unreadable(_)),
            })
        });
    }

    fn prepare_agents(&mut self, monitor: &Monitor) {
        let wanted = self.agents.filter.to_lowercase();
        let name = |id: &UserId| monitor.directory.user(id).to_lowercase();
        let mut order: Vec<_> =
            monitor.agents.iter().filter(|agent| name(&agent.user).contains(&wanted)).collect();
        order.sort_by_cached_key(|agent| (name(&agent.user), agent.user.clone()));
        self.agents.total = monitor.agents.iter().len();
        settle(&mut self.agents, order, self.reverse, |agent| agent.user.clone());
        self.agents.lines = lines(&self.agents, |id| {
            let agent = monitor.agents.get(id)?;
            let queues: Vec<&str> =
                agent.queues.iter().flatten().map(|queue| monitor.directory.queue(queue)).collect();
            Some(AgentLine {
                id: id.clone(),
                name: monitor.directory.user(id).to_owned(),
                presence: agent.presence.as_ref().map_or_else(
                    || "–".to_owned(),
                    |presence| {
                        harmless_within(&presence.system.replace('_', " ").to_lowercase(), 30)
                    },
                ),
                routing: agent.routing.as_ref().map_or_else(
                    || "–".to_owned(),
                    |routing| harmless_within(routing.status.word(), 30),
                ),
                since: agent.routing.as_ref().and_then(|routing| routing.since),
                queues: queues.join(", "),
            })
        });
    }
}

/// Takes the sorted things as the pane's order.
fn settle<K: Clone + PartialEq, L, T>(
    pane: &mut Pane<K, L>,
    mut sorted: Vec<T>,
    reverse: bool,
    key: impl Fn(&T) -> K,
) {
    if reverse {
        sorted.reverse();
    }
    pane.set_order(sorted.iter().map(key).collect());
}

/// The lines of the window, and only those.
fn lines<K: Clone + PartialEq, L>(pane: &Pane<K, L>, line: impl Fn(&K) -> Option<L>) -> Vec<L> {
    pane.order[pane.window()].iter().filter_map(line).collect()
}

fn conversation_line(row: &Row, monitor: &Monitor, mask: bool) -> ConversationLine {
    let standing = &row.standing;
    ConversationLine {
        id: row.conversation.id.clone(),
        media: row.conversation.media(),
        state: standing.state,
        since: row.since,
        queue: standing
            .queue
            .as_ref()
            .map_or("–".to_owned(), |id| monitor.directory.queue(id).to_owned()),
        agent: standing
            .agent
            .as_ref()
            .map_or("–".to_owned(), |id| monitor.directory.user(id).to_owned()),
        customer: customer(row, mask),
        outbound: row.conversation.direction() == Direction::Outbound,
        by_rest: row.by_rest,
        vanished: row.vanished,
        missed: row.conversation.missed_alerts(),
    }
}

/// The customer's address, or else name; hidden unless shown.
fn customer(row: &Row, mask: bool) -> String {
    let customer = row.conversation.participants.iter().find(|p| p.purpose == Purpose::Customer);
    let text = customer.and_then(|customer| customer.address.as_ref().or(customer.name.as_ref()));
    match text {
        None => "–".to_owned(),
        Some(text) if mask => masked(text),
        Some(text) => harmless_within(text.trim_start_matches("tel:"), MAX_CELL),
    }
}

fn conversation_text(row: &Row, monitor: &Monitor, mask: bool) -> String {
    let line = conversation_line(row, monitor, mask);
    let media: Vec<&str> = line.media.iter().map(|media| media.word()).collect();
    format!(
        "{} {} {} {} {} {}",
        line.id,
        media.join(" "),
        line.state.word(),
        line.queue,
        line.agent,
        line.customer
    )
}

/// The topic with names in the place of ids.
pub(super) fn named_topic(topic: &Topic, monitor: &Monitor) -> String {
    let mut named = String::new();
    for part in topic.short().split('.') {
        if !named.is_empty() {
            named.push('.');
        }
        let is_id = part.len() == 36 && part.bytes().filter(|byte| *byte == b'-').count() == 4;
        if is_id {
            let queue = QueueId::new(part);
            let user = UserId::new(part);
            let name = monitor.directory.queue(&queue);
            let name =
                if name == short(queue.as_str()) { monitor.directory.user(&user) } else { name };
            named.push_str(name);
        } else {
            named.push_str(&harmless_within(part, MAX_CELL));
        }
    }
    named
}

fn frame_name(kept: &Kept, monitor: &Monitor) -> String {
    match (&kept.label, &kept.topic) {
        (Label::Unreadable(why), _) => format!("unreadable: {why}"),
        (Label::Reply, _) => "answer on the socket".to_owned(),
        (_, Some(topic)) => named_topic(topic, monitor),
        (_, None) => format!("{} bytes", format::size(kept.frame.size())),
    }
}
