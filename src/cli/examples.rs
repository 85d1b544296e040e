//! The examples at the end of every `--help`, in one table, so that none is forgotten; a test reads
//! them out of the help and runs each.
use super::arguments::{Arguments, ConnectionArguments, DisplayArguments, RecordArguments};
use clap::{Args, Command, CommandFactory};

/// Examples of one command.
struct Examples {
    /// The command without the program's name; empty for the program itself.
    of: &'static str,
    /// Lines as a person types them into a shell.
    lines: &'static [&'static str],
    /// What else is worth a sentence; may be empty.
    more: &'static str,
}

const fn of(of: &'static str, lines: &'static [&'static str]) -> Examples {
    Examples { of, lines, more: "" }
}

/// In the order of the help.
const EXAMPLES: &[Examples] = &[
    of("", &["gcwatch demo", "gcwatch watch --all"]),
    of(
        "demo",
        &[
            "gcwatch demo",
            "gcwatch demo --seed 7 --scenario cut",
            "gcwatch demo --filter 'state=waiting' --record demo.tape.zst",
        ],
    ),
    of(
        "watch",
        &[
            "gcwatch watch --all",
            "gcwatch watch --queue 'Bill*' --filter 'state=waiting'",
            "gcwatch watch --socket \"$CONNECT_URI\" --send '{\"message\":\"ping\"}'",
        ],
    ),
    of(
        "board",
        &[
            "gcwatch board --once",
            "gcwatch board --once --format csv --columns queue,waiting,longest_wait",
            "gcwatch board --watch 30 --filter 'waiting>5' --sort longest_wait",
        ],
    ),
    of(
        "tail",
        &[
            "gcwatch tail --all --count 3",
            "gcwatch tail --queue Billing --no-events --count 1 > frame.json",
            "gcwatch tail --all --filter 'family=conversations' --count 1 --record calls.tape.zst",
        ],
    ),
    of(
        "login",
        &[
            "gcwatch login --client-id \"$CLIENT_ID\" --credentials file --secret-stdin < secret.txt",
        ],
    ),
    of("logout", &["gcwatch logout", "gcwatch logout --forget"]),
    of("profiles", &["gcwatch profiles", "gcwatch profiles --json"]),
    Examples {
        of: "topics",
        lines: &[
            "gcwatch topics",
            "gcwatch topics queue conversations",
            "gcwatch topics presence --json",
        ],
        more: "docs/topics.md says what the columns and the fields mean.",
    },
    of("channels", &["gcwatch channels", "gcwatch channels --json"]),
    of("doctor", &["gcwatch doctor", "gcwatch doctor --json"]),
    of("doctor socket", &["gcwatch doctor socket \"$CONNECT_URI\""]),
    of(
        "replay",
        &[
            "gcwatch replay day.tape.zst --speed 8",
            "gcwatch replay day.tape.zst --json",
            "gcwatch replay day.tape.zst --alerts",
        ],
    ),
    of("tape", &["gcwatch tape info day.tape.zst"]),
    of("tape info", &["gcwatch tape info day.tape.zst", "gcwatch tape info day.tape.zst --json"]),
    of("tape redact", &["gcwatch tape redact clear.tape --out redacted.tape.zst"]),
    of(
        "tape cut",
        &[
            "gcwatch tape cut day.tape.zst --from +1s --until +5m --out incident.tape",
            "gcwatch tape cut day.tape.zst --topic 'v2.users.*' --out users.tape",
        ],
    ),
    of(
        "tape grep",
        &[
            "gcwatch tape grep day.tape.zst 'family=conversations'",
            "gcwatch tape grep day.tape.zst 'body.participants.purpose=agent' --count",
        ],
    ),
    Examples {
        of: "simulate",
        lines: &[
            "gcwatch simulate --port 18080",
            "gcwatch simulate --fault no_heartbeat --fault clock_ahead",
            "gcwatch simulate --queues 5000 --agents 2000 --numbers 500",
            "gcwatch simulate --scenario closing_notice --speed 10",
            "gcwatch simulate --tape day.tape.zst --speed 4",
            "gcwatch simulate --tls --ca-out ca.pem",
        ],
        more: "docs/simulator.md says how to point one's own client at it, docs/scenarios.md how to write
a scenario.",
    },
    of("config", &["gcwatch config init"]),
    of("config path", &["gcwatch config path"]),
    of("config show", &["gcwatch config show"]),
    of("config init", &["gcwatch config init"]),
    of("completions", &["gcwatch completions bash > gcwatch.bash"]),
    of("man", &["gcwatch man > gcwatch.1", "gcwatch man tape cut > gcwatch-tape-cut.1"]),
];

/// The command line with its examples: what is parsed, and what help, completions and the manual
/// are made of.
pub(super) fn program() -> Command {
    let program = brief(Arguments::command(), "");
    let exit_codes = program.get_after_help().cloned();
    let program = illustrated(program, "");
    match exit_codes {
        Some(rest) => {
            let examples = program.get_after_help().cloned().unwrap_or_default();
            program.after_help(format!("{examples}\n{rest}"))
        }
        None => program,
    }
}

/// Commands that have a screen, and those that record.
const WITH_SCREEN: [&str; 3] = ["demo", "watch", "replay"];
const WITH_RECORDING: [&str; 3] = ["demo", "watch", "tail"];
/// Commands that need no service; what they log can be asked for all the same.
const WITHOUT_SERVICE: [&str; 7] =
    ["demo", "replay", "tape", "simulate", "config", "completions", "man"];

/// Each command's help without the options that do nothing there. They are taken all the same, since an
/// alias or a script may put them before any command.
fn brief(command: Command, path: &str) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = names.into_iter().fold(command, |command, name| {
        // what is beneath a command is as it is
        let path = if path.is_empty() { name.clone() } else { path.to_owned() };
        command.mut_subcommand(&name, |sub| brief(sub, &path))
    });
    if path.is_empty() {
        return command;
    }
    let none = || Command::new("");
    let mut hidden = Vec::new();
    if !WITH_SCREEN.contains(&path) {
        hidden.push(DisplayArguments::augment_args(none()));
    }
    if !WITH_RECORDING.contains(&path) {
        hidden.push(RecordArguments::augment_args(none()));
    }
    if WITHOUT_SERVICE.contains(&path) {
        hidden.push(ConnectionArguments::augment_args(none()));
    }
    let is_shown = |id: &str| match path {
        "doctor" => id == "ascii",
        "config" => id == "profile",
        _ => id.starts_with("log_"),
    };
    let options = hidden.iter().flat_map(Command::get_arguments);
    let options = options.filter(|option| !is_shown(option.get_id().as_str()));
    command.args(options.map(|option| option.clone().hide(true)))
}

fn illustrated(command: Command, path: &str) -> Command {
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = names.into_iter().fold(command, |command, name| {
        let path = format!("{path} {name}");
        command.mut_subcommand(&name, |sub| illustrated(sub, path.trim_start()))
    });
    let Some(examples) = EXAMPLES.iter().find(|examples| examples.of == path) else {
        return command;
    };
    let lines: String = examples.lines.iter().map(|line| format!("  {line}\n")).collect();
    let more = if examples.more.is_empty() { "" } else { "\n" };
    command.after_help(format!("Examples:\n{lines}{more}{}", examples.more))
}

/// The command of that name below the program, to print its page; the program itself for none.
pub(super) fn command_named(path: &[String]) -> Option<Command> {
    let mut program = program();
    program.build();
    let mut found = &program;
    for name in path {
        found = found.find_subcommand(name)?;
    }
    Some(found.clone())
}

#[cfg(test)]
mod tests {
    use super::{EXAMPLES, command_named, program};
    use clap::Command;

    fn paths(command: &Command, path: &str, all: &mut Vec<String>) {
        all.push(path.to_owned());
        for sub in command.get_subcommands() {
            paths(sub, format!("{path} {}", sub.get_name()).trim_start(), all);
        }
    }

    #[test]
    fn every_command_has_examples_and_no_example_is_of_another() {
        let mut all = Vec::new();
        paths(&program(), "", &mut all);
        for path in &all {
            assert!(EXAMPLES.iter().any(|examples| examples.of == path), "none of {path:?}");
        }
        for examples in EXAMPLES {
            assert!(all.iter().any(|path| path == examples.of), "no command {:?}", examples.of);
            for line in examples.lines {
                let begin = format!("gcwatch {}", examples.of.split(' ').next().unwrap_or(""));
                assert!(line.starts_with(begin.trim_end()), "{line} in {:?}", examples.of);
            }
        }
        program().debug_assert();
    }

    #[test]
    fn the_help_of_a_command_has_no_option_that_does_nothing_there() {
        let shown = |path: &str, option: &str| {
            let path: Vec<String> = path.split(' ').map(str::to_owned).collect();
            let page = command_named(&path).unwrap().render_long_help().to_string();
            page.contains(&format!("      --{option}"))
        };
        for (path, options, others) in [
            ("watch", "theme record profile log-file", "json"),
            ("tail", "record profile log-file", "theme wall"),
            ("topics", "profile api-url json log-file", "theme record"),
            ("simulate", "port log-file", "profile theme record api-url"),
            ("tape cut", "from log-file", "profile theme record"),
            ("replay", "speed theme log-file", "profile record"),
            ("doctor", "profile json ascii", "theme record"),
            ("config show", "profile", "theme record log-file"),
        ] {
            for option in options.split(' ') {
                assert!(shown(path, option), "{path} --{option}");
            }
            for option in others.split(' ') {
                assert!(!shown(path, option), "{path} --{option}");
            }
        }
    }

    #[test]
    fn what_a_command_does_not_show_is_taken_all_the_same() {
        use crate::cli::arguments::Arguments;
        use clap::FromArgMatches;
        for line in ["gcwatch --profile p --utc topics", "gcwatch topics --profile p --utc"] {
            let matches = program().try_get_matches_from(line.split(' ')).unwrap();
            let read = Arguments::from_arg_matches(&matches).unwrap();
            assert_eq!(read.connection.profile.as_deref(), Some("p"), "{line}");
            assert!(read.display.utc, "{line}");
        }
    }

    #[test]
    fn a_page_is_found_by_the_words_of_the_command() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(command_named(&words("tape cut")).unwrap().get_name(), "cut");
        assert_eq!(command_named(&[]).unwrap().get_name(), "gcwatch");
        assert!(command_named(&words("tape fold")).is_none());
    }
}
