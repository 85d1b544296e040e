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
//! `refresh` sorts, filters and prepares the rows that fit on the screen, and no more than those;
//! while the picture is frozen it does nothing. `draw` takes shared references and changes
//! nothing. Selection goes by identity, so the cursor never moves by itself.
mod action;
mod draw;
mod format;
mod inspector;
mod layout;
mod pane;
mod prepare;
mod theme;
mod view;

pub use action::{ACTIONS, Action, ActionEntry};
pub use draw::draw;
pub use theme::{Depth, Theme};
pub use view::{Effect, Screen, View, ViewOptions, Wish};
