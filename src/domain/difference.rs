//! What changed between two frames: leaf by leaf, with paths.
//!
//! Elements of arrays that carry an `id` are matched by it, since a participant that joins in the
//! middle must not make all after it look changed; others are matched by their place. Compared are the
//! texts by their outlines: a `serde_json::Value` ends at 128 levels, keeps one of two fields of a name,
//! and rounds what has more than 17 digits, so that two ids could look the same. Must not know where the
//! frames are kept nor how differences are drawn.
use super::outline::{Fault, Kind, Outline};
use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::iter::zip;
use std::sync::Arc;

/// Most differences that are told; beyond it they are counted. Two frames of one conversation differ
/// in some ten leaves, two of different topics in some hundreds.
pub const MAX_CHANGES: usize = 2_000;
/// Longest path that is told, in bytes without its last name: of a longer one the end. Wider than any
/// screen.
const MAX_PATH: usize = 1_000;
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
    /// Whether it belongs to a customer, by its name or that of what holds it.
    pub is_customers: bool,
}

/// All that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// The leaves, fields by their names and arrays by the places of the later frame; what is gone
    /// from an object or array comes after what is there. What came or went as a whole is in the order
    /// of its frame.
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
/// A sentence when one of them can't be read to its end.
pub fn compare(before: &str, after: &str, noise: &[impl AsRef<str>]) -> Result<Difference, String> {
    let read = |which: &str, text: &str| {
        let outline = Outline::read(&Arc::from(text));
        match outline.fault() {
            Some(Fault { at, why }) => {
                Err(format!("the {which} frame can't be compared: at byte {at}, {why}"))
            }
            None => Ok(outline),
        }
    };
    let noise = noise.iter().map(|name| name.as_ref().to_ascii_lowercase()).collect();
    let mut comparison = Comparison {
        before: read("earlier", before)?,
        after: read("later", after)?,
        noise,
        steps: Vec::new(),
        tasks: vec![Task::Both { way: None, before: 0, after: 0 }],
        found: Difference::default(),
    };
    while let Some(task) = comparison.tasks.pop() {
        comparison.take(task);
    }
    Ok(comparison.found)
}

/// Of which frame a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Before,
    After,
}

/// A step of a path, with the one that leads to it. Paths are written for what is told only: in a
/// frame that nests 20,000 deep each has 100 kB.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: Option<usize>,
    side: Side,
    node: usize,
}

/// What is still to be looked at. A list of them instead of calls that call themselves: the stack must
/// not depend on how deep a frame nests.
#[derive(Clone, Copy, Debug)]
enum Task {
    /// Two values in the same place; `way`: its last step.
    Both { way: Option<usize>, before: usize, after: usize },
    /// Everything of a value came or went.
    One { way: Option<usize>, side: Side, node: usize },
}

struct Comparison {
    before: Outline,
    after: Outline,
    noise: Vec<String>,
    steps: Vec<Step>,
    /// The next one last.
    tasks: Vec<Task>,
    found: Difference,
}

impl Comparison {
    fn of(&self, side: Side) -> &Outline {
        match side {
            Side::Before => &self.before,
            Side::After => &self.after,
        }
    }

    fn take(&mut self, task: Task) {
        match task {
            Task::Both { way, before, after } => self.both(way, before, after),
            Task::One { way, side, node } => self.one(way, side, node),
        }
    }

    fn both(&mut self, way: Option<usize>, before: usize, after: usize) {
        // most of two frames is the same, and is passed over as a whole
        if self.before.value(before) == self.after.value(after) {
            return;
        }
        let kinds = [(Side::Before, before), (Side::After, after)]
            .map(|(side, node)| self.of(side).node(node).map(|node| node.kind));
        match kinds {
            [Some(Kind::Object), Some(Kind::Object)] => {
                let pairs = pairs(fields(&self.before, before), fields(&self.after, after));
                self.later(way, pairs);
            }
            [Some(Kind::Array), Some(Kind::Array)] => {
                let (older, newer) = (elements(&self.before, before), elements(&self.after, after));
                // by their ids, if all have one
                let pairs = match (ids(&self.before, &older), ids(&self.after, &newer)) {
                    (Some(older_ids), Some(newer_ids)) => {
                        pairs(zip(older_ids, older), zip(newer_ids, newer))
                    }
                    _ => pairs(zip(0.., older), zip(0.., newer)),
                };
                self.later(way, pairs);
            }
            _ if self.is_leaf(Side::Before, before) && self.is_leaf(Side::After, after) => {
                if !is_same(&self.before, before, &self.after, after) {
                    let change = Change::Changed {
                        before: shown(&self.before, before),
                        after: shown(&self.after, after),
                    };
                    let is_customers =
                        is_customers(&self.before, before) || is_customers(&self.after, after);
                    self.tell(way, change, is_customers);
                }
            }
            _ => self.tasks.extend([
                Task::One { way, side: Side::After, node: after },
                Task::One { way, side: Side::Before, node: before },
            ]),
        }
    }

    /// Puts what an object or a list holds before all other tasks.
    fn later(&mut self, way: Option<usize>, pairs: Vec<Pair>) {
        for pair in pairs.into_iter().rev() {
            let task = match pair {
                (Some(before), Some(after)) => {
                    Task::Both { way: Some(self.step(way, Side::After, after)), before, after }
                }
                (None, Some(node)) => Task::One {
                    way: Some(self.step(way, Side::After, node)),
                    side: Side::After,
                    node,
                },
                (Some(node), None) => Task::One {
                    way: Some(self.step(way, Side::Before, node)),
                    side: Side::Before,
                    node,
                },
                (None, None) => continue,
            };
            self.tasks.push(task);
        }
    }

    fn step(&mut self, from: Option<usize>, side: Side, node: usize) -> usize {
        self.steps.push(Step { from, side, node });
        self.steps.len() - 1
    }

    fn one(&mut self, way: Option<usize>, side: Side, node: usize) {
        if self.is_leaf(side, node) {
            let text = shown(self.of(side), node);
            let change = match side {
                Side::Before => Change::Removed(text),
                Side::After => Change::Added(text),
            };
            self.tell(way, change, is_customers(self.of(side), node));
            return;
        }
        let held = elements(self.of(side), node);
        let pair = |node| match side {
            Side::Before => (Some(node), None),
            Side::After => (None, Some(node)),
        };
        self.later(way, held.into_iter().map(pair).collect());
    }

    fn is_leaf(&self, side: Side, node: usize) -> bool {
        self.of(side).node(node).is_none_or(|node| node.children == 0)
    }

    fn tell(&mut self, way: Option<usize>, change: Change, is_customers: bool) {
        if self.is_noise(way) {
            self.found.noise += 1;
        } else if self.found.leaves.len() >= MAX_CHANGES {
            self.found.untold += 1;
        } else {
            let path = self.path(way, true);
            self.found.leaves.push(Leaf { path, change, is_customers });
        }
    }

    fn is_noise(&self, way: Option<usize>) -> bool {
        if self.noise.is_empty() {
            return false;
        }
        let names = self.path(way, false).to_ascii_lowercase();
        self.noise.iter().any(|noise| {
            let before = names.strip_suffix(noise.as_str());
            before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
        })
    }

    /// The path to a step, with the places in lists or without: at most [`MAX_PATH`] and one name, from
    /// its end.
    fn path(&self, way: Option<usize>, places: bool) -> String {
        let mut parts = Vec::new();
        let mut length = 0;
        let mut next = way;
        while let Some(step) = next.and_then(|way| self.steps.get(way)) {
            if length > MAX_PATH {
                parts.push("…".to_owned());
                break;
            }
            next = step.from;
            let outline = self.of(step.side);
            let part = match outline.name(step.node) {
                Some(name) => name,
                None if places => {
                    let place = outline.node(step.node).map_or(0, |node| node.place);
                    format!("[{place}]")
                }
                None => continue,
            };
            length += part.len();
            parts.push(part);
        }
        let mut path = String::with_capacity(length + parts.len());
        for part in parts.into_iter().rev() {
            // a name of a field may begin like a place; then the path is as odd as the name
            let is_place = places && part.starts_with('[');
            if !path.is_empty() && !is_place {
                path.push('.');
            }
            path.push_str(&part);
        }
        path
    }
}

/// A node of the earlier frame and the one of the later in its place.
type Pair = (Option<usize>, Option<usize>);

/// Brings together what has the same key: in the order of the later ones, then what is gone.
fn pairs<K: Eq + Hash>(
    before: impl IntoIterator<Item = (K, usize)>,
    after: impl IntoIterator<Item = (K, usize)>,
) -> Vec<Pair> {
    let before: Vec<(K, usize)> = before.into_iter().collect();
    let places: HashMap<&K, usize> = before.iter().map(|(key, node)| (key, *node)).collect();
    let mut kept = HashSet::new();
    let mut pairs: Vec<Pair> = Vec::with_capacity(before.len());
    for (key, newer) in after {
        let older = places.get(&key).copied();
        kept.extend(older);
        pairs.push((older, Some(newer)));
    }
    let gone = before.iter().filter(|(_, node)| !kept.contains(node));
    pairs.extend(gone.map(|(_, node)| (Some(*node), None)));
    pairs
}

/// An object's fields by their names; one whose name comes again by how often it did before.
fn fields(outline: &Outline, object: usize) -> Vec<((String, usize), usize)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut fields: Vec<((String, usize), usize)> = outline
        .children(object)
        .map(|node| {
            let name = outline.name(node).unwrap_or_default();
            let times = seen.entry(name.clone()).or_default();
            *times += 1;
            ((name, *times), node)
        })
        .collect();
    fields.sort();
    fields
}

fn elements(outline: &Outline, node: usize) -> Vec<usize> {
    outline.children(node).collect()
}

/// The ids of a list's elements; `None` unless each has one of its own.
fn ids(outline: &Outline, elements: &[usize]) -> Option<Vec<String>> {
    let id = |element: &usize| {
        let mut fields = outline.children(*element);
        let id = fields.find(|field| outline.name(*field).as_deref() == Some("id"))?;
        outline.string(id)
    };
    let ids = elements.iter().map(id).collect::<Option<Vec<String>>>()?;
    let different: HashSet<&String> = ids.iter().collect();
    (different.len() == ids.len()).then_some(ids)
}

/// Whether two leaves say the same, however they are written.
fn is_same(before: &Outline, older: usize, after: &Outline, newer: usize) -> bool {
    let (one, other) = (before.value(older), after.value(newer));
    match (before.string(older), after.string(newer)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one == other || is_same_number(one, other),
        _ => false,
    }
}

/// Whether two texts are the same number. Of more digits than a float holds they are only if they are
/// written alike: a difference in the last of twenty digits is one.
fn is_same_number(one: &str, other: &str) -> bool {
    let number = |text: &str| {
        let digits = text.bytes().filter(u8::is_ascii_digit).count();
        let float = text.parse::<f64>().ok().filter(|float| float.is_finite());
        float.filter(|_| digits <= f64::DIGITS as usize)
    };
    number(one).is_some_and(|one| number(other) == Some(one))
}

/// A leaf's value as JSON, without escapes that it needn't have.
fn shown(outline: &Outline, node: usize) -> String {
    let text = outline.value(node);
    match outline.node(node).map(|node| node.kind) {
        Some(Kind::Object) => "{}".to_owned(),
        Some(Kind::Array) => "[]".to_owned(),
        Some(Kind::Text) if text.contains('\\') => serde_json::from_str(text)
            .map_or_else(|_| text.to_owned(), |value: serde_json::Value| value.to_string()),
        _ => text.to_owned(),
    }
}

fn is_customers(outline: &Outline, node: usize) -> bool {
    outline.node(node).is_some_and(|node| node.is_customers)
}

#[cfg(test)]
mod tests {
    use super::{Change, MAX_CHANGES, NOISE, compare};
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
    fn what_a_float_cannot_hold_is_compared_by_its_digits() {
        let told = |before: &str, after: &str| {
            told(&format!("{{\"n\":{before}}}"), &format!("{{\"n\":{after}}}"))
        };
        assert_eq!(
            told("12345678901234567890", "12345678901234567891"),
            ["~ n 12345678901234567890 12345678901234567891"]
        );
        assert_eq!(told("1e400", "2e400"), ["~ n 1e400 2e400"]);
        assert_eq!(told("1.50", "1.5"), [""; 0]);
        assert_eq!(told(r#""\u0041""#, r#""A""#), [""; 0]);
        assert_eq!(told("1", "\"1\""), ["~ n 1 \"1\""]);
        assert_eq!(told("{ }", "{}"), [""; 0]);
        assert_eq!(told("{}", "[]"), ["~ n {} []"]);
    }

    #[test]
    fn a_field_that_comes_twice_is_compared_twice() {
        assert_eq!(told(r#"{"a":1,"a":2}"#, r#"{"a":0,"a":2}"#), ["~ a 1 0"]);
        assert_eq!(told(r#"{"a":1,"a":2}"#, r#"{"a":1}"#), ["- a 2"]);
    }

    #[test]
    fn a_deep_frame_is_compared_without_a_deep_stack() {
        let deep =
            |leaf: &str| format!("{}{leaf}{}", r#"{"a":["#.repeat(20_000), "]}".repeat(20_000));
        let difference = compare(&deep("1"), &deep("2"), &["x"]).unwrap();
        let [leaf] = difference.leaves.as_slice() else { panic!("{:?}", difference.counts()) };
        assert!(leaf.path.starts_with('…') && leaf.path.ends_with(".a[0].a[0]"), "{}", leaf.path);
        assert!(leaf.path.len() < 2_000, "{}", leaf.path.len());
        assert_eq!(compare("{}", &deep("2"), &[""; 0]).unwrap().counts(), (1, 0, 0));
    }

    #[test]
    fn what_belongs_to_customers_is_told_by_what_holds_it() {
        let after = r#"{"attributes":{"a.b":{"x":1}},"state":"a"}"#;
        let told = compare("{}", after, &NOISE).unwrap();
        let theirs: Vec<bool> = told.leaves.iter().map(|leaf| leaf.is_customers).collect();
        assert_eq!(theirs, [true, false]);
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let many: Vec<String> = (0..=MAX_CHANGES).map(|number| number.to_string()).collect();
        let told = compare("[]", &format!("[{}]", many.join(",")), &NOISE).unwrap();
        assert_eq!((told.leaves.len(), told.untold), (MAX_CHANGES, 1));
    }

    #[test]
    fn noise_is_named_by_the_end_of_a_path() {
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
