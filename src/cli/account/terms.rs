//! The terms of a login: which profile, which service, which client. Flags count before the
//! environment, the environment before what the profile has; what is left is asked for.
use super::say;
use crate::cli::arguments::{ConnectionArguments, LoginArguments};
use crate::cli::connect;
use crate::cli::problem::Problem;
use crate::cloud::{ServiceAddress, Tls};
use crate::settings::ProfileName;
use crate::settings::file::{ConfigFile, CredentialPlace, Grant, Profile};
use crate::settings::resolve::{Environment, Place, Resolved};
use std::io::{BufRead, Read, Write};
use std::path::PathBuf;

/// Name of the profile where none is given.
const DEFAULT_PROFILE: &str = "default";
/// Longest answer to a question, in bytes.
const MAX_ANSWER: u64 = 512;

/// What a login goes by.
pub(super) struct Terms {
    file: ConfigFile,
    pub(super) name: ProfileName,
    /// The profile as it was.
    pub(super) known: Profile,
    region: Option<String>,
    api_url: Option<String>,
    login_url: Option<String>,
    pub(super) client_id: String,
    ca_file: Option<PathBuf>,
    pub(super) address: ServiceAddress,
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

impl Terms {
    /// Finds them, asking for what is nowhere.
    pub(super) fn find(
        connection: &ConnectionArguments,
        login: &LoginArguments,
    ) -> Result<Self, Problem> {
        let file = ConfigFile::load(&connect::places()?.config_file())?;
        let environment = Environment::from_process()?;
        let name = connection
            .profile
            .clone()
            .or_else(|| environment.profile.clone())
            .or_else(|| file.config().default_profile.clone())
            .unwrap_or_else(|| DEFAULT_PROFILE.to_owned());
        let name = ProfileName::parse(&name)?;
        let known = file.config().profiles.get(name.as_str()).cloned().unwrap_or_default();
        let place =
            Place::resolve(&connect::flags_without_secret(connection), &environment, &known);
        let text = |resolved: Option<Resolved<String>>| resolved.map(|resolved| resolved.value);
        let (api_url, login_url) = (text(place.api_url), text(place.login_url));
        let mut region = text(place.region);
        if region.is_none() && (api_url.is_none() || login_url.is_none()) {
            region = Some(ask("region", Some("us-east-1"))?);
        }
        // a mistake in the region is told before a secret is typed
        let address =
            connect::address(region.as_deref(), login_url.as_deref(), api_url.as_deref())?;
        let client_id = match login.client_id.clone().or(environment.client_id) {
            Some(client_id) => client_id,
            None => ask("client id", known.client_id.as_deref())?,
        };
        let ca_file = connection.ca_file.clone().or(known.ca_file.clone());
        Ok(Self { file, name, known, region, api_url, login_url, client_id, ca_file, address })
    }

    /// What to trust.
    pub(super) fn tls(&self) -> Result<Tls, Problem> {
        // a file that the profile names begins at the configuration's folder
        let path = self.ca_file.as_ref().map(|path| {
            let folder = self.file.path().parent();
            match folder {
                Some(folder) if self.known.ca_file.as_ref() == Some(path) => folder.join(path),
                _ => path.clone(),
            }
        });
        connect::tls(path.as_deref())
    }

    /// Writes the profile; makes it the default if there is none.
    pub(super) fn write_profile(
        mut self,
        grant: Grant,
        place: CredentialPlace,
        redirect_uri: Option<String>,
    ) -> Result<(), Problem> {
        // kept so that it means the same file from every folder
        let ca_file = self.ca_file.map(|path| match std::path::absolute(&path) {
            Ok(whole) if self.known.ca_file.as_ref() != Some(&path) => whole,
            _ => path,
        });
        let profile = Profile {
            region: self.region,
            client_id: Some(self.client_id),
            grant: Some(grant),
            credentials: Some(place),
            redirect_uri,
            api_url: self.api_url,
            login_url: self.login_url,
            ca_file,
            ..self.known
        };
        self.file.set_profile(&self.name, &profile)?;
        if self.file.config().default_profile.is_none() {
            self.file.set_default(&self.name)?;
        }
        self.file.save()?;
        say(&format!(
            "profile {} is in {}; watch with: gcwatch --profile {}",
            self.name,
            self.file.path().display(),
            self.name
        ));
        Ok(())
    }
}
