//! A login as a person does it: the questions, the hidden secret, the answer.
use super::emulator::Terminal;
use gcwatch::simulator::service::{Simulator, SimulatorSettings};
use portable_pty::CommandBuilder;
use std::path::Path;

fn command(folder: &Path, url: &str, arguments: &[&str]) -> CommandBuilder {
    let mut command = Terminal::command(env!("CARGO_BIN_EXE_gcwatch"));
    command.args(arguments);
    command.env("GCWATCH_CONFIG_DIR", folder);
    command.env("GCWATCH_API_URL", url);
    command.env("GCWATCH_LOGIN_URL", url);
    command
}

#[test]
fn a_login_asks_hides_the_secret_tries_it_and_says_who_that_is() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let simulator =
        runtime.block_on(Simulator::start(SimulatorSettings::default())).expect("a free port");
    let at = simulator.addresses().clone();
    let folder = tempfile::tempdir().expect("a folder");
    // the region is asked for as a person is asked; the addresses of the stand-in count before it
    let login = ["login", "--credentials", "file"];
    let run = |arguments: &[&str]| {
        Terminal::run(command(folder.path(), &at.base_url, arguments), 160, 30)
    };

    let mut terminal = run(&login);
    terminal.wait_for_text("client id: ");
    terminal.press(&format!("{}\r", at.client_id));
    terminal.wait_for_text("client secret (hidden): ");
    terminal.press("wrong-secret\r");
    assert_eq!(terminal.exit_code(), 3);
    terminal.wait_for_text("contextId");
    assert!(!terminal.text().contains("wrong-secret"), "{}", terminal.text());
    assert!(!folder.path().join("config.toml").exists(), "a refused login leaves nothing");

    let mut terminal = run(&login);
    terminal.wait_for_text("client id: ");
    terminal.press(&format!("{}\r", at.client_id));
    terminal.wait_for_text("client secret (hidden): ");
    terminal.press(&format!("{}\r", at.client_secret));
    assert_eq!(terminal.exit_code(), 0);
    terminal.wait_for_text("watch with: gcwatch");
    for part in ["Simulated Contact Centre", "it may see 10 queues: Billing"] {
        assert!(terminal.text().contains(part), "no {part:?} in\n{}", terminal.text());
    }
    assert!(!terminal.text().contains(&at.client_secret), "the secret is on the screen");

    let mut terminal = run(&["profiles"]);
    terminal.wait_for_text(&format!("* default  {}", at.base_url));
    let mut terminal = run(&["watch", "--queue", "Billing"]);
    terminal.wait_for_text("LIVE");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);

    let mut terminal = run(&["logout", "--forget"]);
    assert_eq!(terminal.exit_code(), 0);
    terminal.wait_for_text("is removed from");
    let mut terminal = run(&["profiles"]);
    terminal.wait_for_text("no profiles");
    runtime.block_on(simulator.stop());
}

#[test]
fn a_mistake_in_the_region_is_told_before_a_secret_is_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Terminal::command(env!("CARGO_BIN_EXE_gcwatch"));
    command.args(["login", "--credentials", "file"]);
    command.env("GCWATCH_CONFIG_DIR", folder.path());
    let mut terminal = Terminal::run(command, 160, 30);
    terminal.wait_for_text("region [us-east-1]: ");
    terminal.press("eu-wst-1\r");
    assert_eq!(terminal.exit_code(), 2);
    terminal.wait_for_text("did you mean eu-west-1");
    assert!(!terminal.text().contains("secret"), "{}", terminal.text());
}
