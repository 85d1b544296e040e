//! Where the frame around every screen is, for every size.
use ratatui::layout::{Constraint, Layout, Rect};

/// Smallest screen that can be used, in columns and rows.
pub(super) const SMALLEST: (u16, u16) = (60, 16);

/// The areas that every screen has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Areas {
    /// The truth bar.
    pub(super) bar: Rect,
    /// The line that says why it isn't live; empty while it is.
    pub(super) notice: Rect,
    /// The screen itself.
    pub(super) body: Rect,
    /// Keys, a message, or what is being typed.
    pub(super) footer: Rect,
}

/// Lays the screen out. `bar`: rows of the truth bar; `notice`: whether a line says why it isn't
/// live.
pub(super) fn areas(area: Rect, bar: u16, notice: bool) -> Areas {
    let [bar, notice, body, footer] = Layout::vertical([
        Constraint::Length(bar),
        Constraint::Length(u16::from(notice)),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(area);
    Areas { bar, notice, body, footer }
}
