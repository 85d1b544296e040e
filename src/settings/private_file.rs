//! Writes files that only their owner may read, so that a reader sees the old or the new text and
//! never half of one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// How many names are tried for the temporary file. More than one is taken only if a crash left
/// some behind under the same process id.
const MOST_NAMES: u32 = 64;

/// The most symbolic links followed to the true file, as in Linux' own limit.
const MOST_LINKS: u32 = 40;

/// Distinguishes writers inside one process.
static COUNTER: AtomicU32 = AtomicU32::new(0);

/// Replaces `path` by `content`: mode 0600 from the first byte, through a temporary file beside it
/// and a rename. A symbolic link is followed, so that it stays one. Missing folders are made with
/// mode 0700.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let target = follow(path)?;
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    make_folder(folder)?;
    let (temporary, mut file) = create_beside(&target, folder)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    drop(file);
    let replaced = written.and_then(|()| fs::rename(&temporary, &target));
    if replaced.is_err() {
        // The first error is the one worth telling; a leftover is private in any case.
        let _ = fs::remove_file(&temporary);
    }
    replaced
}

/// The file that a chain of links ends at, whether it exists yet or not.
fn follow(path: &Path) -> io::Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        match fs::symlink_metadata(&target) {
            Ok(metadata) if metadata.is_symlink() => {
                let next = fs::read_link(&target)?;
                // An absolute link replaces the whole path in `join`.
                target = target.parent().unwrap_or(Path::new("")).join(next);
            }
            Ok(metadata) if metadata.is_dir() => {
                return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
            }
            Ok(_) => return Ok(target),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(target),
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many symbolic links"))
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn create_beside(target: &Path, folder: &Path) -> io::Result<(PathBuf, File)> {
    let name = target.file_name().ok_or_else(|| io::Error::other("the path has no file name"))?;
    let mut options = OpenOptions::new();
    // `create_new` refuses what another user may have put there, links included.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for _ in 0..MOST_NAMES {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".{}-{number}.tmp", std::process::id()));
        let temporary = folder.join(hidden);
        match options.open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many temporary files are left behind"))
}

#[cfg(all(test, unix))]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn writes_privately_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/file");
        replace(&path, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!((mode(&path), mode(&folder.path().join("a/b"))), (0o600, 0o700));
        assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1);
    }

    #[test]
    fn links_stay_links() {
        let folder = tempfile::tempdir().unwrap();
        let (link, middle) = (folder.path().join("link"), folder.path().join("middle"));
        symlink("middle", &link).unwrap();
        symlink("real", &middle).unwrap();
        replace(&link, b"text").unwrap();
        assert_eq!(fs::read(folder.path().join("real")).unwrap(), b"text");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::symlink_metadata(&middle).unwrap().is_symlink());
    }

    #[test]
    fn loops_and_folders_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        symlink("link", &link).unwrap();
        assert!(replace(&link, b"text").is_err());
        assert!(replace(folder.path(), b"text").is_err());
    }
}
