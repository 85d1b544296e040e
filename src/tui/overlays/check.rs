//! The cross-check of one queue: what is shown, what REST says, by how much they differ, and how old
//! what is shown is.
//!
//! ```text
//! figure          shown   REST  difference   told by        age
//! waiting             3      3           =   conversations  0m04
//! service waiting     2      3          -1   stream         0m31
//! ```
//!
//! Both sides are read by the board's own columns. What is shown goes on ticking; REST's side is what
//! was so when it was asked.
use super::{Layer, Overlay};
use crate::domain::board::queues::QueueBoard;
use crate::domain::board::{Facts, Value, clock, column};
use crate::domain::identity::QueueId;
use crate::domain::moment::since;
use crate::domain::monitor::check::{CrossCheck, LEAST_BETWEEN};
use crate::domain::monitor::queues::{Origin, Period};
use crate::domain::text::harmless_within;
use crate::domain::topic::Topic;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{heading, panel};
use crate::tui::format::{fit, fit_right};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::screens::queues::NO_QUEUE;
use crate::tui::view::{At, Effect, View, Wish};
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use std::time::Duration;

const HERE: Place = Place::Over(Layer::Check);
/// Longest sentence that is shown, in characters; it may take several lines.
const MAX_SENTENCE: usize = 400;
/// Widths of the columns: figure, shown, REST, difference, told by.
const WIDTHS: [usize; 5] = [20, 8, 8, 10, 13];

/// By whom a figure is told.
#[derive(Clone, Copy)]
enum Told {
    /// Counted from the conversations.
    Counted,
    /// By this metric, with this qualifier.
    Metric(&'static str, Option<&'static str>, Period),
}

/// The figures that are compared, by their columns.
const FIGURES: [(&str, Told); 25] = [
    ("waiting", Told::Counted),
    ("service_waiting", Told::Metric("oWaiting", None, Period::Moment)),
    ("longest_wait", Told::Counted),
    ("service_longest_wait", Told::Metric("oLongestWaiting", None, Period::Moment)),
    ("alerting", Told::Counted),
    ("service_alerting", Told::Metric("oAlerting", None, Period::Moment)),
    ("interacting", Told::Counted),
    ("service_interacting", Told::Metric("oInteracting", None, Period::Moment)),
    ("hold", Told::Counted),
    ("parked", Told::Counted),
    ("on_queue", Told::Metric("oOnQueueUsers", None, Period::Moment)),
    ("idle", Told::Metric("oUserRoutingStatuses", Some("IDLE"), Period::Moment)),
    (
        "not_responding",
        Told::Metric("oUserRoutingStatuses", Some("NOT_RESPONDING"), Period::Moment),
    ),
    ("offered", Told::Metric("nOffered", None, Period::HalfHour)),
    ("answered", Told::Metric("tAnswered.count", None, Period::HalfHour)),
    ("abandoned", Told::Metric("tAbandon.count", None, Period::HalfHour)),
    ("service_level", Told::Metric("oServiceLevel", None, Period::HalfHour)),
    ("asa", Told::Metric("tAnswered", None, Period::HalfHour)),
    ("aht", Told::Metric("tHandle", None, Period::HalfHour)),
    ("offered_today", Told::Metric("nOffered", None, Period::Day)),
    ("answered_today", Told::Metric("tAnswered.count", None, Period::Day)),
    ("abandoned_today", Told::Metric("tAbandon.count", None, Period::Day)),
    ("service_level_today", Told::Metric("oServiceLevel", None, Period::Day)),
    ("asa_today", Told::Metric("tAnswered", None, Period::Day)),
    ("aht_today", Told::Metric("tHandle", None, Period::Day)),
];

pub(in crate::tui) const ACTIONS: &[ActionEntry] =
    &[ActionEntry::new("check.again", &[Key::char('c')], "ask REST again", HERE, |view, at| {
        let Some(Overlay::Check(check)) = view.overlays.last() else { return Vec::new() };
        let queue = check.queue.clone();
        ask(view, at, queue)
    })
    .labelled("ask again")
    .unless(|view, _| cannot_ask(view))];

/// Why no queue can be cross-checked now.
pub(in crate::tui) fn obstacle(view: &View, queue: Option<&QueueId>) -> Option<&'static str> {
    queue.is_none().then_some(NO_QUEUE).or_else(|| cannot_ask(view))
}

fn cannot_ask(view: &View) -> Option<&'static str> {
    if view.replay.is_some() {
        return Some("what is shown is a recording: there is nobody to ask");
    }
    view.frozen.is_some().then_some("the picture is frozen; space lets it go on")
}

/// Lays the cross-check of a queue over the screen, and asks for it.
pub(in crate::tui) fn open(view: &mut View, at: &At<'_>, queue: Option<QueueId>) -> Vec<Effect> {
    let Some(queue) = queue else { return Vec::new() };
    view.lay(Overlay::Check(Check { queue: queue.clone(), scroll: 0, height: 1 }));
    ask(view, at, queue)
}

/// Asks, unless that was done a moment ago.
fn ask(view: &mut View, at: &At<'_>, queue: QueueId) -> Vec<Effect> {
    let known = at.monitor.cross_check.as_ref().filter(|check| check.queue == queue);
    if known.is_some_and(|check| since(at.now, check.asked) < LEAST_BETWEEN) {
        let seconds = LEAST_BETWEEN.as_secs();
        view.message = format!("asked a moment ago; it can be asked once in {seconds} seconds");
        return Vec::new();
    }
    vec![Effect::Ask(Wish::CrossCheck(queue))]
}

/// An open cross-check.
#[derive(Debug)]
pub(in crate::tui) struct Check {
    queue: QueueId,
    scroll: usize,
    height: usize,
}

impl Check {
    pub(super) fn go(&mut self, by: isize) {
        self.scroll = self.scroll.saturating_add_signed(by).min(FIGURES.len().saturating_sub(1));
    }

    pub(super) fn fit_into(&mut self, area: Rect) {
        self.height = usize::from(area.height.saturating_sub(5)).max(1);
        self.scroll = self.scroll.min(FIGURES.len().saturating_sub(self.height));
    }

    pub(super) fn page(&self) -> usize {
        self.height
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let look = context.look;
        let check = context.monitor.cross_check.as_deref();
        let check = check.filter(|check| check.queue == self.queue);
        let mut lines = Vec::new();
        let state = match check.map(|check| (check, check.answered)) {
            None => "asking REST …".to_owned(),
            Some((check, None)) => format!("asked REST at {} …", look.time(check.asked)),
            Some((check, Some(answered))) => format!(
                "asked REST at {}, answered in {:.1} s, {} ago",
                look.time(check.asked),
                since(answered, check.asked).as_secs_f64(),
                context.age(answered),
            ),
        };
        lines.push(Line::styled(state, look.theme.title()));
        for failure in check.iter().flat_map(|check| &check.failures) {
            let sentence = harmless_within(failure, MAX_SENTENCE);
            lines.push(Line::styled(sentence, look.theme.warn()));
        }
        let [figure, shown, rest, difference, told] = WIDTHS;
        lines.push(heading(
            look,
            format!(
                "{} {} {} {}  {} {}",
                fit("figure", figure),
                fit_right("shown", shown),
                fit_right("REST", rest),
                fit_right("difference", difference),
                fit("told by", told),
                "age"
            ),
        ));
        let window = FIGURES.iter().skip(self.scroll).take(self.height);
        lines.extend(window.map(|(name, by)| self.row(name, *by, check, context)));
        let name = context.monitor.directory.queue(&self.queue);
        let title = format!("Cross-check of {name}: what is shown beside what REST says");
        let text = Paragraph::new(lines).wrap(Wrap { trim: false });
        frame.render_widget(text.block(panel(look, &title, true)), area);
    }

    fn row(
        &self,
        name: &str,
        by: Told,
        check: Option<&CrossCheck>,
        context: &Context<'_>,
    ) -> Line<'static> {
        let theme = context.look.theme;
        let now = context.now;
        let read = |monitor, now| {
            let facts = Facts { monitor, now, masked: true };
            let column = column::<QueueBoard>(name);
            column.map_or(Value::Unknown, |column| column.value(&facts, &self.queue))
        };
        let shown = read(context.monitor, now);
        let answered = check.filter(|check| check.answered.is_some());
        let rest = answered.map_or(Value::Unknown, |check| read(&check.rest, check.asked));
        let apart = difference(&shown, &rest, now);
        let style =
            if apart.trim_start_matches(['+', '-']) == apart { theme.dim() } else { theme.warn() };
        let (told, age) =
            self.origin(by, context).map_or((String::new(), String::new()), |found| {
                (found.0.to_owned(), context.age(found.1))
            });
        let [figure, shown_width, rest_width, difference_width, told_width] = WIDTHS;
        Line::from(vec![
            Span::raw(fit(&name.replace('_', " "), figure)),
            Span::raw(format!(" {}", fit_right(&shown.shown(now), shown_width))),
            Span::raw(format!(" {}", fit_right(&rest.shown(now), rest_width))),
            Span::styled(format!(" {}", fit_right(&apart, difference_width)), style),
            Span::styled(format!("  {} {age}", fit(&told, told_width)), theme.dim()),
        ])
    }

    /// Who told what is shown, and when last.
    fn origin(&self, by: Told, context: &Context<'_>) -> Option<(&'static str, Timestamp)> {
        match by {
            Told::Counted => {
                let topic =
                    Topic::received(&format!("v2.routing.queues.{}.conversations", self.queue));
                let last = context.monitor.topics.get(&topic)?.last?;
                Some(("conversations", last))
            }
            Told::Metric(metric, qualifier, period) => {
                let row = context.monitor.queues.get(&self.queue)?;
                let now = context.monitor.link.service_time(context.now);
                let newest = row.told(metric, qualifier, period, now).max_by_key(|it| it.told)?;
                let word = match newest.origin {
                    Origin::Stream => "stream",
                    Origin::Rest => "REST",
                };
                Some((word, newest.told))
            }
        }
    }
}

/// By how much what is shown is more than what REST says: `=`, with a sign, or unknown.
fn difference(shown: &Value, rest: &Value, now: Timestamp) -> String {
    let (Some(left), Some(right)) = (shown.figure(now), rest.figure(now)) else {
        // nobody waits on either side, say: that they agree on nothing is no finding
        return if shown == rest { String::new() } else { "–".to_owned() };
    };
    let apart = left - right;
    let sign = if apart < 0.0 { '-' } else { '+' };
    match shown {
        Value::Percent(_) if (apart * 100.0).abs() >= 0.5 => {
            format!("{sign}{:.0}%", (apart * 100.0).abs())
        }
        Value::Number(_) if apart.abs() >= 0.5 => format!("{sign}{:.0}", apart.abs()),
        Value::Duration(_) | Value::Since(_) if apart.abs() >= 1.0 => {
            format!("{sign}{}", clock(Duration::from_secs_f64(apart.abs())))
        }
        _ => "=".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{FIGURES, difference};
    use crate::domain::board::Value;
    use crate::domain::board::column;
    use crate::domain::board::queues::QueueBoard;
    use jiff::{SignedDuration, Timestamp};
    use std::time::Duration;

    #[test]
    fn every_figure_is_a_column() {
        for (name, _) in FIGURES {
            assert!(column::<QueueBoard>(name).is_some(), "{name}");
        }
    }

    #[test]
    fn differences_have_a_sign_and_the_unit_of_what_is_shown() {
        let now: Timestamp = "2026-11-24T14:00:00Z".parse().unwrap();
        let ago = |seconds| Value::Since(now - SignedDuration::from_secs(seconds));
        let length = |seconds| Value::Duration(Duration::from_secs(seconds));
        for (shown, rest, expected) in [
            (Value::Number(3), Value::Number(3), "="),
            (Value::Number(2), Value::Number(3), "-1"),
            (Value::Percent(0.9), Value::Percent(0.85), "+5%"),
            (length(70), length(10), "+1m00"),
            (ago(10), ago(11), "-0m01"),
            (Value::Unknown, Value::Number(3), "–"),
            (Value::Unknown, Value::Unknown, ""),
        ] {
            assert_eq!(difference(&shown, &rest, now), expected, "{shown:?} {rest:?}");
        }
    }
}
