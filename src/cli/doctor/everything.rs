//! `gcwatch doctor`: from the configuration to the first heartbeat.
//!
//! A check that an earlier fault makes impossible is told as skipped, with the reason. What is
//! made on the way is put back: subscriptions are cleared, the socket is closed, and where making
//! a channel would evict somebody's, none is made.
use super::super::arguments::{ConnectionArguments, Selection};
use super::super::connect::{self, USER_AGENT};
use super::super::problem::Problem;
use super::super::simulated::runtime;
use super::live::Watched;
use super::report::Report;
use super::{live, network, setup};
use crate::cloud::probe::Probe;
use crate::cloud::{Credentials, ServiceAddress, ServiceClient, Tls};
use crate::domain::diagnosis::access::{self, Who};
use crate::domain::diagnosis::network::{Answer, Asked};
use crate::domain::diagnosis::{Blame, Check, Finding, permissions};
use crate::domain::monitor::directory::Directory;
use crate::domain::topic::MAX_TOPICS_PER_CHANNEL;
use crate::settings::resolve::ConnectionSettings;
use secrecy::SecretString;
use std::time::Duration;

/// Limit for everything behind the login: together with the deadlines before it a run ends within
/// half a minute, whatever hangs.
const ACCESS_LIMIT: Duration = Duration::from_secs(30);
/// Limit for finding out what the profile watches: an organisation with thousands of queues has
/// dozens of pages, and a part of them shows as much.
const WATCHED_LIMIT: Duration = Duration::from_secs(8);

/// Checks that need a token, in their order.
const BEHIND_LOGIN: [Check; 8] = [
    Check::Identity,
    Check::RateLimit,
    Check::Channels,
    Check::Permissions,
    Check::Channel,
    Check::Subscription,
    Check::Socket,
    Check::Pulse,
];

/// Looks at everything.
pub(super) fn run(connection: &ConnectionArguments, mut report: Report) -> Result<(), Problem> {
    let Some(setup) = setup::look(connection, &mut report)? else { return report.close(&[]) };
    let runtime = runtime()?;
    runtime.block_on(examine(&setup, &mut report));
    // a name that is still being looked up must not hold the program
    runtime.shutdown_background();
    report.close(&[])
}

/// What is known once the settings are read.
pub(super) struct Setup {
    pub(super) settings: ConnectionSettings,
    pub(super) address: Option<ServiceAddress>,
    pub(super) tls: Option<Tls>,
    /// `None` when the place of the secret gave none.
    pub(super) credentials: Option<Credentials>,
}

async fn examine(setup: &Setup, report: &mut Report) {
    let (Some(address), Some(tls)) = (&setup.address, &setup.tls) else {
        let checks = [Check::Proxy, Check::Names, Check::Tcp, Check::Tls, Check::Portal];
        network::skip(report, &checks, "it isn't known where the service is, or whom to trust");
        return skip_rest(report, Check::Clock, "the service isn't reached");
    };
    let probe = match Probe::new(address.clone(), tls.clone(), USER_AGENT) {
        Ok(probe) => probe,
        Err(error) => {
            report.tell(
                Finding::fault(Check::Proxy, Blame::Configuration, &error.to_string())
                    .remedy("check the proxy variables (HTTPS_PROXY, ALL_PROXY)"),
            );
            return skip_rest(report, Check::Names, "no connection can be set up");
        }
    };
    if !network::way(probe.dialler(), &probe.places(), report).await {
        report.tell(Finding::skipped(Check::Portal, "the service isn't reached"));
        return skip_rest(report, Check::Clock, "the service isn't reached");
    }
    let knocked = probe.knock().await;
    let answers =
        report.tell(crate::domain::diagnosis::network::portal(&address.api_host(), &knocked));
    report.tell(crate::domain::diagnosis::network::clock(
        answer_of(&knocked).and_then(|answer| answer.skew_ms),
    ));
    if !answers {
        return skip_rest(report, Check::Login, "no secret is sent to what isn't the service");
    }
    let Some(credentials) = &setup.credentials else {
        return skip_rest(report, Check::Login, "there is nothing to log in with");
    };
    let Some(token) = login(&probe, setup, credentials, report).await else {
        return skip_behind_login(report, "there is no token");
    };
    if tokio::time::timeout(ACCESS_LIMIT, behind_login(&probe, setup, &token, report))
        .await
        .is_err()
    {
        let told =
            format!("the service takes longer than {} s for all of this", ACCESS_LIMIT.as_secs());
        report.tell(
            Finding::fault(Check::Pulse, Blame::Unreachable, &told)
                .remedy("see the service's status page; try again in a few minutes"),
        );
    }
}

fn answer_of(asked: &Asked) -> Option<&Answer> {
    match asked {
        Asked::Answered(answer) => Some(answer),
        Asked::Failed(_) | Asked::TimedOut => None,
    }
}

/// Tells every check from `from` on as skipped.
fn skip_rest(report: &mut Report, from: Check, why: &str) {
    let order = [Check::Names, Check::Tcp, Check::Tls, Check::Portal, Check::Clock, Check::Login];
    for check in order.into_iter().filter(|check| *check >= from) {
        report.tell(Finding::skipped(check, why));
    }
    skip_behind_login(report, why);
}

fn skip_behind_login(report: &mut Report, why: &str) {
    network::skip(report, &BEHIND_LOGIN, why);
}

/// Gets a token.
async fn login(
    probe: &Probe,
    setup: &Setup,
    credentials: &Credentials,
    report: &mut Report,
) -> Option<SecretString> {
    let address = probe.address();
    match credentials {
        Credentials::AccessToken(token) => {
            report.tell(Finding::skipped(Check::Login, "a ready token is given (GENESYSCLOUD_ACCESS_TOKEN): whether it is taken shows next"));
            Some(token.clone())
        }
        Credentials::ClientCredentials { client_id, client_secret } => {
            let (asked, token) = probe.login(client_id, client_secret).await;
            let host = address.login_host();
            let Some((token, life)) = token else {
                let who = Who { client_id, service: &address.name(), host: &host };
                report.tell(access::login_refused(who, &asked));
                return None;
            };
            let life = life.map_or("its end isn't told".to_owned(), |life| {
                format!("it lives {} h {} min", life.as_secs() / 3_600, life.as_secs() % 3_600 / 60)
            });
            report.tell(Finding::good(
                Check::Login,
                &format!("{host} gives client {client_id} a token; {life}"),
            ));
            Some(token)
        }
        _ => {
            let client = client(setup, credentials.clone())?;
            // renewed where it has ended and can be: a token that is merely kept says nothing
            let usable = match client.login(false).await {
                Ok(_) => client.access_token().await,
                Err(failure) => Err(failure),
            };
            match usable {
                Ok(token) => {
                    report.tell(Finding::good(Check::Login, "a person's login is at hand"));
                    Some(token)
                }
                Err(failure) => {
                    report.tell(Finding::of_failure(Check::Login, &failure));
                    None
                }
            }
        }
    }
}

fn client(setup: &Setup, credentials: Credentials) -> Option<ServiceClient> {
    let address = setup.address.clone()?;
    ServiceClient::new(address, credentials, setup.tls.clone()?, USER_AGENT).ok()
}

async fn behind_login(probe: &Probe, setup: &Setup, token: &SecretString, report: &mut Report) {
    let host = probe.address().api_host();
    let (asked, grants) = probe.grants(token).await;
    let Some(grants) = grants else {
        let refused = access::refused(Check::Identity, "asking who we are", &host, &asked);
        report.tell(match &setup.credentials {
            Some(Credentials::User(person)) if refused.blame == Blame::Credentials => {
                refused.remedy(&format!("log in again: `{}`", person.log_in_again))
            }
            _ => refused,
        });
        return network_skip_after_identity(report);
    };
    report.tell(access::identity(&grants));
    report.tell(access::rate_limit(answer_of(&asked).and_then(|answer| answer.limit)));
    let Some(client) = client(setup, Credentials::AccessToken(token.clone())) else {
        let why = "no client can be set up";
        network::skip(report, &BEHIND_LOGIN[2..], why);
        return;
    };
    let room = live::channels(&client, report).await;
    let watched = watched(&client, setup, report).await;
    if let Some(Watched { topics, .. }) = &watched {
        let (asked, catalogue) = probe.catalogue(token).await;
        let finding = match catalogue {
            Some(catalogue) => permissions::needed(topics, &catalogue),
            // what really counts is told by subscribing
            None => access::refused(
                Check::Permissions,
                "reading the catalogue of topics",
                &host,
                &asked,
            )
            .only_a_warning(),
        };
        report.tell(finding);
    }
    live::try_out(probe, &client, room, &watched.unwrap_or_default(), report).await;
}

fn network_skip_after_identity(report: &mut Report) {
    network::skip(
        report,
        &BEHIND_LOGIN[1..],
        "the service doesn't take the token or doesn't answer",
    );
}

/// The topics that the profile watches, at most as many as one channel holds.
async fn watched(client: &ServiceClient, setup: &Setup, report: &mut Report) -> Option<Watched> {
    let nothing = Selection::default();
    let asking = connect::watched(client, &nothing, &setup.settings.watches, None);
    let found = match tokio::time::timeout(WATCHED_LIMIT, asking).await {
        Ok(Ok(found)) => found,
        Ok(Err(problem)) => {
            report.tell(problem.finding(Check::Permissions));
            return None;
        }
        Err(_) => {
            let told = format!(
                "looking up what is watched takes longer than {} s",
                WATCHED_LIMIT.as_secs()
            );
            report.tell(Finding::warning(Check::Permissions, &told).remedy(
                "nothing, if there are thousands of queues; else see the service's status page",
            ));
            return None;
        }
    };
    let topics = found.plan.packs.into_iter().flatten();
    let mut directory = Directory::default();
    found.names.into_iter().for_each(|told| directory.learn(told));
    Some(Watched { topics: topics.take(MAX_TOPICS_PER_CHANNEL).collect(), directory })
}
