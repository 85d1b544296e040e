//! Frames that somebody wants to find again, each with a note. They are kept by themselves, so that
//! newer frames don't push them out.
//!
//! Must not know how they are chosen. At the bound nothing goes by itself: what a person has put here
//! only a person takes away, so one more is refused, with the reason.
use super::monitor::frames::Kept;

/// Most bookmarks: more than anybody reads through.
pub const MAX_BOOKMARKS: usize = 100;
/// Most bytes of frames that bookmarks keep: 4 MiB of the 60 MB that the whole program may have.
pub const MAX_BYTES: u64 = 4 << 20;
/// Longest note, in characters: a line.
pub const MAX_NOTE: usize = 200;

/// One frame with its note.
#[derive(Clone, Debug)]
pub struct Bookmark {
    /// The frame.
    pub kept: Kept,
    /// What somebody wrote about it; may be empty.
    pub note: String,
}

impl Bookmark {
    /// Whether it is that frame. A replay that was sought counts from the start again, so the number
    /// alone doesn't tell.
    fn is(&self, kept: &Kept) -> bool {
        self.kept.sequence == kept.sequence && self.kept.frame == kept.frame
    }
}

/// The bookmarks, by the time of their frames.
#[derive(Clone, Debug, Default)]
pub struct Bookmarks {
    list: Vec<Bookmark>,
}

impl Bookmarks {
    /// Puts a bookmark on a frame, or another note on one that is there.
    ///
    /// # Errors
    /// The sentence that says that there is no room.
    pub fn put(&mut self, kept: &Kept, note: &str) -> Result<(), String> {
        let note: String = note.trim().chars().take(MAX_NOTE).collect();
        if let Some(there) = self.list.iter_mut().find(|there| there.is(kept)) {
            there.note = note;
            return Ok(());
        }
        if self.list.len() >= MAX_BOOKMARKS {
            return Err(format!(
                "there are {MAX_BOOKMARKS} bookmarks, which is the most; delete one first"
            ));
        }
        let bytes: u64 = self.list.iter().map(|there| there.kept.frame.size()).sum();
        if bytes + kept.frame.size() > MAX_BYTES {
            return Err(format!(
                "the frames of all bookmarks may have {MAX_BYTES} bytes, and this one is too large for what is left"
            ));
        }
        let received = kept.frame.received;
        let at = self.list.partition_point(|there| there.kept.frame.received <= received);
        self.list.insert(at, Bookmark { kept: kept.clone(), note });
        Ok(())
    }

    /// The note on a frame, if it has a bookmark.
    #[must_use]
    pub fn note(&self, kept: &Kept) -> Option<&str> {
        self.list.iter().find(|there| there.is(kept)).map(|there| there.note.as_str())
    }

    /// Takes the bookmark at a place away.
    pub fn remove(&mut self, place: usize) {
        if place < self.list.len() {
            self.list.remove(place);
        }
    }

    /// The bookmark at a place.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&Bookmark> {
        self.list.get(place)
    }

    /// All of them, by the time of their frames.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Bookmark> {
        self.list.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{Bookmarks, MAX_BOOKMARKS, MAX_BYTES};
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::ChannelNumber;
    use crate::domain::monitor::frames::{Kept, Label};
    use jiff::Timestamp;

    fn kept(sequence: u64, second: i64, bytes: usize) -> Kept {
        Kept {
            sequence,
            frame: Frame {
                received: Timestamp::from_second(second).unwrap(),
                channel: ChannelNumber(1),
                payload: Payload::Text("x".repeat(bytes).into()),
            },
            topic: None,
            label: Label::Event,
        }
    }

    #[test]
    fn they_stand_by_time_and_a_second_note_replaces_the_first() {
        let mut bookmarks = Bookmarks::default();
        for (sequence, second, note) in [(5, 50, "later"), (1, 10, " first "), (5, 50, "changed")] {
            bookmarks.put(&kept(sequence, second, 1), note).unwrap();
        }
        let notes: Vec<&str> = bookmarks.iter().map(|one| one.note.as_str()).collect();
        assert_eq!(notes, ["first", "changed"]);
        // after a seek another frame has the same number
        bookmarks.put(&kept(5, 60, 1), "another").unwrap();
        assert_eq!(bookmarks.note(&kept(5, 50, 1)), Some("changed"));
        bookmarks.remove(1);
        bookmarks.remove(9);
        assert_eq!((bookmarks.note(&kept(5, 50, 1)), bookmarks.iter().len()), (None, 2));
    }

    #[test]
    fn at_the_bounds_one_more_is_refused_and_none_is_lost() {
        let mut bookmarks = Bookmarks::default();
        for number in 0..MAX_BOOKMARKS {
            bookmarks.put(&kept(number as u64, 0, 1), "").unwrap();
        }
        assert!(bookmarks.put(&kept(1_000, 0, 1), "").unwrap_err().contains("100"));
        assert_eq!(bookmarks.iter().len(), MAX_BOOKMARKS);
        bookmarks.put(&kept(3, 0, 1), "a note always fits").unwrap();
        let mut large = Bookmarks::default();
        let half = usize::try_from(MAX_BYTES / 2).unwrap();
        large.put(&kept(1, 0, half), "").unwrap();
        large.put(&kept(2, 0, half), "").unwrap();
        assert!(large.put(&kept(3, 0, 1), "").unwrap_err().contains("too large"));
    }
}
