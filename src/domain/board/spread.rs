//! A look at many rows, spread over some of the computer's processors: a person who typed a letter waits
//! for it. The parts come back in their order, so the result is that of one look at all of them.
//!
//! Threads that end before the function returns are no state and no clock: it stays a function of what it
//! is given. Must not know what is looked for.
use std::num::NonZero;
use std::sync::OnceLock;
use std::thread::{Builder, ScopedJoinHandle, available_parallelism, scope};

/// Most threads, the caller's own among them. What a look waits for is the memory that all of them share;
/// measured are two, which take a bit more than half the time of one.
const MAX_WORKERS: usize = 4;
/// Fewest rows that a thread is begun for: some ten milliseconds of looking, a hundred times what it
/// costs to begin one. Boards of a few hundred rows never see another thread, but in tests, so that those
/// of what is kept of a board hold the merged parts too.
const LEAST_ROWS: usize = if cfg!(test) { 4 } else { 8_192 };

/// What `look` finds in each part of `rows`, told where that begins, in the order of the parts. Where the
/// system gives no thread, the caller's own does the work.
pub(super) fn spread<'rows, T: Sync, R: Send>(
    rows: &'rows [T],
    look: impl Fn(usize, &'rows [T]) -> R + Sync,
) -> Vec<R> {
    static WORKERS: OnceLock<usize> = OnceLock::new();
    let workers = *WORKERS.get_or_init(|| {
        let processors = available_parallelism().map_or(1, NonZero::get);
        if cfg!(test) { MAX_WORKERS } else { processors.clamp(1, MAX_WORKERS) }
    });
    spread_over(workers, LEAST_ROWS, rows, look)
}

fn spread_over<'rows, T: Sync, R: Send>(
    workers: usize,
    least: usize,
    rows: &'rows [T],
    look: impl Fn(usize, &'rows [T]) -> R + Sync,
) -> Vec<R> {
    let parts = (rows.len() / least).clamp(1, workers);
    let (first, others) = rows.split_at(rows.len().div_ceil(parts));
    let look = &look;
    scope(|scope| {
        let begun: Vec<_> = others
            .chunks(first.len().max(1))
            .zip((first.len()..).step_by(first.len().max(1)))
            .map(|(part, from)| {
                (from, part, Builder::new().spawn_scoped(scope, move || look(from, part)))
            })
            .collect();
        let mut found = Vec::with_capacity(parts);
        found.push(look(0, first));
        for (from, part, worker) in begun {
            found.push(match worker.map(ScopedJoinHandle::join) {
                Ok(Ok(seen)) => seen,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(_) => look(from, part),
            });
        }
        found
    })
}

#[cfg(test)]
mod tests {
    use super::spread_over;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_row_is_seen_once_and_in_its_order(
            rows in prop::collection::vec(any::<u8>(), 0..200),
            workers in 1_usize..6,
            least in 1_usize..50,
        ) {
            let parts = spread_over(workers, least, &rows, |from, part| {
                assert_eq!(&rows[from..from + part.len()], part);
                part.to_vec()
            });
            prop_assert!(parts.len() <= workers);
            prop_assert_eq!(parts.concat(), rows);
        }
    }
}
