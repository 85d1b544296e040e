//! The raw frames as they came, following the newest one.
use super::{Panel, Screen, Spot};
use crate::domain::filter::complete::complete;
use crate::domain::filter::examples::{MAX_ROWS, examples};
use crate::domain::filter::frame::{FRAME_EXAMPLES, FRAME_FIELDS, FrameField, FrameRecord};
use crate::domain::filter::{Filter, FilterError};
use crate::domain::monitor::Monitor;
use crate::domain::monitor::frames::{Kept, Label};
use crate::domain::topic::{Media, Subject};
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{draw_lines, empty, mark_row, panel};
use crate::tui::format::{self, fit, fit_right};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::names::named_topic;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::inspector::Inspector;
use crate::tui::pane::{List, Pane};
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::Line;
use sieve::Sieve;

mod sieve;

const HERE: Place = Place::Panel(Screen::Frames);
/// What is said where there are none.
const NO_FRAME: &str = "no frame has come yet; on screen 6, h shows heartbeats too";

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new(
        "frames.show",
        &[Key::char('6')],
        "the raw frames",
        Place::Screens,
        |view, _| view.show(Screen::Frames),
    )
    .labelled("frames"),
    ActionEntry::new(
        "frames.follow",
        &[Key::char('f')],
        "follow the newest frame",
        HERE,
        |view, _| {
            view.panels.frames.stays = !view.panels.frames.stays;
            Vec::new()
        },
    )
    .labelled("follow"),
    ActionEntry::new(
        "frames.heartbeats",
        &[Key::char('h')],
        "show or hide heartbeats among the frames",
        HERE,
        |view, _| {
            view.panels.frames.heartbeats = !view.panels.frames.heartbeats;
            Vec::new()
        },
    ),
];

/// The frames.
#[derive(Debug, Default)]
pub(in crate::tui) struct FramePanel {
    pane: Pane<u64, FrameLine>,
    /// Whether it stays where it is instead of following the newest frame.
    stays: bool,
    heartbeats: bool,
    sieve: Sieve,
}

#[derive(Debug)]
struct FrameLine {
    sequence: u64,
    received: Timestamp,
    name: String,
    size: u64,
    unreadable: bool,
}

impl FramePanel {
    /// The frame under the cursor; without one the newest, as for opening.
    pub(in crate::tui) fn selected(&self) -> Option<u64> {
        self.pane.selected.or(self.pane.order.last().copied())
    }

    /// Whether heartbeats are shown among the frames.
    pub(in crate::tui) fn shows_heartbeats(&self) -> bool {
        self.heartbeats
    }
}

/// Values of a field that were seen; as many as can be offered.
fn seen(field: FrameField, monitor: &Monitor) -> Vec<String> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    match field {
        FrameField::Topic => monitor.topics.iter().map(|one| one.topic.to_string()).collect(),
        FrameField::Family => owned(&Subject::FAMILIES),
        FrameField::Label => owned(&["event", "heartbeat", "system", "reply", "unreadable"]),
        FrameField::Queue => monitor.directory.queues().map(|(_, name)| name.to_owned()).collect(),
        FrameField::User => monitor.directory.users().map(|(_, name)| name.to_owned()).collect(),
        FrameField::Media => owned(&Media::ALL.map(Media::word)),
        _ => Vec::new(),
    }
}

impl Panel for FramePanel {
    fn prepare(&mut self, spot: Spot, context: &Context<'_>) {
        let monitor = context.monitor;
        self.pane.height = spot.rows(0);
        // hidden heartbeats are no part of the list: a title that counted them would say that there
        // are frames where none can be seen or opened
        self.sieve.sift(&self.pane.filter, self.heartbeats, monitor);
        self.pane.total = self.sieve.total();
        let order = self.sieve.passing();
        let last = order.len().saturating_sub(1);
        self.pane.set_order(order);
        if !self.stays {
            if self.pane.selected.is_some() {
                self.pane.go_to(last);
            }
            self.pane.offset = (last + 1).saturating_sub(self.pane.height);
        }
        self.pane.fill(|sequence| {
            let kept = monitor.frames.get(*sequence)?;
            Some(FrameLine {
                sequence: *sequence,
                received: kept.frame.received,
                name: frame_name(kept, monitor),
                size: kept.frame.size(),
                unreadable: matches!(kept.label, Label::Unreadable(_)),
            })
        });
    }

    fn draw(&self, frame: &mut Frame<'_>, spot: Spot, context: &Context<'_>) {
        let look = context.look;
        let follow = if self.stays { "not following" } else { "following" };
        let title = format!(
            "Frames {} · {follow} · {}",
            self.pane.tally(),
            format::count(context.monitor.frames.total())
        );
        let width = spot.columns();
        let mut lines: Vec<Line<'_>> = self
            .pane
            .lines
            .iter()
            .map(|line| {
                let text = format!(
                    "{} {} {}",
                    look.precise_time(line.received),
                    fit(&line.name, width.saturating_sub(19)),
                    fit_right(&format::size(line.size), 5)
                );
                let style = if line.unreadable { look.theme.warn() } else { Style::new() };
                let selected = self.pane.selected == Some(line.sequence);
                mark_row(Line::styled(text, style), selected, look)
            })
            .collect();
        if lines.is_empty() {
            lines.extend(empty(look, !self.sieve.is_everything(), NO_FRAME, width));
        }
        let block = panel(look, &title, spot.focused);
        draw_lines(frame, spot.area, block, &lines);
    }

    fn fault(&self, filter: &str) -> Option<FilterError> {
        Filter::parse(filter, FRAME_FIELDS).err()
    }

    fn complete(&self, filter: &str, context: &Context<'_>) -> Vec<String> {
        let completion =
            complete(filter, filter.len(), FRAME_FIELDS, |field| seen(field, context.monitor));
        let before = &filter[..completion.replaces.start];
        completion.offers.into_iter().map(|offer| format!("{before}{}", offer.text)).collect()
    }

    fn examples(&self, context: &Context<'_>) -> Vec<(String, String)> {
        let monitor = context.monitor;
        let newest = self.pane.order.iter().rev().take(MAX_ROWS);
        let kept = newest.filter_map(|sequence| monitor.frames.get(*sequence));
        let rows: Vec<FrameRecord<'_>> =
            kept.map(|kept| FrameRecord::kept(kept, &monitor.directory)).collect();
        examples(&rows, FRAME_FIELDS, &FRAME_EXAMPLES)
    }

    fn headings(&self, _: Spot) -> u16 {
        0
    }

    fn list(&self) -> Option<&dyn List> {
        Some(&self.pane)
    }

    fn list_mut(&mut self) -> Option<&mut dyn List> {
        Some(&mut self.pane)
    }

    fn point_at(&mut self, row: usize) {
        // or the next frame would carry the cursor away
        self.stays |= self.pane.point_at(row);
    }

    fn go(&mut self, by: isize) {
        if self.pane.order.is_empty() {
            // with nowhere to go nothing changes: to stop following here would leave the next key
            // without a cursor, although frames have come in meanwhile
            return;
        }
        self.pane.move_by(by);
        // moving up leaves the newest; reaching the end follows it again
        self.stays = by < 0 || self.pane.position + 1 < self.pane.order.len();
    }

    fn open(&self, context: &Context<'_>) -> Result<Overlay, &'static str> {
        Inspector::open(self.selected().ok_or("there is no frame yet")?, context)
    }
}

fn frame_name(kept: &Kept, monitor: &Monitor) -> String {
    match (&kept.label, &kept.topic) {
        (Label::Unreadable(why), _) => format!("unreadable: {why}"),
        (Label::Reply, _) => "answer on the socket".to_owned(),
        (_, Some(topic)) => named_topic(topic, monitor),
        (_, None) => format!("{} bytes", format::size(kept.frame.size())),
    }
}
