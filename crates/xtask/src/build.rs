//! The wasm modules and the npm package: rustc, wasm-bindgen, wasm-opt, then the package's own
//! build script. Two builds of one commit with one compiler give the same bytes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::cmd::Cmd;
use crate::modules::{self, MODULES, Module};
use crate::setup::toolchain::WasmToolchain;
use crate::setup::tools::Tools;
use crate::setup::{npm, toolchain, tools};
use crate::stamp::{self, Key};
use crate::steps::Steps;
use crate::{node, paths, sizes};

/// The cargo profile of the modules.
const PROFILE: &str = "wasm";

/// What wasm-opt may use: what rustc and wasm-bindgen emit, and every supported host has.
/// Named one by one, as with `--all-features` it emits what Node 20 refuses.
///
/// Of the memory it may know that it begins as zeros, and that nobody reads or writes its first
/// kilobyte: the far end of the stack.
const WASM_OPT: &[&str] = &[
    "--zero-filled-memory",
    "--low-memory-unused",
    "-Oz",
    "--mvp-features",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
];

/// Build the wasm modules and the npm package in pkg/.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Stop after the wasm modules and their glue (target/xtask/bindgen)
    #[arg(long)]
    wasm_only: bool,
    /// Build the wasm modules a second time from nothing, and fail unless the bytes are the same
    #[arg(long)]
    verify: bool,
}

pub(crate) fn run(steps: &mut Steps, options: &Options) -> Result<()> {
    if options.wasm_only {
        wasm(steps)?;
    } else {
        package(steps)?;
    }
    if options.verify {
        verify(steps)?;
    }
    Ok(())
}

/// Builds the wasm modules and their glue into [`paths::bindgen`].
///
/// # Errors
/// When a tool is missing or a step fails.
pub(crate) fn wasm(steps: &mut Steps) -> Result<()> {
    let toolchain = toolchain::wasm(steps)?;
    let tools = tools::ready(steps)?;
    npm::ready(steps)?;
    for module in MODULES {
        compile(steps, &toolchain, &tools, module)?;
    }
    sizes::print(&sizes::measure(&modules::files())?);
    Ok(())
}

fn compile(
    steps: &mut Steps,
    toolchain: &WasmToolchain,
    tools: &Tools,
    module: &Module,
) -> Result<()> {
    let name = module.name;
    steps.step(&format!("compile {name} to wasm"), |_| {
        toolchain
            .cargo("rustc")
            .args(["--locked", "--lib", "--crate-type", "cdylib", "--profile", PROFILE])
            .args(module.selection())
            .run()
    })?;
    let compiled = compiled().join(format!("{name}.wasm"));
    let wasm_opt = paths::pkg().join("node_modules/binaryen/bin/wasm-opt");
    let folder = module.folder();
    let wasm = module.wasm();
    let key = Key::new()
        .text(&WASM_OPT.join(" "))
        .text(if module.resets { "resets" } else { "" })
        .file(&compiled)?
        .file(&tools.bindgen)?
        .file(&paths::pkg().join("package-lock.json"))?;
    let step = format!("wasm-bindgen and wasm-opt of {name}");
    stamp::once(steps, &step, &key, &[&wasm], |_| {
        let raw = paths::work().join("bindgen-raw").join(name);
        for folder in [&raw, &folder] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        let resets = module.resets.then_some("resets");
        Cmd::new(&tools.bindgen).arg(&compiled).arg(name).arg(&raw).args(resets).run()?;
        for entry in fs::read_dir(&raw)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                bail!(
                    "wasm-bindgen wrote the folder {}: inline JavaScript is not packaged, write it in pkg/",
                    entry.path().display()
                );
            }
            let out = folder.join(entry.file_name());
            if out == wasm {
                Cmd::new("node")
                    .arg(&wasm_opt)
                    .args(WASM_OPT)
                    .arg(entry.path())
                    .arg("-o")
                    .arg(&out)
                    .run()?;
            } else {
                fs::copy(entry.path(), out)?;
            }
        }
        Ok(())
    })
}

/// Where cargo leaves what it compiled to wasm.
fn compiled() -> PathBuf {
    paths::wasm_target().join(toolchain::TARGET).join(PROFILE)
}

/// Builds the wasm modules, and the npm package by its own script.
///
/// # Errors
/// When a tool is missing or a step fails.
pub(crate) fn package(steps: &mut Steps) -> Result<()> {
    wasm(steps)?;
    if !node::has_script("build")? {
        steps.note("pkg/package.json has no script `build` yet: only the wasm modules were built");
        return Ok(());
    }
    let pkg = paths::pkg();
    let key = Key::new().folder(&pkg, &["node_modules", "dist"])?.folder(&paths::bindgen(), &[])?;
    stamp::once(steps, "npm run build", &key, &[&pkg.join("dist")], |_| node::script("build").run())
}

/// Packs the npm package as it would be published, and returns the tarball.
///
/// # Errors
/// When `npm pack` fails.
pub(crate) fn pack(steps: &mut Steps) -> Result<PathBuf> {
    let folder = paths::work().join("pack");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    steps.step("npm pack", |_| {
        Cmd::new("npm")
            .args(["pack", "--silent", "--ignore-scripts", "--pack-destination"])
            .arg(&folder)
            .dir(paths::pkg())
            .capture()
    })?;
    let packed = stamp::files_below(&folder, &[])?;
    packed.into_iter().next().context("npm pack wrote no tarball")
}

/// Installs the tarball where the examples and the end-to-end tests find it: in
/// `node_modules/swisscom-sign` of the repository's root, which git ignores.
///
/// # Errors
/// When npm cannot install it, which it must do without a network: the package has no
/// dependencies.
pub(crate) fn install(steps: &mut Steps, tarball: &Path) -> Result<()> {
    let app = paths::work().join("app");
    let installed = app.join("node_modules/swisscom-sign");
    let key = Key::new().file(tarball)?;
    stamp::once(steps, "install the packed package", &key, &[&installed], |_| {
        if app.exists() {
            fs::remove_dir_all(&app)?;
        }
        fs::create_dir_all(&app)?;
        fs::write(app.join("package.json"), "{ \"private\": true }\n")?;
        Cmd::new("npm")
            .args(["install", "--offline", "--no-save", "--no-audit", "--no-fund", "--silent"])
            .arg(tarball)
            .dir(&app)
            .hint("does pkg/package.json name dependencies? The package must have none at run time")
            .run()
    })?;
    let link = paths::root().join("node_modules/swisscom-sign");
    if fs::canonicalize(&link).ok() == fs::canonicalize(&installed).ok() {
        return Ok(());
    }
    fs::create_dir_all(paths::root().join("node_modules"))?;
    if link.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
        fs::remove_file(&link)?;
    }
    std::os::unix::fs::symlink(&installed, &link)
        .with_context(|| format!("cannot link {}; remove what is there", link.display()))
}

/// Builds the sandbox for this machine and returns its program. Not optimized: it is quick
/// enough for tests and the demo, and compiles in half the time.
///
/// # Errors
/// When it does not compile.
pub(crate) fn sandbox(steps: &mut Steps) -> Result<PathBuf> {
    program(steps, "build the sandbox", "swisscom-sign-sandbox")
}

/// Builds the page of an example in `js-examples/` with the npm package, which is there already,
/// and returns the folder to be served.
///
/// # Errors
/// When its types are wrong or Vite fails.
pub(crate) fn site(steps: &mut Steps, example: &str) -> Result<PathBuf> {
    let examples = paths::root().join("js-examples");
    let folder = examples.join(example);
    npm::other(steps, &format!("js-examples/{example}"))?;
    let out = paths::target().join("sites").join(example);
    let key = Key::new()
        .folder(&folder, &["node_modules", "dist"])?
        .folder(&examples.join("web-shared"), &[])?
        .folder(&paths::pkg().join("dist"), &[])?;
    stamp::once(steps, &format!("build {example}"), &key, &[&out.join("index.html")], |_| {
        Cmd::new("npm")
            .args(["run", "--silent", "build", "--", "--emptyOutDir", "--logLevel", "warn"])
            .arg("--outDir")
            .arg(&out)
            .dir(&folder)
            .run()
    })?;
    Ok(out)
}

/// Builds the relay, and says where it is.
///
/// # Errors
/// When it does not compile.
pub(crate) fn relay(steps: &mut Steps) -> Result<PathBuf> {
    program(steps, "build the relay", "swisscom-sign-relay")
}

fn program(steps: &mut Steps, step: &str, name: &str) -> Result<PathBuf> {
    steps.step(step, |_| {
        Cmd::cargo().args(["build", "--quiet", "--locked", "--package", name]).run()
    })?;
    Ok(paths::target().join("debug").join(name))
}

/// Builds the wasm modules from nothing and compares them with those that are there.
///
/// # Errors
/// When one differs.
pub(crate) fn verify(steps: &mut Steps) -> Result<()> {
    steps.step("build again from nothing", |steps| {
        let first = MODULES.iter().map(|module| fs::read(module.wasm()));
        let first = first.collect::<Result<Vec<_>, _>>()?;
        fs::remove_dir_all(compiled())?;
        fs::remove_dir_all(paths::bindgen())?;
        wasm(steps)?;
        for (module, before) in MODULES.iter().zip(first) {
            if fs::read(module.wasm())? != before {
                bail!("two builds of {} gave two different wasm files", module.name);
            }
        }
        steps.note("both builds gave the same bytes");
        Ok(())
    })
}
