//! The network that people have: proxies, authorities of their own, certificates that are wrong.
//! The real binary against the simulated service, behind real TLS and a real proxy.
//!
//! Names end in `gc.test` and are known to the proxy only, as in a company whose own resolver
//! knows nothing of the outside.
use crate::program::{Home, Said, said};
use crate::simulated::Simulated;
use gcwatch::simulator::service::SimulatorSettings;
use gcwatch::simulator::service::state::Addresses;
use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy, copy_bidirectional, split};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Which certificate the service shows.
#[derive(Clone, Copy, PartialEq)]
enum Shown {
    Good,
    Expired,
    OtherName,
    SelfSigned,
}

/// What the proxy does.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    /// Lets everybody through.
    Open,
    /// Lets those through that show this login, in base64.
    WithLogin(&'static str),
    /// Answers this to every CONNECT.
    Refuses(&'static str),
    /// Speaks SOCKS 5, without a login.
    Socks,
}

/// The service behind TLS, the proxy before it, and files for the client.
struct Stage {
    service: Simulated,
    home: Home,
    front: u16,
    proxy: u16,
    /// What was asked of the proxy.
    asked: Arc<Mutex<Vec<String>>>,
}

impl Stage {
    fn new(shown: Shown, manner: Manner) -> Self {
        let home = Home::new();
        let (authority, config) = certificates(shown);
        std::fs::write(home.file("ca.pem"), authority).expect("it can be written");
        let service = loop {
            let settings = SimulatorSettings { seed: 3, ..SimulatorSettings::default() };
            let service = Simulated::start(settings);
            // the front replaces the address of the socket by one of the same length
            if plain_socket(service.addresses()).len() == FAR_SOCKET.len() {
                break service;
            }
        };
        let near = plain_socket(service.addresses());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (front, proxy) = service.runtime.block_on(async {
            let front = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let front_port = front.local_addr().expect("an address").port();
            tokio::spawn(terminate(front, TlsAcceptor::from(Arc::new(config)), near));
            let proxy = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let proxy_port = proxy.local_addr().expect("an address").port();
            tokio::spawn(serve_proxy(proxy, manner, front_port, Arc::clone(&asked)));
            (front_port, proxy_port)
        });
        Self { service, home, front, proxy, asked }
    }

    fn ca_file(&self) -> PathBuf {
        self.home.file("ca.pem")
    }

    /// The binary watching the service by its far names, with nothing of this computer's settings.
    fn tail(&self, environment: &[(&str, String)], arguments: &[&str]) -> (Option<i32>, String) {
        self.tail_at("https://api.gc.test", environment, arguments)
    }

    fn tail_at(
        &self,
        api: &str,
        environment: &[(&str, String)],
        arguments: &[&str],
    ) -> (Option<i32>, String) {
        let mut command =
            self.home.command(&["tail", "--all", "--count", "1", "--connect-timeout", "20s"]);
        self.service
            .credentials(&mut command)
            .envs(environment.iter().map(|(name, value)| (*name, value.as_str())))
            .args(["--api-url", api, "--login-url", &api.replace("://api.", "://login.")])
            .args(arguments);
        let Said { code, told, .. } = said(&mut command);
        (code, told)
    }

    fn with_ca(&self, environment: &[(&str, String)]) -> (Option<i32>, String) {
        let path = self.ca_file();
        self.tail(environment, &["--ca-file", path.to_str().expect("text")])
    }

    fn proxy(&self) -> String {
        format!("http://127.0.0.1:{}", self.proxy)
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("nobody panicked").clone()
    }
}

/// The socket's address as the client shall see it.
const FAR_SOCKET: &str = "wss://stream.gc.test";

/// The socket's address as the simulated service gives it.
fn plain_socket(at: &Addresses) -> String {
    at.base_url.replacen("http", "ws", 1)
}

/// A certificate authority (PEM), and a server that shows a certificate.
fn certificates(shown: Shown) -> (String, ServerConfig) {
    let names = match shown {
        Shown::OtherName => vec!["elsewhere.example".to_owned()],
        _ => vec!["*.gc.test".to_owned(), "localhost".to_owned()],
    };
    let mut leaf = CertificateParams::new(names).expect("names");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // a platform may refuse certificates that live for longer than the web's do
    leaf.not_before = date_time_ymd(2026, 1, 1);
    leaf.not_after = date_time_ymd(2099, 1, 1);
    if shown == Shown::Expired {
        leaf.not_before = date_time_ymd(2019, 1, 1);
        leaf.not_after = date_time_ymd(2020, 1, 1);
    }
    let leaf_key = KeyPair::generate().expect("a key");
    let mut authority = CertificateParams::new(Vec::new()).expect("no names");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let authority_key = KeyPair::generate().expect("a key");
    let authority_pem = authority.self_signed(&authority_key).expect("a certificate").pem();
    let certificate = if shown == Shown::SelfSigned {
        leaf.self_signed(&leaf_key)
    } else {
        leaf.signed_by(&leaf_key, &Issuer::new(authority, authority_key))
    };
    let chain: Vec<CertificateDer<'static>> =
        vec![certificate.expect("a certificate").der().clone()];
    let key = PrivateKeyDer::try_from(leaf_key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("key and certificate fit");
    (authority_pem, config)
}

/// Takes TLS off and hands on to the simulated service; what comes back names the far socket.
async fn terminate(front: TcpListener, acceptor: TlsAcceptor, near: String) {
    while let Ok((stream, _)) = front.accept().await {
        let (acceptor, near) = (acceptor.clone(), near.clone());
        tokio::spawn(async move {
            // a client that refuses the certificate is what some tests want
            let Ok(secured) = acceptor.accept(stream).await else { return };
            let address = near.strip_prefix("ws://").expect("a plain socket");
            let Ok(service) = TcpStream::connect(address).await else { return };
            let (mut from_client, mut to_client) = split(secured);
            let (mut from_service, mut to_service) = service.into_split();
            let up = copy(&mut from_client, &mut to_service);
            let down = async {
                let mut buffer = vec![0; 64 << 10];
                loop {
                    let length = from_service.read(&mut buffer).await?;
                    if length == 0 {
                        return to_client.shutdown().await;
                    }
                    let part = &mut buffer[..length];
                    let wide = near.len();
                    for at in 0..length.saturating_sub(wide - 1) {
                        if &part[at..at + wide] == near.as_bytes() {
                            part[at..at + wide].copy_from_slice(FAR_SOCKET.as_bytes());
                        }
                    }
                    to_client.write_all(part).await?;
                }
            };
            let _ = tokio::join!(up, down);
        });
    }
}

async fn serve_proxy(
    proxy: TcpListener,
    manner: Manner,
    front: u16,
    asked: Arc<Mutex<Vec<String>>>,
) {
    while let Ok((stream, _)) = proxy.accept().await {
        let asked = Arc::clone(&asked);
        tokio::spawn(async move {
            // a client that goes away is the test's own doing
            let _ = match manner {
                Manner::Socks => socks(stream, front, &asked).await,
                manner => connect(stream, manner, front, &asked).await,
            };
        });
    }
}

async fn connect(
    mut near: TcpStream,
    manner: Manner,
    front: u16,
    asked: &Mutex<Vec<String>>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(near.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    asked.lock().expect("nobody panicked").push(head.clone());
    let refusal = match manner {
        Manner::WithLogin(login) if !head.contains(&format!("Basic {login}")) => {
            Some("407 Who are you")
        }
        Manner::Refuses(status) => Some(status),
        _ => None,
    };
    if let Some(status) = refusal {
        near.write_all(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n").as_bytes())
            .await?;
        return near.shutdown().await;
    }
    let mut far = TcpStream::connect(("127.0.0.1", front)).await?;
    near.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await?;
    copy_bidirectional(&mut near, &mut far).await.map(|_| ())
}

/// SOCKS 5 (RFC 1928) for names, without a login.
async fn socks(mut near: TcpStream, front: u16, asked: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut greeting = [0; 2];
    near.read_exact(&mut greeting).await?;
    if greeting[0] != 5 {
        // as servers do that are taken for another kind
        return near.write_all(&[5, 0xff]).await;
    }
    let mut methods = vec![0; usize::from(greeting[1])];
    near.read_exact(&mut methods).await?;
    near.write_all(&[5, 0]).await?;
    let mut request = [0; 5];
    near.read_exact(&mut request).await?;
    let mut name = vec![0; usize::from(request[4]) + 2];
    near.read_exact(&mut name).await?;
    let name = String::from_utf8_lossy(&name[..name.len() - 2]).into_owned();
    asked.lock().expect("nobody panicked").push(name);
    let mut far = TcpStream::connect(("127.0.0.1", front)).await?;
    near.write_all(&[5, 0, 0, 1, 127, 0, 0, 1, 0, 0]).await?;
    copy_bidirectional(&mut near, &mut far).await.map(|_| ())
}

#[test]
fn rest_and_socket_go_through_the_proxy_with_its_login() {
    // base64 of me:w@rd
    let stage = Stage::new(Shown::Good, Manner::WithLogin("bWU6d0ByZA=="));
    let proxy = format!("http://me:w%40rd@127.0.0.1:{}", stage.proxy);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let (code, said) = stage.with_ca(&[(name, proxy.clone())]);
        assert_eq!(code, Some(0), "{name}: {said}");
        assert!(!said.contains("w@rd") && !said.contains("w%40rd"), "{said}");
        let asked = stage.asked();
        for host in ["login.gc.test:443", "api.gc.test:443", "stream.gc.test:443"] {
            let begin = format!("CONNECT {host} ");
            assert!(asked.iter().any(|head| head.starts_with(&begin)), "{name}: {host} {asked:?}");
        }
        stage.asked.lock().expect("nobody panicked").clear();
    }
}

#[test]
fn a_socks_proxy_serves_both_as_well() {
    let stage = Stage::new(Shown::Good, Manner::Socks);
    let proxy = format!("socks5h://127.0.0.1:{}", stage.proxy);
    let (code, said) = stage.with_ca(&[("ALL_PROXY", proxy)]);
    assert_eq!(code, Some(0), "{said}");
    assert!(stage.asked().iter().any(|name| name == "stream.gc.test"), "{:?}", stage.asked());
}

#[test]
fn a_proxy_that_refuses_is_named_with_what_helps() {
    for (manner, words) in [
        (Manner::WithLogin("bm9ib2R5"), ["asks for a user name", "http://USER:PASSWORD@HOST:PORT"]),
        (Manner::Refuses("403 Forbidden"), ["opens no way to login.gc.test", "NO_PROXY"]),
        (Manner::Refuses("502 Bad Gateway"), ["opens no way to login.gc.test", "NO_PROXY"]),
        (Manner::Socks, ["the proxy 127.0.0.1:", "HTTPS_PROXY"]),
    ] {
        let stage = Stage::new(Shown::Good, manner);
        let (code, said) = stage.with_ca(&[("HTTPS_PROXY", stage.proxy())]);
        assert_eq!(code, Some(5), "{said}");
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
}

#[test]
fn no_proxy_means_none() {
    let stage = Stage::new(Shown::Good, Manner::Open);
    let direct = [("HTTPS_PROXY", stage.proxy()), ("NO_PROXY", ".gc.test".to_owned())];
    let (code, said) = stage.with_ca(&direct);
    assert_eq!(code, Some(5));
    assert!(said.contains("the name login.gc.test can't be resolved"), "{said}");
    assert!(stage.asked().is_empty());
}

#[test]
fn a_dead_proxy_is_told_from_a_dead_service() {
    let stage = Stage::new(Shown::Good, Manner::Open);
    let (code, said) = stage.with_ca(&[("HTTPS_PROXY", "http://127.0.0.1:1".to_owned())]);
    assert_eq!(code, Some(5));
    assert!(said.contains("the proxy 127.0.0.1:1 refuses the connection"), "{said}");
}

#[test]
fn an_own_authority_is_trusted_by_file_flag_and_variable() {
    let stage = Stage::new(Shown::Good, Manner::Open);
    let proxy = ("HTTPS_PROXY", stage.proxy());
    let (code, said) = stage.tail(std::slice::from_ref(&proxy), &[]);
    assert_eq!(code, Some(5), "{said}");
    for words in ["authority that this computer doesn't trust", "--ca-file", "by the proxy 127."] {
        assert!(said.contains(words), "{said}");
    }
    #[cfg(target_os = "linux")]
    {
        let trusted = ("SSL_CERT_FILE", stage.ca_file().display().to_string());
        let (code, said) = stage.tail(&[proxy, trusted], &[]);
        assert_eq!(code, Some(0), "{said}");
    }
}

#[test]
fn wrong_certificates_are_told_in_words_with_what_helps() {
    for (shown, words) in [
        (Shown::Expired, ["has expired", "clock"]),
        (Shown::OtherName, ["is not for login.gc.test", "captive portal"]),
        (Shown::SelfSigned, ["the certificate of login.gc.test", "--ca-file"]),
    ] {
        let stage = Stage::new(shown, Manner::Open);
        let (code, said) = stage.with_ca(&[("HTTPS_PROXY", stage.proxy())]);
        assert_eq!(code, Some(5), "{said}");
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
    }
}

#[test]
fn without_a_proxy_the_service_is_reached_directly() {
    let stage = Stage::new(Shown::Good, Manner::Open);
    let path = stage.ca_file();
    let base = format!("https://localhost:{}", stage.front);
    let arguments = ["--ca-file", path.to_str().expect("text"), "--connect-timeout", "5s"];
    // REST comes up over TLS; the far socket's name is the proxy's alone
    let (code, said) = stage.tail_at(&base, &[], &arguments[..2]);
    assert_ne!(code, Some(0));
    assert!(said.contains("stream.gc.test can't be resolved"), "{said}");
    // plain http to another computer is refused before anything is sent
    let (code, said) = stage.tail_at("http://api.gc.test", &[], &[]);
    assert_eq!(code, Some(2));
    assert!(said.contains("in the clear"), "{said}");
}
