//! Documents that are made from the program's own tables are as the tables are now.
//!
//! After a change, `GCWATCH_UPDATE_DOCUMENTS=1 cargo test --test documents` writes them anew.
use gcwatch::tui::{SIGNS, actions};
use std::fmt::Write;
use std::path::Path;

/// Compares a document with what it should be; writes it if that is asked for.
fn hold(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("GCWATCH_UPDATE_DOCUMENTS").is_some() {
        std::fs::write(&path, made).expect("docs/ can be written");
    }
    let there = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        there == made,
        "docs/{name} is out of date: run GCWATCH_UPDATE_DOCUMENTS=1 cargo test --test documents"
    );
}

#[test]
fn the_page_of_keys_is_the_table_of_actions() {
    let mut page = "# Keys\n\n\
        Made from the table that the program itself uses. `?` shows the keys of the present screen, and\n\
        `:` finds any action by its name and says why one isn't available now.\n\n\
        | keys | what they do | where | name |\n|---|---|---|---|\n"
        .to_owned();
    for entry in actions() {
        let keys: Vec<String> = entry
            .keys
            .iter()
            .map(|key| format!("`{}`", key.to_string().replace('|', "\\|")))
            .collect();
        // writing to a string cannot fail
        let _ = writeln!(
            page,
            "| {} | {} | {} | `{}` |",
            keys.join(" "),
            entry.sentence,
            entry.place_words(),
            entry.name
        );
    }
    page.push_str(
        "\n## Signs before a conversation\n\n\
        `?` shows them too, with the focus on the conversations. In ASCII where a terminal has no more.\n\n\
        | sign | ASCII | meaning |\n|---|---|---|\n",
    );
    for sign in SIGNS {
        let _ = writeln!(page, "| `{}` | `{}` | {} |", sign.shown, sign.plain, sign.means);
    }
    hold("keys.md", &page);
}
