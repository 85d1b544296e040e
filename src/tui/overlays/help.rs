//! The keys of where one is, from the table of actions.
use crate::tui::action::actions;
use crate::tui::draw::panel;
use crate::tui::format::fit;
use crate::tui::look::Look;
use crate::tui::view::{At, View};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

/// Columns of one column of the help, with the space behind it.
const COLUMN: u16 = 66;

/// The keys.
#[derive(Debug)]
pub(in crate::tui) struct Help {
    /// Keys as they are written, and what they do.
    lines: Vec<(String, &'static str)>,
}

impl Help {
    /// The keys that can be used where one is.
    pub(in crate::tui) fn of(view: &View, _: &At<'_>) -> Self {
        let situation = view.situation();
        // what only a replay can do would fill half of the help of what is live
        let can = |name: &str| view.replay.is_some() || !name.starts_with("replay.");
        let usable = actions().filter(|entry| entry.is_for(situation) && can(entry.name));
        Self { lines: usable.map(|entry| (view.keymap.shown(entry), entry.sentence)).collect() }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look) {
        let rows = usize::from(area.height.saturating_sub(2)).max(1);
        let columns = u16::try_from(self.lines.len().div_ceil(rows).clamp(1, 2)).unwrap_or(1);
        let width = (columns * COLUMN + 2).min(area.width);
        let tallest = self.lines.len().div_ceil(usize::from(columns)) + 2;
        let height = u16::try_from(tallest).unwrap_or(area.height).min(area.height);
        let place = super::centred(area, width, height);
        let block = panel(look, "Keys", true);
        let inner = block.inner(place);
        frame.render_widget(Clear, place);
        frame.render_widget(block, place);
        let parts =
            Layout::horizontal(vec![Constraint::Fill(1); usize::from(columns)]).split(inner);
        let each = self.lines.len().div_ceil(usize::from(columns));
        for (part, lines) in parts.iter().zip(self.lines.chunks(each.max(1))) {
            let lines: Vec<Line<'_>> = lines
                .iter()
                .map(|(keys, sentence)| {
                    Line::from(vec![
                        Span::styled(format!(" {} ", fit(keys, 14)), look.theme.key()),
                        Span::raw(*sentence),
                    ])
                })
                .collect();
            frame.render_widget(Paragraph::new(lines), *part);
        }
    }
}
