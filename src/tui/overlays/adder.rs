//! Adding a topic while running: first a template out of the catalogue, then what its ids are, by
//! name.
//!
//! ```text
//! topic: presence▏
//!   v2.users.{id}.presence              socket            a user's presence, such as Available
//!   v2.users.{id}.integrationpresence   EventBridge only
//! ───
//! needs       directory:user:view, or one's own · told when subscribing
//! ```
//!
//! Must not subscribe by itself: what is chosen goes out as a wish, and what became of it comes
//! back in the list of topics.
use super::Overlay;
use crate::domain::available::{AvailableTopic, Placeholder, Requirement, Verdict};
use crate::domain::identity::ConversationId;
use crate::domain::monitor::Monitor;
use crate::domain::monitor::directory::short;
use crate::domain::text::harmless_within;
use crate::domain::topic::{MAX_CHANNELS, MAX_TOPICS_PER_CHANNEL, NotATopic, Topic};
use crate::tui::draw::{clear, draw_lines, panel};
use crate::tui::format::{count, cut, cut_start, fit};
use crate::tui::look::{Context, Look};
use crate::tui::names::MAX_CELL;
use crate::tui::view::{At, Effect, View, Wish};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

mod ids;

/// Longest text that can be typed, in characters: some forty whole names, pasted.
const MAX_CHARACTERS: usize = 4_000;
/// Most offers at a time: whoever doesn't find it among so many types on.
const MAX_OFFERS: usize = 200;
/// Rows of the lower part: what is known of the chosen one.
const DETAILS: usize = 6;
/// Columns of the words before each detail.
const LABEL: usize = 12;

/// Something that can be chosen.
#[derive(Debug)]
enum Offer {
    /// A template of the catalogue.
    Template(AvailableTopic),
    /// Topics as they were typed, at least one.
    Typed(Vec<Topic>),
    /// An id, with the name to show.
    Id { id: String, name: String },
}

/// The overlay.
#[derive(Debug)]
pub(in crate::tui) struct Adder {
    text: String,
    cursor: usize,
    /// The template that was chosen; `None` while one is looked for.
    template: Option<AvailableTopic>,
    /// The ids that were chosen for it, in their order.
    ids: Vec<String>,
    offers: Vec<Offer>,
    /// Why the last choice wasn't taken.
    fault: String,
    /// The conversation that was chosen on its screen, to be offered first.
    near: Option<ConversationId>,
}

impl Adder {
    pub(in crate::tui) fn new(near: Option<ConversationId>, monitor: &Monitor) -> Self {
        let mut adder = Self {
            text: String::new(),
            cursor: 0,
            template: None,
            ids: Vec::new(),
            offers: Vec::new(),
            fault: String::new(),
            near,
        };
        adder.look_up(monitor);
        adder
    }

    pub(super) fn on_key(mut self, view: &mut View, key: KeyEvent, at: &At<'_>) -> Vec<Effect> {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        self.fault.clear();
        match key.code {
            KeyCode::Esc if self.template.is_none() => return Vec::new(),
            KeyCode::Esc => self.step_back(),
            KeyCode::Enter => {
                let topics = self.choose(at.monitor);
                if !topics.is_empty() {
                    return ask(view, topics);
                }
            }
            KeyCode::Tab => self.complete(),
            KeyCode::Up => self.cursor = self.cursor.saturating_sub(1),
            KeyCode::Down => {
                self.cursor = (self.cursor + 1).min(self.offers.len().saturating_sub(1));
            }
            KeyCode::Backspace if self.text.is_empty() => self.step_back(),
            KeyCode::Backspace => {
                self.text.pop();
                self.cursor = 0;
            }
            KeyCode::Char('u') if ctrl => {
                self.text.clear();
                self.cursor = 0;
            }
            KeyCode::Char('a') if ctrl => {
                let topics = self.choose_all(at.monitor);
                if !topics.is_empty() {
                    return ask(view, topics);
                }
            }
            KeyCode::Char(character) if !ctrl && self.text.chars().count() < MAX_CHARACTERS => {
                self.text.push(character);
                self.cursor = 0;
            }
            _ => {}
        }
        self.look_up(at.monitor);
        view.lay(Overlay::Adder(Box::new(self)));
        Vec::new()
    }

    /// Takes pasted text as one change; names may stand on lines of their own.
    pub(in crate::tui) fn on_paste(mut self, view: &mut View, text: &str, at: &At<'_>) {
        let room = MAX_CHARACTERS.saturating_sub(self.text.chars().count());
        let is_blank = |character: char| character.is_whitespace() || character.is_control();
        let pasted = text.chars().map(|letter| if is_blank(letter) { ' ' } else { letter });
        self.text.extend(pasted.take(room));
        self.fault.clear();
        self.cursor = 0;
        self.look_up(at.monitor);
        view.lay(Overlay::Adder(Box::new(self)));
    }

    /// Takes what the cursor is on; the topics once they are whole, else none.
    fn choose(&mut self, monitor: &Monitor) -> Vec<Topic> {
        let (template, id) = match (self.offers.get(self.cursor), &self.template) {
            (Some(Offer::Typed(topics)), _) => {
                let never = |topic| monitor.catalogue.of(topic).and_then(never_subscribed);
                if let Some(fault) = topics.iter().find_map(never) {
                    self.fault = fault;
                    return Vec::new();
                }
                let topics = topics.clone();
                return self.unless_watched(topics, monitor);
            }
            (Some(Offer::Template(template)), _) => (template.clone(), None),
            (Some(Offer::Id { id, .. }), Some(template)) => (template.clone(), Some(id.clone())),
            (Some(Offer::Id { .. }), None) | (None, _) => {
                self.fault = self.nothing_found();
                return Vec::new();
            }
        };
        if let Some(fault) = never_subscribed(&template) {
            self.fault = fault;
            return Vec::new();
        }
        let ids = [&self.ids[..], id.as_slice()].concat();
        if ids.len() < template.placeholders().len() {
            (self.template, self.ids) = (Some(template), ids);
            self.text.clear();
            self.cursor = 0;
            return Vec::new();
        }
        match topic_of(&template, &ids) {
            Ok(topic) => self.unless_watched(vec![topic], monitor),
            Err(error) => {
                self.fault = error.to_string();
                Vec::new()
            }
        }
    }

    /// How many ids Ctrl-A takes at once: all that are listed, where they are the last that is missing.
    fn together(&self) -> usize {
        match &self.template {
            Some(template) if self.ids.len() + 1 == template.placeholders().len() => {
                self.offers.len()
            }
            _ => 0,
        }
    }

    /// Takes all ids that are listed.
    fn choose_all(&mut self, monitor: &Monitor) -> Vec<Topic> {
        let Some(template) = self.template.as_ref().filter(|_| self.together() > 0) else {
            return Vec::new();
        };
        if self.offers.len() >= MAX_OFFERS {
            self.fault = format!("more than {MAX_OFFERS} are found: type more of the name");
            return Vec::new();
        }
        let topics: Result<Vec<Topic>, NotATopic> = self
            .offers
            .iter()
            .filter_map(|offer| if let Offer::Id { id, .. } = offer { Some(id) } else { None })
            .map(|id| topic_of(template, &[&self.ids[..], std::slice::from_ref(id)].concat()))
            .collect();
        match topics {
            Ok(topics) => self.unless_watched(topics, monitor),
            Err(error) => {
                self.fault = error.to_string();
                Vec::new()
            }
        }
    }

    /// Those of `topics` that aren't watched yet, if they find room.
    fn unless_watched(&mut self, mut topics: Vec<Topic>, monitor: &Monitor) -> Vec<Topic> {
        let watched = monitor.topics.watched();
        topics.retain(|topic| !watched.contains(topic));
        let room = room(monitor);
        if topics.is_empty() {
            "it is watched already".clone_into(&mut self.fault);
        } else if topics.len() > room {
            self.fault = format!(
                "no room for {}, only for {room}: {MAX_CHANNELS} channels have {MAX_TOPICS_PER_CHANNEL} topics each; remove some first",
                topics.len()
            );
            topics.clear();
        }
        topics
    }

    /// What is said where nothing fits what is typed.
    fn nothing_found(&self) -> String {
        match self.next_placeholder() {
            None => {
                let slip = typed_names(&self.text).find_map(|name| Topic::parse(name).err());
                let slip = slip.filter(|_| self.text.trim_start().starts_with("v2."));
                slip.map_or_else(|| "nothing is called so".to_owned(), |slip| slip.to_string())
            }
            Some(Placeholder::Other(_)) => "type or paste the id".to_owned(),
            Some(Placeholder::Conversation) => {
                "no conversation has that id, queue or agent; a whole id is taken too".to_owned()
            }
            Some(named) => format!("no {} is called so; a whole id is taken too", named.word()),
        }
    }

    fn step_back(&mut self) {
        if self.ids.pop().is_none() {
            self.template = None;
        }
        self.text.clear();
        self.cursor = 0;
    }

    /// Puts what the cursor is on into the text, to type on from there.
    fn complete(&mut self) {
        match self.offers.get(self.cursor) {
            Some(Offer::Template(template)) => self.text.clone_from(&template.template),
            // what is said of a conversation in words is no name
            Some(Offer::Id { id, .. })
                if self.next_placeholder() == Some(Placeholder::Conversation) =>
            {
                self.text.clone_from(id);
            }
            Some(Offer::Id { name, .. }) => self.text.clone_from(name),
            Some(Offer::Typed(_)) | None => return,
        }
        self.cursor = 0;
    }

    /// Finds what can be chosen.
    fn look_up(&mut self, monitor: &Monitor) {
        self.offers = match self.next_placeholder() {
            Some(placeholder) => ids::offers(&placeholder, &self.text, self.near.as_ref(), monitor),
            None => self.templates(monitor),
        };
        self.cursor = self.cursor.min(self.offers.len().saturating_sub(1));
    }

    /// What is asked for now; `None` while a template is looked for.
    fn next_placeholder(&self) -> Option<Placeholder> {
        self.template.as_ref()?.placeholders().into_iter().nth(self.ids.len())
    }

    fn templates(&self, monitor: &Monitor) -> Vec<Offer> {
        let typed = self.text.trim();
        let found = monitor.catalogue.search(typed);
        let as_typed: Option<Vec<Topic>> =
            typed_names(typed).map(|name| Topic::parse(name).ok()).collect();
        let as_typed = as_typed.filter(|topics| {
            // a name without ids is in the list anyway
            !topics.is_empty() && !found.iter().any(|topic| topic.template == typed)
        });
        let offers = found.into_iter().cloned().map(Offer::Template);
        as_typed.map(Offer::Typed).into_iter().chain(offers).take(MAX_OFFERS).collect()
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let look = context.look;
        let place = super::centred(area, area.width.min(130), area.height.min(32));
        let title = match &self.template {
            None => "Add a topic",
            Some(_) => "Add a topic: whose",
        };
        let block = panel(look, title, true);
        let inner = block.inner(place);
        let (width, height) = (usize::from(inner.width), usize::from(inner.height));
        let rows = height.saturating_sub(2 + DETAILS).max(1);
        let first = (self.cursor + 1).saturating_sub(rows);
        let mut lines = vec![self.typed_line(width, look)];
        for (index, offer) in self.offers.iter().enumerate().skip(first).take(rows) {
            let line = offer.line(width, look);
            let selected = index == self.cursor;
            lines.push(if selected { line.patch_style(look.theme.selected()) } else { line });
        }
        if self.offers.is_empty() {
            let words = format!(" {}", self.nothing_found());
            lines.push(Line::styled(words, look.theme.dim()));
        }
        lines.resize_with(1 + rows, Line::default);
        let rule = look.theme.sign("─", "-").repeat(width);
        lines.push(Line::styled(rule, look.theme.dim()));
        lines.extend(self.details(width, context));
        clear(frame, place);
        draw_lines(frame, place, block, &lines);
    }

    fn typed_line(&self, width: usize, look: &Look) -> Line<'static> {
        let label = match (self.next_placeholder(), &self.template) {
            (Some(placeholder), Some(template)) => {
                let ids: Vec<&str> = self.ids.iter().map(|id| short(id)).collect();
                format!(" {} · {}: ", template.filled(&ids), placeholder.word())
            }
            _ => " topic: ".to_owned(),
        };
        let label = cut(&label, width.saturating_sub(12));
        let room = width.saturating_sub(label.width() + 1);
        let text = harmless_within(&self.text, MAX_CHARACTERS);
        Line::from(vec![
            Span::styled(label, look.theme.key()),
            Span::raw(cut_start(&text, room)),
            Span::styled(" ", look.theme.selected()),
        ])
    }

    /// What is known of what the cursor is on.
    fn details(&self, width: usize, context: &Context<'_>) -> Vec<Line<'static>> {
        let Context { monitor, look, .. } = *context;
        let theme = look.theme;
        let (template, typed) = match (&self.template, self.offers.get(self.cursor)) {
            (Some(template), _) | (None, Some(Offer::Template(template))) => (Some(template), None),
            (None, Some(Offer::Typed(topics))) => {
                (topics.first().and_then(|first| monitor.catalogue.of(first)), topics.first())
            }
            (None, _) => (None, None),
        };
        let mut lines = Vec::new();
        let mut add = |label: &str, text: String, style: Style| {
            lines.push(Line::from(vec![
                Span::styled(format!(" {}", fit(label, LABEL)), theme.dim()),
                Span::styled(cut(&text, width.saturating_sub(LABEL + 2)), style),
            ]));
        };
        let plain = Style::new();
        if let Some(template) = template {
            add("what", template.description.clone(), plain);
            let (words, style) = delivery(template, look);
            add("delivered", words, style);
            let (words, style) = needs(template, monitor, look);
            add("needs", words, style);
        } else if typed.is_some() {
            add(
                "what",
                "in no catalogue that is known; the service decides".to_owned(),
                theme.warn(),
            );
        }
        let (words, style) = fits(monitor, look);
        add("budget", words, style);
        lines.resize_with(DETAILS - 1, Line::default);
        let last = if self.fault.is_empty() {
            let back = if self.template.is_some() { "back" } else { "closes" };
            let together = match self.together() {
                0 | 1 => String::new(),
                together => format!("   ctrl-a takes all {together}"),
            };
            let words = format!(" ↑ ↓ choose   tab completes   enter takes{together}   esc {back}");
            Line::styled(words, theme.dim())
        } else {
            Line::styled(format!(" {}", self.fault), theme.bad())
        };
        lines.push(last);
        lines
    }
}

impl Offer {
    fn line(&self, width: usize, look: &Look) -> Line<'static> {
        let id_width = 38;
        match self {
            Self::Typed(topics) => {
                let more = match topics.len() {
                    1 => "as typed".to_owned(),
                    many => format!("and {} more, as typed", many - 1),
                };
                let first = topics.first().map(Topic::as_str).unwrap_or_default();
                let room = width.saturating_sub(more.len() + 6);
                Line::raw(format!("  {}  {more}", cut(&harmless_within(first, room), room)))
            }
            Self::Id { id, name } => {
                let name_width = width.saturating_sub(id_width + 4).max(8);
                let id = cut(&harmless_within(id, MAX_CELL), id_width);
                Line::from(vec![
                    Span::raw(format!("  {}  ", fit(name, name_width))),
                    Span::styled(if id == *name { String::new() } else { id }, look.theme.dim()),
                ])
            }
            Self::Template(topic) => {
                // where there is no room for both, the name is what one looks for
                let name = if width < 100 { 62 } else { width / 2 };
                let rest = width.saturating_sub(name + 4);
                let (words, style) = if topic.is_on_sockets() {
                    (topic.description.clone(), Style::new())
                } else {
                    (delivery(topic, look).0, look.theme.warn())
                };
                let line = Line::from(vec![
                    Span::raw(format!("  {}  ", fit(&topic.template, name))),
                    Span::styled(fit(&words, rest), style),
                ]);
                if topic.is_on_sockets() { line } else { line.style(look.theme.dim()) }
            }
        }
    }
}

/// Asks for topics, and says so.
fn ask(view: &mut View, topics: Vec<Topic>) -> Vec<Effect> {
    view.message = match topics.as_slice() {
        [topic] => format!("asked for {topic}; the list says whether it is permitted"),
        many => format!("asked for {} topics; the list says which are permitted", many.len()),
    };
    vec![Effect::Ask(Wish::Subscribe(topics))]
}

/// The names in what was typed or pasted, with blanks or commas between.
fn typed_names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || letter == ',')
        .filter(|name| !name.is_empty())
}

fn topic_of(template: &AvailableTopic, ids: &[String]) -> Result<Topic, NotATopic> {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    template.topic(&ids)
}

/// Why a template can't be subscribed, whoever asks; `None` if it can.
fn never_subscribed(template: &AvailableTopic) -> Option<String> {
    if !template.is_on_sockets() {
        let by = template.transports.join(" and ");
        return Some(format!("only {by} delivers it: no socket ever will"));
    }
    template.comes_by_itself().then(|| "it comes on every channel by itself".to_owned())
}

/// How a template's events are delivered.
pub(in crate::tui) fn delivery(template: &AvailableTopic, look: &Look) -> (String, Style) {
    let preview =
        if template.visibility.eq_ignore_ascii_case("preview") { " · preview" } else { "" };
    if template.transports.is_empty() {
        return ("the service didn't say".to_owned(), look.theme.dim());
    }
    let by = template.transports.join(", ");
    if template.is_on_sockets() {
        (format!("over sockets ({by}){preview}"), Style::new())
    } else {
        (format!("{by} only: no socket ever will"), look.theme.warn())
    }
}

/// What a template asks for, and whether the login has it.
pub(in crate::tui) fn needs(
    template: &AvailableTopic,
    monitor: &Monitor,
    look: &Look,
) -> (String, Style) {
    let verdict = Verdict::of(template.requirements.as_deref(), &monitor.granted);
    let Some(requirements) = &template.requirements else {
        return (verdict.words(), look.theme.dim());
    };
    let words: Vec<String> = requirements.iter().map(Requirement::words).collect();
    let words = if words.is_empty() { "nothing".to_owned() } else { words.join("; ") };
    let style = match verdict {
        Verdict::Missing(_) | Verdict::PersonOnly => look.theme.bad(),
        Verdict::Granted | Verdict::ByDivision | Verdict::AskedWhenSubscribing => Style::new(),
    };
    if verdict == Verdict::Granted && requirements.is_empty() {
        return (words, style);
    }
    (format!("{words} · {}", verdict.words()), style)
}

/// How many topics more find room, on channels that are there or can be made.
fn room(monitor: &Monitor) -> usize {
    let (watched, _) = monitor.link.topic_budget();
    (MAX_CHANNELS * MAX_TOPICS_PER_CHANNEL).saturating_sub(watched)
}

fn fits(monitor: &Monitor, look: &Look) -> (String, Style) {
    let (watched, budget) = monitor.link.topic_budget();
    let channels = monitor.link.sessions().len();
    let told = format!("{} of {} topics", count(watched as u64), count(budget as u64));
    if watched < budget {
        (format!("{told} are watched: it fits"), Style::new())
    } else if channels < MAX_CHANNELS {
        (format!("{told} are watched: channel {} is made for it", channels + 1), look.theme.warn())
    } else {
        (format!("{told} are watched: there is no room"), look.theme.bad())
    }
}

#[cfg(test)]
mod tests {
    use super::{Adder, Offer};
    use crate::domain::monitor::Monitor;
    use crate::domain::topic::Topic;

    fn adder(text: &str) -> Adder {
        let monitor = Monitor::new(jiff::Timestamp::UNIX_EPOCH);
        let mut adder = Adder::new(None, &monitor);
        text.clone_into(&mut adder.text);
        adder.look_up(&monitor);
        adder
    }

    #[test]
    fn a_whole_name_is_offered_as_typed_and_a_template_is_not() {
        let first = |text: &str| match adder(text).offers.into_iter().next() {
            Some(Offer::Typed(topics)) => Some(topics),
            _ => None,
        };
        let x = Topic::received("v2.users.x.presence");
        let y = Topic::received("v2.users.y.presence");
        assert_eq!(first("v2.users.x.presence"), Some(vec![x.clone()]));
        assert_eq!(first(" v2.users.x.presence, v2.users.y.presence "), Some(vec![x, y]));
        assert_eq!(first("v2.users.x.presence and more"), None);
        assert_eq!(first("v2.users.{id}.presence"), None);
        assert_eq!(first("presence"), None);
        assert_eq!(first("v2.outbound.settings"), None, "the catalogue has it");
    }
}
