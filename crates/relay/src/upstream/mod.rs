//! Requests to the platform: [`platform`] adds the token and checks responses, [`client`] and [`pool`]
//! send requests, [`headers`] is an allow-list of headers, [`base64`] and [`attach_scanner`] stream
//! files.

pub mod attach_scanner;
pub mod base64;
pub mod client;
pub mod headers;
pub mod platform;
pub mod pool;
