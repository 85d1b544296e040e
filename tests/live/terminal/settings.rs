//! The configuration file and the screen: what the demo takes from it, and that it does without.
use super::emulator::Terminal;
use crate::program::Home;

fn demo(home: &Home) -> Terminal {
    let mut command = Terminal::command(env!("CARGO_BIN_EXE_gcwatch"));
    command.args(["demo", "--seed", "5"]);
    command.env("GCWATCH_CONFIG_DIR", home.path());
    Terminal::run(command, 120, 40)
}

#[test]
fn the_demo_takes_display_keys_and_alerts_from_the_file() {
    let home = Home::new();
    let text = "[display]\nsymbols = \"ascii\"\n[keys]\n\"health.show\" = \"f2\"\n[[alert]]\nname = \"of my own\"\nwarning = \"on_queue >= 0\"\n";
    std::fs::write(home.file("config.toml"), text).expect("it is written");
    let mut terminal = demo(&home);
    terminal.wait_for("an ASCII border", |screen| screen.contents().contains("+ > Queues (10)"));
    terminal.press("8");
    terminal.wait_for_text("on_queue ");
    // f2, as xterm sends it
    terminal.press("\u{1b}OQ");
    terminal.wait_for_text("events, newest first");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}

#[test]
fn the_demo_goes_on_without_a_broken_file_and_says_so() {
    let home = Home::new();
    std::fs::write(home.file("config.toml"), "[display]\nthem = \"light\"\n")
        .expect("it is written");
    let mut terminal = demo(&home);
    terminal.wait_for_text("the demo goes on without your configuration");
    terminal.wait_for_text("LIVE");
    terminal.press("2");
    terminal.wait_for("the keys again", |screen| {
        let contents = screen.contents();
        contents.contains("Queues (10)") && !contents.contains("goes on without")
    });
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}
