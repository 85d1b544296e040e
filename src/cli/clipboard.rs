//! Puts text on the clipboard: by the terminal (OSC 52), which works over SSH, and by the program that
//! the desktop or the multiplexer has for it, if there is one.
//!
//! A terminal doesn't say whether it took the text, so what is told claims no more than was done. No
//! library of clipboards: that needs an X11 and a Wayland client in the binary and keeps the text only
//! as long as this program runs; the desktop's own programs are small and keep it.
use super::child;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::sync::mpsc;

/// Largest text that is handed to a terminal, in bytes. Base64 makes 99 kB of it, and some terminals
/// drop a sequence of 100,000 bytes without a word.
const MAX_TERMINAL_BYTES: usize = 74_000;
/// How long the program for the clipboard may take; it only takes the text in.
const TIME_LIMIT: Duration = Duration::from_secs(3);
/// Outcomes that wait: each follows a key.
const MAX_OUTCOMES: usize = 8;

/// A program that takes the clipboard's text on standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    program: PathBuf,
    arguments: &'static [&'static str],
    name: &'static str,
}

/// The ways to the clipboard that there are.
#[derive(Debug)]
pub(super) struct Clipboard {
    way: Option<Way>,
    tell: mpsc::Sender<String>,
}

/// What is to be done with a text, and said at once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Copying {
    /// Whether it goes to the terminal.
    pub(super) terminal: bool,
    /// The sentence.
    pub(super) sentence: String,
}

impl Clipboard {
    /// Looks for what there is, by the environment. How a program did is told to the other end.
    pub(super) fn find() -> (Self, mpsc::Receiver<String>) {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let path = variable("PATH").unwrap_or_default();
        Self::with(way(|name| variable(name).is_some(), |program| found(program, &path)))
    }

    fn with(way: Option<Way>) -> (Self, mpsc::Receiver<String>) {
        let (tell, told) = mpsc::channel(MAX_OUTCOMES);
        (Self { way, tell }, told)
    }

    /// Begins to copy. The terminal's part is the caller's, who has the terminal.
    pub(super) fn copy(&self, text: &str) -> Copying {
        let bytes = text.len();
        let terminal = bytes <= MAX_TERMINAL_BYTES;
        let sentence = match (&self.way, terminal) {
            (Some(way), _) => format!("copying {bytes} bytes with {} …", way.name),
            (None, true) => format!(
                "{bytes} bytes sent to the terminal's clipboard (OSC 52); it doesn't say whether it took them"
            ),
            (None, false) => format!(
                "not copied: {bytes} bytes, and a terminal's clipboard takes {MAX_TERMINAL_BYTES}; copy a part, or install wl-copy or xclip"
            ),
        };
        if let Some(way) = self.way.clone() {
            let (tell, text) = (self.tell.clone(), text.to_owned());
            let run = move || {
                // nobody listens any more when the program ends
                let _ = tell.try_send(run(&way, &text, terminal));
            };
            let thread = std::thread::Builder::new().name("gcwatch-clipboard".to_owned());
            if let Err(error) = thread.spawn(run) {
                let sentence = format!("the clipboard's program was not started: {error}");
                return Copying { terminal, sentence };
            }
        }
        Copying { terminal, sentence }
    }
}

/// Runs the program; what to say of it.
fn run(way: &Way, text: &str, terminal: bool) -> String {
    let mut command = Command::new(&way.program);
    command.args(way.arguments);
    match (child::run(command, text, TIME_LIMIT), terminal) {
        (None, _) => format!("copied {} bytes with {}", text.len(), way.name),
        (Some(why), true) => {
            format!("{} {why}; the text was sent to the terminal's clipboard (OSC 52)", way.name)
        }
        (Some(why), false) => format!("not copied: {} {why}", way.name),
    }
}

/// The program to use. Within tmux its own: tmux takes OSC 52 of programs only with `set-clipboard on`,
/// which isn't its default, and hands on what is loaded this way. Over SSH else none: a desktop there
/// isn't the one that the person sits at.
fn way(
    is_set: impl Fn(&str) -> bool,
    found: impl Fn(&'static str) -> Option<PathBuf>,
) -> Option<Way> {
    const PROGRAMS: [(&str, &str, &[&str]); 6] = [
        ("WAYLAND_DISPLAY", "wl-copy", &["--type", "text/plain"]),
        ("DISPLAY", "xclip", &["-selection", "clipboard"]),
        ("DISPLAY", "xsel", &["--clipboard", "--input"]),
        ("HOME", "pbcopy", &[]),
        ("WSL_DISTRO_NAME", "clip.exe", &[]),
        ("SystemRoot", "clip.exe", &[]),
    ];
    let make = |name, arguments| found(name).map(|program| Way { program, arguments, name });
    if is_set("TMUX")
        && let Some(way) = make("tmux", &["load-buffer", "-w", "-"])
    {
        return Some(way);
    }
    if is_set("SSH_CONNECTION") || is_set("SSH_TTY") {
        return None;
    }
    PROGRAMS
        .into_iter()
        .filter(|(variable, _, _)| is_set(variable))
        .find_map(|(_, name, arguments)| make(name, arguments))
}

/// Where a program is on the path.
fn found(program: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(program))
        .find(|file| is_program(file))
}

#[cfg(unix)]
fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(file: &Path) -> bool {
    file.is_file()
}

#[cfg(test)]
mod tests {
    use super::{Clipboard, MAX_TERMINAL_BYTES, Way, way};
    use std::path::PathBuf;

    fn chosen(variables: &[&str], programs: &[&str]) -> Option<&'static str> {
        let found = |name: &'static str| programs.contains(&name).then(|| PathBuf::from(name));
        way(|name| variables.contains(&name), found).map(|way| way.name)
    }

    #[test]
    fn the_program_is_the_one_of_where_the_person_sits() {
        let all = ["wl-copy", "xclip", "pbcopy", "tmux"];
        assert_eq!(chosen(&["WAYLAND_DISPLAY", "DISPLAY"], &all), Some("wl-copy"));
        assert_eq!(chosen(&["WAYLAND_DISPLAY", "DISPLAY"], &["xsel"]), Some("xsel"));
        assert_eq!(chosen(&["HOME"], &["pbcopy"]), Some("pbcopy"));
        assert_eq!(chosen(&["HOME"], &["wl-copy", "xclip"]), None, "there is no desktop");
        assert_eq!(chosen(&["DISPLAY", "SSH_TTY"], &all), None, "it isn't theirs");
        assert_eq!(chosen(&["TMUX", "SSH_CONNECTION", "DISPLAY"], &all), Some("tmux"));
        assert_eq!(chosen(&["TMUX", "DISPLAY"], &["xclip"]), Some("xclip"));
    }

    fn clipboard(
        script: &'static [&'static str],
    ) -> (Clipboard, tokio::sync::mpsc::Receiver<String>) {
        let program = PathBuf::from("/bin/sh");
        Clipboard::with(Some(Way { program, arguments: script, name: "a program" }))
    }

    #[test]
    fn what_is_too_long_for_a_terminal_is_never_dropped_without_a_word() {
        let (without, _told) = Clipboard::with(None);
        let fits = "x".repeat(MAX_TERMINAL_BYTES);
        assert!(without.copy(&fits).terminal);
        let refused = without.copy(&format!("{fits}x"));
        assert!(!refused.terminal && refused.sentence.contains("74001 bytes"), "{refused:?}");
        let (with, mut told) = clipboard(&["-c", "test $(wc -c) -eq 74001"]);
        assert!(!with.copy(&format!("{fits}x")).terminal);
        assert_eq!(told.blocking_recv().unwrap(), "copied 74001 bytes with a program");
    }

    #[test]
    fn a_program_that_fails_is_told_with_what_was_done_instead() {
        let (clipboard, mut told) = clipboard(&["-c", "exit 3"]);
        assert!(clipboard.copy("text").terminal);
        let told = told.blocking_recv().unwrap();
        assert!(told.contains("failed") && told.contains("OSC 52"), "{told}");
    }
}
