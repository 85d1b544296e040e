//! Who works here: queues, agents, customers, by name.
use super::figures::Book;
use fastrand::Rng;
use jiff::Timestamp;
use std::collections::BTreeSet;

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
/// Names of the divisions: the first holds the first queues, the other one the rest.
pub const DIVISIONS: [&str; 2] = ["Retail", "Insurance"];
/// Queues of the first division.
const RETAIL_QUEUES: usize = 4;
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
/// Number of agents of an ordinary centre.
pub(super) const AGENTS: usize = 66;
/// Number of queues of an ordinary centre.
pub(super) const NAMED_QUEUES: usize = QUEUES.len();
/// Queues in which customers sometimes wait: the first ones.
pub(super) const BUSY_QUEUES: usize = 3;
/// The agent who declines every other alert.
pub(super) const DECLINER: usize = 3;
/// The agent who doesn't answer alerts.
pub(super) const SLEEPER: usize = 7;

/// A part of the organisation in which roles are granted.
#[derive(Clone)]
pub(super) struct Division {
    pub(super) id: String,
    pub(super) name: &'static str,
}

/// A queue.
pub(super) struct Queue {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) division: Division,
    /// How much of the traffic comes here, relative to the others.
    pub(super) weight: f64,
    /// Agents who are members.
    pub(super) members: Vec<usize>,
    /// Conversations that were in this queue and can still be read.
    pub(super) visitors: BTreeSet<u64>,
    /// What happened, by medium.
    pub(super) books: [Book; 5],
}

/// What each pair of hands in a further queue brings of the traffic.
const FURTHER_WEIGHT: f64 = 0.2;

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
    /// Alerts that they missed or declined since the start.
    pub(super) missed: u32,
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

/// The queues that have names of their own.
pub fn named_queues() -> impl Iterator<Item = &'static str> {
    QUEUES.into_iter()
}

/// The name of a further queue, numbered from 1.
#[must_use]
pub fn further_queue_name(number: usize) -> String {
    format!("Queue {number:04}")
}

pub(super) fn queues(rng: &mut Rng, extra: usize) -> Vec<Queue> {
    let divisions = DIVISIONS.map(|name| Division { id: uuid(rng), name });
    let named = named_queues().map(str::to_owned);
    let further = (1..=extra).map(further_queue_name);
    named
        .chain(further)
        .enumerate()
        .map(|(index, name)| Queue {
            id: uuid(rng),
            name,
            division: divisions[usize::from(index >= RETAIL_QUEUES)].clone(),
            weight: match index {
                0 => 3.0,
                1 | 2 => 2.0,
                3..=8 => 1.0,
                9 => 0.4,
                // put right when it is known who works there
                _ => 0.0,
            },
            members: Vec::new(),
            visitors: BTreeSet::new(),
            books: Default::default(),
        })
        .collect()
}

/// One more queue beside `queues`, in the division of the last one, in which agent number `member` works
/// alone.
pub(super) fn further_queue(rng: &mut Rng, queues: &[Queue], member: usize) -> Queue {
    Queue {
        id: uuid(rng),
        name: further_queue_name(queues.len() + 1 - QUEUES.len()),
        division: queues[queues.len() - 1].division.clone(),
        weight: FURTHER_WEIGHT,
        members: vec![member],
        visitors: BTreeSet::new(),
        books: Default::default(),
    }
}

/// Enters who works where. Each pair of hands in a further queue brings its share of traffic:
/// the ordinary queues have a weight of 14.4 for 66 agents.
pub(super) fn assign(queues: &mut [Queue], agents: &[Agent]) {
    for (index, agent) in agents.iter().enumerate() {
        for queue in &agent.queues {
            queues[*queue].members.push(index);
        }
    }
    for queue in queues.iter_mut().skip(QUEUES.len()) {
        queue.weight =
            FURTHER_WEIGHT * f64::from(u32::try_from(queue.members.len()).unwrap_or(u32::MAX));
    }
}

/// Agents beyond the ordinary number work in the further queues, if there are any.
pub(super) fn agents(rng: &mut Rng, start: Timestamp, count: usize, queues: usize) -> Vec<Agent> {
    let further = queues - QUEUES.len();
    (0..count)
        .map(|index| {
            let home = match index.checked_sub(AGENTS) {
                Some(index) if further > 0 => QUEUES.len() + index % further,
                _ => index % (QUEUES.len() - 1),
            };
            if home >= QUEUES.len() {
                return agent(rng, start, index, vec![home]);
            }
            let mut queues = vec![home];
            if rng.f64() < 0.6 {
                queues.push((home + 1 + rng.usize(..3)) % QUEUES.len());
            }
            if rng.f64() < 0.25 {
                queues.push((home + 4) % QUEUES.len());
            }
            queues.sort_unstable();
            queues.dedup();
            agent(rng, start, index, queues)
        })
        .collect()
}

pub(super) fn agent(rng: &mut Rng, start: Timestamp, index: usize, queues: Vec<usize>) -> Agent {
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
        missed: 0,
    }
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
