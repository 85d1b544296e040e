//! A writer that names the first sixteen colours as every terminal understands it.
//!
//! The library writes all of them as of 256 (`38;5;2`). A terminal that has sixteen takes that for three
//! attributes of their own: 5 blinks and 2 is faint. So it becomes `32`, and what isn't about colours
//! stays as it is. Must not know who draws what.
use std::io::{self, Write};

/// Longest sequence that is looked into, in bytes: both colours in 24 bit have some forty. What is longer
/// is none of the library's, and goes on as it came.
const LONGEST: usize = 64;

/// See the module.
#[derive(Debug)]
pub(super) struct Classic<W: Write> {
    out: W,
    /// A sequence that has begun: it comes in several pieces.
    held: Vec<u8>,
}

impl<W: Write> Classic<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, held: Vec::with_capacity(LONGEST) }
    }

    fn let_go(&mut self) -> io::Result<()> {
        let held = self.out.write_all(&self.held);
        self.held.clear();
        held
    }

    /// Takes one more byte of a sequence that has begun.
    fn step(&mut self, byte: u8) -> io::Result<()> {
        self.held.push(byte);
        match (self.held.len(), byte) {
            (2, b'[') => Ok(()),
            (2 | LONGEST.., _) => self.let_go(),
            (_, b'm') => {
                let parameters = self.held.get(2..self.held.len() - 1).unwrap_or_default();
                if let Some(classic) = classic(parameters) {
                    self.held.clear();
                    return write!(self.out, "\u{1b}[{classic}m");
                }
                self.let_go()
            }
            (_, 0x40..=0x7e) => self.let_go(),
            _ => Ok(()),
        }
    }
}

impl<W: Write> Write for Classic<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut rest = bytes;
        while let Some((first, after)) = rest.split_first() {
            if !self.held.is_empty() {
                self.step(*first)?;
                rest = after;
            } else if *first == 0x1b {
                self.held.push(*first);
                rest = after;
            } else {
                let end = rest.iter().position(|byte| *byte == 0x1b).unwrap_or(rest.len());
                let (plain, next) = rest.split_at(end);
                self.out.write_all(plain)?;
                rest = next;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The parameters with the sixteen colours in their short form; `None` if there are none among them.
fn classic(parameters: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(parameters).ok()?;
    let mut words = text.split(';');
    let mut written: Vec<String> = Vec::new();
    let mut any = false;
    while let Some(word) = words.next() {
        written.push(word.to_owned());
        if !matches!(word, "38" | "48") {
            continue;
        }
        let kind = words.next()?;
        let values: Vec<&str> = words.by_ref().take(if kind == "2" { 3 } else { 1 }).collect();
        let number = values.first().and_then(|value| value.parse::<u8>().ok());
        if let Some(number) = number.filter(|number| kind == "5" && *number < 16) {
            let ground = if word == "38" { 30 } else { 40 };
            // the bright half begins sixty further on
            let bright = if number < 8 { number } else { number - 8 + 60 };
            written.pop();
            written.push((ground + bright).to_string());
            any = true;
        } else {
            written.push(kind.to_owned());
            written.extend(values.into_iter().map(str::to_owned));
        }
    }
    any.then(|| written.join(";"))
}

#[cfg(test)]
mod tests {
    use super::Classic;
    use std::io::Write;

    /// What comes out when it goes in in pieces of that many bytes.
    fn written(text: &str, piece: usize) -> String {
        let mut out = Vec::new();
        let mut classic = Classic::new(&mut out);
        for part in text.as_bytes().chunks(piece) {
            classic.write_all(part).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn sixteen_colours_are_short_and_all_else_is_as_it_was() {
        for (text, expected) in [
            ("\u{1b}[38;5;2;49mgreen", "\u{1b}[32;49mgreen"),
            ("\u{1b}[38;5;0;48;5;15m", "\u{1b}[30;107m"),
            ("\u{1b}[38;5;14m", "\u{1b}[96m"),
            ("\u{1b}[48;5;9;1m", "\u{1b}[101;1m"),
            ("\u{1b}[38;5;16;48;5;231m", "\u{1b}[38;5;16;48;5;231m"),
            ("\u{1b}[38;2;5;2;1;48;5;1m", "\u{1b}[38;2;5;2;1;41m"),
            ("\u{1b}[1m\u{1b}[2;3H日本\u{1b}[0m", "\u{1b}[1m\u{1b}[2;3H日本\u{1b}[0m"),
            ("\u{1b}]52;c;38;5;2m\u{7}", "\u{1b}]52;c;38;5;2m\u{7}"),
            ("\u{1b}[?2026h\u{1b}[m", "\u{1b}[?2026h\u{1b}[m"),
            ("\u{1b}[38;5m\u{1b}[38m", "\u{1b}[38;5m\u{1b}[38m"),
        ] {
            for piece in [1, 2, 3, 64] {
                assert_eq!(written(text, piece), expected, "{text:?} by {piece}");
            }
        }
    }

    #[test]
    fn a_sequence_without_an_end_is_let_go() {
        let text = format!("\u{1b}[{}m and on", "1;".repeat(200));
        assert_eq!(written(&text, 7), text);
    }
}
