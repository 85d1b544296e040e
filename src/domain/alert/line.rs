//! A rule in one line, as it is typed on the screen; the parts are those of the configuration file.
//!
//! ```text
//! queue length; on Bill*; warning waiting > 5 for 60s, clear < 3; critical waiting > 10
//! ```
use super::rule::{Condition, Rule};
use super::{Level, RuleError};
use crate::domain::filter::Span;
use std::fmt;

/// Longest name, in characters; a title of a few words.
const MAX_NAME: usize = 60;

/// The texts of a rule; `None` for what it doesn't have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleLine {
    /// Its name, which identifies it.
    pub name: String,
    /// For which queues; all without it.
    pub queues: Option<String>,
    /// When it warns.
    pub warning: Option<String>,
    /// When it is critical.
    pub critical: Option<String>,
}

impl RuleLine {
    /// Reads a line, and the rule in it.
    ///
    /// # Errors
    /// [`RuleError`] with the place of the first mistake.
    pub fn parse(text: &str) -> Result<(Self, Rule), RuleError> {
        let mut parts = parts(text).into_iter();
        let wrong = |span: Span, sentence: &str| RuleError { span, sentence: sentence.to_owned() };
        let name = parts.next().unwrap_or(0..0);
        let title = &text[name.clone()];
        if title.is_empty() || title.chars().count() > MAX_NAME {
            return Err(wrong(name, "first comes the rule's name, then \";\""));
        }
        let mut line = Self { name: title.to_owned(), ..Self::default() };
        let (mut queues, mut levels) = (Rule::queues("").ok(), [None, None]);
        for part in parts {
            let word = text[part.clone()].split_whitespace().next().unwrap_or_default();
            let rest = part.start + word.len()..part.end;
            let blanks = text[rest.clone()].len() - text[rest.clone()].trim_start().len();
            let rest = rest.start + blanks..rest.end;
            let value = &text[rest.clone()];
            let moved = |span: Span| rest.start + span.start..rest.start + span.end;
            let condition = || {
                let read = Condition::parse(value);
                read.map_err(|error| RuleError { span: moved(error.span), ..error })
            };
            let place = match word {
                "on" => {
                    let read = Rule::queues(value).map_err(|error| RuleError {
                        span: moved(error.span.clone()),
                        sentence: error.to_string(),
                    });
                    queues = Some(read?);
                    &mut line.queues
                }
                "warning" => {
                    levels[0] = Some(condition()?);
                    &mut line.warning
                }
                "critical" => {
                    levels[1] = Some(condition()?);
                    &mut line.critical
                }
                _ => {
                    let sentence =
                        "here comes \"on QUEUES\", \"warning CONDITION\" or \"critical CONDITION\"";
                    return Err(wrong(part, sentence));
                }
            };
            if place.replace(value.to_owned()).is_some() {
                return Err(wrong(part, "that is there twice"));
            }
        }
        let [warning, critical] = levels;
        let Some(queues) = queues else { return Err(wrong(0..0, "no queue can be meant")) };
        match Rule::new(&line.name, queues, warning, critical) {
            Ok(rule) => Ok((line.clone(), rule.written_for(line.queues.as_deref()))),
            Err(error) => Err(wrong(text.len()..text.len(), &error.to_string())),
        }
    }

    /// The line of a rule.
    #[must_use]
    pub fn of(rule: &Rule) -> Self {
        let condition = |level| rule.condition(level).map(ToString::to_string);
        Self {
            name: rule.name.to_string(),
            queues: rule.written_queues().map(str::to_owned),
            warning: condition(Level::Warning),
            critical: condition(Level::Critical),
        }
    }
}

impl fmt::Display for RuleLine {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        let parts =
            [("on", &self.queues), ("warning", &self.warning), ("critical", &self.critical)];
        for (word, text) in parts {
            if let Some(text) = text {
                write!(formatter, "; {word} {text}")?;
            }
        }
        Ok(())
    }
}

/// The places of the parts between semicolons, without blanks around; a semicolon in quotes is text.
fn parts(text: &str) -> Vec<Span> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    let mut add = |from: usize, to: usize| {
        let part = &text[from..to];
        let begin = from + part.len() - part.trim_start().len();
        parts.push(begin..begin + part.trim().len());
    };
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ';' if !quoted => {
                add(start, at);
                start = at + 1;
            }
            _ => {}
        }
    }
    add(start, text.len());
    parts
}

#[cfg(test)]
mod tests {
    use super::RuleLine;
    use proptest::prelude::*;

    #[test]
    fn a_line_is_read_and_written_the_same() {
        for text in [
            "queue length; on Bill*; warning waiting > 5 for 60s, clear < 3; critical waiting > 10",
            "few; critical on_queue < 3",
            "a; on queue=\"x;y\" or idle=0; warning longest_wait > 2m",
        ] {
            let (line, rule) = RuleLine::parse(text).unwrap();
            assert_eq!(line.to_string(), text);
            assert_eq!(RuleLine::of(&rule).to_string(), text);
        }
    }

    #[test]
    fn mistakes_are_told_with_their_places() {
        for (text, place) in [
            ("", ""),
            ("x; warning wating > 5", "wating"),
            ("x; when waiting > 5", "when waiting > 5"),
            ("x; on quue=5; warning waiting > 5", "quue"),
            ("x; warning waiting > 5; warning waiting > 6", "warning waiting > 6"),
            ("x", ""),
        ] {
            let error = RuleLine::parse(text).unwrap_err();
            assert_eq!(&text[error.span.clone()], place, "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_rule_or_a_mistake_with_a_place(text in "(?s).{0,40}|(a|;| on | warning | critical |waiting|>|5|\"){0,14}") {
            match RuleLine::parse(&text) {
                Ok((line, _)) => prop_assert!(RuleLine::parse(&line.to_string()).is_ok()),
                Err(error) => prop_assert!(text.get(error.span).is_some()),
            }
        }
    }
}
