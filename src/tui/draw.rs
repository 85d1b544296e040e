//! Draws what was prepared. Takes shared references and changes nothing.
//!
//! ```text
//! truth bar: is what is shown live?            on every screen
//! notice:    why it isn't, when it isn't
//! body:      a screen (see `screens`), and what is laid over it (see `overlays`)
//! footer:    keys, a message, or what is being typed
//! ```
use super::action::actions;
use super::format::wrapped;
use super::layout::SMALLEST;
use super::line::write_line;
use super::look::{Context, Look};
use super::overlays::Overlay;
use super::screens::{Screen, live};
use super::view::{At, View, at};
use crate::domain::monitor::Monitor;
use crate::domain::monitor::link::Truth;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::symbols::border;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

mod bar;

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
        frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: true }), area);
        view.look.theme.lay_ground(frame.buffer_mut());
        return;
    }
    let areas = view.areas(monitor, now);
    let truth = monitor.link.truth(now);
    // the bar tells the real state, also of a frozen picture
    if view.screen == Screen::Wall {
        bar::draw_large(frame, areas.bar, monitor, view, now);
    } else {
        bar::draw_bar(frame, areas.bar, monitor, view, now);
    }
    if truth != Truth::Live {
        bar::draw_notice(frame, areas.notice, monitor, view, now);
    }
    let shown = at(view.frozen.as_deref(), monitor, now);
    draw_body(frame, areas.body, view, &shown, truth);
    draw_footer(frame, areas.footer, view);
    if view.look.theme.ascii {
        to_ascii(frame);
    }
    view.look.theme.lay_ground(frame.buffer_mut());
}

fn draw_body(frame: &mut Frame<'_>, body: Rect, view: &View, shown: &At<'_>, truth: Truth) {
    let context = Context { monitor: shown.monitor, now: shown.now, look: &view.look };
    let covering = view.overlays.iter().rposition(Overlay::covers);
    if covering.is_none() {
        for (screen, spot) in live::spots(view.screen, view.focus, body) {
            if let Some(panel) = view.panels.get(screen).filter(|_| spot.area.area() > 0) {
                panel.draw(frame, spot, &context);
            }
        }
        let is_old = matches!(truth, Truth::Stale(_) | Truth::Reconnecting { .. } | Truth::Offline);
        if is_old && view.screen != Screen::Health {
            frame.buffer_mut().set_style(body, Style::new().add_modifier(Modifier::DIM));
        }
    }
    for overlay in view.overlays.iter().skip(covering.unwrap_or_default()) {
        overlay.draw(frame, body, &context);
    }
}

/// A panel with a title; the focused one is told by a bold title with a mark.
pub(super) fn panel<'a>(look: &Look, title: &str, focused: bool) -> Block<'a> {
    let mark = if focused { look.theme.sign("▸ ", "> ") } else { "" };
    let style = if focused { look.theme.title() } else { Style::new() };
    let block = Block::bordered().title(Line::styled(format!(" {mark}{title} "), style));
    if look.theme.ascii { block.border_set(ASCII_BORDER) } else { block }
}

/// Lines that fit, in a panel. Rejected for long lists: a `Paragraph`, which takes each line apart into its
/// letters once more to see where it might be broken.
pub(super) fn draw_lines(frame: &mut Frame<'_>, area: Rect, block: Block<'_>, lines: &[Line<'_>]) {
    let inner = block.inner(area);
    frame.render_widget(block, area);
    for (line, row) in lines.iter().zip(inner.rows()) {
        write_line(line, row, frame.buffer_mut());
    }
}

/// Makes room for what is laid over the rest. A letter of two columns that reaches into it goes as a whole:
/// a terminal would draw its second half over the border.
pub(in crate::tui) fn clear(frame: &mut Frame<'_>, place: Rect) {
    if let Some(left) = place.x.checked_sub(1) {
        for row in place.top()..place.bottom() {
            if let Some(cell) = frame.buffer_mut().cell_mut((left, row))
                && cell.symbol().width() > 1
            {
                cell.set_symbol(" ");
            }
        }
    }
    frame.render_widget(Clear, place);
}

/// The headings over a list.
pub(super) fn heading(look: &Look, text: String) -> Line<'static> {
    Line::styled(text, look.theme.dim())
}

/// Why a filtered list is empty, and what to do.
const FILTERED_OUT: &str = "nothing passes this filter: / changes it, esc clears it";
/// Most lines of what an empty list says: a panel of the live screen has few.
const MAX_EMPTY_LINES: usize = 3;

/// What a list without rows says in their place: that the filter finds nothing, or else `otherwise`.
/// A blank panel would leave it open whether there is nothing or something is broken.
pub(super) fn empty(
    look: &Look,
    filtered: bool,
    otherwise: &str,
    columns: usize,
) -> impl Iterator<Item = Line<'static>> {
    let sentence = if filtered { FILTERED_OUT } else { otherwise };
    let style = look.theme.dim();
    let lines = wrapped(sentence, columns.saturating_sub(2), MAX_EMPTY_LINES);
    lines.into_iter().map(move |line| Line::styled(format!(" {line}"), style))
}

/// Marks the row under the cursor.
pub(super) fn mark_row<'a>(line: Line<'a>, selected: bool, look: &Look) -> Line<'a> {
    if selected { line.patch_style(look.theme.selected()) } else { line }
}

fn draw_footer(frame: &mut Frame<'_>, area: Rect, view: &View) {
    let width = usize::from(area.width);
    let typed = view.overlays.last().and_then(|overlay| overlay.footer(width, &view.look));
    let line = if let Some(typed) = typed {
        typed
    } else if view.message.is_empty() {
        keys_line(view, width)
    } else {
        Line::styled(format!(" {}", view.message), view.look.theme.title())
    };
    frame.render_widget(line, area);
}

/// As many keys as fit: those of the place first, then those of everywhere.
fn keys_line(view: &View, width: usize) -> Line<'static> {
    let situation = view.situation();
    let mut spans = Vec::new();
    let mut used = 0;
    let usable = actions().filter(|entry| !entry.label.is_empty() && entry.is_for(situation));
    for entry in usable {
        let keys = view.keymap.keys(entry);
        // the first key is enough here; the help has all
        let Some(key) = keys.first().map(ToString::to_string) else { continue };
        used += key.width() + entry.label.width() + 4;
        if used > width {
            break;
        }
        spans.push(Span::styled(format!(" {key}"), view.look.theme.key()));
        spans.push(Span::raw(format!(" {}  ", entry.label)));
    }
    Line::from(spans)
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

#[cfg(test)]
mod tests {
    use super::clear;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::layout::Rect;
    use ratatui::widgets::{Block, Paragraph};

    #[test]
    fn a_wide_letter_leaves_the_border_whole() {
        let mut terminal = Terminal::new(TestBackend::new(12, 3)).unwrap();
        let names = Paragraph::new("日本語日本語\n日本語日本語\n日本語日本語");
        terminal.draw(|frame| frame.render_widget(&names, frame.area())).unwrap();
        let laid_over = |frame: &mut ratatui::Frame<'_>| {
            frame.render_widget(&names, frame.area());
            let place = Rect::new(3, 0, 4, 3);
            clear(frame, place);
            frame.render_widget(Block::bordered(), place);
        };
        terminal.draw(laid_over).unwrap();
        terminal.backend().assert_buffer_lines(["日 ┌──┐ 本語", "日 │  │ 本語", "日 └──┘ 本語"]);
    }
}
