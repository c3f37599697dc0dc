//! The bill of materials, as CycloneDX 1.5: every crate that is compiled into what is published, and
//! the npm packages by which it is built. It holds no time and no path, so that two of one commit are
//! the same.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::cmd::Cmd;
use crate::{node, paths};

/// Makes the document for the published crates and the npm package.
///
/// # Errors
/// When cargo or a lock file cannot be read.
pub(super) fn make(crates: &[&str], version: &str) -> Result<Value> {
    let metadata = Cmd::cargo()
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .capture()?;
    let metadata = serde_json::from_str(&metadata).context("cargo metadata is JSON")?;
    let lock = fs::read_to_string(paths::root().join("Cargo.lock"))?;
    let tools = node::json(&paths::pkg().join("package-lock.json"))?;
    document(&metadata, &lock, &tools, crates, version)
}

fn document(
    metadata: &Value,
    lock: &str,
    tools: &Value,
    crates: &[&str],
    version: &str,
) -> Result<Value> {
    let packages: BTreeMap<&str, &Value> =
        list(metadata, "/packages").filter_map(|package| Some((id(package)?, package))).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(metadata, "/resolve/nodes").filter_map(|node| Some((id(node)?, node))).collect();
    let sums = checksums(lock);
    let own = |id: &str| {
        let name = packages.get(id).and_then(|package| text(package, "name"));
        name.is_some_and(|name| crates.contains(&name))
    };
    let mut open: Vec<&str> = packages.keys().copied().filter(|id| own(id)).collect();
    let mut seen = BTreeSet::new();
    let mut components = Vec::new();
    let mut dependencies = Vec::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let package = packages.get(id).with_context(|| format!("cargo metadata lacks {id}"))?;
        let node = nodes.get(id).with_context(|| format!("cargo did not resolve {id}"))?;
        let needed: Vec<&str> =
            list(node, "/deps").filter(|dep| shipped(dep)).filter_map(pkg).collect();
        let purls = needed.iter().filter_map(|id| packages.get(id)).map(|package| purl(package));
        dependencies.push((purl(package), purls.collect::<BTreeSet<_>>()));
        components.push(component(package, &sums));
        open.extend(needed);
    }
    components.extend(list_of_tools(tools));
    components.sort_by_key(|component| component["bom-ref"].to_string());
    dependencies.sort();
    let root = format!("pkg:npm/swisscom-sign@{version}");
    let roots: BTreeSet<String> =
        packages.iter().filter(|(id, _)| own(id)).map(|(_, package)| purl(package)).collect();
    dependencies.push((root.clone(), roots));
    let dependencies: Vec<Value> =
        dependencies.iter().map(|(of, on)| json!({ "ref": of, "dependsOn": on })).collect();
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": { "component": {
            "type": "library", "bom-ref": root, "name": "swisscom-sign", "version": version,
            "purl": root,
            "licenses": [{ "expression": tools.pointer("/packages//license") }],
        } },
        "components": components,
        "dependencies": dependencies,
    }))
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn id(value: &Value) -> Option<&str> {
    text(value, "id")
}

fn pkg(dependency: &Value) -> Option<&str> {
    text(dependency, "pkg")
}

/// Whether a dependency is more than one of tests.
fn shipped(dependency: &Value) -> bool {
    list(dependency, "/dep_kinds").any(|kind| text(kind, "kind") != Some("dev"))
}

fn purl(package: &Value) -> String {
    let [name, version] = ["name", "version"].map(|field| text(package, field).unwrap_or_default());
    format!("pkg:cargo/{name}@{version}")
}

fn component(package: &Value, sums: &BTreeMap<(String, String), String>) -> Value {
    let [name, version] = ["name", "version"].map(|field| text(package, field).unwrap_or_default());
    let sum = sums.get(&(name.to_owned(), version.to_owned()));
    library(purl(package), package, name, "required", sum.map(String::as_str))
}

/// A component. What is not known of it is left out.
fn library(purl: String, package: &Value, name: &str, scope: &str, sum: Option<&str>) -> Value {
    // Before SPDX expressions a slash meant a choice.
    let licence = text(package, "license").map(|licence| licence.replace('/', " OR "));
    let fields = [
        ("type", Some(json!("library"))),
        ("bom-ref", Some(json!(purl))),
        ("name", Some(json!(name))),
        ("version", package.get("version").cloned()),
        ("scope", Some(json!(scope))),
        ("hashes", sum.map(|sum| json!([{ "alg": "SHA-256", "content": sum }]))),
        ("licenses", licence.map(|licence| json!([{ "expression": licence }]))),
        ("purl", Some(json!(purl))),
    ];
    fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect()
}

/// The checksums of `Cargo.lock`, by name and version. Crates of the workspace have none.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |block: &str, key: &str| {
        let line = block.lines().find_map(|line| line.strip_prefix(&format!("{key} = \"")))?;
        line.strip_suffix('"').map(str::to_owned)
    };
    lock.split("[[package]]")
        .filter_map(|block| {
            let found = (value(block, "name")?, value(block, "version")?);
            Some((found, value(block, "checksum")?))
        })
        .collect()
}

/// The packages by which the npm package is built and tested; nothing of them is shipped.
fn list_of_tools(lock: &Value) -> Vec<Value> {
    let packages = lock.get("packages").and_then(Value::as_object).into_iter().flatten();
    let found: BTreeMap<String, Value> = packages
        .filter_map(|(path, package)| {
            let (_, name) = path.rsplit_once("node_modules/")?;
            let version = text(package, "version")?;
            let purl = format!("pkg:npm/{}@{version}", name.replace('@', "%40"));
            Some((purl.clone(), library(purl, package, name, "excluded", None)))
        })
        .collect();
    found.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_and_what_is_not() {
        let dep = |pkg: &str, kind: Value| json!({ "pkg": pkg, "dep_kinds": [{ "kind": kind }] });
        let package = |name: &str| json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0" });
        let packages = ["own", "used", "deep", "tested", "other"].map(package);
        let metadata = json!({
            "packages": packages,
            "resolve": { "nodes": [
                { "id": "own", "deps": [dep("used", Value::Null), dep("tested", "dev".into())] },
                { "id": "used", "deps": [dep("deep", "build".into())] },
                { "id": "deep", "deps": [] },
                { "id": "tested", "deps": [] },
                { "id": "other", "deps": [] },
            ] },
        });
        let lock = "version = 4\n\n[[package]]\nname = \"used\"\nversion = \"1.0.0\"\nchecksum = \"ab12\"\n\n\
                    [[package]]\nname = \"own\"\nversion = \"1.0.0\"\n";
        let tools = json!({ "packages": {
            "": { "version": "1.0.0" },
            "node_modules/@scope/tool": { "version": "2.0.0", "license": "ISC" },
        } });
        let bom = document(&metadata, lock, &tools, &["own"], "1.0.0").unwrap();
        let names: Vec<_> = list(&bom, "/components").filter_map(|one| text(one, "purl")).collect();
        assert_eq!(
            names,
            [
                "pkg:cargo/deep@1.0.0",
                "pkg:cargo/own@1.0.0",
                "pkg:cargo/used@1.0.0",
                "pkg:npm/%40scope/tool@2.0.0"
            ]
        );
        let used = &bom["components"][2];
        assert_eq!(used["hashes"], json!([{ "alg": "SHA-256", "content": "ab12" }]));
        assert_eq!(used["licenses"], json!([{ "expression": "MIT OR Apache-2.0" }]));
        assert_eq!(bom["components"][3]["scope"], "excluded");
        let own = list(&bom, "/dependencies").find(|one| one["ref"] == "pkg:cargo/own@1.0.0");
        assert_eq!(own.unwrap()["dependsOn"], json!(["pkg:cargo/used@1.0.0"]));
    }
}
