//! Bodies of figures: queue observations and queue activity, and the REST answer to an
//! observations query, which has the same inside.
//!
//! One frame covers one group, usually a queue and a medium; figures of other groups stay.
use super::Body;
use super::wire::read;
use crate::domain::control::QueueFigure;
use crate::domain::identity::QueueId;
use crate::domain::topic::Media;
use serde::Deserialize;
use std::collections::HashMap;

/// Most figures taken from one answer: 5,000 queues with 5 media and 20 metrics each.
const MAX_FIGURES: usize = 500_000;

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireNotification {
    group: HashMap<String, String>,
    data: Vec<WireInterval>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireInterval {
    metrics: Vec<WireMetric>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireMetric {
    metric: Option<String>,
    qualifier: Option<String>,
    stats: HashMap<String, Option<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireActivity {
    results: Vec<WireActivityResult>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireActivityResult {
    media_type: Option<String>,
    data: Vec<WireActivityMetric>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireActivityMetric {
    metric: Option<String>,
    count: Option<f64>,
    calculated_metric_value: Option<f64>,
}

#[derive(Deserialize)]
struct WireQueryAnswer {
    #[serde(default)]
    results: Option<Vec<WireQueryResult>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireQueryResult {
    group: HashMap<String, String>,
    data: Option<Vec<WireMetric>>,
}

/// `v2.analytics.queues.{id}.observations`.
pub(super) fn observations(queue: &QueueId, body: &str) -> Result<Body, String> {
    let wire: WireNotification = read(body)?;
    let media = media_of(&wire.group);
    let queue = queue_of(&wire.group).unwrap_or_else(|| queue.clone());
    let figures = wire
        .data
        .into_iter()
        .flat_map(|interval| interval.metrics)
        .flat_map(|metric| metric.into_figures(&queue, media))
        .collect();
    Ok(Body::Figures(figures))
}

/// `v2.analytics.queues.{id}.activity`.
pub(super) fn activity(queue: &QueueId, body: &str) -> Result<Body, String> {
    let wire: WireActivity = read(body)?;
    let figures = wire
        .results
        .into_iter()
        .flat_map(|result| {
            let media = result.media_type.as_deref().and_then(Media::of_analytics);
            result.data.into_iter().map(move |datum| (media, datum))
        })
        .filter_map(|(media, datum)| {
            let value = datum.calculated_metric_value.or(datum.count)?;
            Some(QueueFigure {
                queue: queue.clone(),
                media,
                metric: datum.metric?,
                qualifier: None,
                value,
            })
        })
        .collect();
    Ok(Body::Figures(figures))
}

/// The answer to `POST /api/v2/analytics/queues/observations/query`.
pub(in crate::domain) fn query_answer(text: &str) -> Result<Vec<QueueFigure>, String> {
    let wire: WireQueryAnswer = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(wire
        .results
        .unwrap_or_default()
        .into_iter()
        .flat_map(|result| {
            let queue = queue_of(&result.group);
            let media = media_of(&result.group);
            result.data.unwrap_or_default().into_iter().flat_map(move |metric| match &queue {
                Some(queue) => metric.into_figures(queue, media),
                None => Vec::new(),
            })
        })
        .take(MAX_FIGURES)
        .collect())
}

fn queue_of(group: &HashMap<String, String>) -> Option<QueueId> {
    group.get("queueId").filter(|id| !id.is_empty()).map(|id| QueueId::new(id))
}

fn media_of(group: &HashMap<String, String>) -> Option<Media> {
    group.get("mediaType").and_then(|word| Media::of_analytics(word))
}

impl WireMetric {
    /// Observations count in `count`; times have their sum there as well, but what counts for
    /// o… times is the longest (`max`), and for t… times the sum over the interval. How many such
    /// times there were, and the target of a service level, are figures of their own, under the
    /// metric's name with the statistic's: `tAnswered.count`, `oServiceLevel.target`.
    fn into_figures(self, queue: &QueueId, media: Option<Media>) -> Vec<QueueFigure> {
        let Some(metric) = self.metric else { return Vec::new() };
        let stat = |name: &str| self.stats.get(name).copied().flatten();
        let (value, beside) = if metric.starts_with("oLongest") {
            let longest = stat("max").or(stat("current")).or(stat("calculatedMetricValue"));
            (longest.or(stat("count")), None)
        } else if metric == "oServiceLevel" {
            (stat("ratio"), stat("target").map(|target| ("target", target)))
        } else if metric.starts_with('t') {
            (stat("sum").or(stat("count")), stat("count").map(|count| ("count", count)))
        } else {
            (stat("count").or(stat("current")).or(stat("sum")), None)
        };
        let qualifier = self.qualifier.filter(|qualifier| !qualifier.is_empty());
        let figure = |metric: String, value: f64| QueueFigure {
            queue: queue.clone(),
            media,
            metric,
            qualifier: qualifier.clone(),
            value,
        };
        let beside = beside.map(|(name, value)| figure(format!("{metric}.{name}"), value));
        value.map(|value| figure(metric, value)).into_iter().chain(beside).collect()
    }
}
