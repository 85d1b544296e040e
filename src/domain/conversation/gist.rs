//! What lists ask of every conversation, found once for each snapshot.
//!
//! Each of these goes through participants and legs, which lie all over memory: asking 100,000
//! conversations in turn took a quarter of a second. Of texts only the customer's hidden one is kept,
//! which every word of a filter is looked for in.
use super::{Conversation, Direction, Participant};
use crate::domain::text::masked;
use crate::domain::topic::Media;
use compact_str::CompactString;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What follows from a snapshot and is asked of every row: some 80 bytes each, 8 MB at 100,000 rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts of their own, each a column or nearly one"
)]
pub struct Gist {
    /// [`Conversation::began`].
    pub began: Option<Timestamp>,
    /// The customer's address or else name, hidden; few are so long that they lie elsewhere.
    pub customer: Option<CompactString>,
    /// [`Conversation::priority`].
    pub priority: Option<i64>,
    /// [`Conversation::missed_alerts`].
    pub missed_alerts: u32,
    /// [`Conversation::transfers`].
    pub transfers: u32,
    /// [`Conversation::media`], a bit each.
    media: u16,
    /// [`Conversation::direction`].
    pub direction: Direction,
    /// Whether somebody flagged it.
    pub flagged: bool,
    /// Whether a live leg is being recorded.
    pub recorded: bool,
    /// Whether somebody who is still there listens in.
    pub observed: bool,
    /// Whether [`Conversation::routed_skills`] has some.
    pub skilled: bool,
    /// Whether a wrap-up code was given.
    pub coded: bool,
}

impl Gist {
    /// Its media, each once, in the order of [`Media`].
    pub fn media(&self) -> impl Iterator<Item = Media> {
        let mine = self.media;
        Media::ALL.into_iter().filter(move |media| mine & bit(*media) != 0)
    }
}

fn bit(media: Media) -> u16 {
    1 << media as u16
}

impl Conversation {
    /// What lists ask of it.
    #[must_use]
    pub fn gist(&self) -> Gist {
        let all = || self.participants.iter();
        let many = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let legs = || all().flat_map(|participant| &participant.legs);
        Gist {
            began: self.began(),
            customer: self.customer_contact().map(|text| masked(text).into()),
            priority: self.priority(),
            missed_alerts: many(self.missed_alerts()),
            transfers: many(self.transfers()),
            media: legs().fold(0, |media, leg| media | bit(leg.media)),
            direction: self.direction(),
            flagged: all().any(|participant| participant.flagged),
            recorded: all().flat_map(Participant::live_legs).any(|leg| leg.recording),
            observed: all().any(|one| one.observing.is_some() && !one.is_over()),
            skilled: self.routed_skills().is_some(),
            coded: all().any(|participant| participant.wrapup.code.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bit;
    use crate::domain::conversation::{Conversation, Leg, LegState, Participant, Purpose};
    use crate::domain::identity::{ConversationId, ParticipantId};
    use crate::domain::topic::Media;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn its_media_are_those_of_the_conversation(
            legs in prop::collection::vec(prop::sample::select(&Media::ALL[..]), 0..6),
        ) {
            let mut conversation = Conversation::new(ConversationId::new("c"));
            let mut participant = Participant::new(ParticipantId::new("p"), Purpose::Agent);
            participant.legs =
                legs.into_iter().map(|media| Leg::new(media, LegState::Connected)).collect();
            conversation.participants.push(participant);
            let media: Vec<Media> = conversation.gist().media().collect();
            prop_assert_eq!(media, conversation.media());
        }
    }

    #[test]
    fn every_medium_has_its_bit() {
        let all = Media::ALL.into_iter().fold(0, |all, media| all + u32::from(bit(media)));
        assert_eq!(all, (1 << Media::ALL.len()) - 1);
    }
}
