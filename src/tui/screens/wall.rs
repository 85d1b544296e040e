//! The wall: queues in figures that can be read from two metres, one at a time, or as many as there is
//! room for on a large screen; needs no key.
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
use crate::domain::board::{Facts, Sort, SortKey, Value, column};
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
const MAX_QUEUES: usize = 24;
/// Least room of one queue among several, in columns and rows: figures are still three rows high.
const TILE: (u16, u16) = (64, 18);

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
    turn: Duration,
    /// Queues with a standing alert.
    pub(in crate::tui) alerting: Vec<QueueId>,
    /// Who had a turn in this round, those that are shown last.
    seen: Vec<QueueId>,
    /// How many have a turn in it.
    round: usize,
    /// Those that are shown, the worst first.
    shown: Vec<QueueId>,
    /// Since when they are.
    began: Option<Timestamp>,
    /// How many there was room for when they were chosen.
    room: usize,
    /// Whether they were chosen because of alerts.
    by_alert: bool,
}

impl Default for WallPanel {
    fn default() -> Self {
        Self::turning(TURN)
    }
}

impl WallPanel {
    /// One that shows each queue for so long.
    pub(in crate::tui) fn turning(turn: Duration) -> Self {
        Self {
            turn,
            alerting: Vec::new(),
            seen: Vec::new(),
            round: 0,
            shown: Vec::new(),
            began: None,
            room: 0,
            by_alert: false,
        }
    }
}

impl WallPanel {
    /// The queues to go through, the worst first.
    fn worst(&self, context: &Context<'_>) -> Vec<QueueId> {
        let Context { monitor, now, .. } = *context;
        let facts = Facts { monitor, now, masked: true };
        let only_alerting = !self.alerting.is_empty();
        let mut rows: Vec<(SortKey, QueueId)> = monitor
            .queues
            .iter()
            .filter(|row| !only_alerting || self.alerting.contains(&row.id))
            .map(|row| (Sort::default().key::<QueueBoard>(&facts, &row.id), row.id.clone()))
            .collect();
        rows.sort_unstable();
        rows.truncate(MAX_QUEUES);
        rows.into_iter().map(|(_, id)| id).collect()
    }
}

/// How many queues there is room for side by side, and one below another.
fn room(area: Rect) -> (u16, u16) {
    // the border and its title
    let inner = (area.width.saturating_sub(2), area.height.saturating_sub(2));
    ((inner.0 / TILE.0).max(1), (inner.1 / TILE.1).max(1))
}

/// The places of so many queues, as large as they can be.
fn tiles(area: Rect, most: (u16, u16), count: usize) -> Vec<Rect> {
    let count = u16::try_from(count).unwrap_or(u16::MAX).clamp(1, most.0.saturating_mul(most.1));
    let rows = count.div_ceil(most.0);
    let columns = count.div_ceil(rows);
    let split = |number: u16| vec![Constraint::Fill(1); usize::from(number)];
    Layout::vertical(split(rows))
        .split(area)
        .iter()
        .flat_map(|row| Layout::horizontal(split(columns)).split(*row).to_vec())
        .collect()
}

impl Panel for WallPanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        let now = context.now;
        let (across, down) = room(spot.area);
        let room = usize::from(across) * usize::from(down);
        let is_due = self.began.is_none_or(|began| began > now || since(now, began) >= self.turn);
        // when the last alert has gone, its queue is no longer all there is to see
        let alerts_shown = (self.alerting.is_empty() && !self.by_alert)
            || (!self.alerting.is_empty()
                && self.shown.iter().all(|id| self.alerting.contains(id))
                && self.shown.len() >= room.min(self.alerting.len()));
        if !is_due && alerts_shown && room == self.room && !self.shown.is_empty() {
            return;
        }
        // Every queue is looked at once a turn, and none in between. The worst of those that had no
        // turn in this round come next: an order that was kept for a round would show what has
        // become bad minutes late, one that forgot who had a turn would never come to the last.
        let worst = self.worst(context);
        self.round = worst.len();
        self.seen.retain(|id| worst.contains(id));
        if worst.iter().all(|id| self.seen.contains(id)) {
            self.seen.clear();
        }
        let next: Vec<QueueId> =
            worst.iter().filter(|id| !self.seen.contains(id)).take(room).cloned().collect();
        // at the end of a round the worst fill up what is left
        let more = room.saturating_sub(next.len());
        let filling = worst.iter().filter(|id| !next.contains(id)).take(more).cloned();
        self.shown = next.iter().cloned().chain(filling.collect::<Vec<_>>()).collect();
        self.shown.sort_by_key(|id| worst.iter().position(|other| other == id));
        self.seen.extend(next);
        (self.began, self.room) = (Some(now), room);
        self.by_alert = !self.alerting.is_empty();
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let look = context.look;
        if self.shown.is_empty() {
            let block = panel(look, "Wall", true);
            frame.render_widget(Paragraph::new("no queue is known yet").block(block), spot.area);
            return;
        }
        let until = self.seen.len();
        let from = (until + 1).saturating_sub(self.shown.len()).max(1);
        let place = if from == until { until.to_string() } else { format!("{from}–{until}") };
        let why = if self.alerting.is_empty() { "" } else { " · with an alert" };
        let title = format!("Wall · {place} of {}{why}", self.round.max(until));
        let block = panel(look, &title, true);
        let inner = block.inner(spot.area);
        frame.render_widget(block, spot.area);
        if let [only] = self.shown.as_slice() {
            draw_queue(frame, inner, only, context);
            return;
        }
        let places = tiles(inner, room(spot.area), self.shown.len());
        for (id, place) in self.shown.iter().zip(places) {
            let block = panel(look, context.monitor.directory.queue(id), false);
            let tile = block.inner(place);
            frame.render_widget(block, place);
            draw_queue(frame, tile, id, context);
        }
    }
}

/// One queue in large figures.
fn draw_queue(frame: &mut Frame<'_>, area: Rect, id: &QueueId, context: &Context<'_>) {
    let look = context.look;
    let free = area.height.saturating_sub(5);
    let [name, _, figures, _, small, curve] = Layout::vertical([
        Constraint::Length((free / 3).max(1)),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
    ])
    .areas(area);
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
    let others: Vec<String> =
        others.iter().map(|(name, word)| format!("{word} {}", figure(context, id, name))).collect();
    frame.render_widget(Line::styled(others.join("   "), look.theme.title()), small);
    if let Some(series) = context.monitor.history.waiting_in(id) {
        let curve_text = sparkline(series.iter(), usize::from(curve.width) / 2, look.theme.ascii);
        let peak = series.peak().map_or("–".to_owned(), |peak| peak.to_string());
        let line = format!("waiting, last hour {curve_text} peak {peak}");
        frame.render_widget(Line::raw(line), curve);
    }
}

/// A figure as the board has it.
fn figure(context: &Context<'_>, id: &QueueId, name: &str) -> String {
    let facts = Facts { monitor: context.monitor, now: context.now, masked: true };
    let value =
        column::<QueueBoard>(name).map_or(Value::Unknown, |column| column.value(&facts, id));
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
