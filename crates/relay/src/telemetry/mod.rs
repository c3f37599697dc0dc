//! What operators see: [`log`] and [`metrics`]. Neither ever holds a path, a body, a token, an
//! address of a page or a name: routes are templates, callers are hashes.

pub mod log;
pub mod metrics;
