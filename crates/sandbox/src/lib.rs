//! The Swisscom Sign Integration API on your own machine, to develop and test against.
//!
//! One pure engine, any host:
//!
//! - [`domain`]: the rules. Command and time in, events out; no I/O, no clock, no randomness.
//! - [`store`], [`clock`], [`ids`], [`documents`]: what the engine needs of the world, as traits.
//! - [`realm`], [`api`], [`admin`], [`pages`]: HTTP request in, HTTP response out, on the plain
//!   types of [`http`].
//! - [`outbox`], [`l10n`]: mails and SMS, texts in four languages.
//! - [`timeline`], [`faults`], [`journal`], [`seed`]: what a test turns, breaks, reads, begins with.
//! - [`engine`]: puts them together; a host calls [`engine::Engine::handle`] and nothing else.
//! - [`delivery`]: how an answer reaches its client, whole or not, whatever the host.
//! - `server` (feature `host`): the host that ships: axum on a loopback port. `js` (feature `js`, on
//!   wasm32): the same engine inside a JavaScript test suite.
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

pub mod admin;
pub mod api;
pub mod clock;
pub mod delivery;
pub mod directory;
pub mod documents;
pub mod domain;
pub mod engine;
pub mod faults;
pub mod http;
pub mod ids;
pub mod journal;
#[cfg(all(target_arch = "wasm32", feature = "js"))]
pub mod js;
pub mod l10n;
pub mod outbox;
pub mod pages;
pub mod realm;
pub mod rulings;
pub mod seed;
#[cfg(feature = "host")]
pub mod server;
pub mod store;
pub mod timeline;

#[cfg(feature = "host")]
pub use server::{ReadyLine, Sandbox, SandboxBuilder};

/// Its snippets are compiled and run.
#[cfg(all(doctest, feature = "host"))]
#[doc = include_str!("../../../docs/sandbox.md")]
struct Guide;
