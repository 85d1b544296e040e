//! The timeline of one conversation: a ladder of its participants, step by step, and beside each
//! step the frame and the field that decided it.
//!
//! ```text
//! time      after  who              what         lasted  ▏ladder           ▕ decided by
//! 14:03:12   0m00  customer         connected     7m12   ████████████████▶  frame 812 participants[0]…
//! 14:03:24   0m12  queue Billing    waits         1m03   ··████············
//! ```
//!
//! Takes in frames as they come while it is open. Must not decide what a step means.
use super::{Layer, Overlay};
use crate::domain::conversation::Purpose;
use crate::domain::decode::{Body, Meaning, decode};
use crate::domain::identity::{ConversationId, ParticipantId};
use crate::domain::moment::since;
use crate::domain::monitor::directory::short;
use crate::domain::monitor::frames::Kept;
use crate::domain::text::harmless_within;
use crate::domain::timeline::{Snapshot, Step, Timeline, What};
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{draw_lines, heading, mark_row, panel};
use crate::tui::format::{clock, cut, fit, fit_right};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::names::MAX_CELL;
use crate::tui::overlays::difference::Comparison;
use crate::tui::overlays::inspector::Inspector;
use crate::tui::theme::Theme;
use crate::tui::view::{At, Effect, View};
use crossterm::event::KeyCode;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

const HERE: Place = Place::Over(Layer::Timeline);
/// Fewest and most columns of the ladder; it is left out where there is room for fewer.
const LADDER: std::ops::RangeInclusive<usize> = 12..=40;
/// What the columns before the ladder take, and what is left for the last one where there is a
/// ladder: the number of a frame and a path such as `participants[12].messages[0].connectedTime`.
const FIXED: usize = 10 + 7 + 24 + 24 + 9;
const EVIDENCE: usize = 58;
/// Fewest columns in which the last one says anything.
const LEAST_EVIDENCE: usize = 30;
/// Columns of what happened.
const WHAT: usize = 23;
/// Lines under a narrow list, where the step under the cursor is told in full: what happened, if that is
/// cut above, and what decided it.
const FOOT: u16 = 2;

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new(
        "timeline.open",
        &[Key::of(KeyCode::Enter)],
        "open the frame that decided the step",
        HERE,
        |view, at| open_evidence(view, at, Inspector::open_at),
    )
    .labelled("frame"),
    ActionEntry::new(
        "timeline.difference",
        &[Key::char('d')],
        "what that frame changed against the one before",
        HERE,
        |view, at| {
            open_evidence(view, at, |frame, _, context| Comparison::with_before(frame, context))
        },
    )
    .labelled("changes"),
];

fn open_evidence(
    view: &mut View,
    at: &At<'_>,
    open: fn(u64, &str, &Context<'_>) -> Result<Overlay, &'static str>,
) -> Vec<Effect> {
    let Some(Overlay::Timeline(timeline)) = view.overlays.last() else { return Vec::new() };
    let evidence = timeline.step().map(|step| (step.evidence.frame, &step.evidence.field));
    let opened = match evidence {
        Some((Some(sequence), field)) => open(sequence, field, &view.context(at)),
        Some((None, _)) => Err("this is known by REST; no frame that is kept says it"),
        None => Err("nothing is known of this conversation"),
    };
    match opened {
        Ok(overlay) => view.lay(overlay),
        Err(sentence) => sentence.clone_into(&mut view.message),
    }
    Vec::new()
}

/// The open timeline.
#[derive(Debug)]
pub(in crate::tui) struct Ladder {
    id: ConversationId,
    timeline: Timeline,
    /// Number of the next frame that was not looked at yet.
    next_frame: u64,
    /// The step under the cursor: by what it is, since steps can come in before it.
    selected: Option<(ParticipantId, What, Timestamp)>,
    offset: usize,
    height: usize,
}

impl Ladder {
    /// Opens the timeline of a conversation.
    pub(in crate::tui) fn open(id: &ConversationId, context: &Context<'_>) -> Overlay {
        let mut ladder = Self {
            id: id.clone(),
            timeline: Timeline::default(),
            next_frame: 0,
            selected: None,
            offset: 0,
            height: 1,
        };
        ladder.take_frames(context);
        // what no kept frame tells, the newest snapshot does: it may have come by REST
        if let Some(row) = context.monitor.conversations.find(id) {
            ladder.timeline.take(Snapshot {
                frame: None,
                received: row.updated,
                flat: false,
                conversation: &row.conversation,
            });
        }
        Overlay::Timeline(Box::new(ladder))
    }

    fn take_frames(&mut self, context: &Context<'_>) {
        let frames = &context.monitor.frames;
        let first = frames.iter().next().map_or(self.next_frame, |kept| kept.sequence);
        for sequence in self.next_frame.max(first)..frames.total() {
            if let Some(kept) = frames.get(sequence) {
                self.take_frame(kept);
            }
        }
        self.next_frame = frames.total();
    }

    fn take_frame(&mut self, kept: &Kept) {
        // cheaper than decoding every frame only to find another conversation in it
        if !kept.frame.text().is_some_and(|text| text.contains(self.id.as_str())) {
            return;
        }
        let (flat, conversation) = match decode(&kept.frame).meaning {
            Meaning::Event(Body::Conversation(conversation)) => (false, conversation),
            Meaning::Event(Body::MediaConversation { snapshot, .. }) => (true, snapshot),
            _ => return,
        };
        if conversation.id == self.id {
            self.timeline.take(Snapshot {
                frame: Some(kept.sequence),
                received: kept.frame.received,
                flat,
                conversation: &conversation,
            });
        }
    }

    fn position(&self) -> usize {
        let is = |step: &Step| {
            self.selected.as_ref().is_some_and(|(participant, what, at)| {
                step.part.participant == *participant && step.what == *what && step.at == *at
            })
        };
        self.timeline.steps().iter().position(is).unwrap_or_default()
    }

    /// The frame that decided the step under the cursor.
    pub(super) fn evidence(&self) -> Option<u64> {
        self.step()?.evidence.frame
    }

    /// The step under the cursor.
    fn step(&self) -> Option<&Step> {
        self.timeline.steps().get(self.position())
    }

    pub(super) fn go(&mut self, by: isize) {
        let last = self.timeline.steps().len().saturating_sub(1);
        let to = self.position().saturating_add_signed(by).min(last);
        self.selected = self
            .timeline
            .steps()
            .get(to)
            .map(|step| (step.part.participant.clone(), step.what.clone(), step.at));
    }

    pub(super) fn page(&self) -> usize {
        self.height
    }

    /// Takes in what came, and keeps the cursor in sight.
    pub(super) fn prepare(&mut self, area: Rect, context: &Context<'_>) {
        self.take_frames(context);
        let foot = if is_narrow(area) { FOOT } else { 0 };
        self.height = usize::from(area.height.saturating_sub(3 + foot)).max(1);
        let position = self.position();
        self.offset = self.offset.clamp((position + 1).saturating_sub(self.height), position);
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let look = context.look;
        let steps = self.timeline.steps();
        let span = self.timeline.span(context.now);
        let length = span.map_or("–".to_owned(), |(from, to)| clock(since(to, from)));
        let untold = match self.timeline.untold() {
            0 => String::new(),
            more => format!(" · {more} more steps aren't told"),
        };
        let some = |number: usize, what: &str| {
            format!("{number} {what}{}", if number == 1 { "" } else { "s" })
        };
        let title = format!(
            "Conversation {} · {} in {length} · from {}{untold}",
            short(self.id.as_str()),
            some(steps.len(), "step"),
            some(self.timeline.frames(), "frame"),
        );
        let columns = usize::from(area.width.saturating_sub(2));
        let ladder = columns.saturating_sub(FIXED + 2 + EVIDENCE).min(*LADDER.end());
        let ladder = if LADDER.contains(&ladder) { ladder } else { 0 };
        let told = if columns < FIXED + LEAST_EVIDENCE { "" } else { "decided by" };
        let mut lines = vec![heading(look, headings(ladder, told))];
        for step in steps.iter().skip(self.offset).take(self.height) {
            let selected = self.step() == Some(step);
            lines.push(mark_row(row(step, span, ladder, columns, context), selected, look));
        }
        if steps.is_empty() {
            lines.push(Line::raw("nothing is known of this conversation any more"));
        }
        if let Some(step) = self.step().filter(|_| is_narrow(area)) {
            lines.resize(self.height + 1, Line::default());
            let what = what_of(step, context);
            let what = if what.width() > WHAT { what } else { String::new() };
            for told in [what, format!("decided by {}", evidence(step))] {
                lines.push(Line::styled(cut(&told, columns), look.theme.accent()));
            }
        }
        draw_lines(frame, area, panel(look, &title, true), &lines);
    }
}

/// Whether there is too little room to tell of each step in full what decided it.
fn is_narrow(area: Rect) -> bool {
    usize::from(area.width.saturating_sub(2)) < FIXED + EVIDENCE
}

/// The frame and the field that decided a step.
fn evidence(step: &Step) -> String {
    match step.evidence.frame {
        Some(frame) => format!("frame {frame} {}", step.evidence.field),
        None => format!("REST {}", step.evidence.field),
    }
}

fn headings(ladder: usize, told: &str) -> String {
    let ladder = if ladder > 0 { fit("over time", ladder + 2) } else { String::new() };
    format!(
        "{} {} {} {} {}  {ladder}{told}",
        fit("time", 9),
        fit_right("after", 6),
        fit("who", 23),
        fit("what", WHAT),
        fit_right("lasted", 7),
    )
}

fn row(
    step: &Step,
    span: Option<(Timestamp, Timestamp)>,
    ladder: usize,
    columns: usize,
    context: &Context<'_>,
) -> Line<'static> {
    let look = context.look;
    let theme = look.theme;
    let start = span.map_or(step.at, |(from, _)| from);
    let lasted = match step.lasted(context.now) {
        // a sign and not only a colour: it is still growing
        Some(length) if step.goes_on() => format!("{}{}", clock(length), theme.sign("…", "+")),
        Some(length) => clock(length),
        None => String::new(),
    };
    let style = style_of(step, theme);
    // without a time of the service's own, the frame's stands in
    let mark = if step.exact { " " } else { "~" };
    let mut spans = vec![
        Span::raw(format!("{}{mark} ", look.time(step.at))),
        Span::styled(format!("{} ", fit_right(&clock(since(step.at, start)), 6)), theme.dim()),
        Span::raw(format!("{} ", fit(&who(step, context), 23))),
        Span::styled(fit(&what_of(step, context), WHAT), style),
        Span::raw(format!(" {}  ", fit_right(&lasted, 7))),
    ];
    if ladder > 0 {
        spans.extend(bar(step, span, ladder, style, context));
    }
    let room = columns.saturating_sub(FIXED + if ladder > 0 { ladder + 2 } else { 0 });
    if room >= LEAST_EVIDENCE {
        spans.push(Span::styled(cut(&evidence(step), room), theme.dim()));
    }
    Line::from(spans)
}

/// What happened, and how.
fn what_of(step: &Step, context: &Context<'_>) -> String {
    let word = step.what.word(&step.part.purpose);
    match step.what.detail() {
        // the name and not the kind of step needs the room: the step before it says "wrap-up"
        "" if let Some(code) = &step.code => {
            format!("done: {}", context.monitor.directory.wrapup_code(code))
        }
        "" => word.to_owned(),
        detail => format!("{word} ({})", harmless_within(detail, MAX_CELL)),
    }
}

fn who(step: &Step, context: &Context<'_>) -> String {
    let directory = &context.monitor.directory;
    let queue = step.part.queue.as_ref().map(|queue| directory.queue(queue));
    let user = step.part.user.as_ref().map(|user| directory.user(user));
    match (&step.part.purpose, queue, user) {
        (Purpose::Acd, Some(queue), _) => format!("queue {queue}"),
        (Purpose::Agent | Purpose::User, _, Some(user)) => user.to_owned(),
        (purpose, _, _) => harmless_within(purpose.word(), MAX_CELL),
    }
}

fn style_of(step: &Step, theme: Theme) -> Style {
    match (&step.what, &step.part.purpose) {
        (What::Missed(_), _) => theme.bad(),
        (What::Alerting | What::Dialing | What::Held, _) | (What::Connected, Purpose::Acd) => {
            theme.warn()
        }
        (What::Connected | What::Resumed | What::Unparked, Purpose::Agent | Purpose::User) => {
            theme.good()
        }
        (What::Ended(_) | What::Transferred(_) | What::WrapupDone, _) => theme.dim(),
        _ => theme.accent(),
    }
}

/// The step's time as a bar within that of the whole conversation.
fn bar(
    step: &Step,
    span: Option<(Timestamp, Timestamp)>,
    width: usize,
    style: Style,
    context: &Context<'_>,
) -> [Span<'static>; 4] {
    let theme = context.look.theme;
    let (from, to) = span.unwrap_or((step.at, step.at));
    let whole = since(to, from).as_secs_f64().max(0.001);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share between 0 and 1 of some dozens of columns"
    )]
    let column = |at: Timestamp| {
        ((since(at, from).as_secs_f64() / whole * width as f64) as usize).min(width - 1)
    };
    let begins = column(step.at);
    let end = step.until.unwrap_or(if step.goes_on() { to } else { step.at });
    let length = column(end).saturating_sub(begins) + 1;
    let (full, moment) = (theme.sign("█", "#"), theme.sign("│", "|"));
    let drawn =
        if step.lasted(context.now).is_some() { full.repeat(length) } else { moment.to_owned() };
    let rest = width - begins - if step.lasted(context.now).is_some() { length } else { 1 };
    [
        Span::styled(theme.sign("·", ".").repeat(begins), theme.dim()),
        Span::styled(drawn, style),
        Span::styled(theme.sign("·", ".").repeat(rest), theme.dim()),
        Span::raw("  "),
    ]
}

#[cfg(test)]
mod tests {
    use crate::tui::testing::Person;
    use crossterm::event::KeyCode;

    /// A customer who waits.
    const WAITS: &str = r#"{"topicName":"v2.routing.queues.q1.conversations","eventBody":{"id":"c1","participants":[
        {"id":"p1","purpose":"customer","connectedTime":"2026-11-23T14:02:00Z","calls":[{"state":"connected","connectedTime":"2026-11-23T14:02:00Z"}]},
        {"id":"p2","purpose":"acd","queueId":"q1","connectedTime":"2026-11-23T14:02:10Z","calls":[{"state":"connected","connectedTime":"2026-11-23T14:02:10Z"}]}]}}"#;

    #[test]
    fn what_decided_a_step_is_told_on_a_narrow_screen_too() {
        let mut person = Person::at(WAITS);
        person.press(KeyCode::Esc);
        person.types("3");
        person.press(KeyCode::Enter);
        person.press(KeyCode::Down);
        let field = "frame 0 participants[1].calls[0].connectedTime";
        for columns in [60, 80, 104] {
            let screen = person.sees_on(columns, 24);
            assert!(screen.contains(&format!("decided by {field}")), "{screen}");
        }
        let wide = person.sees_on(160, 24);
        assert!(wide.contains(field) && !wide.contains(&format!("by {field}")), "{wide}");
    }

    /// The same who was handed on in a way that takes many words.
    const HANDED_ON: &str = r#"{"topicName":"v2.routing.queues.q1.conversations","eventBody":{"id":"c1","participants":[
        {"id":"p2","purpose":"acd","queueId":"q1","connectedTime":"2026-11-23T14:02:10Z","endTime":"2026-11-23T14:02:40Z","calls":[{"state":"disconnected","connectedTime":"2026-11-23T14:02:10Z","disconnectedTime":"2026-11-23T14:02:40Z","disconnectType":"transfer.notAvailable"}]}]}}"#;

    #[test]
    fn what_is_cut_in_a_narrow_list_is_told_in_full_under_it() {
        let mut person = Person::at(HANDED_ON);
        person.press(KeyCode::Esc);
        person.types("3");
        person.press(KeyCode::Enter);
        person.press(KeyCode::Down);
        let told = "(transfer.notAvailable)";
        let narrow = person.sees_on(80, 24);
        assert_eq!(narrow.matches(told).count(), 1, "{narrow}");
        person.press(KeyCode::Up);
        assert!(!person.sees_on(80, 24).contains(told));
    }

    #[test]
    fn the_frame_opens_at_the_field_that_decided() {
        let mut person = Person::at(WAITS);
        person.press(KeyCode::Esc);
        person.types("3");
        person.press(KeyCode::Enter);
        person.press(KeyCode::Down);
        person.press(KeyCode::Enter);
        let screen = person.sees();
        let path = "eventBody.participants[1].calls[0].connectedTime";
        assert!(screen.contains(path), "{screen}");
    }
}
