//! The health screen: sessions, token, limits, what was lost, gaps and events in sentences.
use super::{Panel, Screen, Spot};
use crate::domain::filter::FilterError;
use crate::domain::moment::since;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::history::MINUTES;
use crate::domain::text::harmless_within;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::asked::{self, Asked};
use crate::tui::draw::{empty, panel};
use crate::tui::format;
use crate::tui::key::Key;
use crate::tui::look::{Context, Look};
use crate::tui::pane::List;
use crate::tui::spark::sparkline;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};
use rows::{EXAMPLES, EventRow, FIELDS};

mod rows;

/// How far one can scroll, in lines: more than gaps and events have together.
const MAX_SCROLL: usize = 1_000;

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[ActionEntry::new(
    "health.show",
    &[Key::char('7')],
    "connections, gaps and events",
    Place::Screens,
    |view, _| view.show(Screen::Health),
)
.labelled("health")];

/// Connections, gaps, events.
#[derive(Debug)]
pub(in crate::tui) struct HealthPanel {
    scroll: usize,
    height: usize,
    /// The filter of the events as it is typed.
    filter: String,
    asked: Asked<EventRow>,
}

impl Default for HealthPanel {
    fn default() -> Self {
        let (filter, asked) = (String::new(), Asked::everything(FIELDS));
        Self { scroll: 0, height: 1, filter, asked }
    }
}

impl List for HealthPanel {
    fn move_by(&mut self, by: isize) {
        self.scroll = self.scroll.saturating_add_signed(by).min(MAX_SCROLL);
    }

    fn page(&self) -> usize {
        self.height
    }

    fn filter(&self) -> &str {
        &self.filter
    }

    fn set_filter(&mut self, text: &str) {
        text.clone_into(&mut self.filter);
        self.asked.read(text);
    }
}

impl Panel for HealthPanel {
    fn prepare(&mut self, spot: Spot, _: &Context<'_>) {
        // it is short, and drawn from what is known
        self.height = spot.rows(0);
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let Context { monitor, now, look } = *context;
        let mut lines = connection(monitor, now);
        lines.extend(losses(monitor, now, look));
        lines.push(Line::raw(""));
        // at most `MAX_EVENTS`, and only while this is shown
        let events = monitor.events.iter().rev();
        let total = events.len();
        let passing: Vec<&EventRow> = events.filter(|event| self.asked.passes(event)).collect();
        let mut title = "events, newest first".to_owned();
        if !self.asked.is_everything() {
            title = format!("{title} ({} of {total}) · filter: {}", passing.len(), self.filter);
        }
        lines.push(Line::styled(title, look.theme.title()));
        if passing.is_empty() {
            let filtered = !self.asked.is_everything();
            lines.extend(empty(look, filtered, "nothing has happened yet", spot.columns()));
        }
        for event in passing {
            let time = look.time(event.at);
            let channel =
                event.channel.map(|channel| format!(" channel {channel}:")).unwrap_or_default();
            let retry = event
                .retry_in
                .map(|wait| format!(", again in {:.1} s", wait.as_secs_f64()))
                .unwrap_or_default();
            let context = event
                .context_id
                .as_deref()
                .map(|id| format!(" (contextId {})", harmless_within(id, 64)))
                .unwrap_or_default();
            lines.push(Line::raw(format!("{time}{channel} {}{retry}{context}", event.sentence)));
        }
        let scroll = u16::try_from(self.scroll).unwrap_or(u16::MAX);
        let paragraph = Paragraph::new(lines)
            .block(panel(look, "Health", spot.focused))
            .wrap(Wrap { trim: false })
            .scroll((scroll, 0));
        frame.render_widget(paragraph, spot.area);
    }

    fn fault(&self, filter: &str) -> Option<FilterError> {
        asked::fault(filter, FIELDS)
    }

    fn complete(&self, filter: &str, context: &Context<'_>) -> Vec<String> {
        asked::completed(filter, FIELDS, context.monitor.events.iter().rev().cloned())
    }

    fn examples(&self, context: &Context<'_>) -> Vec<(String, String)> {
        let events = context.monitor.events.iter().rev().cloned();
        asked::examples(&EXAMPLES, FIELDS, events)
    }

    fn list(&self) -> Option<&dyn List> {
        Some(self)
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        Some(self)
    }
}

fn connection(monitor: &Monitor, now: Timestamp) -> Vec<Line<'static>> {
    let link = &monitor.link;
    let left = |end: Option<Timestamp>| {
        end.map_or("–".to_owned(), |end| format::duration(since(end, now)))
    };
    let ago =
        |at: Option<Timestamp>| at.map_or("–".to_owned(), |at| format::duration(since(now, at)));
    let mut lines = vec![Line::raw(format!(
        "organisation {} · as {} · token {} left · clock of the service {} · rate limit {}",
        link.who.organization.as_deref().map_or("–".to_owned(), |name| harmless_within(name, 60)),
        link.who.who.as_deref().map_or("–".to_owned(), |name| harmless_within(name, 60)),
        left(link.token_expires),
        link.clock_skew_milliseconds
            .map_or("–".to_owned(), |skew| format!("{:+} s", skew / 1_000)),
        link.rate_limit
            .map_or("–".to_owned(), |limit| format!("{}/{}", limit.count, limit.allowed)),
    ))];
    for session in link.sessions() {
        lines.push(Line::raw(format!(
            "channel {} {}: {:?} for {} · last frame {} · heartbeat {} · round trip {} · topics {} (+{} refused) · ends in {} · attempts {}",
            session.channel,
            session.channel_short,
            session.phase,
            ago(Some(session.since)),
            ago(session.last_frame),
            ago(session.last_heartbeat),
            session.round_trip.map_or("–".to_owned(), |time| format!("{} ms", time.as_millis())),
            session.permitted,
            session.rejected,
            left(session.channel_expires),
            session.attempts,
        )));
    }
    lines
}

fn losses(monitor: &Monitor, now: Timestamp, look: &Look) -> Vec<Line<'static>> {
    let lost = monitor.thinned;
    let mut lines = vec![Line::raw(format!(
        "counted for {} · frames {} · unreadable {} · merged {} · dropped {} · stragglers {} · refused conversations {} · snapshot {}",
        format::duration(since(now, monitor.counted_since)),
        format::count(monitor.frames.total()),
        format::count(monitor.topics.unreadable()),
        format::count(lost.merged),
        format::count(lost.dropped),
        format::count(monitor.conversations.stragglers()),
        format::count(monitor.conversations.refused()),
        monitor
            .link
            .snapshot
            .map_or("–".to_owned(), |at| format!("{} ago", format::duration(since(now, at)))),
    ))];
    let frames = monitor.history.frames();
    if let Some(peak) = frames.peak() {
        let curve = sparkline(frames.iter(), MINUTES, look.theme.ascii);
        let newest = frames.iter().next_back().flatten();
        let newest = newest.map_or("–".to_owned(), |newest| format::count(u64::from(newest)));
        let peak = format::count(u64::from(peak));
        lines.push(Line::raw(format!("frames a minute {curve} {newest} · most {peak}")));
    }
    if let Some(missing) = &monitor.link.snapshot_missing {
        lines.push(Line::raw(format!(
            "snapshot without conversations: {}",
            harmless_within(missing, 300)
        )));
    }
    lines.push(Line::raw(""));
    lines.push(Line::raw(format!(
        "gaps: {} ended, together {}; {} open",
        monitor.gaps.count(),
        format::duration(monitor.gaps.length()),
        monitor.gaps.open()
    )));
    for gap in monitor.gaps.iter().rev() {
        let time = |at: Timestamp| look.time(at);
        let end = gap.until.map_or("now".to_owned(), time);
        let length = format::duration(since(gap.until.unwrap_or(now), gap.from));
        let healed = gap
            .healed_by
            .as_ref()
            .map_or("not healed yet".to_owned(), |by| format!("healed by {by}"));
        lines.push(Line::raw(format!(
            "  {}–{end} ({length}) channel {}: {} · {}",
            time(gap.from),
            gap.channel,
            harmless_within(&gap.cause, 200),
            harmless_within(&healed, 120)
        )));
    }
    lines
}
