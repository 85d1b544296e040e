use super::{ConfigFile, CredentialPlace, Profile, TopicSet, template};
use crate::domain::region::REGIONS;
use crate::settings::ProfileName;
use proptest::prelude::*;
use std::path::Path;

fn file(text: &str) -> ConfigFile {
    ConfigFile::from_text(Path::new("/c/config.toml"), text).unwrap()
}

fn name(text: &str) -> ProfileName {
    ProfileName::parse(text).unwrap()
}

#[test]
fn the_template_is_a_valid_file() {
    assert!(file(template()).config().profiles.is_empty());
    let uncommented: String = template()
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") || rest.starts_with('[') => format!("{rest}\n"),
            _ => String::new(),
        })
        .collect();
    let config = file(&uncommented);
    assert_eq!(config.config().profiles["acme"].queues, ["Billing", "Sales*"]);
    assert_eq!(config.config().rules().len(), 1);
    assert_eq!(config.config().quiet_hours().to_string(), "22:00-06:00");
}

#[test]
fn mistakes_name_line_key_and_what_is_allowed() {
    for (text, expected) in [
        ("[profiles.a]\nregoin = \"x\"", "config.toml:2:1: `profiles.a.regoin`"),
        ("[profiles.a]\ngrant = \"password\"", "client-credentials"),
        ("[profiles.a]\nqueues = 5", "profiles.a.queues"),
        ("[display]\nmask = \"yes\"", "display.mask"),
        ("default_profile = ", "config.toml:1:"),
    ] {
        let error =
            ConfigFile::from_text(Path::new("/c/config.toml"), text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// Whoever adds a key is told where else it belongs.
#[test]
fn template_and_document_know_every_key() {
    use super::alerts::{ALERT_KEYS, NOTIFY_KEYS};
    use super::read::{DISPLAY_KEYS, PROFILE_KEYS, TOP_KEYS};
    let document = include_str!("../../../docs/config.md");
    let keys = [PROFILE_KEYS, DISPLAY_KEYS, ALERT_KEYS, NOTIFY_KEYS];
    for key in keys.into_iter().flatten() {
        assert!(document.contains(&format!("`{key}`")), "docs/config.md has no {key}");
        // base addresses are for tests and private clouds; the commented file does without
        let is_rare = ["api_url", "login_url"].contains(key);
        let written = [format!("# {key} = "), format!("# [profiles.acme.{key}")];
        let is_there = written.iter().any(|written| template().contains(written));
        assert!(is_rare || is_there, "no {key} in the template");
    }
    for key in TOP_KEYS {
        let headings = [format!("`{key}`"), format!("`[{key}"), format!("`[[{key}]]")];
        assert!(headings.iter().any(|heading| document.contains(heading)), "{key}");
    }
    let examples: Vec<&str> = document.split("```toml").skip(1).collect();
    for example in examples {
        file(example.split("```").next().unwrap_or_default());
    }
}

#[test]
fn the_document_on_alerts_shows_rules_that_are_rules() {
    let document = include_str!("../../../docs/alerts.md");
    let example = document.split("```toml").nth(1).and_then(|rest| rest.split("```").next());
    let config = file(example.unwrap());
    assert_eq!(config.config().rules().len(), 3);
    assert!(!config.config().notify.command.is_empty());
}

#[test]
fn all_mistakes_of_alerts_are_told_with_their_places() {
    let text = "[[alert]]
name = \"a\"
warning = \"wating > 5\"
[[alert]]
name = \"b\"
critical = \"waiting > 5, clear < 9\"
[[alert]]
warning = \"waiting > 5\"
[[alert]]
name = \"d\"
queues = 'queue>5'
warning = \"waiting > 5\"
[[alert]]
name = \"e\"
[[alert]]
name = \"f\"
waning = \"x\"
[[alert]]
name = \"g\"
warning = \"waiting > 5\"
[[alert]]
name = \"g\"
warning = \"waiting > 5\"
[notify]
command = \"rm -rf\"
quiet = [\"22:00-06:00\", \"late\"]
terminal = \"osc8\"
";
    let error = ConfigFile::from_text(Path::new("/c/config.toml"), text).unwrap_err().to_string();
    for expected in [
        "config.toml:3:12: `alert.warning`: \"wating\" is no figure of a queue; did you mean \"waiting\"?",
        "config.toml:6:31: `alert.critical`: the clear level must not overlap",
        "config.toml:7:1: `alert`: this rule has no name",
        "config.toml:11:16: `alert.queues`: \"queue\" holds text",
        "a rule needs a warning or a critical level",
        "config.toml:17:1: `alert.waning`: there is no such key",
        "config.toml:21:1: `alert.name`: there are two rules named \"g\"",
        "`notify.command`: it is a string",
        "config.toml:26:25: `notify.quiet`: write a range",
        "did you mean `osc9`",
    ] {
        assert!(error.contains(expected), "{expected:?} isn't in:\n{error}");
    }
    assert_eq!(error.lines().count(), 10, "{error}");
}

#[test]
fn profiles_are_written_changed_and_removed() {
    let mut config = file("");
    let profile = Profile {
        region: Some("eu-west-1".to_owned()),
        client_id: Some("abc".to_owned()),
        credentials: Some(CredentialPlace::File),
        queues: vec!["Billing".to_owned()],
        ..Profile::default()
    };
    config.set_profile(&name("acme"), &profile).unwrap();
    config.set_default(&name("acme")).unwrap();
    assert_eq!(file(&config.text()).config().profiles["acme"], profile);
    assert!(config.remove_profile(&name("acme")).unwrap());
    assert!(!config.remove_profile(&name("acme")).unwrap());
    assert_eq!(config.config().default_profile, None);
}

proptest! {
    #[test]
    fn editing_one_profile_keeps_everything_else(region in prop::sample::select(REGIONS.map(|(id, _)| id.to_owned()).to_vec()), comment in "[ -~]{0,40}") {
        let text = format!("# {comment}\n[profiles.other] # {comment}\nregion = \"us-east-1\" # mine\n\n[display]\nmask = true # {comment}\n");
        let mut config = file(&text);
        let profile = Profile { region: Some(region.clone()), ..Profile::default() };
        config.set_profile(&name("acme"), &profile).unwrap();
        let written = config.text();
        for line in text.lines().filter(|line| !line.is_empty()) {
            prop_assert!(written.contains(line), "{line:?} went from {written}");
        }
        prop_assert_eq!(config.config().profiles["acme"].region.as_deref(), Some(region.as_str()));
    }
}

#[test]
fn a_named_set_is_kept_without_touching_the_rest() {
    let text = "# mine\n[profiles.acme]\nregion = \"us-east-1\" # east\n\n[profiles.acme.sets.day]\nqueues = [\"Sales\"]\n";
    let mut file = ConfigFile::from_text(Path::new("/c/config.toml"), text).unwrap();
    let acme = ProfileName::parse("acme").unwrap();
    let topics = vec!["v2.users.a.presence".to_owned(), "v2.users.b.presence".to_owned()];
    let night = TopicSet { topics, ..TopicSet::default() };
    file.set_topic_set(&acme, "night", &night).unwrap();
    assert!(file.text().starts_with(text), "{}", file.text());
    let sets = &file.config().profiles["acme"].sets;
    assert_eq!(sets["night"], night);
    assert_eq!(sets["day"].queues, ["Sales"]);
    // again, with less
    let less = TopicSet { queues: vec!["Sales".to_owned()], ..TopicSet::default() };
    file.set_topic_set(&acme, "night", &less).unwrap();
    assert_eq!(file.config().profiles["acme"].sets["night"], less);
    let before = file.text();
    assert!(file.set_topic_set(&acme, "no such\u{7}name", &night).is_err());
    let other = ProfileName::parse("other").unwrap();
    assert!(file.set_topic_set(&other, "night", &night).is_err());
    assert_eq!(file.text(), before);
    // and a login leaves the sets alone
    let profile = Profile { region: Some("eu-west-1".to_owned()), ..Profile::default() };
    file.set_profile(&acme, &profile).unwrap();
    assert_eq!(file.config().profiles["acme"].sets["night"], less);
}

#[test]
fn a_misspelt_set_is_refused_at_its_place() {
    let text = "[profiles.acme.sets.night]\nqueue = [\"Sales\"]\n";
    let error = ConfigFile::from_text(Path::new("/c/config.toml"), text).unwrap_err().to_string();
    assert!(error.contains(":2:1") && error.contains("did you mean `queues`"), "{error}");
}

#[test]
fn a_filter_is_saved_and_comments_stay() {
    let text = "# mine\n[profiles.a]\nregion = \"us-east-1\" # here\n";
    let mut changed = file(text);
    assert!(!changed.set_filter(&name("b"), "x", Some("y")).unwrap());
    assert!(changed.set_filter(&name("a"), "long", Some("since>2m")).unwrap());
    assert!(changed.set_filter(&name("a"), "long", Some("since>\"3m\"")).unwrap());
    assert!(changed.text().starts_with(text), "{}", changed.text());
    let again = file(&changed.text());
    assert_eq!(again.config().profiles["a"].filters["long"], "since>\"3m\"");
    assert!(changed.set_filter(&name("a"), "long", None).unwrap());
    assert!(file(&changed.text()).config().profiles["a"].filters.is_empty());
}

#[test]
fn a_rule_is_changed_or_added_and_comments_stay() {
    let text = "# mine\n[[alert]]\nname = \"a\" # first\nwarning = \"waiting > 5\" # five\n\n[notify]\nbell = true\n";
    let mut changed = file(text);
    let rule = |name: &str, warning: &str| super::AlertSettings {
        name: name.to_owned(),
        warning: Some(warning.to_owned()),
        ..super::AlertSettings::default()
    };
    changed.set_rule(Some("a"), &rule("a", "waiting > 7")).unwrap();
    assert_eq!(changed.text(), text.replace("> 5", "> 7"));
    changed.set_rule(None, &rule("b", "idle < 1")).unwrap();
    let again = file(&changed.text());
    assert_eq!(again.config().rules().len(), 2);
    assert!(again.text().contains("# five") && again.text().contains("bell = true"));
    assert!(changed.set_rule(None, &rule("b", "idle < 2")).is_err(), "a second one of that name");
}

#[test]
fn a_rule_is_removed_with_its_own_comment_and_no_other() {
    let rules = "# my file\n\n# about a\n[[alert]]\nname = \"a\"\nwarning = \"idle < 1\"\n\n# about b\n[[alert]]\nname = \"b\" # the b\nwarning = \"idle < 2\"\n\n[notify]\nbell = true # loud\n";
    let mut changed = file(rules);
    changed.remove_rule("a").unwrap();
    let text = changed.text();
    assert!(text.starts_with("# my file\n"), "{text}");
    assert!(text.contains("# about b") && text.contains("# the b") && text.contains("# loud"));
    assert!(!text.contains("about a") && file(&text).config().rules().len() == 1, "{text}");
    changed.remove_rule("nobody").unwrap();
    assert_eq!(changed.text(), text);
    changed.remove_rule("b").unwrap();
    assert!(changed.config().rules().is_empty() && changed.text().contains("bell = true # loud"));
}

#[test]
fn columns_are_saved_and_read_again_and_comments_stay() {
    use crate::domain::board::Sort;
    use crate::domain::board::layout::{Layout, Listing, Placed};
    let text = "# mine\n[profiles.a]\nregion = \"us-east-1\" # here\n\n[profiles.a.lists.queues]\nsort = \"-waiting\" # calm first\n";
    let mut changed = file(text);
    let known = &changed.config().profiles["a"].lists[&Listing::Queues];
    assert_eq!(known.sort, Sort { by: Some("waiting"), reversed: true });
    let layout = Layout {
        columns: vec![
            Placed { name: "waiting", width: None },
            Placed { name: "queue", width: Some(24) },
        ],
        sort: known.sort,
    };
    assert!(!changed.set_layout(&name("b"), Listing::Queues, &layout).unwrap());
    assert!(changed.set_layout(&name("a"), Listing::Queues, &layout).unwrap());
    assert!(changed.text().starts_with(text), "{}", changed.text());
    let agents = Layout { sort: Sort { by: Some("missed"), reversed: false }, ..Layout::default() };
    assert!(changed.set_layout(&name("a"), Listing::Agents, &agents).unwrap());
    let again = file(&changed.text());
    assert_eq!(again.config().profiles["a"].lists[&Listing::Queues], layout);
    assert_eq!(again.config().profiles["a"].lists[&Listing::Agents], agents);
    // what a list does by itself needs no lines
    assert!(changed.set_layout(&name("a"), Listing::Agents, &Layout::default()).unwrap());
    assert!(!changed.text().contains("agents"), "{}", changed.text());
}

#[test]
fn all_wrong_names_of_lists_are_told_with_those_of_keys_and_alerts() {
    let text = "[profiles.a.lists.queues]
columns = [\"queue\", \"wating\", \"queue:30\",
  \"idle:99\"]
sort = \"-longest\"
[profiles.a.lists.agent]
[profiles.a.lists.history]
order = \"age\"
[[alert]]
name = \"a\"
warning = \"wating > 5\"
";
    let error = ConfigFile::from_text(Path::new("/c/config.toml"), text).unwrap_err().to_string();
    for expected in [
        ":2:21: `profiles.a.lists.queues.columns`: there is no column \"wating\"",
        "did you mean `waiting`?",
        ":2:31: `profiles.a.lists.queues.columns`: the column queue is there twice",
        ":3:3: `profiles.a.lists.queues.columns`: \"99\" is no width; allowed: from 3 to 60",
        ":4:8: `profiles.a.lists.queues.sort`: there is no column \"longest\"",
        ":5:19: `profiles.a.lists.agent`: there is no such key; allowed: queues, queues_by_media, conversations, history, agents; did you mean `agents`?",
        ":7:1: `profiles.a.lists.history.order`",
        ":10:",
    ] {
        assert!(error.contains(expected), "no {expected:?} in\n{error}");
    }
}
