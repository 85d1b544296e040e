//! A line that is being typed, in the place of the footer. Whoever asks for it says what becomes
//! of the text; it takes effect while it is typed.
//!
//! ```text
//!               there is no field "wating"; did you mean "waiting"?
//!          vvvvvv
//! filter: wating>5   enter keeps, esc clears, tab completes, …
//! ```
use super::Overlay;
use super::examples::Examples;
use crate::domain::alert::{RuleError, RuleLine};
use crate::domain::filter::{MAX_FILTER_BYTES, Span as Place};
use crate::domain::monitor::frames::Kept;
use crate::tui::draw::clear;
use crate::tui::format;
use crate::tui::look::Look;
use crate::tui::recording::RecordWish;
use crate::tui::view::{At, Effect, View};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

mod trial;

/// A rule as one is written. It is shown where nothing is typed yet, and not typed already: nobody wants to
/// delete it first.
const NEW_RULE: &str = "long wait; warning longest_wait > 2m for 10s, clear < 1m";
/// Most lines of what is wrong: more would hide the list that is filtered.
const MAX_FAULT_LINES: usize = 3;
/// Longest text, in characters: as long as a filter may be.
const MAX_CHARACTERS: usize = MAX_FILTER_BYTES;
/// Labels of the line that asks for the file of a recording.
const RECORD_REDACTED: &str = "record, redacted";
const RECORD_CLEAR: &str = "record IN CLEAR";
/// Fewest columns that the text keeps beside the words about it.
const LEAST_TEXT: usize = 24;

/// What the line is for.
#[derive(Debug)]
enum Purpose {
    /// Only text.
    Plain,
    /// The filter of the list that has the focus: Tab completes it, `?` shows examples, `@` recalls
    /// one by its name, and what is wrong with it is told with its place.
    Filter,
    /// The name under which this filter shall be saved.
    Name(String),
    /// A rule of alerts, in the place of the one of this name.
    Rule(Option<String>),
    /// The note of a bookmark on this frame.
    Note(Box<Kept>),
    /// The file of a recording: Tab lets it tell who people are, or no longer.
    Recording {
        /// Whether it may.
        clear: bool,
    },
}

/// What is wrong with the text, and where.
#[derive(Debug)]
struct Fault {
    place: Place,
    sentence: String,
}

/// A line that is being typed.
#[derive(Debug)]
pub(in crate::tui) struct Prompt {
    label: &'static str,
    text: String,
    /// Where the next character goes, in bytes.
    cursor: usize,
    purpose: Purpose,
    fault: Option<Fault>,
    /// Whether the last key found no room; most often in the middle of what was pasted.
    full: bool,
    /// What the rule that is typed would say.
    trial: Option<trial::Trial>,
    /// What Tab offers, and which one is shown.
    offers: Vec<String>,
    offered: usize,
    /// How far back in the filters of before one is; 0 for what is being typed.
    recalled: usize,
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
        Self {
            label,
            text: text.to_owned(),
            cursor: text.len(),
            purpose: Purpose::Plain,
            fault: None,
            full: false,
            trial: None,
            offers: Vec::new(),
            offered: 0,
            recalled: 0,
            apply,
            enter: |_| Vec::new(),
        }
    }

    /// Begins empty; only once it is complete does `enter` get it.
    pub(in crate::tui) fn asking(label: &'static str, enter: fn(&str) -> Vec<Effect>) -> Self {
        Self { enter, ..Self::new(label, "", |_, _, _| {}) }
    }

    /// The same, beginning with `text`.
    pub(in crate::tui) fn asking_again(
        label: &'static str,
        text: &str,
        enter: fn(&str) -> Vec<Effect>,
    ) -> Self {
        Self { enter, ..Self::new(label, text, |_, _, _| {}) }
    }

    /// Makes it the filter of the list that has the focus.
    pub(in crate::tui) fn filtering(self) -> Self {
        Self { purpose: Purpose::Filter, ..self }
    }

    /// Lets a rule be typed: a new one, or this one anew.
    pub(in crate::tui) fn rule(line: Option<RuleLine>, view: &mut View, at: &At<'_>) {
        let before = line.as_ref().map(|line| line.name.clone());
        let text = line.map_or_else(String::new, |line| line.to_string());
        let prompt = Self::new("rule", &text, |_, _, _| {});
        Self { purpose: Purpose::Rule(before), ..prompt }.go_on(view, at);
    }

    /// Asks for the file of a recording, which tells nothing of people unless that is asked for.
    pub(in crate::tui) fn recording(name: &str) -> Self {
        let prompt = Self::new(RECORD_REDACTED, name, |_, _, _| {});
        Self { purpose: Purpose::Recording { clear: false }, ..prompt }
    }

    /// Lets the note of a bookmark be typed.
    pub(in crate::tui) fn note(kept: Kept, text: &str) -> Self {
        Self { purpose: Purpose::Note(Box::new(kept)), ..Self::new("note", text, |_, _, _| {}) }
    }

    /// Whether enter removes the rule that was to be changed.
    fn removes(&self) -> bool {
        matches!(self.purpose, Purpose::Rule(Some(_))) && self.text.trim().is_empty()
    }

    fn filters(&self) -> bool {
        matches!(self.purpose, Purpose::Filter)
    }

    /// Puts another text in the place of this one.
    pub(super) fn put(&mut self, text: String) {
        self.cursor = text.len();
        self.text = text;
    }

    /// Takes the text as it stands, and goes on.
    pub(super) fn go_on(mut self, view: &mut View, at: &At<'_>) {
        let mut filter = Some(self.text.as_str());
        if self.filters() {
            self.fault = None;
            if let Some(name) = self.text.strip_prefix('@') {
                filter = view.saved_filters.get(name.trim_end()).map(String::as_str);
                if filter.is_none() {
                    let names: Vec<&str> = view.saved_filters.keys().map(String::as_str).collect();
                    let sentence = if names.is_empty() {
                        "no filter is saved yet; ctrl-s saves one under a name".to_owned()
                    } else {
                        format!(
                            "no filter is saved under that name; there are {}",
                            names.join(", ")
                        )
                    };
                    self.fault = Some(Fault { place: 0..self.text.len(), sentence });
                }
            }
            let error = filter.and_then(|filter| view.panel()?.fault(filter));
            if let Some(error) = error {
                let sentence = error.to_string();
                self.fault = Some(Fault { place: error.span, sentence });
            }
        }
        if let Purpose::Rule(_) = self.purpose {
            let asked = trial::ask(&self.text, at);
            let fault = |error: RuleError| Fault { place: error.span, sentence: error.sentence };
            (self.trial, self.fault) = match asked {
                Ok(trial) => (Some(trial), None),
                // nothing is typed yet, or that removes a rule: no mistake
                Err(_) if self.text.trim().is_empty() => (None, None),
                Err(error) => (None, Some(fault(error))),
            };
        }
        if self.full {
            let sentence =
                format!("there is room for {MAX_CHARACTERS} characters; the rest is missing");
            self.fault = Some(Fault { place: self.text.len()..self.text.len(), sentence });
        }
        // a broken filter is handed on too: the last right one stays in force
        if let Some(filter) = filter.map(str::to_owned) {
            (self.apply)(view, &filter, at);
        }
        view.lay(Overlay::Prompt(self));
    }

    pub(super) fn on_key(mut self, view: &mut View, key: KeyEvent, at: &At<'_>) -> Vec<Effect> {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        if key.code != KeyCode::Tab {
            self.offers.clear();
        }
        self.full = false;
        match key.code {
            KeyCode::Enter => return self.enter(view, at),
            KeyCode::Esc => {
                (self.apply)(view, "", at);
                return Vec::new();
            }
            KeyCode::Tab if self.filters() => self.complete(view, at),
            KeyCode::Tab if matches!(self.purpose, Purpose::Rule(None)) && self.text.is_empty() => {
                self.put(NEW_RULE.to_owned());
            }
            KeyCode::Tab if matches!(self.purpose, Purpose::Recording { .. }) => {
                let clear = self.label == RECORD_REDACTED;
                self.label = if clear { RECORD_CLEAR } else { RECORD_REDACTED };
                self.purpose = Purpose::Recording { clear };
            }
            KeyCode::Up if matches!(self.purpose, Purpose::Rule(Some(_))) => {
                self.other_rule(view, -1);
            }
            KeyCode::Down if matches!(self.purpose, Purpose::Rule(Some(_))) => {
                self.other_rule(view, 1);
            }
            KeyCode::Up if self.filters() => self.recall(view, self.recalled + 1),
            KeyCode::Down if self.filters() => self.recall(view, self.recalled.saturating_sub(1)),
            KeyCode::Char('?') if self.filters() && !ctrl && self.text.is_empty() => {
                let context = view.context(at);
                let examples = view.panel().map(|panel| panel.examples(&context));
                let examples = examples.unwrap_or_default();
                view.lay(Overlay::Examples(Examples::new(examples, &view.saved_filters, self)));
                return Vec::new();
            }
            KeyCode::Char('s') if ctrl && self.filters() => {
                if self.text.is_empty() || self.fault.is_some() {
                    self.go_on(view, at);
                    return Vec::new();
                }
                let name = Self::new("name of this filter", "", |_, _, _| {});
                let filter = self.text.clone();
                view.lay(Overlay::Prompt(self));
                view.lay(Overlay::Prompt(Self { purpose: Purpose::Name(filter), ..name }));
                return Vec::new();
            }
            _ => self.edit(key.code, ctrl),
        }
        self.go_on(view, at);
        Vec::new()
    }

    /// Takes pasted text as one change: to read a long filter anew with each of its letters takes seconds.
    pub(in crate::tui) fn on_paste(mut self, view: &mut View, text: &str, at: &At<'_>) {
        self.offers.clear();
        self.full = false;
        for character in text.chars().filter(|character| !character.is_control()) {
            self.edit(KeyCode::Char(character), false);
            if self.full {
                break;
            }
        }
        self.go_on(view, at);
    }

    fn enter(mut self, view: &mut View, at: &At<'_>) -> Vec<Effect> {
        match &self.purpose {
            Purpose::Plain => (self.enter)(&self.text),
            Purpose::Note(kept) => {
                view.message = match view.bookmarks.put(kept, &self.text) {
                    Ok(()) => format!("frame {} has a bookmark; B lists them", kept.sequence),
                    Err(sentence) => sentence,
                };
                Vec::new()
            }
            Purpose::Name(filter) => {
                let name = self.text.trim().to_owned();
                match view.save_filter(&name, filter) {
                    Ok(effect) => vec![effect],
                    Err(sentence) => {
                        self.fault = Some(Fault { place: 0..self.text.len(), sentence });
                        view.lay(Overlay::Prompt(self));
                        Vec::new()
                    }
                }
            }
            Purpose::Rule(Some(before)) if self.removes() => {
                view.panels.alerts.alerts.remove_rule(before);
                vec![Effect::RemoveRule(before.clone())]
            }
            Purpose::Rule(before) => {
                let before = before.clone();
                let put = RuleLine::parse(&self.text)
                    .map_err(|error| Fault { place: error.span, sentence: error.sentence })
                    .and_then(|(line, rule)| {
                        let alerts = &mut view.panels.alerts.alerts;
                        let put = alerts.put_rule(before.as_deref(), rule);
                        let place = 0..line.name.len();
                        put.map_err(|sentence| Fault { place, sentence }).map(|()| line)
                    });
                match put {
                    Ok(line) => vec![Effect::SaveRule { before, line }],
                    Err(fault) => {
                        (self.trial, self.fault) = (None, Some(fault));
                        view.lay(Overlay::Prompt(self));
                        Vec::new()
                    }
                }
            }
            Purpose::Recording { clear } => {
                let (path, clear) = (self.text.trim().to_owned(), *clear);
                if path.is_empty() {
                    self.fault = Some(Fault { place: 0..0, sentence: "name a file".to_owned() });
                    view.lay(Overlay::Prompt(self));
                    return Vec::new();
                }
                vec![Effect::Record(RecordWish::Start { path, clear })]
            }
            Purpose::Filter if self.fault.is_some() => {
                // what can't be read can't be kept; the line stays, and says why
                self.go_on(view, at);
                Vec::new()
            }
            Purpose::Filter => {
                view.note_filter(&self.text);
                Vec::new()
            }
        }
    }

    /// Puts the next offer in the place of what stands before the cursor; new offers if there are
    /// none to go on with.
    fn complete(&mut self, view: &View, at: &At<'_>) {
        // with one offer there is nothing to go on to but what follows it
        if self.offers.len() < 2 {
            let before = &self.text[..self.cursor];
            self.offers = if let Some(begun) = before.strip_prefix('@') {
                let fitting = view.saved_filters.keys().filter(|name| name.starts_with(begun));
                fitting.map(|name| format!("@{name}")).collect()
            } else {
                let panel = view.panel();
                panel.map(|panel| panel.complete(before, &view.context(at))).unwrap_or_default()
            };
            self.offered = 0;
        } else {
            self.offered = (self.offered + 1) % self.offers.len();
        }
        if let Some(offer) = self.offers.get(self.offered) {
            self.text.replace_range(..self.cursor, offer);
            self.cursor = offer.len();
        }
    }

    /// Goes to the filter of so many before.
    fn recall(&mut self, view: &View, back: usize) {
        let found = back.checked_sub(1).and_then(|back| view.past_filter(back));
        match found {
            Some(text) => {
                self.put(text.to_owned());
                self.recalled = back;
            }
            None if back == 0 && self.recalled > 0 => {
                self.put(String::new());
                self.recalled = 0;
            }
            None => {}
        }
    }

    /// Goes to the rule before or after the one that is being changed; not from one that was changed
    /// already, which would be lost.
    fn other_rule(&mut self, view: &View, by: isize) {
        let Purpose::Rule(Some(before)) = &self.purpose else { return };
        let rules = view.alerts().rules();
        let here = rules.iter().position(|rule| *rule.name == **before).unwrap_or_default();
        if rules.get(here).is_none_or(|rule| RuleLine::of(rule).to_string() != self.text) {
            return;
        }
        let to = here.saturating_add_signed(by).min(rules.len().saturating_sub(1));
        if let Some(rule) = rules.get(to) {
            let line = RuleLine::of(rule);
            self.purpose = Purpose::Rule(Some(line.name.clone()));
            self.put(line.to_string());
        }
    }

    fn edit(&mut self, code: KeyCode, ctrl: bool) {
        let before = &self.text[..self.cursor];
        let one_back = before.chars().next_back().map_or(0, char::len_utf8);
        let next = self.text[self.cursor..].chars().next().map_or(0, char::len_utf8);
        let word = || {
            let trimmed = before.trim_end();
            trimmed
                .char_indices()
                .rev()
                .find(|(_, c)| c.is_whitespace())
                .map_or(0, |(at, c)| at + c.len_utf8())
        };
        match code {
            KeyCode::Left => self.cursor -= one_back,
            KeyCode::Right => self.cursor += next,
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            KeyCode::Char('a') if ctrl => self.cursor = 0,
            KeyCode::Char('e') if ctrl => self.cursor = self.text.len(),
            KeyCode::Backspace => self.cut(self.cursor - one_back),
            KeyCode::Char('w') if ctrl => {
                let from = word();
                self.cut(from);
            }
            KeyCode::Char('u') if ctrl => self.cut(0),
            KeyCode::Delete => {
                self.text.replace_range(self.cursor..self.cursor + next, "");
            }
            KeyCode::Char(_) if !ctrl && self.text.chars().count() >= MAX_CHARACTERS => {
                self.full = true;
            }
            KeyCode::Char(character) if !ctrl => {
                self.text.insert(self.cursor, character);
                self.cursor += character.len_utf8();
            }
            _ => {}
        }
    }

    /// Takes out what stands between there and the cursor.
    fn cut(&mut self, from: usize) {
        self.text.replace_range(from..self.cursor, "");
        self.cursor = from;
    }

    fn words(&self) -> String {
        if !self.offers.is_empty() {
            let (number, of) = (self.offered + 1, self.offers.len());
            let help = if of > 1 { " · tab: next" } else { "" };
            return format!("{number}/{of}{help}");
        }
        match self.purpose {
            Purpose::Filter if self.text.is_empty() => {
                "enter keeps, esc clears, ? examples, tab completes, ↑ earlier, @ saved".to_owned()
            }
            Purpose::Filter => "enter keeps, esc clears, tab completes, ctrl-s saves".to_owned(),
            Purpose::Name(_) => "enter saves, esc goes back".to_owned(),
            Purpose::Note(_) => "enter puts the bookmark, esc doesn't".to_owned(),
            Purpose::Rule(_) if self.removes() => "enter removes the rule, esc gives up".to_owned(),
            Purpose::Rule(Some(_)) => {
                "enter saves, esc gives up, ↑ ↓ other rules, empty it to remove it".to_owned()
            }
            Purpose::Rule(None) if self.text.is_empty() => format!("tab: {NEW_RULE}"),
            Purpose::Rule(None) => "enter saves, esc gives up, tab tries again".to_owned(),
            // beside a name that says when, 80 columns leave room for one of its keys
            Purpose::Recording { clear: false } => "tab: in clear".to_owned(),
            Purpose::Recording { clear: true } => "tab: redacted".to_owned(),
            Purpose::Plain => "enter keeps, esc clears".to_owned(),
        }
    }

    /// Where in the text the part that is shown begins, in bytes: the cursor is always in sight.
    fn first_shown(&self, columns: usize) -> usize {
        let mut room = columns.saturating_sub(1);
        let mut first = self.cursor;
        for (at, character) in self.text[..self.cursor].char_indices().rev() {
            let width = character.width().unwrap_or(0);
            if width > room {
                break;
            }
            room -= width;
            first = at;
        }
        first
    }

    /// Columns that the text has, of so many in all.
    fn columns(&self, width: usize) -> usize {
        width.saturating_sub(self.label.width() + 4).max(LEAST_TEXT)
    }

    pub(super) fn line(&self, width: usize, look: &Look) -> Line<'static> {
        let columns = self.columns(width);
        let first = self.first_shown(columns);
        let mut spans = vec![Span::styled(format!(" {}: ", self.label), look.theme.title())];
        let mut used = 0;
        let faulty = self.fault.as_ref().map_or(0..0, |fault| fault.place.clone());
        for (at, character) in self.text[first..].char_indices() {
            let at = first + at;
            used += character.width().unwrap_or(0);
            if used > columns {
                break;
            }
            let mut style = ratatui::style::Style::new();
            if faulty.contains(&at) {
                style = look.theme.warn().add_modifier(Modifier::UNDERLINED);
            }
            if at == self.cursor {
                style = style.patch(look.theme.selected());
            }
            spans.push(Span::styled(character.to_string(), style));
        }
        if self.cursor == self.text.len() {
            spans.push(Span::styled(" ", look.theme.selected()));
            used += 1;
        }
        let words = self.words();
        if used + words.width() + 2 <= columns {
            spans.push(Span::styled(format!("  {words}"), look.theme.dim()));
        }
        Line::from(spans)
    }

    /// Draws what is wrong over the last lines above the text, with its place: whatever it says shall be
    /// read, and no longer sentence is cut that has room in a few lines.
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look) {
        if let Some(trial) = &self.trial {
            trial.draw(frame, area, look);
        }
        let Some(fault) = self.fault.as_ref().filter(|_| area.height > 4) else { return };
        let width = usize::from(area.width);
        let first = self.first_shown(self.columns(width));
        let shown = |from: usize, to: usize| {
            let (from, to) = (from.max(first), to.max(first).min(self.text.len()));
            self.text.get(from..to).map_or(0, UnicodeWidthStr::width)
        };
        let indent = self.label.width() + 3 + shown(0, fault.place.start);
        let long = shown(fault.place.start, fault.place.end).max(1);
        let carets = format!("{}{}", " ".repeat(indent), look.theme.sign("▾", "v").repeat(long));
        let room = width.saturating_sub(fault.sentence.width() + 1);
        let mut told = match room {
            0 => format::wrapped(&fault.sentence, width, MAX_FAULT_LINES),
            _ => vec![format!("{}{}", " ".repeat(indent.min(room)), fault.sentence)],
        };
        told.push(format::cut(&carets, width));
        let height = u16::try_from(told.len()).unwrap_or(area.height).min(area.height);
        let place = Rect { y: area.bottom() - height, height, ..area };
        let lines: Vec<Line<'_>> =
            told.into_iter().map(|line| Line::styled(line, look.theme.warn())).collect();
        clear(frame, place);
        frame.render_widget(Paragraph::new(lines), place);
    }
}
