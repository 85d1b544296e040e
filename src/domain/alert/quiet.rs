//! Quiet hours: ranges of the day, where the person is, in which nothing rings.
use jiff::civil::Time;
use std::fmt;

/// Most ranges: a night, a break, a hand-over.
pub const MAX_RANGES: usize = 8;

/// Ranges of the day in which nothing rings; a range may go over midnight.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuietHours(Vec<(Time, Time)>);

impl QuietHours {
    /// Reads ranges such as `22:00-06:00`.
    ///
    /// # Errors
    /// The number of the range that isn't one, from 0, and a sentence.
    pub fn parse<'a>(ranges: impl IntoIterator<Item = &'a str>) -> Result<Self, (usize, String)> {
        let mut read = Vec::new();
        for (number, text) in ranges.into_iter().enumerate() {
            if number >= MAX_RANGES {
                return Err((number, format!("at most {MAX_RANGES} ranges")));
            }
            let range = text.split_once('-').and_then(|(from, to)| {
                let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
                (from != to).then_some((from, to))
            });
            let wanted = || (number, "write a range of the day such as 22:00-06:00".to_owned());
            read.push(range.ok_or_else(wanted)?);
        }
        Ok(Self(read))
    }

    /// Whether it is quiet at this time of day; the end of a range isn't part of it.
    #[must_use]
    pub fn contains(&self, clock: Time) -> bool {
        self.0.iter().any(|(from, to)| {
            if from < to { (*from..*to).contains(&clock) } else { clock >= *from || clock < *to }
        })
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (from, to)) in self.0.iter().enumerate() {
            let between = if number > 0 { ", " } else { "" };
            let clock = |time: &Time| format!("{:02}:{:02}", time.hour(), time.minute());
            write!(formatter, "{between}{}-{}", clock(from), clock(to))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::QuietHours;
    use jiff::civil::time;

    #[test]
    fn ranges_go_over_midnight_and_end_before_their_end() {
        let quiet = QuietHours::parse(["22:00-06:00", "12:00 - 12:30"]).unwrap();
        for (hour, minute, expected) in [
            (22, 0, true),
            (0, 0, true),
            (5, 59, true),
            (6, 0, false),
            (12, 29, true),
            (12, 30, false),
        ] {
            assert_eq!(quiet.contains(time(hour, minute, 0, 0)), expected, "{hour}:{minute}");
        }
        assert_eq!(quiet.to_string(), "22:00-06:00, 12:00-12:30");
        assert!(!QuietHours::default().contains(time(3, 0, 0, 0)));
        for wrong in ["", "22:00", "25:00-06:00", "late-early", "6:00-6:00"] {
            assert!(QuietHours::parse([wrong]).is_err(), "{wrong}");
        }
    }
}
