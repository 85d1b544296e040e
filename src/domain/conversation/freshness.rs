//! Which of two snapshots of one conversation is the newer one.
//!
//! Frames carry no sequence number and no server time, so order of arrival decides, except where
//! the content proves otherwise: facts that only ever grow. A participant never vanishes, an end
//! is never taken back, a wrap-up never undone. A snapshot that lacks such a fact which the
//! present one has, and has none that the present one lacks, is older and is left out. Rejected:
//! ordering by the latest time inside, which goes *down* when a hold ends.
use super::{Conversation, Participant};

/// How a snapshot relates to the one that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// Newer by content, or not to be told apart: it replaces the present one.
    Newer,
    /// Provably older: it is left out.
    Older,
}

/// Number of facts that only grow, in a participant.
fn facts(participant: &Participant) -> [bool; 7] {
    [
        participant.connected_at().is_some(),
        participant.ended.is_some(),
        participant.is_over(),
        participant.wrapup.started.is_some(),
        participant.wrapup.ended.is_some(),
        participant.wrapup.done,
        participant.legs.iter().any(|leg| leg.disconnected.is_some()),
    ]
}

/// Relates `candidate` to `present`.
#[must_use]
pub fn freshness(present: &Conversation, candidate: &Conversation) -> Freshness {
    let mut lacks = present.ended.is_some() && candidate.ended.is_none();
    let mut adds = candidate.ended.is_some() && present.ended.is_none();
    for known in &present.participants {
        match candidate.participants.iter().find(|other| other.id == known.id) {
            None => lacks = true,
            Some(other) => {
                for (had, has) in facts(known).into_iter().zip(facts(other)) {
                    lacks |= had && !has;
                    adds |= has && !had;
                }
            }
        }
    }
    adds |= candidate
        .participants
        .iter()
        .any(|other| !present.participants.iter().any(|known| known.id == other.id));
    if lacks && !adds { Freshness::Older } else { Freshness::Newer }
}
