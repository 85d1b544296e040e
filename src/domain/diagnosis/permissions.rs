//! What the watched topics ask for, by the service's catalogue, and what became of subscribing.
use super::{Blame, Check, Finding};
use crate::domain::control::TopicOutcome;
use crate::domain::monitor::directory::Directory;
use crate::domain::topic::Topic;
use std::collections::BTreeSet;

/// Names quoted in a sentence at most.
const MAX_QUOTED: usize = 5;

/// A template of the catalogue with what matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CatalogueTopic {
    /// The template, such as `v2.routing.queues.{id}.conversations`.
    pub template: String,
    /// Where its events are delivered.
    pub transports: Vec<String>,
    /// Permissions that are asked for.
    pub permissions: Vec<String>,
    /// Whether a person may have their own without them.
    pub own_is_free: bool,
    /// Whether the permission must hold in the division of the queue or user.
    pub by_division: bool,
}

impl CatalogueTopic {
    fn fits(&self, topic: &Topic) -> bool {
        let wanted: Vec<&str> = self.template.split('.').collect();
        let parts: Vec<&str> = topic.as_str().split('.').collect();
        wanted.len() == parts.len()
            && wanted.iter().zip(&parts).all(|(wanted, part)| {
                (wanted.starts_with('{') && !part.is_empty()) || wanted.eq_ignore_ascii_case(part)
            })
    }

    /// Whether events come over a socket at all. Without a word about it: yes.
    fn on_sockets(&self) -> bool {
        self.transports.is_empty()
            || self.transports.iter().any(|transport| {
                transport.eq_ignore_ascii_case("all") || transport.eq_ignore_ascii_case("websocket")
            })
    }
}

/// Judges what the topics ask for.
#[must_use]
pub fn needed(topics: &[Topic], catalogue: &[CatalogueTopic]) -> Finding {
    let singles: Vec<Topic> = topics.iter().flat_map(Topic::singles).collect();
    let mut off_socket = BTreeSet::new();
    let mut unknown = BTreeSet::new();
    let mut asked = BTreeSet::new();
    let mut by_division = false;
    let mut reachable = 0_usize;
    for topic in &singles {
        match catalogue.iter().find(|known| known.fits(topic)) {
            None => {
                unknown.insert(topic.as_str().to_owned());
            }
            Some(known) if !known.on_sockets() => {
                off_socket.insert(known.template.clone());
            }
            Some(known) => {
                reachable += 1;
                by_division |= known.by_division;
                if known.permissions.is_empty() {
                    continue;
                }
                let own = if known.own_is_free { " (or one's own)" } else { "" };
                asked.insert(format!("{}{own}", known.permissions.join(" + ")));
            }
        }
    }
    let quoted = |names: &BTreeSet<String>| {
        let shown: Vec<&str> = names.iter().take(MAX_QUOTED).map(String::as_str).collect();
        let more = if names.len() > MAX_QUOTED { ", …" } else { "" };
        format!("{}{more}", shown.join(", "))
    };
    let needs = if asked.is_empty() { "no permission".to_owned() } else { quoted(&asked) };
    let division = if by_division { ", granted in the division of each queue or user" } else { "" };
    let told = format!("{} topics are watched; they ask for {needs}{division}", singles.len());
    if !off_socket.is_empty() {
        let told = format!(
            "{told}; only EventBridge delivers {}: no socket ever will",
            quoted(&off_socket)
        );
        let remedy = "take these topics out of the profile, or receive them by Amazon EventBridge";
        if reachable == 0 && unknown.is_empty() {
            return Finding::fault(Check::Permissions, Blame::Configuration, &told).remedy(remedy);
        }
        return Finding::warning(Check::Permissions, &told).remedy(remedy);
    }
    if !unknown.is_empty() {
        let told = format!("{told}; the service's catalogue doesn't have {}", quoted(&unknown));
        return Finding::warning(Check::Permissions, &told)
            .remedy("compare the topic's name with `gcwatch topics`: one queue, user or conversation a topic, no wild-cards");
    }
    Finding::good(Check::Permissions, &told)
}

/// Judges what became of subscribing. `directory` knows the divisions of queues and users.
#[must_use]
pub fn subscribed(outcomes: &[TopicOutcome], directory: &Directory) -> Finding {
    let rejected: Vec<&TopicOutcome> =
        outcomes.iter().filter(|outcome| outcome.rejection.is_some()).collect();
    // a combined topic that is permitted is told whole, its refused parts one by one: all by their parts
    let all: BTreeSet<Topic> =
        outcomes.iter().flat_map(|outcome| outcome.topic.singles()).collect();
    let refused: BTreeSet<Topic> =
        rejected.iter().flat_map(|outcome| outcome.topic.singles()).collect();
    let permitted = all.len() - refused.len();
    if rejected.is_empty() {
        return Finding::good(
            Check::Subscription,
            &format!("all {permitted} topics are permitted"),
        );
    }
    let mut missing = BTreeSet::new();
    let mut reasons = BTreeSet::new();
    for rejection in rejected.iter().filter_map(|outcome| outcome.rejection.as_ref()) {
        missing.extend(rejection.missing_permissions.iter().cloned());
        reasons.insert(rejection.reason.clone());
    }
    let names: Vec<&str> =
        rejected.iter().take(MAX_QUOTED).map(|outcome| outcome.topic.as_str()).collect();
    let reason: Vec<&String> = reasons.iter().take(2).collect();
    let reason = reason.into_iter().cloned().collect::<Vec<_>>().join("; ");
    let told = format!(
        "{} of {} topics are rejected ({reason}): {}{}",
        refused.len(),
        all.len(),
        names.join(", "),
        if rejected.len() > MAX_QUOTED { ", …" } else { "" }
    );
    let remedy = if missing.is_empty() {
        "compare the topics' names with `gcwatch topics`, and that the queues and users exist and lie in a division that this client or user may see".to_owned()
    } else {
        let missing: Vec<String> = missing.into_iter().take(MAX_QUOTED).collect();
        let topics = rejected.iter().map(|outcome| &outcome.topic);
        format!(
            "ask an administrator to grant {} to the role of this client or user, in {}",
            missing.join(", "),
            directory.divisions_in_words(topics, MAX_QUOTED)
        )
    };
    let context =
        rejected.iter().find_map(|outcome| outcome.rejection.as_ref()?.context_id.clone());
    let finding = if permitted == 0 {
        Finding::fault(Check::Subscription, Blame::Permission, &told)
    } else {
        Finding::warning(Check::Subscription, &told)
    };
    finding.remedy(&remedy).context(context.as_deref())
}

#[cfg(test)]
mod tests {
    use super::subscribed;
    use crate::domain::control::{Control, Divisions, Named, Rejection, TopicOutcome};
    use crate::domain::identity::QueueId;
    use crate::domain::monitor::directory::Directory;
    use crate::domain::topic::Topic;

    fn refused(topic: &str) -> TopicOutcome {
        TopicOutcome {
            topic: Topic::received(topic),
            rejection: Some(Rejection {
                reason: "missing permissions".to_owned(),
                missing_permissions: vec!["routing:queue:view".to_owned()],
                context_id: None,
            }),
        }
    }

    fn id(number: usize) -> String {
        format!("{number:08}-1111-4111-8111-111111111111")
    }

    /// Two topics of each of so many queues.
    fn of_queues(numbers: std::ops::Range<usize>) -> Vec<TopicOutcome> {
        let parts = |number| {
            ["conversations", "users"]
                .map(|part| refused(&format!("v2.routing.queues.{}.{part}", id(number))))
        };
        numbers.flat_map(parts).collect()
    }

    fn lying_in(division: &str, numbers: std::ops::Range<usize>) -> Control {
        let named = |number| Named { id: QueueId::new(&id(number)), name: division.to_owned() };
        let queues = numbers.map(named).collect();
        Control::Divisions(Divisions { queues, users: Vec::new() })
    }

    #[test]
    fn the_remedy_names_each_division_once_and_not_all_of_many() {
        let mut directory = Directory::default();
        directory.learn(lying_in("Retail", 0..6));
        directory.learn(lying_in("Insurance", 6..7));
        let remedy = |numbers| subscribed(&of_queues(numbers), &directory).remedy;
        assert_eq!(
            remedy(0..8).as_deref(),
            Some(
                "ask an administrator to grant routing:queue:view to the role of this client or user, in the division Insurance, the division Retail, the division of queue 00000007"
            )
        );
        let many = remedy(0..12).unwrap_or_default();
        assert_eq!(many.matches("the division ").count(), 5, "{many}");
        assert!(many.contains("Insurance") && many.contains("Retail"), "{many}");
        assert!(many.ends_with(", …"), "{many}");
    }

    #[test]
    fn parts_of_combined_topics_are_counted_alike_whether_refused_or_not() {
        let whole = format!("v2.routing.queues.{}?conversations&users&calls&chats", id(1));
        let permitted = TopicOutcome { topic: Topic::received(&whole), rejection: None };
        let part = refused(&format!("v2.routing.queues.{}.users", id(1)));
        let told = |outcomes: &[TopicOutcome]| subscribed(outcomes, &Directory::default()).found;
        assert_eq!(told(std::slice::from_ref(&permitted)), "all 4 topics are permitted");
        let some = told(&[permitted, part]);
        assert!(some.starts_with("1 of 4 topics are rejected"), "{some}");
    }
}
