//! The topics with their counters: what comes, how often, and what was refused; and what can be
//! done about it: adding, removing, pausing.
//!
//! ```text
//! topic                                  rate  share   frames   bytes   last  20 seconds  standing
//! routing.queues.Billing.conversations  4.1/s   38 %    1,204    5.1M   0m01  ▁▃▅█▁▃▅     channel 1
//! + users.Ana?presence&routingStatus    0.1/s    2 %       80     40k   0m12  ▁  ▁        channel 1
//! ───
//! budget     ████░░░░░░░░░░░░░░░░  20 % · 200 of 1,000 topics on 1 channel · room enough
//! topic      v2.routing.queues.….conversations
//! ```
//!
//! What is paused is known here only: for the source it is a topic that isn't watched.
use super::{Panel, Screen, Spot};
use crate::domain::filter::FilterError;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::topics::Asked as AskedFor;
use crate::domain::text::harmless_within;
use crate::domain::topic::Topic;
use crate::tui::action::common::no_session;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::asked;
use crate::tui::draw::{draw_lines, empty, heading, mark_row, panel};
use crate::tui::format::{self, fit, fit_right};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::names::{MAX_CELL, named_topic};
use crate::tui::overlays::Overlay;
use crate::tui::overlays::adder::Adder;
use crate::tui::overlays::inspector::Inspector;
use crate::tui::overlays::prompt::Prompt;
use crate::tui::pane::{List, Pane};
use crate::tui::view::{At, Effect, View, Wish};
use columns::Columns;
use crossterm::event::KeyCode;
use jiff::Timestamp;
use listed::{Row, Shown, Standing};
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::Line;
use rows::{EXAMPLES, FIELDS, TopicRow};
use sort::Sort;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};

mod columns;
mod details;
mod listed;
mod rows;
mod sort;

/// Most topics that can be paused at a time: a screen or two of them. They are kept by nobody else.
const MAX_PAUSED: usize = 1_000;
/// Fewest rows of the screen with which the lower part is shown: half of them are left to the list.
const ROWS_FOR_DETAILS: usize = 2 * details::ROWS;

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
        "topics.add",
        &[Key::char('a')],
        "add a topic: find it in the catalogue, and name the queue or user",
        Place::Panel(Screen::Topics),
        |view, at| {
            let near = view.panels.conversations.chosen().cloned();
            let adder = Adder::new(near, at.monitor);
            view.lay(Overlay::Adder(Box::new(adder)));
            Vec::new()
        },
    )
    .labelled("add")
    .unless(no_session),
    ActionEntry::new(
        "topics.remove",
        &[Key::char('d'), Key::of(KeyCode::Delete)],
        "watch the topic no longer",
        Place::Panel(Screen::Topics),
        remove,
    )
    .labelled("remove")
    .unless(nothing_chosen),
    ActionEntry::new(
        "topics.pause",
        &[Key::char('P')],
        "pause the topic, or go on with it",
        Place::Panel(Screen::Topics),
        pause,
    )
    .labelled("pause")
    .unless(nothing_chosen),
    ActionEntry::new(
        "topics.which",
        &[Key::char('v')],
        "list the watched, the silent, those that never fired, the refused, the paused, the removed",
        Place::Panel(Screen::Topics),
        |view, _| {
            let panel = &mut view.panels.topics;
            panel.shown = panel.shown.next();
            Vec::new()
        },
    )
    .labelled("which"),
    ActionEntry::new(
        "topics.unfold",
        &[Key::char('e')],
        "show or hide the parts of a combined topic",
        Place::Panel(Screen::Topics),
        |view, _| {
            view.panels.topics.unfold();
            Vec::new()
        },
    )
    .unless(nothing_chosen),
    ActionEntry::new(
        "topics.save",
        &[Key::char('w')],
        "save what is watched as a named set of the profile, for `gcwatch watch --set`",
        Place::Panel(Screen::Topics),
        |view, _| {
            let save = |name: &str| vec![Effect::SaveSet(name.trim().to_owned())];
            view.lay(Overlay::Prompt(Prompt::asking("name of the set", save)));
            Vec::new()
        },
    )
    .labelled("save"),
    ActionEntry::new(
        "topics.sort",
        &[Key::char('s')],
        "sort otherwise: busiest, by bytes, quietest first, by name",
        Place::Panel(Screen::Topics),
        |view, _| {
            let panel = &mut view.panels.topics;
            panel.sort = panel.sort.next();
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

fn nothing_chosen(view: &View, _: &At<'_>) -> Option<&'static str> {
    let none = view.panels.topics.pane.selected.is_none();
    none.then_some("move the cursor onto a topic with ↑ ↓")
}

/// Watches the chosen topic no longer; one that was paused is forgotten.
fn remove(view: &mut View, at: &At<'_>) -> Vec<Effect> {
    let panel = &mut view.panels.topics;
    let Some(topic) = panel.pane.selected.clone() else { return Vec::new() };
    let standing = listed::row(at.monitor, &panel.paused, &topic).map(|row| row.standing);
    let (message, effects) = match standing {
        Some(Standing::Paused) => {
            panel.paused.remove(&topic);
            panel.ending.remove(&topic);
            (format!("{} is removed", topic.short()), Vec::new())
        }
        Some(Standing::ByItself) => (
            "it comes on every channel by itself, or as a part of what was removed".to_owned(),
            Vec::new(),
        ),
        Some(Standing::Gone) | None => ("it isn't watched any more".to_owned(), Vec::new()),
        Some(Standing::Permitted(_) | Standing::Refused(_) | Standing::Part) => {
            let wish = Wish::Unsubscribe(vec![topic.clone()]);
            (
                format!("{} is being removed; a adds it again", topic.short()),
                vec![Effect::Ask(wish)],
            )
        }
    };
    view.message = harmless_within(&message, MAX_CELL);
    effects
}

/// Pauses the chosen topic, or goes on with it.
fn pause(view: &mut View, at: &At<'_>) -> Vec<Effect> {
    let panel = &mut view.panels.topics;
    let Some(topic) = panel.pane.selected.clone() else { return Vec::new() };
    let standing = listed::row(at.monitor, &panel.paused, &topic).map(|row| row.standing);
    let (message, wish) = match standing {
        Some(Standing::Paused) => {
            panel.ending.insert(topic.clone());
            (format!("{} goes on", topic.short()), Some(Wish::Subscribe(vec![topic])))
        }
        Some(Standing::Permitted(_)) if panel.paused.len() < MAX_PAUSED => {
            panel.paused.insert(topic.clone());
            let message = format!("{} is paused; P goes on", topic.short());
            (message, Some(Wish::Unsubscribe(vec![topic])))
        }
        Some(Standing::Permitted(_)) => {
            ("too many topics are paused already; remove them instead".to_owned(), None)
        }
        Some(Standing::Part) => {
            ("pause the combined topic, or remove this part with d".to_owned(), None)
        }
        Some(Standing::Refused(_) | Standing::ByItself | Standing::Gone) | None => {
            ("only what is permitted can be paused".to_owned(), None)
        }
    };
    view.message = harmless_within(&message, MAX_CELL);
    wish.map(Effect::Ask).into_iter().collect()
}

/// The topics.
#[derive(Debug)]
pub(in crate::tui) struct TopicPanel {
    pane: Pane<Topic, TopicLine>,
    sort: Sort,
    reverse: bool,
    shown: Shown,
    /// Combined topics whose parts are shown; those that are listed no more are taken out.
    unfolded: HashSet<Topic>,
    /// At most [`MAX_PAUSED`].
    paused: BTreeSet<Topic>,
    /// Those of the paused that shall go on: the row stays until the service has answered.
    ending: BTreeSet<Topic>,
    /// The lower part; empty where there is no room for it.
    details: Vec<Line<'static>>,
    asked: asked::Asked<TopicRow>,
    basis: Option<Basis>,
}

impl Default for TopicPanel {
    fn default() -> Self {
        Self {
            pane: Pane::default(),
            sort: Sort::default(),
            reverse: false,
            shown: Shown::default(),
            unfolded: HashSet::new(),
            paused: BTreeSet::new(),
            ending: BTreeSet::new(),
            details: Vec::new(),
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
    topics: u64,
    sort: Sort,
    reverse: bool,
    shown: Shown,
    paused: usize,
    unfolded: HashSet<Topic>,
}

#[derive(Debug)]
struct TopicLine {
    topic: Topic,
    name: String,
    rate: f64,
    frames: u64,
    bytes: u64,
    share: String,
    last: Option<Timestamp>,
    standing: String,
    style: Style,
    refused: bool,
    history: Vec<u16>,
}

impl TopicPanel {
    fn unfold(&mut self) {
        let Some(topic) = &self.pane.selected else { return };
        if topic.is_combined() && !self.unfolded.remove(topic) {
            self.unfolded.insert(topic.clone());
        }
    }

    /// Takes out of the paused what is subscribed again, or was refused. Of a combined one that is refused,
    /// only the parts are told.
    fn end_pauses(&mut self, monitor: &Monitor) {
        let paused = &mut self.paused;
        let standing = |topic: &Topic| monitor.topics.get(topic).map(|counter| &counter.standing);
        let is_refused = |topic: &Topic| matches!(standing(topic), Some(AskedFor::Rejected(_)));
        self.ending.retain(|topic| {
            let answered = is_refused(topic)
                || matches!(standing(topic), Some(AskedFor::Permitted(_)))
                || topic.singles().all(|part| is_refused(&part));
            if answered {
                paused.remove(topic);
            }
            !answered
        });
    }

    /// The rows in their order, parts of unfolded ones behind them. Equals, which may be tens of thousands, stand
    /// in the order in which they became known: by their names, ten times as much would have to be read.
    fn ordered<'a>(&self, mut rows: Vec<Row<'a>>, context: &Context<'a>) -> Vec<&'a Topic> {
        let Context { monitor, now, .. } = *context;
        match self.sort {
            Sort::Name => rows.sort_by_cached_key(|row| named_topic(row.topic, monitor)),
            Sort::Largest => rows.sort_by_cached_key(|row| (Reverse(row.bytes()), row.sequence())),
            // nothing at all sorts before any time
            Sort::Quietest => rows.sort_by_cached_key(|row| (row.last(), row.sequence())),
            // refused ones first: somebody has to know
            Sort::Busiest => rows.sort_by_cached_key(|row| {
                let refused = matches!(row.standing, Standing::Refused(_));
                #[expect(clippy::cast_possible_truncation, reason = "saturates; only for sorting")]
                let rate = (row.rate(now, monitor.counted_since) * 1_000.0) as i64;
                (!refused, Reverse(rate), Reverse(row.frames()), row.sequence())
            }),
        }
        if self.reverse {
            rows.reverse();
        }
        let mut order = Vec::with_capacity(rows.len());
        for row in rows {
            order.push(row.topic);
            if row.parts > 0 && self.unfolded.contains(row.topic) {
                order.extend(
                    listed::rows_of_parts(monitor, row.topic).iter().map(|part| part.topic),
                );
            }
        }
        order
    }

    /// Those that are listed and pass, sorted.
    fn put_in_order(&mut self, context: &Context<'_>) {
        let Context { monitor, now, .. } = *context;
        let mut rows = listed::rows(monitor, &self.paused, self.shown, now);
        self.pane.total = rows.len();
        if !self.asked.is_everything() {
            rows.retain(|row| self.asked.passes(&TopicRow::of(row, monitor, now)));
        }
        let order: Vec<Topic> = self.ordered(rows, context).into_iter().cloned().collect();
        if !self.unfolded.is_empty() {
            let listed: HashSet<&Topic> = order.iter().collect();
            self.unfolded.retain(|topic| listed.contains(topic));
        }
        self.pane.set_order(order);
    }

    fn line(&self, topic: &Topic, context: &Context<'_>) -> Option<TopicLine> {
        let Context { monitor, now, look } = *context;
        let row = listed::row(monitor, &self.paused, topic)?;
        let is_part = self.unfolded.iter().any(|whole| whole.singles().any(|part| part == *topic));
        let sign = match (is_part, row.parts) {
            (true, _) => "  · ",
            (false, 0) => "",
            (false, _) if self.unfolded.contains(topic) => "- ",
            (false, _) => "+ ",
        };
        let never = row.frames() == 0;
        let silent = row
            .last()
            .is_some_and(|at| crate::domain::moment::since(now, at) >= listed::SILENT_AFTER);
        let theme = look.theme;
        let (standing, style) = match row.standing {
            Standing::Permitted(_) if never => ("never fired".to_owned(), theme.dim()),
            Standing::Permitted(_) if silent => ("silent".to_owned(), theme.dim()),
            Standing::Permitted(channel) => (format!("channel {channel}"), Style::new()),
            Standing::Refused(rejection) => {
                let division = monitor.directory.division(topic);
                (details::refused(rejection, division), theme.bad())
            }
            Standing::ByItself if is_part => ("part".to_owned(), Style::new()),
            Standing::ByItself => ("by itself".to_owned(), Style::new()),
            Standing::Part => ("part".to_owned(), Style::new()),
            Standing::Paused => ("paused".to_owned(), theme.warn()),
            Standing::Gone => ("removed".to_owned(), theme.dim()),
        };
        Some(TopicLine {
            topic: topic.clone(),
            name: format!("{sign}{}", named_topic(topic, monitor)),
            rate: row.rate(now, monitor.counted_since),
            frames: row.frames(),
            bytes: row.bytes(),
            share: details::share(row.bytes(), monitor.topics.bytes()),
            last: row.last(),
            refused: matches!(row.standing, Standing::Refused(_)),
            standing,
            style,
            history: row.history(now),
        })
    }
}

impl Panel for TopicPanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        let Context { monitor, now, .. } = *context;
        let with_details = spot.alone && spot.rows(0) >= ROWS_FOR_DETAILS;
        let below = if with_details { details::ROWS } else { 0 };
        self.pane.height = spot.rows(usize::from(spot.alone) + below);
        self.end_pauses(monitor);
        let is_changed = self.asked.read(&self.pane.filter);
        let basis = Basis {
            second: now.as_second(),
            topics: monitor.topics.changes(),
            sort: self.sort,
            reverse: self.reverse,
            shown: self.shown,
            paused: self.paused.len(),
            unfolded: self.unfolded.clone(),
        };
        if is_changed || self.basis.as_ref() != Some(&basis) {
            self.basis = Some(basis);
            self.put_in_order(context);
        } else {
            self.pane.keep_in_sight();
        }
        let window = self.pane.order[self.pane.window()].iter();
        self.pane.lines = window.filter_map(|topic| self.line(topic, context)).collect();
        self.details = if with_details {
            let selected = self.pane.selected.as_ref();
            let row = selected.and_then(|topic| listed::row(monitor, &self.paused, topic));
            details::lines(row.as_ref(), spot.columns(), context)
        } else {
            Vec::new()
        };
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let (look, monitor) = (context.look, context.monitor);
        let all = monitor.topics.all();
        let rate = all.map_or(0.0, |all| all.rate(context.now, monitor.counted_since));
        let reversed = if self.reverse { "reversed" } else { "" };
        let chosen = [self.shown.words(), self.sort.words(), reversed];
        let chosen: String = chosen
            .iter()
            .filter(|words| !words.is_empty())
            .map(|words| format!(" · {words}"))
            .collect();
        let title = format!("Topics {}{chosen} · {}", self.pane.tally(), format::rate(rate));
        let width = spot.columns();
        let columns = Columns::of(width);
        let mut lines = Vec::new();
        if spot.alone {
            lines.push(heading(look, columns.heading()));
        }
        for line in &self.pane.lines {
            let selected = self.pane.selected.as_ref() == Some(&line.topic);
            let text = if spot.alone {
                columns.line(line, context)
            } else {
                let name = width.saturating_sub(9);
                let end = if line.refused { "refused".to_owned() } else { format::rate(line.rate) };
                format!("{} {}", fit(&line.name, name), fit_right(&end, 8))
            };
            lines.push(mark_row(Line::styled(text, line.style), selected, look));
        }
        if self.pane.lines.is_empty() {
            let otherwise = match self.shown {
                Shown::Watched => "no topic is watched; on screen 5, a adds one".to_owned(),
                other => format!("no topic is {}; v lists others", other.words()),
            };
            lines.extend(empty(look, !self.asked.is_everything(), &otherwise, width));
        }
        let above = usize::from(spot.alone) + self.pane.height;
        if !self.details.is_empty() {
            lines.resize_with(above, Line::default);
            lines.extend(self.details.iter().cloned());
        }
        let block = panel(look, &title, spot.focused);
        draw_lines(frame, spot.area, block, &lines);
    }

    fn fault(&self, filter: &str) -> Option<FilterError> {
        asked::fault(filter, FIELDS)
    }

    fn complete(&self, filter: &str, context: &Context<'_>) -> Vec<String> {
        let Context { monitor, now, .. } = *context;
        let rows = listed::rows(monitor, &self.paused, self.shown, now);
        let rows = rows.iter().map(|row| TopicRow::of(row, monitor, now));
        asked::completed(filter, FIELDS, rows)
    }

    fn examples(&self, context: &Context<'_>) -> Vec<(String, String)> {
        let Context { monitor, now, .. } = *context;
        let rows = listed::rows(monitor, &self.paused, self.shown, now);
        let rows = rows.iter().map(|row| TopicRow::of(row, monitor, now));
        asked::examples(&EXAMPLES, FIELDS, rows)
    }

    fn headings(&self, spot: Spot) -> u16 {
        u16::from(spot.alone)
    }

    fn list(&self) -> Option<&dyn List> {
        Some(&self.pane)
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        Some(&mut self.pane)
    }

    fn open(&self, context: &Context<'_>) -> Result<Overlay, &'static str> {
        let topic = self.pane.selected.as_ref().ok_or("move the cursor onto a topic with ↑ ↓")?;
        let singles: Vec<Topic> = topic.singles().collect();
        Inspector::newest(context, |kept| {
            kept.topic.as_ref().is_some_and(|topic| singles.contains(topic))
        })
    }
}
