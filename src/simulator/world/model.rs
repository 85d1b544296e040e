//! A conversation as the world knows it: the truth from which every body is written.
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A medium.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Medium {
    Call,
    Chat,
    Email,
    Message,
    Callback,
}

impl Medium {
    /// Name of the array in nested bodies, and last part of flat topics.
    pub(super) fn plural(self) -> &'static str {
        match self {
            Self::Call => "calls",
            Self::Chat => "chats",
            Self::Email => "emails",
            Self::Message => "messages",
            Self::Callback => "callbacks",
        }
    }

    /// The spelling of analytics.
    pub(super) fn analytics(self) -> &'static str {
        match self {
            Self::Call => "voice",
            Self::Chat => "chat",
            Self::Email => "email",
            Self::Message => "message",
            Self::Callback => "callback",
        }
    }

    /// Within how many milliseconds an answer is in time.
    pub(super) fn threshold_ms(self) -> i64 {
        match self {
            Self::Call => 20_000,
            Self::Chat => 30_000,
            Self::Message => 60_000,
            Self::Callback => 120_000,
            Self::Email => 3_600_000,
        }
    }

    /// Every medium.
    pub(super) const ALL: [Self; 5] =
        [Self::Call, Self::Chat, Self::Email, Self::Message, Self::Callback];
}

/// How a participant stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    Alerting,
    Dialing,
    Contacting,
    Connected,
    Parked,
    Scheduled,
    Over,
}

impl Stand {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Alerting => "alerting",
            Self::Dialing => "dialing",
            Self::Contacting => "contacting",
            Self::Connected => "connected",
            Self::Parked => "parked",
            Self::Scheduled => "scheduled",
            Self::Over => "disconnected",
        }
    }
}

/// Wrap-up after a conversation.
#[derive(Clone)]
pub(super) struct AfterCall {
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    pub(super) code: String,
}

/// A participant; in this world each has one leg.
#[derive(Clone)]
pub(super) struct Participant {
    pub(super) id: String,
    pub(super) purpose: &'static str,
    pub(super) agent: Option<usize>,
    pub(super) queue: Option<usize>,
    pub(super) name: String,
    pub(super) address: String,
    pub(super) direction: &'static str,
    pub(super) stand: Stand,
    pub(super) started: Timestamp,
    pub(super) connected: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    pub(super) disconnect: &'static str,
    pub(super) held_since: Option<Timestamp>,
    /// All holds that are over, in milliseconds.
    pub(super) held_ms: i64,
    /// When the last hold began, though it may be over.
    pub(super) last_held: Option<Timestamp>,
    pub(super) parked_since: Option<Timestamp>,
    pub(super) resumes: Option<Timestamp>,
    pub(super) after_call: Option<AfterCall>,
    /// Participant whom this one consults with or listens to.
    pub(super) consults: Option<usize>,
    pub(super) monitors: Option<usize>,
}

impl Participant {
    /// Whether it is an agent who declined an alert or let it ring out; not one whose alert was taken
    /// back, because the customer hung up or was led elsewhere.
    pub(super) fn missed(&self) -> bool {
        self.purpose == "agent"
            && self.stand == Stand::Over
            && self.connected.is_none()
            && !matches!(self.disconnect, "peer" | "transfer")
    }

    /// A hold that runs is over, and counts.
    pub(super) fn end_hold(&mut self, now: Timestamp) {
        if let Some(since) = self.held_since.take() {
            self.held_ms += now.as_millisecond() - since.as_millisecond();
        }
    }
}

/// A conversation.
pub(super) struct Conversation {
    pub(super) key: u64,
    pub(super) id: String,
    pub(super) medium: Medium,
    pub(super) correlation: String,
    pub(super) began: Timestamp,
    pub(super) due: Option<Timestamp>,
    pub(super) subject: String,
    pub(super) attributes: usize,
    pub(super) people: Vec<Participant>,
    pub(super) ended: Option<Timestamp>,
    pub(super) transcribed: bool,
    pub(super) transfers: u32,
    /// The queue that the flow will lead to, where that is settled.
    pub(super) bound_for: Option<usize>,
    /// How it ended or is ending.
    pub(super) outcome: &'static str,
}

impl Participant {
    /// Whether its after-call work goes on.
    pub(super) fn wraps_up(&self) -> bool {
        self.after_call.as_ref().is_some_and(|work| work.ended.is_none())
    }
}

/// Where a conversation stands, in this world's own words.
pub(super) struct Truth {
    pub(super) state: &'static str,
    pub(super) queue: Option<usize>,
    pub(super) agent: Option<usize>,
    pub(super) since: Timestamp,
    /// Since when somebody waits unanswered in `queue`.
    pub(super) unanswered: Option<Timestamp>,
}

impl Conversation {
    /// The newest live participant that `fits`.
    fn newest(&self, fits: impl Fn(&Participant) -> bool) -> Option<&Participant> {
        self.people.iter().rev().find(|person| person.stand != Stand::Over && fits(person))
    }

    /// The agents who have it, ring for it or wrap it up, each once; not those who only listen.
    pub(super) fn held_by(&self) -> BTreeSet<usize> {
        let has_it = |person: &&Participant| {
            person.monitors.is_none() && (person.stand != Stand::Over || person.wraps_up())
        };
        self.people.iter().filter(has_it).filter_map(|person| person.agent).collect()
    }

    /// Where it stands. Known from the script, not read from bodies.
    pub(super) fn truth(&self) -> Option<Truth> {
        if self.ended.is_some() {
            return None;
        }
        let of = |state, person: &Participant, since: Timestamp| Truth {
            state,
            queue: person.queue,
            agent: person.agent,
            since,
            unanswered: None,
        };
        let has = |person: &Participant| {
            person.purpose == "agent" && person.monitors.is_none() && person.consults.is_none()
        };
        let talking =
            self.newest(|p| has(p) && matches!(p.stand, Stand::Connected | Stand::Parked));
        if let Some(agent) = talking {
            let since = agent.connected.unwrap_or(agent.started);
            return Some(match (agent.parked_since, agent.held_since) {
                (Some(parked), _) if agent.stand == Stand::Parked => of("parked", agent, parked),
                (_, Some(held)) => of("hold", agent, held),
                _ => of("interacting", agent, since),
            });
        }
        let ringing = self.newest(|p| has(p) && p.stand == Stand::Alerting);
        if let Some(acd) = self.newest(|p| p.purpose == "acd") {
            let since = acd.connected.unwrap_or(acd.started);
            let mut truth = match ringing {
                Some(agent) => of("alerting", agent, agent.started),
                None => of("waiting", acd, since),
            };
            truth.queue = acd.queue;
            truth.unanswered = Some(since);
            return Some(truth);
        }
        if let Some(agent) = ringing {
            return Some(of("alerting", agent, agent.started));
        }
        if let Some(dialing) =
            self.newest(|p| matches!(p.stand, Stand::Dialing | Stand::Contacting))
        {
            let agent = self.newest(has).and_then(|agent| agent.agent);
            return Some(Truth { agent, ..of("dialing", dialing, dialing.started) });
        }
        if let Some(flow) = self.newest(|p| p.purpose == "ivr") {
            return Some(of("ivr", flow, flow.started));
        }
        if let Some(mailbox) = self.newest(|p| p.purpose == "voicemail") {
            return Some(of("voicemail", mailbox, mailbox.started));
        }
        if let Some(scheduled) = self.newest(|p| p.stand == Stand::Scheduled) {
            return Some(of("scheduled", scheduled, scheduled.started));
        }
        let wrapping = self.people.iter().rev().find_map(|p| {
            p.after_call.as_ref().filter(|work| work.ended.is_none()).map(|w| (p, w))
        });
        wrapping.map(|(person, work)| of("acw", person, work.started))
    }
}

/// A time as the service writes it: ISO with milliseconds.
pub(super) fn iso(at: Timestamp) -> Value {
    json!(format!("{at:.3}"))
}
