//! Following processes without webhooks. Decisions only: the host asks and waits.
//!
//! - [`standing()`]: how a process stands, for somebody who waits for a state.
//! - [`Watch`]: what has happened to any number of processes, as events; made of what processes
//!   and records say (`facts`), of what was told of them (`cursor`), and of how many requests may
//!   be sent (`budget`).
//! - [`next_look_ms`]: when to look again.

mod budget;
mod cursor;
mod facts;
mod feed;
mod pace;
mod standing;

pub use feed::{Watch, WatchOptions, WatchStep};
pub use pace::{IntervalBounds, next_look_ms};
pub use standing::{WaitStatus, standing};
