//! Alert rules and how they ring, as the file gives them.
//!
//! Every mistake in every rule is told, not only the first: who writes ten rules wants one round.
use super::read::{Entry, Reader, entries};
use super::{Choice, Complaint, Config};
use crate::domain::alert::{Condition, MAX_RULES, QuietHours, Rule};
use crate::domain::filter::Span;
use std::collections::HashSet;
use toml_edit::{Item, TableLike, Value};

pub(super) const ALERT_KEYS: &[&str] = &["name", "queues", "warning", "critical"];
pub(super) const NOTIFY_KEYS: &[&str] = &["bell", "terminal", "command", "quiet"];

/// Most words of the command that rings.
const MOST_WORDS: usize = 64;

/// One rule, as written. Its texts have been read once, so that they are known to be right.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertSettings {
    /// Its name, which identifies it.
    pub name: String,
    /// For which queues: a name, a name with `*`, an id or a filter; `None` for all.
    pub queues: Option<String>,
    /// The condition of a warning.
    pub warning: Option<String>,
    /// The condition of a critical alert.
    pub critical: Option<String>,
}

impl AlertSettings {
    /// The rule.
    ///
    /// # Errors
    /// The key that is wrong, the place in its text, and a sentence.
    pub fn rule(&self) -> Result<Rule, (&'static str, Span, String)> {
        let condition = |key: &'static str, text: &Option<String>| {
            let read = |text: &String| {
                Condition::parse(text).map_err(|error| (key, error.span.clone(), error.to_string()))
            };
            text.as_ref().map(read).transpose()
        };
        let queues = self.queues.as_deref().unwrap_or_default();
        let queues = Rule::queues(queues)
            .map_err(|error| ("queues", error.span.clone(), error.to_string()))?;
        let warning = condition("warning", &self.warning)?;
        let critical = condition("critical", &self.critical)?;
        Rule::new(&self.name, queues, warning, critical)
            .map(|rule| rule.written_for(self.queues.as_deref()))
            .map_err(|error| ("critical", 0..0, error.to_string()))
    }
}

/// How the terminal is told of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TerminalNotice {
    /// Not at all.
    #[default]
    None,
    /// OSC 9: iTerm2, Windows Terminal, kitty, Ghostty.
    Osc9,
    /// OSC 777: urxvt, foot, Ghostty.
    Osc777,
}

impl Choice for TerminalNotice {
    const WORDS: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("osc9", Self::Osc9), ("osc777", Self::Osc777)];
}

/// How alerts ring.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NotifySettings {
    /// Whether the terminal's bell rings; default yes.
    pub bell: Option<bool>,
    /// How the terminal is told.
    pub terminal: Option<TerminalNotice>,
    /// A program with its arguments, which gets JSON on standard input; empty for none.
    pub command: Vec<String>,
    /// Ranges of the day in which nothing rings.
    pub quiet: Vec<String>,
}

impl NotifySettings {
    /// Whether the terminal's bell rings.
    #[must_use]
    pub fn rings_bell(&self) -> bool {
        self.bell.unwrap_or(true)
    }
}

impl Config {
    /// The rules, ready to use.
    #[must_use]
    pub fn rules(&self) -> Vec<Rule> {
        // they were read once already; what has become wrong since then can only be left out
        self.alerts.iter().filter_map(|alert| alert.rule().ok()).collect()
    }

    /// The quiet hours.
    #[must_use]
    pub fn quiet_hours(&self) -> QuietHours {
        QuietHours::parse(self.notify.quiet.iter().map(String::as_str)).unwrap_or_default()
    }
}

impl Reader<'_> {
    /// Reads `[[alert]]`; complaints are added to `complaints`.
    pub(super) fn alerts(
        &self,
        parent: &Entry<'_>,
        complaints: &mut Vec<Complaint>,
    ) -> Vec<AlertSettings> {
        let Some(tables) = parent.item.as_array_of_tables() else {
            complaints.push(self.wrong(parent, "tables, each headed [[alert]]"));
            return Vec::new();
        };
        if tables.len() > MAX_RULES {
            let problem = "there are too many rules".to_owned();
            complaints.push(self.at_key(parent, problem, format!("at most {MAX_RULES}")));
            return Vec::new();
        }
        let mut names = HashSet::new();
        let mut alerts = Vec::new();
        for table in tables {
            let before = complaints.len();
            let alert = self.alert(parent, table, complaints);
            if complaints.len() == before && !names.insert(alert.name.clone()) {
                let mut complaint = self.complain(
                    table.span(),
                    parent,
                    format!(
                        "there are two rules named \"{}\"",
                        super::read::shortened(&alert.name)
                    ),
                    String::new(),
                );
                "alert.name".clone_into(&mut complaint.key);
                complaints.push(complaint);
            }
            alerts.push(alert);
        }
        alerts
    }

    fn alert(
        &self,
        parent: &Entry<'_>,
        table: &toml_edit::Table,
        complaints: &mut Vec<Complaint>,
    ) -> AlertSettings {
        let before = complaints.len();
        let mut alert = AlertSettings::default();
        for entry in entries("alert", table) {
            let key = entry.key.get();
            if !ALERT_KEYS.contains(&key) {
                complaints.push(self.unknown(&entry, ALERT_KEYS));
                continue;
            }
            match self.text(&entry) {
                Err(complaint) => complaints.push(complaint),
                Ok(text) => match key {
                    "name" => alert.name = text,
                    "queues" => alert.queues = Some(text),
                    "warning" => alert.warning = Some(text),
                    _ => alert.critical = Some(text),
                },
            }
        }
        if complaints.len() > before {
            return alert;
        }
        if alert.name.is_empty() {
            let problem = "this rule has no name".to_owned();
            let example = "name = \"a name of its own\"".to_owned();
            complaints.push(self.complain(table.span(), parent, problem, example));
        } else if let Err((key, place, problem)) = alert.rule() {
            let mut complaint =
                self.complain(self.within(table, key, &place), parent, problem, String::new());
            complaint.key = format!("alert.{key}");
            complaints.push(complaint);
        }
        alert
    }

    /// The place of a piece of a text's value, where the value is written without escapes.
    fn within(&self, table: &toml_edit::Table, key: &str, place: &Span) -> Option<Span> {
        let Some(value) = table.get(key).and_then(Item::as_value) else { return table.span() };
        let span = value.span()?;
        let written = self.text.get(span.start + 1..span.end.saturating_sub(1));
        if written == value.as_str() {
            Some(span.start + 1 + place.start..span.start + 1 + place.end)
        } else {
            Some(span)
        }
    }

    /// Reads `[notify]`; complaints are added to `complaints`.
    pub(super) fn notify(
        &self,
        parent: &Entry<'_>,
        complaints: &mut Vec<Complaint>,
    ) -> NotifySettings {
        let mut notify = NotifySettings::default();
        let table: &dyn TableLike = match self.table(parent) {
            Ok(table) => table,
            Err(complaint) => {
                complaints.push(complaint);
                return notify;
            }
        };
        for entry in entries(&parent.path, table) {
            let read = match entry.key.get() {
                "bell" => {
                    let bell = entry.item.as_bool();
                    bell.map(|bell| notify.bell = Some(bell))
                        .ok_or_else(|| self.wrong(&entry, "true or false"))
                }
                "terminal" => self.choice(&entry).map(|choice| notify.terminal = Some(choice)),
                "command" => self.command(&entry).map(|words| notify.command = words),
                "quiet" => self.quiet(&entry).map(|quiet| notify.quiet = quiet),
                _ => Err(self.unknown(&entry, NOTIFY_KEYS)),
            };
            complaints.extend(read.err());
        }
        notify
    }

    fn command(&self, entry: &Entry<'_>) -> Result<Vec<String>, Complaint> {
        // one text would have to be taken apart as a shell does, which is how surprises begin
        let allowed =
            "a program and its arguments, each in quotes, as in [\"notify-send\", \"gcwatch\"]";
        if entry.item.as_array().is_none_or(|words| words.len() > MOST_WORDS) {
            return Err(self.wrong(entry, allowed));
        }
        self.list(entry)
    }

    fn quiet(&self, entry: &Entry<'_>) -> Result<Vec<String>, Complaint> {
        let ranges = self.list(entry)?;
        QuietHours::parse(ranges.iter().map(String::as_str)).map_err(|(number, problem)| {
            let value = entry.item.as_array().and_then(|array| array.get(number));
            let span = value.and_then(Value::span).or_else(|| entry.value_span());
            self.complain(span, entry, problem, String::new())
        })?;
        Ok(ranges)
    }
}
