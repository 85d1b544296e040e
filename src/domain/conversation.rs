//! One conversation: its participants, their legs, and what follows from them.
//!
//! Nested topics, flat media topics and REST answers all end here; this module must not know
//! from which of them a conversation came. Every frame is a full snapshot, so a conversation is
//! replaced and never patched, see [`freshness`].
use super::identity::{ConversationId, ParticipantId, QueueId, UserId, WrapupCodeId};
use super::topic::Media;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

pub mod freshness;
mod gist;
pub mod standing;
#[cfg(test)]
mod tests;

pub use gist::Gist;
pub use standing::{Outcome, Standing, State};

/// Most participants of one conversation that are kept. The longest real ones have some dozens
/// (each alert makes a new one); beyond this the oldest that are over go first.
pub const MAX_PARTICIPANTS: usize = 512;

/// Most skills of a participant that are kept; the service allows some dozens for a queue.
pub const MAX_SKILLS: usize = 16;

/// How somebody listens in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Observing {
    /// Unheard.
    Monitors,
    /// Heard by the agent only.
    Coaches,
    /// Heard by all.
    BargedIn,
    /// Sees the agent's screen.
    WatchesScreen,
}

impl Observing {
    /// The word for people, before a name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Monitors => "monitored by",
            Self::Coaches => "coached by",
            Self::BargedIn => "barged in by",
            Self::WatchesScreen => "screen seen by",
        }
    }
}

/// One conversation, as one snapshot tells it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Everybody who is or was part of it, in the service's order.
    pub participants: Vec<Participant>,
    /// When it began, where the snapshot says so; the nested topic doesn't.
    pub started: Option<Timestamp>,
    /// When it ended, where the snapshot says so; topics don't.
    pub ended: Option<Timestamp>,
    /// Transfers that the service lists.
    pub recent_transfers: usize,
}

/// One participant's part in a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Participant {
    /// Its id.
    pub id: ParticipantId,
    /// What it is there for.
    pub purpose: Purpose,
    /// The user, for agents and users.
    pub user: Option<UserId>,
    /// The queue in which or for which it takes part.
    pub queue: Option<QueueId>,
    /// Name, as received: not yet made harmless.
    pub name: Option<String>,
    /// Address (telephone number, e-mail, …), as received.
    pub address: Option<String>,
    /// When it began, where known; the nested topic has no such field.
    pub started: Option<Timestamp>,
    /// When it was connected.
    pub connected: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// Wrap-up, for agents.
    pub wrapup: Wrapup,
    /// How long its alert may ring.
    pub alerting_timeout: Option<Duration>,
    /// Whether it only listens, coaches or barges in.
    pub observes: bool,
    /// How it listens in, if it does.
    pub observing: Option<Observing>,
    /// Whether somebody flagged it.
    pub flagged: bool,
    /// Skills that routing looks for: names, or ids where no name came with them; at most
    /// [`MAX_SKILLS`].
    pub skills: Vec<String>,
    /// Whether it is the other side of a consultation.
    pub consulted: bool,
    /// Routing priority, where known.
    pub priority: Option<i64>,
    /// Number of attributes that came with it.
    pub attributes: usize,
    /// Its communications, one for each medium session.
    pub legs: Vec<Leg>,
}

/// What is known of a participant's wrap-up (after-call work).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Wrapup {
    /// Whether one is required.
    pub required: bool,
    /// Whether a wrap-up code is there.
    pub done: bool,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// The wrap-up code, if one is there.
    pub code: Option<WrapupCodeId>,
    /// How long it took by the service's count.
    pub duration: Option<Duration>,
    /// Whether its beginning stands on a leg and not on the participant.
    pub told_by_leg: bool,
}

/// One communication of one participant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Leg {
    /// Its medium.
    pub media: Media,
    /// What the service says of its state. Times count more, see [`Leg::is_over`].
    pub state: LegState,
    /// Which way.
    pub direction: Direction,
    /// When it was connected.
    pub connected: Option<Timestamp>,
    /// When it was disconnected.
    pub disconnected: Option<Timestamp>,
    /// How it was disconnected, in the service's word.
    pub disconnect_type: Option<String>,
    /// Whether it is held.
    pub held: bool,
    /// Since when.
    pub held_since: Option<Timestamp>,
    /// Since when it is parked.
    pub parked_since: Option<Timestamp>,
    /// Until when it is parked.
    pub resumes: Option<Timestamp>,
    /// State of after-call work, in the service's word.
    pub after_call_work: Option<String>,
    /// When a callback is due.
    pub scheduled: Option<Timestamp>,
    /// Whether it is muted.
    pub muted: bool,
    /// Whether it is being recorded.
    pub recording: bool,
    /// Subject of an e-mail, or type of a message, as received.
    pub detail: Option<String>,
}

/// What a participant is there for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Purpose {
    /// The customer; `external` too.
    Customer,
    /// A flow of any kind: ivr, botflow, workflow, voicesurveyflow.
    Flow,
    /// A queue.
    Acd,
    /// An agent in a queue.
    Agent,
    /// A user outside any queue.
    User,
    /// Voicemail.
    Voicemail,
    /// The dialler or a campaign.
    Dialer,
    /// Any other, in the service's word.
    Other(String),
}

impl Purpose {
    /// From the service's word; any word will do.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "customer" | "external" => Self::Customer,
            "ivr" | "botflow" | "workflow" | "voicesurveyflow" | "flow" => Self::Flow,
            "acd" => Self::Acd,
            "agent" => Self::Agent,
            "user" => Self::User,
            "voicemail" => Self::Voicemail,
            "dialer" | "campaign" | "outbound" => Self::Dialer,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The word for people.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Customer => "customer",
            Self::Flow => "flow",
            Self::Acd => "queue",
            Self::Agent => "agent",
            Self::User => "user",
            Self::Voicemail => "voicemail",
            Self::Dialer => "dialer",
            Self::Other(word) => word,
        }
    }
}

/// What the service says of a leg's state. Unknown words are normal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum LegState {
    /// Rings.
    Alerting,
    /// Dials.
    Dialing,
    /// Contacts: dialling that reached the network.
    Contacting,
    /// Is offered.
    Offering,
    /// Connected.
    Connected,
    /// Over: `disconnected` and `terminated` both.
    Over,
    /// A callback that is due later.
    Scheduled,
    /// An e-mail or message that was laid aside.
    Parked,
    /// Being sent, uploaded or converted.
    Transmitting,
    /// `none`, or no word at all.
    None,
    /// Any other word.
    Other(String),
}

impl LegState {
    /// From the service's word.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "alerting" => Self::Alerting,
            "dialing" => Self::Dialing,
            "contacting" => Self::Contacting,
            "offering" => Self::Offering,
            "connected" => Self::Connected,
            "disconnected" | "terminated" => Self::Over,
            "scheduled" => Self::Scheduled,
            "parked" => Self::Parked,
            "transmitting" | "uploading" | "converting" => Self::Transmitting,
            "none" | "" => Self::None,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The word for people.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Alerting => "alerting",
            Self::Dialing => "dialing",
            Self::Contacting => "contacting",
            Self::Offering => "offering",
            Self::Connected => "connected",
            Self::Over => "over",
            Self::Scheduled => "scheduled",
            Self::Parked => "parked",
            Self::Transmitting => "transmitting",
            Self::None => "none",
            Self::Other(word) => word,
        }
    }
}

/// Which way a communication goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// From the customer.
    Inbound,
    /// To the customer.
    Outbound,
    /// Not said.
    #[default]
    Unknown,
}

impl Direction {
    /// From the service's word, in any case.
    #[must_use]
    pub fn of(word: &str) -> Self {
        if word.eq_ignore_ascii_case("inbound") {
            Self::Inbound
        } else if word.eq_ignore_ascii_case("outbound") {
            Self::Outbound
        } else {
            Self::Unknown
        }
    }
}

impl Leg {
    /// A leg of which nothing but its medium and state is known.
    #[must_use]
    pub fn new(media: Media, state: LegState) -> Self {
        Self {
            media,
            state,
            direction: Direction::Unknown,
            connected: None,
            disconnected: None,
            disconnect_type: None,
            held: false,
            held_since: None,
            parked_since: None,
            resumes: None,
            after_call_work: None,
            scheduled: None,
            muted: false,
            recording: false,
            detail: None,
        }
    }

    /// Whether it is over. Times count more than `state`: frames have been seen whose leg says
    /// `connected` long after its own disconnect time.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.disconnected.is_some() || self.state == LegState::Over
    }

    /// Whether it is connected, by times and state.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        !self.is_over() && matches!(self.state, LegState::Connected | LegState::Transmitting)
    }
}

impl Participant {
    /// A participant of which nothing but id and purpose is known.
    #[must_use]
    pub fn new(id: ParticipantId, purpose: Purpose) -> Self {
        Self {
            id,
            purpose,
            user: None,
            queue: None,
            name: None,
            address: None,
            started: None,
            connected: None,
            ended: None,
            wrapup: Wrapup::default(),
            alerting_timeout: None,
            observes: false,
            observing: None,
            flagged: false,
            skills: Vec::new(),
            consulted: false,
            priority: None,
            attributes: 0,
            legs: Vec::new(),
        }
    }

    /// Whether its part is over: it has an end, or all its legs do.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ended.is_some() || (!self.legs.is_empty() && self.legs.iter().all(Leg::is_over))
    }

    /// Its legs that are not over, none if its part is.
    pub fn live_legs(&self) -> impl Iterator<Item = &Leg> {
        let over = self.ended.is_some();
        self.legs.iter().filter(move |leg| !over && !leg.is_over())
    }

    /// When it was connected: its own time, or the earliest of its legs.
    #[must_use]
    pub fn connected_at(&self) -> Option<Timestamp> {
        self.connected.or_else(|| self.legs.iter().filter_map(|leg| leg.connected).min())
    }

    /// When it ended: its own time, or the latest of its legs.
    #[must_use]
    pub fn ended_at(&self) -> Option<Timestamp> {
        self.ended.or_else(|| self.legs.iter().filter_map(|leg| leg.disconnected).max())
    }

    /// Whether it has a leg in one of `states`.
    #[must_use]
    pub fn has_live(&self, states: &[LegState]) -> bool {
        self.live_legs().any(|leg| states.contains(&leg.state))
    }

    /// Whether it is an agent or a user who handles the conversation, rather than listening in.
    #[must_use]
    pub fn handles(&self) -> bool {
        matches!(self.purpose, Purpose::Agent | Purpose::User) && !self.observes
    }

    /// How its last leg was disconnected, in the service's word.
    #[must_use]
    pub fn disconnect_type(&self) -> Option<&str> {
        self.legs.iter().rev().find_map(|leg| leg.disconnect_type.as_deref())
    }

    /// Whether it is an agent who declined an alert or let it ring out. One that ended because the
    /// other side hung up (`peer`), or because the conversation went elsewhere while it rang (`transfer`
    /// and nothing more, not `transfer.noanswer`), was not theirs to answer any more.
    #[must_use]
    pub fn is_missed_alert(&self) -> bool {
        let was_taken_back = || {
            let is =
                |word: &str| ["peer", "transfer"].iter().any(|one| word.eq_ignore_ascii_case(one));
            self.disconnect_type().is_some_and(is)
        };
        self.purpose == Purpose::Agent
            && self.is_over()
            && self.connected_at().is_none()
            && !was_taken_back()
    }
}

impl Conversation {
    /// A conversation of which nothing but the id is known.
    #[must_use]
    pub fn new(id: ConversationId) -> Self {
        Self { id, participants: Vec::new(), started: None, ended: None, recent_transfers: 0 }
    }

    /// The media of its legs, each once, in the order of [`Media`].
    #[must_use]
    pub fn media(&self) -> Vec<Media> {
        let mut media: Vec<Media> = self
            .participants
            .iter()
            .flat_map(|participant| participant.legs.iter().map(|leg| leg.media))
            .collect();
        media.sort_unstable();
        media.dedup();
        media
    }

    /// When it began: what the snapshot says, or the earliest time in it.
    #[must_use]
    pub fn began(&self) -> Option<Timestamp> {
        self.started.or_else(|| {
            self.participants.iter().flat_map(|p| [p.started, p.connected_at()]).flatten().min()
        })
    }

    /// The customer, if one is in it: the first, since the others joined later.
    #[must_use]
    pub fn customer(&self) -> Option<&Participant> {
        self.participants.iter().find(|participant| participant.purpose == Purpose::Customer)
    }

    /// The customer's address, or else name, as received.
    #[must_use]
    pub fn customer_contact(&self) -> Option<&str> {
        let customer = self.customer()?;
        customer.address.as_deref().or(customer.name.as_deref())
    }

    /// Agents' alerts that ended without being answered.
    #[must_use]
    pub fn missed_alerts(&self) -> usize {
        self.participants.iter().filter(|participant| participant.is_missed_alert()).count()
    }

    /// Agents who handed it on after they had it, or the transfers that the service lists if these
    /// are more. An alert that nobody answered may end by `transfer.noanswer` and is none.
    #[must_use]
    pub fn transfers(&self) -> usize {
        let by_leg = self.participants.iter().filter(|participant| {
            matches!(participant.purpose, Purpose::Agent | Purpose::User)
                && participant.connected_at().is_some()
                && participant.ends_by_transfer()
        });
        by_leg.count().max(self.recent_transfers)
    }

    /// Its routing priority: the newest queue visit that tells one counts.
    #[must_use]
    pub fn priority(&self) -> Option<i64> {
        self.participants.iter().rev().find_map(|participant| participant.priority)
    }

    /// The skills that routing looks for: the newest queue visit that tells some counts.
    #[must_use]
    pub fn routed_skills(&self) -> Option<&[String]> {
        let told = self.participants.iter().rev().map(|participant| &participant.skills);
        told.map(Vec::as_slice).find(|skills| !skills.is_empty())
    }

    /// Which way it began, by the customer's first leg that says so.
    #[must_use]
    pub fn direction(&self) -> Direction {
        self.participants
            .iter()
            .filter(|participant| participant.purpose == Purpose::Customer)
            .flat_map(|participant| &participant.legs)
            .map(|leg| leg.direction)
            .find(|direction| *direction != Direction::Unknown)
            .unwrap_or_default()
    }
}
