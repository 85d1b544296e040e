//! The value of a cell. Unknown is a value of its own, and never zero.
use crate::domain::moment::since;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;

/// The value of a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nobody told.
    Unknown,
    /// A count.
    Number(u64),
    /// A length of time.
    Duration(Duration),
    /// A length of time that grows: since when.
    Since(Timestamp),
    /// A share, 1.0 being all.
    Percent(f64),
    /// Words, harmless to draw.
    Text(Arc<str>),
    /// Whether something is so.
    Flag(bool),
}

impl Value {
    /// Words; nothing is unknown.
    #[must_use]
    pub fn text(text: &str) -> Self {
        if text.is_empty() { Self::Unknown } else { Self::Text(text.into()) }
    }

    /// A count that the service gives as a number with a point.
    #[must_use]
    pub fn count(figure: Option<f64>) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
        figure
            .filter(|figure| *figure >= 0.0)
            .map_or(Self::Unknown, |figure| Self::Number(figure.round() as u64))
    }

    /// A length of time in milliseconds.
    #[must_use]
    pub fn milliseconds(figure: Option<f64>) -> Self {
        figure
            .and_then(|figure| Duration::try_from_secs_f64(figure / 1_000.0).ok())
            .map_or(Self::Unknown, Self::Duration)
    }

    /// As a number in the unit in which filters and rules compare: a count, seconds, or a part of 1.
    /// `None` for what is no figure, and for what isn't known.
    #[must_use]
    pub fn figure(&self, now: Timestamp) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
            Self::Number(number) => Some(*number as f64),
            Self::Duration(length) => Some(length.as_secs_f64()),
            Self::Since(at) => Some(since(now, *at).as_secs_f64()),
            Self::Percent(share) => Some(*share),
            Self::Unknown | Self::Text(_) | Self::Flag(_) => None,
        }
    }

    /// For sorting, the larger the more. What grows is compared by its beginning, so that the order
    /// doesn't change by time alone; a column holds either lengths that grow or others.
    #[must_use]
    pub fn number(&self) -> i64 {
        match self {
            Self::Unknown | Self::Text(_) => 0,
            Self::Number(number) => i64::try_from(*number).unwrap_or(i64::MAX),
            Self::Duration(length) => i64::try_from(length.as_millis()).unwrap_or(i64::MAX),
            Self::Since(at) => at.as_millisecond().saturating_neg(),
            #[expect(clippy::cast_possible_truncation, reason = "saturates; for sorting only")]
            Self::Percent(share) => (share * 1e6) as i64,
            Self::Flag(is_so) => i64::from(*is_so),
        }
    }

    /// For people.
    #[must_use]
    pub fn shown(&self, now: Timestamp) -> String {
        match self {
            Self::Unknown => "–".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Duration(length) => clock(*length),
            Self::Since(at) => clock(since(now, *at)),
            Self::Percent(share) => format!("{:.0}%", share * 100.0),
            Self::Text(text) => text.to_string(),
            Self::Flag(true) => "yes".to_owned(),
            Self::Flag(false) => String::new(),
        }
    }

    /// For scripts: numbers as numbers, lengths in seconds, unknown as null.
    #[must_use]
    pub fn json(&self, now: Timestamp) -> serde_json::Value {
        let seconds = |length: Duration| {
            let whole = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
            #[expect(clippy::cast_precision_loss, reason = "exact up to 285,000 years")]
            let seconds = whole as f64 / 1_000.0;
            serde_json::Value::from(seconds)
        };
        match self {
            Self::Unknown => serde_json::Value::Null,
            Self::Number(number) => (*number).into(),
            Self::Duration(length) => seconds(*length),
            Self::Since(at) => seconds(since(now, *at)),
            Self::Percent(share) => (*share).into(),
            Self::Text(text) => (&**text).into(),
            Self::Flag(is_so) => (*is_so).into(),
        }
    }
}

/// A length of time as clocks on a wall board show it: `0m18`, `4m12`, `1h05`, `23h`, `3d`.
#[must_use]
pub fn clock(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..3_600 => format!("{}m{:02}", seconds / 60, seconds % 60),
        3_600..36_000 => format!("{}h{:02}", seconds / 3_600, seconds / 60 % 60),
        36_000..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}
