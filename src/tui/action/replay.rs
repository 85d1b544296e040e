//! What can be done with a replay: pace, steps, jumps. Only while a tape is shown.
use super::{ActionEntry, Place};
use crate::tui::key::Key;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::prompt::Prompt;
use crate::tui::view::{At, Effect, Play, View};
use Place::Screens;

fn obstacle(view: &View, _: &At<'_>) -> Option<&'static str> {
    view.replay.is_none().then_some("this is live: only a replay can be paused, stepped and sought")
}

const fn entry(
    name: &'static str,
    keys: &'static [Key],
    sentence: &'static str,
    run: fn(&mut View, &At<'_>) -> Vec<Effect>,
) -> ActionEntry {
    ActionEntry::new(name, keys, sentence, Screens, run).unless(obstacle)
}

fn ask(view: &mut View, prompt: Prompt) -> Vec<Effect> {
    view.lay(Overlay::Prompt(prompt));
    Vec::new()
}

/// In the order in which they are shown.
pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    entry("replay.pause", &[Key::char('p')], "pause the replay, or let it go on", |_, _| {
        vec![Effect::Play(Play::Pause)]
    }),
    entry("replay.step", &[Key::char('.')], "play one line of the tape, and pause", |_, _| {
        vec![Effect::Play(Play::Step)]
    }),
    entry("replay.faster", &[Key::char('+')], "replay faster", |_, _| {
        vec![Effect::Play(Play::Faster)]
    }),
    entry("replay.slower", &[Key::char('-')], "replay slower", |_, _| {
        vec![Effect::Play(Play::Slower)]
    }),
    entry("replay.forward", &[Key::char(']')], "one minute of the tape forward", |_, _| {
        vec![Effect::Play(Play::By(60))]
    }),
    entry("replay.back", &[Key::char('[')], "one minute of the tape back", |_, _| {
        vec![Effect::Play(Play::By(-60))]
    }),
    entry("replay.far-forward", &[Key::char('}')], "ten minutes of the tape forward", |_, _| {
        vec![Effect::Play(Play::By(600))]
    }),
    entry("replay.far-back", &[Key::char('{')], "ten minutes of the tape back", |_, _| {
        vec![Effect::Play(Play::By(-600))]
    }),
    entry("replay.gap", &[Key::char('x')], "to the next gap of the tape", |_, _| {
        vec![Effect::Play(Play::Gap { forward: true })]
    }),
    entry("replay.gap-before", &[Key::char('X')], "to the gap before", |_, _| {
        vec![Effect::Play(Play::Gap { forward: false })]
    }),
    entry(
        "replay.alert",
        &[Key::char('!')],
        "to the next alert of the rules; without rules, to the next agent who doesn't answer",
        |_, _| vec![Effect::Play(Play::Alert { forward: true })],
    ),
    entry(
        "replay.alert-before",
        &[Key::char('@')],
        "to the alert before; without rules, to the agent before who didn't answer",
        |_, _| vec![Effect::Play(Play::Alert { forward: false })],
    ),
    entry("replay.time", &[Key::char('T')], "to a time of the tape: 14:03, or +5m", |view, _| {
        ask(view, Prompt::asking("time", |text| vec![Effect::Play(Play::To(text.to_owned()))]))
    }),
    entry(
        "replay.match",
        &[Key::char('*')],
        "to the next frame that passes a filter",
        |view, _| {
            let sought = view.sought.clone();
            let find = |text: &str| {
                vec![Effect::Play(Play::Match { text: text.to_owned(), forward: true })]
            };
            ask(view, Prompt::asking_again("find", &sought, find))
        },
    ),
    entry(
        "replay.match-before",
        &[Key::char('#')],
        "to the last frame before this one that passes a filter",
        |view, _| {
            let sought = view.sought.clone();
            let find = |text: &str| {
                vec![Effect::Play(Play::Match { text: text.to_owned(), forward: false })]
            };
            ask(view, Prompt::asking_again("find before", &sought, find))
        },
    ),
];
