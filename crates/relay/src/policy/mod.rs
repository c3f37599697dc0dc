//! Restrictions of what callers may set and see.

pub(crate) mod fields;
pub(crate) mod participants;
pub(crate) mod urls;

use swisscom_sign::contract::{Problem as Deviation, ProblemCode};

use crate::error::{RelayError, RelayErrorKind, RelayResult};

/// Rejects a body that violates the contract. Values that only the platform can judge pass; fields that
/// it would ignore do not.
pub(crate) fn reject_invalid(mut deviations: Vec<Deviation>) -> RelayResult<()> {
    deviations.retain(|deviation| {
        let ignored = matches!(deviation.code, ProblemCode::UnknownField | ProblemCode::ReadOnly);
        deviation.is_error() || ignored
    });
    if deviations.is_empty() { Ok(()) } else { Err(validation_error(deviations)) }
}

/// 400 for ambiguous JSON, 422 for JSON that does not match the contract.
pub(crate) fn validation_error(deviations: Vec<Deviation>) -> RelayError {
    let ambiguous = |deviation: &Deviation| {
        matches!(
            deviation.code,
            ProblemCode::Syntax | ProblemCode::TooDeep | ProblemCode::DuplicateKey
        )
    };
    let kind = if deviations.iter().any(ambiguous) {
        RelayErrorKind::BadJson
    } else {
        RelayErrorKind::ValidationFailed
    };
    RelayError { deviations, ..RelayError::new(kind) }
}
