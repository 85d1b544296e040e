//! Filters that are saved in a profile, by name on the command line: `--filter @night`.
use super::connect;
use super::problem::Problem;
use crate::settings::ProfileName;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The text that is meant: as it stands, or what is saved under the name after `@`. What is saved for one
/// list may name fields that another doesn't have; whoever reads it tells that with its place.
pub(super) fn meant<'a>(
    option: &str,
    text: &'a str,
    saved: &'a BTreeMap<String, String>,
) -> Result<&'a str, Problem> {
    let Some(name) = text.strip_prefix('@') else { return Ok(text) };
    saved.get(name).map(String::as_str).ok_or_else(|| {
        let names: Vec<&str> = saved.keys().map(String::as_str).collect();
        let remedy = if names.is_empty() {
            "none is saved; ctrl-s saves one where a filter is typed".to_owned()
        } else {
            format!("there are: {}", names.join(", "))
        };
        Problem::usage(format!("{option}: no filter is saved as {name:?}")).remedy(remedy)
    })
}

/// The same, of the profile in use; the configuration is read only where a name asks for it.
pub(super) fn meant_in<'a>(
    option: &str,
    text: &'a str,
    profile: impl FnOnce() -> Result<Option<ProfileName>, Problem>,
) -> Result<Cow<'a, str>, Problem> {
    if !text.starts_with('@') {
        return Ok(Cow::Borrowed(text));
    }
    let config = connect::config()?;
    let profile = profile()?.and_then(|name| config.profiles.get(name.as_str()).cloned());
    let saved = profile.map(|profile| profile.filters).unwrap_or_default();
    meant(option, text, &saved).map(|text| Cow::Owned(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::meant;
    use std::collections::BTreeMap;

    #[test]
    fn a_name_stands_for_what_is_saved_and_others_are_named() {
        let saved = BTreeMap::from([("late night".to_owned(), "wait>2m".to_owned())]);
        assert_eq!(meant("--filter", "wait>1m", &saved).unwrap(), "wait>1m");
        assert_eq!(meant("--filter", "@late night", &saved).unwrap(), "wait>2m");
        let unknown = meant("--until", "@day", &saved).unwrap_err().to_string();
        assert!(unknown.contains("--until: no filter is saved as \"day\""), "{unknown}");
        assert!(unknown.contains("there are: late night"), "{unknown}");
    }
}
