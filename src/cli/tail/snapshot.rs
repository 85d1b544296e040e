//! What was live when somebody asked, as lines for `tail --since-snapshot`.
//!
//! A reader that counts from frames alone would know nothing of a conversation until its next
//! change. Each line is a conversation by REST with where it stands, in the words of the screen.
use super::lines::{event_line, time};
use crate::domain::control::Snapshot;
use crate::domain::conversation::{Conversation, Direction};
use crate::domain::identity::{QueueId, UserId};
use crate::domain::monitor::directory::Directory;
use crate::domain::topic::Media;
use jiff::Timestamp;
use serde_json::{Value, json};

/// The lines of a snapshot with its time: one a conversation, then one that says that it is over
/// and for how many queues it is complete.
pub(super) fn lines(snapshot: &Snapshot, directory: &Directory) -> Vec<(Timestamp, String)> {
    let mut lines: Vec<(Timestamp, String)> = snapshot
        .conversations
        .iter()
        .map(|conversation| (snapshot.asked, line(snapshot.asked, conversation, directory)))
        .collect();
    let mut end = json!({
        "conversations": snapshot.conversations.len(),
        "completeForQueues": snapshot.complete_for.len(),
    });
    if let (Some(end), Some(missing)) = (end.as_object_mut(), &snapshot.missing) {
        end.insert("missing".to_owned(), Value::String(missing.clone()));
    }
    lines.push((snapshot.asked, event_line(snapshot.asked, "snapshot", end)));
    lines
}

fn line(asked: Timestamp, conversation: &Conversation, directory: &Directory) -> String {
    let standing = conversation.standing();
    let media: Vec<&str> = conversation.media().into_iter().map(Media::word).collect();
    let direction = match conversation.direction() {
        Direction::Inbound => Some("inbound"),
        Direction::Outbound => Some("outbound"),
        Direction::Unknown => None,
    };
    let rest = json!({
        "conversation": conversation.id.as_str(),
        "state": standing.state.word(),
        "since": standing.since.map(time),
        "began": conversation.began().map(time),
        "waitingSince": standing.waiting_since.map(time),
        "queue": standing.queue.as_ref().map(QueueId::as_str),
        "queueName": standing.queue.as_ref().map(|queue| directory.queue(queue)),
        "agent": standing.agent.as_ref().map(UserId::as_str),
        "media": media,
        "direction": direction,
    });
    event_line(asked, "conversation", rest)
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::domain::control::Snapshot;
    use crate::domain::conversation::Conversation;
    use crate::domain::identity::{ConversationId, QueueId};
    use crate::domain::monitor::directory::Directory;
    use serde_json::Value;

    #[test]
    fn a_snapshot_is_a_line_a_conversation_and_one_that_ends_it() {
        let snapshot = Snapshot {
            asked: "2026-11-23T14:03:12Z".parse().unwrap(),
            conversations: vec![Conversation::new(ConversationId::new("C-1"))],
            complete_for: vec![QueueId::new("q")],
            complete_for_users: Vec::new(),
            incomplete_for: Vec::new(),
            figures: Vec::new(),
            missing: None,
        };
        let lines: Vec<Value> = lines(&snapshot, &Directory::default())
            .iter()
            .map(|(_, line)| serde_json::from_str(line).unwrap())
            .collect();
        assert_eq!(lines[0]["conversation"], "c-1");
        assert_eq!(lines[0]["queue"], Value::Null);
        assert_eq!(
            (&lines[1]["event"], &lines[1]["conversations"]),
            (&"snapshot".into(), &1.into())
        );
    }
}
