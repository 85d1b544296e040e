//! What REST says of the contact centre, and the truth for tests.
use super::figures::SERVICE_TARGET;
use super::model::{Conversation, Medium, Participant, Stand, iso};
use super::people::{Agent, Division, Routing};
use super::{EntityKind, World};
use serde_json::{Value, json};

/// Wrap-up codes: id and name.
pub(super) const WRAPUP_CODES: [(&str, &str); 4] = [
    ("7fb334b0-0e9e-11e4-9191-0800200c9a66", "Default Wrap-up Code"),
    ("3d2b8c1e-5c55-4a0f-8d1a-0a1b2c3d4e01", "Resolved"),
    ("3d2b8c1e-5c55-4a0f-8d1a-0a1b2c3d4e02", "Follow-up"),
    ("3d2b8c1e-5c55-4a0f-8d1a-0a1b2c3d4e03", "Wrong department"),
];
/// Presences: the system's word in events, its word in definitions, and the definition's id.
const PRESENCES: [(&str, &str, &str); 5] = [
    ("AVAILABLE", "Available", "6a3af858-942f-489d-9700-5f9bcdcdae9b"),
    ("ON_QUEUE", "On Queue", "e08eaf1b-ee47-4fa9-a231-1200e284798f"),
    ("BREAK", "Break", "227b37e2-f1d0-4dd0-8f50-badd7cf6d158"),
    ("MEAL", "Meal", "3fd96123-badb-4f69-bc03-1b1ccc6d8014"),
    ("MEETING", "Meeting", "197c7a02-b0a8-4eb9-9e7e-5b0e5a5d5a10"),
];

pub(super) fn presence_id(presence: &str) -> &'static str {
    PRESENCES.iter().find(|(word, ..)| *word == presence).map_or("", |(_, _, id)| id)
}

/// Dimension and value of every predicate in a filter of analytics, however it is nested in
/// clauses (two levels, as the service has).
pub(super) fn predicates(filter: &Value) -> Vec<(String, String)> {
    let own = filter["predicates"].as_array().into_iter().flatten();
    let clauses = filter["clauses"].as_array().into_iter().flatten();
    own.chain(clauses.flat_map(|clause| clause["predicates"].as_array().into_iter().flatten()))
        .filter_map(|predicate| {
            let value = predicate["value"].as_str().unwrap_or_default();
            Some((predicate["dimension"].as_str()?.to_owned(), value.to_owned()))
        })
        .collect()
}

/// A division as REST gives it beside what lies in it.
fn told(division: &Division) -> Value {
    json!({
        "id": division.id,
        "name": division.name,
        "selfUri": format!("/api/v2/authorization/divisions/{}", division.id),
    })
}

impl World {
    /// Id and name of every queue.
    pub fn queue_names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.queues.iter().map(|queue| (queue.id.as_str(), queue.name.as_str()))
    }

    /// The name of the queue with this id.
    #[must_use]
    pub fn queue_name(&self, id: &str) -> Option<&str> {
        self.queue_index.get(id).map(|queue| self.queues[*queue].name.as_str())
    }

    /// One queue, as REST gives it.
    #[must_use]
    pub fn queue(&self, id: &str) -> Option<Value> {
        let queue = &self.queues[*self.queue_index.get(&id.to_ascii_lowercase())?];
        let mut settings = serde_json::Map::new();
        for (name, medium) in [
            ("call", Medium::Call),
            ("callback", Medium::Callback),
            ("chat", Medium::Chat),
            ("email", Medium::Email),
            ("message", Medium::Message),
        ] {
            settings.insert(
                name.to_owned(),
                json!({
                    "alertingTimeoutSeconds": 30,
                    "serviceLevel": {
                        "percentage": SERVICE_TARGET,
                        "durationMs": medium.threshold_ms(),
                    },
                }),
            );
        }
        Some(json!({
            "id": queue.id,
            "name": queue.name,
            "division": told(&queue.division),
            "memberCount": queue.members.len(),
            "mediaSettings": settings,
            "selfUri": format!("/api/v2/routing/queues/{}", queue.id),
        }))
    }

    /// The id of every user.
    pub fn user_ids(&self) -> impl Iterator<Item = &str> {
        self.agents.iter().map(|agent| agent.id.as_str())
    }

    fn user_at(&self, index: usize) -> Value {
        let agent = &self.agents[index];
        json!({
            "id": agent.id,
            "name": agent.name,
            "email": format!("agent{index}@example.com"),
            "division": told(self.home(agent)),
            "state": "active",
            "version": 1,
            "presence": {
                "source": "PURECLOUD",
                "presenceDefinition": {"id": presence_id(agent.presence), "systemPresence": agent.presence},
                "modifiedDate": iso(agent.presence_since),
            },
            "routingStatus": {
                "userId": agent.id,
                "status": agent.routing.word(),
                "startTime": iso(agent.routing_since),
            },
            "selfUri": format!("/api/v2/users/{}", agent.id),
        })
    }

    /// One user.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<Value> {
        let index = *self.agent_index.get(&id.to_ascii_lowercase())?;
        Some(self.user_at(index))
    }

    /// The members of a queue.
    #[must_use]
    pub fn queue_members(&self, queue: &str) -> Option<Vec<Value>> {
        let queue = *self.queue_index.get(&queue.to_ascii_lowercase())?;
        let members = self.queues[queue].members.iter().map(|index| (*index, &self.agents[*index]));
        Some(
            members
                .map(|(index, agent)| {
                    json!({
                        "id": agent.id,
                        "name": agent.name,
                        "joined": agent.routing != Routing::OffQueue,
                        "user": self.user_at(index),
                    })
                })
                .collect(),
        )
    }

    /// The organisation.
    #[must_use]
    pub fn organization(&self) -> Value {
        json!({"id": self.organization, "name": "Simulated Contact Centre", "domain": "simulated.example"})
    }

    /// The division of a user: that of the first queue in which they work.
    fn home(&self, agent: &Agent) -> &Division {
        &self.queues[agent.queues[0]].division
    }

    /// The name of the division of the queue or user with this id.
    #[must_use]
    pub fn division_of(&self, id: &str) -> Option<&str> {
        let id = id.to_ascii_lowercase();
        let queue = self.queue_index.get(&id).map(|queue| &self.queues[*queue].division);
        let user = || self.agent_index.get(&id).map(|agent| self.home(&self.agents[*agent]));
        Some(queue.or_else(user)?.name)
    }

    /// Whether there is such a thing.
    #[must_use]
    pub fn exists(&self, kind: EntityKind, id: &str) -> bool {
        match kind {
            EntityKind::Queue => self.queue_index.contains_key(&id.to_ascii_lowercase()),
            EntityKind::User => self.agent_index.contains_key(&id.to_ascii_lowercase()),
            EntityKind::Conversation => self.by_id.contains_key(&id.to_ascii_lowercase()),
            EntityKind::Flow => self.flow.eq_ignore_ascii_case(id),
        }
    }

    /// Presence definitions.
    #[must_use]
    pub fn presence_definitions(&self) -> Vec<Value> {
        let definitions = PRESENCES.iter();
        definitions
            .map(|(_, word, id)| json!({"id": id, "systemPresence": word, "languageLabels": {"en_US": word}, "primary": true}))
            .collect()
    }

    /// Wrap-up codes.
    #[must_use]
    pub fn wrapup_codes(&self) -> Vec<Value> {
        WRAPUP_CODES.iter().map(|(id, name)| json!({"id": id, "name": name})).collect()
    }

    /// One conversation, as `GET /api/v2/conversations/{id}` gives it.
    #[must_use]
    pub fn conversation(&self, id: &str) -> Option<Value> {
        let key = self.by_id.get(&id.to_ascii_lowercase())?;
        let conversation = self.conversations.get(key)?;
        let mut body = self.nested(conversation, None);
        body["startTime"] = iso(conversation.began);
        if let Some(at) = conversation.ended {
            body["endTime"] = iso(at);
        }
        Some(body)
    }

    /// The answer to `POST /api/v2/analytics/conversations/details/query`.
    #[must_use]
    pub fn details_query(&self, body: &Value) -> Value {
        let filters = |name: &str| -> Vec<(String, String)> {
            body[name].as_array().into_iter().flatten().flat_map(predicates).collect()
        };
        let live_only = filters("conversationFilters")
            .iter()
            .any(|(dimension, _)| dimension == "conversationEnd");
        let asked = |dimension: &str| -> Vec<String> {
            let named = filters("segmentFilters").into_iter().filter(|(name, _)| name == dimension);
            named.map(|(_, id)| id.to_ascii_lowercase()).collect()
        };
        let (queues, users) = (asked("queueId"), asked("userId"));
        let of_queue = |conversation: &&Conversation| {
            let mut all = conversation.people.iter().filter_map(|person| person.queue);
            queues.is_empty() || all.any(|queue| queues.contains(&self.queues[queue].id))
        };
        let of_user = |conversation: &&Conversation| {
            let mut all = conversation.people.iter().filter_map(|person| person.agent);
            users.is_empty() || all.any(|agent| users.contains(&self.agents[agent].id))
        };
        let matching: Vec<&Conversation> = self
            .conversations
            .values()
            .filter(|conversation| !live_only || conversation.ended.is_none())
            .filter(of_queue)
            .filter(of_user)
            .collect();
        let size = body["paging"]["pageSize"].as_u64().unwrap_or(25).clamp(1, 100);
        let page = body["paging"]["pageNumber"].as_u64().unwrap_or(1).max(1);
        let skip = usize::try_from(size.saturating_mul(page - 1)).unwrap_or(usize::MAX);
        let size = usize::try_from(size).unwrap_or(100);
        let conversations: Vec<Value> =
            matching.iter().skip(skip).take(size).map(|c| self.details(c)).collect();
        let mut answer = json!({"totalHits": matching.len()});
        if !conversations.is_empty() {
            answer["conversations"] = json!(conversations);
        }
        answer
    }

    fn details(&self, conversation: &Conversation) -> Value {
        let participants: Vec<Value> = conversation
            .people
            .iter()
            .map(|person| {
                let mut participant = json!({
                    "participantId": person.id,
                    "participantName": person.name,
                    "purpose": person.purpose,
                    "sessions": [self.session(conversation, person)],
                });
                if let Some(agent) = person.agent {
                    participant["userId"] = json!(self.agents[agent].id);
                }
                participant
            })
            .collect();
        let mut details = json!({
            "conversationId": conversation.id,
            "conversationStart": iso(conversation.began),
            "participants": participants,
        });
        if let Some(at) = conversation.ended {
            details["conversationEnd"] = iso(at);
        }
        details
    }

    fn session(&self, conversation: &Conversation, person: &Participant) -> Value {
        let mut segments = Vec::new();
        let mut segment = |kind: &str, start: jiff::Timestamp, end: Option<jiff::Timestamp>| {
            let mut segment =
                json!({"segmentType": kind, "segmentStart": iso(start), "conference": false});
            if let Some(queue) = person.queue {
                segment["queueId"] = json!(self.queues[queue].id);
            }
            if let Some(end) = end {
                segment["segmentEnd"] = iso(end);
                if Some(end) == person.ended && !person.disconnect.is_empty() {
                    segment["disconnectType"] = json!(person.disconnect);
                }
            }
            segments.push(segment);
        };
        let before = match person.stand {
            Stand::Dialing => "dialing",
            Stand::Contacting => "contacting",
            Stand::Scheduled => "scheduled",
            _ => "alert",
        };
        match person.connected {
            None => segment(before, person.started, person.ended),
            Some(connected) => {
                if connected > person.started {
                    segment(before, person.started, Some(connected));
                }
                let kind = if person.purpose == "ivr" { "ivr" } else { "interact" };
                match (person.held_since, person.parked_since) {
                    (Some(held), _) => {
                        segment(kind, connected, Some(held));
                        segment("hold", held, None);
                    }
                    (_, Some(parked)) => {
                        segment(kind, connected, Some(parked));
                        segment("parked", parked, None);
                    }
                    _ => segment(kind, connected, person.ended),
                }
            }
        }
        if let Some(work) = &person.after_call {
            segment("wrapup", work.started, work.ended);
        }
        let mut session = json!({
            "sessionId": person.id,
            "mediaType": conversation.medium.analytics(),
            "direction": person.direction,
            "segments": segments,
        });
        if !person.address.is_empty() {
            session["ani"] = json!(person.address);
        }
        if person.monitors.is_some() {
            session["monitoredParticipantId"] = json!(conversation.people[0].id);
        }
        if let Some(due) = conversation.due.filter(|_| conversation.medium == Medium::Callback) {
            session["callbackScheduledTime"] = iso(due);
        }
        session
    }
}
