//! Who is on which queue, by REST: the details of an observations query.
//!
//! Must not read the answer itself; the domain's reader does.
use super::client::ServiceClient;
use super::failure::unreadable;
use super::snapshot::{QUEUES_IN_QUERY, any_of};
use crate::domain::control::Control;
use crate::domain::identity::QueueId;
use crate::domain::rest::queue_staff;
use crate::domain::session::Failure;
use serde_json::json;

/// What tells people apart: their routing status, on each queue.
const METRIC: &str = "oUserRoutingStatuses";

impl ServiceClient {
    /// Reads who is on `queues`, and hands each answer on as it comes: one for every hundred queues.
    /// A queue of which the service lists only a part isn't among them.
    ///
    /// # Errors
    /// What the service or the network said; what was handed on before stays true.
    pub async fn each_staff(
        &self,
        queues: &[QueueId],
        mut hand_on: impl FnMut(Control),
    ) -> Result<(), Failure> {
        let doing = "reading who is on the queues";
        for chunk in queues.chunks(QUEUES_IN_QUERY) {
            let asked = self.clock.now();
            let body = json!({
                "filter": any_of(chunk),
                "metrics": [METRIC],
                "detailMetrics": [METRIC],
            });
            let path = "/api/v2/analytics/queues/observations/query";
            let text = self.query(path, body, doing).await?;
            let queues = queue_staff(&text)
                .map_err(|why| unreadable(doing, &self.shared.address.api_host(), &why))?;
            hand_on(Control::Staff { asked, queues });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::cloud::testing::{Service, json, token};
    use crate::domain::control::Control;
    use crate::domain::identity::QueueId;

    /// One queue whole, one of which only a part is listed, one that has more people than it names.
    const ANSWER: &str = r#"{"results":[
        {"group":{"queueId":"Q1"},"data":[
            {"metric":"oUserRoutingStatuses","qualifier":"IDLE","stats":{"count":1},"truncated":false,"observations":[{"userId":"U1"}]},
            {"metric":"oUserRoutingStatuses","qualifier":"OFF_QUEUE","stats":{"count":1},"observations":[{"userId":"U2","observationDate":"2026-11-24T14:00:00Z"}]}]},
        {"group":{"queueId":"Q2"},"data":[
            {"metric":"oUserRoutingStatuses","qualifier":"IDLE","stats":{"count":2},"truncated":true,"observations":[{"userId":"U1"}]}]},
        {"group":{"queueId":"Q3"},"data":[
            {"metric":"oUserRoutingStatuses","qualifier":"IDLE","stats":{"count":2},"observations":[{"userId":"U1"}]}]}]}"#;

    #[tokio::test]
    async fn only_whole_lists_are_told() {
        let service = Service::start(|asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            _ => json(ANSWER),
        })
        .await;
        let queues = ["q1", "q2", "q3"].map(QueueId::new);
        let mut told = Vec::new();
        service.client().each_staff(&queues, |control| told.push(control)).await.unwrap();
        let [Control::Staff { queues, .. }] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(queues.len(), 1);
        let people: Vec<_> =
            queues[0].people.iter().map(|one| (one.user.as_str(), one.status.as_str())).collect();
        assert_eq!(people, [("u1", "IDLE"), ("u2", "OFF_QUEUE")]);
    }
}
