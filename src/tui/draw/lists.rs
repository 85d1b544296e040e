//! The lists: queues, conversations, topics, frames, agents. Only the prepared window is drawn.
use super::{age, is_focused, mark_row, panel, tally};
use crate::domain::conversation::State;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::directory::short;
use crate::domain::topic::Media;
use crate::tui::format::{self, fit, fit_right};
use crate::tui::prepare::{ConversationLine, QueueLine, SORTS, TopicLine};
use crate::tui::theme::Theme;
use crate::tui::view::{Focus, Screen, View};
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

fn number(value: u32, watched: bool) -> String {
    // unknown is not zero
    if watched { value.to_string() } else { "–".to_owned() }
}

fn figure(value: Option<f64>) -> String {
    value.map_or("–".to_owned(), |value| format!("{value:.0}"))
}

fn heading(view: &View, text: &str) -> Line<'static> {
    Line::styled(text.to_owned(), view.theme.dim())
}

pub(super) fn draw_queues(
    frame: &mut Frame<'_>,
    area: Rect,
    _: &Monitor,
    view: &View,
    now: Timestamp,
) {
    let pane = &view.queues;
    let order = if view.sort == 2 { "by name" } else { "worst first" };
    let title = format!("Queues {} · {order}", tally(pane.order.len(), pane.total, &pane.filter));
    let block = panel(view, &title, is_focused(view, Focus::Queues));
    let inner = block.inner(area);
    let wide = view.screen == Screen::Queues;
    let width = usize::from(inner.width);
    // what the words take beside the name; on narrow screens they are shorter
    let narrow = width < 60;
    let taken = if wide {
        76
    } else if narrow {
        34
    } else {
        48
    };
    let name = width.saturating_sub(taken).clamp(8, 40);
    let mut lines = Vec::new();
    if wide {
        lines.push(heading(view, &format!(
            "  {} waiting  longest  alerting  talking  hold  parked  wrap-up  on queue  service",
            fit("queue", name)
        )));
    }
    for line in &pane.lines {
        let text =
            if wide { queue_wide(line, name, now) } else { queue_short(line, name, narrow, now) };
        let (sign, style) = queue_sign(line, now, view.theme);
        let row = Line::from(vec![Span::styled(sign, style), Span::raw(text)]);
        lines.push(mark_row(row, pane.selected.as_ref() == Some(&line.id), view));
    }
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

/// How urgent a queue is, as a shape and a colour.
fn queue_sign(line: &QueueLine, now: Timestamp, theme: Theme) -> (&'static str, Style) {
    let longest = line.longest.map(|at| crate::domain::moment::since(now, at).as_secs());
    match longest {
        _ if !line.watched => (theme.sign("○ ", "? "), theme.dim()),
        Some(120..) => (theme.sign("▲ ", "! "), theme.bad()),
        Some(30..) => (theme.sign("◆ ", "+ "), theme.warn()),
        _ => (theme.sign("● ", "* "), theme.good()),
    }
}

fn queue_short(line: &QueueLine, name: usize, narrow: bool, now: Timestamp) -> String {
    let (longest, alert) = if narrow { ("", "ring") } else { ("longest ", "alert") };
    format!(
        "{} wait {} {longest}{} {alert} {} talk {}/{}",
        fit(&line.name, name),
        fit(&number(line.waiting, line.watched), if narrow { 2 } else { 3 }),
        fit(&line.longest.map_or("–".to_owned(), |at| age(now, at)), 5),
        fit(&number(line.alerting, line.watched), 2),
        fit_right(&number(line.interacting, line.watched), 2),
        figure(line.on_queue),
    )
}

fn queue_wide(line: &QueueLine, name: usize, now: Timestamp) -> String {
    let count = |value: u32, width: usize| fit_right(&number(value, line.watched), width);
    format!(
        "{} {}  {}  {}  {}  {}  {}  {}  {}  {}",
        fit(&line.name, name),
        count(line.waiting, 7),
        fit_right(&line.longest.map_or("–".to_owned(), |at| age(now, at)), 7),
        count(line.alerting, 8),
        count(line.interacting, 7),
        count(line.hold, 4),
        count(line.parked, 6),
        count(line.wrapup, 7),
        fit_right(&figure(line.on_queue), 8),
        fit_right(&figure(line.service_waiting), 7),
    )
}

fn media_sign(media: Option<Media>, theme: Theme) -> &'static str {
    match media {
        Some(Media::Call) => theme.sign("☎", "c"),
        Some(Media::Callback) => theme.sign("↺", "b"),
        Some(Media::Chat) => theme.sign("◌", "h"),
        Some(Media::Email) => theme.sign("✉", "e"),
        Some(Media::Message) => theme.sign("✎", "m"),
        Some(Media::Video) => theme.sign("▷", "v"),
        Some(_) => theme.sign("◇", "o"),
        None => theme.sign("·", "."),
    }
}

fn state_style(state: State, theme: Theme) -> Style {
    match state {
        State::Waiting => theme.bad(),
        State::Alerting | State::Hold => theme.warn(),
        State::Interacting => theme.good(),
        State::Ended | State::Wrapup | State::Scheduled => theme.dim(),
        _ => theme.accent(),
    }
}

pub(super) fn draw_conversations(
    frame: &mut Frame<'_>,
    area: Rect,
    _: &Monitor,
    view: &View,
    now: Timestamp,
) {
    let pane = &view.conversations;
    let direction = if view.reverse { ", reversed" } else { "" };
    let title = format!(
        "Conversations {} · by {}{direction}",
        tally(pane.order.len(), pane.total, &pane.filter),
        if view.sort == 2 { "queue" } else { SORTS[view.sort] }
    );
    let block = panel(view, &title, is_focused(view, Focus::Conversations));
    let width = usize::from(block.inner(area).width);
    let flexible = width.saturating_sub(2 + 9 + 10 + 7 + 2);
    // a narrow screen has no room for the customer: the queue and the agent say more
    let columns = if width < 56 {
        [flexible * 60 / 100, flexible * 40 / 100, 0]
    } else {
        [flexible * 30 / 100, flexible * 36 / 100, flexible * 34 / 100]
    };
    let mut lines = vec![heading(
        view,
        &format!(
            "  {} {} {} {} {} {}",
            fit("id", 8),
            fit("queue", columns[0]),
            fit("state", 9),
            fit("since", 6),
            fit("agent", columns[1]),
            fit("customer", columns[2])
        ),
    )];
    for line in &pane.lines {
        let row = conversation_row(line, columns, view, now);
        lines.push(mark_row(row, pane.selected.as_ref() == Some(&line.id), view));
    }
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn conversation_row(
    line: &ConversationLine,
    columns: [usize; 3],
    view: &View,
    now: Timestamp,
) -> Line<'static> {
    let theme = view.theme;
    let word = if line.vanished { "gone" } else { line.state.word() };
    let agent = match line.missed {
        0 => line.agent.clone(),
        missed => format!("{} ({missed} missed)", line.agent),
    };
    let customer = if line.outbound {
        format!("{} {}", theme.sign("→", ">"), line.customer)
    } else {
        line.customer.clone()
    };
    Line::from(vec![
        Span::styled(media_sign(line.media.first().copied(), theme), theme.accent()),
        Span::raw(if line.by_rest { theme.sign("˙", "'") } else { " " }),
        Span::raw(format!("{} {} ", fit(short(line.id.as_str()), 8), fit(&line.queue, columns[0]))),
        Span::styled(fit(word, 9), state_style(line.state, theme)),
        Span::raw(format!(
            " {} {} {}",
            fit(&age(now, line.since), 6),
            fit(&agent, columns[1]),
            fit(&customer, columns[2])
        )),
    ])
}

pub(super) fn draw_topics(
    frame: &mut Frame<'_>,
    area: Rect,
    monitor: &Monitor,
    view: &View,
    now: Timestamp,
) {
    let pane = &view.topics;
    let rate = monitor.topics.all().map_or(0.0, |all| all.rate(now, monitor.counted_since));
    let title = format!(
        "Topics {} · {}",
        tally(pane.order.len(), pane.total, &pane.filter),
        format::rate(rate)
    );
    let block = panel(view, &title, is_focused(view, Focus::Topics));
    let width = usize::from(block.inner(area).width);
    let wide = view.screen == Screen::Topics;
    let mut lines = Vec::new();
    let name = if wide { width.saturating_sub(78).clamp(20, 70) } else { width.saturating_sub(9) };
    if wide {
        lines.push(heading(
            view,
            &format!(
                "{}    rate   frames    bytes  largest   last  {}  standing",
                fit("topic", name),
                fit("20 seconds", 20)
            ),
        ));
    }
    for line in &pane.lines {
        let text = if wide {
            topic_wide(line, name, now, view.theme)
        } else {
            let end = if line.rejected { "refused".to_owned() } else { format::rate(line.rate) };
            format!("{} {}", fit(&line.name, name), fit_right(&end, 8))
        };
        let style = if line.rejected { view.theme.bad() } else { Style::new() };
        lines.push(mark_row(
            Line::styled(text, style),
            pane.selected.as_ref() == Some(&line.topic),
            view,
        ));
    }
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn topic_wide(line: &TopicLine, name: usize, now: Timestamp, theme: Theme) -> String {
    let bars =
        if theme.ascii { [" ", ".", ":", "+", "#"] } else { [" ", "▁", "▃", "▅", "█"] };
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
        fit_right(&line.last.map_or("–".to_owned(), |at| age(now, at)), 6),
        history,
        line.standing,
    )
}

pub(super) fn draw_frames(
    frame: &mut Frame<'_>,
    area: Rect,
    monitor: &Monitor,
    view: &View,
    _: Timestamp,
) {
    let pane = &view.frames;
    let follow = if view.follow { "following" } else { "not following" };
    let title = format!(
        "Frames {} · {follow} · {}",
        tally(pane.order.len(), pane.total, &pane.filter),
        format::count(monitor.frames.total())
    );
    let block = panel(view, &title, is_focused(view, Focus::Frames));
    let width = usize::from(block.inner(area).width);
    let lines: Vec<Line<'_>> = pane
        .lines
        .iter()
        .map(|line| {
            let time = line.received.strftime("%H:%M:%S%.3f").to_string();
            let text = format!(
                "{time} {} {}",
                fit(&line.name, width.saturating_sub(19)),
                fit_right(&format::size(line.size), 5)
            );
            let style = if line.unreadable { view.theme.warn() } else { Style::new() };
            mark_row(Line::styled(text, style), pane.selected == Some(line.sequence), view)
        })
        .collect();
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

pub(super) fn draw_agents(frame: &mut Frame<'_>, area: Rect, view: &View, now: Timestamp) {
    let pane = &view.agents;
    let title = format!("Agents {}", tally(pane.order.len(), pane.total, &pane.filter));
    let block = panel(view, &title, true);
    let mut lines = vec![heading(
        view,
        &format!(
            "{} {} {} {} queues",
            fit("agent", 26),
            fit("presence", 12),
            fit("routing", 16),
            fit("since", 7)
        ),
    )];
    for line in &pane.lines {
        let text = format!(
            "{} {} {} {} {}",
            fit(&line.name, 26),
            fit(&line.presence, 12),
            fit(&line.routing, 16),
            fit(&line.since.map_or("–".to_owned(), |at| age(now, at)), 7),
            line.queues
        );
        lines.push(mark_row(Line::raw(text), pane.selected.as_ref() == Some(&line.id), view));
    }
    if pane.total == 0 {
        lines.push(Line::raw(
            "no agent's topic is watched; name some with --user, or all with --all-users",
        ));
    }
    frame.render_widget(Paragraph::new(lines).block(block), area);
}
