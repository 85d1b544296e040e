//! Who works here: queues, agents, customers, by name.
use fastrand::Rng;
use jiff::Timestamp;

/// Names of the queues. Not all of them are plain ASCII, as in life.
const QUEUES: [&str; 10] = [
    "Billing",
    "Sales",
    "Support",
    "Returns",
    "Premium Care",
    "Claims",
    "Réclamations",
    "Kündigungen",
    "日本語サポート",
    "Back Office",
];
const FIRST: [&str; 24] = [
    "Ana", "Björn", "Chloé", "Dmitri", "Eva", "Farid", "Giulia", "Hiro", "Inès", "Jan", "Karin",
    "Luís", "Mónica", "Noor", "Olga", "Paweł", "Quinn", "Rosa", "Sören", "Tomáš", "Uma", "Vera",
    "Wim", "Zoë",
];
const LAST: [&str; 22] = [
    "Novák",
    "Okafor",
    "Pereira",
    "Quist",
    "Rossi",
    "Sato",
    "Tanaka",
    "Ueda",
    "Vogel",
    "Wang",
    "Almeida",
    "Bauer",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Haddad",
    "Ivanova",
    "Jansen",
    "Kowalski",
    "Lindqvist",
];
/// Number of agents.
const AGENTS: usize = 66;
/// The agent who declines every other alert.
pub(super) const DECLINER: usize = 3;
/// The agent who doesn't answer alerts.
pub(super) const SLEEPER: usize = 7;

/// A queue.
pub(super) struct Queue {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) division: String,
    /// How much of the traffic comes here, relative to the others.
    pub(super) weight: f64,
    pub(super) offered: u64,
    pub(super) answered: u64,
    pub(super) abandoned: u64,
    pub(super) wait_ms: i64,
}

/// What routing thinks of an agent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Routing {
    OffQueue,
    Idle,
    Interacting,
    NotResponding,
}

impl Routing {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::OffQueue => "OFF_QUEUE",
            Self::Idle => "IDLE",
            Self::Interacting => "INTERACTING",
            Self::NotResponding => "NOT_RESPONDING",
        }
    }
}

/// An agent.
pub(super) struct Agent {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) queues: Vec<usize>,
    pub(super) presence: &'static str,
    pub(super) presence_since: Timestamp,
    pub(super) routing: Routing,
    pub(super) routing_since: Timestamp,
    /// Conversations that they have, ring for or wrap up.
    pub(super) busy: u32,
}

/// An id in the form of a UUID, from the seed.
pub(super) fn uuid(rng: &mut Rng) -> String {
    let high = rng.u64(..);
    let low = rng.u64(..);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

pub(super) fn queues(rng: &mut Rng, extra: usize) -> Vec<Queue> {
    let divisions = [uuid(rng), uuid(rng)];
    let named = QUEUES.iter().map(|name| (*name).to_owned());
    let further = (0..extra).map(|number| format!("Queue {:04}", number + 1));
    named
        .chain(further)
        .enumerate()
        .map(|(index, name)| Queue {
            id: uuid(rng),
            name,
            division: divisions[usize::from(index >= 4)].clone(),
            weight: match index {
                0 => 3.0,
                1 | 2 => 2.0,
                3..=8 => 1.0,
                9 => 0.4,
                _ => 0.0,
            },
            offered: 0,
            answered: 0,
            abandoned: 0,
            wait_ms: 0,
        })
        .collect()
}

pub(super) fn agents(rng: &mut Rng, start: Timestamp) -> Vec<Agent> {
    (0..AGENTS)
        .map(|index| {
            let home = index % (QUEUES.len() - 1);
            let mut queues = vec![home];
            if rng.f64() < 0.6 {
                queues.push((home + 1 + rng.usize(..3)) % QUEUES.len());
            }
            if rng.f64() < 0.25 {
                queues.push((home + 4) % QUEUES.len());
            }
            queues.sort_unstable();
            queues.dedup();
            Agent {
                id: uuid(rng),
                name: format!(
                    "{} {}",
                    FIRST[index % FIRST.len()],
                    LAST[(index * 7 + index / 24) % LAST.len()]
                ),
                queues,
                presence: "ON_QUEUE",
                presence_since: start,
                routing: Routing::Idle,
                routing_since: start,
                busy: 0,
            }
        })
        .collect()
}

/// A customer's name; now and then one that tries to be more than a name.
pub(super) fn customer(rng: &mut Rng, imperfections: bool) -> String {
    if imperfections && rng.f64() < 0.01 {
        return ["\u{1b}[31mMallory\u{1b}[0m", "Eve \u{202e}gnp.exe", "Zero\u{200b}Width"]
            [rng.usize(..3)]
        .to_owned();
    }
    format!("{} {}", FIRST[rng.usize(..FIRST.len())], LAST[rng.usize(..LAST.len())])
}

/// A telephone number from the range that is reserved for fiction.
pub(super) fn number(rng: &mut Rng) -> String {
    format!("+1{}55501{:02}", 200 + rng.u32(..700), rng.u32(..100))
}
