//! The conversations, the most urgent first.
use super::{Panel, Screen, Spot};
use crate::domain::conversation::{Direction, Purpose, State};
use crate::domain::identity::ConversationId;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::conversations::Row;
use crate::domain::monitor::directory::short;
use crate::domain::text::{harmless_within, masked};
use crate::domain::topic::Media;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{heading, mark_row, panel};
use crate::tui::format::fit;
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::names::MAX_CELL;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::inspector::Inspector;
use crate::tui::pane::{List, Pane};
use crate::tui::theme::Theme;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

/// How the list can be sorted.
const SORTS: [&str; 3] = ["urgency", "age", "queue"];

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new(
        "conversations.show",
        &[Key::char('3')],
        "the conversations",
        Place::Screens,
        |view, _| view.show(Screen::Conversations),
    )
    .labelled("conversations"),
    ActionEntry::new(
        "conversations.sort",
        &[Key::char('s')],
        "sort by the next column",
        Place::Panel(Screen::Conversations),
        |view, _| {
            let panel = &mut view.panels.conversations;
            panel.sort = (panel.sort + 1) % SORTS.len();
            Vec::new()
        },
    )
    .labelled("sort"),
    ActionEntry::new(
        "conversations.reverse",
        &[Key::char('S')],
        "sort the other way round",
        Place::Panel(Screen::Conversations),
        |view, _| {
            view.panels.conversations.reverse = !view.panels.conversations.reverse;
            Vec::new()
        },
    ),
];

/// The conversations.
#[derive(Debug, Default)]
pub(in crate::tui) struct ConversationPanel {
    pane: Pane<ConversationId, ConversationLine>,
    sort: usize,
    reverse: bool,
}

#[derive(Debug)]
struct ConversationLine {
    id: ConversationId,
    media: Vec<Media>,
    state: State,
    since: Timestamp,
    queue: String,
    agent: String,
    customer: String,
    outbound: bool,
    by_rest: bool,
    vanished: bool,
    missed: usize,
}

impl Panel for ConversationPanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        let monitor = context.monitor;
        self.pane.height = spot.rows(1);
        let wanted = self.pane.filter.to_lowercase();
        let mask = context.look.mask;
        let queue = |row: &Row| {
            row.standing
                .queue
                .as_ref()
                .map_or(String::new(), |id| monitor.directory.queue(id).to_owned())
        };
        let mut order: Vec<&Row> = monitor
            .conversations
            .iter()
            .filter(|row| {
                wanted.is_empty()
                    || conversation_text(row, monitor, mask).to_lowercase().contains(&wanted)
            })
            .collect();
        match self.sort {
            0 => order.sort_by(|left, right| {
                (left.standing.state, left.since, &left.conversation.id).cmp(&(
                    right.standing.state,
                    right.since,
                    &right.conversation.id,
                ))
            }),
            1 => order.sort_by(|left, right| {
                (left.since, &left.conversation.id).cmp(&(right.since, &right.conversation.id))
            }),
            _ => {
                order
                    .sort_by_cached_key(|row| (queue(row), row.since, row.conversation.id.clone()));
            }
        }
        self.pane.total = monitor.conversations.len();
        self.pane.settle(order, self.reverse, |row| row.conversation.id.clone());
        self.pane.fill(|id| {
            monitor.conversations.get(id).map(|row| conversation_line(row, monitor, mask))
        });
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let look = context.look;
        let direction = if self.reverse { ", reversed" } else { "" };
        let title =
            format!("Conversations {} · by {}{direction}", self.pane.tally(), SORTS[self.sort]);
        let flexible = spot.columns().saturating_sub(2 + 9 + 10 + 7 + 2);
        // a narrow screen has no room for the customer: the queue and the agent say more
        let columns = if spot.columns() < 56 {
            [flexible * 60 / 100, flexible * 40 / 100, 0]
        } else {
            [flexible * 30 / 100, flexible * 36 / 100, flexible * 34 / 100]
        };
        let mut lines = vec![heading(
            look,
            format!(
                "  {} {} {} {} {} {}",
                fit("id", 8),
                fit("queue", columns[0]),
                fit("state", 9),
                fit("since", 6),
                fit("agent", columns[1]),
                fit("customer", columns[2])
            ),
        )];
        for line in &self.pane.lines {
            let row = conversation_row(line, columns, context);
            lines.push(mark_row(row, self.pane.selected.as_ref() == Some(&line.id), look));
        }
        let block = panel(look, &title, spot.focused);
        frame.render_widget(Paragraph::new(lines).block(block), spot.area);
    }

    fn list(&self) -> Option<&dyn List> {
        Some(&self.pane)
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        Some(&mut self.pane)
    }

    fn open(&self, context: &Context<'_>) -> Result<Overlay, &'static str> {
        let id =
            self.pane.selected.as_ref().ok_or("move the cursor onto a conversation with ↑ ↓")?;
        Inspector::newest(context, |kept| {
            kept.frame.text().is_some_and(|text| text.contains(id.as_str()))
        })
    }
}

fn conversation_line(row: &Row, monitor: &Monitor, mask: bool) -> ConversationLine {
    let standing = &row.standing;
    ConversationLine {
        id: row.conversation.id.clone(),
        media: row.conversation.media(),
        state: standing.state,
        since: row.since,
        queue: standing
            .queue
            .as_ref()
            .map_or("–".to_owned(), |id| monitor.directory.queue(id).to_owned()),
        agent: standing
            .agent
            .as_ref()
            .map_or("–".to_owned(), |id| monitor.directory.user(id).to_owned()),
        customer: customer(row, mask),
        outbound: row.conversation.direction() == Direction::Outbound,
        by_rest: row.by_rest,
        vanished: row.vanished,
        missed: row.conversation.missed_alerts(),
    }
}

/// The customer's address, or else name; hidden unless shown.
fn customer(row: &Row, mask: bool) -> String {
    let customer = row.conversation.participants.iter().find(|p| p.purpose == Purpose::Customer);
    let text = customer.and_then(|customer| customer.address.as_ref().or(customer.name.as_ref()));
    match text {
        None => "–".to_owned(),
        Some(text) if mask => masked(text),
        Some(text) => harmless_within(text.trim_start_matches("tel:"), MAX_CELL),
    }
}

fn conversation_text(row: &Row, monitor: &Monitor, mask: bool) -> String {
    let line = conversation_line(row, monitor, mask);
    let media: Vec<&str> = line.media.iter().map(|media| media.word()).collect();
    format!(
        "{} {} {} {} {} {}",
        line.id,
        media.join(" "),
        line.state.word(),
        line.queue,
        line.agent,
        line.customer
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

fn conversation_row(
    line: &ConversationLine,
    columns: [usize; 3],
    context: &Context<'_>,
) -> Line<'static> {
    let theme = context.look.theme;
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
            fit(&context.age(line.since), 6),
            fit(&agent, columns[1]),
            fit(&customer, columns[2])
        )),
    ])
}
