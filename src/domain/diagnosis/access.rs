//! What the service says to us: login, identity, allowance, channels.
use super::network::{Answer, Asked, something_between};
use super::{Blame, Check, Finding};
use crate::domain::topic::MAX_CHANNELS;
use jiff::Timestamp;

/// Share of the allowance, in percent, from which on it is told.
const MUCH_USED_PERCENT: u32 = 80;
/// Channels from which on it is told that few are left.
const MANY_CHANNELS: usize = 16;

/// Who tried to log in, for the sentence. No secret.
#[derive(Clone, Copy, Debug)]
pub struct Who<'a> {
    /// The OAuth client's id; no secret.
    pub client_id: &'a str,
    /// What the service is called: a region or a host.
    pub service: &'a str,
    /// The login host.
    pub host: &'a str,
}

/// Judges a refused login, or one without a token in the answer.
#[must_use]
pub fn login_refused(who: Who<'_>, asked: &Asked) -> Finding {
    let Who { client_id, service, host } = who;
    let unreachable = |why: &str| Finding::fault(Check::Login, Blame::Unreachable, why);
    let answer = match asked {
        Asked::TimedOut => {
            return unreachable(&format!("{host} gives no answer to the login in time"))
                .remedy("try again; check the proxy and the service's status page");
        }
        Asked::Failed(words) => {
            return unreachable(&format!("{host} can't be asked for a token: {words}"))
                .remedy("check the login host's address and the network");
        }
        Asked::Answered(answer) => answer,
    };
    if let Some(fault) = something_between(Check::Login, host, answer) {
        return fault;
    }
    let said = said(answer);
    let status = answer.status;
    let credentials = |why: String| Finding::fault(Check::Login, Blame::Credentials, &why);
    let finding = match (status, answer.code.as_deref()) {
        (429, _) => unreachable(&format!("{host} answers 429: too many logins in a short time{said}")).remedy(&wait(answer)),
        (500.., _) => unreachable(&format!("{host} answers {status}: the login service has trouble{said}"))
            .remedy("see the service's status page; try again in a few minutes"),
        (_, Some("unauthorized_client" | "unsupported_grant_type")) => credentials(format!(
            "the grant type \"client credentials\" isn't allowed for client {client_id}{said}: the client is of another kind (code authorization, implicit, SAML)"
        ))
        .remedy("create an OAuth client of the kind \"Client Credentials\" with a role (Admin, Integrations, OAuth), or log in as a person: gcwatch login --pkce"),
        (_, Some("invalid_client" | "invalid_grant" | "bad.credentials" | "authentication.failed")) | (401, _) => wrong_client(who, answer, &said),
        (403, _) => credentials(format!("{host} forbids client {client_id} to log in (403){said}"))
            .remedy("the client may be disabled, or the organisation allows logins from certain addresses only: ask an administrator"),
        (404 | 405, _) => Finding::fault(Check::Login, Blame::Configuration, &format!("{host} knows no /oauth/token ({status}): it is no login host of the service"))
            .remedy("check the login address: https://login.DOMAIN of your region"),
        (200..300, _) => unreachable(&format!("{host} answers {status} without a token: it isn't the service's login"))
            .remedy("check the login address and the proxy"),
        _ => credentials(format!("{host} refuses the login with {status}{said}"))
            .remedy(&format!("check client id and secret, and that the client belongs to {service}")),
    };
    finding.context(answer.context_id.as_deref())
}

fn wrong_client(who: Who<'_>, answer: &Answer, said: &str) -> Finding {
    let Who { client_id, service, host } = who;
    let message = answer.message.as_deref().unwrap_or_default().to_ascii_lowercase();
    let unknown = ["not found", "unknown client", "no such client", "does not exist"]
        .iter()
        .any(|words| message.contains(words));
    let secret = message.contains("secret") || message.contains("password");
    let which = match (unknown, secret) {
        (true, false) => format!("{service} knows no OAuth client {client_id}"),
        (false, true) => format!("the secret of OAuth client {client_id} is wrong"),
        _ => format!(
            "the secret is wrong, or {service} has no OAuth client {client_id} (each region has its own)"
        ),
    };
    let told = format!("{host} refuses the login: {which}{said}");
    Finding::fault(Check::Login, Blame::Credentials, &told).remedy(
        "compare the client id with Admin, Integrations, OAuth; compare the region with the address bar of your Genesys Cloud (apps.DOMAIN), and try another with --region; reset the secret there if it is lost, then run `gcwatch login`",
    )
}

fn said(answer: &Answer) -> String {
    match (&answer.code, &answer.message) {
        (Some(code), Some(message)) => format!(" ({code}: {message})"),
        (Some(one), None) | (None, Some(one)) => format!(" ({one})"),
        (None, None) => String::new(),
    }
}

fn wait(answer: &Answer) -> String {
    match answer.retry_after {
        Some(wait) => format!("wait {} s, as the service asks; something else uses the same client: find it, or give gcwatch a client of its own", wait.as_secs()),
        None => "wait a minute; something else uses the same client: find it, or give gcwatch a client of its own".to_owned(),
    }
}

/// An answer of the API that was no success, to whatever `check` asked.
#[must_use]
pub fn refused(check: Check, doing: &str, host: &str, asked: &Asked) -> Finding {
    let unreachable = |why: &str| Finding::fault(check, Blame::Unreachable, why);
    let answer = match asked {
        Asked::TimedOut => {
            return unreachable(&format!("{doing} failed: {host} gives no answer in time"))
                .remedy("try again; see the service's status page");
        }
        Asked::Failed(words) => {
            return unreachable(&format!("{doing} failed: {words}")).remedy("check the network");
        }
        Asked::Answered(answer) => answer,
    };
    if let Some(fault) = something_between(check, host, answer) {
        return fault;
    }
    let said = said(answer);
    let status = answer.status;
    let finding = match status {
        401 => Finding::fault(check, Blame::Credentials, &format!("{doing} failed: {host} doesn't take the token (401){said}: it has ended, was withdrawn, or is of another region"))
            .remedy("get a fresh token; with a client id and secret gcwatch gets its own: `gcwatch login`"),
        403 => Finding::fault(check, Blame::Permission, &format!("{doing} failed: permission is missing (403){said}"))
            .remedy("ask an administrator to grant it to the role of this client or user, in the right division"),
        429 => unreachable(&format!("{doing} failed: the requests allowed in this minute are used up (429){said}")).remedy(&wait(answer)),
        500.. => unreachable(&format!("{doing} failed: the service has trouble ({status}){said}"))
            .remedy("see the service's status page; try again in a few minutes"),
        _ => Finding::fault(check, Blame::Other, &format!("{doing} failed: {host} answered {status}{said}"))
            .remedy("check the API's address"),
    };
    finding.context(answer.context_id.as_deref())
}

/// What a token says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// The organisation's name.
    pub organization: Option<String>,
    /// The OAuth client's name.
    pub client: Option<String>,
    /// The person's name; client credentials have none.
    pub user: Option<String>,
    /// Scopes that limit the token; empty: not limited, as with client credentials.
    pub scopes: Vec<String>,
}

/// Judges who we are.
#[must_use]
pub fn identity(grants: &Grants) -> Finding {
    let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "–".to_owned());
    // many a client is named "client …": in quotes it doesn't read as a slip
    let client = grants.client.as_ref().map_or("–".to_owned(), |client| format!("\"{client}\""));
    let who = match &grants.user {
        Some(user) => format!("the person {user}, by the OAuth client {client}"),
        None => format!("the OAuth client {client} (no person stands behind it)"),
    };
    let scopes = if grants.scopes.is_empty() {
        "no scope limits it".to_owned()
    } else {
        format!(
            "limited to the scopes {}",
            grants.scopes.iter().take(12).cloned().collect::<Vec<_>>().join(", ")
        )
    };
    let told = format!("organisation {}, as {who}; {scopes}", name(&grants.organization));
    let allows = |area: &str| {
        grants.scopes.iter().any(|scope| {
            scope == area || scope.strip_prefix(area).is_some_and(|rest| rest.starts_with(':'))
        })
    };
    if !grants.scopes.is_empty() && !allows("notifications") {
        return Finding::warning(Check::Identity, &format!("{told}; \"notifications\" is not among them"))
            .remedy("add the scope notifications (and conversations:readonly, routing:readonly, analytics:readonly, users:readonly) to the OAuth client");
    }
    Finding::good(Check::Identity, &told)
}

/// Judges the allowance: used, allowed, seconds to the end of the window.
#[must_use]
pub fn rate_limit(limit: Option<(u32, u32, u32)>) -> Finding {
    let Some((used, allowed, reset)) = limit.filter(|(_, allowed, _)| *allowed > 0) else {
        return Finding::skipped(Check::RateLimit, "the answers don't tell (inin-ratelimit-…)");
    };
    let told = format!("{used} of {allowed} requests used in this window, which ends in {reset} s");
    if used.saturating_mul(100) >= allowed.saturating_mul(MUCH_USED_PERCENT) {
        return Finding::warning(Check::RateLimit, &format!("{told}: little is left, and 429 follows"))
            .remedy("something else uses the same token or client: find it, or give gcwatch an OAuth client of its own");
    }
    Finding::good(Check::RateLimit, &told)
}

/// One channel of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownChannel {
    /// Its id shortened; `None` where the service withholds it.
    pub short: Option<String>,
    /// When it ends.
    pub ends: Option<Timestamp>,
}

/// Judges the channels that exist. `reusable`: an unused one of this token's can be tried with.
#[must_use]
pub fn channels(list: &[KnownChannel], reusable: bool) -> Finding {
    let count = list.len();
    let told = format!("{count} of {MAX_CHANNELS} channels of this client and user exist");
    if count < MANY_CHANNELS {
        return Finding::good(Check::Channels, &format!("{told}; the next one evicts none"));
    }
    if count < MAX_CHANNELS {
        let left = MAX_CHANNELS - count;
        return Finding::warning(Check::Channels, &format!("{told}; after {left} more, each new one evicts another"))
            .remedy("end programs that make channels and don't need them, or give gcwatch an OAuth client of its own; channels end by themselves after 24 hours");
    }
    // The list tells neither use nor connections. A channel's end is set anew when it is used for
    // subscribing, so the one that ends first is the likeliest to have rested longest.
    let first =
        list.iter().filter(|channel| channel.ends.is_some()).min_by_key(|channel| channel.ends);
    let likely = first.map(|channel| {
        let id = channel.short.clone().unwrap_or_else(|| "one whose id is withheld".to_owned());
        let ends = channel.ends.map(|at| format!("{at:.0}")).unwrap_or_default();
        format!(", most likely {id}, which ends at {ends}")
    });
    let told = format!(
        "{told}: the next creation evicts one, those without a live connection first, of those the one not used for longest{}",
        likely.unwrap_or_default()
    );
    let remedy = "end programs that make channels and don't need them, give gcwatch an OAuth client of its own, or wait: channels end 24 hours after their last subscription";
    if reusable {
        let told = format!(
            "{told}; an unused channel of this token is tried with, so nothing is evicted now"
        );
        return Finding::warning(Check::Channels, &told).remedy(remedy);
    }
    Finding::fault(
        Check::Channels,
        Blame::Other,
        &format!("{told}; nothing was created, in order to evict nobody's"),
    )
    .remedy(remedy)
}
