//! Signs that stand before a conversation, each with what it means: drawing, the help and the page
//! of keys take them from here. Must not know when one is due.
use super::theme::Theme;
use crate::domain::topic::Media;

/// A sign and its meaning.
#[derive(Clone, Copy, Debug)]
pub struct Sign {
    /// As it is drawn.
    pub shown: &'static str,
    /// Where only ASCII can be shown.
    pub plain: &'static str,
    /// What it means.
    pub means: &'static str,
}

impl Sign {
    pub(super) fn on(self, theme: Theme) -> &'static str {
        theme.sign(self.shown, self.plain)
    }
}

const fn sign(shown: &'static str, plain: &'static str, means: &'static str) -> Sign {
    Sign { shown, plain, means }
}

/// Its queue's topic was refused.
pub(super) const REFUSED: Sign =
    sign("○", "?", "its queue's topic was refused: nobody tells of its end");
/// A snapshot found it changed after a gap.
pub(super) const UNSEEN: Sign =
    sign("△", "!", "it changed in a gap: a snapshot shows that, nobody saw how");
/// It came by REST.
pub(super) const BY_REST: Sign = sign("˙", "'", "known by REST so far, so with less of its past");
const CALL: Sign = sign("☎", "c", "a call");
const CALLBACK: Sign = sign("↺", "b", "a callback");
const CHAT: Sign = sign("◌", "h", "a chat");
const EMAIL: Sign = sign("✉", "e", "an email");
const MESSAGE: Sign = sign("✎", "m", "a message");
const VIDEO: Sign = sign("▷", "v", "a video call");
const OTHER: Sign = sign("◇", "o", "another medium");
const NONE: Sign = sign("·", ".", "the medium isn't known");

/// All of them: first what is told of the conversation, then its medium.
pub const SIGNS: &[Sign] =
    &[REFUSED, UNSEEN, BY_REST, CALL, CALLBACK, CHAT, EMAIL, MESSAGE, VIDEO, OTHER, NONE];

/// The sign of a medium.
pub(super) fn of_media(media: Option<Media>) -> Sign {
    match media {
        Some(Media::Call) => CALL,
        Some(Media::Callback) => CALLBACK,
        Some(Media::Chat) => CHAT,
        Some(Media::Email) => EMAIL,
        Some(Media::Message) => MESSAGE,
        Some(Media::Video) => VIDEO,
        Some(_) => OTHER,
        None => NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::SIGNS;
    use std::collections::BTreeSet;

    #[test]
    fn no_two_signs_look_alike_and_each_is_one_column() {
        let shown: BTreeSet<&str> = SIGNS.iter().map(|sign| sign.shown).collect();
        let plain: BTreeSet<&str> = SIGNS.iter().map(|sign| sign.plain).collect();
        assert_eq!((shown.len(), plain.len()), (SIGNS.len(), SIGNS.len()));
        assert!(plain.iter().all(|sign| sign.is_ascii()));
        for sign in SIGNS {
            assert_eq!(unicode_width::UnicodeWidthStr::width(sign.shown), 1, "{}", sign.shown);
        }
    }
}
