//! A JSON text as a flat list of its nodes: what a tree is drawn from, and what paths are read from.
//!
//! Read in one pass without recursion and without copying: a node holds places in the text. So a
//! frame that nests 20,000 deep is as easy as any other, and one of 4 MB costs no second copy of
//! itself. What can't be read as JSON ends the list with the place and the reason; what stands
//! before it is shown all the same. Must not know how nodes are drawn or which of them are open.
use super::privacy::is_customers_field;
use std::ops::Range;
use std::sync::Arc;

mod path;
mod reader;
mod search;
#[cfg(test)]
mod tests;

/// Most nodes that are read: at 40 bytes each 10 MB, while one frame is open. A frame of 4 MB has
/// about 160,000 when its leaves are as long as the service's.
pub const MAX_NODES: usize = 250_000;
/// Why reading ends there.
const TOO_MANY: &str = "it has more values than are read";
/// Stands for no node in the place of a number.
const NONE: u32 = u32::MAX;

/// What kind of value a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Fields by their names.
    Object,
    /// Values by their places.
    Array,
    /// A string.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`.
    Null,
}

impl Kind {
    /// Whether it can hold others.
    #[must_use]
    pub fn holds(self) -> bool {
        matches!(self, Self::Object | Self::Array)
    }

    /// The word that JSON's own descriptions use.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Array => "list",
            Self::Text => "string",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Null => "null",
        }
    }
}

/// One value of the text.
#[derive(Clone, Debug)]
pub struct Node {
    /// The field's name with its quotes; empty for what is no field.
    key: (u32, u32),
    value: (u32, u32),
    parent: u32,
    /// Number of the first node after it that isn't beneath it.
    end: u32,
    /// How many hold it: 0 for the outermost.
    pub depth: u32,
    /// Its place among its siblings, from 0.
    pub place: u32,
    /// How many it holds itself.
    pub children: u32,
    /// What kind of value it is.
    pub kind: Kind,
    /// Whether it belongs to a customer, by its own name or that of one that holds it.
    pub is_customers: bool,
}

/// Where reading ended before the text did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Place in the text, in bytes.
    pub at: usize,
    /// What is wrong there.
    pub why: &'static str,
}

/// The nodes of a text, each before those that it holds.
#[derive(Clone, Debug)]
pub struct Outline {
    text: Arc<str>,
    nodes: Vec<Node>,
    fault: Option<Fault>,
}

impl Outline {
    /// Reads a text as far as it is JSON.
    #[must_use]
    pub fn read(text: &Arc<str>) -> Self {
        let (nodes, fault) = reader::read(text);
        Self { text: Arc::clone(text), nodes, fault }
    }

    /// How many nodes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing of the text could be read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Why and where reading ended before the text did, if it did.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Whether it is JSON: to its end, or as far as values are read.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.fault.as_ref().is_none_or(|fault| fault.why == TOO_MANY)
    }

    /// The node with this number.
    #[must_use]
    pub fn node(&self, number: usize) -> Option<&Node> {
        self.nodes.get(number)
    }

    /// The nodes in the order of the text.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = &Node> {
        self.nodes.iter()
    }

    /// The node that holds this one.
    #[must_use]
    pub fn parent(&self, number: usize) -> Option<usize> {
        let parent = self.nodes.get(number)?.parent;
        (parent != NONE).then_some(parent as usize)
    }

    /// Number of the first node after this one that isn't beneath it.
    #[must_use]
    pub fn end(&self, number: usize) -> usize {
        self.nodes.get(number).map_or(self.nodes.len(), |node| node.end as usize)
    }

    /// The nodes that this one holds itself.
    pub fn children(&self, number: usize) -> impl Iterator<Item = usize> + '_ {
        let end = self.end(number);
        let mut next = number + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(next)?;
            next = self.end(child);
            Some(child)
        })
    }

    /// The field of that name that this node holds: the last that is called so, as most readers take
    /// it, or else the first that is but for the case of its letters.
    #[must_use]
    pub fn field(&self, number: usize, name: &str) -> Option<usize> {
        let (mut exact, mut alike) = (None, None);
        for child in self.children(number) {
            let Some(key) = self.key(child) else { continue };
            let key = if key.contains('\\') { &decoded(key) } else { unquoted(key) };
            if key == name {
                exact = Some(child);
            } else if alike.is_none() && key.eq_ignore_ascii_case(name) {
                alike = Some(child);
            }
        }
        exact.or(alike)
    }

    /// A field's name as it stands in the text, with its quotes.
    #[must_use]
    pub fn key(&self, number: usize) -> Option<&str> {
        let key = self.nodes.get(number)?.key;
        (key.0 < key.1).then(|| &self.text[range(key)])
    }

    /// A field's name, read: without its quotes and escapes.
    #[must_use]
    pub fn name(&self, number: usize) -> Option<String> {
        self.key(number).map(decoded)
    }

    /// The value as it stands in the text; of an object or list all of it.
    #[must_use]
    pub fn value(&self, number: usize) -> &str {
        self.nodes.get(number).map_or("", |node| &self.text[range(node.value)])
    }

    /// Whether another field of the same name follows in the same object, here or further out: whoever
    /// reads JSON by names finds that one instead.
    #[must_use]
    pub fn is_hidden_by_another(&self, number: usize) -> bool {
        let mut at = number;
        while let Some(parent) = self.parent(at) {
            if let Some(key) = self.key(at) {
                let end = self.end(parent);
                let mut next = self.end(at);
                while next < end {
                    if self.key(next).is_some_and(|other| says_the_same(key, other)) {
                        return true;
                    }
                    next = self.end(next);
                }
            }
            at = parent;
        }
        false
    }

    /// A string's text without its quotes and escapes; `None` for what is no string.
    #[must_use]
    pub fn string(&self, number: usize) -> Option<String> {
        (self.nodes.get(number)?.kind == Kind::Text).then(|| decoded(self.value(number)))
    }

    /// The beginning of a string's text, of so many characters if it has them; `None` for what is no
    /// string. Costs what is asked for, however long the string is: every picture asks.
    #[must_use]
    pub fn string_within(&self, number: usize, characters: usize) -> Option<String> {
        let is_text = self.nodes.get(number)?.kind == Kind::Text;
        is_text.then(|| decoded_within(self.value(number), characters))
    }
}

fn range((from, to): (u32, u32)) -> Range<usize> {
    from as usize..to as usize
}

/// A JSON string without its quotes.
fn unquoted(token: &str) -> &str {
    let inner = token.strip_prefix('"').unwrap_or(token);
    inner.strip_suffix('"').unwrap_or(inner)
}

/// What a JSON string says; as it stands if its escapes are broken.
fn decoded(token: &str) -> String {
    if token.contains('\\') {
        serde_json::from_str(token).unwrap_or_else(|_| unquoted(token).to_owned())
    } else {
        unquoted(token).to_owned()
    }
}

/// What the beginning of a JSON string says, of so many characters.
fn decoded_within(token: &str, characters: usize) -> String {
    let beginning = beginning(token, characters);
    if beginning.len() == token.len() {
        return decoded(token);
    }
    decoded(&format!("{beginning}\""))
}

/// The beginning of a JSON string, of so many characters, with its first quote; the whole token if it
/// has no more. An escape stays whole, and so does a pair of them that stands for one character.
fn beginning(token: &str, characters: usize) -> &str {
    let bytes = token.as_bytes();
    let is_escape = |at: usize| bytes.get(at) == Some(&b'\\') && bytes.get(at + 1) == Some(&b'u');
    let begins_a_pair = |at: usize| {
        matches!(bytes.get(at + 2), Some(b'd' | b'D'))
            && matches!(bytes.get(at + 3), Some(b'8' | b'9' | b'a' | b'A' | b'b' | b'B'))
    };
    let mut at = 1;
    for _ in 0..characters {
        at += match bytes.get(at) {
            None | Some(b'"') => return token,
            Some(b'\\') if !is_escape(at) => 2,
            Some(b'\\') if begins_a_pair(at) && is_escape(at + 6) => 12,
            Some(b'\\') => 6,
            Some(0xf0..) => 4,
            Some(0xe0..) => 3,
            Some(0xc0..) => 2,
            Some(_) => 1,
        };
    }
    if bytes.get(at) == Some(&b'"') { token } else { token.get(..at).unwrap_or(token) }
}

/// Whether two JSON strings say the same, as tokens.
fn says_the_same(one: &str, other: &str) -> bool {
    one == other || (one.contains('\\') || other.contains('\\')) && decoded(one) == decoded(other)
}

/// Whether the field with this name, as it stands in the text, belongs to a customer.
fn names_a_customers(key: &str) -> bool {
    if key.contains('\\') {
        // an escape must not smuggle a name past its mask
        is_customers_field(&decoded(key))
    } else {
        is_customers_field(unquoted(key))
    }
}
