//! Values as people write them: lengths of time, sizes, paces.
use crate::tape::Speed;
use clap::builder::{PossibleValue, TypedValueParser};
use std::ffi::OsStr;
use std::time::Duration;

/// Longest time that is taken: 10 years. What is longer is a slip of the finger, and clocks count
/// only so far.
const MAX_DURATION: Duration = Duration::from_secs(3_650 * 86_400);

/// Reads a value by its name, and knows the names: shells complete them. Rejected: an enum of clap's,
/// since the names belong to other layers, which know no clap.
#[derive(Clone)]
pub(in crate::cli) struct ByName<T> {
    /// Reads one.
    pub(in crate::cli) read: fn(&str) -> Result<T, String>,
    /// All of them.
    pub(in crate::cli) names: fn() -> Vec<&'static str>,
}

impl<T: Clone + Send + Sync + 'static> TypedValueParser for ByName<T> {
    type Value = T;

    fn parse_ref(
        &self,
        command: &clap::Command,
        argument: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<T, clap::Error> {
        self.read.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.names)().into_iter().map(PossibleValue::new)))
    }
}

/// Reads a length of time as people write it: `30s`, `5m`, `1h30m`, `250ms`, `90` (seconds).
pub(in crate::cli) fn duration(text: &str) -> Result<Duration, String> {
    let allowed = "write a time such as 30s, 5m or 1h30m";
    let length = if let Ok(seconds) = text.parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let span: jiff::Span = text.parse().map_err(|_| allowed.to_owned())?;
        let whole = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
        let whole = whole.ok().and_then(|whole| Duration::try_from(whole).ok());
        whole.ok_or_else(|| allowed.to_owned())?
    };
    if length > MAX_DURATION {
        return Err("the longest time is 3650d, ten years".to_owned());
    }
    Ok(length)
}

/// Reads the pace of a replay.
pub(super) fn pace(text: &str) -> Result<Speed, String> {
    if text.eq_ignore_ascii_case("max") {
        return Ok(Speed::Max);
    }
    match text.trim_start_matches(['x', '×']).parse::<f64>() {
        Ok(times) if (0.01..=100_000.0).contains(&times) => Ok(Speed::Times(times)),
        _ => Err("a number from 0.01 to 100000, or max".to_owned()),
    }
}

/// Reads a size as people write it: `500000`, `512K`, `500M`, `2G`, in powers of 1,024.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let allowed = "write a size such as 512K, 500M or 2G";
    let text = text.trim().trim_end_matches(['b', 'B']).trim_end_matches(['i', 'I']);
    let (digits, shift) = match text.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&text[..at], 10),
        Some((at, 'm' | 'M')) => (&text[..at], 20),
        Some((at, 'g' | 'G')) => (&text[..at], 30),
        _ => (text, 0),
    };
    let number: u64 = digits.trim().parse().map_err(|_| allowed.to_owned())?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0).ok_or_else(|| allowed.to_owned())
}

/// Reads how fast simulated time goes.
pub(in crate::cli) fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=10_000.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.1 to 10000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, duration};
    use std::time::Duration;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, size) in
            [("1000", 1_000), ("512K", 512 << 10), ("2GiB", 2 << 30), ("3mb", 3 << 20)]
        {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        for text in ["", "0", "-1", "M", "1T", "99999999999G"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in
            [("30s", 30), ("5m", 300), ("1h30m", 5_400), ("90", 90), ("1d", 86_400)]
        {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "-5s",
            "soon",
            "5 lightyears",
            "99999999999999999999s",
            "18446744073709551615",
            "3651d",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
