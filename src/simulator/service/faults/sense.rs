//! Values of a fault that can be read and can't be done: told before anything is played.
//!
//! Must not know where a fault was written.
use super::Fault;
use std::ops::RangeInclusive;

/// Status codes that HTTP can carry.
const STATUS: RangeInclusive<u16> = 100..=599;
/// Codes that a close frame may hold; 1006 stands for none, and 1004, 1005 and 1015 are never sent.
const CLOSE: RangeInclusive<u16> = 1000..=4999;

impl Fault {
    /// What is wrong with its values, with the key; `None` if it can be done.
    #[must_use]
    pub fn nonsense(&self) -> Option<String> {
        let status = |key: &str, status: u16| {
            let is_wrong = status != 0 && !STATUS.contains(&status);
            is_wrong.then(|| format!("`{key}` is {status}, and a status is one from 100 to 599"))
        };
        let share = |key: &str, share: f64| {
            let is_wrong = !(0.0..=1.0).contains(&share);
            is_wrong.then(|| format!("`frames.{key}` is {share}, and a share is one from 0 to 1"))
        };
        let close = self.close.as_ref().map(|close| close.code);
        let close = close.filter(|code| !CLOSE.contains(code) || [1004, 1005, 1015].contains(code));
        let close = close.map(|code| {
            format!("`close.code` is {code}, and a close frame holds one from 1000 to 4999, but for 1004, 1005 and 1015")
        });
        close
            .or_else(|| status("upgrade_status", self.upgrade_status?))
            .or_else(|| status("answer.status", self.answer.as_ref()?.status))
            .or_else(|| share("doubled", self.frames.as_ref()?.doubled))
            .or_else(|| share("reordered", self.frames.as_ref()?.reordered))
            .or_else(|| share("malformed", self.frames.as_ref()?.malformed))
    }
}
