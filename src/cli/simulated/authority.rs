//! `gcwatch simulate --tls`: where the throw-away authority's certificate is found.
use crate::cli::problem::Problem;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The file of the certificate. One that nobody asked for by name goes with the service.
pub(super) struct AuthorityFile {
    path: PathBuf,
    is_ours: bool,
}

impl AuthorityFile {
    /// Writes it where it was asked for, else beside other temporary files.
    pub(super) fn write(pem: &str, asked: Option<&Path>) -> Result<Self, Problem> {
        let written = match asked {
            Some(path) => std::fs::write(path, pem).map(|()| path.to_owned()),
            None => temporary(pem),
        };
        let path = written.and_then(std::path::absolute).map_err(|error| {
            Problem::usage(format!("the authority's certificate can't be written: {error}"))
                .remedy("name a file that you may write to with --ca-out FILE")
        })?;
        Ok(Self { path, is_ours: asked.is_none() })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for AuthorityFile {
    fn drop(&mut self) {
        if self.is_ours {
            // it is of no use to anybody any more, and no harm either
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A new file of a name that nobody could have put something else under.
fn temporary(pem: &str) -> io::Result<PathBuf> {
    let name = format!("gcwatch-simulate-{:016x}.pem", fastrand::u64(..));
    let path = std::env::temp_dir().join(name);
    OpenOptions::new().write(true).create_new(true).open(&path)?.write_all(pem.as_bytes())?;
    Ok(path)
}
