//! The agents: presence, routing status, and for how long.
use super::{Panel, Screen, Spot};
use crate::domain::identity::UserId;
use crate::domain::text::harmless_within;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{heading, mark_row, panel};
use crate::tui::format::fit;
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::inspector::Inspector;
use crate::tui::pane::{List, Pane};
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[ActionEntry::new(
    "agents.show",
    &[Key::char('4')],
    "the agents",
    Place::Screens,
    |view, _| view.show(Screen::Agents),
)
.labelled("agents")];

/// The agents.
#[derive(Debug, Default)]
pub(in crate::tui) struct AgentPanel {
    pane: Pane<UserId, AgentLine>,
}

#[derive(Debug)]
struct AgentLine {
    id: UserId,
    name: String,
    presence: String,
    routing: String,
    since: Option<Timestamp>,
    queues: String,
}

impl Panel for AgentPanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        let monitor = context.monitor;
        self.pane.height = spot.rows(1);
        let wanted = self.pane.filter.to_lowercase();
        let name = |id: &UserId| monitor.directory.user(id).to_lowercase();
        let mut order: Vec<_> =
            monitor.agents.iter().filter(|agent| name(&agent.user).contains(&wanted)).collect();
        order.sort_by_cached_key(|agent| (name(&agent.user), agent.user.clone()));
        self.pane.total = monitor.agents.iter().len();
        self.pane.settle(order, false, |agent| agent.user.clone());
        self.pane.fill(|id| {
            let agent = monitor.agents.get(id)?;
            let queues: Vec<&str> =
                agent.queues.iter().flatten().map(|queue| monitor.directory.queue(queue)).collect();
            Some(AgentLine {
                id: id.clone(),
                name: monitor.directory.user(id).to_owned(),
                presence: agent.presence.as_ref().map_or_else(
                    || "–".to_owned(),
                    |presence| {
                        harmless_within(&presence.system.replace('_', " ").to_lowercase(), 30)
                    },
                ),
                routing: agent.routing.as_ref().map_or_else(
                    || "–".to_owned(),
                    |routing| harmless_within(routing.status.word(), 30),
                ),
                since: agent.routing.as_ref().and_then(|routing| routing.since),
                queues: queues.join(", "),
            })
        });
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let look = context.look;
        let title = format!("Agents {}", self.pane.tally());
        let mut lines = vec![heading(
            look,
            format!(
                "{} {} {} {} queues",
                fit("agent", 26),
                fit("presence", 12),
                fit("routing", 16),
                fit("since", 7)
            ),
        )];
        for line in &self.pane.lines {
            let text = format!(
                "{} {} {} {} {}",
                fit(&line.name, 26),
                fit(&line.presence, 12),
                fit(&line.routing, 16),
                fit(&line.since.map_or("–".to_owned(), |at| context.age(at)), 7),
                line.queues
            );
            let selected = self.pane.selected.as_ref() == Some(&line.id);
            lines.push(mark_row(Line::raw(text), selected, look));
        }
        if self.pane.total == 0 {
            lines.push(Line::raw(
                "no agent's topic is watched; name some with --user, or all with --all-users",
            ));
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
        let id = self.pane.selected.as_ref().ok_or("move the cursor onto an agent with ↑ ↓")?;
        Inspector::newest(context, |kept| {
            kept.topic.as_ref().is_some_and(|topic| topic.key().contains(id.as_str()))
        })
    }
}
