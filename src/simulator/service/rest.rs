//! The API: one place that says which call goes where.
use super::answer::{Answer, Page, error, not_found, page};
use super::state::{Bearer, State};
use super::{channels, topics};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::collections::HashMap;

/// A request, read.
pub(super) struct Call<'a> {
    pub(super) method: &'a str,
    /// The path after `/api/v2/`.
    pub(super) path: &'a str,
    pub(super) query: HashMap<String, String>,
    /// Query parameters in order, for those that repeat.
    pub(super) pairs: Vec<(String, String)>,
    pub(super) authorization: Option<&'a str>,
    pub(super) content_type: Option<&'a str>,
    pub(super) body: &'a [u8],
}

impl Call<'_> {
    fn number(&self, name: &str, default: usize) -> usize {
        self.query.get(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    /// The page that is asked for; at most `most` entries.
    pub(super) fn page(&self, most: usize) -> Page {
        let size = self.number("pageSize", 25).clamp(1, most);
        Page { size, number: self.number("pageNumber", 1).max(1) }
    }

    /// What is asked for beside the plain entity; one parameter may name several.
    fn expanded(&self) -> Vec<&str> {
        let given = self.pairs.iter().filter(|(name, _)| name == "expand");
        given.flat_map(|(_, value)| value.split(',')).collect()
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.query.get(name).is_some_and(|given| given.eq_ignore_ascii_case(value))
    }
}

/// Answers a call to the API.
pub(super) fn answer(state: &mut State, call: &Call<'_>) -> Answer {
    let token = call.authorization.and_then(|header| header.strip_prefix("Bearer ")).map(str::trim);
    let Some(token) = token else {
        return error(
            state,
            401,
            "authentication.required",
            "No authentication bearer token specified in authorization header.",
        );
    };
    let Some(bearer) = state.bearer(token).cloned() else {
        return error(state, 401, "bad.credentials", "Invalid login credentials.");
    };
    let limits = match count(state, token) {
        Ok(limits) => limits,
        Err(refusal) => return refusal,
    };
    let answer = route(state, call, &bearer, token);
    limits.into_iter().fold(answer, |answer, (name, value)| answer.header(name, value))
}

/// Counts the call against the token's limit.
fn count(state: &mut State, token: &str) -> Result<Vec<(&'static str, u64)>, Answer> {
    let now = state.clock.now();
    let allowed = state.switches.rate_limit.unwrap_or(state.settings.rate_limit_per_minute);
    let Some(known) = state.tokens.get_mut(token) else { return Ok(Vec::new()) };
    if now.duration_since(known.window) >= SignedDuration::from_secs(60) {
        known.window = now;
        known.count = 0;
    }
    known.count += 1;
    let counted = known.count;
    let left = SignedDuration::from_secs(60) - now.duration_since(known.window);
    let reset = u64::try_from(left.as_secs()).unwrap_or_default() + 1;
    let limits = vec![
        ("inin-ratelimit-count", u64::from(counted)),
        ("inin-ratelimit-allowed", u64::from(allowed)),
        ("inin-ratelimit-reset", reset),
    ];
    if counted <= allowed {
        return Ok(limits);
    }
    let message =
        format!("Rate limit exceeded the maximum [{allowed}] requests within [60] seconds");
    let mut refusal = error(state, 429, "too.many.requests", &message);
    if state.switches.retry_after {
        // in real seconds: the client waits in its own time
        let real = state.clock.real(std::time::Duration::from_secs(reset)).as_secs_f64().ceil();
        refusal = refusal.header("retry-after", real);
    }
    Err(limits.into_iter().fold(refusal, |answer, (name, value)| answer.header(name, value)))
}

fn route(state: &mut State, call: &Call<'_>, bearer: &Bearer, token: &str) -> Answer {
    let parts: Vec<&str> = call.path.trim_matches('/').split('/').collect();
    if call.method == "POST"
        && !call.body.is_empty()
        && call.body != b"null"
        && call.content_type.is_none_or(|kind| !kind.starts_with("application/json"))
    {
        return error(state, 415, "unsupported.media.type", "application/json is expected");
    }
    if let Some(answer) = state.answer_by_tape(call, &parts) {
        return answer;
    }
    match (call.method, parts.as_slice()) {
        ("POST", ["notifications", "channels"]) => channels::create(state, bearer, token),
        ("GET", ["notifications", "channels"]) => {
            channels::list(state, bearer, token, call.is("includechannels", "oauthclient"))
        }
        ("HEAD", ["notifications", "channels", id]) => {
            let known = state.channels.get(*id).is_some_and(|c| c.owner.client == bearer.client);
            Answer::status(if known { 200 } else { 404 })
        }
        (_, ["notifications", "channels", _]) => {
            error(state, 405, "method.not.allowed", "HTTP 405 Method Not Allowed")
        }
        (method, ["notifications", "channels", id, "subscriptions"]) => channels::subscriptions(
            state,
            bearer,
            method,
            id,
            call.is("ignoreErrors", "true"),
            call.body,
        ),
        ("GET", ["notifications", "availabletopics"]) => available_topics(call),
        ("GET", ["routing", "queues" | "wrapupcodes", ..]) => routing(state, call, bearer, &parts),
        ("GET", ["users", ..]) => users(state, call, bearer, &parts),
        ("GET", ["presence", "definitions"] | ["presencedefinitions"]) => page(
            "/api/v2/presence/definitions",
            &state.world.presence_definitions(),
            &call.page(100),
            Value::clone,
        ),
        ("GET" | "HEAD" | "DELETE", ["tokens", "me"]) => tokens(state, call.method, bearer, token),
        ("GET", ["organizations", "me"]) => Answer::json(state.world.organization()),
        ("GET", ["conversations"]) => {
            Answer::json(json!({"entities": [], "total": 0, "pageCount": 0}))
        }
        ("GET", ["conversations", id]) => match state.world.conversation(id) {
            Some(conversation) => Answer::json(conversation),
            None => not_found(state, "conversation"),
        },
        ("POST", ["analytics", kind @ .., "query"]) => analytics(state, call, kind),
        _ => not_found(state, call.path),
    }
}

fn analytics(state: &mut State, call: &Call<'_>, kind: &[&str]) -> Answer {
    let Ok(query) = serde_json::from_slice::<Value>(call.body) else {
        return error(state, 400, "bad.request", "the body is not JSON");
    };
    let details = match kind {
        ["queues", "observations"] => return Answer::json(state.world.observations_query(&query)),
        ["conversations", "details"] => true,
        ["conversations", "aggregates"] => false,
        _ => return not_found(state, call.path),
    };
    if query["interval"].as_str().is_none_or(|interval| !interval.contains('/')) {
        return error(state, 400, "invalid.value", "interval is missing");
    }
    if !details {
        return match state.world.aggregates_query(&query) {
            Ok(answer) => Answer::json(answer),
            Err(why) => error(state, 400, "invalid.value", why),
        };
    }
    if query["paging"]["pageSize"].as_u64().is_some_and(|size| size > 100) {
        return error(state, 400, "invalid.value", "pageSize is at most 100");
    }
    Answer::json(state.world.details_query(&query))
}

fn routing(state: &mut State, call: &Call<'_>, bearer: &Bearer, parts: &[&str]) -> Answer {
    let visible = if bearer.limited { topics::first_queues(&state.world) } else { Vec::new() };
    let may = |id: &str| visible.is_empty() || visible.iter().any(|queue| queue == id);
    match parts {
        ["routing", "wrapupcodes"] => page(
            "/api/v2/routing/wrapupcodes",
            &state.world.wrapup_codes(),
            &call.page(100),
            Value::clone,
        ),
        ["routing", "queues", "me"] if bearer.user.is_none() => {
            error(state, 400, "bad.request", "This request requires a user context")
        }
        ["routing", "queues", id, "members"] => match state.world.queue_members(id) {
            Some(members) => page(
                &format!("/api/v2/routing/queues/{id}/members"),
                &members,
                &call.page(100),
                Value::clone,
            ),
            None => not_found(state, "queue"),
        },
        ["routing", "queues"]
        | ["routing", "queues", "me" | "divisionviews"]
        | ["routing", "queues", "divisionviews", "all"] => {
            let pattern = call.query.get("name").map(|name| name.to_lowercase());
            let ids: std::collections::HashSet<&str> = call
                .pairs
                .iter()
                .filter(|(name, _)| name == "id")
                .map(|(_, id)| id.as_str())
                .collect();
            let world = &state.world;
            let queues: Vec<&str> = world
                .queue_names()
                .filter(|(id, name)| {
                    may(id)
                        && pattern
                            .as_ref()
                            .is_none_or(|pattern| like(pattern, &name.to_lowercase()))
                        && (ids.is_empty() || ids.contains(id))
                })
                .map(|(id, _)| id)
                .collect();
            page(&format!("/api/v2/{}", parts.join("/")), &queues, &call.page(500), |id| {
                world.queue(id).unwrap_or_default()
            })
        }
        ["routing", "queues", id] => {
            let found = state.world.queue(id).filter(|queue| queue["id"].as_str().is_some_and(may));
            found.map_or_else(|| not_found(state, "queue"), Answer::json)
        }
        _ => not_found(state, call.path),
    }
}

/// Whether `name` fits `pattern`, in which `*` stands for anything.
pub(super) fn like(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut open = !pattern.contains('*');
    for part in parts {
        open = part.is_empty();
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    if pattern.contains('*') { open || rest.is_empty() } else { rest.is_empty() }
}

fn users(state: &mut State, call: &Call<'_>, bearer: &Bearer, parts: &[&str]) -> Answer {
    match parts {
        ["users"] => {
            let ids: std::collections::HashSet<&str> = call
                .pairs
                .iter()
                .filter(|(name, _)| name == "id")
                .map(|(_, id)| id.as_str())
                .collect();
            let world = &state.world;
            let users: Vec<&str> =
                world.user_ids().filter(|id| ids.is_empty() || ids.contains(id)).collect();
            let expand = call.expanded();
            page("/api/v2/users", &users, &call.page(500), |id| {
                let mut user = world.user(id).unwrap_or_default();
                for part in ["presence", "routingStatus"] {
                    if let Some(user) = user.as_object_mut().filter(|_| !expand.contains(&part)) {
                        user.remove(part);
                    }
                }
                user
            })
        }
        ["users", "me"] => match bearer.user.as_ref().and_then(|id| state.world.user(id)) {
            Some(user) => Answer::json(user),
            None => error(
                state,
                400,
                "bad.request",
                "This request requires a user context. Client credentials cannot be used for requests in a user context.",
            ),
        },
        ["users", id] => match state.world.user(id) {
            Some(user) => Answer::json(user),
            None => not_found(state, "user"),
        },
        _ => not_found(state, call.path),
    }
}

fn tokens(state: &mut State, method: &str, bearer: &Bearer, token: &str) -> Answer {
    match method {
        "HEAD" => Answer::status(200),
        "DELETE" => {
            state.tokens.remove(token);
            Answer::status(200)
        }
        _ => Answer::json(json!({
            "organization": state.world.organization(),
            "homeOrganization": state.world.organization(),
            "authorizedScope": [],
            "OAuthClient": {"id": bearer.client, "name": format!("client {}", bearer.client)},
        })),
    }
}

fn available_topics(call: &Call<'_>) -> Answer {
    let expand = call.expanded();
    let entities: Vec<Value> = topics::templates()
        .map(|template| {
            let mut entity = json!({"id": template});
            for wanted in &expand {
                match *wanted {
                    // a sentence that says no more than the name would stand in the place of a client's own
                    "description" => entity["description"] = json!(""),
                    "transports" => entity["transports"] = json!(topics::transports(template)),
                    "visibility" => entity["visibility"] = json!("Public"),
                    "enforced" => entity["enforced"] = json!(true),
                    "requiresPermissions" => {
                        entity["requiresPermissions"] = json!(topics::permissions(template));
                    }
                    "permissionDetails" => {
                        let permissions = topics::permissions(template);
                        let kind = if topics::by_division(template) {
                            "requiresDivisionPermissions"
                        } else {
                            "requiresPermissions"
                        };
                        // what needs no permission has no details
                        if !permissions.is_empty() {
                            entity["permissionDetails"] = json!([{
                                "type": kind,
                                "permissions": permissions,
                                "allowsCurrentUser": template.starts_with("v2.users"),
                                "enforced": true,
                            }]);
                        }
                        entity["requiresDivisionPermissions"] =
                            json!(topics::by_division(template));
                    }
                    "topicParameters" => {
                        let ids = template.matches("{id}").count();
                        entity["topicParameters"] = json!(vec!["id"; ids]);
                    }
                    "schema" => entity["schema"] = json!({"type": "object"}),
                    _ => {}
                }
            }
            entity
        })
        .collect();
    Answer::json(json!({"entities": entities}))
}
