//! From facts about the way to the service to findings: what is wrong, what it means, what helps.
//!
//! Pure: facts come in as plain values, whoever gathered them; findings go out as sentences. Must
//! not open, ask or read anything, nor know how findings are printed.
use super::session::{Failure, FailureKind};
use super::text::harmless_within;

pub mod access;
pub mod address;
pub mod network;
pub mod permissions;
pub mod socket;

/// Most characters of one sentence of a finding: some six lines of a terminal. What a server says
/// is cut much shorter where it is quoted.
const MAX_SENTENCE: usize = 900;

/// What was looked at, in the order in which it is looked at: each needs what stands before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// The configuration file.
    Configuration,
    /// Where each setting came from.
    Settings,
    /// The place of the secret.
    Secret,
    /// Region and base addresses.
    Address,
    /// The proxy in force.
    Proxy,
    /// Name resolution.
    Names,
    /// TCP connections.
    Tcp,
    /// TLS handshakes and certificates.
    Tls,
    /// Whether the service answers, and not something in between.
    Portal,
    /// Our clock against the service's.
    Clock,
    /// Logging in.
    Login,
    /// Organisation, who we are, what was granted.
    Identity,
    /// Requests left.
    RateLimit,
    /// The channels that exist.
    Channels,
    /// What the watched topics ask for.
    Permissions,
    /// A channel to try with.
    Channel,
    /// What became of subscribing.
    Subscription,
    /// The socket of the channel.
    Socket,
    /// The first sign of life on it.
    Pulse,
    /// A token in a header of the upgrade.
    TokenInHeader,
    /// A token in the query of the address.
    TokenInQuery,
    /// A token in the first message.
    TokenInMessage,
}

impl Check {
    /// The word for it, on screen and in JSON. Scripts rely on it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Settings => "settings",
            Self::Secret => "secret",
            Self::Address => "address",
            Self::Proxy => "proxy",
            Self::Names => "names",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Portal => "answer",
            Self::Clock => "clock",
            Self::Login => "login",
            Self::Identity => "identity",
            Self::RateLimit => "rate-limit",
            Self::Channels => "channels",
            Self::Permissions => "permissions",
            Self::Channel => "channel",
            Self::Subscription => "subscription",
            Self::Socket => "socket",
            Self::Pulse => "pulse",
            Self::TokenInHeader => "token-in-header",
            Self::TokenInQuery => "token-in-query",
            Self::TokenInMessage => "token-in-message",
        }
    }
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Good,
    /// Works, but something should be known.
    Warning,
    /// Doesn't work.
    Fault,
    /// Could not be looked at; the finding says why.
    Skipped,
}

impl Verdict {
    /// The word for it in JSON. Scripts rely on it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Fault => "fault",
            Self::Skipped => "skipped",
        }
    }

    /// The sign in front of the line.
    #[must_use]
    pub fn sign(self) -> char {
        match self {
            Self::Good => '✓',
            Self::Warning => '!',
            Self::Fault => '✗',
            Self::Skipped => '–',
        }
    }
}

/// Who has to act on a fault; decides the program's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// What was configured or typed.
    Configuration,
    /// The credentials.
    Credentials,
    /// The permissions of the credentials.
    Permission,
    /// The way to the service, or the service.
    Unreachable,
    /// None of these.
    Other,
}

/// What one check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub check: Check,
    /// How it ended.
    pub verdict: Verdict,
    /// Who has to act; meaningful for a fault.
    pub blame: Blame,
    /// What was seen and what it means, harmless.
    pub found: String,
    /// What to do, harmless.
    pub remedy: Option<String>,
    /// What the service's support asks for.
    pub context_id: Option<String>,
}

impl Finding {
    fn new(check: Check, verdict: Verdict, blame: Blame, found: &str) -> Self {
        let found = harmless_within(found, MAX_SENTENCE);
        Self { check, verdict, blame, found, remedy: None, context_id: None }
    }

    /// As it should be.
    #[must_use]
    pub fn good(check: Check, found: &str) -> Self {
        Self::new(check, Verdict::Good, Blame::Other, found)
    }

    /// Works, but should be known.
    #[must_use]
    pub fn warning(check: Check, found: &str) -> Self {
        Self::new(check, Verdict::Warning, Blame::Other, found)
    }

    /// Doesn't work.
    #[must_use]
    pub fn fault(check: Check, blame: Blame, found: &str) -> Self {
        Self::new(check, Verdict::Fault, blame, found)
    }

    /// Could not be looked at, for this reason.
    #[must_use]
    pub fn skipped(check: Check, why: &str) -> Self {
        Self::new(check, Verdict::Skipped, Blame::Other, why)
    }

    /// Adds what to do.
    #[must_use]
    pub fn remedy(self, remedy: &str) -> Self {
        Self { remedy: Some(harmless_within(remedy, MAX_SENTENCE)), ..self }
    }

    /// Adds the service's context id.
    #[must_use]
    pub fn context(self, id: Option<&str>) -> Self {
        Self { context_id: id.map(|id| harmless_within(id, 80)), ..self }
    }

    /// A call to the service that failed while doing what `check` looks at.
    #[must_use]
    pub fn of_failure(check: Check, failure: &Failure) -> Self {
        let (blame, remedy) = match failure.kind {
            FailureKind::TokenRefused | FailureKind::CredentialsRefused => (
                Blame::Credentials,
                "get a fresh token or log in again (`gcwatch login`), and check that the region is the one of the client",
            ),
            FailureKind::NotPermitted => (
                Blame::Permission,
                "ask an administrator to grant the permission to the role of this client or user",
            ),
            FailureKind::RateLimited => (
                Blame::Unreachable,
                "wait for the end of the minute; something else uses the same client's allowance: find it, or give gcwatch an OAuth client of its own",
            ),
            FailureKind::Service => {
                (Blame::Unreachable, "the service has trouble: see its status page, try again soon")
            }
            FailureKind::Network | FailureKind::BadAnswer => {
                (Blame::Unreachable, "check the network and the proxy")
            }
            FailureKind::ChannelGone => {
                (Blame::Other, "run it again; if it stays so, something else takes the channels")
            }
            FailureKind::Unacceptable => (
                Blame::Other,
                "the service doesn't take this request: report it, with the contextId where there is one",
            ),
        };
        Self::fault(check, blame, &failure.sentence)
            .remedy(remedy)
            .context(failure.context_id.as_deref())
    }

    /// Makes a warning of a fault: for what isn't needed in order to work.
    #[must_use]
    pub fn only_a_warning(self) -> Self {
        match self.verdict {
            Verdict::Fault => Self { verdict: Verdict::Warning, ..self },
            _ => self,
        }
    }
}

/// The first fault: what has to be mended first, since the later ones may follow from it.
#[must_use]
pub fn first_fault(findings: &[Finding]) -> Option<&Finding> {
    findings.iter().find(|finding| finding.verdict == Verdict::Fault)
}

#[cfg(test)]
mod tests {
    use super::{Blame, Check, Finding, Verdict, first_fault};

    #[test]
    fn what_a_server_says_can_do_no_harm() {
        let finding =
            Finding::fault(Check::Tls, Blame::Unreachable, "\u{1b}[31mred").remedy("a\nb");
        assert_eq!(finding.found, "␛[31mred");
        assert_eq!(finding.remedy.as_deref(), Some("a␊b"));
    }

    #[test]
    fn warnings_and_what_was_skipped_are_no_faults() {
        let findings = [
            Finding::warning(Check::Clock, "late"),
            Finding::skipped(Check::Names, "a proxy does it"),
            Finding::fault(Check::Login, Blame::Credentials, "first"),
            Finding::fault(Check::Socket, Blame::Other, "second"),
        ];
        assert_eq!(first_fault(&findings).map(|finding| finding.check), Some(Check::Login));
        assert_eq!(findings[2].clone().only_a_warning().verdict, Verdict::Warning);
    }
}
