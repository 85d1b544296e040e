//! `topics`: the catalogue with transports and permissions, from the service, the cache, or what is
//! built in.
use super::arguments::ConnectionArguments;
use super::connect;
use super::problem::Problem;
use super::simulated::runtime;
use crate::cloud::ServiceClient;
use crate::domain::available::{AvailableTopic, AvailableTopics, Granted, Requirement, Verdict};
use crate::domain::nearest::nearest;
use crate::domain::session::{Failure, FailureKind};
use crate::settings::SettingsError;
use crate::settings::topic_cache::TopicCache;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::{Duration, SystemTime};
use unicode_width::UnicodeWidthStr;

/// Longest that the service is waited for: the list that is built in is better than nothing soon.
const ASK_LIMIT: Duration = Duration::from_secs(20);
/// Widest column of names, in columns of the terminal; longer names push the rest to the right.
const WIDEST_NAME: usize = 64;
/// Words of a search that found nothing are answered with this many names.
const MAX_PROPOSALS: usize = 3;

/// Where a catalogue is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Service,
    Cache,
    /// Out of the cache, and older than it should be.
    OldCache,
    BuiltIn,
}

impl Origin {
    fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Cache | Self::OldCache => "cache",
            Self::BuiltIn => "built-in",
        }
    }
}

/// A catalogue, and what else is known.
struct Found {
    topics: AvailableTopics,
    origin: Origin,
    granted: Granted,
}

impl Found {
    fn built_in() -> Self {
        let topics = AvailableTopics::default();
        Self { topics, origin: Origin::BuiltIn, granted: Granted::default() }
    }
}

/// Lists the topics that hold every word of `search`.
pub(super) fn topics(
    connection: &ConnectionArguments,
    search: &[String],
    as_json: bool,
) -> Result<String, Problem> {
    let found = find(connection)?;
    let text = search.join(" ");
    let shown = found.topics.search(&text);
    if shown.is_empty() {
        let words = || found.topics.iter().flat_map(|topic| topic.template.split('.'));
        let near = nearest(&text, words(), MAX_PROPOSALS);
        let proposal =
            if near.is_empty() { String::new() } else { format!("; similar: {}", near.join(", ")) };
        say(&format!(
            "no topic has every word of \"{text}\" in its name, description or transports{proposal}"
        ));
    }
    Ok(if as_json {
        as_json_line(&shown, &found)
    } else {
        as_table(&shown, &found, !text.is_empty())
    })
}

fn find(connection: &ConnectionArguments) -> Result<Found, Problem> {
    let settings = match connect::settings_or_none(connection)? {
        Err(SettingsError::NoProfile | SettingsError::Missing { .. }) => {
            say(
                "no credentials are configured: this is the built-in list, without transports and permissions; `gcwatch login` brings the service's own",
            );
            return Ok(Found::built_in());
        }
        other => other?,
    };
    let client = connect::client(&settings)?;
    let cache = TopicCache::of(&connect::places()?, &client.host());
    let kept = cache.read(SystemTime::now());
    let read = |answer: &[u8]| AvailableTopics::read(answer).ok();
    if let Some(topics) =
        kept.as_ref().filter(|kept| kept.is_fresh()).and_then(|kept| read(&kept.answer))
    {
        let granted = runtime()?.block_on(granted(&client));
        return Ok(Found { topics, origin: Origin::Cache, granted });
    }
    let asked = runtime()?.block_on(async {
        let answer = tokio::time::timeout(ASK_LIMIT, client.available_topics()).await;
        let answer = answer.unwrap_or_else(|_| Err(too_slow()))?;
        Ok::<_, Failure>((answer, granted(&client).await))
    });
    let why = match asked {
        Ok((answer, granted)) => match AvailableTopics::read(&answer) {
            Ok(topics) => {
                if let Err(error) = cache.keep(&answer) {
                    tracing::info!(%error, "the catalogue can't be kept");
                }
                return Ok(Found { topics, origin: Origin::Service, granted });
            }
            Err(reason) => format!("the catalogue of topics can't be read: {reason}"),
        },
        // whoever has wrong credentials must hear it here, and not in the middle of the night
        Err(failure) if is_of_credentials(failure.kind) => return Err(failure.into()),
        Err(failure) => failure.sentence,
    };
    let old = kept.and_then(|kept| Some((read(&kept.answer)?, kept.age)));
    let Some((topics, age)) = old else {
        say(&format!("{why}; this is the built-in list, without transports and permissions"));
        return Ok(Found::built_in());
    };
    let days = age.map_or("an unknown number of".to_owned(), |age| {
        (age.as_secs() / (24 * 60 * 60)).to_string()
    });
    say(&format!("{why}; this is what the service said {days} days ago"));
    Ok(Found { topics, origin: Origin::OldCache, granted: Granted::default() })
}

fn is_of_credentials(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::CredentialsRefused | FailureKind::TokenRefused)
}

fn too_slow() -> Failure {
    Failure {
        kind: FailureKind::Network,
        sentence: format!("the catalogue of topics did not come within {} s", ASK_LIMIT.as_secs()),
        retry_after: None,
        context_id: None,
    }
}

/// What the login may do; nothing is known where that can't be asked.
async fn granted(client: &ServiceClient) -> Granted {
    match tokio::time::timeout(ASK_LIMIT, client.granted()).await {
        Ok(Ok(granted)) => granted,
        Ok(Err(failure)) => {
            tracing::info!(sentence = failure.sentence, "what the login may do isn't known");
            Granted::default()
        }
        Err(_) => Granted::default(),
    }
}

fn as_json_line(shown: &[&AvailableTopic], found: &Found) -> String {
    let list: Vec<Value> = shown.iter().map(|topic| as_json(topic, &found.granted)).collect();
    format!("{}\n", json!({"source": found.origin.word(), "topics": list}))
}

/// One topic as scripts read it; `docs/topics.md` says what each field means.
fn as_json(topic: &AvailableTopic, granted: &Granted) -> Value {
    let requirements = topic.requirements.as_deref();
    let verdict = Verdict::of(requirements, granted);
    let (word, missing) = match &verdict {
        Verdict::Granted => ("granted", &[][..]),
        Verdict::ByDivision => ("by_division", &[][..]),
        Verdict::Missing(missing) => ("missing", missing.as_slice()),
        Verdict::PersonOnly => ("person_only", &[][..]),
        Verdict::AskedWhenSubscribing => ("unknown", &[][..]),
    };
    let details = requirements.map(|requirements| {
        let each = requirements.iter().map(|requirement| {
            json!({
                "type": requirement.kind.word(),
                "permissions": requirement.permissions,
                "allowsCurrentUser": requirement.allows_current_user,
            })
        });
        each.collect::<Vec<Value>>()
    });
    let permissions = requirements.map(|requirements| {
        let mut names: Vec<&String> =
            requirements.iter().flat_map(|requirement| &requirement.permissions).collect();
        names.sort_unstable();
        names.dedup();
        names
    });
    let ids: Vec<String> =
        topic.placeholders().iter().map(|place| place.word().to_owned()).collect();
    json!({
        "id": topic.template,
        "description": topic.description,
        "transports": topic.transports,
        "onSockets": topic.is_on_sockets(),
        "visibility": topic.visibility,
        "permissions": permissions,
        "permissionDetails": details,
        "allowed": word,
        "missingPermissions": missing,
        "ids": ids,
    })
}

fn as_table(shown: &[&AvailableTopic], found: &Found, with_words: bool) -> String {
    let widest = shown.iter().map(|topic| topic.template.width()).max().unwrap_or_default();
    let name = widest.clamp(5, WIDEST_NAME);
    let transports: Vec<String> = shown.iter().map(|topic| delivery(topic)).collect();
    let delivered = transports.iter().map(|words| words.width()).max().unwrap_or_default().max(9);
    let mut text = String::new();
    // writing to a string cannot fail
    let _ = writeln!(text, "{:<name$}  {:<delivered$}  needs", "topic", "delivered");
    for (topic, transports) in shown.iter().zip(&transports) {
        let line =
            format!("{:<name$}  {transports:<delivered$}  {}", topic.template, needs(topic, found));
        let _ = writeln!(text, "{}", line.trim_end());
        if with_words && !topic.description.is_empty() {
            let _ = writeln!(text, "    {}", topic.description);
        }
    }
    let from = match found.origin {
        Origin::Service => "as the service says",
        Origin::Cache => "as the service said within the last day",
        Origin::OldCache => "as the service said before",
        Origin::BuiltIn => "built in",
    };
    let of = found.topics.iter().len();
    let _ = writeln!(text, "{} of {of} topics, {from}", shown.len());
    text
}

/// How a topic's events are delivered, in a word or two.
fn delivery(topic: &AvailableTopic) -> String {
    if topic.comes_by_itself() {
        "by itself".to_owned()
    } else if topic.transports.is_empty() {
        "–".to_owned()
    } else if topic.is_on_sockets() {
        "socket".to_owned()
    } else {
        format!("{} only", topic.transports.join(", "))
    }
}

fn needs(topic: &AvailableTopic, found: &Found) -> String {
    let Some(requirements) = &topic.requirements else { return "–".to_owned() };
    if requirements.is_empty() {
        return "nothing".to_owned();
    }
    let words: Vec<String> = requirements.iter().map(Requirement::words).collect();
    let words = words.join("; ");
    match Verdict::of(Some(requirements), &found.granted) {
        Verdict::AskedWhenSubscribing => words,
        verdict => format!("{words} ({})", verdict.words()),
    }
}

fn say(line: &str) {
    // standard error may be closed: then nobody is there to read it
    let _ = writeln!(std::io::stderr(), "gcwatch: {line}");
}
