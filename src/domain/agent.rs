//! What is said of an agent: presence, routing status, queues.
//!
//! Must not know how agents are kept or drawn.
use super::identity::{PresenceId, QueueId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What changed about an agent; `None` is "not said", never "gone".
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentChange {
    /// The presence.
    pub presence: Option<Presence>,
    /// The routing status.
    pub routing: Option<Routing>,
    /// The queues in which they are active.
    pub queues: Option<Vec<QueueId>>,
    /// Whether they are out of office.
    pub out_of_office: Option<bool>,
}

/// A presence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// The system presence in the spelling of topics, such as `ON_QUEUE`.
    pub system: String,
    /// Id of the organisation's own presence definition.
    pub definition: Option<PresenceId>,
    /// What the person wrote.
    pub message: Option<String>,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// A routing status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Routing {
    /// The status.
    pub status: RoutingStatus,
    /// Since when.
    pub since: Option<Timestamp>,
}

/// What routing thinks of an agent. Unknown words are normal.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum RoutingStatus {
    /// Not on any queue.
    OffQueue,
    /// Free.
    Idle,
    /// With a conversation.
    Interacting,
    /// Did not answer an alert; gets none until they say they are back.
    NotResponding,
    /// With a conversation outside queues.
    Communicating,
    /// Any other word.
    Other(String),
}

impl From<String> for RoutingStatus {
    fn from(word: String) -> Self {
        Self::of(&word)
    }
}

impl From<RoutingStatus> for String {
    /// The service's word.
    fn from(status: RoutingStatus) -> Self {
        match status {
            RoutingStatus::OffQueue => "OFF_QUEUE".to_owned(),
            RoutingStatus::Idle => "IDLE".to_owned(),
            RoutingStatus::Interacting => "INTERACTING".to_owned(),
            RoutingStatus::NotResponding => "NOT_RESPONDING".to_owned(),
            RoutingStatus::Communicating => "COMMUNICATING".to_owned(),
            RoutingStatus::Other(word) => word,
        }
    }
}

impl RoutingStatus {
    /// From the service's word.
    #[must_use]
    pub fn of(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "OFF_QUEUE" => Self::OffQueue,
            "IDLE" => Self::Idle,
            "INTERACTING" => Self::Interacting,
            "NOT_RESPONDING" => Self::NotResponding,
            "COMMUNICATING" => Self::Communicating,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The word for people.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::OffQueue => "off queue",
            Self::Idle => "idle",
            Self::Interacting => "interacting",
            Self::NotResponding => "not responding",
            Self::Communicating => "communicating",
            Self::Other(word) => word,
        }
    }
}
