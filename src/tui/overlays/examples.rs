//! Filters to choose from while one is typed: examples for this list, and those that are saved.
//!
//! The line that is being typed waits underneath and goes on with what was chosen.
use super::Overlay;
use super::prompt::Prompt;
use crate::tui::draw::{clear, draw_lines, heading, mark_row, panel};
use crate::tui::format::{cut, fit};
use crate::tui::look::Look;
use crate::tui::view::{At, Effect, View};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::collections::BTreeMap;

/// Columns of a filter beside what it finds.
const FILTER: usize = 40;
/// Widest that the whole becomes, in columns.
const WIDEST: u16 = 110;

/// Filters to choose from.
#[derive(Debug)]
pub(in crate::tui) struct Examples {
    /// What is filled in, and what is said about it.
    rows: Vec<(String, String)>,
    cursor: usize,
    prompt: Prompt,
}

impl Examples {
    /// The examples of a list, then the saved filters by their names.
    pub(super) fn new(
        examples: Vec<(String, String)>,
        saved: &BTreeMap<String, String>,
        prompt: Prompt,
    ) -> Self {
        let saved = saved.iter().map(|(name, filter)| (format!("@{name}"), filter.clone()));
        Self { rows: examples.into_iter().chain(saved).collect(), cursor: 0, prompt }
    }

    pub(super) fn on_key(mut self, view: &mut View, key: KeyEvent, at: &At<'_>) -> Vec<Effect> {
        let last = self.rows.len().saturating_sub(1);
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.cursor = (self.cursor + 1).min(last),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = last,
            KeyCode::Enter | KeyCode::Tab => {
                if let Some((filter, _)) = self.rows.get(self.cursor) {
                    self.prompt.put(filter.clone());
                }
                self.prompt.go_on(view, at);
                return Vec::new();
            }
            KeyCode::Char('d') | KeyCode::Delete => {
                let name = self.rows.get(self.cursor).and_then(|(text, _)| text.strip_prefix('@'));
                let forgotten = name.and_then(|name| view.forget_filter(name));
                if forgotten.is_some() {
                    self.rows.remove(self.cursor);
                    self.cursor = self.cursor.min(self.rows.len().saturating_sub(1));
                }
                view.lay(Overlay::Examples(self));
                return forgotten.into_iter().collect();
            }
            KeyCode::Esc | KeyCode::Char('?' | 'q') => {
                self.prompt.go_on(view, at);
                return Vec::new();
            }
            _ => {}
        }
        view.lay(Overlay::Examples(self));
        Vec::new()
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look) {
        let height = u16::try_from(self.rows.len() + 3).unwrap_or(u16::MAX);
        let place = super::centred(area, area.width.min(WIDEST), height.min(area.height));
        let rows = usize::from(place.height.saturating_sub(3)).max(1);
        let columns = usize::from(place.width.saturating_sub(2));
        let filter = FILTER.min(columns / 2);
        let first = (self.cursor + 1).saturating_sub(rows);
        let mut lines = vec![heading(look, format!(" {} finds", fit("filter", filter)))];
        for (index, (text, finds)) in self.rows.iter().enumerate().skip(first).take(rows) {
            let text = fit(text, filter);
            let row = format!(" {text} {}", cut(finds, columns.saturating_sub(filter + 2)));
            lines.push(mark_row(Line::raw(row), index == self.cursor, look));
        }
        let saved = self.rows.iter().any(|(text, _)| text.starts_with('@'));
        let title = if saved {
            "Examples · enter fills one in, d removes a saved one, esc goes back"
        } else {
            "Examples · enter fills one in, esc goes back"
        };
        let block = panel(look, title, true);
        clear(frame, place);
        draw_lines(frame, place, block, &lines);
    }
}
