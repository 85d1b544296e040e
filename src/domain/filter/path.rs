//! A way into JSON: names and numbers joined by dots.
//!
//! Lists are entered by themselves: of `participants.purpose` any participant's will do, and
//! `participants.0.purpose` means the first one's. A way that ends at an object or a list stands
//! for every value beneath it.
use serde_json::Value;
use std::fmt;

/// Most parts of a path. JSON itself is read to a depth of 128.
pub(super) const MAX_PARTS: usize = 32;

/// The way; empty for the whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    name: String,
    /// The place in a list, if the name is a number.
    index: Option<usize>,
}

impl Path {
    /// Reads what stands behind a field's name: `.participants[0]."an attribute"`. `None` if a
    /// part is empty or unclosed.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (name, after) = if let Some(inside) = rest.strip_prefix('[') {
                let (number, after) = inside.split_once(']')?;
                if matches!(number, "" | "*") {
                    // any element, as jq writes it: lists are entered by themselves
                    rest = after;
                    continue;
                }
                number.parse::<usize>().ok()?;
                (number.to_owned(), after)
            } else {
                let inside = rest.strip_prefix('.')?;
                if let Some(inside) = inside.strip_prefix('"') {
                    let (name, after) = super::parse::unquoted(inside)?;
                    (name, after)
                } else {
                    let end = inside.find(['.', '[', '"']).unwrap_or(inside.len());
                    (inside[..end].to_owned(), &inside[end..])
                }
            };
            if name.is_empty() || parts.len() >= MAX_PARTS {
                return None;
            }
            parts.push(Part { index: name.parse().ok(), name });
            rest = after;
        }
        Some(Self(parts))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it leads to something other than null.
    pub(super) fn exists(&self, json: &Value) -> bool {
        follow(json, &self.0, &mut |found| !found.is_null())
    }

    /// Whether one of the values that it leads to passes; null counts as nothing.
    pub(super) fn any(&self, json: &Value, passes: &mut dyn FnMut(&Value) -> bool) -> bool {
        follow(json, &self.0, &mut |found| beneath(found, passes))
    }
}

fn follow(json: &Value, parts: &[Part], found: &mut dyn FnMut(&Value) -> bool) -> bool {
    let Some((part, rest)) = parts.split_first() else { return found(json) };
    match json {
        Value::Object(object) => {
            // names are compared without case where the exact one isn't there
            let entry = object.get(&part.name).or_else(|| {
                object
                    .iter()
                    .find(|(key, _)| key.eq_ignore_ascii_case(&part.name))
                    .map(|(_, value)| value)
            });
            entry.is_some_and(|value| follow(value, rest, found))
        }
        Value::Array(list) => match part.index {
            Some(index) => list.get(index).is_some_and(|value| follow(value, rest, found)),
            None => list.iter().any(|value| follow(value, parts, found)),
        },
        _ => false,
    }
}

fn beneath(json: &Value, passes: &mut dyn FnMut(&Value) -> bool) -> bool {
    match json {
        Value::Null => false,
        Value::Object(object) => object.values().any(|value| beneath(value, passes)),
        Value::Array(list) => list.iter().any(|value| beneath(value, passes)),
        scalar => passes(scalar),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            let is_plain = part.name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
            if is_plain {
                write!(formatter, ".{}", part.name)?;
            } else {
                write!(formatter, ".{}", super::quoted(&part.name))?;
            }
        }
        Ok(())
    }
}
