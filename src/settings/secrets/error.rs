//! Why a secret could not be read or kept, and which ways are left.

use std::io;
use std::path::PathBuf;

/// The ways that work without the operating system's store.
const OTHER_WAYS: &str = "other ways: the environment variables GENESYSCLOUD_OAUTHCLIENT_ID and GENESYSCLOUD_OAUTHCLIENT_SECRET, `--secret-stdin` for this run, or `gcwatch login --credentials file` (a file that only you can read)";

/// A failure of a secret store or of a secret. None of them holds the secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// There is no session bus to ask (a server, a container, ssh).
    #[error(
        "the keyring cannot be reached, because this session has no D-Bus ({reason}); {OTHER_WAYS}"
    )]
    NoBus {
        /// What the library said.
        reason: String,
    },
    /// There is a bus, but no program on it keeps secrets.
    #[error(
        "no keyring is running: nothing on the D-Bus offers the Secret Service ({reason}); start gnome-keyring, KWallet or KeePassXC; {OTHER_WAYS}"
    )]
    NoProvider {
        /// What the library said.
        reason: String,
    },
    /// The keyring is locked and nobody unlocked it.
    #[error(
        "the keyring is locked or was never unlocked in this session ({reason}); unlock it and try again; {OTHER_WAYS}"
    )]
    Locked {
        /// What the library said.
        reason: String,
    },
    /// The keyring did not answer in time, now or earlier in this run.
    #[error(
        "the keyring did not answer within {seconds} s; it may wait for a question on another screen, or it hangs: restart it and try again; {OTHER_WAYS}"
    )]
    NotAnswering {
        /// The time limit in seconds.
        seconds: f32,
    },
    /// Nothing is kept under this account.
    #[error("no secret for `{account}` in {place}; `gcwatch login` stores one")]
    Missing {
        /// The account asked for.
        account: String,
        /// The place that was asked, in words.
        place: String,
    },
    /// More callers than the queue to the keyring holds.
    #[error("too many requests wait for the keyring; try again")]
    Busy,
    /// The store's thread could not be started or has ended.
    #[error("the thread that talks to the keyring is not running: {0}")]
    NoThread(String),
    /// The store failed in a way not named above.
    #[error("the keyring failed: {reason}; {OTHER_WAYS}")]
    Store {
        /// What the library said.
        reason: String,
    },
    /// What was read back is not what was written.
    #[error("the secret was written, but something else came back; it is not stored reliably")]
    NotKept,
    /// An account whose name cannot be used for a file.
    #[error("`{0}` is not an account that can be kept in a file")]
    BadAccount(String),
    /// Others may read the file.
    #[error("`{}` can be read by others (mode {mode:o}), so it is not used; run `chmod 600 '{}'`, and replace the secret if others may have seen it", .path.display(), .path.display())]
    TooOpen {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The secret's file is there but is a folder, a pipe or a device.
    #[error("`{}` is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// A file failed.
    #[error("could not {action} `{}`: {source}", .path.display())]
    Io {
        /// What was attempted, as in "could not …".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The secret is empty or blank.
    #[error("the secret is empty")]
    Empty,
    /// The secret is too long to be one.
    #[error("the secret is longer than {} bytes; is it the right one?", super::LONGEST_SECRET)]
    TooLong,
    /// The secret contains line ends, tabs or other control characters.
    #[error(
        "the secret contains control characters (a line end inside, a tab, an escape); paste it again as one line"
    )]
    ControlCharacter,
    /// The secret is not text.
    #[error("the secret is not UTF-8 text")]
    NotText,
    /// Nobody can be asked.
    #[error(
        "there is no terminal to ask for the secret on; pipe it in with `--secret-stdin`, or set GENESYSCLOUD_OAUTHCLIENT_SECRET"
    )]
    NoTerminal,
    /// Reading what the person typed or piped failed.
    #[error("could not read the secret: {0}")]
    Input(io::Error),
}
