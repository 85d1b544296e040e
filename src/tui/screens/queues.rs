//! The queues, worst first.
use super::{Panel, Screen, Spot};
use crate::domain::board::layout::{Layout, Listing};
use crate::domain::board::queues::QueueBoard;
use crate::domain::board::{Facts, Sort, Value, column};
use crate::domain::filter::FilterError;
use crate::domain::identity::QueueId;
use crate::domain::moment::since;
use crate::domain::monitor::queues::QueueRow;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::columns::Offered;
use crate::tui::overlays::inspector::Inspector;
use crate::tui::pane::List;
use crate::tui::table::{self, Sorts, Table};
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::Span;

/// A wait from which a queue is in trouble, in seconds; until thresholds of one's own say more.
const LONG_WAIT: u64 = 120;
/// A wait that one should have an eye on, in seconds.
const NOTABLE_WAIT: u64 = 30;

/// Filters that work here, each with what it finds.
const EXAMPLES: [(&str, &str); 10] = [
    ("waiting>0", "somebody waits"),
    ("longest_wait>2m", "somebody has waited for more than two minutes"),
    ("margin<0%", "the target is missed in this half hour"),
    ("idle=0 waiting>0", "somebody waits and nobody is free"),
    ("not_responding>0", "somebody didn't answer an alert"),
    ("abandoned>=3", "three or more gave up in this half hour"),
    ("queue:billing or queue:sales", "queues by a part of their names"),
    ("-has:on_queue", "the service hasn't told who is on the queue"),
    ("interacting>=5 -media:email", "busy queues without e-mail"),
    ("parked>0 or hold>0", "something laid aside or on hold"),
];

const HERE: Place = Place::Panel(Screen::Queues);

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new("queues.show", &[Key::char('2')], "the queues", Place::Screens, |view, _| {
        view.show(Screen::Queues)
    })
    .labelled("queues"),
    ActionEntry::new(
        "queues.sort",
        &[Key::char('s')],
        "sort by the next column",
        HERE,
        |view, _| {
            view.panels.queues.table.sort_by_next();
            Vec::new()
        },
    )
    .labelled("sort"),
    ActionEntry::new(
        "queues.target",
        &[Key::char('t')],
        "those that miss their target first, by how far",
        HERE,
        |view, _| {
            view.panels.queues.table.set_sort(Sort { by: Some("margin"), reversed: true });
            Vec::new()
        },
    )
    .labelled("target"),
    ActionEntry::new(
        "queues.reverse",
        &[Key::char('S')],
        "sort the other way round",
        HERE,
        |view, _| {
            view.panels.queues.table.reverse();
            Vec::new()
        },
    ),
];

/// The queues.
#[derive(Debug, Default)]
pub(in crate::tui) struct QueuePanel {
    table: Table<QueueBoard>,
}

impl Panel for QueuePanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        self.table.prepare(spot, context);
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let theme = context.look.theme;
        self.table.draw(
            frame,
            spot,
            ["Queues", ""],
            context,
            |queue| urgency(queue, context),
            |queue, column| {
                let style = urgency(queue, context).style;
                match column.name {
                    "longest_wait" => style,
                    "not_responding" => theme.warn(),
                    "margin" if misses(queue, context) => theme.bad(),
                    _ => Style::new(),
                }
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
        table::fault::<QueueBoard>(filter)
    }

    fn complete(&self, filter: &str, context: &Context<'_>) -> Vec<String> {
        self.table.complete(filter, context)
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
        Some((Listing::Queues, self.table.layout()))
    }

    fn arrange(&mut self, list: Listing, layout: &Layout) {
        if list == Listing::Queues {
            self.table.arrange(layout);
        }
    }

    fn sort_by(&mut self, name: &'static str) {
        self.table.sort_by(name);
    }

    fn open(&self, context: &Context<'_>) -> Result<Overlay, &'static str> {
        let id = self.table.pointed().ok_or("there is no queue to open")?;
        Inspector::newest(context, |kept| {
            kept.topic.as_ref().is_some_and(|topic| topic.key().contains(id.as_str()))
        })
    }
}

/// Whether the service level of this half hour is below its target.
fn misses(queue: &QueueId, context: &Context<'_>) -> bool {
    let facts = Facts { monitor: context.monitor, now: context.now, masked: true };
    let margin = column::<QueueBoard>("margin").map(|column| (column.value)(&facts, queue));
    matches!(margin, Some(Value::Percent(margin)) if margin < 0.0)
}

/// How urgent a queue is, as a shape and a colour.
pub(in crate::tui) fn urgency(queue: &QueueId, context: &Context<'_>) -> Span<'static> {
    let theme = context.look.theme;
    let row = context.monitor.queues.get(queue);
    let longest = row.and_then(QueueRow::longest_unanswered);
    match longest.map(|at| since(context.now, at).as_secs()) {
        _ if row.is_none_or(|row| !row.watched()) => {
            Span::styled(theme.sign("○", "?"), theme.dim())
        }
        Some(LONG_WAIT..) => Span::styled(theme.sign("▲", "!"), theme.bad()),
        Some(NOTABLE_WAIT..) => Span::styled(theme.sign("◆", "+"), theme.warn()),
        _ => Span::styled(theme.sign("●", "*"), theme.good()),
    }
}

#[cfg(test)]
mod tests {
    use super::{EXAMPLES, QueueBoard};
    use crate::tui::table::fault;

    #[test]
    fn every_example_is_a_filter() {
        for (text, _) in EXAMPLES {
            assert_eq!(fault::<QueueBoard>(text), None, "{text}");
        }
    }
}
