//! Notification channels: creating, checking, subscribing, listing.
//!
//! A channel's id is all that the socket asks for, so it counts as a secret: it is never shown
//! in full, not even in a debug form.
use super::client::ServiceClient;
use super::failure::{Asked, ErrorBody, harmless, unreadable};
use super::http::{Call, Patience};
use crate::domain::control::{Rejection, TopicOutcome};
use crate::domain::moment;
use crate::domain::session::{ChannelCheck, Failure, FailureKind};
use crate::domain::topic::{MAX_TOPICS_PER_CHANNEL, Topic};
use jiff::{SignedDuration, Timestamp};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::HashMap;
use std::fmt;

/// Requests spent at most on finding out which topics of a refused batch are at fault. Halving
/// 1,000 topics finds one culprit in 20 requests; three times that is a fifth of a minute's
/// allowance.
const MAX_SEARCH_REQUESTS: usize = 60;

/// How long a channel lives after it was made or subscribed.
const LIFE: SignedDuration = SignedDuration::from_hours(24);
/// How long a channel without a subscription must have been left alone to be taken for unused.
const SETTLED: SignedDuration = SignedDuration::from_mins(10);

/// Id of a notification channel. A secret: shows itself shortened only.
#[derive(Clone)]
pub struct ChannelId(SecretString);

impl ChannelId {
    fn new(id: String) -> Self {
        Self(id.into())
    }

    /// For display: everything before the last dash, and four characters.
    #[must_use]
    pub fn short(&self) -> String {
        let id = self.0.expose_secret();
        let (kind, secret) = id.rsplit_once('-').map_or(("", id), |(kind, rest)| (kind, rest));
        let dash = if kind.is_empty() { "" } else { "-" };
        // never all of it, however short it is
        let shown = 4.min(secret.chars().count() / 2);
        let start: String = secret.chars().take(shown).collect();
        format!("{}{dash}{}…", harmless(kind, 24), harmless(&start, 4))
    }

    /// The id as part of a path.
    fn in_path(&self) -> String {
        url::form_urlencoded::byte_serialize(self.0.expose_secret().as_bytes()).collect()
    }
}

impl fmt::Debug for ChannelId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ChannelId({})", self.short())
    }
}

/// One notification channel.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its id; `None` for a channel of another token, whose id the service withholds.
    pub id: Option<ChannelId>,
    /// When it ends, if the service said so.
    pub expires: Option<Timestamp>,
    connect_uri: SecretString,
}

impl Channel {
    /// The id shortened for display; empty where the service withholds it.
    #[must_use]
    pub fn short(&self) -> String {
        self.id.as_ref().map(ChannelId::short).unwrap_or_default()
    }

    /// Whether subscribing has last prolonged it a good while ago: a channel that another program
    /// has just made and not yet subscribed looks as empty as one that was left.
    pub(super) fn is_settled(&self, now: Timestamp) -> bool {
        self.expires.is_some_and(|ends| ends.duration_since(now) < LIFE - SETTLED)
    }

    #[cfg(test)]
    pub(super) fn for_test(id: &str, expires: Option<Timestamp>) -> Self {
        let id = Some(ChannelId::new(id.to_owned()));
        Self { id, expires, connect_uri: String::new().into() }
    }

    /// The address of its socket. A secret, since it holds the id.
    #[must_use]
    pub fn connect_uri(&self) -> &SecretString {
        &self.connect_uri
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ChannelAnswer {
    id: Option<String>,
    connect_uri: Option<String>,
    // as text: a date that can't be read must not make the channel unusable
    expires: Option<String>,
}

impl From<ChannelAnswer> for Channel {
    fn from(answer: ChannelAnswer) -> Self {
        Self {
            id: answer.id.filter(|id| !id.is_empty()).map(ChannelId::new),
            expires: answer.expires.and_then(|text| text.parse().ok()),
            connect_uri: answer.connect_uri.unwrap_or_default().into(),
        }
    }
}

#[derive(Deserialize)]
struct Entities<T> {
    entities: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TopicAnswer {
    id: String,
    state: Option<String>,
    rejection_reason: Option<String>,
    missing_permissions: Option<Vec<String>>,
}

impl TopicAnswer {
    fn rejection(&self, context_id: Option<&String>) -> Option<Rejection> {
        let is_rejected =
            self.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("rejected"));
        is_rejected.then(|| {
            let missing: Vec<String> = self
                .missing_permissions
                .iter()
                .flatten()
                .map(|permission| harmless(permission, 100))
                .collect();
            let reason = match self.rejection_reason.as_deref().map(str::trim) {
                Some(reason) if !reason.is_empty() => harmless(reason, 200),
                _ if missing.is_empty() => "the service gave no reason".to_owned(),
                _ => format!("missing permission {}", missing.join(", ")),
            };
            Rejection { reason, missing_permissions: missing, context_id: context_id.cloned() }
        })
    }
}

/// How topics are written to a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Writing {
    /// Beside those that it has (POST).
    Add,
    /// In the place of those that it has (PUT).
    Replace,
}

/// What became of a subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Subscribed {
    /// Each topic as it was asked for, and behind a combined one those of its parts that are refused. Of a
    /// combined one of which nothing is permitted the parts alone.
    pub(super) outcomes: Vec<TopicOutcome>,
    /// Topic ids that the channel has now, of those asked for: a combined one counts as one.
    pub(super) ids: usize,
    /// How many of the outcomes are refusals for want of permission, and not of a topic that the
    /// service doesn't know.
    pub(super) not_permitted: usize,
}

impl Subscribed {
    fn add(&mut self, other: Self) {
        self.outcomes.extend(other.outcomes);
        self.ids += other.ids;
        self.not_permitted += other.not_permitted;
    }
}

impl ServiceClient {
    /// Creates a notification channel. The service keeps 20 of a user and application; the 21st
    /// evicts one.
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn create_channel(&self) -> Result<Channel, Failure> {
        let doing = "creating a channel";
        let host = self.shared.address.api_host();
        let call = Call {
            method: Method::POST,
            path: "/api/v2/notifications/channels",
            body: Some("{}".to_owned()),
            doing,
            asked: Asked::Other,
            patience: Patience::Once,
        };
        let answer: ChannelAnswer = self.call(call).await?.json(doing, &host)?;
        let channel = Channel::from(answer);
        if channel.id.is_none() || channel.connect_uri.expose_secret().is_empty() {
            return Err(unreadable(doing, &host, "it holds no id or no connectUri"));
        }
        let expires = moment::in_log(channel.expires);
        tracing::info!(channel = channel.short(), expires, "channel created");
        Ok(channel)
    }

    /// Asks whether a channel still exists.
    pub async fn check_channel(&self, channel: &ChannelId) -> ChannelCheck {
        let path = format!("/api/v2/notifications/channels/{}", channel.in_path());
        let call = Call {
            method: Method::HEAD,
            path: &path,
            body: None,
            doing: "checking the channel",
            asked: Asked::Channel,
            patience: Patience::Once,
        };
        match self.call(call).await {
            Ok(_) => ChannelCheck::Exists,
            Err(failure) => match failure.kind {
                FailureKind::ChannelGone => ChannelCheck::Gone,
                FailureKind::TokenRefused => ChannelCheck::Unauthorized,
                _ => ChannelCheck::Unknown(failure),
            },
        }
    }

    /// Lists the channels of this token, or with `of_client` of all tokens of the same OAuth
    /// client; the service withholds the ids of the latter.
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn channels(&self, of_client: bool) -> Result<Vec<Channel>, Failure> {
        self.list_channels(of_client, Patience::Patient).await
    }

    /// As [`Self::channels`], with one attempt: a diagnosis tells what came and waits for nothing.
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn channels_once(&self, of_client: bool) -> Result<Vec<Channel>, Failure> {
        self.list_channels(of_client, Patience::Once).await
    }

    /// How many subscriptions a channel has.
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn subscription_count(&self, channel: &ChannelId) -> Result<usize, Failure> {
        let doing = "reading the subscriptions of a channel";
        let path = format!("/api/v2/notifications/channels/{}/subscriptions", channel.in_path());
        let call =
            Call { asked: Asked::Channel, patience: Patience::Once, ..Call::get(&path, doing) };
        let answer = self.call(call).await?;
        let list: Entities<serde::de::IgnoredAny> =
            answer.json(doing, &self.shared.address.api_host())?;
        Ok(list.entities.len())
    }

    async fn list_channels(
        &self,
        of_client: bool,
        patience: Patience,
    ) -> Result<Vec<Channel>, Failure> {
        let doing = "listing the channels";
        let of = if of_client { "oauthclient" } else { "token" };
        let path = format!("/api/v2/notifications/channels?includechannels={of}");
        let answer = self.call(Call { patience, ..Call::get(&path, doing) }).await?;
        let list: Entities<ChannelAnswer> = answer.json(doing, &self.shared.address.api_host())?;
        Ok(list.entities.into_iter().map(Channel::from).collect())
    }

    /// When a channel ends now; subscribing has set that anew without saying so. `None` when it
    /// can't be learned, which is no reason to fail.
    pub async fn channel_expiry(&self, channel: &ChannelId) -> Option<Timestamp> {
        let list = self.list_channels(false, Patience::Once).await.ok()?;
        let wanted = channel.0.expose_secret();
        list.into_iter()
            .find(|other| other.id.as_ref().is_some_and(|id| id.0.expose_secret() == wanted))
            .and_then(|found| found.expires)
    }

    /// Adds topics to a channel, at most 1,000 in a request, and says what became of each.
    ///
    /// # Errors
    /// What the service or the network said, when it isn't about single topics.
    pub async fn subscribe(
        &self,
        channel: &ChannelId,
        topics: &[Topic],
    ) -> Result<Vec<TopicOutcome>, Failure> {
        Ok(self.set_topics(channel, topics, Writing::Add).await?.outcomes)
    }

    /// Adds topics to a channel or replaces those that it has. One writer a channel: who replaces
    /// what another one adds meanwhile loses it.
    ///
    /// Asks the service to go on where permission is missing. Where it refuses a whole request
    /// nevertheless (one malformed topic is enough), the request is halved until the topics at
    /// fault are found, so that one of them can't keep all others from being watched.
    pub(super) async fn set_topics(
        &self,
        channel: &ChannelId,
        topics: &[Topic],
        writing: Writing,
    ) -> Result<Subscribed, Failure> {
        let mut subscribed = Subscribed::default();
        let mut searches_left = MAX_SEARCH_REQUESTS;
        let mut writing = writing;
        if topics.is_empty() && writing == Writing::Replace {
            self.clear_subscriptions(channel).await?;
            return Ok(subscribed);
        }
        // a stack, with the first batch on top, so that outcomes keep the order of the topics
        let mut batches: Vec<&[Topic]> = topics.chunks(MAX_TOPICS_PER_CHANNEL).rev().collect();
        while let Some(batch) = batches.pop() {
            match self.write_batch(channel, batch, writing).await {
                Ok(answered) => {
                    subscribed.add(answered);
                    // what comes after the first batch must not replace it
                    writing = Writing::Add;
                }
                Err(refused)
                    if matches!(
                        refused.kind,
                        FailureKind::Unacceptable | FailureKind::NotPermitted
                    ) =>
                {
                    tracing::info!(
                        channel = channel.short(),
                        topics = batch.len(),
                        answer = refused.sentence,
                        "a batch of topics was refused whole"
                    );
                    if batch.len() > 1 && searches_left >= 2 {
                        searches_left -= 2;
                        let (first, second) = batch.split_at(batch.len() / 2);
                        batches.push(second);
                        batches.push(first);
                    } else {
                        let refused_for = refused.kind;
                        let rejection = Rejection {
                            reason: refused.sentence,
                            missing_permissions: Vec::new(),
                            context_id: refused.context_id,
                        };
                        let refused: Vec<_> = batch.iter().flat_map(Topic::singles).collect();
                        if refused_for == FailureKind::NotPermitted {
                            subscribed.not_permitted += refused.len();
                        }
                        subscribed.outcomes.extend(refused.into_iter().map(|topic| TopicOutcome {
                            topic,
                            rejection: Some(rejection.clone()),
                        }));
                    }
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(subscribed)
    }

    async fn write_batch(
        &self,
        channel: &ChannelId,
        topics: &[Topic],
        writing: Writing,
    ) -> Result<Subscribed, Failure> {
        let doing = "subscribing";
        let host = self.shared.address.api_host();
        let path = format!(
            "/api/v2/notifications/channels/{}/subscriptions?ignoreErrors=true",
            channel.in_path()
        );
        // a bare array of objects: every other form is refused
        let body: Vec<HashMap<&str, &str>> =
            topics.iter().map(|topic| HashMap::from([("id", topic.as_str())])).collect();
        let body = serde_json::to_string(&body)
            .map_err(|reason| unreadable(doing, &host, &reason.to_string()))?;
        let call = Call {
            method: match writing {
                Writing::Add => Method::POST,
                Writing::Replace => Method::PUT,
            },
            path: &path,
            body: Some(body),
            doing,
            asked: Asked::Channel,
            patience: Patience::Once,
        };
        let answer = self.call(call).await?;
        let context = serde_json::from_slice::<ErrorBody>(&answer.body)
            .ok()
            .and_then(|body| body.context_id)
            .or_else(|| {
                let header = answer.headers.get("inin-correlation-id")?;
                header.to_str().ok().map(str::to_owned)
            });
        let list: Entities<TopicAnswer> = answer.json(doing, &host)?;
        Ok(outcomes(topics, &list.entities, context.as_ref()))
    }

    /// Whether a channel has no subscription at all.
    pub(super) async fn is_unsubscribed(&self, channel: &ChannelId) -> Result<bool, Failure> {
        let doing = "looking at a channel's subscriptions";
        let path = format!("/api/v2/notifications/channels/{}/subscriptions", channel.in_path());
        let call =
            Call { asked: Asked::Channel, patience: Patience::Once, ..Call::get(&path, doing) };
        let host = self.shared.address.api_host();
        let list: Entities<IgnoredAny> = self.call(call).await?.json(doing, &host)?;
        Ok(list.entities.is_empty())
    }

    /// Removes all subscriptions of a channel. The service offers no way to delete a channel.
    ///
    /// # Errors
    /// What the service or the network said.
    pub async fn clear_subscriptions(&self, channel: &ChannelId) -> Result<(), Failure> {
        let path = format!("/api/v2/notifications/channels/{}/subscriptions", channel.in_path());
        let call = Call {
            method: Method::DELETE,
            path: &path,
            body: None,
            doing: "clearing the subscriptions",
            asked: Asked::Channel,
            patience: Patience::Once,
        };
        self.call(call).await.map(drop)
    }
}

/// What became of each topic, by the service's list.
///
/// A combined topic comes back as a success, with an entry beside it for each part that failed.
fn outcomes(asked: &[Topic], answered: &[TopicAnswer], context_id: Option<&String>) -> Subscribed {
    let by_topic: HashMap<Topic, &TopicAnswer> =
        answered.iter().map(|answer| (Topic::received(&answer.id), answer)).collect();
    let unmentioned = || Rejection {
        reason: "the service's answer doesn't mention it".to_owned(),
        missing_permissions: Vec::new(),
        context_id: context_id.cloned(),
    };
    let mut subscribed = Subscribed::default();
    for topic in asked {
        let whole = by_topic.get(topic).map(|answer| answer.rejection(context_id));
        let parts: Vec<TopicOutcome> = topic
            .singles()
            .map(|single| {
                let rejection = match by_topic.get(&single) {
                    Some(answer) => answer.rejection(context_id),
                    None => whole.clone().unwrap_or_else(|| Some(unmentioned())),
                };
                TopicOutcome { topic: single, rejection }
            })
            .collect();
        let rejections = parts.iter().filter_map(|part| part.rejection.as_ref());
        subscribed.not_permitted += rejections.filter(|one| lacks_permission(one)).count();
        if parts.iter().any(|part| part.rejection.is_none()) {
            subscribed.ids += 1;
            subscribed.outcomes.push(TopicOutcome { topic: topic.clone(), rejection: None });
        }
        // a single topic that is permitted is told already
        subscribed.outcomes.extend(parts.into_iter().filter(|part| part.rejection.is_some()));
    }
    subscribed
}

/// Whether a topic is refused for want of permission. Refusing single topics in an answer that is
/// otherwise a success is documented for those that are forbidden; whether unknown ones are
/// answered so as well is not known, so words that say it are believed.
fn lacks_permission(rejection: &Rejection) -> bool {
    /// In reasons that are about the topic itself; "mention" is ours, for no word at all.
    const OF_THE_TOPIC: [&str; 6] =
        ["unknown", "invalid", "not found", "not exist", "malformed", "mention"];
    let reason = rejection.reason.to_ascii_lowercase();
    !rejection.missing_permissions.is_empty()
        || !OF_THE_TOPIC.iter().any(|words| reason.contains(words))
}

#[cfg(test)]
mod tests;
