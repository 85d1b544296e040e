//! A line that is being typed, in the place of the footer. Whoever asks for it says what becomes
//! of the text; it takes effect while it is typed.
use super::Overlay;
use crate::tui::format;
use crate::tui::look::Look;
use crate::tui::screens::Panel;
use crate::tui::view::{At, Effect, View};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::text::{Line, Span};

/// Longest text, in characters; a line of the screen.
const MAX_CHARACTERS: usize = 120;
/// Columns that the words beside the text take.
const BESIDE: usize = 40;

/// A text that is offered.
#[derive(Debug)]
struct Offered {
    text: String,
    /// What it finds; empty where its words say so.
    what: &'static str,
}

fn has_examples(panel: &dyn Panel) -> bool {
    !panel.examples().is_empty()
}

/// A line that is being typed.
#[derive(Debug)]
pub(in crate::tui) struct Prompt {
    label: &'static str,
    text: String,
    /// Whether it is the filter of the list that has the focus: then Tab completes it, and what
    /// is wrong with it is told beside it.
    filters: bool,
    fault: Option<String>,
    /// What Tab or `?` offers, and which one is shown.
    offers: Vec<Offered>,
    offered: usize,
    apply: fn(&mut View, &str, &At<'_>),
    enter: fn(&str) -> Vec<Effect>,
}

impl Prompt {
    /// Begins with `text`; `apply` gets it after every change, and empty when it is given up.
    pub(in crate::tui) fn new(
        label: &'static str,
        text: &str,
        apply: fn(&mut View, &str, &At<'_>),
    ) -> Self {
        let text = text.to_owned();
        let (fault, offers) = (None, Vec::new());
        let enter = |_: &str| Vec::new();
        Self { label, text, filters: false, fault, offers, offered: 0, apply, enter }
    }

    /// Begins empty; only once it is complete does `enter` get it.
    pub(in crate::tui) fn asking(label: &'static str, enter: fn(&str) -> Vec<Effect>) -> Self {
        Self { enter, ..Self::new(label, "", |_, _, _| {}) }
    }

    /// Makes it the filter of the list that has the focus.
    pub(in crate::tui) fn filtering(mut self) -> Self {
        self.filters = true;
        self
    }

    /// Puts the next offer in the place of the text; new offers if there are none to go on with.
    fn offer_next(&mut self, make: impl FnOnce(&str) -> Vec<Offered>) {
        // with one offer there is nothing to go on to but what follows it
        if self.offers.len() < 2 {
            self.offers = make(&self.text);
            self.offered = 0;
        } else {
            self.offered = (self.offered + 1) % self.offers.len();
        }
        if let Some(offer) = self.offers.get(self.offered) {
            self.text.clone_from(&offer.text);
        }
    }

    pub(super) fn on_key(mut self, view: &mut View, key: KeyEvent, at: &At<'_>) -> Vec<Effect> {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let asks_examples = key.code == KeyCode::Char('?') && !ctrl && self.text.is_empty();
        let offers = self.filters && (key.code == KeyCode::Tab || asks_examples);
        if !offers {
            self.offers.clear();
        }
        match key.code {
            KeyCode::Enter => return (self.enter)(&self.text),
            KeyCode::Esc => {
                (self.apply)(view, "", at);
                return Vec::new();
            }
            KeyCode::Tab if offers => {
                let context = view.context(at);
                let panel = view.panel();
                self.offer_next(|text| {
                    let texts = panel.map(|panel| panel.complete(text, &context));
                    let plain = |text| Offered { text, what: "" };
                    texts.into_iter().flatten().map(plain).collect()
                });
            }
            KeyCode::Char('?') if offers && view.panel().is_some_and(has_examples) => {
                let panel = view.panel();
                self.offer_next(|_| {
                    let examples = panel.map(Panel::examples).unwrap_or_default();
                    let offered = |example: &(&str, &'static str)| Offered {
                        text: example.0.to_owned(),
                        what: example.1,
                    };
                    examples.iter().map(offered).collect()
                });
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
        if self.filters {
            self.fault = view.panel().and_then(|panel| panel.fault(&self.text));
        }
        (self.apply)(view, &self.text, at);
        view.lay(Overlay::Prompt(self));
        Vec::new()
    }

    pub(super) fn line(&self, width: usize, look: &Look) -> Line<'static> {
        let offered = self
            .offers
            .get(self.offered)
            .map(|offer| format!("{}/{} {}", self.offered + 1, self.offers.len(), offer.what));
        let (beside, style) = match (&self.fault, offered) {
            (Some(fault), _) => (fault.clone(), look.theme.warn()),
            (None, Some(offered)) => (format!("{offered} · tab: next"), look.theme.dim()),
            (None, None) if self.filters => {
                ("enter keeps, esc clears, tab completes, ? examples".to_owned(), look.theme.dim())
            }
            (None, None) => ("enter keeps, esc clears".to_owned(), look.theme.dim()),
        };
        Line::from(vec![
            Span::styled(format!(" {}: ", self.label), look.theme.title()),
            Span::raw(format::cut(&self.text, width.saturating_sub(BESIDE))),
            Span::styled(" ", look.theme.selected()),
            Span::styled(format!("  {beside}"), style),
        ])
    }
}
