//! From text to a filter, by recursive descent straight on the text.
//!
//! There are no tokens in between: what ends a word depends on whether a field or a value is
//! read, since values such as `(a|b)+` hold signs that end a field.
use super::error::{FilterError, Problem, shown};
use super::operand::Operand;
use super::path::Path;
use super::text::Pattern;
use super::{
    Expression, Field, Holds, MAX_DEPTH, MAX_FILTER_BYTES, Operator, Reference, Span, Term,
    Written, fields_named,
};
use crate::domain::nearest::nearest;

pub(super) fn parse<F: Copy>(
    text: &str,
    fields: &[Field<F>],
) -> Result<Expression<F>, FilterError> {
    if text.len() > MAX_FILTER_BYTES {
        let end = text.len();
        let mut start = MAX_FILTER_BYTES;
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        return Err(FilterError::new(start..end, Problem::TooLong));
    }
    let mut parser = Parser { text, at: 0, fields, depth: 0 };
    parser.skip_space();
    if parser.is_at_end() {
        return Ok(Expression::Everything);
    }
    let root = parser.any("the start")?;
    if parser.rest().starts_with(')') {
        return Err(parser.here(1, Problem::NeverOpened));
    }
    debug_assert!(parser.is_at_end(), "reading stops at a parenthesis or at the end");
    Ok(root)
}

/// Reads quoted text after its opening quote: the text, and what follows the closing one. `\"`
/// is a quote and `\\` a backslash; before anything else a backslash stands for itself, so that
/// regular expressions read the same in quotes. `None` if it is never closed.
pub(super) fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut inside = String::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return Some((inside, &text[at + 1..])),
            '\\' => {
                let escaped = characters.next_if(|(_, next)| matches!(next, '"' | '\\'));
                inside.push(escaped.map_or('\\', |(_, next)| next));
            }
            other => inside.push(other),
        }
    }
    None
}

/// The operator with which `text` begins.
pub(super) fn operator(text: &str) -> Option<Operator> {
    Operator::ALL.into_iter().find(|operator| text.starts_with(operator.sign()))
}

/// How many bytes at the start of `text` are one word: a bare one, or a field with its path.
pub(super) fn word_length(text: &str) -> usize {
    let mut at = 0;
    while let Some(character) = text[at..].chars().next() {
        let ends = character.is_whitespace()
            || matches!(character, '(' | ')' | ':' | '=' | '<' | '>' | '~')
            || text[at..].starts_with("!=");
        if ends {
            break;
        }
        if character == '"' {
            // a part of a path may stand in quotes, but nothing else within a word
            let follows_dot = text[..at].ends_with('.');
            match unquoted(&text[at + 1..]).filter(|_| follows_dot) {
                Some((_, after)) => at = text.len() - after.len(),
                None => break,
            }
        } else {
            at += character.len_utf8();
        }
    }
    at
}

/// How many bytes at the start of `text` are an unquoted value: up to a blank, or to a
/// parenthesis that it didn't open itself. And whether it closed all that it opened.
pub(super) fn value_length(text: &str) -> (usize, bool) {
    let mut open = 0_usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => open += 1,
            ')' if open == 0 => return (at, true),
            ')' => open -= 1,
            other if other.is_whitespace() => return (at, open == 0),
            _ => {}
        }
    }
    (text.len(), open == 0)
}

struct Parser<'a, F> {
    text: &'a str,
    /// Where reading has got to, in bytes.
    at: usize,
    fields: &'a [Field<F>],
    depth: usize,
}

impl<'a, F: Copy> Parser<'a, F> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn here(&self, length: usize, problem: Problem) -> FilterError {
        FilterError::new(self.at..self.at + length, problem)
    }

    /// The keyword of `words` that comes next, without reading it.
    fn keyword(&self, words: &[&str]) -> Option<&'a str> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"'))
            .unwrap_or(rest.len());
        let word = &rest[..end];
        words.iter().any(|known| word.eq_ignore_ascii_case(known)).then_some(word)
    }

    fn any(&mut self, after: &'static str) -> Result<Expression<F>, FilterError> {
        let mut parts = vec![self.all(after)?];
        while let Some(word) = self.keyword(&["or"]) {
            self.at += word.len();
            parts.push(self.all("\"or\"")?);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self, mut after: &'static str) -> Result<Expression<F>, FilterError> {
        let mut parts = Vec::new();
        loop {
            self.skip_space();
            let is_over =
                self.is_at_end() || self.rest().starts_with(')') || self.keyword(&["or"]).is_some();
            let needs_term = parts.is_empty() || after == "\"and\"";
            if is_over && !needs_term {
                return Ok(one_or(parts, Expression::All));
            }
            if is_over {
                return Err(self.nothing_here(after));
            }
            if let Some(word) = self.keyword(&["and"]) {
                if needs_term {
                    return Err(self.nothing_here(after));
                }
                self.at += word.len();
                after = "\"and\"";
                continue;
            }
            parts.push(self.part()?);
            after = "a term";
        }
    }

    /// A term was needed and something else is here.
    fn nothing_here(&self, after: &'static str) -> FilterError {
        match self.keyword(&["and", "or"]) {
            Some(word) => self.here(word.len(), Problem::NothingBefore { word: word.to_owned() }),
            None if after == "the start" => self.here(1, Problem::NeverOpened),
            None => self.here(0, Problem::TermMissing { after }),
        }
    }

    fn part(&mut self) -> Result<Expression<F>, FilterError> {
        if self.depth >= MAX_DEPTH {
            return Err(self.here(1, Problem::TooDeep));
        }
        self.depth += 1;
        let part = self.part_within();
        self.depth -= 1;
        part
    }

    fn part_within(&mut self) -> Result<Expression<F>, FilterError> {
        let opened = self.at;
        let excludes =
            if self.rest().starts_with('-') { Some("-") } else { self.keyword(&["not"]) };
        if let Some(sign) = excludes {
            self.at += sign.len();
            self.skip_space();
            if self.is_at_end() || self.rest().starts_with(')') {
                return Err(self.here(0, Problem::TermMissing { after: "an exclusion" }));
            }
            return Ok(Expression::Not(Box::new(self.part()?)));
        }
        if self.rest().starts_with('(') {
            self.at += 1;
            let inner = self.any("an opening parenthesis")?;
            if !self.rest().starts_with(')') {
                return Err(FilterError::new(opened..opened + 1, Problem::NeverClosed));
            }
            self.at += 1;
            return Ok(inner);
        }
        self.term().map(Expression::Term)
    }

    fn term(&mut self) -> Result<Term<F>, FilterError> {
        if self.rest().starts_with('"') {
            let (value, span) = self.quoted()?;
            return word(value, &span);
        }
        let start = self.at;
        let length = word_length(self.rest());
        if length == 0 {
            let problem = operator(self.rest())
                .map_or(Problem::TermMissing { after: "a term" }, |operator| {
                    Problem::FieldMissing { sign: operator.sign() }
                });
            return Err(self.here(1, problem));
        }
        let name = &self.rest()[..length];
        self.at += length;
        let after_name = self.at;
        self.skip_space();
        // a blank before ":" would take the meaning of words that only look like fields
        let operator = operator(self.rest())
            .filter(|operator| *operator != Operator::Contains || self.at == after_name);
        let Some(operator) = operator else {
            self.at = after_name;
            let value = Written { text: name.to_owned(), quoted: false };
            return word(value, &(start..after_name));
        };
        let sign_at = self.at;
        let sign = operator.sign();
        self.at += sign.len();
        // "==" is what programmers write
        while operator == Operator::Equal && self.rest().starts_with('=') {
            self.at += 1;
        }
        self.skip_space();
        if name.eq_ignore_ascii_case("has") && operator == Operator::Contains {
            let start = self.at;
            let length = word_length(self.rest());
            if length == 0 {
                return Err(self.here(0, Problem::ValueMissing { sign: "has:" }));
            }
            self.at += length;
            let mut called = self.references(start..self.at)?;
            return Ok(Term::Has(called.swap_remove(0)));
        }
        let called = self.references(start..after_name)?;
        let fitting = called.iter().position(|field| operator.fits(field.holds));
        let Some(first) = fitting else {
            let field = &called[0];
            let problem = Problem::Misfit { name: field.name, holds: field.holds, sign };
            return Err(FilterError::new(sign_at..sign_at + sign.len(), problem));
        };
        let (value, span) = self.value(sign)?;
        // of several fields that are called so, the first that the value fits is meant
        let mut refused = None;
        for field in called.into_iter().skip(first).filter(|field| operator.fits(field.holds)) {
            match Operand::new(operator, &value, field.holds) {
                Ok(operand) => return Ok(Term::Compare { field, operator, value, operand }),
                Err(problem) => {
                    refused.get_or_insert(problem);
                }
            }
        }
        let problem = refused.unwrap_or(Problem::ValueMissing { sign });
        Err(FilterError::new(span, problem))
    }

    fn value(&mut self, sign: &'static str) -> Result<(Written, Span), FilterError> {
        if self.rest().starts_with('"') {
            return self.quoted();
        }
        let (length, closed) = value_length(self.rest());
        if length == 0 {
            return Err(self.here(0, Problem::ValueMissing { sign }));
        }
        if !closed {
            return Err(self.here(length, Problem::NeverClosed));
        }
        let span = self.at..self.at + length;
        self.at = span.end;
        Ok((Written { text: self.text[span.clone()].to_owned(), quoted: false }, span))
    }

    fn quoted(&mut self) -> Result<(Written, Span), FilterError> {
        let start = self.at;
        match unquoted(&self.rest()[1..]) {
            Some((text, after)) => {
                self.at = self.text.len() - after.len();
                Ok((Written { text, quoted: true }, start..self.at))
            }
            None => Err(self.here(1, Problem::QuoteNeverClosed)),
        }
    }

    /// The fields that are called so, at least one.
    fn references(&self, span: Span) -> Result<Vec<Reference<F>>, FilterError> {
        let written = &self.text[span.clone()];
        let end = written.find(['.', '[']).unwrap_or(written.len());
        let (name, rest) = written.split_at(end);
        let called = fields_named(self.fields, name);
        let Some(field) = called.first() else {
            let names = self.fields.iter().map(|field| field.name);
            let nearest = nearest(name, names, 1).first().map(|name| (*name).to_owned());
            let problem = Problem::UnknownField { name: shown(name), nearest };
            return Err(FilterError::new(span.start..span.start + end, problem));
        };
        let path = Path::parse(rest)
            .ok_or_else(|| FilterError::new(span.start + end..span.end, Problem::BadPath))?;
        if !path.is_empty() && field.holds != Holds::Json {
            let problem = Problem::NoPath { name: field.name };
            return Err(FilterError::new(span.start + end..span.end, problem));
        }
        let reference = |field: &&Field<F>| Reference {
            name: field.name,
            key: field.key,
            holds: field.holds,
            path: path.clone(),
        };
        Ok(called.iter().map(reference).collect())
    }
}

fn word<F>(value: Written, span: &Span) -> Result<Term<F>, FilterError> {
    match Pattern::contains(&value.text) {
        Ok(pattern) => Ok(Term::Word { value, pattern }),
        Err(reason) => Err(FilterError::new(span.clone(), Problem::BadRegex { reason })),
    }
}

/// One part alone is itself.
fn one_or<F>(
    mut parts: Vec<Expression<F>>,
    joined: fn(Vec<Expression<F>>) -> Expression<F>,
) -> Expression<F> {
    match (parts.len(), parts.pop()) {
        (1, Some(only)) => only,
        (_, last) => {
            parts.extend(last);
            joined(parts)
        }
    }
}
