//! A stand-in for the service in unit tests: answers each request with what a closure says.
//!
//! Made by hand on a TCP listener, so that it can also answer what no proper server would.
use super::address::ServiceAddress;
use super::client::ServiceClient;
use super::credentials::Credentials;
use super::tls::Tls;
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// One request as it came.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) method: String,
    pub(super) path: String,
    /// Headers as sent, in lower case.
    pub(super) head: String,
    pub(super) body: String,
}

type OnSocket = Box<dyn FnOnce(WebSocketStream<TcpStream>) -> BoxFuture<'static, ()> + Send>;

/// What to answer.
pub(super) enum Reply {
    /// Status, further header lines, body.
    Http(u16, &'static str, String),
    /// An upgrade, and what happens on the socket.
    Socket(OnSocket),
    /// Nothing: the connection stays open until the client has enough of it.
    Nothing,
}

pub(super) fn json(body: &str) -> Reply {
    Reply::Http(200, "content-type: application/json\r\n", body.to_owned())
}

pub(super) fn status(status: u16, body: &str) -> Reply {
    Reply::Http(status, "", body.to_owned())
}

pub(super) fn token() -> Reply {
    json(r#"{"access_token":"T","token_type":"bearer","expires_in":86399}"#)
}

pub(super) fn on_socket<F>(
    then: impl FnOnce(WebSocketStream<TcpStream>) -> F + Send + 'static,
) -> Reply
where
    F: Future<Output = ()> + Send + 'static,
{
    Reply::Socket(Box::new(|socket| Box::pin(then(socket))))
}

/// The stand-in; ends when dropped.
pub(super) struct Service {
    pub(super) base: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    _accepting: JoinSet<()>,
}

impl Service {
    pub(super) async fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let answer = Arc::new(answer);
        let mut accepting = JoinSet::new();
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&log), Arc::clone(&answer)));
            }
        });
        Self { base, asked, _accepting: accepting }
    }

    /// A client with id and secret.
    pub(super) fn client(&self) -> ServiceClient {
        self.client_with(Credentials::ClientCredentials {
            client_id: "id".to_owned(),
            client_secret: "hush".into(),
        })
    }

    pub(super) fn client_with(&self, credentials: Credentials) -> ServiceClient {
        let address = ServiceAddress::from_parts(None, None, Some(&self.base)).unwrap();
        ServiceClient::new(address, credentials, Tls::new(None).unwrap(), "gcwatch/test").unwrap()
    }

    /// The socket address below this service.
    pub(super) fn socket(&self, path: &str) -> url::Url {
        format!("{}{path}", self.base.replacen("http", "ws", 1)).parse().unwrap()
    }

    /// All requests so far whose path contains `part`.
    pub(super) fn asked(&self, part: &str) -> Vec<Asked> {
        let all = self.asked.lock().unwrap();
        all.iter().filter(|asked| asked.path.contains(part)).cloned().collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    log: Arc<Mutex<Vec<Asked>>>,
    answer: Arc<impl Fn(&Asked) -> Reply>,
) {
    // Looked at before it is taken: an upgrade is read once more by the socket library.
    let mut head = vec![0; 64 << 10];
    let length = loop {
        let seen = stream.peek(&mut head).await.unwrap_or(0);
        if seen == 0 {
            return;
        }
        // the first byte of a TLS hello: answered as a server does that speaks none
        if head[0] == 0x16 {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad\r\n\r\n").await;
            return;
        }
        if let Some(end) = head[..seen].windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        tokio::task::yield_now().await;
    };
    let text = String::from_utf8_lossy(&head[..length]).into_owned();
    let mut words = text.split_whitespace();
    let mut next = || words.next().unwrap_or_default().to_owned();
    let (method, path) = (next(), next());
    let lowered = text.to_ascii_lowercase();
    let mut asked = Asked { method, path, head: lowered, body: String::new() };
    let is_upgrade = asked.head.contains("upgrade: websocket");
    if !is_upgrade {
        let mut taken = vec![0; length];
        stream.read_exact(&mut taken).await.unwrap();
        let announced = asked
            .head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |number| number.trim().parse().unwrap());
        let mut body = vec![0; announced];
        stream.read_exact(&mut body).await.unwrap();
        asked.body = String::from_utf8(body).unwrap();
    }
    log.lock().unwrap().push(asked.clone());
    match answer(&asked) {
        Reply::Nothing => {
            let mut rest = [0; 1_024];
            while matches!(stream.read(&mut rest).await, Ok(1..)) {}
        }
        Reply::Socket(then) => then(accept_async(stream).await.unwrap()).await,
        Reply::Http(status, headers, body) => {
            let shown = if asked.method == "HEAD" { "" } else { &body };
            let answer = format!(
                "HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{shown}",
                body.len()
            );
            // a client that has gone is the test's own doing
            let _ = stream.write_all(answer.as_bytes()).await;
            let _ = stream.shutdown().await;
            let mut rest = [0; 1_024];
            while matches!(stream.read(&mut rest).await, Ok(1..)) {}
        }
    }
}
