//! `login`, `logout`, `profiles` and `channels`.
use super::arguments::{ConnectionArguments, Keeper, LoginArguments};
use super::connect::{self, USER_AGENT};
use super::problem::{Exit, Problem};
use super::simulated::runtime;
use crate::cloud::{Credentials, ServiceClient};
use crate::domain::text::harmless_within;
use crate::settings::file::{ConfigFile, CredentialPlace, Grant, Profile};
use crate::settings::resolve::Environment;
use crate::settings::secrets::{
    FileStore, KEYRING_DEADLINE, KeyringStore, SecretError, SecretStore, client_secret_account,
};
use crate::settings::{ProfileName, secret_input};
use secrecy::SecretString;
use serde_json::json;
use std::io::{BufRead, Read, Write};

/// Name of the profile where none is given.
const DEFAULT_PROFILE: &str = "default";
/// Longest answer to a question, in bytes.
const MAX_ANSWER: u64 = 512;
/// Names shown of what a login may see.
const SHOWN_QUEUES: usize = 5;

fn store(keeper: Keeper) -> Result<Box<dyn SecretStore>, Problem> {
    Ok(match keeper {
        Keeper::Keyring => Box::new(KeyringStore::start(KEYRING_DEADLINE).map_err(Problem::usage)?),
        Keeper::File => Box::new(FileStore::new(&connect::places()?.config)),
    })
}

fn say(line: &str) {
    // standard error may be closed: then nobody is there to read it
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Asks on the terminal; the given default stands when nothing is typed.
fn ask(question: &str, default: Option<&str>) -> Result<String, Problem> {
    let hint = default.map(|default| format!(" [{default}]")).unwrap_or_default();
    let mut err = std::io::stderr();
    let asked = write!(err, "{question}{hint}: ").and_then(|()| err.flush());
    asked.map_err(|error| Problem::usage(format!("can't ask for the {question}: {error}")))?;
    let mut answer = String::new();
    std::io::stdin()
        .lock()
        .take(MAX_ANSWER)
        .read_line(&mut answer)
        .map_err(|error| Problem::usage(format!("can't read the {question}: {error}")))?;
    let answer = answer.trim();
    match (answer, default) {
        ("", Some(default)) => Ok(default.to_owned()),
        ("", None) => Err(Problem::usage(format!("the {question} is missing"))),
        (answer, _) => Ok(answer.to_owned()),
    }
}

/// Tries credentials, says who you are and what you may see, and keeps the secret.
pub(super) fn login(
    connection: &ConnectionArguments,
    login: &LoginArguments,
) -> Result<(), Problem> {
    let places = connect::places()?;
    let mut file = ConfigFile::load(&places.config_file())?;
    let environment = Environment::from_process()?;
    let name = connection
        .profile
        .clone()
        .or(environment.profile)
        .unwrap_or_else(|| DEFAULT_PROFILE.to_owned());
    let name = ProfileName::parse(&name)?;
    let known = file.config().profiles.get(name.as_str()).cloned().unwrap_or_default();
    let api_url = connection.api_url.clone().or(environment.api_url).or(known.api_url.clone());
    let login_url =
        connection.login_url.clone().or(environment.login_url).or(known.login_url.clone());
    let mut region = connection.region.clone().or(environment.region).or(known.region.clone());
    if region.is_none() && (api_url.is_none() || login_url.is_none()) {
        region = Some(ask("region", Some("us-east-1"))?);
    }
    // a mistake in the region is told before a secret is typed
    let address = connect::address(region.as_deref(), login_url.as_deref(), api_url.as_deref())?;
    let client_id = match login.client_id.clone().or(environment.client_id) {
        Some(client_id) => client_id,
        None => ask("client id", known.client_id.as_deref())?,
    };
    let secret = if connection.secret_stdin {
        secret_input::read_line(std::io::stdin().lock()).map_err(Problem::usage)?
    } else {
        secret_input::prompt("client secret (hidden): ").map_err(Problem::usage)?
    };
    // the keyring is tried before the service: nobody wants to type a secret twice
    let store = store(login.credentials)?;
    let ca_file = connection.ca_file.clone().or(known.ca_file.clone());
    let tls = connect::tls(ca_file.as_deref())?;
    let host = address.login_host();
    let credentials = Credentials::ClientCredentials {
        client_id: client_id.clone(),
        client_secret: secret.clone(),
    };
    let client =
        ServiceClient::new(address, credentials, tls, USER_AGENT).map_err(Problem::running)?;
    try_out(&client, &host)?;
    keep(store.as_ref(), &name, &secret)?;
    let profile = Profile {
        region,
        client_id: Some(client_id),
        grant: Some(Grant::ClientCredentials),
        credentials: Some(match login.credentials {
            Keeper::Keyring => CredentialPlace::Keyring,
            Keeper::File => CredentialPlace::File,
        }),
        api_url,
        login_url,
        ca_file,
        ..known
    };
    file.set_profile(&name, &profile)?;
    if file.config().default_profile.is_none() {
        file.set_default(&name)?;
    }
    file.save()?;
    say(&format!(
        "profile {name} is in {}; watch with: gcwatch --profile {name}",
        file.path().display()
    ));
    Ok(())
}

/// Logs in and says who that is and what it may see.
fn try_out(client: &ServiceClient, host: &str) -> Result<(), Problem> {
    runtime()?.block_on(async {
        client.login(true).await?;
        let identity = client.who().await?;
        let shown =
            |text: Option<String>| text.map_or("–".to_owned(), |text| harmless_within(&text, 80));
        say(&format!(
            "{host} accepts it: organisation {}, as {}",
            shown(identity.organization),
            shown(identity.who)
        ));
        match client.queues(None).await {
            Ok(queues) if queues.entries.is_empty() => {
                say("it may see no queue: give the client a role with routing:queue:view");
            }
            Ok(queues) => {
                let names: Vec<String> = queues
                    .entries
                    .iter()
                    .take(SHOWN_QUEUES)
                    .map(|queue| harmless_within(&queue.name, 40))
                    .collect();
                let more = if queues.entries.len() > SHOWN_QUEUES { ", …" } else { "" };
                say(&format!(
                    "it may see {} queues: {}{more}",
                    queues.entries.len(),
                    names.join(", ")
                ));
            }
            Err(failure) => say(&format!("it may not list queues: {}", failure.sentence)),
        }
        Ok(())
    })
}

fn keep(store: &dyn SecretStore, name: &ProfileName, secret: &SecretString) -> Result<(), Problem> {
    let account = client_secret_account(name);
    store.set(&account, secret).map_err(|error| {
        Problem::usage(error).remedy("nothing was kept and no profile was written")
    })
}

/// Forgets a profile's secret, and the profile if that is asked for.
pub(super) fn logout(connection: &ConnectionArguments, forget: bool) -> Result<(), Problem> {
    let places = connect::places()?;
    let mut file = ConfigFile::load(&places.config_file())?;
    let flags = connect::flags(connection)?;
    let chosen = crate::settings::resolve::choose_profile(
        &flags,
        &Environment::from_process()?,
        file.config(),
    )?;
    let Some((name, profile)) = chosen else {
        return Err(Problem::usage("there is no profile to log out of"));
    };
    let keeper = match profile.credentials.unwrap_or_default() {
        CredentialPlace::Keyring => Some(Keeper::Keyring),
        CredentialPlace::File => Some(Keeper::File),
        CredentialPlace::Environment => None,
    };
    if let Some(keeper) = keeper {
        match store(keeper)?.delete(&client_secret_account(&name)) {
            Ok(()) => say(&format!("the secret of profile {name} is deleted")),
            Err(SecretError::Missing { .. }) => say(&format!("profile {name} had no secret")),
            Err(error) => return Err(Problem::usage(error)),
        }
    } else {
        say("this profile's secret is in the environment: it is yours to unset");
    }
    if forget {
        file.remove_profile(&name)?;
        file.save()?;
        say(&format!("profile {name} is removed from {}", file.path().display()));
    }
    Ok(())
}

/// Lists the profiles.
pub(super) fn profiles(as_json: bool) -> Result<String, Problem> {
    let file = ConfigFile::load(&connect::places()?.config_file())?;
    let config = file.config();
    if as_json {
        let list: Vec<_> = config
            .profiles
            .iter()
            .map(|(name, profile)| {
                json!({
                    "name": name,
                    "default": config.default_profile.as_deref() == Some(name),
                    "region": profile.region,
                    "clientId": profile.client_id,
                })
            })
            .collect();
        return Ok(format!("{}\n", json!(list)));
    }
    if config.profiles.is_empty() {
        return Ok("no profiles; `gcwatch login` makes one\n".to_owned());
    }
    let line = |(name, profile): (&String, &Profile)| {
        let mark = if config.default_profile.as_deref() == Some(name) { "*" } else { " " };
        let place = profile.region.as_deref().or(profile.api_url.as_deref()).unwrap_or("–");
        format!(
            "{mark} {name}  {}  {}\n",
            harmless_within(place, 80),
            harmless_within(profile.client_id.as_deref().unwrap_or("–"), 80)
        )
    };
    Ok(config.profiles.iter().map(line).collect())
}

/// Lists the client's notification channels and which one the next creation evicts.
pub(super) fn channels(connection: &ConnectionArguments, as_json: bool) -> Result<String, Problem> {
    let client = connect::client(&connect::settings(connection)?)?;
    let channels = runtime()?.block_on(async {
        client.login(false).await?;
        client.channels(true).await
    })?;
    let most = crate::domain::topic::MAX_CHANNELS;
    if as_json {
        let list: Vec<_> = channels
            .iter()
            .map(|channel| json!({"id": channel.short(), "expires": channel.expires.map(|at| at.to_string())}))
            .collect();
        return Ok(format!("{}\n", json!({"channels": list, "limit": most})));
    }
    let mut text = format!("{} of {most} channels of this client and user\n", channels.len());
    for channel in &channels {
        let end = channel.expires.map_or("–".to_owned(), |at| format!("{at:.0}"));
        text.push_str(&format!("{}  ends {end}\n", channel.short()));
    }
    if channels.len() >= most {
        text.push_str("the next channel evicts the one that was least used, those without a live connection first\n");
    }
    Ok(text)
}

/// Prints the settings in force and where each comes from.
pub(super) fn show_config(connection: &ConnectionArguments) -> Result<String, Problem> {
    use crate::settings::resolve::{CredentialSource, Resolved, SecretLocation};
    let path = connect::places()?.config_file();
    let settings = connect::settings(connection)?;
    let mut text = format!("file       {}\n", path.display());
    let profile = settings.profile.as_ref().map_or("–".to_owned(), ToString::to_string);
    text.push_str(&format!("profile    {profile}\n"));
    let mut line = |name: &str, value: Option<&Resolved<String>>| {
        let shown = value.map_or("–".to_owned(), |resolved| {
            format!("{} ({})", harmless_within(&resolved.value, 200), resolved.origin)
        });
        text.push_str(&format!("{name:<10} {shown}\n"));
    };
    line("region", settings.region.as_ref());
    line("api_url", settings.api_url.as_ref());
    line("login_url", settings.login_url.as_ref());
    let secret = match &settings.credentials {
        CredentialSource::AccessToken(_) => "a ready token (environment GENESYSCLOUD_ACCESS_TOKEN)",
        CredentialSource::Pkce { client_id } => {
            line("client_id", Some(client_id));
            "none: a person logs in"
        }
        CredentialSource::ClientCredentials { client_id, secret } => {
            line("client_id", Some(client_id));
            match secret {
                SecretLocation::Given(_) => "given by the environment or standard input",
                SecretLocation::Keyring(_) => "in the keyring",
                SecretLocation::File(_) => "in a private file",
            }
        }
    };
    text.push_str(&format!("secret     {secret}\n"));
    Ok(text)
}

/// Writes a commented configuration file, unless there is one.
pub(super) fn init_config() -> Result<String, Problem> {
    let path = connect::places()?.config_file();
    if path.exists() {
        return Err(Problem::new(
            Exit::Usage,
            format!("{} is there already and is left alone", path.display()),
        ));
    }
    ConfigFile::from_text(&path, crate::settings::file::template())?.save()?;
    Ok(format!("{}\n", path.display()))
}
