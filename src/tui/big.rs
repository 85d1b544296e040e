//! Large letters and figures, made of blocks, to be read from two metres.
//!
//! Letters are three dots wide (a few five) and five high. A dot is half a character high, or a
//! whole one and two wide, or a multiple of that: as large as there is room. Rejected: a crate of
//! figlet fonts; forty glyphs are shorter than its configuration, and scale.
use std::iter::repeat_n;

/// Height of a letter, in dots.
const HEIGHT: usize = 5;

/// How large a dot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// One column wide and half a row high; a letter has three rows.
    Half,
    /// One column and one row; for terminals without blocks of half a row.
    Narrow,
    /// Twice as many columns as rows, so that it looks square.
    Times(u16),
}

/// Largest dot, in rows: beyond that a letter would fill a screen of 60 rows.
const MAX_TIMES: u16 = 6;

impl Scale {
    /// Width of a dot in columns.
    fn columns(self) -> usize {
        match self {
            Self::Half | Self::Narrow => 1,
            Self::Times(times) => 2 * usize::from(times),
        }
    }

    /// Height of a letter in rows.
    pub(super) fn rows(self) -> u16 {
        match self {
            Self::Half => 3,
            Self::Narrow => 5,
            Self::Times(times) => 5 * times,
        }
    }
}

/// Width of a text in columns; `None` if it has a character that can't be made large.
fn width(text: &str, scale: Scale) -> Option<usize> {
    let dots: Option<usize> =
        text.chars().map(|character| Some(glyph(character)?[0].len() + 1)).sum();
    Some(dots?.saturating_sub(1) * scale.columns())
}

/// The largest size in which all the texts fit into so many columns and rows; `None` if none does.
pub(super) fn fitting(texts: &[&str], columns: u16, rows: u16, ascii: bool) -> Option<Scale> {
    let small = if ascii { Scale::Narrow } else { Scale::Half };
    let scales = (1..=MAX_TIMES).rev().map(Scale::Times).chain([small]);
    let fits =
        |text: &str, scale| width(text, scale).is_some_and(|wide| wide <= usize::from(columns));
    scales
        .filter(|scale| scale.rows() <= rows)
        .find(|scale| texts.iter().all(|text| fits(text, *scale)))
}

/// The rows of a text; what can't be made large is left out, so ask [`fitting`] first.
pub(super) fn rows(text: &str, scale: Scale, ascii: bool) -> Vec<String> {
    let mut dots: [Vec<bool>; HEIGHT] = Default::default();
    for (index, glyph) in text.chars().filter_map(glyph).enumerate() {
        for (row, pattern) in dots.iter_mut().zip(glyph) {
            if index > 0 {
                row.push(false);
            }
            row.extend(pattern.bytes().map(|dot| dot == b'#'));
        }
    }
    if scale == Scale::Half {
        let none = Vec::new();
        return dots.chunks(2).map(|pair| halves(&pair[0], pair.get(1).unwrap_or(&none))).collect();
    }
    let (wide, high) = match scale {
        Scale::Times(times) => (scale.columns(), usize::from(times)),
        Scale::Half | Scale::Narrow => (1, 1),
    };
    let full = if ascii { '#' } else { '█' };
    dots.iter()
        .flat_map(|row| {
            let line: String =
                row.iter().flat_map(|dot| repeat_n(if *dot { full } else { ' ' }, wide)).collect();
            repeat_n(line, high)
        })
        .collect()
}

/// Two rows of dots in one row of characters.
fn halves(upper: &[bool], lower: &[bool]) -> String {
    let lower = lower.iter().copied().chain(std::iter::repeat(false));
    upper
        .iter()
        .zip(lower)
        .map(|(upper, lower)| match (upper, lower) {
            (true, true) => '█',
            (true, false) => '▀',
            (false, true) => '▄',
            (false, false) => ' ',
        })
        .collect()
}

/// The dots of a character, row by row. Small letters are those of figures' units.
fn glyph(character: char) -> Option<[&'static str; HEIGHT]> {
    Some(match character {
        '0' | 'O' => ["###", "# #", "# #", "# #", "###"],
        '1' => [" # ", "## ", " # ", " # ", "###"],
        '2' => ["###", "  #", "###", "#  ", "###"],
        '3' => ["###", "  #", "###", "  #", "###"],
        '4' => ["# #", "# #", "###", "  #", "  #"],
        '5' | 'S' => ["###", "#  ", "###", "  #", "###"],
        '6' => ["###", "#  ", "###", "# #", "###"],
        '7' => ["###", "  #", "  #", "  #", "  #"],
        '8' => ["###", "# #", "###", "# #", "###"],
        '9' => ["###", "# #", "###", "  #", "###"],
        'A' => ["###", "# #", "###", "# #", "# #"],
        'B' => ["## ", "# #", "## ", "# #", "## "],
        'C' => ["###", "#  ", "#  ", "#  ", "###"],
        'D' => ["## ", "# #", "# #", "# #", "## "],
        'E' => ["###", "#  ", "## ", "#  ", "###"],
        'F' => ["###", "#  ", "## ", "#  ", "#  "],
        'G' => ["###", "#  ", "# #", "# #", "###"],
        'H' => ["# #", "# #", "###", "# #", "# #"],
        'I' => ["###", " # ", " # ", " # ", "###"],
        'J' => ["  #", "  #", "  #", "# #", "###"],
        'K' => ["# #", "# #", "## ", "# #", "# #"],
        'L' => ["#  ", "#  ", "#  ", "#  ", "###"],
        'M' => ["#   #", "## ##", "# # #", "#   #", "#   #"],
        'N' => ["#  #", "## #", "# ##", "#  #", "#  #"],
        'P' => ["###", "# #", "###", "#  ", "#  "],
        'Q' => ["### ", "# # ", "# # ", "# ##", "####"],
        'R' => ["## ", "# #", "## ", "# #", "# #"],
        'T' => ["###", " # ", " # ", " # ", " # "],
        'U' => ["# #", "# #", "# #", "# #", "###"],
        'V' => ["# #", "# #", "# #", "# #", " # "],
        'W' => ["#   #", "#   #", "# # #", "## ##", "#   #"],
        'X' => ["# #", "# #", " # ", "# #", "# #"],
        'Y' => ["# #", "# #", " # ", " # ", " # "],
        'Z' => ["###", "  #", " # ", "#  ", "###"],
        'd' => ["  #", "  #", "###", "# #", "###"],
        'h' => ["#  ", "#  ", "###", "# #", "# #"],
        'm' => ["     ", "     ", "#####", "# # #", "# # #"],
        's' => ["   ", "###", "## ", " ##", "###"],
        '%' => ["# #", "  #", " # ", "#  ", "# #"],
        '–' | '-' => ["   ", "   ", "###", "   ", "   "],
        '+' => ["   ", " # ", "###", " # ", "   "],
        '/' => ["  #", "  #", " # ", "#  ", "#  "],
        '.' => [" ", " ", " ", " ", "#"],
        ',' => ["  ", "  ", "  ", " #", "# "],
        ':' => [" ", "#", " ", "#", " "],
        '&' => [" # ", "# #", " # ", "# #", "###"],
        ' ' => ["  ", "  ", "  ", "  ", "  "],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Scale, fitting, glyph, rows, width};

    #[test]
    fn every_row_of_a_letter_is_as_wide_as_the_others_and_letters_differ() {
        let all = "0123456789ABCDEFGHIJKLMNPQRTUVWXYZdhms%–+/.,:& ";
        let mut seen = std::collections::HashSet::new();
        for character in all.chars() {
            let glyph = glyph(character).unwrap();
            assert!(glyph.iter().all(|row| row.len() == glyph[0].len()), "{character}");
            assert!(seen.insert(glyph), "{character} looks like another one");
        }
    }

    #[test]
    fn a_figure_is_drawn_as_large_as_there_is_room() {
        assert_eq!(
            rows("4m", Scale::Half, false),
            ["█ █      ", "▀▀█ █▀█▀█", "  ▀ ▀ ▀ ▀"]
                .map(|row| {
                    // the fifth row of dots has nothing below it
                    row.to_owned()
                })
                .to_vec()
        );
        assert_eq!(rows("1", Scale::Narrow, true), [" # ", "## ", " # ", " # ", "###"]);
        assert_eq!(fitting(&["12"], 80, 24, false), Some(Scale::Times(4)));
        assert_eq!(fitting(&["12"], 14, 24, false), Some(Scale::Times(1)));
        assert_eq!(fitting(&["12"], 13, 24, false), Some(Scale::Half));
        assert_eq!(fitting(&["12"], 13, 5, true), Some(Scale::Narrow));
        assert_eq!(fitting(&["12"], 6, 24, false), None);
        assert_eq!(fitting(&["日本"], 200, 60, false), None, "such names are written small");
        for times in 1..=3 {
            let scale = Scale::Times(times);
            for row in rows("7m05", scale, false) {
                assert_eq!(Some(row.chars().count()), width("7m05", scale));
            }
        }
    }
}
