//! Name resolution and TCP, each with a deadline.
use crate::domain::diagnosis::network::{Names, Reach};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// Limit for the IPv6 connection once IPv4 stands: a broken IPv6 is seen in this time.
const V6_LIMIT: Duration = Duration::from_millis(1_500);

/// Resolves a name; the addresses are for [`reach`].
pub async fn resolve(host: &str, port: u16, limit: Duration) -> (Names, Vec<SocketAddr>) {
    if let Ok(number) = host.parse::<IpAddr>() {
        return (Names::Number, vec![SocketAddr::new(number, port)]);
    }
    match tokio::time::timeout(limit, tokio::net::lookup_host((host, port))).await {
        Err(_) => (Names::TimedOut, Vec::new()),
        Ok(Err(reason)) => {
            let words = reason.to_string();
            let words = words.rsplit(": ").next().unwrap_or_default().to_owned();
            (Names::NotFound(super::super::failure::harmless(&words, 100)), Vec::new())
        }
        Ok(Ok(found)) => {
            let found: Vec<SocketAddr> = found.collect();
            if found.is_empty() {
                return (Names::NotFound("the name has no address".to_owned()), found);
            }
            let v6 = found.iter().filter(|address| address.is_ipv6()).count();
            (Names::Found { v4: found.len() - v6, v6 }, found)
        }
    }
}

/// Connects to the first address of each family, side by side.
pub async fn reach(addresses: &[SocketAddr], limit: Duration) -> Reach {
    let v4 = addresses.iter().find(|address| address.is_ipv4()).copied();
    let v6 = addresses.iter().find(|address| address.is_ipv6()).copied();
    match (v4, v6) {
        (Some(v4), Some(v6)) => {
            let (four, six) = tokio::join!(connect(v4, limit), connect(v6, limit.min(V6_LIMIT)));
            match (four, six) {
                (Reach::Connected { took, .. }, Reach::TimedOut) => {
                    Reach::Connected { took, v6_broken: true }
                }
                (connected @ Reach::Connected { .. }, _)
                | (_, connected @ Reach::Connected { .. }) => connected,
                (failed, _) => failed,
            }
        }
        (Some(only), None) | (None, Some(only)) => connect(only, limit).await,
        (None, None) => Reach::NoRoute,
    }
}

async fn connect(address: SocketAddr, limit: Duration) -> Reach {
    let begun = Instant::now();
    match tokio::time::timeout(limit, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Reach::Connected { took: begun.elapsed(), v6_broken: false },
        Ok(Err(error)) => failed(&error),
        Err(_) => Reach::TimedOut,
    }
}

fn failed(error: &io::Error) -> Reach {
    match error.kind() {
        ErrorKind::ConnectionRefused => Reach::Refused,
        ErrorKind::NetworkUnreachable | ErrorKind::HostUnreachable => Reach::NoRoute,
        ErrorKind::TimedOut => Reach::TimedOut,
        _ => Reach::Failed(super::super::failure::harmless(&error.to_string(), 120)),
    }
}
