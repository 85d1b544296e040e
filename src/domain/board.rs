//! Boards: what a list of queues, conversations or agents shows, as data.
//!
//! Each column has a stable name, a heading, a help text, a rule for its width and a typed value.
//! The screen, `gcwatch board`, filters and alerts all read the same columns, so that a figure is
//! the same figure everywhere. Must not know how a column is drawn.
use super::filter::Holds;
use super::monitor::Monitor;
use jiff::Timestamp;
use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;

mod agenda;
pub mod agents;
pub mod conversations;
mod journal;
pub mod kept;
pub mod layout;
mod order;
pub mod queues;
pub mod rows;
mod sort;
mod spread;
pub mod totals;
mod value;

pub use journal::{Journal, MAX_CHANGES};
pub use order::{Order, Rebuilding};
pub use sort::{Part, Sort, SortKey};
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

/// What names a row, and leads to what is known of it.
pub trait RowKey: Clone + Ord + Hash + Debug + Send + Sync + 'static {
    /// What is known of a row: found once for all that is asked of it, since at 100,000 rows finding
    /// it costs more than the answers.
    type Row<'a>: Copy + Send + Sync;

    /// Finds it.
    fn row<'a>(&self, monitor: &'a Monitor) -> Self::Row<'a>;

    /// How it begins, as a number in the order of the keys: of two keys the lesser never begins with
    /// more. Most keys can be told apart by it without a look at their text.
    fn start(&self) -> u64;
}

/// The first eight bytes of a text as a number, in the order of texts.
#[inline]
#[must_use]
pub fn start_of(bytes: &[u8]) -> u64 {
    // at once and not byte by byte: every look at all rows asks it of each
    if let Some(start) = bytes.first_chunk() {
        return u64::from_be_bytes(*start);
    }
    let mut start = [0; 8];
    for (place, byte) in start.iter_mut().zip(bytes) {
        *place = *byte;
    }
    u64::from_be_bytes(start)
}

/// Reads the value of a row from what is known.
pub type Reads<K> = fn(&Facts<'_>, &K, <K as RowKey>::Row<'_>) -> Value;

/// One column of a board whose rows are named by `K`.
#[derive(Debug)]
pub struct Column<K: RowKey> {
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
    /// The value of a row that has been found.
    pub read: Reads<K>,
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

impl<K: RowKey> Column<K> {
    /// The value of a row.
    #[must_use]
    pub fn value(&self, facts: &Facts<'_>, key: &K) -> Value {
        (self.read)(facts, key, key.row(facts.monitor))
    }

    /// A column of figures.
    const fn figure(
        name: &'static str,
        heading: &'static str,
        width: u16,
        help: &'static str,
        read: Reads<K>,
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
            read,
        }
    }

    /// A column of words that takes what room there is.
    const fn words(
        name: &'static str,
        heading: &'static str,
        (least, most): (u16, u16),
        help: &'static str,
        read: Reads<K>,
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
            read,
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
    type Key: RowKey;
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

    /// Names of the columns that change with the minute, see
    /// [`History`](super::monitor::history::History), and in no row's journal.
    const BY_MINUTE: &'static [&'static str] = &[];

    /// Whether figures begin anew at the end of a half hour or a day, without a change in any journal.
    const BY_INTERVAL: bool = true;

    /// Which rows changed, in order.
    fn journal(monitor: &Monitor) -> &Journal<Self::Key>;
    /// All rows with what is known of them, in no order.
    fn rows(monitor: &Monitor) -> impl Iterator<Item = FoundRow<'_, Self::Key>>;

    /// The names of all rows, in no order.
    fn keys(monitor: &Monitor) -> impl Iterator<Item = Self::Key> {
        Self::rows(monitor).map(|(key, _)| key.into_owned())
    }

    /// How many rows there are.
    fn len(monitor: &Monitor) -> usize;
    /// Whether there is such a row.
    fn has(monitor: &Monitor, key: &Self::Key) -> bool;
    /// How urgent a row is, by two numbers: the least is the most urgent, [`LAST`] is what isn't
    /// known. Must not change by time alone.
    fn urgency(facts: &Facts<'_>, key: &Self::Key, row: RowOf<'_, Self>) -> [i64; 2];
    /// Writes what a person would look for in a row, for filtering by text.
    fn describe(facts: &Facts<'_>, key: &Self::Key, row: RowOf<'_, Self>, text: &mut String);
}

/// What is known of a row of a board.
pub type RowOf<'a, B> = <<B as Board>::Key as RowKey>::Row<'a>;
/// A row's name, with what is known of it.
pub type FoundRow<'a, K> = (Cow<'a, K>, <K as RowKey>::Row<'a>);

/// The urgency of what isn't known: it comes last, also in the list the other way round.
pub const LAST: i64 = i64::MAX;

/// The column of that name.
#[must_use]
pub fn column<B: Board>(name: &str) -> Option<&'static Column<B::Key>> {
    B::COLUMNS.iter().find(|column| column.name == name)
}
