//! Coverage-guided fuzzing with libFuzzer, on stable Rust: the crates of this workspace are compiled
//! with LLVM's coverage counters, by flags that do not need nightly.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use crate::cmd::Cmd;
use crate::setup::system::{self, Need};
use crate::step_log::Steps;
use crate::{contract, paths};

/// The flags of `cargo fuzz` without the address sanitizer, which needs nightly.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Memory limit of one input, in MiB.
const MEMORY_LIMIT: u32 = 1024;

/// Time limit of one input, in seconds. Most take a millisecond.
const INPUT_TIMEOUT: u32 = 60;

/// Fuzz the parsers and the sandbox's API with libFuzzer
///
/// Each target runs for a limited time, from generated seeds and from the inputs of earlier runs
/// (target/fuzz/corpus). Inputs that fail are kept in target/fuzz/artifacts, and the command that
/// repeats them is printed.
#[derive(clap::Args)]
pub(crate) struct FuzzArgs {
    /// Targets; all by default
    targets: Vec<String>,
    /// Duration of each target
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// List the targets
    #[arg(long)]
    list: bool,
    /// Run one target with this input only, with a backtrace
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seconds", "list"])]
    repeat: Option<PathBuf>,
}

pub(crate) fn run(steps: &mut Steps, args: &FuzzArgs) -> Result<()> {
    // Without the contract, the seeds lack its examples.
    let contract = contract::find(None).ok();
    let environment = contract.map(|path| (contract::VARIABLE.to_owned(), path.into_os_string()));
    system::ensure(steps, &[Need::Pdf, Need::Fuzz], false)?;
    let fuzzer = Fuzzer::build(steps, environment.into_iter().collect())?;
    if args.list {
        for target in &fuzzer.targets {
            println!("{:<10} {}", target.name, target.about);
        }
        return Ok(());
    }
    for name in &args.targets {
        if !fuzzer.targets.iter().any(|target| target.name == *name) {
            bail!("unknown target {name:?}: `cargo xtask fuzz --list` lists them");
        }
    }
    if let Some(file) = &args.repeat {
        let [name] = args.targets.as_slice() else { bail!("--repeat needs exactly one target") };
        let file =
            file.canonicalize().with_context(|| format!("{} does not exist", file.display()))?;
        return fuzzer.command(name).arg(file).env("RUST_BACKTRACE", "1").run();
    }
    let mut failed = Vec::new();
    for target in &fuzzer.targets {
        let wanted = args.targets.is_empty() || args.targets.contains(&target.name);
        if wanted && let Err(error) = fuzzer.fuzz(steps, target, args.seconds) {
            eprintln!("error: {error:#}");
            failed.push(target.name.as_str());
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(anyhow!("failed targets: {}", failed.join(", "))) }
}

/// A target, as the fuzz program describes it.
pub(crate) struct FuzzTargetInfo {
    pub(crate) name: String,
    about: String,
    max_len: u64,
}

/// The compiled fuzz program, with seeds and dictionaries of its targets.
pub(crate) struct Fuzzer {
    program: PathBuf,
    environment: Vec<(String, OsString)>,
    pub(crate) targets: Vec<FuzzTargetInfo>,
}

fn folder() -> PathBuf {
    paths::target().join("fuzz")
}

/// The folder of the seeds and dictionaries.
fn seeds() -> PathBuf {
    folder().join("start")
}

impl Fuzzer {
    /// Compiles the program and generates the seeds.
    pub(crate) fn build(steps: &mut Steps, environment: Vec<(String, OsString)>) -> Result<Self> {
        let program = steps.step("compile the fuzz targets", |_| compile())?;
        let lines =
            Cmd::new(&program).arg("--prepare").arg(seeds()).envs(&environment).capture()?;
        let target = |line: &str| -> Option<FuzzTargetInfo> {
            let info: Value = serde_json::from_str(line).ok()?;
            Some(FuzzTargetInfo {
                name: info.get("name")?.as_str()?.to_owned(),
                about: info.get("about")?.as_str()?.to_owned(),
                max_len: info.get("maxLen")?.as_u64()?,
            })
        };
        let targets: Option<Vec<FuzzTargetInfo>> = lines.lines().map(target).collect();
        let targets = targets.context("invalid list of targets from the fuzz program")?;
        Ok(Self { program, environment, targets })
    }

    fn command(&self, target: &str) -> Cmd {
        Cmd::new(&self.program)
            .env("SWISSCOM_SIGN_FUZZ_TARGET", target)
            .envs(&self.environment)
            .arg(format!("-rss_limit_mb={MEMORY_LIMIT}"))
            .arg(format!("-timeout={INPUT_TIMEOUT}"))
    }

    /// Fuzzes a target. If it fails, the error says how, and how to repeat it.
    pub(crate) fn fuzz(
        &self,
        steps: &mut Steps,
        target: &FuzzTargetInfo,
        seconds: u32,
    ) -> Result<()> {
        let name = &target.name;
        let corpus = folder().join("corpus").join(name);
        let artifacts = folder().join("artifacts");
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&artifacts)?;
        let log = folder().join(format!("{name}.log"));
        steps.step(&format!("fuzz {name}"), |steps| {
            steps.note(&format!("{}: {seconds} s, log {}", target.about, relative(&log)));
            let result = self
                .command(name)
                .arg(&corpus)
                .arg(seeds().join(name))
                .arg(format!("-dict={}", seeds().join(format!("{name}.dict")).display()))
                .arg(format!("-max_total_time={seconds}"))
                .arg(format!("-max_len={}", target.max_len))
                .arg(format!("-artifact_prefix={}/{name}-", artifacts.display()))
                .env("RUST_BACKTRACE", "0")
                .stderr_to(&log)?
                .run();
            let output = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
            result.with_context(|| finding(&output, name))
        })
    }
}

/// A path relative to the root of the repository, for messages.
fn relative(path: &Path) -> String {
    path.strip_prefix(paths::root()).unwrap_or(path).display().to_string()
}

/// The end of libFuzzer's output, and the command that repeats the input.
fn finding(output: &str, name: &str) -> String {
    let lines: Vec<&str> = output.lines().collect();
    let end = lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n");
    match output.split_once("Test unit written to ").and_then(|(_, rest)| rest.lines().next()) {
        Some(file) => {
            let file = relative(Path::new(file));
            format!("{end}\nrepeat it with `cargo xtask fuzz {name} --repeat {file}`")
        }
        None => end,
    }
}

/// Compiles the program. The flags are passed by a compiler wrapper that cargo uses for the crates of
/// this workspace only: dependencies are compiled without counters.
fn compile() -> Result<PathBuf> {
    fs::create_dir_all(folder())?;
    let wrapper = folder().join("rustc.sh");
    fs::write(&wrapper, format!("#!/bin/sh\nexec \"$@\" {FLAGS}\n"))?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    Cmd::cargo()
        .args(["build", "--quiet", "--locked", "--profile", "fuzz"])
        .args(["--package", "swisscom-sign-fuzz", "--features", "libfuzzer", "--bin", "fuzz"])
        .env("RUSTC_WORKSPACE_WRAPPER", &wrapper)
        .run()?;
    Ok(paths::target().join("fuzz/fuzz"))
}
