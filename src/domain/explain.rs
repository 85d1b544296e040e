//! Says in words what a frame is that isn't simply an event: heartbeats, notices of the service,
//! answers on the socket, and what can't be read.
//!
//! Must not know what the program does about such a frame; that is [`super::session`]'s.
use super::catalogue::doubt;
use super::decode::{Body, Meaning, SocketReply, SystemMessage, decode};
use super::frame::{Frame, Payload};
use super::monitor::frames::{Kept, Label};
use super::topic::{Subject, Topic};

/// What a kept frame is, in a sentence or three; `None` for an event whose body says it all. What was
/// read without a fault when it came isn't read again: one of 4 MB would hold up the screen.
#[must_use]
pub fn explain(kept: &Kept) -> Option<String> {
    let interprets = |topic: &Topic| {
        !matches!(topic.subject(), Subject::UserConversationSummary(_) | Subject::Other)
    };
    if kept.label == Label::Event && kept.topic.as_ref().is_some_and(interprets) {
        return None;
    }
    let frame = &kept.frame;
    let decoded = decode(frame);
    let words = match decoded.meaning {
        Meaning::Heartbeat => {
            "The service's heartbeat: it comes every 30 s without being asked for, and \
             says that the socket still carries frames. It doesn't lengthen the channel's 24 hours."
                .to_owned()
        }
        Meaning::Pong => {
            "The answer to a ping that this program sent over the socket: the way there and \
             back works."
                .to_owned()
        }
        Meaning::System(message) => system(decoded.topic.as_ref(), &message),
        Meaning::Reply(reply) => answer(&reply),
        Meaning::Unreadable(why) => unreadable(frame, decoded.topic.as_ref(), &why),
        Meaning::Event(Body::Uninterpreted { .. }) => match decoded.topic.as_ref().and_then(doubt) {
            Some(_) => {
                "A topic that this version doesn't know: the service adds new ones all the time. \
                 It is counted and shown, and no figure is made of it."
                    .to_owned()
            }
            None => {
                "A body of which this program makes no figures: it is counted and shown.".to_owned()
            }
        },
        Meaning::Event(_) => return None,
    };
    Some(words)
}

fn system(topic: Option<&Topic>, message: &SystemMessage) -> String {
    if message.closing {
        return "The service is about to close this socket, within a minute and usually for maintenance. \
                A client that connects another one before that loses nothing; one that waits has a gap."
            .to_owned();
    }
    let kind = message.system_topic_type.as_deref().unwrap_or_default();
    let names = |word: &str| {
        kind.eq_ignore_ascii_case(word) || topic.is_some_and(|topic| topic.key().contains(word))
    };
    let reason = message.reason.as_deref().unwrap_or_default();
    if names("no_longer_subscribed") {
        let cause = match reason {
            "another_channel_subscribed" => {
                "because another channel took them: two programs work with the same client or user"
            }
            "user_tokens_revoked" => "because the user's tokens were revoked",
            _ => "and doesn't say why",
        };
        return format!(
            "The service says that this channel gets no more events of its topics, {cause}. To subscribe \
             them again brings them back, if the token still may."
        );
    }
    if names("token_revoked") {
        return "The token that made this channel was revoked: nothing more comes. Another login is \
                needed, and with its token another channel."
            .to_owned();
    }
    if names("subscription_changed") || names("v2.subscription.updated") {
        return "The service says that what this channel is subscribed to was changed, by whoever holds \
                its id: GET …/subscriptions tells what it is now."
            .to_owned();
    }
    "A notice of the service about the channel itself; it arrives without being asked for. Its kind isn't \
     one that this version knows."
        .to_owned()
}

fn answer(reply: &SocketReply) -> String {
    let about = match reply.status.as_deref() {
        Some("subscribed") => "its topics were added",
        Some("unsubscribed") => "its topics were taken off",
        _ => "something that was sent over the socket",
    };
    match reply.result.as_str() {
        "200" => {
            format!("The answer to a request over the socket: done, {about}. It names no topic.")
        }
        "404" => {
            "The answer to a request over the socket: the channel is gone. It has expired, was \
                  evicted by a newer one, or its token has ended; only another channel helps."
                .to_owned()
        }
        "400" => {
            "The answer to a request over the socket: it was refused. Mostly a topic isn't one, or \
                  there are more than 1,000 on the channel."
                .to_owned()
        }
        _ => "The answer to a request over the socket; it names no topic.".to_owned(),
    }
}

fn unreadable(frame: &Frame, topic: Option<&Topic>, why: &str) -> String {
    match (&frame.payload, topic) {
        (Payload::Binary(_), _) => {
            "Bytes that are no text. The service sends text only, so something between \
             may have made them; they are shown in hexadecimal."
                .to_owned()
        }
        (Payload::Oversized { .. }, _) => {
            "A message longer than this program takes in: it was read past, and only \
             its length is known. The longest real ones have some 10 kB."
                .to_owned()
        }
        (_, Some(_)) => format!(
            "Its topic is known, its body isn't what that topic carries: {why}. It is counted as \
             unreadable and changes no figure."
        ),
        _ => format!(
            "No frame as the service writes them: {why}. It is counted as unreadable, and shown as it came."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::explain;
    use crate::domain::decode::decode;
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::ChannelNumber;
    use crate::domain::monitor::frames::{Kept, Label};

    fn said(payload: Payload) -> String {
        let received = "2026-11-23T14:03:12Z".parse().unwrap();
        let frame = Frame { received, channel: ChannelNumber(1), payload };
        let decoded = decode(&frame);
        let label = Label::of(&decoded.meaning);
        explain(&Kept { sequence: 0, frame, topic: decoded.topic, label }).unwrap_or_default()
    }

    #[test]
    fn whatever_is_no_plain_event_is_said_in_words() {
        for (text, words) in [
            (
                r#"{"topicName":"channel.metadata","eventBody":{"message":"WebSocket Heartbeat"}}"#,
                "heartbeat",
            ),
            (
                r#"{"topicName":"channel.metadata","eventBody":{"message":"pong"}}"#,
                "answer to a ping",
            ),
            (r#"{"topicName":"v2.system.socket_closing","eventBody":{}}"#, "about to close"),
            (
                r#"{"topicName":"v2.system.no_longer_subscribed.x","eventBody":{"reason":"another_channel_subscribed"}}"#,
                "another channel took them",
            ),
            (
                r#"{"topicName":"v2.system.a.b","eventBody":{"systemTopicType":"token_revoked"}}"#,
                "was revoked",
            ),
            (
                r#"{"topicName":"v2.system.a.b","eventBody":{"systemTopicType":"new_kind"}}"#,
                "isn't one that",
            ),
            (r#"{"result":"200","status":"subscribed"}"#, "were added"),
            (r#"{"result":404,"message":"x"}"#, "channel is gone"),
            ("not json", "No frame as the service writes them"),
            (
                r#"{"topicName":"v2.users.u.presence","eventBody":{"presenceDefinition":7}}"#,
                "Its topic is known",
            ),
            (r#"{"topicName":"v2.nobody.knows","eventBody":{}}"#, "doesn't know"),
            (r#"{"topicName":"v2.users.u.tokens","eventBody":{}}"#, "makes no figures"),
        ] {
            let shown = said(Payload::Text(text.into()));
            assert!(shown.contains(words), "{text}: {shown}");
        }
        assert!(said(Payload::Binary([0, 1].as_slice().into())).contains("hexadecimal"));
        assert!(said(Payload::Oversized { bytes: 9_000_000 }).contains("longer than"));
        let ordinary = r#"{"topicName":"v2.users.u.presence","eventBody":{"source":"x"}}"#;
        assert_eq!(said(Payload::Text(ordinary.into())), "");
    }
}
