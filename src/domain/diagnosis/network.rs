//! The way to the service: names, TCP, TLS, what answers, and the clock.
use super::{Blame, Check, Finding};
use jiff::Timestamp;
use std::time::Duration;

/// Difference of clocks from which on times on screen are visibly wrong.
const SKEW_SEEN: Duration = Duration::from_secs(2);
/// Difference of clocks from which on waiting times mislead whoever acts on them.
const SKEW_WRONG: Duration = Duration::from_secs(60);
/// A certificate that ends sooner than this is told.
const ENDS_SOON: Duration = Duration::from_secs(14 * 86_400);

/// What became of resolving a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Names {
    /// It is an address by itself.
    Number,
    /// Addresses of both families.
    Found {
        /// IPv4.
        v4: usize,
        /// IPv6.
        v6: usize,
    },
    /// There is no such name, or nobody to ask; the system's words.
    NotFound(String),
    /// No answer in time.
    TimedOut,
}

/// Judges the names; each host with what became of it.
#[must_use]
pub fn names(hosts: &[(String, Names)]) -> Finding {
    let failed: Vec<&(String, Names)> = hosts
        .iter()
        .filter(|(_, names)| matches!(names, Names::NotFound(_) | Names::TimedOut))
        .collect();
    if let Some((host, names)) = failed.first() {
        let all = failed.len() == hosts.len();
        let why = match names {
            Names::TimedOut => format!("the name server gives no answer for {host}"),
            Names::NotFound(words) => format!("the name {host} can't be resolved ({words})"),
            _ => String::new(),
        };
        let remedy = match (names, all) {
            (Names::TimedOut, _) => {
                "check the network and its name server (resolv.conf, VPN); behind a company proxy set HTTPS_PROXY, then the proxy resolves names"
            }
            (_, true) => {
                "check the region or the addresses for typing errors, then the network (VPN, name server); behind a company proxy set HTTPS_PROXY, then the proxy resolves names"
            }
            (_, false) => {
                "the other hosts resolve, so the network works: check this address and the region"
            }
        };
        return Finding::fault(Check::Names, Blame::Unreachable, &why).remedy(remedy);
    }
    let shown: Vec<String> = hosts
        .iter()
        .map(|(host, names)| match names {
            Names::Found { v4, v6 } => format!("{host} ({})", families(*v4, *v6)),
            _ => format!("{host} (an address by itself)"),
        })
        .collect();
    Finding::good(Check::Names, &shown.join(", "))
}

fn families(v4: usize, v6: usize) -> String {
    match (v4, v6) {
        (v4, 0) => format!("IPv4 ×{v4}"),
        (0, v6) => format!("IPv6 ×{v6}, no IPv4"),
        (v4, v6) => format!("IPv4 ×{v4}, IPv6 ×{v6}"),
    }
}

/// What became of a TCP connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Connected.
    Connected {
        /// How long it took.
        took: Duration,
        /// Whether IPv6 was tried and didn't work while IPv4 did.
        v6_broken: bool,
    },
    /// Nothing listens there.
    Refused,
    /// There is no way.
    NoRoute,
    /// No answer in time.
    TimedOut,
    /// Something else; the system's words.
    Failed(String),
}

/// Judges the connections; each place (host and port) with what became of it. `proxy` when they
/// go to a proxy.
#[must_use]
pub fn tcp(places: &[(String, Reach)], proxy: bool) -> Finding {
    let failed = places.iter().find(|(_, reach)| !matches!(reach, Reach::Connected { .. }));
    if let Some((place, reach)) = failed {
        let whose = if proxy { "the proxy " } else { "" };
        let (why, remedy) = match reach {
            Reach::Refused => (
                format!("{whose}{place} refuses the connection: nothing listens there"),
                if proxy {
                    "check address and port in the proxy variable"
                } else {
                    "check host and port of the address (a simulated service may have stopped), or a firewall in between"
                },
            ),
            Reach::NoRoute => (
                format!("there is no way to {whose}{place}"),
                "check the network: cable, Wi-Fi, VPN; a host with IPv6 only needs an IPv6 network",
            ),
            Reach::TimedOut => (
                format!(
                    "{whose}{place} doesn't answer: a firewall drops the packets, or the machine is off"
                ),
                if proxy {
                    "check the proxy's address, and whether you are in the company's network"
                } else {
                    "let a firewall pass TCP 443 to this host; in a company network set HTTPS_PROXY"
                },
            ),
            Reach::Failed(words) => {
                (format!("the connection to {whose}{place} failed: {words}"), "check the network")
            }
            Reach::Connected { .. } => (String::new(), ""),
        };
        return Finding::fault(Check::Tcp, Blame::Unreachable, &why).remedy(remedy);
    }
    let shown: Vec<String> = places
        .iter()
        .map(|(place, reach)| match reach {
            Reach::Connected { took, .. } => format!("{place} in {} ms", took.as_millis()),
            _ => place.clone(),
        })
        .collect();
    let broken =
        places.iter().any(|(_, reach)| matches!(reach, Reach::Connected { v6_broken: true, .. }));
    if broken {
        let told = format!("{}; IPv6 is announced and doesn't work, IPv4 does", shown.join(", "));
        return Finding::warning(Check::Tcp, &told).remedy(
            "have IPv6 mended or switched off: every new connection waits for it a moment",
        );
    }
    Finding::good(Check::Tcp, &shown.join(", "))
}

/// What became of asking a proxy for a tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tunnel {
    /// It is open.
    Open,
    /// The proxy's answer.
    Refused(u16),
    /// What answers is no proxy.
    NoProxy,
    /// No answer in time.
    TimedOut,
    /// The connection broke; the system's words.
    Broken(String),
}

/// Judges the tunnels that a proxy was asked for.
#[must_use]
pub fn tunnels(proxy: &str, asked: &[(String, Tunnel)]) -> Option<Finding> {
    let (host, tunnel) = asked.iter().find(|(_, tunnel)| *tunnel != Tunnel::Open)?;
    let (why, remedy) = match tunnel {
        Tunnel::Refused(407) => (
            format!("the proxy {proxy} wants a login before it lets anything to {host} (407)"),
            "put user name and password into the variable: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT".to_owned(),
        ),
        Tunnel::Refused(status @ (403 | 405)) => (
            format!("the proxy {proxy} forbids the way to {host} (CONNECT was answered {status})"),
            format!("ask whoever runs the proxy to let CONNECT pass to {host}:443; or, if it can be reached directly, name it in NO_PROXY"),
        ),
        Tunnel::Refused(status) => (
            format!("the proxy {proxy} can't or won't open the way to {host} (CONNECT was answered {status})"),
            format!("check that the host exists (the proxy resolves it), and ask whoever runs the proxy about {host}:443"),
        ),
        Tunnel::NoProxy => (
            format!("what answers at {proxy} is no HTTP proxy"),
            "check the proxy variable: host, port, and http:// in front".to_owned(),
        ),
        Tunnel::TimedOut => (
            format!("the proxy {proxy} doesn't answer when asked for {host}"),
            "check that it is the right proxy; the host may be unreachable for it".to_owned(),
        ),
        Tunnel::Broken(words) => (
            format!("the proxy {proxy} broke the connection when asked for {host}: {words}"),
            "check that it is the right proxy".to_owned(),
        ),
        Tunnel::Open => return None,
    };
    Some(Finding::fault(Check::Proxy, Blame::Unreachable, &why).remedy(&remedy))
}

/// What a certificate says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whom it names.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Host names that it is for.
    pub names: Vec<String>,
    /// From when on it is valid.
    pub begins: Timestamp,
    /// Until when.
    pub ends: Timestamp,
    /// Whether it is signed by itself.
    pub self_signed: bool,
}

/// Why a certificate isn't trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// Nobody known has signed it.
    UnknownIssuer,
    /// It has ended.
    Expired,
    /// It hasn't begun.
    NotYet,
    /// It is for other names.
    WrongName,
    /// Something else; the library's words.
    Other(String),
}

/// What became of a TLS handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// It succeeded.
    Secured(Option<Certificate>),
    /// The certificate isn't trusted.
    Distrusted(Distrust, Option<Certificate>),
    /// What answers speaks no TLS.
    NotTls,
    /// The other side ended it; the library's words.
    Broken(String),
    /// No answer in time.
    TimedOut,
}

/// Public authorities by which the service and ordinary web servers are signed. Amazon's is the
/// service's own. Anything else in a trusted chain is most likely a company that reads TLS.
const PUBLIC_AUTHORITIES: [&str; 14] = [
    "Amazon",
    "Starfield",
    "DigiCert",
    "Let's Encrypt",
    "GlobalSign",
    "Sectigo",
    "COMODO",
    "Google Trust",
    "Entrust",
    "IdenTrust",
    "GoDaddy",
    "Microsoft",
    "ISRG",
    "SSL.com",
];
/// Products that read TLS on the way, by the name that they sign with.
const READERS: [&str; 20] = [
    "Zscaler",
    "Netskope",
    "Fortinet",
    "FortiGate",
    "Palo Alto",
    "Blue Coat",
    "Symantec Web",
    "Umbrella",
    "Sophos",
    "Kaspersky",
    "Avast",
    "AVG",
    "ESET",
    "Bitdefender",
    "McAfee",
    "Cloudflare Gateway",
    "mitmproxy",
    "Charles",
    "Fiddler",
    "PortSwigger",
];

/// Judges the handshakes; each host with what became of it.
#[must_use]
pub fn tls(hosts: &[(String, Handshake)], now: Timestamp) -> Finding {
    let failed = hosts.iter().find(|(_, handshake)| !matches!(handshake, Handshake::Secured(_)));
    if let Some((host, handshake)) = failed {
        return tls_fault(host, handshake, now);
    }
    let certificates: Vec<(&String, &Certificate)> = hosts
        .iter()
        .filter_map(|(host, handshake)| match handshake {
            Handshake::Secured(Some(certificate)) => Some((host, certificate)),
            _ => None,
        })
        .collect();
    let shown: Vec<String> = certificates
        .iter()
        .map(|(host, certificate)| {
            format!("{host} by {}, until {}", certificate.issuer, day(certificate.ends))
        })
        .collect();
    let shown = shown.join("; ");
    let private = certificates.iter().find(|(_, certificate)| {
        !PUBLIC_AUTHORITIES.iter().any(|public| certificate.issuer.contains(public))
    });
    if let Some((_, certificate)) = private {
        let told = format!(
            "{shown}; \"{}\" is no public authority: TLS is read on the way by a proxy that this computer trusts{}",
            certificate.issuer,
            reader(&certificate.issuer)
        );
        return Finding::warning(Check::Tls, &told).remedy(
            "nothing, if that is your company; its proxy then sees tokens and conversations, and may cut quiet sockets",
        );
    }
    let soon = certificates
        .iter()
        .find(|(_, certificate)| since(now, certificate.ends).is_some_and(|left| left < ENDS_SOON));
    match soon {
        Some((host, _)) => {
            Finding::warning(Check::Tls, &format!("{shown}; that of {host} ends soon"))
                .remedy("its owner has to renew it")
        }
        None => Finding::good(Check::Tls, &shown),
    }
}

fn tls_fault(host: &str, handshake: &Handshake, now: Timestamp) -> Finding {
    let (why, remedy) = match handshake {
        Handshake::Distrusted(distrust, certificate) => {
            distrusted(host, distrust, certificate.as_ref(), now)
        }
        Handshake::NotTls => (
            format!("{host} speaks no TLS on this port: a plain-text service or a portal answers"),
            "check the port of the address, and the proxy; log in to the network if it has a portal".to_owned(),
        ),
        Handshake::TimedOut => (
            format!("{host} takes the connection and then says nothing: no TLS handshake in time"),
            "a firewall or proxy in between holds it back: ask whoever runs the network about this host".to_owned(),
        ),
        Handshake::Broken(words) => (
            format!("{host} broke off the TLS handshake ({words})"),
            "a firewall that inspects TLS often does that: ask whoever runs the network about this host; TLS 1.2 or later is needed".to_owned(),
        ),
        Handshake::Secured(_) => (String::new(), String::new()),
    };
    Finding::fault(Check::Tls, Blame::Unreachable, &why).remedy(&remedy)
}

fn distrusted(
    host: &str,
    distrust: &Distrust,
    certificate: Option<&Certificate>,
    now: Timestamp,
) -> (String, String) {
    let issuer = certificate.map_or("an unknown authority", |known| known.issuer.as_str());
    match distrust {
        Distrust::UnknownIssuer if certificate.is_some_and(|known| known.self_signed) => (
            format!("the certificate of {host} is self-signed (\"{issuer}\"): the service's never is, so something else answers there"),
            "if it is a test server of yours, name its certificate with --ca-file; else check the address and the proxy".to_owned(),
        ),
        Distrust::UnknownIssuer => (
            format!("the certificate of {host} is signed by \"{issuer}\", an authority that this computer doesn't trust: a company's proxy or a virus scanner reads TLS on the way{}", reader(issuer)),
            format!("get the certificate of \"{issuer}\" from whoever runs the network and name it: --ca-file FILE, ca_file in the profile, or SSL_CERT_FILE; or have {host} exempted from inspection"),
        ),
        Distrust::Expired => {
            let ended = certificate.map_or("–".to_owned(), |known| day(known.ends));
            (
                format!("the certificate of {host} has expired (on {ended}; this computer's date is {})", day(now)),
                "if this computer's date is wrong, set it; else the owner of the certificate has to renew it (a company's proxy, if the issuer is one)".to_owned(),
            )
        }
        Distrust::NotYet => {
            let begins = certificate.map_or("–".to_owned(), |known| day(known.begins));
            (
                format!("the certificate of {host} isn't valid yet (from {begins}; this computer's date is {})", day(now)),
                "this computer's clock is most likely behind: set it".to_owned(),
            )
        }
        Distrust::WrongName => {
            let names = certificate
                .map(|known| known.names.iter().take(3).cloned().collect::<Vec<_>>().join(", "))
                .filter(|names| !names.is_empty())
                .unwrap_or_else(|| "other names".to_owned());
            (
                format!("the certificate shown for {host} is for {names}: something else answers there"),
                "check the address; a captive portal or a name server that lies does that too".to_owned(),
            )
        }
        Distrust::Other(words) => (
            format!("the certificate of {host} (by \"{issuer}\") is refused: {words}"),
            "check the address and the proxy".to_owned(),
        ),
    }
}

fn reader(issuer: &str) -> String {
    let lowered = issuer.to_ascii_lowercase();
    let known = READERS.iter().find(|name| lowered.contains(&name.to_ascii_lowercase()));
    known.map(|name| format!(" ({name} is such a product)")).unwrap_or_default()
}

fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// How long from `now` to `then`; `None` when it has passed.
fn since(now: Timestamp, then: Timestamp) -> Option<Duration> {
    Duration::try_from(then.duration_since(now)).ok()
}

/// An HTTP answer, as far as it matters here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Whether it is a page for people.
    pub is_page: bool,
    /// Whether it is JSON.
    pub is_json: bool,
    /// The title of the page, if there is one.
    pub title: Option<String>,
    /// Host to which it redirects.
    pub redirects_to: Option<String>,
    /// The service's or OAuth's word for what is wrong.
    pub code: Option<String>,
    /// The sentence beside it.
    pub message: Option<String>,
    /// The service's context id.
    pub context_id: Option<String>,
    /// How long it asks to wait.
    pub retry_after: Option<Duration>,
    /// Milliseconds by which the server's clock is ahead of ours; 0 within what can be told.
    pub skew_ms: Option<i64>,
    /// Requests used, allowed, and seconds to the end of the window.
    pub limit: Option<(u32, u32, u32)>,
}

/// What asking gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// An answer.
    Answered(Answer),
    /// None; in words.
    Failed(String),
    /// None in time.
    TimedOut,
}

/// Judges whether the service answers at `host`, by an answer to a question without a token, to
/// which the service says 401.
#[must_use]
pub fn portal(host: &str, asked: &Asked) -> Finding {
    let unreachable = |why: &str| Finding::fault(Check::Portal, Blame::Unreachable, why);
    match asked {
        Asked::TimedOut => unreachable(&format!("{host} takes the question and gives no answer in time"))
            .remedy("try again; if it stays so, the service has trouble (see its status page) or a proxy holds answers back"),
        Asked::Failed(words) => {
            unreachable(&format!("{host} breaks off instead of answering: {words}"))
                .remedy("check the address and the proxy")
        }
        Asked::Answered(answer) => portal_answer(host, answer),
    }
}

/// The fault that a page or a redirect is, wherever it comes; `None` when it is neither.
#[must_use]
pub fn something_between(check: Check, host: &str, answer: &Answer) -> Option<Finding> {
    let remedy = "open any page in a browser and log in to the network, then try again; if the address was set by hand, check it";
    if let Some(target) = &answer.redirects_to {
        let told = format!(
            "{host} redirects to {target}, which the service never does: a captive portal or proxy answers in its place"
        );
        return Some(Finding::fault(check, Blame::Unreachable, &told).remedy(remedy));
    }
    if answer.is_page && answer.status < 500 {
        let title =
            answer.title.as_ref().map(|title| format!(" (\"{title}\")")).unwrap_or_default();
        let told = format!(
            "{host} answers a page{title} where JSON should be (status {}): a captive portal or proxy is in between, or the address isn't the service's",
            answer.status
        );
        return Some(Finding::fault(check, Blame::Unreachable, &told).remedy(remedy));
    }
    None
}

fn portal_answer(host: &str, answer: &Answer) -> Finding {
    if let Some(fault) = something_between(Check::Portal, host, answer) {
        return fault;
    }
    let status = answer.status;
    let fault = |why: &str| Finding::fault(Check::Portal, Blame::Unreachable, why);
    match status {
        401 => Finding::good(Check::Portal, &format!("{host} answers as the service does (401 without a token)")),
        429 => Finding::warning(Check::Portal, &format!("{host} answers 429 even without a token: too many requests come from this network"))
            .remedy("wait a minute; find what sends so many requests"),
        404 if !answer.is_json => Finding::fault(Check::Portal, Blame::Configuration, &format!("{host} knows no /api/v2: it is another server than the API"))
            .remedy("check the API's address: https://api.DOMAIN of your region"),
        407 => fault(&format!("a proxy wants a login before it lets anything to {host} (407)"))
            .remedy("put user name and password into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT"),
        403 => fault(&format!("{host} answers 403 to a question that needs no permission: a firewall, a proxy or a list of allowed addresses is in between"))
            .remedy("ask whoever runs the network or the organisation's allow-list about this computer"),
        500.. => fault(&format!("{host} answers {status}: the service has trouble"))
            .remedy("see the service's status page; try again in a few minutes")
            .context(answer.context_id.as_deref()),
        _ if answer.is_json => Finding::warning(Check::Portal, &format!("{host} answers {status} where the service would say 401")),
        _ => fault(&format!("{host} answers {status} and no JSON: it isn't the service"))
            .remedy("check the API's address, and the proxy"),
    }
}

/// Judges the clock. `None`: no answer told the time.
#[must_use]
pub fn clock(skew_ms: Option<i64>) -> Finding {
    let Some(skew) = skew_ms else {
        return Finding::skipped(Check::Clock, "no answer told the service's time");
    };
    let size = Duration::from_millis(skew.unsigned_abs());
    // theirs is ahead: ours is behind
    let side = if skew > 0 { "behind" } else { "ahead of" };
    let told = format!("this computer's clock is {} {side} the service's", length(size));
    let remedy =
        "set the clock by the network (NTP: timedatectl set-ntp true, or the system's settings)";
    if size < SKEW_SEEN {
        return Finding::good(Check::Clock, "agrees with the service's to the second");
    }
    if size < SKEW_WRONG {
        let told = format!("{told}: waiting times are off by as much");
        return Finding::warning(Check::Clock, &told).remedy(remedy);
    }
    let told = format!(
        "{told}: waiting times and the ends of tokens and channels are wrong by as much, and certificates may seem expired or not yet valid"
    );
    Finding::fault(Check::Clock, Blame::Other, &told).remedy(remedy)
}

fn length(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..172_800 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} days", seconds / 86_400),
    }
}
