//! How a person wants a list: which columns, in which order, how wide, sorted by which.
//!
//! One text for each column and for the sort, the same in the configuration file and on the command
//! line. Must not know where a layout is kept nor how a list is drawn.
use super::agents::AgentBoard;
use super::conversations::{ConversationBoard, HistoryBoard};
use super::queues::{MediaBoard, QueueBoard};
use super::{Board, Sort};
use crate::domain::nearest::nearest;
use std::fmt;
use std::ops::RangeInclusive;
use thiserror::Error;

/// Widths that can be chosen, in columns of the terminal: a figure has at least three, and a name
/// that is wider than sixty leaves no room for the rest.
pub const WIDTHS: RangeInclusive<u16> = 3..=60;

/// A list whose layout can be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Listing {
    /// The queues.
    Queues,
    /// The queues by medium.
    QueueMedia,
    /// The live conversations.
    Conversations,
    /// The conversations that are over.
    History,
    /// The agents.
    Agents,
}

impl Listing {
    /// Every one.
    pub const ALL: [Self; 5] =
        [Self::Queues, Self::QueueMedia, Self::Conversations, Self::History, Self::Agents];

    /// Its name in the configuration file.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Queues => "queues",
            Self::QueueMedia => "queues_by_media",
            Self::Conversations => "conversations",
            Self::History => "history",
            Self::Agents => "agents",
        }
    }

    /// The names of its columns.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        match self {
            Self::Queues => names::<QueueBoard>(),
            Self::QueueMedia => names::<MediaBoard>(),
            Self::Conversations => names::<ConversationBoard>(),
            Self::History => names::<HistoryBoard>(),
            Self::Agents => names::<AgentBoard>(),
        }
    }
}

fn names<B: Board>() -> Vec<&'static str> {
    B::COLUMNS.iter().map(|column| column.name).collect()
}

/// What a person chose; empty for what the list does by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    /// The columns in their order; none for those that the list shows by itself.
    pub columns: Vec<Placed>,
    /// How it is sorted.
    pub sort: Sort,
}

/// A chosen column. Its [`Display`](fmt::Display) reads back to an equal one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Its name.
    pub name: &'static str,
    /// A width of its own, in columns of the terminal.
    pub width: Option<u16>,
}

/// What is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LayoutError {
    /// There is no such column.
    #[error("there is no column {name:?}")]
    UnknownColumn {
        /// What was written.
        name: String,
        /// The column that may have been meant.
        nearest: Option<&'static str>,
        /// All that there are.
        known: Vec<&'static str>,
    },
    /// That can't be a width.
    #[error("{text:?} is no width; a column is from {} to {} wide", WIDTHS.start(), WIDTHS.end())]
    Width {
        /// What was written.
        text: String,
    },
}

impl Placed {
    /// Reads `waiting`, or `waiting:6` with a width.
    ///
    /// # Errors
    /// When the list has no such column, or when that is no width.
    pub fn parse(text: &str, list: Listing) -> Result<Self, LayoutError> {
        let (name, width) = match text.split_once(':') {
            None => (text, None),
            Some((name, width)) => (name, Some(width.trim())),
        };
        let name = known(name.trim(), list)?;
        let width = width.map(|text| {
            let read = text.parse().ok().filter(|width| WIDTHS.contains(width));
            read.ok_or_else(|| LayoutError::Width { text: text.to_owned() })
        });
        Ok(Self { name, width: width.transpose()? })
    }
}

impl fmt::Display for Placed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.width {
            None => formatter.write_str(self.name),
            Some(width) => write!(formatter, "{}:{width}", self.name),
        }
    }
}

impl Sort {
    /// Reads `waiting`, or `-waiting` for the other way round; `urgency` is what a list does by itself.
    ///
    /// # Errors
    /// When the list has no such column.
    pub fn parse(text: &str, list: Listing) -> Result<Self, LayoutError> {
        let (name, reversed) = text.strip_prefix('-').map_or((text, false), |name| (name, true));
        let by = if name == "urgency" { None } else { Some(known(name, list)?) };
        Ok(Self { by, reversed })
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.reversed { "-" } else { "" };
        write!(formatter, "{sign}{}", self.by.unwrap_or("urgency"))
    }
}

/// The column of that name.
fn known(name: &str, list: Listing) -> Result<&'static str, LayoutError> {
    let known = list.names();
    if let Some(found) = known.iter().find(|known| **known == name) {
        return Ok(found);
    }
    let nearest = nearest(name, known.iter().copied(), 1).first().copied();
    Err(LayoutError::UnknownColumn { name: name.to_owned(), nearest, known })
}

#[cfg(test)]
mod tests {
    use super::{LayoutError, Listing, Placed, Sort};

    #[test]
    fn what_is_written_reads_back() {
        for list in Listing::ALL {
            for name in list.names() {
                for text in [name.to_owned(), format!("{name}:12")] {
                    assert_eq!(Placed::parse(&text, list).unwrap().to_string(), text);
                }
                for text in [name.to_owned(), format!("-{name}")] {
                    assert_eq!(Sort::parse(&text, list).unwrap().to_string(), text);
                }
            }
            assert_eq!(Sort::parse("-urgency", list).unwrap().to_string(), "-urgency");
        }
    }

    #[test]
    fn a_wrong_name_is_told_with_the_nearest_one() {
        let Err(LayoutError::UnknownColumn { nearest, .. }) =
            Placed::parse("wating", Listing::Queues)
        else {
            panic!("it is no column");
        };
        assert_eq!(nearest, Some("waiting"));
        // a column of another list isn't one of this
        assert!(Placed::parse("waiting", Listing::Agents).is_err());
        assert!(Sort::parse("wating", Listing::Queues).is_err());
        for text in ["waiting:2", "waiting:61", "waiting:", "waiting:wide"] {
            let read = Placed::parse(text, Listing::Queues);
            assert!(matches!(read, Err(LayoutError::Width { .. })), "{text}");
        }
    }
}
