//! Detail events, agent states and transcripts.
//!
//! Detail events are flat, with times in epoch milliseconds and enumerations in upper case.
use super::Body;
use super::wire::{Time, filled, milliseconds, read};
use crate::domain::agent::AgentChange;
use crate::domain::identity::{ConversationId, ParticipantId, QueueId, UserId};
use crate::domain::topic::Media;
use jiff::Timestamp;
use serde::Deserialize;
use std::time::Duration;

/// Most utterances kept of one transcription frame; real ones have one or two.
const MAX_UTTERANCES: usize = 64;

/// One step in the life of a conversation, as the service counts it.
#[derive(Clone, Debug, PartialEq)]
pub struct DetailEvent {
    /// The conversation.
    pub conversation: ConversationId,
    /// The event's name, such as `acd.end`.
    pub event: String,
    /// When it happened, by the service.
    pub at: Option<Timestamp>,
    /// The participant.
    pub participant: Option<ParticipantId>,
    /// The medium.
    pub media: Option<Media>,
    /// The queue.
    pub queue: Option<QueueId>,
    /// The user.
    pub user: Option<UserId>,
    /// How a queue visit ended: `ABANDON`, `ANSWERED`, `FLOW_OUT`, …
    pub acd_outcome: Option<String>,
    /// How a leg ended, in the detail events' own spelling.
    pub disconnect_type: Option<String>,
    /// How long it interacted, where the event says.
    pub interacting: Option<Duration>,
}

/// A piece of a transcript.
#[derive(Clone, Debug, PartialEq)]
pub struct Transcription {
    /// The conversation.
    pub conversation: ConversationId,
    /// When, by the service.
    pub at: Option<Timestamp>,
    /// What was said; empty in frames that only carry a status.
    pub utterances: Vec<Utterance>,
    /// The status, such as `SESSION_ENDED`.
    pub status: Option<String>,
}

/// Something said.
#[derive(Clone, Debug, PartialEq)]
pub struct Utterance {
    /// Whether the customer said it; `None` when it isn't told.
    pub by_customer: Option<bool>,
    /// Whether it is final.
    pub is_final: bool,
    /// The words of the likeliest reading, as received.
    pub text: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireDetail {
    event_time: Time,
    conversation_id: Option<String>,
    participant_id: Option<String>,
    media_type: Option<String>,
    queue_id: Option<String>,
    user_id: Option<String>,
    answered_user_id: Option<String>,
    acd_outcome: Option<String>,
    disconnect_type: Option<String>,
    interacting_duration_ms: Option<f64>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireAgentState {
    current_state: Option<String>,
    user_id: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireTranscription {
    event_time: Time,
    conversation_id: Option<String>,
    transcripts: Option<Vec<WireTranscript>>,
    status: Option<WireStatus>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireTranscript {
    is_final: Option<bool>,
    channel: Option<String>,
    alternatives: Option<Vec<WireAlternative>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireAlternative {
    transcript: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireStatus {
    status: Option<String>,
}

/// `v2.detail.events.conversation.{id}.…`.
pub(super) fn detail_event(
    conversation: ConversationId,
    event: String,
    body: &str,
) -> Result<DetailEvent, String> {
    let wire: WireDetail = read(body)?;
    Ok(DetailEvent {
        conversation: filled(wire.conversation_id)
            .map_or(conversation, |id| ConversationId::new(&id)),
        event,
        at: wire.event_time.0,
        participant: filled(wire.participant_id).map(|id| ParticipantId::new(&id)),
        media: wire.media_type.as_deref().and_then(Media::of_analytics),
        queue: filled(wire.queue_id).map(|id| QueueId::new(&id)),
        user: filled(wire.user_id).or(filled(wire.answered_user_id)).map(|id| UserId::new(&id)),
        acd_outcome: filled(wire.acd_outcome),
        disconnect_type: filled(wire.disconnect_type),
        interacting: milliseconds(wire.interacting_duration_ms),
    })
}

/// `v2.detail.events.agent.{id}.state`. It tells of one session among several that an agent can
/// have, so nothing of their status follows from it; it is checked and counted.
pub(super) fn agent_state(user: UserId, body: &str) -> Result<Body, String> {
    let wire: WireAgentState = read(body)?;
    wire.current_state.ok_or("eventBody.currentState: missing")?;
    let user = filled(wire.user_id).map_or(user, |id| UserId::new(&id));
    Ok(Body::Agent { user, change: AgentChange::default() })
}

/// `v2.conversations.{id}.transcription`.
pub(super) fn transcription(
    conversation: ConversationId,
    body: &str,
) -> Result<Transcription, String> {
    let wire: WireTranscription = read(body)?;
    let utterances = wire.transcripts.unwrap_or_default().into_iter().take(MAX_UTTERANCES);
    Ok(Transcription {
        conversation: filled(wire.conversation_id)
            .map_or(conversation, |id| ConversationId::new(&id)),
        at: wire.event_time.0,
        utterances: utterances
            .map(|transcript| Utterance {
                by_customer: match transcript.channel.as_deref() {
                    Some("EXTERNAL") => Some(true),
                    Some("INTERNAL") => Some(false),
                    _ => None,
                },
                is_final: transcript.is_final.unwrap_or_default(),
                text: transcript
                    .alternatives
                    .and_then(|alternatives| alternatives.into_iter().next())
                    .and_then(|likeliest| likeliest.transcript)
                    .unwrap_or_default(),
            })
            .collect(),
        status: wire.status.and_then(|status| filled(status.status)),
    })
}
