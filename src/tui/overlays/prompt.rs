//! A line that is being typed, in the place of the footer. Whoever asks for it says what becomes
//! of the text; it takes effect while it is typed.
use super::Overlay;
use crate::tui::format;
use crate::tui::look::Look;
use crate::tui::view::{At, Effect, View};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::{Line, Span};

/// Longest text, in characters; a line of the screen.
const MAX_CHARACTERS: usize = 120;
/// Columns that the words beside the text take.
const BESIDE: usize = 40;

/// A line that is being typed.
#[derive(Debug)]
pub(in crate::tui) struct Prompt {
    label: &'static str,
    text: String,
    apply: fn(&mut View, &str, &At<'_>),
}

impl Prompt {
    /// Begins with `text`; `apply` gets it after every change, and empty when it is given up.
    pub(in crate::tui) fn new(
        label: &'static str,
        text: &str,
        apply: fn(&mut View, &str, &At<'_>),
    ) -> Self {
        Self { label, text: text.to_owned(), apply }
    }

    pub(super) fn on_key(mut self, view: &mut View, key: KeyEvent, at: &At<'_>) -> Vec<Effect> {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Vec::new(),
            KeyCode::Esc => {
                (self.apply)(view, "", at);
                return Vec::new();
            }
            KeyCode::Backspace => {
                self.text.pop();
            }
            KeyCode::Char('u') if ctrl => self.text.clear(),
            KeyCode::Char(character) if !ctrl && self.text.chars().count() < MAX_CHARACTERS => {
                self.text.push(character);
            }
            _ => {}
        }
        (self.apply)(view, &self.text, at);
        view.lay(Overlay::Prompt(self));
        Vec::new()
    }

    pub(super) fn line(&self, width: usize, look: &Look) -> Line<'static> {
        Line::from(vec![
            Span::styled(format!(" {}: ", self.label), look.theme.title()),
            Span::raw(format::cut(&self.text, width.saturating_sub(BESIDE))),
            Span::styled(" ", look.theme.selected()),
            Span::styled("  enter keeps, esc clears", look.theme.dim()),
        ])
    }
}
