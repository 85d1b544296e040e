//! What a tree shows of a frame, and where its cursor goes.
use super::{Tree, end_of};
use crate::domain::outline::Outline;
use std::sync::Arc;
use unicode_width::UnicodeWidthStr;

fn tree(text: &str) -> Tree {
    Tree::of(Outline::read(&Arc::from(text)), None)
}

fn paths(tree: &Tree) -> Vec<String> {
    tree.rows.iter().map(|row| tree.outline.jq_path(*row as usize)).collect()
}

const FRAME: &str = r#"{"a":{"b":[1,{"c":2}],"d":3},"e":{"b":[4]}}"#;

#[test]
fn nodes_are_closed_one_by_one_and_to_a_depth() {
    let mut tree = tree(FRAME);
    assert_eq!(tree.position(), (1, 10));
    tree.close_all();
    assert_eq!(paths(&tree), [".", ".a", ".e"]);
    assert_eq!(tree.deepen(true), 2);
    assert_eq!(paths(&tree), [".", ".a", ".a.b", ".a.d", ".e", ".e.b"]);
    tree.go(2);
    assert!(tree.toggle());
    assert_eq!(paths(&tree)[2..6], [".a.b", ".a.b[0]", ".a.b[1]", ".a.d"]);
    tree.open_all();
    tree.go(3);
    assert_eq!(tree.path, ".a.b[1].c");
    assert!(!tree.toggle(), "a leaf holds nothing");
    assert_eq!(tree.deepen(false), 3);
    assert_eq!(tree.path, ".a.b[1]", "the cursor goes to what hides it");
    tree.go_out();
    assert_eq!(tree.path, ".a.b");
    (0..9).for_each(|_| {
        tree.deepen(false);
    });
    assert_eq!(paths(&tree), [".", ".a", ".e"], "the outermost stays open");
}

#[test]
fn a_match_is_opened_and_the_next_comes_round() {
    let mut tree = tree(FRAME);
    tree.close_all();
    tree.search(".b", false);
    assert_eq!((tree.matches(), tree.path.as_str()), (2, ".a.b"));
    tree.step_match(true);
    assert_eq!(tree.path, ".e.b");
    tree.step_match(true);
    assert_eq!(tree.path, ".a.b");
    tree.step_match(false);
    assert_eq!(tree.path, ".e.b");
    tree.search("", false);
    assert_eq!((tree.matches(), tree.path.as_str()), (0, ".e.b"));
}

#[test]
fn the_cursor_follows_a_field_through_frames() {
    let mut before = tree(FRAME);
    before.search("=2", false);
    assert_eq!(before.path, ".a.b[1].c");
    let mut after = tree(r#"{"x":0,"A":{"b":[1,{"z":1,"c":5}]}}"#);
    after.follow(&before);
    assert_eq!(after.path, ".A.b[1].c");
    let mut other = tree(r#"{"a":{"b":"gone"}}"#);
    other.follow(&before);
    assert_eq!(other.path, ".a.b", "as far as the way is the same");
}

#[test]
fn only_what_fits_is_in_the_window_whatever_the_size() {
    let many = format!("[{}0]", "1,".repeat(100_000));
    let mut tree = tree(&many);
    tree.fit_into(20, false);
    tree.go(isize::MAX / 2);
    assert_eq!(tree.position(), (100_002, 100_002));
    assert_eq!((tree.page(), tree.offset), (15, 100_002 - 15));
    tree.fit_into(40, true);
    assert_eq!((tree.page(), tree.offset), (20, 100_002 - 20));
}

#[test]
fn masked_values_stay_masked_whatever_their_kind() {
    let tree = tree(r#"{"attributes":{"account":12345678,"s":"Jane"},"n":1}"#);
    assert_eq!(tree.shown_value(2, true).as_deref(), Some("12345…678"));
    assert_eq!(tree.shown_value(3, true).as_deref(), Some("J…"));
    assert_eq!(tree.shown_value(3, false).as_deref(), Some("Jane"));
    assert_eq!(tree.shown_value(4, true).as_deref(), Some("1"));
    assert_eq!(tree.shown_value(1, true), None);
}

#[test]
fn of_a_path_the_end_is_kept() {
    assert_eq!(end_of(".a.b", 4), ".a.b");
    assert_eq!(end_of(".eventBody.state", 8), "…y.state");
    assert!(end_of(&"[日本]".repeat(20_000), 30).width() <= 30);
}
