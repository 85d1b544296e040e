//! The agents: presence, routing status and for how long; what they have and have missed.
use super::{Panel, Screen, Spot};
use crate::domain::agent::RoutingStatus;
use crate::domain::board::Sort;
use crate::domain::board::agents::AgentBoard;
use crate::domain::board::layout::{Layout, Listing};
use crate::domain::filter::FilterError;
use crate::domain::identity::UserId;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::columns::Offered;
use crate::tui::overlays::inspector::Inspector;
use crate::tui::overlays::work::Work;
use crate::tui::pane::List;
use crate::tui::table::{self, Sorts, Table};
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::Span;

/// Filters that work here, each with what it finds.
const EXAMPLES: [(&str, &str); 10] = [
    ("routing:\"not responding\"", "who didn't answer an alert"),
    ("routing=idle since>10m", "free for more than ten minutes"),
    ("presence:break", "who is on a break"),
    ("missed>=2", "two or more alerts were missed today"),
    ("queues:billing", "who is in a queue"),
    ("routing=interacting since>20m", "long in one conversation"),
    ("routing=idle queues:sales", "who could take a call of a queue"),
    ("conversations>1", "with more than one conversation"),
    ("-has:routing", "of whom nothing is known"),
    ("agent:novak or agent:quist", "by parts of the names"),
];

const HERE: Place = Place::Panel(Screen::Agents);
const NO_AGENT: &str = "there is no agent to open";
/// What is said where no agent is known.
const NOBODY: &str =
    "nobody has a conversation, and no agent's topic is watched: --user, --all-users";

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new("agents.show", &[Key::char('4')], "the agents", Place::Screens, |view, _| {
        view.show(Screen::Agents)
    })
    .labelled("agents"),
    ActionEntry::new(
        "agents.sort",
        &[Key::char('s')],
        "sort by the next column",
        HERE,
        |view, _| {
            view.panels.agents.table.sort_by_next();
            Vec::new()
        },
    )
    .labelled("sort"),
    ActionEntry::new(
        "agents.missed",
        &[Key::char('t')],
        "those who missed most alerts first; again, by urgency",
        HERE,
        |view, _| {
            view.panels.agents.table.toggle_sort(Sort { by: Some("missed"), reversed: false });
            Vec::new()
        },
    )
    .labelled("missed"),
    ActionEntry::new(
        "agents.frame",
        &[Key::char('i')],
        "open the newest frame about the agent",
        HERE,
        |view, at| {
            match view.panels.agents.newest_frame(&view.context(at)) {
                Ok(overlay) => view.lay(overlay),
                Err(sentence) => sentence.clone_into(&mut view.message),
            }
            Vec::new()
        },
    ),
    ActionEntry::new(
        "agents.reverse",
        &[Key::char('S')],
        "sort the other way round",
        HERE,
        |view, _| {
            view.panels.agents.table.reverse();
            Vec::new()
        },
    ),
];

/// The agents.
#[derive(Debug, Default)]
pub(in crate::tui) struct AgentPanel {
    table: Table<AgentBoard>,
}

impl Panel for AgentPanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        self.table.prepare(spot, context);
    }

    fn keep_up(&mut self, context: &Context<'_>) -> bool {
        self.table.keep_up(context)
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        // the figure says nothing without its beginning, which is midnight only by the evening
        let since = context.look.time(context.monitor.agents.missed_since());
        let note = format!(" · missed since {since}");
        self.table.draw(
            frame,
            spot,
            ["Agents", &note, NOBODY],
            context,
            |user| sign(user, context),
            |user, column| match column.name {
                "routing" | "since" => sign(user, context).style,
                "missed" if missed(user, context) > 0 => context.look.theme.warn(),
                _ => Style::new(),
            },
        );
    }

    fn list(&self) -> Option<&dyn List> {
        Some(&self.table)
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        Some(&mut self.table)
    }

    fn fault(&self, filter: &str) -> Option<FilterError> {
        table::fault::<AgentBoard>(filter)
    }

    fn complete(&self, filter: &str, context: &Context<'_>) -> Vec<String> {
        Table::<AgentBoard>::complete(filter, context)
    }

    fn examples(&self, context: &Context<'_>) -> Vec<(String, String)> {
        self.table.examples(&EXAMPLES, context)
    }

    fn columns(&self) -> Option<Vec<Offered>> {
        Some(self.table.offered())
    }

    fn choose_columns(&mut self, chosen: &[Offered]) {
        self.table.choose(chosen);
    }

    fn layout(&self) -> Option<(Listing, Layout)> {
        Some((Listing::Agents, self.table.layout()))
    }

    fn arrange(&mut self, list: Listing, layout: &Layout) {
        if list == Listing::Agents {
            self.table.arrange(layout);
        }
    }

    fn sort_by(&mut self, name: &'static str) {
        self.table.sort_by(name);
    }

    fn open(&self, context: &Context<'_>) -> Result<Overlay, &'static str> {
        let id = self.table.pointed().ok_or(NO_AGENT)?;
        Ok(Work::of(id, context))
    }
}

impl AgentPanel {
    fn newest_frame(&self, context: &Context<'_>) -> Result<Overlay, &'static str> {
        let id = self.table.pointed().ok_or(NO_AGENT)?;
        Inspector::newest(context, |kept| {
            kept.topic.as_ref().is_some_and(|topic| topic.key().contains(id.as_str()))
        })
    }
}

fn missed(user: &UserId, context: &Context<'_>) -> u32 {
    context.monitor.agents.get(user).map_or(0, |agent| agent.missed)
}

/// What routing thinks of an agent, as a shape and a colour: who doesn't respond stands out.
fn sign(user: &UserId, context: &Context<'_>) -> Span<'static> {
    let theme = context.look.theme;
    let agent = context.monitor.agents.get(user);
    let status = agent.and_then(|agent| agent.routing.as_ref()).map(|routing| &routing.status);
    match status {
        Some(RoutingStatus::NotResponding) => Span::styled(theme.sign("▲", "!"), theme.bad()),
        Some(RoutingStatus::Interacting | RoutingStatus::Communicating) => {
            Span::styled(theme.sign("●", "*"), theme.good())
        }
        Some(RoutingStatus::Idle) => Span::styled(theme.sign("○", "o"), theme.accent()),
        Some(RoutingStatus::OffQueue | RoutingStatus::Other(_)) | None => {
            Span::styled(theme.sign("·", "."), Style::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AgentBoard, EXAMPLES};
    use crate::tui::table::fault;

    #[test]
    fn every_example_is_a_filter() {
        for (text, _) in EXAMPLES {
            assert_eq!(fault::<AgentBoard>(text), None, "{text}");
        }
    }
}
