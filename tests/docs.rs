//! Compares the tables of `docs/` with the tables of the core.

#![cfg(not(target_arch = "wasm32"))]

use swisscom_sign::ErrorKind;
use swisscom_sign::contract::levels::{LEVELS, methods_at};
use swisscom_sign::contract::{Operation, ProblemCode, Severity, State};
use swisscom_sign::lifecycle::allowed_operations;

const CONCEPTS: &str = include_str!("../docs/concepts.md");
const ERRORS: &str = include_str!("../docs/errors.md");

/// The rows of the table below a heading, each as the text of its cells.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let below = page.split_once(&format!("\n## {heading}\n")).map_or("", |(_, below)| below);
    let rows = below.lines().skip_while(|line| !line.starts_with('|'));
    let cells = |row: &str| {
        let row = row.trim_start_matches('|').trim_end_matches('|');
        row.split('|').map(|cell| cell.trim().to_owned()).collect()
    };
    rows.take_while(|line| line.starts_with('|')).skip(2).map(cells).collect()
}

/// Compares the first cells of each row.
fn compare(page: &str, heading: &str, expected: &[Vec<String>]) {
    let rows = table(page, heading);
    let cells = expected.first().map_or(0, Vec::len);
    let begin = |row: &Vec<String>| row.iter().take(cells).cloned().collect();
    let found: Vec<Vec<String>> = rows.iter().map(begin).collect();
    assert_eq!(found, expected, "the table below \"{heading}\"");
    for row in &rows {
        assert!(
            row.iter().skip(2).all(|cell| !cell.is_empty()),
            "{heading}: empty cell in {row:?}"
        );
    }
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

#[test]
fn kinds_of_errors() {
    let row = |kind: &ErrorKind| {
        let retryable = if kind.retryable() { "yes" } else { "no" };
        vec![code(kind.code()), code(kind.class()), retryable.to_owned()]
    };
    compare(ERRORS, "Error codes", &ErrorKind::ALL.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn codes_of_problems() {
    let row = |problem: &ProblemCode| {
        let weight = match problem.severity() {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        vec![code(problem.as_str()), weight.to_owned()]
    };
    compare(ERRORS, "Problems", &ProblemCode::ALL.iter().map(row).collect::<Vec<_>>());
}

#[test]
fn operations() {
    let row = |operation: Operation| {
        let spec = operation.spec();
        let request = format!("{} {}", spec.method.as_str(), spec.path);
        vec![code(spec.id), code(&request), code(spec.scope.as_str())]
    };
    compare(CONCEPTS, "Operations", &Operation::ALL.map(row));
}

#[test]
fn states() {
    let permits = |state: &State| {
        let operations = allowed_operations(state).map(|operation| code(operation.id()));
        operations.collect::<Vec<_>>().join(" ")
    };
    let expected: Vec<Vec<String>> =
        [State::Created, State::Pending, State::Completed, State::Expired]
            .iter()
            .map(|state| vec![code(state.as_str()), permits(state)])
            .collect();
    let found: Vec<Vec<String>> =
        table(CONCEPTS, "States").iter().map(|row| vec![row[0].clone(), row[2].clone()]).collect();
    assert_eq!(found, expected);
}

#[test]
fn levels() {
    let row = |row: &swisscom_sign::contract::levels::LevelSpec| {
        let methods: Vec<_> =
            methods_at(&row.level).map(|method| code(method.method.as_str())).collect();
        vec![
            code(row.level.as_str()),
            row.quality.as_str().to_owned(),
            row.legislation.map_or("-", |law| law.as_str()).to_owned(),
            methods.join(" "),
        ]
    };
    compare(CONCEPTS, "Levels", &LEVELS.iter().map(row).collect::<Vec<_>>());
}
