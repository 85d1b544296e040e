//! `gcwatch demo` and `gcwatch simulate`: the simulated service, with the front end or alone.
use super::arguments::{DisplayArguments, Selection};
use super::connect::{USER_AGENT, watched};
use super::feed::LiveFeed;
use super::problem::Problem;
use super::watch;
use crate::cloud::{Credentials, Mailbox, ServiceAddress, ServiceClient, ServiceSource, Tls};
use crate::domain::intake::WhenFull;
use crate::domain::session::Policy;
use crate::settings::resolve::Watches;
use crate::simulator::service::{Scenario, Simulator, SimulatorSettings};
use secrecy::SecretString;
use std::io::Write;
use std::path::{Path, PathBuf};
use tokio::runtime::Runtime;

/// Largest scenario file, in bytes; a step takes some 60.
const MAX_SCENARIO: u64 = 1 << 20;

/// Settings of the simulated service, from arguments.
pub(super) fn settings(
    seed: u64,
    port: u16,
    speed: f64,
    scenario: Option<&PathBuf>,
) -> Result<SimulatorSettings, Problem> {
    let scenario = scenario.map(|path| read_scenario(path)).transpose()?;
    Ok(SimulatorSettings { seed, port, speed, scenario, ..SimulatorSettings::default() })
}

fn read_scenario(path: &Path) -> Result<Scenario, Problem> {
    let cannot = |error: std::io::Error| {
        Problem::usage(format!("can't read the scenario {}: {error}", path.display()))
    };
    if std::fs::metadata(path).map_err(cannot)?.len() > MAX_SCENARIO {
        return Err(Problem::usage(format!("{} is too large for a scenario", path.display())));
    }
    let text = std::fs::read_to_string(path).map_err(cannot)?;
    Scenario::parse(&text).map_err(|error| Problem::usage(format!("{}: {error}", path.display())))
}

/// The front end on a simulated service within this process.
pub(super) fn demo(settings: SimulatorSettings, display: &DisplayArguments) -> Result<(), Problem> {
    // the simulated service has threads of its own: drawing must not slow it down
    let service = runtime()?;
    let speed = settings.speed;
    let simulator = service
        .block_on(Simulator::start(settings))
        .map_err(|error| Problem::running(format!("the simulated service can't start: {error}")))?;
    let addresses = simulator.addresses();
    let address =
        ServiceAddress::from_parts(None, Some(&addresses.base_url), Some(&addresses.base_url))
            .map_err(Problem::running)?;
    let credentials = Credentials::ClientCredentials {
        client_id: addresses.client_id.clone(),
        client_secret: SecretString::from(addresses.client_secret.clone()),
    };
    let tls = Tls::new(None).map_err(Problem::running)?;
    let client =
        ServiceClient::new(address, credentials, tls, USER_AGENT).map_err(Problem::running)?;
    let front = runtime()?;
    let selection = Selection { all: true, all_users: true, ..Selection::default() };
    let found = front.block_on(watched(
        &client,
        &selection,
        &Watches::default(),
        Some("demo".to_owned()),
    ))?;
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    for control in found.names {
        mailbox.push_control(control);
    }
    let source =
        ServiceSource::start(&client, found.plan, Policy::default().scaled(speed), mailbox.clone())
            .map_err(|error| Problem::running(format!("can't start: {error}")))?;
    let ended = watch::run(&front, LiveFeed::new(mailbox, source), watch::view_options(display));
    service.block_on(simulator.stop());
    ended
}

/// The simulated service alone, until it is told to stop.
pub(super) fn simulate(settings: SimulatorSettings) -> Result<(), Problem> {
    let runtime = runtime()?;
    runtime.block_on(async {
        let port = settings.port;
        let simulator = Simulator::start(settings).await.map_err(|error| {
            Problem::running(format!("the simulated service can't have port {port}: {error}"))
        })?;
        let mut out = std::io::stdout();
        let told = writeln!(out, "{}", simulator.announcement()).and_then(|()| out.flush());
        told.map_err(|error| Problem::running(format!("can't announce it: {error}")))?;
        stop_signal().await;
        simulator.stop().await;
        Ok(())
    })
}

/// A runtime for what connects.
pub(super) fn runtime() -> Result<Runtime, Problem> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Problem::running(format!("can't start: {error}")))
}

/// Returns when the program is asked to end: Ctrl-C, or a signal.
pub(super) async fn stop_signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = match signal(SignalKind::terminate()) {
            Ok(terminate) => terminate,
            Err(error) => {
                tracing::warn!(%error, "SIGTERM can't be heard");
                return std::future::pending().await;
            }
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
