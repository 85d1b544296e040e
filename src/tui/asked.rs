//! The filter of a list that is no board: the last one that could be read.
//!
//! A filter is typed letter by letter, and is broken at most of them; the list must not jump
//! meanwhile. Boards have theirs in `table`, frames in `frames::sieve`.
use crate::domain::filter::complete::complete;
use crate::domain::filter::examples::{self, MAX_ROWS};
use crate::domain::filter::listed::{Listed, Reads};
use crate::domain::filter::{Field, Filter, FilterError, Value};
use std::collections::BTreeSet;

/// Rows that are looked at for values to offer: more have no new ones.
const MAX_LOOKED_AT: usize = 500;

/// The fields of a list's rows.
pub(super) type Fields<R> = &'static [Field<Reads<R>>];

/// A filter in force.
#[derive(Debug)]
pub(super) struct Asked<R: 'static> {
    text: String,
    filter: Filter<Reads<R>>,
    fields: Fields<R>,
}

impl<R> Asked<R> {
    /// Everything passes.
    pub(super) fn everything(fields: Fields<R>) -> Self {
        Self { text: String::new(), filter: Filter::everything(), fields }
    }

    /// Takes the text as it is typed; says whether another filter is in force now.
    pub(super) fn read(&mut self, text: &str) -> bool {
        if self.text == text {
            return false;
        }
        text.clone_into(&mut self.text);
        let read = Filter::parse(text, self.fields);
        read.map(|filter| self.filter = filter).is_ok()
    }

    /// Whether everything passes, so that rows need not be made to be asked.
    pub(super) fn is_everything(&self) -> bool {
        self.filter.is_everything()
    }

    /// Whether a row passes.
    pub(super) fn passes(&self, row: &R) -> bool {
        self.filter.matches(&Listed { row, fields: self.fields })
    }
}

/// Why a text is no filter on rows with these fields.
pub(super) fn fault<R>(text: &str, fields: Fields<R>) -> Option<FilterError> {
    Filter::parse(text, fields).err()
}

/// Filters that find one of `rows`, each with what it finds.
pub(super) fn examples<R>(
    prepared: &[(&str, &str)],
    fields: Fields<R>,
    rows: impl IntoIterator<Item = R>,
) -> Vec<(String, String)> {
    let rows: Vec<R> = rows.into_iter().take(MAX_ROWS).collect();
    let listed: Vec<Listed<'_, R>> = rows.iter().map(|row| Listed { row, fields }).collect();
    examples::examples(&listed, fields, prepared)
}

/// What a text could be completed to, best first; values are taken from `rows`.
pub(super) fn completed<R>(
    text: &str,
    fields: Fields<R>,
    rows: impl IntoIterator<Item = R>,
) -> Vec<String> {
    let seen = |read: Reads<R>| {
        let mut words = BTreeSet::new();
        for row in rows.into_iter().take(MAX_LOOKED_AT) {
            if let Some(Value::Text(word)) = read(&row) {
                words.insert(word.to_owned());
            }
        }
        words.into_iter().collect()
    };
    let completion = complete(text, text.len(), fields, seen);
    let before = &text[..completion.replaces.start];
    completion.offers.into_iter().map(|offer| format!("{before}{}", offer.text)).collect()
}
