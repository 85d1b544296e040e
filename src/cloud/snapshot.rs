//! What REST says is so: live conversations and queue figures, to heal what was missed.
//!
//! Must not read the answers itself; the domain's readers do.
use super::client::ServiceClient;
use super::failure::{Asked, unreadable};
use super::http::{Call, Patience};
use crate::domain::control::{QueueFigure, Snapshot};
use crate::domain::conversation::Conversation;
use crate::domain::identity::{QueueId, UserId};
use crate::domain::rest::{live_conversations, queue_figures};
use crate::domain::session::{Failure, FailureKind};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};

/// Queues, or users, named in one query. The service cuts long filters; 100 ids are 4 KB.
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
    /// Reads what is so in `queues`, and which conversations `users` have. Missing permission is no failure but part of the
    /// answer: [`Snapshot::missing`] and `Reading::figures_missing` say it.
    ///
    /// # Errors
    /// What the service or the network said, other than that permission is missing.
    pub async fn snapshot(
        &self,
        queues: &[QueueId],
        users: &[UserId],
        now: Timestamp,
    ) -> Result<Reading, Failure> {
        let mut snapshot = Snapshot { asked: now, ..Snapshot::default() };
        let mut figures_missing = None;
        for chunk in queues.chunks(QUEUES_IN_QUERY) {
            let is_complete = self.add_live(&mut snapshot, Whose::Queues(chunk)).await?;
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
        for chunk in users.chunks(QUEUES_IN_QUERY) {
            if self.add_live(&mut snapshot, Whose::Users(chunk)).await? {
                snapshot.complete_for_users.extend_from_slice(chunk);
            }
        }
        Ok(Reading { snapshot, figures_missing })
    }

    /// Adds the live conversations of some queues or users; whether these are all.
    async fn add_live(&self, snapshot: &mut Snapshot, whose: Whose<'_>) -> Result<bool, Failure> {
        if snapshot.missing.is_some() {
            return Ok(false);
        }
        match self.live_of(whose, snapshot.asked).await {
            Ok((conversations, these_are_all)) => {
                snapshot.conversations.extend(conversations);
                Ok(these_are_all)
            }
            Err(failure) if failure.kind == FailureKind::NotPermitted => {
                // what other chunks gave stays true, but it isn't the whole
                snapshot.missing = Some(failure.sentence);
                Ok(false)
            }
            Err(failure) => Err(failure),
        }
    }

    /// Live conversations of some queues or users, and whether these are all.
    async fn live_of(
        &self,
        whose: Whose<'_>,
        now: Timestamp,
    ) -> Result<(Vec<Conversation>, bool), Failure> {
        let doing = "reading the live conversations";
        let mut conversations = Vec::new();
        for number in 1..=MAX_PAGES {
            let body = details_query(whose, now, number);
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
        let body = json!({ "filter": any_of(queues), "metrics": METRICS });
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

fn details_query(whose: Whose<'_>, now: Timestamp, page: usize) -> Value {
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
        "segmentFilters": [whose.filter()],
    })
}

/// Whose conversations are asked for.
#[derive(Clone, Copy)]
enum Whose<'a> {
    Queues(&'a [QueueId]),
    Users(&'a [UserId]),
}

impl Whose<'_> {
    /// A filter of segments. The details query wants the operator named.
    fn filter(self) -> Value {
        match self {
            Self::Queues(queues) => any("queueId", queues.iter().map(QueueId::as_str), true),
            Self::Users(users) => any("userId", users.iter().map(UserId::as_str), true),
        }
    }
}

/// A filter for any of `queues`, as figures are asked for.
pub(super) fn any_of(queues: &[QueueId]) -> Value {
    any("queueId", queues.iter().map(QueueId::as_str), false)
}

fn any<'a>(dimension: &str, ids: impl Iterator<Item = &'a str>, with_operator: bool) -> Value {
    let predicates: Vec<Value> = ids
        .map(|id| {
            let mut predicate = json!({ "type": "dimension", "dimension": dimension, "value": id });
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
    use super::{Whose, details_query};
    use crate::domain::identity::QueueId;

    #[test]
    fn the_query_asks_for_what_has_no_end() {
        let queues = [QueueId::new("Q1")];
        let now = "2026-11-24T10:00:00Z".parse().unwrap();
        let query = details_query(Whose::Queues(&queues), now, 2);
        assert_eq!(query["interval"], "2026-11-22T10:00:00.000Z/2026-11-24T10:10:00.000Z");
        assert_eq!(query["paging"]["pageNumber"], 2);
        assert_eq!(query["conversationFilters"][0]["predicates"][0]["operator"], "notExists");
        assert_eq!(query["segmentFilters"][0]["predicates"][0]["value"], "q1");
    }
}
