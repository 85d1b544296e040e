//! Every example of every `--help`, read out of the real help and run as it stands there: in a shell,
//! in a home of its own, against a simulated service.
use super::emulator::Terminal;
use crate::program::{Home, PATIENCE, Running, Service, said};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// The port that the examples name.
const PORT: u16 = 18_080;

/// Every command, each with the examples of its help.
fn examples(home: &Home, path: &[&str], all: &mut Vec<(String, Vec<String>)>) {
    let run = said(home.command(path).arg("--help"));
    assert_eq!(run.code, Some(0), "{path:?}: {}", run.told);
    let lines = indented_after(&run.out, "Examples:");
    all.push((path.join(" "), lines));
    for line in indented_after(&run.out, "Commands:") {
        let name = line.split(' ').next().unwrap_or_default();
        if !name.is_empty() && name != "help" {
            examples(home, &[path, &[name]].concat(), all);
        }
    }
}

/// The lines below a heading, which are indented.
fn indented_after(text: &str, heading: &str) -> Vec<String> {
    let below = text.lines().skip_while(|line| *line != heading).skip(1);
    below.map_while(|line| line.strip_prefix("  ").map(str::to_owned)).collect()
}

/// Where the examples are run.
struct Stage {
    home: Home,
    service: Service,
    /// The socket of a channel that nobody uses.
    socket: String,
}

/// A shell that does what a person typed, with the program under its own name.
fn shell(Stage { home, service, socket }: &Stage, line: &str) -> Command {
    // everything that `command` clears and sets, but for the program
    let program = home.command(&[]);
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(home.path()).stdin(Stdio::null());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    let folder = Path::new(env!("CARGO_BIN_EXE_gcwatch")).parent().expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    shell
        .env("PATH", format!("{}:{path}", folder.display()))
        .env("CLIENT_ID", service.text("clientId"))
        .env("CONNECT_URI", socket);
    service.credentials(&mut shell);
    shell
}

/// Whether it draws on a terminal, rather than printing lines.
fn draws(line: &str) -> bool {
    let replays =
        line.contains(" replay ") && !line.contains("--json") && !line.contains("--alerts");
    ["gcwatch demo", "gcwatch watch"].iter().any(|begin| line.starts_with(begin)) || replays
}

/// Whether it goes on until it is told to end.
fn is_endless(line: &str) -> bool {
    line.starts_with("gcwatch simulate") || line.contains(" --watch ")
}

fn run_on_a_terminal(stage: &Stage, line: &str) {
    let mut command = Terminal::command("sh");
    for (name, value) in shell(stage, "").get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command.args(["-c", &format!("exec {line}")]);
    command.cwd(stage.home.path());
    let mut terminal = Terminal::run(command, 120, 40);
    let sign = if line.contains("replay") {
        "REPLAY"
    } else if line.contains("--socket") {
        "raw socket"
    } else {
        "LIVE"
    };
    terminal.wait_for_text(sign);
    terminal.press("q");
    assert_eq!(terminal.ends(), 0, "{line}");
}

fn run_until_it_says_something(stage: &Stage, line: &str) {
    let mut shell = shell(stage, &format!("exec {line}"));
    let mut child = shell.stdout(Stdio::piped()).spawn().expect("a shell");
    let output = child.stdout.take().expect("standard output");
    let mut running = Running(child);
    let mut first = String::new();
    BufReader::new(output).read_line(&mut first).expect("a line");
    assert!(!first.is_empty(), "{line} says nothing");
    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().expect("kill").success());
    assert!(running.0.wait().expect("it ends").success(), "{line}");
}

fn run_to_its_end(stage: &Stage, line: &str) {
    let run = said(&mut shell(stage, line));
    assert_eq!(run.code, Some(0), "{line}: {}\n{}", run.told, run.out);
}

/// Waits until nothing else on this machine has the port, such as another run of this test.
fn port_is_free() {
    let begun = Instant::now();
    while TcpListener::bind(("127.0.0.1", PORT)).is_err() {
        assert!(begun.elapsed() < PATIENCE, "port {PORT} is taken");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

#[test]
fn every_command_has_examples_and_each_of_them_runs() {
    let home = Home::new();
    let service = Service::start(&home, &[]);
    let socket = service.new_channel();
    let mut stage = Stage { home, service, socket };
    let mut all = Vec::new();
    examples(&stage.home, &[], &mut all);
    assert!(all.len() > 20, "{all:#?}");
    let without: Vec<&String> =
        all.iter().filter(|(_, lines)| lines.is_empty()).map(|(of, _)| of).collect();
    assert!(without.is_empty(), "no example in the help of {without:?}");

    // what the examples take for granted: recordings, a secret in a file, rules of alerts
    let fast = Service::start(&stage.home, &["--speed", "20"]);
    let slow = std::mem::replace(&mut stage.service, fast);
    let record = "gcwatch tail --all --for 4s --record day.tape.zst > /dev/null";
    run_to_its_end(&stage, record);
    let record = "gcwatch tail --all --count 5 --record clear.tape --clear > /dev/null";
    run_to_its_end(&stage, record);
    stage.service = slow;
    std::fs::write(stage.home.file("secret.txt"), stage.service.text("clientSecret"))
        .expect("a file");
    let config = stage.home.file("config.toml");
    let rules = "[[alert]]\nname = \"long wait\"\nwarning = \"longest_wait > 1m\"\n";

    let login = all.iter().find(|(of, _)| of == "login").map(|(_, lines)| lines[0].clone());
    for (of, lines) in &all {
        for line in lines {
            match of.as_str() {
                "config" | "config init" => drop(std::fs::remove_file(&config)),
                "replay" => std::fs::write(&config, rules).expect("a file"),
                "logout" => run_to_its_end(&stage, login.as_ref().expect("a login")),
                _ => {}
            }
            if line.contains(&PORT.to_string()) {
                port_is_free();
            }
            if draws(line) {
                run_on_a_terminal(&stage, line);
            } else if is_endless(line) {
                run_until_it_says_something(&stage, line);
            } else {
                run_to_its_end(&stage, line);
            }
        }
    }
}
