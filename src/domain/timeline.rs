//! The story of one conversation: who took part from when to when, told from its snapshots.
//!
//! The newest snapshot has most of the times, but not all: when an alert began, when a hold ended
//! and what was parked before stand only in the frames between. So snapshots are taken in one by
//! one, in the order in which they came, and whatever a snapshot says that none before it said
//! becomes a step, with the frame and the field that said it. Must not know where the snapshots are
//! kept nor how the story is drawn.
use super::conversation::{Conversation, Leg, LegState, Participant, Purpose};
use super::identity::{ParticipantId, QueueId, UserId, WrapupCodeId};
use super::moment::since;
use super::topic::Media;
use jiff::Timestamp;
use std::collections::HashSet;
use std::time::Duration;

/// Most steps of one story. A participant makes some four, and the longest real conversations have
/// some dozens of participants; what comes beyond is counted and not told.
pub const MAX_STEPS: usize = 2_000;

/// Who takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its id.
    pub participant: ParticipantId,
    /// What it is there for.
    pub purpose: Purpose,
    /// The user, for agents and users.
    pub user: Option<UserId>,
    /// The queue, where one is named.
    pub queue: Option<QueueId>,
}

/// What happened in a step.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// It rings.
    Alerting,
    /// Somebody is being called.
    Dialing,
    /// A callback waits for its time.
    Scheduled,
    /// It was connected: a customer came, a queue took the customer in, an agent answered.
    Connected,
    /// It was put on hold.
    Held,
    /// It was taken off hold.
    Resumed,
    /// An e-mail or message was laid aside.
    Parked,
    /// It was taken up again.
    Unparked,
    /// An alert ended without an answer, in the service's word.
    Missed(String),
    /// It was handed on, in the service's word.
    Transferred(String),
    /// It ended, in the service's word.
    Ended(String),
    /// Wrap-up began.
    WrapupBegan,
    /// Wrap-up is done.
    WrapupDone,
}

impl What {
    /// The word for people.
    #[must_use]
    pub fn word(&self, purpose: &Purpose) -> &'static str {
        match (self, purpose) {
            (Self::Alerting, _) => "rings",
            (Self::Dialing, _) => "is dialled",
            (Self::Scheduled, _) => "scheduled",
            (Self::Connected, Purpose::Acd) => "waits",
            (Self::Connected, Purpose::Flow) => "in the flow",
            (Self::Connected, Purpose::Agent | Purpose::User) => "answers",
            (Self::Connected, _) => "connected",
            (Self::Held, _) => "on hold",
            (Self::Resumed, _) => "off hold",
            (Self::Parked, _) => "parked",
            (Self::Unparked, _) => "taken up",
            (Self::Missed(_), _) => "missed",
            (Self::Transferred(_), Purpose::Acd) => "leaves queue",
            (Self::Transferred(_), Purpose::Flow) => "leaves flow",
            (Self::Transferred(_), _) => "transferred",
            (Self::Ended(_), _) => "ended",
            (Self::WrapupBegan, _) => "wrap-up",
            (Self::WrapupDone, _) => "wrap-up done",
        }
    }

    /// The service's word for how it ended, if this is an end.
    #[must_use]
    pub fn detail(&self) -> &str {
        match self {
            Self::Missed(word) | Self::Transferred(word) | Self::Ended(word) => word,
            _ => "",
        }
    }

    /// Whether something goes on from here, so that it has a length.
    fn lasts(&self) -> bool {
        !matches!(self, Self::Missed(_) | Self::Transferred(_) | Self::Ended(_) | Self::WrapupDone)
    }
}

/// The frame and the field that say that a step was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Number of the frame; `None` where the service said it over REST.
    pub frame: Option<u64>,
    /// Path of the field in the body, such as `participants[2].calls[0].connectedTime`.
    pub field: String,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When, by the service's times; where it gives none, when the frame was received.
    pub at: Timestamp,
    /// Whether `at` is the service's own time.
    pub exact: bool,
    /// Who.
    pub part: Part,
    /// What.
    pub what: What,
    /// When what began here was over; `None` while it goes on, and for ends.
    pub until: Option<Timestamp>,
    /// With which code, where a wrap-up is done and one was given.
    pub code: Option<WrapupCodeId>,
    /// What says so.
    pub evidence: Evidence,
}

impl Step {
    /// How long it lasted, or has lasted by `now`; `None` for what has no length.
    #[must_use]
    pub fn lasted(&self, now: Timestamp) -> Option<Duration> {
        self.what.lasts().then(|| since(self.until.unwrap_or(now), self.at))
    }

    /// Whether it goes on.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.what.lasts() && self.until.is_none()
    }
}

/// One snapshot, with where it came from.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot<'a> {
    /// Number of the frame; `None` for an answer over REST.
    pub frame: Option<u64>,
    /// When it was received.
    pub received: Timestamp,
    /// Whether participants are legs themselves, as in topics of one medium.
    pub flat: bool,
    /// What it says.
    pub conversation: &'a Conversation,
}

/// The story.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    steps: Vec<Step>,
    /// What is told already.
    told: HashSet<(ParticipantId, What, Option<Timestamp>)>,
    /// Holds and parkings that go on, by participant and medium.
    open: HashSet<(ParticipantId, usize, bool)>,
    frames: usize,
    untold: usize,
}

/// What a snapshot says of a participant: what, when if it says so, and where it stands.
type Said = (What, Option<Timestamp>, String);

impl Timeline {
    /// Takes in the next snapshot.
    pub fn take(&mut self, snapshot: Snapshot<'_>) {
        self.frames += usize::from(snapshot.frame.is_some());
        for (index, participant) in snapshot.conversation.participants.iter().enumerate() {
            for (what, at, field) in self.says(participant, index, snapshot.flat) {
                self.tell(&snapshot, participant, what, at, field);
            }
        }
        self.steps.sort_by_key(|step| step.at);
        self.find_ends();
    }

    /// The steps, in the order of their times.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// How many frames were taken in.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.frames
    }

    /// Steps beyond the bound, which aren't told.
    #[must_use]
    pub fn untold(&self) -> usize {
        self.untold
    }

    /// From when to when it goes; `None` before the first step. While something goes on, to `now`.
    #[must_use]
    pub fn span(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let first = self.steps.first()?.at;
        let last = self.steps.iter().map(|step| step.until.unwrap_or(step.at)).max()?;
        let live = self.steps.iter().any(Step::goes_on);
        Some((first, if live { now.max(last) } else { last }))
    }

    /// Everything that the snapshot says of a participant.
    fn says(&mut self, participant: &Participant, index: usize, flat: bool) -> Vec<Said> {
        let own = format!("participants[{index}]");
        let mut said: Vec<Said> = Vec::new();
        let mut counts = [0_usize; Media::ALL.len()];
        let mut legs: Vec<(&Leg, String)> = Vec::new();
        for leg in &participant.legs {
            let number = &mut counts[leg.media as usize];
            let path =
                if flat { own.clone() } else { format!("{own}.{}[{number}]", array(leg.media)) };
            *number += 1;
            says_of_leg(participant, leg, &path, flat, &mut said);
            legs.push((leg, path));
        }
        self.says_of_holds(participant, &legs, &mut said);
        if participant.legs.is_empty() {
            if let Some(at) = participant.connected {
                said.push((What::Connected, Some(at), format!("{own}.connectedTime")));
            }
            if let Some(at) = participant.ended {
                let what = ending(participant, participant.disconnect_type());
                said.push((what, Some(at), format!("{own}.endTime")));
            }
        }
        let wrapup = &participant.wrapup;
        if participant.is_over() && participant.connected_at().is_some() && participant.handles() {
            let leg = participant.legs.first().filter(|_| wrapup.told_by_leg);
            let (began, done) = match leg {
                Some(leg) => {
                    let work = format!("{own}.{}[0].afterCallWork", array(leg.media));
                    (format!("{work}.startTime"), format!("{work}.endTime"))
                }
                None => (format!("{own}.startAcwTime"), format!("{own}.endAcwTime")),
            };
            if let Some(at) = wrapup.started {
                said.push((What::WrapupBegan, Some(at), began));
            }
            match wrapup.ended {
                Some(at) => said.push((What::WrapupDone, Some(at), done)),
                None if wrapup.done => {
                    said.push((What::WrapupDone, None, format!("{own}.wrapup")));
                }
                None => {}
            }
        }
        said
    }

    /// What is on hold or parked, and what no longer is: by medium, since of two legs of one medium
    /// one may be over while the other goes on.
    fn says_of_holds(
        &mut self,
        participant: &Participant,
        legs: &[(&Leg, String)],
        said: &mut Vec<Said>,
    ) {
        for media in Media::ALL {
            let of_medium = || legs.iter().filter(|(leg, _)| leg.media == media);
            if of_medium().next().is_none() {
                continue;
            }
            let goes_on = |leg: &Leg| !leg.is_over() && participant.ended.is_none();
            let going = || of_medium().filter(|(leg, _)| goes_on(leg));
            for (parking, begins, ends, field) in [
                (false, What::Held, What::Resumed, "held"),
                (true, What::Parked, What::Unparked, "state"),
            ] {
                let is_so =
                    |leg: &Leg| if parking { leg.state == LegState::Parked } else { leg.held };
                let began = |leg: &Leg| if parking { leg.parked_since } else { leg.held_since };
                let key = (participant.id.clone(), media as usize, parking);
                let Some((_, first)) = going().find(|(leg, _)| is_so(leg)) else {
                    if self.open.remove(&key)
                        && let Some((_, path)) = going().next()
                    {
                        said.push((ends, None, format!("{path}.{field}")));
                    }
                    continue;
                };
                let begins_now = self.open.insert(key);
                let mut is_timed = false;
                for (leg, path) in going().filter(|(leg, _)| is_so(leg)) {
                    if let Some(at) = began(leg) {
                        is_timed = true;
                        said.push((begins.clone(), Some(at), format!("{path}.{field}")));
                    }
                }
                // without a time of its own, only that it wasn't so before tells that it is another one
                if begins_now && !is_timed {
                    said.push((begins, None, format!("{first}.{field}")));
                }
            }
        }
    }

    /// Adds a step, unless it is told already.
    fn tell(
        &mut self,
        snapshot: &Snapshot<'_>,
        participant: &Participant,
        what: What,
        at: Option<Timestamp>,
        field: String,
    ) {
        // off hold has no time of its own: each is told, since `open` lets each through once
        let repeats = matches!(what, What::Resumed | What::Unparked)
            || at.is_none() && matches!(what, What::Held | What::Parked);
        // what has one time only is told once, even if a later snapshot corrects that time
        let time = at.filter(|_| matches!(what, What::Held | What::Parked));
        let key = (participant.id.clone(), what.clone(), time);
        let code = participant.wrapup.code.as_ref().filter(|_| what == What::WrapupDone);
        if !repeats && !self.told.insert(key) {
            // a code may come after the end of the wrap-up, or be another one by then
            let is_done = |step: &&mut Step| {
                step.part.participant == participant.id && step.what == What::WrapupDone
            };
            if let Some(code) = code
                && let Some(step) = self.steps.iter_mut().find(is_done)
            {
                step.code = Some(code.clone());
            }
            return;
        }
        if self.steps.len() >= MAX_STEPS {
            self.untold += 1;
            return;
        }
        self.steps.push(Step {
            at: at.unwrap_or(snapshot.received),
            exact: at.is_some(),
            part: Part {
                participant: participant.id.clone(),
                purpose: participant.purpose.clone(),
                user: participant.user.clone(),
                queue: participant.queue.clone(),
            },
            what,
            until: None,
            code: code.cloned(),
            evidence: Evidence { frame: snapshot.frame, field },
        });
    }

    /// What began with a step is over with the same participant's next step that ends it.
    fn find_ends(&mut self) {
        for index in 0..self.steps.len() {
            let (before, after) = self.steps.split_at_mut(index + 1);
            let Some(step) = before.last_mut() else { continue };
            step.until = after
                .iter()
                .filter(|later| later.part.participant == step.part.participant)
                .find(|later| ends(&step.what, &later.what))
                .map(|later| later.at);
        }
    }
}

/// What the snapshot says of one leg, but for holds and parkings.
fn says_of_leg(participant: &Participant, leg: &Leg, path: &str, flat: bool, said: &mut Vec<Said>) {
    let over = leg.is_over() || participant.ended.is_some();
    match leg.state {
        LegState::Alerting | LegState::Offering if !over => {
            said.push((What::Alerting, participant.started, format!("{path}.state")));
        }
        LegState::Dialing | LegState::Contacting if !over => {
            said.push((What::Dialing, participant.started, format!("{path}.state")));
        }
        LegState::Scheduled if !over => {
            said.push((What::Scheduled, participant.started, format!("{path}.state")));
        }
        _ => {}
    }
    if let Some(at) = leg.connected.or(participant.connected) {
        said.push((What::Connected, Some(at), format!("{path}.connectedTime")));
    }
    if let Some(at) = leg.disconnected.or(participant.ended).filter(|_| over) {
        let field = match (leg.disconnected, flat) {
            (Some(_), false) => format!("{path}.disconnectedTime"),
            _ => format!("{}.endTime", path.split('.').next().unwrap_or(path)),
        };
        said.push((ending(participant, leg.disconnect_type.as_deref()), Some(at), field));
    }
}

/// Whether what began with `begun` is over with `later`.
fn ends(begun: &What, later: &What) -> bool {
    let end = matches!(later, What::Missed(_) | What::Transferred(_) | What::Ended(_));
    match begun {
        What::Alerting | What::Dialing | What::Scheduled => end || *later == What::Connected,
        What::Held => end || *later == What::Resumed,
        What::Parked => end || *later == What::Unparked,
        // off hold is over with the next hold
        What::Resumed => end || *later == What::Held,
        What::Unparked => end || *later == What::Parked,
        What::Connected => end,
        What::WrapupBegan => *later == What::WrapupDone,
        What::Missed(_) | What::Transferred(_) | What::Ended(_) | What::WrapupDone => false,
    }
}

/// What an end means, by who it is and how it came.
fn ending(participant: &Participant, kind: Option<&str>) -> What {
    let word = kind.unwrap_or_default().to_owned();
    if participant.is_missed_alert() {
        What::Missed(word)
    } else if participant.handles() && participant.connected_at().is_none() {
        // whoever was only rung for had nothing to hand on
        What::Ended(word)
    } else if word.to_ascii_lowercase().starts_with("transfer") {
        What::Transferred(word)
    } else {
        What::Ended(word)
    }
}

/// The key under which a nested participant has the legs of a medium.
fn array(media: Media) -> &'static str {
    match media {
        Media::Call => "calls",
        Media::Callback => "callbacks",
        Media::Chat => "chats",
        Media::Email => "emails",
        Media::Message => "messages",
        Media::Cobrowse => "cobrowsesessions",
        Media::Screenshare => "screenshares",
        Media::Video => "videos",
        Media::Social => "socialExpressions",
        Media::InternalMessage => "internalMessages",
        Media::ScreenMonitoring => "screenMonitorings",
    }
}

#[cfg(test)]
mod tests;
