//! What we prove ourselves with. Must not know where it is kept.
use secrecy::SecretString;

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
}
