//! `gcwatch simulate` as somebody with a client of their own uses it: a recording played through the
//! real socket, and TLS with a certificate that is thrown away.
use crate::program::{Home, Said, Service, said};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;

const QUEUE: &str = "11111111-1111-4111-8111-111111111111";
const OTHER: &str = "22222222-2222-4222-8222-222222222222";

fn topic(queue: &str) -> String {
    format!("v2.routing.queues.{queue}.conversations")
}

/// A tape by what `docs/tapes.md` says, not by what the program writes: names, and `frames` frames,
/// 100 ms apart, on two queues in turn.
fn tape(frames: u32) -> String {
    let mut text = String::from(
        r#"{"tape":1,"started":"2026-11-23T14:00:00Z","program":"by hand","privacy":"clear","part":1}"#,
    );
    let _ = write!(
        text,
        "\n{{\"received\":\"2026-11-23T14:00:00Z\",\"event\":\"queues\",\"control\":{{\"queues\":[{{\"id\":\"{QUEUE}\",\"name\":\"Night desk\"}},{{\"id\":\"{OTHER}\",\"name\":\"Day desk\"}}]}}}}\n",
    );
    text.push_str("{\"received\":\"2026-11-23T14:00:00Z\",\"channel\":1,\"topic\":\"channel.metadata\",\"frame\":{\"topicName\":\"channel.metadata\",\"eventBody\":{\"message\":\"WebSocket Heartbeat\"}}}\n");
    for number in 0..frames {
        let topic = topic(if number % 2 == 0 { QUEUE } else { OTHER });
        let at = format!("2026-11-23T14:00:{:02}.{:03}Z", number / 10 % 60, number % 10 * 100);
        let _ = writeln!(
            text,
            "{{\"received\":\"{at}\",\"channel\":1,\"topic\":\"{topic}\",\"frame\":{{\"topicName\":\"{topic}\",  \"eventBody\":{{\"id\":\"c{number}\",\"participants\":[]}}}}}}",
        );
    }
    text
}

fn tail(home: &Home, service: &Service, arguments: &[&str]) -> Said {
    let mut command = home.command(&["tail", "--for", "60s"]);
    said(service.credentials(&mut command).args(arguments))
}

/// The lines that hold frames, without what only says that a connection lives.
fn frames(run: &Said) -> Vec<Value> {
    let lines = run.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    lines.filter(|line| line.get("frame").is_some()).collect()
}

fn ids(frames: &[Value]) -> Vec<&str> {
    frames.iter().filter_map(|line| line["frame"]["eventBody"]["id"].as_str()).collect()
}

#[test]
fn a_tape_is_played_to_who_subscribed_with_its_pauses_and_its_end_is_said() {
    let home = Home::new();
    std::fs::write(home.file("a.tape"), tape(41)).expect("a file");
    let service = Service::start(&home, &["--tape", "a.tape", "--speed", "2"]);
    let told = &service.announced["tape"];
    assert_eq!((&told["frames"], &told["topicCount"]), (&41.into(), &2.into()), "{told}");
    assert_eq!((&told["privacy"], &told["seconds"]), (&"clear".into(), &4.0.into()));
    let run = tail(&home, &service, &[&topic(QUEUE), "--count", "21"]);
    assert_eq!(run.code, Some(0), "{}", run.told);
    let frames = frames(&run);
    let expected: Vec<String> = (0..41).step_by(2).map(|number| format!("c{number}")).collect();
    assert_eq!(ids(&frames), expected, "nothing of the other queue, and all of this one");
    // 4 s of the tape at twice the pace; a busy machine makes it longer, nothing makes it shorter
    let at = |line: &Value| -> jiff::Timestamp {
        line["received"].as_str().and_then(|at| at.parse().ok()).expect("a time")
    };
    let lasted = at(&frames[20]).duration_since(at(&frames[0])).as_secs_f64();
    assert!((1.9..10.0).contains(&lasted), "{lasted}");
    let end = service.wait_for_aside("the tape has ended");
    assert!(end.contains("41 frames played") && end.contains("20 were subscribed"), "{end}");
}

#[test]
fn its_queues_are_those_that_can_be_asked_for_and_it_begins_again_if_asked_to() {
    let home = Home::new();
    let packed = zstd::encode_all(tape(11).as_bytes(), 3).expect("packed");
    std::fs::write(home.file("a.tape.zst"), packed).expect("a file");
    let options = ["--tape", "a.tape.zst", "--speed", "20", "--loop"];
    let service = Service::start(&home, &options);
    let run = tail(&home, &service, &["--queue", "Night*", "--no-events", "--count", "14"]);
    assert_eq!(run.code, Some(0), "{}", run.told);
    let frames = frames(&run);
    assert_eq!(ids(&frames)[..8], ["c0", "c2", "c4", "c6", "c8", "c10", "c0", "c2"]);
    service.wait_for_aside("it begins again");
    let mut command = home.command(&["board", "--once", "--format", "json", "--all"]);
    let board = said(service.credentials(&mut command));
    // what a tape doesn't hold is refused, not made up
    assert_eq!(board.code, Some(4), "{}", board.told);
    assert!(board.told.contains("a recording is played"), "{}", board.told);
}

#[test]
fn a_redacted_recording_of_the_demo_can_be_played_to_a_client_that_asks_for_all() {
    let home = Home::new();
    let source = Service::start(&home, &["--speed", "20"]);
    let run = tail(&home, &source, &["--all", "--count", "40", "--record", "a.tape.zst"]);
    assert_eq!(run.code, Some(0), "{}", run.told);
    drop(source);
    let service = Service::start(&home, &["--tape", "a.tape.zst", "--speed", "50"]);
    service.wait_for_aside("redacted");
    let known = service.announced["tape"]["frames"].as_u64().expect("a number");
    assert!(known >= 40, "{known}");
    let run = tail(&home, &service, &["--all", "--no-events", "--count", "40"]);
    assert_eq!(run.code, Some(0), "{}", run.told);
    assert!(!run.out.contains("Billing"), "a name of the demo");
}

#[test]
fn what_is_wrong_with_a_tape_is_said_before_it_starts() {
    let home = Home::new();
    let whole = tape(5);
    std::fs::write(home.file("cut.tape"), &whole[..whole.len() - 30]).expect("a file");
    let service = Service::start(&home, &["--tape", "cut.tape"]);
    service.wait_for_aside("cut off");
    assert_eq!(service.announced["tape"]["cutOff"], true);
    assert_eq!(service.announced["tape"]["frames"], 4);
    std::fs::write(home.file("none.toml"), "[package]\n").expect("a file");
    for (arguments, part) in [
        (&["--tape", "missing.tape"][..], "missing.tape"),
        (&["--tape", "none.toml"], "is no tape"),
        (&["--tape", "cut.tape", "--queues", "20"], "cannot be used with"),
        (&["--loop"], "--tape"),
    ] {
        let run = said(home.command(&["simulate"]).args(arguments));
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.told);
        assert!(run.told.contains(part), "no {part:?} in {}", run.told);
    }
}

#[test]
fn tls_works_with_the_named_authority_and_with_nothing_else() {
    let home = Home::new();
    let service = Service::start(&home, &["--tls", "--speed", "20"]);
    for (key, scheme) in
        [("apiUrl", "https://"), ("loginUrl", "https://"), ("streamingUrl", "wss://")]
    {
        assert!(service.text(key).starts_with(scheme), "{}", service.announced);
    }
    let authority = service.text("caFile").to_owned();
    let run = tail(&home, &service, &["--all", "--count", "2", "--ca-file", &authority]);
    assert_eq!(run.code, Some(0), "{}", run.told);
    let mut command = home.command(&["tail", "--for", "60s", "--all", "--count", "2"]);
    let run = said(service.credentials(&mut command).env("SSL_CERT_FILE", &authority));
    assert_eq!(run.code, Some(0), "{}", run.told);
    // nobody trusts it by chance
    let run = tail(&home, &service, &["--all", "--count", "2", "--connect-timeout", "10s"]);
    assert_ne!(run.code, Some(0));
    assert!(run.told.contains("certificate"), "{}", run.told);

    by_others(&service, &authority);
    drop(service);

    let service = Service::start(&home, &["--tls", "--ca-out", "ca.pem"]);
    assert_eq!(Path::new(service.text("caFile")), home.file("ca.pem").canonicalize().expect("it"));
    drop(service);
    assert!(home.file("ca.pem").exists(), "it was asked for by name");
    let run = said(home.command(&["simulate", "--ca-out", "ca.pem"]).args(["--port", "0"]));
    assert_eq!(run.code, Some(2), "{}", run.told);
}

/// Programs that know nothing of ours, where they are installed: curl, and Python with its strictest
/// checks.
fn by_others(service: &Service, authority: &str) {
    let truth = service.text("truthUrl");
    let curl = ["--silent", "--show-error", "--fail", "--cacert", authority, truth];
    let python = format!(
        "import ssl, urllib.request as r\nc = ssl.create_default_context(cafile={authority:?})\n\
         c.verify_flags |= ssl.VERIFY_X509_STRICT\nprint(r.urlopen({truth:?}, context=c).read().decode())"
    );
    for (program, arguments) in [("curl", curl.as_slice()), ("python3", &["-c", &python])] {
        let Ok(output) = Command::new(program).args(arguments).output() else {
            eprintln!("{program} isn't installed: skipped");
            continue;
        };
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {told}");
        let truth: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert!(truth["queues"].is_object() || truth["queues"].is_array(), "{program}: {truth}");
    }
}

/// The file goes with the service when nobody asked for it by name.
#[cfg(unix)]
#[test]
fn a_certificate_of_its_own_is_removed_at_the_end() {
    let home = Home::new();
    let service = Service::start(&home, &["--tls"]);
    let authority = service.text("caFile").to_owned();
    assert!(Path::new(&authority).exists());
    service.end_gently();
    assert!(!Path::new(&authority).exists(), "{authority} is still there");
}

#[test]
fn a_scenario_that_forbids_what_is_not_there_is_told_with_file_and_place_at_the_start() {
    let home = Home::new();
    let scenario = |what: &str| {
        let forbid = format!("{{ topic = \"*\", {what}, permission = \"p\" }}");
        format!("[[step]]\nat = \"5s\"\nfault = {{ forbid = [{forbid}] }}\n")
    };
    std::fs::write(home.file("queue.toml"), scenario("queue = \"Biling\"")).expect("a file");
    std::fs::write(home.file("home.toml"), scenario("division = \"Home\"")).expect("a file");
    std::fs::write(home.file("a.tape"), tape(1)).expect("a file");
    for (arguments, told) in [
        (
            &["simulate", "--scenario", "queue.toml"][..],
            "queue.toml:3:9: no queue here is called \"Biling\"; there are \"Billing\", \"Sales\",",
        ),
        (
            &["demo", "--scenario", "home.toml"],
            "home.toml:3:9: no division here is called \"Home\"; there are \"Retail\", \"Insurance\"",
        ),
        (
            &["simulate", "--tape", "a.tape", "--scenario", "forbidden"],
            "forbidden:4:9: no queue on the tape is called \"Billing\"; there are \"Night desk\", \"Day desk\"",
        ),
        (
            &["simulate", "--tape", "a.tape", "--fault", "queue_forbidden"],
            "--fault can't be done: no queue on the tape is called \"Billing\"; there are \"Night desk\", \"Day desk\"",
        ),
    ] {
        let run = said(&mut home.command(arguments));
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?} {}", run.told);
        assert!(run.told.contains(told), "{arguments:?}\n{}", run.told);
    }
}
