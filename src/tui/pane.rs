//! One list on the screen: its order, its selection by identity, and the window of rows that is
//! prepared for drawing.

/// What can be done with any list, whatever it holds.
pub(super) trait List {
    /// Moves the cursor; the first move only shows it.
    fn move_by(&mut self, by: isize);
    /// How many rows fit.
    fn page(&self) -> usize;
    /// Text that rows must hold; empty for all.
    fn filter(&self) -> &str;
    /// Changes that text.
    fn set_filter(&mut self, text: &str);
    /// The row of the window that the cursor is on, if it is shown.
    fn row(&self) -> Option<usize> {
        None
    }
    /// Puts the cursor on a row of the window; says whether there is one. Not where a list has no
    /// cursor.
    fn point_at(&mut self, _row: usize) -> bool {
        false
    }
    /// Sorts by the column that stands at that many columns of the terminal from the left; by the
    /// same again, the other way round. Nothing where rows aren't sorted by columns.
    fn sort_at(&mut self, _left: u16) {}
}

impl<K: Clone + PartialEq, L> List for Pane<K, L> {
    fn move_by(&mut self, by: isize) {
        Self::move_by(self, by);
    }

    fn page(&self) -> usize {
        self.height
    }

    fn filter(&self) -> &str {
        &self.filter
    }

    fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        self.is_refiltered = true;
    }

    fn row(&self) -> Option<usize> {
        self.selected.as_ref().map(|_| self.position.saturating_sub(self.offset))
    }

    fn point_at(&mut self, row: usize) -> bool {
        let is_there = row < self.window().len();
        if is_there {
            self.go_to(self.offset + row);
        }
        is_there
    }
}

/// A list of things with identity `K`, drawn as lines `L`.
#[derive(Debug)]
pub(super) struct Pane<K, L> {
    /// Everything that passes the filter, in the order shown.
    pub(super) order: Vec<K>,
    /// Rows from `offset` on, as many as fit.
    pub(super) lines: Vec<L>,
    /// What the cursor is on.
    pub(super) selected: Option<K>,
    /// What the person last moved to. A filter that is being typed may hide it for some letters;
    /// when it lets it through again, the cursor is back on it.
    anchor: Option<K>,
    /// Whether the filter was changed since the last order.
    is_refiltered: bool,
    /// Where that was in the order: if it goes, the cursor stays there.
    pub(super) position: usize,
    /// The first row shown.
    pub(super) offset: usize,
    /// How many rows fit.
    pub(super) height: usize,
    /// Text that rows must hold; empty for all.
    pub(super) filter: String,
    /// How many there are without the filter.
    pub(super) total: usize,
}

impl<K, L> Default for Pane<K, L> {
    fn default() -> Self {
        Self {
            order: Vec::new(),
            lines: Vec::new(),
            selected: None,
            anchor: None,
            is_refiltered: false,
            position: 0,
            offset: 0,
            height: 1,
            filter: String::new(),
            total: 0,
        }
    }
}

impl<K: Clone + PartialEq, L> Pane<K, L> {
    /// Takes a new order; the cursor stays on what it was on, or else where it was.
    pub(super) fn set_order(&mut self, order: Vec<K>) {
        if std::mem::take(&mut self.is_refiltered)
            && self.anchor.as_ref().is_some_and(|anchor| order.contains(anchor))
        {
            self.selected.clone_from(&self.anchor);
        }
        let found = self.selected.as_ref().and_then(|selected| {
            let near = order.get(self.position).is_some_and(|at| at == selected);
            if near { Some(self.position) } else { order.iter().position(|key| key == selected) }
        });
        self.order = order;
        if let Some(position) = found {
            // what is looked at stays in its place on the screen
            let row = self.position.saturating_sub(self.offset);
            self.offset = position.saturating_sub(row);
            self.position = position;
        } else {
            self.position = self.position.min(self.order.len().saturating_sub(1));
            if self.selected.is_some() {
                self.selected = self.order.get(self.position).cloned();
            }
        }
        self.keep_in_sight();
    }

    /// Moves the cursor; the first move only shows it.
    pub(super) fn move_by(&mut self, by: isize) {
        if self.order.is_empty() {
            return;
        }
        let position = if self.selected.is_none() {
            self.offset
        } else {
            self.position.saturating_add_signed(by)
        };
        self.go_to(position);
    }

    /// Puts the cursor on a place in the order.
    pub(super) fn go_to(&mut self, position: usize) {
        self.position = position.min(self.order.len().saturating_sub(1));
        self.selected = self.order.get(self.position).cloned();
        self.anchor.clone_from(&self.selected);
        self.keep_in_sight();
    }

    /// Prepares the lines of the window, and only those.
    pub(super) fn fill(&mut self, line: impl Fn(&K) -> Option<L>) {
        self.lines = self.order[self.window()].iter().filter_map(line).collect();
    }

    /// How many of how many, with the filter.
    pub(super) fn tally(&self) -> String {
        let total = super::format::count(self.total as u64);
        if self.filter.is_empty() {
            format!("({total})")
        } else {
            let shown = super::format::count(self.order.len() as u64);
            format!("({shown} of {total}) · filter: {}", self.filter)
        }
    }

    /// The range of rows that is shown.
    pub(super) fn window(&self) -> std::ops::Range<usize> {
        let end = (self.offset + self.height).min(self.order.len());
        self.offset.min(end)..end
    }

    pub(super) fn keep_in_sight(&mut self) {
        let height = self.height.max(1);
        if self.selected.is_some() {
            self.offset =
                self.offset.clamp((self.position + 1).saturating_sub(height), self.position);
        }
        self.offset = self.offset.min(self.order.len().saturating_sub(height));
    }
}

#[cfg(test)]
mod tests {
    use super::Pane;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_cursor_never_moves_by_itself(
            orders in prop::collection::vec(prop::collection::btree_set(0_u8..40, 0..30), 1..12),
            moves in prop::collection::vec(-20_isize..20, 12),
            height in 1_usize..12,
        ) {
            let mut pane: Pane<u8, ()> = Pane { height, ..Pane::default() };
            for (order, by) in orders.into_iter().zip(moves) {
                let before = pane.selected;
                pane.set_order(order.iter().copied().collect());
                if let Some(before) = before && order.contains(&before) {
                    prop_assert_eq!(pane.selected, Some(before));
                }
                pane.move_by(by);
                prop_assert!(order.is_empty() || pane.window().contains(&pane.position));
                prop_assert!(pane.window().end <= pane.order.len());
            }
        }
    }
}
