//! The configuration file `config.toml`: reading it strictly and changing it gently.
//!
//! Reading refuses what it does not know, because a misspelt key that is silently ignored shows up
//! only as a monitor that watches the wrong thing. Changing keeps comments, order and blanks. This
//! module must not know of environment and flags, and no secret ever stands in this file.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use toml_edit::DocumentMut;

use super::{ProfileName, SettingsError, private_file};
use crate::domain::board::layout::{Layout, Listing};

mod alerts;
mod edit;
mod keys;
mod lists;
mod read;
mod show;

#[cfg(test)]
mod tests;

pub use alerts::{AlertSettings, NotifySettings, TerminalNotice};
pub use keys::KeySettings;
pub use show::template;

/// The largest file that is read, in bytes. A large one with a hundred profiles has 30 KB.
const LARGEST_FILE: u64 = 1024 * 1024;

/// The most profiles in one file; each costs a line in every list of profiles.
pub const MOST_PROFILES: usize = 256;

/// The most saved filters of a profile: more names nobody remembers.
pub const MOST_FILTERS: usize = 100;

/// The most entries in each of `queues`, `users` and `topics`: one client can subscribe 1000
/// topics on each of 20 channels.
pub const MOST_SELECTORS: usize = 20_000;

/// How long a queue can be shown on the wall, in seconds: less can't be read, more is no turn.
pub const WALL_SECONDS: std::ops::RangeInclusive<u64> = 2..=3_600;

/// The most named sets of one profile; each is a line in a message that lists them.
pub const MOST_SETS: usize = 64;

/// How a profile logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grant {
    /// A client id and its secret, without a person.
    #[default]
    ClientCredentials,
    /// A person logs in with the browser; the tokens are kept like a secret.
    Pkce,
}

/// Where a profile's client secret is, or the tokens of a person's login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CredentialPlace {
    /// The operating system's store.
    #[default]
    Keyring,
    /// A private file beside the configuration.
    File,
    /// The environment variable `GENESYSCLOUD_OAUTHCLIENT_SECRET`, in every run.
    Environment,
}

/// How many colours to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Colors {
    /// What the terminal says it can.
    #[default]
    Auto,
    /// 24 bits.
    TrueColor,
    /// The 256 of xterm.
    Indexed,
    /// The terminal's own 16.
    Sixteen,
    /// None.
    None,
}

/// Which characters to draw with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Symbols {
    /// Lines, blocks and arrows.
    #[default]
    Unicode,
    /// ASCII only.
    Ascii,
}

/// What the colours are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// On the terminal's own ground, dark or light.
    #[default]
    Default,
    /// White on black, nothing dimmed.
    HighContrast,
    /// Told apart without red against green.
    ColourBlind,
    /// Dark on a light ground.
    Light,
}

/// A setting with a fixed list of words.
pub(crate) trait Choice: Copy + PartialEq + 'static {
    /// Every value with its word in the file.
    const WORDS: &'static [(&'static str, Self)];

    /// The word of this value.
    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, value)| *value == self).map_or("", |(word, _)| word)
    }
}

impl Choice for Grant {
    const WORDS: &'static [(&'static str, Self)] =
        &[("client-credentials", Self::ClientCredentials), ("pkce", Self::Pkce)];
}

impl Choice for CredentialPlace {
    const WORDS: &'static [(&'static str, Self)] =
        &[("keyring", Self::Keyring), ("file", Self::File), ("environment", Self::Environment)];
}

impl Choice for Colors {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("auto", Self::Auto),
        ("truecolor", Self::TrueColor),
        ("256", Self::Indexed),
        ("16", Self::Sixteen),
        ("none", Self::None),
    ];
}

impl Choice for Theme {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("default", Self::Default),
        ("high-contrast", Self::HighContrast),
        ("colour-blind", Self::ColourBlind),
        ("light", Self::Light),
    ];
}

impl Choice for Symbols {
    const WORDS: &'static [(&'static str, Self)] =
        &[("unicode", Self::Unicode), ("ascii", Self::Ascii)];
}

/// One profile: an organization and how to reach it. `None` means that the file does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profile {
    /// A region id or a bare domain, unchecked.
    pub region: Option<String>,
    /// The OAuth client's id.
    pub client_id: Option<String>,
    /// How to log in.
    pub grant: Option<Grant>,
    /// Where the client secret is, or the tokens of a person's login.
    pub credentials: Option<CredentialPlace>,
    /// The redirect URI that is registered with the OAuth client, for a browser login; unchecked.
    pub redirect_uri: Option<String>,
    /// The whole base address of the API, unchecked.
    pub api_url: Option<String>,
    /// The whole base address of the login service, unchecked.
    pub login_url: Option<String>,
    /// Queues to watch, by name or id.
    pub queues: Vec<String>,
    /// Users to watch, by name or id.
    pub users: Vec<String>,
    /// Topics to watch.
    pub topics: Vec<String>,
    /// Named sets of queues, users and topics, to be chosen by name.
    pub sets: BTreeMap<String, TopicSet>,
    /// Filters that are saved, by name; unchecked, since each list has fields of its own.
    pub filters: BTreeMap<String, String>,
    /// Columns and sort of one's own, by list.
    pub lists: BTreeMap<Listing, Layout>,
    /// A file of further certificate authorities; relative to the configuration folder.
    pub ca_file: Option<PathBuf>,
}

/// A named set: what is watched together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TopicSet {
    /// Queues, by name or id.
    pub queues: Vec<String>,
    /// Users, by name or id.
    pub users: Vec<String>,
    /// Topics.
    pub topics: Vec<String>,
}

/// How to draw. `None` means that the file does not say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Display {
    /// Whether names, numbers and addresses of customers are masked; default yes.
    pub mask: Option<bool>,
    /// How many colours.
    pub colors: Option<Colors>,
    /// Which characters.
    pub symbols: Option<Symbols>,
    /// What the colours are.
    pub theme: Option<Theme>,
    /// Whether the mouse's clicks are taken; default yes.
    pub mouse: Option<bool>,
    /// How long a queue is shown on the wall, in seconds.
    pub wall_seconds: Option<u64>,
    /// Fields that comparing two frames leaves out; default the correlation id.
    pub noise: Option<Vec<String>>,
}

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// The profile to use when nothing else names one.
    pub default_profile: Option<String>,
    /// All profiles by name.
    pub profiles: BTreeMap<String, Profile>,
    /// How to draw.
    pub display: Display,
    /// Rules for alerts, in the order of the file.
    pub alerts: Vec<AlertSettings>,
    /// How alerts ring.
    pub notify: NotifySettings,
    /// Keys bound anew.
    pub keys: Vec<KeySettings>,
}

/// What is wrong in the file, and where. Written behind the file's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key, with the tables it stands in; empty for broken syntax.
    pub key: String,
    /// What is wrong.
    pub problem: String,
    /// What would be right; empty if there is nothing to list.
    pub allowed: String,
    /// The allowed word that is nearest, if one is near.
    pub suggestion: Option<String>,
}

impl fmt::Display for Complaint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, ":{}:{}: ", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(formatter, "`{}`: ", self.key)?;
        }
        formatter.write_str(&self.problem)?;
        if !self.allowed.is_empty() {
            write!(formatter, "; allowed: {}", self.allowed)?;
        }
        if let Some(suggestion) = &self.suggestion {
            write!(formatter, "; did you mean `{suggestion}`?")?;
        }
        Ok(())
    }
}

/// The configuration file: its text as the user wrote it, and what it says.
#[derive(Debug, Clone)]
pub struct ConfigFile {
    path: PathBuf,
    document: DocumentMut,
    config: Config,
}

impl ConfigFile {
    /// Reads the file; a missing one is an empty configuration.
    ///
    /// # Errors
    /// [`SettingsError::Config`] with the places of the mistakes, or why the file could not be
    /// read.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        Self::load_with(path, |_| Vec::new())
    }

    /// The same. Where there is a mistake, `more` adds what else is wrong with what could be read, so that
    /// it is told together with that: only the front end knows which keys and actions there are.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn load_with(
        path: &Path,
        more: impl Fn(&Config) -> Vec<Complaint>,
    ) -> Result<Self, SettingsError> {
        let failed = |source| SettingsError::io("read", path, source);
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound && !is_broken_link(path) => {
                return Self::read(path, "", more);
            }
            Err(error) => return Err(failed(error)),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(SettingsError::TooLarge { path: path.to_owned(), limit: LARGEST_FILE });
        }
        let text = String::from_utf8(bytes).map_err(|_| {
            failed(std::io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))
        })?;
        Self::read(path, &text, more)
    }

    /// Reads a text as if it stood in `path`.
    ///
    /// # Errors
    /// [`SettingsError::Config`] with the places of the mistakes.
    pub fn from_text(path: &Path, text: &str) -> Result<Self, SettingsError> {
        Self::read(path, text, |_| Vec::new())
    }

    fn read(
        path: &Path,
        text: &str,
        more: impl Fn(&Config) -> Vec<Complaint>,
    ) -> Result<Self, SettingsError> {
        let (document, config) = read::read(text, more)
            .map_err(|complaints| SettingsError::Config { path: path.to_owned(), complaints })?;
        Ok(Self { path: path.to_owned(), document, config })
    }

    /// Where the file is or would be.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the file says.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The file's text, with all changes made so far.
    #[must_use]
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// Adds a profile, or changes one to exactly this; comments on lines that stay are kept.
    ///
    /// # Errors
    /// [`SettingsError::Config`] if the result would not be readable, as with too many profiles;
    /// then nothing is changed.
    pub fn set_profile(
        &mut self,
        name: &ProfileName,
        profile: &Profile,
    ) -> Result<(), SettingsError> {
        self.change(|document| edit::set_profile(document, name.as_str(), profile))
    }

    /// Keeps a named set in a profile, in the place of one of that name.
    ///
    /// # Errors
    /// [`SettingsError::UnknownProfile`] if there is no such profile, [`SettingsError::Config`] if
    /// the name can't be one or there are too many; then nothing is changed.
    pub fn set_topic_set(
        &mut self,
        profile: &ProfileName,
        name: &str,
        set: &TopicSet,
    ) -> Result<(), SettingsError> {
        if !self.config.profiles.contains_key(profile.as_str()) {
            return Err(self.config.unknown_profile(profile.as_str(), "the set to save"));
        }
        ProfileName::parse(name)?;
        self.change(|document| edit::set_topic_set(document, profile.as_str(), name, set))
    }

    /// Removes a profile, and its name from `default_profile`. Says whether there was one.
    ///
    /// # Errors
    /// [`SettingsError::Config`] if the result would not be readable; then nothing is changed.
    pub fn remove_profile(&mut self, name: &ProfileName) -> Result<bool, SettingsError> {
        if !self.config.profiles.contains_key(name.as_str()) {
            return Ok(false);
        }
        self.change(|document| edit::remove_profile(document, name.as_str()))?;
        Ok(true)
    }

    /// Saves a filter under a name in a profile, or takes it out; says whether there is such a profile.
    ///
    /// # Errors
    /// [`SettingsError::Config`] if the result would not be readable; then nothing is changed.
    pub fn set_filter(
        &mut self,
        profile: &ProfileName,
        name: &str,
        filter: Option<&str>,
    ) -> Result<bool, SettingsError> {
        if !self.config.profiles.contains_key(profile.as_str()) {
            return Ok(false);
        }
        self.change(|document| edit::set_filter(document, profile.as_str(), name, filter))?;
        Ok(true)
    }

    /// Keeps the columns and the sort of a list in a profile; says whether there is such a profile.
    ///
    /// # Errors
    /// [`SettingsError::Config`] if the result would not be readable; then nothing is changed.
    pub fn set_layout(
        &mut self,
        profile: &ProfileName,
        list: Listing,
        layout: &Layout,
    ) -> Result<bool, SettingsError> {
        if !self.config.profiles.contains_key(profile.as_str()) {
            return Ok(false);
        }
        self.change(|document| edit::set_layout(document, profile.as_str(), list, layout))?;
        Ok(true)
    }

    /// Changes the rule of that name to exactly this, or adds one; comments are kept.
    ///
    /// # Errors
    /// [`SettingsError::Config`] if the result would not be readable; then nothing is changed.
    pub fn set_rule(
        &mut self,
        before: Option<&str>,
        rule: &AlertSettings,
    ) -> Result<(), SettingsError> {
        self.change(|document| edit::set_rule(document, before, rule))
    }

    /// Removes the rule of that name; what else the file says is kept.
    ///
    /// # Errors
    /// [`SettingsError::Config`] if the result would not be readable; then nothing is changed.
    pub fn remove_rule(&mut self, name: &str) -> Result<(), SettingsError> {
        self.change(|document| edit::remove_rule(document, name))
    }

    /// Makes a profile the default.
    ///
    /// # Errors
    /// [`SettingsError::UnknownProfile`] if there is none of this name.
    pub fn set_default(&mut self, name: &ProfileName) -> Result<(), SettingsError> {
        if !self.config.profiles.contains_key(name.as_str()) {
            return Err(self.config.unknown_profile(name.as_str(), "the new default"));
        }
        self.change(|document| edit::set_default(document, name.as_str()))
    }

    /// Writes the file: whole or not at all, readable by its owner only, through symbolic links.
    ///
    /// # Errors
    /// [`SettingsError::Io`] with the operating system's reason.
    pub fn save(&self) -> Result<(), SettingsError> {
        private_file::replace(&self.path, self.text().as_bytes())
            .map_err(|source| SettingsError::io("write", &self.path, source))
    }

    /// Makes a change and reads the result as the next run will, so that no file is written that
    /// could not be read again.
    fn change(&mut self, change: impl FnOnce(&mut DocumentMut)) -> Result<(), SettingsError> {
        let mut document = self.document.clone();
        change(&mut document);
        *self = Self::from_text(&self.path, &document.to_string())?;
        Ok(())
    }
}

impl Config {
    /// The error for a profile that does not exist; `origin` says who asked for it.
    pub(crate) fn unknown_profile(&self, name: &str, origin: &str) -> SettingsError {
        let known: Vec<String> = self.profiles.keys().cloned().collect();
        SettingsError::UnknownProfile {
            suggestion: nearest(name, known.iter().map(String::as_str)),
            name: name.to_owned(),
            origin: origin.to_owned(),
            known,
        }
    }
}

/// A link that points nowhere is a mistake to tell, unlike a file that was never written.
fn is_broken_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

/// The candidate that a mistyped word most likely meant, if one is near.
fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<String> {
    // 0.75 accepts two swapped or missing letters in a word of eight, and no other word.
    const NEAR: f64 = 0.75;
    candidates
        .map(|candidate| (strsim::jaro_winkler(&word.to_lowercase(), candidate), candidate))
        .filter(|(similarity, _)| *similarity >= NEAR)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate.to_owned())
}
