//! Scenario files: faults at given times, and a schedule drawn from a seed.
use super::Fault;
use super::named::RECOVERABLE;
use fastrand::Rng;
use serde::Deserialize;
use std::time::Duration;
use thiserror::Error;
use toml::Spanned;

/// Most steps of a scenario.
const MAX_STEPS: usize = 10_000;
/// How long a drawn fault lasts at most, in simulated seconds.
const LONGEST_FAULT_SECONDS: u64 = 60;

/// A script of faults.
#[derive(Clone, Debug, Default)]
pub struct Scenario {
    /// What it shows.
    pub title: String,
    /// What happens when, in order.
    steps: Vec<Step>,
    /// What a test expects when; free-form, not read here.
    pub expectations: Vec<(Duration, toml::Table)>,
}

/// What happens at one time.
#[derive(Clone, Debug)]
struct Step {
    /// Simulated time since the start.
    at: Duration,
    fault: Fault,
    /// Line and column where it is written, both from 1; none of what was drawn.
    place: Option<(usize, usize)>,
}

/// Why a scenario can't be played, and where that stands.
#[derive(Debug, Error)]
#[error("{line}:{column}: {what}")]
pub struct ScenarioError {
    /// The line, from 1.
    pub line: usize,
    /// The character in it, from 1.
    pub column: usize,
    /// A sentence.
    pub what: String,
}

impl ScenarioError {
    /// At a place of the text, in bytes.
    fn at(text: &str, place: usize, what: impl Into<String>) -> Self {
        let (line, column) = line_and_column(text, place);
        Self { line, column, what: what.into() }
    }

    /// Of the form of the file.
    fn form(text: &str, error: &toml::de::Error) -> Self {
        let place = error.span().map_or(0, |span| span.start);
        // the key that it is in comes on a line of its own
        let what: Vec<&str> = error.message().lines().collect();
        Self::at(text, place, what.join(", "))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireScenario {
    #[serde(default)]
    title: String,
    random: Option<WireRandom>,
    #[serde(default, rename = "step")]
    steps: Vec<Spanned<WireStep>>,
}

/// Faults drawn from a seed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRandom {
    /// How many.
    faults: usize,
    /// Over which time.
    over: Spanned<String>,
    #[serde(default = "one")]
    seed: u64,
}

fn one() -> u64 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WireStep {
    at: Spanned<String>,
    fault: Option<Spanned<WireFault>>,
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

/// Both from 1, of a place of the text in bytes.
fn line_and_column(text: &str, place: usize) -> (usize, usize) {
    let before = text.get(..place).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
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
            for (name, at) in [(name, begin), (recovery, begin + lasts)] {
                let drawn = |fault| Step { at: Duration::from_secs(at), fault, place: None };
                steps.extend(Fault::named(name).map(drawn));
            }
        }
        Self { title: format!("{faults} faults from seed {seed}"), steps, expectations: Vec::new() }
    }

    /// Reads a scenario from TOML.
    ///
    /// # Errors
    /// [`ScenarioError`] with line and key.
    pub fn parse(text: &str) -> Result<Self, ScenarioError> {
        let wire: WireScenario =
            toml::from_str(text).map_err(|error| ScenarioError::form(text, &error))?;
        let wrong = |place: usize, what: String| ScenarioError::at(text, place, what);
        let time = |written: &Spanned<String>| {
            time(written.get_ref()).ok_or_else(|| {
                let written = (written.span().start, written.get_ref());
                wrong(
                    written.0,
                    format!(
                        "\"{}\" is no time; write one such as \"90s\" or \"1m 30s\"",
                        written.1
                    ),
                )
            })
        };
        if wire.steps.len() > MAX_STEPS {
            let place = wire.steps[MAX_STEPS].span().start;
            return Err(wrong(place, format!("a scenario has at most {MAX_STEPS} steps")));
        }
        let mut scenario = match wire.random {
            Some(random) => {
                let over = time(&random.over)?;
                if random.faults > MAX_STEPS / 2 {
                    let most = format!("at most {} faults are drawn", MAX_STEPS / 2);
                    return Err(wrong(random.over.span().start, most));
                }
                Self::random(random.seed, random.faults, over)
            }
            None if wire.steps.is_empty() => {
                let what = "nothing happens in it: it has neither a `[[step]]` nor `[random]`";
                return Err(wrong(0, what.to_owned()));
            }
            None => Self::default(),
        };
        scenario.title = wire.title;
        for step in wire.steps {
            let place = step.span().start;
            let step = step.into_inner();
            let at = time(&step.at)?;
            if step.fault.is_none() && step.expect.is_none() {
                return Err(wrong(place, "this step has no `fault`".to_owned()));
            }
            if let Some(fault) = step.fault {
                let place = fault.span().start;
                let fault = match fault.into_inner() {
                    WireFault::Name(name) => Fault::named(&name).ok_or_else(|| {
                        let all = "`gcwatch simulate --list-faults` names all";
                        wrong(place, format!("no fault is called \"{name}\"; {all}"))
                    })?,
                    WireFault::Fault(fault) => *fault,
                };
                if let Some(nonsense) = fault.nonsense() {
                    return Err(wrong(place, nonsense));
                }
                let place = Some(line_and_column(text, place));
                scenario.steps.push(Step { at, fault, place });
            }
            scenario.expectations.extend(step.expect.map(|expect| (at, expect)));
        }
        scenario.steps.sort_by_key(|step| step.at);
        Ok(scenario)
    }

    /// What happens when, in simulated time since the start, in order.
    pub(in crate::simulator::service) fn into_steps(
        self,
    ) -> impl Iterator<Item = (Duration, Fault)> {
        self.steps.into_iter().map(|step| (step.at, step.fault))
    }

    /// Each fault in order, with line and column where it is written; none of what was drawn.
    pub(super) fn placed(&self) -> impl Iterator<Item = (&Fault, Option<(usize, usize)>)> {
        self.steps.iter().map(|step| (&step.fault, step.place))
    }
}

#[cfg(test)]
mod tests {
    use super::Scenario;
    use std::time::Duration;

    #[test]
    fn a_drawn_schedule_is_the_same_for_a_seed_and_ends_in_time() {
        let day = Duration::from_secs(86_400);
        let scenario = Scenario::random(3, 200, day);
        assert_eq!(scenario.steps.len(), 400);
        assert!(scenario.steps.iter().all(|step| step.at < day));
        assert!(scenario.steps.is_sorted_by_key(|step| step.at));
        let again = format!("{:?}", Scenario::random(3, 200, day).steps);
        assert_eq!(format!("{:?}", scenario.steps), again);
        assert_ne!(format!("{:?}", Scenario::random(4, 200, day).steps), again);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let step = |rest: &str| format!("title = \"ä\"\n[[step]]\n{rest}\n");
        for (text, told) in [
            (step("at = \"1s\"\nfault = \"token_htlm\""), "4:9: no fault is called \"token_htlm\""),
            (step("at = \"20x\"\nfault = \"cut\""), "3:6: \"20x\" is no time"),
            (step("at = \"-5s\"\nfault = \"cut\""), "3:6: \"-5s\" is no time"),
            (step("at = 20\nfault = \"cut\""), "3:6: invalid type: integer `20`"),
            (step("fault = \"cut\""), "2:1: missing field `at`"),
            (step("at = \"1s\""), "2:1: this step has no `fault`"),
            (
                step("at = \"1s\"\nfault = { heartbaet = \"off\" }"),
                "4:9: unknown field `heartbaet`",
            ),
            (step("at = \"1s\"\nfault = { heartbeat = \"no\" }"), "4:9: unknown variant `no`"),
            (
                step("at = \"1s\"\nfault = { close = { code = 99999 } }"),
                "4:9: invalid value: integer `99999`",
            ),
            (step("at = \"1s\"\nfault = { close = { code = 12 } }"), "4:9: `close.code` is 12"),
            (
                step("at = \"1s\"\nfault = { frames = { doubled = 7.0 } }"),
                "4:9: `frames.doubled` is 7",
            ),
            (
                step("at = \"1s\"\nfault = { answer = { path = \"/\", status = 42 } }"),
                "4:9: `answer.status` is 42",
            ),
            (step("at = \"1s\"\nfault = \"cut\"\nwait = 3"), "5:1: unknown field `wait`"),
            ("[[step]\n".to_owned(), "1:"),
            (String::new(), "1:1: nothing happens"),
            ("[random]\nfaults = 9999\nover = \"1h\"".to_owned(), "3:8: at most 5000 faults"),
            ("[random]\nfaults = 9\nover = \"x\"".to_owned(), "3:8: \"x\" is no time"),
        ] {
            let error = Scenario::parse(&text).expect_err(&text).to_string();
            assert!(error.starts_with(told), "{error}\n{text}");
            assert!(!error.contains('\n'), "{error}");
        }
        let right = "[random]\nfaults = 4\nover = \"1h\"\nseed = 2";
        assert_eq!(Scenario::parse(right).expect("a scenario").steps.len(), 8);
    }
}
