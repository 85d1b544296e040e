//! What can go wrong with settings, in words for the person who has to repair it.

use std::io;
use std::path::{Path, PathBuf};

use super::file::Complaint;
use super::secrets::SecretError;

/// A failure of the settings layer. All of them mean exit code 2 to scripts.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Neither a home folder nor anything that stands in for it is known.
    #[error(
        "no home folder is known, so there is no place for the configuration; set HOME, or name a folder in GCWATCH_CONFIG_DIR"
    )]
    NoHome,
    /// A folder given by the user cannot be used.
    #[error("GCWATCH_CONFIG_DIR is `{}`, which is not an absolute path; give the whole path", .0.display())]
    RelativeConfigFolder(PathBuf),
    /// A file or folder could not be read or written.
    #[error("could not {action} `{}`: {source}", .path.display())]
    Io {
        /// What was attempted, as in "could not …".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The operating system's reason.
        source: io::Error,
    },
    /// The configuration file is larger than any that a person would write.
    #[error("`{}` is larger than {limit} bytes; is it really a gcwatch configuration?", .path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit in bytes.
        limit: u64,
    },
    /// The configuration file says something that it must not say.
    #[error("{}", placed(.path, .complaints))]
    Config {
        /// The file.
        path: PathBuf,
        /// Where in it, and what is wrong; at least one.
        complaints: Vec<Complaint>,
    },
    /// A profile name that cannot be used.
    #[error("`{name}` cannot be the name of a profile: {reason}")]
    BadProfileName {
        /// The name, made harmless for a terminal.
        name: String,
        /// Which rule it breaks.
        reason: &'static str,
    },
    /// A profile was asked for that the configuration does not have.
    #[error("there is no profile `{name}` (asked for by {origin}){}", nearest(.suggestion.as_deref(), .known))]
    UnknownProfile {
        /// The name that was asked for.
        name: String,
        /// Who asked: a flag, an environment variable, the file's `default_profile`.
        origin: String,
        /// The existing name that is nearest, if one is near.
        suggestion: Option<String>,
        /// All existing names.
        known: Vec<String>,
    },
    /// Nothing at all is configured: no profile, no credentials in the environment.
    #[error(
        "no profile is configured; run `gcwatch login` to make one, or `gcwatch demo` to look around without an account"
    )]
    NoProfile,
    /// There are several profiles and nothing says which to use.
    #[error("several profiles exist ({}) and none is the default; choose one with `--profile NAME` or GCWATCH_PROFILE, or set `default_profile`", .0.join(", "))]
    NoDefaultProfile(Vec<String>),
    /// Something that the chosen way to log in needs is absent.
    #[error("{what} is missing{}; {remedy}", of_profile(.profile.as_deref()))]
    Missing {
        /// The absent thing.
        what: &'static str,
        /// The profile concerned, if there is one.
        profile: Option<String>,
        /// What to do about it.
        remedy: &'static str,
    },
    /// An environment variable holds bytes that are not text.
    #[error("the environment variable {0} is not valid UTF-8 text")]
    EnvironmentNotText(&'static str),
    /// A secret could not be read, stored or accepted.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

impl SettingsError {
    /// Wraps an input or output error with what was attempted on which path.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}

/// Most complaints that are told at once: a screen or two. What more there is follows once these are mended.
const MOST_TOLD: usize = 50;

/// Each complaint in a line of its own, as compilers write them.
fn placed(path: &Path, complaints: &[Complaint]) -> String {
    let told = complaints.iter().take(MOST_TOLD);
    let mut lines: Vec<String> =
        told.map(|complaint| format!("{}{complaint}", path.display())).collect();
    if complaints.len() > MOST_TOLD {
        lines.push(format!("and {} mistakes more", complaints.len() - MOST_TOLD));
    }
    lines.join("\n")
}

fn nearest(suggestion: Option<&str>, known: &[String]) -> String {
    match (suggestion, known) {
        (Some(name), _) => format!("; did you mean `{name}`?"),
        (None, []) => "; there are no profiles yet: `gcwatch login` makes one".to_owned(),
        (None, known) => format!("; known profiles: {}", known.join(", ")),
    }
}

fn of_profile(profile: Option<&str>) -> String {
    profile.map_or_else(String::new, |name| format!(" in profile `{name}`"))
}
