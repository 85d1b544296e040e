//! Rows of short lists as the filter language sees them: each field is a function of the row.
//!
//! For lists that are no boards, such as topics, alerts and events. Must not know what is in them.
use super::{Field, Holds, Record, Value};

/// Reads one field of a row; `None` where it isn't known.
pub type Reads<R> = for<'a> fn(&'a R) -> Option<Value<'a>>;

/// One row, with all that can be asked about it. Bare words search its texts.
#[derive(Debug)]
pub struct Listed<'a, R: 'static> {
    /// The row.
    pub row: &'a R,
    /// Its fields.
    pub fields: &'a [Field<Reads<R>>],
}

impl<R> Record<Reads<R>> for Listed<'_, R> {
    fn any_value(&self, read: Reads<R>, passes: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
        read(self.row).is_some_and(passes)
    }

    fn any_text(&self, passes: &mut dyn FnMut(&str) -> bool) -> bool {
        let texts = self.fields.iter().filter(|field| field.holds == Holds::Text);
        texts.filter_map(|field| (field.key)(self.row)).any(|value| match value {
            Value::Text(text) => passes(text),
            _ => false,
        })
    }
}

/// A field of a row.
pub const fn field<R>(
    name: &'static str,
    holds: Holds,
    help: &'static str,
    key: Reads<R>,
) -> Field<Reads<R>> {
    Field { name, also: [""; 2], key, holds, help }
}

#[cfg(test)]
mod tests {
    use super::super::{Field, Filter, Holds, Value};
    use super::{Listed, Reads, field};

    struct Tape {
        title: &'static str,
        plays: Option<f64>,
    }

    const FIELDS: &[Field<Reads<Tape>>] = &[
        field("title", Holds::Text, "what is written on it", |tape| Some(Value::Text(tape.title))),
        field("plays", Holds::Count, "how often it was played", |tape| {
            tape.plays.map(Value::Quantity)
        }),
    ];

    #[test]
    fn words_search_texts_and_unknown_is_not_zero() {
        let passes = |text: &str, plays| {
            let row = Tape { title: "Monday 7", plays };
            Filter::parse(text, FIELDS).unwrap().matches(&Listed { row: &row, fields: FIELDS })
        };
        assert!(passes("monday plays>5", Some(7.0)) && !passes("plays<5", None));
        assert!(!passes("9", Some(9.0)), "a bare word is searched in texts only");
        assert!(passes("-has:plays title=monday*", None));
    }
}
