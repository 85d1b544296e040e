//! The proxy in force, and what it says when it is asked for a tunnel.
//!
//! Asks by hand: the library that opens tunnels for work tells only that it didn't get one, and
//! the proxy's status is the diagnosis.
use super::super::dial::{Dialler, bare};
use super::super::failure::harmless;
use crate::domain::diagnosis::network::Tunnel;
use hyper_util::client::proxy::matcher::Intercept;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

/// Most bytes of a proxy's answer that are read for its status line.
const MAX_STATUS_LINE: usize = 1_024;

/// A proxy that the system's settings name for a place.
#[derive(Clone, Debug)]
pub struct ProxyInForce {
    intercept: Intercept,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The kind of proxy: `http`, `https`, `socks5` and the like.
    pub scheme: String,
    /// Whether user name and password are given.
    pub with_login: bool,
}

impl ProxyInForce {
    /// The proxy for a place; `None` where it is reached directly.
    #[must_use]
    pub fn of(dialler: &Dialler, place: &Url) -> Option<Self> {
        let intercept = dialler.proxies.of(place)?;
        let uri = intercept.uri();
        Some(Self {
            host: bare(uri.host().unwrap_or_default()).to_owned(),
            port: uri.port_u16().unwrap_or(80),
            scheme: uri.scheme_str().unwrap_or("http").to_owned(),
            with_login: intercept.basic_auth().is_some(),
            intercept,
        })
    }

    /// Asks for a tunnel to `host` and closes it again.
    pub async fn tunnel(&self, host: &str, port: u16, limit: Duration) -> Tunnel {
        tokio::time::timeout(limit, self.ask(host, port)).await.unwrap_or(Tunnel::TimedOut)
    }

    async fn ask(&self, host: &str, port: u16) -> Tunnel {
        let broken = |error: &std::io::Error| Tunnel::Broken(harmless(&error.to_string(), 120));
        let mut wire = match TcpStream::connect((self.host.as_str(), self.port)).await {
            Ok(wire) => wire,
            Err(error) => return broken(&error),
        };
        let login = self
            .intercept
            .basic_auth()
            .and_then(|login| login.to_str().ok())
            .map(|login| format!("Proxy-Authorization: {login}\r\n"))
            .unwrap_or_default();
        let place =
            if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
        let request = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n{login}\r\n");
        if let Err(error) = wire.write_all(request.as_bytes()).await {
            return broken(&error);
        }
        let mut line = Vec::new();
        let mut buffer = [0; 256];
        while !line.contains(&b'\n') && line.len() < MAX_STATUS_LINE {
            match wire.read(&mut buffer).await {
                Ok(0) => break,
                Ok(read) => line.extend_from_slice(&buffer[..read]),
                Err(error) => return broken(&error),
            }
        }
        if line.is_empty() {
            return Tunnel::Broken("it closed the connection without an answer".to_owned());
        }
        match status_of(&line) {
            Some(200..300) => Tunnel::Open,
            Some(status) => Tunnel::Refused(status),
            None => Tunnel::NoProxy,
        }
    }
}

/// The status of an HTTP answer's first line.
fn status_of(line: &[u8]) -> Option<u16> {
    let text = std::str::from_utf8(line.get(..12)?).ok()?;
    text.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::status_of;

    #[test]
    fn only_an_http_answer_has_a_status() {
        assert_eq!(status_of(b"HTTP/1.1 407 Proxy Authentication Required\r\n"), Some(407));
        assert_eq!(status_of(b"HTTP/1.0 200 OK\r\n"), Some(200));
        for other in [&b"SSH-2.0-OpenSSH\r\n"[..], b"HTTP/1.1", b"", b"HTTP/1.1 abc\r\n"] {
            assert_eq!(status_of(other), None);
        }
    }
}
