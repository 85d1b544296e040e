//! The network edge: OAuth, REST, channels and sockets of the service.
//!
//! Carries out what the domain's session machine asks for and reports back to it; decides
//! nothing about the life of a connection itself. Must not know of screens, configuration
//! files or where credentials are kept.
//!
//! ```text
//! ServiceSource (own thread, own runtime) ▶ Fleet: which topic is on which channel
//!   driver, one a channel: Session machine ⇄ steps (REST, dial) ⇄ socket task, one a line
//!                                └──────── frames, control ────────▶ Mailbox ▶ the receiver
//! ```
mod address;
mod aggregates;
mod catalogue;
mod channels;
mod check;
mod client;
mod clock;
mod credentials;
mod dial;
mod directory;
mod driver;
mod failure;
mod fleet;
mod http;
mod mailbox;
mod oauth;
mod pace;
mod people;
mod plan;
pub mod probe;
mod proxy;
mod raw;
mod resolve;
mod snapshot;
mod socket;
mod source;
mod spares;
mod staff;
mod tally;
#[cfg(test)]
mod testing;
mod tls;
mod tunnel;

pub use address::{AddressError, ServiceAddress};
pub use channels::{Channel, ChannelId};
pub use client::{ClientError, Person, RateLimit, ServiceClient, TokenInfo, Vitals};
pub use clock::Clock;
pub use credentials::{Credentials, UserLogin};
pub use dial::{Dialler, WebSocket, trusted_socket_address};
pub use directory::Loaded;
pub use mailbox::Mailbox;
pub use oauth::{
    AnswerError, BrowserLogin, Callback, Code, Loopback, LoopbackError, NoRandom, Page, Redirect,
    RedirectError, TokenKeeper, UserTokens,
};
pub use plan::{Plan, TooManyTopics, pack, topic_of_user, topics_of_queue};
pub use proxy::Proxies;
pub use raw::RawSocket;
pub use resolve::{SelectorError, resolve_queues, resolve_users};
pub use source::{Command, ServiceSource, SourceHandle, SourceState, run_source};
pub use tls::{Tls, TlsError};
