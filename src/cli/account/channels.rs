//! `channels`: the notification channels of this client and user.
use crate::cli::arguments::ConnectionArguments;
use crate::cli::connect;
use crate::cli::problem::Problem;
use crate::cli::simulated::runtime;
use serde_json::json;

/// Lists the client's notification channels and which one the next creation evicts.
pub(in crate::cli) fn channels(
    connection: &ConnectionArguments,
    as_json: bool,
) -> Result<String, Problem> {
    let client = connect::client(&connect::settings(connection)?)?;
    let channels = runtime()?.block_on(async {
        client.login(false).await?;
        client.channels(true).await
    })?;
    let most = crate::domain::topic::MAX_CHANNELS;
    if as_json {
        let list: Vec<_> = channels
            .iter()
            .map(|channel| json!({"id": channel.short(), "expires": channel.expires.map(|at| at.to_string())}))
            .collect();
        return Ok(format!("{}\n", json!({"channels": list, "limit": most})));
    }
    let mut text = format!("{} of {most} channels of this client and user\n", channels.len());
    for channel in &channels {
        let end = channel.expires.map_or("–".to_owned(), |at| format!("{at:.0}"));
        text.push_str(&format!("{}  ends {end}\n", channel.short()));
    }
    if channels.len() >= most {
        text.push_str("the next channel evicts the one that was least used, those without a live connection first\n");
    }
    Ok(text)
}
