//! The small server on this computer that the browser comes back to.
//!
//! Listens on loopback only, knows one path, and lets whoever runs the login say what the browser
//! shows: "done" must not stand there before the token is really had. Must not judge an answer.
use super::answer::MAX_ANSWER_BYTES;
use super::page::Page;
use super::redirect::Redirect;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, body::Incoming};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

/// Answers that wait to be judged. A browser sends one; more are reloads.
const MAX_WAITING_ANSWERS: usize = 4;
/// Connections at one time. Browsers open a few ahead; the rest is somebody's nuisance.
const MAX_CONNECTIONS: usize = 16;
/// How long a connection may take to send its request.
const HEAD_LIMIT: Duration = Duration::from_secs(10);
/// How long the browser waits for its page: as long as the exchange of the code may take.
const PAGE_LIMIT: Duration = Duration::from_secs(30);

/// Why nobody can come back to this computer.
#[derive(Debug, Error)]
pub enum LoopbackError {
    /// The fixed port is another program's.
    #[error(
        "port {port}, to which the browser shall come back, is taken by another program: end that, or register the redirect URI http://localhost without a port, then any port will do"
    )]
    PortTaken {
        /// The port.
        port: u16,
    },
    /// No port at all.
    #[error("no port on this computer can be had for the browser to come back to: {0}")]
    NoPort(io::Error),
}

/// The listening server; ends when dropped.
#[derive(Debug)]
pub struct Loopback {
    redirect_uri: String,
    answers: mpsc::Receiver<Callback>,
    _serving: JoinSet<()>,
}

/// The browser came back, and waits to be told how it went.
pub struct Callback {
    /// The query of its request: an answer to be read, never to be shown or logged.
    pub query: String,
    page: oneshot::Sender<Page>,
}

impl fmt::Debug for Callback {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // the query holds the code, with which a login can be had
        formatter.debug_struct("Callback").finish_non_exhaustive()
    }
}

impl Callback {
    /// Shows the browser how it went.
    pub fn show(self, page: Page) {
        // the browser may have been closed: then nobody is there to read it
        let _ = self.page.send(page);
    }
}

impl Loopback {
    /// Listens where `redirect` says.
    ///
    /// # Errors
    /// [`LoopbackError`] when the port is taken or none can be had.
    pub async fn listen(redirect: &Redirect) -> Result<Self, LoopbackError> {
        let wanted = redirect.port().unwrap_or(0);
        let refused = |error: io::Error| match redirect.port() {
            Some(port) if error.kind() == io::ErrorKind::AddrInUse => {
                LoopbackError::PortTaken { port }
            }
            _ => LoopbackError::NoPort(error),
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, wanted)).await.map_err(refused)?;
        let port = listener.local_addr().map_err(LoopbackError::NoPort)?.port();
        let (to_login, answers) = mpsc::channel(MAX_WAITING_ANSWERS);
        let path: Arc<str> = redirect.path().into();
        let mut serving = JoinSet::new();
        // Browsers may try ::1 first for "localhost". Where there is no IPv6, or the port is
        // another program's there, they come to 127.0.0.1.
        if let Ok(also) = TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            serving.spawn(serve(also, Arc::clone(&path), to_login.clone()));
        }
        serving.spawn(serve(listener, path, to_login));
        Ok(Self { redirect_uri: redirect.with_port(port), answers, _serving: serving })
    }

    /// The address to be named to the login host.
    #[must_use]
    pub fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// The next time that the browser comes back. Cancelling it loses nothing.
    pub async fn next(&mut self) -> Callback {
        match self.answers.recv().await {
            Some(callback) => callback,
            // the tasks that hold the other ends run as long as `self` lives
            None => std::future::pending().await,
        }
    }
}

async fn serve(listener: TcpListener, path: Arc<str>, to_login: mpsc::Sender<Callback>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // an error concerns that one connection, or passes
                let Ok((stream, _)) = accepted else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                if connections.len() < MAX_CONNECTIONS {
                    connections.spawn(connection(stream, Arc::clone(&path), to_login.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn connection(stream: TcpStream, path: Arc<str>, to_login: mpsc::Sender<Callback>) {
    let service = service_fn(|request: Request<Incoming>| {
        let (path, to_login) = (Arc::clone(&path), to_login.clone());
        async move { Ok::<_, Infallible>(answer(&request, &path, &to_login).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .max_buf_size(2 * MAX_ANSWER_BYTES)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection of the browser ended early");
    }
}

async fn answer(
    request: &Request<Incoming>,
    path: &str,
    to_login: &mpsc::Sender<Callback>,
) -> Response<String> {
    if request.uri().path() != path {
        // browsers ask for an icon by themselves
        return plain(StatusCode::NOT_FOUND, "there is nothing here");
    }
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET");
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let (page, shown) = oneshot::channel();
    if to_login.try_send(Callback { query, page }).is_err() {
        return plain(StatusCode::SERVICE_UNAVAILABLE, "too many answers at once");
    }
    match tokio::time::timeout(PAGE_LIMIT, shown).await {
        Ok(Ok(page)) => html(&page),
        // the login ended without a word, as on Ctrl-C
        _ => html(&Page::Failed("The login was given up in the terminal.".to_owned())),
    }
}

fn plain(status: StatusCode, text: &str) -> Response<String> {
    respond(status, text.to_owned(), "text/plain; charset=utf-8")
}

fn html(page: &Page) -> Response<String> {
    let (status, text) = page.render();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    respond(status, text, "text/html; charset=utf-8")
}

/// A response that nobody stores and that sends the address with the code nowhere.
fn respond(status: StatusCode, text: String, kind: &'static str) -> Response<String> {
    let mut response = Response::new(text);
    *response.status_mut() = status;
    for (name, value) in [
        (CONTENT_TYPE, kind),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests;
