//! `gcwatch simulate --tape`: looks into the recording first, and says when it has ended.
use crate::cli::problem::{Problem, aside};
use crate::simulator::service::{Played, Tape};
use crate::simulator::tape;
use std::path::Path;
use tokio::sync::watch;

/// Looks into a recording before anything is announced: a mistake is told at once, and so is what
/// will be missing. Blocks for as long as it takes to read it once.
pub(super) fn read_tape(path: &Path, repeats: bool) -> Result<Tape, Problem> {
    let summary = tape::survey(path).map_err(|error| {
        Problem::usage(error.to_string())
            .remedy("record one with --record FILE; `gcwatch tape info FILE` says what is in one")
    })?;
    if summary.cut_off {
        let path = path.display();
        aside(format_args!("{path} is cut off; it is played up to its last whole line"));
    }
    if summary.damaged > 0 {
        aside(format_args!("{} damaged lines are passed over", summary.damaged));
    }
    if summary.privacy == "redacted" {
        aside("the tape is redacted: its ids are pseudonyms, which REST and /simulator/tape name");
    }
    Ok(Tape { path: path.to_owned(), summary, repeats })
}

/// Says every end of the tape; never returns.
pub(super) async fn tell_ends(mut played: watch::Receiver<Played>, repeats: bool) {
    let mut told = 0;
    while played.changed().await.is_ok() {
        let played = played.borrow_and_update().clone();
        if played.ends > told {
            told = played.ends;
            aside(played.sentence(repeats));
        }
    }
    std::future::pending::<()>().await;
}
