//! A way into JSON: names and numbers joined by dots.
//!
//! Lists are entered by themselves: of `participants.purpose` any participant's will do, and
//! `participants.0.purpose` means the first one's. A way that ends at an object or a list stands
//! for every value beneath it.
use crate::domain::outline::{Kind, Outline};
use std::fmt;

/// Most parts of a path: following one recurses, and the service's bodies have seven levels.
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

    /// Whether it leads from the node `from` to something other than null.
    pub(super) fn exists(&self, json: &Outline, from: usize) -> bool {
        follow(json, from, &self.0, &mut |found| kind(json, found) != Some(Kind::Null))
    }

    /// Whether one of the values that it leads to passes; null counts as nothing.
    pub(super) fn any(
        &self,
        json: &Outline,
        from: usize,
        passes: &mut dyn FnMut(usize) -> bool,
    ) -> bool {
        follow(json, from, &self.0, &mut |found| {
            let is_value = |at: &usize| {
                kind(json, *at).is_some_and(|kind| !kind.holds() && kind != Kind::Null)
            };
            (found..json.end(found)).filter(is_value).any(&mut *passes)
        })
    }
}

fn kind(json: &Outline, at: usize) -> Option<Kind> {
    json.node(at).map(|node| node.kind)
}

/// Recurses for each part of the way and not for each level of the text, of which there may be any
/// number.
fn follow(json: &Outline, at: usize, parts: &[Part], found: &mut dyn FnMut(usize) -> bool) -> bool {
    let Some((part, rest)) = parts.split_first() else { return found(at) };
    match (kind(json, at), part.index) {
        (Some(Kind::Object), _) => {
            json.field(at, &part.name).is_some_and(|field| follow(json, field, rest, found))
        }
        (Some(Kind::Array), Some(index)) => {
            json.children(at).nth(index).is_some_and(|child| follow(json, child, rest, found))
        }
        (Some(Kind::Array), None) => {
            // lists within it are entered too
            let mut next = at + 1;
            while next < json.end(at) {
                if kind(json, next) == Some(Kind::Array) {
                    next += 1;
                } else if follow(json, next, parts, found) {
                    return true;
                } else {
                    next = json.end(next);
                }
            }
            false
        }
        _ => false,
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
