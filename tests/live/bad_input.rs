//! Bad input to the real binary: each mistake has its exit code and a sentence that says what is
//! wrong, why, and what to write instead.
use crate::program::{Home, Said, said};
use crate::simulated::Simulated;
use gcwatch::simulator::service::SimulatorSettings;
use std::path::Path;
use std::process::Stdio;

/// The binary in a folder of its own, and a simulated service that it can log in at.
struct Bench {
    home: Home,
    service: Simulated,
}

impl Bench {
    fn new() -> Self {
        Self { home: Home::new(), service: Simulated::start(SimulatorSettings::default()) }
    }

    /// What it says to these arguments when it has credentials for the simulated service.
    fn says(&self, arguments: &[&str]) -> Said {
        said(self.service.credentials(&mut self.home.command(arguments)))
    }

    fn login_host(&self) -> &str {
        self.service.addresses().base_url.trim_start_matches("http://")
    }
}

#[track_caller]
fn expect(answer: &Said, code: i32, parts: &[&str]) {
    let text = &answer.told;
    assert_eq!(answer.code, Some(code), "{text}");
    for part in parts {
        assert!(text.contains(part), "no {part:?} in: {text}");
    }
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn a_wrong_secret_names_the_login_host() {
    let bench = Bench::new();
    let mut command = bench.home.command(&["tail", "--all"]);
    let command = bench.service.credentials(&mut command);
    let answer = said(command.env("GENESYSCLOUD_OAUTHCLIENT_SECRET", "not-the-secret"));
    expect(&answer, 3, &[bench.login_host(), "secret", "contextId"]);
    assert!(!answer.told.contains("not-the-secret"), "{}", answer.told);
}

#[test]
fn one_start_tells_every_mistake_of_the_configuration_in_its_order() {
    let home = Home::new();
    let text = "default_profile = \"acme\"
[profiles.acme]
regoin = \"us-east-1\"
grant = \"passwort\"
client_id = 5
[profiles.b]
queues = \"x\"
[profiles.\"c d\"]
region = \"us-east-1\"
[display]
theme = \"lihgt\"
wall_seconds = 1
[keys]
\"queues.srt\" = \"x\"
\"view.freeze\" = \"q\"
[[alert]]
name = \"a\"
warning = \"wating > 5\"
[wat]
x = 1
";
    std::fs::write(home.file("config.toml"), text).expect("it is written");
    for arguments in [["watch", "--all"], ["board", "--once"], ["config", "show"]] {
        let Said { code, told, .. } = said(&mut home.command(&arguments));
        assert_eq!(code, Some(2), "{told}");
        let lines: Vec<&str> = told
            .lines()
            .filter_map(|line| line.split_once("config.toml:")?.1.split(':').next())
            .collect();
        let expected = ["3", "4", "5", "7", "8", "11", "12", "14", "15", "18", "19"];
        assert_eq!(lines, expected, "{told}");
    }
    // keys are nothing to a command that takes none, unless something else is wrong as well
    let text = "[keys]\n\"queues.srt\" = \"x\"\n";
    std::fs::write(home.file("config.toml"), text).expect("it is written");
    let told = said(&mut home.command(&["board", "--once"])).told;
    assert!(!told.contains("queues.srt"), "{told}");
}

#[test]
fn an_unknown_region_lists_all_and_names_the_nearest() {
    let bench = Bench::new();
    let answer = said(
        bench
            .home
            .command(&["tail", "--region", "eu-cental-1"])
            .env("GENESYSCLOUD_OAUTHCLIENT_ID", "x")
            .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", "y"),
    );
    expect(
        &answer,
        2,
        &["eu-cental-1", "did you mean eu-central-1", "us-east-1", "ap-northeast-3"],
    );
}

#[test]
fn names_that_match_nothing_name_the_nearest() {
    let bench = Bench::new();
    expect(&bench.says(&["tail", "--queue", "Biling"]), 2, &["\"Biling\"", "\"Billing\""]);
    let stranger = bench.says(&["tail", "--user", "Xyzzy Qwertz"]);
    expect(&stranger, 2, &["Xyzzy Qwertz"]);
    assert!(!stranger.told.contains("did you mean"), "{}", stranger.told);
}

#[test]
fn what_cant_be_a_topic_says_why_before_anything_is_asked() {
    let bench = Bench::new();
    for (topic, why) in [
        ("conversations", "doesn't begin with v2."),
        ("wss://streaming.mypurecloud.com/x", "is an address"),
        ("v2.users.{id}.presence", "put an id in the place of {id}"),
        ("v2.routing.queues.*.conversations", "wildcard"),
        ("v2.users..presence", "parts joined by dots"),
        ("v2.users.x presence", "character"),
        ("v2.users.\u{1b}[31mx", "character"),
        ("channel.metadata", "by itself"),
    ] {
        let answer = bench.says(&["tail", topic]);
        expect(&answer, 2, &[why]);
        assert!(!answer.told.contains('\u{1b}'), "{:?}", answer.told);
    }
}

#[test]
fn no_length_of_time_is_too_long_to_be_answered() {
    let bench = Bench::new();
    for option in ["--for", "--connect-timeout"] {
        let answer = bench.says(&["tail", "--all", option, "18446744073709551615"]);
        expect(&answer, 2, &[option, "the longest time is 3650d"]);
    }
    expect(&bench.says(&["tail", "--all", "--count", "0"]), 2, &["--count"]);
}

/// A recording that is asked for and not made would be missed only when it is wanted.
#[test]
fn a_recording_is_refused_where_none_is_made() {
    let bench = Bench::new();
    let tape = bench.home.file("tape.jsonl");
    for command in [["board", "--once"].as_slice(), &["topics"], &["doctor"], &["profiles"]] {
        let tape = tape.display().to_string();
        let arguments = [command, &["--record", &tape]].concat();
        expect(&bench.says(&arguments), 2, &["--record", "watch, tail and demo"]);
    }
    assert!(!tape.exists());
}

/// New topics keep being added: a name that nobody here knows is doubted and asked for.
#[test]
fn an_unknown_topic_is_doubted_and_asked_for_all_the_same() {
    let bench = Bench::new();
    let arguments = |topic| ["tail", topic, "--for", "5s", "--count", "1"];
    let misspelt = bench.says(&arguments("v2.routing.queue.x.conversations"));
    // refused by the service, not by us
    expect(
        &misspelt,
        2,
        &[
            "the nearest is v2.routing.queues.{id}.conversations",
            "x.conversations is refused",
            "unknown",
        ],
    );
    expect(&bench.says(&arguments("v2.something.new")), 2, &["none that this version knows"]);
}

#[test]
fn a_mistake_in_the_file_names_file_line_key_and_what_is_allowed() {
    let bench = Bench::new();
    let path = bench.home.file("config.toml");
    let file = Path::display(&path).to_string();
    for (text, place, parts) in [
        (
            "default_profile = \"x\"\n[profiles.x]\nregoin = \"us-east-1\"\n",
            ":3:1:",
            ["profiles.x.regoin", "did you mean `region`"],
        ),
        ("[profiles.x]\nregion = 5\n", ":2:10:", ["profiles.x.region", "text in quotes"]),
        (
            "[profiles.x]\n\nregion = \"us-est-1\"\n",
            ":3:10:",
            ["profiles.x.region", "did you mean `us-east-1`"],
        ),
        ("[profiles.x]\ngrant = \"word\"\n", ":2:9:", ["profiles.x.grant", "client-credentials"]),
        ("[profiles.x\n", ":1:", ["unclosed table", "]"]),
        ("[profiles.x]\nclient_secret = \"abc\"\n", ":2:1:", ["client_secret", "gcwatch login"]),
    ] {
        bench.home.config(text);
        expect(
            &said(&mut bench.home.command(&["profiles"])),
            2,
            &[&file, place, parts[0], parts[1]],
        );
    }
}

#[test]
fn mistakes_are_a_line_each_also_where_the_program_goes_on_without_the_file() {
    let bench = Bench::new();
    bench.home.config("[keys]\n\"queues.srt\" = \"x\"\n\"view.freeze\" = \"q\"\n");
    let places = [":2:1: `keys.queues.srt`", ":3:1: `keys.view.freeze`"];
    expect(&said(&mut bench.home.command(&["config", "show"])), 2, &places);
    // without a terminal the demo says what it leaves out, and then that it can't be shown
    let Said { code, told, .. } = said(&mut bench.home.command(&["demo"]));
    assert!(code == Some(2) && places.iter().all(|place| told.contains(place)), "{told}");
    let lines: Vec<&str> = told.lines().take(2).collect();
    assert!(lines[0].starts_with("gcwatch: /") && lines[1].starts_with('/'), "{told}");
}

#[test]
fn without_a_keyring_login_says_so_before_it_asks_for_the_secret_and_names_the_choices() {
    let bench = Bench::new();
    let answer = said(
        bench
            .home
            .command(&["login", "--region", "us-east-1", "--client-id", "x"])
            .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus"),
    );
    expect(
        &answer,
        2,
        &["keyring", "GENESYSCLOUD_OAUTHCLIENT_SECRET", "--secret-stdin", "--credentials file"],
    );
    assert!(!answer.told.contains("client secret"), "asked first: {}", answer.told);
}

/// `gcwatch tail | head`: nobody listens any more, which is no failure.
#[test]
fn a_closed_pipe_ends_tail_quietly() {
    let bench = Bench::new();
    let mut command = bench.home.command(&["tail", "--all", "--for", "60s"]);
    let command = bench.service.credentials(&mut command);
    let piped = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the binary runs");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}
