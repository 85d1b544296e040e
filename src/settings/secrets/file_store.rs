//! Secrets in private files: `credentials/PROFILE.secret` and `PROFILE.login` in the configuration
//! folder.
//!
//! For machines without a keyring, and only when the user asks for it.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::super::{ProfileName, places, private_file};
use super::{
    CLIENT_SECRET_SUFFIX, LOGIN_SUFFIX, LONGEST_SECRET, SecretError, SecretStore, accept, verify,
};

/// Keeps each secret in a file of its own, readable by its owner only.
#[derive(Debug, Clone)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// The store inside a configuration folder; nothing is created before the first secret.
    #[must_use]
    pub fn new(config_folder: &Path) -> Self {
        Self { folder: places::credentials_in(config_folder) }
    }

    /// The file of a profile's client secret.
    #[must_use]
    pub fn path_of(&self, profile: &ProfileName) -> PathBuf {
        self.folder.join(format!("{profile}.secret"))
    }

    fn path(&self, account: &str) -> Result<PathBuf, SecretError> {
        // Only checked names become file names, so no account can leave the folder.
        [(CLIENT_SECRET_SUFFIX, "secret"), (LOGIN_SUFFIX, "login")]
            .into_iter()
            .find_map(|(suffix, ending)| Some((account.strip_suffix(suffix)?, ending)))
            .and_then(|(name, ending)| Some((ProfileName::parse(name).ok()?, ending)))
            .map(|(profile, ending)| self.folder.join(format!("{profile}.{ending}")))
            .ok_or_else(|| SecretError::BadAccount(account.escape_debug().take(80).collect()))
    }
}

/// Reads the secret in a file that only its owner may read.
///
/// # Errors
/// [`SecretError::TooOpen`] with the remedy, [`SecretError::NotAFile`], or why the file could not
/// be read or holds no secret.
pub(in crate::settings) fn read(path: &Path) -> Result<SecretString, SecretError> {
    let failed = |source| SecretError::Io { action: "read", path: path.to_owned(), source };
    // Before opening: opening a pipe without a writer would wait for ever.
    if !fs::metadata(path).map_err(failed)?.is_file() {
        return Err(SecretError::NotAFile(path.to_owned()));
    }
    let file = File::open(path).map_err(failed)?;
    check_mode(path, &file.metadata().map_err(failed)?)?;
    let most = LONGEST_SECRET + "\r\n".len() + 1;
    // Never grown, so that no abandoned copy of the secret stays in memory.
    let mut bytes = Vec::with_capacity(most);
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() >= most {
        return Err(SecretError::TooLong);
    }
    let text = String::from_utf8(bytes).map_err(|_| SecretError::NotText)?;
    accept(SecretString::from(text).expose_secret())
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &fs::Metadata) -> Result<(), SecretError> {
    let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o777;
    if mode.trailing_zeros() >= 6 {
        Ok(())
    } else {
        Err(SecretError::TooOpen { path: path.to_owned(), mode })
    }
}

/// Windows has no mode bits; the user's profile folder is private by its access list.
#[cfg(not(unix))]
fn check_mode(_: &Path, _: &fs::Metadata) -> Result<(), SecretError> {
    Ok(())
}

impl SecretStore for FileStore {
    fn set(&self, account: &str, secret: &SecretString) -> Result<(), SecretError> {
        let path = self.path(account)?;
        let secret = accept(secret.expose_secret())?;
        private_file::replace(&path, secret.expose_secret().as_bytes())
            .map_err(|source| SecretError::Io { action: "write", path: path.clone(), source })?;
        verify(&secret, &read(&path)?)
    }

    fn get(&self, account: &str) -> Result<SecretString, SecretError> {
        let path = self.path(account)?;
        read(&path).map_err(|error| missing_if_absent(error, account))
    }

    fn delete(&self, account: &str) -> Result<(), SecretError> {
        let path = self.path(account)?;
        fs::remove_file(&path)
            .map_err(|source| SecretError::Io { action: "delete", path, source })
            .map_err(|error| missing_if_absent(error, account))
    }
}

fn missing_if_absent(error: SecretError, account: &str) -> SecretError {
    match error {
        SecretError::Io { path, source, .. } if source.kind() == ErrorKind::NotFound => {
            SecretError::Missing {
                account: account.to_owned(),
                place: format!("`{}`", path.display()),
            }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "prod:client-secret";

    #[test]
    fn keeps_replaces_and_forgets() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        assert!(matches!(store.get(ACCOUNT), Err(SecretError::Missing { .. })));
        for secret in ["one", "two"] {
            store.set(ACCOUNT, &SecretString::from(secret)).unwrap();
            assert_eq!(store.get(ACCOUNT).unwrap().expose_secret(), secret);
        }
        assert!(folder.path().join("credentials/prod.secret").is_file());
        store.set("prod:login", &SecretString::from("tokens")).unwrap();
        assert!(folder.path().join("credentials/prod.login").is_file());
        store.delete(ACCOUNT).unwrap();
        assert!(matches!(store.delete(ACCOUNT), Err(SecretError::Missing { .. })));
    }

    #[test]
    fn no_account_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        let secret = SecretString::from("one");
        for account in ["../prod:client-secret", "prod", "a/b:client-secret", ":client-secret", ""]
        {
            assert!(matches!(store.set(account, &secret), Err(SecretError::BadAccount(_))));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn the_file_is_private_or_refused_with_the_remedy() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        store.set(ACCOUNT, &SecretString::from("one")).unwrap();
        let path = store.path_of(&ProfileName::parse("prod").unwrap());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        for mode in [0o640, 0o604, 0o660, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let error = store.get(ACCOUNT).unwrap_err().to_string();
            assert!(error.contains("chmod 600") && !error.contains("one`"), "{error}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert_eq!(store.get(ACCOUNT).unwrap().expose_secret(), "one");
    }

    #[test]
    fn odd_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let store = FileStore::new(folder.path());
        store.set(ACCOUNT, &SecretString::from("one")).unwrap();
        let path = store.path_of(&ProfileName::parse("prod").unwrap());
        fs::write(&path, b"hand-made\n").unwrap();
        assert_eq!(store.get(ACCOUNT).unwrap().expose_secret(), "hand-made");
        fs::write(&path, b"\n").unwrap();
        assert!(matches!(store.get(ACCOUNT), Err(SecretError::Empty)));
        fs::write(&path, vec![b'x'; 5000]).unwrap();
        assert!(matches!(store.get(ACCOUNT), Err(SecretError::TooLong)));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert!(matches!(store.get(ACCOUNT), Err(SecretError::NotAFile(_))));
    }
}
