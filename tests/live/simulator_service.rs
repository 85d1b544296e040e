//! The simulated service as a stranger meets it: limits, faults by name, numbered frames. Written
//! with a bare TCP stream and a stock WebSocket library; nothing of the client is trusted here.
use base64::Engine;
use futures_util::{SinkExt, StreamExt};
use gcwatch::simulator::service::{Addresses, Fault, Simulator, SimulatorSettings, Tape};
use serde_json::{Value, json};
use sha2::Digest;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// How long a test waits for what must come, before it fails.
const PATIENCE: Duration = Duration::from_secs(30);

struct Answer {
    status: u16,
    head: String,
    /// Where a redirection leads, letter by letter.
    location: Option<String>,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or(Value::Null)
    }
}

struct Client {
    at: Addresses,
    simulator: Simulator,
    token: String,
}

impl Client {
    async fn start(settings: SimulatorSettings) -> Self {
        let simulator = Simulator::start(settings).await.expect("a free port");
        let mut client =
            Self { at: simulator.addresses().clone(), simulator, token: String::new() };
        client.token = client.login().await;
        client
    }

    async fn login(&self) -> String {
        let answer = self.ask_token().await.expect("an answer");
        answer.json()["access_token"].as_str().unwrap_or_default().to_owned()
    }

    async fn ask_token(&self) -> Option<Answer> {
        let pair = format!("{}:{}", self.at.client_id, self.at.client_secret);
        let basic = base64::engine::general_purpose::STANDARD.encode(pair);
        let head = format!(
            "Authorization: Basic {basic}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        );
        self.raw("POST", "/oauth/token", &head, "grant_type=client_credentials").await
    }

    fn host(&self) -> &str {
        self.at.base_url.trim_start_matches("http://")
    }

    /// One request on a connection of its own; nothing when it is closed without an answer.
    async fn raw(&self, method: &str, path: &str, head: &str, body: &str) -> Option<Answer> {
        let host = self.host();
        let mut stream = TcpStream::connect(host).await.expect("it listens");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{head}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await.expect("sent");
        let mut bytes = Vec::new();
        // a reset is an end, too
        let _ = stream.read_to_end(&mut bytes).await;
        let text = String::from_utf8_lossy(&bytes);
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.split(' ').nth(1)?.parse().ok()?;
        let location =
            head.lines().find_map(|line| line.strip_prefix("location: ")).map(str::to_owned);
        Some(Answer { status, head: head.to_lowercase(), location, body: body.to_owned() })
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.call_as(&self.token, method, path, body).await
    }

    async fn call_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Answer {
        let head = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.raw(method, path, &head, &body).await.expect("an answer")
    }

    async fn get(&self, path: &str) -> Value {
        self.call("GET", path, &Value::Null).await.json()
    }

    async fn channel(&self) -> (String, String) {
        let channel = self.call("POST", "/api/v2/notifications/channels", &json!({})).await.json();
        let word = |name: &str| channel[name].as_str().unwrap_or_default().to_owned();
        (word("id"), word("connectUri"))
    }

    async fn subscribe(&self, channel: &str, topics: &[String]) -> Answer {
        let body: Vec<Value> = topics.iter().map(|topic| json!({"id": topic})).collect();
        let path =
            format!("/api/v2/notifications/channels/{channel}/subscriptions?ignoreErrors=true");
        self.call("POST", &path, &json!(body)).await
    }

    async fn queue_topics(&self) -> Vec<String> {
        let queues = self.get("/api/v2/routing/queues?pageSize=100").await;
        let ids = queues["entities"].as_array().into_iter().flatten();
        ids.filter_map(|queue| queue["id"].as_str())
            .map(|id| format!("v2.routing.queues.{id}.conversations"))
            .collect()
    }

    async fn dial(&self, uri: &str) -> Result<WebSocketStream<TcpStream>, Error> {
        let stream = TcpStream::connect(self.host()).await.expect("it listens");
        client_async(uri, stream).await.map(|(socket, _)| socket)
    }

    fn fault(&self, name: &str) {
        self.simulator.play(&Fault::named(name).expect("a known fault"));
    }
}

fn quiet() -> SimulatorSettings {
    SimulatorSettings { pace: 0.0, rate_limit_per_minute: 100_000, ..SimulatorSettings::default() }
}

/// The number in a frame, if it is a numbered one.
fn number(text: &str) -> Option<u64> {
    let frame: Value = serde_json::from_str(text).ok()?;
    frame["eventBody"]["participants"][0]["attributes"]["number"].as_str()?.parse().ok()
}

#[tokio::test]
async fn answers_are_wrong_as_their_names_say() {
    let client = Client::start(quiet()).await;
    for (name, login, status, contains) in [
        ("login_html", true, 200, "<!DOCTYPE html>"),
        ("login_garbage", true, 200, "{\"entities\""),
        ("login_invalid_client", true, 400, "\"invalid_client\""),
        ("login_unauthorized", true, 401, "\"invalid_client\""),
        ("login_rate_limited", true, 429, "rate limit"),
        ("login_error", true, 500, "\"error\""),
        ("api_html", false, 200, "<!DOCTYPE html>"),
        ("api_unauthorized", false, 401, "bad.credentials"),
        ("api_forbidden", false, 403, "missing.permissions"),
        ("api_not_found", false, 404, "contextId"),
        ("api_rate_limited", false, 429, "too.many.requests"),
        ("api_unavailable", false, 503, "service.unavailable"),
        ("queues_forbidden", false, 403, "routing:queue:view"),
        ("rate_limit_low", false, 429, "[5]"),
    ] {
        client.fault("well");
        client.fault(name);
        let mut answer = client.ask_token().await.expect("an answer");
        if !login {
            for _ in 0..8 {
                answer = client.call("GET", "/api/v2/routing/queues", &Value::Null).await;
            }
        }
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
        assert!(answer.body.contains(contains), "{name}: {}", answer.body);
        assert_eq!(
            answer.head.contains("retry-after"),
            matches!(name, "login_rate_limited" | "api_rate_limited" | "rate_limit_low"),
            "{name}: {}",
            answer.head
        );
    }
    client.fault("well");
    client.fault("login_down");
    assert!(client.ask_token().await.is_none(), "the login host hangs up");
    client.fault("well");
    client.fault("clock_ahead");
    let head = client.ask_token().await.expect("an answer").head;
    let date = head.lines().find_map(|line| line.strip_prefix("date: ")).expect("a Date");
    let date = jiff::fmt::rfc2822::parse(date).expect("a date").timestamp();
    let ahead = date.duration_since(jiff::Timestamp::now()).as_secs();
    // ten minutes, less what the answer took on a loaded machine
    assert!((480..=600).contains(&ahead), "{ahead} s");
}

#[tokio::test]
async fn what_is_forbidden_is_rejected_with_the_permission() {
    let client = Client::start(quiet()).await;
    let topics = client.queue_topics().await;
    let (channel, _) = client.channel().await;
    client.fault("queue_forbidden");
    let answer = client.subscribe(&channel, &topics).await.json();
    let entries = answer["entities"].as_array().expect("entities");
    let rejected: Vec<&Value> =
        entries.iter().filter(|entry| entry["state"] == "Rejected").collect();
    assert_eq!(rejected.len(), 1, "{answer}");
    assert_eq!(rejected[0]["missingPermissions"], json!(["routing:queue:view"]));
}

#[tokio::test]
async fn a_division_is_forbidden_with_all_that_lies_in_it_and_nothing_else() {
    let client = Client::start(quiet()).await;
    let queues = client.get("/api/v2/routing/queues?pageSize=100").await;
    let users = client.get("/api/v2/users?pageSize=100").await;
    let lying_in = |listed: &Value, name: &str| -> Vec<String> {
        let entities = listed["entities"].as_array().expect("entities").iter();
        let there = entities.filter(|entity| entity["division"]["name"] == name);
        there.map(|entity| entity["id"].as_str().expect("an id").to_owned()).collect()
    };
    for listed in [&queues, &users] {
        let all = listed["entities"].as_array().map_or(0, Vec::len);
        let divided = [lying_in(listed, "Retail").len(), lying_in(listed, "Insurance").len()];
        assert!(divided.iter().all(|part| *part > 0), "{divided:?}");
        assert_eq!(divided.iter().sum::<usize>(), all);
    }
    let forbidden = lying_in(&users, "Insurance");
    let topics: Vec<String> = ["Retail", "Insurance"]
        .iter()
        .flat_map(|division| lying_in(&users, division))
        .map(|user| format!("v2.users.{user}.presence"))
        .collect();
    let fault = json!({"forbid": [{"topic": "v2.users.*", "division": "Insurance", "permission": "directory:user:view"}]});
    assert_eq!(client.call("POST", "/simulator/faults", &fault).await.status, 204);
    let (channel, _) = client.channel().await;
    let answer = client.subscribe(&channel, &topics).await.json();
    let entries = answer["entities"].as_array().expect("entities").iter();
    let rejected = entries.filter(|entry| entry["state"] == "Rejected");
    let mut rejected: Vec<&str> =
        rejected.map(|entry| entry["id"].as_str().expect("an id")).collect();
    rejected.sort_unstable();
    let mut forbidden: Vec<String> =
        forbidden.iter().map(|user| format!("v2.users.{user}.presence")).collect();
    forbidden.sort_unstable();
    assert_eq!(rejected, forbidden);
}

#[tokio::test]
async fn a_fault_that_names_nobody_is_refused_with_a_sentence_and_changes_nothing() {
    let client = Client::start(quiet()).await;
    let before = client.get("/simulator/faults").await;
    for (place, told) in [
        (json!({"queue": "Biling"}), r#"no queue here is called "Biling"; there are "Billing","#),
        (
            json!({"division": "Home"}),
            r#"no division here is called "Home"; there are "Retail", "Insurance""#,
        ),
        (json!({"queue": "Queue 0001"}), r#"no queue here is called "Queue 0001""#),
    ] {
        let mut forbidden = json!({"topic": "*", "permission": "routing:queue:view"});
        for (key, value) in place.as_object().expect("an object") {
            forbidden[key] = value.clone();
        }
        let fault = json!({"heartbeat": "off", "forbid": [forbidden]});
        let answer = client.call("POST", "/simulator/faults", &fault).await;
        assert_eq!(answer.status, 400, "{fault}");
        let message = answer.json()["message"].as_str().unwrap_or_default().to_owned();
        assert!(message.starts_with(told), "{message}");
        assert_eq!(client.get("/simulator/faults").await, before);
    }
    let opened = client.call("POST", "/simulator/faults", &json!({"new_queues": 1})).await;
    assert_eq!(opened.status, 204);
    let forbid = json!({"forbid": [{"topic": "*", "queue": "Queue 0001", "permission": "p"}]});
    assert_eq!(client.call("POST", "/simulator/faults", &forbid).await.status, 204);
}

#[tokio::test]
async fn a_further_channel_evicts_the_oldest_without_a_socket_first() {
    let client = Client::start(quiet()).await;
    let (first, uri) = client.channel().await;
    let _socket = client.dial(&uri).await.expect("a socket");
    let (second, _) = client.channel().await;
    for _ in 2..20 {
        client.channel().await;
    }
    client.channel().await;
    let path = |id: &str| format!("/api/v2/notifications/channels/{id}");
    assert_eq!(client.call("HEAD", &path(&first), &Value::Null).await.status, 200);
    assert_eq!(client.call("HEAD", &path(&second), &Value::Null).await.status, 404);
    let listed = client.get("/api/v2/notifications/channels").await;
    assert_eq!(listed["entities"].as_array().map(Vec::len), Some(20));
}

#[tokio::test]
async fn a_channel_takes_a_thousand_topics_and_a_combined_one_counts_once() {
    let settings = SimulatorSettings { extra_queues: 1_000, ..quiet() };
    let client = Client::start(settings).await;
    let mut topics = Vec::new();
    for page in 1..=3 {
        let queues =
            client.get(&format!("/api/v2/routing/queues?pageSize=500&pageNumber={page}")).await;
        for queue in queues["entities"].as_array().into_iter().flatten() {
            let id = queue["id"].as_str().unwrap_or_default();
            topics.push(format!("v2.analytics.queues.{id}?observations&activity"));
        }
    }
    assert_eq!(topics.len(), 1_010);
    let (channel, _) = client.channel().await;
    let answer = client.subscribe(&channel, &topics[..1_001]).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert_eq!(answer.json()["limit"]["namespace"], "notifications");
    assert_eq!(client.subscribe(&channel, &topics[..1_000]).await.status, 200);
    let long = format!("v2.users.x?{}", "presence&".repeat(30));
    assert_eq!(client.subscribe(&channel, &[long]).await.status, 400);
}

#[tokio::test]
async fn upgrades_and_closes_are_wrong_as_their_names_say() {
    let client = Client::start(quiet()).await;
    let (_, uri) = client.channel().await;
    for (name, status) in
        [("upgrade_unauthorized", 401), ("upgrade_plain", 200), ("upgrade_rate_limited", 429)]
    {
        client.fault("well");
        client.fault(name);
        let refused = client.dial(&uri).await;
        assert!(
            matches!(&refused, Err(Error::Http(answer)) if answer.status() == status),
            "{name}: {refused:?}"
        );
    }
    let dead = uri.replace("streaming-", "streaming-9");
    for (name, status) in [("dead_404", 404), ("dead_410", 410), ("dead_401", 401)] {
        client.fault("well");
        client.fault(name);
        let refused = client.dial(&dead).await;
        assert!(
            matches!(&refused, Err(Error::Http(answer)) if answer.status() == status),
            "{name}: {refused:?}"
        );
    }
    client.fault("well");
    for (name, code) in [("close_1008", 1008), ("close_4401", 4401), ("fight", 1000)] {
        if name == "fight" {
            client.fault(name);
        }
        let mut socket = client.dial(&uri).await.expect("a socket");
        // the socket is served once it answers
        socket.send(Message::text(r#"{"message":"ping"}"#)).await.expect("sent");
        let pong = tokio::time::timeout(PATIENCE, socket.next()).await.expect("in time");
        assert!(matches!(pong, Some(Ok(Message::Text(_)))), "{pong:?}");
        client.fault(name);
        let end = tokio::time::timeout(PATIENCE, socket.next()).await.expect("in time");
        let closed =
            matches!(&end, Some(Ok(Message::Close(Some(frame)))) if u16::from(frame.code) == code);
        assert!(closed, "{name}: {end:?}");
    }
}

#[tokio::test]
async fn every_number_is_received_or_known_to_have_fallen_in_no_socket() {
    let client = Client::start(quiet()).await;
    let topics = client.queue_topics().await;
    let (channel, uri) = client.channel().await;
    client.subscribe(&channel, &topics).await;
    let numbers: Fault =
        serde_json::from_value(json!({"numbers": {"per_second": 400.0, "until": 400}}))
            .expect("a fault");
    let mut socket = client.dial(&uri).await.expect("a socket");
    client.simulator.play(&numbers);
    let mut seen = BTreeSet::new();
    while seen.len() < 100 {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.expect("in time");
        if let Some(number) =
            number(message.expect("open").expect("whole").to_text().expect("text"))
        {
            assert!(seen.insert(number), "{number} came twice");
        }
    }
    client.fault("cut");
    while let Some(Ok(message)) = socket.next().await {
        seen.extend(message.to_text().ok().and_then(number));
    }
    // a gap of a few numbers, as the truth itself says
    while client.get("/simulator/numbers").await["fellInNoSocket"].as_u64() < Some(5) {}
    let mut socket = client.dial(&uri).await.expect("a socket");
    while !seen.contains(&400) {
        let message = tokio::time::timeout(PATIENCE, socket.next()).await.expect("in time");
        if let Some(number) =
            number(message.expect("open").expect("whole").to_text().expect("text"))
        {
            assert!(seen.insert(number), "{number} came twice");
        }
    }
    let truth = client.get("/simulator/numbers").await;
    assert_eq!(truth["emitted"], 400);
    for range in truth["ranges"].as_array().expect("ranges") {
        let end = |place: usize| range[place].as_u64().unwrap_or_default();
        for number in end(0)..=end(1) {
            assert!(seen.insert(number), "{number} came and is said to be lost");
        }
    }
    assert_eq!(seen.len(), 400, "numbers are missing");
    let coverage = client.get("/simulator/coverage").await;
    assert_eq!(coverage["gaps"].as_array().map(Vec::len), Some(1), "{coverage}");
    assert_eq!(coverage["channels"][0]["covered"].as_array().map(Vec::len), Some(2));
}

/// A verifier of the least length, and the login page's address for its challenge.
fn authorize_path(client: &Client) -> (String, String) {
    let verifier = "v".repeat(43);
    let digest = sha2::Sha256::digest(verifier.as_bytes());
    let challenge = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(digest);
    let path = format!(
        "/oauth/authorize?response_type=code&client_id={}&redirect_uri=http%3A%2F%2Flocalhost%3A9%2Fback&code_challenge={challenge}&code_challenge_method=S256&state=s1",
        client.at.pkce_client_id
    );
    (verifier, path)
}

/// Where the login page sends the browser.
async fn sent_to(client: &Client, path: &str) -> String {
    let answer = client.raw("GET", path, "", "").await.expect("an answer");
    assert_eq!(answer.status, 302, "{}", answer.body);
    answer.location.expect("a location")
}

async fn exchange(client: &Client, code: &str, verifier: &str) -> Answer {
    let form = format!(
        "grant_type=authorization_code&code={code}&redirect_uri=http%3A%2F%2Flocalhost%3A9%2Fback&client_id={}&code_verifier={verifier}",
        client.at.pkce_client_id
    );
    let head = "Content-Type: application/x-www-form-urlencoded\r\n";
    client.raw("POST", "/oauth/token", head, &form).await.expect("an answer")
}

#[tokio::test]
async fn a_person_logs_in_with_a_code_that_fits_its_challenge_only() {
    let client = Client::start(quiet()).await;
    let (verifier, path) = authorize_path(&client);
    let code = |location: &str| {
        assert!(location.starts_with("http://localhost:9/back?code="), "{location}");
        assert!(location.ends_with("&state=s1"), "{location}");
        location.split(['=', '&']).nth(1).unwrap_or_default().to_owned()
    };
    let wrong = exchange(&client, &code(&sent_to(&client, &path).await), "wrong").await;
    assert_eq!((wrong.status, wrong.json()["error"].as_str()), (400, Some("invalid_grant")));
    let fresh = code(&sent_to(&client, &path).await);
    let right = exchange(&client, &fresh, &verifier).await.json();
    assert!(right["refresh_token"].is_string(), "{right}");
    assert_eq!(exchange(&client, &fresh, &verifier).await.status, 400, "a code holds once");
    let token = right["access_token"].as_str().expect("a token");
    for path in ["/api/v2/users/me", "/api/v2/routing/queues/me"] {
        let person = client.call_as(token, "GET", path, &Value::Null).await;
        assert_eq!(person.status, 200, "{path}: {}", person.body);
        let machine = client.call("GET", path, &Value::Null).await;
        assert_eq!(machine.status, 400, "{path}: {}", machine.body);
    }
    client.fault("no_refresh_token");
    let again = code(&sent_to(&client, &path).await);
    assert!(exchange(&client, &again, &verifier).await.json()["refresh_token"].is_null());
    client.fault("consent_denied");
    assert!(sent_to(&client, &path).await.contains("error=access_denied&state=s1"));
}

#[tokio::test]
async fn the_aggregates_of_today_are_the_truth() {
    // so slow that nothing happens between the two questions
    let settings = SimulatorSettings { speed: 0.001, ..SimulatorSettings::default() };
    let client = Client::start(settings).await;
    let query = json!({
        "interval": "2020-01-01T00:00:00Z/2030-01-01T00:00:00Z",
        "groupBy": ["queueId", "mediaType"],
        "metrics": ["nOffered", "tAnswered", "tAbandon", "oServiceLevel"],
    });
    let path = "/api/v2/analytics/conversations/aggregates/query";
    let answer = client.call("POST", path, &query).await.json();
    let truth = client.get("/simulator/truth").await;
    let results = answer["results"].as_array().expect("results");
    assert!(results.len() > 10, "{} groups", results.len());
    for result in results {
        let of = |name: &str| result["group"][name].as_str().unwrap_or_default().to_owned();
        let queues = truth["queues"].as_array().expect("queues");
        let queue = queues.iter().find(|queue| queue["id"] == of("queueId")).expect("the queue");
        let today = &queue["media"][of("mediaType")]["today"];
        for metric in result["data"][0]["metrics"].as_array().into_iter().flatten() {
            let (name, value) = match metric["metric"].as_str() {
                Some("nOffered") => ("offered", &metric["stats"]["count"]),
                Some("tAnswered") => ("answered", &metric["stats"]["count"]),
                Some("tAbandon") => ("abandoned", &metric["stats"]["count"]),
                _ => ("serviceLevel", &metric["stats"]["ratio"]),
            };
            assert_eq!(&today[name], value, "{name} in {result}");
        }
    }
    let bad = client.call("POST", path, &json!({})).await;
    assert_eq!(bad.status, 400);
}

#[tokio::test]
async fn the_addresses_of_the_story_answer_as_they_were_described() {
    let numbers = Fault {
        numbers: Some(serde_json::from_value(json!({"per_second": 50.0})).expect("numbers")),
        ..Fault::default()
    };
    let client = Client::start(SimulatorSettings { faults: vec![numbers], ..quiet() }).await;
    let base = client.at.streaming_url.clone();
    let closing = format!("{base}/v2/analytics/conversations/details/query/ws");
    let refused = client.dial(&format!("{closing}?access_token={}", client.token)).await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 400));
    let mut socket = client.dial(&closing).await.expect("it opens");
    socket.send(Message::text("{\"channel\":\"conversation\",\"query\":{}}")).await.expect("sent");
    let end = tokio::time::timeout(PATIENCE, socket.next()).await.expect("in time");
    assert!(
        matches!(&end, Some(Ok(Message::Close(Some(frame)))) if frame.reason.contains("401")),
        "{end:?}"
    );
    let streaming = format!("{base}/api/v2/analytics/conversations/events?access_token=");
    let refused = client.dial(&format!("{streaming}wrong")).await;
    assert!(matches!(refused, Err(Error::Http(answer)) if answer.status() == 401));
    let mut socket = client.dial(&format!("{streaming}{}", client.token)).await.expect("it opens");
    let first = tokio::time::timeout(PATIENCE, socket.next()).await.expect("in time");
    let Some(Ok(Message::Text(text))) = first else { panic!("{first:?}") };
    assert!(text.contains(".conversations"), "{text}");
    drop(socket);
    client.simulator.stop().await;
}

#[tokio::test]
async fn a_tape_answers_with_the_names_that_it_holds_and_no_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.tape");
    let line = |word: &str, id: &str, name: &str| {
        format!(
            "{{\"received\":\"2026-11-23T14:00:00Z\",\"event\":\"{word}\",\"control\":{{\"{word}\":[{{\"id\":\"{id}\",\"name\":\"{name}\"}}]}}}}\n"
        )
    };
    let mut text = "{\"tape\":1,\"privacy\":\"clear\"}\n".to_owned();
    text += &line("queues", "q", "Night desk");
    text += &line("queues", "r", "Day desk");
    text += "{\"received\":\"2026-11-23T14:00:00Z\",\"event\":\"divisions\",\"control\":{\"divisions\":{\"queues\":[{\"id\":\"q\",\"name\":\"North\"}]}}}\n";
    text += &line("presences", "p", "Training");
    text += &line("wrapupCodes", "w", "Solved");
    text += "{\"received\":\"2026-11-23T14:00:01Z\",\"topic\":\"v2.a.q\",\"frame\":{\"topicName\":\"v2.a.q\"}}\n";
    std::fs::write(&path, text).expect("a file");
    let summary = gcwatch::simulator::tape::survey(&path).expect("a tape");
    let tape = Some(Tape { path, summary, repeats: false });
    let client = Client::start(SimulatorSettings { tape, ..quiet() }).await;
    for (path, entities) in [
        ("/api/v2/presence/definitions", json!([["p", "Training"]])),
        ("/api/v2/routing/wrapupcodes", json!([["w", "Solved"]])),
        ("/api/v2/routing/queues", json!([["q", "Night desk"], ["r", "Day desk"]])),
        ("/api/v2/users", json!([])),
    ] {
        let answer = client.get(path).await;
        let told = answer["entities"].as_array().into_iter().flatten().map(|one| {
            let label = one["languageLabels"].get("en_US").unwrap_or(&one["name"]);
            json!([one["id"], label])
        });
        assert_eq!(told.collect::<Value>(), entities, "{answer}");
    }
    let queues = client.get("/api/v2/routing/queues").await;
    assert_eq!(queues["entities"][0]["division"], json!({"name": "North"}));
    assert_eq!(queues["entities"][1].get("division"), None, "{queues}");
    client.simulator.stop().await;
}
