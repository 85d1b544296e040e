//! How a recording stands, for whoever shows it. Must not know how one is written.

/// How a recording stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordingStatus {
    /// Bytes written, in all its parts.
    pub bytes: u64,
    /// Entries that are missing in it.
    pub lost: u64,
    /// Whether it tells who people are.
    pub clear: bool,
    /// What it does just now.
    pub standing: Standing,
}

/// What a recording does just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// Its file isn't open yet: a disk that is asleep, a pipe that nobody reads.
    #[default]
    Opening,
    /// It writes, and loses nothing.
    Writing,
    /// More comes than the disk takes: entries are left out at this moment.
    TooSlow,
    /// Writing fails, on a full disk most often, and is tried again.
    NotWriting,
    /// It ended.
    Ended,
}
