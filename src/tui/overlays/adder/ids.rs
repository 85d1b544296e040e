//! What a template's ids can be: queues and users by name, conversations by who has them.
//!
//! Must not know which template they are for.
use super::{MAX_OFFERS, Offer};
use crate::domain::available::Placeholder;
use crate::domain::conversation::Conversation;
use crate::domain::identity::{ConversationId, QueueId, UserId};
use crate::domain::monitor::Monitor;
use crate::domain::monitor::conversations::Row;
use crate::domain::text::harmless_within;
use crate::tui::names::MAX_CELL;
use std::collections::HashSet;

/// The ids that fit what is typed; those whose names begin with it first.
///
/// What fits none can be an id all the same, if it looks like one. A name with a slip in it must not
/// go out as an id: the service would refuse the whole request.
pub(super) fn offers(
    placeholder: &Placeholder,
    typed: &str,
    near: Option<&ConversationId>,
    monitor: &Monitor,
) -> Vec<Offer> {
    let typed = typed.trim();
    let wanted = typed.to_lowercase();
    let directory = &monitor.directory;
    let mut offers = match placeholder {
        Placeholder::Queue => {
            named(directory.queues().map(|(id, name)| (id.as_str(), name)), &wanted)
        }
        Placeholder::User => {
            named(directory.users().map(|(id, name)| (id.as_str(), name)), &wanted)
        }
        Placeholder::Conversation => conversations(&wanted, near, monitor),
        Placeholder::Other(_) => Vec::new(),
    };
    let takes_any = matches!(placeholder, Placeholder::Other(_)) && !typed.is_empty();
    if offers.is_empty() && (takes_any || is_id(typed)) {
        offers.push(Offer::Id { id: typed.to_owned(), name: harmless_within(typed, MAX_CELL) });
    }
    offers
}

/// Whether it has the form of the service's ids, a UUID.
fn is_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Those whose name holds `wanted`, or whose id begins with it.
fn named<'a>(all: impl Iterator<Item = (&'a str, &'a str)>, wanted: &str) -> Vec<Offer> {
    let mut found: Vec<(bool, &str, &str)> = all
        .filter_map(|(id, name)| {
            let lower = name.to_lowercase();
            let fits = lower.contains(wanted) || id.to_lowercase().starts_with(wanted);
            fits.then(|| (!lower.starts_with(wanted), name, id))
        })
        .collect();
    found.sort_unstable();
    let offer =
        |(_, name, id): (bool, &str, &str)| Offer::Id { id: id.to_owned(), name: name.to_owned() };
    found.into_iter().take(MAX_OFFERS).map(offer).collect()
}

/// Live conversations whose id begins with `wanted`, or whose queue's or agent's name holds it: the
/// one that is chosen on its screen first. A customer's name is no way to find one, since what is
/// masked must not be found out by trying.
fn conversations(wanted: &str, near: Option<&ConversationId>, monitor: &Monitor) -> Vec<Offer> {
    // looked up by name once, so that no text is made for each of some 100,000 conversations
    let holds = |name: &str| name.to_lowercase().contains(wanted);
    let directory = &monitor.directory;
    let queues: HashSet<&QueueId> =
        directory.queues().filter(|(_, name)| holds(name)).map(|(id, _)| id).collect();
    let agents: HashSet<&UserId> =
        directory.users().filter(|(_, name)| holds(name)).map(|(id, _)| id).collect();
    let fits = |row: &&Row| {
        let standing = &row.standing;
        row.conversation.id.as_str().starts_with(wanted)
            || standing.queue.as_ref().is_some_and(|queue| queues.contains(queue))
            || standing.agent.as_ref().is_some_and(|agent| agents.contains(agent))
    };
    let mut rows: Vec<&Row> =
        monitor.conversations.iter().map(|(_, row)| row).filter(fits).collect();
    rows.sort_unstable_by_key(|row| {
        let id = &row.conversation.id;
        (near != Some(id), id)
    });
    let offer = |row: &&Row| {
        let mark = if near == Some(&row.conversation.id) { " (chosen in the list)" } else { "" };
        Offer::Id {
            id: row.conversation.id.to_string(),
            name: format!("{}{mark}", described(row, monitor)),
        }
    };
    rows.iter().take(MAX_OFFERS).map(offer).collect()
}

/// A conversation in words: its medium, queue and agent, as far as they are known.
fn described(row: &Row, monitor: &Monitor) -> String {
    let Conversation { id, .. } = &*row.conversation;
    let media = row.conversation.media().first().map(|media| media.word());
    let queue = row.standing.queue.as_ref().map(|queue| monitor.directory.queue(queue));
    let agent = row.standing.agent.as_ref().map(|agent| monitor.directory.user(agent));
    let words: Vec<&str> = [media, queue, agent].into_iter().flatten().collect();
    if words.is_empty() { harmless_within(id.as_str(), MAX_CELL) } else { words.join(" · ") }
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn an_id_is_told_from_a_name() {
        assert!(is_id("33333333-3333-4333-8333-33333333333a"));
        for name in ["", "Billing", "Back-Office-EU-1-2", "33333333-3333-4333-8333-33333333333z"] {
            assert!(!is_id(name), "{name}");
        }
    }
}
