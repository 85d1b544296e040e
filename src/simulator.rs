//! A simulated Genesys Cloud, for the demo, for tests and for one's own client.
//!
//! Shares no type with the rest of this crate: a field that were misspelt here and there alike
//! would pass every test and fail in life. [`world`] is a contact centre without I/O;
//! [`service`] lets it be reached as the real one is; [`tape`] reads what can be played instead.
pub mod service;
pub mod tape;
pub mod world;
