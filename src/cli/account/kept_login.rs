//! A person's login in a place that keeps secrets, as the network edge wants to have it.
use crate::cloud::{TokenKeeper, UserTokens};
use crate::settings::ProfileName;
use crate::settings::secrets::{SecretError, SecretStore, login_account};
use std::fmt;

/// The login of one profile in one store.
pub(in crate::cli) struct KeptLogin {
    store: Box<dyn SecretStore>,
    account: String,
}

impl KeptLogin {
    pub(in crate::cli) fn new(store: Box<dyn SecretStore>, profile: &ProfileName) -> Self {
        Self { store, account: login_account(profile) }
    }

    /// What is kept, with the store's own error where nothing can be had; `None` when what is
    /// kept is no login.
    pub(in crate::cli) fn tokens(&self) -> Result<Option<UserTokens>, SecretError> {
        Ok(UserTokens::from_secret(&self.store.get(&self.account)?))
    }

    /// Keeps these, with the store's own error.
    pub(in crate::cli) fn put(&self, tokens: &UserTokens) -> Result<(), SecretError> {
        self.store.set(&self.account, &tokens.to_secret())
    }

    pub(in crate::cli) fn delete(&self) -> Result<(), SecretError> {
        self.store.delete(&self.account)
    }
}

impl TokenKeeper for KeptLogin {
    fn load(&self) -> Result<UserTokens, String> {
        match self.tokens() {
            Ok(Some(tokens)) => Ok(tokens),
            Ok(None) => Err("what is kept there is no login".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    fn keep(&self, tokens: &UserTokens) -> Result<(), String> {
        self.put(tokens).map_err(|error| error.to_string())
    }
}

impl fmt::Debug for KeptLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeptLogin").field("account", &self.account).finish_non_exhaustive()
    }
}
