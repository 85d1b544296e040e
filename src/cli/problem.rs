//! What goes wrong, told to people, with the exit code that scripts rely on.
use crate::domain::diagnosis::{Blame, Check, Finding};
use crate::domain::session::{Failure, FailureKind};
use crate::domain::text::harmless_within;
use std::fmt;
use std::process::ExitCode;

/// Longest message shown, in characters.
const MAX_MESSAGE_CHARACTERS: usize = 2_000;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Failure while running.
    Running = 1,
    /// Usage or configuration.
    Usage = 2,
    /// Credentials refused.
    Credentials = 3,
    /// Permission missing for everything that was asked.
    Permission = 4,
    /// Unreachable within the connect timeout.
    Unreachable = 5,
    /// `--for` ran out before `--count` or `--until`.
    TimeOut = 6,
}

/// Something that ends the program, in sentences: what failed and why, then what to do.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) exit: Exit,
    what: String,
    remedy: Option<String>,
    context_id: Option<String>,
}

impl Problem {
    /// A problem: what failed and why.
    pub(super) fn new(exit: Exit, what: impl fmt::Display) -> Self {
        Self { exit, what: what.to_string(), remedy: None, context_id: None }
    }

    /// A mistake in usage or configuration.
    pub(super) fn usage(what: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// A failure while running.
    pub(super) fn running(what: impl fmt::Display) -> Self {
        Self::new(Exit::Running, what)
    }

    /// Adds what to do.
    #[must_use]
    pub(super) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }

    /// What failed and why, where it is told within another sentence.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// The same problem met before anything was up: what only failed to answer is "unreachable".
    pub(super) fn of_connecting(failure: Failure) -> Self {
        let exit = match failure.kind {
            FailureKind::CredentialsRefused | FailureKind::TokenRefused => Exit::Credentials,
            FailureKind::NotPermitted => Exit::Permission,
            // what was asked for is wrong, and will be wrong again
            FailureKind::Unacceptable => Exit::Usage,
            FailureKind::Network
            | FailureKind::RateLimited
            | FailureKind::Service
            | FailureKind::BadAnswer
            | FailureKind::ChannelGone => Exit::Unreachable,
        };
        Self { context_id: failure.context_id, ..Self::new(exit, failure.sentence) }
    }

    /// Whether it may be over by itself: the network or the service had trouble.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self.exit, Exit::Unreachable)
    }

    /// The same as a finding of a diagnosis.
    pub(super) fn finding(&self, check: Check) -> Finding {
        let blame = match self.exit {
            Exit::Usage => Blame::Configuration,
            Exit::Credentials => Blame::Credentials,
            Exit::Permission => Blame::Permission,
            Exit::Unreachable => Blame::Unreachable,
            Exit::Running | Exit::TimeOut => Blame::Other,
        };
        // what to do often stands in the sentence itself, behind the reason
        let (found, own) = self.what.split_once("; ").unwrap_or((&self.what, ""));
        let remedy = self.remedy.as_deref().filter(|remedy| !remedy.is_empty());
        let (found, remedy) = match (remedy, own) {
            (Some(remedy), _) => (self.what.as_str(), remedy),
            (None, "") => (found, "see the sentence above"),
            (None, own) => (found, own),
        };
        Finding::fault(check, blame, found).remedy(remedy).context(self.context_id.as_deref())
    }

    /// Tells it on standard error and gives the exit code.
    pub(super) fn tell(&self) -> ExitCode {
        self.say();
        ExitCode::from(self.exit as u8)
    }

    /// Tells it on standard error, and the program goes on.
    pub(super) fn say(&self) {
        // standard error may be closed: then nobody can be told, and that is no reason to fail
        use std::io::Write;
        let _ = write!(std::io::stderr(), "{self}");
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = |text: &str| {
            let lines: Vec<String> =
                text.lines().map(|line| harmless_within(line, MAX_MESSAGE_CHARACTERS)).collect();
            lines.join("\n")
        };
        writeln!(formatter, "gcwatch: {}", lines(&self.what))?;
        if let Some(remedy) = &self.remedy {
            writeln!(formatter, "{}", lines(remedy))?;
        }
        if let Some(context_id) = &self.context_id {
            writeln!(formatter, "contextId for the service's support: {}", lines(context_id))?;
        }
        Ok(())
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::of_connecting(failure)
    }
}

/// Says something on standard error that is no reason to end. It may be closed: then nobody can be
/// told, and that is no reason either.
pub(super) fn aside(sentence: impl fmt::Display) {
    use std::io::Write;
    let sentence = harmless_within(&sentence.to_string(), MAX_MESSAGE_CHARACTERS);
    let _ = writeln!(std::io::stderr(), "gcwatch: {sentence}");
}

#[cfg(test)]
mod tests {
    use super::{Exit, Problem};
    use crate::domain::session::{Failure, FailureKind};

    #[test]
    fn a_problem_says_what_why_what_to_do_and_the_context() {
        let failure = Failure {
            kind: FailureKind::CredentialsRefused,
            sentence: "login.example refused \u{1b}[31mthe secret".to_owned(),
            retry_after: None,
            context_id: Some("abc".to_owned()),
        };
        let problem = Problem::from(failure).remedy("run gcwatch login");
        assert_eq!(problem.exit, Exit::Credentials);
        assert_eq!(
            problem.to_string(),
            "gcwatch: login.example refused ␛[31mthe secret\nrun gcwatch login\ncontextId for the service's support: abc\n"
        );
    }
}
