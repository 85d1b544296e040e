//! Recordings, whole: a simulated centre is recorded, nobody in it can be found in the tape, and a
//! replay shows the board that was recorded, the same at every pace and after every jump.
use gcwatch::cloud::{
    Credentials, Mailbox, Plan, ServiceAddress, ServiceClient, ServiceSource, Tls, pack,
};
use gcwatch::domain::control::{Control, Divisions};
use gcwatch::domain::conversation::State;
use gcwatch::domain::frame::{Frame, Payload};
use gcwatch::domain::identity::ChannelNumber;
use gcwatch::domain::intake::{Tap, WhenFull};
use gcwatch::domain::monitor::Monitor;
use gcwatch::domain::session::Policy;
use gcwatch::domain::topic::Topic;
use gcwatch::simulator::service::{Simulator, SimulatorSettings};
use gcwatch::tape::{
    Deck, Entry, Header, Limits, Lost, Privacy, Reader, Recorder, RecorderSettings, Speed,
    TapeWriter,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use program::{Home, said};
use secrecy::SecretString;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

mod jumps;
#[path = "../support/program.rs"]
mod program;

/// Simulated seconds per second.
const SPEED: f64 = 60.0;
/// Ten simulated minutes.
const LENGTH: Duration = Duration::from_secs(10);
/// Frames that are enough to look for what must not be found in them.
const ENOUGH: u64 = 300;
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(180);

/// Hands everything on to a recorder, and remembers whatever tells who somebody is.
#[derive(Debug)]
struct Listener {
    recorder: Arc<Recorder>,
    telling: Mutex<BTreeSet<String>>,
}

impl Tap for Listener {
    fn frame(&self, frame: &Frame) {
        self.recorder.frame(frame);
        if let Some(Ok(value)) = frame.text().map(serde_json::from_str::<Value>) {
            collect("", &value, false, &mut self.telling.lock().expect("no panic"));
        }
    }
    fn control(&self, control: &Control) {
        self.recorder.control(control);
        let mut telling = self.telling.lock().expect("no panic");
        match control {
            Control::Queues(named) => {
                telling.extend(named.iter().flat_map(|one| [one.name.clone(), one.id.to_string()]));
            }
            Control::Users(named) => {
                telling.extend(named.iter().flat_map(|one| [one.name.clone(), one.id.to_string()]));
            }
            Control::Divisions(Divisions { queues, users }) => {
                telling.extend(queues.iter().map(|one| one.name.clone()));
                telling.extend(users.iter().map(|one| one.name.clone()));
            }
            Control::WrapupCodes(named) => {
                telling.extend(named.iter().flat_map(|one| [one.name.clone(), one.id.to_string()]));
            }
            _ => {}
        }
    }
}

/// Every text in `value` that tells who or what something is: names, addresses, ids, attributes; and
/// whatever is no word from the lists of the service, no time, no topic.
fn collect(field: &str, value: &Value, free: bool, telling: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let lowered = field.to_lowercase();
            let tells = ["name", "address", "ani", "subject", "number", "notes", "transcript"];
            if text.len() >= 4
                && field != "topicName"
                && (free
                    || field == "id"
                    || field.ends_with("Id")
                    || tells.iter().any(|part| lowered.contains(part)))
            {
                telling.insert(text.clone());
            }
            let is_harmless = text.len() < 4
                || is_word_of_the_service(text)
                || text.parse::<Timestamp>().is_ok()
                || text.contains('/')
                    && text.split('/').all(|part| part.parse::<Timestamp>().is_ok())
                || ["v2.", "channel.", "WebSocket", "/api/"]
                    .iter()
                    .any(|begin| text.starts_with(begin));
            if !is_harmless {
                telling.insert(text.clone());
            }
        }
        Value::Array(list) => list.iter().for_each(|one| collect(field, one, free, telling)),
        Value::Object(map) => {
            for (name, one) in map {
                let free = free || field == "attributes";
                if free && name.len() >= 4 {
                    telling.insert(name.clone());
                }
                collect(name, one, free, telling);
            }
        }
        _ => {}
    }
}

/// Whether one of the vendor's lists has it, or it is the name of a metric.
fn is_word_of_the_service(text: &str) -> bool {
    const SCHEMAS: &str = include_str!("../../assets/schemas.txt");
    let lists = SCHEMAS.lines().filter_map(|line| line.strip_prefix("e "));
    let is_metric = text.starts_with(['n', 'o', 't'])
        && text[1..].starts_with(|next: char| next.is_ascii_uppercase());
    let is_constant =
        text.contains('_') && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    is_metric
        || is_constant
        || text == "pong"
        || lists.flat_map(|list| list.split(' ')).any(|word| word.eq_ignore_ascii_case(text))
}

/// The ways in which a text may be spelt elsewhere, in lower case: what is searched is so too.
fn spellings(text: &str) -> Vec<String> {
    let mut encoded = String::new();
    for byte in text.bytes() {
        let stays = byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
        encoded.push_str(&if stays {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02x}")
        });
    }
    let escaped: String = text
        .encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    let spaced = encoded.replace("%20", "+");
    let mut all: Vec<String> =
        [text.to_owned(), encoded, escaped, spaced].iter().map(|one| one.to_lowercase()).collect();
    // a number without what is written around its digits
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() >= 7 && text.chars().all(|c| c.is_ascii_digit() || "+tel:-() ".contains(c)) {
        all.push(digits);
    }
    // each name of a person alone; "Back Office" is no person, and "out of office" is a topic
    let is_name =
        text.contains(' ') && text.split(' ').all(|part| part.starts_with(char::is_uppercase));
    if is_name && text != "Back Office" {
        all.extend(text.split(' ').filter(|part| part.len() >= 5).map(str::to_lowercase));
    }
    all.dedup();
    all
}

/// Records ten simulated minutes; what was on the board at the end, and whatever must not be found.
fn record(path: &Path, privacy: Privacy) -> (Monitor, BTreeSet<String>) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let settings = SimulatorSettings { seed: 5, speed: SPEED, ..SimulatorSettings::default() };
    let simulator = runtime.block_on(Simulator::start(settings)).expect("a free port");
    let at = simulator.addresses().clone();
    let address =
        ServiceAddress::from_parts(None, Some(&at.base_url), Some(&at.base_url)).expect("loopback");
    let credentials = Credentials::ClientCredentials {
        client_id: at.client_id.clone(),
        client_secret: SecretString::from(at.client_secret.clone()),
    };
    let client = ServiceClient::new(address, credentials, Tls::new(None).expect("TLS"), "tapes")
        .expect("a client");
    let queues = runtime.block_on(client.queues(None)).expect("queues").entries;
    let users = runtime.block_on(client.users()).expect("users").entries;
    let media = ["calls", "emails", "chats", "messages", "callbacks", "videos"];
    let kinds: Vec<String> = std::iter::once("conversations".to_owned())
        .chain(media.map(|medium| format!("conversations.{medium}")))
        .collect();
    let topics = queues
        .iter()
        .flat_map(|queue| kinds.iter().map(|kind| format!("v2.routing.queues.{}.{kind}", queue.id)))
        .chain(queues.iter().map(|one| format!("v2.analytics.queues.{}.observations", one.id)))
        .chain(users.iter().map(|user| format!("v2.users.{}.activity", user.id)))
        .chain(users.iter().map(|user| format!("v2.detail.events.agent.{}.state", user.id)))
        .map(|name| Topic::received(&name));
    let plan = Plan {
        packs: pack(topics).expect("one channel"),
        snapshot_queues: queues.iter().map(|queue| queue.id.clone()).collect(),
        profile: Some("night-shift".to_owned()),
        load_names: true,
        follow_queues: false,
        follow_users: false,
    };
    let mailbox = Mailbox::new(WhenFull::KeepDistinct);
    let settings = RecorderSettings {
        path: path.to_owned(),
        privacy,
        limits: Limits::default(),
        now: Arc::new(Timestamp::now),
    };
    let telling = mailbox.clone();
    let recorder = Recorder::start(&settings, Arc::new(move |said| telling.push_control(said)))
        .expect("a recorder");
    let listener =
        Arc::new(Listener { recorder: Arc::clone(&recorder), telling: Mutex::default() });
    mailbox.set_tap(Some(listener.clone()));
    mailbox.push_control(Control::Queues(queues));
    mailbox.push_control(Control::Users(users));
    let source =
        ServiceSource::start(&client, plan, Policy::default().scaled(SPEED), mailbox.clone())
            .expect("a source");
    let mut monitor = Monitor::new(Timestamp::now());
    let begun = Instant::now();
    // on a busy machine it takes longer to be connected, and less comes
    while begun.elapsed() < LENGTH || monitor.frames.total() <= ENOUGH {
        assert!(begun.elapsed() < PATIENCE, "{} frames", monitor.frames.total());
        if mailbox.wait(Duration::from_millis(50)) {
            monitor.absorb(mailbox.take());
        }
    }
    assert!(source.stop(PATIENCE));
    monitor.absorb(mailbox.take());
    assert!(recorder.stop(PATIENCE));
    assert_eq!(recorder.status().lost, 0);
    runtime.block_on(simulator.stop());
    let mut telling = std::mem::take(&mut *listener.telling.lock().expect("no panic"));
    telling.insert(at.client_secret);
    telling.insert("night-shift".to_owned());
    (monitor, telling)
}

/// The board without names: for each queue what is counted, sorted; and how much there is.
fn board(monitor: &Monitor) -> String {
    let mut rows: Vec<_> = monitor
        .queues
        .iter()
        .map(|row| (State::ALL.map(|state| row.count(state)), row.longest_unanswered()))
        .collect();
    rows.sort();
    format!(
        "{rows:?} {:?} frames {} topics {} gaps {} agents {} queues {} users {}",
        monitor.state_counts(),
        monitor.frames.total(),
        monitor.topics.iter().count(),
        monitor.gaps.count(),
        monitor.agents.iter().count(),
        monitor.directory.queues().count(),
        monitor.directory.users().count(),
    )
}

/// All that is known, as text that is the same for the same state.
fn digest(monitor: &Monitor) -> String {
    let mut rows: Vec<String> =
        monitor.conversations.iter().map(|row| format!("{row:?}")).collect();
    rows.extend(monitor.agents.iter().map(|agent| format!("{agent:?}")));
    rows.extend(monitor.topics.iter().map(|topic| format!("{topic:?}")));
    rows.extend(monitor.frames.iter().map(|kept| format!("{kept:?}")));
    rows.extend(monitor.gaps.iter().map(|gap| format!("{gap:?}")));
    rows.extend(monitor.queues.iter().map(queue_row));
    rows.extend(
        monitor
            .conversations
            .past()
            .ids()
            .map(|id| format!("{:?}", monitor.conversations.find(id))),
    );
    rows.extend(monitor.directory.queues().map(|one| format!("{one:?}")));
    rows.extend(monitor.directory.users().map(|one| format!("{one:?}")));
    rows.push(format!("{:?} {:?}", monitor.history.frames(), monitor.thinned));
    rows.extend(monitor.events.iter().map(|event| format!("{event:?}")));
    rows.extend(monitor.link.sessions().map(|session| format!("{session:?}")));
    rows.sort();
    rows.push(board(monitor));
    rows.join("\n")
}

/// A queue's row without what is in no order.
fn queue_row(queue: &gcwatch::domain::monitor::queues::QueueRow) -> String {
    let counts = |media| queue.counts(media).map(|counts| format!("{counts:?}"));
    let media: Vec<_> = queue.media().iter().map(|media| counts(Some(*media))).collect();
    let mut figures: Vec<_> = queue.figures().map(|figure| format!("{figure:?}")).collect();
    figures.sort();
    format!("{} {:?} {media:?} {figures:?} {}", queue.id, counts(None), queue.refused)
}

fn run(deck: &mut Deck, monitor: &mut Monitor, until: impl Fn(&Deck) -> bool) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let begun = Instant::now();
        while !until(deck) {
            assert!(begun.elapsed() < PATIENCE, "{} at {}", deck.word(), deck.now());
            deck.ready().await;
            deck.pull(monitor);
        }
    });
}

fn replay(path: &Path, speed: Speed) -> Monitor {
    let mut deck = Deck::open(path, speed, TimeZone::UTC, Vec::new()).expect("a tape");
    let mut monitor = Monitor::new(deck.start());
    run(&mut deck, &mut monitor, Deck::is_over);
    monitor
}

#[test]
fn nobody_is_found_in_a_tape_and_its_replay_shows_the_same_board_at_any_pace() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("demo.tape");
    let (recorded, mut telling) = record(&path, Privacy::Redacted);
    // the name of a part in a conversation, and the word for what that part is there for
    telling.remove("Voicemail");
    assert!(telling.len() > 200, "{}", telling.len());
    let text = std::fs::read_to_string(&path).expect("the tape");
    let lowered = text.to_lowercase();
    let found: Vec<&String> = telling
        .iter()
        .filter(|one| spellings(one).iter().any(|spelling| lowered.contains(spelling)))
        .collect();
    assert!(found.is_empty(), "{found:?}");
    for kind in ["wrapup", "attributes", "emails", "messages"] {
        assert!(text.contains(kind), "no frame of {kind}: what it tells was not looked for");
    }
    assert!(!text.contains("127.0.0.1") && !text.contains("/channels/"));

    let played = replay(&path, Speed::Max);
    assert!(played.frames.total() > ENOUGH);
    let mut recorded = recorded;
    // what isn't a frame may stand behind the last of them, and time passes with that too
    let mut reader = Reader::open(&path).expect("a tape");
    let times = std::iter::from_fn(|| reader.next_entry().expect("a line")).map(|entry| entry.at());
    recorded.tick(times.max().expect("a line"));
    assert_eq!(board(&played), board(&recorded));
    let expected = digest(&played);
    jumps::what_is_kept_of_a_place_is_all_of_it(&path);
    for speed in [8.0, 100.0] {
        assert!(digest(&replay(&path, Speed::Times(speed))) == expected, "at ×{speed}");
    }
    let home = Home::new();
    let lines = |speed: &str| {
        let run = said(home.command(&["replay", "--json", "--speed", speed]).arg(&path));
        assert_eq!((run.code, run.told.as_str()), (Some(0), ""));
        run.out
    };
    let expected = lines("max");
    assert!(expected.lines().count() > 300);
    for speed in ["8", "100"] {
        assert!(lines(speed) == expected, "lines at ×{speed}");
    }
}

/// A tape of `count` frames, a hundred a second, about as many conversations as a floor has.
fn synthetic(path: &Path, count: i64) {
    let start = Timestamp::from_second(1_700_000_000).expect("a time");
    let mut writer =
        TapeWriter::create(path, Header::new(start, Privacy::Clear), Limits::default())
            .expect("a tape");
    for number in 0..count {
        let at = Timestamp::from_millisecond(start.as_millisecond() + number * 10).expect("a time");
        let conversation = number * 7 % 300 + number / 5_000 * 300;
        let state = if number % 3 == 0 { "alerting" } else { "connected" };
        let text = format!(
            "{{\"topicName\":\"v2.routing.queues.q{}.conversations\",\"eventBody\":{{\"id\":\"c{conversation}\",\"participants\":[{{\"id\":\"p{number}\",\"purpose\":\"agent\",\"queueId\":\"q{}\",\"userId\":\"u\",\"calls\":[{{\"state\":\"{state}\"}}]}}]}}}}",
            conversation % 9,
            conversation % 9,
        );
        let payload = Payload::Text(text.into());
        writer.push(&Entry::Frame(Frame { received: at, channel: ChannelNumber(1), payload }));
        if writer.is_full() {
            writer.flush().expect("room");
        }
    }
    writer.flush().expect("room");
}

#[test]
fn the_subcommands_do_what_they_say() {
    let folder = tempfile::tempdir().expect("a folder");
    let tape = folder.path().join("a.tape.zst");
    synthetic(&tape, 1_000);
    let out = |name: &str| folder.path().join(name).display().to_string();
    let tape = tape.display().to_string();
    let home = Home::new();
    let run = |arguments: &[&str]| {
        let run = said(home.command(arguments).current_dir(env!("CARGO_MANIFEST_DIR")));
        (run.code, run.out, run.told)
    };
    let (code, info, _) = run(&["tape", "info", &tape, "--json"]);
    let info: Value = serde_json::from_str(&info).expect("JSON");
    assert_eq!((code, &info["frames"]), (Some(0), &1_000.into()));
    assert_eq!(info["header"]["privacy"], "clear");

    let part = out("part.tape");
    let (code, _, said) =
        run(&["tape", "cut", &tape, "--from", "+2s", "--until", "+4s", "-o", &part]);
    assert_eq!(code, Some(0), "{said}");
    let (_, lines, _) = run(&["replay", &part, "--json"]);
    assert_eq!(lines.lines().count(), 201);
    let (code, _, said) = run(&["tape", "cut", &tape, "-o", &part]);
    assert_eq!(code, Some(2), "written over: {said}");

    let hidden = out("hidden.tape.zst");
    assert_eq!(run(&["tape", "redact", &tape, "-o", &hidden]).0, Some(0));
    let (_, lines, _) = run(&["replay", &hidden, "--json", "--speed", "max"]);
    assert_eq!(lines.lines().count(), 1_000);
    assert!(!lines.contains("\"q1\"") && !lines.contains("queues.q"), "{}", &lines[..400]);
    assert_eq!(run(&["tape", "redact", &hidden]).0, Some(2), "redacted twice");

    for (command, instead) in [("replay", "tape cut"), ("simulate", "tail --record")] {
        let taken = if command == "replay" { vec![command, &tape] } else { vec![command] };
        let (code, _, said) = run(&[&taken[..], &["--record", &out("no.tape")]].concat());
        assert!(code == Some(2) && said.contains(instead), "{said}");
        let (code, _, said) = run(&[&taken[..], &["--clear"]].concat());
        assert_eq!(code, Some(2), "an option of recordings would mean nothing: {said}");
    }

    let (code, count, _) = run(&["tape", "grep", &tape, "topic:queues.q3", "--count"]);
    let (_, lines, _) = run(&["tape", "grep", &tape, "topic:queues.q3"]);
    assert_eq!(code, Some(0));
    assert_eq!(count.trim().parse(), Ok(lines.lines().count()));
    assert!(lines.lines().all(|line| line.contains("queues.q3")) && !lines.is_empty());

    for bad in [
        ["tape", "info", "/dev/null"],
        ["tape", "info", "no such file"],
        ["replay", "--json", "Cargo.toml"],
    ] {
        let (code, _, said) = run(&bad);
        assert_eq!(code, Some(2), "{bad:?}: {said}");
    }
}

/// A tape on which one customer waits from the tenth second on, until the hundredth. `silent`: the
/// connection gives no sign of life after the twelfth second. `misses`: there is no room for something in
/// that second.
fn waiting_tape(path: &Path, silent: bool, misses: Option<u64>) -> Timestamp {
    use gcwatch::domain::control::{Snapshot, TopicOutcome};
    use gcwatch::domain::identity::QueueId;
    use gcwatch::domain::session::{Phase, SessionReport};
    let channel = ChannelNumber(1);
    let start = Timestamp::from_second(1_700_000_000).expect("a time");
    let at = |second: u64| start + Duration::from_secs(second);
    let mut writer =
        TapeWriter::create(path, Header::new(start, Privacy::Clear), Limits::default())
            .expect("a tape");
    let mut tell = |control: Control| {
        writer.push(&Entry::Control { at: start, control: Box::new(control) });
    };
    tell(Control::Session(SessionReport {
        channel,
        phase: Phase::Live,
        since: start,
        channel_short: String::new(),
        channel_expires: None,
        permitted: 1,
        rejected: 0,
        last_frame: Some(start),
        last_heartbeat: Some(start),
        round_trip: None,
        attempts: 0,
        retry_at: None,
        reason: String::new(),
    }));
    let topic = Topic::received("v2.routing.queues.q1.conversations");
    let outcomes = vec![TopicOutcome { topic, rejection: None }];
    tell(Control::Topics { channel, at: start, outcomes });
    // what a queue holds is known once it was asked for
    tell(Control::Snapshot(Snapshot {
        asked: start,
        complete_for: vec![QueueId::new("q1")],
        ..Snapshot::default()
    }));
    for second in 1..=100 {
        let text = match second {
            10 | 100 => {
                let end = if second == 100 { r#","endTime":"2023-11-14T22:15:00Z""# } else { "" };
                let state = if second == 100 { "terminated" } else { "connected" };
                format!(
                    r#"{{"topicName":"v2.routing.queues.q1.conversations","eventBody":{{"id":"c1","participants":[{{"id":"p1","purpose":"customer","connectedTime":"{0}"{end},"calls":[{{"state":"{state}"}}]}},{{"id":"p2","purpose":"acd","queueId":"q1","connectedTime":"{0}"{end},"calls":[{{"state":"{state}"}}]}}]}}}}"#,
                    at(10)
                )
            }
            _ if silent && second > 12 => continue,
            _ => {
                r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#
                    .to_owned()
            }
        };
        let payload = Payload::Text(text.into());
        writer.push(&Entry::Frame(Frame { received: at(second), channel, payload }));
        if misses == Some(second) {
            let cause = "writing failed".to_owned();
            let (from, until) = (at(second), at(second));
            writer.push(&Entry::Lost(Lost { from, until, frames: 2, control: 0, cause }));
        }
    }
    writer.flush().expect("room");
    start
}

#[test]
fn the_next_alert_is_the_one_that_the_rules_raise_and_silence_is_neither_alert_nor_calm() {
    use gcwatch::domain::alert::{Condition, Rule};
    let folder = tempfile::tempdir().expect("a folder");
    let condition = Condition::parse("longest_wait > 60s for 5s, clear < 10s").expect("it is one");
    let rule = Rule::new("long wait", Rule::queues("").expect("a pattern"), Some(condition), None);
    let rules = vec![rule.expect("a rule")];
    let alert = |path: &Path, rules: Vec<gcwatch::domain::alert::Rule>| {
        let deck = Deck::open(path, Speed::Times(1.0), TimeZone::UTC, rules).expect("a tape");
        let begun = Instant::now();
        while deck.index().progress().is_some() {
            assert!(begun.elapsed() < PATIENCE);
            std::thread::yield_now();
        }
        let found = deck.index().moment(gcwatch::tape::Moment::Alert, deck.start(), true);
        found.map(|at| at.duration_since(deck.start()).as_secs())
    };
    let (heard, silent) = (folder.path().join("heard.tape"), folder.path().join("silent.tape"));
    waiting_tape(&heard, false, None);
    waiting_tape(&silent, true, None);
    let (early, late) = (folder.path().join("early.tape"), folder.path().join("late.tape"));
    waiting_tape(&early, false, Some(12));
    waiting_tape(&late, false, Some(70));
    // it began to wait at 10 s; more than a minute, and that for five seconds
    let found = alert(&heard, rules.clone());
    assert!(found.is_some_and(|second| (75..=77).contains(&second)), "{found:?}");
    assert_eq!(alert(&heard, Vec::new()), None, "nobody stopped answering");
    assert_eq!(alert(&silent, rules.clone()), None, "what isn't known raises nothing");
    // what the recording missed may have been the answer: for a minute nobody knows
    let found = alert(&early, rules.clone());
    assert!(found.is_some_and(|second| (76..=79).contains(&second)), "{found:?}");
    assert_eq!(alert(&late, rules), None, "the end comes before it is known again");
}

/// The same over the command line, where alerts are counted: by the same way of playing.
#[test]
fn alerts_are_counted_without_what_nobody_knew() {
    let home = Home::new();
    let config =
        "[[alert]]\nname = \"long wait\"\nwarning = \"longest_wait > 60s for 5s, clear < 10s\"\n";
    std::fs::write(home.file("config.toml"), config).expect("a file");
    let rang = |silent, misses| {
        let tape = home.file("w.tape");
        let _ = std::fs::remove_file(&tape);
        waiting_tape(&tape, silent, misses);
        let tape = tape.display().to_string();
        let run = said(&mut home.command(&["replay", &tape, "--alerts", "--json"]));
        assert_eq!(run.code, Some(0), "{}", run.told);
        let told: Value = serde_json::from_str(&run.out).expect("JSON");
        told["rules"][0]["rang"].as_u64().expect("a number")
    };
    assert_eq!(rang(false, None), 1);
    assert_eq!(rang(true, None), 0, "while the connection gave no sign of life");
    assert_eq!(rang(false, Some(12)), 1, "known again in time");
    assert_eq!(rang(false, Some(70)), 0, "what the recording missed may have been the answer");
}
