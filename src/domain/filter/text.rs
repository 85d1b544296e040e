//! Text to compare with: contained, equal, with `*`, or a regular expression; smart case.
use super::MAX_REGEX_BYTES;
use crate::domain::text::any_case::{AnyCase, has_folded};
use regex::{Regex, RegexBuilder};

/// Deepest nesting of a regular expression; it bounds the parser's stack.
const MAX_REGEX_DEPTH: u32 = 50;

/// A text to compare with. Case matters only if the text holds a capital.
#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Contains(String),
    /// Contains it whatever the case.
    ContainsAnyCase(AnyCase),
    Equals(String),
    /// Is it whatever the case: plain ASCII, and for a text with letters that are the same an expression.
    EqualsAnyCase {
        letters: String,
        folding: Regex,
    },
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
        AnyCase::new(text, MAX_REGEX_BYTES)
            .map(Self::ContainsAnyCase)
            .map_err(|error| reason(&error))
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
        match built(&format!("\\A{}\\z", regex::escape(text)), false)? {
            Self::Regex(folding) if text.is_ascii() => {
                Ok(Self::EqualsAnyCase { letters: text.to_owned(), folding })
            }
            other => Ok(other),
        }
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
            Self::ContainsAnyCase(wanted) => wanted.is_in(text),
            Self::EqualsAnyCase { letters, folding } => {
                text.eq_ignore_ascii_case(letters) || has_folded(text) && folding.is_match(text)
            }
            Self::Equals(wanted) => text == wanted,
            Self::Regex(regex) => regex.is_match(text),
        }
    }
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
        fn what_equals_without_case_is_what_the_expression_finds(
            letters in "[ksKa. -]{0,3}",
            within in "[kKsSaA. \u{212a}\u{17f}ü-]{0,9}",
        ) {
            let pattern = Pattern::equals(&letters, false).unwrap();
            let expected = match &pattern {
                Pattern::EqualsAnyCase { folding, .. } => folding.is_match(&within),
                other => other.matches(&within),
            };
            prop_assert_eq!(pattern.matches(&within), expected, "{:?} in {:?}", pattern, within);
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
