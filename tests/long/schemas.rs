//! Every body that the simulated contact centre sends fits the service's own classes.
use gcwatch::simulator::world::{UNKNOWN_TOPIC, UNKNOWN_VALUES, World, WorldSettings};
use jiff::SignedDuration;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
/// The classes, if the environment names the folder that has them.
fn schemas() -> Option<Value> {
    let Some(folder) = std::env::var_os("GCWATCH_TEST_DATA") else {
        println!("skipped: GCWATCH_TEST_DATA is not set");
        return None;
    };
    let path = std::path::Path::new(&folder).join("topic-schemas.json");
    Some(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
}

/// `v2.users.UUID.presence` as `v2.users.{id}.presence`.
fn template(topic: &str) -> String {
    let parts: Vec<&str> =
        topic.split('.').map(|part| if part.len() == 36 { "{id}" } else { part }).collect();
    parts.join(".")
}

struct Checker<'a> {
    classes: &'a Map<String, Value>,
    faults: BTreeSet<String>,
}

impl Checker<'_> {
    fn object(&mut self, class: &str, value: &Value, path: &str) {
        let Some(fields) = self.classes.get(class).and_then(Value::as_object) else {
            self.faults.insert(format!("{path}: no class {class}"));
            return;
        };
        let Some(object) = value.as_object() else {
            self.faults.insert(format!("{path}: not an object"));
            return;
        };
        for (name, value) in object {
            if name == "additionalProperties" {
                continue;
            }
            match fields.get(name) {
                None => {
                    self.faults.insert(format!("{path}.{name}: {class} has no such field"));
                }
                Some(kind) => self.value(kind, value, &format!("{path}.{name}")),
            }
        }
    }

    fn value(&mut self, kind: &Value, value: &Value, path: &str) {
        if let Some(allowed) = kind.get("enum").and_then(Value::as_array) {
            let word = value.as_str().unwrap_or_default();
            let known = allowed.iter().any(|allowed| allowed.as_str() == Some(word));
            if !known && !UNKNOWN_VALUES.contains(&word) {
                self.faults.insert(format!("{path}: {value} is none of {allowed:?}"));
            }
        } else if let Some(inner) = kind.get("list") {
            let Some(elements) = value.as_array() else {
                self.faults.insert(format!("{path}: not a list"));
                return;
            };
            for element in elements {
                self.value(inner, element, &format!("{path}[]"));
            }
        } else if let Some(inner) = kind.get("map") {
            let Some(entries) = value.as_object() else {
                self.faults.insert(format!("{path}: not a map"));
                return;
            };
            for entry in entries.values() {
                self.value(inner, entry, &format!("{path}{{}}"));
            }
        } else if let Some(class) = kind.get("ref").and_then(Value::as_str) {
            self.object(class, value, path);
        } else {
            let kind = kind.as_str().unwrap_or_default();
            let fits = match kind {
                "string" | "date-time" | "Guid?" => value.is_string(),
                "integer" => value.is_i64() || value.is_u64(),
                "number" => value.is_number(),
                "bool" => value.is_boolean(),
                "object" => true,
                class => {
                    self.object(class, value, path);
                    true
                }
            };
            if !fits {
                self.faults.insert(format!("{path}: {value} is no {kind}"));
            }
        }
    }
}

#[test]
fn every_body_fits_its_class_and_every_family_occurs() {
    let Some(schemas) = schemas() else { return };
    let classes = schemas["classes"].as_object().unwrap();
    let topics: BTreeMap<&str, &str> = schemas["topics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|topic| (topic["topic"].as_str().unwrap(), topic["class"].as_str().unwrap()))
        .collect();
    let mut checker = Checker { classes, faults: BTreeSet::new() };
    let mut seen = BTreeSet::new();
    // an hour has everything, and some minutes of another tell whether it was by chance that it fits
    for (seed, minutes) in [(1, 60), (2, 15)] {
        let mut world = World::new(WorldSettings { seed, ..WorldSettings::default() });
        let end = world.now() + SignedDuration::from_mins(minutes);
        world.advance(end, &|_| true, &mut |emission| {
            let template = template(&emission.topic);
            if let Some(class) = topics.get(template.as_str()) {
                checker.object(class, &emission.body, class);
            } else if template != UNKNOWN_TOPIC {
                checker.faults.insert(format!("no topic {template}"));
            }
            seen.insert(template);
        });
    }
    assert!(checker.faults.is_empty(), "{:#?}", checker.faults);
    let queue = "v2.routing.queues.{id}.conversations";
    for family in [
        queue.to_owned(),
        format!("{queue}.calls"),
        format!("{queue}.chats"),
        format!("{queue}.emails"),
        format!("{queue}.messages"),
        format!("{queue}.callbacks"),
        "v2.users.{id}.presence".to_owned(),
        "v2.users.{id}.routingStatus".to_owned(),
        "v2.users.{id}.activity".to_owned(),
        "v2.users.{id}.conversationsummary".to_owned(),
        "v2.routing.queues.{id}.users".to_owned(),
        "v2.analytics.queues.{id}.observations".to_owned(),
        "v2.analytics.queues.{id}.activity".to_owned(),
        "v2.detail.events.agent.{id}.state".to_owned(),
        "v2.detail.events.conversation.{id}.acd.end".to_owned(),
        "v2.detail.events.conversation.{id}.wrapup".to_owned(),
        "v2.detail.events.conversation.{id}.voicemail.start".to_owned(),
        "v2.conversations.{id}.transcription".to_owned(),
    ] {
        assert!(seen.contains(&family), "{family} never occurred");
    }
}

#[test]
fn the_same_seed_gives_the_same_day_and_it_begins_lively() {
    let day = |seed| {
        let mut world = World::new(WorldSettings { seed, ..WorldSettings::default() });
        let truth = world.truth();
        let mut emissions = Vec::new();
        let end = world.now() + SignedDuration::from_mins(5);
        world.advance(end, &|_| true, &mut |emission| emissions.push(emission));
        (truth, emissions)
    };
    let (truth, first) = day(9);
    assert_eq!(first, day(9).1);
    assert_ne!(first, day(10).1);
    let live = truth["conversations"].as_array().unwrap();
    assert!((60..400).contains(&live.len()), "{} live conversations", live.len());
    let states: BTreeSet<&str> = live.iter().filter_map(|c| c["state"].as_str()).collect();
    for state in ["waiting", "interacting", "acw"] {
        assert!(states.contains(state), "nobody is {state}: {states:?}");
    }
    let media: BTreeSet<&str> = live.iter().filter_map(|c| c["mediaType"].as_str()).collect();
    assert_eq!(media.len(), 5, "{media:?}");
}

#[test]
fn every_state_is_lived_through_in_a_few_hours() {
    let mut world = World::new(WorldSettings { seed: 4, ..WorldSettings::default() });
    let mut states = BTreeSet::new();
    for _ in 0..720 {
        let next = world.now() + SignedDuration::from_secs(20);
        world.advance(next, &|_| false, &mut |_| {});
        for conversation in world.truth()["conversations"].as_array().unwrap() {
            states.insert(conversation["state"].as_str().unwrap().to_owned());
        }
    }
    let all = [
        "acw",
        "alerting",
        "dialing",
        "hold",
        "interacting",
        "ivr",
        "parked",
        "scheduled",
        "voicemail",
        "waiting",
    ];
    assert_eq!(states.iter().map(String::as_str).collect::<Vec<_>>(), all);
}
