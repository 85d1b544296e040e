//! Small curves in one line: a column of the terminal a minute, the newest to the right.
use crate::domain::monitor::history::Series;

/// Zero, and seven steps above it. Nothing stands where nothing is known.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// The same for terminals that have only ASCII characters.
const PLAIN_STEPS: [char; 8] = ['_', '.', '-', '=', '+', '*', '%', '#'];

/// The newest values that fit into `width`, as a curve up to the largest of them.
pub(super) fn sparkline(series: &Series, width: usize, ascii: bool) -> String {
    let steps = if ascii { PLAIN_STEPS } else { STEPS };
    let skipped = series.iter().len().saturating_sub(width);
    let shown: Vec<Option<u32>> = series.iter().skip(skipped).collect();
    let most = shown.iter().flatten().copied().max().unwrap_or_default().max(1);
    let step = |value: u32| {
        // zero alone is the lowest step: one of a thousand must differ from none
        let height = (u64::from(value) * 7).div_ceil(u64::from(most));
        usize::try_from(height).ok().and_then(|height| steps.get(height)).copied().unwrap_or(' ')
    };
    shown.into_iter().map(|value| value.map_or(' ', step)).collect()
}
