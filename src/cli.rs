//! The command line: the only place that wires the layers together.
//!
//! One file a group of subcommands; none of them decides anything about the service or the state
//! model.
use crate::cloud::Clock;
use crate::tape::Speed;
use arguments::{
    Arguments, Command, ConfigAction, ConnectionArguments, DisplayArguments, RecordArguments,
    Selection,
};
use clap::FromArgMatches;
use problem::Problem;
use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

mod account;
mod arguments;
mod board;
mod catalogue;
mod child;
mod clipboard;
mod completions;
mod connect;
mod display;
mod doctor;
mod examples;
mod feed;
mod keep;
mod logging;
mod notify;
mod problem;
mod raw;
mod record;
mod replay;
mod saved;
mod sets;
mod simulated;
mod tail;
mod tape;
mod terminal;
mod topics;
mod watch;

/// Runs the program and gives its exit code.
pub fn run() -> ExitCode {
    let parsed = examples::program()
        .try_get_matches()
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            // help and version go to standard output, with 0; mistakes to standard error, with 2
            let code = if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
            let _ = error.print();
            return code;
        }
    };
    let ended = logging::start(&arguments.connection).and_then(|()| carry_out(&arguments));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.tell(),
    }
}

/// What to do instead of recording with a command that has nothing to record.
fn instead_of_recording(command: &Command) -> &'static str {
    match command {
        Command::Replay { .. } | Command::Tape { .. } => {
            "a tape is a recording already; `gcwatch tape cut` takes a part of it"
        }
        Command::Simulate { .. } => {
            "record what a client gets of it: run `gcwatch tail --record FILE` against it"
        }
        Command::Board { .. } => {
            "the board asks and ends; `gcwatch tail --record FILE` records what leads to it"
        }
        _ => "it receives no frames; `gcwatch tail --record FILE` does",
    }
}

fn carry_out(arguments: &Arguments) -> Result<(), Problem> {
    let connection = &arguments.connection;
    let Some(command) = &arguments.command else {
        return watch_service(
            connection,
            &arguments.display,
            &arguments.record,
            &Selection::default(),
            None,
        );
    };
    let records =
        matches!(command, Command::Demo { .. } | Command::Watch { .. } | Command::Tail { .. });
    if arguments.record.is_asked_for() && !records {
        // taking it and making no file would be found out only when the file is wanted
        return Err(Problem::usage("--record and its options work with watch, tail and demo only")
            .remedy(instead_of_recording(command)));
    }
    match command {
        Command::Demo { seed, scenario, speed, filter } => {
            let filter = watch::start_filter(filter.as_deref(), &BTreeMap::new())?;
            let settings = simulated::settings(*seed, 0, *speed, scenario.as_deref())?;
            let settings = simulated::checked(settings, scenario.as_deref())?;
            simulated::demo(settings, &arguments.display, &arguments.record, filter)
        }
        Command::Simulate(asked) => simulated::simulate(asked),
        Command::Board { selection, options } => board::run(connection, selection, options),
        Command::Watch { socket: Some(url), raw, .. } => {
            raw::run(connection, &arguments.display, &arguments.record, url, raw)
        }
        Command::Watch { selection, filter, .. } => watch_service(
            connection,
            &arguments.display,
            &arguments.record,
            selection,
            filter.as_deref(),
        ),
        Command::Tail { selection, options } => {
            tail::run(&connect::settings(connection)?, selection, options, &arguments.record)
        }
        Command::Doctor(doctor) => doctor::run(connection, &arguments.display, doctor),
        Command::Replay { tape, json, alerts: true, .. } => replay::alerts::run(tape, *json),
        Command::Replay { tape, speed, json: true, .. } => {
            replay::json(tape, speed.unwrap_or(Speed::Max))
        }
        Command::Replay { tape, speed, json: false, .. } => {
            let speed = speed.unwrap_or(Speed::Times(1.0));
            replay::watch(tape, speed, display::of_person(&arguments.display)?)
        }
        Command::Tape { action } => tape::run(action),
        Command::Login(login) => account::login(connection, login),
        Command::Logout { forget } => account::logout(connection, *forget),
        Command::Profiles { json } => print(&account::profiles(*json)?),
        Command::Topics { search, json } => print(&topics::topics(connection, search, *json)?),
        Command::Channels { json, clean } => print(&account::channels(connection, *json, clean)?),
        Command::Config { action } => match action {
            ConfigAction::Path => {
                print(&format!("{}\n", connect::places()?.config_file().display()))
            }
            ConfigAction::Show => print(&account::show_config(connection)?),
            ConfigAction::Init => print(&account::init_config()?),
        },
        Command::Completions { shell } => print(&completions::of(*shell)),
        Command::Man { command } => {
            let mut text = Vec::new();
            let found = examples::command_named(command).ok_or_else(|| {
                Problem::usage(format!("there is no command {:?}", command.join(" ")))
                    .remedy("gcwatch --help lists them")
            })?;
            clap_mangen::Man::new(found).render(&mut text).map_err(Problem::running)?;
            print(&String::from_utf8_lossy(&text))
        }
    }
}

/// The front end on the real service.
fn watch_service(
    connection: &ConnectionArguments,
    shown: &DisplayArguments,
    record: &RecordArguments,
    selection: &Selection,
    filter: Option<&str>,
) -> Result<(), Problem> {
    use crate::cloud::{Mailbox, ServiceSource};
    use crate::domain::intake::WhenFull;
    use crate::domain::session::Policy;
    use crate::settings::topic_cache::TopicCache;
    use crate::tui::ViewOptions;
    let config = connect::config()?;
    let keymap = display::keymap(&config.keys, &connect::places()?.config_file())?;
    let settings = connect::settings(connection)?;
    let known = settings.profile.as_ref().and_then(|name| config.profiles.get(name.as_str()));
    let saved_filters = known.map(|profile| profile.filters.clone()).unwrap_or_default();
    let lists = known.map(|profile| profile.lists.clone()).unwrap_or_default();
    let filter = watch::start_filter(filter, &saved_filters)?;
    let client = connect::client(&settings)?;
    let runtime = simulated::runtime()?;
    let profile = settings.profile.as_ref().map(ToString::to_string);
    let found =
        runtime.block_on(connect::watched(&client, selection, &settings.watches, profile))?;
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    let recording = record::Recording::start(record, &mailbox, Clock::default())?;
    for control in found.names {
        mailbox.push_control(control);
    }
    let source = ServiceSource::start(&client, found.plan, Policy::default(), mailbox.clone())
        .map_err(|error| Problem::running(format!("can't start: {error}")))?;
    let cache = TopicCache::of(&connect::places()?, &client.host());
    let catalogue = catalogue::supply(&runtime, client, Some(cache));
    let options = ViewOptions {
        keymap,
        saved_filters,
        lists,
        filter,
        ..display::view_options(shown, &config)
    };
    let profile = settings.profile.clone().filter(|_| known.is_some());
    let keep = keep::Keep { path: Some(connect::places()?.config_file()), profile };
    let feed = feed::LiveFeed::new(mailbox, source, recording).with_catalogue(catalogue);
    watch::run_keeping(&runtime, feed, options, config.notify.clone(), &keep)
}

/// Prints on standard output; a closed pipe ends it quietly.
fn print(text: &str) -> Result<(), Problem> {
    let mut out = std::io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Problem::running(format!("can't write: {error}")))
        }
        _ => Ok(()),
    }
}
