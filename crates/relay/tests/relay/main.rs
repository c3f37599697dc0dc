//! The relay as a whole, over real loopback sockets: before it raw bytes and callers, behind it a
//! token endpoint that answers as Keycloak does and a platform with switches.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test fails by panicking"
)]

mod attacks;
mod callers;
mod deploy;
mod descriptors;
mod examples;
mod files;
mod headers;
mod kit;
mod opaque;
mod own;
mod ownership;
mod policy;
mod program;
mod replicas;
mod slow;
mod stop;
mod tls;
mod tokens;
mod uploads;
