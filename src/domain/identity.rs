//! Identities: one type each, so that a queue's id cannot be handed where a user's is meant.
//!
//! Ids are compared without case (the service's own samples lower-case them before comparing),
//! so they are lower-cased once, on the way in.
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The identity that `text` names, whatever its case.
            #[must_use]
            pub fn new(text: &str) -> Self {
                if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    Self(text.to_ascii_lowercase().into())
                } else {
                    Self(text.into())
                }
            }

            /// The id as text, in lower case.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::new(&Cow::<'_, str>::deserialize(deserializer)?))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

identity!(
    /// A routing queue.
    QueueId
);
identity!(
    /// A user of the organisation; an agent where they handle conversations.
    UserId
);
identity!(
    /// A presence of the organisation's own, such as "Training", or one of the system's.
    PresenceId
);
identity!(
    /// A wrap-up code: what an agent says of a conversation when they are done with it.
    WrapupCodeId
);
identity!(
    /// A conversation: one id through all its queues, transfers and media.
    ConversationId
);
identity!(
    /// One participant's part in a conversation. Each alert makes a new one, even for the same
    /// agent.
    ParticipantId
);

/// Which of our channels something came on: 1 is the first. A number of ours, not the service's
/// id, which is a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ChannelNumber(pub u16);

impl fmt::Display for ChannelNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}
