//! Client and simulator in one runtime whose clock stands still while anybody has something to do, and
//! jumps to the next time that somebody waits for when nobody has.
use gcwatch::cloud::{
    Clock, Command, Credentials, Mailbox, Plan, ServiceAddress, ServiceClient, Tls, run_source,
};
use gcwatch::domain::identity::QueueId;
use gcwatch::domain::intake::WhenFull;
use gcwatch::domain::monitor::Monitor;
use gcwatch::domain::session::{Failure, Policy};
use gcwatch::simulator::service::{Simulator, SimulatorSettings};
use secrecy::SecretString;
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// How long a frame travels: the simulator looks at its clock every 2 ms at most.
pub(crate) const JOURNEY: Duration = Duration::from_millis(10);

/// A simulated service, and a client that has its clock.
pub(crate) struct Stage {
    pub(crate) simulator: Simulator,
    pub(crate) client: ServiceClient,
    pub(crate) clock: Clock,
    /// When the service began.
    pub(crate) begun: Instant,
    pub(crate) queues: Vec<QueueId>,
}

impl Stage {
    pub(crate) async fn open(settings: SimulatorSettings) -> Self {
        let simulator = Simulator::start(settings).await.expect("a free port");
        let at = simulator.addresses().clone();
        let address = ServiceAddress::from_parts(None, Some(&at.base_url), Some(&at.base_url))
            .expect("loopback");
        let credentials = Credentials::ClientCredentials {
            client_id: at.client_id,
            client_secret: SecretString::from(at.client_secret),
        };
        let (start, begun, speed) = simulator.clock();
        let clock = Clock::scaled(start, begun, speed);
        let client = ServiceClient::new(address, credentials, Tls::new(None).expect("TLS"), "test")
            .expect("a client")
            .with_clock(clock);
        let listed = client.queues(None).await.expect("queues");
        let queues = listed.entries.iter().map(|queue| queue.id.clone()).collect();
        Self { simulator, client, clock, begun, queues }
    }

    /// Lets the client watch.
    pub(crate) fn watch(&self, plan: Plan) -> (Mailbox, Watching) {
        let mailbox = Mailbox::new(WhenFull::NewestWins);
        let (commands, wanted) = mpsc::channel(1);
        let (client, at) = (self.client.clone(), mailbox.clone());
        let source = tokio::spawn(run_source(client, plan, Policy::default(), at, wanted));
        (mailbox, Watching { commands, source })
    }

    /// One request by hand, on a thread of its own: while it runs the clock stands still.
    pub(crate) async fn ask(&self, path: &'static str) -> Value {
        let host = self.simulator.addresses().base_url.replacen("http://", "", 1);
        let asking = tokio::task::spawn_blocking(move || {
            let mut connection = TcpStream::connect(&host).expect("the simulator listens");
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n\r\n");
            connection.write_all(request.as_bytes()).expect("the request is sent");
            let mut answer = String::new();
            connection.read_to_string(&mut answer).expect("the answer");
            let (_, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
            serde_json::from_str(body).expect("JSON")
        });
        asking.await.expect("the thread ends")
    }

    /// Ends both, without a fault.
    pub(crate) async fn close(self, watching: Watching) {
        assert!(watching.commands.send(Command::Stop).await.is_ok());
        assert_eq!(watching.source.await.expect("no panic"), None);
        self.simulator.stop().await;
    }
}

/// A client that watches.
pub(crate) struct Watching {
    commands: mpsc::Sender<Command>,
    source: JoinHandle<Option<Failure>>,
}

/// What a client makes of it.
pub(crate) struct Seen {
    pub(crate) monitor: Monitor,
    pub(crate) mailbox: Mailbox,
}

impl Seen {
    /// Takes what comes until `end`.
    pub(crate) async fn until(&mut self, end: Instant) {
        while timeout_at(end, self.mailbox.ready()).await.is_ok() {
            self.monitor.absorb(self.mailbox.take());
        }
    }
}

/// Lives through what `scene` does, on such a clock.
pub(crate) fn on_a_stopped_clock(scene: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(scene);
}
