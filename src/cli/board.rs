//! `gcwatch board`: the queue board on standard output, read by REST. No channel is opened.
use super::arguments::{BoardFormat, BoardOptions, BoardRows, ConnectionArguments, Selection};
use super::problem::Problem;
use super::{connect, print, simulated};
use crate::cloud::{Plan, ServiceClient};
use crate::domain::alert::{Alerts, QuietHours};
use crate::domain::board::layout::{Layout, LayoutError, Placed};
use crate::domain::board::queues::{MediaBoard, OfQueue, QueueBoard, QueueRows};
use crate::domain::board::rows::{BoardRow, RowFilter, fields};
use crate::domain::board::totals::Totals;
use crate::domain::board::{Board, Column, Facts, RowKey, Sort, SortKey, Value, column};
use crate::domain::control::{Control, TopicOutcome};
use crate::domain::identity::{ChannelNumber, QueueId};
use crate::domain::intake::Batch;
use crate::domain::monitor::Monitor;
use crate::domain::session::{Failure, FailureKind};
use crate::domain::topic::Topic;
use jiff::Timestamp;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// Most alerts that `--check` tells one by one; how many there are is told anyway.
const MAX_TOLD: usize = 50;

/// What is shown, of which queues, in which order.
struct Choice<B: Board> {
    columns: Vec<&'static Column<B::Key>>,
    sort: Sort,
    filter: RowFilter<B>,
    format: BoardFormat,
}

impl<B: QueueRows> Choice<B> {
    /// What the options say; mistakes are told before anything is asked for.
    fn of(options: &BoardOptions, connection: &ConnectionArguments) -> Result<Self, Problem> {
        let filter = options.filter.as_deref().unwrap_or_default();
        let profile = || Ok(connect::settings(connection)?.profile);
        let filter = &*super::saved::meant_in("--filter", filter, profile)?;
        Ok(Self {
            columns: columns::<B>(options.columns.as_deref())?,
            sort: sort::<B>(options.sort.as_deref())?,
            filter: RowFilter::<B>::parse(filter, &fields::<B>()).map_err(|error| {
                Problem::usage(format!("--filter: {error}\n{}", error.pointed(filter)))
            })?,
            format: if options.json { BoardFormat::Json } else { options.format },
        })
    }

    /// Takes columns and sort of the profile where the command line says nothing.
    fn fill_in(&mut self, own: &Layout, options: &BoardOptions) {
        if options.columns.is_none() && !own.columns.is_empty() {
            let placed = own.columns.iter();
            self.columns = placed.filter_map(|placed| column::<B>(placed.name)).collect();
        }
        if options.sort.is_none() {
            self.sort = own.sort;
        }
    }
}

/// Reads the board once, or again and again until the output is closed.
pub(super) fn run(
    connection: &ConnectionArguments,
    selection: &Selection,
    options: &BoardOptions,
) -> Result<(), Problem> {
    match options.by {
        BoardRows::Queue => run_rows::<QueueBoard>(connection, selection, options),
        BoardRows::Media => run_rows::<MediaBoard>(connection, selection, options),
    }
}

fn run_rows<B: QueueRows>(
    connection: &ConnectionArguments,
    selection: &Selection,
    options: &BoardOptions,
) -> Result<(), Problem> {
    let mut choice = Choice::<B>::of(options, connection)?;
    let rules = || Ok::<_, Problem>(Alerts::new(connect::config()?.rules(), QuietHours::default()));
    let alerts = options.check.then(rules).transpose()?;
    if alerts.as_ref().is_some_and(|alerts| alerts.rules().is_empty()) {
        return Err(Problem::usage("--check: the configuration has no rules of alerts")
            .remedy("write [[alert]] tables, as docs/alerts.md shows"));
    }
    let settings = connect::settings(connection)?;
    let config = connect::config()?;
    let profile = settings.profile.as_ref().and_then(|name| config.profiles.get(name.as_str()));
    if let Some(own) = profile.and_then(|profile| profile.lists.get(&B::LISTING)) {
        choice.fill_in(own, options);
    }
    let client = connect::client(&settings)?;
    let runtime = simulated::runtime()?;
    let profile = settings.profile.as_ref().map(ToString::to_string);
    let found =
        runtime.block_on(connect::watched(&client, selection, &settings.watches, profile))?;
    let queues = &found.plan.snapshot_queues;
    if queues.is_empty() {
        return Err(Problem::usage("the board shows queues, and none was chosen")
            .remedy("name some with --queue, or take every one with --all"));
    }
    // heard from the first reading on: what comes while one is made must not be lost
    let mut stop = {
        let _on_the_runtime = runtime.enter();
        Box::pin(simulated::stop_signal())
    };
    loop {
        let now = Timestamp::now();
        match (runtime.block_on(read(&client, &found.plan, &found.names, now)), options.watch) {
            (Ok(monitor), _) => {
                print(&written(&monitor, queues, &choice, now))?;
                if let Some(alerts) = &alerts {
                    check(alerts, &monitor, now)?;
                }
            }
            // what isn't reached now may be at the next reading; what isn't allowed won't be
            (Err(problem), Some(_)) if problem.may_pass() => problem.say(),
            (Err(problem), _) => return Err(problem),
        }
        let Some(seconds) = options.watch else { return Ok(()) };
        let stopped = runtime.block_on(async {
            tokio::select! {
                () = &mut stop => true,
                () = tokio::time::sleep(Duration::from_secs(seconds)) => false,
            }
        });
        if stopped {
            return Ok(());
        }
    }
}

/// Tells what stands by one reading; that is a failure, for scripts.
fn check(alerts: &Alerts, monitor: &Monitor, now: Timestamp) -> Result<(), Problem> {
    let standing = alerts.now(monitor, now);
    for one in standing.iter().take(MAX_TOLD) {
        super::problem::aside(alerts.sentence(one, &monitor.directory));
    }
    match standing.len() {
        0 => Ok(()),
        1 => Err(Problem::running("one alert stands")),
        more => Err(Problem::running(format!("{more} alerts stand"))),
    }
}

/// What is so now, in a monitor of its own.
async fn read(
    client: &ServiceClient,
    plan: &Plan,
    names: &[Control],
    now: Timestamp,
) -> Result<Monitor, Problem> {
    let reading = client.snapshot(&plan.snapshot_queues, &[], now).await?;
    match (&reading.snapshot.missing, reading.figures_missing) {
        (Some(missing), Some(failure)) => {
            let both = format!("{}; conversations: {missing}", failure.sentence);
            return Err(Problem::of_connecting(Failure { sentence: both, ..failure }));
        }
        (Some(missing), None) => {
            super::problem::aside(format!("conversations are not counted: {missing}"));
        }
        (None, Some(failure)) => {
            missing("figures of the moment", &failure);
        }
        (None, None) => {}
    }
    // counts are known where the answer is complete, and only there
    let complete = reading.snapshot.complete_for.iter().map(|queue| TopicOutcome {
        topic: Topic::received(&format!("v2.routing.queues.{queue}.conversations")),
        rejection: None,
    });
    let topics =
        Control::Topics { channel: ChannelNumber(0), at: now, outcomes: complete.collect() };
    let mut control: Vec<Control> =
        names.iter().cloned().chain([topics, Control::Snapshot(reading.snapshot)]).collect();
    let told = client
        .each_interval(&plan.snapshot_queues, |figures| control.push(Control::Figures(figures)));
    match told.await {
        Err(failure) if failure.kind != FailureKind::NotPermitted => return Err(failure.into()),
        Err(failure) => {
            missing("figures of this half hour and of today", &failure);
        }
        Ok(()) => {}
    }
    if plan.snapshot_queues.len() > 1
        && let Err(failure) =
            client.each_staff(&plan.snapshot_queues, |staff| control.push(staff)).await
    {
        // the rows don't need it, and where figures of the moment may not be read, that was said
        tracing::info!(sentence = failure.sentence, "nobody is known by name");
    }
    let milliseconds = client.vitals().borrow().clock_skew;
    control.extend(milliseconds.map(|milliseconds| Control::ClockSkew { milliseconds }));
    let mut monitor = Monitor::new(now);
    monitor.absorb(Batch { control, ..Batch::default() });
    Ok(monitor)
}

/// Says what isn't known and why; the rest is shown.
fn missing(what: &str, failure: &Failure) {
    let context = failure.context_id.as_ref().map(|id| format!(" (contextId {id})"));
    let context = context.unwrap_or_default();
    super::problem::aside(format!("{what} are missing: {}{context}", failure.sentence));
}

fn columns<B: QueueRows>(chosen: Option<&str>) -> Result<Vec<&'static Column<B::Key>>, Problem> {
    let Some(chosen) = chosen else {
        return Ok(B::SHOWN.iter().filter_map(|name| column::<B>(name)).collect());
    };
    let read = |name: &str| Placed::parse(name.trim(), B::LISTING).map_err(told);
    let placed = chosen.split(',').map(read).collect::<Result<Vec<Placed>, Problem>>()?;
    Ok(placed.into_iter().filter_map(|placed| column::<B>(placed.name)).collect())
}

fn told(error: LayoutError) -> Problem {
    let remedy = match &error {
        LayoutError::UnknownColumn { nearest: Some(near), known, .. } => {
            format!("did you mean {near}? There are: {}", known.join(", "))
        }
        LayoutError::UnknownColumn { known, .. } => format!("there are: {}", known.join(", ")),
        LayoutError::Width { .. } => {
            "leave it out; columns here are as wide as they must be".to_owned()
        }
    };
    Problem::usage(error).remedy(remedy)
}

/// `waiting`, or `-waiting` for the other way round.
fn sort<B: QueueRows>(text: Option<&str>) -> Result<Sort, Problem> {
    text.map_or(Ok(Sort::default()), |text| Sort::parse(text, B::LISTING).map_err(told))
}

/// The board of `queues`, which were asked for: each has its row, even if nothing is known of it, and
/// a queue that only came along with a transfer has none.
fn written<B: QueueRows>(
    monitor: &Monitor,
    queues: &[QueueId],
    choice: &Choice<B>,
    now: Timestamp,
) -> String {
    let facts = Facts { monitor, now, masked: true };
    let mut totals = B::Totals::default();
    let mut rows: Vec<(SortKey, B::Key)> = queues
        .iter()
        .flat_map(|queue| B::rows_of(monitor, queue))
        .filter(|key| choice.filter.matches(&BoardRow::<B>::find(&facts, key)))
        .map(|key| {
            totals.put(&facts, &key);
            (choice.sort.key::<B>(&facts, &key), key)
        })
        .collect();
    rows.sort_unstable();
    let cells: Vec<Vec<Value>> = rows
        .iter()
        .map(|(_, key)| choice.columns.iter().map(|column| column.value(&facts, key)).collect())
        .collect();
    let ids: Vec<&str> = rows.iter().map(|(_, key)| key.queue().as_str()).collect();
    let foot: Vec<Value> = choice.columns.iter().map(|column| totals.value(column.name)).collect();
    match choice.format {
        BoardFormat::Json => json::<B>(&choice.columns, &ids, &cells, &foot, now),
        BoardFormat::Csv => csv(&choice.columns, &ids, &cells, now),
        BoardFormat::Table => table(&choice.columns, &cells, &foot, now),
    }
}

fn json<B: Board>(
    columns: &[&'static Column<B::Key>],
    ids: &[&str],
    cells: &[Vec<Value>],
    foot: &[Value],
    now: Timestamp,
) -> String {
    let rows: Vec<serde_json::Value> = ids
        .iter()
        .zip(cells)
        .map(|(id, cells)| {
            let mut row = serde_json::Map::new();
            row.insert("id".to_owned(), (*id).into());
            row.extend(object(columns, cells, now));
            row.into()
        })
        .collect();
    let mut total = object(columns, foot, now);
    total.retain(|name, _| B::Totals::has(name));
    let at = format!("{now:.3}");
    format!("{}\n", serde_json::json!({ "at": at, "queues": rows, "total": total }))
}

/// Values by the names of their columns.
fn object<K: RowKey>(
    columns: &[&'static Column<K>],
    cells: &[Value],
    now: Timestamp,
) -> serde_json::Map<String, serde_json::Value> {
    let named = columns.iter().zip(cells);
    named.map(|(column, value)| (column.name.to_owned(), value.json(now))).collect()
}

fn csv<K: RowKey>(
    columns: &[&'static Column<K>],
    ids: &[&str],
    cells: &[Vec<Value>],
    now: Timestamp,
) -> String {
    let quoted = |text: &str| {
        // a cell that begins like a formula would be one in a spreadsheet
        let text = if text.starts_with(['=', '+', '-', '@']) {
            format!("'{text}")
        } else {
            text.to_owned()
        };
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text
        }
    };
    let heading: Vec<&str> = columns.iter().map(|column| column.name).collect();
    let mut text = format!("id,{}\r\n", heading.join(","));
    for (id, row) in ids.iter().zip(cells) {
        text.push_str(&quoted(id));
        text.push(',');
        let fields: Vec<String> = row
            .iter()
            .map(|value| match value.json(now) {
                serde_json::Value::Null => String::new(),
                serde_json::Value::String(word) => quoted(&word),
                other => other.to_string(),
            })
            .collect();
        text.push_str(&fields.join(","));
        text.push_str("\r\n");
    }
    text
}

fn table<K: RowKey>(
    columns: &[&'static Column<K>],
    cells: &[Vec<Value>],
    foot: &[Value],
    now: Timestamp,
) -> String {
    let words = |row: &[Value]| row.iter().map(|value| value.shown(now)).collect();
    let mut shown: Vec<Vec<String>> = cells.iter().map(|row| words(row)).collect();
    // one row is its own sum
    if cells.len() > 1 {
        shown.push(words(foot));
    }
    let width = |index: usize| {
        let widest = shown.iter().filter_map(|row| row.get(index)).map(|text| text.width()).max();
        widest.unwrap_or_default().max(columns[index].heading.width())
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let line = |texts: Vec<&str>| {
        let padded: Vec<String> = texts
            .iter()
            .zip(columns)
            .zip(&widths)
            .map(|((text, column), width)| {
                let space = " ".repeat(width.saturating_sub(text.width()));
                if column.right { format!("{space}{text}") } else { format!("{text}{space}") }
            })
            .collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    let mut text = line(columns.iter().map(|column| column.heading).collect());
    for row in &shown {
        text.push_str(&line(row.iter().map(String::as_str).collect()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Choice, columns, sort, written};
    use crate::cli::arguments::BoardFormat;
    use crate::domain::board::queues::QueueBoard;
    use crate::domain::board::rows::{RowFilter, fields};
    use crate::domain::control::{Control, Named, QueueFigure};
    use crate::domain::identity::QueueId;
    use crate::domain::intake::Batch;
    use crate::domain::monitor::Monitor;
    use jiff::Timestamp;

    fn now() -> Timestamp {
        "2026-11-24T14:03:12Z".parse().unwrap()
    }

    fn figure_of(id: &str, value: f64) -> QueueFigure {
        QueueFigure {
            queue: QueueId::new(id),
            media: None,
            metric: "oOnQueueUsers".to_owned(),
            qualifier: None,
            value,
            interval: None,
        }
    }

    fn shown(format: BoardFormat, filter: &str) -> String {
        let mut monitor = Monitor::new(now());
        let queue = |id: &str, name: &str| Named { id: QueueId::new(id), name: name.to_owned() };
        let control =
            vec![Control::Queues(vec![queue("q1", "Billing, north"), queue("q2", "=1+1")])];
        monitor.absorb(Batch { control, ..Batch::default() });
        for (id, value) in [("q1", 3.0), ("q2", 12.0)] {
            monitor.queues.figure(&figure_of(id, value), now());
        }
        let choice = Choice::<QueueBoard> {
            columns: columns::<QueueBoard>(Some("queue, on_queue,waiting")).unwrap(),
            sort: sort::<QueueBoard>(Some("on_queue")).unwrap(),
            filter: RowFilter::<QueueBoard>::parse(filter, &fields::<QueueBoard>()).unwrap(),
            format,
        };
        // a third was asked for of which nothing is known; a fourth came along and wasn't
        monitor.queues.figure(&figure_of("q4", 1.0), now());
        let asked = ["q1", "q2", "q3"].map(QueueId::new);
        written(&monitor, &asked, &choice, now())
    }

    #[test]
    fn the_same_board_in_three_forms() {
        assert_eq!(
            shown(BoardFormat::Table, ""),
            "queue           on queue  wait\n=1+1                  12     –\nBilling, north         3     –\nq3                     –     –\ntotal                ≥12     –\n"
        );
        assert_eq!(
            shown(BoardFormat::Csv, ""),
            "id,queue,on_queue,waiting\r\nq2,'=1+1,12,\r\nq1,\"Billing, north\",3,\r\nq3,q3,,\r\n"
        );
        let json: serde_json::Value =
            serde_json::from_str(&shown(BoardFormat::Json, "on_queue<5")).unwrap();
        assert_eq!(json["queues"].as_array().map(Vec::len), Some(1));
        assert_eq!(json["queues"][0]["queue"], "Billing, north");
        assert_eq!(json["queues"][0]["waiting"], serde_json::Value::Null);
    }

    #[test]
    fn a_wrong_name_is_told_with_the_right_ones() {
        assert!(columns::<QueueBoard>(Some("wating")).is_err());
        assert!(sort::<QueueBoard>(Some("-longest_wait")).unwrap().reversed);
        assert!(sort::<QueueBoard>(Some("wating")).is_err());
    }
}
