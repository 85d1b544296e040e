//! The filter language: one for every list, for `--filter` and `--until`, and for alerts.
//!
//! ```text
//! filter = any
//! any    = all { "or" all }
//! all    = part { ["and"] part }
//! part   = ("-" | "not") part | "(" any ")" | term
//! term   = word | "has:" field | field operator value
//! operator = ":" | "=" | "!=" | "<" | "<=" | ">" | ">=" | "~"
//! ```
//!
//! A filter is read once ([`Filter::parse`]) against the fields of one kind of record, so that a
//! misspelt field, a length of time where a size is meant or a broken regular expression is told
//! with its place before the first record comes; afterwards [`Filter::matches`] cannot fail. The
//! rejected alternative, reading fields by name for each record, tells mistakes by matching
//! nothing. Must not know what records are nor how they are kept: see [`Record`].
use super::outline::Outline;
use std::fmt;
use std::ops::Range;

pub mod complete;
pub mod error;
pub mod examples;
pub mod frame;
pub mod listed;
mod narrow;
mod operand;
mod parse;
mod path;
mod quantity;
#[cfg(test)]
mod tests;
mod text;
mod turning;

pub use error::{FilterError, Problem};
use operand::Operand;
use path::Path;
pub use quantity::{Quantity, duration, quantity};
use text::Pattern;

/// Longest filter, in bytes. Some forty terms; a filter is typed or kept in one line of a file.
pub const MAX_FILTER_BYTES: usize = 2_000;
/// Deepest nesting of parentheses and exclusions. Reading and matching recurse, and this bounds
/// the stack; nobody reads a filter of more than four levels.
pub const MAX_DEPTH: usize = 32;
/// Largest compiled regular expression, in bytes. Regular expressions take linear time in what
/// they search, but their size can explode (`\w{1000}{1000}`).
pub const MAX_REGEX_BYTES: usize = 1 << 20;

/// What a field holds; decides which operators and values fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Text, perhaps several ones.
    Text,
    /// A number.
    Count,
    /// A length of time.
    Duration,
    /// A part of a whole; written as a percentage.
    Share,
    /// A number of bytes.
    Size,
    /// A point in time.
    Time,
    /// Yes or no.
    Flag,
    /// JSON, reached into by a path.
    Json,
}

/// One field of a kind of record.
#[derive(Clone, Copy, Debug)]
pub struct Field<F> {
    /// Its name in filters; stable.
    pub name: &'static str,
    /// What else it is called, such as what stands over its column; empty for nothing. Several fields
    /// may share such a name: the first that the value fits is meant, so that `wait>5` can ask how many
    /// wait and `wait>2m` how long.
    pub also: [&'static str; 2],
    /// By what the record knows it.
    pub key: F,
    /// What it holds.
    pub holds: Holds,
    /// What it is, in a sentence without a stop.
    pub help: &'static str,
}

impl<F> Field<F> {
    /// Whether it is called so; names have no case.
    fn is_called(&self, name: &str) -> bool {
        !name.is_empty() && self.also.iter().any(|also| also.eq_ignore_ascii_case(name))
    }
}

/// The fields that are meant by a name: the one that has it, else all that are called so too.
fn fields_named<'a, F>(fields: &'a [Field<F>], name: &str) -> Vec<&'a Field<F>> {
    match fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)) {
        Some(field) => vec![field],
        None => fields.iter().filter(|field| field.is_called(name)).collect(),
    }
}

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// A quantity in its own unit: a count, seconds, a part of 1, or bytes.
    Quantity(f64),
    /// A point in time.
    Time(jiff::Timestamp),
    /// Yes or no.
    Flag(bool),
}

/// What a filter can be asked about. Values are handed to a test instead of being returned, so
/// that a field may have several of them and none need be allocated.
pub trait Record<F> {
    /// Whether one of the field's values passes; without calling `passes` when the field is not
    /// known, since unknown is neither zero nor empty.
    fn any_value(&self, field: F, passes: &mut dyn FnMut(Value<'_>) -> bool) -> bool;

    /// Whether one of the texts on the record's row passes: what bare words search.
    fn any_text(&self, passes: &mut dyn FnMut(&str) -> bool) -> bool;

    /// Since when the field's value grows by itself: that of a length of time that hasn't ended.
    fn grows_since(&self, field: F) -> Option<jiff::Timestamp> {
        let _ = field;
        None
    }

    /// The JSON of a field that holds [`Holds::Json`], and its node in there; `None` for any other, and
    /// where there is none.
    fn json(&self, field: F) -> Option<(&Outline, usize)> {
        let _ = field;
        None
    }
}

/// A filter, ready to use. Its [`Display`](fmt::Display) reads back to an equal one.
#[derive(Clone, Debug)]
pub struct Filter<F> {
    root: Expression<F>,
}

#[derive(Clone, Debug)]
enum Expression<F> {
    /// No term at all: everything passes.
    Everything,
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Term(Term<F>),
}

#[derive(Clone, Debug)]
enum Term<F> {
    Word { value: Written, pattern: Pattern },
    Has(Reference<F>),
    Compare { field: Reference<F>, operator: Operator, value: Written, operand: Operand },
}

/// A field, with the way into it if it holds JSON.
#[derive(Clone, Debug)]
struct Reference<F> {
    name: &'static str,
    key: F,
    holds: Holds,
    path: Path,
}

/// A word or value, and whether it stood in quotes: quotes take `*` its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Written {
    text: String,
    quoted: bool,
}

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `:`, contains.
    Contains,
    /// `=`, is.
    Equal,
    /// `!=`, isn't: the opposite of `=`, so it holds for unknown values too.
    NotEqual,
    /// `<`.
    Less,
    /// `<=`.
    AtMost,
    /// `>`.
    Greater,
    /// `>=`.
    AtLeast,
    /// `~`, matches a regular expression.
    Matches,
}

impl Operator {
    /// Every operator; longer signs before those that they begin with.
    pub const ALL: [Self; 8] = [
        Self::NotEqual,
        Self::AtMost,
        Self::AtLeast,
        Self::Contains,
        Self::Equal,
        Self::Less,
        Self::Greater,
        Self::Matches,
    ];

    /// Its sign.
    #[must_use]
    pub fn sign(self) -> &'static str {
        match self {
            Self::Contains => ":",
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Matches => "~",
        }
    }

    /// What it asks, for help and completion.
    #[must_use]
    pub fn help(self) -> &'static str {
        match self {
            Self::Contains => "contains",
            Self::Equal => "is; * stands for any text",
            Self::NotEqual => "is not",
            Self::Less => "is less than",
            Self::AtMost => "is at most",
            Self::Greater => "is more than",
            Self::AtLeast => "is at least",
            Self::Matches => "matches the regular expression",
        }
    }

    /// Whether it can be asked of what a field holds.
    #[must_use]
    pub fn fits(self, holds: Holds) -> bool {
        let orders = matches!(self, Self::Less | Self::AtMost | Self::Greater | Self::AtLeast);
        match holds {
            Holds::Json => true,
            Holds::Text => !orders,
            Holds::Flag => matches!(self, Self::Contains | Self::Equal | Self::NotEqual),
            Holds::Count | Holds::Duration | Holds::Share | Holds::Size | Holds::Time => {
                self != Self::Matches
            }
        }
    }
}

impl<F: Copy> Filter<F> {
    /// Reads a filter on records with these `fields`. No text at all lets everything pass.
    ///
    /// # Errors
    /// [`FilterError`] with the place of the first mistake and what would be right.
    pub fn parse(text: &str, fields: &[Field<F>]) -> Result<Self, FilterError> {
        parse::parse(text, fields).map(|root| Self { root })
    }

    /// The filter that lets everything pass.
    #[must_use]
    pub fn everything() -> Self {
        Self { root: Expression::Everything }
    }

    /// Whether everything passes because nothing was asked.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        matches!(self.root, Expression::Everything)
    }

    /// Whether `record` passes.
    #[must_use]
    pub fn matches<R: Record<F> + ?Sized>(&self, record: &R) -> bool {
        self.root.matches(record)
    }
}

impl<F: Copy> Expression<F> {
    fn matches<R: Record<F> + ?Sized>(&self, record: &R) -> bool {
        match self {
            Self::Everything => true,
            Self::All(parts) => parts.iter().all(|part| part.matches(record)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(record)),
            Self::Not(part) => !part.matches(record),
            Self::Term(term) => term.matches(record),
        }
    }
}

impl<F: Copy> Term<F> {
    fn matches<R: Record<F> + ?Sized>(&self, record: &R) -> bool {
        match self {
            Self::Word { pattern, .. } => record.any_text(&mut |text| pattern.matches(text)),
            Self::Has(field) => match field.holds {
                Holds::Json => {
                    record.json(field.key).is_some_and(|(json, from)| field.path.exists(json, from))
                }
                _ => record.any_value(field.key, &mut |_| true),
            },
            Self::Compare { field, operator, operand, .. } => {
                let found = match field.holds {
                    Holds::Json => record.json(field.key).is_some_and(|(json, from)| {
                        let passes = &mut |leaf| operand.passes_json(*operator, json, leaf);
                        field.path.any(json, from, passes)
                    }),
                    _ => record.any_value(field.key, &mut |value| operand.passes(*operator, value)),
                };
                found != (*operator == Operator::NotEqual)
            }
        }
    }
}

impl<F> fmt::Display for Filter<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.fmt(formatter)
    }
}

impl<F> fmt::Display for Expression<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |formatter: &mut fmt::Formatter<'_>, parts: &[Self], between: &str| {
            for (index, part) in parts.iter().enumerate() {
                if index > 0 {
                    formatter.write_str(between)?;
                }
                // "and" binds tighter than "or": only it stands without parentheses inside
                let bare = matches!(part, Self::Term(_) | Self::Not(_))
                    || (between == " or " && matches!(part, Self::All(_)));
                if bare { write!(formatter, "{part}")? } else { write!(formatter, "({part})")? }
            }
            Ok(())
        };
        match self {
            Self::Everything => Ok(()),
            Self::All(parts) => joined(formatter, parts, " "),
            Self::Any(parts) => joined(formatter, parts, " or "),
            Self::Not(part) => match **part {
                Self::Term(_) | Self::Not(_) => write!(formatter, "-{part}"),
                _ => write!(formatter, "-({part})"),
            },
            Self::Term(term) => term.fmt(formatter),
        }
    }
}

impl<F> fmt::Display for Term<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word { value, .. } => value.fmt(formatter),
            Self::Has(field) => write!(formatter, "has:{}{}", field.name, field.path),
            Self::Compare { field, operator, value, .. } => {
                write!(formatter, "{}{}{}{value}", field.name, field.path, operator.sign())
            }
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.quoted {
            return formatter.write_str(&self.text);
        }
        formatter.write_str(&quoted(&self.text))
    }
}

/// `text` in quotes, as the language reads it.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A place in a filter's text, in bytes.
pub type Span = Range<usize>;
