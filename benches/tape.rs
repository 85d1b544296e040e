//! How long a tape of a million frames makes a person wait: to open it, to index it, to jump in it.
//!
//! Plain measurements, as in `tables.rs`, with the limits that are promised: a picture 100 ms after
//! opening, no step of the loop longer than 50 ms while a jump is under way, any jump in an indexed
//! tape within a second. `cargo bench --bench tape`; `GCWATCH_TAPE_FRAMES=10000000` takes more
//! frames, and `GCWATCH_TAPE_OUT=big.tape.zst` only writes the tape, for trying it by hand. Ends with
//! 1 when a limit is missed.
use gcwatch::domain::control::{Control, Named, Snapshot};
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::{ChannelNumber, QueueId};
use gcwatch::domain::monitor::Monitor;
use gcwatch::tape::{Deck, Entry, Header, Limits, Privacy, Speed, TapeWriter};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Frames of a tape where nothing else is asked for.
const FRAMES: u64 = 1_000_000;
/// Frames a second of the tape: ten million are eleven hours of a large floor.
const RATE: u64 = 250;
/// Conversations that live at the same time.
const LIVE: u64 = 2_000;
/// Frames of one conversation: it waits, rings, is talked in, and ends.
const FRAMES_EACH: u64 = 30;
const QUEUES: u64 = 300;
const AGENTS: u64 = 1_200;
/// Jumps that are measured.
const JUMPS: usize = 25;
/// What the jumps are drawn from.
const SEED: u64 = 5;
/// Time between two pictures, as in the front end's loop.
const PICTURE: Duration = Duration::from_millis(33);
/// Longer than anything here may take.
const PATIENCE: Duration = Duration::from_secs(600);

fn begin() -> Timestamp {
    "2026-11-23T08:00:00Z".parse().expect("a time")
}

fn at(number: u64) -> Timestamp {
    begin() + Duration::from_micros(number * 1_000_000 / RATE)
}

fn queue(number: u64) -> String {
    format!("{number:08x}-1111-4111-8111-111111111111")
}

/// Frame `number` of the tape: the conversations take turns, and each that has ended is followed by
/// a new one.
fn frame(number: u64) -> Frame {
    let (slot, round) = (number % LIVE, number / LIVE);
    // not all end in the same round
    let age = (round + slot) % FRAMES_EACH;
    let serial = slot + (round + slot) / FRAMES_EACH * LIVE;
    let began = at(number.saturating_sub(age * LIVE));
    let (now, queue) = (at(number), queue(serial % QUEUES));
    let id = format!("{serial:08x}-0000-4000-8000-000000000000");
    let over =
        if age + 1 == FRAMES_EACH { format!(r#","endTime":"{now}""#) } else { String::new() };
    let (customer, agent_state) = match age {
        0..8 => ("connected", None),
        8..10 => ("connected", Some("alerting")),
        _ if over.is_empty() => ("connected", Some("connected")),
        _ => ("terminated", Some("terminated")),
    };
    let agent = agent_state.map_or_else(String::new, |state| {
        format!(
            r#",{{"id":"{id}-a","purpose":"agent","userId":"{:08x}-2222-4222-8222-222222222222","queueId":"{queue}","connectedTime":"{now}"{over},"calls":[{{"state":"{state}","connectedTime":"{now}"{over}}}]}}"#,
            serial % AGENTS
        )
    });
    let text = format!(
        r#"{{"topicName":"v2.routing.queues.{queue}.conversations","version":"2","eventBody":{{"id":"{id}","participants":[{{"id":"{id}-c","purpose":"customer","address":"tel:+1555{serial:07}","connectedTime":"{began}"{over},"calls":[{{"state":"{customer}","direction":"inbound"}}]}},{{"id":"{id}-q","purpose":"acd","queueId":"{queue}","connectedTime":"{began}"{over},"calls":[{{"state":"{customer}","connectedTime":"{began}"{over}}}]}}{agent}]}}}}"#
    );
    Frame { received: now, channel: ChannelNumber(1), payload: Payload::Text(text.into()) }
}

/// Writes the tape; its size in bytes.
fn write(path: &Path, frames: u64) -> u64 {
    let header = Header::new(begin(), Privacy::Clear);
    let mut writer = TapeWriter::create(path, header, Limits::default()).expect("a new file");
    let id = |number| QueueId::new(&queue(number));
    let named = |number| Named { id: id(number), name: format!("Queue {number}") };
    let asked = Snapshot {
        asked: begin(),
        complete_for: (0..QUEUES).map(id).collect(),
        ..Snapshot::default()
    };
    for control in [Control::Queues((0..QUEUES).map(named).collect()), Control::Snapshot(asked)] {
        writer.push(&Entry::Control { at: begin(), control: Box::new(control) });
    }
    for number in 0..frames {
        writer.push(&Entry::Frame(frame(number)));
        if writer.is_full() {
            writer.flush().expect("room on the disk");
        }
    }
    writer.flush().expect("room on the disk");
    std::fs::metadata(path).expect("it was written").len()
}

/// What the loop of the front end does with a tape, without drawing.
struct Looked {
    deck: Deck,
    monitor: Monitor,
    /// The longest that a key would have waited.
    longest: Duration,
}

impl Looked {
    fn open(path: &Path) -> Self {
        let deck = Deck::open(path, Speed::Times(1.0), TimeZone::UTC, Vec::new()).expect("a tape");
        let monitor = Monitor::new(deck.start());
        Self { deck, monitor, longest: Duration::ZERO }
    }

    async fn run(&mut self, until: impl Fn(&Deck) -> bool) -> Duration {
        let begun = Instant::now();
        while !until(&self.deck) && begun.elapsed() < PATIENCE {
            // the loop draws at least once a second, and here more often
            let _ = tokio::time::timeout(PICTURE, self.deck.ready()).await;
            tokio::time::sleep(PICTURE).await;
            let pulled = Instant::now();
            self.deck.pull(&mut self.monitor);
            self.longest = self.longest.max(pulled.elapsed());
        }
        begun.elapsed()
    }

    async fn jump(&mut self, to: Timestamp) -> Duration {
        self.deck.jump(to);
        self.run(|deck| !deck.is_seeking()).await
    }
}

/// Memory of this process in MB, where the system tells.
fn memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes / 1_024)
}

async fn measure(path: &Path, frames: u64) -> bool {
    let mut missed = false;
    let mut tell = |case: &str, limit: u64, took: Duration| {
        let is_over = took > Duration::from_millis(limit);
        missed |= is_over;
        let word = if is_over { "  OVER THE LIMIT" } else { "" };
        println!("{case:<46} {took:>10.1?}  limit {limit} ms{word}");
    };
    let begun = Instant::now();
    let mut looked = Looked::open(path);
    looked.deck.pull(&mut looked.monitor);
    tell("opened, the first lines played", 100, begun.elapsed());
    let took = looked.jump(at(frames / 2)).await;
    println!("{:<46} {took:>10.1?}", "a jump to the middle, beyond the index");
    tell("longest step of the loop meanwhile", 50, looked.longest);
    looked.run(|deck| deck.index().progress().is_none()).await;
    let (entries, checkpoints) = looked.deck.index().size();
    println!(
        "{entries} lines indexed after {:.1?}, {checkpoints} checkpoints of {} MB, {} MB of memory",
        begun.elapsed(),
        looked.deck.index().bytes() >> 20,
        memory().map_or("–".to_owned(), |megabytes| megabytes.to_string()),
    );
    let mut random = fastrand::Rng::with_seed(SEED);
    looked.longest = Duration::ZERO;
    let mut times = Vec::new();
    for _ in 0..JUMPS {
        times.push(looked.jump(at(random.u64(0..frames))).await);
    }
    times.sort_unstable();
    tell("indexed: a jump anywhere, median", 1_000, times[JUMPS / 2]);
    tell("indexed: a jump anywhere, worst", 1_000, times[JUMPS - 1]);
    tell("longest step of the loop meanwhile", 50, looked.longest);
    missed
}

fn main() -> ExitCode {
    // `cargo test` runs benches too, without optimisation: that would measure nothing
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let asked = std::env::var("GCWATCH_TAPE_FRAMES").ok();
    let frames = asked.and_then(|text| text.parse().ok()).unwrap_or(FRAMES).max(1);
    let folder = tempfile::tempdir().expect("a folder");
    let (path, only_written) = match std::env::var_os("GCWATCH_TAPE_OUT") {
        Some(path) => (path.into(), true),
        None => (folder.path().join("large.tape.zst"), false),
    };
    let begun = Instant::now();
    let size = write(&path, frames);
    println!("{frames} frames in {} MB: written in {:.1?}", size >> 20, begun.elapsed());
    if only_written {
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let missed = runtime.expect("a runtime").block_on(measure(&path, frames));
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
