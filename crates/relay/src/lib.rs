//! Token relay: web frontends use the Swisscom Sign Integration API through it, so that the client secret
//! and the organization-wide access token stay out of the browser.
//!
//! The core crate `swisscom_sign` provides operations, validation, requests, responses and the token
//! cache. This crate adds sockets, authentication of callers, ownership of processes and policy.
//!
//! | module | content |
//! | --- | --- |
//! | `config`, `secret`, `check_config` | configuration and secrets |
//! | `listen`, `fd_limit` | connections, their timeouts and limits |
//! | `pipeline`, `guard`, `route`, `cors` | one request: checks, routing, CORS |
//! | `proxies` | trusted proxies, address of the client |
//! | `auth`, `caller` | authentication |
//! | `owner`, `policy` | ownership of processes; fields and URLs that callers may set |
//! | `ops`, `download` | request handlers; streamed response bodies |
//! | `token`, `upstream` | access token, requests to the platform |
//! | `limit`, `idempotency`, `redis` | rate limits, idempotency keys, state that replicas share |
//! | `error` | error table |
//! | `telemetry`, `admin` | logs, metrics, health checks |
//! | `app`, `lifecycle`, `dev` | start and stop, development mode |

#![allow(missing_docs, reason = "used by the binary and its tests only")]
#![cfg_attr(test, allow(clippy::string_slice, reason = "a test fails by panicking"))]

mod admin;
mod app;
mod auth;
mod body;
mod caller;
pub mod check_config;
pub mod config;
mod cors;
pub mod dev;
mod download;
mod error;
pub mod fd_limit;
mod guard;
mod idempotency;
mod json;
pub mod lifecycle;
mod limit;
mod listen;
pub mod openapi;
mod ops;
mod owner;
mod pipeline;
mod policy;
mod proxies;
mod redis;
mod route;
pub mod secret;
pub mod start_error;
pub mod telemetry;
mod token;
mod upstream;
