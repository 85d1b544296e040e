//! Recording from the screen: the key, the line that asks for the file, and what the bar says.
//! Must not know how a tape is written.
use super::action::{ActionEntry, Place};
use super::format;
use super::key::Key;
use super::overlays::Overlay;
use super::overlays::prompt::Prompt;
use super::theme::Theme;
use super::view::{At, Effect, View};
use crate::domain::recording::{RecordingStatus, Standing};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use ratatui::style::Style;

/// What can be asked of whoever records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordWish {
    /// Begin.
    Start {
        /// The file, as a person wrote it.
        path: String,
        /// Whether it may tell who people are.
        clear: bool,
    },
    /// End the one under way.
    Stop,
}

/// In the order in which they are shown.
pub(super) const ACTIONS: &[ActionEntry] = &[ActionEntry::new(
    "record.toggle",
    &[Key::ctrl('r')],
    "record what comes to a file, or end the recording",
    Place::Screens,
    toggle,
)
.unless(|view, _| {
    view.replay
        .is_some()
        .then_some("this is a recording already; `gcwatch tape cut` takes a part of it into a file")
})];

fn toggle(view: &mut View, at: &At<'_>) -> Vec<Effect> {
    if view.recording.is_some() {
        return vec![Effect::Record(RecordWish::Stop)];
    }
    let name = default_name(at.now, &view.look.zone);
    view.lay(Overlay::Prompt(Prompt::recording(&name)));
    Vec::new()
}

/// A name that says when, in the zone of the times on the screen, and sorts by it.
fn default_name(now: Timestamp, zone: &TimeZone) -> String {
    let now = ZonedDateTime::new(now, zone.clone());
    format!("gcwatch-{}.tape.zst", now.strftime("%Y-%m-%d-%H%M%S"))
}

/// What the bar says of a recording: word and shape, size, what is wrong with it.
pub(super) fn words(status: &RecordingStatus, theme: Theme) -> (String, Style) {
    let (good, bad) = (theme.sign("◉ REC", "(o) REC"), theme.sign("▲ REC", "! REC"));
    let size = written(status.bytes);
    let lost = match status.lost {
        0 => String::new(),
        lost => format!(" -{}", format::count(lost)),
    };
    // whoever sees it must know that what is on the disk names people
    let clear = if status.clear { " CLEAR" } else { "" };
    match status.standing {
        Standing::Opening => (format!("{good}{clear} opening{lost}"), theme.warn()),
        Standing::Writing if status.lost > 0 || status.clear => {
            (format!("{good}{clear} {size}{lost}"), theme.warn())
        }
        Standing::Writing => (format!("{good} {size}"), Style::new()),
        Standing::TooSlow => (format!("{bad}{clear} DISK TOO SLOW{lost}"), theme.bad()),
        Standing::NotWriting => (format!("{bad}{clear} NOT WRITTEN{lost}"), theme.bad()),
        Standing::Ended => (format!("{bad}{clear} ENDED{lost}"), theme.bad()),
    }
}

/// Such as `48 kB`, `12.3 MB`: cut, not rounded, so that no more is shown than is there.
fn written(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => {
            format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10)
        }
        _ => format!("{}.{} GB", format::count(bytes / 1_000_000_000), bytes / 100_000_000 % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::{default_name, words};
    use crate::domain::recording::{RecordingStatus, Standing};
    use crate::tui::theme::Theme;
    use jiff::tz::TimeZone;

    #[test]
    fn a_name_says_when_in_the_zone_of_the_screen() {
        let now = "2026-11-24T23:03:12Z".parse().unwrap();
        assert_eq!(default_name(now, &TimeZone::UTC), "gcwatch-2026-11-24-230312.tape.zst");
        let east = TimeZone::fixed(jiff::tz::offset(2));
        assert_eq!(default_name(now, &east), "gcwatch-2026-11-25-010312.tape.zst");
    }

    #[test]
    fn the_bar_says_what_is_wrong() {
        let theme = Theme { ascii: true, ..Theme::default() };
        let status = RecordingStatus {
            bytes: 12_390_000,
            lost: 0,
            clear: false,
            standing: Standing::Writing,
        };
        let says = |status: RecordingStatus| words(&status, theme).0;
        assert_eq!(says(status), "(o) REC 12.3 MB");
        for (bytes, expected) in
            [(0, "0 kB"), (999_999, "999 kB"), (1_000_000, "1.0 MB"), (2_345_000_000, "2.3 GB")]
        {
            assert_eq!(says(RecordingStatus { bytes, ..status }), format!("(o) REC {expected}"));
        }
        assert_eq!(says(RecordingStatus { clear: true, ..status }), "(o) REC CLEAR 12.3 MB");
        let missing = RecordingStatus { lost: 1_204, ..status };
        assert_eq!(says(missing), "(o) REC 12.3 MB -1,204");
        for (standing, expected) in [
            (Standing::Opening, "(o) REC opening -1,204"),
            (Standing::TooSlow, "! REC DISK TOO SLOW -1,204"),
            (Standing::NotWriting, "! REC NOT WRITTEN -1,204"),
            (Standing::Ended, "! REC ENDED -1,204"),
        ] {
            assert_eq!(says(RecordingStatus { standing, ..missing }), expected);
        }
    }
}
