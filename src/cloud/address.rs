//! Where the service is: base addresses that are fit to carry a secret.
//!
//! Must not open a connection. Plain http is taken for loopback only, so that no typing error
//! can send a client secret in the clear.
use crate::domain::control::Identity;
use crate::domain::region::Region;
use thiserror::Error;
use url::{Host, Url};

/// The base addresses of one service, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAddress {
    login_url: String,
    api_url: String,
    region: Option<Region>,
}

/// Why something is no base address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressError {
    /// No address can be read from it.
    #[error("\"{given}\" is no web address: write it like https://api.mypurecloud.com")]
    NoAddress {
        /// What was given, shortened and harmless.
        given: String,
    },
    /// Plain http to another machine.
    #[error(
        "\"{given}\" would send secrets in the clear: http is for this computer (127.0.0.1) only, use https"
    )]
    InTheClear {
        /// What was given, shortened and harmless.
        given: String,
    },
    /// Holds a user name, a query or a fragment.
    #[error("\"{given}\" is more than a base address: leave out user name, query and fragment")]
    TooMuch {
        /// What was given, shortened and harmless, without the user information.
        given: String,
    },
    /// Neither a region nor the API's address was given.
    #[error("name a region such as us-east-1, or the API's base address")]
    Nothing,
}

impl ServiceAddress {
    /// The addresses of a region.
    #[must_use]
    pub fn of_region(region: Region) -> Self {
        Self { login_url: region.login_url(), api_url: region.api_url(), region: Some(region) }
    }

    /// The addresses of `region`, each replaced where a whole base address is given.
    ///
    /// Without a region and a login address, `login.` takes the place of the API host's `api.`;
    /// an API host without that prefix (a simulated service) is taken for both.
    ///
    /// # Errors
    /// [`AddressError`] for what is no base address, and when nothing names the API.
    pub fn from_parts(
        region: Option<Region>,
        login: Option<&str>,
        api: Option<&str>,
    ) -> Result<Self, AddressError> {
        let login = login.map(base).transpose()?;
        let api = api.map(base).transpose()?;
        let overridden = login.is_some() || api.is_some();
        let api_url = match (api, &region) {
            (Some(api), _) => api,
            (None, Some(region)) => region.api_url(),
            (None, None) => return Err(AddressError::Nothing),
        };
        let login_url = match (login, &region) {
            (Some(login), _) => login,
            (None, Some(region)) => region.login_url(),
            (None, None) => api_url.replacen("://api.", "://login.", 1),
        };
        Ok(Self { login_url, api_url, region: region.filter(|_| !overridden) })
    }

    /// Base address of the login host, without a slash at its end.
    #[must_use]
    pub fn login_url(&self) -> &str {
        &self.login_url
    }

    /// Base address of the API host, without a slash at its end.
    #[must_use]
    pub fn api_url(&self) -> &str {
        &self.api_url
    }

    /// The region, where the addresses are a region's own.
    #[must_use]
    pub fn region(&self) -> Option<&Region> {
        self.region.as_ref()
    }

    /// What to call the service on screen: the region's name, or the API's host and port.
    #[must_use]
    pub fn name(&self) -> String {
        self.region.as_ref().map_or_else(|| host_of(&self.api_url), |region| region.name().into())
    }

    /// What of an [`Identity`] is known before anybody is asked.
    #[must_use]
    pub fn identity(&self) -> Identity {
        let api_url = if self.region.is_none() { self.api_url.clone() } else { String::new() };
        Identity { region: self.name(), api_url, ..Identity::default() }
    }

    /// Host and port of the login address, for sentences.
    #[must_use]
    pub fn login_host(&self) -> String {
        host_of(&self.login_url)
    }

    /// Host and port of the API's address, for sentences.
    #[must_use]
    pub fn api_host(&self) -> String {
        host_of(&self.api_url)
    }

    /// Whether both hosts are this computer; then no proxy is asked.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        [&self.login_url, &self.api_url]
            .into_iter()
            .all(|address| Url::parse(address).is_ok_and(|url| is_loopback(&url)))
    }
}

/// Whether the address names this computer.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Host and port (where one is written) of an address; the text itself when it is none.
pub(super) fn host_of(address: &str) -> String {
    let Ok(url) = Url::parse(address) else { return address.to_owned() };
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Checks a base address and takes the slashes off its end.
fn base(given: &str) -> Result<String, AddressError> {
    let text = given.trim();
    let shown = || super::failure::harmless(text, 80);
    let url = Url::parse(text).map_err(|_| AddressError::NoAddress { given: shown() })?;
    if !matches!(url.scheme(), "https" | "http") || url.host().is_none() {
        return Err(AddressError::NoAddress { given: shown() });
    }
    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.query().is_some() || url.fragment().is_some() {
        let given = format!("{}://{}", url.scheme(), host_of(text));
        return Err(AddressError::TooMuch { given });
    }
    if url.scheme() == "http" && !is_loopback(&url) {
        return Err(AddressError::InTheClear { given: shown() });
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::{AddressError, ServiceAddress};
    use crate::domain::region::Region;

    #[test]
    fn a_region_gives_both_hosts_and_keeps_its_name() {
        let region = Region::parse("eu-west-1").unwrap();
        let address = ServiceAddress::of_region(region);
        assert_eq!(address.login_url(), "https://login.mypurecloud.ie");
        assert_eq!(address.name(), "eu-west-1");
        assert_eq!(address.identity().api_url, "", "the region says it");
        assert!(!address.is_loopback());
    }

    #[test]
    fn the_login_host_follows_from_the_api_host() {
        for (api, login) in [
            ("https://api.usw2.pure.cloud/", "https://login.usw2.pure.cloud"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("http://[::1]:8080/", "http://[::1]:8080"),
            ("http://localhost:1/base/", "http://localhost:1/base"),
        ] {
            let address = ServiceAddress::from_parts(None, None, Some(api)).unwrap();
            assert_eq!(address.login_url(), login);
            assert_eq!(address.identity().api_url, address.api_url());
        }
    }

    #[test]
    fn what_would_leak_or_is_no_address_is_refused() {
        type Check = fn(&AddressError) -> bool;
        let cases: [(&str, Check); 6] = [
            ("http://api.mypurecloud.com", |e| matches!(e, AddressError::InTheClear { .. })),
            ("http://127.0.0.1.example.com", |e| matches!(e, AddressError::InTheClear { .. })),
            ("api.mypurecloud.com", |e| matches!(e, AddressError::NoAddress { .. })),
            ("wss://streaming.mypurecloud.com", |e| matches!(e, AddressError::NoAddress { .. })),
            ("https://me:secret@api.x.com", |e| matches!(e, AddressError::TooMuch { .. })),
            ("https://api.x.com?a=b", |e| matches!(e, AddressError::TooMuch { .. })),
        ];
        for (given, expected) in cases {
            let error = ServiceAddress::from_parts(None, None, Some(given)).unwrap_err();
            assert!(expected(&error), "{given}: {error}");
            assert!(!error.to_string().contains("secret@"));
        }
        assert_eq!(ServiceAddress::from_parts(None, None, None), Err(AddressError::Nothing));
    }
}
