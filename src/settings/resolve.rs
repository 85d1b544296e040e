//! From flags, environment, profile and defaults to what is used, each with where it came from.
//!
//! A flag counts before the environment, the environment before the profile. Reads the process's
//! environment in one place only, [`Environment::from_process`].
use super::file::{Config, CredentialPlace, Grant, Profile, TopicSet};
use super::secrets::accept;
use super::{ProfileName, SettingsError};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::env::{self, VarError};
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a value came from, the one that counts most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
    /// The profile.
    Profile,
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(formatter, "flag {name}"),
            Self::Environment(name) => write!(formatter, "environment {name}"),
            Self::Profile => formatter.write_str("profile"),
        }
    }
}

impl Origin {
    /// Whether this one counts before `other`.
    const fn counts_before(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Flag(_), Self::Environment(_) | Self::Profile)
                | (Self::Environment(_), Self::Profile)
        )
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

/// What flags say.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// `--api-url`.
    pub api_url: Option<String>,
    /// `--login-url`.
    pub login_url: Option<String>,
    /// `--ca-file`.
    pub ca_file: Option<PathBuf>,
    /// The secret from `--secret-stdin`.
    pub secret: Option<SecretString>,
}

/// What the environment says. Empty counts as unset.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `GCWATCH_PROFILE`.
    pub profile: Option<String>,
    /// `GCWATCH_API_URL`.
    pub api_url: Option<String>,
    /// `GCWATCH_LOGIN_URL`.
    pub login_url: Option<String>,
    /// `GENESYSCLOUD_REGION`.
    pub region: Option<String>,
    /// `GENESYSCLOUD_OAUTHCLIENT_ID`.
    pub client_id: Option<String>,
    /// `GENESYSCLOUD_OAUTHCLIENT_SECRET`.
    pub client_secret: Option<SecretString>,
    /// `GENESYSCLOUD_ACCESS_TOKEN`.
    pub access_token: Option<SecretString>,
}

const PROFILE: &str = "GCWATCH_PROFILE";
const API_URL: &str = "GCWATCH_API_URL";
const LOGIN_URL: &str = "GCWATCH_LOGIN_URL";
const REGION: &str = "GENESYSCLOUD_REGION";
const CLIENT_ID: &str = "GENESYSCLOUD_OAUTHCLIENT_ID";
const CLIENT_SECRET: &str = "GENESYSCLOUD_OAUTHCLIENT_SECRET";
const ACCESS_TOKEN: &str = "GENESYSCLOUD_ACCESS_TOKEN";

impl Environment {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// [`SettingsError::EnvironmentNotText`] naming the variable.
    pub fn from_process() -> Result<Self, SettingsError> {
        let read = |name: &'static str| match env::var(name) {
            Ok(value) => Ok(Some(value).filter(|value| !value.trim().is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(SettingsError::EnvironmentNotText(name)),
        };
        Ok(Self {
            profile: read(PROFILE)?,
            api_url: read(API_URL)?,
            login_url: read(LOGIN_URL)?,
            region: read(REGION)?,
            client_id: read(CLIENT_ID)?,
            client_secret: read(CLIENT_SECRET)?.map(SecretString::from),
            // tokens are longer than secrets and made of plain characters
            access_token: read(ACCESS_TOKEN)?
                .map(|token| SecretString::from(token.trim().to_owned())),
        })
    }
}

/// Where the client's secret is, or the tokens of a person's login.
#[derive(Clone, Debug)]
pub enum SecretLocation {
    /// It was given, by the environment or standard input.
    Given(SecretString),
    /// In the system's keyring, for this profile.
    Keyring(ProfileName),
    /// In the profile's private file.
    File(ProfileName),
}

/// What to log in with.
#[derive(Clone, Debug)]
pub enum CredentialSource {
    /// A ready token.
    AccessToken(SecretString),
    /// A client and its secret.
    ClientCredentials {
        /// The client's id and where it came from.
        client_id: Resolved<String>,
        /// Where its secret is.
        secret: SecretLocation,
    },
    /// A person logs in with the browser.
    Pkce {
        /// The client's id.
        client_id: Resolved<String>,
        /// Where the tokens of the login are.
        login: SecretLocation,
    },
}

/// What is used for a connection.
#[derive(Clone, Debug)]
pub struct ConnectionSettings {
    /// The profile in use, if one is.
    pub profile: Option<ProfileName>,
    /// Region id or bare domain, unchecked.
    pub region: Option<Resolved<String>>,
    /// Base address of the API, unchecked.
    pub api_url: Option<Resolved<String>>,
    /// Base address of the login host, unchecked.
    pub login_url: Option<Resolved<String>>,
    /// Further certificate authorities.
    pub ca_file: Option<PathBuf>,
    /// What to log in with.
    pub credentials: CredentialSource,
    /// What the profile watches.
    pub watches: Watches,
}

/// The service that is meant, unchecked.
#[derive(Clone, Debug)]
pub struct Place {
    /// Region id or bare domain.
    pub region: Option<Resolved<String>>,
    /// Base address of the API, instead of the region's.
    pub api_url: Option<Resolved<String>>,
    /// Base address of the login host, instead of the region's.
    pub login_url: Option<Resolved<String>>,
}

impl Place {
    /// Chooses each, and leaves out an address that counts less than the region: who writes
    /// `--region us-east-1` must not send a secret to the host of a forgotten variable.
    #[must_use]
    pub fn resolve(flags: &Flags, environment: &Environment, profile: &Profile) -> Self {
        let pick = |choices: [(&Option<String>, Origin); 3]| {
            choices
                .into_iter()
                .find_map(|(value, origin)| value.clone().map(|value| Resolved { value, origin }))
        };
        let region = pick([
            (&flags.region, Origin::Flag("--region")),
            (&environment.region, Origin::Environment(REGION)),
            (&profile.region, Origin::Profile),
        ]);
        let api_url = pick([
            (&flags.api_url, Origin::Flag("--api-url")),
            (&environment.api_url, Origin::Environment(API_URL)),
            (&profile.api_url, Origin::Profile),
        ]);
        let login_url = pick([
            (&flags.login_url, Origin::Flag("--login-url")),
            (&environment.login_url, Origin::Environment(LOGIN_URL)),
            (&profile.login_url, Origin::Profile),
        ]);
        let of_region = region.as_ref().map(|region| region.origin);
        let counts = |url: &Resolved<String>| {
            !of_region.is_some_and(|region| region.counts_before(url.origin))
        };
        Self { api_url: api_url.filter(counts), login_url: login_url.filter(counts), region }
    }
}

/// What a profile watches when the command line names nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Watches {
    /// Queues by name or id.
    pub queues: Vec<String>,
    /// Users by name or id.
    pub users: Vec<String>,
    /// Topics.
    pub topics: Vec<String>,
    /// Named sets, to be chosen by name.
    pub sets: BTreeMap<String, TopicSet>,
}

/// The profile that is meant: named by flag or environment, the default, or the only one.
///
/// # Errors
/// When the named one doesn't exist, or several do and none is the default.
pub fn choose_profile(
    flags: &Flags,
    environment: &Environment,
    config: &Config,
) -> Result<Option<(ProfileName, Profile)>, SettingsError> {
    let named = [
        (flags.profile.as_deref(), "--profile"),
        (environment.profile.as_deref(), PROFILE),
        (config.default_profile.as_deref(), "default_profile"),
    ];
    let named = named.into_iter().find_map(|(name, origin)| Some((name?, origin)));
    if let Some((name, origin)) = named {
        let parsed = ProfileName::parse(name)?;
        let profile = config.profiles.get(name).cloned();
        return match profile {
            Some(profile) => Ok(Some((parsed, profile))),
            None => Err(config.unknown_profile(name, origin)),
        };
    }
    let mut all = config.profiles.iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some((name, profile)), None) => Ok(Some((ProfileName::parse(name)?, profile.clone()))),
        (Some(_), Some(_)) => {
            let standalone = environment.access_token.is_some() || environment.client_id.is_some();
            if standalone {
                return Ok(None);
            }
            Err(SettingsError::NoDefaultProfile(config.profiles.keys().cloned().collect()))
        }
    }
}

/// Resolves everything. `config_folder` is where relative paths of the file begin.
///
/// # Errors
/// [`SettingsError::NoProfile`] when nothing at all is configured, otherwise what is missing.
pub fn resolve(
    flags: &Flags,
    environment: &Environment,
    config: &Config,
    config_folder: &Path,
) -> Result<ConnectionSettings, SettingsError> {
    let chosen = choose_profile(flags, environment, config)?;
    let (name, profile) = match chosen {
        Some((name, profile)) => (Some(name), profile),
        None => (None, Profile::default()),
    };
    let place = Place::resolve(flags, environment, &profile);
    let credentials = credentials(flags, environment, name.as_ref(), &profile)?;
    Ok(ConnectionSettings {
        region: place.region,
        api_url: place.api_url,
        login_url: place.login_url,
        ca_file: flags.ca_file.clone().or(profile.ca_file.map(|file| config_folder.join(file))),
        profile: name,
        credentials,
        watches: Watches {
            queues: profile.queues,
            users: profile.users,
            topics: profile.topics,
            sets: profile.sets,
        },
    })
}

fn credentials(
    flags: &Flags,
    environment: &Environment,
    name: Option<&ProfileName>,
    profile: &Profile,
) -> Result<CredentialSource, SettingsError> {
    if let Some(token) = &environment.access_token {
        return Ok(CredentialSource::AccessToken(token.clone()));
    }
    let of = |value: &Option<String>, origin| value.clone().map(|value| Resolved { value, origin });
    let client_id = of(&environment.client_id, Origin::Environment(CLIENT_ID))
        .or_else(|| of(&profile.client_id, Origin::Profile));
    let Some(client_id) = client_id else {
        if name.is_none() {
            return Err(SettingsError::NoProfile);
        }
        return Err(SettingsError::Missing {
            what: "the id of the OAuth client",
            profile: name.map(ToString::to_string),
            remedy: "run `gcwatch login`, or set GENESYSCLOUD_OAUTHCLIENT_ID",
        });
    };
    // a client that is given whole by the environment counts before the profile's person
    let given = environment.client_id.is_some() && environment.client_secret.is_some();
    if profile.grant == Some(Grant::Pkce) && !given {
        let login = login_of(name, profile)?;
        return Ok(CredentialSource::Pkce { client_id, login });
    }
    if let Some(secret) = flags.secret.clone().or_else(|| environment.client_secret.clone()) {
        use secrecy::ExposeSecret;
        let secret = SecretLocation::Given(accept(secret.expose_secret())?);
        return Ok(CredentialSource::ClientCredentials { client_id, secret });
    }
    let missing = |what, remedy| SettingsError::Missing {
        what,
        profile: name.map(ToString::to_string),
        remedy,
    };
    let Some(name) = name else {
        return Err(missing(
            "the client's secret",
            "set GENESYSCLOUD_OAUTHCLIENT_SECRET, or use --secret-stdin",
        ));
    };
    let secret = match profile.credentials.unwrap_or_default() {
        CredentialPlace::Keyring => SecretLocation::Keyring(name.clone()),
        CredentialPlace::File => SecretLocation::File(name.clone()),
        CredentialPlace::Environment => {
            return Err(missing(
                "the variable GENESYSCLOUD_OAUTHCLIENT_SECRET",
                "the profile says that the secret is in the environment: set it, or use --secret-stdin",
            ));
        }
    };
    Ok(CredentialSource::ClientCredentials { client_id, secret })
}

/// Where the tokens of the profile's login are.
fn login_of(
    name: Option<&ProfileName>,
    profile: &Profile,
) -> Result<SecretLocation, SettingsError> {
    match (name, profile.credentials.unwrap_or_default()) {
        (Some(name), CredentialPlace::Keyring) => Ok(SecretLocation::Keyring(name.clone())),
        (Some(name), CredentialPlace::File) => Ok(SecretLocation::File(name.clone())),
        _ => Err(SettingsError::Missing {
            what: "the variable GENESYSCLOUD_ACCESS_TOKEN",
            profile: name.map(ToString::to_string),
            remedy: "the profile says that the login is in the environment: set it, or run `gcwatch login --pkce` to keep one",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::file::ConfigFile;

    fn config(text: &str) -> Config {
        ConfigFile::from_text(Path::new("/c/config.toml"), text).unwrap().config().clone()
    }

    fn settings(
        flags: &Flags,
        environment: &Environment,
        text: &str,
    ) -> Result<ConnectionSettings, SettingsError> {
        resolve(flags, environment, &config(text), Path::new("/c"))
    }

    const ACME: &str =
        "[profiles.acme]\nregion = \"eu-west-1\"\nclient_id = \"abc\"\nca_file = \"ca.pem\"\n";

    #[test]
    fn flag_before_environment_before_profile() {
        let mut flags = Flags::default();
        let mut environment = Environment::default();
        let region = |flags: &Flags, environment: &Environment| {
            settings(flags, environment, ACME).unwrap().region.unwrap()
        };
        assert_eq!(
            region(&flags, &environment),
            Resolved { value: "eu-west-1".into(), origin: Origin::Profile }
        );
        environment.region = Some("eu-west-2".into());
        assert_eq!(region(&flags, &environment).origin, Origin::Environment(REGION));
        flags.region = Some("us-east-1".into());
        assert_eq!(region(&flags, &environment).value, "us-east-1");
        assert_eq!(settings(&flags, &environment, ACME).unwrap().ca_file, Some("/c/ca.pem".into()));
    }

    #[test]
    fn a_region_is_not_overruled_by_an_address_that_counts_less() {
        let elsewhere = || Some("https://elsewhere.example".to_owned());
        let environment =
            Environment { api_url: elsewhere(), login_url: elsewhere(), ..Environment::default() };
        let urls = |flags: &Flags, environment: &Environment, text: &str| {
            let settings = settings(flags, environment, text).unwrap();
            [settings.api_url, settings.login_url].map(|url| url.map(|url| url.origin))
        };
        // the environment counts before the profile's region, not before the flag
        let variables = [Some(Origin::Environment(API_URL)), Some(Origin::Environment(LOGIN_URL))];
        assert_eq!(urls(&Flags::default(), &environment, ACME), variables);
        let mut flags = Flags { region: Some("us-east-1".into()), ..Flags::default() };
        assert_eq!(urls(&flags, &environment, ACME), [None, None]);
        let own = format!("{ACME}api_url = \"https://own.example\"\n");
        assert_eq!(urls(&flags, &Environment::default(), &own), [None, None]);
        let variable = Environment { region: Some("eu-west-2".into()), ..Environment::default() };
        assert_eq!(urls(&Flags::default(), &variable, &own), [None, None]);
        flags.api_url = elsewhere();
        assert_eq!(urls(&flags, &environment, ACME), [Some(Origin::Flag("--api-url")), None]);
    }

    #[test]
    fn nothing_at_all_is_told_from_something_missing() {
        let none = settings(&Flags::default(), &Environment::default(), "");
        assert!(matches!(none, Err(SettingsError::NoProfile)));
        let half = Environment { client_id: Some("x".into()), ..Environment::default() };
        assert!(matches!(
            settings(&Flags::default(), &half, ""),
            Err(SettingsError::Missing { .. })
        ));
        let two = format!("{ACME}[profiles.b]\nclient_id = \"x\"\n");
        let several = settings(&Flags::default(), &Environment::default(), &two);
        assert!(matches!(several, Err(SettingsError::NoDefaultProfile(_))));
        let named = Flags { profile: Some("acne".into()), ..Flags::default() };
        let error = settings(&named, &Environment::default(), ACME).unwrap_err().to_string();
        assert!(error.contains("did you mean `acme`"), "{error}");
    }

    #[test]
    fn a_token_or_secret_at_hand_needs_no_keyring() {
        let token = Environment { access_token: Some("t".into()), ..Environment::default() };
        assert!(matches!(
            settings(&Flags::default(), &token, "").unwrap().credentials,
            CredentialSource::AccessToken(_)
        ));
        let secret = Flags { secret: Some("s".into()), ..Flags::default() };
        let given = settings(&secret, &Environment::default(), ACME).unwrap().credentials;
        assert!(matches!(
            given,
            CredentialSource::ClientCredentials { secret: SecretLocation::Given(_), .. }
        ));
        let kept = settings(&Flags::default(), &Environment::default(), ACME).unwrap().credentials;
        assert!(matches!(
            kept,
            CredentialSource::ClientCredentials { secret: SecretLocation::Keyring(_), .. }
        ));
    }

    #[test]
    fn a_persons_login_is_where_the_profile_says_unless_a_client_is_given_whole() {
        let text = format!("{ACME}grant = \"pkce\"\ncredentials = \"file\"\n");
        let mut environment = Environment::default();
        let source = settings(&Flags::default(), &environment, &text).unwrap().credentials;
        assert!(matches!(source, CredentialSource::Pkce { login: SecretLocation::File(_), .. }));
        environment.client_id = Some("other".into());
        environment.client_secret = Some("s".into());
        let source = settings(&Flags::default(), &environment, &text).unwrap().credentials;
        assert!(matches!(source, CredentialSource::ClientCredentials { .. }));
        let text = format!("{ACME}grant = \"pkce\"\ncredentials = \"environment\"\n");
        let error = settings(&Flags::default(), &Environment::default(), &text).unwrap_err();
        assert!(error.to_string().contains("GENESYSCLOUD_ACCESS_TOKEN"), "{error}");
    }
}
