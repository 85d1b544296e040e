//! Below the list of topics: how full the channels are, and what is known of the topic under the
//! cursor.
use super::listed::{Row, Standing};
use crate::domain::control::Rejection;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::directory::short;
use crate::domain::monitor::topics::Entity;
use crate::domain::text::harmless_within;
use crate::domain::topic::{MAX_CHANNELS, Topic};
use crate::tui::format::{self, cut, fit};
use crate::tui::look::{Context, Look};
use crate::tui::overlays::adder::{delivery, needs};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Rows that all of it takes, the rule above it included.
pub(super) const ROWS: usize = 8;
/// Those of them that are the same for every topic: rule and meter.
const HEAD: usize = 2;
/// Longest text taken in, in characters.
const MAX_TEXT: usize = 300;
/// Columns of the words before each line.
const LABEL: usize = 11;
/// Columns of the meter.
const METER: usize = 20;
/// The same on narrow screens.
const NARROW_METER: usize = 8;
/// Fewest columns of the screen for the wide one.
const WIDE: usize = 100;
/// From these shares on, in percent, the channels count as nearly and as almost full.
const NEARLY_FULL: usize = 80;
const ALMOST_FULL: usize = 90;

/// All lines of the lower part.
pub(super) fn lines(
    row: Option<&Row<'_>>,
    width: usize,
    context: &Context<'_>,
) -> Vec<Line<'static>> {
    let Context { monitor, look, .. } = *context;
    let rule = look.theme.sign("─", "-").repeat(width);
    let mut lines = vec![Line::styled(rule, look.theme.dim()), budget(monitor, width, look)];
    match row {
        Some(row) => lines.extend(of_row(row, width, context)),
        None => lines.push(Line::styled(
            " ↑ ↓ choose   a add   d remove   P pause   e parts   v which   w save as a set",
            look.theme.dim(),
        )),
    }
    lines
}

/// How full the channels are, as a meter and in words.
pub(super) fn budget(monitor: &Monitor, width: usize, look: &Look) -> Line<'static> {
    let (watched, budget) = monitor.link.topic_budget();
    let channels = monitor.link.sessions().len();
    let theme = look.theme;
    if budget == 0 {
        return Line::styled(" budget     –  nothing is connected", theme.dim());
    }
    let percent = watched * 100 / budget;
    let next = if channels < MAX_CHANNELS {
        "; another channel is made when it is full"
    } else {
        "; there are no more channels"
    };
    let (words, style) = if percent >= ALMOST_FULL {
        (format!("almost full{next}"), theme.bad())
    } else if percent >= NEARLY_FULL {
        (format!("nearly full{next}"), theme.warn())
    } else {
        ("room enough".to_owned(), Style::new())
    };
    let meter = if width < WIDE { NARROW_METER } else { METER };
    let full = (watched * meter).div_ceil(budget).min(meter);
    let bar = theme.sign("█", "#").repeat(full) + &theme.sign("░", ".").repeat(meter - full);
    let channels_word = if channels == 1 { "channel" } else { "channels" };
    let told = format!(
        "  {words} · {percent} % · {} of {} topics on {channels} {channels_word}",
        format::count(watched as u64),
        format::count(budget as u64),
    );
    Line::from(vec![
        Span::styled(format!(" {}", fit("budget", LABEL)), theme.dim()),
        Span::styled(bar, style),
        Span::styled(cut(&told, width.saturating_sub(LABEL + meter + 1)), style),
    ])
}

fn of_row(row: &Row<'_>, width: usize, context: &Context<'_>) -> Vec<Line<'static>> {
    let Context { monitor, look, .. } = *context;
    let theme = look.theme;
    let mut lines = Vec::new();
    let mut add_lines = |label: &str, text: &str, style: Style, most: usize| {
        let pieces = format::wrapped(text, width.saturating_sub(LABEL + 2), most);
        for (number, piece) in pieces.into_iter().enumerate() {
            let label = if number == 0 { label } else { "" };
            lines.push(labelled(label, piece, style, look));
        }
    };
    add_lines("topic", &harmless_within(row.topic.as_str(), MAX_TEXT), theme.title(), 1);
    let single = row.topic.singles().next();
    let available = single.as_ref().and_then(|single| monitor.catalogue.of(single));
    let what = available.map(|available| available.description.clone()).unwrap_or_default();
    let what = match row.parts {
        0 => what,
        parts => format!("{parts} topics in one; e shows them"),
    };
    let standing = match row.standing {
        Standing::Permitted(channel) => (format!("permitted, on channel {channel}"), theme.good()),
        Standing::Refused(rejection) => {
            (refused(rejection, monitor.directory.division(row.topic)), theme.bad())
        }
        Standing::ByItself => ("comes by itself".to_owned(), Style::new()),
        Standing::Part => ("comes as a part of a combined topic".to_owned(), Style::new()),
        Standing::Paused => ("paused: not subscribed; P goes on".to_owned(), theme.warn()),
        Standing::Gone => ("no longer watched; a adds it again".to_owned(), theme.dim()),
    };
    if let Standing::Refused(rejection) = row.standing {
        // two lines each: permission and division must be read to their ends on a narrow screen too
        add_lines("standing", &standing.0, standing.1, 2);
        add_lines("to do", &remedy(rejection, row.topic, monitor), Style::new(), 2);
        let context_id = rejection.context_id.as_deref().unwrap_or("–");
        add_lines("contextId", &harmless_within(context_id, MAX_TEXT), Style::new(), 1);
        return lines;
    }
    add_lines("standing", &standing.0, standing.1, 1);
    // permissions, and what was loudest, are read to their ends on a narrow screen too
    match available {
        Some(available) => {
            let (delivered, _) = delivery(available, look);
            let (needs, style) = needs(available, monitor, look);
            add_lines("needs", &format!("{needs} · delivered {delivered}"), style, 2);
        }
        None => add_lines("needs", "–", theme.dim(), 1),
    }
    add_lines("so far", &figures(row, monitor), Style::new(), 2);
    if lines.len() < ROWS - HEAD {
        let what = if what.is_empty() { "–" } else { &what };
        lines.insert(
            2,
            labelled("what", cut(what, width.saturating_sub(LABEL + 2)), Style::new(), look),
        );
    }
    lines
}

fn labelled(label: &str, text: String, style: Style, look: &Look) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!(" {}", fit(label, LABEL)), look.theme.dim()),
        Span::styled(text, style),
    ])
}

/// Counters in words, with what was loudest.
fn figures(row: &Row<'_>, monitor: &Monitor) -> String {
    let frames = row.frames();
    if frames == 0 {
        return "never fired".to_owned();
    }
    let mut text = format!(
        "{} frames · {} bytes · largest {} · {} of all bytes",
        format::count(frames),
        format::size(row.bytes()),
        format::size(row.largest()),
        share(row.bytes(), monitor.topics.bytes()),
    );
    if let Some((entity, most)) = row.loudest() {
        let entity = called(entity, monitor);
        text.push_str(&format!(" · loudest: {entity}, {} of its frames", share(most, frames)));
    }
    text
}

/// What frames are about, in words.
fn called(entity: &Entity, monitor: &Monitor) -> String {
    match entity {
        Entity::Conversation(id) => format!("conversation {}", short(id.as_str())),
        Entity::Queue(id) => format!("queue {}", monitor.directory.queue(id)),
        Entity::User(id) => format!("user {}", monitor.directory.user(id)),
        Entity::Other { word, id } if word.is_empty() => format!("id {}", short(id)),
        Entity::Other { word, id } => {
            format!("{} {}", harmless_within(word, MAX_TEXT), short(id))
        }
    }
}

/// A share in percent; a dash of nothing.
pub(super) fn share(part: u64, whole: u64) -> String {
    match (part.min(whole) * 100).checked_div(whole) {
        None => "–".to_owned(),
        Some(0) if part > 0 => "<1 %".to_owned(),
        Some(percent) => format!("{percent} %"),
    }
}

/// Why it was refused: what is missing in which division first, then the service's own words where they
/// say more.
pub(super) fn refused(rejection: &Rejection, division: Option<&str>) -> String {
    let reason = harmless_within(&rejection.reason, MAX_TEXT);
    if rejection.missing_permissions.is_empty() {
        return format!("refused: {reason}");
    }
    let missing = harmless_within(&rejection.missing_permissions.join(", "), MAX_TEXT);
    let within = |name: &str| format!(" in division {name}");
    if says_more(rejection) {
        let within = division.filter(|name| !reason.contains(name)).map(within);
        format!("refused, missing {missing}{} · {reason}", within.unwrap_or_default())
    } else {
        format!("refused, missing {missing}{}", division.map(within).unwrap_or_default())
    }
}

/// Whether the reason is more than the sentence that the permissions are missing.
fn says_more(rejection: &Rejection) -> bool {
    let is_joint = |character: char| character.is_whitespace() || ",;()".contains(character);
    rejection.reason.split(is_joint).any(|word| {
        let word = word.trim_end_matches([':', '.']);
        let said = rejection.missing_permissions.iter().any(|permission| permission == word);
        !said && !["", "missing", "permission", "permissions", "s"].contains(&word)
    })
}

/// What to do about a refusal.
fn remedy(rejection: &Rejection, topic: &Topic, monitor: &Monitor) -> String {
    let of = monitor.directory.division_in_words(topic);
    if rejection.missing_permissions.is_empty() {
        return format!("check that it exists and that {of} may be seen by this login");
    }
    let missing = harmless_within(&rejection.missing_permissions.join(", "), MAX_TEXT);
    format!("have an administrator grant {missing} to the role of this login, in {of}")
}

#[cfg(test)]
mod tests {
    use super::refused;
    use crate::domain::control::Rejection;

    #[test]
    fn what_is_missing_comes_first_and_the_division_is_told_once() {
        let in_division = |reason: &str, missing: &[&str], division| {
            let rejection = Rejection {
                reason: reason.to_owned(),
                missing_permissions: missing.iter().map(|&text| text.to_owned()).collect(),
                context_id: None,
            };
            refused(&rejection, division)
        };
        let told = |reason: &str, missing: &[&str]| in_division(reason, missing, None);
        let permission = "routing:queue:view";
        let bare = "refused, missing routing:queue:view";
        assert_eq!(told("missing permissions: routing:queue:view", &[permission]), bare);
        assert_eq!(told("missing permissions", &[permission]), bare);
        assert_eq!(
            told("not in division Sales: routing:queue:view", &[permission]),
            "refused, missing routing:queue:view · not in division Sales: routing:queue:view"
        );
        assert_eq!(
            in_division("missing permissions", &[permission], Some("Sales")),
            "refused, missing routing:queue:view in division Sales"
        );
        assert_eq!(
            in_division("not in division Sales: routing:queue:view", &[permission], Some("Sales")),
            told("not in division Sales: routing:queue:view", &[permission])
        );
        // the division's name is no word of a reason that is shown
        for name in ["missing", "queue", "view"] {
            let told =
                in_division("missing permissions: routing:queue:view", &[permission], Some(name));
            assert_eq!(told, format!("{bare} in division {name}"));
        }
        assert_eq!(
            told("no access to division Sales", &[]),
            "refused: no access to division Sales"
        );
    }
}
