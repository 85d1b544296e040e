//! The arrows between the layers point inward only: reads the `use` lines and every path, and
//! fails on a forbidden one.
use std::fs;
use std::path::{Path, PathBuf};

/// Most lines of code in a file, without tests, blank lines and comments: beyond it nobody reads
/// a file whole.
const MAX_LINES: usize = 500;

/// For each layer what its sources must not name.
const FORBIDDEN: &[(&str, &[&str])] = &[
    (
        "domain",
        &[
            "tokio",
            "ratatui",
            "crossterm",
            "reqwest",
            "hyper",
            "rustls",
            "keyring",
            "directories",
            "fastrand",
            "getrandom",
            "crate::cloud",
            "crate::tape",
            "crate::settings",
            "crate::tui",
            "crate::simulator",
            "crate::cli",
            "std::fs",
            "std::env",
            "std::net",
            "std::io",
            // threads that outlive a call are state; those of a scope only share out its work
            "thread::spawn",
            "thread::sleep",
            "std::process",
            "Instant",
            "SystemTime",
            "Timestamp::now",
        ],
    ),
    (
        "cloud",
        &[
            "ratatui",
            "crossterm",
            "keyring",
            "directories",
            "crate::tape",
            "crate::tui",
            "crate::settings",
            "crate::simulator",
            "crate::cli",
        ],
    ),
    (
        "tape",
        &[
            "ratatui",
            "crossterm",
            "reqwest",
            "tungstenite",
            "keyring",
            "directories",
            "crate::cloud",
            "crate::settings",
            "crate::tui",
            "crate::simulator",
            "crate::cli",
        ],
    ),
    (
        "settings",
        &[
            "tungstenite",
            "ratatui",
            "crossterm",
            "reqwest",
            "crate::cloud",
            "crate::tape",
            "crate::tui",
            "crate::simulator",
            "crate::cli",
        ],
    ),
    (
        "tui",
        &[
            "tokio",
            "reqwest",
            "tungstenite",
            "std::fs",
            "std::env",
            "std::net",
            "Instant",
            "SystemTime",
            "Timestamp::now",
            "crate::cloud",
            "crate::tape",
            "crate::settings",
            "crate::simulator",
            "crate::cli",
        ],
    ),
    (
        "simulator",
        &[
            "crate::domain",
            "crate::cloud",
            "crate::tape",
            "crate::settings",
            "crate::tui",
            "crate::cli",
            "ratatui",
            "crossterm",
            "keyring",
            "reqwest",
        ],
    ),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The code of a file without comments and blank lines, and without its tests, which may use what
/// they need. Of an item under `#[cfg(test)]` only that item is left out, be it a line
/// (`mod tests;`) or a block that ends with a brace at the line's beginning: what follows counts.
fn code(text: &str) -> String {
    let mut kept = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("#[cfg(test)]") {
            let item = lines.by_ref().find(|line| !line.starts_with("#["));
            if item.is_some_and(|item| !item.ends_with([';', '}'])) {
                lines.by_ref().find(|line| line.starts_with('}'));
            }
            continue;
        }
        let bare = line.split("//").next().unwrap_or_default();
        if !bare.trim().is_empty() {
            kept.push(bare);
        }
    }
    kept.join("\n")
}

/// Whether `code` names `word` as a whole path segment or path.
fn names(code: &str, word: &str) -> bool {
    let is_part =
        |character: Option<char>| character.is_some_and(|c| c.is_alphanumeric() || c == '_');
    code.match_indices(word).any(|(at, _)| {
        !is_part(code[..at].chars().next_back()) && !is_part(code[at + word.len()..].chars().next())
    })
}

#[test]
fn arrows_point_inward() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for (layer, forbidden) in FORBIDDEN {
        let mut files = vec![root.join(format!("{layer}.rs"))];
        sources(&root.join(layer), &mut files);
        assert!(files.len() > 3, "{layer} has moved");
        for file in files.iter().filter(|file| !is_test(file)) {
            let code = code(&fs::read_to_string(file).unwrap_or_default());
            for word in forbidden.iter().filter(|word| names(&code, word)) {
                faults.push(format!("{} names {word}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

fn is_test(file: &Path) -> bool {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    name == "tests"
        || name == "testing"
        || file.components().any(|part| part.as_os_str() == "tests")
}

#[test]
fn files_stay_readable_and_modules_say_what_they_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    for file in files {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let lines = code(&text).lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines of code", file.display());
        assert_ne!(file.file_name().unwrap_or_default(), "mod.rs", "{}", file.display());
        assert!(
            is_test(&file) || text.starts_with("//!"),
            "{} doesn't say what it is for",
            file.display()
        );
    }
}

#[test]
fn a_forbidden_arrow_would_be_seen() {
    assert!(names("use crate::cloud::Mailbox;", "crate::cloud"));
    assert!(names("let now = Timestamp::now();", "Timestamp::now"));
    assert!(!names("use crate::clouds::x;", "crate::cloud"));
    assert!(!names(&code("// tokio is not used\n#[cfg(test)]\nuse tokio;"), "tokio"));
}

#[test]
fn an_arrow_below_the_tests_would_be_seen_too() {
    for tests in [
        "#[cfg(test)]\nmod tests;\n",
        "#[cfg(test)]\n#[path = \"x.rs\"]\nmod tests;\n",
        "#[cfg(test)]\nmod tests {\n    use reqwest::get;\n}\n",
    ] {
        let code =
            code(&format!("//! What it is for.\n{tests}\nuse tokio::spawn; // as reqwest\n"));
        assert!(names(&code, "tokio"), "{tests}");
        assert!(!names(&code, "reqwest") && !names(&code, "tests"), "{tests}");
        assert_eq!(code.lines().count(), 1, "{code}");
    }
}
