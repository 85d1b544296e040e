//! Rules: `waiting > 5 for 60s, clear < 3`, for one, some or all queues.
//!
//! Every figure of the queue board can be watched, under the column's name.
use super::Level;
use crate::domain::board::queues::QueueBoard;
use crate::domain::board::rows::{BoardRow, RowFilter, fields};
use crate::domain::board::{Board, Column, Facts, column};
use crate::domain::filter::{
    Filter, FilterError, Holds, Operator, Quantity, Span, duration, quantity, quoted,
};
use crate::domain::identity::QueueId;
use crate::domain::monitor::queues::QueueRow;
use crate::domain::nearest::nearest;
use crate::domain::text::harmless_within;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;

/// Longest condition, in bytes; a real one has some forty.
pub const MAX_CONDITION_BYTES: usize = 200;
/// Longest time that a condition may have to hold: a day.
const MAX_SUSTAINED: Duration = Duration::from_secs(86_400);

/// What is wrong with a rule, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{sentence}")]
pub struct RuleError {
    /// The place, in bytes of the condition's text.
    pub span: Span,
    /// What is wrong, and what would be right.
    pub sentence: String,
}

/// When one level is raised and cleared. Its [`Display`](fmt::Display) reads back to an equal one.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The figure that is watched: the name of a column.
    pub metric: &'static str,
    raise: Comparison,
    /// How long it must hold before the level is raised.
    pub sustained: Duration,
    clear: Option<Comparison>,
}

#[derive(Clone, Debug, PartialEq)]
struct Comparison {
    operator: Operator,
    quantity: Quantity,
    /// As written.
    value: String,
}

impl Comparison {
    fn passes(&self, figure: f64) -> bool {
        let ordering = self.quantity.ordering_of(figure);
        ordering.is_some_and(|ordering| match self.operator {
            Operator::Less => ordering.is_lt(),
            Operator::AtMost => ordering.is_le(),
            Operator::Greater => ordering.is_gt(),
            _ => ordering.is_ge(),
        })
    }

    fn is_upward(&self) -> bool {
        matches!(self.operator, Operator::Greater | Operator::AtLeast)
    }
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    /// [`RuleError`] with the place of the first mistake.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        if text.len() > MAX_CONDITION_BYTES {
            let sentence = format!("a condition has at most {MAX_CONDITION_BYTES} bytes");
            return Err(RuleError { span: 0..text.len(), sentence });
        }
        Reader { text, at: 0 }.condition()
    }

    /// Whether a figure raises it.
    #[must_use]
    pub fn holds(&self, figure: f64) -> bool {
        self.raise.passes(figure)
    }

    /// Whether a figure clears it: by the clear level, or by not raising it where there is none.
    #[must_use]
    pub fn clears(&self, figure: f64) -> bool {
        match &self.clear {
            Some(clear) => clear.passes(figure),
            // what can't be compared clears nothing
            None => !figure.is_nan() && !self.holds(figure),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {} {}", self.metric, self.raise.operator.sign(), self.raise.value)?;
        if !self.sustained.is_zero() {
            write!(formatter, " for {}s", self.sustained.as_secs_f64())?;
        }
        if let Some(clear) = &self.clear {
            write!(formatter, ", clear {} {}", clear.operator.sign(), clear.value)?;
        }
        Ok(())
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn condition(mut self) -> Result<Condition, RuleError> {
        let metric = self.metric()?;
        let raise = self.comparison(metric.holds)?;
        let mut sustained = Duration::ZERO;
        if self.keyword("for") {
            let (word, span) = self.word();
            let read = duration(word).filter(|length| *length <= MAX_SUSTAINED);
            sustained = read.ok_or_else(|| RuleError {
                span,
                sentence: "after \"for\" comes a length of time of at most a day, such as 60s"
                    .to_owned(),
            })?;
        }
        let mut clear = None;
        if self.sign(",") {
            if !self.keyword("clear") {
                let (_, span) = self.word();
                let sentence = "after the comma comes \"clear\", as in \"clear < 3\"".to_owned();
                return Err(RuleError { span, sentence });
            }
            let start = self.at;
            let comparison = self.comparison(metric.holds)?;
            check_clear(&raise, &comparison, metric.holds, start..self.at)?;
            clear = Some(comparison);
        }
        let (rest, span) = self.word();
        if !rest.is_empty() {
            let sentence =
                "a condition is written as \"waiting > 5 for 60s, clear < 3\"".to_owned();
            return Err(RuleError { span, sentence });
        }
        Ok(Condition { metric: metric.name, raise, sustained, clear })
    }

    fn metric(&mut self) -> Result<&'static Column<QueueId>, RuleError> {
        let (word, span) = self.word();
        let metrics = || QueueBoard::COLUMNS.iter().filter(|column| column.holds != Holds::Text);
        metrics().find(|column| column.name.eq_ignore_ascii_case(word)).ok_or_else(|| {
            let names: Vec<&str> = metrics().map(|column| column.name).collect();
            let hint = nearest(word, names.iter().copied(), 1);
            let hint = hint.first().map(|name| format!("; did you mean \"{name}\"?"));
            let sentence = format!(
                "\"{}\" is no figure of a queue{}; there are {}",
                harmless_within(word, 40),
                hint.unwrap_or_default(),
                names.join(", ")
            );
            RuleError { span, sentence }
        })
    }

    fn comparison(&mut self, holds: Holds) -> Result<Comparison, RuleError> {
        let operators = [Operator::AtMost, Operator::AtLeast, Operator::Less, Operator::Greater];
        let Some(operator) = operators.into_iter().find(|operator| self.sign(operator.sign()))
        else {
            let (_, span) = self.word();
            let sentence = "here comes <, <=, > or >=".to_owned();
            return Err(RuleError { span, sentence });
        };
        let (value, span) = self.word();
        let sentence = || match holds {
            Holds::Duration => "here comes a length of time, such as 90s or 2m".to_owned(),
            Holds::Share => "here comes a percentage, such as 80%".to_owned(),
            _ => "here comes a number, such as 5".to_owned(),
        };
        let quantity =
            quantity(value, holds).ok_or_else(|| RuleError { span, sentence: sentence() })?;
        Ok(Comparison { operator, quantity, value: value.to_owned() })
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn sign(&mut self, sign: &str) -> bool {
        self.skip_space();
        let found = self.text[self.at..].starts_with(sign);
        self.at += if found { sign.len() } else { 0 };
        found
    }

    /// The next word, which may be empty.
    fn word(&mut self) -> (&'a str, Span) {
        self.skip_space();
        let rest = &self.text[self.at..];
        let ends = |c: char| c.is_whitespace() || ",<>=".contains(c);
        let mut length = rest.find(ends).unwrap_or(rest.len());
        if length == 0 {
            // a sign that doesn't belong here is told as it is
            length = rest.chars().next().map_or(0, char::len_utf8);
        }
        let span = self.at..self.at + length;
        self.at = span.end;
        (&rest[..length], span)
    }

    fn keyword(&mut self, keyword: &str) -> bool {
        let before = self.at;
        let found = self.word().0.eq_ignore_ascii_case(keyword);
        if !found {
            self.at = before;
        }
        found
    }
}

/// A clear level must lie on the other side, or an alert would be raised and cleared at once. Counts are
/// whole numbers, so that `> 0` and `clear < 1` have nothing in common, nor has anything that is compared
/// by whole seconds.
fn check_clear(
    raise: &Comparison,
    clear: &Comparison,
    holds: Holds,
    span: Span,
) -> Result<(), RuleError> {
    let error = |sentence| Err(RuleError { span, sentence });
    if raise.is_upward() == clear.is_upward() {
        let sign = raise.operator.sign();
        return error(format!("the clear level goes the other way than \"{sign}\""));
    }
    let step = if holds == Holds::Count { 1.0 } else { raise.quantity.step };
    let both = |figure: f64| raise.passes(figure) && clear.passes(figure);
    let (from, to) = (raise.quantity.number, clear.quantity.number);
    // what raises begins at one of these; with no steps, what lies between both ends is in both or in none
    let between = if step > 0.0 {
        let near = (from / step).round();
        [near - 1.0, near, near + 1.0].map(|at| at * step)
    } else {
        [f64::midpoint(from, to); 3]
    };
    if between.into_iter().chain([from, to]).any(both) {
        let opposite = match raise.operator {
            Operator::Greater => "<=",
            Operator::AtLeast => "<",
            Operator::Less => ">=",
            _ => ">",
        };
        return error(format!(
            "the clear level must not overlap the level that raises; the nearest is \"clear {opposite} {}\"",
            raise.value
        ));
    }
    Ok(())
}

/// A rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name, which identifies it.
    pub name: Arc<str>,
    queues: RowFilter<QueueBoard>,
    /// The same as a person wrote it.
    written: Option<Arc<str>>,
    warning: Option<Condition>,
    critical: Option<Condition>,
}

/// Why two conditions don't make a rule.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotARule {
    /// Neither level is given.
    #[error("a rule needs a warning or a critical level")]
    NoLevel,
    /// The levels watch two figures, or in two directions.
    #[error("both levels watch the same figure in the same direction; make two rules of it")]
    Unlike,
    /// The critical level is reached before the warning, which would never be told.
    #[error("the critical level is reached before the warning; it is the worse of the two")]
    Reversed,
}

impl Rule {
    /// A rule for the queues that pass `queues`.
    ///
    /// # Errors
    /// [`NotARule`] when the levels don't fit together.
    pub fn new(
        name: &str,
        queues: RowFilter<QueueBoard>,
        warning: Option<Condition>,
        critical: Option<Condition>,
    ) -> Result<Self, NotARule> {
        match (&warning, &critical) {
            (None, None) => return Err(NotARule::NoLevel),
            (Some(warning), Some(critical))
                if warning.metric != critical.metric
                    || warning.raise.is_upward() != critical.raise.is_upward() =>
            {
                return Err(NotARule::Unlike);
            }
            (Some(warning), Some(critical))
                if {
                    let (first, second) = (&warning.raise.quantity, &critical.raise.quantity);
                    let is_other = first.number.total_cmp(&second.number).is_ne();
                    is_other && critical.holds(first.number)
                } =>
            {
                return Err(NotARule::Reversed);
            }
            _ => {}
        }
        Ok(Self { name: name.into(), queues, written: None, warning, critical })
    }

    /// The same, with its queues as a person wrote them, to be shown when it is changed.
    #[must_use]
    pub fn written_for(self, queues: Option<&str>) -> Self {
        Self { written: queues.map(Arc::from), ..self }
    }

    /// For which queues it is, as a person wrote it.
    #[must_use]
    pub fn written_queues(&self) -> Option<&str> {
        self.written.as_deref()
    }

    /// Reads which queues a rule is for: a name, a name with `*`, an id, several of them with `or`
    /// between, or a filter on queues.
    ///
    /// # Errors
    /// [`FilterError`] if it is meant as a filter and isn't one.
    pub fn queues(text: &str) -> Result<RowFilter<QueueBoard>, FilterError> {
        let text = text.trim();
        let is_filter = text.is_empty()
            || text.starts_with('-')
            || text.contains([':', '=', '<', '>', '~', '(', '"']);
        if is_filter {
            return Filter::parse(text, &fields::<QueueBoard>());
        }
        // a bare name is the whole name, in contrast to a bare word in a list: a rule for
        // "Sales" must not ring for "Presales"
        let named = |text: &str| {
            if text.contains('*') {
                // the language's own * doesn't go with blanks
                let parts: Vec<String> = text.split('*').map(regex::escape).collect();
                format!("queue~{}", quoted(&format!("^{}$", parts.join(".*"))))
            } else {
                format!("queue={text} or id={text}", text = quoted(text))
            }
        };
        // several may be named, and a queue's own name may hold the word too
        let mut filter = named(text);
        if text.contains(" or ") {
            for one in text.split(" or ").map(str::trim).filter(|one| !one.is_empty()) {
                filter.push_str(" or ");
                filter.push_str(&named(one));
            }
        }
        Filter::parse(&filter, &fields::<QueueBoard>())
    }

    /// The figure that it watches.
    #[must_use]
    pub fn metric(&self) -> &'static Column<QueueId> {
        let condition = self.warning.as_ref().or(self.critical.as_ref());
        let found = condition.and_then(|condition| column::<QueueBoard>(condition.metric));
        // a rule has a level, and a level's metric was taken from these columns
        found.unwrap_or(&QueueBoard::COLUMNS[0])
    }

    /// Whether it is for this queue.
    #[must_use]
    pub fn applies_to(&self, facts: &Facts<'_>, queue: &QueueId) -> bool {
        self.queues.matches(&BoardRow::<QueueBoard>::find(facts, queue))
    }

    /// The worst level whose condition holds for this figure, however long it has held.
    #[must_use]
    pub fn level_of(&self, figure: f64) -> Option<Level> {
        let holds = |level| self.condition(level).is_some_and(|one| one.holds(figure));
        Level::ALL.into_iter().rev().find(|level| holds(*level))
    }

    /// The condition of a level, if it has one.
    #[must_use]
    pub fn condition(&self, level: Level) -> Option<&Condition> {
        match level {
            Level::Warning => self.warning.as_ref(),
            Level::Critical => self.critical.as_ref(),
        }
    }

    /// The figure that it watches; `None` where that isn't known.
    #[must_use]
    pub fn figure(&self, facts: &Facts<'_>, queue: &QueueId) -> Option<f64> {
        let metric = self.metric();
        let figure = metric.value(facts, queue).figure(facts.now);
        // nobody waits: the longest wait is none, and that is known where the queue is watched
        let nobody_waits = metric.name == "longest_wait"
            && facts.monitor.queues.get(queue).is_some_and(QueueRow::watched);
        figure.or(nobody_waits.then_some(0.0))
    }
}
