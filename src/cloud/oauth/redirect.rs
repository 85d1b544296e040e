//! Where the browser shall bring the answer: an address on this computer.
use crate::domain::text::harmless_within;
use thiserror::Error;
use url::Url;

/// A loopback address, with or without a fixed port.
///
/// The service takes any port for a redirect URI that is registered without one, and only the
/// registered one otherwise. The path must be the registered one to the letter, so none is added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redirect {
    host: String,
    port: Option<u16>,
    /// As written: empty or beginning with a slash.
    path: String,
}

/// Why something is no redirect address for a login from a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "\"{given}\" can't be the redirect URI: write it as it is registered with the OAuth client, http://localhost or http://localhost:PORT/PATH"
)]
pub struct RedirectError {
    /// What was given, shortened and harmless.
    given: String,
}

impl Default for Redirect {
    /// `http://localhost`, any port.
    fn default() -> Self {
        Self { host: "localhost".to_owned(), port: None, path: String::new() }
    }
}

impl Redirect {
    /// Reads the registered address.
    ///
    /// # Errors
    /// [`RedirectError`] for what is no plain http address of this computer.
    pub fn parse(given: &str) -> Result<Self, RedirectError> {
        let text = given.trim();
        let refused = || RedirectError { given: harmless_within(text, 80) };
        let url = Url::parse(text).map_err(|_| refused())?;
        let fits = url.scheme() == "http"
            && crate::cloud::address::is_loopback(&url)
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let host = url.host_str().filter(|_| fits).ok_or_else(refused)?;
        let is_bare = url.path() == "/" && !text.ends_with('/');
        let path = if is_bare { String::new() } else { url.path().to_owned() };
        Ok(Self { host: host.to_owned(), port: url.port(), path })
    }

    /// The port that is registered, if one is.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// The path that the browser asks for.
    pub(super) fn path(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// The whole address with this port.
    pub(super) fn with_port(&self, port: u16) -> String {
        format!("http://{}:{port}{}", self.host, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::Redirect;

    #[test]
    fn the_registered_address_is_kept_to_the_letter() {
        for (given, sent, path) in [
            ("http://localhost", "http://localhost:7", "/"),
            ("http://localhost/", "http://localhost:7/", "/"),
            ("http://127.0.0.1/callback", "http://127.0.0.1:7/callback", "/callback"),
            ("http://[::1]:7/a/", "http://[::1]:7/a/", "/a/"),
        ] {
            let redirect = Redirect::parse(given).unwrap();
            assert_eq!(redirect.with_port(7), sent);
            assert_eq!(redirect.path(), path);
        }
        assert_eq!(Redirect::parse("http://localhost:8080").unwrap().port(), Some(8080));
        assert_eq!(Redirect::default(), Redirect::parse("http://localhost").unwrap());
    }

    #[test]
    fn another_computer_or_more_than_an_address_is_refused() {
        for given in [
            "",
            "localhost",
            "https://localhost",
            "http://example.com",
            "http://localhost.example.com",
            "http://localhost?x=1",
            "http://me@localhost",
        ] {
            assert!(Redirect::parse(given).is_err(), "{given}");
        }
    }
}
