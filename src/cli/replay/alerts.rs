//! `gcwatch replay TAPE --alerts`: how often each rule would have rung on a recording.
//!
//! The tape's own time goes by, a second at a time: what is told doesn't depend on how fast it is
//! read, and quiet hours are those of the tape's clock here.
use crate::cli::problem::Problem;
use crate::cli::{connect, print};
use crate::domain::alert::{Alerts, Change, Level, Walk};
use crate::domain::board::{Facts, clock};
use crate::domain::identity::QueueId;
use crate::domain::moment::{add, since};
use crate::domain::monitor::Monitor;
use crate::tape::{Entry, Reader, play};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

/// How long after the last line is looked once more: rules are asked once a second.
const END: Duration = Duration::from_secs(1);

/// What one rule would have done.
#[derive(Debug)]
struct Tally {
    rule: String,
    raised: u64,
    critical: u64,
    rang: u64,
    queues: HashSet<QueueId>,
    longest: Duration,
    /// For which queues it is, if none of the tape's are such at its end.
    misses: Option<String>,
}

/// Asks the rules of the configuration.
pub(in crate::cli) fn run(path: &Path, as_json: bool) -> Result<(), Problem> {
    let config = connect::config()?;
    if config.rules().is_empty() {
        return Err(Problem::usage("--alerts: the configuration has no rules of alerts")
            .remedy("write [[alert]] tables, as docs/alerts.md shows"));
    }
    let mut alerts = Alerts::new(config.rules(), config.quiet_hours());
    let mut reader = Reader::open(path)?;
    let mut trial: Option<Trial> = None;
    while let Some(entry) = reader.next_entry()? {
        let trial = trial.get_or_insert_with(|| Trial::new(&alerts, entry.at()));
        trial.until(entry.at(), &mut alerts);
        trial.take(entry);
    }
    let Some(mut trial) = trial else { return Err(Problem::usage("nothing is on that tape")) };
    trial.until(add(trial.walk.last(), END), &mut alerts);
    trial.end(&alerts);
    print(&if as_json { trial.json() } else { trial.table() })
}

/// Rules on their way through a tape.
#[derive(Debug)]
struct Trial {
    monitor: Monitor,
    began: Timestamp,
    walk: Walk,
    tallies: Vec<Tally>,
}

impl Trial {
    fn new(alerts: &Alerts, began: Timestamp) -> Self {
        let tally = |name: &str| Tally {
            rule: name.to_owned(),
            raised: 0,
            critical: 0,
            rang: 0,
            queues: HashSet::new(),
            longest: Duration::ZERO,
            misses: None,
        };
        let tallies = alerts.rules().iter().map(|rule| tally(&rule.name)).collect();
        let walk = Walk::new(began, TimeZone::system());
        Self { monitor: Monitor::new(began), began, walk, tallies }
    }

    /// Lets the time go by until then.
    fn until(&mut self, at: Timestamp, alerts: &mut Alerts) {
        for one in self.walk.until(at, &self.monitor, alerts) {
            let tallies = &mut self.tallies;
            let Some(tally) = tallies.iter_mut().find(|tally| *tally.rule == *one.id.rule) else {
                continue;
            };
            let raises = one.change == Change::Raised;
            tally.raised += u64::from(raises);
            tally.critical += u64::from(
                (raises || one.change == Change::Worsened) && one.level == Level::Critical,
            );
            tally.rang += u64::from(one.rings);
            if one.change == Change::Cleared {
                tally.longest = tally.longest.max(since(one.at, one.since));
            }
            tally.queues.insert(one.id.queue);
        }
    }

    fn take(&mut self, entry: Entry) {
        self.walk.came(entry.at());
        play(&mut self.monitor, entry);
    }

    /// What still stands at the end has lasted until then.
    fn end(&mut self, alerts: &Alerts) {
        for alert in alerts.standing() {
            let tally = self.tallies.iter_mut().find(|tally| *tally.rule == *alert.id.rule);
            if let Some(tally) = tally {
                tally.longest = tally.longest.max(alert.age(self.walk.last()));
            }
        }
        let facts = Facts { monitor: &self.monitor, now: self.walk.last(), masked: true };
        for (tally, rule) in self.tallies.iter_mut().zip(alerts.rules()) {
            let finds = || self.monitor.queues.iter().any(|row| rule.applies_to(&facts, &row.id));
            tally.misses =
                rule.written_queues().filter(|_| tally.raised == 0 && !finds()).map(str::to_owned);
        }
    }

    fn json(&self) -> String {
        let rules: Vec<serde_json::Value> = self
            .tallies
            .iter()
            .map(|tally| {
                json!({
                    "rule": tally.rule,
                    "rang": tally.rang,
                    "raised": tally.raised,
                    "critical": tally.critical,
                    "queues": tally.queues.len(),
                    "longestSeconds": tally.longest.as_secs(),
                })
            })
            .collect();
        let (from, until) = (format!("{:.3}", self.began), format!("{:.3}", self.walk.last()));
        format!("{}\n", json!({ "from": from, "until": until, "rules": rules }))
    }

    fn table(&self) -> String {
        let name = |tally: &Tally| crate::domain::text::harmless_within(&tally.rule, 60);
        let widest = self.tallies.iter().map(|tally| name(tally).width()).max();
        let width = widest.unwrap_or_default().max("rule".len());
        let blank = |text: &str| " ".repeat(width.saturating_sub(text.width()));
        let mut text = format!("rule{}  rang  raised  critical  queues  longest\n", blank("rule"));
        for tally in &self.tallies {
            let name = name(tally);
            let longest = if tally.raised == 0 { "–".to_owned() } else { clock(tally.longest) };
            text = format!(
                "{text}{name}{}  {:>4}  {:>6}  {:>8}  {:>6}  {longest:>7}\n",
                blank(&name),
                tally.rang,
                tally.raised,
                tally.critical,
                tally.queues.len(),
            );
        }
        let length = clock(since(self.walk.last(), self.began));
        text = format!("{text}in {length} of the tape, from {:.0}\n", self.began);
        // silence for want of a queue must not look like calm
        for tally in &self.tallies {
            if let Some(queues) = &tally.misses {
                let queues = crate::domain::text::harmless_within(queues, 60);
                text = format!(
                    "{text}{}: no queue at the end of this tape is {queues}; in a redacted one they have other names\n",
                    name(tally)
                );
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::Trial;
    use crate::domain::alert::{Alerts, Condition, QuietHours, Rule};
    use crate::domain::control::{Control, Named, QueueFigure};
    use crate::domain::identity::{ChannelNumber, QueueId};
    use crate::domain::moment::add;
    use crate::domain::session::{Phase, SessionReport};
    use crate::tape::Entry;
    use jiff::Timestamp;
    use std::time::Duration;

    fn at(second: u64) -> Timestamp {
        let start: Timestamp = "2026-11-23T14:00:00Z".parse().unwrap();
        add(start, Duration::from_secs(second))
    }

    fn live(second: u64) -> Entry {
        let report = SessionReport {
            channel: ChannelNumber(1),
            phase: Phase::Live,
            since: at(0),
            channel_short: String::new(),
            channel_expires: None,
            permitted: 1,
            rejected: 0,
            last_frame: Some(at(second)),
            last_heartbeat: Some(at(second)),
            round_trip: None,
            attempts: 0,
            retry_at: None,
            reason: String::new(),
        };
        Entry::Control { at: at(second), control: Box::new(Control::Session(report)) }
    }

    #[test]
    fn rules_are_asked_each_second_of_the_tape() {
        let condition = Condition::parse("on_queue < 5 for 10s, clear > 6").unwrap();
        let rule = Rule::new("few", Rule::queues("").unwrap(), Some(condition), None).unwrap();
        let condition = Condition::parse("on_queue < 5").unwrap();
        let elsewhere =
            Rule::new("sales", Rule::queues("Sales*").unwrap(), Some(condition), None).unwrap();
        let rules = vec![rule, elsewhere.written_for(Some("Sales*"))];
        let mut alerts = Alerts::new(rules, QuietHours::default());
        let mut trial = Trial::new(&alerts, at(0));
        let named = Named { id: QueueId::new("q1"), name: "Billing".to_owned() };
        let names = Entry::Control { at: at(0), control: Box::new(Control::Queues(vec![named])) };
        trial.take(names);
        for (second, agents) in [(0, 4.0), (20, 8.0), (40, 4.0), (45, 8.0), (60, 1.0), (75, 1.0)] {
            trial.until(at(second), &mut alerts);
            trial.take(live(second));
            let figure = QueueFigure {
                queue: QueueId::new("q1"),
                media: None,
                metric: "oOnQueueUsers".to_owned(),
                qualifier: None,
                value: agents,
                interval: None,
            };
            trial.monitor.queues.figure(&figure, at(second));
        }
        trial.end(&alerts);
        let tally = &trial.tallies[0];
        assert_eq!((tally.raised, tally.rang, tally.critical), (2, 2, 0));
        assert_eq!(tally.longest, Duration::from_secs(20));
        assert!(trial.table().contains("few       2       2"), "{}", trial.table());
        assert!(
            trial.table().contains("sales: no queue at the end of this tape is Sales*"),
            "{}",
            trial.table()
        );
        assert!(trial.json().contains("\"longestSeconds\":20"), "{}", trial.json());
    }
}
