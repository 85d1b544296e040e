//! The compact description of bodies is what the vendor's classes make.
//!
//! After a change of either, `GCWATCH_TEST_DATA=FOLDER cargo run --example schemas` writes it anew.
use std::path::Path;

#[path = "../examples/schemas/compact.rs"]
mod compact;

#[test]
fn the_description_is_up_to_date() {
    let Some(folder) = std::env::var_os("GCWATCH_TEST_DATA") else {
        println!("skipped: GCWATCH_TEST_DATA is not set");
        return;
    };
    let input = std::fs::read_to_string(Path::new(&folder).join("topic-schemas.json"))
        .expect("the folder has the classes");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/schemas.txt");
    let there = std::fs::read_to_string(path).expect("there is a description");
    let made = compact::compact(&input).expect("it can be made");
    // not compared by assert_eq: it would print both
    assert!(there == made, "assets/schemas.txt is stale: run cargo run --example schemas");
}

#[test]
fn classes_that_hold_the_same_become_one_even_when_they_hold_themselves() {
    let input = r#"{
        "topics": [{"topic": "v2.a", "class": "A"}, {"topic": "v2.b", "class": "B"}],
        "classes": {
            "A": {"next": {"ref": "A"}, "kind": {"enum": ["x", "y"]}, "at": "date-time"},
            "B": {"next": {"ref": "A"}, "kind": {"enum": ["x", "y"]}, "at": "date-time"},
            "C": {"unused": "string"}
        }
    }"#;
    let made = compact::compact(input).expect("it can be made");
    let lines: Vec<&str> = made.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines, ["e x y", "c at:d kind:e0 next:c0", "t v2.a c0", "t v2.b c0"]);
    assert!(compact::compact(r#"{"topics":[{"topic":"v2.a","class":"A"}],"classes":{}}"#).is_err());
}
