//! Draws what was prepared. Takes shared references and changes nothing.
//!
//! ```text
//! truth bar: is what is shown live?            on every screen
//! notice:    why it isn't, when it isn't
//! ┌ queues ───────┐┌ topics ──┐                 live: four panels
//! ├ conversations ┤├ frames ──┤                 other screens: one panel, or an open frame
//! footer: keys, a message, or the filter being typed
//! ```
use super::action::ACTIONS;
use super::format;
use super::layout::{Areas, SMALLEST};
use super::view::{Focus, Screen, View};
use crate::domain::moment::since;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::link::Truth;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};

mod bar;
mod health;
mod inspector;
mod lists;

/// A border for terminals that have only ASCII characters.
const ASCII_BORDER: border::Set<'static> = border::Set {
    top_left: "+",
    top_right: "+",
    bottom_left: "+",
    bottom_right: "+",
    vertical_left: "|",
    vertical_right: "|",
    horizontal_top: "-",
    horizontal_bottom: "-",
};

/// Draws the view.
pub fn draw(frame: &mut Frame<'_>, monitor: &Monitor, view: &View, now: Timestamp) {
    let area = frame.area();
    if view.is_too_small() {
        let text = format!(
            "gcwatch needs {} columns and {} rows; this terminal has {} and {}. q quits.",
            SMALLEST.0, SMALLEST.1, area.width, area.height
        );
        frame.render_widget(Paragraph::new(text).wrap(ratatui::widgets::Wrap { trim: true }), area);
        return;
    }
    // while frozen, ages stand still with the picture; the bar tells the real state
    let shown_now = view.frozen.map_or(now, |(at, _)| at);
    let areas = view.areas(monitor, now);
    let truth = monitor.link.truth(now);
    bar::draw_bar(frame, areas.bar, monitor, view, now);
    if truth != Truth::Live {
        bar::draw_notice(frame, areas.notice, monitor, view, now);
    }
    if let Some(open) = &view.inspector {
        inspector::draw(frame, areas.whole, monitor, view, open);
    } else {
        draw_screen(frame, &areas, monitor, view, shown_now);
        if matches!(truth, Truth::Stale(_) | Truth::Reconnecting { .. } | Truth::Offline)
            && view.screen != Screen::Health
        {
            frame.buffer_mut().set_style(areas.whole, Style::new().add_modifier(Modifier::DIM));
        }
    }
    draw_footer(frame, areas.footer, view);
    if view.help {
        draw_help(frame, areas.whole, view);
    }
    if view.theme.ascii {
        to_ascii(frame);
    }
}

fn draw_screen(
    frame: &mut Frame<'_>,
    areas: &Areas,
    monitor: &Monitor,
    view: &View,
    now: Timestamp,
) {
    match view.screen {
        Screen::Agents => lists::draw_agents(frame, areas.whole, view, now),
        Screen::Health => health::draw(frame, areas.whole, monitor, view, now),
        _ => {
            for (area, draw) in [
                (
                    areas.queues,
                    lists::draw_queues as fn(&mut Frame<'_>, Rect, &Monitor, &View, Timestamp),
                ),
                (areas.conversations, lists::draw_conversations),
                (areas.topics, lists::draw_topics),
                (areas.frames, lists::draw_frames),
            ] {
                if area.area() > 0 {
                    draw(frame, area, monitor, view, now);
                }
            }
        }
    }
}

/// A panel with a title; the focused one is told by a bold title with a mark.
fn panel<'a>(view: &View, title: &str, focused: bool) -> Block<'a> {
    let mark = if focused { view.theme.sign("▸ ", "> ") } else { "" };
    let style = if focused { view.theme.title() } else { Style::new() };
    let block = Block::bordered().title(Line::styled(format!(" {mark}{title} "), style));
    if view.theme.ascii { block.border_set(ASCII_BORDER) } else { block }
}

/// How many of how many, with the filter.
fn tally(shown: usize, total: usize, filter: &str) -> String {
    if filter.is_empty() {
        format!("({})", format::count(total as u64))
    } else {
        format!(
            "({} of {}) · filter: {filter}",
            format::count(shown as u64),
            format::count(total as u64)
        )
    }
}

fn draw_footer(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let line = if let Some(text) = &view.typing {
        let what = if view.inspector.is_some() { "search" } else { "filter" };
        Line::from(vec![
            Span::styled(format!(" {what}: "), view.theme.title()),
            Span::raw(format::cut(text, usize::from(area.width).saturating_sub(40))),
            Span::styled(" ", view.theme.selected()),
            Span::styled("  enter keeps, esc clears", view.theme.dim()),
        ])
    } else if view.message.is_empty() {
        keys_line(view, usize::from(area.width))
    } else {
        Line::styled(format!(" {}", view.message), view.theme.title())
    };
    frame.render_widget(line, area);
}

fn keys_line(view: &View, width: usize) -> Line<'static> {
    let in_inspector = view.inspector.is_some();
    let mut spans = Vec::new();
    let mut used = 0;
    let last = ACTIONS.iter().filter(|entry| entry.label == "quit");
    let others = ACTIONS.iter().filter(|entry| entry.label != "quit");
    for entry in
        last.chain(others).filter(|entry| !entry.label.is_empty() && entry.is_for(in_inspector))
    {
        let piece = format!(" {} {}  ", entry.shown, entry.label);
        used += piece.chars().count();
        if used > width {
            break;
        }
        spans.push(Span::styled(format!(" {}", entry.shown), view.theme.key()));
        spans.push(Span::raw(format!(" {}  ", entry.label)));
    }
    Line::from(spans)
}

fn draw_help(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let in_inspector = view.inspector.is_some();
    let usable: Vec<_> = ACTIONS.iter().filter(|entry| entry.is_for(in_inspector)).collect();
    let rows = usize::from(area.height.saturating_sub(2)).max(1);
    let columns = usable.len().div_ceil(rows).min(2);
    let wanted = u16::try_from(columns * 60 + 4).unwrap_or(area.width).min(area.width);
    let height =
        u16::try_from(usable.len().div_ceil(columns) + 2).unwrap_or(area.height).min(area.height);
    let popup = Rect {
        x: area.x + (area.width - wanted) / 2,
        y: area.y + (area.height - height) / 2,
        width: wanted,
        height,
    };
    let block = panel(view, "Keys · any key closes", true);
    let inner = block.inner(popup);
    frame.render_widget(Clear, popup);
    frame.render_widget(block, popup);
    let halves = Layout::horizontal(vec![Constraint::Fill(1); columns]).split(inner);
    for (chunk, area) in usable.chunks(usable.len().div_ceil(columns)).zip(halves.iter()) {
        let lines: Vec<Line<'_>> = chunk
            .iter()
            .map(|entry| {
                Line::from(vec![
                    Span::styled(format::fit_right(entry.shown, 10), view.theme.key()),
                    Span::raw(format!("  {}", entry.sentence)),
                ])
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), *area);
    }
}

/// Replaces what isn't ASCII: signs by their likes, letters of names by `?`.
fn to_ascii(frame: &mut Frame<'_>) {
    for cell in &mut frame.buffer_mut().content {
        if !cell.symbol().is_ascii() {
            let plain = match cell.symbol() {
                "–" | "—" | "─" => "-",
                "·" => "|",
                "…" => "~",
                "↑" => "^",
                "↓" => "v",
                "→" => ">",
                "←" => "<",
                _ => "?",
            };
            cell.set_symbol(plain);
        }
    }
}

/// How old something is, as a clock.
fn age(now: Timestamp, at: Timestamp) -> String {
    format::clock(since(now, at))
}

/// Marks the row under the cursor.
fn mark_row<'a>(line: Line<'a>, selected: bool, view: &View) -> Line<'a> {
    if selected { line.patch_style(view.theme.selected()) } else { line }
}

fn is_focused(view: &View, focus: Focus) -> bool {
    view.focus == focus && view.screen == Screen::Live || view.screen != Screen::Live
}
