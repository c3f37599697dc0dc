//! Integration tests over loopback sockets, with stubs of the token endpoint and of the platform.

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
mod backpressure;
mod callers;
mod cli;
mod deploy;
mod downloads;
mod examples;
mod fd_limit;
mod files;
mod graceful_shutdown;
mod headers;
mod introspection;
mod lost_creates;
mod ownership;
mod policy;
mod relay_routes;
mod replicas;
mod support;
mod tls;
mod tokens;
mod uploads;
