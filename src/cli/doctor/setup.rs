//! What stands before any network: the configuration file, the settings and their origins, the
//! secret, the addresses.
use super::super::arguments::ConnectionArguments;
use super::super::connect;
use super::super::problem::Problem;
use super::everything::Setup;
use super::report::Report;
use crate::cloud::{Credentials, ServiceAddress};
use crate::domain::diagnosis::{Blame, Check, Finding};
use crate::domain::region::Region;
use crate::settings::SettingsError;
use crate::settings::file::{Config, ConfigFile};
use crate::settings::places::{CONFIG_FOLDER_VARIABLE, Places};
use crate::settings::resolve::{
    ConnectionSettings, CredentialSource, Environment, Flags, Origin, Resolved, SecretLocation,
    resolve,
};
use crate::settings::secrets::{FileStore, KeyringStore, SecretStore, client_secret_account};
use secrecy::{ExposeSecret, SecretString};
use std::path::Path;
use std::time::Duration;

/// Limit for the keyring: a healthy one answers in milliseconds. Shorter than in work, where a
/// person may have to type a password into a prompt.
const KEYRING_LIMIT: Duration = Duration::from_secs(5);

/// Looks at everything that needs no network. `None`: nothing is left that could be looked at.
pub(super) fn look(
    connection: &ConnectionArguments,
    report: &mut Report,
) -> Result<Option<Setup>, Problem> {
    let flags = connect::flags(connection)?;
    let places = Places::find(std::env::var_os(CONFIG_FOLDER_VARIABLE).as_deref());
    let (config, folder) = match &places {
        Ok(places) => (configuration(places, report), places.config.clone()),
        Err(error) => {
            report.tell(
                Finding::fault(Check::Configuration, Blame::Configuration, &error.to_string())
                    .remedy("set HOME, or GCWATCH_CONFIG_DIR to an absolute path"),
            );
            (Config::default(), "/".into())
        }
    };
    let environment = match Environment::from_process() {
        Ok(environment) => environment,
        Err(error) => {
            report.tell(
                Finding::fault(Check::Settings, Blame::Configuration, &error.to_string())
                    .remedy("set the variable anew; it holds bytes that are no text"),
            );
            Environment::default()
        }
    };
    let Some((settings, complete)) = settings(&flags, &environment, &config, &folder, report)
    else {
        return Ok(None);
    };
    let credentials = if complete {
        secret(&settings, &folder, report)
    } else {
        report.tell(Finding::skipped(Check::Secret, "the settings don't say what to log in with"));
        None
    };
    let address = address(&settings, report);
    let tls = match connect::tls(settings.ca_file.as_deref()) {
        Ok(tls) => Some(tls),
        Err(problem) => {
            report.tell(problem.finding(Check::Address).remedy(
                "name a file with certificates in PEM form (-----BEGIN CERTIFICATE-----) in --ca-file or ca_file",
            ));
            None
        }
    };
    Ok(Some(Setup { settings, address, tls, credentials }))
}

fn configuration(places: &Places, report: &mut Report) -> Config {
    let path = places.config_file();
    match ConfigFile::load(&path) {
        Ok(file) => {
            let profiles = file.config().profiles.len();
            let told = if path.exists() {
                let default = file.config().default_profile.as_deref().unwrap_or("none");
                format!("{}: {profiles} profiles, the default is {default}", path.display())
            } else {
                format!("there is no {}; flags and environment can do without", path.display())
            };
            report.tell(Finding::good(Check::Configuration, &told));
            file.config().clone()
        }
        Err(error) => {
            let remedy = match &error {
                SettingsError::Config { .. } => {
                    "correct that place in the file; `gcwatch config init` in another folder shows what may stand in it"
                }
                _ => "check the file and its permissions",
            };
            report.tell(
                Finding::fault(Check::Configuration, Blame::Configuration, &error.to_string())
                    .remedy(remedy),
            );
            Config::default()
        }
    }
}

/// The settings, and whether they say what to log in with; `None` when there are none at all.
fn settings(
    flags: &Flags,
    environment: &Environment,
    config: &Config,
    folder: &Path,
    report: &mut Report,
) -> Option<(ConnectionSettings, bool)> {
    let error = match resolve(flags, environment, config, folder) {
        Ok(settings) => {
            report.tell(origins(&settings, flags, environment, config));
            return Some((settings, true));
        }
        Err(error) => error,
    };
    let remedy = match &error {
        SettingsError::NoProfile => {
            "log in with `gcwatch login --region us-east-1`; to look around without an account: `gcwatch demo`"
        }
        SettingsError::Secret(_) => "give the secret anew",
        _ => "see `gcwatch profiles` and `gcwatch config show`",
    };
    report.tell(
        Finding::fault(Check::Settings, Blame::Configuration, &error.to_string()).remedy(remedy),
    );
    // The network can be looked at without credentials, if something says where to: a token in
    // their place keeps everything else as it is.
    let stand_in =
        Environment { access_token: Some(SecretString::from("none")), ..environment.clone() };
    let settings = resolve(flags, &stand_in, config, folder).ok()?;
    let somewhere = settings.region.is_some() || settings.api_url.is_some();
    if !somewhere {
        return None;
    }
    Some((settings, false))
}

/// Where each setting came from; of secrets only that they are set.
fn origins(
    settings: &ConnectionSettings,
    flags: &Flags,
    environment: &Environment,
    config: &Config,
) -> Finding {
    let profile = settings.profile.as_ref().map(|name| {
        let origin = if flags.profile.is_some() {
            "flag --profile"
        } else if environment.profile.is_some() {
            "environment GCWATCH_PROFILE"
        } else if config.default_profile.is_some() {
            "the default"
        } else {
            "the only one"
        };
        format!("profile {name} ({origin})")
    });
    let one = |name: &str, value: &Option<Resolved<String>>| {
        value.as_ref().map(|set| format!("{name} {} ({})", set.value, set.origin))
    };
    let (client, secret) = match &settings.credentials {
        CredentialSource::AccessToken(_) => {
            (None, "token set (environment GENESYSCLOUD_ACCESS_TOKEN)".to_owned())
        }
        CredentialSource::ClientCredentials { client_id, secret } => {
            let place = match secret {
                SecretLocation::Given(_) if flags.secret.is_some() => "standard input",
                SecretLocation::Given(_) => "environment GENESYSCLOUD_OAUTHCLIENT_SECRET",
                SecretLocation::Keyring(_) => "to be read from the keyring",
                SecretLocation::File(_) => "to be read from a private file",
            };
            (Some(client_id), format!("secret set ({place})"))
        }
        CredentialSource::Pkce { client_id, .. } => {
            (Some(client_id), "a person logs in".to_owned())
        }
    };
    let client = client.map(|set| format!("client_id {} ({})", set.value, set.origin));
    let parts = [
        profile,
        one("region", &settings.region),
        one("api_url", &settings.api_url),
        one("login_url", &settings.login_url),
        client,
        Some(secret),
        settings.ca_file.as_ref().map(|file| format!("ca_file {}", file.display())),
    ];
    let told = parts.into_iter().flatten().collect::<Vec<_>>().join("; ");
    match overridden(settings, config) {
        Some(what) => Finding::warning(Check::Settings, &format!("{told}; {what}"))
            .remedy("unset the variable, if the profile is meant"),
        None => Finding::good(Check::Settings, &told),
    }
}

/// What the environment silently puts over the profile: often forgotten in a shell's start file.
fn overridden(settings: &ConnectionSettings, config: &Config) -> Option<String> {
    let profile = config.profiles.get(settings.profile.as_ref()?.as_str())?;
    let region = settings.region.as_ref()?;
    let own = profile.region.as_ref()?;
    if let Origin::Environment(variable) = region.origin
        && region.value != *own
    {
        return Some(format!("{variable} puts {} over the profile's region {own}", region.value));
    }
    let token = matches!(settings.credentials, CredentialSource::AccessToken(_));
    (token && profile.client_id.is_some())
        .then(|| "GENESYSCLOUD_ACCESS_TOKEN is used instead of the profile's client".to_owned())
}

fn secret(
    settings: &ConnectionSettings,
    folder: &Path,
    report: &mut Report,
) -> Option<Credentials> {
    match &settings.credentials {
        CredentialSource::AccessToken(token) => {
            let text = token.expose_secret();
            let odd = if text.to_ascii_lowercase().starts_with("bearer ") {
                Some("begins with \"Bearer \", which is not part of the token")
            } else if text.contains(char::is_whitespace) {
                Some("holds blanks or line ends, which no token has")
            } else {
                None
            };
            if let Some(odd) = odd {
                let told = format!("the token in GENESYSCLOUD_ACCESS_TOKEN {odd}");
                report.tell(
                    Finding::fault(Check::Secret, Blame::Configuration, &told)
                        .remedy("set the variable to the bare token"),
                );
                return None;
            }
            report.tell(Finding::good(Check::Secret, "a token is given; the keyring isn't asked"));
            Some(Credentials::AccessToken(token.clone()))
        }
        CredentialSource::ClientCredentials { client_id, secret } => {
            let client_secret = client_secret(secret, folder, report)?;
            Some(Credentials::ClientCredentials {
                client_id: client_id.value.clone(),
                client_secret,
            })
        }
        CredentialSource::Pkce { client_id, login } => {
            match connect::user_login(client_id.value.clone(), login) {
                Ok(login) => {
                    report.tell(Finding::good(Check::Secret, "a person's login is kept"));
                    Some(Credentials::User(login))
                }
                Err(problem) => {
                    report.tell(problem.finding(Check::Secret));
                    None
                }
            }
        }
    }
}

fn client_secret(
    location: &SecretLocation,
    folder: &Path,
    report: &mut Report,
) -> Option<SecretString> {
    let (read, place) = match location {
        SecretLocation::Given(secret) => {
            report
                .tell(Finding::good(Check::Secret, "the secret is given; the keyring isn't asked"));
            return Some(secret.clone());
        }
        SecretLocation::Keyring(profile) => (
            KeyringStore::start(KEYRING_LIMIT)
                .and_then(|store| store.get(&client_secret_account(profile))),
            "the keyring",
        ),
        SecretLocation::File(profile) => {
            (FileStore::new(folder).get(&client_secret_account(profile)), "the private file")
        }
    };
    match read {
        Ok(secret) => {
            let told = format!("{place} answers and holds the secret");
            report.tell(Finding::good(Check::Secret, &told));
            Some(secret)
        }
        Err(error) => {
            let (found, remedy) = parted(&error.to_string());
            report
                .tell(Finding::fault(Check::Secret, Blame::Configuration, &found).remedy(&remedy));
            None
        }
    }
}

/// The store's sentence, parted into what is wrong and what to do.
fn parted(sentence: &str) -> (String, String) {
    match sentence.split_once("; ") {
        Some((found, remedy)) => (found.to_owned(), remedy.to_owned()),
        None => (sentence.to_owned(), "run `gcwatch login` to store it anew".to_owned()),
    }
}

fn address(settings: &ConnectionSettings, report: &mut Report) -> Option<ServiceAddress> {
    let text = |value: &Option<Resolved<String>>| value.as_ref().map(|set| set.value.clone());
    let (region, login, api) =
        (text(&settings.region), text(&settings.login_url), text(&settings.api_url));
    // only the API's address is needed: the login host follows from it
    let found = match (&region, &login, &api) {
        (None, None, Some(api)) => {
            ServiceAddress::from_parts(None, None, Some(api)).map_err(Problem::usage)
        }
        _ => connect::address(region.as_deref(), login.as_deref(), api.as_deref()),
    };
    match found {
        Ok(address) => {
            let streaming =
                address.region().map_or("as each channel says".to_owned(), Region::streaming_host);
            let told = format!(
                "{}: login {}, API {}, sockets {streaming}",
                address.name(),
                address.login_url(),
                address.api_url()
            );
            report.tell(Finding::good(Check::Address, &told));
            Some(address)
        }
        Err(problem) => {
            let finding = problem.finding(Check::Address);
            let remedy = finding.remedy.clone().unwrap_or_else(|| {
                "give --region with a region's id or domain (us-east-1, mypurecloud.ie), or whole https:// addresses".to_owned()
            });
            report.tell(finding.remedy(&remedy));
            None
        }
    }
}
