//! Where things are, for every size: used for preparing rows and for drawing them alike.
use super::view::Screen;
use ratatui::layout::{Constraint, Layout, Rect};

/// Smallest screen that can be used, in columns and rows.
pub(super) const SMALLEST: (u16, u16) = (60, 16);

/// The areas of one screen. An area that isn't on it is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Areas {
    pub(super) bar: Rect,
    pub(super) notice: Rect,
    pub(super) footer: Rect,
    pub(super) queues: Rect,
    pub(super) conversations: Rect,
    pub(super) topics: Rect,
    pub(super) frames: Rect,
    /// The one panel of a screen that has only one.
    pub(super) whole: Rect,
}

/// Lays the screen out. `notice`: whether a line says why it isn't live.
pub(super) fn areas(area: Rect, screen: Screen, notice: bool) -> Areas {
    let [bar, notice, body, footer] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(notice)),
        Constraint::Min(0),
        Constraint::Length(1),
    ])
    .areas(area);
    let mut areas = Areas { bar, notice, footer, ..Areas::default() };
    match screen {
        Screen::Live => {
            let right = if area.width >= 150 { 45 } else { 42 };
            let [left, right] =
                Layout::horizontal([Constraint::Fill(1), Constraint::Percentage(right)])
                    .areas(body);
            let queues = if body.height >= 36 { 13 } else { (body.height * 2 / 5).max(5) };
            [areas.queues, areas.conversations] =
                Layout::vertical([Constraint::Length(queues), Constraint::Min(4)]).areas(left);
            [areas.topics, areas.frames] =
                Layout::vertical([Constraint::Length(queues), Constraint::Min(4)]).areas(right);
        }
        Screen::Queues => areas.queues = body,
        Screen::Conversations => areas.conversations = body,
        Screen::Topics => areas.topics = body,
        Screen::Frames => areas.frames = body,
        Screen::Agents | Screen::Health => {}
    }
    areas.whole = body;
    areas
}

/// Rows that fit into a panel with a border.
pub(super) fn rows(panel: Rect) -> usize {
    usize::from(panel.height.saturating_sub(2))
}
