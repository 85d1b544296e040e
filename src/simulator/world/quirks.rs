//! Imperfections seen in real bodies, each in a fixed share of the conversations.
//!
//! Whether a conversation has one is computed from its key and never drawn: the same body is
//! written several times (per topic, for REST), and must be the same each time.
use super::World;
use super::model::Conversation;

/// An imperfection of bodies.
#[derive(Clone, Copy, Debug)]
pub(super) enum Quirk {
    /// `"additionalProperties":{}` on participants.
    AdditionalProperties = 1,
    /// `"queue":{}` and `"language":{}` where there is none.
    EmptyReferences,
    /// `"ani":""` and `"address":""` instead of no key.
    EmptyAddress,
    /// Keys that others have are absent.
    AbsentKeys,
    /// A word of no enumeration where recording is told.
    UnknownRecordingState,
    /// A missed alert ends in a word of no enumeration.
    UnknownDisconnect,
    /// The hold is told on the customer's leg, not on the agent's.
    HeldByCustomer,
    /// `startHoldTime` stays after the hold.
    StaleHoldTime,
    /// Calls end as `terminated` in the flat form.
    Terminated,
}

impl Quirk {
    /// One conversation in how many has it.
    const fn one_in(self) -> u64 {
        match self {
            Self::Terminated => 2,
            Self::AdditionalProperties | Self::HeldByCustomer | Self::StaleHoldTime => 4,
            Self::EmptyReferences => 6,
            Self::EmptyAddress | Self::AbsentKeys => 12,
            Self::UnknownDisconnect => 10,
            Self::UnknownRecordingState => 20,
        }
    }

    fn of(self, key: u64) -> bool {
        // the finaliser of SplitMix64: neighbouring keys must not have the same quirks
        let mut mixed = key.wrapping_add((self as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)).is_multiple_of(self.one_in())
    }
}

impl World {
    /// Whether the conversation's bodies have the imperfection.
    pub(super) fn has(&self, quirk: Quirk, conversation: &Conversation) -> bool {
        self.settings.imperfections && quirk.of(conversation.key)
    }
}
