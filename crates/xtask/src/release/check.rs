//! Whether all versions agree, and the changelog has a section for the release.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::cmd::Cmd;
use crate::node;

/// What is released.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ReleaseInfo {
    pub(super) version: String,
    /// Names of the published crates.
    pub(super) crates: Vec<String>,
    /// Folders of all crates of the workspace, by name.
    pub(super) folders: Vec<(String, PathBuf)>,
    /// The section of the changelog, without its heading.
    pub(super) notes: String,
    /// Whether the section has a date.
    pub(super) dated: bool,
}

/// Reads the versions and the changelog of a repository.
pub(super) fn release(root: &Path, tag: Option<&str>) -> Result<ReleaseInfo> {
    let metadata = Cmd::cargo()
        .args(["metadata", "--format-version", "1", "--locked", "--no-deps"])
        .dir(root)
        .capture()?;
    let metadata: Value =
        serde_json::from_str(&metadata).context("invalid JSON from cargo metadata")?;
    let package = node::json(&root.join("pkg/package.json"))?;
    let lock = node::json(&root.join("pkg/package-lock.json"))?;
    let version = text(&package, "/version");
    let packages: Vec<&Value> = list(&metadata, "/packages").collect();
    let published: Vec<&Value> =
        packages.iter().copied().filter(|package| is_published(package)).collect();
    let (notes, dated) = {
        let changelog = fs::read_to_string(root.join("CHANGELOG.md"))?;
        check(&version, &versions(&published, &lock), &changelog, tag)?
    };
    let folder = |package: &Value| {
        let manifest = PathBuf::from(text(package, "/manifest_path"));
        (text(package, "/name"), manifest.parent().unwrap_or(root).to_path_buf())
    };
    Ok(ReleaseInfo {
        version,
        crates: published.iter().map(|package| text(package, "/name")).collect(),
        folders: packages.into_iter().map(folder).collect(),
        notes,
        dated,
    })
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn list<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

/// Whether the crate lacks `publish = false`.
fn is_published(package: &Value) -> bool {
    package.get("publish").is_none_or(Value::is_null)
}

/// Every place that contains the version, with its value there.
fn versions(published: &[&Value], lock: &Value) -> Vec<(String, String)> {
    let mut found: Vec<_> = ["/version", "/packages//version"]
        .map(|pointer| (format!("pkg/package-lock.json, {pointer}"), text(lock, pointer)))
        .into();
    for package in published {
        let name = text(package, "/name");
        found.push((format!("crate {name}"), text(package, "/version")));
        for dependency in list(package, "/dependencies") {
            // Crates of the workspace are published with the same version.
            if dependency.get("path").is_some() {
                let required = text(dependency, "/req").trim_start_matches('^').to_owned();
                let dependency = text(dependency, "/name");
                found.push((format!("dependency {dependency} of {name}"), required));
            }
        }
    }
    found
}

/// Returns the release notes, and whether they have a date.
fn check(
    version: &str,
    found: &[(String, String)],
    changelog: &str,
    tag: Option<&str>,
) -> Result<(String, bool)> {
    let others: Vec<String> = found
        .iter()
        .filter(|(_, other)| other != version)
        .map(|(place, other)| format!("{other:?} in {place}"))
        .collect();
    if !others.is_empty() {
        bail!("version {version:?} in pkg/package.json differs from {}", others.join(", "));
    }
    let heading = format!("## [{version}]");
    let (title, notes) = section(changelog, &heading)
        .with_context(|| format!("missing section `{heading}` in CHANGELOG.md"))?;
    if !notes.lines().any(|line| line.starts_with("- ")) {
        bail!("empty section `{heading}` in CHANGELOG.md");
    }
    let dated = title.split_once(" - ").is_some_and(|(_, date)| is_date(date));
    if let Some(tag) = tag {
        if tag != format!("v{version}") {
            bail!("tag {tag} differs from v{version}");
        }
        if !dated {
            bail!("missing date in CHANGELOG.md: `{heading} - YYYY-MM-DD`");
        }
    }
    Ok((notes, dated))
}

/// The title and the content of a section.
fn section<'a>(changelog: &'a str, heading: &str) -> Option<(&'a str, String)> {
    let mut lines = changelog.lines().skip_while(|line| !line.starts_with(heading));
    let title = lines.next()?;
    let notes: Vec<&str> = lines.take_while(|line| !line.starts_with("## ")).collect();
    Some((title, format!("{}\n", notes.join("\n").trim())))
}

/// `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.trim().split('-').collect();
    parts.iter().map(|part| part.len()).eq([4, 2, 2])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CHANGELOG: &str = "# Changelog\n\n## [1.2.0] - 2030-01-31\n\n### Added\n\n- This.\n\n\
                             ## [1.1.0] - unreleased\n\n- That.\n\n## [1.0.0]\n";

    fn outcome(version: &str, found: &[(&str, &str)], tag: Option<&str>) -> String {
        let found: Vec<_> = found.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        match check(version, &found, CHANGELOG, tag) {
            Ok((notes, dated)) => format!("{} dated: {dated}", notes.trim()),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn accepts_a_release_that_is_ready() {
        let same = [("crate a", "1.2.0")];
        assert_eq!(outcome("1.2.0", &same, Some("v1.2.0")), "### Added\n\n- This. dated: true");
        assert_eq!(outcome("1.1.0", &[], None), "- That. dated: false");
    }

    #[test]
    fn rejects_a_different_version() {
        let found = [("crate a", "1.2.0"), ("crate b", "1.1.9")];
        assert_eq!(
            outcome("1.2.0", &found, None),
            r#"version "1.2.0" in pkg/package.json differs from "1.1.9" in crate b"#
        );
    }

    #[test]
    fn rejects_a_changelog_without_the_section() {
        assert!(outcome("1.3.0", &[], None).contains("missing section `## [1.3.0]`"));
        assert!(outcome("1.2", &[], None).contains("missing section"), "a prefix of a version");
        assert!(outcome("1.0.0", &[], None).contains("empty section"));
    }

    #[test]
    fn rejects_a_tag_of_another_version_or_without_a_date() {
        assert!(outcome("1.2.0", &[], Some("v1.2.1")).contains("differs from v1.2.0"));
        assert!(outcome("1.1.0", &[], Some("v1.1.0")).contains("missing date"));
    }

    #[test]
    fn finds_every_version() {
        let packages = [
            json!({ "name": "a", "version": "1.0.0", "publish": null, "dependencies": [] }),
            json!({ "name": "b", "version": "1.0.0", "publish": null, "dependencies": [
                { "name": "a", "req": "^0.9.0", "path": "/a" },
                { "name": "other", "req": "^7" },
            ] }),
        ];
        let lock = json!({ "version": "1.0.0", "packages": { "": { "version": "0.8.0" } } });
        let found = versions(&packages.iter().collect::<Vec<_>>(), &lock);
        let found: Vec<&str> = found.iter().map(|(_, version)| version.as_str()).collect();
        assert_eq!(found, ["1.0.0", "0.8.0", "1.0.0", "1.0.0", "0.9.0"]);
        assert!(!is_published(&json!({ "name": "c", "publish": [] })));
    }

    #[test]
    fn this_repository_is_consistent() {
        let release = release(crate::paths::root(), None).unwrap();
        assert_eq!(release.version, env!("CARGO_PKG_VERSION"));
        assert!(release.crates.iter().any(|name| name == "swisscom-sign"));
        assert!(!release.crates.iter().any(|name| name == "xtask"));
    }
}
