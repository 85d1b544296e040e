//! From a request to what answers it. Any prefix before the known parts of a path is accepted,
//! since gateways put one there.
use super::answer::{Answer, not_found};
use super::faults::answers::{self, Verdict};
use super::faults::{Fault, NAMED_FAULTS};
use super::rest::{self, Call};
use super::socket::{self, Manner};
use super::{Shared, login, story};
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Largest request body, in bytes: a thousand topics have some 100 KB.
const MAX_BODY: usize = 8 << 20;

/// Longest time until a connection's first request is read whole.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);

/// Serves until told to stop; open connections end with it.
pub(super) async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    shared: Shared,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        let stream = tokio::select! {
            _ = stopped.changed() => return,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // out of file descriptors, say: it may pass
                    tracing::warn!(%error, "a connection can't be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        // frames are small and shall leave at once; a failure only makes them late
        let _ = stream.set_nodelay(true);
        connections.spawn(accept(stream, acceptor.clone(), shared.clone()));
        while connections.try_join_next().is_some() {}
    }
}

/// One connection, behind TLS where that is spoken.
async fn accept(stream: TcpStream, acceptor: Option<TlsAcceptor>, shared: Shared) {
    let Some(acceptor) = acceptor else { return connection(stream, shared).await };
    match tokio::time::timeout(HEADER_TIMEOUT, acceptor.accept(stream)).await {
        Ok(Ok(stream)) => connection(stream, shared).await,
        Ok(Err(error)) => tracing::debug!(%error, "a client doesn't want the certificate"),
        Err(_) => tracing::debug!("a client says nothing"),
    }
}

/// Answers on one connection. An error of the service ends it without an answer.
async fn connection(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, shared: Shared) {
    let service = service_fn(move |request: Request<Incoming>| {
        let shared = shared.clone();
        async move { handle(shared, request.map(Body::new)).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended");
    }
}

/// Why a call gets no answer.
#[derive(Debug, thiserror::Error)]
#[error("hung up on purpose")]
struct HungUp;

async fn handle(shared: Shared, mut request: Request<Body>) -> Result<Response<Body>, HungUp> {
    let path = request.uri().path().to_owned();
    let method = request.method().as_str().to_owned();
    let pairs: Vec<(String, String)> =
        url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
            .into_owned()
            .collect();
    let query: HashMap<String, String> = pairs.iter().cloned().collect();
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let headers = request.headers().clone();
    if let Some(upgrade) = upgrade.filter(|_| wants_socket(&headers)) {
        let delay = shared.lock().switches.upgrade_delay_ms;
        tokio::time::sleep(Duration::from_millis(delay)).await;
        return Ok(upgrade_to_socket(&shared, &path, &query, &headers, upgrade));
    }
    let Ok(body) = to_bytes(request.into_body(), MAX_BODY).await else {
        return Ok(Answer::status(413).into_response(&mut shared.lock()));
    };
    let (delay, verdict) = answers::judge(&mut shared.lock(), &method, &path);
    tokio::time::sleep(delay).await;
    let faulty = match verdict {
        Verdict::Right => None,
        Verdict::Wrong(answer) => Some(answer),
        Verdict::HangUp => return Err(HungUp),
    };
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let authorization = text(header::AUTHORIZATION);
    let mut state = shared.lock();
    let answer = if let Some(answer) = faulty {
        answer
    } else if path.ends_with("/oauth/token") && method == "POST" {
        login::token(&mut state, authorization, &String::from_utf8_lossy(&body))
    } else if path.ends_with("/oauth/authorize") {
        login::authorize(&mut state, &query)
    } else if let Some((_, rest)) = path.split_once("/api/v2/") {
        let call = Call {
            method: &method,
            path: rest,
            query,
            pairs,
            authorization,
            content_type: text(header::CONTENT_TYPE),
            body: &body,
        };
        rest::answer(&mut state, &call)
    } else {
        own_pages(&mut state, &method, &path, &body)
    };
    Ok(answer.into_response(&mut state))
}

/// The simulator's own pages, for tests: no service has them.
fn own_pages(state: &mut super::state::State, method: &str, path: &str, body: &Bytes) -> Answer {
    match (method, path) {
        ("GET", "/simulator/truth") => {
            let mut truth = state.world.truth();
            let open = state.channels.values().filter(|channel| channel.socket.is_some()).count();
            truth["channels"] = json!(state.channels.len());
            truth["sockets"] = json!(open);
            truth["topics"] = json!(state.wanted.len());
            truth["numbers"] = state.numbers.truth();
            truth["coverage"] = state.coverage_truth();
            Answer::json(truth)
        }
        // the same in small: a world of thousands of queues has a large truth
        ("GET", "/simulator/numbers") => Answer::json(state.numbers.truth()),
        ("GET", "/simulator/tape") => match &state.settings.tape {
            Some(tape) => Answer::json(state.tape_truth(tape)),
            None => not_found(state, "a tape: none is played"),
        },
        ("GET", "/simulator/coverage") => Answer::json(state.coverage_truth()),
        ("GET", "/simulator/faults/names") => {
            let names = NAMED_FAULTS.iter();
            Answer::json(json!(
                names
                    .map(
                        |fault| json!({"name": fault.name, "what": fault.what, "toml": fault.toml})
                    )
                    .collect::<Vec<_>>()
            ))
        }
        ("POST", path) if path.starts_with("/simulator/faults/") => {
            let name = &path["/simulator/faults/".len()..];
            match Fault::named(name) {
                Some(fault) => put(state, &fault),
                None => not_found(state, &format!("no fault is called {name}")),
            }
        }
        ("GET", "/simulator/faults") => {
            Answer::json(serde_json::to_value(&state.switches).unwrap_or(Value::Null))
        }
        ("POST", "/simulator/faults") => match serde_json::from_slice::<Fault>(body) {
            Ok(fault) => put(state, &fault),
            Err(error) => wrong(&error.to_string()),
        },
        ("POST", "/simulator/frames") => {
            state.send_raw(body);
            Answer::status(204)
        }
        _ => not_found(state, path),
    }
}

/// Does something wrong now, if it can be done.
fn put(state: &mut super::state::State, fault: &Fault) -> Answer {
    if let Some(what) = fault.nonsense().or_else(|| state.stranger(fault)) {
        return wrong(&what);
    }
    state.apply_and_plan(fault);
    Answer::status(204)
}

/// What was asked of the simulator itself can't be done.
fn wrong(what: &str) -> Answer {
    Answer { status: 400, ..Answer::json(json!({"message": what})) }
}

fn wants_socket(headers: &HeaderMap) -> bool {
    headers
        .get(header::UPGRADE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

fn upgrade_to_socket(
    shared: &Shared,
    path: &str,
    query: &HashMap<String, String>,
    headers: &HeaderMap,
    upgrade: OnUpgrade,
) -> Response<Body> {
    let mut state = shared.lock();
    let manner = if let Some(id) = path.strip_prefix("/channels/") {
        if let Some(status) = state.switches.upgrade_status {
            return Answer::status(status).into_response(&mut state);
        }
        if query.contains_key("access_token") {
            return Answer::status(400).into_response(&mut state);
        }
        let dead = state.switches.dead_channels;
        match dead.status() {
            _ if state.channels.contains_key(id) => Manner::Channel(id.to_owned()),
            None => Manner::CloseAtOnce(1008, "channel not found"),
            Some(404) => return not_found(&mut state, "channel").into_response(&mut state),
            Some(status) => return Answer::status(status).into_response(&mut state),
        }
    } else {
        match story::manner(&state, path, query) {
            Ok(manner) => manner,
            Err(404) => return not_found(&mut state, path).into_response(&mut state),
            Err(status) => return Answer::status(status).into_response(&mut state),
        }
    };
    let Some(key) = headers.get(header::SEC_WEBSOCKET_KEY) else {
        return Answer::status(400).into_response(&mut state);
    };
    let accept = derive_accept_key(key.as_bytes());
    drop(state);
    let shared = shared.clone();
    tokio::spawn(async move {
        match upgrade.await {
            Ok(upgraded) => socket::serve(upgraded, shared, manner).await,
            Err(error) => tracing::debug!(%error, "an upgrade came to nothing"),
        }
    });
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, header::HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, header::HeaderValue::from_static("websocket"));
    if let Ok(accept) = header::HeaderValue::from_str(&accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}
