//! What a field is compared with, ready for any number of records.
use super::error::{Problem, shown};
use super::quantity::{Quantity, flag, quantity, time};
use super::text::Pattern;
use super::{Holds, Operator, Value, Written};
use crate::domain::outline::{Kind, Outline};
use jiff::Timestamp;
use std::cmp::Ordering;

/// What a field is compared with.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Text(Pattern),
    Quantity(Quantity),
    Time(Timestamp),
    Flag(bool),
    /// JSON says itself what it holds: a number is compared as one, text as text.
    Json {
        text: Option<Pattern>,
        number: Option<Quantity>,
        time: Option<Timestamp>,
    },
}

impl Operand {
    /// Reads a value for a field that holds `holds`; the operator must fit it.
    pub(super) fn new(operator: Operator, value: &Written, holds: Holds) -> Result<Self, Problem> {
        let bad = || Problem::BadValue { value: shown(&value.text), holds };
        match holds {
            Holds::Text => pattern(operator, value).map(Self::Text),
            Holds::Time => time(&value.text).map(Self::Time).ok_or_else(bad),
            Holds::Flag => flag(&value.text).map(Self::Flag).ok_or_else(bad),
            Holds::Count | Holds::Duration | Holds::Share | Holds::Size => {
                quantity(&value.text, holds).map(Self::Quantity).ok_or_else(bad)
            }
            Holds::Json => {
                let number = quantity(&value.text, Holds::Count).filter(|_| !value.quoted);
                let time = time(&value.text);
                let orders = !operator.fits(Holds::Text);
                if orders && number.is_none() && time.is_none() {
                    return Err(bad());
                }
                let text = if orders { None } else { Some(pattern(operator, value)?) };
                Ok(Self::Json { text, number, time })
            }
        }
    }

    /// Whether `value` passes; for [`Operator::NotEqual`] whether it is equal.
    pub(super) fn passes(&self, operator: Operator, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(pattern), Value::Text(text)) => pattern.matches(text),
            (Self::Quantity(quantity), Value::Quantity(number)) => {
                holds(operator, quantity.ordering_of(number))
            }
            (Self::Time(wanted), Value::Time(at)) => holds(operator, Some(at.cmp(wanted))),
            (Self::Flag(wanted), Value::Flag(flag)) => flag == *wanted,
            _ => false,
        }
    }

    /// The same for a scalar in JSON.
    pub(super) fn passes_json(&self, operator: Operator, json: &Outline, scalar: usize) -> bool {
        let Self::Json { text, number, time } = self else { return false };
        let Some(node) = json.node(scalar) else { return false };
        match (node.kind, text) {
            (Kind::Text, text) => {
                let found = json.string(scalar).unwrap_or_default();
                if let Some(pattern) = text {
                    return pattern.matches(&found);
                }
                let by_time =
                    time.and_then(|wanted| Some(super::quantity::time(&found)?.cmp(&wanted)));
                let by_number =
                    || number.and_then(|wanted| wanted.ordering_of(found.parse().ok()?));
                holds(operator, by_time.or_else(by_number))
            }
            (Kind::Number, text) => match (number, text) {
                (Some(wanted), text) if text.is_none() || is_equality(operator) => {
                    // beyond a float it is infinite, and so more than any number that can be asked for
                    let found = json.value(scalar).parse().ok();
                    holds(operator, found.and_then(|found| wanted.ordering_of(found)))
                }
                (_, Some(pattern)) => pattern.matches(json.value(scalar)),
                _ => false,
            },
            (Kind::Boolean, Some(pattern)) => pattern.matches(json.value(scalar)),
            _ => false,
        }
    }
}

fn pattern(operator: Operator, value: &Written) -> Result<Pattern, Problem> {
    let pattern = match operator {
        Operator::Contains => Pattern::contains(&value.text),
        Operator::Matches => Pattern::regex(&value.text),
        _ => Pattern::equals(&value.text, !value.quoted),
    };
    pattern.map_err(|reason| Problem::BadRegex { reason })
}

fn is_equality(operator: Operator) -> bool {
    matches!(operator, Operator::Equal | Operator::NotEqual)
}

/// Whether a value that lies so to the operand passes; what can't be compared never does.
fn holds(operator: Operator, ordering: Option<Ordering>) -> bool {
    let Some(ordering) = ordering else { return false };
    match operator {
        Operator::Less => ordering.is_lt(),
        Operator::AtMost => ordering.is_le(),
        Operator::Greater => ordering.is_gt(),
        Operator::AtLeast => ordering.is_ge(),
        // a quantity contains no other; who writes wait:2m means that it is
        Operator::Contains | Operator::Equal | Operator::NotEqual => ordering.is_eq(),
        Operator::Matches => false,
    }
}
