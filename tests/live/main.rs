//! What talks to a service in real time: the client's whole way to the simulated one, and the program
//! itself as it is called from a shell.
//!
//! One program, so that what waits does so side by side: one after the other, as programs of their own,
//! they took three times as long. None may therefore depend on being alone on the machine.
mod bad_input;
mod board;
mod doctor;
mod json_shapes;
mod login_browser;
mod lossless;
mod network;
mod permissions_page;
#[path = "../support/program.rs"]
mod program;
mod simulate;
#[path = "../support/simulated.rs"]
mod simulated;
mod simulator_service;
mod tail;
mod terminal;
mod topics;
