//! Small curves in one line: a column of the terminal a minute, the newest to the right.

/// Zero, and seven steps above it. Nothing stands where nothing is known.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same for terminals that have only ASCII characters.
const PLAIN_STEPS: [char; 8] = ['_', '.', '-', '=', '+', '*', '%', '#'];

/// The newest values that fit into `width`, as a curve up to the largest of them.
pub(super) fn sparkline(
    values: impl ExactSizeIterator<Item = Option<u32>>,
    width: usize,
    ascii: bool,
) -> String {
    let steps = if ascii { PLAIN_STEPS } else { STEPS };
    let skipped = values.len().saturating_sub(width);
    let shown: Vec<Option<u32>> = values.skip(skipped).collect();
    let most = shown.iter().flatten().copied().max().unwrap_or_default().max(1);
    let step = |value: u32| {
        // zero alone is the lowest step: one of a thousand must differ from none
        let height = (u64::from(value) * 7).div_ceil(u64::from(most));
        usize::try_from(height).ok().and_then(|height| steps.get(height)).copied().unwrap_or(' ')
    };
    shown.into_iter().map(|value| value.map_or(' ', step)).collect()
}

#[cfg(test)]
mod tests {
    use super::sparkline;

    #[test]
    fn one_differs_from_none_and_nothing_stands_for_unknown() {
        let of =
            |values: &[Option<u32>], width, ascii| sparkline(values.iter().copied(), width, ascii);
        assert_eq!(of(&[Some(0), None, Some(1), Some(700)], 9, false), "▁ ▂█");
        assert_eq!(of(&[Some(0), None, Some(1), Some(700)], 9, true), "_ .#");
        assert_eq!(of(&[Some(9), Some(0), Some(2)], 2, false), "▁█", "the newest, up to their own");
        assert_eq!(of(&[], 5, false), "");
    }
}
