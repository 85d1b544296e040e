//! Whether a filter can only let through what another one does: then a list that is filtered by that
//! need be looked at no further. That is so for nearly every letter that somebody types.
//!
//! Told by the form alone, and only where it is certain; "no" may be wrong, "yes" never.
use super::{Expression, Filter, Holds, Operator, Term, Written};

/// Most pairs of parts that are compared. Filters that people write need some dozens; nested ones
/// could be made to take years.
const MAX_STEPS: usize = 2_000;

impl<F> Filter<F> {
    /// Whether all that passes this filter passes `other` too, as far as can be told.
    #[must_use]
    pub fn narrows(&self, other: &Self) -> bool {
        let mut steps = MAX_STEPS;
        implies(&self.root, &other.root, &mut steps)
    }
}

fn implies<F>(one: &Expression<F>, other: &Expression<F>, steps: &mut usize) -> bool {
    let Some(left) = steps.checked_sub(1) else { return false };
    *steps = left;
    match (one, other) {
        (_, Expression::Everything) => true,
        (_, Expression::All(others)) => others.iter().all(|other| implies(one, other, steps)),
        (Expression::Any(ones), _) => ones.iter().all(|one| implies(one, other, steps)),
        (Expression::All(ones), Expression::Any(others)) => {
            ones.iter().any(|one| implies(one, other, steps))
                || others.iter().any(|other| implies(one, other, steps))
        }
        (Expression::All(ones), _) => ones.iter().any(|one| implies(one, other, steps)),
        (_, Expression::Any(others)) => others.iter().any(|other| implies(one, other, steps)),
        (Expression::Not(one), Expression::Not(other)) => implies(other, one, steps),
        (Expression::Term(one), Expression::Term(other)) => term_implies(one, other),
        _ => false,
    }
}

fn term_implies<F>(one: &Term<F>, other: &Term<F>) -> bool {
    match (one, other) {
        (Term::Word { value: one, .. }, Term::Word { value: other, .. }) => within(one, other),
        (Term::Has(one), Term::Has(other)) => one.name == other.name && one.path == other.path,
        (
            Term::Compare { field, operator, value, .. },
            Term::Compare {
                field: other_field, operator: other_operator, value: other_value, ..
            },
        ) => {
            if field.name != other_field.name || field.path != other_field.path {
                return false;
            }
            if operator == other_operator && value == other_value {
                return true;
            }
            let is_whole = match operator {
                Operator::Contains => true,
                // a star stands for anything
                Operator::Equal => value.quoted || !value.text.contains('*'),
                _ => false,
            };
            // a quantity contains no other, and JSON may hold one
            field.holds == Holds::Text
                && is_whole
                && *other_operator == Operator::Contains
                && within(value, other_value)
        }
        _ => false,
    }
}

/// Whether what contains `one` contains `other`. A text without a capital is found in any case; one
/// with a capital makes the longer text mind the case too.
fn within(one: &Written, other: &Written) -> bool {
    one.text.contains(other.text.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::listed::{Listed, Reads, field};
    use super::super::{Field, Filter, Holds, Value};
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    struct Tape {
        title: String,
        plays: Option<f64>,
    }

    const FIELDS: &[Field<Reads<Tape>>] = &[
        field("title", Holds::Text, "what is written on it", |tape| Some(Value::Text(&tape.title))),
        field("plays", Holds::Count, "how often it was played", |tape| {
            tape.plays.map(Value::Quantity)
        }),
    ];

    fn filter(text: &str) -> Filter<Reads<Tape>> {
        Filter::parse(text, FIELDS).unwrap()
    }

    fn narrows(one: &str, other: &str) -> bool {
        filter(one).narrows(&filter(other))
    }

    #[test]
    fn what_is_typed_on_narrows_and_what_may_find_more_does_not() {
        for [one, other] in [
            ["a", ""],
            ["ab", "a"],
            ["ab", "b"],
            ["aBc", "a"],
            ["a b", "a"],
            ["a title:x", "title:x a"],
            ["title:abc", "title:ab"],
            ["title=abc", "title:ab"],
            ["a", "a or b"],
            ["(a or b) c", "b or a"],
            ["-a", "-ab"],
            ["a plays>1", "plays>1"],
            ["has:plays a", "has:plays"],
        ] {
            assert!(narrows(one, other), "{one} / {other}");
        }
        for [one, other] in [
            ["", "a"],
            ["a", "ab"],
            ["ab", "aB"],
            ["a", "title:a"],
            ["title=ab*", "title:*"],
            ["title=a", "title=ab"],
            ["plays>1", "plays>2"],
            ["a or b", "a"],
            ["-ab", "-a"],
            ["-a", "a"],
            ["title!=ab", "title:a"],
        ] {
            assert!(!narrows(one, other), "{one} / {other}");
        }
    }

    #[test]
    fn what_would_take_years_to_tell_is_not_told() {
        let nested = |inner: &str, depth: usize| {
            (0..depth).fold(inner.to_owned(), |text, level| match level % 2 {
                0 => format!("(c {text} b)"),
                _ => format!("(d or {text} or a)"),
            })
        };
        assert!(!filter(&nested("x", 30)).narrows(&filter(&nested("y", 30))));
    }

    fn text() -> impl Strategy<Value = String> {
        let word = prop::sample::select(vec!["a", "ab", "B", "aB", "abc"]);
        let term = prop_oneof![
            word.clone().prop_map(str::to_owned),
            (prop::sample::select(vec![":", "=", "!=", "~"]), word.clone())
                .prop_map(|(sign, word)| format!("title{sign}{word}")),
            word.prop_map(|word| format!("title={word}*")),
            (prop::sample::select(vec![">", "<", "="]), 0..3_u8)
                .prop_map(|(sign, number)| format!("plays{sign}{number}")),
            Just("has:plays".to_owned()),
        ];
        term.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} {other})")),
                (inner.clone(), inner.clone())
                    .prop_map(|(one, other)| format!("({one} or {other})")),
                inner.prop_map(|one| format!("-({one})")),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_yes_is_never_wrong(
            one in text(),
            other in text(),
            rows in prop::collection::vec(
                ("[abcABC]{0,5}", prop::option::of(0..4_u8)),
                1..20,
            ),
        ) {
            let (one, other) = (filter(&one), filter(&other));
            if one.narrows(&other) {
                for (title, plays) in rows {
                    let row = Tape { title, plays: plays.map(f64::from) };
                    let row = Listed { row: &row, fields: FIELDS };
                    prop_assert!(!one.matches(&row) || other.matches(&row), "{one} / {other}");
                }
            }
        }
    }
}
