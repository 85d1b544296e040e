//! `[profiles.NAME.lists.LIST]`: columns of one's own, and the sort.
//!
//! Unlike saved filters they are checked here, so that a wrong name is told with its line.
use super::Complaint;
use super::read::{Entry, Reader, entries};
use crate::domain::board::Sort;
use crate::domain::board::layout::{Layout, LayoutError, Listing, Placed, WIDTHS};
use std::collections::BTreeMap;
use toml_edit::{Item, Value};

/// The keys of one list.
pub(super) const LIST_KEYS: &[&str] = &["columns", "sort"];

impl Reader<'_> {
    /// Reads the lists of a profile; complaints are added to `complaints`.
    pub(super) fn lists(
        &self,
        parent: &Entry<'_>,
        complaints: &mut Vec<Complaint>,
    ) -> BTreeMap<Listing, Layout> {
        let mut lists = BTreeMap::new();
        let table = match self.table(parent) {
            Ok(table) => table,
            Err(complaint) => {
                complaints.push(complaint);
                return lists;
            }
        };
        for entry in entries(&parent.path, table) {
            let named = Listing::ALL.into_iter().find(|list| list.word() == entry.key.get());
            let Some(list) = named else {
                complaints.push(self.unknown(&entry, &Listing::ALL.map(Listing::word)));
                continue;
            };
            match self.table(&entry) {
                Ok(_) => {
                    lists.insert(list, self.layout(&entry, list, complaints));
                }
                Err(complaint) => complaints.push(complaint),
            }
        }
        lists
    }

    fn layout(&self, parent: &Entry<'_>, list: Listing, complaints: &mut Vec<Complaint>) -> Layout {
        let mut layout = Layout::default();
        let Some(table) = parent.item.as_table_like() else { return layout };
        for entry in entries(&parent.path, table) {
            match entry.key.get() {
                "columns" => match self.list(&entry) {
                    Ok(texts) => layout.columns = self.columns(&entry, &texts, list, complaints),
                    Err(complaint) => complaints.push(complaint),
                },
                "sort" => {
                    let read = self.text(&entry).and_then(|text| {
                        let place = entry.value_span();
                        Sort::parse(&text, list)
                            .map_err(|error| self.wrong_name(place, &entry, error))
                    });
                    match read {
                        Ok(sort) => layout.sort = sort,
                        Err(complaint) => complaints.push(complaint),
                    }
                }
                _ => complaints.push(self.unknown(&entry, LIST_KEYS)),
            }
        }
        layout
    }

    /// Reads columns, each once.
    fn columns(
        &self,
        entry: &Entry<'_>,
        texts: &[String],
        list: Listing,
        complaints: &mut Vec<Complaint>,
    ) -> Vec<Placed> {
        let mut columns: Vec<Placed> = Vec::new();
        for (number, text) in texts.iter().enumerate() {
            let value = entry.item.as_array().and_then(|array| array.get(number));
            let place = value.and_then(Value::span).or_else(|| Item::span(entry.item));
            match Placed::parse(text, list) {
                Ok(column) if columns.iter().any(|other| other.name == column.name) => {
                    let problem = format!("the column {} is there twice", column.name);
                    complaints.push(self.complain(place, entry, problem, String::new()));
                }
                Ok(column) => columns.push(column),
                Err(error) => complaints.push(self.wrong_name(place, entry, error)),
            }
        }
        columns
    }

    fn wrong_name(
        &self,
        place: Option<std::ops::Range<usize>>,
        entry: &Entry<'_>,
        error: LayoutError,
    ) -> Complaint {
        match error {
            LayoutError::UnknownColumn { name, nearest, known } => {
                let problem = format!("there is no column \"{}\"", super::read::shortened(&name));
                let complaint = self.complain(place, entry, problem, known.join(", "));
                Complaint { suggestion: nearest.map(str::to_owned), ..complaint }
            }
            LayoutError::Width { text } => {
                let problem = format!("\"{}\" is no width", super::read::shortened(&text));
                let allowed = format!("from {} to {}", WIDTHS.start(), WIDTHS.end());
                self.complain(place, entry, problem, allowed)
            }
        }
    }
}
