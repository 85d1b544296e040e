//! What stands under the rows of a board: sums, kept as rows come, change and go, so that a picture
//! doesn't walk through them.
use super::{Facts, Value};
use std::fmt::Debug;

/// Sums over rows that are named by `K`.
pub trait Totals<K>: Debug + Default {
    /// Whether the board has any.
    const EXIST: bool = true;

    /// Takes a row in, or what has become of it.
    fn put(&mut self, facts: &Facts<'_>, key: &K);

    /// Takes a row out.
    fn take(&mut self, key: &K);

    /// Whether there is a sum under the column of that name.
    fn has(column: &str) -> bool;

    /// What stands under the column of that name; unknown under those that have no sum, and where
    /// what a row has is unknown.
    fn value(&self, column: &str) -> Value;
}

/// No sums.
impl<K> Totals<K> for () {
    const EXIST: bool = false;

    fn put(&mut self, _: &Facts<'_>, _: &K) {}

    fn take(&mut self, _: &K) {}

    fn has(_: &str) -> bool {
        false
    }

    fn value(&self, _: &str) -> Value {
        Value::Unknown
    }
}
