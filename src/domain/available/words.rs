//! Our own sentences for templates, for use without the service and where it says nothing.
use crate::domain::topic::Media;

/// Sentences for whole templates.
const SENTENCES: &[(&str, &str)] = &[
    ("v2.analytics.queues.{id}.activity", "how many wait and talk in a queue now, by medium"),
    (
        "v2.analytics.queues.{id}.observations",
        "a queue's figures: waiting, interacting, agents by status",
    ),
    ("v2.analytics.users.{id}.aggregates", "a user's counts and times of the present half hour"),
    ("v2.analytics.flow.{id}.aggregates", "a flow's counts of the present half hour"),
    ("v2.analytics.wrapup.{id}.aggregates", "how often a wrap-up code was used"),
    ("v2.analytics.conversation.{id}.metrics", "metrics of one conversation, as they arise"),
    ("v2.conversations.{id}.transcription", "what is said in a conversation, as text"),
    ("v2.conversations.{id}.agentchecklist", "the agent's checklist of a conversation"),
    ("v2.detail.events.agent.{id}.state", "each change of an agent's presence or routing status"),
    ("v2.detail.events.conversation.{id}.acw", "after-call work of a conversation"),
    ("v2.detail.events.conversation.{id}.attributes", "attributes set on a participant"),
    ("v2.detail.events.conversation.{id}.wrapup", "a wrap-up code given to a conversation"),
    ("v2.flows.{id}", "changes of a flow's configuration, not the calls in it"),
    ("v2.operations.events.{id}", "operational events of the organisation"),
    (
        "v2.routing.queues.{id}.conversations",
        "conversations of a queue, all media; each frame is a whole snapshot",
    ),
    ("v2.routing.queues.{id}.users", "who joins and leaves a queue"),
    ("v2.system.socket_closing", "the service is about to close the socket; comes by itself"),
    ("v2.users.{id}.activity", "a user's presence, routing status and queues in one"),
    (
        "v2.users.{id}.conversations",
        "conversations of a user, all media; each frame is a whole snapshot",
    ),
    ("v2.users.{id}.conversationsummary", "how many conversations a user has, by medium"),
    ("v2.users.{id}.geolocation", "where a user is"),
    ("v2.users.{id}.outofoffice", "whether a user is out of office"),
    ("v2.users.{id}.presence", "a user's presence, such as Available or Busy"),
    ("v2.users.{id}.routingStatus", "a user's routing status, such as IDLE or INTERACTING"),
    ("v2.users.{id}.station", "the phone that a user is at"),
    ("v2.users.{id}.tokens", "a user's tokens that were ended"),
    ("v2.users.{id}.workforcemanagement.adherence", "whether a user keeps to their schedule"),
];

/// A sentence for the template; empty where there is none.
pub(super) fn description(template: &str) -> String {
    let whole = SENTENCES.iter().find(|(known, _)| known.eq_ignore_ascii_case(template));
    if let Some((_, sentence)) = whole {
        return (*sentence).to_owned();
    }
    let lowered = template.to_ascii_lowercase();
    for (prefix, of) in [
        ("v2.routing.queues.{id}.conversations.", "queue"),
        ("v2.users.{id}.conversations.", "user"),
    ] {
        if let Some(media) = lowered.strip_prefix(prefix).and_then(Media::of_topic_part) {
            return format!("conversations of a {of}, {} only", media.word());
        }
    }
    match lowered.strip_prefix("v2.detail.events.conversation.{id}.") {
        Some(event) => format!("an event of one conversation: {}", event.replace('.', " ")),
        None => String::new(),
    }
}
