//! Contract, request builders and state machine of the Swisscom Sign Integration API.
//!
//! The crate is pure: it is given bytes, states and the time, and answers with values.
//! It opens no socket, reads no clock and knows no JavaScript type; hosts bring those.
//!
//! | module | what it answers |
//! | --- | --- |
//! | [`contract`] | what the API is: types, limits, operations, as data |
//! | [`request`] | how an operation is asked for, and what its answer says |
//! | [`lifecycle`] | what a state permits, and which state follows |
//! | [`preflight`] | what the platform would refuse, and why, before it is asked |
//! | [`access`] | how a person who opens a process is let in |
//! | [`auth`] | how a token is asked for, kept and renewed |
//! | [`retry`] | whether, how and when to repeat a call that failed |
//! | [`reconcile`] | whether a write whose answer was lost was performed |
//! | [`watch`] | how a process stands, and when to look again |
//! | [`error`] | what can go wrong, in one type |

pub mod access;
pub mod auth;
pub mod contract;
pub mod error;
pub mod lifecycle;
pub mod preflight;
pub mod reconcile;
pub mod request;
pub mod retry;
mod text;
pub mod watch;

#[cfg(all(target_arch = "wasm32", feature = "js"))]
pub mod js;

pub use error::{Error, ErrorKind, Result};
