//! The rows of a board as the filter language sees them: each column is a field.
use super::{Board, Column, Facts, Value};
use crate::domain::filter::{Field, Filter, Record, Value as FieldValue};

/// A filter on the rows of a board.
pub type RowFilter<B> = Filter<&'static Column<<B as Board>::Key>>;

/// The fields of a board: its columns.
#[must_use]
pub fn fields<B: Board>() -> Vec<Field<&'static Column<B::Key>>> {
    let field = |column: &'static Column<B::Key>| Field {
        name: column.name,
        key: column,
        holds: column.holds,
        help: column.help,
    };
    B::COLUMNS.iter().map(field).collect()
}

/// One row.
#[derive(Debug)]
pub struct BoardRow<'a, B: Board> {
    /// What its values are read from.
    pub facts: &'a Facts<'a>,
    /// Which row.
    pub key: &'a B::Key,
}

impl<B: Board> Record<&'static Column<B::Key>> for BoardRow<'_, B> {
    fn any_value(
        &self,
        column: &'static Column<B::Key>,
        passes: &mut dyn FnMut(FieldValue<'_>) -> bool,
    ) -> bool {
        match (column.value)(self.facts, self.key) {
            Value::Text(text) => passes(FieldValue::Text(&text)),
            Value::Flag(is_so) => passes(FieldValue::Flag(is_so)),
            value => value
                .figure(self.facts.now)
                .is_some_and(|figure| passes(FieldValue::Quantity(figure))),
        }
    }

    fn any_text(&self, passes: &mut dyn FnMut(&str) -> bool) -> bool {
        let mut text = String::new();
        B::describe(self.facts, self.key, &mut text);
        passes(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::super::conversations::ConversationBoard;
    use super::super::queues::QueueBoard;
    use super::{RowFilter, fields};

    #[test]
    fn every_column_is_a_field() {
        for text in ["waiting>5", "longest_wait>2m", "service_level<80%", "queue:billing -idle=0"] {
            assert!(
                RowFilter::<QueueBoard>::parse(text, &fields::<QueueBoard>()).is_ok(),
                "{text}"
            );
        }
        for text in ["state=waiting since>30s", "flagged=yes or missed>=2", "media=call"] {
            let read = RowFilter::<ConversationBoard>::parse(text, &fields::<ConversationBoard>());
            assert!(read.is_ok(), "{text}");
        }
        assert!(RowFilter::<QueueBoard>::parse("wating>5", &fields::<QueueBoard>()).is_err());
    }
}
