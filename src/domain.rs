//! The boring middle: what the service says, what is known, and what follows from it.
//!
//! Everything in here is pure, synchronous and deterministic. It must not know of sockets,
//! files, environment variables, terminals, any clock or any random source: time comes in as an
//! argument, text comes in as received, and what shall happen goes out as data.
//!
//! The way of a frame: [`frame::Frame`] → [`decode`] (the one door to bodies) → the monitor.
pub mod agent;
pub mod alert;
pub mod available;
pub mod board;
pub mod bookmarks;
pub mod catalogue;
pub mod control;
pub mod conversation;
pub mod decode;
pub mod diagnosis;
pub mod difference;
pub mod explain;
pub mod filter;
pub mod frame;
pub mod identity;
pub mod intake;
pub mod interval;
pub mod moment;
pub mod monitor;
pub mod nearest;
pub mod outline;
pub mod overlap;
pub mod privacy;
pub mod recording;
pub mod region;
pub mod rest;
pub mod schema;
pub mod session;
pub mod takeaway;
pub mod text;
pub mod timeline;
pub mod topic;
