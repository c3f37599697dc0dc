//! The Swisscom Sign Integration API on your own machine, to develop and test against.
//!
//! One pure engine, any host:
//!
//! - [`domain`]: the rules. Command and time in, events out; no I/O, no clock, no randomness.
//! - [`store`], [`clock`], [`ids`], [`documents`]: what the engine needs of the world, as traits.
//! - [`realm`], [`api`], [`admin`], [`pages`]: HTTP request in, HTTP response out, on the plain
//!   types of [`http`].
//! - [`outbox`], [`accounts`], [`l10n`]: mails and SMS, people with an account, texts in four languages.
//! - [`engine`]: puts them together; a host calls [`engine::Engine::handle`] and nothing else.
//! - [`server`]: the host that ships: axum on a loopback port.
//!
//! ```
//! use swisscom_sign_sandbox::Sandbox;
//!
//! let sandbox = Sandbox::builder().port(0).start()?;
//! assert!(sandbox.api_url().ends_with("/system"));
//! # Ok::<(), std::io::Error>(())
//! ```

pub mod accounts;
pub mod admin;
pub mod api;
pub mod clock;
pub mod directory;
pub mod documents;
pub mod domain;
pub mod engine;
pub mod http;
pub mod ids;
pub mod l10n;
pub mod outbox;
pub mod pages;
pub mod realm;
pub mod rulings;
pub mod server;
pub mod store;

pub use server::{Builder, Ready, Sandbox};
