//! A whole signing process: the packed npm package in Node, with the sandbox as the platform.

mod browser;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::cmd::Cmd;
use crate::modules::{CORE, PDF};
use crate::server_process::ServerProcess;
use crate::step_log::Steps;
use crate::{build, paths};

/// The example that the demo runs.
const EXAMPLE: &str = "js-examples/node-invite-and-sign";

/// Run a whole signing process against the sandbox, through the packed npm package.
///
/// Writes signed.pdf, process.json and records.json to target/demo. With --browser, starts a web
/// page with the sandbox and the relay instead, until Ctrl-C.
#[derive(clap::Args)]
pub(crate) struct DemoArgs {
    /// The document to sign; a generated one by default
    #[arg(long, value_name = "FILE")]
    pdf: Option<PathBuf>,
    /// Number of signers, 1 to 20
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=20))]
    signers: u32,
    /// The signature level
    #[arg(long, value_name = "LEVEL", default_value = "ADVANCED")]
    level: String,
    /// Start a web page with the sandbox and the relay, and print its URL
    #[arg(long, conflicts_with_all = ["pdf", "signers", "level"])]
    browser: bool,
    /// With --browser: run through the page once in headless Chromium, then stop
    #[arg(long, requires = "browser")]
    check: bool,
    /// With --browser: port of the page; 0 selects a free one
    #[arg(long, value_name = "PORT", default_value_t = 0, requires = "browser")]
    port: u16,
}

pub(crate) fn run(steps: &mut Steps, args: &DemoArgs) -> Result<()> {
    if args.browser {
        return browser::run(steps, args.port, args.check);
    }
    // Before the build, so that a wrong path is reported at once.
    let pdf = args.pdf.as_deref().map(readable).transpose()?;
    crate::setup::tools::ensure_installed(steps)?;
    // Meanwhile the wasm modules are built, mostly on one core.
    let sandbox_build = build::sandbox_command().start()?;
    build::partial_package(steps, &[CORE, PDF])?;
    let tarball = build::pack(steps)?;
    build::install(steps, &tarball)?;
    steps.step("build the sandbox", |_| sandbox_build.wait())?;
    let program = build::program_paths().sandbox;
    let sandbox = steps.step("start the sandbox", |_| start_sandbox(&program))?;
    steps.note(&format!("the sandbox listens at {}", sandbox.ready_field("url")?));
    let out = paths::target().join("demo");
    std::fs::create_dir_all(&out)?;
    steps.step(EXAMPLE, |_| {
        let mut command = Cmd::new("node").arg(paths::root().join(EXAMPLE).join("main.mjs"));
        if let Some(pdf) = &pdf {
            command = command.arg("--pdf").arg(pdf);
        }
        command
            .args(["--signers", &args.signers.to_string(), "--level", &args.level, "--out"])
            .arg(&out)
            .env("SWISSCOM_SIGN_SANDBOX_URL", sandbox.ready_field("url")?)
            .env("SWISSCOM_SIGN_API_URL", sandbox.ready_field("apiUrl")?)
            .env("SWISSCOM_SIGN_TOKEN_URL", sandbox.ready_field("tokenUrl")?)
            .env("SWISSCOM_SIGN_CLIENT_ID", sandbox.ready_field("clientId")?)
            .env("SWISSCOM_SIGN_CLIENT_SECRET", sandbox.ready_field("clientSecret")?)
            .run()
    })?;
    steps.step("verify the signatures", |_| {
        Cmd::new(&program)
            .arg("verify")
            .arg(out.join("signed.pdf"))
            .arg("--ca")
            .arg(out.join("ca.pem"))
            // The file may have contained signatures of others before.
            .args(["--last", &args.signers.to_string()])
            .run()
    })?;
    steps.note("to see the sandbox's pages, run `cargo run -p swisscom-sign-sandbox -- serve` and open its `url` in a browser");
    Ok(())
}

fn readable(pdf: &Path) -> Result<PathBuf> {
    let path = pdf.canonicalize().with_context(|| format!("{} does not exist", pdf.display()))?;
    if !path.is_file() {
        bail!("{} is not a file", pdf.display());
    }
    Ok(path)
}

fn start_sandbox(program: &Path) -> Result<ServerProcess> {
    let command = Cmd::new(program)
        .args(["serve", "--quiet", "--listen", "127.0.0.1:0"])
        // By default the sandbox rejects QUALIFIED signatures, like the vendor's TEST environment.
        .args(["--qes", "simulate"]);
    ServerProcess::start("the sandbox", command)
}
