use super::{Loopback, LoopbackError};
use crate::cloud::oauth::{Page, Redirect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a browser does: asks, and reads to the end.
async fn get(uri: &str, target: &str, method: &str) -> String {
    let host = uri.strip_prefix("http://localhost:").unwrap();
    let port = host.split('/').next().unwrap();
    let mut stream = TcpStream::connect(format!("127.0.0.1:{port}")).await.unwrap();
    let request = format!("{method} {target} HTTP/1.1\r\nhost: localhost:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_browser_comes_back_and_is_shown_how_it_went() {
    let mut loopback = Loopback::listen(&Redirect::default()).await.unwrap();
    let uri = loopback.redirect_uri().to_owned();
    let browser = tokio::spawn(async move { get(&uri, "/?code=C&state=S", "GET").await });
    let callback = loopback.next().await;
    assert_eq!(callback.query, "code=C&state=S");
    callback.show(Page::Done);
    let page = browser.await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200") && page.contains("Logged in"), "{page}");
    for header in ["cache-control: no-store", "referrer-policy: no-referrer"] {
        assert!(page.contains(header), "{page}");
    }
    assert!(!page.contains("code=C"), "the page doesn't repeat the answer");
}

#[tokio::test]
async fn only_the_registered_path_and_get_are_an_answer() {
    let redirect = Redirect::parse("http://localhost/callback").unwrap();
    let loopback = Loopback::listen(&redirect).await.unwrap();
    let uri = loopback.redirect_uri();
    assert!(uri.ends_with("/callback"));
    assert!(get(uri, "/favicon.ico", "GET").await.starts_with("HTTP/1.1 404"));
    assert!(get(uri, "/callback?code=C", "POST").await.starts_with("HTTP/1.1 405"));
    let endless = format!("/callback?code={}", "x".repeat(40_000));
    assert!(get(uri, &endless, "GET").await.starts_with("HTTP/1.1 4"));
}

#[tokio::test]
async fn a_taken_port_is_told_with_its_remedy() {
    let holder = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = holder.local_addr().unwrap().port();
    let redirect = Redirect::parse(&format!("http://localhost:{port}")).unwrap();
    let error = Loopback::listen(&redirect).await.unwrap_err();
    assert!(matches!(error, LoopbackError::PortTaken { port: taken } if taken == port));
    assert!(error.to_string().contains("without a port"), "{error}");
}

#[tokio::test]
async fn a_login_that_is_given_up_leaves_no_browser_waiting() {
    let mut loopback = Loopback::listen(&Redirect::default()).await.unwrap();
    let uri = loopback.redirect_uri().to_owned();
    let browser = tokio::spawn(async move { get(&uri, "/?code=C", "GET").await });
    drop(loopback.next().await);
    assert!(browser.await.unwrap().contains("given up"));
}
