use super::{Asked, Refusal, of_connection};
use crate::domain::session::{Failure, FailureKind};
use reqwest::header::HeaderMap;
use std::time::Duration;

fn refusal(asked: Asked, status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(*name, value.parse().unwrap());
    }
    let host = "api.example.com";
    let body = body.as_bytes();
    Refusal { doing: "the step", host, asked, status, headers: &map, body }.failure()
}

#[test]
fn each_status_has_what_helps_against_it() {
    use FailureKind as K;
    for (asked, status, kind) in [
        (Asked::Token, 401, K::CredentialsRefused),
        (Asked::Token, 503, K::Service),
        (Asked::Token, 429, K::RateLimited),
        (Asked::Token, 400, K::Unacceptable),
        (Asked::Upgrade, 401, K::ChannelGone),
        (Asked::Upgrade, 403, K::ChannelGone),
        (Asked::Upgrade, 404, K::ChannelGone),
        (Asked::Upgrade, 410, K::ChannelGone),
        (Asked::Upgrade, 429, K::RateLimited),
        (Asked::Upgrade, 502, K::Service),
        (Asked::Channel, 404, K::ChannelGone),
        (Asked::Channel, 401, K::TokenRefused),
        (Asked::Channel, 403, K::NotPermitted),
        (Asked::Other, 404, K::Unacceptable),
        (Asked::Other, 408, K::Network),
        (Asked::Other, 407, K::Network),
        (Asked::Other, 302, K::BadAnswer),
        (Asked::Other, 415, K::Unacceptable),
        (Asked::Other, 500, K::Service),
        (Asked::Other, 501, K::Unacceptable),
        (Asked::Other, 504, K::Service),
    ] {
        assert_eq!(refusal(asked, status, &[], "{}").kind, kind, "{asked:?} {status}");
    }
}

#[test]
fn the_services_words_and_context_are_kept_and_made_harmless() {
    let body = r#"{"code":"missing.permissions","message":"You are missing \u001b[31mrouting:queue:view.","contextId":"c-1"}"#;
    let failure = refusal(Asked::Other, 403, &[("inin-correlation-id", "h-1")], body);
    assert!(
        failure
            .sentence
            .contains("403 missing.permissions: You are missing ␛[31mrouting:queue:view;")
    );
    assert!(!failure.sentence.contains('\u{1b}'));
    assert_eq!(failure.context_id.as_deref(), Some("c-1"));
    let failure = refusal(Asked::Other, 500, &[("inin-correlation-id", "h-1")], "not json");
    assert_eq!(failure.context_id.as_deref(), Some("h-1"));
}

#[test]
fn oauth_errors_are_read_too() {
    let body = r#"{"error":"invalid_client","error_description":"client not found"}"#;
    let failure = refusal(Asked::Token, 400, &[], body);
    assert_eq!(failure.kind, FailureKind::CredentialsRefused);
    assert!(
        failure.sentence.contains("api.example.com answered 400 invalid_client: client not found")
    );
}

#[test]
fn a_page_is_a_captive_portal_unless_the_service_is_in_trouble() {
    let page = "  <!doctype html><html>";
    assert_eq!(refusal(Asked::Other, 403, &[], page).kind, FailureKind::BadAnswer);
    let headers = [("content-type", "text/HTML; charset=utf-8")];
    assert_eq!(refusal(Asked::Upgrade, 200, &headers, "hi").kind, FailureKind::BadAnswer);
    assert_eq!(refusal(Asked::Other, 502, &[], page).kind, FailureKind::Service);
    let away = [("location", "https://login.hotel.example/?token=abc")];
    let failure = refusal(Asked::Other, 302, &away, "");
    assert!(failure.sentence.contains("redirects to login.hotel.example,"), "{}", failure.sentence);
}

#[test]
fn retry_after_is_read_in_seconds() {
    let failure = refusal(Asked::Other, 429, &[("retry-after", "17")], "{}");
    assert_eq!(failure.retry_after, Some(Duration::from_secs(17)));
    for unreadable in ["soon", "-1", "Wed, 21 Oct 2026 07:28:00 GMT"] {
        assert_eq!(
            refusal(Asked::Other, 429, &[("retry-after", unreadable)], "{}").retry_after,
            None
        );
    }
}

#[test]
fn tls_refusals_are_told_in_words_however_deep_they_are() {
    use rustls::CertificateError as C;
    for (error, words) in [
        (C::UnknownIssuer, "SSL_CERT_FILE"),
        (C::Expired, "clock"),
        (C::NotValidForName, "is not for api.example.com"),
    ] {
        let inner = std::io::Error::other(rustls::Error::InvalidCertificate(error));
        let outer = std::io::Error::other(inner);
        let failure = of_connection(&outer, "the step", "api.example.com");
        assert_eq!(failure.kind, FailureKind::Network);
        assert!(failure.sentence.contains(words), "{}", failure.sentence);
    }
}
