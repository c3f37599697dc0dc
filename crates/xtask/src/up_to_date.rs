//! Skips a step whose inputs have not changed since it last succeeded, by modification time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result};

use crate::paths;
use crate::step_log::Steps;

/// Folders inside of inputs that are outputs themselves.
const IGNORED: [&str; 2] = ["node_modules", "dist"];

/// Runs `work` as a step, unless it succeeded after the last change of `inputs` (files or folders)
/// and `output` still exists.
pub(crate) fn run_if_changed(
    steps: &mut Steps,
    name: &str,
    inputs: &[&Path],
    output: &Path,
    work: impl FnOnce(&mut Steps) -> Result<()>,
) -> Result<()> {
    let stamp = stamp(name);
    let changed = inputs.iter().map(|input| last_change(input)).collect::<Result<Vec<_>>>()?;
    let changed = changed.into_iter().max();
    if output.exists() && stamp.exists() && changed < Some(modified(&stamp)?) {
        steps.note(&format!("{name}: up to date"));
        return Ok(());
    }
    forget(name);
    // Written before the work starts, so that inputs that change meanwhile count as changed.
    let pending = stamp.with_extension("pending");
    fs::create_dir_all(stamp.parent().unwrap_or(&stamp))?;
    fs::write(&pending, "")?;
    steps.step(name, work)?;
    Ok(fs::rename(pending, stamp)?)
}

/// Makes the next [`run_if_changed`] of that name run.
pub(crate) fn forget(name: &str) {
    // It may not exist.
    let _ = fs::remove_file(stamp(name));
}

fn stamp(name: &str) -> PathBuf {
    paths::work().join("stamps").join(name.replace([' ', '/'], "-"))
}

fn modified(path: &Path) -> Result<SystemTime> {
    let metadata = fs::metadata(path);
    Ok(metadata.with_context(|| format!("cannot read {}", path.display()))?.modified()?)
}

/// The latest modification of a file, or of anything in a folder. The time of an input folder itself
/// does not count, because outputs can be in it.
fn last_change(path: &Path) -> Result<SystemTime> {
    if !path.is_dir() {
        return modified(path);
    }
    let mut latest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if !IGNORED.iter().any(|name| path.ends_with(name)) {
            latest = latest.max(last_change(&path)?);
        }
    }
    Ok(latest)
}

/// Every file below a folder in a fixed order, except in folders with one of the names in `without`.
pub(crate) fn files_below(folder: &Path, without: &[&str]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            if !entry.file_type()?.is_dir() {
                files.push(entry.path());
            } else if !without.iter().any(|name| entry.file_name() == *name) {
                folders.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn runs_again_after_an_input_changed_or_the_output_was_removed() {
        let folder = std::env::temp_dir().join(format!("xtask-inputs-{}", std::process::id()));
        fs::create_dir_all(folder.join("src")).unwrap();
        let (input, output) = (folder.join("src/input"), folder.join("output"));
        fs::write(&input, "").unwrap();
        let name = format!("test of stamps {}", std::process::id());
        let ran = || {
            let mut ran = false;
            let source = folder.join("src");
            run_if_changed(&mut Steps::new(), &name, &[&source], &output, |_| {
                ran = true;
                Ok(fs::write(&output, "")?)
            })
            .unwrap();
            ran
        };
        let touch = |ahead: u64| {
            let time = SystemTime::now() + Duration::from_secs(ahead);
            fs::File::options().write(true).open(&input).unwrap().set_modified(time).unwrap();
        };
        touch(0);
        std::thread::sleep(Duration::from_millis(20));
        assert!(ran(), "never done");
        assert!(!ran(), "nothing changed");
        fs::remove_file(&output).unwrap();
        assert!(ran(), "the output was removed");
        touch(10);
        assert!(ran(), "an input changed");
        fs::remove_dir_all(&folder).unwrap();
        forget(&name);
    }
}
