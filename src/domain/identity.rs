//! Identities: one type each, so that a queue's id cannot be handed where a user's is meant.
//!
//! Ids are compared without case (the service's own samples lower-case them before comparing),
//! so they are lower-cased once, on the way in.
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// Longest text of an id that is kept in the id itself, in bytes. The service's own are UUIDs of 36; two
/// more are what fits beside the length in 40 bytes.
const MAX_INLINE: usize = 38;

/// The text of an id, in lower case. It lies where the id does: a look at 100,000 rows, each of which
/// names a conversation, a queue and an agent, would else wait for 300,000 texts all over memory.
#[derive(Clone, PartialEq, Eq)]
enum Text {
    /// At most [`MAX_INLINE`] bytes; those after it are zero.
    Inline { bytes: [u8; MAX_INLINE], length: u8 },
    /// A longer one, which no service gives but somebody may.
    Shared(Arc<str>),
}

impl Text {
    fn new(text: &str) -> Self {
        let mut bytes = [0; MAX_INLINE];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                place.make_ascii_lowercase();
                Self::Inline { bytes, length }
            }
            _ => Self::Shared(text.to_ascii_lowercase().into()),
        }
    }

    #[inline]
    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline { bytes, length } => &bytes[..usize::from(*length)],
            Self::Shared(text) => text.as_bytes(),
        }
    }

    #[inline]
    fn as_str(&self) -> &str {
        match self {
            // they were a text, and are looked at again since this module does nothing unchecked
            Self::Inline { .. } => str::from_utf8(self.as_bytes()).unwrap_or_default(),
            Self::Shared(text) => text,
        }
    }
}

impl Hash for Text {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl Ord for Text {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl PartialOrd for Text {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(formatter)
    }
}

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Text);

        impl $name {
            /// The identity that `text` names, whatever its case.
            #[must_use]
            pub fn new(text: &str) -> Self {
                Self(Text::new(text))
            }

            /// The id as text, in lower case.
            #[inline]
            #[must_use]
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::new(&Cow::<'_, str>::deserialize(deserializer)?))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
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

#[cfg(test)]
mod tests {
    use super::{MAX_INLINE, QueueId};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_is_its_text_in_lower_case(
            one in "[abAB\0ü-]{0,60}",
            other in "[abAB\0ü-]{0,60}",
        ) {
            let [lower, other_lower] = [&one, &other].map(|text| text.to_ascii_lowercase());
            let [id, other_id] = [&one, &other].map(|text| QueueId::new(text));
            prop_assert_eq!(id.as_str(), &lower);
            prop_assert_eq!(&QueueId::new(&lower), &id);
            prop_assert_eq!(id == other_id, lower == other_lower);
            prop_assert_eq!(id.cmp(&other_id), lower.cmp(&other_lower));
        }
    }

    #[test]
    fn an_id_is_no_larger_than_its_text_and_what_is_said_of_it() {
        assert_eq!(size_of::<QueueId>(), MAX_INLINE + 2);
        assert_eq!(size_of::<Option<QueueId>>(), MAX_INLINE + 2);
    }
}
