//! Names: the queues, users, presences and wrap-up codes of the organisation, page by page; with them the
//! divisions of queues and users, and the goals of the queues.
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
    /// Each with the name of its division, as far as the service tells it.
    pub divisions: Vec<Named<Id>>,
    /// How soon their conversations shall be answered, of those queues that have such a goal; of users
    /// there is none.
    pub goals: Vec<QueueGoals>,
    /// Whether it is all of them; otherwise the bound was reached.
    pub complete: bool,
}

impl<Id> Loaded<Id> {
    /// Of which nothing is left out, since nothing was asked for yet.
    pub(super) fn nothing() -> Self {
        let (entries, divisions, goals) = (Vec::new(), Vec::new(), Vec::new());
        Self { entries, divisions, goals, complete: true }
    }

    fn take(&mut self, page: NamePage<Id>) {
        self.entries.extend(page.named);
        self.divisions.extend(page.divisions);
        self.goals.extend(page.goals);
    }
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
    /// Of queues and users. Read piece by piece, as the settings below.
    #[serde(default)]
    division: Value,
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

/// A page of queues or users.
#[derive(Debug)]
pub(super) struct NamePage<Id> {
    /// The queues or users.
    pub(super) named: Vec<Named<Id>>,
    /// Each with the name of its division, as far as the service tells it.
    pub(super) divisions: Vec<Named<Id>>,
    /// How soon their conversations shall be answered, of those queues that have such a goal.
    pub(super) goals: Vec<QueueGoals>,
    /// How many there are, where the service says it.
    pub(super) total: Option<usize>,
}

impl<Id: Clone> NamePage<Id> {
    /// `identity` makes an id of its text, `goals` finds those of one entry.
    fn read(
        page: Vec<Entity>,
        total: Option<usize>,
        identity: fn(&str) -> Id,
        goals: fn(&Entity, &Id) -> Option<QueueGoals>,
    ) -> Self {
        let mut read = Self { named: Vec::new(), divisions: Vec::new(), goals: Vec::new(), total };
        for entity in page {
            let Some(id) = entity.id.as_deref().filter(|id| !id.is_empty()).map(identity) else {
                continue;
            };
            let division = entity.division.get("name").and_then(Value::as_str);
            if let Some(name) = division.filter(|name| !name.is_empty()) {
                read.divisions.push(Named { id: id.clone(), name: name.to_owned() });
            }
            read.goals.extend(goals(&entity, &id));
            read.named.push(Named { id, name: entity.name.unwrap_or_default() });
        }
        read
    }
}

impl ServiceClient {
    /// The queues that the credentials may see; with `name` those that match it (the service
    /// understands `*`).
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn queues(&self, name: Option<&str>) -> Result<Loaded<QueueId>, Failure> {
        let mut loaded = Loaded::nothing();
        loaded.complete = self.each_queue_page(name, |page| loaded.take(page)).await?;
        Ok(loaded)
    }

    /// The active users of the organisation.
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn users(&self) -> Result<Loaded<UserId>, Failure> {
        let mut loaded = Loaded::nothing();
        loaded.complete = self.each_user_page(|page| loaded.take(page)).await?;
        Ok(loaded)
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

    /// Adds one queue, by its id, to `loaded`; whether there is one that the credentials may see.
    ///
    /// # Errors
    /// What the service or the network said.
    pub(super) async fn load_queue(
        &self,
        id: &QueueId,
        loaded: &mut Loaded<QueueId>,
    ) -> Result<bool, Failure> {
        let found =
            self.by_id("/api/v2/routing/queues/", id.as_str(), "looking up a queue").await?;
        let is_there = found.is_some();
        loaded.take(NamePage::read(found.into_iter().collect(), None, QueueId::new, goals));
        Ok(is_there)
    }

    /// Adds one user, by their id, to `loaded`; whether there is one that the credentials may see.
    ///
    /// # Errors
    /// What the service or the network said.
    pub(super) async fn load_user(
        &self,
        id: &UserId,
        loaded: &mut Loaded<UserId>,
    ) -> Result<bool, Failure> {
        let found = self.by_id("/api/v2/users/", id.as_str(), "looking up a user").await?;
        let is_there = found.is_some();
        loaded.take(NamePage::read(found.into_iter().collect(), None, UserId::new, no_goals));
        Ok(is_there)
    }

    /// Hands each page of queues on as it comes; whether it was all of them.
    pub(super) async fn each_queue_page(
        &self,
        name: Option<&str>,
        mut hand_on: impl FnMut(NamePage<QueueId>),
    ) -> Result<bool, Failure> {
        let filter = name
            .map(|name| format!("&name={}", byte_serialize(name.as_bytes()).collect::<String>()));
        let path = format!("/api/v2/routing/queues?sortOrder=asc{}", filter.unwrap_or_default());
        self.pages(&path, "loading the queues", |page, total| {
            hand_on(NamePage::read(page, total, QueueId::new, goals));
        })
        .await
    }

    /// Hands each page of users on as it comes; whether it was all of them.
    pub(super) async fn each_user_page(
        &self,
        mut hand_on: impl FnMut(NamePage<UserId>),
    ) -> Result<bool, Failure> {
        self.pages(
            "/api/v2/users?state=active&sortOrder=asc",
            "loading the users",
            |page, total| {
                hand_on(NamePage::read(page, total, UserId::new, no_goals));
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
            |page, total| hand_on(NamePage::read(page, total, WrapupCodeId::new, no_goals).named),
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
        let found: Entity = answer.json(doing, &self.shared.address.api_host())?;
        Ok(Some(Entity { id: Some(id.to_owned()), ..found }))
    }
}

/// What has no goals.
fn no_goals<Id>(_: &Entity, _: &Id) -> Option<QueueGoals> {
    None
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
    use crate::domain::control::{Named, QueueGoals};
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
    async fn divisions_and_goals_come_with_the_names_and_never_cost_them() {
        let service = Service::start(|asked| match asked.path.as_str() {
            "/oauth/token" => token(),
            _ => json(
                r#"{"entities":[
                {"id":"Q1","name":"Billing","division":{"id":"d","name":"Retail"},"mediaSettings":{
                    "call":{"serviceLevel":{"percentage":0.8,"durationMs":20000}},
                    "chat":{"serviceLevel":{"percentage":80,"durationMs":30000}},
                    "email":{"serviceLevel":{"percentage":0.9,"durationMs":0}},
                    "callback":{"serviceLevel":{"durationMs":-1}},
                    "message":{"alertingTimeoutSeconds":30},
                    "pigeon":{"serviceLevel":{"percentage":0.8,"durationMs":20000}}}},
                {"id":"Q2","name":"Sales","division":"Retail","mediaSettings":["call"]},
                {"id":"Q3","name":"Claims","division":null,"mediaSettings":null},
                {"id":"Q4","name":"Fraud","division":{"id":"d","name":""}},
                {"name":"Nobody's","division":{"id":"d","name":"Retail"}}]}"#,
            ),
        })
        .await;
        let (mut named, mut divisions, mut goals) = (Vec::new(), Vec::new(), Vec::new());
        let listed = service
            .client()
            .each_queue_page(None, |page| {
                named.extend(page.named);
                divisions.extend(page.divisions);
                goals.extend(page.goals);
            })
            .await;
        assert_eq!(listed, Ok(true));
        let names: Vec<&str> = named.iter().map(|queue| queue.name.as_str()).collect();
        assert_eq!(names, ["Billing", "Sales", "Claims", "Fraud"]);
        let retail = Named { id: QueueId::new("q1"), name: "Retail".to_owned() };
        assert_eq!(divisions, [retail]);
        let goal =
            |media, within_milliseconds, share| MediaGoal { media, within_milliseconds, share };
        let media = vec![goal(Media::Call, 20_000, Some(0.8)), goal(Media::Chat, 30_000, None)];
        assert_eq!(goals, [QueueGoals { queue: QueueId::new("q1"), media }]);
    }
}
