//! The rules of the state model, each with the shape of the frames that taught it.
use super::*;
use crate::domain::monitor::agents::Agents;
use crate::domain::monitor::conversations::{Conversations, Counts};
use crate::domain::monitor::queues::Queues;
use proptest::prelude::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_764_000_000 + second).unwrap()
}

fn leg(state: LegState) -> Leg {
    Leg::new(Media::Call, state)
}

fn participant(id: &str, purpose: Purpose, legs: Vec<Leg>) -> Participant {
    let mut participant = Participant::new(ParticipantId::new(id), purpose);
    participant.queue = Some(QueueId::new("billing"));
    participant.connected = legs.iter().filter_map(|leg| leg.connected).min();
    participant.legs = legs;
    participant
}

fn connected(second: i64) -> Leg {
    Leg { connected: Some(at(second)), ..leg(LegState::Connected) }
}

fn over(mut participant: Participant, second: i64, kind: &str) -> Participant {
    participant.ended = Some(at(second));
    for leg in &mut participant.legs {
        leg.disconnected = Some(at(second));
        leg.disconnect_type = Some(kind.to_owned());
        leg.state = LegState::Over;
    }
    participant
}

fn agent(id: &str, user: &str, legs: Vec<Leg>) -> Participant {
    Participant { user: Some(UserId::new(user)), ..participant(id, Purpose::Agent, legs) }
}

fn conversation(participants: Vec<Participant>) -> Conversation {
    Conversation { participants, ..Conversation::new(ConversationId::new("c")) }
}

fn customer() -> Participant {
    participant("customer", Purpose::Customer, vec![connected(0)])
}

fn waiting_since(second: i64) -> Participant {
    participant("acd", Purpose::Acd, vec![connected(second)])
}

/// The life of a call that is declined once, answered, held, ended and wrapped up: each step is
/// one snapshot.
fn life() -> Vec<(Conversation, State)> {
    let flow = participant("ivr", Purpose::Flow, vec![connected(0)]);
    let flow_over = over(flow.clone(), 10, "transfer");
    let acd = waiting_since(10);
    let declined = over(agent("a1", "eva", vec![leg(LegState::Alerting)]), 17, "client");
    let ringing = agent("a2", "jan", vec![leg(LegState::Alerting)]);
    let talking = agent("a2", "jan", vec![connected(30)]);
    let acd_over = over(acd.clone(), 31, "transfer");
    let held = {
        let mut held = talking.clone();
        held.legs[0].held = true;
        held.legs[0].held_since = Some(at(40));
        held
    };
    let mut wrapping = over(talking.clone(), 60, "client");
    wrapping.wrapup.started = Some(at(60));
    wrapping.legs[0].after_call_work = Some("pending".to_owned());
    let mut done = wrapping.clone();
    done.wrapup.ended = Some(at(70));
    done.wrapup.done = true;
    done.legs[0].after_call_work = Some("complete".to_owned());
    let gone = over(customer(), 60, "peer");
    let steps = vec![
        (vec![customer(), flow], State::Flow),
        (vec![customer(), flow_over.clone(), acd.clone()], State::Waiting),
        (
            vec![
                customer(),
                flow_over.clone(),
                acd.clone(),
                agent("a1", "eva", vec![leg(LegState::Alerting)]),
            ],
            State::Alerting,
        ),
        (vec![customer(), flow_over.clone(), acd.clone(), declined.clone()], State::Waiting),
        (
            vec![customer(), flow_over.clone(), acd.clone(), declined.clone(), ringing],
            State::Alerting,
        ),
        (
            vec![customer(), flow_over.clone(), acd, declined.clone(), talking.clone()],
            State::Interacting,
        ),
        (
            vec![customer(), flow_over.clone(), acd_over.clone(), declined.clone(), talking],
            State::Interacting,
        ),
        (
            vec![customer(), flow_over.clone(), acd_over.clone(), declined.clone(), held],
            State::Hold,
        ),
        (
            vec![gone.clone(), flow_over.clone(), acd_over.clone(), declined.clone(), wrapping],
            State::Wrapup,
        ),
        (vec![gone, flow_over, acd_over, declined, done], State::Ended),
    ];
    steps.into_iter().map(|(people, state)| (conversation(people), state)).collect()
}

#[test]
fn a_life_reads_as_it_is_lived() {
    for (index, (snapshot, state)) in life().iter().enumerate() {
        let standing = snapshot.standing();
        assert_eq!(standing.state, *state, "step {index}");
        assert!(index == 0 || standing.queue == Some(QueueId::new("billing")));
        if matches!(state, State::Waiting | State::Alerting) {
            assert_eq!(
                standing.waiting_since,
                Some(at(10)),
                "a declined alert doesn't reset the wait"
            );
        }
    }
    let (last, _) = life().pop().unwrap();
    assert_eq!(last.outcome(), Outcome::Answered);
    assert_eq!(last.missed_alerts(), 1);
    // the same where the customer hung up or was led elsewhere while it rang: nobody missed it
    let ended_by = |word: &str| {
        let mut left = last.clone();
        for leg in left.participants.iter_mut().flat_map(|participant| &mut participant.legs) {
            leg.disconnect_type = Some(word.to_owned());
        }
        left.missed_alerts()
    };
    assert_eq!(["peer", "transfer", "TRANSFER"].map(ended_by), [0, 0, 0]);
    assert_eq!(["transfer.noanswer", "system", "new.word"].map(ended_by), [1, 1, 1]);
}

#[test]
fn times_count_more_than_state() {
    let mut stale = agent("a", "eva", vec![connected(5)]);
    stale.legs[0].disconnected = Some(at(20));
    stale.legs[0].after_call_work = Some("pending".to_owned());
    stale.wrapup.started = Some(at(20));
    let snapshot = conversation(vec![over(customer(), 20, "peer"), stale]);
    assert_eq!(snapshot.standing().state, State::Wrapup);
}

#[test]
fn an_abandoned_call_is_told_from_a_transferred_one() {
    let abandoned =
        conversation(vec![over(customer(), 40, "peer"), over(waiting_since(10), 40, "peer")]);
    assert_eq!(abandoned.standing().outcome, Some(Outcome::Abandoned));
    let flowed_out =
        conversation(vec![over(customer(), 40, "peer"), over(waiting_since(10), 40, "transfer")]);
    assert_eq!(flowed_out.standing().outcome, Some(Outcome::Unknown));
}

#[test]
fn how_it_ended_is_told_by_the_last_visit_and_the_last_agent() {
    let gone = || over(customer(), 90, "peer");
    let had_it = |kind| over(agent("a", "eva", vec![connected(20)]), 50, kind);
    let second = |left, kind| {
        let mut visit = over(waiting_since(49), left, kind);
        visit.id = ParticipantId::new("acd2");
        visit
    };
    let outcome = |people| conversation(people).standing().outcome;
    let first = || over(waiting_since(10), 20, "transfer");
    // transferred to another queue, and given up there
    assert_eq!(
        outcome(vec![gone(), first(), had_it("transfer"), second(90, "peer")]),
        Some(Outcome::Abandoned)
    );
    // an agent who asks another queue and leaves it again still has the customer
    assert_eq!(
        outcome(vec![gone(), first(), second(49, "client"), had_it("client")]),
        Some(Outcome::Answered)
    );
    assert_eq!(outcome(vec![gone(), first(), had_it("transfer")]), Some(Outcome::Transferred));
    let consulted = over(agent("b", "jan", vec![connected(40)]), 90, "client");
    assert_eq!(
        outcome(vec![gone(), first(), had_it("transfer.consult"), consulted]),
        Some(Outcome::Answered)
    );
}

#[test]
fn a_blind_transfer_waits_in_the_second_queue() {
    let mut second = waiting_since(50);
    second.id = ParticipantId::new("acd2");
    second.queue = Some(QueueId::new("sales"));
    let first_agent = over(agent("a", "eva", vec![connected(20)]), 50, "transfer");
    let snapshot =
        conversation(vec![customer(), over(waiting_since(5), 20, "transfer"), first_agent, second]);
    let standing = snapshot.standing();
    assert_eq!((standing.state, standing.queue), (State::Waiting, Some(QueueId::new("sales"))));
    assert_eq!(standing.waiting_since, Some(at(50)));
}

#[test]
fn a_wrap_up_belongs_to_the_queue_of_the_agent_who_does_it() {
    // jan handed it on and still writes; eva, in the second queue, is already done
    let mut jan = over(agent("a1", "jan", vec![connected(20)]), 40, "transfer");
    jan.wrapup.started = Some(at(40));
    let mut eva = over(agent("a2", "eva", vec![connected(50)]), 60, "client");
    eva.queue = Some(QueueId::new("sales"));
    eva.wrapup.ended = Some(at(65));
    let standing = conversation(vec![over(customer(), 60, "peer"), jan, eva]).standing();
    let agent = standing.agent.as_ref().map(UserId::as_str);
    assert_eq!((standing.state, agent), (State::Wrapup, Some("jan")));
    assert_eq!(standing.queue, Some(QueueId::new("billing")));
}

#[test]
fn what_lives_otherwise_does_so_since_the_newest_of_it_joined() {
    let left = over(waiting_since(10), 90, "transfer");
    let mailbox = participant("mailbox", Purpose::Voicemail, vec![connected(90)]);
    let standing = conversation(vec![customer(), left, mailbox]).standing();
    assert_eq!((standing.state, standing.since), (State::Other, Some(at(90))));
}

#[test]
fn a_customer_at_a_mailbox_has_not_gone_though_an_agent_before_still_writes() {
    let mut jan = over(agent("a1", "jan", vec![connected(20)]), 40, "transfer");
    jan.wrapup.started = Some(at(40));
    let left = over(waiting_since(40), 90, "transfer");
    let mailbox = participant("mailbox", Purpose::Voicemail, vec![connected(90)]);
    let standing = conversation(vec![customer(), jan, left, mailbox]).standing();
    assert_eq!((standing.state, standing.since), (State::Other, Some(at(90))));
}

#[test]
fn who_listens_in_does_not_have_the_conversation() {
    let mut supervisor = agent("s", "boss", vec![connected(40)]);
    supervisor.observes = true;
    let snapshot =
        conversation(vec![customer(), agent("a", "eva", vec![connected(20)]), supervisor]);
    assert_eq!(snapshot.standing().agent, Some(UserId::new("eva")));
}

#[test]
fn parked_scheduled_and_dialled_are_states_of_their_own() {
    let mut parked = leg(LegState::Parked);
    parked.connected = Some(at(3));
    parked.parked_since = Some(at(9));
    let standing = conversation(vec![customer(), agent("a", "eva", vec![parked])]).standing();
    assert_eq!((standing.state, standing.since), (State::Parked, Some(at(9))));
    let mut scheduled = leg(LegState::Scheduled);
    scheduled.scheduled = Some(at(600));
    let callback = participant("c", Purpose::Customer, vec![scheduled]);
    assert_eq!(conversation(vec![callback]).standing().state, State::Scheduled);
    let dialing = participant("c", Purpose::Customer, vec![leg(LegState::Dialing)]);
    assert_eq!(conversation(vec![dialing]).standing().state, State::Dialing);
}

fn final_state(order: &[Conversation]) -> (Option<State>, u32) {
    let mut conversations = Conversations::default();
    let (mut queues, mut agents) = (Queues::default(), Agents::default());
    for (index, snapshot) in order.iter().enumerate() {
        let received = at(100) + jiff::SignedDuration::from_millis(i64::try_from(index).unwrap());
        let mut counts = Counts { queues: &mut queues, agents: &mut agents };
        conversations.replace(snapshot.clone(), received, &mut counts);
    }
    let counted =
        queues.iter().map(|row| State::ALL.map(|s| row.count(s)).iter().sum::<u32>()).sum();
    (conversations.get(&ConversationId::new("c")).map(|row| row.standing.state), counted)
}

proptest! {
    /// However the snapshots of one conversation are shuffled, it ends where the newest says, and
    /// no queue counts it twice.
    #[test]
    fn any_order_ends_in_the_state_of_the_newest(
        order in Just((0..life().len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let steps = life();
        let shuffled: Vec<Conversation> = order.iter().map(|index| steps[*index].0.clone()).collect();
        let (state, counted) = final_state(&shuffled);
        prop_assert_eq!(state, Some(State::Ended));
        prop_assert_eq!(counted, 0);
    }

    /// The same life on several topics, each in its own order but interleaved at will, ends where
    /// the newest snapshot says, wherever the life is cut.
    #[test]
    fn interleaved_topics_end_in_the_state_of_the_newest(
        cut in 1_usize..=10,
        turns in prop::collection::vec(0_usize..3, 30),
    ) {
        let steps: Vec<(Conversation, State)> = life().into_iter().take(cut).collect();
        let mut topics = [0_usize; 3];
        let mut order = Vec::new();
        for turn in turns.into_iter().chain((0..30).map(|turn| turn % 3)) {
            if topics[turn] < steps.len() {
                order.push(steps[topics[turn]].0.clone());
                topics[turn] += 1;
            }
        }
        let (state, counted) = final_state(&order);
        let newest = steps.last().unwrap().1;
        prop_assert_eq!(state, Some(newest));
        prop_assert_eq!(counted, u32::from(newest != State::Ended && cut > 0));
    }
}
