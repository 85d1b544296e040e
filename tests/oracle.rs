//! The oracle: what the client's model shows equals what the simulated contact centre knows.
//!
//! The client's whole way is used: OAuth, REST, channel, socket, decoding, model. Simulated time
//! runs sixty times as fast; five minutes of it are lived through, and compared at ten moments.
use gcwatch::cloud::{
    Credentials, Mailbox, Plan, ServiceAddress, ServiceClient, ServiceSource, Tls, pack,
};
use gcwatch::domain::conversation::State;
use gcwatch::domain::identity::QueueId;
use gcwatch::domain::intake::WhenFull;
use gcwatch::domain::monitor::Monitor;
use gcwatch::domain::session::Policy;
use gcwatch::domain::topic::Topic;
use gcwatch::simulator::service::{Simulator, SimulatorSettings};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Simulated seconds per second.
const SPEED: f64 = 60.0;
/// How long one comparison may take to agree: frames are under way for a moment, and at this speed
/// a moment is a simulated second in which something else happens.
const AGREE_WITHIN: Duration = Duration::from_secs(20);

/// Asks the simulator for the truth. By hand, so that nothing of the client is trusted with it.
fn truth(base_url: &str) -> Value {
    let host = base_url.strip_prefix("http://").expect("a loopback address");
    let mut stream = TcpStream::connect(host).expect("the simulator listens");
    let request =
        format!("GET /simulator/truth HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the request is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the answer is read");
    let text = String::from_utf8_lossy(&answer);
    let start = text.find('{').expect("a JSON body");
    let end = text.rfind('}').expect("a JSON body");
    serde_json::from_str(&text[start..=end]).expect("a JSON body")
}

/// The board by the truth: for each queue waiting, alerting, interacting, and whether anybody waits.
fn told(truth: &Value) -> Vec<(String, u64, u64, u64, bool)> {
    let queues = truth["queues"].as_array().expect("a list of queues");
    let number = |queue: &Value, name: &str| queue[name].as_u64().unwrap_or(u64::MAX);
    let mut board: Vec<_> = queues
        .iter()
        .map(|queue| {
            (
                queue["id"].as_str().unwrap_or_default().to_owned(),
                number(queue, "waiting"),
                number(queue, "alerting"),
                number(queue, "interacting"),
                !queue["longestWaiting"].is_null(),
            )
        })
        .collect();
    board.sort();
    board
}

/// The board by the client.
fn shown(monitor: &Monitor, ids: &[QueueId]) -> Vec<(String, u64, u64, u64, bool)> {
    let mut board: Vec<_> = ids
        .iter()
        .map(|id| {
            let row = monitor.queues.get(id).expect("every queue has a row");
            (
                id.to_string(),
                u64::from(row.waiting()),
                u64::from(row.count(State::Alerting)),
                u64::from(row.interacting()),
                row.longest_unanswered().is_some(),
            )
        })
        .collect();
    board.sort();
    board
}

#[test]
fn the_board_equals_the_truth_at_ten_moments() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let settings = SimulatorSettings { seed: 11, speed: SPEED, ..SimulatorSettings::default() };
    let simulator = runtime.block_on(Simulator::start(settings)).expect("a free port");
    let at = simulator.addresses().clone();
    let address =
        ServiceAddress::from_parts(None, Some(&at.base_url), Some(&at.base_url)).expect("loopback");
    let credentials = Credentials::ClientCredentials {
        client_id: at.client_id.clone(),
        client_secret: SecretString::from(at.client_secret.clone()),
    };
    let client = ServiceClient::new(address, credentials, Tls::new(None).expect("TLS"), "oracle")
        .expect("a client");
    let queues = runtime.block_on(client.queues(None)).expect("queues");
    let ids: Vec<QueueId> = queues.entries.iter().map(|queue| queue.id.clone()).collect();
    let topics =
        ids.iter().map(|id| Topic::received(&format!("v2.routing.queues.{id}.conversations")));
    let plan = Plan {
        packs: pack(topics).expect("one channel"),
        snapshot_queues: ids.clone(),
        profile: None,
        load_names: false,
        follow_queues: false,
        follow_users: false,
    };
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    let source =
        ServiceSource::start(&client, plan, Policy::default().scaled(SPEED), mailbox.clone())
            .expect("a source");
    let mut monitor = Monitor::new(Timestamp::now());
    let begun = Instant::now();
    while monitor.link.snapshot.is_none() {
        assert!(begun.elapsed() < AGREE_WITHIN, "no snapshot: {:?}", monitor.link.trouble());
        if mailbox.wait(Duration::from_millis(50)) {
            monitor.absorb(mailbox.take());
        }
    }
    for moment in 0_u32..10 {
        // thirty simulated seconds between two moments
        let due = begun + Duration::from_millis(500) * moment;
        while Instant::now() < due {
            if mailbox.wait(due.saturating_duration_since(Instant::now())) {
                monitor.absorb(mailbox.take());
            }
        }
        let asked = Instant::now();
        loop {
            let before = told(&truth(&at.base_url));
            // what was true before must have arrived, and still be true: else ask again
            while mailbox.wait(Duration::from_millis(15)) {
                monitor.absorb(mailbox.take());
            }
            let mine = shown(&monitor, &ids);
            if mine == before {
                break;
            }
            let differences: Vec<_> =
                mine.iter().zip(&before).filter(|(mine, truth)| mine != truth).collect();
            assert!(
                asked.elapsed() < AGREE_WITHIN,
                "moment {moment}: (client, truth) {differences:?}"
            );
        }
    }
    assert!(monitor.thinned.is_zero());
    assert!(source.stop(Duration::from_secs(5)));
    runtime.block_on(simulator.stop());
}
