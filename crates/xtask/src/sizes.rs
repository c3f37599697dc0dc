//! Sizes of the shipped files, raw and compressed, and their budget.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::cmd::Cmd;
use crate::step_log::Steps;
use crate::{node, paths};

/// Compresses with Node's zlib and brotli at their highest levels.
const MEASURE: &str = r#"
const { readFileSync } = require("node:fs");
const { createHash } = require("node:crypto");
const zlib = require("node:zlib");
const sizes = process.argv.slice(1).map((path) => {
  const bytes = readFileSync(path);
  return {
    raw: bytes.length,
    gzip: zlib.gzipSync(bytes, { level: 9 }).length,
    brotli: zlib.brotliCompressSync(bytes).length,
    sha256: createHash("sha256").update(bytes).digest("hex"),
  };
});
console.log(JSON.stringify(sizes));
"#;

/// Bundles a program as an application does: minified, without what it does not use.
const BUNDLE: &str = r#"
const [contents, outfile] = process.argv.slice(1);
require("esbuild").buildSync({
  stdin: { contents, resolveDir: process.cwd() },
  bundle: true, minify: true, format: "esm", external: ["node:*"], outfile,
});
"#;

/// The measures, in the order of the columns.
const MEASURES: [&str; 3] = ["raw", "gzip", "brotli"];

/// The size of one file, or of several together.
pub(crate) struct Size {
    pub(crate) name: String,
    /// In bytes, for each of [`MEASURES`].
    bytes: [u64; 3],
    /// Of a single file.
    pub(crate) sha256: Option<String>,
}

/// Measures files. The sizes of several files under one name are added.
pub(crate) fn measure(entries: &[(String, Vec<PathBuf>)]) -> Result<Vec<Size>> {
    let paths = entries.iter().flat_map(|(_, paths)| paths);
    let output = Cmd::new("node")
        .args(["-e", MEASURE, "--"])
        .args(paths)
        .hint("build first: `cargo xtask build`")
        .capture()?;
    let output: Vec<Value> = serde_json::from_str(&output).context("invalid sizes from Node")?;
    let mut measured = output.iter();
    let sum = |(name, paths): &(String, Vec<PathBuf>)| {
        let files: Vec<&Value> = measured.by_ref().take(paths.len()).collect();
        let total = |measure| files.iter().filter_map(|file| file.get(measure)?.as_u64()).sum();
        let sha256 = match files.as_slice() {
            [file] => file.get("sha256").and_then(Value::as_str).map(str::to_owned),
            _ => None,
        };
        Size { name: name.clone(), bytes: MEASURES.map(total), sha256 }
    };
    Ok(entries.iter().map(sum).collect())
}

/// Prints a table of sizes.
pub(crate) fn print(sizes: &[Size]) {
    let width = sizes.iter().map(|size| size.name.len()).max().unwrap_or(0);
    let [raw, gzip, brotli] = MEASURES;
    eprintln!("  {:<width$}  {raw:>9}  {gzip:>9}  {brotli:>9}  bytes", "");
    for size in sizes {
        let [raw, gzip, brotli] = size.bytes;
        let sha256 = size.sha256.as_ref().map(|sum| format!("  sha256 {sum}")).unwrap_or_default();
        eprintln!("  {:<width$}  {raw:>9}  {gzip:>9}  {brotli:>9}{sha256}", size.name);
    }
}

/// The content of `pkg/size-budget.json`. It maps a file of the package, or any name with a `program`
/// that is bundled, to its size limits in bytes:
///
/// ```json
/// { "dist/core.wasm": { "raw": 60000, "gzip": 30000 },
///   "one class": { "program": "import { A } from 'package'; new A();", "gzip": 45000 } }
/// ```
struct SizeBudget {
    entries: Vec<(String, Vec<PathBuf>)>,
    limits: Vec<[Option<u64>; 3]>,
}

fn budget() -> Result<SizeBudget> {
    let json = node::json(&paths::pkg().join("size-budget.json"))?;
    let object = json.as_object().context("pkg/size-budget.json is not an object")?;
    let mut budget = SizeBudget { entries: Vec::new(), limits: Vec::new() };
    for (name, entry) in object {
        let file = match entry.get("program").and_then(Value::as_str) {
            Some(program) => bundle(program, budget.entries.len())?,
            None => paths::pkg().join(name),
        };
        let limits = MEASURES.map(|measure| entry.get(measure).and_then(Value::as_u64));
        if limits.iter().all(Option::is_none) {
            bail!(
                "no limit for {name:?} in pkg/size-budget.json: add raw, gzip or brotli in bytes"
            );
        }
        budget.entries.push((name.clone(), vec![file]));
        budget.limits.push(limits);
    }
    Ok(budget)
}

/// Bundles a program with the built package; returns the path of the bundle.
fn bundle(program: &str, index: usize) -> Result<PathBuf> {
    let out = paths::work().join("sizes").join(format!("{index}.mjs"));
    Cmd::new("node")
        .args(["-e", BUNDLE, "--", program])
        .arg(&out)
        .dir(paths::pkg())
        .hint("build first: `cargo xtask build`")
        .run()?;
    Ok(out)
}

/// Prints the sizes of the files in the budget.
pub(crate) fn report() -> Result<()> {
    print(&measure(&budget()?.entries)?);
    Ok(())
}

/// Prints the sizes, and fails if one exceeds the budget.
pub(crate) fn check(steps: &Steps) -> Result<()> {
    let budget = budget()?;
    let sizes = measure(&budget.entries)?;
    print(&sizes);
    let mut exceeded = Vec::new();
    for (size, limits) in sizes.iter().zip(&budget.limits) {
        for ((measure, bytes), limit) in MEASURES.iter().zip(size.bytes).zip(limits) {
            if let Some(limit) = limit
                && bytes > *limit
            {
                exceeded.push(format!("{}: {bytes} bytes {measure}, limit {limit}", size.name));
            }
        }
    }
    if !exceeded.is_empty() {
        bail!(
            "size budget exceeded: {}; reduce the size, or raise pkg/size-budget.json and explain why",
            exceeded.join("; ")
        );
    }
    steps.note("all sizes are within pkg/size-budget.json");
    Ok(())
}
