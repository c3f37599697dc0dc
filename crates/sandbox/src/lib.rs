//! The Swisscom Sign Integration API on your own machine, to develop and test against.
//!
//! A host passes each request to the [`gateway`], which dispatches it to one of four routers; these call
//! use cases and the [`platform`]:
//!
//! - [`domain`]: the rules. Command and time in, events out; no I/O, no clock, no randomness.
//! - [`store`], [`clock`], [`ids`], [`documents`]: what the platform needs of its environment, as traits.
//! - [`platform`]: commands, transactions and clocks; no HTTP. [`actions`]: use cases above it.
//! - [`route`], [`links`], [`paths`]: URLs in and out. [`tokens`], [`sessions`]: callers and visitors.
//! - `api`, `realm`, `control`, [`pages`]: HTTP request in, HTTP response out, on the plain types of
//!   [`http`].
//! - [`outbox`], [`localization`]: e-mails and SMS, texts in four languages.
//! - [`clocks`], [`faults`], [`journal`], [`initial_data`]: what tests set, inject, read and start
//!   with.
//! - [`fault_delivery`]: how a fault changes a response, for every host.
//! - `server` (feature `host`): a hyper server on a loopback port. `js` (feature `js`, on wasm32): the same
//!   sandbox inside a JavaScript test suite.
//!
//! ```
//! # #[cfg(feature = "host")] {
//! use swisscom_sign_sandbox::Sandbox;
//!
//! let sandbox = Sandbox::builder().port(0).start()?;
//! assert!(sandbox.api_url().ends_with("/system"));
//! # }
//! # Ok::<(), std::io::Error>(())
//! ```

mod access;
pub mod actions;
mod admin_login;
pub mod api;
mod api_error;
pub mod calendar;
mod call;
pub mod clock;
pub mod clocks;
mod control;
pub mod directory;
pub mod documents;
pub mod domain;
pub mod fault_delivery;
pub mod faults;
pub mod gateway;
mod html;
pub mod http;
pub mod ids;
pub mod initial_data;
mod input;
pub mod journal;
#[cfg(feature = "js")]
pub mod js;
pub mod links;
pub mod localization;
pub mod outbox;
pub mod pages;
pub mod paths;
pub mod platform;
mod realm;
pub mod route;
#[cfg(feature = "host")]
pub mod server;
pub mod sessions;
pub mod settings;
pub mod store;
pub mod tokens;

pub use call::RoutedRequest;
#[doc(hidden)]
pub use control::objects as control_objects;
#[cfg(feature = "host")]
pub use server::{ReadyLine, Sandbox, SandboxBuilder};

/// Compiles and runs the code examples of the guide.
#[cfg(all(doctest, feature = "host"))]
#[doc = include_str!("../../../docs/sandbox.md")]
struct Guide;
