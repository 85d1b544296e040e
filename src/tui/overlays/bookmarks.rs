//! The bookmarks: each frame with its note, to open it, to go to its time in a replay, to compare it,
//! to take it away. And what puts one on a frame, wherever one is shown.
use super::inspector::Inspector;
use super::prompt::Prompt;
use super::{Layer, Overlay};
use crate::domain::bookmarks::{Bookmark, Bookmarks, MAX_BOOKMARKS};
use crate::domain::monitor::frames::Kept;
use crate::domain::text::harmless_within;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{draw_lines, heading, mark_row, panel};
use crate::tui::format::{cut, fit};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::names::{MAX_CELL, named_topic};
use crate::tui::overlays::difference::Comparison;
use crate::tui::screens::Screen;
use crate::tui::view::{At, Effect, Play, View};
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

const HERE: Place = Place::Over(Layer::Bookmarks);
const IN_LIST: Place = Place::Panel(Screen::Frames);
const IN_FRAME: Place = Place::Over(Layer::Inspector);
const IN_TIMELINE: Place = Place::Over(Layer::Timeline);

/// The keys that are the same wherever a frame is shown.
const PUT: &[Key] = &[Key::char('b')];
const MARK: &[Key] = &[Key::char('y')];
const COMPARE: &[Key] = &[Key::char('Y')];

/// Columns of the time and of the frame's number.
const FIXED: usize = 13 + 8;

const fn put_on(name: &'static str, place: Place) -> ActionEntry {
    let sentence = "put a bookmark with a note on the frame";
    ActionEntry::new(name, PUT, sentence, place, put)
}

const fn mark_in(name: &'static str, place: Place) -> ActionEntry {
    let sentence = "mark the frame, to compare another one with it";
    ActionEntry::new(name, MARK, sentence, place, mark)
}

const fn compare_in(name: &'static str, place: Place) -> ActionEntry {
    let sentence = "compare the frame with the marked one, side by side";
    ActionEntry::new(name, COMPARE, sentence, place, compare)
}

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    put_on("frames.bookmark", IN_LIST),
    put_on("frame.bookmark", IN_FRAME),
    put_on("timeline.bookmark", IN_TIMELINE),
    mark_in("frames.mark", IN_LIST),
    mark_in("frame.mark", IN_FRAME),
    mark_in("timeline.mark", IN_TIMELINE),
    mark_in("bookmarks.mark", HERE),
    compare_in("frames.compare", IN_LIST),
    compare_in("frame.compare", IN_FRAME),
    compare_in("timeline.compare", IN_TIMELINE),
    compare_in("bookmarks.compare", HERE),
    ActionEntry::new(
        "bookmarks.show",
        &[Key::char('B')],
        "the bookmarks",
        Place::Anywhere,
        |view, _| {
            if view.bookmarks.iter().len() == 0 {
                "there are no bookmarks; b puts one on a frame".clone_into(&mut view.message);
            } else if !matches!(view.overlays.last(), Some(Overlay::Bookmarks(_))) {
                view.lay(Overlay::Bookmarks(List::default()));
            }
            Vec::new()
        },
    ),
    ActionEntry::new(
        "bookmarks.open",
        &[Key::of(KeyCode::Enter)],
        "open the frame",
        HERE,
        |view, at| {
            if let Some(kept) = current(view, at) {
                view.lay(Inspector::of(&kept, &view.context(at)));
            }
            Vec::new()
        },
    )
    .labelled("open"),
    ActionEntry::new(
        "bookmarks.go",
        &[Key::char('t')],
        "go to its time in the replay",
        HERE,
        |view, at| {
            let Some(kept) = current(view, at) else { return Vec::new() };
            view.overlays.pop();
            vec![Effect::Play(Play::To(kept.frame.received.to_string()))]
        },
    )
    .labelled("to its time")
    .unless(|view, _| {
        view.replay.is_none().then_some("this is live: only in a replay one can go back")
    }),
    ActionEntry::new(
        "bookmarks.delete",
        &[Key::char('x'), Key::of(KeyCode::Delete)],
        "delete the bookmark",
        HERE,
        |view, _| {
            let Some(Overlay::Bookmarks(list)) = view.overlays.last_mut() else {
                return Vec::new();
            };
            view.bookmarks.remove(list.cursor);
            list.cursor = list.cursor.min(view.bookmarks.iter().len().saturating_sub(1));
            if view.bookmarks.iter().len() == 0 {
                view.overlays.pop();
            }
            Vec::new()
        },
    )
    .labelled("delete"),
];

/// The frame that is shown, or on which the cursor is.
fn current(view: &View, at: &At<'_>) -> Option<Kept> {
    match view.overlays.last() {
        Some(Overlay::Inspector(open)) => Some(open.kept().clone()),
        Some(Overlay::Bookmarks(list)) => {
            view.bookmarks.get(list.cursor).map(|bookmark| bookmark.kept.clone())
        }
        Some(Overlay::Timeline(open)) => at.monitor.frames.get(open.evidence()?).cloned(),
        Some(_) => None,
        None => at.monitor.frames.get(view.panels.frames.selected()?).cloned(),
    }
}

const NONE: &str = "the cursor is on no frame that is kept";

fn put(view: &mut View, at: &At<'_>) -> Vec<Effect> {
    match current(view, at) {
        Some(kept) => {
            let note = view.bookmarks.note(&kept).unwrap_or_default().to_owned();
            view.lay(Overlay::Prompt(Prompt::note(kept, &note)));
        }
        None => NONE.clone_into(&mut view.message),
    }
    Vec::new()
}

fn mark(view: &mut View, at: &At<'_>) -> Vec<Effect> {
    match current(view, at) {
        Some(kept) => {
            view.message = format!("frame {} is marked; Y compares another with it", kept.sequence);
            view.marked = Some(kept);
        }
        None => NONE.clone_into(&mut view.message),
    }
    Vec::new()
}

fn compare(view: &mut View, at: &At<'_>) -> Vec<Effect> {
    match (&view.marked, current(view, at)) {
        (None, _) => "no frame is marked; y marks one".clone_into(&mut view.message),
        (_, None) => NONE.clone_into(&mut view.message),
        (Some(marked), Some(kept)) if marked.frame == kept.frame => {
            "this is the marked frame itself".clone_into(&mut view.message);
        }
        (Some(marked), Some(kept)) => {
            // whichever was marked: what came first stands on the left
            let is_later = marked.frame.received > kept.frame.received;
            let (before, after) = if is_later { (&kept, marked) } else { (marked, &kept) };
            let overlay = Comparison::of(before, after, &view.context(at));
            view.lay(overlay);
        }
    }
    Vec::new()
}

/// The list of bookmarks. What is in it belongs to the view: it stays when the list is closed.
#[derive(Debug, Default)]
pub(in crate::tui) struct List {
    cursor: usize,
    offset: usize,
    height: usize,
    rows: Vec<String>,
}

impl List {
    pub(super) fn go(&mut self, by: isize) {
        let last = self.rows.len().saturating_sub(1);
        self.cursor = self.cursor.saturating_add_signed(by).min(last);
    }

    pub(super) fn page(&self) -> usize {
        self.height.max(1)
    }

    /// Takes in the bookmarks, of which there are few.
    pub(super) fn prepare(&mut self, area: Rect, context: &Context<'_>, bookmarks: &Bookmarks) {
        self.height = usize::from(area.height.saturating_sub(3)).max(1);
        self.offset = self.offset.clamp((self.cursor + 1).saturating_sub(self.height), self.cursor);
        let columns = usize::from(area.width.saturating_sub(2));
        self.rows = bookmarks.iter().map(|bookmark| row(bookmark, columns, context)).collect();
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let look = context.look;
        let note = usize::from(area.width.saturating_sub(2)).saturating_sub(FIXED) / 2;
        let text =
            format!("{} {} {} topic", fit("received", 12), fit("frame", 7), fit("note", note));
        let mut lines = vec![heading(look, text)];
        let window = self.rows.iter().enumerate().skip(self.offset).take(self.height);
        lines.extend(
            window.map(|(index, row)| mark_row(Line::raw(row.clone()), index == self.cursor, look)),
        );
        let title = format!("Bookmarks ({} of at most {MAX_BOOKMARKS})", self.rows.len());
        draw_lines(frame, area, panel(look, &title, true), &lines);
    }
}

fn row(bookmark: &Bookmark, columns: usize, context: &Context<'_>) -> String {
    let kept = &bookmark.kept;
    let topic = kept.topic.as_ref();
    let topic = topic.map_or("no topic".to_owned(), |topic| named_topic(topic, context.monitor));
    let note = columns.saturating_sub(FIXED) / 2;
    let rest = columns.saturating_sub(FIXED + note + 1);
    format!(
        "{} {} {} {}",
        context.look.precise_time(kept.frame.received),
        fit(&kept.sequence.to_string(), 7),
        fit(&harmless_within(&bookmark.note, MAX_CELL), note),
        cut(&topic, rest)
    )
}

#[cfg(test)]
mod tests {
    use crate::domain::monitor::frames::MAX_FRAMES;
    use crate::tui::testing::Person;
    use crate::tui::view::{Effect, Play};
    use crossterm::event::KeyCode;

    fn presence(number: usize) -> String {
        format!(
            r#"{{"topicName":"v2.users.u1.presence","eventBody":{{"source":"s{number}","same":1}},"metadata":{{"CorrelationId":"{number}"}}}}"#
        )
    }

    #[test]
    fn a_bookmark_outlives_its_frame_and_can_be_opened_noted_anew_and_deleted() {
        let mut person = Person::at(&presence(0));
        person.types("b");
        person.types("the first");
        person.press(KeyCode::Enter);
        person.press(KeyCode::Esc);
        for number in 1..=MAX_FRAMES {
            person.receives(&presence(number));
        }
        assert!(person.monitor.frames.get(0).is_none(), "it must be gone from the list");
        person.types("B");
        let seen = person.sees();
        assert!(seen.contains("Bookmarks (1 of") && seen.contains("the first"), "{seen}");
        person.press(KeyCode::Enter);
        assert!(person.sees().contains("source \"s0\""), "{}", person.sees());
        person.types("b, again");
        person.press(KeyCode::Enter);
        person.press(KeyCode::Esc);
        assert!(person.sees().contains("the first, again"), "{}", person.sees());
        person.types("x");
        assert_eq!(person.view.bookmarks.iter().len(), 0);
        person.types("B");
        assert!(person.view.message.contains("no bookmarks"), "{}", person.view.message);
    }

    #[test]
    fn in_a_replay_a_bookmark_leads_to_its_time() {
        let mut person = Person::at(&presence(0));
        person.types("b");
        person.press(KeyCode::Enter);
        person.types("B");
        assert_eq!(person.press(KeyCode::Char('t')), []);
        assert!(person.view.message.contains("live"), "{}", person.view.message);
        person.view.note_replay(Some("×1".to_owned()));
        let to = Play::To("2026-11-23T14:03:12Z".to_owned());
        assert_eq!(person.press(KeyCode::Char('t')), [Effect::Play(to)]);
    }

    #[test]
    fn any_two_frames_are_compared_the_earlier_on_the_left_and_without_noise() {
        let mut person = Person::at(&presence(0));
        person.types("Y");
        assert!(person.view.message.contains("no frame is marked"), "{}", person.view.message);
        person.types("y");
        person.types("Y");
        assert!(person.view.message.contains("itself"), "{}", person.view.message);
        person.now = "2026-11-23T14:03:13Z".parse().unwrap();
        person.receives(
            r#"{"topicName":"v2.users.u2.activity","eventBody":{"source":"other","same":1}}"#,
        );
        person.types("lY");
        let seen = person.sees();
        assert!(seen.contains("What changed from frame 0 to 1"), "{seen}");
        assert!(seen.contains("14:03:12.000 → 14:03:13.000"), "{seen}");
        assert!(seen.contains("users.u1.presence → users.u2.activity"), "{seen}");
        assert!(seen.contains("2 changed, 0 added, 0 removed · 1 left out as noise"), "{seen}");
        person.types("i");
        let seen = person.sees();
        assert!(seen.contains("2 changed, 0 added, 1 removed "), "{seen}");
        // marked the other way round, the earlier one stays on the left
        person.press(KeyCode::Esc);
        person.types("ypY");
        assert!(person.sees().contains("What changed from frame 0 to 1"), "{}", person.sees());
    }
}
