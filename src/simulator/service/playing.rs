//! Plays a recording through the service's own interfaces, in the place of the contact centre's
//! traffic: to whoever subscribed the topics, with the pauses that it had.
//!
//! Reading is another thread's: a slow disk must not stop what answers. Names of queues, users and their
//! divisions are the tape's; what a tape doesn't hold (analytics, single conversations) can't be asked for.
use super::Shared;
use super::answer::{Answer, error, not_found, page};
use super::rest::{Call, like};
use super::state::State;
use crate::simulator::tape::{Line, Reader, RecordingError, Summary};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Frames read ahead: enough that the disk is never waited for, some 16 MB of large ones.
const READ_AHEAD: usize = 256;
/// How often is looked whether somebody has subscribed yet.
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// A recording to be played.
#[derive(Clone, Debug)]
pub struct Tape {
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub summary: Summary,
    /// Whether it begins again after its end.
    pub repeats: bool,
}

/// How far it has been played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Frames whose time has come.
    pub frames: u64,
    /// Those of them that nobody had subscribed, or whose subscriber had no socket.
    pub unheard: u64,
    /// How many times it came to its end.
    pub ends: u64,
    /// Why it can't be read any more, if it can't.
    pub failure: Option<String>,
}

impl Played {
    /// What is to be said of an end, in a sentence.
    #[must_use]
    pub fn sentence(&self, repeats: bool) -> String {
        if let Some(failure) = &self.failure {
            return format!("the tape can't be played further: {failure}");
        }
        let goes_on = if repeats { "; it begins again" } else { "" };
        format!(
            "the tape has ended: {} frames played, of which {} were subscribed by nobody{goes_on}",
            self.frames, self.unheard
        )
    }
}

/// Plays until the end, or until told to stop. Begins when the first subscriber is there, so that
/// they miss nothing.
pub(super) async fn play(
    shared: Shared,
    tape: Tape,
    played: watch::Sender<Played>,
    mut stopped: watch::Receiver<bool>,
) {
    tokio::select! {
        () = play_all(&shared, &tape, &played) => {}
        _ = stopped.changed() => {}
    }
}

async fn play_all(shared: &Shared, tape: &Tape, played: &watch::Sender<Played>) {
    while !shared.lock().is_heard() {
        sleep(LOOK_AGAIN).await;
    }
    loop {
        let outcome = play_once(shared, &tape.path, played).await;
        played.send_modify(|played| {
            played.ends += 1;
            played.failure = outcome.err().map(|error| error.to_string());
        });
        if !tape.repeats || played.borrow().failure.is_some() {
            return;
        }
        // a tape of a single moment would otherwise be repeated as fast as it can be read
        sleep(LOOK_AGAIN).await;
    }
}

async fn play_once(
    shared: &Shared,
    path: &Path,
    played: &watch::Sender<Played>,
) -> Result<(), RecordingError> {
    let mut lines = read_ahead(path)?;
    let begun = Instant::now();
    let mut first = None;
    while let Some((at, topic, text)) = lines.recv().await {
        let first = *first.get_or_insert(at);
        let due = begun + shared.lock().since_beginning(first, at);
        sleep_until(due).await;
        let heard = shared.lock().play(&topic, text);
        played.send_modify(|played| {
            played.frames += 1;
            played.unheard += u64::from(!heard);
        });
    }
    Ok(())
}

/// Lets a thread of its own read the frames; it ends when nobody takes them any more.
fn read_ahead(path: &Path) -> Result<mpsc::Receiver<(Timestamp, String, String)>, RecordingError> {
    let mut reader = Reader::open(path)?;
    let (send, lines) = mpsc::channel(READ_AHEAD);
    let read = move || {
        while let Some(line) = reader.next_line() {
            let Line::Frame { at, topic, text } = line else { continue };
            if send.blocking_send((at, topic, text)).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new()
        .name("simulated-tape".to_owned())
        .spawn(read)
        .map_err(|error| RecordingError::File { path: path.to_owned(), error })?;
    Ok(lines)
}

impl State {
    /// Whether anybody has a socket and topics.
    fn is_heard(&self) -> bool {
        self.channels.values().any(|channel| channel.socket.is_some() && !channel.topics.is_empty())
    }

    /// How long after the first frame this one is due, in real time. A clock that was set back while
    /// it was recorded makes nobody wait.
    fn since_beginning(&self, first: Timestamp, at: Timestamp) -> Duration {
        let passed = at.duration_since(first).max(SignedDuration::ZERO);
        self.clock.real(Duration::try_from(passed).unwrap_or_default())
    }

    /// Sends a frame to whoever subscribed its topic; whether anybody took it.
    fn play(&mut self, topic: &str, text: String) -> bool {
        let channels = self.wanted.get(&topic.to_ascii_lowercase()).cloned().unwrap_or_default();
        self.deliver(&channels, &Utf8Bytes::from(text))
    }

    /// What a tape says to a call; `None` where the simulated service answers as always.
    pub(super) fn answer_by_tape(&mut self, call: &Call<'_>, parts: &[&str]) -> Option<Answer> {
        let tape = self.settings.tape.as_ref()?;
        let written = |entry: &(&String, &String)| {
            written(parts, entry.0, entry.1, tape.summary.divisions.get(entry.0))
        };
        let known = match parts {
            ["routing", "queues", ..] => &tape.summary.queues,
            ["routing", "wrapupcodes"] => &tape.summary.wrapup_codes,
            ["users", ..] => &tape.summary.users,
            ["presence", "definitions"] | ["presencedefinitions"] => &tape.summary.presences,
            ["analytics", ..] => {
                let message = "Unable to perform the requested action. You are missing the following permission(s): analytics:conversationDetail:view (a recording is played, and it holds frames only)";
                return Some(error(self, 403, "missing.permissions", message));
            }
            ["conversations", _, ..] => return Some(not_found(self, "conversation")),
            _ => return None,
        };
        match parts {
            ["users", "me"] => None,
            ["routing", "queues" | "wrapupcodes"]
            | ["routing", "queues", "me" | "divisionviews"]
            | ["routing", "queues", "divisionviews", "all"]
            | ["presence", "definitions"]
            | ["presencedefinitions" | "users"] => {
                let pattern = call.query.get("name").map(|name| name.to_lowercase());
                let ids: HashSet<String> = call
                    .pairs
                    .iter()
                    .filter(|(name, _)| name == "id")
                    .map(|(_, id)| id.to_ascii_lowercase())
                    .collect();
                let fits = |id: &str, name: &str| {
                    pattern.as_ref().is_none_or(|pattern| like(pattern, &name.to_lowercase()))
                        && (ids.is_empty() || ids.contains(id))
                };
                let entries: Vec<(&String, &String)> =
                    known.iter().filter(|(id, name)| fits(id, name)).collect();
                Some(page(
                    &format!("/api/v2/{}", parts.join("/")),
                    &entries,
                    &call.page(500),
                    written,
                ))
            }
            ["routing", "queues", id] | ["users", id] => {
                Some(match known.get_key_value(&id.to_ascii_lowercase()) {
                    Some(entry) => Answer::json(written(&entry)),
                    None => not_found(self, parts[0]),
                })
            }
            _ => Some(not_found(self, parts[parts.len() - 1])),
        }
    }

    /// What the simulator's own page says of the tape.
    pub(super) fn tape_truth(&self, tape: &Tape) -> Value {
        let Summary { topics, queues, users, .. } = &tape.summary;
        let Played { frames, unheard, ends, failure } = &*self.played.borrow();
        let mut told = tape.told();
        told["played"] = json!({"frames": frames, "unheard": unheard, "ends": ends,
            "failure": failure});
        told["topics"] = json!(topics);
        told["queues"] = json!(queues);
        told["users"] = json!(users);
        told
    }
}

impl Tape {
    /// What is announced of it.
    pub(super) fn told(&self) -> Value {
        let Summary { privacy, frames, damaged, cut_off, topics, .. } = &self.summary;
        json!({
            "file": self.path.display().to_string(),
            "privacy": privacy,
            "frames": frames,
            "topicCount": topics.len(),
            "seconds": self.summary.length().as_secs_f64(),
            "damagedLines": damaged,
            "cutOff": cut_off,
            "repeats": self.repeats,
        })
    }
}

/// What has a name as REST gives it. More than its name isn't known, and of its division not more than
/// that either.
fn written(parts: &[&str], id: &str, name: &str, division: Option<&String>) -> Value {
    let mut told = match parts {
        ["users", ..] => json!({"id": id, "name": name, "state": "active", "version": 1,
            "selfUri": format!("/api/v2/users/{id}")}),
        ["routing", "queues", ..] => {
            json!({"id": id, "name": name, "selfUri": format!("/api/v2/routing/queues/{id}")})
        }
        ["routing", ..] => json!({"id": id, "name": name}),
        _ => json!({"id": id, "languageLabels": {"en_US": name}}),
    };
    if let Some(name) = division {
        told["division"] = json!({"name": name});
    }
    told
}
