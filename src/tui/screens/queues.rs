//! The queues, worst first.
use super::{Panel, Screen, Spot};
use crate::domain::conversation::State;
use crate::domain::identity::QueueId;
use crate::domain::moment::since;
use crate::domain::monitor::queues::QueueRow;
use crate::domain::topic::Media;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{heading, mark_row, panel};
use crate::tui::format::{fit, fit_right};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::inspector::Inspector;
use crate::tui::pane::{List, Pane};
use crate::tui::theme::Theme;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use std::cmp::Reverse;

/// How the list can be sorted.
const SORTS: [&str; 2] = ["worst first", "by name"];

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new("queues.show", &[Key::char('2')], "the queues", Place::Screens, |view, _| {
        view.show(Screen::Queues)
    })
    .labelled("queues"),
    ActionEntry::new(
        "queues.sort",
        &[Key::char('s')],
        "sort by the next column",
        Place::Panel(Screen::Queues),
        |view, _| {
            let panel = &mut view.panels.queues;
            panel.sort = (panel.sort + 1) % SORTS.len();
            Vec::new()
        },
    )
    .labelled("sort"),
    ActionEntry::new(
        "queues.reverse",
        &[Key::char('S')],
        "sort the other way round",
        Place::Panel(Screen::Queues),
        |view, _| {
            view.panels.queues.reverse = !view.panels.queues.reverse;
            Vec::new()
        },
    ),
];

/// The queues.
#[derive(Debug, Default)]
pub(in crate::tui) struct QueuePanel {
    pane: Pane<QueueId, QueueLine>,
    sort: usize,
    reverse: bool,
}

#[derive(Debug)]
struct QueueLine {
    id: QueueId,
    name: String,
    watched: bool,
    waiting: u32,
    alerting: u32,
    interacting: u32,
    hold: u32,
    parked: u32,
    wrapup: u32,
    longest: Option<Timestamp>,
    on_queue: Option<f64>,
    service_waiting: Option<f64>,
}

impl Panel for QueuePanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        let monitor = context.monitor;
        self.pane.height = spot.rows(usize::from(spot.alone));
        let name = |row: &QueueRow| monitor.directory.queue(&row.id).to_lowercase();
        let wanted = self.pane.filter.to_lowercase();
        let mut order: Vec<&QueueRow> =
            monitor.queues.iter().filter(|row| name(row).contains(&wanted)).collect();
        if self.sort == 1 {
            order.sort_by_cached_key(|row| (name(row), row.id.clone()));
        } else {
            // worst first: who waits longest, then how many wait
            order.sort_by_cached_key(|row| {
                let longest = row.longest_unanswered().unwrap_or(Timestamp::MAX);
                (
                    longest,
                    Reverse(row.waiting()),
                    Reverse(row.interacting()),
                    name(row),
                    row.id.clone(),
                )
            });
        }
        self.pane.total = monitor.queues.iter().len();
        self.pane.settle(order, self.reverse, |row| row.id.clone());
        self.pane.fill(|id| {
            let row = monitor.queues.get(id)?;
            Some(QueueLine {
                id: id.clone(),
                name: monitor.directory.queue(id).to_owned(),
                watched: row.watched,
                waiting: row.waiting(),
                alerting: row.count(State::Alerting),
                interacting: row.interacting(),
                hold: row.count(State::Hold),
                parked: row.count(State::Parked),
                wrapup: row.count(State::Wrapup),
                longest: row.longest_unanswered(),
                // agents are counted once for each medium: the largest is how many there are
                on_queue: Media::ALL
                    .iter()
                    .filter_map(|media| row.figure("oOnQueueUsers", Some(*media), None))
                    .reduce(f64::max)
                    .or(row.figure("oOnQueueUsers", None, None)),
                service_waiting: row.figure("oWaiting", None, None),
            })
        });
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let look = context.look;
        let title = format!("Queues {} · {}", self.pane.tally(), SORTS[self.sort]);
        let width = spot.columns();
        // what the words take beside the name; on narrow screens they are shorter
        let narrow = width < 60;
        let taken = if spot.alone {
            76
        } else if narrow {
            34
        } else {
            48
        };
        let name = width.saturating_sub(taken).clamp(8, 40);
        let mut lines = Vec::new();
        if spot.alone {
            lines.push(heading(look, format!(
                "  {} waiting  longest  alerting  talking  hold  parked  wrap-up  on queue  service",
                fit("queue", name)
            )));
        }
        for line in &self.pane.lines {
            let text = if spot.alone {
                queue_wide(line, name, context)
            } else {
                queue_short(line, name, narrow, context)
            };
            let (sign, style) = queue_sign(line, context.now, look.theme);
            let row = Line::from(vec![Span::styled(sign, style), Span::raw(text)]);
            lines.push(mark_row(row, self.pane.selected.as_ref() == Some(&line.id), look));
        }
        let block = panel(look, &title, spot.focused);
        frame.render_widget(Paragraph::new(lines).block(block), spot.area);
    }

    fn list(&self) -> Option<&dyn List> {
        Some(&self.pane)
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        Some(&mut self.pane)
    }

    fn open(&self, context: &Context<'_>) -> Result<Overlay, &'static str> {
        let id = self.pane.selected.as_ref().ok_or("move the cursor onto a queue with ↑ ↓")?;
        Inspector::newest(context, |kept| {
            kept.topic.as_ref().is_some_and(|topic| topic.key().contains(id.as_str()))
        })
    }
}

fn number(value: u32, watched: bool) -> String {
    // unknown is not zero
    if watched { value.to_string() } else { "–".to_owned() }
}

fn figure(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.0}"))
}

/// How urgent a queue is, as a shape and a colour.
fn queue_sign(line: &QueueLine, now: Timestamp, theme: Theme) -> (&'static str, Style) {
    let longest = line.longest.map(|at| since(now, at).as_secs());
    match longest {
        _ if !line.watched => (theme.sign("○ ", "? "), theme.dim()),
        Some(120..) => (theme.sign("▲ ", "! "), theme.bad()),
        Some(30..) => (theme.sign("◆ ", "+ "), theme.warn()),
        _ => (theme.sign("● ", "* "), theme.good()),
    }
}

fn queue_short(line: &QueueLine, name: usize, narrow: bool, context: &Context<'_>) -> String {
    let (longest, alert) = if narrow { ("", "ring") } else { ("longest ", "alert") };
    format!(
        "{} wait {} {longest}{} {alert} {} talk {}/{}",
        fit(&line.name, name),
        fit(&number(line.waiting, line.watched), if narrow { 2 } else { 3 }),
        fit(&line.longest.map_or("–".to_owned(), |at| context.age(at)), 5),
        fit(&number(line.alerting, line.watched), 2),
        fit_right(&number(line.interacting, line.watched), 2),
        figure(line.on_queue),
    )
}

fn queue_wide(line: &QueueLine, name: usize, context: &Context<'_>) -> String {
    let count = |value: u32, width: usize| fit_right(&number(value, line.watched), width);
    format!(
        "{} {}  {}  {}  {}  {}  {}  {}  {}  {}",
        fit(&line.name, name),
        count(line.waiting, 7),
        fit_right(&line.longest.map_or("–".to_owned(), |at| context.age(at)), 7),
        count(line.alerting, 8),
        count(line.interacting, 7),
        count(line.hold, 4),
        count(line.parked, 6),
        count(line.wrapup, 7),
        fit_right(&figure(line.on_queue), 8),
        fit_right(&figure(line.service_waiting), 7),
    )
}
