//! From a change to the events that the service would send: which topics, in which order.
use super::model::{Conversation, Stand, iso};
use super::people::Routing;
use super::{Emission, World};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Where emissions go, and which are wanted.
pub(super) struct Out<'a> {
    pub(super) at: Timestamp,
    pub(super) wanted: &'a dyn Fn(&str) -> bool,
    pub(super) sink: &'a mut dyn FnMut(Emission),
}

impl Out<'_> {
    /// Sends what `body` writes on `topic`, if that is wanted.
    pub(super) fn emit(&mut self, topic: String, correlation: &str, body: impl FnOnce() -> Value) {
        if !(self.wanted)(&topic.to_ascii_lowercase()) {
            return;
        }
        let mut metadata = Map::new();
        metadata.insert("CorrelationId".to_owned(), json!(correlation));
        if correlation.ends_with('7') {
            // further keys have been seen here, and clients must cope
            metadata.insert("type".to_owned(), json!("member-change"));
        }
        (self.sink)(Emission { at: self.at, topic, body: body(), metadata, version: "2" });
    }
}

impl World {
    /// Sends the conversation's snapshot to every topic that it concerns.
    pub(super) fn tell(&mut self, key: u64, out: &mut Out<'_>) {
        self.tell_with(key, None, out);
    }

    /// The same with one leg that still says `connected` though its times say otherwise.
    pub(super) fn tell_stale(&mut self, key: u64, stale: usize, out: &mut Out<'_>) {
        self.tell_with(key, Some(stale), out);
    }

    fn tell_with(&mut self, key: u64, stale: Option<usize>, out: &mut Out<'_>) {
        self.changes += 1;
        let Some(conversation) = self.conversations.get(&key) else { return };
        let mut queues = BTreeSet::new();
        let mut users = BTreeSet::new();
        for person in &conversation.people {
            queues.extend(person.queue);
            users.extend(person.agent);
        }
        let medium = conversation.medium;
        let part = medium.plural();
        let prefixes = queues
            .iter()
            .map(|queue| format!("v2.routing.queues.{}.conversations", self.queues[*queue].id))
            .chain(
                users
                    .iter()
                    .map(|user| format!("v2.users.{}.conversations", self.agents[*user].id)),
            );
        // the same body goes to every topic of its shape: written once
        let mut nested: Option<Value> = None;
        let mut flat: Option<Value> = None;
        for prefix in prefixes {
            out.emit(prefix.clone(), &conversation.correlation, || {
                nested.get_or_insert_with(|| self.nested(conversation, stale)).clone()
            });
            out.emit(format!("{prefix}.{part}"), &conversation.correlation, || {
                flat.get_or_insert_with(|| self.flat(conversation, stale)).clone()
            });
        }
        for user in users {
            let topic = format!("v2.users.{}.conversationsummary", self.agents[user].id);
            out.emit(topic, &conversation.correlation, || self.summary(user));
        }
        for queue in queues {
            self.untold.note(queue, Some(medium));
        }
    }

    /// Tells what changed about an agent: routing status, or else presence; and both in one.
    pub(super) fn tell_agent(&mut self, agent: usize, routing: bool, out: &mut Out<'_>) {
        self.changes += 1;
        let person = &self.agents[agent];
        let status =
            json!({"status": person.routing.word(), "startTime": iso(person.routing_since)});
        let definition = json!({
            "id": super::rest::presence_id(person.presence),
            "systemPresence": person.presence,
        });
        if routing {
            out.emit(
                format!("v2.users.{}.routingStatus", person.id),
                &person.id,
                || json!({"id": person.id, "routingStatus": status}),
            );
        } else {
            out.emit(format!("v2.users.{}.presence", person.id), &person.id, || {
                json!({
                    "source": "PURECLOUD",
                    "presenceDefinition": definition,
                    "primary": true,
                    "message": "",
                    "modifiedDate": iso(person.presence_since),
                })
            });
        }
        let active: Vec<&str> = if person.routing == Routing::OffQueue {
            Vec::new()
        } else {
            person.queues.iter().map(|queue| self.queues[*queue].id.as_str()).collect()
        };
        out.emit(format!("v2.users.{}.activity", person.id), &person.id, || {
            json!({
                "id": person.id,
                "routingStatus": status,
                "presence": {
                    "presenceDefinition": definition,
                    "presenceMessage": "",
                    "modifiedDate": iso(person.presence_since),
                },
                "outOfOffice": {"active": false, "modifiedDate": iso(person.presence_since)},
                "activeQueueIds": active,
                "dateActiveQueuesChanged": iso(person.presence_since),
            })
        });
        let queues = person.queues.clone();
        for queue in queues {
            self.untold.note(queue, None);
        }
    }

    pub(super) fn tell_membership(&mut self, agent: usize, joined: bool, out: &mut Out<'_>) {
        self.changes += 1;
        let person = &self.agents[agent];
        for queue in &person.queues {
            let queue = &self.queues[*queue].id;
            out.emit(format!("v2.routing.queues.{queue}.users"), &person.id, || {
                json!({
                    "id": person.id,
                    "user": {"id": person.id},
                    "queueId": queue,
                    "joined": joined,
                    "additionalProperties": {},
                })
            });
        }
    }

    fn summary(&self, user: usize) -> Value {
        let counts = |active: usize, acw: usize| json!({"contactCenter": {"active": active, "acw": acw}, "enterprise": {"active": 0, "acw": 0}});
        let mut body = json!({"userId": self.agents[user].id});
        for (name, medium) in [
            ("call", super::model::Medium::Call),
            ("callback", super::model::Medium::Callback),
            ("email", super::model::Medium::Email),
            ("message", super::model::Medium::Message),
            ("chat", super::model::Medium::Chat),
        ] {
            let own = self
                .conversations
                .values()
                .filter(|conversation| {
                    conversation.medium == medium && conversation.ended.is_none()
                })
                .flat_map(|conversation| &conversation.people)
                .filter(|person| person.agent == Some(user));
            let active = own.clone().filter(|person| person.stand != Stand::Over).count();
            let acw = own
                .filter(|p| p.after_call.as_ref().is_some_and(|work| work.ended.is_none()))
                .count();
            body[name] = counts(active, acw);
        }
        body
    }

    pub(super) fn detail_customer_start(&mut self, key: u64, out: &mut Out<'_>) {
        self.detail(key, 0, "customer.start", &[], out);
    }

    pub(super) fn detail_customer_end(&mut self, key: u64, out: &mut Out<'_>) {
        let Some(conversation) = self.conversations.get(&key) else { return };
        let lived = milliseconds(conversation.began, self.now);
        let extra = [("interactingDurationMs", json!(lived)), ("disconnectType", json!("PEER"))];
        self.detail(key, 0, "customer.end", &extra, out);
    }

    pub(super) fn detail_flow_end(&mut self, key: u64, out: &mut Out<'_>) {
        let extra = [("exitReason", json!("TRANSFER")), ("connectedDurationMs", json!(1_000))];
        self.detail(key, 1, "flow.end", &extra, out);
    }

    pub(super) fn detail_acd_start(&mut self, key: u64, acd: usize, out: &mut Out<'_>) {
        self.detail(key, acd, "acd.start", &[], out);
    }

    pub(super) fn detail_acd_end(
        &mut self,
        key: u64,
        acd: usize,
        outcome: &str,
        out: &mut Out<'_>,
    ) {
        let Some(person) = self.conversations.get(&key).and_then(|c| c.people.get(acd)) else {
            return;
        };
        let waited = milliseconds(person.started, self.now);
        let extra = [("acdOutcome", json!(outcome)), ("connectedDurationMs", json!(waited))];
        self.detail(key, acd, "acd.end", &extra, out);
    }

    pub(super) fn detail_user_end(
        &mut self,
        key: u64,
        person: usize,
        now: Timestamp,
        out: &mut Out<'_>,
    ) {
        let since = self.person(key, person).and_then(|p| p.connected).unwrap_or(now);
        let extra = [("interactingDurationMs", json!(milliseconds(since, now)))];
        self.detail(key, person, "user.end", &extra, out);
    }

    pub(super) fn detail_wrapup(&mut self, key: u64, person: usize, out: &mut Out<'_>) {
        let Some(work) = self.person(key, person).and_then(|p| p.after_call.clone()) else {
            return;
        };
        let length = milliseconds(work.started, work.ended.unwrap_or(work.started));
        let extra = [("wrapupCode", json!(work.code)), ("wrapupDurationMs", json!(length))];
        self.detail(key, person, "wrapup", &extra, out);
        self.detail(key, person, "acw", &extra, out);
    }

    pub(super) fn detail(
        &self,
        key: u64,
        person: usize,
        event: &str,
        extra: &[(&str, Value)],
        out: &mut Out<'_>,
    ) {
        let Some(conversation) = self.conversations.get(&key) else { return };
        let Some(person) = conversation.people.get(person) else { return };
        let topic = format!("v2.detail.events.conversation.{}.{event}", conversation.id);
        let queue = person.queue.map(|queue| self.queues[queue].id.clone());
        let agent = person.agent.map(|agent| self.agents[agent].id.clone());
        out.emit(topic, &conversation.correlation, || {
            let mut body = json!({
                "eventTime": self.now.as_millisecond(),
                "conversationId": conversation.id,
                "participantId": person.id,
                "sessionId": person.id,
                "mediaType": conversation.medium.analytics().to_ascii_uppercase(),
                "provider": "Edge",
                "direction": person.direction.to_ascii_uppercase(),
            });
            let takes_queue = !event.starts_with("flow") && !event.starts_with("customer");
            if let Some(queue) = queue.filter(|_| takes_queue) {
                body["queueId"] = json!(queue);
            }
            if let Some(agent) =
                agent.filter(|_| takes_queue && !matches!(event, "acd.end" | "wrapup"))
            {
                body["userId"] = json!(agent);
            }
            for (name, value) in extra {
                body[*name] = value.clone();
            }
            body
        });
    }

    pub(super) fn tell_agent_state(
        &mut self,
        agent: usize,
        key: u64,
        state: &str,
        out: &mut Out<'_>,
    ) {
        let Some(conversation) = self.conversations.get(&key) else { return };
        let person = &self.agents[agent];
        out.emit(format!("v2.detail.events.agent.{}.state", person.id), &person.id, || {
            json!({
                "conversationId": conversation.id,
                "sessionId": conversation.id,
                "sessionStart": self.now.as_millisecond(),
                "currentState": state,
                "currentStateStart": self.now.as_millisecond(),
                "mediaType": conversation.medium.analytics().to_ascii_uppercase(),
                "userId": person.id,
            })
        });
    }

    pub(super) fn speak(&mut self, key: u64, count: u32, out: &mut Out<'_>) {
        let lines = [
            "how can I help you",
            "I have a question about my invoice",
            "let me have a look",
            "merci beaucoup",
            "one moment please",
            "that is all",
        ];
        let Some(conversation) = self.conversations.get(&key) else { return };
        if conversation.ended.is_some() || self.live_acd(key).is_some() && count > 3 {
            return;
        }
        let text = lines[count as usize % lines.len()];
        out.emit(
            format!("v2.conversations.{}.transcription", conversation.id),
            &conversation.correlation,
            || {
                // every fifth frame carries a status only
                let mut body = self.transcript_head(conversation);
                if count % 5 == 4 {
                    body["status"] =
                        json!({"offsetMs": count * 1_000, "status": "SESSION_ONGOING"});
                } else {
                    body["transcripts"] = json!([{
                        "utteranceId": format!("{}-{count}", conversation.id),
                        "isFinal": true,
                        "channel": if count.is_multiple_of(2) { "INTERNAL" } else { "EXTERNAL" },
                        "alternatives": [{
                            "confidence": 0.87,
                            "offsetMs": count * 1_000,
                            "durationMs": 900,
                            "transcript": text,
                            "words": [],
                        }],
                        "engineProvider": "GENESYS",
                        "engineId": "r2d2",
                        "dialect": "en-US",
                    }]);
                }
                body
            },
        );
        let wait = self.around(6.0);
        self.plan_ms(wait, super::script::Step::Speak(key, count + 1));
    }

    pub(super) fn tell_transcript_end(&mut self, key: u64, out: &mut Out<'_>) {
        let Some(conversation) = self.conversations.get(&key) else { return };
        out.emit(format!("v2.conversations.{}.transcription", conversation.id), &conversation.correlation, || {
            let mut body = self.transcript_head(conversation);
            body["status"] = json!({"offsetMs": milliseconds(conversation.began, self.now), "status": "SESSION_ENDED"});
            body
        });
    }

    fn transcript_head(&self, conversation: &Conversation) -> Value {
        json!({
            "eventTime": iso(self.now),
            "organizationId": self.organization,
            "conversationId": conversation.id,
            "communicationId": conversation.people.first().map(|person| person.id.as_str()),
            "sessionStartTimeMs": conversation.began.as_millisecond(),
            "transcriptionStartTimeMs": conversation.began.as_millisecond(),
        })
    }
}

/// Milliseconds from one time to another.
pub(super) fn milliseconds(from: Timestamp, to: Timestamp) -> i64 {
    to.as_millisecond() - from.as_millisecond()
}
