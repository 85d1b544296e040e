use super::{Kind, MAX_NODES, Outline};
use proptest::prelude::*;
use serde_json::Value;
use std::sync::Arc;

fn read(text: &str) -> Outline {
    Outline::read(&Arc::from(text))
}

/// Every node as `path value`, with objects and lists by how many they hold.
fn told(outline: &Outline) -> Vec<String> {
    let line = |number: usize| {
        let node = outline.node(number).unwrap();
        let value = match node.kind {
            Kind::Object => format!("{{{}}}", node.children),
            Kind::Array => format!("[{}]", node.children),
            _ => outline.value(number).to_owned(),
        };
        format!("{} {value}", outline.jq_path(number))
    };
    (0..outline.len()).map(line).collect()
}

#[test]
fn every_value_has_its_path() {
    let outline = read(r#" {"a": [1, {"b": "x"}, []], "two words": null, "c": {"d": -1.5e3}} "#);
    assert_eq!(
        told(&outline),
        [
            ". {3}",
            ".a [3]",
            ".a[0] 1",
            ".a[1] {1}",
            ".a[1].b \"x\"",
            ".a[2] [0]",
            ".\"two words\" null",
            ".c {1}",
            ".c.d -1.5e3",
        ]
    );
    assert_eq!(outline.fault(), None);
    assert_eq!(outline.value(3), r#"{"b": "x"}"#);
    assert_eq!(outline.end(1), 6);
    assert_eq!(outline.children(0).collect::<Vec<_>>(), [1, 6, 7]);
    assert_eq!(told(&read("[7]")), [". [1]", ".[0] 7"]);
}

#[test]
fn filters_have_words_of_their_own_for_the_parts_of_a_frame() {
    let outline = read(
        r#"{"topicName":"t","eventBody":{"p":[{"s":1}],"x y":2},"metadata":{"CorrelationId":"c"}}"#,
    );
    let paths: Vec<String> = (0..outline.len()).map(|at| outline.filter_path(at)).collect();
    assert_eq!(
        paths,
        [
            "frame",
            "frame.topicName",
            "body",
            "body.p",
            "body.p[0]",
            "body.p[0].s",
            "body.\"x y\"",
            "metadata",
            "metadata.CorrelationId",
        ]
    );
}

#[test]
fn what_is_no_json_is_read_up_to_there_and_said() {
    for (text, nodes, at, why) in [
        ("", 0, 0, "ends before"),
        ("nothing", 0, 0, "no value"),
        ("{\"a\":1", 2, 6, "ends before"),
        ("{\"a\" 1}", 1, 5, "colon"),
        ("[1 2]", 2, 3, "comma"),
        ("[1,]", 2, 3, "no value"),
        ("{,}", 1, 1, "name in quotes"),
        ("[1}", 2, 2, "isn't open"),
        ("{} {}", 1, 3, "follows"),
        ("\"abc", 0, 0, "never closed"),
        ("[\"a\nb\"]", 1, 1, "control character"),
        ("[01]", 1, 1, "no value"),
    ] {
        let outline = read(text);
        let fault = outline.fault().unwrap();
        assert!(fault.why.contains(why), "{text}: {}", fault.why);
        assert_eq!((outline.len(), fault.at), (nodes, at), "{text}");
    }
}

#[test]
fn depth_and_number_have_bounds_but_depth_alone_is_no_fault() {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    let outline = read(&deep);
    assert_eq!((outline.len(), outline.fault()), (20_000, None));
    assert_eq!(outline.jq_path(19_999).len(), 1 + 3 * 19_999);
    let many = format!("[{}1]", "1,".repeat(MAX_NODES));
    let outline = read(&many);
    assert_eq!(outline.len(), MAX_NODES);
    assert!(outline.fault().unwrap().why.contains("more values"));
}

#[test]
fn customers_values_are_known_by_every_name_above_them() {
    let outline = read(r#"{"n\u0061me":"J","attributes":{"a":{"b":"x"}},"state":"s"}"#);
    let theirs: Vec<bool> = outline.nodes().map(|node| node.is_customers).collect();
    assert_eq!(theirs, [false, true, true, true, true, false]);
}

#[test]
fn names_and_values_are_found_without_case_and_masked_ones_only_as_shown() {
    let outline =
        read(r#"{"state":"Connected","name":"Jane","x":"gr\u00fc\u00dfe","stated":7,"y":"state"}"#);
    assert_eq!(outline.find("STATE", false), [1, 4, 5]);
    assert_eq!(outline.find(".state", false), [1, 4]);
    assert_eq!(outline.find("=state", false), [5]);
    assert_eq!(outline.find("connected", true), [1]);
    assert_eq!(outline.find("GRÜSSE", false), [] as [usize; 0]);
    assert_eq!(outline.find("GRÜ", false), [3]);
    assert_eq!(outline.find("jane", false), [2]);
    assert_eq!(outline.find("jane", true), [] as [usize; 0]);
    assert_eq!(outline.find("7", false), [4]);
    assert_eq!(outline.find("", false), [] as [usize; 0]);
}

#[test]
fn what_is_copied_is_harmless_and_says_the_same() {
    let text = "{\"a\":\"x\u{202e}y\u{e0001}\"}";
    let copied = read(text).json(0);
    assert_eq!(copied, r#"{"a":"x\u202ey\udb40\udc01"}"#);
    let (before, after): (Value, Value) =
        (serde_json::from_str(text).unwrap(), serde_json::from_str(&copied).unwrap());
    assert_eq!(before, after);
}

#[test]
fn the_beginning_of_a_text_is_that_of_the_whole_and_no_more_of_it_is_read() {
    let long = format!("\n{}", "x".repeat(100_000));
    for text in ["", "a", "äö€", "a\"b\\c\n\u{1}d", "😀x😀😀y", "日本語サポート", &long]
    {
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        for token in [serde_json::to_string(text).unwrap(), format!("\"{escaped}\"")] {
            let outline = read(&format!("{{{token}:{token}}}"));
            for characters in 0..12 {
                let beginning: String = text.chars().take(characters).collect();
                assert_eq!(
                    outline.string_within(1, characters),
                    Some(beginning.clone()),
                    "{token}"
                );
                assert_eq!(outline.label_within(1, characters), beginning, "{token}");
            }
        }
    }
    for broken in [r#"["\ud83d and more"]"#, r#"["a\ud83d\u0041b"]"#] {
        let outline = read(broken);
        let whole = outline.string(1).expect("a text");
        for characters in 0..12 {
            let told = outline.string_within(1, characters).expect("a text");
            assert!(whole.starts_with(&told), "{told} of {whole}");
            assert!(told.len() >= characters.min(3), "{told} of {whole}");
        }
        assert_eq!(outline.string_within(1, 12), Some(whole));
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The value at a node, by another reader's way of getting there.
fn follow<'a>(outline: &Outline, number: usize, whole: &'a Value) -> &'a Value {
    match outline.parent(number) {
        None => whole,
        Some(parent) => {
            let holder = follow(outline, parent, whole);
            match outline.name(number) {
                Some(name) => &holder[&name],
                None => &holder[outline.node(number).unwrap().place as usize],
            }
        }
    }
}

proptest! {
    #[test]
    fn another_reader_finds_the_same_at_every_path(value in json(), pretty in any::<bool>()) {
        let text = if pretty {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        let outline = read(&text);
        prop_assert_eq!(outline.fault(), None);
        let whole: Value = serde_json::from_str(&text).unwrap();
        for number in 0..outline.len() {
            let read: Value = serde_json::from_str(outline.value(number)).unwrap();
            prop_assert_eq!(&read, follow(&outline, number, &whole));
        }
    }

    #[test]
    fn nothing_that_comes_in_makes_it_panic(text in "[\\[\\]{}\",:\\\\ \n1a-]{0,40}|(?s).{0,40}") {
        let outline = read(&text);
        let is_json = serde_json::from_str::<Value>(&text).is_ok();
        prop_assert!(!is_json || outline.fault().is_none());
        for number in 0..outline.len() {
            let _ = (outline.jq_path(number), outline.filter_path(number), outline.json(number));
        }
    }

    #[test]
    fn what_another_reader_refuses_is_refused(text in "[\\[\\]{}\",: 1e.-]{0,12}") {
        // escapes aside, which are read when they are needed
        let outline = read(&text);
        let other = serde_json::from_str::<serde::de::IgnoredAny>(&text);
        prop_assert_eq!(outline.fault().is_none(), other.is_ok(), "{}", text);
    }
}
