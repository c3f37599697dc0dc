//! Follows processes without webhooks. The core decides; the host sends the requests and waits.
//!
//! - [`wait_status()`]: whether a process has reached the state that a caller waits for.
//! - [`Watch`]: events of any number of processes, derived from processes and audit records
//!   (`events`), the events already delivered (`cursor`), and the limit of requests (`rate_limit`).
//! - [`next_interval_ms`]: the adaptive polling interval.

mod cursor;
mod events;
mod interval;
mod machine;
mod rate_limit;
mod wait_status;

pub use interval::{IntervalBounds, next_interval_ms};
pub use machine::{Watch, WatchOptions, WatchStep};
pub use wait_status::{WaitStatus, wait_status};
