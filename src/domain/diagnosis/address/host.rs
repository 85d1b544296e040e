//! Whose host it is: one of the service's, one that people have invented, or somebody else's.
use super::{Note, is_loopback};
use crate::domain::nearest::nearest;
use crate::domain::region::{Region, known_domains};
use crate::domain::text::harmless_within;
use url::{Host, Url};

/// Whose host an address names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostKind {
    /// This computer: a simulated service.
    Loopback,
    /// The streaming host of a known region.
    Streaming {
        /// Whether it is the configured service's.
        own: bool,
    },
    /// Another host of the service.
    OtherOfService {
        /// Its first label, such as `api`.
        prefix: String,
        /// Whether it belongs to the configured service's domain.
        own: bool,
    },
    /// Looks like the service's and is not.
    Invented,
    /// Somebody else's.
    Foreign,
}

/// Domains of the vendor under which no API or socket lives, as people write them.
const VENDOR_DOMAINS: [&str; 6] =
    ["genesyscloud.com", "genesys.cloud", "genesys.com", "purecloud.com", "pure.cloud", "inin.com"];

/// What people put before a domain for a region, and the domain that it means.
const REGION_WORDS: [(&str, &str); 20] = [
    ("us", "mypurecloud.com"),
    ("use1", "mypurecloud.com"),
    ("use2", "use2.us-gov-pure.cloud"),
    ("usw2", "usw2.pure.cloud"),
    ("cac1", "cac1.pure.cloud"),
    ("ca", "cac1.pure.cloud"),
    ("sae1", "sae1.pure.cloud"),
    ("eu", "mypurecloud.ie"),
    ("euw1", "mypurecloud.ie"),
    ("ie", "mypurecloud.ie"),
    ("euw2", "euw2.pure.cloud"),
    ("uk", "euw2.pure.cloud"),
    ("euc1", "mypurecloud.de"),
    ("de", "mypurecloud.de"),
    ("euc2", "euc2.pure.cloud"),
    ("aps1", "aps1.pure.cloud"),
    ("au", "mypurecloud.com.au"),
    ("apse2", "mypurecloud.com.au"),
    ("jp", "mypurecloud.jp"),
    ("apne2", "apne2.pure.cloud"),
];

/// Reads the host and notes what is wrong with it.
pub(super) fn read(url: &Url, own_api: Option<&str>, notes: &mut Vec<Note>) -> HostKind {
    if is_loopback(url) {
        return HostKind::Loopback;
    }
    let Some(Host::Domain(host)) = url.host() else {
        notes.push(Note::fatal(
                "it names a host by number; the service's sockets are at streaming.DOMAIN only, and its certificate fits that name only",
            ));
        return HostKind::Foreign;
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let own_domain = own_api.and_then(|api| {
        let host = api.split(':').next().unwrap_or_default();
        host.strip_prefix("api.").map(str::to_ascii_lowercase)
    });
    if let Some((prefix, domain)) = split_known(&host, own_domain.as_deref()) {
        if let Some(port) = url.port() {
            notes.push(Note::fatal(format!(
                "the service answers on the port of wss (443), not on {port}"
            )));
        }
        return of_service(prefix, domain, own_domain.as_deref(), notes);
    }
    invented(&host, notes).unwrap_or_else(|| {
        let shown = harmless_within(&host, 80);
        notes.push(Note::fatal(format!(
            "{shown} is no host of Genesys Cloud: its sockets are at streaming.DOMAIN of the region only"
        )));
        HostKind::Foreign
    })
}

/// The part before a domain of the service and the domain; the longest domain that fits.
fn split_known<'a>(host: &'a str, own: Option<&'a str>) -> Option<(&'a str, &'a str)> {
    let mut fitting: Vec<(&'a str, &'a str)> = Vec::new();
    for domain in known_domains().map(|domain| -> &'a str { domain }).chain(own) {
        if host == domain {
            fitting.push(("", domain));
        } else if let Some(prefix) =
            host.strip_suffix(domain).and_then(|rest| rest.strip_suffix('.'))
        {
            fitting.push((prefix, domain));
        }
    }
    fitting.into_iter().max_by_key(|(_, domain)| domain.len())
}

fn of_service(prefix: &str, domain: &str, own: Option<&str>, notes: &mut Vec<Note>) -> HostKind {
    let is_own = own.is_some_and(|own| own == domain);
    let other_region = own.filter(|own| *own != domain);
    let right = format!("streaming.{domain}");
    match prefix {
        "streaming" => {
            if let Some(own) = other_region {
                notes.push(Note::fatal(format!(
                    "this is the streaming host of {}, and the profile belongs to {}: a channel lives in its own region only (streaming.{own})",
                    name(domain),
                    name(own),
                )));
            }
            return HostKind::Streaming { own: is_own };
        }
        "api" => notes.push(Note::fatal(format!(
            "api.{domain} is the host of the REST API, which opens no sockets: they are at {right}"
        ))),
        "login" => notes.push(Note::fatal(format!(
            "login.{domain} is the login host, which gives tokens and opens no sockets: they are at {right}"
        ))),
        "apps" => notes.push(Note::fatal(format!(
            "apps.{domain} is the web application for people: sockets are at {right}"
        ))),
        "" | "www" => notes.push(Note::fatal(format!(
            "{domain} alone answers no API: sockets are at {right}"
        ))),
        "webmessaging" | "api-cdn" | "carrier-pigeon" => notes.push(Note::fatal(format!(
            "{prefix}.{domain} serves the guests of web messaging and chat, not notifications: those are at {right}"
        ))),
        other => {
            let other = harmless_within(other, 60);
            notes.push(Note::fatal(format!(
                "there is no host {other}.{domain} for notifications: sockets are at {right}"
            )));
            return HostKind::Invented;
        }
    }
    if let Some(own) = other_region {
        notes.push(Note::fatal(format!(
            "and it is of the region {}, while the profile belongs to {}",
            name(domain),
            name(own)
        )));
    }
    HostKind::OtherOfService { prefix: prefix.to_owned(), own: is_own }
}

fn name(domain: &str) -> String {
    Region::parse(domain).map_or_else(|_| domain.to_owned(), |region| region.name().to_owned())
}

/// Hosts that look like the service's and never existed.
fn invented(host: &str, notes: &mut Vec<Note>) -> Option<HostKind> {
    let shown = harmless_within(host, 80);
    let under = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    let close = || {
        let likely = likely_domain(host)?;
        Some(format!("; the region meant may be {} (streaming.{likely})", name(likely)))
    };
    if host == "developer.genesys.cloud" || host == "help.mypurecloud.com" {
        notes.push(Note::fatal(format!("{shown} holds documentation for people, no socket")));
        return Some(HostKind::Invented);
    }
    if VENDOR_DOMAINS.iter().any(|domain| under(domain)) {
        notes.push(Note::fatal(format!(
            "{shown} is no host of the service: forum pages have invented it. Sockets are at streaming.DOMAIN, with the domain of the region, such as streaming.mypurecloud.com{}",
            close().unwrap_or_default()
        )));
        return Some(HostKind::Invented);
    }
    let looks_alike = ["purecloud", "genesys", "pure.cloud", "mypure"];
    if looks_alike.iter().any(|word| host.contains(word)) {
        notes.push(Note::fatal(format!(
            "{shown} belongs to no region of the service{}",
            close().unwrap_or_default()
        )));
        return Some(HostKind::Invented);
    }
    None
}

/// The domain that a host most likely means: by a region's id or short word in it, or by likeness.
pub(super) fn likely_domain(host: &str) -> Option<&'static str> {
    let host = host.to_ascii_lowercase();
    let exact = known_domains()
        .filter(|domain| host == **domain || host.ends_with(&format!(".{domain}")))
        .max_by_key(|domain| domain.len());
    if exact.is_some() {
        return exact;
    }
    let labels: Vec<&str> = host.split('.').collect();
    for label in &labels {
        if let Ok(region) = Region::parse(label) {
            let found = known_domains().find(|domain| region.domain() == *domain);
            if found.is_some() {
                return found;
            }
        }
        if let Some((_, domain)) = REGION_WORDS.iter().find(|(word, _)| word == label) {
            return Some(domain);
        }
    }
    let vendor = |label: &&str| !["api", "login", "streaming", "apps", "www"].contains(label);
    let rest: Vec<&str> = labels.into_iter().filter(vendor).collect();
    nearest(&rest.join("."), known_domains(), 1).first().copied()
}
