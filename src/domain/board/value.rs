//! The value of a cell. Unknown is a value of its own, and never zero.
use crate::domain::moment::since;
use compact_str::CompactString;
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
    /// A count that isn't less, where a part of it isn't known.
    AtLeast(u64),
    /// A length of time.
    Duration(Duration),
    /// A length of time that grows: since when.
    Since(Timestamp),
    /// A length of time that no longer grows, among those that do: from when until when.
    Between {
        /// From when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
    },
    /// A share, 1.0 being all.
    Percent(f64),
    /// A figure over time: one a minute, the oldest first, `None` where it isn't known.
    Trend(Arc<[Option<u32>]>),
    /// Words, harmless to draw.
    Text(CompactString),
    /// Whether something is so.
    Flag(bool),
}

impl Value {
    /// Words; nothing is unknown. Most are so short that they need no room elsewhere. Rejected: sharing them
    /// with what they name, since processors that look at rows side by side wait for each other at every count.
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

    /// What one share is above another, of which more than a hundredth of a percent means nothing: so that
    /// 99 % less 80 % is 0.19 wherever it is compared or written, and not 0.18999999999999995. Shares that
    /// the service tells stay as they are, to be compared with what it tells elsewhere.
    #[must_use]
    pub fn margin(share: f64, target: f64) -> Self {
        // a narrow miss becomes none, and not one of minus nothing
        Self::Percent(((share - target) * 1e4).round() / 1e4 + 0.0)
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
            Self::Duration(length) => Some(seconds(*length)),
            Self::Since(at) => Some(seconds(since(now, *at))),
            Self::Between { from, until } => Some(seconds(since(*until, *from))),
            Self::Percent(share) => Some(*share),
            Self::Trend(values) => values.last().copied().flatten().map(f64::from),
            Self::Unknown | Self::AtLeast(_) | Self::Text(_) | Self::Flag(_) => None,
        }
    }

    /// For sorting, the larger the more. What grows is compared by its beginning, so that the order
    /// doesn't change by time alone; a column holds either lengths that grow or others.
    #[must_use]
    pub fn number(&self) -> i64 {
        match self {
            Self::Unknown | Self::Text(_) => 0,
            Self::Number(number) | Self::AtLeast(number) => {
                i64::try_from(*number).unwrap_or(i64::MAX)
            }
            Self::Duration(length) => i64::try_from(length.as_millis()).unwrap_or(i64::MAX),
            Self::Since(at) | Self::Between { from: at, .. } => {
                at.as_millisecond().saturating_neg()
            }
            #[expect(clippy::cast_possible_truncation, reason = "saturates; for sorting only")]
            Self::Percent(share) => (share * 1e6) as i64,
            Self::Trend(values) => values.last().copied().flatten().map_or(0, i64::from),
            Self::Flag(is_so) => i64::from(*is_so),
        }
    }

    /// For people.
    #[must_use]
    pub fn shown(&self, now: Timestamp) -> String {
        match self {
            Self::Unknown => "–".to_owned(),
            Self::Number(number) => number.to_string(),
            Self::AtLeast(number) => format!("≥{number}"),
            Self::Duration(length) => clock(*length),
            Self::Since(at) => clock(since(now, *at)),
            Self::Between { from, until } => clock(since(*until, *from)),
            Self::Percent(share) => format!("{:.0}%", share * 100.0),
            Self::Trend(values) => {
                let newest = values.last().copied().flatten();
                newest.map_or("–".to_owned(), |newest| newest.to_string())
            }
            Self::Text(text) => text.to_string(),
            Self::Flag(true) => "yes".to_owned(),
            Self::Flag(false) => String::new(),
        }
    }

    /// For people, in at most `width` columns of the terminal, but for words: a figure is made shorter
    /// by its unit (`12k`, `1.2M`, `59m`) and never cut, since a cut figure reads as another one.
    /// Where not even that fits, it is `#` over and over, as in spreadsheets.
    #[must_use]
    pub fn fitting(&self, now: Timestamp, width: usize) -> String {
        let whole = self.shown(now);
        if matches!(self, Self::Text(_) | Self::Flag(_)) || whole.chars().count() <= width {
            return whole;
        }
        let shorter = match self {
            Self::Number(number) => compact(*number),
            Self::AtLeast(number) => format!("≥{}", compact(*number)),
            // `59m59` without its seconds, `9h59` without its minutes
            Self::Duration(_) | Self::Since(_) | Self::Between { .. } => {
                let unit = whole.find(|character: char| !character.is_ascii_digit());
                unit.and_then(|unit| whole.get(..=unit)).unwrap_or(&whole).to_owned()
            }
            _ => whole,
        };
        if shorter.chars().count() <= width { shorter } else { "#".repeat(width) }
    }

    /// For scripts: numbers as numbers, lengths in seconds, unknown as null.
    #[must_use]
    pub fn json(&self, now: Timestamp) -> serde_json::Value {
        match self {
            Self::Unknown | Self::AtLeast(_) => serde_json::Value::Null,
            Self::Number(number) => (*number).into(),
            Self::Duration(length) => seconds(*length).into(),
            Self::Since(at) => seconds(since(now, *at)).into(),
            Self::Between { from, until } => seconds(since(*until, *from)).into(),
            Self::Percent(share) => (*share).into(),
            Self::Trend(values) => values.iter().copied().collect(),
            Self::Text(text) => (&**text).into(),
            Self::Flag(is_so) => (*is_so).into(),
        }
    }
}

/// A length of time in seconds, to the millisecond: the service tells no more.
fn seconds(length: Duration) -> f64 {
    let whole = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
    #[expect(clippy::cast_precision_loss, reason = "exact up to 285,000 years")]
    let whole = whole as f64;
    whole / 1_000.0
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

/// A count in at most four characters: `999`, `1.2k`, `12k`, `123k`, `1.2M`. Rounded down, so that it
/// never says more than there is.
fn compact(number: u64) -> String {
    const UNITS: [(u64, char); 6] = [
        (1_000_000_000_000_000_000, 'E'),
        (1_000_000_000_000_000, 'P'),
        (1_000_000_000_000, 'T'),
        (1_000_000_000, 'G'),
        (1_000_000, 'M'),
        (1_000, 'k'),
    ];
    let Some((size, unit)) = UNITS.into_iter().find(|(size, _)| number >= *size) else {
        return number.to_string();
    };
    let (whole, tenths) = (number / size, number % size / (size / 10));
    if whole < 10 { format!("{whole}.{tenths}{unit}") } else { format!("{whole}{unit}") }
}

#[cfg(test)]
mod tests {
    use super::{Value, compact};
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::*;
    use std::time::Duration;

    #[test]
    fn a_large_figure_is_shortened_and_never_cut() {
        let shown = |value: Value, width| value.fitting(Timestamp::UNIX_EPOCH, width);
        let number = |number, width| shown(Value::Number(number), width);
        assert_eq!([number(9_999, 4), number(12_345, 4)], ["9999", "12k"]);
        assert_eq!([number(1_234, 4), number(1_234, 3)], ["1234", "###"]);
        assert_eq!([number(123_456, 4), number(1_299_999, 4)], ["123k", "1.2M"]);
        assert_eq!(number(123_456, 3), "###");
        let length = |seconds, width| shown(Value::Duration(Duration::from_secs(seconds)), width);
        assert_eq!([length(3_599, 6), length(3_599, 4), length(35_999, 3)], ["59m59", "59m", "9h"]);
        assert_eq!(shown(Value::Percent(1.0), 3), "###");
        assert_eq!([shown(Value::Unknown, 3), shown(Value::text("longer"), 3)], ["–", "longer"]);
    }

    #[test]
    fn a_figure_has_no_more_digits_than_it_means() {
        let now = Timestamp::UNIX_EPOCH;
        let written = |value: Value| (value.json(now).to_string(), value.figure(now));
        assert_eq!(written(Value::margin(0.99, 0.8)), ("0.19".to_owned(), Some(0.19)));
        assert_eq!(written(Value::margin(2.0 / 3.0, 0.0)), ("0.6667".to_owned(), Some(0.6667)));
        assert_eq!(written(Value::margin(0.8 - 1e-9, 0.8)).0, "0.0");
        let mean = Value::milliseconds(Some(100_000.0 / 3.0));
        assert_eq!(written(mean), ("33.333".to_owned(), Some(33.333)));
    }

    #[test]
    fn what_has_ended_grows_no_more_and_stays_in_its_place() {
        let from = Timestamp::UNIX_EPOCH;
        let value = Value::Between { from, until: from + SignedDuration::from_secs(90) };
        assert_eq!(value.shown(from + SignedDuration::from_hours(1)), "1m30");
        assert_eq!(value.number(), Value::Since(from).number());
    }

    proptest! {
        #[test]
        fn a_compact_count_is_short_and_close(number: u64) {
            let text = compact(number);
            prop_assert!(text.len() <= 4, "{}", text);
            let digits = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
            let unit = match text.chars().last().filter(char::is_ascii_alphabetic) {
                None => 1.0,
                Some(unit) => 1_000_f64.powi(i32::try_from("kMGTPE".find(unit).unwrap()).unwrap() + 1),
            };
            let told = digits.parse::<f64>().unwrap() * unit;
            #[expect(clippy::cast_precision_loss, reason = "compared to a tenth")]
            let real = number as f64;
            prop_assert!(told <= real * 1.000_001 && real < told * 1.1 + 1.0, "{}", text);
        }
    }
}
