//! Control messages with what tells who people are replaced. What is about conversations goes field
//! by field: a field that is added there must be decided on here before it compiles.
use super::pseudonym::{Pseudonyms, is_word};
use crate::domain::agent::{AgentChange, Presence, Routing, RoutingStatus};
use crate::domain::control::{
    AgentState, AgentStates, ConnectionEvent, Control, Divisions, Gap, Identity, IntervalFigures,
    MediaGoal, Named, QueueFigure, QueueGoals, QueueStaff, Rejection, Snapshot, StaffMember,
    TopicOutcome,
};
use crate::domain::conversation::{Conversation, Leg, LegState, Participant, Purpose, Wrapup};
use crate::domain::identity::{
    ConversationId, ParticipantId, PresenceId, QueueId, UserId, WrapupCodeId,
};
use crate::domain::session::SessionReport;
use crate::domain::topic::Topic;

/// Words with capitals or digits that our own sentences hold, and that are nobody's name.
const KNOWN_WORDS: &[&str] =
    &["REST", "HTTP", "TLS", "TCP", "DNS", "API", "WebSocket", "OAuth", "Retry-After", "JSON"];

pub(super) fn redact(pseudonyms: &Pseudonyms, control: Control) -> Control {
    match control {
        Control::Session(report) => Control::Session(SessionReport {
            // the beginning of a channel's id is a part of a secret
            channel_short: String::new(),
            reason: sentence(&report.reason),
            ..report
        }),
        Control::Topics { channel, at, outcomes } => Control::Topics {
            channel,
            at,
            outcomes: outcomes.into_iter().map(|outcome| topic(pseudonyms, outcome)).collect(),
        },
        Control::Unsubscribed { channel, at, topics } => {
            let topics = topics
                .iter()
                .map(|topic| Topic::received(&pseudonyms.topic(topic.as_str())))
                .collect();
            Control::Unsubscribed { channel, at, topics }
        }
        Control::Queues(names) => Control::Queues(named(pseudonyms, names, queue, "Queue")),
        Control::Users(names) => Control::Users(named(pseudonyms, names, user, "Name")),
        Control::Presences(names) => {
            Control::Presences(named(pseudonyms, names, presence_id, "Presence"))
        }
        Control::WrapupCodes(names) => {
            Control::WrapupCodes(named(pseudonyms, names, wrapup_code, "Code"))
        }
        Control::Divisions(Divisions { queues, users }) => Control::Divisions(Divisions {
            queues: named(pseudonyms, queues, queue, "Division"),
            users: named(pseudonyms, users, user, "Division"),
        }),
        Control::Goals(told) => {
            let goal = |MediaGoal { media, within_milliseconds, share }| MediaGoal {
                media,
                within_milliseconds,
                share,
            };
            let goals = |QueueGoals { queue: of, media }: QueueGoals| QueueGoals {
                queue: queue(pseudonyms, &of),
                media: media.into_iter().map(goal).collect(),
            };
            Control::Goals(told.into_iter().map(goals).collect())
        }
        Control::Snapshot(snapshot) => Control::Snapshot(self::snapshot(pseudonyms, snapshot)),
        Control::Figures(IntervalFigures { asked, interval, queues, figures }) => {
            Control::Figures(IntervalFigures {
                asked,
                interval,
                queues: queues.iter().map(|id| queue(pseudonyms, id)).collect(),
                figures: figures.into_iter().map(|one| figure(pseudonyms, one)).collect(),
            })
        }
        Control::Agents(AgentStates { asked, agents }) => Control::Agents(AgentStates {
            asked,
            agents: agents.into_iter().map(|one| agent(pseudonyms, one)).collect(),
        }),
        Control::Staff { asked, queues } => {
            let member = |StaffMember { user: who, status }| StaffMember {
                user: user(pseudonyms, &who),
                status: word(pseudonyms, status),
            };
            let staff = |QueueStaff { queue: of, people }: QueueStaff| QueueStaff {
                queue: queue(pseudonyms, &of),
                people: people.into_iter().map(member).collect(),
            };
            Control::Staff { asked, queues: queues.into_iter().map(staff).collect() }
        }
        Control::Gap(gap) => Control::Gap(Gap {
            cause: sentence(&gap.cause),
            healed_by: gap.healed_by.as_deref().map(sentence),
            ..gap
        }),
        Control::Event(event) => Control::Event(ConnectionEvent {
            sentence: sentence(&event.sentence),
            // leads the service's support to the answer, and so to whose it was
            context_id: None,
            ..event
        }),
        Control::Identity(identity) => Control::Identity(Identity {
            profile: identity.profile.map(|_| "recorded".to_owned()),
            region: if is_region(&identity.region) { identity.region } else { String::new() },
            api_url: String::new(),
            organization: identity.organization.map(|name| pseudonyms.name("Organization", &name)),
            who: identity.who.map(|name| pseudonyms.name("Name", &name)),
        }),
        control @ (Control::Token { .. }
        | Control::ClockSkew { .. }
        | Control::RateLimit { .. }
        | Control::CrossCheck(_)
        | Control::Progress { .. }) => control,
    }
}

/// The ids of the service's regions, such as `us-east-1`.
fn is_region(region: &str) -> bool {
    let parts: Vec<&str> = region.split('-').collect();
    parts.len() >= 3
        && region.len() <= 20
        && parts
            .iter()
            .all(|part| part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// Ids with names; `kind` is the word that a pseudonym begins with.
fn named<Id>(
    pseudonyms: &Pseudonyms,
    names: Vec<Named<Id>>,
    identity: fn(&Pseudonyms, &Id) -> Id,
    kind: &'static str,
) -> Vec<Named<Id>> {
    let masked = |Named { id, name }| Named {
        id: identity(pseudonyms, &id),
        name: pseudonyms.name(kind, &name),
    };
    names.into_iter().map(masked).collect()
}

fn queue(pseudonyms: &Pseudonyms, id: &QueueId) -> QueueId {
    QueueId::new(&pseudonyms.id(id.as_str()))
}

fn presence_id(pseudonyms: &Pseudonyms, id: &PresenceId) -> PresenceId {
    PresenceId::new(&pseudonyms.id(id.as_str()))
}

fn wrapup_code(pseudonyms: &Pseudonyms, id: &WrapupCodeId) -> WrapupCodeId {
    WrapupCodeId::new(&pseudonyms.id(id.as_str()))
}

fn user(pseudonyms: &Pseudonyms, id: &UserId) -> UserId {
    UserId::new(&pseudonyms.id(id.as_str()))
}

fn topic(pseudonyms: &Pseudonyms, outcome: TopicOutcome) -> TopicOutcome {
    let rejection = outcome.rejection.map(|rejection| Rejection {
        reason: sentence(&rejection.reason),
        missing_permissions: rejection
            .missing_permissions
            .into_iter()
            .filter(|name| name.split(':').all(is_word))
            .collect(),
        context_id: None,
    });
    TopicOutcome { topic: Topic::received(&pseudonyms.topic(outcome.topic.as_str())), rejection }
}

fn snapshot(pseudonyms: &Pseudonyms, snapshot: Snapshot) -> Snapshot {
    let Snapshot {
        asked,
        conversations,
        complete_for,
        complete_for_users,
        incomplete_for,
        figures,
        missing,
    } = snapshot;
    Snapshot {
        asked,
        conversations: conversations
            .into_iter()
            .map(|conversation| self::conversation(pseudonyms, conversation))
            .collect(),
        complete_for: complete_for.iter().map(|id| queue(pseudonyms, id)).collect(),
        complete_for_users: complete_for_users.iter().map(|id| user(pseudonyms, id)).collect(),
        incomplete_for: incomplete_for.iter().map(|id| queue(pseudonyms, id)).collect(),
        figures: figures.into_iter().map(|one| figure(pseudonyms, one)).collect(),
        missing: missing.as_deref().map(sentence),
    }
}

fn agent(pseudonyms: &Pseudonyms, agent: AgentState) -> AgentState {
    let AgentState { user: who, state } = agent;
    let AgentChange { presence, routing, queues, out_of_office } = state;
    let presence = presence.map(|Presence { system, definition, message, since }| Presence {
        system: word(pseudonyms, system),
        definition: definition.map(|id| presence_id(pseudonyms, &id)),
        message: message.map(|message| pseudonyms.text(&message)),
        since,
    });
    let routing = routing.map(|Routing { status, since }| Routing {
        status: match status {
            RoutingStatus::Other(other) => RoutingStatus::Other(word(pseudonyms, other)),
            known => known,
        },
        since,
    });
    let queues =
        queues.map(|queues| queues.iter().map(|id| queue(pseudonyms, id)).collect::<Vec<_>>());
    AgentState {
        user: user(pseudonyms, &who),
        state: AgentChange { presence, routing, queues, out_of_office },
    }
}

fn figure(pseudonyms: &Pseudonyms, figure: QueueFigure) -> QueueFigure {
    let QueueFigure { queue: of, media, metric, qualifier, value, interval } = figure;
    QueueFigure {
        queue: queue(pseudonyms, &of),
        media,
        metric: word(pseudonyms, metric),
        qualifier: qualifier.map(|qualifier| word(pseudonyms, qualifier)),
        value,
        interval,
    }
}

fn conversation(pseudonyms: &Pseudonyms, conversation: Conversation) -> Conversation {
    let Conversation { id, participants, started, ended, recent_transfers } = conversation;
    Conversation {
        id: ConversationId::new(&pseudonyms.id(id.as_str())),
        participants: participants.into_iter().map(|one| participant(pseudonyms, one)).collect(),
        started,
        ended,
        recent_transfers,
    }
}

fn participant(pseudonyms: &Pseudonyms, participant: Participant) -> Participant {
    let Participant {
        id,
        purpose,
        user: person,
        queue: routed,
        name,
        address,
        started,
        connected,
        ended,
        wrapup,
        alerting_timeout,
        observes,
        observing,
        flagged,
        skills,
        consulted,
        priority,
        attributes,
        legs,
    } = participant;
    Participant {
        id: ParticipantId::new(&pseudonyms.id(id.as_str())),
        purpose: match purpose {
            Purpose::Other(other) => Purpose::Other(word(pseudonyms, other)),
            known => known,
        },
        user: person.map(|id| user(pseudonyms, &id)),
        queue: routed.map(|id| queue(pseudonyms, &id)),
        name: name.map(|name| pseudonyms.name_or_address("Name", &name)),
        address: address.map(|address| pseudonyms.text(&address)),
        started,
        connected,
        ended,
        wrapup: Wrapup { code: wrapup.code.map(|code| wrapup_code(pseudonyms, &code)), ..wrapup },
        alerting_timeout,
        observes,
        observing,
        flagged,
        skills: skills.iter().map(|skill| self::skill(pseudonyms, skill)).collect(),
        consulted,
        priority,
        attributes,
        legs: legs.into_iter().map(|one| leg(pseudonyms, one)).collect(),
    }
}

/// A skill, by its id or its name.
fn skill(pseudonyms: &Pseudonyms, skill: &str) -> String {
    if super::pseudonym::is_uuid(skill) {
        pseudonyms.id(skill)
    } else {
        pseudonyms.name("Skill", skill)
    }
}

fn leg(pseudonyms: &Pseudonyms, leg: Leg) -> Leg {
    let Leg {
        media,
        state,
        direction,
        connected,
        disconnected,
        disconnect_type,
        held,
        held_since,
        parked_since,
        resumes,
        after_call_work,
        scheduled,
        muted,
        recording,
        detail,
    } = leg;
    Leg {
        media,
        state: match state {
            LegState::Other(other) => LegState::Other(word(pseudonyms, other)),
            known => known,
        },
        direction,
        connected,
        disconnected,
        disconnect_type: disconnect_type.map(|kind| word(pseudonyms, kind)),
        held,
        held_since,
        parked_since,
        resumes,
        after_call_work: after_call_work.map(|state| word(pseudonyms, state)),
        scheduled,
        muted,
        recording,
        detail: detail.map(|detail| pseudonyms.text(&detail)),
    }
}

/// A word of the service's own, or what stands for it.
fn word(pseudonyms: &Pseudonyms, text: String) -> String {
    if pseudonyms.keeps_word(&text) { text } else { pseudonyms.text(&text) }
}

/// What is left of a sentence of ours: what follows a colon or stands in quotes may be other
/// people's words, and so may any word that isn't plain lower case.
pub(super) fn sentence(text: &str) -> String {
    let ours = text.split([':', '"', '“']).next().unwrap_or_default();
    let ours = ours.split(" '").next().unwrap_or_default();
    let words = ours.split_whitespace().map(|word| {
        let bare = word.trim_matches([',', ';', '.', '(', ')']);
        let lower = bare.bytes().all(|byte| byte.is_ascii_lowercase() || b"-'".contains(&byte));
        let number = bare.len() <= 6
            && bare.bytes().all(|byte| byte.is_ascii_digit() || b",./".contains(&byte));
        if lower || number || KNOWN_WORDS.contains(&bare) { word } else { "…" }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{is_region, sentence};

    #[test]
    fn of_a_sentence_only_our_own_words_are_left() {
        assert_eq!(
            sentence("the service closed the socket (1006)"),
            "the service closed the socket (1006)"
        );
        assert_eq!(sentence("refused: queue Billing is not yours"), "refused");
        assert_eq!(sentence("can't find Billing"), "can't find …");
        assert_eq!(sentence("names of Müller are missing"), "names of … are missing");
        assert!(
            is_region("us-east-1") && !is_region("api.acme.example") && !is_region("127.0.0.1")
        );
    }
}
