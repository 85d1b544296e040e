//! Looks for text among the names and values of a frame.
use super::{Kind, Outline};
use crate::domain::text::any_case::AnyCase;
use crate::domain::text::masked;

/// Where to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Among {
    Both,
    Names,
    Values,
}

impl Outline {
    /// The nodes whose name or value holds `wanted`, without regard to case: `.state` looks at names
    /// only, `=connected` at values only. Customers' values are looked at as they are shown, so that
    /// what is masked can't be found out by searching.
    #[must_use]
    pub fn find(&self, wanted: &str, mask: bool) -> Vec<usize> {
        let (among, text) = match wanted.chars().next() {
            Some('.') if wanted.len() > 1 => (Among::Names, &wanted[1..]),
            Some('=') if wanted.len() > 1 => (Among::Values, &wanted[1..]),
            _ => (Among::Both, wanted),
        };
        let Some(holds) = AnyCase::typed(text) else {
            return Vec::new();
        };
        let is_found = |number: &usize| {
            let by_name = || self.key(*number).is_some_and(|key| token_holds(key, &holds));
            (among != Among::Values && by_name())
                || (among != Among::Names && self.value_holds(*number, &holds, mask))
        };
        (0..self.len()).filter(is_found).collect()
    }

    fn value_holds(&self, number: usize, holds: &AnyCase, mask: bool) -> bool {
        let Some(node) = self.node(number).filter(|node| !node.kind.holds()) else { return false };
        let hides = mask && node.is_customers && matches!(node.kind, Kind::Text | Kind::Number);
        if hides {
            holds.is_in(&masked(&super::decoded(self.value(number))))
        } else {
            token_holds(self.value(number), holds)
        }
    }
}

/// Whether a string holds it as it is written, or as it is read.
fn token_holds(token: &str, holds: &AnyCase) -> bool {
    holds.is_in(super::unquoted(token))
        || (token.contains('\\') && holds.is_in(&super::decoded(token)))
}
