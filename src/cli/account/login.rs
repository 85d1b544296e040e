//! `login`: tries credentials, says who that is and what they may see, and keeps them.
use super::terms::Terms;
use super::{browser, place_of, ready_store, say};
use crate::cli::arguments::{ConnectionArguments, LoginArguments};
use crate::cli::connect::USER_AGENT;
use crate::cli::problem::Problem;
use crate::cli::simulated::runtime;
use crate::cloud::{Credentials, ServiceClient};
use crate::domain::text::harmless_within;
use crate::settings::file::Grant;
use crate::settings::secret_input;
use crate::settings::secrets::client_secret_account;

/// Names shown of what a login may see.
const SHOWN_NAMES: usize = 5;

/// Tries credentials, says who you are and what you may see, and keeps them.
pub(in crate::cli) fn login(
    connection: &ConnectionArguments,
    login: &LoginArguments,
) -> Result<(), Problem> {
    let terms = Terms::find(connection, login)?;
    // a profile of a person stays one, unless a secret is given
    let is_persons = terms.known.grant == Some(Grant::Pkce) && !connection.secret_stdin;
    if login.pkce || is_persons {
        return browser::login(terms, login);
    }
    let account = client_secret_account(&terms.name);
    let store = ready_store(login.credentials, &account)?;
    let secret = if connection.secret_stdin {
        secret_input::read_line(std::io::stdin().lock()).map_err(Problem::usage)?
    } else {
        // before the secret, so that nobody types it for another profile or host than they mean
        say(&format!(
            "profile {} will be kept; logs in at {}",
            terms.name,
            terms.address.login_host()
        ));
        secret_input::prompt("client secret (hidden): ").map_err(Problem::usage)?
    };
    let credentials = Credentials::ClientCredentials {
        client_id: terms.client_id.clone(),
        client_secret: secret.clone(),
    };
    let host = terms.address.login_host();
    let client = ServiceClient::new(terms.address.clone(), credentials, terms.tls()?, USER_AGENT)
        .map_err(Problem::running)?;
    runtime()?.block_on(async {
        client.login(true).await?;
        let identity = client.who().await?;
        say(&format!(
            "{host} accepts it: organisation {}, as {}",
            shown(identity.organization.as_deref()),
            shown(identity.who.as_deref())
        ));
        tell_queues(&client, "give the client a role with routing:queue:view").await;
        Ok::<_, Problem>(())
    })?;
    store.set(&account, &secret).map_err(|error| {
        Problem::usage(error).remedy("nothing was kept and no profile was written")
    })?;
    terms.write_profile(Grant::ClientCredentials, place_of(login.credentials), None)
}

/// A name for the terminal.
pub(super) fn shown(text: Option<&str>) -> String {
    text.map_or("–".to_owned(), |text| harmless_within(text, 80))
}

/// The first of some names, for one line.
pub(super) fn some_of<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = if names.len() > SHOWN_NAMES { ", …" } else { "" };
    let first: Vec<String> =
        names.take(SHOWN_NAMES).map(|name| harmless_within(name, 40)).collect();
    format!("{}{more}", first.join(", "))
}

/// Says which queues may be seen.
pub(super) async fn tell_queues(client: &ServiceClient, remedy: &str) {
    match client.queues(None).await {
        Ok(queues) if queues.entries.is_empty() => say(&format!("it may see no queue: {remedy}")),
        Ok(queues) => {
            let names = queues.entries.iter().map(|queue| queue.name.as_str());
            say(&format!("it may see {} queues: {}", queues.entries.len(), some_of(names)));
        }
        Err(failure) => say(&format!("it may not list queues: {}", failure.sentence)),
    }
}
