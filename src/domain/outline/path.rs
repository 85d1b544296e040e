//! Paths to nodes: as jq takes them, and as this program's filters do.
use super::{Outline, decoded, decoded_within, unquoted};
use crate::domain::filter::quoted;
use crate::domain::text::is_harmful;

impl Outline {
    /// The path of a node as jq takes it: `.eventBody.participants[0]."an attribute"`.
    #[must_use]
    pub fn jq_path(&self, number: usize) -> String {
        let mut path = String::new();
        for step in self.way(number) {
            match self.key(step) {
                // after nothing, jq wants a dot before the bracket too
                None if path.is_empty() => path.push_str(&format!(".[{}]", self.place(step))),
                None => path.push_str(&format!("[{}]", self.place(step))),
                Some(key) if is_plain(unquoted(key)) => {
                    path.push_str(&format!(".{}", unquoted(key)));
                }
                Some(key) => path.push_str(&format!(".{}", harmless_json(key))),
            }
        }
        if path.is_empty() { ".".to_owned() } else { path }
    }

    /// The path of a node as filters of frames take it: `body.participants[0].state`.
    #[must_use]
    pub fn filter_path(&self, number: usize) -> String {
        let mut path = String::new();
        for step in self.way(number) {
            let name = self.key(step).map(decoded);
            match name {
                Some(name) if path.is_empty() && name == "eventBody" => path.push_str("body"),
                Some(name) if path.is_empty() && name == "metadata" => path.push_str("metadata"),
                name => {
                    if path.is_empty() {
                        path.push_str("frame");
                    }
                    match name {
                        None => path.push_str(&format!("[{}]", self.place(step))),
                        Some(name) if is_plain(&name) => path.push_str(&format!(".{name}")),
                        Some(name) => path.push_str(&format!(".{}", quoted(&name))),
                    }
                }
            }
        }
        if path.is_empty() { "frame".to_owned() } else { path }
    }

    /// The value of a node as JSON in which nothing is left that a terminal could take for more
    /// than text: such characters are written as escapes, so that it still says the same.
    #[must_use]
    pub fn json(&self, number: usize) -> String {
        harmless_json(self.value(number))
    }

    /// The node and those that hold it, from the outside; the outermost has no step of its own.
    fn way(&self, number: usize) -> Vec<usize> {
        let mut way = Vec::new();
        let mut at = number;
        while let Some(parent) = self.parent(at) {
            way.push(at);
            at = parent;
        }
        way.reverse();
        way
    }

    fn place(&self, number: usize) -> u32 {
        self.node(number).map_or(0, |node| node.place)
    }

    /// How a node is called where it stands: its name, up to so many characters of it, or its place.
    #[must_use]
    pub fn label_within(&self, number: usize, characters: usize) -> String {
        match (self.key(number), self.parent(number)) {
            (Some(key), _) => decoded_within(key, characters),
            (None, Some(_)) => format!("[{}]", self.place(number)),
            (None, None) => "frame".to_owned(),
        }
    }
}

/// Whether a name needs no quotes in a path.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// JSON with every harmful character in a string as its escape. Between strings only space can be
/// one, and that is left.
fn harmless_json(json: &str) -> String {
    let is_bad =
        |character: char| is_harmful(character) && !matches!(character, '\n' | '\t' | '\r');
    if !json.chars().any(is_bad) {
        return json.to_owned();
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if is_bad(character) {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(character);
        }
    }
    shown
}
