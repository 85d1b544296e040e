//! Reads a recording, by what `docs/tapes.md` says of the format and nothing else: lines of JSON,
//! plain or packed with zstd. Only what can be played again is taken out: frames with their topics,
//! the names of queues, users, presences and wrap-up codes, and the divisions of queues and users.
//!
//! Must not know of sockets nor of clocks. In constant memory, whatever the size of the tape.
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use zstd::stream::read::Decoder;

/// Longest line, in bytes: the service's largest bodies have some 100 KB, and a snapshot of a large
/// centre in one line some 10 MB. A longer one ends the reading.
const MAX_LINE: u64 = 64 << 20;
/// Most topics, queues and users that are told of a tape: all that one client can subscribe.
const MAX_TOLD: usize = 20_000;
/// What zstd frames begin with.
const PACKED: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// The version of the format that is understood.
const VERSION: u64 = 1;

/// Why a recording can't be played.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The file can't be opened.
    #[error("can't read the tape {}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// There is nothing in it that could be played.
    #[error("{} can't be played: {why}", path.display())]
    Unplayable {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

/// One line, as far as it is of use.
#[derive(Debug, PartialEq)]
pub(super) enum Line {
    /// Whether it tells who people are.
    Header {
        /// The word for it.
        privacy: String,
    },
    /// A frame that belongs to a topic, as received.
    Frame {
        /// When it came.
        at: Timestamp,
        /// The topic, as it was written.
        topic: String,
        /// The text.
        text: String,
    },
    /// Names.
    Names(Names),
    /// Anything else: what happened to connections, and frames that belong to no topic.
    Other,
    /// What is no line of a recording.
    Damaged,
}

/// Names of one kind or another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Names {
    queues: Vec<Named>,
    users: Vec<Named>,
    presences: Vec<Named>,
    wrapup_codes: Vec<Named>,
    divisions: Divisions,
}

/// Queues and users, each with the name of the division in which it lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Divisions {
    queues: Vec<Named>,
    users: Vec<Named>,
}

/// An id with its name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Named {
    pub(super) id: String,
    pub(super) name: String,
}

/// What is in a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// `redacted`, `clear`, or empty where it doesn't say.
    pub privacy: String,
    /// Frames that can be played.
    pub frames: u64,
    /// Lines that are none.
    pub damaged: u64,
    /// Whether it ends in the middle of something.
    pub cut_off: bool,
    /// The first frame's time and the last one's.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Frames of each topic.
    pub topics: BTreeMap<String, u64>,
    /// Names of queues, by id in lower case, as all of these.
    pub queues: BTreeMap<String, String>,
    /// Names of users, by id.
    pub users: BTreeMap<String, String>,
    /// Names of presences, by id.
    pub presences: BTreeMap<String, String>,
    /// Names of wrap-up codes, by id.
    pub wrapup_codes: BTreeMap<String, String>,
    /// Names of divisions, by the id of the queue or user that lies in one.
    pub divisions: BTreeMap<String, String>,
}

impl Summary {
    /// How long it lasts.
    #[must_use]
    pub fn length(&self) -> SignedDuration {
        self.span.map_or(SignedDuration::ZERO, |(first, last)| last.duration_since(first))
    }

    fn note(&mut self, line: Line) {
        match line {
            Line::Header { privacy } => self.privacy = privacy,
            Line::Frame { at, topic, .. } => {
                self.frames += 1;
                let (first, last) = self.span.unwrap_or((at, at));
                self.span = Some((first.min(at), last.max(at)));
                if self.topics.len() < MAX_TOLD || self.topics.contains_key(&topic) {
                    *self.topics.entry(topic).or_default() += 1;
                }
            }
            Line::Names(names) => {
                remember(&mut self.queues, names.queues);
                remember(&mut self.users, names.users);
                remember(&mut self.presences, names.presences);
                remember(&mut self.wrapup_codes, names.wrapup_codes);
                remember(&mut self.divisions, names.divisions.queues);
                remember(&mut self.divisions, names.divisions.users);
            }
            Line::Damaged => self.damaged += 1,
            Line::Other => {}
        }
    }
}

/// Ids in lower case: a tape has them as they were written, topics and calls as they please.
fn remember(known: &mut BTreeMap<String, String>, named: Vec<Named>) {
    for Named { mut id, name } in named {
        id.make_ascii_lowercase();
        if known.len() < MAX_TOLD || known.contains_key(&id) {
            known.insert(id, name);
        }
    }
}

/// Reads the whole of it once: what is in it, and whether it can be played at all. Blocks.
///
/// # Errors
/// When it can't be read, is no recording, or holds no frame of a topic.
pub fn survey(path: &Path) -> Result<Summary, RecordingError> {
    let mut reader = Reader::open(path)?;
    let mut summary = Summary::default();
    while let Some(line) = reader.next_line() {
        summary.note(line);
    }
    summary.cut_off = reader.cut_off;
    let why = |why: &str| RecordingError::Unplayable { path: path.to_owned(), why: why.to_owned() };
    match summary.frames {
        0 if reader.lines == 0 => Err(why("it is empty")),
        0 if summary.damaged == reader.lines => Err(why("it is no tape")),
        0 => Err(why("it holds no frame of a topic")),
        _ => Ok(summary),
    }
}

/// Gives the lines of a recording, one after the other.
pub(super) struct Reader {
    lines_of: Box<dyn BufRead + Send>,
    /// Lines read.
    lines: u64,
    /// Whether it ended in the middle of something.
    pub(super) cut_off: bool,
    ended: bool,
}

impl Reader {
    pub(super) fn open(path: &Path) -> Result<Self, RecordingError> {
        let failed = |error| RecordingError::File { path: path.to_owned(), error };
        let mut file = BufReader::new(File::open(path).map_err(failed)?);
        let begins = file.fill_buf().map_err(failed)?;
        let lines_of: Box<dyn BufRead + Send> = if begins.starts_with(&PACKED) {
            Box::new(BufReader::new(Decoder::with_buffer(file).map_err(failed)?))
        } else {
            Box::new(file)
        };
        Ok(Self { lines_of, lines: 0, cut_off: false, ended: false })
    }

    /// The next line; `None` at the end, or where it can't be read further.
    pub(super) fn next_line(&mut self) -> Option<Line> {
        if self.ended {
            return None;
        }
        let mut text = Vec::new();
        let read = (&mut self.lines_of).take(MAX_LINE).read_until(b'\n', &mut text);
        let whole = text.last() == Some(&b'\n');
        if !whole {
            // the end; or a packed block that breaks off, or a line that is too long
            self.ended = true;
            self.cut_off = read.is_err() || text.len() as u64 >= MAX_LINE;
        }
        if text.is_empty() {
            return None;
        }
        let line = parse(&text);
        if !whole && line == Line::Damaged {
            self.cut_off = true;
            return None;
        }
        self.lines += 1;
        Some(line)
    }
}

/// The members of a line, whatever it is.
#[derive(Deserialize)]
struct Members<'a> {
    tape: Option<u64>,
    privacy: Option<String>,
    received: Option<Timestamp>,
    topic: Option<String>,
    #[serde(borrow)]
    frame: Option<&'a RawValue>,
    text: Option<String>,
    #[serde(borrow)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow)]
    control: Option<&'a RawValue>,
}

fn parse(line: &[u8]) -> Line {
    let Ok(members) = serde_json::from_slice::<Members<'_>>(line) else { return Line::Damaged };
    if let Some(version) = members.tape {
        let known = version == VERSION;
        let privacy = members.privacy.unwrap_or_default();
        return if known { Line::Header { privacy } } else { Line::Damaged };
    }
    let Some(at) = members.received else { return Line::Damaged };
    if let Some(event) = members.event {
        let kinds = ["queues", "users", "presences", "wrapupCodes", "divisions"];
        let names = members.control.filter(|_| kinds.contains(&&*event));
        let names = names.and_then(|control| serde_json::from_str::<Names>(control.get()).ok());
        return names.map_or(Line::Other, Line::Names);
    }
    let text = members.frame.map(|frame| frame.get().to_owned()).or(members.text);
    match (members.topic, text) {
        (Some(topic), Some(text)) if is_of_somebody(&topic) => Line::Frame { at, topic, text },
        _ => Line::Other,
    }
}

/// Whether a topic is one that is subscribed. Heartbeats and what the system says spoke of the
/// recorded channel; the channel that it is played on has its own.
fn is_of_somebody(topic: &str) -> bool {
    !topic.eq_ignore_ascii_case("channel.metadata") && !topic.starts_with("v2.system.")
}

#[cfg(test)]
mod tests {
    use super::{Divisions, Line, Named, Names, Reader, parse, survey};
    use std::path::Path;

    const HEADER: &str = r#"{"tape":1,"started":"2026-11-23T14:03:12Z","program":"another","privacy":"redacted","part":1}"#;
    const NAMES: &str = r#"{"received":"2026-11-23T14:03:12Z","event":"queues","control":{"queues":[{"id":"q","name":"Queue 1"}]}}"#;
    const FRAME: &str = r#"{"received":"2026-11-23T14:03:13Z","channel":1,"topic":"v2.a.q","frame":{"topicName":"v2.a.q", "eventBody":{}}}"#;
    const LATER: &str =
        r#"{"received":"2026-11-23T14:03:15.5Z","channel":1,"topic":"v2.a.q","text":"not\nJSON"}"#;
    const HEARTBEAT: &str = r#"{"received":"2026-11-23T14:03:14Z","channel":1,"topic":"channel.metadata","frame":{"topicName":"channel.metadata"}}"#;

    fn tape(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn plain_or_packed_the_same_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let text = [HEADER, NAMES, FRAME, HEARTBEAT, LATER, "{}\n"].join("\n");
        let plain = tape(folder.path(), "a", text.as_bytes());
        // in two packed blocks, as a recording that runs has them
        let (first, second) = text.as_bytes().split_at(text.len() / 2);
        let mut packed = zstd::encode_all(first, 3).unwrap();
        packed.extend(zstd::encode_all(second, 3).unwrap());
        let packed = tape(folder.path(), "b", &packed);
        let summary = survey(&plain).unwrap();
        assert_eq!(summary, survey(&packed).unwrap());
        assert_eq!((summary.frames, summary.damaged, summary.cut_off), (2, 1, false));
        assert_eq!((summary.privacy.as_str(), summary.length().as_millis()), ("redacted", 2_500));
        assert_eq!(summary.queues["q"], "Queue 1");
        assert_eq!(summary.topics["v2.a.q"], 2);
        let mut reader = Reader::open(&packed).unwrap();
        let lines: Vec<Line> = std::iter::from_fn(|| reader.next_line()).collect();
        let Line::Frame { text, .. } = &lines[2] else { panic!("{lines:?}") };
        assert_eq!(text, r#"{"topicName":"v2.a.q", "eventBody":{}}"#, "byte for byte");
    }

    #[test]
    fn what_has_a_name_is_found_by_its_id_in_lower_case() {
        let folder = tempfile::tempdir().unwrap();
        let names = NAMES.replace(r#""id":"q""#, r#""id":"Q""#);
        let path = tape(folder.path(), "a", [HEADER, &names, FRAME, ""].join("\n").as_bytes());
        assert_eq!(survey(&path).unwrap().queues["q"], "Queue 1");
    }

    #[test]
    fn one_that_was_cut_off_is_read_up_to_its_last_whole_line() {
        let folder = tempfile::tempdir().unwrap();
        let text = [HEADER, FRAME, &LATER[..60]].join("\n");
        let plain = survey(&tape(folder.path(), "a", text.as_bytes())).unwrap();
        assert_eq!((plain.frames, plain.cut_off, plain.damaged), (1, true, 0));
        let whole = [HEADER, FRAME, ""].join("\n");
        let mut packed = zstd::encode_all(whole.as_bytes(), 3).unwrap();
        let more = zstd::encode_all(LATER.as_bytes(), 3).unwrap();
        packed.extend(&more[..more.len() - 4]);
        let packed = survey(&tape(folder.path(), "b", &packed)).unwrap();
        assert_eq!((packed.frames, packed.cut_off), (1, true));
    }

    #[test]
    fn what_is_none_is_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        for (bytes, reason) in [
            ("", "it is empty"),
            ("[package]\nname = 1\n", "it is no tape"),
            ("{\"tape\":99}\n", "it is no tape"),
            (HEADER, "no frame of a topic"),
        ] {
            let error = survey(&tape(folder.path(), "a", bytes.as_bytes())).unwrap_err();
            assert!(error.to_string().contains(reason), "{error}");
        }
        assert!(survey(Path::new("/no/such")).unwrap_err().to_string().contains("/no/such"));
    }

    #[test]
    fn names_are_read_from_their_lines() {
        let named = |id: &str, name: &str| vec![Named { id: id.to_owned(), name: name.to_owned() }];
        let names = Names { queues: named("q", "Queue 1"), ..Names::default() };
        assert_eq!(parse(NAMES.as_bytes()), Line::Names(names));
        let codes = NAMES.replace("queues", "wrapupCodes");
        let names = Names { wrapup_codes: named("q", "Queue 1"), ..Names::default() };
        assert_eq!(parse(codes.as_bytes()), Line::Names(names));
        let divisions = NAMES
            .replace(r#""event":"queues""#, r#""event":"divisions""#)
            .replace(r#""control":{"#, r#""control":{"divisions":{"#)
            + "}";
        let divided = Divisions { queues: named("q", "Queue 1"), ..Divisions::default() };
        let names = Names { divisions: divided, ..Names::default() };
        assert_eq!(parse(divisions.as_bytes()), Line::Names(names));
        assert_eq!(
            parse(b"{\"received\":\"2026-11-23T14:03:12Z\",\"event\":\"gap\"}"),
            Line::Other
        );
        assert_eq!(parse(b"{\"event\":\"gap\"}"), Line::Damaged);
    }
}
