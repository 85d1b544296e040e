//! The answer to `POST /api/v2/analytics/conversations/details/query`, read into the model.
//!
//! Analytics tells a conversation as participants, sessions and segments. A segment without an
//! end is what goes on now; its type says what. The result stands for the conversation until the
//! first frame replaces it.
use super::wire::{Time, filled};
use crate::domain::conversation::{
    Conversation, Direction, Leg, LegState, MAX_PARTICIPANTS, Participant, Purpose,
};
use crate::domain::identity::{ConversationId, ParticipantId, QueueId, UserId, WrapupCodeId};
use crate::domain::rest::LivePage;
use crate::domain::topic::Media;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAnswer<'a> {
    #[serde(borrow, default)]
    conversations: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    total_hits: Option<usize>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireConversation {
    conversation_id: String,
    #[serde(default)]
    conversation_start: Time,
    #[serde(default)]
    conversation_end: Time,
    #[serde(default)]
    participants: Option<Vec<WireParticipant>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireParticipant {
    participant_id: Option<String>,
    participant_name: Option<String>,
    purpose: Option<String>,
    user_id: Option<String>,
    sessions: Option<Vec<WireSession>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireSession {
    media_type: Option<String>,
    direction: Option<String>,
    ani: Option<String>,
    address_from: Option<String>,
    monitored_participant_id: Option<String>,
    callback_scheduled_time: Time,
    segments: Option<Vec<WireSegment>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireSegment {
    segment_start: Time,
    segment_end: Time,
    segment_type: Option<String>,
    queue_id: Option<String>,
    disconnect_type: Option<String>,
    subject: Option<String>,
    wrap_up_code: Option<String>,
}

/// Reads one page. Conversations that can't be read are left out; `on_page` counts them, so that
/// the caller knows the picture is not complete.
pub(in crate::domain) fn page(text: &str) -> Result<LivePage, String> {
    let answer: WireAnswer<'_> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let raw = answer.conversations.unwrap_or_default();
    let conversations: Vec<Conversation> = raw
        .iter()
        .filter_map(|raw| serde_json::from_str::<WireConversation>(raw.get()).ok())
        .map(WireConversation::into_model)
        .collect();
    Ok(LivePage { conversations, on_page: raw.len(), total: answer.total_hits })
}

impl WireConversation {
    fn into_model(self) -> Conversation {
        let mut conversation = Conversation::new(ConversationId::new(&self.conversation_id));
        conversation.started = self.conversation_start.0;
        conversation.ended = self.conversation_end.0;
        let participants = self.participants.unwrap_or_default();
        conversation.participants = participants
            .into_iter()
            .take(MAX_PARTICIPANTS)
            .enumerate()
            .map(|(index, wire)| wire.into_model(index))
            .collect();
        conversation
    }
}

impl WireParticipant {
    fn into_model(self, index: usize) -> Participant {
        let id = filled(self.participant_id).unwrap_or_else(|| format!("participant {index}"));
        let purpose = Purpose::of(self.purpose.as_deref().unwrap_or_default());
        let mut participant = Participant::new(ParticipantId::new(&id), purpose);
        participant.user = filled(self.user_id).map(|id| UserId::new(&id));
        participant.name = filled(self.participant_name);
        for session in self.sessions.unwrap_or_default() {
            session.add_to(&mut participant);
        }
        let every_leg_over =
            !participant.legs.is_empty() && participant.legs.iter().all(Leg::is_over);
        if every_leg_over {
            participant.ended = participant.legs.iter().filter_map(|leg| leg.disconnected).max();
        }
        participant
    }
}

impl WireSession {
    fn add_to(mut self, participant: &mut Participant) {
        let Some(media) = self.media_type.as_deref().and_then(Media::of_analytics) else { return };
        let mut segments = self.segments.take().unwrap_or_default();
        segments.sort_by_key(|segment| segment.segment_start.0);
        participant.observes |= filled(self.monitored_participant_id.take()).is_some();
        participant.address = participant
            .address
            .take()
            .or(filled(self.ani.take()))
            .or(filled(self.address_from.take()));
        if let Some(queue) = segments.iter_mut().rev().find_map(|s| filled(s.queue_id.take())) {
            participant.queue = Some(QueueId::new(&queue));
        }
        participant.started =
            earliest(participant.started, segments.first().and_then(|s| s.segment_start.0));
        let leg = self.leg(media, &segments, participant);
        participant.connected = earliest(participant.connected, leg.connected);
        participant.legs.push(leg);
    }

    /// The leg that the segments amount to; notes wrap-up segments in the participant.
    fn leg(&self, media: Media, segments: &[WireSegment], participant: &mut Participant) -> Leg {
        let mut leg = Leg::new(media, LegState::None);
        leg.direction = Direction::of(self.direction.as_deref().unwrap_or_default());
        leg.scheduled = self.callback_scheduled_time.0;
        for segment in segments {
            let kind = segment.segment_type.as_deref().unwrap_or_default().to_ascii_lowercase();
            let live = segment.segment_end.0.is_none();
            if kind == "wrapup" {
                participant.wrapup.started = segment.segment_start.0;
                participant.wrapup.ended = segment.segment_end.0;
                let code = filled(segment.wrap_up_code.clone());
                participant.wrapup.code = code.map(|code| WrapupCodeId::new(&code));
                participant.wrapup.done = !live;
                leg.disconnected = leg.disconnected.or(segment.segment_start.0);
                leg.state = LegState::Over;
                continue;
            }
            let rings = matches!(kind.as_str(), "alert" | "dialing" | "contacting" | "scheduled");
            if !rings {
                leg.connected = leg.connected.or(segment.segment_start.0);
            }
            leg.detail = leg.detail.take().or_else(|| segment.subject.clone());
            leg.disconnect_type.clone_from(&segment.disconnect_type);
            leg.disconnected = segment.segment_end.0;
            leg.held = live && kind == "hold";
            leg.held_since = if leg.held { segment.segment_start.0 } else { None };
            leg.parked_since =
                if live && kind == "parked" { segment.segment_start.0 } else { None };
            leg.state = match kind.as_str() {
                _ if !live => LegState::Over,
                "alert" => LegState::Alerting,
                "dialing" => LegState::Dialing,
                "contacting" => LegState::Contacting,
                "scheduled" => LegState::Scheduled,
                "parked" => LegState::Parked,
                _ => LegState::Connected,
            };
        }
        leg
    }
}

fn earliest(known: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    known.into_iter().chain(other).min()
}
