//! Where secrets are kept between runs: the operating system's store, or a private file.
//!
//! There is never a silent change from one place to another: whoever asked for the store gets the
//! store or an error that names the other places. This module must not know of profiles beyond the
//! account names, and no secret may appear in an error or in `Debug`.

use secrecy::{ExposeSecret, SecretString};

mod error;
mod file_store;
mod keyring_store;
mod memory_store;
mod own_thread;

pub use error::SecretError;
pub use file_store::FileStore;
pub use keyring_store::{KEYRING_DEADLINE, KeyringStore, SERVICE};
pub use memory_store::MemoryStore;

use super::ProfileName;

/// The longest secret, in bytes. Genesys Cloud's client secrets have 43, a login with both its
/// tokens some 300; Windows' store ends at
/// 2560 bytes of UTF-16, and anything near that is a wrong file piped in.
pub const LONGEST_SECRET: usize = 1024;

/// A place that keeps secrets by account name.
///
/// All calls block, though never without end: call them from a plain thread or from the runtime's
/// blocking pool.
pub trait SecretStore: Send + Sync {
    /// Keeps a secret, replacing an earlier one, and reads it back to be sure.
    ///
    /// # Errors
    /// Why the secret was not accepted or could not be kept.
    fn set(&self, account: &str, secret: &SecretString) -> Result<(), SecretError>;

    /// Fetches a secret.
    ///
    /// # Errors
    /// [`SecretError::Missing`] when there is none, else why the place could not be asked.
    fn get(&self, account: &str) -> Result<SecretString, SecretError>;

    /// Removes a secret.
    ///
    /// # Errors
    /// [`SecretError::Missing`] when there is none, else why the place could not be asked.
    fn delete(&self, account: &str) -> Result<(), SecretError>;
}

/// The account under which the client secret of a profile is kept: `PROFILE:client-secret`.
#[must_use]
pub fn client_secret_account(profile: &ProfileName) -> String {
    format!("{profile}{CLIENT_SECRET_SUFFIX}")
}

const CLIENT_SECRET_SUFFIX: &str = ":client-secret";

/// The account under which the tokens of a person's browser login are kept: `PROFILE:login`.
#[must_use]
pub fn login_account(profile: &ProfileName) -> String {
    format!("{profile}{LOGIN_SUFFIX}")
}

const LOGIN_SUFFIX: &str = ":login";

/// Checks a secret as it came from a person, a pipe or a file: one line end at its end is cut off.
///
/// # Errors
/// [`SecretError::Empty`], [`SecretError::TooLong`] or [`SecretError::ControlCharacter`].
pub fn accept(text: &str) -> Result<SecretString, SecretError> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    if line.trim().is_empty() {
        return Err(SecretError::Empty);
    }
    if line.len() > LONGEST_SECRET {
        return Err(SecretError::TooLong);
    }
    if line.chars().any(char::is_control) {
        return Err(SecretError::ControlCharacter);
    }
    Ok(SecretString::from(line))
}

/// Whether what came back is what was given. Not in constant time: both sides are ours.
fn verify(given: &SecretString, back: &SecretString) -> Result<(), SecretError> {
    if given.expose_secret() == back.expose_secret() { Ok(()) } else { Err(SecretError::NotKept) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_end_is_cut_and_nothing_else() {
        for (text, wanted) in
            [("abc", "abc"), ("abc\n", "abc"), ("abc\r\n", "abc"), (" a b ", " a b ")]
        {
            assert_eq!(accept(text).unwrap().expose_secret(), wanted);
        }
    }

    #[test]
    fn refuses_what_cannot_be_a_secret() {
        for text in ["", "\n", "\r\n", "  "] {
            assert!(matches!(accept(text), Err(SecretError::Empty)), "{text:?}");
        }
        for text in ["a\nb", "abc\n\n", "a\0b", "a\u{1b}[0m", "a\tb"] {
            assert!(matches!(accept(text), Err(SecretError::ControlCharacter)), "{text:?}");
        }
        assert!(accept(&"x".repeat(LONGEST_SECRET)).is_ok());
        assert!(matches!(accept(&"x".repeat(LONGEST_SECRET + 1)), Err(SecretError::TooLong)));
    }

    #[test]
    fn the_account_names_profile_and_kind() {
        let profile = ProfileName::parse("prod").unwrap();
        assert_eq!(client_secret_account(&profile), "prod:client-secret");
        assert_eq!(login_account(&profile), "prod:login");
    }
}
