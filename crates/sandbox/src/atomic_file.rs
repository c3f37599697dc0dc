//! Files that hold secrets: written whole or not at all, for their owner alone.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::Path;

/// An error that names its file.
pub(crate) fn with_path(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Puts a file in place of whatever stands there: whoever looks finds the former one, or this one
/// to its end.
pub(crate) fn write_atomic(path: &Path, content: &[u8]) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{}: is no file", path.display()))
    })?;
    let mut beside = name.to_owned();
    beside.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(beside);
    let written = write(&beside, content).and_then(|()| std::fs::rename(&beside, path));
    written.map_err(|error| {
        // It may not even have been made.
        let _removed = std::fs::remove_file(&beside);
        with_path(path, &error)
    })
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
