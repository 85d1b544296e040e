//! The terminal front end: state in, cells out.
//!
//! Must not know of sockets, files, clocks or the terminal itself: whoever runs it reads the
//! clock, hands keys in and carries effects out.
//!
//! ```text
//! loop: absorb → view.refresh(&monitor, now) → draw(frame, &monitor, &view, now)
//!       key    → view.on_key(key, &monitor, now) → effects
//! ```
//!
//! `refresh` prepares the rows that fit on the screen, and no more than those. `draw` takes shared
//! references and changes nothing. Selection goes by identity, so the cursor never moves by
//! itself. Each screen has one file in `screens` with its state, preparation, drawing and
//! actions; each thing that is laid over a screen one in `overlays`.
mod action;
mod asked;
mod big;
mod draw;
mod format;
mod key;
mod layout;
mod line;
mod look;
mod mouse;
mod names;
mod overlays;
mod pane;
mod recording;
mod screens;
mod signs;
mod spark;
mod table;
#[cfg(test)]
mod testing;
mod theme;
mod view;

pub use action::{ActionEntry, Keymap, KeymapFault, action_named, actions};
pub use draw::draw;
pub use key::Key;
pub use recording::RecordWish;
pub use screens::Screen;
pub use signs::{SIGNS, Sign};
pub use theme::{Depth, Theme, ThemeName};
pub use view::{Begin, Effect, Play, View, ViewOptions, Wish};
