//! From arguments and settings to a client of the service, and to what shall be watched.
use super::account::{KeptLogin, log_in_again};
use super::arguments::{ConnectionArguments, Selection};
use super::display;
use super::problem::{Exit, Problem};
use crate::cloud::{
    Credentials, Loaded, Plan, SelectorError, ServiceAddress, ServiceClient, Tls, UserLogin, pack,
    resolve_queues, resolve_users, topic_of_user, topics_of_queue,
};
use crate::domain::catalogue;
use crate::domain::control::{Control, Divisions};
use crate::domain::identity::QueueId;
use crate::domain::region::Region;
use crate::domain::text::harmless_within;
use crate::domain::topic::{Subject, Topic};
use crate::settings::file::{Config, ConfigFile};
use crate::settings::places::{CONFIG_FOLDER_VARIABLE, Places};
use crate::settings::resolve::{
    ConnectionSettings, CredentialSource, Environment, Flags, SecretLocation, Watches, resolve,
};
use crate::settings::secrets::{
    FileStore, KEYRING_DEADLINE, KeyringStore, SecretStore, client_secret_account,
};
use crate::settings::{SettingsError, secret_input};
use jiff::tz::TimeZone;
use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// How we name ourselves to the service.
pub(super) const USER_AGENT: &str = concat!("gcwatch/", env!("CARGO_PKG_VERSION"));
/// Longest warning, in characters: two topics' names and a sentence.
const MAX_WARNING: usize = 600;
/// Largest file of certificate authorities, in bytes: the whole of the web has 250 KB.
const MAX_CA_FILE: u64 = 4 << 20;

impl From<SettingsError> for Problem {
    fn from(error: SettingsError) -> Self {
        if matches!(error, SettingsError::NoProfile) {
            return Self::usage("no profile is configured")
                .remedy("log in with:            gcwatch login --region us-east-1\nlook without account:   gcwatch demo");
        }
        Self::usage(error)
    }
}

impl From<SelectorError> for Problem {
    fn from(error: SelectorError) -> Self {
        match error {
            SelectorError::Service(failure) => Self::of_connecting(failure),
            other @ SelectorError::NoMatch { .. } => Self::usage(other),
        }
    }
}

/// Where configuration and credentials are.
pub(super) fn places() -> Result<Places, Problem> {
    Ok(Places::find(std::env::var_os(CONFIG_FOLDER_VARIABLE).as_deref())?)
}

/// The flags that settings know; reads the secret from standard input if that is asked for.
pub(super) fn flags(arguments: &ConnectionArguments) -> Result<Flags, Problem> {
    let secret = if arguments.secret_stdin {
        let secret = secret_input::read_line(std::io::stdin().lock());
        Some(secret.map_err(Problem::usage)?)
    } else {
        None
    };
    Ok(Flags { secret, ..flags_without_secret(arguments) })
}

/// The flags that settings know, but for the secret on standard input.
pub(super) fn flags_without_secret(arguments: &ConnectionArguments) -> Flags {
    Flags {
        profile: arguments.profile.clone(),
        region: arguments.region.clone(),
        api_url: arguments.api_url.clone(),
        login_url: arguments.login_url.clone(),
        ca_file: arguments.ca_file.clone(),
        secret: None,
    }
}

/// What the configuration file says.
pub(super) fn config() -> Result<Config, Problem> {
    Ok(file(&places()?.config_file())?.config().clone())
}

/// The configuration file; what is wrong with its keys is told with the rest that is wrong. Keys alone stop
/// only those who take keys.
fn file(path: &Path) -> Result<ConfigFile, SettingsError> {
    ConfigFile::load_with(path, |config| display::bound(&config.keys).1)
}

/// Everything that is set for a connection.
pub(super) fn settings(arguments: &ConnectionArguments) -> Result<ConnectionSettings, Problem> {
    Ok(settings_or_none(arguments)??)
}

/// The same, for those who can do without credentials: what isn't set is told apart from what is
/// wrong.
pub(super) fn settings_or_none(
    arguments: &ConnectionArguments,
) -> Result<Result<ConnectionSettings, SettingsError>, Problem> {
    let places = places()?;
    let file = file(&places.config_file())?;
    let environment = Environment::from_process()?;
    Ok(resolve(&flags(arguments)?, &environment, file.config(), &places.config))
}

/// Where the service is.
pub(super) fn address(
    region: Option<&str>,
    login_url: Option<&str>,
    api_url: Option<&str>,
) -> Result<ServiceAddress, Problem> {
    let region = region.map(Region::parse).transpose().map_err(Problem::usage)?;
    if region.is_none() && (login_url.is_none() || api_url.is_none()) {
        return Err(Problem::usage("no region is set").remedy(
            "give --region us-east-1, set GENESYSCLOUD_REGION, or put region into the profile",
        ));
    }
    ServiceAddress::from_parts(region, login_url, api_url).map_err(Problem::usage)
}

/// What to trust: the system's authorities, and those of a file.
pub(super) fn tls(ca_file: Option<&Path>) -> Result<Tls, Problem> {
    let Some(path) = ca_file else {
        return Tls::new(None).map_err(Problem::running);
    };
    let length = std::fs::metadata(path).map(|metadata| metadata.len());
    let bytes = match length {
        Ok(length) if length > MAX_CA_FILE => {
            return Err(Problem::usage(format!(
                "{} is too large to be a file of certificates",
                path.display()
            )));
        }
        _ => std::fs::read(path),
    };
    let bytes =
        bytes.map_err(|error| Problem::usage(format!("can't read {}: {error}", path.display())))?;
    Tls::new(Some(&bytes)).map_err(|error| Problem::usage(format!("{}: {error}", path.display())))
}

/// A client of the service, with its credentials fetched from where they are kept.
///
/// Asks the keyring, so it must not be called on a runtime's thread.
pub(super) fn client(settings: &ConnectionSettings) -> Result<ServiceClient, Problem> {
    let text = |value: &Option<crate::settings::resolve::Resolved<String>>| {
        value.as_ref().map(|resolved| resolved.value.clone())
    };
    let address = address(
        text(&settings.region).as_deref(),
        text(&settings.login_url).as_deref(),
        text(&settings.api_url).as_deref(),
    )?;
    let credentials = match &settings.credentials {
        CredentialSource::AccessToken(token) => Credentials::AccessToken(token.clone()),
        CredentialSource::ClientCredentials { client_id, secret } => {
            Credentials::ClientCredentials {
                client_id: client_id.value.clone(),
                client_secret: fetch(secret)?,
            }
        }
        CredentialSource::Pkce { client_id, login } => {
            Credentials::User(user_login(client_id.value.clone(), login)?)
        }
    };
    let tls = tls(settings.ca_file.as_deref())?;
    let client = ServiceClient::new(address, credentials, tls, USER_AGENT);
    Ok(client.map_err(Problem::running)?.in_zone(TimeZone::system()))
}

/// Fetches the client's secret from where it is kept. Asks the keyring: not on a runtime's thread.
pub(super) fn fetch(location: &SecretLocation) -> Result<secrecy::SecretString, Problem> {
    let secret = match location {
        SecretLocation::Given(secret) => return Ok(secret.clone()),
        SecretLocation::Keyring(profile) => KeyringStore::start(KEYRING_DEADLINE)
            .and_then(|store| store.get(&client_secret_account(profile))),
        SecretLocation::File(profile) => {
            FileStore::new(&places()?.config).get(&client_secret_account(profile))
        }
    };
    secret.map_err(Problem::usage)
}

/// A person's login, from where it is kept.
pub(super) fn user_login(
    client_id: String,
    location: &SecretLocation,
) -> Result<UserLogin, Problem> {
    let (profile, store): (_, Box<dyn SecretStore>) = match location {
        SecretLocation::Keyring(profile) => {
            (profile, Box::new(KeyringStore::start(KEYRING_DEADLINE).map_err(Problem::usage)?))
        }
        SecretLocation::File(profile) => (profile, Box::new(FileStore::new(&places()?.config))),
        SecretLocation::Given(_) => {
            return Err(Problem::usage("a person's login can't be given by a secret"));
        }
    };
    let log_in_again = log_in_again(profile);
    let kept = KeptLogin::new(store, profile);
    let tokens = match kept.tokens() {
        Ok(Some(tokens)) => tokens,
        Ok(None) => {
            return Err(Problem::usage(format!("what is kept for profile {profile} is no login"))
                .remedy(format!("log in again with: {log_in_again}")));
        }
        Err(error) => {
            return Err(Problem::usage(error).remedy(format!("log in with: {log_in_again}")));
        }
    };
    Ok(UserLogin { client_id, tokens: Some(tokens), keeper: Arc::new(kept), log_in_again })
}

/// Says something that is no reason to end, before the screen is taken.
fn warn(sentence: &str) {
    // standard error may be closed: then nobody is there to read it
    let _ = writeln!(std::io::stderr(), "gcwatch: {}", harmless_within(sentence, MAX_WARNING));
}

/// Says that not all are watched, if so.
fn warn_if_cut<Id>(loaded: &Loaded<Id>, what: &str) {
    if !loaded.complete {
        let number = loaded.entries.len();
        warn(&format!(
            "there are more {what} than are read: only {number} are watched; name the others by their ids to watch them"
        ));
    }
}

/// What to watch, found out by asking the service for names.
pub(super) struct Watched {
    pub(super) plan: Plan,
    /// Names that were learnt on the way, and what comes with these: divisions, and goals of queues.
    pub(super) names: Vec<Control>,
}

/// The selection with what the sets hold that it names.
fn with_sets(selection: &Selection, watches: &Watches) -> Result<Selection, Problem> {
    let mut whole = selection.clone();
    for name in std::mem::take(&mut whole.set) {
        let Some(set) = watches.sets.get(&name) else {
            let known: Vec<&str> = watches.sets.keys().map(String::as_str).collect();
            let remedy = if known.is_empty() {
                "save one with w on the screen of topics, or write [profiles.NAME.sets.SET] into the configuration".to_owned()
            } else {
                format!("there are: {}", known.join(", "))
            };
            return Err(Problem::usage(format!("the profile has no set \"{name}\"")).remedy(remedy));
        };
        whole.queue.extend(set.queues.iter().cloned());
        whole.user.extend(set.users.iter().cloned());
        whole.topics.extend(set.topics.iter().cloned());
    }
    if whole.is_empty() && !selection.set.is_empty() {
        return Err(Problem::usage("what was asked for is a set that is empty"));
    }
    Ok(whole)
}

/// Finds what the selection names; without one, what the profile watches, and else all queues.
pub(super) async fn watched(
    client: &ServiceClient,
    selection: &Selection,
    watches: &Watches,
    profile: Option<String>,
) -> Result<Watched, Problem> {
    let from_profile = Selection {
        topics: watches.topics.clone(),
        queue: watches.queues.clone(),
        user: watches.users.clone(),
        ..Selection::default()
    };
    let with_sets = with_sets(selection, watches)?;
    let selection = &with_sets;
    let everything = Selection { all: true, ..Selection::default() };
    let selection = match (selection.is_empty(), from_profile.is_empty()) {
        (false, _) => selection,
        (true, false) => &from_profile,
        (true, true) => &everything,
    };
    let mut topics = Vec::new();
    for name in &selection.topics {
        let topic = Topic::parse(name).map_err(Problem::usage)?;
        if let Some(doubt) = catalogue::doubt(&topic) {
            warn(&doubt);
        }
        topics.push(topic);
    }
    client.login(false).await?;
    let queues = if selection.all {
        client.queues(None).await?
    } else {
        resolve_queues(client, &selection.queue).await?
    };
    warn_if_cut(&queues, "queues");
    let users = if selection.all_users {
        client.users().await?
    } else {
        resolve_users(client, &selection.user).await?
    };
    warn_if_cut(&users, "users");
    let divisions = Divisions { queues: queues.divisions, users: users.divisions };
    let (goals, queues, users) = (queues.goals, queues.entries, users.entries);
    for queue in &queues {
        topics.extend(topics_of_queue(&queue.id));
    }
    for user in &users {
        let id = &user.id;
        topics.push(topic_of_user(id));
        if !selection.user.is_empty() {
            topics.push(Topic::received(&format!("v2.users.{id}.conversations")));
        }
    }
    let mut snapshot_queues: Vec<QueueId> = queues.iter().map(|queue| queue.id.clone()).collect();
    let mut known: HashSet<QueueId> = snapshot_queues.iter().cloned().collect();
    for topic in &topics {
        if let Subject::QueueConversations { queue, .. } = topic.subject()
            && known.insert(queue.clone())
        {
            snapshot_queues.push(queue);
        }
    }
    let packs = pack(topics).map_err(Problem::usage)?;
    if packs.is_empty() {
        return Err(Problem::new(
            Exit::Permission,
            "there is nothing to watch: these credentials see no queue",
        )
        .remedy("give the OAuth client a role with routing:queue:view, or name topics"));
    }
    let plan = Plan {
        packs,
        snapshot_queues,
        profile,
        load_names: true,
        follow_queues: selection.all,
        follow_users: selection.all_users,
    };
    Ok(Watched {
        plan,
        names: vec![
            Control::Queues(queues),
            Control::Users(users),
            Control::Divisions(divisions),
            Control::Goals(goals),
        ],
    })
}
