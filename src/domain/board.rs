//! Boards: what a list of queues, conversations or agents shows, as data.
//!
//! Each column has a stable name, a heading, a help text, a rule for its width and a typed value.
//! The screen, `gcwatch board`, filters and alerts all read the same columns, so that a figure is
//! the same figure everywhere. Must not know how a column is drawn.
use super::filter::Holds;
use super::monitor::Monitor;
use jiff::Timestamp;
use std::cmp::Reverse;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

pub mod agents;
pub mod conversations;
mod journal;
pub mod layout;
mod order;
pub mod queues;
pub mod rows;
pub mod totals;
mod value;

pub use journal::{Journal, MAX_CHANGES};
pub use order::Order;
pub use value::{Value, clock};

/// What values are read from.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// All that is known.
    pub monitor: &'a Monitor,
    /// What time it is.
    pub now: Timestamp,
    /// Whether what belongs to customers is hidden.
    pub masked: bool,
}

impl Facts<'_> {
    /// What time it is for the service, which decides to which half hour something belongs.
    #[must_use]
    pub fn service_now(&self) -> Timestamp {
        self.monitor.link.service_time(self.now)
    }
}

/// One column of a board whose rows are named by `K`.
#[derive(Debug)]
pub struct Column<K: 'static> {
    /// Its stable name, for settings, filters and scripts.
    pub name: &'static str,
    /// What stands over it.
    pub heading: &'static str,
    /// What it is, where it comes from, and when it is unknown.
    pub help: &'static str,
    /// How wide it is.
    pub width: Width,
    /// Whether it stands to the right, as numbers do.
    pub right: bool,
    /// What kind of value it holds, for filters.
    pub holds: Holds,
    /// What filters may call it beside its name and its heading; empty for nothing.
    pub also: &'static str,
    /// What stands between several words, for filters: each of them is a value.
    pub joined: Option<&'static str>,
    /// The value of a row.
    pub value: fn(&Facts<'_>, &K) -> Value,
}

/// How wide a column is, in columns of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// Always so wide.
    Fixed(u16),
    /// As wide as there is room.
    Grows {
        /// At least.
        least: u16,
        /// At most.
        most: u16,
    },
}

impl Width {
    /// The least width with which it is of use.
    #[must_use]
    pub fn least(self) -> u16 {
        match self {
            Self::Fixed(width) => width,
            Self::Grows { least, .. } => least,
        }
    }
}

impl<K> Column<K> {
    /// A column of figures.
    const fn figure(
        name: &'static str,
        heading: &'static str,
        width: u16,
        help: &'static str,
        value: fn(&Facts<'_>, &K) -> Value,
    ) -> Self {
        Self {
            name,
            heading,
            help,
            width: Width::Fixed(width),
            right: true,
            holds: Holds::Count,
            also: "",
            joined: None,
            value,
        }
    }

    /// A column of words that takes what room there is.
    const fn words(
        name: &'static str,
        heading: &'static str,
        (least, most): (u16, u16),
        help: &'static str,
        value: fn(&Facts<'_>, &K) -> Value,
    ) -> Self {
        let width = if least == most { Width::Fixed(least) } else { Width::Grows { least, most } };
        Self {
            name,
            heading,
            help,
            width,
            right: false,
            holds: Holds::Text,
            also: "",
            joined: None,
            value,
        }
    }

    /// The same, holding another kind of value.
    const fn holding(self, holds: Holds) -> Self {
        Self { holds, ..self }
    }

    /// The same, with another name in filters.
    const fn called(self, also: &'static str) -> Self {
        Self { also, ..self }
    }

    /// The same, holding several words with this between them.
    const fn joined_by(self, between: &'static str) -> Self {
        Self { joined: Some(between), ..self }
    }
}

/// A board: which rows there are, which columns, and which row is the most urgent.
pub trait Board: Debug + 'static {
    /// What names a row.
    type Key: Clone + Ord + Hash + Debug + 'static;
    /// What stands under its rows.
    type Totals: totals::Totals<Self::Key>;
    /// All columns.
    const COLUMNS: &'static [Column<Self::Key>];
    /// Names of those that are shown unless others are chosen, the most important first.
    const SHOWN: &'static [&'static str];
    /// Names of those that are shown where the board has only a part of the screen.
    const BRIEF: &'static [&'static str];

    /// Which order is that of the urgency, in words.
    const ORDER: &'static str = "by urgency";

    /// Which rows changed, in order.
    fn journal(monitor: &Monitor) -> &Journal<Self::Key>;
    /// All rows, in no order.
    fn keys(monitor: &Monitor) -> impl Iterator<Item = Self::Key>;
    /// How many rows there are.
    fn len(monitor: &Monitor) -> usize;
    /// Whether there is such a row.
    fn has(monitor: &Monitor, key: &Self::Key) -> bool;
    /// How urgent a row is: the least is the most urgent. Must not change by time alone.
    fn urgency(facts: &Facts<'_>, key: &Self::Key) -> [Part; 2];
    /// Writes what a person would look for in a row, for filtering by text.
    fn describe(facts: &Facts<'_>, key: &Self::Key, text: &mut String);
}

/// The column of that name.
#[must_use]
pub fn column<B: Board>(name: &str) -> Option<&'static Column<B::Key>> {
    B::COLUMNS.iter().find(|column| column.name == name)
}

/// How a board is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sort {
    /// By the column of this name; `None` for the most urgent first.
    pub by: Option<&'static str>,
    /// The other way round.
    pub reversed: bool,
}

/// Where a row stands in a sorted board: compared part by part.
pub type SortKey = [Part; 3];

/// A part of what rows are sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// A number, the smallest first.
    Number(i64),
    /// Text, in the order of the alphabet.
    Text(Arc<str>),
    /// Text, backwards.
    Backwards(Reverse<Arc<str>>),
    /// What isn't known comes last, however the board is sorted.
    Last,
}

impl Sort {
    /// Where a row stands. Figures come the largest first, text in the order of the alphabet.
    #[must_use]
    pub fn key<B: Board>(self, facts: &Facts<'_>, key: &B::Key) -> SortKey {
        let [first, second] = B::urgency(facts, key);
        let Some(column) = self.by.and_then(column::<B>) else {
            let turn = |part| if self.reversed { turned(part) } else { part };
            return [turn(first), turn(second), Part::Last];
        };
        let part = match (column.value)(facts, key) {
            Value::Unknown => Part::Last,
            Value::Text(text) if self.reversed => Part::Backwards(Reverse(text)),
            Value::Text(text) => Part::Text(text),
            figure => {
                let number = figure.number();
                Part::Number(if self.reversed { number } else { number.saturating_neg() })
            }
        };
        [part, first, second]
    }
}

fn turned(part: Part) -> Part {
    match part {
        Part::Number(number) => Part::Number(number.saturating_neg()),
        Part::Text(text) => Part::Backwards(Reverse(text)),
        Part::Backwards(Reverse(text)) => Part::Text(text),
        Part::Last => Part::Last,
    }
}
