//! The queues, worst first.
use super::{Panel, Screen, Spot};
use crate::domain::board::layout::{Layout, Listing};
use crate::domain::board::queues::{LONG_WAIT, MediaBoard, OfQueue, QueueBoard};
use crate::domain::board::{Board, Facts, Sort, Value, column};
use crate::domain::filter::FilterError;
use crate::domain::identity::QueueId;
use crate::domain::moment::since;
use crate::domain::monitor::queues::QueueRow;
use crate::domain::topic::Media;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::check;
use crate::tui::overlays::columns::Offered;
use crate::tui::overlays::inspector::Inspector;
use crate::tui::pane::List;
use crate::tui::table::{self, Sorts, Table};
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::Span;
use std::time::Duration;

/// A wait that one should have an eye on where no threshold is known.
const NOTABLE_WAIT: Duration = Duration::from_secs(30);
/// Which part of a threshold is to be used up before one should have an eye on a wait: one half.
const NOTABLE_PART: u32 = 2;

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
/// What is said where no queue is known.
const NONE_WATCHED: &str = "no queue is watched: --queue NAME, or --all for every queue";

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
            view.panels.queues.sorts().sort_by_next();
            Vec::new()
        },
    )
    .labelled("sort"),
    ActionEntry::new(
        "queues.target",
        &[Key::char('t')],
        "those that miss their target first, by how far; again, by urgency",
        HERE,
        |view, _| {
            view.panels.queues.by_target();
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
            view.panels.queues.sorts().reverse();
            Vec::new()
        },
    ),
    ActionEntry::new(
        "queues.media",
        &[Key::char('b')],
        "a row a queue, or a row a queue and medium",
        HERE,
        |view, _| {
            view.panels.queues.turn();
            Vec::new()
        },
    )
    .labelled("by media"),
    ActionEntry::new(
        "queues.check",
        &[Key::char('c')],
        "cross-check the queue under the cursor: what REST says of it, beside what is shown",
        HERE,
        |view, at| {
            let queue = view.panels.queues.pointed().cloned();
            check::open(view, at, queue)
        },
    )
    .labelled("check")
    .unless(|view, _| check::obstacle(view, view.panels.queues.pointed())),
];

/// Why nothing can be done with a queue.
pub(in crate::tui) const NO_QUEUE: &str = "there is no queue";

/// The queues, whole or by medium.
#[derive(Debug, Default)]
pub(in crate::tui) struct QueuePanel {
    whole: Table<QueueBoard>,
    by_media: Table<MediaBoard>,
    /// Whether each medium of a queue has a row of its own.
    is_by_media: bool,
}

impl QueuePanel {
    /// The table that is shown, for what doesn't depend on what its rows are.
    fn sorts(&mut self) -> &mut dyn Sorts {
        if self.is_by_media { &mut self.by_media } else { &mut self.whole }
    }

    /// Shows a row a queue, or a row a queue and medium; the filter goes with it.
    fn turn(&mut self) {
        self.is_by_media = !self.is_by_media;
        if self.is_by_media {
            self.by_media.set_filter(self.whole.filter());
        } else {
            self.whole.set_filter(self.by_media.filter());
        }
    }

    /// Those that miss their target first.
    fn by_target(&mut self) {
        let sort = Sort { by: Some("margin"), reversed: true };
        if self.is_by_media {
            self.by_media.toggle_sort(sort);
        } else {
            self.whole.toggle_sort(sort);
        }
    }

    /// The queue under the cursor, or of the first row while there is no cursor.
    fn pointed(&self) -> Option<&QueueId> {
        if self.is_by_media {
            self.by_media.pointed().map(|row| &row.queue)
        } else {
            self.whole.pointed()
        }
    }
}

/// Draws one of the two tables.
fn draw_table<B: Board<Key: OfQueue>>(
    table: &Table<B>,
    frame: &mut Frame<'_>,
    spot: Spot,
    title: &str,
    context: &Context<'_>,
) {
    let theme = context.look.theme;
    let sign = |key: &B::Key| urgency_of(key.queue(), key.media(), context);
    table.draw(frame, spot, [title, "", NONE_WATCHED], context, sign, |key, column| {
        match column.name {
            "longest_wait" => sign(key).style,
            "overdue" if is_overdue::<B>(key, context) => theme.bad(),
            "not_responding" => theme.warn(),
            "margin" if misses::<B>(key, context) => theme.bad(),
            _ => Style::new(),
        }
    });
}

impl Panel for QueuePanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        if self.is_by_media {
            self.by_media.prepare(spot, context);
        } else {
            self.whole.prepare(spot, context);
        }
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        if self.is_by_media {
            draw_table(&self.by_media, frame, spot, "Queues by media", context);
        } else {
            draw_table(&self.whole, frame, spot, "Queues", context);
        }
    }

    fn list(&self) -> Option<&dyn List> {
        if self.is_by_media { Some(&self.by_media) } else { Some(&self.whole) }
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        if self.is_by_media { Some(&mut self.by_media) } else { Some(&mut self.whole) }
    }

    fn fault(&self, filter: &str) -> Option<FilterError> {
        // the fields are the same
        table::fault::<QueueBoard>(filter)
    }

    fn complete(&self, filter: &str, context: &Context<'_>) -> Vec<String> {
        if self.is_by_media {
            Table::<MediaBoard>::complete(filter, context)
        } else {
            Table::<QueueBoard>::complete(filter, context)
        }
    }

    fn examples(&self, context: &Context<'_>) -> Vec<(String, String)> {
        if self.is_by_media {
            self.by_media.examples(&EXAMPLES, context)
        } else {
            self.whole.examples(&EXAMPLES, context)
        }
    }

    fn columns(&self) -> Option<Vec<Offered>> {
        Some(if self.is_by_media { self.by_media.offered() } else { self.whole.offered() })
    }

    fn choose_columns(&mut self, chosen: &[Offered]) {
        if self.is_by_media {
            self.by_media.choose(chosen);
        } else {
            self.whole.choose(chosen);
        }
    }

    fn layout(&self) -> Option<(Listing, Layout)> {
        Some(if self.is_by_media {
            (Listing::QueueMedia, self.by_media.layout())
        } else {
            (Listing::Queues, self.whole.layout())
        })
    }

    fn arrange(&mut self, list: Listing, layout: &Layout) {
        match list {
            Listing::Queues => self.whole.arrange(layout),
            Listing::QueueMedia => self.by_media.arrange(layout),
            _ => {}
        }
    }

    fn sort_by(&mut self, name: &'static str) {
        if self.is_by_media {
            self.by_media.sort_by(name);
        } else {
            self.whole.sort_by(name);
        }
    }

    fn open(&self, context: &Context<'_>) -> Result<Overlay, &'static str> {
        let id = self.pointed().ok_or(NO_QUEUE)?;
        Inspector::newest(context, |kept| {
            kept.topic.as_ref().is_some_and(|topic| topic.key().contains(id.as_str()))
        })
    }
}

/// Whether the service level of this half hour is below its target.
fn misses<B: Board>(key: &B::Key, context: &Context<'_>) -> bool {
    let facts = Facts { monitor: context.monitor, now: context.now, masked: true };
    let margin = column::<B>("margin").map(|column| column.value(&facts, key));
    matches!(margin, Some(Value::Percent(margin)) if margin < 0.0)
}

/// Whether the longest wait is over the queue's own threshold.
fn is_overdue<B: Board>(key: &B::Key, context: &Context<'_>) -> bool {
    let facts = Facts { monitor: context.monitor, now: context.now, masked: true };
    let overdue = column::<B>("overdue").map(|column| column.value(&facts, key));
    overdue.and_then(|overdue| overdue.figure(context.now)).is_some_and(|seconds| seconds > 0.0)
}

/// How urgent a queue is, as a shape and a colour.
pub(in crate::tui) fn urgency(queue: &QueueId, context: &Context<'_>) -> Span<'static> {
    urgency_of(queue, None, context)
}

/// The same of one medium of it.
fn urgency_of(queue: &QueueId, media: Option<Media>, context: &Context<'_>) -> Span<'static> {
    let theme = context.look.theme;
    match trouble(queue, media, context) {
        None => Span::styled(theme.sign("○", "?"), theme.dim()),
        Some(Trouble::AtRisk) => Span::styled(theme.sign("▲", "!"), theme.bad()),
        Some(Trouble::Notable) => Span::styled(theme.sign("◆", "+"), theme.warn()),
        Some(Trouble::No) => Span::styled(theme.sign("●", "*"), theme.good()),
    }
}

/// How bad the longest wait is.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    No,
    Notable,
    AtRisk,
}

/// How bad the longest wait of a queue is, or of one medium of it; of a whole queue the worst of its
/// media, since a mail may wait for an hour and a call may not. `None` where its conversations aren't
/// watched.
fn trouble(queue: &QueueId, media: Option<Media>, context: &Context<'_>) -> Option<Trouble> {
    let row = context.monitor.queues.get(queue).filter(|row| row.watched())?;
    let of = |media| judged(row, media, context);
    let worst = match media {
        Some(media) => of(Some(media)),
        // a conversation of which no medium is known is in none of them
        None => row.media().iter().filter_map(|media| of(Some(*media))).max().or_else(|| of(None)),
    };
    Some(worst.unwrap_or(Trouble::No))
}

/// Judges the longest wait by the queue's own threshold for the medium, or else by the same lengths for
/// all. `None` when nobody waits.
fn judged(row: &QueueRow, media: Option<Media>, context: &Context<'_>) -> Option<Trouble> {
    let waited = since(context.now, row.counts(media)?.longest_unanswered()?);
    let goal = media.and_then(|media| context.monitor.directory.goal(&row.id, media));
    let (notable, long) = goal.map_or((NOTABLE_WAIT, LONG_WAIT), |goal| {
        let within = Duration::from_millis(goal.within_milliseconds);
        (within / NOTABLE_PART, within)
    });
    Some(match waited {
        _ if waited >= long => Trouble::AtRisk,
        _ if waited >= notable => Trouble::Notable,
        _ => Trouble::No,
    })
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
