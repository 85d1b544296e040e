//! The conversations, the most urgent first; or those that are over, the newest first.
use super::{Panel, Screen, Spot};
use crate::domain::board::conversations::{ConversationBoard, HistoryBoard};
use crate::domain::board::layout::{Layout, Listing};
use crate::domain::conversation::State;
use crate::domain::filter::FilterError;
use crate::domain::identity::ConversationId;
use crate::domain::monitor::past::MAX_PAST;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::format::count;
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::columns::Offered;
use crate::tui::overlays::timeline::Ladder;
use crate::tui::pane::List;
use crate::tui::signs;
use crate::tui::table::{self, Sorts, Table};
use crate::tui::theme::Theme;
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::Span;

/// Filters that work here, each with what it finds.
const EXAMPLES: [(&str, &str); 10] = [
    ("state=waiting", "who waits"),
    ("state=waiting since>2m", "who has waited for more than two minutes"),
    ("media=call -state=ended", "calls that live"),
    ("missed>=2", "two or more alerts were missed"),
    ("state=hold since>1m", "on hold for more than a minute"),
    ("queue:billing agent:novak", "by parts of the names"),
    ("transfers>0", "transferred at least once"),
    ("flagged=yes or recording=yes", "flagged or being recorded"),
    ("has:observed", "somebody listens in"),
    ("age>30m", "lasting for more than half an hour"),
];

/// The same for those that are over.
const PAST_EXAMPLES: [(&str, &str); 10] = [
    (GAVE_UP, "who gave up waiting"),
    ("state=abandoned since<10m", "who gave up in the last ten minutes"),
    ("state=transferred", "handed on to somebody of whom no frame tells"),
    ("state=gone", "ended while nobody looked"),
    ("age>10m", "lasted for more than ten minutes"),
    ("missed>0", "an alert was missed"),
    ("transfers>0", "transferred at least once"),
    ("media=call -has:agent", "calls that no agent had"),
    ("queue:billing", "by a part of the queue's name"),
    ("flagged=yes", "flagged by somebody"),
];

/// What is said where no conversation goes on.
const NONE_LIVE: &str =
    "no conversation goes on in what is watched; on screen 3, h shows those that are over";
/// What is said where none is over.
const NONE_OVER: &str = "no conversation has ended since gcwatch looks; h shows those that go on";

/// Who gave up waiting.
const GAVE_UP: &str = "state=abandoned";

const HERE: Place = Place::Panel(Screen::Conversations);

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
        "conversations.history",
        &[Key::char('h')],
        "those that are over, or those that live again",
        HERE,
        |view, _| {
            view.panels.conversations.look_back();
            Vec::new()
        },
    )
    .labelled("history"),
    ActionEntry::new(
        "conversations.abandoned",
        &[Key::char('a')],
        "those who gave up waiting, the newest first; again, all that are over",
        HERE,
        |view, _| {
            let panel = &mut view.panels.conversations;
            let is_shown = panel.looks_back && panel.past.filter() == GAVE_UP;
            panel.looks_back = true;
            panel.past.set_filter(if is_shown { "" } else { GAVE_UP });
            Vec::new()
        },
    )
    .labelled("gave up"),
    ActionEntry::new(
        "conversations.sort",
        &[Key::char('s')],
        "sort by the next column",
        HERE,
        |view, _| {
            view.panels.conversations.tables().sort_by_next();
            Vec::new()
        },
    )
    .labelled("sort"),
    ActionEntry::new(
        "conversations.reverse",
        &[Key::char('S')],
        "sort the other way round",
        HERE,
        |view, _| {
            view.panels.conversations.tables().reverse();
            Vec::new()
        },
    ),
];

/// The conversations. Both lists have a cursor, a filter, a sort and columns of their own.
#[derive(Debug, Default)]
pub(in crate::tui) struct ConversationPanel {
    live: Table<ConversationBoard>,
    past: Table<HistoryBoard>,
    /// Whether those that are over are shown.
    looks_back: bool,
}

impl ConversationPanel {
    /// The conversation under the cursor.
    pub(in crate::tui) fn chosen(&self) -> Option<&ConversationId> {
        if self.looks_back { self.past.selected() } else { self.live.selected() }
    }

    /// Shows those that are over, or those that live again.
    pub(super) fn look_back(&mut self) {
        self.looks_back = !self.looks_back;
    }

    fn tables(&mut self) -> &mut dyn Sorts {
        if self.looks_back { &mut self.past } else { &mut self.live }
    }

    fn draw_past(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let theme = context.look.theme;
        let gone = context.monitor.conversations.past().total();
        let bound = if gone > MAX_PAST as u64 {
            format!(" · keeps {} of {}", count(MAX_PAST as u64), count(gone))
        } else {
            format!(" · keeps {}", count(MAX_PAST as u64))
        };
        self.past.draw(
            frame,
            spot,
            ["History", &bound, NONE_OVER],
            context,
            |id| {
                let row = context.monitor.conversations.past().get(id);
                let media = row.and_then(|row| row.conversation.media().first().copied());
                Span::styled(signs::of_media(media).on(theme), theme.accent())
            },
            |_, column| if column.name == "flagged" { theme.warn() } else { Style::new() },
        );
    }
}

impl Panel for ConversationPanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        if self.looks_back {
            self.live.keep_up(context);
            self.past.prepare(spot, context);
        } else {
            self.live.prepare(spot, context);
        }
    }

    fn keep_up(&mut self, context: &Context<'_>) -> bool {
        // those that are over are few
        self.live.keep_up(context)
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        if self.looks_back {
            self.draw_past(frame, spot, context);
            return;
        }
        let theme = context.look.theme;
        let state = |id: &ConversationId| {
            context.monitor.conversations.get(id).map(|row| row.standing.state)
        };
        self.live.draw(
            frame,
            spot,
            ["Conversations", "", NONE_LIVE],
            context,
            |id| sign(id, context),
            |id, column| match (column.name, state(id)) {
                ("state", Some(state)) => state_style(state, theme),
                ("flagged" | "observed", _) => theme.warn(),
                _ => Style::new(),
            },
        );
    }

    fn list(&self) -> Option<&dyn List> {
        Some(if self.looks_back { &self.past } else { &self.live })
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        Some(if self.looks_back { &mut self.past } else { &mut self.live })
    }

    fn fault(&self, filter: &str) -> Option<FilterError> {
        if self.looks_back {
            table::fault::<HistoryBoard>(filter)
        } else {
            table::fault::<ConversationBoard>(filter)
        }
    }

    fn complete(&self, filter: &str, context: &Context<'_>) -> Vec<String> {
        if self.looks_back {
            Table::<HistoryBoard>::complete(filter, context)
        } else {
            Table::<ConversationBoard>::complete(filter, context)
        }
    }

    fn examples(&self, context: &Context<'_>) -> Vec<(String, String)> {
        if self.looks_back {
            self.past.examples(&PAST_EXAMPLES, context)
        } else {
            self.live.examples(&EXAMPLES, context)
        }
    }

    fn columns(&self) -> Option<Vec<Offered>> {
        Some(if self.looks_back { self.past.offered() } else { self.live.offered() })
    }

    fn choose_columns(&mut self, chosen: &[Offered]) {
        if self.looks_back { self.past.choose(chosen) } else { self.live.choose(chosen) }
    }

    fn layout(&self) -> Option<(Listing, Layout)> {
        Some(if self.looks_back {
            (Listing::History, self.past.layout())
        } else {
            (Listing::Conversations, self.live.layout())
        })
    }

    fn arrange(&mut self, list: Listing, layout: &Layout) {
        match list {
            Listing::Conversations => self.live.arrange(layout),
            Listing::History => self.past.arrange(layout),
            Listing::Queues | Listing::QueueMedia | Listing::Agents => {}
        }
    }

    fn sort_by(&mut self, name: &'static str) {
        if self.looks_back { self.past.sort_by(name) } else { self.live.sort_by(name) }
    }

    fn open(&self, context: &Context<'_>) -> Result<Overlay, &'static str> {
        let pointed = if self.looks_back { self.past.pointed() } else { self.live.pointed() };
        let id = pointed.ok_or("there is no conversation to open")?;
        Ok(Ladder::open(id, context))
    }
}

/// The medium, with a dot where less is known because the row came by REST, a triangle where a
/// snapshot found that it had changed in a gap: nobody saw how, or a circle where its queue's topic
/// was refused, so that nobody may tell of its end. One that is over fades.
fn sign(id: &ConversationId, context: &Context<'_>) -> Span<'static> {
    let theme = context.look.theme;
    let Some(row) = context.monitor.conversations.get(id) else { return Span::raw("") };
    let media = signs::of_media(row.conversation.media().first().copied()).on(theme);
    let unseen = row.changed_unseen(context.now);
    let refused =
        row.standing.queue.as_ref().is_some_and(|queue| {
            context.monitor.queues.get(queue).is_some_and(|queue| queue.refused)
        });
    let how = match () {
        () if refused => signs::REFUSED.on(theme),
        () if unseen => signs::UNSEEN.on(theme),
        () if row.by_rest => signs::BY_REST.on(theme),
        () => " ",
    };
    let style = match row.standing.state {
        State::Ended => theme.dim(),
        _ if refused => theme.dim(),
        _ if unseen => theme.warn(),
        _ => theme.accent(),
    };
    Span::styled(format!("{media}{how}"), style)
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

#[cfg(test)]
mod tests {
    use super::{ConversationBoard, EXAMPLES, HistoryBoard, PAST_EXAMPLES};
    use crate::tui::table::fault;

    #[test]
    fn every_example_is_a_filter() {
        for (text, _) in EXAMPLES {
            assert_eq!(fault::<ConversationBoard>(text), None, "{text}");
        }
        for (text, _) in PAST_EXAMPLES {
            assert_eq!(fault::<HistoryBoard>(text), None, "{text}");
        }
    }
}
