//! Every JSON output, held against `docs/json.md`: paths and types. What the page doesn't have, what it
//! has and nothing writes, and what is of another type, fails.
use crate::program::{Home, Said, Service, said};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = include_str!("../../docs/json.md");

/// A path of the page.
#[derive(Debug)]
struct Promise {
    types: BTreeSet<String>,
    may_be_absent: bool,
}

/// The promises of each section, by path.
fn promised() -> BTreeMap<String, BTreeMap<String, Promise>> {
    let mut sections: BTreeMap<String, BTreeMap<String, Promise>> = BTreeMap::new();
    let mut section = String::new();
    for line in PAGE.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut section);
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, path, kind, ..] = cells.as_slice() else { continue };
        let Some(path) = path.strip_prefix('`').and_then(|path| path.strip_suffix('`')) else {
            continue;
        };
        let (kind, may_be_absent) = match kind.strip_suffix('?') {
            Some(kind) => (kind, true),
            None => (*kind, false),
        };
        let types = kind.split(", ").map(str::to_owned).collect();
        let promise = Promise { types, may_be_absent };
        let twice = sections.entry(section.clone()).or_default().insert(path.to_owned(), promise);
        assert!(twice.is_none(), "{section}: {path} is there twice");
    }
    sections
}

/// Adds the path and type of every leaf. An empty list has none: it shows nothing of its elements.
fn leaves(value: &Value, path: &str, all: &mut BTreeSet<(String, &'static str)>) {
    let kind = match value {
        Value::Object(members) => {
            for (name, member) in members {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(member, &format!("{path}{dot}{name}"), all);
            }
            return;
        }
        Value::Array(list) => {
            return list.iter().for_each(|one| leaves(one, &format!("{path}[]"), all));
        }
        Value::String(_) => "text",
        Value::Number(_) => "number",
        Value::Bool(_) => "boolean",
        Value::Null => "null",
    };
    all.insert((path.to_owned(), kind));
}

/// What is wrong between a section and what was written.
fn differences(
    section: &str,
    promises: &BTreeMap<String, Promise>,
    written: &[Value],
) -> Vec<String> {
    let passed_on: Vec<&String> = promises
        .iter()
        .filter(|(_, promise)| promise.types.contains("anything"))
        .map(|(path, _)| path)
        .collect();
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, value) in written.iter().enumerate() {
        let mut found = BTreeSet::new();
        leaves(value, "", &mut found);
        for (path, kind) in &found {
            let below =
                |whole: &&&String| path == **whole || path.starts_with(&format!("{whole}."));
            if let Some(whole) = passed_on.iter().find(below) {
                seen.insert((*whole).clone());
                continue;
            }
            match promises.get(path) {
                None => wrong.push(format!("{section}: {path} ({kind}) isn't on the page")),
                Some(promise) if !promise.types.contains(*kind) => {
                    wrong.push(format!("{section}: {path} is {kind}, not {:?}", promise.types));
                }
                Some(_) => drop(seen.insert(path.clone())),
            }
        }
        // what is on the top of an object is in each of them; below, lists may be empty
        for (path, promise) in promises {
            let top = !path.contains(['.', '[']);
            if top && !promise.may_be_absent && !found.iter().any(|(known, _)| known == path) {
                wrong.push(format!("{section}: {path} is missing in the {number}th: {value}"));
            }
        }
    }
    for (path, promise) in promises {
        if !promise.may_be_absent && !seen.contains(path) {
            wrong.push(format!("{section}: nothing has written {path}"));
        }
    }
    wrong.sort();
    wrong.dedup();
    wrong
}

/// A tape with a line of each kind, by what `docs/tapes.md` says.
const TAPE: &str = concat!(
    r#"{"tape":1,"started":"2026-11-23T14:03:12Z","program":"by hand","privacy":"clear","part":1}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:12Z","event":"divisions","control":{"divisions":{"queues":[{"id":"11111111-1111-4111-8111-111111111111","name":"Sales"}],"users":[]}}}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:12Z","event":"topics","control":{"topics":{"channel":1,"at":"2026-11-23T14:03:12Z","outcomes":[{"topic":"v2.routing.queues.11111111-1111-4111-8111-111111111111.users","rejection":{"reason":"missing permissions","missingPermissions":["routing:queue:view"],"contextId":"c"}}]}}}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:12Z","event":"retrying","control":{"event":{"at":"2026-11-23T14:03:12Z","channel":1,"kind":"retrying","sentence":"the service is busy","contextId":"c","retryIn":{"secs":3,"nanos":0}}}}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:13Z","channel":1,"topic":"v2.a","frame":{"topicName":"v2.a"}}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:13Z","channel":1,"topic":null,"text":"not JSON"}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:13Z","channel":1,"topic":null,"binary":"00ff"}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:13Z","channel":1,"topic":null,"oversized":9000000}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:14Z","event":"gap","control":{"gap":{"channel":1,"from":"2026-11-23T14:03:13Z","until":null,"cause":"the socket closed","healedBy":null}}}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:15Z","event":"gap","control":{"gap":{"channel":1,"from":"2026-11-23T14:03:13Z","until":"2026-11-23T14:03:15Z","cause":"the socket closed","healedBy":"a snapshot"}}}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:16Z","event":"unsubscribed","control":{"unsubscribed":{"channel":1,"at":"2026-11-23T14:03:16Z","topics":["v2.a"]}}}"#,
    "\n",
    r#"{"received":"2026-11-23T14:03:17Z","event":"tape_gap","from":"2026-11-23T14:03:16Z","until":"2026-11-23T14:03:17Z","frames":3,"events":0,"cause":"the disk was full"}"#,
    "\n",
);

fn values(run: &Said) -> Vec<Value> {
    run.out.lines().map(|line| serde_json::from_str(line).expect("lines of JSON")).collect()
}

/// The section of a line of `tail`.
fn section_of(line: &Value) -> &'static str {
    match line["event"].as_str() {
        None => "tail: frames",
        Some("gap") => "tail: gap",
        Some("rejected") if line.get("topic").is_some() => "tail: rejected",
        Some("unsubscribed") => "tail: unsubscribed",
        Some("thinned") => "tail: thinned",
        Some("conversation") => "tail: conversation",
        Some("snapshot") => "tail: snapshot",
        Some(_) => "tail: sentences",
    }
}

#[test]
fn every_output_has_the_shape_that_the_page_promises() {
    let home = Home::new();
    std::fs::write(home.file("a.tape"), TAPE).expect("a file");
    let service = Service::start(&home, &["--tls", "--tape", "a.tape"]);
    let mut written: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    written.insert("simulate", vec![service.announced.clone()]);
    drop(service);
    let service = Service::start(&home, &[]);
    written.entry("simulate").or_default().push(service.announced.clone());
    service.new_channel();
    let rules = "[[alert]]\nname = \"long wait\"\nwarning = \"longest_wait > 1m\"\n";
    let profile = "[profiles.night]\nregion = \"eu-west-1\"\nclient_id = \"a\"\n";
    std::fs::write(home.file("config.toml"), format!("{rules}{profile}")).expect("a file");
    let run = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        service.credentials(&mut command).env("GCWATCH_PROFILE", "night");
        let run = said(&mut command);
        assert!(!run.out.is_empty(), "{arguments:?}: {}", run.told);
        run
    };
    let live =
        run(&["tail", "--all", "--since-snapshot", "--heartbeats", "--count", "3", "--for", "60s"]);
    for line in values(&live).into_iter().chain(values(&run(&["replay", "a.tape", "--json"]))) {
        written.entry(section_of(&line)).or_default().push(line);
    }
    for (section, arguments) in [
        ("board", &["board", "--once", "--all", "--format", "json"][..]),
        ("topics", &["topics", "--json"]),
        ("channels", &["channels", "--json"]),
        ("profiles", &["profiles", "--json"]),
        ("tape info", &["tape", "info", "a.tape", "--json"]),
        ("replay --alerts", &["replay", "a.tape", "--alerts", "--json"]),
    ] {
        written.entry(section).or_default().extend(values(&run(arguments)));
    }
    for arguments in
        [&["doctor", "--json"][..], &["doctor", "socket", "ws://127.0.0.1:9/x", "--json"]]
    {
        let report = serde_json::from_str(&run(arguments).out).expect("JSON");
        written.entry("doctor").or_default().push(report);
    }

    let promised = promised();
    let mut wrong = Vec::new();
    for (section, promises) in &promised {
        match written.get(section.as_str()) {
            Some(values) => wrong.extend(differences(section, promises, values)),
            None => wrong.push(format!("{section}: nothing was written")),
        }
    }
    for section in written.keys().filter(|section| !promised.contains_key(**section)) {
        wrong.push(format!("{section} isn't on the page"));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_difference_would_be_seen() {
    let promised = promised();
    let promises = &promised["replay --alerts"];
    let whole = serde_json::json!({"from": "a", "until": "b", "rules": [{"rule": "r", "rang": 1,
        "raised": 1, "critical": 0, "queues": 1, "longestSeconds": 2}]});
    assert_eq!(differences("", promises, std::slice::from_ref(&whole)), [""; 0]);
    for (pointer, name, value) in [
        ("", "until", Value::Null),
        ("", "more", 1.into()),
        ("/rules/0", "rang", "once".into()),
        ("/rules/0", "worst", 1.into()),
    ] {
        let mut other = whole.clone();
        let place = other.pointer_mut(pointer).expect("a place");
        place[name] = value;
        assert!(!differences("", promises, &[other]).is_empty(), "{name}");
    }
    let mut less = whole;
    less.as_object_mut().expect("an object").remove("from");
    assert!(!differences("", promises, &[less]).is_empty());
}
