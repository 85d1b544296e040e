//! The keys of where one is, from the table of actions, and the signs of its rows.
use crate::tui::action::actions;
use crate::tui::draw::{clear, panel};
use crate::tui::format::fit;
use crate::tui::look::Look;
use crate::tui::screens::Screen;
use crate::tui::signs::{SIGNS, Sign};
use crate::tui::view::{At, View};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

/// Columns of one column of the help where there are two, with the space behind it.
const COLUMN: u16 = 66;
/// Most columns of the help where there is one: a line that is longer is hard to read.
const WIDEST: u16 = 110;
/// Columns of the keys, with the blanks around.
const KEYS: u16 = 16;

/// What a line of the help explains.
#[derive(Debug)]
enum Mark {
    /// Keys, as they are written.
    Keys(String),
    /// A sign that stands before a row.
    Sign(Sign),
}

/// The keys.
#[derive(Debug)]
pub(in crate::tui) struct Help {
    /// Keys or signs, and what they do or mean.
    lines: Vec<(Mark, &'static str)>,
    /// The first line that is shown, where they don't fit.
    scroll: usize,
    /// Rows for lines, by the last preparation.
    rows: usize,
    /// Columns for a sentence, by the last preparation.
    room: usize,
}

impl Help {
    /// The keys that can be used where one is.
    pub(in crate::tui) fn of(view: &View, _: &At<'_>) -> Self {
        let situation = view.situation();
        // what only a replay can do would fill half of the help of what is live
        let can = |name: &str| view.replay.is_some() || !name.starts_with("replay.");
        let usable = actions().filter(|entry| entry.is_for(situation) && can(entry.name));
        let keys = usable.map(|entry| (Mark::Keys(view.keymap.shown(entry)), entry.sentence));
        // behind the keys, and only where the rows that have them are what one is looking at
        let signs = if situation.focus == Screen::Conversations { SIGNS } else { &[] };
        let lines = keys.chain(signs.iter().map(|sign| (Mark::Sign(*sign), sign.means))).collect();
        Self { lines, scroll: 0, rows: 1, room: usize::from(COLUMN - KEYS) }
    }

    pub(super) fn fit_into(&mut self, area: Rect) {
        self.rows = usize::from(area.height.saturating_sub(2)).max(1);
        let width = self.width(area).saturating_sub(KEYS + 1);
        self.room = usize::from(width).max(1);
    }

    /// Columns side by side: two only where both have room.
    fn columns(&self, area: Rect) -> u16 {
        u16::from(self.lines.len() > self.rows && area.width >= 2 * COLUMN + 2) + 1
    }

    /// How wide each of them is.
    fn width(&self, area: Rect) -> u16 {
        if self.columns(area) == 2 {
            return COLUMN;
        }
        let longest = self.lines.iter().map(|(_, sentence)| sentence.width()).max();
        let wanted = u16::try_from(longest.unwrap_or(0)).unwrap_or(WIDEST).saturating_add(KEYS + 1);
        wanted.clamp(COLUMN, WIDEST).min(area.width.saturating_sub(2))
    }

    /// The lines as there is room: what doesn't fit goes on in another one, with no keys before it.
    fn wrapped(&self) -> Vec<(Option<&Mark>, &'static str)> {
        let mut wrapped = Vec::new();
        for (mark, sentence) in &self.lines {
            let mut rest = *sentence;
            let mut mark = Some(mark);
            while rest.width() > self.room {
                let fits = |(at, _): &(usize, char)| rest[..*at].width() <= self.room;
                let blanks = rest.char_indices().filter(|(_, character)| *character == ' ');
                // a word that is longer than the line is cut, and there is none
                let Some((at, _)) = blanks.take_while(fits).last() else { break };
                wrapped.push((mark.take(), &rest[..at]));
                rest = &rest[at + 1..];
            }
            wrapped.push((mark, rest));
        }
        wrapped
    }

    pub(super) fn go(&mut self, by: isize) {
        let last = self.wrapped().len().saturating_sub(self.rows);
        self.scroll = self.scroll.saturating_add_signed(by).min(last);
    }

    pub(super) fn page(&self) -> usize {
        self.rows
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look) {
        let columns = self.columns(area);
        let width = (columns * self.width(area) + 2).min(area.width);
        let all = self.wrapped();
        let each = all.len().div_ceil(usize::from(columns)).clamp(1, self.rows);
        let height = u16::try_from(each + 2).unwrap_or(area.height).min(area.height);
        let place = super::centred(area, width, height);
        let shown = each * usize::from(columns);
        let scroll = self.scroll.min(all.len().saturating_sub(shown));
        let title = if all.len() > shown {
            let last = (scroll + shown).min(all.len());
            format!("Keys {}–{last} of {} · ↑ ↓ scroll", scroll + 1, all.len())
        } else {
            "Keys".to_owned()
        };
        let block = panel(look, &title, true);
        let inner = block.inner(place);
        clear(frame, place);
        frame.render_widget(block, place);
        let parts =
            Layout::horizontal(vec![Constraint::Fill(1); usize::from(columns)]).split(inner);
        for (part, lines) in parts.iter().zip(all[scroll..].chunks(each)) {
            let lines: Vec<Line<'_>> = lines
                .iter()
                .map(|(mark, sentence)| {
                    let keys = match mark {
                        Some(Mark::Keys(keys)) => keys.as_str(),
                        Some(Mark::Sign(sign)) => sign.on(look.theme),
                        None => "",
                    };
                    Line::from(vec![
                        Span::styled(format!(" {} ", fit(keys, 14)), look.theme.key()),
                        Span::raw(*sentence),
                    ])
                })
                .collect();
            frame.render_widget(Paragraph::new(lines), *part);
        }
    }
}
