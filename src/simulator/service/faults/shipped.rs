//! Scenarios that come with the program, by name: the files in `assets/scenarios`, each of which is
//! a test as well (`tests/long/scenarios.rs`).
use super::Scenario;

/// Name and text of each, in the order of names. A table and no embedded folder: what is in it is
/// seen here, and a test holds it against the folder.
const SHIPPED: &[(&str, &str)] = &[
    ("captive_portal", include_str!("../../../../assets/scenarios/captive_portal.toml")),
    ("channel_ends", include_str!("../../../../assets/scenarios/channel_ends.toml")),
    ("closing_notice", include_str!("../../../../assets/scenarios/closing_notice.toml")),
    ("cut", include_str!("../../../../assets/scenarios/cut.toml")),
    ("dead_channel_404", include_str!("../../../../assets/scenarios/dead_channel_404.toml")),
    (
        "dead_channel_accepts",
        include_str!("../../../../assets/scenarios/dead_channel_accepts.toml"),
    ),
    ("dropped_channel", include_str!("../../../../assets/scenarios/dropped_channel.toml")),
    ("evicted", include_str!("../../../../assets/scenarios/evicted.toml")),
    ("fight", include_str!("../../../../assets/scenarios/fight.toml")),
    ("forbidden", include_str!("../../../../assets/scenarios/forbidden.toml")),
    ("half_open", include_str!("../../../../assets/scenarios/half_open.toml")),
    ("idle_timeout", include_str!("../../../../assets/scenarios/idle_timeout.toml")),
    ("login_down", include_str!("../../../../assets/scenarios/login_down.toml")),
    ("malformed_frames", include_str!("../../../../assets/scenarios/malformed_frames.toml")),
    ("normal_close", include_str!("../../../../assets/scenarios/normal_close.toml")),
    ("not_found", include_str!("../../../../assets/scenarios/not_found.toml")),
    ("policy_violation", include_str!("../../../../assets/scenarios/policy_violation.toml")),
    ("rate_limited", include_str!("../../../../assets/scenarios/rate_limited.toml")),
    ("rate_limited_mute", include_str!("../../../../assets/scenarios/rate_limited_mute.toml")),
    ("revoked_token", include_str!("../../../../assets/scenarios/revoked_token.toml")),
    ("server_trouble", include_str!("../../../../assets/scenarios/server_trouble.toml")),
    ("short_token", include_str!("../../../../assets/scenarios/short_token.toml")),
    ("silence", include_str!("../../../../assets/scenarios/silence.toml")),
    ("slow_answers", include_str!("../../../../assets/scenarios/slow_answers.toml")),
    ("token_notice", include_str!("../../../../assets/scenarios/token_notice.toml")),
    ("unauthorized", include_str!("../../../../assets/scenarios/unauthorized.toml")),
];

impl Scenario {
    /// The scenario of this name that comes with the program.
    #[must_use]
    pub fn shipped(name: &str) -> Option<Self> {
        let (_, text) = SHIPPED.iter().find(|(known, _)| *known == name)?;
        Self::parse(text).ok()
    }

    /// Name and title of each scenario that comes with the program, in the order of names.
    pub fn all_shipped() -> impl Iterator<Item = (&'static str, String)> {
        SHIPPED.iter().filter_map(|(name, text)| Some((*name, Self::parse(text).ok()?.title)))
    }
}

#[cfg(test)]
mod tests {
    use super::{SHIPPED, Scenario};
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn the_table_holds_the_folder_and_every_scenario_can_be_read() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios");
        let files: BTreeSet<String> = std::fs::read_dir(folder)
            .expect("the scenarios are there")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        let names: BTreeSet<String> =
            SHIPPED.iter().map(|(name, _)| format!("{name}.toml")).collect();
        assert_eq!(names, files);
        let page = include_str!("../../../../docs/scenarios.md");
        for (name, text) in SHIPPED {
            let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!scenario.title.is_empty() && scenario.placed().count() > 0, "{name}");
            assert!(page.contains(&format!("`{name}`")), "{name} isn't documented");
        }
        let examples = page.split("```toml\n").skip(1);
        for example in examples.map(|rest| rest.split("```").next().unwrap_or_default()) {
            let scenario = Scenario::parse(example);
            scenario.unwrap_or_else(|error| panic!("docs/scenarios.md: {error}\n{example}"));
        }
        assert_eq!(Scenario::all_shipped().count(), SHIPPED.len());
        assert!(SHIPPED.is_sorted_by_key(|(name, _)| *name));
        assert!(Scenario::shipped("no such").is_none());
    }
}
