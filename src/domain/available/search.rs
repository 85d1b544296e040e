//! Finding a template by words.
use super::AvailableTopic;
use crate::domain::topic::{Subject, Topic};
use std::cmp::Reverse;

/// Words that are looked for at most; nobody types more.
const MAX_WORDS: usize = 8;

/// The templates that hold every word, best first. Equally good ones: those that this program
/// interprets before the others, what no socket delivers last, and then by name.
pub(super) fn search<'a>(topics: &'a [AvailableTopic], text: &str) -> Vec<&'a AvailableTopic> {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().take(MAX_WORDS).collect();
    let mut found: Vec<(u32, &AvailableTopic)> = topics
        .iter()
        .filter_map(|topic| {
            let name = topic.template.to_lowercase();
            let description = topic.description.to_lowercase();
            let mut worth = 0;
            for word in &words {
                worth += worth_of(word, &name, &description)
                    .or_else(|| is_needed(word, topic).then_some(1))?;
            }
            Some((worth, topic))
        })
        .collect();
    found.sort_by_cached_key(|(worth, topic)| {
        let known = Topic::received(&topic.filled(&["x", "x", "x"])).subject() != Subject::Other;
        (Reverse(*worth), !topic.is_on_sockets(), !known, topic.template.len(), &topic.template)
    });
    found.into_iter().map(|(_, topic)| topic).collect()
}

/// Whether the word is how the topic is delivered, or a permission that it asks for. One with a colon:
/// "queue" is meant for the topic, and stands in the permissions of many others.
fn is_needed(word: &str, topic: &AvailableTopic) -> bool {
    let holds = |text: &String| text.to_lowercase().contains(word);
    let permissions = || topic.requirements.iter().flatten().flat_map(|need| &need.permissions);
    topic.transports.iter().any(holds) || (word.contains(':') && permissions().any(holds))
}

/// How well one word is met: as a whole part of the name, at the beginning of one, within the name,
/// or in the description only.
fn worth_of(word: &str, name: &str, description: &str) -> Option<u32> {
    let parts = || name.split('.');
    if name == word {
        Some(16)
    } else if parts().any(|part| part == word) {
        Some(8)
    } else if parts().any(|part| part.starts_with(word)) {
        Some(4)
    } else if name.contains(word) {
        Some(2)
    } else {
        description.contains(word).then_some(1)
    }
}
