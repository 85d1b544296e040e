//! Conversations in both shapes.
//!
//! Nested (`…conversations`): each participant holds an array per medium. Flat (`….calls` and so
//! on): each participant *is* a leg. Which one it is shows in the body (a participant with a
//! `state` of its own is flat), not in the topic's name: two queue topics whose names look flat
//! are nested. One set of wire structs reads both, since no field of the one contradicts the
//! other.
use super::wire::{Reference, Time, filled, milliseconds, read as read_body};
use crate::domain::conversation::{
    Conversation, Direction, Leg, LegState, MAX_PARTICIPANTS, MAX_SKILLS, Observing, Participant,
    Purpose, Wrapup,
};
use crate::domain::identity::{ConversationId, ParticipantId, QueueId, UserId, WrapupCodeId};
use crate::domain::topic::Media;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use std::fmt;
use std::time::Duration;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireConversation {
    id: String,
    #[serde(default)]
    participants: Option<Vec<WireParticipant>>,
    #[serde(default)]
    recent_transfers: Option<Vec<IgnoredAny>>,
    #[serde(default)]
    start_time: Time,
    #[serde(default)]
    end_time: Time,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireParticipant {
    id: Option<String>,
    name: Option<String>,
    address: Option<String>,
    purpose: Option<String>,
    start_time: Time,
    connected_time: Time,
    end_time: Time,
    user_id: Option<String>,
    user: Option<Reference>,
    queue_id: Option<String>,
    queue: Option<Reference>,
    wrapup_required: Option<bool>,
    wrapup: Option<WireWrapup>,
    start_acw_time: Time,
    end_acw_time: Time,
    alerting_timeout_ms: Option<f64>,
    monitored_participant_id: Option<String>,
    coached_participant_id: Option<String>,
    barged_participant_id: Option<String>,
    screen_monitored_participant_id: Option<String>,
    consult_participant_id: Option<String>,
    flagged_reason: Option<String>,
    conversation_routing_data: Option<WireRouting>,
    attributes: Option<Count>,
    calls: Option<Vec<WireLeg>>,
    callbacks: Option<Vec<WireLeg>>,
    chats: Option<Vec<WireLeg>>,
    cobrowsesessions: Option<Vec<WireLeg>>,
    emails: Option<Vec<WireLeg>>,
    messages: Option<Vec<WireLeg>>,
    internal_messages: Option<Vec<WireLeg>>,
    screen_monitorings: Option<Vec<WireLeg>>,
    screenshares: Option<Vec<WireLeg>>,
    social_expressions: Option<Vec<WireLeg>>,
    videos: Option<Vec<WireLeg>>,
    // flat: the participant is the leg
    state: Option<String>,
    direction: Option<String>,
    disconnect_type: Option<String>,
    held: Option<bool>,
    start_hold_time: Time,
    park_time: Time,
    resume_time: Time,
    muted: Option<bool>,
    recording: Option<bool>,
    recording_state: Option<String>,
    callback_scheduled_time: Time,
    subject: Option<String>,
    ani: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireLeg {
    state: Option<String>,
    direction: Option<String>,
    connected_time: Time,
    disconnected_time: Time,
    disconnect_type: Option<String>,
    held: Option<bool>,
    start_hold_time: Time,
    park_time: Time,
    resume_time: Time,
    after_call_work: Option<WireAfterCallWork>,
    after_call_work_required: Option<bool>,
    wrapup: Option<WireWrapup>,
    callback_scheduled_time: Time,
    muted: Option<bool>,
    recording: Option<bool>,
    recording_state: Option<String>,
    subject: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireAfterCallWork {
    state: Option<String>,
    start_time: Time,
    end_time: Time,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireWrapup {
    code: Option<String>,
    duration_seconds: Option<f64>,
    end_time: Time,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireRouting {
    queue: Option<Reference>,
    priority: Option<f64>,
    skills: Option<Vec<Reference>>,
}

/// How many entries an object has; the entries themselves are not kept.
struct Count(usize);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(CountVisitor)
    }
}

struct CountVisitor;

impl<'de> Visitor<'de> for CountVisitor {
    type Value = Count;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
        let mut count = 0;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            count += 1;
        }
        Ok(Count(count))
    }
}

/// Reads a conversation in either shape. `named` is the medium that the topic's name says, if it
/// says one. The medium comes back when the shape was flat, `None` when it was nested.
pub(super) fn read(
    body: &str,
    named: Option<Media>,
) -> Result<(Option<Media>, Conversation), String> {
    let wire: WireConversation = read_body(body)?;
    let participants = wire.participants.unwrap_or_default();
    let flat = named.filter(|_| participants.iter().any(|participant| participant.state.is_some()));
    let mut conversation = Conversation::new(ConversationId::new(&wire.id));
    conversation.started = wire.start_time.0;
    conversation.ended = wire.end_time.0;
    conversation.recent_transfers = wire.recent_transfers.map_or(0, |transfers| transfers.len());
    conversation.participants = participants
        .into_iter()
        .enumerate()
        .map(|(index, participant)| participant.into_model(index, flat))
        .collect();
    forget_oldest(&mut conversation.participants);
    Ok((flat, conversation))
}

/// Keeps the bound: the oldest participants whose part is over go first.
fn forget_oldest(participants: &mut Vec<Participant>) {
    let mut excess = participants.len().saturating_sub(MAX_PARTICIPANTS);
    participants.retain(|participant| {
        let goes = excess > 0 && participant.is_over() && participant.purpose != Purpose::Customer;
        excess -= usize::from(goes);
        !goes
    });
    participants.truncate(MAX_PARTICIPANTS);
}

impl WireParticipant {
    fn into_model(mut self, index: usize, flat: Option<Media>) -> Participant {
        // an id is always there on the wire; without one its place must tell it apart
        let id = filled(self.id.take()).unwrap_or_else(|| format!("participant {index}"));
        let purpose = Purpose::of(self.purpose.as_deref().unwrap_or_default());
        let mut participant = Participant::new(ParticipantId::new(&id), purpose);
        let routing = self.conversation_routing_data.take();
        participant.user = filled(self.user_id.take())
            .as_deref()
            .or(Reference::id(self.user.as_ref()))
            .map(UserId::new);
        participant.queue = filled(self.queue_id.take())
            .as_deref()
            .or(Reference::id(self.queue.as_ref()))
            .or(Reference::id(routing.as_ref().and_then(|routing| routing.queue.as_ref())))
            .map(QueueId::new);
        #[expect(clippy::cast_possible_truncation, reason = "saturates; priorities are small")]
        let priority = |priority: f64| priority as i64;
        let (wanted, skills) =
            routing.map_or((None, None), |routing| (routing.priority, routing.skills));
        participant.priority = wanted.map(priority);
        participant.skills = skills
            .into_iter()
            .flatten()
            .filter_map(|skill| filled(skill.name).or(filled(skill.id)))
            .take(MAX_SKILLS)
            .collect();
        participant.name =
            filled(self.name.take()).or(self.user.take().and_then(|user| filled(user.name)));
        participant.address = filled(self.address.take()).or(filled(self.ani.take()));
        participant.started = self.start_time.0;
        participant.connected = self.connected_time.0;
        participant.ended = self.end_time.0;
        participant.alerting_timeout = milliseconds(self.alerting_timeout_ms);
        let named = |id: &Option<String>| id.as_deref().is_some_and(|id| !id.is_empty());
        participant.observing = [
            (&self.barged_participant_id, Observing::BargedIn),
            (&self.coached_participant_id, Observing::Coaches),
            (&self.monitored_participant_id, Observing::Monitors),
            (&self.screen_monitored_participant_id, Observing::WatchesScreen),
        ]
        .into_iter()
        .find(|(id, _)| named(id))
        .map(|(_, how)| how);
        participant.observes = participant.observing.is_some();
        participant.flagged = filled(self.flagged_reason.take()).is_some();
        participant.consulted = filled(self.consult_participant_id.take()).is_some();
        participant.attributes = self.attributes.as_ref().map_or(0, |count| count.0);
        participant.wrapup = Wrapup {
            required: self.wrapup_required.unwrap_or_default(),
            started: self.start_acw_time.0,
            ended: self.end_acw_time.0,
            ..Wrapup::default()
        };
        note_wrapup(&mut participant.wrapup, self.wrapup.take());
        match flat {
            Some(media) => {
                let leg = self.flat_leg(media, &participant);
                participant.legs.push(leg);
            }
            None => self.nested_legs(&mut participant),
        }
        participant
    }

    fn nested_legs(self, participant: &mut Participant) {
        let arrays = [
            (Media::Call, self.calls),
            (Media::Callback, self.callbacks),
            (Media::Chat, self.chats),
            (Media::Email, self.emails),
            (Media::Message, self.messages),
            (Media::Cobrowse, self.cobrowsesessions),
            (Media::Screenshare, self.screenshares),
            (Media::Video, self.videos),
            (Media::Social, self.social_expressions),
            (Media::InternalMessage, self.internal_messages),
            (Media::ScreenMonitoring, self.screen_monitorings),
        ];
        for (media, wires) in arrays {
            for mut wire in wires.into_iter().flatten() {
                if let Some(work) = &wire.after_call_work {
                    participant.wrapup.told_by_leg |=
                        participant.wrapup.started.is_none() && work.start_time.0.is_some();
                    participant.wrapup.started = participant.wrapup.started.or(work.start_time.0);
                    participant.wrapup.ended = participant.wrapup.ended.or(work.end_time.0);
                }
                note_wrapup(&mut participant.wrapup, wire.wrapup.take());
                participant.wrapup.required |= wire.after_call_work_required.unwrap_or_default()
                    && wire.after_call_work.is_none();
                participant.legs.push(wire.into_model(media));
            }
        }
    }

    fn flat_leg(&mut self, media: Media, participant: &Participant) -> Leg {
        Leg {
            direction: Direction::of(self.direction.as_deref().unwrap_or_default()),
            connected: participant.connected,
            disconnected: participant.ended,
            disconnect_type: filled(self.disconnect_type.take()),
            held: self.held.unwrap_or_default(),
            held_since: self.start_hold_time.0,
            parked_since: self.park_time.0,
            resumes: self.resume_time.0,
            scheduled: self.callback_scheduled_time.0,
            muted: self.muted.unwrap_or_default(),
            recording: records(self.recording, self.recording_state.as_deref()),
            detail: filled(self.subject.take()),
            ..Leg::new(media, LegState::of(self.state.as_deref().unwrap_or_default()))
        }
    }
}

impl WireLeg {
    fn into_model(self, media: Media) -> Leg {
        Leg {
            direction: Direction::of(self.direction.as_deref().unwrap_or_default()),
            connected: self.connected_time.0,
            disconnected: self.disconnected_time.0,
            disconnect_type: filled(self.disconnect_type),
            held: self.held.unwrap_or_default(),
            held_since: self.start_hold_time.0,
            parked_since: self.park_time.0,
            resumes: self.resume_time.0,
            after_call_work: self.after_call_work.and_then(|work| filled(work.state)),
            scheduled: self.callback_scheduled_time.0,
            muted: self.muted.unwrap_or_default(),
            recording: records(self.recording, self.recording_state.as_deref()),
            detail: filled(self.subject).or(filled(self.kind)),
            ..Leg::new(media, LegState::of(self.state.as_deref().unwrap_or_default()))
        }
    }
}

/// Whether a leg is being recorded: the state says more than the flag, which only tells that a
/// recording was begun.
fn records(flag: Option<bool>, state: Option<&str>) -> bool {
    match state {
        Some(state) if !state.is_empty() => state.eq_ignore_ascii_case("active"),
        _ => flag.unwrap_or_default(),
    }
}

/// Notes a wrap-up code, if there is one: `{}` is none.
fn note_wrapup(known: &mut Wrapup, wire: Option<WireWrapup>) {
    let Some(wire) = wire else { return };
    let code = filled(wire.code).map(|code| WrapupCodeId::new(&code));
    if code.is_none() && wire.end_time.0.is_none() && wire.duration_seconds.is_none() {
        return;
    }
    known.done = true;
    known.code = code.or(known.code.take());
    known.ended = known.ended.or(wire.end_time.0);
    known.duration =
        wire.duration_seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
}
