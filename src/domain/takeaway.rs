//! What one takes away from a frame to use elsewhere: the call that fetches the same thing by REST,
//! the vendor's command line, a command of this program, a jq filter.
//!
//! Everything is text for a shell, quoted; tokens are never in it, only the name of the variable that
//! holds one. Must not know how text gets to a clipboard. Source of the addresses: the REST reference
//! of the vendor's kits; of the commands: the vendor's command line, `gc`.
use super::control::Identity;
use super::region::Region;
use super::text::is_harmful;
use super::topic::{Subject, Topic};

/// Something of the service that has an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A conversation.
    Conversation(String),
    /// A queue.
    Queue(String),
    /// A user.
    User(String),
}

impl Thing {
    /// What a frame is about: the conversation in its body, or else what its topic names. `None` where
    /// that can't be told, or where an id holds what no id of the service does: it comes from
    /// outside, and goes into a shell.
    #[must_use]
    pub fn of(topic: &Topic, body_id: Option<&str>) -> Option<Self> {
        let thing = match topic.subject() {
            Subject::QueueConversations { queue, .. } => body_id.map_or_else(
                || Self::Queue(queue.as_str().to_owned()),
                |id| Self::Conversation(id.to_owned()),
            ),
            Subject::UserConversations { user, .. } => body_id.map_or_else(
                || Self::User(user.as_str().to_owned()),
                |id| Self::Conversation(id.to_owned()),
            ),
            Subject::QueueMembers(queue)
            | Subject::QueueObservations(queue)
            | Subject::QueueActivity(queue) => Self::Queue(queue.as_str().to_owned()),
            Subject::UserPresence(user)
            | Subject::UserRoutingStatus(user)
            | Subject::UserActivity(user)
            | Subject::UserConversationSummary(user)
            | Subject::AgentState(user) => Self::User(user.as_str().to_owned()),
            Subject::ConversationDetail { conversation, .. }
            | Subject::Transcription(conversation) => {
                Self::Conversation(conversation.as_str().to_owned())
            }
            Subject::ChannelMetadata | Subject::System(_) | Subject::Other => return None,
        };
        is_id(thing.id()).then_some(thing)
    }

    fn id(&self) -> &str {
        match self {
            Self::Conversation(id) | Self::Queue(id) | Self::User(id) => id,
        }
    }

    /// The path and query that fetch its state.
    #[must_use]
    pub fn rest_path(&self) -> String {
        match self {
            Self::Conversation(id) => format!("/api/v2/conversations/{id}"),
            Self::Queue(id) => format!("/api/v2/routing/queues/{id}"),
            Self::User(id) => format!("/api/v2/users/{id}?expand=presence,routingStatus"),
        }
    }

    /// The call as curl takes it, to the service that `who` is known to; the token is read from
    /// `$TOKEN`. Where the service's address isn't known, `$API` stands for it.
    #[must_use]
    pub fn curl(&self, who: &Identity) -> String {
        let url = format!("{}{}", api_url(who), self.rest_path());
        format!("curl -sS -H \"Authorization: Bearer $TOKEN\" \"{url}\"")
    }

    /// The call as the vendor's command line takes it (its published source: `get` takes the id, users
    /// take `--expand` as a list).
    #[must_use]
    pub fn vendor_command(&self) -> String {
        match self {
            Self::Conversation(id) => format!("gc conversations get {id}"),
            Self::Queue(id) => format!("gc routing queues get {id}"),
            Self::User(id) => format!("gc users get {id} --expand presence,routingStatus"),
        }
    }
}

/// Where calls go, as a shell takes it within double quotes.
fn api_url(who: &Identity) -> String {
    // a tape comes from outside, and its address goes into a shell
    let is_harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/[]%".contains(&byte);
    let is_web = who.api_url.starts_with("https://") || who.api_url.starts_with("http://");
    if is_web && who.api_url.bytes().all(is_harmless) {
        return who.api_url.clone();
    }
    Region::parse(&who.region).map_or_else(|_| "$API".to_owned(), |region| region.api_url())
}

/// The command that shows such frames from now on; `filter`: only those that pass it. `None` for
/// topics that arrive by themselves and can't be asked for.
#[must_use]
pub fn tail_command(topic: &Topic, filter: Option<&str>) -> Option<String> {
    let topic = Topic::parse(topic.as_str()).ok()?;
    let mut command = format!("gcwatch tail {}", shell_quoted(topic.as_str()));
    if let Some(filter) = filter {
        command.push_str(&format!(" --filter {}", shell_quoted(filter)));
    }
    Some(command)
}

/// The command that takes a value out of each line of `gcwatch tail`, given its path in the frame.
#[must_use]
pub fn jq_command(path: &str) -> String {
    let path = if path.starts_with(".[") { &path[1..] } else { path };
    let rest = if path == "." { "" } else { path };
    format!("jq {}", shell_quoted(&format!(".frame{rest}")))
}

/// A regular expression that finds exactly this text, written in characters that do nothing: pasted as
/// they are, control characters would speak to the terminal and to the shell.
#[must_use]
pub fn visible_pattern(text: &str) -> String {
    let mut pattern = String::new();
    for character in regex::escape(text).chars() {
        if is_harmful(character) {
            pattern.push_str(&format!("\\x{{{:x}}}", u32::from(character)));
        } else {
            pattern.push(character);
        }
    }
    pattern
}

/// Whether this can be an id of the service; those seen are UUIDs.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// A word for a POSIX shell: as it is where nothing in it means anything to one, else in quotes.
fn shell_quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Identity, Thing, jq_command, shell_quoted, tail_command};
    use crate::domain::topic::Topic;

    const QUEUE: &str = "11111111-1111-4111-8111-111111111111";

    #[test]
    fn what_a_frame_is_about_is_fetched_by_its_address() {
        let of = |topic: &str, id| Thing::of(&Topic::received(topic), id);
        let queue = format!("v2.routing.queues.{QUEUE}.conversations");
        let conversation = of(&queue, Some("c-1")).unwrap();
        let curl = |region: &str, api_url: &str| {
            let (region, api_url) = (region.to_owned(), api_url.to_owned());
            conversation.curl(&Identity { region, api_url, ..Identity::default() })
        };
        assert_eq!(
            curl("eu-west-1", ""),
            "curl -sS -H \"Authorization: Bearer $TOKEN\" \"https://api.mypurecloud.ie/api/v2/conversations/c-1\""
        );
        assert_eq!(conversation.vendor_command(), "gc conversations get c-1");
        for api in ["http://127.0.0.1:4000", "https://127.0.0.1:4000", "https://[::1]:1/a%20b"] {
            let host = api.rsplit('/').next().unwrap();
            assert!(curl(host, api).contains(&format!("\"{api}/api/v2/")), "{api}");
        }
        for (region, api) in
            [("", ""), ("x", "https://x/$(id)"), ("x", "ftp://x"), ("x", "https://x\"y")]
        {
            assert!(curl(region, api).contains("\"$API/api/v2/"), "{api}");
        }
        let queue = of(&queue, None).unwrap();
        assert_eq!(queue.vendor_command(), format!("gc routing queues get {QUEUE}"));
        let user = of("v2.users.u-1.presence", Some("ignored")).unwrap();
        assert_eq!(user.rest_path(), "/api/v2/users/u-1?expand=presence,routingStatus");
        assert_eq!(user.vendor_command(), "gc users get u-1 --expand presence,routingStatus");
        assert_eq!(of("channel.metadata", None), None);
    }

    #[test]
    fn nothing_from_outside_reaches_a_shell_unquoted() {
        let queue = format!("v2.routing.queues.{QUEUE}.conversations");
        for id in ["$(rm -rf x)", "a b", "a\";b", "a\u{202e}", "../x", ""] {
            assert_eq!(Thing::of(&Topic::received(&queue), Some(id)), None, "{id}");
        }
        assert_eq!(shell_quoted("it's $HOME"), r"'it'\''s $HOME'");
        assert_eq!(shell_quoted(""), "''");
        assert_eq!(shell_quoted("v2.users.x"), "v2.users.x");
    }

    #[test]
    fn commands_are_made_for_topics_that_can_be_asked_for() {
        let topic = Topic::received("v2.users.u1?presence&routingStatus");
        assert_eq!(
            tail_command(&topic, Some("body.source=\"a b\"")).unwrap(),
            "gcwatch tail 'v2.users.u1?presence&routingStatus' --filter 'body.source=\"a b\"'"
        );
        assert_eq!(tail_command(&Topic::received("channel.metadata"), None), None);
        assert_eq!(jq_command(".eventBody.p[0].\"x y\""), "jq '.frame.eventBody.p[0].\"x y\"'");
        assert_eq!(jq_command(".[0]"), "jq '.frame[0]'");
        assert_eq!(jq_command("."), "jq .frame");
    }
}
