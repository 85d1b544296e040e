//! Notification channels and their subscriptions.
use super::answer::{Answer, error, not_found};
use super::state::{Bearer, Channel, Outgoing, State};
use super::topics::{self, MAX_CHARACTERS, MAX_TOPICS};
use jiff::SignedDuration;
use serde_json::{Value, json};

/// Channels of one user and application; one more evicts.
pub(super) const QUOTA: usize = 20;
/// Life of a channel, in simulated seconds.
const LIFE_SECONDS: i64 = 86_400;
const BASE_32: &[u8] = b"abcdefghijklmnopqrstuvwxyz234567";

fn shown(state: &State, id: &str, channel: &Channel) -> Value {
    json!({
        "connectUri": format!("{}/channels/{id}", state.addresses.streaming_url),
        "id": id,
        "expires": format!("{:.3}", channel.expires),
    })
}

/// `POST /api/v2/notifications/channels`. The 21st removes the one that was least used, those
/// without a socket first.
pub(super) fn create(state: &mut State, bearer: &Bearer, token: &str) -> Answer {
    state.make_room(bearer);
    let id = state.add_channel(bearer, token, false);
    match state.channels.get(&id) {
        Some(channel) => Answer::json(shown(state, &id, channel)),
        None => not_found(state, "channel"),
    }
}

impl State {
    /// Evicts one of the owner's channels if a further one would be too many.
    fn make_room(&mut self, owner: &Bearer) {
        let own = self.channels.values().filter(|channel| channel.owner == *owner).count();
        if own >= QUOTA {
            self.evict(owner);
        }
    }

    /// Removes the channel that was used least lately, those without a socket first.
    fn evict(&mut self, owner: &Bearer) {
        let own = self.channels.iter().filter(|(_, channel)| channel.owner == *owner);
        let evicted = own
            .min_by_key(|(_, channel)| (channel.socket.is_some() || channel.foreign, channel.used));
        if let Some(id) = evicted.map(|(id, _)| id.clone()) {
            self.remove_channel(&id, Outgoing::close(1000, "channel removed"));
        }
    }

    /// The owner of the newest channel that is a client's own.
    fn newest_owner(&self) -> Option<Bearer> {
        let own = self.channels.values().filter(|channel| !channel.foreign);
        own.max_by_key(|channel| channel.used).map(|channel| channel.owner.clone())
    }

    /// Another program of the same client made one channel too many.
    pub(super) fn evict_one(&mut self) {
        if let Some(owner) = self.newest_owner() {
            self.evict(&owner);
        }
    }

    /// A connected channel of another program: of the client that made the newest channel, or
    /// else of the one that is announced.
    pub(super) fn add_foreign_channel(&mut self) {
        let owner = self.newest_owner().unwrap_or_else(|| Bearer {
            client: self.addresses.client_id.clone(),
            user: None,
            limited: false,
        });
        let (token, _) = self.issue(owner.clone());
        self.make_room(&owner);
        self.add_channel(&owner, &token, true);
    }

    /// Adds a channel for `owner`, without a look at the limit; `foreign` for one that is no client's
    /// to list or to choose.
    pub(super) fn add_channel(&mut self, owner: &Bearer, token: &str, foreign: bool) -> String {
        let state = self;
        let now = state.clock.now();
        let shard = state.rng.u8(..6);
        let word: String =
            (0..26).map(|_| char::from(BASE_32[state.rng.usize(..BASE_32.len())])).collect();
        let id = format!("streaming-{shard}-{word}");
        let channel = Channel {
            owner: owner.clone(),
            token: token.to_owned(),
            used: now,
            expires: now + SignedDuration::from_secs(LIFE_SECONDS),
            topics: std::collections::BTreeMap::new(),
            socket: None,
            foreign,
            contested: state.switches.fight_ms.is_some()
                && !state.channels.values().any(|channel| channel.contested),
        };
        state.coverage.created(&id, now);
        state.channels.insert(id.clone(), channel);
        id
    }
}

/// `GET /api/v2/notifications/channels`. Ids of other tokens' channels are withheld.
pub(super) fn list(state: &State, bearer: &Bearer, token: &str, of_client: bool) -> Answer {
    let entities: Vec<Value> = state
        .channels
        .iter()
        .filter(|(_, channel)| {
            channel.token == token || (of_client && channel.owner.client == bearer.client)
        })
        .map(|(id, channel)| {
            if channel.token == token {
                shown(state, id, channel)
            } else {
                json!({"expires": format!("{:.3}", channel.expires)})
            }
        })
        .collect();
    Answer::json(json!({"entities": entities}))
}

/// Everything below `/channels/{id}/subscriptions`.
pub(super) fn subscriptions(
    state: &mut State,
    bearer: &Bearer,
    method: &str,
    id: &str,
    ignore_errors: bool,
    body: &[u8],
) -> Answer {
    if state.channels.get(id).is_none_or(|channel| channel.owner.client != bearer.client) {
        return not_found(state, "channel");
    }
    match method {
        "GET" => Answer::json(json!({"entities": entities(state, id)})),
        "DELETE" => {
            if let Some(channel) = state.channels.get_mut(id) {
                channel.topics.clear();
            }
            state.recount_topics();
            Answer::status(200)
        }
        "POST" | "PUT" => change(state, bearer, method == "PUT", id, ignore_errors, body),
        _ => error(state, 405, "method.not.allowed", "HTTP 405 Method Not Allowed"),
    }
}

fn entities(state: &State, id: &str) -> Vec<Value> {
    let topics = state.channels.get(id).into_iter().flat_map(|channel| channel.topics.values());
    topics.map(|topic| permitted(topic)).collect()
}

fn permitted(topic: &str) -> Value {
    json!({"id": topic, "state": "Permitted", "selfUri": format!("/api/v2/notifications/availabletopics/{topic}")})
}

fn change(
    state: &mut State,
    bearer: &Bearer,
    replaces: bool,
    id: &str,
    ignore_errors: bool,
    body: &[u8],
) -> Answer {
    let Ok(asked) = serde_json::from_slice::<Vec<Value>>(body) else {
        return error(
            state,
            400,
            "bad.request",
            "The request could not be understood: a JSON array of topics is expected",
        );
    };
    let mut accepted: Vec<String> = Vec::new();
    let mut refused: Vec<(String, Vec<String>)> = Vec::new();
    for entry in &asked {
        let Some(topic) = entry["id"].as_str().filter(|_| entry.is_object()) else {
            return error(state, 400, "bad.request", "each topic is an object with an id");
        };
        if topic.chars().count() > MAX_CHARACTERS {
            return error(state, 400, "invalid.value", "a topic id has at most 200 characters");
        }
        let lowered = topic.to_ascii_lowercase();
        if lowered == "channel.metadata" || lowered.starts_with("v2.system.") {
            continue;
        }
        let mut lacks = Vec::new();
        let singles = topics::singles(topic);
        for single in &singles {
            let Some(missing) = state.missing(bearer, single) else {
                return error(state, 400, "bad.request", &format!("unknown topic {single}"));
            };
            if !missing.is_empty() {
                lacks.push((single.clone(), missing));
            }
        }
        if lacks.len() < singles.len() {
            accepted.push(topic.to_owned());
        }
        refused.extend(lacks);
    }
    if let (Some((topic, missing)), false) = (refused.first(), ignore_errors) {
        let message = format!(
            "Unable to perform the requested action. You are missing the following permission(s): {} ({topic})",
            missing.join(", ")
        );
        return error(state, 403, "missing.permissions", &message);
    }
    let now = state.clock.now();
    let Some(channel) = state.channels.get_mut(id) else { return not_found(state, "channel") };
    let mut topics =
        if replaces { std::collections::BTreeMap::new() } else { channel.topics.clone() };
    for topic in accepted {
        topics.entry(topic.to_ascii_lowercase()).or_insert(topic);
    }
    if topics.len() > MAX_TOPICS {
        let mut answer = error(state, 400, "bad.request", "A channel has at most 1000 topics");
        if let Some(body) = &mut answer.body {
            body["limit"] = json!({"key": "topics.per.channel", "namespace": "notifications", "value": MAX_TOPICS});
        }
        return answer;
    }
    channel.topics = topics;
    channel.used = now;
    channel.expires = now + SignedDuration::from_secs(LIFE_SECONDS);
    state.recount_topics();
    let mut list = entities(state, id);
    list.extend(refused.into_iter().map(|(topic, missing)| {
        json!({
            "id": topic,
            "state": "Rejected",
            "rejectionReason": format!("missing permissions: {}", missing.join(", ")),
            "missingPermissions": missing,
        })
    }));
    Answer::json(json!({"entities": list}))
}
