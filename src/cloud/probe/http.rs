//! Single HTTP questions: without a token, with one, and the login. One attempt each.
use super::super::address::host_of;
use super::super::failure::{self, ErrorBody, harmless, is_page};
use super::super::http::clock_skew;
use super::{HTTP_LIMIT, Probe};
use crate::domain::diagnosis::access::Grants;
use crate::domain::diagnosis::network::{Answer, Asked};
use crate::domain::diagnosis::permissions::CatalogueTopic;
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};

/// Largest answer that is read, in bytes: the catalogue without schemas has some 100 KB.
const MAX_ANSWER_BYTES: usize = 8 << 20;
/// Bytes in which the title of a page is looked for.
const MAX_TITLE_BYTES: usize = 16 << 10;

/// The body of a success.
pub struct Body(Vec<u8>);

impl Body {
    fn json<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_slice(&self.0).ok()
    }
}

#[derive(Deserialize)]
struct TokenAnswer {
    access_token: Option<String>,
    expires_in: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Named {
    name: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TokenOwner {
    organization: Named,
    authorized_scope: Vec<String>,
    #[serde(rename = "OAuthClient")]
    client: Named,
}

#[derive(Deserialize)]
struct Entities<T> {
    #[serde(default = "Vec::new")]
    entities: Vec<T>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AvailableTopic {
    id: String,
    transports: Option<Vec<String>>,
    requires_permissions: Option<Vec<String>>,
    requires_current_user_or_permission: bool,
    requires_division_permissions: bool,
    permission_details: Option<Vec<PermissionDetail>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct PermissionDetail {
    #[serde(rename = "type")]
    kind: Option<String>,
    permissions: Option<Vec<String>>,
    allows_current_user: bool,
}

impl Probe {
    /// Asks the API something without a token; the service says 401 to it.
    pub async fn knock(&self) -> Asked {
        let url = format!("{}/api/v2/tokens/me", self.address.api_url());
        self.ask(self.http.get(url)).await.0
    }

    /// Logs in with an OAuth client; gives the token and its life where it gets one.
    pub async fn login(
        &self,
        client_id: &str,
        secret: &SecretString,
    ) -> (Asked, Option<(SecretString, Option<Duration>)>) {
        let request = self
            .http
            .post(format!("{}/oauth/token", self.address.login_url()))
            .basic_auth(client_id, Some(secret.expose_secret()))
            .form(&[("grant_type", "client_credentials")]);
        let (asked, body) = self.ask(request).await;
        let token = body.and_then(|body| body.json::<TokenAnswer>()).and_then(|answer| {
            let life = answer.expires_in.and_then(|life| Duration::try_from_secs_f64(life).ok());
            let token = answer.access_token.filter(|token| !token.is_empty())?;
            Some((SecretString::from(token), life))
        });
        (asked, token)
    }

    /// What the token says of itself.
    pub async fn grants(&self, token: &SecretString) -> (Asked, Option<Grants>) {
        let (asked, body) = self.get("/api/v2/tokens/me", token).await;
        let Some(owner) = body.and_then(|body| body.json::<TokenOwner>()) else {
            return (asked, None);
        };
        // client credentials are refused here; that is how they are told from a person
        let (_, body) = self.get("/api/v2/users/me", token).await;
        let user = body.and_then(|body| body.json::<Named>()).and_then(|user| user.name);
        let short = |name: Option<String>| name.map(|name| harmless(&name, 80));
        let scopes = owner.authorized_scope.iter().map(|scope| harmless(scope, 60)).collect();
        let grants = Grants {
            organization: short(owner.organization.name),
            client: short(owner.client.name),
            user: short(user),
            scopes,
        };
        (asked, Some(grants))
    }

    /// The service's catalogue of topics, with transports and permissions.
    pub async fn catalogue(&self, token: &SecretString) -> (Asked, Option<Vec<CatalogueTopic>>) {
        let path = "/api/v2/notifications/availabletopics?expand=permissionDetails,requiresPermissions,transports";
        let (asked, body) = self.get(path, token).await;
        let list = body.and_then(|body| body.json::<Entities<AvailableTopic>>());
        (asked, list.map(|list| list.entities.into_iter().map(catalogue_topic).collect()))
    }

    async fn get(&self, path: &str, token: &SecretString) -> (Asked, Option<Body>) {
        let url = format!("{}{path}", self.address.api_url());
        self.ask(self.http.get(url).bearer_auth(token.expose_secret())).await
    }

    async fn ask(&self, request: RequestBuilder) -> (Asked, Option<Body>) {
        let begun = Instant::now();
        let asking = async {
            let response = request.send().await?;
            let took = begun.elapsed();
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let body = read(response).await?;
            Ok::<_, reqwest::Error>((status, headers, body, took))
        };
        match tokio::time::timeout(HTTP_LIMIT, asking).await {
            Err(_) => (Asked::TimedOut, None),
            Ok(Err(error)) if error.is_timeout() => (Asked::TimedOut, None),
            Ok(Err(error)) => {
                let host = self.address.api_host();
                // a proxy on the way has a check of its own, before this one
                let words = failure::of_request(&error, "asking", &host, None).sentence;
                (Asked::Failed(words), None)
            }
            Ok(Ok((status, headers, body, took))) => {
                let answer = answer(status, &headers, &body, took);
                let usable = (200..300).contains(&status) && !answer.is_page;
                (Asked::Answered(answer), usable.then_some(Body(body)))
            }
        }
    }
}

/// Reads a body up to the bound; what lies behind it is left.
async fn read(mut response: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        let room = MAX_ANSWER_BYTES.saturating_sub(body.len());
        if room == 0 {
            break;
        }
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    Ok(body)
}

fn answer(status: u16, headers: &HeaderMap, body: &[u8], took: Duration) -> Answer {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let number = |name: &str| text(name).and_then(|text| text.trim().parse::<u32>().ok());
    let said: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let success = (200..300).contains(&status);
    let limit = number("inin-ratelimit-count")
        .zip(number("inin-ratelimit-allowed"))
        .zip(number("inin-ratelimit-reset"))
        .map(|((count, allowed), reset)| (count, allowed, reset));
    let skew = text("date")
        .and_then(|date| DateTimeParser::new().parse_timestamp(date).ok())
        .map(|theirs| clock_skew(theirs, Timestamp::now(), took));
    let short = |text: Option<&str>, limit| {
        text.map(str::trim).filter(|text| !text.is_empty()).map(|text| harmless(text, limit))
    };
    Answer {
        status,
        is_page: is_page(headers, body),
        is_json: serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok(),
        title: title(body),
        redirects_to: text("location")
            .filter(|_| (300..400).contains(&status))
            .map(|location| harmless(&host_of(location), 80)),
        code: short(said.code().filter(|_| !success), 60),
        message: short(said.message().filter(|_| !success), 160),
        context_id: short(said.context_id.as_deref().or(text("inin-correlation-id")), 80),
        retry_after: number("retry-after").map(|seconds| Duration::from_secs(seconds.into())),
        skew_ms: skew,
        limit,
    }
}

/// The title of a page.
fn title(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(MAX_TITLE_BYTES)]);
    let begin = text.to_ascii_lowercase().find("<title>")? + "<title>".len();
    let rest = text.get(begin..)?;
    let title = rest.split('<').next()?.trim();
    (!title.is_empty()).then(|| harmless(title, 60))
}

fn catalogue_topic(topic: AvailableTopic) -> CatalogueTopic {
    let details = topic.permission_details.unwrap_or_default();
    let mut permissions: Vec<String> = topic.requires_permissions.unwrap_or_default();
    permissions
        .extend(details.iter().flat_map(|detail| detail.permissions.clone().unwrap_or_default()));
    let mut unique: Vec<String> = Vec::new();
    for permission in permissions.iter().map(|permission| harmless(permission, 80)) {
        if !unique.contains(&permission) {
            unique.push(permission);
        }
    }
    let by_division = details.iter().any(|detail| {
        detail
            .kind
            .as_deref()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("requiresDivisionPermissions"))
    });
    CatalogueTopic {
        template: harmless(&topic.id, 200),
        transports: topic.transports.unwrap_or_default(),
        permissions: unique,
        own_is_free: topic.requires_current_user_or_permission
            || details.iter().any(|detail| detail.allows_current_user),
        by_division: by_division || topic.requires_division_permissions,
    }
}
