//! What REST tells of ids and seldom changes: names of queues, users, presences and wrap-up codes, made
//! harmless once on the way in, and how soon a queue's conversations shall be answered.
use crate::domain::control::{MediaGoal, Named, QueueGoals};
use crate::domain::identity::{PresenceId, QueueId, UserId, WrapupCodeId};
use crate::domain::text::harmless_within;
use crate::domain::topic::Media;
use foldhash::HashMap;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Most names of each kind. The largest organisations have some 5,000 queues, 100,000 users and some
/// thousands of wrap-up codes; at 100 bytes each that is 10 MB. Beyond it ids are shown instead.
pub const MAX_NAMES: usize = 100_000;
/// Most names of presences. An organisation makes some dozens of its own; beyond it the system's word is
/// shown instead.
pub const MAX_PRESENCES: usize = 1_000;
/// Longest name that is kept, in characters; the service's own limit for names is 256.
pub const MAX_NAME_CHARACTERS: usize = 256;
/// Longest id that is shown whole because it is made of words, in characters; the service's own are
/// shorter, and it fits a column.
const MAX_SPEAKING: usize = 32;

/// Names of queues, users, presences and wrap-up codes, and the goals of queues.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Directory {
    queues: HashMap<QueueId, Arc<str>>,
    users: HashMap<UserId, Arc<str>>,
    /// At most [`MAX_PRESENCES`].
    presences: HashMap<PresenceId, Arc<str>>,
    /// At most [`MAX_NAMES`].
    wrapup_codes: HashMap<WrapupCodeId, Arc<str>>,
    /// Of at most [`MAX_NAMES`] queues, at most one goal a medium.
    goals: HashMap<QueueId, Vec<MediaGoal>>,
    generation: u64,
}

impl Directory {
    /// Notes a queue's name.
    pub fn name_queue(&mut self, named: Named<QueueId>) {
        if self.queues.len() < MAX_NAMES || self.queues.contains_key(&named.id) {
            let name = harmless_within(&named.name, MAX_NAME_CHARACTERS).into();
            self.generation += 1;
            self.queues.insert(named.id, name);
        }
    }

    /// Notes a user's name.
    pub fn name_user(&mut self, named: Named<UserId>) {
        if self.users.len() < MAX_NAMES || self.users.contains_key(&named.id) {
            let name = harmless_within(&named.name, MAX_NAME_CHARACTERS).into();
            self.generation += 1;
            self.users.insert(named.id, name);
        }
    }

    /// Notes a presence's name.
    pub fn name_presence(&mut self, named: Named<PresenceId>) {
        if self.presences.len() < MAX_PRESENCES || self.presences.contains_key(&named.id) {
            let name = harmless_within(&named.name, MAX_NAME_CHARACTERS).into();
            self.generation += 1;
            self.presences.insert(named.id, name);
        }
    }

    /// The organisation's name of a presence, harmless to draw.
    #[must_use]
    pub fn presence(&self, id: &PresenceId) -> Option<&str> {
        self.presences.get(id).map(AsRef::as_ref)
    }

    /// Every presence that has a name.
    pub fn presences(&self) -> impl Iterator<Item = (&PresenceId, &str)> {
        self.presences.iter().map(|(id, name)| (id, &**name))
    }

    /// Notes a wrap-up code's name.
    pub fn name_wrapup_code(&mut self, named: Named<WrapupCodeId>) {
        let has_room = self.wrapup_codes.len() < MAX_NAMES;
        if has_room || self.wrapup_codes.contains_key(&named.id) {
            let name = harmless_within(&named.name, MAX_NAME_CHARACTERS).into();
            self.generation += 1;
            self.wrapup_codes.insert(named.id, name);
        }
    }

    /// The wrap-up code's name, harmless to draw; where none is known its id, shortened unless it speaks
    /// for itself as the service's own do.
    #[must_use]
    pub fn wrapup_code<'a>(&'a self, id: &'a WrapupCodeId) -> &'a str {
        self.wrapup_codes.get(id).map_or_else(|| speaking(id.as_str()), AsRef::as_ref)
    }

    /// Every wrap-up code that has a name.
    pub fn wrapup_codes(&self) -> impl Iterator<Item = (&WrapupCodeId, &str)> {
        self.wrapup_codes.iter().map(|(id, name)| (id, &**name))
    }

    /// Notes how soon a queue's conversations shall be answered, in place of what was known. Of goals
    /// for the same medium the first counts.
    pub fn note_goals(&mut self, told: QueueGoals) {
        let QueueGoals { queue, media: goals } = told;
        let is_known = self.goals.contains_key(&queue);
        if !is_known && self.goals.len() >= MAX_NAMES {
            return;
        }
        let mut kept: Vec<MediaGoal> = Vec::new();
        for goal in goals {
            if kept.iter().all(|other| other.media != goal.media) {
                kept.push(goal);
            }
        }
        self.generation += 1;
        self.goals.insert(queue, kept);
    }

    /// How soon the queue's conversations of one medium shall be answered.
    #[must_use]
    pub fn goal(&self, queue: &QueueId, media: Media) -> Option<&MediaGoal> {
        self.goals.get(queue)?.iter().find(|goal| goal.media == media)
    }

    /// The goals of every queue of which they are known.
    pub fn goals(&self) -> impl Iterator<Item = (&QueueId, &[MediaGoal])> {
        self.goals.iter().map(|(queue, goals)| (queue, goals.as_slice()))
    }

    /// Goes up with every name and every goal.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The queue's name, harmless to draw; its id shortened where no name is known.
    #[must_use]
    pub fn queue<'a>(&'a self, id: &'a QueueId) -> &'a str {
        self.queues.get(id).map_or_else(|| short(id.as_str()), AsRef::as_ref)
    }

    /// The user's name, harmless to draw; their id shortened where no name is known.
    #[must_use]
    pub fn user<'a>(&'a self, id: &'a UserId) -> &'a str {
        self.users.get(id).map_or_else(|| short(id.as_str()), AsRef::as_ref)
    }

    /// The same as [`Directory::queue`], shared by all that show it.
    #[must_use]
    pub fn queue_text(&self, id: &QueueId) -> Arc<str> {
        self.queues.get(id).map_or_else(|| short(id.as_str()).into(), Arc::clone)
    }

    /// The same as [`Directory::user`], shared by all that show it.
    #[must_use]
    pub fn user_text(&self, id: &UserId) -> Arc<str> {
        self.users.get(id).map_or_else(|| short(id.as_str()).into(), Arc::clone)
    }

    /// Every queue that has a name.
    pub fn queues(&self) -> impl Iterator<Item = (&QueueId, &str)> {
        self.queues.iter().map(|(id, name)| (id, &**name))
    }

    /// Every user who has a name.
    pub fn users(&self) -> impl Iterator<Item = (&UserId, &str)> {
        self.users.iter().map(|(id, name)| (id, &**name))
    }
}

/// The first eight characters of an id; ids come from outside, so what is no plain ASCII is not
/// shown at all.
#[must_use]
pub fn short(id: &str) -> &str {
    let plain = id.bytes().all(|byte| byte.is_ascii_graphic());
    if plain { id.get(..8).unwrap_or(id) } else { "⟨id⟩" }
}

/// An id that is made of words, such as `inin-wrap-up-timeout` for a wrap-up that took too long: it is in
/// no list of codes, and its first letters would say nothing.
fn speaking(id: &str) -> &str {
    let is_word = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    let speaks = id.contains('-') && id.len() <= MAX_SPEAKING && id.split('-').all(is_word);
    if speaks { id } else { short(id) }
}

#[cfg(test)]
mod tests {
    use super::{Directory, MAX_NAMES};
    use crate::domain::control::Named;
    use crate::domain::identity::WrapupCodeId;

    #[test]
    fn a_wrap_up_code_without_a_name_shows_its_id_in_as_many_letters_as_say_something() {
        let mut directory = Directory::default();
        let shown = |directory: &Directory, id: &str| {
            directory.wrapup_code(&WrapupCodeId::new(id)).to_owned()
        };
        let id = "7fb334b0-0e9e-11e4-9191-0800200c9a66";
        assert_eq!(shown(&directory, id), "7fb334b0");
        assert_eq!(shown(&directory, "ININ-WRAP-UP-TIMEOUT"), "inin-wrap-up-timeout");
        assert_eq!(shown(&directory, &"a-".repeat(40)), "a-a-a-a-");
        assert_eq!(shown(&directory, "\u{202e}-code"), "⟨id⟩");
        let name = "Re\u{1b}solved".to_owned();
        directory.name_wrapup_code(Named { id: WrapupCodeId::new(&id.to_uppercase()), name });
        assert!(shown(&directory, id).ends_with("solved"));
        assert!(!shown(&directory, id).contains('\u{1b}'));
    }

    #[test]
    fn names_of_wrap_up_codes_are_bounded_and_a_new_name_of_a_known_one_is_not() {
        let mut directory = Directory::default();
        let code = |number: usize, name: &str| Named {
            id: WrapupCodeId::new(&format!("c{number}")),
            name: name.to_owned(),
        };
        for number in 0..=MAX_NAMES {
            directory.name_wrapup_code(code(number, "as it was"));
        }
        directory.name_wrapup_code(code(0, "as it is"));
        assert_eq!(directory.wrapup_codes().count(), MAX_NAMES);
        assert_eq!(directory.wrapup_code(&WrapupCodeId::new("c0")), "as it is");
        let beyond = format!("c{MAX_NAMES}");
        assert_eq!(directory.wrapup_code(&WrapupCodeId::new(&beyond)), beyond);
    }
}
