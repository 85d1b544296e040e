//! Figures: observations, activity, and the answer to an observations query.
use super::World;
use super::emit::Out;
use super::model::Medium;
use super::people::Routing;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Length of the interval that aggregates are told for, in seconds.
const INTERVAL_SECONDS: i64 = 1_800;

/// Figures of one queue and medium.
#[derive(Default)]
struct Figures {
    waiting: usize,
    alerting: usize,
    interacting: usize,
    longest_waiting: Option<Timestamp>,
    longest_interacting: Option<Timestamp>,
}

impl World {
    /// Tells the figures that changed: at most once a second a topic.
    pub(super) fn tell_figures(&mut self, out: &mut Out<'_>) {
        for (queue, medium) in std::mem::take(&mut self.dirty) {
            let id = &self.queues[queue].id;
            out.emit(format!("v2.analytics.queues.{id}.observations"), id, || {
                self.observations(queue, medium)
            });
            out.emit(format!("v2.analytics.queues.{id}.activity"), id, || {
                let results: Vec<Value> =
                    Medium::ALL.iter().map(|medium| self.activity(queue, *medium)).collect();
                json!({"results": results})
            });
        }
    }

    fn figures(&self, queue: usize, medium: Medium) -> Figures {
        let mut figures = Figures::default();
        for conversation in self.conversations.values().filter(|c| c.medium == medium) {
            let Some(truth) = conversation.truth().filter(|truth| truth.queue == Some(queue))
            else {
                continue;
            };
            match truth.state {
                "waiting" => figures.waiting += 1,
                "alerting" => figures.alerting += 1,
                "interacting" | "hold" => {
                    figures.interacting += 1;
                    let since = figures.longest_interacting.get_or_insert(truth.since);
                    *since = truth.since.min(*since);
                }
                _ => {}
            }
            if let Some(unanswered) = truth.unanswered {
                let since = figures.longest_waiting.get_or_insert(unanswered);
                *since = unanswered.min(*since);
            }
        }
        figures
    }

    /// The o… metrics as pairs of name and `stats`; times are the longest, in milliseconds.
    fn metrics(&self, queue: usize, medium: Medium) -> Vec<Value> {
        let figures = self.figures(queue, medium);
        let age = |since: Option<Timestamp>| {
            since.map_or(0, |since| self.now.as_millisecond() - since.as_millisecond())
        };
        let mut metrics = vec![
            json!({"metric": "oWaiting", "stats": {"count": figures.waiting}}),
            json!({"metric": "oAlerting", "stats": {"count": figures.alerting}}),
            json!({"metric": "oInteracting", "stats": {"count": figures.interacting}}),
            json!({"metric": "oLongestWaiting", "stats": {"max": age(figures.longest_waiting), "count": figures.waiting}}),
            json!({"metric": "oLongestInteracting", "stats": {"max": age(figures.longest_interacting), "count": figures.interacting}}),
        ];
        let members = || self.agents.iter().filter(|agent| agent.queues.contains(&queue));
        let on = members().filter(|agent| agent.routing != Routing::OffQueue).count();
        let total = members().count();
        metrics.push(json!({"metric": "oMemberUsers", "stats": {"count": total}}));
        metrics.push(json!({"metric": "oActiveUsers", "stats": {"count": on}}));
        metrics.push(json!({"metric": "oOnQueueUsers", "stats": {"count": on}}));
        metrics.push(json!({"metric": "oOffQueueUsers", "stats": {"count": total - on}}));
        for routing in
            [Routing::OffQueue, Routing::Idle, Routing::Interacting, Routing::NotResponding]
        {
            let count = members().filter(|agent| agent.routing == routing).count();
            metrics.push(json!({"metric": "oUserRoutingStatuses", "qualifier": routing.word(), "stats": {"count": count}}));
        }
        for presence in ["ON_QUEUE", "AVAILABLE", "BREAK", "MEAL", "MEETING"] {
            let count = members().filter(|agent| agent.presence == presence).count();
            metrics.push(json!({"metric": "oUserPresences", "qualifier": super::rest::presence_id(presence), "stats": {"count": count}}));
        }
        metrics
    }

    fn observations(&self, queue: usize, medium: Medium) -> Value {
        let second = self.now.as_second();
        let begin = second - second.rem_euclid(INTERVAL_SECONDS);
        let time = |second: i64| Timestamp::from_second(second).unwrap_or(self.now);
        let mut metrics = self.metrics(queue, medium);
        if medium == Medium::Call {
            let row = &self.queues[queue];
            metrics.push(json!({"metric": "nOffered", "stats": {"count": row.offered}}));
            metrics.push(json!({"metric": "tAnswered", "stats": {"count": row.answered, "sum": row.wait_ms}}));
            metrics.push(
                json!({"metric": "tWait", "stats": {"count": row.answered, "sum": row.wait_ms}}),
            );
            metrics
                .push(json!({"metric": "tAbandon", "stats": {"count": row.abandoned, "sum": 0}}));
        }
        json!({
            "group": {"queueId": self.queues[queue].id, "mediaType": medium.analytics()},
            "data": [{
                "interval": format!("{:.3}/{:.3}", time(begin), time(begin + INTERVAL_SECONDS)),
                "metrics": metrics,
            }],
        })
    }

    fn activity(&self, queue: usize, medium: Medium) -> Value {
        let figures = self.figures(queue, medium);
        let age = |since: Option<Timestamp>| {
            since.map_or(0, |since| self.now.as_millisecond() - since.as_millisecond())
        };
        json!({
            "mediaType": medium.analytics(),
            "data": [
                {"metric": "oWaiting", "count": figures.waiting},
                {"metric": "oAlerting", "count": figures.alerting},
                {"metric": "oInteracting", "count": figures.interacting},
                {"metric": "oLongestWaiting", "count": figures.waiting, "calculatedMetricValue": age(figures.longest_waiting)},
            ],
        })
    }

    /// The answer to `POST /api/v2/analytics/queues/observations/query`.
    #[must_use]
    pub fn observations_query(&self, body: &Value) -> Value {
        let predicates = super::rest::predicates(&body["filter"]);
        let wanted = |dimension: &str, value: &str| {
            let mut asked = predicates.iter().filter(|(name, _)| name == dimension).peekable();
            asked.peek().is_none() || asked.any(|(_, asked)| asked.eq_ignore_ascii_case(value))
        };
        let metrics: Vec<&str> =
            body["metrics"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let mut results = Vec::new();
        for (index, queue) in
            self.queues.iter().enumerate().filter(|(_, q)| wanted("queueId", &q.id))
        {
            for medium in Medium::ALL.into_iter().filter(|m| wanted("mediaType", m.analytics())) {
                let data: Vec<Value> = self
                    .metrics(index, medium)
                    .into_iter()
                    .filter(|metric| {
                        metrics.is_empty() || metrics.iter().any(|name| metric["metric"] == *name)
                    })
                    .collect();
                results.push(json!({
                    "group": {"queueId": queue.id, "mediaType": medium.analytics()},
                    "data": data,
                }));
            }
        }
        json!({"results": results})
    }
}
