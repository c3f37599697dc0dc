#![doc = include_str!("../README.md")]

mod body;
mod builder;
mod call;
mod download;
mod file;
mod http;
mod process;
mod token;
mod wait;

pub use builder::{Client, ClientBuilder, Environment};
pub use download::{Download, SaveError};
pub use file::File;
pub use process::ProcessHandle;
pub use swisscom_sign::{Error, ErrorKind, Result, contract};
pub use wait::{WaitError, WaitFor};
