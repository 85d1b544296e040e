//! What the bodies of topics should hold, as the vendor's public kits have it: names, types, allowed
//! values. And what of a frame isn't so.
//!
//! Must not refuse anything: the kits are older than the service, so what they don't know is marked,
//! not wrong. They name no field that must be there; of an object it is told what it leaves out.
//!
//! Read when a frame is opened and not before: some 0.2 ms, and nothing at the start.
use super::outline::{Kind, Outline};
use super::topic::Topic;
use std::collections::{HashMap, HashSet};

/// See the file's own head for its form. Made by `cargo run --example schemas`.
const SCHEMAS: &str = include_str!("../../assets/schemas.txt");

/// A field that captured frames have on participants and elsewhere, empty, and most of the kits' classes
/// don't: a trace of how the service writes JSON, and nothing that anybody should look at.
const STRAY: &str = "additionalProperties";

/// What is wanted of a value: `s`, `e12`, `*c7`, as in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted(&'static str);

/// How a value stands to what is wanted of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is known of it: beneath a field that isn't known, or outside the body.
    #[default]
    Unjudged,
    /// It is as it should be.
    Fits,
    /// Its field isn't one that the schema has.
    UnknownField,
    /// It is of another type.
    OtherType,
    /// It is none of the allowed values.
    OtherValue,
}

impl Verdict {
    /// Whether somebody should look at it.
    #[must_use]
    pub fn is_doubt(self) -> bool {
        matches!(self, Self::UnknownField | Self::OtherType | Self::OtherValue)
    }

    /// What is odd about the value, in words; empty for what isn't.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Unjudged | Self::Fits => "",
            Self::UnknownField => "not in the schema",
            Self::OtherType => "not of this type",
            Self::OtherValue => "not an allowed value",
        }
    }
}

/// The schemas, by the lines of the file.
#[derive(Clone, Debug)]
struct Schemas {
    enumerations: Vec<&'static str>,
    classes: Vec<&'static str>,
}

/// What the kits know in all their classes together, whatever the topic.
#[derive(Debug, Default)]
pub struct Vocabulary {
    words: HashSet<String>,
    numbers: HashSet<&'static str>,
    flags: HashSet<&'static str>,
    maps_of_numbers: HashSet<&'static str>,
}

impl Vocabulary {
    /// Reads it: some 1 ms.
    #[must_use]
    pub fn read() -> Self {
        let mut vocabulary = Self::default();
        for line in SCHEMAS.lines() {
            match line.split_once(' ') {
                Some(("e", values)) => {
                    vocabulary.words.extend(values.split(' ').map(str::to_ascii_lowercase));
                }
                Some(("c", fields)) => {
                    for (name, kind) in fields.split(' ').filter_map(|field| field.split_once(':'))
                    {
                        match kind.trim_start_matches('*') {
                            "i" | "n" => vocabulary.numbers.insert(name),
                            "b" => vocabulary.flags.insert(name),
                            "%i" | "%n" => vocabulary.maps_of_numbers.insert(name),
                            _ => false,
                        };
                    }
                }
                _ => {}
            }
        }
        vocabulary
    }

    /// Whether some field allows this value, in any case.
    #[must_use]
    pub fn has_word(&self, text: &str) -> bool {
        self.words.contains(&text.to_ascii_lowercase())
    }

    /// Whether a field of this name holds a number, or is one of a map of numbers in field `parent`.
    #[must_use]
    pub fn has_number(&self, name: &str, parent: &str) -> bool {
        self.numbers.contains(name) || self.maps_of_numbers.contains(parent)
    }

    /// Whether a field of this name holds true or false.
    #[must_use]
    pub fn has_flag(&self, name: &str) -> bool {
        self.flags.contains(name)
    }
}

/// What each node of a frame should be, and how it stands to that.
#[derive(Clone, Debug)]
pub struct Judgement {
    schemas: Schemas,
    nodes: Vec<(Option<Wanted>, Verdict)>,
}

impl Judgement {
    /// Judges a frame of a topic; `None` where the topic or its body isn't known.
    #[must_use]
    pub fn of(outline: &Outline, topic: &Topic) -> Option<Self> {
        let (schemas, wanted) = read(topic)?;
        let body = outline.field(0, "eventBody")?;
        let mut nodes = vec![(None, Verdict::Unjudged); outline.len()];
        let mut known = HashMap::new();
        for number in body..outline.end(body) {
            let found = if number == body {
                Ok(Some(wanted))
            } else {
                let holder = outline.parent(number).and_then(|parent| nodes[parent].0);
                match holder {
                    Some(holder) => schemas.beneath(holder, outline, number, &mut known),
                    None => Ok(None),
                }
            };
            nodes[number] = match found {
                Err(verdict) => (None, verdict),
                Ok(None) => (None, Verdict::Unjudged),
                Ok(Some(wanted)) => (Some(wanted), schemas.judge(wanted, outline, number)),
            };
        }
        Some(Self { schemas, nodes })
    }

    /// How a node stands to what is wanted of it.
    #[must_use]
    pub fn verdict(&self, number: usize) -> Verdict {
        self.nodes.get(number).map_or(Verdict::Unjudged, |(_, verdict)| *verdict)
    }

    /// The nodes that somebody should look at, in their order.
    pub fn doubts(&self) -> impl Iterator<Item = usize> + '_ {
        let doubts = self.nodes.iter().enumerate().filter(|(_, (_, verdict))| verdict.is_doubt());
        doubts.map(|(number, _)| number)
    }

    /// What a node should be, in words; `None` where that isn't known.
    #[must_use]
    pub fn words(&self, number: usize) -> Option<String> {
        self.nodes.get(number)?.0.map(|wanted| self.schemas.words(wanted))
    }

    /// The fields that an object's class has and the object leaves out.
    #[must_use]
    pub fn left_out(&self, outline: &Outline, number: usize) -> Vec<&'static str> {
        let Some(Some(wanted)) = self.nodes.get(number).map(|(wanted, _)| *wanted) else {
            return Vec::new();
        };
        let there: Vec<String> =
            outline.children(number).filter_map(|child| outline.name(child)).collect();
        let fields = self.schemas.fields(wanted);
        fields.map(|(name, _)| name).filter(|name| !there.iter().any(|key| key == name)).collect()
    }
}

/// The schemas, and what is wanted of the body of this topic.
fn read(topic: &Topic) -> Option<(Schemas, Wanted)> {
    let mut schemas = Schemas { enumerations: Vec::new(), classes: Vec::new() };
    let mut wanted = None;
    for line in SCHEMAS.lines() {
        // a class without fields is the letter alone
        let (letter, rest) = line.split_once(' ').unwrap_or((line, ""));
        match letter {
            "e" => schemas.enumerations.push(rest),
            "c" => schemas.classes.push(rest),
            "t" if wanted.is_none() => {
                let (template, class) = rest.rsplit_once(' ')?;
                wanted = is_of(template, topic.key()).then_some(Wanted(class));
            }
            _ => {}
        }
    }
    wanted.map(|wanted| (schemas, wanted))
}

/// Whether a topic, in lower case, is one of a template.
fn is_of(template: &str, topic: &str) -> bool {
    let mut parts = topic.split('.');
    template.split('.').all(|wanted| {
        parts.next().is_some_and(|part| wanted == "{id}" || part.eq_ignore_ascii_case(wanted))
    }) && parts.next().is_none()
}

impl Schemas {
    fn fields(&self, wanted: Wanted) -> impl Iterator<Item = (&'static str, Wanted)> + use<> {
        let number = wanted.0.strip_prefix('c').and_then(|number| number.parse::<usize>().ok());
        let class = number.and_then(|number| self.classes.get(number)).copied().unwrap_or_default();
        class
            .split_ascii_whitespace()
            .filter_map(|field| field.split_once(':').map(|(name, kind)| (name, Wanted(kind))))
    }

    /// The allowed values, if it is an enumeration.
    fn values(&self, wanted: Wanted) -> Option<&'static str> {
        let number: usize = wanted.0.strip_prefix('e')?.parse().ok()?;
        self.enumerations.get(number).copied()
    }

    /// What is wanted of a node beneath one of which `holder` is: `Err` for a field that isn't known,
    /// `None` for what may be anything. `known` keeps classes that were looked up, since the same one
    /// stands for each element of a list.
    fn beneath(
        &self,
        holder: Wanted,
        outline: &Outline,
        number: usize,
        known: &mut HashMap<&'static str, HashMap<&'static str, Wanted>>,
    ) -> Result<Option<Wanted>, Verdict> {
        let name = outline.name(number);
        match (holder.0.split_at_checked(1), name) {
            (Some(("*", inner)), None) | (Some(("%", inner)), Some(_)) => Ok(Some(Wanted(inner))),
            (Some(("c", _)), Some(name)) => {
                let fields = known.entry(holder.0).or_insert_with(|| self.fields(holder).collect());
                match fields.get(name.as_str()) {
                    Some(wanted) => Ok(Some(*wanted)),
                    None if name == STRAY => Ok(None),
                    None => Err(Verdict::UnknownField),
                }
            }
            _ => Ok(None),
        }
    }

    fn judge(&self, wanted: Wanted, outline: &Outline, number: usize) -> Verdict {
        let Some(kind) = outline.node(number).map(|node| node.kind) else {
            return Verdict::Unjudged;
        };
        let text = || outline.string(number).unwrap_or_default();
        let fits = match wanted.0.chars().next() {
            // the kits let every field be null
            _ if kind == Kind::Null => true,
            Some('s' | 'g') => kind == Kind::Text,
            Some('d') => kind == Kind::Text && text().parse::<jiff::Timestamp>().is_ok(),
            Some('i') => kind == Kind::Number && !outline.value(number).contains(['.', 'e', 'E']),
            Some('n') => kind == Kind::Number,
            Some('b') => kind == Kind::Boolean,
            Some('*') => kind == Kind::Array,
            Some('%' | 'c') => kind == Kind::Object,
            Some('e') if kind == Kind::Text => {
                let value = text();
                let mut allowed = self.values(wanted).unwrap_or_default().split(' ');
                // the service writes some of them in other case than its kits do
                if allowed.any(|allowed| allowed.eq_ignore_ascii_case(&value)) {
                    return Verdict::Fits;
                }
                return Verdict::OtherValue;
            }
            Some('e') => false,
            _ => true,
        };
        if fits { Verdict::Fits } else { Verdict::OtherType }
    }

    fn words(&self, wanted: Wanted) -> String {
        if let Some(values) = self.values(wanted) {
            return format!("one of {}", values.replace(' ', ", "));
        }
        match wanted.0.split_at_checked(1) {
            Some(("s", _)) => "string".to_owned(),
            Some(("g", _)) => "id".to_owned(),
            Some(("d", _)) => "time, such as 2026-11-23T14:03:12.345Z".to_owned(),
            Some(("i", _)) => "integer".to_owned(),
            Some(("n", _)) => "number".to_owned(),
            Some(("b", _)) => "boolean".to_owned(),
            Some(("*", inner)) => format!("list, each: {}", self.words(Wanted(inner))),
            Some(("%", inner)) => {
                format!("object with fields of any name, each: {}", self.words(Wanted(inner)))
            }
            Some(("c", _)) => {
                format!("object with some of {} fields", self.fields(wanted).count())
            }
            _ => "anything".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Judgement, SCHEMAS, Verdict, read};
    use crate::domain::catalogue;
    use crate::domain::outline::Outline;
    use crate::domain::topic::Topic;
    use std::sync::Arc;

    fn judged(topic: &str, body: &str) -> (Outline, Judgement) {
        let text = format!(r#"{{"topicName":"{topic}","eventBody":{body}}}"#);
        let outline = Outline::read(&Arc::from(text));
        let judgement = Judgement::of(&outline, &Topic::received(topic)).unwrap();
        (outline, judgement)
    }

    /// Every node that is in doubt, with the reason.
    fn doubts(topic: &str, body: &str) -> Vec<(String, Verdict)> {
        let (outline, judgement) = judged(topic, body);
        let told = |number| (outline.jq_path(number), judgement.verdict(number));
        judgement.doubts().map(told).collect()
    }

    const QUEUE: &str = "v2.routing.queues.q1.conversations";

    #[test]
    fn what_is_not_as_the_kits_have_it_is_marked_and_only_that() {
        let body = r#"{
            "id": "c1", "maxParticipants": 2, "additionalProperties": {}, "surprise": {"beneath": 1},
            "participants": [
                {"purpose": "customer", "connectedTime": "2026-11-23T14:03:12Z", "wrapup": null,
                 "calls": [{"state": "connected", "held": false}]},
                {"connectedTime": "yesterday", "calls": [{"state": "flying", "held": "no"}]},
                7
            ]
        }"#;
        let path = |end: &str| format!(".eventBody{end}");
        assert_eq!(
            doubts(QUEUE, body),
            [
                (path(".surprise"), Verdict::UnknownField),
                (path(".participants[1].connectedTime"), Verdict::OtherType),
                (path(".participants[1].calls[0].state"), Verdict::OtherValue),
                (path(".participants[1].calls[0].held"), Verdict::OtherType),
                (path(".participants[2]"), Verdict::OtherType),
            ]
        );
        assert_eq!(doubts(QUEUE, "[]"), [(path(""), Verdict::OtherType)]);
    }

    #[test]
    fn types_values_and_what_is_left_out_are_told() {
        let body = r#"{"participants":[{"calls":[{"state":"CONNECTED","held":true}]}]}"#;
        let (outline, judgement) = judged(QUEUE, body);
        let at = |search: &str| *outline.find(search, false).first().unwrap();
        let words = judgement.words(at(".state")).unwrap();
        assert!(words.starts_with("one of ") && words.contains("alerting, "), "{words}");
        assert_eq!(judgement.verdict(at(".state")), Verdict::Fits, "compared without case");
        assert_eq!(judgement.words(at(".held")).unwrap(), "boolean");
        assert!(judgement.words(at(".calls")).unwrap().starts_with("list, each: object"));
        assert_eq!(judgement.words(0), None, "the envelope is no part of it");
        let call = outline.parent(at(".held")).unwrap();
        let left_out = judgement.left_out(&outline, call);
        assert!(left_out.contains(&"muted") && !left_out.contains(&"held"), "{left_out:?}");
    }

    #[test]
    fn every_line_of_the_file_can_be_read_and_every_known_topic_is_in_it() {
        let known: Vec<&str> = SCHEMAS
            .lines()
            .filter_map(|line| line.strip_prefix("t ")?.split_once(' '))
            .map(|(template, _)| template)
            .collect();
        assert!(known.len() > 200);
        for template in &known {
            let topic = Topic::received(&template.replace("{id}", "x1"));
            let (schemas, wanted) = read(&topic).unwrap();
            assert!(schemas.fields(wanted).count() > 0, "{template}");
        }
        let (schemas, _) = read(&Topic::received(QUEUE)).unwrap();
        let fields = schemas.classes.iter().flat_map(|class| class.split_ascii_whitespace());
        for field in fields {
            let (_, kind) = field.split_once(':').unwrap();
            let is_anything = schemas.words(super::Wanted(kind)).contains("anything");
            assert_eq!(is_anything, kind.ends_with('o'), "{field}");
        }
        for template in catalogue::templates() {
            assert!(known.contains(&template), "{template}");
        }
        assert!(read(&Topic::received("v2.nobody.knows")).is_none());
    }

    /// Captured years apart and by others: what the kits don't know of them is seldom.
    #[test]
    fn of_captured_frames_little_is_in_doubt() {
        let Some(folder) = std::env::var_os("GCWATCH_TEST_DATA") else {
            println!("skipped: GCWATCH_TEST_DATA is not set");
            return;
        };
        let (mut judged, mut doubts) = (0, Vec::new());
        for entry in std::fs::read_dir(std::path::Path::new(&folder).join("frames")).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let outline = Outline::read(&Arc::from(text));
            let topic = outline.field(0, "topicName").and_then(|name| outline.string(name));
            let Some(topic) = topic.map(|name| Topic::received(&name)) else { continue };
            let Some(judgement) = Judgement::of(&outline, &topic) else { continue };
            judged += outline.len();
            doubts.extend(judgement.doubts().map(|number| {
                format!("{topic} {} {}", outline.jq_path(number), judgement.verdict(number).words())
            }));
        }
        println!("{judged} values, in doubt: {doubts:#?}");
        assert!(judged > 100 && doubts.len() * 20 < judged, "{judged}: {doubts:#?}");
    }
}
