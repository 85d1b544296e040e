//! The session's times, each with its reason.
use std::time::Duration;

/// The times by which a session lives. A simulated clock scales them all.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Silence after which a ping is sent. Heartbeats come every 30 s; 5 s of grace.
    pub silence: Duration,
    /// How long a ping may go unanswered before the socket is given up.
    pub pong: Duration,
    /// How often at least a ping is sent, so that the round-trip time that is shown is not from
    /// yesterday. One short message a minute costs the service nothing.
    pub measure: Duration,
    /// What may have been under way in something between, such as a proxy, when a socket ended in
    /// good order: as long before its end a gap begins, unless a frame came later. All that the
    /// service itself sent before had arrived, since TCP keeps the order.
    pub in_flight: Duration,
    /// Limit for each step that waits for the service: token, channel, dial, subscribe, check.
    /// 20 s is past every answer seen and short enough to be noticed. Only subscribing may take
    /// longer, up to `snapshot`: which of 1,000 topics is at fault takes up to 60 requests to find.
    pub step: Duration,
    /// Limit for what takes many requests: a snapshot, a search for the topic at fault; and for
    /// waiting for a channel that another session will leave.
    pub snapshot: Duration,
    /// First wait before another attempt; doubles up to `retry_cap`.
    pub retry_first: Duration,
    /// Longest wait between attempts.
    pub retry_cap: Duration,
    /// Longest wait after a failure of our own network: such an attempt costs the service nothing,
    /// and when the network is back the picture should be, within two seconds.
    pub retry_cap_network: Duration,
    /// Longest wait before what the service refused, and will refuse again unless somebody changes
    /// a role, is asked for once more while the session has something to keep.
    pub retry_cap_refused: Duration,
    /// How long a connection must have lived to count as one: then waits begin anew.
    pub real_life: Duration,
    /// How long before a channel or token ends the hand-over begins.
    pub renew_before: Duration,
    /// How long before it closes a socket the service announces that.
    pub notice: Duration,
    /// How long both lines are read after the new one is live, so that nothing falls between.
    pub overlap: Duration,
    /// Difference between the clocks from which a sleep is assumed.
    pub sleep: Duration,
    /// Life below which a connection that was closed counts as displaced.
    pub displaced_life: Duration,
    /// How often at least the clocks are compared.
    pub clock_check: Duration,
    /// How long after a channel was left to another program the next short lives are not taken for
    /// a fight: then it is the service that closes, and a new channel for every three connections
    /// would push other programs' channels out of the 20.
    pub peace: Duration,
    /// How often the lists of queues and users are read again while all are watched. They are made
    /// by people a few times a day; the lists of the largest organisations take 50 requests each of
    /// the 300 in a minute.
    pub list_again: Duration,
    /// Connections displaced in a row, each short-lived, from which a second program is assumed
    /// to be fighting for the channel.
    pub displaced_limit: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(35),
            pong: Duration::from_secs(5),
            measure: Duration::from_secs(60),
            in_flight: Duration::from_secs(2),
            step: Duration::from_secs(20),
            snapshot: Duration::from_secs(120),
            retry_first: Duration::from_millis(250),
            retry_cap: Duration::from_secs(30),
            retry_cap_network: Duration::from_millis(1_500),
            retry_cap_refused: Duration::from_secs(300),
            real_life: Duration::from_secs(60),
            renew_before: Duration::from_secs(15 * 60),
            notice: Duration::from_secs(60),
            overlap: Duration::from_secs(5),
            sleep: Duration::from_secs(10),
            displaced_life: Duration::from_secs(10),
            clock_check: Duration::from_secs(5),
            peace: Duration::from_secs(3_600),
            list_again: Duration::from_secs(10 * 60),
            displaced_limit: 3,
        }
    }
}

impl Policy {
    /// The same policy where both the service's clock and ours run `speed` times as fast as the
    /// machine does its work: what the machine and the way to the service need takes as many
    /// times as long. Everything else is counted on the clock, and stays.
    #[must_use]
    pub fn patient(&self, speed: f64) -> Self {
        let longer = |limit: Duration| {
            let seconds = limit.as_secs_f64() * speed.max(1.0);
            Duration::try_from_secs_f64(seconds).unwrap_or(limit)
        };
        Self {
            pong: longer(self.pong),
            step: longer(self.step),
            snapshot: longer(self.snapshot),
            ..self.clone()
        }
    }

    /// The same policy for a service whose clock runs `speed` times as fast as ours, which is the
    /// machine's.
    #[must_use]
    pub fn scaled(&self, speed: f64) -> Self {
        let speed = if speed.is_finite() && speed > 0.0 { speed } else { 1.0 };
        Self {
            silence: self.silence.div_f64(speed),
            renew_before: self.renew_before.div_f64(speed),
            notice: self.notice.div_f64(speed),
            ..self.clone()
        }
    }

    /// The same policy for one of `sessions`, all of which may have to hand over within one notice
    /// while only `room` of them can have a second channel at a time: the less room there is, the
    /// shorter both channels of one are read. Without any, nobody hands over.
    #[must_use]
    pub fn by_turns(&self, sessions: usize, room: usize) -> Self {
        /// What a turn takes beside the overlap: a channel, a socket, a subscription, and clearing
        /// the old channel, each a request or two.
        const REST_OF_TURN: Duration = Duration::from_secs(1);
        /// As long both are read at least.
        const LEAST: Duration = Duration::from_secs(1);
        if room == 0 {
            return self.clone();
        }
        let turns = u32::try_from(sessions.div_ceil(room).max(1)).unwrap_or(u32::MAX);
        // a fifth of the notice is left for what takes longer than it should
        let turn = self.notice.mul_f64(0.8) / turns;
        let overlap = turn.saturating_sub(REST_OF_TURN).max(LEAST).min(self.overlap);
        Self { overlap, ..self.clone() }
    }
}

/// Waits that grow from attempt to attempt, spread by jitter.
#[derive(Clone, Debug)]
pub(super) struct BackOff {
    state: u64,
}

impl BackOff {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The wait before attempt number `attempt` (the first failed one is 1): `first` doubled for
    /// each one before, at most `cap`, of which a random part between a half and the whole is
    /// taken, so that many sessions that failed together don't come back together.
    pub(super) fn wait(&mut self, attempt: u32, first: Duration, cap: Duration) -> Duration {
        let doubled = first.saturating_mul(1_u32 << attempt.saturating_sub(1).min(16));
        doubled.min(cap).mul_f64(0.5 + self.fraction() / 2.0)
    }

    /// The next number of a small generator (splitmix64), in 0..1. Written here because the
    /// domain has no random source and needs no better one than this.
    fn fraction(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        f64::from(u32::try_from(mixed >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
    }
}
