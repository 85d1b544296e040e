//! Numbers, lengths of time, percentages and sizes as people write them.
use super::Holds;
use jiff::Timestamp;
use std::time::Duration;

/// Longest length of time that is read: a hundred years. Beyond it a filter means a mistake.
const MAX_SECONDS: f64 = 3_155_760_000.0;

/// A quantity to compare with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantity {
    /// The number: a count, seconds, a part of 1, or bytes.
    pub number: f64,
    /// In what steps values are compared with it: lengths of time by the second unless the
    /// filter names milliseconds, so that `wait>2m` agrees with a clock that shows `2m00`.
    /// Zero compares exactly.
    pub step: f64,
}

impl Quantity {
    /// Where `value` lies to this quantity.
    #[must_use]
    pub fn ordering_of(self, value: f64) -> Option<std::cmp::Ordering> {
        let stepped = if self.step > 0.0 { (value / self.step).floor() * self.step } else { value };
        if (stepped - self.number).abs() < 1e-9 {
            return Some(std::cmp::Ordering::Equal);
        }
        stepped.partial_cmp(&self.number)
    }
}

/// Reads a quantity as it is written for a field that holds `holds`; `None` if it isn't one.
#[must_use]
pub fn quantity(text: &str, holds: Holds) -> Option<Quantity> {
    let exactly = |number: f64| Quantity { number, step: 0.0 };
    match holds {
        Holds::Count => {
            scaled(text, &[("k", 1e3), ("K", 1e3), ("M", 1e6), ("G", 1e9)]).map(exactly)
        }
        Holds::Size => scaled(text.strip_suffix('B').unwrap_or(text), SIZES).map(exactly),
        Holds::Share => {
            let percent = scaled(text.strip_suffix('%').unwrap_or(text), &[])?;
            // 0.8 is what JSON writes for 80 %, and would silently be less than one of them
            let is_doubtful = percent != 0.0 && percent.abs() < 1.0 && !text.ends_with('%');
            (!is_doubtful).then(|| exactly(percent / 100.0))
        }
        Holds::Duration => {
            let length = duration(text)?;
            let step = if length.subsec_nanos() == 0 { 1.0 } else { 0.001 };
            Some(Quantity { number: length.as_secs_f64(), step })
        }
        Holds::Text | Holds::Time | Holds::Flag | Holds::Json => None,
    }
}

/// As the program draws sizes, a `k` is 1,000; who means 1,024 writes `Ki`.
const SIZES: &[(&str, f64)] = &[
    ("Ki", 1024.0),
    ("Mi", 1024.0 * 1024.0),
    ("Gi", 1024.0 * 1024.0 * 1024.0),
    ("k", 1e3),
    ("K", 1e3),
    ("M", 1e6),
    ("G", 1e9),
];

fn scaled(text: &str, scales: &[(&str, f64)]) -> Option<f64> {
    let scale = scales.iter().find_map(|(suffix, by)| Some((text.strip_suffix(suffix)?, *by)));
    let (digits, by) = scale.unwrap_or((text, 1.0));
    let number = number(digits)? * by;
    number.is_finite().then_some(number)
}

/// Digits with at most one point and sign: neither `inf` nor `1e9`, which nobody means here.
fn number(text: &str) -> Option<f64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().any(|byte| byte.is_ascii_digit());
    is_plain.then(|| text.parse().ok()).flatten()
}

/// Reads a length of time: `250ms`, `90s`, `2m`, `1h30m`, `1d`, a plain number of seconds, and
/// what the screen shows, as `4m12` and `1h05`. `None` if it isn't one.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds = 0.0;
    // units go from the largest down, each at most once
    let mut last = f64::INFINITY;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (figures, after) = rest.split_at(digits);
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let unit = match unit {
            "ms" => 0.001,
            "s" | "sec" => 1.0,
            "m" | "min" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            // the unit after the last one, as clocks write it
            "" => match last {
                3_600.0 => 60.0,
                60.0 => 1.0,
                last if last.is_infinite() => 1.0,
                _ => return None,
            },
            _ => return None,
        };
        if unit >= last {
            return None;
        }
        last = unit;
        seconds += number(figures)? * unit;
        rest = after;
    }
    let known = last.is_finite() && (0.0..=MAX_SECONDS).contains(&seconds);
    // rounded to a microsecond: thousandths have no exact double
    known.then(|| Duration::from_secs_f64((seconds * 1e6).round() / 1e6))
}

/// Reads a point in time with its zone, to the second or to the minute.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok()
}

/// Reads yes or no.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "yes" | "true" => Some(true),
        "no" | "false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, quantity};
    use crate::domain::filter::Holds;
    use std::cmp::Ordering;
    use std::time::Duration;

    #[test]
    fn lengths_of_time_are_read_as_written_and_as_drawn() {
        for (text, milliseconds) in [
            ("250ms", 250),
            ("90s", 90_000),
            ("90", 90_000),
            ("2m", 120_000),
            ("1h30m", 5_400_000),
            ("1.5h", 5_400_000),
            ("4m12", 252_000),
            ("1h05", 3_900_000),
            ("1s250ms", 1_250),
            ("1d", 86_400_000),
        ] {
            assert_eq!(duration(text), Some(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in
            ["", "m", "2m1h", "5x", "-5s", "1d05", "1m1m", "1..5s", ".", "999999999999999d", "5 s"]
        {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn sizes_shares_and_counts_have_their_units() {
        let number = |text: &str, holds| quantity(text, holds).map(|quantity| quantity.number);
        assert_eq!(number("10k", Holds::Size), Some(10_000.0));
        assert_eq!(number("4KiB", Holds::Size), Some(4_096.0));
        assert_eq!(number("2M", Holds::Count), Some(2e6));
        assert_eq!(number("80%", Holds::Share), Some(0.8));
        assert_eq!(number("80", Holds::Share), Some(0.8));
        assert_eq!(number("0.5%", Holds::Share), Some(0.005));
        assert_eq!(number("0", Holds::Share), Some(0.0));
        assert_eq!(number("0.8", Holds::Share), None, "80 % or less than one?");
        assert_eq!(number("-3", Holds::Count), Some(-3.0));
        for text in ["", "k", "inf", "nan", "1e9", "10m", "--1", &"9".repeat(400)] {
            assert_eq!(number(text, Holds::Count), None, "{text}");
        }
    }

    #[test]
    fn waits_compare_as_the_clock_shows_them() {
        let limit = quantity("2m", Holds::Duration).unwrap();
        assert_eq!(limit.ordering_of(120.9), Some(Ordering::Equal));
        assert_eq!(limit.ordering_of(121.0), Some(Ordering::Greater));
        let fine = quantity("250ms", Holds::Duration).unwrap();
        assert_eq!(fine.ordering_of(0.251), Some(Ordering::Greater));
        assert_eq!(fine.ordering_of(f64::NAN), None);
    }
}
