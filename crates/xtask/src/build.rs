//! The wasm modules and the npm package: rustc, wasm-bindgen, wasm-opt, then the package's own build
//! script. Two builds of one commit with one compiler give the same bytes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::cmd::Cmd;
use crate::modules::{self, MODULES, Module};
use crate::setup::{npm, toolchain, tools};
use crate::step_log::Steps;
use crate::up_to_date::{self, files_below, run_if_changed};
use crate::{node, paths, sizes};

/// The cargo profile of the modules.
const PROFILE: &str = "wasm";

/// The wasm features that rustc and wasm-bindgen emit and that every supported host has. They are
/// listed, because with `--all-features` the output does not load in Node 20.
///
/// wasm-opt may assume that memory starts zeroed, and that the first kilobyte, the far end of the
/// stack, is never used.
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

/// The step that builds the package.
const PACKAGE_STEP: &str = "npm run build";

/// Build the wasm modules and the npm package in pkg/.
#[derive(clap::Args)]
pub(crate) struct BuildArgs {
    /// Build only the wasm modules and their glue code (target/xtask/bindgen)
    #[arg(long)]
    wasm_only: bool,
    /// Build the wasm modules a second time from scratch, and fail unless the bytes are the same
    #[arg(long)]
    verify: bool,
}

pub(crate) fn run(steps: &mut Steps, args: &BuildArgs) -> Result<()> {
    if args.wasm_only {
        wasm(steps, MODULES)?;
    } else {
        package(steps)?;
    }
    sizes::print(&sizes::measure(&modules::files())?);
    if args.verify {
        verify(steps)?;
    }
    Ok(())
}

/// Builds wasm modules and their glue code into [`paths::bindgen`].
pub(crate) fn wasm(steps: &mut Steps, modules: &[Module]) -> Result<()> {
    toolchain::ensure_wasm_target(steps)?;
    let bindgen = tools::ensure_installed(steps)?;
    npm::ensure_installed(steps)?;
    for module in modules {
        compile(steps, &bindgen, module)?;
    }
    Ok(())
}

fn compile(steps: &mut Steps, bindgen: &Path, module: &Module) -> Result<()> {
    let name = module.name;
    steps.step(&format!("compile {name} to wasm"), |_| {
        toolchain::without_paths(toolchain::wasm_cargo("rustc"))
            .args(["--quiet", "--locked", "--lib", "--crate-type", "cdylib", "--profile", PROFILE])
            .args(module.selection())
            .args(["--", "-Dwarnings"])
            .run()
    })?;
    let compiled = compiled(module);
    let wasm_opt = paths::pkg().join("node_modules/binaryen/bin/wasm-opt");
    let inputs = [
        compiled.as_path(),
        bindgen,
        &paths::pkg().join("package-lock.json"),
        &paths::root().join("crates/xtask/src/build.rs"),
    ];
    let step = format!("wasm-bindgen and wasm-opt of {name}");
    run_if_changed(steps, &step, &inputs, &module.wasm(), |_| {
        let raw = paths::work().join("bindgen-raw").join(name);
        let folder = module.folder();
        for folder in [&raw, &folder] {
            if folder.exists() {
                fs::remove_dir_all(folder)?;
            }
            fs::create_dir_all(folder)?;
        }
        let resets = module.resets.then_some("resets");
        Cmd::new(bindgen).arg(&compiled).arg(name).arg(&raw).args(resets).run()?;
        for entry in fs::read_dir(&raw)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                bail!(
                    "inline JavaScript in {}: it is not packaged, move it to pkg/",
                    entry.path().display()
                );
            }
            let out = folder.join(entry.file_name());
            if out == module.wasm() {
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

/// The output of cargo for a module.
fn compiled(module: &Module) -> PathBuf {
    let folder = paths::target().join(toolchain::TARGET).join(PROFILE);
    folder.join(format!("{}.wasm", module.name))
}

/// Builds the wasm modules, and the npm package by its own script.
pub(crate) fn package(steps: &mut Steps) -> Result<()> {
    wasm(steps, MODULES)?;
    let pkg = paths::pkg();
    let inputs = [pkg.as_path(), &paths::bindgen()];
    run_if_changed(steps, PACKAGE_STEP, &inputs, &pkg.join("dist/index.d.ts"), |_| {
        node::script("build").run()
    })
}

/// Builds the npm package with some of its modules: entry points of other modules are left out.
pub(crate) fn partial_package(steps: &mut Steps, modules: &[Module]) -> Result<()> {
    wasm(steps, modules)?;
    up_to_date::forget(PACKAGE_STEP);
    let names: Vec<&str> = modules.iter().map(|module| module.name).collect();
    steps.step("npm run build, without the sandbox", |_| {
        node::script("build").env("SWISSCOM_SIGN_MODULES", names.join(",")).run()
    })
}

/// Packs the npm package as it would be published, and returns the tarball.
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
    let packed = files_below(&folder, &[])?;
    packed.into_iter().next().context("npm pack wrote no tarball")
}

/// Installs the tarball where the examples and the end-to-end tests find it: in
/// `node_modules/swisscom-sign` of the repository, which git ignores. Works offline, because the
/// package has no dependencies.
pub(crate) fn install(steps: &mut Steps, tarball: &Path) -> Result<()> {
    let app = paths::work().join("app");
    let installed = app.join("node_modules/swisscom-sign");
    steps.step("install the packed package", |_| {
        if app.exists() {
            fs::remove_dir_all(&app)?;
        }
        fs::create_dir_all(&app)?;
        fs::write(app.join("package.json"), "{ \"private\": true }\n")?;
        Cmd::new("npm")
            .args(["install", "--offline", "--no-save", "--no-audit", "--no-fund", "--silent"])
            .arg(tarball)
            .dir(&app)
            .hint("check that pkg/package.json has no dependencies")
            .run()
    })?;
    let link = paths::root().join("node_modules/swisscom-sign");
    if fs::canonicalize(&link).ok() == fs::canonicalize(&installed).ok() {
        return Ok(());
    }
    fs::create_dir_all(paths::root().join("node_modules"))?;
    if link.is_symlink() {
        fs::remove_file(&link)?;
    }
    std::os::unix::fs::symlink(&installed, &link)
        .with_context(|| format!("cannot link {}: remove what exists there", link.display()))
}

/// Builds the page of an example in `js-examples/` with the npm package, which must be built, and
/// returns the folder to be served.
pub(crate) fn site(steps: &mut Steps, example: &str) -> Result<PathBuf> {
    let examples = paths::root().join("js-examples");
    let folder = examples.join(example);
    npm::install_folder(steps, &format!("js-examples/{example}"))?;
    let out = paths::target().join("sites").join(example);
    let package = paths::pkg().join("dist/index.d.ts");
    let inputs = [folder.as_path(), &examples.join("web-shared"), &package];
    let step = format!("build {example}");
    run_if_changed(steps, &step, &inputs, &out.join("index.html"), |_| {
        Cmd::new("npm")
            .args(["run", "--silent", "build", "--", "--emptyOutDir", "--logLevel", "warn"])
            .arg("--outDir")
            .arg(&out)
            .dir(&folder)
            .run()
    })?;
    Ok(out)
}

/// The sandbox and the relay, as programs.
#[derive(Clone)]
pub(crate) struct Programs {
    pub(crate) sandbox: PathBuf,
    pub(crate) relay: PathBuf,
}

/// Paths of the unoptimized programs, which are fast enough for tests and the demo.
pub(crate) fn program_paths() -> Programs {
    let folder = paths::target().join("debug");
    Programs {
        sandbox: folder.join("swisscom-sign-sandbox"),
        relay: folder.join("swisscom-sign-relay"),
    }
}

/// Builds the programs.
pub(crate) fn programs(steps: &mut Steps) -> Result<Programs> {
    steps.step("build sandbox and relay", |_| {
        sandbox_command().args(["--package", "swisscom-sign-relay"]).run()
    })?;
    Ok(program_paths())
}

/// The command that builds the sandbox alone.
pub(crate) fn sandbox_command() -> Cmd {
    Cmd::cargo().args(["build", "--quiet", "--locked", "--package", "swisscom-sign-sandbox"])
}

/// Builds the wasm modules from scratch and compares them with the existing ones.
pub(crate) fn verify(steps: &mut Steps) -> Result<()> {
    steps.step("build again from scratch", |steps| {
        let first = MODULES.iter().map(|module| fs::read(module.wasm()));
        let first = first.collect::<Result<Vec<_>, _>>()?;
        fs::remove_dir_all(paths::target().join(toolchain::TARGET).join(PROFILE))?;
        fs::remove_dir_all(paths::bindgen())?;
        wasm(steps, MODULES)?;
        for (module, before) in MODULES.iter().zip(first) {
            if fs::read(module.wasm())? != before {
                bail!("the build of {} is not reproducible: the wasm files differ", module.name);
            }
        }
        steps.note("both builds gave the same bytes");
        Ok(())
    })
}
