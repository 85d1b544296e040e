//! What takes a processor for a minute or two: whole days and hours of simulated time, and tapes of them.
//!
//! One program, so that they run side by side: as programs of their own, one after the other, they took
//! almost twice as long on two processors. The machine's clock is looked at only for how long to be patient.
mod day;
#[path = "../live/lossless/ledger.rs"]
mod ledger;
mod oracle;
mod scenarios;
mod schemas;
mod stopped;
mod tapes;
mod world;
