//! `logout`: ends the token at the service and forgets the credentials.
use super::{KeptLogin, say, store};
use crate::cli::arguments::{ConnectionArguments, Keeper};
use crate::cli::connect::{self, USER_AGENT};
use crate::cli::problem::Problem;
use crate::cli::simulated::runtime;
use crate::cloud::{Credentials, ServiceClient, Tls};
use crate::settings::file::{ConfigFile, CredentialPlace, Profile};
use crate::settings::resolve::{Environment, Place, Resolved, choose_profile};
use crate::settings::secrets::{SecretError, client_secret_account};

/// Forgets a profile's credentials, and the profile if that is asked for.
pub(in crate::cli) fn logout(
    connection: &ConnectionArguments,
    forget: bool,
) -> Result<(), Problem> {
    let places = connect::places()?;
    let mut file = ConfigFile::load(&places.config_file())?;
    let flags = connect::flags(connection)?;
    let chosen = choose_profile(&flags, &Environment::from_process()?, file.config())?;
    let Some((name, profile)) = chosen else {
        return Err(Problem::usage("there is no profile to log out of"));
    };
    let keeper = match profile.credentials.unwrap_or_default() {
        CredentialPlace::Keyring => Some(Keeper::Keyring),
        CredentialPlace::File => Some(Keeper::File),
        CredentialPlace::Environment => None,
    };
    if let Some(keeper) = keeper {
        let mut forgotten = false;
        // both: a profile may have changed from one kind of login to the other
        let kept = KeptLogin::new(store(keeper)?, &name);
        match kept.tokens() {
            Ok(tokens) => {
                if let Some(tokens) = tokens {
                    revoke(connection, &profile, Credentials::AccessToken(tokens.access));
                }
                kept.delete().map_err(Problem::usage)?;
                say(&format!("the login of profile {name} is deleted"));
                forgotten = true;
            }
            Err(SecretError::Missing { .. }) => {}
            Err(error) => return Err(Problem::usage(error)),
        }
        match store(keeper)?.delete(&client_secret_account(&name)) {
            Ok(()) => {
                say(&format!("the secret of profile {name} is deleted"));
                forgotten = true;
            }
            Err(SecretError::Missing { .. }) => {}
            Err(error) => return Err(Problem::usage(error)),
        }
        if !forgotten {
            say(&format!("profile {name} had neither a secret nor a login"));
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

/// Ends the token at the service. Where that fails the login is forgotten all the same: a person
/// without a network must be able to leave a computer.
fn revoke(connection: &ConnectionArguments, profile: &Profile, credentials: Credentials) {
    let ended = end_token(connection, profile, credentials);
    match ended {
        Ok(host) => say(&format!("the token is ended at {host}")),
        Err(problem) => say(&format!(
            "the token can't be ended at the service and lives on until its time is over: {}",
            problem.what()
        )),
    }
}

fn end_token(
    connection: &ConnectionArguments,
    profile: &Profile,
    credentials: Credentials,
) -> Result<String, Problem> {
    // the environment is left out: it says where to log in, not where this login was made
    let flags = connect::flags_without_secret(connection);
    let place = Place::resolve(&flags, &Environment::default(), profile);
    let text = |resolved: Option<Resolved<String>>| resolved.map(|resolved| resolved.value);
    let address = connect::address(
        text(place.region).as_deref(),
        text(place.login_url).as_deref(),
        text(place.api_url).as_deref(),
    )?;
    let folder = connect::places()?.config;
    let ca_file =
        connection.ca_file.clone().or(profile.ca_file.as_ref().map(|file| folder.join(file)));
    let tls: Tls = connect::tls(ca_file.as_deref())?;
    let host = address.api_host();
    let client =
        ServiceClient::new(address, credentials, tls, USER_AGENT).map_err(Problem::running)?;
    runtime()?.block_on(client.revoke())?;
    Ok(host)
}
