//! The tests of the sandbox, as one program.
//!
//! - `support`: an engine with clocks to turn, and a transport that holds every answer that it
//!   passes on against the vendor's contract. `contract`: that check.
//! - `conformance`: the contract's own examples, and every documented status. `description`: what the
//!   sandbox says of its API.
//! - `domain`, `properties`: the rules, without HTTP.
//! - `api`, `access`, `files`, `listing`, `realm`: the settings, through the engine.
//! - `races`: commands at once on one process.
//! - `control`: clocks, faults, journal, directory, states of the whole. `described`: what the control
//!   says of itself.
//! - `store`: both stores answer alike, and what is answered survives. `failing`: what a store that
//!   fails has not done.
//! - `visits`, `guesses`, `pages`, `forms`, `frames`, `outbox`, `identification`: who is let in, what
//!   people see, and what they are sent; `browser`: a browser without JavaScript in front of it.
//! - `guard`: a person in front of the dashboard. `host`: URLs by the name that a client uses.
//! - `http`, `faults`, `program`: over loopback, the library and the program.

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
