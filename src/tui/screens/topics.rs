//! The topics with their counters: what comes, how often, and what was refused.
use super::{Panel, Screen, Spot};
use crate::domain::filter::FilterError;
use crate::domain::monitor::topics::{Asked, TopicCounter};
use crate::domain::text::harmless_within;
use crate::domain::topic::Topic;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::asked;
use crate::tui::draw::{heading, mark_row, panel};
use crate::tui::format::{self, fit, fit_right};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::names::{MAX_CELL, named_topic};
use crate::tui::overlays::Overlay;
use crate::tui::overlays::inspector::Inspector;
use crate::tui::pane::{List, Pane};
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use rows::{EXAMPLES, FIELDS, TopicRow};
use std::cmp::Reverse;
use std::fmt::Write;

mod rows;

/// How the list can be sorted.
const SORTS: [&str; 2] = ["busiest first", "by name"];

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new(
        "topics.show",
        &[Key::char('5')],
        "the topics with their counters",
        Place::Screens,
        |view, _| view.show(Screen::Topics),
    )
    .labelled("topics"),
    ActionEntry::new(
        "topics.sort",
        &[Key::char('s')],
        "sort by the next column",
        Place::Panel(Screen::Topics),
        |view, _| {
            let panel = &mut view.panels.topics;
            panel.sort = (panel.sort + 1) % SORTS.len();
            Vec::new()
        },
    )
    .labelled("sort"),
    ActionEntry::new(
        "topics.reverse",
        &[Key::char('S')],
        "sort the other way round",
        Place::Panel(Screen::Topics),
        |view, _| {
            view.panels.topics.reverse = !view.panels.topics.reverse;
            Vec::new()
        },
    ),
];

/// The topics.
#[derive(Debug)]
pub(in crate::tui) struct TopicPanel {
    pane: Pane<Topic, TopicLine>,
    sort: usize,
    reverse: bool,
    asked: asked::Asked<TopicRow>,
    basis: Option<Basis>,
}

impl Default for TopicPanel {
    fn default() -> Self {
        Self {
            pane: Pane::default(),
            sort: 0,
            reverse: false,
            asked: asked::Asked::everything(FIELDS),
            basis: None,
        }
    }
}

/// What the order was made for. Rates are over whole seconds, so that it need not be made anew
/// within one; there can be tens of thousands of topics.
#[derive(Debug, PartialEq)]
struct Basis {
    second: i64,
    topics: usize,
    sort: usize,
    reverse: bool,
}

#[derive(Debug)]
struct TopicLine {
    topic: Topic,
    name: String,
    rate: f64,
    frames: u64,
    bytes: u64,
    largest: u64,
    last: Option<Timestamp>,
    standing: String,
    rejected: bool,
    history: Vec<u16>,
}

impl TopicPanel {
    /// Those that pass, sorted.
    fn put_in_order(&mut self, context: &Context<'_>) {
        let Context { monitor, now, .. } = *context;
        let passes = |counter: &&TopicCounter| {
            self.asked.is_everything() || self.asked.passes(&TopicRow::of(counter, monitor, now))
        };
        let mut order: Vec<&TopicCounter> = monitor.topics.iter().filter(passes).collect();
        if self.sort == 1 {
            order.sort_by_cached_key(|counter| named_topic(&counter.topic, monitor));
        } else {
            // refused ones first: somebody has to know
            order.sort_by_cached_key(|counter| {
                let refused = matches!(counter.standing, Asked::Rejected(_));
                let rate = counter.rate(now, monitor.counted_since);
                #[expect(clippy::cast_possible_truncation, reason = "saturates; only for sorting")]
                let rate = (rate * 1_000.0) as i64;
                (!refused, Reverse(rate), Reverse(counter.frames), counter.topic.clone())
            });
        }
        self.pane.settle(order, self.reverse, |counter| counter.topic.clone());
    }
}

impl Panel for TopicPanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        let Context { monitor, now, .. } = *context;
        self.pane.height = spot.rows(usize::from(spot.alone));
        let rate = |counter: &TopicCounter| counter.rate(now, monitor.counted_since);
        self.pane.total = monitor.topics.iter().len();
        let is_changed = self.asked.read(&self.pane.filter);
        let basis = Basis {
            second: now.as_second(),
            topics: self.pane.total,
            sort: self.sort,
            reverse: self.reverse,
        };
        if is_changed || self.basis.as_ref() != Some(&basis) {
            self.basis = Some(basis);
            self.put_in_order(context);
        } else {
            self.pane.keep_in_sight();
        }
        self.pane.fill(|topic| {
            let counter = monitor.topics.get(topic)?;
            let standing = match &counter.standing {
                Asked::No => String::new(),
                Asked::Permitted(channel) => format!("channel {channel}"),
                Asked::Rejected(rejection) => {
                    let mut text =
                        format!("refused: {}", harmless_within(&rejection.reason, MAX_CELL));
                    if !rejection.missing_permissions.is_empty() {
                        let missing = rejection.missing_permissions.join(", ");
                        // writing to a string cannot fail
                        let _ = write!(text, " (missing {})", harmless_within(&missing, MAX_CELL));
                    }
                    text
                }
            };
            Some(TopicLine {
                topic: topic.clone(),
                name: named_topic(topic, monitor),
                rate: rate(counter),
                frames: counter.frames,
                bytes: counter.bytes,
                largest: counter.largest,
                last: counter.last,
                rejected: matches!(counter.standing, Asked::Rejected(_)),
                standing,
                history: counter.history(now).collect(),
            })
        });
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let (look, monitor) = (context.look, context.monitor);
        let all = monitor.topics.all();
        let rate = all.map_or(0.0, |all| all.rate(context.now, monitor.counted_since));
        let mut title = format!("Topics {} · {}", self.pane.tally(), format::rate(rate));
        if spot.alone {
            // writing to a string cannot fail
            let _ = write!(title, " · counted since {}", look.time(monitor.counted_since));
        }
        let width = spot.columns();
        let taken = if spot.alone { 78 } else { 9 };
        let name = width.saturating_sub(taken).clamp(if spot.alone { 20 } else { 0 }, 70);
        let name = if spot.alone { name } else { width.saturating_sub(9) };
        let mut lines = Vec::new();
        if spot.alone {
            lines.push(heading(
                look,
                format!(
                    "{}    rate   frames    bytes  largest   last  {}  standing",
                    fit("topic", name),
                    fit("20 seconds", 20)
                ),
            ));
        }
        for line in &self.pane.lines {
            let text = if spot.alone {
                topic_wide(line, name, context)
            } else {
                let end =
                    if line.rejected { "refused".to_owned() } else { format::rate(line.rate) };
                format!("{} {}", fit(&line.name, name), fit_right(&end, 8))
            };
            let style = if line.rejected { look.theme.bad() } else { Style::new() };
            let selected = self.pane.selected.as_ref() == Some(&line.topic);
            lines.push(mark_row(Line::styled(text, style), selected, look));
        }
        let block = panel(look, &title, spot.focused);
        frame.render_widget(Paragraph::new(lines).block(block), spot.area);
    }

    fn fault(&self, filter: &str) -> Option<FilterError> {
        asked::fault(filter, FIELDS)
    }

    fn complete(&self, filter: &str, context: &Context<'_>) -> Vec<String> {
        let Context { monitor, now, .. } = *context;
        let rows = monitor.topics.iter().map(|counter| TopicRow::of(counter, monitor, now));
        asked::completed(filter, FIELDS, rows)
    }

    fn examples(&self) -> &'static [(&'static str, &'static str)] {
        &EXAMPLES
    }

    fn list(&self) -> Option<&dyn List> {
        Some(&self.pane)
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        Some(&mut self.pane)
    }

    fn open(&self, context: &Context<'_>) -> Result<Overlay, &'static str> {
        let topic = self.pane.selected.as_ref().ok_or("move the cursor onto a topic with ↑ ↓")?;
        Inspector::newest(context, |kept| kept.topic.as_ref() == Some(topic))
    }
}

fn topic_wide(line: &TopicLine, name: usize, context: &Context<'_>) -> String {
    let bars = if context.look.theme.ascii {
        [" ", ".", ":", "+", "#"]
    } else {
        [" ", "▁", "▃", "▅", "█"]
    };
    let most = line.history.iter().copied().max().unwrap_or_default().max(1);
    let history: String = line
        .history
        .iter()
        .map(|frames| bars[usize::from(*frames) * 4 / usize::from(most)])
        .collect();
    format!(
        "{} {} {} {} {} {}  {}  {}",
        fit(&line.name, name),
        fit_right(&format::rate(line.rate), 7),
        fit_right(&format::count(line.frames), 8),
        fit_right(&format::size(line.bytes), 8),
        fit_right(&format::size(line.largest), 8),
        fit_right(&line.last.map_or("–".to_owned(), |at| context.age(at)), 6),
        history,
        line.standing,
    )
}
