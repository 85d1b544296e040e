//! Named sets of topics in the profile: saving what is watched, from within the front end.
use super::connect;
use super::problem::Problem;
use crate::domain::topic::Topic;
use crate::settings::ProfileName;
use crate::settings::file::{ConfigFile, TopicSet};

/// Saves `topics` as the set `name` of `profile`; what became of it, in a sentence.
pub(super) fn save(profile: Option<&str>, name: &str, topics: &[Topic]) -> String {
    let count = topics.len();
    match try_to_save(profile, name, topics) {
        Ok(profile) => {
            format!(
                "{count} topics are saved; `gcwatch watch --profile {profile} --set {name}` watches them"
            )
        }
        Err(problem) => format!("not saved: {}", problem.what()),
    }
}

fn try_to_save(
    profile: Option<&str>,
    name: &str,
    topics: &[Topic],
) -> Result<ProfileName, Problem> {
    let profile = profile.ok_or_else(|| {
        Problem::usage("no profile is in use; `gcwatch login` makes one to save into")
    })?;
    let profile = ProfileName::parse(profile)?;
    let mut file = ConfigFile::load(&connect::places()?.config_file())?;
    let topics = topics.iter().map(|topic| topic.as_str().to_owned()).collect();
    file.set_topic_set(&profile, name, &TopicSet { topics, ..TopicSet::default() })?;
    file.save()?;
    Ok(profile)
}
