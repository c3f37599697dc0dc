//! Rules by which the platform would reject a write, checked before the request is sent. All problems
//! are reported together, each with a path, a stable code and a message.
//!
//! [`crate::contract::validate`] checks single fields; these rules check several fields of a request,
//! its process and the environment. [`rules`] lists the rules of an operation, for documentation and
//! tests.
//!
//! | operation | rules in |
//! | --- | --- |
//! | create | [`create`] |
//! | attach | [`attach`] |
//! | release | [`release`] |
//! | open | [`open`] |

pub mod attach;
pub mod create;
pub mod open;
pub mod release;
mod view;

use core::fmt;

use crate::contract::{
    Operation, Problem, ProblemCode, Redacted, Severity, SignatureLevel, validate,
};
use crate::error::{Error, Result};
use crate::format_text::{format_integer, join};
use crate::request::path::PathParameters;
use crate::request::{SignRequest, UnknownFields, build};

pub use view::{FileView, ParticipantView, PositionView, ProcessView};

/// Environment of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Environment {
    /// The vendor's production environment.
    Production,
    /// The vendor's TEST environment, where qualified signatures are not available.
    Test,
    /// A sandbox or another host, without restrictions.
    #[default]
    Other,
}

/// Kind of tenant (contract, "Client Types").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TenantKind {
    /// The public tenant: a self-managed organization.
    Public,
    /// A corporate tenant.
    Corporate,
    /// Unknown; the rules of the other kinds are not checked. A token does not tell: both kinds can
    /// have the claim `organization_id` (guide, "Authentication").
    #[default]
    Unknown,
}

/// Environment, tenant and time of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PreflightContext {
    /// Environment.
    pub environment: Environment,
    /// Tenant.
    pub tenant: TenantKind,
    /// Current time in milliseconds since 1970; without it, rules about the future are not checked.
    pub now_ms: Option<i64>,
}

/// Input of a rule.
#[derive(Clone, Copy)]
pub struct PreflightInput<'a> {
    /// JSON text of the request; `{}` without a body.
    pub request: &'a str,
    /// Current process, if known; for create, [`rule_violations`] reads it from the request.
    pub process: Option<&'a ProcessView<'a>>,
    /// Signature level of the process, which never changes, if `process` is not known.
    pub level: Option<&'a SignatureLevel>,
    /// Participant, for open.
    pub person_id: Option<&'a str>,
    /// Environment, tenant and time.
    pub context: PreflightContext,
}

/// Omits the request, which contains personal data and files.
impl fmt::Debug for PreflightInput<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreflightInput")
            .field("request", &Redacted(self.request))
            .field("process", &self.process)
            .field("level", &self.level)
            .field("person_id", &self.person_id)
            .field("context", &self.context)
            .finish()
    }
}

/// Preflight rule.
#[derive(Debug)]
pub struct PreflightRule {
    /// Code of its problems.
    pub code: ProblemCode,
    /// Source of the rule in the contract or guide; empty in the wasm module, to keep it small.
    pub source: &'static str,
    /// Reports all violations.
    pub check: fn(&PreflightInput<'_>, &mut ProblemCollector),
}

/// Collects problems with the code of the current rule.
#[derive(Debug)]
pub struct ProblemCollector {
    code: ProblemCode,
    problems: Vec<Problem>,
}

impl ProblemCollector {
    /// Adds a problem.
    pub fn add(&mut self, path: &str, message: &str) {
        self.problems.push(Problem::new(path, self.code, message));
    }

    /// Adds a warning: contract and guide do not say that the platform rejects the request.
    pub fn warn(&mut self, path: &str, message: &str) {
        let problem = Problem::new(path, self.code, message);
        self.problems.push(problem.with_severity(Severity::Warning));
    }
}

/// Source of a rule; empty in the wasm module.
const fn source(text: &'static str) -> &'static str {
    if cfg!(all(target_arch = "wasm32", feature = "js")) { "" } else { text }
}

/// Path of a part of a list item: `$.list[2].part`.
fn path_in(list: &str, index: usize, part: &str) -> String {
    join(&[list, "[", &format_integer(index as i64), "]", part])
}

/// Value of a request for a message, truncated because it may be of any length.
fn excerpt(value: &str) -> String {
    value.chars().take(64).collect()
}

/// Rules of an operation; none for reads and for setup, which only has limits of single fields.
pub fn rules(operation: Operation) -> &'static [PreflightRule] {
    match operation {
        Operation::Create => create::RULES,
        Operation::Attach => attach::RULES,
        Operation::Release => release::RULES,
        Operation::Open => open::RULES,
        _ => &[],
    }
}

/// Validates a request against the schema and the rules.
pub fn check(operation: Operation, subject: &PreflightInput<'_>) -> Vec<Problem> {
    let mut problems = match operation.spec().request {
        Some(object) => validate(object, subject.request),
        None => Vec::new(),
    };
    problems.extend(rule_violations(operation, subject));
    problems
}

/// Builds a request and checks the rules. Reports the problems of both together; the request contains
/// the warnings.
///
/// # Errors
/// Validation, with every problem, if at least one is an error.
pub fn prepare<'a>(
    operation: Operation,
    ids: &PathParameters<'_>,
    text: Option<&'a str>,
    unknown: UnknownFields,
    input: &PreflightInput<'_>,
) -> Result<SignRequest<'a>> {
    // The rules are not checked for a text that exceeds the size limit.
    let too_long = input.request.len() as u64 > operation.spec().max_request_bytes;
    let violations = if too_long { Vec::new() } else { rule_violations(operation, input) };
    let built = build(operation, ids, text, unknown);
    let passed = built.is_ok() && !violations.iter().any(Problem::is_error);
    let (request, mut problems) = match built {
        Ok(mut request) => {
            let warnings = core::mem::take(&mut request.warnings);
            (Some(request), warnings)
        }
        Err(error) => (None, error.problems),
    };
    problems.extend(violations);
    match request {
        Some(request) if passed => Ok(SignRequest { warnings: problems, ..request }),
        _ => Err(Error::validation_error(operation, problems)),
    }
}

/// Checks a request that is already validated against the rules only.
pub fn rule_violations(operation: Operation, subject: &PreflightInput<'_>) -> Vec<Problem> {
    let created = (operation == Operation::Create).then(|| ProcessView::read(subject.request));
    let subject = PreflightInput { process: subject.process.or(created.as_ref()), ..*subject };
    let mut report = ProblemCollector { code: ProblemCode::Syntax, problems: Vec::new() };
    for rule in rules(operation) {
        report.code = rule.code;
        (rule.check)(&subject, &mut report);
    }
    report.problems
}
