//! Completion: what could stand at the cursor of a filter that is being typed.
use super::parse::{operator, unquoted, value_length, word_length};
use super::{Field, Holds, Operator, Span, fields_named, quoted};

/// Most offers at a time: a short list is read, a long one is typed on.
pub const MAX_OFFERS: usize = 20;

/// What could stand at the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What of the text an offer replaces, in bytes.
    pub replaces: Span,
    /// The offers, best first.
    pub offers: Vec<Offer>,
}

/// One offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The text to put in.
    pub text: String,
    /// What it is, in a few words.
    pub help: String,
}

impl Offer {
    fn new(text: impl Into<String>, help: impl Into<String>) -> Self {
        Self { text: text.into(), help: help.into() }
    }
}

/// Where in a filter the cursor stands.
enum Place<'a, F> {
    /// In a word that begins at this byte, or where one could begin.
    Word(usize),
    /// Behind an operator: in a value that begins at this byte.
    Value(&'a Field<F>, Operator, usize),
    /// Where nothing can be offered, as in quotes.
    Nowhere,
}

/// What could stand at `cursor` (a byte of `text`; what is behind it is left alone). `seen` gives
/// values of a field that were seen, in the order in which they shall be offered; it may give
/// more than fit.
pub fn complete<F: Copy>(
    text: &str,
    cursor: usize,
    fields: &[Field<F>],
    seen: impl FnOnce(F) -> Vec<String>,
) -> Completion {
    let before = text.get(..cursor).unwrap_or(text);
    let (start, mut offers) = match place(before, fields) {
        Place::Nowhere => (before.len(), Vec::new()),
        Place::Word(start) => (start, words(&before[start..], fields)),
        Place::Value(field, operator, start) => {
            (start, values(&before[start..], field.holds, operator, || seen(field.key)))
        }
    };
    offers.truncate(MAX_OFFERS);
    Completion { replaces: start..before.len(), offers }
}

fn place<'a, F: Copy>(before: &str, fields: &'a [Field<F>]) -> Place<'a, F> {
    let mut at = 0;
    loop {
        let rest = &before[at..];
        at += rest.len()
            - rest.trim_start_matches(|c: char| c.is_whitespace() || "()-".contains(c)).len();
        let rest = &before[at..];
        if let Some(inside) = rest.strip_prefix('"') {
            match unquoted(inside) {
                Some((_, after)) => at = before.len() - after.len(),
                None => return Place::Nowhere,
            }
            continue;
        }
        let length = word_length(rest);
        let name = &rest[..length];
        let after = rest[length..].trim_start();
        let Some(operator) = operator(after) else {
            if length == rest.len() {
                return Place::Word(at);
            }
            // a word that is over, or a sign that means nothing here
            at += length.max(rest.chars().next().map_or(1, char::len_utf8));
            continue;
        };
        at = before.len() - after.len() + operator.sign().len();
        if name.eq_ignore_ascii_case("has") && operator == Operator::Contains {
            // what follows is a field again, and is found as a word
            if before[at..].chars().all(|c| !c.is_whitespace()) {
                return Place::Word(at);
            }
            continue;
        }
        let blanks = before[at..].len() - before[at..].trim_start().len();
        at += blanks;
        let rest = &before[at..];
        let over = match rest.strip_prefix('"') {
            Some(inside) => unquoted(inside).map(|(_, after)| before.len() - after.len()),
            None => Some(at + value_length(rest).0).filter(|end| *end < before.len()),
        };
        let Some(end) = over else {
            let field = fields_named(fields, name).first().copied();
            return field.map_or(Place::Nowhere, |field| Place::Value(field, operator, at));
        };
        at = end;
    }
}

fn words<F>(typed: &str, fields: &[Field<F>]) -> Vec<Offer> {
    let lowered = typed.to_lowercase();
    if let Some(field) = fields.iter().find(|field| field.name == lowered) {
        let fitting = Operator::ALL.into_iter().filter(|operator| {
            operator.fits(field.holds)
                && (*operator != Operator::Contains || field.holds == Holds::Text)
        });
        return fitting
            .map(|operator| {
                Offer::new(format!("{}{}", field.name, operator.sign()), operator.help())
            })
            .chain(
                (field.holds == Holds::Json)
                    .then(|| Offer::new(format!("{}.", field.name), "go into it")),
            )
            .collect();
    }
    let begins = |field: &&Field<F>| {
        let is_called = field.also.iter().any(|also| also.to_lowercase().starts_with(&lowered));
        field.name.starts_with(&lowered) || (is_called && !lowered.is_empty())
    };
    let holds = |field: &&Field<F>| !lowered.is_empty() && field.name.contains(&lowered);
    let first = fields.iter().filter(begins);
    let then = fields.iter().filter(|field| holds(field) && !begins(field));
    let mut offers: Vec<Offer> =
        first.chain(then).map(|field| Offer::new(field.name, field.help)).collect();
    if "has:".starts_with(&lowered) {
        offers.push(Offer::new("has:", "what follows is known"));
    }
    if "or".starts_with(&lowered) {
        offers.push(Offer::new("or ", "one of both sides"));
    }
    offers
}

fn values(
    typed: &str,
    holds: Holds,
    operator: Operator,
    seen: impl FnOnce() -> Vec<String>,
) -> Vec<Offer> {
    let lowered = typed.trim_start_matches('"').to_lowercase();
    let fixed: &[(&str, &str)] = match holds {
        Holds::Flag => &[("yes", "it is so"), ("no", "it isn't")],
        Holds::Duration => &[("30s", "half a minute"), ("2m", "two minutes"), ("1h", "an hour")],
        Holds::Size => &[("10k", "10,000 bytes"), ("1M", "a million bytes")],
        Holds::Share => &[("80%", "four of five")],
        Holds::Text | Holds::Count | Holds::Time | Holds::Json => &[],
    };
    if operator == Operator::Matches {
        return Vec::new();
    }
    let fixed = fixed.iter().filter(|(text, _)| text.starts_with(&lowered));
    let fixed = fixed.map(|(text, help)| Offer::new(*text, *help));
    let seen = seen().into_iter().filter(|value| value.to_lowercase().contains(&lowered));
    fixed.chain(seen.map(|value| Offer::new(as_value(&value), "seen"))).collect()
}

/// A value as it must be written: in quotes unless nothing in it has a meaning.
#[must_use]
pub fn as_value(text: &str) -> String {
    let is_plain = !text.is_empty()
        && text.chars().all(|c| c.is_alphanumeric() || "._-+/@%,".contains(c))
        && !text.starts_with('-');
    if is_plain { text.to_owned() } else { quoted(text) }
}
