//! Makes the compact description of bodies out of the vendor's classes: names, types and allowed
//! values, none of their prose. What it makes is the same for the same input, to the byte.
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt::Write;

const HEAD: &str = "\
# What the bodies of the service's topics hold: names, types and allowed values, as the vendor's
# public kits have them. Made by `cargo run --example schemas`; don't edit.
#
# e VALUE…               an enumeration; numbered from 0 in the order of the lines
# c NAME:TYPE…           a class of fields; numbered the same way
# t TOPIC cN             the class of a topic's body
# TYPE: s string, d time, g id, i integer, n number, b boolean, o anything, eN, cN;
#       *TYPE a list of them, %TYPE fields of any name with them
";

/// Makes the description.
///
/// # Errors
/// A sentence, if the input isn't what it should be.
pub(crate) fn compact(input: &str) -> Result<String, String> {
    let input: Value = serde_json::from_str(input).map_err(|error| error.to_string())?;
    let classes = input["classes"].as_object().ok_or("there are no classes")?;
    let topics = input["topics"].as_array().ok_or("there are no topics")?;
    let groups = alike(classes)?;
    let mut writer = Writer {
        classes,
        groups: &groups,
        numbers: HashMap::new(),
        waiting: VecDeque::new(),
        enumerations: BTreeMap::new(),
    };
    let mut lines = String::new();
    for topic in topics {
        let name = topic["topic"].as_str().ok_or("a topic has no name")?;
        let class = topic["class"].as_str().ok_or("a topic has no class")?;
        let number = writer.class(class)?;
        // writing to a string cannot fail
        let _ = writeln!(lines, "t {name} c{number}");
    }
    // classes that are found on the way are waiting for their own lines
    let mut described = String::new();
    while let Some(class) = writer.waiting.pop_front() {
        let fields = writer.fields(class)?;
        let _ = writeln!(described, "c {}", fields.join(" "));
    }
    let mut enumerations: Vec<(&String, &usize)> = writer.enumerations.iter().collect();
    enumerations.sort_by_key(|(_, number)| **number);
    let enumerations: String =
        enumerations.iter().map(|(values, _)| format!("e {values}\n")).collect();
    Ok(format!("{HEAD}{enumerations}{described}{lines}"))
}

struct Writer<'a> {
    classes: &'a Map<String, Value>,
    /// For each class the number of those that hold the same.
    groups: &'a HashMap<&'a str, usize>,
    /// The number that a group has in the output.
    numbers: HashMap<usize, usize>,
    waiting: VecDeque<&'a str>,
    enumerations: BTreeMap<String, usize>,
}

impl Writer<'_> {
    fn class(&mut self, name: &str) -> Result<usize, String> {
        let (name, _) =
            self.classes.get_key_value(name).ok_or(format!("there is no class {name}"))?;
        let group = self.groups[name.as_str()];
        let next = self.numbers.len();
        let number = *self.numbers.entry(group).or_insert(next);
        if number == next {
            self.waiting.push_back(name);
        }
        Ok(number)
    }

    fn fields(&mut self, class: &str) -> Result<Vec<String>, String> {
        let fields = self.classes[class].as_object().ok_or(format!("{class} has no fields"))?;
        let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
        fields.sort_by_key(|(name, _)| *name);
        fields.into_iter().map(|(name, kind)| Ok(format!("{name}:{}", self.kind(kind)?))).collect()
    }

    fn kind(&mut self, kind: &Value) -> Result<String, String> {
        if let Some(values) = kind.get("enum").and_then(Value::as_array) {
            let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            let next = self.enumerations.len();
            let number = self.enumerations.entry(values.join(" ")).or_insert(next);
            return Ok(format!("e{number}"));
        }
        if let Some(inner) = kind.get("list") {
            return Ok(format!("*{}", self.kind(inner)?));
        }
        if let Some(inner) = kind.get("map") {
            return Ok(format!("%{}", self.kind(inner)?));
        }
        if let Some(class) = kind.get("ref").and_then(Value::as_str) {
            return Ok(format!("c{}", self.class(class)?));
        }
        plain(kind).map(str::to_owned)
    }
}

fn plain(kind: &Value) -> Result<&'static str, String> {
    Ok(match kind.as_str() {
        Some("string") => "s",
        Some("date-time") => "d",
        Some("Guid?") => "g",
        Some("integer") => "i",
        Some("number") => "n",
        Some("bool") => "b",
        Some("object") => "o",
        _ => return Err(format!("there is no type {kind}")),
    })
}

/// Puts classes together that hold the same under other names: the kits have one of each for every
/// topic. All begin in one group; those whose fields differ are parted, until nothing changes.
fn alike(classes: &Map<String, Value>) -> Result<HashMap<&str, usize>, String> {
    let mut groups: HashMap<&str, usize> = classes.keys().map(|name| (name.as_str(), 0)).collect();
    let mut count = 1;
    loop {
        let mut found: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        let mut next = HashMap::new();
        for (name, fields) in classes {
            let fields = fields.as_object().ok_or(format!("{name} has no fields"))?;
            let mut signature: Vec<String> = fields
                .iter()
                .map(|(field, kind)| format!("{field} {}", with_groups(kind, &groups)))
                .collect();
            signature.sort();
            let number = found.len();
            next.insert(name.as_str(), *found.entry(signature).or_insert(number));
        }
        groups = next;
        if found.len() == count {
            return Ok(groups);
        }
        count = found.len();
    }
}

/// A type with the group in the place of a class.
fn with_groups(kind: &Value, groups: &HashMap<&str, usize>) -> String {
    for wrap in ["list", "map"] {
        if let Some(inner) = kind.get(wrap) {
            return format!("{wrap} {}", with_groups(inner, groups));
        }
    }
    match kind.get("ref").and_then(Value::as_str) {
        Some(class) => format!("ref {:?}", groups.get(class)),
        None => kind.to_string(),
    }
}
