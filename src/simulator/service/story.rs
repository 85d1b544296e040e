//! Addresses of people's stories, which answer as they were described: none of them is in the
//! vendor's documentation, and a client's diagnosis is tried on them.
use super::Shared;
use super::socket::{self, Manner, Stream};
use super::state::{Outgoing, State};
use super::topics::MAX_TOPICS;
use std::collections::HashMap;

/// What such an address does with an upgrade: a manner, or the status that refuses it.
pub(super) fn manner(
    state: &State,
    path: &str,
    query: &HashMap<String, String>,
) -> Result<Manner, u16> {
    let in_query = query.get("access_token");
    match path.strip_prefix("/api").unwrap_or(path) {
        "/v2/analytics/conversations/events" => match in_query {
            Some(token) if state.bearer(token).is_some() => {
                Ok(Manner::StreamConversations(token.clone()))
            }
            _ => Err(401),
        },
        // the token in the query is refused whatever stands there
        path if in_query.is_some() && path.starts_with("/v2/analytics/") => Err(400),
        // with a token in the header or without one: it opens, and closes after the first message
        "/v2/analytics/conversations/details/query/ws" => {
            Ok(Manner::CloseAfterMessage(1008, "401 Unauthorized"))
        }
        _ => Err(404),
    }
}

/// Sends the conversation events of every queue that the token may see, without any subscription,
/// until the socket ends. A channel stands behind it and ends with it.
pub(super) async fn stream_conversations(stream: Stream, shared: Shared, token: &str) {
    let Some(id) = ({ shared.lock().open_for_conversations(token) }) else { return };
    socket::channel(stream, shared.clone(), &id).await;
    shared.lock().remove_channel(&id, Outgoing::Cut);
}

impl State {
    /// A channel of the token's owner with the conversations of all queues; `None` when the token
    /// has ended meanwhile.
    fn open_for_conversations(&mut self, token: &str) -> Option<String> {
        let owner = self.bearer(token)?.clone();
        let id = self.add_channel(&owner, token, true);
        let topics: Vec<String> = self
            .world
            .queue_names()
            .map(|(queue, _)| format!("v2.routing.queues.{queue}.conversations"))
            .filter(|topic| self.missing(&owner, topic).is_some_and(|missing| missing.is_empty()))
            .take(MAX_TOPICS)
            .collect();
        let channel = self.channels.get_mut(&id)?;
        channel.topics = topics.into_iter().map(|topic| (topic.to_lowercase(), topic)).collect();
        self.recount_topics();
        Some(id)
    }
}
