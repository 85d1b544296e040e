//! What changed between two frames: leaf by leaf, with paths.
//!
//! Elements of arrays that carry an `id` are matched by it, since a participant that joins in the
//! middle must not make all after it look changed; others are matched by their place. Must not know
//! where the frames are kept nor how differences are drawn.
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// Most differences that are told; beyond it they are counted. Two frames of one conversation differ
/// in some ten leaves, two of different topics in some hundreds.
pub const MAX_CHANGES: usize = 2_000;
/// Fields that change with every frame and say nothing, unless somebody chooses others: the last name
/// of a path, or its last ones joined by dots, without regard to case and to places in lists.
pub const NOISE: [&str; 1] = ["CorrelationId"];

/// What became of one leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It wasn't there before.
    Added(String),
    /// It is no longer there.
    Removed(String),
    /// It has another value.
    Changed {
        /// The value before, as JSON.
        before: String,
        /// The value after, as JSON.
        after: String,
    },
}

/// One leaf that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its path, such as `eventBody.participants[2].calls[0].state`. Places in arrays are those of
    /// the later frame; for what is gone, those of the earlier.
    pub path: String,
    /// What became of it.
    pub change: Change,
}

/// All that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The leaves, fields by their names and arrays by the places of the later frame; what is gone
    /// from an object or array comes after what is there.
    pub leaves: Vec<Leaf>,
    /// Leaves that differ but are left out as noise.
    pub noise: usize,
    /// Leaves beyond [`MAX_CHANGES`].
    pub untold: usize,
}

impl Difference {
    /// How many leaves were added, removed and changed.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let count =
            |is: fn(&Change) -> bool| self.leaves.iter().filter(|leaf| is(&leaf.change)).count();
        (
            count(|change| matches!(change, Change::Added(_))),
            count(|change| matches!(change, Change::Removed(_))),
            count(|change| matches!(change, Change::Changed { .. })),
        )
    }
}

/// Compares two JSON texts. Fields that `noise` names are only counted; see [`NOISE`] for how.
///
/// # Errors
/// A sentence when one of them can't be read: it is no JSON, or nests deeper than 128 levels.
pub fn compare(before: &str, after: &str, noise: &[impl AsRef<str>]) -> Result<Difference, String> {
    let read = |which: &str, text: &str| {
        serde_json::from_str::<Value>(text)
            .map_err(|error| format!("the {which} frame can't be compared: {error}"))
    };
    let (before, after) = (read("earlier", before)?, read("later", after)?);
    let noise = noise.iter().map(|name| name.as_ref().to_ascii_lowercase()).collect();
    let mut comparison = Comparison { noise, found: Difference::default() };
    comparison.both("", &before, &after);
    Ok(comparison.found)
}

struct Comparison {
    noise: Vec<String>,
    found: Difference,
}

impl Comparison {
    fn both(&mut self, path: &str, before: &Value, after: &Value) {
        match (before, after) {
            (Value::Object(before), Value::Object(after)) => self.objects(path, before, after),
            (Value::Array(before), Value::Array(after)) => self.arrays(path, before, after),
            _ if before == after => {}
            _ if is_leaf(before) && is_leaf(after) => {
                let change =
                    Change::Changed { before: before.to_string(), after: after.to_string() };
                self.tell(path, change);
            }
            _ => {
                self.one(path, before, &Change::Removed);
                self.one(path, after, &Change::Added);
            }
        }
    }

    fn objects(&mut self, path: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
        for (key, value) in after {
            let path = join(path, key);
            match before.get(key) {
                Some(older) => self.both(&path, older, value),
                None => self.one(&path, value, &Change::Added),
            }
        }
        for (key, value) in before {
            if !after.contains_key(key) {
                self.one(&join(path, key), value, &Change::Removed);
            }
        }
    }

    fn arrays(&mut self, path: &str, before: &[Value], after: &[Value]) {
        let ids = |values: &[Value]| -> Option<HashMap<String, usize>> {
            let found: HashMap<String, usize> = values
                .iter()
                .enumerate()
                .filter_map(|(place, value)| Some((value.get("id")?.as_str()?.to_owned(), place)))
                .collect();
            // an id twice tells nothing apart
            (found.len() == values.len()).then_some(found)
        };
        let matched = ids(before).zip(ids(after));
        let older_of = |place: usize, value: &Value| match &matched {
            Some((before, _)) => before.get(value.get("id")?.as_str()?).copied(),
            None => (place < before.len()).then_some(place),
        };
        let mut kept = HashSet::new();
        for (place, value) in after.iter().enumerate() {
            let path = format!("{path}[{place}]");
            match older_of(place, value) {
                Some(older) => {
                    kept.insert(older);
                    self.both(&path, &before[older], value);
                }
                None => self.one(&path, value, &Change::Added),
            }
        }
        for (place, value) in before.iter().enumerate() {
            if !kept.contains(&place) {
                self.one(&format!("{path}[{place}]"), value, &Change::Removed);
            }
        }
    }

    /// Everything below `value` came or went.
    fn one(&mut self, path: &str, value: &Value, change: &impl Fn(String) -> Change) {
        match value {
            Value::Object(fields) if !fields.is_empty() => {
                for (key, value) in fields {
                    self.one(&join(path, key), value, change);
                }
            }
            Value::Array(values) if !values.is_empty() => {
                for (place, value) in values.iter().enumerate() {
                    self.one(&format!("{path}[{place}]"), value, change);
                }
            }
            leaf => self.tell(path, change(leaf.to_string())),
        }
    }

    fn is_noise(&self, path: &str) -> bool {
        let names = names_only(path).to_ascii_lowercase();
        self.noise.iter().any(|noise| {
            let before = names.strip_suffix(noise.as_str());
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
    }

    fn tell(&mut self, path: &str, change: Change) {
        if self.is_noise(path) {
            self.found.noise += 1;
        } else if self.found.leaves.len() >= MAX_CHANGES {
            self.found.untold += 1;
        } else {
            self.found.leaves.push(Leaf { path: path.to_owned(), change });
        }
    }
}

fn is_leaf(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(values) => values.is_empty(),
        _ => true,
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A path without places in arrays: `calls.state` of `calls[0].state`.
fn names_only(path: &str) -> String {
    let parts = path.split('.').map(|part| part.split('[').next().unwrap_or(part));
    parts.collect::<Vec<_>>().join(".")
}

#[cfg(test)]
mod tests {
    use super::{Change, NOISE, compare, names_only};
    use proptest::prelude::*;
    use serde_json::Value;

    fn told(before: &str, after: &str) -> Vec<String> {
        let difference = compare(before, after, &NOISE).unwrap();
        let line = |leaf: &super::Leaf| match &leaf.change {
            Change::Added(value) => format!("+ {} {value}", leaf.path),
            Change::Removed(value) => format!("- {} {value}", leaf.path),
            Change::Changed { before, after } => format!("~ {} {before} {after}", leaf.path),
        };
        difference.leaves.iter().map(line).collect()
    }

    #[test]
    fn leaves_are_told_with_their_paths() {
        let before = r#"{"a":1,"b":{"c":"x","d":null},"metadata":{"CorrelationId":"1"}}"#;
        let after = r#"{"a":2,"b":{"c":"x","e":{"f":[true,{}]}},"metadata":{"CorrelationId":"2"}}"#;
        assert_eq!(
            told(before, after),
            ["~ a 1 2", "+ b.e.f[0] true", "+ b.e.f[1] {}", "- b.d null"]
        );
        assert_eq!(compare(before, after, &NOISE).unwrap().noise, 1);
    }

    #[test]
    fn participants_are_matched_by_their_id() {
        let before = r#"{"p":[{"id":"1","s":"a"},{"id":"2","s":"b"}]}"#;
        let after = r#"{"p":[{"id":"1","s":"a"},{"id":"9","s":"n"},{"id":"2","s":"c"}]}"#;
        assert_eq!(
            told(before, after),
            ["+ p[1].id \"9\"", "+ p[1].s \"n\"", "~ p[2].s \"b\" \"c\""]
        );
        // without ids, or with one twice, by their place
        assert_eq!(told("[1,2]", "[1,3,4]"), ["~ [1] 2 3", "+ [2] 4"]);
        assert_eq!(
            told(r#"[{"id":"1"},{"id":"1","x":1}]"#, r#"[{"id":"1"},{"id":"1","x":2}]"#),
            ["~ [1].x 1 2"]
        );
    }

    #[test]
    fn what_is_no_json_is_said_to_be_so() {
        assert!(compare("nothing", "{}", &NOISE).unwrap_err().contains("earlier"));
        let deep = "[".repeat(20_000);
        assert!(compare("{}", &deep, &NOISE).unwrap_err().contains("later"));
    }

    #[test]
    fn noise_is_named_by_the_end_of_a_path() {
        assert_eq!(
            names_only("eventBody.participants[2].calls[0]"),
            "eventBody.participants.calls"
        );
        let (before, after) =
            (r#"{"m":{"a":1},"p":[{"a":1,"ba":1}]}"#, r#"{"m":{"a":2},"p":[{"a":2,"ba":2}]}"#);
        let left = |noise: &[&str]| compare(before, after, noise).unwrap().leaves.len();
        assert_eq!(left(&[]), 3);
        assert_eq!(left(&["A"]), 1, "of ba it is no whole name");
        assert_eq!(left(&["p.a"]), 2);
        assert_eq!(left(&["m.a", "p.a", "ba", "x"]), 0);
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (0..5).prop_map(Value::from),
            "[ab]{0,2}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[abc]|id", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn nothing_differs_exactly_when_both_are_the_same(before in json(), after in json()) {
            let same = compare(&before.to_string(), &before.to_string(), &[""; 0]).unwrap();
            prop_assert!(same.leaves.is_empty());
            let there = compare(&before.to_string(), &after.to_string(), &[""; 0]).unwrap();
            let back = compare(&after.to_string(), &before.to_string(), &[""; 0]).unwrap();
            let ((added, removed, changed), other) = (there.counts(), back.counts());
            prop_assert_eq!((removed, added, changed), other);
        }
    }
}
