//! What is wrong with a filter, where, and what would be right.
use super::{Holds, MAX_DEPTH, MAX_FILTER_BYTES, Span};
use crate::domain::text::harmless;
use thiserror::Error;
use unicode_width::UnicodeWidthStr;

/// Longest piece of a filter that a sentence repeats, in characters.
const MAX_SHOWN: usize = 40;

/// What is wrong with a filter, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{problem}")]
pub struct FilterError {
    /// The place, in bytes of the filter's text; empty where something is missing.
    pub span: Span,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong, in a sentence that says what would be right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// The text is too long.
    #[error("a filter has at most {MAX_FILTER_BYTES} bytes")]
    TooLong,
    /// Parentheses or exclusions are nested too deep.
    #[error("parentheses and exclusions go at most {MAX_DEPTH} deep")]
    TooDeep,
    /// A term is missing after something that needs one.
    #[error("after {after} a term is missing, such as a word or field=value")]
    TermMissing {
        /// What needs it.
        after: &'static str,
    },
    /// `or` or `and` with nothing before it.
    #[error("before \"{word}\" a term is missing; to search for the word, put it in quotes")]
    NothingBefore {
        /// The word.
        word: String,
    },
    /// A parenthesis is never closed.
    #[error("this parenthesis is never closed")]
    NeverClosed,
    /// A parenthesis was never opened.
    #[error("this parenthesis was never opened; to search for it, put it in quotes")]
    NeverOpened,
    /// A quote is never closed.
    #[error("this quote is never closed")]
    QuoteNeverClosed,
    /// There is no such field.
    #[error("there is no field \"{name}\"{}; to search for the text, put it in quotes", hint(.nearest.as_ref()))]
    UnknownField {
        /// What was written.
        name: String,
        /// The field that is nearest to it.
        nearest: Option<String>,
    },
    /// A path leads into a field that holds no JSON.
    #[error("\"{name}\" holds no JSON, so no path leads into it")]
    NoPath {
        /// The field.
        name: &'static str,
    },
    /// A path has an empty or unclosed part.
    #[error("a path is made of names and numbers, as in body.participants.0.purpose")]
    BadPath,
    /// An operator has no field before it.
    #[error("before \"{sign}\" a field is missing; to search for the sign, put it in quotes")]
    FieldMissing {
        /// The operator's sign.
        sign: &'static str,
    },
    /// An operator has no value after it.
    #[error("after \"{sign}\" a value is missing; an empty one is written \"\"")]
    ValueMissing {
        /// The operator's sign.
        sign: &'static str,
    },
    /// The operator can't be asked of this field.
    #[error("\"{name}\" holds {}, and \"{sign}\" doesn't fit that; use {}", holds_what(*.holds), fitting(*.holds))]
    Misfit {
        /// The field.
        name: &'static str,
        /// What it holds.
        holds: Holds,
        /// The operator's sign.
        sign: &'static str,
    },
    /// The value isn't what the field holds.
    #[error("\"{value}\" isn't {}; write {}", holds_what(*.holds), example(*.holds))]
    BadValue {
        /// What was written.
        value: String,
        /// What the field holds.
        holds: Holds,
    },
    /// The regular expression is broken or too large.
    #[error("not a regular expression: {reason}")]
    BadRegex {
        /// Why, in a line.
        reason: String,
    },
}

impl FilterError {
    pub(super) fn new(span: Span, problem: Problem) -> Self {
        Self { span, problem }
    }

    /// What is wrong, after the piece of the filter that it is about: for where there is one line.
    #[must_use]
    pub fn at(&self, text: &str) -> String {
        let piece = shown(text.get(self.span.clone()).unwrap_or_default());
        if piece.is_empty() {
            self.problem.to_string()
        } else {
            format!("{piece} ← {}", self.problem)
        }
    }

    /// The filter with a line under it that points to the place.
    #[must_use]
    pub fn pointed(&self, text: &str) -> String {
        let part = |span: Span| harmless(text.get(span).unwrap_or_default()).into_owned();
        let start = self.span.start.min(text.len());
        let end = self.span.end.clamp(start, text.len());
        let before = part(0..start).width();
        let wide = part(start..end).width().max(1);
        format!("{}\n{}{}", harmless(text), " ".repeat(before), "^".repeat(wide))
    }
}

/// A piece of the filter, for a sentence: short and harmless.
pub(super) fn shown(text: &str) -> String {
    crate::domain::text::harmless_within(text, MAX_SHOWN)
}

fn hint(nearest: Option<&String>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean \"{name}\"?"))
}

fn holds_what(holds: Holds) -> &'static str {
    match holds {
        Holds::Text => "text",
        Holds::Count => "a number",
        Holds::Duration => "a length of time",
        Holds::Share => "a percentage",
        Holds::Size => "a size",
        Holds::Time => "a point in time",
        Holds::Flag => "yes or no",
        Holds::Json => "a number or a point in time",
    }
}

fn example(holds: Holds) -> &'static str {
    match holds {
        Holds::Text => "it in quotes",
        Holds::Count => "one such as 5, 1.5 or 10k",
        Holds::Duration => "one such as 250ms, 90s, 2m or 1h30m",
        Holds::Share => "one such as 80%",
        Holds::Size => "one such as 512, 10k, 2M or 4KiB",
        Holds::Time => "one such as 2026-11-23T14:03:12Z",
        Holds::Flag => "yes or no",
        Holds::Json => "one such as 5, 10k or 2026-11-23T14:03:12Z",
    }
}

fn fitting(holds: Holds) -> &'static str {
    match holds {
        Holds::Text => ": = != or ~",
        Holds::Flag => "= or !=",
        _ => "= != < <= > or >=",
    }
}
