//! The command line as clap reads it. Meaning is given elsewhere; help texts live here.
use super::simulated::{SCENARIO, SimulateArguments};
use crate::tape::Speed;
use clap::{Args, Parser, Subcommand, ValueEnum};
pub(super) use shared::{
    Colors, ConnectionArguments, DisplayArguments, LogLevel, RecordArguments, Selection,
};
use std::path::PathBuf;
use std::time::Duration;
use values::pace;
pub(super) use values::{ByName, duration, speed};

mod shared;
mod values;

/// Watch Genesys Cloud's notifications live, and know whether they are.
///
/// Without a subcommand the default profile is watched. `gcwatch demo` needs no account.
#[derive(Debug, Parser)]
#[command(name = "gcwatch", version, max_term_width = 100, subcommand_required = false)]
#[command(after_help = "\
Exit codes: 0 done, 1 failure while running, 2 usage or configuration, 3 credentials refused,
4 permission missing for everything asked, 5 unreachable within the connect timeout,
6 --for ran out before --count or --until.

Environment: GCWATCH_PROFILE, GCWATCH_API_URL, GCWATCH_LOGIN_URL, GCWATCH_CONFIG_DIR,
GENESYSCLOUD_REGION, GENESYSCLOUD_OAUTHCLIENT_ID, GENESYSCLOUD_OAUTHCLIENT_SECRET,
GENESYSCLOUD_ACCESS_TOKEN, NO_COLOR. A flag counts before the environment, the environment
before the profile. Secrets are never taken from the command line.")]
pub(super) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    #[command(flatten)]
    pub(super) connection: ConnectionArguments,
    #[command(flatten)]
    pub(super) display: DisplayArguments,
    #[command(flatten)]
    pub(super) record: RecordArguments,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// The front end on a simulated service: no account, no network, no configuration
    Demo {
        /// Seed of the simulated contact centre: the same seed gives the same day
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// What goes wrong: a scenario that `gcwatch simulate --list-scenarios` names, or a file
        /// (TOML)
        #[arg(long, value_name = "NAME|FILE", value_parser = SCENARIO, hide_possible_values = true)]
        scenario: Option<String>,
        /// Simulated seconds per second
        #[arg(long, default_value_t = 1.0, value_parser = speed, hide = true)]
        speed: f64,
        /// Begin with this filter on the conversations, such as 'state=waiting since>30s'
        #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
        filter: Option<String>,
    },
    /// The front end on chosen topics
    Watch {
        #[command(flatten)]
        selection: Selection,
        /// Instead of topics: this socket, whatever it is, dialled once and shown raw
        #[arg(long, value_name = "URL", conflicts_with_all = ["topics", "queue", "user", "all", "all_users", "set", "filter", "wall"])]
        socket: Option<String>,
        #[command(flatten)]
        raw: RawArguments,
        /// Begin with this filter on the conversations, such as 'state=waiting since>30s', or with
        /// a saved one by its name, @NAME
        #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
        filter: Option<String>,
    },
    /// The queue board on standard output, read by REST: no channel is opened
    Board {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        options: BoardOptions,
    },
    /// Without a screen: one JSON object a line on standard output
    Tail {
        #[command(flatten)]
        selection: Selection,
        #[command(flatten)]
        options: TailOptions,
    },
    /// Log in with a client's secret, or as a person with the browser (--pkce), and keep that
    Login(LoginArguments),
    /// Forget the credentials of a profile
    Logout {
        /// Also remove the profile from the configuration file
        #[arg(long)]
        forget: bool,
    },
    /// List the profiles
    Profiles {
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// What can be subscribed: every topic with its transports and permissions
    Topics {
        /// Words that the topic has in its name, description or transports
        #[arg(value_name = "SEARCH")]
        search: Vec<String>,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// This client's notification channels: their ages, and which one goes when a 21st comes
    Channels {
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Clear the subscriptions of this channel (an id as listed); may be given again
        #[arg(long, value_name = "ID")]
        clean: Vec<String>,
    },
    /// Check everything from the configuration to the first heartbeat, and say what to mend
    Doctor(DoctorArguments),
    /// The front end on a recording
    Replay {
        /// The recording
        tape: PathBuf,
        /// Seconds of the tape a second, or max; 1 unless --json, then max
        #[arg(long, value_name = "N|max", value_parser = pace)]
        speed: Option<Speed>,
        /// Its lines on standard output, as tail writes them
        #[arg(long)]
        json: bool,
        /// How often each rule of the configuration would have rung, as a table; JSON with --json
        #[arg(long, conflicts_with = "speed")]
        alerts: bool,
    },
    /// What is in a recording, and less of it
    Tape {
        /// What to do with it
        #[command(subcommand)]
        action: TapeAction,
    },
    /// The simulated service alone, for one's own client
    Simulate(SimulateArguments),
    /// The configuration file
    Config {
        /// What to do with it
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in the form of man(1)
    Man {
        /// The subcommand whose page it is, such as `tape cut`; the program's own if absent
        #[arg(value_name = "COMMAND")]
        command: Vec<String>,
    },
}

/// Options of `doctor`.
#[derive(Clone, Debug, Args)]
pub(super) struct DoctorArguments {
    /// As JSON, at the end
    #[arg(long, global = true)]
    pub(super) json: bool,
    /// What to look at instead of everything
    #[command(subcommand)]
    pub(super) target: Option<DoctorTarget>,
}

/// What `doctor` looks at instead of everything.
#[derive(Clone, Debug, Subcommand)]
pub(super) enum DoctorTarget {
    /// Try a socket's address: what it is, why it refuses, what to use instead
    Socket(SocketArguments),
}

/// Options of `doctor socket`.
#[derive(Clone, Debug, Args)]
pub(super) struct SocketArguments {
    /// The address, as it was found somewhere
    #[arg(value_name = "URL")]
    pub(super) url: String,
    /// Where to put the profile's token; anything but none gives it to whoever runs the host
    #[arg(long, value_name = "PLACE", default_value = "none")]
    pub(super) token_in: TokenPlace,
    /// Text to send once the socket is open
    #[arg(long, value_name = "JSON")]
    pub(super) send: Option<String>,
}

/// What `watch --socket` takes beside the address.
#[derive(Clone, Debug, Args)]
pub(super) struct RawArguments {
    /// With --socket: where to put the profile's token; anything but none gives it to whoever runs
    /// the host
    #[arg(long, value_name = "PLACE", default_value = "none", requires = "socket")]
    pub(super) token_in: TokenPlace,
    /// With --socket: text to send once it is open; may be given again
    #[arg(long, value_name = "JSON", requires = "socket")]
    pub(super) send: Vec<String>,
}

/// Where a token is put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TokenPlace {
    /// Nowhere, as the service wants it
    None,
    /// In the header Authorization of the upgrade
    Header,
    /// In the query, as `access_token`
    Query,
    /// In the first message
    Message,
    /// Each in turn
    All,
}

/// What to do with a recording.
#[derive(Debug, Subcommand)]
pub(super) enum TapeAction {
    /// What is in it: time, frames, topics, gaps, whether it is redacted
    Info {
        /// The recording
        tape: PathBuf,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Replace ids by pseudonyms and mask names, addresses and texts
    Redact {
        /// The recording
        tape: PathBuf,
        /// Where to; standard output if absent
        #[arg(long, short, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// A part of it
    Cut(CutArguments),
    /// The frames that pass a filter
    Grep {
        /// The recording
        tape: PathBuf,
        /// The filter
        #[arg(value_name = "EXPR", allow_hyphen_values = true)]
        filter: String,
        /// Only how many there are
        #[arg(long)]
        count: bool,
    },
}

/// Which part of a recording.
#[derive(Debug, Args)]
pub(super) struct CutArguments {
    /// The recording
    pub(super) tape: PathBuf,
    /// Where to; standard output if absent
    #[arg(long, short, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// From this time on: 2026-11-23T14:03:00Z, 14:03 (UTC), or +5m from its beginning
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<String>,
    /// Up to this time
    #[arg(long, value_name = "TIME")]
    pub(super) until: Option<String>,
    /// Only frames of this channel
    #[arg(long, value_name = "N")]
    pub(super) channel: Option<u16>,
    /// Only frames of this topic; it may hold one *
    #[arg(long, value_name = "TOPIC")]
    pub(super) topic: Option<String>,
}

/// What to do with the configuration file.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum ConfigAction {
    /// Print where it is
    Path,
    /// Print the settings in force and where each comes from
    Show,
    /// Write a commented file, unless there is one
    Init,
}

/// Options of `board`.
#[derive(Clone, Debug, Args)]
pub(super) struct BoardOptions {
    /// Read it once, and end
    #[arg(long, conflicts_with = "watch", required_unless_present = "watch")]
    pub(super) once: bool,
    /// Read it again and again, with this many seconds between; the service counts every request
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(5..=86_400))]
    pub(super) watch: Option<u64>,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(super) format: BoardFormat,
    /// As JSON: the same as --format json
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,
    /// What has a row
    #[arg(long, value_name = "ROWS", default_value = "queue")]
    pub(super) by: BoardRows,
    /// Columns by name, with commas between
    #[arg(long, value_name = "NAMES")]
    pub(super) columns: Option<String>,
    /// Column to sort by, figures the largest first; -NAME the other way round
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(super) sort: Option<String>,
    /// Only queues that pass, such as `waiting>5`, or those of a saved filter, @NAME
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub(super) filter: Option<String>,
    /// End with 1 if the rules of the configuration call for an alert now; they are told on standard
    /// error. How long a condition must last doesn't count, since one reading can't tell
    #[arg(long, conflicts_with = "watch")]
    pub(super) check: bool,
}

/// What has a row on a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BoardRows {
    /// Each queue
    Queue,
    /// Each medium of each queue
    Media,
}

/// How a board is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BoardFormat {
    /// For people: aligned columns
    Table,
    /// For programs: one object a reading, lengths of time in seconds, unknown as null
    Json,
    /// For spreadsheets: a heading, then a line a queue; unknown is empty
    Csv,
}

/// Options of `tail`.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct TailOptions {
    /// It always writes JSON; the word is taken from whoever writes it as for the other commands
    #[arg(long, hide = true)]
    json: bool,
    /// Write only frames that pass, such as 'family=conversations body.participants.purpose=agent';
    /// @NAME is a saved filter
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub(super) filter: Option<String>,
    /// Stop with the first frame that passes; it is written whether or not it passes --filter
    #[arg(long, value_name = "EXPR", allow_hyphen_values = true)]
    pub(super) until: Option<String>,
    /// Write also what is live when it begins, and again after each gap: a line a conversation;
    /// --count and --until wait for the first
    #[arg(long)]
    pub(super) since_snapshot: bool,
    /// Stop after this many frames that pass
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) count: Option<u64>,
    /// Stop after this time, such as 30s, 5m or 1h30m
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    pub(super) for_time: Option<Duration>,
    /// Show heartbeats and pongs too
    #[arg(long)]
    pub(super) heartbeats: bool,
    /// Leave out the lines that are no frames
    #[arg(long)]
    pub(super) no_events: bool,
    /// Give up if it isn't up after this time
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration)]
    pub(super) connect_timeout: Duration,
}

/// Options of `login`.
#[derive(Clone, Debug, Args)]
pub(super) struct LoginArguments {
    /// Id of the OAuth client; asked for if absent
    #[arg(long, value_name = "ID")]
    pub(super) client_id: Option<String>,
    /// Log in as a person, with the browser (authorization code with PKCE)
    #[arg(long)]
    pub(super) pkce: bool,
    /// Don't open a browser: print the address, and take what comes back by paste
    #[arg(long)]
    pub(super) no_browser: bool,
    /// Redirect URI as registered with the OAuth client; without a port any free one is used
    #[arg(long, value_name = "URI")]
    pub(super) redirect_uri: Option<String>,
    /// How long the person may take to log in
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration)]
    pub(super) login_timeout: Duration,
    /// Where to keep the secret, or the login
    #[arg(long, value_name = "WHERE", default_value = "keyring")]
    pub(super) credentials: Keeper,
}

/// Where a secret or a login is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Keeper {
    /// The system's keyring
    Keyring,
    /// A file that only you can read (mode 0600), in clear
    File,
}

#[cfg(test)]
mod tests {
    use super::Arguments;
    use clap::{CommandFactory, Parser};

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_filter_may_begin_with_an_exclusion() {
        for line in [
            ["demo", "--filter", "-(a or b)"],
            ["watch", "--filter", "-queue=Billing"],
            ["board --once", "--filter", "--billing"],
            ["tail", "--filter", "-label=event"],
            ["tail", "--until", "- billing"],
            ["tape grep", "day.tape", "-has:body"],
            ["tape grep --count", "day.tape", "-has:body"],
            ["tape grep day.tape", "--count", "billing"],
        ] {
            let words = line[0].split(' ').chain(line[1..].iter().copied());
            let read = Arguments::try_parse_from(std::iter::once("gcwatch").chain(words));
            assert!(read.is_ok(), "{line:?}: {:?}", read.err());
        }
    }

    #[test]
    fn no_option_of_a_subcommand_hides_one_that_goes_everywhere() {
        let program = Arguments::command();
        let everywhere: Vec<_> =
            program.get_arguments().filter(|argument| argument.is_global_set()).collect();
        assert!(!everywhere.is_empty());
        for command in program.get_subcommands() {
            for own in command.get_arguments() {
                let hides = everywhere.iter().find(|global| {
                    global.get_id() == own.get_id()
                        || global.get_long().is_some() && global.get_long() == own.get_long()
                });
                assert!(hides.is_none(), "{}: {}", command.get_name(), own.get_id());
            }
        }
    }
}
