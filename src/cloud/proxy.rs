//! Whether a proxy stands between us and a host, by the system's settings.
//!
//! The settings are read once, when a client is made; must not open a connection.
use super::address::{ServiceAddress, is_loopback};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::sync::Arc;
use tokio_tungstenite::tungstenite::http::Uri;
use url::Url;

/// The system's proxies (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` and the like).
#[derive(Clone, Debug)]
pub struct Proxies {
    matcher: Option<Arc<Matcher>>,
    /// Whether loopback is asked of the proxy too; only a test wants that.
    even_loopback: bool,
}

impl Proxies {
    /// Those of the system; none for a service on this computer.
    pub(super) fn from_system(address: &ServiceAddress) -> Self {
        let matcher = (!address.is_loopback()).then(|| Arc::new(Matcher::from_system()));
        Self { matcher, even_loopback: false }
    }

    /// Those of the system, for whatever address; loopback is still reached directly.
    #[must_use]
    pub fn of_system() -> Self {
        Self { matcher: Some(Arc::new(Matcher::from_system())), even_loopback: false }
    }

    /// These settings instead of the system's: one proxy for everything.
    #[cfg(test)]
    pub(super) fn one(proxy: &str) -> Self {
        let matcher = Some(Arc::new(Matcher::builder().all(proxy).build()));
        Self { matcher, even_loopback: false }
    }

    #[cfg(test)]
    pub(super) fn also_for_loopback(self) -> Self {
        Self { even_loopback: true, ..self }
    }

    /// Host and port of the proxy on the way to an address, for sentences.
    pub(super) fn name_for(&self, address: Option<&Url>) -> Option<String> {
        self.of(address?).as_ref().map(shown)
    }

    /// The proxy for an address, if there is one. Loopback is never asked of a proxy.
    pub(super) fn of(&self, socket: &Url) -> Option<Intercept> {
        if is_loopback(socket) && !self.even_loopback {
            return None;
        }
        let scheme = if matches!(socket.scheme(), "ws" | "http") { "http" } else { "https" };
        let host = socket.host_str()?;
        let port = socket.port_or_known_default()?;
        let target: Uri = format!("{scheme}://{host}:{port}/").parse().ok()?;
        self.matcher.as_ref()?.intercept(&target)
    }
}

/// Host and port of a proxy, without user name and password.
pub(super) fn shown(proxy: &Intercept) -> String {
    let uri = proxy.uri();
    let host = super::failure::harmless(uri.host().unwrap_or_default(), 80);
    uri.port_u16().map_or_else(|| host.clone(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::Proxies;
    use url::Url;

    #[test]
    fn loopback_never_goes_through_a_proxy() {
        let proxies = Proxies::one("http://me:word@proxy.example:3128");
        let proxy = proxies.of(&Url::parse("wss://streaming.mypurecloud.com/x").unwrap()).unwrap();
        assert_eq!(proxy.uri().host(), Some("proxy.example"));
        assert!(proxy.basic_auth().is_some());
        for loopback in ["ws://127.0.0.1:8080/x", "ws://localhost/x", "ws://[::1]:1/x"] {
            assert!(proxies.of(&Url::parse(loopback).unwrap()).is_none());
        }
    }
}
