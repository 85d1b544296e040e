//! Opening a socket: name resolution, TCP, proxy, TLS, upgrade, each with its reason in words.
//!
//! The upgrade is bare: the service wants no token on it, in whatever place. Must not know what
//! is said over the socket.
use super::address::is_loopback;
use super::client::ServiceClient;
use super::failure::{self, Asked, Refusal, of_connection, plain};
use super::proxy::Proxies;
use super::tls::Tls;
use super::tunnel::through;
use crate::domain::session::{Failure, FailureKind};
use futures_util::stream::{FuturesUnordered, StreamExt};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error as SocketError, error::ProtocolError};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use url::Url;

/// Largest message that the socket assembles, in bytes. Above what is kept of one
/// ([`crate::domain::frame::MAX_FRAME_BYTES`]), because a socket that refuses a message can't be
/// used any more: up to here an oversized message costs memory for a moment, not the connection.
pub(super) const MAX_MESSAGE_BYTES: usize = 16 << 20;
/// Limit for opening a socket, from name resolution to the upgrade. Below the 20 s that the
/// session machine gives a step, so that the reason arrives before it.
const DIAL_LIMIT: Duration = Duration::from_secs(15);
/// Lead of one address before the next one is tried beside it, as the "happy eyeballs" standard
/// recommends: a broken IPv6 costs this, not a time-out.
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);
/// Addresses tried at most.
const MAX_ADDRESSES: usize = 8;
/// Bytes that are written out at once, and that may wait to be: we send a ping now and then.
const WRITE_BUFFER_BYTES: usize = 4 << 10;
const MAX_WRITE_BUFFER_BYTES: usize = 64 << 10;

/// Something that bytes go through both ways.
pub trait Wire: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + fmt::Debug + Send + Unpin> Wire for T {}

/// An open socket, over whatever it goes.
pub type WebSocket = WebSocketStream<Box<dyn Wire>>;

/// Opens sockets by one TLS configuration and one set of proxies. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Dialler {
    pub(super) tls: Tls,
    pub(super) proxies: Proxies,
}

impl ServiceClient {
    /// A dialler with this client's TLS configuration and proxies.
    #[must_use]
    pub fn dialler(&self) -> Dialler {
        Dialler { tls: self.shared.tls.clone(), proxies: self.shared.proxies.clone() }
    }
}

/// Whether a `connectUri` may be dialled: `wss`, or `ws` to this computer.
///
/// # Errors
/// A failure that says what is wrong with it, without the channel's id.
pub fn trusted_socket_address(address: &str) -> Result<Url, Failure> {
    let refuse = |why: String| {
        let sentence = format!("opening the socket failed: {why}; check the API's address");
        plain(FailureKind::BadAnswer, sentence)
    };
    let url = Url::parse(address)
        .map_err(|_| refuse("the connectUri of the channel is no address".to_owned()))?;
    let host = failure::harmless(url.host_str().unwrap_or_default(), 80);
    if host.is_empty() {
        return Err(refuse("the connectUri of the channel names no host".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse(format!("the connectUri to {host} holds a user name")));
    }
    match url.scheme() {
        "wss" => Ok(url),
        "ws" if is_loopback(&url) => Ok(url),
        "ws" => {
            Err(refuse(format!("the connectUri to {host} isn't encrypted (ws instead of wss)")))
        }
        other => {
            let scheme = failure::harmless(other, 20);
            Err(refuse(format!("the connectUri to {host} is {scheme}, not wss")))
        }
    }
}

impl Dialler {
    /// A dialler.
    #[must_use]
    pub fn new(tls: Tls, proxies: Proxies) -> Self {
        Self { tls, proxies }
    }

    /// Opens the socket at `address`, bare. The address should be one that
    /// [`trusted_socket_address`] lets pass.
    ///
    /// # Errors
    /// Why it could not be opened; a refused upgrade means that the channel is gone.
    pub async fn dial(&self, address: &Url) -> Result<WebSocket, Failure> {
        let request = address.as_str().into_client_request().map_err(|reason| {
            plain(
                FailureKind::BadAnswer,
                format!(
                    "opening the socket failed: its address can't be used: {}",
                    kind_of(&reason)
                ),
            )
        })?;
        self.dial_with(address, request).await
    }

    /// Opens the socket at `address` with a request of the caller's own making, for finding out
    /// why somebody else's way of dialling fails.
    ///
    /// # Errors
    /// Why it could not be opened.
    pub async fn dial_with(&self, address: &Url, request: Request) -> Result<WebSocket, Failure> {
        let host = address.host_str().unwrap_or_default().to_owned();
        let opening = async {
            let wire = self.connect(address, &host).await?;
            let limits = WebSocketConfig::default()
                .max_message_size(Some(MAX_MESSAGE_BYTES))
                .max_frame_size(Some(MAX_MESSAGE_BYTES))
                .write_buffer_size(WRITE_BUFFER_BYTES)
                .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES);
            client_async_with_config(request, wire, Some(limits))
                .await
                .map(|(socket, _)| socket)
                .map_err(|error| upgrade_failure(&error, &host))
        };
        tokio::time::timeout(DIAL_LIMIT, opening)
            .await
            .unwrap_or_else(|_| Err(failure::timed_out(DOING, &host)))
    }

    /// Opens the way to the host: directly or through a proxy, with TLS unless it is `ws`.
    pub(super) async fn connect(
        &self,
        address: &Url,
        host: &str,
    ) -> Result<Box<dyn Wire>, Failure> {
        let wire = self.wire(address, host).await?;
        if address.scheme() == "ws" {
            return Ok(wire);
        }
        let name =
            rustls::pki_types::ServerName::try_from(bare(host).to_owned()).map_err(|_| {
                plain(FailureKind::BadAnswer, format!("{DOING} failed: {host} is no host name"))
            })?;
        let secured = TlsConnector::from(self.tls.config()).connect(name, wire).await;
        Ok(Box::new(secured.map_err(|error| of_io(&error, host))?))
    }

    /// The way to the host without TLS: directly or through a proxy.
    pub(super) async fn wire(&self, address: &Url, host: &str) -> Result<Box<dyn Wire>, Failure> {
        let port = address.port_or_known_default().unwrap_or(443);
        Ok(match self.proxies.of(address) {
            None => Box::new(connect_tcp(bare(host), port).await.map_err(|e| of_io(&e, host))?),
            Some(proxy) => through(&proxy, &self.tls, (host, port), DOING).await?,
        })
    }
}

const DOING: &str = "opening the socket";

fn of_io(error: &io::Error, host: &str) -> Failure {
    of_connection(error, DOING, host)
}

/// A host without the brackets that an IPv6 address has in a URL.
pub(super) fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// Connects to the first address of `host` that answers, trying the next one beside it when one
/// is slow.
pub(super) async fn connect_tcp(host: &str, port: u16) -> io::Result<TcpStream> {
    let addresses = tokio::net::lookup_host((host, port))
        .await
        .map_err(|reason| io::Error::other(format!("dns error: {reason}")))?;
    let stream = race(alternate(addresses), TcpStream::connect).await?;
    // small frames both ways; a pong must not wait for company
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Connects to the first address that answers. Each has a lead over the next one; one that fails
/// has none.
async fn race<T, F>(addresses: Vec<SocketAddr>, connect: impl Fn(SocketAddr) -> F) -> io::Result<T>
where
    F: Future<Output = io::Result<T>>,
{
    let mut waiting = addresses.into_iter();
    let mut attempts = FuturesUnordered::new();
    let mut last_error = io::Error::other("dns error: the name has no address");
    attempts.extend(waiting.next().map(&connect));
    loop {
        // Biased: an attempt that is done counts before another one is begun.
        let next_is_due = tokio::time::sleep(NEXT_ADDRESS_AFTER);
        tokio::select! {
            biased;
            done = attempts.next() => match done {
                Some(Ok(stream)) => return Ok(stream),
                Some(Err(error)) => {
                    last_error = error;
                    attempts.extend(waiting.next().map(&connect));
                }
                None => return Err(last_error),
            },
            () = next_is_due, if waiting.len() > 0 => {
                attempts.extend(waiting.next().map(&connect));
            }
        }
    }
}

/// The addresses with the two families in turn, the resolver's first choice first.
fn alternate(addresses: impl Iterator<Item = SocketAddr>) -> Vec<SocketAddr> {
    let all: Vec<SocketAddr> = addresses.collect();
    let first_is_v6 = all.first().is_some_and(SocketAddr::is_ipv6);
    let (preferred, others): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|address| address.is_ipv6() == first_is_v6);
    let mut others = others.into_iter();
    let mut turns = Vec::new();
    for address in preferred {
        turns.push(address);
        turns.extend(others.next());
    }
    turns.extend(others);
    turns.truncate(MAX_ADDRESSES);
    turns
}

/// Why the upgrade failed.
fn upgrade_failure(error: &SocketError, host: &str) -> Failure {
    match error {
        SocketError::Http(response) => {
            let body = response.body().as_deref().unwrap_or_default();
            let status = response.status().as_u16();
            let headers = response.headers();
            // what dead channels answer isn't documented: the raw words help to find out
            tracing::info!(
                status,
                body = failure::harmless(&String::from_utf8_lossy(body), 300),
                "the upgrade was refused"
            );
            let asked = Asked::Upgrade;
            let refusal = Refusal { doing: DOING, host, asked, status, headers, body };
            if status == 200 {
                return failure::page_instead(DOING, host, status);
            }
            refusal.failure()
        }
        SocketError::Io(error) => of_io(error, host),
        SocketError::Protocol(ProtocolError::HandshakeIncomplete) => plain(
            FailureKind::Network,
            format!("{DOING} failed: {host} closed the connection during the upgrade"),
        ),
        other => plain(
            FailureKind::BadAnswer,
            format!(
                "{DOING} failed: {host} doesn't answer like a socket ({}): a proxy may be in between that doesn't let sockets pass",
                kind_of(other)
            ),
        ),
    }
}

/// What kind of error it is, in words without the address.
pub(super) fn kind_of(error: &SocketError) -> String {
    match error {
        SocketError::Url(_) | SocketError::HttpFormat(_) => "its form".to_owned(),
        other => failure::harmless(&other.to_string(), 160),
    }
}

#[cfg(test)]
mod tests;
