use super::latch::Latch;
use super::rule::{Condition, NotARule, Rule};
use super::{AlertId, Alerts, Change, Level, QuietHours, Transition};
use crate::domain::control::{Control, QueueFigure};
use crate::domain::control::{Gap, Named};
use crate::domain::identity::{ChannelNumber, QueueId};
use crate::domain::intake::Batch;
use crate::domain::moment::add;
use crate::domain::monitor::Monitor;
use crate::domain::session::{Phase, SessionReport};
use jiff::Timestamp;
use jiff::civil::{Time, time};
use proptest::prelude::*;
use std::time::Duration;

fn at(seconds: u64) -> Timestamp {
    let start: Timestamp = "2026-11-23T14:00:00Z".parse().unwrap();
    add(start, Duration::from_secs(seconds))
}

const NOON: Time = time(12, 0, 0, 0);
const NIGHT: Time = time(23, 0, 0, 0);

fn condition(text: &str) -> Condition {
    Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// A monitor with two queues whose agents on queue are known, and the alerts on them.
struct Floor {
    monitor: Monitor,
    alerts: Alerts,
}

impl Floor {
    fn new(queues: &str, warning: &str, critical: &str) -> Self {
        let read = |text: &str| (!text.is_empty()).then(|| condition(text));
        let queues = Rule::queues(queues).unwrap();
        let rule = Rule::new("few agents", queues, read(warning), read(critical)).unwrap();
        let quiet = QuietHours::parse(["22:00-06:00"]).unwrap();
        let mut floor =
            Self { monitor: Monitor::new(at(0)), alerts: Alerts::new(vec![rule], quiet) };
        let names = [("q1", "Billing"), ("q2", "Sales")]
            .map(|(id, name)| Named { id: QueueId::new(id), name: name.to_owned() });
        floor.tell(Control::Queues(names.to_vec()));
        floor
    }

    fn tell(&mut self, control: Control) {
        self.monitor.absorb(Batch { control: vec![control], ..Batch::default() });
    }

    fn session(&mut self, phase: Phase, last: u64) {
        self.tell(Control::Session(SessionReport {
            channel: ChannelNumber(1),
            phase,
            since: at(0),
            channel_short: String::new(),
            channel_expires: None,
            permitted: 1,
            rejected: 0,
            last_frame: Some(at(last)),
            last_heartbeat: Some(at(last)),
            round_trip: None,
            attempts: 0,
            retry_at: None,
            reason: String::new(),
        }));
    }

    fn agents(&mut self, queue: &str, agents: f64, seconds: u64) {
        let figure = QueueFigure {
            queue: QueueId::new(queue),
            media: None,
            metric: "oOnQueueUsers".to_owned(),
            qualifier: None,
            value: agents,
            interval: None,
        };
        self.monitor.queues.figure(&figure, at(seconds));
    }

    /// Looks at a live picture in which Billing has so many agents.
    fn live(&mut self, seconds: u64, agents: f64) -> Vec<Transition> {
        self.session(Phase::Live, seconds);
        self.agents("q1", agents, seconds);
        self.alerts.observe(&self.monitor, at(seconds), NOON)
    }
}

fn told(transitions: &[Transition]) -> Vec<(Change, Level, bool)> {
    transitions.iter().map(|one| (one.change, one.level, one.rings)).collect()
}

fn billing() -> AlertId {
    AlertId { rule: "few agents".into(), queue: QueueId::new("q1") }
}

#[test]
fn an_alert_is_raised_worsens_eases_and_is_cleared() {
    let warning = "on_queue < 5 for 60s, clear > 6";
    let mut floor = Floor::new("", warning, "on_queue <= 1, clear >= 3");
    assert!(floor.live(0, 4.0).is_empty());
    assert!(floor.live(59, 4.0).is_empty());
    assert_eq!(told(&floor.live(60, 4.0)), [(Change::Raised, Level::Warning, true)]);
    assert_eq!(floor.alerts.standing()[0].since, at(0));
    assert!(floor.live(61, 5.5).is_empty(), "between the levels nothing changes");
    assert_eq!(told(&floor.live(62, 1.0)), [(Change::Worsened, Level::Critical, true)]);
    assert!(floor.live(63, 2.0).is_empty());
    assert_eq!(told(&floor.live(64, 3.0)), [(Change::Eased, Level::Warning, false)]);
    assert_eq!(told(&floor.live(70, 7.0)), [(Change::Cleared, Level::Warning, false)]);
    assert!(floor.alerts.standing().is_empty());
    let past = floor.alerts.past().next().unwrap();
    assert_eq!((past.worst, past.since, past.cleared), (Level::Critical, at(0), at(70)));
}

#[test]
fn one_reading_tells_what_holds_now_whatever_the_time_it_must_last() {
    let mut floor = Floor::new("", "on_queue < 5 for 60s", "on_queue <= 1 for 1h");
    floor.agents("q1", 4.0, 0);
    floor.agents("q2", 1.0, 0);
    let now = floor.alerts.now(&floor.monitor, at(0));
    let levels: Vec<_> = now.iter().map(|one| (one.id.queue.as_str(), one.level)).collect();
    assert_eq!(levels, [("q2", Level::Critical), ("q1", Level::Warning)]);
}

#[test]
fn every_figure_of_the_board_can_be_watched() {
    for text in
        ["idle < 1 for 30s", "service_level < 80%, clear > 85%", "asa > 20s", "abandoned >= 3"]
    {
        assert_eq!(condition(text).to_string().split(' ').next(), text.split(' ').next());
    }
}

#[test]
fn rules_are_for_the_queues_that_they_name() {
    for (queues, expected) in [
        ("", 2),
        ("billing", 1),
        ("Bill*", 1),
        ("Bill", 0),
        ("q2", 1),
        ("queue=sales or billing", 2),
        ("-sales", 1),
        ("Bill* or Sales", 2),
        ("Bill or q2", 1),
        ("nobody or nowhere", 0),
    ] {
        let mut floor = Floor::new(queues, "on_queue < 5", "");
        floor.agents("q2", 0.0, 0);
        assert_eq!(floor.live(0, 0.0).len(), expected, "{queues}");
    }
}

#[test]
fn what_is_not_known_neither_raises_nor_clears() {
    let mut floor = Floor::new("billing", "on_queue < 5 for 60s", "");
    floor.live(0, 1.0);
    floor.session(Phase::Dialing, 0);
    assert!(floor.alerts.observe(&floor.monitor, at(90), NOON).is_empty());
    assert!(floor.live(100, 1.0).is_empty(), "what held before the gap doesn't count");
    assert_eq!(told(&floor.live(160, 1.0)), [(Change::Raised, Level::Warning, true)]);

    floor.session(Phase::Dialing, 160);
    floor.agents("q1", 9.0, 161);
    let transitions = floor.alerts.observe(&floor.monitor, at(161), NOON);
    assert_eq!(told(&transitions), [(Change::Unknown, Level::Warning, false)]);
    assert_eq!(floor.alerts.standing()[0].unknown_since, Some(at(161)));
    assert!(floor.alerts.observe(&floor.monitor, at(162), NOON).is_empty(), "told once");
    assert_eq!(told(&floor.live(170, 1.0)), [(Change::Known, Level::Warning, false)]);

    // silence: connected by the book, but nothing came for longer than heartbeats take
    let transitions = floor.alerts.observe(&floor.monitor, at(300), NOON);
    assert_eq!(told(&transitions), [(Change::Unknown, Level::Warning, false)]);
    assert_eq!(told(&floor.live(301, 9.0)), [(Change::Cleared, Level::Warning, false)]);
}

#[test]
fn a_clock_that_is_set_back_makes_no_alert_wait_again() {
    let mut floor = Floor::new("billing", "on_queue < 5 for 60s", "on_queue < 2");
    floor.live(7_200, 4.0);
    // an hour less, ten seconds later
    assert!(floor.live(3_610, 4.0).is_empty());
    assert!(floor.live(3_669, 4.0).is_empty());
    assert_eq!(told(&floor.live(3_670, 4.0)), [(Change::Raised, Level::Warning, true)]);
    assert_eq!(floor.alerts.standing()[0].since, at(3_610));
    assert!(floor.alerts.snooze(&billing(), at(4_570)));
    floor.live(70, 4.0);
    let alert = &floor.alerts.standing()[0];
    assert_eq!((alert.since, alert.snoozed_until), (at(10), Some(at(970))));
}

#[test]
fn what_was_about_to_stand_begins_anew_where_nobody_looked_and_what_stands_stays() {
    let mut floor = Floor::new("", "on_queue < 5 for 60s", "");
    floor.live(0, 4.0);
    floor.live(60, 4.0);
    floor.agents("q2", 4.0, 61);
    floor.live(61, 4.0);
    floor.alerts.looked_away();
    assert!(floor.live(600, 4.0).is_empty());
    assert_eq!(floor.alerts.standing().len(), 1);
    assert!(floor.live(659, 4.0).is_empty());
    assert_eq!(told(&floor.live(660, 4.0)), [(Change::Raised, Level::Warning, true)]);
    floor.alerts.begin_anew();
    assert!(floor.alerts.standing().is_empty() && floor.alerts.rules().len() == 1);
    assert!(floor.live(10, 4.0).is_empty(), "wound back, it is yet to come");
}

#[test]
fn after_a_gap_figures_are_unknown_until_it_is_healed() {
    let mut floor = Floor::new("billing", "on_queue < 5", "");
    let gap = |healed_by: Option<&str>| {
        Control::Gap(Gap {
            channel: ChannelNumber(1),
            from: at(0),
            until: Some(at(10)),
            cause: "test".to_owned(),
            healed_by: healed_by.map(str::to_owned),
        })
    };
    floor.tell(gap(None));
    assert!(floor.live(11, 1.0).is_empty());
    floor.tell(gap(Some("a snapshot")));
    assert_eq!(told(&floor.live(12, 1.0)), [(Change::Raised, Level::Warning, true)]);
}

#[test]
fn acknowledged_and_snoozed_alerts_are_silent_until_they_get_worse_or_it_ends() {
    let mut floor = Floor::new("billing", "on_queue < 5", "on_queue < 2");
    floor.live(0, 4.0);
    assert!(floor.alerts.acknowledge(&billing()));
    assert!(floor.live(1, 3.0).is_empty());
    assert_eq!(told(&floor.live(2, 1.0)), [(Change::Worsened, Level::Critical, true)]);
    assert!(floor.alerts.snooze(&billing(), at(60)));
    assert!(floor.live(59, 1.0).is_empty());
    assert_eq!(told(&floor.live(60, 1.0)), [(Change::Reminded, Level::Critical, true)]);
    assert!(floor.live(61, 1.0).is_empty(), "rings once");
    floor.live(62, 9.0);
    assert!(!floor.alerts.acknowledge(&billing()) && !floor.alerts.snooze(&billing(), at(99)));
}

#[test]
fn in_quiet_hours_nothing_rings_and_what_still_stands_does_afterwards() {
    let mut floor = Floor::new("billing", "on_queue < 5", "");
    floor.session(Phase::Live, 0);
    floor.agents("q1", 1.0, 0);
    let transitions = floor.alerts.observe(&floor.monitor, at(0), NIGHT);
    assert_eq!(told(&transitions), [(Change::Raised, Level::Warning, false)]);
    assert_eq!(told(&floor.live(5, 1.0)), [(Change::Reminded, Level::Warning, true)]);
}

#[test]
fn alerts_of_rules_that_are_gone_are_over() {
    let mut floor = Floor::new("", "on_queue < 5", "");
    floor.live(0, 1.0);
    floor.alerts.set_rules(Vec::new());
    assert_eq!(told(&floor.live(1, 1.0)), [(Change::Cleared, Level::Warning, false)]);
}

#[test]
fn conditions_are_read_and_mistakes_named_with_their_place() {
    for text in [
        "waiting > 5 for 60s, clear < 3",
        "waiting>=5",
        "longest_wait > 2m for 1m30s , clear <= 1m",
        "on_queue < 3, clear > 3",
        "waiting > 0, clear < 1",
        "on_queue < 1, clear > 0",
        "longest_wait > 2m, clear < 2m01",
        "service_level < 80%, clear >= 80%",
    ] {
        let printed = condition(text).to_string();
        assert_eq!(condition(&printed), condition(text), "{printed}");
    }
    for (text, place, words) in [
        ("wating > 5", "wating", "did you mean \"waiting\"?"),
        ("queue > 5", "queue", "no figure"),
        ("", "", "no figure"),
        ("waiting 5", "5", "here comes <"),
        ("waiting > many", "many", "a number"),
        ("longest_wait > 5x", "5x", "a length of time"),
        ("waiting > 5 for ever", "ever", "at most a day"),
        ("waiting > 5 for 60s and", "and", "a condition is written"),
        ("waiting > 5, clear > 3", " > 3", "the other way"),
        ("waiting > 5, clear < 7", " < 7", "overlap"),
        ("waiting >= 5, clear <= 5", " <= 5", "the nearest is \"clear < 5\""),
        ("waiting > 5, clear <= 6", " <= 6", "overlap"),
        ("on_queue < 1, clear >= 0", " >= 0", "overlap"),
        ("longest_wait > 2m, clear < 2m02", " < 2m02", "overlap"),
        ("service_level < 80%, clear > 79%", " > 79%", "the nearest is \"clear >= 80%\""),
        ("waiting > 5, 3", "3", "\"clear\""),
    ] {
        let error = Condition::parse(text).unwrap_err();
        assert_eq!(&text[error.span.clone()], place, "{text}: {error}");
        assert!(error.to_string().contains(words), "{text}: {error}");
    }
    let none = Rule::new("x", Rule::queues("").unwrap(), None, None);
    assert!(none.is_err());
    let read = |text| Some(condition(text));
    let rule = |warning, critical| {
        Rule::new("x", Rule::queues("").unwrap(), read(warning), read(critical))
    };
    assert!(rule("waiting > 5", "hold > 5").is_err());
    for (warning, critical) in
        [("waiting > 5", "waiting > 3"), ("idle < 2", "idle < 3"), ("asa >= 2m", "asa > 1m")]
    {
        assert_eq!(rule(warning, critical).unwrap_err(), NotARule::Reversed, "{critical}");
    }
    for (warning, critical) in [
        ("waiting > 5", "waiting >= 5 for 60s"),
        ("idle < 3", "idle < 2"),
        ("idle < 1", "idle < 1"),
    ] {
        assert!(rule(warning, critical).is_ok(), "{critical}");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_condition_or_a_mistake_with_a_place(text in "(?s).{0,30}|(waiting|longest_wait|for|clear|[ ,<>=0-9smh]){0,12}") {
        match Condition::parse(&text) {
            Ok(read) => prop_assert_eq!(&condition(&read.to_string()), &read),
            Err(error) => prop_assert!(text.get(error.span).is_some()),
        }
        let _ = Rule::queues(&text);
    }

    /// Between the levels nothing changes, whatever the figures do there.
    #[test]
    fn nothing_flaps_inside_the_hysteresis(
        figures in proptest::collection::vec(3.0..=5.0_f64, 1..50),
        starts_set in any::<bool>(),
    ) {
        let condition = condition("waiting > 5, clear < 3");
        let mut latch = if starts_set { Latch::Set(at(0)) } else { Latch::Off };
        for (second, figure) in (1..).zip(figures) {
            latch.step(&condition, figure, at(second));
            prop_assert_eq!(latch.set_since().is_some(), starts_set);
        }
    }

    /// However often it is looked at, a level is set exactly when every look since `sustained`
    /// ago has seen the condition hold.
    #[test]
    fn the_time_is_kept_under_any_rhythm(
        looks in proptest::collection::vec((1..40_u64, any::<bool>()), 1..60),
    ) {
        let condition = condition("waiting > 5 for 60s");
        let mut latch = Latch::Off;
        let (mut now, mut held_since) = (0, None);
        for (wait, holds) in looks {
            now += wait;
            held_since = if holds { held_since.or(Some(now)) } else { None };
            latch.step(&condition, if holds { 6.0 } else { 5.0 }, at(now));
            let expected = held_since.filter(|since| now - since >= 60).map(at);
            prop_assert_eq!(latch.set_since(), expected);
        }
    }

    /// Whatever happens: what is told adds up to what stands, only known figures raise or clear,
    /// and every snooze ends.
    #[test]
    fn what_is_told_adds_up_to_what_stands(
        steps in proptest::collection::vec((1..40_u64, 0..8_u8, 0..6_u8, any::<bool>()), 1..60),
    ) {
        let mut floor = Floor::new("billing", "on_queue < 5 for 30s, clear > 6", "on_queue < 2");
        let (mut now, mut stands) = (0, false);
        for (wait, agents, deed, live) in steps {
            now += wait;
            match deed {
                0 => { floor.alerts.acknowledge(&billing()); }
                1 => { floor.alerts.snooze(&billing(), at(now + 20)); }
                _ => {}
            }
            floor.session(if live { Phase::Live } else { Phase::Dialing }, now);
            floor.agents("q1", f64::from(agents), now);
            for one in floor.alerts.observe(&floor.monitor, at(now), NOON) {
                match one.change {
                    Change::Raised => { prop_assert!(live && !stands); stands = true; }
                    Change::Cleared => { prop_assert!(live && stands); stands = false; }
                    Change::Unknown => prop_assert!(!live && stands && !one.rings),
                    _ => prop_assert!(live && stands),
                }
            }
            let standing = floor.alerts.standing();
            prop_assert_eq!(standing.len(), usize::from(stands));
            let is_snoozed = standing.iter().any(|alert| alert.snoozed_until.is_some_and(|until| until <= at(now)));
            prop_assert!(!is_snoozed);
        }
    }
}
