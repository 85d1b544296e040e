//! What is laid over the screen: a stack of an enum, the topmost takes the keys.
//!
//! Adding one is adding its file, a variant, and a line in each `match` below. Those that take
//! text get every key; for the others the table of actions decides.
use super::look::{Context, Look};
use super::view::{At, Effect, View};
use crate::domain::bookmarks::Bookmarks;
use crossterm::event::KeyEvent;
use ratatui::Frame;
use ratatui::layout::Rect;

pub(super) mod adder;
pub(super) mod bookmarks;
pub(super) mod check;
pub(super) mod columns;
pub(super) mod copier;
pub(super) mod difference;
pub(super) mod examples;
pub(super) mod help;
pub(super) mod inspector;
pub(super) mod palette;
pub(super) mod prompt;
pub(super) mod timeline;
pub(super) mod work;

/// Something laid over the screen.
#[derive(Debug)]
pub(super) enum Overlay {
    /// The keys.
    Help(help::Help),
    /// A topic, being added.
    Adder(Box<adder::Adder>),
    /// The bookmarks.
    Bookmarks(bookmarks::List),
    /// Columns of one's own, being chosen.
    Columns(columns::Columns),
    /// What of a frame shall be copied.
    Copier(copier::Copier),
    /// Every action, found by typing.
    Palette(palette::Palette),
    /// An open frame.
    Inspector(Box<inspector::Inspector>),
    /// The timeline of a conversation.
    Timeline(Box<timeline::Ladder>),
    /// What changed between two frames.
    Difference(Box<difference::Comparison>),
    /// What REST says of a queue, beside what is shown.
    Check(check::Check),
    /// What an agent has and has missed.
    Work(work::Work),
    /// Filters to choose from, over a line that is being typed.
    Examples(examples::Examples),
    /// A line that is being typed, in the place of the footer.
    Prompt(prompt::Prompt),
}

/// Which kind of overlay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    Adder,
    Bookmarks,
    Columns,
    Copier,
    Help,
    Palette,
    Inspector,
    Timeline,
    Difference,
    Check,
    Work,
    Examples,
    Prompt,
}

impl Layer {
    /// Every kind.
    #[cfg(test)]
    pub(super) const ALL: &[Self] = &[
        Self::Adder,
        Self::Bookmarks,
        Self::Columns,
        Self::Copier,
        Self::Help,
        Self::Palette,
        Self::Inspector,
        Self::Timeline,
        Self::Difference,
        Self::Check,
        Self::Work,
        Self::Examples,
        Self::Prompt,
    ];

    /// Where that is, in words that follow "only".
    pub(super) fn place_words(self) -> &'static str {
        match self {
            Self::Adder => "where a topic is added",
            Self::Bookmarks => "in the bookmarks",
            Self::Columns => "where columns are chosen",
            Self::Copier => "where it is chosen what to copy",
            Self::Help => "in the help",
            Self::Palette => "in the palette",
            Self::Inspector => "in an open frame",
            Self::Timeline => "in the timeline of a conversation",
            Self::Difference => "where two frames are compared",
            Self::Check => "in a cross-check",
            Self::Work => "where the conversations of an agent are shown",
            Self::Examples => "where examples of filters are shown",
            Self::Prompt => "where text is typed",
        }
    }
}

impl Overlay {
    pub(super) fn layer(&self) -> Layer {
        match self {
            Self::Adder(_) => Layer::Adder,
            Self::Bookmarks(_) => Layer::Bookmarks,
            Self::Columns(_) => Layer::Columns,
            Self::Copier(_) => Layer::Copier,
            Self::Help(_) => Layer::Help,
            Self::Palette(_) => Layer::Palette,
            Self::Inspector(_) => Layer::Inspector,
            Self::Timeline(_) => Layer::Timeline,
            Self::Difference(_) => Layer::Difference,
            Self::Check(_) => Layer::Check,
            Self::Work(_) => Layer::Work,
            Self::Examples(_) => Layer::Examples,
            Self::Prompt(_) => Layer::Prompt,
        }
    }

    /// Whether every key is text for it.
    pub(super) fn takes_text(&self) -> bool {
        matches!(
            self,
            Self::Adder(_)
                | Self::Columns(_)
                | Self::Palette(_)
                | Self::Examples(_)
                | Self::Prompt(_)
        )
    }

    /// Whether nothing of the screen below can be seen.
    pub(super) fn covers(&self) -> bool {
        matches!(
            self,
            Self::Bookmarks(_)
                | Self::Inspector(_)
                | Self::Timeline(_)
                | Self::Difference(_)
                | Self::Check(_)
                | Self::Work(_)
        )
    }

    /// Takes a key, for those that take text. It was taken off the stack: what shall stay puts
    /// itself back.
    pub(super) fn on_key(self, view: &mut View, key: KeyEvent, at: &At<'_>) -> Vec<Effect> {
        match self {
            Self::Adder(adder) => adder.on_key(view, key, at),
            Self::Columns(columns) => columns.on_key(view, key, at),
            Self::Palette(palette) => palette.on_key(view, key, at),
            Self::Examples(examples) => examples.on_key(view, key, at),
            Self::Prompt(prompt) => prompt.on_key(view, key, at),
            Self::Bookmarks(_)
            | Self::Copier(_)
            | Self::Help(_)
            | Self::Inspector(_)
            | Self::Timeline(_)
            | Self::Difference(_)
            | Self::Check(_)
            | Self::Work(_) => Vec::new(),
        }
    }

    /// Scrolls.
    pub(super) fn go(&mut self, by: isize) {
        match self {
            Self::Bookmarks(list) => list.go(by),
            Self::Copier(copier) => copier.go(by),
            Self::Help(help) => help.go(by),
            Self::Inspector(inspector) => inspector.scroll_by(by),
            Self::Timeline(timeline) => timeline.go(by),
            Self::Difference(difference) => difference.go(by),
            Self::Check(check) => check.go(by),
            Self::Work(work) => work.go(by),
            Self::Adder(_)
            | Self::Columns(_)
            | Self::Palette(_)
            | Self::Examples(_)
            | Self::Prompt(_) => {}
        }
    }

    /// Takes in what has changed, for the place where it will be drawn.
    pub(super) fn prepare(&mut self, area: Rect, context: &Context<'_>, bookmarks: &Bookmarks) {
        match self {
            Self::Bookmarks(list) => list.prepare(area, context, bookmarks),
            Self::Help(help) => help.fit_into(area),
            Self::Inspector(inspector) => inspector.fit_into(area),
            Self::Timeline(timeline) => timeline.prepare(area, context),
            Self::Difference(difference) => difference.fit_into(area),
            Self::Check(check) => check.fit_into(area),
            Self::Work(work) => work.prepare(area, context),
            Self::Adder(_)
            | Self::Columns(_)
            | Self::Copier(_)
            | Self::Palette(_)
            | Self::Examples(_)
            | Self::Prompt(_) => {}
        }
    }

    /// How many rows a page of it has.
    pub(super) fn page(&self) -> usize {
        match self {
            Self::Bookmarks(list) => list.page(),
            Self::Help(help) => help.page(),
            Self::Inspector(inspector) => inspector.page(),
            Self::Timeline(timeline) => timeline.page(),
            Self::Difference(difference) => difference.page(),
            Self::Check(check) => check.page(),
            Self::Work(work) => work.page(),
            Self::Adder(_)
            | Self::Columns(_)
            | Self::Copier(_)
            | Self::Palette(_)
            | Self::Examples(_)
            | Self::Prompt(_) => 1,
        }
    }

    /// Prints itself anew, after something changed that it depends on.
    pub(super) fn reprint(&mut self, context: &Context<'_>) {
        match self {
            Self::Inspector(inspector) => inspector.reprint(context),
            Self::Difference(difference) => difference.compare(context),
            _ => {}
        }
    }

    /// Draws itself.
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        match self {
            Self::Adder(adder) => adder.draw(frame, area, context),
            Self::Bookmarks(list) => list.draw(frame, area, context),
            Self::Columns(columns) => columns.draw(frame, area, context.look),
            Self::Copier(copier) => copier.draw(frame, area, context.look),
            Self::Help(help) => help.draw(frame, area, context.look),
            Self::Palette(palette) => palette.draw(frame, area, context.look),
            Self::Inspector(inspector) => inspector.draw(frame, area, context),
            Self::Timeline(timeline) => timeline.draw(frame, area, context),
            Self::Difference(difference) => difference.draw(frame, area, context),
            Self::Check(check) => check.draw(frame, area, context),
            Self::Work(work) => work.draw(frame, area, context),
            Self::Examples(examples) => examples.draw(frame, area, context.look),
            // the line itself is drawn in the footer
            Self::Prompt(prompt) => prompt.draw(frame, area, context.look),
        }
    }

    /// What it shows in the place of the keys, if anything.
    pub(super) fn footer(&self, width: usize, look: &Look) -> Option<ratatui::text::Line<'static>> {
        match self {
            Self::Prompt(prompt) => Some(prompt.line(width, look)),
            _ => None,
        }
    }
}

/// A place of that size in the middle of `area`.
fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect::new(area.x + (area.width - width) / 2, area.y + (area.height - height) / 2, width, height)
}
