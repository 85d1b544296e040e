//! What of the open frame shall be copied: each choice with what it would copy.
//!
//! ```text
//! v value          connected
//! p path           .eventBody.participants[0].calls[0].state
//! c curl           curl -sS -H "Authorization: Bearer $TOKEN" "https://api.…
//! ```
//!
//! What is masked on the screen is masked in the copy. Must not know how text gets to a clipboard.
use super::inspector::{Inspector, shown_frame};
use super::{Layer, Overlay};
use crate::domain::filter::Filter;
use crate::domain::filter::frame::{FRAME_FIELDS, FrameRecord};
use crate::domain::filter::quoted;
use crate::domain::outline::Kind;
use crate::domain::takeaway::{Thing, jq_command, tail_command, visible_pattern};
use crate::domain::text::{harmless_within, is_harmful};
use crate::tui::action::{ActionEntry, Place};
use crate::tui::draw::{clear, draw_lines, mark_row, panel};
use crate::tui::format::{count, cut, fit};
use crate::tui::key::Key;
use crate::tui::look::{Context, Look};
use crate::tui::view::{At, Effect, View};
use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Widest that it becomes, in columns.
const WIDEST: u16 = 120;
/// Most characters of a text that are looked at to show it; wider than any screen.
const MAX_SHOWN: usize = 300;
/// Longest text that is written into a command, in bytes: a command is there to be read.
const MAX_FILTER: usize = 1_000;
/// Larger frames are made into text when that is chosen and not before, in bytes: each of 4 MB costs a
/// tenth of a second and more, and there are four of it to choose from.
const MAX_PREPARED: u64 = 64 << 10;

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
        ActionEntry::new($name, &[Key::char($key)], $sentence, HERE, |view, at| {
            take(view, at, $what)
        })
    };
}

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new(
        "copy.selected",
        &[Key::of(KeyCode::Enter)],
        "copy what the cursor is on",
        HERE,
        |view, at| {
            let Some(Overlay::Copier(open)) = view.overlays.last() else { return Vec::new() };
            let what = open.offers.get(open.cursor).map(|offer| offer.what);
            what.map(|what| take(view, at, what)).unwrap_or_default()
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
fn take(view: &mut View, at: &At<'_>, what: What) -> Vec<Effect> {
    let Some(Overlay::Copier(open)) = view.overlays.last() else { return Vec::new() };
    let Some(offer) = open.offers.iter().find(|offer| offer.what == what) else {
        return Vec::new();
    };
    let made = match &offer.text {
        Offered::Ready(text) => Ok(text.clone()),
        Offered::Not(sentence) => Err(*sentence),
        Offered::Large(_) => {
            let context = view.context(at);
            let frame = shown_frame(view).ok_or("the frame is no longer open");
            frame.and_then(|frame| text(what, frame, &context))
        }
    };
    match made {
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

/// What would be copied.
#[derive(Debug)]
enum Offered {
    Ready(String),
    /// Of so many bytes as received: made when it is chosen.
    Large(u64),
    /// Nothing; why.
    Not(&'static str),
}

#[derive(Debug)]
struct Offer {
    what: What,
    key: char,
    name: &'static str,
    text: Offered,
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
        let offer = |(what, key, name)| {
            let text = match large(what, frame) {
                Some(bytes) => Offered::Large(bytes),
                None => text(what, frame, context).map_or_else(Offered::Not, Offered::Ready),
            };
            Offer { what, key, name, text }
        };
        let offers = What::ALL.map(offer);
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
                Offered::Ready(text) if text.len() > MAX_SHOWN => {
                    (format!("{} bytes", count(text.len() as u64)), look.theme.dim())
                }
                Offered::Ready(text) => {
                    (harmless_within(text, MAX_SHOWN), ratatui::style::Style::new())
                }
                Offered::Large(bytes) => {
                    (format!("some {} bytes", count(*bytes)), look.theme.dim())
                }
                Offered::Not(sentence) => ((*sentence).to_owned(), look.theme.dim()),
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
        clear(frame, place);
        draw_lines(frame, place, block, &lines);
    }
}

/// How large a text is that is made only when it is chosen; `None` for what is made at once.
fn large(what: What, frame: &Inspector) -> Option<u64> {
    let bytes = match what {
        What::Value => {
            let (outline, at) = frame.selected()?;
            outline.value(at).len() as u64
        }
        What::Shown => frame.kept().frame.size(),
        What::Received => frame.selected().map(|_| frame.kept().frame.size())?,
        _ => return None,
    };
    (bytes > MAX_PREPARED).then_some(bytes)
}

fn text(what: What, frame: &Inspector, context: &Context<'_>) -> Result<String, &'static str> {
    const NO_TREE: &str = "only of a frame that is JSON, in its tree";
    const NO_THING: &str = "its topic names no conversation, queue or user";
    const BROKEN: &str =
        "it is no whole JSON: gcwatch tail writes it as `text`, and jq finds no value in it";
    const AGAIN: &str = "its name comes again in the same object, and jq takes the last of them";
    let mask = context.look.mask;
    let node = frame.selected().ok_or(NO_TREE);
    let thing = || {
        let topic = frame.kept().topic.as_ref().ok_or(NO_THING)?;
        Thing::of(topic, frame.body_id().as_deref()).ok_or(NO_THING)
    };
    match what {
        What::Value => node.and_then(|(outline, at)| frame.value_text(outline, at, mask)),
        What::Path => node.and_then(|(outline, at)| {
            let again = outline.is_hidden_by_another(at);
            if again { Err(AGAIN) } else { Ok(outline.jq_path(at)) }
        }),
        What::Shown => frame.text(mask),
        What::Received => frame.json(mask).ok_or("it is no JSON"),
        What::Jq => node.and_then(|(outline, at)| match outline.is_hidden_by_another(at) {
            _ if outline.fault().is_some() => Err(BROKEN),
            true => Err(AGAIN),
            false => Ok(jq_command(&outline.jq_path(at))),
        }),
        What::Tail => {
            let topic = frame.kept().topic.as_ref().ok_or("it names no topic")?;
            tail_command(topic, filter(frame, mask, context).as_deref())
                .ok_or("its topic arrives by itself: gcwatch tail --heartbeats shows it")
        }
        What::Curl => thing().map(|thing| thing.curl(&context.monitor.link.who)),
        What::Vendor => thing().map(|thing| thing.vendor_command()),
    }
}

/// The filter that such a value passes, if the cursor is on one. Of a masked value none: it would
/// say what is hidden.
fn filter(frame: &Inspector, mask: bool, context: &Context<'_>) -> Option<String> {
    let (outline, at) = frame.selected()?;
    let node = outline.node(at)?;
    let path = outline.filter_path(at);
    let filter = match node.kind {
        // of what isn't whole `tail` finds no path
        _ if outline.fault().is_some() || (mask && node.is_customers) => return None,
        Kind::Text => {
            let text = outline.string_within(at, MAX_FILTER + 1)?;
            match text.len() {
                ..=MAX_FILTER if text.chars().any(is_harmful) => {
                    // escaped: pasted as it is, it would speak to the terminal and to the shell
                    format!("{path}~{}", quoted(&format!("^{}$", visible_pattern(&text))))
                }
                ..=MAX_FILTER => format!("{path}={}", quoted(&text)),
                _ => return None,
            }
        }
        Kind::Number | Kind::Boolean => format!("{path}={}", outline.value(at)),
        Kind::Object | Kind::Array | Kind::Null => return None,
    };
    // what the language can't say is left out: the command must work, and say nothing to a terminal
    let parsed = Filter::parse(&filter, FRAME_FIELDS).ok();
    let parsed = parsed.filter(|_| !filter.chars().any(is_harmful))?;
    let kept = frame.kept();
    let finds = kept.frame.size() > MAX_PREPARED
        || parsed.matches(&FrameRecord::kept(kept, &context.monitor.directory));
    finds.then_some(filter)
}

#[cfg(test)]
mod tests {
    use super::FrameRecord;
    use crate::domain::monitor::directory::Directory;
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
    fn a_command_with_an_odd_value_finds_the_frame_and_says_nothing_to_a_terminal() {
        let topic = format!("v2.routing.queues.{QUEUE}.conversations");
        let frame = format!(
            r#"{{"topicName":"{topic}","eventBody":{{"a b":"it's $HOME `id` !x","esc":"A\u001b[31m(red)\n\ttab","star":"a*b","\u001bkey":"k","digits":123456789012345678901234567890,"neg":-0.50,"empty":"","quote":"\"","back":"a\\b","long":"{}"}}}}"#,
            "x".repeat(5_000)
        );
        let mut person = Person::at(&frame);
        person.types("m");
        let kept = person.monitor.frames.iter().next().unwrap().clone();
        let directory = Directory::default();
        let names = [
            ".a b", ".esc", ".star", "=k", ".digits", ".neg", ".empty", ".quote", ".back", ".long",
        ];
        for name in names {
            let command = copies(&mut person, name, 't').unwrap();
            assert!(!command.chars().any(super::is_harmful), "{command:?}");
            assert!(command.len() < 400, "{command}");
            let Some((_, word)) = command.split_once(" --filter ") else {
                assert!(["=k", ".long"].contains(&name), "{command}");
                continue;
            };
            let filter = word[1..word.len() - 1].replace(r"'\''", "'");
            let filter = super::Filter::parse(&filter, super::FRAME_FIELDS).unwrap();
            assert!(filter.matches(&FrameRecord::kept(&kept, &directory)), "{command}");
        }
    }

    #[test]
    fn of_two_fields_of_one_name_the_path_of_the_first_is_not_copied() {
        let frame = r#"{"topicName":"t","eventBody":{"d":{"x":1},"e":2,"d":{"x":3}}}"#;
        let mut person = Person::at(frame);
        for key in ['p', 'y'] {
            let refused = copies(&mut person, "=1", key).unwrap_err();
            assert!(refused.contains("takes the last"), "{refused}");
            assert!(copies(&mut person, "=3", key).unwrap().contains(".eventBody.d.x"));
        }
        // a number that no float holds is asked for by its digits
        let mut odd = Person::at(r#"{"topicName":"v2.users.u1.presence","eventBody":{"n":1e400}}"#);
        assert!(copies(&mut odd, "=1e400", 't').unwrap().ends_with("--filter 'body.n=1e400'"));
        person.types("/");
        (0..4).for_each(|_| drop(person.press(KeyCode::Backspace)));
        person.types("=1");
        person.press(KeyCode::Enter);
        assert!(person.sees().contains("its name comes again"), "{}", person.sees());
    }

    #[test]
    fn of_broken_json_no_command_is_made_that_finds_nothing() {
        let mut person = Person::at(r#"{"topicName":"t","eventBody":{"x":1},"broken"}"#);
        assert!(copies(&mut person, ".x", 'y').unwrap_err().contains("no whole JSON"));
        assert_eq!(copies(&mut person, ".x", 'p').unwrap(), ".eventBody.x");
    }

    #[test]
    fn a_large_frame_is_made_into_text_when_it_is_chosen() {
        let long = "y".repeat(100_000);
        let mut person =
            Person::at(&format!(r#"{{"topicName":"t","eventBody":{{"x":"{long}"}}}}"#));
        person.types("/x");
        person.press(KeyCode::Enter);
        person.types("c");
        let screen = person.sees();
        assert!(screen.contains("some 100,002 bytes") && screen.contains("some 100,0"), "{screen}");
        person.press(KeyCode::Esc);
        assert_eq!(copies(&mut person, ".x", 'v').unwrap(), long);
        let json = copies(&mut person, ".x", 'r').unwrap();
        assert!(json.contains(&long) && json.ends_with("\"}}"));
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
