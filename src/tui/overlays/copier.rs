//! What of the open frame shall be copied: each choice with what it would copy.
//!
//! ```text
//! v value          connected
//! p path           .eventBody.participants[0].calls[0].state
//! c curl           curl -sS -H "Authorization: Bearer $TOKEN" "https://api.…
//! ```
//!
//! What is masked on the screen is masked in the copy. Must not know how text gets to a clipboard.
use super::inspector::Inspector;
use super::{Layer, Overlay};
use crate::domain::filter::Filter;
use crate::domain::filter::frame::FRAME_FIELDS;
use crate::domain::filter::quoted;
use crate::domain::outline::Kind;
use crate::domain::takeaway::{Thing, jq_command, tail_command};
use crate::domain::text::harmless_within;
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{mark_row, panel};
use crate::tui::format::{count, cut, fit};
use crate::tui::key::Key;
use crate::tui::look::{Context, Look};
use crate::tui::view::{Effect, View};
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};

/// Widest that it becomes, in columns.
const WIDEST: u16 = 120;
/// Most characters of a text that are looked at to show it; wider than any screen.
const MAX_SHOWN: usize = 300;

const HERE: Place = Place::Over(Layer::Copier);

/// What can be copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Value,
    Path,
    Shown,
    Received,
    Jq,
    Tail,
    Curl,
    Vendor,
}

impl What {
    const ALL: [(Self, char, &str); 8] = [
        (Self::Value, 'v', "value"),
        (Self::Path, 'p', "path"),
        (Self::Shown, 'f', "frame, as shown"),
        (Self::Received, 'r', "frame, as JSON"),
        (Self::Jq, 'y', "jq filter"),
        (Self::Tail, 't', "gcwatch tail"),
        (Self::Curl, 'c', "curl"),
        (Self::Vendor, 'x', "gc, the vendor's"),
    ];
}

macro_rules! choice {
    ($name:literal, $key:literal, $sentence:literal, $what:expr) => {
        ActionEntry::new($name, &[Key::char($key)], $sentence, HERE, |view, _| take(view, $what))
    };
}

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new(
        "copy.selected",
        &[Key::of(KeyCode::Enter)],
        "copy what the cursor is on",
        HERE,
        |view, _| {
            let Some(Overlay::Copier(open)) = view.overlays.last() else { return Vec::new() };
            let what = open.offers.get(open.cursor).map(|offer| offer.what);
            what.map(|what| take(view, what)).unwrap_or_default()
        },
    )
    .labelled("copy"),
    choice!("copy.value", 'v', "copy the value under the cursor", What::Value),
    choice!("copy.path", 'p', "copy its path, as jq takes it", What::Path),
    choice!("copy.frame", 'f', "copy the frame as it is shown", What::Shown),
    choice!("copy.json", 'r', "copy the frame as JSON, on one line", What::Received),
    choice!("copy.jq", 'y', "copy a jq command that takes the value out of tail", What::Jq),
    choice!("copy.tail", 't', "copy a gcwatch command that waits for such frames", What::Tail),
    choice!("copy.curl", 'c', "copy the REST call for this thing, for curl", What::Curl),
    choice!("copy.vendor", 'x', "copy the same for the vendor's command line", What::Vendor),
];

/// Copies one, and closes; or says why it can't be.
fn take(view: &mut View, what: What) -> Vec<Effect> {
    let Some(Overlay::Copier(open)) = view.overlays.last() else { return Vec::new() };
    let Some(offer) = open.offers.iter().find(|offer| offer.what == what) else {
        return Vec::new();
    };
    match offer.text.clone() {
        Ok(text) => {
            view.overlays.pop();
            vec![Effect::Copy(text)]
        }
        Err(sentence) => {
            sentence.clone_into(&mut view.message);
            Vec::new()
        }
    }
}

#[derive(Debug)]
struct Offer {
    what: What,
    key: char,
    name: &'static str,
    /// What would be copied, or why nothing can be.
    text: Result<String, &'static str>,
}

/// The choices.
#[derive(Debug)]
pub(in crate::tui) struct Copier {
    offers: Vec<Offer>,
    cursor: usize,
}

impl Copier {
    /// What can be copied of a frame and of the node under its cursor.
    pub(super) fn of(frame: &Inspector, context: &Context<'_>) -> Overlay {
        let offers = What::ALL.map(|(what, key, name)| Offer {
            what,
            key,
            name,
            text: text(what, frame, context),
        });
        Overlay::Copier(Self { offers: offers.into(), cursor: 0 })
    }

    pub(super) fn go(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.offers.len() - 1);
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: &Look) {
        let height = u16::try_from(self.offers.len() + 2).unwrap_or(area.height);
        let place = super::centred(area, area.width.min(WIDEST), height);
        let columns = usize::from(place.width.saturating_sub(2));
        let row = |(index, offer): (usize, &Offer)| {
            let room = columns.saturating_sub(21);
            let (text, style) = match &offer.text {
                Ok(text) if text.len() > MAX_SHOWN => {
                    (format!("{} bytes", count(text.len() as u64)), look.theme.dim())
                }
                Ok(text) => (harmless_within(text, MAX_SHOWN), ratatui::style::Style::new()),
                Err(sentence) => ((*sentence).to_owned(), look.theme.dim()),
            };
            let line = Line::from(vec![
                Span::styled(format!(" {} ", offer.key), look.theme.key()),
                Span::raw(format!("{} ", fit(offer.name, 17))),
                Span::styled(cut(&text, room), style),
            ]);
            mark_row(line, index == self.cursor, look)
        };
        let lines: Vec<Line<'_>> = self.offers.iter().enumerate().map(row).collect();
        let masked = if look.mask { " · masked as shown" } else { " · UNMASKED" };
        let block = panel(look, &format!("Copy{masked}"), true);
        frame.render_widget(Clear, place);
        frame.render_widget(Paragraph::new(lines).block(block), place);
    }
}

fn text(what: What, frame: &Inspector, context: &Context<'_>) -> Result<String, &'static str> {
    const NO_TREE: &str = "only of a frame that is JSON, in its tree";
    const NO_THING: &str = "its topic names no conversation, queue or user";
    let mask = context.look.mask;
    let node = frame.selected().ok_or(NO_TREE);
    let thing = || {
        let topic = frame.kept().topic.as_ref().ok_or(NO_THING)?;
        Thing::of(topic, frame.body_id().as_deref()).ok_or(NO_THING)
    };
    match what {
        What::Value => node.map(|(outline, at)| frame.value_text(outline, at, mask)),
        What::Path => node.map(|(outline, at)| outline.jq_path(at)),
        What::Shown => Ok(frame.text(mask)),
        What::Received => frame.json(mask).ok_or("it is no JSON"),
        What::Jq => node.map(|(outline, at)| jq_command(&outline.jq_path(at))),
        What::Tail => {
            let topic = frame.kept().topic.as_ref().ok_or("it names no topic")?;
            tail_command(topic, filter(frame, mask).as_deref())
                .ok_or("its topic arrives by itself: gcwatch tail --heartbeats shows it")
        }
        What::Curl => thing().map(|thing| thing.curl(&context.monitor.link.who.region)),
        What::Vendor => thing().map(|thing| thing.vendor_command()),
    }
}

/// The filter that such a value passes, if the cursor is on one. Of a masked value none: it would
/// say what is hidden.
fn filter(frame: &Inspector, mask: bool) -> Option<String> {
    let (outline, at) = frame.selected()?;
    let node = outline.node(at)?;
    let value = match node.kind {
        _ if mask && node.is_customers => return None,
        Kind::Text => quoted(&outline.string(at)?),
        Kind::Number | Kind::Boolean => outline.value(at).to_owned(),
        Kind::Object | Kind::Array | Kind::Null => return None,
    };
    let filter = format!("{}={value}", outline.filter_path(at));
    // what the language can't say is left out: the command must work
    Filter::parse(&filter, FRAME_FIELDS).ok().map(|_| filter)
}

#[cfg(test)]
mod tests {
    use crate::tui::testing::Person;
    use crate::tui::view::Effect;
    use crossterm::event::KeyCode;

    const QUEUE: &str = "11111111-1111-4111-8111-111111111111";

    /// What is copied by this key, once the cursor is on what is found by `search`.
    fn copies(person: &mut Person, search: &str, key: char) -> Result<String, String> {
        person.types("/");
        (0..40).for_each(|_| drop(person.press(KeyCode::Backspace)));
        person.types(search);
        person.press(KeyCode::Enter);
        person.types("c");
        if let [Effect::Copy(text)] = person.press(KeyCode::Char(key)).as_slice() {
            return Ok(text.clone());
        }
        let message = person.view.message.clone();
        person.press(KeyCode::Esc);
        Err(message)
    }

    #[test]
    fn each_choice_copies_what_it_says() {
        let topic = format!("v2.routing.queues.{QUEUE}.conversations");
        let frame = format!(
            r#"{{"topicName":"{topic}","eventBody":{{"id":"c-1","participants":[{{"state":"it's","n":7}}]}}}}"#
        );
        let mut person = Person::at(&frame);
        for (search, key, text) in [
            (".state", 'v', "it's"),
            (".state", 'p', ".eventBody.participants[0].state"),
            (".state", 'y', "jq '.frame.eventBody.participants[0].state'"),
            ("=7", 'v', "7"),
            ("c-1", 'x', "gc conversations get c-1"),
        ] {
            assert_eq!(copies(&mut person, search, key).unwrap(), text, "{search} {key}");
        }
        let list = copies(&mut person, ".participants", 'v').unwrap();
        let list: serde_json::Value = serde_json::from_str(&list).unwrap();
        assert_eq!(list, serde_json::json!([{"state": "it's", "n": 7}]));
        let tail = copies(&mut person, ".state", 't').unwrap();
        assert_eq!(
            tail,
            format!(r#"gcwatch tail {topic} --filter 'body.participants[0].state="it'\''s"'"#)
        );
        let curl = copies(&mut person, ".state", 'c').unwrap();
        assert!(curl.contains("$TOKEN") && curl.ends_with("/api/v2/conversations/c-1\""), "{curl}");
        person.types("m");
        assert_eq!(copies(&mut person, ".state", 'f').unwrap().lines().count(), 12);
        assert_eq!(copies(&mut person, ".state", 'r').unwrap(), frame);
    }

    #[test]
    fn what_is_masked_is_masked_in_every_copy() {
        let frame = format!(
            r#"{{"topicName":"v2.users.{QUEUE}.conversations","eventBody":{{"participants":[{{"attributes":{{"iban":"DE-secret","n":4711}}}}]}}}}"#
        );
        let mut person = Person::at(&frame);
        for search in ["iban", ".n", "attributes", "participants", "topicName"] {
            for key in "vpfrytcx".chars() {
                let copied = copies(&mut person, search, key).unwrap_or_default();
                assert!(!copied.contains("secret") && !copied.contains("4711"), "{key}: {copied}");
            }
        }
        person.types("m");
        assert_eq!(copies(&mut person, "iban", 'v').unwrap(), "DE-secret");
    }

    #[test]
    fn what_cannot_be_copied_says_why_and_the_choice_stays() {
        let mut person = Person::at("no json");
        for (key, why) in [('v', "JSON"), ('c', "no conversation"), ('t', "names no topic")] {
            let refused = copies(&mut person, "", key).unwrap_err();
            assert!(refused.contains(why), "{key}: {refused}");
        }
        assert_eq!(copies(&mut person, "", 'f').unwrap(), "no json");
    }
}
