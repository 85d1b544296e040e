//! Reads a text into nodes: a loop and a stack of those that are still open.
use super::{Fault, Kind, MAX_NODES, NONE, Node, TOO_MANY, names_a_customers};

/// What may stand next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// A value; the end of a list too, if it has just begun.
    Value,
    /// A field's name; the end of an object too, if it has just begun.
    Name,
    /// The colon between a name and its value.
    Colon,
    /// A comma, or the end of what is open.
    Next,
    /// Nothing but space: the document is whole.
    End,
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    nodes: Vec<Node>,
    open: Vec<u32>,
    expected: Expected,
    /// The name that waits for its value.
    key: (u32, u32),
}

/// Reads `text` as far as it is JSON.
pub(super) fn read(text: &str) -> (Vec<Node>, Option<Fault>) {
    let mut reader = Reader {
        text,
        at: 0,
        nodes: Vec::new(),
        open: Vec::new(),
        expected: Expected::Value,
        key: (0, 0),
    };
    let fault = if u32::try_from(text.len()).is_ok() {
        reader.all().err()
    } else {
        // places are kept in 32 bits; the socket takes no message near that
        Some("it is longer than 4 GiB")
    };
    let at = u32::try_from(reader.at).unwrap_or(u32::MAX);
    while let Some(open) = reader.open.pop() {
        reader.close(open, at);
    }
    (reader.nodes, fault.map(|why| Fault { at: reader.at, why }))
}

impl Reader<'_> {
    fn all(&mut self) -> Result<(), &'static str> {
        let bytes = self.text.as_bytes();
        loop {
            self.at += bytes[self.at..].iter().take_while(|byte| is_space(**byte)).count();
            let Some(byte) = bytes.get(self.at) else {
                return match self.expected {
                    Expected::End => Ok(()),
                    _ => Err("the text ends before the document does"),
                };
            };
            match (self.expected, byte) {
                (Expected::End, _) => return Err("something follows the document"),
                (Expected::Colon, b':') => {
                    self.at += 1;
                    self.expected = Expected::Value;
                }
                (Expected::Colon, _) => return Err("a colon is missing after a name"),
                (Expected::Next, b',') => {
                    self.at += 1;
                    self.expected =
                        if self.is_in(Kind::Object) { Expected::Name } else { Expected::Value };
                }
                (Expected::Next, b'}' | b']') => self.end_of_open(*byte)?,
                (Expected::Next, _) => return Err("a comma is missing"),
                (Expected::Name, b'"') => {
                    let end = end_of_string(bytes, self.at)?;
                    self.key = (place(self.at), place(end));
                    self.at = end;
                    self.expected = Expected::Colon;
                }
                (Expected::Name, b'}') if self.is_new() => self.end_of_open(*byte)?,
                (Expected::Name, _) => return Err("a name in quotes is missing"),
                (Expected::Value, b']') if self.is_in(Kind::Array) && self.is_new() => {
                    self.end_of_open(*byte)?;
                }
                (Expected::Value, byte) => self.value(*byte)?,
            }
        }
    }

    /// Whether what is open holds nothing yet.
    fn is_new(&self) -> bool {
        self.open.last().is_some_and(|open| self.nodes[*open as usize].children == 0)
    }

    fn is_in(&self, kind: Kind) -> bool {
        self.open.last().is_some_and(|open| self.nodes[*open as usize].kind == kind)
    }

    fn value(&mut self, first: u8) -> Result<(), &'static str> {
        let bytes = self.text.as_bytes();
        let (kind, end) = match first {
            b'{' => (Kind::Object, self.at + 1),
            b'[' => (Kind::Array, self.at + 1),
            b'"' => (Kind::Text, end_of_string(bytes, self.at)?),
            _ => {
                let length = bytes[self.at..]
                    .iter()
                    .take_while(|byte| !is_space(**byte) && !b",:{}[]\"".contains(byte))
                    .count();
                let kind = match &self.text[self.at..self.at + length] {
                    "true" | "false" => Kind::Boolean,
                    "null" => Kind::Null,
                    word if is_number(word) => Kind::Number,
                    _ => return Err("this is no value"),
                };
                (kind, self.at + length)
            }
        };
        self.push(kind, end)?;
        self.at = end;
        self.expected = match kind {
            Kind::Object => Expected::Name,
            Kind::Array => Expected::Value,
            _ if self.open.is_empty() => Expected::End,
            _ => Expected::Next,
        };
        Ok(())
    }

    fn push(&mut self, kind: Kind, end: usize) -> Result<(), &'static str> {
        if self.nodes.len() >= MAX_NODES {
            return Err(TOO_MANY);
        }
        let number = place(self.nodes.len());
        let key = std::mem::take(&mut self.key);
        let name = &self.text[key.0 as usize..key.1 as usize];
        let parent = self.open.last().copied().unwrap_or(NONE);
        let (depth, at, is_customers) = match self.nodes.get_mut(parent as usize) {
            None => (0, 0, false),
            Some(holder) => {
                holder.children += 1;
                let is_customers = holder.is_customers || names_a_customers(name);
                (holder.depth + 1, holder.children - 1, is_customers)
            }
        };
        self.nodes.push(Node {
            key,
            value: (place(self.at), place(end)),
            parent,
            end: number + 1,
            depth,
            place: at,
            children: 0,
            kind,
            is_customers,
        });
        if kind.holds() {
            self.open.push(number);
        }
        Ok(())
    }

    fn end_of_open(&mut self, byte: u8) -> Result<(), &'static str> {
        let kind = if byte == b'}' { Kind::Object } else { Kind::Array };
        if !self.is_in(kind) {
            return Err("it closes what isn't open");
        }
        self.at += 1;
        if let Some(open) = self.open.pop() {
            self.close(open, place(self.at));
        }
        self.expected = if self.open.is_empty() { Expected::End } else { Expected::Next };
        Ok(())
    }

    fn close(&mut self, open: u32, at: u32) {
        let end = place(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(open as usize) {
            node.end = end;
            node.value.1 = at;
        }
    }
}

/// A place or number in 32 bits; longer texts are refused before they are read.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// What JSON takes for space.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Whether this is a number as JSON writes it; without a value of its own, since it may have more
/// digits than any number type.
fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['+', '-']).unwrap_or(text)))
}

/// Where the string that begins at `start` ends.
fn end_of_string(bytes: &[u8], start: usize) -> Result<usize, &'static str> {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return Ok(at + 1),
            b'\\' => at += 2,
            ..0x20 => return Err("a string holds a control character"),
            _ => at += 1,
        }
    }
    Err("a string is never closed")
}
