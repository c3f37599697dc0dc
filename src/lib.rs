//! Contract, request builders and state machine of the Swisscom Sign Integration API.
//!
//! The crate performs no I/O: it gets bytes, states and the time, and returns values. It opens no
//! socket, reads no clock and uses no JavaScript type; hosts provide those.
//!
//! | module | content |
//! | --- | --- |
//! | [`contract`] | types, limits and operations of the API, as data |
//! | [`request`] | request builders, response decoding |
//! | [`lifecycle`] | operations that a state allows, state transitions |
//! | [`preflight`] | rules by which the platform would reject a request |
//! | [`access`] | authorization of a person who opens a process |
//! | [`auth`] | token requests and the token cache |
//! | [`call`] | the steps of a call, from the token to the result |
//! | [`retry`] | retry decisions and pauses |
//! | [`reconcile`] | whether a write whose response was lost was performed |
//! | [`watch`] | process events and polling intervals |
//! | [`error`] | the error type |

pub mod access;
pub mod auth;
pub mod call;
pub mod contract;
pub mod error;
mod format_text;
pub mod lifecycle;
pub mod preflight;
pub mod reconcile;
pub mod request;
pub mod retry;
pub mod watch;

#[cfg(feature = "js")]
pub mod js;

pub use error::{Error, ErrorKind, Result};
