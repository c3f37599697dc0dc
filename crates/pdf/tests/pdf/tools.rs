//! The programs that judge, and the directory they work in.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Runs a program, which must be there.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).output().unwrap_or_else(|error| {
        panic!(
            "{program}: {error}. This test needs: apt-get install poppler-utils libnss3-tools qpdf"
        )
    })
}

/// Runs a program that must succeed, and gives what it printed.
pub(crate) fn text(program: &str, arguments: &[&str]) -> String {
    let output = run(program, arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {text}{errors}");
    text
}

/// A directory of its own that goes away with the test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id();
        let path = std::env::temp_dir().join(format!("sandbox-pdf-{name}-{process}-{count}"));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.path(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A file passed through `qpdf` with `arguments` before the two file names: the same in each run,
/// though identifiers and encryption want random numbers.
pub(crate) fn qpdf(arguments: &[&str], bytes: &[u8]) -> Vec<u8> {
    let scratch = Scratch::new("qpdf");
    let input = scratch.write("in.pdf", bytes);
    let output = scratch.path("out.pdf");
    let fixed = ["--static-id", "--static-aes-iv"];
    let files = [input.as_str(), output.as_str()];
    text("qpdf", &[&fixed, arguments, &files].concat());
    fs::read(Path::new(&output)).unwrap()
}
