//! What the front end keeps for the next time: filters that are saved by name.
//!
//! The file is read anew for each change, so that what another gcwatch or an editor has written
//! meanwhile stays.
use crate::settings::ProfileName;
use crate::settings::file::ConfigFile;
use std::path::PathBuf;

/// Where it is kept.
#[derive(Debug, Default)]
pub(super) struct Keep {
    /// The configuration file and the profile in use; `None` in a demo or a replay.
    pub(super) place: Option<(PathBuf, ProfileName)>,
}

impl Keep {
    /// Saves a filter under a name; gives the sentence to tell.
    pub(super) fn save_filter(&self, name: &str, filter: &str) -> String {
        let Some((path, profile)) = &self.place else {
            return format!(
                "@{name} recalls this filter until the end; without a profile nothing is saved"
            );
        };
        let saved = ConfigFile::load(path).and_then(|mut file| {
            let is_there = file.set_filter(profile, name, filter)?;
            if is_there {
                file.save()?;
            }
            Ok(is_there)
        });
        match saved {
            Ok(true) => format!("@{name} recalls this filter; saved in the profile {profile}"),
            Ok(false) => format!("not saved: the configuration has no profile {profile} any more"),
            Err(error) => format!("not saved: {error}"),
        }
    }
}
