//! The whole login of a person: the real binary, the simulated service, and the test as the
//! browser and as the person who pastes.
use crate::program::Home;
use crate::simulated::Simulated;
use gcwatch::simulator::service::state::Addresses;
use gcwatch::simulator::service::{Fault, SimulatorSettings};
use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use url::Url;

/// The simulated service and a folder for the configuration.
struct Stage {
    service: Simulated,
    home: Home,
}

impl Stage {
    fn new() -> Self {
        Self::with(SimulatorSettings { seed: 3, ..SimulatorSettings::default() })
    }

    fn with(settings: SimulatorSettings) -> Self {
        Self { service: Simulated::start(settings), home: Home::new() }
    }

    fn at(&self) -> &Addresses {
        self.service.addresses()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        self.home.command(arguments)
    }

    /// The arguments of a login at this service.
    fn login_arguments(&self) -> Vec<String> {
        let at = self.at();
        let mut all: Vec<String> = ["login", "--pkce", "--no-browser", "--credentials", "file"]
            .map(str::to_owned)
            .to_vec();
        for (name, value) in [
            ("--client-id", &at.pkce_client_id),
            ("--api-url", &at.base_url),
            ("--login-url", &at.base_url),
        ] {
            all.extend([name.to_owned(), value.clone()]);
        }
        all
    }

    /// Begins a login; gives it with the address that it asks to open.
    fn login(&self, more: &[&str]) -> Login {
        let mut child = self
            .command(&[])
            .args(self.login_arguments())
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut said = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut text = String::new();
        let authorize = loop {
            let mut line = String::new();
            let read = said.read_line(&mut line).expect("it can be read");
            text.push_str(&line);
            assert!(read > 0, "it ended without an address: {text}");
            if line.starts_with("http") {
                break line.trim().to_owned();
            }
        };
        Login { child, said, text, authorize: authorize.parse().expect("an address") }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the binary runs")
    }

    fn config(&self) -> String {
        std::fs::read_to_string(self.home.file("config.toml")).expect("a configuration")
    }

    fn kept(&self) -> std::path::PathBuf {
        self.home.file("credentials/default.login")
    }
}

/// The person logs in, as a browser does it.
fn log_in(stage: &Stage) {
    let login = stage.login(&[]);
    let (_, answer) = get(&login.authorize);
    let (status, page) = get(&location(&answer));
    assert_eq!(status, 200, "{page}");
    let (code, said) = login.ends();
    assert_eq!(code, 0, "{said}");
}

/// A service that grants nothing to renew a login with asks the person in time: before the end, in
/// an event, while the picture is still live. A new login is then taken up by the running program.
#[test]
fn a_login_without_renewal_is_asked_for_before_its_end_and_taken_up_after_it() {
    let off = "{\"refresh_tokens\":\"off\"}";
    let fault: Fault = serde_json::from_str(off).expect("a fault");
    let life = std::time::Duration::from_secs(14);
    let stage = Stage::with(SimulatorSettings {
        seed: 4,
        token_life: life,
        faults: vec![fault],
        ..SimulatorSettings::default()
    });
    log_in(&stage);
    let mut tail = stage
        .command(&["tail", "--queue", "Billing", "--for", "90s"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let mut lines = BufReader::new(tail.stdout.take().expect("it is piped")).lines();
    let mut before: Vec<String> = Vec::new();
    // the next event of this kind; the kinds that came before it are noted
    let mut next = |wanted: &str| loop {
        let line = lines.next().unwrap_or_else(|| panic!("no {wanted} after {before:?}"));
        let line: serde_json::Value = serde_json::from_str(&line.expect("text")).expect("JSON");
        let Some(event) = line["event"].as_str() else { continue };
        if event == wanted {
            return (line, std::mem::take(&mut before));
        }
        before.push(event.to_owned());
    };
    next("connected");
    let (asked, before) = next("token");
    let text = asked.to_string();
    assert!(text.contains("gcwatch login --pkce --profile default"), "{text}");
    for end in ["gap", "disconnected"] {
        assert!(!before.iter().any(|event| event == end), "{end} before it was asked: {before:?}");
    }
    let (gap, _) = next("gap");
    assert!(gap.to_string().contains("cause"), "{gap}");
    let longer = Fault { token_life_s: Some(86_400), ..Fault::default() };
    stage.service.simulator().play(&longer);
    log_in(&stage);
    next("reconnected");
    tail.kill().expect("it runs");
    tail.wait().expect("it ends");
}

/// A login under way.
struct Login {
    child: Child,
    said: BufReader<ChildStderr>,
    text: String,
    authorize: Url,
}

impl Login {
    /// What the address asks for.
    fn asks(&self, name: &str) -> String {
        let found = self.authorize.query_pairs().find(|(key, _)| key == name);
        found.unwrap_or_else(|| panic!("no {name} in the address")).1.into_owned()
    }

    /// Waits until something is said.
    fn wait_for(&mut self, words: &str) {
        while !self.text.contains(words) {
            let mut line = String::new();
            let read = self.said.read_line(&mut line).expect("it can be read");
            self.text.push_str(&line);
            assert!(read > 0, "it never said {words}: {}", self.text);
        }
    }

    /// Waits for the end: its exit code and all that was said.
    fn ends(mut self) -> (i32, String) {
        self.said.read_to_string(&mut self.text).expect("it can be read");
        let status = self.child.wait().expect("it ends");
        (status.code().expect("an exit code"), self.text)
    }
}

/// A browser without a window: one request, and its whole answer.
fn request(method: &str, address: &Url, header: &str) -> (u16, String) {
    let port = address.port().expect("a port");
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("somebody listens");
    let target = &address[url::Position::BeforePath..];
    let text = format!(
        "{method} {target} HTTP/1.1\r\nhost: localhost:{port}\r\nconnection: close\r\n{header}\r\n"
    );
    stream.write_all(text.as_bytes()).expect("it takes the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let status = answer.split_whitespace().nth(1).and_then(|word| word.parse().ok());
    (status.expect("a status"), answer)
}

fn get(address: &Url) -> (u16, String) {
    request("GET", address, "")
}

/// Where an answer sends the browser.
fn location(answer: &str) -> Url {
    let line = answer.lines().find(|line| line.to_ascii_lowercase().starts_with("location: "));
    line.expect("a redirect")["location: ".len()..].trim().parse().expect("an address")
}

fn token_in(kept: &Path) -> String {
    let text = std::fs::read_to_string(kept).expect("a login is kept");
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    value["access_token"].as_str().expect("a token").to_owned()
}

#[test]
fn a_person_logs_in_watches_and_logs_out() {
    let stage = Stage::new();
    let login = stage.login(&[]);
    assert_eq!(login.asks("code_challenge_method"), "S256");
    assert_eq!(login.asks("response_type"), "code");
    assert!(login.asks("redirect_uri").starts_with("http://localhost:"));
    let (status, answer) = get(&login.authorize);
    assert_eq!(status, 302, "{answer}");
    let (status, page) = get(&location(&answer));
    assert_eq!(status, 200, "{page}");
    assert!(page.contains("Logged in"), "{page}");
    let (code, said) = login.ends();
    assert_eq!(code, 0, "{said}");
    for words in ["organisation ", "it may see 10 queues", "profile default is in"] {
        assert!(said.contains(words), "{said}");
    }

    let token = token_in(&stage.kept());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = stage.kept().metadata().expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let config = stage.config();
    assert!(config.contains("grant = \"pkce\""), "{config}");
    assert!(!config.contains(&token) && !said.contains(&token), "a token is shown");

    let shown = stage.run(&["config", "show"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("a person's login"));
    let channels = stage.run(&["channels"]);
    assert!(channels.status.success(), "{}", String::from_utf8_lossy(&channels.stderr));
    let tail = stage.run(&["tail", "--count", "1", "--for", "60s"]);
    assert!(tail.status.success(), "{}", String::from_utf8_lossy(&tail.stderr));

    let listed = stage.run(&["channels", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let id = listed["channels"][0]["id"].as_str().expect("a channel of this login").to_owned();
    assert_eq!(listed["limit"], 20);
    let cleared = stage.run(&["channels", "--clean", &id]);
    let said = String::from_utf8_lossy(&cleared.stderr).into_owned();
    assert!(cleared.status.success() && said.contains("no subscriptions any more"), "{said}");
    let unknown = stage.run(&["channels", "--clean", "streaming-9-nobody"]);
    assert_eq!(unknown.status.code(), Some(2));

    let me = stage.at().base_url.parse::<Url>().and_then(|url| url.join("/api/v2/users/me"));
    let me = me.expect("an address");
    let bearer = format!("authorization: Bearer {token}\r\n");
    assert_eq!(request("GET", &me, &bearer).0, 200);
    let out = stage.run(&["logout"]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success() && said.contains("the token is ended at"), "{said}");
    assert!(!stage.kept().exists());
    assert_eq!(request("GET", &me, &bearer).0, 401, "the token lives on");
    let again = stage.run(&["channels"]);
    assert_eq!(again.status.code(), Some(2));
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(said.contains("gcwatch login --pkce --profile default"), "{said}");
}

#[test]
fn a_wrong_state_is_not_taken_and_the_right_one_still_is() {
    let stage = Stage::new();
    let mut login = stage.login(&["--redirect-uri", "http://localhost/callback"]);
    let back = login.asks("redirect_uri");
    assert!(back.ends_with("/callback"), "{back}");
    let forged = format!("{back}?code=abcdefghij0123456789&state=guessed");
    let (status, page) = get(&forged.parse().expect("an address"));
    assert_eq!(status, 400);
    assert!(page.contains("Not logged in") && page.contains("wrong state"), "{page}");
    login.wait_for("wrong state");
    let (_, answer) = get(&login.authorize);
    assert_eq!(get(&location(&answer)).0, 200);
    let (code, said) = login.ends();
    assert_eq!(code, 0, "{said}");
    assert!(stage.config().contains("redirect_uri = \"http://localhost/callback\""));
}

#[test]
fn a_refusal_is_told_in_the_browser_and_in_the_terminal() {
    let stage = Stage::new();
    let login = stage.login(&[]);
    let back = format!(
        "{}?error=access_denied&error_description=The%20user%20said%20%3Cno%3E&state={}",
        login.asks("redirect_uri"),
        login.asks("state")
    );
    let (_, page) = get(&back.parse().expect("an address"));
    assert!(page.contains("The user said &lt;no&gt;"), "{page}");
    let (code, said) = login.ends();
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("the login was refused: The user said <no>"), "{said}");
    assert!(!stage.kept().exists() && !stage.home.file("config.toml").exists());
}

#[test]
fn a_code_that_is_refused_never_shows_done() {
    let stage = Stage::new();
    let login = stage.login(&[]);
    let back = format!(
        "{}?code=abcdefghij0123456789&state={}",
        login.asks("redirect_uri"),
        login.asks("state")
    );
    let (status, page) = get(&back.parse().expect("an address"));
    assert_eq!(status, 400);
    assert!(page.contains("Not logged in"), "{page}");
    let (code, said) = login.ends();
    assert_eq!(code, 3, "{said}");
    assert!(said.contains("invalid_grant") && said.contains("log in again"), "{said}");
}

#[test]
fn nobody_coming_and_a_taken_port_are_told_with_what_helps() {
    let stage = Stage::new();
    let (code, said) = stage.login(&["--login-timeout", "1s"]).ends();
    assert_eq!(code, 1, "{said}");
    for words in ["nobody logged in within 1 s", "Code Authorization", "http://localhost"] {
        assert!(said.contains(words), "{said}");
    }
    let holder = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = holder.local_addr().expect("a port").port();
    let uri = format!("http://localhost:{port}");
    let output = stage
        .command(&[])
        .args(stage.login_arguments())
        .args(["--redirect-uri", &uri])
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains(&format!("port {port}")) && said.contains("without a port"), "{said}");
}

#[test]
fn over_ssh_the_address_is_pasted_at_the_prompt() {
    let stage = Stage::new();
    let pair = native_pty_system()
        .openpty(PtySize { rows: 40, cols: 400, pixel_width: 0, pixel_height: 0 })
        .expect("a terminal");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_gcwatch"));
    command.env_clear();
    command.env("GCWATCH_CONFIG_DIR", stage.home.path());
    command.env("SSH_CONNECTION", "192.0.2.1 1 192.0.2.2 22");
    command.env("DISPLAY", ":0");
    // no --no-browser: the environment says that nobody sits here
    command.args(stage.login_arguments().into_iter().filter(|word| word != "--no-browser"));
    let mut child = pair.slave.spawn_command(command).expect("the binary starts");
    drop(pair.slave);
    let mut keys = pair.master.take_writer().expect("a keyboard");
    let mut screen = BufReader::new(pair.master.try_clone_reader().expect("a screen"));
    let mut said = String::new();
    let authorize: Url = loop {
        let mut line = String::new();
        assert!(screen.read_line(&mut line).expect("it can be read") > 0, "{said}");
        said.push_str(&line);
        if let Some(found) = line.trim().strip_prefix("http") {
            break format!("http{found}").parse().expect("an address");
        }
    };
    let mut paste = |text: &str| {
        keys.write_all(format!("{text}\r").as_bytes()).expect("the terminal takes keys");
        keys.flush().expect("the terminal takes keys");
    };
    let mut wait_for = |words: &str| {
        while !said.contains(words) {
            let mut byte = [0];
            let read = screen.read(&mut byte).unwrap_or(0);
            assert!(read > 0, "it never said {words}: {said}");
            said.push(char::from(byte[0]));
        }
    };
    wait_for("address or code: ");
    paste("what do I do?");
    wait_for("copy the whole address");
    // a slip of the mouse: only the half of it
    paste("abcdefghij0123456789");
    wait_for("once more");
    let (_, answer) = get(&authorize);
    paste(location(&answer).as_str());
    wait_for("profile default is in");
    assert!(child.wait().expect("it ends").success());
    assert!(stage.kept().exists());
}
