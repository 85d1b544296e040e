//! The real binary as tests run it: a folder of its own, nothing of this computer's settings, and
//! `gcwatch simulate` beside it, which ends with the test.
//!
//! Taken into a test by `#[path]`, since a file at the top of `tests` would be a test of its own.
#![allow(dead_code, reason = "no test needs all of it")]
use base64::prelude::{BASE64_STANDARD, Engine};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;
use tempfile::TempDir;

/// Longer than anything takes on a machine with other things to do.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Asides that are kept until somebody looks at them.
const MAX_ASIDES: usize = 1_000;

/// A program that ends with the test, also when that fails.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A home with nothing in it.
pub(crate) struct Home(TempDir);

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// A file in it.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Its configuration file.
    pub(crate) fn config(&self, text: &str) {
        std::fs::write(self.file("config.toml"), text).expect("a file");
    }

    /// The binary with these arguments, at home here.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gcwatch"));
        // neither this computer's settings nor its proxies
        command
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .args(arguments)
            .current_dir(self.path())
            .env("HOME", self.path())
            .env("GCWATCH_CONFIG_DIR", self.path())
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
            .stdin(Stdio::null());
        command
    }
}

/// What a run has said, with its exit code.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) told: String,
}

/// Runs a command to its end.
#[track_caller]
pub(crate) fn said(command: &mut Command) -> Said {
    let Output { status, stdout, stderr } = command.output().expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Said { code: status.code(), out: text(&stdout), told: text(&stderr) }
}

/// `gcwatch simulate`, with what it announced.
pub(crate) struct Service {
    program: Running,
    pub(crate) announced: Value,
    /// What it says beside, line by line.
    asides: Receiver<String>,
}

impl Service {
    #[track_caller]
    pub(crate) fn start(home: &Home, options: &[&str]) -> Self {
        let mut child = home
            .command(&["simulate"])
            .args(options)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let output = child.stdout.take().expect("standard output");
        let told = BufReader::new(child.stderr.take().expect("standard error"));
        let (send, asides) = sync_channel(MAX_ASIDES);
        std::thread::spawn(move || {
            // beyond the bound it is read and forgotten: the program must not wait for a test
            told.lines().map_while(Result::ok).for_each(|line| drop(send.try_send(line)));
        });
        let program = Running(child);
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).expect("its addresses");
        let announced = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("it announced {line:?}: {error}"));
        Self { program, announced, asides }
    }

    pub(crate) fn text(&self, key: &str) -> &str {
        self.announced[key].as_str().unwrap_or_else(|| panic!("no {key} in {}", self.announced))
    }

    /// The answer to a `POST`, as somebody gets it who knows nothing but HTTP.
    #[track_caller]
    fn post(&self, path: &str, authorization: &str, kind: &str, body: &str) -> Value {
        let address = self.text("apiUrl").trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).expect("it listens");
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nauthorization: {authorization}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).expect("it listens");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error} in {answer}"))
    }

    /// The address of a new channel's socket, which isn't gcwatch's.
    #[track_caller]
    pub(crate) fn new_channel(&self) -> String {
        let login = format!("{}:{}", self.text("clientId"), self.text("clientSecret"));
        let basic = format!("Basic {}", BASE64_STANDARD.encode(login));
        let form = "application/x-www-form-urlencoded";
        let token = self.post("/oauth/token", &basic, form, "grant_type=client_credentials");
        let bearer = format!("Bearer {}", token["access_token"].as_str().expect("a token"));
        let channels = "/api/v2/notifications/channels";
        let channel = self.post(channels, &bearer, "application/json", "{}");
        channel["connectUri"].as_str().expect("an address").to_owned()
    }

    /// Waits for an aside that holds `part`.
    #[track_caller]
    pub(crate) fn wait_for_aside(&self, part: &str) -> String {
        let mut heard = Vec::new();
        loop {
            match self.asides.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(part) => return line,
                Ok(line) => heard.push(line),
                Err(error) => panic!("no {part:?} in {heard:#?}: {error}"),
            }
        }
    }

    /// Asks it to end, and waits for that.
    #[cfg(unix)]
    pub(crate) fn end_gently(mut self) {
        let id = self.program.0.id().to_string();
        let sent = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(sent.expect("kill runs").success());
        assert!(self.program.0.wait().expect("it ends").success());
    }

    /// Lets `command` log in here.
    pub(crate) fn credentials<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("GCWATCH_API_URL", self.text("apiUrl"))
            .env("GCWATCH_LOGIN_URL", self.text("loginUrl"))
            .env("GENESYSCLOUD_OAUTHCLIENT_ID", self.text("clientId"))
            .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", self.text("clientSecret"))
    }
}
