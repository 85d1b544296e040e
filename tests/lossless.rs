//! What must not be lost, against the simulator, by the client's whole way.
//!
//! Numbered frames over hand-overs, the time until a cut is mended, and a floor of 5,000 queues.
use gcwatch::cloud::{
    Command, Credentials, Mailbox, Plan, ServiceAddress, ServiceClient, ServiceSource,
    SourceHandle, Tls, pack, topics_of_queue,
};
use gcwatch::domain::control::{Control, EventKind};
use gcwatch::domain::identity::QueueId;
use gcwatch::domain::intake::WhenFull;
use gcwatch::domain::session::{Phase, Policy};
use gcwatch::simulator::service::{Simulator, SimulatorSettings};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Longest wait for what must come; only a failing test takes so long.
const PATIENCE: Duration = Duration::from_secs(60);
/// Numbered frames a second.
const RATE: u64 = 500;

/// The simulator, and a source on it.
struct Stage {
    runtime: Runtime,
    simulator: Simulator,
    host: String,
    client: ServiceClient,
    queues: Vec<QueueId>,
}

impl Stage {
    fn new(settings: SimulatorSettings) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let simulator = runtime.block_on(Simulator::start(settings)).expect("a free port");
        let at = simulator.addresses().clone();
        let address = ServiceAddress::from_parts(None, Some(&at.base_url), Some(&at.base_url))
            .expect("loopback");
        let credentials = Credentials::ClientCredentials {
            client_id: at.client_id.clone(),
            client_secret: SecretString::from(at.client_secret.clone()),
        };
        let tls = Tls::new(None).expect("TLS");
        let client = ServiceClient::new(address, credentials, tls, "test").expect("a client");
        let listed = runtime.block_on(client.queues(None)).expect("queues");
        let queues = listed.entries.iter().map(|queue| queue.id.clone()).collect();
        let host = at.base_url.replacen("http://", "", 1);
        Self { runtime, simulator, host, client, queues }
    }

    fn start(&self, policy: Policy, mailbox: &Mailbox) -> SourceHandle {
        let topics = self.queues.iter().flat_map(topics_of_queue);
        let plan = Plan {
            packs: pack(topics).expect("they fit"),
            snapshot_queues: self.queues.clone(),
            ..Plan::default()
        };
        ServiceSource::start(&self.client, plan, policy, mailbox.clone()).expect("a source")
    }

    fn end(self, source: SourceHandle) {
        assert!(source.stop(Duration::from_secs(10)));
        self.runtime.block_on(self.simulator.stop());
    }
}

/// One request, by hand, so that nothing of the client is trusted with it; the answer's body.
fn ask(connection: &mut BufReader<TcpStream>, method: &str, path: &str, body: &str) -> String {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: simulator\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    connection.get_mut().write_all(request.as_bytes()).expect("the request is sent");
    let mut length = 0;
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).expect("a header line");
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(number) = line.strip_prefix("content-length:") {
            length = number.trim().parse().expect("a number");
        }
    }
    let mut body = vec![0; length];
    connection.read_exact(&mut body).expect("the body");
    String::from_utf8(body).expect("text")
}

fn connect(host: &str) -> BufReader<TcpStream> {
    BufReader::new(TcpStream::connect(host).expect("the simulator listens"))
}

/// Takes from the mailbox until `enough`.
fn until(mailbox: &Mailbox, what: &str, mut enough: impl FnMut(&Control) -> bool) {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE, "never came: {what}");
        if mailbox.wait(Duration::from_millis(50)) && mailbox.take().control.iter().any(&mut enough)
        {
            return;
        }
    }
}

fn is_live(control: &Control) -> bool {
    matches!(control, Control::Session(report) if report.phase == Phase::Live)
}

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
    assert!(sent > 3_000, "{sent} frames in {took:?}");
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
