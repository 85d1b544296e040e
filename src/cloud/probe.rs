//! Looks at each step of the way to the service by itself, for a diagnosis.
//!
//! Ordinary work asks for the whole way at once and learns of the first failure only; here each
//! step has a deadline of its own and gives facts, which `domain::diagnosis` judges. Must not
//! judge anything itself, retry, or send a secret anywhere but to the host it is told.
use super::address::ServiceAddress;
use super::client::{ClientError, connections};
use super::dial::Dialler;
use super::proxy::Proxies;
use super::tls::Tls;
use std::time::Duration;
use url::Url;

mod certificate;
mod http;
mod place;
mod proxy;
mod socket;
mod tls;

pub use http::Body;
pub use place::{reach, resolve};
pub use proxy::ProxyInForce;
pub(super) use socket::open;
pub use socket::{Manner, attempt};

/// Limit for resolving a name.
pub const NAMES_LIMIT: Duration = Duration::from_secs(4);
/// Limit for a TCP connection.
pub const TCP_LIMIT: Duration = Duration::from_secs(4);
/// Limit for a TLS handshake, with its connection.
pub const TLS_LIMIT: Duration = Duration::from_secs(5);
/// Limit for asking a proxy for a tunnel.
pub const TUNNEL_LIMIT: Duration = Duration::from_secs(5);
/// Limit for one REST call or login.
pub const HTTP_LIMIT: Duration = Duration::from_secs(8);
/// Limit for an upgrade, with its connection.
pub const UPGRADE_LIMIT: Duration = Duration::from_secs(6);
/// How long an open socket is listened to for a pong: it comes at once or never.
pub const PULSE_LIMIT: Duration = Duration::from_secs(5);

/// Asks one service, step by step. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Probe {
    address: ServiceAddress,
    http: reqwest::Client,
    dialler: Dialler,
}

impl Probe {
    /// A probe; opens no connection yet.
    ///
    /// # Errors
    /// [`ClientError`] when the HTTP library refuses the configuration.
    pub fn new(address: ServiceAddress, tls: Tls, user_agent: &str) -> Result<Self, ClientError> {
        let http = connections(&address, &tls, user_agent)?;
        let dialler = Dialler::new(tls, Proxies::from_system(&address));
        Ok(Self { address, http, dialler })
    }

    /// Where the service is.
    #[must_use]
    pub fn address(&self) -> &ServiceAddress {
        &self.address
    }

    /// What opens sockets.
    #[must_use]
    pub fn dialler(&self) -> &Dialler {
        &self.dialler
    }

    /// The places that the service is reached at, each once: login, API, and the streaming host
    /// where the region tells it.
    #[must_use]
    pub fn places(&self) -> Vec<Url> {
        let streaming =
            self.address.region().map(|region| format!("https://{}", region.streaming_host()));
        let all = [
            Some(self.address.login_url().to_owned()),
            Some(self.address.api_url().to_owned()),
            streaming,
        ];
        let mut places: Vec<Url> = Vec::new();
        for place in all.into_iter().flatten().filter_map(|text| Url::parse(&text).ok()) {
            let same = |known: &Url| {
                known.host() == place.host()
                    && known.port_or_known_default() == place.port_or_known_default()
            };
            if !places.iter().any(same) {
                places.push(place);
            }
        }
        places
    }
}

/// Host and port of a place, for display and for connecting.
#[must_use]
pub fn host_and_port(place: &Url) -> (String, u16) {
    let host = super::dial::bare(place.host_str().unwrap_or_default()).to_owned();
    (host, place.port_or_known_default().unwrap_or(443))
}
