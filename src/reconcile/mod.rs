//! Reconciliation: prevents duplicate writes. The platform has no idempotency keys, so a write
//! contains a correlation ID, a property of a process or the externalIdentifier of a file. If its
//! response is lost, the correlation ID is looked up to determine whether the write was performed.
//! The core decides; the host sends the requests.
//!
//! - [`add_correlation`]: adds the correlation ID to a request.
//! - [`WriteLookup`]: determines whether a write was performed.

mod correlation;
mod lookup;

pub use correlation::{CORRELATION_KEY, CorrelatedRequest, MAX_PROPERTIES, add_correlation};
pub use lookup::{LookupStep, WriteLookup};
