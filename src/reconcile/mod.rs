//! Writes that happen once. A write carries a correlation; when its answer was lost, what the
//! platform holds is read, and decides whether the write was performed. Decisions only: the host
//! sends what is asked for, and says what was answered.
//!
//! A process bears its correlation as one of its properties, a file as its externalIdentifier:
//! the platform has no idempotency key, and keeps both where they can be read back.
//!
//! - [`mark`]: puts the correlation into a request.
//! - [`Lookup`]: finds out whether a write was performed.

mod lookup;
mod mark;

pub use lookup::{LookupStep, WriteLookup};
pub use mark::{CorrelatedRequest, PROPERTIES, PROPERTY, mark};
