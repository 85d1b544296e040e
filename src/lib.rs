//! # gcwatch
//!
//! A terminal monitor for Genesys Cloud's Notifications WebSocket.
//!
//! The map of the house, from the inside out; arrows point inward only, and
//! `tests/architecture.rs` holds them:
//!
//! * [`domain`]: what is known and what follows from it. Pure and synchronous; no I/O, no
//!   clock, no random source.
//! * [`cloud`]: the network edge. OAuth, REST, channels, sockets; carries out the effects of the
//!   domain's session machine.
//! * [`tape`]: recordings. Written beside a running source, redacted; read back as if they were
//!   one.
//! * [`settings`]: configuration file, profiles, credentials.
//! * [`tui`]: the terminal front end: state in, cells out.
//! * [`simulator`]: a simulated Genesys Cloud. Shares no type with anything above.
//! * [`cli`]: arguments and subcommands; the only place that wires the layers together.
pub mod cli;
pub mod cloud;
pub mod domain;
pub mod settings;
pub mod simulator;
pub mod tape;
pub mod tui;
