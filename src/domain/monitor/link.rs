//! Whether what is shown is live: sessions, heartbeats, token, identity.
//!
//! The one place that decides the word in the truth bar, see [`Link::truth`].
use crate::domain::control::Identity;
use crate::domain::identity::ChannelNumber;
use crate::domain::moment::since;
use crate::domain::session::{Phase, SessionReport};
use crate::domain::topic::MAX_TOPICS_PER_CHANNEL;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Silence after which data is no longer called live: heartbeats come every 30 s, 5 s of grace.
pub const HEARTBEAT_LIMIT: Duration = Duration::from_secs(35);

/// Whether what is shown is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Coming up for the first time.
    Connecting,
    /// Every session is live and has given a sign of life in time.
    Live,
    /// Connected by the book, but silent for this long.
    Stale(Duration),
    /// Some sessions are not live, and it is being worked on.
    Reconnecting {
        /// How many are live.
        live: usize,
        /// Of how many.
        of: usize,
    },
    /// Nothing is being tried any more.
    Offline,
}

/// What the service says of its rate limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Requests counted in this window.
    pub count: u32,
    /// Requests allowed in a window.
    pub allowed: u32,
    /// When the window ends.
    pub resets: Timestamp,
}

/// Something that takes a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub what: &'static str,
    /// How much is done.
    pub done: usize,
    /// How much there is, once known.
    pub total: Option<usize>,
}

/// The link to the service.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Link {
    sessions: BTreeMap<ChannelNumber, SessionReport>,
    /// Sessions that were live at some time; bounded like `sessions`, by the channels of a fleet.
    were_live: BTreeSet<ChannelNumber>,
    /// When the token ends, if known.
    pub token_expires: Option<Timestamp>,
    /// Whether the token is renewed without anybody's doing.
    pub token_renews: bool,
    /// How far the service's clock is ahead of ours, in milliseconds, if known.
    pub clock_skew_milliseconds: Option<i64>,
    /// The rate limit, if the service said.
    pub rate_limit: Option<RateLimit>,
    /// What takes a while just now, each by its name; a handful of names exist.
    #[serde(skip)] // no tape has it
    progress: Vec<Progress>,
    /// Who we are to the service.
    pub who: Identity,
    /// When the last snapshot was asked for.
    pub snapshot: Option<Timestamp>,
    /// Why the last snapshot has no conversations, if it has none.
    pub snapshot_missing: Option<String>,
}

/// How long before its end a login that a person must renew is announced. Longer than the session
/// machine's own lead, so that the bar asks no later than the event does.
const LOGIN_WARNING: Duration = Duration::from_secs(20 * 60);

impl Link {
    /// How long until the person has to have logged in again, once that is near; zero when it is
    /// over.
    #[must_use]
    pub fn log_in_within(&self, now: Timestamp) -> Option<Duration> {
        let end = self.token_expires.filter(|_| !self.token_renews)?;
        Some(since(end, now)).filter(|left| *left <= LOGIN_WARNING)
    }

    /// What the service's clock shows when ours shows `now`, as far as its answers told.
    #[must_use]
    pub fn service_time(&self, now: Timestamp) -> Timestamp {
        let ahead = SignedDuration::from_millis(self.clock_skew_milliseconds.unwrap_or_default());
        now.checked_add(ahead).unwrap_or(now)
    }

    /// Notes how far something has got; what is done is progress no longer.
    pub fn progressed(&mut self, progress: Progress) {
        self.progress.retain(|known| known.what != progress.what);
        if progress.total != Some(progress.done) {
            self.progress.push(progress);
        }
    }

    /// What takes a while just now, in the order of the last news.
    pub fn progress(&self) -> impl ExactSizeIterator<Item = &Progress> {
        self.progress.iter()
    }

    /// Notes how a session stands.
    pub fn session(&mut self, mut report: SessionReport) {
        if report.phase == Phase::Live {
            self.were_live.insert(report.channel);
        }
        if let Some(known) = self.sessions.get(&report.channel) {
            // frames may have been seen here after the report was written
            report.last_frame = newer(known.last_frame, report.last_frame);
            report.last_heartbeat = newer(known.last_heartbeat, report.last_heartbeat);
        }
        self.sessions.insert(report.channel, report);
    }

    /// Notes that a frame came.
    pub fn frame(&mut self, channel: ChannelNumber, at: Timestamp) {
        if let Some(report) = self.sessions.get_mut(&channel) {
            report.last_frame = report.last_frame.max(Some(at));
        }
    }

    /// Notes that a heartbeat or pong came.
    pub fn heartbeat(&mut self, channel: ChannelNumber, at: Timestamp) {
        if let Some(report) = self.sessions.get_mut(&channel) {
            report.last_heartbeat = report.last_heartbeat.max(Some(at));
        }
    }

    /// Notes who we are; what is not said stays.
    pub fn identity(&mut self, identity: Identity) {
        // an address belongs to the name of the service that it came with
        let (region, api_url) = if identity.region.is_empty() {
            (std::mem::take(&mut self.who.region), std::mem::take(&mut self.who.api_url))
        } else {
            (identity.region, identity.api_url)
        };
        self.who = Identity {
            profile: identity.profile.or(self.who.profile.take()),
            region,
            api_url,
            organization: identity.organization.or(self.who.organization.take()),
            who: identity.who.or(self.who.who.take()),
        };
    }

    /// Notes that a snapshot was taken.
    pub fn snapshot(&mut self, asked: Timestamp, missing: Option<String>) {
        self.snapshot = Some(asked);
        self.snapshot_missing = missing;
    }

    /// The sessions, in the order of their numbers.
    pub fn sessions(&self) -> impl ExactSizeIterator<Item = &SessionReport> {
        self.sessions.values()
    }

    /// How many sessions are live, of how many.
    #[must_use]
    pub fn live_sessions(&self) -> (usize, usize) {
        let live = self.sessions.values().filter(|report| is_up(report.phase)).count();
        (live, self.sessions.len())
    }

    /// Topics that are permitted, and how many the sessions could carry.
    #[must_use]
    pub fn topic_budget(&self) -> (usize, usize) {
        let permitted = self.sessions.values().map(|report| report.permitted).sum();
        (permitted, self.sessions.len() * MAX_TOPICS_PER_CHANNEL)
    }

    /// Topics that were refused.
    #[must_use]
    pub fn rejected(&self) -> usize {
        self.sessions.values().map(|report| report.rejected).sum()
    }

    /// Age of the oldest last heartbeat among the sessions; `None` while one has had none.
    #[must_use]
    pub fn heartbeat_age(&self, now: Timestamp) -> Option<Duration> {
        let last: Option<Vec<Timestamp>> =
            self.sessions.values().map(|report| report.last_heartbeat).collect();
        last?.into_iter().min().map(|at| since(now, at))
    }

    /// When the first of the channels ends.
    #[must_use]
    pub fn channel_expires(&self) -> Option<Timestamp> {
        self.sessions.values().filter_map(|report| report.channel_expires).min()
    }

    /// The session that most needs explaining, if any does.
    #[must_use]
    pub fn trouble(&self) -> Option<&SessionReport> {
        self.sessions.values().filter(|report| !is_up(report.phase)).min_by_key(|r| r.since)
    }

    /// The one word on whether what is shown is live.
    #[must_use]
    pub fn truth(&self, now: Timestamp) -> Truth {
        let (live, of) = self.live_sessions();
        if of > 0 && self.sessions.values().all(|report| report.phase == Phase::Ended) {
            return Truth::Offline;
        }
        let lost = |report: &&SessionReport| {
            !is_up(report.phase) && self.were_live.contains(&report.channel)
        };
        if live < of && self.sessions.values().any(|report| lost(&report)) {
            return Truth::Reconnecting { live, of };
        }
        // those that are missing were never there: a fleet comes up one by one
        if live < of || of == 0 {
            return Truth::Connecting;
        }
        let silence = self
            .sessions
            .values()
            .map(|report| since(now, report.last_frame.unwrap_or(report.since)))
            .max()
            .unwrap_or_default();
        if silence > HEARTBEAT_LIMIT { Truth::Stale(silence) } else { Truth::Live }
    }
}

/// The newer of what is known here and what a session reports. Frames may have been seen here a little after
/// the report was written; what lies far ahead of it is of a clock that has been set back since. Only a
/// report says that: a single old frame may have waited for a terminal that was stopped.
fn newer(known: Option<Timestamp>, reported: Option<Timestamp>) -> Option<Timestamp> {
    let is_set_back =
        known.zip(reported).is_some_and(|(known, told)| since(known, told) > HEARTBEAT_LIMIT);
    if is_set_back { reported } else { known.max(reported) }
}

/// Whether a session counts as up: silence is judged by its age, not by its phase.
fn is_up(phase: Phase) -> bool {
    matches!(phase, Phase::Live | Phase::Silent)
}

#[cfg(test)]
mod tests {
    use super::{Link, Truth};
    use crate::domain::identity::ChannelNumber;
    use crate::domain::session::{Phase, SessionReport};
    use jiff::{SignedDuration, Timestamp};
    use std::time::Duration;

    fn report(channel: u16, phase: Phase) -> SessionReport {
        SessionReport::new(ChannelNumber(channel), phase, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_fleet_that_comes_up_connects_and_one_that_lost_a_channel_reconnects() {
        let now = Timestamp::UNIX_EPOCH;
        let mut link = Link::default();
        assert_eq!(link.truth(now), Truth::Connecting);
        link.session(report(1, Phase::Live));
        link.session(report(2, Phase::Dialing));
        assert_eq!(link.truth(now), Truth::Connecting);
        link.session(report(2, Phase::Live));
        assert_eq!(link.truth(now), Truth::Live);
        link.session(report(1, Phase::Dialing));
        assert_eq!(link.truth(now), Truth::Reconnecting { live: 1, of: 2 });
        link.session(report(2, Phase::Waiting));
        assert_eq!(link.truth(now), Truth::Reconnecting { live: 0, of: 2 });
    }

    #[test]
    fn silence_after_a_clock_was_set_back_is_not_called_live_for_an_hour() {
        let now = Timestamp::UNIX_EPOCH;
        let at = |seconds: i64| now + SignedDuration::from_secs(seconds);
        let mut link = Link::default();
        link.session(report(1, Phase::Live));
        link.frame(ChannelNumber(1), at(3_600));
        link.heartbeat(ChannelNumber(1), at(3_600));
        // taken in a little later than one that came after it
        link.frame(ChannelNumber(1), at(3_590));
        assert_eq!(link.sessions[&ChannelNumber(1)].last_frame, Some(at(3_600)));
        // one that has waited for a long time says nothing of the clock
        link.frame(ChannelNumber(1), at(5));
        assert_eq!(link.sessions[&ChannelNumber(1)].last_frame, Some(at(3_600)));
        let told = Some(at(5));
        let reported =
            SessionReport { last_frame: told, last_heartbeat: told, ..report(1, Phase::Live) };
        link.session(reported.clone());
        link.frame(ChannelNumber(1), at(10));
        link.heartbeat(ChannelNumber(1), at(10));
        link.session(reported);
        let known = &link.sessions[&ChannelNumber(1)];
        assert_eq!([known.last_frame, known.last_heartbeat], [Some(at(10)); 2]);
        assert_eq!(link.truth(at(20)), Truth::Live);
        assert_eq!(link.truth(at(60)), Truth::Stale(Duration::from_secs(50)));
    }
}
