//! `gcwatch topics` as scripts use it: without credentials, against the simulated service, out of
//! the cache, and with credentials that are wrong.
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// A simulated service that ends with the test.
struct Service {
    child: Child,
    addresses: Value,
}

impl Service {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gcwatch"))
            .args(["simulate", "--seed", "3"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("standard output");
        BufReader::new(output).read_line(&mut line).expect("its addresses");
        Self { child, addresses: serde_json::from_str(&line).expect("JSON") }
    }

    fn text(&self, key: &str) -> String {
        self.addresses[key].as_str().expect("a text").to_owned()
    }

    fn topics(&self, home: &Path, secret: &str, arguments: &[&str]) -> Output {
        let mut command = topics(home, arguments);
        command
            .env("GCWATCH_API_URL", self.text("apiUrl"))
            .env("GCWATCH_LOGIN_URL", self.text("loginUrl"))
            .env("GENESYSCLOUD_OAUTHCLIENT_ID", self.text("clientId"))
            .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", secret);
        command.output().expect("the binary runs")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The command with nothing of this computer's settings.
fn topics(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gcwatch"));
    command.env_clear().env("HOME", home).arg("topics").args(arguments);
    command
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn listed(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn without_credentials_the_built_in_list_is_searched_and_says_so() {
    let home = tempfile::tempdir().expect("a folder");
    let output = topics(home.path(), &["queue", "conversations", "--json"]).output().expect("runs");
    assert_eq!(output.status.code(), Some(0), "{}", told(&output));
    assert!(told(&output).contains("no credentials"), "{}", told(&output));
    let list = listed(&output);
    assert_eq!(list["source"], "built-in");
    let first = &list["topics"][0];
    assert_eq!(first["id"], "v2.routing.queues.{id}.conversations");
    assert_eq!((&first["permissions"], &first["allowed"]), (&Value::Null, &Value::from("unknown")));
    assert_eq!(first["ids"], serde_json::json!(["queue"]));

    let table = topics(home.path(), &["presence"]).output().expect("runs");
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(text.contains("v2.users.{id}.presence") && text.contains("built in"), "{text}");

    let none = topics(home.path(), &["presense", "--json"]).output().expect("runs");
    assert_eq!(none.status.code(), Some(0));
    assert!(told(&none).contains("similar: presence"), "{}", told(&none));
    assert_eq!(listed(&none)["topics"], serde_json::json!([]));
}

#[test]
fn the_service_is_asked_once_a_day_and_its_answer_is_kept() {
    let home = tempfile::tempdir().expect("a folder");
    let service = Service::start();
    let secret = service.text("clientSecret");
    let fresh = service.topics(home.path(), &secret, &["acd", "--json"]);
    assert_eq!(fresh.status.code(), Some(0), "{}", told(&fresh));
    assert_eq!(listed(&fresh)["source"], "service");
    let table = service.topics(home.path(), &secret, &["routing", "queues", "conversations"]);
    let text = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(text.contains("socket") && text.contains("conversation:communication:view"), "{text}");
    let agent = service.topics(home.path(), &secret, &["events", "agent", "state"]);
    let text = String::from_utf8_lossy(&agent.stdout).into_owned();
    assert!(text.contains("EventBridge only"), "{text}");

    // nothing is asked any more, so nothing is missed
    let addresses = (service.text("apiUrl"), service.text("loginUrl"), service.text("clientId"));
    drop(service);
    let mut command = topics(home.path(), &["acd", "--json"]);
    command
        .env("GCWATCH_API_URL", addresses.0)
        .env("GCWATCH_LOGIN_URL", addresses.1)
        .env("GENESYSCLOUD_OAUTHCLIENT_ID", addresses.2)
        .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", secret);
    let kept = command.output().expect("runs");
    assert_eq!(kept.status.code(), Some(0), "{}", told(&kept));
    assert_eq!(listed(&kept)["source"], "cache");
    assert_eq!(listed(&kept)["topics"], listed(&fresh)["topics"]);
}

#[test]
fn refused_credentials_end_it_and_bad_configuration_too() {
    let home = tempfile::tempdir().expect("a folder");
    let service = Service::start();
    let refused = service.topics(home.path(), "wrong", &[]);
    assert_eq!(refused.status.code(), Some(3), "{}", told(&refused));
    assert!(refused.stdout.is_empty() && !told(&refused).contains("wrong\n"), "{}", told(&refused));
    let config = home.path().join("config");
    std::fs::create_dir_all(&config).expect("a folder");
    std::fs::write(config.join("config.toml"), "nonsense = 1\n").expect("it can be written");
    let bad = topics(home.path(), &[]).env("GCWATCH_CONFIG_DIR", &config).output().expect("runs");
    assert_eq!(bad.status.code(), Some(2), "{}", told(&bad));
}
