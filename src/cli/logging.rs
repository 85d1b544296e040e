//! The log: a file that the user asked for by name, never the screen.
use super::arguments::{ConnectionArguments, LogLevel};
use super::problem::Problem;
use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

/// Starts logging, if a file was asked for.
///
/// # Errors
/// When the file can't be opened for writing.
pub(super) fn start(arguments: &ConnectionArguments) -> Result<(), Problem> {
    let Some(path) = &arguments.log_file else { return Ok(()) };
    let file = open(path)?;
    let level = match arguments.log_level {
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
    };
    // other crates log addresses and headers at their lower levels: only ours is let through
    let silent = ["hyper", "reqwest", "rustls", "tungstenite"].map(|name| (name, LevelFilter::OFF));
    let filter = Targets::new()
        .with_default(LevelFilter::WARN)
        .with_target("gcwatch", level)
        .with_targets(silent);
    let written = tracing_subscriber::fmt::layer().json().with_writer(Mutex::new(file));
    let started = tracing_subscriber::registry().with(written.with_filter(filter)).try_init();
    started.map_err(|error| Problem::running(format!("can't start the log: {error}")))
}

/// Opens the file for adding to it; only its owner may read it, since it says who was watched.
fn open(path: &Path) -> Result<std::fs::File, Problem> {
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path).map_err(|error| {
        Problem::usage(format!("can't write the log file {}: {error}", path.display()))
    })
}
