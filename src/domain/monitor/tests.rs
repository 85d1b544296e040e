//! What the monitor makes of control messages, where more than one keeper has a part in it.
use super::Monitor;
use super::conversations::MARK_CHANGED;
use crate::domain::control::{Control, Gap, QueueFigure, Rejection, Snapshot, TopicOutcome};
use crate::domain::conversation::Conversation;
use crate::domain::identity::{ChannelNumber, ConversationId, QueueId};
use crate::domain::intake::Batch;
use crate::domain::topic::Topic;
use jiff::Timestamp;

fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + n).unwrap()
}

fn absorb(monitor: &mut Monitor, control: Control) {
    monitor.absorb(Batch { control: vec![control], ..Batch::default() });
}

fn snapshot(ids: &[&str], asked: Timestamp) -> Control {
    let conversation = |id: &&str| Conversation {
        id: ConversationId::new(id),
        participants: Vec::new(),
        started: None,
        ended: None,
        recent_transfers: 0,
    };
    Control::Snapshot(Snapshot {
        asked,
        conversations: ids.iter().map(conversation).collect(),
        complete_for: Vec::new(),
        figures: Vec::new(),
        missing: None,
    })
}

#[test]
fn what_a_snapshot_finds_after_a_gap_is_marked_for_a_while() {
    let mut monitor = Monitor::new(second(0));
    absorb(&mut monitor, snapshot(&["old"], second(1)));
    let gap = Gap {
        channel: ChannelNumber(1),
        from: second(2),
        until: Some(second(5)),
        cause: "cut".to_owned(),
        healed_by: None,
    };
    absorb(&mut monitor, Control::Gap(gap.clone()));
    absorb(&mut monitor, snapshot(&["old", "new"], second(6)));
    let marked = |monitor: &Monitor, id: &str, at: Timestamp| {
        monitor.conversations.get(&ConversationId::new(id)).unwrap().changed_unseen(at)
    };
    assert!(!marked(&monitor, "old", second(7)), "it stands where it stood");
    assert!(marked(&monitor, "new", second(7)));
    let later = crate::domain::moment::add(second(6), MARK_CHANGED);
    assert!(!marked(&monitor, "new", later));
    absorb(&mut monitor, Control::Gap(Gap { healed_by: Some("all".to_owned()), ..gap }));
    absorb(&mut monitor, snapshot(&["old", "new", "third"], second(8)));
    assert!(!marked(&monitor, "third", second(9)), "no gap, no mark");
}

#[test]
fn progress_is_kept_by_name_until_it_is_done() {
    let mut monitor = Monitor::new(second(0));
    for (what, done) in [("channels", 3), ("topics", 2_812), ("channels", 4)] {
        absorb(&mut monitor, Control::Progress { what, done, total: Some(4_804) });
    }
    let shown: Vec<_> = monitor.link.progress().map(|p| (p.what, p.done)).collect();
    assert_eq!(shown, [("topics", 2_812), ("channels", 4)]);
    absorb(&mut monitor, Control::Progress { what: "topics", done: 9, total: Some(9) });
    assert_eq!(monitor.link.progress().len(), 1);
}

#[test]
fn a_queue_whose_topics_are_refused_is_unknown_and_not_frozen() {
    let queue = QueueId::new("q1");
    let topics = ["v2.routing.queues.q1.conversations", "v2.analytics.queues.q1.observations"];
    let figure = |metric: &str| QueueFigure {
        queue: QueueId::new("q1"),
        media: None,
        metric: metric.to_owned(),
        qualifier: None,
        value: 3.0,
    };
    let mut monitor = Monitor::new(second(0));
    let answer = |rejection: Option<Rejection>| Control::Topics {
        channel: ChannelNumber(1),
        at: second(1),
        outcomes: topics
            .iter()
            .map(|topic| TopicOutcome {
                topic: Topic::received(topic),
                rejection: rejection.clone(),
            })
            .collect(),
    };
    let told = |asked| {
        Control::Snapshot(Snapshot {
            asked,
            conversations: Vec::new(),
            complete_for: Vec::new(),
            figures: vec![figure("oOnQueueUsers"), figure("nOffered")],
            missing: None,
        })
    };
    let seen = |monitor: &Monitor| {
        let row = monitor.queues.get(&queue).unwrap();
        let figure = |metric| row.figure(metric, None, None);
        (row.watched, row.refused, figure("oOnQueueUsers"), figure("nOffered"))
    };
    absorb(&mut monitor, answer(None));
    absorb(&mut monitor, told(second(2)));
    assert_eq!(seen(&monitor), (true, false, Some(3.0), Some(3.0)));
    let refusal = Rejection {
        reason: "no grant in its division".to_owned(),
        missing_permissions: Vec::new(),
        context_id: None,
    };
    absorb(&mut monitor, answer(Some(refusal)));
    // what REST says once would stand there for hours; counts of an interval carry their date
    absorb(&mut monitor, told(second(4)));
    assert_eq!(seen(&monitor), (false, true, None, Some(3.0)));
    absorb(&mut monitor, answer(None));
    absorb(&mut monitor, told(second(6)));
    assert_eq!(seen(&monitor), (true, false, Some(3.0), Some(3.0)));
    let topics = topics.iter().map(|topic| Topic::received(topic)).collect();
    absorb(
        &mut monitor,
        Control::Unsubscribed { channel: ChannelNumber(1), at: second(7), topics },
    );
    assert_eq!(seen(&monitor), (false, false, None, Some(3.0)));
}
