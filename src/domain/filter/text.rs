//! Text to compare with: contained, equal, with `*`, or a regular expression; smart case.
use super::MAX_REGEX_BYTES;
use memchr::memchr2_iter;
use regex::{Regex, RegexBuilder};

/// Deepest nesting of a regular expression; it bounds the parser's stack.
const MAX_REGEX_DEPTH: u32 = 50;

/// Letters beyond ASCII that are one within it but for the case: the long s, and the sign of Kelvin.
const FOLDED: [char; 2] = ['\u{17f}', '\u{212a}'];

/// A text to compare with. Case matters only if the text holds a capital.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Contains(String),
    /// Whatever the case; the letters are plain ASCII. Of those beyond it few are the same as one within, see
    /// [`FOLDED`]: where the text has one, the expression is asked.
    Letters {
        letters: String,
        /// Whether they are all of the text and not a part of it.
        whole: bool,
        folding: Regex,
    },
    Equals(String),
    /// Everything else, and what goes without case: this engine folds the case of all
    /// scripts, in linear time and without a copy of what it searches.
    Regex(Regex),
}

impl Pattern {
    /// What contains `text`.
    pub(super) fn contains(text: &str) -> Result<Self, String> {
        if minds_case(text) {
            return Ok(Self::Contains(text.to_owned()));
        }
        Ok(letters(text, false, built(&regex::escape(text), false)?))
    }

    /// What is `text`; where `globs`, its `*` stand for any text.
    pub(super) fn equals(text: &str, globs: bool) -> Result<Self, String> {
        if globs && text.contains('*') {
            let parts: Vec<String> = text.split('*').map(regex::escape).collect();
            return built(&format!("(?s)\\A{}\\z", parts.join(".*")), minds_case(text));
        }
        if minds_case(text) {
            return Ok(Self::Equals(text.to_owned()));
        }
        Ok(letters(text, true, built(&format!("\\A{}\\z", regex::escape(text)), false)?))
    }

    /// What matches the regular expression `text` somewhere.
    pub(super) fn regex(text: &str) -> Result<Self, String> {
        // a capital after a backslash is a class, as in \S
        let mut escaped = false;
        let minds_case = text.chars().any(|character| {
            let counts = !escaped && character.is_uppercase();
            escaped = !escaped && character == '\\';
            counts
        });
        built(text, minds_case)
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        match self {
            Self::Contains(wanted) => text.contains(wanted.as_str()),
            Self::Letters { letters, whole, folding } => {
                let found = if *whole {
                    text.eq_ignore_ascii_case(letters)
                } else {
                    contains_letters(text.as_bytes(), letters.as_bytes())
                };
                found
                    || FOLDED.iter().any(|letter| text.contains(*letter)) && folding.is_match(text)
            }
            Self::Equals(wanted) => text == wanted,
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// Without an expression where there is a quicker way.
fn letters(text: &str, whole: bool, pattern: Pattern) -> Pattern {
    match pattern {
        Pattern::Regex(folding) if text.is_ascii() => {
            Pattern::Letters { letters: text.to_owned(), whole, folding }
        }
        other => other,
    }
}

/// Whether ASCII letters are contained in a text, whatever their case: a regular expression takes several times as long
/// for it, and every word that is typed over a list asks it of every row.
fn contains_letters(text: &[u8], letters: &[u8]) -> bool {
    let Some((first, rest)) = letters.split_first() else { return true };
    memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), text).any(|at| {
        let after = text.get(at + 1..).and_then(|after| after.get(..rest.len()));
        after.is_some_and(|after| after.eq_ignore_ascii_case(rest))
    })
}

fn minds_case(text: &str) -> bool {
    text.chars().any(char::is_uppercase)
}

fn built(text: &str, minds_case: bool) -> Result<Pattern, String> {
    RegexBuilder::new(text)
        .case_insensitive(!minds_case)
        .size_limit(MAX_REGEX_BYTES)
        .dfa_size_limit(MAX_REGEX_BYTES)
        .nest_limit(MAX_REGEX_DEPTH)
        .build()
        .map(Pattern::Regex)
        .map_err(|error| reason(&error))
}

/// The last line of a regular expression's error; those before draw the place, which we do.
fn reason(error: &regex::Error) -> String {
    let text = match error {
        regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
        other => other.to_string(),
    };
    let line = text.lines().last().unwrap_or_default().trim();
    crate::domain::text::harmless_within(line.strip_prefix("error: ").unwrap_or(line), 200)
}

#[cfg(test)]
mod tests {
    use super::Pattern;
    use proptest::prelude::*;

    #[test]
    fn case_matters_only_with_a_capital() {
        let contains = |text: &str, within: &str| Pattern::contains(text).unwrap().matches(within);
        assert!(contains("bill", "Old Billing") && contains("Bill", "Old Billing"));
        assert!(!contains("BILL", "Old Billing"));
        assert!(contains("größe", "GRÖSSE GRÖßE") && contains("привет", "ПРИВЕТ"));
        let regex = |text: &str, within: &str| Pattern::regex(text).unwrap().matches(within);
        assert!(regex(r"^\Sill", "BILLING") && !regex("^Bill", "BILLING"));
    }

    proptest! {
        #[test]
        fn letters_are_found_as_their_expression_finds_them(
            letters in "[ksKa. -]{0,3}",
            within in "[kKsSaA. \u{212a}\u{17f}ü-]{0,9}",
        ) {
            for pattern in [Pattern::contains(&letters), Pattern::equals(&letters, false)] {
                let pattern = pattern.unwrap();
                let expected = match &pattern {
                    Pattern::Letters { folding, .. } => folding.is_match(&within),
                    other => other.matches(&within),
                };
                prop_assert_eq!(pattern.matches(&within), expected, "{:?} in {:?}", pattern, within);
            }
        }
    }

    #[test]
    fn equal_is_the_whole_text_and_a_star_any_part_of_it() {
        let equals = |text: &str, other: &str| Pattern::equals(text, true).unwrap().matches(other);
        assert!(equals("billing", "Billing") && !equals("billing", "Billing 2"));
        assert!(equals("bill*2", "Billing 2") && equals("*ing*", "a\nbilling"));
        assert!(!equals("b.lling", "billing"));
        assert!(Pattern::equals("a*", false).unwrap().matches("A*"));
    }

    #[test]
    fn broken_and_huge_expressions_are_refused_in_a_line() {
        for text in ["(", "[a", r"\w{1000}{1000}", &"(".repeat(200), "a{99999999}"] {
            let error = Pattern::regex(text).unwrap_err();
            assert!(!error.is_empty() && !error.contains('\n'), "{error}");
        }
    }
}
