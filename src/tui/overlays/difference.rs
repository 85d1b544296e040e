//! What changed between two frames, leaf by leaf, before and after side by side.
//!
//! Must not know how differences are found.
use super::{Layer, Overlay};
use crate::domain::difference::{Change, Difference, Leaf, compare};
use crate::domain::monitor::frames::{Frames, Kept};
use crate::domain::text::{harmless_within, masked};
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{draw_lines, heading, panel};
use crate::tui::format::{cut, fit};
use crate::tui::key::Key;
use crate::tui::look::{Context, Look};
use crate::tui::names::named_topic;
use crate::tui::view::{At, View};
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

/// Longest value that is shown, in characters; wider than any column.
const MAX_VALUE: usize = 300;

const HERE: Place = Place::Over(Layer::Difference);

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new(
        "difference.previous",
        &[Key::of(KeyCode::Left), Key::char('p')],
        "the change before: an earlier pair of frames of the same thing",
        HERE,
        |view, at| {
            step(view, at, |open, context| Comparison::with_before(open.before.sequence, context));
            Vec::new()
        },
    )
    .labelled("previous"),
    ActionEntry::new(
        "difference.next",
        &[Key::of(KeyCode::Right), Key::char('l')],
        "the next change: a later pair of frames of the same thing",
        HERE,
        |view, at| {
            step(view, at, |open, context| {
                let next = neighbour(&context.monitor.frames, open.after.sequence, true)
                    .ok_or("no later frame of this is kept")?;
                Ok(Comparison::of(&open.after, next, context))
            });
            Vec::new()
        },
    )
    .labelled("next"),
    ActionEntry::new(
        "difference.noise",
        &[Key::char('i')],
        "show or leave out what is noise (display.noise in the configuration)",
        HERE,
        |view, at| {
            if let Some(Overlay::Difference(open)) = view.overlays.last_mut() {
                open.shows_noise = !open.shows_noise;
            }
            view.reprint(at);
            Vec::new()
        },
    )
    .labelled("noise"),
];

/// Puts another comparison in the place of the open one.
fn step(
    view: &mut View,
    at: &At<'_>,
    open: fn(&Comparison, &Context<'_>) -> Result<Overlay, &'static str>,
) {
    let Some(Overlay::Difference(shown)) = view.overlays.last() else { return };
    match open(shown, &view.context(at)) {
        Ok(overlay) => {
            view.overlays.pop();
            view.lay(overlay);
        }
        Err(sentence) => sentence.clone_into(&mut view.message),
    }
}

/// Two frames, compared.
#[derive(Debug)]
pub(in crate::tui) struct Comparison {
    before: Kept,
    after: Kept,
    found: Result<Difference, String>,
    shows_noise: bool,
    scroll: usize,
    height: usize,
}

impl Comparison {
    /// Compares a frame with the one before it of the same topic and thing.
    ///
    /// # Errors
    /// The sentence that says that there is none.
    pub(in crate::tui) fn with_before(
        after: u64,
        context: &Context<'_>,
    ) -> Result<Overlay, &'static str> {
        let frames = &context.monitor.frames;
        let kept = frames.get(after).ok_or("that frame is no longer kept")?;
        let before = neighbour(frames, after, false).ok_or("no earlier frame of this is kept")?;
        Ok(Self::of(before, kept, context))
    }

    /// Compares any two frames. Both are kept by it, so that it stays whole.
    pub(in crate::tui) fn of(before: &Kept, after: &Kept, context: &Context<'_>) -> Overlay {
        let mut comparison = Self {
            before: before.clone(),
            after: after.clone(),
            found: Ok(Difference::default()),
            shows_noise: false,
            scroll: 0,
            height: 1,
        };
        comparison.compare(context);
        Overlay::Difference(Box::new(comparison))
    }

    /// Compares them anew, since what counts as noise has changed.
    pub(super) fn compare(&mut self, context: &Context<'_>) {
        let noise: &[String] = if self.shows_noise { &[] } else { &context.look.noise };
        self.found = match (self.before.frame.text(), self.after.frame.text()) {
            (Some(before), Some(after)) => compare(before, after, noise),
            _ => Err("a frame that is no text can't be compared".to_owned()),
        };
        self.go(0);
    }

    /// When the two were received, and of which topics they are if those differ: each of the two in
    /// half of the room that is left, since both must be seen.
    fn about(&self, columns: usize, context: &Context<'_>) -> String {
        let time = |kept: &Kept| context.look.precise_time(kept.frame.received);
        let times = format!("{} → {}", time(&self.before), time(&self.after));
        if self.before.topic == self.after.topic {
            return times;
        }
        let topic = |kept: &Kept| {
            let topic = kept.topic.as_ref();
            topic.map_or("no topic".to_owned(), |topic| named_topic(topic, context.monitor))
        };
        let (before, after) = (topic(&self.before), topic(&self.after));
        let joints = " ·  → ".width();
        let room = columns.saturating_sub(times.width() + joints);
        // what the shorter one leaves is for the longer one
        let half = room / 2;
        let before_room = half.max(room.saturating_sub(after.width()));
        let before = cut(&before, before_room);
        let after = cut(&after, room.saturating_sub(before.width()));
        format!("{times} · {before} → {after}")
    }

    fn length(&self) -> usize {
        self.found.as_ref().map_or(1, |found| found.leaves.len())
    }

    pub(super) fn go(&mut self, by: isize) {
        self.scroll = self.scroll.saturating_add_signed(by).min(self.length().saturating_sub(1));
    }

    pub(super) fn fit_into(&mut self, area: Rect) {
        self.height = usize::from(area.height.saturating_sub(5)).max(1);
    }

    pub(super) fn page(&self) -> usize {
        self.height
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let look = context.look;
        let columns = usize::from(area.width.saturating_sub(2)).saturating_sub(4);
        // half for where, a quarter each for before and after
        let value = columns / 4;
        let path = columns - 2 * value;
        let mut lines = Vec::new();
        match &self.found {
            Ok(found) => {
                let (added, removed, changed) = found.counts();
                let mut summary = format!("{changed} changed, {added} added, {removed} removed");
                for (count, words) in
                    [(found.noise, "left out as noise"), (found.untold, "more aren't shown")]
                {
                    if count > 0 {
                        summary = format!("{summary} · {count} {words}");
                    }
                }
                lines.push(Line::styled(
                    self.about(usize::from(area.width.saturating_sub(2)), context),
                    look.theme.title(),
                ));
                lines.push(Line::raw(summary));
                lines.push(heading(
                    look,
                    format!("  {} {} after", fit("where", path), fit("before", value)),
                ));
                let window = found.leaves.iter().skip(self.scroll).take(self.height);
                lines.extend(window.map(|leaf| row(leaf, path, value, look)));
                if found.leaves.is_empty() {
                    lines.push(Line::raw("nothing: the two frames say the same"));
                }
            }
            Err(sentence) => lines.push(Line::styled(sentence.clone(), look.theme.warn())),
        }
        let masked = if look.mask { " · masked, m shows all" } else { " · UNMASKED" };
        let title = format!(
            "What changed from frame {} to {}{masked}",
            self.before.sequence, self.after.sequence
        );
        draw_lines(frame, area, panel(look, &title, true), &lines);
    }
}

fn row(leaf: &Leaf, path: usize, value: usize, look: &Look) -> Line<'static> {
    let theme = look.theme;
    let shown = |text: &str| {
        if look.mask && leaf.is_customers {
            masked(text.trim_matches('"'))
        } else {
            harmless_within(text, MAX_VALUE)
        }
    };
    let (sign, style, before, after) = match &leaf.change {
        Change::Added(after) => ("+ ", theme.good(), String::new(), shown(after)),
        Change::Removed(before) => ("- ", theme.bad(), shown(before), String::new()),
        Change::Changed { before, after } => ("~ ", theme.warn(), shown(before), shown(after)),
    };
    Line::from(vec![
        Span::styled(sign, style),
        Span::raw(format!("{} ", fit(&harmless_within(&leaf.path, MAX_VALUE), path))),
        Span::styled(format!("{} ", fit(&before, value)), theme.dim()),
        Span::styled(fit(&after, value), style),
    ])
}

/// The nearest frame before or after that is about the same: of the same topic, and of the same
/// conversation where the topic carries many.
fn neighbour(frames: &Frames, of: u64, later: bool) -> Option<&Kept> {
    let kept = frames.get(of)?;
    let entity = entity(kept);
    let same = |other: &&Kept| {
        other.topic.is_some() && other.topic == kept.topic && self::entity(other) == entity
    };
    if later {
        frames.iter().filter(|other| other.sequence > of).find(same)
    } else {
        frames.iter().rev().filter(|other| other.sequence < of).find(same)
    }
}

/// What a frame is about within its topic: the body's own id, if it has one.
fn entity(kept: &Kept) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Envelope {
        #[serde(rename = "eventBody")]
        body: Body,
    }
    #[derive(serde::Deserialize)]
    struct Body {
        id: Option<String>,
    }
    serde_json::from_str::<Envelope>(kept.frame.text()?).ok()?.body.id
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Overlay};
    use crate::tui::look::Context;
    use crate::tui::testing::Person;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn both_topics_of_a_comparison_are_seen_on_a_narrow_screen() {
        let mut person = Person::at(
            r#"{"topicName":"v2.routing.queues.11111111-1111-4111-8111-111111111111.conversations.calls","eventBody":{"id":"a"}}"#,
        );
        person.receives(r#"{"topicName":"v2.users.33333333-3333-4333-8333-333333333333.presence","eventBody":{"id":"a"}}"#);
        let frames: Vec<_> = person.monitor.frames.iter().cloned().collect();
        let (monitor, look) = (&person.monitor, &person.view.look);
        let context = Context { monitor, now: person.now, look };
        let Overlay::Difference(open) = Comparison::of(&frames[0], &frames[1], &context) else {
            panic!("a comparison");
        };
        let wide = open.about(200, &context);
        assert!(wide.ends_with("queues.11111111.conversations.calls → users.33333333.presence"));
        let narrow = open.about(78, &context);
        assert!(narrow.width() <= 78, "{narrow}");
        assert!(
            narrow.contains("routing.queues.1") && narrow.contains("→ users.33333333.presence")
        );
    }
}
