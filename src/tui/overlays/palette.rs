//! Every action, found by typing part of its name or sentence; those that can't be used just now
//! say why.
use super::Overlay;
use crate::tui::action::{ActionEntry, actions};
use crate::tui::draw::{clear, draw_lines, panel};
use crate::tui::format::{cut, fit};
use crate::tui::look::Look;
use crate::tui::view::{At, Effect, View};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Longest text that can be typed, in characters; no name is longer.
const MAX_CHARACTERS: usize = 40;

/// The palette.
#[derive(Debug)]
pub(in crate::tui) struct Palette {
    text: String,
    cursor: usize,
    entries: Vec<Offered>,
}

/// An action with what it depends on as it is now.
#[derive(Debug)]
struct Offered {
    entry: &'static ActionEntry,
    keys: String,
    obstacle: Option<String>,
}

impl Palette {
    /// All actions: those first that can be used where one is.
    pub(in crate::tui) fn of(view: &View, at: &At<'_>) -> Self {
        let situation = view.situation();
        let mut entries: Vec<Offered> = actions()
            .map(|entry| {
                let obstacle = if entry.is_for(situation) {
                    (entry.obstacle)(view, at).map(str::to_owned)
                } else {
                    Some(format!("only {}", entry.place_words()))
                };
                Offered { entry, keys: view.keymap.shown(entry), obstacle }
            })
            .collect();
        entries.sort_by_key(|offered| offered.obstacle.is_some());
        Self { text: String::new(), cursor: 0, entries }
    }

    fn found(&self) -> impl Iterator<Item = &Offered> {
        let wanted = self.text.to_lowercase();
        self.entries.iter().filter(move |offered| {
            let Offered { entry, .. } = offered;
            wanted.split_whitespace().all(|word| {
                entry.name.contains(word) || entry.sentence.to_lowercase().contains(word)
            })
        })
    }

    pub(super) fn on_key(mut self, view: &mut View, key: KeyEvent, at: &At<'_>) -> Vec<Effect> {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Esc => return Vec::new(),
            KeyCode::Enter => {
                let Some(offered) = self.found().nth(self.cursor) else {
                    view.lay(Overlay::Palette(self));
                    return Vec::new();
                };
                if let Some(obstacle) = &offered.obstacle {
                    view.message = format!("not now: {obstacle}");
                    return Vec::new();
                }
                return (offered.entry.run)(view, at);
            }
            KeyCode::Up => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down => {
                self.cursor = (self.cursor + 1).min(self.found().count().saturating_sub(1));
            }
            KeyCode::Backspace => {
                self.text.pop();
                self.cursor = 0;
            }
            // as wherever something is typed
            KeyCode::Char('u') if ctrl => {
                self.text.clear();
                self.cursor = 0;
            }
            KeyCode::Char(character) if !ctrl && self.text.chars().count() < MAX_CHARACTERS => {
                self.text.push(character);
                self.cursor = 0;
            }
            _ => {}
        }
        view.lay(Overlay::Palette(self));
        Vec::new()
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look) {
        let place = super::centred(area, area.width.min(96), area.height.min(24));
        let block = panel(look, "Palette", true);
        let inner = block.inner(place);
        let width = usize::from(inner.width);
        let rows = usize::from(inner.height.saturating_sub(2)).max(1);
        let first = (self.cursor + 1).saturating_sub(rows);
        // the whole sentence of the one under the cursor: in its row a reason is cut on most screens
        let whole = match self.found().nth(self.cursor) {
            Some(Offered { obstacle: Some(obstacle), .. }) => format!(" not now: {obstacle}"),
            Some(offered) => format!(" {}", offered.entry.sentence),
            None => String::new(),
        };
        let mut lines = vec![
            Line::from(vec![
                Span::styled(" : ", look.theme.key()),
                Span::raw(self.text.clone()),
                Span::styled(" ", look.theme.selected()),
            ]),
            Line::styled(cut(&whole, width), look.theme.accent()),
        ];
        for (index, offered) in self.found().enumerate().skip(first).take(rows) {
            let rest = width.saturating_sub(45);
            let (text, style) = match &offered.obstacle {
                Some(obstacle) => (obstacle.as_str(), look.theme.dim()),
                None => (offered.entry.sentence, ratatui::style::Style::new()),
            };
            let line = Line::from(vec![
                Span::styled(format!(" {} ", fit(&offered.keys, 14)), look.theme.key()),
                Span::raw(format!("{} ", fit(offered.entry.name, 26))),
                Span::raw(fit(&cut(text, rest), rest)),
            ])
            .style(style);
            let selected = index == self.cursor;
            lines.push(if selected { line.patch_style(look.theme.selected()) } else { line });
        }
        if self.found().next().is_none() {
            lines.push(Line::styled(" no action is called so", look.theme.dim()));
        }
        clear(frame, place);
        draw_lines(frame, place, block, &lines);
    }
}
