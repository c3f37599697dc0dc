//! Whether everything that names the version names the same one, and the changelog says what is new.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::cmd::Cmd;
use crate::node;

/// What is released.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub(super) version: String,
    /// The section of the changelog, without its heading.
    pub(super) notes: String,
    /// Whether the section has a date.
    pub(super) dated: bool,
}

/// Reads the versions and the changelog of a repository.
///
/// # Errors
/// When two versions differ, the changelog has no section or, with a tag, it is not that of a release.
pub(super) fn release(root: &Path, crates: &[&str], tag: Option<&str>) -> Result<Release> {
    let metadata = Cmd::cargo()
        .args(["metadata", "--format-version", "1", "--locked", "--no-deps"])
        .dir(root)
        .capture()?;
    let metadata: Value = serde_json::from_str(&metadata).context("cargo metadata is JSON")?;
    let package = node::json(&root.join("pkg/package.json"))?;
    let lock = node::json(&root.join("pkg/package-lock.json"))?;
    let version = text(&package, "/version").context("pkg/package.json has no version")?;
    let changelog = fs::read_to_string(root.join("CHANGELOG.md"))?;
    judge(&version, &versions(&metadata, &lock, crates)?, &changelog, tag)
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

/// Every place that names the version, with what it says.
fn versions(metadata: &Value, lock: &Value, crates: &[&str]) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for pointer in ["/version", "/packages//version"] {
        let version = text(lock, pointer).unwrap_or_default();
        found.push((format!("pkg/package-lock.json, {pointer}"), version));
    }
    let packages = metadata.pointer("/packages").and_then(Value::as_array);
    let packages = packages.context("cargo metadata has packages")?;
    for name in crates {
        let package = packages
            .iter()
            .find(|package| text(package, "/name").as_deref() == Some(name))
            .with_context(|| format!("the workspace has no crate {name}"))?;
        if package.pointer("/publish").is_some_and(|publish| !publish.is_null()) {
            bail!("{name} is not to be published by its Cargo.toml");
        }
        found.push((format!("the crate {name}"), text(package, "/version").unwrap_or_default()));
        let dependencies = package.pointer("/dependencies").and_then(Value::as_array);
        for dependency in dependencies.into_iter().flatten() {
            // What is in the workspace is published with the same number.
            if dependency.get("path").is_some() {
                let own = text(dependency, "/name").unwrap_or_default();
                let wanted = text(dependency, "/req").unwrap_or_default();
                let wanted = wanted.trim_start_matches('^').to_owned();
                found.push((format!("{name}'s dependency {own}"), wanted));
            }
        }
    }
    Ok(found)
}

fn judge(
    version: &str,
    found: &[(String, String)],
    changelog: &str,
    tag: Option<&str>,
) -> Result<Release> {
    let others: Vec<String> = found
        .iter()
        .filter(|(_, other)| other != version)
        .map(|(place, other)| format!("{place} says {other:?}"))
        .collect();
    if !others.is_empty() {
        bail!("pkg/package.json says {version:?}, but {}", others.join(", "));
    }
    let (title, notes) = section(changelog, version)
        .with_context(|| format!("CHANGELOG.md has no section `## [{version}]`"))?;
    if !notes.lines().any(|line| line.starts_with("- ")) {
        bail!("the section [{version}] of CHANGELOG.md says nothing");
    }
    let dated = title.split(" - ").nth(1).is_some_and(is_date);
    if let Some(tag) = tag {
        if tag != format!("v{version}") {
            bail!("the tag {tag} is not v{version}");
        }
        if !dated {
            bail!(
                "the section [{version}] of CHANGELOG.md has no date: `## [{version}] - YYYY-MM-DD`"
            );
        }
    }
    Ok(Release { version: version.to_owned(), notes, dated })
}

/// The heading of a version's section and what stands below it.
fn section<'a>(changelog: &'a str, version: &str) -> Option<(&'a str, String)> {
    let start = format!("## [{version}]");
    let mut lines = changelog.lines().skip_while(|line| !line.starts_with(&start));
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

    fn said(version: &str, found: &[(&str, &str)], tag: Option<&str>) -> String {
        let found: Vec<_> = found.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
        match judge(version, &found, CHANGELOG, tag) {
            Ok(release) => format!("{} dated: {}", release.notes.trim(), release.dated),
            Err(error) => format!("{error:#}"),
        }
    }

    #[test]
    fn a_release_that_is_ready() {
        let same = [("the crate a", "1.2.0")];
        assert_eq!(said("1.2.0", &same, Some("v1.2.0")), "### Added\n\n- This. dated: true");
        assert_eq!(said("1.1.0", &[], None), "- That. dated: false");
    }

    #[test]
    fn a_version_that_differs() {
        let found = [("the crate a", "1.2.0"), ("the crate b", "1.1.9")];
        let said = said("1.2.0", &found, None);
        assert_eq!(said, r#"pkg/package.json says "1.2.0", but the crate b says "1.1.9""#);
    }

    #[test]
    fn a_changelog_without_the_section() {
        assert!(said("1.3.0", &[], None).contains("has no section `## [1.3.0]`"));
        assert!(said("1.2", &[], None).contains("has no section"), "a beginning is none");
        assert!(said("1.0.0", &[], None).contains("says nothing"));
    }

    #[test]
    fn a_tag_of_something_else() {
        assert!(said("1.2.0", &[], Some("v1.2.1")).contains("is not v1.2.0"));
        assert!(said("1.1.0", &[], Some("v1.1.0")).contains("has no date"));
    }

    #[test]
    fn every_place_is_looked_at() {
        let metadata = json!({ "packages": [
            { "name": "a", "version": "1.0.0", "publish": null, "dependencies": [] },
            { "name": "b", "version": "1.0.0", "publish": null, "dependencies": [
                { "name": "a", "req": "^0.9.0", "path": "/a" },
                { "name": "other", "req": "^7" },
            ] },
        ] });
        let lock = json!({ "version": "1.0.0", "packages": { "": { "version": "0.8.0" } } });
        let found = versions(&metadata, &lock, &["a", "b"]).unwrap();
        let found: Vec<&str> = found.iter().map(|(_, version)| version.as_str()).collect();
        assert_eq!(found, ["1.0.0", "0.8.0", "1.0.0", "1.0.0", "0.9.0"]);
        assert!(versions(&metadata, &lock, &["c"]).is_err());
        let private = json!({ "packages": [{ "name": "a", "version": "1.0.0", "publish": [] }] });
        assert!(versions(&private, &lock, &["a"]).is_err());
    }

    /// This repository, as it stands.
    #[test]
    fn this_release_is_ready_but_for_its_date() {
        let release = release(crate::paths::root(), &super::super::CRATES, None).unwrap();
        assert_eq!(release.version, env!("CARGO_PKG_VERSION"));
    }
}
