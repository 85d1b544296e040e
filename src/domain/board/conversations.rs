//! The boards of conversations: those in the list, and those that have left it.
use super::{Board, Column, Facts, FoundRow, Journal, LAST, RowKey, start_of};
use crate::domain::identity::ConversationId;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::conversations::Row;
use columns::{LIVE, PAST, codes, customer_text, observers_text, skills_text, state_word};
use std::borrow::Cow;

mod columns;

impl RowKey for ConversationId {
    type Row<'a> = Option<&'a Row>;

    fn row<'a>(&self, monitor: &'a Monitor) -> Option<&'a Row> {
        monitor.conversations.find(self)
    }

    fn start(&self) -> u64 {
        start_of(self.as_str().as_bytes())
    }
}

/// The conversations.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConversationBoard;

impl Board for ConversationBoard {
    type Key = ConversationId;
    type Totals = ();
    const COLUMNS: &'static [Column<ConversationId>] = LIVE;
    const SHOWN: &'static [&'static str] = &[
        "id",
        "queue",
        "state",
        "since",
        "agent",
        "customer",
        "age",
        "media",
        "missed",
        "transfers",
        "priority",
        "skills",
        "direction",
        "flagged",
        "recording",
        "observed",
        "wrapup",
    ];
    const BRIEF: &'static [&'static str] = &["id", "queue", "state", "since", "agent", "customer"];
    const BY_INTERVAL: bool = false;

    fn journal(monitor: &Monitor) -> &Journal<ConversationId> {
        monitor.conversations.journal()
    }

    fn rows(monitor: &Monitor) -> impl Iterator<Item = FoundRow<'_, ConversationId>> {
        monitor.conversations.iter().map(found)
    }

    fn len(monitor: &Monitor) -> usize {
        monitor.conversations.len()
    }

    fn has(monitor: &Monitor, key: &ConversationId) -> bool {
        monitor.conversations.get(key).is_some()
    }

    /// In the order of the states' urgency, and in each the longest first.
    fn urgency(_: &Facts<'_>, _: &ConversationId, row: Option<&Row>) -> [i64; 2] {
        row.map_or([LAST; 2], |row| [row.standing.state as i64, row.since.as_millisecond()])
    }

    fn describe(facts: &Facts<'_>, id: &ConversationId, row: Option<&Row>, text: &mut String) {
        if let Some(row) = row {
            describe(id, row, facts, text);
        }
    }
}

/// The conversations that are over and have left the list, the newest
/// [`MAX_PAST`](crate::domain::monitor::past::MAX_PAST).
#[derive(Clone, Copy, Debug, Default)]
pub struct HistoryBoard;

impl Board for HistoryBoard {
    type Key = ConversationId;
    type Totals = ();
    const COLUMNS: &'static [Column<ConversationId>] = PAST;
    const SHOWN: &'static [&'static str] = &[
        "id",
        "queue",
        "state",
        "since",
        "age",
        "agent",
        "customer",
        "media",
        "missed",
        "transfers",
        "priority",
        "skills",
        "direction",
        "flagged",
        "wrapup",
    ];
    const BRIEF: &'static [&'static str] = &["id", "queue", "state", "since", "age", "agent"];
    const BY_INTERVAL: bool = false;
    const ORDER: &'static str = "the newest first";

    fn journal(monitor: &Monitor) -> &Journal<ConversationId> {
        monitor.conversations.past().journal()
    }

    fn rows(monitor: &Monitor) -> impl Iterator<Item = FoundRow<'_, ConversationId>> {
        monitor.conversations.past().iter().map(found)
    }

    fn len(monitor: &Monitor) -> usize {
        monitor.conversations.past().len()
    }

    fn has(monitor: &Monitor, key: &ConversationId) -> bool {
        monitor.conversations.past().get(key).is_some()
    }

    /// What ended last comes first.
    fn urgency(_: &Facts<'_>, _: &ConversationId, row: Option<&Row>) -> [i64; 2] {
        [row.map_or(LAST, |row| row.since.as_millisecond().saturating_neg()), LAST]
    }

    fn describe(facts: &Facts<'_>, id: &ConversationId, row: Option<&Row>, text: &mut String) {
        if let Some(row) = row {
            describe(id, row, facts, text);
        }
    }
}

fn found<'a>((id, row): (&'a ConversationId, &'a Row)) -> FoundRow<'a, ConversationId> {
    (Cow::Borrowed(id), Some(row))
}

/// What a person would look for in a row.
fn describe(id: &ConversationId, row: &Row, facts: &Facts<'_>, text: &mut String) {
    let directory = &facts.monitor.directory;
    let mut add = |word: &str| {
        text.push_str(word);
        text.push(' ');
    };
    add(id.as_str());
    add(state_word(row));
    if let Some(queue) = &row.standing.queue {
        add(directory.queue(queue));
    }
    if let Some(agent) = &row.standing.agent {
        add(directory.user(agent));
    }
    for media in row.gist.media() {
        add(media.word());
    }
    if let Some(customer) = customer_text(row, facts.masked) {
        add(&customer);
    }
    if row.gist.skilled {
        add(&skills_text(row).unwrap_or_default());
    }
    if row.gist.observed {
        add(&observers_text(row, directory));
    }
    if row.gist.coded {
        add(&codes(row, facts));
    }
}

#[cfg(test)]
mod tests {
    use super::{Board, ConversationBoard, Facts, RowKey};
    use crate::domain::board::column;
    use crate::domain::control::{Control, Named};
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::{ChannelNumber, ConversationId, WrapupCodeId};
    use crate::domain::monitor::Monitor;
    use jiff::Timestamp;

    #[test]
    fn wrap_up_codes_have_their_names_once_these_are_known_and_are_found_by_them() {
        let now = Timestamp::UNIX_EPOCH;
        let mut monitor = Monitor::new(now);
        let agent = |id: &str, code: &str| {
            format!(
                r#"{{"id":"{id}","purpose":"agent","userId":"u","wrapup":{code},"calls":[{{"state":"connected","connectedTime":"1970-01-01T00:00:00Z"}}]}}"#
            )
        };
        let coded = [r#"{"code":"W1"}"#, r#"{"code":"W2"}"#, r#"{"code":"W1"}"#, "{}"];
        let agents: Vec<String> =
            ["a", "b", "c", "d"].iter().zip(coded).map(|(id, code)| agent(id, code)).collect();
        for (id, participants) in [("x", agents.join(",")), ("y", agent("e", "{}"))] {
            let text = format!(
                r#"{{"topicName":"v2.routing.queues.q.conversations","eventBody":{{"id":"{id}","participants":[{participants}]}}}}"#
            );
            let payload = Payload::Text(text.as_str().into());
            monitor.absorb_frame(Frame { received: now, channel: ChannelNumber(1), payload });
        }
        let shown = |monitor: &Monitor, id: &str| {
            let facts = Facts { monitor, now, masked: true };
            let column = column::<ConversationBoard>("wrapup").unwrap();
            let id = ConversationId::new(id);
            let mut text = String::new();
            ConversationBoard::describe(&facts, &id, id.row(monitor), &mut text);
            (column.value(&facts, &id).shown(now), text)
        };
        assert_eq!(shown(&monitor, "x").0, "w1, w2");
        assert_eq!(shown(&monitor, "y").0, "–", "not given is not empty");
        let named = [("w1", "Re\u{1b}solved"), ("w2", "Callback agreed")];
        monitor.absorb_control(Control::WrapupCodes(
            named
                .map(|(id, name)| Named { id: WrapupCodeId::new(id), name: name.to_owned() })
                .to_vec(),
        ));
        let (cell, text) = shown(&monitor, "x");
        assert!(cell.starts_with("Re") && cell.ends_with("solved, Callback agreed"), "{cell}");
        assert!(!cell.contains('\u{1b}'));
        assert!(text.contains("Callback agreed"), "{text}");
        assert!(!shown(&monitor, "y").1.contains("Callback"));
    }
}
