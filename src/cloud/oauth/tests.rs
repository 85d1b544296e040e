//! The exchange and the renewal against a stand-in.
use super::{BrowserLogin, TokenKeeper, UserTokens};
use crate::cloud::client::ServiceClient;
use crate::cloud::credentials::{Credentials, UserLogin};
use crate::cloud::testing::{Reply, Service, json, status};
use crate::domain::session::FailureKind;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use std::sync::{Arc, Mutex};

/// Keeps in memory, and counts.
#[derive(Debug, Default)]
struct Memory(Mutex<Option<UserTokens>>);

impl TokenKeeper for Memory {
    fn load(&self) -> Result<UserTokens, String> {
        self.0.lock().unwrap().clone().ok_or_else(|| "nothing is kept".to_owned())
    }

    fn keep(&self, tokens: &UserTokens) -> Result<(), String> {
        *self.0.lock().unwrap() = Some(tokens.clone());
        Ok(())
    }
}

impl Memory {
    fn access(&self) -> String {
        self.0.lock().unwrap().as_ref().unwrap().access.expose_secret().to_owned()
    }
}

fn tokens(access: &str, refresh: Option<&str>, minutes: i64) -> UserTokens {
    UserTokens {
        access: access.into(),
        refresh: refresh.map(Into::into),
        expires: Some(Timestamp::now() + SignedDuration::from_mins(minutes)),
    }
}

fn client(service: &Service, kept: Option<UserTokens>) -> (ServiceClient, Arc<Memory>) {
    let memory = Arc::new(Memory(Mutex::new(kept.clone())));
    let user = UserLogin {
        client_id: "pkce".to_owned(),
        tokens: kept,
        keeper: Arc::clone(&memory) as Arc<_>,
        log_in_again: "gcwatch login --pkce --profile p".to_owned(),
    };
    (service.client_with(Credentials::User(user)), memory)
}

fn granted(access: &str, refresh: Option<&str>) -> Reply {
    let refresh = refresh.map(|word| format!(r#","refresh_token":"{word}""#)).unwrap_or_default();
    json(&format!(r#"{{"access_token":"{access}","expires_in":3600{refresh}}}"#))
}

#[tokio::test]
async fn a_code_is_exchanged_with_the_verifier_of_its_login_and_no_secret() {
    let service = Service::start(|_| granted("A1", Some("R1"))).await;
    let (client, _) = client(&service, None);
    let login = BrowserLogin::begin(client.address(), "pkce", "http://localhost:9").unwrap();
    let address: url::Url = login.authorize_url().parse().unwrap();
    let sent = |name: &str| {
        let found = address.query_pairs().find(|(key, _)| key == name);
        found.map(|(_, value)| value.into_owned()).unwrap_or_default()
    };
    assert_eq!(sent("code_challenge_method"), "S256");
    let answer = format!("code=abcdefghij0123456789&state={}", sent("state"));
    let code = login.read(&answer).unwrap();
    let tokens = client.exchange(&login, code).await.unwrap();
    assert_eq!(tokens.access.expose_secret(), "A1");
    let asked = &service.asked("/oauth/token")[0];
    assert!(!asked.head.contains("authorization:"), "{}", asked.head);
    let form: Vec<(String, String)> =
        url::form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect();
    let field = |name: &str| &form.iter().find(|(key, _)| key == name).unwrap().1;
    assert_eq!(field("grant_type"), "authorization_code");
    assert_eq!(field("redirect_uri"), "http://localhost:9");
    assert_eq!(field("client_id"), "pkce");
    let verifier = field("code_verifier").clone().into();
    assert_eq!(super::proof::challenge(&verifier), sent("code_challenge"));
    let shown = format!("{login:?}");
    assert!(!shown.contains(field("code_verifier")), "{shown}");
}

#[tokio::test]
async fn a_login_is_renewed_and_the_new_refresh_token_is_kept() {
    let service = Service::start(|_| granted("A2", Some("R2"))).await;
    let (client, memory) = client(&service, Some(tokens("A1", Some("R1"), 10)));
    let before = client.login(false).await.unwrap();
    assert!(before.renews && service.asked("/oauth/token").is_empty());
    let renewed = client.login(true).await.unwrap();
    assert!(renewed.expires > before.expires && renewed.renews);
    assert!(service.asked("/oauth/token")[0].body.contains("refresh_token=R1"));
    assert_eq!(memory.access(), "A2");
    let kept = memory.0.lock().unwrap().clone().unwrap();
    assert_eq!(kept.refresh.unwrap().expose_secret(), "R2");
}

#[tokio::test]
async fn an_ended_login_is_renewed_at_the_start() {
    let service = Service::start(|_| granted("A2", None)).await;
    let (client, memory) = client(&service, Some(tokens("A1", Some("R1"), -10)));
    assert!(client.login(false).await.unwrap().renews, "the old refresh token stays");
    assert_eq!(memory.access(), "A2");
}

#[tokio::test]
async fn without_renewal_the_person_is_asked_in_time_and_a_new_login_is_taken_up() {
    let service = Service::start(|asked| match asked.path.as_str() {
        "/oauth/token" => status(400, r#"{"error":"invalid_grant"}"#),
        _ => json(r#"{"entities":[]}"#),
    })
    .await;
    for refresh in [None, Some("dead")] {
        let (client, memory) = client(&service, Some(tokens("A1", refresh, 10)));
        client.queues(None).await.unwrap();
        let failure = client.login(true).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::TokenRefused, "tried again: the person may act");
        for words in ["ends in 10 min", "gcwatch login --pkce --profile p", "taken up here"] {
            assert!(failure.sentence.contains(words), "{}", failure.sentence);
        }
        assert!(client.login(false).await.is_ok(), "until its end it is good");
        assert!(!client.vitals().borrow().token.unwrap().renews);
        memory.keep(&tokens("A9", None, 600)).unwrap();
        let taken = client.login(true).await.unwrap();
        assert!(taken.expires.unwrap() > Timestamp::now() + SignedDuration::from_mins(500));
        client.queues(None).await.unwrap();
        let last = service.asked("/queues").pop().unwrap();
        assert!(last.head.contains("bearer a9"), "{}", last.head);
    }
}

#[tokio::test]
async fn an_ended_login_says_so_at_the_start() {
    let service = Service::start(|_| status(500, "")).await;
    let (client, _) = client(&service, Some(tokens("A1", None, -10)));
    let failure = client.login(false).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::CredentialsRefused);
    assert!(failure.sentence.contains("has ended: log in again with"), "{}", failure.sentence);
}

#[tokio::test]
async fn trouble_of_the_login_host_is_not_taken_for_a_refusal() {
    let service = Service::start(|_| status(503, "busy")).await;
    let (client, _) = client(&service, Some(tokens("A1", Some("R1"), 10)));
    assert_eq!(client.login(true).await.unwrap_err().kind, FailureKind::Service);
    assert!(client.vitals().borrow().token.is_none_or(|token| token.renews));
}

#[tokio::test]
async fn the_token_is_ended_at_the_service() {
    let service = Service::start(|_| status(200, "")).await;
    let (client, _) = client(&service, Some(tokens("A1", None, 10)));
    client.revoke().await.unwrap();
    let asked = &service.asked("/api/v2/tokens/me")[0];
    assert_eq!(asked.method, "DELETE");
}
