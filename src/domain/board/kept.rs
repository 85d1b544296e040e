//! A board that is kept: its rows, filtered and in their order, as things change.
//!
//! A picture costs what has changed since the last one, whatever else there is. Every row is looked
//! at only for another sort, a filter that may find other rows, at the end of a half hour, when names
//! arrive that it depends on, or when more has changed than the monitor remembers. The other way
//! round turns what is there; a filter that only narrows looks at what it is left with; and what
//! time alone changes is looked at when it does.
use super::agenda::Agenda;
use super::order::{Standing, sorted};
use super::rows::{BoardRow, RowFilter};
use super::spread::spread;
use super::totals::Totals;
use super::{Board, Facts, FoundRow, MAX_CHANGES, Order, RowKey, RowOf, Sort};
use crate::domain::interval::HALF_HOUR_SECONDS;
use crate::domain::monitor::Monitor;
use jiff::Timestamp;
use std::cell::OnceCell;

/// Shortest time between two looks at every row because names arrived, in seconds: they come in
/// pages of a hundred while gcwatch comes up.
const NAMES_EVERY: i64 = 2;

/// Rows that aren't looked at all at once where that can be helped: it would take longer than a frame.
const MANY_ROWS: usize = 8_192;

/// Rows whose urgency is read before the first of them is asked anything else. They lie all over
/// memory, and a processor waits for many of them at once only if little is to be done in between.
const BATCH: usize = 128;

/// Rows, filtered and in their order.
#[derive(Debug)]
pub struct Kept<B: Board> {
    order: Order<B::Key>,
    /// Sums over the rows that pass.
    totals: B::Totals,
    /// Up to where the monitor's journal is taken in; `None` before the first look.
    seen: Option<u64>,
    /// What all this was made for.
    basis: Basis,
    filter: RowFilter<B>,
    /// Rows that may pass, or pass no more, by time alone.
    agenda: Agenda<B::Key>,
    names_at: Timestamp,
    looked_at: Timestamp,
}

/// What an order depends on beside the rows themselves.
#[derive(Clone, Debug, Default, PartialEq)]
struct Basis {
    sort: Sort,
    /// The filter in force, as it is written.
    filter: String,
    masked: bool,
    /// The quarter of an hour, if anything begins anew with it: half hours end with it, and in some zones
    /// days do.
    interval: i64,
    names: u64,
    /// The minute of what changes with it, if it is sorted or filtered by that.
    minute: Option<i64>,
}

/// How to come from what was made for one basis to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It is the same.
    Stay,
    /// The other way round.
    Turn,
    /// By a filter that lets nothing through that the old one didn't.
    Narrow,
    /// By a look at every row.
    Anew,
}

impl<B: Board> Default for Kept<B> {
    fn default() -> Self {
        Self {
            order: Order::default(),
            totals: B::Totals::default(),
            seen: None,
            basis: Basis::default(),
            filter: RowFilter::<B>::everything(),
            agenda: Agenda::default(),
            names_at: Timestamp::MIN,
            looked_at: Timestamp::MIN,
        }
    }
}

impl<B: Board> Kept<B> {
    /// The rows that pass, in their order.
    #[must_use]
    pub fn order(&self) -> &Order<B::Key> {
        &self.order
    }

    /// Sums over them.
    #[must_use]
    pub fn totals(&self) -> &B::Totals {
        &self.totals
    }

    /// Takes in what has changed; whether that was the filter.
    pub fn catch_up(&mut self, facts: &Facts<'_>, sort: Sort, filter: &RowFilter<B>) -> bool {
        let journal = B::journal(facts.monitor);
        let basis = self.basis_now(facts, sort, filter);
        let is_refiltered = basis.filter != self.basis.filter;
        // what time brought, a clock that was set back takes away
        let is_earlier = facts.now < self.looked_at && filter.asks_how_long();
        let changed = self.seen.filter(|_| !is_earlier).and_then(|seen| journal.after(seen));
        let step = self.step_to(&basis, filter, B::len(facts.monitor));
        match changed.filter(|_| step != Step::Anew) {
            None => self.look_at_all(facts, sort, filter),
            Some(changed) => {
                match step {
                    Step::Turn => self.order.turn(sort.is_by_column::<B>()),
                    Step::Narrow => self.narrow(facts, filter),
                    Step::Stay | Step::Anew => {}
                }
                for key in changed {
                    self.look_at(facts, sort, filter, key);
                }
                while let Some(key) = self.agenda.take_due(facts.now.as_second()) {
                    self.look_at(facts, sort, filter, &key);
                }
            }
        }
        self.basis = basis;
        if is_refiltered {
            self.filter = filter.clone();
        }
        self.seen = Some(journal.end());
        self.looked_at = facts.now;
        is_refiltered
    }

    /// Whether to catch up although nobody looks: there are so many rows that a look at all of them would
    /// be felt, and half of the changes that a journal remembers are to be taken in. What can only be had by
    /// such a look waits until somebody wants it: changes that are forgotten, and a list that is long when
    /// it is first there.
    #[must_use]
    pub fn falls_behind(&self, monitor: &Monitor) -> bool {
        let changed = |seen| B::journal(monitor).after(seen).map(|changed| changed.len());
        match (self.seen, B::len(monitor)) {
            (_, 0..MANY_ROWS) => false,
            (None, rows) => rows < 2 * MANY_ROWS,
            (Some(seen), _) => changed(seen).is_some_and(|changes| changes >= MAX_CHANGES / 2),
        }
    }

    fn basis_now(&self, facts: &Facts<'_>, sort: Sort, filter: &RowFilter<B>) -> Basis {
        let names = facts.monitor.directory.generation();
        let by_names = !filter.is_everything() || sort.by.is_some();
        let since = facts.now.as_second().saturating_sub(self.names_at.as_second());
        let lately = (0..NAMES_EVERY).contains(&since);
        let written = filter.to_string();
        let asks_by = |name: &&str| sort.by == Some(*name) || written.contains(name);
        let by_minute = B::BY_MINUTE.iter().any(asks_by);
        let interval = facts.service_now().as_second().div_euclid(HALF_HOUR_SECONDS / 2);
        Basis {
            sort,
            minute: facts.monitor.history.minute().filter(|_| by_minute),
            filter: written,
            masked: facts.masked,
            interval: if B::BY_INTERVAL { interval } else { 0 },
            names: if by_names && !lately { names } else { self.basis.names },
        }
    }

    fn step_to(&self, basis: &Basis, filter: &RowFilter<B>, rows: usize) -> Step {
        let old = &self.basis;
        let differs_by_filter = Basis { filter: old.filter.clone(), ..basis.clone() } == *old;
        let turned = Sort { reversed: !basis.sort.reversed, ..basis.sort };
        if basis == old {
            Step::Stay
        } else if (Basis { sort: turned, ..basis.clone() }) == *old {
            Step::Turn
        } else if differs_by_filter
            // going through all rows costs less than finding many of them one by one
            && self.order.len() <= rows / 4
            // rows that will pass later must be on the agenda too
            && !filter.asks_how_long()
            && filter.narrows(&self.filter)
        {
            Step::Narrow
        } else {
            Step::Anew
        }
    }

    fn look_at_all(&mut self, facts: &Facts<'_>, sort: Sort, filter: &RowFilter<B>) {
        self.names_at = facts.now;
        let rows: Vec<FoundRow<'_, B::Key>> = B::rows(facts.monitor).collect();
        let mut rebuilding = self.order.rebuild(rows.len());
        let numbered = rebuilding.order();
        let found = spread(&rows, |from, part| {
            Found::<B>::among(from, part, facts, sort, filter, numbered)
        });
        let mut totals = B::Totals::default();
        let mut later = Vec::new();
        for mut found in found {
            later.append(&mut found.later);
            for row in &found.passing {
                totals.put(facts, row.key);
            }
            rebuilding.add(found.passing, found.sorted);
        }
        rebuilding.finish();
        self.totals = totals;
        self.agenda.rebuild(later);
    }

    fn narrow(&mut self, facts: &Facts<'_>, filter: &RowFilter<B>) {
        let totals = &mut self.totals;
        self.order.retain(|key| {
            let stays = passes::<B>(filter, facts, key, key.row(facts.monitor));
            if !stays {
                totals.take(key);
            }
            stays
        });
        // the old filter may have asked how long, the new one doesn't
        self.agenda.rebuild(Vec::new());
    }

    /// Puts a row where it belongs now, or takes it out.
    fn look_at(&mut self, facts: &Facts<'_>, sort: Sort, filter: &RowFilter<B>, key: &B::Key) {
        let row = key.row(facts.monitor);
        let is_there = B::has(facts.monitor, key);
        let at = (is_there && passes::<B>(filter, facts, key, row))
            .then(|| sort.key_of::<B>(facts, key, row));
        match at {
            Some(_) => self.totals.put(facts, key),
            None => self.totals.take(key),
        }
        if is_there {
            self.order.place(key, at);
        } else {
            self.order.forget(key);
        }
        if filter.asks_how_long() {
            let again = if is_there { again::<B>(filter, facts, key, row) } else { None };
            self.agenda.note(key, again);
        }
    }
}

/// What a look at some of the rows found.
struct Found<'a, B: Board> {
    /// Those that pass.
    passing: Vec<Standing<'a, B::Key>>,
    /// In which order they stand.
    sorted: Vec<(u128, u32)>,
    /// Those that may pass, or pass no more, by time alone, and when.
    later: Vec<(i64, B::Key)>,
}

impl<'a, B: Board> Found<'a, B> {
    /// `from` is the place of the first of these rows among all of them.
    fn among(
        from: usize,
        rows: &'a [FoundRow<'_, B::Key>],
        facts: &Facts<'_>,
        sort: Sort,
        filter: &RowFilter<B>,
        order: &Order<B::Key>,
    ) -> Self {
        // a copy has its own memory for what it matches, or each would wait for the others
        let filter = filter.clone();
        let asks_how_long = filter.asks_how_long();
        // growing it by and by would copy it and have its memory cleared over and over
        let mut passing = Vec::with_capacity(rows.len());
        let mut later = Vec::new();
        let mut ranks: Vec<([i64; 2], u64)> = Vec::with_capacity(BATCH);
        for (batch, from) in rows.chunks(BATCH).zip((from..).step_by(BATCH)) {
            ranks.clear();
            ranks
                .extend(batch.iter().map(|(key, row)| (B::urgency(facts, key, *row), key.start())));
            for (((key, row), ranked), place) in batch.iter().zip(&ranks).zip(from..) {
                let again =
                    if asks_how_long { again::<B>(&filter, facts, key, *row) } else { None };
                if let Some(second) = again {
                    later.push((second, key.clone().into_owned()));
                }
                if passes::<B>(&filter, facts, key, *row) {
                    let at = sort.key_ranked::<B>(facts, key, *row, *ranked);
                    let number = order.number_of(place, key);
                    passing.push(Standing { key: &**key, number, place, at });
                }
            }
        }
        Self { sorted: sorted(&passing), passing, later }
    }
}

fn passes<B: Board>(
    filter: &RowFilter<B>,
    facts: &Facts<'_>,
    key: &B::Key,
    row: RowOf<'_, B>,
) -> bool {
    filter.is_everything()
        || filter.matches(&BoardRow::<B> { facts, key, row, described: OnceCell::new() })
}

fn again<B: Board>(
    filter: &RowFilter<B>,
    facts: &Facts<'_>,
    key: &B::Key,
    row: RowOf<'_, B>,
) -> Option<i64> {
    filter.asks_again_at(&BoardRow::<B> { facts, key, row, described: OnceCell::new() }, facts.now)
}

#[cfg(test)]
mod tests;
