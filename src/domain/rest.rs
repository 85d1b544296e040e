//! REST answers that carry state, read into the model.
use super::control::{AgentState, QueueFigure, QueueStaff};
use super::conversation::Conversation;
use super::decode;

/// One page of the live conversations.
#[derive(Clone, Debug, PartialEq)]
pub struct LivePage {
    /// The conversations that could be read.
    pub conversations: Vec<Conversation>,
    /// How many the page had, readable or not.
    pub on_page: usize,
    /// How many there are in all, if the answer says so.
    pub total: Option<usize>,
}

/// Reads the answer to `POST /api/v2/analytics/conversations/details/query`.
///
/// # Errors
/// A sentence, when the text is no such answer.
pub fn live_conversations(text: &str) -> Result<LivePage, String> {
    decode::details_query::page(text)
}

/// Reads the answer to `POST /api/v2/analytics/queues/observations/query`.
///
/// # Errors
/// A sentence, when the text is no such answer.
pub fn queue_figures(text: &str) -> Result<Vec<QueueFigure>, String> {
    decode::query_figures(text)
}

/// Reads the answer to `POST /api/v2/analytics/conversations/aggregates/query`, grouped by queue.
///
/// # Errors
/// A sentence, when the text is no such answer.
pub fn interval_figures(text: &str) -> Result<Vec<QueueFigure>, String> {
    decode::query_aggregates(text)
}

/// Reads the answer to `GET /api/v2/users?expand=presence,routingStatus`.
///
/// # Errors
/// A sentence, when the text is no such answer.
pub fn agent_states(text: &str) -> Result<Vec<AgentState>, String> {
    decode::people_answer(text)
}

/// Reads who is on which queue from the answer to `POST /api/v2/analytics/queues/observations/query`
/// with details of routing statuses.
///
/// # Errors
/// A sentence, when the text is no such answer.
pub fn queue_staff(text: &str) -> Result<Vec<QueueStaff>, String> {
    decode::query_staff(text)
}
