//! The command line as clap reads it. Meaning is given elsewhere; help texts live here.
use super::simulated::SimulateArguments;
use crate::tape::Speed;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

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
        /// Scenario file (TOML) that the simulated service plays
        #[arg(long, value_name = "FILE")]
        scenario: Option<PathBuf>,
        /// Simulated seconds per second
        #[arg(long, default_value_t = 1.0, value_parser = speed, hide = true)]
        speed: f64,
        /// Begin with this filter on the conversations, such as 'state=waiting since>30s'
        #[arg(long, value_name = "EXPR")]
        filter: Option<String>,
    },
    /// The front end on chosen topics
    Watch {
        #[command(flatten)]
        selection: Selection,
        /// Begin with this filter on the conversations, such as 'state=waiting since>30s', or with
        /// a saved one by its name, @NAME
        #[arg(long, value_name = "EXPR")]
        filter: Option<String>,
    },
    /// The queue board on standard output, read by REST: no channel is opened
    #[command(after_help = "\
Examples:
  gcwatch board --once
  gcwatch board --once --format csv --columns queue,waiting,longest_wait
  gcwatch board --watch 30 --filter 'waiting>5' --sort longest_wait")]
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
    #[command(after_help = "\
Examples:
  gcwatch topics
  gcwatch topics queue conversations
  gcwatch topics presence --json

docs/topics.md says what the columns and the fields mean.")]
    Topics {
        /// Words that the topic has in its name or description
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
    /// Print the manual page
    Man,
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
        #[arg(value_name = "EXPR")]
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

/// Options of everything that connects.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Connection")]
pub(super) struct ConnectionArguments {
    /// Profile to use
    #[arg(long, global = true, value_name = "P")]
    pub(super) profile: Option<String>,
    /// Region id such as us-east-1, or a bare domain
    #[arg(long, global = true, value_name = "R")]
    pub(super) region: Option<String>,
    /// Whole base address of the API; plain http for loopback only
    #[arg(long, global = true, value_name = "URL")]
    pub(super) api_url: Option<String>,
    /// Whole base address of the login host; plain http for loopback only
    #[arg(long, global = true, value_name = "URL")]
    pub(super) login_url: Option<String>,
    /// Certificates (PEM) of an own authority, trusted beside the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) ca_file: Option<PathBuf>,
    /// Read the client's secret from standard input, for this run only
    #[arg(long, global = true)]
    pub(super) secret_stdin: bool,
    /// Write a log; secrets never appear in it
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) log_file: Option<PathBuf>,
    /// How much to log
    #[arg(long, global = true, value_name = "LEVEL", default_value = "info")]
    pub(super) log_level: LogLevel,
}

/// How much to log.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum LogLevel {
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
pub(super) struct RecordArguments {
    /// Record what comes to this file; packed if its name ends in .zst. Ids become pseudonyms, and
    /// names, addresses and texts are masked
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) record: Option<PathBuf>,
    /// Record in clear: with ids, names, addresses and texts as they came
    #[arg(long, global = true)]
    pub(super) clear: bool,
    /// Go on in another file after this size, such as 500M or 2G
    #[arg(long, global = true, value_name = "SIZE", value_parser = bytes)]
    pub(super) record_size: Option<u64>,
    /// Go on in another file after this time, such as 1h
    #[arg(long, global = true, value_name = "DURATION", value_parser = duration)]
    pub(super) record_age: Option<Duration>,
    /// Keep at most this many files, removing the oldest
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) record_keep: Option<u32>,
}

/// Options of the screen.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Display")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(super) struct DisplayArguments {
    /// Colours of the screen; auto asks the terminal and obeys `NO_COLOR`
    #[arg(long, global = true, value_name = "WHICH", default_value = "auto")]
    pub(super) colors: Colors,
    /// Theme: default, high-contrast, colour-blind or light
    #[arg(long, global = true, value_name = "NAME", value_parser = super::display::theme)]
    pub(super) theme: Option<crate::settings::file::Theme>,
    /// Leave the mouse to the terminal, to select text with it
    #[arg(long, global = true)]
    pub(super) no_mouse: bool,
    /// Begin with the large figures for a screen on the wall; they need no key
    #[arg(long, global = true)]
    pub(super) wall: bool,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    pub(super) ascii: bool,
    /// Show customers' names and addresses from the start
    #[arg(long, global = true)]
    pub(super) unmasked: bool,
    /// Show times in UTC instead of your own time zone
    #[arg(long, global = true)]
    pub(super) utc: bool,
}

/// Colours of the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Colors {
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
pub(super) struct Selection {
    /// Topics, such as `v2.routing.queues.QUEUE_ID.conversations`
    #[arg(value_name = "TOPIC")]
    pub(super) topics: Vec<String>,
    /// A queue by name or id; names may hold *
    #[arg(long, value_name = "NAME|ID")]
    pub(super) queue: Vec<String>,
    /// A user by name or id; names may hold *
    #[arg(long, value_name = "NAME|ID")]
    pub(super) user: Vec<String>,
    /// Every queue that the credentials may see
    #[arg(long)]
    pub(super) all: bool,
    /// Every user that the credentials may see
    #[arg(long)]
    pub(super) all_users: bool,
    /// A named set of the profile; may be given again
    #[arg(long, value_name = "NAME")]
    pub(super) set: Vec<String>,
}

impl Selection {
    /// Whether nothing was chosen.
    pub(super) fn is_empty(&self) -> bool {
        self.topics.is_empty()
            && self.queue.is_empty()
            && self.user.is_empty()
            && !self.all
            && !self.all_users
            && self.set.is_empty()
    }
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
    /// Columns by name, with commas between
    #[arg(long, value_name = "NAMES")]
    pub(super) columns: Option<String>,
    /// Column to sort by, figures the largest first; -NAME the other way round
    #[arg(long, value_name = "NAME", allow_hyphen_values = true)]
    pub(super) sort: Option<String>,
    /// Only queues that pass, such as `waiting>5`
    #[arg(long, value_name = "EXPR")]
    pub(super) filter: Option<String>,
    /// End with 1 if the rules of the configuration call for an alert now; they are told on standard
    /// error. How long a condition must last doesn't count, since one reading can't tell
    #[arg(long, conflicts_with = "watch")]
    pub(super) check: bool,
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
pub(super) struct TailOptions {
    /// Write only frames that pass, such as 'family=conversations body.participants.purpose=agent'
    #[arg(long, value_name = "EXPR")]
    pub(super) filter: Option<String>,
    /// Stop with the first frame that passes; it is written whether or not it passes --filter
    #[arg(long, value_name = "EXPR")]
    pub(super) until: Option<String>,
    /// Write also what is live when it begins, and again after each gap: a line a conversation
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

/// Longest time that is taken: 10 years. What is longer is a slip of the finger, and clocks count
/// only so far.
const MAX_DURATION: Duration = Duration::from_secs(3_650 * 86_400);

/// Reads a length of time as people write it: `30s`, `5m`, `1h30m`, `250ms`, `90` (seconds).
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let allowed = "write a time such as 30s, 5m or 1h30m";
    let length = if let Ok(seconds) = text.parse::<u64>() {
        Duration::from_secs(seconds)
    } else {
        let span: jiff::Span = text.parse().map_err(|_| allowed.to_owned())?;
        let whole = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
        let whole = whole.ok().and_then(|whole| Duration::try_from(whole).ok());
        whole.ok_or_else(|| allowed.to_owned())?
    };
    if length > MAX_DURATION {
        return Err("the longest time is 3650d, ten years".to_owned());
    }
    Ok(length)
}

/// Reads the pace of a replay.
fn pace(text: &str) -> Result<Speed, String> {
    if text.eq_ignore_ascii_case("max") {
        return Ok(Speed::Max);
    }
    match text.trim_start_matches(['x', '×']).parse::<f64>() {
        Ok(times) if (0.01..=100_000.0).contains(&times) => Ok(Speed::Times(times)),
        _ => Err("a number from 0.01 to 100000, or max".to_owned()),
    }
}

/// Reads a size as people write it: `500000`, `512K`, `500M`, `2G`, in powers of 1,024.
fn bytes(text: &str) -> Result<u64, String> {
    let allowed = "write a size such as 512K, 500M or 2G";
    let text = text.trim().trim_end_matches(['b', 'B']).trim_end_matches(['i', 'I']);
    let (digits, shift) = match text.char_indices().next_back() {
        Some((at, 'k' | 'K')) => (&text[..at], 10),
        Some((at, 'm' | 'M')) => (&text[..at], 20),
        Some((at, 'g' | 'G')) => (&text[..at], 30),
        _ => (text, 0),
    };
    let number: u64 = digits.trim().parse().map_err(|_| allowed.to_owned())?;
    number.checked_mul(1 << shift).filter(|bytes| *bytes > 0).ok_or_else(|| allowed.to_owned())
}

/// Reads how fast simulated time goes.
pub(super) fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=10_000.0).contains(&speed) => Ok(speed),
        _ => Err("a number from 0.1 to 10000".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, bytes, duration};
    use clap::CommandFactory;
    use std::time::Duration;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
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

    #[test]
    fn sizes_are_read_as_people_write_them() {
        for (text, size) in
            [("1000", 1_000), ("512K", 512 << 10), ("2GiB", 2 << 30), ("3mb", 3 << 20)]
        {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        for text in ["", "0", "-1", "M", "1T", "99999999999G"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, seconds) in
            [("30s", 30), ("5m", 300), ("1h30m", 5_400), ("90", 90), ("1d", 86_400)]
        {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "-5s",
            "soon",
            "5 lightyears",
            "99999999999999999999s",
            "18446744073709551615",
            "3651d",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
