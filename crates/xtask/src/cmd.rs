//! Child processes, with errors that name the command.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::paths;

/// Variables that `cargo run` sets for this program only. With `LD_LIBRARY_PATH`, another toolchain
/// would load the libraries of this one.
const NOT_INHERITED: &[&str] = &["LD_LIBRARY_PATH", "CARGO", "RUST_RECURSION_COUNT"];

/// A command that runs in the root of the repository.
pub(crate) struct Cmd {
    command: Command,
    display: String,
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
        let display = Path::new(program).file_name().unwrap_or(program);
        Self { display: display.to_string_lossy().into_owned(), command, hint: None }
    }

    /// Cargo of the active toolchain.
    pub(crate) fn cargo() -> Self {
        Self::new("cargo").env("CARGO_TARGET_DIR", paths::target())
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        let arg = arg.as_ref();
        self.display.push(' ');
        self.display.push_str(&arg.to_string_lossy());
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

    /// Writes standard error to a file.
    pub(crate) fn stderr_to(mut self, file: &Path) -> Result<Self> {
        let file =
            File::create(file).with_context(|| format!("cannot write {}", file.display()))?;
        self.command.stderr(file);
        Ok(self)
    }

    /// Writes standard output and standard error to a file.
    pub(crate) fn output_to(mut self, path: &Path) -> Result<Self> {
        let context = || format!("cannot write {}", path.display());
        let file = File::create(path).with_context(context)?;
        self.command.stdout(file.try_clone().with_context(context)?).stderr(file);
        Ok(self)
    }

    /// What to do if the command fails.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Runs the command until it ends. Its output is not captured.
    pub(crate) fn run(self) -> Result<()> {
        self.start()?.wait()
    }

    /// Starts the command without waiting for its end.
    pub(crate) fn start(mut self) -> Result<RunningCmd> {
        let child = self.command.spawn();
        let child = child.with_context(|| self.cannot_start())?;
        Ok(RunningCmd { cmd: self, child })
    }

    /// Runs the command and passes each line of its standard output to `each`.
    pub(crate) fn run_lines(mut self, mut each: impl FnMut(&str)) -> Result<()> {
        let mut child = self.spawn_piped()?;
        if let Some(output) = child.stdout.take() {
            let mut reader = BufReader::new(output);
            let mut line = Vec::new();
            // Bytes, because a test may print something that is not UTF-8.
            while reader.read_until(b'\n', &mut line)? > 0 {
                each(String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']));
                line.clear();
            }
        }
        let status = child.wait()?;
        self.check(status)
    }

    /// Runs the command and returns its standard output.
    pub(crate) fn capture(self) -> Result<String> {
        let mut output = String::new();
        self.run_lines(|line| {
            output.push_str(line);
            output.push('\n');
        })?;
        Ok(output)
    }

    /// Whether the command exists and ends with status 0. Its output is discarded.
    pub(crate) fn succeeds(mut self) -> bool {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.command.status().is_ok_and(|status| status.success())
    }

    /// Runs the command, and stops it after `limit`.
    pub(crate) fn run_within(self, limit: Duration) -> Result<()> {
        let RunningCmd { cmd, mut child } = self.start()?;
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = child.try_wait()? {
                return cmd.check(status);
            }
            if Instant::now() >= deadline {
                child.kill()?;
                child.wait()?;
                bail!("timeout: `{}` did not end within {} s", cmd.display, limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Starts the command with a pipe for its standard output. The caller stops it.
    pub(crate) fn spawn_piped(&mut self) -> Result<Child> {
        let child = self.command.stdout(Stdio::piped()).spawn();
        child.with_context(|| self.cannot_start())
    }

    fn cannot_start(&self) -> String {
        format!("cannot start `{}`", self.display)
    }

    fn check(self, status: ExitStatus) -> Result<()> {
        if status.success() {
            return Ok(());
        }
        let error = anyhow!("`{}` ended with {status}", self.display);
        Err(match self.hint {
            Some(hint) => anyhow!("{error}; {hint}"),
            None => error,
        })
    }
}

/// A command that was started.
pub(crate) struct RunningCmd {
    cmd: Cmd,
    child: Child,
}

impl RunningCmd {
    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Result<()> {
        let status = self.child.wait()?;
        self.cmd.check(status)
    }
}

/// The path of a command in `PATH`.
pub(crate) fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
