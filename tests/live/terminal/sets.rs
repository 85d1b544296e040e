//! Named sets of topics as a person makes them: watched, saved by the screen's key, watched again
//! by name, with a profile that is logged in to the simulated service.
use super::emulator::Terminal;
use crate::program::{Home, Service};
use portable_pty::CommandBuilder;

fn command(home: &Home, service: &Service, arguments: &[&str]) -> CommandBuilder {
    let mut command = Terminal::command(env!("CARGO_BIN_EXE_gcwatch"));
    command.args(arguments);
    command.env("GCWATCH_CONFIG_DIR", home.path());
    command.env("GCWATCH_API_URL", service.text("apiUrl"));
    command.env("GCWATCH_LOGIN_URL", service.text("loginUrl"));
    command
}

#[test]
fn what_is_watched_is_saved_as_a_set_and_watched_again_by_its_name() {
    let home = Home::new();
    let service = Service::start(&home, &["--seed", "7"]);
    let run = |arguments: &[&str]| Terminal::run(command(&home, &service, arguments), 160, 40);
    let mut terminal = run(&["login", "--credentials", "file"]);
    terminal.wait_for_text("client id: ");
    terminal.press(&format!("{}\r", service.text("clientId")));
    terminal.wait_for_text("client secret (hidden): ");
    terminal.press(&format!("{}\r", service.text("clientSecret")));
    assert_eq!(terminal.exit_code(), 0);

    let mut terminal = run(&["watch", "--queue", "Billing"]);
    terminal.wait_for_text("LIVE");
    terminal.press("5");
    terminal.wait_for_text("queues.Billing.conversations");
    // one more than the command line asked for, by its words and the queue's name
    terminal.press("a");
    terminal.wait_for_text("Add a topic");
    terminal.press("v2.routing.queues.{id}.users\r");
    terminal.wait_for_text("Add a topic: whose");
    terminal.press("sales\r");
    terminal.wait_for_text("queues.Sales.users");
    terminal.press("w");
    terminal.wait_for_text("name of the set");
    // a name that none can have is refused in words, and the next one is taken
    terminal.press("no.such name\r");
    terminal.wait_for_text("not saved: ");
    terminal.press("w");
    terminal.wait_for_text("name of the set");
    terminal.press("night\r");
    terminal.wait_for_text("topics are saved; `gcwatch watch --profile default --set night`");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);

    let file = std::fs::read_to_string(home.file("config.toml")).expect("the configuration");
    assert!(file.contains("[profiles.default.sets.night]"), "{file}");

    let mut terminal = run(&["watch", "--set", "night"]);
    terminal.wait_for_text("LIVE");
    terminal.press("5");
    terminal.wait_for_text("queues.Billing.conversations");
    terminal.wait_for_text("queues.Sales.users");
    let screen = terminal.screen().contents();
    assert!(
        !screen.contains("queues.Sales.conversations"),
        "more than the set is watched\n{screen}"
    );
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);

    let mut terminal = run(&["watch", "--set", "nigth"]);
    assert_eq!(terminal.exit_code(), 2);
    terminal.wait_for_text("night");
}
