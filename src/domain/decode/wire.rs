//! What several bodies share on the wire: times in their three forms, references, and reading
//! with the path to what is wrong.
use jiff::Timestamp;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use std::fmt;
use std::time::Duration;

/// Reads `body`; on failure says where in it and what was expected.
pub(super) fn read<'a, T: Deserialize<'a>>(body: &'a str) -> Result<T, String> {
    if let Ok(value) = serde_json::from_str(body) {
        return Ok(value);
    }
    // only now is the path worth its price
    let mut reader = serde_json::Deserializer::from_str(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        format!("eventBody.{path}: {}", error.into_inner())
    })
}

/// A time as the service writes it: ISO text, or epoch milliseconds as a number. What is neither
/// is no time, and no reason to refuse the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Time(pub(super) Option<Timestamp>);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TimeVisitor)
    }
}

struct TimeVisitor;

impl Visitor<'_> for TimeVisitor {
    type Value = Time;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a time, as ISO text or epoch milliseconds")
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Time, E> {
        Ok(Time(text.parse().ok()))
    }
    fn visit_i64<E: de::Error>(self, milliseconds: i64) -> Result<Time, E> {
        Ok(Time(Timestamp::from_millisecond(milliseconds).ok()))
    }
    fn visit_u64<E: de::Error>(self, milliseconds: u64) -> Result<Time, E> {
        let milliseconds = i64::try_from(milliseconds).ok();
        Ok(Time(milliseconds.and_then(|value| Timestamp::from_millisecond(value).ok())))
    }
    fn visit_f64<E: de::Error>(self, milliseconds: f64) -> Result<Time, E> {
        #[expect(clippy::cast_possible_truncation, reason = "saturates; out of range is no time")]
        let milliseconds = milliseconds as i64;
        self.visit_i64(milliseconds)
    }
    fn visit_unit<E: de::Error>(self) -> Result<Time, E> {
        Ok(Time(None))
    }
}

/// A reference to something else: `{"id": …, "name": …}`; the service also sends `{}`.
#[derive(Clone, Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Reference {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
}

impl Reference {
    /// The id, unless it is absent or empty.
    pub(super) fn id(reference: Option<&Self>) -> Option<&str> {
        reference?.id.as_deref().filter(|id| !id.is_empty())
    }
}

/// Text that is there and not empty.
pub(super) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// A length in milliseconds, unless it is negative or no number.
pub(super) fn milliseconds(value: Option<f64>) -> Option<Duration> {
    Duration::try_from_secs_f64(value? / 1_000.0).ok()
}
