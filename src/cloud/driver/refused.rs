//! What to say when the service takes none of the topics.
use crate::cloud::channels::Subscribed;
use crate::domain::session::{Failure, FailureKind};

/// Topics that are named in the sentence; a terminal's screen takes no more. Each one's own reason
/// is told beside, in the list of topics.
const MAX_NAMED: usize = 12;

/// Why none of the topics is taken, if none is. For want of permission only if that is so of every
/// one of them: otherwise something else than a role has to be changed too. Topics that are refused
/// for the same reason are named together.
pub(super) fn nothing_taken(subscribed: &Subscribed) -> Option<Failure> {
    if subscribed.ids > 0 {
        return None;
    }
    let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
    let mut context_id = None;
    for outcome in &subscribed.outcomes {
        let Some(rejection) = &outcome.rejection else { continue };
        context_id = context_id.or_else(|| rejection.context_id.clone());
        let missing = rejection.missing_permissions.join(", ");
        let reason = if missing.is_empty() || rejection.reason.contains(&missing) {
            rejection.reason.clone()
        } else {
            format!("{} (missing {missing})", rejection.reason)
        };
        match by_reason.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, topics)) => topics.push(outcome.topic.as_str()),
            None => by_reason.push((reason, vec![outcome.topic.as_str()])),
        }
    }
    let refused: usize = by_reason.iter().map(|(_, topics)| topics.len()).sum();
    let sentence = match (refused, by_reason.as_slice()) {
        (0, _) => return None,
        (1, [(reason, topics)]) => format!("the topic {} is refused: {reason}", topics[0]),
        _ => format!("all {refused} topics are refused: {}", reasons(&by_reason)),
    };
    let for_permission = subscribed.not_permitted == refused;
    let kind = if for_permission { FailureKind::NotPermitted } else { FailureKind::Unacceptable };
    Some(Failure { kind, sentence, retry_after: None, context_id })
}

/// Each reason with its topics, as many as are named.
fn reasons(by_reason: &[(String, Vec<&str>)]) -> String {
    let mut left = MAX_NAMED;
    let mut parts = Vec::new();
    let mut unnamed = 0;
    for (reason, topics) in by_reason {
        let (named, rest) = topics.split_at(topics.len().min(left));
        left -= named.len();
        if named.is_empty() {
            unnamed += rest.len();
            continue;
        }
        let more =
            if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        parts.push(format!("{}{more}: {reason}", named.join(", ")));
    }
    if unnamed > 0 {
        parts.push(format!("and {unnamed} more for other reasons"));
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::{MAX_NAMED, nothing_taken};
    use crate::cloud::channels::Subscribed;
    use crate::domain::control::{Rejection, TopicOutcome};
    use crate::domain::session::FailureKind;
    use crate::domain::topic::Topic;

    fn refused(topic: &str, reason: &str, missing: &[&str]) -> TopicOutcome {
        let missing_permissions = missing.iter().map(|&name| name.to_owned()).collect();
        let reason = reason.to_owned();
        let rejection = Rejection { reason, missing_permissions, context_id: Some("c".to_owned()) };
        TopicOutcome { topic: Topic::received(topic), rejection: Some(rejection) }
    }

    #[test]
    fn each_refused_topic_is_named_with_its_reason() {
        let outcomes = vec![
            refused("v2.a", "no", &["x:y:view"]),
            refused("v2.b", "no such topic", &[]),
            refused("v2.c", "no", &["x:y:view"]),
        ];
        let subscribed = Subscribed { outcomes, ids: 0, not_permitted: 2 };
        let failure = nothing_taken(&subscribed).unwrap();
        assert_eq!(
            failure.sentence,
            "all 3 topics are refused: v2.a, v2.c: no (missing x:y:view); v2.b: no such topic"
        );
        assert_eq!(failure.kind, FailureKind::Unacceptable, "a role alone wouldn't help");
        assert_eq!(failure.context_id.as_deref(), Some("c"));
        assert_eq!(nothing_taken(&Subscribed { ids: 1, ..subscribed }), None);
    }

    #[test]
    fn only_where_all_want_permission_it_is_for_want_of_permission() {
        let outcomes = vec![refused("v2.a", "missing x:y:view", &["x:y:view"])];
        let failure = nothing_taken(&Subscribed { outcomes, ids: 0, not_permitted: 1 }).unwrap();
        assert_eq!(failure.sentence, "the topic v2.a is refused: missing x:y:view");
        assert_eq!(failure.kind, FailureKind::NotPermitted);
    }

    #[test]
    fn of_many_some_are_named() {
        let mut outcomes: Vec<_> =
            (0..1_000).map(|n| refused(&format!("v2.t{n}"), "no", &[])).collect();
        outcomes.push(refused("v2.z", "never", &[]));
        let failure =
            nothing_taken(&Subscribed { outcomes, ids: 0, not_permitted: 1_001 }).unwrap();
        assert!(failure.sentence.starts_with("all 1001 topics are refused: v2.t0, v2.t1, "));
        assert_eq!(failure.sentence.matches("v2.").count(), MAX_NAMED);
        assert!(failure.sentence.ends_with("and 988 more: no; and 1 more for other reasons"));
    }
}
