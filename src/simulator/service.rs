//! Lets the contact centre be reached as the real service is: login, REST and sockets on one
//! loopback port.
//!
//! Everything that the outside sees goes through the `State`, behind one lock that is never
//! held across an await. One task lets simulated time pass and hands events to the sockets.
use super::world::{World, WorldSettings};
use clock::Clock;
use driver::Script;
use jiff::Timestamp;
use serde_json::Value;
use state::State;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::Instant;

mod answer;
mod channels;
mod clock;
mod coverage;
mod driver;
pub mod faults;
mod login;
pub mod numbers;
mod playing;
mod rest;
mod router;
mod secure;
mod socket;
pub mod state;
mod story;
#[cfg(test)]
mod tests;
mod topics;

pub use faults::{Fault, NAMED_FAULTS, Scenario, ScenarioError};
pub use playing::{Played, Tape};
pub use secure::{SecureError, Secured};
pub use state::Addresses;

/// Settings of the simulated service.
#[derive(Clone, Debug)]
pub struct SimulatorSettings {
    /// Seed of the contact centre and of every id.
    pub seed: u64,
    /// Port on the loopback address; 0 takes any free one.
    pub port: u16,
    /// Simulated seconds per second: scales the contact centre, heartbeats, expiry and limits.
    pub speed: f64,
    /// When simulated time begins; `None`: now.
    pub start: Option<Timestamp>,
    /// What shall go wrong, and when.
    pub scenario: Option<Scenario>,
    /// What is wrong from the beginning.
    pub faults: Vec<Fault>,
    /// How many conversations arrive, relative to an ordinary day.
    pub pace: f64,
    /// Whether bodies have the imperfections seen in life.
    pub imperfections: bool,
    /// Further queues; without traffic as long as nobody works there.
    pub extra_queues: usize,
    /// How many people work there; those beyond 66 work in the further queues.
    pub agents: usize,
    /// How long a token lives, in simulated time.
    pub token_life: Duration,
    /// Requests allowed in a simulated minute with one token.
    pub rate_limit_per_minute: u32,
    /// The certificate with which TLS is spoken, if it is.
    pub secured: Option<Secured>,
    /// What is played in the place of the contact centre's own traffic.
    pub tape: Option<Tape>,
}

impl Default for SimulatorSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            port: 0,
            speed: 1.0,
            start: None,
            scenario: None,
            faults: Vec::new(),
            pace: 1.0,
            imperfections: true,
            extra_queues: 0,
            agents: WorldSettings::default().agents,
            token_life: Duration::from_secs(86_400),
            rate_limit_per_minute: 300,
            secured: None,
            tape: None,
        }
    }
}

/// What every task of the service shares.
#[derive(Clone)]
pub(crate) struct Shared(Arc<Mutex<State>>);

impl Shared {
    /// The state. A panic of another task while it held the lock is no reason to stop serving.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running simulated service; stops when dropped.
pub struct Simulator {
    addresses: Addresses,
    seed: u64,
    shared: Shared,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Simulator {
    /// Starts it on the loopback address.
    ///
    /// # Errors
    /// When the port can't be had.
    pub async fn start(settings: SimulatorSettings) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", settings.port)).await?;
        let port = listener.local_addr()?.port();
        let start = settings.start.unwrap_or_else(Timestamp::now);
        let world = World::new(WorldSettings {
            seed: settings.seed,
            start,
            pace: settings.pace,
            imperfections: settings.imperfections,
            extra_queues: settings.extra_queues,
            agents: settings.agents,
        });
        // Only now: building the world takes a moment, which a fast clock would make many seconds
        // of a scenario.
        let clock = Clock::new(start, settings.speed);
        let addresses = Addresses::new(port, settings.seed, settings.secured.is_some());
        let seed = settings.seed;
        let acceptor = settings.secured.as_ref().map(|secured| secured.acceptor.clone());
        let faults = settings.faults.clone();
        let shared =
            Shared(Arc::new(Mutex::new(State::new(settings, clock, world, addresses.clone()))));
        {
            let mut state = shared.lock();
            let scenario = state.settings.scenario.take();
            state.script = scenario.map(|scenario| Script::new(scenario, start));
            for fault in faults {
                state.apply_and_plan(&fault);
            }
        }
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let handle = shared.clone();
        let (playing, played) = {
            let state = shared.lock();
            (state.settings.tape.clone(), state.played.clone())
        };
        if let Some(tape) = playing {
            tasks.spawn(playing::play(shared.clone(), tape, played, stopped.clone()));
        }
        tasks.spawn(driver::drive(shared.clone(), stopped.clone()));
        tasks.spawn(router::serve(listener, acceptor, shared, stopped));
        Ok(Self { addresses, seed, shared: handle, stop, tasks })
    }

    /// Does something wrong now.
    pub fn play(&self, fault: &Fault) {
        self.shared.lock().apply_and_plan(fault);
    }

    /// Plays a scenario from now on, in the place of the one that was played.
    pub fn begin(&self, scenario: Scenario) {
        let mut state = self.shared.lock();
        let now = state.clock.now();
        state.script = Some(Script::new(scenario, now));
    }

    /// Sends a raw frame to every socket, as `POST /simulator/frames` does.
    pub fn send_frame(&self, text: &str) {
        self.shared.lock().send_raw(text.as_bytes());
    }

    /// Its clock: what it showed when it began, when that was on the machine's clock, and how
    /// many times as fast it runs. For whoever wants to live by the same.
    #[must_use]
    pub fn clock(&self) -> (Timestamp, Instant, f64) {
        self.shared.lock().clock.anchor()
    }

    /// How far the tape has been played; changes with every frame.
    #[must_use]
    pub fn played(&self) -> watch::Receiver<Played> {
        self.shared.lock().played.subscribe()
    }

    /// Where it is reached, and with which credentials.
    #[must_use]
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// The same as JSON, with what is played.
    #[must_use]
    pub fn announcement(&self) -> Value {
        let mut told = self.addresses.announcement(self.seed);
        if let Some(tape) = &self.shared.lock().settings.tape {
            told["tape"] = tape.told();
        }
        told
    }

    /// Stops it and waits for its tasks.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        self.tasks.abort_all();
        while self.tasks.join_next().await.is_some() {}
    }
}
