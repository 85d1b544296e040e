//! From text to [`Config`], with the exact place of each mistake: what is wrong is left out, and the rest is
//! read, so that one start tells all there is to mend.
//!
//! Done by hand on the parsed document, because a derived deserializer reports neither the nearest
//! allowed key nor, for a value, the key it belongs to.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::path::PathBuf;

use toml_edit::{Document, DocumentMut, Item, Key, TableLike};

use super::{
    Choice, Complaint, Config, Display, MOST_FILTERS, MOST_PROFILES, MOST_SELECTORS, MOST_SETS,
    Profile, TopicSet, WALL_SECONDS, nearest,
};
use crate::domain::region::{REGIONS, Region};
use crate::settings::{ProfileName, SettingsError};

/// The keys of the file, of a profile and of the display, in the order of the template.
pub(super) const TOP_KEYS: &[&str] =
    &["default_profile", "display", "profiles", "keys", "alert", "notify"];
pub(super) const PROFILE_KEYS: &[&str] = &[
    "region",
    "client_id",
    "grant",
    "credentials",
    "redirect_uri",
    "api_url",
    "login_url",
    "queues",
    "users",
    "topics",
    "sets",
    "filters",
    "lists",
    "ca_file",
];
const SET_KEYS: &[&str] = &["queues", "users", "topics"];
pub(super) const DISPLAY_KEYS: &[&str] =
    &["mask", "theme", "colors", "symbols", "mouse", "wall_seconds", "noise"];

/// Keys that a person may try here although a secret must never stand in this file.
const SECRET_KEYS: &[&str] = &["client_secret", "secret", "access_token", "token", "password"];

/// The longest text value, in characters: longer than any address or name.
const LONGEST_TEXT: usize = 2048;

/// Reads a text; the document comes back as well, for changes.
///
/// Every mistake is told, in the order of the file; where there is one, `more` adds what else is wrong with
/// what could be read. Broken syntax is the only mistake then, since nothing behind it can be read.
pub(super) fn read(
    text: &str,
    more: impl Fn(&Config) -> Vec<Complaint>,
) -> Result<(DocumentMut, Config), Vec<Complaint>> {
    let document = Document::parse(text).map_err(|error| {
        let (line, column) = position(text, error.span().map_or(0, |span| span.start));
        // The parser's reasons may span lines.
        let problem = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
        let (key, allowed, suggestion) = (String::new(), String::new(), None);
        vec![Complaint { line, column, key, problem, allowed, suggestion }]
    })?;
    let mut complaints = Vec::new();
    let config = Reader { text }.config(document.as_table(), &mut complaints);
    if complaints.is_empty() {
        return Ok((document.into_mut(), config));
    }
    complaints.extend(more(&config));
    complaints.sort_by_key(|complaint| (complaint.line, complaint.column));
    Err(complaints)
}

/// What was read; or the complaint is kept, and there is nothing.
pub(super) fn kept<T>(read: Result<T, Complaint>, complaints: &mut Vec<Complaint>) -> Option<T> {
    read.map_err(|complaint| complaints.push(complaint)).ok()
}

/// Line and column, from 1; the column counts characters, as editors do.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before[start..].chars().count() + 1)
}

pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
}

/// One entry of a table, with what is needed to complain about it.
pub(super) struct Entry<'d> {
    pub(super) path: String,
    pub(super) key: &'d Key,
    pub(super) item: &'d Item,
}

impl Entry<'_> {
    /// Where the value stands, or its key for tables that have no place of their own.
    pub(super) fn value_span(&self) -> Option<Range<usize>> {
        self.item.span().or_else(|| self.key.span())
    }
}

impl Reader<'_> {
    fn config(&self, table: &dyn TableLike, complaints: &mut Vec<Complaint>) -> Config {
        let mut config = Config::default();
        for entry in entries("", table) {
            match entry.key.get() {
                "default_profile" => {
                    config.default_profile = kept(self.profile_name(&entry), complaints);
                }
                "profiles" => config.profiles = self.profiles(&entry, complaints),
                "display" => config.display = self.display(&entry, complaints),
                "alert" => config.alerts = self.alerts(&entry, complaints),
                "keys" => config.keys = self.keys(&entry, complaints),
                "notify" => config.notify = self.notify(&entry, complaints),
                _ => complaints.push(self.unknown(&entry, TOP_KEYS)),
            }
        }
        config
    }

    /// The entries of a table; none where it isn't one, which is told.
    fn entries_of<'d>(
        &self,
        parent: &Entry<'d>,
        complaints: &mut Vec<Complaint>,
    ) -> Vec<Entry<'d>> {
        let table = kept(self.table(parent), complaints);
        table.map(|table| entries(&parent.path, table).collect()).unwrap_or_default()
    }

    fn profiles(
        &self,
        parent: &Entry<'_>,
        complaints: &mut Vec<Complaint>,
    ) -> BTreeMap<String, Profile> {
        let mut profiles = BTreeMap::new();
        for entry in self.entries_of(parent, complaints) {
            if profiles.len() >= MOST_PROFILES {
                let problem = "there are too many profiles".to_owned();
                complaints.push(self.at_key(&entry, problem, format!("at most {MOST_PROFILES}")));
                break;
            }
            let name = ProfileName::parse(entry.key.get())
                .map_err(|error| self.at_key(&entry, reason(&error), String::new()));
            let profile = self.profile(&entry, complaints);
            if let Some(name) = kept(name, complaints) {
                profiles.insert(name.as_str().to_owned(), profile);
            }
        }
        profiles
    }

    fn profile(&self, parent: &Entry<'_>, complaints: &mut Vec<Complaint>) -> Profile {
        let mut profile = Profile::default();
        for entry in self.entries_of(parent, complaints) {
            match entry.key.get() {
                "region" => profile.region = kept(self.region(&entry), complaints),
                "client_id" => profile.client_id = kept(self.text(&entry), complaints),
                "grant" => profile.grant = kept(self.choice(&entry), complaints),
                "credentials" => profile.credentials = kept(self.choice(&entry), complaints),
                "redirect_uri" => profile.redirect_uri = kept(self.text(&entry), complaints),
                "api_url" => profile.api_url = kept(self.text(&entry), complaints),
                "login_url" => profile.login_url = kept(self.text(&entry), complaints),
                "queues" => profile.queues = self.list_or_none(&entry, complaints),
                "users" => profile.users = self.list_or_none(&entry, complaints),
                "topics" => profile.topics = self.list_or_none(&entry, complaints),
                "sets" => profile.sets = self.sets(&entry, complaints),
                "filters" => profile.filters = self.filters(&entry, complaints),
                "lists" => profile.lists = self.lists(&entry, complaints),
                "ca_file" => {
                    profile.ca_file = kept(self.text(&entry), complaints).map(PathBuf::from);
                }
                _ => complaints.push(self.unknown(&entry, PROFILE_KEYS)),
            }
        }
        profile
    }

    fn sets(
        &self,
        parent: &Entry<'_>,
        complaints: &mut Vec<Complaint>,
    ) -> BTreeMap<String, TopicSet> {
        let mut sets = BTreeMap::new();
        for entry in self.entries_of(parent, complaints) {
            if sets.len() >= MOST_SETS {
                let problem = "there are too many sets".to_owned();
                complaints.push(self.at_key(&entry, problem, format!("at most {MOST_SETS}")));
                break;
            }
            let name = entry.key.get();
            if let Err(SettingsError::BadProfileName { reason, .. }) = ProfileName::parse(name) {
                let problem = format!("this cannot be the name of a set: {reason}");
                complaints.push(self.at_key(&entry, problem, String::new()));
            }
            let mut set = TopicSet::default();
            for entry in self.entries_of(&entry, complaints) {
                match entry.key.get() {
                    "queues" => set.queues = self.list_or_none(&entry, complaints),
                    "users" => set.users = self.list_or_none(&entry, complaints),
                    "topics" => set.topics = self.list_or_none(&entry, complaints),
                    _ => complaints.push(self.unknown(&entry, SET_KEYS)),
                }
            }
            sets.insert(name.to_owned(), set);
        }
        sets
    }

    fn filters(
        &self,
        parent: &Entry<'_>,
        complaints: &mut Vec<Complaint>,
    ) -> BTreeMap<String, String> {
        let mut filters = BTreeMap::new();
        for entry in self.entries_of(parent, complaints) {
            if filters.len() >= MOST_FILTERS {
                let problem = "there are too many filters".to_owned();
                complaints.push(self.at_key(&entry, problem, format!("at most {MOST_FILTERS}")));
                break;
            }
            if let Some(filter) = kept(self.text(&entry), complaints) {
                filters.insert(entry.key.get().to_owned(), filter);
            }
        }
        filters
    }

    fn display(&self, parent: &Entry<'_>, complaints: &mut Vec<Complaint>) -> Display {
        let mut display = Display::default();
        for entry in self.entries_of(parent, complaints) {
            match entry.key.get() {
                "mask" => display.mask = kept(self.flag(&entry), complaints),
                "theme" => display.theme = kept(self.choice(&entry), complaints),
                "mouse" => display.mouse = kept(self.flag(&entry), complaints),
                "wall_seconds" => {
                    display.wall_seconds = kept(self.number(&entry, &WALL_SECONDS), complaints);
                }
                "noise" => display.noise = kept(self.list(&entry), complaints),
                "colors" => display.colors = kept(self.choice(&entry), complaints),
                "symbols" => display.symbols = kept(self.choice(&entry), complaints),
                _ => complaints.push(self.unknown(&entry, DISPLAY_KEYS)),
            }
        }
        display
    }

    fn list_or_none(&self, entry: &Entry<'_>, complaints: &mut Vec<Complaint>) -> Vec<String> {
        kept(self.list(entry), complaints).unwrap_or_default()
    }

    fn flag(&self, entry: &Entry<'_>) -> Result<bool, Complaint> {
        entry.item.as_bool().ok_or_else(|| self.wrong(entry, "true or false"))
    }

    fn number(&self, entry: &Entry<'_>, allowed: &RangeInclusive<u64>) -> Result<u64, Complaint> {
        let words = format!("a whole number from {} to {}", allowed.start(), allowed.end());
        let number = entry.item.as_integer().ok_or_else(|| self.wrong(entry, &words))?;
        let fitting = u64::try_from(number).ok().filter(|number| allowed.contains(number));
        fitting
            .ok_or_else(|| self.at_value(entry, format!("{number} is not a value for it"), &words))
    }

    pub(super) fn table<'d>(&self, entry: &Entry<'d>) -> Result<&'d dyn TableLike, Complaint> {
        entry.item.as_table_like().ok_or_else(|| self.wrong(entry, "a table"))
    }

    fn profile_name(&self, entry: &Entry<'_>) -> Result<String, Complaint> {
        let text = self.text(entry)?;
        ProfileName::parse(&text).map_err(|error| self.at_value(entry, reason(&error), ""))?;
        Ok(text)
    }

    pub(super) fn text(&self, entry: &Entry<'_>) -> Result<String, Complaint> {
        let text = entry.item.as_str().ok_or_else(|| self.wrong(entry, "text in quotes"))?;
        match text_problem(text) {
            Some(problem) => Err(self.at_value(entry, problem.to_owned(), "")),
            None => Ok(text.to_owned()),
        }
    }

    /// A region, checked here so that a mistake is told with its line.
    fn region(&self, entry: &Entry<'_>) -> Result<String, Complaint> {
        let text = self.text(entry)?;
        Region::parse(&text).map(|_| text.clone()).map_err(|error| {
            let problem = format!("\"{}\" is no region", shortened(&text));
            let ids = REGIONS.map(|(id, _)| id).join(", ");
            let allowed = format!("{ids}, or a bare domain such as usw2.pure.cloud");
            let suggestion = error.nearest.map(str::to_owned);
            Complaint { suggestion, ..self.at_value(entry, problem, &allowed) }
        })
    }

    pub(super) fn list(&self, entry: &Entry<'_>) -> Result<Vec<String>, Complaint> {
        let allowed = "a list of texts in quotes, as in [\"one\", \"two\"]";
        let array = entry.item.as_array().ok_or_else(|| self.wrong(entry, allowed))?;
        if array.len() > MOST_SELECTORS {
            let most = format!("at most {MOST_SELECTORS}");
            return Err(self.at_value(entry, "the list is too long".to_owned(), &most));
        }
        let mut list = Vec::with_capacity(array.len());
        for value in array {
            let problem = match value.as_str() {
                Some(text) => text_problem(text).map(str::to_owned),
                None => Some(format!("one entry is {}", article(value.type_name()))),
            };
            if let Some(problem) = problem {
                let span = value.span().or_else(|| entry.value_span());
                return Err(self.complain(span, entry, problem, allowed.to_owned()));
            }
            list.extend(value.as_str().map(str::to_owned));
        }
        Ok(list)
    }

    pub(super) fn choice<T: Choice>(&self, entry: &Entry<'_>) -> Result<T, Complaint> {
        let words = || T::WORDS.iter().map(|(word, _)| *word);
        let allowed = words().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let text = entry.item.as_str().ok_or_else(|| self.wrong(entry, &allowed))?;
        let found = T::WORDS.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        found.ok_or_else(|| {
            let problem = format!("\"{}\" is not a value for it", shortened(text));
            let suggestion = nearest(text, words());
            Complaint { suggestion, ..self.at_value(entry, problem, &allowed) }
        })
    }

    pub(super) fn unknown(&self, entry: &Entry<'_>, allowed: &[&str]) -> Complaint {
        let key = entry.key.get();
        let suggestion = nearest(key, allowed.iter().copied());
        let is_secret = SECRET_KEYS.iter().any(|secret| key.eq_ignore_ascii_case(secret));
        if is_secret {
            let problem = "a secret must not stand in this file; remove it, and store it with `gcwatch login`";
            return self.at_key(entry, problem.to_owned(), String::new());
        }
        let complaint = self.at_key(entry, "there is no such key".to_owned(), allowed.join(", "));
        Complaint { suggestion, ..complaint }
    }

    /// A value of a wrong type. The value itself is not repeated: it may be long.
    pub(super) fn wrong(&self, entry: &Entry<'_>, allowed: &str) -> Complaint {
        let problem = format!("it is {}", article(entry.item.type_name()));
        self.at_value(entry, problem, allowed)
    }

    pub(super) fn at_key(&self, entry: &Entry<'_>, problem: String, allowed: String) -> Complaint {
        self.complain(entry.key.span().or_else(|| entry.item.span()), entry, problem, allowed)
    }

    fn at_value(&self, entry: &Entry<'_>, problem: String, allowed: &str) -> Complaint {
        self.complain(entry.value_span(), entry, problem, allowed.to_owned())
    }

    /// Line and column, from 1.
    pub(super) fn place(&self, span: Option<Range<usize>>) -> (usize, usize) {
        position(self.text, span.map_or(0, |span| span.start))
    }

    pub(super) fn complain(
        &self,
        span: Option<Range<usize>>,
        entry: &Entry<'_>,
        problem: String,
        allowed: String,
    ) -> Complaint {
        let (line, column) = self.place(span);
        Complaint { line, column, key: entry.path.clone(), problem, allowed, suggestion: None }
    }
}

pub(super) fn entries<'d>(
    parent: &str,
    table: &'d dyn TableLike,
) -> impl Iterator<Item = Entry<'d>> {
    let prefix = if parent.is_empty() { String::new() } else { format!("{parent}.") };
    table.iter().filter_map(move |(name, _)| {
        let (key, item) = table.get_key_value(name)?;
        Some(Entry { path: format!("{prefix}{}", shortened(name)), key, item })
    })
}

fn text_problem(text: &str) -> Option<&'static str> {
    if text.trim().is_empty() {
        Some("it is empty; leave the key out instead")
    } else if text.chars().count() > LONGEST_TEXT {
        Some("it is too long")
    } else if text.chars().any(char::is_control) {
        Some("it contains control characters")
    } else {
        None
    }
}

fn reason(error: &SettingsError) -> String {
    match error {
        SettingsError::BadProfileName { reason, .. } => {
            format!("this cannot be the name of a profile: {reason}")
        }
        other => other.to_string(),
    }
}

fn article(type_name: &str) -> String {
    let article = if type_name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {type_name}")
}

/// For a message: short, and harmless for a terminal.
pub(super) fn shortened(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}
