//! What is kept is held against what a look at every row finds, in worlds of chance.
use super::{Kept, MANY_ROWS};
use crate::domain::board::agents::AgentBoard;
use crate::domain::board::conversations::{ConversationBoard, HistoryBoard};
use crate::domain::board::queues::{MediaBoard, QueueBoard};
use crate::domain::board::rows::{BoardRow, RowFilter, fields};
use crate::domain::board::totals::Totals;
use crate::domain::board::{Board, Facts, MAX_CHANGES, Sort, SortKey, Value};
use crate::domain::control::{Control, Named, Snapshot};
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::{ChannelNumber, QueueId, UserId};
use crate::domain::monitor::Monitor;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

/// What happens before a picture.
#[derive(Clone, Debug)]
enum Happening {
    /// A frame of a conversation: in which queue, by whom, at which stage.
    Frame {
        conversation: u8,
        queue: u8,
        agent: u8,
        stage: u8,
    },
    /// A frame of what an agent does.
    Agent {
        agent: u8,
        status: u8,
    },
    /// Seconds go by.
    Time(u8),
    /// The clock is set back by seconds.
    SetBack(u8),
    /// A queue or a user gets a name.
    Name {
        number: u8,
        name: u8,
    },
    Sort(usize),
    Reverse,
    Filter(usize),
    /// The customers are shown, or hidden.
    Mask,
}

fn happenings() -> impl Strategy<Value = Vec<Happening>> {
    let frame =
        (0..40_u8, 0..5_u8, 0..6_u8, 0..4_u8).prop_map(|(conversation, queue, agent, stage)| {
            Happening::Frame { conversation, queue, agent, stage }
        });
    let agent = (0..6_u8, 0..4_u8).prop_map(|(agent, status)| Happening::Agent { agent, status });
    let name = (0..6_u8, 0..4_u8).prop_map(|(number, name)| Happening::Name { number, name });
    let one = prop_oneof![
        20 => frame,
        4 => agent,
        8 => (1..9_u8).prop_map(Happening::Time),
        1 => (1..9_u8).prop_map(Happening::SetBack),
        1 => name,
        2 => any::<usize>().prop_map(Happening::Sort),
        3 => Just(Happening::Reverse),
        6 => any::<usize>().prop_map(Happening::Filter),
        1 => Just(Happening::Mask),
    ];
    prop::collection::vec(one, 1..120)
}

fn conversation(number: u8, (queue, agent, stage): (u8, u8, u8), now: Timestamp) -> Frame {
    let over = |is_over: bool| {
        if is_over { format!(r#","disconnectedTime":"{now}""#) } else { String::new() }
    };
    let state = |is_over: bool| if is_over { "terminated" } else { "connected" };
    let ended = stage == 3;
    let agent = if stage == 0 {
        String::new()
    } else {
        let connected = if stage == 1 { "alerting" } else { state(ended) };
        format!(
            r#",{{"id":"{number}-a","purpose":"agent","userId":"user-{agent}","queueId":"queue-{queue}","calls":[{{"state":"{connected}"{}{}}}]}}"#,
            if stage == 1 { String::new() } else { format!(r#","connectedTime":"{now}""#) },
            over(ended),
        )
    };
    let text = format!(
        r#"{{"topicName":"v2.routing.queues.queue-{queue}.conversations","eventBody":{{"id":"conversation-{number:02}","participants":[{{"id":"{number}-c","purpose":"customer","address":"tel:+1555000{number:04}","connectedTime":"{now}","calls":[{{"state":"{state}","direction":"inbound"{over}}}]}},{{"id":"{number}-q","purpose":"acd","queueId":"queue-{queue}","connectedTime":"{now}","calls":[{{"state":"{state}","connectedTime":"{now}"{over}}}]}}{agent}]}}}}"#,
        state = state(ended),
        over = over(ended),
    );
    Frame { received: now, channel: ChannelNumber(1), payload: Payload::Text(text.into()) }
}

fn activity(agent: u8, status: u8, now: Timestamp) -> Frame {
    let status = ["IDLE", "INTERACTING", "NOT_RESPONDING", "OFF_QUEUE"][usize::from(status)];
    let text = format!(
        r#"{{"topicName":"v2.users.user-{agent}.routingStatus","eventBody":{{"id":"user-{agent}","routingStatus":{{"status":"{status}","startTime":"{now}"}}}}}}"#
    );
    Frame { received: now, channel: ChannelNumber(1), payload: Payload::Text(text.into()) }
}

/// Plain order and sums: a look at every row.
fn plain<B: Board>(
    facts: &Facts<'_>,
    sort: Sort,
    filter: &RowFilter<B>,
) -> (Vec<B::Key>, B::Totals) {
    let mut totals = B::Totals::default();
    let mut rows: Vec<(SortKey, B::Key)> = B::keys(facts.monitor)
        .filter(|key| filter.matches(&BoardRow::<B>::find(facts, key)))
        .map(|key| (sort.key::<B>(facts, &key), key))
        .collect();
    rows.sort();
    for (_, key) in &rows {
        totals.put(facts, key);
    }
    (rows.into_iter().map(|(_, key)| key).collect(), totals)
}

/// Lets all that happen and compares after each.
fn holds<B: Board>(happenings: Vec<Happening>, filters: &[&str]) -> Result<(), TestCaseError> {
    let begin: Timestamp = "2026-11-24T10:14:50Z".parse().expect("a time");
    let mut now = begin;
    let mut monitor = Monitor::new(now);
    // before REST has answered for a queue, its counts are unknown
    monitor.absorb_control(Control::Snapshot(Snapshot {
        asked: begin,
        incomplete_for: (0..5).map(|queue| QueueId::new(&format!("queue-{queue}"))).collect(),
        ..Snapshot::default()
    }));
    let mut kept = Kept::<B>::default();
    let mut sort = Sort::default();
    let mut filter = RowFilter::<B>::everything();
    let mut masked = true;
    let mut latest = now;
    for happening in happenings {
        latest = latest.max(now);
        match happening.clone() {
            Happening::Frame { conversation: number, queue, agent, stage } => {
                monitor.absorb_frame(conversation(number, (queue, agent, stage), now));
            }
            Happening::Agent { agent, status } => {
                monitor.absorb_frame(activity(agent, status, now));
            }
            Happening::Time(seconds) => {
                now += SignedDuration::from_secs(seconds.into());
                monitor.tick(now);
            }
            Happening::SetBack(seconds) => now -= SignedDuration::from_secs(seconds.into()),
            Happening::Name { number, name } => {
                // names are looked at every other second, also after the clock was set back
                now = latest + SignedDuration::from_secs(3);
                let name = format!("name {name}");
                let id = QueueId::new(&format!("queue-{number}"));
                monitor.absorb_control(Control::Queues(vec![Named { id, name: name.clone() }]));
                let id = UserId::new(&format!("user-{number}"));
                monitor.absorb_control(Control::Users(vec![Named { id, name }]));
            }
            Happening::Sort(number) => {
                let column = number.checked_rem(B::COLUMNS.len() + 1).unwrap_or_default();
                let by = B::COLUMNS.get(column).map(|column| column.name);
                sort = Sort { by, reversed: false };
            }
            Happening::Reverse => sort.reversed = !sort.reversed,
            Happening::Filter(number) => {
                let text = filters[number % filters.len()];
                filter = RowFilter::<B>::parse(text, &fields::<B>()).expect("it is a filter");
            }
            Happening::Mask => masked = !masked,
        }
        let facts = Facts { monitor: &monitor, now, masked };
        kept.catch_up(&facts, sort, &filter);
        let (rows, totals) = plain::<B>(&facts, sort, &filter);
        let order = kept.order();
        let shown: Vec<B::Key> = order.iter().cloned().collect();
        prop_assert_eq!(order.len(), shown.len());
        prop_assert_eq!(shown, rows, "{:?} by {:?}, filter {:?}", happening, sort, filter);
        let sums = |totals: &B::Totals| -> Vec<Value> {
            B::COLUMNS.iter().map(|column| totals.value(column.name)).collect()
        };
        prop_assert_eq!(sums(kept.totals()), sums(&totals));
    }
    Ok(())
}

/// As somebody types them, and others.
const FILTERS: &[&str] = &[
    "",
    "c",
    "co",
    "con",
    "conversation-1",
    "conversation-12",
    "wait",
    "waiting queue",
    "waiting queue:name",
    "waiting or talking",
    "state:w",
    "state:wa",
    "state=waiting",
    "since>2s",
    "since>20s",
    "state=waiting since>5s",
    "state=waiting -since>5s",
    "since=4s or age>=12s",
    "-(since>1500ms) queue~[12]$",
    "has:agent",
    "-has:agent",
    "agent:name media=call",
    "customer:0001",
];

#[test]
fn what_an_agent_is_with_follows_what_becomes_of_it() {
    let frame =
        |conversation, agent, stage| Happening::Frame { conversation, queue: 0, agent, stage };
    let current = AgentBoard::COLUMNS.iter().position(|column| column.name == "current");
    let by_current = Happening::Sort(current.expect("it is a column"));
    // both are rung; then the first talks, which comes after that in the alphabet
    let happenings = vec![by_current, frame(1, 1, 1), frame(2, 2, 1), frame(1, 1, 2)];
    holds::<AgentBoard>(happenings, &[""]).expect("it is kept");
}

#[test]
fn many_rows_fall_behind_before_any_change_is_forgotten() {
    let now: Timestamp = "2026-11-24T10:14:50Z".parse().expect("a time");
    let mut monitor = Monitor::new(now);
    let everything = RowFilter::<AgentBoard>::everything();
    let mut kept = Kept::<AgentBoard>::default();
    let agents = |monitor: &mut Monitor, agents: std::ops::Range<usize>, status| {
        for number in agents {
            let text = format!(
                r#"{{"topicName":"v2.users.user-{number}.routingStatus","eventBody":{{"id":"user-{number}","routingStatus":{{"status":"{status}","startTime":"{now}"}}}}}}"#
            );
            let payload = Payload::Text(text.into());
            monitor.absorb_frame(Frame { received: now, channel: ChannelNumber(1), payload });
        }
    };
    agents(&mut monitor, 0..MANY_ROWS - 1, "IDLE");
    assert!(!kept.falls_behind(&monitor), "few rows are looked at for little");
    agents(&mut monitor, MANY_ROWS - 1..MANY_ROWS, "IDLE");
    assert!(kept.falls_behind(&monitor));
    let facts = Facts { monitor: &monitor, now, masked: true };
    kept.catch_up(&facts, Sort::default(), &everything);
    assert!(!kept.falls_behind(&monitor));
    agents(&mut monitor, 0..MAX_CHANGES / 2 - 1, "OFF_QUEUE");
    assert!(!kept.falls_behind(&monitor));
    agents(&mut monitor, 0..1, "IDLE");
    assert!(kept.falls_behind(&monitor));
    agents(&mut monitor, 0..MAX_CHANGES / 2 + 1, "IDLE");
    assert!(!kept.falls_behind(&monitor), "it is too late, and waits until somebody looks");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn conversations_are_kept_as_a_look_at_all_finds_them(happenings in happenings()) {
        holds::<ConversationBoard>(happenings, FILTERS)?;
    }

    #[test]
    fn past_ones_too(happenings in happenings()) {
        let filters: Vec<&str> = FILTERS.to_vec();
        holds::<HistoryBoard>(happenings, &filters)?;
    }

    #[test]
    fn agents_too(happenings in happenings()) {
        let filters =
            ["", "u", "us", "user-1", "idle", "routing:i", "routing:id", "since>3s", "has:since",
             "conversations>0", "-since>4s", "name", "name 1"];
        holds::<AgentBoard>(happenings, &filters)?;
    }

    #[test]
    fn queues_too(happenings in happenings()) {
        let filters =
            ["", "q", "queue-1", "waiting>0", "longest_wait>3s", "longest_wait<=6s", "has:waiting",
             "interacting>0 or waiting>1", "name", "trend>0"];
        holds::<QueueBoard>(happenings.clone(), &filters)?;
        holds::<MediaBoard>(happenings, &filters)?;
    }
}
