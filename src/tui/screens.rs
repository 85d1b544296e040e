//! The screens, one file each: a panel's state, its preparation, its drawing and its actions.
//!
//! Adding one is adding its file and a line to the table at the end of this one. A panel can have
//! the screen for itself, or a part of it on the live screen.
//!
//! The shape is deliberately small: a plain enum, one struct that holds every panel, and a trait
//! for what all panels have in common. Rejected: components that own their children and pass
//! messages; seven panels need no framework, and where state lives would be harder to see.
use super::action::ActionEntry;
use super::look::Context;
use super::overlays::Overlay;
use super::overlays::columns::Offered;
use super::pane::List;
use crate::domain::board::layout::{Layout, Listing};
use crate::domain::filter::FilterError;
use ratatui::Frame;
use ratatui::layout::Rect;
use std::collections::BTreeMap;

pub(super) mod agents;
pub(super) mod alerts;
pub(super) mod conversations;
pub(super) mod frames;
pub(super) mod health;
pub(super) mod live;
pub(super) mod queues;
pub(super) mod topics;
pub(super) mod wall;

/// Where a panel is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    /// Its place, border included.
    pub(super) area: Rect,
    /// Whether it has the screen for itself; else it is one of several.
    pub(super) alone: bool,
    /// Whether keys go to it.
    pub(super) focused: bool,
}

impl Spot {
    /// Rows within the border, less those that are no rows of the list.
    pub(super) fn rows(self, headings: usize) -> usize {
        usize::from(self.area.height.saturating_sub(2)).saturating_sub(headings).max(1)
    }

    /// Columns within the border.
    pub(super) fn columns(self) -> usize {
        usize::from(self.area.width.saturating_sub(2))
    }
}

/// What every panel does.
pub(super) trait Panel {
    /// Takes in what has changed, and prepares the rows that fit into the spot, no more.
    fn prepare(&mut self, spot: Spot, context: &Context<'_>);

    /// Takes in what has changed while it isn't shown, if that would cost too much at once later; whether
    /// it did.
    fn keep_up(&mut self, _: &Context<'_>) -> bool {
        false
    }

    /// Draws what was prepared; changes nothing.
    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>);

    /// Its list, if it has one: cursor and filter work on it.
    fn list(&self) -> Option<&dyn List> {
        None
    }

    /// The same, to be changed.
    fn list_mut(&mut self) -> Option<&mut dyn List> {
        None
    }

    /// Lines over the rows of its list, for headings.
    fn headings(&self, _: Spot) -> u16 {
        1
    }

    /// Puts the cursor on a row that is shown.
    fn point_at(&mut self, row: usize) {
        if let Some(list) = self.list_mut() {
            list.point_at(row);
        }
    }

    /// Moves the cursor, or scrolls.
    fn go(&mut self, by: isize) {
        if let Some(list) = self.list_mut() {
            list.move_by(by);
        }
    }

    /// Why a filter can't be read, and where.
    fn fault(&self, _filter: &str) -> Option<FilterError> {
        None
    }

    /// What a filter could be completed to, best first.
    fn complete(&self, _filter: &str, _: &Context<'_>) -> Vec<String> {
        Vec::new()
    }

    /// Filters that find something here now, each with what it finds; while there is nothing, some
    /// that might.
    fn examples(&self, _: &Context<'_>) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Its columns, for choosing, if it is a table.
    fn columns(&self) -> Option<Vec<Offered>> {
        None
    }

    /// Takes chosen columns; none for its own choice.
    fn choose_columns(&mut self, _: &[Offered]) {}

    /// Which list that is, with its columns and its sort as they can be kept.
    fn layout(&self) -> Option<(Listing, Layout)> {
        None
    }

    /// Takes columns and a sort that were kept, if it has that list.
    fn arrange(&mut self, _: Listing, _: &Layout) {}

    /// Sorts by the column of that name; by the same again, the other way round.
    fn sort_by(&mut self, _: &'static str) {}

    /// What opens for the row under the cursor; a sentence when nothing can.
    ///
    /// # Errors
    /// The sentence.
    fn open(&self, _: &Context<'_>) -> Result<Overlay, &'static str> {
        Err("there is nothing to open here")
    }
}

macro_rules! screens {
    ($($(#[$doc:meta])* $name:ident: $module:ident::$panel:ident, $word:literal;)*) => {
        /// The screens.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum Screen {
            /// Everything at a glance: several panels.
            #[default]
            Live,
            $($(#[$doc])* $name,)*
        }

        impl Screen {
            /// Every screen.
            pub const ALL: &[Self] = &[Self::Live, $(Self::$name),*];

            /// Its name in a word.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    Self::Live => "live",
                    $(Self::$name => $word,)*
                }
            }
        }

        /// Every panel with its state.
        #[derive(Debug, Default)]
        pub(super) struct Panels {
            $(pub(super) $module: $module::$panel,)*
        }

        impl Panels {
            /// The panel of a screen that has one of its own.
            pub(super) fn get(&self, screen: Screen) -> Option<&dyn Panel> {
                match screen {
                    Screen::Live => None,
                    $(Screen::$name => Some(&self.$module),)*
                }
            }

            /// Hands each panel the columns and the sort that were kept for its lists.
            pub(super) fn arrange(&mut self, lists: &BTreeMap<Listing, Layout>) {
                for (list, layout) in lists {
                    $(self.$module.arrange(*list, layout);)*
                }
            }

            /// The same, to be changed.
            pub(super) fn get_mut(&mut self, screen: Screen) -> Option<&mut dyn Panel> {
                match screen {
                    Screen::Live => None,
                    $(Screen::$name => Some(&mut self.$module),)*
                }
            }
        }

        /// The actions of every screen.
        pub(super) const PANEL_ACTIONS: &[&[ActionEntry]] = &[live::ACTIONS, $($module::ACTIONS),*];
    };
}

screens! {
    /// The queues.
    Queues: queues::QueuePanel, "queues";
    /// The conversations.
    Conversations: conversations::ConversationPanel, "conversations";
    /// The agents.
    Agents: agents::AgentPanel, "agents";
    /// The topics.
    Topics: topics::TopicPanel, "topics";
    /// The frames.
    Frames: frames::FramePanel, "frames";
    /// Connections, gaps, events.
    Health: health::HealthPanel, "health";
    /// What needs somebody, and what did.
    Alerts: alerts::AlertPanel, "alerts";
    /// Large figures, for a screen on the wall.
    Wall: wall::WallPanel, "wall";
}

#[cfg(test)]
mod tests {
    use super::{Panel, Panels, Screen, Spot};
    use crate::domain::monitor::Monitor;
    use crate::tui::look::{Context, Look};
    use crate::tui::theme::Theme;
    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;
    use ratatui::layout::Rect;

    #[test]
    fn a_list_without_rows_says_why_and_what_to_do() {
        let now = Timestamp::UNIX_EPOCH;
        let (monitor, zone) = (Monitor::new(now), TimeZone::UTC);
        let look = Look { theme: Theme::default(), mask: true, zone, noise: Vec::new() };
        let context = Context { monitor: &monitor, now, look: &look };
        let said = |panel: &mut dyn Panel| {
            let mut terminal = Terminal::new(TestBackend::new(100, 24)).unwrap();
            let spot = Spot { area: Rect::new(0, 0, 100, 24), alone: true, focused: true };
            panel.prepare(spot, &context);
            terminal.draw(|frame| panel.draw(frame, spot, &context)).unwrap();
            terminal.backend().to_string()
        };
        let mut panels = Panels::default();
        let says = |panels: &mut Panels, screen: Screen, words: &str| {
            let panel = panels.get_mut(screen).unwrap();
            let before = said(panel);
            assert!(before.contains(words), "{before}");
            panel.list_mut().unwrap().set_filter("nosuch");
            let filtered = said(panel);
            let told = "nothing passes this filter: / changes it, esc clears it";
            assert!(filtered.contains(told) && !filtered.contains(words), "{filtered}");
        };
        for (screen, words) in [
            (Screen::Queues, "--queue"),
            (Screen::Conversations, "no conversation goes on"),
            (Screen::Agents, "--all-users"),
            (Screen::Topics, "a adds one"),
            (Screen::Frames, "no frame has come yet"),
            (Screen::Health, "nothing has happened yet"),
            (Screen::Alerts, "n writes one"),
        ] {
            says(&mut panels, screen, words);
        }
        panels.conversations.look_back();
        says(&mut panels, Screen::Conversations, "no conversation has ended");
    }

    #[test]
    fn every_list_has_ten_examples_that_are_filters() {
        let panels = Panels::default();
        let now = Timestamp::UNIX_EPOCH;
        let (monitor, zone) = (Monitor::new(now), TimeZone::UTC);
        let look = Look { theme: Theme::default(), mask: true, zone, noise: Vec::new() };
        let context = Context { monitor: &monitor, now, look: &look };
        // the wall is no list
        let lists = Screen::ALL.iter().filter(|screen| **screen != Screen::Wall);
        for panel in lists.filter_map(|screen| panels.get(*screen)) {
            let examples = panel.examples(&context);
            assert!(panel.list().is_some() && examples.len() == 10, "{examples:?}");
            for (filter, finds) in examples {
                assert_eq!(panel.fault(&filter), None, "{filter}");
                assert!(!finds.is_empty());
            }
            assert!(panel.fault("nothing=such").is_some());
        }
    }
}
