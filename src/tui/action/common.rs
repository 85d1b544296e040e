//! What can be done wherever one is: moving, filtering, freezing, ending.
use super::{ActionEntry, Place};
use crate::tui::key::Key;
use crate::tui::overlays::columns::Columns;
use crate::tui::overlays::palette::Palette;
use crate::tui::overlays::{Overlay, help::Help};
use crate::tui::theme::Depth;
use crate::tui::view::{At, Effect, View, Wish};
use Place::{Anywhere, Screens};
use crossterm::event::KeyCode;

/// A step that reaches either end of any list, and still can be added to any place in it.
const TO_THE_END: isize = isize::MAX / 2;

/// In the order in which they are shown.
pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new(
        "program.quit",
        &[Key::char('q'), Key::ctrl('c')],
        "end the program",
        Anywhere,
        |_, _| vec![Effect::Quit],
    )
    .labelled("quit"),
    ActionEntry::new(
        "view.help",
        &[Key::char('?')],
        "show or hide these keys",
        Anywhere,
        |view, at| {
            let help = Help::of(view, at);
            view.overlays.push(Overlay::Help(help));
            Vec::new()
        },
    )
    .labelled("help"),
    ActionEntry::new(
        "view.palette",
        &[Key::char(':'), Key::ctrl('p')],
        "find an action by its name and do it",
        Anywhere,
        |view, at| {
            let palette = Palette::of(view, at);
            view.overlays.push(Overlay::Palette(palette));
            Vec::new()
        },
    )
    .labelled("palette"),
    ActionEntry::new(
        "list.filter",
        &[Key::char('/')],
        "filter the list by text",
        Screens,
        |view, _| {
            view.ask_filter();
            Vec::new()
        },
    )
    .labelled("filter")
    .unless(|view, _| view.list().is_none().then_some("this screen has no list")),
    ActionEntry::new(
        "view.freeze",
        &[Key::char(' ')],
        "stop or resume the picture; the intake goes on",
        Screens,
        |view, at| {
            view.freeze(at);
            Vec::new()
        },
    )
    .labelled("freeze"),
    ActionEntry::new(
        "list.open",
        &[Key::of(KeyCode::Enter)],
        "open what the cursor is on",
        Screens,
        |view, at| {
            view.open(at);
            Vec::new()
        },
    )
    .labelled("open"),
    ActionEntry::new(
        "view.next_panel",
        &[Key::of(KeyCode::Tab)],
        "give the next panel the focus",
        Screens,
        |view, _| {
            view.turn_focus(true);
            Vec::new()
        },
    )
    .labelled("next")
    .unless(one_panel),
    ActionEntry::new(
        "view.previous_panel",
        &[Key::of(KeyCode::BackTab)],
        "give the panel before the focus",
        Screens,
        |view, _| {
            view.turn_focus(false);
            Vec::new()
        },
    )
    .unless(one_panel),
    ActionEntry::new(
        "move.up",
        &[Key::of(KeyCode::Up), Key::char('k')],
        "one row up",
        Anywhere,
        |view, _| go(view, -1),
    ),
    ActionEntry::new(
        "move.down",
        &[Key::of(KeyCode::Down), Key::char('j')],
        "one row down",
        Anywhere,
        |view, _| go(view, 1),
    ),
    ActionEntry::new(
        "move.page_up",
        &[Key::of(KeyCode::PageUp)],
        "one page up",
        Anywhere,
        |view, _| {
            let page = view.page();
            go(view, -page)
        },
    ),
    ActionEntry::new(
        "move.page_down",
        &[Key::of(KeyCode::PageDown)],
        "one page down",
        Anywhere,
        |view, _| {
            let page = view.page();
            go(view, page)
        },
    ),
    ActionEntry::new(
        "move.first",
        &[Key::of(KeyCode::Home), Key::char('g')],
        "to the beginning",
        Anywhere,
        |view, _| go(view, -TO_THE_END),
    ),
    ActionEntry::new(
        "move.last",
        &[Key::of(KeyCode::End), Key::char('G')],
        "to the end; in frames: follow the newest",
        Anywhere,
        |view, _| go(view, TO_THE_END),
    ),
    ActionEntry::new(
        "view.mask",
        &[Key::char('m')],
        "show or hide customers' names and addresses",
        Anywhere,
        |view, at| {
            view.look.mask = !view.look.mask;
            view.reprint(at);
            Vec::new()
        },
    )
    .labelled("mask"),
    ActionEntry::new(
        "list.columns",
        &[Key::char('o')],
        "choose columns, their order and width",
        Screens,
        |view, _| {
            if let Some(columns) = Columns::of(view) {
                view.lay(Overlay::Columns(columns));
            }
            Vec::new()
        },
    )
    .labelled("columns")
    .unless(|view, _| Columns::of(view).is_none().then_some("this list has no columns to choose")),
    ActionEntry::new(
        "source.renew",
        &[Key::char('R')],
        "take a new channel without loss",
        Screens,
        |view, _| {
            "another channel is being taken".clone_into(&mut view.message);
            vec![Effect::Ask(Wish::Renew)]
        },
    )
    .unless(no_session),
    ActionEntry::new(
        "source.snapshot",
        &[Key::char('u')],
        "read the state again by REST",
        Screens,
        |view, _| {
            "the state is being read again".clone_into(&mut view.message);
            vec![Effect::Ask(Wish::Snapshot)]
        },
    )
    .unless(no_session),
    ActionEntry::new(
        "view.back",
        &[Key::of(KeyCode::Esc)],
        "close what is open, clear the filter",
        Anywhere,
        |view, at| {
            view.back(at);
            Vec::new()
        },
    ),
    ActionEntry::new(
        "view.redraw",
        &[Key::char('L'), Key::ctrl('l')],
        "draw everything anew",
        Anywhere,
        |_, _| vec![Effect::Redraw],
    ),
    ActionEntry::new(
        "view.theme",
        &[Key::char('C')],
        "the next theme: default, high contrast, colour-blind safe, light",
        Anywhere,
        |view, _| {
            let theme = &mut view.look.theme;
            theme.name = theme.name.next();
            let plain = if theme.depth == Depth::None { "; there are no colours here" } else { "" };
            view.message = format!("theme: {}{plain}", theme.name.word());
            Vec::new()
        },
    ),
    ActionEntry::new(
        "view.mouse",
        &[Key::char('M')],
        "take the mouse, or leave it to the terminal to select text",
        Anywhere,
        |view, _| {
            view.mouse = !view.mouse;
            let told = if view.mouse {
                "the mouse is taken: click, wheel, headings sort"
            } else {
                "the mouse is the terminal's: select text as you like"
            };
            told.clone_into(&mut view.message);
            vec![Effect::Mouse(view.mouse)]
        },
    ),
    ActionEntry::new(
        "program.suspend",
        &[Key::ctrl('z')],
        "give the terminal back to the shell for a while",
        Anywhere,
        |_, _| vec![Effect::Suspend],
    ),
];

fn go(view: &mut View, by: isize) -> Vec<Effect> {
    view.go(by);
    Vec::new()
}

fn one_panel(view: &View, _: &At<'_>) -> Option<&'static str> {
    (view.panels_shown().len() < 2).then_some("this screen has one panel only")
}

pub(in crate::tui) fn no_session(_: &View, at: &At<'_>) -> Option<&'static str> {
    (at.monitor.link.sessions().len() == 0).then_some("nothing is connected to the service")
}
