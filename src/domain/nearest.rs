//! "Did you mean …": the names nearest to one that matched nothing.

/// How alike two names must be to be worth proposing: 0 is nothing, 1 is the same.
const LIKENESS_FLOOR: f64 = 0.8;

/// Up to `limit` of `candidates`, most alike first, that somebody who typed `wanted` may have
/// meant. Compared without case; a candidate that contains `wanted` counts as near.
#[must_use]
pub fn nearest<'a>(
    wanted: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    limit: usize,
) -> Vec<&'a str> {
    let wanted = wanted.to_lowercase();
    let mut ranked: Vec<(f64, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let lowered = candidate.to_lowercase();
            let contained = wanted.chars().count() >= 3 && lowered.contains(&wanted);
            let likeness =
                strsim::jaro_winkler(&wanted, &lowered).max(if contained { 0.9 } else { 0.0 });
            (likeness >= LIKENESS_FLOOR).then_some((likeness, candidate))
        })
        .collect();
    ranked.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(right.1)));
    ranked.dedup_by(|left, right| left.1 == right.1);
    ranked.into_iter().take(limit).map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn proposes_typing_errors_and_parts_but_not_strangers() {
        let queues = ["Billing", "Sales", "Premium Care", "Returns"];
        assert_eq!(nearest("biling", queues, 1), ["Billing"]);
        assert_eq!(nearest("premium", queues, 1), ["Premium Care"]);
        assert!(nearest("xyzzy", queues, 3).is_empty());
        assert!(nearest("nobody here", ["Noor Bauer", "Ana Fischer"], 3).is_empty());
    }
}
