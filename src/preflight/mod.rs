//! Every rule by which the platform would refuse a write, checked before the round trip: all
//! problems at once, each with a path, a stable code and a sentence.
//!
//! The limits of single fields are the walk's ([`crate::contract::walk`]); here are the rules
//! between fields, between a request and its process, and between both and the environment. The
//! rules of an operation are a table: [`rules`] lists them, for documentation and for tests.
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

use crate::contract::{Operation, Problem, ProblemCode, SignatureLevel, walk};
use crate::text::{digits, join};

pub use view::{FileView, ParticipantView, PositionView, ProcessView};

/// Where the request goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Environment {
    /// The vendor's production.
    Production,
    /// The vendor's TEST, where qualified signatures cannot be made.
    Test,
    /// A sandbox, or hosts of one's own: anything may be.
    #[default]
    Other,
}

/// What kind of client the credentials belong to (contract, "Client Types").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TenantKind {
    /// A self-managed organization: its tokens carry `organization_id`.
    Organization,
    /// A corporate tenant.
    Corporate,
    /// Not known: rules about it are left to the platform.
    #[default]
    Unknown,
}

/// The circumstances of a request.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PreflightContext {
    /// Where it goes.
    pub environment: Environment,
    /// On whose behalf.
    pub tenant: TenantKind,
    /// The time in milliseconds since 1970; without it, rules about the future are left out.
    pub now_ms: Option<i64>,
}

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct PreflightInput<'a> {
    /// JSON text of the request; `{}` when there is none.
    pub request: &'a str,
    /// The process, where it is known as it is at this moment; for create, [`violations`] reads it
    /// out of the request.
    pub process: Option<&'a ProcessView<'a>>,
    /// The level of the process, which never changes, where nothing else of it is known.
    pub level: Option<&'a SignatureLevel>,
    /// The participant that a URL is asked for.
    pub person_id: Option<&'a str>,
    /// The circumstances.
    pub context: PreflightContext,
}

/// A rule: its code, where the contract says it, and the check.
#[derive(Debug)]
pub struct PreflightRule {
    /// The code that its problems carry.
    pub code: ProblemCode,
    /// Where it is written; empty in the module of the npm package, which does not say it.
    pub source: &'static str,
    /// Reports every violation.
    pub check: fn(&PreflightInput<'_>, &mut ProblemCollector),
}

/// Collects problems under the code of the rule at work.
#[derive(Debug)]
pub struct ProblemCollector {
    code: ProblemCode,
    problems: Vec<Problem>,
}

impl ProblemCollector {
    /// A violation at that path.
    pub fn add(&mut self, path: &str, message: &str) {
        let (path, message) = (path.to_owned(), message.to_owned());
        self.problems.push(Problem { path, code: self.code, message });
    }
}

/// The source of a rule, where somebody can read it.
const fn source(text: &'static str) -> &'static str {
    if cfg!(all(target_arch = "wasm32", feature = "js")) { "" } else { text }
}

/// The path of a part of a list's item: `$.list[2].part`.
fn path_in(list: &str, index: usize, part: &str) -> String {
    join(&[list, "[", &digits(index as i64), "]", part])
}

/// The rules of an operation; none for those that only read, and for setup, whose rules are all
/// limits of single fields.
pub fn rules(operation: Operation) -> &'static [PreflightRule] {
    match operation {
        Operation::Create => create::RULES,
        Operation::Attach => attach::RULES,
        Operation::Release => release::RULES,
        Operation::Open => open::RULES,
        _ => &[],
    }
}

/// Everything for which the platform would refuse this request: limits of fields and rules.
pub fn check(operation: Operation, subject: &PreflightInput<'_>) -> Vec<Problem> {
    let mut problems = match operation.spec().request {
        Some(object) => walk::validate(object, subject.request),
        None => Vec::new(),
    };
    problems.extend(violations(operation, subject));
    problems
}

/// The same without the limits of single fields, for those who have checked these already.
pub fn violations(operation: Operation, subject: &PreflightInput<'_>) -> Vec<Problem> {
    let asked = (operation == Operation::Create).then(|| ProcessView::read(subject.request));
    let subject = PreflightInput { process: subject.process.or(asked.as_ref()), ..*subject };
    let mut report = ProblemCollector { code: ProblemCode::Syntax, problems: Vec::new() };
    for rule in rules(operation) {
        report.code = rule.code;
        (rule.check)(&subject, &mut report);
    }
    report.problems
}
