//! What an agent has and has missed: conversations now, then the alerts of today that they didn't
//! answer.
//!
//! ```text
//! now    2b1c0a11  Billing   talking   3m12   +1••••••0100
//! 14:01  77ae0c12  Sales     missed           alert of 0m30 …
//! ```
//!
//! `enter` opens the timeline of a conversation. Must not decide what counts as missed.
use super::{Layer, Overlay};
use crate::domain::board::conversations::ConversationBoard;
use crate::domain::board::{Facts, column};
use crate::domain::identity::{ConversationId, UserId};
use crate::domain::monitor::agents::MAX_MISSED_KEPT;
use crate::domain::monitor::directory::short;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{draw_lines, heading, mark_row, panel};
use crate::tui::format::{cut, fit, fit_right};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::overlays::timeline::Ladder;
use crate::tui::view::{At, Effect, View};
use crossterm::event::KeyCode;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

const HERE: Place = Place::Over(Layer::Work);
/// Most conversations of one agent that are listed; the service lets nobody have more than some
/// dozens at a time.
const MAX_LISTED: usize = 100;
/// The columns, with their widths, beside the one at the end that takes the rest.
const COLUMNS: [(&str, usize); 5] =
    [("id", 8), ("queue", 20), ("state", 11), ("since", 6), ("customer", 24)];

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[ActionEntry::new(
    "agent.open",
    &[Key::of(KeyCode::Enter)],
    "open the timeline of the conversation",
    HERE,
    open,
)
.labelled("timeline")];

fn open(view: &mut View, at: &At<'_>) -> Vec<Effect> {
    let Some(Overlay::Work(work)) = view.overlays.last() else { return Vec::new() };
    match work.rows.get(work.position()) {
        Some(row) => {
            let overlay = Ladder::open(&row.conversation, &view.context(at));
            view.lay(overlay);
        }
        None => {
            "this agent has no conversation, and has missed no alert".clone_into(&mut view.message);
        }
    }
    Vec::new()
}

/// One row: a conversation that the agent has, or for which they missed an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    conversation: ConversationId,
    /// When the alert was missed; `None` for what the agent has now.
    missed: Option<Timestamp>,
}

/// What one agent has and has missed.
#[derive(Debug)]
pub(in crate::tui) struct Work {
    user: UserId,
    rows: Vec<Row>,
    /// The row under the cursor: by what it is, since rows come and go.
    selected: Option<Row>,
    /// Where that was: if it goes, the cursor stays there.
    place: usize,
    offset: usize,
    height: usize,
}

impl Work {
    /// What that agent has and has missed.
    pub(in crate::tui) fn of(user: &UserId, context: &Context<'_>) -> Overlay {
        let (rows, selected) = (Vec::new(), None);
        let mut work = Self { user: user.clone(), rows, selected, place: 0, offset: 0, height: 1 };
        work.take_in(context);
        Overlay::Work(work)
    }

    fn take_in(&mut self, context: &Context<'_>) {
        let Some(agent) = context.monitor.agents.get(&self.user) else {
            self.rows.clear();
            return;
        };
        let has = agent.conversations.keys().take(MAX_LISTED);
        let has = has.map(|id| Row { conversation: id.clone(), missed: None });
        let missed = agent.newest_missed.iter().rev();
        let missed = missed
            .map(|alert| Row { conversation: alert.conversation.clone(), missed: Some(alert.at) });
        self.rows = has.chain(missed).collect();
        self.place = self.position();
        self.selected = self.rows.get(self.place).cloned();
    }

    fn position(&self) -> usize {
        let found = self.rows.iter().position(|row| self.selected.as_ref() == Some(row));
        found.unwrap_or(self.place).min(self.rows.len().saturating_sub(1))
    }

    pub(super) fn go(&mut self, by: isize) {
        self.place =
            self.position().saturating_add_signed(by).min(self.rows.len().saturating_sub(1));
        self.selected = self.rows.get(self.place).cloned();
    }

    pub(super) fn page(&self) -> usize {
        self.height
    }

    pub(super) fn prepare(&mut self, area: Rect, context: &Context<'_>) {
        self.take_in(context);
        self.height = usize::from(area.height.saturating_sub(3)).max(1);
        self.offset = self.offset.clamp((self.place + 1).saturating_sub(self.height), self.place);
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let look = context.look;
        let agents = &context.monitor.agents;
        let missed = agents.get(&self.user).map_or(0, |agent| agent.missed);
        let has = self.rows.iter().filter(|row| row.missed.is_none()).count();
        let older = usize::try_from(missed).unwrap_or(usize::MAX) > MAX_MISSED_KEPT;
        let note = if older { format!(", the newest {MAX_MISSED_KEPT}") } else { String::new() };
        let title = format!(
            "{} · has {has} · missed {missed} since {}{note}",
            context.monitor.directory.user(&self.user),
            look.time(agents.missed_since()),
        );
        let headings: Vec<String> = COLUMNS
            .iter()
            .map(|(name, width)| match *name {
                "since" => fit_right("since", *width),
                name => fit(name, *width),
            })
            .collect();
        let mut lines = vec![heading(look, format!("{} {}", fit("", 15), headings.join(" ")))];
        for (index, row) in self.rows.iter().enumerate().skip(self.offset).take(self.height) {
            lines.push(mark_row(line(row, context), index == self.place, look));
        }
        if self.rows.is_empty() {
            let sentence = if agents.counts() {
                "no conversation, and no missed alert"
            } else {
                "no conversations are watched: nobody knows what this agent has"
            };
            lines.push(Line::raw(sentence));
        }
        draw_lines(frame, area, panel(look, &title, true), &lines);
    }
}

/// One row; what is no longer known of a conversation is left open.
fn line(row: &Row, context: &Context<'_>) -> Line<'static> {
    let theme = context.look.theme;
    let facts = Facts { monitor: context.monitor, now: context.now, masked: context.look.mask };
    let (when, style) = match row.missed {
        None => ("has now".to_owned(), Style::new()),
        Some(at) => (format!("missed {}", context.look.time(at)), theme.bad()),
    };
    let mut spans = vec![Span::styled(format!("{} ", fit(&when, 15)), style)];
    for (name, width) in COLUMNS {
        let text = match column::<ConversationBoard>(name) {
            // it names the row also where nothing else is known any more
            Some(column) if column.name != "id" => {
                column.value(&facts, &row.conversation).fitting(context.now, width)
            }
            _ => short(row.conversation.as_str()).to_owned(),
        };
        let text = if name == "since" { fit_right(&text, width) } else { fit(&text, width) };
        spans.push(Span::raw(format!("{} ", cut(&text, width))));
    }
    Line::from(spans)
}
