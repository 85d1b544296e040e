//! What the monitor makes of control messages, where more than one keeper has a part in it.
use super::Monitor;
use super::conversations::MARK_CHANGED;
use crate::domain::control::{Control, Gap, Snapshot};
use crate::domain::conversation::Conversation;
use crate::domain::identity::{ChannelNumber, ConversationId};
use crate::domain::intake::Batch;
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
