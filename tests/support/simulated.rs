//! The simulated service in the test's own process, for tests that change its manners while it runs;
//! it ends with the test.
//!
//! Taken into a test by `#[path]`, since a file at the top of `tests` would be a test of its own.
#![allow(dead_code, reason = "no test needs all of it")]
use gcwatch::simulator::service::state::Addresses;
use gcwatch::simulator::service::{Simulator, SimulatorSettings};
use std::process::Command;
use tokio::runtime::{Builder, Runtime};

/// A simulated service and the runtime that it lives on.
pub(crate) struct Simulated {
    /// For what else a test wants to run beside.
    pub(crate) runtime: Runtime,
    /// Taken when it is stopped, and there until then.
    simulator: Option<Simulator>,
}

impl Simulated {
    pub(crate) fn start(settings: SimulatorSettings) -> Self {
        let runtime =
            Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let simulator = runtime.block_on(Simulator::start(settings)).expect("a free port");
        Self { runtime, simulator: Some(simulator) }
    }

    pub(crate) fn simulator(&self) -> &Simulator {
        self.simulator.as_ref().expect("it is stopped by drop alone")
    }

    pub(crate) fn addresses(&self) -> &Addresses {
        self.simulator().addresses()
    }

    /// Lets `command` find it and log in.
    pub(crate) fn credentials<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let at = self.addresses();
        command
            .env("GCWATCH_API_URL", &at.base_url)
            .env("GCWATCH_LOGIN_URL", &at.base_url)
            .env("GENESYSCLOUD_OAUTHCLIENT_ID", &at.client_id)
            .env("GENESYSCLOUD_OAUTHCLIENT_SECRET", &at.client_secret)
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        if let Some(simulator) = self.simulator.take() {
            self.runtime.block_on(simulator.stop());
        }
    }
}
