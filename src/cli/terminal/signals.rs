//! What the operating system tells a program that has the terminal.
//!
//! Every signal that would end the process comes through here: its default action would leave the
//! terminal raw, and the shell's prompt on the alternate screen.
use std::io;

/// What was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Told {
    /// End, and give the terminal back.
    End,
    /// The process had been stopped and goes on: the shell has had the terminal meanwhile.
    Continue,
}

/// The signals that are listened to.
pub(in crate::cli) struct Signals {
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    // on a raw terminal Ctrl-C and Ctrl-\ are keys; as signals these two come from elsewhere
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    quit: tokio::signal::unix::Signal,
    #[cfg(unix)]
    go_on: tokio::signal::unix::Signal,
}

impl Signals {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub(in crate::cli) fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self {
                hang_up: signal(SignalKind::hangup())?,
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
                quit: signal(SignalKind::quit())?,
                go_on: signal(SignalKind::from_raw(rustix::process::Signal::CONT.as_raw()))?,
            })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Waits for the next one; an end is told before anything else.
    pub(in crate::cli) async fn next(&mut self) -> Told {
        #[cfg(unix)]
        return tokio::select! {
            biased;
            _ = self.hang_up.recv() => Told::End,
            _ = self.terminate.recv() => Told::End,
            _ = self.interrupt.recv() => Told::End,
            _ = self.quit.recv() => Told::End,
            _ = self.go_on.recv() => Told::Continue,
        };
        #[cfg(not(unix))]
        {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
            Told::End
        }
    }
}

/// Stops the process until it is continued, as Ctrl-Z does where raw mode doesn't swallow it.
///
/// With the stop that the shell's job control knows: where there is no such shell the operating
/// system passes it over, while the harder one would stop a program that nobody can continue.
pub(in crate::cli) fn suspend() {
    #[cfg(unix)]
    {
        use rustix::process::{Signal, getpid, kill_process};
        if let Err(error) = kill_process(getpid(), Signal::TSTP) {
            tracing::warn!(%error, "can't suspend");
        }
    }
}
