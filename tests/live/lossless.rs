//! What must not be lost, against the simulator, by the client's whole way.
//!
//! Numbered frames over hand-overs, the time until a cut is mended, and a floor of 5,000 queues;
//! two hundred faults, a fight for a channel and queues that appear later in the modules beside.
use gcwatch::cloud::{Command, Mailbox};
use gcwatch::domain::control::{Control, EventKind};
use gcwatch::domain::intake::WhenFull;
use gcwatch::domain::session::{Phase, Policy};
use gcwatch::simulator::service::SimulatorSettings;
use serde_json::Value;
use stage::{PATIENCE, Stage, ask, connect, is_live, until};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};

mod faults;
mod fight;
mod fleet;
mod later;
mod ledger;
mod stage;

/// Numbered frames a second.
const RATE: u64 = 500;
/// How many are enough.
const FRAMES: u64 = 3_000;

/// Counts the numbered frames that were handed on, and what was told meanwhile.
#[derive(Default)]
struct Tally {
    numbers: HashMap<u64, u32>,
    told: BTreeMap<&'static str, usize>,
}

impl Tally {
    fn take(&mut self, mailbox: &Mailbox) {
        if !mailbox.wait(Duration::from_millis(20)) {
            return;
        }
        let batch = mailbox.take();
        assert_eq!(batch.thinned.dropped, 0, "the test takes fast enough");
        for control in batch.control {
            if let Control::Event(event) = control {
                *self.told.entry(event.kind.word()).or_default() += 1;
            }
        }
        for frame in batch.frames {
            let Some((_, rest)) = frame.text().and_then(|text| text.split_once("\"number\":"))
            else {
                continue;
            };
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            *self.numbers.entry(digits.parse().expect("a number")).or_default() += 1;
        }
    }

    fn told(&self, kind: EventKind) -> usize {
        self.told.get(kind.word()).copied().unwrap_or_default()
    }
}

#[test]
fn numbered_frames_over_ten_closing_notices_and_three_renewals_all_come_once() {
    let stage = Stage::new(SimulatorSettings { seed: 5, speed: 10.0, ..Default::default() });
    let mailbox = Mailbox::new(WhenFull::KeepDistinct);
    // both lines are read for half a second instead of five, or the test takes a minute longer
    let policy = Policy { overlap: Duration::from_millis(500), ..Policy::default().scaled(10.0) };
    let source = stage.start(policy, &mailbox);
    until(&mailbox, "live", is_live);
    let over = Arc::new(AtomicBool::new(false));
    let sent = Arc::new(AtomicU64::new(0));
    let feeder = {
        let (host, over, sent) = (stage.host.clone(), Arc::clone(&over), Arc::clone(&sent));
        std::thread::spawn(move || {
            let mut connection = connect(&host);
            let begun = Instant::now();
            while !over.load(SeqCst) {
                let due = u64::try_from(begun.elapsed().as_millis()).expect("a short test") * RATE
                    / 1_000;
                while sent.load(SeqCst) < due {
                    let number = sent.load(SeqCst);
                    let frame = format!(
                        r#"{{"topicName":"v2.users.numbered.presence","version":"2","eventBody":{{"number":{number}}},"metadata":{{"CorrelationId":"one for all"}}}}"#
                    );
                    ask(&mut connection, "POST", "/simulator/frames", &frame);
                    sent.fetch_add(1, SeqCst);
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            begun.elapsed()
        })
    };
    let mut faults = connect(&stage.host);
    let mut tally = Tally::default();
    for turn in 0..13 {
        if turn % 4 == 3 {
            assert!(source.send(Command::Renew));
        } else {
            // sixty simulated seconds from the notice to the end
            let notice = r#"{"socket_closing":{"seconds":60}}"#;
            ask(&mut faults, "POST", "/simulator/faults", notice);
        }
        let begun = Instant::now();
        while tally.told(EventKind::HandedOver) <= turn {
            assert!(begun.elapsed() < PATIENCE, "turn {turn}: {:?}", tally.told);
            tally.take(&mailbox);
        }
        // until the next hand-over may begin
        let settled = Instant::now() + Duration::from_millis(1_050);
        while Instant::now() < settled {
            tally.take(&mailbox);
        }
    }
    // a busy machine takes longer for as many
    let begun = Instant::now();
    while sent.load(SeqCst) <= FRAMES && begun.elapsed() < PATIENCE {
        tally.take(&mailbox);
    }
    over.store(true, SeqCst);
    let took = feeder.join().expect("the feeder ends");
    let sent = sent.load(SeqCst);
    let begun = Instant::now();
    while !tally.numbers.contains_key(&(sent - 1)) && begun.elapsed() < PATIENCE {
        tally.take(&mailbox);
    }
    let lost: Vec<u64> =
        (0..sent).filter(|number| !tally.numbers.contains_key(number)).take(10).collect();
    let twice: Vec<_> = tally.numbers.iter().filter(|(_, times)| **times > 1).take(10).collect();
    assert!(lost.is_empty() && twice.is_empty(), "of {sent}: lost {lost:?}, twice {twice:?}");
    assert!(sent > FRAMES, "{sent} frames in {took:?}");
    assert_eq!(tally.told(EventKind::Disconnected), 0);
    assert!(tally.told(EventKind::Closing) >= 10, "{:?}", tally.told);
    stage.end(source);
}

#[test]
fn after_a_cut_it_is_live_again_within_two_seconds() {
    let stage = Stage::new(SimulatorSettings { seed: 6, ..Default::default() });
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    // each cut stands by itself: what lived for a moment has lived
    let policy = Policy {
        real_life: Duration::from_millis(100),
        displaced_life: Duration::from_millis(10),
        ..Policy::default()
    };
    let source = stage.start(policy, &mailbox);
    until(&mailbox, "live", is_live);
    let mut faults = connect(&stage.host);
    let mut took: Vec<Duration> = (0..20)
        .map(|_| {
            std::thread::sleep(Duration::from_millis(150));
            let _ = mailbox.take();
            let cut = Instant::now();
            ask(&mut faults, "POST", "/simulator/faults", r#"{"cut":true}"#);
            until(&mailbox, "live again", |control| {
                matches!(control, Control::Gap(gap) if gap.until.is_some() && gap.healed_by.is_none())
            });
            cut.elapsed()
        })
        .collect();
    took.sort();
    assert!(took[10] < Duration::from_secs(2), "{took:?}");
    stage.end(source);
}

#[test]
fn five_thousand_queues_come_up_without_a_refusal_and_without_losing_a_topic() {
    let stage =
        Stage::new(SimulatorSettings { seed: 7, extra_queues: 4_990, ..Default::default() });
    assert_eq!(stage.queues.len(), 5_000);
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    let source = stage.start(Policy::default(), &mailbox);
    let mut live = HashSet::new();
    let mut progress: Vec<(usize, usize)> = Vec::new();
    until(&mailbox, "ten channels live", |control| {
        match control {
            Control::Session(report) if report.phase == Phase::Live => {
                assert_eq!((report.permitted, report.rejected), (1_000, 0));
                live.insert(report.channel);
            }
            Control::Event(event) => {
                let refused = matches!(event.kind, EventKind::Retrying | EventKind::GaveUp);
                assert!(!refused, "{}", event.sentence);
            }
            Control::Progress { what: "topics", done, total } => {
                progress.push((*done, total.expect("known from the start")));
            }
            _ => {}
        }
        live.len() == 10
    });
    assert!(progress.len() >= 9 && progress.is_sorted(), "{progress:?}");
    assert!(progress.iter().all(|(_, total)| *total == 10_000));
    let truth = ask(&mut connect(&stage.host), "GET", "/simulator/truth", "");
    let truth: Value = serde_json::from_str(&truth).expect("JSON");
    assert_eq!(truth["channels"], 10);
    assert_eq!(truth["topics"], 10_000);
    stage.end(source);
}
