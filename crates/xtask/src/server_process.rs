//! A server as a child process. It prints one line of JSON when it is ready, and is stopped when its
//! value is dropped or when this process ends, even if it is killed.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use crate::cmd::Cmd;

/// How long a server may take until it is ready.
const READY_TIMEOUT: Duration = Duration::from_secs(30);

/// A running server.
pub(crate) struct ServerProcess {
    name: &'static str,
    process: Child,
    watchdog: Child,
    ready: Value,
}

impl ServerProcess {
    /// Starts a server, and waits until it is ready.
    pub(crate) fn start(name: &'static str, mut command: Cmd) -> Result<Self> {
        let mut process = command.spawn_piped()?;
        // A shell that stops the server once its standard input closes, which happens even if this
        // process is killed.
        let watchdog = Command::new("sh")
            .args(["-c", "read -r _; kill \"$1\"", "watchdog", &process.id().to_string()])
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let watchdog = match watchdog {
            Ok(watchdog) => watchdog,
            Err(error) => {
                process.kill()?;
                process.wait()?;
                return Err(error).context("cannot start `sh`");
            }
        };
        let (sender, receiver) = mpsc::channel();
        let output = process.stdout.take();
        let mut server = Self { name, process, watchdog, ready: Value::Null };
        std::thread::spawn(move || {
            // Reads everything, so that the server never blocks on a full pipe.
            for line in BufReader::new(output?).lines().map_while(Result::ok) {
                // Only the first line has a receiver.
                let _ = sender.send(line);
            }
            Some(())
        });
        let line =
            receiver.recv_timeout(READY_TIMEOUT).map_err(|_| match server.process.try_wait() {
                Ok(Some(status)) => anyhow!("{name} ended with {status} before it was ready"),
                _ => anyhow!("{name} was not ready within {} s", READY_TIMEOUT.as_secs()),
            })?;
        server.ready = serde_json::from_str(&line)
            .with_context(|| format!("invalid JSON in the first line of {name}"))?;
        Ok(server)
    }

    /// A text in the server's ready line, by its JSON pointer or name.
    pub(crate) fn ready_field(&self, field: &str) -> Result<&str> {
        let value = match field.strip_prefix('/') {
            Some(_) => self.ready.pointer(field),
            None => self.ready.get(field),
        };
        let text = value.and_then(Value::as_str);
        text.with_context(|| format!("the ready line of {} has no `{field}`", self.name))
    }

    /// Fails if the server has ended.
    pub(crate) fn ensure_running(&mut self) -> Result<()> {
        if let Some(status) = self.process.try_wait()? {
            bail!("{} ended with {status}", self.name);
        }
        Ok(())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // The watchdog first: after the server has ended, its process id can belong to another
        // program. Errors mean that the processes have ended already.
        for child in [&mut self.watchdog, &mut self.process] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
