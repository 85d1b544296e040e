//! What the mouse does: a click puts the cursor, or opens what it is on already; a click on a
//! heading sorts; the wheel scrolls what is under the pointer.
//!
//! Everything that the mouse does, keys do too. Where rows and headings are is asked of the panels;
//! nothing here knows what they show.
use super::screens::{Screen, Spot, live};
use super::view::{Effect, View, at};
use crate::domain::monitor::Monitor;
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use jiff::Timestamp;
use ratatui::layout::Position;

/// Rows that one notch of the wheel goes: what other programs do.
const WHEEL: isize = 3;

impl View {
    /// Takes an event of the mouse in.
    pub fn on_mouse(&mut self, event: MouseEvent, live: &Monitor, now: Timestamp) -> Vec<Effect> {
        match event.kind {
            MouseEventKind::ScrollUp => self.wheel(event, live, now, -WHEEL),
            MouseEventKind::ScrollDown => self.wheel(event, live, now, WHEEL),
            MouseEventKind::Down(MouseButton::Left) => return self.click(event, live, now),
            _ => {}
        }
        Vec::new()
    }

    /// The panel that is drawn there.
    fn under(&self, event: MouseEvent, live: &Monitor, now: Timestamp) -> Option<(Screen, Spot)> {
        let body = self.areas(live, now).body;
        let place = Position::new(event.column, event.row);
        live::spots(self.screen, self.focus, body)
            .into_iter()
            .find(|(_, spot)| spot.area.contains(place))
    }

    fn wheel(&mut self, event: MouseEvent, live: &Monitor, now: Timestamp, by: isize) {
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.go(by);
        } else if let Some((screen, _)) = self.under(event, live, now)
            && let Some(panel) = self.panels.get_mut(screen)
        {
            panel.go(by);
        }
    }

    fn click(&mut self, event: MouseEvent, live: &Monitor, now: Timestamp) -> Vec<Effect> {
        // What is laid over the screen is worked with keys; a click beside it must do nothing
        // that one can't see.
        if !self.overlays.is_empty() {
            return Vec::new();
        }
        self.message.clear();
        let Some((screen, spot)) = self.under(event, live, now) else { return Vec::new() };
        let had_focus = self.focus == screen;
        self.focus = screen;
        let Some(panel) = self.panels.get_mut(screen) else { return Vec::new() };
        let headings = panel.headings(spot);
        let Some(list) = panel.list_mut() else { return Vec::new() };
        let is_border = event.row == spot.area.y || event.row + 1 >= spot.area.bottom();
        if is_border {
            return Vec::new();
        }
        let row = event.row - spot.area.y - 1;
        if row < headings {
            list.sort_at(event.column.saturating_sub(spot.area.x + 1));
            return Vec::new();
        }
        let again = list.row() == Some(usize::from(row - headings)) && had_focus;
        if again {
            let frozen = self.frozen.clone();
            let at = at(frozen.as_deref(), live, now);
            self.open(&at);
        } else {
            panel.point_at(usize::from(row - headings));
        }
        Vec::new()
    }
}
