//! The operating system's store: Keychain, Credential Manager or the Secret Service.
//!
//! Every call goes through a thread of its own, because the Secret Service client waits for ever
//! when the daemon is silent.

use std::time::Duration;

use keyring_core::{Entry, Error};
use secrecy::{ExposeSecret, SecretString};

use super::own_thread::OwnThread;
use super::{SecretError, SecretStore, accept, verify};

/// The service name under which all accounts are kept.
pub const SERVICE: &str = "gcwatch";

/// How long one request to the keyring may take. A healthy one answers in milliseconds; ten
/// seconds leave a person time to type a password into the prompt that a locked keyring opens.
pub const KEYRING_DEADLINE: Duration = Duration::from_secs(10);

/// The longest reason taken over from the library, in characters: it stands inside a sentence.
const LONGEST_REASON: usize = 200;

/// The operating system's secret store.
pub struct KeyringStore(OwnThread);

impl KeyringStore {
    /// Starts the thread that talks to the store; the store itself is first asked with the first
    /// request. `deadline` is the limit for each request: [`KEYRING_DEADLINE`], or less in tests.
    ///
    /// The library looks for the store once in a process, so a keyring that comes up later is seen
    /// by the next run only.
    ///
    /// # Errors
    /// [`SecretError::NoThread`] when no thread can be started.
    pub fn start(deadline: Duration) -> Result<Self, SecretError> {
        OwnThread::start(Platform, deadline).map(Self)
    }
}

impl SecretStore for KeyringStore {
    fn set(&self, account: &str, secret: &SecretString) -> Result<(), SecretError> {
        self.0.set(account, &accept(secret.expose_secret())?)
    }

    fn get(&self, account: &str) -> Result<SecretString, SecretError> {
        self.0.get(account)
    }

    fn delete(&self, account: &str) -> Result<(), SecretError> {
        self.0.delete(account)
    }
}

/// The store itself; only the thread calls it.
struct Platform;

impl Platform {
    fn entry(account: &str) -> Result<Entry, SecretError> {
        // Asking for the status opens the store on first use. `keyring::Entry::new` would hide the
        // true reason of a failure behind "no default store".
        if let Err(error) = keyring::Entry::store_status() {
            return Err(classify(error, account, Stage::Opening));
        }
        Entry::new(SERVICE, account).map_err(|error| classify(&error, account, Stage::Using))
    }
}

impl SecretStore for Platform {
    fn set(&self, account: &str, secret: &SecretString) -> Result<(), SecretError> {
        Self::entry(account)?
            .set_password(secret.expose_secret())
            .map_err(|error| classify(&error, account, Stage::Using))?;
        verify(secret, &self.get(account)?)
    }

    fn get(&self, account: &str) -> Result<SecretString, SecretError> {
        Self::entry(account)?
            .get_password()
            .map(SecretString::from)
            .map_err(|error| classify(&error, account, Stage::Using))
    }

    fn delete(&self, account: &str) -> Result<(), SecretError> {
        Self::entry(account)?
            .delete_credential()
            .map_err(|error| classify(&error, account, Stage::Using))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Opening,
    Using,
}

/// Turns the library's errors into ours. Its platform errors come boxed from crates that are not
/// ours to name, so a missing bus and a missing provider are told apart by D-Bus' own error names.
fn classify(error: &Error, account: &str, stage: Stage) -> SecretError {
    match error {
        Error::NoEntry => SecretError::Missing {
            account: account.to_owned(),
            place: "the keyring (a keyring that was never unlocked looks the same)".to_owned(),
        },
        Error::NoStorageAccess(reason) => SecretError::Locked { reason: shortened(reason) },
        // Never the library's text here: it would hold the bytes of the secret.
        Error::BadEncoding(_) | Error::BadDataFormat(..) => SecretError::NotText,
        Error::TooLong(..) => SecretError::TooLong,
        Error::PlatformFailure(source) => {
            let reason = shortened(source);
            let no_provider =
                ["ServiceUnknown", "NameHasNoOwner", "was not provided", "no secret service"];
            if no_provider.iter().any(|mark| reason.contains(mark)) {
                SecretError::NoProvider { reason }
            } else if stage == Stage::Opening && cfg!(all(unix, not(target_os = "macos"))) {
                SecretError::NoBus { reason }
            } else {
                SecretError::Store { reason }
            }
        }
        // Its text would list what other programs keep.
        Error::Ambiguous(_) => {
            SecretError::Store { reason: format!("several entries match `{account}`") }
        }
        other => SecretError::Store { reason: shortened(other) },
    }
}

fn shortened(error: &impl ToString) -> String {
    error.to_string().chars().filter(|one| !one.is_control()).take(LONGEST_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Error {
        Error::PlatformFailure(text.into())
    }

    #[test]
    fn tells_the_situations_apart_and_names_the_other_ways() {
        let unknown = "org.freedesktop.DBus.Error.ServiceUnknown: The name \
            org.freedesktop.secrets was not provided by any .service files";
        let no_provider = classify(&platform(unknown), "a", Stage::Opening);
        assert!(matches!(no_provider, SecretError::NoProvider { .. }));
        let locked = classify(&Error::NoStorageAccess("Prompt".into()), "a", Stage::Using);
        assert!(matches!(locked, SecretError::Locked { .. }));
        let lost = classify(&platform("connection closed"), "a", Stage::Using);
        assert!(matches!(lost, SecretError::Store { .. }));
        for error in [no_provider, locked, lost] {
            let text = error.to_string();
            for way in ["GENESYSCLOUD_OAUTHCLIENT_SECRET", "--secret-stdin", "--credentials file"] {
                assert!(text.contains(way), "{text}");
            }
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_failed_connection_means_no_bus() {
        let refused = "zbus error: Failed to connect to address unix:path=/run/user/0/bus";
        let error = classify(&platform(refused), "a", Stage::Opening);
        assert!(matches!(error, SecretError::NoBus { .. }), "{error}");
    }

    #[test]
    fn a_secret_never_reaches_the_text() {
        let bytes = b"hunter2\xff".to_vec();
        let text = format!("{:?}", classify(&Error::BadEncoding(bytes), "a", Stage::Using));
        assert!(!text.contains("104") && !text.contains("hunter"), "{text}");
    }
}
