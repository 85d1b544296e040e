//! The rows of a board as the filter language sees them: each column is a field.
use super::{Board, Column, Facts, RowKey, RowOf, Value};
use crate::domain::filter::{Field, Filter, Record, Value as FieldValue};
use jiff::Timestamp;
use std::cell::OnceCell;

/// A filter on the rows of a board.
pub type RowFilter<B> = Filter<&'static Column<<B as Board>::Key>>;

/// The fields of a board: its columns.
#[must_use]
pub fn fields<B: Board>() -> Vec<Field<&'static Column<B::Key>>> {
    let field = |column: &'static Column<B::Key>| Field {
        name: column.name,
        also: [column.heading, column.also],
        key: column,
        holds: column.holds,
        help: column.help,
    };
    B::COLUMNS.iter().map(field).collect()
}

/// One row.
pub struct BoardRow<'a, 'r, B: Board> {
    /// What its values are read from.
    pub facts: &'a Facts<'a>,
    /// Which row.
    pub key: &'a B::Key,
    /// What is known of it.
    pub row: RowOf<'r, B>,
    /// What is searched in it, once a word has asked for it.
    pub described: OnceCell<String>,
}

impl<'a, B: Board> BoardRow<'a, 'a, B> {
    /// The row of that name.
    #[must_use]
    pub fn find(facts: &'a Facts<'a>, key: &'a B::Key) -> Self {
        Self { facts, key, row: key.row(facts.monitor), described: OnceCell::new() }
    }
}

/// Room for what is searched in a row, in bytes: most rows fit, so that it is made once.
const DESCRIBED: usize = 160;

impl<B: Board> Record<&'static Column<B::Key>> for BoardRow<'_, '_, B> {
    fn any_value(
        &self,
        column: &'static Column<B::Key>,
        passes: &mut dyn FnMut(FieldValue<'_>) -> bool,
    ) -> bool {
        match (column.read)(self.facts, self.key, self.row) {
            Value::Text(text) => {
                // of several words each is a value, and so are all of them as they are read
                let mut parts = column.joined.map(|between| text.split(between));
                passes(FieldValue::Text(&text))
                    || parts
                        .as_mut()
                        .is_some_and(|parts| parts.any(|part| passes(FieldValue::Text(part))))
            }
            Value::Flag(is_so) => passes(FieldValue::Flag(is_so)),
            value => value
                .figure(self.facts.now)
                .is_some_and(|figure| passes(FieldValue::Quantity(figure))),
        }
    }

    fn any_text(&self, passes: &mut dyn FnMut(&str) -> bool) -> bool {
        passes(self.described.get_or_init(|| {
            let mut text = String::with_capacity(DESCRIBED);
            B::describe(self.facts, self.key, self.row, &mut text);
            text
        }))
    }

    fn grows_since(&self, column: &'static Column<B::Key>) -> Option<Timestamp> {
        match (column.read)(self.facts, self.key, self.row) {
            Value::Since(at) => Some(at),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Facts;
    use super::super::conversations::ConversationBoard;
    use super::super::queues::QueueBoard;
    use super::{BoardRow, RowFilter, fields};
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::{ChannelNumber, ConversationId, QueueId};
    use crate::domain::monitor::Monitor;
    use jiff::Timestamp;

    #[test]
    fn each_of_several_words_is_a_value() {
        let now = Timestamp::UNIX_EPOCH;
        let mut monitor = Monitor::new(now);
        for (id, legs) in [("k1", "calls"), ("k2", "chats")] {
            let text = format!(
                r#"{{"topicName":"v2.routing.queues.q1.conversations","eventBody":{{"id":"{id}","participants":[
                {{"id":"p","purpose":"acd","queueId":"q1","connectedTime":"1970-01-01T00:00:00Z",
                "conversationRoutingData":{{"skills":[{{"id":"s1","name":"Old German"}},{{"id":"s2","name":"Tax"}}]}},
                "{legs}":[{{"state":"connected"}}]}}]}}}}"#
            );
            let payload = Payload::Text(text.into());
            monitor.absorb_frame(Frame { received: now, channel: ChannelNumber(1), payload });
        }
        let facts = Facts { monitor: &monitor, now, masked: true };
        for (text, passes) in [
            ("media=call", true),
            ("media=chat", true),
            ("media=email", false),
            ("media!=call", false),
        ] {
            let filter = RowFilter::<QueueBoard>::parse(text, &fields::<QueueBoard>()).unwrap();
            let key = QueueId::new("q1");
            let row = BoardRow::<QueueBoard>::find(&facts, &key);
            assert_eq!(filter.matches(&row), passes, "{text}");
        }
        for (text, passes) in [
            ("skills=\"old german\"", true),
            ("skills=tax", true),
            ("german", true),
            ("wait=0s", true),
        ] {
            let all = fields::<ConversationBoard>();
            let filter = RowFilter::<ConversationBoard>::parse(text, &all).unwrap();
            let key = ConversationId::new("k1");
            let row = BoardRow::<ConversationBoard>::find(&facts, &key);
            assert_eq!(filter.matches(&row), passes, "{text}");
        }
    }

    #[test]
    fn every_column_is_a_field() {
        for text in [
            "waiting>5",
            "longest_wait>2m",
            "wait>2m wait>5 SL<80%",
            "service_level<80%",
            "queue:billing -idle=0",
        ] {
            assert!(
                RowFilter::<QueueBoard>::parse(text, &fields::<QueueBoard>()).is_ok(),
                "{text}"
            );
        }
        for text in ["state=waiting since>30s", "flagged=yes or missed>=2", "wait>2m"] {
            let read = RowFilter::<ConversationBoard>::parse(text, &fields::<ConversationBoard>());
            assert!(read.is_ok(), "{text}");
        }
        assert!(RowFilter::<QueueBoard>::parse("wating>5", &fields::<QueueBoard>()).is_err());
    }
}
