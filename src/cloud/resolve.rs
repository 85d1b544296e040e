//! From what people type (`--queue 'Bill*'`) to ids.
//!
//! Matching is done here, whatever the service's own filter matched: that one is only asked in
//! order not to load everything.
use super::client::ServiceClient;
use super::directory::Loaded;
use super::failure::harmless;
use crate::domain::control::Named;
use crate::domain::identity::{QueueId, UserId};
use crate::domain::nearest::nearest;
use crate::domain::session::Failure;
use std::collections::HashSet;
use std::hash::Hash;
use thiserror::Error;

/// Names proposed for one that matched nothing.
const MAX_PROPOSALS: usize = 3;

/// Why a selector gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SelectorError {
    /// Nothing matches.
    #[error("there is no {what} \"{pattern}\" that these credentials may see{}", proposal(.nearest))]
    NoMatch {
        /// What was looked for: `queue` or `user`.
        what: &'static str,
        /// What was typed, shortened and harmless.
        pattern: String,
        /// The names that are most alike, harmless.
        nearest: Vec<String>,
    },
    /// The service could not be asked.
    #[error("{}", .0.sentence)]
    Service(Failure),
}

impl From<Failure> for SelectorError {
    fn from(failure: Failure) -> Self {
        Self::Service(failure)
    }
}

fn proposal(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    format!("; did you mean {}?", quoted.join(" or "))
}

/// The queues that `patterns` name: ids, names, or names with `*`; without regard to case, each
/// queue once, in the order of the patterns. Divisions and goals may tell of further queues, which were
/// read on the way.
///
/// # Errors
/// [`SelectorError`] for the first pattern that matches nothing, with the names nearest to it.
pub async fn resolve_queues(
    client: &ServiceClient,
    patterns: &[String],
) -> Result<Loaded<QueueId>, SelectorError> {
    let mut found = Loaded::nothing();
    let mut everything: Option<Loaded<QueueId>> = None;
    for pattern in patterns.iter().map(|pattern| pattern.trim()) {
        if is_id(pattern) {
            if !client.load_queue(&QueueId::new(pattern), &mut found).await? {
                return Err(no_match::<QueueId>("queue", pattern, &[]));
            }
            continue;
        }
        let mut matching = Vec::new();
        if everything.is_none() {
            let loaded = client.queues(Some(pattern)).await?;
            found.divisions.extend(loaded.divisions);
            found.goals.extend(loaded.goals);
            found.complete &= loaded.complete || !has_star(pattern);
            matching = matches(pattern, loaded.entries);
        }
        if matching.is_empty() {
            let all = if let Some(all) = everything.take() {
                all
            } else {
                let mut all = client.queues(None).await?;
                found.divisions.append(&mut all.divisions);
                found.goals.append(&mut all.goals);
                all
            };
            matching = matches(pattern, all.entries.iter().cloned());
            if matching.is_empty() {
                return Err(no_match("queue", pattern, &all.entries));
            }
            found.complete &= all.complete || !has_star(pattern);
            everything = Some(all);
        }
        found.entries.extend(matching);
    }
    found.entries = once(found.entries);
    Ok(found)
}

/// The users that `patterns` name; as [`resolve_queues`].
///
/// # Errors
/// [`SelectorError`] for the first pattern that matches nothing, with the names nearest to it.
pub async fn resolve_users(
    client: &ServiceClient,
    patterns: &[String],
) -> Result<Loaded<UserId>, SelectorError> {
    let mut found = Loaded::nothing();
    // the list of users has no filter for names: it is loaded once, if at all
    let mut everything: Option<Loaded<UserId>> = None;
    for pattern in patterns.iter().map(|pattern| pattern.trim()) {
        if is_id(pattern) {
            if !client.load_user(&UserId::new(pattern), &mut found).await? {
                return Err(no_match::<UserId>("user", pattern, &[]));
            }
            continue;
        }
        let all = if let Some(all) = everything.take() {
            all
        } else {
            let mut all = client.users().await?;
            found.divisions.append(&mut all.divisions);
            all
        };
        let matching = matches(pattern, all.entries.iter().cloned());
        if matching.is_empty() {
            return Err(no_match("user", pattern, &all.entries));
        }
        found.complete &= all.complete || !has_star(pattern);
        found.entries.extend(matching);
        everything = Some(all);
    }
    found.entries = once(found.entries);
    Ok(found)
}

fn no_match<Id>(what: &'static str, pattern: &str, all: &[Named<Id>]) -> SelectorError {
    let names = all.iter().map(|entry| entry.name.as_str());
    let typed = pattern.replace('*', "");
    let near = nearest(&typed, names, MAX_PROPOSALS);
    SelectorError::NoMatch {
        what,
        pattern: harmless(pattern, 80),
        nearest: near.into_iter().map(|name| harmless(name, 80)).collect(),
    }
}

fn matches<Id>(pattern: &str, entries: impl IntoIterator<Item = Named<Id>>) -> Vec<Named<Id>> {
    let pattern = pattern.to_lowercase();
    entries.into_iter().filter(|entry| is_match(&pattern, &entry.name.to_lowercase())).collect()
}

/// Whether `text` is of the form `pattern`, in which `*` stands for anything, also nothing.
fn is_match(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        // the first place that fits leaves most for the others
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(end)
}

/// Whether a pattern may fit more than one name: only then is something missing where a list was cut.
fn has_star(pattern: &str) -> bool {
    pattern.contains('*')
}

/// Whether `text` has the form of the service's ids: 8-4-4-4-12 hexadecimal digits.
fn is_id(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.iter().all(|group| group.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn once<Id: Clone + Eq + Hash>(entries: Vec<Named<Id>>) -> Vec<Named<Id>> {
    let mut seen = HashSet::new();
    entries.into_iter().filter(|entry| seen.insert(entry.id.clone())).collect()
}

#[cfg(test)]
mod tests;
