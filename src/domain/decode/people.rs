//! Bodies about people: presence, routing status, activity, queue membership.
//!
//! Presence frames carry no user id; it comes from the topic's name. Each change keeps the time
//! that the service gives it, since several topics tell the same and may overtake each other.
use super::Body;
use super::wire::{Reference, Time, filled, read};
use crate::domain::agent::{AgentChange, Presence, Routing, RoutingStatus};
use crate::domain::control::AgentState;
use crate::domain::identity::{PresenceId, QueueId, UserId};
use serde::Deserialize;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireQueueMember {
    id: Option<String>,
    user: Option<Reference>,
    queue_id: Option<String>,
    joined: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WirePresence {
    presence_definition: Option<WirePresenceDefinition>,
    message: Option<String>,
    presence_message: Option<String>,
    modified_date: Time,
    primary: Option<bool>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WirePresenceDefinition {
    id: Option<String>,
    system_presence: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireRouting {
    status: Option<String>,
    start_time: Time,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireActivity {
    id: Option<String>,
    routing_status: Option<WireRouting>,
    presence: Option<WirePresence>,
    active_queue_ids: Option<Vec<String>>,
    out_of_office: Option<WireOutOfOffice>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireOutOfOffice {
    active: Option<bool>,
}

/// `v2.routing.queues.{id}.users`.
pub(super) fn queue_member(queue: QueueId, body: &str) -> Result<Body, String> {
    let wire: WireQueueMember = read(body)?;
    let user = Reference::id(wire.user.as_ref())
        .map(str::to_owned)
        .or(filled(wire.id))
        .ok_or("eventBody: a queue member without a user")?;
    let queue = filled(wire.queue_id).map_or(queue, |id| QueueId::new(&id));
    let joined = wire.joined.ok_or("eventBody.joined: missing")?;
    Ok(Body::QueueMember { queue, user: UserId::new(&user), joined })
}

/// `v2.users.{id}.presence`.
pub(super) fn presence(user: UserId, body: &str) -> Result<Body, String> {
    let wire: WirePresence = read(body)?;
    // a person has a presence per source; only the primary one is theirs
    let presence = if wire.primary == Some(false) { None } else { wire.into_model() };
    Ok(Body::Agent { user, change: AgentChange { presence, ..AgentChange::default() } })
}

/// `v2.users.{id}.routingStatus`.
pub(super) fn routing_status(user: UserId, body: &str) -> Result<Body, String> {
    #[derive(Deserialize, Default)]
    #[serde(rename_all = "camelCase", default)]
    struct Wire {
        routing_status: Option<WireRouting>,
    }
    let wire: Wire = read(body)?;
    let routing = wire.routing_status.and_then(WireRouting::into_model);
    Ok(Body::Agent { user, change: AgentChange { routing, ..AgentChange::default() } })
}

/// `v2.users.{id}.activity`.
pub(super) fn activity(user: UserId, body: &str) -> Result<Body, String> {
    let wire: WireActivity = read(body)?;
    let user = filled(wire.id).map_or(user, |id| UserId::new(&id));
    let change = AgentChange {
        presence: wire.presence.and_then(WirePresence::into_model),
        routing: wire.routing_status.and_then(WireRouting::into_model),
        queues: wire.active_queue_ids.map(|ids| ids.iter().map(|id| QueueId::new(id)).collect()),
        out_of_office: wire.out_of_office.and_then(|away| away.active),
    };
    Ok(Body::Agent { user, change })
}

/// A page of `GET /api/v2/users?expand=presence,routingStatus`; each user has the form of an
/// activity, but for the queues.
pub(super) fn answer(text: &str) -> Result<Vec<AgentState>, String> {
    #[derive(Deserialize, Default)]
    #[serde(default)]
    struct Wire {
        entities: Vec<WireActivity>,
    }
    let wire: Wire = read(text)?;
    let told = |user: WireActivity| {
        let state = AgentChange {
            presence: user.presence.and_then(WirePresence::into_model),
            routing: user.routing_status.and_then(WireRouting::into_model),
            ..AgentChange::default()
        };
        Some(AgentState { user: UserId::new(&filled(user.id)?), state })
    };
    Ok(wire.entities.into_iter().filter_map(told).collect())
}

impl WirePresence {
    fn into_model(self) -> Option<Presence> {
        let definition = self.presence_definition?;
        Some(Presence {
            system: filled(definition.system_presence)?.to_ascii_uppercase().replace(' ', "_"),
            definition: filled(definition.id).map(|id| PresenceId::new(&id)),
            message: filled(self.message).or(filled(self.presence_message)),
            since: self.modified_date.0,
        })
    }
}

impl WireRouting {
    fn into_model(self) -> Option<Routing> {
        Some(Routing { status: RoutingStatus::of(&filled(self.status)?), since: self.start_time.0 })
    }
}
