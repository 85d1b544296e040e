//! Writes lines of text into the buffer of a picture, letter by letter only where letters may be wide.
//! Knows nothing of what they say.
use super::format::{columns, fit, fit_right, plain_columns};
use ratatui::buffer::Buffer;
use ratatui::layout::{HorizontalAlignment, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;
use std::iter::repeat_n;

/// Does what [`Line`]'s own drawing does, faster.
///
/// Almost all of what a list shows are letters of one column each. The library looks at each as a grapheme
/// of unknown width, and checks for each that it lies within the picture.
pub(super) fn write_line(line: &Line<'_>, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(buffer.area);
    let is_left = matches!(line.alignment, None | Some(HorizontalAlignment::Left));
    // a line of no columns leaves the picture as it is
    let is_empty = line.spans.iter().all(|span| columns(&span.content) == 0);
    if !is_left || is_empty || area.is_empty() {
        line.render(area, buffer);
        return;
    }
    let mut writer = RowWriter::new(area, line.style, buffer);
    for span in &line.spans {
        if writer.room() == 0 {
            return;
        }
        writer.text(&span.content, span.style);
    }
}

/// Writes one row of a picture from the left to the right.
pub(super) struct RowWriter<'a> {
    buffer: &'a mut Buffer,
    /// What is still free of the row.
    room: Rect,
}

impl<'a> RowWriter<'a> {
    /// Of the first row of `area`, all of which gets a style.
    pub(super) fn new(area: Rect, style: Style, buffer: &'a mut Buffer) -> Self {
        let area = area.intersection(buffer.area);
        let room = Rect { height: area.height.min(1), ..area };
        if style != Style::default() {
            buffer.set_style(room, style);
        }
        Self { buffer, room }
    }

    /// Columns that are still free.
    fn room(&self) -> u16 {
        if self.room.height == 0 { 0 } else { self.room.width }
    }

    /// Leaves columns as they are.
    pub(super) fn skip(&mut self, columns: u16) {
        let columns = columns.min(self.room.width);
        self.room.x += columns;
        self.room.width -= columns;
    }

    /// Writes a text in exactly `width` columns: cut with `…`, or filled with blanks, on its left if it is
    /// set to the right.
    pub(super) fn cell(&mut self, text: &str, width: u16, is_right: bool, style: Style) {
        let needed = plain_columns(text).and_then(|needed| u16::try_from(needed).ok());
        let Some(blanks) = needed.and_then(|needed| width.checked_sub(needed)) else {
            let width = usize::from(width);
            let text = if is_right { fit_right(text, width) } else { fit(text, width) };
            self.text(&text, style);
            return;
        };
        let blanks = repeat_n(' ', usize::from(blanks));
        if is_right {
            self.letters(blanks.chain(text.chars()), style);
        } else {
            self.letters(text.chars().chain(blanks), style);
        }
        self.skip(width);
    }

    /// Writes as much of a text as there is room for.
    fn text(&mut self, text: &str, style: Style) {
        let plain = plain_columns(text);
        let columns = plain.unwrap_or_else(|| columns(text));
        if plain.is_some() {
            self.letters(text.chars(), style);
        } else if columns > 0 {
            Span::styled(text, style).render(self.room, self.buffer);
        }
        self.skip(u16::try_from(columns).unwrap_or(u16::MAX));
    }

    /// Writes letters of one column each.
    fn letters(&mut self, letters: impl Iterator<Item = char>, style: Style) {
        if self.room() == 0 {
            return;
        }
        let first = self.buffer.index_of(self.room.x, self.room.y);
        let cells = self.buffer.content.iter_mut().skip(first).take(usize::from(self.room.width));
        for (cell, letter) in cells.zip(letters) {
            cell.set_char(letter).set_style(style);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::{fit, fit_right};
    use super::{RowWriter, write_line};
    use proptest::prelude::*;
    use ratatui::buffer::Buffer;
    use ratatui::layout::{HorizontalAlignment, Rect};
    use ratatui::style::{Color, Modifier, Style};
    use ratatui::text::{Line, Span};
    use ratatui::widgets::Widget;

    fn styles() -> impl Strategy<Value = Style> {
        prop::sample::select(vec![
            Style::new(),
            Style::new().fg(Color::Red),
            Style::new().bg(Color::Blue).add_modifier(Modifier::BOLD),
            Style::new().remove_modifier(Modifier::BOLD),
        ])
    }

    proptest! {
        #[test]
        fn it_is_as_the_library_draws(
            texts in prop::collection::vec(("[ -~]{0,9}|[–▁▂█é─→a]{0,5}|[a-c語é😀–\u{301}\u{200b}\u{7}]{0,5}", styles()), 0..6),
            style in styles(),
            (x, y, width, height) in (0_u16..12, 0_u16..4, 0_u16..14, 0_u16..3),
            alignment in prop::sample::select(vec![
                None, Some(HorizontalAlignment::Left), Some(HorizontalAlignment::Right),
            ]),
        ) {
            let spans = texts.into_iter().map(|(text, style)| Span::styled(text, style));
            let mut line = spans.collect::<Line<'_>>().style(style);
            line.alignment = alignment;
            let area = Rect { x, y, width, height };
            // something stood there before
            let mut expected = Buffer::with_lines(["..........", "語語語語語", ".........."]);
            expected.set_style(expected.area, Style::new().add_modifier(Modifier::BOLD));
            let mut written = expected.clone();
            (&line).render(area, &mut expected);
            write_line(&line, area, &mut written);
            prop_assert_eq!(written, expected);
        }

        #[test]
        fn a_cell_is_a_fitted_text(
            text in "[ -~]{0,9}|[–▁█é→a]{0,5}|[a-c語é😀\u{301}\u{200b}]{0,5}",
            width in 0_u16..8,
            is_right in any::<bool>(),
            style in styles(),
        ) {
            let fitted = if is_right { fit_right } else { fit }(&text, usize::from(width));
            let mut expected = Buffer::with_lines(["....."]);
            let mut written = expected.clone();
            let line = Line::from(vec![Span::styled(fitted, style), Span::raw("|")]);
            (&line).render(expected.area, &mut expected);
            let mut writer = RowWriter::new(written.area, Style::new(), &mut written);
            writer.cell(&text, width, is_right, style);
            writer.text("|", Style::new());
            prop_assert_eq!(written, expected);
        }
    }
}
