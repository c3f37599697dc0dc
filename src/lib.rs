//! Contract, request builders and state machine of the Swisscom Sign Integration API.
//!
//! The crate is pure: it is given bytes, states and the time, and answers with values.
//! It opens no socket, reads no clock and knows no JavaScript type; hosts bring those.

pub mod access;
pub mod contract;
pub mod lifecycle;
