//! `gcwatch tail` as scripts use it, against the simulated service: filters, ends, exit codes.
use crate::program::{self, Home};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Ends a run that would otherwise wait for ever when what a test waits for doesn't come.
const LIMIT: &str = "120s";

/// A simulated service that ends with the test, and a home for those who read from it.
struct Service {
    home: Home,
    simulated: program::Service,
}

impl Service {
    fn start() -> Self {
        Self::with("20", &[])
    }

    fn with(speed: &str, options: &[&str]) -> Self {
        let home = Home::new();
        let usual = ["--seed", "3", "--speed", speed];
        let simulated = program::Service::start(&home, &[&usual, options].concat());
        Self { home, simulated }
    }

    fn tail(&self, arguments: &[&str]) -> Output {
        let limit: &[&str] = if arguments.contains(&"--for") { &[] } else { &["--for", LIMIT] };
        self.command(arguments).args(limit).output().expect("the binary runs")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.home.command(&["tail"]);
        self.simulated.credentials(&mut command).args(arguments);
        command
    }
}

fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect()
}

fn frames(output: &Output) -> Vec<Value> {
    lines(output).into_iter().filter(|line| line.get("frame").is_some()).collect()
}

/// The purposes of a frame's participants.
fn purposes(line: &Value) -> Vec<&str> {
    let participants = line["frame"]["eventBody"]["participants"].as_array();
    participants.into_iter().flatten().filter_map(|one| one["purpose"].as_str()).collect()
}

#[test]
fn filters_choose_frames_and_count_counts_those() {
    let service = Service::start();
    let output = service.tail(&[
        "--all",
        "--count",
        "3",
        "--for",
        "60s",
        "--filter",
        "family=conversations body.participants.purpose=agent",
    ]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let frames = frames(&output);
    assert_eq!(frames.len(), 3);
    assert!(frames.iter().all(|line| purposes(line).contains(&"agent")), "{frames:#?}");
}

#[test]
fn names_of_queues_are_known_to_filters() {
    let service = Service::start();
    let output =
        service.tail(&["--all", "--no-events", "--count", "2", "--filter", "queue=billing"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let queues: Vec<Value> = frames(&output).iter().map(|line| line["topic"].clone()).collect();
    assert_eq!(queues.len(), 2);
}

#[test]
fn a_refusal_names_the_division_in_which_the_permission_is_missing() {
    let service = Service::with("20", &["--fault", "queue_forbidden"]);
    let some = service.tail(&["--queue", "Billing", "--queue", "Sales", "--count", "1"]);
    assert_eq!(some.status.code(), Some(0), "{some:?}");
    let lines = lines(&some);
    let refused: Vec<&Value> = lines.iter().filter(|line| line["event"] == "rejected").collect();
    assert!(!refused.is_empty(), "{lines:#?}");
    assert!(refused.iter().all(|line| line["division"] == "Retail"), "{refused:#?}");

    let none = service.tail(&["--queue", "Billing", "--count", "1"]);
    assert_eq!(none.status.code(), Some(4), "{none:?}");
    let told = String::from_utf8_lossy(&none.stderr);
    let remedy = "have an administrator grant what is missing to the role of this login, in the division Retail";
    assert!(told.lines().any(|line| line == remedy), "{told}");
}

#[test]
fn until_ends_with_the_frame_that_it_waited_for_or_with_6() {
    let service = Service::start();
    let until = "body.participants.calls.state=connected body.participants.purpose=agent";
    let output = service.tail(&["--all", "--filter", "label=reply", "--until", until]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let frames = frames(&output);
    assert!(purposes(frames.last().expect("the frame")).contains(&"agent"), "{frames:#?}");

    let output = service.tail(&["--all", "--until", "topic=never", "--for", "2s"]);
    assert_eq!(output.status.code(), Some(6), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--until 'topic=never'"));
}

#[test]
fn mistakes_end_with_2_and_a_caret_before_anything_is_connected() {
    let output = Command::new(env!("CARGO_BIN_EXE_gcwatch"))
        .args(["tail", "--all", "--filter", "tpic:queues size>10k"])
        .env("GCWATCH_CONFIG_DIR", "/nonexistent")
        .env("GENESYSCLOUD_OAUTHCLIENT_ID", "x")
        .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", "y")
        .env("GENESYSCLOUD_REGION", "us-east-1")
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("did you mean \"topic\"?"), "{text}");
    assert!(text.contains("\ntpic:queues size>10k\n^^^^\n"), "{text}");
}

#[test]
fn a_snapshot_says_what_is_live_at_the_beginning() {
    let service = Service::start();
    let mut command = service.command(&["--all", "--since-snapshot", "--for", LIMIT]);
    let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
    let output = BufReader::new(child.stdout.take().expect("standard output"));
    let mut conversations = 0;
    let read = output.lines().map(|line| line.expect("a line"));
    let end = read
        .map(|line| serde_json::from_str::<Value>(&line).expect("JSON lines"))
        .inspect(|line| conversations += u64::from(line["event"] == "conversation"))
        .find(|line| line["event"] == "snapshot");
    let _ = child.kill();
    let _ = child.wait();
    let end = end.expect("a snapshot");
    assert!(conversations > 0, "{end}");
    assert_eq!(end["conversations"].as_u64(), Some(conversations), "{end}");
}

#[test]
fn a_short_run_has_the_snapshot_too() {
    let service = Service::start();
    for end in [["--count", "1"], ["--until", "has:topic"]] {
        let output = service.tail(&["--all", "--heartbeats", "--since-snapshot", end[0], end[1]]);
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains(r#""event":"snapshot""#), "{end:?}: {text}");
    }
}

/// Waits until the child has ended, at most `limit`.
fn ended_within(child: &mut Child, limit: Duration) -> Option<i32> {
    let begun = Instant::now();
    while begun.elapsed() < limit {
        if let Some(status) = child.try_wait().expect("it can be asked") {
            return status.code();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let _ = child.kill();
    let _ = child.wait();
    None
}

#[test]
fn neither_a_signal_nor_the_time_waits_for_a_reader_that_stands_still() {
    // some hundred frames a second fill a pipe at once; many more, and the service itself answers so late on a
    // busy machine that nothing is up before the time is over
    let service = Service::with("60", &[]);
    let stuck = |options: &[&str]| {
        let mut command = service.command(&["--all", "--heartbeats"]);
        command.args(options).stdout(Stdio::piped()).spawn().expect("the binary starts")
    };
    // what nobody reads fills the pipe and then everything that stands before it
    let mut timed = stuck(&["--for", "15s"]);
    let mut stopped = stuck(&[]);
    let mut first = String::new();
    let output = stopped.stdout.as_mut().expect("standard output");
    // one byte at a time: a buffer would go on emptying the pipe
    BufReader::with_capacity(1, output).read_line(&mut first).expect("it is up");
    wait_until_it_stands(&stopped);
    let id = stopped.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status().expect("kill");
    assert!(sent.success());
    assert_eq!(ended_within(&mut stopped, Duration::from_secs(30)), Some(0));
    assert_eq!(ended_within(&mut timed, Duration::from_secs(60)), Some(0));
}

/// Waits until the child's lines go nowhere any more, though the service never rests: what it writes
/// beside them (wake-ups of its own threads, pings) is less than a line of a conversation.
fn wait_until_it_stands(child: &Child) {
    let written = || {
        let io = std::fs::read_to_string(format!("/proc/{}/io", child.id())).expect("it runs");
        let bytes = io.lines().find_map(|line| line.strip_prefix("wchar: ")?.parse::<u64>().ok());
        bytes.expect("how much it wrote")
    };
    let begun = Instant::now();
    let mut known = written();
    loop {
        std::thread::sleep(Duration::from_secs(2));
        let now = written();
        if now - known < 4_096 {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(90), "it goes on writing");
        known = now;
    }
}

#[test]
fn what_never_came_up_ends_with_5_also_when_the_time_was_shorter_than_the_patience() {
    for fault in ["upgrade_error", "login_slow"] {
        let service = Service::with("20", &["--fault", fault]);
        let begun = Instant::now();
        let output = service.tail(&["--all", "--for", "3s"]);
        assert_eq!(output.status.code(), Some(5), "{fault}: {output:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains("not up within 3s"), "{output:?}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{fault}");
    }
}
