//! One table of everything that can be done: keys, footer, help and palette come from it.
//!
//! Each screen and overlay names its own actions in its own file; here they become one table.
//! Names are stable: people write them into their configuration to bind keys anew.
use super::key::Key;
use super::overlays::Layer;
use super::screens::{PANEL_ACTIONS, Screen};
use super::view::{At, Effect, View};

pub(super) mod common;
mod keymap;
mod replay;

pub use keymap::{Keymap, KeymapFault};

/// One line of the table.
#[derive(Debug)]
pub struct ActionEntry {
    /// Its stable name, such as `queues.sort`.
    pub name: &'static str,
    /// The keys that do it unless they are bound otherwise.
    pub keys: &'static [Key],
    /// The action in a word or two, for the footer; empty to leave it out there.
    pub label: &'static str,
    /// The same in a sentence, for help and palette.
    pub sentence: &'static str,
    /// Where it can be used.
    pub(super) place: Place,
    /// Why it can't be used just now, if it can't.
    pub(super) obstacle: fn(&View, &At<'_>) -> Option<&'static str>,
    /// Does it.
    pub(super) run: fn(&mut View, &At<'_>) -> Vec<Effect>,
}

/// Where an action can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Everywhere that isn't text being typed.
    Anywhere,
    /// On all screens, with nothing laid over them.
    Screens,
    /// Where this panel has the focus, with nothing laid over it.
    Panel(Screen),
    /// On this overlay.
    Over(Layer),
}

/// Where the person is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Situation {
    pub(super) focus: Screen,
    pub(super) layer: Option<Layer>,
}

impl ActionEntry {
    /// An action that is never in the footer and always possible; a base for struct update.
    pub(super) const fn new(
        name: &'static str,
        keys: &'static [Key],
        sentence: &'static str,
        place: Place,
        run: fn(&mut View, &At<'_>) -> Vec<Effect>,
    ) -> Self {
        Self { name, keys, label: "", sentence, place, obstacle: |_, _| None, run }
    }

    /// The same with a word for the footer.
    pub(super) const fn labelled(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    /// The same with what can stand in its way.
    pub(super) const fn unless(self, obstacle: fn(&View, &At<'_>) -> Option<&'static str>) -> Self {
        Self { obstacle, ..self }
    }

    /// Whether it can be used there.
    pub(super) fn is_for(&self, situation: Situation) -> bool {
        match self.place {
            Place::Anywhere => true,
            Place::Screens => situation.layer.is_none(),
            Place::Panel(screen) => situation.layer.is_none() && situation.focus == screen,
            Place::Over(layer) => situation.layer == Some(layer),
        }
    }

    /// Where it can be used, in words that follow "only".
    #[must_use]
    pub fn place_words(&self) -> String {
        match self.place {
            Place::Anywhere => "everywhere".to_owned(),
            Place::Screens => "with nothing laid over the screen".to_owned(),
            Place::Panel(screen) => format!("in {}", screen.word()),
            Place::Over(layer) => layer.place_words().to_owned(),
        }
    }
}

/// Everything that can be done.
pub fn actions() -> impl Iterator<Item = &'static ActionEntry> {
    [
        common::ACTIONS,
        replay::ACTIONS,
        super::recording::ACTIONS,
        super::overlays::inspector::ACTIONS,
        super::overlays::copier::ACTIONS,
        super::overlays::bookmarks::ACTIONS,
        super::overlays::timeline::ACTIONS,
        super::overlays::difference::ACTIONS,
        super::overlays::check::ACTIONS,
        super::overlays::work::ACTIONS,
    ]
    .into_iter()
    .chain(PANEL_ACTIONS.iter().copied())
    .flatten()
}

/// The action of that name.
pub fn action_named(name: &str) -> Option<&'static ActionEntry> {
    actions().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use super::super::overlays::Layer;
    use super::super::screens::Screen;
    use super::{Situation, actions};
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_no_key_does_two_things() {
        let mut names = HashSet::new();
        for entry in actions() {
            assert!(names.insert(entry.name), "{} is there twice", entry.name);
            assert!(entry.name.contains('.') && !entry.sentence.is_empty(), "{}", entry.name);
            assert!(!entry.keys.is_empty(), "{} has no key", entry.name);
        }
        let layers = [None].into_iter().chain(Layer::ALL.iter().copied().map(Some));
        for (focus, layer) in
            layers.flat_map(|layer| Screen::ALL.iter().map(move |screen| (*screen, layer)))
        {
            let mut taken = HashSet::new();
            for entry in actions().filter(|entry| entry.is_for(Situation { focus, layer })) {
                for key in entry.keys {
                    assert!(taken.insert(*key), "{key} of {} on {focus:?}, {layer:?}", entry.name);
                }
            }
        }
    }
}
