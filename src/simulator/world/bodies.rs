//! Conversations as bodies: nested (`….conversations`), flat (`….calls` and so on), and as REST
//! gives them. The same truth, the same participant ids and times, in three spellings.
use super::model::{Conversation, Medium, Participant, Stand, iso};
use super::quirks::Quirk;
use super::script::ALERT_MS;
use super::{UNKNOWN_VALUES, World};
use serde_json::{Map, Value, json};

impl World {
    /// The nested body. `stale`: the participant whose leg still says `connected`.
    pub(super) fn nested(&self, conversation: &Conversation, stale: Option<usize>) -> Value {
        let people = conversation.people.iter().enumerate();
        let participants: Vec<Value> = people
            .map(|(index, person)| {
                self.nested_participant(conversation, person, stale == Some(index))
            })
            .collect();
        let mut body = json!({
            "id": conversation.id,
            "maxParticipants": participants.len(),
            "participants": participants,
            "recordingState": "none",
            "recentTransfers": [],
        });
        if conversation.transfers > 0 {
            body["recentTransfers"] = json!([{
                "id": conversation.id,
                "state": "complete",
                "transferType": "unattended",
            }]);
        }
        body
    }

    fn nested_participant(
        &self,
        conversation: &Conversation,
        person: &Participant,
        stale: bool,
    ) -> Value {
        let mut body = Map::new();
        let empty_references = self.has(Quirk::EmptyReferences, conversation);
        body.insert("id".into(), json!(person.id));
        if let Some(at) = person.connected {
            body.insert("connectedTime".into(), iso(at));
        }
        if let Some(at) = person.ended.filter(|_| !stale) {
            body.insert("endTime".into(), iso(at));
        }
        self.put_common(&mut body, conversation, person);
        if let Some(agent) = person.agent {
            body.insert("userId".into(), json!(self.agents[agent].id));
        }
        if let Some(queue) = person.queue {
            body.insert("queueId".into(), json!(self.queues[queue].id));
        }
        if self.has(Quirk::AdditionalProperties, conversation) {
            body.insert("additionalProperties".into(), json!({}));
        }
        if person.purpose == "acd" || person.purpose == "agent" {
            let queue = match person.queue {
                Some(queue) if person.purpose == "acd" => json!({"id": self.queues[queue].id}),
                _ if empty_references => json!({}),
                _ => Value::Null,
            };
            let mut routing = json!({"priority": 0, "skills": [], "scoredAgents": []});
            if !queue.is_null() {
                routing["queue"] = queue;
            }
            if empty_references {
                routing["language"] = json!({});
            }
            body.insert("conversationRoutingData".into(), routing);
        }
        let leg = self.leg(conversation, person, stale);
        body.insert(conversation.medium.plural().into(), json!([leg]));
        self.leave_out(&mut body, conversation);
        Value::Object(body)
    }

    /// Some bodies lack keys that others have.
    fn leave_out(&self, body: &mut Map<String, Value>, conversation: &Conversation) {
        if self.has(Quirk::AbsentKeys, conversation) {
            for key in ["name", "provider", "wrapupPrompt", "alertingTimeoutMs"] {
                body.remove(key);
            }
        }
    }

    /// Since when the participant's leg is held. Now and then the hold is told on the customer's
    /// leg instead of the agent's.
    fn held(&self, conversation: &Conversation, person: &Participant) -> Option<jiff::Timestamp> {
        if !self.has(Quirk::HeldByCustomer, conversation) {
            return person.held_since;
        }
        let customer = person.purpose == "customer" && person.stand == Stand::Connected;
        let holder = conversation.people.iter().find_map(|other| other.held_since);
        holder.filter(|_| customer)
    }

    /// What participants have in both shapes.
    fn put_common(
        &self,
        body: &mut Map<String, Value>,
        conversation: &Conversation,
        person: &Participant,
    ) {
        body.insert("purpose".into(), json!(person.purpose));
        body.insert("name".into(), json!(person.name));
        if !person.address.is_empty() || self.has(Quirk::EmptyAddress, conversation) {
            body.insert("address".into(), json!(person.address));
        }
        let wraps =
            person.purpose == "agent" && person.monitors.is_none() && person.consults.is_none();
        body.insert("wrapupRequired".into(), json!(wraps));
        if wraps {
            body.insert("wrapupPrompt".into(), json!("optional"));
            body.insert("alertingTimeoutMs".into(), json!(ALERT_MS));
        }
        if let Some(work) = &person.after_call {
            body.insert("startAcwTime".into(), iso(work.started));
            if let Some(at) = work.ended {
                body.insert("endAcwTime".into(), iso(at));
                let seconds = super::emit::milliseconds(work.started, at) / 1_000;
                body.insert(
                    "wrapup".into(),
                    json!({
                        "code": work.code,
                        "notes": "",
                        "tags": [],
                        "durationSeconds": seconds,
                        "endTime": iso(at),
                    }),
                );
            }
        }
        let other = |index: usize| conversation.people.get(index).map(|other| json!(other.id));
        if let Some(id) = person.consults.and_then(other) {
            body.insert("consultParticipantId".into(), id);
        }
        if let Some(id) = person.monitors.and_then(other) {
            body.insert("monitoredParticipantId".into(), id);
        }
        if person.purpose == "customer" {
            let attributes: Map<String, Value> = (0..conversation.attributes)
                .map(|index| {
                    (
                        format!("attribute.{index}"),
                        json!(format!("value {index} · {}", conversation.id)),
                    )
                })
                .collect();
            body.insert("attributes".into(), Value::Object(attributes));
        }
    }

    fn leg(&self, conversation: &Conversation, person: &Participant, stale: bool) -> Value {
        let medium = conversation.medium;
        let mut leg = Map::new();
        let state = if stale { "connected" } else { state_of(person, medium) };
        leg.insert("id".into(), json!(format!("{}-leg", person.id)));
        leg.insert("state".into(), json!(state));
        leg.insert(
            "initialState".into(),
            json!(if person.purpose == "agent" { "alerting" } else { "connected" }),
        );
        leg.insert("provider".into(), json!("Edge"));
        if medium != Medium::Chat {
            leg.insert("direction".into(), json!(person.direction));
        }
        self.put_hold(&mut leg, conversation, person);
        put_times(&mut leg, person, "disconnectedTime");
        if person.ended.is_some() {
            leg.insert("disconnectType".into(), json!(self.disconnect_of(conversation, person)));
        }
        if person.purpose == "agent" {
            let state = match &person.after_call {
                None if person.stand == Stand::Over => "notApplicable",
                None => "unknown",
                Some(work) if work.ended.is_some() => "complete",
                Some(_) => "pending",
            };
            let mut work = json!({"state": state});
            if let Some(after) = &person.after_call {
                work["startTime"] = iso(after.started);
                if let Some(at) = after.ended {
                    work["endTime"] = iso(at);
                }
            }
            leg.insert("afterCallWork".into(), work);
            leg.insert("afterCallWorkRequired".into(), json!(person.after_call.is_some()));
        }
        match medium {
            Medium::Call => {
                leg.insert("muted".into(), json!(false));
                leg.insert("confined".into(), json!(false));
                leg.insert("recording".into(), json!(person.purpose == "customer"));
                let recording = if self.has(Quirk::UnknownRecordingState, conversation) {
                    UNKNOWN_VALUES[0]
                } else {
                    "active"
                };
                leg.insert("recordingState".into(), json!(recording));
                leg.insert(
                    "self".into(),
                    json!({"name": person.name, "nameRaw": person.name,
                    "addressRaw": person.address, "addressNormalized": person.address,
                    "addressDisplayable": person.address}),
                );
            }
            Medium::Callback => {
                if let Some(due) = conversation.due {
                    leg.insert("callbackScheduledTime".into(), iso(due));
                }
                leg.insert("callbackNumbers".into(), json!([person.address]));
                leg.insert("skipEnabled".into(), json!(true));
            }
            Medium::Chat => {
                leg.insert(
                    "roomId".into(),
                    json!(format!("{}@conference.example", conversation.id)),
                );
            }
            Medium::Email => {
                leg.insert("subject".into(), json!(conversation.subject));
                leg.insert("messagesSent".into(), json!(0));
                leg.insert("autoGenerated".into(), json!(false));
            }
            Medium::Message => {
                let kinds = ["webmessaging", "whatsapp", "sms"];
                let kind = kinds[usize::try_from(conversation.key % 3).unwrap_or_default()];
                leg.insert("type".into(), json!(kind));
                leg.insert(
                    "fromAddress".into(),
                    json!({"name": person.name, "addressNormalized": person.address}),
                );
                leg.insert("messages".into(), json!([]));
            }
        }
        Value::Object(leg)
    }

    fn put_hold(
        &self,
        body: &mut Map<String, Value>,
        conversation: &Conversation,
        person: &Participant,
    ) {
        let held = self.held(conversation, person);
        body.insert("held".into(), json!(held.is_some()));
        let stale = person.last_held.filter(|_| self.has(Quirk::StaleHoldTime, conversation));
        if let Some(at) = held.or(stale) {
            body.insert("startHoldTime".into(), iso(at));
        }
    }

    /// How the participant's part ended; now and then in a word that nobody knows.
    fn disconnect_of(&self, conversation: &Conversation, person: &Participant) -> &'static str {
        if person.missed() && self.has(Quirk::UnknownDisconnect, conversation) {
            UNKNOWN_VALUES[1]
        } else {
            person.disconnect
        }
    }

    /// The flat body of the conversation's medium: each participant is a leg.
    pub(super) fn flat(&self, conversation: &Conversation, stale: Option<usize>) -> Value {
        let people = conversation.people.iter().enumerate();
        let participants: Vec<Value> = people
            .map(|(index, person)| {
                self.flat_participant(conversation, person, stale == Some(index))
            })
            .collect();
        let mut body = json!({
            "id": conversation.id,
            "participants": participants,
            "otherMediaUris": [],
            "recordingState": "none",
            "maxParticipants": conversation.people.len(),
        });
        if conversation.medium != Medium::Call {
            body.as_object_mut().map(|body| body.remove("recordingState"));
        }
        if conversation.medium != Medium::Call {
            body.as_object_mut().map(|body| body.remove("maxParticipants"));
        }
        body
    }

    fn flat_participant(
        &self,
        conversation: &Conversation,
        person: &Participant,
        stale: bool,
    ) -> Value {
        let medium = conversation.medium;
        let mut body = Map::new();
        body.insert("id".into(), json!(person.id));
        body.insert("startTime".into(), iso(person.started));
        self.put_common(&mut body, conversation, person);
        put_times(&mut body, person, "endTime");
        let state = match person.stand {
            _ if stale => "connected",
            Stand::Over if medium == Medium::Call && self.has(Quirk::Terminated, conversation) => {
                "terminated"
            }
            _ => state_of(person, medium),
        };
        body.insert("state".into(), json!(state));
        body.insert("direction".into(), json!(person.direction));
        self.put_hold(&mut body, conversation, person);
        body.insert("provider".into(), json!("Edge"));
        if person.ended.is_some() {
            body.insert("disconnectType".into(), json!(self.disconnect_of(conversation, person)));
        }
        if let Some(agent) = person.agent {
            body.insert(
                "user".into(),
                json!({"id": self.agents[agent].id, "name": self.agents[agent].name}),
            );
        }
        if let Some(queue) = person.queue {
            body.insert("queue".into(), json!({"id": self.queues[queue].id}));
        } else if self.has(Quirk::EmptyReferences, conversation) {
            body.insert("queue".into(), json!({}));
        }
        match medium {
            Medium::Call => {
                body.insert("muted".into(), json!(false));
                body.insert("confined".into(), json!(false));
                body.insert("recording".into(), json!(false));
                if person.purpose == "customer" {
                    body.insert("ani".into(), json!(person.address));
                } else if self.has(Quirk::EmptyAddress, conversation) {
                    body.insert("ani".into(), json!(""));
                }
            }
            Medium::Callback => {
                if let Some(due) = conversation.due {
                    body.insert("callbackScheduledTime".into(), iso(due));
                }
                body.insert("callbackNumbers".into(), json!([person.address]));
            }
            Medium::Email => {
                body.insert("subject".into(), json!(conversation.subject));
            }
            Medium::Chat | Medium::Message => {}
        }
        // only the callback and chat forms name their reason this way
        if medium != Medium::Call {
            body.remove("consultParticipantId");
            body.remove("monitoredParticipantId");
        }
        self.leave_out(&mut body, conversation);
        Value::Object(body)
    }
}

/// The state in the medium's own words: not every medium has every state.
fn state_of(person: &Participant, medium: Medium) -> &'static str {
    match (person.stand, medium) {
        (Stand::Scheduled, Medium::Callback) => "scheduled",
        (Stand::Parked, Medium::Email | Medium::Message) => "parked",
        (Stand::Scheduled | Stand::Parked, _) => "connected",
        (stand, _) => stand.word(),
    }
}

fn put_times(body: &mut Map<String, Value>, person: &Participant, end: &str) {
    for (name, at) in [
        ("connectedTime", person.connected),
        (end, person.ended),
        ("parkTime", person.parked_since),
        ("resumeTime", person.resumes),
    ] {
        if let Some(at) = at {
            body.insert(name.to_owned(), iso(at));
        }
    }
}
