//! What the user has set: folders, the configuration file, profiles, environment, and the places
//! where secrets are kept.
//!
//! This layer must not know of sockets, screens or the service's regions: a region passes through
//! as text and addresses are not checked here. It reads no clock except for the time limits of the
//! secret store.

pub mod file;
pub mod places;
pub mod resolve;
pub mod secret_input;
pub mod secrets;
pub mod topic_cache;

mod error;
mod private_file;
mod profile_name;

pub use error::SettingsError;
pub use profile_name::{LONGEST_PROFILE_NAME, ProfileName};
