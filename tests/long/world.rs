//! A day in the simulated contact centre: as lively as one expects, as imperfect as was seen, and
//! its figures told as the service tells them.
use gcwatch::simulator::world::{Emission, UNKNOWN_TOPIC, UNKNOWN_VALUES, World, WorldSettings};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

fn world(seed: u64) -> World {
    World::new(WorldSettings { seed, ..WorldSettings::default() })
}

/// What happens on topics of queues, conversations and the system; those of users repeat it.
fn live(world: &mut World, minutes: i64, mut see: impl FnMut(Emission)) {
    let end = world.now() + SignedDuration::from_mins(minutes);
    world.advance(end, &|topic| !topic.starts_with("v2.users."), &mut see);
}

/// Calls `see` with every object within `value`, the outermost too.
fn objects(value: &Value, see: &mut dyn FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Object(fields) => {
            see(fields);
            fields.values().for_each(|field| objects(field, see));
        }
        Value::Array(elements) => elements.iter().for_each(|element| objects(element, see)),
        _ => {}
    }
}

/// Calls `see` with every text within `value`, names of fields too.
fn texts<'a>(value: &'a Value, see: &mut dyn FnMut(&'a str)) {
    match value {
        Value::String(text) => see(text),
        Value::Object(fields) => {
            for (name, field) in fields {
                see(name);
                texts(field, see);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| texts(element, see)),
        _ => {}
    }
}

/// Whether a participant's leg says `connected` though it has an end.
fn is_stale(fields: &serde_json::Map<String, Value>) -> bool {
    let ended = fields.contains_key("disconnectedTime") || fields.contains_key("endTime");
    ended && fields.get("state").is_some_and(|state| state == "connected")
}

#[test]
fn every_imperfection_occurs_within_an_hour_and_none_is_the_rule() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut frames = 0;
    let mut correlations: HashMap<String, usize> = HashMap::new();
    live(&mut world(1), 60, |emission| {
        let mut kinds = BTreeSet::new();
        if emission.topic == UNKNOWN_TOPIC {
            kinds.insert("unknown topic");
        } else if emission.topic.contains(".conversations") {
            frames += 1;
        }
        let id = emission.metadata["CorrelationId"].as_str().unwrap_or_default().to_owned();
        *correlations.entry(id).or_default() += 1;
        if emission.metadata.len() > 1 {
            kinds.insert("further metadata");
        }
        // not as it is written, which would take most of the time here
        let mut length = 0;
        texts(&emission.body, &mut |text| {
            // with the quotes, and the sign behind them
            length += text.len() + 3;
            if !text.is_ascii() {
                kinds.insert("not ASCII");
            }
            kinds.extend(UNKNOWN_VALUES.iter().filter(|value| text == **value));
        });
        if length > 100_000 {
            kinds.insert("100 KB");
        }
        let nested = emission.topic.ends_with(".conversations");
        objects(&emission.body, &mut |fields| {
            let is = |name: &str, value: &Value| fields.get(name) == Some(value);
            let empty = Value::Object(serde_json::Map::new());
            let checks = [
                ("additionalProperties", is("additionalProperties", &empty)),
                ("empty queue", is("queue", &empty)),
                ("empty language", is("language", &empty)),
                ("empty ani", is("ani", &Value::from(""))),
                ("empty address", is("address", &Value::from(""))),
                ("terminated", is("state", &Value::from("terminated"))),
                ("stale leg", is_stale(fields)),
                (
                    "hold time after the hold",
                    is("held", &Value::from(false)) && fields.contains_key("startHoldTime"),
                ),
                (
                    "keys absent",
                    nested && fields.contains_key("purpose") && !fields.contains_key("name"),
                ),
            ];
            kinds.extend(checks.into_iter().filter(|(_, occurs)| *occurs).map(|(name, _)| name));
            let customer = is("purpose", &Value::from("customer"));
            let leg = fields.get("calls").and_then(|legs| legs.get(0));
            if customer && leg.is_some_and(|leg| leg["held"] == true) {
                kinds.insert("held by the customer");
            }
            let attributes = fields.get("attributes").and_then(Value::as_object);
            if attributes.is_some_and(|attributes| attributes.len() > 100) {
                kinds.insert("large attributes");
            }
        });
        for kind in kinds {
            *counts.entry(kind).or_default() += 1;
        }
    });
    println!("{counts:#?} in {frames} frames");
    for kind in [
        "unknown topic",
        "further metadata",
        "100 KB",
        "not ASCII",
        UNKNOWN_VALUES[0],
        UNKNOWN_VALUES[1],
        "additionalProperties",
        "empty queue",
        "empty language",
        "empty ani",
        "empty address",
        "terminated",
        "stale leg",
        "hold time after the hold",
        "keys absent",
        "held by the customer",
        "large attributes",
    ] {
        let count = counts.get(kind).copied().unwrap_or_default();
        assert!(count > 0, "\"{kind}\" never occurred");
        let rare = !matches!(kind, "not ASCII");
        assert!(!rare || count * 2 < frames, "\"{kind}\" is the rule: {count} of {frames}");
    }
    assert!(correlations.values().any(|frames| *frames > 20), "no id is shared by many frames");
}

#[test]
fn callers_are_led_elsewhere_now_and_then() {
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    let mut world = world(3);
    let end = world.now() + SignedDuration::from_mins(60);
    world.advance(end, &|topic| topic.ends_with(".acd.end"), &mut |emission| {
        if let Some(outcome) = emission.body.get("acdOutcome").and_then(Value::as_str) {
            *outcomes.entry(outcome.to_owned()).or_default() += 1;
        }
    });
    for outcome in ["ABANDON", "ANSWERED", "FLOW_OUT"] {
        assert!(outcomes.contains_key(outcome), "no {outcome}: {outcomes:?}");
    }
}

#[test]
fn a_topic_of_observations_has_one_frame_a_second_and_every_group_gets_its_turn() {
    let mut last: HashMap<String, Timestamp> = HashMap::new();
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    live(&mut world(5), 30, |emission| {
        if !emission.topic.starts_with("v2.analytics.queues.") {
            return;
        }
        let before = last.insert(emission.topic.clone(), emission.at);
        let second = SignedDuration::from_secs(1);
        let apart = before.is_none_or(|before| emission.at.duration_since(before) >= second);
        assert!(apart, "{} twice at {}", emission.topic, emission.at);
        if emission.topic.ends_with(".observations") {
            let group = &emission.body["group"];
            let medium = group["mediaType"].as_str().unwrap_or("people").to_owned();
            let queue = group["queueId"].as_str().unwrap_or_default().to_owned();
            groups.entry(queue).or_default().insert(medium);
        }
    });
    assert_eq!(groups.len(), 10);
    // the calm ones have no chat or callback in half an hour
    let whole = groups.values().filter(|groups| groups.len() == 6).count();
    assert!(whole >= 6, "{groups:#?}");
}

/// What an observation's frame says of the moment: counts by metric, those by status with it.
fn observed(data: &Value) -> BTreeMap<String, u64> {
    let metrics = data["metrics"].as_array().expect("metrics").iter();
    let count = |metric: &Value| {
        let name = metric["metric"].as_str()?;
        let qualifier = metric["qualifier"].as_str().unwrap_or_default();
        Some((
            format!("{name} {qualifier}").trim_end().to_owned(),
            metric["stats"]["count"].as_u64()?,
        ))
    };
    metrics.filter_map(count).collect()
}

/// The counts that both observations and the truth know of a group of a queue.
fn true_counts(queue: &Value, group: &str) -> BTreeMap<String, u64> {
    let (row, names): (_, &[(&str, &str)]) = match group {
        "people" => (
            queue,
            &[
                ("oOnQueueUsers", "onQueue"),
                ("oUserRoutingStatuses IDLE", "idle"),
                ("oUserRoutingStatuses NOT_RESPONDING", "notResponding"),
            ],
        ),
        medium => (
            &queue["media"][medium],
            &[("oWaiting", "waiting"), ("oAlerting", "alerting"), ("oInteracting", "interacting")],
        ),
    };
    let count = |(metric, name): &(&str, &str)| Some(((*metric).to_owned(), row[*name].as_u64()?));
    names.iter().filter_map(count).collect()
}

#[test]
fn what_was_told_of_the_moment_differs_from_the_truth_only_while_its_turn_is_yet_to_come() {
    const GROUPS: usize = 6;
    let mut world = world(11);
    let mut told: HashMap<(String, String), BTreeMap<String, u64>> = HashMap::new();
    // for how many looks a group has waited for its turn, and the counts of the last six looks
    let mut waits: HashMap<(String, String), usize> = HashMap::new();
    let mut earlier: HashMap<(String, String), Vec<BTreeMap<String, u64>>> = HashMap::new();
    let (mut same, mut late, mut there_and_back) = (0, 0, 0);
    for _ in 0..600 {
        let end = world.now() + SignedDuration::from_secs(1);
        world.advance(end, &|topic| topic.ends_with(".observations"), &mut |emission| {
            let of = |name: &str| emission.body["group"][name].as_str().map(str::to_owned);
            let group = of("mediaType").unwrap_or_else(|| "people".to_owned());
            let place = (of("queueId").expect("a queue"), group);
            told.insert(place, observed(&emission.body["data"][0]));
        });
        let truth = world.truth();
        for queue in truth["queues"].as_array().expect("queues") {
            let id = queue["id"].as_str().expect("an id").to_owned();
            let untold: Vec<&str> = queue["untold"]
                .as_array()
                .expect("groups")
                .iter()
                .filter_map(Value::as_str)
                .collect();
            for group in ["voice", "chat", "email", "message", "callback", "people"] {
                let place = (id.clone(), group.to_owned());
                let Some(said) = told.get(&place) else { continue };
                let now = true_counts(queue, group);
                let agrees = now.iter().all(|(metric, count)| said.get(metric) == Some(count));
                let waited = waits.entry(place.clone()).or_default();
                if untold.contains(&group) {
                    *waited += 1;
                    // one group a second and six of them
                    assert!(*waited <= GROUPS, "{place:?} has waited {waited} s");
                } else {
                    *waited = 0;
                    assert!(agrees, "{place:?} at {}: {said:?} was told, {now:?} is", world.now());
                }
                let before = earlier.entry(place).or_default();
                match (agrees, before.first() == Some(&now)) {
                    (true, _) => same += 1,
                    (false, false) => late += 1,
                    // now as six seconds ago and not as was told between: it changed and changed back
                    (false, true) => there_and_back += 1,
                }
                if before.len() >= GROUPS {
                    before.remove(0);
                }
                before.push(now);
            }
        }
    }
    assert!(same > 20_000, "{same} of {late} and {there_and_back}");
    assert!(late > 50 && there_and_back > 5, "{late} late, {there_and_back} there and back");
}

#[test]
fn a_centre_begins_with_some_waiting_in_busy_queues_and_nobody_in_calm_ones() {
    let (mut busy, mut calm, mut worst) = (0, 0, 0);
    for seed in 1..=6 {
        for hour in [0, 6, 12, 18] {
            let start = WorldSettings::default().start + SignedDuration::from_hours(hour);
            let world = World::new(WorldSettings { seed, start, ..WorldSettings::default() });
            let truth = world.truth();
            let queues = truth["queues"].as_array().expect("queues");
            let waiting: Vec<u64> =
                queues.iter().map(|queue| queue["waiting"].as_u64().unwrap_or_default()).collect();
            busy += waiting[..3].iter().sum::<u64>();
            calm += waiting[3..].iter().sum::<u64>();
            worst = worst.max(waiting[0]).max(waiting[1]).max(waiting[2]);
        }
    }
    // 24 mornings: 72 busy queues, 168 calm ones
    assert!((24..720).contains(&busy), "{busy} wait in 72 busy queues");
    assert!(calm < 60, "{calm} wait in 168 calm queues");
    assert!(worst > 5, "never an alert: at most {worst} wait");
}

#[test]
fn what_the_frames_say_of_the_half_hour_is_the_truth() {
    let mut world = world(8);
    let mut told: HashMap<(String, String), Value> = HashMap::new();
    live(&mut world, 25, |emission| {
        if emission.topic.ends_with(".observations") {
            let group = &emission.body["group"];
            let key = |name: &str| group[name].as_str().unwrap_or_default().to_owned();
            told.insert((key("queueId"), key("mediaType")), emission.body["data"][0].clone());
        }
    });
    // nothing more happens in this second; what changed last is told within six more
    let truth = world.truth();
    let mut compared = 0;
    for queue in truth["queues"].as_array().expect("queues") {
        let id = queue["id"].as_str().unwrap_or_default().to_owned();
        let row = &queue["media"]["email"];
        let Some(data) = told.get(&(id, "email".to_owned())) else { continue };
        let metric = |name: &str| {
            let metrics = data["metrics"].as_array()?;
            metrics.iter().find(|metric| metric["metric"] == name).map(|m| m["stats"].clone())
        };
        let answered = metric("tAnswered").map_or(0, |stats| stats["count"].as_u64().unwrap_or(0));
        let wanted = row["interval"]["answered"].as_u64().unwrap_or_default();
        assert!(answered.abs_diff(wanted) <= 1, "{answered} told, {wanted} true");
        if let Some(level) = metric("oServiceLevel") {
            assert_eq!(level["target"], row["interval"]["serviceLevelTarget"]);
            compared += 1;
        }
    }
    assert!(compared > 3, "{compared} queues compared");
}
