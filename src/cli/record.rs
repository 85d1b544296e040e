//! `--record FILE`: a recording beside whatever connects.
use super::arguments::RecordArguments;
use super::problem::{Problem, aside};
use crate::cloud::Mailbox;
use crate::tape::{Limits, Privacy, Recorder, RecorderSettings, Tell};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long the last of a recording may take to be written when the program ends.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// A recording of what is put into a mailbox.
pub(super) struct Recording {
    recorder: Arc<Recorder>,
    mailbox: Mailbox,
}

impl Recording {
    /// Starts one, if the arguments ask for it. To be called before anything is put in.
    pub(super) fn start(
        arguments: &RecordArguments,
        mailbox: &Mailbox,
    ) -> Result<Option<Self>, Problem> {
        let Some(path) = &arguments.record else {
            let asked = arguments.clear
                || arguments.record_size.is_some()
                || arguments.record_age.is_some()
                || arguments.record_keep.is_some();
            return if asked {
                Err(Problem::usage("there is nothing to record to")
                    .remedy("name a file with --record FILE"))
            } else {
                Ok(None)
            };
        };
        Self::to(path, arguments, mailbox).map(Some)
    }

    fn to(path: &Path, arguments: &RecordArguments, mailbox: &Mailbox) -> Result<Self, Problem> {
        let privacy = if arguments.clear { Privacy::Clear } else { Privacy::Redacted };
        let limits = Limits {
            bytes: arguments.record_size,
            age: arguments.record_age,
            keep: arguments.record_keep,
        };
        let settings = RecorderSettings { path: path.to_owned(), privacy, limits };
        let telling = mailbox.clone();
        let tell: Tell = Arc::new(move |control| telling.push_control(control));
        let recorder = Recorder::start(&settings, tell).map_err(|error| {
            Problem::usage(format!("can't record to {}: {error}", path.display()))
                .remedy("name another file, in a folder that you may write to")
        })?;
        mailbox.set_tap(Some(recorder.clone()));
        Ok(Self { recorder, mailbox: mailbox.clone() })
    }

    /// Ends it, after its source. What could not be written in time is told.
    pub(super) fn stop(self) {
        self.mailbox.set_tap(None);
        let in_time = self.recorder.stop(STOP_LIMIT);
        let lost = self.recorder.status().lost;
        let path = self.recorder.path().display();
        if !in_time {
            aside(format_args!("the end of the recording {path} could not be written in time"));
        } else if lost > 0 {
            aside(format_args!("{lost} lines are missing in the recording {path}"));
        }
    }
}
