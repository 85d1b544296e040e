//! What the monitor makes of control messages, where more than one keeper has a part in it.
use super::Monitor;
use super::conversations::{KEEP_ENDED, MARK_CHANGED};
use super::past::MAX_PAST;
use super::queues::Period;
use crate::domain::agent::{AgentChange, Routing, RoutingStatus};
use crate::domain::board::agents::AgentBoard;
use crate::domain::board::{Facts, column};
use crate::domain::control::{
    AgentState, AgentStates, Control, Gap, QueueFigure, QueueStaff, Rejection, Snapshot,
    StaffMember, TopicOutcome,
};
use crate::domain::conversation::{Conversation, Outcome, State};
use crate::domain::frame::{Frame, Payload};
use crate::domain::identity::{ChannelNumber, ConversationId, QueueId, UserId};
use crate::domain::intake::Batch;
use crate::domain::moment::add;
use crate::domain::topic::Topic;
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

fn second(n: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + n).unwrap()
}

fn absorb(monitor: &mut Monitor, control: Control) {
    monitor.absorb(Batch { control: vec![control], ..Batch::default() });
}

fn snapshot(ids: &[&str], asked: Timestamp) -> Control {
    let conversation = |id: &&str| Conversation {
        id: ConversationId::new(id),
        participants: Vec::new(),
        started: None,
        ended: None,
        recent_transfers: 0,
    };
    Control::Snapshot(Snapshot {
        asked,
        conversations: ids.iter().map(conversation).collect(),
        complete_for: Vec::new(),
        incomplete_for: Vec::new(),
        complete_for_users: Vec::new(),
        figures: Vec::new(),
        missing: None,
    })
}

#[test]
fn what_a_snapshot_finds_after_a_gap_is_marked_for_a_while() {
    let mut monitor = Monitor::new(second(0));
    absorb(&mut monitor, snapshot(&["old"], second(1)));
    let gap = Gap {
        channel: ChannelNumber(1),
        from: second(2),
        until: Some(second(5)),
        cause: "cut".to_owned(),
        healed_by: None,
    };
    absorb(&mut monitor, Control::Gap(gap.clone()));
    absorb(&mut monitor, snapshot(&["old", "new"], second(6)));
    let marked = |monitor: &Monitor, id: &str, at: Timestamp| {
        monitor.conversations.get(&ConversationId::new(id)).unwrap().changed_unseen(at)
    };
    assert!(!marked(&monitor, "old", second(7)), "it stands where it stood");
    assert!(marked(&monitor, "new", second(7)));
    let later = crate::domain::moment::add(second(6), MARK_CHANGED);
    assert!(!marked(&monitor, "new", later));
    absorb(&mut monitor, Control::Gap(Gap { healed_by: Some("all".to_owned()), ..gap }));
    absorb(&mut monitor, snapshot(&["old", "new", "third"], second(8)));
    assert!(!marked(&monitor, "third", second(9)), "no gap, no mark");
}

#[test]
fn an_answer_that_took_long_brings_back_nobody_who_has_left_the_list() {
    let mut monitor = Monitor::new(second(0));
    absorb(&mut monitor, snapshot(&["gone"], second(1)));
    let text = r#"{"topicName":"v2.routing.queues.q1.conversations","eventBody":{"id":"gone","participants":[{"id":"p","purpose":"customer","calls":[{"state":"disconnected"}]}]}}"#;
    let payload = Payload::Text(text.into());
    monitor.absorb_frame(Frame { received: second(3), channel: ChannelNumber(1), payload });
    monitor.tick(add(second(3), KEEP_ENDED));
    let is_listed =
        |monitor: &Monitor| monitor.conversations.get(&ConversationId::new("gone")).is_some();
    assert!(!is_listed(&monitor));
    // asked before it ended, and answered after it had left
    absorb(&mut monitor, snapshot(&["gone"], second(2)));
    assert!(!is_listed(&monitor) && monitor.conversations.past().len() == 1);
    absorb(&mut monitor, snapshot(&["gone"], second(4)));
    assert!(is_listed(&monitor), "who asked later knows better");
}

#[test]
fn progress_is_kept_by_name_until_it_is_done() {
    let mut monitor = Monitor::new(second(0));
    for (what, done) in [("channels", 3), ("topics", 2_812), ("channels", 4)] {
        absorb(&mut monitor, Control::Progress { what, done, total: Some(4_804) });
    }
    let shown: Vec<_> = monitor.link.progress().map(|p| (p.what, p.done)).collect();
    assert_eq!(shown, [("topics", 2_812), ("channels", 4)]);
    absorb(&mut monitor, Control::Progress { what: "topics", done: 9, total: Some(9) });
    assert_eq!(monitor.link.progress().len(), 1);
}

#[test]
fn a_queue_whose_topics_are_refused_is_unknown_and_not_frozen() {
    let queue = QueueId::new("q1");
    let topics = ["v2.routing.queues.q1.conversations", "v2.analytics.queues.q1.observations"];
    let figure = |metric: &str| QueueFigure {
        queue: QueueId::new("q1"),
        media: None,
        metric: metric.to_owned(),
        qualifier: None,
        value: 3.0,
        interval: None,
    };
    let mut monitor = Monitor::new(second(0));
    let answer = |rejection: Option<Rejection>| Control::Topics {
        channel: ChannelNumber(1),
        at: second(1),
        outcomes: topics
            .iter()
            .map(|topic| TopicOutcome {
                topic: Topic::received(topic),
                rejection: rejection.clone(),
            })
            .collect(),
    };
    let told = |asked| {
        Control::Snapshot(Snapshot {
            asked,
            conversations: Vec::new(),
            complete_for: vec![QueueId::new("q1")],
            incomplete_for: Vec::new(),
            complete_for_users: Vec::new(),
            figures: vec![figure("oOnQueueUsers"), figure("nOffered")],
            missing: None,
        })
    };
    let seen = |monitor: &Monitor| {
        let row = monitor.queues.get(&queue).unwrap();
        let figure = |metric| {
            let period = Period::of(metric, None);
            row.figure(metric, period, None, second(9))
        };
        (row.watched(), row.refused, figure("oOnQueueUsers"), figure("nOffered"))
    };
    absorb(&mut monitor, answer(None));
    absorb(&mut monitor, told(second(2)));
    assert_eq!(seen(&monitor), (true, false, Some(3.0), Some(3.0)));
    let refusal = Rejection {
        reason: "no grant in its division".to_owned(),
        missing_permissions: Vec::new(),
        context_id: None,
    };
    absorb(&mut monitor, answer(Some(refusal)));
    // what REST says once would stand there for hours; counts of an interval carry their date
    absorb(&mut monitor, told(second(4)));
    assert_eq!(seen(&monitor), (false, true, None, Some(3.0)));
    absorb(&mut monitor, answer(None));
    absorb(&mut monitor, told(second(6)));
    assert_eq!(seen(&monitor), (true, false, Some(3.0), Some(3.0)));
    let topics = topics.iter().map(|topic| Topic::received(topic)).collect();
    absorb(
        &mut monitor,
        Control::Unsubscribed { channel: ChannelNumber(1), at: second(7), topics },
    );
    assert_eq!(seen(&monitor), (false, false, None, Some(3.0)));
}

const QUEUE: &str = "11111111-1111-4111-8111-111111111111";

/// A frame of a conversation in a queue with these agents: participant, user, and what their leg says.
fn frame(id: &str, agents: &[(&str, &str, &str)], at: Timestamp) -> Frame {
    let agents: String = agents
        .iter()
        .map(|(participant, user, leg)| {
            format!(
                r#",{{"id":"{participant}","purpose":"agent","userId":"{user}","queueId":"{QUEUE}","calls":[{{{leg}}}]}}"#
            )
        })
        .collect();
    let text = format!(
        r#"{{"topicName":"v2.routing.queues.{QUEUE}.conversations","eventBody":{{"id":"{id}","participants":[
        {{"id":"acd","purpose":"acd","queueId":"{QUEUE}","calls":[{{"state":"connected"}}]}}{agents}]}}}}"#
    );
    Frame { received: at, channel: ChannelNumber(1), payload: Payload::Text(text.as_str().into()) }
}

fn leg(state: &str, connected: Option<Timestamp>, ended: Option<Timestamp>) -> String {
    let time = |name: &str, at: Option<Timestamp>| {
        at.map_or(String::new(), |at| format!(r#","{name}":"{at}""#))
    };
    let (connected, ended) = (time("connectedTime", connected), time("disconnectedTime", ended));
    format!(r#""state":"{state}"{connected}{ended}"#)
}

#[test]
fn an_agent_has_what_they_are_rung_for_and_misses_what_they_did_not_answer() {
    let mut monitor = Monitor::new(second(0));
    let eva = UserId::new("eva");
    let rings = leg("alerting", None, None);
    let missed = |at| leg("disconnected", None, Some(second(at)));
    monitor.absorb_frame(frame("c", &[("a", "eva", &rings)], second(1)));
    let agent = monitor.agents.get(&eva).unwrap();
    assert_eq!((agent.conversations.len(), agent.missed), (1, 0));
    // told on two topics, it is one alert
    for at in [31, 32] {
        monitor.absorb_frame(frame("c", &[("a", "eva", &missed(30))], second(at)));
    }
    let agent = monitor.agents.get(&eva).unwrap();
    assert_eq!((agent.conversations.len(), agent.missed), (0, 1));
    // rung again for the same conversation, which is another alert
    let again = [("a", "eva", &*missed(30)), ("b", "eva", &*missed(61))];
    monitor.absorb_frame(frame("c", &again, second(62)));
    let talks = leg("connected", Some(second(70)), None);
    let both = [again[0], again[1], ("d", "tom", &*talks)];
    monitor.absorb_frame(frame("c", &both, second(70)));
    let of = |user| monitor.agents.get(&UserId::new(user)).unwrap();
    assert_eq!((of("eva").missed, of("tom").missed), (2, 0));
    assert_eq!((of("eva").conversations.len(), of("tom").conversations.len()), (0, 1));
    assert_eq!(of("eva").newest_missed.back().unwrap().at, second(61));
}

#[test]
fn without_topics_of_conversations_nobody_knows_what_agents_have() {
    let mut monitor = Monitor::new(second(0));
    let topics = |names: &[&str], refused: bool| {
        let rejection = Rejection {
            reason: "no".to_owned(),
            missing_permissions: Vec::new(),
            context_id: None,
        };
        let outcome = |name: &&str| TopicOutcome {
            topic: Topic::received(name),
            rejection: refused.then(|| rejection.clone()),
        };
        let outcomes = names.iter().map(outcome).collect();
        Control::Topics { channel: ChannelNumber(1), at: second(1), outcomes }
    };
    let gone = |names: &[&str]| Control::Unsubscribed {
        channel: ChannelNumber(1),
        at: second(3),
        topics: names.iter().map(|name| Topic::received(name)).collect(),
    };
    let queue = format!("v2.routing.queues.{QUEUE}.conversations");
    let user = "v2.users.eva?conversations&presence";
    let declined = leg("terminated", None, Some(second(20)));
    let talks = leg("connected", Some(second(21)), None);
    absorb(&mut monitor, topics(&[&queue, user, "v2.users.eva.activity"], false));
    let frame = frame("c", &[("a", "eva", &declined), ("b", "eva", &talks)], second(25));
    monitor.absorb_frame(frame);
    let seen = |monitor: &Monitor| {
        let facts = Facts { monitor, now: second(30), masked: true };
        let shown = |name| {
            let column = column::<AgentBoard>(name).unwrap();
            column.value(&facts, &UserId::new("eva")).shown(second(30))
        };
        [shown("conversations"), shown("missed")]
    };
    assert_eq!(seen(&monitor), ["1", "1"]);
    absorb(&mut monitor, gone(&[&queue]));
    assert_eq!(seen(&monitor), ["1", "1"], "the agent's own topic still tells");
    let noted = monitor.agents.journal().end();
    absorb(&mut monitor, gone(&[user]));
    assert_eq!(seen(&monitor), ["–", "≥1"]);
    assert!(monitor.agents.journal().end() > noted, "who shows it must hear of it");
    absorb(&mut monitor, topics(&[&queue], false));
    assert_eq!(seen(&monitor), ["1", "1"]);
    absorb(&mut monitor, topics(&[&queue], true));
    assert_eq!(seen(&monitor), ["–", "≥1"], "asked for again, and refused");
}

#[test]
fn queues_of_an_agent_are_by_rest_until_their_own_topic_names_them() {
    let mut monitor = Monitor::new(second(0));
    let routing = Routing { status: RoutingStatus::Idle, since: Some(second(1)) };
    let knows = |monitor: &mut Monitor, queues: Option<&[&str]>| {
        let queues = queues.map(|names| names.iter().map(|name| QueueId::new(name)).collect());
        let state =
            AgentChange { routing: Some(routing.clone()), queues, ..AgentChange::default() };
        let agents = vec![AgentState { user: UserId::new("eva"), state }];
        absorb(monitor, Control::Agents(AgentStates { asked: second(2), agents }));
    };
    let staff = |monitor: &mut Monitor, queue: &str, people: &[&str]| {
        let member =
            |user: &&str| StaffMember { user: UserId::new(user), status: "IDLE".to_owned() };
        let people = people.iter().map(member).collect();
        let queues = vec![QueueStaff { queue: QueueId::new(queue), people }];
        absorb(monitor, Control::Staff { asked: second(3), queues });
    };
    let shown = |monitor: &Monitor, user: &str| {
        let facts = Facts { monitor, now: second(30), masked: true };
        column::<AgentBoard>("queues").unwrap().value(&facts, &UserId::new(user)).shown(second(30))
    };
    knows(&mut monitor, None);
    assert_eq!(shown(&monitor, "eva"), "–");
    staff(&mut monitor, "sales", &["eva", "bob"]);
    staff(&mut monitor, "billing", &["eva"]);
    assert_eq!(shown(&monitor, "eva"), "sales, billing");
    assert!(monitor.agents.get(&UserId::new("bob")).is_none(), "nobody would tell of him");
    let noted = monitor.agents.journal().end();
    staff(&mut monitor, "sales", &["eva", "bob"]);
    assert_eq!(monitor.agents.journal().end(), noted, "the same again is no change");
    staff(&mut monitor, "sales", &["bob"]);
    assert_eq!(shown(&monitor, "eva"), "billing");
    knows(&mut monitor, Some(&["support"]));
    staff(&mut monitor, "sales", &["eva"]);
    assert_eq!(shown(&monitor, "eva"), "support", "what they say themselves is newer");
}

#[test]
fn what_was_missed_before_counting_began_and_before_midnight_is_not_of_today() {
    let zone = TimeZone::fixed(Offset::constant(2));
    let begin: Timestamp = "2026-11-24T20:00:00Z".parse().unwrap();
    let mut monitor = Monitor::in_zone(begin, zone);
    let missed = |at: &str| leg("disconnected", None, Some(at.parse().unwrap()));
    let (early, late) = (missed("2026-11-24T19:59:00Z"), missed("2026-11-24T21:59:59Z"));
    let received = "2026-11-24T21:59:59Z".parse().unwrap();
    monitor.absorb_frame(frame("c", &[("a", "eva", &early), ("b", "eva", &late)], received));
    let count = |monitor: &Monitor| monitor.agents.get(&UserId::new("eva")).unwrap().missed;
    assert_eq!(count(&monitor), 1);
    let midnight: Timestamp = "2026-11-24T22:00:00Z".parse().unwrap();
    let noted = monitor.agents.journal().end();
    monitor.tick(midnight);
    assert_eq!((count(&monitor), monitor.agents.missed_since()), (0, midnight));
    assert!(monitor.agents.journal().end() > noted, "who shows it must hear of it");
}

#[test]
fn a_conversation_fades_then_moves_to_a_bounded_history_and_back_if_it_lives_again() {
    let mut monitor = Monitor::new(second(0));
    let over = leg("disconnected", Some(second(1)), Some(second(9)));
    let ended = |id: &str, at| {
        let text = frame(id, &[("a", "eva", &over)], at);
        let Payload::Text(body) = &text.payload else { unreachable!() };
        let body = body.replace(
            r#""calls":[{"state":"connected"}]"#,
            r#""calls":[{"state":"disconnected","disconnectType":"transfer"}]"#,
        );
        Frame { payload: Payload::Text(body.as_str().into()), ..text }
    };
    monitor.absorb_frame(ended("c", second(10)));
    let id = ConversationId::new("c");
    monitor.tick(second(19));
    assert!(monitor.conversations.get(&id).is_some(), "it fades by when its end was received");
    monitor.tick(add(second(10), KEEP_ENDED));
    assert!(monitor.conversations.get(&id).is_none());
    let past = monitor.conversations.past().get(&id).unwrap();
    assert_eq!(past.standing.outcome, Some(Outcome::Answered));
    for number in 0..MAX_PAST {
        monitor.absorb_frame(ended(&format!("c{number}"), second(30)));
    }
    monitor.tick(second(60));
    let past = monitor.conversations.past();
    assert_eq!((past.len(), past.total()), (MAX_PAST, MAX_PAST as u64 + 1));
    assert!(past.get(&id).is_none() && monitor.conversations.find(&id).is_none());
    // a slow answer over REST can tell of one that has gone
    absorb(&mut monitor, snapshot(&["c7"], second(61)));
    let again = ConversationId::new("c7");
    assert!(monitor.conversations.get(&again).is_some());
    assert!(monitor.conversations.past().get(&again).is_none(), "it is in one list only");
}

#[test]
fn what_agents_did_in_a_gap_is_healed_and_newer_words_stay() {
    let user = UserId::new("u1");
    let routing = |status, since| Some(Routing { status, since: Some(second(since)) });
    let told = |asked, status, since| {
        Control::Agents(AgentStates {
            asked: second(asked),
            agents: vec![AgentState {
                user: UserId::new("u1"),
                state: AgentChange { routing: routing(status, since), ..AgentChange::default() },
            }],
        })
    };
    let seen = |monitor: &Monitor| monitor.agents.get(&user).unwrap().routing.clone();
    let mut monitor = Monitor::new(second(0));
    absorb(&mut monitor, told(1, RoutingStatus::Interacting, 0));
    // while the network was gone they let a call ring out
    absorb(&mut monitor, told(60, RoutingStatus::NotResponding, 40));
    assert_eq!(seen(&monitor), routing(RoutingStatus::NotResponding, 40));
    // an answer that is older than what has come since
    absorb(&mut monitor, told(61, RoutingStatus::Interacting, 0));
    assert_eq!(seen(&monitor), routing(RoutingStatus::NotResponding, 40));
}

#[test]
fn a_conversation_that_a_watched_user_has_no_more_has_ended() {
    let mut monitor = Monitor::new(second(0));
    let text = r#"{"topicName":"v2.users.u1.conversations","eventBody":{"id":"c","participants":[
        {"id":"a","purpose":"agent","userId":"u1","connectedTime":"2026-09-21T13:00:00Z","calls":[{"state":"connected","connectedTime":"2026-09-21T13:00:00Z"}]}]}}"#;
    monitor.absorb_frame(Frame {
        received: second(1),
        channel: ChannelNumber(1),
        payload: Payload::Text(text.into()),
    });
    let state = |monitor: &Monitor| {
        monitor.conversations.get(&ConversationId::new("c")).unwrap().standing.state
    };
    let told = |user: &str| {
        Control::Snapshot(Snapshot {
            asked: second(9),
            complete_for_users: vec![UserId::new(user)],
            ..Snapshot::default()
        })
    };
    absorb(&mut monitor, told("another"));
    assert_eq!(state(&monitor), State::Interacting, "nobody was asked about this one");
    absorb(&mut monitor, told("u1"));
    assert_eq!(state(&monitor), State::Ended);
}
