//! From a request to what answers it. Any prefix before the known parts of a path is accepted,
//! since gateways put one there.
use super::answer::{Answer, not_found};
use super::faults::Fault;
use super::rest::{self, Call};
use super::socket::{self, Manner};
use super::{Shared, login};
use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State as AxumState};
use axum::http::{HeaderMap, Response, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// Largest request body, in bytes: a thousand topics have some 100 KB.
const MAX_BODY: usize = 8 << 20;

/// Serves until told to stop.
pub(super) async fn serve(
    listener: TcpListener,
    shared: Shared,
    mut stopped: watch::Receiver<bool>,
) {
    let app = Router::new().fallback(handle).with_state(shared);
    let stop = async move {
        // an error means that the other end is gone: stop as well
        let _ = stopped.changed().await;
    };
    let served = axum::serve(listener, app).with_graceful_shutdown(stop).await;
    if let Err(error) = served {
        tracing::warn!(%error, "the simulated service ended");
    }
}

async fn handle(AxumState(shared): AxumState<Shared>, mut request: Request) -> Response<Body> {
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
        return upgrade_to_socket(&shared, &path, &query, &headers, upgrade);
    }
    let Ok(body) = to_bytes(request.into_body(), MAX_BODY).await else {
        return Answer::status(413).into_response(&mut shared.lock());
    };
    let (delay, faulty) = faulty_answer(&shared, &path);
    tokio::time::sleep(delay).await;
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
    answer.into_response(&mut state)
}

/// What the switches make of the call: how long it takes, and an answer in the place of the
/// right one.
fn faulty_answer(shared: &Shared, path: &str) -> (Duration, Option<Answer>) {
    let mut state = shared.lock();
    let Some(faulty) = state.switches.answer.as_mut().filter(|faulty| path.contains(&faulty.path))
    else {
        return (Duration::ZERO, None);
    };
    if path.starts_with("/simulator") || faulty.times == Some(0) {
        return (Duration::ZERO, None);
    }
    faulty.times = faulty.times.map(|times| times - 1);
    let faulty = faulty.clone();
    let answer = match faulty.status {
        0 if !faulty.html => None,
        0 => Some(Answer::html(200, "Welcome to the Hotel Wi-Fi")),
        status if faulty.html => Some(Answer::html(status, "Sign in to the network")),
        status => Some(super::answer::error(
            &mut state,
            status,
            "internal.server.error",
            "broken on purpose",
        )),
    };
    (Duration::from_millis(faulty.delay_ms), answer)
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
            Answer::json(truth)
        }
        ("GET", "/simulator/faults") => {
            Answer::json(serde_json::to_value(&state.switches).unwrap_or(Value::Null))
        }
        ("POST", "/simulator/faults") => match serde_json::from_slice::<Fault>(body) {
            Ok(fault) => {
                state.apply_and_plan(&fault);
                Answer::status(204)
            }
            Err(error) => {
                Answer { status: 400, ..Answer::json(json!({"message": error.to_string()})) }
            }
        },
        ("POST", "/simulator/frames") => {
            state.send_raw(body);
            Answer::status(204)
        }
        _ => not_found(state, path),
    }
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
        if state.channels.contains_key(id) {
            Manner::Channel(id.to_owned())
        } else if state.switches.dead_channels_accept {
            Manner::CloseAtOnce(1008, "channel not found")
        } else {
            return not_found(&mut state, "channel").into_response(&mut state);
        }
    } else if path.ends_with("/analytics/conversations/details/query/ws") {
        if query.contains_key("access_token") {
            return Answer::status(400).into_response(&mut state);
        }
        Manner::CloseAfterMessage(1008, "401 Unauthorized")
    } else {
        return not_found(&mut state, path).into_response(&mut state);
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
