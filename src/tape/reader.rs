//! Reads a tape line by line, from the beginning or from a place that was met before.
//!
//! In constant memory, whatever the size of the tape. A tape that was cut off by a crash is read
//! up to its last whole line; damage in between costs the lines concerned, and both are told.
use super::format::{Entry, decode_line};
use crate::domain::frame::MAX_FRAME_BYTES;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use thiserror::Error;
use zstd::stream::read::Decoder;

/// Bytes that are read at once.
const CHUNK_BYTES: usize = 256 << 10;
/// Longest line, in bytes: the largest frame with each of its bytes written as `\u00xx`. A longer
/// one is passed over and counted as damaged.
const MAX_LINE_BYTES: usize = 6 * MAX_FRAME_BYTES + (1 << 20);
/// What zstd frames begin with.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Why a tape can't be read.
#[derive(Debug, Error)]
pub enum TapeError {
    /// The file can't be opened or read.
    #[error("can't read {path}: {error}")]
    File {
        /// The file.
        path: String,
        /// Why.
        error: io::Error,
    },
    /// The file is none.
    #[error("{path} is no tape: {why}")]
    NoTape {
        /// The file.
        path: String,
        /// Why.
        why: String,
    },
}

/// A place in a tape: the beginning of a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Offset in the file, in bytes: of the line, or of the zstd frame in which it begins.
    pub offset: u64,
    /// Bytes to leave out from there, once unpacked.
    pub skip: u64,
}

/// How much was read, and how much of it was worth nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    /// Lines.
    pub lines: u64,
    /// Lines that this version doesn't know.
    pub unknown: u64,
    /// Lines that are no lines of a tape.
    pub damaged: u64,
    /// Whether the tape ends in the middle of something.
    pub cut_off: bool,
}

/// A tape that is being read.
pub struct Reader {
    bytes: Bytes,
    chunk: Box<[u8]>,
    at: usize,
    filled: usize,
    chunk_position: Position,
    line: Vec<u8>,
    total: Total,
    length: u64,
    path: String,
}

impl Reader {
    /// Opens a tape at its beginning. Whether it is compressed shows in its first bytes.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn open(path: &Path) -> Result<Self, TapeError> {
        Self::open_at(path, Position::default())
    }

    /// Opens a tape at a place that [`Reader::position`] told.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn open_at(path: &Path, position: Position) -> Result<Self, TapeError> {
        let name = path.display().to_string();
        let failed = |error| TapeError::File { path: name.clone(), error };
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(TapeError::NoTape { path: name, why: "it is a folder".to_owned() });
        }
        let bytes = Bytes::new(file, position).map_err(failed)?;
        Ok(Self {
            bytes,
            chunk: vec![0; CHUNK_BYTES].into(),
            at: 0,
            filled: 0,
            chunk_position: Position::default(),
            line: Vec::new(),
            total: Total::default(),
            length: metadata.len(),
            path: name,
        })
    }

    /// The next entry; `None` at the end of the tape.
    ///
    /// # Errors
    /// When the file can't be read any more, or when nothing in it is a line of a tape.
    pub fn next_entry(&mut self) -> Result<Option<Entry>, TapeError> {
        loop {
            if !self.next_line()? {
                return match self.total {
                    Total { lines, damaged, .. } if lines > 0 && lines == damaged => {
                        Err(self.no_tape("no line in it is one of a tape"))
                    }
                    _ => Ok(None),
                };
            }
            let Ok(text) = std::str::from_utf8(&self.line) else {
                self.total.damaged += 1;
                continue;
            };
            match decode_line(text) {
                Ok(Some(entry)) => return Ok(Some(entry)),
                Ok(None) => self.total.unknown += 1,
                Err(why) if self.total.lines == 1 && !text.trim_start().starts_with('{') => {
                    return Err(self.no_tape(&why));
                }
                Err(_) => self.total.damaged += 1,
            }
        }
    }

    fn no_tape(&self, why: &str) -> TapeError {
        let why = crate::domain::text::harmless_within(why, 200);
        TapeError::NoTape { path: self.path.clone(), why }
    }

    /// The line of the entry that [`Reader::next_entry`] gave last, without its line end.
    #[must_use]
    pub fn line(&self) -> &str {
        std::str::from_utf8(&self.line).unwrap_or_default()
    }

    /// Where the next line begins.
    #[must_use]
    pub fn position(&self) -> Position {
        let into = self.at as u64;
        match self.bytes {
            Bytes::Plain(_) => Position { offset: self.chunk_position.offset + into, skip: 0 },
            Bytes::Zstd { .. } => {
                Position { skip: self.chunk_position.skip + into, ..self.chunk_position }
            }
        }
    }

    /// How far into the file reading has come, and how long the file was when it was opened.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.position().offset, self.length)
    }

    /// What was read so far.
    #[must_use]
    pub fn total(&self) -> Total {
        self.total
    }

    /// Reads the next whole line into `self.line`; whether there was one.
    fn next_line(&mut self) -> Result<bool, TapeError> {
        self.line.clear();
        let mut too_long = false;
        loop {
            if self.at == self.filled {
                match self.fill()? {
                    Filled::Bytes => {}
                    Filled::AfterDamage => {
                        self.line.clear();
                        too_long = false;
                        continue;
                    }
                    Filled::End => {
                        // a last line without its end was being written when it was cut off
                        self.total.cut_off |= !self.line.is_empty() || too_long;
                        return Ok(false);
                    }
                }
            }
            // this looks at a word at a time, not at a byte
            let read = (&self.chunk[self.at..self.filled]).read_until(b'\n', &mut self.line);
            // reading from memory can't fail
            self.at += read.unwrap_or_default();
            let has_ended = self.line.pop_if(|last| *last == b'\n').is_some();
            if self.line.len() > MAX_LINE_BYTES || too_long {
                too_long = true;
                self.line.clear();
            }
            if !has_ended {
                continue;
            }
            if self.line.iter().all(u8::is_ascii_whitespace) && !too_long {
                self.line.clear();
                continue;
            }
            self.total.lines += 1;
            if too_long {
                self.total.damaged += 1;
                too_long = false;
                continue;
            }
            return Ok(true);
        }
    }

    fn fill(&mut self) -> Result<Filled, TapeError> {
        let failed = |error| TapeError::File { path: self.path.clone(), error };
        let error = match self.bytes.read(&mut self.chunk) {
            Ok((filled, position)) => {
                (self.at, self.filled, self.chunk_position) = (0, filled, position);
                return Ok(if filled > 0 { Filled::Bytes } else { Filled::End });
            }
            // only unpacking fails so: a file that can't be read has the system's error
            Err(error) if error.raw_os_error().is_none() => error,
            Err(error) => return Err(failed(error)),
        };
        (self.at, self.filled) = (0, 0);
        let goes_on = self.bytes.pass_damage().map_err(failed)?;
        if error.kind() == io::ErrorKind::UnexpectedEof && !goes_on {
            self.total.cut_off = true;
            return Ok(Filled::End);
        }
        // how many lines it was nobody knows: counted as one
        self.total.lines += 1;
        self.total.damaged += 1;
        Ok(if goes_on { Filled::AfterDamage } else { Filled::End })
    }
}

/// What [`Reader::fill`] came to.
enum Filled {
    Bytes,
    /// What comes next stands behind damage, and begins with a line: the line before has no end.
    AfterDamage,
    End,
}

/// The bytes of a tape, unpacked.
enum Bytes {
    Plain(Counted),
    Zstd {
        /// `None` once everything was read.
        decoder: Option<Decoder<'static, Counted>>,
        position: Position,
    },
}

impl Bytes {
    fn new(mut file: File, position: Position) -> io::Result<Self> {
        if position.offset > 0 {
            file.seek(SeekFrom::Start(position.offset))?;
        }
        let inner = BufReader::with_capacity(CHUNK_BYTES, file);
        let mut counted = Counted { inner, offset: position.offset };
        if !counted.fill_buf()?.starts_with(&ZSTD_MAGIC) {
            return Ok(Self::Plain(counted));
        }
        let decoder = Decoder::with_buffer(counted)?.single_frame();
        let start = Position { offset: position.offset, skip: 0 };
        let mut bytes = Self::Zstd { decoder: Some(decoder), position: start };
        bytes.skip(position.skip)?;
        Ok(bytes)
    }

    fn skip(&mut self, bytes: u64) -> io::Result<()> {
        let mut left = bytes;
        let mut sink = vec![0; CHUNK_BYTES];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
            let (read, _) = self.read(&mut sink[..most])?;
            if read == 0 {
                return Ok(());
            }
            left -= read as u64;
        }
        Ok(())
    }

    /// Goes on behind a zstd frame that can't be unpacked, with what looks like the next one;
    /// whether there is one. What the damaged one gave last is left out with it: its checksum is
    /// all that tells right bytes from wrong ones.
    fn pass_damage(&mut self) -> io::Result<bool> {
        let Self::Zstd { decoder, position } = self else { return Ok(false) };
        let Some(failed) = decoder.take() else { return Ok(false) };
        let mut counted = failed.finish();
        // from the byte after the beginning of the damaged one: its lengths may be what is wrong,
        // so that reading may have come too far
        counted.seek_to(position.offset + 1)?;
        let mut matched = 0;
        loop {
            let buffer = counted.fill_buf()?;
            if buffer.is_empty() {
                return Ok(false);
            }
            let length = buffer.len();
            let end = buffer.iter().position(|byte| {
                matched = if *byte == ZSTD_MAGIC[matched] {
                    matched + 1
                } else {
                    usize::from(*byte == ZSTD_MAGIC[0])
                };
                matched == ZSTD_MAGIC.len()
            });
            counted.consume(end.map_or(length, |end| end + 1));
            if end.is_some() {
                counted.seek_to(counted.offset - ZSTD_MAGIC.len() as u64)?;
                *position = Position { offset: counted.offset, skip: 0 };
                *decoder = Some(Decoder::with_buffer(counted)?.single_frame());
                return Ok(true);
            }
        }
    }

    /// Reads some bytes; how many, and the place of the first. None at the end.
    fn read(&mut self, into: &mut [u8]) -> io::Result<(usize, Position)> {
        match self {
            Self::Plain(counted) => {
                let position = Position { offset: counted.offset, skip: 0 };
                Ok((counted.read(into)?, position))
            }
            Self::Zstd { decoder, position } => loop {
                let Some(reading) = decoder else { return Ok((0, *position)) };
                let read = reading.read(into)?;
                if read > 0 {
                    let start = *position;
                    position.skip += read as u64;
                    return Ok((read, start));
                }
                // The end of one zstd frame; the next, if there is one, is on its own: that is
                // what makes seeking possible.
                let Some(finished) = decoder.take() else { return Ok((0, *position)) };
                let mut counted = finished.finish();
                if counted.fill_buf()?.is_empty() {
                    return Ok((0, *position));
                }
                *position = Position { offset: counted.offset, skip: 0 };
                *decoder = Some(Decoder::with_buffer(counted)?.single_frame());
            },
        }
    }
}

/// A file that knows how far it was read.
struct Counted {
    inner: BufReader<File>,
    offset: u64,
}

impl Counted {
    /// Goes to another place of the file; near the present one that reads nothing anew.
    fn seek_to(&mut self, offset: u64) -> io::Result<()> {
        let by = i128::from(offset) - i128::from(self.offset);
        let by = i64::try_from(by).map_err(|_| io::ErrorKind::InvalidInput)?;
        self.inner.seek_relative(by)?;
        self.offset = offset;
        Ok(())
    }
}

impl Read for Counted {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.offset += read as u64;
        Ok(read)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }
    fn consume(&mut self, amount: usize) {
        self.offset += amount as u64;
        self.inner.consume(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::{Position, Reader};
    use crate::domain::frame::{Frame, Payload};
    use crate::domain::identity::ChannelNumber;
    use crate::tape::format::{Entry, Header, Privacy};
    use crate::tape::writer::{Limits, TapeWriter};
    use jiff::Timestamp;
    use std::path::Path;

    fn frame(number: i64) -> Entry {
        Entry::Frame(Frame {
            received: Timestamp::from_millisecond(number).unwrap(),
            channel: ChannelNumber(1),
            payload: Payload::Text(format!("{{\"topicName\":\"v2.a\",\"n\":{number}}}").into()),
        })
    }

    /// A tape of `blocks` blocks of ten frames.
    fn write(path: &Path, blocks: i64) {
        let header = Header::new(Timestamp::UNIX_EPOCH, Privacy::Clear);
        let mut writer = TapeWriter::create(path, header, Limits::default()).unwrap();
        for block in 0..blocks {
            for number in 0..10 {
                writer.push(&frame(block * 10 + number));
            }
            writer.flush().unwrap();
        }
    }

    fn read(reader: &mut Reader) -> Vec<Entry> {
        std::iter::from_fn(|| reader.next_entry().unwrap()).collect()
    }

    #[test]
    fn every_place_can_be_returned_to() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.tape", "a.tape.zst"] {
            let path = folder.path().join(name);
            write(&path, 5);
            let mut reader = Reader::open(&path).unwrap();
            assert!(matches!(reader.next_entry().unwrap(), Some(Entry::Header(_))));
            let mut places = Vec::new();
            loop {
                let place = reader.position();
                match reader.next_entry().unwrap() {
                    Some(entry) => places.push((place, entry)),
                    None => break,
                }
            }
            assert_eq!(places.len(), 50);
            for (index, (place, entry)) in places.iter().enumerate() {
                let mut again = Reader::open_at(&path, *place).unwrap();
                let rest = read(&mut again);
                assert_eq!(rest.len(), 50 - index, "{name}");
                assert_eq!(&rest[0], entry, "{name}");
            }
        }
    }

    #[test]
    fn a_tape_that_was_cut_off_gives_its_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.tape", "a.tape.zst"] {
            let path = folder.path().join(name);
            write(&path, 3);
            let whole = std::fs::read(&path).unwrap();
            for length in 1..whole.len() {
                std::fs::write(&path, &whole[..length]).unwrap();
                let mut reader = Reader::open(&path).unwrap();
                let entries = read(&mut reader);
                let frames: Vec<_> =
                    entries.iter().filter(|entry| matches!(entry, Entry::Frame(_))).collect();
                let expected: Vec<_> = (0..30).map(frame).collect();
                assert_eq!(frames, expected.iter().take(frames.len()).collect::<Vec<_>>());
                assert_eq!(reader.total().damaged, 0, "{name} at {length}");
                if name == "a.tape" {
                    let lines = whole[..length].split(|byte| *byte == b'\n').count() - 1;
                    assert_eq!(entries.len(), lines, "at {length}");
                }
            }
        }
    }

    #[test]
    fn a_damaged_block_costs_only_itself() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tape.zst");
        write(&path, 5);
        let whole = std::fs::read(&path).unwrap();
        let starts: Vec<usize> = (0..whole.len() - 3)
            .filter(|at| whole[*at..].starts_with(&super::ZSTD_MAGIC))
            .collect();
        assert!(starts.len() >= 5, "{starts:?}");
        // in the middle, its very beginning, and a whole one behind its magic
        let third = starts[starts.len() - 3]..starts[starts.len() - 2];
        let middle = third.start.midpoint(third.end);
        for damage in [middle..middle + 8, third.start..third.start + 4, third.start + 4..third.end]
        {
            let mut bytes = whole.clone();
            bytes[damage.clone()].iter_mut().for_each(|byte| *byte = !*byte);
            std::fs::write(&path, &bytes).unwrap();
            let mut reader = Reader::open(&path).unwrap();
            let entries = read(&mut reader);
            let expected: Vec<_> = (0..20).chain(30..50).map(frame).collect();
            assert_eq!(entries[1..], expected, "{damage:?}");
            assert_eq!((reader.total().damaged, reader.total().cut_off), (1, false), "{damage:?}");
        }
    }

    #[test]
    fn damage_costs_its_lines_and_what_is_no_tape_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tape");
        write(&path, 1);
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.insert_str(text.find('\n').unwrap() + 1, "{\"received\":\n\u{0}\u{0}\n\n");
        std::fs::write(&path, &text).unwrap();
        let mut reader = Reader::open(&path).unwrap();
        assert_eq!(read(&mut reader).len(), 11);
        assert_eq!(reader.total().damaged, 2);
        std::fs::write(&path, "once upon a time\nthere was a file\n").unwrap();
        assert!(Reader::open(&path).unwrap().next_entry().is_err());
        assert!(Reader::open(folder.path()).is_err());
        std::fs::write(&path, "").unwrap();
        assert!(
            Reader::open_at(&path, Position::default()).unwrap().next_entry().unwrap().is_none()
        );
    }
}
