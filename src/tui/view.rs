//! What the person at the screen has chosen, and what keys make of it.
use super::action::{Action, action_of};
use super::inspector::Inspector;
use super::layout::SMALLEST;
use super::pane::Pane;
use super::prepare::{AgentLine, ConversationLine, FrameLine, QueueLine, TopicLine};
use super::theme::Theme;
use crate::domain::identity::{ConversationId, QueueId, UserId};
use crate::domain::monitor::Monitor;
use crate::domain::topic::Topic;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use jiff::Timestamp;
use ratatui::layout::Rect;

/// Longest filter, in characters; a line of the screen.
const MAX_FILTER_CHARACTERS: usize = 120;
/// Largest text handed to the clipboard, in bytes: terminals drop what is longer.
const MAX_COPY_BYTES: usize = 74_000;

/// The screens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Screen {
    /// Everything at a glance.
    #[default]
    Live,
    /// The queues.
    Queues,
    /// The conversations.
    Conversations,
    /// The agents.
    Agents,
    /// The topics.
    Topics,
    /// The frames.
    Frames,
    /// Connections, gaps, events.
    Health,
}

/// The panels that can have the focus.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Focus {
    #[default]
    Queues,
    Conversations,
    Topics,
    Frames,
    Agents,
    Health,
}

/// What the program around must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// End.
    Quit,
    /// Give the terminal back and stop until continued.
    Suspend,
    /// Forget what is on the screen and draw everything.
    Redraw,
    /// Put text on the clipboard.
    Copy(String),
    /// Ask the source for something.
    Ask(Wish),
}

/// What can be asked of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Another channel, without loss.
    Renew,
    /// The state again, by REST.
    Snapshot,
}

/// How a view begins.
#[derive(Clone, Copy, Debug, Default)]
pub struct ViewOptions {
    /// What things look like.
    pub theme: Theme,
    /// Whether what belongs to customers is shown from the start.
    pub unmasked: bool,
}

/// What the person at the screen has chosen.
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own with its own key")]
#[derive(Debug)]
pub struct View {
    pub(super) theme: Theme,
    pub(super) size: Rect,
    pub(super) screen: Screen,
    pub(super) focus: Focus,
    pub(super) mask: bool,
    pub(super) help: bool,
    pub(super) follow: bool,
    pub(super) heartbeats: bool,
    pub(super) sort: usize,
    pub(super) reverse: bool,
    /// Since when the picture is frozen, and how many frames there were.
    pub(super) frozen: Option<(Timestamp, u64)>,
    /// The filter that is being typed.
    pub(super) typing: Option<String>,
    pub(super) inspector: Option<Inspector>,
    pub(super) queues: Pane<QueueId, QueueLine>,
    pub(super) conversations: Pane<ConversationId, ConversationLine>,
    pub(super) topics: Pane<Topic, TopicLine>,
    pub(super) frames: Pane<u64, FrameLine>,
    pub(super) agents: Pane<UserId, AgentLine>,
    pub(super) health_scroll: usize,
    pub(super) message: String,
}

impl View {
    /// The view at the start.
    pub fn new(options: ViewOptions) -> Self {
        Self {
            theme: options.theme,
            size: Rect::new(0, 0, 80, 24),
            screen: Screen::Live,
            focus: Focus::Queues,
            mask: !options.unmasked,
            help: false,
            follow: true,
            heartbeats: false,
            sort: 0,
            reverse: false,
            frozen: None,
            typing: None,
            inspector: None,
            queues: Pane::default(),
            conversations: Pane::default(),
            topics: Pane::default(),
            frames: Pane::default(),
            agents: Pane::default(),
            health_scroll: 0,
            message: String::new(),
        }
    }

    /// Notes the size of the terminal, in columns and rows.
    pub fn on_resize(&mut self, columns: u16, rows: u16) {
        self.size = Rect::new(0, 0, columns, rows);
    }

    /// Whether the terminal is too small to show anything.
    pub(super) fn is_too_small(&self) -> bool {
        self.size.width < SMALLEST.0 || self.size.height < SMALLEST.1
    }

    /// Takes a key in.
    pub fn on_key(&mut self, key: KeyEvent, monitor: &Monitor, now: Timestamp) -> Vec<Effect> {
        if key.kind == KeyEventKind::Release {
            return Vec::new();
        }
        if key.modifiers == KeyModifiers::ALT {
            // A terminal sends the same bytes for alt and a key as for esc and that key soon after,
            // and no key here is one with alt.
            let mut effects = self.on_key(KeyCode::Esc.into(), monitor, now);
            effects.extend(self.on_key(key.code.into(), monitor, now));
            return effects;
        }
        self.message.clear();
        if key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Char('c') => vec![Effect::Quit],
                KeyCode::Char('z') => vec![Effect::Suspend],
                KeyCode::Char('l') => vec![Effect::Redraw],
                _ => Vec::new(),
            };
        }
        if self.typing.is_some() {
            self.type_key(key.code);
            return Vec::new();
        }
        match action_of(key.code, self.inspector.is_some()) {
            Some(action) => self.act(action, monitor, now),
            None => Vec::new(),
        }
    }

    /// Takes pasted text in: only where text is being typed.
    pub fn on_paste(&mut self, text: &str) {
        for character in text.chars() {
            if self.typing.is_some() && !character.is_control() {
                self.type_key(KeyCode::Char(character));
            }
        }
    }

    fn type_key(&mut self, key: KeyCode) {
        let Some(mut text) = self.typing.take() else { return };
        match key {
            KeyCode::Enter => return,
            KeyCode::Esc => text.clear(),
            KeyCode::Backspace => {
                text.pop();
            }
            KeyCode::Char(character) if text.chars().count() < MAX_FILTER_CHARACTERS => {
                text.push(character);
            }
            _ => {}
        }
        if let Some(inspector) = &mut self.inspector {
            inspector.search(&text);
        } else {
            self.filter_mut().clone_from(&text);
        }
        if key != KeyCode::Esc {
            self.typing = Some(text);
        }
    }

    fn filter_mut(&mut self) -> &mut String {
        match self.focus {
            Focus::Queues => &mut self.queues.filter,
            Focus::Conversations => &mut self.conversations.filter,
            Focus::Topics => &mut self.topics.filter,
            Focus::Frames | Focus::Health => &mut self.frames.filter,
            Focus::Agents => &mut self.agents.filter,
        }
    }

    fn act(&mut self, action: Action, monitor: &Monitor, now: Timestamp) -> Vec<Effect> {
        if self.help && !matches!(action, Action::Quit) {
            self.help = false;
            if matches!(action, Action::Help | Action::Back) {
                return Vec::new();
            }
        }
        match action {
            Action::Quit => return vec![Effect::Quit],
            Action::Redraw => return vec![Effect::Redraw],
            Action::Renew => {
                "another channel is being taken".clone_into(&mut self.message);
                return vec![Effect::Ask(Wish::Renew)];
            }
            Action::Snapshot => {
                "the state is being read again".clone_into(&mut self.message);
                return vec![Effect::Ask(Wish::Snapshot)];
            }
            Action::Copy => return self.copy(),
            Action::Help => self.help = true,
            Action::Show(screen) => self.show(screen),
            Action::NextPanel => self.turn_focus(1),
            Action::PreviousPanel => self.turn_focus(3),
            Action::Freeze => {
                self.frozen = match self.frozen {
                    None => Some((now, monitor.frames.total())),
                    Some(_) => None,
                };
            }
            Action::Mask => {
                self.mask = !self.mask;
                if let Some(open) = self.inspector.take() {
                    self.open_frame(open.sequence, monitor, Some(open));
                }
            }
            Action::Filter => {
                let text = match &self.inspector {
                    Some(inspector) => inspector.search.clone(),
                    None => self.filter_mut().clone(),
                };
                self.typing = Some(text);
            }
            Action::Back => {
                if self.inspector.take().is_none() {
                    self.filter_mut().clear();
                }
            }
            Action::Open => self.open(monitor),
            Action::Sort => self.sort = (self.sort + 1) % super::prepare::SORTS.len(),
            Action::Reverse => self.reverse = !self.reverse,
            Action::Follow => self.follow = !self.follow,
            Action::Heartbeats => self.heartbeats = !self.heartbeats,
            Action::Wrap => {
                if let Some(open) = &mut self.inspector {
                    open.wrap = !open.wrap;
                }
            }
            Action::Raw => {
                if let Some(mut open) = self.inspector.take() {
                    open.raw = !open.raw;
                    self.open_frame(open.sequence, monitor, Some(open));
                }
            }
            Action::NextMatch | Action::PreviousMatch => {
                if let Some(open) = &mut self.inspector {
                    open.step_match(action == Action::NextMatch);
                }
            }
            Action::NextFrame => self.step_frame(true, monitor),
            Action::PreviousFrame => self.step_frame(false, monitor),
            Action::Up => self.go(-1),
            Action::Down => self.go(1),
            Action::PageUp => self.go(-self.page()),
            Action::PageDown => self.go(self.page()),
            Action::First => self.go(isize::MIN / 2),
            Action::Last => self.go(isize::MAX / 2),
        }
        Vec::new()
    }

    fn page(&self) -> isize {
        let height = match self.focus {
            _ if self.inspector.is_some() => usize::from(self.size.height.saturating_sub(5)),
            Focus::Queues => self.queues.height,
            Focus::Conversations => self.conversations.height,
            Focus::Topics => self.topics.height,
            Focus::Frames => self.frames.height,
            Focus::Agents | Focus::Health => usize::from(self.size.height.saturating_sub(4)),
        };
        isize::try_from(height.max(1)).unwrap_or(1)
    }

    fn go(&mut self, by: isize) {
        if let Some(open) = &mut self.inspector {
            return open.scroll_by(by);
        }
        match self.focus {
            Focus::Queues => self.queues.move_by(by),
            Focus::Conversations => self.conversations.move_by(by),
            Focus::Topics => self.topics.move_by(by),
            Focus::Agents => self.agents.move_by(by),
            Focus::Health => {
                self.health_scroll = self.health_scroll.saturating_add_signed(by).min(1_000);
            }
            // with nowhere to go nothing changes: to stop following here would leave the next key
            // without a cursor, although frames have come in meanwhile
            Focus::Frames if self.frames.order.is_empty() => {}
            Focus::Frames => {
                self.frames.move_by(by);
                // moving up leaves the newest; reaching the end follows it again
                self.follow = by > 0 && self.frames.position + 1 >= self.frames.order.len();
            }
        }
    }

    fn show(&mut self, screen: Screen) {
        self.screen = screen;
        self.focus = match screen {
            Screen::Live => self.focus,
            Screen::Queues => Focus::Queues,
            Screen::Conversations => Focus::Conversations,
            Screen::Agents => Focus::Agents,
            Screen::Topics => Focus::Topics,
            Screen::Frames => Focus::Frames,
            Screen::Health => Focus::Health,
        };
        if screen == Screen::Live && matches!(self.focus, Focus::Agents | Focus::Health) {
            self.focus = Focus::Queues;
        }
    }

    fn turn_focus(&mut self, by: usize) {
        let panels = [Focus::Queues, Focus::Conversations, Focus::Topics, Focus::Frames];
        if self.screen == Screen::Live {
            let at = panels.iter().position(|panel| *panel == self.focus).unwrap_or_default();
            self.focus = panels[(at + by) % panels.len()];
        }
    }

    /// Opens the frame under the cursor, or the newest one about what the cursor is on.
    fn open(&mut self, monitor: &Monitor) {
        let newest = |fits: &dyn Fn(&crate::domain::monitor::frames::Kept) -> bool| {
            monitor.frames.iter().rev().find(|kept| fits(kept)).map(|kept| kept.sequence)
        };
        let sequence = match self.focus {
            Focus::Frames => self.frames.selected.or(self.frames.order.last().copied()),
            Focus::Topics => self
                .topics
                .selected
                .as_ref()
                .and_then(|topic| newest(&|kept| kept.topic.as_ref() == Some(topic))),
            Focus::Conversations => self.conversations.selected.as_ref().and_then(|id| {
                newest(&|kept| kept.frame.text().is_some_and(|text| text.contains(id.as_str())))
            }),
            Focus::Queues => self.queues.selected.as_ref().and_then(|id| {
                newest(&|kept| {
                    kept.topic.as_ref().is_some_and(|topic| topic.key().contains(id.as_str()))
                })
            }),
            Focus::Agents => self.agents.selected.as_ref().and_then(|id| {
                newest(&|kept| {
                    kept.topic.as_ref().is_some_and(|topic| topic.key().contains(id.as_str()))
                })
            }),
            Focus::Health => None,
        };
        match sequence {
            Some(sequence) => self.open_frame(sequence, monitor, None),
            None if self.focus == Focus::Frames => {
                "there is no frame yet".clone_into(&mut self.message);
            }
            None => {
                "no frame is kept for this; move the cursor with ↑ ↓".clone_into(&mut self.message);
            }
        }
    }

    fn open_frame(&mut self, sequence: u64, monitor: &Monitor, before: Option<Inspector>) {
        let Some(kept) = monitor.frames.get(sequence) else {
            "that frame is no longer kept".clone_into(&mut self.message);
            self.inspector = before;
            return;
        };
        let (raw, wrap, search, scroll) = match before {
            Some(open) => (open.raw, open.wrap, open.search, open.scroll),
            None => (false, false, String::new(), 0),
        };
        let mut open = Inspector::open(kept, raw, self.mask, wrap);
        open.search(&search);
        open.scroll = scroll.min(open.lines.len().saturating_sub(1));
        self.inspector = Some(open);
    }

    fn step_frame(&mut self, forward: bool, monitor: &Monitor) {
        let Some(mut open) = self.inspector.take() else { return };
        let shown = |kept: &&crate::domain::monitor::frames::Kept| {
            self.heartbeats || kept.label != crate::domain::monitor::frames::Label::Heartbeat
        };
        let next = if forward {
            monitor.frames.iter().filter(shown).find(|kept| kept.sequence > open.sequence)
        } else {
            monitor.frames.iter().rev().filter(shown).find(|kept| kept.sequence < open.sequence)
        };
        let next = next.map(|kept| kept.sequence);
        open.scroll = 0;
        if let Some(sequence) = next {
            self.open_frame(sequence, monitor, Some(open));
        } else {
            "there is no further frame".clone_into(&mut self.message);
            self.inspector = Some(open);
        }
    }

    fn copy(&mut self) -> Vec<Effect> {
        let Some(open) = &self.inspector else { return Vec::new() };
        let text = open.text();
        if text.len() > MAX_COPY_BYTES {
            self.message = format!("too large for the clipboard: {} bytes", text.len());
            return Vec::new();
        }
        "copied, if the terminal allows it (OSC 52)".clone_into(&mut self.message);
        vec![Effect::Copy(text)]
    }
}
