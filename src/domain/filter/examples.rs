//! Examples of filters that find something in the rows that are there.
//!
//! Prepared ones are offered as far as they find something now; the rest is made from the values of
//! the rows: the name of a queue that is on the screen, a length of time that some have passed. Each
//! is read and asked like a filter that somebody types, so that none can be wrong. Must not know what
//! the rows are.
use super::{Field, Filter, Holds, Record, Value, quoted};
use std::collections::{BTreeMap, HashSet};

/// How many are offered.
pub const EXAMPLES: usize = 10;
/// Prepared ones among them: the others show names and figures of this place.
const PREPARED: usize = 5;
/// Rows that are looked at: enough to find what is common, few enough for the time of a key.
pub const MAX_ROWS: usize = 200;
/// Longest value that is put into an example, in characters; longer ones make it hard to read.
const LONGEST_VALUE: usize = 30;

/// Ten examples that find at least one of `rows` each, with what they find; fewer where so few can
/// be made. Of no rows there are none: then the prepared ones are all there is.
pub fn examples<F: Copy, R: Record<F>>(
    rows: &[R],
    fields: &[Field<F>],
    prepared: &[(&str, &str)],
) -> Vec<(String, String)> {
    let rows = &rows[..rows.len().min(MAX_ROWS)];
    if rows.is_empty() {
        return prepared
            .iter()
            .map(|(filter, finds)| ((*filter).into(), (*finds).into()))
            .collect();
    }
    let found = |text: &str| {
        let filter = Filter::parse(text, fields).ok()?;
        let count = rows.iter().filter(|row| filter.matches(*row)).count();
        (count > 0).then_some(count)
    };
    let of =
        if rows.len() == MAX_ROWS { format!(" of the first {MAX_ROWS}") } else { String::new() };
    let told = |finds: &str, count: usize| format!("{finds} · {count} now{of}");
    let mut prepared = prepared
        .iter()
        .filter_map(|(filter, finds)| Some(((*filter).to_owned(), told(finds, found(filter)?))));
    let mut all: Vec<(String, String)> = prepared.by_ref().take(PREPARED).collect();
    let mut known: HashSet<String> = all.iter().map(|(filter, _)| filter.clone()).collect();
    // the first of each field, then the second of each, so that no field takes all the room
    let by_field: Vec<Vec<Made>> = fields.iter().map(|field| made(field, rows)).collect();
    let most = by_field.iter().map(Vec::len).max().unwrap_or_default();
    let in_turn = (0..most).flat_map(|turn| by_field.iter().filter_map(move |one| one.get(turn)));
    // where there is little, what is known and what isn't is worth asking too
    let known_or_not: Vec<Made> = fields.iter().flat_map(has).collect();
    let made = in_turn
        .chain(&known_or_not)
        .filter_map(|made| Some((made.filter.clone(), told(&made.finds, found(&made.filter)?))));
    all.extend(made.filter(|(filter, _)| known.insert(filter.clone())).take(EXAMPLES - all.len()));
    let missing = EXAMPLES - all.len();
    all.extend(prepared.take(missing));
    all
}

/// A filter made from values.
struct Made {
    filter: String,
    finds: String,
}

/// Whether a field is known, and whether it isn't.
fn has<F>(field: &Field<F>) -> [Made; 2] {
    let words = field.name.replace('_', " ");
    [
        Made { filter: format!("-has:{}", field.name), finds: format!("{words} isn't known") },
        Made { filter: format!("has:{}", field.name), finds: format!("{words} is known") },
    ]
}

/// Filters on one field, the best first.
fn made<F: Copy, R: Record<F>>(field: &Field<F>, rows: &[R]) -> Vec<Made> {
    let mut texts: BTreeMap<String, usize> = BTreeMap::new();
    let mut least = f64::INFINITY;
    let mut most = f64::NEG_INFINITY;
    let mut is_so = false;
    for row in rows {
        row.any_value(field.key, &mut |value| {
            match value {
                Value::Text(text) if !text.is_empty() && text.chars().count() <= LONGEST_VALUE => {
                    *texts.entry(text.to_owned()).or_default() += 1;
                }
                Value::Quantity(figure) => (least, most) = (least.min(figure), most.max(figure)),
                Value::Flag(flag) => is_so |= flag,
                Value::Text(_) | Value::Time(_) => {}
            }
            // all of them are wanted
            false
        });
    }
    let name = field.name;
    let words = name.replace('_', " ");
    let made = |filter: String, finds: String| Made { filter, finds };
    match field.holds {
        Holds::Text => {
            let mut common: Vec<(&String, &usize)> = texts.iter().collect();
            common.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            let is = |(text, _): &(&String, &usize)| {
                made(format!("{name}={}", written(text)), format!("{words} is {text}"))
            };
            common.iter().take(2).map(is).collect()
        }
        Holds::Count | Holds::Size if most >= 1.0 => {
            let figure = format!("{:.0}", most.floor());
            vec![made(format!("{name}>={figure}"), format!("{words} at least {figure}"))]
        }
        Holds::Share if least.is_finite() => {
            let percent = format!("{:.0}%", (least * 100.0).ceil());
            vec![made(format!("{name}<={percent}"), format!("{words} at most {percent}"))]
        }
        Holds::Duration if most >= 2.0 => {
            let half = (most / 2.0).floor();
            let length = if half >= 120.0 {
                format!("{:.0}m", (half / 60.0).floor())
            } else {
                format!("{half:.0}s")
            };
            vec![made(format!("{name}>{length}"), format!("{words} more than {length}"))]
        }
        Holds::Flag if is_so => vec![made(format!("{name}=yes"), words)],
        _ => Vec::new(),
    }
}

/// A value as the language reads it: in quotes unless it is a plain word.
fn written(text: &str) -> String {
    let plain = text.chars().all(|character| character.is_alphanumeric() || character == '-')
        && !text.starts_with('-');
    if plain { text.to_owned() } else { quoted(text) }
}

#[cfg(test)]
mod tests {
    use super::super::listed::{Listed, Reads, field};
    use super::super::{Field, Filter, Holds, Value};
    use super::{EXAMPLES, examples};
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    struct Row {
        queue: String,
        waiting: f64,
        wait: Option<f64>,
        level: f64,
        flagged: bool,
    }

    const FIELDS: &[Field<Reads<Row>>] = &[
        field("queue", Holds::Text, "its name", |row: &Row| Some(Value::Text(&row.queue))),
        field("waiting", Holds::Count, "how many", |row| Some(Value::Quantity(row.waiting))),
        field("wait", Holds::Duration, "how long", |row| row.wait.map(Value::Quantity)),
        field("level", Holds::Share, "what part", |row| Some(Value::Quantity(row.level))),
        field("flagged", Holds::Flag, "whether", |row| Some(Value::Flag(row.flagged))),
    ];
    const PREPARED: &[(&str, &str)] = &[
        ("waiting>0", "somebody waits"),
        ("queue=Nowhere", "a queue that isn't there"),
        ("-has:wait", "nobody waits"),
    ];

    #[test]
    fn they_are_made_from_what_is_there() {
        let row = |queue: &str, waiting, wait| Row {
            queue: queue.to_owned(),
            waiting,
            wait,
            level: 0.8,
            flagged: false,
        };
        let rows = [row("Billing", 2.0, Some(300.0)), row("Back office", 0.0, None)];
        let listed: Vec<_> = rows.iter().map(|row| Listed { row, fields: FIELDS }).collect();
        let made = examples(&listed, FIELDS, PREPARED);
        let filters: Vec<&str> = made.iter().map(|(filter, _)| filter.as_str()).collect();
        assert_eq!(
            filters,
            [
                "waiting>0",
                "-has:wait",
                "queue=\"Back office\"",
                "waiting>=2",
                "wait>2m",
                "level<=80%",
                "queue=Billing",
                "has:queue",
                "has:waiting",
                "has:wait"
            ]
        );
        assert_eq!(made[0].1, "somebody waits · 1 now");
        assert_eq!(made[4].1, "wait more than 2m · 1 now");
        let none: [Listed<'_, Row>; 0] = [];
        assert_eq!(examples(&none, FIELDS, PREPARED).len(), PREPARED.len());
    }

    fn row() -> impl Strategy<Value = Row> {
        let figures = (0.0..3_000.0, prop::option::of(0.0..90_000.0), 0.0..1.0, any::<bool>());
        ("\\PC{0,20}", figures).prop_map(|(queue, (waiting, wait, level, flagged))| Row {
            queue,
            waiting: f64::floor(waiting),
            wait,
            level,
            flagged,
        })
    }

    proptest! {
        /// Whatever the rows hold, each example can be read and finds one of them.
        #[test]
        fn each_finds_at_least_one_row(rows in prop::collection::vec(row(), 1..30)) {
            let listed: Vec<_> = rows.iter().map(|row| Listed { row, fields: FIELDS }).collect();
            let made = examples(&listed, FIELDS, PREPARED);
            prop_assert!(made.len() <= EXAMPLES);
            for (text, _) in made {
                let filter = Filter::parse(&text, FIELDS).map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
                prop_assert!(listed.iter().any(|row| filter.matches(row)), "{}", text);
            }
        }
    }
}
