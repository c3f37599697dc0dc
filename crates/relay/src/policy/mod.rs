//! What callers may set and see.
//!
//! - [`fields`]: fields that are the operator's to allow, and reserved properties.
//! - [`urls`]: return URLs, by origin.
//! - [`participants`]: which participant the caller is; the URLs of the others.

pub mod fields;
pub mod participants;
pub mod urls;

use swisscom_sign::contract::{Problem as Deviation, ProblemCode};

use crate::error::{RelayError, RelayErrorKind};

/// Deviations from the contract as a problem: 400 where two readers could read two things, 422
/// where everybody reads the same wrong thing.
pub fn validation_error(found: Vec<Deviation>) -> RelayError {
    let ambiguous = |deviation: &Deviation| {
        matches!(
            deviation.code,
            ProblemCode::Syntax | ProblemCode::TooDeep | ProblemCode::DuplicateKey
        )
    };
    let kind = if found.iter().any(ambiguous) {
        RelayErrorKind::BadJson
    } else {
        RelayErrorKind::ValidationFailed
    };
    RelayError { deviations: found, ..RelayError::new(kind) }
}
