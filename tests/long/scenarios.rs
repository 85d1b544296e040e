//! Every file in `assets/scenarios` is a test: what goes wrong and when, and what must then hold.
//!
//! Played on a stopped clock, so that no slowness of the machine is in it. A scenario begins when its client
//! is live: a fault that comes before would meet nobody. An expectation must come true from its time on.
use crate::stopped::{Seen, Stage, on_a_stopped_clock};
use gcwatch::cloud::{Plan, pack};
use gcwatch::domain::control::ConnectionEvent;
use gcwatch::domain::monitor::Monitor;
use gcwatch::domain::topic::Topic;
use gcwatch::simulator::service::{Scenario, SimulatorSettings};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;

/// How long a client may take to come up, and an expectation to come true, in simulated time: longer than
/// the longest wait before another try.
const COMES_TRUE_WITHIN: Duration = Duration::from_secs(120);
/// How often an expectation is looked at, in simulated time.
const LOOK: Duration = Duration::from_millis(200);

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

async fn play(path: &Path) {
    let text = std::fs::read_to_string(path).expect("the scenario is read");
    let scenario =
        Scenario::parse(&text).unwrap_or_else(|error| panic!("{}:{error}", path.display()));
    assert!(!scenario.expectations.is_empty(), "{} expects nothing", path.display());
    let expectations = scenario.expectations.clone();
    let stage = Stage::open(SimulatorSettings {
        seed: 2,
        start: Some("2026-11-24T10:00:00Z".parse().expect("a time")),
        ..SimulatorSettings::default()
    })
    .await;
    let topics = stage
        .queues
        .iter()
        .map(|id| Topic::received(&format!("v2.routing.queues.{id}.conversations")));
    let (mailbox, watching) = stage.watch(Plan {
        packs: pack(topics).expect("one channel"),
        snapshot_queues: stage.queues.clone(),
        ..Plan::default()
    });
    let mut seen = Seen { monitor: Monitor::new(stage.clock.now()), mailbox };
    while seen.monitor.link.live_sessions().0 == 0 {
        let is_late = Instant::now() > stage.begun + COMES_TRUE_WITHIN;
        assert!(!is_late, "{} never came up", path.display());
        seen.until(Instant::now() + LOOK).await;
    }
    stage.simulator.begin(scenario);
    let begun = Instant::now();
    for (at, expected) in expectations {
        let due = begun + at;
        seen.until(due).await;
        while let Err(fault) = holds(&seen.monitor, &expected) {
            let said: Vec<_> = seen.monitor.events.iter().map(|event| &event.sentence).collect();
            assert!(
                Instant::now() < due + COMES_TRUE_WITHIN,
                "{} at {at:?}: not {fault}; {:?}; said {said:#?}",
                path.display(),
                seen.monitor.gaps
            );
            seen.until(Instant::now() + LOOK).await;
        }
    }
    stage.close(watching).await;
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
    // each with a clock of its own
    let players: Vec<_> = paths
        .into_iter()
        .map(|path| std::thread::spawn(move || on_a_stopped_clock(play(&path))))
        .collect();
    let failed =
        players.into_iter().map(std::thread::JoinHandle::join).filter(Result::is_err).count();
    assert_eq!(failed, 0, "{failed} scenarios failed");
}
