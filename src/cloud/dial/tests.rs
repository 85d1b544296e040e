use super::{Dialler, NEXT_ADDRESS_AFTER, alternate, race, trusted_socket_address};
use crate::cloud::proxy::Proxies;
use crate::cloud::testing::{Reply, Service, on_socket, status};
use crate::cloud::tls::Tls;
use crate::domain::session::FailureKind;
use std::net::SocketAddr;
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

#[test]
fn only_an_encrypted_socket_or_this_computer_is_trusted() {
    for trusted in [
        "wss://streaming.mypurecloud.com/channels/streaming-0-abc",
        "ws://127.0.0.1:8080/channels/x",
        "ws://localhost:1/x",
        "ws://[::1]:1/x",
    ] {
        assert!(trusted_socket_address(trusted).is_ok(), "{trusted}");
    }
    for (refused, words) in [
        ("ws://streaming.mypurecloud.com/channels/SECRET", "isn't encrypted"),
        ("https://streaming.mypurecloud.com/SECRET", "is https, not wss"),
        ("wss://me:SECRET@evil.example/x", "holds a user name"),
        ("SECRET", "is no address"),
        ("data:SECRET", "names no host"),
    ] {
        let failure = trusted_socket_address(refused).unwrap_err();
        assert!(failure.sentence.contains(words), "{}", failure.sentence);
        assert!(!failure.sentence.contains("SECRET"), "{}", failure.sentence);
    }
}

#[test]
fn both_address_families_get_their_turn() {
    let parse = |text: &&str| -> SocketAddr { text.parse().unwrap() };
    let given = ["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1"];
    let turns = alternate(given.iter().map(parse));
    let expected: Vec<SocketAddr> =
        ["[::1]:1", "1.1.1.1:1", "[::2]:1", "[::3]:1"].iter().map(parse).collect();
    assert_eq!(turns, expected);
    assert!(alternate(std::iter::empty()).is_empty());
}

#[tokio::test]
async fn a_dead_address_costs_a_quarter_of_a_second_and_a_refusing_one_nothing() {
    use std::io::{Error, ErrorKind};
    let addresses: Vec<SocketAddr> =
        ["[2001:db8::1]:1", "192.0.2.1:1", "[2001:db8::2]:1"].map(|a| a.parse().unwrap()).into();
    // IPv6 leads nowhere without saying so
    let connect = |address: SocketAddr| async move {
        if address.is_ipv6() { std::future::pending().await } else { Ok(address) }
    };
    let begun = Instant::now();
    assert!(race(addresses.clone(), connect).await.unwrap().is_ipv4());
    let took = begun.elapsed();
    // far above, for a loaded machine, and far below what a system waits for a dead address
    assert!(took >= NEXT_ADDRESS_AFTER && took < NEXT_ADDRESS_AFTER * 40, "{took:?}");
    // IPv6 says so at once
    let connect = |address: SocketAddr| async move {
        if address.is_ipv6() {
            Err(Error::from(ErrorKind::NetworkUnreachable))
        } else {
            Ok(address)
        }
    };
    // the least of some tries: a loaded machine may delay one, a wait would be in each
    let mut least = NEXT_ADDRESS_AFTER * 40;
    for _ in 0..8 {
        let begun = Instant::now();
        assert!(race(addresses.clone(), connect).await.unwrap().is_ipv4());
        least = least.min(begun.elapsed());
    }
    assert!(least < NEXT_ADDRESS_AFTER, "nothing to wait for: {least:?}");
    // nobody answers: the last reason is told
    let connect = |_| async { Err::<(), _>(Error::from(ErrorKind::ConnectionRefused)) };
    let error = race(addresses, connect).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    let error = race(Vec::new(), connect).await.unwrap_err();
    assert!(error.to_string().contains("no address"));
}

#[tokio::test]
async fn a_refused_upgrade_says_what_helps() {
    use FailureKind as K;
    let cases: [(u16, &'static str, &str, K); 8] = [
        (401, "", "{}", K::ChannelGone),
        (403, "", "{}", K::ChannelGone),
        (404, "", "", K::ChannelGone),
        (410, "", "", K::ChannelGone),
        (429, "retry-after: 9\r\n", "", K::RateLimited),
        (503, "", "", K::Service),
        (200, "content-type: text/html\r\n", "<html>hi</html>", K::BadAnswer),
        (403, "content-type: text/html\r\n", "<html>blocked</html>", K::BadAnswer),
    ];
    for (code, headers, body, kind) in cases {
        let service = Service::start(move |_| Reply::Http(code, headers, body.to_owned())).await;
        let dialler = service.client().dialler();
        let failure = dialler.dial(&service.socket("/channels/SECRET")).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{code}: {}", failure.sentence);
        assert!(!failure.sentence.contains("SECRET"));
        let seconds = failure.retry_after.map(|wait| wait.as_secs());
        assert_eq!(seconds, (code == 429).then_some(9));
    }
}

#[tokio::test]
async fn the_upgrade_is_bare() {
    let service = Service::start(|_| on_socket(|_| async {})).await;
    service.client().dialler().dial(&service.socket("/channels/x")).await.unwrap();
    let head = &service.asked("/channels/x")[0].head;
    assert!(!head.contains("authorization") && !head.contains("token"), "{head}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_and_a_silent_port_are_told_in_words() {
    let service = Service::start(|_| status(200, "")).await;
    let dialler = service.client().dialler();
    let nowhere = "wss://no-such-host.invalid/x".parse().unwrap();
    let failure = dialler.dial(&nowhere).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
    assert!(
        failure.sentence.contains("the name no-such-host.invalid can't be resolved"),
        "{}",
        failure.sentence
    );
    // a server that speaks no TLS
    let plain = service.socket("/x").as_str().replacen("ws:", "wss:", 1).parse().unwrap();
    let failure = dialler.dial(&plain).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Network);
}

/// Speaks CONNECT for one connection: lets those through that show a login.
async fn proxy(listener: TcpListener, login: &'static str) -> String {
    let (mut near, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(near.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    if !head.contains(login) {
        near.write_all(b"HTTP/1.1 407 Who are you\r\n\r\n").await.unwrap();
        return head;
    }
    let target = head.split_whitespace().nth(1).unwrap().to_owned();
    let mut far = TcpStream::connect(target).await.unwrap();
    near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    let _ = copy_bidirectional(&mut near, &mut far).await;
    head
}

#[tokio::test]
async fn the_way_leads_through_a_proxy_with_its_login() {
    // base64 of me:word
    let login = "Proxy-Authorization: Basic bWU6d29yZA==";
    let service = Service::start(|_| on_socket(|_| async {})).await;
    for (user, is_let_through) in [("me:word@", true), ("", false)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxies = Proxies::one(&format!("http://{user}{}", listener.local_addr().unwrap()));
        let running = tokio::spawn(proxy(listener, login));
        let dialler = Dialler::new(Tls::new(None).unwrap(), proxies.also_for_loopback());
        let outcome = dialler.dial(&service.socket("/channels/x")).await;
        match outcome {
            Ok(socket) => {
                assert!(is_let_through);
                drop(socket);
            }
            Err(failure) => {
                assert!(!is_let_through, "{}", failure.sentence);
                assert!(failure.sentence.contains("HTTPS_PROXY"), "{}", failure.sentence);
            }
        }
        assert!(running.await.unwrap().starts_with("CONNECT 127.0.0.1:"));
    }
}
