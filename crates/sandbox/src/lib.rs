//! PDF and certificates of the sandbox.

pub mod ca;
pub mod pdf;
