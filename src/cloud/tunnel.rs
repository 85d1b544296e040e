//! The way through a proxy: CONNECT by http or https, or SOCKS. The same kinds that the HTTP
//! library takes for REST, so that one setting serves both.
//!
//! Names are always resolved by the proxy: behind one the company's own resolver often knows no
//! name of the outside, and resolving here would block.
use super::dial::{Wire, bare, connect_tcp};
use super::failure::{self, of_way, plain};
use super::proxy::shown;
use super::tls::Tls;
use crate::domain::session::{Failure, FailureKind};
use futures_util::future::BoxFuture;
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5, Tunnel};
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use std::error::Error as StdError;
use std::io;
use std::task::{Context, Poll};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::http::Uri;
use tower_service::Service;

/// Opens a way to `host` and `port` through `proxy`.
///
/// # Errors
/// Why there is none, in a sentence that begins with `doing` and names the proxy.
pub(super) async fn through(
    proxy: &Intercept,
    tls: &Tls,
    (host, port): (&str, u16),
    doing: &str,
) -> Result<Box<dyn Wire>, Failure> {
    let name = shown(proxy);
    let target: Uri = format!("https://{host}:{port}/").parse().map_err(|_| {
        let host = failure::harmless(host, 80);
        plain(FailureKind::BadAnswer, format!("{doing} failed: {host} is no host"))
    })?;
    let told = |error: &(dyn StdError + 'static)| of_way(error, doing, host, Some(&name));
    let connector = ToProxy { tls: tls.clone() };
    let uri = proxy.uri().clone();
    let wire = match uri.scheme_str().unwrap_or("http") {
        "socks5" | "socks5h" => {
            let mut socks = SocksV5::new(uri, connector);
            if let Some((user, word)) = proxy.raw_auth() {
                socks = socks.with_auth(user.to_owned(), word.to_owned());
            }
            socks.call(target).await.map_err(|error| told(&error))?
        }
        "socks4" | "socks4a" => {
            SocksV4::new(uri, connector).call(target).await.map_err(|error| told(&error))?
        }
        _ => {
            let mut tunnel = Tunnel::new(uri, connector);
            if let Some(login) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(login.clone());
            }
            tunnel.call(target).await.map_err(|error| told(&error))?
        }
    };
    Ok(wire.into_inner())
}

/// The way to the proxy itself.
#[derive(Clone, Debug)]
struct ToProxy {
    tls: Tls,
}

impl Service<Uri> for ToProxy {
    type Response = TokioIo<Box<dyn Wire>>;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<TokioIo<Box<dyn Wire>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, proxy: Uri) -> Self::Future {
        let tls = self.tls.clone();
        Box::pin(async move {
            let host = proxy.host().ok_or_else(|| io::Error::other("the proxy names no host"))?;
            let host = bare(host).to_owned();
            let scheme = proxy.scheme_str().unwrap_or("http");
            let usual = match scheme {
                "https" => 443,
                "http" => 80,
                _ => 1080,
            };
            let wire = connect_tcp(&host, proxy.port_u16().unwrap_or(usual)).await?;
            if scheme != "https" {
                let wire: Box<dyn Wire> = Box::new(wire);
                return Ok(TokioIo::new(wire));
            }
            let name = rustls::pki_types::ServerName::try_from(host).map_err(io::Error::other)?;
            let secured = TlsConnector::from(tls.config()).connect(name, wire).await?;
            let wire: Box<dyn Wire> = Box::new(secured);
            Ok(TokioIo::new(wire))
        })
    }
}
