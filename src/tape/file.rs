//! Names and files of tapes: parts, compression by name, permissions.
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// How a tape is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// As text.
    None,
    /// As zstd frames, each of which can be read alone.
    Zstd,
}

impl Compression {
    /// What the name of a file asks for.
    #[must_use]
    pub fn of(path: &Path) -> Self {
        let zstd = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("zst"));
        if zstd { Self::Zstd } else { Self::None }
    }
}

/// The file of part `number` of the recording at `path`: the first is `path` itself, the second
/// of `day.tape.zst` is `day.2.tape.zst`.
#[must_use]
pub fn part(path: &Path, number: u32) -> PathBuf {
    if number <= 1 {
        return path.to_owned();
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = match name.split_once('.') {
        Some((stem, rest)) if !stem.is_empty() => format!("{stem}.{number}.{rest}"),
        _ => format!("{name}.{number}"),
    };
    path.with_file_name(name)
}

/// Creates a tape that nobody else can read.
///
/// # Errors
/// When it can't be created, or when there is something in a file of that name already: a
/// recording is never written over. Devices and pipes are taken as they are.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let present = fs::metadata(path).ok();
    if present.is_some_and(|present| present.is_file() && present.len() > 0) {
        return Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            "there is such a file already, and recordings are never written over",
        ));
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::{Compression, create, part};
    use std::path::Path;

    #[test]
    fn parts_are_named_beside_the_first() {
        for (path, number, expected) in [
            ("/a/day.tape.zst", 1, "/a/day.tape.zst"),
            ("/a/day.tape.zst", 2, "/a/day.2.tape.zst"),
            ("day", 3, "day.3"),
            (".hidden", 2, ".hidden.2"),
        ] {
            assert_eq!(part(Path::new(path), number), Path::new(expected));
        }
        assert_eq!(Compression::of(Path::new("a.ZST")), Compression::Zstd);
        assert_eq!(Compression::of(Path::new("zst")), Compression::None);
    }

    #[test]
    fn nothing_is_written_over_and_nobody_else_may_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tape");
        drop(create(&path).unwrap());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, "something").unwrap();
        assert_eq!(create(&path).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
    }
}
