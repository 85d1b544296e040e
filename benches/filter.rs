//! How long a filter takes on a large list: 100,000 rows must take less than 100 ms.
use criterion::{Criterion, criterion_group, criterion_main};
use gcwatch::domain::filter::frame::{FRAME_FIELDS, FrameRecord, Reading};
use gcwatch::domain::filter::{Field, Filter, Holds, Record, Value};
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::ChannelNumber;
use gcwatch::domain::monitor::directory::Directory;
use std::hint::black_box;

/// Rows of the largest list.
const ROWS: usize = 100_000;
/// Frames that are kept at most.
const FRAMES: usize = 10_000;

struct Row {
    queue: String,
    agent: String,
    waiting: f64,
}

#[derive(Clone, Copy)]
enum Column {
    Queue,
    Agent,
    Wait,
}

const FIELDS: &[Field<Column>] = &[
    Field { name: "queue", also: [""; 2], key: Column::Queue, holds: Holds::Text, help: "queue" },
    Field { name: "agent", also: [""; 2], key: Column::Agent, holds: Holds::Text, help: "agent" },
    Field { name: "wait", also: [""; 2], key: Column::Wait, holds: Holds::Duration, help: "wait" },
];

impl Record<Column> for Row {
    fn any_value(&self, field: Column, passes: &mut dyn FnMut(Value<'_>) -> bool) -> bool {
        match field {
            Column::Queue => passes(Value::Text(&self.queue)),
            Column::Agent => passes(Value::Text(&self.agent)),
            Column::Wait => passes(Value::Quantity(self.waiting)),
        }
    }

    fn any_text(&self, passes: &mut dyn FnMut(&str) -> bool) -> bool {
        passes(&self.queue) || passes(&self.agent)
    }
}

fn rows(criterion: &mut Criterion) {
    let rows: Vec<Row> = (0..ROWS)
        .map(|number| Row {
            queue: format!("Queue {} {}", number % 2_000, ["North", "South"][number % 2]),
            agent: format!("Agent number {number}"),
            waiting: f64::from(u16::try_from(number % 600).unwrap_or_default()),
        })
        .collect();
    for text in [
        "south",
        "queue=queue*north wait>2m",
        "(north or queue:199) -agent~number.*7$ wait>=1m",
        "Agent wait<90s",
    ] {
        let filter = Filter::parse(text, FIELDS).expect("a filter");
        criterion.bench_function(&format!("100,000 rows: {text}"), |bencher| {
            bencher.iter(|| rows.iter().filter(|row| filter.matches(black_box(*row))).count());
        });
    }
}

fn frames(criterion: &mut Criterion) {
    let participants: Vec<String> = (0..6)
        .map(|number| {
            format!(
                r#"{{"id":"p-{number}","purpose":"acd","queueId":"q-1","calls":[{{"state":"connected","held":false,"connectedTime":"2026-11-23T14:00:00.000Z"}}],"attributes":{{"tier":"gold"}}}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"topicName":"v2.routing.queues.q-1.conversations","version":"2","eventBody":{{"id":"c-1","participants":[{}]}}}}"#,
        participants.join(",")
    );
    let frame = Frame {
        received: "2026-11-23T14:03:12Z".parse().expect("a time"),
        channel: ChannelNumber(1),
        payload: Payload::Text(text.into()),
    };
    let (reading, directory) = (Reading::of(&frame), Directory::default());
    for text in ["topic:queues size>1k", "tier", "body.participants.purpose=agent"] {
        let filter = Filter::parse(text, FRAME_FIELDS).expect("a filter");
        criterion.bench_function(&format!("10,000 frames: {text}"), |bencher| {
            bencher.iter(|| {
                let passes =
                    |_: &usize| filter.matches(&FrameRecord::new(&frame, &reading, &directory));
                (0..FRAMES).filter(passes).count()
            });
        });
    }
}

criterion_group!(benches, rows, frames);
criterion_main!(benches);
