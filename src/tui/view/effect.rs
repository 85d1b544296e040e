//! What the front end asks of the program around it: to end, to keep something, to ask the service, to move
//! in a tape. Values only; must not know who carries them out nor how.
use crate::domain::alert::RuleLine;
use crate::domain::board::layout::{Layout, Listing};
use crate::domain::identity::QueueId;
use crate::domain::topic::Topic;
use crate::tui::recording::RecordWish;

/// What the program around must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// End.
    Quit,
    /// Give the terminal back and stop until continued.
    Suspend,
    /// Forget what is on the screen and draw everything.
    Redraw,
    /// Put text on the clipboard.
    Copy(String),
    /// Ask the source for something.
    Ask(Wish),
    /// Keep a rule of alerts for the next time; it is in force already.
    SaveRule {
        /// The name of the rule that it replaces.
        before: Option<String>,
        /// What it says.
        line: RuleLine,
    },
    /// Forget the rule of this name for the next time too.
    RemoveRule(String),
    /// Keep a filter under a name for the next time.
    SaveFilter {
        /// The name; it replaces what had it.
        name: String,
        /// The filter; `None` takes the name away.
        filter: Option<String>,
    },
    /// Keep the columns and the sort of a list for the next time; they are in force already.
    SaveLayout {
        /// Which list.
        list: Listing,
        /// Its columns and its sort.
        layout: Layout,
    },
    /// Save what is watched in the profile, under this name, as a person wrote it.
    SaveSet(String),
    /// Move in the tape that is shown.
    Play(Play),
    /// Begin or end a recording.
    Record(RecordWish),
    /// Take the mouse's clicks, or leave them to the terminal, which selects text with them.
    Mouse(bool),
}

/// What can be asked of a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Play {
    /// Stand, or go on.
    Pause,
    /// One line, then stand.
    Step,
    /// The next pace up.
    Faster,
    /// The next pace down.
    Slower,
    /// So many seconds of the tape forward; negative: back.
    By(i64),
    /// To the next gap, or the one before.
    Gap {
        /// Which way.
        forward: bool,
    },
    /// To the next agent who stopped answering, or the one before.
    Alert {
        /// Which way.
        forward: bool,
    },
    /// To a time, as a person wrote it.
    To(String),
    /// To the next frame that passes a filter, or the last one before.
    Match {
        /// The filter, as a person wrote it.
        text: String,
        /// Which way.
        forward: bool,
    },
}

/// What can be asked of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Another channel, without loss.
    Renew,
    /// The state again, by REST.
    Snapshot,
    /// What REST says of one queue, beside what is shown.
    CrossCheck(QueueId),
    /// Watch these topics too.
    Subscribe(Vec<Topic>),
    /// Watch these topics no longer.
    Unsubscribe(Vec<Topic>),
}
