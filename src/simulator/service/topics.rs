//! What the simulated service takes for a topic.
use super::rest::like;
use super::state::{Bearer, State};
use crate::simulator::world::{EntityKind, World};

/// Templates of the vendor's public catalogue, one a line.
const CATALOGUE: &str = include_str!("../../../assets/topics.txt");
/// Longest topic id.
pub(super) const MAX_CHARACTERS: usize = 200;
/// Most topics on one channel.
pub(super) const MAX_TOPICS: usize = 1_000;

/// Every template.
pub(super) fn templates() -> impl Iterator<Item = &'static str> {
    CATALOGUE.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// The single topics of a combined one; any other is itself.
pub(super) fn singles(topic: &str) -> Vec<String> {
    match topic.split_once('?') {
        Some((prefix, parts)) => parts.split('&').map(|part| format!("{prefix}.{part}")).collect(),
        None => vec![topic.to_owned()],
    }
}

/// The template that a single topic follows, compared without case.
pub(super) fn template_of(topic: &str) -> Option<&'static str> {
    templates().find(|template| {
        let mut parts = topic.split('.');
        // no list is made of the parts: a thousand topics are compared with 242 templates
        template.split('.').all(|wanted| {
            parts.next().is_some_and(|part| {
                (wanted == "{id}" && !part.is_empty()) || wanted.eq_ignore_ascii_case(part)
            })
        }) && parts.next().is_none()
    })
}

/// The id in the place of the first `{id}`.
fn id_in<'a>(template: &str, topic: &'a str) -> Option<&'a str> {
    let place = template.split('.').position(|part| part == "{id}")?;
    topic.split('.').nth(place)
}

/// Permissions that a topic's template asks for.
pub(super) fn permissions(template: &str) -> &'static [&'static str] {
    if template.starts_with("v2.analytics.queues") {
        &["analytics:queueObservation:view", "analytics:conversationAggregate:view"]
    } else if template.starts_with("v2.analytics.users") {
        &["analytics:userAggregate:view", "analytics:conversationAggregate:view"]
    } else if template.contains("workforcemanagement") {
        &["wfm:agentSchedule:view"]
    } else if template.contains(".conversations") {
        &["conversation:communication:view"]
    } else if template.starts_with("v2.users.{id}.") {
        &["directory:user:view"]
    } else if template.starts_with("v2.routing.queues") {
        &["routing:queue:view"]
    } else if template.contains("architect") {
        &["architect:dependencyTracking:view"]
    } else {
        &[]
    }
}

/// Whether the permission must be granted in the division of the queue that the topic names.
pub(super) fn by_division(template: &str) -> bool {
    template.starts_with("v2.routing.queues") || template.starts_with("v2.analytics.queues")
}

/// Where a template's events are delivered.
pub(super) fn transports(template: &str) -> &'static [&'static str] {
    let single =
        template.contains("acd") || template.contains("customer") || template.contains("user.");
    if template.starts_with("v2.detail.events.agent") || template.contains("outbound.contactlists")
    {
        &["EventBridge"]
    } else if template.starts_with("v2.detail.events") && !single {
        &["EventBridge", "ProcessAutomation"]
    } else if template.starts_with("v2.users") {
        &["Websocket"]
    } else {
        &["All"]
    }
}

/// Permissions that `bearer` lacks for a single topic; `None` when the topic is unknown.
pub(super) fn missing(world: &World, bearer: &Bearer, topic: &str) -> Option<Vec<&'static str>> {
    let template = template_of(topic)?;
    let id = id_in(template, topic).unwrap_or_default();
    if template.contains("workforcemanagement") {
        return Some(permissions(template).to_vec());
    }
    if by_division(template) {
        let hidden = bearer.limited
            && !first_queues(world).iter().any(|queue| queue.eq_ignore_ascii_case(id));
        if hidden || !world.exists(EntityKind::Queue, id) {
            return Some(permissions(template).to_vec());
        }
    }
    let of_user = template.starts_with("v2.users.{id}.");
    if of_user && (bearer.limited || !world.exists(EntityKind::User, id)) {
        // a person may always see their own
        let own = bearer.user.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(id));
        return Some(if own { Vec::new() } else { permissions(template).to_vec() });
    }
    Some(Vec::new())
}

impl State {
    /// The same with what the switches forbid.
    pub(super) fn missing(&self, bearer: &Bearer, topic: &str) -> Option<Vec<String>> {
        let missing = match self.settings.tape {
            // who was recorded is nobody of the contact centre
            Some(_) => template_of(topic).map(|_| Vec::new())?,
            None => missing(&self.world, bearer, topic)?,
        };
        let mut missing: Vec<String> = missing.into_iter().map(str::to_owned).collect();
        let lowered = topic.to_ascii_lowercase();
        let id = template_of(topic).and_then(|template| id_in(template, &lowered));
        for forbidden in &self.switches.forbid {
            let is_one_of = |name: Option<&String>, of: fn(&Self, &str) -> Option<String>| {
                name.is_none_or(|name| id.and_then(|id| of(self, id)).as_ref() == Some(name))
            };
            let fits = like(&forbidden.topic.to_ascii_lowercase(), &lowered)
                && is_one_of(forbidden.queue.as_ref(), Self::queue_name)
                && is_one_of(forbidden.division.as_ref(), Self::division_name);
            if fits && !missing.contains(&forbidden.permission) {
                missing.push(forbidden.permission.clone());
            }
        }
        Some(missing)
    }

    /// The name of the queue with this id, in lower case: the tape's where one is played.
    fn queue_name(&self, id: &str) -> Option<String> {
        match &self.settings.tape {
            Some(tape) => tape.summary.queues.get(id).cloned(),
            None => self.world.queue_name(id).map(str::to_owned),
        }
    }

    /// The name of the division of the queue or user with this id, in lower case.
    fn division_name(&self, id: &str) -> Option<String> {
        match &self.settings.tape {
            Some(tape) => tape.summary.divisions.get(id).cloned(),
            None => self.world.division_of(id).map(str::to_owned),
        }
    }
}

/// The queues that the limited client may see.
pub(super) fn first_queues(world: &World) -> Vec<String> {
    world.queue_names().take(2).map(|(id, _)| id.to_owned()).collect()
}
