//! `gcwatch watch --socket URL`: any socket, raw, in the front end.
//!
//! The same rule as for `doctor socket`: a token goes to a host that isn't the configured service's
//! only when `--token-in` asks for it.
use super::arguments::{
    ConnectionArguments, DisplayArguments, RawArguments, RecordArguments, TokenPlace,
};
use super::connect;
use super::doctor::{configured_service, token_to_try};
use super::feed::LiveFeed;
use super::problem::{Exit, Problem};
use super::record::Recording;
use super::simulated::runtime;
use super::{display, watch};
use crate::cloud::{Clock, Dialler, Mailbox, Proxies, RawSocket, ServiceAddress};
use crate::domain::diagnosis::address::{self, Reading};
use crate::domain::intake::WhenFull;
use crate::settings::file::NotifySettings;
use crate::tui::{Begin, ViewOptions};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// Opens `url` and shows what comes until the person quits.
pub(super) fn run(
    connection: &ConnectionArguments,
    shown: &DisplayArguments,
    record: &RecordArguments,
    url: &str,
    wanted: &RawArguments,
) -> Result<(), Problem> {
    let (settings, service) = configured_service(connection)?;
    let own_api = service.as_ref().map(ServiceAddress::api_host);
    let reading = address::read(url, own_api.as_deref());
    let Some(place) = reading.dial.clone() else {
        return Err(Problem::usage(reading.finding().found)
            .remedy("`gcwatch doctor socket URL` says more, and what works instead"));
    };
    let token = match wanted.token_in {
        TokenPlace::None => None,
        TokenPlace::All => {
            return Err(Problem::usage("--token-in all: a socket is opened in one way at a time")
                .remedy("choose none, header, query or message; `gcwatch doctor socket URL --token-in all` tries each"));
        }
        TokenPlace::Header | TokenPlace::Query | TokenPlace::Message => {
            // a token that stands in the address itself needs no other
            let typed = wanted.token_in == TokenPlace::Query && reading.dial_with_query.is_some();
            if typed { None } else { Some(needed(settings.as_ref(), service.as_ref())?) }
        }
    };
    let socket = socket(&reading, place, wanted, token);
    let ca_file = settings.as_ref().and_then(|settings| settings.ca_file.clone());
    let tls = connect::tls(connection.ca_file.as_deref().or(ca_file.as_deref()))?;
    let config = connect::config()?;
    let keymap = display::keymap(&config.keys, &connect::places()?.config_file())?;
    let mailbox = Mailbox::new(WhenFull::NewestWins);
    let recording = Recording::start(record, &mailbox, Clock::default())?;
    let source = socket
        .start(Dialler::new(tls, Proxies::of_system()), mailbox.clone())
        .map_err(|error| Problem::running(format!("can't start: {error}")))?;
    // no queue, no alert: what comes isn't known to be the service's
    let options = ViewOptions {
        keymap,
        rules: Vec::new(),
        begin: Begin::Frames,
        ..display::view_options(shown, &config)
    };
    let feed = LiveFeed::new(mailbox, source, recording);
    watch::run(&runtime()?, feed, options, NotifySettings::default())
}

fn needed(
    settings: Option<&crate::settings::resolve::ConnectionSettings>,
    service: Option<&ServiceAddress>,
) -> Result<SecretString, Problem> {
    token_to_try(settings, service)?
        .map_err(|why| Problem::new(Exit::Credentials, format!("--token-in: {why}")))
}

/// What is dialled and said, by where the token shall go.
fn socket(
    reading: &Reading,
    place: Url,
    wanted: &RawArguments,
    token: Option<SecretString>,
) -> RawSocket {
    let in_query = wanted.token_in == TokenPlace::Query || reading.is_own();
    let mut address = reading.dial_with_query.clone().filter(|_| in_query).unwrap_or(place);
    let mut messages = Vec::new();
    let mut bearer = None;
    match (wanted.token_in, token) {
        (TokenPlace::Header, token) => bearer = token,
        (TokenPlace::Query, Some(token)) => {
            address.query_pairs_mut().append_pair("access_token", token.expose_secret());
        }
        (TokenPlace::Message, Some(token)) => {
            let text = serde_json::json!({ "access_token": token.expose_secret() }).to_string();
            messages.push(SecretString::from(text));
        }
        _ => {}
    }
    messages.extend(wanted.send.iter().map(|text| SecretString::from(text.clone())));
    RawSocket { address, is_channel: reading.is_channel, bearer, messages }
}

#[cfg(test)]
mod tests {
    use super::{RawArguments, TokenPlace, address, socket};
    use secrecy::{ExposeSecret, SecretString};

    fn dialled(
        url: &str,
        token_in: TokenPlace,
        token: Option<&str>,
    ) -> (String, bool, Vec<String>) {
        let reading = address::read(url, None);
        let place = reading.dial.clone().expect("an address");
        let wanted = RawArguments { token_in, send: vec!["{}".to_owned()] };
        let raw = socket(&reading, place, &wanted, token.map(SecretString::from));
        let messages = raw.messages.iter().map(|text| text.expose_secret().to_owned()).collect();
        (raw.address.to_string(), raw.bearer.is_some(), messages)
    }

    #[test]
    fn a_token_goes_where_it_was_asked_to_go_and_nowhere_else() {
        let url = "wss://streaming.example.com/x";
        let bare = dialled(url, TokenPlace::None, None);
        assert_eq!(bare, (url.to_owned(), false, vec!["{}".to_owned()]));
        assert_eq!(dialled(url, TokenPlace::Header, Some("t")), (url.to_owned(), true, bare.2));
        let (address, bearer, _) = dialled(url, TokenPlace::Query, Some("t"));
        assert_eq!(
            (address.as_str(), bearer),
            ("wss://streaming.example.com/x?access_token=t", false)
        );
        let (_, _, messages) = dialled(url, TokenPlace::Message, Some("t"));
        assert_eq!(messages, ["{\"access_token\":\"t\"}", "{}"]);
    }

    #[test]
    fn a_token_in_the_address_of_a_stranger_stays_here_until_it_is_asked_for() {
        let url = "wss://stranger.example.com/x?access_token=secret&a=1";
        assert!(!dialled(url, TokenPlace::None, None).0.contains("secret"));
        assert!(dialled(url, TokenPlace::Query, None).0.contains("secret"));
        // to this computer it goes as it was typed
        let own = "ws://127.0.0.1:1/x?access_token=secret";
        assert!(dialled(own, TokenPlace::None, None).0.contains("secret"));
    }
}
