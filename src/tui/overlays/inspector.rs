//! The open frame: as a tree, as pretty text, or as received.
//!
//! Keeps the frame that it shows, so that it stays whole when newer ones push it out of the list: a
//! frame's text is shared, so that costs a pointer. Printed or laid out once for each key, then drawn
//! by the window.
use super::Overlay;
use crate::domain::explain::explain;
use crate::domain::frame::Payload;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::frames::{Kept, Label};
use crate::domain::outline::Outline;
use crate::domain::schema::Judgement;
use crate::tui::draw::panel;
use crate::tui::format;
use crate::tui::look::{Context, Look};
use crate::tui::names::named_topic;
use lines::Lines;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};
use tree::Tree;
use unicode_width::UnicodeWidthStr;

mod actions;
mod lines;
pub(in crate::tui) mod print;
mod tree;

pub(in crate::tui) use actions::ACTIONS;
pub(super) use actions::shown_frame;

/// Why a part of a frame isn't copied as it is shown.
const TOO_LONG: &str =
    "it has more lines than are printed; the frame as JSON on one line can be copied";
/// Most lines for what is said about a frame in words.
const MAX_WORDS: u16 = 4;
/// Fewest columns for which the title says all in full.
const WIDE: usize = 100;
/// Columns of a title's line that its border, sign and spaces take.
const BORDER: usize = 6;

/// How a frame is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Tree,
    Pretty,
    /// As received; masked all the same.
    Raw,
}

/// The open frame.
#[derive(Debug)]
pub(in crate::tui) struct Inspector {
    kept: Kept,
    /// What it is in words, if its body doesn't say it all.
    words: Option<String>,
    mode: Mode,
    /// Its tree; `None` for what is no JSON object or list.
    tree: Option<Tree>,
    /// Its text, while that is what is shown.
    lines: Option<Lines>,
    /// Whether long lines are wrapped.
    wrap: bool,
    search: String,
}

impl Inspector {
    /// Opens a frame, if it is still kept.
    ///
    /// # Errors
    /// The sentence that says that it isn't.
    pub(in crate::tui) fn open(
        sequence: u64,
        context: &Context<'_>,
    ) -> Result<Overlay, &'static str> {
        let kept = context.monitor.frames.get(sequence).ok_or("that frame is no longer kept")?;
        Ok(Self::of(kept, context))
    }

    /// Opens a frame at a field of its event's body, if it is still kept.
    ///
    /// # Errors
    /// The sentence that says that it isn't.
    pub(in crate::tui) fn open_at(
        sequence: u64,
        field: &str,
        context: &Context<'_>,
    ) -> Result<Overlay, &'static str> {
        let mut overlay = Self::open(sequence, context)?;
        if let Overlay::Inspector(open) = &mut overlay
            && let Some(tree) = &mut open.tree
        {
            tree.go_to(field);
        }
        Ok(overlay)
    }

    /// Opens the newest frame that fits.
    ///
    /// # Errors
    /// The sentence that says that none does.
    pub(in crate::tui) fn newest(
        context: &Context<'_>,
        fits: impl Fn(&Kept) -> bool,
    ) -> Result<Overlay, &'static str> {
        let newest = context.monitor.frames.iter().rev().find(|kept| fits(kept));
        newest.map(|kept| Self::of(kept, context)).ok_or("no frame is kept for this")
    }

    /// Opens a frame.
    pub(in crate::tui) fn of(kept: &Kept, context: &Context<'_>) -> Overlay {
        let mut open = Self {
            kept: kept.clone(),
            words: None,
            mode: Mode::Tree,
            tree: None,
            lines: None,
            wrap: false,
            search: String::new(),
        };
        open.show(kept, context);
        Overlay::Inspector(Box::new(open))
    }

    /// Shows a frame in the place of the one before: in the same way, at the same field.
    fn show(&mut self, kept: &Kept, context: &Context<'_>) {
        self.kept = kept.clone();
        self.words = explain(kept);
        let before = self.tree.take();
        self.tree = match &kept.frame.payload {
            Payload::Text(text) if text.trim_ascii_start().starts_with(['{', '[']) => {
                let outline = Outline::read(text);
                let topic = kept.topic.as_ref();
                let judgement = topic.and_then(|topic| Judgement::of(&outline, topic));
                Some(Tree::of(outline, judgement))
            }
            _ => None,
        };
        if let (Some(tree), Some(before)) = (&mut self.tree, &before) {
            tree.follow(before);
        }
        self.lines = None;
        self.reprint(context);
    }

    /// Shows the frame anew: it is shown in another way, masked or not.
    pub(super) fn reprint(&mut self, context: &Context<'_>) {
        let mask = context.look.mask;
        if let Some(tree) = &mut self.tree {
            tree.search_again(&self.search, mask);
        }
        if self.mode == Mode::Tree && self.tree.is_some() {
            self.lines = None;
            return;
        }
        let mut lines = Lines::of(&self.kept, self.mode == Mode::Raw, mask);
        lines.search_again(&self.search);
        if let Some(before) = &self.lines {
            lines.scroll_like(before);
        }
        self.lines = Some(lines);
    }

    /// The tree, to be changed, if it is what is shown.
    fn tree_mut(&mut self) -> Option<&mut Tree> {
        self.tree.as_mut().filter(|_| self.mode == Mode::Tree)
    }

    /// Goes to the next frame or to the one before; whether there is one.
    fn step(&mut self, forward: bool, heartbeats: bool, context: &Context<'_>) -> bool {
        let frames = &context.monitor.frames;
        let here = self.kept.sequence;
        let shown = |kept: &&Kept| heartbeats || kept.label != Label::Heartbeat;
        let next = if forward {
            frames.iter().filter(shown).find(|kept| kept.sequence > here)
        } else {
            frames.iter().rev().filter(shown).find(|kept| kept.sequence < here)
        };
        let Some(kept) = next else { return false };
        self.show(kept, context);
        true
    }

    /// Looks for `text`, without regard to case.
    fn search(&mut self, text: &str, mask: bool) {
        text.clone_into(&mut self.search);
        if let Some(lines) = &mut self.lines {
            lines.search(text);
        } else if let Some(tree) = &mut self.tree {
            tree.search(text, mask);
        }
    }

    /// Goes to the next match, or to the one before.
    fn step_match(&mut self, forward: bool) {
        if let Some(lines) = &mut self.lines {
            lines.step_match(forward);
        } else if let Some(tree) = &mut self.tree {
            tree.step_match(forward);
        }
    }

    pub(super) fn scroll_by(&mut self, by: isize) {
        if let Some(lines) = &mut self.lines {
            lines.go(by);
        } else if let Some(tree) = &mut self.tree {
            tree.go(by);
        }
    }

    /// The frame.
    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    /// The node under the cursor, if the tree is what is shown.
    pub(super) fn selected(&self) -> Option<(&Outline, usize)> {
        let tree = self.tree.as_ref().filter(|_| self.mode == Mode::Tree)?;
        Some((tree.outline(), tree.selected()))
    }

    /// The id in the frame's body.
    pub(super) fn body_id(&self) -> Option<String> {
        let outline = self.tree.as_ref()?.outline();
        outline.string(outline.field(outline.field(0, "eventBody")?, "id")?)
    }

    /// The whole frame as text, for copying: masked if it is shown masked.
    ///
    /// # Errors
    /// A sentence, if it has more lines than are printed: half a frame isn't copied in silence.
    pub(super) fn text(&self, mask: bool) -> Result<String, &'static str> {
        match (&self.tree, mask) {
            // what isn't masked stays JSON that can be read again
            (Some(tree), false) if self.mode == Mode::Raw => Ok(tree.outline().json(0)),
            _ => print::copied(&self.kept, self.mode == Mode::Raw, mask).ok_or(TOO_LONG),
        }
    }

    /// The frame as JSON on one line, masked if `mask`; `None` if it is none.
    pub(super) fn json(&self, mask: bool) -> Option<String> {
        let outline = self.tree.as_ref()?.outline();
        if mask { print::copied(&self.kept, true, true) } else { Some(outline.json(0)) }
    }

    /// The value of a node for copying: a string's text without quotes, anything else as JSON.
    ///
    /// # Errors
    /// A sentence, if it has more lines than are printed.
    pub(super) fn value_text(
        &self,
        outline: &Outline,
        node: usize,
        mask: bool,
    ) -> Result<String, &'static str> {
        let leaf = self.tree.as_ref().and_then(|tree| tree.shown_value(node, mask));
        match leaf {
            Some(text) => Ok(text),
            None if mask => print::masked_json(outline, node).ok_or(TOO_LONG),
            None => Ok(outline.json(node)),
        }
    }

    /// Lines for what is said about the frame in words.
    fn words_height(&self, width: u16) -> u16 {
        let Some(words) = &self.words else { return 0 };
        // a line is broken before a word, so it holds a little less than its width
        let room = usize::from(width.saturating_sub(8)).max(1);
        u16::try_from(words.width().div_ceil(room)).unwrap_or(MAX_WORDS).min(MAX_WORDS)
    }

    /// Where things are within the border: the line about the outside, the words, the rest.
    fn areas(&self, area: Rect) -> (Rect, Rect, Rect) {
        let inner = Rect {
            x: area.x + 1,
            y: area.y + 1,
            width: area.width.saturating_sub(2),
            height: area.height.saturating_sub(2),
        };
        let outside = Rect { height: inner.height.min(1), ..inner };
        let height = self.words_height(inner.width).min(inner.height.saturating_sub(2));
        let words = Rect { y: outside.bottom(), height, ..inner };
        let left = inner.height.saturating_sub(outside.height + height);
        (outside, words, Rect { y: words.bottom(), height: left, ..inner })
    }

    /// Takes in how many lines fit.
    pub(super) fn fit_into(&mut self, area: Rect) {
        let height = self.areas(area).2.height;
        if let Some(lines) = &mut self.lines {
            lines.fit_into(height);
        }
        if let Some(tree) = &mut self.tree {
            tree.fit_into(height, self.wrap);
        }
    }

    pub(super) fn page(&self) -> usize {
        match (&self.lines, &self.tree) {
            (Some(lines), _) => lines.page(),
            (None, Some(tree)) => tree.page(),
            (None, None) => 1,
        }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let look = context.look;
        frame.render_widget(panel(look, &self.title(usize::from(area.width), look), true), area);
        let (outside, words, rest) = self.areas(area);
        frame.render_widget(self.outside(context.monitor, look), outside);
        if let Some(text) = &self.words {
            let text = Paragraph::new(text.as_str()).wrap(Wrap { trim: true });
            frame.render_widget(text.style(look.theme.accent()), words);
        }
        match (&self.lines, &self.tree) {
            (Some(lines), _) => lines.draw(frame, rest, self.wrap, look),
            (None, Some(tree)) => tree.draw(frame, rest, self.wrap, look),
            (None, None) => {}
        }
    }

    /// The title, in so many columns: what must not be missed stays where there is no room for all.
    fn title(&self, columns: usize, look: &Look) -> String {
        let (mode, (at, of), matches, cut) = match (&self.lines, &self.tree) {
            (Some(lines), _) => ("line", lines.position(), lines.matches(), lines.cut),
            (None, Some(tree)) => ("row", tree.position(), tree.matches(), false),
            (None, None) => ("line", (0, 0), 0, false),
        };
        let (at, of) = (format::count(at as u64), format::count(of as u64));
        let mut parts =
            vec![(9, format!("Frame {}", self.kept.sequence)), (1, format!("{mode} {at} of {of}"))];
        if cut {
            parts.push((6, "cut".to_owned()));
        }
        parts.push(match look.mask {
            true if columns < WIDE => (3, "masked".to_owned()),
            true => (3, "masked, m shows all".to_owned()),
            false => (8, "UNMASKED".to_owned()),
        });
        if let Some(fault) = self.tree.as_ref().and_then(|tree| tree.outline().fault()) {
            parts.push((7, format!("from byte {} on: {}", fault.at, fault.why)));
        }
        if let Some(doubts @ 1..) = self.tree.as_ref().and_then(Tree::doubts) {
            parts.push((4, format!("{} not as in the schema", format::count(doubts as u64))));
        }
        if !self.search.is_empty() {
            let sought = format::cut(&self.search, columns / 4);
            parts.push((5, format!("{} matches of {sought}", format::count(matches as u64))));
        }
        format::joined_within(&parts, columns.saturating_sub(BORDER))
    }

    fn outside(&self, monitor: &Monitor, look: &Look) -> Line<'static> {
        let kept = &self.kept;
        let topic =
            kept.topic.as_ref().map_or("no topic".to_owned(), |topic| named_topic(topic, monitor));
        let text = format!(
            "{} · channel {} · {} bytes · {topic}",
            look.full_time(kept.frame.received),
            kept.frame.channel,
            format::count(kept.frame.size())
        );
        match &kept.label {
            Label::Unreadable(_) => Line::styled(text + " · unreadable", look.theme.warn()),
            _ => Line::styled(text, look.theme.title()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::tui::testing::Person;
    use crossterm::event::KeyCode;

    #[test]
    fn a_narrow_title_keeps_what_must_not_be_missed() {
        let rows: Vec<String> = (0..400).map(|number| format!("\"surprise{number}\":1")).collect();
        let topic = "v2.routing.queues.q1.conversations";
        let text = format!(
            r#"{{"topicName":"{topic}","eventBody":{{"id":"c1",{}}},"broken"}}"#,
            rows.join(",")
        );
        let mut person = Person::at(&text);
        person.types("m/surprise");
        person.press(KeyCode::Enter);
        let mut title = |columns| {
            let screen = person.sees_on(columns, 24);
            screen.lines().find(|line| line.contains("▸ Frame ")).unwrap_or_default().to_owned()
        };
        let wide = title(200);
        for words in ["row 5 of", "UNMASKED", "400 matches of surprise", "a colon is missing"] {
            assert!(wide.contains(words), "{words}: {wide}");
        }
        let narrow = title(80);
        assert!(narrow.contains("UNMASKED"), "{narrow}");
        assert!(narrow.contains("a colon is missing"), "{narrow}");
        assert!(!narrow.contains("row 5") && !narrow.contains('…'), "{narrow}");
    }
}
