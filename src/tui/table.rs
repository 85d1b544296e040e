//! A board on the screen: its rows, kept in their order as they change; the cursor, by identity; the
//! columns; and the window of rows that is prepared for drawing.
//!
//! A picture costs what has changed since the last one and the rows that fit, whatever else there
//! is, see [`Kept`].
use super::draw::{empty, panel};
use super::format::{cut, fit, fit_right};
use super::line::{RowWriter, write_line};
use super::look::Context;
use super::overlays::columns::Offered;
use super::pane::List;
use super::screens::Spot;
use super::spark::sparkline;
use crate::domain::board::kept::Kept;
use crate::domain::board::layout::{Layout, Placed};
use crate::domain::board::rows::{BoardRow, RowFilter, fields};
use crate::domain::board::totals::Totals as _;
use crate::domain::board::{Board, Column, Facts, Order, Sort, Value, Width, column};
use crate::domain::filter::FilterError;
use crate::domain::filter::complete::complete;
use crate::domain::filter::examples::{MAX_ROWS, examples};
use ratatui::Frame;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use std::collections::BTreeSet;

/// Rows that are looked at for words that a filter could be completed to: more have no new ones.
const MAX_LOOKED_AT: usize = 500;
/// Rows of a panel from which one is spent on sums: with fewer, rows are worth more.
const FOOT_FROM: usize = 5;
/// How wide a column of words should be before there is room for a column more: with less, most names of
/// queues and people can't be told apart.
const COMFORT: u16 = 12;
/// Columns at the beginning of each row for a sign.
const SIGN: u16 = 2;

/// One prepared row.
#[derive(Debug)]
pub(super) struct TableRow<K> {
    pub(super) key: K,
    pub(super) cells: Vec<Value>,
}

/// A column with a width of one's own, if it has one.
type Chosen<K> = (&'static Column<K>, Option<u16>);

/// A board on the screen.
#[derive(Debug)]
pub(super) struct Table<B: Board> {
    kept: Kept<B>,
    rows: Vec<TableRow<B::Key>>,
    selected: Option<B::Key>,
    /// What the person last moved to. A filter that is being typed may hide it for some letters;
    /// when it lets it through again, the cursor is back on it.
    anchor: Option<B::Key>,
    /// Where that was in the order: if it goes, the cursor stays there.
    position: usize,
    offset: usize,
    height: usize,
    sort: Sort,
    filter: RowFilter<B>,
    /// The filter as it is typed.
    typed: String,
    /// Columns of one's own choice, with widths of one's own; empty for the board's.
    chosen: Vec<Chosen<B::Key>>,
    /// The columns that fit, with their widths.
    shown: Vec<(&'static Column<B::Key>, u16)>,
    total: usize,
    /// What stands under the shown columns; empty where there is no room or no need.
    foot: Vec<Value>,
}

impl<B: Board> Default for Table<B> {
    fn default() -> Self {
        Self {
            kept: Kept::default(),
            rows: Vec::new(),
            selected: None,
            anchor: None,
            position: 0,
            offset: 0,
            height: 1,
            sort: Sort::default(),
            filter: RowFilter::<B>::everything(),
            typed: String::new(),
            chosen: Vec::new(),
            shown: Vec::new(),
            total: 0,
            foot: Vec::new(),
        }
    }
}

impl<B: Board> Table<B> {
    /// Takes in what changed, and prepares the rows that fit.
    pub(super) fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        let facts = facts(context);
        self.catch_up(&facts);
        // one row is its own sum
        let has_foot = B::Totals::EXIST && self.order().len() > 1 && spot.rows(1) >= FOOT_FROM;
        self.height = spot.rows(1 + usize::from(has_foot));
        self.total = B::len(facts.monitor);
        self.follow_selected();
        self.shown = self.fitting(spot);
        let foot = self.shown.iter().filter(|_| has_foot);
        self.foot = foot.map(|(column, _)| self.kept.totals().value(column.name)).collect();
        let end = (self.offset + self.height).min(self.order().len());
        let window = self.offset.min(end)..end;
        self.rows = window
            .filter_map(|place| self.order().at(place).cloned())
            .map(|key| {
                let cells =
                    self.shown.iter().map(|(column, _)| column.value(&facts, &key)).collect();
                TableRow { key, cells }
            })
            .collect();
    }

    /// Takes in what changed while nobody looks, before it would cost a look at every row; whether it did.
    pub(super) fn keep_up(&mut self, context: &Context<'_>) -> bool {
        let is_due = self.kept.falls_behind(context.monitor);
        if is_due {
            self.catch_up(&facts(context));
        }
        is_due
    }

    fn catch_up(&mut self, facts: &Facts<'_>) {
        let is_refiltered = self.kept.catch_up(facts, self.sort, &self.filter);
        let anchor = self.anchor.as_ref().filter(|_| is_refiltered);
        if let Some(anchor) = anchor.filter(|anchor| self.order().place_of(anchor).is_some()) {
            self.selected = Some(anchor.clone());
        }
    }

    fn order(&self) -> &Order<B::Key> {
        self.kept.order()
    }

    /// The cursor stays on what it was on, and that in its place on the screen; if it has gone, the
    /// cursor stays where it was.
    fn follow_selected(&mut self) {
        let found = self.selected.as_ref().and_then(|selected| self.order().place_of(selected));
        if let Some(position) = found {
            let row = self.position.saturating_sub(self.offset);
            self.offset = position.saturating_sub(row);
            self.position = position;
        } else {
            self.position = self.position.min(self.order().len().saturating_sub(1));
            if self.selected.is_some() {
                self.selected = self.order().at(self.position).cloned();
            }
        }
        self.keep_in_sight();
    }

    fn keep_in_sight(&mut self) {
        if self.selected.is_some() {
            let first = (self.position + 1).saturating_sub(self.height);
            self.offset = self.offset.clamp(first, self.position);
        }
        self.offset = self.offset.min(self.order().len().saturating_sub(self.height));
    }

    /// The columns that were asked for, as many as fit, in their order; what is left over goes to
    /// those that grow.
    fn fitting(&self, spot: Spot) -> Vec<(&'static Column<B::Key>, u16)> {
        let names = if spot.alone { B::SHOWN } else { B::BRIEF };
        let own: Vec<Chosen<B::Key>> = if self.chosen.is_empty() || !spot.alone {
            names.iter().filter_map(|name| Some((column::<B>(name)?, None))).collect()
        } else {
            self.chosen.clone()
        };
        let mut room = u16::try_from(spot.columns()).unwrap_or(u16::MAX).saturating_sub(SIGN);
        // what the words that are shown already lack; those that a person chose, they want as they are
        let mut lacking = 0;
        let is_needed =
            |name: &str| !self.chosen.is_empty() || !spot.alone || B::BRIEF.contains(&name);
        let mut fitting = Vec::new();
        // how far each may grow
        let mut most = Vec::new();
        for (column, width) in own {
            let least = width.unwrap_or(column.width.least());
            let needed = least.saturating_add(u16::from(!fitting.is_empty()));
            let spare = if is_needed(column.name) { 0 } else { lacking };
            if needed.saturating_add(spare) > room {
                // what comes later may be narrower, and still fit
                continue;
            }
            room -= needed;
            if let (Width::Grows { least, most }, None) = (column.width, width) {
                lacking += COMFORT.min(most).saturating_sub(least);
            }
            fitting.push((column, least));
            most.push(match column.width {
                Width::Grows { most, .. } if width.is_none() => most,
                _ => least,
            });
        }
        // one column of the terminal each in turn, so that none takes it all
        while room > 0 && fitting.iter().zip(&most).any(|((_, width), most)| width < most) {
            for ((_, width), most) in fitting.iter_mut().zip(&most) {
                if room > 0 && *width < *most {
                    *width += 1;
                    room -= 1;
                }
            }
        }
        fitting
    }

    /// Draws the prepared rows. `words` are the name of the list, what stands behind its sort, and what is
    /// said where it has no rows; `sign` says what stands before a row, `style` how a cell looks.
    pub(super) fn draw(
        &self,
        frame: &mut Frame<'_>,
        spot: Spot,
        words: [&str; 3],
        context: &Context<'_>,
        sign: impl Fn(&B::Key) -> Span<'static>,
        style: impl Fn(&B::Key, &Column<B::Key>) -> Style,
    ) {
        let look = context.look;
        let [name, note, without_rows] = words;
        let title = format!("{name} {} · {}{note}", self.tally(), self.sort_words());
        let block = panel(look, &title, spot.focused);
        let inner = block.inner(spot.area);
        frame.render_widget(block, spot.area);
        let buffer = frame.buffer_mut();
        let mut places = inner.rows();
        if let Some(place) = places.next() {
            write_line(&self.heading(context), place, buffer);
        }
        for (row, place) in self.rows.iter().zip(&mut places) {
            let sign = sign(&row.key);
            let faded = sign.style.add_modifier.contains(Modifier::DIM);
            let whole = if faded { look.theme.dim() } else { Style::new() };
            let selected = self.selected.as_ref() == Some(&row.key);
            let whole = if selected { whole.patch(look.theme.selected()) } else { whole };
            let mut writer = RowWriter::new(place, whole, buffer);
            writer.cell(&sign.content, SIGN, false, sign.style);
            self.write_cells(&mut writer, &row.cells, context, |column| style(&row.key, column));
        }
        if self.rows.is_empty() {
            let filtered = !self.filter.is_everything();
            let lines = empty(look, filtered, without_rows, spot.columns());
            for (line, place) in lines.zip(&mut places) {
                write_line(&line, place, buffer);
            }
        }
        // under the last row of the panel, wherever the list ends
        let foot = inner.rows().nth(self.height + 1).filter(|_| !self.foot.is_empty());
        if let Some(place) = foot {
            let mut writer = RowWriter::new(place, Style::new(), buffer);
            writer.cell(look.theme.sign("Σ", "="), SIGN, false, Style::new());
            self.write_cells(&mut writer, &self.foot, context, |_| look.theme.title());
        }
    }

    /// Writes the values of one row, each in its column.
    fn write_cells(
        &self,
        writer: &mut RowWriter<'_>,
        values: &[Value],
        context: &Context<'_>,
        style: impl Fn(&Column<B::Key>) -> Style,
    ) {
        for (index, ((column, width), value)) in self.shown.iter().zip(values).enumerate() {
            if index > 0 {
                writer.skip(1);
            }
            let columns = usize::from(*width);
            let (text, is_right) = match value {
                // the newest to the right, also while there are few
                Value::Trend(values) => {
                    let ascii = context.look.theme.ascii;
                    (sparkline(values.iter().copied(), columns, ascii), true)
                }
                value => (value.fitting(context.now, columns), column.right),
            };
            let is_known = *value != Value::Unknown;
            let style = if is_known { style(column) } else { context.look.theme.dim() };
            writer.cell(&text, *width, is_right, style);
        }
    }

    /// The headings; the one that the rows are sorted by has a mark.
    fn heading(&self, context: &Context<'_>) -> Line<'static> {
        let look = context.look;
        let mut spans = vec![Span::raw(" ".repeat(usize::from(SIGN)))];
        for (index, (column, width)) in self.shown.iter().enumerate() {
            if index > 0 {
                spans.push(Span::raw(" "));
            }
            let width = usize::from(*width);
            let sorted = self.sort.by == Some(column.name);
            let heading = cut(column.heading, width);
            let text = if column.right { fit_right(&heading, width) } else { fit(&heading, width) };
            let style = look.theme.dim();
            spans.push(Span::styled(
                text,
                if sorted { style.add_modifier(Modifier::UNDERLINED) } else { style },
            ));
        }
        Line::from(spans)
    }

    fn sort_words(&self) -> String {
        let by = match self.sort.by.and_then(column::<B>) {
            None => B::ORDER.to_owned(),
            Some(column) => format!("by {}", column.name.replace('_', " ")),
        };
        if self.sort.reversed { format!("{by}, reversed") } else { by }
    }

    /// How many of how many, with the filter.
    fn tally(&self) -> String {
        let total = super::format::count(self.total as u64);
        if self.filter.is_everything() {
            return format!("({total})");
        }
        let shown = super::format::count(self.order().len() as u64);
        format!("({shown} of {total}) · filter: {}", self.filter)
    }

    /// What a filter could be completed to, best first.
    pub(super) fn complete(text: &str, context: &Context<'_>) -> Vec<String> {
        let facts = facts(context);
        let seen = |column: &'static Column<B::Key>| Self::seen_in(column, &facts);
        let completion = complete(text, text.len(), &fields::<B>(), seen);
        let before = &text[..completion.replaces.start];
        completion.offers.into_iter().map(|offer| format!("{before}{}", offer.text)).collect()
    }

    /// Filters that find one of the rows, each with what it finds: of the columns that are shown, since
    /// those are what a person sees.
    pub(super) fn examples(
        &self,
        prepared: &[(&str, &str)],
        context: &Context<'_>,
    ) -> Vec<(String, String)> {
        let facts = facts(context);
        let places =
            (0..self.order().len().min(MAX_ROWS)).filter_map(|place| self.order().at(place));
        let rows: Vec<BoardRow<'_, '_, B>> =
            places.map(|key| BoardRow::find(&facts, key)).collect();
        let shown = |name: &str| self.shown.iter().any(|(column, _)| column.name == name);
        // all of them can be asked for; those that are seen come first
        let (mut fields, others): (Vec<_>, Vec<_>) =
            fields::<B>().into_iter().partition(|field| shown(field.name));
        fields.extend(others);
        examples(&rows, &fields, prepared)
    }

    /// Words in a column, each once, of as many rows as are looked at for it. Not only of those that pass:
    /// a field's name that is typed letter by letter is a word until its operator comes, and most often
    /// one that no row has.
    fn seen_in(column: &'static Column<B::Key>, facts: &Facts<'_>) -> Vec<String> {
        let mut words = BTreeSet::new();
        for key in B::keys(facts.monitor).take(MAX_LOOKED_AT) {
            let Value::Text(text) = column.value(facts, &key) else { continue };
            match column.joined {
                Some(between) => words.extend(text.split(between).map(str::to_owned)),
                None => {
                    words.insert(text.to_string());
                }
            }
        }
        words.into_iter().collect()
    }

    /// What the cursor is on.
    pub(super) fn selected(&self) -> Option<&B::Key> {
        self.selected.as_ref()
    }

    /// What opens: what the cursor is on, or the first row while there is no cursor.
    pub(super) fn pointed(&self) -> Option<&B::Key> {
        self.selected.as_ref().or_else(|| self.rows.first().map(|row| &row.key))
    }

    /// Sorts so; if it is sorted so already, by urgency again.
    pub(super) fn toggle_sort(&mut self, sort: Sort) {
        self.sort = if self.sort == sort { Sort::default() } else { sort };
    }

    /// Sorts by the column of that name; by the same again, the other way round.
    pub(super) fn sort_by(&mut self, name: &'static str) {
        let again = self.sort.by == Some(name);
        self.sort = Sort { by: Some(name), reversed: again && !self.sort.reversed };
    }

    /// All columns for choosing: those in force first, in their order.
    pub(super) fn offered(&self) -> Vec<Offered> {
        let in_force: Vec<Chosen<B::Key>> = if self.chosen.is_empty() {
            B::SHOWN.iter().filter_map(|name| Some((column::<B>(name)?, None))).collect()
        } else {
            self.chosen.clone()
        };
        let offer = |column: &'static Column<B::Key>, width, shown| Offered {
            name: column.name,
            help: column.help,
            least: column.width.least(),
            width,
            shown,
            fits: self.shown.iter().any(|(other, _)| other.name == column.name),
        };
        let others = B::COLUMNS
            .iter()
            .filter(|column| !in_force.iter().any(|(other, _)| other.name == column.name))
            .map(|column| offer(column, None, false));
        in_force.iter().map(|(column, width)| offer(column, *width, true)).chain(others).collect()
    }

    /// Columns of one's own and the sort, as they can be kept.
    pub(super) fn layout(&self) -> Layout {
        let placed = |(column, width): &Chosen<B::Key>| Placed { name: column.name, width: *width };
        Layout { columns: self.chosen.iter().map(placed).collect(), sort: self.sort }
    }

    /// Takes what was kept.
    pub(super) fn arrange(&mut self, layout: &Layout) {
        let column = |placed: &Placed| Some((column::<B>(placed.name)?, placed.width));
        self.chosen = layout.columns.iter().filter_map(column).collect();
        self.sort = layout.sort;
    }

    /// Takes chosen columns; none for the board's own choice.
    pub(super) fn choose(&mut self, offered: &[Offered]) {
        let shown = offered.iter().filter(|offered| offered.shown);
        self.chosen =
            shown.filter_map(|offered| Some((column::<B>(offered.name)?, offered.width))).collect();
    }
}

/// Sorting, whatever the rows are.
pub(super) trait Sorts {
    /// Sorts by the next of the shown columns, after the last by urgency again.
    fn sort_by_next(&mut self);
    /// Sorts the other way round.
    fn reverse(&mut self);
}

impl<B: Board> Sorts for Table<B> {
    fn sort_by_next(&mut self) {
        let names: Vec<&'static str> = self.shown.iter().map(|(column, _)| column.name).collect();
        let next = match self.sort.by {
            None => names.first(),
            Some(by) => names.iter().position(|name| *name == by).and_then(|at| names.get(at + 1)),
        };
        self.sort = Sort { by: next.copied(), reversed: false };
    }

    fn reverse(&mut self) {
        self.sort.reversed = !self.sort.reversed;
    }
}

fn facts<'a>(context: &Context<'a>) -> Facts<'a> {
    Facts { monitor: context.monitor, now: context.now, masked: context.look.mask }
}

/// Why a text is no filter on this board; nothing where it is one.
pub(super) fn fault<B: Board>(text: &str) -> Option<FilterError> {
    RowFilter::<B>::parse(text, &fields::<B>()).err()
}

impl<B: Board> List for Table<B> {
    fn row(&self) -> Option<usize> {
        self.selected.as_ref().map(|_| self.position.saturating_sub(self.offset))
    }

    fn point_at(&mut self, row: usize) -> bool {
        let Some(pointed) = self.rows.get(row) else { return false };
        self.selected = Some(pointed.key.clone());
        self.anchor.clone_from(&self.selected);
        self.position = self.offset + row;
        true
    }

    fn sort_at(&mut self, left: u16) {
        let mut end = SIGN;
        for (column, width) in &self.shown {
            // the blank behind a column belongs to it
            end = end.saturating_add(width.saturating_add(1));
            if left < end {
                let reversed = self.sort.by == Some(column.name) && !self.sort.reversed;
                self.sort = Sort { by: Some(column.name), reversed };
                return;
            }
        }
    }

    fn move_by(&mut self, by: isize) {
        if self.order().is_empty() {
            return;
        }
        let position = if self.selected.is_none() {
            // the first move only shows the cursor
            self.offset
        } else {
            self.position.saturating_add_signed(by)
        };
        self.position = position.min(self.order().len() - 1);
        self.selected = self.order().at(self.position).cloned();
        self.anchor.clone_from(&self.selected);
        self.keep_in_sight();
    }

    fn page(&self) -> usize {
        self.height
    }

    fn filter(&self) -> &str {
        &self.typed
    }

    fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.typed);
        // the last right one stays in force while one types on; the prompt names the mistake
        if let Ok(filter) = RowFilter::<B>::parse(text, &fields::<B>()) {
            self.filter = filter;
        }
    }
}
