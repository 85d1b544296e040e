//! Alerts: from rules and what is known to "this needs you, since then".
//!
//! A pure machine: [`Alerts::observe`] takes the monitor and the time and gives back what
//! changed; what rings is up to the caller. It must not know of bells, commands or screens.
//!
//! Two promises. What isn't known neither raises nor clears: while the picture isn't live an
//! alert stands as it stood and says that it isn't known. And nothing flaps: each level is a
//! [`latch`] that is set only after its condition has held for its time, and let go only by its
//! clear level.
use super::board::Facts;
use super::filter::Holds;
use super::identity::QueueId;
use super::moment::{apart, before, since};
use super::monitor::Monitor;
use super::monitor::directory::Directory;
use super::monitor::link::Truth;
use super::text::harmless_within;
use jiff::Timestamp;
use jiff::civil;
use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

pub mod latch;
pub mod line;
pub mod quiet;
pub mod rule;
#[cfg(test)]
mod tests;
pub mod walk;

use latch::Latch;
pub use line::RuleLine;
pub use quiet::QuietHours;
pub use rule::{Condition, Rule, RuleError};
pub use walk::Walk;

/// Most rules. Each is asked of each queue once a second; nobody oversees more.
pub const MAX_RULES: usize = 64;
/// Most alerts that stand at a time: more than that is one alert, "everything". Further ones are
/// counted, and raised when there is room.
pub const MAX_STANDING: usize = 1_000;
/// Most alerts that are kept after they ended: a bad week's.
pub const MAX_PAST: usize = 500;
/// Longest name of a rule that a sentence shows, in characters.
const MAX_RULE_NAME: usize = 60;
/// How long after a gap figures are taken for unknown while nothing has healed it. Snapshots come
/// within seconds; where none is permitted, the next frames have put most things right by then.
pub const HEALING_LIMIT: Duration = Duration::from_secs(60);

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Look at it.
    Warning,
    /// Act.
    Critical,
}

impl Level {
    /// Both, mildest first.
    pub const ALL: [Self; 2] = [Self::Warning, Self::Critical];

    /// The word for people and scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What an alert is about: one rule on one queue.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AlertId {
    /// The rule's name.
    pub rule: Arc<str>,
    /// The queue.
    pub queue: QueueId,
}

/// An alert that stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// What it is about.
    pub id: AlertId,
    /// How bad it is now.
    pub level: Level,
    /// How bad it was at worst.
    pub worst: Level,
    /// Since when its condition has held.
    pub since: Timestamp,
    /// The figure when it was last known, in the unit of the rule's metric.
    pub figure: f64,
    /// Since when nobody knows whether it still stands; `None` while it is known.
    pub unknown_since: Option<Timestamp>,
    /// Whether somebody has taken note. Ends when it gets worse.
    pub acknowledged: bool,
    /// Until when it shall not ring.
    pub snoozed_until: Option<Timestamp>,
    /// Whether its present level has rung.
    told: bool,
}

/// An alert that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct PastAlert {
    /// What it was about.
    pub id: AlertId,
    /// How bad it was at worst.
    pub worst: Level,
    /// Since when its condition had held.
    pub since: Timestamp,
    /// When it was cleared.
    pub cleared: Timestamp,
}

/// What changed about an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stands now.
    Raised,
    /// It has become critical.
    Worsened,
    /// It is only a warning now.
    Eased,
    /// It is over.
    Cleared,
    /// Nobody knows whether it still stands.
    Unknown,
    /// It is known again, and stands.
    Known,
    /// It still stands, now that it may ring: quiet hours or a snooze are over.
    Reminded,
}

impl Change {
    /// The word for scripts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Worsened => "worsened",
            Self::Eased => "eased",
            Self::Cleared => "cleared",
            Self::Unknown => "unknown",
            Self::Known => "known",
            Self::Reminded => "reminded",
        }
    }
}

/// One change of one alert.
#[derive(Clone, Debug, PartialEq)]
pub struct Transition {
    /// When it was seen.
    pub at: Timestamp,
    /// What it is about.
    pub id: AlertId,
    /// What changed.
    pub change: Change,
    /// The level after it; for [`Change::Cleared`] the one before.
    pub level: Level,
    /// Since when the condition has held.
    pub since: Timestamp,
    /// The figure, when it was last known.
    pub figure: f64,
    /// Whether it shall ring.
    pub rings: bool,
}

/// All alerts, standing and past.
#[derive(Debug, Default)]
pub struct Alerts {
    rules: Vec<Rule>,
    quiet: QuietHours,
    latches: HashMap<AlertId, [Latch; 2]>,
    standing: HashMap<AlertId, Alert>,
    past: VecDeque<PastAlert>,
    refused: u64,
    /// When it was last looked.
    looked: Option<Timestamp>,
}

impl Alerts {
    /// Watches by these rules; beyond [`MAX_RULES`] they are left out, which the settings refuse.
    #[must_use]
    pub fn new(mut rules: Vec<Rule>, quiet: QuietHours) -> Self {
        rules.truncate(MAX_RULES);
        Self { rules, quiet, ..Self::default() }
    }

    /// The rules.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule of an alert, unless it is gone.
    #[must_use]
    pub fn rule(&self, id: &AlertId) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == id.rule)
    }

    /// What changed, in a sentence without a stop, harmless to draw: `critical: Billing, waiting
    /// 12 (rule queues)`.
    #[must_use]
    pub fn sentence(&self, transition: &Transition, directory: &Directory) -> String {
        let queue = directory.queue(&transition.id.queue);
        let name = harmless_within(&transition.id.rule, MAX_RULE_NAME);
        let metric = self.rule(&transition.id).map(Rule::metric);
        let figure = metric.map_or_else(String::new, |metric| {
            format!(", {} {}", metric.name, figure_text(metric.holds, transition.figure))
        });
        let word = match transition.change {
            Change::Raised | Change::Worsened => transition.level.word().to_owned(),
            other => format!("{} {}", transition.level.word(), other.word()),
        };
        format!("{word}: {queue}{figure} (rule {name})")
    }

    /// Puts a rule in the place of the one named `before`, or adds it.
    ///
    /// # Errors
    /// A sentence, if another one has its name, or there are too many.
    pub fn put_rule(&mut self, before: Option<&str>, rule: Rule) -> Result<(), String> {
        let is_other = |other: &Rule| other.name == rule.name && Some(&*other.name) != before;
        if self.rules.iter().any(is_other) {
            return Err("another rule has that name".to_owned());
        }
        let is_it = |other: &Rule| Some(&*other.name) == before;
        match self.rules.iter().position(is_it) {
            Some(place) => self.rules[place] = rule,
            None if self.rules.len() >= MAX_RULES => {
                return Err(format!("there are {MAX_RULES} rules, which is the most"));
            }
            None => self.rules.push(rule),
        }
        Ok(())
    }

    /// Takes the rule of that name away; its alerts are over with the next look. Whether there was one.
    pub fn remove_rule(&mut self, name: &str) -> bool {
        let before = self.rules.len();
        self.rules.retain(|rule| &*rule.name != name);
        self.rules.len() < before
    }

    /// What the rules say to one reading, with nothing before it to tell how long it has been so:
    /// every queue and rule whose condition holds, worst first, with the figure.
    #[must_use]
    pub fn now(&self, monitor: &Monitor, now: Timestamp) -> Vec<Transition> {
        let facts = Facts { monitor, now, masked: true };
        let mut standing = Vec::new();
        for row in monitor.queues.iter() {
            for rule in self.rules.iter().filter(|rule| rule.applies_to(&facts, &row.id)) {
                let figure = rule.figure(&facts, &row.id);
                let found = figure.and_then(|figure| Some((rule.level_of(figure)?, figure)));
                if let Some((level, figure)) = found {
                    let id = AlertId { rule: Arc::clone(&rule.name), queue: row.id.clone() };
                    let change = Change::Raised;
                    standing.push(Transition {
                        at: now,
                        id,
                        change,
                        level,
                        since: now,
                        figure,
                        rings: true,
                    });
                }
            }
        }
        standing.sort_by_key(|one| (std::cmp::Reverse(one.level), one.id.queue.clone()));
        standing
    }

    /// Replaces the rules. Alerts of rules that are gone are over with the next look; those of
    /// rules of the same name go on.
    pub fn set_rules(&mut self, mut rules: Vec<Rule>) {
        rules.truncate(MAX_RULES);
        self.rules = rules;
    }

    /// The alerts that stand, worst first, then oldest first.
    #[must_use]
    pub fn standing(&self) -> Vec<&Alert> {
        let mut alerts: Vec<&Alert> = self.standing.values().collect();
        alerts.sort_by(|left, right| {
            let by_queue = || left.id.queue.cmp(&right.id.queue);
            let by_age = left.since.cmp(&right.since);
            right.level.cmp(&left.level).then(by_age).then_with(by_queue)
        });
        alerts
    }

    /// The worst level that stands, acknowledged or not.
    #[must_use]
    pub fn worst(&self) -> Option<Level> {
        self.standing.values().map(|alert| alert.level).max()
    }

    /// Alerts that are over, oldest first.
    pub fn past(&self) -> impl DoubleEndedIterator<Item = &PastAlert> + ExactSizeIterator {
        self.past.iter()
    }

    /// How often an alert could not be raised because too many stood.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// Takes note of an alert: it doesn't ring again unless it gets worse. Whether it stood.
    pub fn acknowledge(&mut self, id: &AlertId) -> bool {
        let alert = self.standing.get_mut(id);
        alert.map(|alert| alert.acknowledged = true).is_some()
    }

    /// Lets an alert be silent until then; if it still stands, it rings again. Whether it stood.
    pub fn snooze(&mut self, id: &AlertId, until: Timestamp) -> bool {
        let alert = self.standing.get_mut(id);
        alert.map(|alert| alert.snoozed_until = Some(until)).is_some()
    }

    /// Looks at what is known and tells what changed since the last look. To be called after
    /// frames were taken in and at least once a second. `clock` is the time of day where the
    /// person is, for quiet hours.
    pub fn observe(
        &mut self,
        monitor: &Monitor,
        now: Timestamp,
        clock: civil::Time,
    ) -> Vec<Transition> {
        self.follow_clock(now);
        let known = is_known(monitor, now);
        let may_ring = !self.quiet.contains(clock);
        let mut transitions = Vec::new();
        let mut seen = HashSet::new();
        let rules = std::mem::take(&mut self.rules);
        let facts = Facts { monitor, now, masked: true };
        for row in monitor.queues.iter() {
            for rule in rules.iter().filter(|rule| rule.applies_to(&facts, &row.id)) {
                let id = AlertId { rule: Arc::clone(&rule.name), queue: row.id.clone() };
                let figure = rule.figure(&facts, &row.id).filter(|_| known);
                self.step(rule, &id, figure, now, &mut transitions);
                seen.insert(id);
            }
        }
        self.rules = rules;
        self.end_unasked(&seen, now, &mut transitions);
        self.ring(&mut transitions, now, may_ring);
        transitions
    }

    /// Lets go of all that stood, stands or might: a recording was wound back, and what was seen is yet
    /// to come. The rules stay.
    pub fn begin_anew(&mut self) {
        let (rules, quiet) = (std::mem::take(&mut self.rules), std::mem::take(&mut self.quiet));
        *self = Self::new(rules, quiet);
    }

    /// Nobody has looked for a time, as while the machine slept: what holds after it has not held all the
    /// while, so that what was about to stand begins anew.
    pub fn looked_away(&mut self) {
        self.latches.values_mut().flatten().for_each(Latch::forget_pending);
    }

    /// Goes on where the clock was set back since the last look: by it all that is noted lies later than it
    /// was, and would be waited for anew.
    fn follow_clock(&mut self, now: Timestamp) {
        let Some(looked) = self.looked.replace(now).filter(|looked| now < *looked) else { return };
        let by = since(looked, now);
        self.latches.values_mut().flatten().for_each(|latch| latch.set_back(by));
        self.standing.values_mut().for_each(|alert| alert.set_back(by));
    }

    /// One rule on one queue; `figure` is `None` while it isn't known.
    fn step(
        &mut self,
        rule: &Rule,
        id: &AlertId,
        figure: Option<f64>,
        now: Timestamp,
        transitions: &mut Vec<Transition>,
    ) {
        let Some(figure) = figure else {
            if let Some(latches) = self.latches.get_mut(id) {
                latches.iter_mut().for_each(Latch::forget_pending);
            }
            if let Some(alert) = self.standing.get_mut(id)
                && alert.unknown_since.is_none()
            {
                alert.unknown_since = Some(now);
                transitions.push(alert.transition(Change::Unknown, now));
            }
            return;
        };
        let holds = |level| rule.condition(level).is_some_and(|condition| condition.holds(figure));
        let is_idle = !self.latches.contains_key(id) && !Level::ALL.into_iter().any(holds);
        if is_idle {
            return;
        }
        let latches = self.latches.entry(id.clone()).or_default();
        for (latch, level) in latches.iter_mut().zip(Level::ALL) {
            match rule.condition(level) {
                Some(condition) => latch.step(condition, figure, now),
                None => *latch = Latch::Off,
            }
        }
        let mut worst_first = latches.iter().zip(Level::ALL).rev();
        let now_at = worst_first.find_map(|(latch, level)| Some((level, latch.set_since()?)));
        let is_off = latches.iter().all(|latch| *latch == Latch::Off);
        if is_off {
            self.latches.remove(id);
        }
        self.take(id, now_at, figure, now, transitions);
    }

    /// Notes at which level an alert stands now, and since when.
    fn take(
        &mut self,
        id: &AlertId,
        level: Option<(Level, Timestamp)>,
        figure: f64,
        now: Timestamp,
        transitions: &mut Vec<Transition>,
    ) {
        let Some((level, since)) = level else {
            if let Some(alert) = self.standing.remove(id) {
                self.end(&alert, now, transitions);
            }
            return;
        };
        let Some(alert) = self.standing.get_mut(id) else {
            if self.standing.len() >= MAX_STANDING {
                self.refused += 1;
                return;
            }
            let alert = Alert {
                id: id.clone(),
                level,
                worst: level,
                since,
                figure,
                unknown_since: None,
                acknowledged: false,
                snoozed_until: None,
                told: false,
            };
            transitions.push(alert.transition(Change::Raised, now));
            self.standing.insert(id.clone(), alert);
            return;
        };
        alert.figure = figure;
        let was_unknown = alert.unknown_since.take().is_some();
        if level > alert.level {
            (alert.level, alert.worst) = (level, level);
            // who took note of a warning has not taken note of this
            (alert.acknowledged, alert.snoozed_until, alert.told) = (false, None, false);
            transitions.push(alert.transition(Change::Worsened, now));
        } else if level < alert.level {
            alert.level = level;
            transitions.push(alert.transition(Change::Eased, now));
        } else if was_unknown {
            transitions.push(alert.transition(Change::Known, now));
        }
    }

    /// Ends alerts that no rule asks about any more: the rule was changed, or the queue is gone.
    fn end_unasked(
        &mut self,
        asked: &HashSet<AlertId>,
        now: Timestamp,
        transitions: &mut Vec<Transition>,
    ) {
        self.latches.retain(|id, _| asked.contains(id));
        let gone: Vec<AlertId> =
            self.standing.keys().filter(|id| !asked.contains(id)).cloned().collect();
        for id in gone {
            if let Some(alert) = self.standing.remove(&id) {
                self.end(&alert, now, transitions);
            }
        }
    }

    fn end(&mut self, alert: &Alert, now: Timestamp, transitions: &mut Vec<Transition>) {
        transitions.push(alert.transition(Change::Cleared, now));
        if self.past.len() >= MAX_PAST {
            self.past.pop_front();
        }
        let (id, worst, since) = (alert.id.clone(), alert.worst, alert.since);
        self.past.push_back(PastAlert { id, worst, since, cleared: now });
    }

    /// Decides what rings: each level once, when nothing speaks against it; what was silent then
    /// rings later, if it still stands.
    fn ring(&mut self, transitions: &mut Vec<Transition>, now: Timestamp, may_ring: bool) {
        for alert in self.standing.values_mut() {
            if alert.snoozed_until.is_some_and(|until| until <= now) {
                (alert.snoozed_until, alert.told) = (None, false);
            }
            let is_silent = !may_ring
                || alert.told
                || alert.acknowledged
                || alert.snoozed_until.is_some()
                || alert.unknown_since.is_some();
            if is_silent {
                continue;
            }
            alert.told = true;
            let news = transitions.iter_mut().find(|transition| {
                transition.id == alert.id
                    && matches!(transition.change, Change::Raised | Change::Worsened)
            });
            match news {
                Some(transition) => transition.rings = true,
                None => transitions
                    .push(Transition { rings: true, ..alert.transition(Change::Reminded, now) }),
            }
        }
    }
}

impl Alert {
    fn transition(&self, change: Change, at: Timestamp) -> Transition {
        let (id, level, since, figure) = (self.id.clone(), self.level, self.since, self.figure);
        Transition { at, id, change, level, since, figure, rings: false }
    }

    fn set_back(&mut self, by: Duration) {
        self.since = before(self.since, by);
        self.unknown_since = self.unknown_since.map(|at| before(at, by));
        self.snoozed_until = self.snoozed_until.map(|at| before(at, by));
    }

    /// How long it has stood.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Duration {
        since(now, self.since)
    }
}

/// A figure as people read it.
#[must_use]
pub fn figure_text(holds: Holds, figure: f64) -> String {
    match holds {
        Holds::Duration => {
            let seconds = Duration::try_from_secs_f64(figure).unwrap_or_default().as_secs();
            format!("{}m{:02}", seconds / 60, seconds % 60)
        }
        Holds::Share => format!("{:.0}%", figure * 100.0),
        _ => format!("{figure}"),
    }
}

/// Whether figures can be trusted: the picture is live, and the last gap is healed or long ago. What a
/// recording misses is a gap too, that nothing heals.
fn is_known(monitor: &Monitor, now: Timestamp) -> bool {
    let misses = monitor.gaps.unrecorded().is_some_and(|until| apart(now, until) < HEALING_LIMIT);
    let heals = monitor
        .gaps
        .unhealed()
        .is_some_and(|gap| gap.until.is_none_or(|until| apart(now, until) < HEALING_LIMIT));
    monitor.link.truth(now) == Truth::Live && !heals && !misses
}
