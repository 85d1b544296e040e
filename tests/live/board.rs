//! `gcwatch board` as scripts use it, against the simulated service: figures, sums, exit codes.
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long one comparison may take to agree: two readings and the truth must fall between two changes.
const AGREE_WITHIN: Duration = Duration::from_secs(60);

/// A simulated service that ends with the test.
struct Service {
    child: Child,
    addresses: Value,
    /// Where the configuration is.
    folder: tempfile::TempDir,
}

impl Service {
    fn start(options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gcwatch"))
            .args(["simulate", "--seed", "5"])
            .args(options)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("standard output");
        BufReader::new(output).read_line(&mut line).expect("its addresses");
        let addresses = serde_json::from_str(&line).expect("JSON");
        Self { child, addresses, folder: tempfile::tempdir().expect("a folder") }
    }

    /// The board, once. Today is UTC's, as the truth's is.
    fn board(&self, arguments: &[&str]) -> Output {
        let text = |key: &str| self.addresses[key].as_str().expect("a text").to_owned();
        Command::new(env!("CARGO_BIN_EXE_gcwatch"))
            .args(["board", "--once"])
            .args(arguments)
            .env("TZ", "UTC")
            .env("GCWATCH_CONFIG_DIR", self.folder.path())
            .env("GCWATCH_API_URL", text("apiUrl"))
            .env("GCWATCH_LOGIN_URL", text("loginUrl"))
            .env("GENESYSCLOUD_OAUTHCLIENT_ID", text("clientId"))
            .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", text("clientSecret"))
            .env_remove("GENESYSCLOUD_ACCESS_TOKEN")
            .env_remove("GENESYSCLOUD_REGION")
            .env_remove("GCWATCH_PROFILE")
            .output()
            .expect("the binary runs")
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.board(&[arguments, &["--format", "json"]].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one line of JSON")
    }

    fn rules(&self, text: &str) {
        std::fs::write(self.folder.path().join("config.toml"), text).expect("it is written");
    }

    /// What is so. By hand, so that nothing of the client is trusted with it.
    fn truth(&self) -> Value {
        let base = self.addresses["apiUrl"].as_str().expect("an address");
        let host = base.strip_prefix("http://").expect("a loopback address");
        let mut stream = TcpStream::connect(host).expect("the simulator listens");
        let request =
            format!("GET /simulator/truth HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("the request is sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("the answer is read");
        let text = String::from_utf8_lossy(&answer);
        let (start, end) = (text.find('{').expect("JSON"), text.rfind('}').expect("JSON"));
        serde_json::from_str(&text[start..=end]).expect("JSON")
    }

    /// One in which something happens every few seconds only, so that a reading falls between two changes
    /// on a slow machine too.
    fn slow() -> Self {
        Self::start(&["--speed", "0.1"])
    }

    /// Takes readings until nothing happened between the truth before and after one, and says whether that
    /// one agrees with it. That the truth is the same doesn't suffice: somebody may have come and gone.
    fn agrees<T: PartialEq + std::fmt::Debug>(
        &self,
        truth: impl Fn(&Value) -> T,
        read: impl Fn() -> T,
    ) {
        let begun = Instant::now();
        loop {
            let before = self.truth();
            let read = read();
            let after = self.truth();
            // the simulated world goes on by steps: for a moment after a half hour it is in the one
            // before, and the reading is not
            let half_hour = |at: Timestamp| at.as_second() / 1_800;
            let is_of_one = half_hour(text(&after["now"]).parse().expect("a time"))
                == half_hour(Timestamp::now());
            if before["changes"] == after["changes"] && is_of_one {
                assert_eq!(read, truth(&after), "(board, truth)");
                return;
            }
            assert!(begun.elapsed() < AGREE_WITHIN, "the truth never stood still");
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

/// Of each medium with anything to it in each queue: offered, answered, abandoned and service level
/// of the half hour and of today, and how many wait.
fn told(truth: &Value) -> BTreeSet<(String, String, String)> {
    let mut rows = BTreeSet::new();
    for queue in list(&truth["queues"]) {
        for (medium, figures) in queue["media"].as_object().expect("media") {
            let of = |span: &str, name: &str| figures[span][name].clone();
            let row: Vec<Value> = ["interval", "today"]
                .iter()
                .flat_map(|span| {
                    ["offered", "answered", "abandoned", "serviceLevel"].map(|name| of(span, name))
                })
                .chain([figures["waiting"].clone()])
                .collect();
            let word = if medium == "voice" { "call" } else { medium };
            rows.insert((text(&queue["id"]), word.to_owned(), format!("{row:?}")));
        }
    }
    rows
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[test]
fn figures_of_the_half_hour_and_of_today_are_known_by_rest_for_each_medium() {
    let service = Service::slow();
    let names = ["offered", "answered", "abandoned", "service_level"];
    let read = || {
        let board = service.json(&["--all", "--by", "media"]);
        let rows = list(&board["queues"]).iter().map(|row| {
            let today = names.map(|name| row[format!("{name}_today")].clone());
            let figures: Vec<Value> = names
                .map(|name| row[name].clone())
                .into_iter()
                .chain(today)
                .chain([row["waiting"].clone()])
                .collect();
            (text(&row["id"]), text(&row["media"]), format!("{figures:?}"))
        });
        rows.collect()
    };
    service.agrees(told, read);
}

#[test]
fn the_total_counts_conversations_once_a_queue_and_people_once() {
    let service = Service::slow();
    let truth = |truth: &Value| {
        let queues = list(&truth["queues"]);
        let sum = |name: &str| queues.iter().filter_map(|queue| queue[name].as_u64()).sum::<u64>();
        let on_a_queue = |agent: &&Value| {
            agent["routingStatus"] != "OFF_QUEUE" && !list(&agent["queueIds"]).is_empty()
        };
        let people = || list(&truth["agents"]).iter().filter(on_a_queue);
        let idle = people().filter(|agent| agent["routingStatus"] == "IDLE").count();
        assert!(sum("onQueue") > people().count() as u64, "somebody is on two queues");
        [sum("waiting"), sum("interacting"), people().count() as u64, idle as u64]
    };
    let read = || {
        let total = service.json(&["--all"])["total"].clone();
        let of = |name: &str| total[name].as_u64().unwrap_or(u64::MAX);
        [of("waiting"), of("interacting"), of("on_queue"), of("idle")]
    };
    service.agrees(truth, read);
    let table = service.board(&["--all", "--columns", "queue,waiting"]);
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    assert!(table.lines().last().is_some_and(|line| line.starts_with("total ")), "{table}");
}

#[test]
fn without_permission_for_aggregates_the_rest_is_shown_and_the_permission_named() {
    let scenario = tempfile::NamedTempFile::new().expect("a file");
    let fault = r#"
title = "no aggregates"
[[step]]
at = "0s"
fault = { answer = { path = "/api/v2/analytics/conversations/aggregates", status = 403, message = "no" } }
"#;
    std::fs::write(scenario.path(), fault).expect("it is written");
    let path = scenario.path().to_str().expect("a path");
    let service = Service::start(&["--scenario", path]);
    let output = service.board(&["--all", "--format", "json"]);
    assert!(output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("analytics:conversationAggregate:view"), "{stderr}");
    let board: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let row = &list(&board["queues"])[0];
    assert_eq!((&row["offered_today"], &row["offered"]), (&Value::Null, &Value::Null));
    assert!(row["on_queue"].is_u64() && row["waiting"].is_u64(), "{row}");
}

#[test]
fn check_ends_with_1_while_an_alert_stands_and_with_0_while_none_does() {
    let service = Service::start(&[]);
    let check = || {
        let output = service.board(&["--all", "--check"]);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, stderr) = check();
    assert_eq!(code, Some(2), "there is no rule: {stderr}");
    service.rules("[[alert]]\nname = \"too many\"\nwarning = \"on_queue > 100000\"\n");
    let (code, stderr) = check();
    assert_eq!((code, stderr.as_str()), (Some(0), ""));
    // how long it must last doesn't count: one reading can't tell
    service.rules(
        "[[alert]]\nname = \"few agents\"\nqueues = \"Bill*\"\ncritical = \"on_queue < 100000 for 5m\"\n",
    );
    let (code, stderr) = check();
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("Billing") && stderr.contains("one alert stands"), "{stderr}");
}

#[test]
fn how_soon_queues_shall_answer_is_read_with_their_names() {
    // far more conversations than people for them: some wait at any hour at which the test is run
    let service = Service::start(&["--pace", "6"]);
    let truth = service.truth();
    let mut thresholds = BTreeMap::new();
    for queue in list(&truth["queues"]) {
        for (medium, figures) in queue["media"].as_object().expect("media") {
            let word = if medium == "voice" { "call" } else { medium };
            let within = figures["thresholdMs"].as_f64().expect("milliseconds") / 1_000.0;
            thresholds.insert((text(&queue["id"]), word.to_owned()), within);
        }
    }
    let billing = list(&truth["queues"]).iter().find(|queue| queue["name"] == "Billing");
    let id = text(&billing.expect("a queue of the demo")["id"]);
    // the whole list, one by its name, one by its id: each is another request
    let (mut known, mut late, mut in_time) = (0, 0, 0);
    let begun = Instant::now();
    let ways = [["--all"].as_slice(), &["--queue", "bill*"], &["--queue", &id]];
    for (number, chosen) in ways.into_iter().cycle().enumerate() {
        // each way once, and on until something was late and something wasn't
        let is_enough = late > 0 && in_time > 0;
        if number >= ways.len() && (is_enough || begun.elapsed() > AGREE_WITHIN) {
            break;
        }
        let board = service.json(&[chosen, &["--by", "media"]].concat());
        assert!(!list(&board["queues"]).is_empty(), "{chosen:?}");
        for row in list(&board["queues"]) {
            let within = thresholds.get(&(text(&row["id"]), text(&row["media"])));
            let Some(within) = within else { continue };
            assert_eq!(row["threshold"].as_f64(), Some(*within), "{chosen:?} {row}");
            let overdue = row["longest_wait"].as_f64().map(|longest| (longest - within).max(0.0));
            let shown = row["overdue"].as_f64();
            // both are shown in milliseconds
            let agrees = match (shown, overdue) {
                (Some(shown), Some(overdue)) => (shown - overdue).abs() < 0.002,
                (shown, overdue) => shown == overdue,
            };
            assert!(agrees, "{chosen:?} {overdue:?} {row}");
            known += 1;
            late += usize::from(shown.is_some_and(|late| late > 0.0));
            in_time += usize::from(shown == Some(0.0));
        }
    }
    assert!(known > 10 && late > 0 && in_time > 0, "{known} known, {late} late, {in_time} in time");
    let whole = service.json(&["--queue", &id, "--columns", "threshold"]);
    let shortest = thresholds.iter().filter(|((queue, _), _)| *queue == id).map(|(_, ms)| *ms);
    let shortest = shortest.fold(f64::INFINITY, f64::min);
    assert_eq!(list(&whole["queues"])[0]["threshold"].as_f64(), Some(shortest));
}
