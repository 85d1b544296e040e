//! The simulator with a client on it, and how a test asks either.
use gcwatch::cloud::{
    Clock, Credentials, Mailbox, Plan, ServiceAddress, ServiceClient, ServiceSource, SourceHandle,
    Tls, pack, topics_of_queue,
};
use gcwatch::domain::control::Control;
use gcwatch::domain::identity::QueueId;
use gcwatch::domain::session::{Phase, Policy};
use gcwatch::simulator::service::{Simulator, SimulatorSettings};
use secrecy::SecretString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Longest wait for what must come; only a failing test takes so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The simulator, and a source on it.
pub(crate) struct Stage {
    pub(crate) runtime: Runtime,
    pub(crate) simulator: Simulator,
    pub(crate) host: String,
    pub(crate) client: ServiceClient,
    pub(crate) queues: Vec<QueueId>,
}

impl Stage {
    pub(crate) fn new(settings: SimulatorSettings) -> Self {
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
        // the first of a life's faults may have begun already
        let asked = Instant::now();
        let listed = loop {
            match runtime.block_on(client.queues(None)) {
                Ok(listed) => break listed,
                Err(failure) => assert!(asked.elapsed() < PATIENCE, "queues: {failure:?}"),
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        let queues = listed.entries.iter().map(|queue| queue.id.clone()).collect();
        let host = at.base_url.replacen("http://", "", 1);
        Self { runtime, simulator, host, client, queues }
    }

    pub(crate) fn start(&self, policy: Policy, mailbox: &Mailbox) -> SourceHandle {
        let topics = self.queues.iter().flat_map(topics_of_queue);
        let plan = Plan {
            packs: pack(topics).expect("they fit"),
            snapshot_queues: self.queues.clone(),
            ..Plan::default()
        };
        ServiceSource::start(&self.client, plan, policy, mailbox.clone()).expect("a source")
    }

    /// Lets the client live by the simulated clock.
    pub(crate) fn by_its_clock(self) -> Self {
        let (start, begun, speed) = self.simulator.clock();
        let client = self.client.clone().with_clock(Clock::scaled(start, begun, speed));
        Self { client, ..self }
    }

    pub(crate) fn end(self, source: SourceHandle) {
        assert!(source.stop(Duration::from_secs(10)));
        self.runtime.block_on(self.simulator.stop());
    }
}

/// One request, by hand, so that nothing of the client is trusted with it; the answer's body.
pub(crate) fn ask(
    connection: &mut BufReader<TcpStream>,
    method: &str,
    path: &str,
    body: &str,
) -> String {
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

pub(crate) fn connect(host: &str) -> BufReader<TcpStream> {
    BufReader::new(TcpStream::connect(host).expect("the simulator listens"))
}

/// Takes from the mailbox until `enough`.
pub(crate) fn until(mailbox: &Mailbox, what: &str, mut enough: impl FnMut(&Control) -> bool) {
    let begun = Instant::now();
    loop {
        assert!(begun.elapsed() < PATIENCE, "never came: {what}");
        if mailbox.wait(Duration::from_millis(50)) && mailbox.take().control.iter().any(&mut enough)
        {
            return;
        }
    }
}

pub(crate) fn is_live(control: &Control) -> bool {
    matches!(control, Control::Session(report) if report.phase == Phase::Live)
}
