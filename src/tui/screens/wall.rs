//! The wall: one queue at a time in figures that can be read from two metres; needs no key.
//!
//! ```text
//! BILLING                                     2 of 10
//! waiting            longest wait
//! ██ █               █ █ ███ ███
//! ringing 1   talking 12   on queue 15   idle 2
//! last hour ▁▁▂▄▆█
//! ```
//!
//! It goes through the worst queues, the worst first. While alerts stand, only through the queues
//! that have one, so with one alert it stays. Time is the picture's: a frozen one stands still.
use super::{Panel, Screen, Spot};
use crate::domain::board::queues::QueueBoard;
use crate::domain::board::{Facts, Order, Sort, Value, column};
use crate::domain::identity::QueueId;
use crate::domain::moment::since;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::big::{self, Scale};
use crate::tui::draw::panel;
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::spark::sparkline;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;
use std::time::Duration;

/// How long a queue is shown unless said otherwise: time to read it and to walk past.
pub(in crate::tui) const TURN: Duration = Duration::from_secs(10);
/// Most queues that it goes through: with ten seconds each that is four minutes, and nobody waits
/// longer to see a queue again.
const MAX_TURNS: usize = 24;

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[ActionEntry::new(
    "wall.show",
    &[Key::char('9')],
    "large figures for a screen on the wall, queue after queue",
    Place::Screens,
    |view, _| view.show(Screen::Wall),
)
.labelled("wall")];

/// Large figures, queue after queue.
#[derive(Debug)]
pub(in crate::tui) struct WallPanel {
    /// How long a queue is shown.
    pub(in crate::tui) turn: Duration,
    /// Queues with a standing alert.
    pub(in crate::tui) alerting: Vec<QueueId>,
    /// Who had a turn in this round, the one that is shown last.
    seen: Vec<QueueId>,
    /// How many have a turn in it.
    round: usize,
    shown: Option<(QueueId, Timestamp)>,
}

impl Default for WallPanel {
    fn default() -> Self {
        Self { turn: TURN, alerting: Vec::new(), seen: Vec::new(), round: 0, shown: None }
    }
}

impl WallPanel {
    /// The queues to go through, the worst first.
    fn worst(&self, context: &Context<'_>) -> Vec<QueueId> {
        let Context { monitor, now, .. } = *context;
        let facts = Facts { monitor, now, masked: true };
        let mut order: Order<QueueId> = Order::default();
        let only_alerting = !self.alerting.is_empty();
        let rows = monitor.queues.iter().map(|row| row.id.clone());
        let rows = rows.filter(|id| !only_alerting || self.alerting.contains(id));
        order.rebuild(rows.map(|id| {
            let key = Sort::default().key::<QueueBoard>(&facts, &id);
            (id, key)
        }));
        (0..order.len().min(MAX_TURNS)).filter_map(|place| order.at(place).cloned()).collect()
    }
}

impl Panel for WallPanel {
    fn prepare(&mut self, _: Spot, context: &Context<'_>) {
        let now = context.now;
        let is_due =
            |since_when: Timestamp| since_when > now || since(now, since_when) >= self.turn;
        let stays = self.shown.as_ref().filter(|(id, began)| {
            let has_place = self.alerting.is_empty() || self.alerting.contains(id);
            has_place && !is_due(*began)
        });
        if stays.is_some() {
            return;
        }
        // Every queue is looked at once a turn, and none in between. The worst of those that had no
        // turn in this round comes next: an order that was kept for a round would show what has
        // become bad minutes late, one that forgot who had a turn would never come to the last.
        let worst = self.worst(context);
        self.round = worst.len();
        self.seen.retain(|id| worst.contains(id));
        let next = worst.iter().find(|id| !self.seen.contains(id));
        let next = match next {
            Some(next) if self.seen.len() < MAX_TURNS => Some(next),
            _ => {
                self.seen.clear();
                worst.first()
            }
        };
        self.seen.extend(next.cloned());
        self.shown = next.map(|id| (id.clone(), now));
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let look = context.look;
        let Some((id, _)) = &self.shown else {
            let block = panel(look, "Wall", true);
            frame.render_widget(Paragraph::new("no queue is known yet").block(block), spot.area);
            return;
        };
        let place = self.seen.len();
        let why = if self.alerting.is_empty() { "" } else { " · with an alert" };
        let title = format!("Wall · {place} of {}{why}", self.round.max(place));
        let block = panel(look, &title, true);
        let inner = block.inner(spot.area);
        frame.render_widget(block, spot.area);
        let free = inner.height.saturating_sub(5);
        let [name, _, figures, _, small, curve] = Layout::vertical([
            Constraint::Length((free / 3).max(1)),
            Constraint::Length(1),
            Constraint::Fill(1),
            Constraint::Length(1),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .areas(inner);
        let (sign, style) = standing(context, id);
        let directory = context.monitor.directory.queue(id).to_owned();
        large(frame, name, &directory.to_uppercase(), &directory, style, context);
        let [left, right] =
            Layout::horizontal([Constraint::Percentage(35), Constraint::Fill(1)]).areas(figures);
        for (area, name, caption) in [
            (left, "waiting", format!("{sign} waiting")),
            (right, "longest_wait", "longest wait".to_owned()),
        ] {
            let [head, below] =
                Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
            frame.render_widget(Line::styled(caption, look.theme.title()), head);
            let text = figure(context, id, name);
            large(frame, below, &text, &text, style, context);
        }
        let others = [
            ("alerting", "ringing"),
            ("interacting", "talking"),
            ("on_queue", "on queue"),
            ("idle", "idle"),
            ("service_level", "service level"),
        ];
        let others: Vec<String> = others
            .iter()
            .map(|(name, word)| format!("{word} {}", figure(context, id, name)))
            .collect();
        frame.render_widget(Line::styled(others.join("   "), look.theme.title()), small);
        if let Some(series) = context.monitor.history.waiting_in(id) {
            let curve_text = sparkline(series, usize::from(curve.width) / 2, look.theme.ascii);
            let peak = series.peak().map_or("–".to_owned(), |peak| peak.to_string());
            let line = format!("waiting, last hour {curve_text} peak {peak}");
            frame.render_widget(Line::raw(line), curve);
        }
    }
}

/// A figure as the board has it.
fn figure(context: &Context<'_>, id: &QueueId, name: &str) -> String {
    let facts = Facts { monitor: context.monitor, now: context.now, masked: true };
    let value =
        column::<QueueBoard>(name).map_or(Value::Unknown, |column| (column.value)(&facts, id));
    value.shown(context.now)
}

/// How a queue stands, as a shape and a colour.
fn standing(context: &Context<'_>, id: &QueueId) -> (String, Style) {
    let sign = super::queues::urgency(id, context);
    // an underline through blocks would be drawn as stripes
    (sign.content.into_owned(), sign.style.remove_modifier(Modifier::UNDERLINED))
}

/// Draws a text as large as it fits, or else as it is.
fn large(
    frame: &mut Frame<'_>,
    area: Rect,
    text: &str,
    small: &str,
    style: Style,
    context: &Context<'_>,
) {
    let ascii = context.look.theme.ascii;
    let scale: Option<Scale> = big::fitting(&[text], area.width, area.height, ascii);
    let lines: Vec<Line<'static>> = match scale {
        Some(scale) => {
            big::rows(text, scale, ascii).into_iter().map(|row| Line::styled(row, style)).collect()
        }
        None => vec![Line::styled(small.to_owned(), style)],
    };
    frame.render_widget(Paragraph::new(lines), area);
}
