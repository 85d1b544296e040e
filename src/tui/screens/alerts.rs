//! The alerts: what stands, since when, and what is over. Rules come from the configuration.
//!
//! ```text
//! ▲ critical  Billing   busy day   waiting 12      14:03:12  4m12  acknowledged
//! · warning   Sales     long wait  longest 2m10    13:40:00  1m05  over 13:41:05
//! ```
//!
//! The panel owns the machine that decides, since nothing else looks at it between two pictures;
//! what rings goes out to whoever runs the front end.
use super::{Panel, Screen, Spot};
use crate::domain::alert::{
    Alert, AlertId, Alerts, Level, PastAlert, Rule, RuleLine, Transition, figure_text,
};
use crate::domain::filter::FilterError;
use crate::domain::moment::{add, since};
use crate::domain::monitor::Monitor;
use crate::domain::monitor::link::HEARTBEAT_LIMIT;
use crate::domain::text::harmless_within;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::asked;
use crate::tui::draw::{draw_lines, empty, heading, mark_row, panel};
use crate::tui::format::{self, fit};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::names::MAX_CELL;
use crate::tui::overlays::prompt::Prompt;
use crate::tui::pane::{List, Pane};
use crate::tui::view::{At, View};
use jiff::Timestamp;
use jiff::civil::Time;
use ratatui::Frame;
use ratatui::text::Line;
use rows::{AlertRow, EXAMPLES, FIELDS};
use std::time::Duration;
use unicode_width::UnicodeWidthStr;

mod rows;

/// How often alerts are looked for: times in rules are seconds.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// How long an alert sleeps: long enough to deal with it, short enough not to be forgotten.
const SNOOZE: Duration = Duration::from_secs(15 * 60);
/// The same for what takes longer.
const LONG_SNOOZE: Duration = Duration::from_secs(60 * 60);

/// What the columns but the names of queue and rule, the figure and the remark take, with the blanks between.
const FIXED: usize = 2 + 9 + 1 + 1 + 10 + 8;
/// Columns of the queue's name: what the others leave.
const LEAST_QUEUE: usize = 12;
const MOST_QUEUE: usize = 40;
/// Columns of the rule's name, which is left out where there is no room for the fewest.
const LEAST_RULE: usize = 8;
const MOST_RULE: usize = 28;
/// Columns of a figure, at most; as wide as the widest that is shown.
const MOST_FIGURE: usize = 27;
/// A list of fewer columns has short remarks: until when something is silent must not be cut.
const WIDE: usize = 100;

/// What is said where there are no rules.
const NO_RULES: &str =
    "no rules yet: n writes one; or write [[alert]] tables into the configuration file";
/// What is said where there are rules, and no alert has stood.
const NO_ALERT: &str = "no alert stands or has stood; e shows the rules, n writes one";

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new(
        "alerts.show",
        &[Key::char('8')],
        "the alerts: what stands, and what is over",
        Place::Screens,
        |view, _| view.show(Screen::Alerts),
    )
    .labelled("alerts"),
    ActionEntry::new(
        "alerts.acknowledge",
        &[Key::char('a')],
        "take note: it doesn't ring again unless it gets worse",
        Place::Panel(Screen::Alerts),
        |view, _| {
            if let Some(id) = view.panels.alerts.chosen().cloned() {
                view.panels.alerts.alerts.acknowledge(&id);
            }
            Vec::new()
        },
    )
    .labelled("acknowledge")
    .unless(nothing_chosen),
    ActionEntry::new(
        "alerts.edit",
        &[Key::char('e')],
        "change the rule of this alert, or the first rule",
        Place::Panel(Screen::Alerts),
        |view, at| {
            let line = view.panels.alerts.rule_to_change().map(RuleLine::of);
            Prompt::rule(line, view, at);
            Vec::new()
        },
    )
    .labelled("edit rule")
    .unless(|view, _| {
        let has_one = view.panels.alerts.rule_to_change().is_some();
        (!has_one).then_some("there is no rule yet; n writes one")
    }),
    ActionEntry::new(
        "alerts.new",
        &[Key::char('n')],
        "write a new rule",
        Place::Panel(Screen::Alerts),
        |view, at| {
            Prompt::rule(None, view, at);
            Vec::new()
        },
    )
    .labelled("new rule"),
    ActionEntry::new(
        "alerts.snooze",
        &[Key::char('z')],
        "let it be silent for 15 minutes; if it still stands, it rings again",
        Place::Panel(Screen::Alerts),
        |view, at| snooze(view, at, SNOOZE),
    )
    .labelled("snooze")
    .unless(nothing_chosen),
    ActionEntry::new(
        "alerts.snooze_long",
        &[Key::char('Z')],
        "let it be silent for an hour",
        Place::Panel(Screen::Alerts),
        |view, at| snooze(view, at, LONG_SNOOZE),
    )
    .unless(nothing_chosen),
];

fn nothing_chosen(view: &View, _: &At<'_>) -> Option<&'static str> {
    let chosen = view.panels.alerts.chosen();
    chosen.is_none().then_some("move the cursor onto an alert that stands with ↑ ↓")
}

fn snooze(view: &mut View, at: &At<'_>, length: Duration) -> Vec<crate::tui::view::Effect> {
    if let Some(id) = view.panels.alerts.chosen().cloned() {
        view.panels.alerts.alerts.snooze(&id, add(at.now, length));
    }
    Vec::new()
}

/// The alerts.
#[derive(Debug)]
pub(in crate::tui) struct AlertPanel {
    pub(in crate::tui) alerts: Alerts,
    /// When they were last looked for.
    looked: Option<Timestamp>,
    pane: Pane<AlertKey, AlertLine>,
    asked: asked::Asked<AlertRow>,
}

impl Default for AlertPanel {
    fn default() -> Self {
        Self {
            alerts: Alerts::default(),
            looked: None,
            pane: Pane::default(),
            asked: asked::Asked::everything(FIELDS),
        }
    }
}

/// What a row is about; one alert can have stood several times.
#[derive(Clone, Debug, PartialEq)]
struct AlertKey {
    id: AlertId,
    cleared: Option<Timestamp>,
}

#[derive(Debug)]
struct AlertLine {
    key: AlertKey,
    level: Level,
    queue: String,
    rule: String,
    figure: String,
    since: Timestamp,
    length: Duration,
    remark: String,
}

impl AlertPanel {
    /// A panel on these.
    pub(in crate::tui) fn new(alerts: Alerts) -> Self {
        Self { alerts, ..Self::default() }
    }

    /// Looks for alerts, if the last look was long enough ago or in the future: a recording was wound
    /// back, or the clock was set back.
    pub(in crate::tui) fn observe(
        &mut self,
        monitor: &Monitor,
        now: Timestamp,
        clock: Time,
        replays: bool,
    ) -> Vec<Transition> {
        let is_due = self.looked.is_none_or(|at| at > now || since(now, at) >= BETWEEN_LOOKS);
        if !is_due {
            return Vec::new();
        }
        if replays && self.looked.is_some_and(|at| at > now) {
            self.alerts.begin_anew();
        }
        // the time between two pictures of a recording is long by its pace alone
        if !replays && self.looked.is_some_and(|at| since(now, at) > HEARTBEAT_LIMIT) {
            self.alerts.looked_away();
        }
        self.looked = Some(now);
        self.alerts.observe(monitor, now, clock)
    }

    /// The rule of the alert under the cursor, or else the first one.
    fn rule_to_change(&self) -> Option<&Rule> {
        let under = self.pane.selected.as_ref().and_then(|key| self.alerts.rule(&key.id));
        under.or_else(|| self.alerts.rules().first())
    }

    /// The alert under the cursor, if it stands.
    fn chosen(&self) -> Option<&AlertId> {
        let key = self.pane.selected.as_ref()?;
        key.cleared.is_none().then_some(&key.id)
    }

    fn standing_line(&self, alert: &Alert, wide: bool, context: &Context<'_>) -> AlertLine {
        let time = |at| context.look.time(at);
        let mut remarks = Vec::new();
        if let Some(at) = alert.unknown_since {
            remarks.push(format!("unknown{} {}", if wide { " since" } else { "" }, time(at)));
        }
        if alert.acknowledged {
            let short = alert.snoozed_until.is_some() && !wide;
            remarks.push(if short { "ack.".to_owned() } else { "acknowledged".to_owned() });
        }
        if let Some(until) = alert.snoozed_until {
            let words = match (wide, remarks.is_empty()) {
                (true, _) => "snoozed until",
                (false, true) => "silent to",
                (false, false) => "to",
            };
            remarks.push(format!("{words} {}", time(until)));
        }
        AlertLine {
            key: AlertKey { id: alert.id.clone(), cleared: None },
            level: alert.level,
            queue: context.monitor.directory.queue(&alert.id.queue).to_owned(),
            rule: harmless_within(&alert.id.rule, MAX_CELL),
            figure: self.figure(&alert.id, Some(alert.figure)),
            since: alert.since,
            length: alert.age(context.now),
            remark: remarks.join(", "),
        }
    }

    fn past_line(&self, past: &PastAlert, context: &Context<'_>) -> AlertLine {
        AlertLine {
            key: AlertKey { id: past.id.clone(), cleared: Some(past.cleared) },
            level: past.worst,
            queue: context.monitor.directory.queue(&past.id.queue).to_owned(),
            rule: harmless_within(&past.id.rule, MAX_CELL),
            figure: self.figure(&past.id, None),
            since: past.since,
            length: since(past.cleared, past.since),
            remark: format!("over {}", context.look.time(past.cleared)),
        }
    }

    /// What stands, then what stood, the newest first.
    fn all_rows(&self, context: &Context<'_>) -> impl Iterator<Item = AlertRow> {
        let standing = self.alerts.standing().into_iter();
        let standing = standing.map(|alert| self.standing_row(alert, context));
        standing.chain(self.alerts.past().rev().map(|past| self.past_row(past, context)))
    }

    fn standing_row(&self, alert: &Alert, context: &Context<'_>) -> AlertRow {
        let state = match alert {
            Alert { unknown_since: Some(_), .. } => "unknown",
            Alert { snoozed_until: Some(_), .. } => "snoozed",
            Alert { acknowledged: true, .. } => "acknowledged",
            _ => "stands",
        };
        AlertRow {
            level: alert.level.word(),
            queue: context.monitor.directory.queue(&alert.id.queue).to_owned(),
            rule: alert.id.rule.to_string(),
            figure: self.figure(&alert.id, None),
            value: Some(alert.figure),
            state,
            since: alert.since,
            length: alert.age(context.now).as_secs_f64(),
        }
    }

    fn past_row(&self, past: &PastAlert, context: &Context<'_>) -> AlertRow {
        AlertRow {
            level: past.worst.word(),
            queue: context.monitor.directory.queue(&past.id.queue).to_owned(),
            rule: past.id.rule.to_string(),
            figure: self.figure(&past.id, None),
            value: None,
            state: "over",
            since: past.since,
            length: since(past.cleared, past.since).as_secs_f64(),
        }
    }

    /// The figure that a rule watches, with its value.
    fn figure(&self, id: &AlertId, value: Option<f64>) -> String {
        let Some(metric) = self.alerts.rule(id).map(Rule::metric) else {
            return harmless_within(&id.rule, MAX_CELL);
        };
        let Some(value) = value else { return metric.name.to_owned() };
        format!("{} {}", metric.name, figure_text(metric.holds, value))
    }
}

impl Panel for AlertPanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        self.pane.height = spot.rows(1);
        self.asked.read(&self.pane.filter);
        let (standing, past) = (self.alerts.standing(), self.alerts.past().rev());
        self.pane.total = standing.len() + past.len();
        let mut lines: Vec<AlertLine> = Vec::new();
        for alert in standing {
            if self.asked.is_everything() || self.asked.passes(&self.standing_row(alert, context)) {
                lines.push(self.standing_line(alert, spot.columns() >= WIDE, context));
            }
        }
        for past in past {
            if self.asked.is_everything() || self.asked.passes(&self.past_row(past, context)) {
                lines.push(self.past_line(past, context));
            }
        }
        self.pane.set_order(lines.iter().map(|line| line.key.clone()).collect());
        // at most `MAX_STANDING` and `MAX_PAST` lines, made once a picture while this is shown
        let window = self.pane.window();
        self.pane.lines = lines.drain(window).collect();
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let look = context.look;
        let standing = self.alerts.standing().len();
        let title = format!("Alerts {} · {standing} stand", self.pane.tally());
        let widest = |text: fn(&AlertLine) -> &str| {
            self.pane.lines.iter().map(|line| text(line).width()).max().unwrap_or(0)
        };
        let remark = widest(|line| &line.remark);
        let figure = widest(|line| &line.figure).clamp("figure".len(), MOST_FIGURE);
        let left = spot.columns().saturating_sub(FIXED + figure + remark);
        let rule = widest(|line| &line.rule).clamp(LEAST_RULE, MOST_RULE);
        let rule = left.saturating_sub(LEAST_QUEUE + 1).min(rule);
        let rule = if rule < LEAST_RULE { 0 } else { rule };
        let queue = (left - rule - usize::from(rule > 0)).clamp(LEAST_QUEUE, MOST_QUEUE);
        // what stands under which queue, and by which rule where there is room
        let names = |of_queue: &str, of_rule: &str| match rule {
            0 => fit(of_queue, queue),
            _ => format!("{} {}", fit(of_queue, queue), fit(of_rule, rule)),
        };
        let mut lines = vec![heading(
            look,
            format!(
                "  {} {} {} since     length  ",
                fit("level", 8),
                names("queue", "rule"),
                fit("figure", figure)
            ),
        )];
        for line in &self.pane.lines {
            let is_over = line.key.cleared.is_some();
            let (sign, style) = match line.level {
                _ if is_over => (look.theme.sign("·", "."), look.theme.dim()),
                Level::Critical => (look.theme.sign("▲", "!"), look.theme.bad()),
                Level::Warning => (look.theme.sign("◆", "*"), look.theme.warn()),
            };
            let text = format!(
                "{sign} {} {} {} {}  {} {}",
                fit(line.level.word(), 8),
                names(&line.queue, &line.rule),
                fit(&line.figure, figure),
                look.time(line.since),
                fit(&format::clock(line.length), 7),
                line.remark,
            );
            let selected = self.pane.selected.as_ref() == Some(&line.key);
            lines.push(mark_row(Line::styled(text, style), selected, look));
        }
        if self.pane.lines.is_empty() {
            let otherwise = if self.alerts.rules().is_empty() { NO_RULES } else { NO_ALERT };
            lines.extend(empty(look, !self.asked.is_everything(), otherwise, spot.columns()));
        }
        let block = panel(look, &title, spot.focused);
        draw_lines(frame, spot.area, block, &lines);
    }

    fn fault(&self, filter: &str) -> Option<FilterError> {
        asked::fault(filter, FIELDS)
    }

    fn complete(&self, filter: &str, context: &Context<'_>) -> Vec<String> {
        asked::completed(filter, FIELDS, self.all_rows(context))
    }

    fn examples(&self, context: &Context<'_>) -> Vec<(String, String)> {
        asked::examples(&EXAMPLES, FIELDS, self.all_rows(context))
    }

    fn list(&self) -> Option<&dyn List> {
        Some(&self.pane)
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        Some(&mut self.pane)
    }
}
