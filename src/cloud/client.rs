//! The client of the service's REST API: who we are, and the token that says so.
//!
//! How a token is had and renewed is in [`login`]; the calls for channels, names and snapshots are
//! in the modules beside this one. Must not know where credentials are kept nor who shows what was
//! read.
use super::address::ServiceAddress;
use super::clock::Clock;
use super::credentials::Credentials;
use super::failure::plain;
use super::http::Call;
use super::pace::Budget;
use super::proxy::Proxies;
use super::tls::Tls;
use crate::domain::control::Identity;
use crate::domain::session::{Failure, FailureKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::Deserialize;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use thiserror::Error;
use tokio::sync::watch;
use tokio::time::Instant;

mod login;
mod person;

pub use person::Person;

/// Limit for name resolution, TCP and TLS of one connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// A client of one service with one set of credentials. Cheap to clone; clones share token,
/// allowance and connections.
#[derive(Clone)]
pub struct ServiceClient {
    pub(super) http: reqwest::Client,
    /// What it takes for the time.
    pub(super) clock: Clock,
    /// Where midnight is.
    pub(super) zone: TimeZone,
    pub(super) shared: Arc<Shared>,
}

/// What all clones share.
pub(super) struct Shared {
    pub(super) address: ServiceAddress,
    pub(super) credentials: Credentials,
    pub(super) tls: Tls,
    pub(super) proxies: Proxies,
    pub(super) user_agent: String,
    slot: Mutex<Slot>,
    /// Held while logging in, so that several sessions don't do it at once.
    login: tokio::sync::Mutex<()>,
    budget: Mutex<Budget>,
    pub(super) vitals: watch::Sender<Vitals>,
}

/// The token in use.
#[derive(Default)]
struct Slot {
    token: Option<SecretString>,
    /// What gives the next one, for a person's login.
    refresh: Option<SecretString>,
    info: TokenInfo,
    obtained: Option<Instant>,
    /// The service has refused it.
    refused: bool,
    /// The service has taken this token or one before it.
    has_worked: bool,
    /// Counts the tokens, so that a late refusal of an old one isn't blamed on the new.
    generation: u64,
}

/// What is known of the token in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenInfo {
    /// When it ends; `None` when that isn't known.
    pub expires: Option<Timestamp>,
    /// How long it lives from the login on; `None` when that isn't known.
    pub life: Option<Duration>,
    /// Whether it is renewed without anybody's doing. Otherwise a person has to log in again.
    pub renews: bool,
}

/// The service's rate limit, as announced last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests counted in this window.
    pub count: u32,
    /// Requests allowed in a window.
    pub allowed: u32,
    /// When the window ends.
    pub resets: Timestamp,
}

/// What the answers tell by the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vitals {
    /// The token in use; `None` before the first login.
    pub token: Option<TokenInfo>,
    /// The rate limit.
    pub rate_limit: Option<RateLimit>,
    /// Milliseconds by which the service's clock is ahead of ours; negative: behind.
    pub clock_skew: Option<i64>,
}

/// Why there is no client.
#[derive(Debug, Error)]
#[error("the HTTP client can't be set up: {0}")]
pub struct ClientError(String);

#[derive(Default, Deserialize)]
#[serde(default)]
struct NameOnly {
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct TokenOwner {
    organization: NameOnly,
    #[serde(rename = "OAuthClient")]
    client: NameOnly,
}

impl ServiceClient {
    /// A client; opens no connection yet.
    ///
    /// # Errors
    /// [`ClientError`] when the HTTP library refuses the configuration.
    pub fn new(
        address: ServiceAddress,
        credentials: Credentials,
        tls: Tls,
        user_agent: &str,
    ) -> Result<Self, ClientError> {
        let proxies = Proxies::from_system(&address);
        let http = connections(&address, &tls, user_agent)?;
        let slot = match &credentials {
            Credentials::AccessToken(token) => {
                Slot { token: Some(token.clone()), ..Slot::default() }
            }
            Credentials::ClientCredentials { .. } => Slot::default(),
            Credentials::User(user) => login::slot_of(user),
        };
        let shared = Shared {
            address,
            credentials,
            tls,
            proxies,
            user_agent: user_agent.to_owned(),
            slot: Mutex::new(slot),
            login: tokio::sync::Mutex::new(()),
            budget: Mutex::new(Budget::default()),
            vitals: watch::Sender::new(Vitals::default()),
        };
        Ok(Self { http, clock: Clock::default(), zone: TimeZone::UTC, shared: Arc::new(shared) })
    }

    /// The same client, living by another clock than the machine's. All clones must live by one:
    /// they share the token and its end.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// The same client, where today begins at midnight in `zone` instead of in UTC.
    #[must_use]
    pub fn in_zone(self, zone: TimeZone) -> Self {
        Self { zone, ..self }
    }

    /// A clone with connections of its own, for another runtime: a pooled connection lives on
    /// the runtime that opened it, and hangs with it.
    ///
    /// # Errors
    /// [`ClientError`] when the HTTP library refuses the configuration.
    pub fn for_another_runtime(&self) -> Result<Self, ClientError> {
        let http = connections(&self.shared.address, &self.shared.tls, &self.shared.user_agent)?;
        let shared = Arc::clone(&self.shared);
        Ok(Self { http, clock: self.clock, zone: self.zone.clone(), shared })
    }

    /// Where the service is.
    #[must_use]
    pub fn address(&self) -> &ServiceAddress {
        &self.shared.address
    }

    /// What the answers tell by the way, as it changes.
    #[must_use]
    pub fn vitals(&self) -> watch::Receiver<Vitals> {
        self.shared.vitals.subscribe()
    }

    /// Who we are to the service. Client credentials have no user: then the client's name.
    ///
    /// # Errors
    /// When not even the token's own description can be had.
    pub async fn who(&self) -> Result<Identity, Failure> {
        let doing = "asking who we are";
        let host = self.shared.address.api_host();
        let owner: TokenOwner =
            self.call(Call::get("/api/v2/tokens/me", doing)).await?.json(doing, &host)?;
        let mut who = owner.client.name;
        if !matches!(self.shared.credentials, Credentials::ClientCredentials { .. }) {
            // the token may be a user's or a client's; only a user's is answered here
            let me = self.call(Call::get("/api/v2/users/me", doing)).await;
            let user: Option<NameOnly> = me.ok().and_then(|answer| answer.json(doing, &host).ok());
            who = user.and_then(|user| user.name).or(who);
        }
        let mut organization = owner.organization.name;
        if organization.is_none() {
            let answer = self.call(Call::get("/api/v2/organizations/me", doing)).await;
            organization = answer
                .ok()
                .and_then(|answer| answer.json::<NameOnly>(doing, &host).ok())
                .and_then(|answer| answer.name);
        }
        Ok(Identity { organization, who, ..self.shared.address.identity() })
    }

    /// The token in use; logs in when there is none. For a diagnosis, which asks by itself.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn access_token(&self) -> Result<SecretString, Failure> {
        self.token().await.map(|(token, _)| token)
    }

    /// The token in use with its number; logs in when there is none.
    pub(super) async fn token(&self) -> Result<(SecretString, u64), Failure> {
        if let Some(token) = self.shared.token() {
            return Ok(token);
        }
        self.login(false).await?;
        self.shared.token().ok_or_else(|| {
            plain(FailureKind::TokenRefused, "the token was withdrawn while logging in".to_owned())
        })
    }

    /// The number of the token in use: a channel belongs to the token that made it.
    pub(super) fn token_number(&self) -> u64 {
        self.shared.slot().generation
    }

    /// Remembers that the service refused token number `generation`.
    pub(super) fn token_was_refused(&self, generation: u64) {
        let mut slot = self.shared.slot();
        if slot.generation == generation {
            slot.refused = true;
        }
    }

    /// Remembers that the service took a token.
    pub(super) fn token_was_taken(&self) {
        self.shared.slot().has_worked = true;
    }
}

impl Shared {
    pub(super) fn budget(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn token(&self) -> Option<(SecretString, u64)> {
        let slot = self.slot();
        slot.token.clone().map(|token| (token, slot.generation))
    }

    fn tell_token(&self, info: TokenInfo) {
        self.vitals.send_if_modified(|vitals| vitals.token.replace(info) != Some(info));
    }
}

/// Shows neither token nor secret.
impl fmt::Debug for ServiceClient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServiceClient")
            .field("address", &self.shared.address)
            .finish_non_exhaustive()
    }
}

pub(super) fn connections(
    address: &ServiceAddress,
    tls: &Tls,
    user_agent: &str,
) -> Result<reqwest::Client, ClientError> {
    let mut builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls.config().as_ref().clone())
        .user_agent(user_agent)
        .connect_timeout(CONNECT_LIMIT)
        .tcp_nodelay(true)
        // The service never redirects. Whoever does is a captive portal, and must get neither
        // secret nor token.
        .redirect(reqwest::redirect::Policy::none());
    if address.is_loopback() {
        builder = builder.no_proxy();
    }
    builder.build().map_err(|reason| ClientError(reason.to_string()))
}

#[cfg(test)]
mod tests;
