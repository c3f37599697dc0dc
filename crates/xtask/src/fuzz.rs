//! Coverage-guided fuzzing with libFuzzer, on stable Rust: the code of this workspace is compiled
//! with the counters of LLVM, by flags that need no nightly, into a target folder of its own.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::Value;

use crate::cmd::Cmd;
use crate::setup::system;
use crate::steps::Steps;
use crate::{contract, paths, stamp};

/// What `cargo fuzz` compiles with, but for address sanitizer, which alone needs nightly.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares";

/// Most memory that an input may take, in MiB.
const MEMORY: u32 = 1024;

/// After so many seconds an input counts as one that never ends; most take a millisecond.
const HANGS: u32 = 60;

/// Try what nobody thought of: libFuzzer on the readers and on the sandbox's API
///
/// Each target runs for a bounded time, from seeds that are made for it and from what earlier
/// runs found (target/fuzz/corpus). An input that breaks something is kept in
/// target/fuzz/artifacts, and the command that repeats it is printed.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Which targets; all when none is named
    targets: Vec<String>,
    /// How long each target runs
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Print the targets and end
    #[arg(long)]
    list: bool,
    /// Run the one target that is named with this input alone, with a backtrace
    #[arg(long, value_name = "FILE", conflicts_with_all = ["seconds", "list"])]
    repeat: Option<PathBuf>,
}

pub(crate) fn run(steps: &mut Steps, options: &Options) -> Result<()> {
    let environment: Vec<(String, OsString)> = match contract::find(None) {
        Ok(path) => vec![(contract::VARIABLE.to_owned(), path.into_os_string())],
        // The examples of the contract are but some of the seeds.
        Err(_) => Vec::new(),
    };
    let fuzzer = Fuzzer::ready(steps, environment)?;
    if options.list {
        for target in &fuzzer.targets {
            println!("{:<10} {}", target.name, target.about);
        }
        return Ok(());
    }
    for name in &options.targets {
        if !fuzzer.targets.iter().any(|target| target.name == *name) {
            bail!("there is no target {name:?}; `cargo xtask fuzz --list` names them");
        }
    }
    if let Some(file) = &options.repeat {
        let [name] = options.targets.as_slice() else { bail!("--repeat takes one target") };
        // From where the caller stands, as the shell completes it.
        let file = file.canonicalize().with_context(|| format!("no file {}", file.display()))?;
        return fuzzer.command(name).arg(file).env("RUST_BACKTRACE", "1").run();
    }
    let mut found = Vec::new();
    for target in &fuzzer.targets {
        let wanted = options.targets.is_empty() || options.targets.contains(&target.name);
        if wanted && let Err(error) = fuzzer.fuzz(steps, target, options.seconds, None) {
            eprintln!("error: {error:#}");
            found.push(target.name.as_str());
        }
    }
    if found.is_empty() {
        Ok(())
    } else {
        Err(anyhow!("something was found by {}", found.join(", ")))
    }
}

/// A target, as the program tells of it.
pub(crate) struct Target {
    pub(crate) name: String,
    about: String,
    max_len: u64,
}

/// The program, compiled, with seeds and dictionaries of its targets.
pub(crate) struct Fuzzer {
    program: PathBuf,
    environment: Vec<(String, OsString)>,
    pub(crate) targets: Vec<Target>,
}

fn folder() -> PathBuf {
    paths::target().join("fuzz")
}

fn start() -> PathBuf {
    folder().join("start")
}

impl Fuzzer {
    /// Compiles it and makes the seeds.
    ///
    /// # Errors
    /// When a C++ compiler is missing, it does not compile, or a seed cannot be made.
    pub(crate) fn ready(steps: &mut Steps, environment: Vec<(String, OsString)>) -> Result<Self> {
        system::ready(steps, system::Need::Fuzz)?;
        // Some seeds are files that qpdf makes.
        system::ready(steps, system::Need::Pdf)?;
        let program = steps.step("compile the fuzz targets", |_| compile())?;
        let told = Cmd::new(&program).arg("--prepare").arg(start()).envs(&environment).capture()?;
        let target = |line: &str| -> Option<Target> {
            let told: Value = serde_json::from_str(line).ok()?;
            Some(Target {
                name: told.get("name")?.as_str()?.to_owned(),
                about: told.get("about")?.as_str()?.to_owned(),
                max_len: told.get("maxLen")?.as_u64()?,
            })
        };
        let targets: Option<Vec<Target>> = told.lines().map(target).collect();
        let targets = targets.context("the fuzz program did not tell its targets")?;
        Ok(Self { program, environment, targets })
    }

    fn command(&self, target: &str) -> Cmd {
        Cmd::new(&self.program)
            .env("SWISSCOM_SIGN_FUZZ_TARGET", target)
            .envs(&self.environment)
            .arg(format!("-rss_limit_mb={MEMORY}"))
            .arg(format!("-timeout={HANGS}"))
    }

    /// Fuzzes a target for so many seconds. With a seed, random numbers are the same each time.
    ///
    /// # Errors
    /// When it found something: what, where it is kept, and how to repeat it.
    pub(crate) fn fuzz(
        &self,
        steps: &mut Steps,
        target: &Target,
        seconds: u32,
        seed: Option<u32>,
    ) -> Result<()> {
        let name = &target.name;
        let corpus = folder().join("corpus").join(name);
        let artifacts = folder().join("artifacts");
        fs::create_dir_all(&corpus)?;
        fs::create_dir_all(&artifacts)?;
        let log = folder().join(format!("{name}.log"));
        steps.step(&format!("fuzz {name}"), |steps| {
            steps.note(&format!("{}: {seconds} s; {} says more", target.about, shown(&log)));
            let run = self
                .command(name)
                .arg(&corpus)
                .arg(start().join(name))
                .arg(format!("-dict={}", start().join(format!("{name}.dict")).display()))
                .arg(format!("-max_total_time={seconds}"))
                .arg(format!("-max_len={}", target.max_len))
                .arg(format!("-artifact_prefix={}/{name}-", artifacts.display()))
                .args(seed.map(|seed| format!("-seed={seed}")))
                .arg("-print_final_stats=1")
                .env("RUST_BACKTRACE", "0")
                .log_to(&log)?
                .run();
            let said = fs::read(&log).map(|said| String::from_utf8_lossy(&said).into_owned())?;
            match run {
                Ok(()) => {
                    steps.note(&format!("{} inputs", stat(&said, "number_of_executed_units")));
                    Ok(())
                }
                Err(error) => Err(told(&said, name).unwrap_or_else(|| {
                    let last: Vec<&str> = said.lines().rev().take(20).collect();
                    let last: Vec<&str> = last.into_iter().rev().collect();
                    anyhow!("{error}; the end of {}:\n{}", shown(&log), last.join("\n"))
                })),
            }
        })
    }
}

/// A path as it stands in a message: from the root of the repository.
fn shown(path: &Path) -> String {
    path.strip_prefix(paths::root()).unwrap_or(path).display().to_string()
}

fn stat<'a>(said: &'a str, name: &str) -> &'a str {
    let line = said.lines().find_map(|line| line.strip_prefix(&format!("stat::{name}:")));
    line.map_or("no", str::trim)
}

/// What was found, and how to see it again.
fn told(said: &str, name: &str) -> Option<anyhow::Error> {
    let (_, file) = said.split_once("Test unit written to ")?;
    let file = Path::new(file.lines().next()?);
    let panicked = said.lines().skip_while(|line| !line.contains(" panicked at "));
    let mut what: Vec<&str> =
        panicked.take_while(|line| !line.starts_with("==") && !line.starts_with("note:")).collect();
    if what.is_empty() {
        what.extend(said.lines().filter(|line| line.contains("ERROR: libFuzzer:")));
    }
    let file = shown(file);
    let what = what.join("\n");
    Some(anyhow!(
        "{what}\nthe input is {file}; `cargo xtask fuzz {name} --repeat {file}` repeats it"
    ))
}

/// Compiles the program. The flags are those of a wrapper that cargo puts around the compiler for the
/// crates of this workspace: what they depend on is compiled as ever, and runs as quickly.
fn compile() -> Result<PathBuf> {
    let script = format!("#!/bin/sh\nexec \"$@\" {FLAGS}\n");
    fs::create_dir_all(folder())?;
    // Cargo knows a wrapper by its path.
    let name = stamp::Key::new().text(&script).finish();
    let wrapper = folder().join(format!("rustc-{name}.sh"));
    fs::write(&wrapper, script)?;
    fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
    let build = folder().join("build");
    Cmd::cargo()
        .args(["build", "--quiet", "--locked", "--profile", "fuzz"])
        .args(["--package", "swisscom-sign-fuzz", "--features", "libfuzzer", "--bin", "fuzz"])
        .env("CARGO_TARGET_DIR", &build)
        .env("RUSTC_WORKSPACE_WRAPPER", &wrapper)
        .run()?;
    Ok(build.join("fuzz/fuzz"))
}
