//! The columns of the list of topics where the panel is alone. Must not know where figures come from.
use super::TopicLine;
use crate::tui::format::{self, fit, fit_right};
use crate::tui::look::Context;

/// Columns with which there is room for the last seconds too.
const COLUMNS_FOR_HISTORY: usize = 130;

/// How wide the columns are where the panel is alone.
pub(super) struct Columns {
    name: usize,
    /// Whether the last seconds are shown.
    history: bool,
}

impl Columns {
    /// Columns that all others take, with the spaces between them: rate, share, frames, bytes,
    /// last, and the least for the standing.
    const OTHERS: usize = 8 + 6 + 9 + 7 + 7 + 2 + 11;
    const HISTORY: usize = 22;

    pub(super) fn of(width: usize) -> Self {
        let history = width >= COLUMNS_FOR_HISTORY;
        let taken = Self::OTHERS + if history { Self::HISTORY } else { 0 };
        Self { name: width.saturating_sub(taken).clamp(20, 80), history }
    }

    pub(super) fn heading(&self) -> String {
        let history = if self.history { "  20 seconds          " } else { "" };
        format!(
            "{}    rate share   frames  bytes   last{history}  standing",
            fit("topic", self.name)
        )
    }

    pub(super) fn line(&self, line: &TopicLine, context: &Context<'_>) -> String {
        if line.refused && line.frames == 0 && !self.history {
            // on a narrow screen what is missing is worth more than four times nothing
            return format!("{}  {}", fit(&line.name, self.name), line.standing);
        }
        let history = if self.history { history(line, context) } else { String::new() };
        format!(
            "{} {} {} {} {} {}{history}  {}",
            fit(&line.name, self.name),
            fit_right(&format::rate(line.rate), 7),
            fit_right(&line.share, 5),
            fit_right(&format::count(line.frames), 8),
            fit_right(&format::size(line.bytes), 6),
            fit_right(&line.last.map_or("–".to_owned(), |at| context.age(at)), 6),
            line.standing,
        )
    }
}

/// The last seconds as bars.
fn history(line: &TopicLine, context: &Context<'_>) -> String {
    let bars = if context.look.theme.ascii {
        [" ", ".", ":", "+", "#"]
    } else {
        [" ", "▁", "▃", "▅", "█"]
    };
    let most = line.history.iter().copied().max().unwrap_or_default().max(1);
    let bar = |frames: &u16| bars[usize::from(*frames) * 4 / usize::from(most)];
    let history: String = line.history.iter().map(bar).collect();
    format!("  {}", fit(&history, 20))
}
