//! The contract of the Swisscom Sign Integration API 2.19.0 as data.
//!
//! - [`types`]: every type, declared once ([`declare`]); struct, static table and the TypeScript
//!   form come from that declaration.
//! - [`operations`]: the one table of operations: paths, scopes, states, statuses, limits.
//! - [`levels`]: which signature methods exist at which level, and for whom.
//! - [`schema`]: the vocabulary of the tables.
//! - `openapi` (feature `model`): the tables as an OpenAPI description.
//! - [`json`] and [`walk`]: a pull parser, and the walk of JSON text along the tables that
//!   reports every [`Problem`] with its path.
//!
//! The vendor's document is not part of this crate; tests hold the tables against it.

pub mod declare;
mod format;
pub mod json;
pub mod levels;
#[cfg(feature = "model")]
pub mod openapi;
pub mod operations;
mod problem;
pub mod schema;
pub mod types;
pub mod walk;

pub(crate) use format::{is_uuid, max_duration_ms, parse_date_time_ms};
pub use operations::{
    Operation, OperationMethod, OperationSpec, ReplaySafety, RequiredState, ResponseBody, Scope,
};
pub use problem::{Problem, ProblemCode, Severity};
pub use schema::{
    EnumSchema, FieldAccess, FieldSchema, FieldType, IntegerSchema, ListSchema, ObjectSchema,
    StringFormat, StringSchema, UnionSchema,
};
pub use types::*;

/// Version of the vendor's contract that the tables hold.
pub const CONTRACT_VERSION: &str = "2.19.0";
