//! Finds text in text, whatever the case of the letters. Must not know what is searched.
use memchr::{memchr2, memchr2_iter};
use regex::{Regex, RegexBuilder};

/// Letters beyond ASCII that are one within it but for the case: the long s, and the sign of Kelvin.
const FOLDED: [char; 2] = ['\u{17f}', '\u{212a}'];

/// Longest that what is typed may become as an expression, in bytes: some thousands of letters.
const MAX_TYPED_BYTES: usize = 1 << 20;

/// A text that is looked for. Plain ASCII is looked for as bytes, and only where a text has one of the few
/// letters that are the same (`FOLDED`) by an expression, which takes several times as long: every word
/// that is typed is looked for in 100,000 rows, or in 100,000 values of a frame.
#[derive(Clone, Debug)]
pub struct AnyCase {
    /// The letters; `None` where they aren't plain ASCII.
    ascii: Option<String>,
    folding: Regex,
}

impl AnyCase {
    /// Looks for `text`.
    ///
    /// # Errors
    /// That of the expression, where the text is longer than `bytes` allow it to become.
    pub fn new(text: &str, bytes: usize) -> Result<Self, regex::Error> {
        let folding = RegexBuilder::new(&regex::escape(text))
            .case_insensitive(true)
            .size_limit(bytes)
            .dfa_size_limit(bytes)
            .build()?;
        Ok(Self { ascii: text.is_ascii().then(|| text.to_owned()), folding })
    }

    /// Looks for what somebody types; `None` for nothing, and for more than anybody types.
    #[must_use]
    pub fn typed(text: &str) -> Option<Self> {
        Self::new(text, MAX_TYPED_BYTES).ok().filter(|_| !text.is_empty())
    }

    /// Whether it is in `text`.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let Some(letters) = &self.ascii else { return self.folding.is_match(text) };
        contains(text.as_bytes(), letters.as_bytes())
            || has_folded(text) && self.folding.is_match(text)
    }
}

/// Whether a text has a letter beyond ASCII that is one within it but for the case.
#[must_use]
pub fn has_folded(text: &str) -> bool {
    // by the last byte of each first: hidden text is full of others that begin alike
    memchr2(0xbf, 0xaa, text.as_bytes()).is_some()
        && FOLDED.iter().any(|letter| text.contains(*letter))
}

fn contains(text: &[u8], letters: &[u8]) -> bool {
    let Some((first, rest)) = letters.split_first() else { return true };
    memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).any(|at| {
        let after = text.get(at + 1..).and_then(|after| after.get(..rest.len()));
        after.is_some_and(|after| after.eq_ignore_ascii_case(rest))
    })
}

#[cfg(test)]
mod tests {
    use super::AnyCase;
    use proptest::prelude::*;

    #[test]
    fn the_last_bytes_of_what_is_folded_are_known() {
        assert!(super::FOLDED.iter().all(|letter| super::has_folded(&format!("a{letter}b"))));
        assert!(!super::has_folded("+1•••0001 ª¿"));
    }

    proptest! {
        #[test]
        fn it_finds_what_the_expression_finds(
            sought in "[ksKa. ü-]{0,3}",
            within in "[kKsSaA. \u{212a}\u{17f}üÜ-]{0,9}",
        ) {
            let any_case = AnyCase::new(&sought, 1 << 20).unwrap();
            let expected = any_case.folding.is_match(&within);
            prop_assert_eq!(any_case.is_in(&within), expected, "{:?} in {:?}", sought, within);
        }
    }
}
