//! `channels`: the notification channels of this client and user, and clearing one's own.
use super::say;
use crate::cli::arguments::ConnectionArguments;
use crate::cli::connect;
use crate::cli::problem::{Exit, Problem};
use crate::cli::simulated::runtime;
use crate::cloud::{Channel, ServiceClient};
use crate::domain::moment::since;
use crate::domain::text::harmless_within;
use crate::domain::topic::MAX_CHANNELS;
use jiff::Timestamp;
use serde_json::json;
use std::time::Duration;

/// How long the service gives a channel from each renewal on.
const CHANNEL_LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// Lists the channels and which one the next creation evicts; clears those that are named.
pub(in crate::cli) fn channels(
    connection: &ConnectionArguments,
    as_json: bool,
    clear: &[String],
) -> Result<String, Problem> {
    let client = connect::client(&connect::settings(connection)?)?;
    runtime()?.block_on(async {
        client.login(false).await?;
        if clear.is_empty() {
            let channels = client.channels(true).await?;
            let rows = rows(&channels, Timestamp::now());
            return Ok(if as_json { as_json_line(&rows) } else { as_table(&rows) });
        }
        let cleared = clear_all(&client, clear).await?;
        if as_json {
            return Ok(format!("{}\n", json!({"cleared": cleared})));
        }
        for short in &cleared {
            say(&format!("{short} has no subscriptions any more; it ends by itself within a day"));
        }
        Ok(String::new())
    })
}

/// One channel as it is shown.
struct Row {
    /// Shortened; empty where the service withholds it, since another login made it.
    id: String,
    expires: Option<Timestamp>,
    /// How long ago it was created or renewed by subscribing; `None` where that isn't known.
    renewed: Option<Duration>,
    left: Option<Duration>,
    /// Whether it is the one that was renewed the longest time ago.
    oldest: bool,
}

fn rows(channels: &[Channel], now: Timestamp) -> Vec<Row> {
    let oldest = channels.iter().filter_map(|channel| channel.expires).min();
    channels
        .iter()
        .map(|channel| {
            let left = channel.expires.map(|end| since(end, now));
            Row {
                id: channel.short(),
                expires: channel.expires,
                renewed: left.and_then(|left| CHANNEL_LIFE.checked_sub(left)),
                left,
                oldest: oldest.is_some() && channel.expires == oldest,
            }
        })
        .collect()
}

fn as_json_line(rows: &[Row]) -> String {
    let list: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id,
                "expires": row.expires.map(|at| at.to_string()),
                "renewedSecondsAgo": row.renewed.map(|ago| ago.as_secs()),
                "oldest": row.oldest,
            })
        })
        .collect();
    format!("{}\n", json!({"channels": list, "limit": MAX_CHANNELS}))
}

fn as_table(rows: &[Row]) -> String {
    let mut text = format!("{} of {MAX_CHANNELS} channels of this client and user\n", rows.len());
    for row in rows {
        let id = if row.id.is_empty() { "(another login's)" } else { &row.id };
        let mark = if row.oldest { "  oldest" } else { "" };
        text.push_str(&format!(
            "{id:<24}  renewed {:>8} ago  ends in {:>8}{mark}\n",
            coarse(row.renewed),
            coarse(row.left)
        ));
    }
    let free = MAX_CHANNELS.saturating_sub(rows.len());
    if free == 0 {
        // which ones are connected isn't told by the service
        text.push_str("the next channel evicts one: of those without a live connection the longest unused, and if all are connected the oldest\n");
    } else if !rows.is_empty() {
        text.push_str(&format!("{free} more fit before one is evicted\n"));
    }
    text
}

/// A length of time in hours and minutes.
fn coarse(time: Option<Duration>) -> String {
    time.map_or("–".to_owned(), |time| {
        let minutes = time.as_secs() / 60;
        format!("{}h{:02}m", minutes / 60, minutes % 60)
    })
}

/// Clears the subscriptions of the channels with these ids; gives them shortened.
async fn clear_all(client: &ServiceClient, wanted: &[String]) -> Result<Vec<String>, Problem> {
    // without those of other logins: their ids are withheld, so they can't be cleared from here
    let channels = client.channels(false).await?;
    let mut cleared = Vec::new();
    for wanted in wanted {
        let mut fitting = channels.iter().filter(|channel| is_meant(&channel.short(), wanted));
        let (Some(channel), None) = (fitting.next(), fitting.next()) else {
            let shown = harmless_within(wanted, 60);
            return Err(Problem::new(
                Exit::Usage,
                format!("no channel of this login, or more than one, is called {shown}"),
            )
            .remedy("`gcwatch channels` lists them; a channel of another login can only be cleared by that login, and ends by itself within a day"));
        };
        if let Some(id) = &channel.id {
            client.clear_subscriptions(id).await?;
            cleared.push(channel.short());
        }
    }
    Ok(cleared)
}

/// Whether a shortened id is meant by what was given: that, or the whole id.
fn is_meant(short: &str, wanted: &str) -> bool {
    let (short, wanted) = (short.trim_end_matches('…'), wanted.trim().trim_end_matches('…'));
    !short.is_empty() && !wanted.is_empty() && wanted.starts_with(short)
}

#[cfg(test)]
mod tests {
    use super::{Row, as_json_line, as_table, coarse, is_meant};
    use std::time::Duration;

    fn row(id: &str, hours: u64, oldest: bool) -> Row {
        let left = Duration::from_secs(hours * 3_600);
        let renewed = Duration::from_secs((24 - hours) * 3_600);
        Row { id: id.to_owned(), expires: None, renewed: Some(renewed), left: Some(left), oldest }
    }

    #[test]
    fn ages_are_shown_and_what_happens_when_all_are_taken() {
        let text = as_table(&[row("streaming-0-abcd…", 20, false), row("", 1, true)]);
        assert!(text.starts_with("2 of 20 channels"), "{text}");
        assert!(text.contains("renewed    4h00m ago  ends in   20h00m"), "{text}");
        assert!(text.contains("(another login's)") && text.contains("oldest"), "{text}");
        assert!(text.contains("18 more fit"), "{text}");
        let full: Vec<Row> = (0..20).map(|at| row("streaming-0-abcd…", 5, at == 0)).collect();
        assert!(as_table(&full).contains("the next channel evicts one"));
        assert_eq!(coarse(None), "–");
        let line: serde_json::Value = serde_json::from_str(&as_json_line(&full)).unwrap();
        assert_eq!(line["channels"][0]["renewedSecondsAgo"], 19 * 3_600);
    }

    #[test]
    fn a_channel_is_named_by_its_short_or_whole_id() {
        for wanted in ["streaming-0-abcd…", "streaming-0-abcd", "streaming-0-abcdefghij"] {
            assert!(is_meant("streaming-0-abcd…", wanted), "{wanted}");
        }
        for other in ["", "…", "streaming-0-ab", "streaming-1-abcd"] {
            assert!(!is_meant("streaming-0-abcd…", other), "{other}");
        }
        assert!(!is_meant("", "streaming-0-abcd"), "a withheld id is nobody's");
    }
}
