//! From everything that can go wrong at the network edge to a sentence and what helps.
//!
//! Pure mapping tables; must not open anything. What a server or a library says is made harmless
//! and short before it becomes part of a sentence.
use crate::domain::session::{Failure, FailureKind};
pub(super) use crate::domain::text::harmless_within as harmless;
use reqwest::header::HeaderMap;
use serde::Deserialize;
use std::error::Error as StdError;
use std::time::Duration;

/// Most characters of a server's own words in a sentence: two lines of a terminal.
const MAX_WORDS: usize = 200;
/// Longest wait that a server may ask for and still be believed, as the vendor's own command
/// line client has it; beyond it something else is wrong.
pub(super) const MAX_RETRY_AFTER: Duration = Duration::from_secs(180);

/// The service's error body; every field may be missing.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ErrorBody {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) context_id: Option<String>,
    /// OAuth's word for what is wrong, such as `invalid_client`.
    error: Option<String>,
    /// OAuth's sentence; named with an underscore there.
    #[serde(rename = "error_description")]
    error_description: Option<String>,
}

impl ErrorBody {
    /// The word for what is wrong, the service's or OAuth's.
    pub(super) fn code(&self) -> Option<&str> {
        self.code.as_deref().or(self.error.as_deref())
    }

    /// The sentence beside it.
    pub(super) fn message(&self) -> Option<&str> {
        self.message.as_deref().or(self.error_description.as_deref())
    }
}

/// What an HTTP answer is the answer to, for the sentence and for what 401, 403 and 404 mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// A token, with credentials.
    Token,
    /// A token, with what a person's login gave: a code or a refresh token.
    UserToken,
    /// Something about one channel: 404 and 410 mean that it is gone.
    Channel,
    /// The upgrade to a socket, which carries no token: a refusal concerns the channel.
    Upgrade,
    /// Anything else.
    Other,
}

/// Parts of an HTTP answer that was no success.
pub(super) struct Refusal<'a> {
    /// What was being done, such as `creating a channel`.
    pub(super) doing: &'a str,
    /// Who was asked.
    pub(super) host: &'a str,
    /// What kind of thing was asked for.
    pub(super) asked: Asked,
    /// Status of the answer.
    pub(super) status: u16,
    /// Headers of the answer.
    pub(super) headers: &'a HeaderMap,
    /// Body of the answer, perhaps cut.
    pub(super) body: &'a [u8],
}

impl Refusal<'_> {
    /// The failure that this refusal is.
    pub(super) fn failure(&self) -> Failure {
        let Self { doing, host, status, .. } = *self;
        if (300..400).contains(&status) {
            let target = self.header("location").map(|address| super::address::host_of(&address));
            let target = target.map(|host| format!(" to {}", harmless(&host, 80)));
            return Failure {
                kind: FailureKind::BadAnswer,
                sentence: format!(
                    "{doing} failed: {host} redirects{}, which the service never does: a captive portal or proxy is in between; log in to the network, then try again",
                    target.unwrap_or_default()
                ),
                retry_after: None,
                context_id: None,
            };
        }
        if status == 407 {
            return plain(FailureKind::Network, format!("{doing} failed: {PROXY_WANTS_LOGIN}"));
        }
        if status < 500 && is_page(self.headers, self.body) {
            return page_instead(doing, host, status);
        }
        let body: ErrorBody = serde_json::from_slice(self.body).unwrap_or_default();
        let code = body.code();
        let kind = self.kind(code);
        let message = body.message();
        let retry_after = self
            .header("retry-after")
            .and_then(|text| text.trim().parse().ok())
            .map(Duration::from_secs);
        let mut sentence = format!("{doing} failed: {host} answered {status}");
        if let Some(code) = code {
            sentence.push(' ');
            sentence.push_str(&harmless(code, 60));
        }
        if let Some(message) = message.map(str::trim).filter(|message| !message.is_empty()) {
            sentence.push_str(": ");
            sentence.push_str(harmless(message, MAX_WORDS).trim_end_matches('.'));
        }
        sentence.push_str(self.remedy(kind));
        Failure {
            kind,
            sentence,
            retry_after: retry_after.filter(|_| kind == FailureKind::RateLimited || status == 503),
            context_id: body
                .context_id
                .or_else(|| self.header("inin-correlation-id"))
                .map(|id| harmless(&id, 80)),
        }
    }

    fn kind(&self, code: Option<&str>) -> FailureKind {
        let is_credential_error = matches!(
            code,
            Some("invalid_client" | "unauthorized_client" | "invalid_grant" | "bad.credentials")
        );
        match (self.asked, self.status) {
            (_, 429) => FailureKind::RateLimited,
            (Asked::Token | Asked::UserToken, 401 | 403) => FailureKind::CredentialsRefused,
            (Asked::Token | Asked::UserToken, 400) if is_credential_error => {
                FailureKind::CredentialsRefused
            }
            (Asked::Upgrade, 401 | 403 | 404 | 410) | (Asked::Channel, 404 | 410) => {
                FailureKind::ChannelGone
            }
            (_, 401) => FailureKind::TokenRefused,
            (_, 403) => FailureKind::NotPermitted,
            (_, 408) => FailureKind::Network,
            (_, 501) => FailureKind::Unacceptable,
            (_, 500..) => FailureKind::Service,
            _ => FailureKind::Unacceptable,
        }
    }

    fn remedy(&self, kind: FailureKind) -> &'static str {
        match kind {
            FailureKind::CredentialsRefused if self.asked == Asked::UserToken => {
                "; log in again, and check that the OAuth client is of the kind \"Code Authorization\" and of this region"
            }
            FailureKind::CredentialsRefused => {
                "; check client id, secret and region: each region has its own clients"
            }
            FailureKind::ChannelGone if self.asked == Asked::Upgrade => {
                "; the channel has ended or was evicted, a new one is needed"
            }
            FailureKind::NotPermitted => {
                "; ask an administrator to grant the permission to the role of this user or client"
            }
            _ => "",
        }
    }

    fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    }
}

/// What to do about a proxy that wants a login.
pub(super) const PROXY_WANTS_LOGIN: &str = "the proxy asks for a user name and password: put them into HTTPS_PROXY as http://USER:PASSWORD@HOST:PORT";

/// A failure without anything of the service in it.
pub(super) fn plain(kind: FailureKind, sentence: String) -> Failure {
    Failure { kind, sentence, retry_after: None, context_id: None }
}

/// A page came where data should be.
pub(super) fn page_instead(doing: &str, host: &str, status: u16) -> Failure {
    plain(
        FailureKind::BadAnswer,
        format!(
            "{doing} failed: a page instead of JSON from {host} (status {status}): a captive portal or proxy is in between, or the address isn't the service's"
        ),
    )
}

/// An answer that can't be read.
pub(super) fn unreadable(doing: &str, host: &str, why: &str) -> Failure {
    plain(
        FailureKind::BadAnswer,
        format!("{doing} failed: the answer of {host} can't be read: {}", harmless(why, MAX_WORDS)),
    )
}

/// Whether an answer is a page for people.
pub(super) fn is_page(headers: &HeaderMap, body: &[u8]) -> bool {
    let says_so = headers
        .get("content-type")
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| kind.to_ascii_lowercase().contains("html"));
    says_so || body.trim_ascii_start().first() == Some(&b'<')
}

/// The failure behind an error of the HTTP library; `proxy` is the one on the way, if there is one.
pub(super) fn of_request(
    error: &reqwest::Error,
    doing: &str,
    host: &str,
    proxy: Option<&str>,
) -> Failure {
    if error.is_timeout() {
        return timed_out(doing, host);
    }
    // the library's own text may hold the whole address, and a channel's address is a secret
    of_way(error, doing, host, proxy)
}

/// Nothing came in time.
pub(super) fn timed_out(doing: &str, host: &str) -> Failure {
    plain(
        FailureKind::Network,
        format!("{doing} failed: {host} did not answer in time; check the network and the proxy"),
    )
}

/// The failure behind an error of name resolution, TCP or TLS, however deep it is wrapped.
pub(super) fn of_connection(error: &(dyn StdError + 'static), doing: &str, host: &str) -> Failure {
    of_way(error, doing, host, None)
}

/// The same where a proxy may be on the way: what it refused is told apart from what lies behind.
pub(super) fn of_way(
    error: &(dyn StdError + 'static),
    doing: &str,
    host: &str,
    proxy: Option<&str>,
) -> Failure {
    let mut words = Vec::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        words.push(cause.to_string());
        next = cause.source();
    }
    let all = words.join(": ").to_ascii_lowercase();
    let by_name = proxy.map_or("the proxy".to_owned(), |name| format!("the proxy {name}"));
    let before_the_proxy = all.contains("failed to create underlying connection");
    // whom we could not reach: the proxy itself, or whoever is behind it
    let host = if before_the_proxy { by_name.as_str() } else { host };
    let why = if let Some(tls) = find_tls(error) {
        tls_words(tls, host, proxy.filter(|_| !before_the_proxy))
    } else if all.contains("dns error") || all.contains("failed to lookup address") {
        let check = if before_the_proxy { "HTTPS_PROXY" } else { "the region" };
        format!("the name {host} can't be resolved; check {check} and the network")
    } else if all.contains("proxy authorization required") || all.contains("proxy authentication") {
        PROXY_WANTS_LOGIN.to_owned()
    } else if all.contains("credentials not accepted") {
        format!("{by_name} doesn't take the user name and password in its address")
    } else if all.contains("connection refused") {
        format!("{host} refuses the connection")
    } else if all.contains("network is unreachable") || all.contains("no route to host") {
        format!("there is no way to {host}; check the network")
    } else if all.contains("tunnel error: unsuccessful") || all.contains("connection not allowed") {
        format!(
            "{by_name} opens no way to {host}: have {host} allowed there for CONNECT, or put it into NO_PROXY if it can be reached without; if that is no HTTP proxy, correct HTTPS_PROXY"
        )
    } else if all.contains("tunnel error") || all.contains("socks error") {
        format!("{by_name} gives no proper answer: check its kind and port in HTTPS_PROXY")
    } else {
        let deepest = words.last().map_or("no reason given", String::as_str);
        format!("the connection to {host} broke: {}", harmless(deepest, MAX_WORDS))
    };
    plain(FailureKind::Network, format!("{doing} failed: {why}"))
}

/// Looks for an error of the TLS library. An I/O error hides what it wraps from `source`.
pub(super) fn find_tls<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(cause) = next {
        if let Some(found) = cause.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        let wrapped: Option<&'a (dyn StdError + Send + Sync + 'static)> =
            cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        if let Some(wrapped) = wrapped
            && let Some(found) = find_tls(wrapped)
        {
            return Some(found);
        }
        next = cause.source();
    }
    None
}

/// What to do when an authority isn't trusted.
const TRUST_REMEDY: &str = "if a company's proxy reads TLS or this is a server of your own, name the file with its authority's certificate: --ca-file FILE, ca_file in the profile, or SSL_CERT_FILE";

fn tls_words(error: &rustls::Error, host: &str, proxy: Option<&str>) -> String {
    use rustls::CertificateError as C;
    let shown_by = proxy.map(|name| format!(" (by the proxy {name})")).unwrap_or_default();
    let rustls::Error::InvalidCertificate(why) = error else {
        return match error {
            rustls::Error::InvalidMessage(_) => {
                format!("{host} doesn't speak TLS there; check the address, its port and the proxy")
            }
            other => format!("TLS with {host} failed: {}", harmless(&other.to_string(), MAX_WORDS)),
        };
    };
    match why {
        C::UnknownIssuer | C::BadSignature => format!(
            "the certificate of {host}{shown_by} is signed by an authority that this computer doesn't trust; {TRUST_REMEDY}"
        ),
        C::Other(why) if why.to_string().contains("CaUsedAsEndEntity") => {
            format!("the certificate of {host}{shown_by} is self-signed; {TRUST_REMEDY}")
        }
        C::Expired | C::ExpiredContext { .. } => {
            format!(
                "the certificate of {host}{shown_by} has expired; check this computer's clock, and if that is right its administrator has to renew it"
            )
        }
        C::NotValidYet | C::NotValidYetContext { .. } => {
            format!("the certificate of {host} isn't valid yet; check this computer's clock")
        }
        C::NotValidForName | C::NotValidForNameContext { .. } => {
            format!(
                "the certificate shown{shown_by} is not for {host}: something else answers there; check the address, or log in to the network if it is a captive portal"
            )
        }
        other => {
            format!(
                "the certificate of {host} is refused: {}",
                harmless(&other.to_string(), MAX_WORDS)
            )
        }
    }
}

#[cfg(test)]
mod tests;
