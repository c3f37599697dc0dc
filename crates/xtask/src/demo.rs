//! A whole signing process, as a newcomer would run it: the packed npm package in Node, and
//! the sandbox in place of the platform.

mod browser;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::cmd::Cmd;
use crate::service::Service;
use crate::steps::Steps;
use crate::{build, node, paths};

/// The example that the demo runs.
const EXAMPLE: &str = "js-examples/node-invite-and-sign";

/// Run a whole signing process against the sandbox, through the packed npm package.
///
/// Writes signed.pdf, process.json and records.json to target/demo. With --browser it is a page
/// to be opened instead, with the sandbox and the relay behind it, until Ctrl-C.
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
    /// Start a web page with sandbox and relay behind it, and say where to open it
    #[arg(long, conflicts_with_all = ["pdf", "signers", "level"])]
    browser: bool,
    /// With --browser: walk the page once in headless Chromium instead of waiting for a person
    #[arg(long, requires = "browser")]
    check: bool,
    /// With --browser: the page's port; any free one when 0
    #[arg(long, value_name = "PORT", default_value_t = 0, requires = "browser")]
    port: u16,
}

pub(crate) fn run(steps: &mut Steps, options: &Options) -> Result<()> {
    if options.browser {
        return browser::run(steps, options.port, options.check);
    }
    // A wrong file is said at once, not after the build.
    let pdf = options.pdf.as_deref().map(readable).transpose()?;
    let example = entry()?;
    build::package(steps)?;
    let tarball = build::pack(steps)?;
    build::install(steps, &tarball)?;
    let program = build::sandbox(steps)?;
    let sandbox = steps.step("start the sandbox", |_| sandbox(&program))?;
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

fn sandbox(program: &Path) -> Result<Service> {
    let command = Cmd::new(program)
        .args(["serve", "--quiet", "--listen", "127.0.0.1:0"])
        // The vendor's TEST environment refuses QUALIFIED signatures, and so does the sandbox
        // unless it is told otherwise.
        .args(["--qes", "simulate"]);
    Service::start("the sandbox", command)
}
