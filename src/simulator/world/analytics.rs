//! Figures: observations, activity, and the answer to an observations query.
use super::World;
use super::emit::Out;
use super::figures::{
    Group, Happened, INTERVAL_SECONDS, SERVICE_TARGET, Span, Tally, interval_start,
};
use super::model::{Medium, iso};
use super::people::Routing;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Most people who are listed for one metric of an observations query.
const MAX_DETAILS: usize = 100;
/// Most parts of an interval that are answered: a month of half-hours.
const MAX_SPANS: i64 = 1_500;

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
    /// Tells the figures that changed: at most one frame a second a topic.
    pub(super) fn tell_figures(&mut self, out: &mut Out<'_>) {
        for (queue, group) in self.untold.take_groups() {
            let id = &self.queues[queue].id;
            out.emit(format!("v2.analytics.queues.{id}.observations"), id, || {
                self.observations(queue, group)
            });
        }
        for queue in self.untold.take_activities() {
            let id = &self.queues[queue].id;
            out.emit(format!("v2.analytics.queues.{id}.activity"), id, || {
                let results: Vec<Value> =
                    Medium::ALL.iter().map(|medium| self.activity(queue, *medium)).collect();
                json!({"results": results})
            });
        }
    }

    /// Counts something for a queue and medium.
    pub(super) fn count(&mut self, queue: usize, medium: Medium, what: Happened) {
        self.queues[queue].books[medium as usize].add(self.now, what);
        self.untold.note(queue, Some(medium));
    }

    fn figures(&self, queue: usize, medium: Medium) -> Figures {
        let mut figures = Figures::default();
        let visitors = self.queues[queue].visitors.iter();
        let own = visitors.filter_map(|key| self.conversations.get(key));
        for conversation in own.filter(|conversation| conversation.medium == medium) {
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

    /// The o… metrics of a medium; times are the longest, in milliseconds.
    fn medium_metrics(&self, queue: usize, medium: Medium) -> Vec<Value> {
        let figures = self.figures(queue, medium);
        let age = |since: Option<Timestamp>| {
            since.map_or(0, |since| self.now.as_millisecond() - since.as_millisecond())
        };
        vec![
            json!({"metric": "oWaiting", "stats": {"count": figures.waiting}}),
            json!({"metric": "oAlerting", "stats": {"count": figures.alerting}}),
            json!({"metric": "oInteracting", "stats": {"count": figures.interacting}}),
            json!({"metric": "oLongestWaiting", "stats": {"max": age(figures.longest_waiting), "count": figures.waiting}}),
            json!({"metric": "oLongestInteracting", "stats": {"max": age(figures.longest_interacting), "count": figures.interacting}}),
        ]
    }

    /// The o… metrics of a queue's people. They belong to no medium.
    fn people_metrics(&self, queue: usize) -> Vec<Value> {
        let members = || self.queues[queue].members.iter().map(|agent| &self.agents[*agent]);
        let on = members().filter(|agent| agent.routing != Routing::OffQueue).count();
        let total = members().count();
        let mut metrics = vec![
            json!({"metric": "oMemberUsers", "stats": {"count": total}}),
            json!({"metric": "oActiveUsers", "stats": {"count": on}}),
            json!({"metric": "oOnQueueUsers", "stats": {"count": on}}),
            json!({"metric": "oOffQueueUsers", "stats": {"count": total - on}}),
        ];
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

    /// Adds who is counted to a metric of routing statuses, at most [`MAX_DETAILS`] of them.
    fn add_people(&self, queue: usize, metric: &mut Value) {
        let members = self.queues[queue].members.iter().map(|agent| &self.agents[*agent]);
        let counted: Vec<Value> = members
            .filter(|agent| metric["qualifier"] == agent.routing.word())
            .map(|agent| json!({"userId": agent.id, "observationDate": iso(agent.routing_since)}))
            .collect();
        if metric["metric"] == "oUserRoutingStatuses" {
            metric["truncated"] = json!(counted.len() > MAX_DETAILS);
            metric["observations"] = counted.into_iter().take(MAX_DETAILS).collect();
        }
    }

    fn observations(&self, queue: usize, group: Group) -> Value {
        let begin = interval_start(self.now, INTERVAL_SECONDS);
        let time = |second: i64| Timestamp::from_second(second).unwrap_or(self.now);
        let row = &self.queues[queue];
        let (key, metrics) = match group {
            Some(medium) => {
                let mut metrics = self.medium_metrics(queue, medium);
                metrics.extend(tally_metrics(&row.books[medium as usize].interval(self.now)));
                (json!({"queueId": row.id, "mediaType": medium.analytics()}), metrics)
            }
            None => (json!({"queueId": row.id}), self.people_metrics(queue)),
        };
        json!({
            "group": key,
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
        let wanted = wanted(&body["filter"]);
        let mut results = Vec::new();
        let asked = asked_metrics(body);
        let details: Vec<Value> = body["detailMetrics"].as_array().cloned().unwrap_or_default();
        let detailed = |metric: &Value| details.contains(&metric["metric"]);
        for (index, queue) in
            self.queues.iter().enumerate().filter(|(_, q)| wanted("queueId", &q.id))
        {
            for medium in Medium::ALL.into_iter().filter(|m| wanted("mediaType", m.analytics())) {
                let mut data = self.medium_metrics(index, medium);
                data.retain(&asked);
                results.push(json!({
                    "group": {"queueId": queue.id, "mediaType": medium.analytics()},
                    "data": data,
                }));
            }
            // people are of no medium: a filter by medium leaves them out
            let mut data = self.people_metrics(index);
            data.retain(&asked);
            for metric in data.iter_mut().filter(|metric| detailed(metric)) {
                self.add_people(index, metric);
            }
            if !data.is_empty() && !predicates.iter().any(|(name, _)| name == "mediaType") {
                results.push(json!({"group": {"queueId": queue.id}, "data": data}));
            }
        }
        json!({"results": results})
    }
}

impl World {
    /// The answer to `POST /api/v2/analytics/conversations/aggregates/query`.
    ///
    /// This centre keeps half-hours, of two days: each counts for the interval that it begins in.
    /// Groups are by queue, and by medium where that is asked for; a granularity splits the interval.
    ///
    /// # Errors
    /// What is wrong with the query, in the words of a person.
    pub fn aggregates_query(&self, body: &Value) -> Result<Value, &'static str> {
        let spans = spans(body)?;
        let by = |dimension: &str| {
            body["groupBy"].as_array().is_some_and(|by| by.iter().any(|group| group == dimension))
        };
        if !by("queueId") {
            return Err("this centre groups by queueId");
        }
        let by_medium = by("mediaType");
        let wanted = wanted(&body["filter"]);
        let asked = asked_metrics(body);
        let mut results = Vec::new();
        let mut push = |group: Value, tally: &dyn Fn(i64, i64) -> Tally| {
            let data: Vec<Value> = spans
                .iter()
                .filter_map(|(begin, end, text)| {
                    let mut metrics = tally_metrics(&tally(*begin, *end));
                    metrics.retain(|metric| asked(metric));
                    let happened = !metrics.is_empty();
                    happened.then(|| json!({"interval": text, "metrics": metrics}))
                })
                .collect();
            // a group in which nothing happened is absent, as in life
            if !data.is_empty() {
                results.push(json!({"group": group, "data": data}));
            }
        };
        for queue in self.queues.iter().filter(|queue| wanted("queueId", &queue.id)) {
            let media = || Medium::ALL.into_iter().filter(|m| wanted("mediaType", m.analytics()));
            let book = |medium: Medium| &queue.books[medium as usize];
            if by_medium {
                for medium in media() {
                    let group = json!({"queueId": queue.id, "mediaType": medium.analytics()});
                    push(group, &|begin, end| book(medium).between(begin, end));
                }
            } else {
                push(json!({"queueId": queue.id}), &|begin, end| {
                    let mut all = Tally::default();
                    media().for_each(|medium| all.merge(&book(medium).between(begin, end)));
                    all
                });
            }
        }
        Ok(json!({"results": results}))
    }
}

/// The parts into which a query's granularity splits its interval: first second, second after the
/// last, and how the answer names it.
fn spans(body: &Value) -> Result<Vec<(i64, i64, String)>, &'static str> {
    let interval = body["interval"].as_str().unwrap_or_default();
    let time = |text: &str| text.parse::<Timestamp>().map(Timestamp::as_second).ok();
    let ends = interval.split_once('/').map(|(begin, end)| (time(begin), time(end)));
    let Some((Some(begin), Some(end))) = ends else {
        return Err("interval is no ISO-8601 interval");
    };
    let length = match body["granularity"].as_str() {
        None => return Ok(vec![(begin, end, interval.to_owned())]),
        Some("PT30M") => INTERVAL_SECONDS,
        Some("PT1H") => 2 * INTERVAL_SECONDS,
        Some("P1D") => 48 * INTERVAL_SECONDS,
        Some(_) => return Err("granularity is one of PT30M, PT1H, P1D here"),
    };
    if end <= begin || (end - begin) / length > MAX_SPANS {
        return Err("the interval has no parts, or too many");
    }
    let step = usize::try_from(length).unwrap_or(usize::MAX);
    let starts = (begin..end).step_by(step);
    let text = |second: i64| Timestamp::from_second(second).map(|at| format!("{at:.3}"));
    let part = |start: i64| {
        let until = (start + length).min(end);
        Some((start, until, format!("{}/{}", text(start).ok()?, text(until).ok()?)))
    };
    Ok(starts.filter_map(part).collect())
}

/// Whether a filter lets a value of a dimension pass: a dimension that it doesn't name does.
fn wanted(filter: &Value) -> impl Fn(&str, &str) -> bool {
    let predicates = super::rest::predicates(filter);
    move |dimension, value| {
        let mut asked = predicates.iter().filter(|(name, _)| name == dimension).peekable();
        asked.peek().is_none() || asked.any(|(_, asked)| asked.eq_ignore_ascii_case(value))
    }
}

/// Whether a metric is among those that a query names; without names it is.
fn asked_metrics(body: &Value) -> impl Fn(&Value) -> bool {
    let names: Vec<Value> = body["metrics"].as_array().cloned().unwrap_or_default();
    move |metric| names.is_empty() || names.contains(&metric["metric"])
}

/// The t… and n… metrics of a span of time; what never happened is absent, as in life.
pub(super) fn tally_metrics(tally: &Tally) -> Vec<Value> {
    let mut metrics = Vec::new();
    let spans: [(&str, &Span); 10] = [
        ("tAnswered", &tally.answered),
        ("tAbandon", &tally.abandoned),
        ("tFlowOut", &tally.flow_out),
        ("tWait", &tally.wait),
        ("tAlert", &tally.alert),
        ("tNotResponding", &tally.not_responding),
        ("tTalk", &tally.talk),
        ("tHeld", &tally.held),
        ("tAcw", &tally.acw),
        ("tHandle", &tally.handle),
    ];
    for (metric, span) in spans.into_iter().filter(|(_, span)| span.count > 0) {
        metrics.push(json!({"metric": metric, "stats": {
            "count": span.count, "sum": span.sum_ms, "min": span.min_ms, "max": span.max_ms,
        }}));
    }
    for (metric, count) in [
        ("nOffered", tally.offered),
        ("nOverSla", tally.over_sla),
        ("nTransferred", tally.transferred),
        ("nOutbound", tally.outbound),
    ] {
        if count > 0 {
            metrics.push(json!({"metric": metric, "stats": {"count": count}}));
        }
    }
    let (within, of) = tally.service();
    if of > 0 {
        metrics.push(json!({"metric": "oServiceLevel", "stats": {
            "ratio": share(within, of),
            "numerator": within,
            "denominator": of,
            "target": SERVICE_TARGET,
        }}));
    }
    metrics
}

/// `part` of `whole`.
#[expect(clippy::cast_precision_loss, reason = "a day has far fewer conversations than 2^52")]
pub(super) fn share(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}
