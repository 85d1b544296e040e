//! What is tried for real: a channel, subscribing, the socket, the first sign of life; then
//! everything is put back.
use super::network;
use super::report::Report;
use crate::cloud::probe::{Manner, Probe, attempt};
use crate::cloud::{Channel, ChannelId, ServiceClient, trusted_socket_address};
use crate::domain::diagnosis::access::{self, KnownChannel};
use crate::domain::diagnosis::permissions;
use crate::domain::diagnosis::socket::{self, Target, Upgrade};
use crate::domain::diagnosis::{Blame, Check, Finding};
use crate::domain::monitor::directory::Directory;
use crate::domain::region::Region;
use crate::domain::session::{Failure, FailureKind};
use crate::domain::topic::{MAX_CHANNELS, Topic};
use secrecy::ExposeSecret;
use std::time::Duration;

/// Limit for each call here.
const CALL_LIMIT: Duration = Duration::from_secs(8);
/// Limit for putting things back: nobody waits long for tidiness.
const TIDY_LIMIT: Duration = Duration::from_secs(4);

/// Whether there is a channel to try with.
pub(super) enum Room {
    /// One more can be made without evicting any.
    Free,
    /// All are made, but one of this token's own is unused.
    Reuse(Channel),
    /// There is none; in words.
    None(&'static str),
}

/// What is subscribed for a try.
#[derive(Default)]
pub(super) struct Watched {
    pub(super) topics: Vec<Topic>,
    /// Names and divisions of what these topics are about.
    pub(super) directory: Directory,
}

/// Looks at the channels that exist.
pub(super) async fn channels(client: &ServiceClient, report: &mut Report) -> Room {
    let list = match limited("listing the channels", client.channels_once(true)).await {
        Ok(list) => list,
        Err(failure) => {
            report.tell(Finding::of_failure(Check::Channels, &failure));
            return Room::None("the channels can't be listed");
        }
    };
    let known: Vec<KnownChannel> = list
        .iter()
        .map(|channel| KnownChannel {
            short: channel.id.as_ref().map(ChannelId::short),
            ends: channel.expires,
        })
        .collect();
    if known.len() < MAX_CHANNELS {
        report.tell(access::channels(&known, false));
        return Room::Free;
    }
    let unused = unused(client).await;
    report.tell(access::channels(&known, unused.is_some()));
    unused.map_or(Room::None("a new channel would evict another"), Room::Reuse)
}

/// A channel of this token's own without subscriptions: nobody watches by it.
async fn unused(client: &ServiceClient) -> Option<Channel> {
    let own = limited("listing the channels", client.channels_once(false)).await.ok()?;
    for channel in own {
        let Some(id) = &channel.id else { continue };
        let subscriptions = limited("reading subscriptions", client.subscription_count(id)).await;
        if matches!(subscriptions, Ok(0)) {
            return Some(channel);
        }
    }
    None
}

/// Tries it for real.
pub(super) async fn try_out(
    probe: &Probe,
    client: &ServiceClient,
    room: Room,
    watched: &Watched,
    report: &mut Report,
) {
    let after = [Check::Subscription, Check::Socket, Check::Pulse];
    let (channel, fresh) = match room {
        Room::Reuse(channel) => (Ok(channel), false),
        Room::Free => (limited("creating a channel", client.create_channel()).await, true),
        Room::None(why) => {
            report.tell(Finding::skipped(Check::Channel, why));
            network::skip(report, &after, "there is no channel to try with");
            return;
        }
    };
    let channel = match channel {
        Ok(channel) => channel,
        Err(failure) => {
            report.tell(Finding::of_failure(Check::Channel, &failure));
            network::skip(report, &after, "there is no channel to try with");
            return;
        }
    };
    let ends =
        channel.expires.map_or("its end isn't told".to_owned(), |at| format!("ends {at:.0}"));
    let how = if fresh { "created" } else { "an unused one of this token is taken" };
    report.tell(Finding::good(Check::Channel, &format!("{how}: {}, {ends}", channel.short())));
    subscribe(client, &channel, watched, report).await;
    dial(probe, &channel, report).await;
    tidy(client, &channel, report).await;
}

async fn subscribe(
    client: &ServiceClient,
    channel: &Channel,
    watched: &Watched,
    report: &mut Report,
) {
    let Watched { topics, directory } = watched;
    let Some(id) = channel.id.as_ref().filter(|_| !topics.is_empty()) else {
        report.tell(Finding::skipped(Check::Subscription, "it isn't known what to subscribe to"));
        return;
    };
    let finding = match limited("subscribing", client.subscribe(id, topics)).await {
        Ok(outcomes) => permissions::subscribed(&outcomes, directory),
        Err(failure) => Finding::of_failure(Check::Subscription, &failure),
    };
    report.tell(finding);
}

async fn dial(probe: &Probe, channel: &Channel, report: &mut Report) {
    let address = match trusted_socket_address(channel.connect_uri().expose_secret()) {
        Ok(address) => address,
        Err(failure) => {
            report.tell(
                Finding::fault(Check::Socket, Blame::Unreachable, &failure.sentence).remedy(
                    "check the API's address: the service's connectUri is wss://streaming.DOMAIN/channels/…",
                ),
            );
            network::skip(report, &[Check::Pulse], "there is no socket");
            return;
        }
    };
    let (upgrade, talk) = attempt(probe.dialler(), &address, &Manner::default()).await;
    let host = address.host_str().unwrap_or_default();
    if upgrade != Upgrade::Opened {
        report.tell(
            socket::upgrade(Check::Socket, host, Target::FreshChannel, &upgrade)
                .unwrap_or_else(|| Finding::skipped(Check::Socket, "nothing came back")),
        );
        network::skip(report, &[Check::Pulse], "there is no socket");
        return;
    }
    let expected = probe.address().region().map(Region::streaming_host);
    let opened = socket::opened(Check::Socket, host, Target::FreshChannel, &talk);
    let odd = expected.is_some_and(|expected| expected != host);
    let passed = report.tell(if odd {
        Finding::warning(
            Check::Socket,
            &format!("{}; the region's streaming host has another name", opened.found),
        )
    } else {
        opened
    });
    if passed {
        report.tell(socket::pulse(&talk));
    } else {
        network::skip(report, &[Check::Pulse], "the socket doesn't stay open");
    }
}

/// Clears the subscriptions: the service offers no way to delete the channel itself.
async fn tidy(client: &ServiceClient, channel: &Channel, report: &mut Report) {
    let Some(id) = &channel.id else { return };
    let cleared = tokio::time::timeout(TIDY_LIMIT, client.clear_subscriptions(id)).await;
    if !matches!(cleared, Ok(Ok(()))) {
        let told = format!(
            "the subscriptions of {} could not be cleared; they end with the channel",
            channel.short()
        );
        report.tell(Finding::warning(Check::Channel, &told));
    }
}

async fn limited<T>(
    doing: &str,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::time::timeout(CALL_LIMIT, call).await.unwrap_or_else(|_| {
        Err(Failure {
            kind: FailureKind::Network,
            sentence: format!("{doing} failed: no answer within {} s", CALL_LIMIT.as_secs()),
            retry_after: None,
            context_id: None,
        })
    })
}
