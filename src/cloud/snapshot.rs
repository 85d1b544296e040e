//! What REST says is so: live conversations and queue figures, to heal what was missed.
//!
//! Must not read the answers itself; the domain's readers do.
use super::client::ServiceClient;
use super::failure::{Asked, unreadable};
use super::http::{Call, Patience};
use crate::domain::control::{QueueFigure, Snapshot};
use crate::domain::conversation::Conversation;
use crate::domain::identity::QueueId;
use crate::domain::rest::{live_conversations, queue_figures};
use crate::domain::session::{Failure, FailureKind};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

/// Queues named in one query. The service cuts long filters; 100 ids are 4 KB.
pub(super) const QUEUES_IN_QUERY: usize = 100;
/// Conversations asked for in one page: the most that the service gives.
const PAGE_SIZE: usize = 100;
/// Pages read at most for one chunk of queues: 2,000 live conversations in 100 queues. Beyond,
/// the snapshot says that it isn't complete.
const MAX_PAGES: usize = 20;
/// How far back a live conversation may have begun. Calls and chats are long over by then.
const LOOK_BACK: SignedDuration = SignedDuration::from_hours(48);
/// How far the interval reaches beyond our clock, which may be slow.
const LOOK_AHEAD: SignedDuration = SignedDuration::from_mins(10);
/// The figures of a queue, by the names of the vendor's kits.
const METRICS: [&str; 10] = [
    "oActiveUsers",
    "oAlerting",
    "oInteracting",
    "oLongestInteracting",
    "oLongestWaiting",
    "oMemberUsers",
    "oOffQueueUsers",
    "oOnQueueUsers",
    "oUserRoutingStatuses",
    "oWaiting",
];

/// A snapshot, and what could not be had for it.
#[derive(Debug)]
pub struct Reading {
    /// What is so.
    pub snapshot: Snapshot,
    /// Why there are no queue figures, if permission for them is missing.
    pub figures_missing: Option<Failure>,
}

impl ServiceClient {
    /// Reads what is so in `queues` now. Missing permission is no failure but part of the
    /// answer: [`Snapshot::missing`] and `Reading::figures_missing` say it.
    ///
    /// # Errors
    /// What the service or the network said, other than that permission is missing.
    pub async fn snapshot(&self, queues: &[QueueId], now: Timestamp) -> Result<Reading, Failure> {
        let mut snapshot = Snapshot {
            asked: now,
            conversations: Vec::new(),
            complete_for: Vec::new(),
            incomplete_for: Vec::new(),
            figures: Vec::new(),
            missing: None,
        };
        let mut figures_missing = None;
        for chunk in queues.chunks(QUEUES_IN_QUERY) {
            let mut is_complete = false;
            if snapshot.missing.is_none() {
                match self.live_in(chunk, now).await {
                    Ok((conversations, these_are_all)) => {
                        snapshot.conversations.extend(conversations);
                        is_complete = these_are_all;
                    }
                    Err(failure) if failure.kind == FailureKind::NotPermitted => {
                        // what other chunks gave stays true, but it isn't the whole
                        snapshot.missing = Some(failure.sentence);
                    }
                    Err(failure) => return Err(failure),
                }
            }
            let told =
                if is_complete { &mut snapshot.complete_for } else { &mut snapshot.incomplete_for };
            told.extend_from_slice(chunk);
            if figures_missing.is_none() {
                match self.figures_of(chunk).await {
                    Ok(figures) => snapshot.figures.extend(figures),
                    Err(failure) if failure.kind == FailureKind::NotPermitted => {
                        figures_missing = Some(failure);
                    }
                    Err(failure) => return Err(failure),
                }
            }
        }
        Ok(Reading { snapshot, figures_missing })
    }

    /// Live conversations of `queues`, and whether these are all.
    async fn live_in(
        &self,
        queues: &[QueueId],
        now: Timestamp,
    ) -> Result<(Vec<Conversation>, bool), Failure> {
        let doing = "reading the live conversations";
        let mut conversations = Vec::new();
        for number in 1..=MAX_PAGES {
            let body = details_query(queues, now, number);
            let text =
                self.query("/api/v2/analytics/conversations/details/query", body, doing).await?;
            let page = live_conversations(&text)
                .map_err(|why| unreadable(doing, &self.shared.address.api_host(), &why))?;
            let unread = page.on_page.saturating_sub(page.conversations.len());
            conversations.extend(page.conversations);
            if unread > 0 {
                // one that can't be read must not be taken for ended
                tracing::warn!(unread, "conversations of a snapshot can't be read");
                return Ok((conversations, false));
            }
            if page.on_page < PAGE_SIZE || page.total.is_some_and(|all| all <= number * PAGE_SIZE) {
                return Ok((conversations, true));
            }
        }
        tracing::warn!(pages = MAX_PAGES, "more live conversations than are read");
        Ok((conversations, false))
    }

    async fn figures_of(&self, queues: &[QueueId]) -> Result<Vec<QueueFigure>, Failure> {
        let doing = "reading the queue figures";
        let body = json!({ "filter": any_of(queues, false), "metrics": METRICS });
        let text = self.query("/api/v2/analytics/queues/observations/query", body, doing).await?;
        queue_figures(&text).map_err(|why| unreadable(doing, &self.shared.address.api_host(), &why))
    }

    pub(super) async fn query(
        &self,
        path: &str,
        body: Value,
        doing: &'static str,
    ) -> Result<String, Failure> {
        let call = Call {
            method: Method::POST,
            path,
            body: Some(body.to_string()),
            doing,
            asked: Asked::Other,
            patience: Patience::Patient,
        };
        let answer = self.call(call).await?;
        answer.text(doing, &self.shared.address.api_host()).map(str::to_owned)
    }
}

fn details_query(queues: &[QueueId], now: Timestamp, page: usize) -> Value {
    let from = now.saturating_sub(LOOK_BACK).unwrap_or(Timestamp::MIN);
    let to = now.saturating_add(LOOK_AHEAD).unwrap_or(Timestamp::MAX);
    json!({
        "interval": format!("{from:.3}/{to:.3}"),
        "order": "asc",
        "orderBy": "conversationStart",
        "paging": { "pageSize": PAGE_SIZE, "pageNumber": page },
        "conversationFilters": [{
            "type": "and",
            "predicates": [{ "dimension": "conversationEnd", "operator": "notExists" }],
        }],
        "segmentFilters": [any_of(queues, true)],
    })
}

/// A filter for any of `queues`. The details query wants the operator named.
pub(super) fn any_of(queues: &[QueueId], with_operator: bool) -> Value {
    let predicates: Vec<Value> = queues
        .iter()
        .map(|queue| {
            let mut predicate =
                json!({ "type": "dimension", "dimension": "queueId", "value": queue.as_str() });
            if with_operator {
                predicate["operator"] = "matches".into();
            }
            predicate
        })
        .collect();
    json!({ "type": "or", "predicates": predicates })
}

#[cfg(test)]
mod tests {
    use super::details_query;
    use crate::domain::identity::QueueId;

    #[test]
    fn the_query_asks_for_what_has_no_end() {
        let query =
            details_query(&[QueueId::new("Q1")], "2026-11-24T10:00:00Z".parse().unwrap(), 2);
        assert_eq!(query["interval"], "2026-11-22T10:00:00.000Z/2026-11-24T10:10:00.000Z");
        assert_eq!(query["paging"]["pageNumber"], 2);
        assert_eq!(query["conversationFilters"][0]["predicates"][0]["operator"], "notExists");
        assert_eq!(query["segmentFilters"][0]["predicates"][0]["value"], "q1");
    }
}
