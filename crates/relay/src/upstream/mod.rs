//! The way to the platform: [`client`] sends, [`kept`] does so for small calls, [`call`] adds the
//! token and judges the answer, [`headers`] lets through what is listed, [`base64`] and [`attach`]
//! stream files.

pub mod attach;
pub mod base64;
pub mod call;
pub mod client;
pub mod headers;
pub mod kept;
