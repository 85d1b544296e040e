//! Where files belong on this machine: configuration, data, state and cache folders.
//!
//! Nothing is created here; whoever writes into a folder creates it. The environment variable that
//! moves the configuration comes in as an argument.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::SettingsError;

/// The environment variable that names another configuration folder.
pub const CONFIG_FOLDER_VARIABLE: &str = "GCWATCH_CONFIG_DIR";

/// The folders of gcwatch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Holds `config.toml` and the folder `credentials`.
    pub config: PathBuf,
    /// Holds what the user would miss: recordings.
    pub data: PathBuf,
    /// Holds what survives a restart but is not missed: logs, channel notes.
    pub state: PathBuf,
    /// Holds what can be fetched again: the topic catalogue, names.
    pub cache: PathBuf,
}

impl Places {
    /// Finds the folders by the platform's rules. `config_folder` is the value of
    /// [`CONFIG_FOLDER_VARIABLE`]; empty counts as unset.
    ///
    /// # Errors
    /// [`SettingsError::NoHome`] when the platform knows no home folder and `config_folder` does
    /// not stand in for it; [`SettingsError::RelativeConfigFolder`] when it is not absolute.
    pub fn find(config_folder: Option<&OsStr>) -> Result<Self, SettingsError> {
        Self::choose(config_folder, ProjectDirs::from("", "", "gcwatch").as_ref())
    }

    fn choose(
        config_folder: Option<&OsStr>,
        platform: Option<&ProjectDirs>,
    ) -> Result<Self, SettingsError> {
        let given = config_folder.filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(folder) = given.as_deref().filter(|folder| !folder.is_absolute()) {
            return Err(SettingsError::RelativeConfigFolder(folder.to_owned()));
        }
        match (given, platform) {
            (None, None) => Err(SettingsError::NoHome),
            // Without a home the given folder carries everything, so that a container needs one
            // variable and not five.
            (Some(config), None) => Ok(Self {
                data: config.join("data"),
                state: config.join("state"),
                cache: config.join("cache"),
                config,
            }),
            (given, Some(platform)) => Ok(Self {
                config: given.unwrap_or_else(|| platform.config_dir().to_owned()),
                data: platform.data_dir().to_owned(),
                // macOS and Windows have no state folder: the one that never roams comes nearest.
                state: platform.state_dir().unwrap_or_else(|| platform.data_local_dir()).to_owned(),
                cache: platform.cache_dir().to_owned(),
            }),
        }
    }

    /// The configuration file.
    #[must_use]
    pub fn config_file(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The folder of the secrets that are kept in files.
    #[must_use]
    pub fn credentials(&self) -> PathBuf {
        credentials_in(&self.config)
    }
}

/// The folder for secrets inside a configuration folder.
#[must_use]
pub fn credentials_in(config_folder: &Path) -> PathBuf {
    config_folder.join("credentials")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_home_the_error_names_both_ways_out() {
        let error = Places::choose(None, None).unwrap_err();
        assert!(matches!(error, SettingsError::NoHome));
        let text = error.to_string();
        assert!(text.contains("HOME") && text.contains(CONFIG_FOLDER_VARIABLE), "{text}");
        assert!(matches!(Places::choose(Some(OsStr::new("")), None), Err(SettingsError::NoHome)));
    }

    #[test]
    fn the_given_folder_moves_the_configuration() {
        let folder = std::env::temp_dir().join("gcwatch-elsewhere");
        let alone = Places::choose(Some(folder.as_os_str()), None).unwrap();
        assert_eq!(alone.config_file(), folder.join("config.toml"));
        assert_eq!(alone.credentials(), folder.join("credentials"));
        assert_eq!(alone.state, folder.join("state"));

        let found = Places::find(Some(folder.as_os_str())).unwrap();
        assert_eq!(found.config, folder);
    }

    #[test]
    fn a_relative_folder_is_refused() {
        let error = Places::find(Some(OsStr::new("conf"))).unwrap_err().to_string();
        assert!(error.contains("`conf`") && error.contains("absolute"), "{error}");
    }
}
