//! Prints a frame: token by token, without recursion. A frame that nests 20,000 deep is no harder
//! than any other, and one that isn't JSON is shown as it is.
use crate::domain::frame::Payload;
use crate::domain::monitor::frames::Kept;
use crate::domain::outline::Outline;
use crate::domain::privacy::is_customers_field;
use crate::domain::text::{harmless, masked};
use crate::tui::theme::Theme;
use ratatui::style::Style;
use std::borrow::Cow;

/// Most bytes of a frame that are printed: four hundred times the largest ordinary one.
const MAX_BYTES: usize = 4 << 20;
/// Most lines that are printed; more than anybody scrolls through.
const MAX_LINES: usize = 50_000;
/// Deepest indentation, in levels; what nests deeper stays at this depth.
const MAX_INDENT: usize = 40;
/// Most pieces that are printed for the screen: names, values and signs. A frame of 4 MB has a million of
/// them, which took half a second; some 20 ms are left, and the title says that it is cut.
const MAX_PIECES: usize = 100_000;
/// Longest single line, in characters, before it is broken.
const MAX_LINE_CHARACTERS: usize = 2_000;
/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Kind {
    Key,
    Text,
    Number,
    Word,
    Sign,
}

impl Kind {
    pub(in crate::tui) fn style(self, theme: Theme) -> Style {
        match self {
            Self::Key => theme.key(),
            Self::Text => theme.string(),
            Self::Number => theme.number(),
            Self::Word => theme.word(),
            Self::Sign => Style::new(),
        }
    }
}

/// One printed line.
pub(in crate::tui) type PrintedLine = Vec<(Kind, String)>;

/// The text of a printed line, without its styles.
pub(in crate::tui) fn line_text(line: &PrintedLine) -> String {
    line.iter().map(|(_, text)| text.as_str()).collect()
}

/// Prints a frame; whether it had to be cut comes back too.
pub(super) fn print(kept: &Kept, raw: bool, mask: bool) -> (Vec<PrintedLine>, bool) {
    print_within(kept, raw, mask, Some(MAX_LINE_CHARACTERS))
}

/// A frame as text to be copied: no line is broken but where the document is. `None` if it is cut.
pub(super) fn copied(kept: &Kept, raw: bool, mask: bool) -> Option<String> {
    let (lines, cut) = print_within(kept, raw, mask, None);
    (!cut).then(|| joined(&lines))
}

/// A part of a frame as text to be copied, masked. `None` if it is cut.
pub(super) fn masked_json(outline: &Outline, node: usize) -> Option<String> {
    let mut printer = Printer::new(true, None);
    // what is beneath a customer's field is the customer's
    printer.hidden = outline.node(node).is_some_and(|node| node.is_customers);
    printer.print(outline.value(node), false);
    (!printer.full).then(|| joined(&printer.finish()))
}

fn joined(lines: &[PrintedLine]) -> String {
    let lines: Vec<String> = lines.iter().map(line_text).collect();
    lines.join("\n")
}

/// The same with lines of at most so many characters; all of it if there is no such bound.
fn print_within(
    kept: &Kept,
    raw: bool,
    mask: bool,
    width: Option<usize>,
) -> (Vec<PrintedLine>, bool) {
    match &kept.frame.payload {
        Payload::Text(text) => {
            let limit = text.len().min(MAX_BYTES);
            let end = (0..=limit).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            let mut printer = Printer::new(mask, width);
            let is_json = text.trim_ascii_start().starts_with(['{', '[']);
            if is_json && (mask || !raw) {
                printer.print(&text[..end], raw);
            } else {
                // as it is: what isn't JSON has no keys by which customers' data could be told
                printer.plain(&text[..end]);
            }
            let cut = printer.full || end < text.len();
            (printer.finish(), cut)
        }
        Payload::Binary(bytes) => {
            let rows = bytes.chunks(16).take(MAX_LINES).enumerate();
            let lines = rows.map(|(row, chunk)| {
                let hex: Vec<String> = chunk.iter().map(|byte| format!("{byte:02x}")).collect();
                let shown: String = chunk
                    .iter()
                    .map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' })
                    .collect();
                vec![
                    (Kind::Number, format!("{:08x}  ", row * 16)),
                    (Kind::Sign, format!("{:<47}  ", hex.join(" "))),
                    (Kind::Text, shown),
                ]
            });
            (lines.collect(), bytes.len() > MAX_LINES * 16)
        }
        Payload::Oversized { bytes } => {
            let text = format!("a message of {bytes} bytes, too large to be kept");
            (vec![vec![(Kind::Word, text)]], false)
        }
    }
}

/// Prints JSON token by token.
struct Printer {
    lines: Vec<PrintedLine>,
    line: PrintedLine,
    columns: usize,
    depth: usize,
    mask: bool,
    /// Longest line, in characters.
    width: usize,
    /// How many pieces more are printed.
    pieces: usize,
    full: bool,
    /// Whether the value that follows belongs to a customer.
    hidden: bool,
    /// Depth of the array or object whose every text is hidden.
    hidden_below: Option<usize>,
}

impl Printer {
    fn new(mask: bool, width: Option<usize>) -> Self {
        Self {
            lines: Vec::new(),
            line: Vec::new(),
            columns: 0,
            depth: 0,
            mask,
            pieces: width.map_or(usize::MAX, |_| MAX_PIECES),
            width: width.unwrap_or(usize::MAX),
            full: false,
            hidden: false,
            hidden_below: None,
        }
    }

    fn finish(mut self) -> Vec<PrintedLine> {
        if !self.line.is_empty() {
            self.lines.push(self.line);
        }
        self.lines
    }

    fn plain(&mut self, text: &str) {
        for line in text.lines() {
            self.push(Kind::Sign, &harmless(line));
            self.break_line();
        }
    }

    fn push(&mut self, kind: Kind, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let room = self.width.saturating_sub(self.columns).max(1);
            let end = rest.char_indices().nth(room).map_or(rest.len(), |(at, _)| at);
            self.columns += rest[..end].chars().count();
            self.line.push((kind, rest[..end].to_owned()));
            rest = &rest[end..];
            if !rest.is_empty() {
                self.break_line();
            }
        }
    }

    fn break_line(&mut self) {
        self.columns = 0;
        if self.lines.len() >= MAX_LINES {
            self.full = true;
            self.line.clear();
            return;
        }
        self.lines.push(std::mem::take(&mut self.line));
    }

    fn indent(&mut self, flat: bool) {
        if flat {
            return;
        }
        if !self.line.is_empty() {
            self.break_line();
        }
        let spaces = "  ".repeat(self.depth.min(MAX_INDENT));
        self.push(Kind::Sign, &spaces);
    }

    /// Prints `text` as far as it is JSON. `flat`: on one line, as received but masked.
    fn print(&mut self, text: &str, flat: bool) {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && !self.full {
            let start = at;
            let Some(pieces) = self.pieces.checked_sub(1) else {
                self.full = true;
                break;
            };
            self.pieces = pieces;
            match bytes[at] {
                b' ' | b'\t' | b'\n' | b'\r' => at += 1,
                open @ (b'{' | b'[') => {
                    at += 1;
                    let hides = std::mem::take(&mut self.hidden);
                    if hides && self.hidden_below.is_none() {
                        self.hidden_below = Some(self.depth);
                    }
                    let next = bytes[at..]
                        .iter()
                        .position(|byte| !byte.is_ascii_whitespace())
                        .map(|gap| at + gap);
                    let close = if open == b'{' { b'}' } else { b']' };
                    if let Some(next) = next.filter(|next| bytes[*next] == close) {
                        self.push(Kind::Sign, if open == b'{' { "{}" } else { "[]" });
                        at = next + 1;
                        self.reveal();
                    } else {
                        self.push(Kind::Sign, if open == b'{' { "{" } else { "[" });
                        self.depth += 1;
                        self.indent(flat);
                    }
                }
                close @ (b'}' | b']') => {
                    at += 1;
                    self.depth = self.depth.saturating_sub(1);
                    self.indent(flat);
                    self.push(Kind::Sign, if close == b'}' { "}" } else { "]" });
                    self.reveal();
                }
                b',' => {
                    at += 1;
                    self.hidden = false;
                    self.push(Kind::Sign, ",");
                    self.indent(flat);
                }
                b':' => {
                    at += 1;
                    self.push(Kind::Sign, ": ");
                }
                b'"' => {
                    at = end_of_string(bytes, at);
                    let rest = &bytes[at..];
                    let is_key =
                        rest.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
                    self.string(&text[start..at], is_key);
                }
                _ => {
                    let length = bytes[at..]
                        .iter()
                        .position(|byte| b",:{}[]\" \t\r\n".contains(byte))
                        .unwrap_or(bytes.len() - at);
                    at += length.max(1);
                    let token = &text[start..at];
                    let number = token.starts_with(|c: char| c.is_ascii_digit() || c == '-');
                    let hides = number && self.hides();
                    let shown = if hides { Cow::Owned(masked(token)) } else { harmless(token) };
                    self.push(if number { Kind::Number } else { Kind::Word }, &shown);
                }
            }
        }
    }

    fn reveal(&mut self) {
        if self.hidden_below == Some(self.depth) {
            self.hidden_below = None;
        }
    }

    /// Whether the value that comes is a customer's, and hidden.
    fn hides(&self) -> bool {
        self.mask && (self.hidden || self.hidden_below.is_some())
    }

    fn string(&mut self, token: &str, is_key: bool) {
        let inner = token.strip_prefix('"').unwrap_or(token);
        let inner = inner.strip_suffix('"').unwrap_or(inner);
        if is_key {
            self.push(Kind::Key, &format!("\"{}\"", harmless(inner)));
            // read first: an escape must not smuggle a name past its mask
            let name = serde_json::from_str(token).unwrap_or_else(|_| inner.to_owned());
            self.hidden = self.mask && is_customers_field(&name);
            return;
        }
        let shown: Cow<'_, str> = if self.hides() {
            // escapes are resolved first: a masked prefix must not be half an escape
            let value: String = serde_json::from_str(token).unwrap_or_default();
            Cow::Owned(masked(&value))
        } else {
            harmless(inner)
        };
        self.push(Kind::Text, &format!("\"{shown}\""));
    }
}

/// Where the string that begins at `start` ends; the end of the text if it never does.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if bytes.get(at + 1).is_some_and(u8::is_ascii) => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}
