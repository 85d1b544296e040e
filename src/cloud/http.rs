//! One REST call: pacing, bearer token, size and time limits, retries.
//!
//! Must not know what the calls are for; [`super::client`] and its siblings do.
use super::client::{RateLimit, ServiceClient};
use super::failure::{self, Asked, MAX_RETRY_AFTER, Refusal, plain};
use super::pace::Urgency;
use crate::domain::session::{Failure, FailureKind};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::time::Instant;

/// Largest answer that is read, in bytes: a page of 100 conversations with long histories has
/// some 2 MB; whatever is eight times that isn't ours.
pub(super) const MAX_ANSWER_BYTES: usize = 16 << 20;
/// Limit for one request with its answer. Below the 20 s that the session machine gives a step,
/// so that the reason arrives before the machine loses patience.
const REQUEST_LIMIT: Duration = Duration::from_secs(15);
/// Longest wait for the allowance that a session's step takes by itself; a longer one goes back
/// to the machine, which shows it.
const SHORT_WAIT: Duration = Duration::from_secs(3);
/// Attempts of a patient call. With waits of 0.5, 1, 2 and 4 s it rides out a rolling restart of
/// the service and still ends within the half minute that a person waits.
const MAX_ATTEMPTS: u32 = 5;
/// First wait between attempts; doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How much a call puts up with by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// One attempt: the session machine has waits of its own.
    Once,
    /// Several attempts; waits as told, and logs in again when the token isn't taken.
    Patient,
}

/// One call.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// Path and query below the API's base address.
    pub(super) path: &'a str,
    pub(super) body: Option<String>,
    /// For the sentence, such as `creating a channel`.
    pub(super) doing: &'static str,
    pub(super) asked: Asked,
    pub(super) patience: Patience,
}

impl<'a> Call<'a> {
    /// A patient GET.
    pub(super) fn get(path: &'a str, doing: &'static str) -> Self {
        Self {
            method: Method::GET,
            path,
            body: None,
            doing,
            asked: Asked::Other,
            patience: Patience::Patient,
        }
    }
}

/// An answer, whatever its status.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// The body as the JSON that it should be.
    pub(super) fn json<T: DeserializeOwned>(&self, doing: &str, host: &str) -> Result<T, Failure> {
        serde_json::from_slice(&self.body)
            .map_err(|reason| failure::unreadable(doing, host, &reason.to_string()))
    }

    /// The body as text.
    pub(super) fn text(&self, doing: &str, host: &str) -> Result<&str, Failure> {
        std::str::from_utf8(&self.body)
            .map_err(|_| failure::unreadable(doing, host, "it isn't text"))
    }
}

impl ServiceClient {
    /// Does `call`; gives the answer when its status is a success and it is no page for people.
    pub(super) async fn call(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let mut attempt = 1;
        let mut logged_in_again = false;
        loop {
            let error = match self.attempt(&call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            if call.patience == Patience::Once {
                return Err(error);
            }
            let wait = match error.kind {
                FailureKind::TokenRefused if !logged_in_again => {
                    logged_in_again = true;
                    self.login(true).await?;
                    continue;
                }
                FailureKind::RateLimited | FailureKind::Network | FailureKind::Service
                    if attempt < MAX_ATTEMPTS =>
                {
                    error.retry_after.unwrap_or_else(|| backoff(attempt))
                }
                _ => return Err(error),
            };
            if wait > MAX_RETRY_AFTER {
                let asked = format!(
                    "{}; it asks to wait {} s, which is too long to wait here: try again later",
                    error.sentence,
                    wait.as_secs()
                );
                return Err(Failure { sentence: asked, ..error });
            }
            tracing::debug!(doing = call.doing, attempt, ?wait, "will be tried again");
            tokio::time::sleep(self.clock.real(wait)).await;
            attempt += 1;
        }
    }

    async fn attempt(&self, call: &Call<'_>) -> Result<Answer, Failure> {
        let host = self.shared.address.api_host();
        self.wait_for_allowance(call, &host).await?;
        let (token, generation) = self.token().await?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| {
                let sentence = format!(
                    "{} failed: the access token holds characters that no token has; give it anew",
                    call.doing
                );
                plain(FailureKind::CredentialsRefused, sentence)
            })?;
        bearer.set_sensitive(true);
        let url = format!("{}{}", self.shared.address.api_url(), call.path);
        let mut request = self.http.request(call.method.clone(), url).header(AUTHORIZATION, bearer);
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let answer = self.send(request, call.doing, &host).await?;
        if answer.status == 401 {
            self.token_was_refused(generation);
        } else if (200..300).contains(&answer.status) {
            self.token_was_taken();
        }
        let accepted = accepted(answer, call.doing, &host, call.asked);
        if let Err(failure) = &accepted
            && failure.kind == FailureKind::RateLimited
            && let Some(wait) = failure.retry_after
        {
            self.shared.budget().refused(self.clock.real(wait), Instant::now());
        }
        accepted
    }

    async fn wait_for_allowance(&self, call: &Call<'_>, host: &str) -> Result<(), Failure> {
        let urgency = match call.patience {
            Patience::Once => Urgency::Session,
            Patience::Patient => Urgency::Background,
        };
        loop {
            let Err(wait) = self.shared.budget().admit(urgency, Instant::now()) else {
                return Ok(());
            };
            // the budget counts on the machine's clock, people and the machine on ours
            let asked = self.clock.passed(wait);
            if call.patience == Patience::Once && asked > SHORT_WAIT {
                return Err(Failure {
                    kind: FailureKind::RateLimited,
                    sentence: format!(
                        "{} waits: the requests that {host} allows in this minute are used up",
                        call.doing
                    ),
                    retry_after: Some(asked),
                    context_id: None,
                });
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// Sends one request and reads the whole answer, within limits of size and time.
    pub(super) async fn send(
        &self,
        request: reqwest::RequestBuilder,
        doing: &'static str,
        host: &str,
    ) -> Result<Answer, Failure> {
        let sent = Instant::now();
        let exchange = async {
            let mut response = request.send().await?;
            let status = response.status().as_u16();
            let headers = response.headers().clone();
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                if body.len() + chunk.len() > MAX_ANSWER_BYTES {
                    return Ok(Err(()));
                }
                body.extend_from_slice(&chunk);
            }
            Ok::<_, reqwest::Error>(Ok(Answer { status, headers, body }))
        };
        let answer = match tokio::time::timeout(REQUEST_LIMIT, exchange).await {
            Err(_) => return Err(failure::timed_out(doing, host)),
            Ok(Err(error)) => {
                let proxy = self.shared.proxies.name_for(error.url());
                return Err(failure::of_request(&error, doing, host, proxy.as_deref()));
            }
            Ok(Ok(Err(()))) => {
                let why = format!("it has more than {} MiB", MAX_ANSWER_BYTES >> 20);
                return Err(failure::unreadable(doing, host, &why));
            }
            Ok(Ok(Ok(answer))) => answer,
        };
        let took = sent.elapsed();
        tracing::debug!(doing, status = answer.status, bytes = answer.body.len(), ?took, "answer");
        self.note_headers(&answer.headers, took);
        Ok(answer)
    }

    /// Takes in what the headers tell about allowance and clock.
    fn note_headers(&self, headers: &HeaderMap, took: Duration) {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let number = |name: &str| text(name).and_then(|text| text.trim().parse::<u32>().ok());
        let wall = self.clock.now();
        let limit = match (
            number("inin-ratelimit-count"),
            number("inin-ratelimit-allowed"),
            number("inin-ratelimit-reset"),
        ) {
            // an allowance of nothing would stop us for ever: not believed
            (Some(count), Some(allowed), Some(reset)) if allowed > 0 => {
                let resets_in = Duration::from_secs(reset.into());
                let ends_in = self.clock.real(resets_in);
                self.shared.budget().announced(count, allowed, ends_in, Instant::now());
                let resets = crate::domain::moment::add(wall, resets_in);
                Some(RateLimit { count, allowed, resets })
            }
            _ => None,
        };
        let skew = text("date")
            .and_then(|date| DateTimeParser::new().parse_timestamp(date).ok())
            .map(|theirs| clock_skew(theirs, wall, self.clock.passed(took)));
        self.shared.vitals.send_if_modified(|vitals| {
            let before = vitals.clone();
            vitals.rate_limit = limit.or(vitals.rate_limit);
            vitals.clock_skew = skew.or(vitals.clock_skew);
            *vitals != before
        });
    }
}

/// Only what is a success and no page for people; the failure otherwise.
pub(super) fn accepted(
    answer: Answer,
    doing: &str,
    host: &str,
    asked: Asked,
) -> Result<Answer, Failure> {
    let Answer { status, headers, body } = &answer;
    let status = *status;
    if (200..300).contains(&status) {
        if failure::is_page(headers, body) {
            return Err(failure::page_instead(doing, host, status));
        }
        return Ok(answer);
    }
    let failure = Refusal { doing, host, asked, status, headers, body }.failure();
    tracing::info!(doing, status, sentence = failure.sentence, "the service refused");
    Err(failure)
}

/// Milliseconds by which their clock is ahead, taken at half of the way back. Their header has
/// whole seconds: what lies within that and the journey is no difference.
pub(super) fn clock_skew(theirs: Timestamp, ours: Timestamp, took: Duration) -> i64 {
    let took = i64::try_from(took.as_millis()).unwrap_or(i64::MAX);
    let difference = theirs
        .as_millisecond()
        .saturating_add(500)
        .saturating_sub(ours.as_millisecond().saturating_sub(took / 2));
    if difference.abs() <= 1_500 + took / 2 { 0 } else { difference / 1_000 * 1_000 }
}

/// The wait after `attempt` failed ones, with a quarter of jitter both ways.
fn backoff(attempt: u32) -> Duration {
    FIRST_WAIT.saturating_mul(1 << (attempt - 1).min(5)).mul_f64(0.75 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::{backoff, clock_skew};
    use jiff::Timestamp;
    use std::time::Duration;

    #[test]
    fn a_clock_is_wrong_only_beyond_seconds_and_journey() {
        let ours = Timestamp::from_second(1_000_000).unwrap();
        for (theirs, took, expected) in [
            (1_000_000, 0, 0),
            (1_000_001, 0, 0),
            (999_997, 8, 0),
            (1_000_010, 0, 10_000),
            (999_000, 0, -999_000),
        ] {
            let theirs = Timestamp::from_second(theirs).unwrap();
            assert_eq!(clock_skew(theirs, ours, Duration::from_secs(took)), expected, "{theirs}");
        }
    }

    #[test]
    fn waits_grow_and_stay_bounded() {
        for attempt in 1..100 {
            let wait = backoff(attempt);
            assert!(wait >= Duration::from_millis(375) && wait <= Duration::from_secs(20));
        }
    }
}
