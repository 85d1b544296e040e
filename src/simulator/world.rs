//! A contact centre, deterministic from a seed: who calls, who answers, what the service would
//! say about it.
//!
//! Pure: time comes in as an argument, and nothing here knows of sockets or clocks. Every step
//! of the script changes the truth and then writes the bodies that somebody asked for.
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use model::{Conversation, Medium};
use people::{Agent, Queue};
pub use people::{DIVISIONS, further_queue_name, named_queues};
use script::Step;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

mod analytics;
mod bodies;
mod emit;
mod figures;
mod model;
mod people;
mod quirks;
mod rest;
mod scenes;
mod script;
mod surprises;
mod truth;

/// How long an ended conversation can still be read by REST, in seconds.
const KEEP_ENDED_SECONDS: i64 = 300;
/// Time simulated before the start, in seconds: long enough that queues, holds and wrap-ups are
/// what they are at any time of the day.
const WARM_UP_SECONDS: i64 = 1_800;

/// Time between two rushes on one of the busy queues, in milliseconds: a supervisor shall see an
/// alert now and then.
const RUSH_MS: i64 = 1_200_000;
/// Time between two frames of a topic that no catalogue has, in milliseconds.
const ODDITY_MS: i64 = 600_000;

/// A topic that no catalogue has. It comes unasked, as all of `v2.system` does.
pub const UNKNOWN_TOPIC: &str = "v2.system.tide_table";

/// Values that no enumeration of the service has; sent now and then, since new ones appear there
/// without notice. They never decide what is true.
pub const UNKNOWN_VALUES: [&str; 2] = ["holding_pattern", "transfer.quantum"];

/// Settings of the contact centre.
#[derive(Clone, Debug)]
pub struct WorldSettings {
    /// The same seed gives the same days.
    pub seed: u64,
    /// When it begins.
    pub start: Timestamp,
    /// How many conversations arrive, relative to an ordinary day.
    pub pace: f64,
    /// Whether bodies have the imperfections seen in life.
    pub imperfections: bool,
    /// Further queues, for tests of size; without traffic as long as nobody works there.
    pub extra_queues: usize,
    /// How many people work here. Beyond the ordinary number they and their share of the traffic
    /// go to the further queues.
    pub agents: usize,
}

impl Default for WorldSettings {
    fn default() -> Self {
        Self {
            seed: 1,
            start: Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 56 + 10),
            pace: 1.0,
            imperfections: true,
            extra_queues: 0,
            agents: people::AGENTS,
        }
    }
}

/// One event as the service would send it.
#[derive(Clone, Debug, PartialEq)]
pub struct Emission {
    /// When it happened.
    pub at: Timestamp,
    /// The single topic, in the catalogue's spelling.
    pub topic: String,
    /// The event's body.
    pub body: Value,
    /// The envelope's metadata.
    pub metadata: Map<String, Value>,
    /// The envelope's version.
    pub version: &'static str,
}

/// Kinds of things that a topic can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntityKind {
    /// A queue.
    Queue,
    /// A user.
    User,
    /// A conversation.
    Conversation,
    /// A flow.
    Flow,
}

/// The contact centre.
pub struct World {
    settings: WorldSettings,
    rng: Rng,
    now: Timestamp,
    queues: Vec<Queue>,
    agents: Vec<Agent>,
    flow: String,
    organization: String,
    conversations: BTreeMap<u64, Conversation>,
    by_id: HashMap<String, u64>,
    next_key: u64,
    /// What happens next, by time and then in the order in which it was planned.
    plan: BTreeMap<(Timestamp, u64), Step>,
    planned: u64,
    untold: figures::Untold,
    /// How many changes of conversations and people there were.
    changes: u64,
    queue_index: HashMap<String, usize>,
    agent_index: HashMap<String, usize>,
}

impl World {
    /// A contact centre in full swing at `settings.start`.
    #[must_use]
    pub fn new(settings: WorldSettings) -> Self {
        let mut rng = Rng::with_seed(settings.seed);
        let begin = settings.start - SignedDuration::from_secs(WARM_UP_SECONDS);
        let mut queues = people::queues(&mut rng, settings.extra_queues);
        let agents = people::agents(&mut rng, begin, settings.agents, queues.len());
        people::assign(&mut queues, &agents);
        let queue_index = index(queues.iter().map(|queue| &queue.id));
        let agent_index = index(agents.iter().map(|agent| &agent.id));
        let flow = people::uuid(&mut rng);
        let organization = people::uuid(&mut rng);
        let mut world = Self {
            settings,
            rng,
            now: begin,
            queues,
            agents,
            flow,
            organization,
            conversations: BTreeMap::new(),
            by_id: HashMap::new(),
            next_key: 1,
            plan: BTreeMap::new(),
            planned: 0,
            untold: figures::Untold::default(),
            changes: 0,
            queue_index,
            agent_index,
        };
        for medium in Medium::ALL {
            let wait = world.rng.i64(1..2_000);
            world.plan_ms(wait, Step::Arrive(medium));
        }
        world.plan_ms(1_000, Step::TellFigures);
        world.plan_ms(RUSH_MS, Step::Rush);
        world.plan_ms(ODDITY_MS, Step::Oddity);
        for agent in 0..world.agents.len() {
            let minutes = 5.0 + world.rng.f64() * 110.0;
            world.plan_ms(millis(minutes * 60.0), Step::Break(agent));
        }
        let start = world.settings.start;
        world.advance(start, &|_| false, &mut |_| {});
        world
    }

    /// Opens a queue, with somebody new who works there and its share of the traffic.
    pub fn open_queue(&mut self) {
        let (queue, agent) = (self.queues.len(), self.agents.len());
        let opened = people::further_queue(&mut self.rng, &self.queues, agent);
        self.queue_index.insert(opened.id.to_ascii_lowercase(), queue);
        self.queues.push(opened);
        let comes = people::agent(&mut self.rng, self.now, agent, vec![queue]);
        self.agent_index.insert(comes.id.to_ascii_lowercase(), agent);
        self.agents.push(comes);
        self.plan_ms(millis(3_600.0), Step::Break(agent));
    }

    /// The simulated time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When the next thing happens.
    #[must_use]
    pub fn next_at(&self) -> Timestamp {
        self.plan.keys().next().map_or(Timestamp::MAX, |(at, _)| *at)
    }

    /// Lets time pass until `to`; hands every event of a `wanted` topic (asked in lower case) to
    /// `sink`, in order.
    pub fn advance(
        &mut self,
        to: Timestamp,
        wanted: &dyn Fn(&str) -> bool,
        sink: &mut dyn FnMut(Emission),
    ) {
        while let Some(entry) = self.plan.first_entry() {
            if entry.key().0 > to {
                break;
            }
            let ((at, _), step) = entry.remove_entry();
            self.now = self.now.max(at);
            let mut out = emit::Out { at: self.now, wanted, sink };
            self.play(step, &mut out);
        }
        self.now = self.now.max(to);
    }

    /// Plans `step` after `milliseconds`.
    fn plan_ms(&mut self, milliseconds: i64, step: Step) {
        let at = self.now + SignedDuration::from_millis(milliseconds.max(1));
        self.planned += 1;
        self.plan.insert((at, self.planned), step);
    }

    /// A random length of time around `mean` seconds, in milliseconds; never much shorter than a
    /// fifth nor longer than four times it.
    fn around(&mut self, mean: f64) -> i64 {
        let exponential = -(1.0 - self.rng.f64()).ln();
        millis(mean * exponential.clamp(0.2, 4.0))
    }

    /// How busy the hour is, from a calm night to a busy late morning.
    fn intensity(&self) -> f64 {
        let second = self.now.as_second().rem_euclid(86_400);
        let hour = f64::from(i32::try_from(second).unwrap_or_default()) / 3_600.0;
        let wave = ((hour - 4.0) / 24.0 * std::f64::consts::TAU).sin();
        let lunch = if (12.0..13.0).contains(&hour) { 0.8 } else { 1.0 };
        // whoever opens the demo at night shall see a centre at work, too
        (0.85 + 0.25 * wave).max(0.7) * lunch * self.settings.pace * self.size()
    }

    /// How many people work here, relative to an ordinary centre.
    fn size(&self) -> f64 {
        let agents = u32::try_from(self.agents.len()).unwrap_or(u32::MAX);
        f64::from(agents) / f64::from(u32::try_from(people::AGENTS).unwrap_or(1))
    }
}

/// Places by id, in lower case.
fn index<'a>(ids: impl Iterator<Item = &'a String>) -> HashMap<String, usize> {
    ids.enumerate().map(|(place, id)| (id.to_ascii_lowercase(), place)).collect()
}

/// Seconds as milliseconds.
#[expect(clippy::cast_possible_truncation, reason = "simulated waits are hours at most")]
fn millis(seconds: f64) -> i64 {
    (seconds * 1_000.0) as i64
}
