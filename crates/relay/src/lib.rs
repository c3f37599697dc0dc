//! The token relay: web frontends start and follow signing processes of the Swisscom Sign
//! Integration API through it, so that the client secret, and the organization-wide token that it
//! buys, stay off the browser.
//!
//! A host of the core crate `swisscom_sign`: the table of operations, the walk of bodies, the
//! requests, the answers and the token cache are the core's; here are sockets, callers, ownership
//! and policy.
//!
//! | module | what it answers |
//! | --- | --- |
//! | [`config`], [`secret`] | what the operator wants |
//! | [`listen`], [`fd_limit`] | which connections are held, how many, for how long, and how they end |
//! | [`guard`], [`route`] | what is refused unread, and where the rest leads |
//! | [`cors`], [`auth`] | which page and which user is calling |
//! | [`owner`], [`policy`] | which process is whose, and what may be set |
//! | [`ops`] | the operations |
//! | [`token`], [`upstream`] | the token, and the way to the platform |
//! | [`limit`], [`idempotency`] | how often |
//! | [`mod@redis`] | what replicas share |
//! | [`error`] | what the relay answers when it does not succeed |
//! | [`telemetry`], [`admin`] | what operators see |
//! | [`dev`] | a relay for a developer's machine |
//! | [`app`], [`pipeline`], [`lifecycle`] | how it is put together |

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
