//! Child processes: started, shown, awaited, and named when they fail.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::paths;

/// What `cargo run` leaves in the environment for this program alone. Handed on, it would
/// make another toolchain load the libraries of this one.
const NOT_INHERITED: &[&str] = &["LD_LIBRARY_PATH", "CARGO", "RUST_RECURSION_COUNT"];

/// A command to be run in the root of the repository.
pub(crate) struct Cmd {
    command: Command,
    shown: String,
    hint: Option<String>,
}

impl Cmd {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.current_dir(paths::root()).stdin(Stdio::null());
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        let shown = Path::new(program).file_name().unwrap_or(program);
        Self { shown: shown.to_string_lossy().into_owned(), command, hint: None }
    }

    /// Cargo of the active toolchain, building for this machine.
    pub(crate) fn cargo() -> Self {
        Self::new("cargo").env("CARGO_TARGET_DIR", paths::target())
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        let arg = arg.as_ref();
        self.shown.push(' ');
        self.shown.push_str(&arg.to_string_lossy());
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(self, args: impl IntoIterator<Item = A>) -> Self {
        args.into_iter().fold(self, Self::arg)
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn envs(mut self, pairs: &[(String, OsString)]) -> Self {
        for (name, value) in pairs {
            self.command.env(name, value);
        }
        self
    }

    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.command.current_dir(dir);
        self
    }

    /// Sends what it says on standard error to a file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn log_to(mut self, file: &Path) -> Result<Self> {
        let file = std::fs::File::create(file)
            .with_context(|| format!("cannot write {}", file.display()))?;
        self.command.stderr(file);
        Ok(self)
    }

    /// What to do when the command fails.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Runs the command to its end; it prints for itself.
    ///
    /// # Errors
    /// When it cannot be started or ends with another status than 0.
    pub(crate) fn run(mut self) -> Result<()> {
        let status = self.command.status();
        let status = status.with_context(|| self.cannot_start())?;
        self.judge(status)
    }

    /// Runs the command and hands every line of its standard output to `each`.
    ///
    /// # Errors
    /// When it cannot be started or ends with another status than 0.
    pub(crate) fn run_lines(mut self, mut each: impl FnMut(&str)) -> Result<()> {
        let mut child = self.spawn_piped()?;
        if let Some(output) = child.stdout.take() {
            let mut reader = BufReader::new(output);
            let mut line = Vec::new();
            // Bytes, not text: a test may print what is not UTF-8.
            while reader.read_until(b'\n', &mut line)? > 0 {
                each(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
                line.clear();
            }
        }
        let status = child.wait()?;
        self.judge(status)
    }

    /// Runs the command and returns its standard output.
    ///
    /// # Errors
    /// When it cannot be started or ends with another status than 0.
    pub(crate) fn capture(self) -> Result<String> {
        let mut output = String::new();
        self.run_lines(|line| {
            output.push_str(line);
            output.push('\n');
        })?;
        Ok(output)
    }

    /// Is the command there, and does it end with status 0? Prints nothing.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.command.status().is_ok_and(|status| status.success())
    }

    /// Runs the command, and ends it when it takes longer than `limit`.
    ///
    /// # Errors
    /// As [`Cmd::run`], and when the limit is reached.
    pub(crate) fn run_within(mut self, limit: Duration) -> Result<()> {
        let child = self.command.spawn();
        let mut child = child.with_context(|| self.cannot_start())?;
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = child.try_wait()? {
                return self.judge(status);
            }
            if Instant::now() >= deadline {
                child.kill()?;
                child.wait()?;
                bail!("`{}` did not end within {} s", self.shown, limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Starts the command with its standard output held by the caller, who ends it.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn spawn_piped(&mut self) -> Result<Child> {
        let child = self.command.stdout(Stdio::piped()).spawn();
        child.with_context(|| self.cannot_start())
    }

    fn cannot_start(&self) -> String {
        format!("`{}` could not be started", self.shown)
    }

    fn judge(self, status: ExitStatus) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        let error = anyhow!("`{}` ended with {status}", self.shown);
        Err(match self.hint {
            Some(hint) => anyhow!("{error}; {hint}"),
            None => error,
        })
    }
}

/// Where a command is found in `PATH`.
pub(crate) fn in_path(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
