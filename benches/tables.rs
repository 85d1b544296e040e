//! What a picture costs with 100,000 live conversations in 2,000 queues.
//!
//! Plain measurements with medians instead of a framework: each case is a whole user-visible step
//! (a key answered, a picture drawn, a sort or filter changed), and the limits are absolute:
//! one frame of 16 ms for a key, 5 ms for a picture, 100 ms for a sort or filter. Run by
//! `cargo bench --bench tables`; ends with 1 when a limit is missed.
use crossterm::event::{KeyCode, KeyEvent};
use gcwatch::domain::control::{Control, Snapshot};
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::ChannelNumber;
use gcwatch::domain::intake::Batch;
use gcwatch::domain::monitor::Monitor;
use gcwatch::tui::{View, ViewOptions, draw};
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const CONVERSATIONS: usize = 100_000;
const QUEUES: usize = 2_000;
/// Frames that come between two pictures: 1,000 a second at thirty pictures a second.
const FRAMES_A_PICTURE: usize = 34;
/// How often each case is measured.
const ROUNDS: usize = 60;

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
            number % 40_000
        )
    };
    let text = format!(
        r#"{{"topicName":"v2.routing.queues.{queue}.conversations","eventBody":{{"id":"{id}","participants":[{{"id":"{id}-c","purpose":"customer","address":"tel:+1555{number:07}","connectedTime":"{since}","calls":[{{"state":"connected","direction":"inbound"}}]}},{{"id":"{id}-q","purpose":"acd","queueId":"{queue}","connectedTime":"{since}","calls":[{{"state":"connected","connectedTime":"{since}"}}]}}{agent}]}}}}"#
    );
    Frame { received: now, channel: ChannelNumber(1), payload: Payload::Text(text.into()) }
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

    /// Median and worst of pressing each of `keys` in turn with a picture after each.
    fn measure(&mut self, keys: &[char], arrives: bool) -> (Duration, Duration) {
        let mut times: Vec<Duration> = (0..ROUNDS)
            .map(|round| {
                if arrives {
                    self.arrive();
                }
                let begun = Instant::now();
                if let Some(key) = keys.get(round % keys.len().max(1)) {
                    self.press(*key);
                }
                self.picture();
                begun.elapsed()
            })
            .collect();
        times.sort_unstable();
        (times[ROUNDS / 2], times[ROUNDS - 1])
    }
}

fn main() -> ExitCode {
    // `cargo test` runs benches too, without optimisation: that would measure nothing
    if !std::env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    let begun = Instant::now();
    let mut bench = Bench::new();
    println!("{CONVERSATIONS} conversations in {QUEUES} queues: built in {:?}", begun.elapsed());
    let mut missed = false;
    let mut tell = |case: &str, limit: u64, (median, worst): (Duration, Duration)| {
        let is_over = median > Duration::from_millis(limit);
        missed |= is_over;
        let word = if is_over { "  OVER THE LIMIT" } else { "" };
        println!("{case:<46} median {median:>10.1?}  worst {worst:>10.1?}  limit {limit} ms{word}");
    };
    for (screen, name) in [('1', "live"), ('2', "queues"), ('3', "conversations")] {
        bench.press(screen);
        bench.picture();
        tell(&format!("{name}: picture, nothing new"), 5, bench.measure(&[], false));
        tell(
            &format!("{name}: picture, {FRAMES_A_PICTURE} frames since"),
            5,
            bench.measure(&[], true),
        );
        tell(
            &format!("{name}: key and picture, frames since"),
            16,
            bench.measure(&['↓', 'j'], true),
        );
        tell(&format!("{name}: sort change"), 100, bench.measure(&['s'], true));
        tell(&format!("{name}: other way round"), 100, bench.measure(&['S'], true));
    }
    bench.press('/');
    tell("conversations: letter of a filter", 100, bench.measure(&['1', 'a', '2', ' '], true));
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
