//! The truth, for tests to compare with what a client shows: every figure of a supervisor's
//! board, computed from the script and never from bodies.
use super::World;
use super::analytics::share;
use super::figures::{SERVICE_TARGET, Span, Tally};
use super::model::{Conversation, Medium, Truth, iso};
use super::people::{Agent, NAMED_QUEUES, Routing};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many conversations of a queue are in which state; parts of it for one medium.
#[derive(Default)]
struct Counts {
    waiting: u64,
    alerting: u64,
    interacting: u64,
    hold: u64,
    parked: u64,
    acw: u64,
    scheduled: u64,
    oldest: Option<Timestamp>,
}

impl Counts {
    fn add(&mut self, truth: &Truth) {
        match truth.state {
            "waiting" => self.waiting += 1,
            "alerting" => self.alerting += 1,
            "interacting" => self.interacting += 1,
            "hold" => {
                self.interacting += 1;
                self.hold += 1;
            }
            "parked" => self.parked += 1,
            "acw" => self.acw += 1,
            "scheduled" => self.scheduled += 1,
            _ => {}
        }
        if let Some(at) = truth.unanswered {
            self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
        }
    }

    fn json(&self, now: Timestamp) -> Value {
        json!({
            "waiting": self.waiting,
            "longestWaiting": self.oldest.map(|at| now.as_millisecond() - at.as_millisecond()),
            "longestWaitingSince": self.oldest.map(iso),
            "alerting": self.alerting,
            "interacting": self.interacting,
            "hold": self.hold,
            "parked": self.parked,
            "acw": self.acw,
            "scheduled": self.scheduled,
        })
    }
}

impl World {
    /// What is so now.
    ///
    /// A conversation is in exactly one state. `waiting` are those for whom nobody is being
    /// rung, `alerting` those for whom somebody is; `interacting` includes `hold`;
    /// `longestWaiting` is the age of the oldest unanswered visit, being rung for or not, in
    /// milliseconds. `interval` is the half-hour that runs, `today` the day in UTC. `untold` are the
    /// media of which something has happened that no observation has told yet, and `people`. `changes` only
    /// grows: where it is the same twice, nothing happened between, not even there and back.
    #[must_use]
    pub fn truth(&self) -> Value {
        let standing: Vec<(&Conversation, Truth)> = self
            .conversations
            .values()
            .filter_map(|conversation| Some((conversation, conversation.truth()?)))
            .collect();
        let queues: Vec<Value> =
            (0..self.queues.len()).map(|queue| self.queue_truth(queue)).collect();
        let conversations: Vec<Value> = standing
            .iter()
            .map(|(conversation, truth)| self.conversation_truth(conversation, truth))
            .collect();
        let mut has = vec![0_u32; self.agents.len()];
        for (conversation, _) in &standing {
            for agent in conversation.held_by() {
                has[agent] += 1;
            }
        }
        let agents: Vec<Value> =
            self.agents.iter().zip(has).map(|(agent, has)| self.agent_truth(agent, has)).collect();
        json!({
            "now": iso(self.now),
            "changes": self.changes,
            "queues": queues,
            "conversations": conversations,
            "ended": self.ended_truth(),
            "agents": agents,
        })
    }

    fn queue_truth(&self, index: usize) -> Value {
        let queue = &self.queues[index];
        let mut all = Counts::default();
        let mut media: [Counts; 5] = Default::default();
        let visitors = queue.visitors.iter().filter_map(|key| self.conversations.get(key));
        for conversation in visitors {
            let truth = conversation.truth().filter(|truth| truth.queue == Some(index));
            if let Some(truth) = truth {
                all.add(&truth);
                media[conversation.medium as usize].add(&truth);
            }
        }
        let mut body = all.json(self.now);
        body["id"] = json!(queue.id);
        body["name"] = json!(queue.name);
        let mut by_medium = serde_json::Map::new();
        for medium in Medium::ALL {
            let book = &queue.books[medium as usize];
            let visited = queue
                .visitors
                .iter()
                .filter_map(|key| self.conversations.get(key))
                .any(|conversation| conversation.medium == medium);
            // a further queue has no traffic in most media: thousands of empty rows help nobody
            if index >= NAMED_QUEUES && !visited && book.day(self.now).is_empty() {
                continue;
            }
            let mut row = media[medium as usize].json(self.now);
            row["interval"] = tally_truth(&book.interval(self.now));
            row["today"] = tally_truth(&book.day(self.now));
            row["thresholdMs"] = json!(medium.threshold_ms());
            by_medium.insert(medium.analytics().to_owned(), row);
        }
        body["media"] = Value::Object(by_medium);
        let members = || queue.members.iter().map(|agent| &self.agents[*agent]);
        let of = |routing: Routing| members().filter(|a| a.routing == routing).count();
        body["members"] = json!(queue.members.len());
        body["onQueue"] = json!(queue.members.len() - of(Routing::OffQueue));
        body["idle"] = json!(of(Routing::Idle));
        body["notResponding"] = json!(of(Routing::NotResponding));
        body["interactingAgents"] = json!(of(Routing::Interacting));
        let untold = self.untold.of(index);
        let untold = untold.map(|group| group.map_or("people", Medium::analytics));
        body["untold"] = untold.collect();
        body
    }

    fn conversation_truth(&self, conversation: &Conversation, truth: &Truth) -> Value {
        json!({
            "id": conversation.id,
            "state": truth.state,
            "queueId": truth.queue.map(|queue| self.queues[queue].id.as_str()),
            "queueName": truth.queue.map(|queue| self.queues[queue].name.as_str()),
            "agentId": truth.agent.map(|agent| self.agents[agent].id.as_str()),
            "agentName": truth.agent.map(|agent| self.agents[agent].name.as_str()),
            "mediaType": conversation.medium.analytics(),
            "direction": conversation.people.first().map(|person| person.direction),
            "since": iso(truth.since),
            "began": iso(conversation.began),
            "visitedQueueIds": self.visited(conversation),
            "missedAlerts": missed_alerts(conversation),
            "transfers": conversation.transfers,
            "outcome": conversation.outcome,
        })
    }

    /// What is over and can still be read.
    fn ended_truth(&self) -> Vec<Value> {
        let ended = self.conversations.values().filter_map(|conversation| {
            conversation.ended?;
            // wrap-up may last longer; a conversation is over when nobody is in it
            let left = conversation.people.iter().filter_map(|person| person.ended).max();
            Some(json!({
                "id": conversation.id,
                "ended": left.map(iso),
                "visitedQueueIds": self.visited(conversation),
                "missedAlerts": missed_alerts(conversation),
                "transfers": conversation.transfers,
                "outcome": conversation.outcome,
            }))
        });
        ended.collect()
    }

    /// The queues that it was in: on their topics it is told.
    fn visited(&self, conversation: &Conversation) -> BTreeSet<&str> {
        let queues = conversation.people.iter().filter_map(|person| person.queue);
        queues.map(|queue| self.queues[queue].id.as_str()).collect()
    }

    fn agent_truth(&self, agent: &Agent, has: u32) -> Value {
        json!({
            "id": agent.id,
            "name": agent.name,
            "presence": agent.presence,
            "presenceSince": iso(agent.presence_since),
            "routingStatus": agent.routing.word(),
            "since": iso(agent.routing_since),
            "queueIds": agent.queues.iter().map(|q| self.queues[*q].id.as_str()).collect::<Vec<_>>(),
            "conversations": has,
            "missedAlerts": agent.missed,
        })
    }
}

/// Alerts that ended without an answer: declined, or rung for too long.
fn missed_alerts(conversation: &Conversation) -> usize {
    conversation.people.iter().filter(|person| person.missed()).count()
}

/// A span of time as a board shows it. What can't be known of nothing is null.
fn tally_truth(tally: &Tally) -> Value {
    let (within, of) = tally.service();
    json!({
        "offered": tally.offered,
        "answered": tally.answered.count,
        "abandoned": tally.abandoned.count,
        "flowOut": tally.flow_out.count,
        "overSla": tally.over_sla,
        "transferred": tally.transferred,
        "outbound": tally.outbound,
        "handled": tally.handle.count,
        "serviceLevel": (of > 0).then(|| share(within, of)),
        "serviceLevelTarget": SERVICE_TARGET,
        "averageSpeedOfAnswerMs": tally.answered.mean(),
        "averageHandleTimeMs": tally.handle.mean(),
        "averageTalkMs": tally.talk.mean(),
        "averageHeldMs": Span::mean(&tally.held),
        "averageAcwMs": tally.acw.mean(),
    })
}
