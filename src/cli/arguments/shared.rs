//! Options that several subcommands share: what to connect to, what to watch, how it looks, whether
//! it is recorded. Must not know which subcommand takes them.
use super::values::{ByName, bytes, duration};
use crate::settings::file::{Choice, Theme, WALL_SECONDS};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

const THEME: ByName<Theme> = ByName {
    read: crate::cli::display::theme,
    names: || Theme::WORDS.iter().map(|(word, _)| *word).collect(),
};

/// Options of everything that connects.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(in crate::cli) struct ConnectionArguments {
    /// Profile to use
    #[arg(long, global = true, value_name = "P")]
    pub(in crate::cli) profile: Option<String>,
    /// Region id such as us-east-1, or a bare domain
    #[arg(long, global = true, value_name = "R")]
    pub(in crate::cli) region: Option<String>,
    /// Whole base address of the API; plain http for loopback only
    #[arg(long, global = true, value_name = "URL")]
    pub(in crate::cli) api_url: Option<String>,
    /// Whole base address of the login host; plain http for loopback only
    #[arg(long, global = true, value_name = "URL")]
    pub(in crate::cli) login_url: Option<String>,
    /// Certificates (PEM) of an own authority, trusted beside the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub(in crate::cli) ca_file: Option<PathBuf>,
    /// Read the client's secret from standard input, for this run only
    #[arg(long, global = true)]
    pub(in crate::cli) secret_stdin: bool,
    /// Write a log; secrets never appear in it
    #[arg(long, global = true, value_name = "FILE")]
    pub(in crate::cli) log_file: Option<PathBuf>,
    /// How much to log
    #[arg(long, global = true, value_name = "LEVEL", default_value = "info")]
    pub(in crate::cli) log_level: LogLevel,
}

/// How much to log.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(in crate::cli) enum LogLevel {
    /// Only what failed
    Warn,
    /// Connections, subscriptions, gaps
    #[default]
    Info,
    /// Every step
    Debug,
}

/// Options of recordings, for everything that connects.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Recording")]
pub(in crate::cli) struct RecordArguments {
    /// Record what comes to this file; packed if its name ends in .zst. Ids become pseudonyms, and
    /// names, addresses and texts are masked
    #[arg(long, global = true, value_name = "FILE")]
    pub(in crate::cli) record: Option<PathBuf>,
    /// Record in clear: with ids, names, addresses and texts as they came
    #[arg(long, global = true)]
    pub(in crate::cli) clear: bool,
    /// Go on in another file after this size, such as 500M or 2G
    #[arg(long, global = true, value_name = "SIZE", value_parser = bytes)]
    pub(in crate::cli) record_size: Option<u64>,
    /// Go on in another file after this time, such as 1h
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub(in crate::cli) record_age: Option<Duration>,
    /// Keep at most this many files, removing the oldest
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) record_keep: Option<u32>,
}

impl RecordArguments {
    /// Whether any of them was given.
    pub(in crate::cli) fn is_asked_for(&self) -> bool {
        self.record.is_some()
            || self.clear
            || self.record_size.is_some()
            || self.record_age.is_some()
            || self.record_keep.is_some()
    }
}

/// Options of the screen.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Display")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(in crate::cli) struct DisplayArguments {
    /// Colours of the screen; auto asks the terminal and obeys `NO_COLOR`
    #[arg(long, global = true, value_name = "WHICH", default_value = "auto")]
    pub(in crate::cli) colors: Colors,
    /// Theme: default, high-contrast, colour-blind or light
    #[arg(long, global = true, value_name = "NAME", value_parser = THEME, hide_possible_values = true)]
    pub(in crate::cli) theme: Option<Theme>,
    /// Leave the mouse to the terminal, to select text with it
    #[arg(long, global = true)]
    pub(in crate::cli) no_mouse: bool,
    /// Begin with the large figures for a screen on the wall; they need no key
    #[arg(long, global = true)]
    pub(in crate::cli) wall: bool,
    /// How long the wall shows a queue, in seconds
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u64).range(WALL_SECONDS))]
    pub(in crate::cli) wall_seconds: Option<u64>,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    pub(in crate::cli) ascii: bool,
    /// Show customers' names and addresses from the start
    #[arg(long, global = true)]
    pub(in crate::cli) unmasked: bool,
    /// Show times in UTC instead of your own time zone
    #[arg(long, global = true)]
    pub(in crate::cli) utc: bool,
}

/// Colours of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Colors {
    /// What the terminal says it can
    #[default]
    Auto,
    /// 24-bit colours
    Truecolor,
    /// The 256 colours of xterm
    #[value(name = "256")]
    Indexed,
    /// The terminal's own 16 colours
    #[value(name = "16")]
    Sixteen,
    /// None: bold, dim, reverse and underline only
    None,
}

/// What to watch.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "What to watch")]
pub(in crate::cli) struct Selection {
    /// Topics, such as `v2.routing.queues.QUEUE_ID.conversations`
    #[arg(value_name = "TOPIC")]
    pub(in crate::cli) topics: Vec<String>,
    /// A queue by name or id; names may hold *
    #[arg(long, value_name = "NAME|ID")]
    pub(in crate::cli) queue: Vec<String>,
    /// A user by name or id; names may hold *
    #[arg(long, value_name = "NAME|ID")]
    pub(in crate::cli) user: Vec<String>,
    /// Every queue that the credentials may see
    #[arg(long)]
    pub(in crate::cli) all: bool,
    /// Every user that the credentials may see
    #[arg(long)]
    pub(in crate::cli) all_users: bool,
    /// A named set of the profile; may be given again
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) set: Vec<String>,
}

impl Selection {
    /// Whether nothing was chosen.
    pub(in crate::cli) fn is_empty(&self) -> bool {
        self.topics.is_empty()
            && self.queue.is_empty()
            && self.user.is_empty()
            && !self.all
            && !self.all_users
            && self.set.is_empty()
    }
}
