//! The workflows in `.github/workflows`: what they run exists, and what they use cannot be moved.

use std::fs;

use anyhow::{Context as _, Result, bail};
use clap::Parser as _;

use crate::release::CRATES;
use crate::stamp::files_below;
use crate::{Cli, paths};

/// Checks every workflow.
///
/// # Errors
/// Everything that is wrong, by file and line.
pub(crate) fn check() -> Result<()> {
    let folder = paths::root().join(".github/workflows");
    let mut wrong = Vec::new();
    for file in files_below(&folder, &[])? {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        wrong.extend(judge(&text).into_iter().map(|problem| format!("{name}:{problem}")));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("{}", wrong.join("\n"))
}

/// What is wrong, by line.
fn judge(workflow: &str) -> Vec<String> {
    let checks = [action, command, crates];
    let lines = workflow.lines().enumerate().filter(|(_, line)| !line.trim().starts_with('#'));
    lines
        .flat_map(|(index, line)| {
            let said = checks.iter().filter_map(move |check| check(line));
            said.map(move |problem| format!("{}: {problem}", index + 1))
        })
        .collect()
}

/// An action stands by its commit, and the release that the commit is of beside it.
fn action(line: &str) -> Option<String> {
    let (_, used) = line.split_once("uses: ")?;
    let pinned = used.split_once('@').and_then(|(_, at)| at.split_once(" # v"));
    let pinned = pinned.is_some_and(|(commit, release)| {
        commit.len() == 40
            && commit.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
            && release.split('.').filter(|part| part.parse::<u32>().is_ok()).count() == 3
    });
    (!pinned).then(|| format!("{used} is not pinned, as in `@COMMIT # v1.2.3`"))
}

/// A command of this program has these options.
fn command(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("cargo xtask")?;
    let words = rest.split([';', '&', '|', '#']).next().unwrap_or_default().split_whitespace();
    let error = Cli::try_parse_from(std::iter::once("cargo xtask").chain(words)).err()?;
    Some(error.to_string().lines().next().unwrap_or_default().to_owned())
}

/// A list of crates is that of the release, in its order.
fn crates(line: &str) -> Option<String> {
    let (_, list) = line.split_once("crates=(")?;
    let list: Vec<&str> = list.trim_end_matches(')').split_whitespace().collect();
    (list != CRATES).then(|| format!("the crates of a release are {}", CRATES.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_workflow_may_say() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let right = format!(
            "      # uses: a/b@v1\n      - uses: a/b@{commit} # v1.2.3\n      \
             - run: cargo xtask release --dry-run --tag \"$GITHUB_REF_NAME\"\n          \
             else cargo xtask test --without-contract; fi\n          crates=({})\n",
            CRATES.join(" ")
        );
        assert_eq!(judge(&right), Vec::<String>::new());
        for (wrong, said) in [
            ("- uses: a/b@v4".to_owned(), "1: a/b@v4 is not pinned"),
            (format!("- uses: a/b@{commit}"), "is not pinned"),
            (format!("- uses: a/b@{commit} # main"), "is not pinned"),
            (format!("- uses: a/b@{} # v1.2.3", commit.to_uppercase()), "is not pinned"),
            ("\n- run: cargo xtask tests".to_owned(), "2: error: unrecognized subcommand 'tests'"),
            ("- run: cargo xtask release --now".to_owned(), "unexpected argument '--now'"),
            ("crates=(swisscom-sign)".to_owned(), "the crates of a release are swisscom-sign "),
        ] {
            let problems = judge(&wrong);
            assert!(problems.len() == 1 && problems[0].contains(said), "{wrong}: {problems:?}");
        }
    }

    #[test]
    fn those_of_this_repository() {
        check().unwrap();
    }
}
