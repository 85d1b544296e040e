//! What REST says has happened in queues: in the half hour that runs, and since midnight.
//!
//! Must not read the answers itself; the domain's readers do.
use super::client::ServiceClient;
use super::failure::unreadable;
use super::snapshot::{QUEUES_IN_QUERY, any_of};
use crate::domain::control::IntervalFigures;
use crate::domain::identity::QueueId;
use crate::domain::interval::Interval;
use crate::domain::rest::interval_figures;
use crate::domain::session::{Failure, FailureKind};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

/// The permission without which there are none.
const PERMISSION: &str = "analytics:conversationAggregate:view";
/// What is counted, by the names of the vendor's kits.
const METRICS: [&str; 5] = ["nOffered", "tAnswered", "tAbandon", "tHandle", "oServiceLevel"];

impl ServiceClient {
    /// The half hour and the day that it is now for the service, the day by our zone.
    #[must_use]
    pub fn intervals(&self) -> [Interval; 2] {
        let now = self.service_now();
        [Interval::half_hour(now), Interval::day(now, &self.zone)]
    }

    /// Reads what has happened in `queues` in the running half hour and today, and hands each answer
    /// on as it comes: two for every hundred queues.
    ///
    /// # Errors
    /// What the service or the network said; what was handed on before stays true.
    pub async fn each_interval(
        &self,
        queues: &[QueueId],
        mut hand_on: impl FnMut(IntervalFigures),
    ) -> Result<(), Failure> {
        for interval in self.intervals() {
            for chunk in queues.chunks(QUEUES_IN_QUERY) {
                hand_on(self.interval_figures(chunk, interval).await?);
            }
        }
        Ok(())
    }

    /// What has happened in at most a hundred queues in `interval`.
    pub(super) async fn interval_figures(
        &self,
        queues: &[QueueId],
        interval: Interval,
    ) -> Result<IntervalFigures, Failure> {
        let doing = "reading the figures of the half hour and of today";
        let asked = self.clock.now();
        // no granularity: then it is the whole interval
        let body = json!({
            "interval": interval.to_string(),
            "groupBy": ["queueId", "mediaType"],
            "filter": any_of(queues),
            "metrics": METRICS,
        });
        let path = "/api/v2/analytics/conversations/aggregates/query";
        let text = self.query(path, body, doing).await.map_err(with_permission)?;
        let mut figures = interval_figures(&text)
            .map_err(|why| unreadable(doing, &self.shared.address.api_host(), &why))?;
        for figure in &mut figures {
            // what was asked for; how the answer spells it doesn't matter
            figure.interval = Some(interval);
        }
        figures.sort_by(|one, other| one.queue.cmp(&other.queue));
        Ok(IntervalFigures { asked, interval, queues: queues.to_vec(), figures })
    }

    /// What time it is for the service, as far as its answers told.
    fn service_now(&self) -> Timestamp {
        let skew = self.shared.vitals.borrow().clock_skew.unwrap_or_default();
        let now = self.clock.now();
        now.checked_add(SignedDuration::from_millis(skew)).unwrap_or(now)
    }
}

/// Names the permission, where the service's words don't.
fn with_permission(failure: Failure) -> Failure {
    if failure.kind != FailureKind::NotPermitted || failure.sentence.contains(PERMISSION) {
        return failure;
    }
    Failure { sentence: format!("{} ({PERMISSION} is needed)", failure.sentence), ..failure }
}

#[cfg(test)]
mod tests {
    use super::PERMISSION;
    use crate::cloud::testing::{Service, json, status, token};
    use crate::domain::identity::QueueId;
    use crate::domain::session::FailureKind;
    use crate::domain::topic::Media;

    const ANSWER: &str = r#"{"results":[{"group":{"queueId":"Q1","mediaType":"voice"},"data":[
        {"interval":"2026-11-24T14:00:00+00:00/2026-11-24T14:30:00+00:00","metrics":[
        {"metric":"nOffered","stats":{"count":9}},
        {"metric":"tAnswered","stats":{"count":7,"sum":70000.0,"max":20000,"min":1}},
        {"metric":"oServiceLevel","stats":{"ratio":0.5,"numerator":4,"denominator":8,"target":0.8}}]}]}]}"#;

    #[tokio::test]
    async fn many_queues_are_asked_for_in_one_query_for_each_interval() {
        let service = Service::start(|asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            _ => json(ANSWER),
        })
        .await;
        let queues: Vec<QueueId> = (0..150).map(|n| QueueId::new(&format!("q{n}"))).collect();
        let mut told = Vec::new();
        let client = service.client();
        client.each_interval(&queues, |answer| told.push(answer)).await.unwrap();
        assert_eq!(told.iter().map(|answer| answer.queues.len()).sum::<usize>(), 300);
        assert_eq!(told.len(), 4);
        let [half_hour, day] = client.intervals();
        assert_eq!((told[0].interval, told[3].interval), (half_hour, day));
        let figure = |metric: &str| {
            let found = told[0].figures.iter().find(|figure| figure.metric == metric).unwrap();
            assert_eq!((found.media, found.interval), (Some(Media::Call), Some(half_hour)));
            found.value
        };
        assert_eq!((figure("nOffered"), figure("tAnswered.count")), (9.0, 7.0));
        assert_eq!((figure("oServiceLevel"), figure("oServiceLevel.denominator")), (0.5, 8.0));
        let asked = &service.asked("aggregates/query")[0];
        let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
        assert_eq!(body["groupBy"], serde_json::json!(["queueId", "mediaType"]));
        assert_eq!(body["interval"], half_hour.to_string());
        assert_eq!(body["filter"]["predicates"].as_array().unwrap().len(), 100);
    }

    #[tokio::test]
    async fn a_missing_permission_is_named() {
        let service = Service::start(|asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            _ => status(403, r#"{"code":"not.authorized","message":"no"}"#),
        })
        .await;
        let told = service.client().each_interval(&[QueueId::new("q")], |_| ()).await;
        let failure = told.unwrap_err();
        assert_eq!(failure.kind, FailureKind::NotPermitted);
        assert!(failure.sentence.contains(PERMISSION), "{}", failure.sentence);
    }
}
