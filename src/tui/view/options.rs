//! How a view begins: what arguments and settings say of it. Must not know where that is kept.
use crate::domain::alert::{QuietHours, Rule};
use crate::domain::board::layout::{Layout, Listing};
use crate::domain::difference::NOISE;
use crate::tui::action::Keymap;
use crate::tui::screens::wall::TURN;
use crate::tui::theme::Theme;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::time::Duration;

/// How a view begins.
#[derive(Clone, Debug)]
pub struct ViewOptions {
    /// What things look like.
    pub theme: Theme,
    /// Whether what belongs to customers is shown from the start.
    pub unmasked: bool,
    /// The zone of the times on the screen.
    pub zone: TimeZone,
    /// Keys that are bound anew.
    pub keymap: Keymap,
    /// The rules of alerts.
    pub rules: Vec<Rule>,
    /// When alerts don't ring.
    pub quiet: QuietHours,
    /// Filters that are saved, by name.
    pub saved_filters: BTreeMap<String, String>,
    /// Columns and sort of one's own, by list.
    pub lists: BTreeMap<Listing, Layout>,
    /// The filter of the conversations at the start; empty for none.
    pub filter: String,
    /// Whether the mouse's clicks are taken.
    pub mouse: bool,
    /// Fields that comparing two frames leaves out.
    pub noise: Vec<String>,
    /// With what it begins.
    pub begin: Begin,
    /// How long a queue is shown on the wall.
    pub wall_turn: Duration,
    /// What is said in the place of the footer until the first key; empty for nothing.
    pub notice: String,
}

/// With what the front end begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Begin {
    /// Everything together.
    #[default]
    Live,
    /// The large figures for a wall.
    Wall,
    /// The frames: where nothing else is to be expected.
    Frames,
}

impl Default for ViewOptions {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            unmasked: false,
            zone: TimeZone::UTC,
            keymap: Keymap::default(),
            rules: Vec::new(),
            quiet: QuietHours::default(),
            saved_filters: BTreeMap::new(),
            lists: BTreeMap::new(),
            filter: String::new(),
            mouse: true,
            noise: NOISE.map(str::to_owned).into(),
            begin: Begin::default(),
            wall_turn: TURN,
            notice: String::new(),
        }
    }
}
