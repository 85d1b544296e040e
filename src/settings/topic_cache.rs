//! The service's catalogue of topics, kept between two runs: it is asked for once a day.
//!
//! What is kept is the answer as it came, so that whoever reads it goes through the same door as
//! with a fresh one. Must not know what stands in it. A cache is never needed: what can't be read
//! counts as absent.
use super::places::Places;
use super::{SettingsError, private_file};
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// How long an answer is good: topics are added a few times a month.
pub const GOOD_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// Largest answer that is kept, in bytes. Without schemas it has some 150 KB.
const LARGEST_ANSWER: u64 = 8 << 20;

/// Where the catalogue of one service is kept.
#[derive(Clone, Debug)]
pub struct TopicCache {
    path: PathBuf,
}

/// An answer that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The answer as it came.
    pub answer: Vec<u8>,
    /// How long ago; `None` where the file's time lies in the future.
    pub age: Option<Duration>,
}

impl KeptAnswer {
    /// Whether it needs no asking again.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.age.is_some_and(|age| age < GOOD_FOR)
    }
}

impl TopicCache {
    /// The cache for the service at `host`.
    #[must_use]
    pub fn of(places: &Places, host: &str) -> Self {
        let plain = |character: char| {
            if character.is_ascii_alphanumeric() || character == '.' { character } else { '-' }
        };
        let name: String = host.chars().map(plain).collect();
        Self { path: places.cache.join(format!("topics-{name}.json")) }
    }

    /// What is kept, and how old it is at `now`.
    #[must_use]
    pub fn read(&self, now: SystemTime) -> Option<KeptAnswer> {
        let file = File::open(&self.path).ok()?;
        let written = file.metadata().and_then(|metadata| metadata.modified()).ok();
        let mut answer = Vec::new();
        file.take(LARGEST_ANSWER + 1).read_to_end(&mut answer).ok()?;
        let age = written.and_then(|written| now.duration_since(written).ok());
        (answer.len() as u64 <= LARGEST_ANSWER).then_some(KeptAnswer { answer, age })
    }

    /// Keeps an answer.
    ///
    /// # Errors
    /// [`SettingsError::Io`] with the operating system's reason.
    pub fn keep(&self, answer: &[u8]) -> Result<(), SettingsError> {
        private_file::replace(&self.path, answer)
            .map_err(|source| SettingsError::io("write", &self.path, source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_good_for_a_day_and_never_from_the_future() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let places = Places {
            config: at("config"),
            data: at("data"),
            state: at("state"),
            cache: at("cache"),
        };
        let cache = TopicCache::of(&places, "api.example:8080/..");
        let now = SystemTime::now();
        assert_eq!(cache.read(now), None);
        cache.keep(b"{}").unwrap();
        assert!(at("cache/topics-api.example-8080-...json").exists());
        let read = |after: i64| {
            let by = Duration::from_secs(after.unsigned_abs());
            cache.read(if after < 0 { now - by } else { now + by }).unwrap()
        };
        assert!(read(60).is_fresh());
        assert!(!read(25 * 60 * 60).is_fresh());
        assert!(
            !read(-60 * 60).is_fresh(),
            "a clock that went back makes it old, not good for ever"
        );
        assert_eq!(read(60).answer, b"{}");
    }
}
