//! What we prove ourselves with. Must not know where it is kept.
use super::oauth::{TokenKeeper, UserTokens};
use secrecy::SecretString;
use std::sync::Arc;

/// What the service takes in exchange for access. Shows no secret in its debug form.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Credentials {
    /// A token that somebody obtained elsewhere; can't be renewed.
    AccessToken(SecretString),
    /// An OAuth client of the kind "client credentials": no user stands behind it.
    ClientCredentials {
        /// The client's id; no secret.
        client_id: String,
        /// The client's secret.
        client_secret: SecretString,
    },
    /// A person's login in the browser.
    User(UserLogin),
}

/// A person's login, as it is kept between runs.
#[derive(Clone, Debug)]
pub struct UserLogin {
    /// The OAuth client by which the person logged in; no secret.
    pub client_id: String,
    /// What the login gave; `None` before it.
    pub tokens: Option<UserTokens>,
    /// Where renewed tokens go, and new ones may come from.
    pub keeper: Arc<dyn TokenKeeper>,
    /// The command that logs in again, for sentences.
    pub log_in_again: String,
}
