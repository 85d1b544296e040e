//! Frames that no service should send, through the running binary: shown as they are, counted, and
//! nothing dies.
use super::emulator::Terminal;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::{Json, Router};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::process::{Command, Stdio};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

const TOPIC: &str = "v2.users.33333333-3333-4333-8333-333333333333.presence";
/// Frames of [`odd_frames`], with the ordinary one at the end.
const FRAMES: usize = 8;

fn odd_frames() -> [Message; FRAMES] {
    let nested = "[".repeat(20_000) + &"]".repeat(20_000);
    [
        Message::text("not json"),
        Message::text("[1,2,3]"),
        Message::text(r#"{"topicName":5,"eventBody":"x"}"#),
        Message::text(format!(
            r#"{{"topicName":"{TOPIC}","eventBody":{{"presenceDefinition":7}}}}"#
        )),
        Message::binary(vec![0, 159, 146, 150]),
        Message::text(format!(r#"{{"topicName":"{TOPIC}","eventBody":{nested}}}"#)),
        Message::text(format!(
            r#"{{"topicName":"{TOPIC}","eventBody":"{}"}}"#,
            "x".repeat(5 << 20)
        )),
        Message::text(format!(
            r#"{{"topicName":"{TOPIC}","eventBody":{{"source":"the ordinary one"}}}}"#
        )),
    ]
}

/// The least of a service that the binary needs, and a socket that says these things.
async fn serve() -> String {
    let socket = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let socket_port = socket.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = socket.accept().await {
            tokio::spawn(async move {
                let Ok(mut stream) = tokio_tungstenite::accept_async(stream).await else { return };
                for frame in odd_frames() {
                    if stream.send(frame).await.is_err() {
                        return;
                    }
                }
                while let Some(Ok(message)) = stream.next().await {
                    let pong =
                        json!({"topicName":"channel.metadata","eventBody":{"message":"pong"}});
                    if message.is_text()
                        && stream.send(Message::text(pong.to_string())).await.is_err()
                    {
                        return;
                    }
                }
            });
        }
    });
    let answer = move |request: Request| async move {
        let path = request.uri().path();
        let body = if path.ends_with("/subscriptions") {
            json!({"entities":[{"id":TOPIC,"state":"Permitted"}]})
        } else if path.ends_with("/channels") && request.method() == Method::POST {
            json!({
                "id": "streaming-0-abcdefghij",
                "connectUri": format!("ws://127.0.0.1:{socket_port}/channels/streaming-0-abcdefghij"),
                "expires": (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24)).to_string(),
            })
        } else {
            return (StatusCode::NOT_FOUND, Json(Value::Null));
        };
        (StatusCode::OK, Json(body))
    };
    let api = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", api.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(api, Router::new().fallback(answer)).await });
    url
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}

#[test]
fn tail_shows_odd_frames_as_they_are_and_goes_on() {
    let runtime = runtime();
    let url = runtime.block_on(serve());
    let output = Command::new(env!("CARGO_BIN_EXE_gcwatch"))
        .args(["tail", TOPIC, "--count", &FRAMES.to_string(), "--for", "30s", "--no-events"])
        .env("GCWATCH_CONFIG_DIR", "/nonexistent")
        .env("GCWATCH_API_URL", &url)
        .env("GCWATCH_LOGIN_URL", &url)
        .env("GENESYSCLOUD_ACCESS_TOKEN", "a-ready-token")
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    // read by hand: the parser of this test has a depth of its own
    let lines: Vec<&str> = std::str::from_utf8(&output.stdout).expect("text").lines().collect();
    assert_eq!(lines.len(), FRAMES, "{errors}");
    assert!(lines[0].contains(r#""text":"not json""#), "{}", lines[0]);
    assert!(lines[1].contains(r#""frame":[1,2,3]"#), "{}", lines[1]);
    assert!(lines[2].contains(r#""frame":{"topicName":5"#), "{}", lines[2]);
    assert!(lines[3].contains(r#""presenceDefinition":7"#), "{}", lines[3]);
    assert!(lines[4].contains(r#""binary":"#), "{}", lines[4]);
    assert!(lines[5].contains("[[[[") && lines[5].len() > 40_000, "{:.200}", lines[5]);
    assert!(lines[6].contains(r#""oversized":"#), "{:.200}", lines[6]);
    assert!(lines[7].contains("the ordinary one"), "{}", lines[7]);
}

#[test]
fn the_screen_counts_odd_frames_opens_each_and_stays_live() {
    let runtime = runtime();
    let url = runtime.block_on(serve());
    let mut command = Terminal::command(env!("CARGO_BIN_EXE_gcwatch"));
    command.args(["watch", TOPIC]);
    command.env("GCWATCH_API_URL", &url);
    command.env("GCWATCH_LOGIN_URL", &url);
    command.env("GENESYSCLOUD_ACCESS_TOKEN", "a-ready-token");
    let mut terminal = Terminal::run(command, 120, 40);
    terminal.wait_for_text("LIVE");
    terminal.press("6");
    terminal.wait_for_text(&format!("Frames ({FRAMES})"));
    terminal.press("kg\r");
    for (number, shown) in [
        "not json",
        "not an object",
        "topicName 5",
        "Its topic is known",
        "00 9f 92 96",
        "depth 0",
        "too large to be kept",
    ]
    .into_iter()
    .enumerate()
    {
        terminal.wait_for_text(&format!("Frame {number} "));
        terminal.wait_for_text(shown);
        terminal.press("l");
    }
    terminal.wait_for_text("the ordinary one");
    terminal.press("\u{1b}");
    terminal.wait_for_text(&format!("Frames ({FRAMES})"));
    terminal.press("1");
    terminal.wait_for_text("LIVE");
    terminal.press("q");
    assert_eq!(terminal.ends(), 0);
}
