//! The contract of the Swisscom Sign Integration API 2.19.0 as data.
//!
//! - [`types`]: every type, declared once ([`declare`]); the struct, the static table and the
//!   TypeScript type are generated from that declaration.
//! - [`operations`]: the table of operations: paths, scopes, states, statuses, limits.
//! - [`levels`]: the signature methods of each signature level.
//! - [`schema`]: the types of the tables.
//! - `openapi` (feature `model`): OpenAPI description generated from the tables.
//! - [`json`]: pull parser for JSON.
//! - [`validate`]: checks JSON text against the tables and reports every [`Problem`] with its path.
//!
//! The vendor's document is not part of this crate; tests compare the tables with it.

pub mod declare;
mod discriminator;
mod format;
pub mod json;
#[cfg(feature = "model")]
mod json_fields;
pub mod levels;
#[cfg(feature = "model")]
pub mod openapi;
pub mod operations;
mod problem;
pub mod schema;
mod secret_text;
pub mod types;
mod validate;

pub use discriminator::{Discriminated, Discriminator};
pub use format::is_uuid;
pub(crate) use format::{DAY_MS, max_duration_ms, parse_date_time_ms};
#[cfg(feature = "model")]
pub use json_fields::JsonFields;
pub use operations::{
    Operation, OperationMethod, OperationSpec, ReplaySafety, RequiredState, ResponseBody, Scope,
};
pub use problem::{Problem, ProblemCode, Severity};
pub use schema::{
    EnumSchema, FieldAccess, FieldPresence, FieldSchema, FieldType, IntegerSchema, ListSchema,
    ObjectSchema, StringFormat, StringSchema, UnionSchema,
};
pub(crate) use secret_text::Redacted;
pub use secret_text::SecretText;
pub use types::*;
pub use validate::validate;
pub(crate) use validate::{exceeded, validate_writable};

/// Version of the vendor's contract that the tables describe.
pub const CONTRACT_VERSION: &str = "2.19.0";
