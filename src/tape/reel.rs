//! What is still to be played, read ahead on a thread of its own that ends when nobody takes any
//! more.
use crate::tape::format::Entry;
use crate::tape::reader::{Position, Reader, TapeError, Total};
use std::collections::VecDeque;
use std::path::Path;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TryRecvError;

/// Entries that are handed over at once: enough to make the handing over cheap.
const CHUNK_ENTRIES: usize = 256;
/// Chunks that wait: with the largest ordinary frames of 10 KB some 10 MB.
const WAITING_CHUNKS: usize = 4;

/// What the reading thread hands over.
enum Chunk {
    Entries(Vec<Entry>, Position),
    End(Result<Total, TapeError>),
}

/// The entries from a place on.
pub(super) struct Reel {
    chunks: mpsc::Receiver<Chunk>,
    waiting: VecDeque<Entry>,
    /// Whether everything was read.
    is_read: bool,
    fault: Option<String>,
}

impl Reel {
    /// Reads from a place on.
    ///
    /// # Errors
    /// When the file can't be read or there is no thread to be had.
    pub(super) fn read(path: &Path, position: Position) -> Result<Self, TapeError> {
        let reader = Reader::open_at(path, position)?;
        let (send, chunks) = mpsc::channel(WAITING_CHUNKS);
        std::thread::Builder::new()
            .name("gcwatch-replay".to_owned())
            .spawn(move || read_ahead(reader, &send))
            .map_err(|error| TapeError::File { path: path.display().to_string(), error })?;
        Ok(Self { chunks, waiting: VecDeque::new(), is_read: false, fault: None })
    }

    /// One that holds nothing, and why if it should.
    pub(super) fn empty(fault: Option<String>) -> Self {
        let (_, chunks) = mpsc::channel(1);
        Self { chunks, waiting: VecDeque::new(), is_read: true, fault }
    }

    /// Why reading ended, if it was not the end of the tape.
    pub(super) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Whether everything was read and taken.
    pub(super) fn has_ended(&self) -> bool {
        self.is_read && self.waiting.is_empty()
    }

    /// What comes next, as far as it is read.
    pub(super) fn next(&self) -> Option<&Entry> {
        self.waiting.front()
    }

    /// The next entries and where those after them begin, waited for; `None` at the end. For whoever
    /// takes all in this way, and not for the thread of a runtime.
    pub(super) fn wait_for_some(&mut self) -> Option<(Vec<Entry>, Position)> {
        while !self.is_read {
            match self.chunks.blocking_recv() {
                Some(Chunk::Entries(entries, end)) => return Some((entries, end)),
                end => self.take(end),
            }
        }
        None
    }

    /// Takes what comes next, as far as it is read.
    pub(super) fn pop(&mut self) -> Option<Entry> {
        self.waiting.pop_front()
    }

    /// Takes over what was read meanwhile, if nothing is there; never waits.
    pub(super) fn refill(&mut self) {
        while self.waiting.is_empty() && !self.is_read {
            match self.chunks.try_recv() {
                Ok(chunk) => self.take(Some(chunk)),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => self.take(None),
            }
        }
    }

    /// Returns once something comes next, or everything was read. Cancelling it loses nothing.
    pub(super) async fn ready(&mut self) {
        while self.waiting.is_empty() && !self.is_read {
            let chunk = self.chunks.recv().await;
            self.take(chunk);
        }
    }

    /// What comes next, waited for; `None` at the end. Not for the thread of a runtime.
    pub(super) fn wait_for_next(&mut self) -> Option<&Entry> {
        while self.waiting.is_empty() && !self.is_read {
            let chunk = self.chunks.blocking_recv();
            self.take(chunk);
        }
        self.waiting.front()
    }

    /// Takes what comes next, waited for; `None` at the end. Not for the thread of a runtime.
    pub(super) fn wait_and_pop(&mut self) -> Option<Entry> {
        self.wait_for_next()?;
        self.pop()
    }

    fn take(&mut self, chunk: Option<Chunk>) {
        match chunk {
            Some(Chunk::Entries(entries, _)) => self.waiting.extend(entries),
            Some(Chunk::End(Err(error))) => {
                self.fault = Some(error.to_string());
                self.is_read = true;
            }
            Some(Chunk::End(Ok(_))) | None => self.is_read = true,
        }
    }
}

fn read_ahead(mut reader: Reader, send: &mpsc::Sender<Chunk>) {
    loop {
        let mut entries = Vec::with_capacity(CHUNK_ENTRIES);
        let mut end = None;
        while entries.len() < CHUNK_ENTRIES && end.is_none() {
            match reader.next_entry() {
                Ok(Some(entry)) => entries.push(entry),
                Ok(None) => end = Some(Ok(reader.total())),
                Err(error) => end = Some(Err(error)),
            }
        }
        if !entries.is_empty() {
            let chunk = Chunk::Entries(entries, reader.position());
            if send.blocking_send(chunk).is_err() {
                return;
            }
        }
        if let Some(end) = end {
            // nobody takes it any more: then nobody needs to know
            let _ = send.blocking_send(Chunk::End(end));
            return;
        }
    }
}
