//! What a picture costs with 100,000 live conversations in 2,000 queues.
//!
//! Plain measurements with medians instead of a framework: each case is a whole user-visible step
//! (a key answered, a picture drawn, a sort or filter changed), or what is dear in it, for every
//! column and every kind of filter. The limits are absolute: one frame of 16 ms for a key and 50 at worst, 5 ms
//! for a picture, 100 ms for a sort or filter, 250 ms for the first look at a list. Run by `cargo bench --bench
//! tables`; ends with 1 when a limit is missed. On a busy machine the time on the processor, where the system
//! tells it, says more than the time that passed; the limits are for the latter.
use crossterm::event::{KeyCode, KeyEvent};
use gcwatch::domain::board::agents::AgentBoard;
use gcwatch::domain::board::conversations::ConversationBoard;
use gcwatch::domain::board::kept::Kept;
use gcwatch::domain::board::queues::{MediaBoard, QueueBoard};
use gcwatch::domain::board::rows::{RowFilter, fields};
use gcwatch::domain::board::{Board, Facts, Sort};
use gcwatch::domain::control::{Control, Named, Snapshot};
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::{ChannelNumber, QueueId, UserId};
use gcwatch::domain::intake::Batch;
use gcwatch::domain::monitor::Monitor;
use gcwatch::domain::topic::{MAX_CHANNELS, MAX_TOPICS_PER_CHANNEL};
use gcwatch::tui::{View, ViewOptions, draw};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const CONVERSATIONS: usize = 100_000;
const QUEUES: usize = 2_000;
/// With a topic each, and one of each queue, as many as a client can subscribe on all its channels.
const AGENTS: usize = MAX_CHANNELS * MAX_TOPICS_PER_CHANNEL - QUEUES;
/// Frames that come between two pictures: 1,000 a second at thirty pictures a second.
const FRAMES_A_PICTURE: usize = 34;
/// The longest that a key may wait for its picture.
const WORST_KEY: Duration = Duration::from_millis(50);
/// How often each case is measured.
const ROUNDS: usize = 60;
/// How often a sort or a filter is: there are many of them.
const FEW_ROUNDS: usize = 7;
/// Filters on the conversations, of every kind; the first three as somebody types them.
const FILTERS: [&str; 18] = [
    "1",
    "1a",
    "1a2",
    "w",
    "nothing like it",
    "queue:\"name 7\"",
    "Queue name",
    "state=waiting",
    "queue:7 state=talking",
    "state=waiting or missed>0",
    "queue~[0-4]2$",
    "since>2m",
    "age>10m -since>30m",
    "has:agent",
    "-has:skills",
    "flagged=yes or recording=yes",
    "customer:0001",
    "media=call transfers=0 direction=in",
];

fn begin() -> Timestamp {
    "2026-11-24T10:00:00Z".parse().expect("a time")
}

/// A conversation's frame: it waits, or an agent has it.
fn frame(number: usize, version: usize, now: Timestamp) -> Frame {
    let queue = format!("{:08x}-1111-4111-8111-111111111111", number % QUEUES);
    let id = format!("{number:08x}-0000-4000-8000-000000000000");
    let since = begin() - SignedDuration::from_secs(i64::try_from(number % 3_600).unwrap_or(0));
    let agent = if (number + version).is_multiple_of(5) {
        String::new()
    } else {
        format!(
            r#",{{"id":"{id}-a","purpose":"agent","userId":"{:08x}-2222-4222-8222-222222222222","queueId":"{queue}","connectedTime":"{now}","calls":[{{"state":"connected","connectedTime":"{now}"}}]}}"#,
            number % AGENTS
        )
    };
    let text = format!(
        r#"{{"topicName":"v2.routing.queues.{queue}.conversations","eventBody":{{"id":"{id}","participants":[{{"id":"{id}-c","purpose":"customer","address":"tel:+1555{number:07}","connectedTime":"{since}","calls":[{{"state":"connected","direction":"inbound"}}]}},{{"id":"{id}-q","purpose":"acd","queueId":"{queue}","connectedTime":"{since}","calls":[{{"state":"connected","connectedTime":"{since}"}}]}}{agent}]}}}}"#
    );
    Frame { received: now, channel: ChannelNumber(1), payload: Payload::Text(text.into()) }
}

const ORDER: &str = "order by the dearest column";
const TURNED: &str = "the other way round";

/// What an agent does.
fn activity(number: usize) -> Frame {
    let user = format!("{number:08x}-2222-4222-8222-222222222222");
    let status = ["IDLE", "INTERACTING", "OFF_QUEUE"][number % 3];
    let since = begin() - SignedDuration::from_secs(i64::try_from(number % 3_600).unwrap_or(0));
    let text = format!(
        r#"{{"topicName":"v2.users.{user}.activity","eventBody":{{"id":"{user}","routingStatus":{{"status":"{status}","startTime":"{since}"}},"presence":{{"presenceDefinition":{{"id":"p","systemPresence":"ON_QUEUE"}},"modifiedDate":"{since}"}}}}}}"#
    );
    Frame { received: begin(), channel: ChannelNumber(1), payload: Payload::Text(text.into()) }
}

/// How long it took: by the clock, and on the processor where the system tells.
#[derive(Clone, Copy, Default)]
struct Took {
    passed: Duration,
    computed: Option<Duration>,
}

fn timed(step: impl FnOnce()) -> Took {
    let (begun, computed) = (Instant::now(), on_processor());
    step();
    let passed = begun.elapsed();
    Took {
        passed,
        computed: on_processor().zip(computed).map(|(now, then)| now.saturating_sub(then)),
    }
}

/// For how long this thread has been on a processor.
fn on_processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Median and worst.
fn of(mut times: Vec<Took>) -> [Took; 2] {
    times.sort_unstable_by_key(|time| time.passed);
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    [median, times.last().copied().unwrap_or_default()]
}

/// Tells what was measured, and keeps whether a limit was missed.
struct Report {
    missed: bool,
    /// Only cases that contain this are measured, `cargo bench --bench tables -- filter`.
    only: Option<String>,
}

impl Report {
    fn wants(&self, case: &str) -> bool {
        self.only.as_ref().is_none_or(|only| case.contains(only))
    }

    fn tell(&mut self, case: &str, limit: u64, measure: impl FnOnce() -> [Took; 2]) {
        if !self.wants(case) {
            return;
        }
        let [median, worst] = measure();
        let is_late = case.contains("key") && worst.passed > WORST_KEY;
        let is_over = is_late || median.passed > Duration::from_millis(limit);
        self.missed |= is_over;
        let word = if is_over { "  OVER THE LIMIT" } else { "" };
        let computed = median.computed.map_or("–".to_owned(), |time| format!("{time:.1?}"));
        println!(
            "{case:<58} median {:>9.1?} (processor {computed:>9})  worst {:>9.1?}  limit {limit} ms{word}",
            median.passed, worst.passed
        );
    }
}

struct Bench {
    monitor: Monitor,
    view: View,
    terminal: Terminal<TestBackend>,
    now: Timestamp,
    step: usize,
}

impl Bench {
    fn new() -> Self {
        let mut monitor = Monitor::new(begin());
        for number in 0..CONVERSATIONS {
            monitor.absorb_frame(frame(number, 0, begin()));
        }
        for number in 0..AGENTS {
            monitor.absorb_frame(activity(number));
        }
        monitor.absorb_control(Control::Queues(
            (0..QUEUES)
                .map(|number| Named {
                    id: QueueId::new(&format!("{number:08x}-1111-4111-8111-111111111111")),
                    name: format!("Queue name {number}"),
                })
                .collect(),
        ));
        monitor.absorb_control(Control::Users(
            (0..AGENTS)
                .map(|number| Named {
                    id: UserId::new(&format!("{number:08x}-2222-4222-8222-222222222222")),
                    name: format!("Agent {number}"),
                })
                .collect(),
        ));
        // without it the counts would be unknown, and nothing would be sorted
        monitor.absorb_control(Control::Snapshot(Snapshot {
            asked: begin(),
            incomplete_for: monitor.queues.iter().map(|row| row.id.clone()).collect(),
            ..Snapshot::default()
        }));
        let mut view = View::new(ViewOptions::default());
        view.on_resize(200, 60);
        let terminal = Terminal::new(TestBackend::new(200, 60)).expect("a terminal in memory");
        Self { monitor, view, terminal, now: begin(), step: 0 }
    }

    /// What arrives between two pictures.
    fn arrive(&mut self) {
        self.now += SignedDuration::from_millis(33);
        let frames = (0..FRAMES_A_PICTURE)
            .map(|index| {
                let number = (self.step * 7_919 + index * 101) % CONVERSATIONS;
                frame(number, self.step, self.now)
            })
            .collect();
        self.step += 1;
        self.monitor.absorb(Batch { frames, ..Batch::default() });
    }

    fn picture(&mut self) {
        self.view.refresh(&self.monitor, self.now);
        let (monitor, view, now) = (&self.monitor, &self.view, self.now);
        self.terminal.draw(|frame| draw(frame, monitor, view, now)).expect("it draws");
    }

    fn press(&mut self, key: char) {
        let code = match key {
            '\n' => KeyCode::Enter,
            '↓' => KeyCode::Down,
            other => KeyCode::Char(other),
        };
        self.view.on_key(KeyEvent::from(code), &self.monitor, self.now);
    }

    /// Pressing each of `keys` in turn with a picture after each.
    fn measure(&mut self, keys: &[char], arrives: bool) -> [Took; 2] {
        let times = (0..ROUNDS).map(|round| {
            if arrives {
                self.arrive();
            }
            timed(|| {
                if let Some(key) = keys.get(round % keys.len().max(1)) {
                    self.press(*key);
                }
                self.picture();
            })
        });
        of(times.collect())
    }

    /// The first picture of a list.
    fn open(&mut self, screen: char) -> [Took; 2] {
        let times = (0..FEW_ROUNDS).map(|_| {
            self.view = View::new(ViewOptions::default());
            self.view.on_resize(200, 60);
            timed(|| {
                self.press(screen);
                self.picture();
            })
        });
        of(times.collect())
    }

    /// What the order of a list costs after a change: `before` comes untimed.
    fn kept<B: Board>(&mut self, before: (Sort, &str), after: (Sort, &str)) -> [Took; 2] {
        let filter = |text: &str| {
            RowFilter::<B>::parse(text, &fields::<B>()).expect("the filters here are right")
        };
        let [first, second] = [filter(before.1), filter(after.1)];
        let mut kept = Kept::<B>::default();
        let times = (0..FEW_ROUNDS).map(|_| {
            self.arrive();
            let facts = Facts { monitor: &self.monitor, now: self.now, masked: true };
            kept.catch_up(&facts, before.0, &first);
            self.arrive();
            let facts = Facts { monitor: &self.monitor, now: self.now, masked: true };
            timed(|| {
                kept.catch_up(&facts, after.0, &second);
            })
        });
        of(times.collect())
    }

    /// Sorting by every column, and the other way round: the dearest of each.
    fn every_sort<B: Board>(&mut self, list: &str, report: &mut Report) {
        let mut dearest: [(&str, [Took; 2]); 2] = [("", [Took::default(); 2]); 2];
        let mut columns: Vec<Option<&'static str>> =
            B::COLUMNS.iter().map(|column| Some(column.name)).collect();
        columns.push(None);
        for by in columns {
            let [plain, reversed] = [false, true].map(|reversed| Sort { by, reversed });
            // from another column, since this one would be the same
            let other =
                if by.is_none() { B::COLUMNS.first().map(|column| column.name) } else { None };
            let other = Sort { by: other, reversed: false };
            let cases = [(other, plain), (plain, reversed)];
            let names = [ORDER, TURNED].map(|case| format!("{list}: {case}"));
            for ((dearest, (before, after)), name) in dearest.iter_mut().zip(cases).zip(names) {
                if !report.wants(&name) {
                    continue;
                }
                let took = self.kept::<B>((before, ""), (after, ""));
                if std::env::var_os("GCWATCH_EVERY_COLUMN").is_some() {
                    let case = format!("  {list}: from {before} to {after}");
                    println!("{case:<58} median {:>9.1?}", took[0].passed);
                }
                if took[0].passed >= dearest.1[0].passed {
                    *dearest = (by.unwrap_or("urgency"), took);
                }
            }
        }
        let [(by, sorted), (turned_by, turned)] = dearest;
        report.tell(&format!("{list}: {ORDER}, {by}"), 100, || sorted);
        report.tell(&format!("{list}: {TURNED}, {turned_by}"), 100, || turned);
    }
}

fn main() -> ExitCode {
    // `cargo test` runs benches too, without optimisation: that would measure nothing
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let begun = Instant::now();
    let mut bench = Bench::new();
    println!(
        "{CONVERSATIONS} conversations in {QUEUES} queues, {AGENTS} agents: built in {:?}",
        begun.elapsed()
    );
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let mut report = Report { missed: false, only };
    let screens = [('1', "live"), ('2', "queues"), ('3', "conversations"), ('4', "agents")];
    for (screen, name) in screens {
        report.tell(&format!("{name}: first picture"), 250, || bench.open(screen));
        report.tell(&format!("{name}: picture, nothing new"), 5, || bench.measure(&[], false));
        report.tell(&format!("{name}: picture, {FRAMES_A_PICTURE} frames since"), 5, || {
            bench.measure(&[], true)
        });
        report.tell(&format!("{name}: key and picture, frames since"), 16, || {
            bench.measure(&['↓', 'j'], true)
        });
        report.tell(&format!("{name}: sort change"), 100, || bench.measure(&['s'], true));
        report.tell(&format!("{name}: other way round"), 100, || bench.measure(&['S'], true));
    }
    bench.every_sort::<ConversationBoard>("conversations", &mut report);
    bench.every_sort::<AgentBoard>("agents", &mut report);
    bench.every_sort::<QueueBoard>("queues", &mut report);
    bench.every_sort::<MediaBoard>("queues by medium", &mut report);
    let sort = Sort::default();
    for filter in FILTERS {
        report.tell(&format!("conversations: filter {filter:?}"), 100, || {
            bench.kept::<ConversationBoard>((sort, ""), (sort, filter))
        });
    }
    for typed in FILTERS[..3].windows(2) {
        report.tell(
            &format!("conversations: filter {:?}, then {:?}", typed[0], typed[1]),
            100,
            || bench.kept::<ConversationBoard>((sort, typed[0]), (sort, typed[1])),
        );
    }
    report.tell("agents: filter \"name 7\"", 100, || {
        bench.kept::<AgentBoard>((sort, ""), (sort, "name 7"))
    });
    bench.press('3');
    bench.press('/');
    report.tell("conversations: letter of a filter", 100, || {
        bench.measure(&['1', 'a', '2', ' '], true)
    });
    bench.press('\n');
    for letter in "/since>2m\n".chars() {
        bench.press(letter);
    }
    bench.picture();
    report.tell("conversations: picture, as rows pass since>2m", 5, || bench.measure(&[], true));
    if report.missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
