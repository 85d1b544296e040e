//! Changes to the file's document that leave everything else as the user wrote it.
use super::{AlertSettings, Choice, Profile, TopicSet};
use crate::domain::board::Sort;
use crate::domain::board::layout::{Layout, Listing};
use std::path::Path;
use toml_edit::{Array, ArrayOfTables, DocumentMut, Item, Table, TableLike, value};

/// Adds a profile or changes it to exactly this.
pub(super) fn set_profile(document: &mut DocumentMut, name: &str, profile: &Profile) {
    let profiles = document.entry("profiles").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let Some(profiles) = profiles.as_table_like_mut() else { return };
    if profiles.get(name).is_none() {
        profiles.insert(name, Item::Table(Table::new()));
    }
    let Some(table) = profiles.get_mut(name).and_then(Item::as_table_like_mut) else { return };
    let texts = [
        ("region", profile.region.clone()),
        ("client_id", profile.client_id.clone()),
        ("grant", profile.grant.map(|grant| grant.word().to_owned())),
        ("credentials", profile.credentials.map(|place| place.word().to_owned())),
        ("redirect_uri", profile.redirect_uri.clone()),
        ("api_url", profile.api_url.clone()),
        ("login_url", profile.login_url.clone()),
        (
            "ca_file",
            profile.ca_file.as_deref().map(Path::to_string_lossy).map(std::borrow::Cow::into_owned),
        ),
    ];
    for (key, text) in texts {
        set_text(table, key, text.as_deref());
    }
    let lists =
        [("queues", &profile.queues), ("users", &profile.users), ("topics", &profile.topics)];
    set_lists(table, lists);
}

/// Keeps a named set in a profile that is there.
pub(super) fn set_topic_set(document: &mut DocumentMut, profile: &str, name: &str, set: &TopicSet) {
    let profiles = document.get_mut("profiles").and_then(Item::as_table_like_mut);
    let table = profiles.and_then(|profiles| profiles.get_mut(profile));
    let Some(table) = table.and_then(Item::as_table_like_mut) else { return };
    let sets = table.entry("sets").or_insert_with(|| {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let Some(sets) = sets.as_table_like_mut() else { return };
    if sets.get(name).is_none() {
        sets.insert(name, Item::Table(Table::new()));
    }
    let Some(table) = sets.get_mut(name).and_then(Item::as_table_like_mut) else { return };
    set_lists(table, [("queues", &set.queues), ("users", &set.users), ("topics", &set.topics)]);
}

/// Writes the lists that differ from what stands there, and takes out those that are empty.
fn set_lists<const N: usize>(table: &mut dyn TableLike, lists: [(&str, &Vec<String>); N]) {
    for (key, list) in lists {
        let known: Option<Vec<&str>> = table
            .get(key)
            .and_then(Item::as_array)
            .map(|array| array.iter().filter_map(toml_edit::Value::as_str).collect());
        if known.unwrap_or_default() == *list {
            continue;
        }
        if list.is_empty() {
            table.remove(key);
        } else {
            let mut array: Array = list.iter().collect();
            if list.len() > 1 {
                // one a line: a person compares and edits it
                array.iter_mut().for_each(|entry| entry.decor_mut().set_prefix("\n    "));
                array.set_trailing("\n");
                array.set_trailing_comma(true);
            }
            table.insert(key, value(array));
        }
    }
}

/// Saves a filter under a name in a profile that is there, or takes it out.
pub(super) fn set_filter(
    document: &mut DocumentMut,
    profile: &str,
    name: &str,
    filter: Option<&str>,
) {
    let profiles = document.get_mut("profiles").and_then(Item::as_table_like_mut);
    let profile = profiles.and_then(|profiles| profiles.get_mut(profile)?.as_table_like_mut());
    let Some(profile) = profile else { return };
    if profile.get("filters").is_none() {
        profile.insert("filters", Item::Table(Table::new()));
    }
    let Some(filters) = profile.get_mut("filters").and_then(Item::as_table_like_mut) else {
        return;
    };
    set_text(filters, name, filter);
}

/// Keeps the columns and the sort of a list in a profile that is there; what the list does by itself
/// is left out.
pub(super) fn set_layout(
    document: &mut DocumentMut,
    profile: &str,
    list: Listing,
    layout: &Layout,
) {
    let profiles = document.get_mut("profiles").and_then(Item::as_table_like_mut);
    let profile = profiles.and_then(|profiles| profiles.get_mut(profile)?.as_table_like_mut());
    let Some(profile) = profile else { return };
    let implicit = || {
        let mut table = Table::new();
        table.set_implicit(true);
        Item::Table(table)
    };
    let lists = profile.entry("lists").or_insert_with(implicit);
    let Some(lists) = lists.as_table_like_mut() else { return };
    if *layout == Layout::default() {
        lists.remove(list.word());
        return;
    }
    if lists.get(list.word()).is_none() {
        lists.insert(list.word(), Item::Table(Table::new()));
    }
    let Some(table) = lists.get_mut(list.word()).and_then(Item::as_table_like_mut) else { return };
    let columns: Vec<String> = layout.columns.iter().map(ToString::to_string).collect();
    set_lists(table, [("columns", &columns)]);
    let sort = (layout.sort != Sort::default()).then(|| layout.sort.to_string());
    set_text(table, "sort", sort.as_deref());
}

/// Writes a text if it differs from what stands there, with the comment beside it kept; takes it out
/// if there is none.
fn set_text(table: &mut dyn TableLike, key: &str, text: Option<&str>) {
    let Some(text) = text else {
        table.remove(key);
        return;
    };
    if table.get(key).and_then(Item::as_str) == Some(text) {
        return;
    }
    let decor = table.get(key).and_then(Item::as_value).map(|old| old.decor().clone());
    let mut item = value(text);
    if let (Some(decor), Some(new)) = (decor, item.as_value_mut()) {
        *new.decor_mut() = decor;
    }
    table.insert(key, item);
}

/// Changes the rule of that name to exactly this, or adds one.
pub(super) fn set_rule(document: &mut DocumentMut, before: Option<&str>, rule: &AlertSettings) {
    let tables = document.entry("alert").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let Some(tables) = tables.as_array_of_tables_mut() else { return };
    let is_it = |table: &Table| table.get("name").and_then(Item::as_str) == before;
    let place = before.and_then(|_| tables.iter().position(is_it));
    let place = place.unwrap_or_else(|| {
        tables.push(Table::new());
        tables.len() - 1
    });
    let Some(table) = tables.get_mut(place) else { return };
    let texts = [
        ("name", Some(&rule.name)),
        ("queues", rule.queues.as_ref()),
        ("warning", rule.warning.as_ref()),
        ("critical", rule.critical.as_ref()),
    ];
    for (key, text) in texts {
        set_text(table, key, text.map(String::as_str));
    }
}

/// Removes the rule of that name. A comment right above it goes with it; one that a blank line separates
/// is about something else, and stays.
pub(super) fn remove_rule(document: &mut DocumentMut, name: &str) {
    let Some(tables) = document.get_mut("alert").and_then(Item::as_array_of_tables_mut) else {
        return;
    };
    let is_it = |table: &Table| table.get("name").and_then(Item::as_str) == Some(name);
    let Some(place) = tables.iter().position(is_it) else { return };
    let above = tables.get(place).and_then(|table| table.decor().prefix()?.as_str());
    let kept = above.and_then(|above| above.rsplit_once("\n\n")).map(|(kept, _)| kept.to_owned());
    tables.remove(place);
    if tables.is_empty() {
        document.remove("alert");
    }
    if let Some(kept) = kept.filter(|kept| kept.contains('#')) {
        let again = format!("{}\n\n{document}", kept.trim());
        if let Ok(again) = again.parse() {
            *document = again;
        }
    }
}

/// Removes a profile, and its name from `default_profile`.
pub(super) fn remove_profile(document: &mut DocumentMut, name: &str) {
    if let Some(profiles) = document.get_mut("profiles").and_then(Item::as_table_like_mut) {
        profiles.remove(name);
    }
    if document.get("default_profile").and_then(Item::as_str) == Some(name) {
        document.remove("default_profile");
    }
}

/// Makes a profile the default.
pub(super) fn set_default(document: &mut DocumentMut, name: &str) {
    document["default_profile"] = value(name);
}
