//! The login of a person in the browser: authorization code with PKCE (RFC 7636) by way of a
//! loopback address (RFC 8252).
//!
//! Written here and not taken from the `oauth2` crate: that brings a second `rand` and a second
//! `thiserror`, and what is left without its HTTP client are these few lines. Must not know how a
//! browser is opened, nor where tokens are kept.
//!
//! ```text
//! BrowserLogin::begin ─ authorize_url ─▶ browser ─ the person logs in ─▶ http://localhost:PORT?code=…&state=…
//!   Loopback (or a pasted line) ─ BrowserLogin::read ─▶ Code ─ ServiceClient::exchange ─▶ UserTokens
//! ```
use super::address::ServiceAddress;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use thiserror::Error;
use url::Url;

mod answer;
mod loopback;
mod page;
mod proof;
mod redirect;
#[cfg(test)]
mod tests;
mod tokens;

pub use answer::{AnswerError, Code};
pub use loopback::{Callback, Loopback, LoopbackError};
pub use page::Page;
pub use redirect::{Redirect, RedirectError};
pub use tokens::{TokenKeeper, UserTokens};

/// The system gives no random numbers, so there can be no login.
#[derive(Debug, Error)]
#[error("the system gives no random numbers ({0}), and without them a login can be stolen")]
pub struct NoRandom(String);

/// One login that a person is asked for: its secrets and its address.
pub struct BrowserLogin {
    verifier: SecretString,
    state: SecretString,
    redirect_uri: String,
    authorize_url: String,
}

impl fmt::Debug for BrowserLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the address holds the state, which only this program and the browser may know
        formatter
            .debug_struct("BrowserLogin")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

impl BrowserLogin {
    /// A new login for the OAuth client `client_id`, whose answer shall come to `redirect_uri`.
    ///
    /// # Errors
    /// [`NoRandom`] when the system has no random source.
    pub fn begin(
        address: &ServiceAddress,
        client_id: &str,
        redirect_uri: &str,
    ) -> Result<Self, NoRandom> {
        let (verifier, state) = (proof::random_word()?, proof::random_word()?);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("code_challenge", &proof::challenge(&verifier))
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", state.expose_secret());
        let authorize_url = format!("{}/oauth/authorize?{}", address.login_url(), query.finish());
        Ok(Self { verifier, state, redirect_uri: redirect_uri.to_owned(), authorize_url })
    }

    /// The address that the person has to open. It holds the state: to be shown to that person
    /// only, never logged.
    #[must_use]
    pub fn authorize_url(&self) -> &str {
        &self.authorize_url
    }

    /// Reads what came back: the query of the loopback request, or what was pasted, which may be
    /// the whole address or the code alone.
    ///
    /// # Errors
    /// [`AnswerError`]: refused, of another login, or nothing of the kind.
    pub fn read(&self, answer: &str) -> Result<Code, AnswerError> {
        answer::read(answer, self.state.expose_secret())
    }

    pub(super) fn verifier(&self) -> &SecretString {
        &self.verifier
    }

    /// The address that the browser comes back to, as the login host was told.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }
}

/// The query of an address, or the text itself where it is none.
fn query_of(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) if url.has_host() => {
            // some hosts answer in the fragment, as the older implicit login does
            url.query().or(url.fragment()).unwrap_or_default().to_owned()
        }
        _ => text.trim_start_matches(['/', '?', '#']).to_owned(),
    }
}
