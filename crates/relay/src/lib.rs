//! Token relay: web frontends use the Swisscom Sign Integration API through it, so that the client secret
//! and the organization-wide access token stay out of the browser.
//!
//! The core crate `swisscom_sign` provides operations, validation, requests, responses and the token
//! cache. This crate adds sockets, authentication of callers, ownership of processes and policy.
//!
//! | module | content |
//! | --- | --- |
//! | [`config`], [`secret`] | configuration and secrets |
//! | [`listen`], [`fd_limit`] | connections, their timeouts and limits |
//! | [`pipeline`], [`guard`], [`route`], [`cors`] | one request: checks, routing, CORS |
//! | [`auth`], [`caller`] | authentication |
//! | [`owner`], [`policy`] | ownership of processes; fields and URLs that callers may set |
//! | [`ops`] | request handlers |
//! | [`token`], [`upstream`] | access token, requests to the platform |
//! | [`limit`], [`idempotency`], [`mod@redis`] | rate limits, idempotency keys, state that replicas share |
//! | [`error`] | error table |
//! | [`telemetry`], [`admin`] | logs, metrics, health checks |
//! | [`app`], [`lifecycle`], [`dev`] | start and stop, development mode |

#![allow(missing_docs, reason = "used by the binary and its tests only")]
#![cfg_attr(test, allow(clippy::string_slice, reason = "a test fails by panicking"))]

pub mod admin;
pub mod app;
pub mod auth;
pub mod body;
pub mod caller;
pub mod config;
pub mod cors;
pub mod dev;
pub mod error;
pub mod fd_limit;
pub mod guard;
pub mod idempotency;
pub mod json;
pub mod lifecycle;
pub mod limit;
pub mod listen;
pub mod openapi;
pub mod ops;
pub mod owner;
pub mod pipeline;
pub mod policy;
pub mod redis;
pub mod route;
pub mod secret;
pub mod start_error;
pub mod telemetry;
pub mod token;
pub mod upstream;
