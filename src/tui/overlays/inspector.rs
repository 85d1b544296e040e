//! The open frame: printed once when it is opened, then drawn by the window.
use super::{Layer, Overlay};
use crate::domain::monitor::Monitor;
use crate::domain::monitor::frames::{Kept, Label};
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::panel;
use crate::tui::format;
use crate::tui::key::Key;
use crate::tui::look::{Context, Look};
use crate::tui::names::named_topic;
use crate::tui::overlays::difference::Comparison;
use crate::tui::overlays::prompt::Prompt;
use crate::tui::view::{At, Effect, View};
use crossterm::event::KeyCode;
use print::{PrintedLine, line_text, print};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

pub(in crate::tui) mod print;

/// Largest text handed to the clipboard, in bytes: terminals drop what is longer.
const MAX_COPY_BYTES: usize = 74_000;

const HERE: Place = Place::Over(Layer::Inspector);

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new("frame.search", &[Key::char('/')], "search in the frame", HERE, |view, _| {
        let Some(open) = open_frame(view) else { return Vec::new() };
        let prompt = Prompt::new("search", &open.search, |view, text, _| {
            if let Some(open) = open_frame(view) {
                open.search(text);
            }
        });
        view.lay(Overlay::Prompt(prompt));
        Vec::new()
    })
    .labelled("search"),
    ActionEntry::new("frame.wrap", &[Key::char('w')], "wrap long lines", HERE, |view, _| {
        if let Some(open) = open_frame(view) {
            open.wrap = !open.wrap;
        }
        Vec::new()
    })
    .labelled("wrap"),
    ActionEntry::new("frame.raw", &[Key::char('r')], "as received, or pretty", HERE, |view, at| {
        if let Some(open) = open_frame(view) {
            open.raw = !open.raw;
        }
        view.reprint(at);
        Vec::new()
    })
    .labelled("raw"),
    ActionEntry::new(
        "frame.next_match",
        &[Key::char('n')],
        "to the next match",
        HERE,
        |view, _| {
            if let Some(open) = open_frame(view) {
                open.step_match(true);
            }
            Vec::new()
        },
    ),
    ActionEntry::new(
        "frame.previous_match",
        &[Key::char('N')],
        "to the match before",
        HERE,
        |view, _| {
            if let Some(open) = open_frame(view) {
                open.step_match(false);
            }
            Vec::new()
        },
    ),
    ActionEntry::new(
        "frame.next",
        &[Key::of(KeyCode::Right), Key::char('l')],
        "to the next frame",
        HERE,
        |view, at| step(view, at, true),
    )
    .labelled("next"),
    ActionEntry::new(
        "frame.previous",
        &[Key::of(KeyCode::Left), Key::char('p')],
        "to the frame before",
        HERE,
        |view, at| step(view, at, false),
    )
    .labelled("previous"),
    ActionEntry::new(
        "frame.difference",
        &[Key::char('d')],
        "what changed since the frame before of the same thing",
        HERE,
        |view, at| {
            let Some(sequence) = open_frame(view).map(|open| open.sequence) else {
                return Vec::new();
            };
            match Comparison::with_before(sequence, &view.context(at)) {
                Ok(overlay) => view.lay(overlay),
                Err(sentence) => sentence.clone_into(&mut view.message),
            }
            Vec::new()
        },
    )
    .labelled("changes"),
    ActionEntry::new(
        "frame.copy",
        &[Key::char('c')],
        "copy the frame to the clipboard, as it is shown",
        HERE,
        |view, _| copy(view),
    )
    .labelled("copy"),
];

/// The frame that is open, if one is.
fn open_frame(view: &mut View) -> Option<&mut Inspector> {
    view.overlays.iter_mut().rev().find_map(|overlay| match overlay {
        Overlay::Inspector(open) => Some(&mut **open),
        _ => None,
    })
}

fn step(view: &mut View, at: &At<'_>, forward: bool) -> Vec<Effect> {
    let heartbeats = view.panels.frames.shows_heartbeats();
    let context = Context { monitor: at.monitor, now: at.now, look: &view.look.clone() };
    let Some(open) = open_frame(view) else { return Vec::new() };
    if !open.step(forward, heartbeats, &context) {
        "there is no further frame".clone_into(&mut view.message);
    }
    Vec::new()
}

fn copy(view: &mut View) -> Vec<Effect> {
    let Some(text) = open_frame(view).map(|open| open.text()) else { return Vec::new() };
    if text.len() > MAX_COPY_BYTES {
        view.message = format!("too large for the clipboard: {} bytes", text.len());
        return Vec::new();
    }
    "copied, if the terminal allows it (OSC 52)".clone_into(&mut view.message);
    vec![Effect::Copy(text)]
}

/// The open frame.
#[derive(Debug)]
pub(in crate::tui) struct Inspector {
    sequence: u64,
    lines: Vec<PrintedLine>,
    cut: bool,
    raw: bool,
    wrap: bool,
    scroll: usize,
    search: String,
    /// Lines that hold the search text.
    matches: Vec<usize>,
    /// Rows for lines, by the last preparation.
    height: usize,
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
        let mut open = Self {
            sequence,
            lines: Vec::new(),
            cut: false,
            raw: false,
            wrap: false,
            scroll: 0,
            search: String::new(),
            matches: Vec::new(),
            height: 1,
        };
        if open.print_from(context) {
            Ok(Overlay::Inspector(Box::new(open)))
        } else {
            Err("that frame is no longer kept")
        }
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
        match newest {
            Some(kept) => Self::open(kept.sequence, context),
            None => Err("no frame is kept for this"),
        }
    }

    /// Prints the frame anew: it is shown raw or pretty, masked or not.
    pub(super) fn reprint(&mut self, context: &Context<'_>) {
        // one that is no longer kept stays as it was printed, but never unmasked by accident
        self.print_from(context);
    }

    fn print_from(&mut self, context: &Context<'_>) -> bool {
        let Some(kept) = context.monitor.frames.get(self.sequence) else { return false };
        (self.lines, self.cut) = print(kept, self.raw, context.look.mask);
        let (search, scroll) = (std::mem::take(&mut self.search), self.scroll);
        self.search(&search);
        self.scroll = scroll.min(self.lines.len().saturating_sub(1));
        true
    }

    /// Goes to the next frame or to the one before; whether there is one.
    fn step(&mut self, forward: bool, heartbeats: bool, context: &Context<'_>) -> bool {
        let frames = &context.monitor.frames;
        let shown = |kept: &&Kept| heartbeats || kept.label != Label::Heartbeat;
        let next = if forward {
            frames.iter().filter(shown).find(|kept| kept.sequence > self.sequence)
        } else {
            frames.iter().rev().filter(shown).find(|kept| kept.sequence < self.sequence)
        };
        let Some(kept) = next else { return false };
        self.sequence = kept.sequence;
        self.scroll = 0;
        self.print_from(context)
    }

    /// Looks for `text`, without regard to case.
    fn search(&mut self, text: &str) {
        text.clone_into(&mut self.search);
        self.matches.clear();
        let wanted = text.to_lowercase();
        if wanted.is_empty() {
            return;
        }
        let found = self
            .lines
            .iter()
            .enumerate()
            .filter(|(_, line)| line_text(line).to_lowercase().contains(&wanted));
        self.matches = found.map(|(index, _)| index).collect();
        if let Some(first) =
            self.matches.iter().find(|line| **line >= self.scroll).or(self.matches.first())
        {
            self.scroll = *first;
        }
    }

    /// Goes to the next match, or to the one before.
    fn step_match(&mut self, forward: bool) {
        let next = if forward {
            self.matches.iter().find(|line| **line > self.scroll).or(self.matches.first())
        } else {
            self.matches.iter().rev().find(|line| **line < self.scroll).or(self.matches.last())
        };
        if let Some(line) = next {
            self.scroll = *line;
        }
    }

    pub(super) fn scroll_by(&mut self, by: isize) {
        self.scroll = self.scroll.saturating_add_signed(by).min(self.lines.len().saturating_sub(1));
    }

    /// Everything as shown, for copying: masked if it is shown masked.
    fn text(&self) -> String {
        let lines: Vec<String> = self.lines.iter().map(line_text).collect();
        lines.join("\n")
    }

    /// Takes in how many lines fit: less the border and the line that tells its outside.
    pub(super) fn fit_into(&mut self, area: Rect) {
        self.height = usize::from(area.height.saturating_sub(3)).max(1);
    }

    pub(super) fn page(&self) -> usize {
        self.height
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let look = context.look;
        let mut lines = vec![self.outside(context.monitor, look)];
        let wanted = self.search.to_lowercase();
        let window = self.lines.iter().enumerate().skip(self.scroll).take(self.height);
        for (index, line) in window {
            let found = !wanted.is_empty() && line_text(line).to_lowercase().contains(&wanted);
            let current = found && index == self.scroll;
            lines.push(printed(line, found, current, look));
        }
        let masked = if look.mask { " · masked, m shows all" } else { " · UNMASKED" };
        let cut = if self.cut { " · cut" } else { "" };
        let search = if self.search.is_empty() {
            String::new()
        } else {
            format!(" · {} matches of {}", self.matches.len(), self.search)
        };
        let title = format!(
            "Frame {} · line {} of {}{cut}{masked}{search}",
            self.sequence,
            self.scroll + 1,
            self.lines.len()
        );
        let mut paragraph = Paragraph::new(lines).block(panel(look, &title, true));
        if self.wrap {
            paragraph = paragraph.wrap(Wrap { trim: false });
        }
        frame.render_widget(paragraph, area);
    }

    fn outside(&self, monitor: &Monitor, look: &Look) -> Line<'static> {
        let Some(kept) = monitor.frames.get(self.sequence) else {
            return Line::styled("no longer kept; this is what was read", look.theme.warn());
        };
        let topic =
            kept.topic.as_ref().map_or("no topic".to_owned(), |topic| named_topic(topic, monitor));
        let text = format!(
            "{} · channel {} · {} bytes · {topic}",
            look.full_time(kept.frame.received),
            kept.frame.channel,
            format::count(kept.frame.size())
        );
        match &kept.label {
            Label::Unreadable(why) => {
                Line::styled(format!("{text} · unreadable: {why}"), look.theme.warn())
            }
            _ => Line::styled(text, look.theme.title()),
        }
    }
}

fn printed(line: &PrintedLine, found: bool, current: bool, look: &Look) -> Line<'static> {
    let spans: Vec<Span<'static>> = line
        .iter()
        .map(|(kind, text)| Span::styled(text.clone(), kind.style(look.theme)))
        .collect();
    let line = Line::from(spans);
    if current {
        line.patch_style(look.theme.selected())
    } else if found {
        line.patch_style(look.theme.warn())
    } else {
        line
    }
}
