//! Which key does what: the table's own keys, or those that a person has chosen.
use super::{Situation, action_named, actions};
use crate::tui::action::ActionEntry;
use crate::tui::key::Key;
use std::collections::HashMap;
use thiserror::Error;

/// Keys bound anew, by the names of their actions.
#[derive(Clone, Debug, Default)]
pub struct Keymap {
    changed: HashMap<&'static str, Vec<Key>>,
}

/// What is wrong with a binding.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeymapFault {
    /// There is no such action.
    #[error("there is no action {name:?}{}", nearest.map_or(String::new(), |near| format!("; did you mean {near:?}?")))]
    UnknownAction {
        /// What was written.
        name: String,
        /// The action that may have been meant.
        nearest: Option<&'static str>,
    },
    /// There is no such key.
    #[error("{text:?} is no key; write one such as \"q\", \"ctrl-p\", \"page down\" or \"f5\"")]
    UnknownKey {
        /// What was written.
        text: String,
    },
    /// One key would do two things in one place.
    #[error("{key} would do both {first} and {second}")]
    Conflict {
        /// The key, as it is written.
        key: String,
        /// One of the actions.
        first: &'static str,
        /// The other one.
        second: &'static str,
    },
}

impl Keymap {
    /// Binds `keys` to the action of that name, in the place of its own; none of them frees it.
    ///
    /// # Errors
    /// When the action or a key is unknown; nothing is bound then.
    pub fn bind(&mut self, name: &str, keys: &[&str]) -> Result<(), KeymapFault> {
        let entry = action_named(name).ok_or_else(|| {
            let names = actions().map(|entry| entry.name);
            let nearest = crate::domain::nearest::nearest(name, names, 1).first().copied();
            KeymapFault::UnknownAction { name: name.to_owned(), nearest }
        })?;
        let keys: Result<Vec<Key>, KeymapFault> = keys
            .iter()
            .map(|text| {
                Key::parse(text).ok_or_else(|| KeymapFault::UnknownKey { text: (*text).to_owned() })
            })
            .collect();
        self.changed.insert(entry.name, keys?);
        Ok(())
    }

    /// Every key that would do two things in one place.
    #[must_use]
    pub fn conflicts(&self) -> Vec<KeymapFault> {
        let all: Vec<&'static ActionEntry> = actions().collect();
        let mut faults = Vec::new();
        for (index, first) in all.iter().enumerate() {
            for second in
                all.iter().skip(index + 1).filter(|second| first.place.meets(second.place))
            {
                let shared = self.keys(first).iter().find(|key| self.keys(second).contains(key));
                if let Some(key) = shared {
                    faults.push(KeymapFault::Conflict {
                        key: key.to_string(),
                        first: first.name,
                        second: second.name,
                    });
                }
            }
        }
        faults
    }

    /// The keys of an action.
    pub(in crate::tui) fn keys<'a>(&'a self, entry: &'static ActionEntry) -> &'a [Key] {
        self.changed.get(entry.name).map_or(entry.keys, Vec::as_slice)
    }

    /// What a key does there.
    pub(in crate::tui) fn action(
        &self,
        key: Key,
        situation: Situation,
    ) -> Option<&'static ActionEntry> {
        actions().find(|entry| entry.is_for(situation) && self.keys(entry).contains(&key))
    }

    /// How the keys of an action are written.
    pub(in crate::tui) fn shown(&self, entry: &'static ActionEntry) -> String {
        let keys: Vec<String> = self.keys(entry).iter().map(Key::to_string).collect();
        keys.join(" ")
    }
}

impl super::Place {
    /// Whether there is a situation in which both places hold.
    fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Anywhere, _)
            | (_, Self::Anywhere)
            | (Self::Screens, Self::Screens | Self::Panel(_))
            | (Self::Panel(_), Self::Screens) => true,
            (Self::Panel(one), Self::Panel(two)) => one == two,
            (Self::Over(one), Self::Over(two)) => one == two,
            (Self::Screens | Self::Panel(_), Self::Over(_))
            | (Self::Over(_), Self::Screens | Self::Panel(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Keymap, KeymapFault};
    use crate::tui::action::{Situation, action_named};
    use crate::tui::key::Key;
    use crate::tui::screens::Screen;

    #[test]
    fn keys_can_be_bound_anew_and_what_is_wrong_is_named() {
        let mut keymap = Keymap::default();
        assert!(keymap.conflicts().is_empty(), "{:?}", keymap.conflicts());
        let situation = Situation { focus: Screen::Queues, layer: None };
        keymap.bind("view.freeze", &["f5"]).unwrap();
        let freeze = action_named("view.freeze").unwrap();
        let f5 = Key::parse("f5").unwrap();
        assert_eq!(keymap.action(f5, situation).map(|entry| entry.name), Some("view.freeze"));
        assert!(keymap.action(Key::char(' '), situation).is_none());
        assert_eq!(keymap.shown(freeze), "f5");
        assert_eq!(
            keymap.bind("view.freze", &["x"]),
            Err(KeymapFault::UnknownAction {
                name: "view.freze".to_owned(),
                nearest: Some("view.freeze")
            })
        );
        assert!(matches!(
            keymap.bind("view.freeze", &["hyper-x"]),
            Err(KeymapFault::UnknownKey { .. })
        ));
        keymap.bind("view.freeze", &["q"]).unwrap();
        assert_eq!(keymap.conflicts().len(), 1, "{:?}", keymap.conflicts());
    }
}
