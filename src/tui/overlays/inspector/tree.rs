//! A frame as a tree: which nodes are open, where the cursor is, and the rows that fit.
//!
//! ```text
//! ▾ eventBody {9}
//!     id "2b1c…"
//!   ▸ participants [3]
//! ─ .eventBody.participants ───────────────
//! list of 3 · schema: list, each: object with some of 57 fields
//! ```
//!
//! What is open decides which nodes are rows, once for each key; a picture builds the rows that fit
//! and no others. Must not know how JSON is read.
use super::print::Kind as Paint;
use crate::domain::outline::{Kind, Node, Outline};
use crate::domain::schema::{Judgement, Verdict};
use crate::domain::text::{ENOUGH_TO_MASK, harmless, harmless_within, masked};
use crate::tui::draw::mark_row;
use crate::tui::format::{count, cut};
use crate::tui::look::Look;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// Deepest indentation, in levels; what nests deeper stays at this depth.
const MAX_INDENT: usize = 40;
/// Most nodes that are all open at the start, in nodes; of larger frames only the first levels are.
const MAX_OPEN_NODES: usize = 1_000;
/// Levels that are open at the start of a large frame: envelope, body, and the body's fields.
const FIRST_LEVELS: u32 = 2;
/// Most characters of a value that a row looks at; wider than any screen.
const MAX_ROW: usize = 400;
/// Most characters of the value below the tree; more than fits on any screen.
const MAX_VALUE: usize = 20_000;
/// Lines below the tree: the path, two of its value, two of what it is and should be.
const DETAILS: u16 = 5;

/// The tree of a frame.
#[derive(Debug)]
pub(super) struct Tree {
    outline: Outline,
    /// How it stands to its schema, if that is known.
    judgement: Option<Judgement>,
    /// How many values aren't as the schema has them: counted once, since every picture tells it.
    doubts: usize,
    /// For each node, whether what it holds is hidden.
    closed: Vec<bool>,
    /// The nodes that are rows, in their order.
    rows: Vec<u32>,
    /// The node under the cursor; always one of the rows.
    cursor: usize,
    /// Its path, kept because in a deep frame it is long.
    path: String,
    /// What it is and should be, kept because an object may hold a hundred thousand fields.
    description: String,
    /// Whether its path leads to another field of the same name, looked up with it.
    again: bool,
    /// The first row shown.
    offset: usize,
    /// Rows that fit.
    height: usize,
    /// Levels that are open, if that was chosen for all.
    level: u32,
    matches: Vec<usize>,
}

impl Tree {
    /// The tree of an outline that isn't empty.
    pub(super) fn of(outline: Outline, judgement: Option<Judgement>) -> Self {
        let closed = vec![false; outline.len()];
        let doubts = judgement.as_ref().map_or(0, |judgement| judgement.doubts().count());
        let mut tree = Self {
            outline,
            judgement,
            doubts,
            closed,
            rows: Vec::new(),
            cursor: 0,
            path: String::new(),
            description: String::new(),
            again: false,
            offset: 0,
            height: 1,
            level: 0,
            matches: Vec::new(),
        };
        let all = tree.deepest();
        tree.open_to(if tree.outline.len() > MAX_OPEN_NODES { FIRST_LEVELS } else { all });
        tree.select(0);
        tree
    }

    pub(super) fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The node under the cursor.
    pub(super) fn selected(&self) -> usize {
        self.cursor
    }

    /// The row of the cursor, from 1, and how many there are.
    pub(super) fn position(&self) -> (usize, usize) {
        (self.row() + 1, self.rows.len())
    }

    pub(super) fn matches(&self) -> usize {
        self.matches.len()
    }

    pub(super) fn page(&self) -> usize {
        self.height
    }

    fn deepest(&self) -> u32 {
        self.outline.nodes().map(|node| node.depth).max().unwrap_or_default()
    }

    /// The place of the cursor among the rows: they stand in the order of their numbers.
    fn row(&self) -> usize {
        self.rows.partition_point(|row| (*row as usize) < self.cursor)
    }

    /// Finds anew which nodes are rows. A cursor that would be hidden goes to what hides it.
    fn lay_out(&mut self) {
        self.rows.clear();
        let mut next = 0;
        while next < self.outline.len() {
            self.rows.extend(u32::try_from(next));
            if self.closed[next] {
                let end = self.outline.end(next);
                if (next..end).contains(&self.cursor) {
                    self.select(next);
                }
                next = end;
            } else {
                next += 1;
            }
        }
        self.keep_in_sight();
    }

    fn keep_in_sight(&mut self) {
        let row = self.row();
        self.offset = self.offset.clamp((row + 1).saturating_sub(self.height), row);
        self.offset = self.offset.min(self.rows.len().saturating_sub(self.height));
    }

    fn select(&mut self, node: usize) {
        self.cursor = node;
        self.path = self.outline.jq_path(node);
        self.again = self.outline.is_hidden_by_another(node);
        self.description = self.describe();
    }

    pub(super) fn go(&mut self, by: isize) {
        let row = self.row().saturating_add_signed(by).min(self.rows.len().saturating_sub(1));
        if let Some(node) = self.rows.get(row) {
            self.select(*node as usize);
        }
        self.keep_in_sight();
    }

    /// Opens or closes the node under the cursor; whether there is anything to open.
    pub(super) fn toggle(&mut self) -> bool {
        let holds = self.outline.node(self.cursor).is_some_and(|node| node.children > 0);
        if holds {
            self.closed[self.cursor] = !self.closed[self.cursor];
            self.lay_out();
        }
        holds
    }

    /// Opens all nodes to a depth, and closes those below it.
    fn open_to(&mut self, level: u32) {
        self.level = level.min(self.deepest());
        for (closed, node) in self.closed.iter_mut().zip(self.outline.nodes()) {
            *closed = node.depth >= self.level && node.children > 0;
        }
        self.lay_out();
    }

    /// Opens everything.
    pub(super) fn open_all(&mut self) {
        self.open_to(u32::MAX);
    }

    /// Closes all but the outermost.
    pub(super) fn close_all(&mut self) {
        self.open_to(1);
    }

    /// Opens one level more of everything, or one less; how many are open then.
    pub(super) fn deepen(&mut self, more: bool) -> u32 {
        let level = if more { self.level + 1 } else { self.level.saturating_sub(1).max(1) };
        self.open_to(level);
        self.level
    }

    /// Goes to the node that holds the one under the cursor.
    pub(super) fn go_out(&mut self) {
        if let Some(parent) = self.outline.parent(self.cursor) {
            self.select(parent);
            self.keep_in_sight();
        }
    }

    /// Goes to a node, and opens whatever hides it.
    fn reveal(&mut self, node: usize) {
        let mut at = node;
        while let Some(parent) = self.outline.parent(at) {
            self.closed[parent] = false;
            at = parent;
        }
        self.select(node);
        self.lay_out();
    }

    /// Goes to a field of the event's body, by its path such as `participants[1].calls[0].state`, as far
    /// as the way there exists.
    pub(super) fn go_to(&mut self, path: &str) {
        let mut here = self.outline.field(0, "eventBody");
        let mut reached = here;
        for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
            let place = step.strip_suffix(']').and_then(|place| place.parse::<usize>().ok());
            here = here.and_then(|at| match place {
                Some(place) => self.outline.children(at).nth(place),
                None => self.outline.field(at, step),
            });
            reached = here.or(reached);
        }
        if let Some(node) = reached {
            self.reveal(node);
        }
    }

    /// Goes to where another tree's cursor is, as far as the way there is the same: so one can step
    /// through frames and look at one field.
    pub(super) fn follow(&mut self, other: &Self) {
        let mut way = Vec::new();
        let mut at = other.cursor;
        while let Some(parent) = other.outline.parent(at) {
            way.push(at);
            at = parent;
        }
        let mut here = 0;
        for step in way.into_iter().rev() {
            let next = if let Some(name) = other.outline.name(step) {
                self.outline.field(here, &name)
            } else {
                let place = other.outline.node(step).map_or(0, |node| node.place as usize);
                self.outline.children(here).nth(place)
            };
            match next {
                Some(next) => here = next,
                None => break,
            }
        }
        self.reveal(here);
        // on the same line of the screen
        self.offset = self.row().saturating_sub(other.row().saturating_sub(other.offset));
        self.height = other.height;
        self.keep_in_sight();
    }

    /// Looks for text; goes to the first match from the cursor on.
    pub(super) fn search(&mut self, text: &str, mask: bool) {
        self.matches = self.outline.find(text, mask);
        let from_here = self.matches.partition_point(|node| *node < self.cursor);
        if let Some(node) = self.matches.get(from_here).or(self.matches.first()) {
            self.reveal(*node);
        }
    }

    /// Looks anew without moving the cursor.
    pub(super) fn search_again(&mut self, text: &str, mask: bool) {
        self.matches = self.outline.find(text, mask);
    }

    /// Goes to the next match, or to the one before; round at the ends.
    pub(super) fn step_match(&mut self, forward: bool) {
        let next = if forward {
            let after = self.matches.partition_point(|node| *node <= self.cursor);
            self.matches.get(after).or(self.matches.first())
        } else {
            let before = self.matches.partition_point(|node| *node < self.cursor);
            before.checked_sub(1).and_then(|at| self.matches.get(at)).or(self.matches.last())
        };
        if let Some(node) = next.copied() {
            self.reveal(node);
        }
    }

    /// How many values aren't as the schema has them; `None` where there is no schema.
    pub(super) fn doubts(&self) -> Option<usize> {
        self.judgement.as_ref().map(|_| self.doubts)
    }

    /// Goes to the next value that isn't as the schema has it; whether there is one.
    pub(super) fn next_doubt(&mut self) -> bool {
        let Some(judgement) = &self.judgement else { return false };
        let after = judgement.doubts().find(|node| *node > self.cursor);
        let next = after.or_else(|| judgement.doubts().next());
        if let Some(node) = next {
            self.reveal(node);
        }
        next.is_some()
    }

    /// Takes in the room that it has; `large`: half of it is for the value.
    pub(super) fn fit_into(&mut self, height: u16, large: bool) {
        self.height = usize::from(height.saturating_sub(details(height, large))).max(1);
        self.keep_in_sight();
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, large: bool, look: &Look) {
        let below = details(area.height, large);
        let list = Rect { height: area.height.saturating_sub(below), ..area };
        let columns = usize::from(area.width);
        let window = self.rows.iter().skip(self.offset).take(usize::from(list.height));
        let lines: Vec<Line<'_>> =
            window.map(|node| self.line(*node as usize, columns, look)).collect();
        frame.render_widget(Paragraph::new(lines), list);
        let under = Rect { y: list.bottom(), height: below, ..area };
        self.draw_details(frame, under, look);
    }

    fn line(&self, number: usize, columns: usize, look: &Look) -> Line<'static> {
        let Some(node) = self.outline.node(number) else { return Line::default() };
        let theme = look.theme;
        let mark = match (node.children > 0, self.closed[number]) {
            (false, _) => "  ",
            (true, true) => theme.sign("▸ ", "> "),
            (true, false) => theme.sign("▾ ", "v "),
        };
        let indent = " ".repeat(2 * (node.depth as usize).min(MAX_INDENT));
        let label = harmless_within(&self.outline.label_within(number, MAX_ROW + 1), MAX_ROW);
        let used = indent.width() + 2 + label.width() + 1;
        let room = columns.saturating_sub(used);
        let (paint, value) = self.row_value(number, node, look.mask);
        let verdict = self.judgement.as_ref().map(|judgement| judgement.verdict(number));
        let doubt = verdict.filter(|verdict| verdict.is_doubt());
        let doubt = doubt.map(|verdict| format!("  ! {}", verdict.words())).unwrap_or_default();
        let room = room.saturating_sub(doubt.width());
        let line = Line::from(vec![
            Span::raw(format!("{indent}{mark}")),
            Span::styled(label, theme.key()),
            Span::styled(format!(" {}", cut(&value, room)), paint.style(theme)),
            Span::styled(doubt, theme.warn()),
        ]);
        let line = if self.matches.binary_search(&number).is_ok() {
            line.patch_style(theme.warn())
        } else {
            line
        };
        mark_row(line, number == self.cursor, look)
    }

    /// The value of a row, with the kind by which it is coloured.
    fn row_value(&self, number: usize, node: &Node, mask: bool) -> (Paint, String) {
        match node.kind {
            Kind::Object => (Paint::Sign, format!("{{{}}}", count(u64::from(node.children)))),
            Kind::Array => (Paint::Sign, format!("[{}]", count(u64::from(node.children)))),
            kind => {
                let paint = match kind {
                    Kind::Text => Paint::Text,
                    Kind::Number => Paint::Number,
                    _ => Paint::Word,
                };
                let token = self.outline.value(number);
                if hides(node, mask) {
                    (paint, self.masked(number))
                } else {
                    (paint, harmless_within(token, MAX_ROW))
                }
            }
        }
    }

    fn masked(&self, number: usize) -> String {
        match self.outline.string_within(number, ENOUGH_TO_MASK) {
            Some(text) => format!("\"{}\"", masked(&text)),
            None => masked(self.outline.value(number)),
        }
    }

    /// The value of a leaf as it is shown: a string without its quotes. `None` for what holds others.
    pub(super) fn shown_value(&self, number: usize, mask: bool) -> Option<String> {
        let node = self.outline.node(number).filter(|node| !node.kind.holds())?;
        let text = self.outline.string(number);
        let text = text.as_deref().unwrap_or(self.outline.value(number));
        Some(if hides(node, mask) { masked(text) } else { harmless(text).into_owned() })
    }

    /// The beginning of it, for every picture: a value can have megabytes.
    fn value_within(&self, number: usize, mask: bool, characters: usize) -> String {
        let Some(node) = self.outline.node(number).filter(|node| !node.kind.holds()) else {
            return String::new();
        };
        if hides(node, mask) {
            let text = self.outline.string_within(number, ENOUGH_TO_MASK);
            return masked(text.as_deref().unwrap_or(self.outline.value(number)));
        }
        // one more than is shown: so it is seen that there is more
        let text = self.outline.string_within(number, characters + 1);
        harmless_within(text.as_deref().unwrap_or(self.outline.value(number)), characters)
    }

    fn draw_details(&self, frame: &mut Frame<'_>, area: Rect, look: &Look) {
        if area.height == 0 {
            return;
        }
        let columns = usize::from(area.width);
        let rule = look.theme.sign("─", "-");
        let path = end_of(&harmless(&self.path), columns.saturating_sub(4));
        let rest = rule.repeat(columns.saturating_sub(path.width() + 4));
        let path = Line::from(vec![
            Span::styled(format!("{rule} "), look.theme.dim()),
            Span::styled(path, look.theme.title()),
            Span::styled(format!(" {rest}"), look.theme.dim()),
        ]);
        frame.render_widget(path, Rect { height: 1, ..area });
        let rest = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let value = self.value_within(self.cursor, look.mask, MAX_VALUE);
        // what is wanted of a value keeps half of the lines, however long the value is
        let lines = u16::try_from(value.width().div_ceil(columns.max(1))).unwrap_or(u16::MAX);
        let upper = Rect { height: lines.min(rest.height - rest.height / 2), ..rest };
        let lower = Rect { y: upper.bottom(), height: rest.height - upper.height, ..rest };
        frame.render_widget(Paragraph::new(value).wrap(Wrap { trim: false }), upper);
        let judgement = self.judgement.as_ref();
        let is_doubt = judgement.is_some_and(|one| one.verdict(self.cursor).is_doubt());
        let style = if is_doubt { look.theme.warn() } else { look.theme.dim() };
        let words = Paragraph::new(self.description.as_str()).wrap(Wrap { trim: true });
        frame.render_widget(words.style(style), lower);
    }

    /// What the node under the cursor is, and should be.
    fn describe(&self) -> String {
        let Some(node) = self.outline.node(self.cursor) else { return String::new() };
        let bytes = self.outline.value(self.cursor).len() as u64;
        let mut words = match node.kind {
            Kind::Object | Kind::Array => format!(
                "{} of {}, depth {}, {} bytes",
                node.kind.word(),
                count(u64::from(node.children)),
                count(u64::from(node.depth)),
                count(bytes)
            ),
            Kind::Text if bytes > 80 => format!("string, {} bytes", count(bytes)),
            kind => kind.word().to_owned(),
        };
        if self.again {
            words
                .push_str(" · its name comes again in the same object: most readers take the last");
        }
        let Some(judgement) = &self.judgement else { return words };
        match (judgement.verdict(self.cursor), judgement.words(self.cursor)) {
            (Verdict::Unjudged, _) => {}
            (Verdict::Fits, Some(wanted)) => words.push_str(&format!(" · schema: {wanted}")),
            (verdict, Some(wanted)) => {
                words.push_str(&format!(" · {}: {wanted}", verdict.words()));
            }
            (verdict, None) => words.push_str(&format!(" · {}", verdict.words())),
        }
        if node.kind == Kind::Object {
            let left_out = judgement.left_out(&self.outline, self.cursor);
            if !left_out.is_empty() {
                words.push_str(&format!(", left out: {}", left_out.join(", ")));
            }
        }
        words
    }
}

/// Whether the value of a leaf is hidden.
fn hides(node: &Node, mask: bool) -> bool {
    mask && node.is_customers && matches!(node.kind, Kind::Text | Kind::Number)
}

/// Lines that the details have of so many.
fn details(height: u16, large: bool) -> u16 {
    match (height, large) {
        (..8, _) => 0,
        (_, true) => height / 2,
        _ => DETAILS,
    }
}

/// The end of a text in at most `width` columns: of a path its last steps tell most.
fn end_of(text: &str, width: usize) -> String {
    if text.len() <= width || text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let mut from = text.len();
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.width();
        if used > width {
            break;
        }
        from = at;
    }
    format!("…{}", &text[from..])
}

#[cfg(test)]
mod tests;
