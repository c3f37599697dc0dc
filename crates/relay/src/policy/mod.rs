//! What callers may set and see.

pub mod fields;
pub mod participants;
pub mod urls;

use swisscom_sign::contract::{Problem as Deviation, ProblemCode};

use crate::error::{RelayError, RelayErrorKind};

/// 400 for ambiguous JSON, 422 for JSON that does not match the contract.
pub fn validation_error(deviations: Vec<Deviation>) -> RelayError {
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
