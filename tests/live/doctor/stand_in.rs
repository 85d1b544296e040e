//! Servers that do one thing wrong: closed, silent, pages instead of JSON, certificates of every
//! bad kind, proxies that refuse. Each lives on a thread of its own until the process ends.
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Longest request head that is read, in bytes.
const MAX_HEAD: usize = 16 << 10;

/// A port on which nothing listens.
pub(super) fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Serves each connection with `serve`, on a thread of its own.
pub(super) fn each(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

/// Takes connections and says nothing.
pub(super) fn silent() -> u16 {
    each(|mut stream| {
        let mut sink = [0; 1_024];
        while matches!(stream.read(&mut sink), Ok(1..)) {}
    })
}

/// Says one thing to whatever it hears first.
pub(super) fn blurts(answer: &str) -> u16 {
    let answer = answer.to_owned();
    each(move |mut stream| {
        let mut sink = [0; 4_096];
        // who hung up already doesn't want the answer
        let _ = stream.read(&mut sink).and_then(|_| stream.write_all(answer.as_bytes()));
    })
}

/// Says one thing to every request, whatever it is.
pub(super) fn says(answer: &str) -> u16 {
    let answer = answer.to_owned();
    each(move |stream| answer_all(stream, &|_| answer.clone()))
}

/// Answers by the request's first line.
pub(super) fn http(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> u16 {
    each(move |stream| answer_all(stream, &answer))
}

fn answer_all(mut stream: impl Read + Write, answer: &dyn Fn(&str) -> String) {
    while let Some(first_line) = request(&mut stream) {
        if stream.write_all(answer(&first_line).as_bytes()).and_then(|()| stream.flush()).is_err() {
            return;
        }
    }
}

/// Reads one request with its body; gives its first line.
fn request(stream: &mut impl Read) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && head.len() < MAX_HEAD {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    head.lines().next().map(str::to_owned)
}

/// An HTTP answer.
pub(super) fn answer(status: &str, kind: &str, more: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{more}\r\n{body}"
    )
}

/// An HTTP answer in JSON.
pub(super) fn json(status: &str, body: &str) -> String {
    answer(status, "application/json", "", body)
}

/// What the API says to a question without a token.
pub(super) fn no_token() -> String {
    json(
        "401 Unauthorized",
        r#"{"status":401,"code":"authentication.required","message":"No authentication bearer token specified in authorization header."}"#,
    )
}

/// Which certificate a TLS server shows.
pub(super) struct Shown {
    /// Name of the authority that signs it; `None`: it signs itself.
    pub(super) authority: Option<&'static str>,
    /// Host that it is for.
    pub(super) host: &'static str,
    /// Years in which it is valid.
    pub(super) years: (i32, i32),
}

impl Default for Shown {
    fn default() -> Self {
        Self { authority: Some("Test Authority"), host: "localhost", years: (2020, 2090) }
    }
}

/// A TLS server for `localhost` that answers as the API does to who has no token, and refuses
/// every login; gives its port and the authority's certificate in PEM.
pub(super) fn tls(shown: &Shown) -> (u16, String) {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(vec![shown.host.to_owned()]).expect("a name");
    params.not_before = rcgen::date_time_ymd(shown.years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(shown.years.1, 1, 1);
    let (certificate, authority) = match shown.authority {
        None => {
            let own = params.self_signed(&key).expect("a certificate");
            let pem = own.pem();
            (own, pem)
        }
        Some(name) => {
            let authority_key = KeyPair::generate().expect("a key");
            let mut authority = CertificateParams::default();
            authority.distinguished_name.push(DnType::CommonName, name);
            authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
            let pem = authority.self_signed(&authority_key).expect("a certificate").pem();
            let issuer = Issuer::new(authority, authority_key);
            (params.signed_by(&key, &issuer).expect("a certificate"), pem)
        }
    };
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("a configuration");
    let config = Arc::new(config);
    let port = each(move |stream| {
        let Ok(connection) = ServerConnection::new(Arc::clone(&config)) else { return };
        answer_all(StreamOwned::new(connection, stream), &|line| {
            if line.contains("/oauth/token") {
                json(
                    "401 Unauthorized",
                    r#"{"error":"invalid_client","description":"secret is wrong"}"#,
                )
            } else {
                no_token()
            }
        });
    });
    (port, authority)
}

/// Says one HTTP thing to a simulated service.
pub(super) fn post(base_url: &str, path: &str, body: &str) {
    let host = base_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("the service listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a limit");
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("it takes the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
}

/// Gets a page of a simulated service.
pub(super) fn get(base_url: &str, path: &str) -> serde_json::Value {
    let host = base_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("the service listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it takes the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let body = answer.split_once("\r\n\r\n").expect("a body").1;
    serde_json::from_str(body).expect("JSON")
}

/// Says one thing to a simulated service with a token; gives its answer.
pub(super) fn post_as(base_url: &str, path: &str, body: &str, token: &str) -> serde_json::Value {
    let host = base_url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).expect("the service listens");
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("it takes the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let body = answer.split_once("\r\n\r\n").expect("a body").1;
    serde_json::from_str(body).expect("JSON")
}
