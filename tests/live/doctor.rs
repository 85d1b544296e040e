//! `gcwatch doctor`, the real binary, against everything that can be wrong: the first ✗ must name
//! the right cause and remedy, and the exit code must be the contract's.
use crate::program::{Home, Said, said};
use crate::simulated::Simulated;
use gcwatch::simulator::service::SimulatorSettings;
use gcwatch::simulator::service::state::Addresses;
use serde_json::Value;
use stand_in::{Shown, tls};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

mod addresses;
mod cases;
mod logins;
mod stand_in;

/// Longest run, on a busy machine: each check has its deadline, and the whole is bounded.
const LIMIT: Duration = Duration::from_secs(60);
/// Runs side by side; most of them wait for deadlines.
const SIDE_BY_SIDE: usize = 4;

/// One run of the binary with a clean environment of its own.
struct Run {
    home: Home,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    simulated: Option<Simulated>,
}

/// What came of it.
struct Outcome {
    exit: i32,
    report: Value,
    told: String,
}

fn run() -> Run {
    Run { home: Home::new(), arguments: Vec::new(), environment: Vec::new(), simulated: None }
}

/// With a client's id and secret in the environment and both addresses set.
fn at(base: &str) -> Run {
    run().credentials("some-client", "some-secret").base(base)
}

/// With a healthy simulated service and the right credentials.
fn simulated() -> Run {
    simulated_with(&SimulatorSettings { seed: 3, ..SimulatorSettings::default() })
}

fn simulated_with(settings: &SimulatorSettings) -> Run {
    let service = Simulated::start(settings.clone());
    let at = service.addresses();
    let run = run().credentials(&at.client_id, &at.client_secret).base(&at.base_url);
    Run { simulated: Some(service), ..run }
}

impl Run {
    fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    fn base(self, base: &str) -> Self {
        self.environment("GCWATCH_API_URL", base).environment("GCWATCH_LOGIN_URL", base)
    }

    fn credentials(self, id: &str, secret: &str) -> Self {
        self.environment("GENESYSCLOUD_OAUTHCLIENT_ID", id)
            .environment("GENESYSCLOUD_OAUTHCLIENT_SECRET", secret)
    }

    fn config(self, text: &str) -> Self {
        self.home.config(text);
        self
    }

    fn file(self, name: &str, text: &str) -> Self {
        let path = self.home.file(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
        self
    }

    /// The limited client of the simulated service.
    fn limited(self) -> Self {
        let at = self.service();
        let (id, secret) = (at.limited_client_id.clone(), at.limited_client_secret.clone());
        self.credentials(&id, &secret)
    }

    fn service(&self) -> &Addresses {
        self.simulated.as_ref().expect("a simulated service").addresses()
    }

    fn fault(self, fault: &str) -> Self {
        stand_in::post(&self.service().base_url, "/simulator/faults", fault);
        self
    }

    fn token(&self) -> String {
        let at = self.service().clone();
        let client = reqwest_token(&at.base_url, &at.client_id, &at.client_secret);
        client.expect("a token")
    }

    /// Runs `gcwatch doctor …` and reads its report.
    fn outcome(&self) -> Outcome {
        let mut command = self.home.command(&["doctor"]);
        command.args(&self.arguments).arg("--json");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let begun = Instant::now();
        let Said { code, out, told } = said(&mut command);
        assert!(begun.elapsed() < LIMIT, "it took {:?}", begun.elapsed());
        let report = serde_json::from_str(&out).unwrap_or(Value::Null);
        Outcome { exit: code.unwrap_or(-1), report, told: format!("{out}{told}") }
    }
}

fn reqwest_token(base: &str, id: &str, secret: &str) -> Option<String> {
    use base64::Engine;
    use std::io::{Read, Write};
    let host = base.trim_start_matches("http://");
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"));
    let body = "grant_type=client_credentials";
    let mut stream = std::net::TcpStream::connect(host).ok()?;
    write!(stream, "POST /oauth/token HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {basic}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let body = answer.split_once("\r\n\r\n")?.1;
    serde_json::from_str::<Value>(body).ok()?["access_token"].as_str().map(str::to_owned)
}

impl Outcome {
    fn check(&self, word: &str) -> &Value {
        let checks = self.report["checks"].as_array().expect("checks");
        checks.iter().find(|check| check["check"] == word).unwrap_or(&Value::Null)
    }

    fn first_fault(&self) -> Option<&Value> {
        self.report["checks"].as_array()?.iter().find(|check| check["verdict"] == "fault")
    }
}

/// A fault and what must be said of it.
struct Case {
    name: &'static str,
    set_up: fn() -> Run,
    /// The check of the first ✗; empty for none.
    check: &'static str,
    /// What its sentence and remedy must hold, in any case of letters.
    words: &'static [&'static str],
    exit: i32,
}

/// A TLS server whose authority is trusted.
fn trusted(shown: &Shown) -> Run {
    let (port, authority) = tls(shown);
    let run = at(&format!("https://localhost:{port}")).file("ca.pem", &authority);
    let path = run.home.file("ca.pem").display().to_string();
    run.argument("--ca-file").argument(&path)
}

fn judge(case: &Case) -> Result<(), String> {
    let run = (case.set_up)();
    let outcome = run.outcome();
    let fault = outcome.first_fault();
    let told = &outcome.told;
    let check = fault.and_then(|fault| fault["check"].as_str()).unwrap_or_default();
    if check != case.check {
        return Err(format!(
            "{}: first fault is \"{check}\", not \"{}\"\n{told}",
            case.name, case.check
        ));
    }
    if outcome.exit != case.exit || outcome.report["exitCode"] != case.exit {
        return Err(format!("{}: exit {}, not {}\n{told}", case.name, outcome.exit, case.exit));
    }
    if let Some(fault) = fault {
        let part = |name: &str| fault[name].as_str().unwrap_or_default().to_lowercase();
        let text = format!("{} {}", part("found"), part("remedy"));
        if fault["remedy"].is_null() {
            return Err(format!("{}: no remedy\n{told}", case.name));
        }
        for word in case.words {
            if !text.contains(&word.to_lowercase()) {
                return Err(format!("{}: nothing of \"{word}\" in {text}", case.name));
            }
        }
    }
    for (name, value) in &run.environment {
        let secret = name.ends_with("SECRET") || name.ends_with("TOKEN");
        if secret && told.contains(value.trim_start_matches("Bearer ")) {
            return Err(format!("{}: {name} is shown\n{told}", case.name));
        }
    }
    Ok(())
}

#[test]
fn the_first_fault_names_cause_and_remedy() {
    let tables = [
        cases::before_the_network(),
        cases::addresses(),
        cases::on_the_way(),
        cases::proxies_and_portals(),
        cases::at_the_service(),
        cases::sockets(),
        logins::of_persons(),
    ];
    let cases: Vec<Case> = tables.into_iter().flatten().collect();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let next = AtomicUsize::new(0);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..SIDE_BY_SIDE)
            .map(|_| {
                scope.spawn(|| {
                    let mut failed = Vec::new();
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        failed.extend(judge(case).err());
                    }
                    failed
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a case panicked")).collect()
    });
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n\n"));
}

#[test]
fn a_healthy_run_says_all_and_leaves_nothing() {
    let run = simulated();
    let outcome = run.outcome();
    assert_eq!(outcome.exit, 0, "{}", outcome.told);
    for word in [
        "configuration",
        "settings",
        "secret",
        "address",
        "proxy",
        "names",
        "tcp",
        "answer",
        "clock",
        "login",
        "identity",
        "rate-limit",
        "channels",
        "permissions",
        "channel",
        "subscription",
        "socket",
        "pulse",
    ] {
        assert_eq!(outcome.check(word)["verdict"], "ok", "{word}: {}", outcome.told);
    }
    let truth = stand_in::get(&run.service().base_url, "/simulator/truth");
    assert_eq!(truth["topics"], 0, "subscriptions are left");
    assert_eq!(truth["sockets"], 0, "a socket is left");
    // no channel id in full: a streaming id has 26 characters behind its number
    let ids =
        outcome.told.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| word.len() == 26);
    assert_eq!(ids.count(), 0, "{}", outcome.told);
}

#[test]
fn trusted_interception_is_told_and_works() {
    let outcome =
        trusted(&Shown { authority: Some("Zscaler Root CA"), ..Shown::default() }).outcome();
    let tls = outcome.check("tls");
    assert_eq!(tls["verdict"], "warning");
    assert!(tls["found"].as_str().is_some_and(|found| found.contains("Zscaler")), "{tls}");
}

#[test]
fn a_token_s_own_unused_channel_is_taken_rather_than_evicting_one() {
    let run = simulated();
    let token = run.token();
    for _ in 0..20 {
        stand_in::post_as(&run.service().base_url, "/api/v2/notifications/channels", "{}", &token);
    }
    let run = run.environment("GENESYSCLOUD_ACCESS_TOKEN", &token);
    let outcome = run.outcome();
    assert_eq!(outcome.exit, 0, "{}", outcome.told);
    assert_eq!(outcome.check("channels")["verdict"], "warning");
    assert_eq!(outcome.check("pulse")["verdict"], "ok");
    let truth = stand_in::get(&run.service().base_url, "/simulator/truth");
    assert_eq!(truth["channels"], 20);
}
