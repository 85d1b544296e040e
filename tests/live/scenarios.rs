//! Every file in `assets/scenarios` is a test: what goes wrong and when, and what must then hold.
//!
//! Simulated time runs ten times as fast. A scenario begins when its client is live: a fault that comes
//! before would meet nobody. An expectation must come true from its time on; it is waited for, so that
//! a busy machine is slow and not wrong.
use gcwatch::cloud::{
    Clock, Credentials, Mailbox, Plan, ServiceAddress, ServiceClient, ServiceSource, Tls, pack,
};
use gcwatch::domain::control::ConnectionEvent;
use gcwatch::domain::identity::QueueId;
use gcwatch::domain::intake::WhenFull;
use gcwatch::domain::monitor::Monitor;
use gcwatch::domain::session::Policy;
use gcwatch::domain::topic::Topic;
use gcwatch::simulator::service::{Scenario, Simulator, SimulatorSettings};
use secrecy::SecretString;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Simulated seconds per second.
const SPEED: f64 = 10.0;
/// How long an expectation may take to come true, in real time.
const COMES_TRUE_WITHIN: Duration = Duration::from_secs(30);

/// Held by the scenario that is coming up.
static COMING_UP: Mutex<()> = Mutex::new(());

/// What `expect` in a scenario asks for; an unknown word is a mistake in the file.
fn holds(monitor: &Monitor, expected: &toml::Table) -> Result<(), String> {
    for (name, value) in expected {
        let (live, of) = monitor.link.live_sessions();
        let fits = match name.as_str() {
            "live" => value.as_bool() == Some(live == of && of > 0),
            "gaps" => value.as_integer() == i64::try_from(monitor.gaps.count()).ok(),
            "healed" => value.as_bool() == Some(monitor.gaps.unhealed().is_none()),
            // topics that the service refused
            "refused" => value.as_integer() == i64::try_from(monitor.link.rejected()).ok(),
            "unreadable" => value.as_bool() == Some(monitor.topics.unreadable() > 0),
            "said" => {
                let wanted = value.as_str().unwrap_or_default();
                monitor.events.iter().any(|event: &ConnectionEvent| event.sentence.contains(wanted))
            }
            _ => panic!("no expectation is called {name}"),
        };
        if !fits {
            return Err(format!("{name} = {value}"));
        }
    }
    Ok(())
}

fn play(path: &Path) {
    let text = std::fs::read_to_string(path).expect("the scenario is read");
    let scenario =
        Scenario::parse(&text).unwrap_or_else(|error| panic!("{}:{error}", path.display()));
    assert!(!scenario.expectations.is_empty(), "{} expects nothing", path.display());
    let expectations = scenario.expectations.clone();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let settings = SimulatorSettings { seed: 2, speed: SPEED, ..SimulatorSettings::default() };
    // one after the other: building a contact centre keeps a core busy, and where all were built at
    // once, each would wait for all the others
    let coming_up = COMING_UP.lock().unwrap_or_else(PoisonError::into_inner);
    let simulator = runtime.block_on(Simulator::start(settings)).expect("a free port");
    let at = simulator.addresses().clone();
    let address =
        ServiceAddress::from_parts(None, Some(&at.base_url), Some(&at.base_url)).expect("loopback");
    let credentials = Credentials::ClientCredentials {
        client_id: at.client_id.clone(),
        client_secret: SecretString::from(at.client_secret.clone()),
    };
    // the client's clock runs as fast as the service's, as in the demo
    let (start, started, speed) = simulator.clock();
    let clock = Clock::scaled(start, started, speed);
    let client = ServiceClient::new(address, credentials, Tls::new(None).expect("TLS"), "scenario")
        .expect("a client")
        .with_clock(clock);
    let queues = runtime.block_on(client.queues(None)).expect("queues");
    let ids: Vec<QueueId> = queues.entries.iter().map(|queue| queue.id.clone()).collect();
    let topics =
        ids.iter().map(|id| Topic::received(&format!("v2.routing.queues.{id}.conversations")));
    let plan = Plan {
        packs: pack(topics).expect("one channel"),
        snapshot_queues: ids,
        profile: None,
        load_names: false,
        follow_queues: false,
        follow_users: false,
    };
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    let source =
        ServiceSource::start(&client, plan, Policy::default().patient(SPEED), mailbox.clone())
            .expect("a source");
    let mut monitor = Monitor::new(clock.now());
    let up = Instant::now();
    while monitor.link.live_sessions().0 == 0 {
        assert!(up.elapsed() < COMES_TRUE_WITHIN, "{} never came up", path.display());
        if mailbox.wait(Duration::from_millis(20)) {
            monitor.absorb(mailbox.take());
        }
    }
    drop(coming_up);
    simulator.begin(scenario);
    let begun = Instant::now();
    for (at, expected) in expectations {
        let due = begun + at.div_f64(SPEED);
        loop {
            if mailbox.wait(Duration::from_millis(20)) {
                monitor.absorb(mailbox.take());
            }
            let now = Instant::now();
            match holds(&monitor, &expected) {
                _ if now < due => {}
                Ok(()) => break,
                Err(fault) => {
                    let said: Vec<_> = monitor.events.iter().map(|event| &event.sentence).collect();
                    assert!(
                        now < due + COMES_TRUE_WITHIN,
                        "{} at {at:?}: not {fault}; {:?}; said {said:#?}",
                        path.display(),
                        monitor.gaps
                    );
                }
            }
        }
    }
    source.stop(Duration::from_secs(5));
    runtime.block_on(simulator.stop());
}

#[test]
fn every_scenario_ends_as_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the scenarios are there")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    assert!(paths.len() >= 20, "{} scenarios", paths.len());
    // side by side: each waits most of its time
    let players: Vec<_> =
        paths.into_iter().map(|path| std::thread::spawn(move || play(&path))).collect();
    let failed =
        players.into_iter().map(std::thread::JoinHandle::join).filter(Result::is_err).count();
    assert_eq!(failed, 0, "{failed} scenarios failed");
}
