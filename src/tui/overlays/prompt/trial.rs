//! What a rule that is being typed would say now, queue by queue.
//!
//! Asked when a key was pressed, not with every picture: it looks at every queue.
use crate::domain::alert::{Alerts, Level, QuietHours, RuleError, RuleLine};
use crate::tui::draw::{clear, draw_lines, panel};
use crate::tui::format::cut;
use crate::tui::look::Look;
use crate::tui::view::At;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Most queues that are told one by one.
const MAX_TOLD: usize = 12;

/// What a rule would say.
#[derive(Debug)]
pub(super) struct Trial {
    told: Vec<(Level, String)>,
    more: usize,
    queues: usize,
}

/// Reads the line and asks its rule.
pub(super) fn ask(text: &str, at: &At<'_>) -> Result<Trial, RuleError> {
    let (_, rule) = RuleLine::parse(text)?;
    let alerts = Alerts::new(vec![rule], QuietHours::default());
    let standing = alerts.now(at.monitor, at.now);
    let told = standing.iter().take(MAX_TOLD);
    Ok(Trial {
        told: told.map(|one| (one.level, alerts.sentence(one, &at.monitor.directory))).collect(),
        more: standing.len().saturating_sub(MAX_TOLD),
        queues: at.monitor.queues.iter().len(),
    })
}

impl Trial {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look) {
        let width = area.width.min(90);
        let columns = usize::from(width.saturating_sub(2));
        let mut lines: Vec<Line<'_>> = self
            .told
            .iter()
            .map(|(level, sentence)| {
                let style = match level {
                    Level::Critical => look.theme.bad(),
                    Level::Warning => look.theme.warn(),
                };
                Line::styled(cut(sentence, columns), style)
            })
            .collect();
        if self.more > 0 {
            lines.push(Line::raw(format!("and {} more", self.more)));
        }
        if lines.is_empty() {
            lines.push(Line::raw("nothing"));
        }
        let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height);
        let place = Rect { y: area.bottom() - height, width, height, ..area };
        let count = self.told.len() + self.more;
        let title = format!("It would say now, of {count} of {} queues", self.queues);
        clear(frame, place);
        draw_lines(frame, place, panel(look, &title, true), &lines);
    }
}
