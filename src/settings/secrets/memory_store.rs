//! A store in memory, for tests and for runs that must leave nothing behind.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use secrecy::SecretString;

use super::{SecretError, SecretStore};

/// The most accounts held; a test that needs more is wrong.
const MOST_ACCOUNTS: usize = 256;

/// Keeps secrets until it is dropped.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<BTreeMap<String, SecretString>>);

impl MemoryStore {
    fn secrets(&self) -> MutexGuard<'_, BTreeMap<String, SecretString>> {
        // No call leaves the map half changed, so a panic elsewhere does not spoil it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing(account: &str) -> SecretError {
    SecretError::Missing { account: account.to_owned(), place: "memory".to_owned() }
}

impl SecretStore for MemoryStore {
    fn set(&self, account: &str, secret: &SecretString) -> Result<(), SecretError> {
        let mut secrets = self.secrets();
        if secrets.len() >= MOST_ACCOUNTS && !secrets.contains_key(account) {
            return Err(SecretError::Busy);
        }
        secrets.insert(account.to_owned(), secret.clone());
        Ok(())
    }

    fn get(&self, account: &str) -> Result<SecretString, SecretError> {
        self.secrets().get(account).cloned().ok_or_else(|| missing(account))
    }

    fn delete(&self, account: &str) -> Result<(), SecretError> {
        self.secrets().remove(account).map(|_| ()).ok_or_else(|| missing(account))
    }
}
