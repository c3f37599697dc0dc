//! Remembers what was done, keyed by what it was made from, so that it is done once.

use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::paths;
use crate::steps::Steps;

/// What a result is made from.
#[derive(Default)]
pub(crate) struct Key(DefaultHasher);

impl Key {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn text(mut self, text: &str) -> Self {
        self.0.write_usize(text.len());
        self.0.write(text.as_bytes());
        self
    }

    /// # Errors
    /// When the file cannot be read.
    pub(crate) fn file(mut self, path: &Path) -> Result<Self> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        self.0.write_usize(bytes.len());
        self.0.write(&bytes);
        Ok(self)
    }

    /// Every file below a folder, but for the folders named in `without`.
    ///
    /// # Errors
    /// When one cannot be read.
    pub(crate) fn folder(self, folder: &Path, without: &[&str]) -> Result<Self> {
        files_below(folder, without)?
            .iter()
            .try_fold(self, |key, path| key.text(&path.to_string_lossy()).file(path))
    }

    pub(crate) fn finish(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

/// Every file below a folder in a fixed order, but for the folders named in `without`.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn files_below(folder: &Path, without: &[&str]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                if !without.iter().any(|name| entry.file_name() == *name) {
                    folders.push(entry.path());
                }
            } else {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Does `work` as a step, unless it was done for the same key and its outputs are still there.
///
/// # Errors
/// Those of `work`, and when the stamp cannot be written.
pub(crate) fn once(
    steps: &mut Steps,
    name: &str,
    key: &Key,
    outputs: &[&Path],
    work: impl FnOnce(&mut Steps) -> Result<()>,
) -> Result<()> {
    let folder = paths::work().join("stamps");
    let stamp = folder.join(name.replace([' ', '/'], "-"));
    let key = key.finish();
    let done = fs::read_to_string(&stamp).is_ok_and(|found| found == key);
    if done && outputs.iter().all(|output| output.exists()) {
        steps.note(&format!("{name}: ready"));
        return Ok(());
    }
    // Without it first: work that is interrupted must not count as done.
    if stamp.exists() {
        fs::remove_file(&stamp)?;
    }
    steps.step(name, work)?;
    fs::create_dir_all(&folder)?;
    fs::write(&stamp, key).with_context(|| format!("cannot write {}", stamp.display()))
}
