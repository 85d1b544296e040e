//! The terminal: taken, and always given back. On quit, error, panic and signals.
//!
//! Drawing goes through one buffer and is bracketed as a synchronized update, so that a picture
//! arrives whole. An error while drawing means that the terminal is gone.
use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write, stdout};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

mod classic;
mod clicks;
mod quiet;
mod signals;

use classic::Classic;
use clicks::TakeClicks;
use quiet::Quiet;
pub(super) use signals::{Signals, Told, suspend};

/// Buffer before standard output, in bytes: a full picture of a large screen has some 40 KB.
const BUFFER: usize = 64 << 10;

/// Whether the terminal is ours: there is one for the process, as there is one hook for panics.
///
/// To give it back twice would do harm: leaving the alternate screen puts the cursor where it was
/// before, so the second time the shell's prompt would go over a panic's message.
static OURS: AtomicBool = AtomicBool::new(false);

/// The terminal while it is ours; given back when dropped.
pub(super) struct Screen {
    terminal: Terminal<Quiet<Classic<BufWriter<Stdout>>>>,
    /// Whether the terminal tells the mouse's clicks, instead of selecting text with them.
    mouse: bool,
}

impl Screen {
    /// Takes the terminal, and the clicks of its mouse if `mouse`.
    ///
    /// # Errors
    /// When there is none.
    pub(super) fn take(mouse: bool) -> io::Result<Self> {
        if !stdout().is_terminal() {
            return Err(io::Error::other("standard output is no terminal"));
        }
        give_back_on_panic();
        let out = Classic::new(BufWriter::with_capacity(BUFFER, stdout()));
        // NO_COLOR is obeyed where the theme is made, and a flag counts before it; the library would leave
        // its colours out too, and take bold and underline with them
        crossterm::style::force_color_output(true);
        let terminal = Terminal::new(Quiet(CrosstermBackend::new(out)))?;
        let mut screen = Self { terminal, mouse };
        screen.enter()?;
        Ok(screen)
    }

    fn enter(&mut self) -> io::Result<()> {
        OURS.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        let out = &mut self.terminal.backend_mut().0;
        execute!(out, EnterAlternateScreen, EnableBracketedPaste, cursor::Hide)?;
        if self.mouse {
            execute!(out, TakeClicks)?;
        }
        self.terminal.clear()
    }

    /// Draws one picture.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn draw(&mut self, picture: impl FnOnce(&mut ratatui::Frame<'_>)) -> io::Result<()> {
        queue!(self.terminal.backend_mut().0, BeginSynchronizedUpdate)?;
        self.terminal.draw(picture)?;
        queue!(self.terminal.backend_mut().0, EndSynchronizedUpdate)?;
        Write::flush(&mut self.terminal.backend_mut().0)
    }

    /// Forgets what is on the screen: the next picture is drawn whole.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        self.terminal.clear()
    }

    /// Size in columns and rows.
    pub(super) fn size(&self) -> (u16, u16) {
        self.terminal.size().map_or((80, 24), |size| (size.width, size.height))
    }

    /// Takes the clicks of the mouse, or leaves them to the terminal.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn take_mouse(&mut self, mouse: bool) -> io::Result<()> {
        self.mouse = mouse;
        let out = &mut self.terminal.backend_mut().0;
        if mouse { execute!(out, TakeClicks) } else { execute!(out, DisableMouseCapture) }
    }

    /// Puts text on the clipboard, if the terminal does that.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn copy(&mut self, text: &str) -> io::Result<()> {
        execute!(self.terminal.backend_mut().0, CopyToClipboard::to_clipboard_from(text))
    }

    /// Writes what rings: a bell, a notice by the terminal.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn ring(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let out = &mut self.terminal.backend_mut().0;
        out.write_all(bytes).and_then(|()| out.flush())
    }

    /// Gives the terminal back until [`Screen::retake`].
    #[expect(clippy::unused_self, reason = "only who has the terminal may give it back")]
    pub(super) fn release(&mut self) {
        give_back();
    }

    /// Takes it again, whether it was released or somebody else had it without a word: a shell
    /// that gets a stopped program's terminal puts its own modes there.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub(super) fn retake(&mut self) -> io::Result<()> {
        give_back();
        self.enter()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Puts the terminal as it was. Errors are passed over: it may be gone, and there is nobody left
/// to tell.
fn give_back() {
    if !OURS.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut out = stdout();
    let _ = execute!(
        out,
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}

/// A panic's message must not be drawn over, and must be readable. Only the thread that has the
/// terminal gives it back: others are caught and told where they belong.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let owner = std::thread::current().id();
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |information| {
            if std::thread::current().id() == owner {
                give_back();
            }
            before(information);
        }));
    });
}
