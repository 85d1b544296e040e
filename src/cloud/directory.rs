//! Names: the queues, users, presences and wrap-up codes of the organisation, page by page, and the goals
//! of the queues.
//!
//! Must not know who shows them. Every list is bounded, and says so when it was cut.
use super::client::ServiceClient;
use super::failure::Asked;
use super::http::{Answer, Call};
use crate::domain::control::{MediaGoal, Named, QueueGoals};
use crate::domain::identity::{PresenceId, QueueId, UserId, WrapupCodeId};
use crate::domain::monitor::directory::MAX_PRESENCES;
use crate::domain::session::{Failure, FailureKind};
use crate::domain::topic::Media;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

/// Entries asked for in one page; what clients in the wild use.
pub(super) const PAGE_SIZE: usize = 100;
/// Pages read at most: 20,000 names, as many as topics fit on all channels. It takes 200
/// requests, two thirds of the allowance of one minute.
const MAX_PAGES: usize = 200;

/// A list that was loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded<Id> {
    /// The entries, in the service's order.
    pub entries: Vec<Named<Id>>,
    /// How soon their conversations shall be answered, of those queues that have such a goal; of users
    /// there is none.
    pub goals: Vec<QueueGoals>,
    /// Whether it is all of them; otherwise the bound was reached.
    pub complete: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    entities: Vec<Entity>,
    total: Option<usize>,
    next_uri: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entity {
    id: Option<String>,
    name: Option<String>,
    /// Of queues, by medium. Read piece by piece: settings of a form that we don't know must not cost
    /// the names.
    #[serde(default)]
    media_settings: Value,
}

#[derive(Deserialize)]
struct Presences {
    entities: Vec<WirePresence>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePresence {
    id: Option<String>,
    /// Names by language, such as `en_US`.
    #[serde(default)]
    language_labels: Value,
}

impl WirePresence {
    /// With its name in English where it has one, else the first by the name of its language.
    fn named(&self) -> Option<Named<PresenceId>> {
        let id = self.id.as_deref().filter(|id| !id.is_empty())?;
        let labels = self.language_labels.as_object()?;
        let filled =
            |label: &Value| label.as_str().filter(|name| !name.is_empty()).map(str::to_owned);
        let english = labels.get("en_US").or_else(|| labels.get("en")).and_then(filled);
        let name = english.or_else(|| labels.values().find_map(filled))?;
        Some(Named { id: PresenceId::new(id), name })
    }
}

/// A page of queues.
#[derive(Debug)]
pub(super) struct QueuePage {
    /// The queues.
    pub(super) named: Vec<Named<QueueId>>,
    /// How soon their conversations shall be answered, of those that have such a goal.
    pub(super) goals: Vec<QueueGoals>,
    /// How many queues there are, where the service says it.
    pub(super) total: Option<usize>,
}

impl ServiceClient {
    /// The queues that the credentials may see; with `name` those that match it (the service
    /// understands `*`).
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn queues(&self, name: Option<&str>) -> Result<Loaded<QueueId>, Failure> {
        let (mut entries, mut goals) = (Vec::new(), Vec::new());
        let hand_on = |page: QueuePage| {
            entries.extend(page.named);
            goals.extend(page.goals);
        };
        let complete = self.each_queue_page(name, hand_on).await?;
        Ok(Loaded { entries, goals, complete })
    }

    /// The active users of the organisation.
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn users(&self) -> Result<Loaded<UserId>, Failure> {
        let mut entries = Vec::new();
        let complete = self.each_user_page(|page, _| entries.extend(page)).await?;
        Ok(Loaded { entries, goals: Vec::new(), complete })
    }

    /// The names of presences, the organisation's own and the system's. They come in one answer.
    ///
    /// # Errors
    /// What the service or the network said.
    pub(super) async fn presences(&self) -> Result<Vec<Named<PresenceId>>, Failure> {
        let doing = "loading the presences";
        let answer = self.call(Call::get("/api/v2/presence/definitions", doing)).await?;
        let read: Presences = answer.json(doing, &self.shared.address.api_host())?;
        Ok(read.entities.iter().take(MAX_PRESENCES).filter_map(WirePresence::named).collect())
    }

    /// One queue by its id, with its goals; `None` when there is none that the credentials may see.
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn queue(
        &self,
        id: &QueueId,
    ) -> Result<Option<(Named<QueueId>, Option<QueueGoals>)>, Failure> {
        let found =
            self.by_id("/api/v2/routing/queues/", id.as_str(), "looking up a queue").await?;
        Ok(found.map(|entity| {
            let goals = goals(&entity, id);
            (Named { id: id.clone(), name: entity.name.unwrap_or_default() }, goals)
        }))
    }

    /// One user by their id; `None` when there is none that the credentials may see.
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn user(&self, id: &UserId) -> Result<Option<Named<UserId>>, Failure> {
        let found = self.by_id("/api/v2/users/", id.as_str(), "looking up a user").await?;
        let name = |entity: Entity| entity.name.unwrap_or_default();
        Ok(found.map(|entity| Named { id: id.clone(), name: name(entity) }))
    }

    /// Hands each page of queues on as it comes; whether it was all of them.
    pub(super) async fn each_queue_page(
        &self,
        name: Option<&str>,
        mut hand_on: impl FnMut(QueuePage),
    ) -> Result<bool, Failure> {
        let filter = name
            .map(|name| format!("&name={}", byte_serialize(name.as_bytes()).collect::<String>()));
        let path = format!("/api/v2/routing/queues?sortOrder=asc{}", filter.unwrap_or_default());
        self.pages(&path, "loading the queues", |page, total| {
            let told = |queue: &Entity| {
                let id = queue.id.as_deref().filter(|id| !id.is_empty())?;
                goals(queue, &QueueId::new(id))
            };
            let goals = page.iter().filter_map(told).collect();
            hand_on(QueuePage { named: named(page, QueueId::new), goals, total });
        })
        .await
    }

    /// Hands each page of users on as it comes; whether it was all of them.
    pub(super) async fn each_user_page(
        &self,
        mut hand_on: impl FnMut(Vec<Named<UserId>>, Option<usize>),
    ) -> Result<bool, Failure> {
        self.pages(
            "/api/v2/users?state=active&sortOrder=asc",
            "loading the users",
            |page, total| {
                hand_on(named(page, UserId::new), total);
            },
        )
        .await
    }

    /// Hands each page of wrap-up codes on as it comes; whether it was all of them.
    pub(super) async fn each_wrapup_code_page(
        &self,
        mut hand_on: impl FnMut(Vec<Named<WrapupCodeId>>),
    ) -> Result<bool, Failure> {
        self.pages(
            "/api/v2/routing/wrapupcodes?sortOrder=asc",
            "loading the wrap-up codes",
            |page, _| hand_on(named(page, WrapupCodeId::new)),
        )
        .await
    }

    async fn pages(
        &self,
        path: &str,
        doing: &'static str,
        mut hand_on: impl FnMut(Vec<Entity>, Option<usize>),
    ) -> Result<bool, Failure> {
        let host = self.shared.address.api_host();
        for number in 1..=MAX_PAGES {
            let path = format!("{path}&pageSize={PAGE_SIZE}&pageNumber={number}");
            let page: Page = self.call(Call::get(&path, doing)).await?.json(doing, &host)?;
            // A page that is empty ends the list too: a server that always names a next page
            // must not be followed 200 times.
            let is_last =
                page.next_uri.is_none_or(|uri| uri.is_empty()) || page.entities.is_empty();
            hand_on(page.entities, page.total);
            if is_last {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn by_id(
        &self,
        path: &str,
        id: &str,
        doing: &'static str,
    ) -> Result<Option<Entity>, Failure> {
        let path = format!("{path}{}", byte_serialize(id.as_bytes()).collect::<String>());
        // "channel" is the kind of question whose 404 means "not there"
        let call = Call { asked: Asked::Channel, ..Call::get(&path, doing) };
        let answer: Answer = match self.call(call).await {
            Ok(answer) => answer,
            Err(failure) if failure.kind == FailureKind::ChannelGone => return Ok(None),
            Err(failure) => return Err(failure),
        };
        answer.json(doing, &self.shared.address.api_host()).map(Some)
    }
}

fn named<Id>(page: Vec<Entity>, identity: fn(&str) -> Id) -> Vec<Named<Id>> {
    page.into_iter()
        .filter_map(|entity| {
            let id = entity.id.filter(|id| !id.is_empty())?;
            Some(Named { id: identity(&id), name: entity.name.unwrap_or_default() })
        })
        .collect()
}

/// The goals in a queue's settings: `mediaSettings.{medium}.serviceLevel.{percentage,durationMs}`. One
/// without a time is none, and neither is one of no time at all, which nobody could meet.
fn goals(queue: &Entity, id: &QueueId) -> Option<QueueGoals> {
    let goal = |(medium, settings): (&String, &Value)| {
        let level = settings.get("serviceLevel")?;
        let share = level.get("percentage").and_then(Value::as_f64);
        Some(MediaGoal {
            media: Media::of_analytics(medium)?,
            within_milliseconds: level.get("durationMs")?.as_u64().filter(|within| *within > 0)?,
            share: share.filter(|share| (0.0..=1.0).contains(share)),
        })
    };
    let media: Vec<MediaGoal> = queue.media_settings.as_object()?.iter().filter_map(goal).collect();
    (!media.is_empty()).then(|| QueueGoals { queue: id.clone(), media })
}

#[cfg(test)]
mod tests {
    use super::MediaGoal;
    use crate::cloud::testing::{Service, json, token};
    use crate::domain::control::QueueGoals;
    use crate::domain::identity::QueueId;
    use crate::domain::topic::Media;

    #[tokio::test]
    async fn presences_are_named_in_english_or_else_somehow() {
        let service = Service::start(|asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            _ => json(
                r#"{"entities":[
                {"id":"P1","languageLabels":{"de":"Schulung","en_US":"Training"},"systemPresence":"Busy"},
                {"id":"P2","languageLabels":{"de":"Pause","fr":"Pause café"}},
                {"id":"P3","languageLabels":{"en_US":""}},
                {"id":"P4","languageLabels":null},
                {"languageLabels":{"en":"Nobody's"}}]}"#,
            ),
        })
        .await;
        let named = service.client().presences().await.unwrap();
        let named: Vec<(&str, &str)> =
            named.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
        assert_eq!(named, [("p1", "Training"), ("p2", "Pause")]);
    }

    #[tokio::test]
    async fn wrap_up_codes_come_page_by_page() {
        let service = Service::start(|asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            path if path.starts_with("/api/v2/routing/wrapupcodes?") => {
                if path.ends_with("pageNumber=1") {
                    json(r#"{"entities":[{"id":"W1","name":"Resolved"},{"name":"nobody's"}],"nextUri":"/2"}"#)
                } else {
                    json(r#"{"entities":[{"id":"W2"}]}"#)
                }
            }
            _ => json("{}"),
        })
        .await;
        let mut codes = Vec::new();
        let all = service.client().each_wrapup_code_page(|page| codes.extend(page)).await;
        assert_eq!(all, Ok(true));
        let codes: Vec<(&str, &str)> =
            codes.iter().map(|code| (code.id.as_str(), code.name.as_str())).collect();
        assert_eq!(codes, [("w1", "Resolved"), ("w2", "")]);
    }

    #[tokio::test]
    async fn goals_come_with_the_names_and_never_cost_them() {
        let service = Service::start(|asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            _ => json(
                r#"{"entities":[
                {"id":"Q1","name":"Billing","mediaSettings":{
                    "call":{"serviceLevel":{"percentage":0.8,"durationMs":20000}},
                    "chat":{"serviceLevel":{"percentage":80,"durationMs":30000}},
                    "email":{"serviceLevel":{"percentage":0.9,"durationMs":0}},
                    "callback":{"serviceLevel":{"durationMs":-1}},
                    "message":{"alertingTimeoutSeconds":30},
                    "pigeon":{"serviceLevel":{"percentage":0.8,"durationMs":20000}}}},
                {"id":"Q2","name":"Sales","mediaSettings":["call"]},
                {"id":"Q3","name":"Claims","mediaSettings":null},
                {"id":"Q4","name":"Fraud"}]}"#,
            ),
        })
        .await;
        let (mut named, mut goals) = (Vec::new(), Vec::new());
        let listed = service
            .client()
            .each_queue_page(None, |page| {
                named.extend(page.named);
                goals.extend(page.goals);
            })
            .await;
        assert_eq!(listed, Ok(true));
        let names: Vec<&str> = named.iter().map(|queue| queue.name.as_str()).collect();
        assert_eq!(names, ["Billing", "Sales", "Claims", "Fraud"]);
        let goal =
            |media, within_milliseconds, share| MediaGoal { media, within_milliseconds, share };
        let media = vec![goal(Media::Call, 20_000, Some(0.8)), goal(Media::Chat, 30_000, None)];
        assert_eq!(goals, [QueueGoals { queue: QueueId::new("q1"), media }]);
    }
}
