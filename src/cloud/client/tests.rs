use crate::cloud::Credentials;
use crate::cloud::http::MAX_ANSWER_BYTES;
use crate::cloud::testing::{Reply, Service, json, status, token};
use crate::domain::session::FailureKind;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

#[tokio::test]
async fn a_login_sends_the_secret_in_the_header_and_only_once_for_all() {
    let service = Service::start(|_| token()).await;
    let client = service.client();
    let (one, two) = tokio::join!(client.login(false), client.login(true));
    assert!(one.as_ref().unwrap().expires.is_some());
    assert_eq!(one, two, "a token just obtained is fresh enough");
    let logins = service.asked("/oauth/token");
    assert_eq!(logins.len(), 1);
    assert!(logins[0].head.contains("authorization: basic awq6ahvzaa=="), "{}", logins[0].head);
    assert_eq!(logins[0].body, "grant_type=client_credentials");
    assert!(client.vitals().borrow().token.is_some());
}

#[tokio::test]
async fn what_a_login_host_may_answer_is_told_apart() {
    use FailureKind as K;
    type Answer = fn() -> Reply;
    let cases: [(Answer, K, &str); 8] = [
        (|| status(401, r#"{"error":"invalid_client"}"#), K::CredentialsRefused, "check client id"),
        (|| status(400, r#"{"error":"invalid_client"}"#), K::CredentialsRefused, "127.0.0.1:"),
        (|| json("<html>log in to the wifi</html>"), K::BadAnswer, "captive portal"),
        (
            || Reply::Http(302, "location: http://wifi.example/?x=1\r\n", String::new()),
            K::BadAnswer,
            "wifi.example",
        ),
        (|| json(r#"{"access_tok"#), K::BadAnswer, "can't be read"),
        (|| json("{}"), K::BadAnswer, "access_token"),
        (|| Reply::Http(429, "retry-after: 7\r\n", String::new()), K::RateLimited, "429"),
        (|| status(503, "upstream"), K::Service, "503"),
    ];
    for (answer, kind, words) in cases {
        let service = Service::start(move |_| answer()).await;
        let failure = service.client().login(false).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{}", failure.sentence);
        assert!(failure.sentence.contains(words), "{}", failure.sentence);
        assert!(!failure.sentence.contains("hush"));
        if kind == K::RateLimited {
            assert_eq!(failure.retry_after, Some(Duration::from_secs(7)));
        }
    }
}

#[tokio::test]
async fn nobody_there_is_told_in_words() {
    let service = Service::start(|_| token()).await;
    let client = service.client();
    drop(service);
    // the listener is closed by its task, which is aborted but may still have to run
    let failure = loop {
        match client.login(true).await {
            Err(failure) => break failure,
            Ok(_) => tokio::task::yield_now().await,
        }
    };
    assert_eq!(failure.kind, FailureKind::Network);
    assert!(failure.sentence.starts_with("logging in failed: "), "{}", failure.sentence);
}

#[tokio::test]
async fn an_answer_without_end_is_not_swallowed() {
    let service = Service::start(|_| json(&" ".repeat(MAX_ANSWER_BYTES + 1))).await;
    let failure = service.client().login(false).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadAnswer);
    assert!(failure.sentence.contains("more than 16 MiB"), "{}", failure.sentence);
}

#[tokio::test]
async fn identity_comes_with_the_headers_that_tell_clock_and_allowance() {
    let service = Service::start(|asked| match asked.path.as_str() {
        "/oauth/token" => token(),
        "/api/v2/tokens/me" => Reply::Http(
            200,
            "date: Sun, 06 Nov 1994 08:49:37 GMT\r\ninin-ratelimit-count: 3\r\ninin-ratelimit-allowed: 300\r\ninin-ratelimit-reset: 61\r\n",
            r#"{"organization":{"id":"o","name":"Acme"},"OAuthClient":{"id":"c","name":"wall"}}"#
                .to_owned(),
        ),
        _ => status(404, "{}"),
    })
    .await;
    let client = service.client();
    let identity = client.who().await.unwrap();
    assert_eq!(identity.organization.as_deref(), Some("Acme"));
    assert_eq!(identity.who.as_deref(), Some("wall"));
    let vitals = client.vitals().borrow().clone();
    let limit = vitals.rate_limit.unwrap();
    assert_eq!((limit.count, limit.allowed), (3, 300));
    assert!(vitals.clock_skew.unwrap() < -1_000_000_000, "decades behind");
    assert!(service.asked("tokens/me")[0].head.contains("authorization: bearer t\r\n"));
}

#[tokio::test]
async fn a_patient_call_logs_in_again_once_and_rides_out_trouble() {
    let count = AtomicUsize::new(0);
    let service = Service::start(move |asked| {
        if asked.path == "/oauth/token" {
            return token();
        }
        match count.fetch_add(1, SeqCst) {
            0 => status(401, r#"{"code":"bad.credentials"}"#),
            1 => status(503, "busy"),
            2 => Reply::Http(429, "retry-after: 0\r\n", "{}".to_owned()),
            _ => json(r#"{"entities":[{"id":"Q1","name":"Billing"}],"total":1}"#),
        }
    })
    .await;
    let loaded = service.client().queues(None).await.unwrap();
    assert_eq!(loaded.entries[0].name, "Billing");
    assert_eq!(loaded.entries[0].id.as_str(), "q1");
    assert_eq!(service.asked("/oauth/token").len(), 2);
    assert_eq!(service.asked("/queues").len(), 4);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_given_up_with_a_sentence() {
    let service = Service::start(|asked| match asked.path.as_str() {
        "/oauth/token" => token(),
        _ => Reply::Http(429, "retry-after: 86400\r\n", "{}".to_owned()),
    })
    .await;
    let failure = service.client().queues(None).await.unwrap_err();
    assert!(failure.sentence.contains("86400 s"), "{}", failure.sentence);
    assert_eq!(service.asked("/queues").len(), 1);
}

#[tokio::test]
async fn a_token_alone_that_is_refused_asks_for_other_credentials() {
    let service = Service::start(|_| status(401, r#"{"code":"bad.credentials"}"#)).await;
    let client = service.client_with(Credentials::AccessToken("X".into()));
    assert!(client.login(true).await.is_ok(), "nothing speaks against it yet");
    let failure = client.create_channel().await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::TokenRefused);
    let failure = client.login(true).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::CredentialsRefused);
    assert!(!format!("{client:?} {failure:?}").contains("\"X\""));
}

#[tokio::test]
async fn lists_are_read_to_their_last_page() {
    let service = Service::start(|asked| {
        let next = r#","nextUri":"/next""#;
        match asked.path.as_str() {
            "/oauth/token" => token(),
            path if path.contains("pageNumber=1") => {
                json(&format!(r#"{{"entities":[{{"id":"a","name":"A"}}],"total":2{next}}}"#))
            }
            path if path.contains("pageNumber=2") => {
                json(r#"{"entities":[{"id":"b"},{"name":"no id"}],"total":2}"#)
            }
            _ => status(500, ""),
        }
    })
    .await;
    let loaded = service.client().users().await.unwrap();
    assert!(loaded.complete);
    let ids: Vec<&str> = loaded.entries.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
}
