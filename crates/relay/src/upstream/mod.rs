//! The way to the platform: [`client`] sends, [`kept`] does so for small calls, [`platform`] adds the
//! token and judges the answer, [`headers`] lets through what is listed, [`base64`] and [`attach_scanner`]
//! stream files.

pub mod attach_scanner;
pub mod base64;
pub mod client;
pub mod headers;
pub mod kept;
pub mod platform;
