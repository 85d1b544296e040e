//! `gcwatch doctor socket URL`: what an address is, what happens there, and what works instead.
//!
//! A token goes to a host that isn't the configured service's only when `--token-in` asks for it.
use super::super::arguments::{ConnectionArguments, SocketArguments, TokenPlace};
use super::super::connect::{self, USER_AGENT};
use super::super::problem::Problem;
use super::super::simulated::runtime;
use super::network;
use super::report::Report;
use crate::cloud::probe::{Manner, Probe, attempt, host_and_port};
use crate::cloud::{Dialler, Proxies, ServiceAddress};
use crate::domain::diagnosis::address::{self, Reading};
use crate::domain::diagnosis::socket::{self, Target, Upgrade};
use crate::domain::diagnosis::{Check, Finding, Verdict};
use crate::domain::region::Region;
use crate::settings::SettingsError;
use crate::settings::file::ConfigFile;
use crate::settings::places::{CONFIG_FOLDER_VARIABLE, Places};
use crate::settings::resolve::{ConnectionSettings, CredentialSource, Environment, resolve};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Region whose addresses are shown where nothing tells another.
const EXAMPLE_REGION: &str = "us-east-1";

/// Reads the address, tries it, tells what works.
pub(super) fn run(
    connection: &ConnectionArguments,
    wanted: &SocketArguments,
    mut report: Report,
) -> Result<(), Problem> {
    let settings = settings(connection, &mut report);
    let service = settings.as_ref().and_then(service_of);
    let own_api = service.as_ref().map(ServiceAddress::api_host);
    let reading = address::read(&wanted.url, own_api.as_deref());
    report.tell(reading.finding());
    if let Some(place) = &reading.dial {
        let ca_file = settings.as_ref().and_then(|settings| settings.ca_file.clone());
        let tls = connect::tls(connection.ca_file.as_deref().or(ca_file.as_deref()))?;
        let dialler = Dialler::new(tls, Proxies::of_system());
        let token = token(wanted.token_in, settings.as_ref(), service.as_ref(), &mut report)?;
        runtime()?.block_on(try_out(&dialler, &reading, place, wanted, token, &mut report));
    }
    let steps = what_works(service.as_ref(), reading.dial.as_ref());
    report.close(&steps)
}

/// What is configured, if anything is: the address can be judged without.
fn settings(connection: &ConnectionArguments, report: &mut Report) -> Option<ConnectionSettings> {
    match read_settings(connection) {
        Ok(settings) => settings,
        Err(error) => {
            let told = format!("{error}; the address is judged without a profile");
            report.tell(Finding::warning(Check::Settings, &told));
            None
        }
    }
}

/// What is configured; `None` where nothing is.
fn read_settings(
    connection: &ConnectionArguments,
) -> Result<Option<ConnectionSettings>, SettingsError> {
    let places = Places::find(std::env::var_os(CONFIG_FOLDER_VARIABLE).as_deref())?;
    let file = ConfigFile::load(&places.config_file())?;
    let flags = connect::flags_without_secret(connection);
    match resolve(&flags, &Environment::from_process()?, file.config(), &places.config) {
        Ok(settings) => Ok(Some(settings)),
        Err(SettingsError::NoProfile | SettingsError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What is configured, and the service that it names, as far as there is either.
///
/// # Errors
/// When what is configured can't be read.
pub(in crate::cli) fn configured_service(
    connection: &ConnectionArguments,
) -> Result<(Option<ConnectionSettings>, Option<ServiceAddress>), Problem> {
    let settings = read_settings(connection)?;
    let service = settings.as_ref().and_then(service_of);
    Ok((settings, service))
}

fn service_of(settings: &ConnectionSettings) -> Option<ServiceAddress> {
    let text = |value: &Option<crate::settings::resolve::Resolved<String>>| {
        value.as_ref().map(|resolved| resolved.value.clone())
    };
    let (region, login, api) =
        (text(&settings.region), text(&settings.login_url), text(&settings.api_url));
    connect::address(region.as_deref(), login.as_deref(), api.as_deref()).ok()
}

/// The token to try with; `None` when none is asked for or none can be had, which is told.
fn token(
    place: TokenPlace,
    settings: Option<&ConnectionSettings>,
    service: Option<&ServiceAddress>,
    report: &mut Report,
) -> Result<Option<SecretString>, Problem> {
    if place == TokenPlace::None {
        return Ok(None);
    }
    Ok(match token_to_try(settings, service)? {
        Ok(token) => Some(token),
        Err(why) => {
            report.tell(Finding::skipped(Check::Login, why));
            None
        }
    })
}

/// A token of what is configured, or why there is none to try with.
///
/// # Errors
/// When the secret can't be had from where it is kept, or nothing can be asked.
pub(in crate::cli) fn token_to_try(
    settings: Option<&ConnectionSettings>,
    service: Option<&ServiceAddress>,
) -> Result<Result<SecretString, &'static str>, Problem> {
    match (settings.map(|settings| &settings.credentials), service) {
        (Some(CredentialSource::AccessToken(token)), _) => Ok(Ok(token.clone())),
        (Some(CredentialSource::ClientCredentials { client_id, secret }), Some(service)) => {
            let secret = connect::fetch(secret)?;
            let tls = connect::tls(settings.and_then(|settings| settings.ca_file.as_deref()))?;
            let probe = Probe::new(service.clone(), tls, USER_AGENT).map_err(Problem::running)?;
            let (_, token) = runtime()?.block_on(probe.login(&client_id.value, &secret));
            Ok(token
                .map(|(token, _)| token)
                .ok_or("no token could be had; `gcwatch doctor` says why"))
        }
        (Some(CredentialSource::Pkce { .. }), _) => Ok(Err(
            "a person's login isn't given away for this: set GENESYSCLOUD_ACCESS_TOKEN to a token for it",
        )),
        _ => Ok(Err(
            "there is no token to try with: log in (`gcwatch login`) or set GENESYSCLOUD_ACCESS_TOKEN",
        )),
    }
}

async fn try_out(
    dialler: &Dialler,
    reading: &Reading,
    place: &Url,
    wanted: &SocketArguments,
    token: Option<SecretString>,
    report: &mut Report,
) {
    let ways = ways(reading, place, wanted, token.as_ref());
    if !network::way(dialler, std::slice::from_ref(place), report).await {
        let checks: Vec<Check> = ways.iter().map(|way| way.check).collect();
        network::skip(report, &checks, "the host can't be reached");
        return;
    }
    let gives_away = ways.iter().any(|way| way.check != Check::Socket) && !reading.is_own();
    if gives_away {
        let told = "this host isn't the configured service's: with --token-in the token is given away to whoever runs it";
        report.tell(Finding::warning(Check::Login, told).remedy(
            "end the token afterwards: curl -X DELETE https://api.DOMAIN/api/v2/tokens/me -H \"Authorization: Bearer $TOKEN\"",
        ));
    }
    let mut opens_bare = false;
    for way in ways {
        let (finding, pulse) = one_way(dialler, reading, &way).await;
        if way.check == Check::Socket {
            opens_bare = report.tell(finding) && reading.is_channel;
        } else if opens_bare {
            // the address works as it should be used: these are experiments
            report.tell(finding.only_a_warning());
        } else {
            report.tell(finding);
        }
        if let Some(pulse) = pulse.filter(|_| way.check == Check::Socket) {
            report.tell(pulse);
        }
    }
    if wanted.token_in == TokenPlace::None && reading.dial_with_query.is_some() && !reading.is_own()
    {
        report.tell(Finding::skipped(
            Check::TokenInQuery,
            "the token of the address was not sent, since the host isn't the configured service's; --token-in query sends it",
        ));
    }
}

/// One way of giving a token, or none.
struct Way {
    check: Check,
    address: Url,
    manner: Manner,
}

fn ways(
    reading: &Reading,
    place: &Url,
    wanted: &SocketArguments,
    token: Option<&SecretString>,
) -> Vec<Way> {
    let sent = wanted.send.as_ref().map(|text| SecretString::from(text.clone()));
    let way = |check, address: &Url, manner| Way { check, address: address.clone(), manner };
    let bare = Manner { bearer: None, message: sent.clone() };
    let mut ways = vec![way(Check::Socket, place, bare)];
    let asked = |which| wanted.token_in == which || wanted.token_in == TokenPlace::All;
    if asked(TokenPlace::Header)
        && let Some(token) = token
    {
        let manner = Manner { bearer: Some(token.clone()), message: sent.clone() };
        ways.push(way(Check::TokenInHeader, place, manner));
    }
    let own_query = reading.dial_with_query.as_ref();
    if asked(TokenPlace::Query) || (own_query.is_some() && reading.is_own()) {
        let address = match (own_query, token) {
            (Some(typed), _) => Some(typed.clone()),
            (None, Some(token)) => {
                let mut address = place.clone();
                address.query_pairs_mut().append_pair("access_token", token.expose_secret());
                Some(address)
            }
            (None, None) => None,
        };
        let manner = Manner { bearer: None, message: sent.clone() };
        ways.extend(address.map(|address| way(Check::TokenInQuery, &address, manner)));
    }
    if asked(TokenPlace::Message)
        && let Some(token) = token
    {
        let text = serde_json::json!({ "access_token": token.expose_secret() }).to_string();
        let manner = Manner { bearer: None, message: Some(SecretString::from(text)) };
        ways.push(way(Check::TokenInMessage, place, manner));
    }
    ways
}

/// Tries one way; of a channel's socket the sign of life too.
async fn one_way(dialler: &Dialler, reading: &Reading, way: &Way) -> (Finding, Option<Finding>) {
    let host = way.address.host_str().unwrap_or_default();
    let target = if reading.is_channel { Target::Channel } else { Target::Other };
    let (upgrade, talk) = attempt(dialler, &way.address, &way.manner).await;
    if upgrade != Upgrade::Opened {
        let finding = socket::upgrade(way.check, host, target, &upgrade);
        let finding = finding.unwrap_or_else(|| Finding::skipped(way.check, "nothing came back"));
        return (finding, None);
    }
    let finding = socket::opened(way.check, host, target, &talk);
    if finding.verdict == Verdict::Good && way.check != Check::Socket {
        let told =
            format!("{}; it opens without a token as well: leave the token out", finding.found);
        return (Finding::warning(way.check, &told), None);
    }
    let lives = reading.is_channel && finding.verdict != Verdict::Fault;
    (finding, lives.then(|| socket::pulse(&talk)))
}

/// The steps that work, for the configured service, else for the region that the address means.
fn what_works(service: Option<&ServiceAddress>, place: Option<&Url>) -> Vec<String> {
    if service.is_none()
        && let Some(simulated) = place.filter(|place| place.scheme() == "ws")
    {
        let (host, port) = host_and_port(simulated);
        let host = format!("{host}:{port}");
        return steps(&format!("http://{host}"), &host);
    }
    let likely = place.and_then(address::likely_region);
    let region = likely.or_else(|| Region::parse(EXAMPLE_REGION).ok());
    let (api, streaming) = match (service, region) {
        (Some(service), _) => {
            let streaming = service.region().map(Region::streaming_host);
            (service.api_url().to_owned(), streaming.unwrap_or_else(|| service.api_host()))
        }
        (None, Some(region)) => (region.api_url(), region.streaming_host()),
        (None, None) => return Vec::new(),
    };
    steps(&api, &streaming)
}

/// The steps, with the socket's scheme as the API's: a simulated service has neither encrypted.
fn steps(api_url: &str, streaming_host: &str) -> Vec<String> {
    let steps = address::what_works(api_url, streaming_host);
    if api_url.starts_with("http://") {
        return steps.map(|step| step.replace("wss://", "ws://")).to_vec();
    }
    steps.to_vec()
}
