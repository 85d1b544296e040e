//! Bodies of figures: queue observations and queue activity, and the REST answers to queries of
//! observations and of aggregates, which have the same inside.
//!
//! One frame covers one group, usually a queue and a medium; figures of other groups stay.
use super::Body;
use super::wire::read;
use crate::domain::control::{QueueFigure, QueueStaff, StaffMember};
use crate::domain::identity::{QueueId, UserId};
use crate::domain::interval::Interval;
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
    interval: Option<String>,
    metrics: Vec<WireMetric>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WireMetric {
    truncated: bool,
    observations: Vec<WireObservation>,
    metric: Option<String>,
    qualifier: Option<String>,
    stats: HashMap<String, Option<f64>>,
}

/// One of those who are counted, where the details were asked for.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct WireObservation {
    user_id: Option<String>,
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

#[derive(Deserialize)]
struct WireAggregates {
    #[serde(default)]
    results: Option<Vec<WireNotification>>,
}

/// `v2.analytics.queues.{id}.observations`.
pub(super) fn observations(queue: &QueueId, body: &str) -> Result<Body, String> {
    let wire: WireNotification = read(body)?;
    let queue = queue_of(&wire.group).unwrap_or_else(|| queue.clone());
    Ok(Body::Figures(wire.into_figures(&queue)))
}

impl WireNotification {
    fn into_figures(self, queue: &QueueId) -> Vec<QueueFigure> {
        let Ok(media) = media_of(self.group.get("mediaType")) else { return Vec::new() };
        self.data
            .into_iter()
            .flat_map(|told| {
                let interval = told.interval.as_deref().and_then(Interval::parse);
                told.metrics
                    .into_iter()
                    .flat_map(move |metric| metric.into_figures(queue, media, interval))
            })
            .collect()
    }
}

/// `v2.analytics.queues.{id}.activity`.
pub(super) fn activity(queue: &QueueId, body: &str) -> Result<Body, String> {
    let wire: WireActivity = read(body)?;
    let figures = wire
        .results
        .into_iter()
        .filter_map(|result| {
            let media = media_of(result.media_type.as_ref()).ok()?;
            Some(result.data.into_iter().map(move |datum| (media, datum)))
        })
        .flatten()
        .filter_map(|(media, datum)| {
            let value = datum.calculated_metric_value.or(datum.count)?;
            Some(QueueFigure {
                queue: queue.clone(),
                media,
                metric: datum.metric?,
                qualifier: None,
                value,
                interval: None,
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
            let media = media_of(result.group.get("mediaType"));
            result.data.unwrap_or_default().into_iter().flat_map(move |metric| {
                match (&queue, media) {
                    (Some(queue), Ok(media)) => metric.into_figures(queue, media, None),
                    _ => Vec::new(),
                }
            })
        })
        .take(MAX_FIGURES)
        .collect())
}

/// Who is on each queue, from the details of an observations query by routing status. A queue of
/// which not everybody is named is left out: a part of the people can't be counted.
pub(in crate::domain) fn staff_answer(text: &str) -> Result<Vec<QueueStaff>, String> {
    let wire: WireQueryAnswer = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let results = wire.results.unwrap_or_default().into_iter();
    Ok(results.filter_map(WireQueryResult::into_staff).collect())
}

impl WireQueryResult {
    fn into_staff(self) -> Option<QueueStaff> {
        let queue = queue_of(&self.group)?;
        let mut people = Vec::new();
        for metric in self.data.unwrap_or_default() {
            let status = metric.qualifier.unwrap_or_default();
            let named = u32::try_from(metric.observations.len()).ok().map(f64::from);
            let counted = metric.stats.get("count").copied().flatten();
            if metric.truncated || named.is_none() || counted != named {
                return None;
            }
            for one in metric.observations {
                let user = UserId::new(&one.user_id.filter(|id| !id.is_empty())?);
                people.push(StaffMember { user, status: status.clone() });
            }
        }
        Some(QueueStaff { queue, people })
    }
}

/// The answer to `POST /api/v2/analytics/conversations/aggregates/query`, grouped by queue: each of
/// its results looks like a notification.
pub(in crate::domain) fn aggregates_answer(text: &str) -> Result<Vec<QueueFigure>, String> {
    let wire: WireAggregates = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(wire
        .results
        .unwrap_or_default()
        .into_iter()
        .flat_map(|result| match queue_of(&result.group) {
            Some(queue) => result.into_figures(&queue),
            None => Vec::new(),
        })
        .take(MAX_FIGURES)
        .collect())
}

fn queue_of(group: &HashMap<String, String>) -> Option<QueueId> {
    group.get("queueId").filter(|id| !id.is_empty()).map(|id| QueueId::new(id))
}

/// A medium that isn't known.
#[derive(Clone, Copy, Debug)]
struct Stranger;

/// The medium that figures are of; `None` for those of the whole queue. Figures of a medium that isn't
/// known are no figures of the queue: they would stand in place of the sum over its media.
fn media_of(word: Option<&String>) -> Result<Option<Media>, Stranger> {
    match word.map(String::as_str) {
        None | Some("") => Ok(None),
        Some(word) => Media::of_analytics(word).map(Some).ok_or(Stranger),
    }
}

impl WireMetric {
    /// Observations count in `count`; times have their sum there as well, but what counts for
    /// o… times is the longest (`max`), and for t… times the sum over the interval. How many such
    /// times there were, and of a service level its target and what it is a share of, are figures of
    /// their own, under the metric's name with the statistic's: `tAnswered.count`,
    /// `oServiceLevel.target`.
    fn into_figures(
        self,
        queue: &QueueId,
        media: Option<Media>,
        interval: Option<Interval>,
    ) -> Vec<QueueFigure> {
        let Some(metric) = self.metric else { return Vec::new() };
        let stat = |name: &str| self.stats.get(name).copied().flatten();
        let (value, beside): (_, &[&str]) = if metric.starts_with("oLongest") {
            let longest = stat("max").or(stat("current")).or(stat("calculatedMetricValue"));
            (longest.or(stat("count")), &[])
        } else if metric == "oServiceLevel" {
            (stat("ratio"), &["target", "numerator", "denominator"])
        } else if metric.starts_with('t') {
            (stat("sum").or(stat("count")), &["count"])
        } else {
            (stat("count").or(stat("current")).or(stat("sum")), &[])
        };
        let qualifier = self.qualifier.filter(|qualifier| !qualifier.is_empty());
        let figure = |metric: String, value: f64| QueueFigure {
            queue: queue.clone(),
            media,
            metric,
            qualifier: qualifier.clone(),
            value,
            interval,
        };
        let named = |name: &&str| Some(figure(format!("{metric}.{name}"), stat(name)?));
        let beside: Vec<QueueFigure> = beside.iter().filter_map(named).collect();
        value.map(|value| figure(metric.clone(), value)).into_iter().chain(beside).collect()
    }
}
