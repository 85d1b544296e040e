//! Writes entries in blocks, each whole: what a crash can lose is the block that isn't written yet.
//!
//! Must not know of threads nor when to write; whoever owns it says [`TapeWriter::flush`].
use super::file::{self, Compression};
use super::format::{Entry, Header, encode};
use jiff::Timestamp;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use zstd::bulk::Compressor;

/// Size of a block before it is compressed, in bytes: some 150 frames, enough for zstd to see
/// what repeats, little enough to be unpacked in a millisecond when somebody seeks.
pub const BLOCK_BYTES: usize = 256 << 10;
/// zstd's own default: level 1 saves a third of the time and costs a tenth of the space.
const LEVEL: i32 = 3;

/// When a recording goes on in another file, and how many files are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes in a file, as stored; a file may be one block longer.
    pub bytes: Option<u64>,
    /// Longest time that a file covers.
    pub age: Option<Duration>,
    /// Most files; the oldest is removed. `None` keeps all.
    pub keep: Option<u32>,
}

/// What was in a block that could not be written.
#[derive(Debug)]
pub struct Unwritten {
    /// Why.
    pub error: io::Error,
    /// Times of its first and last entry.
    pub span: Option<(Timestamp, Timestamp)>,
    /// Frames in it.
    pub frames: u64,
    /// Other entries in it.
    pub control: u64,
}

/// A tape that is being written.
pub struct TapeWriter {
    target: Target,
    compression: Compression,
    compressor: Option<Compressor<'static>>,
    header: Header,
    limits: Limits,
    block: String,
    /// Whether the header of this part is still in the block.
    begins: bool,
    span: Option<(Timestamp, Timestamp)>,
    frames: u64,
    control: u64,
    /// Bytes in all parts.
    bytes: u64,
}

enum Target {
    /// A file of our own. `good`: its length up to the last whole block.
    File { path: PathBuf, file: File, good: u64 },
    /// A pipe, a device, standard output: what is written can't be taken back.
    Stream(Box<dyn Write + Send>),
}

impl TapeWriter {
    /// Begins a tape in a file, mode 0600, compressed if its name ends in `.zst`. Opening a pipe
    /// waits for its reader.
    ///
    /// # Errors
    /// When the file can't be created or holds something already.
    pub fn create(path: &Path, header: Header, limits: Limits) -> io::Result<Self> {
        let file = file::create(path)?;
        let target = if file.metadata()?.is_file() {
            Target::File { path: path.to_owned(), file, good: 0 }
        } else {
            Target::Stream(Box::new(file))
        };
        Self::new(target, Compression::of(path), header, limits)
    }

    /// Begins a tape on a stream.
    ///
    /// # Errors
    /// When the compression can't be had.
    pub fn stream(
        stream: Box<dyn Write + Send>,
        compression: Compression,
        header: Header,
    ) -> io::Result<Self> {
        Self::new(Target::Stream(stream), compression, header, Limits::default())
    }

    fn new(
        target: Target,
        compression: Compression,
        header: Header,
        limits: Limits,
    ) -> io::Result<Self> {
        let compressor = match compression {
            Compression::None => None,
            Compression::Zstd => {
                let mut compressor = Compressor::new(LEVEL)?;
                compressor.include_checksum(true)?;
                Some(compressor)
            }
        };
        let mut block = String::with_capacity(BLOCK_BYTES + BLOCK_BYTES / 4);
        encode(&Entry::Header(header.clone()), &mut block);
        Ok(Self {
            target,
            compression,
            compressor,
            header,
            limits,
            block,
            begins: true,
            span: None,
            frames: 0,
            control: 0,
            bytes: 0,
        })
    }

    /// Adds an entry to the block; nothing is written.
    pub fn push(&mut self, entry: &Entry) {
        encode(entry, &mut self.block);
        match entry {
            Entry::Frame(_) => self.frames += 1,
            Entry::Control { .. } => self.control += 1,
            Entry::Header(_) | Entry::Lost(_) => {}
        }
        let at = entry.at();
        self.span = Some(self.span.map_or((at, at), |(first, _)| (first, at)));
    }

    /// Adds a line as it is, with its line end; nothing is written.
    pub fn push_line(&mut self, line: &str) {
        self.block.push_str(line.trim_end_matches(['\n', '\r']));
        self.block.push('\n');
    }

    /// Whether the block is large enough to be written.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.block.len() >= BLOCK_BYTES
    }

    /// Whether no entry waits to be written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.span.is_none()
    }

    /// Bytes written so far, in all parts.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Writes the block. When that fails the block is gone and the file ends with the one before:
    /// half a block would hide all that follows.
    ///
    /// # Errors
    /// [`Unwritten`], saying what is lost.
    pub fn flush(&mut self) -> Result<(), Unwritten> {
        if self.block.is_empty() {
            return Ok(());
        }
        let written = self.write_block();
        self.block.clear();
        // one frame of megabytes must not keep its room for ever
        self.block.shrink_to(2 * BLOCK_BYTES);
        let (frames, control) =
            (std::mem::take(&mut self.frames), std::mem::take(&mut self.control));
        let span = self.span.take();
        if written.is_ok() {
            self.begins = false;
        } else if self.begins {
            encode(&Entry::Header(self.header.clone()), &mut self.block);
        }
        written.map_err(|error| Unwritten { error, span, frames, control })
    }

    fn write_block(&mut self) -> io::Result<()> {
        let packed;
        let bytes = match &mut self.compressor {
            None => self.block.as_bytes(),
            Some(compressor) => {
                packed = compressor.compress(self.block.as_bytes())?;
                &packed
            }
        };
        match &mut self.target {
            Target::Stream(stream) => stream.write_all(bytes).and_then(|()| stream.flush())?,
            Target::File { file, good, .. } => {
                if let Err(error) = file.write_all(bytes) {
                    file.set_len(*good)?;
                    file.seek(SeekFrom::Start(*good))?;
                    return Err(error);
                }
                *good += bytes.len() as u64;
            }
        }
        self.bytes += bytes.len() as u64;
        Ok(())
    }

    /// Whether the recording should go on in another file: asked after a flush.
    #[must_use]
    pub fn is_part_over(&self, now: Timestamp) -> bool {
        let Target::File { good, .. } = &self.target else { return false };
        let age = crate::domain::moment::since(now, self.header.started);
        self.limits.bytes.is_some_and(|most| *good >= most)
            || self.limits.age.is_some_and(|longest| age >= longest)
    }

    /// Goes on in the next file, which begins with `opening`, and removes the oldest one beyond
    /// the limit.
    ///
    /// # Errors
    /// When the next file can't be created; the present one then goes on.
    pub fn next_part(
        &mut self,
        now: Timestamp,
        opening: impl IntoIterator<Item = Entry>,
    ) -> io::Result<()> {
        let Target::File { path, .. } = &self.target else { return Ok(()) };
        let part = self.header.part + 1;
        let next = file::part(path, part);
        let header = Header { part, started: now, ..self.header.clone() };
        let file = file::create(&next)?;
        if let Some(keep) = self.limits.keep
            && let Some(oldest) = part.checked_sub(keep.max(1)).filter(|oldest| *oldest > 0)
        {
            // it may have been taken away by hand
            if let Err(error) = std::fs::remove_file(file::part(path, oldest))
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!(%error, "an old part of the recording can't be removed");
            }
        }
        let path = path.clone();
        self.target = Target::File { path, file, good: 0 };
        self.header = header;
        self.begins = true;
        encode(&Entry::Header(self.header.clone()), &mut self.block);
        for entry in opening {
            self.push(&entry);
        }
        Ok(())
    }

    /// How it is stored.
    #[must_use]
    pub fn compression(&self) -> Compression {
        self.compression
    }
}

#[cfg(test)]
mod tests {
    use super::{Limits, TapeWriter};
    use crate::tape::format::{Entry, Header, Lost, Privacy};
    use jiff::Timestamp;
    use std::time::Duration;

    #[test]
    fn a_part_is_over_by_age_as_by_size_and_the_next_one_is_as_young_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |second: i64| Timestamp::from_second(1_000 + second).unwrap();
        let entry = |second: i64| {
            let (from, until, cause) = (at(second), at(second), "x".repeat(1_000));
            Entry::Lost(Lost { from, until, frames: 1, control: 0, cause })
        };
        let limits = Limits { bytes: Some(3_000), age: Some(Duration::from_secs(60)), keep: None };
        let path = folder.path().join("a.tape");
        let header = Header::new(at(0), Privacy::Clear);
        let mut writer = TapeWriter::create(&path, header, limits).unwrap();
        let mut write = |second: i64| {
            writer.push(&entry(second));
            writer.flush().unwrap();
            let is_over = writer.is_part_over(at(second));
            if is_over {
                writer.next_part(at(second), []).unwrap();
                writer.flush().unwrap();
            }
            is_over
        };
        // by age, then from that time on by age again, then by size within seconds
        let over = [0, 59, 60, 61, 119, 120, 121, 122, 123].map(&mut write);
        assert_eq!(over, [false, false, true, false, false, true, false, false, true]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 4);
    }
}
