//! The lines of a tape: what each holds, how it is written and read.
//!
//! `docs/tapes.md` describes them for others. Must not know of files nor of what is hidden.
//! Reading is lenient: fields that this version doesn't know are left alone, and the lines that
//! `gcwatch tail` writes are read too.
use crate::domain::control::{ConnectionEvent, Control, EventKind, Gap, Rejection, TopicOutcome};
use crate::domain::decode::topic_name;
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::ChannelNumber;
use crate::domain::topic::Topic;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::time::Duration;

/// Version of the format. Goes up when an older reader would misunderstand a tape; new fields and
/// new kinds of lines don't count, since readers pass over what they don't know.
pub const FORMAT_VERSION: u32 = 1;

/// Whether a tape tells who people are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Privacy {
    /// Ids are pseudonyms; names, addresses and texts are masked.
    Redacted,
    /// Everything is as received.
    Clear,
}

/// The first line of a tape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the format.
    pub tape: u32,
    /// When it was begun.
    pub started: Timestamp,
    /// What wrote it.
    pub program: String,
    /// Whether it tells who people are.
    pub privacy: Privacy,
    /// How ids were replaced; `None` when they weren't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pseudonyms: Option<String>,
    /// Which part of a recording this is, from 1.
    #[serde(default = "first_part")]
    pub part: u32,
}

fn first_part() -> u32 {
    1
}

impl Header {
    /// The header of a tape that this program begins now.
    #[must_use]
    pub fn new(started: Timestamp, privacy: Privacy) -> Self {
        let scheme = "sha256, key of this recording, kept nowhere".to_owned();
        Self {
            tape: FORMAT_VERSION,
            started,
            program: concat!("gcwatch ", env!("CARGO_PKG_VERSION")).to_owned(),
            privacy,
            pseudonyms: (privacy == Privacy::Redacted).then_some(scheme),
            part: 1,
        }
    }
}

/// What the recording itself has missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// When the first was lost.
    pub from: Timestamp,
    /// When the last was.
    pub until: Timestamp,
    /// Frames that are missing.
    pub frames: u64,
    /// Control messages that are missing.
    pub control: u64,
    /// Why, in a few words.
    pub cause: String,
}

/// One line of a tape.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// The first line.
    Header(Header),
    /// A frame as received.
    Frame(Frame),
    /// Anything else that the source told, and when it did.
    Control {
        /// When.
        at: Timestamp,
        /// What.
        control: Box<Control>,
    },
    /// Here the recording, not the source, has a gap.
    Lost(Lost),
}

impl Entry {
    /// When it came.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Header(header) => header.started,
            Self::Frame(frame) => frame.received,
            Self::Control { at, .. } => *at,
            Self::Lost(lost) => lost.until,
        }
    }
}

#[derive(Serialize)]
struct ControlLine<'a> {
    received: Timestamp,
    event: &'static str,
    control: &'a Control,
}

/// Adds the line of `entry` to `out`, with its line end. What is for the moment only
/// ([`Control::Progress`], [`Control::CrossCheck`]) has no line.
pub fn encode(entry: &Entry, out: &mut String) {
    match entry {
        Entry::Header(header) => push_json(header, out),
        Entry::Frame(frame) => encode_frame(frame, out),
        Entry::Control { at, control } => {
            if matches!(**control, Control::Progress { .. } | Control::CrossCheck(_)) {
                return;
            }
            push_json(&ControlLine { received: *at, event: word(control), control }, out);
        }
        Entry::Lost(lost) => push_json(
            &serde_json::json!({"received": lost.until, "event": "tape_gap", "from": lost.from,
                "until": lost.until, "frames": lost.frames, "events": lost.control,
                "cause": lost.cause}),
            out,
        ),
    }
    out.push('\n');
}

fn push_json(value: &impl Serialize, out: &mut String) {
    // Nothing in these types can fail to be JSON; if it ever does, an empty object is a line that
    // readers pass over, which is better than no tape.
    out.push_str(&serde_json::to_string(value).unwrap_or_else(|_| "{}".to_owned()));
}

/// The text of a frame stands in the line as it came, unless that would break the line or lose a
/// byte: then it is a JSON string.
fn encode_frame(frame: &Frame, out: &mut String) {
    use std::fmt::Write;
    // writing to a string cannot fail
    let _ = write!(
        out,
        "{{\"received\":\"{}\",\"channel\":{},\"topic\":",
        frame.received, frame.channel
    );
    match &frame.payload {
        Payload::Text(text) => {
            match topic_name(text) {
                Some(topic) => push_json(&topic, out),
                None => out.push_str("null"),
            }
            if fits_raw(text) {
                out.push_str(",\"frame\":");
                out.push_str(text);
            } else {
                out.push_str(",\"text\":");
                push_json(&&**text, out);
            }
        }
        Payload::Binary(bytes) => {
            out.push_str("null,\"binary\":\"");
            for byte in &**bytes {
                let _ = write!(out, "{byte:02x}");
            }
            out.push('"');
        }
        Payload::Oversized { bytes } => {
            let _ = write!(out, "null,\"oversized\":{bytes}");
        }
    }
    out.push('}');
}

/// Whether the text can stand in a line and be cut out again byte for byte.
fn fits_raw(text: &str) -> bool {
    !text.contains(['\n', '\r'])
        && text != "null"
        && serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get().len() == text.len())
}

fn word(control: &Control) -> &'static str {
    match control {
        Control::Session(_) => "session",
        Control::Topics { .. } => "topics",
        Control::Unsubscribed { .. } => "unsubscribed",
        Control::Queues(_) => "queues",
        Control::Users(_) => "users",
        Control::Presences(_) => "presences",
        Control::WrapupCodes(_) => "wrapupCodes",
        Control::Divisions(_) => "divisions",
        Control::Goals(_) => "goals",
        Control::Snapshot(_) => "snapshot",
        Control::Figures(_) => "figures",
        Control::Agents(_) => "agents",
        Control::Staff { .. } => "staff",
        Control::Gap(_) => "gap",
        Control::Event(event) => event.kind.word(),
        Control::Identity(_) => "identity",
        Control::Token { .. } => "token",
        Control::ClockSkew { .. } => "clock_skew",
        Control::RateLimit { .. } => "rate_limit",
        Control::CrossCheck(_) => "cross_check",
        Control::Progress { .. } => "progress",
    }
}

/// Everything that a line can hold, borrowed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(default)]
    received: Option<Timestamp>,
    #[serde(default)]
    channel: Option<u16>,
    #[serde(borrow, default)]
    frame: Option<&'a RawValue>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    binary: Option<Cow<'a, str>>,
    #[serde(default)]
    oversized: Option<u64>,
    #[serde(borrow, default)]
    event: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    control: Option<&'a RawValue>,
    #[serde(default)]
    tape: Option<u32>,
}

/// The fields of the events that `gcwatch tail` writes, and of this format's own.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EventLine {
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    context_id: Option<String>,
    #[serde(default)]
    retry_in_seconds: Option<f64>,
    #[serde(default)]
    from: Option<Timestamp>,
    #[serde(default)]
    until: Option<Timestamp>,
    #[serde(default)]
    cause: Option<String>,
    #[serde(default)]
    healed_by: Option<String>,
    #[serde(default)]
    frames: u64,
    #[serde(default)]
    events: u64,
    #[serde(default)]
    topic: Option<String>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    missing_permissions: Vec<String>,
}

/// Reads a line, with or without its line end.
///
/// # Errors
/// A sentence, when it is no line of a tape; `Ok(None)` for a line that this version doesn't know.
pub fn decode_line(text: &str) -> Result<Option<Entry>, String> {
    let line: Line<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if line.tape.is_some() {
        let header = serde_json::from_str(text).map_err(|error| error.to_string())?;
        return Ok(Some(Entry::Header(header)));
    }
    let Some(received) = line.received else { return Err("a line without a time".to_owned()) };
    if let Some(event) = &line.event {
        return Ok(decode_event(text, received, event, &line));
    }
    let payload = if let Some(frame) = line.frame {
        Payload::Text(frame.get().into())
    } else if let Some(text) = line.text {
        Payload::Text((&*text).into())
    } else if let Some(hex) = line.binary {
        Payload::Binary(bytes_of(&hex).ok_or("bytes that are not written as hexadecimal")?.into())
    } else if let Some(bytes) = line.oversized {
        Payload::Oversized { bytes }
    } else {
        return Ok(None);
    };
    let channel = ChannelNumber(line.channel.unwrap_or(1));
    Ok(Some(Entry::Frame(Frame { received, channel, payload })))
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    let digits = hex.as_bytes();
    if !digits.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).ok()).collect()
}

fn decode_event(text: &str, received: Timestamp, word: &str, line: &Line<'_>) -> Option<Entry> {
    let control =
        |control: Control| Some(Entry::Control { at: received, control: Box::new(control) });
    if let Some(raw) = line.control {
        // a kind of control message that a later version added is passed over
        return serde_json::from_str::<Control>(raw.get()).ok().and_then(control);
    }
    let event: EventLine = serde_json::from_str(text).ok()?;
    let channel = line.channel.map(ChannelNumber);
    match word {
        "tape_gap" => Some(Entry::Lost(Lost {
            from: event.from.unwrap_or(received),
            until: event.until.unwrap_or(received),
            frames: event.frames,
            control: event.events,
            cause: event.cause.unwrap_or_default(),
        })),
        "gap" => control(Control::Gap(Gap {
            channel: channel?,
            from: event.from?,
            until: event.until,
            cause: event.cause.unwrap_or_default(),
            healed_by: event.healed_by,
        })),
        "rejected" if event.topic.is_some() => control(Control::Topics {
            channel: channel?,
            at: received,
            outcomes: vec![TopicOutcome {
                topic: Topic::received(&event.topic?),
                rejection: Some(Rejection {
                    reason: event.reason.unwrap_or_default(),
                    missing_permissions: event.missing_permissions,
                    context_id: event.context_id,
                }),
            }],
        }),
        _ => control(Control::Event(ConnectionEvent {
            at: received,
            channel,
            kind: EventKind::of(word),
            sentence: event.message?,
            context_id: event.context_id,
            retry_in: event
                .retry_in_seconds
                .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Header, Lost, Privacy, decode_line, encode};
    use crate::domain::control::{ConnectionEvent, Control, EventKind, Gap, QueueFigure, Snapshot};
    use crate::domain::conversation::{Conversation, Leg, LegState, Participant, Purpose};
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::{ChannelNumber, ConversationId, ParticipantId, QueueId};
    use crate::domain::interval::Interval;
    use crate::domain::topic::Media;
    use jiff::Timestamp;
    use proptest::prelude::*;
    use std::time::Duration;

    fn round(entry: &Entry) {
        let mut line = String::new();
        encode(entry, &mut line);
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        assert_eq!(decode_line(&line).unwrap().as_ref(), Some(entry), "{line}");
    }

    fn frame(payload: Payload) -> Entry {
        let received = "2026-11-23T14:03:12.345678901Z".parse().unwrap();
        Entry::Frame(Frame { received, channel: ChannelNumber(3), payload })
    }

    #[test]
    fn every_kind_of_line_comes_back() {
        let at: Timestamp = "2026-11-23T14:03:12.3Z".parse().unwrap();
        round(&Entry::Header(Header::new(at, Privacy::Clear)));
        let frames = 3;
        let cause = "a full disk".to_owned();
        round(&Entry::Lost(Lost { from: at, until: at, frames, control: 1, cause }));
        round(&frame(Payload::Binary([0, 255][..].into())));
        round(&frame(Payload::Oversized { bytes: 9 }));
        let mut participant =
            Participant::new(ParticipantId::new("p"), Purpose::Other("new".into()));
        participant.legs.push(Leg::new(Media::InternalMessage, LegState::Other("odd".into())));
        let mut conversation = Conversation::new(ConversationId::new("c"));
        conversation.participants.push(participant);
        let figure = QueueFigure {
            queue: QueueId::new("q"),
            media: Some(Media::Call),
            metric: "oWaiting".into(),
            qualifier: None,
            value: 0.1,
            interval: Some(Interval::half_hour(at)),
        };
        let snapshot = Snapshot {
            asked: at,
            conversations: vec![conversation],
            complete_for: vec![QueueId::new("q")],
            complete_for_users: Vec::new(),
            incomplete_for: Vec::new(),
            figures: vec![figure],
            missing: None,
        };
        let gap = Gap {
            channel: ChannelNumber(1),
            from: at,
            until: None,
            cause: "x".into(),
            healed_by: None,
        };
        let event = ConnectionEvent {
            at,
            channel: None,
            kind: EventKind::HandedOver,
            sentence: "s".into(),
            context_id: Some("id".into()),
            retry_in: Some(Duration::from_millis(1_500)),
        };
        for control in [
            Control::Snapshot(snapshot),
            Control::Gap(gap),
            Control::Event(event),
            Control::Token { expires: Some(at), renews: true },
            Control::RateLimit { count: 1, allowed: 300, resets: at },
            Control::ClockSkew { milliseconds: -2 },
        ] {
            round(&Entry::Control { at, control: Box::new(control) });
        }
    }

    #[test]
    fn lines_of_tail_are_read_too() {
        let read = |text| decode_line(text).unwrap().unwrap();
        let connected = read(
            r#"{"event":"connected","message":"up","received":"2026-11-23T14:03:12.345Z","channel":2}"#,
        );
        let Entry::Control { control, .. } = connected else { panic!() };
        let Control::Event(event) = *control else { panic!() };
        assert_eq!((event.kind, event.sentence.as_str()), (EventKind::Connected, "up"));
        let gap = read(
            r#"{"event":"gap","channel":1,"received":"2026-11-23T14:03:12.345Z","from":"2026-11-23T14:03:02.345Z","until":"2026-11-23T14:03:12.345Z","seconds":10.0,"cause":"closed"}"#,
        );
        assert!(
            matches!(gap, Entry::Control { control, .. } if matches!(*control, Control::Gap(_)))
        );
    }

    #[test]
    fn what_a_later_version_writes_is_passed_over() {
        for line in [
            r#"{"received":"2026-11-23T14:03:12Z","event":"new","control":{"new":{}}}"#,
            r#"{"received":"2026-11-23T14:03:12Z","something":1}"#,
        ] {
            assert_eq!(decode_line(line), Ok(None), "{line}");
        }
        for line in ["", "[]", "{}", "{\"received\":3}", "\u{0}"] {
            assert!(decode_line(line).is_err(), "{line}");
        }
    }

    proptest! {
        #[test]
        fn text_comes_back_byte_for_byte(text in "\\PC*|(?s).*|\\{\"topicName\":\"v2.a.b\", ?\n?\"x\":[0-9]\\} ?|null") {
            round(&frame(Payload::Text(text.as_str().into())));
        }
    }
}
