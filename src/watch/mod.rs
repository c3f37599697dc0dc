//! Following processes without webhooks. Decisions only: the host asks and waits.
//!
//! - [`standing`]: how a process stands, for somebody who waits for a state.
//! - [`pace`]: when to look again.

mod pace;
mod standing;

pub use pace::{Bounds, next_look_ms};
pub use standing::{Standing, standing};
