//! Every fault by name, with what it is; the text of each is what a scenario file would say.
use super::Fault;

/// A fault that has a name.
pub struct NamedFault {
    /// Its name.
    pub name: &'static str,
    /// What happens.
    pub what: &'static str,
    /// The fault in the form of a scenario file.
    pub toml: &'static str,
}

const fn named(name: &'static str, what: &'static str, toml: &'static str) -> NamedFault {
    NamedFault { name, what, toml }
}

/// All of them, in the order in which a client meets the parts of the service.
pub const NAMED_FAULTS: &[NamedFault] = &[
    named("well", "every fault ends; what was lost stays lost", "well = true"),
    // login
    named(
        "login_down",
        "the login host hangs up",
        "answer = { path = \"/oauth/\", hang_up = true }",
    ),
    named(
        "login_slow",
        "the token takes 20 s",
        "answer = { path = \"/oauth/token\", delay_ms = 20000 }",
    ),
    named(
        "login_html",
        "a page instead of a token, as a captive portal gives",
        "answer = { path = \"/oauth/token\", html = true }",
    ),
    named(
        "login_garbage",
        "the token's JSON breaks off",
        "answer = { path = \"/oauth/token\", garbage = true }",
    ),
    named(
        "login_invalid_client",
        "400 invalid_client: id or secret is wrong",
        "answer = { path = \"/oauth/token\", status = 400, code = \"invalid_client\", message = \"client not found: simulated\" }",
    ),
    named(
        "login_unauthorized",
        "401 invalid_client: the secret is wrong",
        "answer = { path = \"/oauth/token\", status = 401, code = \"invalid_client\", message = \"authentication failed\" }",
    ),
    named(
        "login_grant_refused",
        "400 unauthorized_client: the client has another grant type",
        "answer = { path = \"/oauth/token\", status = 400, code = \"unauthorized_client\", message = \"grant type is not allowed for this client\" }",
    ),
    named(
        "login_rate_limited",
        "429 with Retry-After",
        "answer = { path = \"/oauth/token\", status = 429, code = \"rate limit exceeded\", retry_after = 3 }",
    ),
    named("login_error", "500", "answer = { path = \"/oauth/token\", status = 500 }"),
    named("no_refresh_token", "code grants get no refresh token", "refresh_tokens = \"off\""),
    named("consent_denied", "the person refuses consent in the browser", "consent_denied = \"on\""),
    named("token_short", "new tokens live 30 s", "token_life_s = 30"),
    named("token_dead", "new tokens are dead at once", "token_life_s = 0"),
    named("tokens_revoked", "every token is refused from now on", "revoke_tokens = true"),
    named(
        "token_revoked_notice",
        "the same, announced on the socket first",
        "token_revoked = true",
    ),
    // API
    named("api_down", "the API hangs up", "answer = { path = \"/api/v2/\", hang_up = true }"),
    named(
        "api_slow",
        "every answer takes 20 s",
        "answer = { path = \"/api/v2/\", delay_ms = 20000 }",
    ),
    named(
        "api_html",
        "a page with status 200, as a captive portal gives",
        "answer = { path = \"/api/v2/\", html = true }",
    ),
    named(
        "api_garbage",
        "JSON that breaks off",
        "answer = { path = \"/api/v2/\", garbage = true }",
    ),
    named(
        "api_unauthorized",
        "401 bad.credentials",
        "answer = { path = \"/api/v2/\", status = 401 }",
    ),
    named(
        "api_forbidden",
        "403 missing.permissions",
        "answer = { path = \"/api/v2/\", status = 403 }",
    ),
    named("api_not_found", "404", "answer = { path = \"/api/v2/\", status = 404 }"),
    named(
        "api_rate_limited",
        "429 with Retry-After",
        "answer = { path = \"/api/v2/\", status = 429, retry_after = 2 }",
    ),
    named(
        "api_rate_limited_mute",
        "429 without Retry-After",
        "answer = { path = \"/api/v2/\", status = 429 }",
    ),
    named("api_error", "500", "answer = { path = \"/api/v2/\", status = 500 }"),
    named("api_unavailable", "503", "answer = { path = \"/api/v2/\", status = 503 }"),
    named(
        "queues_forbidden",
        "403 for the list of queues",
        "answer = { path = \"/api/v2/routing/queues\", status = 403, message = \"Unable to perform the requested action. You are missing the following permission(s): routing:queue:view\" }",
    ),
    named(
        "analytics_forbidden",
        "403 for analytics queries",
        "answer = { path = \"/api/v2/analytics/\", status = 403, message = \"Unable to perform the requested action. You are missing the following permission(s): analytics:queueObservation:view\" }",
    ),
    named("rate_limit_low", "5 requests a minute", "rate_limit = { allowed = 5 }"),
    named("clock_ahead", "the Date header is 10 minutes ahead", "clock_skew_s = 600"),
    named("clock_behind", "the Date header is 10 minutes behind", "clock_skew_s = -600"),
    // channels and topics
    named(
        "create_forbidden",
        "403 for a new channel",
        "answer = { path = \"*/notifications/channels\", method = \"POST\", status = 403, code = \"not.authorized\", message = \"not authorized\" }",
    ),
    named(
        "create_rate_limited",
        "429 for a new channel",
        "answer = { path = \"*/notifications/channels\", method = \"POST\", status = 429, retry_after = 2 }",
    ),
    named(
        "create_error",
        "500 for a new channel",
        "answer = { path = \"*/notifications/channels\", method = \"POST\", status = 500 }",
    ),
    named(
        "channels_full",
        "20 channels of other programs of this client, all connected",
        "fill_channels = 20",
    ),
    named("evicted", "another program made the 21st channel: the oldest goes", "evict = true"),
    named("channels_dropped", "every channel is forgotten", "drop_channels = true"),
    named(
        "subscribe_refused",
        "400 for every subscription",
        "answer = { path = \"*/subscriptions\", status = 400 }",
    ),
    named(
        "observations_forbidden",
        "no permission for observations",
        "forbid = [{ topic = \"v2.analytics.queues.*\", permission = \"analytics:queueObservation:view\" }]",
    ),
    named(
        "conversations_forbidden",
        "no permission for conversations",
        "forbid = [{ topic = \"*.conversations*\", permission = \"conversation:communication:view\" }]",
    ),
    named(
        "users_forbidden",
        "no permission for users",
        "forbid = [{ topic = \"v2.users.*\", permission = \"directory:user:view\" }]",
    ),
    named(
        "queue_forbidden",
        "no grant in the division of the queue Billing",
        "forbid = [{ topic = \"*\", queue = \"Billing\", permission = \"routing:queue:view\" }]",
    ),
    // the socket's address
    named("upgrade_unauthorized", "upgrades are refused with 401", "upgrade_status = 401"),
    named("upgrade_forbidden", "upgrades are refused with 403", "upgrade_status = 403"),
    named("upgrade_not_found", "upgrades are refused with 404", "upgrade_status = 404"),
    named("upgrade_rate_limited", "upgrades are refused with 429", "upgrade_status = 429"),
    named("upgrade_error", "upgrades are refused with 502", "upgrade_status = 502"),
    named(
        "upgrade_plain",
        "upgrades are answered 200, as a proxy does that knows no sockets",
        "upgrade_status = 200",
    ),
    named("upgrade_slow", "upgrades take 20 s", "upgrade_delay_ms = 20000"),
    named("dead_404", "dead channels answer 404", "dead_channels = \"404\""),
    named("dead_410", "dead channels answer 410", "dead_channels = \"410\""),
    named("dead_401", "dead channels answer 401", "dead_channels = \"401\""),
    named("dead_403", "dead channels answer 403", "dead_channels = \"403\""),
    named("dead_429", "dead channels answer 429", "dead_channels = \"429\""),
    named(
        "dead_accept",
        "dead channels accept and close at once",
        "dead_channels = \"accept_close\"",
    ),
    // the open socket
    named(
        "no_heartbeat",
        "no heartbeats, but pings are answered",
        "heartbeat = \"off\"\npong = \"on\"",
    ),
    named("silent", "no heartbeats, no answers to pings, but events", "heartbeat = \"off\""),
    named("half_open", "the socket takes bytes and sends nothing at all", "half_open = \"on\""),
    named("cut", "every connection ends without a close frame (1006)", "cut = true"),
    named("close_1000", "normal close", "close = { code = 1000 }"),
    named(
        "close_1001",
        "idle timeout, as seen in the field",
        "close = { code = 1001, reason = \"idle timeout\" }",
    ),
    named(
        "close_1008",
        "policy violation",
        "close = { code = 1008, reason = \"policy violation\" }",
    ),
    named("close_1011", "internal error", "close = { code = 1011, reason = \"internal error\" }"),
    named(
        "close_4401",
        "a code of nobody's list",
        "close = { code = 4401, reason = \"unauthorized\" }",
    ),
    named(
        "closing_notice",
        "v2.system.socket_closing, the end after 60 s",
        "socket_closing = { seconds = 60 }",
    ),
    named("closing_notice_short", "the same, after 5 s", "socket_closing = { seconds = 5 }"),
    named(
        "no_longer_subscribed",
        "the channel ends, announced by a system frame",
        "no_longer_subscribed = true",
    ),
    named(
        "fight",
        "another program learns our channel and connects to it after each of our attempts",
        "fight_ms = 300",
    ),
    // frames
    named("frames_doubled", "a fifth of the frames comes twice", "frames = { doubled = 0.2 }"),
    named("frames_reordered", "a fifth comes after the next one", "frames = { reordered = 0.2 }"),
    named(
        "frames_malformed",
        "a fifth is followed by something malformed",
        "frames = { malformed = 0.2 }",
    ),
];

/// Faults that a drawn schedule uses, each with the name of what ends it.
pub(super) const RECOVERABLE: &[(&str, &str)] = &[
    ("cut", "well"),
    ("close_1000", "well"),
    ("close_1001", "well"),
    ("close_1011", "well"),
    ("silent", "well"),
    ("half_open", "well"),
    ("closing_notice_short", "well"),
    ("channels_dropped", "well"),
    ("no_longer_subscribed", "well"),
    ("evicted", "well"),
    ("tokens_revoked", "well"),
    ("api_unavailable", "cut"),
    ("api_html", "cut"),
    ("api_rate_limited", "cut"),
    ("upgrade_error", "well"),
    ("login_down", "tokens_revoked"),
];

impl Fault {
    /// The fault of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let known = NAMED_FAULTS.iter().find(|known| known.name == name)?;
        toml::from_str(known.toml).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::{Fault, NAMED_FAULTS, RECOVERABLE};
    use std::collections::BTreeSet;

    #[test]
    fn every_named_fault_can_be_read_and_no_name_is_twice() {
        for fault in NAMED_FAULTS {
            let read: Result<Fault, _> = toml::from_str(fault.toml);
            assert!(read.is_ok(), "{}: {read:?}", fault.name);
        }
        let names: BTreeSet<&str> = NAMED_FAULTS.iter().map(|fault| fault.name).collect();
        assert_eq!(names.len(), NAMED_FAULTS.len());
        let page = include_str!("../../../../docs/scenarios.md");
        for fault in NAMED_FAULTS {
            assert!(page.contains(&format!("`{}`", fault.name)), "{} has no row", fault.name);
            assert!(page.contains(fault.toml.lines().next().unwrap_or_default()), "{}", fault.name);
        }
        for (fault, recovery) in RECOVERABLE {
            assert!(names.contains(fault) && names.contains(recovery), "{fault} {recovery}");
        }
    }
}
