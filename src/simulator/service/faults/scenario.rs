//! Scenario files: faults at given times, and a schedule drawn from a seed.
use super::Fault;
use super::named::RECOVERABLE;
use fastrand::Rng;
use serde::Deserialize;
use std::time::Duration;
use thiserror::Error;

/// Most steps of a scenario.
const MAX_STEPS: usize = 10_000;
/// How long a drawn fault lasts at most, in simulated seconds.
const LONGEST_FAULT_SECONDS: u64 = 60;

/// A script of faults.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// What happens when, in simulated time, in order.
    pub steps: Vec<(Duration, Fault)>,
    /// What a test expects when; free-form, not read here.
    pub expectations: Vec<(Duration, toml::Table)>,
}

/// Why a scenario can't be played.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// Not the form of a scenario; says line and key.
    #[error("{0}")]
    Form(#[from] toml::de::Error),
    /// A time can't be read.
    #[error("step {step}: \"{at}\" is no time; write one such as \"90s\" or \"1m 30s\"")]
    Time {
        /// Which step, from 1.
        step: usize,
        /// What was written.
        at: String,
    },
    /// A fault that nobody knows.
    #[error(
        "step {step}: no fault is called \"{name}\"; `gcwatch simulate --list-faults` names all"
    )]
    Name {
        /// Which step, from 1.
        step: usize,
        /// What was written.
        name: String,
    },
    /// Too many steps.
    #[error("a scenario has at most {MAX_STEPS} steps")]
    TooLong,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireScenario {
    #[serde(default)]
    title: String,
    random: Option<WireRandom>,
    #[serde(default, rename = "step")]
    steps: Vec<WireStep>,
}

/// Faults drawn from a seed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRandom {
    /// How many.
    faults: usize,
    /// Over which time.
    over: String,
    #[serde(default = "one")]
    seed: u64,
}

fn one() -> u64 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireStep {
    at: String,
    fault: Option<WireFault>,
    expect: Option<toml::Table>,
}

/// A fault by its name, or spelt out.
enum WireFault {
    Name(String),
    Fault(Box<Fault>),
}

impl<'de> Deserialize<'de> for WireFault {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // by hand: an untagged enum would lose which key is unknown
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(name) => Ok(Self::Name(name)),
            other => Fault::deserialize(other)
                .map(|fault| Self::Fault(Box::new(fault)))
                .map_err(serde::de::Error::custom),
        }
    }
}

fn time(text: &str) -> Option<Duration> {
    text.parse::<jiff::SignedDuration>().ok().and_then(|at| Duration::try_from(at).ok())
}

impl Scenario {
    /// So many faults, spread over a time, from a seed; each ends before the next begins where
    /// there is room, and all have ended when the time is over.
    #[must_use]
    pub fn random(seed: u64, faults: usize, over: Duration) -> Self {
        let mut rng = Rng::with_seed(seed);
        let room = over.as_secs() / u64::try_from(faults.max(1)).unwrap_or(u64::MAX);
        let mut steps = Vec::new();
        for number in 0..faults {
            let (name, recovery) = RECOVERABLE[rng.usize(..RECOVERABLE.len())];
            let begin = room * u64::try_from(number).unwrap_or_default() + rng.u64(..=room / 4);
            let lasts = rng.u64(1..=LONGEST_FAULT_SECONDS.min((room / 2).max(1)));
            steps.extend(Fault::named(name).map(|fault| (Duration::from_secs(begin), fault)));
            let end = Duration::from_secs(begin + lasts);
            steps.extend(Fault::named(recovery).map(|fault| (end, fault)));
        }
        Self { title: format!("{faults} faults from seed {seed}"), steps, expectations: Vec::new() }
    }

    /// Reads a scenario from TOML.
    ///
    /// # Errors
    /// [`ScenarioError`] with line and key.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let wire: WireScenario = toml::from_str(text)?;
        if wire.steps.len() > MAX_STEPS {
            return Err(ScenarioError::TooLong);
        }
        let mut scenario = match wire.random {
            Some(random) => {
                let over = time(&random.over)
                    .ok_or_else(|| ScenarioError::Time { step: 0, at: random.over.clone() })?;
                if random.faults > MAX_STEPS / 2 {
                    return Err(ScenarioError::TooLong);
                }
                Self::random(random.seed, random.faults, over)
            }
            None => Self::default(),
        };
        scenario.title = wire.title;
        for (index, step) in wire.steps.into_iter().enumerate() {
            let Some(at) = time(&step.at) else {
                return Err(ScenarioError::Time { step: index + 1, at: step.at });
            };
            let fault = match step.fault {
                Some(WireFault::Name(name)) => {
                    Some(Fault::named(&name).ok_or(ScenarioError::Name { step: index + 1, name })?)
                }
                Some(WireFault::Fault(fault)) => Some(*fault),
                None => None,
            };
            scenario.steps.extend(fault.map(|fault| (at, fault)));
            scenario.expectations.extend(step.expect.map(|expect| (at, expect)));
        }
        scenario.steps.sort_by_key(|(at, _)| *at);
        Ok(scenario)
    }
}

#[cfg(test)]
mod tests {
    use super::{Scenario, ScenarioError};
    use std::time::Duration;

    #[test]
    fn a_drawn_schedule_is_the_same_for_a_seed_and_ends_in_time() {
        let day = Duration::from_secs(86_400);
        let scenario = Scenario::random(3, 200, day);
        assert_eq!(scenario.steps.len(), 400);
        assert!(scenario.steps.iter().all(|(at, _)| *at < day));
        assert!(scenario.steps.is_sorted_by_key(|(at, _)| *at));
        let again = format!("{:?}", Scenario::random(3, 200, day).steps);
        assert_eq!(format!("{:?}", scenario.steps), again);
        assert_ne!(format!("{:?}", Scenario::random(4, 200, day).steps), again);
    }

    #[test]
    fn a_wrong_name_or_key_is_named() {
        let wrong = "[[step]]\nat = \"1s\"\nfault = \"token_htlm\"";
        assert!(matches!(Scenario::parse(wrong), Err(ScenarioError::Name { step: 1, .. })));
        let wrong = "[[step]]\nat = \"1s\"\nfault = { heartbaet = \"off\" }";
        assert!(Scenario::parse(wrong).unwrap_err().to_string().contains("heartbaet"));
        let right = "[random]\nfaults = 4\nover = \"1h\"\nseed = 2";
        assert_eq!(Scenario::parse(right).unwrap().steps.len(), 8);
    }
}
