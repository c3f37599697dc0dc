//! Tests of the sandbox, as one test binary.
//!
//! - `support`: a sandbox with adjustable clocks, and a transport that checks every response against
//!   the vendor's contract. `contract`: that check.
//! - `conformance`: the contract's examples, and every documented status. `description`: the served
//!   OpenAPI document of the API.
//! - `domain`, `properties`: domain rules, without HTTP.
//! - `api`, `access`, `files`, `listing`, `realm`: API and token endpoint, without a server.
//! - `races`: concurrent commands on one process.
//! - `control`: clocks, faults, journal, directory, state. `described`: the OpenAPI document of the
//!   control API.
//! - `store`: both stores behave alike and are durable. `failing`: failed writes have no effect.
//! - `visits`, `guesses`, `pages`, `forms`, `frames`, `outbox`, `identification`: authorization, pages
//!   and messages; `browser`: a browser without JavaScript for them.
//! - `guard`: login to the console. `host`: URLs by the host name of the client.
//! - `http`, `faults`, `program`: library and program over loopback.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by panicking, also in its helpers"
)]

mod access;
mod api;
mod browser;
mod cockpit;
mod conformance;
mod contract;
mod control;
mod described;
mod description;
mod domain;
mod failing;
mod faults;
mod files;
mod forms;
mod frames;
mod guard;
mod guesses;
mod host;
mod http;
mod identification;
mod listing;
mod outbox;
mod pages;
mod program;
mod properties;
mod races;
mod realm;
mod store;
mod support;
mod visits;
