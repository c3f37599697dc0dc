//! The site: the pages of `docs/`, and the reference of the npm package and of the crates beside them.
//! A broken link, an anchor that leads nowhere and a warning of either reference are errors.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cmd::Cmd;
use crate::setup::npm;
use crate::stamp::files_below;
use crate::steps::Steps;
use crate::{node, paths};

/// Where the tests leave pictures.
const PICTURES: &str = "screenshots";

/// Build the site into target/docs: guides, threat model, errors, reference.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Serve it on loopback until Ctrl-C
    #[arg(long)]
    serve: bool,
    /// Port of --serve; 0 takes a free one
    #[arg(long, default_value_t = 0, requires = "serve")]
    port: u16,
}

pub(crate) fn run(steps: &mut Steps, options: &Options) -> Result<()> {
    npm::ready(steps)?;
    rustdoc(steps)?;
    let site = site(steps)?;
    if options.serve {
        let serve = paths::root().join("docs/site/serve.mjs");
        return Cmd::new("node").arg(serve).arg(&site).arg(options.port.to_string()).run();
    }
    println!("{}", site.join("index.html").display());
    Ok(())
}

/// Builds the reference of the crates; a warning is an error.
///
/// # Errors
/// When it has one.
pub(crate) fn rustdoc(steps: &mut Steps) -> Result<()> {
    steps.step("rustdoc", |_| {
        Cmd::cargo()
            .args(["doc", "--quiet", "--locked", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-Dwarnings")
            .run()
    })
}

/// Builds the site of the pages and of both references, the one of the crates being there already.
///
/// # Errors
/// When a link leads nowhere, or a public item of the npm package is not right.
pub(crate) fn site(steps: &mut Steps) -> Result<PathBuf> {
    let out = paths::target().join("docs");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    steps.step("pages", |_| {
        let script = paths::root().join("docs/site/build.mjs");
        Cmd::new("node")
            .arg(script)
            .arg("--out")
            .arg(&out)
            .args(["--api", "js", "--api", "rust"])
            .arg("--pictures")
            .arg(paths::target().join(PICTURES))
            .run()
    })?;
    steps.step("typedoc", |_| {
        node::script("docs").args(["--", "--out"]).arg(out.join("api/js")).run()
    })?;
    copy(&paths::target().join("doc"), &out.join("api/rust"))?;
    steps.step("links", |_| {
        Cmd::new("node").arg(paths::root().join("docs/site/links.mjs")).arg(&out).run()
    })?;
    Ok(out)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for file in files_below(from, &[])? {
        let target = to.join(file.strip_prefix(from)?);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&file, target)?;
    }
    Ok(())
}
