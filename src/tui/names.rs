//! Names in the place of ids.
use crate::domain::identity::{QueueId, UserId};
use crate::domain::monitor::Monitor;
use crate::domain::monitor::directory::short;
use crate::domain::text::harmless_within;
use crate::domain::topic::Topic;

/// Longest text taken into a row, in characters; wider than any screen.
pub(super) const MAX_CELL: usize = 120;

/// The topic with names in the place of ids.
pub(super) fn named_topic(topic: &Topic, monitor: &Monitor) -> String {
    let mut named = String::new();
    for piece in topic.short().split_inclusive(['.', '?']) {
        // `?` stands before the parts of a combined topic
        let (part, joint) = match piece.char_indices().next_back() {
            Some((at, '.' | '?')) => piece.split_at(at),
            _ => (piece, ""),
        };
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
        named.push_str(joint);
    }
    named
}
