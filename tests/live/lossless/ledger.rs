//! Whether what a client says of itself is true: its ledger of gaps against the simulator's
//! coverage, its board against the simulator's truth.
use gcwatch::domain::conversation::State;
use gcwatch::domain::identity::QueueId;
use gcwatch::domain::moment::{add, since};
use gcwatch::domain::monitor::Monitor;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// How much longer than the real one a gap in the ledger may be.
pub(crate) const ALLOWANCE: Duration = Duration::from_secs(5);

/// From and to.
type Span = (Timestamp, Timestamp);

/// For each queue what waits, rings and is talked to.
pub(crate) type Board = Vec<(String, u64, u64, u64)>;

/// The spans in which nothing was covered, by the simulator.
fn true_gaps(coverage: &Value) -> Vec<Span> {
    let time = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let gaps = coverage["gaps"].as_array().expect("a list of gaps");
    let spans = gaps.iter().map(|gap| {
        (time(&gap["from"]).expect("a beginning"), time(&gap["to"]).expect("an end: all is well"))
    });
    spans.collect()
}

/// How long both spans are together.
fn overlap(left: Span, right: Span) -> Duration {
    since(left.1.min(right.1), left.0.max(right.0))
}

/// Spans that touch as one: a socket that opened dead ends a gap and begins the next at once.
fn joined(spans: &[Span]) -> Vec<Span> {
    let mut spans = spans.to_vec();
    spans.sort();
    let mut joined: Vec<Span> = Vec::new();
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.0 <= last.1 => last.1 = last.1.max(span.1),
            _ => joined.push(span),
        }
    }
    joined
}

/// The board as it is, by the simulator.
pub(crate) fn told(truth: &Value) -> Board {
    let count = |queue: &Value, name: &str| queue[name].as_u64().expect("a count");
    let queues = truth["queues"].as_array().expect("a list of queues").iter();
    let mut board: Board = queues
        .map(|queue| {
            let id = queue["id"].as_str().expect("an id").to_owned();
            let [waiting, alerting, interacting] =
                ["waiting", "alerting", "interacting"].map(|name| count(queue, name));
            (id, waiting, alerting, interacting)
        })
        .collect();
    board.sort();
    board
}

/// The board as the client shows it; nothing before it has read the state once.
pub(crate) fn shown(monitor: &Monitor, queues: &[QueueId]) -> Board {
    if monitor.link.snapshot.is_none() {
        return Board::new();
    }
    let mut board: Board = queues
        .iter()
        .map(|id| {
            let row = monitor.queues.get(id).expect("every queue has a row");
            let counts = [row.waiting(), row.count(State::Alerting), row.interacting()];
            let [waiting, alerting, interacting] = counts.map(u64::from);
            (id.to_string(), waiting, alerting, interacting)
        })
        .collect();
    board.sort();
    board
}

/// Whether all sessions are live and every gap is healed.
pub(crate) fn is_well(monitor: &Monitor) -> bool {
    let (live, of) = monitor.link.live_sessions();
    live == of && of > 0 && monitor.gaps.iter().all(|gap| gap.healed_by.is_some())
}

/// What the comparison came to.
pub(crate) struct Verdict {
    /// How many real gaps there were.
    pub(crate) real: usize,
    /// How many the ledger has.
    pub(crate) told: usize,
    /// Each gap of the ledger, in the order of their excess.
    excesses: Vec<Excess>,
}

/// How much longer one gap of the ledger is than what it covers.
pub(crate) struct Excess {
    by: Duration,
    span: Span,
    cause: String,
}

impl Verdict {
    pub(crate) fn median(&self) -> Duration {
        self.excesses[self.excesses.len() / 2].by
    }

    pub(crate) fn most(&self) -> Duration {
        self.excesses.last().map(|excess| excess.by).unwrap_or_default()
    }

    /// The gap that is too long by most, for whoever has to find out why.
    pub(crate) fn worst(&self) -> String {
        self.excesses.last().map_or_else(String::new, |Excess { by, span, cause }| {
            format!("from {} until {}, too long by {by:?}: {cause}", span.0, span.1)
        })
    }
}

/// Compares ledger and coverage: every real gap is in the ledger. `journey` is how long a frame
/// travels: sent before a cut it is received after it, and up to it nothing is missing.
pub(crate) fn compare(monitor: &Monitor, coverage: &Value, journey: Duration) -> Verdict {
    let real = true_gaps(coverage);
    let ledger: Vec<Span> =
        monitor.gaps.iter().map(|gap| (gap.from, gap.until.expect("all have ended"))).collect();
    let joined = joined(&ledger);
    let covers = |gap: &Span| {
        joined.iter().any(|(from, until)| *from <= add(gap.0, journey) && gap.1 <= *until)
    };
    let uncovered: Vec<&Span> = real.iter().filter(|gap| !covers(gap)).collect();
    assert!(uncovered.is_empty(), "not in the ledger {uncovered:?} of {joined:?}");
    let excess = |gap: &Span| {
        let truly: Duration = real.iter().map(|real| overlap(*gap, *real)).sum();
        since(gap.1, gap.0).saturating_sub(truly)
    };
    let mut excesses: Vec<Excess> = monitor
        .gaps
        .iter()
        .zip(&ledger)
        .map(|(gap, span)| Excess { by: excess(span), span: *span, cause: gap.cause.clone() })
        .collect();
    excesses.sort_by_key(|excess| excess.by);
    Verdict { real: real.len(), told: ledger.len(), excesses }
}
