//! What the front end keeps for the next time: filters that are saved by name, rules of alerts, and
//! columns of one's own.
//!
//! The file is read anew for each change, so that what another gcwatch or an editor has written
//! meanwhile stays.
use crate::domain::alert::RuleLine;
use crate::domain::board::layout::{Layout, Listing};
use crate::settings::ProfileName;
use crate::settings::file::{AlertSettings, ConfigFile};
use std::path::PathBuf;

/// Where it is kept.
#[derive(Debug, Default)]
pub(super) struct Keep {
    /// The configuration file; `None` in a demo or a replay.
    pub(super) path: Option<PathBuf>,
    /// The profile in use.
    pub(super) profile: Option<ProfileName>,
}

impl Keep {
    /// Saves a filter under a name, or takes it out; gives the sentence to tell.
    pub(super) fn save_filter(&self, name: &str, filter: Option<&str>) -> String {
        let (Some(path), Some(profile)) = (&self.path, &self.profile) else {
            return match filter {
                Some(_) => format!(
                    "@{name} recalls this filter until the end; without a profile nothing is saved"
                ),
                None => format!("there is no @{name} any more"),
            };
        };
        let saved = ConfigFile::load(path).and_then(|mut file| {
            let is_there = file.set_filter(profile, name, filter)?;
            if is_there {
                file.save()?;
            }
            Ok(is_there)
        });
        match saved {
            Ok(true) if filter.is_none() => {
                format!("there is no @{name} any more, in the profile {profile} neither")
            }
            Ok(true) => format!("@{name} recalls this filter; saved in the profile {profile}"),
            Ok(false) => format!("not saved: the configuration has no profile {profile} any more"),
            Err(error) => format!("not saved: {error}"),
        }
    }

    /// Saves the columns and the sort of a list; gives the sentence to tell.
    pub(super) fn save_layout(&self, list: Listing, layout: &Layout) -> String {
        let list_words = list.word();
        let (Some(path), Some(profile)) = (&self.path, &self.profile) else {
            return format!(
                "these columns of {list_words} are in force until the end; without a profile nothing is saved"
            );
        };
        let saved = ConfigFile::load(path).and_then(|mut file| {
            let is_there = file.set_layout(profile, list, layout)?;
            if is_there {
                file.save()?;
            }
            Ok(is_there)
        });
        match saved {
            Ok(true) => {
                format!("columns and sort of {list_words} are saved in the profile {profile}")
            }
            Ok(false) => format!("not saved: the configuration has no profile {profile} any more"),
            Err(error) => format!("in force, but not saved: {error}"),
        }
    }

    /// Saves a rule in the place of the one of that name; gives the sentence to tell.
    pub(super) fn save_rule(&self, before: Option<&str>, line: RuleLine) -> String {
        let Some(path) = &self.path else {
            return format!(
                "the rule {} is in force until the end; nothing is saved here",
                line.name
            );
        };
        let RuleLine { name, queues, warning, critical } = line;
        let rule = AlertSettings { name, queues, warning, critical };
        let saved = ConfigFile::load(path).and_then(|mut file| {
            file.set_rule(before, &rule)?;
            file.save()
        });
        match saved {
            Ok(()) => {
                format!("the rule {} is in force, and saved in {}", rule.name, path.display())
            }
            Err(error) => format!("in force, but not saved: {error}"),
        }
    }
    /// Removes a rule; gives the sentence to tell.
    pub(super) fn remove_rule(&self, name: &str) -> String {
        let Some(path) = &self.path else {
            return format!("the rule {name} is removed until the end; nothing is saved here");
        };
        let saved = ConfigFile::load(path).and_then(|mut file| {
            file.remove_rule(name)?;
            file.save()
        });
        match saved {
            Ok(()) => format!("the rule {name} is removed, from {} too", path.display()),
            Err(error) => format!("removed, but the file keeps it: {error}"),
        }
    }
}
