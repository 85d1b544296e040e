//! Text from outside, made harmless before anybody sees, copies or logs it.
//!
//! Names, subjects and attributes can hold control characters, escape sequences, bidirectional
//! and zero-width marks. They are made visible instead of being taken out: who sent them should
//! be seen to have done so. Also hides what belongs to customers.
use std::borrow::Cow;
use std::fmt::Write;

pub mod any_case;

/// Whether a character changes how others are shown, or nothing at all.
#[must_use]
pub fn is_harmful(character: char) -> bool {
    character.is_control()
        || matches!(character,
            // zero width, direction marks, embeddings, overrides, isolates, line separators
            '\u{00ad}' | '\u{061c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
            // private use, which fonts draw as they like
            | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// `text` with every harmful character replaced by a visible form, such as `␛` or `⟨202e⟩`.
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        push_visible(&mut shown, character);
    }
    Cow::Owned(shown)
}

/// As [`harmless`], cut to at most `limit` characters with `…` in the place of the rest.
#[must_use]
pub fn harmless_within(text: &str, limit: usize) -> String {
    // as almost all are, and lists ask it of every row
    if text.len() <= limit && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut shown = String::new();
    for (count, character) in text.chars().enumerate() {
        if count >= limit {
            shown.push('…');
            break;
        }
        push_visible(&mut shown, character);
    }
    shown
}

/// Adds one character in its visible form.
fn push_visible(shown: &mut String, character: char) {
    match character {
        '\u{0}'..='\u{1f}' => {
            // the control pictures block mirrors the control characters one by one
            shown.push(char::from_u32(0x2400 + character as u32).unwrap_or('␦'));
        }
        '\u{7f}' => shown.push('␡'),
        other if is_harmful(other) => {
            shown.push('⟨');
            // writing to a string cannot fail
            let _ = write!(shown, "{:x}", other as u32);
            shown.push('⟩');
        }
        other => shown.push(other),
    }
}

/// Longest text that can be an e-mail address or a telephone number, in bytes.
const MAX_ADDRESS: usize = 320;

/// So many characters of a text are enough to hide it: beyond them only its first letter is left anyway.
pub const ENOUGH_TO_MASK: usize = MAX_ADDRESS + 1;

/// A customer's name or address, hidden: enough is left to tell two of them apart.
///
/// Telephone numbers keep their first five and last four characters, e-mail addresses their
/// first letter and domain, anything else its first letter. Costs the same however long the text is.
#[must_use]
pub fn masked(text: &str) -> String {
    if text.len() > MAX_ADDRESS {
        return format!("{}…", harmless_within(text, 1).trim_end_matches('…'));
    }
    let text = harmless(text);
    let bare = text.strip_prefix("tel:").or_else(|| text.strip_prefix("sip:")).unwrap_or(&text);
    if bare.is_empty() {
        return String::new();
    }
    let digits = bare.chars().filter(char::is_ascii_digit).count();
    let is_number = digits >= 7 && bare.chars().all(|c| c.is_ascii_digit() || "+-() .".contains(c));
    if is_number {
        let compact: Vec<char> = bare.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        let head: String = compact.iter().take(5).collect();
        let tail: String = compact.iter().skip(compact.len().saturating_sub(4).max(5)).collect();
        return format!("{head}…{tail}");
    }
    if let Some((local, domain)) = bare.rsplit_once('@')
        && !domain.is_empty()
        && !bare.contains(char::is_whitespace)
    {
        let first: String = local.chars().take(1).collect();
        return format!("{first}…@{}", domain.split([';', '?', '>']).next().unwrap_or_default());
    }
    let first: String = bare.chars().take(1).collect();
    format!("{first}…")
}

#[cfg(test)]
mod tests {
    use super::{harmless, harmless_within, is_harmful, masked};
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_and_marks_become_visible() {
        assert_eq!(harmless("Anna"), "Anna");
        assert_eq!(harmless("\u{1b}[31mred"), "␛[31mred");
        assert_eq!(harmless("a\u{202e}b\u{200b}c"), "a⟨202e⟩b⟨200b⟩c");
        assert_eq!(harmless("línea\n日本"), "línea␊日本");
        assert_eq!(harmless_within("abcdef", 3), "abc…");
    }

    #[test]
    fn customers_are_hidden_but_can_be_told_apart() {
        assert_eq!(masked("tel:+15555550100"), "+1555…0100");
        assert_eq!(masked("jane.doe@example.com"), "j…@example.com");
        assert_eq!(masked("Jane Doe"), "J…");
        assert_eq!(masked(""), "");
        assert_eq!(masked("+1555"), "+…");
        // a sentence is no address, and what follows its @ is as private as the rest
        assert_eq!(masked("find me @ 5 Main Street"), "f…");
        assert_eq!(masked(&"secret@".repeat(1000)), "s…");
    }

    proptest! {
        #[test]
        fn nothing_harmful_is_left(text in "\\PC*|(?s).*") {
            prop_assert!(!harmless(&text).chars().any(is_harmful));
            prop_assert!(!masked(&text).chars().any(is_harmful));
        }
    }
}
