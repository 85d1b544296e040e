//! The truth bar: whether what is shown is live, in a word and a shape; and the line that says
//! why it isn't.
use crate::domain::alert::Level;
use crate::domain::moment::since;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::link::{Progress, Truth};
use crate::domain::session::Phase;
use crate::domain::text::harmless_within;
use crate::tui::big;
use crate::tui::format;
use crate::tui::recording;
use crate::tui::view::View;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

/// Longest reason that is looked at, in characters; wider than any screen.
const MAX_REASON: usize = 400;

/// A piece of the bar, the most important first: the rest goes where there is no room.
struct Piece {
    text: String,
    style: Style,
}

fn state(monitor: &Monitor, view: &View, now: Timestamp) -> Piece {
    let theme = view.look.theme;
    if is_unrecorded(monitor, view) {
        return Piece { text: "? LINK UNKNOWN".to_owned(), style: theme.warn() };
    }
    let (text, style) = match monitor.link.truth(now) {
        Truth::Live => (theme.sign("● LIVE", "* LIVE").to_owned(), theme.good()),
        Truth::Connecting => (theme.sign("◐ CONNECTING", "o CONNECTING").to_owned(), theme.warn()),
        Truth::Reconnecting { live, of } if of > 1 => {
            (format!("{} {live}/{of}", theme.sign("◐ RECONNECTING", "o RECONNECTING")), theme.bad())
        }
        Truth::Reconnecting { .. } => {
            (theme.sign("◐ RECONNECTING", "o RECONNECTING").to_owned(), theme.bad())
        }
        Truth::Stale(silence) => (
            format!("{} {}", theme.sign("▲ STALE", "! STALE"), format::duration(silence)),
            theme.bad(),
        ),
        Truth::Offline => (theme.sign("■ OFFLINE", "# OFFLINE").to_owned(), theme.bad()),
    };
    Piece { text, style }
}

/// Whether a recording is shown that doesn't tell how the connection stood, as the output of `tail`
/// doesn't: then nothing connects, and nobody knows whether it was live.
fn is_unrecorded(monitor: &Monitor, view: &View) -> bool {
    view.replay.is_some() && monitor.link.sessions().len() == 0
}

/// That alerts stand, if some do.
fn alerts(view: &View) -> Option<Piece> {
    let theme = view.look.theme;
    let standing = view.alerts().standing();
    let worst = view.alerts().worst()?;
    let unknown = standing.iter().any(|alert| alert.unknown_since.is_some());
    let text = format!(
        "{} {}{}",
        theme.sign("⚑", "!"),
        match standing.len() {
            1 => format!("1 {}", worst.word()),
            several => format!("{} alerts", format::count(several as u64)),
        },
        if unknown { "?" } else { "" },
    );
    let style = if worst == Level::Critical { theme.bad() } else { theme.warn() };
    Some(Piece { text, style })
}

/// Everything that the bar tells, the most important first.
fn pieces(monitor: &Monitor, view: &View, now: Timestamp) -> Vec<Piece> {
    let theme = view.look.theme;
    let link = &monitor.link;
    let plain = Style::new();
    let mut pieces = Vec::new();
    // first of all that it isn't live: the truth of the tape comes after it
    if let Some(replay) = &view.replay {
        let word = replay.split(": ").next().unwrap_or_default();
        pieces.push(Piece { text: word.to_owned(), style: theme.title() });
    }
    pieces.push(state(monitor, view, now));
    if let Some(frozen) = &view.frozen {
        let since = monitor.frames.total().saturating_sub(frozen.monitor.frames.total());
        pieces
            .push(Piece { text: format!("FROZEN +{}", format::count(since)), style: theme.warn() });
    }
    // what must not go for want of room: whoever looks over the shoulder can read names
    if !view.look.mask {
        pieces.push(Piece { text: "UNMASKED".to_owned(), style: theme.warn() });
    }
    pieces.extend(alerts(view));
    if let Some(status) = &view.recording {
        let (text, style) = recording::words(status, theme);
        pieces.push(Piece { text, style });
    }
    let heart = theme.sign("♥", "hb");
    pieces.push(match link.heartbeat_age(now) {
        Some(age) => Piece { text: format!("{heart} {}", format::duration(age)), style: plain },
        None => Piece { text: format!("{heart} –"), style: theme.dim() },
    });
    let (live, sockets) = link.live_sessions();
    let (topics, budget) = link.topic_budget();
    let (gaps, open) = (monitor.gaps.count(), monitor.gaps.open());
    let lost = monitor.thinned;
    let mut add = |text: String, style: Style| pieces.push(Piece { text, style });
    let log_in = link.log_in_within(now);
    if let Some(left) = log_in {
        add(format!("LOG IN AGAIN {}", format::duration(left)), theme.bad());
    }
    if lost.dropped > 0 {
        add(format!("dropped {}", format::count(lost.dropped)), theme.bad());
    }
    if lost.merged > 0 {
        add(format!("merged {}", format::count(lost.merged)), theme.warn());
    }
    match (gaps, open) {
        (0, 0) => add("gaps 0".to_owned(), plain),
        (_, 0) => add(format!("gaps {gaps}"), theme.warn()),
        // one that goes on counts: what is missed at this moment must not read as nothing missed
        _ => add(format!("gaps {} (open)", gaps + open as u64), theme.bad()),
    }
    if link.rejected() > 0 {
        add(format!("refused {}", format::count(link.rejected() as u64)), theme.warn());
    }
    if monitor.topics.unreadable() > 0 {
        add(format!("unreadable {}", format::count(monitor.topics.unreadable())), theme.warn());
    }
    if link.progress().len() > 0 {
        let parts: Vec<String> = link.progress().map(progress_part).collect();
        add(parts.join(" · "), theme.warn());
    }
    add(format!("sockets {live}/{sockets}"), plain);
    add(format!("topics {}/{}", format::count(topics as u64), format::count(budget as u64)), plain);
    for (name, end) in [("token", link.token_expires), ("channel", link.channel_expires())] {
        if let Some(end) = end.filter(|_| name != "token" || log_in.is_none()) {
            let left = since(end, now);
            let style = if left.as_secs() < 300 { theme.warn() } else { plain };
            add(format!("{name} {}", format::duration(left)), style);
        }
    }
    pieces
}

/// Draws the bar; what has no room is left out, the least important first.
pub(super) fn draw_bar(
    frame: &mut Frame<'_>,
    area: Rect,
    monitor: &Monitor,
    view: &View,
    now: Timestamp,
) {
    let theme = view.look.theme;
    let pieces = pieces(monitor, view, now);
    let clock = view.look.clock(now);
    let who = &monitor.link.who;
    let who = [who.profile.as_deref(), Some(who.region.as_str())];
    let who: Vec<String> = who
        .into_iter()
        .flatten()
        .filter(|text| !text.is_empty())
        .map(|text| harmless_within(text, 24))
        .collect();
    let name = format!(" gcwatch · {}  ", who.join(" · "));
    let width = usize::from(area.width);
    let mut left = width.saturating_sub(clock.width() + 1);
    let mut spans = Vec::new();
    let full: usize = pieces.iter().map(|piece| piece.text.width() + 2).sum();
    if full + name.width() <= left {
        left -= name.width();
        spans.push(Span::styled(name, theme.title()));
    } else {
        spans.push(Span::raw(" "));
        left = left.saturating_sub(1);
    }
    for piece in pieces {
        let needed = piece.text.width() + 2;
        if needed > left {
            break;
        }
        left -= needed;
        spans.push(Span::styled(piece.text, piece.style));
        spans.push(Span::raw("  "));
    }
    spans.push(Span::raw(" ".repeat(left)));
    spans.push(Span::raw(clock));
    frame.render_widget(Line::from(spans), area);
}

/// The bar on the wall: the usual one, and its first word so large that it can be read from two
/// metres.
pub(super) fn draw_large(
    frame: &mut Frame<'_>,
    area: Rect,
    monitor: &Monitor,
    view: &View,
    now: Timestamp,
) {
    let theme = view.look.theme;
    let [usual, large] = Layout::vertical([Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    draw_bar(frame, usual, monitor, view, now);
    let Piece { text, style } = state(monitor, view, now);
    let word: String = text.chars().skip(2).collect();
    let word = if view.frozen.is_some() { "FROZEN".to_owned() } else { word };
    // the figures below are what is read; the word must not be larger
    let rows = large.height.min(5);
    let Some(scale) = big::fitting(&[&word], large.width, rows, theme.ascii) else { return };
    let style = style.remove_modifier(Modifier::UNDERLINED);
    let lines: Vec<Line<'static>> = big::rows(&word, scale, theme.ascii)
        .into_iter()
        .map(|row| Line::styled(format!(" {row}"), style))
        .collect();
    frame.render_widget(Paragraph::new(lines), large);
}

/// Says why it isn't live, and when the next attempt is.
pub(super) fn draw_notice(
    frame: &mut Frame<'_>,
    area: Rect,
    monitor: &Monitor,
    view: &View,
    now: Timestamp,
) {
    let link = &monitor.link;
    let width = usize::from(area.width).saturating_sub(1);
    let text = if let Some(session) = link.trouble() {
        let doing = match session.phase {
            Phase::Authorizing => "getting a token",
            Phase::CreatingChannel => "creating a channel",
            Phase::Dialing => "opening the socket",
            Phase::Subscribing => "subscribing",
            Phase::Waiting => "waiting",
            Phase::Ended => "nothing more is tried",
            Phase::Idle | Phase::Live | Phase::Silent => "starting",
        };
        let again =
            session.retry_at.map(|at| format!("again in {}", format::duration(since(at, now))));
        // the shortest words that say it: on a narrow screen the reason needs the room
        let doing = match again {
            Some(again) if session.phase == Phase::Waiting => again,
            Some(again) => format!("{doing}, {again}"),
            None => doing.to_owned(),
        };
        let doing = match link.sessions().len() {
            1 => doing,
            _ => format!("channel {}: {doing}", session.channel),
        };
        if session.reason.is_empty() {
            doing
        } else {
            // the reason first, and cut rather than what follows: when the next attempt is must stay
            let room = width.saturating_sub(doing.width() + 3);
            let reason = format::cut(&harmless_within(&session.reason, MAX_REASON), room);
            format!("{reason} · {doing}")
        }
    } else if is_unrecorded(monitor, view) {
        "this recording doesn't tell how the connection stood: whether it was live isn't known"
            .to_owned()
    } else if matches!(link.truth(now), Truth::Stale(_)) {
        "no sign of life for longer than heartbeats allow; what is shown may be old".to_owned()
    } else {
        "starting".to_owned()
    };
    let text = format!(" {}", format::cut(&text, width));
    frame.render_widget(Line::styled(text, view.look.theme.warn()), area);
}

/// Such as `channels 3/5`.
fn progress_part(progress: &Progress) -> String {
    let total = progress.total.map_or("–".to_owned(), |total| format::count(total as u64));
    format!("{} {}/{total}", progress.what, format::count(progress.done as u64))
}
