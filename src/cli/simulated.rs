//! `gcwatch demo` and `gcwatch simulate`: the simulated service, with the front end or alone.
use super::arguments::{ByName, DisplayArguments, RecordArguments, Selection};
use super::catalogue;
use super::connect::{USER_AGENT, watched};
use super::feed::LiveFeed;
use super::problem::Problem;
use super::record::Recording;
use super::{display, watch};
use crate::cloud::{
    Clock, Credentials, Mailbox, ServiceAddress, ServiceClient, ServiceSource, Tls,
};
use crate::domain::alert::Rule;
use crate::domain::intake::WhenFull;
use crate::domain::session::Policy;
use crate::settings::file::AlertSettings;
use crate::settings::resolve::Watches;
use crate::simulator::service::numbers::Numbers;
use crate::simulator::service::{
    Fault, NAMED_FAULTS, Scenario, Secured, Simulator, SimulatorSettings,
};
use crate::tui::ViewOptions;
use authority::AuthorityFile;
use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use played::{read_tape, tell_ends};
use secrecy::SecretString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::runtime::Runtime;

mod authority;
mod played;

/// Largest scenario file, in bytes; a step takes some 60.
const MAX_SCENARIO: u64 = 1 << 20;

/// Settings of the simulated service, from arguments.
pub(super) fn settings(
    seed: u64,
    port: u16,
    speed: f64,
    scenario: Option<&str>,
) -> Result<SimulatorSettings, Problem> {
    let scenario = scenario.map(scenario_called).transpose()?;
    Ok(SimulatorSettings { seed, port, speed, scenario, ..SimulatorSettings::default() })
}

/// The settings, if all queues and divisions are there that the faults and the scenario of this name speak of.
pub(super) fn checked(
    settings: SimulatorSettings,
    scenario: Option<&str>,
) -> Result<SimulatorSettings, Problem> {
    if let Some(what) = settings.stranger() {
        return Err(Problem::usage(format!("--fault can't be done: {what}")));
    }
    match (settings.stranger_in_scenario(), scenario) {
        (Some(error), Some(name)) => Err(Problem::usage(format!("{name}:{error}"))),
        _ => Ok(settings),
    }
}

/// The scenario that comes with the program by this name, or else the file.
fn scenario_called(name: &str) -> Result<Scenario, Problem> {
    match Scenario::shipped(name) {
        Some(scenario) => Ok(scenario),
        None => read_scenario(Path::new(name)),
    }
}

fn read_scenario(path: &Path) -> Result<Scenario, Problem> {
    let cannot = |error: std::io::Error| {
        let names: Vec<&str> = Scenario::all_shipped().map(|(name, _)| name).collect();
        Problem::usage(format!(
            "can't read the scenario {}: {error}. It is a file, or one of {}",
            path.display(),
            names.join(", ")
        ))
    };
    if std::fs::metadata(path).map_err(cannot)?.len() > MAX_SCENARIO {
        return Err(Problem::usage(format!("{} is too large for a scenario", path.display())));
    }
    let text = std::fs::read_to_string(path).map_err(cannot)?;
    Scenario::parse(&text).map_err(|error| Problem::usage(format!("{}:{error}", path.display())))
}

/// Rules by which the demo shows what alerts are, where the configuration has none. Of five seeds that were
/// looked at, four had somebody waiting for more than ten seconds within the first 36 s, and the
/// fifth one for ten seconds sharp.
fn demo_rules() -> Vec<Rule> {
    let rule = |name: &str, warning: &str, critical: &str| {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let settings = AlertSettings {
            name: name.to_owned(),
            queues: None,
            warning: text(warning),
            critical: text(critical),
        };
        settings.rule().ok()
    };
    let rules = [
        rule("queue length", "waiting > 1 for 5s, clear < 1", "waiting > 4 for 10s, clear < 3"),
        rule("longest wait", "longest_wait > 8s, clear < 5s", "longest_wait > 30s, clear < 20s"),
    ];
    rules.into_iter().flatten().collect()
}

/// The front end on a simulated service within this process.
pub(super) fn demo(
    settings: SimulatorSettings,
    shown: &DisplayArguments,
    record: &RecordArguments,
    filter: String,
) -> Result<(), Problem> {
    // the simulated service has threads of its own: drawing must not slow it down
    let service = runtime()?;
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
    let (start, begun, speed) = simulator.clock();
    let clock = Clock::scaled(start, begun, speed);
    let client = ServiceClient::new(address, credentials, tls, USER_AGENT)
        .map_err(Problem::running)?
        .with_clock(clock)
        .in_zone(TimeZone::system());
    let front = runtime()?;
    let selection = Selection { all: true, all_users: true, ..Selection::default() };
    let found = front.block_on(watched(
        &client,
        &selection,
        &Watches::default(),
        Some("demo".to_owned()),
    ))?;
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    let recording = Recording::start(record, &mailbox, clock)?;
    for control in found.names {
        mailbox.push_control(control);
    }
    let source = ServiceSource::start(
        &client,
        found.plan,
        Policy::default().patient(speed),
        mailbox.clone(),
    )
    .map_err(|error| Problem::running(format!("can't start: {error}")))?;
    let catalogue = catalogue::supply(&front, client, None);
    let (options, notify) = display::of_demo(shown);
    let rules = if options.rules.is_empty() { demo_rules() } else { options.rules };
    let options = ViewOptions { rules, filter, ..options };
    let ended = watch::run(
        &front,
        LiveFeed::new(mailbox, source, recording).by(clock).with_catalogue(catalogue),
        options,
        notify,
    );
    service.block_on(simulator.stop());
    ended
}

/// What `gcwatch simulate` takes.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct SimulateArguments {
    /// Port on the loopback address; 0 takes any free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Scenario to play: one of --list-scenarios, or a file (TOML)
    #[arg(long, value_name = "NAME|FILE", value_parser = SCENARIO, hide_possible_values = true)]
    scenario: Option<String>,
    /// Play this recording in the place of a contact centre's traffic, to whoever subscribes its
    /// topics; begins with the first subscriber
    #[arg(long, value_name = "FILE", conflicts_with_all = ["queues", "agents", "pace", "numbers"])]
    tape: Option<PathBuf>,
    /// Begin the recording again after its end
    #[arg(long = "loop", requires = "tape")]
    repeats: bool,
    /// Speak TLS, with a certificate that is made anew; the announcement names the file of its
    /// authority, for --ca-file and `SSL_CERT_FILE`
    #[arg(long)]
    tls: bool,
    /// Write the authority's certificate to this file, and leave it there
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_out: Option<PathBuf>,
    /// Seed of the simulated contact centre
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Simulated seconds per second
    #[arg(long, default_value_t = 1.0, value_parser = super::arguments::speed)]
    speed: f64,
    /// Queues, at least the ten that have names
    #[arg(long, value_name = "N", default_value_t = NAMED_QUEUES, value_parser = clap::value_parser!(u32).range(i64::from(NAMED_QUEUES)..=20_000))]
    queues: u32,
    /// Agents; those beyond 66 work in the further queues and bring their share of traffic
    #[arg(long, value_name = "N", default_value_t = 66, value_parser = clap::value_parser!(u32).range(10..=20_000))]
    agents: u32,
    /// How many conversations arrive, relative to an ordinary day; 0 for none
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = factor)]
    pace: f64,
    /// Something that is wrong from the beginning, by name; may be repeated
    #[arg(long, value_name = "NAME", value_parser = FAULT, hide_possible_values = true)]
    fault: Vec<Fault>,
    /// List the faults that have names, and end
    #[arg(long)]
    list_faults: bool,
    /// List the scenarios that come with the program, and end
    #[arg(long)]
    list_scenarios: bool,
    /// Numbered frames in a second, over all subscribed conversation topics of queues
    #[arg(long, value_name = "N", default_value_t = 0.0, value_parser = factor)]
    numbers: f64,
    /// Life of tokens, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    token_life: u64,
    /// Requests a minute with one token
    #[arg(long, value_name = "N", default_value_t = 300)]
    rate_limit: u32,
}

/// How many queues have names of their own.
const NAMED_QUEUES: u32 = 10;

/// Reads how many times as much.
fn factor(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(factor) if (0.0..=10_000.0).contains(&factor) => Ok(factor),
        _ => Err("a number from 0 to 10000".to_owned()),
    }
}

/// A scenario: shells complete the names of those that come with the program; anything else is a file.
pub(super) const SCENARIO: ByName<String> = ByName {
    read: |text| Ok(text.to_owned()),
    names: || Scenario::all_shipped().map(|(name, _)| name).collect(),
};

const FAULT: ByName<Fault> =
    ByName { read: fault, names: || NAMED_FAULTS.iter().map(|fault| fault.name).collect() };

/// Reads a fault's name.
fn fault(name: &str) -> Result<Fault, String> {
    Fault::named(name)
        .ok_or_else(|| "no such fault; `gcwatch simulate --list-faults` names all".to_owned())
}

impl SimulateArguments {
    fn settings(&self) -> Result<SimulatorSettings, Problem> {
        let mut faults = self.fault.clone();
        if self.numbers > 0.0 {
            let numbers = Numbers { per_second: self.numbers, ..Numbers::default() };
            faults.push(Fault { numbers: Some(numbers), ..Fault::default() });
        }
        let tape = self.tape.as_deref().map(|path| read_tape(path, self.repeats)).transpose()?;
        let whole = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let scenario = self.scenario.as_deref();
        let settings = SimulatorSettings {
            extra_queues: whole(self.queues - NAMED_QUEUES),
            agents: whole(self.agents),
            pace: self.pace,
            faults,
            token_life: Duration::from_secs(self.token_life),
            rate_limit_per_minute: self.rate_limit,
            tape,
            secured: self
                .tls
                .then(|| Secured::new(Timestamp::now()))
                .transpose()
                .map_err(Problem::running)?,
            ..settings(self.seed, self.port, self.speed, scenario)?
        };
        checked(settings, scenario)
    }
}

/// The simulated service alone, until it is told to stop.
pub(super) fn simulate(asked: &SimulateArguments) -> Result<(), Problem> {
    if asked.list_faults {
        return list(NAMED_FAULTS.iter().map(|fault| (fault.name, fault.what)));
    }
    if asked.list_scenarios {
        return list(Scenario::all_shipped());
    }
    let settings = asked.settings()?;
    let pem = settings.secured.as_ref().map(Secured::authority);
    let authority =
        pem.map(|pem| AuthorityFile::write(pem, asked.ca_out.as_deref())).transpose()?;
    let runtime = runtime()?;
    runtime.block_on(async {
        let port = settings.port;
        let asked_to_end = stop_signal();
        let simulator = Simulator::start(settings).await.map_err(|error| {
            Problem::running(format!("the simulated service can't have port {port}: {error}"))
        })?;
        let mut out = std::io::stdout();
        let mut announced = simulator.announcement();
        if let Some(authority) = &authority {
            announced["caFile"] = authority.path().display().to_string().into();
        }
        let told = writeln!(out, "{announced}").and_then(|()| out.flush());
        told.map_err(|error| Problem::running(format!("can't announce it: {error}")))?;
        tokio::select! {
            () = asked_to_end => {}
            () = tell_ends(simulator.played(), asked.repeats) => {}
        }
        simulator.stop().await;
        Ok(())
    })
}

/// Names with what they stand for, a line each.
fn list<T: std::fmt::Display>(
    names: impl Iterator<Item = (&'static str, T)>,
) -> Result<(), Problem> {
    let mut out = std::io::stdout().lock();
    for (name, what) in names {
        match writeln!(out, "{name:24} {what}") {
            Ok(()) => {}
            // whoever reads has seen enough
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => break,
            Err(error) => return Err(Problem::running(format!("can't list them: {error}"))),
        }
    }
    Ok(())
}

/// A runtime for what connects.
pub(super) fn runtime() -> Result<Runtime, Problem> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Problem::running(format!("can't start: {error}")))
}

/// Ends when the program is asked to end: Ctrl-C, or a signal. Listens from the call on, not from the
/// first wait: who reads that something is ready may ask it to end at once. To be called on a runtime.
pub(super) fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| {
            signal(kind).inspect_err(|error| tracing::warn!(%error, "a signal can't be heard")).ok()
        };
        let signals = [SignalKind::terminate(), SignalKind::interrupt()].map(listen);
        async move {
            let [mut terminate, mut interrupt] = signals;
            tokio::select! {
                Some(()) = heard(&mut terminate) => {}
                Some(()) = heard(&mut interrupt) => {}
                else => std::future::pending().await,
            }
        }
    }
    #[cfg(not(unix))]
    async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// The next of these signals; none if they can't be heard.
#[cfg(unix)]
async fn heard(signal: &mut Option<tokio::signal::unix::Signal>) -> Option<()> {
    signal.as_mut()?.recv().await
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rules_of_the_demo_are_rules() {
        assert_eq!(super::demo_rules().len(), 2);
    }
}
