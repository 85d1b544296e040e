//! The way to a place: proxy, names, TCP, TLS.
use super::report::Report;
use crate::cloud::Dialler;
use crate::cloud::probe::{
    NAMES_LIMIT, ProxyInForce, TCP_LIMIT, TUNNEL_LIMIT, host_and_port, reach, resolve,
};
use crate::domain::diagnosis::network::{self, Handshake};
use crate::domain::diagnosis::{Check, Finding};
use futures_util::future::join_all;
use jiff::Timestamp;
use url::Url;

/// Variables that name a proxy, in the order in which they are asked for https.
const PROXY_VARIABLES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"];
/// Variables that name what is reached directly.
const DIRECT_VARIABLES: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Looks at the whole way; says whether it is open.
pub(super) async fn way(dialler: &Dialler, places: &[Url], report: &mut Report) -> bool {
    let proxied: Vec<(&Url, ProxyInForce)> = places
        .iter()
        .filter_map(|place| ProxyInForce::of(dialler, place).map(|proxy| (place, proxy)))
        .collect();
    let direct: Vec<&Url> = places
        .iter()
        .filter(|place| !proxied.iter().any(|(through, _)| *through == *place))
        .collect();
    if !proxy(&proxied, &direct, report) {
        let why = "the proxy can't be used";
        return skip(report, &[Check::Names, Check::Tcp, Check::Tls], why);
    }
    // what is connected to by ourselves: the hosts, or the proxy in their place
    let mut targets: Vec<(String, u16)> = direct.iter().map(|place| host_and_port(place)).collect();
    for (_, proxy) in &proxied {
        let target = (proxy.host.clone(), proxy.port);
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    let resolved =
        join_all(targets.iter().map(|(host, port)| resolve(host, *port, NAMES_LIMIT))).await;
    let names: Vec<_> = targets
        .iter()
        .zip(&resolved)
        .map(|((host, _), (names, _))| (host.clone(), names.clone()))
        .collect();
    if !report.tell(network::names(&names)) {
        return skip(report, &[Check::Tcp, Check::Tls], "a name can't be resolved");
    }
    let reached = join_all(resolved.iter().map(|(_, addresses)| reach(addresses, TCP_LIMIT))).await;
    let reached: Vec<_> = targets
        .iter()
        .zip(reached)
        .map(|((host, port), reach)| (place_name(host, *port), reach))
        .collect();
    if !report.tell(network::tcp(&reached, direct.is_empty() && !proxied.is_empty())) {
        return skip(report, &[Check::Tls], "a connection can't be made");
    }
    // other kinds are asked by the steps that follow, which go through them
    let plain = proxied.iter().filter(|(_, proxy)| proxy.scheme == "http");
    let tunnels = join_all(plain.map(async |(place, proxy)| {
        let (host, port) = host_and_port(place);
        let tunnel = proxy.tunnel(&host, port, TUNNEL_LIMIT).await;
        (host, tunnel)
    }))
    .await;
    if let Some((_, first)) = proxied.first()
        && let Some(fault) = network::tunnels(&format!("{}:{}", first.host, first.port), &tunnels)
    {
        report.tell(fault);
        return skip(report, &[Check::Tls], "the proxy opens no way");
    }
    let secured: Vec<&Url> =
        places.iter().filter(|place| matches!(place.scheme(), "https" | "wss")).collect();
    if secured.is_empty() {
        report.tell(Finding::skipped(Check::Tls, "this computer is asked in the clear"));
        return true;
    }
    let shaken: Vec<(String, Handshake)> = join_all(
        secured.iter().map(async |place| (host_and_port(place).0, dialler.handshake(place).await)),
    )
    .await;
    report.tell(network::tls(&shaken, Timestamp::now()))
}

/// Tells which proxy is in force for which host.
fn proxy(proxied: &[(&Url, ProxyInForce)], direct: &[&Url], report: &mut Report) -> bool {
    let is_set = |name: &&&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let variable = PROXY_VARIABLES.iter().find(is_set);
    let exception = DIRECT_VARIABLES.iter().find(is_set);
    let hosts = |places: &mut dyn Iterator<Item = &Url>| {
        places.map(|place| host_and_port(place).0).collect::<Vec<_>>().join(", ")
    };
    let Some((_, first)) = proxied.first() else {
        let told = match (variable, exception) {
            (None, _) => "none: the hosts are reached directly".to_owned(),
            (Some(variable), Some(exception)) => format!(
                "{variable} is set and not in force for {}, by {exception} or because it is this computer",
                hosts(&mut direct.iter().copied())
            ),
            (Some(variable), None) => format!(
                "{variable} is set and not in force for {}",
                hosts(&mut direct.iter().copied())
            ),
        };
        return report.tell(Finding::good(Check::Proxy, &told));
    };
    let from = variable.map_or("the system's settings".to_owned(), |name| (*name).to_owned());
    let login = if first.with_login { " with user and password" } else { "" };
    let mut told = format!(
        "{}:{}{login} (from {from}) for {}",
        first.host,
        first.port,
        hosts(&mut proxied.iter().map(|(place, _)| *place))
    );
    if !direct.is_empty() {
        told.push_str(&format!("; directly to {}", hosts(&mut direct.iter().copied())));
    }
    if first.scheme != "http" {
        told.push_str(&format!("; it is of the kind {}", first.scheme));
    }
    report.tell(Finding::good(Check::Proxy, &told))
}

/// Host and port as they stand in an address.
fn place_name(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// Tells that checks were not made, and why; the way is closed then.
pub(super) fn skip(report: &mut Report, checks: &[Check], why: &str) -> bool {
    for check in checks {
        report.tell(Finding::skipped(*check, why));
    }
    false
}
