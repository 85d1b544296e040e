//! What REST tells of ids and seldom changes: names of queues, users, presences and wrap-up codes, made
//! harmless once on the way in, the divisions of queues and users, and how soon a queue's conversations
//! shall be answered.
use super::topics::Entity;
use crate::domain::control::{Control, Divisions, MediaGoal, Named, QueueGoals};
use crate::domain::identity::{PresenceId, QueueId, UserId, WrapupCodeId};
use crate::domain::text::harmless_within;
use crate::domain::topic::{Media, Topic};
use compact_str::CompactString;
use foldhash::{HashMap, HashSet};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::hash::Hash;
use std::sync::Arc;

/// Most names of each kind. The largest organisations have some 5,000 queues, 100,000 users and some
/// thousands of wrap-up codes; at 100 bytes each that is 10 MB. Beyond it ids are shown instead.
pub const MAX_NAMES: usize = 100_000;
/// Most names of presences. An organisation makes some dozens of its own; beyond it the system's word is
/// shown instead.
pub const MAX_PRESENCES: usize = 1_000;
/// Most names of divisions, those included that were renamed. The largest organisations have some
/// hundreds; at 100 bytes each this is 1 MB. What lies in one beyond it is named in its place.
const MAX_DIVISIONS: usize = 10_000;
/// Longest name that is kept, in characters; the service's own limit for names is 256.
pub const MAX_NAME_CHARACTERS: usize = 256;
/// Longest id that is shown whole because it is made of words, in characters; the service's own are
/// shorter, and it fits a column.
const MAX_SPEAKING: usize = 32;

/// Names of queues, users, presences and wrap-up codes, the divisions of queues and users, and the goals of
/// queues.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Directory {
    /// Short names, as most are, in the table itself: a filter looks one up for every row.
    queues: HashMap<QueueId, CompactString>,
    users: HashMap<UserId, CompactString>,
    /// At most [`MAX_PRESENCES`].
    presences: HashMap<PresenceId, Arc<str>>,
    /// At most [`MAX_NAMES`].
    wrapup_codes: HashMap<WrapupCodeId, Arc<str>>,
    /// The name of its division, of at most [`MAX_NAMES`] queues.
    queue_divisions: HashMap<QueueId, Arc<str>>,
    /// The same of users.
    user_divisions: HashMap<UserId, Arc<str>>,
    /// Each division's name once, shared by all of whom it is told: a hundred thousand users lie in a few.
    /// After a jump in a tape each of those told before has a name of its own, since what was kept is read
    /// back one by one. At most [`MAX_DIVISIONS`].
    divisions: HashSet<Arc<str>>,
    /// Of at most [`MAX_NAMES`] queues, at most one goal a medium.
    goals: HashMap<QueueId, Vec<MediaGoal>>,
    generation: u64,
}

impl Directory {
    /// Notes what a control message tells of names, divisions and goals, if it does.
    pub fn learn(&mut self, told: Control) {
        match told {
            Control::Queues(named) => named.into_iter().for_each(|one| self.name_queue(one)),
            Control::Users(named) => named.into_iter().for_each(|one| self.name_user(one)),
            Control::Presences(named) => named.into_iter().for_each(|one| self.name_presence(one)),
            Control::WrapupCodes(named) => {
                for code in named {
                    self.name_wrapup_code(code);
                }
            }
            Control::Divisions(told) => self.note_divisions(told),
            Control::Goals(told) => told.into_iter().for_each(|goals| self.note_goals(goals)),
            _ => {}
        }
    }

    /// Notes a queue's name.
    pub fn name_queue(&mut self, named: Named<QueueId>) {
        self.generation += u64::from(name(&mut self.queues, named, MAX_NAMES));
    }

    /// Notes a user's name.
    pub fn name_user(&mut self, named: Named<UserId>) {
        self.generation += u64::from(name(&mut self.users, named, MAX_NAMES));
    }

    /// Notes a presence's name.
    pub fn name_presence(&mut self, named: Named<PresenceId>) {
        self.generation += u64::from(name(&mut self.presences, named, MAX_PRESENCES));
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
        self.generation += u64::from(name(&mut self.wrapup_codes, named, MAX_NAMES));
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

    /// Notes in which divisions queues and users lie.
    pub fn note_divisions(&mut self, told: Divisions) {
        for queue in told.queues {
            place(&mut self.queue_divisions, &mut self.divisions, queue);
        }
        for user in told.users {
            place(&mut self.user_divisions, &mut self.divisions, user);
        }
        self.generation += 1;
    }

    /// Every queue of which the division is known, with the division's name.
    pub fn queue_divisions(&self) -> impl Iterator<Item = (&QueueId, &str)> {
        self.queue_divisions.iter().map(|(id, name)| (id, &**name))
    }

    /// Every user of whom the division is known, with the division's name.
    pub fn user_divisions(&self) -> impl Iterator<Item = (&UserId, &str)> {
        self.user_divisions.iter().map(|(id, name)| (id, &**name))
    }

    /// The name of the division in which the topic's permissions must be granted, harmless to draw: that of
    /// the queue or user whom the topic names.
    #[must_use]
    pub fn division(&self, topic: &Topic) -> Option<&str> {
        let name = match whose(topic)? {
            Entity::Queue(queue) => self.queue_divisions.get(&queue)?,
            Entity::User(user) => self.user_divisions.get(&user)?,
            Entity::Conversation(_) | Entity::Other { .. } => return None,
        };
        Some(name)
    }

    /// The same in words, such as `the division Sales (queue Billing)`: by what lies in it where its name
    /// isn't known.
    #[must_use]
    pub fn division_in_words(&self, topic: &Topic) -> String {
        let of = match whose(topic) {
            Some(Entity::Queue(queue)) => format!("queue {}", self.queue(&queue)),
            Some(Entity::User(user)) => format!("user {}", self.user(&user)),
            _ => return "the division of what the topic names".to_owned(),
        };
        match self.division(topic) {
            Some(name) => format!("the division {name} ({of})"),
            None => format!("the division of {of}"),
        }
    }

    /// The divisions of several topics in words, each once and at most so many: by name, and by what lies
    /// in it only where its name isn't known.
    pub fn divisions_in_words<'a>(
        &self,
        topics: impl IntoIterator<Item = &'a Topic>,
        most: usize,
    ) -> String {
        let mut named = BTreeSet::new();
        let mut unnamed = BTreeSet::new();
        for topic in topics {
            match self.division(topic) {
                Some(name) => {
                    named.insert(name);
                }
                // one more than are told, so that it is known that there are more
                None if unnamed.len() <= most => {
                    unnamed.insert(self.division_in_words(topic));
                }
                None => {}
            }
        }
        let more = if named.len() + unnamed.len() > most { ", …" } else { "" };
        let named = named.into_iter().map(|name| format!("the division {name}"));
        let told: Vec<String> = named.chain(unnamed).take(most).collect();
        format!("{}{more}", told.join(", "))
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

    /// Goes up with every name, every goal and all divisions that are told.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// The queue's name, harmless to draw; its id shortened where no name is known.
    #[inline]
    #[must_use]
    pub fn queue<'a>(&'a self, id: &'a QueueId) -> &'a str {
        self.queues.get(id).map_or_else(|| short(id.as_str()), AsRef::as_ref)
    }

    /// The user's name, harmless to draw; their id shortened where no name is known.
    #[inline]
    #[must_use]
    pub fn user<'a>(&'a self, id: &'a UserId) -> &'a str {
        self.users.get(id).map_or_else(|| short(id.as_str()), AsRef::as_ref)
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

/// Notes a name, made harmless, unless there are `most` already and it would be a further one; whether it did.
fn name<Id: Eq + Hash, Name: From<String>>(
    names: &mut HashMap<Id, Name>,
    named: Named<Id>,
    most: usize,
) -> bool {
    let has_room = names.len() < most || names.contains_key(&named.id);
    if has_room {
        names.insert(named.id, harmless_within(&named.name, MAX_NAME_CHARACTERS).into());
    }
    has_room
}

/// Notes in which division somebody or something lies, by a name that all who lie in it share. Where there are
/// too many divisions it isn't known any more: the one before would be wrong.
fn place<Id: Eq + Hash>(
    lying: &mut HashMap<Id, Arc<str>>,
    divisions: &mut HashSet<Arc<str>>,
    Named { id, name }: Named<Id>,
) {
    if lying.len() >= MAX_NAMES && !lying.contains_key(&id) {
        return;
    }
    let name = harmless_within(&name, MAX_NAME_CHARACTERS);
    let known = divisions.get(name.as_str()).cloned();
    let shared = known.or_else(|| {
        let name: Arc<str> = name.into();
        let is_new = divisions.len() < MAX_DIVISIONS && divisions.insert(Arc::clone(&name));
        is_new.then_some(name)
    });
    match shared {
        Some(name) => lying.insert(id, name),
        None => lying.remove(&id),
    };
}

/// Whom or what a topic names.
fn whose(topic: &Topic) -> Option<Entity> {
    topic.singles().next().as_ref().and_then(Entity::named_by)
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
    use super::{Directory, MAX_DIVISIONS, MAX_NAMES};
    use crate::domain::control::{Control, Divisions, Named};
    use crate::domain::identity::{QueueId, UserId, WrapupCodeId};
    use crate::domain::topic::Topic;

    const ID: &str = "11111111-1111-4111-8111-111111111111";

    fn division(id: &str, name: &str) -> Vec<Named<QueueId>> {
        vec![Named { id: QueueId::new(id), name: name.to_owned() }]
    }

    #[test]
    fn a_topic_s_division_is_that_of_the_queue_or_user_whom_it_names() {
        let mut directory = Directory::default();
        let queue = Topic::received(&format!("v2.analytics.queues.{ID}.observations"));
        let user = Topic::received(&format!("v2.users.{ID}?presence&routingStatus"));
        let words = |directory: &Directory, topic: &Topic| {
            (directory.division_in_words(topic), directory.division(topic).map(str::to_owned))
        };
        assert_eq!(words(&directory, &queue), ("the division of queue 11111111".to_owned(), None));
        let name = |name: &str| name.to_owned();
        directory.learn(Control::Queues(division(ID, "Billing")));
        let users = vec![Named { id: UserId::new(ID), name: name("A. Novak") }];
        directory.learn(Control::Users(users));
        assert_eq!(words(&directory, &user), (name("the division of user A. Novak"), None));
        let users = vec![Named { id: UserId::new(ID), name: name("Home") }];
        let queues = division(&ID.to_uppercase(), "Sa\u{1b}les");
        directory.learn(Control::Divisions(Divisions { queues, users }));
        let told = name("the division Home (user A. Novak)");
        assert_eq!(words(&directory, &user), (told, Some(name("Home"))));
        let (told, _) = words(&directory, &queue);
        assert!(told.ends_with("les (queue Billing)") && !told.contains('\u{1b}'), "{told}");
        for other in ["v2.system.no_longer_subscribed", "v2.conversations.x.transcription"] {
            let told = words(&directory, &Topic::received(other));
            assert_eq!(told, (name("the division of what the topic names"), None), "{other}");
        }
    }

    #[test]
    fn divisions_are_bounded_and_their_names_are_shared() {
        let mut directory = Directory::default();
        let mut tell = |number: usize, name: &str| {
            let queues = division(&format!("q{number}"), name);
            directory.note_divisions(Divisions { queues, users: Vec::new() });
        };
        for number in 0..=MAX_DIVISIONS {
            tell(number, &format!("Division {number}"));
        }
        tell(0, "Division 1");
        let known = |directory: &Directory, number: usize| {
            directory.queue_divisions.get(&QueueId::new(&format!("q{number}"))).cloned()
        };
        assert_eq!(known(&directory, MAX_DIVISIONS), None);
        // one that moved into a division beyond the bound doesn't lie in the old one any more
        assert!(known(&directory, 2).is_some());
        let queues = division("q2", "Division beyond");
        directory.note_divisions(Divisions { queues, users: Vec::new() });
        assert_eq!(known(&directory, 2), None);
        let (moved, there) = (known(&directory, 0).unwrap(), known(&directory, 1).unwrap());
        assert!(std::sync::Arc::ptr_eq(&moved, &there), "{moved} {there}");
    }

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
