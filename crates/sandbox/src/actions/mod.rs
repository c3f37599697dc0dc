//! Use cases shared by pages and control API.

mod identification;
mod sign;
mod tokens;

pub use identification::identify;
pub use sign::sign;
pub(crate) use sign::signed_files;
pub(crate) use tokens::{TokenResponse, issue_token};

use swisscom_sign::contract::Signer;

/// Signer with only these fields.
pub fn new_signer(
    first_name: String,
    last_name: String,
    email: Option<String>,
    mobile: Option<String>,
) -> Signer {
    let mut signer = Signer::new(first_name, last_name);
    (signer.email, signer.mobile) = (email, mobile);
    signer
}
