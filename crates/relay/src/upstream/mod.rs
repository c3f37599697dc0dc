//! Requests to the platform: [`platform`] adds the token and checks responses, [`client`] sends requests,
//! [`headers`] is an allow-list of headers, [`base64`] and [`attach_scanner`] stream files.

pub(crate) mod attach_scanner;
pub(crate) mod base64;
pub(crate) mod client;
mod connect_failure;
pub(crate) mod headers;
pub(crate) mod platform;
