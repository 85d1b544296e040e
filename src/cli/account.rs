//! `login`, `logout`, `profiles`, `config` and `channels`: what belongs to an account.
use super::arguments::Keeper;
use super::connect;
use super::problem::Problem;
use crate::settings::file::CredentialPlace;
use crate::settings::secrets::{
    FileStore, KEYRING_DEADLINE, KeyringStore, SecretError, SecretStore,
};
use std::io::Write;

mod browser;
mod channels;
mod config;
mod kept_login;
mod login;
mod logout;
mod terms;

pub(super) use browser::command as log_in_again;
pub(super) use channels::channels;
pub(super) use config::{init_config, profiles, show_config};
pub(super) use kept_login::KeptLogin;
pub(super) use login::login;
pub(super) use logout::logout;

/// The store, asked once for `account`: starting it touches nothing yet, and nobody wants to type
/// a secret or log in only to hear that there is no keyring. A file is made when it is needed.
fn ready_store(keeper: Keeper, account: &str) -> Result<Box<dyn SecretStore>, Problem> {
    let store = store(keeper)?;
    match (keeper, store.get(account)) {
        (Keeper::File, _) | (_, Ok(_) | Err(SecretError::Missing { .. })) => Ok(store),
        (Keeper::Keyring, Err(error)) => Err(Problem::usage(error)),
    }
}

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

/// How the configuration names the place.
fn place_of(keeper: Keeper) -> CredentialPlace {
    match keeper {
        Keeper::Keyring => CredentialPlace::Keyring,
        Keeper::File => CredentialPlace::File,
    }
}
