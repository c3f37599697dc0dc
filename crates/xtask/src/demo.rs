//! A whole signing process, as a newcomer would run it: the packed npm package in Node, and
//! the sandbox in place of the platform.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::cmd::Cmd;
use crate::steps::Steps;
use crate::{build, node, paths};

/// The example that the demo runs.
const EXAMPLE: &str = "js-examples/node-invite-and-sign";

/// How long the sandbox may take to say that it is ready.
const READY_LIMIT: Duration = Duration::from_secs(30);

/// Run a whole signing process against the sandbox, through the packed npm package.
///
/// Writes signed.pdf, process.json and records.json to target/demo.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// The document to sign; one of the project's own making when none is given
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// How many people sign, 1 to 20
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    signers: u32,
    /// The signature level
    #[arg(long, value_name = "LEVEL", default_value = "ADVANCED")]
    level: String,
}

pub(crate) fn run(steps: &mut Steps, options: &Options) -> Result<()> {
    // A wrong file is said at once, not after the build.
    let pdf = options.pdf.as_deref().map(readable).transpose()?;
    let example = entry()?;
    build::package(steps)?;
    let tarball = build::pack(steps)?;
    build::install(steps, &tarball)?;
    let program = build::sandbox(steps)?;
    let sandbox = steps.step("start the sandbox", |_| Sandbox::start(&program))?;
    steps.note(&format!("the sandbox listens at {}", sandbox.said("url")?));
    let out = paths::target().join("demo");
    std::fs::create_dir_all(&out)?;
    steps.step(EXAMPLE, |_| {
        let mut command = Cmd::new("node").arg(&example);
        if let Some(pdf) = &pdf {
            command = command.arg("--pdf").arg(pdf);
        }
        command
            .args(["--signers", &options.signers.to_string(), "--level", &options.level, "--out"])
            .arg(&out)
            .env("SWISSCOM_SIGN_SANDBOX_URL", sandbox.said("url")?)
            .env("SWISSCOM_SIGN_API_URL", sandbox.said("apiUrl")?)
            .env("SWISSCOM_SIGN_TOKEN_URL", sandbox.said("tokenUrl")?)
            .env("SWISSCOM_SIGN_CLIENT_ID", sandbox.said("clientId")?)
            .env("SWISSCOM_SIGN_CLIENT_SECRET", sandbox.said("clientSecret")?)
            .run()
    })?;
    steps.step("verify the signatures", |_| {
        Cmd::new(&program)
            .arg("verify")
            .arg(out.join("signed.pdf"))
            .arg("--ca")
            .arg(out.join("ca.pem"))
            // The file may have been signed before, by others.
            .args(["--last", &options.signers.to_string()])
            .run()
    })?;
    steps.note("the pages of the sandbox: `cargo run -p swisscom-sign-sandbox -- serve`, then open its `url` in a browser");
    Ok(())
}

fn readable(pdf: &Path) -> Result<PathBuf> {
    let path = pdf.canonicalize().with_context(|| format!("there is no file {}", pdf.display()))?;
    if !path.is_file() {
        bail!("{} is not a file", pdf.display());
    }
    Ok(path)
}

/// The script of the example: `main` of its package.json, else `main.mjs`.
fn entry() -> Result<PathBuf> {
    let folder = paths::root().join(EXAMPLE);
    let package = folder.join("package.json");
    let main = if package.is_file() {
        node::json(&package)?.get("main").and_then(Value::as_str).map(str::to_owned)
    } else {
        None
    };
    let entry = folder.join(main.as_deref().unwrap_or("main.mjs"));
    if !entry.is_file() {
        bail!("the example {} is missing", entry.display());
    }
    Ok(entry)
}

/// A running sandbox. It ends with this value, and with this process however that ends.
struct Sandbox {
    process: Child,
    watchdog: Child,
    ready: Value,
}

impl Sandbox {
    fn start(program: &Path) -> Result<Self> {
        let mut command = Cmd::new(program)
            .args(["serve", "--quiet", "--listen", "127.0.0.1:0"])
            // The vendor's TEST environment refuses QUALIFIED signatures, and so does the sandbox
            // unless it is told otherwise.
            .args(["--qes", "simulate"]);
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
        let mut sandbox = Self { process, watchdog, ready: Value::Null };
        std::thread::spawn(move || {
            // All of it is read, so that the sandbox never waits for a full pipe.
            for line in BufReader::new(output?).lines().map_while(Result::ok) {
                // Only the first line has a receiver.
                let _ = sender.send(line);
            }
            Some(())
        });
        let line =
            receiver.recv_timeout(READY_LIMIT).map_err(|_| match sandbox.process.try_wait() {
                Ok(Some(status)) => {
                    anyhow::anyhow!("the sandbox ended with {status} before it was ready")
                }
                _ => anyhow::anyhow!(
                    "the sandbox did not say within {} s that it is ready",
                    READY_LIMIT.as_secs()
                ),
            })?;
        sandbox.ready =
            serde_json::from_str(&line).context("the first line of the sandbox is not JSON")?;
        Ok(sandbox)
    }

    /// A field of the line with which the sandbox says that it is ready.
    fn said(&self, field: &str) -> Result<&str> {
        let value = self.ready.get(field).and_then(Value::as_str);
        value.with_context(|| format!("the sandbox did not say its {field}"))
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The watchdog first: the id of the sandbox may be another's once it has ended. Errors
        // mean that they have ended by themselves.
        for child in [&mut self.watchdog, &mut self.process] {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
