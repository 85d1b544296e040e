//! What can be done with an open frame.
use super::{Inspector, Mode};
use crate::tui::action::{ActionEntry, Place};
use crate::tui::key::Key;
use crate::tui::look::Context;
use crate::tui::overlays::copier::Copier;
use crate::tui::overlays::difference::Comparison;
use crate::tui::overlays::prompt::Prompt;
use crate::tui::overlays::{Layer, Overlay};
use crate::tui::view::{At, Effect, View};
use crossterm::event::KeyCode;

const HERE: Place = Place::Over(Layer::Inspector);

pub(in crate::tui) const ACTIONS: &[ActionEntry] = &[
    ActionEntry::new(
        "frame.search",
        &[Key::char('/')],
        "search names and values; .name looks at names only, =value at values only",
        HERE,
        |view, _| {
            let Some(open) = open_frame(view) else { return Vec::new() };
            let prompt = Prompt::new("search", &open.search, |view, text, _| {
                let mask = view.look.mask;
                if let Some(open) = open_frame(view) {
                    open.search(text, mask);
                }
            });
            view.lay(Overlay::Prompt(prompt));
            Vec::new()
        },
    )
    .labelled("search"),
    ActionEntry::new(
        "frame.toggle",
        &[Key::of(KeyCode::Enter), Key::char(' ')],
        "open or close the node under the cursor",
        HERE,
        |view, _| {
            if let Some(tree) = open_frame(view).and_then(Inspector::tree_mut)
                && !tree.toggle()
            {
                "this holds nothing more; c copies it".clone_into(&mut view.message);
            }
            Vec::new()
        },
    )
    .labelled("open/close")
    .unless(no_tree),
    ActionEntry::new("frame.open_all", &[Key::char('e')], "open every node", HERE, |view, _| {
        if let Some(tree) = open_frame(view).and_then(Inspector::tree_mut) {
            tree.open_all();
        }
        Vec::new()
    })
    .unless(no_tree),
    ActionEntry::new(
        "frame.close_all",
        &[Key::char('E')],
        "close every node but the outermost",
        HERE,
        |view, _| {
            if let Some(tree) = open_frame(view).and_then(Inspector::tree_mut) {
                tree.close_all();
            }
            Vec::new()
        },
    )
    .unless(no_tree),
    ActionEntry::new(
        "frame.deeper",
        &[Key::char('+')],
        "open every node one level deeper",
        HERE,
        |view, _| deepen(view, true),
    )
    .unless(no_tree),
    ActionEntry::new(
        "frame.shallower",
        &[Key::char('-')],
        "close the deepest level that is open",
        HERE,
        |view, _| deepen(view, false),
    )
    .unless(no_tree),
    ActionEntry::new(
        "frame.parent",
        &[Key::of(KeyCode::Backspace), Key::char('h')],
        "to the node that holds this one",
        HERE,
        |view, _| {
            if let Some(tree) = open_frame(view).and_then(Inspector::tree_mut) {
                tree.go_out();
            }
            Vec::new()
        },
    )
    .unless(no_tree),
    ActionEntry::new(
        "frame.next_doubt",
        &[Key::char('s')],
        "to the next value that isn't as the schema has it",
        HERE,
        |view, _| {
            let Some(tree) = open_frame(view).and_then(Inspector::tree_mut) else {
                return Vec::new();
            };
            let found = tree.next_doubt();
            let sentence = match (found, tree.doubts()) {
                (true, _) => "",
                (false, Some(_)) => "every value is as the schema has it",
                (false, None) => "there is no schema of this topic's body",
            };
            sentence.clone_into(&mut view.message);
            Vec::new()
        },
    )
    .unless(no_tree),
    ActionEntry::new("frame.tree", &[Key::char('t')], "as a tree, or as text", HERE, |view, at| {
        let next = |mode| if mode == Mode::Tree { Mode::Pretty } else { Mode::Tree };
        show(view, at, next)
    })
    .labelled("tree/text"),
    ActionEntry::new("frame.raw", &[Key::char('r')], "as received, or pretty", HERE, |view, at| {
        show(view, at, |mode| if mode == Mode::Raw { Mode::Pretty } else { Mode::Raw })
    })
    .labelled("raw"),
    ActionEntry::new(
        "frame.wrap",
        &[Key::char('w')],
        "wrap long lines; in the tree: more room for the value",
        HERE,
        |view, _| {
            if let Some(open) = open_frame(view) {
                open.wrap = !open.wrap;
            }
            Vec::new()
        },
    )
    .labelled("wrap"),
    ActionEntry::new(
        "frame.next_match",
        &[Key::char('n')],
        "to the next match",
        HERE,
        |view, _| {
            if let Some(open) = open_frame(view) {
                open.step_match(true);
            }
            Vec::new()
        },
    ),
    ActionEntry::new(
        "frame.previous_match",
        &[Key::char('N')],
        "to the match before",
        HERE,
        |view, _| {
            if let Some(open) = open_frame(view) {
                open.step_match(false);
            }
            Vec::new()
        },
    ),
    ActionEntry::new(
        "frame.next",
        &[Key::of(KeyCode::Right), Key::char('l')],
        "to the next frame",
        HERE,
        |view, at| step(view, at, true),
    )
    .labelled("next"),
    ActionEntry::new(
        "frame.previous",
        &[Key::of(KeyCode::Left), Key::char('p')],
        "to the frame before",
        HERE,
        |view, at| step(view, at, false),
    )
    .labelled("previous"),
    ActionEntry::new(
        "frame.difference",
        &[Key::char('d')],
        "what changed since the frame before of the same thing",
        HERE,
        |view, at| {
            let Some(sequence) = open_frame(view).map(|open| open.kept.sequence) else {
                return Vec::new();
            };
            match Comparison::with_before(sequence, &view.context(at)) {
                Ok(overlay) => view.lay(overlay),
                Err(sentence) => sentence.clone_into(&mut view.message),
            }
            Vec::new()
        },
    )
    .labelled("changes"),
    ActionEntry::new(
        "frame.copy",
        &[Key::char('c')],
        "copy value, path or frame; or as curl, gc, jq or gcwatch command",
        HERE,
        |view, at| {
            let context = view.context(at);
            let copier = shown_frame(view).map(|open| Copier::of(open, &context));
            if let Some(copier) = copier {
                view.lay(copier);
            }
            Vec::new()
        },
    )
    .labelled("copy"),
];

/// The same, to look at.
pub(in crate::tui) fn shown_frame(view: &View) -> Option<&Inspector> {
    view.overlays.iter().rev().find_map(|overlay| match overlay {
        Overlay::Inspector(open) => Some(&**open),
        _ => None,
    })
}

/// The frame that is open, if one is.
pub(in crate::tui) fn open_frame(view: &mut View) -> Option<&mut Inspector> {
    view.overlays.iter_mut().rev().find_map(|overlay| match overlay {
        Overlay::Inspector(open) => Some(&mut **open),
        _ => None,
    })
}

fn no_tree(view: &View, _: &At<'_>) -> Option<&'static str> {
    let open = shown_frame(view)?;
    match (open.tree.is_some(), open.mode) {
        (false, _) => Some("this frame is no JSON object or list; it is shown as it came"),
        (true, Mode::Tree) => None,
        (true, _) => Some("only the tree has nodes to open; t shows it"),
    }
}

fn deepen(view: &mut View, more: bool) -> Vec<Effect> {
    if let Some(level) =
        open_frame(view).and_then(Inspector::tree_mut).map(|tree| tree.deepen(more))
    {
        view.message = format!("open to level {level}");
    }
    Vec::new()
}

fn show(view: &mut View, at: &At<'_>, next: fn(Mode) -> Mode) -> Vec<Effect> {
    if let Some(open) = open_frame(view) {
        open.mode = next(open.mode);
    }
    view.reprint(at);
    Vec::new()
}

fn step(view: &mut View, at: &At<'_>, forward: bool) -> Vec<Effect> {
    let heartbeats = view.panels.frames.shows_heartbeats();
    let context = Context { monitor: at.monitor, now: at.now, look: &view.look.clone() };
    let Some(open) = open_frame(view) else { return Vec::new() };
    if !open.step(forward, heartbeats, &context) {
        "there is no further frame".clone_into(&mut view.message);
    }
    Vec::new()
}
