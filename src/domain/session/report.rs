//! How the session stands, and when it wants to be told the time next. Changes nothing.
use super::line::{Line, Step};
use super::machine::Session;
use super::{LineId, Phase, SessionReport};
use crate::domain::moment::{add, since};
use jiff::Timestamp;
use std::time::Duration;

impl Session {
    /// The uptime at which `Tick` is due next; `None` only when the session has not begun or is
    /// over.
    pub fn deadline(&self) -> Option<Duration> {
        if self.over.is_some() || self.active.is_none() {
            return None;
        }
        let at_wall = |wall: Timestamp| self.now.uptime + since(wall, self.now.wall);
        let lines = [&self.active, &self.successor].into_iter().flatten();
        let of_lines = lines.flat_map(|line| {
            let watchdog = line.is_open().then(|| match line.pinged {
                Some(sent) => sent + self.policy.pong,
                None => line.quiet_since() + self.policy.silence,
            });
            let measure = line.is_live() && line.pinged.is_none();
            let measure = measure.then(|| line.last_ping + self.policy.measure);
            // without a token neither can be done, and the token has times of its own
            let has_token = self.token.ready;
            let renewal = line.renew_at.filter(|_| has_token && line.wants_renewal_timer());
            let again = line.resubscribe_at.filter(|_| has_token);
            [line.deadline, line.renewing, again, watchdog, measure, renewal.map(at_wall)]
        });
        of_lines
            .chain([
                self.token.pending,
                self.token.retry_at,
                self.token.renew_at.filter(|_| self.token.is_settled()).map(at_wall),
                self.snapshot.pending,
                self.snapshot.retry_at,
                self.retiring.map(|(_, until)| until),
                self.remembered,
                Some(self.now.uptime + self.policy.clock_check),
            ])
            .flatten()
            .min()
    }

    /// How it stands.
    pub fn report(&self) -> SessionReport {
        let line = self.active.as_ref();
        let phase = match line {
            _ if self.over.is_some() => Phase::Ended,
            None => Phase::Idle,
            Some(line) => match line.step {
                Step::NeedsToken if self.token.retry_at.is_some() => Phase::Waiting,
                Step::NeedsToken => Phase::Authorizing,
                Step::Creating | Step::AwaitingRoom => Phase::CreatingChannel,
                Step::Dialing | Step::Checking => Phase::Dialing,
                Step::Subscribing => Phase::Subscribing,
                Step::Pausing(_) => Phase::Waiting,
                Step::Live if self.is_silent(line) => Phase::Silent,
                Step::Live => Phase::Live,
            },
        };
        let retry_at = line
            .filter(|line| matches!(line.step, Step::Pausing(_)))
            .and_then(|line| line.deadline)
            .or(self.token.retry_at.filter(|_| phase == Phase::Waiting))
            .map(|at| add(self.now.wall, at.saturating_sub(self.now.uptime)));
        SessionReport {
            channel: self.channel,
            phase,
            since: line.map_or(self.now.wall, |line| line.since.wall),
            channel_short: line.map(|line| line.short.clone()).unwrap_or_default(),
            channel_expires: line.and_then(|line| line.expires),
            permitted: line.map_or(0, |line| line.permitted),
            rejected: line.map_or(0, |line| line.rejected),
            last_frame: line.and_then(|line| line.heard).map(|heard| heard.wall),
            last_heartbeat: line.and_then(|line| line.heartbeat),
            round_trip: line.and_then(|line| line.round_trip),
            attempts: line.map_or(0, |line| line.attempts) + self.token.attempts,
            retry_at,
            reason: self.reason.clone(),
        }
    }

    /// Whether a live line has been silent for longer than heartbeats allow.
    fn is_silent(&self, line: &Line) -> bool {
        let quiet = self.now.uptime.saturating_sub(line.quiet_since());
        line.pinged.is_some() && quiet >= self.policy.silence
    }

    /// Whether frames of `line` are to be handed on: it is the active line, its connected
    /// successor, or the one that was just replaced.
    pub fn delivers(&self, line: LineId) -> bool {
        let lines = [&self.active, &self.successor].into_iter().flatten();
        lines.into_iter().any(|known| known.id == line && known.is_open())
            || self.retiring.is_some_and(|(retiring, _)| retiring == line)
    }
}
