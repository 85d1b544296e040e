//! Takes a secret from a person: a hidden prompt on the terminal, or one line from a pipe.
//!
//! A secret is never taken from the argument list, where every user of the machine can read it.

use std::io::{self, BufRead, ErrorKind};
#[cfg(unix)]
use std::{fs::File, io::Write};

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use secrecy::{ExposeSecret, SecretString};

use super::secrets::{LONGEST_SECRET, SecretError, accept};

/// Asks on the terminal without showing what is typed. Blocks until a line is entered; the terminal
/// is asked even when standard input is a pipe.
///
/// # Errors
/// [`SecretError::NoTerminal`] when there is no terminal, else why the input is not a secret.
pub fn prompt(question: &str) -> Result<SecretString, SecretError> {
    let typed = ask(question).map(SecretString::from).map_err(|error| {
        // ENXIO, "no such device or address", is what opening /dev/tty says without a terminal; it
        // has no kind of its own in the standard library.
        let no_terminal =
            matches!(error.kind(), ErrorKind::NotFound) || error.raw_os_error() == Some(6);
        if no_terminal { SecretError::NoTerminal } else { SecretError::Input(error) }
    })?;
    accept(typed.expose_secret())
}

/// The library asks first and hides then: what is typed or pasted in between stands on the screen.
/// So it is hidden here before anybody can know that they are asked.
#[cfg(unix)]
fn ask(question: &str) -> io::Result<String> {
    let mut terminal = File::options().read(true).write(true).open("/dev/tty")?;
    let _hidden = Hidden::on(terminal.try_clone()?)?;
    terminal.write_all(question.as_bytes())?;
    rpassword::read_password()
}

#[cfg(not(unix))]
fn ask(question: &str) -> io::Result<String> {
    rpassword::prompt_password(question)
}

/// The terminal shows nothing of what is typed until this is dropped.
#[cfg(unix)]
struct Hidden {
    terminal: File,
    before: Termios,
}

#[cfg(unix)]
impl Hidden {
    fn on(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Now, &modes)?;
        Ok(Self { terminal, before })
    }
}

#[cfg(unix)]
impl Drop for Hidden {
    fn drop(&mut self) {
        // it may be gone, and there is nobody left to tell
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Reads one line, of a bounded length; what follows the line stays unread.
///
/// # Errors
/// Why it could not be read or is not a secret.
pub fn read_line(input: impl BufRead) -> Result<SecretString, SecretError> {
    // One byte more than a line with its end may have, so that a longer one shows itself.
    let most = LONGEST_SECRET + "\r\n".len() + 1;
    // Never grown, so that no abandoned copy of the secret stays in memory.
    let mut line = Vec::with_capacity(most);
    let limit = u64::try_from(most).unwrap_or(u64::MAX);
    input.take(limit).read_until(b'\n', &mut line).map_err(SecretError::Input)?;
    match String::from_utf8(line) {
        Ok(text) => accept(SecretString::from(text).expose_secret()),
        // A line cut at the limit may be cut inside a character.
        Err(error) if error.as_bytes().len() >= most => Err(SecretError::TooLong),
        Err(_) => Err(SecretError::NotText),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_taken() {
        for (input, wanted) in [("abc\nnext\n", "abc"), ("abc", "abc"), ("abc\r\n", "abc")] {
            assert_eq!(read_line(input.as_bytes()).unwrap().expose_secret(), wanted);
        }
    }

    #[test]
    fn bad_lines_are_refused() {
        assert!(matches!(read_line(&b""[..]), Err(SecretError::Empty)));
        assert!(matches!(read_line(&b"\nabc\n"[..]), Err(SecretError::Empty)));
        assert!(matches!(read_line(&b"a\xff\n"[..]), Err(SecretError::NotText)));
        assert!(matches!(read_line(&b"a\x1bb\n"[..]), Err(SecretError::ControlCharacter)));
        let endless = std::io::BufReader::new(std::io::repeat(b'x'));
        assert!(matches!(read_line(endless), Err(SecretError::TooLong)));
        let longest = format!("{}\r\n", "x".repeat(LONGEST_SECRET));
        assert!(read_line(longest.as_bytes()).is_ok());
    }
}
