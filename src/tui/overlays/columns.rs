//! Columns of one's own: which, in which order, how wide, and sorted by which.
//!
//! What was chosen is kept when it is closed; where, is up to the caller.
use super::Overlay;
use crate::domain::board::layout::{Layout, Listing, WIDTHS};
use crate::tui::draw::{clear, panel};
use crate::tui::format::{cut, fit};
use crate::tui::look::Look;
use crate::tui::screens::{Panel, Panels, Screen};
use crate::tui::view::{At, Effect, View};
use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

/// Columns that a page goes: what is seen of them on a small screen.
const PAGE: usize = 10;

/// One column that can be chosen.
#[derive(Clone, Debug)]
pub(in crate::tui) struct Offered {
    pub(in crate::tui) name: &'static str,
    pub(in crate::tui) help: &'static str,
    /// The width that it has by itself, at least.
    pub(in crate::tui) least: u16,
    /// A width of one's own.
    pub(in crate::tui) width: Option<u16>,
    pub(in crate::tui) shown: bool,
    /// Whether there is room for it now.
    pub(in crate::tui) fits: bool,
}

/// The columns of one screen, being chosen. What is chosen takes effect at once.
#[derive(Debug)]
pub(in crate::tui) struct Columns {
    screen: Screen,
    offered: Vec<Offered>,
    cursor: usize,
    /// How the list was when this was opened: what was changed since then is kept.
    before: Option<(Listing, Layout)>,
}

impl Columns {
    /// The columns of the focused screen, if it is a table.
    pub(in crate::tui) fn of(view: &View) -> Option<Self> {
        let screen = view.focus;
        let panel = view.panels.get(screen)?;
        Some(Self { screen, offered: panel.columns()?, cursor: 0, before: panel.layout() })
    }

    pub(super) fn on_key(mut self, view: &mut View, key: KeyEvent, _: &At<'_>) -> Vec<Effect> {
        let last = self.offered.len().saturating_sub(1);
        match key.code {
            KeyCode::Enter | KeyCode::Esc | KeyCode::Char('q') => return self.close(view),
            KeyCode::Up | KeyCode::Char('k') => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => self.cursor = (self.cursor + 1).min(last),
            KeyCode::Home | KeyCode::Char('g') => self.cursor = 0,
            KeyCode::End | KeyCode::Char('G') => self.cursor = last,
            KeyCode::PageUp => self.cursor = self.cursor.saturating_sub(PAGE),
            KeyCode::PageDown => self.cursor = (self.cursor + PAGE).min(last),
            // to where there is room, however many stand before it
            KeyCode::Char('f') if self.cursor <= last => {
                let mut column = self.offered.remove(self.cursor);
                column.shown = true;
                self.offered.insert(0, column);
                self.cursor = 0;
            }
            KeyCode::Char('K') if self.cursor > 0 => {
                self.offered.swap(self.cursor, self.cursor - 1);
                self.cursor -= 1;
            }
            KeyCode::Char('J') if self.cursor < last => {
                self.offered.swap(self.cursor, self.cursor + 1);
                self.cursor += 1;
            }
            KeyCode::Char('r') => {
                if let Some(panel) = view.panels.get_mut(self.screen) {
                    panel.choose_columns(&[]);
                }
                if let Some(fresh) = Self::of(view) {
                    self.offered = fresh.offered;
                }
            }
            code => self.change(code, view),
        }
        if let Some(panel) =
            view.panels.get_mut(self.screen).filter(|_| key.code != KeyCode::Char('r'))
        {
            panel.choose_columns(&self.offered);
        }
        view.lay(Overlay::Columns(self));
        Vec::new()
    }

    /// Takes in which columns there is room for, from the panel that was just prepared.
    pub(in crate::tui) fn look_at(&mut self, panels: &Panels) {
        let offered = panels.get(self.screen).and_then(Panel::columns).unwrap_or_default();
        for column in &mut self.offered {
            let now = offered.iter().find(|now| now.name == column.name);
            column.fits = now.is_some_and(|now| now.fits);
        }
    }

    /// What was changed is to be kept.
    fn close(self, view: &View) -> Vec<Effect> {
        let now = view.panels.get(self.screen).and_then(Panel::layout);
        match now {
            Some((list, layout)) if self.before != Some((list, layout.clone())) => {
                vec![Effect::SaveLayout { list, layout }]
            }
            _ => Vec::new(),
        }
    }

    /// Changes the column under the cursor.
    fn change(&mut self, key: KeyCode, view: &mut View) {
        let Some(column) = self.offered.get_mut(self.cursor) else { return };
        let width = column.width.unwrap_or(column.least);
        match key {
            KeyCode::Char(' ') => column.shown = !column.shown,
            KeyCode::Char('+') => column.width = Some((width + 1).min(*WIDTHS.end())),
            KeyCode::Char('-') => column.width = Some(width.saturating_sub(1).max(*WIDTHS.start())),
            KeyCode::Char('=') => column.width = None,
            KeyCode::Char('s') => {
                if let Some(panel) = view.panels.get_mut(self.screen) {
                    panel.sort_by(column.name);
                }
            }
            _ => {}
        }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look) {
        let height = u16::try_from(self.offered.len() + 6).unwrap_or(area.height);
        let place = super::centred(area, area.width.min(76), height.min(area.height));
        let block = panel(look, &format!("Columns of {}", self.screen.word()), true);
        let inner = block.inner(place);
        clear(frame, place);
        frame.render_widget(block, place);
        // three lines for the help of the column, one for the keys
        let rows = usize::from(inner.height.saturating_sub(4)).max(1);
        let first = (self.cursor + 1).saturating_sub(rows);
        let width = usize::from(inner.width);
        let mut lines: Vec<Line<'_>> = Vec::new();
        for (index, column) in self.offered.iter().enumerate().skip(first).take(rows) {
            let mark = if column.shown { look.theme.sign("✓", "x") } else { " " };
            let own = match column.width {
                _ if column.shown && !column.fits => "no room".to_owned(),
                Some(width) => width.to_string(),
                None => "auto".to_owned(),
            };
            let rest = width.saturating_sub(30);
            let line = Line::from(vec![
                Span::styled(format!(" {mark} "), look.theme.good()),
                Span::raw(format!("{} {} ", fit(column.name, 17), fit(&own, 7))),
                Span::styled(cut(column.help, rest), look.theme.dim()),
            ]);
            let selected = index == self.cursor;
            lines.push(if selected { line.patch_style(look.theme.selected()) } else { line });
        }
        let (list, below) = (
            inner.height.saturating_sub(4),
            Rect { y: inner.bottom().saturating_sub(4), height: inner.height.min(4), ..inner },
        );
        frame.render_widget(Paragraph::new(lines), Rect { height: list, ..inner });
        let help = self.offered.get(self.cursor).map_or("", |column| column.help);
        let keys = "space show  f first  K J move  + - = width  s sort  r reset  enter keeps";
        let text = vec![Line::styled(help, Style::new()), Line::default()];
        frame.render_widget(
            Paragraph::new(text).wrap(Wrap { trim: true }),
            Rect { height: below.height.saturating_sub(1), ..below },
        );
        let last = Rect { y: below.bottom().saturating_sub(1), height: 1, ..below };
        frame.render_widget(Line::styled(format!(" {keys}"), look.theme.key()), last);
    }
}
