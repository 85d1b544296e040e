//! What the person at the screen has chosen, and what keys make of it.
use super::action::{Keymap, Situation};
use super::key::Key;
use super::layout::{self, Areas, SMALLEST};
use super::look::{Context, Look};
use super::overlays::prompt::Prompt;
use super::overlays::{Layer, Overlay};
use super::pane::List;
use super::screens::alerts::AlertPanel;
use super::screens::wall::WallPanel;
use super::screens::{Panel, Panels, Screen, Spot, live};
use crate::domain::alert::{Alerts, Transition};
use crate::domain::bookmarks::Bookmarks;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::frames::Kept;
use crate::domain::monitor::link::Truth;
use crate::domain::recording::RecordingStatus;
use crate::domain::text::harmless_within;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use jiff::{Timestamp, ZonedDateTime};
use ratatui::layout::Rect;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

mod effect;
mod options;

pub use effect::{Effect, Play, Wish};
pub use options::{Begin, ViewOptions};

/// Longest sentence in the place of the footer, in characters; wider than any screen.
const MAX_SENTENCE: usize = 400;
/// Most overlays on one another: opening one from another needs three; more is a key held down.
const MAX_OVERLAYS: usize = 8;
/// Filters of before that can be recalled: as many as one would press a key for.
const MAX_PAST_FILTERS: usize = 30;
/// Most filters that are saved by name; nobody remembers more names.
const MAX_SAVED_FILTERS: usize = 100;
/// Longest name of a saved filter, in characters.
const MAX_FILTER_NAME: usize = 40;

/// What an action may look at: what is shown, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<'a> {
    /// What is shown: while the picture is frozen, what was known then.
    pub(super) monitor: &'a Monitor,
    /// The time of the picture: while it is frozen, it stands still.
    pub(super) now: Timestamp,
}

/// A frozen picture.
///
/// The whole of what was known is kept, not the rows that happened to be on the screen: one can
/// scroll, sort, filter and open in it. Rows of the monitor are shared and never changed in place,
/// so keeping them costs a pointer each, and while frozen at most the monitor's own bounds again.
#[derive(Debug)]
pub(super) struct Frozen {
    pub(super) at: Timestamp,
    pub(super) monitor: Monitor,
}

/// What the person at the screen has chosen.
#[derive(Debug)]
pub struct View {
    pub(super) look: Look,
    pub(super) keymap: Keymap,
    pub(super) size: Rect,
    pub(super) screen: Screen,
    /// The panel that keys go to; never [`Screen::Live`], which isn't one.
    pub(super) focus: Screen,
    pub(super) panels: Panels,
    /// What is laid over the screen, the topmost last.
    pub(super) overlays: Vec<Overlay>,
    pub(super) frozen: Option<Arc<Frozen>>,
    /// Frames to find again, with notes.
    pub(super) bookmarks: Bookmarks,
    /// The frame that others are compared with.
    pub(super) marked: Option<Kept>,
    pub(super) message: String,
    /// How the replay stands, if a tape is shown.
    pub(super) replay: Option<String>,
    /// The filter of the frame that was looked for last in a tape.
    pub(super) sought: String,
    /// How the recording stands, if there is one.
    pub(super) recording: Option<RecordingStatus>,
    /// Filters that are saved, by name.
    pub(super) saved_filters: BTreeMap<String, String>,
    /// Filters that were kept, each with its list, the newest first.
    past_filters: VecDeque<(Screen, String)>,
    /// Whether the mouse's clicks are taken.
    pub(super) mouse: bool,
}

impl View {
    /// The view at the start.
    pub fn new(options: ViewOptions) -> Self {
        let (screen, focus) = match options.begin {
            Begin::Live => (Screen::Live, Screen::Queues),
            Begin::Wall => (Screen::Wall, Screen::Wall),
            Begin::Frames => (Screen::Frames, Screen::Frames),
        };
        let mut view = Self {
            look: Look {
                theme: options.theme,
                mask: !options.unmasked,
                zone: options.zone,
                noise: options.noise,
            },
            keymap: options.keymap,
            size: Rect::new(0, 0, 80, 24),
            screen,
            focus,
            panels: Panels {
                alerts: AlertPanel::new(Alerts::new(options.rules, options.quiet)),
                wall: WallPanel::turning(options.wall_turn),
                ..Panels::default()
            },
            overlays: Vec::new(),
            frozen: None,
            message: harmless_within(&options.notice, MAX_SENTENCE),
            bookmarks: Bookmarks::default(),
            marked: None,
            replay: None,
            sought: String::new(),
            recording: None,
            saved_filters: options.saved_filters,
            past_filters: VecDeque::new(),
            mouse: options.mouse,
        };
        view.panels.arrange(&options.lists);
        if let Some(list) = view.panels.conversations.list_mut() {
            list.set_filter(&options.filter);
        }
        view
    }

    /// Notes what is looked for in a tape, so that it can be looked for again.
    pub fn note_sought(&mut self, filter: &str) {
        filter.clone_into(&mut self.sought);
    }

    /// Notes how the replay stands, in a word or two; `None` while what is shown is live. What
    /// comes after a colon is a sentence for the footer: the bar has no room for it.
    pub fn note_replay(&mut self, state: Option<String>) {
        if self.replay == state {
            return;
        }
        if let Some((_, sentence)) = state.as_deref().and_then(|state| state.split_once(": ")) {
            self.message = harmless_within(sentence, MAX_SENTENCE);
        }
        self.replay = state;
    }

    /// Notes how the recording stands; `None` while nothing is recorded.
    pub fn note_recording(&mut self, status: Option<RecordingStatus>) {
        self.recording = status;
    }

    /// Says something in the place of the footer, until the next key.
    pub fn say(&mut self, sentence: String) {
        self.message = sentence;
    }

    /// Notes the size of the terminal, in columns and rows.
    pub fn on_resize(&mut self, columns: u16, rows: u16) {
        self.size = Rect::new(0, 0, columns, rows);
    }

    /// Looks for alerts, also while the picture is frozen. To be called with every picture; looks
    /// once a second at most, since it looks at every queue.
    pub fn observe(&mut self, monitor: &Monitor, now: Timestamp) -> Vec<Transition> {
        let clock = ZonedDateTime::new(now, self.look.zone.clone()).time();
        let changed = self.panels.alerts.observe(monitor, now, clock, self.replay.is_some());
        if self.screen == Screen::Wall {
            let standing = self.panels.alerts.alerts.standing();
            let queues = standing.iter().map(|alert| alert.id.queue.clone()).collect();
            self.panels.wall.alerting = queues;
        }
        changed
    }

    /// The alerts, to tell what changed about them.
    #[must_use]
    pub fn alerts(&self) -> &Alerts {
        &self.panels.alerts.alerts
    }

    /// Prepares what will be drawn. While the picture is frozen, it is prepared from what was
    /// known then.
    pub fn refresh(&mut self, monitor: &Monitor, now: Timestamp) {
        let body = self.areas(monitor, now).body;
        let frozen = self.frozen.clone();
        let At { monitor, now } = at(frozen.as_deref(), monitor, now);
        let context = Context { monitor, now, look: &self.look };
        let spots = live::spots(self.screen, self.focus, body);
        // at most one a picture, since the first time it is a look at every row
        let hidden =
            Screen::ALL.iter().filter(|screen| spots.iter().all(|(shown, _)| shown != *screen));
        for screen in hidden {
            if self.panels.get_mut(*screen).is_some_and(|panel| panel.keep_up(&context)) {
                break;
            }
        }
        for (screen, spot) in spots {
            if let Some(panel) = self.panels.get_mut(screen) {
                panel.prepare(spot, &context);
            }
        }
        for overlay in &mut self.overlays {
            overlay.prepare(body, &context, &self.bookmarks);
            if let Overlay::Columns(columns) = overlay {
                columns.look_at(&self.panels);
            }
        }
    }

    /// Takes a key in.
    pub fn on_key(&mut self, event: KeyEvent, monitor: &Monitor, now: Timestamp) -> Vec<Effect> {
        if event.kind == KeyEventKind::Release {
            return Vec::new();
        }
        if event.modifiers == KeyModifiers::ALT {
            // A terminal sends the same bytes for alt and a key as for esc and that key soon after,
            // and no key here is one with alt.
            let mut effects = self.on_key(KeyCode::Esc.into(), monitor, now);
            effects.extend(self.on_key(event.code.into(), monitor, now));
            return effects;
        }
        self.message.clear();
        let frozen = self.frozen.clone();
        let at = at(frozen.as_deref(), monitor, now);
        let key = Key::pressed(event);
        if self.overlays.last().is_some_and(Overlay::takes_text) && key != Key::ctrl('c') {
            return match self.overlays.pop() {
                Some(overlay) => overlay.on_key(self, event, &at),
                None => Vec::new(),
            };
        }
        let is_help = self.overlays.last().map(Overlay::layer) == Some(Layer::Help);
        if is_help
            && let Some(entry) = self.keymap.action(key, self.situation())
            && entry.name.starts_with("move.")
        {
            return (entry.run)(self, &at);
        }
        // the keys that are shown are those of what lies below
        let closes_help = self.overlays.pop_if(|overlay| overlay.layer() == Layer::Help).is_some();
        let Some(entry) = self.keymap.action(key, self.situation()) else { return Vec::new() };
        if closes_help && ["view.help", "view.back"].contains(&entry.name) {
            return Vec::new();
        }
        if let Some(obstacle) = (entry.obstacle)(self, &at) {
            obstacle.clone_into(&mut self.message);
            return Vec::new();
        }
        (entry.run)(self, &at)
    }

    /// Takes pasted text in: only where text is being typed, and not where letters are commands.
    pub fn on_paste(&mut self, text: &str, monitor: &Monitor, now: Timestamp) {
        if matches!(self.overlays.last(), Some(Overlay::Columns(_) | Overlay::Examples(_))) {
            return;
        }
        if let Some(overlay) = self.overlays.pop_if(|overlay| matches!(overlay, Overlay::Prompt(_)))
            && let Overlay::Prompt(prompt) = overlay
        {
            let frozen = self.frozen.clone();
            prompt.on_paste(self, text, &at(frozen.as_deref(), monitor, now));
            return;
        }
        if let Some(Overlay::Adder(adder)) =
            self.overlays.pop_if(|overlay| matches!(overlay, Overlay::Adder(_)))
        {
            let frozen = self.frozen.clone();
            adder.on_paste(self, text, &at(frozen.as_deref(), monitor, now));
            return;
        }
        for character in text.chars().filter(|character| !character.is_control()) {
            if self.overlays.last().is_some_and(Overlay::takes_text) {
                let key = KeyCode::Char(character);
                self.on_key(KeyEvent::from(key), monitor, now);
            }
        }
    }

    /// Whether the terminal is too small to show anything.
    pub(super) fn is_too_small(&self) -> bool {
        self.size.width < SMALLEST.0 || self.size.height < SMALLEST.1
    }

    /// Whether the mouse's clicks are taken.
    #[must_use]
    pub fn takes_mouse(&self) -> bool {
        self.mouse
    }

    /// Rows of the truth bar: on the wall it is large too.
    fn bar_rows(&self) -> u16 {
        match self.size.height {
            _ if self.screen != Screen::Wall => 1,
            ..30 if !self.look.theme.ascii => 5,
            // blocks of half a row are missing, and the word is five rows high
            ..30 => 6,
            _ => 7,
        }
    }

    pub(super) fn areas(&self, live: &Monitor, now: Timestamp) -> Areas {
        layout::areas(self.size, self.bar_rows(), live.link.truth(now) != Truth::Live)
    }

    /// What panels look at, given what was handed to an action.
    pub(super) fn context<'a>(&'a self, at: &At<'a>) -> Context<'a> {
        Context { monitor: at.monitor, now: at.now, look: &self.look }
    }

    /// Where the person is.
    pub(super) fn situation(&self) -> Situation {
        Situation { focus: self.focus, layer: self.overlays.last().map(Overlay::layer) }
    }

    /// The panels on the screen.
    pub(super) fn panels_shown(&self) -> Vec<(Screen, Spot)> {
        live::spots(self.screen, self.focus, self.size)
    }

    /// The panel that has the focus.
    pub(super) fn panel(&self) -> Option<&dyn Panel> {
        self.panels.get(self.focus)
    }

    /// The list that has the focus.
    pub(super) fn list(&self) -> Option<&dyn List> {
        self.panel().and_then(Panel::list)
    }

    /// The same, to be changed.
    pub(super) fn list_mut(&mut self) -> Option<&mut dyn List> {
        self.panels.get_mut(self.focus).and_then(Panel::list_mut)
    }

    /// Lays something over the screen.
    pub(super) fn lay(&mut self, overlay: Overlay) {
        if self.overlays.len() < MAX_OVERLAYS {
            self.overlays.push(overlay);
        }
    }

    /// Shows a screen; for actions.
    pub(super) fn show(&mut self, screen: Screen) -> Vec<Effect> {
        self.screen = screen;
        if screen != Screen::Live {
            self.focus = screen;
        } else if !live::panels(self.size).iter().any(|(panel, _)| *panel == self.focus) {
            self.focus = Screen::Queues;
        }
        Vec::new()
    }

    /// Gives the next panel the focus, or the one before.
    pub(super) fn turn_focus(&mut self, forward: bool) {
        let panels = self.panels_shown();
        let at = panels.iter().position(|(panel, _)| *panel == self.focus).unwrap_or_default();
        let step = if forward { 1 } else { panels.len().saturating_sub(1) };
        if let Some((panel, _)) = panels.get((at + step) % panels.len().max(1)) {
            self.focus = *panel;
        }
    }

    /// Stops or resumes the picture.
    pub(super) fn freeze(&mut self, at: &At<'_>) {
        self.frozen = match self.frozen {
            None => Some(Arc::new(Frozen { at: at.now, monitor: at.monitor.clone() })),
            Some(_) => None,
        };
    }

    /// Moves the cursor, or scrolls, in what has the focus.
    pub(super) fn go(&mut self, by: isize) {
        if let Some(overlay) = self.overlays.last_mut() {
            overlay.go(by);
        } else if let Some(panel) = self.panels.get_mut(self.focus) {
            panel.go(by);
        }
    }

    /// How many rows a page has.
    pub(super) fn page(&self) -> isize {
        let whole = usize::from(self.size.height.saturating_sub(4));
        let rows = match self.overlays.last() {
            Some(overlay) => overlay.page(),
            None => self.list().map_or(whole, List::page),
        };
        isize::try_from(rows.max(1)).unwrap_or(1)
    }

    /// Opens what the cursor is on.
    pub(super) fn open(&mut self, at: &At<'_>) {
        let Some(opened) = self.panel().map(|panel| panel.open(&self.context(at))) else { return };
        match opened {
            Ok(overlay) => self.lay(overlay),
            Err(sentence) => sentence.clone_into(&mut self.message),
        }
    }

    /// Closes what is open; with nothing open, clears the filter.
    pub(super) fn back(&mut self, _: &At<'_>) {
        if self.overlays.pop().is_none()
            && let Some(list) = self.list_mut()
        {
            list.set_filter("");
        }
    }

    /// Lets the filter of the focused list be typed.
    pub(super) fn ask_filter(&mut self) {
        let Some(list) = self.list() else { return };
        let prompt = Prompt::new("filter", list.filter(), |view, text, _| {
            if let Some(list) = view.list_mut() {
                list.set_filter(text);
            }
        });
        self.lay(Overlay::Prompt(prompt.filtering()));
    }

    /// Notes a filter that was kept, so that it can be recalled in this list.
    pub(super) fn note_filter(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let entry = (self.focus, text.to_owned());
        self.past_filters.retain(|past| *past != entry);
        self.past_filters.push_front(entry);
        self.past_filters.truncate(MAX_PAST_FILTERS);
    }

    /// The filter of this list that was kept so many before the newest.
    pub(super) fn past_filter(&self, back: usize) -> Option<&str> {
        let here = self.past_filters.iter().filter(|(screen, _)| *screen == self.focus);
        here.map(|(_, text)| text.as_str()).nth(back)
    }

    /// Saves a filter under a name.
    ///
    /// # Errors
    /// A sentence, if that can't be a name or there are too many.
    pub(super) fn save_filter(&mut self, name: &str, filter: &str) -> Result<Effect, String> {
        let is_name = !name.is_empty()
            && name.chars().count() <= MAX_FILTER_NAME
            && name.chars().all(|c| c.is_alphanumeric() || "_- ".contains(c));
        if !is_name {
            return Err(format!(
                "a name is made of letters, digits, blanks, - and _, at most {MAX_FILTER_NAME}"
            ));
        }
        let is_new = !self.saved_filters.contains_key(name);
        if is_new && self.saved_filters.len() >= MAX_SAVED_FILTERS {
            return Err(format!("there are {MAX_SAVED_FILTERS} saved filters, which is the most"));
        }
        self.saved_filters.insert(name.to_owned(), filter.to_owned());
        self.message = format!("@{name} recalls this filter");
        Ok(Effect::SaveFilter { name: name.to_owned(), filter: Some(filter.to_owned()) })
    }

    /// Takes the name of a saved filter away.
    pub(super) fn forget_filter(&mut self, name: &str) -> Option<Effect> {
        self.saved_filters.remove(name)?;
        Some(Effect::SaveFilter { name: name.to_owned(), filter: None })
    }

    /// Prints what is open anew, after something changed that it depends on.
    pub(super) fn reprint(&mut self, at: &At<'_>) {
        let context = Context { monitor: at.monitor, now: at.now, look: &self.look };
        for overlay in &mut self.overlays {
            overlay.reprint(&context);
        }
    }
}

/// What is shown, and when: while frozen, what was known then.
pub(super) fn at<'a>(frozen: Option<&'a Frozen>, live: &'a Monitor, now: Timestamp) -> At<'a> {
    match frozen {
        Some(frozen) => At { monitor: &frozen.monitor, now: frozen.at },
        None => At { monitor: live, now },
    }
}
