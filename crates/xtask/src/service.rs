//! A server that runs beside: it says in one line of JSON that it is ready, and ends with its value,
//! or with this process, however that ends.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use crate::cmd::Cmd;

/// How long a server may take to say that it is ready.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// A running server.
pub(crate) struct Service {
    name: &'static str,
    process: Child,
    watchdog: Child,
    ready: Value,
}

impl Service {
    /// Starts it, and waits until it is ready.
    ///
    /// # Errors
    /// When it cannot be started, ends, or is not ready in time.
    pub(crate) fn start(name: &'static str, mut command: Cmd) -> Result<Self> {
        let mut process = command.spawn_piped()?;
        // It outlives this process when that is killed, unless somebody ends it: a shell, whose
        // standard input closes in that moment.
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
                return Err(error).context("`sh` could not be started");
            }
        };
        let (sender, receiver) = mpsc::channel();
        let output = process.stdout.take();
        let mut service = Self { name, process, watchdog, ready: Value::Null };
        std::thread::spawn(move || {
            // All of it is read, so that the server never waits for a full pipe.
            for line in BufReader::new(output?).lines().map_while(Result::ok) {
                // Only the first line has a receiver.
                let _ = sender.send(line);
            }
            Some(())
        });
        let line =
            receiver.recv_timeout(READY_LIMIT).map_err(|_| match service.process.try_wait() {
                Ok(Some(status)) => anyhow!("{name} ended with {status} before it was ready"),
                _ => anyhow!(
                    "{name} did not say within {} s that it is ready",
                    READY_LIMIT.as_secs()
                ),
            })?;
        service.ready = serde_json::from_str(&line)
            .with_context(|| format!("the first line of {name} is not JSON"))?;
        Ok(service)
    }

    /// A text in the line with which it says that it is ready, by its JSON pointer or name.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn said(&self, field: &str) -> Result<&str> {
        let value = match field.strip_prefix('/') {
            Some(_) => self.ready.pointer(field),
            None => self.ready.get(field),
        };
        let text = value.and_then(Value::as_str);
        text.with_context(|| format!("{} did not say its {field}", self.name))
    }

    /// # Errors
    /// When it has ended.
    pub(crate) fn runs(&mut self) -> Result<()> {
        if let Some(status) = self.process.try_wait()? {
            bail!("{} ended with {status}", self.name);
        }
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // The watchdog first: the id of the server may be another's once it has ended. Errors
        // mean that they have ended by themselves.
        for child in [&mut self.watchdog, &mut self.process] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
