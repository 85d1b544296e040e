//! `docs/permissions.md`, held against what the program does: every call in the sources is on the page,
//! every topic that it watches by itself is too, and the catalogue asks for what the page says.
use crate::program::{Home, Service, said};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const PAGE: &str = include_str!("../../docs/permissions.md");

/// What the page's tables say: the first cell of each row, with the words in backticks of the second.
fn rows() -> BTreeMap<String, BTreeSet<String>> {
    let quoted = |cell: &str| -> Vec<String> {
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    };
    let cells = PAGE.lines().map(|line| line.split('|').collect::<Vec<_>>());
    cells
        .filter_map(|cells| {
            let name = quoted(cells.get(1)?).into_iter().next()?;
            Some((name, quoted(cells.get(2)?).into_iter().collect()))
        })
        .collect()
}

/// Paths of the API in the sources below `folder`, without what is filled in behind a slash.
fn calls(folder: &Path, all: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            calls(&path, all);
        } else if !["tests.rs", "testing.rs"].contains(&name.as_str()) {
            let text = std::fs::read_to_string(&path).expect("a source");
            let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for found in shipped.split("\"/api/v2/").skip(1) {
                let end = found.find(['"', '?', '{']).unwrap_or(found.len());
                all.insert(format!("/api/v2/{}", found[..end].trim_end_matches('/')));
            }
        }
    }
}

#[test]
fn every_call_that_is_made_is_on_the_page() {
    let mut made = BTreeSet::new();
    calls(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cloud"), &mut made);
    assert!(made.len() >= 9, "{made:?}");
    let told: BTreeSet<String> =
        rows().into_keys().filter(|name| name.starts_with("/api/")).collect();
    assert_eq!(made, told);
}

#[test]
fn topics_ask_for_what_the_page_says_and_all_that_are_watched_by_themselves_are_there() {
    let home = Home::new();
    let service = Service::start(&home, &["--speed", "20"]);
    let run = |arguments: &[&str]| {
        let run = said(service.credentials(&mut home.command(arguments)));
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.told);
        run.out
    };
    let catalogue: Value = serde_json::from_str(&run(&["topics", "--json"])).expect("JSON");
    let rows = rows();
    for (topic, told) in rows.iter().filter(|(name, _)| name.starts_with("v2.")) {
        let topics = catalogue["topics"].as_array().expect("a list");
        let known = topics.iter().find(|known| known["id"] == *topic.as_str());
        let known = known.unwrap_or_else(|| panic!("{topic} isn't in the catalogue"));
        let asked: BTreeSet<String> =
            serde_json::from_value(known["permissions"].clone()).expect("texts");
        assert_eq!(&asked, told, "{topic}");
    }

    run(&["tail", "--all", "--all-users", "--count", "1", "--record", "a.tape"]);
    let tape = std::fs::read_to_string(home.file("a.tape")).expect("the tape");
    let mut watched = BTreeSet::new();
    for line in tape.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        for outcome in line["control"]["topics"]["outcomes"].as_array().into_iter().flatten() {
            watched.extend(singles(outcome["topic"].as_str().expect("a topic")));
        }
    }
    assert!(watched.len() >= 3, "{watched:?}");
    for topic in &watched {
        assert!(rows.contains_key(topic), "{topic} isn't on the page");
    }
}

/// The templates of a topic's parts: what looks like an id stands for one.
fn singles(topic: &str) -> Vec<String> {
    let (prefix, parts) = topic.split_once('?').unwrap_or((topic, ""));
    let whole = |topic: String| {
        let part = |part: &str| if part.len() == 36 { "{id}".to_owned() } else { part.to_owned() };
        topic.split('.').map(part).collect::<Vec<_>>().join(".")
    };
    match parts {
        "" => vec![whole(prefix.to_owned())],
        _ => parts.split('&').map(|part| whole(format!("{prefix}.{part}"))).collect(),
    }
}
