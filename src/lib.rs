//! gcwatch
pub mod cli;
