//! `profiles` and `config`: what is set, and where.
use crate::cli::arguments::ConnectionArguments;
use crate::cli::connect;
use crate::cli::problem::{Exit, Problem};
use crate::domain::text::harmless_within;
use crate::settings::file::{ConfigFile, Profile};
use serde_json::json;

/// Lists the profiles.
pub(in crate::cli) fn profiles(as_json: bool) -> Result<String, Problem> {
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

/// Prints the settings in force and where each comes from.
pub(in crate::cli) fn show_config(connection: &ConnectionArguments) -> Result<String, Problem> {
    use crate::settings::resolve::{CredentialSource, Resolved, SecretLocation};
    let path = connect::places()?.config_file();
    // nothing here needs the keys, but who asks whether the file is right wants to hear of them too
    crate::cli::display::keymap(&connect::config()?.keys, &path)?;
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
        CredentialSource::Pkce { client_id, login } => {
            line("client_id", Some(client_id));
            match login {
                SecretLocation::Given(_) => "a person's login, given",
                SecretLocation::Keyring(_) => "a person's login, in the keyring",
                SecretLocation::File(_) => "a person's login, in a private file",
            }
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
pub(in crate::cli) fn init_config() -> Result<String, Problem> {
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
