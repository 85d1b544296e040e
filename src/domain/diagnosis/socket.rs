//! What an attempt to open a socket says, in sentences.
use super::{Blame, Check, Finding};
use std::time::Duration;

/// What became of an upgrade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upgrade {
    /// The socket is open.
    Opened,
    /// It was answered with an HTTP status instead.
    Refused {
        /// The status.
        status: u16,
        /// What the answer says, short.
        body: String,
        /// Whether it is a page for people.
        is_page: bool,
        /// Host to which it redirects.
        redirects_to: Option<String>,
    },
    /// What answers is no socket; the library's words.
    NoSocket(String),
    /// The way there failed, in a sentence.
    NoWay(String),
    /// No answer in time.
    TimedOut,
}

/// What was seen on an open socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Talk {
    /// How long the upgrade took.
    pub opened_in: Duration,
    /// From our ping to the pong.
    pub pong: Option<Duration>,
    /// From the opening to the first heartbeat.
    pub heartbeat: Option<Duration>,
    /// From the opening to the first other frame, and its beginning.
    pub first: Option<(Duration, String)>,
    /// The end, if it came: after what time, with which code and reason.
    pub closed: Option<(Duration, Option<u16>, String)>,
    /// Whether we had sent something before the end.
    pub after_message: bool,
    /// How long it was listened.
    pub listened: Duration,
}

/// Which address was dialled, for what a status means there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The connectUri of a channel that was just made.
    FreshChannel,
    /// An address of a channel's form.
    Channel,
    /// Any other address.
    Other,
}

/// Judges an upgrade that gave no socket; `None` for an open one.
#[must_use]
pub fn upgrade(check: Check, host: &str, target: Target, upgrade: &Upgrade) -> Option<Finding> {
    let unreachable = |why: String| Finding::fault(check, Blame::Unreachable, &why);
    Some(match upgrade {
        Upgrade::Opened => return None,
        Upgrade::TimedOut => unreachable(format!("{host} gives no answer to the upgrade in time"))
            .remedy("a proxy in between may not let sockets pass: ask whoever runs it for WebSockets (Upgrade) to this host"),
        Upgrade::NoWay(sentence) => unreachable(sentence.clone()).remedy("check the address and the network"),
        Upgrade::NoSocket(words) => unreachable(format!("{host} doesn't answer as a socket does ({words})"))
            .remedy("a proxy in between may not let sockets pass, or the address belongs to something else"),
        Upgrade::Refused { redirects_to: Some(place), status, .. } => unreachable(format!(
            "{host} redirects to {place} ({status}) instead of opening a socket: a captive portal or a login page is in between, or the address is a web page's"
        ))
        .remedy("log in to the network with a browser, then try again; sockets are never redirected"),
        Upgrade::Refused { status, body, is_page, .. } => refused(check, host, target, *status, body, *is_page),
    })
}

fn refused(
    check: Check,
    host: &str,
    target: Target,
    status: u16,
    body: &str,
    is_page: bool,
) -> Finding {
    let said =
        if body.is_empty() || is_page { String::new() } else { format!(" (it says: {body})") };
    let told = |why: &str| format!("{host} answers the upgrade with {status}{said}: {why}");
    let gone = match target {
        Target::Other => Blame::Configuration,
        Target::Channel | Target::FreshChannel => Blame::Other,
    };
    let anew = "create a new channel and dial its connectUri, bare";
    match (status, target) {
        (200..300, _) => Finding::fault(check, Blame::Unreachable, &told(if is_page {
            "a page for people came instead of a socket: a captive portal, or a proxy that doesn't know sockets"
        } else {
            "an ordinary answer instead of a socket: the address is a REST path or web page, or a proxy took the request for one"
        }))
        .remedy("log in to the network if it has a portal; have the proxy let WebSockets pass; check the address"),
        (400, Target::Other) => Finding::fault(check, Blame::Configuration, &told("no socket is behind this address, or it doesn't take what the query holds"))
            .remedy(anew),
        (400, _) => Finding::fault(check, gone, &told("something in the request isn't wanted: most often a query such as ?access_token=, which a channel's socket doesn't take"))
            .remedy("dial the connectUri exactly as it came, without a query"),
        (401, Target::Other) => Finding::fault(check, Blame::Configuration, &told("this is no channel's socket, so no token in any place opens it; that yours is valid for REST doesn't matter here"))
            .remedy(anew),
        (401, _) => Finding::fault(check, Blame::Credentials, &told("the channel is no longer authorised: the token that made it has ended or was withdrawn. The socket itself asks for no token, so sending one doesn't help"))
            .remedy("log in again, create a new channel with the new token, and dial its connectUri, bare"),
        (403, Target::Other) => Finding::fault(check, Blame::Configuration, &told("this address opens no socket; a firewall or gateway stands before it"))
            .remedy(anew),
        (403, _) => Finding::fault(check, Blame::Other, &told("the channel isn't yours any more, or a firewall or proxy forbids sockets to this host"))
            .remedy("create a new channel; if a fresh one is refused too, ask whoever runs the network for WebSockets to this host"),
        (404 | 410, Target::Other) => Finding::fault(check, Blame::Configuration, &told("there is nothing at this address"))
            .remedy(anew),
        (404 | 410, _) => Finding::fault(check, Blame::Other, &told("the channel has ended: its 24 hours are over, it was evicted as the 21st, or its token has ended"))
            .remedy(anew),
        (407, _) => Finding::fault(check, Blame::Unreachable, &told("a proxy wants a login"))
            .remedy("put user name and password into HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT"),
        (426, _) => Finding::fault(check, Blame::Unreachable, &told("a proxy took the upgrade away or doesn't speak HTTP/1.1"))
            .remedy("have the proxy let WebSockets pass"),
        (429, _) => Finding::fault(check, Blame::Unreachable, &told("too many sockets or attempts in a short time"))
            .remedy("wait a minute; let no two programs fight for one channel, each connecting again at once"),
        (500.., _) => Finding::fault(check, Blame::Unreachable, &told("the service, or a gateway before it, has trouble"))
            .remedy("see the service's status page; try again in a few minutes"),
        _ => Finding::fault(check, gone, &told("no socket is opened here")).remedy(anew),
    }
}

/// Judges an open socket as a socket.
#[must_use]
pub fn opened(check: Check, host: &str, target: Target, talk: &Talk) -> Finding {
    if let Some((after, code, reason)) = &talk.closed {
        return closed(check, host, target, talk, *after, *code, reason);
    }
    let took = talk.opened_in.as_millis();
    let alive = talk.pong.is_some() || talk.heartbeat.is_some();
    if target == Target::Other && (alive || talk.first.is_some()) {
        let seen = match &talk.first {
            Some((after, text)) => {
                format!("it streams, the first frame after {} ms: {text}", after.as_millis())
            }
            None => "it answers as a notification socket does".to_owned(),
        };
        return Finding::warning(
            check,
            &format!("{host} opened it in {took} ms, and {seen}. No documentation names this address, and a token in an address ends up in logs"),
        )
        .remedy("rely on a channel's connectUri, which is documented: what works here today can end without notice");
    }
    if alive {
        let how = if check == Check::Socket { ", bare and without a token" } else { "" };
        return Finding::good(check, &format!("{host} opened it in {took} ms{how}"));
    }
    match (&talk.first, target) {
        (Some((after, text)), _) => Finding::warning(
            check,
            &format!("{host} opened it in {took} ms; the first frame came after {} ms: {text}", after.as_millis()),
        ),
        (None, Target::Other) => Finding::warning(
            check,
            &format!("{host} opened a socket in {took} ms and then says nothing: neither heartbeat nor pong, so it is no notification channel"),
        )
        .remedy("an open socket alone means nothing: use a channel's connectUri"),
        (None, _) => Finding::good(check, &format!("{host} opened it in {took} ms")),
    }
}

fn closed(
    check: Check,
    host: &str,
    target: Target,
    talk: &Talk,
    after: Duration,
    code: Option<u16>,
    reason: &str,
) -> Finding {
    let code_shown =
        code.map_or("without a close frame".to_owned(), |code| format!("with code {code}"));
    let reason_shown = if reason.is_empty() { String::new() } else { format!(" \"{reason}\"") };
    let when =
        if talk.after_message { "after our first message" } else { "before anything was said" };
    let told = |why: &str| {
        format!(
            "{host} opened the socket and closed it {} ms later, {when}, {code_shown}{reason_shown}: {why}",
            after.as_millis()
        )
    };
    let speaks_of_token = {
        let lowered = reason.to_ascii_lowercase();
        lowered.contains("401") || lowered.contains("unauthor") || lowered.contains("token")
    };
    let anew =
        "create a channel by REST with your token and dial its connectUri, bare; subscribe by REST";
    if speaks_of_token && target == Target::Other {
        return Finding::fault(check, Blame::Configuration, &told("a valid token doesn't help, in no place: this is no notification socket, whoever has written so. The token belongs to REST calls only"))
            .remedy(anew);
    }
    match (target, code) {
        (Target::Other, _) => Finding::fault(check, Blame::Configuration, &told("this is no notification socket")).remedy(anew),
        (_, Some(1008)) => Finding::fault(check, Blame::Other, &told("the channel doesn't exist any more, or isn't authorised any more")).remedy(anew),
        (_, Some(1000)) => Finding::fault(check, Blame::Other, &told("the channel is gone, or another program has connected to the same channel, which drops the first"))
            .remedy("let each program use a channel of its own"),
        (_, Some(1001)) => Finding::fault(check, Blame::Unreachable, &told("the service goes away, for maintenance or for want of traffic"))
            .remedy("connect again"),
        (_, None) => Finding::fault(check, Blame::Unreachable, &told("the connection was cut: a proxy or firewall that ends sockets, or the network"))
            .remedy("ask whoever runs the proxy for long-lived WebSockets to this host"),
        _ => Finding::fault(check, Blame::Other, &told("the channel may be gone")).remedy(anew),
    }
}

/// Judges the signs of life of a channel's socket.
#[must_use]
pub fn pulse(talk: &Talk) -> Finding {
    let listened = talk.listened.as_secs_f32();
    match (talk.pong, talk.heartbeat) {
        (Some(pong), _) => Finding::good(
            Check::Pulse,
            &format!("the ping was answered in {} ms; heartbeats follow every 30 s", pong.as_millis()),
        ),
        (None, Some(beat)) => Finding::warning(
            Check::Pulse,
            &format!("a heartbeat came after {:.1} s, but no pong within {listened:.1} s", beat.as_secs_f32()),
        ),
        (None, None) => Finding::fault(
            Check::Pulse,
            Blame::Unreachable,
            &format!("the socket is open and silent: neither pong nor heartbeat within {listened:.1} s. Something in between takes the connection and passes nothing on, or the service has trouble"),
        )
        .remedy("try again; if it stays so, have the proxy let WebSockets pass without buffering, and see the service's status page"),
    }
}
