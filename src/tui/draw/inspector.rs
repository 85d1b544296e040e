//! The open frame: its outside in the title, its inside by the window.
use super::panel;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::frames::Label;
use crate::tui::format;
use crate::tui::inspector::{Inspector, PrintedLine, line_text};
use crate::tui::prepare::named_topic;
use crate::tui::view::View;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    monitor: &Monitor,
    view: &View,
    open: &Inspector,
) {
    let height = usize::from(area.height.saturating_sub(3));
    let mut lines = vec![outside(monitor, view, open)];
    let wanted = open.search.to_lowercase();
    let window = open.lines.iter().enumerate().skip(open.scroll).take(height);
    for (index, line) in window {
        let found = !wanted.is_empty() && line_text(line).to_lowercase().contains(&wanted);
        let current = found && index == open.scroll;
        lines.push(printed(line, found, current, view));
    }
    let masked = if view.mask { " · masked, m shows all" } else { " · UNMASKED" };
    let cut = if open.cut { " · cut" } else { "" };
    let search = if open.search.is_empty() {
        String::new()
    } else {
        format!(" · {} matches of {}", open.matches.len(), open.search)
    };
    let title = format!(
        "Frame {} · line {} of {}{cut}{masked}{search}",
        open.sequence,
        open.scroll + 1,
        open.lines.len()
    );
    let mut paragraph = Paragraph::new(lines).block(panel(view, &title, true));
    if open.wrap {
        paragraph = paragraph.wrap(Wrap { trim: false });
    }
    frame.render_widget(paragraph, area);
}

fn outside(monitor: &Monitor, view: &View, open: &Inspector) -> Line<'static> {
    let Some(kept) = monitor.frames.get(open.sequence) else {
        return Line::styled("no longer kept; this is what was read", view.theme.warn());
    };
    let time = kept.frame.received.strftime("%Y-%m-%d %H:%M:%S%.3fZ").to_string();
    let topic =
        kept.topic.as_ref().map_or("no topic".to_owned(), |topic| named_topic(topic, monitor));
    let text = format!(
        "{time} · channel {} · {} bytes · {topic}",
        kept.frame.channel,
        format::count(kept.frame.size())
    );
    match &kept.label {
        Label::Unreadable(why) => {
            Line::styled(format!("{text} · unreadable: {why}"), view.theme.warn())
        }
        _ => Line::styled(text, view.theme.title()),
    }
}

fn printed(line: &PrintedLine, found: bool, current: bool, view: &View) -> Line<'static> {
    let spans: Vec<Span<'static>> = line
        .iter()
        .map(|(kind, text)| Span::styled(text.clone(), kind.style(view.theme)))
        .collect();
    let line = Line::from(spans);
    if current {
        line.patch_style(view.theme.selected())
    } else if found {
        line.patch_style(view.theme.warn())
    } else {
        line
    }
}
