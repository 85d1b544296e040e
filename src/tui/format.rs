//! Numbers, times and widths as people read them.
use std::borrow::Cow;
use std::iter::repeat_n;
use std::time::Duration;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A length of time in about four characters, as clocks on a wall board show it: `12s`, `4m12`,
/// `1h05`, `23h`, `3d`.
pub(super) fn duration(length: Duration) -> String {
    let seconds = length.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m{:02}", seconds / 60, seconds % 60),
        3_600..36_000 => format!("{}h{:02}", seconds / 3_600, seconds / 60 % 60),
        36_000..172_800 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The same with minutes always there: `0m18`.
pub(super) fn clock(length: Duration) -> String {
    let seconds = length.as_secs();
    if seconds < 3_600 { format!("{}m{:02}", seconds / 60, seconds % 60) } else { duration(length) }
}

/// A number with separators: `1,204`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A size: `512`, `5.1k`, `12M`.
pub(super) fn size(bytes: u64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
    let value = bytes as f64;
    match bytes {
        0..1_000 => bytes.to_string(),
        1_000..10_000 => format!("{:.1}k", value / 1e3),
        10_000..1_000_000 => format!("{:.0}k", value / 1e3),
        _ => format!("{:.1}M", value / 1e6),
    }
}

/// A rate a second.
pub(super) fn rate(rate: f64) -> String {
    match rate {
        _ if rate <= 0.0 => "0/s".to_owned(),
        _ if rate < 1.0 => format!("{rate:.2}/s"),
        _ if rate < 10.0 => format!("{rate:.1}/s"),
        _ => format!("{rate:.0}/s"),
    }
}

/// `text` in exactly `width` columns: cut between graphemes with `…`, or filled with spaces.
pub(super) fn fit(text: &str, width: usize) -> String {
    let text = shortened(text, width);
    let blanks = width.saturating_sub(columns(&text));
    let mut fitted = text.into_owned();
    fitted.extend(repeat_n(' ', blanks));
    fitted
}

/// The same, set to the right.
pub(super) fn fit_right(text: &str, width: usize) -> String {
    let text = shortened(text, width);
    let mut fitted = String::with_capacity(width.max(text.len()));
    fitted.extend(repeat_n(' ', width.saturating_sub(columns(&text))));
    fitted.push_str(&text);
    fitted
}

/// How many columns a text takes.
pub(super) fn columns(text: &str) -> usize {
    plain_columns(text).unwrap_or_else(|| text.width())
}

/// The same for a text each letter of which stands by itself and takes one column, as almost all do that
/// are shown; nothing else needs to be looked up for those.
pub(super) fn plain_columns(text: &str) -> Option<usize> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Some(text.len());
    }
    text.chars().all(is_plain).then(|| text.chars().count())
}

/// Whether a letter never joins another one and takes one column: ASCII, Latin letters, dashes and dots,
/// arrows, signs of mathematics, and what frames and small charts are made of.
fn is_plain(letter: char) -> bool {
    matches!(
        letter,
        ' '..='~'
            | '\u{a1}'..='\u{ac}'
            | '\u{ae}'..='\u{2ff}'
            | '\u{2010}'..='\u{2027}'
            | '\u{2190}'..='\u{22ff}'
            | '\u{2500}'..='\u{25fc}'
    )
}

/// `text` in at most `width` columns.
pub(super) fn cut(text: &str, width: usize) -> String {
    shortened(text, width).into_owned()
}

/// The same; a text that fits isn't copied.
fn shortened(text: &str, width: usize) -> Cow<'_, str> {
    if columns(text) <= width {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 0;
    for grapheme in text.graphemes(true) {
        let columns = grapheme.width();
        if used + columns + 1 > width {
            break;
        }
        used += columns;
        kept.push_str(grapheme);
    }
    if width > 0 {
        kept.push('…');
    }
    Cow::Owned(kept)
}

/// The end of `text` in `width` columns, for what is being typed.
pub(super) fn cut_start(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut from = text.len();
    let mut used = 0;
    for (at, grapheme) in text.grapheme_indices(true).rev() {
        used += grapheme.width();
        if used + 1 > width {
            break;
        }
        from = at;
    }
    if width > 0 { format!("…{}", &text[from..]) } else { String::new() }
}

/// `text` broken between words into at most `most` lines of `width` columns; the last one is cut.
pub(super) fn wrapped(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_last = lines.len() >= most;
        match lines.last_mut() {
            Some(line) if is_last || line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| cut(line, width)).collect()
}

/// Parts joined by dots in at most `width` columns, each with its worth: where there is no room for
/// all, those worth least are left out whole, and only the last one left is cut.
pub(super) fn joined_within(parts: &[(u8, String)], width: usize) -> String {
    let joint = " · ";
    let mut kept: Vec<&(u8, String)> = parts.iter().collect();
    let columns = |kept: &[&(u8, String)]| -> usize {
        kept.iter().map(|(_, text)| text.width() + joint.width()).sum()
    };
    while kept.len() > 1 && columns(&kept) > width + joint.width() {
        let least = kept.iter().enumerate().min_by_key(|(_, (worth, _))| *worth);
        let Some((least, _)) = least else { break };
        kept.remove(least);
    }
    let kept: Vec<&str> = kept.iter().map(|(_, text)| text.as_str()).collect();
    cut(&kept.join(joint), width)
}

#[cfg(test)]
mod tests {
    use super::{clock, count, cut, duration, fit, is_plain, joined_within, rate, size, wrapped};
    use proptest::prelude::*;
    use std::time::Duration;
    use unicode_segmentation::UnicodeSegmentation;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn a_plain_letter_takes_one_column_and_joins_no_other() {
        let plain: Vec<char> = ('\0'..=char::MAX).filter(|letter| is_plain(*letter)).collect();
        assert!(plain.len() > 1_000, "{}", plain.len());
        for letter in plain {
            assert_eq!(letter.to_string().width(), 1, "{letter:?}");
            for pair in [format!("{letter}{letter}"), format!("a{letter}"), format!("{letter}–")]
            {
                assert_eq!((pair.graphemes(true).count(), pair.width()), (2, 2), "{pair:?}");
            }
        }
    }

    #[test]
    fn people_can_read_it() {
        let of = |seconds| duration(Duration::from_secs(seconds));
        assert_eq!(
            [of(12), of(252), of(3_900), of(82_800), of(400_000)],
            ["12s", "4m12", "1h05", "23h", "4d"]
        );
        assert_eq!(clock(Duration::from_secs(18)), "0m18");
        assert_eq!(count(1_204_000), "1,204,000");
        assert_eq!([size(999), size(5_120), size(12_345_678)], ["999", "5.1k", "12.3M"]);
        assert_eq!([rate(0.03), rate(4.13), rate(120.4)], ["0.03/s", "4.1/s", "120/s"]);
        assert_eq!(cut("日本語サポート", 7), "日本語…");
    }

    #[test]
    fn text_is_broken_between_words_and_the_last_line_is_cut() {
        assert_eq!(wrapped("one two three four", 8, 3), ["one two", "three", "four"]);
        assert_eq!(wrapped("one two three four", 8, 2), ["one two", "three f…"]);
        assert_eq!(wrapped("unbreakable", 5, 3), ["unbr…"]);
        assert!(wrapped("", 5, 3).is_empty());
    }

    #[test]
    fn what_is_worth_least_is_left_out_first() {
        let parts = [(9, "Frame 1".to_owned()), (1, "row 2".to_owned()), (5, "cut".to_owned())];
        let of = |width| joined_within(&parts, width);
        assert_eq!(of(21), "Frame 1 · row 2 · cut");
        assert_eq!([of(20), of(13)], ["Frame 1 · cut", "Frame 1 · cut"]);
        assert_eq!([of(12), of(4)], ["Frame 1", "Fra…"]);
        assert_eq!(joined_within(&[], 10), "");
    }

    proptest! {
        #[test]
        fn fitted_text_is_as_wide_as_asked(text in "\\PC{0,40}", width in 0_usize..30) {
            prop_assert_eq!(fit(&text, width).width(), width.max(fit(&text, width).width().min(width)));
            prop_assert!(cut(&text, width).width() <= width.max(1));
        }
    }
}
