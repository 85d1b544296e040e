//! `[keys]`: which keys do what, as the file gives them.
//!
//! This module must not know which actions and keys there are: that is the front end's table. It
//! keeps where each line stands, so that whoever knows can complain about it.
use super::Complaint;
use super::read::{Entry, Reader, entries};
use toml_edit::Item;

/// Most bindings, twice as many as there are actions. Each is compared with every other.
const MOST_BINDINGS: usize = 256;
/// Most keys of one action.
const MOST_KEYS: usize = 8;

/// An action and its keys, as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySettings {
    /// The action's name, such as `queues.sort`; unchecked.
    pub action: String,
    /// Its keys, such as `ctrl-p`; unchecked. None takes the action off every key.
    pub keys: Vec<String>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl KeySettings {
    /// What is wrong with it, told with its place.
    #[must_use]
    pub fn complaint(&self, problem: String) -> Complaint {
        Complaint {
            line: self.line,
            column: self.column,
            key: format!("keys.{}", super::read::shortened(&self.action)),
            problem,
            allowed: String::new(),
            suggestion: None,
        }
    }
}

impl Reader<'_> {
    /// Reads `[keys]`; complaints are added to `complaints`.
    ///
    /// A dot in a key without quotes makes a table of it, so `queues.sort = "x"`,
    /// `"queues.sort" = "x"` and `[keys.queues]` with `sort = "x"` are the same, as a person would
    /// expect.
    pub(super) fn keys(
        &self,
        parent: &Entry<'_>,
        complaints: &mut Vec<Complaint>,
    ) -> Vec<KeySettings> {
        let table = match self.table(parent) {
            Ok(table) => table,
            Err(complaint) => {
                complaints.push(complaint);
                return Vec::new();
            }
        };
        let mut bindings = Vec::new();
        for entry in entries(&parent.path, table) {
            let name = entry.key.get();
            match entry.item.as_table_like() {
                None => bindings.push(self.binding(name.to_owned(), &entry)),
                Some(inner) => {
                    for inner in entries(&entry.path, inner) {
                        let name = format!("{name}.{}", inner.key.get());
                        bindings.push(self.binding(name, &inner));
                    }
                }
            }
            if bindings.len() > MOST_BINDINGS {
                let problem = "there are too many keys".to_owned();
                complaints.push(self.at_key(parent, problem, format!("at most {MOST_BINDINGS}")));
                return Vec::new();
            }
        }
        let mut read = Vec::new();
        for binding in bindings {
            match binding {
                Ok(binding) => read.push(binding),
                Err(complaint) => complaints.push(complaint),
            }
        }
        read
    }

    fn binding(&self, action: String, entry: &Entry<'_>) -> Result<KeySettings, Complaint> {
        let keys = match entry.item.as_str() {
            Some(key) => vec![key.to_owned()],
            None if entry.item.as_array().is_some_and(|keys| keys.len() > MOST_KEYS) => {
                return Err(self.wrong(entry, &format!("at most {MOST_KEYS} keys")));
            }
            // an empty text is told as an unknown key, like others
            None if entry.item.as_array().is_some() => self.list(entry)?,
            None => return Err(self.wrong(entry, "a key in quotes, or a list of them")),
        };
        let span = entry.key.span().or_else(|| Item::span(entry.item));
        let (line, column) = self.place(span);
        Ok(KeySettings { action, keys, line, column })
    }
}
