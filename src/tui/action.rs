//! One table of everything that can be done: keys, footer and help come from it.
use super::view::Screen;
use crossterm::event::KeyCode;

/// Something that a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// End the program.
    Quit,
    /// Show or hide the keys.
    Help,
    /// Show a screen.
    Show(Screen),
    /// Give the next panel the focus.
    NextPanel,
    /// Give the panel before the focus.
    PreviousPanel,
    /// One row up.
    Up,
    /// One row down.
    Down,
    /// One page up.
    PageUp,
    /// One page down.
    PageDown,
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Open what the cursor is on.
    Open,
    /// Close what is open, or clear the filter.
    Back,
    /// Stop or resume the picture; the intake goes on.
    Freeze,
    /// Filter the focused list by text, or search in the open frame.
    Filter,
    /// Sort by the next column.
    Sort,
    /// Sort the other way round.
    Reverse,
    /// Follow the newest frame.
    Follow,
    /// Show or hide heartbeats.
    Heartbeats,
    /// Show or hide what belongs to customers.
    Mask,
    /// Wrap long lines of the open frame.
    Wrap,
    /// Show the open frame as received.
    Raw,
    /// To the next match.
    NextMatch,
    /// To the match before.
    PreviousMatch,
    /// To the next frame.
    NextFrame,
    /// To the frame before.
    PreviousFrame,
    /// Copy the open frame.
    Copy,
    /// Take a new channel without loss.
    Renew,
    /// Read the state again by REST.
    Snapshot,
    /// Draw everything anew.
    Redraw,
}

/// One line of the table.
#[derive(Debug)]
pub struct ActionEntry {
    /// The keys.
    pub keys: &'static [KeyCode],
    /// How the keys are written.
    pub shown: &'static str,
    /// What they do.
    pub action: Action,
    /// The same in a word or two, for the footer; empty to leave it out there.
    pub label: &'static str,
    /// The same in a sentence, for the help.
    pub sentence: &'static str,
    /// Whether it is for the open frame only, for everywhere but there, or for both.
    pub place: Place,
}

/// Where an action can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Everywhere.
    Anywhere,
    /// Where no frame is open.
    Lists,
    /// Where a frame is open.
    Inspector,
}

const fn entry(
    keys: &'static [KeyCode],
    shown: &'static str,
    action: Action,
    label: &'static str,
    sentence: &'static str,
    place: Place,
) -> ActionEntry {
    ActionEntry { keys, shown, action, label, sentence, place }
}

use Action as A;
use KeyCode::{BackTab, Char, Down, End, Enter, Esc, Home, Left, PageDown, PageUp, Right, Tab, Up};
use Place::{Anywhere, Inspector, Lists};

/// Everything that can be done.
pub const ACTIONS: &[ActionEntry] = &[
    entry(&[Char('?')], "?", A::Help, "help", "show or hide these keys", Anywhere),
    entry(
        &[Char('/')],
        "/",
        A::Filter,
        "filter",
        "filter the list, or search in the frame, by text",
        Anywhere,
    ),
    entry(
        &[Char(' ')],
        "space",
        A::Freeze,
        "freeze",
        "stop or resume the picture; the intake goes on",
        Lists,
    ),
    entry(&[Enter], "enter", A::Open, "open", "open what the cursor is on", Lists),
    entry(&[Tab], "tab", A::NextPanel, "next", "give the next panel the focus", Lists),
    entry(&[BackTab], "shift-tab", A::PreviousPanel, "", "give the panel before the focus", Lists),
    entry(&[Up, Char('k')], "↑ k", A::Up, "", "one row up", Anywhere),
    entry(&[Down, Char('j')], "↓ j", A::Down, "", "one row down", Anywhere),
    entry(&[PageUp], "page up", A::PageUp, "", "one page up", Anywhere),
    entry(&[PageDown], "page down", A::PageDown, "", "one page down", Anywhere),
    entry(&[Home, Char('g')], "home g", A::First, "", "to the beginning", Anywhere),
    entry(
        &[End, Char('G')],
        "end G",
        A::Last,
        "",
        "to the end; in frames: follow the newest",
        Anywhere,
    ),
    entry(&[Char('s')], "s", A::Sort, "sort", "sort by the next column", Lists),
    entry(&[Char('S')], "S", A::Reverse, "", "sort the other way round", Lists),
    entry(&[Char('f')], "f", A::Follow, "", "follow the newest frame", Lists),
    entry(&[Char('h')], "h", A::Heartbeats, "", "show or hide heartbeats among the frames", Lists),
    entry(
        &[Char('m')],
        "m",
        A::Mask,
        "mask",
        "show or hide customers' names and addresses",
        Anywhere,
    ),
    entry(&[Char('w')], "w", A::Wrap, "wrap", "wrap long lines", Inspector),
    entry(&[Char('r')], "r", A::Raw, "raw", "as received, or pretty", Inspector),
    entry(&[Char('n')], "n", A::NextMatch, "", "to the next match", Inspector),
    entry(&[Char('N')], "N", A::PreviousMatch, "", "to the match before", Inspector),
    entry(&[Right, Char('l')], "→ l", A::NextFrame, "next", "to the next frame", Inspector),
    entry(
        &[Left, Char('p')],
        "← p",
        A::PreviousFrame,
        "previous",
        "to the frame before",
        Inspector,
    ),
    entry(
        &[Char('c')],
        "c",
        A::Copy,
        "copy",
        "copy the frame to the clipboard, as it is shown",
        Inspector,
    ),
    entry(&[Char('1')], "1", A::Show(Screen::Live), "live", "everything at a glance", Lists),
    entry(&[Char('2')], "2", A::Show(Screen::Queues), "queues", "the queues", Lists),
    entry(
        &[Char('3')],
        "3",
        A::Show(Screen::Conversations),
        "conversations",
        "the conversations",
        Lists,
    ),
    entry(&[Char('4')], "4", A::Show(Screen::Agents), "agents", "the agents", Lists),
    entry(
        &[Char('5')],
        "5",
        A::Show(Screen::Topics),
        "topics",
        "the topics with their counters",
        Lists,
    ),
    entry(&[Char('6')], "6", A::Show(Screen::Frames), "frames", "the raw frames", Lists),
    entry(
        &[Char('7')],
        "7",
        A::Show(Screen::Health),
        "health",
        "connections, gaps and events",
        Lists,
    ),
    entry(&[Char('R')], "R", A::Renew, "", "take a new channel without loss", Lists),
    entry(&[Char('u')], "u", A::Snapshot, "", "read the state again by REST", Lists),
    entry(&[Esc], "esc", A::Back, "", "close what is open, clear the filter", Anywhere),
    entry(&[Char('L')], "L", A::Redraw, "", "draw everything anew", Anywhere),
    entry(&[Char('q')], "q", A::Quit, "quit", "end the program", Anywhere),
];

/// What `key` does there.
pub(super) fn action_of(key: KeyCode, in_inspector: bool) -> Option<Action> {
    ACTIONS
        .iter()
        .find(|entry| entry.keys.contains(&key) && entry.is_for(in_inspector))
        .map(|entry| entry.action)
}

impl ActionEntry {
    /// Whether it can be used there.
    pub(super) fn is_for(&self, in_inspector: bool) -> bool {
        match self.place {
            Place::Anywhere => true,
            Place::Lists => !in_inspector,
            Place::Inspector => in_inspector,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{ACTIONS, action_of};

    #[test]
    fn no_key_does_two_things_and_every_action_has_one() {
        for in_inspector in [false, true] {
            let usable = || ACTIONS.iter().filter(|entry| entry.is_for(in_inspector));
            for entry in usable() {
                assert!(!entry.keys.is_empty());
                for key in entry.keys {
                    let same = usable().filter(|other| other.keys.contains(key)).count();
                    assert_eq!(same, 1, "{key:?} does {same} things");
                    assert_eq!(action_of(*key, in_inspector), Some(entry.action));
                }
            }
        }
    }
}
