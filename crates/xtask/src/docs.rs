//! The documentation site: the pages of `docs/`, and the references of the npm package and the crates.
//! Broken links and anchors, and warnings of either reference, are errors.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::cmd::Cmd;
use crate::setup::npm;
use crate::step_log::Steps;
use crate::up_to_date::files_below;
use crate::{node, paths};

/// Folder in which the tests leave pictures.
const PICTURES: &str = "screenshots";

/// Build the site into target/docs: guides, threat model, errors, reference.
#[derive(clap::Args)]
pub(crate) struct DocsArgs {
    /// Serve it on the loopback interface until Ctrl-C
    #[arg(long)]
    serve: bool,
    /// Port for --serve; 0 selects a free one
    #[arg(long, default_value_t = 0, requires = "serve")]
    port: u16,
}

pub(crate) fn run(steps: &mut Steps, args: &DocsArgs) -> Result<()> {
    npm::ensure_installed(steps)?;
    rustdoc(steps)?;
    let site = site(steps)?;
    if args.serve {
        let serve = paths::root().join("docs/site/serve.mjs");
        return Cmd::new("node").arg(serve).arg(&site).arg(args.port.to_string()).run();
    }
    println!("{}", site.join("index.html").display());
    Ok(())
}

/// Builds the reference of the crates.
pub(crate) fn rustdoc(steps: &mut Steps) -> Result<()> {
    steps.step("rustdoc", |_| {
        Cmd::cargo()
            .args(["doc", "--quiet", "--locked", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-Dwarnings")
            .run()
    })
}

/// Builds the site, after [`rustdoc`].
pub(crate) fn site(steps: &mut Steps) -> Result<PathBuf> {
    let out = paths::target().join("docs");
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    steps.step("pages", |_| {
        let script = paths::root().join("docs/site/build.mjs");
        let command = Cmd::new("node").arg(script).arg("--out").arg(&out);
        let command = command.args(["--api", "js", "--api", "rust"]);
        command.arg("--pictures").arg(paths::target().join(PICTURES)).run()
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
        fs::create_dir_all(target.parent().unwrap_or(to))?;
        fs::copy(&file, target)?;
    }
    Ok(())
}
