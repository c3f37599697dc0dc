//! The authenticated caller: identity, and what a ticket restricts it to.

use aws_lc_rs::digest;
use swisscom_sign::contract::Operation;

/// Hash of a caller's identity.
pub type OwnerHash = [u8; 32];

/// A caller whose token was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The organization, from the issuer's tenant claim.
    pub tenant: Option<String>,
    /// The issuer.
    pub issuer: String,
    /// The subject.
    pub subject: String,
    /// The e-mail address, if the issuer says that it was verified.
    pub verified_email: Option<String>,
    /// A hash of tenant, issuer and subject: the caller's name in caches and logs.
    pub hash: OwnerHash,
    /// The caller's name in logs: not reversible without the identity.
    pub log_name: String,
    /// The name to show, if the issuer says one.
    pub name: Option<String>,
    /// When the token ends, in seconds since 1970.
    pub expires_s: u64,
    /// What a ticket is limited to.
    pub restriction: Option<TicketRestriction>,
}

/// What a ticket is limited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketRestriction {
    /// The process.
    pub process_id: String,
    /// The operations.
    pub operations: Vec<Operation>,
}

impl Principal {
    /// A caller, so far without name, end and limits.
    pub fn new(
        tenant: Option<String>,
        issuer: String,
        subject: String,
        verified_email: Option<String>,
    ) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        for part in [tenant.as_deref().unwrap_or_default(), &issuer, &subject] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part.as_bytes());
        }
        let hash = hash_bytes(&context.finish());
        let log_name = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Self {
            tenant,
            issuer,
            subject,
            verified_email,
            hash,
            log_name,
            name: None,
            expires_s: 0,
            restriction: None,
        }
    }
}

fn hash_bytes(digest: &digest::Digest) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out.iter_mut().zip(digest.as_ref()) {
        *to = *from;
    }
    out
}
