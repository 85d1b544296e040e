//! A frame as printed text: pretty, or as received. Printed once, then drawn by the window.
use super::print::{PrintedLine, line_text, print};
use crate::domain::monitor::frames::Kept;
use crate::domain::text::any_case::AnyCase;
use crate::tui::look::Look;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

/// The printed lines of a frame.
#[derive(Debug)]
pub(super) struct Lines {
    printed: Vec<PrintedLine>,
    /// Whether there were too many.
    pub(super) cut: bool,
    scroll: usize,
    /// Lines that hold the search text.
    matches: Vec<usize>,
    /// Rows for lines.
    height: usize,
}

impl Lines {
    /// Prints a frame. `raw`: as received, not pretty.
    pub(super) fn of(kept: &Kept, raw: bool, mask: bool) -> Self {
        let (printed, cut) = print(kept, raw, mask);
        Self { printed, cut, scroll: 0, matches: Vec::new(), height: 1 }
    }

    /// Goes to the line at which another print of the same frame is.
    pub(super) fn scroll_like(&mut self, other: &Self) {
        self.scroll = other.scroll.min(self.printed.len().saturating_sub(1));
    }

    /// The first line shown, from 1, and how many there are.
    pub(super) fn position(&self) -> (usize, usize) {
        (self.scroll + 1, self.printed.len())
    }

    pub(super) fn matches(&self) -> usize {
        self.matches.len()
    }

    pub(super) fn page(&self) -> usize {
        self.height
    }

    pub(super) fn fit_into(&mut self, height: u16) {
        self.height = usize::from(height).max(1);
    }

    /// Looks for `text`, without regard to case.
    pub(super) fn search(&mut self, text: &str) {
        self.search_again(text);
        if let Some(first) =
            self.matches.iter().find(|line| **line >= self.scroll).or(self.matches.first())
        {
            self.scroll = *first;
        }
    }

    /// The same without moving.
    pub(super) fn search_again(&mut self, text: &str) {
        self.matches.clear();
        let Some(sought) = AnyCase::typed(text) else { return };
        let found =
            self.printed.iter().enumerate().filter(|(_, line)| sought.is_in(&line_text(line)));
        self.matches = found.map(|(index, _)| index).collect();
    }

    /// Goes to the next match, or to the one before.
    pub(super) fn step_match(&mut self, forward: bool) {
        let next = if forward {
            self.matches.iter().find(|line| **line > self.scroll).or(self.matches.first())
        } else {
            self.matches.iter().rev().find(|line| **line < self.scroll).or(self.matches.last())
        };
        if let Some(line) = next {
            self.scroll = *line;
        }
    }

    pub(super) fn go(&mut self, by: isize) {
        self.scroll =
            self.scroll.saturating_add_signed(by).min(self.printed.len().saturating_sub(1));
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, wrap: bool, look: &Look) {
        let window = self.printed.iter().enumerate().skip(self.scroll).take(self.height);
        // a line of thousands of pieces costs what is seen of it
        let seen = usize::from(area.width) * if wrap { usize::from(area.height) } else { 1 };
        let lines: Vec<Line<'_>> = window
            .map(|(index, line)| {
                let is_found = self.matches.binary_search(&index).is_ok();
                styled(line, seen, is_found, is_found && index == self.scroll, look)
            })
            .collect();
        let mut paragraph = Paragraph::new(lines);
        if wrap {
            paragraph = paragraph.wrap(Wrap { trim: false });
        }
        frame.render_widget(paragraph, area);
    }
}

/// A line as far as it is seen: at least `seen` characters of it.
fn styled<'a>(
    line: &'a PrintedLine,
    seen: usize,
    found: bool,
    current: bool,
    look: &Look,
) -> Line<'a> {
    let mut before = 0;
    // characters without a width don't come through what makes a text harmless
    let pieces = line.iter().take_while(|(_, text)| {
        let is_seen = before <= seen;
        before += text.chars().count();
        is_seen
    });
    let spans: Vec<Span<'a>> =
        pieces.map(|(kind, text)| Span::styled(text.as_str(), kind.style(look.theme))).collect();
    let line = Line::from(spans);
    if current {
        line.patch_style(look.theme.selected())
    } else if found {
        line.patch_style(look.theme.warn())
    } else {
        line
    }
}
