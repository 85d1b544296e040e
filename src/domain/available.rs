//! What can be subscribed: the catalogue of topic templates, what each asks for, and how a template
//! becomes a topic.
//!
//! The names of the vendor's public list are built in; what the service says in `availabletopics`
//! is laid over them. Neither is ever complete, so a topic that is in no catalogue is normal. Must
//! not know where an answer comes from nor how old it is.
use super::text::harmless_within;
use super::topic::{MAX_TOPIC_CHARACTERS, NotATopic, Topic};
use std::collections::BTreeMap;

mod requirement;
mod search;
#[cfg(test)]
mod tests;
mod wire;
mod words;

pub use requirement::{Granted, Requirement, RequirementKind, Verdict};

/// The vendor's public list, one template a line.
const BUILT_IN: &str = include_str!("../../assets/topics.txt");
/// Most templates that are kept: five times what the vendor's list has. The service is trusted, its
/// answer is not: what lies between may be broken.
pub const MAX_TEMPLATES: usize = 1_250;
/// Longest description that is kept, in characters: some five lines of a screen.
const MAX_DESCRIPTION: usize = 400;
/// Longest word of the service that is kept, in characters: the name of a transport.
const MAX_WORD: usize = 40;

/// A template of topics with what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailableTopic {
    /// The template, such as `v2.routing.queues.{id}.conversations`; harmless to draw.
    pub template: String,
    /// What its frames tell, in a sentence; empty where nobody said. Harmless to draw.
    pub description: String,
    /// Where its events are delivered, in the service's words; empty where it didn't say.
    pub transports: Vec<String>,
    /// `Public` or `Preview`, in the service's words; empty where it didn't say.
    pub visibility: String,
    /// What is asked of whoever subscribes it; `None` where the service didn't say.
    pub requirements: Option<Vec<Requirement>>,
}

/// What stands in the place of an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// A queue's id.
    Queue,
    /// A user's id.
    User,
    /// A conversation's id.
    Conversation,
    /// Any other id; the part of the name before it, such as `flows`.
    Other(String),
}

impl Placeholder {
    /// What it is, in a word.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Queue => "queue",
            Self::User => "user",
            Self::Conversation => "conversation",
            Self::Other(before) => before,
        }
    }

    fn after(part: &str) -> Self {
        match part.to_ascii_lowercase().as_str() {
            "queues" | "queue" => Self::Queue,
            "users" | "user" | "agent" | "agents" => Self::User,
            "conversation" | "conversations" => Self::Conversation,
            _ => Self::Other(part.to_owned()),
        }
    }
}

impl AvailableTopic {
    /// A template of which only the name is known, with our own sentence where there is one.
    fn built_in(template: &str) -> Self {
        Self {
            template: template.to_owned(),
            description: words::description(template),
            transports: Vec::new(),
            visibility: String::new(),
            requirements: None,
        }
    }

    /// Whether its events come over a socket; without a word about it: yes.
    #[must_use]
    pub fn is_on_sockets(&self) -> bool {
        self.transports.is_empty()
            || self.transports.iter().any(|transport| {
                transport.eq_ignore_ascii_case("all") || transport.eq_ignore_ascii_case("websocket")
            })
    }

    /// Whether it comes by itself on every channel, and can't be subscribed.
    #[must_use]
    pub fn comes_by_itself(&self) -> bool {
        self.template.to_ascii_lowercase().starts_with("v2.system.")
    }

    /// What the ids in it are, in their order.
    #[must_use]
    pub fn placeholders(&self) -> Vec<Placeholder> {
        let mut before = "";
        let mut found = Vec::new();
        for part in self.template.split('.') {
            if is_placeholder(part) {
                found.push(Placeholder::after(before));
            } else {
                before = part;
            }
        }
        found
    }

    /// The name with `ids` in their places; a place without an id keeps its placeholder.
    #[must_use]
    pub fn filled(&self, ids: &[&str]) -> String {
        let mut ids = ids.iter();
        let parts: Vec<&str> = self
            .template
            .split('.')
            .map(
                |part| {
                    if is_placeholder(part) { ids.next().copied().unwrap_or(part) } else { part }
                },
            )
            .collect();
        parts.join(".")
    }

    /// The topic with `ids` in their places.
    ///
    /// # Errors
    /// [`NotATopic`] when ids are missing, or are none.
    pub fn topic(&self, ids: &[&str]) -> Result<Topic, NotATopic> {
        Topic::parse(&self.filled(ids))
    }

    /// Whether a single topic is one of this template.
    #[must_use]
    pub fn fits(&self, topic: &Topic) -> bool {
        let mut parts = topic.as_str().split('.');
        self.template.split('.').all(|wanted| {
            parts.next().is_some_and(|part| {
                (is_placeholder(wanted) && !part.is_empty()) || wanted.eq_ignore_ascii_case(part)
            })
        }) && parts.next().is_none()
    }
}

fn is_placeholder(part: &str) -> bool {
    part.starts_with('{') && part.ends_with('}')
}

/// The catalogue: every template that is known, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AvailableTopics {
    topics: Vec<AvailableTopic>,
    /// How many of them the service named; 0 while only the built-in list is known.
    told: usize,
}

impl Default for AvailableTopics {
    /// The built-in list.
    fn default() -> Self {
        let lines = BUILT_IN.lines().map(str::trim);
        let names = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut topics: Vec<AvailableTopic> = names.map(AvailableTopic::built_in).collect();
        topics.sort_by(|left, right| left.template.cmp(&right.template));
        Self { topics, told: 0 }
    }
}

impl AvailableTopics {
    /// The built-in list with the service's answer to `availabletopics` laid over it.
    ///
    /// # Errors
    /// When `answer` is no such answer, in a few words.
    pub fn read(answer: &[u8]) -> Result<Self, String> {
        let told = wire::read(answer)?;
        let built_in = Self::default().topics;
        let by_name = |topic: AvailableTopic| (topic.template.to_ascii_lowercase(), topic);
        let mut all: BTreeMap<String, AvailableTopic> = built_in.into_iter().map(by_name).collect();
        let mut count = 0;
        for mut topic in told {
            let key = topic.template.to_ascii_lowercase();
            if all.len() >= MAX_TEMPLATES && !all.contains_key(&key) {
                continue;
            }
            count += 1;
            if topic.description.is_empty() {
                topic.description = words::description(&topic.template);
            }
            all.insert(key, topic);
        }
        Ok(Self { topics: all.into_values().collect(), told: count })
    }

    /// Every template, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &AvailableTopic> {
        self.topics.iter()
    }

    /// How many templates the service named itself; 0 when only the built-in list is known.
    #[must_use]
    pub fn told_by_service(&self) -> usize {
        self.told
    }

    /// The template of a single topic: the one with the fewest ids, where several fit.
    #[must_use]
    pub fn of(&self, topic: &Topic) -> Option<&AvailableTopic> {
        let fitting = self.topics.iter().filter(|available| available.fits(topic));
        fitting.min_by_key(|available| available.placeholders().len())
    }

    /// The templates that hold every word of `text` in name or description, best first.
    #[must_use]
    pub fn search(&self, text: &str) -> Vec<&AvailableTopic> {
        search::search(&self.topics, text)
    }
}

/// Text of the service, as it is kept.
fn kept(text: &str, limit: usize) -> String {
    harmless_within(text.trim(), limit)
}
