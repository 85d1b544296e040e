//! The live screen: everything at a glance, four panels.
//!
//! ```text
//! ┌ queues ───────┐┌ topics ──┐
//! ├ conversations ┤├ frames ──┤
//! ```
use super::{Screen, Spot};
use crate::tui::action::{ActionEntry, Place};
use crate::tui::key::Key;
use ratatui::layout::{Constraint, Layout, Rect};

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[ActionEntry::new(
    "live.show",
    &[Key::char('1')],
    "everything at a glance",
    Place::Screens,
    |view, _| view.show(Screen::Live),
)
.labelled("live")];

/// The panels in the order in which the focus goes round, each with its area.
pub(in crate::tui) fn panels(body: Rect) -> [(Screen, Rect); 4] {
    let right = if body.width >= 150 { 45 } else { 42 };
    let [left, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Percentage(right)]).areas(body);
    let upper = if body.height >= 36 { 13 } else { (body.height * 2 / 5).max(5) };
    let split = || Layout::vertical([Constraint::Length(upper), Constraint::Min(4)]);
    let [queues, conversations] = split().areas(left);
    let [topics, frames] = split().areas(right);
    [
        (Screen::Queues, queues),
        (Screen::Conversations, conversations),
        (Screen::Topics, topics),
        (Screen::Frames, frames),
    ]
}

/// The spots of what is on a screen.
pub(in crate::tui) fn spots(screen: Screen, focus: Screen, body: Rect) -> Vec<(Screen, Spot)> {
    if screen != Screen::Live {
        return vec![(screen, Spot { area: body, alone: true, focused: true })];
    }
    let spot = |panel, area| Spot { area, alone: false, focused: panel == focus };
    panels(body).into_iter().map(|(panel, area)| (panel, spot(panel, area))).collect()
}
