//! `gcwatch doctor`: gathers facts step by step, has them judged, tells each finding as it comes.
//!
//! What is judged how stands in `domain::diagnosis`; here is only the order, and what can't be
//! looked at after what has failed. Whatever is made on the way is put back.
use super::arguments::{ConnectionArguments, DisplayArguments, DoctorArguments, DoctorTarget};
use super::problem::Problem;
use report::Report;

mod everything;
mod live;
mod network;
mod report;
mod setup;
mod socket;

pub(super) use socket::{configured_service, token_to_try};

/// Runs the diagnosis that was asked for.
pub(super) fn run(
    connection: &ConnectionArguments,
    display: &DisplayArguments,
    arguments: &DoctorArguments,
) -> Result<(), Problem> {
    let report = Report::new(arguments.json, display.ascii);
    match &arguments.target {
        Some(DoctorTarget::Socket(wanted)) => socket::run(connection, wanted, report),
        None => everything::run(connection, report),
    }
}
