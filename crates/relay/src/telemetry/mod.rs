//! Logs and metrics. They contain no paths, bodies, tokens, URLs or names: routes are templates, callers
//! are hashes.

pub mod log;
pub(crate) mod metrics;
