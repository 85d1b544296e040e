//! Asks the terminal to tell clicks and the wheel, and nothing else.
//!
//! Rejected: the library's own command, which also asks for every movement of the mouse: hundreds
//! of events a second that mean nothing here, each of which would be a key to wait for. Its
//! counterpart, which ends all kinds, is used as it is.
use crossterm::Command;
use std::fmt;

/// Buttons and wheel (1000), with places beyond column 223 (1006).
#[derive(Clone, Copy, Debug)]
pub(super) struct TakeClicks;

impl Command for TakeClicks {
    fn write_ansi(&self, out: &mut impl fmt::Write) -> fmt::Result {
        out.write_str("\u{1b}[?1000h\u{1b}[?1006h")
    }

    #[cfg(windows)]
    fn execute_winapi(&self) -> std::io::Result<()> {
        crossterm::event::EnableMouseCapture.execute_winapi()
    }

    #[cfg(windows)]
    fn is_ansi_code_supported(&self) -> bool {
        false
    }
}
